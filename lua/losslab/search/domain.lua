-- A space of configurations (study/space.lua) as a search sees it: coordinates from 0 to 1, one for each dimension that varies.
-- A dimension that stands in several alternatives with the same values is one coordinate of all; which alternative a point is of
-- is the first coordinate, where there are several. Kinds of coordinates:
--   choice   unordered values: texts, truth values, two numbers, alternatives
--   cells    an ordered, finite set: whole numbers of a range, a list of three numbers or more; each value has its cell
--   number   a range of real numbers, by the share of its way (of the logarithm's, where it is log)
local check = require "losslab.check"
local only_if = require "losslab.study.only_if"
local space = require "losslab.study.space"

local M = {}
local Domain = {}
Domain.__index = Domain

local MOST = 100000 -- points that are listed where a space is finite

-- A value as a text: equal numbers alike, whole or not, as JSON does not keep the difference.
local function word(value)
  if type(value) == "table" then
    local parts = {}
    for i, each in ipairs(value) do parts[i] = word(each) end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  if type(value) ~= "number" then return type(value):sub(1, 1) .. tostring(value) end
  local whole = math.tointeger(value)
  return whole and string.format("n%d", whole) or string.format("n%.17g", value)
end

-- A point as a text: the same for equal points alone.
function M.key(point)
  local parts = {}
  for i, name in ipairs(check.keys(point)) do parts[i] = string.format("%d:%s=%s", #name, name, word(point[name])) end
  return table.concat(parts, "\0")
end

local function ordered(values)
  if #values < 3 then return false end
  for _, value in ipairs(values) do if type(value) ~= "number" then return false end end
  return true
end

-- What is one coordinate: a dimension's name and values.
local function signature(name, dimension)
  if dimension.low then
    return string.format("%s\0%s %s %s %s", name, word(dimension.low), word(dimension.high), tostring(dimension.log),
      tostring(dimension.integer))
  end
  local parts = {}
  for i, value in ipairs(dimension) do parts[i] = word(value) end
  return name .. "\0" .. table.concat(parts, "\0")
end

local function new_axis(name, dimension)
  local axis = { name = name }
  if dimension.low then
    axis.range, axis.kind = dimension, dimension.integer and "cells" or "number"
    axis.size = dimension.integer and dimension.high - dimension.low + 1 or nil
    if axis.size == 1 then axis.kind = "fixed" end
    return axis
  end
  axis.values, axis.size = { table.unpack(dimension) }, #dimension
  axis.kind = #dimension == 1 and "fixed" or ordered(dimension) and "cells" or "choice"
  if axis.kind == "cells" then table.sort(axis.values) end
  axis.index = {}
  for i, value in ipairs(axis.values) do axis.index[word(value)] = i end
  return axis
end

-- The value at a share u in [0, 1).
local function value_at(axis, u)
  if axis.range then return space.at(axis.range, u) end
  return axis.values[math.min(1 + math.floor(u * axis.size), axis.size)]
end

-- Where a value lies: from, to (equal for a number); of a choice its number. nil: the axis has no such value.
local function place_of(axis, value)
  if axis.index then
    local i = axis.index[word(value)]
    if not i or axis.kind == "choice" then return i end
    return (i - 1.0) / axis.size, (i + 0.0) / axis.size
  end
  local range = axis.range
  if type(value) ~= "number" or value < range.low or value > range.high then return nil end
  if range.integer and not math.tointeger(value) then return nil end
  return space.cell(range, value)
end

-- alternatives: as space.lua has them, conditions settled.
function M.new(alternatives)
  local self = setmetatable({ written = alternatives, alternatives = {}, axes = {} }, Domain)
  if #alternatives > 1 then
    self.axes[1] = { name = "alternative", kind = "choice", size = #alternatives, at = 1, alternative = true }
  end
  local known = {}
  for a, alternative in ipairs(alternatives) do
    local entries = {}
    for _, name in ipairs(only_if.order(alternative)) do
      local dimension = alternative[name]
      local sign = signature(name, dimension)
      local axis = known[sign]
      if not axis then
        axis = new_axis(name, dimension)
        known[sign] = axis
        if axis.kind ~= "fixed" then
          axis.at = #self.axes + 1
          self.axes[axis.at] = axis
        end
      end
      entries[#entries + 1] = { axis = axis, dimension = dimension }
    end
    self.alternatives[a] = entries
  end
  self.width, self.most = #self.axes, self:bound()
  return self
end

-- How many points there are at most; infinite where a range of real numbers is among them.
function Domain:bound()
  local total = 0.0
  for _, entries in ipairs(self.alternatives) do
    local count = 1.0
    for _, entry in ipairs(entries) do count = count * (entry.axis.size or math.huge) end
    total = total + count
  end
  return total
end

-- Every point of a finite space that is not too large, or nil.
function Domain:all()
  if self.most > MOST then return nil end
  local listed = {}
  for a, entries in ipairs(self.alternatives) do
    listed[a] = {}
    for _, entry in ipairs(entries) do
      local axis, values = entry.axis, { only_if = entry.dimension.only_if }
      for i = 1, axis.size do values[i] = axis.range and axis.range.low + i - 1 or axis.values[i] end
      listed[a][axis.name] = values
    end
  end
  return space.grid(listed)
end

-- The point at shares u(coordinate) in [0, 1). A coordinate is asked for where it counts alone.
function Domain:point(u)
  local a = #self.alternatives > 1 and 1 + math.floor(u(1) * #self.alternatives) or 1
  local point = {}
  for _, entry in ipairs(self.alternatives[a]) do
    local axis = entry.axis
    if only_if.holds(entry.dimension, point) then
      point[axis.name] = axis.at and value_at(axis, u(axis.at)) or value_at(axis, 0)
    end
  end
  return point
end

-- Where the value at a share of one coordinate lies: a choice's number or { from, to }.
function Domain:place(j, u)
  local axis = self.axes[j]
  if axis.alternative then return math.min(1 + math.floor(u * axis.size), axis.size) end
  local from, to = place_of(axis, value_at(axis, u))
  if axis.kind == "choice" then return from end
  return { from, to }
end

-- Of an alternative, what point has there: { [coordinate] = { from, to } or number of a choice }, or nil.
local function places(entries, point)
  local out, count, there = {}, 0, 0
  for _ in pairs(point) do there = there + 1 end
  for _, entry in ipairs(entries) do
    local axis, value = entry.axis, point[entry.axis.name]
    if only_if.holds(entry.dimension, point) then
      if value == nil then return nil end
      local from, to = place_of(axis, value)
      if not from then return nil end
      count = count + 1
      if axis.kind == "choice" then out[axis.at] = from
      elseif axis.at then out[axis.at] = { from, to } end
    end
  end
  return count == there and out or nil
end

-- Where a point lies: { [coordinate] = a choice's number or { from, to } }, with nothing where a dimension is not there. nil: the
-- point is none of this space.
function Domain:places(point)
  for a, entries in ipairs(self.alternatives) do
    local out = places(entries, point)
    if out then
      if #self.alternatives > 1 then out[1] = a end
      return out
    end
  end
  return nil
end

return M
