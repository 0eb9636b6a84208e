-- The data of a study, read, and its cuts: training, validation and test part of each data set, seed and fold.
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local options = require "losslab.study.options"
local tasks = require "losslab.study.tasks"
local text = require "losslab.text"

local M = {}

-- A whole number below 2^53, hashed from the arguments: the same on every machine, in every order of work.
local function hashed(...) return tonumber(ll.core.sha256(json.encode { ... }):sub(1, 13), 16) end

-- The number of a trial, which keys its random streams: unlike its id it is the same for every configuration.
function M.trial_number(study, dataset, seed, fold) return hashed("trial", study.seed, dataset.name, seed, fold) end

local function load_set(spec)
  if spec.generator then return ll.data[spec.generator](spec.parameters) end
  if spec.make then
    local set = spec.make()
    if type(set) == "userdata" and getmetatable(set).__name == "losslab.data" then return set end
    error(string.format("%s: make gave %s, not a data set", check.show(spec.name), check.show(set)), 0)
  end
  return ll.data.load(spec.load, spec.reading)
end

-- JSON of what a script says of a file: paths and classes may be in any encoding.
local function encode(value)
  local function copy(each)
    if type(each) ~= "table" then return each end
    local out = setmetatable({}, getmetatable(each))
    for key, inner in pairs(each) do out[key] = copy(inner) end
    return out
  end
  return json.encode(text.for_json(copy(value)))
end

-- How a file is read as far as it decides the numbers: in what type they are held does not. nil where nothing is said.
local function reading(spec)
  local said = {}
  for key, value in pairs(spec.reading or {}) do if key ~= "type" then said[key] = value end end
  return next(said) and said or nil
end

local function origin(spec)
  if spec.make then return "made by the study's script" end
  local full = {}
  if not spec.generator then
    local said = reading(spec)
    if not spec.ratio and not said then return text.utf8(spec.load) end
    for key, value in pairs(said or {}) do full[key] = value end
    full.load, full.ratio = spec.load, spec.ratio
    return encode(full)
  end
  for _, row in ipairs(ll.data.generators()) do
    if row.name == spec.generator then for _, p in ipairs(row.params) do full[p.name] = p.default end end
  end
  for key, value in pairs(spec.parameters) do full[key] = value end
  return json.encode { generator = spec.generator, parameters = full, ratio = spec.ratio }
end

-- Refuses a set whose classes have no target for what needs one.
local function no_target(name, set, who)
  local names = set.class_names
  local first, last = check.show(names[1]), check.show(names[#names])
  if #names == 2 then
    check.fail("data: %s has the classes %s and %s; %s needs one as the target: positive = %s (or %s)", check.show(name), first,
      last,
      who, last, first)
  end
  check.fail("data: %s has %d classes; %s takes two, positive and negative: positive = %s makes %s the target, the others not",
    check.show(name), #names, who, last, last)
end

-- Refuses real values for a loss of classes, classes for one of real values, and weights for one that takes none.
local function check_values(name, set, loss)
  local task = loss.task and tasks.get(loss.task)
  if not task then return end -- a study's own trial
  if task.values and not set.values then
    check.fail('data: %s has classes, and %s takes real values: values = "COLUMN" reads a column of numbers as them',
      check.show(name), loss.name)
  elseif set.values and not task.values then
    check.fail("data: %s holds real values, and %s takes classes; of real values are %s", check.show(name), loss.name,
      table.concat(M.of_values(), ", "))
  end
  if loss.task == "rates" then
    for i = 1, set.y:min_all():item() < 0 and set.rows or 0 do
      if set.y:get(i, 1) < 0 then
        check.fail("data: %s: the value of row %d is %g, and %s takes counts: numbers >= 0", check.show(name), i, set.y:get(i, 1),
          loss.name)
      end
    end
  end
  if set.weights and not tasks.weighs(loss, "weights") then
    check.fail("data: %s has weights, which %s does not take%s", check.show(name), loss.name,
      loss.lua and ", a loss in Lua" or ": its rows are not independent, and its pairs are not weighed")
  end
end

-- The names of the losses of real values.
function M.of_values()
  local out = {}
  for _, name in ipairs(ll.loss.list()) do
    local task = tasks.of(name)
    if task and tasks.get(task).values then out[#out + 1] = name end
  end
  return out
end

-- The study's data sets, read: {{name, set, origin}, …}. Read once for each study object; children of a fork share the memory.
function M.datasets(study)
  if study.loaded then return study.loaded end
  local out, seen = {}, {}
  for i, spec in ipairs(study.data) do
    local fine, set = pcall(load_set, spec)
    if not fine then check.fail("data: %s", check.plain(set)) end
    local name = text.utf8(spec.named and spec.name or set.name) -- a file's name may be in any encoding
    if seen[name] then
      check.fail("data: %s and %s are both named %s", check.show(seen[name]), check.show(spec.load or spec.name), check.show(name))
    end
    seen[name] = spec.load or spec.name
    for _, loss in ipairs(study.compare) do check_values(name, set, loss) end
    if spec.ratio and set.values then check.fail("data: %s holds real values; a ratio is of negatives to positives", name) end
    for _, loss in ipairs(set.values and {} or study.compare) do
      if loss.task and not tasks.get(loss.task).classes and (set.multiclass or set.classes ~= 2) then
        no_target(name, set, loss.name)
      end
      local least = loss.task and tasks.get(loss.task).least
      if loss.task and set.classes < least then
        check.fail("data: %s has %d classes; %s needs at least %d", check.show(name), set.classes, loss.name, least)
      end
    end
    if not set.multiclass and (set.positives == 0 or set.positives == set.rows) then
      check.fail("data: %s has one class only (%d positive of %d rows)", check.show(name), set.positives, set.rows)
    end
    if spec.ratio and set.multiclass then no_target(name, set, "a ratio") end
    out[i] = { id = i, name = name, set = set, origin = origin(spec), ratio = spec.ratio,
      made = spec.make ~= nil, generated = spec.generator ~= nil, reading = reading(spec) and encode(reading(spec)) }
  end
  study.loaded = out
  return out
end

-- The largest subset of the training part with `ratio` negatives a positive, drawn from the stream of key; rows keep their order.
local function thin(dataset, train, key)
  local sides, rows = { {}, {} }, {}
  for i = 1, train.rows do table.insert(sides[train.y:get(i, 1) == 1 and 1 or 2], i) end
  local positives = math.min(#sides[1], math.floor(#sides[2] / dataset.ratio))
  local keep = { positives, math.min(#sides[2], math.floor(positives * dataset.ratio + 0.5)) }
  if keep[1] == 0 or keep[2] == 0 then
    check.fail("1 positive to %g negatives leaves nothing of a training part of %d and %d", dataset.ratio, #sides[1], #sides[2])
  end
  local stream = ll.random(key, 0, "thin")
  for side = 1, 2 do
    local order = stream:permutation(#sides[side])
    for i = 1, keep[side] do rows[#rows + 1] = sides[side][math.tointeger(order:get(i, 1))] end
  end
  table.sort(rows)
  return train:subset(rows)
end

-- The numbers of all rows of a set that are in neither of two parts, in order. A part: an array, or a database's string; b may be
-- nil.
local function others(set, a, b)
  local held, rest = {}, {}
  for _, part in ipairs { a, b } do
    for at = 1, type(part) == "string" and #part or 0, 4 do held[string.unpack("<I4", part, at)] = true end
    for _, row in ipairs(type(part) == "table" and part or {}) do held[row] = true end
  end
  for row = 1, set.rows do if not held[row] then rest[#rest + 1] = row end end
  return rest
end

-- The parts of a set, and beside them whether they are standardised: a script that goes over its trial's parts meets parts alone.
local function parts_of(train, valid, test, standardise)
  return setmetatable({ train = train, valid = valid, test = test }, { __index = { standardised = standardise } })
end

-- Parts standardised by the training part; valid is nil where there is none.
local function scaled(train, test, valid)
  if valid then return train:standardise(test, valid) end
  return train:standardise(test)
end

-- The same parts, to the bit, from the row numbers of each, as a database has them; valid may be nil. Missing cells get the means
-- of all rows that are not held out, those too that a ratio left out of the training part.
function M.of_rows(set, rows, standardise)
  if set.missing then set = set:fill(others(set, rows.test, rows.valid)) end
  local train, test, valid = set:subset(rows.train), set:subset(rows.test), rows.valid and set:subset(rows.valid)
  if standardise then train, test, valid = scaled(train, test, valid) end
  return parts_of(train, valid, test, standardise)
end

-- Training, test and, without inner folds, validation part of a fold (nil where its share is 0), not standardised.
local function outer(study, dataset, seed, fold, standardise)
  local split = study.split
  local how = { validation = split.valid or 0, stratify = split.stratify, groups = split.groups, domains = split.domains,
    standardise = standardise, seed = hashed("folds", study.seed, dataset.name, seed) }
  if split.folds then
    how.k = split.folds
    return dataset.set:fold(fold, how)
  end
  how.test = split.test
  return dataset.set:split(how)
end

-- { train, valid, test, standardised } of a fold, standardised by the training part, unless as_read is true. Folds depend on
-- (study's seed, data set, seed), so that the folds of a seed are disjoint and every configuration meets the same ones. With inner
-- folds, fold counts through those of the first fold, then of the second, and so on.
function M.parts(study, dataset, seed, fold, as_read)
  local split = study.split
  local standardise = split.standardise and not as_read
  local key = hashed("thin", study.seed, dataset.name, seed, fold)
  if split.inner then
    local place = (fold - 1) // split.inner + 1
    local rest, test = outer(study, dataset, seed, place, false)
    local train, valid = rest:fold((fold - 1) % split.inner + 1, { k = split.inner, validation = 0, stratify = split.stratify,
      groups = split.groups, domains = split.domains, standardise = false,
      seed = hashed("inner", study.seed, dataset.name, seed, place) })
    if dataset.ratio then train = thin(dataset, train, key) end
    local rows = { train = train:packed_rows(), valid = valid:packed_rows(), test = test:packed_rows() }
    return M.of_rows(dataset.set, rows, standardise)
  end
  local train, test, valid = outer(study, dataset, seed, fold, not dataset.ratio and standardise)
  if dataset.ratio then
    train = thin(dataset, train, key)
    if standardise then train, test, valid = scaled(train, test, valid) end
  end
  return parts_of(train, valid, test, standardise)
end

M.PARTS = { "train", "valid", "test" }

local function check_parts(dataset, fold, parts)
  for _, name in ipairs(M.PARTS) do
    local part = parts[name]
    if part and not part.multiclass and (part.positives == 0 or part.positives == part.rows) then
      check.fail("data: %s, fold %d: the %s part holds one class only (%d positive of %d rows)", check.show(dataset.name), fold,
        ({ train = "training", valid = "validation", test = "test" })[name], part.positives, part.rows)
    end
  end
end

M.MANY = 100000 -- rows from which on the parts of a cut are given back before the next is made

-- Calls f(dataset, seed, fold, parts) for each cut in the order of the trials; raises the first error that would stop a trial.
-- as_read: parts are not standardised, for who looks at rows and labels alone. wants(dataset, seed, fold) [opt]: whether a cut is
-- asked for; the others are not made.
function M.each(study, f, as_read, wants)
  local function one(dataset, seed, fold)
    if wants and not wants(dataset, seed, fold) then return end
    local fine, parts = pcall(M.parts, study, dataset, seed, fold, as_read)
    if not fine then check.fail("data: %s: %s", check.show(dataset.name), check.plain(parts)) end
    check_parts(dataset, fold, parts)
    f(dataset, seed, fold, parts)
  end
  for _, dataset in ipairs(M.datasets(study)) do
    for _, seed in ipairs(study.seeds) do
      for fold = 1, options.cuts(study.split) do
        one(dataset, seed, fold)
        if dataset.set.rows >= M.MANY then collectgarbage() end
      end
    end
  end
end

return M
