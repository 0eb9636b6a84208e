-- ll.fit: what it trains, its options, early stopping, what it refuses, and that it gives the numbers of a study's default loop.
local ll = require "losslab"
local t = require "tests.lua.tap"

local moons = ll.data.moons { n = 200, seed = 3 }
local train, valid = moons:split { test = 0.25 }
local blobs = ll.data.matrix(ll.random(2):normal(90, 4), (function()
  local y = {}
  for i = 1, 90 do y[i] = { 1 + i % 3 } end
  return ll.matrix(y)
end)(), { name = "blobs" })

local function bits(net)
  local out = {}
  for i, each in ipairs(net:parameters()) do out[i] = each:pack() end
  return table.concat(out)
end
local function mlp(outputs, inputs, options)
  local sizes = { inputs or 2, 8, outputs or 1, hidden = "tanh" }
  for name, value in pairs(options or {}) do sizes[name] = value end
  return ll.nn.mlp(sizes)
end

-- ---- a run and its history ------------------------------------------------------------------------------------------------

do
  local net, seen = mlp(), {}
  local history = ll.fit(net, ll.loss.logistic {}, train, { epochs = 15, valid = valid, lr = 0.02, metric = { "auc", "accuracy" },
    callback = function(state) seen[#seen + 1] = { state.epoch, state.loss, state.net == net, state.history[state.epoch].loss } end,
    every = 5 })
  t.is(#history, 15, "a row an epoch")
  t.is({ history[3].epoch, history[3].lr }, { 3, 0.02 }, "with epoch and rate")
  t.is(history.loss[4], history[4].loss, "a column is a list")
  t.is(history.valid, history.valid_auc, "valid: the metric that is chosen by")
  t.ok(history[15].loss < history[1].loss, "the loss falls")
  t.ok(history.valid_accuracy[15] > 0.5, "the other metric is there, too")
  t.is({ #seen, seen[1][1], seen[3][1], seen[1][3] }, { 3, 5, 15, true }, "the callback is called every five epochs")
  t.is(seen[2][2], history[10].loss, "with the state")
  t.is(history.best.epoch, history:best_epoch(), "the best row")
  t.is(history:best_epoch "loss", 15, "by another column, lower is better")
  t.is(net:predict(valid).rows, 50, "the network predicts")
  t.is(ll.metric.auc(net:predict(valid), valid.y), history.valid_auc[15], "what was measured")
  t.like(tostring(history), "valid auc", "it prints as a table")
  t.like(tostring(history), "15 epochs", "with what it is of")
  t.throws(function() return history.vlaid end, { 'a history has no "vlaid"', '"valid"' }, "a column that is none")
  t.throws(function() history:best_epoch "los" end, '"loss"', "nor can be chosen by")
end
do
  local history = ll.fit(mlp(), ll.loss.hinge {}, moons, { epochs = 4, batch = 1000 })
  t.is(#history.train_auc, 4, "without a validation part metrics are of the training part; a large batch is all rows")
  t.is(history.stopped, nil, "nothing stopped it")
end
do
  local x, y = {}, {}
  for i = 1, 40 do x[i], y[i] = { i % 2 + i / 100, i % 7 }, i % 2 end
  local history = ll.fit(mlp(), ll.loss.logistic {}, { x = x, y = y }, { epochs = 3, batch = "all", shuffle = false })
  t.is(#history, 3, "tables of rows and labels")
end

-- ---- the same seed, the same numbers --------------------------------------------------------------------------------------

local function run(options, loss, data)
  local net = mlp()
  local o = { epochs = 5, valid = valid, lr = 0.02 }
  for name, value in pairs(options or {}) do o[name] = value end
  local history = ll.fit(net, loss or ll.loss.hinge {}, data or train, o)
  return bits(net), history
end
t.is(run(), run(), "the same again")
t.isnt(run(), run { seed = 2 }, "another seed, another order")
t.is(run { balance = true }, run { balance = true }, "balanced batches, too")
t.isnt(run(), run { balance = true }, "which are others")
t.isnt(run(), run { shuffle = false }, "as are rows in their order")
t.isnt(run(), run { clip = 0.001 }, "clipped gradients train otherwise")
t.is(run { schedule = function() return 0.5 end }, run { lr = 0.01 }, "a schedule is a factor of the rate")
do
  local _, history = run { schedule = { "step", every = 2, factor = 0.5 } }
  t.near(history.lr, { 0.02, 0.02, 0.01, 0.01, 0.005 }, "of each epoch")
  _, history = run { schedule = ll.schedule.linear { steps = 1000 }, schedule_by = "batch" }
  t.near(history.lr[1], 0.02 * (1 - 2 / 1000), "or of each batch")
  local net = mlp()
  local sgd = ll.optim.sgd(net, { lr = 0.1 })
  history = ll.fit(net, ll.loss.hinge {}, train, { epochs = 2, optimizer = sgd })
  t.is({ history[2].lr, sgd.steps > 0 }, { 0.1, true }, "an optimizer that is made")
end

-- A study's trial: the same network, rows and numbers.
local folder, write = t.folder()
local program = assert(os.getenv "LOSSLAB")
local function study_of(name, loss)
  local embeds = require "losslab.study.tasks".get(require "losslab.study.tasks".of(loss)).embeds
  local script = write(name .. ".lua", ([[local ll = require "losslab"
return ll.study { name = %q, data = { { generator = "gaussians", n = 150 } }, split = { test = 0.3 }, seed = 5,
  compare = { %s = {} }, model = { hidden = { 6 }, %s }, train = { epochs = 4, batch = 16, lr = 0.01 } }]]):format(name, loss,
    embeds and "embedding = 3" or ""))
  local path = folder .. "/" .. name .. ".db"
  assert(os.execute(("'%s' run '%s' --db '%s' --jobs 1 >'%s/said' 2>&1"):format(program, script, path, folder)))
  return path
end
for _, loss in ipairs { "hinge", "adaptive_rank", "aucm", "softmax", "proxy_nca", "triplet", "nt_xent" } do
  local store <close> = ll.store.open(study_of("as_" .. loss, loss))
  local made = assert(require "losslab.run.again".new(store):load(1))
  local shape = { made.parts.train.features }
  local model, parts, number = made.config.model, made.parts, made.row.number
  for _, size in ipairs(model.hidden) do shape[#shape + 1] = size end
  local task = require "losslab.study.tasks".of(loss)
  shape[#shape + 1] = (task == "scores" or task == "minmax") and 1 or task == "classes" and 2 or model.embedding
  shape.hidden, shape.output, shape.seed, shape.trial = model.activation, model.output, 5, number
  local history = ll.fit(ll.nn.mlp(shape), ll.loss[loss](made.config.parameters), parts.train, { epochs = 4, batch = 16, lr = 0.01,
    valid = parts.valid, seed = 5, trial = number })
  local here, there = {}, {}
  for row in store:rows("epochs", { trial = 1 }) do there[row.epoch] = row.train_loss end
  for epoch = 1, 4 do here[epoch] = history[epoch].loss end
  t.is(here, there, loss .. ": the losses are those of a study's trial, to the bit")
  local recorded, mine = {}, {}
  for row in store:rows("metrics", { trial = 1 }) do
    if row.split == "valid" and row.name == history.metric then recorded[row.epoch] = row.value end
  end
  for epoch = 1, 4 do mine[epoch] = history.valid[epoch] end
  t.is(mine, recorded, loss .. ": and so is " .. history.metric)
end

-- ---- every kind of loss ---------------------------------------------------------------------------------------------------

for _, name in ipairs(ll.loss.list()) do
  local task = require "losslab.study.tasks".of(name)
  if task and not ll.loss.describe(name).metric_only then
    local of_scores = task == "scores" or task == "minmax"
    local of_values = require "losslab.study.tasks".get(task).values
    local data = of_scores and train or of_values and ll.data.counts { n = 90 } or blobs
    local net = mlp((of_scores or of_values) and 1 or 3, data.features, { output = of_scores and "sigmoid" or nil })
    local fine, history = pcall(ll.fit, net, ll.loss[name] {}, data, { epochs = 2, batch = 30, lr = 0.001 })
    t.ok(fine and #history == 2 and history[2].loss == history[2].loss, name .. " (" .. task .. ") trains: "
      .. (fine and "" or tostring(history)))
  end
end
do
  local history = ll.fit(mlp(1, 2, { output = "sigmoid" }), ll.loss.adaptive_rank {}, train, { epochs = 3 })
  t.is(type(history[3].margin), "number", "what a loss learns stands in the history")
  t.is(#history.margin, 3, "and is a column")
end
do
  local function mine(scores, labels) return ((scores - labels) * (scores - labels)):mean() end
  local history = ll.fit(mlp(), mine, train, { epochs = 3, valid = 0.2 })
  t.is({ #history, history.metric }, { 3, "auc" }, "a loss in Lua")
  local function softmax(out, y) return ll.loss.softmax {}(out, y) end
  history = ll.fit(mlp(3, 4), softmax, blobs, { epochs = 2 })
  t.is(history.metric, "multiclass_accuracy", "of classes by the labels")
  local net = ll.nn.sequential { ll.nn.linear { 4, 6 }, "relu", ll.nn.dropout(0.5), ll.nn.linear { 6, 3 } }
  history = ll.fit(net, ll.loss.softmax {}, blobs, { epochs = 2, record = { gradients = true, activations = true } })
  t.is(net.training, false, "afterwards it is in evaluation mode")
  t.is(net:predict(blobs):pack(), net:predict(blobs):pack(), "and predicts the same again")
  local last = history[2]
  t.ok(last.gradients["1.weights"].norm > 0 and last.gradients["1.weights"].largest >= last.gradients["1.weights"].norm,
    "gradients are recorded")
  t.ok(last.activations["2 relu"].mean >= 0 and last.activations["2 relu"].dead <= 1, "and activations")
end

-- ---- weights of classes ---------------------------------------------------------------------------------------------------

do
  local plain, even = run(nil, ll.loss.logistic {}), run({ class_weights = { 2, 2 } }, ll.loss.logistic {})
  t.isnt(run({ class_weights = { 1, 9 } }, ll.loss.logistic {}), even, "weights of classes count")
  local rare = {}
  for i = 1, train.rows do if train.y:get(i) == 1 or i % 9 == 0 then rare[#rare + 1] = i end end
  local net = mlp()
  ll.fit(net, ll.loss.logistic {}, train:subset(rare), { epochs = 2, class_weights = "balanced" })
  local two = mlp(2)
  ll.fit(two, ll.loss.softmax {}, train, { epochs = 2, class_weights = { 1, 3 } })
  t.is(two:predict(train).cols, 2, "two classes as classes, too")
  t.ok(#plain == #even, "balanced weights train")
  local x = train.x
  local a, b = mlp(), mlp()
  local loss = ll.loss.logistic {}
  loss(a(x), train.y):backward()
  local g = ll.fit.gradients(b, ll.loss.logistic {}, train)
  t.near(g["1.weights"]:get(1, 1), a:parameters()[1].grad:get(1, 1), 1e-4, 1e-7, "gradients of all rows")
  t.is(b:parameters()[1].grad, nil, "and the network has none left")
  t.is(ll.fit.activations(b, train)["2 identity"]:pack(), b:predict(train):pack(), "the last layer's activations are its outputs")
end

-- ---- early stopping -------------------------------------------------------------------------------------------------------

do
  local at, kept = 0, {}
  local net = mlp()
  local history = ll.fit(net, ll.loss.logistic {}, train, { epochs = 100, valid = valid, lr = 0.05, patience = 3,
    callback = function(state)
      at = state.epoch
      kept[at] = bits(state.net)
    end })
  local best = history:best_epoch()
  t.is(history.stopped, "patience", "it stops early")
  t.is(#history, best + 3, "three epochs after the best")
  t.is(history.restored, best, "and says which is back")
  t.is(bits(net), kept[best], "whose parameters they are, to the bit")
  net = mlp()
  history = ll.fit(net, ll.loss.logistic {}, train, { epochs = 100, valid = valid, lr = 0.05, patience = { 3, metric = "auc" },
    restore = false })
  t.is({ bits(net), history.restored }, { kept[#history] }, "or the last ones stay")
  history = ll.fit(mlp(), ll.loss.logistic {}, train, { epochs = 30, valid = valid, metric = { "auc", "log_loss" },
    patience = { 30, metric = "log_loss" }, lr = 0.05 })
  local lowest = 1
  for i, value in ipairs(history.valid_log_loss) do if value < history.valid_log_loss[lowest] then lowest = i end end
  t.is(history:best_epoch(), lowest, "of a metric where lower is better the lowest")
  history = ll.fit(mlp(), ll.loss.hinge {}, train, { epochs = 9, callback = function(state) return state.epoch < 4 end })
  t.is({ #history, history.stopped }, { 4, "callback" }, "a callback may stop it")
end

-- ---- what is refused ------------------------------------------------------------------------------------------------------

local function refused(what, net, loss, data, options, ...)
  t.throws(function() ll.fit(net, loss, data, options) end, { ... }, what)
end
local hinge = ll.loss.hinge {}
refused("a clip of nothing", mlp(), hinge, train, { clip = {} }, "clip is empty", "norm = 1")
refused("a set's name", mlp(), hinge, "moons", {}, 'll.data.load("moons")')
refused("inputs", mlp(1, 5), hinge, train, {}, "takes 5 inputs", "has 2 features", "ll.nn.mlp { 2, 64, 1 }")
refused("outputs", mlp(3), hinge, train, {}, "gives 3 columns", "one score a row", "ll.nn.mlp { 2, 64, 1 }")
refused("classes", mlp(1, 4), ll.loss.softmax {}, blobs, {}, "gives 1 column,", "each of the 3 classes", "ll.nn.mlp { 4, 64, 3 }")
refused("labels", mlp(1, 4), hinge, blobs, {}, "hinge takes two classes", "has 3", 'positive = "3"')
refused("an option", mlp(), hinge, train, { epocs = 3 }, 'fit has no option "epocs"', '"epochs"')
refused("an option of another optimizer", mlp(), hinge, train, { optimizer = "sgd", beta1 = 3 }, 'no option "beta1"')
refused("an option beside a made optimizer", mlp(), hinge, train, { optimizer = ll.optim.sgd(mlp(), {}), lr = 1 },
  "lr belongs to the optimizer")
refused("an optimizer of another network", mlp(), hinge, train, { optimizer = ll.optim.sgd(mlp(), {}) },
  "moves none of the network's parameters")
refused("an optimizer", mlp(), hinge, train, { optimizer = "adm" }, 'there is no optimizer "adm"', '"adam"')
refused("a closure", mlp(), hinge, train, { optimizer = "lbfgs" }, "several times a step")
refused("a metric", mlp(), hinge, train, { metric = "acu" }, 'no metric "acu"', '"auc"')
refused("a metric of another kind", mlp(), hinge, train, { metric = "multiclass_accuracy" }, "cannot be taken of what hinge trains")
refused("patience without a part", mlp(), hinge, train, { patience = 3 }, "patience needs a validation part", "valid = 0.2")
refused("patience by nothing", mlp(), hinge, train, { patience = { 3, metric = "acuracy" }, valid = valid,
  metric = { "auc", "accuracy" } }, '"accuracy"')
refused("a share", mlp(), hinge, train, { valid = 2 }, "valid must be a number between 0 and 1")
refused("features of valid", mlp(), hinge, train, { valid = blobs }, "valid has 4 features, the data have 2")
refused("no data", mlp(), hinge, nil, {}, "data is missing")
refused("no labels", mlp(), hinge, { x = train.x }, {}, "y is missing")
refused("lengths", mlp(), hinge, { x = train.x, y = { 1, 0 } }, {}, "fit: data")
refused("no network", hinge, mlp(), train, {}, "the network comes first")
refused("a loss that is not made", mlp(), ll.loss.hinge, train, {}, "hinge is not made yet", "ll.loss.hinge {}")
refused("a loss by name", mlp(), "hinj", train, {}, 'no loss "hinj"', '"hinge"')
refused("a loss of games", mlp(), ll.loss.gan_generator {}, train, {}, "gan_generator is called with", "a loop of its own")
refused("a batch", mlp(), hinge, train, { batch = "some" }, 'a number of rows or "all"')
refused("weights", mlp(), hinge, train, { class_weights = { 1, 2, 3 } }, "2 numbers", "not 3 of them")
refused("weights of pairs", mlp(1, 2, { output = "sigmoid" }), ll.loss.aucm {}, train, { class_weights = { 1, 2 } },
  "a value a row", "balance = true")
refused("a reduction", mlp(), ll.loss.hinge { reduction = "sum" }, train, {}, 'reduction "sum"')
refused("parts", mlp(), hinge, train, { parts = { "valid" } }, "there is no validation part")
refused("a mistake in a callback", mlp(), hinge, train, { callback = function() error("not today", 0) end }, "not today")
t.lives(function() ll.fit(mlp(), "hinge", train, { epochs = 1 }) end, "a name of a loss is one without parameters")

-- ---- numbers that are none ------------------------------------------------------------------------------------------------

do
  local net, count, before = mlp(), 0, nil
  local function broken(scores, labels)
    count = count + 1
    if count == 3 then before = bits(net) end
    local value = (scores * labels):mean()
    return count == 6 and value * math.huge or value
  end
  t.throws(function() ll.fit(net, broken, train, { epochs = 5, batch = 75 }) end,
    { "epoch 3, batch 2 of 2", "smaller lr (it is 0.001)", "clip = 1" }, "a loss that is not finite, with its place")
  t.isnt(before, nil, "the loss was called")
  local again = mlp()
  ll.fit(again, function(scores, labels) return (scores * labels):mean() end, train, { epochs = 2, batch = 75 })
  t.is(bits(net), bits(again), "the network is as it was before that epoch")
  local wild = ll.data.matrix(train.x * 1000, train.y)
  t.throws(function()
    ll.fit(mlp(1, 2, { hidden = "relu" }), ll.loss.exponential {}, wild, { epochs = 20, optimizer = "sgd", lr = 1e30 })
  end, { "epoch 1", "try", "standardised features" }, "one that breaks down by itself")
end
os.execute(("rm -r '%s'"):format(folder))
t.done()
