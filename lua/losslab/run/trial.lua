-- What trials of every loop share: the rows that they leave, the best epoch so far, and how they end. An epoch is recorded whole or
-- not at all.
--
-- The result of a trial: status "done", "diverged" or "failed", error, best_epoch, diverged_epoch, stopped_epoch (after which
-- patience ended it), seconds, and its rows: epochs,
-- metrics, learnt, learnable (what the loss learns: results/reading.lua), scores (by epoch and part), kept, network; networks:
-- those of the epochs in the study's networks_at, which is set where a trial is run again; tied, whether LAPACK gave numbers of it,
-- which ties their bits to the machine. More statuses are of a trial that has not ended: "paused", by a hook, after the epoch
-- result.paused, with all rows so far; and two whose rows are not to be kept: "stopped", by a hook; "refused", a state to go on
-- from that does not fit, with error saying why.
--
-- hooks [opt] of whoever runs the trial:
--   state                 where to go on from: a string that take gave (run/checkpoint.lua); nil: from the beginning
--   tied                  of a state: whether LAPACK gave numbers of the epochs so far
--   epoch_ended(take, tied)
--                         called after each whole epoch, unless the default loop has none left. take() gives the trial's state, or
--                         nil and why not; take is nil where there are no checkpoints. Returning "stop" ends the trial as stopped,
--                         "pause" as paused.
--                         An error that it raises is no part of the trial: it is raised again by what runs the trial
local ll = require "losslab"
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

--- trial
-- One configuration on one fold of one data set with one seed. There are three kinds, each with its own fields and methods.
--   of a database   results:trial(id) gives it: what was recorded. Its fields are id, loss, parameters, model, train, dataset,
--              fold,
--                   seed, number; status, error, best_epoch; epochs, its history (trial.epochs[3].valid_auc); metrics and learnt,
--              at
--                   the best epoch (trial.metrics.test.auc). Its methods are network, predict and data.
--   of a loop       study.train.loop = function(t) … end is called with it: a network that is trained by one loss. Its fields are
--              net,
--                   loss, optimizer, train and valid (data sets; never the test part), config ({ loss, parameters, model, train }),
--                   epochs and epoch, the one under way. Its methods are batches, value, step, count and end_epoch.
--   of its own      study.trial = function(t) … end is called with it, for what is no network trained by one loss. Its fields are
--                   method, the entry of compare, parameters, model and train, parts ({ train, valid, test }, data sets that are
--                   standardised unless the study says otherwise), seed, number and epoch. Its methods are record, random, keep and
--                   diverged.
-- See: study.train.loop, study.trial, results:trial
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 2 } }:run { db = "s.db" }
--   local trial = ll.open("s.db"):trial(1)
--   trial.loss, trial.status, #trial.epochs   --> hinge done 2

-- What ends a trial beside an error: its type tells it from errors.
local Ended = {}
Ended.__index = Ended
function Ended:__tostring() return self.why end

local function ended(status, why) error(setmetatable({ status = status, why = why }, Ended), 0) end

function M.diverged(why) ended("diverged", why) end
function M.refused(why) ended("refused", why) end
function M.done() ended("done", "done") end -- from within a loop

-- Ends the trial as diverged unless x is a finite number. The sign of a NaN depends on the processor and is left out.
function M.finite(what, x)
  if not check.finite(x) then M.diverged(string.format("%s is %s", what, x ~= x and "nan" or tostring(x))) end
end

local Record = {}
Record.__index = Record

function M.record(study, hooks)
  local clock = ll.system.clock()
  return setmetatable({ study = study, hooks = hooks or {}, epoch = 1, began = clock, clock = clock,
    result = { metric = study.metric.label, ranks = study.scores == "ranks", epochs = {}, metrics = {}, learnt = {}, learnable = {},
      scores = {}, kept = {}, networks = {} } }, Record)
end

function Record:better(value)
  if not self.best then return true end -- the first, or every one without a validation part
  if self.study.metric.higher_is_better then return value > self.best end
  return value < self.best
end

local function append(list, rows, epoch)
  for _, row in ipairs(rows) do
    row.epoch = epoch
    list[#list + 1] = row
  end
end

-- Ends the epoch. row: train_loss, learning_rate; metrics: { split, name, value } each; learnt: { name, value, gradient } each;
-- chosen_by: the study's metric on validation, by which the best epoch is chosen, first of equals; nil without such a part: then it
-- is the last. scores: by part, kept as the study says. True if it is the best so far.
function Record:end_epoch(row, metrics, learnt, chosen_by, scores)
  local result, clock, epoch = self.result, ll.system.clock(), self.epoch
  row.epoch = epoch
  row.seconds, self.clock = clock - self.clock, clock
  result.epochs[#result.epochs + 1] = row
  append(result.metrics, metrics, epoch)
  append(result.learnt, learnt, epoch)
  local better = self:better(chosen_by)
  if better then self.best, result.best_epoch, self.best_scores = chosen_by, epoch, scores end
  if self.study.scores == "all" or self.study.scores == "ranks" then result.scores[epoch] = scores end
  self.last_scores, self.epoch = scores, epoch + 1
  return better
end

-- Whether LAPACK has given numbers of the trial.
function Record:tied() return ll.core.tied() or self.hooks.tied or false end

-- Tells the hook of a whole epoch.
function Record:ended(take)
  local hook = self.hooks.epoch_ended
  if not hook then return end
  local fine, said = pcall(hook, take, self:tied())
  if not fine then self.raised = { said } end
  if not fine or said == "stop" then ended("stopped", "stopped") end
  if said == "pause" then ended("paused", "paused") end
end

-- Where the record stands, as a table for run/values.lua; and back. What was measured of time goes on.
function Record:state()
  local result, keep = self.result, self.study.scores
  return { epoch = self.epoch, seconds = ll.system.clock() - self.began, best = self.best, best_epoch = result.best_epoch,
    epochs = result.epochs, metrics = result.metrics, learnt = result.learnt, network = result.network,
    scores = result.scores, best_scores = keep ~= "none" and keep ~= "all" and self.best_scores or nil,
    last_scores = keep == "last" and self.last_scores or nil }
end

function Record:load_state(state)
  local epoch = state.epoch
  if math.type(epoch) ~= "integer" or epoch < 2 then check.fail("the checkpoint's epoch is %s", check.show(epoch)) end
  if math.type(state.best_epoch) ~= "integer" or state.best_epoch < 1 or state.best_epoch >= epoch then
    check.fail("the checkpoint's best epoch is %s", check.show(state.best_epoch))
  end
  if state.best ~= nil and type(state.best) ~= "number" then
    check.fail("the checkpoint's best is %s", check.show(state.best))
  end
  if state.network ~= nil and type(state.network) ~= "string" then
    check.fail("the checkpoint's network is %s", check.show(state.network))
  end
  for _, name in ipairs { "best_scores", "last_scores" } do
    if state[name] ~= nil and type(state[name]) ~= "table" then
      check.fail("the checkpoint's %s are %s", name:gsub("_", " "), check.show(state[name]))
    end
  end
  if not check.finite(state.seconds) then check.fail("the checkpoint took %s seconds", check.show(state.seconds)) end
  for _, name in ipairs { "epochs", "metrics", "learnt", "scores" } do
    if type(state[name]) ~= "table" then check.fail("the checkpoint's %s are %s", name, check.show(state[name])) end
    for _, row in pairs(state[name]) do
      if type(row) ~= "table" then check.fail("the checkpoint's %s hold %s", name, check.show(row)) end
    end
  end
  if #state.epochs ~= epoch - 1 then check.fail("the checkpoint holds %d epochs, not %d", #state.epochs, epoch - 1) end
  local result = self.result
  result.epochs, result.metrics, result.learnt, result.scores = state.epochs, state.metrics, state.learnt, state.scores
  result.best_epoch, result.network = state.best_epoch, state.network
  self.epoch, self.best = epoch, state.best
  self.best_scores, self.last_scores = state.best_scores or state.scores[state.best_epoch], state.last_scores
  self.clock = ll.system.clock()
  self.began = self.clock - state.seconds
end

-- Runs the trial's body and gives its result. lost [opt]: asked after an error by what the run had diverged before it, in words,
-- since a primitive raises an error for input that is not finite; nil if it had not.
function Record:run(body, lost)
  local result, keep = self.result, self.study.scores
  ll.core.tied(true)
  local before = ll.loss.remarks(require "losslab.say".is_quiet() and "never" or "once") -- for all trials of a run
  local fine, message = xpcall(body, function(e) return getmetatable(e) == Ended and e or tostring(e) end)
  ll.loss.remarks(before)
  if self.raised then error(self.raised[1], 0) end
  if not fine then message = check.memory(message) end
  local by = getmetatable(message) == Ended and message.status
  if by == "done" then fine = true end
  if by == "stopped" or by == "refused" then
    result.status, result.error = by, by == "refused" and message.why or nil
    return result
  end
  result.status = fine and "done" or "failed"
  if by == "paused" then result.status, result.paused = by, self.epoch - 1
  elseif not fine then
    local why = check.plain(message)
    local diverged = by == "diverged"
    if not diverged and lost then
      local known, by_what = pcall(lost)
      if known and by_what then diverged, why = true, by_what .. " (" .. why .. ")" end
    end
    result.error = text.utf8(why)
    if diverged then result.status, result.diverged_epoch = "diverged", self.epoch end
  end
  if result.status ~= "failed" and keep ~= "none" then
    if result.best_epoch then result.scores[result.best_epoch] = self.best_scores end
    if keep == "last" and #result.epochs > 0 then result.scores[self.epoch - 1] = self.last_scores end
  end
  result.seconds, result.tied = ll.system.clock() - self.began, self:tied()
  return result
end

return M
