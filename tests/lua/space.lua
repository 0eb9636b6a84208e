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

-- ---- grid ----

local two = { { a = { 1, 2 }, b = { "u", "v" } }, { c = { true } } }
t.is(space.grid(two), { { a = 1, b = "u" }, { a = 1, b = "v" }, { a = 2, b = "u" }, { a = 2, b = "v" }, { c = true } },
  "every combination of each alternative, the last name fastest")
t.is(space.grid { {} }, { {} }, "an alternative without dimensions is one point")
t.throws(function() space.grid { { a = dimension { from = 0, to = 1 } } } end, "a range has no grid", "a range in a grid")

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
