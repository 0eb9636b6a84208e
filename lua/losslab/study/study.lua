-- A study: what is compared, on what, how often. ll.study { … } checks everything that was written, before anything trains, and
-- gives an object that the runner plans and runs; everything that decides a number is in it, in a fixed order.
--
--   name, question   texts
--   data             names, paths, or generators: { "sonar", "my.csv", { generator = "target_decoy", n = 4000, name = "td" } };
--                    { load = "letter_z", ratio = 100 }, or ratio beside a generator: rows of each training part are left out at
--                    random until it holds 100 negatives a positive; validation and test parts stay as they are
--                    { name = "mine", make = function() return ll.data.matrix(x, y) end }: a set that the script makes, the same at
--                    each call (ll.random)
--   split            { folds = 5 } or { test = 0.3 }; valid = 0.2 (share of what is not tested on), stratify = true,
--                    groups = true (rows of a group stay together), standardise = true (by the training part)
--   seeds            { 1, 2, 3 }: repetitions, each with its own folds, initial weights and order of rows
--   seed             1: the study's own; another one changes every random number
--   compare          losses: { hinge = { margin = { .5, 1 } }, cross_entropy = {}, mine = { f, tau = { 1, 2 } } }. A loss in Lua is
--                    f(scores, labels, parameters) or { new = function(parameters) return loss end, output = "sigmoid" };
--                    a loss with end_epoch or history is told of epochs, and of one that says
--                    learnt = { { name = "margin", symbol = "ξ" } } its loss.margin and loss.margin_grad are recorded
--                    (run/network.lua); an array of tables stands for alternatives of one loss
--   model            hidden = { 64, 32 }, activation = "sigmoid", init = "xavier", output (the loss's, unless it is given),
--                    embedding = 16 (outputs for a loss over embeddings or over features and class vectors: tasks.lua)
--   train            epochs = 30, batch = 256, optimizer = "adam", the optimizer's parameters;
--                    loop = function(trial) (run/network.lua)
--   metric, metrics  "auc": chooses epochs and configurations; what else is recorded: { "auc", { "partial_auc", max_fpr = .05 } }
--   record           { "valid", "test" }: the parts metrics are taken of each epoch; "train" may be added
--   scores           of the held-out rows: "all" epochs' are kept, 4 bytes a row, epoch and trial; or those of the chosen epoch
--                    alone, "best"; "last": the last one's too; "none"
--   networks         true: the chosen epoch's network is kept
--   sample           { random = 20, seed = 1 }: so many draws a loss and optimizer, instead of the grid
--   trial            function(t): the study's own trial in place of network, loss and loop (run/own.lua); compare then holds
--                    methods of any name and parameters, model and train any fields, metric any name, goal = "max" or "min"
--   claim            a text: what the document says that the study tests
--   finding          function(results) return sentence, detail, … end: what the database says of the claim, in one sentence that
--                    stands alone; details follow it as paragraphs (losslab show, gallery)
--   figures          { name = function(figure, results, plot) … return true end }: drawn by losslab plot beside the built-in ones,
--                    or return nil and why there is nothing to draw (plot: losslab/plot/panels.lua). Both are run from the script
--                    in the database, without files, processes or the system (results/sandbox.lua)
--   ask              { loss = "adaptive_rank", vary = "margin_lr", baseline = 0 }: what the answering sentence is about
--
-- Every value in compare, model and train may be a list or a range (space.lua). An epoch is chosen by validation, first of
-- equals; the test part takes part in no choice.
local ll = require "losslab"
local check = require "losslab.check"
local configs = require "losslab.study.configs"
local json = require "losslab.json"
local tasks = require "losslab.study.tasks"

local Study = {}
Study.__index = Study

local OPTIONS = { "name", "question", "data", "split", "seeds", "seed", "compare", "model", "train", "metric", "metrics", "record",
  "scores", "networks", "sample", "ask", "trial",
  "goal", "claim", "finding", "figures" }

-- ---- options ----

local function split(written)
  written = check.fields("split", written or {}, { "folds", "test", "valid", "stratify", "groups", "standardise" })
  if written.folds and written.test then check.fail("split: either folds or test is given, not both") end
  local out = { valid = check.share("split.valid", written.valid or 0.2, 0, 1), stratify = true, groups = true, standardise = true }
  if written.test then out.test = check.share("split.test", written.test, 0, 1)
  else out.folds = check.integer("split.folds", written.folds or 5, 2, 1000) end
  for _, name in ipairs { "stratify", "groups", "standardise" } do
    if written[name] ~= nil then out[name] = check.boolean("split." .. name, written[name]) end
  end
  return out
end

local function seeds(written)
  local out, seen = json.array {}, {}
  for i, seed in ipairs(check.list("seeds", written == nil and { 1 } or written)) do
    out[i] = check.integer("seeds: entry " .. i, seed, 0, 1 << 53)
    if seen[seed] then check.fail("seeds: %d stands there twice", seed) end
    seen[seed] = true
  end
  return out
end

-- A metric as { label, name, options, higher_is_better }.
local function metric(what, written)
  local name, options = written, {}
  if type(written) == "table" then
    name = written[1]
    for key, value in pairs(written) do if key ~= 1 then options[key] = value end end
  end
  check.among("there is no metric", name, ll.metric.list())
  local fine, row = pcall(ll.metric.describe, name, options)
  if not fine then check.fail("%s: %s", what, row) end
  local words = {}
  for _, key in ipairs(check.keys(options)) do words[#words + 1] = key .. "=" .. tostring(options[key]) end
  local label = #words > 0 and name .. "(" .. table.concat(words, ",") .. ")" or name
  local out = { label = label, name = name, options = options, higher_is_better = row.higher_is_better, needs = row.needs }
  if row.values.from and options.from == nil then -- a network's scores of classes are logits; of two, it depends on its output
    out.of_sigmoid, out.of_other = { from = row.needs == "classes" and "logits" or "probabilities" }, { from = "logits" }
    for key, value in pairs(options) do out.of_sigmoid[key], out.of_other[key] = value, value end
  end
  return out
end

-- What every loss of the study gives to a metric.
local function given(self)
  local out = { any = true, probability = true, classes = true, embeddings = true }
  for _, loss in ipairs(self.compare) do
    for need in pairs(out) do out[need] = out[need] and tasks.get(loss.task).gives[need] or nil end
  end
  return out
end

local function check_given(self)
  for _, each in ipairs(self.metrics) do
    for _, loss in ipairs(self.compare) do
      local gives = tasks.get(loss.task).gives
      if not gives[each.needs] then
        local fitting = {}
        for _, name in ipairs(ll.metric.list()) do
          if gives[ll.metric.describe(name).needs] then fitting[#fitting + 1] = name end
        end
        check.fail("metric %s cannot be taken of what %s trains (%s); %s can", each.label, loss.name, loss.task,
          table.concat(fitting, ", "))
      end
    end
  end
end

local DEFAULTS = { -- the first whose need every loss meets
  { "any", "auc", { "auc", "partial_auc", "average_precision" } },
  { "classes", "multiclass_accuracy", { "multiclass_accuracy", "multiclass_log_loss" } },
  { "embeddings", "knn_accuracy", { "knn_accuracy" } },
}

local function metrics(self, written)
  local gives, default = given(self), DEFAULTS[1]
  for i = #DEFAULTS, 1, -1 do if gives[DEFAULTS[i][1]] then default = DEFAULTS[i] end end
  local list = written.metrics or default[3]
  if type(list) == "table" and type(list[1]) == "string" and #check.keys(list) > #list then list = { list } end
  self.metrics = {}
  local seen = {}
  local function add(what, each)
    local made = metric(what, each)
    if not seen[made.label] then self.metrics[#self.metrics + 1] = made end
    seen[made.label] = seen[made.label] or made
    return seen[made.label]
  end
  self.metric = add("metric", written.metric == nil and default[2] or written.metric)
  for _, each in ipairs(check.list("metrics", list)) do add("metric", each) end
  check_given(self)
end

-- Negatives a positive in the training parts, or nil: as they are.
local function ratio(each)
  local x = each.ratio
  if x == nil then return nil end
  if type(x) ~= "number" or not (x > 0 and x < 1e9) then check.fail("data: ratio must be a number above 0, not %s", check.show(x))
  end
  return x
end

local function data(written)
  if type(written) == "table" and (written.generator or written.load or written.make or getmetatable(written)) then
    written = { written }
  end
  local out, seen = {}, {}
  for i, each in ipairs(check.list("data", written)) do
    local spec
    if type(each) == "table" and each.load ~= nil then
      check.fields("data: entry " .. i, each, { "load", "ratio", "name" })
      local load = check.string("data: load", each.load)
      spec = { load = load, ratio = ratio(each), name = load }
      if spec.ratio then spec.name = string.format("%s 1:%g", load:match "[^/]*$", spec.ratio) end
      if each.name ~= nil then spec.name = check.string("data: name", each.name) end
      spec.named = spec.ratio ~= nil or each.name ~= nil
    elseif type(each) == "table" and each.make ~= nil then
      check.fields("data: entry " .. i, each, { "make", "name" })
      spec = { name = check.string("data: name", each.name), make = check.callable("data: make", each.make), named = true }
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
      spec = { name = check.string("data: name", each.name or generator), generator = generator, parameters = fields,
        ratio = ratio(each), named = true }
    else
      spec = { name = check.string("data: entry " .. i, each), load = each }
    end
    if seen[spec.name] then
      check.fail("data: %s stands there twice%s", check.show(spec.name), spec.generator and "; give one of them a name = …" or "")
    end
    seen[spec.name] = true
    out[i] = spec
  end
  return out
end

local function ask(self, written)
  if written == nil then return nil end
  check.fields("ask", written, { "loss", "vary", "baseline" })
  local names = {}
  for _, loss in ipairs(self.compare) do names[#names + 1] = loss.name end
  check.among("ask.loss: there is no loss", written.loss, names)
  local out = { loss = written.loss, vary = written.vary, baseline = written.baseline }
  if out.vary == nil then return out end
  local parameters, values = nil, {}
  for _, config in ipairs(self.configs) do
    if config.loss == out.loss then
      parameters = parameters or check.keys(config.parameters)
      values[config.parameters[out.vary] == nil and "" or config.parameters[out.vary]] = true
    end
  end
  check.among("ask.vary: " .. out.loss .. " has no parameter", out.vary, parameters)
  if out.baseline ~= nil and not values[out.baseline] then
    check.fail("ask.baseline: no configuration of %s has %s = %s", out.loss, out.vary, check.show(out.baseline))
  end
  return out
end

local function callable(what, f) return f ~= nil and check.callable(what, f) or nil end

-- Their names are those of files.
local function figures(written)
  if written == nil then return nil end
  if type(written) ~= "table" then check.fail("figures must be { name = function(figure, results, plot) … end }") end
  local names = check.keys(written)
  for _, name in ipairs(names) do
    if type(name) ~= "string" or not name:find "^[%w_-]+$" then
      check.fail("figures: a name is made of letters, digits, _ and -, which %s is not", check.show(name))
    end
    check.callable("figures." .. name, written[name])
  end
  return written
end

local function sample(written)
  if written == nil then return nil end
  check.fields("sample", written, { "random", "seed" })
  return { random = check.integer("sample.random", written.random, 1, 1000000),
    seed = check.integer("sample.seed", written.seed or 1, 0, 1 << 53) }
end

-- The script that calls: its text is recorded, so that the database says how it was made.
local function script_of(level)
  local source = debug.getinfo(level + 1, "S").source
  if debug.getinfo(level, "t").istailcall then return "" end -- `return ll.study { … }`: the caller's frame is gone
  local file = source:sub(1, 1) == "@" and io.open(source:sub(2), "rb")
  if not file then return "" end
  local text = file:read "a"
  file:close()
  return text
end

-- ---- the study ----

local function new(written, level)
  check.fields("study", written, OPTIONS)
  local self = setmetatable({ script = script_of(level + 1) }, Study)
  self.name = check.string("name", written.name)
  self.claim = written.claim ~= nil and check.string("claim", written.claim) or nil
  self.finding, self.figures = callable("finding", written.finding), figures(written.figures)
  self.question = written.question == nil and "" or check.string("question", written.question)
  if written.data == nil then check.fail("data names no data set") end
  self.data = data(written.data)
  self.split = split(written.split)
  self.seeds = seeds(written.seeds)
  self.seed = check.integer("seed", written.seed == nil and 1 or written.seed, 0, 1 << 53)
  local train = written.train or {}
  if type(train) ~= "table" then check.fail("train must be a table {…}, not %s", check.show(train)) end
  self.loop = callable("train.loop", train.loop)
  self.sample = sample(written.sample)
  self.trial = callable("trial", written.trial)
  if self.trial then
    if written.metrics then check.fail("metrics: a study with its own trial records what it names itself, by t:record { … }") end
    self.compare = configs.methods(written.compare)
    self.configs = configs.expand_methods(self.compare, written.model or {}, train, self.sample)
    local goal = check.among("goal: there is no choice", written.goal or "max", { "max", "min" })
    self.metric = { label = check.string("metric", written.metric), higher_is_better = goal == "max" }
    self.metrics = { self.metric }
  else
    if written.goal then check.fail "goal: a metric has its own; only a study with its own trial says which way is better" end
    self.compare = configs.compare(written.compare)
    self.configs = configs.expand(self.compare, written.model or {}, train, self.sample)
    metrics(self, written)
  end
  self.losses = {}
  for _, loss in ipairs(self.compare) do self.losses[loss.name] = loss end
  self.record, self.recorded = json.array {}, {}
  for i, part in ipairs(check.list("record", written.record or { "valid", "test" })) do
    self.record[i] = check.among("record: there is no part", part, { "train", "valid", "test" })
    self.recorded[part] = true
  end
  if not self.recorded.valid then check.fail('record must hold "valid", which epochs and configurations are chosen by') end
  self.scores = check.among("scores: there is no choice", written.scores or "all", { "all", "best", "last", "none" })
  self.networks = written.networks ~= nil and check.boolean("networks", written.networks)
  self.ask = ask(self, written.ask)
  return self
end

-- How many trials it has: data sets × seeds × folds × configurations.
function Study:trials() return #self.data * #self.seeds * (self.split.folds or 1) * #self.configs end

-- Whether it runs code of its own script while it trains: then another script is another study.
function Study:has_code()
  if self.loop or self.trial then return true end
  for _, spec in ipairs(self.data) do if spec.make then return true end end
  for _, loss in ipairs(self.compare) do if loss.lua then return true end end
  return false
end

function Study:__tostring()
  return string.format("study %s: %d data sets, %d losses, %d configurations, %d trials", check.show(self.name), #self.data,
    #self.compare, #self.configs, self:trials())
end

-- study:run { db = …, jobs = … }: see run/runner.lua.
function Study:run(options) return require "losslab.run.runner".run(self, options) end

local M = {}

-- The study that a script's text returns; name is for messages. Fine scripts may also just call ll.study as their last value.
function M.of_script(text, name, arguments, environment)
  local chunk, message = load(text, name, "t", environment or setmetatable({ ll = ll }, { __index = _G }))
  if not chunk then check.fail("%s", message) end
  local study = chunk(table.unpack(arguments or {}))
  if getmetatable(study) ~= Study then check.fail("%s: a study script ends in `return ll.study { … }`", name:gsub("^[@=]", "")) end
  study.script = text
  return study
end

function M.load(path, arguments)
  local file, message = io.open(path, "rb")
  local text = file and file:read "a"
  if not text then check.fail("%s", message or path .. ": cannot be read") end
  file:close()
  return M.of_script(text, "@" .. path, arguments)
end

return setmetatable(M, {
  __call = function(_, written)
    local study = new(written, 2)
    return study
  end,
})
