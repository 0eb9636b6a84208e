-- The configurations of a database, and how one is described: by the fields that the study varies (study/fields.lua), be they
-- parameters of the loss, of the model or of training: "margin 0.1, lr 0.001, hidden 64×32".
local cjson = require "cjson"
local fields = require "losslab.study.fields"
local json = require "losslab.json"
local text = require "losslab.text"

local setting = {}

local methods = {} -- of any object that has configs and losses as setting.read gives them
setting.methods = methods

-- Configurations share tables where they share texts: a study has few models and ways of training.
local function decoder()
  local known = {}
  return function(config, place)
    local written = config[place]
    if known[written] == nil then
      known[written] = cjson.decode(written)
      if type(known[written]) ~= "table" then
        error(string.format("configuration %s: its %s is no JSON object", tostring(config.id), place))
      end
      for _, value in pairs(known[written]) do -- an empty list stays one
        if type(value) == "table" and (value[1] ~= nil or next(value) == nil) then json.array(value) end
      end
    end
    return known[written]
  end
end

-- What differs within each loss, and the values there: by the names of the fields.
local function collect_values(loss, all)
  for _, entry in ipairs(all) do
    local list = fields.list(loss.configs, entry)
    if #list > 0 then loss.values[entry.name] = list end
    if #list > 0 and all.varied[entry.name] and (entry.place ~= "parameters" or fields.varied(loss.configs, { entry })[1]) then
      loss.varied[#loss.varied + 1] = entry.name
    end
  end
end

-- Gives each configuration the names of the fields that some one with its optimizer has: sgd has a momentum, adam has none.
local function know_optimizers(configs, all)
  local of = {}
  for _, config in ipairs(configs) do
    local optimizer = config.train.optimizer or false
    of[optimizer] = of[optimizer] or {}
    config.known = of[optimizer]
    for _, entry in ipairs(all) do
      if entry.place ~= "train" or config.train[entry.key] ~= nil then config.known[entry.name] = true end
    end
  end
end

-- Of configurations { id, loss, parameters, model, train }, decoded: configs, by id; fields, as fields.of gives them; varied, the
-- names of those that the study varies; losses, in order and by name: { name, place, configs, values, varied, learns }, values and
-- varied by the names of the fields, learns (empty here) being the numbers that the loss learns. A configuration's own values stand
-- in its fields, by name. asked: the loss that comes first, before the others by name.
function setting.of(configs, asked)
  local self, seen = setmetatable({ configs = {}, losses = {} }, { __index = methods }), {}
  local all = fields.of(configs)
  self.fields, self.varied, all.varied = all, fields.varied(configs, all), {}
  for _, name in ipairs(self.varied) do all.varied[name] = true end
  know_optimizers(configs, all)
  for i, config in ipairs(configs) do
    self.configs[config.id or i] = config
    config.fields = fields.values(config, all)
    local loss = seen[config.loss]
    if not loss then
      loss = { name = config.loss, configs = {}, values = {}, varied = {}, learns = {} }
      seen[config.loss] = loss
      self.losses[#self.losses + 1] = loss
    end
    loss.configs[#loss.configs + 1] = config
  end
  table.sort(self.losses, function(a, b)
    if (a.name == asked) ~= (b.name == asked) then return a.name == asked end
    return a.name < b.name
  end)
  for place, loss in ipairs(self.losses) do
    loss.place = place
    collect_values(loss, all)
    self.losses[loss.name] = loss
  end
  return self
end

-- The same of a database's configurations, with what its losses learn (rows of learnable).
function setting.read(store, asked)
  local configs, decoded = {}, decoder()
  for row in store:rows "configs" do
    for _, place in ipairs { "parameters", "model", "train" } do row[place] = decoded(row, place) end
    configs[#configs + 1] = row
  end
  local self = setting.of(configs, asked)
  for row in store:rows "learnable" do
    local loss = self.losses[row.loss]
    if loss then loss.learns[#loss.learns + 1] = row end
  end
  return self
end

-- A field's value in words.
setting.number_text = fields.word

-- {{name, value}, …} in words, an array. symbol [opt]: a function from a name to its symbol, or nil.
local function units_of(list, symbol)
  local out = {}
  for i, each in ipairs(list) do
    out[i] = (symbol and symbol(each[1]) or text.clean(each[1])) .. " " .. fields.word(each[2])
  end
  return out
end

function setting.words(list, symbol) return table.concat(units_of(list, symbol), ", ") end

--- results:sets(loss, parameter) -> string, table
-- What a parameter sets of a number that the loss learns: "start" or "rate", and the number; nil if it sets nothing of one.
--   loss        the name of a loss of the study
--   parameter   the name of one of its parameters
-- See: results:symbol, results:learner
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "adaptive_rank" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:sets("adaptive_rank", "margin")   --> start …
function methods:sets(loss, parameter)
  for _, number in ipairs(self.losses[loss].learns) do
    if number.start == parameter then return "start", number end
    if number.rate == parameter then return "rate", number end
  end
end

--- results:symbol(loss, parameter) -> string or nil
-- The symbol of a parameter that sets a number which the loss learns, for figures. nil for others.
-- See: results:sets, results:describe
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "adaptive_rank" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:symbol("adaptive_rank", "margin")   --> ξ
function methods:symbol(loss, parameter)
  local sets, number = self:sets(loss, parameter)
  return sets and text.clean(sets == "start" and number.symbol or "η_" .. number.symbol)
end

-- Whether a configuration has a field, be it left out: its loss and its optimizer know it.
local function has(self, config, name)
  return config.fields[name] ~= nil or self.losses[config.loss].values[name] ~= nil and config.known[name] == true
end

--- results:apart(config) -> { { name, value }, … }
-- What sets a configuration apart from the others of its loss: the fields that the study varies. Those that its optimizer has not
-- are left out.
--   config   the number of a configuration
-- See: results:units, results:describe, results:varied_of
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:apart(1)[1][1], r:apart(1)[1][2]   --> margin 0.1
function methods:apart(config)
  local out, of = {}, self.configs[config]
  for _, name in ipairs(self.losses[of.loss].varied) do
    if has(self, of, name) then out[#out + 1] = { name, of.fields[name] } end
  end
  return out
end

--- results:units(config) -> { string, … }
-- What sets a configuration apart from the others of its loss, each field in words.
-- See: results:apart, results:describe
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:units(1)[1]   --> margin 0.1
function methods:units(config) return units_of(self:apart(config)) end

--- results:varied_of(config) -> table
-- A configuration's values of all fields that the study varies, by name. Those that its loss has not are left out.
-- See: results:apart, results:cells
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:varied_of(2).margin   --> 1
function methods:varied_of(config)
  local out, of = {}, self.configs[config].fields
  for _, name in ipairs(self.varied) do out[name] = of[name] end
  return out
end

--- results:cells(config) -> table
-- A configuration's values of all fields that the study varies in words, for a table with a column a field. "-" stands for what its
-- loss or its optimizer has not, "default" for what it leaves out.
-- See: results:varied_of
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:cells(1).margin   --> 0.1
function methods:cells(config)
  local words, of = {}, self.configs[config]
  for _, name in ipairs(self.varied) do
    words[name] = has(self, of, name) and fields.word(of.fields[name]) or "-"
  end
  return words
end

--- results:describe(config [, symbols]) -> string
-- What sets a configuration apart from the others of its loss, in words; "-" where nothing does.
--   config    the number of a configuration
--   symbols   whether parameters that have a symbol are called by it (false)
-- See: results:apart, results:choose
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:describe(r:choose(r.datasets.moons, "hinge", { margin = 0.1 }).config)   --> margin 0.1
function methods:describe(config, symbols)
  local apart, loss = self:apart(config), self.configs[config].loss
  return #apart > 0 and setting.words(apart, symbols and function(name) return self:symbol(loss, name) end) or "-"
end

return setting
