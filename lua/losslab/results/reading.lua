-- What a result database says, as tables and figures need it. A store is asked a fixed number of questions (a summary, the best
-- epochs, the parts); what a figure needs beyond that is asked by data set and configuration, through an index. What is chosen and
-- compared: results/choice.lua.
local check = require "losslab.check"
local choice = require "losslab.results.choice"
local cjson = require "cjson"
local claims = require "losslab.results.claims"
local folds = require "losslab.results.folds"
local setting = require "losslab.results.setting"
local stats = require "losslab.results.stats"
local store_of = require("losslab").store

local Results = { __name = "losslab.results" }
Results.__index = Results
for _, methods in ipairs { setting.methods, choice, claims } do
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

local COUNTED = { "diverged", "failed", "running", "pending" }

-- What each configuration reached, and from it what each loss lost and how far all is.
local function read_tally(self)
  local by_id, status = {}, { done = 0, diverged = 0, failed = 0, running = 0, pending = 0, open = 0, total = 0 }
  for _, dataset in ipairs(self.datasets) do by_id[dataset.id] = dataset end
  for row in self.store:rows "tally" do
    local dataset, config = by_id[row.dataset], self.configs[row.config]
    row.dataset, row.loss, row.metric = dataset.name, config.loss, self.metric
    row.parameters, row.fields = config.parameters, config.fields
    row.lost, row.open = row.diverged + row.failed, row.running + row.pending
    dataset.summary[#dataset.summary + 1] = row
    local of = dataset.lost[row.loss] or { diverged = 0, failed = 0, running = 0, pending = 0, open = 0 }
    dataset.lost[row.loss] = of
    for _, what in ipairs(COUNTED) do
      of[what], status[what] = of[what] + row[what], status[what] + row[what]
    end
    of.open, status.open = of.open + row.open, status.open + row.open
    status.done, status.total = status.done + row.n, status.total + row.n + row.lost + row.open
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

-- Reads the runs of every configuration, for who goes through them all.
function Results:load_runs()
  for _, dataset in ipairs(self.datasets) do
    for _, row in ipairs(dataset.summary) do
      local _ = dataset.runs[row.config]
    end
  end
end

-- The finished runs of a configuration by a recorded metric: the epoch that is best on validation, and its value on test.
local function runs_by(self, dataset, runs, metric, sign)
  local of, out = {}, {}
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

-- The same results by another recorded metric: epochs and configurations are chosen by it, on validation, and differences are
-- differences of it. goal: "max" or "min".
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

-- ---- what figures draw -------------------------------------------------------------------------------------------------

-- {{epoch, {values}}, …}: a metric (the study's, unless it is given) of a configuration by epoch, a value a finished run, by fold
-- and seed.
function Results:curve(dataset, config, split, metric)
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

-- {{epoch, {values}}, …}: a column of the epochs' table (train_loss, passed_over, …), or what the loss learnt ("margin") or
-- its mean gradient ("margin_gradient"), for a configuration, a value a finished run that has one, in the order of the runs.
function Results:course(dataset, config, what)
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

-- A metric of a part at the chosen epoch (epoch = "last": at the last one) of each finished run of a configuration, or of a choice
-- by fold, by "fold/seed"; and these keys in order. With inner folds it is the mean over those of each fold. options: metric (the
-- study's), split ("test"), epoch.
function Results:by_run(dataset, choice_of, options)
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

-- The same as an array, by seed and fold.
function Results:values(dataset, choice_of, metric, split, epoch)
  local by, order = self:by_run(dataset, choice_of, { metric = metric, split = split, epoch = epoch })
  local out = {}
  for i, at in ipairs(order) do out[i] = by[at] end
  return out
end

-- What the finished runs of a configuration kept by a name (t:keep): matrix, run, for each.
function Results:kept(dataset, config, name)
  local next_row = self.store:rows("kept", { dataset = dataset.id, config = config, name = name })
  return function()
    local row = next_row()
    if row then return store_of.floats(row.numbers, row.columns), row end
  end
end

local RANKS = 2 -- a coding of scores (include/losslab/scores.h)

-- For each finished run of a configuration, or of a choice by fold, whose test scores at its best epoch are kept: scores, labels
-- (n×1 matrices), run, and whether the scores are ranks alone.
function Results:held_out(dataset, choice_of)
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

return results
