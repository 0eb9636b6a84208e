-- Runs that are lost: what is chosen, called best and compared in spite of them, in databases made so that the answer is known.
package.path = "./?.lua;" .. package.path
local t = require "tests.lua.tap"
local ll = require "losslab"
local make = require "tests.lua.fixture_db"
local report = require "losslab.results.report"
local results_of = require "losslab.results.reading"

local path = os.tmpname()
local level = { good = 0.9, fair = 0.8, poor = 0.7 }

-- Five folds of one seed; lost: by loss and data set the folds that diverge. Validation agrees with test.
local function world(lost, options)
  os.remove(path)
  local o = { scores = false, epochs = 1, folds = 5, seeds = 1, datasets = { "a", "b" }, losses = { good = {}, fair = {},
    poor = {} },
    ask = false }
  local function value(run) return (level[run.loss] or 0.6) + 0.001 * run.fold + 0.0001 * (run.trial % 3) end
  o.value, o.valid = value, value
  function o.status(run)
    local folds = lost[run.loss .. " on " .. run.dataset] or lost[run.loss]
    return folds and run.fold <= folds and (run.fold % 2 == 0 and "failed" or "diverged") or "done"
  end
  for key, each in pairs(options or {}) do o[key] = each end
  make(path, o)
  return report.build(path), path
end

local function row_of(built, dataset, loss)
  for _, group in ipairs(built.groups) do
    for _, row in ipairs(group.rows) do
      if group.dataset == dataset and row.loss == loss then return row end
    end
  end
end
local function line_of(built, loss, nth)
  local k = 0
  for line in report.text(built):gmatch "[^\n]+" do
    if (line:find("  " .. loss .. "  ", 1, true)) then
      k = k + 1
      if k == (nth or 1) then return line end
    end
  end
end

-- Nothing lost: nothing is said of it.
local built = world {}
t.is(row_of(built, "a", "good").mark, "best", "the best is best")
t.is(built.lost, nil, "and no run was lost")
t.is(built.sentence, "Of 2 data sets, good has the best test auc on 2 (2 beyond noise).", "nor is it said that one was")
t.ok(not report.text(built):find("goes behind", 1, true), "the rule stands there only where it is needed")

-- Best is the highest mean, whatever the noise: where nothing is beyond it, the same sentence says so; so where little is.
do
  local apart, noisy = level, { [0] = 0.02, -0.03, 0.01, -0.02, 0.03 }
  local function told(step, options, far)
    level = { good = 0.8 + step, fair = 0.8, poor = 0.8 - (far or 0) }
    local o = options or {}
    o.value = function(run) return level[run.loss] + noisy[(run.fold * #run.loss + #run.loss * 3 + run.loss:byte()) % 5] end
    o.valid = o.value
    return world({}, o).sentence
  end
  t.is(told(0.001), "Of 2 data sets, good has the best test auc on 2; no difference is beyond noise.", "nothing is beyond noise")
  t.is(told(0.001, { losses = { good = {}, fair = {} } }), "Of 2 data sets, good has the best test auc on 2; no difference is "
    .. "beyond noise.", "of two losses")
  t.is(told(0.001, { losses = { good = {}, fair = {} }, datasets = { "a" } }), "Of 1 data set, good has the best test auc on 1; "
    .. "the difference is not beyond noise.", "the only difference")
  t.is(told(0.001, nil, 0.5), "Of 2 data sets, good has the best test auc on 2; 2 of 4 differences to the best are beyond noise.",
    "half of them are")
  t.is(told(0.001, { folds = 1 }), "Of 2 data sets, good has the best test auc on 2; there are too few runs to judge a difference.",
    "one run each")
  t.is(told(0.001, { losses = { good = {} } }), "Of 2 data sets, good has the best test auc on 2.", "nothing to compare with")
  level = apart
end

-- Lost in the best loss.
built = world { ["good on a"] = 2 }
t.is(row_of(built, "a", "good").mark, "ahead", "a loss that lost runs is not best, though its mean is the highest")
t.is({ row_of(built, "a", "good").lost, row_of(built, "a", "good").of }, { 2, 5 }, "it says how many of how many")
t.is({ row_of(built, "a", "good").to_best.n, row_of(built, "a", "good").to_best.of }, { 3, 5 },
  "its difference rests on 3 of 5 pairs")
t.is(row_of(built, "a", "fair").mark, "best", "the best of the others is")
t.is(row_of(built, "b", "good").mark, "best", "where none was lost nothing changes")
t.like(line_of(built, "good"), "above best, lost 2 of 5$", "the table says so")
t.like(built.sentence, "^Of 2 data sets, fair has the best test auc on 1 and good on 1 %(1 beyond noise%)%. Runs were lost by good "
  .. "%(2 of 5 on a%): what is said of it is of the runs that finished, and in every choice it stands behind what lost fewer%.$",
  "the sentence says which, and calls the other one beyond noise nowhere")
t.like(report.text(built, { width = 1000 }), "A configuration, or a loss by the one chosen of it, that lost runs goes behind",
  "the rule is told")

-- Lost in another loss: the answer stands, and says so.
built = world { fair = 1 }
t.is(row_of(built, "a", "good").mark, "best", "the best stays")
t.like(built.sentence,
  "good has the best test auc on 2 %(2 beyond noise%)%. Runs were lost by fair %(1 of 5 on a and 1 of 5 on b%)",
  "what the other lost is said")

-- Lost everywhere: the fewest lost first; what is best says of what.
built = world { good = 2, fair = 1, poor = 1 }
t.is(row_of(built, "a", "fair").mark, "best", "of those that lost fewest the best mean")
t.like(line_of(built, "fair"), "  best, lost 1 of 5$", "the table says what is best of what")
t.like(built.sentence, "fair has the best test auc on 2 %(best of those that finished: on a it lost 1 of 5 runs and on b it lost 1 "
  .. "of 5 runs%)", "and the sentence")
t.is(row_of(built, "a", "good").mark, "ahead", "one that lost more is above it, and not best")

-- All of one loss.
built = world { poor = 5 }
t.is(row_of(built, "a", "poor").config, nil, "nothing of it finished")
t.like(line_of(built, "poor"), "nothing finished$", "the table says so")
t.like(built.sentence, "Runs were lost by poor %(all 5 on a and all 5 on b%)", "and the sentence")
t.is(built.sentence:find("beyond noise", 1, true), nil, "of what was not compared nothing is beyond noise")

-- All of the loss that the study asks about.
built = world({ poor = 5 }, { ask = { loss = "poor" } })
t.like(built.sentence, "^poor has no finished run beside one of another loss, so there is nothing to compare it with%.",
  "what is asked about")

-- All of all.
built = world { good = 5, fair = 5, poor = 5 }
t.like(built.sentence, "^No trial is finished", "nothing finished at all")

-- Equal everywhere: the mean decides.
built = world({ good = 2, fair = 2, poor = 2 }, { datasets = { "a" } })
t.is(row_of(built, "a", "good").mark, "best", "equally many lost")
t.is(row_of(built, "a", "poor").to_best.n, 3, "the pairs that both have")

-- Less is better.
level = { good = 0.7, fair = 0.8, poor = 0.9 }
built = world({ good = 1 }, { goal = "min" })
t.is({ row_of(built, "a", "good").mark, row_of(built, "a", "fair").mark }, { "ahead", "best" }, "where less is better, too")
level = { good = 0.9, fair = 0.8, poor = 0.7 }

-- Of two configurations the complete one is chosen; then only the column of lost runs tells of the other.
local function by_p(run) return run.parameters.p == 1 and 0.95 or 0.5 + 0.001 * run.fold end
local two = { losses = { good = { p = { 1, 2 } }, fair = {} }, value = by_p, valid = by_p, datasets = { "a" },
  status = function(run) return run.parameters.p == 1 and run.fold == 1 and "diverged" or "done" end }
built = world({}, two)
t.is(row_of(built, "a", "good").varied, { p = 2 }, "a configuration that lost a run goes behind a complete one")
t.is({ row_of(built, "a", "good").lost, row_of(built, "a", "good").diverged, built.lost }, { 0, 1 },
  "that it lost one is in the column")

-- What is asked: pairs of so many.
two.ask = { loss = "good", vary = "p", baseline = 2 }
two.status = function(run) return run.parameters.p == 1 and run.fold <= 2 and "diverged" or "done" end
built = world({}, two)
t.is({ built.asked.effect.n, built.asked.effect.of, built.asked.effect.lost }, { 3, 5, 2 },
  "an effect says how many pairs it rests on")
t.like(built.sentence, "%(3 of 5 pairs of runs%)", "in its sentence")
t.like(report.text(built), "better, 3 of 5 pairs", "and in its table")
two.status = function(run) return run.loss == "fair" and run.fold <= 2 and "failed" or "done" end
two.value = function(run) return run.loss == "fair" and 0.3 + 0.001 * run.fold or by_p(run) end
built = world({}, two)
t.like(built.sentence, "is ahead of fair on a %(3 of 5 pairs%)", "what it is ahead of, too")
two.datasets = { "a", "b" }
two.status = function(run) return run.dataset == "b" and run.parameters.p == 1 and "failed" or "done" end
built = world({}, two)
t.like(built.sentence, "over 1 of 2 data sets", "a data set that has nothing to compare is counted")

-- What findings ask.
do
  world { ["good on a"] = 2 }
  local store <close> = ll.store.open(path)
  local results = results_of.read(store)
  local a, good = results.datasets.a, results:choose(results.datasets.a, "good")
  t.is(results:counts(a, good.config), { n = 3, lost = 2, open = 0, of = 5 }, "counts of a configuration")
  t.is(results:choose(a).loss, "fair", "the best of all")
  t.is(results:choose(a, { "good", "poor" }).loss, "poor", "and of some")
  local d = results:difference(a, good.config, results:choose(a, "fair").config)
  t.is({ d.n, d.of, d.lost }, { 3, 5, 2 }, "a difference")
  local p = results:pooled({ d, results:difference(results.datasets.b, good.config, results:choose(a, "fair").config) }, 3)
  t.is({ p.n, p.of, p.lost, p.datasets, p.of_datasets }, { 8, 10, 2, 2, 3 }, "and several")
end
os.remove(path)
t.done()
