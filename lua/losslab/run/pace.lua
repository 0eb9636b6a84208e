-- What of a trial's training stands between a batch's gradient and the optimizer's step, and between its epochs, where its
-- configuration asks for more than the plain step (study/regime.lua): gradients of several batches added, clipped, the schedule of
-- the learning rate, and patience. A trial without any of it has no pace.
local ll = require "losslab"
local check = require "losslab.check"
local regime = require "losslab.study.regime"

local Pace = {}
Pace.__index = Pace

local M = {}

local function given(x) return x ~= "none" and x or nil end

local function metric_of(study, label)
  for _, metric in ipairs(study.metrics) do
    if metric.label == label then return metric end
  end
  check.fail("train.monitor: %s is not among the metrics that are taken", check.show(label))
end

local function batches_of(trial)
  local rows = trial.train.rows
  return math.ceil(rows / math.min(trial.config.train.batch, rows))
end

-- The pace of a trial (run/network.lua) that was just begun, or nil. schedule [opt]: of ll.fit, a function of what by counts,
-- "epoch" or "batch", in place of the configuration's.
function M.new(trial, schedule, by)
  local train, any = trial.config.train, schedule ~= nil
  for _, name in ipairs(regime.names) do any = any or name ~= "label_smoothing" and train[name] ~= nil end
  if not any then return nil end
  local self = setmetatable({ clip = given(train.clip), clip_value = given(train.clip_value), accumulate = train.accumulate or 1,
    patience = given(train.patience), min_delta = train.min_delta or 0, count = 0, weight = 0, done = 0, waited = 0 }, Pace)
  if train.monitor then self.monitor = metric_of(trial.study, train.monitor) end
  if schedule then
    self.schedule, self.by = schedule, by
  elseif train.schedule then
    self.schedule, self.by = regime.schedule(train.schedule, function(counted)
      return counted == "epoch" and train.epochs or train.epochs * batches_of(trial)
    end, self.monitor and (self.monitor.higher_is_better and "max" or "min"))
  end
  return self
end

-- As an epoch begins: the rate of a schedule that counts epochs.
function Pace:begin(trial)
  if self.schedule and self.by == "epoch" then trial.optimizer.rate = self.schedule(trial.epoch) end
end

-- ---- batches --------------------------------------------------------------------------------------------------------------

-- By what the gradient of a batch of so many rows is multiplied as it is added: its rows over those of the first, so that a factor
-- makes their mean at the end, and equal batches are added as they are.
function Pace:reached(rows)
  if self.count == 0 then self.first = rows end
  return rows / self.first
end

function Pace:backward(value, rows)
  local reached = self:reached(rows)
  if reached == 1 then value:backward() else value:backward { gradient = ll.matrix { { reached } } } end
end

-- Counts a batch whose gradient is there; whether a step is due.
function Pace:is_due(rows)
  self.count, self.weight = self.count + 1, self.weight + rows
  return self.count >= self.accumulate
end

-- Makes the gradients those of a step, and sets its rate. between [opt]: called with the mean gradient, before it is clipped.
function Pace:before_step(trial, between)
  local optimizer = trial.optimizer
  if self.count > 1 then optimizer:scale_grad(self.first / self.weight) end
  if between then between(trial, self.count) end
  self.count, self.weight = 0, 0
  if self.clip then optimizer:clip_norm(self.clip) end
  if self.clip_value then optimizer:clip_value(self.clip_value) end
  if self.schedule and self.by == "batch" then optimizer.rate = self.schedule(self.done + trial.met + trial.passed) end
end

-- ---- epochs ---------------------------------------------------------------------------------------------------------------

-- The factor of the learning rate that an epoch's row is to say.
function Pace:rate(trial) return self.schedule and trial.optimizer.rate or 1 end

local function value_of(metrics, label)
  for _, row in ipairs(metrics) do
    if row.split == "valid" and row.name == label then return row.value end
  end
end

-- After an epoch's metrics ({ split, name, value } each).
function Pace:ended(trial, metrics)
  self.done = self.done + trial.met + trial.passed
  local value = self.monitor and value_of(metrics, self.monitor.label)
  if not value then return end
  if type(self.schedule) == "table" then self.schedule:tell(value) end
  local gain = self.best and (self.monitor.higher_is_better and value - self.best or self.best - value)
  if not self.best or gain > self.min_delta then self.best, self.waited = value, 0
  else self.waited = self.waited + 1 end
end

-- Whether patience is at its end.
function Pace:stops() return self.patience ~= nil and self.waited >= self.patience end

-- ---- checkpoints ----------------------------------------------------------------------------------------------------------

-- After a whole epoch, when no gradient waits for its step.
function Pace:state()
  return { done = self.done, waited = self.waited, best = self.best,
    memory = type(self.schedule) == "table" and self.schedule.memory or nil }
end

function Pace:load_state(state)
  if type(state) ~= "table" then check.fail("the checkpoint holds %s of patience and schedule", check.show(state)) end
  for _, name in ipairs { "done", "waited" } do
    if math.type(state[name]) ~= "integer" or state[name] < 0 then
      check.fail("the checkpoint has %s %s", name, check.show(state[name]))
    end
  end
  if state.best ~= nil and type(state.best) ~= "number" then
    check.fail("the checkpoint's best to wait for is %s", check.show(state.best))
  end
  self.done, self.waited, self.best = state.done, state.waited, state.best
  if type(self.schedule) == "table" then
    local memory = state.memory
    if type(memory) ~= "table" then check.fail("the checkpoint holds %s of the schedule", check.show(memory)) end
    for _, name in ipairs { "level", "best", "waited" } do
      if memory[name] ~= nil and type(memory[name]) ~= "number" then
        check.fail("the checkpoint's schedule has %s %s", name, check.show(memory[name]))
      end
      self.schedule.memory[name] = memory[name]
    end
  end
end

return M
