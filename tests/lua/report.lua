-- The report against numbers computed here, in another way, from what the fixture wrote.
package.path = "./?.lua;" .. package.path
local ll = require "losslab"
local t = require "tests.lua.tap"
local make = require "tests.lua.fixture_db"
local report = require "losslab.results.report"
local results_of = require "losslab.results.reading"
local text = require "losslab.text"

local path = os.tmpname()
local function study(options)
  os.remove(path)
  options.scores = false
  options.epochs = options.epochs or 2
  return make(path, options)
end

local function mean(xs)
  local sum = 0
  for _, x in ipairs(xs) do sum = sum + x end
  return sum / #xs
end
local function variance(xs)
  local m, sum = mean(xs), 0
  for _, x in ipairs(xs) do sum = sum + (x - m) ^ 2 end
  return sum / (#xs - 1)
end
local function tests_of(runs)
  local out = {}
  for i, row in ipairs(runs) do out[i] = row.test end
  return out
end
local function row_of(built, dataset, loss)
  for _, group in ipairs(built.groups) do
    for _, row in ipairs(group.rows) do
      if group.dataset == dataset and row.loss == loss then return row end
    end
  end
end

-- Six runs (3 folds, 2 seeds): 5 degrees of freedom.
local t975_5 = 2.5705818366147395

-- Validation prefers margin_lr 0.001; test would have preferred 0.01 by far.
local valid = { [0] = 0.70, [0.001] = 0.80, [0.01] = 0.75 }
local test = { [0] = 0.60, [0.001] = 0.65, [0.01] = 0.95 }
local wobble = { 0.010, -0.004, 0.007, -0.012, 0.003, 0.001, -0.002, 0.009 }
local losses = { adaptive_rank = { margin = { 0.1 }, margin_lr = { 0, 0.001, 0.01 } }, hinge = {}, savage = {} }
local function fixed_values(row)
  local w = wobble[(row.fold * 2 + row.seed) % 8 + 1]
  if row.loss == "hinge" then return 0.5 + w end
  if row.loss == "savage" then return 0.640 + 3 * wobble[(row.fold + row.seed * 3) % 8 + 1] end
  local rate = row.parameters.margin_lr
  return test[rate] + w * (1 + 20 * rate) + (rate > 0 and wobble[row.seed] or 0)
end
local function fixed_valid(row) return (valid[row.parameters.margin_lr] or 0.6) + row.seed / 1000 end
local wrote = study {
  datasets = { "sonar", "pima" }, folds = 3, seeds = 2, losses = losses, rows = 300, value = fixed_values,
  valid = fixed_valid,
}
local built = report.build(path)

local row = row_of(built, "sonar", "adaptive_rank")
t.is(row.parameters.margin_lr, 0.001, "the configuration is chosen on validation, though test prefers another")
local runs = tests_of(wrote.sonar[2])
t.near(row.test, mean(runs), 1e-12, 0, "its test metric is the mean over folds and seeds")
t.near(row.test_sd, math.sqrt(variance(runs)), 1e-12, 0, "and the standard deviation has n - 1")
t.is(row.runs, 6, "its runs are counted")
t.is(row.setting, "margin_lr 0.001", "only what varies is shown of a configuration")
t.is(row.mark, "best", "the best is marked")
t.is(row_of(built, "sonar", "savage").mark, "level", "one within noise of the best is marked")
t.is(row_of(built, "sonar", "hinge").mark, nil, "one that is worse beyond noise is not")

-- The same choices as the view leaderboard, which is SQL's own.
do
  local db <close> = ll.store.open(path)
  local count = 0
  for lead in db:rows "leaderboard" do
    local mine = row_of(built, lead.dataset, lead.loss)
    count = count + 1
    if not (mine and mine.config == lead.config and math.abs(mine.test - lead.test_mean) < 1e-12) then
      t.ok(false, "the leaderboard agrees on " .. lead.dataset .. ", " .. lead.loss)
    end
  end
  t.is(count, 6, "the leaderboard's rows are the table's")
end

-- The asked effect: 0.001 against 0. Parts: 100 tested, 100 trained on, so ratio 1: variance (1/6 + 1) s².
local ds, means, ses = {}, {}, {}
for k, name in ipairs { "sonar", "pima" } do
  ds[k] = {}
  for i, each in ipairs(wrote[name][2]) do ds[k][i] = each.test - wrote[name][1][i].test end
  means[k], ses[k] = mean(ds[k]), math.sqrt((1 / 6 + 1) * variance(ds[k]))
end
local effect = built.asked.rows[1].effect
t.near(effect.difference, means[1], 1e-12, 0, "the effect is the mean of the paired differences")
t.near(effect.low, means[1] - t975_5 * ses[1], 1e-7, 0, "with the corrected interval, lower end")
t.near(effect.high, means[1] + t975_5 * ses[1], 1e-7, 0, "and upper end")
t.is(effect.verdict, effect.low > 0 and "better" or "no difference beyond noise", "its verdict is that of its interval")
local pooled = built.asked.effect
t.near(pooled.difference, mean(means), 1e-12, 0, "over data sets: the mean of their means")
t.is(pooled.n, 12, "over all pairs")
do -- equal variances on both: Satterthwaite gives the sum of the degrees of freedom
  local results = setmetatable({ sign = 1 }, { __index = getmetatable(results_of.read(ll.store.open(path))).__index })
  local both = results:pooled { { n = 6, difference = 0.01, se = 0.02, df = 5 }, { n = 6, difference = 0.03, se = 0.02, df = 5 } }
  t.near(both.df, 10, 1e-9, 0, "degrees of freedom add up for equal variances")
  t.near(both.high - both.difference, 2.2281388519649385 * 0.02 / math.sqrt(2), 1e-8, 0, "and the variances do")
  local one = results:pooled { { n = 1, difference = 0.01 } }
  t.ok(one.low == -math.huge and not one.better, "a difference without a spread says nothing")
end

t.ok(built.sentence:find("learnable margin", 1, true) and built.sentence:find("η_ξ 0.001", 1, true),
  "the sentence names the rate that was chosen")
t.ok(built.sentence:find("ahead of hinge on sonar and pima", 1, true), "and the loss that is beaten, and where")
t.ok(not built.sentence:find("0.01 ", 1, true), "and not what test would have chosen")

do
  local told = setmetatable({ claim = "It is so.", finding = "It holds, by 3.", details = { "More of it." } }, { __index = built })
  local plain, painted = report.text(told), report.text(told, { color = true })
  t.ok(plain:find("\nclaim: It is so.\n\nfinding: It holds, by 3.\n\nMore of it.\n", 1, true), "claim, finding, details")
  t.ok(not plain:find "\27" and painted:find("\n\27[1mfinding: It holds, by 3.\27[0m\n\nMore of it.\n", 1, true),
    "the finding in bold where colours are wanted")
end

-- Three worlds: a margin that helps, one that hurts, one that does nothing; with more of the metric better, and with less.
local function world(step, goal)
  study {
    datasets = { "a", "b", "c" }, folds = 5, seeds = 2, losses = losses, goal = goal,
    value = function(r)
      local rate = r.parameters.margin_lr or 0
      return 0.7 + wobble[(r.fold + r.seed) % 8 + 1] + (rate > 0 and step + 0.1 * wobble[(r.fold * 3 + r.seed) % 8 + 1] or 0)
    end,
  }
  return report.build(path).sentence
end
t.ok(world(0.05):find("helps adaptive_rank", 1, true), "a margin that helps is said to help")
t.ok(world(-0.05):find("hurts adaptive_rank", 1, true), "one that hurts, to hurt")
t.ok(world(0):find("makes no difference beyond noise for adaptive_rank", 1, true), "one that does nothing, to do nothing")
t.ok(world(-0.05, "min"):find("helps adaptive_rank", 1, true), "where less is better, less helps")

study { datasets = { "a" }, folds = 3, seeds = 2, losses = losses, value = function() return 0.7 end }
t.is(report.build(path).asked.effect.verdict, "the same in every run", "runs that are all alike are said to be")

-- Runs that are lost, and runs still to come.
study {
  datasets = { "a" }, folds = 3, seeds = 2, losses = losses,
  status = function(r)
    if r.loss == "hinge" and r.fold == 1 then return "diverged" end
    if r.loss == "savage" then return r.fold == 1 and "failed" or "pending" end
  end,
}
built = report.build(path)
t.is(row_of(built, "a", "hinge").diverged, 2, "diverged runs are counted")
t.is(row_of(built, "a", "hinge").runs, 4, "and the others kept")
local words = report.text(built)
t.ok(words:find("2 diverged", 1, true) and words:find("2 failed", 1, true), "the head says what was lost")
t.ok(words:find("4 STILL TO DO", 1, true), "and that the study is not complete")
t.ok(words:find("nothing finished", 1, true), "a loss without a finished run has a row")

-- Nothing asked.
study { datasets = { "a", "b" }, folds = 3, seeds = 2, losses = losses, ask = false, value = fixed_values,
  valid = fixed_valid }
built = report.build(path)
t.is(built.asked, nil, "a study that asks nothing has no answer")
t.ok(built.sentence:find("Of 2 data sets, adaptive_rank has the best test auc on 2", 1, true), "but a best loss: "
  .. built.sentence)
t.lives(function() require("cjson").encode(built) end, "what is built is plain enough for JSON")

-- One run: no interval, no claim.
study { datasets = { "a" }, folds = 1, seeds = 1, losses = losses, value = fixed_values }
built = report.build(path)
t.is(built.asked.effect.low, nil, "one run has no interval")
t.ok(built.sentence:find("too few runs for an interval", 1, true), "and the sentence says so")

-- Columns, whatever names hold.
study { datasets = { "中文 data", "naïve" }, folds = 2, seeds = 1, losses = losses, name = "a\nb" }
words = report.text(report.build(path))
t.ok(words:find("a\\10b", 1, true), "a newline in a name stays in its line")
local column, straight = nil, true
for line in words:gmatch "[^\n]+" do
  local before = line:match "^(.-)adaptive_rank  " or line:match "^(data set%s+)loss "
  if before and line:find "%d%.%d" then
    column = column or text.width(before)
    straight = straight and text.width(before) == column
  end
end
t.ok(column and straight, "columns stand straight over wide characters")
t.ok(not words:find "\27", "no colour unless it is asked for")

-- Names that agree at both ends: no two rows of a table, and no two losses or data sets of a sentence, are called alike.
local many, names = { hinge = {} }, {}
local beginning, ending = ("a name that agrees with the others "):rep(2), (" to its very end"):rep(3)
for i = 1, 12 do
  names[i] = "data " .. beginning .. i .. ending
  many["loss " .. beginning .. i .. ending] = { p = { ("v"):rep(60) .. i .. ("v"):rep(60), ("v"):rep(60) .. -i .. ("v"):rep(60) } }
end
local function count_of(said, pattern)
  local seen, n = {}, 0
  for label in said:gmatch(pattern) do
    if not seen[label] then seen[label], n = true, n + 1 end
  end
  return n
end
study { datasets = names, folds = 2, seeds = 1, losses = many, ask = false }
words = report.text(report.build(path), { width = 1e6 }):match "^.-\n\n(.-)\n\nTest metrics"
t.is(count_of(words, "\n(data a .-)  "), 12, "a table tells all data sets apart")
t.is(count_of(words, "(loss a .-)  "), 12, "all losses")
t.is(count_of(words, "  (v%S-)  ") > 12, true, "and settings")
local loss = next(many) ~= "hinge" and next(many) or next(many, "hinge")
study { datasets = names, folds = 4, seeds = 2, losses = many, ask = { loss = loss, vary = "p", baseline = many[loss].p[1] },
  value = function(run) return (run.loss == loss and 0.5 or 0.9) + run.fold / 1000 + run.trial / 1e6 end }
built = report.build(path)
t.is(count_of(built.sentence:match "is behind (.*)", "(loss a [^,]-) on "), 11, "a sentence tells the others apart")
local tables = report.text(built, { width = 1e6 })
t.is(count_of(tables:match "against p = .-\n(.*)", "\n(data a .-)  "), 12, "so does the table of what is asked")

os.remove(path)
t.done()
