-- Where the values of a field stand on an axis: numbers where they are, on a logarithmic axis where they span decades, zero beside
-- them, below many numbers what some configurations have not; what is no number at 1, 2, … under its word.
local fields = require "losslab.study.fields"
local text = require "losslab.text"

local scale = {}

local DECADES = 20 -- greatest by least, from which an axis is logarithmic
local LISTED = 9 -- values that have a tick each
local BELOW = 0.12 -- of the axis, between its least number and the place of no value

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

-- The ends of a scale of numbers as ticks. low [opt]: where the numbers begin.
function scale.ends(self, low)
  low = low or self.from
  return { { low, self.zero and "0" or text.number(low, 3) }, { self.to, text.number(self.to, 3) } }
end

-- The scale of many numbers with a place for no value below them.
local function with_none(numbers, word)
  local self = scale.of(numbers)
  local low, high, at = self.from, self.to, self.at
  if self.log then self.from = low / (high / low) ^ BELOW else self.from = low - BELOW * (high - low) end
  function self.at(value)
    if value == nil then return self.from end
    return at(value)
  end
  self.ticks = { { self.from, word }, table.unpack(scale.ends(self, low)) }
  return self
end

-- values: those of a field, false for configurations that leave it out; left_out: the word for that. Gives { log, names, at(value),
-- share(value), ticks = { { at, word } }, from, to }: at gives the place on the axis, share that from 0 to 1 between the least and
-- the greatest.
function scale.of(values, left_out)
  left_out = left_out or "default"
  local some = values[1] == false and #values > LISTED + 1 and table.move(values, 2, #values, 1, {})
  if some and all_numbers(some) then return with_none(some, left_out) end
  local self = { ticks = {} }
  if not all_numbers(values) then
    self.names = {}
    for i, value in ipairs(values) do
      self.names[i] = value == false and left_out or fields.word(value)
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

-- The values of a field among a loss's configurations, in order, false first where some leave it out, and a word for that: "-"
-- where their optimizers have no such field.
function scale.values(loss, name)
  local list, left_out = { table.unpack(loss.values[name] or {}) }, nil
  if all_tables(list) then table.sort(list, by_size) end
  for _, config in ipairs(loss.configs) do
    if config.fields[name] == nil then
      left_out = (config.known or {})[name] and "default" or left_out or "-"
    end
  end
  if left_out then table.insert(list, 1, false) end
  return list, left_out
end

return scale
