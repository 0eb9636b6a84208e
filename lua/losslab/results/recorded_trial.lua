-- A trial as a database has it: what was recorded of it, and, by making it again from its rows as losslab replay does, its data and
-- its networks. Nothing is given that was not compared with what the database holds, bit by bit.
local ll = require "losslab"
local again = require "losslab.run.again"
local check = require "losslab.check"
local cuts = require "losslab.study.cuts"
local fit_history = require "losslab.fit.fit_history"
local json = require "losslab.json"
local merge = require "losslab.results.merge"
local tasks = require "losslab.study.tasks"
local text = require "losslab.text"
local verify = require "losslab.run.verify"

local Trial = { __name = "losslab.trial" }
local MAY_LACK = { error = true, best_epoch = true, made = true, raw = true, seed = true, number = true, precision = true }
function Trial:__index(key)
  local value = Trial[key]
  if value ~= nil or type(key) ~= "string" or MAY_LACK[key] then return value end
  local known = {}
  for _, names in ipairs { self, Trial, MAY_LACK } do
    for each in pairs(names) do
      if not each:find "^__" then known[each] = true end
    end
  end
  check.unknown("a trial has no", key, check.keys(known), 2)
end

local function decoded(json_text)
  local fine, value = pcall(json.decode, json_text)
  return fine and type(value) == "table" and value or {}
end

-- ---- what was recorded ----------------------------------------------------------------------------------------------------

local function read_epochs(store, id, metric, goal)
  local names, seen, learnt, rows, up = {}, {}, {}, {}, {}
  for row in store:rows("epochs", { trial = id }) do
    rows[row.epoch] = { epoch = row.epoch, loss = row.train_loss, lr = row.learning_rate, seconds = row.seconds,
      passed_over = row.passed_over, zero_rows = row.zero_rows }
  end
  for row in store:rows("metrics", { trial = id }) do
    local name = row.split .. "_" .. row.name
    if not seen[name] then
      seen[name], names[#names + 1] = true, name
      local fine, desc = pcall(ll.metric.describe, row.name:match "^[%w_]+" or row.name)
      up[name] = row.name == metric and goal ~= "min" or row.name ~= metric and fine and desc.higher_is_better
    end
    if rows[row.epoch] then rows[row.epoch][name] = row.value end
  end
  for row in store:rows("learnt", { trial = id }) do
    if not seen[row.name] then seen[row.name], learnt[#learnt + 1] = true, row.name end
    local at = rows[row.epoch]
    if at then at[row.name], at[row.name .. "_gradient"] = row.value, row.gradient end
  end
  local own = "valid_" .. metric -- first, then the others by name
  table.sort(names, function(a, b)
    if (a == own) ~= (b == own) then return a == own end
    return a < b
  end)
  local history = fit_history.new { metric = metric, metrics = names, learnt = learnt, up = up, chosen = own, chooses = seen[own] }
  for epoch, row in ipairs(rows) do
    history[epoch], history.seconds = row, history.seconds + (row.seconds or 0)
  end
  return history
end

-- By part and name, and by name, at the best epoch.
local function at_best(self, history)
  local metrics, learnt, row = {}, {}, self.best_epoch and history[self.best_epoch] or {}
  for _, name in ipairs(rawget(history, "metrics")) do
    local part, label = name:match "^(%a+)_(.*)$"
    metrics[part] = metrics[part] or {}
    metrics[part][label] = row[name]
  end
  for _, name in ipairs(rawget(history, "learnt")) do learnt[name] = row[name] end
  return metrics, learnt
end

-- results: of opened.lua; row: of the statement trial.
local function of(results, row)
  local metric, goal = results.metric, results.goal
  local best = row.best_epoch
  local keyed = results.store:one("unkeyed").any == 0 -- an older losslab had one study in a file
  for choice in keyed and results.store:rows("choices", { trial = row.trial }) or function() end do -- of another study
    if not best then best, metric, goal = choice.best_epoch, choice.metric, choice.goal end
  end
  local self = setmetatable({ results = results, id = row.trial, loss = row.loss, parameters = decoded(row.parameters),
    model = decoded(row.model), train = decoded(row.train), dataset = row.dataset, fold = row.fold, seed = row.seed,
    number = row.number, status = row.status, error = row.error, best_epoch = best, precision = row.precision,
    networks = {} }, Trial)
  self.epochs = read_epochs(results.store, row.trial, metric, goal)
  self.metrics, self.learnt = at_best(self, self.epochs)
  return self
end

local function settings(t)
  local parts = {}
  for _, name in ipairs(check.keys(t)) do
    local value = t[name]
    if type(value) == "table" then value = "{ " .. table.concat(value, ", ") .. " }" end
    parts[#parts + 1] = tostring(name) .. " = " .. (type(value) == "number" and text.number(value) or tostring(value))
  end
  return #parts > 0 and text.clean(table.concat(parts, ", ")) or "-"
end

function Trial:__tostring()
  local lines = { string.format("trial %d: %s on %s, fold %d, seed %d: %s%s", self.id, text.clean(self.loss),
    text.clean(self.dataset), self.fold, self.seed, self.status,
    self.best_epoch and string.format(", best epoch %d of %d", self.best_epoch, #self.epochs) or "") }
  if self.error then lines[#lines + 1] = "  error: " .. text.clean(self.error) end
  lines[#lines + 1] = "  parameters: " .. settings(self.parameters)
  lines[#lines + 1] = "  model: " .. settings(self.model)
  lines[#lines + 1] = "  train: " .. settings(self.train)
  for _, part in ipairs(check.keys(self.metrics)) do
    if next(self.metrics[part]) then lines[#lines + 1] = string.format("  %s: %s", part, settings(self.metrics[part])) end
  end
  if next(self.learnt) then lines[#lines + 1] = "  learnt: " .. settings(self.learnt) end
  return table.concat(lines, "\n")
end

-- ---- made again -----------------------------------------------------------------------------------------------------------

local function made_again(self)
  if self.made then return self.made end
  merge.check_keys(self.results.store, string.format("trial %d cannot be made again: ", self.id))
  local made, why = self.results.runs:load(self.id)
  if not made then
    check.fail("trial %d cannot be made again: %s%s", self.id, why,
      why:find("--trust", 1, true) and "; so does ll.open(path, { trust = true })" or "")
  end
  self.made = made
  return made
end

--- trial:data([{ standardise = false }]) -> data, data, data
-- The trial's training, validation and test part. They are as the file has them, which is what trial:predict takes; with
-- standardise = true as its network saw them.
-- Errors: data that are no longer there, or are others.
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 100 }, split = { test = 0.3, valid = 0.2 }, compare = { hinge = {} },
--     model = { hidden = { 4 } }, train = { epochs = 2 } }:run { db = "s.db", jobs = 1 }
--   local train, valid, test = ll.open("s.db"):trial(1):data()
--   train.rows, valid.rows, test.rows   --> 56 14 30
function Trial:data(options)
  local o = check.fields("trial:data", check.default(options, {}), { "standardise" }, 2)
  local made = made_again(self)
  local parts = made.parts
  if not o.standardise and decoded(made.row.split).standardise then
    if not self.raw then
      local rows = {}
      for part in self.results.store:rows("cut_rows", { cut = made.row.cut }) do rows[part.split] = part.rows end
      self.raw = cuts.of_rows(self.results.runs:set(made.row), rows, false)
    end
    parts = self.raw
  end
  return parts.train, parts.valid, parts.test
end

-- The states of the networks of some epochs, from a run that was compared with all that the database holds of the trial.
local function run_again(self, epoch)
  local made, runs, store = made_again(self), self.results.runs, self.results.store
  if made.script and made.script.trial then
    check.fail("trial %d: its study has a trial of its own, of whose networks losslab does not know", self.id)
  end
  local study, unknown = runs:study(made.row, made.records, made.script)
  local at = verify.networks(store, self.id) or {}
  at[epoch] = true
  study.scores, study.networks, study.networks_at = "all", false, at
  local result = again.run(study, made)
  local differences = verify.differences(store, made, result, unknown)
  local first = differences[1]
  if first then
    check.fail("trial %d, run again, is not the trial that was recorded: %s%s%s", self.id,
      first.epoch and string.format("epoch %d, ", first.epoch) or "", verify.words(first),
      #differences > 1 and string.format(" (and %d more differences; losslab replay %s shows them)", #differences - 1,
        text.clean(store:path())) or "")
  end
  for each, state in pairs(result.networks) do self.networks[each] = state end
end

--- trial:network([epoch]) -> network
-- The network as it was after an epoch. The trial is run again from its rows, and its network given only if it leaves what the
-- database holds of it, bit by bit. The network takes standardised rows, if the study standardises: trial:predict does that itself.
--   epoch   (the best one)
-- Errors: a trial that did not train; one of the other precision; one that Lua of a script computes which was not run here before
-- (ll.open(path, { trust = true }) runs it, with all rights); data or numbers that are others, with the first difference.
-- See: trial:predict, network:predict
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 80 }, split = { test = 0.3 }, compare = { hinge = {} },
--     model = { hidden = { 4 } }, train = { epochs = 3 } }:run { db = "s.db", jobs = 1 }
--   ll.open("s.db"):trial(1):network()   --> mlp 2-4-1…
function Trial:network(epoch)
  if self.status ~= "done" and self.status ~= "diverged" and self.status ~= "pruned" then
    check.fail("trial %d has no network: it is %s%s", self.id, self.status, self.error and " (" .. self.error .. ")" or "")
  end
  if #self.epochs == 0 then
    check.fail("trial %d has no network: it %s in its first epoch%s", self.id, self.status == "done" and "ended" or self.status,
      self.error and " (" .. self.error .. ")" or "")
  end
  epoch = epoch == nil and (self.best_epoch or #self.epochs) or epoch
  check.integer("trial:network: the epoch", epoch, 1, #self.epochs)
  if not self.networks[epoch] then run_again(self, epoch) end
  if not self.networks[epoch] then check.fail("trial %d keeps no network of epoch %d", self.id, epoch) end
  return ll.nn.of_state(self.networks[epoch])
end

-- A matrix as a set, whose labels mean nothing: each row stands there twice, with either.
local function as_set(x)
  local y = {}
  for i = 1, 2 * x.rows do y[i] = i > x.rows and 1 or 0 end
  return ll.data.matrix(ll.no_grad(ll.vstack, x, x), y)
end

local function is_a(kind, value) return type(value) == "userdata" and (getmetatable(value) or {}).__name == kind end

local function same_columns(self, set, train)
  local theirs, ours = set.columns, train.columns
  if set.features ~= train.features then
    check.fail("trial:predict: %d features, and trial %d was trained on %d", set.features, self.id, train.features)
  end
  for j, name in ipairs(ours) do
    if theirs[j] ~= name then
      check.fail("trial:predict: column %d is %s, and trial %d was trained on %s there", j, check.show(theirs[j]), self.id,
        check.show(name))
    end
  end
end

-- What outputs say in the units of the data: of losses of real values.
local function said(self, out, train, standardise)
  local task = tasks.get(self.made.row.code == "" and tasks.of(self.made.row.loss))
  if not (task and task.said) then return out end
  return task.said({ spread = standardise and task.spreads and tasks.spread(train.y) or nil }, out)
end

--- trial:predict(x [, epoch]) -> matrix
-- What the trial's network gives for rows, standardised as its training part was; missing cells of a data set get its means. The
-- test part of trial:data() gives the scores that were recorded.
--   x       a data set with the columns of the trial's, a matrix or a table of rows, none of them standardised
--   epoch   (the best one)
-- Errors: those of trial:network; other columns.
-- Example:
--   ll.study { name = "s", data = { generator = "moons", n = 80 }, split = { test = 0.3 }, compare = { hinge = {} },
--     model = { hidden = { 4 } }, train = { epochs = 3 } }:run { db = "s.db", jobs = 1 }
--   local trial = ll.open("s.db"):trial(1)
--   local _, _, test = trial:data()
--   ll.metric.auc(trial:predict(test), test.y) == trial.metrics.test.auc   --> true
--   trial:predict { { 0.5, 0.2 } }   --> …
function Trial:predict(x, epoch)
  local net = self:network(epoch)
  local train = self:data()
  local standardise, count = decoded(self.made.row.split).standardise, nil
  if is_a("losslab.data", x) then same_columns(self, x, train) else
    if type(x) == "table" then x = ll.matrix(x) end
    if not is_a("losslab.matrix", x) then
      check.fail("trial:predict: a data set, a matrix or a table of rows was expected, not %s", check.show(x))
    end
    if x.cols ~= train.features then
      check.fail("trial:predict: %d features, and trial %d was trained on %d", x.cols, self.id, train.features)
    end
    count = x.rows
    if not standardise then return said(self, net:predict(x), train, false) end
    x = as_set(x)
  end
  if standardise then x = select(2, train:standardise(x)) end
  local out = said(self, net:predict(x), train, standardise)
  if not count then return out end
  local first = {}
  for i = 1, count do first[i] = { i } end
  return ll.no_grad(ll.gather, out, ll.matrix(first))
end

return { of = of, class = Trial }
