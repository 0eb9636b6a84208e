-- How a study trains: what it wrote as train, as spaces, one for each optimizer.
local ll = require "losslab"
local check = require "losslab.check"
local regime = require "losslab.study.regime"
local space = require "losslab.study.space"

--- study.train = { epochs = 30, batch = 256, optimizer = "adam", lr = … }
-- How each network is trained. Beside these it takes the parameters of its optimizer; any value may be a list or a range.
--   epochs             passes over the training part (30)
--   batch              rows of a batch (256)
--   optimizer          the name of an optimizer, or several ("adam")
--   loop               a training loop of the study's own
--   lr, …              the optimizer's parameters, with its defaults
--   patience           ends a trial after so many epochs without improvement (none); with min_delta (0) and monitor (the metric)
--   schedule           of the learning rate (none)
--   clip, clip_value   bounds of the gradients: of their norm, of each element (none)
--   accumulate         so many batches make a step (1)
--   label_smoothing    the share of a row's label that all classes have (none)
-- The last five are part of what trials are known by only where they are given.
-- See: study.train.optimizer, study.train.patience, study.train.schedule, study.train.loop, study.range, ll.optim
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { epochs = 10, lr = { 1e-3, 1e-2 } } }
--   s:trials()   --> 10

--- study.train.epochs = 30
-- Passes over the training part: a whole number >= 1, a list or a range (30). The epoch that is best on validation is chosen.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { epochs = 5 } }.configs[1].train.epochs   --> 5

--- study.train.batch = 256
-- How many rows a step sees: a whole number >= 1, a list or a range (256).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { batch = { 32, 64 } } }:trials()   --> 10

--- study.train.optimizer = "adam"
-- The optimizer, a list of several, or { adam = { lr = … }, sgd = { … } }, each with parameters of its own ("adam").
-- See: ll.optim, study.train.loop
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" },
--     train = { optimizer = { sgd = { lr = { 0.1, 1 } }, adam = {} } } }
--   s:trials()   --> 15

--- study.train.loop = function(trial) … end
-- A training loop in place of the default one. The example is the default one. An optimizer that takes a closure, as lbfgs, needs
-- one.
-- The trial has net, loss, optimizer, train and valid (never the test part), config, epochs, epoch; trial:value gives nil for a
-- batch with nothing to compare, and trial:step takes no step then. train's other fields act there, too: trial:step accumulates,
-- clips and follows the schedule, trial:end_epoch ends the trial where patience does, and the loss has its label smoothing.
-- See: trial, study.trial
-- Example:
--   local function loop(trial)
--     for _ = trial.epoch, trial.epochs do
--       for x, y in trial:batches() do
--         local value, rows = trial:value(x, y)
--         if value then trial:step(value, rows) end
--       end
--       trial:end_epoch()
--     end
--   end
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { loop = loop } }:trials()   --> 5

local DEFAULTS = { epochs = 30, batch = 256, optimizer = "adam" }
local OWN = table.move(regime.names, 1, #regime.names, 5, { "epochs", "batch", "optimizer", "loop" })

local NO_CLOSURE = "train.optimizer: %s asks for the loss several times a step, by a function, which the default loop does not "
  .. "give it; write train.loop = function(trial) … trial.optimizer:step(function() … end) … end, or take another optimizer"

-- The names of the optimizers, and by name the parameters written there: "adam", { "adam", "sgd" } or { adam = { lr = … } }.
local function optimizers(written)
  local what = "train.optimizer"
  local by_name = type(written) == "table" and check.whole(what, written) == 0
  local names, own = by_name and check.keys(written) or check.list(what, written), by_name and written or {}
  if #names == 0 then check.fail("%s names no optimizer", what) end
  local seen = {}
  for _, name in ipairs(names) do
    check.among("train: there is no optimizer", name, ll.optim.list())
    if seen[name] then check.fail("%s: %s stands there twice", what, check.show(name)) end
    seen[name] = true
  end
  return names, own
end

-- Raises for a parameter of another optimizer than those the study trains by.
local function check_foreign(name, names)
  for _, other in ipairs(ll.optim.list()) do
    for _, row in ipairs(ll.optim.describe(other).params) do
      if row.name == name then
        check.fail("train has no option %s: it is a parameter of %s, and this study trains by %s", check.show(name), other,
          table.concat(names, ", "))
      end
    end
  end
end

-- Fields of train beside epochs and batch go to the optimizers that have such a parameter and were not given one of their own.
local function of_study(train)
  local names, own = optimizers(check.default(train.optimizer, DEFAULTS.optimizer))
  local out, allowed, taken = {}, { table.unpack(OWN) }, {} -- taken: by parameter, whether an optimizer takes train's
  for _, name in ipairs(names) do
    local optimizer, fields, parameters = ll.optim.describe(name), { optimizer = { name } }, {}
    if optimizer.closure and train.loop == nil then check.fail(NO_CLOSURE, name) end
    for i, row in ipairs(optimizer.params) do parameters[i] = row.name end
    local mine = check.fields("train.optimizer." .. name, check.default(own[name], {}), parameters)
    for _, parameter in ipairs(parameters) do
      local value = mine[parameter]
      if taken[parameter] == nil then allowed[#allowed + 1], taken[parameter] = parameter, false end
      if value == nil then value, taken[parameter] = train[parameter], true end
      if value ~= nil then fields[parameter] = space.dimension("train." .. parameter, value) end
    end
    for _, each in ipairs { "epochs", "batch" } do
      fields[each] = space.dimension("train." .. each, check.default(train[each], DEFAULTS[each]))
    end
    for _, each in ipairs(regime.names) do
      if train[each] ~= nil then fields[each] = regime.dimension(each, train[each]) end
    end
    out[#out + 1] = fields
  end
  for _, name in ipairs(check.keys(train)) do
    if taken[name] == false then
      local whose = #names > 1 and "each optimizer" or names[1]
      check.fail("train.%s has no effect: train.optimizer gives %s one of its own", name, whose)
    elseif taken[name] == nil and type(name) == "string" then
      check_foreign(name, names)
    end
  end
  check.fields("train", train, allowed)
  return out
end

-- fields: those of train that are no optimizer's; defaults: of those every study has.
return setmetatable({ fields = OWN, defaults = DEFAULTS }, { __call = function(_, train) return of_study(train) end })
