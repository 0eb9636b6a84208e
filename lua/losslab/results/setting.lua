-- The configurations of a database, and how one is described: by the parameters that differ among those of its loss, "margin 0.1,
-- margin_lr 0.001".
local cjson = require "cjson"
local json = require "losslab.json"
local text = require "losslab.text"

local setting = {}

local methods = {} -- of any object that has configs and losses as setting.read gives them
setting.methods = methods

-- Orders values: numbers and texts by size, others by what they print as.
local function before(a, b)
  if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
  return tostring(a) < tostring(b)
end

-- The values of each parameter of a loss, in order, and the parameters that differ among its configurations: by value, or by
-- standing in some of them only.
local function collect_values(loss)
  for _, config in ipairs(loss.configs) do
    for name in pairs(config.parameters) do loss.values[name] = loss.values[name] or {} end
  end
  for name, list in pairs(loss.values) do
    local known, missing = {}, false
    for _, config in ipairs(loss.configs) do
      local value = config.parameters[name]
      if value == nil then
        missing = true
      elseif not known[value] then
        known[value] = true
        list[#list + 1] = value
      end
    end
    table.sort(list, before)
    if #list + (missing and 1 or 0) > 1 then loss.varied[#loss.varied + 1] = name end
  end
  table.sort(loss.varied)
end

-- configs: the rows by id, parameters decoded; losses, in order and by name: { name, place, configs, values, varied, learns },
-- learns being the numbers that the loss learns (rows of learnable). asked: the loss that comes first, before the others by name.
function setting.read(store, asked)
  local self = setmetatable({ configs = {}, losses = {} }, { __index = methods })
  local seen = {}
  for row in store:rows "configs" do
    row.parameters = cjson.decode(row.parameters)
    self.configs[row.id] = row
    local loss = seen[row.loss]
    if not loss then
      loss = { name = row.loss, configs = {}, values = {}, varied = {} }
      seen[row.loss] = loss
      self.losses[#self.losses + 1] = loss
    end
    loss.configs[#loss.configs + 1] = row
  end
  table.sort(self.losses, function(a, b)
    if (a.name == asked) ~= (b.name == asked) then return a.name == asked end
    return a.name < b.name
  end)
  for place, loss in ipairs(self.losses) do
    collect_values(loss)
    loss.place, loss.learns = place, {}
    self.losses[loss.name] = loss
  end
  for row in store:rows "learnable" do
    local loss = self.losses[row.loss]
    if loss then loss.learns[#loss.learns + 1] = row end
  end
  return self
end

-- A parameter's value in words.
function setting.number_text(value)
  if value == nil then return "default" end
  return text.clean(type(value) == "table" and json.encode(value) or text.number(value, 4))
end

-- {{name, value}, …} in words. symbol [opt]: a function from a name to its symbol, or nil.
function setting.words(parameters, symbol)
  local out = {}
  for i, each in ipairs(parameters) do
    out[i] = (symbol and symbol(each[1]) or text.clean(each[1])) .. " " .. setting.number_text(each[2])
  end
  return table.concat(out, ", ")
end

-- What a parameter sets of a number that the loss learns: "start" or "rate", and the number; nil if it sets nothing of one.
function methods:sets(loss, parameter)
  for _, number in ipairs(self.losses[loss].learns) do
    if number.start == parameter then return "start", number end
    if number.rate == parameter then return "rate", number end
  end
end

-- "ξ", "η_ξ": the symbol of a loss's parameter that sets a number which the loss learns; nil for others.
function methods:symbol(loss, parameter)
  local sets, number = self:sets(loss, parameter)
  return sets and text.clean(sets == "start" and number.symbol or "η_" .. number.symbol)
end

-- What sets a configuration apart from the others of its loss: {{name, value}, …}.
function methods:apart(config)
  local out, of = {}, self.configs[config]
  for _, name in ipairs(self.losses[of.loss].varied) do out[#out + 1] = { name, of.parameters[name] } end
  return out
end

-- The same in words; "-" where nothing does. symbols = true: parameters that have a symbol are called by it.
function methods:describe(config, symbols)
  local apart, loss = self:apart(config), self.configs[config].loss
  return #apart > 0 and setting.words(apart, symbols and function(name) return self:symbol(loss, name) end) or "-"
end

return setting
