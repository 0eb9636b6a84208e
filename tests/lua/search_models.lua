-- Searches that learn: densities, factors, a Gaussian process and its improvement against their formulas; better than random draws.
local t = require "tests.lua.tap"
local ll = require "losslab"
local cholesky = require "losslab.search.cholesky"
local gp = require "losslab.search.gp"
local kriging = require "losslab.search.kriging"
local objectives = require "tests.lua.fixture_objectives"
local parzen = require "losslab.search.parzen"
local tpe = require "losslab.search.tpe"

local seed = 11
local random = ll.random(seed, 0, "test")

-- ---- densities: they add up to 1, over every branch of a space ----

local written = { k = { from = 1, to = 5, integer = true }, kind = { "a", "b" },
  x = { from = 0, to = 1, only_if = { kind = "a" } }, w = { log = { 2, 30 }, integer = true, only_if = { kind = "b" } } }
local mixed = ll.search.new { space = written, method = "random", seed = seed }
local observed, weights = {}, {}
for i, p in ipairs(mixed:propose({}, 9)) do
  observed[i], weights[i] = { places = mixed.domain:places(p) }, i / 9
end
local density = parzen.new(mixed.domain.axes, observed, weights, 1)
local function mass_at(point) return math.exp(density:log_density(mixed.domain:places(point))) end
local total, steps = 0, 400
for k = 1, 5 do
  for w = 2, 30 do total = total + mass_at { k = k, kind = "b", w = w } end
  for i = 1, steps do total = total + mass_at { k = k, kind = "a", x = (i - 0.5) / steps } / steps end
end
t.near(total, 1, 1e-4, "a density over choices, whole numbers, their logarithms and a range, where each is there")

-- By its formula: kernels cut to [0, 1] by Scott's rule, a prior of deviation 1 in the middle.
do
  local box = ll.search.new { space = { x = { from = 0, to = 1 }, y = { from = 0, to = 1 } } }.domain
  local points, entries = { { 0.2, 0.7 }, { 0.4, 0.9 }, { 0.3, 0.1 } }, {}
  for i, p in ipairs(points) do entries[i] = { places = { { p[1], p[1] }, { p[2], p[2] } } } end
  local function phi(z) return ll.stats.normal_cdf(z) end
  local function kernel(x, mu, s)
    return math.exp(-0.5 * ((x - mu) / s) ^ 2) / math.sqrt(2 * math.pi) / s / (phi((1 - mu) / s) - phi(-mu / s))
  end
  local at, sum = { 0.35, 0.6 }, 0
  local width = {}
  for j = 1, 2 do
    local mean, squares = 0, 0
    for i = 1, 3 do mean = mean + points[i][j] / 3 end
    for i = 1, 3 do squares = squares + (points[i][j] - mean) ^ 2 / 2 end
    width[j] = math.max(1 / 5, math.sqrt((3 * squares + 1 / 12) / 4) * 3 ^ (-1 / 6))
  end
  for i = 1, 3 do sum = sum + kernel(at[1], points[i][1], width[1]) * kernel(at[2], points[i][2], width[2]) end
  sum = (sum + kernel(at[1], 0.5, 1) * kernel(at[2], 0.5, 1)) / 4
  local got = parzen.new(box.axes, entries, { 1, 1, 1 }, 1):log_density { { at[1], at[1] }, { at[2], at[2] } }
  t.near(got, math.log(sum), 1e-9, "the density of two numbers by its formula")
end

-- Draws have the density's mean.
do
  local line = ll.search.new { space = { x = { from = 0, to = 1 } } }.domain
  local one = parzen.new(line.axes, { { places = { { 0.1, 0.1 } } }, { places = { { 0.15, 0.15 } } } }, { 1, 1 }, 1)
  local mean, drawn, n = 0, 0, 4000
  for i = 1, n do
    local x = (i - 0.5) / n
    mean = mean + x * math.exp(one:log_density { { x, x } }) / n
    drawn = drawn + one:draw(line.axes[1], one:pick(random), random) / n
  end
  t.near(drawn, mean, 0, 0.02, "draws have the density's mean")
end

-- ---- which are good: finished before pruned before failed ----

local order = {}
for i, entry in ipairs { { value = 1 }, { value = 3 }, { value = 9, pruned_at = 2 }, { value = 5, pruned_at = 4 }, {},
  { value = 3 } } do
  order[i] = { value = entry.value, pruned_at = entry.pruned_at, order = i }
end
table.sort(order, tpe.better)
for i, entry in ipairs(order) do order[i] = entry.order end
t.is(order, { 2, 6, 1, 4, 3, 5 }, "by value, then how far pruned ones came, then what failed; earlier ones first")

-- The mean of the r-th largest of n draws of an exponential distribution, by draws.
local above = tpe.improvements(4)
local sums = { 0, 0, 0, 0 }
for _ = 1, 20000 do
  local draws = {}
  for i = 1, 4 do draws[i] = -math.log(1 - random:uniform()) end
  table.sort(draws, function(p, q) return p > q end)
  for i = 1, 4 do sums[i] = sums[i] + draws[i] / 20000 end
end
for i = 1, 4 do t.near(above[i], sums[i], 0, 0.04, "how far a good one lies above the rest, by its rank: " .. i) end
local all = 0
for _, each in ipairs(tpe.improvements(25)) do all = all + each end
t.near(all, 25, 0, 1e-12, "1 on average")

-- What is proposed is drawn to the better of two good ones, between ten others on a circle.
local circle, near = {}, 0
for i = 1, 10 do
  local angle = (i - 0.5) / 5 * math.pi
  circle[i] = { point = { x = 0.5 + 0.45 * math.cos(angle), y = 0.5 + 0.45 * math.sin(angle) }, value = 0 }
end
circle[11], circle[12] = { point = { x = 0.3, y = 0.5 }, value = 1 }, { point = { x = 0.7, y = 0.5 }, value = 2 }
for s = 1, 40 do
  local searcher = ll.search.new { method = "tpe", space = { x = { from = 0, to = 1 }, y = { from = 0, to = 1 } }, seed = s }
  if searcher:propose(circle, 1)[1].x > 0.5 then near = near + 1 end
end
t.ok(near >= 30, near .. " of 40 points are on the side of the better one")

-- ---- small systems ----

local n, a, b = 12, {}, {}
for i = 1, n do
  a[i], b[i] = {}, random:normal()
  for j = 1, i do a[i][j] = random:normal() / n + (i == j and 3 or 0) end
end
local l = cholesky.factor(a)
local worst = 0
for i = 1, n do
  for j = 1, i do
    local sum = 0
    for k = 1, j do sum = sum + l[i][k] * l[j][k] end
    worst = math.max(worst, math.abs(sum - a[i][j]))
  end
end
t.ok(worst < 1e-14, "L Lᵀ is the matrix")
local x, inverse = cholesky.backward(l, cholesky.forward(l, b)), cholesky.inverse(l)
worst = 0
for i = 1, n do
  local sum, by_inverse = 0, 0
  for j = 1, n do
    sum = sum + (i >= j and a[i][j] or a[j][i]) * x[j]
    by_inverse = by_inverse + (i >= j and inverse[i][j] or inverse[j][i]) * b[j]
  end
  worst = math.max(worst, math.abs(sum - b[i]), math.abs(by_inverse - x[i]))
end
t.ok(worst < 1e-14, "solutions, by the factor and by the inverse")
t.is(cholesky.factor { { 1 }, { 2, 1 } }, nil, "no factor of a matrix that is not positive definite")

-- ---- the Gaussian process ----

local axes = { { kind = "number" }, { kind = "cells" }, { kind = "choice", size = 3 } }
local xs, y, parts = {}, {}, {}
for i = 1, 14 do
  xs[i] = { random:uniform(), random:uniform(), random:integer(3) }
  y[i] = 2 * xs[i][1] - xs[i][2] ^ 2 + 0.3 * xs[i][3] + 0.1 * random:normal()
end
for j, axis in ipairs(axes) do parts[j] = kriging.differences(axis, xs, j) end
local middle, width = kriging.priors(3)
local theta = { -0.5, 0.2, 0.1, 0.3, -4 }
local _, gradient = kriging.objective(theta, parts, y, middle, width)
for i = 1, 5 do
  local up, down = { table.unpack(theta) }, { table.unpack(theta) }
  up[i], down[i] = up[i] + 1e-5, down[i] - 1e-5
  local difference = (kriging.objective(up, parts, y, middle, width) - kriging.objective(down, parts, y, middle, width)) / 2e-5
  t.near(gradient[i], difference, 1e-6, 1e-7, "the gradient of the posterior density by parameter " .. i)
end

local process = kriging.fit(axes, xs, y)
local _, at_best = kriging.objective(process.theta, parts, y, middle, width)
local steepest = 0
for i = 1, 5 do steepest = math.max(steepest, math.abs(at_best[i])) end
t.ok(steepest < 0.2, "lengths, scale and noise are at a stationary place: slope " .. steepest)

-- Mean and variance by the formulas, with a general solver in the program's precision.
local function kernel(p, q)
  local r2 = 0
  for j = 1, 3 do
    local d = j == 3 and (p[j] == q[j] and 0 or 1) or (p[j] - q[j]) ^ 2
    r2 = r2 + d / math.exp(2 * process.theta[j])
  end
  local r = math.sqrt(r2)
  return process.scale * (1 + math.sqrt(5) * r + 5 / 3 * r2) * math.exp(-math.sqrt(5) * r)
end
local rows, column, new = {}, {}, { 0.3, 0.8, 2 }
for i = 1, 14 do
  rows[i], column[i] = {}, { kernel(xs[i], new) }
  for j = 1, 14 do rows[i][j] = kernel(xs[i], xs[j]) + (i == j and process.noise or 0) end
end
local solved = ll.solve(ll.matrix(rows), ll.matrix(column))
local answer, mean, variance = solved:table(), 0, process.scale
for i = 1, 14 do
  mean, variance = mean + answer[i] * y[i], variance - answer[i] * column[i][1]
end
local got_mean, got_deviation = process:predict(new)
local tolerance = ll.precision == "double" and 1e-9 or 2e-3
t.near(got_mean, mean, tolerance, tolerance, "the mean of what would be found")
t.near(got_deviation, math.sqrt(variance), tolerance, tolerance, "its deviation")

-- ---- expected improvement, against the integral ----

for _, case in ipairs { { 0.5, 1 }, { -0.3, 0.2 }, { -4, 1 } } do
  local m, s, sum = case[1], case[2], 0
  for i = 1, 40000 do
    local z = -10 + (i - 0.5) * 20 / 40000
    sum = sum + math.max(m + s * z, 0) * math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) * 20 / 40000
  end
  t.near(gp.log_improvement(m, s), math.log(sum), 1e-3, 1e-4, "the expected improvement at " .. m .. ", " .. s)
end
t.near(gp.log_improvement(-25.001, 1), gp.log_improvement(-24.999, 1), 0, 0.06, "and far below, where it is a limit")

-- ---- values as a model takes them ----

local values, by_value = gp.values_of { { value = 1 }, {}, { value = 5 }, { value = 9, pruned_at = 3 }, { value = 3 } }
t.is({ values, by_value }, { { 1, 1, 5, 3, 3 }, { 1, 2, 4, 5, 3 } }, "what failed is the worst, what was pruned at most the median")
local bad, by_bad = gp.values_of { { value = -1e6 }, { value = 0 }, { value = 1 }, { value = 2 }, { value = -50 } }
local warped = gp.warped(bad, by_bad)
t.ok(warped[1] > -3 and warped[1] < warped[5] and warped[5] < warped[2] and warped[2] < warped[3] and warped[3] < warped[4],
  "a value far below the rest keeps its order and does not hide it")

-- ---- better than random draws, on known objectives ----

-- The best that is found is worth: of n trials in rounds.
local function found(name, method, s, count, at_once, more)
  local o, options = objectives[name], { method = method, space = objectives[name].space, seed = s }
  for option, value in pairs(more or {}) do options[option] = value end
  local searcher, noise = ll.search.new(options), ll.random(s, 0, "noise")
  local history, best, worth = {}, -math.huge, nil
  while #history < count do
    for _, point in ipairs(searcher:propose(history, math.min(at_once, count - #history))) do
      local value = o.f(point)
      local seen = -value - (o.noise and o.noise * noise:normal() or 0)
      history[#history + 1] = { point = point, value = seen }
      if seen > best then best, worth = seen, -value end
    end
  end
  return worth
end

-- By the signs of all pairs of equal seeds; each objective has to be won, too.
local function beats(method, names, seeds, count, at_once, more)
  local ours, draws, lost = {}, {}, {}
  for _, name in ipairs(names) do
    local wins = 0
    for s = 1, seeds do
      local a_search, a_draw = found(name, method, s, count, at_once, more), found(name, "random", s, count, at_once)
      ours[#ours + 1], draws[#draws + 1], wins = a_search, a_draw, wins + (a_search > a_draw and 1 or 0)
    end
    if wins <= seeds / 2 then lost[#lost + 1] = name end
  end
  local signs = ll.stats.signs(ours, draws)
  t.ok(signs.wins > signs.losses and signs.p < 0.03, string.format("%s: better than random draws %d times of %d, p = %.2g", method,
    signs.wins, #ours, signs.p))
  t.is(lost, {}, method .. ": on each objective")
end
beats("tpe", { "branin", "hartmann6", "ackley5", "conditional", "noisy" }, 4, 48, 6)
beats("tpe", { "ackley5", "training" }, 5, 48, 6, { multivariate = false })
beats("gp", { "branin", "ackley5", "conditional", "hartmann6" }, 2, 28, 4, { candidates = 100, startup = 8 })

t.done()
