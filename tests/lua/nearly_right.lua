-- Calls that are nearly right, as people type them who come from elsewhere: arguments too many for a function written in Lua,
-- methods with a dot, layers without braces. Each is refused in words, none is done half.
local ll = require "losslab"
local t = require "tests.lua.tap"

local data, hinge = ll.data.moons { n = 40 }, ll.loss.hinge {}
local scores, labels = ll.matrix { 1, 2, 3 }, ll.matrix { 1, 0, 1 }
local folder, write = t.folder()
local csv = write("a.csv", "x,label\n1,0\n2,1\n3,1\n")
local layer, net = ll.nn.linear { 2, 1 }, ll.nn.mlp { 2, 1 }

-- ---- arguments too many ----
for what, each in pairs {
  fit = { function() ll.fit(net, hinge, data, { epochs = 1, progress = false }, 5) end, "fit takes at most 4 arguments, not 5" },
  load = { function() ll.data.load(csv, nil, { label = "x" }) end, "data.load takes at most 2 arguments, not 3" },
  csv = { function() ll.data.csv(csv, {}, 1) end, "data.csv takes at most 2" },
  table = { function() ll.data.table({ x = { 1, 2 }, label = { 0, 1 } }, {}, 1) end, "data.table takes at most 2" },
  moons = { function() ll.data.moons({ n = 40 }, 3) end, "data.moons takes at most 1 argument, not 2" },
  pairs = { function() ll.data.pairs({ { 1, 2 } }, {}, 1) end, "data.pairs takes at most 2" },
  open = { function() ll.open(folder .. "/a.db", {}, 1) end, "open takes at most 2" },
  schedule = { function() ll.schedule.cosine({ steps = 3 }, 1) end, "ll.schedule.cosine takes at most 1" },
  risk = { function() ll.risk(hinge, scores, labels, {}, 1) end, "risk takes at most 4" },
  predict = { function() net:predict(data, { part = 1 }) end, "predict takes the rows alone" },
  dropout = { function() ll.nn.dropout(0.5, {}, 1) end, "dropout takes at most 2" },
  sequential = { function() ll.nn.sequential({ layer }, 1) end, "sequential takes at most 1" },
  train = { function() layer:train(false) end, { "train takes no arguments", "layer:eval() evaluation" } },
  eval = { function() layer:eval(1) end, "eval takes no arguments" },
} do t.throws(each[1], each[2], what .. " with an argument too many") end
t.is(ll.data.load(csv, nil, nil).rows, 3, "nil behind the last is none")
t.is(layer.training, true, "a refused call changes nothing")
local fine, message = pcall(function() ll.data.load(csv, {}, 1) end)
t.ok(not fine and message:find "nearly_right.lua:%d+: ll.data.load", "the line of the call is named")

-- ---- layers ----
for what, each in pairs {
  ["linear without braces"] = { function() ll.nn.linear(2, 3) end, { "linear takes one table", "{ inputs, outputs }" } },
  ["embedding without braces"] = { function() ll.nn.embedding(2, 3) end, "ll.nn.embedding { rows, cols }" },
  ["sequential without braces"] = { function() ll.nn.sequential(layer, "relu") end, { "{ layer, … }", "not a layer" } },
  ["a third size"] = { function() ll.nn.linear { 2, 3, 4 } end, "4 stands there without one" },
  ["dropout's list"] = { function() ll.nn.dropout(0.5, { 1 }) end, "1 stands there without one" },
  ["dropout's seed"] = { function() ll.nn.dropout(0.5, { seed = "x" }) end, 'dropout: seed must be a whole number, not "x"' },
  ["dropout's trial"] = { function() ll.nn.dropout(0.5, { trial = 1.5 }) end, "trial must be a whole number, not 1.5" },
  ["a network's seed"] = { function() ll.nn.sequential { layer, seed = {} } end, "seed must be a whole number, not a table" },
  ["init's list"] = { function() ll.nn.init(ll.zeros(2, 2), "he", { 3 }) end, "3 stands there without one" },
  ["a bias that is none"] = { function() ll.nn.linear { 2, 3, bias = 0 } end, "linear: bias must be true or false, not 0" },
  ["a method with a dot"] = { function() layer.parameters() end, "called with a colon" },
  ["a mode with a dot"] = { function() layer.eval() end, "layer:eval()" },
  ["a prediction with a dot"] = { function() net.predict(scores) end, "net:predict(x)" },
} do t.throws(each[1], each[2], what) end
t.is(tostring(ll.nn.dropout(0.5, { seed = -1, trial = 2.0 })), "dropout 0.5", "seeds below 0 are seeds")

t.throws(function() ll.plot.text({ 1, 2 }, { terminal = "kitty" }) end, { "no terminal", "braille, block" }, "a text's place")
t.throws(function() ll.plot.text({ 1, 2 }, { out = "x.svg" }) end, 'out = "plot.txt"', "which is no file")
t.throws(function() ll.help.text("ll.fit", "x") end, 'help.text: the width must be a number, not "x"')

-- ---- fields that are none, and a network that is called as a loss is ----
local schedule, rank = ll.schedule.cosine { steps = 3 }, ll.loss.adaptive_rank {}
local liked = ll.data.pairs { { 1, 1 }, { 1, 2 } }
for what, each in pairs {
  ["a loss"] = { function() return hinge.margn end, { "hinge has no", 'did you mean "margin"?' } },
  ["what a loss learns"] = { function() return rank.margin_gard end, "adaptive_rank has no" },
  ["a schedule"] = { function() return schedule.parms end, { "a schedule has no", '"params"' } },
  ["pairs"] = { function() return liked.uesrs end, { "a set of pairs has no", '"users"' } },
  ["pairs by place"] = { function() return liked[1] end, { "no 1", "pairs:list(user)" } },
  ["what is called without gradients"] = { function() ll.no_grad(3) end, "no_grad: what is called must be a function" },
  ["a network with labels"] = { function() return net(data.x, data.y) end, "a network takes one matrix, not 2" },
  ["a layer with labels"] = { function() return layer(data.x, data.y) end, "linear: a network takes one matrix" },
} do t.throws(each[1], each[2], what) end
-- A loss of a script that hands on to one of the engine's what it lacks asks it for fields of its own.
local own = setmetatable({}, { __index = function(_, key) return hinge[key] end })
t.is(own.before, nil, "a field that is far from those of a loss is nil")
t.is({ hinge.zero_rows, hinge.history_rows, hinge.alpha, hinge.margin_grad, rank.margin_grad }, { nil, nil, nil, nil, 0 },
  "what only some losses have is nil of others")

t.done()
