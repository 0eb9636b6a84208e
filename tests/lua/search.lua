-- Searches that follow a walk, and what every searcher keeps: Sobol's points and their balance, hypercubes, spaces that run out,
-- conditions, histories of all kinds, the same points for the same history.
local t = require "tests.lua.tap"
local ll = require "losslab"
local direction = require "losslab.search.direction_numbers"
local domain = require "losslab.search.domain"
local latin = require "losslab.search.latin"
local sobol = require "losslab.search.sobol"
local space = require "losslab.study.space"

-- ---- Sobol: published points ----

-- 64 times the points of numbers 1, 2, 3, 5, 17, 40, 63 (from 0), as SciPy 1.10.1 gives them: qmc.Sobol(161, scramble=False).
local published = {
  [2] = { 32, 16, 48, 56, 62, 5, 51 }, [3] = { 32, 16, 48, 8, 62, 17, 23 }, [10] = { 32, 48, 16, 8, 42, 23, 37 },
  [37] = { 32, 16, 48, 8, 50, 61, 55 }, [64] = { 32, 48, 16, 40, 38, 49, 47 }, [100] = { 32, 48, 16, 24, 34, 47, 5 },
  [161] = { 32, 48, 16, 56, 50, 25, 3 },
}
for _, j in ipairs { 2, 3, 10, 37, 64, 100, 161 } do
  local of, got = sobol.coordinate(j), {}
  for k, i in ipairs { 1, 2, 3, 5, 17, 40, 63 } do got[k] = of(i) * 64 end
  t.is(got, published[j], "Sobol's coordinate " .. j .. " as published")
end
t.is({ #direction, sobol.most }, { 160, 161 }, "every primitive polynomial up to degree 10")

-- ---- Sobol: balance, of each coordinate and of the first two together ----

local seed = 7
local net = sobol.new(161, seed, "test")
local function fills(count, box)
  local seen, boxes = {}, 0
  for i = 0, count - 1 do
    local at = box(i)
    if not seen[at] then boxes = boxes + 1 end
    seen[at] = true
  end
  return boxes == count
end
local balanced = 0
for j = 1, 161 do
  if fills(64, function(i) return math.floor(net(i, j) * 64) end) then balanced = balanced + 1 end
end
t.is(balanced, 161, "64 points: one in each 64th of every coordinate")
for a = 0, 6 do
  t.ok(fills(64, function(i) return math.floor(net(i, 1) * (1 << a)) * 64 + math.floor(net(i, 2) * (1 << (6 - a))) end),
    "64 points: one in each box of 1/" .. (1 << a) .. " by 1/" .. (1 << (6 - a)))
end
t.ok(fills(64, function(i) return math.floor(net(64 + i, 3) * 64) end), "the next 64 points are balanced, too")

-- The squared star discrepancy in L2 (Warnock 1972).
local function discrepancy(points)
  local n, d = #points, #points[1]
  local first, second, third = 1.0, 0.0, 0.0
  for _ = 1, d do first = first / 3 end
  for i = 1, n do
    local p = 1.0
    for k = 1, d do p = p * (1 - points[i][k] * points[i][k]) / 2 end
    second = second + p
    for m = 1, n do
      local q = 1.0
      for k = 1, d do q = q * (1 - math.max(points[i][k], points[m][k])) end
      third = third + q
    end
  end
  return first - 2 / n * second + third / n / n
end
local function points_of(method, s, d)
  local box = {}
  for k = 1, d do box["x" .. k] = { from = 0, to = 1 } end
  local out = {}
  for i, p in ipairs(ll.search.new { method = method, space = box, seed = s, trials = 64 }:propose({}, 64)) do
    out[i] = {}
    for k = 1, d do out[i][k] = p["x" .. k] end
  end
  return out
end
local below = { sobol = 0, lhs = 0 }
for s = 1, 10 do
  local random = discrepancy(points_of("random", s, 4))
  for method in pairs(below) do
    if discrepancy(points_of(method, s, 4)) < random then below[method] = below[method] + 1 end
  end
end
t.ok(below.sobol == 10 and below.lhs >= 8,
  "lower discrepancy than random draws in 4 dimensions: Sobol 10 times of 10, hypercubes 8")

-- ---- hypercubes ----

for n = 1, 9, 4 do
  local cube = latin.new(n, seed, "test")
  for j = 1, 3 do
    for block = 0, 1 do
      t.ok(fills(n, function(i) return math.floor(cube(block * n + i, j) * n) end),
        string.format("hypercube %d of %d points, coordinate %d: one in each part", block + 1, n, j))
    end
  end
end

-- ---- random: a dimension more changes no other ----

local one = ll.search.new { method = "random", space = { a = { from = 0, to = 1 } }, seed = seed }:propose({}, 20)
local two = ll.search.new { method = "random", space = { a = { from = 0, to = 1 }, A = { 1, 2 } }, seed = seed }:propose({}, 20)
local same = 0
for i = 1, 20 do same = same + (one[i].a == two[i].a and 1 or 0) end
t.is(same, 20, "a dimension more changes no other's draws")
t.isnt(ll.search.new { method = "random", space = { a = { from = 0, to = 1 } }, seed = seed, stream = "b" }:propose({}, 1)[1].a,
  one[1].a, "streams are independent")

-- ---- what every method keeps ----

local mixed = { lr = { log = { 1e-5, 1 } }, depth = { from = 1, to = 4, integer = true },
  width = { log = { 4, 64 }, integer = true }, kind = { "a", "b", "c" }, steps = { 1, 2, 5, 10 }, fixed = { 3 },
  x = { from = -1, to = 1, only_if = { kind = "a" } }, y = { false, true, only_if = { x = { from = 0 } } },
  z = { from = 1, to = 9, integer = true, only_if = { kind = { "b", "c" }, depth = { from = 2, to = 3 } } } }

-- Whether a point has what it should and nothing else.
local function is_sound(p)
  local want = { lr = true, depth = true, width = true, kind = true, steps = true, fixed = true }
  want.x = p.kind == "a" or nil
  want.y = p.kind == "a" and p.x >= 0 or nil
  want.z = p.kind ~= "a" and (p.depth == 2 or p.depth == 3) or nil
  for name in pairs(want) do if p[name] == nil then return false end end
  for name in pairs(p) do if not want[name] then return false end end
  return p.lr >= 1e-5 and p.lr <= 1 and math.type(p.depth) == "integer" and math.type(p.width) == "integer" and p.width >= 4
    and p.width <= 64 and p.fixed == 3
end

local function worth(p)
  local lr = ll.math.log(p.lr)
  return -(lr + 5) * (lr + 5) - (p.depth - 2) * (p.depth - 2) + (p.kind == "b" and 2 or 0) - 0.1 * (p.z or 0) + (p.x or 0)
end

-- The points of a search of rounds of n, values by f(point, place).
local function run(method, written, rounds, n, f, more)
  local options, history = { method = method, space = written, seed = seed, trials = 20 }, {}
  for name, value in pairs(more or {}) do options[name] = value end
  local s = ll.search.new(options)
  for _ = 1, rounds do
    for _, p in ipairs(s:propose(history, n)) do
      local value, pruned_at = f(p, #history + 1)
      history[#history + 1] = { point = p, value = value, pruned_at = pruned_at }
    end
  end
  return history, s
end

local function distinct(history)
  local seen, count = {}, 0
  for _, entry in ipairs(history) do
    local key = domain.key(entry.point)
    if not seen[key] then count = count + 1 end
    seen[key] = true
  end
  return count
end

-- Both programs have to give these; recorded by the float one. Where they change on purpose, so does VERSIONS of
-- study/searching.lua.
local recorded = {
  random = "82156705d8c9a563", sobol = "a1adb7baf33103dc", lhs = "4d664dd11635c431", tpe = "e9c5fff6b9b65421",
  gp = "a6ad9db518730aff",
}
local quick = { tpe = { startup = 6 }, gp = { startup = 6, candidates = 40 } }
for _, method in ipairs { "random", "sobol", "lhs", "tpe", "gp" } do
  local history = run(method, mixed, 5, 4, worth, quick[method])
  local sound, keys = 0, {}
  for i, entry in ipairs(history) do
    sound, keys[i] = sound + (is_sound(entry.point) and 1 or 0), domain.key(entry.point)
  end
  t.is({ sound, distinct(history) }, { 20, 20 }, method .. ": points have what exists under their values, and each is new")
  t.is(ll.core.sha256(table.concat(keys, "\n")):sub(1, 16), recorded[method], method .. ": the same points in both programs")
  local _, again = run(method, mixed, 0, 4, worth, quick[method])
  local before = {}
  for i = 1, 16 do before[i] = history[i] end
  local points = again:propose(before, 4)
  t.is({ points[1], points[2], points[3], points[4] },
    { history[17].point, history[18].point, history[19].point, history[20].point }, method .. ": by the history alone")
end

-- ---- spaces that run out ----

local finite = { a = { 1, 2, 3 }, b = { "u", "v" }, c = { true, false, only_if = { b = "v" } } }
for _, method in ipairs(ll.search.list()) do
  local history, s = run(method, finite, 2, 4, function(p) return p.a end, quick[method])
  local points, why = s:propose(history, 4)
  t.is({ #history, #points }, { 8, 1 }, method .. ": a space of nine points gives nine")
  t.like(why, "every point", method .. ": and says why no more")
  history[9] = { point = points[1] }
  t.is({ distinct(history), #s:propose(history, 3) }, { 9, 0 }, method .. ": none twice")
  local single = ll.search.new { method = method, space = { a = { 1 } } }
  t.is(#single:propose({}, 3), 1, method .. ": a space of one point")
  t.is(#ll.search.new { method = method, space = {} }:propose({}, 3), 1, method .. ": a space without dimensions")
end
t.is(ll.search.new { method = "grid", space = finite }:propose({}, 100),
  space.grid { ll.search.new { space = finite }.domain.written[1] }, "a grid in its order")

-- ---- histories of all kinds ----

local line = { x = { from = 0, to = 1 } }
for _, method in ipairs { "tpe", "gp" } do
  local more = { startup = 5, candidates = 20 }
  for name, f in pairs {
    ["all fail"] = function() return nil end,
    ["all equal"] = function() return 1 end,
    ["all are pruned"] = function(p, i) return p.x, i end,
    ["nan and infinite"] = function(_, i) return ({ 0 / 0, 1 / 0, -1 / 0 })[i % 3 + 1] end,
    ["some of each"] = function(p, i) if i % 4 > 0 then return p.x, i % 4 == 1 and 2 or nil end end,
    ["large values"] = function(p, i) return i == 3 and -1e300 or p.x * 1e-9 end,
  } do
    t.is(distinct((run(method, line, 4, 4, f, more))), 16, method .. ", one dimension, " .. name)
  end
  local foreign = {}
  for i = 1, 8 do foreign[i] = { point = { other = i }, value = i } end
  t.is(#ll.search.new { method = method, space = line }:propose(foreign, 2), 2, method .. ": points of another space are no help")
  local high = (run(method, line, 10, 4, function(p, i) if i % 2 == 1 then return -math.abs(p.x - 0.3) end end, more))
  local near = 0
  for i = 21, 40 do near = near + (math.abs(high[i].point.x - 0.3) < 0.15 and 1 or 0) end
  t.ok(near >= 10, method .. ": goes to the best though each second trial fails")
end

-- ---- alternatives ----

local either = { { optimizer = { "adam" }, lr = { log = { 1e-4, 1 } } },
  { optimizer = { "sgd" }, lr = { log = { 1e-4, 1 } }, momentum = { 0, 0.9 } } }
for _, method in ipairs { "random", "sobol", "tpe", "gp" } do
  local count, wrong = { adam = 0, sgd = 0 }, 0
  for _, entry in ipairs((run(method, either, 4, 4, function(p) return p.optimizer == "sgd" and 1 or 0 end, quick[method]))) do
    local p = entry.point
    count[p.optimizer] = count[p.optimizer] + 1
    if (p.momentum ~= nil) ~= (p.optimizer == "sgd") then wrong = wrong + 1 end
  end
  t.ok(count.adam > 1 and count.sgd > 1 and wrong == 0, method .. ": alternatives, each with what is its own")
end
t.is(#ll.search.new { space = either }.domain.axes, 3, "a dimension of several alternatives is one coordinate")

-- ---- errors ----

local function new(options) return function() ll.search.new(options) end end
t.throws(new { method = "sobal", space = line }, { "there is no method", "sobol" }, "a method's nearest name")
t.throws(new { method = "gp", gamma = 0.1, space = line }, { "no option", "gamma" }, "an option of another method")
t.throws(new { method = "tpe", gama = 0.1, space = line }, { "gama", "gamma" }, "an option's nearest name")
t.throws(new { gamma = 2, space = line }, { "gamma", "between 0 and 1" }, "an option's range")
t.throws(new { seed = 1.5, space = line }, { "seed must be an integer" }, "a seed")
t.throws(new {}, { "space must be a table" }, "no space")
t.throws(new { space = { 1 } }, { "alternative 1 must be a table" }, "no alternatives")
t.throws(new { method = "grid", space = line }, { "x: a range has no grid" }, "a grid of a range")
local wide = {}
for i = 1, 162 do wide["x" .. i] = { 0, 1 } end
t.throws(new { method = "sobol", space = wide }, { "161", "162" }, "more dimensions than Sobol's")
for _, method in ipairs { "random", "lhs", "tpe" } do
  t.is(#ll.search.new { method = method, space = wide }:propose({}, 2), 2, method .. ": 162 dimensions")
end
local s = ll.search.new { space = line }
t.throws(function() s:propose({}, 0) end, { "number of points", ">= 1" }, "no points")
t.throws(function() s:propose({ { x = 1 } }) end, { "entry 1 of the history" }, "an entry without a point")
t.throws(function() s:propose({ { point = {}, valeu = 1 } }) end, { "valeu", "value" }, "an entry's nearest name")
t.throws(function() s:propose({ { point = {}, value = "1" } }) end, { "must be a number" }, "a value that is none")
t.throws(function() s:propse() end, { "propse", "propose" }, "a method's nearest name")

t.done()
