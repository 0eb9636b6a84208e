-- Where the values of a field stand on an axis: numbers where they are, on a logarithmic axis where they span decades, zero beside
-- them; what is no number at 1, 2, … under its word.
local fields = require "losslab.study.fields"
local text = require "losslab.text"

local scale = {}

local DECADES = 20 -- greatest by least, from which an axis is logarithmic
local LISTED = 9 -- values that have a tick each

local function all_numbers(values)
  for _, value in ipairs(values) do
    if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then return false end
  end
  return #values > 0
end

-- The greatest by the least step from one value to the next, of what f makes of them.
local function unevenness(sorted, f)
  local least, most = math.huge, 0
  for i = 2, #sorted do
    local step = f(sorted[i]) - f(sorted[i - 1])
    if step > 0 then least, most = math.min(least, step), math.max(most, step) end
  end
  return most / least
end

local function itself(x) return x end

-- The least and the greatest positive value, whether zero is among them, and the first step; nil where they do not want a
-- logarithmic axis: too near to each other, or about as far apart from step to step.
local function decades(sorted)
  local positive, zero = {}, false
  for _, value in ipairs(sorted) do
    if value < 0 then return nil end
    if value == 0 then zero = true else positive[#positive + 1] = value end
  end
  local least, most = positive[1], positive[#positive]
  if #positive < 2 or most / least < DECADES and not (#positive <= LISTED and most / least >= 9) then return nil end
  local even
  if #positive <= LISTED then even = unevenness(positive, itself) < unevenness(positive, math.log)
  else even = positive[(#positive + 1) // 2] > 0.4 * most end
  if even then return nil end
  return least, most, zero, positive[2] / least
end

-- values: those of a field, false for configurations that leave it out. Gives { log, names, at(value), share(value), ticks = { {
-- at, word } }, from, to }: at gives the place on the axis, share that from 0 to 1 between the least and the greatest.
function scale.of(values)
  local self = { ticks = {} }
  if not all_numbers(values) then
    self.names = {}
    for i, value in ipairs(values) do
      self.names[i] = value == false and "default" or fields.word(value)
      self.ticks[i] = { i, self.names[i] }
    end
    function self.at(value)
      for i, each in ipairs(values) do
        if value == nil and each == false or fields.same(value, each) then return i end
      end
    end
    self.from, self.to = 1, #values
  else
    local sorted = table.move(values, 1, #values, 1, {})
    table.sort(sorted)
    local least, most, zero, step = decades(sorted)
    local beside = least and least / math.max(3, math.min(step, 100)) -- where zero stands
    function self.at(value)
      if type(value) ~= "number" then return nil end
      return least and value == 0 and beside or value
    end
    self.log, self.zero = least ~= nil, zero or nil
    self.from, self.to = zero and beside or sorted[1], most or sorted[#sorted]
    if #sorted <= LISTED then
      for i, value in ipairs(sorted) do self.ticks[i] = { self.at(value), text.number(value, 4) } end
    end
  end
  function self.share(value)
    local at = self.at(value)
    if not at then return nil end
    if self.to == self.from then return 0.5 end
    if self.log then return math.log(at / self.from) / math.log(self.to / self.from) end
    return (at - self.from) / (self.to - self.from)
  end
  return self
end

-- Layers and the like, from few units to many.
local function by_size(a, b)
  local function size(list)
    local sum = 0
    for _, each in ipairs(list) do sum = sum + (tonumber(each) or 0) end
    return sum
  end
  local one, other = size(a), size(b)
  return one < other or one == other and #a < #b
end

local function all_tables(list)
  for _, value in ipairs(list) do
    if type(value) ~= "table" then return false end
  end
  return true
end

-- The values of a field among a loss's configurations, in order, false first where some leave it out.
function scale.values(loss, name)
  local list = { table.unpack(loss.values[name] or {}) }
  if all_tables(list) then table.sort(list, by_size) end
  for _, config in ipairs(loss.configs) do
    if config.fields[name] == nil then
      table.insert(list, 1, false)
      break
    end
  end
  return list
end

return scale
