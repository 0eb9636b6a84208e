-- Spaces of configurations, conditional by their shape: a space is an array of alternatives, an alternative a table from
-- names to dimensions, and a name belongs to the alternatives that have it. A dimension is what a study wrote:
--   0.1, "square", true                    one value
--   { 0, 0.05, 0.1 }                       these values
--   { log = { 1e-4, 1e-1 } }               a range, uniform in the logarithm; { from = 0, to = 1 } uniform
--   { from = 1, to = 8, integer = true }   whole numbers, both ends included
--   { from = 0, to = 1, steps = 5 }        a range cut into 5 values, ends included (a log range likewise)
-- grid: every combination. random: draws, each dimension from its own stream, so that adding a dimension, an alternative or
-- a draw changes no other draw.
local check = require "losslab.check"
local random = require "losslab".random

local M = {}

local function is_range(t) return t.log ~= nil or t.from ~= nil or t.to ~= nil end

local function range(what, t)
  check.fields(what, t, { "log", "from", "to", "integer", "steps" })
  local low, high = t.from, t.to
  if t.log then
    if low or high then check.fail("%s: a range has either log = {low, high} or from and to", what) end
    if type(t.log) ~= "table" or #t.log ~= 2 then check.fail("%s: log must be {low, high}", what) end
    low, high = t.log[1], t.log[2]
  end
  if not (check.finite(low) and check.finite(high) and low < high) then
    check.fail("%s: a range goes from a number up to a larger one, not from %s to %s", what, check.show(low), check.show(high))
  end
  if t.log and low <= 0 then check.fail("%s: a log range starts above 0, not at %s", what, check.show(low)) end
  if t.integer and not (math.tointeger(low) and math.tointeger(high)) then
    check.fail("%s: an integer range has integer ends, not %s and %s", what, check.show(low), check.show(high))
  end
  if t.steps then check.integer(what .. ": steps", t.steps, 2) end
  return { low = low, high = high, log = t.log ~= nil, integer = t.integer, steps = t.steps }
end

-- The value at a share u of the range.
local function at(r, u)
  local x
  if r.integer and not r.log then
    return math.min(math.tointeger(r.low) + math.floor(u * (r.high - r.low + 1)), math.tointeger(r.high))
  end
  if u == 1 then x = r.high elseif r.log then x = r.low * (r.high / r.low) ^ u else x = r.low + u * (r.high - r.low) end
  return r.integer and math.tointeger(math.floor(x + 0.5)) or x
end

-- A dimension as an array of values, or as a range table with .low and .high. atomic(t) [opt]: whether a table is one value.
function M.dimension(what, written, atomic)
  if written ~= written then check.fail("%s is not a number (nan)", what) end
  if type(written) ~= "table" or (atomic and atomic(written)) then return { written } end
  if is_range(written) then
    local r = range(what, written)
    if not r.steps then return r end
    local values = {}
    for i = 1, r.steps do
      local x = at(r.integer and { low = r.low, high = r.high, log = r.log } or r, (i - 1) / (r.steps - 1))
      values[i] = r.integer and math.tointeger(math.floor(x + 0.5)) or x
    end
    return M.dimension(what, values)
  end
  local keys = check.keys(written)
  if #keys == 0 then check.fail("%s: an empty list holds no value", what) end
  if #keys ~= #written then
    check.fail("%s: a list of values or a range ({log = …}, {from = …, to = …}) was expected; it has the field %s", what,
      check.show(keys[#keys]))
  end
  local seen, values = {}, {}
  for i, value in ipairs(written) do
    if type(value) == "table" and not (atomic and atomic(value)) then check.fail("%s: value %d is a table", what, i) end
    if value ~= value then check.fail("%s: value %d is not a number (nan)", what, i) end
    if type(value) ~= "table" and seen[value] then check.fail("%s: %s stands there twice", what, check.show(value)) end
    if type(value) ~= "table" then seen[value] = true end
    values[i] = value
  end
  return values
end

local function is_open(dimension) return dimension.low ~= nil end

-- The points of an alternative: names in alphabetical order, the last varying fastest.
local function product(alternative)
  local points = { {} }
  for _, name in ipairs(check.keys(alternative)) do
    local values, longer = alternative[name], {}
    if is_open(values) then
      check.fail("%s: a range has no grid; give it steps = …, or the study sample = { random = … }", name)
    end
    for _, point in ipairs(points) do
      for _, value in ipairs(values) do
        local copy = {}
        for k, v in pairs(point) do copy[k] = v end
        copy[name] = value
        longer[#longer + 1] = copy
      end
    end
    points = longer
  end
  return points
end

-- Every combination of every alternative, in their order.
function M.grid(alternatives)
  local points = {}
  for _, alternative in ipairs(alternatives) do
    for _, point in ipairs(product(alternative)) do points[#points + 1] = point end
  end
  return points
end

-- n draws from each alternative, or its only point if it has one. Draw i of a dimension depends on seed, label, its name and i
-- only. Equal draws are left to the caller, who knows which configurations are the same.
function M.random(alternatives, n, seed, label)
  local points = {}
  for a, alternative in ipairs(alternatives) do
    local names, open = check.keys(alternative), false
    for _, name in ipairs(names) do open = open or is_open(alternative[name]) or #alternative[name] > 1 end
    for i = 1, open and n or 1 do
      local point = {}
      for _, name in ipairs(names) do
        local dimension = alternative[name]
        local u = random(seed, i, string.format("sample %s %d %s", label, a, name)):uniform()
        point[name] = is_open(dimension) and at(dimension, u) or dimension[1 + math.floor(u * #dimension)]
      end
      points[#points + 1] = point
    end
  end
  return points
end

return M
