-- Networks composed in Lua: values against their formulas, one stream for all layers, freezing, sharing, dropout, states.
local t = require "tests.lua.tap"
local ll = require "losslab"
local nn = ll.nn
local tol = ll.precision == "double" and 1e-12 or 1e-5
local folder = os.tmpname()
os.remove(folder)

local function made(seed)
  return nn.sequential {
    nn.linear { 3, 8 }, "tanh", nn.dropout(0.5), nn.residual(nn.sequential { nn.linear { 8, 8, bias = false }, "gelu" }),
    nn.linear { 8, 8 }, function(x) return x * 2 end, nn.mlp { 8, 4, 2, seed = 9 }, seed = seed or 3, trial = 2,
  }
end
local x = ll.random(1):normal(5, 3)

-- ---- layers ----

do
  local layer = nn.linear { 3, 2, seed = 4 }
  t.near((layer(x)):table(), (ll.matmul(x, ll.transpose(layer.weights)) + layer.bias):table(), tol, tol, "linear is x W' + b")
  t.is({ layer.weights.rows, layer.weights.cols, layer.bias.rows, layer.bias.cols }, { 2, 3, 1, 2 }, "its shapes")
  t.near(layer.weights:table(), nn.init(ll.zeros(2, 3), "xavier", { seed = 4 }):table(), tol, tol, "drawn from its seed")
  local plain = nn.linear { 3, 2, bias = false, init = "orthogonal" }
  t.near(plain(x):table(), ll.matmul(x, plain.weights, false, true):table(), tol, tol, "without a bias")
  t.is(#plain:parameters(), 1, "it has one parameter")
  t.like(tostring(plain), "linear 3%-2 without bias", "and prints itself")
  t.near(ll.matmul(plain.weights, plain.weights, false, true):table(), { { 1, 0 }, { 0, 1 } }, 0, 10 * tol, "orthogonal rows")

  local table_ = nn.embedding { 4, 3 }
  local rows = table_ { 2, 4, 2 }
  t.is({ rows[1]:table(), rows[2]:table(), rows[3]:table() },
    { table_.weights[2]:table(), table_.weights[4]:table(), table_.weights[2]:table() }, "embedding gives the rows asked for")
  ll.sum(rows * ll.matrix { { 1, 1, 1 }, { 10, 10, 10 }, { 100, 100, 100 } }):backward()
  t.is(table_.weights.grad:table(), { { 0, 0, 0 }, { 101, 101, 101 }, { 0, 0, 0 }, { 10, 10, 10 } }, "gradients add up")
  t.throws(function() table_ { 5 } end, "5", "a row that is not there")
  t.throws(function() table_ { 0 } end, "0", "rows count from 1")
end

-- ---- composition ----

do
  local net = made()
  net:eval()
  local L = net.layers
  local h = ll.tanh(ll.linear(x, L[1].weights, L[1].bias))
  h = h + ll.gelu(ll.matmul(h, L[4].layers[1].layers[1].weights, false, true))
  h = L[7](2 * ll.linear(h, L[5].weights, L[5].bias))
  t.near(net(x):table(), h:table(), tol, tol, "sequential and residual by hand")
  t.is(#net:parameters(), 9, "all its parameters")
  local names = {}
  for i, entry in ipairs(net:named_parameters()) do names[i] = entry.name end
  t.is(table.concat(names, " "),
    "1.weights 1.bias 4.1.1.weights 5.weights 5.bias 7.1.weights 7.1.bias 7.2.weights 7.2.bias", "by name")
  t.is(tostring(net), "sequential (linear 3-8, tanh, dropout 0.5, residual (sequential (linear 8-8 without bias, gelu)), "
    .. "linear 8-8, function, mlp 8-4-2, hidden sigmoid, output identity, 46 parameters)", "it prints itself")
  t.is(made():eval()(x):table(), made():eval()(x):table(), "the same seed, the same network")
  t.isnt(made(3):eval()(x):table(), made(4):eval()(x):table(), "another seed, another")
  t.isnt(L[4].layers[1].layers[1].weights:table(), L[5].weights:table(), "layers of one shape are not alike")
  local outer, inner = nn.sequential { made(3) }, nn.sequential { nn.linear { 3, 3 }, nn.sequential { nn.linear { 3, 3 } } }
  t.is(outer:eval()(x):table(), made(3):eval()(x):table(), "a network with a seed of its own keeps it inside another")
  inner(x)
  t.isnt(inner.layers[1].weights:table(), inner.layers[2].layers[1].weights:table(), "without, it shares the outer one's stream")

  local loss = ll.loss.cross_entropy { }
  local clock, first, last = ll.optim.adam(made():parameters(), { lr = 0.02 }), nil, nil
  t.is(clock.groups, 1, "an optimizer takes its parameters")
  local whole = made()
  t.is(#ll.optim.adam(whole):group(1).params, 9, "or the network itself")
  local parts = ll.optim.adam { { params = whole.layers[1] }, { params = whole.layers[7], lr = 1 } }
  t.is(#parts:group(2).params, 4, "or its layers as groups")
  t.throws(function() ll.optim.adam(3) end, { "number", "network" }, "but no number")
  t.throws(function() ll.optim.adam(io.stdout) end, "userdata", "and no file")
  local learner = nn.sequential { nn.linear { 3, 16 }, "silu", nn.dropout(0.1), nn.linear { 16, 1 } }
  local opt = ll.optim.adam(learner:parameters(), { lr = 0.02 })
  local data, labels = ll.random(5):normal(64, 3), {}
  for i = 1, 64 do labels[i] = data:get(i, 1) * data:get(i, 2) > 0 and 1 or 0 end
  for _ = 1, 200 do
    local value = loss(learner(data), labels)
    value:backward()
    opt:clip_norm(1)
    opt:step()
    last = value:item()
    first = first or last
  end
  t.ok(last < 0.6 * first, string.format("a composed network learns (%.3f to %.3f)", first, last))

  local extremes = { -1 / 0, -1e30, -100, 0, 100, 1e30, 1 / 0 }
  for _, name in ipairs(nn.activations) do
    if name ~= "identity" then
      local y = ll[name](ll.matrix(extremes)):table()
      local numbers = true
      for _, v in ipairs(y) do numbers = numbers and v == v end
      t.ok(numbers and (ll[name](ll.matrix { 0 / 0 })[1] ~= ll[name](ll.matrix { 0 / 0 })[1]), name .. ": no NaN but from NaN")
      local z = ll.matrix({ -1e30, -100, 100, 1e30 }):with_grad()
      t.ok((ll.grad(ll.sum(ll[name](z)), z)):finite(), name .. ": a finite derivative far out")
    end
  end
  t.near(ll.gelu(ll.matrix { -5 })[1], -1.4332578e-06, 1e-4, "gelu keeps its digits far below 0")
  t.is(nn.sequential({ "swish" })(x):table(), ll.silu(x):table(), "swish is silu")
  t.is(nn.mlp({ 3, 4, 1, hidden = "swish" })(x).rows, 5, "in an mlp, too")
  t.is(nn.sequential({ "identity" })(x):table(), x:table(), "identity")
end

-- ---- freezing and sharing ----

do
  local net = made():eval()
  net.layers[1]:freeze()
  net.layers[7]:freeze()
  ll.sum(net(x)):backward()
  t.ok(net.layers[1].weights.grad == nil and net.layers[7]:parameters()[1].grad == nil, "no gradient where it is frozen")
  t.ok(net.layers[5].weights.grad ~= nil, "but elsewhere")
  local before = net.layers[1].weights:table()
  local opt = ll.optim.sgd(net:parameters(), { lr = 0.1 })
  opt:step()
  t.is(net.layers[1].weights:table(), before, "an optimizer leaves it alone")
  net:unfreeze()
  ll.sum(net(x)):backward()
  opt:step()
  t.isnt(net.layers[1].weights:table(), before, "until it is let go")

  local encoder = nn.linear { 3, 3 }
  local twice = nn.sequential { encoder, "tanh", encoder, nn.linear { 3, 3, weights = encoder } }
  t.is(#twice:parameters(), 3, "what is shared counts once")
  local y = twice(x)
  local W, b, c = encoder.weights, encoder.bias, twice.layers[4].bias
  t.near(y:table(), ll.linear(ll.linear(ll.tanh(ll.linear(x, W, b)), W, b), W, c):table(), tol, tol, "and is used thrice")
  local function loss() return ll.sum(ll.square(twice(x))) end
  local small = ll.optim.sgd(twice:parameters(), { lr = 1 })
  local value = W:get(1, 1)
  loss():backward()
  local slope = W.grad:get(1, 1)
  small:step()
  t.near(W:get(1, 1), value - slope, 100 * tol, 100 * tol, "it takes one step with the sum of its gradients")
  t.is(nn.linear({ 3, 3, bias = false, weights = W })(x):table(), ll.matmul(x, W, false, true):table(), "a matrix is shared, too")
  t.throws(function() nn.sequential { nn.linear { 2, 3 }, nil, nn.linear { 3, 1 } } end, "sequential: entry 2 is nil", "a hole")
  t.throws(function() nn.linear { 3, 4, weights = W } end, { "4x3", "3x3" }, "shared weights must fit")
end

-- ---- dropout ----

do
  local drop = nn.dropout(0.25, { seed = 7 })
  local ones = ll.ones(100, 200)
  local a = drop(ones)
  local zeros = 0
  for i = 1, 100 do
    for j = 1, 200 do zeros = zeros + (a:get(i, j) == 0 and 1 or 0) end
  end
  t.near(zeros / 20000, 0.25, 0, 6 * math.sqrt(0.25 * 0.75 / 20000), "as much is dropped as should be")
  t.near(ll.mean(a):item(), 1, 0, 0.03, "the mean is kept")
  local b = drop(ones)
  t.isnt(a:table(), b:table(), "every step drops others")
  drop:seek(0)
  t.is({ drop(ones):table(), drop(ones):table() }, { a:table(), b:table() }, "the same steps again, the same masks")
  t.is(nn.dropout(0.25, { seed = 7 })(ones):table(), a:table(), "the same seed, too")
  t.isnt(nn.dropout(0.25, { seed = 7, trial = 1 })(ones):table(), a:table(), "another trial, another")
  t.is(drop:steps(), 2, "it counts")
  t.ok(drop:eval()(ones):table()[1][1] == 1 and drop:steps() == 2, "in use nothing is dropped or counted")
  drop:train()
  drop:seek((1 << 30) + 5)
  t.is(drop:steps(), (1 << 30) + 5, "counts that float cannot hold")
  local pair = nn.sequential { nn.dropout(0.5), nn.dropout(0.5) }
  local first = pair.layers[1]
  pair(ll.ones(50, 50))
  pair:seek(0)
  t.isnt(first(ll.ones(50, 50)):table(), pair.layers[2](ll.ones(50, 50)):table(), "two layers of one network drop others")

  local net, again = made(), made()
  local values = {}
  for i = 1, 4 do values[i] = net(x):table() end
  t.isnt(values[1], values[2], "a network in training differs from step to step")
  t.is(again:seek(3)(x):table(), values[4], "taken up at step 3 it goes on the same")
  t.is(made():load_state(net:state())(x):table(), net(x):table(), "the step is saved with the state")
  for _, rate in ipairs { 1, -0.1, 0 / 0, "a" } do
    t.throws(function() nn.dropout(rate) end, "[0, 1)", "rate " .. tostring(rate))
  end
end

-- ---- states ----

do
  local net = made(3):eval()
  local path = folder .. ".net"
  net:save(path)
  local other = made(99):eval()
  t.isnt(other(x):table(), net(x):table(), "two networks")
  other:load(path)
  t.is(other(x):table(), net(x):table(), "saved and loaded, the same to the bit")
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "a"
  file:close()
  t.is(bytes, net:state(), "the file is the state")
  t.like(bytes, "^losslab network 2 " .. ll.precision .. " parameters; 1%.weights 8x3; ", "a person can read what is in it")
  t.throws(function() nn.load(path) end, { "no mlp", "compose it anew" }, "such a file alone makes no network")
  local mlp = nn.mlp { 3, 4, 1, hidden = "tanh" }
  mlp:save(path)
  t.is(nn.load(path)(x):table(), mlp(x):table(), "an mlp's does")
  t.is(nn.mlp({ 3, 4, 1, hidden = "tanh", seed = 5 }):load(path)(x):table(), mlp(x):table(), "or goes into one of its kind")
  os.remove(path)
  t.throws(function() net:load(path) end, path, "no such file")
  t.throws(function() net:save(folder .. "/none/x") end, "cannot be written", "no such folder")

  local narrow = nn.sequential { nn.linear { 3, 7 } }
  local before = narrow(x):table()
  t.throws(function() narrow:load_state(bytes) end, { "1.weights 8x3", "1.weights 7x3" }, "shapes that do not fit are named")
  t.throws(function() nn.sequential({ nn.linear { 3, 8 } }):load_state(bytes) end, { "parameters", "2" }, "so are too few")
  t.is(narrow(x):table(), before, "and nothing was changed")
  local refused, survived, r = 0, 0, ll.random(11)
  for cut = 0, #bytes - 1, 7 do
    if not pcall(other.load_state, other, bytes:sub(1, cut)) then refused = refused + 1 end
  end
  t.is(refused, (#bytes - 1) // 7 + 1, "every state cut short is refused")
  for _ = 1, 3000 do
    local at = r:integer(math.min(#bytes, r:integer(2) == 1 and 300 or #bytes))
    local bent = bytes:sub(1, at - 1) .. string.char(r:integer(256) - 1) .. bytes:sub(at + 1)
    if pcall(other.load_state, other, bent) then survived = survived + 1 end
  end
  t.ok(survived < 3000, "states with a changed byte are refused or are states; none is fatal")
  t.throws(function() other:load_state "return os.exit()" end, "not a losslab network", "nothing is run")
  local counter = nn.sequential { nn.dropout(0.5) }
  local odd = counter:state():gsub(string.rep("\0", 4) .. "$", string.pack("<f", 0.5))
  if ll.precision == "float" then
    counter:load_state(odd)
    t.throws(function() counter(x) end, "no count", "a step that is no whole number")
  end
end

-- ---- bad input ----

t.throws(function() nn.load "." end, { ".: cannot be read: ", "directory" }, "a folder is no network")

t.throws(function() nn.linear { 3 } end, { "outputs", "nil" }, "a size is missing")
t.throws(function() nn.linear { 3, 0 } end, { "outputs", "0" }, "no outputs")
t.throws(function() nn.linear { 3, 2.5 } end, "2.5", "half an output")
t.throws(function() nn.linear { 3, 2, sed = 1 } end, { "sed", "seed" }, "an unknown option names the nearest")
t.throws(function() nn.linear { 3, 2, init = "orthogonl" } end, { "orthogonl", "orthogonal" }, "so does an initialisation")
t.throws(function() nn.sequential { "rleu" } end, { "rleu", "relu" }, "so does an activation")
t.throws(function() nn.sequential { 3 } end, { "layer 1", "number" }, "a number is no layer")
t.throws(function() nn.sequential { {} } end, { "layer 1", "table" }, "nor is a table")
t.throws(function() nn.sequential {} end, "no layers", "no layers at all")
t.throws(function() nn.residual(nn.linear { 3, 4 })(x) end, { "5x4", "5x3" }, "a residual keeps the shape")
t.throws(function() nn.residual(nn.linear { 3, 1 })(x) end, { "5x1", "5x3" }, "and does not broadcast")
t.throws(function() nn.linear({ 4, 2 })(x) end, { "4", "3" }, "another number of features")
t.throws(function() nn.init(ll.zeros(2, 2), "hee") end, { "hee", "\"he" }, "initialise by a wrong name")
t.throws(function() nn.sequential({ "relu" }):seek(-1) end, "-1", "steps are not negative")
for _, name in ipairs(nn.inits) do t.ok(nn.init(ll.ones(4, 3), name):finite(), name .. " can be drawn") end

-- a whole step, once warm, takes nothing new from the engine
local function takes_nothing(name, net, value_of)
  local opt, calls = ll.optim.adam(net:parameters()), nil
  collectgarbage "stop"
  for i = 1, 60 do
    local value <close> = value_of(net)
    value:backward()
    opt:clip_norm(0.5)
    opt:step()
    if i % 4 == 0 then collectgarbage() end
    if i == 40 then calls = select(2, ll.core.memory()) end
  end
  collectgarbage "restart"
  t.is(select(2, ll.core.memory()) - calls, 0, "a step of " .. name .. ", clipping and Adam allocates nothing new")
end
do
  local rows, labels, loss = ll.random(5):normal(32, 3), ll.ones(32, 1), ll.loss.cross_entropy {}
  takes_nothing("an MLP with dropout", nn.sequential { nn.linear { 3, 16 }, "sigmoid", nn.dropout(0.2), nn.linear { 16, 1 } },
    function(net) return loss(net(rows), labels) end)
  for _, columns in ipairs { 3, 12 } do
    takes_nothing("an embedding with distances", nn.embedding { 20, columns }, function(net)
      local a, b = net { 1, 2, 3, 4 }, net { 3, 4, 5, 6 }
      return ll.distances(a, b):mean() + ll.squared_distances(a, b):mean()
    end)
  end
end
t.done()
