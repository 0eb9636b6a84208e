-- What runs gave by epoch, by fold and seed, and row by row: what figures draw. These are methods of results (results/reading.lua);
-- a store is asked by data set and configuration, through an index.
local check = require "losslab.check"
local folds = require "losslab.results.folds"
local store_of = require("losslab").store

local methods = {}

--- results:curve(dataset, config, split [, metric]) -> { { epoch, { value, … } }, … }
-- A metric by epoch: a value of each finished run of a configuration, by fold and seed.
--   config   the number of a configuration
--   split    "train", "valid" or "test", if the study recorded it
--   metric   the name of a recorded one (the study's)
-- See: results:course
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local curve = r:curve(r.datasets.moons, 1, "valid")
--   curve[1][1], #curve[1][2]   --> 1 2
function methods:curve(dataset, config, split, metric)
  local out = {}
  for row in self.store:rows("metric_by_run", { dataset = dataset.id, config = config, metric = metric or self.metric,
    split = split }) do
    local last = out[#out]
    if not last or last[1] ~= row.epoch then
      last = { row.epoch, {} }
      out[#out + 1] = last
    end
    last[2][#last[2] + 1] = row.value
  end
  return out
end

local columns = { train_loss = true, learning_rate = true, seconds = true, passed_over = true, zero_rows = true }

-- By epoch: the values of a learnt number of that name, or the gradients of NAME_gradient.
local function learnt_of(store, trial, what)
  local out = {}
  for row in store:rows("learnt", { trial = trial }) do
    if row.name == what then out[row.epoch] = row.value
    elseif row.name .. "_gradient" == what then out[row.epoch] = row.gradient end
  end
  return out
end

--- results:course(dataset, config, what) -> { { epoch, { value, … } }, … }
-- What training saw by epoch: a value of each finished run of a configuration that has one.
--   config   the number of a configuration
--   what     "train_loss", "learning_rate", "seconds", "passed_over" or "zero_rows"; or a number that the loss learns ("margin"),
--              or
--            its mean gradient ("margin_gradient")
-- See: results:curve, results:learner
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   #r:course(r.datasets.moons, 1, "train_loss")[1][2]   --> 2
function methods:course(dataset, config, what)
  local out = {}
  for _, run in ipairs(dataset.runs[config] or {}) do
    local learnt = not columns[what] and learnt_of(self.store, run.trial, what)
    for row in self.store:rows("epochs", { trial = run.trial }) do
      out[row.epoch] = out[row.epoch] or { row.epoch, {} }
      local value = row[what]
      if learnt then value = learnt[row.epoch] end
      table.insert(out[row.epoch][2], value)
    end
  end
  return out
end

-- A metric of a part at the chosen epoch (or the last one) of runs, by trial.
local function by_trial(self, dataset, choice_of, runs, metric, split, last)
  local out, of, at = {}, {}, {}
  if metric == self.metric and split == "test" and not last then
    for _, run in ipairs(runs) do out[run.trial] = run.test end
    return out
  end
  for _, run in ipairs(runs) do of[run.fold .. "/" .. run.seed] = run end
  for _, config in ipairs(folds.configs(choice_of)) do
    for row in self.store:rows("metric_by_run", { dataset = dataset.id, config = config, metric = metric, split = split }) do
      local run = of[row.fold .. "/" .. row.seed]
      if run and run.config == config then
        if last and row.epoch >= (at[run] or 0) then at[run], out[run.trial] = row.epoch, row.value
        elseif not last and run.epoch == row.epoch then out[run.trial] = row.value end
      end
    end
  end
  return out
end

--- results:by_run(dataset, config [, { metric, split = "test", epoch }]) -> table, keys
-- A metric of each finished run at its chosen epoch, by "fold/seed", and these keys in order. With inner folds it is the mean over
-- those of each fold.
--   config   a number, or a row of results:choose
--   metric   the name of a recorded one (the study's)
--   split    "train", "valid" or "test" ("test")
--   epoch    "last" for the last epoch (the chosen one)
-- See: results:values, results:difference
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local by, keys = r:by_run(r.datasets.moons, 1)
--   keys[1], type(by["1/1"])   --> 1/1 number
function methods:by_run(dataset, choice_of, options)
  local o, out, count, order = check.fields("by_run", options or {}, { "metric", "split", "epoch" }), {}, {}, {}
  local runs = folds.runs(dataset, choice_of)
  local values = by_trial(self, dataset, choice_of, runs, o.metric or self.metric, o.split or "test", o.epoch == "last")
  for _, run in ipairs(runs) do
    local at, value = folds.block(self, run), values[run.trial]
    if value then
      if not out[at] then order[#order + 1] = at end
      out[at], count[at] = (out[at] or 0) + value, (count[at] or 0) + 1
    end
  end
  for _, at in ipairs(order) do out[at] = out[at] / count[at] end
  return out, order
end

--- results:values(dataset, config [, metric [, split [, epoch]]]) -> { value, … }
-- A metric of each finished run at its chosen epoch, as an array by seed and fold.
--   config   a number, or a row of results:choose
--   metric   the name of a recorded one (the study's)
--   split    "train", "valid" or "test" ("test")
--   epoch    "last" for the last epoch (the chosen one)
-- See: results:by_run, results:level, results:estimate
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   #r:values(r.datasets.moons, 1)   --> 2
function methods:values(dataset, choice_of, metric, split, epoch)
  local by, order = self:by_run(dataset, choice_of, { metric = metric, split = split, epoch = epoch })
  local out = {}
  for i, at in ipairs(order) do out[i] = by[at] end
  return out
end

--- results:kept(dataset, config, name) -> iterator of matrix, run
-- What the finished runs of a configuration kept by a name with trial:keep. run has trial, fold and seed.
-- See: trial:keep
-- Example:
--   ll.study { name = "own", data = "moons", split = { test = 0.5 },
--     compare = { mean = {} }, metric = "error", goal = "min",
--     trial = function(t)
--       t:keep("map", ll.zeros(2, 3))
--       t:record { valid = { error = 0 }, test = { error = 0 } }
--     end }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   for map, run in r:kept(r.datasets.moons, 1, "map") do print(run.fold, map:shape()) end   --> 1 2 3
function methods:kept(dataset, config, name)
  local next_row = self.store:rows("kept", { dataset = dataset.id, config = config, name = name })
  return function()
    local row = next_row()
    if row then return store_of.floats(row.numbers, row.columns), row end
  end
end

local RANKS = 2 -- a coding of scores (include/losslab/scores.h)

--- results:held_out(dataset, config) -> iterator of scores, labels, run, ranks
-- The test scores of each finished run at its chosen epoch, where they are kept, with the labels: matrices n×1. ranks is true
-- where the study kept the scores' ranks alone.
--   config   a number, or a row of results:choose
-- See: study.scores, losslab metric
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   for scores, labels in r:held_out(r.datasets.moons, 1) do print(scores.rows, ll.metric.auc(scores, labels) > 0) end   --> …
function methods:held_out(dataset, choice_of)
  local runs, i = folds.runs(dataset, choice_of), 0
  return function()
    while i < #runs do
      i = i + 1
      local run = runs[i]
      local row = self.store:one("scores_and_labels", { trial = run.trial, epoch = run.epoch, split = "test" })
      if row and row.labels and row.columns == 1 and #row.labels > 0 then
        local epochs, which = row.last - row.first + 1, run.epoch - row.first + 1
        local scores, labels = store_of.unpack_scores(row.scores, row.coding, epochs, 1, which), store_of.floats(row.labels)
        if scores.rows == labels.rows then return scores, labels, run, row.coding == RANKS end
      end
    end
  end
end

return methods
