-- The states of optimizers, losses and streams from Lua, and values as bytes: what comes back is what was written, whatever else is
-- given is refused in words.
local ll = require "losslab"
local t = require "tests.lua.tap"
local values = require "losslab.run.values"

-- ---- optimizers ----

local function problem(name, options)
  local net = ll.nn.mlp { 2, 3, 1, seed = 5 }
  local x, y = ll.matrix { { 1, 2 }, { 0, -1 }, { 0.5, 0.25 } }, ll.matrix { { 1 }, { 0 }, { 0.5 } }
  local opt = ll.optim[name](net, options)
  local function closure()
    local loss = ((net(x) - y) ^ 2):mean()
    loss:backward()
    return loss
  end
  return net, opt, function(clip)
    if ll.optim.describe(name).closure then return opt:step(closure) end
    closure()
    if clip then opt:clip_norm(0.05) end
    opt:step()
  end
end

for _, name in ipairs(ll.optim.list()) do
  local options = name == "lbfgs" and { max_iterations = 2 } or { lr = 0.1 }
  local net, opt, step = problem(name, options)
  local net2, opt2, step2 = problem(name, options)
  opt.rate = 0.25
  for _ = 1, 3 do step(true) end
  t.ok(opt2:load_state(opt:state()) == opt2, name .. ": load_state gives the optimizer")
  net2:load_state(net:state())
  t.is(opt2.steps, 3, name .. ": steps")
  t.is(opt2.rate, 0.25, name .. ": rate")
  for _ = 1, 3 do step(true) step2(true) end
  t.ok(net:state() == net2:state(), name .. ": clipped steps of one and of the other lead to the same bits")
  t.ok(opt:state() == opt2:state(), name .. ": and to the same state")
  t.like(opt:state(), "^losslab optimizer 1 " .. ll.precision .. " " .. name .. "\n", name .. ": its first line can be read")
end

do
  local _, adam = problem("adam", {})
  local _, sgd = problem("sgd", {})
  t.throws(function() sgd:load_state(adam:state()) end, "\"adam\", not of sgd", "another optimizer's")
  t.throws(function() sgd:load_state(7) end, "load_state: the state", "a number")
  t.throws(function() sgd:load_state() end, "load_state: the state", "nothing")
  local x = ll.matrix { { 1 } }:with_grad()
  local lbfgs = ll.optim.lbfgs { x }
  for _, method in ipairs { "state", "load_state" } do
    t.throws(function()
      lbfgs:step(function() lbfgs[method](lbfgs, method == "load_state" and "" or nil) end)
    end, method .. ": this lbfgs is in the midst of a step", method .. " within a step")
  end
end

-- ---- losses and streams ----

do
  local loss, other = ll.loss.adaptive_rank { margin_lr = 0.1 }, ll.loss.adaptive_rank { margin_lr = 0.1 }
  local scores, labels = ll.matrix { { 0.1 }, { 0.6 }, { 0.4 } }:with_grad(), ll.matrix { { 1 }, { 0 }, { 1 } }
  loss:history(scores, labels)
  loss(scores, labels):backward()
  t.ok(other:load_state(loss:state()) == other, "load_state gives the loss")
  t.ok(other.margin == loss.margin and other.margin ~= 0.1, "what is learnt")
  t.is(other.history_rows, 3, "what is remembered")
  t.ok(other(scores, labels):item() == loss(scores, labels):item(), "and so the value")
  t.throws(function() ll.loss.adaptive_rank {}:load_state(loss:state()) end, "another margin_lr", "of other parameters")
  t.throws(function() ll.loss.hinge {}:load_state(loss:state()) end, "\"adaptive_rank\", not of hinge", "another loss's")
  t.throws(function() loss:load_state {} end, "load_state: the state", "a table")

  local stream = ll.random(1, 2, "a")
  for _ = 1, 3 do stream:uniform() end
  stream:choice(5, 2)
  local on = ll.random(9)
  t.ok(on:load_state(stream:state()) == on, "load_state gives the stream")
  t.ok(on:normal() == stream:normal() and on:integer(1000) == stream:integer(1000), "the same numbers follow")
  t.throws(function() on:load_state "losslab network 2" end, "not the state of a losslab stream", "no state")
end

-- ---- values ----

local function again(value) return values.unpack(values.pack(value)) end
for _, value in ipairs { true, false, 0, -1, math.mininteger, 0.1, 1 / 0, "", "a\0b", ("x"):rep(1000), {}, { 1, 2, { "a" } },
  { a = 1, b = { c = { true, false } }, ["a b"] = "a" }, { [3] = "c", x = { "x", "x" }, [-1] = 0.5 } } do
  t.is(again(value), value, "back again")
end
t.is(again(nil), nil, "nothing")
t.is(1 / again(-0.0), -1 / 0, "-0")
t.is(math.type(again(3.0)) .. math.type(again(3)), "floatinteger", "floats and integers")
local nan = string.unpack("<d", string.pack("<I8", 0x7ff8000000000123))
t.is(string.pack("<d", again(nan)), string.pack("<d", nan), "NaN, to the bit")
t.is(again(ll.matrix { { 1, 0 / 0 }, { -0.0, 1 / 0 } }):pack(), ll.matrix { { 1, 0 / 0 }, { -0.0, 1 / 0 } }:pack(), "a matrix")
t.is(values.pack { a = 1, b = 2, c = { 3 } }, values.pack { c = { 3 }, b = 2, a = 1 }, "equal values give equal bytes")
local deep = {}
for _ = 1, 60 do deep = { deep } end
for what, value in pairs { ["a function"] = print, ["a losslab.random"] = ll.random(1), ["the key true"] = { [true] = 1 },
  ["more than 50"] = deep } do
  t.throws(function() values.pack(value) end, what, "cannot be written: " .. what)
end
t.throws(function() values.unpack "" end, "too early", "nothing to read")
t.throws(function() values.unpack "z" end, "hold \"z\"", "no such letter")
t.throws(function() values.unpack "tt" end, "1 bytes behind", "something behind")
t.throws(function() values.unpack("l" .. string.pack("<I8", 1 << 60)) end, "too early", "a list longer than the bytes")
t.throws(function() values.unpack("l" .. string.pack("<I8", 1) .. "n") end, "hole", "a hole")
t.throws(function() values.unpack("r" .. string.pack("<I4", 3)) end, "string 3 of 0", "a string that is not there")
t.throws(function() values.unpack("k" .. string.pack("<I8", 1) .. "tt") end, "the key true", "a key that is none")
t.throws(function() values.unpack(("l" .. string.pack("<I8", 1)):rep(60)) end, "more than 50", "too deep")

-- Any change of bytes: some value, or an error in words.
do
  local bytes = values.pack { { split = "valid", value = 0.5, epoch = 1 }, { split = "test", value = 0.25, epoch = 1 },
    matrix = ll.matrix { { 1, 2 } } }
  local stream, read, told = ll.random(3, 0, "values"), 0, 0
  for _ = 1, 3000 do
    local at, n = stream:integer(#bytes), stream:integer(3) - 1
    local changed = bytes:sub(1, at - 1) .. string.char(stream:integer(256) - 1):rep(n) .. bytes:sub(at + 1)
    local fine, why = pcall(values.unpack, changed)
    if fine then read = read + 1
    elseif type(why) == "string" and #why > 10 and not why:find "values.lua" then told = told + 1 end
  end
  t.is(read + told, 3000, ("3000 changes, seed 3: %d read, %d refused"):format(read, told))
end

t.done()
