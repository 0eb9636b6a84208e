-- Metrics against the recorded figures, and the Lua side of each: options, errors, the table as documentation.
local t = require "tests.lua.tap"
local cjson = require "cjson"
local ll = require "losslab"
local metric = ll.metric

-- Scores rounded to float can tie, so a figure may move a little; q-values are rounded themselves.
local tol = ll.precision == "double" and 1e-10 or 1e-5

local file = assert(io.open "tests/reference/metric_values.json")
local cases = cjson.decode(file:read "a")
file:close()
t.ok(#cases >= 3, "the reference figures are there")

for i, case in ipairs(cases) do
  local name = ("case %d, %d rows: "):format(i, #case.scores)
  local scores, labels = ll.matrix(case.scores), ll.matrix(case.labels)
  local signs = 2 * labels - 1
  t.near(metric.auc(scores, labels), case.auc, tol, name .. "auc")
  t.near(metric.auc(scores, signs), case.auc, tol, name .. "auc, labels -1 and +1")
  t.near(metric.partial_auc(scores, labels), case.pauc_fpr01, tol, name .. "partial_auc, max_fpr 0.1 by default")
  t.near(metric.partial_auc(scores, labels, { max_fpr = 0.1 }), case.pauc_fpr01, tol, name .. "partial_auc")
  t.near(metric.average_precision(scores, labels), case.average_precision, tol, name .. "average_precision")
  t.near(metric.qvalues(scores, labels):table(), case.qvalues, tol, name .. "qvalues")
  for level, count in pairs(case.targets_at_fdr) do
    t.is(metric.targets_at_fdr(scores, labels, { level = tonumber(level) }), count + 0.0, name .. "targets_at_fdr " .. level)
  end
  t.is(metric.targets_at_fdr(scores, labels), case.targets_at_fdr["0.01"] + 0.0, name .. "level 0.01 by default")
  t.near(metric.log_loss(scores, labels, { from = "logits" }), metric.log_loss(ll.sigmoid(scores), labels), 1e-5,
    name .. "log_loss from logits and from probabilities")
  t.near(metric.delong(scores, labels).auc, case.auc, tol, name .. "delong's auc")
end

local scores, labels = { 0.9, 0.8, 0.8, 0.4, 0.1 }, { 1, 1, 0, 1, 0 }
t.near(metric.auc(scores, labels), 0.75, "tables are inputs too")
t.near(metric.auc(scores, labels, { weights = { 1, 1, 1, 0, 0 } }), 0.75, "weights")
t.near(metric.accuracy(scores, labels, { threshold = 0.3 }), 0.8, "accuracy at a threshold")
t.near(metric.accuracy({ -2, 3, 1 }, { 0, 1, 0 }, { from = "logits" }), 2 / 3, 1e-6, "accuracy from logits")

-- DeLong: values worked out from the placements 1, 3/4, 1/2 and 1/2, 1
local d = metric.delong(scores, labels)
t.near(d.variance, (0.0625 + 0.0625) / 2 / 3 + 0.125 / 2, 1e-12, "delong's variance")
t.near(d.low, 0.75 - 1.959963984540054 * math.sqrt(d.variance), 1e-12, "its interval")
t.ok(metric.delong(scores, labels, { level = 0.5 }).low > d.low, "a lower level, a narrower interval")
local e = metric.delong_compare(scores, { 1, 2, 3, 4, 5 }, labels)
t.near(e.difference, d.auc - metric.auc({ 1, 2, 3, 4, 5 }, labels), 1e-12, "delong_compare's difference")
t.near(e.z ^ 2, e.difference ^ 2 / (e.variance + e.other_variance - 2 * e.covariance), 1e-10, "z from the variances and covariance")
t.ok(e.p > 0 and e.p < 1, "and a p")

local roc = metric.roc(scores, labels)
t.is({ roc.rows, roc.cols }, { 5, 3 }, "roc gives corners")
t.is({ roc:get(1, 1), roc:get(1, 2), roc:get(1, 3) }, { 0.0, 0.0, math.huge }, "from (0, 0)")
t.is({ roc:get(5, 1), roc:get(5, 2) }, { 1.0, 1.0 }, "to (1, 1)")

-- thresholds, calibration, classes, lists
local c = metric.confusion(scores, labels, { threshold = 0.5 })
t.is({ c.tp, c.fp, c.tn, c.fn }, { 2.0, 1.0, 1.0, 1.0 }, "confusion counts")
t.near({ c.precision, c.recall, c.specificity, c.f1 }, { 2 / 3, 2 / 3, 0.5, 2 / 3 }, 1e-12, "and what follows from them")
t.near(metric.mcc(scores, labels), c.mcc, "mcc is confusion's")
t.near(metric.f1({ 5, 7, 1 }, { 0, 1, 0 }, { threshold = 6, from = "scores" }), 1, "a threshold of plain scores")
local pr = metric.precision_recall(scores, labels)
t.is({ pr.rows, pr:get(1, 1), pr:get(1, 2), pr:get(5, 1) }, { 5, 0.0, 1.0, 1.0 }, "precision_recall: from (0, 1) to recall 1")
t.near(metric.calibration_error({ 0.2, 0.2, 0.2, 0.2, 0.9 }, { 1, 0, 0, 0, 1 }, { bins = 2 }), 4 / 5 * 0.05 + 1 / 5 * 0.1, 1e-6,
  "calibration_error")
local points = metric.reliability({ 0.2, 0.2, 0.2, 0.2, 0.9 }, { 1, 0, 0, 0, 1 }, { bins = 2, binning = "mass" })
t.near({ points:get(1, 1), points:get(1, 2), points:get(1, 3) }, { 0.2, 0.25, 0.8 }, 1e-6, "reliability's points")
local logits = { { 2, 1, 0 }, { 0, 1, 2 }, { 1, 1, 0 } }
t.near(metric.multiclass_accuracy(logits, { 1, 2, 1 }), 1.5 / 3,
  "multiclass_accuracy; of two classes with one score each is half right")
t.near(metric.multiclass_accuracy(logits, { 1, 2, 2 }, { k = 2 }), 1, "among the first two")
for name, class in pairs { recall = "targets (positives)", specificity = "decoys (negatives)" } do
  t.throws(function() metric[name]({ 0.1, 0.9 }, { 0, 1 }, { weights = name == "recall" and { 1, 0 } or { 0, 1 } }) end,
    name .. " needs " .. class .. ", but none of the 2 rows is one with a weight above 0", "a class of weight 0: " .. name)
end
t.throws(function() metric.multiclass_accuracy(logits, { 1, 2, 2 }, { k = 4 }) end,
  "multiclass_accuracy: k = 4, but there are 3 classes")
t.near(metric.ndcg({ { 3, 2, 1 } }, { { 0, 1, 1 } }), (1 / math.log(3, 2) + 0.5) / (1 + 1 / math.log(3, 2)), 1e-12, "ndcg")
t.near(metric.ndcg({ 1, 1, 1 }, { 1, 0, 0 }), (1 + 1 / math.log(3, 2) + 0.5) / 3, 1e-12, "ndcg of a constant")

-- neighbours
local x, class = { { 0, 0 }, { 0, 1 }, { 5, 5 }, { 5, 6 }, { 0, 2 } }, { 1, 1, 2, 2, 2 }
local near = metric.neighbours(x, nil, { k = 2 })
t.is({ near:get(2, 1), near:get(2, 2) }, { 1.0, 5.0 }, "neighbours count from 1, ties by the lower row")
t.near(metric.knn_accuracy(x, class, { k = 1 }), 3.5 / 5, "knn_accuracy leaves each row itself out; row 2 is between two classes")
t.near(metric.knn(x, class, { { 4, 4 }, { 0, 0.2 } }, { 2, 1 }, { k = 1 }), 1, "knn of training and test rows")
t.near(metric.recall_at_k(x, class, { k = 1 }), 3.5 / 5, "recall_at_k")

-- intervals for any metric
local many, truth = {}, {}
for i = 1, 60 do many[i], truth[i] = (i * 37 % 60) / 60, i * 37 % 60 + i % 20 > 40 and 1 or 0 end
local b = metric.bootstrap("auc", many, truth, { resamples = 500, seed = 3 })
t.near(b.value, metric.auc(many, truth), 1e-12, "bootstrap's value")
t.ok(b.low < b.value and b.value < b.high and b.deviation > 0, "its interval holds it")
t.is(metric.bootstrap("auc", many, truth, { resamples = 500, seed = 3 }), b, "the same seed, the same interval")
t.ok(metric.bootstrap("f1", many, truth, { threshold = 0.4, method = "percentile" }).high <= 1, "a metric with parameters")
t.throws(function() metric.auc({ 1, -(0 / 0) }, { 0, 1 }) end, "scores, row 2: NaN", "a NaN prints without its sign")
local some = metric.bootstrap("auc", { 3, 1, 2 }, { 1, 0, 0 }, { stratify = false, resamples = 600 })
t.ok(b.skipped == 0 and some.skipped > 120 and some.skipped < 280, "resamples of one class are left out: " .. some.skipped)
t.throws(function() metric.bootstrap("auc", many, truth, { method = "bac" }) end, 'did you mean "bca"?', "nearest method")
t.throws(function() metric.bootstrap("ack", many, truth) end, 'no metric "ack"', "an unknown metric")
t.throws(function() metric.bootstrap("auc", many, truth, { resamples = 1 }) end, "resamples", "too few resamples")
t.throws(function() metric.neighbours(x, nil, { k = 5 }) end, "k = 5", "more neighbours than rows")
t.throws(function() metric.neighbours(x, nil, { distance = "manhattan" }) end,
  'distance cannot be "manhattan"; there are euclidean', "no distance")
t.throws(function() metric.reliability(many, truth, { bins = 0 }) end, "bins must be", "no bins")
t.throws(function() metric.multiclass_accuracy(logits, { 1, 2, 4 }) end, "labels, row 3: 4 is no class: 1..3 expected", "no class")

-- log_loss and multiclass_log_loss take the same: probabilities, or logits where one says so
local two, of_two, classes_of_two = {}, {}, {}
for i, p in ipairs { 0.2, 0.7, 0.9, 0.4 } do two[i], of_two[i], classes_of_two[i] = p, { 1 - p, p }, i % 2 + 1 end
t.near(metric.multiclass_log_loss(of_two, classes_of_two), metric.log_loss(two, { 1, 0, 1, 0 }), 1e-6, "two classes are two labels")
t.throws(function() metric.multiclass_log_loss(logits, { 1, 2, 3 }) end, "logits", "logits are no probabilities")
t.near(metric.multiclass_log_loss(logits, { 1, 2, 3 }, { from = "logits" }),
  metric.multiclass_log_loss(ll.softmax(ll.matrix(logits)), { 1, 2, 3 }), 1e-5, "unless one says so")
for _, name in ipairs(metric.list()) do
  local row = metric.describe(name)
  if row.values.from then t.is(row.values.from, "probabilities", name .. " takes probabilities by default") end
  t.ok(row.weighted or (row.formula .. row.summary):find "no weights", name .. " takes weights, or says that it does not")
end

-- weights
local lists, grades = { { 3, 2, 1 }, { 1, 2, 3 } }, { { 1, 0, 0 }, { 1, 0, 0 } }
t.near(metric.ndcg(lists, grades, { weights = { 3, 1 } }), (3 * 1 + 0.5) / 4, 1e-6, "ndcg: a weight a list")
t.throws(function() metric.ndcg(lists, grades, { weights = { 1, 1, 1 } }) end, { "(n,1) is 3x1", "2x3" }, "not one an entry")
t.throws(function() metric.ndcg(lists, grades, { weights = { 0, 0 } }) end, "weights of all lists", "none counts")
t.near({ metric.knn_accuracy(x, class, { k = 1, weights = { 1, 0, 1, 1, 0 } }), metric.knn_accuracy(x, class, { k = 1,
  weights = { 0, 2, 0, 0, 1 } }) }, { 1, 1 / 3 }, 1e-6, "knn_accuracy: the row that is wrong is the last, the second is half right")
local dead, sorted = {}, {}
for i = 1, 40 do dead[i], sorted[i] = { 0.5, 0.5 }, (i + 9) // 10 end
t.near({ metric.recall_at_k(dead, sorted), metric.knn_accuracy(dead, sorted, { k = 1 }), metric.knn(dead, sorted, dead, sorted,
  { k = 1 }) }, { 9 / 39, 9 / 39, 1 / 4 }, 1e-6, "rows at one point, sorted by class, say nothing of it")
t.throws(function() metric.recall_at_k(x, class, { weights = { 1, 1, 1, 1, -1 } }) end, "weights, row 5: -1 is negative", "below 0")

-- two scores of the same rows
local worse = {}
for i = 1, 60 do worse[i] = many[i] + (i * 53 % 60) / 40 end
local paired = metric.bootstrap_compare("auc", many, worse, truth, { resamples = 1000, seed = 4 })
local delong = metric.delong_compare(many, worse, truth)
t.near({ paired.value, paired.other_value, paired.difference }, { metric.auc(many, truth), metric.auc(worse, truth),
  delong.difference }, 1e-12, "bootstrap_compare's values")
t.near(paired.deviation, math.sqrt(delong.variance + delong.other_variance - 2 * delong.covariance), 0.15,
  "its deviation is near DeLong's, the correlation counted")
t.ok(paired.low < paired.difference and paired.difference < paired.high, "its interval holds the difference")
local none = metric.bootstrap_compare("auc", many, many, truth, { resamples = 100 })
t.is({ none.difference, none.low, none.high, none.p }, { 0.0, 0.0, 0.0, 1.0 }, "a score differs nowhere from itself")
local opposite = {}
for i = 1, 60 do opposite[i] = -many[i] end
local sure = metric.bootstrap_compare("auc", many, opposite, truth, { resamples = 999 })
t.ok(sure.low > 0 and sure.p == 2 / 1000, "what differs in every resample: p is the least that so many can tell")
t.is(metric.bootstrap_compare("auc", worse, many, truth, { resamples = 1000, seed = 4, method = "percentile" }).low,
  -metric.bootstrap_compare("auc", many, worse, truth, { resamples = 1000, seed = 4, method = "percentile" }).high,
  "the other way round, the same rows are drawn")
t.throws(function() metric.bootstrap_compare("auc", many, { 1, 2 }, truth) end, { "60x1", "2x1" }, "scores of other rows")

-- the table
local names = metric.list()
local checks, listing = {}, assert(io.popen "cat tests/unit/metric.c tests/property/metric*.c")
for line in listing:lines() do checks[#checks + 1] = line:gsub("/%*.-%*/", "") end
listing:close()
checks = table.concat(checks, "\n")
t.ok(#names >= 20, "list gives the names")
for _, name in ipairs(names) do
  local row = metric.describe(name)
  t.ok(type(metric[name]) == "function" and row.name == name and #row.summary > 0 and #row.formula > 0 and #row.source > 0
    and type(row.higher_is_better) == "boolean", name .. " is callable and described")
  for _, p in ipairs(row.params) do t.is(row.values[p.name], p.default, name .. "." .. p.name .. " has its default") end
  t.ok(checks:find('"' .. name .. '"', 1, true),
    name .. " is held to its definition in tests/unit/metric.c or tests/property/metric*.c")
end
t.is(metric.describe "partial_auc".values, { max_fpr = 0.1 }, "describe gives the parameters' values")
t.is(metric.describe("targets_at_fdr", { level = 0.05 }).values, { level = 0.05 }, "with options too")
t.is(metric.describe "brier".needs, "probability", "what scores it needs")
t.is(metric.describe "log_loss".higher_is_better, false, "a loss is better lower")

-- errors
t.throws(function() metric.describe "partial_acu" end, 'no metric "partial_acu"; did you mean "partial_auc"?', "nearest metric")
t.throws(function() metric.partial_auc(scores, labels, { maxfpr = 0.2 }) end, 'did you mean "max_fpr"?', "nearest option")
t.throws(function() metric.partial_auc(scores, labels, { max_fpr = 0 }) end, { "max_fpr", "(0, 1]" }, "a range")
t.throws(function() metric.auc(scores, labels, { level = 1 }) end, 'auc has no option "level"', "an option of another")
t.throws(function() metric.targets_at_fdr(scores, labels, { weights = scores }) end, "takes no weights",
  "weights where rows are counted")
t.throws(function() metric.accuracy(scores, labels, { from = "logit" }) end, 'did you mean "logits"?', "nearest choice")
t.throws(function() metric.roc(scores, labels, { point = 10 }) end, 'did you mean "points"?', "nearest option of roc")
t.throws(function() metric.roc(scores, labels, { points = -1 }) end, "points must be >= 0", "points below 0")
t.throws(function() metric.delong(scores, labels, { level = 95 }) end, "level must be in (0, 1)", "a level as a percentage")
t.throws(function() metric.auc({ 1, 2 }, { 1, 1 }) end, "needs both classes, but all 2 labels are 1", "one class")
t.throws(function() metric.auc({ 1, 0 / 0, 3 }, { 1, 0, 1 }) end, "scores, row 2: NaN", "NaN names its row")
t.throws(function() metric.auc({ 1, 2, 3 }, { 1, 0, 3 }) end, "labels, row 3: 3 is no label", "a label that is none")
t.throws(function() metric.auc({ 1, 2, 3 }, { 1, 0 }) end, "labels (n,1) is 2x1, which does not fit scores (n,1), 3x1", "shapes")
t.throws(function() metric.auc({}, {}) end, "scores is empty, 0x1", "nothing at all")
t.throws(function() metric.auc("abc", { 1, 0 }) end, "matrix", "no matrix")
t.throws(function() metric.brier({ 1.5, 0 }, { 1, 0 }) end, { "row 1 is 1.5", "logits" }, "no probability")

-- several at once
local several = metric.several { "auc", { "partial_auc", max_fpr = 0.5 }, "targets_at_fdr", { "accuracy", threshold = 0.3 } }
t.is({ several(scores, labels) }, { metric.auc(scores, labels), metric.partial_auc(scores, labels, { max_fpr = 0.5 }),
  metric.targets_at_fdr(scores, labels), metric.accuracy(scores, labels, { threshold = 0.3 }) }, "several: each as it is alone")
local w = { 1, 2, 0, 1, 3 }
t.is({ metric.several { "auc", "brier" } (scores, labels, w) },
  { metric.auc(scores, labels, { weights = w }), metric.brier(scores, labels, { weights = w }) }, "with weights")
t.throws(function() metric.several {} end, "there are no metrics", "several: none")
t.throws(function() metric.several { "acu" } end, 'did you mean "auc"?', "several: nearest metric")
t.throws(function() metric.several { { "partial_auc", maxfpr = 1 } } end, 'did you mean "max_fpr"?', "several: nearest option")
t.throws(function() metric.several { "auc", "ndcg" } end, "auc and ndcg read labels in two ways", "several: labels of two kinds")
t.throws(function() metric.several { 3 } end, "a metric's name", "several: no name")
t.throws(function() several(scores) end, "labels", "several: no labels")
t.throws(function() several(scores, labels, nil, 1) end, "not 4 arguments", "several: too many arguments")
t.throws(function() several({ 1, 2 }, { 1, 1 }) end, "auc needs both classes", "several: the error is the metric's")

t.done()
