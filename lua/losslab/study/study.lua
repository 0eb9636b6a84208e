-- A study: what is compared, on what, how often. ll.study { … } checks everything that was written, before anything trains, and
-- gives an object that the runner plans and runs; everything that decides a number is in it, in a fixed order.
--
-- Every field has an entry of help beside the code that checks it: here, in options.lua (data, split, seeds, sample, ask,
-- figures), validation.lua (record), compare.lua, configs.lua (model), training.lua (train), metrics.lua, space.lua (ranges) and
-- searching.lua (search).
-- `losslab help study` lists them.
--
-- Every value in compare, model and train may be a list or a range (space.lua). What has no effect beside the rest is refused, and
-- so is, before anything trains, what no trial could do (run/rehearsal.lua). An epoch is chosen by validation, first of
-- equals; the test part takes part in no choice.
local ablate = require "losslab.study.ablate"
local ll = require "losslab"
local check = require "losslab.check"
local compare = require "losslab.study.compare"
local configs = require "losslab.study.configs"
local file = require "losslab.file"
local metrics = require "losslab.study.metrics"
local options = require "losslab.study.options"
local searching = require "losslab.study.searching"
local validation = require "losslab.study.validation"

--- study
-- What is to be compared: data, losses and their parameters, a model, training. ll.study { … } makes one of its fields, which are
-- listed here; study:run or losslab run trains every trial of it into a database, and ll.open or losslab show reads that.
-- A trial is one configuration (a loss with a value of each parameter, a model, a way of training) on one fold of one data set with
-- one seed.
-- See: ll.study, study:run, results, losslab run, losslab show
-- Example:
--   local s = ll.study { name = "s", data = "moons",
--     compare = { "hinge", "logistic" }, train = { epochs = 1 } }
--   s:run { db = "s.db" }
--   ll.open("s.db").status.done   --> 10
local Study = { __name = "losslab.study" }
Study.__index = Study

--- study.name = "margins"
-- The study's name, under which a database holds it. UTF-8, at most 100000 bytes; it must be given.
-- Example:
--   ll.study { name = "margins", data = "moons", compare = { "hinge" } }.name   --> margins

--- study.question = "Does a margin help?"
-- What the study asks, in words, shown with its answer ("").
-- See: study.claim, study.ask
-- Example:
--   ll.study { name = "m", question = "Does a margin help?", data = "moons",
--     compare = { "hinge" } }.question   --> Does a margin help?

--- study.seed = 1
-- The study's own seed, a whole number from 0 to 2^53 (1). Another one changes every random number.
-- See: study.seeds
-- Example:
--   ll.study { name = "m", seed = 7, data = "moons", compare = { "hinge" } }.seed   --> 7

--- study.scores = "all"
-- Which scores of the held-out rows the database keeps ("all").
--   "all"     those of every epoch, packed without loss into about 2.8 bytes a row, epoch and trial
--   "ranks"   their ranks, in about 1.1 bytes: every metric of ranks (AUC, precision, FDR) is the same; no histograms
--   "best"    those of the chosen epoch alone
--   "last"    the same and the last epoch's
--   "none"    none
-- See: study.record, study.over_folds, losslab metric
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, scores = "best" }.scores   --> best

--- study.networks = false
-- Whether the network of each trial's chosen epoch is kept, to predict with later (false).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, networks = true }.networks   --> true

--- study.contents = true
-- Whether data sets themselves are kept in the database (true). Those that a file, losslab or the script gives are, up to 16 MB
-- each as they are packed, so that trials can be run again from the database alone (losslab replay).
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, contents = false }.contents   --> false

--- study.trial = function(t) … end
-- The study's own trial, in place of network, loss and loop. For what is no network trained by one loss on labelled batches: a
-- game of two networks, a recommender, a solver. compare then holds methods of any name and parameters, model and train any
-- fields, metric any name; goal says which is better. t is a trial: t.method, t.parameters, t.model, t.train, t.parts, t:record {
-- … }.
-- See: trial, study.goal, study.metric
-- Example:
--   local s = ll.study { name = "own", data = "moons", metric = "error", goal = "min",
--     compare = { mean = { shrink = { 0, 1 } } }, trial = function(t)
--       t:record { valid = { error = t.parameters.shrink }, test = { error = t.parameters.shrink } }
--     end }
--   s:trials()   --> 10

--- study.goal = "max"
-- Whether a larger metric is better, "max", or a smaller one, "min" ("max"). Only of a study with its own trial; metrics of losslab
-- know it.
-- See: study.trial, study.metric
-- Example:
--   ll.study { name = "m", data = "moons",
--     compare = { a = {} }, trial = function() end, metric = "error", goal = "min" }:trials()  --> 5

--- study.claim = "A margin of 0.1 helps"
-- The answer to the question that the study puts to the test, as a text.
-- See: study.question, study.finding
-- Example:
--   ll.study { name = "m", claim = "It helps", data = "moons", compare = { "hinge" } }.claim   --> It helps

--- study.quick = false
-- Whether this is a small form of the study, for trying it: its finding then gives no verdict (false).
-- See: study.finding
-- Example:
--   ll.study { name = "m", quick = true, data = "moons", compare = { "hinge" } }.quick   --> true

--- study.finding = function(results) return sentence, detail, … end
-- What the database says of the claim: a function from results to one sentence that stands alone, and details as paragraphs.
-- losslab show and gallery call it, in a process that can only compute. results:finding makes it of claims.
-- See: study.claim, results
-- Example:
--   ll.study { name = "m", data = "moons", compare = { "hinge" },
--     finding = function(results) return "Over " .. #results.datasets .. " data sets nothing was asked." end }:trials()   --> 5

-- The fields of a study.
local OPTIONS = { "name", "question", "data", "split", "seeds", "seed", "compare", "model", "train", "metric", "metrics",
  "over_folds", "record", "scores", "networks", "contents", "sample", "search", "ask", "trial", "goal", "claim", "quick",
  "finding", "figures", "ablate" }

-- The text of the calling script, which is recorded so that the database says how it was made, and what debug.getinfo calls it.
local function script_of(level)
  local source = debug.getinfo(level + 1, "S").source
  if debug.getinfo(level, "t").istailcall then return "" end -- `return ll.study { … }` has removed the caller's frame
  return source:sub(1, 1) == "@" and file.read(source:sub(2)) or "", source
end

local function new(written, level)
  check.fields("study", written, OPTIONS)
  local self = setmetatable({}, Study)
  self.script, self.source = script_of(level + 1)
  self.name = check.text("name", written.name)
  self.claim = written.claim ~= nil and check.text("claim", written.claim) or nil
  self.finding = options.callable("finding", written.finding)
  self.figures, self.figures_named = options.figures(written.figures)
  self.question = written.question == nil and "" or check.text("question", written.question)
  if written.data == nil then check.fail("data names no data set") end
  self.data = options.data(written.data)
  self.split = options.split(written.split)
  self.seeds = options.seeds(written.seeds)
  self.seed = check.integer("seed", written.seed == nil and 1 or written.seed, 0, 1 << 53)
  local train, model = check.default(written.train, {}), check.default(written.model, {})
  if type(train) ~= "table" then check.fail("train must be a table {…}, not %s", check.show(train)) end
  self.loop = options.callable("train.loop", train.loop)
  self.sample = options.sample(written.sample)
  self.trial = options.callable("trial", written.trial)
  if self.trial then
    for _, each in ipairs { "metrics", "record", "networks", "over_folds" } do
      if written[each] then
        check.fail("%s: a study with its own trial records what it names itself, by t:record { … }", each)
      end
    end
    if self.loop then check.fail "train.loop: a study has its own trial or its own loop, not both" end
    self.compare = compare.methods(written.compare)
    local goal = check.among("goal: there is no choice", check.default(written.goal, "max"), { "max", "min" })
    self.metric = { label = check.text("metric", written.metric), higher_is_better = goal == "max" }
    self.metrics = { self.metric }
  else
    if written.goal ~= nil then check.fail "goal: a metric has its own; only a study with its own trial says which is better" end
    self.compare = compare.losses(written.compare)
    self.metric, self.metrics = metrics(self.compare, written)
  end
  self.losses = {}
  for _, loss in ipairs(self.compare) do self.losses[loss.name] = loss end
  local spaces = configs.spaces(self, model, train)
  if written.search ~= nil then
    if self.sample then check.fail "search and sample both say which configurations there are: one of them is given" end
    self.search = searching.of(self, written.search, spaces)
    self.configs = searching.first(self.search)
  else
    self.configs = configs.expand(self, spaces)
  end
  self.ablate = ablate.check(written.ablate)
  if self.ablate then
    if written.sample or written.search then check.fail "ablate is of the grid: it goes with neither sample nor search" end
    self.configs = ablate.keep(self.configs, self.ablate)
  end
  validation.check(self)
  self.record = validation.record(written.record, self.split)
  self.scores = check.among("scores: there is no choice", check.default(written.scores, "all"),
    { "all", "ranks", "best", "last", "none" })
  self.over_folds = metrics.over_folds(self, written.over_folds)
  self.networks = written.networks ~= nil and check.boolean("networks", written.networks)
  self.quick = written.quick ~= nil and check.boolean("quick", written.quick)
  self.contents = written.contents == nil or check.boolean("contents", written.contents)
  self.ask = options.ask(self.compare, self.configs, written.ask, self.search)
  return self
end

--- study:trials() -> number
-- How many trials it has: data sets × seeds × folds (inner ones, where there are) × configurations. Of a study that searches as
-- many as its budget of configurations allows; where that is of epochs or seconds, those of the first round.
-- See: study:run
-- Example:
--   ll.study { name = "m", data = "moons", seeds = { 1, 2, 3 },
--     compare = { hinge = { margin = { 0.1, 1 } } } }:trials()   --> 30
function Study:trials()
  local configurations = self.search and searching.most(self.search) or #self.configs
  return #self.data * #self.seeds * options.cuts(self.split) * configurations
end

function Study:__tostring()
  return string.format("study %s: %d data sets, %d losses, %d configurations, %d trials", check.show(self.name), #self.data,
    #self.compare, #self.configs, self:trials())
end

--- study:run({ db [, jobs, threads, retry = false, fail_fast = false, mix = false, shard, trials, progress] }) -> code, counts
-- Runs the study into a result database, or carries it on: what is there is not done again. It gives an exit code, 0, 1 if a trial
-- failed or 130 if it was interrupted, and counts: how many trials are total, done, diverged, failed, pending.
--   db          the database's path; it is made where there is none
--   jobs        how many processes work, 1 to 1000 (the cores)
--   threads     how many threads each has for large matrices, 1 to 256 (cores that are left over where trials are few)
--   retry       whether trials that failed are tried again (false)
--   fail_fast   whether the first trial that fails ends the run (false)
--   mix         whether trials are added to those of a computer that may give other bits (false)
--   shard       "3/16": the third of 16 parts of the study's trials, by their keys; several such files make one by losslab merge;
--               not of a study with search
--   trials      a file of keys: those trials alone
--   progress    a file that says how far it is, as JSON, every few seconds
-- Errors: what no trial could do, before anything is written; a file that is no result database.
-- See: ll.study, ll.open, losslab run
-- Example:
--   local s = ll.study { name = "s", data = "moons",
--     compare = { "hinge", "logistic" }, train = { epochs = 1 } }
--   local code, counts = s:run { db = "s.db" }
--   code, counts.done   --> 0 10
local has_run = setmetatable({}, { __mode = "k" })
function Study:run(how)
  if type(how) ~= "table" then
    error(string.format('study:run takes a table, as s:run { db = "%s" }, not %s', type(how) == "string" and how or "study.db",
      check.show(how)), 2)
  end
  has_run[self] = true
  return require "losslab.run.runner".run(self, how)
end

local M = {}

--- ll.study.waits(value) -> boolean
-- Whether a value is a study that nothing has run yet. The program says "losslab run" where a script gives one.
-- Example:
--   ll.study.waits(ll.study { name = "m", data = "moons", compare = { "hinge" } })   --> true
--   ll.study.waits(3)   --> false
function M.waits(value, ...)
  check.no_more("ll.study.waits", 1, ...)
  return getmetatable(value) == Study and not has_run[value]
end

-- A script as Lua reads it from a file: without a byte order mark, and without a first line that begins with #, whose place
-- stays, so that lines keep their numbers.
local function as_file(script) return (script:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", "")) end

--- ll.study.of_script(script, name [, environment]) -> study
-- The study that a script's text returns.
--   script        Lua that ends in `return ll.study { … }`
--   name          what messages call it: "=name", or "@path" of a file
--   environment   what the script is given in place of Lua's globals and ll (those)
-- Errors: what is no Lua; a script that returns something else.
-- See: ll.study.load
-- Example:
--   local script = 'return ll.study { name = "m", data = "moons", compare = { "hinge" } }'
--   ll.study.of_script(script, "=script").name   --> m
function M.of_script(text, name, environment, ...)
  check.no_more("ll.study.of_script", 3, ...)
  local chunk, message = load(as_file(text), name, "t", environment or setmetatable({ ll = ll }, { __index = _G }))
  -- Files that the script loads (dofile, require) see Lua's globals, not the script's.
  if not environment and rawget(_G, "ll") == nil then rawset(_G, "ll", ll) end
  local said = name:gsub("^[@=]", "")
  if not chunk then message = require "losslab.cli.habits".of_text(message, text) end
  if not chunk then check.fail("%s", message:find(said, 1, true) and message or said .. ": " .. message) end
  local study, is_script = chunk(), name:find "^@"
  if getmetatable(study) ~= Study then check.fail("%s: a study script ends in `return ll.study { … }`; this one returns %s%s", said,
    study == nil and "nothing" or check.show(study), is_script and ": to run it as it is, losslab " .. said or "") end
  study.script, study.source = text, name
  return study
end

--- ll.study.load(path) -> study
-- The study that a script returns, from its file.
--   path   of a script that ends in `return ll.study { … }`
-- Errors: no such file; a result database; a script that returns something else.
-- See: ll.study, study:run, losslab run
-- Example:
--   local file <close> = io.open("m.lua", "w")
--   file:write('return ll.study { name = "m", data = "moons", compare = { "hinge" } }'):flush()
--   ll.study.load("m.lua").name   --> m
function M.load(path, ...)
  check.no_more("ll.study.load", 1, ...)
  local text, why = file.read(path)
  if not text then check.fail("%s", why) end
  if text:find "^SQLite format 3\0" then
    check.fail("%s is a database, not a script; losslab resume carries its study on", check.show(path))
  end
  local study = M.of_script(text, "@" .. path)
  study.file = path:match "[^/]*$"
  return study
end

--- ll.study { name, data, compare, … } -> study
-- What is to be compared: data sets, losses with their parameters, a model, training. Everything that was written is checked at
-- once, before anything trains. The study is run by study:run, or, where a script returns it, by losslab run. A value in compare,
-- model and train may be a list or a range of values: each combination is a configuration.
--   name      its name in a database
--   data      data sets: a name or a list; see study.data
--   compare   losses and their parameters; see study.compare
--   model     the network: hidden, activation, init, …; see study.model
--   train     training: epochs, batch, optimizer, lr, …; see study.train
--   split     how rows are cut into training, validation and test part; see study.split
--   seeds     repetitions, { 1, 2, 3 }, each with its own folds and weights; see study.seeds
--   metric    what configurations and epochs are chosen by; see study.metric
-- `help "study"` lists all fields.
-- Errors: an unknown field, a value out of its range, what has no effect beside the rest.
-- See: study, study:run, ll.study.load, losslab run
-- Example:
--   local s = ll.study { name = "margins", data = "moons",
--     compare = { hinge = { margin = { 0.1, 0.5, 1 } }, logistic = {} } }
--   s   --> study "margins": 1 data sets, 2 losses, 4 configurations, 20 trials
return setmetatable(M, {
  class = Study, fields = OPTIONS,
  __call = function(_, written, ...)
    check.no_more("ll.study", 1, ...)
    local study = new(written, 2)
    return study
  end,
})
