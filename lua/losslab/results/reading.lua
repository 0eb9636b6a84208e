-- What a result database says, as tables and figures need it. A store is asked a fixed number of questions (a summary, the best
-- epochs, the parts); what a figure needs beyond that is asked by data set and configuration, through an index. What is chosen and
-- compared: results/choice.lua; what figures draw: results/series.lua.
local ablation = require "losslab.results.ablation"
local choice = require "losslab.results.choice"
local cjson = require "cjson"
local claims = require "losslab.results.claims"
local comparison = require "losslab.results.comparison"
local importance = require "losslab.results.importance"
local needed = require "losslab.results.needed"
local over_folds = require "losslab.results.over_folds"
local searched = require "losslab.results.searched"
local series = require "losslab.results.series"
local setting = require "losslab.results.setting"
local stats = require "losslab.results.stats"
local validation = require "losslab.study.validation"

--- results
-- What a study's database says: ll.open gives it, and study.finding and study.figures are called with it. A configuration is asked
-- for by its number, or by the row of results:choose, which stands for each fold's own choice; a data set by its row of datasets.
--   results.study      the study's row: name, question, metric, goal, script, created, …
--   results.metric     the metric that configurations and epochs are chosen by; results.goal: "max" or "min"
--   results.datasets   a list of data sets, also by name: name, rows, positives, features, …; summary, a row a configuration
--                      { config, loss, n, lost, valid_mean, test_mean, test_sd, … }; runs[config], its finished runs
--                      { trial, fold, seed, epoch, valid, test }
--   results.losses     a list of losses, also by name: { name, configs, values, varied, learns }
--   results.configs    configurations by number: { id, loss, parameters, model, train, fields }
--   results.varied     the names of the fields that the study varies
--   results.plan       the study's options as they were written, decoded
--   results.status     how many trials are done, diverged, failed, pruned, running, pending, open (the last two) and total
--
-- A finding or figure of a study gets a copy of these without the database, so it has no trials, report or close.
-- See: ll.open, study.finding, study.figures, losslab show
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge", "logistic" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local best = r:choose(r.datasets.moons)
--   best.loss, r:describe(best.config)   --> … -
--   r:level(r.datasets.moons, best)      --> … … …
local Results = { __name = "losslab.results" }
Results.__index = Results
for _, methods in ipairs { setting.methods, ablation.methods, choice, claims, comparison, importance, needed.methods,
  over_folds.methods, series, searched.methods } do
  for name, method in pairs(methods) do Results[name] = method end
end

local results = { methods = Results }

-- ---- reading -----------------------------------------------------------------------------------------------------------

-- The finished runs of a data set by configuration, each at its best epoch: read when a configuration is asked for, since of many
-- thousands a table shows few. nil for one that has none.
local function runs_of(self, dataset)
  return setmetatable({}, { __index = function(runs, config)
    local list = {}
    for run in self.store:rows("runs", { dataset = dataset.id, config = config }) do
      run.dataset, run.config, run.loss, run.metric = dataset.name, config, self.configs[config].loss, self.metric
      list[#list + 1] = run
    end
    if #list == 0 then return nil end
    rawset(runs, config, list)
    return list
  end })
end

local function read_datasets(self)
  self.datasets = {}
  for row in self.store:rows "datasets" do
    local trained, tested, rest = 0, 0, 0
    for part in self.store:rows("parts", { dataset = row.id }) do
      if part.split == "train" then trained, rest = trained + part.count, rest + row.rows end
      if part.split == "test" then tested = tested + part.count end
      if part.split ~= "train" then rest = rest - part.count end
    end
    -- Thinned training parts overlap less than their size suggests, so the rows that they were drawn from are counted.
    local fine, origin = pcall(cjson.decode, row.origin)
    if fine and type(origin) == "table" and origin.ratio then trained = rest end
    -- rows tested / rows trained, for the corrected intervals
    row.ratio = trained > 0 and tested > 0 and tested / trained or nil
    row.summary, row.runs, row.lost = {}, runs_of(self, row), {}
    self.datasets[#self.datasets + 1] = row
  end
  for _, row in ipairs(self.datasets) do self.datasets[row.name] = row end
end

local COUNTED = { "diverged", "failed", "running", "pending", "pruned" }

-- What each configuration reached, and from it what each loss lost and how far all is.
local function read_tally(self)
  local by_id, status = {}, { done = 0, diverged = 0, failed = 0, running = 0, pending = 0, pruned = 0, open = 0,
    total = 0 }
  for _, dataset in ipairs(self.datasets) do by_id[dataset.id] = dataset end
  for row in self.store:rows "tally" do
    local dataset, config = by_id[row.dataset], self.configs[row.config]
    row.dataset, row.loss, row.metric = dataset.name, config.loss, self.metric
    row.parameters, row.fields = config.parameters, config.fields
    row.lost, row.open = row.diverged + row.failed, row.running + row.pending
    dataset.summary[#dataset.summary + 1] = row
    local of = dataset.lost[row.loss] or { diverged = 0, failed = 0, running = 0, pending = 0, pruned = 0, open = 0 }
    dataset.lost[row.loss] = of
    for _, what in ipairs(COUNTED) do
      of[what], status[what] = of[what] + row[what], status[what] + row[what]
    end
    of.open, status.open = of.open + row.open, status.open + row.open
    status.done, status.total = status.done + row.n, status.total + row.n + row.lost + row.open + row.pruned
  end
  self.status = status
end

-- store: an open ll.store. The study, its data sets, losses and configurations, and what each configuration reached.
function results.read(store)
  local self = setmetatable({ store = store }, Results)
  for row in store:rows "study" do self.study = row end
  if not self.study then error("the database holds no study", 0) end
  local fine, options = pcall(cjson.decode, self.study.plan)
  self.plan = fine and type(options) == "table" and options or {} -- the study's options, named as their column is
  self.ask = type(self.plan.ask) == "table" and self.plan.ask or nil
  self.metric, self.goal = self.study.metric, self.study.goal
  self.sign = self.goal == "min" and -1 or 1
  local inner = type(self.plan.split) == "table" and math.tointeger(self.plan.split.inner)
  self.inner = inner and inner > 1 and inner or 1
  self.unvalidated = validation.none(self.plan.split) -- nothing was chosen
  local settings = setting.read(store, self.ask and self.ask.loss)
  self.configs, self.losses, self.fields, self.varied = settings.configs, settings.losses, settings.fields, settings.varied
  read_datasets(self)
  read_tally(self)
  for _, dataset in ipairs(self.datasets) do
    table.sort(dataset.summary, function(a, b)
      if a.loss ~= b.loss then return a.loss < b.loss end
      return a.config < b.config
    end)
  end
  return self
end

--- results:load_runs()
-- Reads the finished runs of every configuration at once. Without it dataset.runs[config] reads them when it is asked, so pairs()
-- over dataset.runs sees those alone that were asked for before.
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:load_runs()
--   local count = 0
--   for config, runs in pairs(r.datasets.moons.runs) do count = count + #runs end
--   count   --> 4
function Results:load_runs()
  for _, dataset in ipairs(self.datasets) do
    for _, row in ipairs(dataset.summary) do
      local _ = dataset.runs[row.config]
    end
  end
end

-- The finished runs of a configuration by a recorded metric: the epoch that is best on validation, and its value on test; the epoch
-- that they have in a study without a validation part.
local function runs_by(self, dataset, runs, metric, sign)
  local of, out = {}, {}
  for _, run in ipairs(self.unvalidated and runs or {}) do of[run.fold .. "/" .. run.seed] = { epoch = run.epoch } end
  for _, split in ipairs { "valid", "test" } do
    for row in self.store:rows("metric_by_run", { dataset = dataset.id, config = runs[1].config, metric = metric,
      split = split }) do
      local key = row.fold .. "/" .. row.seed
      local best = of[key]
      if split == "valid" and (not best or sign * row.value > sign * best.valid) then
        of[key] = { epoch = row.epoch, valid = row.value }
      elseif split == "test" and best and best.epoch == row.epoch then
        best.test = row.value
      end
    end
  end
  for i, run in ipairs(runs) do
    local found, row = of[run.fold .. "/" .. run.seed] or {}, {}
    for key, value in pairs(run) do row[key] = value end
    row.metric, row.epoch, row.valid, row.test = metric, found.epoch, found.valid, found.test
    out[i] = row
  end
  return out
end

local function mean_of(runs, what)
  local values = {}
  for _, run in ipairs(runs) do values[#values + 1] = run[what] end
  return #values > 0 and stats.mean(values) or nil
end

local function sd_of(runs, what)
  local values = {}
  for _, run in ipairs(runs) do values[#values + 1] = run[what] end
  return #values > 1 and stats.sd(values) or nil
end

--- results:by(metric [, goal]) -> results
-- The same results by another recorded metric. Epochs and configurations are then chosen by it, on validation, and differences are
-- differences of it.
--   metric   the name of a metric that the study recorded (study.metrics)
--   goal     "max" or "min" ("max")
-- See: study.metrics, losslab metric
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "hinge" }, metrics = { "auc", "accuracy" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open("s.db"):by "accuracy"
--   r.metric, r:choose(r.datasets.moons).metric   --> accuracy accuracy
function Results:by(metric, goal)
  local sign = goal == "min" and -1 or 1
  local out = setmetatable({ metric = metric, goal = goal or "max", sign = sign, datasets = {} }, { __index = self })
  for i, dataset in ipairs(self.datasets) do
    local row = setmetatable({ runs = {}, summary = {}, by_metric = metric }, { __index = dataset })
    for k, each in ipairs(dataset.summary) do
      local runs = dataset.runs[each.config]
      if runs then row.runs[each.config] = runs_by(self, dataset, runs, metric, sign) end
      runs = row.runs[each.config] or {}
      row.summary[k] = { dataset = each.dataset, loss = each.loss, config = each.config, parameters = each.parameters,
        fields = each.fields, metric = metric, n = each.n, lost = each.lost, open = each.open, valid_mean = mean_of(runs, "valid"),
        test_mean = mean_of(runs, "test"), test_sd = sd_of(runs, "test"), epoch_mean = mean_of(runs, "epoch") }
    end
    out.datasets[i], out.datasets[row.name] = row, row
  end
  return out
end

return results
