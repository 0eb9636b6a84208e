-- Studies of regression losses, and of weights: what is trained, recorded and chosen; values standardised and taken back; what does
-- not fit is refused before anything trains.
local t = require "tests.lua.tap"
local ll = require "losslab"

local function refused(spec, words, name)
  spec.name, spec.split, spec.train = "refused", spec.split or { test = 0.3 }, spec.train or { epochs = 1 }
  t.throws(function()
    local s = ll.study(spec)
    require "losslab.study.cuts".datasets(s)
  end, words, name)
end

local FRIEDMAN = { generator = "friedman", n = 160, features = 5, noise = 0.5, name = "friedman" }
local db = os.tmpname()
os.remove(db)
local function run(spec)
  spec.split = spec.split or { test = 0.25, valid = 0.25 }
  local study = ll.study(spec)
  local code = study:run { db = db, jobs = 1 }
  return study, code
end

-- ---- end to end -----------------------------------------------------------------------------------------------------------

local study, code = run { name = "regression", data = { FRIEDMAN }, seeds = { 1, 2 }, record = { "train", "valid", "test" },
  compare = { squared_error = {}, absolute_error = {}, huber = { delta = { 0.5, 1 } }, quantile = { tau = 0.9 }, log_cosh = {} },
  metrics = { "r2", "rmse", "mae", "pinball", "spearman", "concordance", "pearson", "median_absolute_error" },
  model = { hidden = { 12 }, activation = "tanh" }, train = { epochs = 25, batch = 20, lr = 0.02 }, networks = true }
t.is(code, 0, "a study of regression losses runs")
t.is({ study.metric.label, study:trials() }, { "r2", 12 }, "by r2, each configuration and seed")
local opened = ll.open(db)
local by_loss = {}
for id = 1, study:trials() do
  local trial = opened:trial(id)
  t.is({ trial.status, #trial.epochs }, { "done", 25 }, trial.loss .. " is done")
  local test = trial.metrics.test
  by_loss[trial.loss] = test
  local train_part, _, test_part = trial:data()
  local said = trial:predict(test_part)
  t.near({ ll.metric.r2(said, test_part.y), ll.metric.mae(said, test_part.y) }, { test.r2, test.mae }, 1e-6,
    trial.loss .. ": what it predicts is in the units of the values, as was recorded")
  t.near({ ll.metric.rmse(said, test_part.y), ll.metric.concordance(said, test_part.y) }, { test.rmse, test.concordance }, 1e-6,
    trial.loss .. ": rmse and concordance, too")
  t.ok(train_part.values and test_part.values, "its parts hold real values")
end
for _, name in ipairs { "squared_error", "huber", "log_cosh" } do
  t.ok(by_loss[name].r2 > 0.6, name .. " learns: r2 " .. by_loss[name].r2)
end
t.ok(by_loss.quantile.pinball ~= by_loss.squared_error.pinball, "a quantile is something else")

-- the loss sees standardised values, or values as they are
local store <close> = ll.store.open(db)
local first = {}
for row in store:rows("epochs", { trial = 1 }) do first[row.epoch] = row.train_loss end
t.ok(first[1] and first[1] < 3, "absolute_error of standardised values begins near 1: " .. tostring(first[1]))
store:close()

local before = ll.study { name = "as they are", data = { FRIEDMAN }, split = { test = 0.25, valid = 0.25, standardise = false },
  compare = { "absolute_error" }, train = { epochs = 1 } }
before:run { db = db, jobs = 1 }
local again <close> = ll.store.open(db)
for row in again:rows "studies" do if row.name == "as they are" then again:choose(row.id) end end
for row in again:rows "trials" do
  for epoch in again:rows("epochs", { trial = row.trial }) do
    t.ok(epoch.train_loss > 8, "of values as they are it begins near their mean, 14: " .. epoch.train_loss)
  end
end
again:close()

-- ---- counts ---------------------------------------------------------------------------------------------------------------

os.remove(db)
local COUNTS = { generator = "counts", n = 200, name = "counts" }
code = select(2, run { name = "counts", data = { COUNTS }, compare = { poisson = {}, squared_error = {} }, metric = "mae",
  metrics = { "rmse", "r2" }, model = { hidden = { 8 } }, train = { epochs = 15, batch = 25, lr = 0.02 } })
t.is(code, 0, "counts by poisson and by squares")
local counts = ll.open(db)
for id = 1, 2 do
  local trial = counts:trial(id)
  local _, _, part = trial:data()
  local said = trial:predict(part)
  t.near(ll.metric.mae(said, part.y), trial.metrics.test.mae, 1e-6, trial.loss .. ": both are taken of counts")
  if trial.loss == "poisson" then t.ok(said:min_all():item() > 0, "poisson's are rates") end
end

-- Batches of one row: each counts by itself.
os.remove(db)
local singles = { name = "single", data = { { generator = "counts", n = 40, name = "few" } }, compare = {}, seeds = { 1 },
  model = { hidden = { 4 } }, train = { epochs = 2, batch = 1, lr = 1e-3 } }
for _, name in ipairs { "squared_error", "absolute_error", "huber", "quantile", "log_cosh", "poisson" } do
  singles.compare[name] = {}
end
t.is((select(2, run(singles))), 0, "batches of one row")
for id = 1, 6 do
  local trial = ll.open(db):trial(id)
  t.is({ trial.status, trial.epochs[2].passed_over }, { "done", 0.0 }, trial.loss .. " passes none over")
end

-- ---- what does not fit ----------------------------------------------------------------------------------------------------

refused({ data = "moons", compare = { "huber" } }, { "moons", "has classes, and huber takes real values", "values =" },
  "a regression loss and classes")
refused({ data = { FRIEDMAN }, compare = { "hinge" } },
  { "holds real values, and hinge takes classes", "squared_error, absolute_error, huber" }, "real values and a loss of classes")
refused({ data = { FRIEDMAN }, compare = { "triplet" } }, "triplet takes classes", "or of tuples")
refused({ data = { FRIEDMAN }, compare = { "huber" }, metric = "auc" }, "metric auc cannot be taken of what huber trains",
  "a metric of classes")
refused({ data = "moons", compare = { "hinge" }, metric = "rmse" }, "metric rmse cannot be taken of what hinge trains",
  "a metric of values")
refused({ data = { { generator = "friedman", name = "f", ratio = 3 } }, compare = { "huber" } },
  "a ratio is of negatives", "a ratio")
refused({ data = { name = "below", make = function()
  return ll.data.matrix({ { 1 }, { 2 }, { 3 } }, { 1, -2, 3 }, { values = true })
end }, compare = { "poisson" } }, "the value of row 2 is -2, and poisson takes counts", "counts below 0")

-- ---- weights --------------------------------------------------------------------------------------------------------------

local function weighed(w)
  return { name = "weighed", make = function()
    local x = ll.random(9, 0, "x"):normal(90, 3)
    local y = (x % ll.matrix { 1, -1, 0.5 }):greater(0)
    return ll.data.matrix(x, y, { weights = w and w(y) or nil })
  end }
end
local function epochs_of(spec)
  os.remove(db)
  spec.name, spec.seeds, spec.train = "weights", { 1 }, { epochs = 4, batch = 16, lr = 0.02 }
  local s, how = run(spec)
  t.is(how, 0, "it runs")
  local of, out = ll.open(db), {}
  for id = 1, s:trials() do
    local trial = of:trial(id)
    t.is(trial.status, "done", trial.loss .. " is done" .. (trial.error and ": " .. trial.error or ""))
    out[id] = { trial.loss, trial.metrics.test.auc or trial.metrics.test.r2 }
    for _, each in ipairs(trial.epochs) do out[id][#out[id] + 1] = each.loss end
  end
  return out
end
local losses = { cross_entropy = {}, hinge = {}, pair_logistic = {}, pair_hinge = {} }
local plain = epochs_of { data = weighed(), compare = losses }
t.is(epochs_of { data = weighed(function() return ll.ones(90, 1) end), compare = losses }, plain,
  "weights of 1 are none, to the bit")
local half = epochs_of { data = weighed(function(y) return y + 0.5 end), compare = losses }
t.ok(half[1][3] ~= plain[1][3], "others count")
local by_hand = epochs_of { data = weighed(), compare = { cross_entropy = { class_weights = { 0.5, 1.5 } } } }
t.near(by_hand[1][2], half[1][2], 1e-6, "as class_weights of the same size do")
epochs_of { data = weighed(function(y) return y + 0.5 end), compare = { contrastive = {}, triplet = {} }, metric = "knn_accuracy" }
local swept = epochs_of { data = weighed(), compare = { cross_entropy = { pos_weight = { 1, 2, "balanced" } },
  hinge = { class_weights = { { 1, 2 }, "balanced" } } } }
t.is(#swept, 5, "pos_weight and class_weights are swept")
t.ok(swept[1][3] ~= swept[2][3], "and count")
for id = 1, 5 do
  t.ok(pcall(function() return ll.open(db):trial(id):network() end), "trial " .. id .. " is made again to its bits")
end
local first_trial = ll.open(db):trial(2)
t.ok(first_trial.parameters.pos_weight ~= nil, "they stand in the configuration")
refused({ data = weighed(function(y) return y + 1 end), compare = { "adaptive_rank" } },
  { "weighed", "adaptive_rank does not take" }, "weights and a loss that takes none")
refused({ data = weighed(function(y) return y + 1 end), compare = { mine = function(s) return s:mean() end } }, "a loss in Lua",
  "and one in Lua")
refused({ data = "moons", compare = { pair_hinge = { pos_weight = 2 } } }, "pos_weight", "pos_weight of pairs")
refused({ data = "moons", compare = { hinge = { pos_weight = -2 } } }, "pos_weight must be >= 0", "a negative one")

-- a loop of the study's own hands weights on, or is told
local function loop(hand_on)
  return function(trial)
    for _ = trial.epoch, trial.epochs do
      for x, y, w in trial:batches() do trial:step(trial:value(x, y, hand_on and w or nil)) end
      trial:end_epoch()
    end
  end
end
local function looped(how)
  os.remove(db)
  local s = ll.study { name = "loop", data = weighed(function(y) return y + 0.5 end), compare = { "cross_entropy" }, seeds = { 1 },
    split = { test = 0.25, valid = 0.25 }, train = { epochs = 4, batch = 16, lr = 0.02, loop = how } }
  s:run { db = db, jobs = 1 }
  return ll.open(db):trial(1)
end
t.near(looped(loop(true)).epochs[4].loss, half[1][6], 1e-12, "a loop that hands weights on is the default one")
t.ok((looped(loop(false)).error or ""):find("has weights: for x, y, weights in trial:batches()", 1, true),
  "one that does not is told")
os.remove(db)

-- ---- ll.fit ---------------------------------------------------------------------------------------------------------------

local set = ll.data.friedman { n = 120, features = 5, noise = 0.1, seed = 2 }
local fit = ll.fit(ll.nn.mlp { 5, 8, 1, seed = 2 }, ll.loss.huber {}, set,
  { epochs = 3, lr = 0.01, valid = 0.25, progress = false })
t.ok(fit ~= nil, "ll.fit takes real values")
t.throws(function() ll.fit(ll.nn.mlp { 5, 8, 1 }, ll.loss.hinge {}, set, {}) end, "hinge takes classes",
  "and refuses what does not fit")
t.near(ll.fit(ll.nn.mlp { 5, 8, 1, seed = 2 }, ll.loss.huber {}, { x = set.x, y = set.y, values = true },
  { epochs = 1, progress = false })[1].loss, ll.fit(ll.nn.mlp { 5, 8, 1, seed = 2 }, ll.loss.huber {}, set,
  { epochs = 1, progress = false })[1].loss, 0, "matrices of real values are the set")

-- Weights: what the loss was made with stays where options of ll.fit are added, and rows count as they say.
do
  local x, y = ll.matrix { { 0.5 }, { -1 }, { 2 } }, ll.matrix { { 1 }, { 0 }, { 1 } }
  local function at_first(loss, options, weights) -- the value of the first step, of all rows in one batch
    options.epochs, options.batch, options.shuffle, options.progress = 1, "all", false, false
    return ll.fit(ll.nn.mlp { 1, 1, seed = 3 }, loss, { x = x, y = y, weights = weights }, options)[1].loss
  end
  local scores = ll.no_grad(ll.nn.mlp { 1, 1, seed = 3 }, x)
  local both = ll.loss.logistic { pos_weight = 3, class_weights = { 1, 2 } }(scores, y):item()
  t.near(at_first(ll.loss.logistic { pos_weight = 3 }, { class_weights = { 1, 2 } }), both, 1e-6, "pos_weight beside class_weights")
  t.near(at_first(ll.loss.logistic { pos_weight = 3 }, { label_smoothing = 0.2 }),
    ll.loss.logistic { pos_weight = 3, label_smoothing = 0.2 }(scores, y):item(), 1e-6, "pos_weight beside label_smoothing")
  t.near(at_first(ll.loss.logistic {}, {}, { 1, 0, 3 }), ll.loss.logistic {}(scores, y, { weights = { 1, 0, 3 } }):item(), 1e-6,
    "weights of rows")
  t.throws(function() at_first(ll.loss.logistic { class_weights = { 1, 2 } }, { class_weights = { 1, 2 } }) end, "given twice",
    "weights of classes twice")
  t.throws(function() at_first(ll.loss.logistic {}, { class_weights = { 1, 2 } }, { 1, 0, 3 }) end, "stand in the loss",
    "weights of classes beside weights of rows")
  t.throws(function() at_first(ll.loss.top_push {}, {}, { 1, 0, 3 }) end, "has weights, which top_push does not take",
    "weights of rows that a loss has no use for")
  t.throws(function() ll.risk(ll.loss.logistic { pos_weight = 2 }, x, y) end, "weighs rows by class",
    "a risk says what it is not of")
  local file = os.tmpname()
  os.remove(file)
  at_first(ll.loss.logistic { pos_weight = 3 }, { checkpoint = file })
  t.throws(function() at_first(ll.loss.logistic { pos_weight = 4 }, { checkpoint = file }) end, "pos_weight",
    "a checkpoint is of a loss with its weights")
  os.remove(file)
end
do
  local loss = ll.loss.hinge { pos_weight = 2, class_weights = { 1, 3 } }
  t.is(loss.pos_weight, 2.0, "a loss says its pos_weight")
  t.is(loss.class_weights, { 1.0, 3.0 }, "and class_weights")
  t.is(ll.loss.hinge {}.class_weights, nil, "or that it has none")
  t.like(tostring(loss), "pos_weight 2.0, class_weights 1.0 3.0", "and shows them")
end

for name, wanted in pairs { pos_weight = "a number >= 0", class_weights = "a list of numbers" } do
  t.throws(function() ll.study { name = "m", data = "moons", compare = { hinge = { [name] = "balancd" } } } end,
    ('%s must be %s or "balanced", not "balancd"'):format(name, wanted), name .. " that is no word")
end

-- Values of any size are standardised, as features are: their squares may not be numbers.
for _, size in ipairs { 1e-30, 1e-18, 1, 1e18, 1e30 } do
  local spread = require "losslab.study.tasks".spread(ll.matrix { { size }, { 2 * size }, { 3 * size } })
  t.near(spread.deviation / size, math.sqrt(2 / 3), 1e-6, "the deviation of values of size " .. size)
end

-- What is shown of real values alone has no positives.
do
  ll.study { name = "real", data = { { generator = "friedman", n = 40 } }, compare = { "huber" }, split = { test = 0.5 },
    train = { epochs = 1 } }:run { db = db, jobs = 1 }
  local shown <close> = ll.store.open(db)
  local page = require "losslab.page.tables".datasets(shown)
  t.is(#page.columns, #page.rows[1], "the page's table of data sets has a title a column")
  for _, column in ipairs(page.columns) do t.isnt(column[1] or column.title, "positives", "and none of positives") end
  local drawn = ll.plot.draw(db, { only = { "roc", "precision_recall", "histograms", "ridge" }, take = function() end })
  t.is(#drawn.skipped, 4, "figures of two classes are left out")
  for _, each in ipairs(drawn.skipped) do t.is(each[2], "no data set of the study has two classes", each[1] .. " says why") end
end
os.remove(db)
t.done()
