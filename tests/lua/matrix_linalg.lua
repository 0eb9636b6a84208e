-- Solutions, decompositions and orders: what they return put back into their definition; refusals by name.
local ll = require "losslab"
local check = require "losslab.check"
local t = require "tests.lua.tap"

local single = ll.precision == "float"
local atol = single and 2e-4 or 1e-10
local stream = ll.random(3)
local function near(got, want, name)
  local gap = (got - want):abs()
  local worst = gap.rows * gap.cols == 0 and 0 or gap:max_all():item()
  if not t.ok(worst <= atol * (1 + want:norm():item()), name) then t.note("largest difference %g", worst) end
end
local function eye(n) return ll.eye(n) end
local function T(m) return m:transpose() end

for _, n in ipairs { 1, 2, 5, 40 } do
  local a, b = stream:normal(n, n) + 3 * eye(n), stream:normal(n, 3)
  local spd = ll.matmul(a, T(a)) + eye(n)
  near(ll.matmul(a, ll.solve(a, b)), b, "solve, n = " .. n)
  near(ll.matmul(T(a), ll.solve(a, b, true)), b, "solve transposed, n = " .. n)
  local l = spd:cholesky()
  near(ll.matmul(l, T(l)), spd, "cholesky, n = " .. n)
  near(l:lower_triangle(), l, "which is lower triangular")
  near(ll.matmul(l, l:solve_triangular(b)), b, "solve_triangular")
  near(ll.matmul(T(l), l:solve_triangular(b, false, true)), b, "solve_triangular transposed")
  near(ll.matmul(T(l), T(l):solve_triangular(b, true)), b, "solve_triangular, upper")
  near(ll.matmul(a, a:inverse()), eye(n), "inverse")
  t.near(spd:log_det():item(), 2 * l:diagonal():log():sum():item(), 1e-4, 1e-4, "log_det by the factor")
  local values, vectors = spd:eigen()
  near(ll.matmul(spd, vectors), vectors * T(values), "eigen: A v = λ v")
  near(ll.matmul(T(vectors), vectors), eye(n), "the vectors are orthonormal")
end
t.is({ ll.matrix({ { 0, 2 }, { 1, 0 } }):solve({ 2, 3 }):table() }, { { 3, 1 } }, "a zero pivot is exchanged")
t.near(ll.matrix({ { 0, -3 }, { 2, 0 } }):log_det():item(), math.log(6), 1e-6, "log_det of a negative determinant")

for _, shape in ipairs { { 6, 3 }, { 3, 6 }, { 4, 4 }, { 1, 5 }, { 30, 20 } } do
  local a = stream:normal(shape[1], shape[2])
  local u, s, v = a:svd()
  local name = shape[1] .. "x" .. shape[2]
  near(ll.matmul(u * T(s), v, false, true), a, "svd " .. name)
  near(ll.matmul(u, u, true), eye(#s), "U is orthonormal")
  near(ll.matmul(v, v, true), eye(#s), "V is orthonormal")
  t.ok(s:min_all():item() >= 0 and ll.sort(s, { descending = true }):equal(s):min_all():item() == 1, "S descends to no less than 0")
  local b = stream:normal(shape[1], 2)
  local x, rank = ll.lstsq(a, b)
  near(ll.matmul(a, ll.matmul(a, x) - b, true), ll.zeros(shape[2], 2), "lstsq: the rest is orthogonal to the columns")
  t.is(rank, math.min(shape[1], shape[2]), "full rank")
end
local x, rank = ll.lstsq({ { 1, 1 }, { 1, 1 } }, { 2, 2 })
t.is(rank, 1, "the rank of a singular matrix")
near(x, ll.matrix { 1, 1 }, "the solution of least norm")

-- Values of an order and of decompositions have gradients; tests/lua/gradcheck.lua has those of the ops.
local kept = ll.matrix({ { 3, 1, 2 }, { 5, 6, 4 } }):with_grad()
local best, at = kept:topk(2)
t.is(best:table(), { { 3, 2 }, { 6, 5 } }, "topk")
t.is(at:table(), { { 1, 3 }, { 2, 1 } }, "and the places")
ll.sum(best * ll.matrix { { 1, 2 }, { 3, 4 } }):backward()
t.is(kept.grad:table(), { { 1, 0, 2 }, { 4, 3, 0 } }, "its gradient goes to what was chosen")
kept:clear_grad()
local sorted = kept:sort { by = "cols", descending = true }
ll.sum(sorted * ll.matrix { { 1, 2, 3 }, { 4, 5, 6 } }):backward()
t.is(kept.grad:table(), { { 4, 5, 6 }, { 1, 2, 3 } }, "that of sort along the columns too")
t.is(kept:pick(kept:argsort()):table(), { { 1, 2, 3 }, { 4, 5, 6 } }, "the places of a sort pick it")
t.is({ kept:max():item(), kept:min():item() }, { 6, 1 }, "max and min of a matrix alone")
local plain = stream:normal(5, 4):with_grad()
local _, values = plain:svd()
values:sum():backward() -- the nuclear norm: U V'
near(plain.grad, ll.matmul(plain:left_singular(), plain:right_singular(), false, true), "the gradient of the nuclear norm")
local twice = (ll.eye(3) * 2):with_grad()
local _, vectors = twice:eigen()
t.throws(function() vectors:sum():backward() end, { "eigenvectors", "values 1 and 2 are both 2", "no derivative" })
local flat = ll.ones(3, 2):with_grad()
t.throws(function() ll.lstsq(flat, ll.ones(3, 1)):sum():backward() end, { "lstsq", "3x2", "rank 1" })

-- refused by name
t.throws(function() ll.solve(ll.ones(3, 3), ll.ones(3, 1)) end, { "solve", "3x3", "singular" })
t.throws(function() ll.inverse(ll.ones(3, 3)) end, "singular")
t.throws(function() ll.cholesky { { 1, 2 }, { 2, 1 } } end, { "positive definite", "first 2" })
t.throws(function() ll.solve_triangular({ { 1, 0 }, { 1, 0 } }, { 1, 1 }) end, "(2, 2) of the diagonal is 0")
t.throws(function() ll.solve(ll.ones(2, 3), ll.ones(2, 1)) end, "2x3")
t.throws(function() ll.solve(ll.eye(2), ll.ones(3, 1)) end, { "2x2", "3x1" })
t.throws(function() ll.eigen { { 1, 0 / 0 }, { 0, 1 } } end, { "eigen", "(1, 2)", "nan" })
t.throws(function() ll.svd { { 1, 1 / 0 } } end, { "svd", "(1, 2)", "inf" })
t.is(ll.matrix({ { 1, 1 }, { 1, 1 } }):log_det():item(), -math.huge, "log_det of a singular matrix")

-- order
local v = ll.matrix { 3, 1, 2, 1 }
t.is({ (v:sort():table()), select(2, v:sort()):table() }, { { 1, 1, 2, 3 }, { 2, 4, 3, 1 } }, "sort of a column, stable")
t.is(select(2, v:sort { descending = true }):table(), { 1, 3, 2, 4 }, "descending, equal ones keep their order")
t.is(v:gather(v:argsort()):table(), { 1, 1, 2, 3 }, "gather by argsort")
local m = ll.matrix { { 3, 1, 2 }, { 4, 6, 5 } }
t.is(m:sort():table(), { { 1, 2, 3 }, { 4, 5, 6 } }, "sort by row")
t.is(m:sort({ by = "cols", descending = true }):table(), { { 4, 6, 5 }, { 3, 1, 2 } }, "sort by column")
t.is(select(2, m:topk(2)):table(), { { 1, 3 }, { 2, 3 } }, "topk")
t.is((m:topk(1, { descending = false })):table(), { 1, 4 }, "the smallest")
t.is((m:topk(1, { by = "cols" })):table(), { { 4, 6, 5 } }, "topk by column")
t.is({ m:argmax() }, { 2, 2 }, "argmax")
t.is({ m:argmin() }, { 1, 2 }, "argmin")
t.is(m:row_argmax():table(), { 1, 2 }, "row_argmax")
t.is(m:col_argmin():table(), { { 1, 1, 1 } }, "col_argmin")
t.is(m:col_range(2, 3):row_argmin():table(), { 1, 2 }, "of a view")
t.is(ll.greater(v, 1):find():table(), { 1, 3 }, "find")
t.is(v:gather(ll.greater(v, 1):find()):table(), { 3, 2 }, "rows by a mask")
t.is(ll.one_hot({ 2, 1 }, 3):table(), { { 0, 1, 0 }, { 1, 0, 0 } }, "one_hot")
t.is(ll.one_hot({ 2, 3 }).cols, 3, "as many classes as the largest label")
t.throws(function() ll.one_hot({ 1, 4 }, 3) end, { "label 4", "row 2", "1..3" })
t.throws(function() ll.one_hot({ 1, 1.5 }, 3) end, "1.5")
t.throws(function() ll.sort { 1, 0 / 0 } end, { "(2, 1)", "NaN" })
t.throws(function() m:topk(4) end, { "4", "3" })
t.throws(function() m:sort { by = "columns" } end, "cols")
t.throws(function() m:sort { down = true } end, "descending")
t.throws(function() ll.argmax(ll.zeros(0, 3)) end, "0x3")

-- The sign of a NaN is the processor's, and no part of a message, which a trial may record.
for name, f in pairs {
  cholesky = function(a) return ll.cholesky(a) end, eigen = function(a) return ll.eigen(a) end,
  data = function(a) return ll.data.matrix(ll.vstack(a, a), { 0, 1 }) end, clamp = function(a) return a:clamp(a:item(), 1) end,
  ["a whole number"] = function(a) return ll.threads(a:item()) end, ["what is shown"] = function(a) error(check.show(a:item())) end,
  choice = function(a) return ll.random(1):choice(2, 1, { weights = { a:item(), 1 } }) end,
} do
  local nan = ll.full(1, 1, math.huge) - math.huge
  local _, one = pcall(f, nan)
  local _, other = pcall(f, -nan)
  t.like(one, "%f[-%w]nan", name .. " says nan")
  t.is(other, one, name .. " says it of either sign")
end

t.done()
