-- What of losslab's tables is called by itself: { { name of a group, { [name of a trial] = function(t, put) } }, … }. put takes
-- numbers, texts, matrices and lists of them.
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local M = {}
local function group(name)
  local list = {}
  M[#M + 1] = { name, list }
  return list
end

-- ---- losses, distances, divergences: value and gradients -----------------------------------------------------------------

local calls = group "row"
for _, s in ipairs(rows.subjects()) do
  calls[s.kind .. "_" .. s.name] = function(_, put)
    for _, n in ipairs { 8, 36 } do
      local given = rows.matrices(s, rows.draw(s, n, { extents = { n = n, m = 2 * n, d = 5, k = 4, q = 2, t = 1 },
        uniform = s.row.output == "sigmoid" }))
      local value = s.call(given, {})
      put(value)
      if type(value) ~= "number" and value.requires_grad then
        local total = value.rows * value.cols == 1 and value or value:sum()
        total:backward()
        for _, m in ipairs(given) do if m.requires_grad and m.grad then put(m.grad) end end
      end
    end
  end
end

for _, s in ipairs(rows.subjects()) do
  for _, what in ipairs(s.row.weighs or {}) do
    if what == "weights" then
      calls["weights_" .. s.name] = function(_, put)
        local given = rows.matrices(s, rows.draw(s, 3, { extents = { n = 36, m = 72, d = 5, k = 4, q = 2, t = 1 },
          uniform = s.row.output == "sigmoid" }))
        given[#given + 1] = { weights = ll.random(8, 0, s.name):uniform(36, 1, 0, 3) }
        local value = ll.loss[s.name]()(table.unpack(given))
        put(value)
        if not value.requires_grad then return end
        value:backward()
        for i = 1, #given - 1 do if given[i].requires_grad and given[i].grad then put(given[i].grad) end end
      end
    end
  end
end

-- ---- ops: value, gradient, and the gradient's gradient where there is one -----------------------------------------------------

local SQUARE = {}
for name in ([[matmul solve solve_triangular cholesky inverse log_det eigenvalues eigenvectors singular_values left_singular
  right_singular trace lstsq]]):gmatch "%S+" do SQUARE[name] = true end
local ARGUMENTS = { [" [, factor [, added]]"] = { 2, 1 }, [", exponent"] = { 1.7 }, [", low, high"] = { -1, 1.5 },
  [", rows, cols"] = { 6, 14 }, [", first, last"] = { 2, 5 }, [", first, size"] = { 2, 20 }, [", list"] = { { 2, 1, 2 } },
  [", list, size"] = { { 2, 1, 4, 3, 5, 2, 7, 9, 8, 11, 10, 6 }, 12 } }
local SHAPES = { matmul = { { 12, 7 }, { 7, 9 } }, linear = { { 12, 7 }, { 9, 7 }, { 1, 9 } }, outer = { { 12, 1 }, { 7, 1 } },
  diag = { { 9, 1 } }, expand = { { 1, 14 } }, weighed_differences = { { 12, 7 }, { 12, 5 }, { 7, 5 } },
  solve = { { 7, 7 }, { 7, 2 } }, solve_triangular = { { 7, 7 }, { 7, 2 } },
  lstsq = { { 12, 4 }, { 12, 2 } }, squared_distances = { { 12, 5 }, { 9, 5 } },
  distances = { { 12, 5 }, { 9, 5 } }, scatter_add = { { 12, 5 } }, place = { { 4, 3 } }, pick = { { 1, 3 } } }

local ops = group "op"
for _, row in ipairs(ll.ops()) do
  ops[row.name] = function(_, put)
    local given, shapes = {}, SHAPES[row.name] or {}
    local tail = row.call:match(row.operands:gsub("%W", "%%%0") .. "(.*)%)$") or ""
    for i = 1, row.arity do
      local shape = shapes[i] or (SQUARE[row.name] and { 7, 7 } or { 12, 7 })
      given[i] = ll.random(1, i, row.name):uniform(shape[1], shape[2], row.low, row.high)
      if SQUARE[row.name] and i == 1 and shape[1] == shape[2] then -- far from singular
        given[i] = (given[i] + given[i]:transpose()) / 2 + ll.eye(shape[1]) * 9
      end
      given[i] = given[i]:detach():with_grad()
    end
    local all = table.move(given, 1, #given, 1, {})
    for _, each in ipairs(row.name == "expand" and { 6, 14 } or ARGUMENTS[tail] or {}) do all[#all + 1] = each end
    local value = ll[row.name](table.unpack(all))
    put(value)
    if not value.requires_grad then return end
    local weights = ll.random(2, 0, row.name):normal(value.rows, value.cols)
    local fine, first = pcall(function() return { ll.grad((value * weights):sum(), given, { create_graph = true }) } end)
    if not fine then return put(tostring(first)) end
    first = #first == 1 and type(first[1]) == "table" and first[1] or first
    put(first)
    local total
    for _, each in ipairs(first) do
      if type(each) ~= "number" and each.requires_grad then total = total and total + (each * each):sum() or (each * each):sum() end
    end
    if not total then return end
    total:backward()
    for _, each in ipairs(given) do if each.grad then put(each.grad) end end
  end
end

-- ---- metrics of scores with ties and without, of several sizes ------------------------------------------------------------------

local metrics = group "metric"
for _, name in ipairs(ll.metric.list()) do
  local needs = ll.metric.describe(name).needs
  metrics[name] = function(_, put)
    for _, n in ipairs { 30, 1000 } do
      local stream = ll.random(n, 0, name)
      local scores, labels = stream:uniform(n, 1, 0, 1), stream:bernoulli(n, 1, 0.4)
      if needs == "classes" then scores, labels = stream:normal(n, 5):softmax(), stream:integers(n, 1, 1, 5)
      elseif needs == "embeddings" then scores, labels = stream:normal(n, 3), stream:integers(n, 1, 1, 5)
      elseif needs == "lists" or needs == "values" then labels = stream:integers(n, 1, 0, 4) end
      put(ll.metric[name](scores, labels))
      if needs == "values" then put(ll.metric[name](scores:greater(0.25) / 4 + 0.5, labels))
      elseif scores.cols == 1 then put(ll.metric[name](scores:greater(0.25) / 4 + scores:greater(0.6) / 4, labels)) end
    end
  end
end

-- ---- data, random numbers, schedules, sorting ----------------------------------------------------------------------------------

local data = group "data"
for _, generator in ipairs(ll.data.generators()) do
  data["generator_" .. generator.name] = function(_, put) put(ll.data[generator.name] { n = 301, seed = 3 }.hash) end
end
for _, name in ipairs { "breast_cancer", "sonar", "pima", "ionosphere", "iris", "wine", "digits" } do
  data["set_" .. name] = function(_, put)
    local set = ll.data.load(name)
    put(set.hash)
    local train, test = set:split { test = 0.3, seed = 2 }
    train, test = train:standardise(test)
    put { train.x, test.x, train.y }
    for x in train:batches { size = 50, seed = 1, epoch = 3 } do put(x) end
  end
end

local random = group "random"
local function draws(name, f)
  random[name] = function(_, put) put(f(ll.random(7, 3, name))) end
end
draws("uniform", function(s) return s:uniform(100, 33, -2, 5) end)
draws("normal", function(s) return s:normal(100, 33) end)
draws("bernoulli", function(s) return s:bernoulli(100, 33, 0.3) end)
draws("integers", function(s) return s:integers(100, 33, -5, 1000) end)
draws("permutation", function(s) return s:permutation(1001) end)
draws("sphere", function(s) return s:sphere(100, 7) end)
for _, name in ipairs(ll.nn.inits) do
  random["init_" .. name] = function(t, put)
    put(ll.nn.mlp { 65, 33, 1, init = name, seed = t.seed, trial = t.number }:parameters())
  end
end

local others = group "other"
for _, name in ipairs(ll.schedule.list()) do
  local options = {}
  for _, p in ipairs(ll.schedule.describe(name).params) do
    if p.default == nil then options[p.name] = p.kind == "integer" and 17 or p.kind == "list" and { 3, 9 } or 0.7 end
  end
  others["schedule_" .. name] = function(_, put)
    local schedule = ll.schedule[name](options)
    for step = 1, 20 do
      put(schedule(step))
      schedule:tell(1) -- never better, for one that looks at it
    end
  end
end
function others.sorts(_, put)
  for _, n in ipairs { 1, 2, 63, 64, 65, 1000, 70000 } do
    local x = ll.random(n, 0, "sorts"):normal(n, 1)
    put { x:sort(), x:argsort(), (x:greater(0) + x:greater(1)):argsort(), x:sum(), x:mean(), x:norm() }
  end
end
function others.products(_, put)
  for _, s in ipairs { { 1, 1, 1 }, { 3, 5, 7 }, { 64, 18, 64 }, { 65, 33, 130 }, { 7, 300, 1 }, { 1, 300, 7 }, { 200, 150, 170 },
    { 33, 1000, 17 } } do
    local a, b = ll.random(s[1], 0, "a"):normal(s[1], s[2]), ll.random(s[3], 0, "b"):normal(s[2], s[3])
    put { ll.matmul(a, b), ll.matmul(a, b:transpose():copy(), false, true), ll.matmul(a:transpose():copy(), b, true),
      ll.matmul(a:transpose():copy(), b:transpose():copy(), true, true) }
  end
end

function others.lbfgs(t, put)
  local x, y = t.parts.train.x, t.parts.train.y
  for _, search in ipairs { "strong_wolfe", "none" } do
    local net, loss = ll.nn.mlp { 2, 5, 1, hidden = "tanh", seed = t.seed, trial = t.number }, ll.loss.cross_entropy()
    local opt = ll.optim.lbfgs(net:parameters(), { line_search = search, max_iterations = 5, lr = search == "none" and 0.1 or 1 })
    for _ = 1, 3 do
      put(opt:step(function()
        local value = loss(net(x), y)
        value:backward()
        return value
      end))
    end
    put(net:parameters())
  end
end

-- ---- games and recommenders ------------------------------------------------------------------------------------------------

function others.wgan_gp(t, put)
  local rows_of, noise, between = ll.random(t.seed, 1, "real"), t:random "noise", t:random "between"
  local f = ll.nn.mlp { 2, 16, 16, 1, hidden = "tanh", seed = t.seed, trial = t.number }
  local g = ll.nn.mlp { 2, 8, 2, hidden = "relu", seed = t.seed, trial = t.number + 1 }
  local critic_loss, generator_loss = ll.loss.wasserstein_critic(), ll.loss.wasserstein_generator()
  local penalty = ll.loss.gradient_penalty { sides = "one" }
  local critic = ll.optim.adam(f:parameters(), { lr = 1e-2, beta1 = 0, beta2 = 0.9 })
  local generator = ll.optim.rmsprop(g:parameters(), { lr = 1e-2 })
  for _ = 1, 4 do
    for _ = 1, 2 do
      local x, fake = rows_of:normal(30, 2), ll.no_grad(g, noise:normal(30, 2))
      local z = ll.nn.interpolate(x, fake, between)
      local loss = critic_loss(f(x), f(fake)) + 10 * penalty(ll.grad(f(z):sum(), z, { create_graph = true }))
      loss:backward()
      critic:step()
      put(loss)
    end
    f:freeze()
    generator_loss(f(g(noise:normal(30, 2)))):backward()
    f:unfreeze()
    generator:step()
  end
  put(f:parameters())
  put(g:parameters())
end

function others.cml(t, put)
  local stream, users, items = t:random "model", 30, 50
  local liked = {}
  for user = 1, users do
    local first = 1 + user % 20
    liked[user] = { first, first + 1 + user * 7 % 5, first + 8 + user * 13 % 11 }
  end
  local u, v = stream:normal(users, 6, 0, 0.1):with_grad(), stream:normal(items, 6, 0, 0.1):with_grad()
  local sampler = ll.cml.negatives { items = items, liked = liked, seed = t.seed, trial = t.number }
  local opt = ll.optim.adam({ u, v }, { lr = 0.05 })
  opt:project("unit_ball", 1, { u, v })
  local metric, covariance = ll.loss.cml_metric { margin = 0.5, items = items }, ll.loss.covariance()
  for step = 1, 5 do
    local who, what = stream:integers(40, 1, 1, users), stream:integers(40, 1, 1, items)
    local others_of = sampler:draw(who, 4)
    local loss = metric(u:gather(who), v:gather(what), v:gather(others_of)) / 40 + covariance(ll.vstack(u, v)) * (0.1 * step)
    loss:backward()
    opt:step()
    put(loss)
  end
  put { u, v }
end

return M
