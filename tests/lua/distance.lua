-- ll.distance from Lua: gradients of every row of the table, to second order where it says so, row by row and for all pairs; what
-- is refused, and by which messages.
local t = require "tests.lua.tap"
local ll = require "losslab"
local distance = ll.distance

local a = ll.matrix { { 0.3, -1.2, 2.1 }, { 1.4, 0.6, -0.7 }, { -0.9, 1.8, 0.5 }, { 2.2, 1.1, 1.3 } }
local b = ll.matrix { { 1.18, 0.43, -1.5 }, { -0.6, 1.7, 0.9 }, { 0.8, -0.37, 1.6 }, { -1.9, 0.2, 0.7 } }
local precision = ll.matrix { { 2, 0.5, 0 }, { 0.5, 1.5, -0.25 }, { 0, -0.25, 1 } }

t.ok(#distance.list() >= 7, "the table is there")
for _, name in ipairs(distance.list()) do
  local row = distance.describe(name)
  t.ok(#row.formula > 0 and #row.source > 0 and #row.summary > 0, name .. " says formula, source and what it is for")
  local rows_of = row.inputs[1].role == "distributions" and ll.softmax or function(x) return x end
  local settings = { { precision = row.precision and precision or nil } }
  for _, p in ipairs(row.params) do settings[2] = { [p.name] = p.default - 0.5 } end
  for _, options in ipairs(settings) do
    for _, pairwise in ipairs { false, true } do
      options.pairwise = pairwise
      local right, worst = ll.gradcheck(function(x, y) return distance[name](rows_of(x), rows_of(y), options) end, { a, b },
        { second = row.twice })
      t.ok(right, string.format("gradient of %s%s %s", name, pairwise and ", pairwise" or "", tostring(worst or "")))
    end
  end
  -- the same numbers, and a gradient that is 0, where rows are equal
  local x, y = rows_of(a):detach():with_grad(), rows_of(a):detach():with_grad()
  local same = distance[name](x, y, { precision = row.precision and precision or nil })
  ll.sum(same):backward()
  t.is({ ll.sum(ll.abs(same)):item() , ll.sum(ll.abs(x.grad)):item(), ll.sum(ll.abs(y.grad)):item() }, { 0, 0, 0 },
    name .. " of equal rows is 0, and its gradient 0")
  if not row.twice then
    local z = rows_of(a):detach():with_grad()
    local fine, why = pcall(function() return ll.grad(ll.sum(distance[name](z, rows_of(b))), z, { create_graph = true }) end)
    t.ok(not fine and tostring(why):find "second derivative", name .. " says that it has no second derivative")
  end
end

-- Between distributions: by hand, in places that are 0, and near each other, where logarithms cancel.
do
  local double = ll.precision == "double"
  local tight = double and 1e-14 or 1e-6
  local sure, even, other = { { 1, 0 } }, { { 0.5, 0.5 } }, { { 0, 1 } }
  local function of(name, x, y) return distance[name](x, y):item() end
  t.near(of("jensen_shannon", sure, other), math.sqrt(math.log(2)), tight, 0, "rows without a common place: sqrt(ln 2)")
  local entropies = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) - math.log(2) / 2
  t.near(of("jensen_shannon", sure, even), math.sqrt(entropies), tight, 0, "the mean's entropy less the mean entropy")
  t.is({ of("jeffreys", sure, sure), of("jeffreys", sure, even), of("jeffreys", sure, other) }, { 0, math.huge, math.huge },
    "jeffreys is 0 where both are 0, and inf where one alone is")
  t.near(of("jeffreys", { { 0.9, 0.1 } }, even), 0.4 * math.log(9), tight, 0, "and by hand")
  t.near(of("jensen_shannon", sure, even), ll.divergence.js_distance(sure[1], even[1]), tight, 0, "js_distance is the same")
  t.near(ll.divergence.js_distance({ 0.2, 0.8 }, { 0.7, 0.3 }) ^ 2, ll.divergence.js({ 0.2, 0.8 }, { 0.7, 0.3 }), tight, 0,
    "and js its square")
  for power = 1, double and 12 or 5 do -- sqrt(sum u²/(8 p)), sum u²/p of rows u apart, to the order u
    local step = 2.0 ^ -(3 * power)
    local x, y = { { 0.5 + step, 0.5 - step } }, { { 0.5, 0.5 } }
    t.near(of("jensen_shannon", x, y) / (step / math.sqrt(2)), 1, 2 * step ^ 2 + tight, 0, "digits of rows " .. step .. " apart")
    t.near(of("jeffreys", x, y) / (4 * step ^ 2), 1, 2 * step ^ 2 + tight, 0, "of jeffreys, too")
  end
  local x = ll.matrix { { 0, 0.25, 0.75 } }:with_grad()
  distance.jensen_shannon(x, { { 0.5, 0, 0.5 } }):backward()
  local root = of("jensen_shannon", { { 0, 0.25, 0.75 } }, { { 0.5, 0, 0.5 } })
  t.near(x.grad:table(), { { 0, math.log(2) / 4 / root, math.log(1.2) / 4 / root } }, tight, 0, "where a is 0, the slope is 0")
  x = ll.matrix { { 0.25, 0.75, 0 } }:with_grad()
  distance.jeffreys(x, { { 0.5, 0.5, 0 } }):backward()
  t.near(x.grad:table(), { { math.log(0.5) - 1, math.log(1.5) + 1 / 3, 0 } }, tight, 0, "and of jeffreys, where both are 0")
end

-- Near rows far from the others: all pairs have the digits of row by row, and so have their gradients; equal rows are at 0.
for _, name in ipairs { "euclidean", "squared", "mahalanobis" } do
  local r = ll.random(11)
  local options = { precision = name == "mahalanobis" and distance.mahalanobis_fit(r:normal(60, 10)) or nil }
  local x = ll.vstack(100 + 3 * r:normal(20, 10), 100 + ll.zeros(1, 10))
  for _, apart in ipairs { 1e-1, 1e-2, 1e-3, 1e-4 } do
    local rtol = ll.precision == "double" and 1e-12 or 2e-5
    local p, q = x:detach():with_grad(), x + apart * ll.vstack(r:normal(20, 10), ll.zeros(1, 10))
    local want = distance[name](p, q, options)
    local gradient = ll.grad(ll.sum(want), p)
    options.pairwise = true
    local got = ll.diagonal(distance[name](p, q, options))
    options.pairwise = nil
    t.near(got:table(), want:table(), rtol, 0, string.format("%s, pairwise, of rows %g apart", name, apart))
    local back = ll.grad(ll.sum(got), p)
    t.ok(ll.norm(back - gradient):item() <= rtol * ll.norm(gradient):item(), "and its gradient")
  end
end

local function refused(words, f)
  local fine, why = pcall(f)
  if not t.ok(not fine and tostring(why):find(words, 1, true), words) then print("#   got: " .. tostring(why)) end
end
refused('there is no distance "euclidian"; did you mean "euclidean"?', function() return distance.euclidian(a, b) end)
refused("euclidean: b (n,d) is 2x3, which does not fit a (n,d), 4x3", function() return distance.euclidean(a, ll.zeros(2, 3)) end)
refused("squared: b (m,d) is 2x2, which does not fit a (n,d), 4x3",
  function() return distance.squared(a, ll.zeros(2, 2), { pairwise = true }) end)
refused("manhattan: b is empty", function() return distance.manhattan(a, ll.zeros(0, 3), { pairwise = true }) end)
refused("chebyshev: a, row 2, column 1: ", function() return distance.chebyshev({ { 1, 2 }, { 0 / 0, 1 } }, ll.zeros(2, 2)) end)
refused("cosine: b, row 2 is zero", function() return distance.cosine({ { 1, 2 }, { 1, 1 } }, { { 1, 1 }, { 0, 0 } }) end)
refused("jensen_shannon: a, row 2 sums to 1.5, not to 1", function()
  distance.jensen_shannon({ { 1, 0 }, { 1, 0.5 } }, { { 1, 0 } }, { pairwise = true })
end)
refused("jeffreys: b, row 1, column 2: -0.5 is negative, no probability: a number >= 0 expected",
  function() distance.jeffreys({ { 1, 0 } }, { { 1.5, -0.5 } }) end)
refused("minkowski", function() return distance.minkowski(a, b, { p = 0.5 }) end)
refused("did you mean \"pairwise\"", function() return distance.euclidean(a, b, { pairwize = true }) end)
refused("euclidean has no option \"p\"", function() return distance.euclidean(a, b, { p = 3 }) end)
refused("mahalanobis needs precision, a matrix 3x3", function() return distance.mahalanobis(a, b) end)
refused("precision (d,d) is 2x2", function() return distance.mahalanobis(a, b, { precision = ll.zeros(2, 2) }) end)
refused("not positive semidefinite",
  function() return distance.mahalanobis(a, b, { precision = { { 1, 0, 0 }, { 0, -1, 0 }, { 0, 0, 1 } } }) end)
refused("precision has no gradient",
  function() return distance.mahalanobis(a, b, { precision = precision:detach():with_grad() }) end)
refused("2 rows expected", function() return distance.mahalanobis_fit { { 1, 2 } } end)
refused("column 2 of X, 3x2,", function() return distance.mahalanobis_fit { { 1, 5 }, { 2, 5 }, { 4, 5 } } end)
refused("ridge must be at least 0", function() return distance.mahalanobis_fit(a, { ridge = -1 }) end)

-- standardised data: mahalanobis is the distance in deviations
local line = ll.matrix { { 1 }, { 3 }, { 5 } }
t.near(distance.mahalanobis({ { 1 } }, { { 7 } }, { precision = distance.mahalanobis_fit(line) }):item(), 3, 1e-6,
  "six apart where the deviation is two")
t.done()
