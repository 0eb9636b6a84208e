-- What a user wrote into a study, checked and put in order: split, seeds, data, ask, figures, sample. Losses,
-- model and training: study/configs.lua.
local ll = require "losslab"
local check = require "losslab.check"
local fields_of = require "losslab.study.fields"
local figure_names = require "losslab.study.figure_names"
local json = require "losslab.json"

-- The fields of each; help and its test read them, too.
local FIELDS = {
  split = { "folds", "test", "valid", "inner", "stratify", "groups", "domains", "standardise" }, sample = { "random", "seed" },
  ask = { "loss", "vary", "baseline" }, data = { "load", "generator", "make", "name", "ratio" },
}

local options = { fields = FIELDS }

--- study.split = { folds = 5 }
-- How each data set is cut into training, validation and test parts. Epochs and configurations are chosen on validation; the test
-- part takes part in no choice.
--   folds         cross-validation by so many test parts (5)
--   test          in place of folds, the share of a single test part
--   valid         the share of what is not tested on that is the validation part (0.2; 0: none, where nothing is chosen)
--   inner         in place of valid, nested cross-validation by so many inner folds
--   stratify      whether each part has the classes in the shares of the whole (true)
--   groups        whether rows of a group stay together (true)
--   domains       whether groups with a domain in common do, too (false)
--   standardise   whether features are standardised by the training part (true)
-- See: study.split.folds, study.seeds, data:split
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { folds = 3, valid = 0.25 } }:trials()   --> 3

--- study.split.folds = 5
-- Cross-validation: the rows are cut into so many parts, each of which is the test part once. A whole number from 2 to 1000 (5).
-- See: study.split.test, data:folds
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { folds = 10 } }:trials()   --> 10

--- study.split.test = 0.3
-- A single test part of this share of the rows, in place of folds. Between 0 and 1.
-- See: study.split.folds
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { test = 0.3 } }:trials()   --> 1

--- study.split.valid = 0.2
-- The share of what is not tested on that is the validation part, below 1 (0.2).
-- 0: there is none. All rows that are not tested on are trained on, and the last epoch is reported; nothing may be left to be
-- chosen then: each loss has one configuration, and neither search nor patience nor a schedule plateau is asked for.
-- See: study.split.inner
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { valid = 0.4 } }.split.valid   --> 0.4
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { valid = 0 } }.record[1]   --> test

--- study.split.inner = 4
-- Nested cross-validation: what a fold does not test on is cut into so many folds, each of which is its validation part once. A
-- fold's choice rests on all those rows; it takes as many times the trials. A whole number from 2 to 1000, in place of valid.
-- See: study.split.valid, data:nested
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { folds = 5, inner = 4 } }:trials()   --> 20

--- study.split.stratify = true
-- Whether each part has the classes in the shares of the whole (true).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { stratify = false } }.split.stratify   --> false

--- study.split.groups = true
-- Whether rows of one group stay in one part, where the data has groups (true).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { groups = false } }.split.groups   --> false

--- study.split.domains = false
-- Whether groups with a domain in common stay in one part, too, as far as parts keep about their shares (false): of matches those
-- of a peptide, of measurements those of a person. Of a set without groups, or with groups = false, rows of a domain do.
-- See: study.split.groups, data:cut_groups
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { domains = true } }.split.domains   --> true

--- study.split.standardise = true
-- Whether features are shifted and scaled to mean 0 and deviation 1, by the training part (true); and so real values for the losses
-- of regression but poisson, whose scores are taken back to the units of the values before metrics see them.
-- See: data:standardise
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, split = { standardise = false } }.split.standardise   --> false

function options.split(written)
  written = check.fields("split", check.default(written, {}), FIELDS.split)
  if written.folds ~= nil and written.test ~= nil then check.fail("split: either folds or test is given, not both") end
  if written.inner ~= nil and written.valid ~= nil then
    check.fail("split: inner folds are the validation parts, so valid is not given beside them")
  end
  local out = { stratify = true, groups = true, standardise = true }
  if written.inner ~= nil then out.inner = check.integer("split.inner", written.inner, 2, 1000)
  elseif written.valid == 0 then out.valid = 0
  else out.valid = check.share("split.valid", check.default(written.valid, 0.2), 0, 1) end
  if written.test ~= nil then out.test = check.share("split.test", written.test, 0, 1)
  else out.folds = check.integer("split.folds", check.default(written.folds, 5), 2, 1000) end
  for _, name in ipairs { "stratify", "groups", "domains", "standardise" } do
    if written[name] ~= nil then out[name] = check.boolean("split." .. name, written[name]) end
  end
  return out
end

-- How many cuts a seed makes of a data set: a fold each, or an inner one of each fold.
function options.cuts(split) return (split.folds or 1) * (split.inner or 1) end

--- study.seeds = { 1 }
-- Repetitions: each seed has its own folds, initial weights and order of rows. Whole numbers from 0 to 2^53, none twice ({ 1 }).
-- See: study.seed, study.split
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, seeds = { 1, 2, 3 } }:trials()   --> 15

function options.seeds(written)
  local out, seen = json.array {}, {}
  for i, seed in ipairs(check.list("seeds", written == nil and { 1 } or written)) do
    out[i] = check.integer("seeds: entry " .. i, seed, 0, 1 << 53)
    if seen[seed] then check.fail("seeds: %d stands there twice", seed) end
    seen[seed] = true
  end
  return out
end

--- study.data = { "sonar", "my.csv", … }
-- The data sets: one entry, or a list of entries. It must be given; names are those of ll.data.list(), and no two may be alike.
--   "sonar"              a set that comes with losslab, or one of a folder of LOSSLAB_DATA
--   "my.csv"             the path of a file; help "reader" lists the formats
--   "moons"              a generator with its defaults
--   { load = "my.csv", label = "Outcome", … }   a file or set with options of ll.data.load; { "my.csv", … } is the same
--   { generator = "moons", n = 500 }   a generator with its parameters
--   { name = "mine", make = f }   a set that the script makes
-- See: study.data.load, study.data.generator, study.data.make, ll.data.load
-- Example:
--   ll.study { name = "m", data = { "sonar", { generator = "moons", n = 200 } }, compare = { "hinge" } }:trials()   --> 10

--- study.data.load = "my.csv"
-- A file, or a set by its name, with options: those of ll.data.load (label = "Outcome", positive = "yes", missing = "mean",
-- categorical = { "sex" }, …), name and ratio. { load = "my.csv" } and { "my.csv" } are the same. The options are part of what
-- trials are known by.
-- See: ll.data.load, study.data.ratio
-- Example:
--   ll.study { name = "m", data = { load = "sonar", ratio = 2 }, compare = { "hinge" } }.data[1].name   --> sonar 1:2

--- study.data.generator = "moons"
-- A set from a generator: its name, and beside it its parameters.
-- See: ll.data.generators, ll.data.moons
-- Example:
--   local s = ll.study { name = "m", data = { { generator = "moons", n = 100, name = "small" }, { generator = "moons" } },
--     compare = { "hinge" } }
--   s.data[1].name, s.data[2].name   --> small moons

--- study.data.make = function() return data end
-- A set that the script makes. The function must give the same set at each call, so it draws by ll.random; name must stand beside
-- it.
-- See: ll.data.matrix, ll.random
-- Example:
--   local s = ll.study { name = "m", compare = { "hinge" }, data = { name = "mine",
--     make = function()
--       local random = ll.random(1, 0, "mine")
--       return ll.data.matrix(random:normal(40, 2), random:bernoulli(40, 1, 0.5))
--     end } }
--   s.data[1].name   --> mine

--- study.data.name = "mine"
-- What the set is called in the database and in figures (its name, file or generator). Sets that would be alike need one.
-- Example:
--   ll.study { name = "m", data = { load = "sonar", name = "echoes" }, compare = { "hinge" } }.data[1].name   --> echoes

--- study.data.ratio = 100
-- Leaves rows of each training part out, at random, until it holds so many negatives a positive. Validation and test parts stay as
-- they are. A number above 0.
-- Example:
--   ll.study { name = "m", data = { load = "sonar", ratio = 10 }, compare = { "hinge" } }.data[1].ratio   --> 10

-- Negatives a positive in the training parts; nil leaves the parts as they are.
local function ratio(each)
  local x = each.ratio
  if x == nil then return nil end
  if type(x) ~= "number" or not (x > 0 and x < 1e9) then
    check.fail("data: ratio must be a number above 0, not %s", check.show(x))
  end
  return x
end

-- An entry for a file or a set known by name: { "mine.csv", positive = "yes" } or { load = … }.
local function of_file(i, each)
  local fields, reading = {}, {}
  for key, value in pairs(each) do
    if key ~= 1 then fields[key] = value
    elseif each.load ~= nil then check.fail("data: entry %d: either { %s, … } or { load = … }, not both", i, check.show(value))
    else fields.load = value end
  end
  local names = ll.data.reading()
  for _, name in ipairs(names) do reading[name] = fields[name] end
  if type(reading.label) == "number" then reading.label = check.integer("data: label", reading.label, 1) end
  check.fields("data: entry " .. i, fields, table.move({ "load", "ratio", "name" }, 1, 3, #names + 1, names))
  local load = check.string("data: load", fields.load)
  local spec = { load = load, ratio = ratio(fields), name = load, reading = next(reading) and reading or nil }
  if spec.ratio then spec.name = string.format("%s 1:%g", load:match "[^/]*$", spec.ratio) end
  if fields.name ~= nil then spec.name = check.text("data: name", fields.name) end
  spec.named = spec.ratio ~= nil or fields.name ~= nil
  return spec
end

-- Whether what stands in data is one entry, not a list of them.
local function is_entry(written)
  if written.generator or written.load or written.make or getmetatable(written) then return true end
  for key in pairs(written) do
    if type(key) == "string" then return true end
  end
  return false
end

function options.data(written)
  if type(written) == "table" and is_entry(written) then written = { written } end
  local out, seen = {}, {}
  for i, each in ipairs(check.list("data", written)) do
    local spec
    if type(each) == "table" and (each.load ~= nil or type(each[1]) == "string") then
      spec = of_file(i, each)
    elseif type(each) == "table" and each.make ~= nil then
      check.fields("data: entry " .. i, each, { "make", "name" })
      spec = { name = check.text("data: name", each.name), make = check.callable("data: make", each.make), named = true }
    elseif type(each) == "table" then
      local fields, generator = {}, each.generator
      local names = { "generator", "name", "ratio" }
      if type(generator) ~= "string" then
        check.fail("data: entry %d must be a name, a path, { load = … }, { generator = … } or { make = … }, not %s", i,
          check.show(each))
      end
      local all = {}
      for _, row in ipairs(ll.data.generators()) do
        all[#all + 1] = row.name
        if row.name == generator then for _, p in ipairs(row.params) do names[#names + 1] = p.name end end
      end
      check.among("data: there is no generator", generator, all)
      check.fields("data." .. generator, each, names)
      for key, value in pairs(each) do if key ~= "generator" and key ~= "name" and key ~= "ratio" then fields[key] = value end end
      spec = { name = check.text("data: name", check.default(each.name, generator)), generator = generator, parameters = fields,
        ratio = ratio(each), named = true }
    else
      spec = { name = check.string("data: entry " .. i, each), load = each }
    end
    if seen[spec.name] then
      check.fail("data: %s stands there twice%s", check.show(spec.name),
        type(each) == "table" and "; give one of them a name = …" or "")
    end
    seen[spec.name] = true
    out[i] = spec
  end
  return out
end

--- study.ask = { loss = "adaptive_rank", vary = "margin_lr", baseline = 0 }
-- What losslab show and the figures answer in a sentence. Without it, the loss that does best is compared with the others.
--   loss       the loss that is asked about
--   vary       a parameter of it, or a field of model or train ("lr", "hidden"), which the study varies
--   baseline   the value of vary that others are compared with
-- See: study.question, losslab show
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { hinge = { margin = { 0.5, 1 } }, logistic = {} },
--     ask = { loss = "hinge", vary = "margin", baseline = 1 } }
--   s.ask.vary   --> margin

--- study.ask.loss = "hinge"
-- The loss that is asked about: one of compare.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge", "logistic" }, ask = { loss = "hinge" } }.ask.loss   --> hinge

--- study.ask.vary = "margin"
-- What is varied: a parameter of the loss, or a field of model or train, that the study gives several values.
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { 0.01, 0.1 } },
--     ask = { loss = "hinge", vary = "lr" } }
--   s.ask.vary   --> lr

--- study.ask.baseline = 0
-- The value of vary that the others are compared with: one of those that the study gives it.
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { hinge = { margin = { 0, 1 } } },
--     ask = { loss = "hinge", vary = "margin", baseline = 0 } }
--   s.ask.baseline   --> 0

-- Whether a search may try a value of a loss's field, which stands in a list.
local function may_try(search, loss, field, value)
  for _, alternative in ipairs(search and search.spaces[loss].space or {}) do
    for _, prefix in ipairs { "", "loss.", "model.", "train." } do
      local dimension = alternative[prefix .. field]
      for _, each in ipairs(dimension and not dimension.low and dimension or {}) do
        if fields_of.same(each, value) then return true end
      end
    end
  end
  return false
end

function options.ask(compare, configs, written, search)
  if written == nil then return nil end
  check.fields("ask", written, FIELDS.ask)
  local names = {}
  for _, loss in ipairs(compare) do names[#names + 1] = loss.name end
  check.among("ask.loss: there is no loss", written.loss, names)
  local out = { loss = written.loss, vary = written.vary, baseline = written.baseline }
  if out.vary == nil then
    if out.baseline ~= nil then check.fail "ask.baseline is a value of ask.vary, which is not given" end
    return out
  end
  local all, mine = fields_of.of(configs), {}
  for _, config in ipairs(configs) do
    if config.loss == out.loss then mine[#mine + 1] = config end
  end
  local known, values = {}, {}
  for _, entry in ipairs(all) do
    local list, missing = fields_of.list(mine, entry)
    if #list > 0 then
      known[#known + 1], values[entry.name] = entry.name, list
      if missing then table.insert(list, 1, "") end -- a configuration that leaves it out
    end
  end
  local entry = type(out.vary) == "string" and all[out.vary] -- by its name or its qualified one
  if not (entry and values[entry.name]) then
    check.among("ask.vary: " .. out.loss .. " has no parameter or field", out.vary, known)
  end
  out.vary = entry.name
  local there = out.baseline == nil or may_try(search, out.loss, out.vary, out.baseline)
  for _, value in ipairs(values[out.vary]) do there = there or fields_of.same(value, out.baseline) end
  if not there then
    local words = type(out.baseline) == "table" and fields_of.word(out.baseline) or check.show(out.baseline)
    check.fail("ask.baseline: no configuration of %s has %s = %s%s", out.loss, out.vary, words,
      search and "; a search tries for sure what search.start says" or "")
  end
  return out
end

-- A function, or nil.
function options.callable(what, f) return f ~= nil and check.callable(what, f) or nil end

--- study.figures = { "sensitivity", name = function(figure, results, plot) … return true end }
-- The study's own figures, and which of the standard ones losslab plot draws beside them: ll.plot.names. Where none is named, all
-- are drawn. The name of an own figure is made of letters, digits, _ and -; a function that has nothing to draw returns nil and
-- why. They are run from the script in the database, in a process that can only compute.
-- See: losslab plot, ll.plot.names, results
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" },
--     figures = { "curves", "roc", mine = function() return nil, "nothing to draw" end } }
--   s.figures_named[2], select(2, s.figures.mine())   --> roc nothing to draw

-- Own figures by name, and the names of standard ones. A figure's name becomes the name of its files.
function options.figures(written)
  if written == nil then return nil end
  if type(written) ~= "table" then check.fail('figures must be { "curves", name = function(figure, results, plot) … end }') end
  local own, named = {}, {}
  for _, name in ipairs(check.keys(written)) do
    if math.type(name) == "integer" then
      if type(written[name]) ~= "string" then
        check.fail("figures[%d] must be the name of a standard figure, not %s", name, check.show(written[name]))
      end
      named[#named + 1] = check.among("figures: there is no figure", written[name], figure_names)
    elseif type(name) ~= "string" or not name:find "^[%w_-]+$" then
      check.fail("figures: a name is made of letters, digits, _ and -, which %s is not", check.show(name))
    else
      own[name] = check.callable("figures." .. name, written[name])
    end
  end
  return own, named
end

--- study.sample = { random = 20 }
-- Draws so many configurations at random, for each loss and optimizer, in place of the whole grid.
--   random   how many, from 1 to 1000000
--   seed     of the draws, a whole number >= 0 (1)
-- See: study.range, study.compare
-- Example:
--   local s = ll.study { name = "m", data = "moons",
--     compare = { hinge = { margin = { from = 0, to = 1 } } }, sample = { random = 4 } }
--   s:trials()   --> 20

--- study.sample.random = 20
-- How many configurations are drawn for each loss and optimizer; equal draws count once. A whole number from 1 to 1000000.
-- Example:
--   ll.study { name = "m", data = "moons",
--     compare = { hinge = { margin = { log = { 0.1, 1 } } } }, sample = { random = 2 } }:trials()  --> 10

--- study.sample.seed = 1
-- The seed of the draws: a whole number from 0 to 2^53 (1). A draw depends on it, on the loss, and on the name of what is drawn.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, sample = { random = 2, seed = 3 } }.sample.seed   --> 3

function options.sample(written)
  if written == nil then return nil end
  check.fields("sample", written, FIELDS.sample)
  return { random = check.integer("sample.random", written.random, 1, 1000000),
    seed = check.integer("sample.seed", check.default(written.seed, 1), 0, 1 << 53) }
end

return options
