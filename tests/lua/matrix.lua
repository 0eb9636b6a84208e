-- Matrices and ops from Lua, each against a few lines that compute the same from tables.
local ll = require "losslab"
local t = require "tests.lua.tap"

local single = ll.precision == "float"
local rtol, atol = single and 2e-5 or 1e-12, single and 2e-6 or 1e-12
local function close(got, want, name)
  if type(got) == "userdata" then got = got:table() end
  if type(want) == "userdata" then want = want:table() end
  return t.near(got, want, rtol, atol, name)
end

local stream = ll.random(11)
local n, m = 5, 7
local x, y = stream:normal(n, m), stream:normal(n, m)
local X, Y = x:table(), y:table()

local function each_row(f)
  local out = {}
  for i = 1, n do out[i] = f(X[i]) end
  return out
end
local function column(j)
  local out = {}
  for i = 1, n do out[i] = X[i][j] end
  return out
end
local function each_col(f)
  local out = {}
  for j = 1, m do out[j] = f(column(j)) end
  return { out }
end
local function elementwise(f)
  local out = {}
  for i = 1, n do
    out[i] = {}
    for j = 1, m do out[i][j] = f(X[i][j], Y[i][j]) end
  end
  return out
end
local function all()
  local out = {}
  for i = 1, n do for j = 1, m do out[#out + 1] = X[i][j] end end
  return out
end
local function total(v)
  local s = 0
  for _, a in ipairs(v) do s = s + a end
  return s
end
local function mean(v) return total(v) / #v end
local function var(v, correction)
  local s, c = 0, mean(v)
  for _, a in ipairs(v) do s = s + (a - c) ^ 2 end
  return s / (#v - (correction or 1))
end
local function largest(v) return math.max(table.unpack(v)) end
local function smallest(v) return math.min(table.unpack(v)) end
local function norm(v)
  local s = 0
  for _, a in ipairs(v) do s = s + a * a end
  return math.sqrt(s)
end
local function logsumexp(v)
  local s = 0
  for _, a in ipairs(v) do s = s + math.exp(a) end
  return math.log(s)
end

-- reductions
close(x:row_means(), each_row(mean), "row_means")
close(x:col_means(), each_col(mean), "col_means")
close(x:var():item(), var(all()), "var divides by n - 1")
close(x:var(0):item(), var(all(), 0), "var(0) by n")
close(x:row_vars(), each_row(var), "row_vars")
close(x:col_vars(), each_col(var), "col_vars")
close(x:max_all():item(), largest(all()), "max_all")
close(x:min_all():item(), smallest(all()), "min_all")
close(x:row_max(), each_row(largest), "row_max")
close(x:row_min(), each_row(smallest), "row_min")
close(x:col_max(), each_col(largest), "col_max")
close(x:col_min(), each_col(smallest), "col_min")
close(x:norm():item(), norm(all()), "norm")
close(x:col_norms(), each_col(norm), "col_norms")
close(x:t():col_logsumexp(), x:row_logsumexp():t():table(), "col_logsumexp")
t.near(x:logsumexp():item(), logsumexp(x:reshape(1, #x * x.cols):table()[1]), 1e-6, 0, "logsumexp")
close(x:row_logsumexp(), each_row(logsumexp), "row_logsumexp")
close(x:softmax(), each_row(function(v)
  local out, s = {}, logsumexp(v)
  for j, a in ipairs(v) do out[j] = math.exp(a - s) end
  return out
end), "softmax")
close(x:log_softmax(), each_row(function(v)
  local out, s = {}, logsumexp(v)
  for j, a in ipairs(v) do out[j] = a - s end
  return out
end), "log_softmax")
close(x:row_cumsums(), each_row(function(v)
  local out, s = {}, 0
  for j, a in ipairs(v) do s = s + a; out[j] = s end
  return out
end), "row_cumsums")
close(x:col_cumsums(), x:transpose():row_cumsums():transpose(), "col_cumsums are row_cumsums of the transpose")
close(x:row_cumsums(true):col_range(1, 1), x:row_sums(), "reversed, the first is the whole sum")

-- extremes with ties, NaN and infinities
local nan, inf = 0 / 0, math.huge
local tied = ll.matrix { { 1, 3, 3 }, { 2, 2, 2 } }:with_grad()
tied:row_max():sum():backward()
t.is(tied.grad:table(), { { 0, 1, 0 }, { 1, 0, 0 } }, "the gradient goes to the first of equal ones")
local odd = ll.matrix { { 1, nan, 3 }, { -inf, 2, inf } }
t.ok(odd:row_max()[1] ~= odd:row_max()[1], "a row with NaN has NaN for its largest")
t.is(odd:row_max()[2], inf, "infinity is the largest")
t.is(odd:row_min()[2], -inf, "and its negative the smallest")
for k = 1, 40 do
  local v = stream:normal(1, 40)
  v:set(1, k, nan)
  local got = v:max_all():item()
  if not t.ok(got ~= got, "NaN at place " .. k .. " is seen") then break end
end
-- far from zero nothing overflows or cancels
close(ll.matrix { { 1000, 1000 } }:row_logsumexp():item(), 1000 + math.log(2), "row_logsumexp of large numbers")
close(ll.matrix { { -1000, -1000 } }:softmax(), { { 0.5, 0.5 } }, "softmax of small ones")
t.is(ll.matrix { { -inf, -inf } }:row_logsumexp():item(), -inf, "the sum of nothing")
t.is(ll.matrix { { inf, 0 } }:row_logsumexp():item(), inf, "the sum with infinity")
t.is(ll.matrix { { -inf, 0 } }:softmax():table(), { { 0, 1 } }, "softmax with a share of nothing")

-- sums and norms with infinities, and where squares leave the range
t.is({ ll.dot({ inf, 1 }, { 1, 1 }):item(), ll.hstack({ inf, 1 }, { 1, 2 }):col_range(1, 1):sum():item() }, { inf, inf },
  "a sum with an infinity")
t.is({ ll.norm({ -inf, 1 }):item(), ll.row_norms({ { inf, 1 } }):item(), ll.col_norms({ inf, 1 }):item() }, { inf, inf, inf },
  "a norm with an infinity")
for _, size in ipairs(single and { 1e-25, 1e25 } or { 1e-200, 1e200 }) do
  local far = ll.matrix { { 3 * size, 4 * size, 0 }, { -12 * size, 0, 0 } }
  close((far:norm() / size):item(), 13, "norm of elements like " .. size)
  close((far:col_range(1, 2):norm() / size):item(), 13, "of a view")
  close(far:row_norms() / size, { 5, 12 }, "row_norms")
  close(far:col_norms() / size, { { math.sqrt(153), 4, 0 } }, "col_norms")
  close(ll.optim.project(far:copy(), "unit_ball", size) / size, { { 0.6, 0.8, 0 }, { -1, 0, 0 } }, "projected to a ball")
  for _, columns in ipairs { 3, 12 } do
    local p, q = stream:normal(4, columns), stream:normal(5, columns)
    local large, near = (p * size):detach():with_grad(), p:detach():with_grad()
    local got, want = ll.distances(large, q * size), ll.distances(near, q)
    close(got / size, want, "distances of points like " .. size)
    close(ll.grad(got:sum(), large), ll.grad(want:sum(), near), "and their gradient")
  end
end

-- comparison, masks
close(x:less(y), elementwise(function(a, b) return a < b and 1 or 0 end), "less")
close(x:less_equal(y), elementwise(function(a, b) return a <= b and 1 or 0 end), "less_equal")
close(x:greater_equal(y), elementwise(function(a, b) return a >= b and 1 or 0 end), "greater_equal")
t.is(ll.matrix({ 1, nan, inf }):equal({ 1, nan, inf }):table(), { 1, 0, 1 }, "equal: NaN equals nothing")
t.is(ll.matrix({ 1, nan, inf }):not_equal({ 1, nan, inf }):table(), { 0, 1, 0 }, "not_equal: NaN differs from itself")
close(ll.where(x:greater(0), x, y), elementwise(function(a, b) return a > 0 and a or b end), "where")
close(ll.where(x:greater(0), 1, -1), elementwise(function(a) return a > 0 and 1 or -1 end), "where of numbers")
t.is(ll.where({ { 1 }, { 0 } }, { { 1, 2 } }, { { 5 }, { 6 } }):table(), { { 1, 2 }, { 6, 6 } },
  "where with columns broadcast")
local p = ll.matrix({ 0, 4 }):with_grad()
local chosen = ll.where(p:greater(0), p, 1) * ll.matrix { inf, 2 }
chosen:sum():backward()
t.is(p.grad:table(), { 0, 2 }, "an infinite gradient does not reach the side not taken")
t.throws(function() ll.where(ll.ones(2, 3), ll.ones(3, 2), 0) end, { "where", "2x3", "3x2" })
close(x:square() ^ y, elementwise(function(a, b) return (a * a) ^ b end), "a matrix to the power of another")
close(2 ^ y, elementwise(function(_, b) return 2 ^ b end), "a number to the power of a matrix")

-- lists
t.is(x:gather { 2, 2, 5 }:table(), { X[2], X[2], X[5] }, "gather")
t.is(x:gather(ll.matrix { 3, 1 }):table(), { X[3], X[1] }, "gather by a column")
t.is(x:gather({}):shape(), 0, "gather of nothing")
t.is(ll.matrix({ { 1, 2 }, { 3, 4 }, { 5, 6 } }):scatter_add({ 3, 1, 3 }, 4):table(),
  { { 3, 4 }, { 0, 0 }, { 6, 8 }, { 0, 0 } }, "scatter_add")
t.is(ll.matrix({ { 1, 2 }, { 3, 4 } }):pick({ 2, 1 }):table(), { 2, 3 }, "pick")
t.is(ll.matrix({ { 1, 2, 3 }, { 4, 5, 6 } }):pick({ 3, 3, 1, 2 }):table(), { { 3, 3 }, { 4, 5 } }, "several a row")
t.is(ll.matrix({ { 1, 2 }, { 3, 4 } }):place(ll.matrix { { 2, 2 }, { 3, 1 } }, 3):table(), { { 0, 3, 0 }, { 4, 0, 3 } },
  "place adds")
t.is(ll.matrix({ 5, 6 }):place({ 2, 1 }, 3):table(), { { 0, 5, 0 }, { 6, 0, 0 } }, "place")
t.throws(function() x:gather { 1, 6 } end, { "gather", "row 6", "place 2 of 2", "5x7" })
t.throws(function() x:gather { 0 } end, "index 1 of the list is 0")
t.throws(function() x:gather { 1.5 } end, "1.5")
t.throws(function() x:gather { "a" } end, "string")
t.throws(function() x:gather(x) end, "index 1 of the list")
t.throws(function() x:place({ 1, 2 }, 3) end, { "place", "2 indices", "5x7" })
t.throws(function() x:pick { 1, 2 } end, { "pick", "2 indices", "5 rows" })
t.throws(function() x:scatter_add({ 1, 2, 3, 4, 9 }, 8) end, { "scatter_add", "row 9", "there are 8" })
local list = ll.matrix { 1, 2 }
local g = ll.matrix({ { 1, 2 }, { 3, 4 } }):with_grad()
local taken = g:gather(list)
list:set(1, 1, 2)
taken:sum():backward()
t.is(g.grad:table(), { { 1, 1 }, { 1, 1 } }, "the list is copied: changing it later changes nothing")
-- many to one place are summed in double
local many = ll.full(100000, 1, 0.1)
local places = {}
for k = 1, 100000 do places[k] = 1 end
t.near(many:scatter_add(places, 1):item(), 100000 * ll.full(1, 1, 0.1):item(), single and 1e-7 or 1e-11, "sums in double")

-- products, diagonals, triangles, distances
t.is(ll.outer({ 1, 2 }, { 3, 4, 5 }):table(), { { 3, 4, 5 }, { 6, 8, 10 } }, "outer")
t.is(ll.dot({ 1, 2 }, { 3, 4 }):item(), 11.0, "dot")
t.is(ll.diag({ 1, 2 }):table(), { { 1, 0 }, { 0, 2 } }, "diag")
t.is(ll.matrix({ { 1, 2, 3 }, { 4, 5, 6 } }):diagonal():table(), { 1, 5 }, "diagonal")
t.is(ll.ones(2, 3):lower_triangle():table(), { { 1, 0, 0 }, { 1, 1, 0 } }, "lower_triangle")
t.is(ll.ones(2, 3):upper_triangle():table(), { { 1, 1, 1 }, { 0, 1, 1 } }, "upper_triangle")
for _, d in ipairs { 1, 3, 8, 9, 40 } do
  local a, b = stream:normal(6, d), stream:normal(4, d)
  local A, B, want = a:reshape(6 * d, 1):table(), b:reshape(4 * d, 1):table(), {}
  for i = 1, 6 do
    want[i] = {}
    for k = 1, 4 do
      local s = 0
      for j = 1, d do s = s + (A[(i - 1) * d + j] - B[(k - 1) * d + j]) ^ 2 end
      want[i][k] = s
    end
  end
  close(ll.squared_distances(a, b), want, "squared_distances, " .. d .. " columns")
  close(ll.distances(a, b):square(), want, "distances, " .. d .. " columns")
end
-- near points far from the origin: what products alone would lose
local base = stream:normal(1, 20, 1000, 1)
local near = base + 1e-3 * stream:normal(5, 20)
local got, exact = ll.squared_distances(near, near), {}
local N = near:table()
for i = 1, 5 do
  exact[i] = {}
  for k = 1, 5 do
    exact[i][k] = 0
    for j = 1, 20 do exact[i][k] = exact[i][k] + (N[i][j] - N[k][j]) ^ 2 end
  end
end
t.near(got:table(), exact, single and 1e-5 or 1e-11, "near points far from the origin keep their digits")
t.ok(got:diagonal():max_all():item() == 0, "a point is at distance 0 from itself")
-- and their gradients, the second ones too: all pairs against the same pairs side by side, which are taken by differences
local spread = { { 1, 2, 3, 1, 2 }, { 1, 2, 3, 3 } }
local groups = stream:normal(3, 20, 10, 1)
for _, op in ipairs { "distances", "squared_distances" } do
  local these = (groups:gather(spread[1]) + 1e-3 * stream:normal(5, 20)):detach():with_grad()
  local those = ll.vstack(these:detach():row_range(1, 1), groups:gather(spread[2]) + 1e-3 * stream:normal(4, 20)):with_grad()
  local weights, first, second = ll.less(ll[op](these, those):detach(), 0.1), {}, {}
  for i, pairwise in ipairs { true, false } do
    local d
    if pairwise then d = ll.sum(weights * ll[op](these, those))
    else
      local from, to = {}, {}
      for a = 1, 5 do
        for b = 1, 5 do
          if weights:get(a, b) > 0 then from[#from + 1], to[#to + 1] = a, b end
        end
      end
      local apart = these:gather(from) - those:gather(to)
      d = ll.sum(op == "distances" and ll.row_norms(apart) or ll.row_sums(apart:square()))
    end
    first[i] = ll.grad(d, { these, those }, { create_graph = true })
    second[i] = ll.grad(ll.sum(ll.square(first[i][1] * 3 + 1)), { these, those })
  end
  for k, of in ipairs { "the one", "the other" } do
    local scale = ll.max_all(ll.abs(second[2][k])):item()
    t.near(first[1][k]:table(), first[2][k]:table(), 0, single and 1e-6 or 1e-14, op .. " of near points: gradient of " .. of)
    t.near(second[1][k]:table(), second[2][k]:table(), 0, scale * (single and 1e-4 or 1e-13), op .. ", and the second one")
  end
end

-- in place, from a view of the same elements: what is read is what stood there before
local function fresh() return ll.matrix { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } } end
local own = fresh()
t.is(own:add_(own:row_range(1, 1)):table(), { { 2, 4, 6 }, { 5, 7, 9 }, { 8, 10, 12 } }, "add_ of one's own row")
own = fresh()
t.is(own:add_(own:col_range(1, 1)):table(), { { 2, 3, 4 }, { 8, 9, 10 }, { 14, 15, 16 } }, "add_ of one's own column")
own = fresh()
own:row_range(2, 3):add_(own:row_range(1, 2))
t.is(own:table(), { { 1, 2, 3 }, { 5, 7, 9 }, { 11, 13, 15 } }, "add_ of the rows above")
own = fresh()
t.is(own:add_(own):table(), { { 2, 4, 6 }, { 8, 10, 12 }, { 14, 16, 18 } }, "add_ of oneself")
for _, down in ipairs { true, false } do
  own = fresh()
  local from, to = own:row_range(1, 2):col_range(1, 2), own:row_range(2, 3):col_range(1, 2)
  if not down then from, to = to, from end
  to:assign(from)
  t.is(own:table(), down and { { 1, 2, 3 }, { 1, 2, 6 }, { 4, 5, 9 } } or { { 4, 5, 3 }, { 7, 8, 6 }, { 7, 8, 9 } },
    "assign of a block that overlaps, " .. (down and "downwards" or "upwards"))
end

own = fresh()
local shifted = own:col_range(2, 3)
shifted[1] = own:row_range(1, 1):col_range(1, 2)
t.is(own[1]:table(), { { 1, 1, 2 } }, "a row set to one that it overlaps")
own = fresh()
own:col_range(1, 2):assign(own:reshape(9, 1):row_range(1, 6):reshape(3, 2))
t.is(own:table(), { { 1, 2, 3 }, { 3, 4, 6 }, { 5, 6, 9 } }, "assign of what begins at the same place and runs otherwise")

-- an order of no rows has columns all the same
local none, none_places = ll.zeros(0, 5):sort()
t.is({ none:shape() }, { 0, 5 }, "sort of no rows")
t.is({ none_places:shape() }, { 0, 5 }, "and its places")
t.is({ ll.zeros(0, 5):topk(3):shape() }, { 0, 3 }, "topk of no rows")
t.is({ ll.zeros(5, 0):topk(0, { by = "cols" }):shape() }, { 0, 0 }, "topk of no columns")

-- an axis or a third matrix is no argument of these ops, and is not ignored silently
t.throws(function() own:sum(1) end, { "sum", "takes a matrix and no number" })
t.throws(function() ll.mean(own, 2) end, { "mean", "takes a matrix and no number" })
t.throws(function() own:row_cumsums(1) end, { "row_cumsums", "true or false" })
t.throws(function() own:argmin(1) end, { "argmin", "row_argmin" })
t.throws(function() ll.matmul(own, own, own) end, { "matmul", "true or false" })
t.throws(function() ll.solve(own, own, 1) end, { "solve", "true or false" })
t.is(tostring(ll.matrix { 0 / 0 }), "matrix 1x1: nan", "a NaN prints without its sign")
t.is(tostring(ll.matrix { -(0 / 0) }), "matrix 1x1: nan", "whichever it has")

t.done()
