-- Divergences and transport as a script sees them: values, plans, reports, gradients in training, and refusals that name what
-- is wrong.
local t = require "tests.lua.tap"
local ll = require "losslab"
local d = ll.divergence
local double = ll.precision == "double"
local close = double and 1e-12 or 1e-6

-- ---- values worked by hand
t.near(d.kl({ .5, .5 }, { .25, .75 }), .5 * math.log(2) + .5 * math.log(2 / 3), close, "kl")
t.is(d.kl({ 1, 0 }, { 0, 1 }), math.huge, "kl is inf where q = 0 < p")
t.near(d.js({ 1, 0 }, { 0, 1 }), math.log(2), close, "js of what shares no place")
t.near(d.total_variation({ 1, 0 }, { .5, .5 }), .5, close, "total variation")
t.near(d.optimal_discriminator({ .25, .75, 0 }, { .75, .25, 0 }):table(), { .25, .75, .5 }, close,
  "optimal discriminator")
local value, plan, u, v, report = d.wasserstein({ .5, .5 }, { .25, .75 }, { { 0, 1 }, { 1, 0 } })
t.near(value, .25, close, "a quarter moves by 1")
t.near(plan:table(), { { .25, .25 }, { 0, .5 } }, close, "by this plan")
t.near(u:table()[1] + v:table()[2], 1, close, "what moves costs what the potentials say")
t.ok(report.gap < 1e-12 and report.converged and math.abs(report.dual - value) < 1e-12, "the report: no gap")
t.near(d.wasserstein({ .5, .5 }, { 1 }, ll.transport.cost({ { 0, 0 }, { 3, 4 } }, { { 0, 0 } }, 1)), 2.5, close,
  "a cost of points: their distance")
t.near(ll.transport.cost({ { 0, 0 } }, { { 3, 4 } }):item(), 25, close, "squared unless said otherwise")
t.near(ll.transport.cost({ { 0, 0 } }, { { 3, 4 } }, { p = 3 }):item(), 125, close, "or any power")
-- What rounding leaves of the masses goes to no one place: 2000 equal ones.
local grains = ll.ones(2000, 1) / 2000
local _, carried = d.wasserstein(grains, { 1 }, ll.zeros(2000, 1))
t.near(carried:table(), grains:table(), double and 1e-13 or 1e-6, "many equal masses: the plan has them to the last digits")
-- Two masses of 51 and 53 bits of the whole leave more than half a unit owed, which a place without mass must not pay.
local owing, even = { 0.00017116934148822663, 0.0013361050001615164, 0, 0.9984927256583502 }, { .25, .25, .25, .25 }
local steps = { { 1, 2, 3, 4 }, { 2, 3, 4, 1 }, { 0, 1, 5, 2 }, { 3, 1, 2, 2 } }
for _, sides in ipairs { { owing, even }, { even, owing } } do
  local distance, moved, _, _, said = d.wasserstein(sides[1], sides[2], steps)
  local of_p, of_q = ll.row_sums(moved):table(), ll.col_sums(moved):table()
  t.near(of_p, sides[1], close, "a place without mass after masses that round: the plan's rows")
  t.near(of_q, { sides[2] }, close, "and columns")
  t.ok(said.gap < 1e-12 and distance > 0, "and no gap")
end
t.near(d.wasserstein_1d({ 3, 1, 2 }, { 4, 2, 3 }), 1, close, "on a line, in any order")
t.near(d.wasserstein_1d({ 0, 1 }, { 5 }, 2), math.sqrt(20.5), close, "p as a bare number")
t.near(d.wasserstein_1d({ 0, 1 }, { 5 }, { p = 2, x_weights = { .25, .75 } }), math.sqrt((25 + 3 * 16) / 4), close, "with weights")
t.near(d.wasserstein_1d({ 0, 0 }, { 1e-3, 1 }, 200), .5 ^ (1 / 200), 1e-5, "a large p neither overflows nor vanishes")

local same = { { 0, 1 }, { 2, 3 }, { -1, 0 } }
t.near(d.sinkhorn_divergence(same, same), 0, 0, 1e-6, "no bias: 0 where the points are the same")
local apart = d.sinkhorn_divergence({ { 0, 0 }, { 2, 0 } }, { { 0, 5 }, { 2, 5 } }, { epsilon = 0.1 })
t.near(apart, 25, 1e-3, "a shift by 5 is 25 squared")

-- ---- epsilon: the first parameter, and what converges
local p, q, cost = { .5, .5 }, { .25, .75 }, { { 0, 1 }, { 1, 0 } }
t.is(d.sinkhorn(p, q, cost, 0.1), d.sinkhorn(p, q, cost, { epsilon = 0.1 }), "a bare number is epsilon")
local s = ll.random(3)
local far = ll.transport.cost(s:normal(10, 2), s:normal(12, 2))
local tenth, twelfth = ll.ones(10, 1) / 10, ll.ones(12, 1) / 12
t.throws(function() d.sinkhorn({ .5, .5 }, { .5, .5 }, { { 0, 1e30 }, { 1, 0 } }) end,
  { "sinkhorn: epsilon, 0.05, is lost in the rounding of costs that differ by 1e+30" }, "an epsilon below the costs' last digit")
t.throws(function() d.sinkhorn_divergence({ { 1, 2 }, { 3, 5 } }, { { 1, 2 }, { 4, 5 } }, { p = 50 }) end,
  { "sinkhorn_divergence: epsilon, 0.05, is lost in the rounding of costs" }, "of points too")
t.throws(function() d.sinkhorn_divergence({ { 1, 2 }, { 3, 5 } }, { { 1, 2 }, { 4, 5 } }, { p = 1000 }) end,
  { "sinkhorn_divergence: the costs overflow" }, "or costs without a last digit")
t.throws(function() d.sinkhorn(tenth, twelfth, far, { epsilon = 1e-3, iterations = 3, tolerance = 1e-9 }) end,
  { "sinkhorn did not converge", "after 3 passes", "incomplete = true" }, "too few passes are an error")
local _, _, _, _, early = d.sinkhorn(tenth, twelfth, far, { epsilon = 1e-3, iterations = 3, tolerance = 1e-9, incomplete = true })
t.is({ early.converged, early.iterations, early.error > 1e-9 }, { false, 3, true }, "unless asked for, and then the report says so")

-- A sharp one needs hundreds of passes, where taking turns needs thousands; and it comes down on the exact distance.
local here, there = s:normal(300, 2), s:normal(300, 2) + 1
local span, third = ll.transport.cost(here, there), ll.ones(300, 1) / 300
local exact, before = d.wasserstein(third, third, span), math.huge
for _, epsilon in ipairs { 0.5, 0.05, 0.01 } do
  local _, _, _, _, at = d.sinkhorn(third, third, span, { epsilon = epsilon, iterations = 1200 })
  t.ok(at.converged and at.error <= 1e-6, string.format("epsilon %g: %d passes", epsilon, at.iterations))
  t.ok(at.transport >= exact * (1 - 1e-6) and at.transport < before, "its transport is nearer to the exact, from above")
  before = at.transport
end
t.near(before, exact, 0.01, "at epsilon 0.01 within a hundredth")

-- ---- gradients: points that follow the plan
local x, y = s:normal(20, 2):with_grad(), s:normal(20, 2, 3, 1)
local mass = ll.ones(20, 1) / 20
local first = d.wasserstein(mass, mass, ll.transport.cost(x:detach(), y))
for _ = 1, 30 do
  local loss = d.wasserstein(mass, mass, ll.transport.cost(x, y))
  local gradient = ll.grad(loss, x)
  x = (x:detach() - 5 * gradient):detach():with_grad()
end
local last = d.wasserstein(mass, mass, ll.transport.cost(x:detach(), y))
t.is(math.type(first), "float", "without a gradient the value is a number")
t.ok(last < 1e-6 * first, string.format("gradient steps carry the points over: %g to %g", first, last))
local line = ll.matrix { 0, 1, 2 }:with_grad()
d.wasserstein_1d(line, { 5, 6, 9 }):backward()
t.near(line.grad:table(), { -1 / 3, -1 / 3, -1 / 3 }, close, "wasserstein_1d backward")
local soft = ll.matrix { .3, .7 }:with_grad()
t.throws(function() ll.grad(d.js(soft, p), soft, { create_graph = true }) end, "second derivative", "no second derivative")

-- ---- points between real and generated ones
local real, fake = ll.ones(50, 3), ll.zeros(50, 3)
local between = ll.nn.interpolate(real, fake, ll.random(7))
local rows, constant, inside = between:table(), true, true
for _, row in ipairs(rows) do
  constant = constant and row[1] == row[2] and row[2] == row[3]
  inside = inside and row[1] >= 0 and row[1] <= 1
end
t.ok(constant and inside and rows[1][1] ~= rows[2][1], "one epsilon a row, uniform")
t.is(ll.nn.interpolate(real, fake, ll.random(7)):table(), rows, "the same stream, the same points")
t.near(ll.grad(ll.sum(ll.square(between)), between):table()[4][1], 2 * rows[4][1], close, "a leaf that asks for a gradient")
t.throws(function() ll.nn.interpolate(real, ll.zeros(49, 3), ll.random(7)) end, { "50x3", "49x3" }, "other shapes")

-- ---- refusals
local refusals = {
  { function() d.kl({ .5, .6 }, { .5, .5 }) end, { "kl: p sums to 1.1", "not to 1" } },
  { function() d.js({ .5, .5 }, { 1.5, -.5 }) end, { "js: q, row 2: -0.5", "negative" } },
  { function() d.kl({ .5, 0 / 0 }, { .5, .5 }) end, "kl: p, row 2: NaN" },
  { function() d.kl({ .5, .5 }, { .2, .3, .5 }) end, "kl: q (n) is 3x1, which does not fit p (n), 2x1" },
  { function() d.kl({ { .25, .25 }, { .25, .25 } }, { .5, .5 }) end, "p must be a vector, not 2x2" },
  { function() d.kl({ .5, .5 }) end, "q (n), is missing" },
  { function() d.kl({}, {}) end, "kl: p is empty, 0x1" },
  { function() d.wasserstein(p, q, { { 0, 1, 2 }, { 1, 0, 2 } }) end, "cost (n,m) is 2x3, which does not fit q" },
  { function() d.wasserstein(p, q, { { 0, 1 }, { math.huge, 0 } }) end, "wasserstein: cost, row 2, column 1: inf" },
  { function() d.wasserstein(p, q, cost, { epsilon = 1 }) end, "epsilon" },
  { function() d.wasserstein_1d({ 1 }, { 2 }, .5) end, "p must be" },
  { function() d.wasserstein_1d({ 1, 2 }, { 2 }, { x_weights = { 1 } }) end, "x_weights (n) is 1x1, which does not fit x" },
  { function() d.wasserstein_1d({ 1, 2 }, { 2 }, { x_weights = { .5, .6 } }) end, "x_weights sums to 1.1" },
  { function() d.wasserstein_1d({ 1, 2 }, { 2 }, { x_weights = ll.matrix({ .5, .5 }):with_grad() }) end,
    "x_weights have no gradient" },
  { function() d.wasserstein_1d({ 1, 2 }, { 2 }, { x_weigths = { .5, .5 } }) end, 'did you mean "x_weights"' },
  { function() d.sinkhorn(p, q, cost, { epsilon = 0 }) end, "epsilon must be" },
  { function() d.sinkhorn_divergence({ { 1, 2 } }, { { 1 } }) end, "y (m,d) is 1x1, which does not fit x (n,d), 1x2" },
  { function() d.wassertein(p, q, cost) end, 'did you mean "wasserstein"' },
  { function() d.describe "klm" end, "klm" },
  { function() ll.transport.cost({ { 1, 2 } }, { { 1 } }) end, { "1x2", "1x1" } },
  { function() ll.transport.cost({ { 1 } }, { { 1 } }, .5) end, "power must be a number >= 1" },
  { function() d.optimal_discriminator({ .5 }, { .5, .5 }) end, { "1x1", "2x1" } },
  { function() d.optimal_discriminator({ -.5 }, { .5 }) end, "negative" },
}
for i, each in ipairs(refusals) do t.throws(each[1], each[2], "refusal " .. i) end
-- The tolerance of a sum: 1e-9 in double; in single, where the numbers themselves are rounded, 1e-6.
local off = double and 1e-8 or 1e-5
t.throws(function() d.kl({ .5, .5 + off }, { .5, .5 }) end, "sums to", "a sum further off than the tolerance")
t.lives(function() d.kl({ .5, .5 + off / 20 }, { .5, .5 }) end, "a sum within it")

-- ---- the table describes itself
local fields = { "name", "family", "summary", "formula", "cost", "source" }
for _, name in ipairs(d.list()) do
  local row, whole = d.describe(name), true
  for _, field in ipairs(fields) do whole = whole and type(row[field]) == "string" and row[field] ~= "" end
  for _, param in ipairs(row.params) do whole = whole and param.doc ~= "" end
  t.ok(whole and #row.inputs >= 2 and row.name == name and type(d[name]) == "function", name .. " is documented")
  for field in pairs(ll.loss.describe "hinge") do t.ok(row[field] ~= nil, name .. " has a loss's field " .. field) end
end
t.done()
