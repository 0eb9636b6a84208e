-- results:compare_losses, results:tuned, and looks at test parts: over databases that are made up, against what is plain to see.
local ll = require "losslab"
local lfs = require "lfs"
local make = require "tests.lua.fixture_db"
local looks = require "losslab.results.looks"
local report = require "losslab.results.report"
local comparison_text = require "losslab.results.comparison_text"
local t = require "tests.lua.tap"
local trust = require "losslab.results.trust"

local path = os.tmpname()
local sets = {}
for i = 1, 12 do sets[i] = "d" .. i end
-- a is above b everywhere, c is level with b but for one set; a has two settings, the second is the better one
local level = { a = 0.9, b = 0.8, c = 0.8 }
local function value(row)
  local base = level[row.loss] + 0.001 * (row.trial % 7) + (row.loss == "c" and row.dataset == "d3" and 0.02 or 0)
  return base + (row.config == 2 and 0.02 or 0)
end
local function database(options)
  os.remove(path)
  local o = { datasets = sets, losses = { a = { margin = { 0.1, 0.2 } }, b = {}, c = {} }, folds = 3, seeds = 2, epochs = 1,
    ask = false, scores = false, value = value }
  for name, given in pairs(options or {}) do o[name] = given end
  make(path, o)
  return ll.open(path)
end

local r = database()
local all = r:compare_losses { draws = 2000 }
t.is({ all.losses, #all.datasets, all.ranked, #all.gaps, #all.pairs }, { { "a", "b", "c" }, 12, 12, 0, 3 }, "what is compared")
t.is(all.ranks.a, 1.0, "a is first everywhere")
t.near(all.ranks.a + all.ranks.b + all.ranks.c, 6, 1e-12, "mean ranks add up")
t.ok(all.friedman.p < 0.001 and all.cd == ll.stats.nemenyi(3, 12), "they differ, by Nemenyi's distance")
local pair = all.pairs[1]
t.is({ pair.a, pair.b, pair.n, pair.wins, pair.losses, pair.charged, pair.effect }, { "a", "b", 12, 12, 0, 0, 1.0 }, "a against b")
t.near(pair.p, 2 / 2 ^ 12, 1e-12, "as far as signed ranks go")
t.near(pair.holm, 3 * pair.p, 1e-12, "of three pairs")
t.ok(pair.bayes.better > 0.99, "probably practically better: " .. pair.bayes.better)
t.ok(pair.pooled.low > 0.05 and #pair.datasets == 12, "its pooled interval is that of its data sets")
local choice = r:difference(r.datasets.d1, r:choose(r.datasets.d1, "a"), r:choose(r.datasets.d1, "b"))
t.near(pair.datasets[1].estimate.difference, choice.difference, 1e-15, "each the difference of what folds chose")
t.ok(all.pairs[3].bayes.equal > 0.9, "b and c are practically equal")
local cell = all.cells.d1.a
t.ok(cell.low < cell.mean and cell.mean < cell.high and cell.n == 6, "a mean with its interval, over 6 runs")
t.is(all.least, 7, "with 3 pairs, signed ranks need 7 data sets: 3 * 2 / 2^7 is below 0.05, 3 * 2 / 2^6 is not")

local tuned = r:tuned()
t.is({ #tuned, tuned[1].loss, tuned[1].default, #tuned[1].rows }, { 1, "a", 1, 12 }, "one loss was tuned")
local words = comparison_text.tuned_sentence(r, tuned)
t.like(words, "^Chosen on validation against the default configuration, in test auc: a %+", "and that is said")
local said = comparison_text.sentences(all)
t.like(said[1], "^Over 12 data sets the mean ranks are a 1.00, c 2.17 and b 2.83; they differ %(Friedman", "ranks in words")
t.like(said[2], "a is ahead of b and c; 1 of 3 pairs do not differ beyond chance", "and pairs")
local built = report.build(r.store)
t.is({ built.over[1], built.tuned }, { said[1], words }, "losslab show says the same")
t.like(comparison_text.page(r, all, tuned, { width = 100 }), "mean rank", "the page")
local comparison_tables = require "losslab.page.comparison_tables"
local means = comparison_tables.blocks(r)[1]
t.is({ #means.columns, #means.rows, means.columns[1][1], means.columns[2][1], means.rows[1][1], means.rows[13][1] },
  { 4, 13, "data set", "a", "d1", "mean rank" }, "a report has a row a data set and a column a loss")
local plain = comparison_text.plain(r, all)
t.is({ #plain.cells, #plain.pairs, plain.pairs[1].pooled.verdict }, { 36, 3, "better" }, "as plain data")
t.is(type(ll.json.encode(plain)), "string", "which JSON takes")

-- what would settle a difference
local function noisy(row) return level[row.loss] + 0.02 * ((row.trial * 7919) % 11 - 5) + (row.loss == "c" and 0.004 or 0) end
r:close()
r = database { value = noisy, datasets = { "d1", "d2", "d3", "d4" } }
local d = r:difference(r.datasets.d1, 4, 3)
local n = r:needed(d)
local same = ll.stats.pairs_needed { difference = d.difference, sd = d.sd, ratio = d.ratio }
t.near(n.limit, same.limit, 1e-12, "of one data set as ll.stats.pairs_needed has it")
t.is(n.seeds, nil, "which more seeds never show")
local ds = {}
for i, set in ipairs(r.datasets) do ds[i] = r:difference(set, 4, 3) end
local pooled = r:pooled(ds)
local each = {}
for i, one in ipairs(ds) do each[i] = one.difference end
t.is(r:needed(pooled).datasets, ll.stats.pairs_needed { difference = pooled.difference, sd = ll.stats.sd(each) }.n, "data sets")
local few = { n = 6, difference = 0.5, sd = 0.3, ratio = 0.1, df = 5, se = 0.3 * math.sqrt(1 / 6 + 0.1) }
local seeds = r:needed(few).seeds
t.near(ll.stats.power { difference = 0.5, sd = 0.3, n = math.max(2, 6 * seeds), ratio = 0.1 } >= 0.8 and 1 or 0, 1, 0, "seeds")
t.is(r:needed { n = 1, difference = 1 }, nil, "of one pair nothing is known")
t.throws(function() r:needed(3) end, "needed: a difference is needed, not 3", "what is none")
r:close()

-- lower is better: the same, turned round
local function negative(row) return 1 - value(row) end
means = comparison_tables.blocks(database { datasets = { "d1", "d2" } })[1]
t.is({ #means.columns, #means.rows, means.columns[1][1], means.columns[2][1], means.columns[4][1] },
  { 4, 3, "loss", "d1", "mean rank" }, "of more losses than data sets a row a loss, since pages are long")
t.is({ means.rows[1][1], means.rows[1][2][1]:match "%b()" }, { "a", "(1)" }, "with its ranks")
local low = database { goal = "min", value = negative }
local turned = low:compare_losses { bayes = false }
t.is({ turned.ranks.a, turned.pairs[1].wins, turned.pairs[1].effect }, { 1.0, 12, 1.0 }, "by a goal of min a wins as well")
t.ok(turned.pairs[1].pooled.difference < 0 and turned.pairs[1].pooled.better, "by a lower metric")
low:close()

-- lost runs are charged; open ones leave a data set out; nothing finished ranks last
local function status(row)
  if row.dataset == "d1" and row.loss == "a" and row.fold == 1 and row.seed == 1 then return "diverged" end
  if row.dataset == "d2" and row.loss == "a" then return "failed" end
  if row.dataset == "d12" and row.loss == "c" and row.fold == 3 then return "pending" end
end
local lost = database { status = status }
local charged = lost:compare_losses { bayes = false }
t.is({ charged.cells.d1.a.rank, charged.cells.d2.a.rank, charged.ranked }, { 3.0, 3.0, 11 }, "lost runs go last, open ones wait")
t.is({ charged.pairs[1].n, charged.pairs[1].charged, charged.pairs[1].losses, charged.pairs[2].n }, { 12, 2, 2, 11 },
  "in pairs, too, and the pair without c keeps its data set")
t.is({ charged.gaps[1].dataset, charged.gaps[1].open, charged.gaps[1].lacks }, { "d12", { "c" }, {} }, "the gap has its reason")
t.like(comparison_text.gaps_sentence(charged), "^Ranks leave out d12 %(c has runs still to be done%)", "which is said")
t.like(comparison_text.gaps_sentence { gaps = { { dataset = "d", open = { "a", "b" }, lacks = {} } }, losses = { "a", "b" } },
  "%(a and b have runs still to be done%)", "of two, too")
for name, wrong in pairs { rope = { -1, "rope must be a number >= 0, not -1" }, level = { 1, "level must be a number between" },
  power = { 2, "power must be" }, draws = { 0, "draws must be an integer from 1 to 1000000, not 0" } } do
  t.throws(function() lost:compare_losses { [name] = wrong[1] } end,
    { "tests/lua/comparison.lua", "compare_losses: " .. wrong[2] }, name)
end
lost:close()
t.throws(function() database():compare_losses { rop = 1 } end, 'compare_losses has no option "rop"; did you mean "rope"?',
  "an option that is none")

-- looks
local state = os.tmpname()
os.remove(state)
lfs.mkdir(state)
local script = "return {}" -- the fixture's
local function rows()
  local store <close> = ll.store.open(path)
  return looks.read(store)
end
database():close()
local function look(what)
  local store <close> = ll.store.open(path)
  looks.record(store, what)
end
local known, mine = trust.known, false
trust.known = function(text) return mine and text == script end
look "show"
t.is({ rows().before, rows().since }, { 0, 0 }, "a stranger's database is left as it is")
mine = true
look "show"
look "show"
look "plot"
t.is({ rows().since, #rows().rows, rows().rows[1].times + rows().rows[2].times }, { 3, 2, 3 }, "looks are counted")
t.is(looks.sentence(rows()), nil, "and not told while nothing was changed after them")
do
  local results = ll.open(path)
  results:curve(results.datasets[1], 1, "valid")
  t.is(rows().since, 3, "validation is no test")
  results:values(results.datasets[1], 1)
  results:choose(results.datasets[1])
  results:close()
  t.is(rows().since, 4, "results that were asked for test values are one look")
end
do
  local store <close> = ll.store.open(path, { mode = "write" })
  local row, given = store:one "study", { plan_sha256 = ("1"):rep(64) }
  for word in ("name question file script script_sha256 plan metric goal version precision machine cpu isa blas id"):gmatch "%S+" do
    given[word] = row[word]
  end
  store:run("update_study", given)
end
t.is({ rows().before, rows().since }, { 4, 0 }, "what was before the last change")
t.is(looks.sentence(rows()), "Before the study was last changed, its numbers on test parts had been shown 4 times (show 2, plot 1, "
  .. "results 1): what was changed may have been chosen by them.", "is told")
local store = ll.store.open(path)
t.like(report.text(report.build(store)), "had been shown 4 times %(show 2", "by losslab show")
store:close()
os.execute("chmod a-w " .. path)
look "show"
t.is(rows().since, 0, "a file that is not to be written is not")
trust.known = known
os.execute("chmod u+w " .. path)

os.remove(path)
os.execute("rm -r " .. state)
t.done()
