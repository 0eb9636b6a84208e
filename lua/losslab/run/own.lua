-- A study's own trial, for what is not a network trained by one loss on labelled batches: adversarial games, recommenders, domain
-- adaptation, a solver. The study says trial = function(t) … end, and everything else stays: spaces, folds, seeds, workers, one
-- database, choices on validation.
--
--   t.method, t.parameters   which entry of compare, and the point of its space;  t.model, t.train: those of model and train
--   t.parts                  { train, valid, test }: data sets, standardised unless the study says standardise = false
--   t.seed, t.number         the study's seed, and the number of this trial: together they key its random streams
--   t:random(purpose)        a stream of this trial: ll.random(seed, number, purpose)
--   loss:batch(…)            in place of loss(…): false for a batch that holds nothing to compare, and zero rows end nothing
--   t:record { loss = …, valid = { w1 = … }, test = { w1 = … }, scores = { test = matrix } }
--                            ends an epoch: the study's metric must stand in valid; other names as you like
--   t:keep(name, matrix)     keeps a matrix in the database for the study's figures (results:kept): a map, contours, a path
--   t:diverged(why)          ends the trial as diverged
local ll = require "losslab"
local check = require "losslab.check"
local trial = require "losslab.run.trial"

local Trial = { __name = "losslab.trial" }
Trial.__index = Trial

local M = { class = Trial }

--- trial:random(purpose) -> random
-- A stream of random numbers of this trial, in a study's own trial. It depends on the study's seed, data set, seed, fold and
-- purpose alone, not on the configuration or the order of work.
--   purpose   a name: each has a stream of its own
-- See: study.trial, ll.random
-- Example:
--   ll.study { name = "own", data = "moons", split = { test = 0.5 },
--     compare = { mean = {} }, metric = "error", goal = "min",
--     trial = function(t)
--       local noise = t:random("noise"):normal(1, 1):item() ^ 2
--       t:record { valid = { error = noise }, test = { error = noise } }
--     end }:run { db = "s.db" }   --> 0 …
function Trial:random(purpose) return ll.random(self.study.seed, self.number, check.string("random: purpose", purpose)) end

--- trial:diverged(why)
-- Ends a study's own trial as diverged, which is charged to its configuration.
--   why   a text that the database keeps
-- See: study.trial, results:counts
-- Example:
--   ll.study { name = "own", data = "moons", split = { test = 0.5 },
--     compare = { mean = {} }, metric = "error", goal = "min",
--     trial = function(t) t:diverged "the step was too long" end }:run { db = "s.db" }
--   ll.open("s.db").status.diverged   --> 1
function Trial.diverged(_, why) trial.diverged(tostring(why)) end

--- trial:keep(name, matrix)
-- Keeps a matrix in the database for the study's figures: a map, contours, a path. A copy is taken; the same name again replaces
-- it.
--   matrix   a matrix, or a table of rows
-- See: results:kept, study.figures, study.trial
-- Example:
--   ll.study { name = "own", data = "moons", split = { test = 0.5 },
--     compare = { mean = {} }, metric = "error", goal = "min",
--     trial = function(t)
--       t:keep("path", { { 0, 0 }, { 1, 2 } })
--       t:record { valid = { error = 0 }, test = { error = 0 } }
--     end }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   for path in r:kept(r.datasets.moons, 1, "path") do print(path:shape()) end   --> 2 2
function Trial:keep(name, matrix)
  check.string("keep: name", name)
  local fine, copy = pcall(ll.matrix, matrix) -- a copy: training may go on with the matrix itself
  if not fine then check.fail("keep: %s must be a matrix or a table of rows, not %s", name, check.show(matrix)) end
  self.rows.result.kept[name] = copy
end

--- trial:record { valid = { name = value }, test, train, loss, scores }
-- Ends an epoch of a study's own trial and records it. A value that is not finite ends the trial as diverged. t.epoch is then the
-- next.
--   valid    metrics of the validation part by name; the study's metric must be there, since it chooses the epoch
--   test     metrics of the test part by name (none)
--   train    metrics of the training part by name (none)
--   loss     the mean training loss of the epoch (none)
--   scores   { valid = matrix, test = matrix }: a row of scores for each row of the part, kept as study.scores says (none)
-- Errors: valid without the study's metric.
-- See: study.trial, study.metric, trial:keep
-- Example:
--   ll.study { name = "own", data = "moons", split = { test = 0.5 },
--     compare = { ridge = { lambda = { 0, 1 } } }, metric = "error", goal = "min",
--     trial = function(t)
--       for epoch = 1, 3 do
--         local error = t.parameters.lambda + 1 / epoch
--         t:record { loss = error, valid = { error = error }, test = { error = error } }
--       end
--     end }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:choose(r.datasets.moons).parameters.lambda, r:trial(1).best_epoch   --> 0 3
function Trial:record(row)
  check.fields("record", row, { "loss", "train", "valid", "test", "scores" })
  local metric = self.study.metric
  local none = not self.parts.valid
  local judged = row[none and "test" or "valid"]
  local chosen_by = type(judged) == "table" and judged[metric.label]
  if none and row.valid then check.fail "record: valid is given, and with split.valid = 0 there is no validation part" end
  if none and type(chosen_by) ~= "number" then
    check.fail("record: test must hold %s, the study's metric, as a number, not %s", check.show(metric.label),
      check.show(chosen_by))
  elseif type(chosen_by) ~= "number" then
    check.fail("record: valid must hold %s, the study's metric, as a number, not %s", check.show(metric.label),
      check.show(chosen_by))
  end
  if row.loss then trial.finite("the loss", row.loss) end
  local metrics = {}
  for _, part in ipairs { "train", "valid", "test" } do
    for _, name in ipairs(row[part] and check.keys(row[part]) or {}) do
      local value = row[part][name]
      if not check.finite(value) then
        self:diverged(string.format("%s of the %s part is %s", tostring(name), part, check.show(value)))
      end
      metrics[#metrics + 1] = { split = part, name = tostring(name), value = value }
    end
  end
  self.rows:end_epoch({ train_loss = row.loss }, metrics, {}, not none and chosen_by or nil, row.scores)
  self.epoch = self.rows.epoch
  self.rows:ended(nil)
end

-- As run/network.lua's run; there are no checkpoints.
function M.run(study, config, parts, number, hooks)
  local rows = trial.record(study, hooks)
  local t = setmetatable({ study = study, method = config.loss, parameters = config.parameters, model = config.model,
    train = config.train, parts = parts, number = number, seed = study.seed, epoch = 1, rows = rows }, Trial)
  return rows:run(function()
    if rows.hooks.state then trial.refused "the checkpoint is of no use to a study's own trial" end
    study.trial(t)
    if rows.epoch == 1 then error("the trial recorded nothing: t:record { … } was not called", 0) end
  end)
end

return M
