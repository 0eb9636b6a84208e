-- The metrics of a study: those that suit what its losses train, and those taken by default.
local ll = require "losslab"
local check = require "losslab.check"
local tasks = require "losslab.study.tasks"

--- study.metric = "auc"
-- The metric that epochs and configurations are chosen by, on validation. It is auc where all losses give scores, else
-- multiclass_accuracy or knn_accuracy; of real values it is r2. With parameters: { "partial_auc", max_fpr = 0.05 }.
-- See: study.metrics, ll.metric, study.goal
-- Example:
--   ll.study { name = "m", data = "moons",
--     compare = { "hinge" }, metric = "average_precision" }.metric.label   --> average_precision

--- study.metrics = { "auc", "partial_auc", "average_precision" }
-- The metrics that are recorded after each epoch, beside the one that is chosen by: names, or a name with parameters.
-- See: study.metric, study.record, ll.metric
-- Example:
--   local s = ll.study { name = "m", data = "moons",
--     compare = { "hinge" }, metrics = { "auc", { "partial_auc", max_fpr = 0.05 } } }
--   s.metrics[2].label   --> partial_auc(max_fpr=0.05)

--- study.over_folds = { { "targets_at_fdr", level = 0.01 } }
-- Metrics of all folds' held-out scores put together, each row of the data once: names, or a name with parameters (none).
-- As the networks of two folds have scales of their own, each fold's scores are first standardised by the mean and deviation of its
-- held-out decoys (negatives). They are taken of each fold's own choice, of the scores that the database keeps: a study that is
-- finished and asks for them later trains nothing. Metrics of ranks alone: auc, partial_auc, average_precision, targets_at_fdr.
-- See: results:over_folds, study.split.folds, study.scores, study.metrics
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { "hinge" }, train = { epochs = 2 },
--     over_folds = { "auc", { "targets_at_fdr", level = 0.05 } } }:run { db = "s.db" }
--   local all = ll.report.build("s.db").over_folds
--   all[2].metric, all[2].loss, #all[2].values   --> targets_at_fdr(level=0.05) hinge 1

-- A metric as { label, name, options, higher_is_better }.
local function metric(written)
  local name, settings = written, {}
  if type(written) == "table" then
    check.whole("metric", written)
    name = written[1]
    for key, value in pairs(written) do if key ~= 1 then settings[key] = value end end
  end
  check.among("there is no metric", name, ll.metric.list())
  local fine, row = pcall(ll.metric.describe, name, settings)
  if not fine then check.fail("metric: %s", row) end
  local words = {}
  for _, key in ipairs(check.keys(settings)) do words[#words + 1] = key .. "=" .. tostring(settings[key]) end
  local label = #words > 0 and name .. "(" .. table.concat(words, ",") .. ")" or name
  local out = { label = label, name = name, options = settings, higher_is_better = row.higher_is_better, needs = row.needs }
  if row.values.from and settings.from == nil then -- a network's scores of classes are logits; of two, it depends on its output
    out.of_sigmoid, out.of_other = { from = row.needs == "classes" and "logits" or "probabilities" }, { from = "logits" }
    for key, value in pairs(settings) do out.of_sigmoid[key], out.of_other[key] = value, value end
  end
  return out
end

-- The needs of metrics that every loss of compare meets.
local function given(compare)
  local out = { any = true, probability = true, classes = true, embeddings = true, values = true }
  for _, loss in ipairs(compare) do
    for need in pairs(out) do out[need] = out[need] and tasks.get(loss.task).gives[need] or nil end
  end
  return out
end

local function check_given(compare, metrics)
  for _, each in ipairs(metrics) do
    for _, loss in ipairs(compare) do
      local gives = tasks.get(loss.task).gives
      if not gives[each.needs] then
        local fitting = {}
        for _, name in ipairs(ll.metric.list()) do
          if gives[ll.metric.describe(name).needs] then fitting[#fitting + 1] = name end
        end
        check.fail("metric %s cannot be taken of what %s trains (%s); %s can", each.label, loss.name, loss.task,
          table.concat(fitting, ", "))
      end
    end
  end
end

local DEFAULTS = { -- the first whose need every loss meets
  { "any", "auc", { "auc", "partial_auc", "average_precision" } },
  { "classes", "multiclass_accuracy", { "multiclass_accuracy", "multiclass_log_loss" } },
  { "embeddings", "knn_accuracy", { "knn_accuracy" } },
  { "values", "r2", { "r2", "rmse", "mae" } },
}

-- A list of metrics as it was written; one metric with parameters may stand there by itself.
local function entries(what, list)
  if type(list) == "table" then check.whole(what, list) end
  if type(list) == "table" and type(list[1]) == "string" and #check.keys(list) > #list then list = { list } end
  return check.list(what, list)
end

-- The metric that epochs and configurations are chosen by, and all that are recorded; written: metric and metrics of a study.
local function of_study(compare, written)
  local gives, default = given(compare), DEFAULTS[1]
  for i = #DEFAULTS, 1, -1 do if gives[DEFAULTS[i][1]] then default = DEFAULTS[i] end end
  local list = entries("metrics", check.default(written.metrics, default[3]))
  local metrics, seen = {}, {}
  local function add(each)
    local made = metric(each)
    if not seen[made.label] then metrics[#metrics + 1] = made end
    seen[made.label] = seen[made.label] or made
    return seen[made.label]
  end
  local chosen_by = add(written.metric == nil and default[2] or written.metric)
  local listed = {}
  for _, each in ipairs(list) do
    local label = add(each).label
    if listed[label] then check.fail("metrics: %s stands there twice", label) end
    listed[label] = true
  end
  check_given(compare, metrics)
  return chosen_by, metrics
end

-- The metrics that study.over_folds names; nil where it names none. study: with compare, split and scores.
local function over_folds(study, written)
  if written == nil then return nil end
  local out, seen = {}, {}
  for i, each in ipairs(entries("over_folds", written)) do
    local made = metric(each)
    if made.needs ~= "any" then
      local fitting = {}
      for _, name in ipairs(ll.metric.list()) do
        if ll.metric.describe(name).needs == "any" then fitting[#fitting + 1] = name end
      end
      check.fail("over_folds: %s is none of ranks, and scores of several networks have no scale in common; %s can be taken",
        made.label, table.concat(fitting, ", "))
    end
    if seen[made.label] then check.fail("over_folds: %s stands there twice", made.label) end
    out[i], seen[made.label] = made, true
  end
  check_given(study.compare, out)
  if not study.split.folds then
    check.fail "over_folds puts together what folds hold out: split = { folds = 5 }, not split.test"
  end
  if study.scores == "none" or study.scores == "ranks" then
    check.fail('over_folds is taken of scores, and scores = "%s" keeps %s; "all", "best" or "last" will do', study.scores,
      study.scores == "none" and "none" or "their ranks alone")
  end
  return out
end

-- of(written): a metric, "auc" or { "partial_auc", max_fpr = .05 }, by itself.
return setmetatable({ of = metric, over_folds = over_folds }, {
  __call = function(_, compare, written) return of_study(compare, written) end })
