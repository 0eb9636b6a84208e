-- Which trials of a search are ended early. It is decided from what all that compete have reached, and not as trials come to an
-- end, so that it does not depend on the order of work: a trial pauses at a rung, that is after an epoch, until those it is
-- compared with have come there.
--   halving     a round's configurations train for `least` epochs; the best 1/eta of them go on to eta times as many; and so on
--               (Jamieson and Talwalkar 2016)
--   hyperband   rounds of halving that begin with many configurations and few epochs, then with fewer and more, in turn (Li et al.
--               2018)
--   median      a configuration whose best value so far is below the median of those that the configurations of earlier rounds had
--               after as many epochs goes no further (Golovin et al. 2017)
local check = require "losslab.check"
local json = require "losslab.json"

local M = {}

--- study.search.prune = "halving"
-- Ends trials early that do worse than others after the same number of epochs. They are recorded as pruned: with their epochs so
-- far, neither done nor lost, and never chosen.
--   "halving"     of a round's configurations the best third go on to three times as many epochs, again and again
--   "hyperband"   the same, with rounds that begin with many configurations and few epochs, then fewer and more, in turn
--   "median"      a configuration goes on while it is no worse than the median of those of earlier rounds
--   { method = "halving", eta = 4 }   the same with options: eta, least, epochs of halving and hyperband; every, warmup, startup of
--                 the median
-- The first configuration, by which tuning is measured, is always trained in full.
-- See: study.search, study.search.prune.eta
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" },
--     train = { epochs = 9, lr = { log = { 1e-3, 1 } } }, search = { trials = 10, prune = "halving" } }
--   table.concat(s.search.prune.rungs, " ")   --> 1 3

--- study.search.prune.method = "halving"
-- Which trials are ended: "halving", "hyperband" or "median". It must be given where prune is a table.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { prune = { method = "median" } } }.search.prune.method   --> median

--- study.search.prune.eta = 3
-- At each rung one of so many configurations goes on, to so many times the epochs; of halving and hyperband. A whole number from 2
-- to 100 (3).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { epochs = 16, lr = { log = { 1e-3, 1 } } },
--     search = { prune = { method = "halving", eta = 4 } } }.search.prune.rungs[2]   --> 4

--- study.search.prune.least = 1
-- After how many epochs trials are first compared: of halving (a ninth of the most, with eta 3), and of the hyperband round with
-- the most configurations (1). A whole number >= 1, below the most epochs.
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { epochs = 20, lr = { log = { 1e-3, 1 } } },
--     search = { prune = { method = "halving", least = 5 } } }.search.prune.rungs[2]   --> 15

--- study.search.prune.epochs = 27
-- The most epochs of a trial: what train.epochs says. A study with its own trial may say here how often it records.
-- Example:
--   ll.study { name = "own", data = "moons", metric = "error", goal = "min",
--     compare = { mean = { shrink = { from = 0, to = 1 } } },
--     search = { prune = { method = "halving", epochs = 9 } }, trial = function(t)
--       for _ = 1, 9 do t:record { valid = { error = t.parameters.shrink } } end
--     end }.search.prune.rungs[1]   --> 1

--- study.search.prune.every = 3
-- Of the median: after every so many epochs a configuration is compared (a tenth of the most).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { epochs = 9, lr = { log = { 1e-3, 1 } } },
--     search = { prune = { method = "median", every = 3 } } }.search.prune.rungs[2]   --> 6

--- study.search.prune.warmup = 3
-- Of the median: before so many epochs nothing is ended (every).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { epochs = 9, lr = { log = { 1e-3, 1 } } },
--     search = { prune = { method = "median", every = 2, warmup = 4 } } }.search.prune.rungs[1]   --> 4

--- study.search.prune.startup = 5
-- Of the median: nothing is ended before so many configurations of earlier rounds have been trained in full (5).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, train = { lr = { log = { 1e-3, 1 } } },
--     search = { prune = { method = "median", startup = 8 } } }.search.prune.startup   --> 8

M.methods = { "halving", "hyperband", "median" }
-- The options of prune, and which of them a method takes.
M.fields = { "method", "eta", "least", "epochs", "every", "warmup", "startup" }
local TAKES = { halving = { "method", "eta", "least", "epochs" }, hyperband = { "method", "eta", "least", "epochs" },
  median = { "method", "epochs", "every", "warmup", "startup" } }

-- ---- options ----

-- The most epochs of any configuration; nil where nobody says.
local function most_epochs(spaces)
  local most
  for _, each in ipairs(spaces) do
    for _, alternative in ipairs(each.space) do
      local dimension = alternative["train.epochs"]
      for _, value in ipairs(dimension and (dimension.high and { dimension.high } or dimension) or {}) do
        if math.type(value) == "integer" then most = math.max(most or 0, value) end
      end
    end
  end
  return most
end

-- least, least·eta, … below the end.
local function ladder(least, eta, finish)
  local out = json.array {}
  while least < finish do
    out[#out + 1] = least
    least = least * eta
  end
  return out
end

-- Brackets of hyperband, the one with the most configurations first: { size, rungs }.
local function brackets(least, eta, most)
  local s_max, epochs = 0, least
  while epochs * eta <= most do s_max, epochs = s_max + 1, epochs * eta end
  local out = {}
  for s = s_max, 0, -1 do
    local size, steps = (s_max + 1) * eta ^ s // 1 | 0, json.array {}
    size = -(-size // (s + 1)) -- rounded up
    for i = s, 1, -1 do
      local rung = most // (eta ^ i // 1 | 0)
      if rung >= 1 and rung < most and rung ~= steps[#steps] then steps[#steps + 1] = rung end
    end
    out[#out + 1] = { size = size, rungs = steps }
  end
  return out
end

-- written: the field search. Gives { method, epochs, … } or nil; as a table that JSON holds.
function M.of(study, written, spaces)
  local given = written.prune
  if given == nil or given == false then return nil end
  if type(given) == "string" then given = { method = given } end
  check.fields("search.prune", given, M.fields)
  local method = check.among("search.prune: there is no method", given.method, M.methods)
  for _, name in ipairs(check.keys(given)) do
    check.among("search.prune: " .. method .. " has no option", name, TAKES[method])
  end
  local said = most_epochs(spaces)
  local most = given.epochs ~= nil and check.integer("search.prune.epochs", given.epochs, 2, 1 << 30) or said
  if not most then
    check.fail "search.prune: how many epochs a trial has is said by train.epochs or prune = { epochs = … }, and here by neither"
  end
  if given.epochs ~= nil and not study.trial and said ~= most then
    check.fail("search.prune.epochs is what train.epochs says: %d, not %d", said, most)
  end
  if most < 2 then check.fail "search.prune: trials of a single epoch cannot be ended early" end
  local out = { method = method, epochs = most }
  if method == "median" then
    out.every = check.integer("search.prune.every", check.default(given.every, math.max(1, most // 10)), 1, most)
    out.warmup = check.integer("search.prune.warmup", check.default(given.warmup, out.every), 1, most)
    out.startup = check.integer("search.prune.startup", check.default(given.startup, 5), 1, 100000)
    out.rungs = json.array {}
    for epoch = out.warmup, most - 1, out.every do out.rungs[#out.rungs + 1] = epoch end
    return out
  end
  out.eta = check.integer("search.prune.eta", check.default(given.eta, 3), 2, 100)
  local first = method == "halving" and math.max(1, most // (out.eta * out.eta)) or 1
  out.least = check.integer("search.prune.least", check.default(given.least, first), 1, most - 1)
  if method == "halving" then out.rungs = ladder(out.least, out.eta, most)
  else out.brackets = brackets(out.least, out.eta, most) end
  return out
end

-- ---- rounds ----

-- The rungs of a round, and how many configurations it has (nil: as many as the search says).
function M.of_round(prune, round)
  if not prune then return {} end
  if prune.rungs then return prune.rungs end
  local bracket = prune.brackets[(round - 1) % #prune.brackets + 1]
  return bracket.rungs, bracket.size
end

-- How many of so many configurations go on from a rung.
function M.kept(prune, count) return math.max(1, count // prune.eta) end

-- The epochs that so many configurations of a round train at most, each for its runs.
function M.cost(prune, round, count, runs)
  local steps, before, sum = M.of_round(prune, round), 0, 0
  if prune.method ~= "median" then
    for _, rung in ipairs(steps) do
      sum, before, count = sum + count * (rung - before), rung, M.kept(prune, count)
    end
  end
  return (sum + count * (prune.epochs - before)) * runs
end

-- The rung behind an epoch, or nil.
function M.after(steps, epoch)
  for _, rung in ipairs(steps) do if rung > epoch then return rung end end
  return nil
end

-- ---- decisions ----

-- Of configurations at a rung, { value (higher is better; nil: none), … } in the order of their places: which go on, as a set.
function M.halve(prune, list)
  local order, on = {}, {}
  for i, each in ipairs(list) do if each.value then order[#order + 1] = i end end
  table.sort(order, function(a, b)
    if list[a].value ~= list[b].value then return list[a].value > list[b].value end
    return a < b
  end)
  for i = 1, math.min(M.kept(prune, #list), #order) do on[list[order[i]]] = true end
  return on
end

-- The median of numbers; nil of none.
function M.median(values)
  if #values == 0 then return nil end
  local sorted, middle = table.move(values, 1, #values, 1, {}), #values // 2
  table.sort(sorted)
  if #sorted % 2 == 1 then return sorted[middle + 1] end
  return sorted[middle] + (sorted[middle + 1] - sorted[middle]) / 2
end

return M
