-- What a training loop calls of a trial (run/network.lua): the batches of an epoch, the loss of one, a step down its gradient.
-- trial:end_epoch is there.
local ll = require "losslab"
local check = require "losslab.check"
local tasks = require "losslab.study.tasks"
local trial = require "losslab.run.trial"

local Trial = { __name = "losslab.trial" }
Trial.__index = Trial

--- trial:batches() -> iterator of x, y, weights
-- This epoch's batches of training rows, in this epoch's order, in a study's own loop. A batch larger than the training part is all
-- of it. weights: of the rows, if the data have some, for trial:value.
-- See: study.train.loop, study.train.batch, trial:value
-- Example:
--   local function loop(t)
--     for x, y in t:batches() do t:step(t:value(x, y)) end
--     t:end_epoch()
--   end
--   ll.study { name = "s", data = "moons", split = { test = 0.5 },
--     compare = { "hinge" }, train = { epochs = 1, loop = loop }
--   }:run { db = "s.db" }   --> 0 …
function Trial:batches()
  return self.train:batches { size = math.min(self.config.train.batch, self.train.rows), seed = self.number, epoch = self.epoch }
end

local function is_a(kind, value) return type(value) == "userdata" and (getmetatable(value) or {}).__name == kind end

-- The value that a loss in Lua or a loop gave for a batch; nil if there was nothing to compare. Backward then still lets a loss
-- that remembers see the batch.
local function taken(self, value)
  local name = self.config.loss
  if value == false then return nil end
  if value == nil then
    check.fail("%s returned nothing; a 1x1 matrix was expected, or false for a batch with nothing to compare", name)
  end
  if not is_a("losslab.matrix", value) then check.fail("%s returned %s; a 1x1 matrix was expected", name, check.show(value)) end
  if value.rows ~= 1 or value.cols ~= 1 then
    check.fail("%s returned a matrix %dx%d; a 1x1 matrix was expected, as its :mean() is", name, value.rows, value.cols)
  end
  if not ll.loss.is_empty(value) then return value end
  value:backward()
  return nil
end

--- trial:count(value)
-- Counts a batch in a study's own loop: as compared, or with nil as passed over. trial:value and trial:step count by themselves, so
-- only a loop that calls neither needs it; the share of batches passed over is recorded with the epoch.
-- See: trial:value, study.train.loop
-- Example:
--   local function loop(t)
--     for x, y in t:batches() do
--       local value = t.loss:batch(t.net(x), y)
--       t:count(value)
--       t.optimizer:zero_grad()
--       if value then value:backward() end
--       t.optimizer:step()
--     end
--     t:end_epoch()
--   end
--   ll.study { name = "s", data = "moons", split = { test = 0.5 },
--     compare = { "hinge" }, train = { epochs = 1, loop = loop }
--   }:run { db = "s.db" }   --> 0 …
function Trial:count(value)
  if value then self.met = self.met + 1 else self.passed = self.passed + 1 end
end

-- What f gives for the inputs that the loss is called with, of outputs and a batch; those inputs; and, of rows that have weights,
-- their sum. nil where the batch holds none.
local function of_batch(self, out, y, weights, f)
  local inputs, of_inputs = self.task.inputs(self, out, tasks.labels(self, y), weights)
  if not inputs then return nil end
  if not of_inputs then return f(table.unpack(inputs)), inputs end
  local given = table.move(inputs, 1, #inputs, 1, {})
  given[#given + 1] = { weights = of_inputs }
  return f(table.unpack(given)), inputs, of_inputs:sum():item()
end

--- trial:value(x, y [, weights]) -> matrix, rows
-- The loss of a batch in a study's own loop, a matrix 1×1, and how many rows it is of. nil where the batch holds nothing to
-- compare; trial:step takes no step for that.
--   x, y, weights   a batch of trial:batches; of data with weights all three
-- Errors: a loss in Lua that gives no matrix 1×1; weights left out.
-- See: trial:step, trial:batches, study.train.loop
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
function Trial:value(x, y, weights)
  if self.train.weights and not weights then
    check.fail("%s has weights: for x, y, weights in trial:batches() do … trial:value(x, y, weights)", self.train.name)
  end
  local value, inputs, counted
  local again = rawequal(x, self.batch) -- as an optimizer asks that takes a closure: one batch is counted once
  self.batch = x
  value, inputs, counted = of_batch(self, self.net(x), y, weights, function(...)
    if self.batch_of then return self.batch_of(self.loss, ...) end
    return taken(self, self.loss(...))
  end)
  self.given = value or false
  if not again then self:count(value) end
  if not value then return nil end
  self.inputs = inputs
  return value, counted or inputs[1].rows
end

-- Gives back the features of a batch after its step, so that an epoch does not leave them all to the collector. An mlp hands them
-- to nobody; a network in Lua may have kept them.
local function let_go(self, x)
  if is_a("losslab.mlp", self.net) then getmetatable(x).__close(x) end
end

-- What the loss learns, as loss.learnt declares it (a built-in loss has that from its row): a number that the loss holds as
-- loss.NAME with its gradient loss.NAME_grad, or an element of an input that the optimizer moves. value_of: its value now;
-- slope_of: its gradient in this step.
local function element(matrix, place) return matrix:get((place - 1) // matrix.cols + 1, (place - 1) % matrix.cols + 1) end
local function value_of(self, learnt)
  if not learnt.input then return self.loss[learnt.name] end
  return self.inputs and element(self.inputs[learnt.input], learnt.element)
end
local function slope_of(self, learnt)
  if not learnt.input then return self.loss[learnt.gradient] end
  local input = self.inputs and self.inputs[learnt.input]
  return input and input.grad and element(input.grad, learnt.element) or 0
end

-- Adds the gradients of what is learnt to those of the epoch. which: "held" by an input, by the "loss", or "all". times: for how
-- many batches they stand.
local function add_slopes(self, which, times)
  for i, learnt in ipairs(self.learns) do
    if which == "all" or (which == "held") == (learnt.input ~= nil) then
      self.slopes[i] = self.slopes[i] + times * slope_of(self, learnt)
    end
  end
end

-- ---- a step that is more than one (run/pace.lua) ----

-- The mean of several batches is there: what an input holds has its gradient now.
local function mean_is_there(self, count)
  if self.pace.accumulate > 1 then add_slopes(self, "held", count) end
  if self.before_step then self:before_step() end
end

-- A batch's gradient is there.
local function pace_on(self, rows)
  local pace = self.pace
  add_slopes(self, pace.accumulate > 1 and "loss" or "all", 1)
  if not pace:is_due(rows) then return end
  pace:before_step(self, mean_is_there)
  self.optimizer:step()
end

-- At an epoch's end: the step of what is left.
local function last_step(self)
  if not self.pace or self.pace.count == 0 then return end
  self.pace:before_step(self, mean_is_there)
  self.optimizer:step()
end

--- trial:step(value [, rows])
-- Takes a step of the optimizer down the gradient of a batch's loss, in a study's own loop. Its value is added to the mean training
-- loss of the epoch. It takes no step for the nil of trial:value, or for a batch in which the loss met nothing to compare. A loss
-- that is not finite ends the trial as diverged. What train says of accumulate, clip and schedule is done here: a loop that calls
-- t.optimizer:step() itself does without.
--   value   the loss of a batch, a matrix 1×1
--   rows    how many rows it is the mean of: its weight (1)
-- See: trial:value, trial:end_epoch
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
function Trial:step(value, rows)
  local given = self.given
  self.given = nil
  if given == false and not value then return end -- trial:value counted it
  if not given or not rawequal(value, given) then
    value = taken(self, value)
    if given == nil then self:count(value) end -- of a loss that the loop called itself
    if not value then return end
  end
  local x = value:item()
  trial.finite("the loss", x)
  local weight = rows or 1
  if self.pace then
    self.pace:backward(value, weight)
    pace_on(self, weight)
  else
    value:backward()
    add_slopes(self, "all", 1)
    if self.before_step then self:before_step() end -- gradients are there
    self.optimizer:step()
  end
  self.sum, self.weight, self.steps = self.sum + x * weight, self.weight + weight, self.steps + 1
end

-- Why scores are not finite, where that is for the weights; else nil.
local WEIGHTS = "the network's weights are no longer finite: a gradient or a step left the range of %s numbers"
local function weights_lost(self)
  for _, parameter in ipairs(self.net:parameters()) do
    if not parameter:finite() then return WEIGHTS:format(ll.precision) end
  end
end

-- ---- the same for a whole epoch ----

-- The same where a step is more than one: forward, loss and backward are a call, and what is left is that of pace_on.
local function paced(step)
  return function(self, list)
    for i = 1, #list, 4 do
      local rows, weights = list[i + 2], list[i + 3]
      local reached = self.pace:reached(rows)
      local value
      if weights then value = step:backward(reached, list[i], list[i + 1], weights)
      else value = step:backward(reached, list[i], list[i + 1]) end
      self:count(value)
      if value then
        trial.finite("the loss", value)
        pace_on(self, rows)
        self.sum, self.weight, self.steps = self.sum + value * rows, self.weight + rows, self.steps + 1
      end
    end
  end
end

-- A function of the trial and its epoch's batches (run/batches.lua) that does with each what trial:value and trial:step do, to the
-- bit, where a step is no more than network, built-in loss and optimizer: ll.compile makes one call of it. Else nil.
local function compiled(self)
  local plain = self.batch_of and self.task.plain and not self.learnt and not self.before_step
  for _, learnt in ipairs(self.learns) do plain = plain and not learnt.input end
  if not (plain and is_a("losslab.mlp", self.net)) or ll.optim.describe(self.config.train.optimizer).closure then return nil end
  local step, learns, loss = ll.compile { net = self.net, loss = self.loss, optimizer = self.optimizer }, self.learns, self.loss
  if self.pace then return paced(step) end
  local slopes, finite = self.slopes, trial.finite
  return function(trained, list)
    local sum, weight, met, passed = 0, 0, 0, 0
    for i = 1, #list, 4 do
      local rows, weights = list[i + 2], list[i + 3]
      local value
      if weights then value = step(list[i], list[i + 1], weights) else value = step(list[i], list[i + 1]) end
      if value then
        if value - value ~= 0 then finite("the loss", value) end
        for k = 1, #learns do slopes[k] = slopes[k] + loss[learns[k].gradient] end
        met, sum, weight = met + 1, sum + value * rows, weight + rows
      else passed = passed + 1 end
    end
    trained.sum, trained.weight, trained.steps = trained.sum + sum, trained.weight + weight, trained.steps + met
    trained.met, trained.passed = trained.met + met, trained.passed + passed
  end
end

return { class = Trial, is_a = is_a, let_go = let_go, value_of = value_of, of_batch = of_batch, compiled = compiled,
  last_step = last_step, weights_lost = weights_lost }
