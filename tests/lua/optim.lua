-- Optimizers: the recorded iterates, groups with rates of their own, freezing, sharing, clipping, projections, L-BFGS.
local t = require "tests.lua.tap"
local cjson = require "cjson"
local ll = require "losslab"
local optim = ll.optim
local double = ll.precision == "double"

local function parameter(values) return ll.matrix(values):with_grad() end
-- sum_i 5 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2
local function banana(x)
  local before, after = ll.row_range(x, 1, #x - 1), ll.row_range(x, 2, #x)
  return ll.sum(5 * ll.square(after - ll.square(before)) + ll.square(1 - before))
end
-- A gradient of one's own choosing.
local function give(x, gradient) ll.sum(x * ll.matrix(gradient)):backward() end

-- ---- the recorded figures ----

local file = assert(io.open "tests/reference/optimizers.json")
local cases = cjson.decode(file:read "a")
file:close()
local seen = {}
for _, case in ipairs(cases) do
  seen[case.optimizer] = true
  local x = parameter(case.start)
  local opt = optim[case.optimizer]({ x }, case.params)
  if case.iterates then
    local got = {}
    for i in ipairs(case.iterates) do
      banana(x):backward()
      opt:step()
      got[i] = x:table()
    end
    t.near(got, case.iterates, double and 1e-12 or 2e-5, double and 1e-12 or 2e-5, case.optimizer .. ": its recorded iterates")
    t.is(opt.steps, #case.iterates, case.optimizer .. " counts its steps")
  else
    local evaluations, loss = 0, nil
    for _ = 1, 10 do
      local count
      loss, count = opt:step(function()
        evaluations = evaluations + 1
        local L = banana(x)
        L:backward()
        return L
      end)
      t.ok(count >= 1 and count <= 25, "a step of lbfgs evaluates the loss a bounded number of times")
      if banana(x):item() < (double and 1e-20 or 1e-10) then break end
    end
    t.note("lbfgs: %d evaluations, loss %g", evaluations, loss)
    t.ok(evaluations <= 60, "lbfgs: within 60 evaluations of the loss")
    t.near(x:table(), { 1, 1, 1, 1 }, 0, double and 1e-9 or 1e-4, "lbfgs: the minimum")
    t.near(loss, banana(x):item(), 1e-6, 1e-30, "lbfgs gives the loss where it ended")
  end
end
for _, name in ipairs(optim.list()) do t.ok(seen[name], name .. " has recorded figures") end
t.ok(#optim.list() >= 9, "the list of optimizers")

-- ---- groups ----

do
  local a, b, c = parameter { 1, 2 }, parameter { 3 }, parameter { 4 }
  local opt = optim.sgd({ { params = { a, b }, lr = 0.5 }, { params = c } }, { lr = 0.25 })
  t.is({ opt.groups, opt:group(1).lr, opt:group(2).lr, opt.lr }, { 2, 0.5, 0.25, 0.5 }, "each group has its rate")
  t.is(#opt:group(1).params, 2, "and its parameters")
  local function step()
    give(a, { 1, 1 })
    give(b, { 1 })
    give(c, { 1 })
    opt:step()
    return { a[1], b[1], c[1] }
  end
  t.is(step(), { 0.5, 2.5, 3.75 }, "each moves at its rate")
  opt.rate = 0.5
  t.is(step(), { 0.25, 2.25, 3.625 }, "rate is a factor of every group's lr")
  opt.rate = 1
  opt:group(2, { lr = 1 })
  t.is(step(), { -0.25, 1.75, 2.625 }, "one group's lr is changed")
  opt.lr = 0.25
  t.is(step(), { -0.5, 1.5, 2.375 }, "opt.lr = is for all groups")
  local d = parameter { 1 }
  opt:add { params = { d }, lr = 2 }
  give(d, { 1 })
  opt:step()
  t.is({ d[1], opt.groups }, { -1, 3 }, "a group added later")
  t.like(tostring(opt), "2 more groups", "the optimizer says that it has more groups")
  t.throws(function() opt:add { params = { a } } end, { "sgd", "group 1 already" }, "no parameter in two groups")
  t.is(opt.groups, 3, "and no group is left behind by that")
  t.throws(function() opt:add { params = { parameter { 1 } }, lr = -1 } end, "lr", "a rate of a group is checked")
  t.is(opt.groups, 3, "before the group is added")
  t.throws(function() optim.adam { { params = { a }, bta1 = 0.5 } } end, { "bta1", "beta1" }, "an unknown option")
  t.throws(function() optim.adam { { a } } end, "params", "a group says which parameters")
  t.throws(function() optim.adam {} end, "no parameters", "an empty list")
  t.throws(function() optim.adam { 3 } end, "matrix was expected", "a number is no parameter")
  t.throws(function() optim.adam { ll.matrix { 1 } } end, "not a leaf", "nor is a constant")
  t.throws(function() optim.adam { d * 2 } end, "not a leaf", "nor a result")
  t.throws(function() opt:group(4) end, "no group 4", "there are three groups")
  t.throws(function() opt.rate = -1 end, "rate", "a rate is at least 0")
  t.throws(function() opt.momentun = 1 end, { "momentun", "momentum" }, "an unknown field")
  t.throws(function() optim.lbfgs { { params = { a } }, { params = { b } } } end, "one group", "lbfgs takes one group")
end

-- ---- freezing, sharing, parameters without a gradient ----

do
  local a, b = parameter { 1 }, parameter { 1 }
  a:freeze()
  local opt = optim.adam({ a, b, b }, { lr = 0.1, weight_decay = 0.5 })
  t.is(#opt:group(1).params, 2, "a matrix given twice is optimized once")
  local L = ll.sum(a * b)
  L:backward()
  t.ok(a.grad == nil and b.grad ~= nil, "no gradient reaches what is frozen")
  opt:step()
  t.is(a[1], 1, "a frozen parameter stays, weight decay or not")
  t.near(b[1], 0.9, 1e-6, "its neighbour moves by one step, not two")
  a:unfreeze()
  for _ = 1, 3 do
    give(b, { 1 })
    opt:step()
  end
  give(a, { 1 })
  opt:step()
  t.near(a[1], 0.9, 1e-6, "let go later, its first step is a first step")
  t.throws(function() ll.matrix({ 1 }):freeze() end, "no leaf", "a constant cannot be frozen")
  t.throws(function() (a * 2):freeze() end, "no leaf", "nor can a result")
end

-- ---- clipping ----

do
  local a, b = parameter { 1, 1 }, parameter { 1 }
  local opt = optim.sgd({ a, b }, { lr = 1 })
  give(a, { 3, 0 })
  give(b, { 4 })
  t.near(opt:clip_norm(10), 5, 1e-7, "the norm of all gradients together")
  t.is({ a.grad[1], b.grad[1] }, { 3, 4 }, "a smaller norm changes nothing")
  t.near(optim.clip_norm({ a, b, b }, 2.5), 5, 1e-7, "a parameter given twice counts once")
  t.near({ a.grad[1], b.grad[1] }, { 1.5, 2 }, 1e-6, "a larger one scales all alike")
  opt:clip_value(1.75)
  t.near({ a.grad[1], b.grad[1] }, { 1.5, 1.75 }, 1e-6, "element by element")
  optim.clip_value(b, 1)
  t.near({ a.grad[1], b.grad[1] }, { 1.5, 1 }, 1e-6, "of some parameters only")
  opt:zero_grad()
  t.is(opt:clip_norm(1), 0, "no gradients: norm 0")
  ll.sum(a + a:copy():with_grad()):backward()
  local c, d = parameter { 1, 2 }, parameter { 1, 2 }
  ll.sum((c + d) * ll.matrix { 6, 8 }):backward() -- one gradient for both
  local held = c.grad
  t.near(optim.clip_norm({ c, d }, 10), math.sqrt(200), 1e-6, "a gradient that two leaves share")
  t.near({ c.grad[1], d.grad[1] }, { 6 / math.sqrt(2), 6 / math.sqrt(2) }, 1e-6, "is scaled once for each")
  t.is(held[1], 6, "and one that is held elsewhere stays")
  opt:zero_grad()
  give(a, { 0 / 0, 1 })
  local norm = opt:clip_norm(1)
  t.ok(norm ~= norm and a.grad[2] == 1, "a norm that is no number is told and changes nothing")
  t.throws(function() opt:clip_norm(-1) end, "at least 0", "a negative norm")
  t.throws(function() opt:clip_value(0 / 0) end, "at least 0", "a bound that is no number")
end

-- ---- projections ----

do
  local a = parameter { { 3, 4 }, { 0.3, 0.4 }, { 0, 0 } }
  local b = parameter { -1, 2 }
  local opt = optim.sgd({ a, b }, { lr = 0 }):project("unit_ball", 1, { a }):project("non_negative", nil, { b })
  give(a, { { 1, 1 }, { 1, 1 }, { 1, 1 } })
  opt:step()
  t.near(a:table(), { { 0.6, 0.8 }, { 0.3, 0.4 }, { 0, 0 } }, 1e-6, "rows to the unit ball, those inside untouched")
  t.is(b:table(), { 0, 2 }, "to at least 0")
  local c = parameter { -1, 0.005, 1 }
  opt = optim.sgd({ c }, { lr = 0 }):project "clip"
  opt:step()
  t.near(c:table(), { -0.01, 0.005, 0.01 }, 1e-6, "all parameters into a box, of 0.01 by default")
  c:freeze()
  c[1] = 5
  opt:step()
  t.is(c[1], 5, "what is frozen is not moved")
  t.near(optim.project(ll.matrix { -3, 3 }, "clip", 2):table(), { -2, 2 }, "a matrix of one's own")
  t.throws(function() opt:project "unitball" end, { "unitball", "unit_ball" }, "an unknown projection names the nearest")
  t.throws(function() opt:project("clip", -1) end, "at least 0", "a box has a size")
  t.throws(function() opt:project("non_negative", 1) end, "takes no number", "non_negative has none")
  t.is(#optim.projections(), 3, "the table of projections")
end

-- ---- steps with a closure ----

do
  local x = parameter { 2 }
  local opt = optim.sgd({ x }, { lr = 0.25 })
  local function closure()
    local L = ll.sum(ll.square(x))
    L:backward()
    return L
  end
  give(x, { 100 })
  local loss, count = opt:step(closure)
  t.is({ loss, count, x[1] }, { 4, 1, 1 }, "any optimizer takes a closure; older gradients do not count")
  t.throws(function() opt:step(function() error "mine" end) end, "mine", "an error in a closure comes through")
  t.is({ x[1], opt.steps }, { 1, 1 }, "and no step was taken")
  t.throws(function() opt:step(function() return "a" end) end, { "closure", "string" }, "a closure returns the loss")
  t.throws(function() opt:step(function() return ll.zeros(2, 2) end) end, "2x2", "one number")
  t.throws(function() opt:step(function() opt:step() end) end, "midst", "no step inside a step")
  t.throws(function() optim.lbfgs({ x }):step() end, "closure", "lbfgs needs a closure")

  local y = parameter { -1.2, 1, 0.7, -0.4 }
  local lbfgs, calls = optim.lbfgs({ y }), 0
  local function failing()
    calls = calls + 1
    if calls == 7 then error({ "a table" }) end
    local L = banana(y)
    L:backward()
    return L
  end
  local before = banana(y):item()
  local fine, raised = pcall(lbfgs.step, lbfgs, failing)
  t.ok(not fine and type(raised) == "table" and raised[1] == "a table", "a table raised in a closure comes through as it is")
  t.ok(banana(y):item() < before, "lbfgs is then at the best point it had reached")
  lbfgs:step(failing)
  lbfgs:step(failing)
  t.ok(banana(y):item() < 1e-6, "and goes on from there")

  -- losses that are infinite or NaN on the way are steps too long
  local z = parameter { 3 }
  local wall = optim.lbfgs({ z }, { lr = 100 })
  for _ = 1, 4 do
    wall:step(function()
      local L = ll.sum(z - ll.log(z))
      L:backward()
      return L
    end)
  end
  t.near(z[1], 1, double and 1e-6 or 1e-3, "lbfgs keeps out of where the loss is not finite")

  -- frozen parameters stay; history and search may be chosen
  local p, q = parameter { 3, 4 }, parameter { 5 }
  local joint = optim.lbfgs({ p, q }, { history = 3, line_search = "none", lr = 0.5 })
  local function bowl()
    local L = ll.sum(ll.square(p)) + 3 * ll.sum(ll.square(q - 1))
    L:backward()
    return L
  end
  q:freeze()
  joint:step(bowl)
  t.is(q[1], 5, "lbfgs leaves alone what is frozen")
  t.near(p:table(), { 0, 0 }, 0, 1e-3, "and moves the rest")
  q:unfreeze()
  joint.history, joint.line_search = 7, "strong_wolfe"
  for _ = 1, 3 do joint:step(bowl) end
  t.near({ p[1], p[2], q[1] }, { 0, 0, 1 }, 0, 1e-3, "history and search changed on the way")

  -- rounding ends it; nothing loops for ever
  local flat, counted = parameter { 1 }, 0
  local never = { tolerance_change = 0, tolerance_gradient = 0, max_evaluations = 1000, max_iterations = 1000 }
  optim.lbfgs({ flat }, never):step(function()
    counted = counted + 1
    local L = ll.sum(ll.abs(flat))
    L:backward()
    return L
  end)
  t.ok(counted <= 1000, "a kink at the minimum ends the search")
end
-- a mean that keeps all of what it has never begins: 0 / 0
for _, name in ipairs { "adam", "adamw", "nadam" } do
  for _, beta in ipairs { "beta1", "beta2" } do
    t.throws(function() ll.optim[name]({ ll.ones(1, 1):with_grad() }, { [beta] = 1 }) end, { name, beta, "[0, 1)", "not 1" })
  end
end
t.throws(function() return ll.optim.adam({ ll.ones(1, 1):with_grad() }).bta1 end, { "adam", "bta1", "beta1" }, "no such field")
t.throws(function() return ll.optim.adam({ ll.ones(1, 1):with_grad() }).zerograd end, { "zerograd", "zero_grad" }, "no such method")
t.throws(function() ll.optim.sgd { ll.ones(4, 3):col_range(2, 2):detach():with_grad() } end,
  { "sgd", "parameter 1 (4x1)", "columns of a wider matrix" }, "columns of a matrix are refused for what they are")
t.throws(function() ll.optim.sgd({ ll.ones(1, 1):with_grad() }):step("x") end, { "step", "a string", "function" }, "no closure")
t.done()
