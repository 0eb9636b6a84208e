-- The fields of configurations: their names, which of them vary, how a configuration is described by them, and that whatever shows
-- a configuration shows them: results, sentences, the line of progress.
package.path = "./?.lua;" .. package.path
local t = require "tests.lua.tap"
local ll = require "losslab"
local fields = require "losslab.study.fields"
local json = require "losslab.json"
local progress = require "losslab.run.progress"
local report = require "losslab.results.report"
local results_of = require "losslab.results.reading"
local setting = require "losslab.results.setting"
local study_of = require "losslab.study.study"

local function config(loss, parameters, model, train) return { loss = loss, parameters = parameters, model = model,
  train = train } end
local function names_of(configs)
  local out = {}
  for i, entry in ipairs(fields.of(configs)) do out[i] = entry.name end
  return out
end
local function varied(configs) return fields.varied(configs, fields.of(configs)) end

-- Names.
t.is(names_of { config("a", { margin = 1, alpha = 2 }, { init = "x", hidden = {} }, { lr = 1, batch = 2, beta1 = 3, epochs = 4 }) },
  { "alpha", "margin", "hidden", "init", "epochs", "batch", "lr", "beta1" }, "in the order in which they are shown")
local twice = { config("a", { lr = 1 }, { width = 1 }, { lr = 2, width = 2, seed = 3 }) }
t.is(names_of(twice), { "lr", "model.width", "train.lr", "train.seed", "train.width" }, "what stands in two places is qualified")
t.is(fields.values(twice[1], fields.of(twice)),
  { lr = 1, ["model.width"] = 1, ["train.lr"] = 2, ["train.width"] = 2, ["train.seed"] = 3 }, "and so are the values")
t.is(fields.of(twice)["parameters.lr"].name, "lr", "a qualified name always finds its field")

-- What varies: what differs, and is not the loss's or the optimizer's own.
t.is(varied { config("a", {}, {}, { lr = .1 }), config("a", {}, {}, { lr = .2 }) }, { "lr" }, "a rate")
t.is(varied { config("a", {}, { hidden = { 8, 4 } }, {}), config("a", {}, { hidden = { 8, 4 } }, {}) }, {},
  "equal lists are one value")
t.is(varied { config("a", {}, { hidden = { 8, 4 } }, {}), config("a", {}, { hidden = { 8 } }, {}) }, { "hidden" }, "others are two")
t.is(varied { config("a", { m = 1 }, { output = "sigmoid" }, {}), config("b", { q = 2 }, { output = "identity", embedding = 8 },
  {}) }, {},
  "a loss's own parameters, output and embedding do not vary")
t.is(varied { config("a", { m = 1 }, {}, {}), config("a", {}, {}, {}) }, { "m" }, "what some of a loss lack does")
t.is(varied { config("a", {}, {}, { optimizer = "adam", lr = .1, beta1 = .9 }), config("a", {}, {}, { optimizer = "sgd", lr = .1,
  momentum = 0 }) },
  { "optimizer" }, "an optimizer's own options do not")
t.is(varied { config("a", {}, {}, { optimizer = "adam", lr = .1 }), config("a", {}, {}, { optimizer = "sgd", lr = .2 }) },
  { "optimizer", "lr" }, "but what both have and differ in does")
t.is(varied { config("a", {}, {}, { epochs = 3 }), config("b", {}, {}, { epochs = 4 }) }, { "epochs" }, "also between losses")

-- Words.
for _, each in ipairs { { { 64, 32 }, "64×32" }, { {}, "none" }, { nil, "default" }, { 1e-3, "0.001" }, { true, "true" }, { "adam",
  "adam" },
  { { a = 1 }, '{"a":1}' }, { { "x" }, '["x"]' }, { { 0.5 }, "[0.5]" }, { "\27[2J", "\\27[2J" } } do
  t.is(fields.word(each[1]), each[2], "in words: " .. each[2])
end
t.ok(fields.same({ 8, 4 }, { 8, 4 }) and fields.same(nil, nil) and not fields.same({ 8 }, 8) and not fields.same(1, "1"),
  "what is the same")

local settings = setting.of { config("hinge", { margin = 1 }, { hidden = { 8 } }, { lr = .1 }),
  config("hinge", { margin = 2 }, { hidden = { 8 } }, { lr = .2 }), config("tree", {}, { hidden = { 8 } }, { lr = .1 }) }
t.is(settings:describe(1), "margin 1, lr 0.1", "a configuration by what varies")
t.is(settings:describe(3), "lr 0.1", "of its loss")
t.is(settings:varied_of(3), { lr = .1 }, "by name")
t.is(settings:cells(3), { margin = "-", lr = "0.1" }, "and for a table")
t.is(settings.losses.hinge.values, { margin = { 1, 2 }, lr = { .1, .2 }, hidden = { { 8 } } }, "a loss's values of each")

settings = setting.of { config("hinge", {}, {}, { optimizer = "sgd", momentum = .5 }),
  config("hinge", {}, {}, { optimizer = "sgd", momentum = .9, patience = 3 }), config("hinge", {}, {}, { optimizer = "adam" }) }
t.is({ settings:describe(1), settings:describe(3) }, { "optimizer sgd, momentum 0.5, patience default", "optimizer adam" },
  "what an optimizer has not sets none of its configurations apart")
t.is(settings:cells(3), { optimizer = "adam", momentum = "-", patience = "-" }, "nor is it left out")

-- A study that sweeps training and model: asked, answered, shown.
local function study(changes)
  local o = { name = "s", data = { { generator = "moons", n = 60, noise = .3, name = "m" } }, split = { folds = 2 },
    compare = { hinge = { margin = { 1, 2 } }, cross_entropy = {} }, model = { hidden = { { 8, 4 }, {} } },
    train = { lr = { 1e-3, 1e-2 }, epochs = 2, batch = 16, optimizer = { "adam", "sgd" } } }
  for key, value in pairs(changes or {}) do o[key] = value end
  return study_of(o)
end
local function bad(ask, ...) t.throws(function() study { ask = ask } end, { ... }, table.concat({ ... }, " ")) end
t.is(study { ask = { loss = "hinge", vary = "lr", baseline = 1e-3 } }.ask.vary, "lr", "a rate may be asked about")
t.is(study { ask = { loss = "hinge", vary = "train.lr", baseline = 1e-3 } }.ask.vary, "lr", "by its qualified name")
t.is(study { ask = { loss = "hinge", vary = "hidden", baseline = {} } }.ask.vary, "hidden", "and a network's form")
bad({ loss = "hinge", vary = "lrr" }, "ask.vary", 'did you mean "lr"?')
bad({ loss = "cross_entropy", vary = "margin" }, 'ask.vary: cross_entropy has no parameter or field "margin"')
bad({ loss = "hinge", vary = "lr", baseline = 7 }, "ask.baseline: no configuration of hinge has lr = 7")
bad({ loss = "hinge", vary = "hidden", baseline = { 9, 9 } }, "has hidden = 9×9")
bad({ loss = "hinge", vary = 1 }, "ask.vary")

local path = os.tmpname()
os.remove(path)
local swept = study { ask = { loss = "hinge", vary = "hidden", baseline = {} } }
swept:run { db = path, jobs = 1 }
do
  local store <close> = ll.store.open(path)
  local results = results_of.read(store)
  t.is(results.varied, { "margin", "hidden", "optimizer", "lr" }, "the fields that vary")
  local m = results.datasets[1]
  local row = results:choose(m, "hinge", { lr = 1e-2, hidden = { 8, 4 }, optimizer = "sgd" })
  t.is(results:describe(row.config):match "hidden.*", "hidden 8×4, optimizer sgd, lr 0.01",
    "a configuration by the values of its fields")
  t.is(results:choose(m, "hinge", function(p, f) return p.margin == 2 and f.lr == 1e-3 end).fields.margin, 2,
    "or by a function of them")
  t.is(results:choose(m, "hinge", { lr = 5 }), nil, "none")
  t.is(results:choose(m.name, "hinge").config, results:choose(m, "hinge").config, "a data set by its name")
  t.throws(function() results:choose(m.name .. "x") end, { "choose: there is no data set", "did you mean" })
  t.throws(function() results:choose(results.datasets.none) end, { "must be one of r.datasets", m.name, "not nil" })
  local built = report.build(store)
  t.like(built.sentence, "^hinge with hidden other than none .* against hidden = none over 1 data set", "the sentence")
  t.like(report.text(built), "\ndata set +loss +margin +hidden +optimizer +lr +folds +test auc", "the table")
  t.is(built.groups[1].rows[1].varied.hidden ~= nil, true, "and what is built")
  t.lives(function() json.encode(built) end, "which is plain")
end
os.remove(path)

-- The line of progress: the best of one data set, never of several.
do
  local line = progress.new(swept, 8, 0, 8)
  local function add(dataset, loss, best, nth) line:add { status = "done", cost = 1, dataset = dataset, loss = loss, best = best,
    config = nth and swept.configs[nth] } end
  add("easy", "hinge", 0.99)
  t.like(line:text(), "easy: best valid auc 0%.9900 %(hinge%)$", "the first")
  add("hard", "hinge", 0.6, #swept.configs)
  t.like(line:text(), "hard: best valid auc 0%.6000 %(hinge, margin 2, hidden none, optimizer sgd, lr 0%.01%)$",
    "of another data set its own, and by which configuration")
  add("hard", "cross_entropy", 0.5)
  t.like(line:text(), "hard: best valid auc 0%.6000 %(hinge, margin 2", "a worse one changes nothing")
  add("easy", "cross_entropy", 0.5)
  t.like(line:text(), "easy: best valid auc 0%.9900 %(hinge%)$", "back at the first, that is still its best")
  line:add { status = "diverged", cost = 1, dataset = "hard" }
  t.like(line:text(), "1 lost.*easy: best", "one that has no number leaves the line")
  swept.metric.higher_is_better = false
  add("easy", "cross_entropy", 0.2)
  t.like(line:text(), "easy: best valid auc 0%.2000", "where less is better, less is")
end
t.done()
