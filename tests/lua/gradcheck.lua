-- ll.gradcheck over every row of the op table, to second order; and that it finds what is wrong.
local t = require "tests.lua.tap"
local ll = require "losslab"

local double = ll.precision == "double"

-- Far enough from singular.
local function regular(x) return x + 5 * ll.eye(3) end
-- Eigenvalues and singular values far from each other.
local function spread(x) return x + ll.diag { 2, 6, 11 } end
local square = { { 3, 3 }, { 3, 2 } }

-- Shapes, further arguments, and ways to call where the plain ones (3×2 everywhere) do not do.
local special = {
  matmul = { shapes = { { 3, 2 }, { 2, 4 } } },
  linear = { shapes = { { 3, 2 }, { 4, 2 }, { 1, 4 } } },
  scale = { arguments = { 1.7, -0.3 } },
  pow = { arguments = { 2.5 } },
  clamp = { arguments = { -1.1, 1.3 } },
  reshape = { arguments = { 2, 3 } },
  expand = { shapes = { { 1, 2 } }, arguments = { 4, 2 } },
  row_range = { arguments = { 2, 3 } },
  col_range = { arguments = { 2, 2 } },
  pad_rows = { arguments = { 2, 5 } },
  pad_cols = { arguments = { 2, 4 } },
  where = { call = function(_, x, y) return ll.where(ll.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }, x, y) end },
  outer = { shapes = { { 3, 1 }, { 2, 1 } } },
  gather = { arguments = { { 3, 1, 3 } } },
  scatter_add = { arguments = { { 4, 1, 4 }, 5 } },
  pick = { arguments = { { 2, 1, 2 } } },
  place = { shapes = { { 3, 1 } }, arguments = { { 2, 1, 2 }, 4 } },
  diag = { shapes = { { 3, 1 } } },
  distances = { shapes = { { 3, 2 }, { 4, 2 } } },
  squared_distances = { shapes = { { 3, 2 }, { 4, 2 } } },
  weighed_differences = { shapes = { { 3, 4 }, { 3, 2 }, { 4, 2 } } },
  lower_triangle = { shapes = square },
  upper_triangle = { shapes = square },
  solve = { shapes = square, call = function(x, y) return ll.solve(regular(x), y) end },
  solve_triangular = { shapes = square, call = function(x, y) return ll.solve_triangular(regular(x), y) end },
  cholesky = { shapes = square, call = function(x) return ll.cholesky(regular(x)) end },
  inverse = { shapes = square, call = function(x) return ll.inverse(regular(x)) end },
  eigenvalues = { shapes = square, call = function(x) return ll.eigenvalues(spread(x)) end },
  eigenvectors = { shapes = square, call = function(x) return ll.eigenvectors(spread(x)) end },
  singular_values = { shapes = square, call = function(x) return ll.singular_values(spread(x)) end },
  left_singular = { shapes = square, call = function(x) return ll.left_singular(spread(x)) end },
  right_singular = { shapes = square, call = function(x) return ll.right_singular(spread(x)) end },
  lstsq = { shapes = { { 3, 2 }, { 3, 1 } },
    call = function(x, y) return (ll.lstsq(x + ll.matrix { { 2, 0 }, { 0, 3 }, { 0, 0 } }, y)) end },
  log_det = { shapes = square, call = function(x) return ll.log_det(regular(x)) end },
}
-- Elementwise ops broadcast, so each of two inputs also comes as a row, a column and a number.
local broadcast = { { { 3, 2 }, { 3, 2 } }, { { 3, 2 }, { 1, 2 } }, { { 3, 1 }, { 3, 2 } }, { { 1, 1 }, { 3, 2 } } }
local elementwise = {}
for _, op in ipairs(ll.ops()) do elementwise[op.name] = op.arity == 2 and op.formula:find "elementwise" ~= nil end

-- An input: where the table says, in double. In single the steps are so long that they would cross kinks, so there elements keep a
-- distance from each other, and inputs from one another.
local function sample(stream, rows, cols, op, place)
  if double then return stream:uniform(rows, cols, op.low, op.high) end
  local values = {}
  for i = 1, rows * cols do values[i] = 0.7 * place - 0.3 + 0.5 * (i - 0.5) / (rows * cols) end
  return ll.reshape(ll.matrix(stream:shuffle(values)), rows, cols)
end

for number, op in ipairs(ll.ops()) do
  local how = special[op.name] or {}
  local shapes = elementwise[op.name] and broadcast or { how.shapes or { { 3, 2 }, { 3, 2 }, { 3, 2 } } }
  for each, shape in ipairs(shapes) do
    local stream, inputs = ll.random(11, number * 10 + each, "gradcheck test"), {}
    for i = 1, op.arity do inputs[i] = sample(stream, shape[i][1], shape[i][2], op, i) end
    local arguments = how.arguments or {}
    local function f(...)
      local all = { ... }
      table.move(arguments, 1, #arguments, #all + 1, all)
      return (how.call or ll[op.name])(table.unpack(all))
    end
    -- An op that is linear has the second derivative 0, which its square has not.
    for name, g in pairs { [op.name] = f, ["square of " .. op.name] = function(...) return ll.square(f(...)) end } do
      local fine, worst = ll.gradcheck(g, inputs, { second = double })
      t.ok(fine, string.format("%s, %dx%d: %s", name, shape[1][1], shape[1][2], tostring(worst)))
    end
  end
end

-- Composed functions, and a function of several inputs of which one is not used.
local x, w, b = ll.random(1):normal(4, 3), ll.random(2):normal(2, 3), ll.random(3):normal(1, 2)
local function net(input, weights, bias) return ll.softplus(ll.linear(input, weights, bias)) end
t.ok(ll.gradcheck(net, { x, w, b }, { second = double }), "a layer")
t.ok(ll.gradcheck(function(a, unused) return ll.sum(ll.tanh(a) * 2) + 0 * ll.sum(unused) end, { x, w }),
  "an input that does not matter")
t.ok(ll.gradcheck(function(s) return ll.loss.hinge {}(s, { 1, -1, 1 }) end, { { 0.2, -0.4, 2 } }), "a fused loss")
if double then
  local fine, worst = ll.gradcheck(function(a) return ll.sum(a * a * a) end, { { 1.5, -2 } })
  t.ok(fine and worst.error < 1e-7, "true comes with the worst element, too")
end

-- Planted errors. A function whose gradient is wrong: what is detached has none.
local function wrong(factor) -- its derivative is factor where it says 1: y = a, with (1 - factor) a not seen by the gradient
  return function(a) return factor * a + ((1 - factor) * a):detach() end
end
local errors = { ["a factor 2"] = 2, ["a wrong sign"] = -1, ["no gradient at all"] = 0, ["one part in twenty"] = 1.05 }
for name, factor in pairs(errors) do
  local fine, worst = ll.gradcheck(wrong(factor), { { 0.5, -1, 2 } })
  t.ok(not fine, name .. " is found")
  t.near(worst.analytic, factor * worst.numeric, double and 1e-6 or 2e-2, 0, name .. ": both figures are told")
end
do -- wrong in one element only
  local function f(a) return ll.vstack(ll.row_range(a, 1, 2), wrong(2)(ll.row_range(a, 3, 3))) end
  local fine, worst = ll.gradcheck(f, { { 0.5, -1, 2 } })
  t.ok(not fine and worst.row == 3 and worst.input == 1, "the worst element is named: " .. tostring(worst))
  t.like(tostring(worst), "first derivative at input 1, element %(3, 1%)", "and printed")
end
do
  -- The value is a², the gradient 2a, but the second derivative 0 instead of 2.
  local function g(a) return 2 * a:detach() * a - ll.square(a):detach() end
  t.ok(ll.gradcheck(g, { { 0.5, 2 } }), "first order right")
  local fine, worst = ll.gradcheck(g, { { 0.5, 2 } }, { second = true })
  t.ok(not fine and worst.order == 2, "second order wrong: " .. tostring(worst))
end

local input = ll.matrix { 1, 2 }
ll.gradcheck(ll.square, { input })
t.is(input:table(), { 1.0, 2.0 }, "the inputs are as before")
t.ok(not input.requires_grad, "and ask for no gradient")

t.throws(function() ll.gradcheck(ll.square, { { 1 } }, { rtoll = 1 }) end, { "rtoll", 'did you mean "rtol"' })
t.throws(function() ll.gradcheck(ll.square, { { 1 } }, { eps = 0 }) end, "eps must be > 0")
t.throws(function() ll.gradcheck(ll.square, { { 1 } }, { eps = "x" }) end, "eps must be a number")
t.throws(function() ll.gradcheck(ll.square, {}) end, "array of matrices")
t.done()
