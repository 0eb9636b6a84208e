-- What a user gets wrong at the prompt is told in words: who was called, which argument, what was given, what was expected. No
-- message is Lua's "bad argument #2 to 'f'".
local t = require "tests.lua.tap"
local ll = require "losslab"

local m, x, y = ll.matrix { { 1, 2 }, { 3, 4 } }, ll.matrix { .1, .9 }, { 0, 1 }
local net, loss, stream = ll.nn.mlp { 2, 3, 1 }, ll.loss.hinge {}, ll.random(1)
local opt = ll.optim.adam(net)
local set, likes = ll.data.moons { n = 20 }, ll.data.pairs { { 1, 2 }, { 1, 3 }, { 2, 3 }, { 2, 2 } }

local cases = {
  -- operands
  { "mul: the second operand is nil", function() return m * nil end },
  { "mul: the first operand is nil", function() return nil * m end },
  { "div: the second operand is nil; a matrix, a number or a table of numbers was expected", function() return m / nil end },
  { 'add: the second operand is "a"', function() return m + "a" end },
  { "power: the second operand is nil", function() return m ^ nil end },
  { "where takes 3 matrices, not 2; methods are called with a colon", function() return ll.where(m, m) end },
  -- matrices
  { "rows must be an integer >= 0, not nothing", function() return ll.zeros() end },
  { 'zeros: rows must be an integer >= 0, not "a"', function() return ll.zeros "a" end },
  { "zeros: rows must be an integer >= 0, not -1", function() return ll.zeros(-1) end },
  { "full: the value must be a number, not nothing", function() return ll.full(2, 2) end },
  { "set: the value of element (1, 1) must be a number", function() return m:set(1, 1) end },
  { 'set: the row must be an integer, not "a"', function() return m:set("a", 1, 2) end },
  { "row_range: last must be an integer >= 0, not nothing", function() return m:row_range(2) end },
  { "row_range: last, 1, is before first, 3", function() return m:row_range(3, 1) end },
  { "gather: the list is nothing", function() return m:gather() end },
  { "clamp: high must be a number", function() return m:clamp(1) end },
  { "topk: k must be an integer >= 0", function() return m:topk() end },
  { "load_matrix: the path must be a string", function() return ll.load_matrix() end },
  { "no_grad: what is called must be a function", function() return ll.no_grad() end },
  { "grad: x is an array whose place 1 is 1; matrices", function() return ll.grad(m:sum(), { 1 }) end },
  -- methods called with a dot
  { "sum takes 1 matrix, not 0; methods are called with a colon, matrix:sum(…)", function() return m.sum() end },
  { "mul takes 2 matrices, not 1; methods are called with a colon, matrix:mul(…)", function() return m.mul(m) end },
  { "set: the matrix itself must come first, not 1; methods are called with a colon, matrix:set(…)",
    function() m.set(1, 1, 2) end },
  { "parameters: the mlp itself must come first, not nothing; methods are called with a colon",
    function() return net.parameters() end },
  { "step: the optimizer itself must come first", function() return opt.step() end },
  { "params: the loss itself must come first", function() return loss.params() end },
  { "normal: the random itself must come first, not 2", function() return stream.normal(2, 2) end },
  { "split: the data itself must come first, not a table", function() return set.split { test = .3 } end },
  { "list: the pairs itself must come first, not 1", function() return likes.list(1) end },
  -- losses
  { "make the loss first, with its parameters or none, then call it: ll.loss.cross_entropy{}(scores, labels)",
    function() return ll.loss.cross_entropy(x, y) end },
  { "ll.loss.cross_entropy{}(scores, labels)", function() return ll.loss.cross_entropy({ .1, .9 }, y) end },
  { "ll.loss.lmnn{}(embeddings, labels)", function() return ll.loss.lmnn(m, { 1, 2 }) end },
  { "hinge: options must be a table", function() return ll.loss.hinge(0.5) end },
  { "hinge takes 2 inputs, scores (n,1), labels (n,1); 1 were given", function() return loss(x) end },
  { "hinge: labels is nil", function() return loss(x, nil) end },
  { "hinge: scores is nil", function() return loss(nil, y) end },
  { 'hinge: labels is "a"', function() return loss(x, "a") end },
  -- optimizers, metrics, distances, data
  { "adam: parameters come first, a network or an array of matrices, not {lr = …}: adam(parameters, {lr = …})",
    function() return ll.optim.adam { lr = 1e-3 } end },
  { "adam: options must be a table", function() return ll.optim.adam(net, 0.1) end },
  { "clip_norm: the largest norm must be a number", function() return opt:clip_norm() end },
  { "auc: labels is nil", function() return ll.metric.auc(x) end },
  { "knn: labels of the test rows is nil", function() return ll.metric.knn(m, { 1, 2 }, m) end },
  { "euclidean: b is \"a\"", function() return ll.distance.euclidean(m, "a") end },
  { "moons: options must be a table", function() return ll.data.moons(100) end },
  { "data.matrix: labels is nil", function() return ll.data.matrix(m) end },
  { "random: the seed must be an integer, not 1.5", function() return ll.random(1.5) end },
  { "pairs: a losslab.random was expected, not nil", function() return ll.tuple.pairs { 1, 2 } end },
  -- gradcheck
  { "gradcheck: a function or a loss comes first", function() return ll.gradcheck(x, y) end },
  { "gradcheck: inputs must be an array of matrices, or matrices one after the other, not nil",
    function() return ll.gradcheck(loss) end },
}
for _, case in ipairs(cases) do
  local fine, why = pcall(case[2])
  why = tostring(why)
  t.ok(not fine and why:find(case[1], 1, true) and not why:find "bad argument", case[1] .. (fine and ": no error" or ": " .. why))
end

-- values that contradict one another change nothing
local rprop = ll.optim.rprop(net)
t.throws(function() rprop.step_min = 100 end, "rprop: step_min 100 is above step_max 50", "set on the object")
t.is(rprop.step_min, 1e-6, "a refusal changes nothing")
t.throws(function() rprop:group(1, { step_min = 2, step_max = 1 }) end, "rprop: step_min 2 is above step_max 1", "or a group")
t.throws(function() ll.metric.describe("f1", { threshold = 6 }) end,
  'the threshold is 6, no probability in [0, 1], but from = "probabilities"', "a study's metric")
t.throws(function() ll.optim.sgd(net, { nesterov = true }) end, "momentum is 0", "nesterov without momentum")

-- A parameter that a loss of a script reads but compare does not give is named, where it leads to an error; `or` is Lua's own way.
do
  local path = os.tmpname()
  local function over_margin(scores, labels, p) return (scores * p.margin * labels):sum() end
  local study = ll.study {
    name = "own", data = { { generator = "gaussians", n = 60 } }, split = { test = 0.3 },
    compare = { misspelt = { over_margin, margni = { 1 } }, bare = { over_margin }, right = { over_margin, margin = 1 },
      default = { function(scores, labels, p) return (scores * (p.margin or 1) * labels):sum() end, tau = 1 },
      other = { function(scores, _, p) return (scores + (p.margin or {})):sum() end, tau = 1 } },
    model = { hidden = { 2 } }, train = { epochs = 1, batch = 30 },
  }
  os.remove(path)
  t.is((study:run { db = path, jobs = 1 }), 1, "losses without their parameter fail")
  local store <close>, said = ll.store.open(path, { mode = "read" }), {}
  for row in store:rows "trials" do said[row.loss] = row.error or row.status end
  t.is({ said.right, said.default }, { "done", "done" }, "the others run")
  t.ok(said.misspelt:find('mul: the second operand is nil', 1, true) and
    said.misspelt:find('compare gives misspelt no parameter "margin"; did you mean "margni"?', 1, true),
    "misspelt: " .. said.misspelt)
  t.ok(said.bare:find('compare gives bare no parameter "margin"', 1, true), "bare: " .. said.bare)
  t.ok(said.other:find "do not fit" and not said.other:find "margin",
    "an error over something else is left as it is: " .. said.other)
  os.remove(path)

  -- contradicting values of a study are refused before anything trains
  t.throws(function()
    ll.study { name = "c", data = { { generator = "gaussians", n = 60 } }, compare = { hinge = {} },
      train = { optimizer = { rprop = { step_min = { 1e-6, 2 }, step_max = 1 } } } }:run { db = path, jobs = 1 }
  end, "rprop: step_min 2 is above step_max 1", "a swept point that contradicts itself")
  t.ok(not io.open(path), "nothing was written")
end

-- gradcheck as one would call it
local function right(name, ...)
  local fine, worst = ll.gradcheck(...)
  t.ok(fine, name .. (fine and "" or ": " .. tostring(worst)))
  return worst
end
right("a loss with its inputs", ll.loss.cross_entropy {}, x, y)
right("in an array", ll.loss.cross_entropy {}, { x, y })
right("as tables", ll.loss.cross_entropy {}, { .1, .9 }, y)
right("with options", ll.loss.cross_entropy {}, x, y, { rtol = 1e-1 })
right("a function of one", function(a) return (a * a):sum() end, m)
right("a function of one, twice", function(a) return (a * a * a):sum() end, m, { second = true })
local wrong, worst = ll.gradcheck(function(a, b) return (a:detach() * a * b):sum() end, m, x, {})
t.ok(not wrong and worst.input == 1, "what is wrong is found, of the first input")

t.done()
