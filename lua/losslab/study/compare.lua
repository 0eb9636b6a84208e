-- What a study compares: from the name of a loss, or of a method of the study's own, to the alternatives of its parameters.
local ll = require "losslab"
local check = require "losslab.check"
local space = require "losslab.study.space"
local tasks = require "losslab.study.tasks"
local text = require "losslab.text"

local M = {}

-- What the default loop can train.
local function trainable()
  local names = {}
  for _, name in ipairs(ll.loss.list()) do
    if not ll.loss.describe(name).metric_only and tasks.of(name) then names[#names + 1] = name end
  end
  return names
end

-- Raises unless the default loop can train the loss.
local function known(what, name, names, all)
  for _, each in ipairs(names) do if each == name then return end end
  for _, each in ipairs(all) do
    if each == name then
      local row = ll.loss.describe(name)
      if row.metric_only then check.fail("%s: %s has no gradient: it is a metric only", what, name) end
      local inputs = {}
      for i, input in ipairs(row.inputs) do inputs[i] = input.name end
      check.fail("%s: %s takes %s, which the default loop cannot give it; write the study's own trial = function(t)", what, name,
        table.concat(inputs, ", "))
    end
  end
  check.unknown(what .. ": there is no loss", name, names)
end

-- A value that a database can hold and that configurations can be told apart by.
local function check_value(what, value)
  local whole = math.type(value) == "integer"
  if type(value) == "boolean" or type(value) == "string" and utf8.len(value) then return end
  if check.finite(value) and not (whole and (value > 1 << 53 or value < -(1 << 53))) then return end
  check.fail("%s must be a number (a whole one from -2^53 to 2^53), true, false or a text, not %s%s", what, check.show(value),
    value == math.huge and ': what may be infinite takes the word "inf"' or "")
end

-- { 1, 2, 5 } as class_weights is one value.
local function is_numbers(t)
  for key, value in pairs(t) do if type(key) ~= "number" or type(value) ~= "number" then return false end end
  return #t > 0
end

-- A table of parameters as one of dimensions (study/space.lua).
function M.dimensions(what, fields)
  if type(fields) ~= "table" then check.fail("%s must be a table {…}, not %s", what, check.show(fields)) end
  local out = {}
  for _, name in ipairs(check.keys(fields)) do
    if type(name) ~= "string" then
      check.fail("%s: parameters have names: { margin = … }, not %s", what, check.show(fields[name]))
    end
    check.text(what .. ": name of a parameter", name)
    local of_classes = name == "class_weights"
    out[name] = space.dimension(what .. ": " .. name, fields[name], of_classes and is_numbers or nil)
    for _, value in ipairs(out[name]) do
      if not (of_classes and type(value) == "table") then check_value(what .. ": " .. name, value) end
    end
  end
  return out
end

--- study.compare = { hinge = { margin = { 0.5, 1 } }, logistic = {}, … }
-- The losses that are compared, with their parameters. Each value may be a list or a range, which is swept; a list of tables gives
-- alternatives of one loss. A name alone stands for the loss with its defaults. It must be given.
--   hinge = {}                    a loss with its defaults; "hinge" is the same
--   hinge = { margin = { 0, 1 } }  two configurations
--   mine = { f, tau = { 1, 2 } }  a loss in Lua: f(scores, labels, parameters) gives a 1x1 matrix, or false for a batch with
--                                 nothing to compare
--   mine = { { new = f, … } }     one that remembers or learns: study.compare.new
-- In a study with its own trial, methods of any name with parameters of any name.
-- See: ll.loss, study.range, study.compare.new, study.trial
-- Example:
--   local function mine(scores, labels, p) return ((scores - labels) ^ 2):mean() * p.scale end
--   local s = ll.study { name = "m", data = "moons",
--     compare = { hinge = { margin = { 0.5, 1 } }, mine = { mine, scale = { 1, 2 } } } }
--   s:trials()   --> 20

--- study.compare.pos_weight = 5
-- Beside the parameters of a loss with binary labels whose rows are independent: by what the values of positive rows are
-- multiplied; a number >= 0, a list or a range, or "balanced", the training part's negatives / positives.
-- See: loss, study.compare.class_weights, study.compare
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { cross_entropy = { pos_weight = { 1, 3, "balanced" } } } }
--   s:trials()   --> 15

--- study.compare.class_weights = { 1, 2 }
-- Beside the parameters of a loss whose rows are independent and have a class: how much a row of each class counts, in the order of
-- data.class_names (negatives, positives); or "balanced": rows / (classes × rows of the class) of the training part.
-- { { 1, 2 }, "balanced" } is a list of two.
-- See: loss, study.compare.pos_weight, study.compare
-- Example:
--   local s = ll.study { name = "m", data = "iris", compare = { softmax = { class_weights = { { 1, 1, 2 }, "balanced" } } } }
--   s:trials()   --> 10

--- study.compare.new = function(parameters) return loss end
-- Makes a loss in Lua for each trial: { { new = f, output = …, task = … }, parameter = … }. What it gives is called as
-- loss(scores, labels). loss:end_epoch() is called as each epoch ends; loss:history(scores, labels) before the first one and, if
-- loss:wants_history() is true, in place of end_epoch. If it has learnt = { { name = "margin", symbol = "ξ" } }, its loss.margin
-- and loss.margin_grad are recorded.
-- See: study.compare, study.compare.task
-- Example:
--   local function new(p) return function(scores, labels) return ((scores - labels) ^ 2):mean() * p.scale end end
--   ll.study { name = "m", data = "moons", compare = { mine = { { new = new }, scale = { 1, 2 } } } }:trials()   --> 10

--- study.compare.output = "identity"
-- The activation that the network of a loss in Lua ends in ("identity"), beside new.
-- Example:
--   local function new() return function(scores, labels) return ((scores - labels) ^ 2):mean() end end
--   ll.study { name = "m", data = "moons", compare = { brier = { { new = new, output = "sigmoid" } } } }.configs[1].model.output
--   --> sigmoid

--- study.compare.task = "scores"
-- What a loss in Lua is given, beside new ("scores").
--   "scores"       a column of scores and binary labels
--   "classes"      an output a class, and classes from 1
--   "embeddings"   rows of features, and classes
--   "regression"   a column of scores and real values, standardised unless split.standardise is false
--   "rates"        a column of logs of rates, and counts
-- Example:
--   local function new() return function(out, classes) return ll.loss.softmax {} (out, classes) end end
--   ll.study { name = "m", data = "iris", compare = { mine = { { new = new, task = "classes" } } } }:trials()   --> 5

-- The fields of a loss in Lua.
M.fields = { "new", "output", "task" }

-- A loss written in Lua, from f, or { f, parameter = … }, or { { new = f, output = … }, parameter = … }.
local function lua_loss(what, first)
  if type(first) == "function" then return { call = first, output = "identity", task = "scores" } end
  if first.new == nil and type(first[1]) == "function" then
    check.fail("%s: a loss with a task or an output of its own is { new = function(parameters) return f end, task = … }", what)
  end
  check.fields(what, first, M.fields)
  return { new = check.callable(what .. ": new", first.new),
    output = first.output and check.among(what .. ": there is no output", first.output, ll.nn.activations) or "identity",
    task = first.task and check.among(what .. ": there is no task", first.task, tasks.names) or "scores" }
end

local function is_lua(entry)
  return type(entry) == "function" or type(entry) == "table" and (type(entry[1]) == "function" or
    type(entry[1]) == "table" and (type(entry[1].new) == "function" or type(entry[1][1]) == "function"))
end

-- One entry of compare as a list of tables of dimensions.
local function alternatives(what, name, entry)
  if type(entry) ~= "table" then
    check.fail("%s must be a table of parameters: %s = {} or { … }, not %s", what, text.shorten(name, 100), check.show(entry))
  end
  local out = {}
  for i, fields in ipairs(check.whole(what, entry) > 0 and check.list(what, entry) or { entry }) do
    if type(fields) ~= "table" then
      check.fail("%s: alternative %d must be a table of parameters, not %s", what, i, check.show(fields))
    end
    out[i] = M.dimensions(what, fields)
  end
  return out
end

-- The methods of a study with its own trial: any names, any parameters.
function M.methods(compare)
  if type(compare) ~= "table" or not next(compare) then
    check.fail("compare must be a table from methods to their parameters: { gan = {}, wgan = { clip = { .01, .1 } } }")
  end
  local out = {}
  for _, name in ipairs(check.keys(compare)) do
    check.text("compare: name of a method", name)
    local what = "compare." .. (text.is_name(name) and text.shorten(name, 100) or check.show(name))
    out[#out + 1] = { name = name, alternatives = alternatives(what, name, compare[name]) }
  end
  return out
end

-- compare as {{name, task, lua = …, alternatives = {{parameter = dimension}, …}}, …} in alphabetical order.
function M.losses(compare)
  if type(compare) ~= "table" or not next(compare) then
    check.fail("compare must be a table from losses to their parameters: { hinge = {}, exponential = { beta = { .5, 1 } } }")
  end
  check.whole("compare", compare)
  local names, all, out, seen = trainable(), ll.loss.list(), {}, {}
  for _, key in ipairs(check.keys(compare)) do
    local name, entry = key, compare[key]
    if type(key) == "number" then name, entry = entry, {} end
    if type(name) ~= "string" then check.fail("compare: the name of a loss was expected, not %s", check.show(name)) end
    if seen[name] then check.fail("compare: %s stands there twice", check.show(name)) end
    seen[name] = true
    local what, loss = "compare." .. (text.is_name(name) and text.shorten(name, 100) or check.show(name)), { name = name }
    if type(entry) == "table" then check.whole(what, entry) end
    if is_lua(entry) then
      for _, each in ipairs(all) do
        if each == name then check.fail("%s: there is a built-in loss of that name; give yours another", what) end
      end
      check.text("compare: name of a loss", name)
      loss.lua = lua_loss(what, type(entry) == "function" and entry or entry[1])
      loss.task = loss.lua.task
      local fields = {}
      if type(entry) == "table" then
        for k, v in pairs(entry) do if k ~= 1 then fields[k] = v end end
      end
      loss.alternatives = { M.dimensions(what, fields) }
    else
      known("compare", name, names, all)
      loss.task = tasks.of(name)
      local parameters = {}
      for i, row in ipairs(ll.loss.describe(name).params) do parameters[i] = row.name end
      for _, each in ipairs { "pos_weight", "class_weights" } do
        if tasks.weighs(loss, each) then parameters[#parameters + 1] = each end
      end
      loss.alternatives = alternatives(what, name, entry)
      for _, fields in ipairs(loss.alternatives) do
        for _, each in ipairs(check.keys(fields)) do
          check.among(what .. " has no parameter", each, parameters)
        end
      end
    end
    out[#out + 1] = loss
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

return M
