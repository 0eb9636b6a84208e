-- study.over_folds: metrics of all folds' held-out scores put together, against the sum written out over pairs of rows; taken of
-- the scores that are kept, so that a study that asks later trains nothing, merged files say the same, and what is missing is said.
local t = require "tests.lua.tap"
local ll = require "losslab"
local facade = require "losslab.results.facade"
local merge = require "losslab.results.merge"
local reading = require "losslab.results.reading"
local path = os.tmpname()

local function study(more)
  local written = { name = "s", data = { { generator = "target_decoy", n = 150, name = "d" } }, split = { folds = 3 },
    seeds = { 1, 2 },
    compare = { hinge = {}, logistic = {} }, model = { hidden = {} }, train = { epochs = 3, batch = 16, lr = { 0.01, 0.3 } } }
  for key, value in pairs(more or {}) do written[key] = value or nil end
  return ll.study(written)
end
local function run(more, how)
  local code, counts = study(more):run { db = how and how.db or path, jobs = 1, shard = how and how.shard }
  return code, counts
end
local function fresh(more, how)
  os.remove(how and how.db or path)
  return run(more, how)
end
local function of(db) return ll.report.build(db or path).over_folds end
local ASKED = { "auc", { "targets_at_fdr", level = 0.1 } }

-- ---- by the definition ----

-- The rows of a seed: { score, label }, standardised here in another way than there.
local function pooled(results, choice, seed)
  local out, rows = {}, 0
  for scores, labels, r in results:held_out(results.datasets.d, choice) do
    if r.seed == seed then
      local decoys = {}
      for i = 1, scores.rows do if labels:get(i, 1) == 0 then decoys[#decoys + 1] = scores:get(i, 1) end end
      local mean, deviation = ll.stats.mean(decoys), ll.stats.sd(decoys)
      for i = 1, scores.rows do out[#out + 1] = { (scores:get(i, 1) - mean) / deviation, labels:get(i, 1) } end
      rows = rows + scores.rows
    end
  end
  t.is(rows, 150, "each row is held out once")
  return out
end
local function auc(rows)
  local wins, count = 0, 0
  for _, a in ipairs(rows) do
    for _, b in ipairs(rows) do
      if a[2] == 1 and b[2] == 0 then
        count = count + 1
        wins = wins + (a[1] > b[1] and 1 or a[1] == b[1] and 0.5 or 0)
      end
    end
  end
  return wins / count
end
local function targets(rows, level)
  local most = 0
  for _, at in ipairs(rows) do
    local n, decoys = 0, 0
    for _, each in ipairs(rows) do
      if each[1] >= at[1] then n, decoys = n + each[2], decoys + 1 - each[2] end
    end
    if n > 0 and (decoys + 1) / n <= level then most = math.max(most, n) end
  end
  return most
end

local code = fresh { over_folds = ASKED }
t.is(code, 0, "a study that asks for them runs")
local results, all = ll.open(path), of()
t.is(#all, 4, "a row a loss and metric")
for i, row in ipairs(all) do
  local choice, by_hand = results:choose(results.datasets.d, row.loss), {}
  for seed = 1, 2 do
    local rows = pooled(results, choice, seed)
    by_hand[seed] = row.metric == "auc" and auc(rows) or targets(rows, 0.1)
    t.near(row.values[seed], by_hand[seed], 1e-6, row.loss .. ", " .. row.metric .. ", seed " .. seed)
  end
  t.is({ row.dataset, row.n, row.of, row.why }, { "d", 2, 2 }, "both seeds")
  t.near(row.mean, (by_hand[1] + by_hand[2]) / 2, 1e-6, "their mean")
  t.is(row.metric, i % 2 == 1 and "auc" or "targets_at_fdr(level=0.1)", "in the order that was asked for")
end
t.is(results:over_folds(results.datasets.d, results:choose(results.datasets.d, "hinge"), "auc").values, all[1].values,
  "results:over_folds gives the same")
t.is(#results:over_folds(results.datasets.d, 1, "average_precision").values, 2,
  "of a configuration by its number, and any metric of ranks")

local asked = all
local shown = results:report()
t.like(shown, "over folds: the held%-out scores of all folds put together", "the report says what it is")
t.like(shown, "loss +auc +± sd +targets_at_fdr%(level=0%.1%) +± sd", "and shows a table")

-- ---- later, merged, completed ----

local function stamps(db)
  local out = {}
  local store <close> = ll.store.open(db or path, { mode = "read" })
  for row in store:rows "trials" do out[#out + 1] = table.concat({ row.trial, row.finished, row.seconds }, " ") end
  return out
end
fresh()
t.is(of(), nil, "a study that asks for none has none")
local before = stamps()
code = run { over_folds = ASKED }
t.is({ code, stamps() }, { 0, before }, "asked for later, nothing is trained")
t.is(of(), asked, "and the numbers are the same")
run()
t.is(of(), nil, "asked for no more")

local other = os.tmpname()
fresh({ over_folds = ASKED }, { db = path, shard = "1/2" })
local half = of()
t.like(half[1].why, "folds have finished", "of a half they are not known, and it says why")
t.like(ll.open(path):report(), "0 of 2 seeds: not all of its folds have finished", "in the table, too")
fresh({ over_folds = ASKED }, { db = other, shard = "2/2" })
merge.merge(path, { other })
t.is(of(), asked, "two merged halves say what the whole does")

fresh { scores = "none" }
code = run { scores = "best", over_folds = ASKED }
t.is({ code, of() }, { 0, asked }, "scores that were not kept are added by running the trials again")

-- ---- what cannot be pooled ----

fresh { scores = "ranks" }
local of_ranks = ll.open(path)
local row = of_ranks:over_folds(of_ranks.datasets.d, 1, "auc")
t.is({ row.n, row.why }, { 0, "of its scores the ranks alone are kept" }, "ranks of folds have no common scale")
fresh { compare = { flat = function(scores) return (scores * 0):mean() end }, over_folds = { "auc" },
  train = { epochs = 1, lr = 1e-30, optimizer = "sgd", loop = function(trial)
    for _, parameter in ipairs(trial.net:parameters()) do parameter:fill_(0) end
    trial:end_epoch()
  end } }
t.is({ of()[1].n, of()[1].why }, { 0, "a fold's held-out decoys all have one score" }, "nor has what does not tell decoys apart")
fresh { compare = { lost = function(scores) return (scores * (1 / 0)):mean() end }, over_folds = { "auc" } }
t.is(of(), {}, "a loss of which nothing finished has no row")

local nested = { split = { folds = 3, inner = 2 }, over_folds = { "auc" } }
fresh(nested)
t.is({ of()[1].n, of()[1].of }, { 4, 4 }, "with inner folds a value for each of them and each seed")

fresh()
do
  local store <close> = ll.store.open(path, { mode = "read" })
  local copies = facade.of(reading.read(store), reading.methods)
  local values = copies:over_folds(copies.datasets.d, copies:choose(copies.datasets.d, "hinge"), "auc").values
  t.is(values, asked[1].values, "a finding, which gets copies, may ask for them")
end

-- ---- refused ----

local function refused(more, pattern, name) t.throws(function() study(more) end, pattern, name) end
refused({ over_folds = { "accuracy" } }, "over_folds: accuracy is none of ranks", "a metric at a threshold")
refused({ over_folds = { "aucc" } }, 'did you mean "auc"?', "an unknown one")
refused({ over_folds = { "auc", "auc" } }, "auc stands there twice", "one twice")
refused({ over_folds = { "auc" }, split = { test = 0.3 } }, "split = { folds = 5 }, not split.test", "one test part")
for _, scores in ipairs { "none", "ranks" } do
  refused({ over_folds = { "auc" }, scores = scores }, 'scores = "' .. scores .. '" keeps', "scores that are not kept: " .. scores)
end
refused({ over_folds = { "auc" }, compare = { "softmax" }, data = "iris" }, "cannot be taken of what softmax trains",
  "scores of classes")
refused({ over_folds = { "auc" }, compare = { a = {} }, trial = function() end, metric = "error", model = false, train = false },
  "over_folds: a study with its own trial", "an own trial")
t.throws(function() of_ranks:over_folds(of_ranks.datasets.d, 1, "accuracy") end, "is no metric of ranks", "nor of results")

os.remove(path)
os.remove(other)
t.done()
