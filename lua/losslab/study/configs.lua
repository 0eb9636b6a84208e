-- The configurations of a study: a loss with its parameters, a model, a way of training. compare, model and train become one
-- space whose alternatives are loss × optimizer, because parameters belong to their loss and to their optimizer; every point of
-- it is checked against the table rows that own its values.
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local regime = require "losslab.study.regime"
local compare_of = require "losslab.study.compare"
local only_if = require "losslab.study.only_if"
local space = require "losslab.study.space"
local tasks = require "losslab.study.tasks"
local training = require "losslab.study.training"

local M = {}

-- Defaults of what no table row owns; activation and initialisation by name are checked against the engine's own lists.
local MODEL = { hidden = json.array { 64, 32 }, activation = "sigmoid", init = "xavier", embedding = 16 }

-- ---- model ----

--- study.model = { hidden = { 64, 32 }, activation = "sigmoid", init = "xavier" }
-- The network: a multilayer perceptron from the features to what the loss asks for. Any value may be a list or a range.
--   hidden       sizes of the hidden layers ({ 64, 32 }); {} is a linear model
--   activation   of the hidden layers ("sigmoid")
--   init         the initial weights ("xavier")
--   output       the activation of the outputs (what the loss says)
--   embedding    outputs for a loss over embeddings or over features and class vectors (16)
-- See: ll.nn.mlp, activation.relu, init.xavier, study.range
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, model = { activation = { "relu", "tanh" } } }:trials()   --> 10

--- study.model.hidden = { 64, 32 }
-- The sizes of the hidden layers ({ 64, 32 }); {} is a linear model, { { 64, 32 }, { 32 } } a list of two models.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, model = { hidden = { { 64, 32 }, {} } } }:trials()   --> 10

--- study.model.activation = "sigmoid"
-- The activation of the hidden layers ("sigmoid"); ll.nn.activations lists them.
-- See: activation.relu, ll.nn.activations
-- Example:
--   ll.study { name = "m", data = "moons",
--     compare = { "hinge" }, model = { activation = "relu" } }.configs[1].model.activation   --> relu

--- study.model.output = "identity"
-- The activation of the outputs. Without it, it is what the loss says: its row's output.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "adaptive_rank" } }.configs[1].model.output   --> sigmoid

--- study.model.init = "xavier"
-- How the weights begin ("xavier"); ll.nn.inits lists the ways.
-- See: init.he, ll.nn.inits
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, model = { init = "he" } }.configs[1].model.init   --> he

--- study.model.embedding = 16
-- How many outputs the network has for a loss over embeddings, or over features and class vectors: a whole number >= 1 (16).
-- Example:
--   ll.study { name = "m", data = "iris", compare = { "triplet" }, model = { embedding = 4 } }.configs[1].model.embedding   --> 4

-- The fields of model.
M.fields = { "hidden", "activation", "output", "init", "embedding" }

local function is_hidden(t) -- { 64, 32 } and {} are one value, { { 64, 32 }, { 32 } } a list of two
  for key, value in pairs(t) do if type(key) ~= "number" or type(value) ~= "number" then return false end end
  return true
end

local function model_space(model)
  check.fields("model", model, M.fields)
  local out = {}
  for _, name in ipairs(M.fields) do
    local written = model[name]
    if written == nil then written = MODEL[name] end
    if written ~= nil then out[name] = space.dimension("model." .. name, written, name == "hidden" and is_hidden or nil) end
  end
  return out
end

-- ---- points ----

local PREFIXES = { loss = true, model = true, train = true }

local function flatten(loss, model, train)
  local out = {}
  for prefix, fields in pairs { loss = loss, model = model, train = train } do
    for name, dimension in pairs(fields) do out[prefix .. "." .. name] = only_if.qualify(dimension, prefix, PREFIXES) end
  end
  return out
end

local function split(point)
  local parts = { loss = {}, model = {}, train = {} }
  for name, value in pairs(point) do
    local prefix, field = name:match "^(%a+)%.(.*)$"
    parts[prefix][field] = value
  end
  return parts
end

-- Of the formulas of loss and optimizer, where one was changed since the first; nothing where none was, so that keys stay.
local function versions(config)
  local of = { loss = config.formula, optimizer = ll.optim.describe(config.train.optimizer).version }
  for _, version in pairs(of) do if version ~= 1 then return of end end
end

-- of: the study's metrics, and the one that it chooses by.
local function build(loss, point, of)
  local parts = split(point)
  local model, train, parameters = parts.model, parts.train, parts.loss
  local fine, made
  for name, value in pairs(MODEL) do model[name] = check.default(model[name], value) end -- conditional ones that are not there
  for name, value in pairs(training.defaults) do train[name] = check.default(train[name], value) end
  if not loss.lua then
    fine, made = pcall(ll.loss[loss.name], parameters)
    if not fine then check.fail("compare: %s", made) end
    parameters = made:params()
  end
  if type(model.hidden) ~= "table" then
    check.fail("model.hidden must be the layers' sizes, { 64, 32 } or {}, or a list of such, not %s", check.show(model.hidden))
  end
  for i, size in ipairs(model.hidden) do check.integer("model.hidden: size " .. i, size, 1, 1 << 24) end
  model.hidden = json.array(table.move(model.hidden, 1, #model.hidden, 1, {}))
  check.among("model: there is no activation", model.activation, ll.nn.activations)
  check.among("model: there is no init", model.init, ll.nn.inits)
  if tasks.get(loss.task).embeds then check.integer("model.embedding", model.embedding, 1, 1 << 24)
  else model.embedding = nil end -- it means nothing to this loss
  local output = model.output or loss.lua and loss.lua.output or ll.loss.describe(loss.name).output
  model.output = check.among("model: there is no output", output, ll.nn.activations)
  local options = {}
  for name, value in pairs(train) do
    if name ~= "optimizer" and name ~= "epochs" and name ~= "batch" then options[name] = value end
  end
  for _, name in ipairs(regime.names) do options[name] = nil end
  fine, made = pcall(ll.optim[train.optimizer], { ll.zeros(1, 1):with_grad() }, options)
  if not fine then check.fail("train: %s", made) end
  local full = {
    epochs = check.integer("train.epochs", train.epochs, 1, 1 << 30), batch = check.integer("train.batch", train.batch, 1, 1 << 31),
    optimizer = train.optimizer,
  }
  for _, row in ipairs(ll.optim.describe(train.optimizer).params) do full[row.name] = made[row.name] end
  for name, value in pairs(regime.settle(train, loss, of.metrics, of.metric)) do full[name] = value end
  local config = { loss = loss.name, parameters = parameters, model = model, train = full,
    formula = loss.lua and 1 or ll.loss.describe(loss.name).version }
  config.key = ll.core.sha256(json.encode { config.loss, parameters, model, full, versions(config) })
  return config
end

-- The spaces of each of what is compared, a list of lists of alternatives.
local function spaces_of(compare, models, trains)
  local out, all = {}, {}
  for i, each in ipairs(compare) do
    out[i] = {}
    for _, parameters in ipairs(each.alternatives) do
      for _, train in ipairs(trains) do table.insert(out[i], flatten(parameters, models, train)) end
    end
    table.move(out[i], 1, #out[i], #all + 1, all)
  end
  for i, spaces in ipairs(out) do out[i] = only_if.settle(spaces, all) end
  return out
end

-- The configurations of a study with its own trial, each once: the swept values are taken as they are written.
function M.expand_methods(methods, model, train, sample)
  local models, trains, out, seen = compare_of.dimensions("model", model), compare_of.dimensions("train", train), {}, {}
  local spaces_by = spaces_of(methods, models, { trains })
  for i, method in ipairs(methods) do
    local spaces = spaces_by[i]
    local points = sample and space.random(spaces, sample.random, sample.seed, method.name) or space.grid(spaces)
    for _, point in ipairs(points) do
      local parts = split(point)
      local config = { loss = method.name, parameters = parts.loss, model = parts.model, train = parts.train }
      config.key = ll.core.sha256(json.encode { config.loss, parts.loss, parts.model, parts.train })
      if not seen[config.key] then out[#out + 1] = config end
      seen[config.key] = true
    end
  end
  return out
end

-- Every configuration of the study, each once, in the order of compare; sample [opt]: { random = N, seed = s }; of: { metrics,
-- metric } of the study.
function M.expand(compare, model, train, sample, of)
  local out, seen, models, trains, embeds = {}, {}, model_space(model), training(train), false
  for _, loss in ipairs(compare) do embeds = embeds or tasks.get(loss.task).embeds end
  if model.embedding ~= nil and not embeds then
    check.fail "model.embedding has no effect: no loss of this study is of embeddings or of features and class vectors"
  end
  local spaces_by = spaces_of(compare, models, trains)
  for i, loss in ipairs(compare) do
    local spaces = spaces_by[i]
    local points = sample and space.random(spaces, sample.random, sample.seed, loss.name) or space.grid(spaces)
    for _, point in ipairs(points) do
      local config = build(loss, point, of)
      if not seen[config.key] then
        seen[config.key] = true
        out[#out + 1] = config
      end
    end
  end
  return out
end

return M
