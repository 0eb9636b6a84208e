-- A result database opened at the prompt or in a script: the results that studies' claims and figures get (results/reading.lua),
-- and beside them trials, with their networks (results/recorded_trial.lua).
local ll = require "losslab"
local again = require "losslab.run.again"
local check = require "losslab.check"
local looks = require "losslab.results.looks"
local reading = require "losslab.results.reading"
local recorded_trial = require "losslab.results.recorded_trial"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

local Opened = { __name = "losslab.results" }
Opened.__index = Opened
setmetatable(Opened, { __index = reading.methods })

-- The first time that numbers on test parts are asked for is a look (results/looks.lua).
local function look(self)
  if rawget(self, "looked") or not self.store then return end
  rawset(self, "looked", true)
  looks.record(self.store, "results")
end

function Opened:by_run(dataset, choice, options)
  if type(options) ~= "table" or (options.split or "test") == "test" then look(self) end
  return reading.methods.by_run(self, dataset, choice, options)
end

for _, name in ipairs { "choose", "answer", "held_out" } do
  Opened[name] = function(self, ...)
    look(self)
    return reading.methods[name](self, ...)
  end
end

local function ids_in_words(store)
  local first, last, count
  for row in store:rows("finished", {}) do
    first, last, count = math.min(first or row.trial, row.trial), math.max(last or 0, row.trial), (count or 0) + 1
  end
  return not first and "none of its trials has ended" or count == 1 and "it has trial " .. first
    or string.format("its %d that have ended are from %d to %d", count, first, last)
end

--- results:trial(id) -> trial
-- A recorded trial: trial.id, loss, parameters, model, train, dataset, fold, seed, number, status, error, best_epoch; trial.epochs,
-- its history (as ll.fit gives one); trial.metrics.valid.auc and trial.learnt.margin, at the best epoch.
--   id   as losslab ls shows it, or one of results:trials()
-- Errors: no such trial.
-- See: ll.open, trial:network, trial:predict, trial:data
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 80 }, split = { test = 0.3 }, compare = { hinge = {} },
--     model = { hidden = { 4 } }, train = { epochs = 3 } }:run { db = "s.db", jobs = 1 }
--   local trial = ll.open("s.db"):trial(1)
--   trial.loss, #trial.epochs   --> hinge 3
function Opened:trial(id)
  if type(self) ~= "table" then check.fail "results:trial is called with a colon, results:trial(id)" end
  check.integer("results:trial: the id", id, 1)
  local row = self.store:one("trial", { trial = id })
  if not row then check.fail("%s has no trial %d; %s", text.clean(self.store:path()), id, ids_in_words(self.store)) end
  self.runs = self.runs or again.new(self.store, self.trusted)
  return recorded_trial.of(self, row)
end

--- results:trials() -> table
-- The study's trials in its order, as rows: trial (the id), dataset, loss, parameters, fold, seed, status, best_epoch, valid, test.
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 80 }, split = { test = 0.3 }, compare = { hinge = {}, logistic = {} },
--     model = { hidden = { 4 } }, train = { epochs = 2 } }:run { db = "s.db", jobs = 1 }
--   #ll.open("s.db"):trials()   --> 2
function Opened:trials()
  look(self)
  local out = {}
  for row in self.store:rows "trials" do out[#out + 1] = row end
  return out
end

--- results:report() -> string
-- What losslab show prints of the study: table, sentences, finding.
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 80 }, split = { test = 0.3 }, compare = { hinge = {} },
--     model = { hidden = { 4 } }, train = { epochs = 2 } }:run { db = "s.db", jobs = 1 }
--   print(ll.open("s.db"):report())   --> …
function Opened:report()
  look(self)
  local report = require "losslab.results.report"
  return report.text(report.build(self.store), { width = text.room() })
end

--- results:close()
-- Closes the database; without it that is done when the results are no longer in use.
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 80 }, split = { test = 0.3 }, compare = { hinge = {} },
--     model = { hidden = { 4 } }, train = { epochs = 2 } }:run { db = "s.db", jobs = 1 }
--   ll.open("s.db"):close()
function Opened:close() self.store:close() end
Opened.__close = Opened.close

function Opened:__tostring()
  local status, sets, losses = self.status, {}, {}
  for i, dataset in ipairs(self.datasets) do sets[i] = text.clean(dataset.name) end
  for i, loss in ipairs(self.losses) do losses[i] = text.clean(loss.name) end
  local parts = { string.format("%d of %d trials done", status.done, status.total) }
  for _, what in ipairs { "diverged", "failed", "pruned", "open" } do
    if status[what] > 0 then parts[#parts + 1] = status[what] .. " " .. what end
  end
  return string.format("results of %s: %s\n  data: %s\n  losses: %s\n  metric: %s", text.clean(self.study.name),
    table.concat(parts, ", "), text.listed(sets, 8), text.listed(losses, 12), text.clean(self.metric))
end

local M = { class = Opened }

--- ll.open(path [, { study = name, trust = false }]) -> results
-- Opens a result database for reading. The results have what a study's own claims and figures get (results.study, results.datasets,
-- results:choose(…), results:values(…)), and trials, with their networks.
--   path            of the database that losslab run has written
--   options.study   the name of one of its studies (the one that was run last)
--   options.trust   whether Lua of the database's script may be run that was not run here before, where a trial is made again
-- Errors: no database; no study of that name.
-- See: results:trial, results:trials, results:report, trial:network
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 80 }, split = { test = 0.3 }, compare = { hinge = {} },
--     model = { hidden = { 4 } }, train = { epochs = 3 } }:run { db = "s.db", jobs = 1 }
--   local results = ll.open "s.db"
--   results.status.done   --> 1
function M.open(path, options, ...)
  check.no_more("ll.open", 2, ...)
  local o = check.fields("open", check.default(options, {}), { "study", "trust" }, 2)
  check.database("open: the database", path)
  if o.trust ~= nil then check.boolean("open: trust", o.trust) end
  local store = ll.store.open(path, { mode = "read" })
  local fine, self = pcall(function()
    if o.study ~= nil then store:choose(studies.id(store, check.string("open: study", o.study))) end
    return reading.read(store)
  end)
  if not fine then
    store:close()
    check.fail("%s", check.plain(self))
  end
  self.trusted = o.trust
  return setmetatable(self, Opened)
end

return M
