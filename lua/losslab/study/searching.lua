-- The field search of a study, checked: how configurations are proposed, how many, and which of them are ended early. What a search
-- does with it, round by round, is study/rounds.lua; which trials are ended is study/rungs.lua.
local ll = require "losslab"
local check = require "losslab.check"
local configs = require "losslab.study.configs"
local json = require "losslab.json"
local only_if = require "losslab.study.only_if"
local outside = require "losslab.study.outside"
local rungs = require "losslab.study.rungs"
local search = require "losslab.search.search"

local M = {}

--- study.search = { method = "tpe", trials = 50 }
-- Searches for configurations in place of trying all of a grid: each loss, on each data set, in what compare, model and train give
-- as lists and ranges. Configurations are proposed in rounds; each is run on all folds and seeds, and its value is the mean of the
-- study's metric on validation. What is proposed depends on the study alone, not on how many processes work.
--   method    how configurations are proposed: ll.search.list names the methods ("tpe")
--   trials    how many configurations a loss and data set (50)
--   at_once   how many are proposed a round, each knowing the rounds before (8; 9 where trials are halved)
--   by        "dataset": one search for all folds ("dataset"); "fold": each fold searches by its own validation rows, which is
--             what an honest test metric of tuning needs
--   budget    in place of trials: { epochs = n } or { seconds = n } a loss and data set, { trials = n }
--   prune     ends trials early that do worse: "halving", "hyperband", "median" (none)
--   start     values of the configuration that is tried first, { lr = 0.01 }; false: none (the defaults)
--   seed      of the proposals (1)
-- See: ll.search, study.range, study.sample
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge", "logistic" },
--     train = { epochs = 2, lr = { log = { 1e-3, 1 } } }, search = { trials = 4 } }
--   s:trials()   --> 40

--- study.search.method = "tpe"
-- How configurations are proposed: one of ll.search.list ("tpe").
-- See: ll.search.new
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { method = "sobol" } }.search.method   --> sobol

--- study.search.trials = 50
-- How many configurations are tried of a loss on a data set, the first one among them: a whole number from 1 to 100000 (50).
-- See: study.search.budget
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { trials = 3 } }:trials()   --> 15

--- study.search.at_once = 8
-- How many configurations are proposed a round: a whole number from 1 to 10000 (8; 9 where trials are halved). The next round is
-- proposed when all of this one, of all losses and data sets, have ended. It is part of what decides the proposals, so that they do
-- not depend on how many workers there are.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { trials = 8, at_once = 4 } }.search.at_once   --> 4

--- study.search.by = "dataset"
-- What searches: "dataset", one search for all folds of a data set, or "fold", one for each fold, by its own validation rows (with
-- inner folds by those of that fold): then no test row of a fold has a part in what is tried on it ("dataset").
-- See: study.split.inner
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { trials = 4, by = "fold" } }:trials()   --> 20

--- study.search.budget = { epochs = 2000 }
-- When a search ends, for each loss on each data set alike; one of them:
--   trials    after so many configurations
--   epochs    before the epochs of all its trials together, folds and seeds too, would be more than so many
--   seconds   in the round in which its trials have taken so many, added up. How many are tried then depends on the machine: such a
--             study is not reproduced by running it again. What was proposed is in the database, and is replayed as any other
-- Of a search by fold the share of each fold is its part of all.
-- See: study.search.trials
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { epochs = 2, lr = { log = { 1e-3, 1 } } },
--     search = { budget = { epochs = 100 } } }.search.budget.epochs   --> 100

--- study.search.start = { lr = 0.01 }
-- The configuration that is tried first, in full: fields that the study varies with their values; those that are left out have the
-- defaults of the loss, of model and of train. It is what tuning is compared with. false: none.
-- Where the ranges of the study do not hold it, it is run all the same, as the loss without tuning: it is no point that a search
-- learns from, but may be chosen. losslab run --dry-run and losslab show say so.
-- A method of a study's own trial has no defaults: it starts where all are given.
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { trials = 4, start = { lr = 0.5 } } }
--   s.configs[1].train.lr   --> 0.5

--- study.search.seed = 1
-- The seed of the proposals: a whole number from 0 to 2^53 (1).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { seed = 2 } }.search.seed   --> 2

-- The fields of search, and those of its budget.
M.fields = { "method", "trials", "at_once", "by", "budget", "prune", "start", "seed" }
M.budgets = { "trials", "epochs", "seconds" }

local TRIALS, MOST = 50, 100000

-- Versions of what methods propose, where it is not the first: raised where the same history gives other points on purpose, so that
-- a search that was begun with the older ones is begun anew, and goes on with no mixture.
local VERSIONS = { tpe = 2 }

local function budget(written)
  if written.budget == nil then
    return { trials = check.integer("search.trials", check.default(written.trials, TRIALS), 1, MOST) }
  end
  if written.trials ~= nil then check.fail "search: either trials or budget is given, not both" end
  local given = check.fields("search.budget", written.budget, M.budgets)
  local names = check.keys(given)
  if #names ~= 1 then check.fail("search.budget says one of trials, epochs and seconds; this one says %d of them", #names) end
  if names[1] == "seconds" then
    local seconds = check.number("search.budget.seconds", given.seconds)
    if seconds <= 0 then check.fail("search.budget.seconds must be above 0, not %s", check.show(seconds)) end
    return { seconds = seconds }
  end
  return { [names[1]] = check.integer("search.budget." .. names[1], given[names[1]], 1,
    names[1] == "trials" and MOST or 1 << 40) }
end

-- ---- where it starts ----

-- A name of a space by what is written: "lr" is loss.lr, model.lr or train.lr, whichever there is.
local function full_name(alternative, name)
  if alternative[name] then return name end
  for _, prefix in ipairs { "loss.", "model.", "train." } do
    if alternative[prefix .. name] then return prefix .. name end
  end
end

-- Whether a dimension has one value alone.
local function is_fixed(dimension) return not dimension.low and #dimension == 1 and not dimension.only_if end

local function same(a, b) return a == b or type(a) == "table" and type(b) == "table" and json.encode(a) == json.encode(b) end

-- Whether a field of an alternative may have a value.
local function takes(alternative, name, value)
  local full = full_name(alternative, name)
  return full and (not is_fixed(alternative[full]) or same(alternative[full][1], value))
end

-- Raises for a name that no alternative has, and for a value where all that have it say another one and no more.
local function check_written(written, spaces)
  for _, name in ipairs(check.keys(written)) do
    local known, values, taken, found = {}, {}, false, false
    for _, each in ipairs(spaces) do
      for _, alternative in ipairs(each.space) do
        local dimension = alternative[type(name) == "string" and full_name(alternative, name)]
        if dimension then
          found, taken = true, taken or takes(alternative, name, written[name])
          values[check.show(dimension[1])] = true
        end
        for full in pairs(alternative) do known[full:match "%.(.*)$"] = true end
      end
    end
    if not found then check.unknown("search.start: the study has no field", name, check.keys(known)) end
    if not taken then
      check.fail("search.start: %s is %s in this study, not %s", name, table.concat(check.keys(values), " or "),
        check.show(written[name]))
    end
  end
end

-- The point of a configuration in an alternative, as far as that has it.
local function point_of(alternative, config)
  local parts, point = { loss = config.parameters, model = config.model, train = config.train }, {}
  for _, name in ipairs(only_if.order(alternative)) do
    local prefix, field = name:match "^(%a+)%.(.*)$"
    local dimension, value = alternative[name], parts[prefix][field]
    if value == nil and not dimension.low and #dimension == 1 then value = dimension[1] end -- it means nothing to this loss
    if only_if.holds(dimension, point) then point[name] = value end
  end
  return point
end

-- The first alternative that takes all that is written of a loss: all but what none takes, which is written for other losses.
local function alternative_of(each, written)
  local own, said = {}, {}
  for _, name in ipairs(check.keys(written)) do
    for _, alternative in ipairs(each.space) do
      if takes(alternative, name, written[name]) and own[name] == nil then
        own[name], said[#said + 1] = written[name], name .. " = " .. check.show(written[name])
      end
    end
  end
  for _, alternative in ipairs(each.space) do
    local all = true
    for name, value in pairs(own) do all = all and takes(alternative, name, value) end
    if all then return alternative end
  end
  check.fail("search.start: no configuration of %s has %s", each.loss.name, table.concat(said, " and "))
end

-- { config, point } at which the search of a loss starts, or nil where something has no value.
local function start_of(study, each, written)
  local alternative, point, missing = alternative_of(each, written), {}, false
  for name, dimension in pairs(alternative) do
    if is_fixed(dimension) then point[name] = dimension[1]
    elseif study.trial or name:find "^loss%." and each.loss.lua then missing = true end -- it may have none
  end
  for name, value in pairs(written) do
    local full = full_name(alternative, name)
    if full and not is_fixed(alternative[full]) then point[full] = value end
  end
  if missing then
    for name, dimension in pairs(alternative) do
      if point[name] == nil and not dimension.only_if then return nil end
    end
  end
  local fine, config = pcall(configs.at, study, each.loss, point)
  if not fine then
    if next(written) then check.fail("search.start: %s", check.plain(config)) end
    return nil
  end
  local start = { config = config, point = point_of(alternative, config) }
  for _, name in ipairs(check.keys(written)) do
    local full = full_name(alternative, name)
    if full and alternative[full].only_if and start.point[full] == nil then
      check.fail("search.start: what %s hangs on (only_if) does not hold there, so it is in no such configuration", name)
    end
  end
  return start
end

-- ---- what no search can do ----

-- How many epochs a configuration of a search trains in full; nil where nobody says.
function M.epochs_in_full(of, config)
  local epochs = config.train.epochs
  return math.type(epochs) == "integer" and epochs or of.prune and of.prune.epochs or nil
end

-- Raises for a range in a grid.
local function check_grid(spaces)
  for _, each in ipairs(spaces) do
    for _, alternative in ipairs(each.space) do
      for _, name in ipairs(check.keys(alternative)) do
        if alternative[name].low then
          check.fail("search.method: a grid tries values, and %s is a range: give it steps = …, or take another method", name)
        end
      end
    end
  end
end

-- Raises where a budget of epochs does not hold the configuration that a search starts with.
local function check_epochs(study, own)
  local most, split = study.search.budget.epochs, study.split
  local epochs = M.epochs_in_full(study.search, own.first)
  if not epochs then
    check.fail("search.budget.epochs: nobody says how many epochs a trial of %s has; train = { epochs = … } does, or give "
      .. "trials or seconds", own.loss.name)
  end
  local runs = (split.folds or 1) * (split.inner or 1) * #study.seeds
  if own.start and epochs * runs > most then
    check.fail("search.budget.epochs: %d is too few for one configuration: the first of %s takes %d, %d epochs on each of %d cuts",
      most, own.loss.name, epochs * runs, epochs, runs)
  end
end

-- ---- all of it ----

-- What a space is, as canonical JSON.
local function space_text(space)
  local function plain(value)
    if value == math.huge or value == -math.huge then return tostring(value) end
    if type(value) ~= "table" then return value end
    local out = {}
    for key, each in pairs(value) do
      if type(key) == "number" and value.only_if then key = tostring(key) end
      out[key] = plain(each)
    end
    return #value > 0 and not value.only_if and json.array(out) or out
  end
  return json.encode(plain(json.array(space)), "the space")
end

-- A searcher of a loss on a data set, by fold or for all (0).
function M.searcher(study, each, dataset, fold)
  local s = study.search
  return search.new { method = s.method, space = each.space, seed = s.seed, trials = s.budget.trials,
    stream = json.encode { each.loss.name, dataset, fold } }
end

-- written: the field search; spaces: of configs.spaces. Gives the search: method, budget, at_once, by, seed, prune (rungs.lua) or
-- nil, spaces = { { loss, space, text, start = { config, point } or nil, outside = what of the start is not in the space
-- (study/outside.lua), first = a configuration of it } …, by name too }.
function M.of(study, written, spaces)
  if type(written) ~= "table" then
    check.fail('search must be a table such as { method = "tpe", trials = 50 }, not %s', check.show(written))
  end
  check.fields("search", written, M.fields)
  local out = { method = check.among("search.method: there is no method", check.default(written.method, "tpe"), search.list()),
    by = check.among("search.by: there is no choice", check.default(written.by, "dataset"), { "dataset", "fold" }),
    seed = check.integer("search.seed", check.default(written.seed, 1), 0, 1 << 53), budget = budget(written), spaces = {} }
  out.prune = rungs.of(study, written, spaces)
  local least = out.prune and out.prune.method == "halving" and out.prune.eta ^ 2 // 1 | 0 or 8
  if out.prune and out.prune.method == "hyperband" and written.at_once ~= nil then
    check.fail 'search.at_once: prune = "hyperband" says itself how many configurations a round has'
  end
  out.at_once = check.integer("search.at_once", check.default(written.at_once, least), 1, 10000)
  local start = check.default(written.start, {})
  if start ~= false then
    if type(start) ~= "table" then check.fail("search.start must be a table of values or false, not %s", check.show(start)) end
    check_written(start, spaces)
  end
  for i, each in ipairs(spaces) do
    local own = { loss = each.loss, space = each.space, text = space_text(each.space) }
    own.start = start and start_of(study, each, start) or nil
    own.outside = own.start and outside.of(each.space, own.start.point) or {}
    out.spaces[i], out.spaces[each.loss.name] = own, own
  end
  if out.method == "grid" then check_grid(spaces) end
  study.search = out
  for _, own in ipairs(out.spaces) do
    local points = own.start or M.searcher(study, own, "", 0):propose({}, 1)
    own.first = own.start and own.start.config or configs.at(study, own.loss, points[1])
    if out.budget.epochs then check_epochs(study, own) end
  end
  return out
end

-- A configuration of each loss, by which is seen what the study can do.
function M.first(s)
  local out = {}
  for i, each in ipairs(s.spaces) do out[i] = each.first end
  return out
end

-- How many configurations a data set has at most, of all losses; where the budget is no number of them, those of the first round.
function M.most(s)
  local _, size = rungs.of_round(s.prune, 1)
  return #s.spaces * (s.budget.trials or size or s.at_once)
end

-- What of a search stands in the study's plan.
function M.plan(s)
  if not s then return nil end
  local spaces = {}
  for _, each in ipairs(s.spaces) do
    spaces[each.loss.name] = { space = json.decode(each.text), start = each.start and each.start.config.key or false }
  end
  return { method = s.method, version = VERSIONS[s.method], by = s.by, seed = s.seed, at_once = s.at_once, budget = s.budget,
    prune = s.prune, spaces = spaces, reproducible = s.budget.seconds == nil }
end

-- What the key of a trial says of the search that may end it: all that decides its rounds, but for how long it goes on; which round
-- it is of, and how many configurations that has. "" of a search that ends none.
function M.hash(study, each, round, size)
  local s = study.search
  if not s.prune then return "" end
  each.hash = each.hash or ll.core.sha256(json.encode { "search " .. (VERSIONS[s.method] or 1), s.method, s.by, s.seed, s.at_once,
    s.prune, each.text, each.start and each.start.config.key or false, study.metric.label, study.metric.higher_is_better,
    study.split, study.seeds, study.seed })
  return ll.core.sha256(json.encode { each.hash, round, size })
end

return M
