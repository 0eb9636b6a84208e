-- The fields of configurations: the loss's parameters, what model holds and what train holds, each by one name. A parameter goes by
-- its own name (margin), so does what stands in model or train alone (hidden, lr); a name that stands in two of them is qualified
-- where it is no parameter's (train.lr), and one that a table calls something else by is qualified everywhere (parameters.seed).
--
--   fields.of(configs)           the fields of an array of { loss, parameters, model, train }, in the order in which they are
--                                shown: {{ name, place = "parameters" | "model" | "train", key }, …}, and each by name and
--                                qualified name
--   fields.values(config, of)    the values of a configuration by name
--   fields.same(a, b)            whether two values are one
--   fields.varied(configs, of)   the names of those that the study varies
--   fields.word(value)           a value in words: 0.1, adam, 64×32; "none" for an empty list; "default" for nothing
local json = require "losslab.json"
local text = require "losslab.text"

local fields = {}

local PLACES = { "parameters", "model", "train" }

-- Within a place these come first, the others by name.
local FIRST = {
  model = { "hidden", "activation", "output", "init", "embedding" },
  train = { "epochs", "batch", "optimizer", "lr" },
}

-- What tables call something else by.
local TAKEN = {}
for name in ([[study metric trial dataset data loss config parameters model train varied id key formula fold seed status error epoch
  best_epoch diverged_epoch stopped_epoch pruned_epoch valid test seconds host worker started finished n lost open pruned tried
  place split mean sd low high valid_mean valid_sd test_mean test_sd epoch_mean runs in and or not nil true false]]):gmatch "%S+" do
  TAKEN[name] = true
end

local function sorted_keys(seen, first)
  local out, before = {}, {}
  for i, key in ipairs(first or {}) do before[key] = i end
  for key in pairs(seen) do out[#out + 1] = key end
  table.sort(out, function(a, b)
    local i, j = before[a] or math.huge, before[b] or math.huge
    if i ~= j then return i < j end
    return tostring(a) < tostring(b)
  end)
  return out
end

function fields.of(configs)
  local seen, count, out = {}, {}, {}
  for _, place in ipairs(PLACES) do
    local keys, looked = {}, {} -- configurations share tables
    for _, config in ipairs(configs) do
      local part = config[place]
      if not looked[part] then
        looked[part] = true
        for key in pairs(part) do keys[key] = true end
      end
    end
    seen[place] = keys
    for key in pairs(keys) do count[key] = (count[key] or 0) + 1 end
  end
  for _, place in ipairs(PLACES) do
    for _, key in ipairs(sorted_keys(seen[place], FIRST[place])) do
      local qualified = place .. "." .. tostring(key)
      local bare = not TAKEN[key] and (count[key] == 1 or place == "parameters")
      local entry = { name = bare and tostring(key) or qualified, place = place, key = key }
      out[#out + 1] = entry
      out[qualified], out[entry.name] = entry, entry
    end
  end
  return out
end

function fields.values(config, of)
  local out = {}
  for _, entry in ipairs(of) do out[entry.name] = config[entry.place][entry.key] end
  return out
end

-- What two equal values share: themselves, or a list's text. An empty list need not be marked as one.
local function identity(value)
  if type(value) ~= "table" then return value end
  return next(value) == nil and "[]" or json.encode(value)
end

function fields.same(a, b) return a == b or type(a) == "table" and type(b) == "table" and identity(a) == identity(b) end

-- Orders values: numbers and texts by size, others by what they print as.
local function before(a, b)
  if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
  return tostring(identity(a)) < tostring(identity(b))
end

-- Its values among configurations, each once, in order; whether some lack it.
function fields.list(configs, entry)
  local out, known, missing = {}, {}, false
  for _, config in ipairs(configs) do
    local value = config[entry.place][entry.key]
    local id = identity(value)
    if value == nil then missing = true
    elseif not known[id] then
      known[id] = true
      out[#out + 1] = value
    end
  end
  table.sort(out, before)
  return out, missing
end

-- Groups of configurations by what of(config) gives.
local function grouped(configs, of)
  local groups, order = {}, {}
  for _, config in ipairs(configs) do
    local key = of(config) or false
    if not groups[key] then groups[key], order[#order + 1] = {}, key end
    table.insert(groups[key], config)
  end
  for i, key in ipairs(order) do order[i] = groups[key] end
  return order
end

local function loss_of(config) return config.loss end
local function optimizer_of(config) return config.train.optimizer end

local function differs(groups, entry)
  for _, group in ipairs(groups) do
    local list, missing = fields.list(group, entry)
    if #list > 1 or #list == 1 and missing then return true end
  end
  return false
end

-- A loss has its own parameters and its own output, and an optimizer its own options: such a field is varied where the
-- configurations of one loss, or of one optimizer, differ in it, by value or by having it; any other one also where those of two
-- do.
function fields.varied(configs, of)
  local out, all, by_loss, by_optimizer = {}, { configs }, grouped(configs, loss_of), grouped(configs, optimizer_of)
  for _, entry in ipairs(of) do
    local varied
    if entry.place == "parameters" or entry.place == "model" and entry.key == "output" then
      varied = differs(by_loss, entry)
    else
      varied = #fields.list(configs, entry) > 1 or differs(entry.place == "model" and by_loss or entry.key == "optimizer" and all
        or by_optimizer, entry)
    end
    if varied then out[#out + 1] = entry.name end
  end
  return out
end

function fields.word(value, digits)
  if value == nil then return "default" end
  if type(value) ~= "table" then return text.clean(text.number(value, digits or 4)) end
  local words = {}
  for i, each in ipairs(value) do
    if math.type(each) == nil or each ~= math.floor(each) then return text.clean(json.encode(value)) end
    words[i] = text.number(each)
  end
  if #words == 0 then return next(value) == nil and "none" or text.clean(json.encode(value)) end
  return table.concat(words, "×")
end

return fields
