-- A compiled function that is a step of training alone is run without Lua: to the bit as it would be, and only while it is that.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local function told(x) return type(x) == "number" and ("%a"):format(x) or tostring(x) end
local function labels(n, seed) return ll.random(seed or 3):bernoulli(n, 1, 0.5) end
local function training(sizes, optimizer, loss, options, rates)
  local net = ll.nn.mlp(sizes)
  return { net = net, loss = type(loss) == "string" and ll.loss[loss](options) or loss,
    optimizer = ll.optim[optimizer](net, rates or { lr = 0.01 }) }
end
local function gradients(s)
  local all = {}
  for i, p in ipairs(s.net:parameters()) do all[i] = p.grad and p.grad:table() or false end
  return all
end
local function state(s) return s.net:state() .. s.optimizer:state() .. s.loss:state() end

-- The same step in the ways in which it is written; each is one line, so that messages are the same.
local forms = {
  ["a statement"] = function(s)
    local net, loss, optimizer = s.net, s.loss, s.optimizer
    return function(x, y) loss(net(x), y):backward() optimizer:step() end
  end,
  ["a value"] = function(s)
    local net, loss, optimizer = s.net, s.loss, s.optimizer
    return function(x, y)
      local value = loss(net(x), y)
      value:backward()
      optimizer:step()
      return value:item()
    end
  end,
  ["locals"] = function(s)
    local net, loss, optimizer = s.net, s.loss, s.optimizer
    return function(x, y)
      local scores = net(x)
      local value = loss(scores, y)
      local number = value:item()
      value:backward()
      optimizer:step()
      return number
    end
  end,
  ["fields"] = function(s) return function(x, y) s.loss(s.net(x), y):backward() s.optimizer:step() end end,
  ["fields of fields, the labels first"] = function(s)
    local all = { of = s }
    return function(y, x) all.of.loss(all.of.net(x), y):backward() all.of.optimizer:step() end, true
  end,
  ["everything given"] = function(s)
    local f = function(net, loss, optimizer, x, y) loss(net(x), y):backward() optimizer:step() end
    return f, false, { s.net, s.loss, s.optimizer }
  end,
}
local function call(f, turned, before, x, y)
  if before then return f(before[1], before[2], before[3], x, y) end
  if turned then return f(y, x) end
  return f(x, y)
end

local batches = {}
for i, n in ipairs { 64, 64, 7, 64, 1, 7, 33 } do batches[i] = { ll.random(i):normal(n, 5), labels(n) } end

-- One plain and one compiled, batch by batch. whole: whether each call is to be a whole step (nil: either).
local function compare(name, make, form, whole, given)
  local plain, other = make(), make()
  local f, turned, before = form(plain)
  local g, _, before_g = form(other)
  local compiled = ll.compile(g)
  for i, b in ipairs(given or batches) do
    local compared, empty = ll.loss.counts()
    local fine, want = pcall(call, f, turned, before, b[1], b[2])
    local compared_then, empty_then = ll.loss.counts()
    local fine_too, got = pcall(call, compiled, turned, before_g, b[1], b[2])
    local compared_now, empty_now = ll.loss.counts()
    t.is({ fine_too, told(got) }, { fine, told(want) }, name .. ": batch " .. i)
    t.is({ compared_now - compared_then, empty_now - empty_then }, { compared_then - compared, empty_then - empty },
      name .. ": counted, batch " .. i)
    if whole ~= nil then t.is((compiled:whole()), whole, name .. ": whether batch " .. i .. " is whole") end
    t.is(gradients(other), gradients(plain), name .. ": gradients that are left, batch " .. i)
    for _, l in ipairs(plain.loss_fields or {}) do t.is(told(other.loss[l]), told(plain.loss[l]), name .. ": " .. l) end
  end
  t.ok(state(plain) == state(other), name .. ": the same state")
  t.is((compiled:counts()), #(given or batches), name .. ": calls are counted")
  return compiled
end

for way, form in pairs(forms) do
  compare(way, function() return training({ 5, 8, 4, 1 }, "adam", "cross_entropy") end, form, true)
end
local value = forms["a value"]
for _, activation in ipairs(ll.nn.activations) do
  compare("mlp with " .. activation, function()
    return training({ 5, 8, 4, 1, hidden = activation, output = activation }, "adam", "square")
  end, value, true)
end
for _, name in ipairs(ll.optim.list()) do
  compare("optimizer " .. name, function() return training({ 5, 6, 1 }, name, "cross_entropy", nil, {}) end, value, name ~= "lbfgs")
end

-- ---- every loss, with however many inputs ----
local inputs_of = {
  function(s) return function(x) local v = s.loss(s.net(x)) v:backward() s.optimizer:step() return v:item() end end,
  function(s) return function(x, a) local v = s.loss(s.net(x), a) v:backward() s.optimizer:step() return v:item() end end,
  function(s) return function(x, a, b) local v = s.loss(s.net(x), a, b) v:backward() s.optimizer:step() return v:item() end end,
  function(s)
    return function(x, a, b, c) local v = s.loss(s.net(x), a, b, c) v:backward() s.optimizer:step() return v:item() end
  end,
}
local seen = 0
for _, s in ipairs(rows.subjects()) do
  if s.kind == "loss" and inputs_of[#s.inputs] then
    for _, wanted in ipairs { false, true } do
      local function make(first)
        local made = training({ 5, first.cols, output = s.row.output == "sigmoid" and "sigmoid" or "identity" }, "sgd", s.name)
        if s.row.has_history then made.loss:history({ 0.3, -0.2, 0.9, -1.1, 0.4, 0.1 }, { 1, 0, 1, 0, 0, 1 }) end
        return made
      end
      local drawn = rows.matrices(s, rows.draw(s, 1, {}))
      local plain, other = make(drawn[1]), make(drawn[1])
      local f, compiled = inputs_of[#s.inputs](plain), ll.compile(inputs_of[#s.inputs](other))
      for seed = 0, 3 do -- the first time the rows are zeros
        local a, b = rows.matrices(s, rows.draw(s, seed + 1, {})), rows.matrices(s, rows.draw(s, seed + 1, {}))
        for i = 1, #s.inputs do
          if not wanted then a[i], b[i] = a[i] and a[i]:detach(), b[i] and b[i]:detach() end
        end
        local x = ll.random(seed):normal(a[1].rows, 5) * (seed > 0 and 1 or 0)
        local fine, want = pcall(f, x, table.unpack(a, 2, #s.inputs))
        local fine_too, got = pcall(compiled, x, table.unpack(b, 2, #s.inputs))
        t.is({ fine_too, told(got) }, { fine, told(want) }, s.name .. ": step " .. seed)
        t.is(other.loss.zero_rows, plain.loss.zero_rows, s.name .. ": rows of zeros")
        if compiled:whole() then seen = seen + 1 end
      end
      t.ok(state(plain) == state(other), s.name .. ": the same state after them")
    end
  end
end
t.ok(seen > 100, "most losses are whole steps: " .. seen)

-- ---- what a loss learns and remembers ----
local function adaptive()
  local s = training({ 5, 6, 1, output = "sigmoid" }, "adam", "adaptive_rank", { margin = 0.1, margin_lr = 0.01 })
  s.loss:first_history(ll.no_grad(s.net, batches[1][1]), batches[1][2])
  s.loss_fields = { "margin", "margin_grad" }
  return s
end
compare("an adaptive margin", adaptive, value)
local without = ll.compile(value(training({ 5, 1 }, "sgd", "adaptive_rank")))
t.throws(function() without(batches[1][1], batches[1][2]) end, "call loss:first_history", "no history")

-- ---- what is there before, is wanted, is frozen ----
for what, change in pairs {
  ["a frozen layer"] = function(s) s.net:parameters()[1]:freeze() end,
  ["all but the last frozen"] = function(s) for i = 1, 4 do s.net:parameters()[i]:freeze() end end,
  ["all frozen"] = function(s) for _, p in ipairs(s.net:parameters()) do p:freeze() end end,
  ["an optimizer of a part"] = function(s) s.optimizer = ll.optim.sgd({ s.net:parameters()[1] }, { lr = 0.1 }) end,
  ["gradients that are there"] = function(s) s.net(batches[1][1]):sum():backward() end,
  ["gradients that are held"] = function(s)
    s.net(batches[1][1]):sum():backward()
    s.held = s.net:parameters()[1].grad
  end,
  ["more layers than are one node"] = function(s)
    local sizes = { 5 }
    for i = 2, 20 do sizes[i] = 3 end
    sizes[21] = 1
    s.net = ll.nn.mlp(sizes)
    s.optimizer = ll.optim.adam(s.net)
  end,
  ["another network's optimizer"] = function(s) s.other = ll.nn.mlp { 1, 1 } s.optimizer = ll.optim.adam(s.other) end,
  ["a projection and clipping"] = function(s) s.optimizer:box(-0.3, 0.3) end,
} do
  local made, why = pcall(change, training({ 5, 6, 4, 1 }, "adam", "cross_entropy"))
  t.ok(made or what == "a projection and clipping", what .. " can be made: " .. tostring(why))
  if made then
    compare(what, function()
      local s = training({ 5, 6, 4, 1 }, "adam", "cross_entropy")
      change(s)
      return s
    end, value)
  end
end

-- ---- odd batches and errors: the same messages from the same lines ----
local nan = ll.random(1):normal(4, 5)
nan:set(2, 2, 0 / 0)
local odd = {
  { ll.zeros(3, 4), { 0, 1, 0 } }, { ll.zeros(3, 5), { 0, 1 } }, { ll.zeros(3, 5), ll.matrix { 0, 1 } }, { ll.zeros(3, 5) },
  { ll.zeros(3, 5), ll.matrix { 0, 1, 7 } }, {}, { "x", 3 }, { ll.zeros(3, 5), "y" }, { { { 1, 2, 3, 4, 5 } }, { 1 } }, { 1, 2 },
  { nan, labels(4) }, { ll.ones(4, 5), ll.matrix { 1, 1, 1, 1 } }, { ll.ones(4, 5) * 1e30, ll.matrix { 1, 0, 1, 0 } },
  { ll.ones(4, 5), ll.matrix { 0, 0, 1, 0 } }, { ll.random(9):normal(5, 4):t(), labels(4) },
  { ll.random(9):normal(4, 5), labels(4) },
}
for _, name in ipairs { "cross_entropy", "square", "pair_squared_hinge", "pair_hinge", "aucm", "hinge", "adaptive_rank" } do
  for way, form in pairs(forms) do
    compare(name .. ", odd, " .. way, function() return training({ 5, 4, 1 }, "adam", name) end, form, nil, odd)
  end
end
do
  local one, two = ll.zeros(3, 5):with_grad(), ll.zeros(3, 5):with_grad()
  local a, b = training({ 5, 6, 1 }, "adam", "cross_entropy"), training({ 5, 6, 1 }, "adam", "cross_entropy")
  local compiled, y = ll.compile(value(a)), ll.matrix { 0, 1, 0 }
  t.is(told(compiled(one, y)), told(value(b)(two, y)), "an x that wants a gradient")
  t.is(one.grad:table(), two.grad:table(), "gets it")
  t.like(select(2, compiled:whole()), "x wants a gradient", "and it is said")
  t.throws(function() ll.no_grad(compiled, ll.zeros(3, 5), y) end, "depends on nothing", "without recording")
  b.optimizer = setmetatable({}, { __index = function() error "looked up" end })
  t.throws(function() ll.compile(value(b))(two, y) end, "looked up", "an optimizer that is none")
end

-- ---- what is changed between calls ----
do
  local function sequence(wrap)
    local net, loss, optimizer, out = nil, nil, nil, {}
    local s, s2 = training({ 5, 6, 1 }, "adam", "square"), training({ 5, 4, 1 }, "sgd", "hinge")
    local function f(x, y)
      local v = loss(net(x), y)
      v:backward()
      optimizer:step()
      return v:item()
    end
    local step, wholes = wrap(f), 0
    local function go()
      out[#out + 1] = table.pack(pcall(step, batches[1][1], batches[1][2]))
      if type(step) == "userdata" and step:whole() then wholes = wholes + 1 end
    end
    go()
    net, loss, optimizer = s.net, s.loss, s.optimizer
    go() go()
    net, optimizer = s2.net, s2.optimizer
    go() go()
    loss = s2.loss
    go()
    net = function(x) out[#out + 1] = { "called" } return s2.net(x) end
    go()
    net = s2.net
    optimizer = { step = function() out[#out + 1] = { "stepped" } end }
    go()
    optimizer = s2.optimizer
    s2.net:parameters()[1]:clear_grad()
    go()
    debug.setupvalue(f, 2, s.net)
    debug.setupvalue(f, 1, nil)
    optimizer = s.optimizer
    go()
    loss = s2.loss
    go()
    loss = s.loss
    go()
    debug.sethook(function() end, "l")
    go()
    debug.sethook()
    local lines = 0
    debug.sethook(function() lines = lines + 1 end, "l")
    go()
    debug.sethook()
    out[#out + 1] = { lines }
    -- methods of the classes
    for _, of in ipairs { { s.net, "__call" }, { loss, "__call" } } do
      local class = getmetatable(of[1])
      local was = class[of[2]]
      class[of[2]] = function(...) out[#out + 1] = { "class" } return was(...) end
      go()
      class[of[2]] = was
      go()
    end
    for _, of in ipairs { { optimizer, "step" }, { ll.ones(1, 1), "backward" }, { ll.ones(1, 1), "item" } } do
      local methods = getmetatable(of[1]).methods
      local was = methods[of[2]]
      methods[of[2]] = function(...) out[#out + 1] = { of[2] } return was(...) end
      go()
      methods[of[2]] = was
      go()
    end
    for _, of in ipairs { optimizer, ll.ones(1, 1) } do
      local class = getmetatable(of)
      local was = class.__index
      class.__index = function(...) out[#out + 1] = { "index", (select(2, ...)) } return was(...) end
      go()
      class.__index = was
      go()
    end
    local co = coroutine.wrap(function() go() end)
    co()
    net = nil
    collectgarbage()
    go()
    s2.net:parameters()[1]:fill_(0.5)
    net = s2.net
    optimizer = s2.optimizer
    go()
    go()
    out[#out + 1] = { state(s), state(s2) }
    for i, o in ipairs(out) do
      for k = 1, o.n or #o do o[k] = told(o[k]) end
      out[i] = table.concat(o, " ")
    end
    return out, wholes
  end
  local want = sequence(function(f) return f end)
  local got, wholes = sequence(ll.compile)
  t.is(#got, #want, "as much happens")
  for i = 1, #want do t.ok(got[i] == want[i], ("call after call, %d: %q"):format(i, got[i]:sub(1, 80))) end
  t.is(wholes, 16, "some of them are whole")
end

-- ---- what looks alike ----
do
  local y, x = batches[1][2], batches[1][1]
  local count = 0
  local alike = {
    function(net, loss, optimizer) return function(a, b) count = count + 1 loss(net(a), b):backward() optimizer:step() end end,
    function(net, loss, optimizer) return function(a, b) if b then loss(net(a), b):backward() optimizer:step() end end end,
    function(net, loss, optimizer) return function(a, b) loss(net(net and a), b):backward() optimizer:step() end end,
    function(net, loss, optimizer) return function(a, b) loss(net(a), b):backward() optimizer:step() optimizer:step() end end,
    function(net, loss, optimizer)
      return function(a, b) loss(net(a), b):backward() loss(net(a), b):backward() optimizer:step() end
    end,
    function(net, loss, optimizer) return function(a, b) optimizer:step() loss(net(a), b):backward() end end,
    function(net, loss) return function(a, b) loss(net(a), b):backward() end end,
    function(net, loss, optimizer) return function(a, b) local v = loss(net(a), b) optimizer:step() v:backward() end end,
    function(net, loss, optimizer)
      local object = setmetatable({}, { __index = function() count = count + 1 end })
      return function(a, b) local _ = object.other loss(net(a), b):backward() optimizer:step() end
    end,
    function(net, loss, optimizer)
      local object = setmetatable({}, { __index = function() count = count + 1 end, __newindex = function() count = 0 end })
      return function(a, b) object.other = 1 loss(net(a), b):backward() optimizer:step() end
    end,
    function(net, loss, optimizer) return function(a, b) loss(net(a), b):backward {} optimizer:step() end end,
    function(net, loss, optimizer) return function(a, b) loss(net(a) * 2, b):backward() optimizer:step() end end,
    function(net, loss, optimizer) return function(a, b) loss(net(a), b):backward() return optimizer:step() end end,
    function(net, loss, optimizer) return function(...) loss(net((...)), (select(2, ...))):backward() optimizer:step() end end,
    function(net, loss, optimizer) return function(a, b) local v = loss(net(a), b) v:backward() optimizer:step() return v end end,
    function(net, loss, optimizer) return function(a, b) local v = loss(net(a), b) v:backward() optimizer:step() return b end end,
    function(net, loss, optimizer) return function(a, b) loss(net(a), b, nil):backward() optimizer:step() end end,
    function(net, loss, optimizer) return function(a, b) for _ = 1, 2 do loss(net(a), b):backward() optimizer:step() end end end,
    function(net, loss, optimizer) return function(a, b) a, b = b, a loss(net(a), b):backward() optimizer:step() end end,
    function(net, loss, optimizer)
      local seen_here = {}
      return function(a, b) seen_here[1] = (seen_here[1] or 0) + 1 loss(net(a), b):backward() optimizer:step() end
    end,
    function(net, loss, optimizer) return function(a, b) loss(net(a), b):backward(net) optimizer:step() end end,
    function(net, loss, optimizer) return function(a, b) net(a) loss(net(a), b):backward() optimizer:step() end end,
    function(net, loss, optimizer)
      return function(a, b) local v = loss(net(a), b) v:backward() optimizer:step() return v:item(), v:item() end
    end,
    function(net, loss, optimizer)
      local object = setmetatable({}, { __index = function(_, key) count = count + 1 return ({ net = net, loss = loss })[key] end })
      return function(a, b) object.loss(object.net(a), b):backward() optimizer:step() end
    end,
    function(net, loss, optimizer)
      local seq = setmetatable({}, { __call = function(_, a) count = count + 1 return net(a) end })
      return function(a, b) loss(seq(a), b):backward() optimizer:step() end
    end,
  }
  for i, make in ipairs(alike) do
    local results = {}
    for k, wrap in ipairs { function(f) return f end, ll.compile } do
      count = 0
      local s, out = training({ 5, 6, 1 }, "adam", "cross_entropy"), {}
      local step = wrap(make(s.net, s.loss, s.optimizer))
      for n = 1, 3 do
        local all = table.pack(pcall(step, x, y))
        for j = 1, all.n do if type(all[j]) == "userdata" then all[j] = all[j].rows end all[j] = told(all[j]) end
        out[n] = table.concat(all, " ")
        if k == 2 then t.is((step:whole()), false, "alike " .. i .. " is not whole") end
      end
      results[k] = { table.concat(out, "; "), count, state(s), gradients(s) }
    end
    t.is(results[2], results[1], "alike " .. i)
  end
end

-- ---- how it is written does not matter; nor that its lines are not known ----
do
  local s = training({ 5, 6, 1 }, "adam", "cross_entropy")
  local f = forms["fields"](s)
  local stripped = load(string.dump(f, true))
  debug.upvaluejoin(stripped, 1, f, 1)
  local step = ll.compile(stripped)
  step(batches[1][1], batches[1][2])
  t.is((step:whole()), true, "without lines")
  local fine, plain = pcall(stripped, ll.zeros(3, 4), ll.matrix { 0, 1, 0 })
  local fine_too, compiled = pcall(step, ll.zeros(3, 4), ll.matrix { 0, 1, 0 })
  t.is({ fine_too, compiled }, { fine, plain }, "its messages")
  local long = load(("-- %s\nlocal s = ... return function(x, y) s.loss(s.net(x), y):backward() s.optimizer:step() end")
    :format(("x"):rep(10000)))(s)
  step = ll.compile(long)
  step(batches[1][1], batches[1][2])
  t.is({ step:whole() }, { true }, "in a long chunk")
  t.is({ step:counts() }, { 1, 1, 0 }, "a whole step is followed, and no way of it is remembered")
  t.is(step:why(), nil, "there is nothing to say")
end

-- ---- within others ----
do
  local s, p = training({ 5, 6, 1 }, "adam", "cross_entropy"), training({ 5, 6, 1 }, "adam", "cross_entropy")
  local inner, plain = ll.compile(value(s)), value(p)
  local outer = ll.compile(function(x, y) return inner(x, y) + 1 end)
  for i, b in ipairs(batches) do
    t.is(outer(b[1], b[2]), plain(b[1], b[2]) + 1, "within another, batch " .. i)
    t.is(select(2, inner:whole()), "it is part of another compiled function", "it is part of that")
    t.is(inner(b[1], b[2]), plain(b[1], b[2]), "and alone, batch " .. i)
    t.is((inner:whole()), true, "it is whole")
  end
  t.ok(state(s) == state(p), "the same state")
  local _, followed, ways = outer:counts()
  t.is({ followed, ways }, { #batches - 1, 1 }, "the other is followed, too")
end

-- ---- memory ----
do
  local s = training({ 5, 6, 1 }, "adam", "cross_entropy")
  local step = ll.compile(value(s))
  local function use(n)
    for _ = 1, n do step(batches[1][1], batches[1][2]) step(batches[3][1], batches[3][2]) end
    collectgarbage() collectgarbage()
    return ll.core.memory()
  end
  use(10)
  local before, calls = use(10)
  local after, calls_after = use(2000)
  t.is({ after, calls_after }, { before, calls }, "2000 steps hold no more, and allocate nothing")
end

-- the memory runs out somewhere: an error of the step's lines, and nothing was changed
do
  local failed, x, y = 0, ll.random(1):normal(60000, 5), labels(60000)
  local lines, first, within = {}, debug.getinfo(value {}, "S").linedefined + 1, 0
  local limit, ballast = ll.core.memory_limit(), ll.zeros(6000, 1000) -- the least limit is 16M
  for room = 0, 40000000, 200000 do
    local s = training({ 5, 16, 8, 1, hidden = "gelu" }, "adam", "pair_squared_hinge")
    local step = ll.compile(value(s))
    step(batches[3][1], batches[3][2])
    collectgarbage() collectgarbage()
    local before, left = state(s), gradients(s)
    ll.core.memory_limit(("%.0f"):format(ll.core.memory() + collectgarbage "count" * 1024 + room))
    local fine, why = pcall(step, x, y)
    ll.core.memory_limit(limit)
    if select(2, step:whole()) == "it raised an error" then within = within + 1 end
    if fine then break end
    failed = failed + 1
    local placed = why:find "^%S*compile_whole.lua:%d+: " or why == "not enough memory"
    if not t.ok(placed, "an error has its place: " .. why) then break end
    if not t.is({ state(s) == before, gradients(s) }, { true, left }, "and leaves all as it was") then break end
    t.ok(pcall(step, batches[3][1], batches[3][2]), "the next one does not fail")
    lines[tonumber(why:match "compile_whole.lua:(%d+):" or first)] = true
  end
  t.is(lines, { [first] = true, [first + 1] = true }, "in the loss's line and in that of backward")
  t.ok(within > 0, "also within a whole step: " .. within)
  t.ok(failed > 10, "it failed " .. failed .. " times beside " .. ballast.rows)
end

t.done()
