-- split = { folds, valid = 0 }: no validation part. All rows that are not held out are trained on, the last epoch is reported, what
-- would choose is refused, and what shows the study says that nothing was chosen.
local t = require "tests.lua.tap"
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local merge = require "losslab.results.merge"
local replay = require "losslab.run.replay"
local path, other = os.tmpname(), os.tmpname()

local function study(more)
  local written = { name = "u", data = { { generator = "target_decoy", n = 120, name = "d" } }, split = { folds = 3, valid = 0 },
    compare = { hinge = {}, logistic = {} }, model = { hidden = {} }, train = { epochs = 4, batch = 16, lr = 0.3 } }
  for key, value in pairs(more or {}) do written[key] = value or nil end
  return ll.study(written)
end
local function run(more, how)
  how = how or {}
  os.remove(how.db or path)
  return study(more):run { db = how.db or path, jobs = 1, shard = how.shard }
end
local function as_set(list)
  local out = {}
  for _, row in ipairs(list) do out[row] = true end
  return out
end
local function replayed(db)
  local store <close> = ll.store.open(db or path, { mode = "read" })
  return replay.run(db or path, (replay.choose(store, { all = true })), { jobs = 1 }, function() end)
end

-- ---- parts ----

local one = study()
t.is(one.record, { "test" }, "what is recorded by default")
for _, split in ipairs { { folds = 3, valid = 0 }, { test = 0.25, valid = 0 } } do
  local of = study { split = split }
  local set = cuts.datasets(of)[1]
  for fold = 1, split.folds or 1 do
    local parts = cuts.parts(of, set, 1, fold)
    local train, test = parts.train:row_numbers(), parts.test:row_numbers()
    local seen, apart = as_set(train), true
    for _, row in ipairs(test) do apart = apart and not seen[row] end
    t.ok(apart and #train + #test == 120 and parts.valid == nil, "every row is trained on or tested on, none validated on")
    t.ok(parts.train.x:col_means():abs():max_all():item() < 1e-5, "columns are standardised by the training part")
  end
end

-- ---- a run ----

t.is(run(), 0, "it runs")
local results = ll.open(path)
local d = results.datasets.d
t.is({ results.status.done, results.status.open, results.unvalidated }, { 6, 0, true }, "all of it")
for _, row in ipairs(results:trials()) do
  local trial = results:trial(row.trial)
  t.is({ row.best_epoch, row.valid }, { 4 }, "the last epoch is the one, and there is no validation metric")
  t.is(row.test, trial.epochs[4].test_auc, "its test metric is what is reported")
  local train, valid, test = trial:data()
  t.is({ train.rows, valid, test.rows }, { 80, nil, 40 }, "the parts of a trial")
end
local chosen = results:choose(d, "hinge")
t.is({ chosen.n, chosen.lost, chosen.folds, #results:values(d, chosen) }, { 3, 0, 3, 3 },
  "a loss's one configuration stands for it")
t.is(results:choose(d), nil, "none of several losses is chosen, since that would be by the test part")
t.is(#results:over_folds(d, chosen, "auc").values, 1, "held-out scores of all folds are there")
t.ok(results:difference(d, chosen, results:choose(d, "logistic")).n == 3, "losses are compared in pairs")
t.is(#results:by("partial_auc"):values(d, chosen), 3, "by another metric, at the same epoch")

local built = ll.report.build(path)
local text = ll.report.text(built, { width = 1000 })
t.is(built.unvalidated, true, "the report knows")
t.like(text, "Nothing was chosen: there is no validation part, each loss has one configuration, and its last epoch is shown%.",
  "and says it")
t.ok(not text:find("chosen on validation", 1, true), "and nothing else of a choice")
t.is(replayed().identical, 6, "and again, from the database alone, to the bit")

-- another metric is added from the scores, and asked for later
local again = study { metrics = { "auc", { "targets_at_fdr", level = 0.3 } }, over_folds = { { "targets_at_fdr", level = 0.2 } } }
local code, counts = again:run { db = path, jobs = 1 }
t.is({ code, counts.done, counts.completed, counts.not_completed }, { 0, 6, 6, 0 }, "more is asked of finished trials")
t.is(ll.report.build(path).over_folds[1].n, 1, "and is there")

-- scores and the network of the last epoch alone
run { scores = "best", networks = true }
local kept = ll.open(path)
local scores = {}
for held in kept:held_out(kept.datasets.d, kept:choose(kept.datasets.d, "hinge")) do scores[#scores + 1] = held.rows end
t.is(scores, { 40, 40, 40 }, "the last epoch's scores are the best's")
t.is(kept:trial(1):network():parameters()[1].rows > 0, true, "and so is its network")

-- halves, merged
run(nil, { db = path })
local function tests()
  local out = {}
  for _, row in ipairs(ll.open(path):trials()) do out[row.loss .. row.fold] = { row.best_epoch, row.test } end
  return out
end
local whole = tests()
run(nil, { db = path, shard = "1/2" })
run(nil, { db = other, shard = "2/2" })
merge.merge(path, { other })
t.is(tests(), whole, "two merged halves are the whole")

-- missing cells, a ratio, weights of a loop of one's own, a trial of one's own
local x, y = {}, {}
for i = 1, 60 do x[i], y[i] = { i % 7 == 0 and 0 / 0 or i % 5, (i * 7) % 11 }, i % 3 == 0 and 1 or 0 end
local holes = { name = "holes", make = function() return ll.data.matrix(x, y, { missing = true }) end }
t.is(run { data = { holes, { generator = "target_decoy", n = 120, ratio = 0.5 } } }, 0, "missing cells and a ratio")
t.is(replayed().identical, 12, "and again: cells are filled by the same rows")
t.is(run { train = { epochs = 2, loop = function(trial)
  for _ = trial.epoch, trial.epochs do
    for a, b in trial:batches() do trial:step(trial:value(a, b)) end
    trial:end_epoch()
  end
  if trial.valid ~= nil then error "a validation part" end
end } }, 0, "a loop of one's own")
local function own(row)
  return { compare = { mine = {} }, model = false, train = false, metric = "error", goal = "min", trial = function(trial)
    for epoch = 1, 3 do trial:record(row(epoch)) end
  end }
end
t.is(run(own(function(epoch) return { test = { error = epoch } } end)), 0, "a trial of one's own")
t.is({ ll.open(path):trial(1).best_epoch, ll.open(path):trials()[1].test }, { 3, 3 },
  "its last epoch, though it is not the best on test")
run(own(function(epoch) return { valid = { error = epoch }, test = { error = epoch } } end))
t.like(ll.open(path):trial(1).error, "with split.valid = 0 there is no validation part", "which has none to record")

-- ---- what is as it was ----

t.is(study { split = { folds = 3, valid = 0.2 } }.record, { "valid", "test" }, "a study with a validation part records it")
run { split = { folds = 3, valid = 0.2 } }
t.is({ ll.open(path).unvalidated, ll.report.build(path).unvalidated }, { false }, "and is no such")

-- ---- refused ----

local function refused(more, words, name) t.throws(function() study(more) end, words, name) end
local none = "split.valid = 0 leaves no validation part, and "
refused({ train = { lr = { 0.1, 1 } } }, none .. "the 2 configurations of hinge are chosen among by it", "a grid")
refused({ compare = { hinge = { margin = { 0.5, 1, 2 } } } }, none .. "the 3 configurations of hinge", "values of a parameter")
refused({ train = { patience = 3 } }, none .. "train.patience looks at it", "patience")
refused({ train = { schedule = "plateau" } }, none .. "train.schedule: plateau looks at it", "a schedule that looks at it")
refused({ compare = { hinge = { margin = { from = 0, to = 1 } } }, search = { trials = 3 } }, none .. "a search goes by it",
  "a search")
refused({ record = { "valid", "test" } }, "with split.valid = 0 there is no validation part", "recording it")
refused({ record = { "train" } }, 'must hold "test"', "recording no test part")
refused({ split = { folds = 3, inner = 2, valid = 0 } }, "inner folds are the validation parts", "beside inner folds")
refused({ split = { folds = 3, valid = -0.1 } }, "split.valid", "a share below 0")

os.remove(path)
os.remove(other)
t.done()
