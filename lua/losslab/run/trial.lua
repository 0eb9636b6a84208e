-- What trials of every loop share: the rows that they leave, the best epoch so far, and how they end. An epoch is recorded whole or
-- not at all.
--
-- The result of a trial: status "done", "diverged" or "failed", error, best_epoch, diverged_epoch, seconds, and its rows: epochs,
-- metrics, learnt, learnable (what the loss learns: results/reading.lua), scores (by epoch and part), kept, network.
local ll = require "losslab"
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

-- What a diverging run raises; its type tells it from other errors.
local Diverged = {}
Diverged.__index = Diverged
function Diverged:__tostring() return self.why end

function M.diverged(why) error(setmetatable({ why = why }, Diverged), 0) end

-- Ends the trial as diverged unless x is a finite number. The sign of a NaN depends on the processor and is left out.
function M.finite(what, x)
  if not check.finite(x) then M.diverged(string.format("%s is %s", what, x ~= x and "nan" or tostring(x))) end
end

local Record = {}
Record.__index = Record

function M.record(study)
  local clock = ll.system.clock()
  return setmetatable({ study = study, epoch = 1, began = clock, clock = clock,
    result = { metric = study.metric.label, epochs = {}, metrics = {}, learnt = {}, learnable = {}, scores = {}, kept = {} } }, Record)
end

function Record:better(value)
  if not self.best then return true end
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
-- chosen_by: the study's metric on validation, by which the best epoch is chosen, first of equals; scores: by part, kept as the
-- study says. True if it is the best so far.
function Record:end_epoch(row, metrics, learnt, chosen_by, scores)
  local result, clock, epoch = self.result, ll.system.clock(), self.epoch
  row.epoch = epoch
  row.seconds, self.clock = clock - self.clock, clock
  result.epochs[#result.epochs + 1] = row
  append(result.metrics, metrics, epoch)
  append(result.learnt, learnt, epoch)
  local better = self:better(chosen_by)
  if better then self.best, result.best_epoch, self.best_scores = chosen_by, epoch, scores end
  if self.study.scores == "all" then result.scores[epoch] = scores end
  self.last_scores, self.epoch = scores, epoch + 1
  return better
end

-- Runs the trial's body and gives its result. has_diverged [opt]: asked after an error whether the run had diverged before it,
-- since a primitive raises an error for input that is not finite.
function Record:run(body, has_diverged)
  local result, keep = self.result, self.study.scores
  local fine, message = xpcall(body, function(e) return getmetatable(e) == Diverged and e or tostring(e) end)
  if not fine then message = check.memory(message) end
  result.status = fine and "done" or "failed"
  if not fine then
    local diverged = getmetatable(message) == Diverged
    if not diverged and has_diverged then
      local known, is_so = pcall(has_diverged)
      diverged = known and is_so
    end
    result.error = text.utf8(check.plain(message))
    if diverged then result.status, result.diverged_epoch = "diverged", self.epoch end
  end
  if result.status ~= "failed" and keep ~= "none" then
    if result.best_epoch then result.scores[result.best_epoch] = self.best_scores end
    if keep == "last" and #result.epochs > 0 then result.scores[self.epoch - 1] = self.last_scores end
  end
  result.seconds = ll.system.clock() - self.began
  return result
end

return M
