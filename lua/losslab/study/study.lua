-- A study: what is compared, on what, how often. ll.study { … } checks everything that was written, before anything trains, and
-- gives an object that the runner plans and runs; everything that decides a number is in it, in a fixed order.
--
--   name, question   texts, as all names in UTF-8 and of at most 100000 bytes
--   data             names, paths, or generators: { "sonar", "my.csv", { generator = "target_decoy", n = 4000, name = "td" } };
--                    { load = "letter_z", ratio = 100 }, or ratio beside a generator: rows of each training part are left out at
--                    random until it holds 100 negatives a positive; validation and test parts stay as they are
--                    { "mine.csv", positive = "yes", name = "yes" }: options of ll.data.load; positive is the class that is the
--                    target of losses of two classes, against all others
--                    { name = "mine", make = function() return ll.data.matrix(x, y) end }: a set that the script makes, the same at
--                    each call (ll.random)
--   split            { folds = 5 } or { test = 0.3 }; valid = 0.2 (share of what is not tested on), stratify = true,
--                    groups = true (rows of a group stay together), standardise = true (by the training part);
--                    inner = 4, in place of valid: nested cross-validation. What a fold does not test on is cut into 4 folds, each
--                    of which is its validation part once, so that a fold's choice rests on all those rows; 4 times the trials
--   seeds            { 1, 2, 3 }: repetitions, each with its own folds, initial weights and order of rows
--   seed             1: the study's own; another one changes every random number
--   compare          losses: { hinge = { margin = { .5, 1 } }, cross_entropy = {}, mine = { f, tau = { 1, 2 } } }. A loss in Lua is
--                    f(scores, labels, parameters), which gives a 1x1 matrix, or false for a batch with nothing to compare (it is
--                    passed over), or { new = function(parameters) return loss end, output = "sigmoid" };
--                    end_epoch of such a loss is called as each epoch ends, history before the first one and, if
--                    loss:wants_history() is true, in place of end_epoch; if it has
--                    learnt = { { name = "margin", symbol = "ξ" } }, its loss.margin and loss.margin_grad are recorded
--                    (run/network.lua); an array of tables gives alternatives of one loss, whose equal configurations are one
--   model            hidden = { 64, 32 }, activation = "sigmoid", init = "xavier", output (the loss's, unless it is given),
--                    embedding = 16 (outputs for a loss over embeddings or over features and class vectors: tasks.lua)
--   train            epochs = 30, batch = 256, optimizer = "adam", the optimizer's parameters;
--                    loop = function(trial) (run/network.lua), which an optimizer that takes a closure needs (lbfgs)
--   metric, metrics  "auc": chooses epochs and configurations; what else is recorded: { "auc", { "partial_auc", max_fpr = .05 } }
--   record           { "valid", "test" }: the parts metrics are taken of each epoch; "train" may be added
--   scores           of the held-out rows: "all" epochs' are kept, packed without loss into about 2.8 bytes a row, epoch and trial;
--                    "ranks": the ranks of all epochs' scores, in about 1.1 bytes, of which every metric of ranks (AUC, precision,
--                    FDR) is the same, but which are no scores: no histograms, no probabilities; or scores of the chosen epoch
--                    alone, "best"; "last": the last one's too; "none"
--   networks         true: the chosen epoch's network is kept
--   contents         false: the data sets themselves are not kept. Else those that a file, losslab or the script gives are, up to
--                    16 MB each as they are packed, so that trials can be run again from the database alone
--   sample           { random = 20, seed = 1 }: so many draws a loss and optimizer, instead of the grid
--   trial            function(t): the study's own trial in place of network, loss and loop (run/own.lua); compare then holds
--                    methods of any name and parameters, model and train any fields, metric any name, goal = "max" or "min"
--   claim            a text: the answer to the question that the study puts to the test
--   quick            true: a small form of the study, for trying it: its finding gives no verdict (results/claims.lua)
--   finding          function(results) return sentence, detail, … end: what the database says of the claim, in one sentence that
--                    stands alone; details follow it as paragraphs (losslab show, gallery)
--   figures          { name = function(figure, results, plot) … return true end }: drawn by losslab plot beside the built-in ones,
--                    or return nil and why there is nothing to draw (plot: losslab/plot/panels.lua). Both are run from the script
--                    in the database, in a process that can only compute (results/sandbox.lua)
--   ask              { loss = "adaptive_rank", vary = "margin_lr", baseline = 0 }: what the answering sentence is about; vary is a
--                    parameter of the loss or a field of model or train ("lr", "hidden"; study/fields.lua)
--
-- Every value in compare, model and train may be a list or a range (space.lua). What has no effect beside the rest is refused, and
-- so is, before anything trains, what no trial could do (run/rehearsal.lua). An epoch is chosen by validation, first of
-- equals; the test part takes part in no choice.
local ll = require "losslab"
local check = require "losslab.check"
local compare = require "losslab.study.compare"
local configs = require "losslab.study.configs"
local file = require "losslab.file"
local metrics = require "losslab.study.metrics"
local options = require "losslab.study.options"

local Study = { __name = "losslab.study" }
Study.__index = Study

local OPTIONS = { "name", "question", "data", "split", "seeds", "seed", "compare", "model", "train", "metric", "metrics", "record",
  "scores", "networks", "contents", "sample", "ask", "trial", "goal", "claim", "quick", "finding", "figures" }

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
  self.finding, self.figures = options.callable("finding", written.finding), options.figures(written.figures)
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
    for _, each in ipairs { "metrics", "record", "networks" } do
      if written[each] then
        check.fail("%s: a study with its own trial records what it names itself, by t:record { … }", each)
      end
    end
    if self.loop then check.fail "train.loop: a study has its own trial or its own loop, not both" end
    self.compare = compare.methods(written.compare)
    self.configs = configs.expand_methods(self.compare, model, train, self.sample)
    local goal = check.among("goal: there is no choice", check.default(written.goal, "max"), { "max", "min" })
    self.metric = { label = check.text("metric", written.metric), higher_is_better = goal == "max" }
    self.metrics = { self.metric }
  else
    if written.goal ~= nil then check.fail "goal: a metric has its own; only a study with its own trial says which is better" end
    self.compare = compare.losses(written.compare)
    self.configs = configs.expand(self.compare, model, train, self.sample)
    self.metric, self.metrics = metrics(self.compare, written)
  end
  self.losses = {}
  for _, loss in ipairs(self.compare) do self.losses[loss.name] = loss end
  self.record = options.record(written.record)
  self.scores = check.among("scores: there is no choice", check.default(written.scores, "all"),
    { "all", "ranks", "best", "last", "none" })
  self.networks = written.networks ~= nil and check.boolean("networks", written.networks)
  self.quick = written.quick ~= nil and check.boolean("quick", written.quick)
  self.contents = written.contents == nil or check.boolean("contents", written.contents)
  self.ask = options.ask(self.compare, self.configs, written.ask)
  return self
end

-- How many trials it has: data sets × seeds × folds (inner ones, where there are) × configurations.
function Study:trials() return #self.data * #self.seeds * options.cuts(self.split) * #self.configs end

function Study:__tostring()
  return string.format("study %s: %d data sets, %d losses, %d configurations, %d trials", check.show(self.name), #self.data,
    #self.compare, #self.configs, self:trials())
end

-- study:run { db = …, jobs = … }: see run/runner.lua.
local has_run = setmetatable({}, { __mode = "k" })
function Study:run(how)
  has_run[self] = true
  return require "losslab.run.runner".run(self, how)
end

local M = {}

-- Whether a value is a study that nothing has run yet.
function M.waits(value) return getmetatable(value) == Study and not has_run[value] end

-- A script as Lua reads it from a file: without a byte order mark, and without a first line that begins with #, whose place
-- stays, so that lines keep their numbers.
local function as_file(script) return (script:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", "")) end

-- The study that a script's text returns; name is for messages. environment [opt]: what the script is given in place of Lua's
-- globals and ll.
function M.of_script(text, name, environment)
  local chunk, message = load(as_file(text), name, "t", environment or setmetatable({ ll = ll }, { __index = _G }))
  -- Files that the script loads (dofile, require) see Lua's globals, not the script's.
  if not environment and rawget(_G, "ll") == nil then rawset(_G, "ll", ll) end
  local said = name:gsub("^[@=]", "")
  if not chunk then check.fail("%s", message:find(said, 1, true) and message or said .. ": " .. message) end
  local study, is_script = chunk(), name:find "^@"
  if getmetatable(study) ~= Study then check.fail("%s: a study script ends in `return ll.study { … }`; this one returns %s%s", said,
    study == nil and "nothing" or check.show(study), is_script and ": to run it as it is, losslab " .. said or "") end
  study.script, study.source = text, name
  return study
end

function M.load(path)
  local text, why = file.read(path)
  if not text then check.fail("%s", why) end
  if text:find "^SQLite format 3\0" then
    check.fail("%s is a database, not a script; losslab resume carries its study on", check.show(path))
  end
  local study = M.of_script(text, "@" .. path)
  study.file = path:match "[^/]*$"
  return study
end

return setmetatable(M, {
  class = Study,
  __call = function(_, written)
    local study = new(written, 2)
    return study
  end,
})
