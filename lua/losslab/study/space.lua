-- Spaces of configurations, conditional by their shape: a space is an array of alternatives, an alternative a table from
-- names to dimensions, and a name belongs to the alternatives that have it. A dimension is what a study wrote:
--   0.1, "square", true                    one value
--   { 0, 0.05, 0.1 }                       these values
--   { log = { 1e-4, 1e-1 } }               a range, uniform in the logarithm; { from = 0, to = 1 } uniform
--   { from = 1, to = 8, integer = true }   whole numbers, both ends included, each as often as another
--   { log = { 1, 100 }, integer = true }   whole numbers, k with the share that [k - 1/2, k + 1/2) has of the logarithm of
--                                          [low - 1/2, high + 1/2): ends have whole cells, as in Optuna and ConfigSpace
--   { from = 0, to = 1, steps = 5 }        a range cut into 5 values, both ends exactly among them (a log range likewise; of
--                                          whole numbers each is the nearest)
--   …, only_if = { name = value } }        beside any list or range: it is there only where that holds (study/only_if.lua)
-- grid: every combination. random: draws, each dimension from its own stream, so that adding a dimension, an alternative or
-- a draw changes no other draw.
local check = require "losslab.check"
local ll = require "losslab"
local only_if = require "losslab.study.only_if"
local random, exact = ll.random, ll.math

local M = {}

local MOST = 1000000 -- steps of a range, points of a grid
local WIDEST = 1 << 53 -- whole numbers beyond are not kept by JSON

--- study.range = { from = 0, to = 1 }
-- What any value of compare, model and train may be in place of one value: a list, which is swept, or a range. A range needs
-- steps, or the study sample = { random = … }.
--   { 0, 0.05, 0.1 }          these values
--   { from = 0, to = 1 }      a range, uniform
--   { log = { 1e-4, 0.1 } }   a range, uniform in the logarithm
--   integer = true            beside either: whole numbers, both ends included
--   steps = 5                 beside either: cut into so many values, both ends among them
--   only_if = { … }           beside a list or a range: only under these values of other parameters
-- See: study.sample, study.compare, study.range.only_if
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { hinge = { margin = { from = 0, to = 1, steps = 5 } } } }
--   s:trials()   --> 25

--- study.range.from = 0
-- The lower end of a range; below to.
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { hinge = { margin = { from = 0, to = 1, steps = 3 } } } }
--   s.configs[2].parameters.margin   --> 0.5

--- study.range.to = 1
-- The upper end of a range, included.
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { hinge = { margin = { from = 0, to = 1, steps = 3 } } } }
--   s.configs[3].parameters.margin   --> 1

--- study.range.log = { 1e-4, 0.1 }
-- A range, from the first to the second number, uniform in the logarithm; both above 0.
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 0.1 }, steps = 3 } } }
--   s.configs[2].train.lr   --> 0.01

--- study.range.integer = true
-- Whether a range holds whole numbers alone (false); its ends must be whole.
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" },
--     train = { batch = { log = { 16, 256 }, integer = true, steps = 5 } } }
--   s.configs[3].train.batch   --> 64

--- study.range.steps = 5
-- Cuts a range into so many values, both ends among them: a whole number >= 2.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { hinge = { margin = { from = 0, to = 1, steps = 5 } } } }:trials()   --> 25

-- The fields of a range.
M.fields = { "log", "from", "to", "integer", "steps", "only_if" }

local function is_range(t) return t.log ~= nil or t.from ~= nil or t.to ~= nil end

local function range(what, t)
  check.fields(what, t, M.fields)
  local low, high = t.from, t.to
  if t.log ~= nil then
    if low ~= nil or high ~= nil then check.fail("%s: a range has either log = {low, high} or from and to", what) end
    if type(t.log) ~= "table" or #check.keys(t.log) ~= 2 or #t.log ~= 2 then check.fail("%s: log must be {low, high}", what) end
    low, high = t.log[1], t.log[2]
  end
  if not (check.finite(low) and check.finite(high) and low < high) then
    check.fail("%s: a range goes from a number up to a larger one, not from %s to %s", what, check.show(low), check.show(high))
  end
  if t.log and low <= 0 then check.fail("%s: a log range starts above 0, not at %s", what, check.show(low)) end
  if t.integer ~= nil and check.boolean(what .. ": integer", t.integer) then
    local first, last = math.tointeger(low), math.tointeger(high)
    if not (first and last) then
      check.fail("%s: an integer range has integer ends, not %s and %s", what, check.show(low), check.show(high))
    elseif first < -WIDEST or last > WIDEST then
      check.fail("%s: an integer range has ends from -2^53 to 2^53, not %s and %s", what, check.show(low), check.show(high))
    end
    low, high = first, last
  end
  if t.steps ~= nil and check.integer(what .. ": steps", t.steps, 2) > MOST then
    check.fail("%s: steps must be at most %d, not %d", what, MOST, t.steps)
  end
  return { low = low, high = high, log = t.log ~= nil, integer = t.integer, steps = t.steps }
end

local function clamp(x, low, high) return math.max(low, math.min(high, x)) end

-- The number at a share u, from 0 to 1, of the way from low to high, or of the way in the logarithm. A width or a ratio beyond
-- double's range is never formed, and rounding does not lead out of the range.
local function between(low, high, log, u)
  if u == 0 or u == 1 then return u == 0 and low or high end
  local width = log and high / low or high - low
  local function way()
    if width < math.huge then return log and low * exact.pow(width, u) or low + u * width end
    return log and exact.exp((1 - u) * exact.log(low) + u * exact.log(high)) or (1 - u) * low + u * high
  end
  return clamp(way(), low, high)
end

local function nearest(x) return math.tointeger(math.floor(x + 0.5)) end

-- The value of a range below which a share u of its draws lie, u in [0, 1): what a uniform number becomes.
function M.at(r, u)
  if not r.integer then return between(r.low, r.high, r.log, u) end
  if r.log then return clamp(nearest(between(r.low - 0.5, r.high + 0.5, true, u)), r.low, r.high) end
  return math.min(r.low + math.floor(u * (r.high - r.low + 1)), r.high)
end

-- The inverse of between: the share of the way at which x lies.
local function share(low, high, log, x)
  if x <= low or x >= high then return x <= low and 0.0 or 1.0 end
  if log then return clamp((exact.log(x) - exact.log(low)) / (exact.log(high) - exact.log(low)), 0.0, 1.0) end
  local width = high - low
  return clamp(width < math.huge and (x - low) / width or (x / 2 - low / 2) / (high / 2 - low / 2), 0.0, 1.0)
end

-- The shares u that M.at turns into x: from, to; of a range of numbers one share.
function M.cell(r, x)
  if not r.integer then
    local u = share(r.low, r.high, r.log, x)
    return u, u
  end
  if r.log then return share(r.low - 0.5, r.high + 0.5, true, x - 0.5), share(r.low - 0.5, r.high + 0.5, true, x + 0.5) end
  local n = r.high - r.low + 1.0
  return clamp((x - r.low) / n, 0.0, 1.0), clamp((x - r.low + 1) / n, 0.0, 1.0)
end

-- The i-th of n points of a range; both ends are among them.
local function step(r, i, n)
  local x = between(r.low, r.high, r.log, (i - 1) / (n - 1))
  return r.integer and clamp(nearest(x), r.low, r.high) or x
end

-- The first of n points of a range that is the one before it again.
local function repeated(r, n)
  for i = 2, n do
    if step(r, i, n) == step(r, i - 1, n) then return step(r, i, n) end
  end
end

-- A range cut into as many different values as it says.
local function steps(what, r)
  local n, twice = r.steps, repeated(r, r.steps)
  if twice then
    if r.integer then n = math.min(n, r.high - r.low + 1) end
    while repeated(r, n) do n = n - 1 end
    check.fail("%s: steps = %d gives %s more than once; %d is the most steps in which this range gives different values", what,
      r.steps, check.show(twice), n)
  end
  local values = {}
  for i = 1, n do values[i] = step(r, i, n) end
  return values
end

-- A dimension without its condition, as an array of values, or as a range table with .low and .high.
local function values_of(what, written, atomic)
  if written ~= written then check.fail("%s is not a number (nan)", what) end
  if type(written) ~= "table" then return { written } end
  check.whole(what, written)
  if atomic and atomic(written) then return { written } end
  if is_range(written) then
    local r = range(what, written)
    return r.steps and steps(what, r) or r
  end
  local keys = check.keys(written)
  if #keys == 0 then check.fail("%s: an empty list holds no value", what) end
  if #keys ~= #written then
    check.fail("%s: a list of values or a range ({log = …}, {from = …, to = …}) was expected; it has the field %s", what,
      check.show(keys[#keys]))
  end
  local seen, values = {}, {}
  for i, value in ipairs(written) do
    local same = value
    if type(value) == "table" then
      if not (atomic and atomic(value)) then check.fail("%s: value %d is a table", what, i) end
      check.whole(what .. ": value " .. i, value)
      same = "{" .. table.concat(value, ", ") .. "}"
    end
    if value ~= value then check.fail("%s: value %d is not a number (nan)", what, i) end
    if seen[same] then check.fail("%s: %s stands there twice", what, same == value and check.show(value) or same) end
    seen[same], values[i] = true, value
  end
  return values
end

-- A dimension as an array of values, or as a range table with .low and .high; with .only_if where it is conditional. atomic(t)
-- [opt]: whether a table is one value.
function M.dimension(what, written, atomic)
  if type(written) ~= "table" or written.only_if == nil then return values_of(what, written, atomic) end
  local bare = {}
  for key, value in pairs(written) do if key ~= "only_if" then bare[key] = value end end
  local dimension, copy = values_of(what, bare, atomic), {}
  for key, value in pairs(dimension) do copy[key] = value end
  copy.only_if = only_if.condition(what, written.only_if)
  return copy
end

local function is_open(dimension) return dimension.low ~= nil end

-- The points of an alternative: names in alphabetical order (behind those they depend on), the last varying fastest.
local function product(alternative)
  local points, count = { {} }, 1.0
  for _, name in ipairs(check.keys(alternative)) do
    if is_open(alternative[name]) then
      check.fail("%s: a range has no grid; give it steps = …, or the study sample = { random = … }", name)
    end
    if not alternative[name].only_if then count = count * #alternative[name] end
  end
  if count > MOST then
    check.fail("the grid has %.0f points, more than %d; give the study sample = { random = … }", count, MOST)
  end
  for _, name in ipairs(only_if.order(alternative)) do
    local values, longer = alternative[name], {}
    for _, point in ipairs(points) do
      if only_if.holds(values, point) then
        for _, value in ipairs(values) do
          local copy = {}
          for k, v in pairs(point) do copy[k] = v end
          copy[name] = value
          longer[#longer + 1] = copy
        end
      else
        longer[#longer + 1] = point
      end
      if #longer > MOST then check.fail("the grid has more than %d points; give the study sample = { random = … }", MOST) end
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
    local names, open = only_if.order(alternative), false
    for _, name in ipairs(names) do open = open or is_open(alternative[name]) or #alternative[name] > 1 end
    for i = 1, open and n or 1 do
      local point = {}
      for _, name in ipairs(names) do
        local dimension = alternative[name]
        if only_if.holds(dimension, point) then
          local u = random(seed, i, string.format("sample %s %d %s", label, a, name)):uniform()
          point[name] = is_open(dimension) and M.at(dimension, u) or dimension[1 + math.floor(u * #dimension)]
        end
      end
      points[#points + 1] = point
    end
  end
  return points
end

return M
