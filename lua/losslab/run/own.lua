-- A study's own trial, for what is not a network trained by one loss on labelled batches: adversarial games, recommenders, domain
-- adaptation, a solver. The study says trial = function(t) … end, and everything else stays: spaces, folds, seeds, workers, one
-- database, choices on validation.
--
--   t.method, t.parameters   which entry of compare, and the point of its space;  t.model, t.train: those of model and train
--   t.parts                  { train, valid, test }: data sets, standardised unless the study says standardise = false
--   t.seed, t.number         the study's seed, and the number of this trial: together they key its random streams
--   t:random(purpose)        a stream of this trial: ll.random(seed, number, purpose)
--   t:record { loss = …, valid = { w1 = … }, test = { w1 = … }, scores = { test = matrix } }
--                            ends an epoch: the study's metric must stand in valid; other names as you like
--   t:keep(name, matrix)     keeps a matrix in the database for the study's figures (results:kept): a map, contours, a path
--   t:diverged(why)          ends the trial as diverged
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

local Trial = {}
Trial.__index = Trial

local Diverged = {}

function Trial:random(purpose) return ll.random(self.study.seed, self.number, check.string("random: purpose", purpose)) end

function Trial.diverged(_, why) error(setmetatable({ why = tostring(why) }, Diverged), 0) end

function Trial:keep(name, matrix)
  check.string("keep: name", name)
  local fine, copy = pcall(ll.matrix, matrix) -- a copy: training may go on with the matrix itself
  if not fine then check.fail("keep: %s must be a matrix or a table of rows, not %s", name, check.show(matrix)) end
  self.result.kept[name] = copy
end

local function finite(x) return type(x) == "number" and x == x and x ~= math.huge and x ~= -math.huge end

function Trial:record(row)
  check.fields("record", row, { "loss", "train", "valid", "test", "scores" })
  local metric, result = self.study.metric, self.result
  local chosen_by = type(row.valid) == "table" and row.valid[metric.label]
  if type(chosen_by) ~= "number" then
    check.fail("record: valid must hold %s, the study's metric, as a number, not %s", check.show(metric.label),
      check.show(chosen_by))
  end
  local out = { epoch = self.epoch, train_loss = row.loss }
  if row.loss and not finite(row.loss) then self:diverged("the loss is " .. tostring(row.loss)) end
  for _, part in ipairs { "train", "valid", "test" } do
    for _, name in ipairs(row[part] and check.keys(row[part]) or {}) do
      local value = row[part][name]
      if not finite(value) then self:diverged(string.format("%s of the %s part is %s", tostring(name), part, check.show(value))) end
      result.metrics[#result.metrics + 1] = { epoch = self.epoch, split = part, name = tostring(name), value = value }
    end
  end
  local clock = ll.system.clock()
  out.seconds, self.clock = clock - self.clock, clock
  result.epochs[#result.epochs + 1] = out
  local better = not self.best or (metric.higher_is_better and chosen_by > self.best) or
    (not metric.higher_is_better and chosen_by < self.best)
  if better then self.best, result.best_epoch, self.best_scores = chosen_by, self.epoch, row.scores end
  if self.study.scores == "all" then result.scores[self.epoch] = row.scores end
  self.last_scores = row.scores
  self.epoch = self.epoch + 1
end

-- As trainer.run.
function M.run(study, config, parts, number)
  local began, result = ll.system.clock(), { epochs = {}, metrics = {}, scores = {}, kept = {} }
  local t = setmetatable({ study = study, method = config.loss, parameters = config.parameters, model = config.model,
    train = config.train, parts = parts, number = number, seed = study.seed, epoch = 1, clock = began, result = result }, Trial)
  local fine, message = xpcall(function()
    study.trial(t)
    if #result.epochs == 0 then error("the trial recorded nothing: t:record { … } was not called", 0) end
  end, function(e) return getmetatable(e) == Diverged and e or tostring(e) end)
  result.status = fine and "done" or "failed"
  if not fine then
    result.error = getmetatable(message) == Diverged and message.why or tostring(message)
    if getmetatable(message) == Diverged then result.status, result.diverged_epoch = "diverged", t.epoch end
  end
  if result.status ~= "failed" and study.scores ~= "none" then
    if result.best_epoch then result.scores[result.best_epoch] = t.best_scores end
    if study.scores == "last" and #result.epochs > 0 then result.scores[t.epoch - 1] = t.last_scores end
  end
  result.seconds = ll.system.clock() - began
  return result
end

return M
