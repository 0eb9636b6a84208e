-- Every op, its derivatives, updates, distances and a training step give the same bits with 1, 2, 3 and 8 threads, on matrices that
-- are large enough to be shared and do not divide evenly. LOSSLAB_ISA and the like aside, there is nothing else to be equal to.
local ll = require "losslab"
local t = require "tests.lua.tap"

local before = ll.threads()
t.is(ll.threads(2), 2, "the number of threads is set")
t.is(ll.threads(), 2, "and told")
t.throws(function() ll.threads(0) end, "n must be an integer from 1 to 256, not 0")
t.throws(function() ll.threads(257) end, "n must be an integer from 1 to 256, not 257")
t.throws(function() ll.threads "two" end, "n must be an integer from 1 to 256, not \"two\"")
t.is(ll.threads(), 2, "a wrong number changes nothing")

local function bits(m) return ll.core.sha256(m:pack()) end

-- f gives some matrices, made anew each time.
local function same(f, name)
  ll.threads(1)
  local expected = table.pack(f())
  local ways, different = {}, {}
  for i = 1, expected.n do ways[i] = bits(expected[i]) end
  for _, threads in ipairs { 2, 3, 8 } do
    ll.threads(threads)
    for _ = 1, threads == 2 and 3 or 1 do
      local got = table.pack(f())
      for i = 1, expected.n do
        if bits(got[i]) ~= ways[i] then different[#different + 1] = string.format("matrix %d by %d threads", i, threads) end
      end
    end
  end
  t.is(table.concat(different, ", "), "", name .. " has the same bits with any number of threads")
end

-- ---- ops ----

local N, M = 333, 251
local function inputs(op, rows, cols)
  local list = {}
  for i = 1, op.arity do list[i] = ll.random(i):uniform(rows, cols, op.low, op.high):with_grad() end
  return list
end

-- What an op takes that is no matrix of one shape, and ops of small matrices that go through LAPACK.
local special = {
  matmul = function() return { ll.random(1):normal(N, M):with_grad(), ll.random(2):normal(M, 190):with_grad() } end,
  linear = function()
    return { ll.random(1):normal(N, M):with_grad(), ll.random(2):normal(190, M):with_grad(),
      ll.random(3):normal(1, 190):with_grad() }
  end,
  outer = function() return { ll.random(1):normal(N, 1):with_grad(), ll.random(2):normal(M, 1):with_grad() } end,
}
local arguments = { pow = { 1.7 }, clamp = { -1, 1 }, scale = { 2, 3 }, reshape = { M, N }, expand = { N, M }, repeat_rows = { 2 } }

-- Through LAPACK, and slow where they are large.
local by_lapack = { lstsq = true, singular_values = true, left_singular = true, right_singular = true }

local tried = 0
for _, op in ipairs(ll.ops()) do
  local function once()
    local x = special[op.name] and special[op.name]() or inputs(op, N, M)
    local all = { table.unpack(x) }
    for _, each in ipairs(arguments[op.name] or {}) do all[#all + 1] = each end
    local y = ll[op.name](table.unpack(all))
    local given = ll.random(9):normal(y.rows, y.cols)
    pcall(function() y:backward { gradient = given } end) -- of those that have a derivative
    local out = { y:detach() }
    for _, each in ipairs(x) do out[#out + 1] = each.grad end
    return table.unpack(out)
  end
  if not by_lapack[op.name] and pcall(once) then
    tried = tried + 1
    same(once, op.name)
  end
end
t.ok(tried > 70, "most ops take matrices alone: " .. tried .. " of " .. #ll.ops())

-- rows, columns, numbers and parts of wider matrices
local wide, row, column = ll.random(1):normal(N, 2 * M), ll.random(2):normal(1, M), ll.random(3):normal(N, 1)
local part, other = wide:col_range(2, M + 1), wide:col_range(M, 2 * M - 1)
same(function()
  return part + other, part * row, column - part, part / column, part + 1, part:sigmoid(), ll.softmax(part), part:row_sums(),
    part:col_sums(), part:transpose(), ll.where(part:greater(0), row, column), part:row_logsumexp()
end, "what is done with parts, rows and columns")

-- ---- derivatives of derivatives, distances, rows that are gathered ----

same(function()
  local x = ll.random(1):normal(N, M):with_grad()
  local g = ll.grad(ll.gelu(x):mul(x:tanh()):sum(), x, { create_graph = true })
  g:square():sum():backward()
  return g:detach(), x.grad
end, "a derivative of a derivative")

for _, name in ipairs(ll.distance.list()) do
  same(function()
    local positive = name == "jeffreys" or name == "jensen_shannon"
    local function rows(seed, n)
      local m = ll.random(seed):uniform(n, 24, 0.01, 1)
      return (positive and m / m:row_sums() or m):copy():with_grad()
    end
    local a, b = rows(1, 217), rows(2, 190)
    local options = { pairwise = true, precision = name == "mahalanobis" and ll.eye(24) * 2 or nil }
    local d = ll.distance[name](a, b, options)
    d:sum():backward()
    return d:detach(), a.grad, b.grad
  end, name)
end

same(function()
  local list = {}
  for i = 1, 4000 do list[i] = 1 + (i * 7919) % N end
  return ll.random(1):normal(N, M):gather(list)
end, "gather")

-- Rows of whole numbers, many of them equal: which of those at one distance are found must not depend on who finds them.
do
  local queries, base = ll.random(1):integers(300, 3, 1, 4), ll.random(2):integers(1500, 3, 1, 4)
  local points, classes = ll.random(3):normal(700, 9), {}
  for i = 1, 700 do classes[i] = i * i % 5 end
  same(function()
    return ll.metric.neighbours(queries, base, { k = 7 }), ll.metric.neighbours(points, nil, { k = 4, distance = "cosine" }),
      ll.metric.neighbours(points, nil, { k = 4, distance = "dot" }),
      ll.matrix { ll.metric.knn_accuracy(points, classes), ll.metric.recall_at_k(base, ll.random(4):integers(1500, 1, 1, 3)) }
  end, "a search for neighbours")
end

same(function()
  local cost = ll.distances(ll.random(1):normal(301, 3), ll.random(2):normal(190, 3)):detach():with_grad()
  local p, q = ll.ones(301, 1) / 301, ll.ones(190, 1) / 190
  local value = ll.divergence.sinkhorn(p, q, cost, { epsilon = 0.1 })
  value:backward()
  return value:detach(), cost.grad
end, "sinkhorn")

-- ---- training ----

local x, y = ll.random(4):normal(517, 190), ll.random(5):bernoulli(517, 1, 0.5)
for _, name in ipairs(ll.optim.list()) do
  same(function()
    local net = ll.nn.mlp { 190, 250, 133, 1, hidden = "relu" }
    local opt = ll.optim[name](net:parameters(), {})
    local loss = ll.loss.cross_entropy {}
    local function backward()
      local value = loss(net(x), y)
      value:backward()
      return value
    end
    for _ = 1, 3 do
      if name == "lbfgs" then opt:step(backward) else
        backward()
        ll.optim.clip_norm(net:parameters(), 0.5)
        opt:step()
      end
    end
    return table.unpack(net:parameters())
  end, "training by " .. name)
end

same(function()
  local net = ll.nn.sequential { ll.nn.linear { 190, 300 }, "tanh", ll.nn.dropout(0.3), ll.nn.linear { 300, 40 } }
  local opt = ll.optim.adam(net, {})
  local labels = {}
  for i = 1, 517 do labels[i] = 1 + i % 40 end
  for _ = 1, 3 do
    ll.loss.softmax {}(net(x), labels):backward()
    opt:step()
  end
  return table.unpack(net:parameters())
end, "training with dropout and softmax")

ll.threads(before)
t.done()
