-- Results by a metric other than the study's: epochs and configurations chosen by it on validation, test values of that epoch. The
-- study's own trial records made-up numbers, so that every choice is known; the database is written as the worker writes it.
local ll = require "losslab"
local t = require "tests.lua.tap"
local network = require "losslab.run.network"
local cuts = require "losslab.study.cuts"
local plan = require "losslab.study.plan"
local results_of = require "losslab.results.reading"
local rows_of = require "losslab.run.rows"
local study_of = require "losslab.study.study"

-- "a" is best at epoch 2 of configuration 1, "b" at epoch 3 of configuration 2; "loss" is to be small.
local valid = {
  { a = { .1, .9, .2 }, b = { .3, .1, .2 }, loss = { 3, 2, 5 } },
  { a = { .4, .3, .5 }, b = { .1, .2, .8 }, loss = { 9, 8, 1 } },
}
local study = study_of {
  name = "made", data = { { generator = "target_decoy", n = 60, ratio = 4 },
    { generator = "target_decoy", n = 60, name = "plain" } },
  split = { folds = 3 }, seeds = { 1, 2 }, metric = "a",
  compare = { method = { config = { 1, 2 } } },
  trial = function(trial)
    local own = valid[trial.parameters.config]
    for epoch = 1, 3 do
      local row, test = {}, {}
      for name, values in pairs(own) do
        row[name] = values[epoch]
        test[name] = 10 * epoch + values[epoch] + trial.parts.test:row_numbers()[1] / 1000
      end
      trial:record { loss = epoch / trial.parameters.config, valid = row, test = test }
    end
  end,
}
local path = os.tmpname()
os.remove(path)
do
  local store <close> = ll.store.open(path, { mode = "create" })
  local id, runner, sets, configs = plan.write(study, store).study, store:join(), {}, {}
  for _, dataset in ipairs(cuts.datasets(study)) do sets[dataset.key] = dataset end
  for _, config in ipairs(study.configs) do configs[config.key] = config end
  for trial in function() return store:claim(id, runner)[1] end do
    local row = store:one("trial", trial)
    local parts = cuts.parts(study, sets[row.dataset_key], row.seed, row.fold)
    local result = network.run(study, configs[row.config_key], parts, row.number)
    store:transaction(function() rows_of.write(store, trial, result, runner) end)
  end
  store:release(runner)
end

local store <close> = ll.store.open(path, { mode = "read" })
local results = results_of.read(store)
local function chosen(by)
  local best = by:choose(by.datasets.plain, "method")
  return { best.parameters.config, by.datasets.plain.runs[best.config][1].epoch, best.n }
end
t.is(chosen(results), { 1, 2, 6 }, "by the study's metric")
t.is(chosen(results:by "a"), { 1, 2, 6 }, "the same when it is asked for by name")
t.is(chosen(results:by "b"), { 2, 3, 6 }, "another metric chooses another configuration and epoch")
t.is(chosen(results:by("loss", "min")), { 2, 3, 6 }, "one that is to be small")
t.is(chosen(results:by("loss", "max")), { 2, 1, 6 }, "or large")
t.is(chosen(results), { 1, 2, 6 }, "and the results themselves stay as they were")
do
  local own, again = results.datasets.plain, results:by("a").datasets.plain
  t.near(again.summary[1].test_mean, own.summary[1].test_mean, 1e-12, 0, "the mean on test, too")
  t.near(again.summary[2].valid_mean, own.summary[2].valid_mean, 1e-12, 0, "and on validation")
end
local by = results:by "b"
local d = by:difference(by.datasets.plain, 2, 1)
t.near(d.difference, (30 + .8) - (10 + .3), 1e-9, 0, "a difference is one of that metric, each at its own epoch")
t.ok(d.better, "and has its direction")
d = results:by("loss", "min")
d = d:difference(d.datasets.plain, 2, 1)
t.near(d.difference, (30 + 1) - (20 + 2), 1e-9, 0, "of one that is to be small as well")
t.ok(d.worse, "where more is worse")
d = results:difference(results.datasets.plain, 1, 2, { epoch = "last" })
t.near(d.difference, .2 - .5, 1e-9, 0, "at the last epoch")
t.is(#results:values(results.datasets.plain, 1, "b", "valid"), 6, "a value a run")
t.is(results:values(results.datasets.plain, 1, "b", "valid")[1], .1, "of a second metric at the chosen epoch")
t.is(results:values(results.datasets.plain, 1, "b", "valid", "last")[1], .2, "and at the last")

do
  local course = results:course(results.datasets.plain, 2, "train_loss")
  t.is(#course, 3, "a column by epoch")
  t.is(course[3], { 3, { 1.5, 1.5, 1.5, 1.5, 1.5, 1.5 } }, "with a value a run")
  t.is(results:course(results.datasets.plain, 2, "margin")[1], { 1, {} }, "none where there is none")
end

-- 20 tested, 32 trained on; thinned to 16 + 4 of 32 or fewer, the interval is that of what was there to be drawn from.
t.near(results.datasets.plain.ratio, 20 / 32, 0.03, 0, "tested by trained")
t.is(results.datasets.target_decoy.ratio, results.datasets.plain.ratio, "which thinning does not change")
os.remove(path)
t.done()
