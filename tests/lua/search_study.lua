-- Studies that search: a planted objective, by a study's own trial function, shows which configurations are proposed, which are
-- ended early and which are chosen; the database is the same for any number of workers.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rungs = require "losslab.study.rungs"

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir " .. folder))
local count = 0
local function file()
  count = count + 1
  return folder .. "/" .. count .. ".db"
end

local function rows(path, sql)
  local db <close> = ll.store.open(path)
  local out = {}
  for row in db:query(sql) do out[#out + 1] = row end
  return out
end
local function one(path, sql) return rows(path, sql)[1].x end

-- The tables in which two databases differ.
local function differing(a, b)
  local first <close> = ll.store.open(a)
  local second <close> = ll.store.open(b)
  local out = {}
  for row in first:query "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name" do
    if first:digest(row.name) ~= second:digest(row.name) then out[#out + 1] = row.name end
  end
  return out
end

local function run(study, options)
  options = options or {}
  options.db, options.jobs = options.db or file(), options.jobs or 1
  local code = study:run(options)
  t.is(code, 0, study.name .. ": ran")
  return options.db
end

-- 27 epochs that tend to x; a configuration of a higher x is better after every epoch.
local EPOCHS = 9
local function planted(t_)
  for epoch = 1, EPOCHS do
    local value = t_.parameters.x - 0.5 / epoch
    t_:record { valid = { value = value }, test = { value = -value } }
  end
end

local function study(search, more)
  local fields = { name = "s", data = { generator = "moons", n = 40 }, split = { folds = 2 }, metric = "value",
    compare = { a = { x = { from = 0, to = 1 } }, b = { x = { from = 0, to = 2 } } }, trial = planted, search = search }
  for key, value in pairs(more or {}) do fields[key] = value end
  return ll.study(fields)
end

-- ---- options ----

t.throws(function() study { method = "tpee" } end, "search.method: there is no method", "a method that is none")
t.throws(function() study { trails = 3 } end, 'did you mean "trials"', "the nearest field")
t.throws(function() study { trials = 3, budget = { epochs = 3 } } end, "either trials or budget", "two budgets")
t.throws(function() study { budget = { epoch = 3 } } end, 'did you mean "epochs"', "a budget that is none")
t.throws(function() study { budget = {} } end, "says one of trials, epochs and seconds", "no budget")
t.throws(function() study { budget = { seconds = 0 } } end, "above 0", "no seconds")
t.throws(function() study { by = "folds" } end, 'did you mean "fold"', "by what")
t.throws(function() study { start = { y = 1 } } end, "the study has no field", "a start of no such field")
t.throws(function() study { prune = "halvin" } end, 'did you mean "halving"', "pruning that is none")
t.throws(function() study { prune = { method = "median", eta = 2, epochs = 9 } } end, "median has no option", "another's option")
t.throws(function() study { prune = "halving" } end, "train.epochs or prune", "of how many epochs is not said")
t.throws(function() study({ prune = { method = "hyperband", epochs = 9 }, at_once = 3 }) end, "says itself", "rounds of hyperband")
t.throws(function() study({ trials = 3 }, { sample = { random = 3 } }) end, "search and sample", "two ways at once")
t.throws(function() study { start = 1 } end, "search.start must be a table", "a start that is none")
t.throws(function() study { method = "grid" } end, "a grid tries values, and loss.x is a range", "a grid of a range")
t.throws(function() study { budget = { epochs = 40 } } end, "nobody says how many epochs a trial of a has", "epochs nobody knows")
t.throws(function() study({ budget = { epochs = 11 }, start = { x = 1 } }, { train = { epochs = 6 },
  compare = { a = { x = { 1, 2 } } } }) end, "11 is too few for one configuration: the first of a takes 12",
  "a budget of epochs that holds nothing")

-- The start of a study with losses: what it says is of the study, and its optimizer brings its own fields.
local function start(values)
  return ll.study { name = "s", data = "moons", compare = { focal = { gamma = { from = 0, to = 3 },
    alpha = { from = 0, to = 1, only_if = { gamma = { from = 2 } } } }, hinge = {} },
    train = { epochs = 2, optimizer = { adam = { lr = 0.5 }, sgd = { momentum = { 0, 0.5 } } } }, search = { start = values } }
    .configs[1]
end
t.is(start { optimizer = "sgd" }.train.lr, 0.01, "a start by sgd has no learning rate of adam's")
t.is(start { optimizer = "adam" }.train.lr, 0.5, "one by adam has")
t.is(start { gamma = 2, alpha = 0.75 }.parameters.alpha, 0.75, "a start with what its condition allows")
for _, case in ipairs {
  { { epochs = 3 }, "search.start: epochs is 2 in this study, not 3" },
  { { optimizer = "lbfgs" }, 'search.start: optimizer is "adam" or "sgd" in this study, not "lbfgs"' },
  { { optimizer = "adam", momentum = 0.5 }, 'no configuration of focal has momentum = 0.5 and optimizer = "adam"' },
  { { gamma = 1, alpha = 0.5 }, "what alpha hangs on (only_if) does not hold there" },
} do t.throws(function() start(case[1]) end, case[2], "refused: " .. case[2]) end
t.throws(function() study(3) end, "search must be a table", "no search")

-- A start outside the space is run, as the loss without tuning; that it is outside is said, of a dry run and of what was found.
do
  local outside, answer = require "losslab.study.outside", require "losslab.cli.answer"
  local function hinge(margin, first, train)
    return ll.study { name = "s", data = { generator = "moons", n = 40 }, split = { folds = 2 },
      compare = { hinge = { margin = margin }, logistic = {} }, train = train or { epochs = 1 },
      search = { trials = 3, start = first } }
  end
  local far = hinge { from = 2, to = 3 }
  t.is(far.search.spaces.hinge.start.config.parameters.margin, 1.0, "the default is the start, wherever the range is")
  t.is(outside.sentences(far.search), { "hinge starts outside its space, at margin = 1 (searched: 2 to 3): that is run as what "
    .. "tuning is compared with, and may be chosen; search.start says another" }, "and that it is outside is said")
  t.is(outside.plain(far.search), { { loss = "hinge", fields = { margin = 1.0 } } }, "to programs, too")
  t.is({ outside.sentences(hinge { from = 0, to = 3 }.search), outside.sentences(hinge({ from = 2, to = 3 }, false).search),
    outside.sentences(hinge({ from = 2, to = 3 }, { margin = 2.5 }).search), outside.sentences(nil) }, { {}, {}, {}, {} },
    "one within is not, nor none, nor one that is said")
  t.like(outside.sentences(hinge({ 2, 3 }, { margin = 2 }, { epochs = 1, batch = { log = { 2, 9 }, integer = true },
    optimizer = { "sgd", "adagrad" } }).search)[1], "hinge starts outside its space, at batch = %d+ %(searched: 2 to 9%)",
    "whole numbers and other parts")
  local path = run(far)
  local found <close> = ll.open(path)
  local sentence = ll.report.build(path).searched[2]
  t.is(sentence, "The first configuration, which tuning is compared with and choices may take, lies outside what was searched: "
    .. "hinge at margin = 1 (searched: 2 to 3).", "losslab show says it")
  t.is(found.configs[found:tuned()[1].default].parameters.margin, 1.0, "and tuning is compared with it")
  t.is(one(path, "SELECT count(*) AS x FROM proposal WHERE loss = 'hinge' AND made_by <> 'start' AND "
    .. "json_extract(point, '$.\"loss.margin\"') BETWEEN 2 AND 3"), 2, "what is proposed lies within")
  local say, lines = require "losslab.say", {}
  local before = say.out
  say.out = function(...) lines[#lines + 1] = table.concat({ ... }) end
  answer.look(far, path, { jobs = 1 })
  say.out = before
  t.like(table.concat(lines), "to run\nhinge starts outside its space, at margin = 1", "a dry run says it")
end

-- A baseline of a question is what a search may try.
local function asked(margin, baseline, first)
  return ll.study { name = "s", data = "moons", compare = { hinge = { margin = margin } }, train = { epochs = 2 },
    search = { start = first }, ask = { loss = "hinge", vary = "margin", baseline = baseline } }.ask.baseline
end
t.is(asked({ 0.5, 1, 2 }, 0.5), 0.5, "one of a list that is not the start")
t.is(asked({ from = 0, to = 2 }, 0.5, { margin = 0.5 }), 0.5, "the start's of a range")
t.throws(function() asked({ 0.5, 1 }, 3) end, "no configuration of hinge has margin = 3", "none of a list")
t.throws(function() asked({ from = 0, to = 2 }, 0.5) end, "a search tries for sure what search.start says", "one of a range")

-- ---- rungs ----

do
  local prune = { method = "halving", eta = 3, epochs = 9, rungs = { 1, 3 } }
  local list = { { value = 1 }, { value = 3 }, {}, { value = 3 }, { value = 2 }, { value = 0 } }
  local on = rungs.halve(prune, list)
  t.is({ on[list[2]], on[list[4]], on[list[1]], on[list[3]] }, { true, true }, "the best third, the first of equals")
  t.is(rungs.halve(prune, { {}, {} }), {}, "nothing of which nothing has a value")
  t.is(rungs.median { 4, 1, 3 }, 3, "the median")
  t.is(rungs.median { 4, 1, 3, 2 }, 2.5, "of an even number")
  -- the table of Li et al. 2018, R = 81, eta = 3
  local hyperband = ll.study { name = "h", data = "moons", compare = { "hinge" }, train = { epochs = 81, lr = { log = { .1, 1 } } },
    search = { prune = "hyperband" } }.search.prune
  local found = {}
  for i, bracket in ipairs(hyperband.brackets) do found[i] = bracket.size .. ":" .. table.concat(bracket.rungs, ",") end
  t.is(found, { "81:1,3,9,27", "34:3,9,27", "15:9,27", "8:27", "5:" }, "the brackets of hyperband")
  t.is(rungs.cost({ method = "halving", eta = 3, epochs = 9, rungs = { 1, 3 } }, 1, 9, 2), 2 * (9 + 3 * 2 + 6), "epochs of a round")
end

-- ---- without pruning ----

do
  local s = study { trials = 10, at_once = 4 }
  t.is(s:trials(), 2 * 2 * 10, "trials are what the budget allows")
  local path = run(s)
  t.is(one(path, "SELECT count(*) AS x FROM trial WHERE status = 'done'"), 40, "all of them")
  t.is(rows(path, "SELECT loss, round, count(*) AS n FROM proposal GROUP BY 1, 2"), { { loss = "a", round = 1, n = 4 },
    { loss = "a", round = 2, n = 4 }, { loss = "a", round = 3, n = 2 }, { loss = "b", round = 1, n = 4 },
    { loss = "b", round = 2, n = 4 }, { loss = "b", round = 3, n = 2 } }, "in rounds, each loss as many")
  t.is(one(path, "SELECT group_concat(ended) AS x FROM search"), "budget,budget", "until the budget is spent")
  -- exported: a row a proposal, in order, its configuration as columns, or as an object beside the point
  local export, store = require "losslab.results.export", ll.store.open(path)
  local function exported(format)
    local parts = {}
    export.write(store, { what = "proposals", format = format, to = function(part) parts[#parts + 1] = part end })
    return table.concat(parts)
  end
  local lines = {}
  for row in store:query [[SELECT p.*, d.name, json_extract(point, '$."loss.x"') AS x FROM proposal AS p JOIN dataset AS d
      ON d.id = p.dataset ORDER BY p.dataset, p.loss, p.fold, p.round, p.place]] do
    lines[#lines + 1] = string.format("s,moons,%s,0,%d,%d,%d,%s,%s,\n", row.loss, row.round, row.place, row.config,
      ll.json.encode(row.x), row.made_by)
  end
  t.is({ #lines, exported "csv" }, { 20, "study,dataset,loss,fold,round,place,config,x,made_by,pause\n" .. table.concat(lines) },
    "all are exported as CSV")
  local objects = ll.json.decode(exported "json")
  t.is({ #objects, objects[20].loss, objects[20].varied.x, objects[20].pause }, { 20, "b", objects[20].point["loss.x"],
    ll.json.null }, "and as JSON")
  store:close()
  local best = one(path, "SELECT max(json_extract(point, '$.\"loss.x\"')) AS x FROM proposal WHERE loss = 'a'")
  local r <close> = ll.open(path)
  t.is(r:choose("moons", "a").parameters.x, best, "the best of them is chosen")
  local other = run(study { trials = 10, at_once = 4 }, { jobs = 3 })
  t.is(differing(path, other), {}, "three workers leave the same database")
  -- more of it: what was proposed stays
  local before = rows(path, "SELECT dataset, loss, round, place, config, point FROM proposal WHERE round < 3")
  run(study { trials = 12, at_once = 4 }, { db = path })
  t.is(rows(path, "SELECT dataset, loss, round, place, config, point FROM proposal WHERE round < 3"), before,
    "a larger budget goes on")
  t.is(one(path, "SELECT count(*) AS x FROM trial"), 48, "and runs nothing again")
  t.is(one(path, "SELECT count(*) AS x FROM wanted"), 48, "all are wanted")
end

-- ---- pruning ----

for _, prune in ipairs { "halving", "hyperband", "median" } do
  local options = { trials = 18, prune = { method = prune, epochs = EPOCHS }, start = { x = 0.25 } }
  if prune == "median" then options.at_once, options.prune.startup = 6, 3 end
  local path = run(study(options))
  t.is(one(path, "SELECT count(*) AS x FROM trial WHERE status NOT IN ('done', 'pruned')"), 0, prune .. ": all ended")
  t.is(one(path, "SELECT count(*) > 0 AS x FROM trial WHERE status = 'pruned'"), 1, prune .. ": some early")
  t.is(one(path, [[SELECT count(*) AS x FROM trial AS t WHERE status = 'pruned' AND
    pruned_epoch <> (SELECT count(*) FROM epoch AS e WHERE e.trial = t.id)]]), 0, prune .. ": with the rows up to there")
  t.is(one(path, "SELECT count(*) AS x FROM checkpoint"), 0, prune .. ": and no checkpoint")
  t.is(one(path, "SELECT count(*) AS x FROM trial WHERE pause IS NOT NULL OR paused IS NOT NULL"), 0, prune .. ": nothing waits")
  t.is(one(path, [[SELECT count(DISTINCT t.status) AS x FROM proposal AS p JOIN wanted AS w ON w.config = p.config JOIN trial AS t
    ON t.id = w.trial WHERE p.made_by = 'start' AND t.status = 'pruned']]), 0, prune .. ": the start runs in full")
  -- of a round's configurations none that is worse goes further than one that is better
  t.is(one(path, [[WITH c AS (SELECT p.loss, p.round, json_extract(p.point, '$."loss.x"') AS x,
      (SELECT max(coalesce(t.pruned_epoch, 99)) FROM wanted AS w JOIN trial AS t ON t.id = w.trial WHERE w.config = p.config) AS far
      FROM proposal AS p WHERE p.made_by <> 'start')
    SELECT count(*) AS x FROM c AS a JOIN c AS b ON a.loss = b.loss AND a.round = b.round AND a.x > b.x AND a.far < b.far]]), 0,
    prune .. ": the right ones go on")
  t.is(one(path, "SELECT count(*) AS x FROM own_choice WHERE status = 'pruned'"), 0, prune .. ": what is pruned is not chosen")
  local r <close> = ll.open(path)
  t.is(r.status.pruned, one(path, "SELECT count(*) AS x FROM trial WHERE status = 'pruned'"), prune .. ": they are counted")
  t.is(r.status.total, one(path, "SELECT count(*) AS x FROM wanted"), prune .. ": among all")
  for _, loss in ipairs { "a", "b" } do
    local best = r:choose("moons", loss)
    t.is(best.pruned, 0, prune .. ": " .. loss .. ": one that was trained in full is chosen")
  end
  local other = run(study(options), { jobs = 3 })
  t.is(differing(path, other), {}, prune .. ": three workers leave the same database")
  local tuned = r:tuned()[1]
  t.is({ tuned.loss, r.configs[tuned.default].parameters.x, tuned.pooled.difference < 0 }, { "a", 0.25, true },
    prune .. ": tuned against the start") -- test is the other way round here
  t.is(r:searches()[2].proposals, 18, prune .. ": searches say how many they proposed")
end

-- ---- budgets ----

do
  local path = run(study { budget = { epochs = 2 * EPOCHS * 7 + 5 }, prune = { method = "halving", epochs = EPOCHS } })
  local spent = rows(path, [[SELECT c.loss, count(*) AS n FROM wanted AS w JOIN epoch AS e ON e.trial = w.trial
    JOIN config AS c ON c.id = w.config GROUP BY c.loss]])
  t.is({ spent[1].n <= 2 * EPOCHS * 7 + 5, spent[2].n <= 2 * EPOCHS * 7 + 5 }, { true, true }, "no more epochs than there are")
  t.is(spent[1].n, spent[2].n, "as many for each loss")
  t.is({ spent[1].n > 2 * EPOCHS * 4 }, { true }, "and most of them are used")
end

do -- the start takes 18 epochs, eight others 36: there is room for seven
  local path = run(study({ budget = { epochs = 53 }, start = { x = 0.5 }, prune = { method = "halving",
    epochs = EPOCHS } }, { compare = { a = { x = { from = 0, to = 1 } } } }), { db = file() })
  t.is(one(path, "SELECT count(*) AS x FROM epoch") <= 53, true, "the first configuration is part of the budget")
end

do
  local path = run(study { budget = { seconds = 1e-9 }, at_once = 2 })
  t.is(one(path, "SELECT max(round) AS x FROM proposal"), 1, "seconds: a round that begins ends")
  t.is(one(path, "SELECT json_extract(plan, '$.search.reproducible') AS x FROM study"), 0,
    "and that it is not reproducible is recorded")
end

-- ---- by fold ----

do
  local path = run(study { trials = 3, by = "fold", at_once = 2 })
  t.is(rows(path, "SELECT loss, fold, count(*) AS n FROM proposal GROUP BY 1, 2 ORDER BY 1, 2"), { { loss = "a", fold = 1, n = 3 },
    { loss = "a", fold = 2, n = 3 }, { loss = "b", fold = 1, n = 3 }, { loss = "b", fold = 2, n = 3 } }, "each fold searches")
  t.is(one(path, [[SELECT count(*) AS x FROM wanted AS w JOIN trial AS t ON t.id = w.trial JOIN config AS c ON c.id = w.config
    WHERE NOT EXISTS (SELECT 1 FROM proposal AS p WHERE p.config = w.config AND p.loss = c.loss AND p.fold = t.fold)]]), 0,
    "and its configurations are run on it")
  t.is(one(path, "SELECT count(*) AS x FROM own_choice"), 4, "each fold chooses among its own")
end

-- ---- a space that ends ----

do
  local path = run(study({ trials = 10 }, { compare = { a = { x = { 0, 0.5, 1 } } } }))
  t.is(one(path, "SELECT count(*) AS x FROM proposal"), 3, "a space of three points has no more")
  t.is(one(path, "SELECT ended AS x FROM search"), "space", "which is said")
end

-- ---- what is lost ----

do
  local function broken(t_)
    if t_.parameters.x > 0.5 then t_:diverged "too far" end
    planted(t_)
  end
  local path = run(study({ trials = 9, prune = { method = "halving", epochs = EPOCHS } }, { trial = broken }))
  t.is(one(path, "SELECT count(*) > 0 AS x FROM trial WHERE status = 'diverged'"), 1, "some are lost")
  local r <close> = ll.open(path)
  t.is(r:choose("moons", "a").parameters.x <= 0.5, true, "and none of them is chosen")
end

-- What a searcher is told: of a configuration that lost a trial no value, though it had one before; of others their means, higher
-- being better. The rounds of before are gone over in this process.
do
  local function broken(t_)
    t_:record { valid = { value = t_.parameters.x }, test = { value = 0 } }
    if t_.parameters.x > 0.5 then t_:diverged "too far" end
  end
  local searching, told = require "losslab.study.searching", {}
  local only = { compare = { a = { x = { from = 0, to = 1 } } }, trial = broken, goal = "min" }
  local path = run(study({ trials = 6, at_once = 6 }, only))
  local searcher = searching.searcher
  function searching.searcher(...)
    local made = searcher(...)
    return { propose = function(_, history, n)
      told = #history == 6 and history or told
      return made:propose(history, n)
    end }
  end
  run(study({ trials = 8, at_once = 6 }, only), { db = path })
  searching.searcher = searcher
  local lost, kept = 0, 0
  for _, each in ipairs(told) do
    local x = each.point["loss.x"]
    if x > 0.5 then lost = lost + (each.value == nil and 1 or 100) else kept = kept + (each.value == -x and 1 or 100) end
  end
  t.is({ #told, lost + kept, lost > 0, kept > 0 }, { 6, 6, true, true }, "what a searcher is told")
end

-- A search of which an older version has proposed other points, by a plan without this one's version, is begun anew.
do
  local searching = require "losslab.study.searching"
  local plan, searcher = searching.plan, searching.searcher
  local proposed = "SELECT group_concat(point || round) AS x FROM (SELECT point, round FROM proposal ORDER BY loss, round, place)"
  local options = { trials = 18, at_once = 9, start = { x = 0.5 } }
  function searching.plan(s)
    local out = plan(s)
    if out then out.version = nil end
    return out
  end
  function searching.searcher(of, ...)
    of.search.seed = 7
    local made = searcher(of, ...)
    of.search.seed = 1
    return made
  end
  local path = run(study(options))
  searching.plan, searching.searcher = plan, searcher
  local before, fresh = one(path, proposed), one(run(study(options)), proposed)
  run(study(options), { db = path })
  t.ok(before ~= fresh, "an older version has proposed other points")
  t.is(one(path, proposed), fresh, "none of them is left in what is gone on with")
end

os.execute("rm -rf " .. folder)
t.done()
