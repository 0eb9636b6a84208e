-- gradient_penalty with norms of any p: through a critic, as WGAN-GP differentiates it twice; rows whose powers leave the range of
-- a number; ties; and what p may be. Its values and gradients by themselves: tests/reference/norms.json, tests/grad/losses.c.
local ll = require "losslab"
local t = require "tests.lua.tap"

local double = ll.precision == "double"

-- ---- a critic's weights --------------------------------------------------------------------------------------------------------

local stream = ll.random(5, 0, "penalty_norms")
local points = stream:normal(6, 3)
local weights = { stream:normal(4, 3), stream:normal(1, 4), stream:normal(1, 4), stream:normal(1, 1) } -- W, b, W, b
local function through_critic(p, sides)
  return function(w1, b1, w2, b2)
    local z = points:with_grad()
    local out = ll.linear(ll.tanh(ll.linear(z, w1, b1)), w2, b2)
    local slope = ll.grad(ll.sum(out), z, { create_graph = true })
    return ll.loss.gradient_penalty { p = p, K = 0.5, sides = sides }(slope)
  end
end
for _, p in ipairs(double and { 1, 1.5, 2, 3, 40, "inf" } or { 1.5, 2, 3 }) do -- a step of single precision crosses kinks
  for _, sides in ipairs { "two", "one" } do
    local fine, worst = ll.gradcheck(through_critic(p, sides), weights)
    t.ok(fine, ("p = %s, %s sides: the critic's weights get the derivative (%s)"):format(p, sides, worst))
  end
end

-- The one element of a row is its norm, for every p; a larger p gives no larger norm, and inf is the limit.
local function of(p, rows, options)
  local all = { p = p, K = 0, reduction = "none" }
  for name, value in pairs(options or {}) do all[name] = value end
  local g = ll.matrix(rows):with_grad()
  local value = ll.loss.gradient_penalty(all)(g)
  ll.sum(value):backward()
  return value:table(), g.grad:table(), g
end
local before
for _, p in ipairs { 1, 1.25, 2, 3.5, 30, 1e6, 1e30, math.huge } do
  t.near(of(p, { { -3 } }), { 9 }, double and 1e-15 or 1e-6, 0, "p = " .. p .. ": of one element")
  local value = of(p, { { 0.5, -2, 1.75 } })[1]
  t.ok(not before or value <= before, "p = " .. p .. ": no larger than for a smaller p")
  before = value
end
t.is(before, 4, "the largest magnitude")

-- ---- ranges and ties ------------------------------------------------------------------------------------------------------------

local big, small = double and 1e200 or 1e30, double and 1e-200 or 1e-30
for _, p in ipairs { 1.5, 2, 3, "inf" } do
  local norm = p == "inf" and 4 or (3 ^ p + 4 ^ p) ^ (1 / p)
  local function slope(x) return p == "inf" and (x == 4 and 1 or 0) or (x / norm) ^ (p - 1) end
  for _, size in ipairs { big, small } do
    local _, grads = of(p, { { 3 * size, 4 * size } }, { reduction = "mean" })
    local wanted = { 2 * norm * size * slope(3), 2 * norm * size * slope(4) }
    t.near({ grads[1][1] / size, grads[1][2] / size }, { wanted[1] / size, wanted[2] / size }, double and 1e-14 or 1e-6, 0,
      ("p = %s: the slope of a row of %g"):format(p, size))
  end
  local value, grads = of(p, { { 0, 0 }, { 0, -2 } })
  t.is(value, { 0, 4 }, ("p = %s: zeros"):format(p))
  t.is({ grads[1][1], grads[1][2], grads[2][1], grads[2][2] }, { 0, 0, 0, -4 }, "have no slope")
end
local _, tied = of("inf", { { 2, -2, 1 }, { -0.5, -0.5, 0.5 } })
t.near({ table.unpack(tied[1]) }, { 2, -2, 0 }, 0, 1e-7, "of two largest each has half of the slope 4")
t.near({ table.unpack(tied[2]) }, { -1 / 3, -1 / 3, 1 / 3 }, 1e-6, 0, "of three a third of the slope 1")
local _, near_limit = of(1e9, { { 2, -2, 1 }, { -0.5, -0.5, 0.5 } })
t.near({ table.unpack(near_limit[1]) }, { table.unpack(tied[1]) }, 1e-6, 1e-6, "as the limit of large p has it")

-- ---- what p may be --------------------------------------------------------------------------------------------------------------

local function p_of(p) return ll.loss.gradient_penalty({ p = p }).p end
t.is({ p_of "inf", p_of(math.huge), p_of() }, { math.huge, math.huge, 2.0 }, "inf by either name; 2 unless it is said")
for _, each in ipairs { { 0.99, 'must be >= 1, or "inf", not 0.99' }, { "max", 'must be a number >= 1, or "inf", not "max"' },
  { 0 / 0, "not nan" }, { -math.huge, "not -inf" } } do
  t.throws(function() p_of(each[1]) end, each[2], "p = " .. tostring(each[1]))
end
t.throws(function() ll.loss.gradient_penalty { K = "inf" } end, "K must be a number", "no other parameter takes the word")
t.throws(function() ll.loss.gradient_penalty { K = math.huge } end, "K must be >= 0, not inf", "nor the number")
t.done()
