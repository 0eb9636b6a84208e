-- Conditional spaces: what a dimension may be, the grid and its order, draws that depend on nothing but seed, name and number.
local t = require "tests.lua.tap"
local space = require "losslab.study.space"

local function dimension(written) return space.dimension("x", written) end

t.is(dimension(0.5), { 0.5 }, "one value")
t.is(dimension { 1, "a", true }, { 1, "a", true }, "a list")
t.is(dimension { from = 0, to = 1, steps = 5 }, { 0, 0.25, 0.5, 0.75, 1 }, "a range in steps")
t.near(dimension { log = { 1e-4, 1e-1 }, steps = 4 }, { 1e-4, 1e-3, 1e-2, 1e-1 }, "a log range in steps")
t.is(dimension { from = 1, to = 9, integer = true, steps = 3 }, { 1, 5, 9 }, "whole numbers in steps")
t.ok(math.type(dimension({ from = 1, to = 9, integer = true, steps = 3 })[2]) == "integer", "and they are integers")
t.is(space.dimension("hidden", { 64, 32 }, function() return true end), { { 64, 32 } }, "an atomic table is one value")

for _, case in ipairs {
  { {}, "an empty list" }, { { 1, 1 }, "stands there twice" }, { { 1, { 2 } }, "value 2 is a table" },
  { { 1, to = 2 }, "fields have names; 1 stands there" }, { { from = 2, to = 1 }, "from 2 to 1" },
  { { from = 0 }, "from 0 to nil" },
  { { log = { 0, 1 } }, "starts above 0" }, { { log = { 1 } }, "{low, high}" },
  { { from = 0, to = 1 / 0 }, "to inf" },
  { { log = { 1, 2 }, from = 1 }, "either log" }, { { from = 0, to = 1, steps = 1 }, "steps must be an integer >= 2" },
  { { from = 0.5, to = 2, integer = true }, "integer ends" }, { { frm = 0, to = 1 }, 'did you mean "from"?' },
  { { lo = 1, hi = 2 }, "a list of values or a range" },
} do t.throws(function() dimension(case[1]) end, { "x", case[2] }) end

for _, case in ipairs {
  { { 8, nil, 4 }, "entry 2 is nil; a list has no holes" }, { { nil, 4 }, "entry 1 is nil" }, { { [1] = 1, [4] = 2 },
    "entry 2 is nil" },
  { { log = false, from = 0, to = 1 }, "either log" }, { { log = { 1, 2, 3 } }, "{low, high}" },
  { { from = 1, to = 2, integer = "yes" }, "integer must be true or false" },
  { { from = 0, to = 1e300, integer = true }, "integer ends" }, { { from = 0, to = 1 << 54, integer = true },
    "from -2^53 to 2^53" },
  { { from = 0, to = 1, steps = 1e9 }, "steps must be at most 1000000" },
  { { from = 1, to = 3, integer = true, steps = 5 }, "steps = 5 gives 2 more than once; 3 is the most steps" },
  { { from = 1, to = 1000, integer = true, steps = 100000 }, "1000 is the most steps" },
  { { log = { 1, 10 }, integer = true, steps = 8 }, "steps = 8 gives 1 more than once; 6 is the most steps" },
  { { from = 1, to = 1 + 2 ^ -52, steps = 3 }, "steps = 3 gives 1 more than once; 2 is the most steps" },
} do t.throws(function() dimension(case[1]) end, { "x", case[2] }) end
local function flat() return true end
t.throws(function() space.dimension("hidden", { 8, nil, 4 }, flat) end, { "hidden: entry 2 is nil" }, "a hole in one value")
local function inner(x) return type(x[1]) == "number" or x[1] == nil end
t.throws(function() space.dimension("hidden", { { 2 }, { 8, nil, 4 } }, inner) end, { "hidden: value 2: entry 2 is nil" })
t.throws(function() space.dimension("hidden", { { 8, 4 }, { 8, 4 } }, inner) end, { "hidden: {8, 4} stands there twice" })

-- ---- ranges: the value at a share, and the points of a grid, never leave the range and meet its ends ----

local huge = 0x1.fffffffffffffp1023
local wide = { { from = -1.7e308, to = 1.7e308 }, { from = -huge, to = huge }, { log = { 5e-324, huge } },
  { log = { 5e-324, 1e-323 } },
  { log = { 1e-310, 1e300 } }, { from = 5e-324, to = 1e-323 }, { from = 0.1, to = 0.7 }, { log = { 1e-5, 0.3 } },
  { from = -0.3, to = 0.1 },
  { from = 1, to = 1 + 2 ^ -52 }, { from = -huge, to = 1 }, { log = { 1e-20, 3 } }, { log = { 59, 62 } } }
local last_share = 1 - 2 ^ -53 -- the largest that a draw can be
for _, written in ipairs(wide) do
  local r, before = dimension(written), nil
  local name = string.format("%.17g to %.17g%s", r.low, r.high, r.log and " in the logarithm" or "")
  local shares = { 0, 2 ^ -53, 2 ^ -30, 1 - 2 ^ -30, last_share }
  for i = 1, 999 do shares[#shares + 1] = i / 1000 end
  table.sort(shares)
  local inside, ordered = true, true
  for _, u in ipairs(shares) do
    local x = space.at(r, u)
    inside = inside and x == x and x >= r.low and x <= r.high
    ordered = ordered and (not before or x >= before)
    before = x
  end
  t.ok(inside, name .. ": every draw lies in the range")
  t.ok(ordered, name .. ": and a larger share gives no smaller value")
  t.is(space.at(r, 0), r.low, name .. ": the least draw is the low end")
  for _, steps in ipairs { 2, 3, 7, 10, 11 } do
    local written_steps = { from = written.from, to = written.to, log = written.log, steps = steps }
    local fine, points = pcall(dimension, written_steps)
    if fine then
      t.is({ points[1], points[steps] }, { r.low, r.high }, name .. ": both ends are among " .. steps .. " steps")
      for i = 2, steps do
        if points[i] <= points[i - 1] then t.ok(false, name .. ": " .. steps .. " steps rise at " .. i) end
      end
    else
      t.like(points, "more than once", name .. " has fewer values than " .. steps .. " steps")
    end
  end
end
t.is(space.at(dimension { from = -1.7e308, to = 1.7e308 }, 0.5), 0, "the middle of a width beyond double's range")
t.near(math.log(space.at(dimension { log = { 5e-324, huge } }, 0.5)), (math.log(5e-324) + math.log(huge)) / 2, 1e-12,
  "and of a ratio beyond it")
t.near(dimension { log = { 1e-200, 1e200 }, steps = 5 }, { 1e-200, 1e-100, 1, 1e100, 1e200 }, 1e-12, "a grid of it")

-- Whole numbers: the shares at which one number gives way to the next are the law. Linear: k takes 1/n; in the logarithm: what
-- [k - 1/2, k + 1/2) has of ln [low - 1/2, high + 1/2).
local function borders(written, share)
  local r = dimension(written)
  local name = string.format("whole numbers %d to %d%s", r.low, r.high, r.log and " in the logarithm" or "")
  t.is({ space.at(r, 0), space.at(r, last_share) }, { r.low, r.high }, name .. ": both ends are drawn")
  for k = r.low, r.high - 1 do
    local border = share(k, r.low, r.high)
    local below, above = space.at(r, border - 1e-12), space.at(r, border + 1e-12)
    if below ~= k or above ~= k + 1 or math.type(above) ~= "integer" then
      t.is({ below, above }, { k, k + 1 }, name .. ": at the border after " .. k)
    end
  end
end
local function linear(k, low, high) return (k - low + 1) / (high - low + 1) end
local function logarithmic(k, low, high) return math.log((k + 0.5) / (low - 0.5)) / math.log((high + 0.5) / (low - 0.5)) end
for _, ends in ipairs { { 1, 2 }, { 1, 3 }, { 1, 10 }, { 3, 64 }, { 1, 5000 }, { 999, 1001 } } do
  borders({ log = ends, integer = true }, logarithmic)
  borders({ from = ends[1], to = ends[2], integer = true }, linear)
end
borders({ from = -3, to = 2, integer = true }, linear)
for _, written in ipairs { { from = -(1 << 53), to = 1 << 53, integer = true }, { log = { 1, 1 << 53 }, integer = true } } do
  local r = dimension(written)
  for _, u in ipairs { 0, 0.25, 0.5, 0.999, last_share } do
    local x = space.at(r, u)
    t.ok(math.type(x) == "integer" and x >= r.low and x <= r.high, string.format("the widest whole range holds %s at %g", x, u))
  end
end
t.is(dimension { log = { 1, 100 }, integer = true, steps = 5 }, { 1, 3, 10, 32, 100 }, "whole numbers in steps of the logarithm")
t.is(dimension { from = 1, to = 4, integer = true, steps = 4 }, { 1, 2, 3, 4 }, "as many steps as there are whole numbers")

-- ---- grid ----

local two = { { a = { 1, 2 }, b = { "u", "v" } }, { c = { true } } }
t.is(space.grid(two), { { a = 1, b = "u" }, { a = 1, b = "v" }, { a = 2, b = "u" }, { a = 2, b = "v" }, { c = true } },
  "every combination of each alternative, the last name fastest")
t.is(space.grid { {} }, { {} }, "an alternative without dimensions is one point")
t.throws(function() space.grid { { a = dimension { from = 0, to = 1 } } } end, "a range has no grid", "a range in a grid")

local fine_a, fine_b = dimension { from = 0, to = 1, steps = 10000 }, dimension { from = 0, to = 1, steps = 101 }
t.throws(function() space.grid { { a = fine_a, b = fine_b } } end,
  "the grid has 1010000 points, more than 1000000", "a grid that nobody runs")

-- ---- draws ----

local range, whole = dimension { log = { 1e-4, 1e-1 } }, dimension { from = 1, to = 3, integer = true }
local n = 3000
local draws = space.random({ { r = range, w = whole, l = { 5, 7 } } }, n, 1, "loss")
t.is(#draws, n, "as many draws as asked for")
local counts, low, middle = { 0, 0, 0, [5] = 0, [7] = 0 }, true, 0
for _, point in ipairs(draws) do
  low = low and point.r >= 1e-4 and point.r <= 1e-1
  if point.r < 10 ^ -2.5 then middle = middle + 1 end
  counts[point.w], counts[point.l] = counts[point.w] + 1, counts[point.l] + 1
end
t.ok(low, "inside the range")
-- 5 standard deviations of a binomial: chance does not cross them, a wrong share does
local function about(count, share) return math.abs(count - n * share) < 5 * math.sqrt(n * share * (1 - share)) end
t.ok(about(middle, 0.5), "uniform in the logarithm: half of the draws lie below the middle, " .. middle)
t.ok(about(counts[1], 1 / 3) and about(counts[2], 1 / 3) and about(counts[3], 1 / 3), "whole numbers, both ends included")
t.ok(about(counts[5], 0.5), "an entry of a list as often as the other")

do
  local logs, n3 = { 0, 0, 0 }, dimension { log = { 1, 3 }, integer = true }
  for _, point in ipairs(space.random({ { k = n3 } }, n, 1, "loss")) do logs[point.k] = logs[point.k] + 1 end
  for k = 1, 3 do
    local share = math.log((k + 0.5) / (k - 0.5)) / math.log(7)
    t.ok(about(logs[k], share), string.format("%d is drawn %d of %d times, share %.4f", k, logs[k], n, share))
  end
end

local function draw(alternatives, count, seed, label) return space.random(alternatives, count, seed, label) end
t.is(draw({ { r = range } }, 5, 1, "a"), draw({ { r = range } }, 5, 1, "a"), "the same seed, the same draws")
t.isnt(draw({ { r = range } }, 5, 1, "a"), draw({ { r = range } }, 5, 2, "a"), "another seed, others")
t.isnt(draw({ { r = range } }, 5, 1, "a"), draw({ { r = range } }, 5, 1, "b"), "another loss, others")
local alone, beside = draw({ { r = range } }, 5, 1, "a"), draw({ { r = range, extra = whole } }, 9, 1, "a")
for i, point in ipairs(alone) do
  t.ok(point.r == beside[i].r, "draw " .. i .. " does not depend on other dimensions, nor on how many there are")
end
t.is(#draw({ { l = { 1 } }, { r = range } }, 4, 1, "a"), 5, "an alternative with one point gives it once")
t.done()
