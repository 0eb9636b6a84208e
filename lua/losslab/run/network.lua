-- One trial: a network trained by one loss on one fold. A step is calls into C: the batch is a view, and nothing is done row by
-- row in Lua.
--
-- Random streams. Everything random in a trial comes from its number, which depends on (study's seed, data set, seed, fold) alone:
-- not on the configuration, so two configurations start from the same weights (if their shapes agree) and see the rows in the
-- same order, which takes most of the noise out of their difference; and not on the order of work.
--
-- A study may bring its own loop, train = { loop = function(trial) … end }. What it has: trial.net, trial.loss, trial.optimizer,
-- trial.train and trial.valid (never the test part), trial.config, trial.epochs, trial.epoch (the one under way),
-- trial:batches() (of this epoch), trial:value(x, y) (the loss of a batch and its rows, nil if the batch has nothing to compare),
-- trial:step(value, rows), trial:end_epoch(). The default is M.loop below.
local ll = require "losslab"
local check = require "losslab.check"
local free = require "losslab.run.own"
local tasks = require "losslab.study.tasks"

local M = {}

local Trial = {}
Trial.__index = Trial

-- What a run that left the finite numbers raises: told from errors by its type.
local Diverged = {}
Diverged.__index = Diverged
function Diverged:__tostring() return self.why end

local function finite(x) return x == x and x ~= math.huge and x ~= -math.huge end

-- The sign of what is not a number depends on the processor.
local function diverged(what, x)
  error(setmetatable({ why = string.format("%s is %s", what, x ~= x and "nan" or tostring(x)) }, Diverged), 0)
end

-- ---- what a loop calls ----

-- for x, y in trial:batches() do: this epoch's rows in this epoch's order.
function Trial:batches()
  return self.train:batches { size = self.config.train.batch, seed = self.number, epoch = self.epoch }
end

-- The loss of a batch, as its task has it.
function Trial:value(x, y)
  local inputs = self.task.inputs(self, self.net(x), self.shift and y + self.shift or y)
  if not inputs then return nil end
  return self.loss(table.unpack(inputs)), inputs[1].rows
end

-- Takes a step down the gradient of value, the loss of a batch (1×1); rows [opt]: how many it was the mean of.
function Trial:step(value, rows)
  if type(value) ~= "userdata" then
    error(string.format("%s gave %s; a 1x1 matrix was expected", self.config.loss, check.show(value)), 0)
  end
  local x = value:item()
  if not finite(x) then diverged("the loss", x) end
  value:backward()
  self.optimizer:step()
  local weight = rows or 1
  self.sum, self.weight, self.steps = self.sum + x * weight, self.weight + weight, self.steps + 1
  if self.has_margin then self.margin_sum = self.margin_sum + self.loss.margin_grad end
end

local function score(self, part)
  local scores = ll.no_grad(self.net, part.x)
  local fine, row = scores:finite()
  if not fine then diverged("the score of row " .. row, scores:get(row, 1)) end
  return scores
end

local function labels_of(self, set) return self.shift and set.y + self.shift or set.y end

-- A metric of a part, from the network's outputs for it. Neighbours are looked for among the training rows.
local function measure(self, metric, part, out, train_out)
  local set = self.parts[part]
  if metric.needs == "embeddings" and metric.name == "knn_accuracy" and part ~= "train" then
    return ll.metric.knn(train_out(), labels_of(self, self.train), out, labels_of(self, set), metric.options)
  end
  if metric.needs == "classes" then out = tasks.class_scores(self, out) end
  local options = metric.options
  if metric.of_sigmoid then options = self.config.model.output == "sigmoid" and metric.of_sigmoid or metric.of_other end
  return ll.metric[metric.name](out, labels_of(self, set), options)
end

-- The metrics of the parts that the study records; the scores are kept if they may be wanted.
local function evaluate(self)
  local study, kept, trained = self.study, {}, nil
  local function train_out()
    trained = trained or score(self, self.train)
    return trained
  end
  for _, part in ipairs(study.record) do
    local scores = part == "train" and train_out() or score(self, self.parts[part])
    for _, metric in ipairs(study.metrics) do
      local value = measure(self, metric, part, scores, train_out)
      self.result.metrics[#self.result.metrics + 1] = { epoch = self.epoch, split = part, name = metric.label, value = value }
      if part == "valid" and metric == study.metric then self.chosen_by = value end
    end
    if part ~= "train" then kept[part] = scores end
  end
  if not kept.test and study.scores ~= "none" then kept.test = score(self, self.parts.test) end
  return kept
end

local function better(study, value, best)
  if not best then return true end
  if study.metric.higher_is_better then return value > best end
  return value < best
end

-- Ends the epoch: the loss's history, metrics, scores; the best epoch so far is the one with the best validation metric.
function Trial:end_epoch()
  local study, loss, result = self.study, self.loss, self.result
  if self.fresh_history then loss:history(ll.no_grad(self.net, self.train.x), self.train.y)
  elseif self.has_end_epoch then loss:end_epoch() end
  local row = { epoch = self.epoch, learning_rate = self.optimizer.lr }
  if self.weight > 0 then row.train_loss = self.sum / self.weight end
  if self.has_margin then
    row.margin = loss.margin
    row.margin_gradient = self.steps > 0 and self.margin_sum / self.steps or nil
    if not finite(row.margin) then diverged("the margin", row.margin) end
  end
  local before = #result.metrics
  local fine, kept = xpcall(evaluate, function(e) return e end, self)
  if not fine then
    for i = #result.metrics, before + 1, -1 do result.metrics[i] = nil end -- an epoch is recorded whole or not at all
    error(kept, 0)
  end
  local clock = ll.system.clock()
  row.seconds, self.clock = clock - self.clock, clock
  result.epochs[#result.epochs + 1] = row
  if better(study, self.chosen_by, self.best) then
    self.best, result.best_epoch, self.best_scores = self.chosen_by, self.epoch, kept
    if study.networks then result.network = self.net:state() end
  end
  if study.scores == "all" then result.scores[self.epoch] = kept end
  self.last_scores = kept
  self.epoch, self.sum, self.weight, self.steps, self.margin_sum = self.epoch + 1, 0, 0, 0, 0
end

-- ---- the default loop ----

function M.loop(trial)
  for _ = 1, trial.epochs do
    for x, y in trial:batches() do
      local value, rows = trial:value(x, y)
      if value then trial:step(value, rows) end
    end
    if trial.steps == 0 then error("no batch held what " .. trial.config.loss .. " compares; larger batches may", 0) end
    trial:end_epoch()
  end
end

-- ---- a trial, from its configuration to its rows ----

local function make_loss(study, config)
  local own = study.losses[config.loss].lua
  if not own then return ll.loss[config.loss](config.parameters) end
  if not own.new then return function(scores, labels) return own.call(scores, labels, config.parameters) end end
  local made = own.new(config.parameters)
  if made == nil then error(config.loss .. ": new returned nothing; a loss that can be called was expected", 0) end
  return made
end

local function first_history(self, parameters)
  local loss, y = self.loss, self.train.y
  self.fresh_history = parameters.history == "fresh"
  if parameters.history_init == "uniform" then
    loss:history_uniform(self.train.positives, self.train.rows - self.train.positives, self.study.seed, self.number)
  else
    loss:history(ll.no_grad(self.net, self.train.x), y)
  end
end

local function start(study, config, parts, number)
  local model, train = config.model, config.train
  local self = setmetatable({ study = study, config = config, parts = parts, train = parts.train, valid = parts.valid,
    number = number, epochs = train.epochs, epoch = 1, sum = 0, weight = 0, steps = 0, margin_sum = 0, clock = ll.system.clock(),
    result = { epochs = {}, metrics = {}, scores = {} } }, Trial)
  local shape = { parts.train.features }
  for _, size in ipairs(model.hidden) do shape[#shape + 1] = size end
  self.task, self.classes = tasks.get(study.losses[config.loss].task), parts.train.classes
  self.outputs = self.task.outputs(config, self.classes)
  shape[#shape + 1] = self.outputs
  shape.hidden, shape.output, shape.init, shape.seed, shape.trial = model.activation, model.output, model.init, study.seed, number
  self.net = ll.nn.mlp(shape)
  self.loss = make_loss(study, config)
  self.learnt = self.task.learnt and self.task.learnt(self)
  self.tuple_stream = ll.random(study.seed, number, "tuples")
  if self.task.classes and not parts.train.multiclass then self.shift = 1 end -- two classes are 0 and 1, classes count from 1
  if type(self.loss) ~= "function" then
    self.has_end_epoch = self.loss.end_epoch ~= nil
    self.has_margin = self.loss.margin ~= nil and self.loss.margin_grad ~= nil -- a margin that learns; hinge's is a parameter
  end
  local has_history
  if study.losses[config.loss].lua then has_history = self.has_margin and self.loss.history ~= nil
  else has_history = ll.loss.describe(config.loss).has_state end
  if has_history then first_history(self, config.parameters) end
  local options = {}
  for _, row in ipairs(ll.optim.describe(train.optimizer).params) do options[row.name] = train[row.name] end
  local trained = self.net:parameters()
  for _, each in ipairs(self.learnt or {}) do trained[#trained + 1] = each end
  self.optimizer = ll.optim[train.optimizer](trained, options)
  return self
end

-- Whether the network still gives finite scores: a primitive that refuses its input says so by an error, and only a look at
-- the network tells a run that left the finite numbers from one that went wrong.
local function is_finite(self)
  for _, parameter in ipairs(self.net:parameters()) do if not parameter:finite() then return false end end
  return (ll.no_grad(self.net, self.train.x):finite())
end

-- The result of a trial: status "done", "diverged" or "failed", error, best_epoch, diverged_epoch, epochs, metrics, scores (by
-- epoch and part), network, seconds. parts: { train, valid, test }, standardised.
function M.run(study, config, parts, number)
  if study.trial then return free.run(study, config, parts, number) end
  local began, self, result = ll.system.clock(), nil, { epochs = {}, metrics = {}, scores = {} }
  local fine, message = xpcall(function()
    self = start(study, config, parts, number)
    result = self.result
    local loop = study.loop or M.loop
    loop(self)
    if #result.epochs == 0 then error("the training loop ended no epoch: trial:end_epoch() was not called", 0) end
  end, function(e) return getmetatable(e) == Diverged and e or tostring(e) end)
  result.status = fine and "done" or "failed"
  if not fine then
    local left = getmetatable(message) == Diverged
    if not left and self and self.net then
      local known, still = pcall(is_finite, self)
      left = known and not still
    end
    result.error = check.plain(message)
    if left then result.status, result.diverged_epoch = "diverged", self.epoch end
  end
  if self and result.status ~= "failed" and study.scores ~= "none" then
    if result.best_epoch then result.scores[result.best_epoch] = self.best_scores end
    if study.scores == "last" and #result.epochs > 0 then result.scores[self.epoch - 1] = self.last_scores end
  end
  result.seconds = ll.system.clock() - began
  return result
end

return M
