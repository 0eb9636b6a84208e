-- What a user asks ll.fit for, checked: the network against the data, the loss and its task, options.
local ll = require "losslab"
local check = require "losslab.check"
local fit_data = require "losslab.fit.fit_data"
local metrics = require "losslab.study.metrics"
local regime = require "losslab.study.regime"
local tasks = require "losslab.study.tasks"

local SCHEDULE = getmetatable(ll.schedule.constant())

local M = {}

local is_a = fit_data.is_a

-- ---- the loss -------------------------------------------------------------------------------------------------------------

local function by_rows(loss) return ll.loss.describe(loss.name).by_row end

-- Weights by class, a list or "balanced" (rows / (classes × rows of the class)), as a K×1 matrix.
local function weights_of(written, train)
  local counts, list = train.class_counts, {}
  if written == "balanced" then
    for c, n in ipairs(counts) do list[c] = { n > 0 and train.rows / (#counts * n) or 0 } end
    return ll.matrix(list)
  end
  if type(written) ~= "table" or check.whole("fit: class_weights", written) ~= #counts then
    check.fail('fit: class_weights must be "balanced" or %d numbers, a class each (%s), not %s', #counts,
      table.concat(train.class_names, ", "), type(written) == "table" and #written .. " of them" or check.show(written))
  end
  for c, weight in ipairs(written) do
    if check.number("fit: class_weights: entry " .. c, weight) < 0 then
      check.fail("fit: class_weights: entry %d is negative", c)
    end
    list[c] = { weight }
  end
  return ll.matrix(list)
end

-- All that a loss was made with, to make another one with more.
local function made_with(loss)
  local out, row = loss:params(), ll.loss.describe(loss.name)
  if row.smooths and loss.label_smoothing > 0 then out.label_smoothing = loss.label_smoothing end
  if loss.pos_weight ~= 1 then out.pos_weight = loss.pos_weight end
  out.class_weights = loss.class_weights
  return out
end

-- The loss with its rows weighed: sum of w·loss over the batch, divided by the sum of w.
local function weighed(loss, task, written, train)
  if not is_a("losslab.loss", loss) or not by_rows(loss) or not (task == "scores" or task == "classes") then
    check.fail("fit: class_weights are for losses that have a value a row (hinge, logistic, softmax, …); balance = true draws "
      .. "batches with as many rows of each class")
  end
  if loss.class_weights then check.fail("fit: class_weights are given twice: %s has some, and so have the options", loss.name) end
  if train.weights then
    check.fail("fit: %s has weights, beside which class_weights stand in the loss: ll.loss.%s { class_weights = … }", train.name,
      loss.name)
  end
  local options = made_with(loss)
  options.reduction = "none"
  local by_row, weights, first = ll.loss[loss.name](options), weights_of(written, train), task == "scores" and 1 or 0
  return function(out, y)
    local w = ll.no_grad(ll.gather, weights, y + first)
    local sum = w:sum():item()
    if sum == 0 then return false end
    return (by_row(out, y) * w):sum() / sum
  end
end

local function not_made(loss)
  for _, name in ipairs(ll.loss.list()) do
    if rawequal(loss, ll.loss[name]) then return name end
  end
end

-- The loss with label smoothing.
local function smoothed(loss, written)
  if not (check.finite(written) and written >= 0 and written < 1) then
    check.fail("fit: label_smoothing must be a number on [0, 1), not %s", check.show(written))
  end
  if not (is_a("losslab.loss", loss) and ll.loss.describe(loss.name).smooths) then
    check.fail("fit: label_smoothing is for losses of a row and its class (cross_entropy, hinge, softmax, …), not for %s",
      is_a("losslab.loss", loss) and loss.name or "a loss in Lua")
  end
  local options = made_with(loss)
  options.label_smoothing = written
  return ll.loss[loss.name](options)
end

-- { loss (what is called), name, task, lua (whether it is one of a script), text (which one it is) }
function M.loss(loss, options, train)
  if type(loss) == "string" then loss = ll.loss[check.among("fit: there is no loss", loss, ll.loss.list())] {} end
  local raw = not_made(loss)
  if raw then check.fail("fit: %s is not made yet: ll.loss.%s {} makes it, with its parameters", raw, raw) end
  if options.label_smoothing ~= nil then loss = smoothed(loss, options.label_smoothing) end
  local out = { loss = loss }
  if is_a("losslab.loss", loss) then
    out.name, out.task = loss.name, tasks.of(loss.name)
    if loss.reduction ~= "mean" then
      check.fail('fit: %s has reduction "%s"; a loss that is trained gives one number, the mean', loss.name, loss.reduction)
    end
    if options.task ~= nil then check.fail("fit: task is for a loss of your own; %s has one", loss.name) end
    if not out.task then
      local words = {}
      for i, input in ipairs(ll.loss.describe(loss.name).inputs) do words[i] = input.name end
      check.fail("fit: %s is called with %s, which are not what one network gives for labelled rows: it needs a loop of its own",
        loss.name, table.concat(words, ", "))
    end
    local text = { loss.name }
    local params = made_with(loss)
    for _, name in ipairs(check.keys(params)) do
      local value = params[name]
      text[#text + 1] = name .. "=" .. (type(value) == "table" and table.concat(value, " ") or check.show(value))
    end
    out.text = table.concat(text, " ")
  elseif type(loss) == "function" or (getmetatable(loss) or {}).__call then
    out.name, out.lua, out.text = "the loss", true, "a loss in Lua"
    out.task = options.task or (train.values and "regression" or train.multiclass and "classes" or "scores")
    check.among("fit: there is no task", out.task, tasks.names)
  else
    check.fail("fit: a loss was expected, ll.loss.hinge {} or a function of outputs and labels, not %s", check.show(loss))
  end
  local task = tasks.get(out.task)
  if (task.values or false) ~= train.values then
    check.fail("fit: %s takes %s, and %s has %s", out.name, task.values and "real values" or "classes", train.name,
      train.values and "real values" or "classes")
  end
  if not task.classes and not task.values and (train.multiclass or train.classes ~= 2) then
    check.fail("fit: %s takes two classes, positive and negative, and %s has %d (%s); positive = %s reads one against the rest",
      out.name, train.name, train.classes, table.concat(train.class_names, ", ", 1, math.min(#train.class_names, 8)),
      check.show(train.class_names[#train.class_names]))
  end
  if train.classes < task.least then
    check.fail("fit: %s needs at least %d classes, %s has %d", out.name, task.least, train.name, train.classes)
  end
  if train.weights and not (is_a("losslab.loss", loss) and tasks.weighs({ name = loss.name }, "weights")) then
    check.fail("fit: %s has weights, which %s does not take%s", train.name, out.name,
      out.lua and ", a loss in Lua" or ": its rows are not independent, and its pairs are not weighed")
  end
  if options.class_weights ~= nil then
    out.loss, out.lua = weighed(loss, out.task, options.class_weights, train), true
  end
  return out
end

-- ---- the network ----------------------------------------------------------------------------------------------------------

-- How many columns a network takes, as far as it says.
local function inputs_of(net)
  if is_a("losslab.mlp", net) then return net:sizes()[1] end
  local first = net
  while type(first) == "table" and rawget(first, "layers") do first = first.layers[1] end
  return type(first) == "table" and getmetatable(first).__name == "losslab.linear" and first.cols or nil
end

-- The activation of what it gives, as far as it says.
local function output_of(net)
  if is_a("losslab.mlp", net) then return select(3, net:sizes()) end
  local names = type(net) == "table" and rawget(net, "names")
  return names and rawget(net, "layers") and names[#net.layers] or "identity"
end

-- { outputs, output } of a network that fits data and task.
function M.network(net, train, loss)
  local callable = type(net) == "userdata" or type(net) == "table"
  if not (callable and (getmetatable(net) or {}).__call) or is_a("losslab.loss", net) then
    check.fail("fit: the network comes first, ll.nn.mlp { %d, 64, 1 } or another that can be called and has :parameters(), not %s",
      train.features, check.show(net))
  end
  local takes, task = inputs_of(net), tasks.get(loss.task)
  local wants = loss.task == "classes" and train.classes or not (task.classes or task.embeds) and 1 or nil
  local made = string.format("ll.nn.mlp { %d, 64, %d }", train.features, wants or 16)
  if takes and takes ~= train.features then
    check.fail("fit: the network takes %d inputs, and %s has %d features: %s", takes, train.name, train.features, made)
  end
  local rows = train:subset({ 1, 2 }).x
  local fine, out = pcall(ll.no_grad, net, rows)
  if not fine then check.fail("fit: the network cannot be called with rows of %s: %s", train.name, check.plain(out)) end
  if not is_a("losslab.matrix", out) or out.rows ~= 2 then check.fail "fit: the network must give a row for each row" end
  if wants and out.cols ~= wants then
    check.fail("fit: the network gives %d column%s, and %s takes %s: %s", out.cols, out.cols == 1 and "" or "s", loss.name,
      wants == 1 and "one score a row" or string.format("a column for each of the %d classes", wants), made)
  end
  return { outputs = out.cols, output = output_of(net), embeds = task.embeds }
end

-- ---- options --------------------------------------------------------------------------------------------------------------

local KNOWN = { "epochs", "batch", "optimizer", "seed", "trial", "shuffle", "balance", "class_weights", "metric", "parts", "valid",
  "patience", "min_delta", "restore", "callback", "every", "schedule", "schedule_by", "clip", "clip_value", "accumulate",
  "label_smoothing", "checkpoint", "progress", "record", "task" }

-- The names that options may have: those of ll.fit, and the parameters of the optimizer.
local function check_names(options, optimizer)
  local known, own = table.move(KNOWN, 1, #KNOWN, 1, {}), {}
  if optimizer then
    for _, row in ipairs(ll.optim.describe(optimizer).params) do known[#known + 1], own[#own + 1] = row.name, row.name end
  end
  for _, name in ipairs(type(options) == "table" and check.keys(options) or {}) do
    if not optimizer and type(name) == "string" then
      for _, each in ipairs(ll.optim.list()) do
        for _, row in ipairs(ll.optim.describe(each).params) do
          if row.name == name then check.fail("fit: %s belongs to the optimizer, which was given made: set it there", name) end
        end
      end
    end
  end
  check.fields("fit", options, known)
  return own
end

local function metrics_of(written, loss)
  local compare = { { name = loss.name, task = loss.task } }
  if written == nil then
    local chosen = metrics(compare, {})
    return chosen, { chosen }
  end
  local single = type(written) ~= "table" or type(written[1]) == "string" and (#written == 1 or #check.keys(written) > #written)
  local list = single and { written } or check.list("fit: metric", written)
  return metrics(compare, { metric = list[1], metrics = list })
end

-- The bounds of the norm and of each element.
local function clip_of(written, value)
  if type(written) == "number" then written = { norm = written } end
  if written ~= nil then
    check.fields("fit: clip", written, { "norm", "value" })
    if next(written) == nil then check.fail "fit: clip is empty: { norm = 1 } or { value = 0.1 } was expected" end
    if written.value and value ~= nil then check.fail "fit: clip.value and clip_value are the same; one of them is enough" end
  end
  local clip = written or {}
  for name, x in pairs { ["clip.norm"] = clip.norm, ["clip.value"] = clip.value, clip_value = value } do
    if check.number("fit: " .. name, x) <= 0 then check.fail("fit: %s must be above 0, not %s", name, check.show(x)) end
  end
  return clip.norm, clip.value or value
end

-- A function of what it counts by, and that: a function as it is, a schedule of which the run says what it leaves open.
local function schedule_of(written, by, o, train)
  if by ~= nil then check.among("fit: schedule_by: there is no", by, { "epoch", "batch" }) end
  if written == nil or type(written) == "function" then return written, by or "epoch" end
  if getmetatable(written) == SCHEDULE then -- anew, since plateau remembers
    local spec = { written.name }
    for name, value in pairs(written.params) do spec[name] = value end
    return ll.schedule.make(spec), by or "epoch"
  end
  local fine, made, counted = pcall(regime.schedule, written, function(counts)
    return (by or counts) == "epoch" and o.epochs or o.epochs * math.ceil(train.rows / o.batch)
  end, o.metric.higher_is_better and "max" or "min")
  if not fine then check.fail("fit: %s", (check.plain(made):gsub("^train%.", ""))) end
  return made, by or counted
end

local function patience_of(written, valid)
  if written == nil then return nil end
  if not valid then check.fail "fit: patience needs a validation part: valid = 0.2, or valid = another set" end
  if type(written) ~= "table" then written = { written } end
  for _, key in ipairs(check.keys(written)) do
    if key ~= 1 and key ~= "metric" then check.unknown("fit: patience has no option", key, { "metric" }) end
  end
  return check.integer("fit: patience", written[1], 1), written.metric
end

-- The parts that metrics are taken of.
local function parts_of(written, valid)
  if written == nil then return { valid and "valid" or "train" } end
  local out = {}
  for _, part in ipairs(check.list("fit: parts", written)) do
    out[#out + 1] = check.among("fit: parts: there is no part", part, { "train", "valid" })
    if part == "valid" and not valid then check.fail "fit: parts: there is no validation part; valid = 0.2 makes one" end
  end
  return out
end

local function optional(kind, name, value, default)
  if value == nil then return default end
  return check[kind]("fit: " .. name, value)
end

-- Raises for an optimizer that was made of another network.
function M.check_optimizer(optimizer, net)
  local id, ours = ll.core.nn.id, {}
  for _, each in ipairs(net:parameters()) do ours[id(each)] = true end
  for group = 1, optimizer.groups do
    for _, each in ipairs(optimizer:group(group).params) do if ours[id(each)] then return end end
  end
  check.fail("fit: the optimizer moves none of the network's parameters: it was made of another, ll.optim.%s(net, { … })",
    optimizer.name)
end

-- The options with their defaults; loss: of M.loss; train, valid: the parts.
function M.options(written, loss, train, valid)
  local optimizer = check.default(written.optimizer, "adam")
  local made = is_a("losslab.optimizer", optimizer)
  if not made then check.among("fit: there is no optimizer", optimizer, ll.optim.list()) end
  local name = made and optimizer.name or optimizer
  local own = check_names(written, not made and optimizer or nil)
  if ll.optim.describe(name).closure then
    check.fail("fit: %s asks for the loss several times a step, by a function: write the loop, optimizer:step(function() … end)",
      name)
  end
  local o = { optimizer = made and optimizer or nil, optimizer_name = name, optimizer_options = {} }
  for _, each in ipairs(own) do o.optimizer_options[each] = written[each] end
  o.epochs = check.integer("fit: epochs", check.default(written.epochs, 30), 1, 1 << 30)
  local batch = check.default(written.batch, 64)
  if type(batch) == "string" and batch ~= "all" then
    check.fail('fit: batch must be a number of rows or "all", not %s', check.show(batch))
  end
  o.batch = batch == "all" and train.rows or math.min(check.integer("fit: batch", batch, 1), train.rows)
  o.seed = check.integer("fit: seed", check.default(written.seed, 1), 0)
  o.trial = check.integer("fit: trial", check.default(written.trial, o.seed), 0)
  o.shuffle = optional("boolean", "shuffle", written.shuffle, true)
  o.balance = optional("boolean", "balance", written.balance, false)
  o.metric, o.metrics = metrics_of(written.metric, loss)
  local by
  o.patience, by = patience_of(written.patience, valid)
  if by ~= nil then
    local labels = {}
    for i, metric in ipairs(o.metrics) do
      labels[i] = metric.label
      if metric.label == by then o.metric = metric end
    end
    check.among("fit: patience: metric names none of those that are taken:", by, labels)
  end
  o.restore = optional("boolean", "restore", written.restore, o.patience ~= nil)
  if o.restore and not valid then
    check.fail "fit: restore needs a validation part, by which the best epoch is chosen: valid = 0.2"
  end
  if written.min_delta ~= nil then
    if not o.patience then check.fail "fit: min_delta has no effect: no patience is given" end
    o.min_delta = check.number("fit: min_delta", written.min_delta)
    if o.min_delta < 0 then check.fail("fit: min_delta must be >= 0, not %s", check.show(o.min_delta)) end
  end
  o.parts = parts_of(written.parts, valid)
  local taken = valid and (o.parts[1] == "valid" or o.parts[2] == "valid")
  if valid and not taken and o.restore then
    check.fail 'fit: parts must hold "valid", by which the best epoch is chosen'
  end
  local weights = written.class_weights
  o.weights = type(weights) == "table" and table.concat(weights, " ") or tostring(weights)
  o.callback = written.callback ~= nil and check.callable("fit: callback", written.callback) or nil
  o.every = check.integer("fit: every", check.default(written.every, 1), 1)
  o.schedule, o.schedule_by = schedule_of(written.schedule, written.schedule_by, o, train)
  local plateau = type(o.schedule) == "table" and o.schedule.name == "plateau"
  if plateau and not taken then check.fail "fit: the schedule plateau needs a validation part, of which parts tells" end
  if plateau or o.patience then o.monitor = o.metric.label end
  o.clip, o.clip_value = clip_of(written.clip, written.clip_value)
  o.accumulate = written.accumulate and check.integer("fit: accumulate", written.accumulate, 1)
  o.checkpoint = written.checkpoint ~= nil and check.string("fit: checkpoint", written.checkpoint) or nil
  o.progress = written.progress
  if type(o.progress) ~= "function" and o.progress ~= nil then check.boolean("fit: progress", o.progress) end
  o.record = check.fields("fit: record", check.default(written.record, {}), { "gradients", "activations" })
  return o
end

-- What decides the numbers of a run, beside epochs: a text for each thing, to compare and to show.
function M.identity(o, net, loss, train, valid)
  local labels, options = {}, {}
  for i, metric in ipairs(o.metrics) do labels[i] = metric.label end
  for _, name in ipairs(check.keys(o.optimizer_options)) do
    options[#options + 1] = name .. "=" .. check.show(o.optimizer_options[name])
  end
  local function part(set) return set and set.hash .. " " .. set:rows_hash() or "none" end
  local described = type(net) == "table" and net.describe and net:describe()
  return { network = is_a("losslab.mlp", net) and tostring(net) or described or "own",
    loss = loss.text, weights = o.weights, data = part(train), valid = part(valid), batch = tostring(o.batch),
    optimizer = o.optimizer_name .. " " .. table.concat(options, " "), seed = o.seed .. " " .. o.trial,
    order = tostring(o.shuffle) .. " " .. tostring(o.balance), metrics = o.metric.label .. ": " .. table.concat(labels, " "),
    schedule = type(o.schedule) == "function" and "a function" or tostring(o.schedule) .. " " .. o.schedule_by,
    clip = ((o.clip or o.clip_value) and tostring(o.clip) .. " " .. tostring(o.clip_value) or "none")
      .. (o.accumulate and " of the mean of " .. o.accumulate or ""),
    patience = tostring(o.patience) .. (o.min_delta and " " .. o.min_delta or ""), parts = table.concat(o.parts, " ") }
end

return M
