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
    local plain, given = {}, {} -- of pos_weight and class_weights what is given is kept: they are no parameters of the row
    for name, value in pairs(parameters) do
      if name == "pos_weight" or name == "class_weights" then given[name] = value end
      if given[name] and type(value) == "string" and value ~= "balanced" then
        check.fail('compare: %s: %s must be %s or "balanced", not %s', loss.name, name,
          name == "pos_weight" and "a number >= 0" or "a list of numbers", check.show(value))
      end
      plain[name] = value ~= "balanced" and value or nil
    end
    fine, made = pcall(ll.loss[loss.name], plain)
    if not fine then check.fail("compare: %s", made) end
    parameters = made:params()
    for name, value in pairs(given) do parameters[name] = type(value) == "table" and json.array(value) or value end
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

-- A configuration of a study's own trial: values are taken as they are written.
local function build_own(method, point)
  local parts = split(point)
  local config = { loss = method.name, parameters = parts.loss, model = parts.model, train = parts.train }
  config.key = ll.core.sha256(json.encode { config.loss, parts.loss, parts.model, parts.train })
  return config
end

-- ---- spaces ----

-- What there is to choose from, of each of what is compared: { { loss, space = alternatives (study/space.lua) } … }, by names
-- loss.…, model.… and train.…
local function spaces_of(losses, models, trains)
  local out, all = {}, {}
  for i, loss in ipairs(losses) do
    local alternatives = {}
    for _, parameters in ipairs(loss.alternatives) do
      for _, each in ipairs(trains) do alternatives[#alternatives + 1] = flatten(parameters, models, each) end
    end
    table.move(alternatives, 1, #alternatives, #all + 1, all)
    out[i] = { loss = loss, space = alternatives }
  end
  for _, each in ipairs(out) do each.space = only_if.settle(each.space, all) end
  return out
end

local function of_methods(methods, model, train)
  return spaces_of(methods, compare_of.dimensions("model", model), { compare_of.dimensions("train", train) })
end

local function of_losses(losses, model, train)
  local models, embeds = model_space(model), false
  local trains = training(train)
  for _, loss in ipairs(losses) do embeds = embeds or tasks.get(loss.task).embeds end
  if model.embedding ~= nil and not embeds then
    check.fail "model.embedding has no effect: no loss of this study is of embeddings or of features and class vectors"
  end
  return spaces_of(losses, models, trains)
end

-- study: compare, and trial where it has its own.
function M.spaces(study, model, train) return (study.trial and of_methods or of_losses)(study.compare, model, train) end

-- The configuration at a point of a loss's space; what the point leaves out has its default, where there is one.
function M.at(study, loss, point) return (study.trial and build_own or build)(loss, point, study) end

-- The configuration of a database's row (loss, parameters, model, train, config_key), of which the study has that loss. Raises if
-- it is not that of its key.
function M.of_row(study, row)
  local loss, point = study.losses[row.loss], {}
  if not loss then check.fail("the study has no loss %s", check.show(row.loss)) end
  for prefix, column in pairs { loss = "parameters", model = "model", train = "train" } do
    for name, value in pairs(json.decode(row[column], column)) do point[prefix .. "." .. name] = value end
  end
  local config = M.at(study, loss, point)
  if config.key ~= row.config_key then check.fail("a configuration of %s is not that of its key", row.loss) end
  return config
end

-- Every configuration of the spaces, each once, in their order; sample [opt]: { random = N, seed = s }.
function M.expand(study, spaces)
  local out, seen, sample = {}, {}, study.sample
  for _, each in ipairs(spaces) do
    local points = sample and space.random(each.space, sample.random, sample.seed, each.loss.name) or space.grid(each.space)
    for _, point in ipairs(points) do
      local config = M.at(study, each.loss, point)
      if not seen[config.key] then out[#out + 1] = config end
      seen[config.key] = true
    end
  end
  return out
end

return M
