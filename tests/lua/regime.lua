-- Patience, schedules, clipping, accumulation and label smoothing of a study's trials: to the bit what loops by hand give, the same
-- by compiled and by plain steps, after a checkpoint, in a fit and in a replay; patience against metrics that are planted; and what
-- is refused.
local ll = require "losslab"
local t = require "tests.lua.tap"
local cuts = require "losslab.study.cuts"
local network = require "losslab.run.network"
local values = require "losslab.run.values"

local EPOCHS = 5

local function study(options)
  options.name, options.seed = "regimes", 3
  options.data = options.data or { { generator = "gaussians", n = 110, features = 3 } }
  options.split = options.split or { test = 0.3 }
  options.model = options.model or { hidden = { 4 } }
  options.train.epochs, options.train.batch = options.train.epochs or EPOCHS, options.train.batch or 16
  return ll.study(options)
end

local function cut_of(made)
  local set = cuts.datasets(made)[1]
  return cuts.parts(made, set, 1, 1), cuts.trial_number(made, set, 1, 1)
end

local function run(made, place, hooks)
  local parts, number = cut_of(made)
  made.networks_at = {}
  for epoch = 1, 100 do made.networks_at[epoch] = true end
  return network.run(made, made.configs[place or 1], parts, number, hooks), parts, number
end

local function without_times(result)
  for _, row in ipairs(result.epochs) do row.seconds = nil end
  result.seconds = nil
  for epoch in pairs(result.networks) do -- those of the epochs before a checkpoint are not in it
    if epoch < #result.epochs then result.networks[epoch] = nil end
  end
  return values.pack(result)
end

local function of_epochs(result, field)
  local out = {}
  for i, row in ipairs(result.epochs) do out[i] = row[field] end
  return out
end

local function network_of(made, parts, number, outputs)
  local model = made.configs[1].model
  return ll.nn.mlp { parts.train.features, model.hidden[1], outputs or 1, hidden = model.activation, output = model.output,
    seed = made.seed, trial = number }
end

-- ---- by hand ----------------------------------------------------------------------------------------------------------------

-- Trains as train says and gives the states of the network after each epoch. loss: made; rate(step, epoch).
local function by_hand(made, parts, number, loss, rate, outputs, shift)
  local train, net = made.configs[1].train, network_of(made, parts, number, outputs)
  local opt, states, done = ll.optim[train.optimizer](net, { lr = train.lr }), {}, 0
  local bounded, cut, k = train.clip, train.clip_value, train.accumulate or 1
  for epoch = 1, train.epochs do
    local count, first, sum = 0, nil, 0
    local function step()
      if count > 1 then opt:scale_grad(first / sum) end
      if bounded then opt:clip_norm(bounded) end
      if cut then opt:clip_value(cut) end
      opt.rate = rate and rate(done, epoch) or 1
      opt:step()
      count, sum = 0, 0
    end
    for x, y in parts.train:batches { size = train.batch, seed = number, epoch = epoch } do
      done, count = done + 1, count + 1
      if count == 1 then first = y.rows end
      sum = sum + y.rows
      loss(net(x), shift and y + shift or y):backward { gradient = ll.matrix { { y.rows / first } } }
      if count == k then step() end
    end
    if count > 0 then step() end
    states[epoch] = net:state()
  end
  return states
end

local function check_by_hand(what, made, loss, rate, outputs, shift)
  local result, parts, number = run(made)
  if result.status ~= "done" then return t.is(result.error, nil, what) end
  t.ok(result.networks[made.configs[1].train.epochs] ~= nil, what .. ": it has its epochs")
  t.ok(values.pack(by_hand(made, parts, number, loss, rate, outputs, shift)) == values.pack(result.networks),
    what .. ": the networks of a loop by hand, to the bit")
  return result, parts
end

local entropy = ll.loss.cross_entropy()
local parts = cut_of(study { compare = { "cross_entropy" }, train = {} })
local batches = math.ceil(parts.train.rows / 16)
t.ok(parts.train.rows % 16 ~= 0 and batches % 3 ~= 0, "the last batch is smaller, and the last step has fewer batches")

check_by_hand("accumulate", study { compare = { "cross_entropy" }, train = { accumulate = 3, lr = 0.05 } }, entropy)
check_by_hand("clip", study { compare = { "cross_entropy" }, train = { clip = 0.05, optimizer = "sgd", lr = 0.5 } }, entropy)
check_by_hand("clip_value", study { compare = { "cross_entropy" }, train = { clip_value = 0.02, optimizer = "sgd", lr = 0.5 } },
  entropy)
check_by_hand("all bounds", study { compare = { "cross_entropy" }, train = { clip = 0.1, clip_value = 0.03, accumulate = 2,
  optimizer = "sgd", lr = 0.5 } }, entropy)
do
  local rate = ll.schedule.cosine { steps = EPOCHS - 2, warmup = 2, final = 0.1 }
  local result = check_by_hand("a schedule of epochs", study { compare = { "cross_entropy" },
    train = { schedule = { "cosine", warmup = 2, final = 0.1 }, lr = 0.05 } }, entropy, function(_, epoch) return rate(epoch) end)
  local expected = {}
  for epoch = 1, EPOCHS do expected[epoch] = 0.05 * rate(epoch) end
  t.is(of_epochs(result, "learning_rate"), expected, "which the rows of the epochs say")
  rate = ll.schedule.one_cycle { steps = EPOCHS * batches }
  result = check_by_hand("a schedule of batches", study { compare = { "cross_entropy" },
    train = { schedule = "one_cycle(by=batch)", accumulate = 2, lr = 0.05 } }, entropy, rate)
  t.is(result.epochs[EPOCHS].learning_rate, 0.05 * rate(EPOCHS * batches), "whose end is reached by the last step")
end
check_by_hand("label smoothing", study { compare = { "hinge" }, train = { label_smoothing = 0.2, lr = 0.05 } },
  ll.loss.hinge { label_smoothing = 0.2 })
check_by_hand("label smoothing of classes", study { data = { "iris" }, compare = { "softmax" },
  train = { label_smoothing = 0.2, accumulate = 2, lr = 0.05 } }, ll.loss.softmax { label_smoothing = 0.2 }, nil, 3)

-- k batches of b rows make the step of one of k b rows, for a mean over rows.
do
  local function of(train)
    train.optimizer, train.lr = "sgd", 0.5
    return run(study { compare = { "cross_entropy" }, train = train })
  end
  local several, one, other = of { batch = 8, accumulate = 4 }, of { batch = 32 }, of { batch = 8 }
  for epoch = 1, EPOCHS do
    local a, b = ll.nn.of_state(several.networks[epoch]):parameters(), ll.nn.of_state(one.networks[epoch]):parameters()
    for i = 1, #a do t.near(a[i]:table(), b[i]:table(), 1e-4, 1e-5, "4 batches of 8 are one of 32, epoch " .. epoch) end
  end
  t.near(of_epochs(several, "train_loss"), of_epochs(one, "train_loss"), 0.05, "losses are of before the step of all")
  t.isnt(several.networks[1], other.networks[1], "and not 4 steps")
end

-- The gradient of what is learnt is the mean over batches, however many make a step: here of equal batches, and nothing moves.
for _, loss in ipairs { "aucm_minmax", "adaptive_rank" } do
  local function gradients(accumulate)
    local made = study { data = { { generator = "gaussians", n = 100 } }, split = { test = 0.2, valid = 0.2 },
      compare = { [loss] = {} }, train = { accumulate = accumulate, optimizer = "sgd", lr = 0 } }
    local result, of = run(made)
    t.is(of.train.rows, 64, "four batches")
    local out = {}
    for i, row in ipairs(result.learnt) do out[i] = row.gradient end
    t.ok(#out > 0, loss .. " learns")
    return out
  end
  t.near(gradients(2), gradients(), 1e-4, 1e-6, loss .. ": the gradients of what it learns, by two batches a step")
end

-- ---- compiled, plain, interrupted, fitted -------------------------------------------------------------------------------------

local function plain_loop(trial)
  for _ = trial.epoch, trial.epochs do
    for x, y in trial:batches() do trial:step(trial:value(x, y)) end
    trial:end_epoch()
  end
end

local REGIMES = {
  { accumulate = 3 }, { clip = 0.05 }, { clip_value = 0.01 }, { schedule = "step(every=2,factor=0.5)" },
  { schedule = { "cosine", by = "batch", warmup = 3 } }, { schedule = { "plateau", patience = 1, min_delta = 0.01 } },
  { patience = 2, min_delta = 0.02 }, { patience = "none", clip = "none", clip_value = "none" },
  { accumulate = 2, clip = 0.1, clip_value = 0.05, schedule = "exponential(factor=0.7)", patience = 3 },
}

local function stopped_at(made, place, epoch)
  local count, state = 0, nil
  run(made, place, { epoch_ended = function(take)
    count = count + 1
    if count < epoch then return nil end
    state = take()
    return "stop"
  end })
  return state
end

for i, regime in ipairs(REGIMES) do
  for _, loss in ipairs { "cross_entropy", "pair_hinge", "adaptive_rank", "aucm_minmax" } do
    local what = ("regime %d, %s"):format(i, loss)
    local function made(loop)
      local train = { lr = 0.05, loop = loop, batch = loss == "pair_hinge" and 2 or 16 } -- of two rows, some have one class
      for name, value in pairs(regime) do train[name] = value end
      return study { compare = { [loss] = loss == "adaptive_rank" and { margin_lr = 0.05 } or {} }, train = train }
    end
    local compiled, plain = run(made()), run(made(plain_loop))
    t.is(compiled.error, nil, what .. " trains")
    if loss == "pair_hinge" then t.ok(compiled.epochs[1].passed_over > 0, what .. ": batches are passed over") end
    local bits = without_times(compiled)
    t.ok(bits == without_times(plain), what .. ": the default loop and one that is written down, to the bit")
    if #compiled.epochs > 2 then
      local on = run(made(), 1, { state = stopped_at(made(), 1, 2) })
      t.ok(bits == without_times(on), what .. ": so it is from a checkpoint on")
    end
  end
end
do
  local made = study { compare = { "hinge" }, train = { patience = 2, schedule = "plateau" } }
  local state = require "losslab.run.checkpoint".opened(stopped_at(made, 1, 2))
  for name, wrong in pairs { waited = -1, done = "x", best = "x", memory = 3 } do
    local before = state.pace[name]
    state.pace[name] = wrong
    local result = run(made, 1, { state = require "losslab.run.checkpoint".sealed(state) })
    t.is(result.status, "refused", "a checkpoint with a wrong " .. name)
    t.like(result.error, "the checkpoint", "is refused in words")
    state.pace[name] = before
  end
end

-- A fit of the same network is the same trial.
for _, each in ipairs { { study = { accumulate = 3, clip = 0.1, patience = 2, min_delta = 0.01, label_smoothing = 0.1 } },
  { study = { schedule = "cosine(warmup=2)", clip_value = 0.02 },
    fit = { schedule = { "cosine", warmup = 2 }, clip = { value = 0.02 } } },
  { study = { schedule = "one_cycle(by=batch)" }, fit = { schedule = "one_cycle", schedule_by = "batch" } },
  { study = { schedule = "plateau(patience=1)", accumulate = 2 } } } do
  local train, options = { lr = 0.02 }, { lr = 0.02, epochs = EPOCHS, batch = 16, seed = 3, restore = false }
  for name, value in pairs(each.study) do train[name] = value end
  for name, value in pairs(each.fit or each.study) do options[name] = value end
  local made = study { compare = { "logistic" }, train = train }
  local result, of, number = run(made)
  local net = network_of(made, of, number)
  options.valid, options.trial = of.valid, number
  local history = ll.fit(net, ll.loss.logistic {}, of.train, options)
  t.is(#history, #result.epochs, "a fit has the epochs of the trial")
  t.ok(net:state() == result.networks[#history], "and its network, to the bit")
  t.is(history.lr, of_epochs(result, "learning_rate"), "and its rates")
end

-- ---- patience against what is planted -------------------------------------------------------------------------------------------

-- Features of which one is the label, one nothing, one the label turned round: a network of one of them has the auc 1, 0.5 or 0.
local PLANTED = { [1] = 1, [0.5] = 2, [0] = 3 }
local function planted(list, train)
  local function make()
    local x, y = {}, {}
    for i = 1, 60 do x[i], y[i] = { i % 2 * 8 - 4, 0, 4 - i % 2 * 8 }, { i % 2 } end
    return ll.data.matrix(ll.matrix(x), ll.matrix(y))
  end
  train.epochs = #list
  function train.loop(trial)
    local weights = trial.net:parameters()[1]
    for _ = 1, trial.epochs do
      local row = { 0, 0, 0 }
      row[PLANTED[list[trial.epoch]]] = 1
      weights:assign(ll.matrix { row })
      trial:end_epoch()
    end
  end
  local made = study { data = { name = "planted", make = make }, split = { test = 0.3, standardise = false },
    model = { hidden = {} }, compare = { "hinge" }, metrics = { "auc", "brier" }, scores = "none", train = train }
  local result = run(made)
  local seen = {}
  for _, row in ipairs(result.metrics) do
    if row.split == "valid" and row.name == "auc" then seen[row.epoch] = row.value end
  end
  t.is(seen, table.move(list, 1, #seen, 1, {}), "what is planted is measured")
  return { #result.epochs, result.stopped_epoch, result.best_epoch, result.status }
end
local list = { 0, 0.5, 0.5, 1, 0.5, 0, 0.5, 0.5, 0.5 }
t.is(planted(list, { patience = 3 }), { 7, 7, 4, "done" }, "three epochs no better than the fourth")
t.is(planted(list, { patience = 2 }), { 6, 6, 4, "done" }, "or two")
t.is(planted(list, { patience = 1 }), { 3, 3, 2, "done" }, "or one, of which the third is one")
t.is(planted(list, { patience = 2, min_delta = 0.5 }), { 3, 3, 2, "done" }, "half is no improvement by more than half")
t.is(planted(list, { patience = 3, min_delta = 0.5 }), { 7, 7, 4, "done" }, "but one is, and the chosen epoch is the best")
t.is(planted(list, { patience = 6 }), { 9, nil, 4, "done" }, "patience that lasts")
t.is(planted(list, { patience = 5 }), { 9, nil, 4, "done" }, "or ends with the epochs")
t.is(planted(list, { patience = 2, monitor = "brier" }), { 6, 6, 4, "done" }, "by a metric of which less is better")
t.is(planted({ 1, 0.5, 0, 0.5, 1 }, { patience = 3, monitor = "brier" }), { 4, 4, 1, "done" }, "whose best is the first")
t.is(planted(list, { patience = "none" }), { 9, nil, 4, "done" }, "none")

-- By the default loop: where a run without patience has its metrics, that with patience ends by them.
do
  local free = run(study { compare = { "cross_entropy" }, train = { epochs = 12, lr = 0.3 } })
  local valid, best, stop = {}, 1, nil
  for _, row in ipairs(free.metrics) do
    if row.split == "valid" and row.name == "auc" then valid[row.epoch] = row.value end
  end
  for epoch = 1, 12 do
    if valid[epoch] > valid[best] then best = epoch end
    if not stop and epoch - best >= 2 then stop = epoch end
  end
  local ended = run(study { compare = { "cross_entropy" }, train = { epochs = 12, lr = 0.3, patience = 2 } })
  t.is({ #ended.epochs, ended.stopped_epoch }, { stop or 12, stop and stop < 12 and stop or nil }, "the default loop stops, too")
  t.is(of_epochs(ended, "train_loss"), table.move(of_epochs(free, "train_loss"), 1, stop or 12, 1, {}), "and is the same before")
end

-- plateau, by what it is told.
do
  local schedule = ll.schedule.plateau { factor = 0.5, patience = 2, least = 0.2, min_delta = 0.1, goal = "max" }
  local got = {}
  for i, value in ipairs { 0, 0.05, 0.2, 0.3, 0.25, 0 / 0, 0.1, 0.1, 0.1, 9 } do
    schedule:tell(value)
    got[i] = schedule(i + 1)
  end
  t.is(got, { 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2 }, "plateau falls where nothing improves, to the least")
  t.throws(function() schedule:tell "x" end, { "plateau", "a number" }, "it is told numbers")
end

do -- a fit does not go on where the one before ended
  local schedule, rates = ll.schedule.plateau { patience = 1, min_delta = 9, goal = "max" }, {}
  for i = 1, 2 do
    rates[i] = ll.fit(ll.nn.mlp { 2, 1 }, ll.loss.hinge {}, ll.data.moons { n = 60 }, { epochs = 3, lr = 0.1, valid = 0.5,
      schedule = schedule }).lr
  end
  t.near(rates[1], { 0.1, 0.1, 0.01 }, 1e-12, 1e-15, "a fit by a plateau")
  t.is(rates[2], rates[1], "and another by the same")
end

-- ---- in a database ----------------------------------------------------------------------------------------------------------

do
  local folder = t.folder()
  local db = folder .. "/regimes.db"
  local made = ll.study { name = "stop", data = "moons", split = { folds = 3 }, compare = { "hinge", "logistic" },
    model = { hidden = { 4 } }, train = { epochs = 12, lr = 0.05, patience = { 1, "none" }, schedule = { "constant", "cosine" } } }
  t.is({ made:run { db = db, jobs = 2 } }, { 0, select(2, made:run { db = db }) }, "a study of it runs")
  local r = ll.open(db)
  local trials, lengths = made:trials(), {}
  for id = 1, trials do
    local trial = r:trial(id)
    lengths[#trial.epochs] = true
    t.ok(trial.status == "done" and trial.best_epoch <= #trial.epochs, "trial " .. id)
    if trial.train.patience == "none" then t.is(#trial.epochs, 12, "without patience it has all epochs") end
  end
  t.ok(next(lengths, next(lengths)), "of different length")
  local curve = r:curve(r.datasets.moons, 1, "valid")
  for i = 2, #curve do t.ok(#curve[i][2] <= #curve[i - 1][2], "a curve says how many runs an epoch has") end
  t.ok(r:choose(r.datasets.moons).parameters, "a configuration is chosen")
  local program = assert(os.getenv "LOSSLAB", "LOSSLAB is not set")
  local ids = {}
  for id = 1, trials do ids[id] = id end
  local said = assert(io.popen(("'%s' replay '%s' %s 2>&1"):format(program, db, table.concat(ids, " ")))):read "a"
  t.like(said, trials .. " of " .. trials .. " identical", "replay gives the same bits")
end

-- ---- what is part of a key, and what is refused --------------------------------------------------------------------------------

local function configs(train, compare)
  return ll.study { name = "m", data = "moons", compare = compare or { "hinge" }, train = train }.configs
end
local function key(train) return configs(train)[1].key end
t.is(key {}, key { epochs = 30 }, "a default is what it is by default")
for name, value in pairs { patience = 3, schedule = "constant", clip = 1, clip_value = 1, accumulate = 1, label_smoothing = 0 } do
  t.isnt(key { [name] = value }, key {}, name .. " is part of the key where it is given")
  t.is(configs({})[1].train[name], nil, "and of no configuration without it")
end
t.is(key { schedule = "cosine( warmup = 3 )" }, key { schedule = { "cosine", warmup = 3, by = "epoch" } },
  "a text and a table are one")
t.is(key { schedule = { "cosine", final = 0, warmup = 0 } }, key { schedule = "cosine" }, "what is as by default is not written")
t.is(configs { schedule = { "multi_step", at = { 3, 7 } } }[1].train.schedule, "multi_step(at=3 7)", "a list is written")
t.is(configs { schedule = "multi_step(at=3)" }[1].train.schedule, "multi_step(at=3)", "and of one")
t.is(#configs { schedule = { "cosine", { "cosine", warmup = 2 } }, clip = { 1, "none" } }, 4, "all can be swept")
t.is(configs { patience = 3 }[1].train.monitor, "auc", "patience has the metric in its key")
t.isnt(ll.study { name = "m", data = "moons", compare = { "hinge" }, metric = "average_precision",
  train = { patience = 3 } }.configs[1].key, key { patience = 3 }, "so that another metric makes other trials")

local function bad(train, ...)
  local compare = train.compare or { "hinge" }
  train.compare = nil
  t.throws(function() configs(train, compare) end, { ... }, "refused: " .. table.concat({ ... }, ", "))
end
bad({ patince = 3 }, "patince", "patience")
bad({ patience = 0 }, "train.patience must be an integer", "not 0")
bad({ patience = "never" }, "train.patience", '"none"', '"never"')
bad({ min_delta = 0.1 }, "train.min_delta has no effect")
bad({ patience = 2, min_delta = -1 }, "train.min_delta", ">= 0")
bad({ monitor = "auc" }, "train.monitor has no effect")
bad({ patience = 2, monitor = "acu" }, "train.monitor", '"acu"', "auc")
bad({ schedule = "cosin" }, "train.schedule", '"cosin"', '"cosine"')
bad({ schedule = { "cosine", warmpu = 3 } }, "train.schedule", '"warmpu"', '"warmup"')
bad({ schedule = "step" }, "train.schedule", "every")
bad({ schedule = { "cosine", by = "step" } }, "train.schedule", '"step"', "batch")
bad({ schedule = { "cosine", "cosine" } }, "cosine", "twice")
bad({ schedule = 3 }, "train.schedule", "not 3")
bad({ schedule = "cosine(3)" }, "cosine", '"3"')
bad({ schedule = "cosine warmup" }, "a schedule as a text")
bad({ schedule = "cosine(warmup=30)" }, "cosine rises over 30 epochs of 30")
bad({ schedule = { "plateau", by = "batch" } }, "plateau", "batch")
bad({ schedule = { "plateau", goal = "max" } }, "goal", "train.monitor")
bad({ clip = 0 }, "train.clip must be a number above 0", "not 0")
bad({ clip = { norm = 1 } }, "train.clip", "norm")
bad({ clip_value = -1 }, "train.clip_value")
bad({ accumulate = 0 }, "train.accumulate must be an integer")
bad({ accumulate = 2.5 }, "train.accumulate")
bad({ label_smoothing = 1 }, "train.label_smoothing", "[0, 1)")
bad({ label_smoothing = 0.1, compare = { "pair_hinge", "hinge" } }, "train.label_smoothing", "pair_hinge")
bad({ label_smoothing = 0.1, compare = { mine = function() end } }, "train.label_smoothing", "mine", "Lua")
bad({ accumulate = 2, optimizer = "lbfgs", loop = plain_loop }, "train.accumulate has no effect", "lbfgs")
bad({ clip = 2, optimizer = "lbfgs", loop = plain_loop }, "train.clip has no effect", "lbfgs")
t.is(run(study { compare = { "pair_hinge" }, train = { label_smoothing = 0, epochs = 1 } }).error, nil, "no smoothing is none")
t.lives(function()
  ll.study { name = "own", data = "moons", metric = "error", goal = "min", compare = { a = {} },
    train = { clip = 0.01, patience = "x" },
    trial = function() end }
end, "a study's own trial has train as it is written")

local function bad_fit(options, ...)
  options.epochs = 3
  t.throws(function() ll.fit(ll.nn.mlp { 2, 1 }, ll.loss.hinge {}, ll.data.moons { n = 40 }, options) end, { ... },
    "a fit refuses: " .. table.concat({ ... }, ", "))
end
bad_fit({ min_delta = 0.1 }, "fit: min_delta has no effect")
bad_fit({ patience = 1, valid = 0.5, min_delta = -1 }, "fit: min_delta must be >= 0")
bad_fit({ accumulate = 0 }, "fit: accumulate must be an integer")
bad_fit({ clip = { value = 1 }, clip_value = 1 }, "fit: clip.value and clip_value are the same")
bad_fit({ clip_value = 0 }, "fit: clip_value must be above 0")
bad_fit({ label_smoothing = 2 }, "fit: label_smoothing")
bad_fit({ schedule = "cosin" }, "fit: schedule", '"cosine"')
bad_fit({ schedule = "plateau" }, "fit: the schedule plateau needs a validation part")
t.throws(function() ll.fit(ll.nn.mlp { 2, 1 }, ll.loss.pair_hinge {}, ll.data.moons { n = 40 }, { label_smoothing = 0.1 }) end,
  { "label_smoothing", "pair_hinge" }, "and label smoothing where there is none")
-- A list of schedules, and one with parameters, may hang on another field.
do
  local function schedules(schedule)
    local out = {}
    for i, config in ipairs(ll.study { name = "m", data = "moons", compare = { "hinge" },
      train = { epochs = { 2, 8 }, schedule = schedule } }.configs) do
      out[i] = config.train.epochs .. " " .. tostring(config.train.schedule)
    end
    return table.concat(out, ", ")
  end
  local late = { epochs = 8 }
  t.is(schedules { "cosine", "constant", only_if = late }, "2 nil, 8 cosine, 8 constant", "a list of schedules with a condition")
  t.is(schedules { { "cosine", warmup = 3 }, only_if = late }, "2 nil, 8 cosine(warmup=3)", "a list of one")
  t.is(schedules { "cosine", warmup = 3, only_if = late }, "2 nil, 8 cosine(warmup=3)", "one with parameters")
end
t.done()
