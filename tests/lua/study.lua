-- A study is checked before anything trains: every bad input and its message; and what a good one becomes.
local t = require "tests.lua.tap"
local ll = require "losslab"
local json = require "losslab.json"
local cuts = require "losslab.study.cuts"
local keys = require "losslab.study.keys"
local plan = require "losslab.study.plan"

-- A good study with some options replaced; false takes one away.
local function study(changes)
  local options = {
    name = "s", data = { { generator = "target_decoy", n = 200 } }, compare = { hinge = {} },
    train = { epochs = 2, batch = 32 }, split = { folds = 3 },
  }
  for key, value in pairs(changes or {}) do
    if value == false then options[key] = nil else options[key] = value end
  end
  return ll.study(options)
end

local function bad(changes, ...)
  local parts = { ... }
  t.throws(function() study(changes) end, parts, "refused: " .. table.concat(parts, " … "))
end

-- ---- names, and the nearest ----

bad({ compere = {} }, 'study has no option "compere"', 'did you mean "compare"?')
bad({ compare = { hing = {} } }, 'compare: there is no loss "hing"', 'did you mean "hinge"?')
bad({ compare = { hinge = { margn = 1 } } }, 'compare.hinge has no parameter "margn"', 'did you mean "margin"?')
bad({ compare = { hinge = { margin_lr = 1 } } }, 'compare.hinge has no parameter "margin_lr"')
bad({ compare = { square = { margin = 1 } } }, 'compare.square has no parameter "margin"')
bad({ compare = { zero_one = {} } }, "zero_one has no gradient")
bad({ metric = "acu" }, 'there is no metric "acu"', 'did you mean "auc"?')
bad({ metrics = { "auc", "brierr" } }, 'there is no metric "brierr"', '"brier"')
bad({ metrics = { { "partial_auc", maxfpr = 0.1 } } }, "metric", "maxfpr", "max_fpr")
bad({ model = { activation = "sigmoit" } }, 'model: there is no activation "sigmoit"', '"sigmoid"')
bad({ model = { output = "none" } }, 'model: there is no output "none"')
bad({ model = { init = "xaver" } }, 'model: there is no init "xaver"', '"xavier"')
bad({ model = { layers = 2 } }, 'model has no option "layers"')
bad({ train = { optimizer = "adem" } }, 'train: there is no optimizer "adem"', '"adam"')
bad({ train = { momentum = 0.9 } }, 'train has no option "momentum"')
bad({ train = { optimizer = { adam = { momentum = 0.9 } } } }, "train.optimizer.adam", "momentum")
bad({ train = { learningrate = 1 } }, 'train has no option "learningrate"')
bad({ split = { fold = 5 } }, 'split has no option "fold"', '"folds"')
bad({ record = { "valid", "tset" } }, 'record: there is no part "tset"', '"test"')
bad({ scores = "bset" }, 'scores: there is no choice "bset"', '"best"')
bad({ data = { { generator = "target_decoi" } } }, 'data: there is no generator "target_decoi"', '"target_decoy"')
bad({ data = { { generator = "target_decoy", rows = 1 } } }, "data.target_decoy", "rows")
bad({ data = { { make = 3, name = "mine" } } }, "data: make must be a function, not 3")
bad({ data = { { make = print } } }, "data: name")
bad({ data = { { make = print, name = "mine", n = 3 } } }, "data: entry 1", '"n"')
bad({ sample = { rendom = 3 } }, "sample", "random")

-- ---- values ----

bad({ name = false }, "name must be a text")
bad({ data = false }, "data names no data set")
bad({ data = {} }, "data must be a list")
bad({ data = { 3 } }, "data: entry 1 must be a text, not 3")
bad({ data = { { load = "a", ratios = 2 } } }, "data: entry 1", "ratios", '"ratio"')
bad({ data = { { load = "a", ratio = 0 } } }, "data: ratio must be a number above 0, not 0")
bad({ data = { "a", { load = "a", name = "a" } } }, 'data: "a" stands there twice')
bad({ data = { "a", "a" } }, 'data: "a" stands there twice')
bad({ data = { { generator = "target_decoy" }, { generator = "target_decoy" } } }, "stands there twice", "name = ")
bad({ compare = false }, "compare must be a table")
bad({ compare = {} }, "compare must be a table")
bad({ compare = { hinge = 1 } }, "compare.hinge must be a table of parameters")
bad({ compare = { hinge = { margin = { 1, -1 } } } }, "hinge", "margin", "-1")
bad({ compare = { exponential = { beta = 0 } } }, "exponential", "beta", "> 0")
bad({ compare = { hinge = { margin = "wide" } } }, "hinge", "margin")
bad({ compare = { hinge = { margin = {} } } }, "compare.hinge: margin", "empty list")
bad({ compare = { hinge = { margin = { from = 0, to = 1 } } } }, "a range has no grid")
bad({ compare = { hinge = { function() end } } }, "built-in loss of that name")
bad({ compare = { mine = { { new = 3 } } } }, "compare")
bad({ compare = { "hinge", hinge = {} } }, '"hinge" stands there twice')
bad({ model = { hidden = { 0 } } }, "model.hidden", "not 0")
bad({ model = { hidden = { 2.5 } } }, "model.hidden", "2.5")
bad({ train = { epochs = 0 } }, "train.epochs must be an integer", "not 0")
bad({ train = { batch = "all" } }, "train.batch must be an integer", '"all"')
bad({ train = { lr = { 1e-3, -1 } } }, "lr", "-1")
bad({ train = { loop = 3 } }, "train.loop must be a function")
bad({ train = 3 }, "train must be a table")
bad({ split = { folds = 1 } }, "split.folds must be an integer from 2", "not 1")
bad({ split = { folds = 3, test = 0.5 } }, "either folds or test")
bad({ split = { test = 1 } }, "split.test must be a number between 0 and 1")
bad({ split = { valid = 1 } }, "split.valid must be a number between 0 and 1")
bad({ seeds = { 1, 1 } }, "seeds: 1 stands there twice")
bad({ seeds = { -1 } }, "seeds: entry 1")
bad({ record = { "test" } }, 'record must hold "valid"')
bad({ sample = { random = 0 } }, "sample.random")
bad({ ask = { loss = "square" } }, 'ask.loss: there is no loss "square"')
bad({ ask = { loss = "hinge", vary = "marign" } }, "ask.vary", '"margin"')
bad({ ask = { loss = "hinge", vary = "margin", baseline = 7 } }, "ask.baseline: no configuration of hinge has margin = 7")
bad({ networks = 1 }, "networks must be true or false")
bad({ ["a\n`x`"] = 1 }, 'study has no option "a\\10`x`"')

-- ---- what contradicts itself, or has no effect beside the rest ----

bad({ train = { momentum = 0.9 } }, 'train has no option "momentum": it is a parameter of sgd, and this study trains by adam')
bad({ train = { optimizer = { "adam", "rmsprop" }, history = 5 } },
  "it is a parameter of lbfgs, and this study trains by adam, rmsprop")
bad({ train = { optimizer = { adam = { lr = 0.1 } }, lr = 0.2 } },
  "train.lr has no effect: train.optimizer gives adam one of its own")
bad({ train = { optimizer = { adam = { lr = 0.1 }, sgd = { lr = 0.1 } }, lr = 0.2 } }, "train.optimizer gives each optimizer one")
t.is(study({ train = { optimizer = { adam = { lr = 0.1 }, sgd = {} }, lr = 0.2, batch = 32 } }).configs[2].train.lr, 0.2,
  "a parameter beside the optimizers is that of those without one")
bad({ train = { optimizer = { "adam", "adam" } } }, 'train.optimizer: "adam" stands there twice')
bad({ model = { embedding = 8 } }, "model.embedding has no effect")
bad({ record = { "valid", "valid" } }, 'record: "valid" stands there twice')
bad({ metrics = { "auc", { "partial_auc", max_fpr = 0.1 }, { "partial_auc", max_fpr = 0.1 } } },
  "metrics: partial_auc(max_fpr=0.1) stands there twice")
t.is(#study({ metric = "brier", metrics = { "auc", "brier" } }).metrics, 2, "the one that chooses may stand among the others")
bad({ model = { hidden = { { 8, 4 }, { 8, 4 } } } }, "model.hidden: {8, 4} stands there twice")
bad({ ask = { loss = "hinge", baseline = 1 } }, "ask.baseline is a value of ask.vary, which is not given")
do
  local function own(changes)
    local options = { trial = print, metric = "m", compare = { a = { x = { 1, 2 } } }, train = {} }
    for key, value in pairs(changes) do options[key] = value end
    return options
  end
  bad(own { record = { "valid" } }, "record: a study with its own trial records what it names itself")
  bad(own { networks = true }, "networks: a study with its own trial")
  bad(own { train = { loop = print } }, "train.loop: a study has its own trial or its own loop, not both")
  bad(own { compare = { a = { x = print } } },
    "compare.a: x must be a number (a whole one from -2^53 to 2^53), true, false or a text, not a function")
  bad(own { compare = { a = { x = { 1, 1 / 0 } } } }, "compare.a: x must be a number",
    'not inf: what may be infinite takes the word "inf"')
  bad(own { compare = { a = { x = 1 << 60 } } }, "compare.a: x must be a number")
  bad(own { model = { x = "\xff" } }, "model: x must be a number", '"\\255"')
  bad(own { compare = { ["\xff"] = {} } }, 'compare: name of a method must be UTF-8, which "\\255" is not')
  bad(own { model = 3 }, "model must be a table {…}, not 3")
  t.is(#study(own { compare = { a = { { x = 1 }, { x = { 1, 2 } } } } }).configs, 2, "a method's equal configurations are one")
  t.is(#study(own { sample = { random = 20 } }).configs, 2, "and equal draws")
end
bad({ compare = { ["\xff"] = { print } } }, "compare: name of a loss must be UTF-8")
-- false is something that was written, not a default to be taken
for what, written in pairs { folds = { split = { folds = false } }, valid = { split = { valid = false } },
  epochs = { train = { epochs = false } }, optimizer = { train = { optimizer = false } },
  seed = { sample = { random = 1, seed = false } },
  name = { data = { { generator = "moons", name = false } } } } do
  bad(written, what, "false")
end
for _, name in ipairs { "split", "train", "model", "record", "scores", "metrics" } do
  t.throws(function()
    ll.study { name = "s", data = "sonar", compare = { hinge = {} }, [name] = false }
  end, "false", name .. " = false")
end

-- ---- lists with a hole, which ipairs would end at ----

bad({ data = { "sonar", nil, "iris" } }, "data: entry 2 is nil; a list has no holes")
bad({ data = { [1] = "sonar", [4] = "iris" } }, "data: entry 2 is nil")
bad({ seeds = { 1, nil, 3 } }, "seeds: entry 2 is nil")
bad({ record = { nil, "valid" } }, "record: entry 1 is nil")
bad({ metrics = { "auc", nil, "brier" } }, "metrics: entry 2 is nil")
bad({ metrics = { "auc", { [2] = "partial_auc", max_fpr = 0.1 } } }, "metric: entry 1 is nil")
bad({ compare = { "hinge", nil, "square" } }, "compare: entry 2 is nil")
bad({ compare = { hinge = { { margin = 1 }, nil, { margin = 2 } } } }, "compare.hinge: entry 2 is nil")
bad({ compare = { hinge = { margin = { 0.5, nil, 2 } } } }, "compare.hinge: margin: entry 2 is nil")
bad({ compare = { mine = { nil, function() end } } }, "compare.mine: entry 1 is nil")
bad({ model = { hidden = { 8, nil, 4 } } }, "model.hidden: entry 2 is nil")
bad({ model = { hidden = { [1] = 8, [3] = 4 } } }, "model.hidden: entry 2 is nil")
bad({ model = { hidden = { { 2 }, { 8, nil, 4 } } } }, "model.hidden: value 2: entry 2 is nil")
bad({ model = { activation = { "relu", nil, "tanh" } } }, "model.activation: entry 2 is nil")
bad({ train = { optimizer = { "adam", nil, "sgd" } } }, "train.optimizer: entry 2 is nil")
bad({ train = { optimizer = { adam = { lr = { 1e-3, nil, 1e-2 } } } } }, "train.lr: entry 2 is nil")
bad({ trial = print, metric = "m", compare = { mine = { a = { 1, nil, 2 } } } }, "compare.mine: a: entry 2 is nil")
bad({ trial = print, metric = "m", compare = { mine = {} }, train = { c = { 1, nil, 2 } } }, "train: c: entry 2 is nil")

-- ---- data: read before anything trains, named in the message ----

local function bad_data(changes, ...)
  local parts = { ... }
  local fine, made = pcall(study, changes)
  t.throws(function() plan.check(fine and made or error("the options were refused: " .. made, 0)) end, parts,
    "refused: " .. table.concat(parts, " … "))
end

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir '" .. folder .. "'"))
local function csv(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
  return folder .. "/" .. name
end
local function rows(n, f)
  local out = { "label,x1,x2" }
  for i = 1, n do out[#out + 1] = f(i) .. "," .. i % 7 .. "," .. i * i % 11 end
  return table.concat(out, "\n") .. "\n"
end

bad_data({ data = { { name = "mine", make = function() return 3 end } } }, '"mine": make gave 3, not a data set')
bad_data({ data = { { name = "mine", make = function() error "not today" end } } }, "not today")
do
  local calls = 0
  local made = study { data = { name = "mine", make = function()
    calls = calls + 1
    return ll.data.gaussians { n = 60 }
  end } }
  plan.check(made)
  t.is({ made.loaded[1].name, made.loaded[1].set.rows, made.loaded[1].origin, calls },
    { "mine", 60, "made by the study's script", 1 }, "a set that the script makes")
  local other = study { data = { name = "mine", make = function() return ll.data.gaussians { n = 60, seed = 2 } end } }
  plan.check(other)
  t.isnt(keys.dataset(made.loaded[1]), keys.dataset(other.loaded[1]), "by its content")
  local moved = study { data = { name = "mine", make = function() local set = ll.data.gaussians { n = 60 } return set end } }
  plan.check(moved)
  t.is(keys.dataset(made.loaded[1]), keys.dataset(moved.loaded[1]), "not by how it is made")
end

bad_data({ data = { "no_such_set" } }, "no data set", "no_such_set")
bad_data({ data = { "sonr" } }, "no data set", 'did you mean "sonar"?')
bad_data({ data = { csv("one.csv", rows(20, function() return 1 end)) } }, "one.csv")
bad_data({ data = { csv("few.csv", rows(40, function(i) return i == 1 and 1 or 0 end)) } }, "few", "fold")
do
  local small = study { data = { csv("small.csv", rows(40, function(i) return i % 2 end)) }, train = { batch = 32 } }
  t.lives(function() plan.check(small) end, "a batch larger than the training part is all of it")
end
bad_data({ data = { csv("ragged.csv", "label,x\n1,2\n0\n") } }, "ragged.csv", "row 2")
bad_data({ data = { csv("classes.csv", "class,x\na,1\nb,2\nc,3\na,4\nb,5\nc,6\n") } }, '"classes" has 3 classes')
bad_data({ data = { folder .. "/one.csv", folder .. "/other/one.csv" } }, "one.csv")
assert(os.execute("mkdir '" .. folder .. "/other'"))
csv("other/small.csv", rows(60, function(i) return i % 2 end))
bad_data({ data = { folder .. "/small.csv", folder .. "/other/small.csv" } }, 'both named "small"')

-- ---- what a good one comes to ----

local good = study {
  data = { { generator = "target_decoy", n = 300, name = "a" }, { generator = "target_decoy", n = 300, seed = 2, name = "b" } },
  seeds = { 3, 5 },
  compare = {
    adaptive_rank = { margin = { 0.1, 0 }, margin_lr = { 0, 1e-3, 1e-2 } }, "cross_entropy",
    hinge = { { margin = { 0.5, 1 } }, { p = 2 }, { margin = 1 } },
    mine = { function(s, y, p) return ((s - y) ^ 2):mean() * p.scale end, scale = { 1, 2 } },
  },
  train = { epochs = 2, batch = 32, optimizer = { "adam", "sgd" }, momentum = 0.9, lr = 0.01 },
}
local of = {}
for _, config in ipairs(good.configs) do of[config.loss] = (of[config.loss] or 0) + 1 end
t.is(of, { adaptive_rank = 12, cross_entropy = 2, hinge = 6, mine = 4 }, "configurations of each loss; equal ones once")
t.is(good:trials(), 2 * 2 * 3 * 24, "data sets × seeds × folds × configurations")
t.is({ good.configs[1].train.momentum or "none", good.configs[7].train.momentum }, { "none", 0.9 }, "momentum belongs to sgd alone")
t.is(good.configs[1].model.output, "sigmoid", "the output that the loss asks for")
t.is(good.configs[13].model.output, "identity", "and of a loss from logits")
t.is(good.configs[1].parameters.sensitivity, 1, "parameters that were not named have their defaults")
local config_keys = {}
for i, config in ipairs(good.configs) do config_keys[i] = config.key end
local again = study { data = { "sonar" }, compare = { hinge = { { p = 2 } } }, train = { epochs = 2, batch = 32, lr = 0.01 } }
local found = false
for _, key in ipairs(config_keys) do found = found or key == again.configs[1].key end
t.ok(found, "a configuration has the same key in any study")

local drawn = study { compare = { hinge = { margin = { log = { 0.1, 10 } } }, square = {} }, sample = { random = 7, seed = 2 } }
t.is(#drawn.configs, 8, "seven draws of what can be drawn, one of what cannot")

-- ---- splits ----

local set = cuts.datasets(good)[1]
local met = {}
for fold = 1, 3 do
  local parts = cuts.parts(good, set, 3, fold)
  local inside = {}
  for _, name in ipairs { "train", "valid", "test" } do
    for _, row in ipairs(parts[name]:row_numbers()) do inside[row] = (inside[row] or 0) + 1 end
  end
  local once = 0
  for row = 1, 300 do if inside[row] == 1 then once = once + 1 end end
  t.is(once, 300, "fold " .. fold .. ": every row is in one part")
  for _, row in ipairs(parts.test:row_numbers()) do met[row] = (met[row] or 0) + 1 end
  t.near(parts.valid.rows, 40, 0, 1, "a fifth of what is not tested on validates")
  local mean = parts.train.x:mean():item()
  t.near(mean, 0, 0, 1e-5, "the training part is standardised")
end
local once = 0
for row = 1, 300 do if met[row] == 1 then once = once + 1 end end
t.is(once, 300, "every row is tested on once")

-- ---- ratios: the training part is thinned, the others are not ----

local thinned = study { split = { folds = 3 }, data = {
  { generator = "target_decoy", n = 600, name = "whole" }, { generator = "target_decoy", n = 600, ratio = 9.5, name = "rare" },
  { generator = "target_decoy", n = 600, ratio = 0.1, name = "common" }, { load = "sonar", ratio = 20 } } }
local sets, all = cuts.datasets(thinned), {}
t.is({ sets[2].name, sets[4].name, sets[4].set.name }, { "rare", "sonar 1:20", "sonar" }, "a set at a ratio has a name of its own")
t.is(json.decode(sets[4].origin), { load = "sonar", ratio = 20 }, "and its origin says the ratio")
for i, each in ipairs(sets) do all[i] = cuts.parts(thinned, each, 1, 2) end
local function counts(part) return { part.positives, part.rows - part.positives } end
t.is(counts(all[1].train), { 160, 160 }, "unthinned: as many positives as negatives")
t.is(counts(all[2].train), { 16, 152 }, "9.5 negatives a positive: as many positives as that allows")
t.is(counts(all[3].train), { 160, 16 }, "fewer negatives than positives")
t.is(counts(all[4].train)[1], 2, "sonar: 51 negatives for 2 positives at 1:20, so 40 of them")
t.is(counts(all[4].train)[2], 40, "and no more negatives than that")
t.is({ counts(all[2].test), counts(all[2].valid) }, { counts(all[1].test), counts(all[1].valid) }, "test and validation stay whole")
t.is(all[2].train:row_numbers(), cuts.parts(thinned, sets[2], 1, 2).train:row_numbers(), "the same rows again")
t.isnt(all[2].train:row_numbers(), cuts.parts(thinned, sets[2], 2, 2).train:row_numbers(), "others for another seed")
do
  local inside = {}
  for _, name in ipairs { "train", "valid", "test" } do
    for _, row in ipairs(all[2][name]:row_numbers()) do inside[row] = (inside[row] or 0) + 1 end
  end
  local most = 0
  for _, n in pairs(inside) do most = math.max(most, n) end
  t.is(most, 1, "no row is in two parts")
end
t.near(all[2].train.x:mean():item(), 0, 0, 1e-5, "standardised by what is left of the training part")
t.isnt(plan.identity(study { data = { { load = "sonar", ratio = 2, name = "s" } } }),
  plan.identity(study { data = { { load = "sonar", ratio = 3, name = "s" } } }), "another ratio is another study")
bad_data({ data = { { load = "sonar", ratio = 500 } } }, '"sonar 1:500"', "1 positive to 500 negatives leaves nothing")

t.isnt(cuts.trial_number(good, set, 3, 1), cuts.trial_number(good, set, 5, 1), "another seed, other streams")
t.isnt(cuts.trial_number(good, set, 3, 1), cuts.trial_number(good, set, 3, 2), "another fold, other streams")
t.is(plan.identity(good), plan.identity(good), "a study is the same as itself")
t.isnt(plan.identity(study()), plan.identity(study { seeds = { 2 } }), "and not as one with other seeds")
t.is(json.decode(plan.options(study { ask = { loss = "hinge", vary = "margin" } })).ask, { loss = "hinge", vary = "margin" },
  "what is asked stands in the plan")

os.execute("rm -r '" .. folder .. "'")
t.done()
