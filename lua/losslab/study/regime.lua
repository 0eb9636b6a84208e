-- How a trial trains beside its optimizer: early stopping, the learning rate's schedule, clipping, accumulation, label smoothing.
-- Each is a field of train that a configuration holds only where the study gives it, so that the keys of other trials stay; and
-- each is one number or text, so that it can be swept, sorted and shown as any field. run/pace.lua does what they say.
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local space = require "losslab.study.space"

local M = {}

--- study.train.patience = 10
-- Early stopping: the trial ends after so many epochs in a row without improvement on validation. A whole number >= 1, or "none"
-- (none). Improved is what is better than the best so far by more than min_delta. The epoch that is chosen is the best one, as
-- ever; the trial has the epochs that it ran, and is done. Which metric counts is train.monitor.
-- See: study.train.min_delta, study.train.monitor, study.train.epochs
-- Example:
--   local s = ll.study { name = "s", data = "moons", split = { test = 0.5 },
--     compare = { "hinge" }, train = { epochs = 50, lr = 1e-9, patience = 3, min_delta = 0.5 } }
--   s:run { db = "s.db" }
--   #ll.open("s.db"):trial(1).epochs   --> 4

--- study.train.min_delta = 0.001
-- What counts as an improvement for patience: more than this better than the best so far. A number >= 0 (0).
-- See: study.train.patience
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" },
--     train = { patience = 5, min_delta = { 0, 0.01 } } }:trials()   --> 10

--- study.train.monitor = "log_loss"
-- The metric on validation by which patience and plateau go: one of those that the study records (the study's metric). It decides
-- a trial's numbers, so another one makes other trials.
-- See: study.train.patience, study.metric, study.metrics
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { patience = 5 } }
--   s.configs[1].train.monitor   --> auc

--- study.train.schedule = "cosine"
-- The schedule of the learning rate: a name of ll.schedule.list(), a text with parameters, "cosine(warmup=3)", the same as a table,
-- { "cosine", warmup = 3 }, or a list of such (none). It counts epochs; with by = "batch" beside its parameters it counts batches,
-- as one_cycle and short warm-ups want. Where a schedule has steps, they are all of the trial's unless it says. plateau looks at
-- train.monitor after each epoch.
-- See: ll.schedule, ll.schedule.describe, study.train.patience
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" },
--     train = { schedule = { "constant", { "one_cycle", by = "batch" }, "step(every=10, factor=0.5)" } } }
--   s:trials()   --> 15
--   s.configs[2].train.schedule   --> one_cycle(by=batch)

--- study.train.clip = 1
-- The largest norm of all gradients together before a step: they are scaled to it where it is larger. A number above 0, or "none"
-- (none).
-- See: study.train.clip_value, optimizer:clip_norm
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { clip = { 0.5, 5, "none" } } }:trials()   --> 15

--- study.train.clip_value = 0.1
-- The largest size of each gradient's element before a step: what is beyond is cut. A number above 0, or "none" (none). Beside
-- clip, the norm is bounded first.
-- See: study.train.clip, optimizer:clip_value
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { clip_value = { 0.1, "none" } } }:trials()   --> 10

--- study.train.accumulate = 4
-- Batches whose gradients make one step, as their mean weighed by rows: a whole number >= 1 (1). For a loss that is a mean over
-- rows that is the gradient of the batches as one. For losses of pairs, tuples or lists it is not: nothing is compared across
-- batches. What is left at an epoch's end makes a step, too. A number that the loss itself learns moves with each batch.
-- See: study.train.batch, optimizer:scale_grad
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { batch = 16, accumulate = { 1, 4 } } }:trials()   --> 10

--- study.train.label_smoothing = 0.1
-- With this probability a row's label counts as replaced by a class drawn uniformly: a number on [0, 1) (none). A row costs
-- (1 - epsilon) loss(f, y) + epsilon / k × the sum of loss(f, c) over the k classes c, two of binary labels. For losses over scores
-- and binary labels and over logits and classes whose rows are independent; others are refused.
-- See: loss.label_smoothing, study.compare
-- Example:
--   local s = ll.study { name = "m", data = "iris", compare = { "softmax" }, train = { label_smoothing = { 0, 0.1 } } }
--   s:trials()   --> 10

M.names = { "patience", "min_delta", "monitor", "schedule", "clip", "clip_value", "accumulate", "label_smoothing" }

-- ---- schedules ----

local BY = { "epoch", "batch" }
local FILLED = { steps = 1 << 53, goal = "min" } -- what the trial says of a schedule

-- A number as it is read back; a list with spaces.
local function written(value)
  if type(value) ~= "table" then return type(value) == "string" and value or json.encode(value) end
  local out = {}
  for i, each in ipairs(value) do out[i] = written(each) end
  return table.concat(out, " ")
end

local function checked(what, spec)
  local fine, made = pcall(ll.schedule.make, spec)
  if not fine then check.fail("%s: %s", what, (check.plain(made))) end
  return made
end

-- { name, parameter = value, … } of a text or a table, and what it counts by.
local function read(what, one)
  local spec = {}
  if type(one) == "table" then
    for key, value in pairs(one) do spec[key] = value end
    spec[1], spec.name = spec[1] or spec.name, nil
  elseif type(one) == "string" then
    local fine, parsed = pcall(ll.schedule.parse, one)
    spec = fine and parsed or check.fail("%s: %s", what, check.plain(parsed))
  else
    check.fail('%s must be a name or { "cosine", warmup = 3 }, not %s', what, check.show(one))
  end
  local by = check.among(what .. ": by counts by epoch or batch, not by", check.default(spec.by, "epoch"), BY)
  spec.by = nil
  if spec[1] == "plateau" then
    if by == "batch" then check.fail("%s: plateau looks at validation after each epoch: it does not count by batch", what) end
    if spec.goal ~= nil then check.fail("%s: plateau's goal is that of train.monitor, and not given", what) end
  end
  return spec, by
end

local function row_of(what, spec)
  return ll.schedule.describe(check.among(what .. ": there is no schedule", spec[1], ll.schedule.list()))
end

-- The text by which a configuration knows a schedule: its parameters in their order, without those that are as by default.
local function canonical(what, one)
  local spec, by = read(what, one)
  local full, words = {}, {}
  for key, value in pairs(spec) do full[key] = value end
  local row = row_of(what, spec)
  for _, param in ipairs(row.params) do
    if full[param.name] == nil then full[param.name] = FILLED[param.name] end
  end
  local made = checked(what, full)
  local function add(name, default)
    local value = made.params[name]
    if spec[name] ~= nil and value ~= default then words[#words + 1] = name .. "=" .. written(value) end
  end
  for _, param in ipairs(row.params) do add(param.name, param.default) end
  add("warmup", 0)
  if by ~= "epoch" then words[#words + 1] = "by=" .. by end
  return #words > 0 and made.name .. "(" .. table.concat(words, ",") .. ")" or made.name
end

-- Of a table: one schedule has named parameters, a list has none.
local function is_one(t)
  for key in pairs(t) do if type(key) ~= "number" then return true end end
  return false
end

-- The schedule of a trial from its text: total(by) gives the steps that the trial has; goal: of the metric that plateau looks at.
-- Gives the schedule and what it counts by.
function M.schedule(text, total, goal)
  local what = "train.schedule"
  local spec, by = read(what, text)
  for _, param in ipairs(row_of(what, spec).params) do
    if param.name == "steps" and spec.steps == nil then
      local all = total(by)
      if all - (spec.warmup or 0) < 1 then
        check.fail("%s: %s rises over %d %s of %d; nothing is left for it to fall", what, spec[1], spec.warmup,
          by == "epoch" and "epochs" or "batches", all)
      end
      spec.steps = all - (spec.warmup or 0)
    elseif param.name == "goal" then
      spec.goal = goal
    end
  end
  return checked(what, spec), by
end

-- ---- what a study wrote ----

-- A field of train as a dimension (study/space.lua).
function M.dimension(name, value)
  local what = "train." .. name
  if name == "schedule" then
    if type(value) ~= "table" then return { canonical(what, value) } end
    local bare, texts = {}, { only_if = value.only_if }
    for key, each in pairs(value) do if key ~= "only_if" then bare[key] = each end end
    for i, each in ipairs(is_one(bare) and { bare } or check.list(what, bare)) do texts[i] = canonical(what, each) end
    if #texts == 1 and not texts.only_if then return texts end
    value = texts
  end
  return space.dimension(what, value)
end

local function above(what, x, or_zero)
  if not (check.finite(x) and (x > 0 or or_zero and x == 0)) then
    check.fail("%s must be a number %s, not %s", what, or_zero and ">= 0" or 'above 0, or "none"', check.show(x))
  end
  return x
end

local CHECKS = {
  patience = function(what, x)
    if type(x) == "string" then check.fail('%s must be a whole number or "none", not %s', what, check.show(x)) end
    return check.integer(what, x, 1, 1 << 30)
  end,
  min_delta = function(what, x) return above(what, x, true) end,
  monitor = check.string,
  schedule = check.string,
  clip = above,
  clip_value = above,
  accumulate = function(what, x) return check.integer(what, x, 1, 1 << 30) end,
  label_smoothing = function(what, x)
    if not (check.finite(x) and x >= 0 and x < 1) then
      check.fail("%s must be a number on [0, 1), not %s", what, check.show(x))
    end
    return x
  end,
}
local NONE = { patience = true, clip = true, clip_value = true }

-- Raises where a loss (of study/compare.lua) cannot be smoothed.
local function check_smoothing(loss)
  if loss.lua then
    check.fail("train.label_smoothing: %s is a loss in Lua, which smooths its labels itself", loss.name)
  elseif not ll.loss.describe(loss.name).smooths then
    check.fail("train.label_smoothing: %s has none; it is for losses of a row and its class, as cross_entropy, hinge or softmax",
      loss.name)
  end
end

local function check_monitor(label, metrics)
  local labels = {}
  for i, metric in ipairs(metrics) do labels[i] = metric.label end
  return check.among("train.monitor: the study records no metric", label, labels)
end

-- What a configuration holds of a point of train: the fields that were given, checked. loss: of study/compare.lua; metrics: those
-- of the study, chosen the one it chooses by.
function M.settle(point, loss, metrics, chosen)
  local out = {}
  for _, name in ipairs(M.names) do
    local value = point[name]
    if value ~= nil then
      out[name] = NONE[name] and value == "none" and value or CHECKS[name]("train." .. name, value)
    end
  end
  if (out.label_smoothing or 0) > 0 then check_smoothing(loss) end
  local looks = out.patience or (out.schedule or ""):find "^plateau" -- also patience = "none", beside others that have some
  if looks then out.monitor = check_monitor(out.monitor or chosen.label, metrics)
  elseif out.monitor then check.fail "train.monitor has no effect: neither patience nor a schedule plateau looks at it" end
  if out.min_delta and not out.patience then check.fail "train.min_delta has no effect: no patience is given" end
  if out.schedule then M.schedule(out.schedule, function(by) return by == "epoch" and point.epochs or 1 << 53 end, "max") end
  if ll.optim.describe(point.optimizer).closure then
    for _, name in ipairs { "clip", "clip_value", "accumulate" } do
      if out[name] then
        check.fail("train.%s has no effect: %s evaluates the loss and its gradients itself within a step", name, point.optimizer)
      end
    end
  end
  return out
end

return M
