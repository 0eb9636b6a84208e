-- What graphs notice (changes in place, NaN and infinities), derivatives of functions, operators and changes in place.
local ll = require "losslab"
local t = require "tests.lua.tap"

local single = ll.precision == "float"
local rtol, atol = single and 1e-4 or 1e-10, single and 1e-5 or 1e-11
local stream = ll.random(5)

-- a change in place of what backward needs is refused, of what it does not need is not
local function changed(f, change)
  local x, w = stream:normal(2, 3):with_grad(), stream:normal(2, 3)
  local y = f(x, w)
  change(x, w, y)
  return y:sum()
end
local function exp(x) return ll.exp(x) end
local function set(_, w) w:set(1, 1, 5) end
t.throws(function() changed(function(x, w) return x * w end, set):backward() end, { "mul", "2x3", "changed in place" })
t.throws(function() changed(exp, function(x) x:fill_(1) end):backward() end, { "exp", "input" })
t.throws(function() changed(exp, function(_, _, y) y:fill_(1) end):backward() end, { "exp", "result" })
t.throws(function() changed(function(x, w) return x * w:row_range(1, 1) end, set):backward() end, "mul",
  "a view's elements are its matrix's")
t.throws(function() changed(function(x, w) return (x * w:detach()) end, set):backward() end, "mul", "and a detached one's too")
t.lives(function() changed(function(x, w) return x + w end, set):backward() end, "a sum does not need its terms")
t.lives(function() changed(function(x, w) return x * w:copy() end, set):backward() end, "a copy is another matrix")
for name, change in pairs {
  fill_ = function(w) w:fill_(0) end, add_ = function(w) w:add_(1) end, scale_ = function(w) w:scale_(2) end,
  clamp_ = function(w) w:clamp_(0, 1) end, assign = function(w) w:assign(ll.zeros(2, 3)) end,
  row = function(w) w[1] = { 1, 2, 3 } end,
} do
  local function backward() changed(function(x, w) return x * w end, function(_, w) change(w) end):backward() end
  t.throws(backward, "changed in place", name)
end
local net = ll.nn.mlp { 3, 4, 1 }
local opt = ll.optim.sgd(net:parameters(), { lr = 0.1 })
local L = net(stream:normal(5, 3)):square():mean()
L:backward { retain_graph = true }
opt:step()
t.throws(function() L:backward() end, "changed in place", "an optimizer's step changes what a kept graph needs")

-- watching
t.is(ll.watch(true), false, "watch says that it was off")
t.throws(function() ll.log { 1, -1 } end, { "log", "(2, 1)", "2x1 is nan; input 2x1" })
t.throws(function() return ll.matrix { 1, 0 / 0 } + ll.matrix { 1, 2 } end, { "add", "holds", "(2, 1)" })
local x = ll.matrix({ 4, 0 }):with_grad()
local root = x:sqrt():sum()
t.throws(function() root:backward() end, { "backward of sqrt", "(2, 1)", "input 1", "inf", "given the gradient" })
t.throws(function() ll.grad((x:sqrt() * x):sum(), x, { create_graph = true }) end, "sqrt", "in a graph of gradients too")
t.throws(function() ll.loss.exponential({})(ll.matrix { -1e5 }, { 1 }) end, "exponential: element", "a loss by its name")
t.throws(function() ll.divergence.kl(ll.matrix { 0.5, 0.5 }, ll.matrix { 1, 0 }) end, "kl: element", "a divergence, too")
t.is(ll.watch(false), true, "and on")
t.lives(function() ll.log { 1, -1 } end, "off, nothing is said")
local reports = {}
ll.watch(function(report) reports[#reports + 1] = report end)
local bad = ll.log { -1 }:exp()
t.is(#reports, 1, "a hook hears of the first")
t.like(reports[1], "^log: .*1x1", "which is log's")
t.ok(bad:item() ~= bad:item(), "and the work goes on")
ll.watch(function() error "a hook's error" end)
t.lives(function() ll.log { -1 } end, "a hook's error is lost")
local inner
ll.watch(function() inner = select(2, pcall(function() x:sqrt():sum():backward() end)) end)
x:sqrt():sum():backward()
t.like(tostring(inner), "hook", "no backward from within a backward's hook")
ll.watch(false)

-- derivatives of functions, against formulas
local a = stream:normal(3, 3)
local function quadratic(v) return ll.dot(v, a % v) end
local v, d = stream:normal(3, 1), stream:normal(3, 1)
local both = a + a:t()
t.near(ll.hessian(quadratic, v):table(), both:table(), rtol, atol, "hessian of v' A v is A + A'")
t.near((ll.hvp(quadratic, v, d)):table(), (both % d):table(), rtol, atol, "hvp")
t.near(select(2, ll.hvp(quadratic, v, d)):table(), (both % v):table(), rtol, atol, "and the gradient")
local function map(u) return (a % u):tanh() end
local J = ll.jacobian(map, v)
local want = (1 - map(v):square()) * a
t.near(J:table(), want:table(), rtol, atol, "jacobian of tanh(A v)")
t.near((ll.jvp(map, v, d)):table(), (J % d):table(), rtol, atol, "jvp is J d")
t.near((ll.vjp(map, v, d)):table(), (J:t() % d):table(), rtol, atol, "vjp is J' d")
t.near((ll.jvp(function(u) return 2 * u end, v, d)):table(), (2 * d):table(), rtol, atol, "jvp of a linear function")
t.is(ll.jacobian(function() return ll.ones(2, 1) end, v):table(), { { 0, 0, 0 }, { 0, 0, 0 } }, "no dependence: zeros")
t.is(ll.hvp(function(u) return u:sum() end, v, d):table(), { 0, 0, 0 }, "no second derivative: zeros")
t.throws(function() ll.jvp(map, v, ll.ones(2, 1)) end, { "jvp", "2x1", "3x1" })
t.throws(function() ll.hvp(map, v, d) end, { "hvp", "3x1" })
t.throws(function() ll.jacobian(function() return 1 end, v) end, "matrix")

-- the gradient of a gradient's norm, as WGAN-GP needs it: against differences
local W = stream:normal(4, 3):with_grad()
local points = stream:normal(6, 3)
local function penalty()
  local p = points:detach():with_grad()
  local scores = (p % W:t()):tanh():row_sums()
  local g = ll.grad(scores:sum(), p, { create_graph = true })
  return (g:row_norms() - 1):square():mean()
end
local by_graph = ll.grad(penalty(), W)
local h = single and 1e-2 or 1e-5
local worst = 0
for i = 1, 4 do
  for j = 1, 3 do
    local w = W:get(i, j)
    W:set(i, j, w + h)
    local above = penalty():item()
    W:set(i, j, w - h)
    local below = penalty():item()
    W:set(i, j, w)
    worst = math.max(worst, math.abs((above - below) / (2 * h) - by_graph:get(i, j)))
  end
end
t.ok(worst < (single and 5e-3 or 1e-8), "the gradient of a gradient's norm")

-- operators, indexing, changes in place
local m = ll.matrix { { 1, 2 }, { 3, 4 } }
t.is((m % ll.matrix { 1, 1 } + 1):table(), { 4, 8 }, "% is the matrix product, and binds as * does")
t.is(m:t():table(), { { 1, 3 }, { 2, 4 } }, "t")
t.is((-m):table(), { { -1, -2 }, { -3, -4 } }, "unary minus")
local seen = {}
for i, row in ipairs(m) do seen[i] = row:table() end
t.is(seen, { { { 1, 2 } }, { { 3, 4 } } }, "ipairs walks over rows")
m[1] = { 5, 6 }
m[2] = 7
t.is(m:table(), { { 5, 6 }, { 7, 7 } }, "rows are set")
m[1]:set(1, 2, 9)
t.is(m:get(1, 2), 9.0, "a row is a view")
t.throws(function() m[3] = 1 end, { "row 3", "2x2" })
t.throws(function() m[1] = { 1, 2, 3 } end, { "row 1", "1x3" })
t.throws(function() m.size = 1 end, "size")
t.is(ll.zeros(2, 2):add_({ { 1, 2 } }, 3):scale_(2, 1):clamp_(0, 10):table(), { { 7, 10 }, { 7, 10 } },
  "changes in place follow on")
t.is(ll.ones(2, 1):add_(ll.matrix { 1, 2 }):table(), { 2, 3 }, "add_ of a column")
t.throws(function() ll.zeros(2, 2):add_(ll.zeros(3, 2)) end, { "2x2", "3x2" })

-- what is not taken hands nothing back, however large the gradient; what does not depend on x has zeros
local inf = math.huge
local edges = {
  { "log of clamp", function(u) return ll.log(u:clamp(0, 4)) end, { 0, 0, 1 } },
  { "log of max", function(u) return ll.log(ll.max(u, 0)) end, { 0, 0, 1 } },
  { "log of min", function(u) return ll.log(-ll.min(-u, 0)) end, { 0, 0, 1 } },
  { "log of relu", function(u) return ll.log(ll.relu(u)) end, { 0, 0, 1 } },
  { "log of hardtanh", function(u) return ll.log(ll.hardtanh(u) + 1) end, { 0, 1, 0 } },
  { "log of hardsigmoid", function(u) return ll.log(ll.hardsigmoid(3 * u)) end, { 0, 1, 0 } },
  { "where", function(u) return ll.where(u:greater(0.5), u, 1 / u) end, { -1, -inf, 1 } },
  { "x^0", function(u) return u ^ 0 end, { 0, 0, 0 } },
  { "x to the powers 0, 0, 1", function(u) return ll.power(u, { 0, 0, 1 }) end, { 0, 0, 1 } },
  { "0 to the powers x", function(u) return ll.power(0, u) end, { -inf, 0, 0 } },
}
for _, edge in ipairs(edges) do
  local name, f, expected = table.unpack(edge)
  local u = ll.matrix({ -1, 0, 1 }):with_grad()
  f(u):sum():backward()
  t.near(u.grad:table(), expected, rtol, atol, name .. ": the gradient at -1, 0 and 1")
end
local wide = stream:normal(3, 300):with_grad()
for _, mask in ipairs { ll.greater(wide, 0), stream:bernoulli(3, 1, 0.5), stream:bernoulli(1, 300, 0.5), ll.ones(1, 1) } do
  local full = ll.zeros(3, 300) + mask
  t.is(ll.where(mask, wide, 2):table(), (full * wide:detach() + (1 - full) * 2):table(), "where of more than a block of columns")
end

-- a matrix too many is not left out without a word
t.throws(function() return ll.vstack(ll.ones(1, 1), ll.ones(1, 1), ll.ones(1, 1)) end, "vstack takes 2 matrices, not 3")
t.throws(function() return ll.where(1, 2, 3, ll.ones(1, 1)) end, "where takes 3 matrices, not 4")

do
  local shut
  do
    local closing <close> = ll.ones(2, 2)
    shut = closing
  end
  t.throws(function() return ll.sum(shut) end, "a matrix that was closed", "a closed matrix is said to be one")
end
t.done()
