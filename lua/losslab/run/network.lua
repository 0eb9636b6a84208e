-- One trial: a network trained by one loss on one fold. A step is calls into C: the batch is a view, and nothing is done row by
-- row in Lua.
--
-- Random streams. Everything random in a trial comes from its number, which depends on (study's seed, data set, seed, fold) alone:
-- not on the configuration, so two configurations start from the same weights (if their shapes agree) and see the rows in the
-- same order, which takes most of the noise out of their difference; and not on the order of work.
--
-- A study may bring its own loop, train = { loop = function(trial) … end }. It is given: trial.net, trial.loss, trial.optimizer,
-- trial.train and trial.valid (never the test part), trial.config, trial.epochs, trial.epoch (the one under way),
-- trial:batches() (of this epoch), trial:value(x, y) (the loss of a batch and its rows, nil if the batch has nothing to compare),
-- trial:step(value, rows) (no step for a batch of which trial:value gave nil), trial:end_epoch(). The default is M.loop below.
--
-- A batch in which the loss meets nothing to compare, as one of targets alone for a loss of pairs, is passed over: it moves nothing
-- and is no part of the mean loss. The share of such batches is recorded with the epoch; an epoch of no others is an error. A loss
-- in Lua says so by returning false. A trial that calls its losses itself has loss:batch(…), which gives nil for such a batch.
local ll = require "losslab"
local batches = require "losslab.run.batches"
local check = require "losslab.check"
local checkpoint = require "losslab.run.checkpoint"
local outputs_of = require "losslab.nn.outputs"
local own = require "losslab.run.own"
local pace = require "losslab.run.pace"
local steps = require "losslab.run.steps"
local tasks = require "losslab.study.tasks"
local trial = require "losslab.run.trial"

local Trial, is_a, value_of = steps.class, steps.is_a, steps.value_of

local M = { class = Trial }

local function score(self, part)
  local scores = outputs_of(self.net, part)
  if self.task.said then scores = self.task.said(self, scores) end
  local fine, row = scores:finite()
  local lost = not fine and steps.weights_lost(self)
  if lost then trial.diverged(lost) end
  if not fine then trial.finite("the score of row " .. row, scores:get(row, 1)) end
  return scores
end

-- The labels of a set as metrics take them; tasks.labels: as the loss does.
local function labels_of(self, set) return self.shift and set.y + self.shift or set.y end

local function options_of(metric, config)
  if metric.of_sigmoid then return config.model.output == "sigmoid" and metric.of_sigmoid or metric.of_other end
  return metric.options
end

-- A metric of a part, from the network's outputs for it. Neighbours are looked for among the training rows.
local function measure(self, metric, part, out, train_out)
  local set = self.parts[part]
  if metric.needs == "embeddings" and metric.name == "knn_accuracy" and part ~= "train" then
    return ll.metric.knn(train_out(), labels_of(self, self.train), out, labels_of(self, set), metric.options)
  end
  if metric.needs == "classes" then out = tasks.class_scores(self, out) end
  return ll.metric[metric.name](out, labels_of(self, set), options_of(metric, self.config))
end

-- Whether a metric can be taken of scores alone, without the network that gave them; and a metric of the scores of a held-out part.
function M.of_scores(metric, task)
  local needs = metric.needs
  return needs == "any" or needs == "probability" or needs == "values" or needs == "classes" and not tasks.get(task).learnt
end
function M.measure(metric, task, config, parts, part, scores)
  local shift = tasks.get(task).classes and not parts.train.multiclass and 1 or nil
  return measure({ parts = parts, train = parts.train, config = config, shift = shift }, metric, part, scores)
end

-- The study's metrics as one function of scores and labels, for which they share a sort; nil unless that is all that they need.
local function together(study, config)
  local calls = {}
  for i, metric in ipairs(study.metrics) do
    if metric.needs ~= "any" and metric.needs ~= "probability" then return nil end
    calls[i] = { metric.name }
    for name, value in pairs(options_of(metric, config) or {}) do calls[i][name] = value end
  end
  return #calls > 0 and ll.metric.several(calls) or nil
end

-- The metrics of the parts that the study records, the one that epochs are chosen by, and the scores, which the study may keep.
local function evaluate(self)
  local study, kept, metrics, chosen_by, trained = self.study, {}, {}, nil, nil
  local function train_out()
    trained = trained or score(self, self.train)
    return trained
  end
  for _, part in ipairs(study.record) do
    local scores = part == "train" and train_out() or score(self, self.parts[part])
    local values = self.together and { self.together(scores, labels_of(self, self.parts[part])) }
    for i, metric in ipairs(study.metrics) do
      local value = values and values[i] or measure(self, metric, part, scores, train_out)
      metrics[#metrics + 1] = { split = part, name = metric.label, value = value }
      if part == "valid" and metric == study.metric then chosen_by = value end
    end
    if part ~= "train" then kept[part] = scores end
  end
  if not kept.test and study.scores ~= "none" then kept.test = score(self, self.parts.test) end
  return metrics, chosen_by, kept
end

-- What the loss has learnt by now, with the mean gradient of the epoch's steps.
local function take_learnt(self)
  local rows = {}
  for i, learnt in ipairs(self.learns) do
    local value = value_of(self, learnt)
    if value then
      trial.finite("the " .. learnt.name, value)
      rows[#rows + 1] = { name = learnt.name, value = value, gradient = self.steps > 0 and self.slopes[i] / self.steps or nil }
    end
    self.slopes[i] = 0
  end
  return rows
end

-- The share of the epoch's batches that were passed over, nil if the loop counted none; and the rows without a direction that a
-- loss of cosines met.
local function take_passed(self)
  local met, zero_rows = self.met, nil
  if self.batch_of and self.loss.zero_rows then
    zero_rows = self.loss.zero_rows - self.zero_rows
    self.zero_rows = self.loss.zero_rows
  end
  local compared, empty = ll.loss.counts() -- of built-in losses, also those that a loss in Lua or a loop calls
  local none = empty > self.empty and compared == self.compared
  self.compared, self.empty = compared, empty
  if none or met == 0 and self.passed > 0 then
    if zero_rows and zero_rows > 0 then
      check.fail("%s met nothing but rows of zeros, which have no direction (%d in an epoch): the network gives no others",
        self.config.loss, zero_rows)
    end
    check.fail("no batch held what %s compares; larger batches may", self.config.loss)
  end
  return met + self.passed > 0 and self.passed / (met + self.passed) or nil, zero_rows
end

-- Between two epochs of a trial with a pace; whether patience ends it here.
local function is_over(self)
  self.stopped = self.pace:stops()
  if self.epoch <= self.epochs then self.pace:begin(self) end
  if not self.stopped then return false end
  if self.epoch <= self.epochs then self.rows.result.stopped_epoch = self.epoch - 1 end
  if type(self.study.loop) == "function" then trial.done() end
  return true
end

--- trial:end_epoch()
-- Ends the epoch in a study's own loop: metrics of the parts, scores and what the loss learnt are recorded. The epoch with the best
-- validation metric is the chosen one. t.epoch is then the next. Where train.patience is at its end the trial is done: the loop is
-- left from here.
-- See: trial:step, study.train.loop, study.record
-- Example:
--   local function loop(t)
--     for _ = t.epoch, t.epochs do
--       for x, y in t:batches() do t:step(t:value(x, y)) end
--       t:end_epoch()
--     end
--   end
--   ll.study { name = "s", data = "moons", split = { test = 0.5 },
--     compare = { "hinge" }, train = { epochs = 2, loop = loop }
--   }:run { db = "s.db" }
--   #ll.open("s.db"):trial(1).epochs   --> 2
function Trial:end_epoch()
  local loss, paced, row = self.loss, self.pace, {}
  steps.last_step(self)
  row.learning_rate = paced and self.optimizer.lr * paced:rate(self) or self.optimizer.lr
  row.passed_over, row.zero_rows = take_passed(self)
  if self.wants_history then loss:history(outputs_of(self.net, self.train), self.train.y)
  elseif self.has_end_epoch then loss:end_epoch() end
  if self.weight > 0 then row.train_loss = self.sum / self.weight end
  local learnt = take_learnt(self)
  local metrics, chosen_by, kept = evaluate(self)
  if self.rows:end_epoch(row, metrics, learnt, chosen_by, kept) and self.study.networks then
    self.rows.result.network = self.net:state()
  end
  if self.study.networks_at and self.study.networks_at[self.epoch] then self.rows.result.networks[self.epoch] = self.net:state() end
  if paced then paced:ended(self, metrics) end
  self.epoch, self.sum, self.weight = self.rows.epoch, 0, 0
  self.steps, self.met, self.passed, self.given, self.batch = 0, 0, 0, nil, nil
  if paced and is_over(self) then return end
  if self.epoch > self.epochs and not self.study.loop then return end -- the trial is done
  self.rows:ended(checkpoint.can(self) and function()
    local fine, state = pcall(checkpoint.take, self)
    if fine then return state end
    return nil, tostring(state)
  end or nil)
end

-- ---- the default loop ----

function M.loop(self)
  local compiled = steps.compiled(self)
  for _ = self.epoch, self.epochs do
    local list = compiled and batches.of(self)
    if list then
      compiled(self, list)
    elseif compiled then
      for x, y, weights in self:batches() do
        compiled(self, { batches.one(self, x, y, weights) })
        steps.let_go(self, x)
      end
    else
      for x, y, weights in self:batches() do
        local value, rows = self:value(x, y, weights)
        if value then self:step(value, rows) end
        steps.let_go(self, x)
      end
    end
    self:end_epoch()
    if self.stopped then return end
  end
end

-- ---- a trial, from its configuration to its rows ----

local function make_loss(self, study, config)
  local written = study.losses[config.loss].lua
  local parameters, absent = {}, nil
  local given = written and config.parameters or tasks.resolved(config.parameters, self.train)
  for name, value in pairs(given) do parameters[name] = value end
  if not written then
    if (config.train.label_smoothing or 0) > 0 then parameters.label_smoothing = config.train.label_smoothing end
    return ll.loss[config.loss](parameters)
  end
  setmetatable(parameters, { __index = function(_, name) absent = name end }) -- nil, as `p.tau or 1` expects
  local function named(fine, ...) -- an error over a nil says which parameter it may be
    if fine then return ... end
    local known, why = check.keys(config.parameters), tostring((...))
    local over = why:match "a nil value %((.*)%)$" -- says what was nil, which may have been something else
    if absent == nil or not why:find "nil" or over and over ~= "field '" .. absent .. "'" then error((...), 0) end
    error(why .. "; " .. check.no_such("compare gives " .. config.loss .. " no parameter", absent, known), 0)
  end
  if not written.new then
    return function(scores, labels) return named(pcall(written.call, scores, labels, parameters)) end
  end
  local made = named(pcall(written.new, parameters))
  if made == nil then error(config.loss .. ": new returned nothing; a loss that can be called was expected", 0) end
  if type(made) ~= "function" and not (getmetatable(made) or {}).__call then
    check.fail("%s: new returned %s; a loss that can be called was expected", config.loss, check.show(made))
  end
  return made
end

-- The history before the first epoch, for a loss that has one: the untrained network's outputs, or what the loss makes itself.
local function first_history(self)
  local loss, train = self.loss, self.train
  local out = outputs_of(self.net, train)
  if loss.first_history then loss:first_history(out, train.y, self.study.seed, self.number)
  else loss:history(out, train.y) end
end

local LEARNT = { "name", "symbol", "start", "rate", "input", "element" }

-- A number that the loss declares as learnt. A script's declaration is checked here, so that its mistake is told in these words
-- and does not reach the database.
local function declared(self, learnt, seen)
  local loss, what = self.loss, self.config.loss .. ": learnt"
  local name = check.string(what .. ": name", check.fields(what, learnt, LEARNT).name)
  local gradient = name .. "_grad"
  if seen[name] then check.fail("%s holds %s twice", what, check.show(name)) end
  seen[name] = true
  for _, field in ipairs { "symbol", "start", "rate" } do
    if learnt[field] ~= nil then check.string(what .. ": " .. field, learnt[field]) end
  end
  if learnt.input then
    for _, field in ipairs { "input", "element" } do check.integer(what .. ": " .. field, learnt[field], 1) end
  else
    for _, field in ipairs { name, gradient } do check.number(what .. ": the loss's " .. field, loss[field]) end
  end
  return { name = name, gradient = gradient, input = learnt.input, element = learnt.element },
    { loss = self.config.loss, name = name, symbol = learnt.symbol or name, start = learnt.start, rate = learnt.rate }
end

-- Finds what the loss offers beside being called; a plain function offers nothing.
local function inspect_loss(self)
  local loss, seen = self.loss, {}
  self.learns, self.slopes = {}, {}
  self.batch_of = is_a("losslab.loss", loss) and loss.batch or nil -- a loss in Lua has none
  if type(loss) == "function" then return end
  local list = loss.learnt
  if list == nil or type(list) == "table" and not next(list) then list = {}
  else list = check.list(self.config.loss .. ": learnt", list) end
  for i, learnt in ipairs(list) do
    self.learns[i], self.rows.result.learnable[i] = declared(self, learnt, seen)
    self.slopes[i] = 0
  end
  self.has_end_epoch = loss.end_epoch ~= nil
  self.wants_history = loss.wants_history ~= nil and loss:wants_history()
  local remembers = loss.remembers -- a built-in loss has this field; one of a script has a history or has none
  if remembers == nil then remembers = loss.history ~= nil end
  if remembers then first_history(self) end
end

local function make_network(self)
  local model, shape = self.config.model, { self.train.features }
  for _, size in ipairs(model.hidden) do shape[#shape + 1] = size end
  shape[#shape + 1] = self.outputs
  shape.hidden, shape.output, shape.init, shape.seed, shape.trial = model.activation, model.output, model.init, self.study.seed,
    self.number
  return ll.nn.mlp(shape)
end

local function make_optimizer(self)
  local train, options, trained = self.config.train, {}, self.net:parameters()
  for _, row in ipairs(ll.optim.describe(train.optimizer).params) do options[row.name] = train[row.name] end
  for _, each in ipairs(self.learnt or {}) do trained[#trained + 1] = each end
  return ll.optim[train.optimizer](trained, options)
end

-- given [opt]: net, loss and optimizer that are there already (losslab/fit), outputs, how many columns the net gives, and schedule,
-- a function of what schedule_by counts.
local function start(study, config, parts, number, rows, given)
  local train = config.train
  given = given or {}
  local self = setmetatable({ study = study, config = config, parts = parts, train = parts.train, valid = parts.valid,
    number = number, epochs = train.epochs, epoch = 1, sum = 0, weight = 0, steps = 0, met = 0, passed = 0,
    zero_rows = 0, rows = rows }, Trial)
  self.task, self.classes = tasks.get(study.losses[config.loss].task), parts.train.classes
  self.outputs = given.outputs or self.task.outputs(config, self.classes)
  self.net = given.net or make_network(self)
  self.loss = given.loss or make_loss(self, study, config)
  self.learnt = self.task.learnt and self.task.learnt(self)
  self.together = together(study, config)
  self.tuple_stream = ll.random(study.seed, number, "tuples")
  if self.task.classes and not parts.train.multiclass then self.shift = 1 end -- two classes are 0 and 1, classes count from 1
  if self.task.spreads and parts.standardised then self.spread = tasks.spread(parts.train.y) end
  inspect_loss(self)
  self.compared, self.empty = ll.loss.counts()
  self.optimizer = given.optimizer or make_optimizer(self)
  if given.optimizer and self.learnt then self.optimizer:add { params = self.learnt } end
  self.pace = pace.new(self, given.schedule, given.schedule_by)
  if self.pace then self.pace:begin(self) end
  return self
end
M.start = start

-- Why the network gives no finite scores any more; nil if it does. A primitive raises an error for input that is not finite, so
-- after an error only the network tells a run that diverged from one that failed.
function M.lost(self)
  local lost = steps.weights_lost(self)
  if not lost and not outputs_of(self.net, self.train):finite() then lost = "the network's scores are no longer finite" end
  return lost
end

-- ---- what a trial does before it trains (run/rehearsal.lua) ----

-- A function of rows and columns that draws what could be a network's outputs: numbers in the range of its output's activation.
local function outputs(config)
  local stream, output = ll.random(0, 0, "rehearsal"), config.model.output
  local function apply(x) return output == "identity" and x or ll[output](x) end
  local low = apply(ll.matrix { { -1 } }):item() < 0 and -1 or 0.1 -- what is never below 0 is kept off it, since rows need norms
  return function(rows, cols) return apply(stream:uniform(rows, cols, low, 1)) end
end

-- For a built-in loss: network, loss and optimizer are made, and the loss is taken of the first batch that holds what it compares,
-- with outputs as they could be; raises what stops that. Where no batch holds it the trial will say so: that depends on how rows
-- are drawn. A study's own loop may use them in another way: then they are only made.
function M.rehearse_loss(study, config, parts, number)
  local self, draw = start(study, config, parts, number, trial.record(study)), outputs(config)
  if study.loop then return end
  for x, y, weights in self:batches() do
    local out = ll.no_grad(self.net, x)
    if steps.of_batch(self, draw(out.rows, out.cols), y, weights, function(...) return self.loss:batch(...) end) then return end
  end
end

-- Every metric of every part that is recorded is taken of outputs as they could be; raises what stops that.
function M.rehearse_metrics(study, config, parts)
  local task, draw, classes = tasks.get(study.losses[config.loss].task), outputs(config), parts.train.classes
  local self = { parts = parts, train = parts.train, config = config,
    shift = task.classes and not parts.train.multiclass and 1 or nil }
  local function out(part)
    local drawn = draw(self.parts[part].rows, task.gives.classes and classes or 1)
    return task.said and task.said(self, drawn) or drawn
  end
  for _, part in ipairs(study.record) do
    for _, metric in ipairs(study.metrics) do measure(self, metric, part, out(part), function() return out "train" end) end
  end
end

-- The result of a trial (run/trial.lua, which says what hooks are). parts: { train, valid, test }, standardised.
function M.run(study, config, parts, number, hooks)
  if study.trial then return own.run(study, config, parts, number, hooks) end
  local rows, self = trial.record(study, hooks), nil
  return rows:run(function()
    self = start(study, config, parts, number, rows)
    if rows.hooks.state then
      local fine, why = pcall(checkpoint.restore, self, rows.hooks.state)
      if not fine then trial.refused(tostring(why)) end
    end
    local loop = study.loop or M.loop
    loop(self)
    if rows.epoch == 1 then error("the training loop ended no epoch: trial:end_epoch() was not called", 0) end
  end, function() return self and M.lost(self) end)
end

return M
