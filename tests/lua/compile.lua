-- ll.compile: a compiled step is the step, to the bit: losses, networks, branches, shapes, errors, results that are held, memory.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local function bits(m) return m and m:table() end

-- ---- every loss ----
for _, s in ipairs(rows.subjects()) do
  if s.kind == "loss" and not s.row.metric_only then
    local function run(inputs)
      local value = s.call(inputs)
      if value.requires_grad then value:backward() end
      return value
    end
    local traced, wrong = ll.compile(run), 0
    for seed = 1, 3 do
      local drawn = rows.draw(s, seed, { uniform = s.row.output == "sigmoid" })
      local plain, taped = rows.matrices(s, drawn), rows.matrices(s, drawn)
      local a, b = run(plain), traced(taped)
      if not t.is(bits(a), bits(b), s.name .. ": the value") then wrong = wrong + 1 end
      for i = 1, #plain do
        if plain[i].requires_grad then
          if not t.is(bits(taped[i].grad), bits(plain[i].grad), s.name .. ": gradient " .. i) then wrong = wrong + 1 end
        end
      end
    end
    t.is(traced:why(), nil, s.name .. " is followed")
  end
end

-- ---- a network, an optimizer, a loss: in a function and as a whole step ----
local function labels(n) return ll.random(3):bernoulli(n, 1, 0.5) end
local function training(sizes, optimizer, loss, options)
  local net = ll.nn.mlp(sizes)
  return { net = net, loss = ll.loss[loss](options), optimizer = ll.optim[optimizer](net, { lr = 0.01 }) }
end
local function lines(s, x, y)
  local value = s.loss:batch(s.net(x), y)
  if not value then return false end
  local number = value:item()
  if number ~= number or math.abs(number) == math.huge then return number end
  value:backward()
  s.optimizer:step()
  return number
end
local function state(s) return s.net:state() .. s.optimizer:state() .. s.loss:state() end
local batches = {}
for i, n in ipairs { 64, 64, 7, 64, 1, 7, 33 } do batches[i] = { ll.random(i):normal(n, 5), labels(n) } end

local function compare(name, make)
  local plain, traced, whole = make(), make(), make()
  local f = ll.compile(function(x, y) return lines(traced, x, y) end)
  local step = ll.compile(whole)
  for i, b in ipairs(batches) do
    local want = lines(plain, b[1], b[2])
    t.is(f(b[1], b[2]), want, name .. ": batch " .. i .. " in a function")
    t.is(step(b[1], b[2]), want, name .. ": batch " .. i .. " as a step")
  end
  t.ok(state(plain) == state(traced), name .. ": the same state after a compiled function")
  t.ok(state(plain) == state(whole), name .. ": the same state after a step")
end
for _, activation in ipairs(ll.nn.activations) do
  compare("mlp with " .. activation, function()
    return training({ 5, 8, 4, 1, hidden = activation, output = activation }, "adam", "square")
  end)
end
for _, name in ipairs(ll.optim.list()) do
  if name ~= "lbfgs" then compare("optimizer " .. name, function() return training({ 5, 6, 1 }, name, "cross_entropy") end) end
end
for _, name in ipairs { "pair_squared_hinge", "pair_logistic", "hinge", "aucm", "margin_ranking" } do
  if pcall(ll.loss.describe, name) then compare("loss " .. name, function() return training({ 5, 6, 1 }, "sgd", name) end) end
end
compare("an adaptive margin", function()
  local s = training({ 5, 6, 1, output = "sigmoid" }, "adam", "adaptive_rank", { margin = 0.1, margin_lr = 0.01 })
  s.loss:first_history(ll.no_grad(s.net, batches[1][1]), batches[1][2])
  return s
end)
compare("one layer", function() return training({ 5, 1 }, "adam", "hinge") end)
compare("more layers than are one node", function()
  local sizes = { 5 }
  for i = 2, 20 do sizes[i] = 3 end
  sizes[21] = 1
  return training(sizes, "adam", "square")
end)

-- a frozen layer; parameters of which the optimizer has a part; gradients that are there already
for what, change in pairs {
  ["a frozen layer"] = function(s) s.net:parameters()[1]:freeze() end,
  ["all but the last frozen"] = function(s) for i = 1, 4 do s.net:parameters()[i]:freeze() end end,
  ["an optimizer of a part"] = function(s) s.optimizer = ll.optim.sgd({ s.net:parameters()[1] }, { lr = 0.1 }) end,
  ["gradients that are there"] = function(s) s.net(batches[1][1]):sum():backward() end,
  ["a gradient that is held"] = function(s)
    s.net(batches[1][1]):sum():backward()
    s.held = s.net:parameters()[1].grad
  end,
} do
  compare(what, function()
    local s = training({ 5, 6, 4, 1 }, "adam", "cross_entropy")
    change(s)
    s.held = nil
    return s
  end)
end

-- ---- gradients without a step, which are added ----
for _, name in ipairs { "cross_entropy", "pair_hinge", "adaptive_rank" } do
  local function made()
    local s = training({ 5, 6, 1, output = "sigmoid" }, "adam", name, name == "adaptive_rank" and { margin_lr = 0.05 } or nil)
    if name == "adaptive_rank" then s.loss:history({ 0.3, 0.2, 0.9, 0.1 }, { 1, 0, 1, 0 }) end
    return s
  end
  local plain, other = made(), made()
  local step, factors = ll.compile(other), { 1, 0.25, 1, 1.5, 1 }
  local function both(i)
    local x, y = ll.random(i):normal(9, 5), ll.matrix { 1, 0, 0, 1, 1, 0, 1, 0, 0 }
    local value = plain.loss:batch(plain.net(x), y)
    value:backward { gradient = ll.matrix { { factors[i] } } }
    t.is(step:backward(factors[i], x, y), value:item(), name .. ": a batch's value, " .. i)
    for k, p in ipairs(plain.net:parameters()) do
      t.ok(p.grad:pack() == other.net:parameters()[k].grad:pack(), ("%s: gradient %d after batch %d"):format(name, k, i))
    end
  end
  for i = 1, 3 do both(i) end
  local held = other.net:parameters()[1].grad -- which is left to who holds it
  local before = held:pack()
  both(4)
  t.ok(held:pack() == before, name .. ": a gradient that is held stays")
  for _, s in ipairs { plain, other } do
    s.optimizer:scale_grad(1 / 4)
    s.optimizer:clip_norm(0.01)
    s.optimizer:step()
  end
  both(5)
  t.ok(state(plain) == state(other), name .. ": the same state after a step")
  t.throws(function() step:backward("x", ll.zeros(1, 5), { 1 }) end, "reached", name .. ": what is no factor")
  t.throws(function() other.optimizer:scale_grad(0 / 0) end, "a finite number", name .. ": nor what scales")
end

-- ---- errors ----
do
  local s = training({ 5, 6, 1 }, "adam", "cross_entropy")
  local step, before = ll.compile(s), state(s)
  t.throws(function() step(ll.zeros(3, 4), { 0, 1, 0 }) end, "the network takes 5 features, the matrix given is 3x4", "features")
  t.throws(function() step(ll.zeros(3, 5), { 0, 1 }) end, "cross_entropy", "labels of another count")
  t.throws(function() step(ll.zeros(3, 5), { 0, 1, 7 }) end, "no label", "a label that is none")
  t.throws(function() step(ll.zeros(3, 5)) end, "cross_entropy takes 2 inputs", "no labels")
  t.throws(function() step() end, "x is nothing", "nothing")
  t.throws(function() step(ll.zeros(3, 5), { 0, 1, 0 }, 4) end, "at most 1 more", "too much")
  t.throws(function() return step.nett end, "net", "a field that is none")
  t.ok(state(s) == before, "none of them changed anything")
  t.is(tostring(step), "step of an mlp by cross_entropy and adam", "what it says of itself")
  t.is(rawequal(step.net, s.net) and rawequal(step.loss, s.loss) and rawequal(step.optimizer, s.optimizer), true, "its parts")
  t.throws(function() ll.compile { net = s.net, loss = s.loss } end, "optimizer must be an optimizer, as ll", "no optimizer")
  t.throws(function() ll.compile { net = s.net, los = s.loss } end, "loss", "a misspelt field")
  t.throws(function() ll.compile { net = s.loss, loss = s.loss, optimizer = s.optimizer } end, "net must be a network", "no net")
  t.throws(function() ll.compile { net = s.net, loss = s.loss, optimizer = ll.optim.lbfgs(s.net) } end, "closure", "lbfgs")
  t.throws(function() ll.compile(3) end, "a function", "a number")
  t.throws(function() ll.compile() end, "a function", "nothing at all")
  local huge = training({ 5, 1 }, "sgd", "square")
  huge.net:parameters()[1]:fill_(1e19)
  local kept, was = ll.compile(huge), state(huge)
  local value = kept(ll.ones(2, 5), { 0, 1 })
  t.ok(ll.precision == "double" or value == math.huge, "a value that is not finite is given")
  if ll.precision ~= "double" then t.ok(state(huge) == was, "and no step is taken") end
  local pairs_of = training({ 5, 1 }, "sgd", "pair_hinge")
  local compared, empty = ll.loss.counts()
  t.is(ll.compile(pairs_of)(ll.ones(2, 5), { 1, 1 }), false, "a batch of one class has no pairs")
  local compared_after, empty_after = ll.loss.counts()
  t.is({ compared_after - compared, empty_after - empty }, { 0, 1 }, "and is counted so")
  local remembers = training({ 5, 1 }, "sgd", "adaptive_rank")
  local _, plain = pcall(lines, remembers, ll.ones(2, 5), { 0, 1 })
  local _, compiled = pcall(ll.compile(remembers), ll.ones(2, 5), { 0, 1 })
  t.is(compiled, (plain:gsub("^%S+:%d+: ", "")), "a loss without its history says the same")
  local weights = ll.zeros(3, 5):with_grad()
  t.is(step(weights, { 0, 1, 0 }), lines(training({ 5, 6, 1 }, "adam", "cross_entropy"), ll.zeros(3, 5), { 0, 1, 0 }),
    "an x that wants a gradient")
  t.ok(weights.grad ~= nil, "gets it")
end

-- ---- functions: branches, shapes, errors within ----
do
  local w = ll.ones(2, 2):with_grad()
  local mode = "a"
  local f = ll.compile(function(x, more)
    local y = w * x
    if mode == "b" then y = y:tanh() end
    for _ = 1, more or 0 do y = y % w end
    y:sum():backward()
    if mode == "error" then error { code = 7 } end
    local g = w.grad:copy()
    w:clear_grad()
    return y, g, nil, "end"
  end)
  local function get(...) return select("#", ...), ... end
  local n, y, g, none, last = get(f(ll.ones(2, 2)))
  t.is({ n, y.rows, g:table(), none, last }, { 4, 2, { { 1, 1 }, { 1, 1 } }, nil, "end" }, "results are those of the function")
  t.like(f:why(), "compile.lua:%d+: it is traced", "the first call is traced")
  f(ll.ones(2, 2) * 3)
  t.is(f:why(), nil, "the second is followed")
  f(ll.ones(1, 2))
  t.is(f:why(), nil, "other shapes are, too")
  t.is(y:table(), { { 1, 1 }, { 1, 1 } }, "what was given by a call before is as it was")
  mode = "b"
  f(ll.ones(2, 2))
  t.like(f:why(), "compile.lua:%d+: tanh came as number 2, where sum had been traced", "another branch is traced")
  f(ll.ones(2, 2))
  t.is(f:why(), nil, "and followed")
  mode = "a"
  f(ll.ones(2, 2), 3)
  t.like(f:why(), "matmul came", "so is a loop of another length")
  f(ll.ones(2, 2), 3)
  t.is(f:why(), nil, "which is followed then")
  mode = "error"
  local fine, why = pcall(f, ll.ones(2, 2))
  t.is({ fine, type(why) == "table" and why.code }, { false, 7 }, "an error of the function is raised as it is")
  w:clear_grad()
  mode = "a"
  f(ll.ones(2, 2))
  t.is(f:why(), nil, "and the next call is followed")
  t.throws(function() f(ll.ones(5, 3)) end, "do not fit", "errors of what it computes are the same")
  local outside = (w * 2):sum()
  local g2 = ll.compile(function() outside:backward { retain_graph = true } return w.grad:get(1, 1) end)
  g2()
  t.is(g2(), 4, "a graph from before the call")
  t.like(g2:why(), "there before the call", "is told")
  w:clear_grad()
  local deep = ll.compile(function(k) local z = w for _ = 1, k do z = z * 1.5 end return z:sum():backward() end)
  for k = 1, 60 do deep(k) w:clear_grad() end
  t.like(deep:why(), "after 32 traces of", "ever new ways are kept up to a number")
  local _, _, ways = deep:counts()
  t.is(ways, 32, "which is 32")
  deep(3)
  t.is(deep:why(), nil, "those that are kept are followed")
  w:clear_grad()
end

-- frozen, or asked for a gradient, between its use and the backward
do
  local a, b = ll.ones(1, 1):with_grad(), ll.ones(1, 1):with_grad()
  local freeze = false
  local f = ll.compile(function()
    local y = a * b
    if freeze then a:freeze() end
    y:backward()
  end)
  f() f()
  a:clear_grad() b:clear_grad()
  freeze = true
  f()
  t.is({ a.grad, b.grad:item() }, { nil, 1 }, "a matrix that was frozen after its use gets no gradient")
  t.like(f:why(), "frozen", "and it is said")
  a:unfreeze()
end

-- nested; in a coroutine; a step that fails half way; results that are held
do
  local w = ll.ones(1, 1):with_grad()
  local inner = ll.compile(function(x) return w * x end)
  local outer = ll.compile(function(x) local y = inner(x) + inner(x) y:backward() return y:item() end)
  outer(1)
  w:clear_grad()
  t.is({ outer(2), w.grad:item(), outer:why() }, { 4, 4, nil }, "one within another is part of it")
  w:clear_grad()
  local yields = ll.compile(function(x) local y = w * x coroutine.yield "here" y:backward() return y:item() end)
  local co = coroutine.wrap(function() return yields(3) end)
  t.is({ co(), co(), w.grad:item() }, { "here", 3, 3 }, "it may yield in a coroutine")
  t.like(yields:why(), "coroutine", "where nothing is followed")
  w:clear_grad()
  local held = {}
  local keep = ll.compile(function(x) held[#held + 1] = w * x held[#held]:sum():backward() return held[#held] end)
  for i = 1, 5 do keep(i) end
  for i = 1, 5 do t.is(held[i]:item(), i, "result " .. i .. " that is held") end
  t.throws(function() held[5]:sum():backward() end, "freed", "a graph that was gone through is freed")
  w:clear_grad()
  local recursive
  recursive = ll.compile(function(n) if n == 0 then return w * 1 end return recursive(n - 1) * 2 end)
  t.is({ recursive(3):item(), recursive(3):item(), recursive:why() }, { 8, 8, nil }, "it may call itself")
  do local closing <close> = ll.compile(function() end) closing() end
  t.ok(true, "it may be closed")
  local function finish(x) getmetatable(x).__gc(x) end
  local gone
  gone = ll.compile(function() finish(gone) local y = w * 2 y:backward() return y:item() end)
  t.is(gone(), 2, "one that is finalised while it runs goes on")
  for _, use in ipairs { gone, gone.why, gone.counts } do
    t.throws(function() use(gone) end, "losslab.compiled is closed", "and is closed then")
  end
  local net = ll.nn.mlp { 3, 1 }
  local step = ll.compile { net = net, loss = ll.loss.hinge(), optimizer = ll.optim.adam(net) }
  finish(step)
  t.throws(function() step(ll.ones(2, 3), { 0, 1 }) end, "losslab.step is closed", "so is a step")
  w:clear_grad()
end

-- ---- double backward, random draws, a loss in Lua, one parameter used again and again ----
local function critic_training()
  local stream = ll.random(1)
  local net = ll.nn.mlp { 2, 16, 8, 1, hidden = "tanh" }
  local adam = ll.optim.adam(net:parameters(), { lr = 1e-3 })
  local critic, penalty = ll.loss.wasserstein_critic {}, ll.loss.gradient_penalty {}
  local real, fake = stream:normal(9, 2), stream:normal(9, 2, 1, 2)
  return net, function()
    local e = stream:uniform(9, 1)
    local between = (real * e + fake * (1 - e)):with_grad()
    local g = ll.grad(net(between):sum(), between, { create_graph = true })
    local value = critic(net(real), net(fake)) + penalty(g) * 10
    value:backward()
    adam:step()
    return value:item()
  end
end
local function lua_training()
  local net, x = ll.nn.mlp { 5, 7, 1, hidden = "gelu" }, ll.random(4):normal(12, 5)
  local adam, y = ll.optim.adamw(net, { lr = 0.01 }), labels(12)
  return net, function()
    local z = net(x)
    local value = ((1 - (2 * y - 1) * z):relu() ^ 2):mean() + net(x * 2):square():mean() * 0.1
    value:backward()
    adam:clip_norm(0.5)
    adam:step()
    return value:item()
  end
end
local function recurrent_training()
  local w, h0 = ll.random(2):normal(4, 4, 0, 0.5):with_grad(), ll.random(5):normal(3, 4)
  local sgd = ll.optim.sgd({ w }, { lr = 0.1, momentum = 0.5 })
  return { state = function() return table.concat(w:reshape(1, 16):table()[1], " ") end }, function()
    local h = h0
    for _ = 1, 5 do h = (h % w):tanh() end
    local value = h:square():sum()
    value:backward()
    sgd:step()
    return value:item()
  end
end
local function dropout_training()
  local net = ll.nn.sequential { ll.nn.linear { 5, 8 }, "relu", ll.nn.dropout(0.3), ll.nn.linear { 8, 1 } }
  local adam, x, y = ll.optim.adam(net, { lr = 0.01 }), ll.random(4):normal(12, 5), labels(12)
  local loss = ll.loss.logistic()
  return net, function()
    local value = loss(net(x), y)
    value:backward()
    adam:step()
    return value:item()
  end
end
for name, make in pairs { ["a critic with a penalty"] = critic_training, ["a loss in Lua"] = lua_training,
  ["a recurrent use"] = recurrent_training, ["a sequential network with dropout"] = dropout_training } do
  local made, plain_net, plain = pcall(make)
  if not made then t.ok(false, name .. ": " .. tostring(plain_net)) else
    local net, step = make()
    local traced = ll.compile(step)
    for i = 1, 8 do t.is(traced(), plain(), name .. ": step " .. i) end
    t.ok(net:state() == plain_net:state(), name .. ": the same parameters")
    local _, followed = traced:counts()
    t.is(followed, 7, name .. ": all but the first are followed")
  end
end

-- a penalty on a network whose output is used, too, so that its layers get gradients from both
do
  local function make()
    local net, x = ll.nn.mlp { 3, 6, 5, 1, hidden = "sigmoid", output = "tanh" }, ll.random(8):normal(4, 3)
    return net, function()
      local at = x:detach():with_grad()
      local out = net(at)
      local g = ll.grad(out:sum(), at, { create_graph = true });
      (g:square():sum() + out:square():sum()):backward()
      local all = {}
      for i, p in ipairs(net:parameters()) do all[i] = p.grad:table() p:clear_grad() end
      all[#all + 1] = at.grad:table()
      return all
    end
  end
  local _, plain = make()
  local _, step = make()
  local traced = ll.compile(step)
  local want = plain()
  for i = 1, 3 do t.is(traced(), want, "a penalty and a value of one network, call " .. i) end
  -- and by layers that are nodes of their own
  local net, x = ll.nn.mlp { 3, 6, 5, 1, hidden = "sigmoid", output = "tanh" }, ll.random(8):normal(4, 3)
  local p, at = net:parameters(), x:detach():with_grad()
  local out = ll.tanh(ll.linear(ll.sigmoid(ll.linear(ll.sigmoid(ll.linear(at, p[1], p[2])), p[3], p[4])), p[5], p[6]))
  local g = ll.grad(out:sum(), at, { create_graph = true });
  (g:square():sum() + out:square():sum()):backward()
  for i = 1, 6 do t.is(p[i].grad:table(), want[i], "the gradient of parameter " .. i .. " layer by layer") end
  t.is(at.grad:table(), want[7], "that of the input")
end

-- ---- memory, in and out ----
do
  local s = training({ 5, 6, 1 }, "adam", "cross_entropy")
  local step, x, y = ll.compile(s), batches[1][1], batches[1][2]
  local f = ll.compile(function(a, b) return lines(s, a, b) end)
  local function use(what, n)
    for _ = 1, n do what(x, y) what(batches[3][1], batches[3][2]) end
    collectgarbage() collectgarbage()
    return ll.core.memory()
  end
  use(step, 10)
  local before, calls = use(step, 10)
  local after, calls_after = use(step, 3000)
  t.is({ after, calls_after }, { before, calls }, "a step holds no more after 3000 steps, and allocates nothing")
  before = use(f, 6000) -- garbage that lies in the pool until it is collected
  local lua_before = collectgarbage "count"
  after = use(f, 6000)
  t.ok(after < before + 2 ^ 20, "nor does a compiled function: " .. before .. ", " .. after)
  t.ok(collectgarbage "count" < lua_before + 64, "Lua's heap does not grow")
end

-- a watch sees what goes wrong within
do
  local w = ll.matrix({ -1 }):with_grad()
  local f = ll.compile(function() return ll.log(w):backward() end)
  f()
  ll.watch(true)
  t.throws(f, "log: element (1, 1)", "a watch raises in a compiled function")
  local s = training({ 5, 6, 1 }, "adam", "square")
  s.net:parameters()[1]:fill_(0 / 0)
  t.throws(function() ll.compile(s)(ll.ones(2, 5), { 0, 1 }) end, "linear: element", "and in a step")
  ll.watch(false)
end

t.done()
