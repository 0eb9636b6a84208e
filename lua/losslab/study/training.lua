-- How a study trains: what it wrote as train, as spaces, one for each optimizer.
local ll = require "losslab"
local check = require "losslab.check"
local space = require "losslab.study.space"

local DEFAULTS = { epochs = 30, batch = 256, optimizer = "adam" }
local OWN = { "epochs", "batch", "optimizer", "loop" }

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
return function(train)
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
