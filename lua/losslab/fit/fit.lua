-- ll.fit: a network trained by one loss on labelled rows, as a study's default loop trains it (run/network.lua does both): the
-- same seed, trial and settings give the same numbers. What is asked for is checked by fit_options.lua; what it gives is
-- fit_history.lua's.
local check = require "losslab.check"
local fit_data = require "losslab.fit.fit_data"
local fit_history = require "losslab.fit.fit_history"
local fit_line = require "losslab.fit.fit_line"
local fit_options = require "losslab.fit.fit_options"
local fit_state = require "losslab.fit.fit_state"
local inside = require "losslab.fit.look_inside"
local network = require "losslab.run.network"
local steps = require "losslab.run.steps"
local trial_of = require "losslab.run.trial"

local Run = {}
Run.__index = Run

local function set_mode(net, training)
  local method = net[training and "train" or "eval"]
  if method then method(net) end
end

-- What network.start needs of a study and of a configuration.
local function begin(o, net, loss, shape, train, valid)
  local study = { seed = o.seed, metric = o.metric, metrics = o.metrics, record = o.parts, scores = "none", loop = true,
    losses = { [loss.name] = { name = loss.name, task = loss.task, lua = loss.lua } } }
  local config = { loss = loss.name, parameters = {}, model = { output = shape.output },
    train = { batch = o.batch, epochs = o.epochs, optimizer = o.optimizer_name, clip = o.clip, clip_value = o.clip_value,
      accumulate = o.accumulate, patience = o.patience, min_delta = o.min_delta, monitor = o.monitor } }
  for name, value in pairs(o.optimizer_options) do config.train[name] = value end
  local rows = trial_of.record(study)
  local trial = network.start(study, config, { train = train, valid = valid }, o.trial, rows,
    { net = net, loss = loss.loss, optimizer = o.optimizer, outputs = shape.outputs, schedule = o.schedule,
      schedule_by = o.schedule_by })
  return trial
end

local function history_of(o, valid)
  local names, up = {}, { loss = false }
  for _, part in ipairs(o.parts) do
    for _, metric in ipairs(o.metrics) do
      local name = part .. "_" .. metric.label
      names[#names + 1], up[name] = name, metric.higher_is_better
    end
  end
  local chooses = valid ~= nil and up["valid_" .. o.metric.label] ~= nil
  return fit_history.new { metric = o.metric.label, metrics = names, up = up, chooses = chooses,
    chosen = (chooses and "valid_" or o.parts[1] .. "_") .. o.metric.label }
end

-- ---- an epoch -------------------------------------------------------------------------------------------------------------

-- Its row of the history, from the rows that the trial has recorded.
function Run:row(epoch)
  local result, optimizer = self.trial.rows.result, self.trial.optimizer
  local from = result.epochs[epoch]
  local row = { epoch = epoch, loss = from.train_loss, seconds = from.seconds,
    lr = self.options.schedule and from.learning_rate or optimizer.lr * optimizer.rate, passed_over = from.passed_over,
    zero_rows = from.zero_rows }
  if self.first_seconds then row.seconds, self.first_seconds = row.seconds - self.first_seconds, nil end
  for i = #result.metrics, 1, -1 do
    local each = result.metrics[i]
    if each.epoch ~= epoch then break end
    row[each.split .. "_" .. each.name] = each.value
  end
  for i = #result.learnt, 1, -1 do
    local each = result.learnt[i]
    if each.epoch ~= epoch then break end
    row[each.name], row[each.name .. "_gradient"] = each.value, each.gradient
  end
  if self.gradients then row.gradients = self.gradients:taken() end
  if self.options.record.activations then row.activations = inside.summary(self.net, self.trial.train.x) end
  return row
end

-- After an epoch: history, best parameters, callback, progress, checkpoint. Whether the run ends here.
function Run:ended(epoch)
  local trial, o, history = self.trial, self.options, self.history
  local row = self:row(epoch)
  history[epoch] = row
  history.seconds = history.seconds + row.seconds
  if history.chooses then
    if o.restore and trial.rows.result.best_epoch == epoch then
      self.best = { epoch = epoch, parameters = fit_state.copies(self.net:parameters()), learnt = fit_state.copies(trial.learnt) }
    end
    if trial.stopped then history.stopped = "patience" end
  end
  local state = { epoch = epoch, epochs = o.epochs, loss = row.loss, metrics = row, row = row, net = self.net, lr = row.lr,
    history = history, optimizer = trial.optimizer }
  self.line:epoch(state, row, history.metrics, trial.rows.result.learnable, trial.train.rows, true)
  if o.callback and (epoch % o.every == 0 or epoch == o.epochs) then
    local fine, said = pcall(o.callback, state)
    if not fine then
      trial.rows.raised = { said }
      error(said, 0)
    end
    if said == false then history.stopped = "callback" end
    set_mode(self.net, false)
  end
  if o.checkpoint then fit_state.write(self) end
  return history.stopped ~= nil
end

function Run:epoch(epoch)
  local trial, o = self.trial, self.options
  self.before = fit_state.copies(self.net:parameters())
  self.batch = 0
  set_mode(self.net, true)
  for x, y, weights in trial.train:batches { size = o.batch, seed = o.trial, epoch = epoch, shuffle = o.shuffle,
    balance = o.balance or nil } do
    self.batch = self.batch + 1
    local value, rows = trial:value(x, y, weights)
    if value then trial:step(value, rows) end
    steps.let_go(trial, x)
  end
  set_mode(self.net, false)
  self.batch = nil
  trial:end_epoch()
  return self:ended(epoch)
end

-- ---- how it ends ----------------------------------------------------------------------------------------------------------

-- The largest feature by magnitude, which says whether features were standardised.
local function largest(x) return math.max(math.abs(x:min_all():item()), math.abs(x:max_all():item())) end

function Run:diverged(why)
  local trial = self.trial
  fit_state.assign(self.net:parameters(), self.before or {})
  local tries, lr = {}, trial.optimizer.lr
  tries[1] = string.format("a smaller lr (it is %g)", lr)
  if not (self.options.clip or self.options.clip_value) then tries[2] = "clip = 1" end
  local most = largest(trial.train.x)
  if most > 100 then tries[#tries + 1] = string.format("standardised features (the largest is %.3g): data:standardise()", most) end
  local batches = math.ceil(trial.train.rows / self.options.batch)
  local place = self.batch and string.format("epoch %d, batch %d of %d", trial.epoch, self.batch, batches)
    or string.format("epoch %d, after its last batch", trial.epoch)
  local words = #tries == 1 and tries[1] or table.concat(tries, ", ", 1, #tries - 1) .. " or " .. tries[#tries]
  check.fail("fit: %s in %s; try %s. The network has the parameters from before that epoch", why, place, words)
end

function Run:finish()
  local history, trial = self.history, self.trial
  if self.options.restore and self.best then
    fit_state.assign(self.net:parameters(), self.best.parameters)
    fit_state.assign(trial.learnt, self.best.learnt)
    history.restored = self.best.epoch
  end
  local last = history[#history]
  local words = self.line.columns and self.line:words(last, history.metrics, trial.rows.result.learnable, trial.train.rows) or ""
  if history.restored and history.restored ~= #history then words = words .. "  back to epoch " .. history.restored end
  self.line:ended(words)
  return history
end

function Run:train()
  local trial, o = self.trial, self.options
  local result = trial.rows:run(function()
    if self.history.stopped then return end
    for epoch = trial.epoch, o.epochs do
      if self:epoch(epoch) then return end
    end
  end, function() return network.lost(trial) end)
  set_mode(self.net, false)
  if result.status ~= "done" then self.line:ended() end
  if result.status == "diverged" then
    local why = result.error
    if not why:find "^the " then why = "training broke down (" .. why .. ")" end
    self:diverged(why)
  end
  if result.status ~= "done" then
    error("fit: " .. result.error .. (self.batch and string.format(" (epoch %d, batch %d)", trial.epoch, self.batch) or ""), 0)
  end
  return self:finish()
end

-- Everything of a run but its training.
local function prepared(net, loss, data, options)
  options = check.default(options, {})
  if fit_data.is_a("losslab.matrix", data) and fit_data.is_a("losslab.matrix", options) then
    check.fail "fit: features and labels are one argument: ll.fit(net, loss, { x = x, y = y })"
  end
  if type(options) ~= "table" then check.fail("fit: options must be a table {…}, not %s", check.show(options)) end
  local train, valid = fit_data.parts(data, options.valid, type(options.seed) == "number" and math.tointeger(options.seed) or 1)
  local made = fit_options.loss(loss, options, train)
  local o = fit_options.options(options, made, train, valid)
  local shape = fit_options.network(net, train, made)
  if o.optimizer then fit_options.check_optimizer(o.optimizer, net) end
  set_mode(net, false)
  local history = history_of(o, valid)
  local self = setmetatable({ options = o, net = net, history = history }, Run)
  self.trial = begin(o, net, made, shape, train, valid)
  for i, learnt in ipairs(self.trial.rows.result.learnable) do history.learnt[i] = learnt.name end
  self.identity = fit_options.identity(o, net, made, train, valid)
  self.gradients = o.record.gradients and inside.gradients_of(net) or nil
  if self.gradients then self.trial.before_step = function() self.gradients:add() end end
  return self
end

local function raise(err)
  error(type(err) == "string" and check.plain(err) or err, 0)
end

--- ll.fit(net, loss, data [, options]) -> history
-- Trains a network by a loss on a data set. An epoch goes through all rows in an order that the seed gives; at its end metrics are
-- taken, of the validation part where there is one. Afterwards the network is in evaluation mode. The same seed and settings give
-- the same numbers, those of a study with the same loss, network and trial.
--   net                    ll.nn.mlp { data.features, 64, 1 }, or another network that has :parameters()
--   loss                   ll.loss.hinge {}, or a function of outputs and labels that gives a 1×1
--   data                   a data set, or { x = matrix, y = labels }, beside which values = true and weights = w may stand as in
--                          ll.data.matrix
--   options.valid          a share that is held out (0.2), or another data set (none)
--   options.epochs         how many (30)
--   options.batch          rows a step, or "all" (64; at most all rows)
--   options.optimizer      a name of ll.optim.list(), whose own options stand beside it, as lr, or one that is made ("adam")
--   options.lr             the learning rate of an optimizer by name, one of those options (the optimizer's own default)
--   options.seed           of the order of rows, of valid's rows and all else that is random (1); options.trial: its second number
--   options.shuffle        false: rows in their order (true)
--   options.balance        true: batches with as many rows of each class (false)
--   options.class_weights  { 1, 5 }, a weight a class, or "balanced": for losses that have a value a row
--   options.metric         a metric of ll.metric or a list of them; the first chooses the best epoch (by the labels: auc,
--                          multiclass_accuracy, knn_accuracy)
--   options.parts          the parts that metrics are taken of: { "train", "valid" } (valid, else train)
--   options.label_smoothing  the share of a row's label that all classes have, as study.train.label_smoothing (none)
--   options.patience       so many epochs without a better value on valid end it: 5 or { 5, metric = "auc" } (none)
--   options.min_delta      what is better by no more than this does not count for patience (0)
--   options.restore        whether the parameters of the best epoch are put back (true with patience)
--   options.schedule       ll.schedule.cosine { steps = 30 }, a text or table as study.train.schedule has it, or a function of the
--                          epoch: the factor of lr; schedule_by = "batch" counts batches
--   options.clip           the largest norm of the gradients, or { norm = 1 }, { value = 0.1 } (none)
--   options.clip_value     the largest size of a gradient's element (none)
--   options.accumulate     so many batches make a step, of their mean gradient (1)
--   options.callback       a function of { epoch, loss, metrics, net, lr, history } after an epoch; false ends the training
--   options.every          callback and lines of progress every so many epochs (1)
--   options.progress       true: a line an epoch; false: nothing; a function of (state, line) (a line that is rewritten, on a
--                          terminal)
--   options.checkpoint     a file that is written after each epoch, and from which the same call goes on to the same bits
--   options.record         { gradients = true, activations = true }: their norms, saturated and dead units in each row
--   options.task           of a loss of your own: "scores", "classes" or "embeddings" (by the labels)
-- Errors: a network that does not fit the data or the loss; a loss that is not finite, with epoch and batch, and the network as it
-- was before that epoch; a checkpoint of another run.
-- See: network:predict, ll.open, history:best_epoch, ll.fit.gradients, ll.fit.activations
-- Example:
--   local d = ll.data.moons { n = 400, seed = 1 }
--   local net = ll.nn.mlp { 2, 16, 1, hidden = "tanh" }
--   local history = ll.fit(net, ll.loss.logistic {}, d, { epochs = 40, valid = 0.25, lr = 0.02, patience = 10 })
--   history.best.valid_auc > 0.9   --> true
--   net:predict(d):shape()   --> 400 1
local function fit(net, loss, data, options, ...)
  check.no_more("ll.fit", 4, ...)
  local fine, self = pcall(prepared, net, loss, data, options)
  if not fine then raise(self) end
  local o = self.options
  if o.checkpoint then
    local read, there = pcall(fit_state.read, self)
    if not read then raise(there) end
  end
  self.line = fit_line.new(o.progress, o.epochs, o.every)
  self.line.first = self.trial.epoch
  local trained, history = pcall(self.train, self)
  if not trained then raise(history) end
  return history
end

--- ll.fit.gradients(net, loss, data) -> table
-- The gradients of the loss of all rows, by the names of the network's parameters. The network stays as it is.
--   net, loss, data   those of ll.fit
-- See: ll.fit.activations
-- Example:
--   local g = ll.fit.gradients(ll.nn.mlp { 2, 4, 1 }, ll.loss.hinge {}, ll.data.moons { n = 50 })
--   g["1.weights"]:shape()   --> 4 2
local function gradients(net, loss, data, ...)
  check.no_more("ll.fit.gradients", 3, ...)
  local fine, self = pcall(prepared, net, loss, data, { batch = "all", optimizer = "sgd" })
  if not fine then raise(self) end
  local trial = self.trial
  local value = trial:value(trial.train.x, trial.train.y, trial.train.weights)
  if not value then check.fail("fit.gradients: the rows hold nothing that %s compares", trial.config.loss) end
  value:backward()
  return inside.named_gradients(net)
end

return setmetatable({ gradients = gradients, activations = inside.activations }, { __name = "ll.fit",
  __call = function(_, ...) return fit(...) end,
  __index = function(_, name) check.unknown("ll.fit has no", name, { "gradients", "activations" }, 2) end })
