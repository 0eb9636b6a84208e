-- Finished trials of which more is asked than was recorded: metrics of held-out parts are computed from the scores where all of
-- them are kept, anything else by running the trial again, which must first give every bit that was recorded. All that was missing
-- of a trial is written in one transaction. One that does not give the same bits stays as it is, and is told.
local ll = require "losslab"
local again = require "losslab.run.again"
local check = require "losslab.check"
local json = require "losslab.json"
local network = require "losslab.run.network"
local records_of = require "losslab.study.records"
local rows_of = require "losslab.run.rows"
local verify = require "losslab.run.verify"

local M = {}

local function key(split, name, epoch) return string.format("%d %s %s", epoch, split, name) end

local function is_in(list, value)
  for _, each in ipairs(list) do if each == value then return true end end
  return false
end

-- ---- from stored scores ----

-- The scores of a part by epoch, or nil where those of an epoch are not kept to the bit.
local function stored_scores(store, id, split, epochs)
  local by_epoch = {}
  for row in store:rows("trial_scores", { trial = id }) do
    if row.split == split then
      if row.coding ~= 0 and row.coding ~= 1 then return nil end
      local all = ll.store.unpack_scores(row.scores, row.coding, row.last - row.first + 1, row.columns)
      table.move(all, 1, #all, row.first, by_epoch)
    end
  end
  for _, epoch in ipairs(epochs) do if not by_epoch[epoch] then return nil end end
  return by_epoch
end

local function epochs_of(store, id)
  local epochs = {}
  for row in store:rows("epochs", { trial = id }) do epochs[#epochs + 1] = row.epoch end
  return epochs
end

-- The rows of the metrics that are missing, from scores; nil where that cannot be. study: what stands for the trial's study; of
-- made's parts only the labels are needed.
function M.from_scores(store, made, study, target)
  local has, row = made.records, made.row
  for _, what in ipairs { "scores", "networks", "best_by" } do if target[what] ~= has[what] then return nil end end
  if row.precision ~= "float" then return nil end
  for _, part in ipairs(target.parts) do
    if part == "train" or not is_in(has.parts, part) then return nil end
  end
  local task, wanted, out = study.losses[row.loss].task, {}, {}
  for _, metric in ipairs(study.metrics) do
    if not is_in(has.metrics, metric.label) then
      if not network.of_scores(metric, task) then return nil end
      wanted[#wanted + 1] = metric
    end
  end
  local epochs = epochs_of(store, row.trial)
  for _, part in ipairs(target.parts) do
    local scores = stored_scores(store, row.trial, part, epochs)
    if not scores then return nil end
    for _, epoch in ipairs(epochs) do
      for _, metric in ipairs(wanted) do
        out[#out + 1] = { split = part, name = metric.label, epoch = epoch,
          value = network.measure(metric, task, made.config, made.parts, part, scores[epoch]) }
      end
    end
  end
  return out
end

-- ---- by running it again ----

local hooks = { epoch_ended = function() return ll.process.asked() and "stop" or nil end }

-- The epochs whose scores are to be kept, as a set; nil if they are.
local function kept_epochs(store, id, result, target)
  local epochs, last, more = {}, #result.epochs > 0 and result.epochs[#result.epochs].epoch or nil, false
  for row in store:rows("trial_scores", { trial = id }) do
    for epoch = row.first, row.last do epochs[epoch] = true end
    more = more or target.scores == "all" and row.coding ~= 0 and row.coding ~= 1 -- ranks are no scores
  end
  local before = {}
  for epoch in pairs(epochs) do before[epoch] = true end
  if target.scores == "all" or target.scores == "ranks" then for _, row in ipairs(result.epochs) do epochs[row.epoch] = true end end
  if (target.scores == "best" or target.scores == "last") and result.best_epoch then epochs[result.best_epoch] = true end
  if target.scores == "last" and last then epochs[last] = true end
  for epoch in pairs(epochs) do more = more or not before[epoch] end
  return more and epochs or nil
end

-- What is missing of a trial: { metrics, scores and epochs [opt]: all of its scores anew, network and network_epoch [opt] }; nil
-- and why it cannot be had; nil alone if the process was asked to end. runs, made: of again.lua; target: all that is to be
-- recorded.
function M.compute(runs, made, target)
  local store, id = runs.store, made.row.trial
  local study, unknown = runs:study(made.row, target, made.script)
  for _, label in ipairs(unknown) do
    if not is_in(made.records.metrics, label) then return nil, "this losslab cannot take the metric " .. label end
  end
  local own = made.script and made.script.trial
  local fine, metrics = true, nil
  if not own then fine, metrics = pcall(M.from_scores, store, made, study, target) end
  if not fine then return nil, check.plain(tostring(metrics)) end
  if metrics then return { metrics = metrics } end
  study.scores, study.networks_at = "all", verify.networks(store, id)
  local result = network.run(study, made.config, made.parts, made.row.number, hooks)
  if result.status == "stopped" then return nil end
  local differences = verify.differences(store, made, result, unknown)
  if #differences > 0 then
    local first = differences[1]
    return nil, string.format("run again, it differs%s: %s", first.epoch and " from epoch " .. first.epoch .. " on" or "",
      verify.words(first))
  end
  local out = { metrics = own and {} or result.metrics }
  local epochs = kept_epochs(store, id, result, target)
  if epochs then
    out.scores, out.epochs, out.ranks = {}, result.epochs, target.scores == "ranks"
    for epoch in pairs(epochs) do out.scores[epoch] = result.scores[epoch] end
  end
  if target.networks then out.network, out.network_epoch = result.network, result.best_epoch end
  return out
end

-- Writes what is missing; inside a transaction.
function M.write(store, id, added)
  local there, missing = {}, {}
  for row in store:rows("metrics", { trial = id }) do there[key(row.split, row.name, row.epoch)] = true end
  for _, row in ipairs(added.metrics) do
    if not there[key(row.split, row.name, row.epoch)] then missing[#missing + 1] = row end
  end
  store:run_each("insert_metric", missing, { trial = id })
  if added.scores then
    store:run("delete_scores", { trial = id })
    rows_of.write_scores(store, id, added.scores, added.epochs, added.ranks)
  end
  if added.network and not store:one("network", { trial = id, epoch = added.network_epoch }) then
    store:run("insert_network", { trial = id, epoch = added.network_epoch, weights = added.network })
  end
  store:run("choose_epoch", { trial = id })
  store:run("choose_values", { trial = id })
end

-- What is recorded of a trial once it has what is asked of it, as JSON and as a table.
function M.target(row, needs)
  local both = records_of.both(row.records, needs)
  return both, json.decode(both)
end

-- A trial that a study's worker has just run has what that study asks for. Where others ask for more, it lacks the rest. recorded:
-- what the study asks for (study/records.lua); inside the transaction that writes the trial.
function M.settle(store, id, recorded, status)
  local asked = store:one("records", { trial = id }).records
  if asked == recorded then return end
  store:run("set_records", { trial = id, records = recorded })
  local known = json.decode(asked).metrics -- of an older schema it is not
  if status == "failed" or not known or not records_of.lacking(recorded, asked) then return end
  store:run("set_lacks", { trial = id, lacks = asked })
end

-- ---- a worker's part ----

local SPAN, MOST = 0.2, 256

local Completing = {}
Completing.__index = Completing

-- How many to claim next: so many as take SPAN seconds, and no more than leave some for the others.
function Completing:next_count()
  if not self.mean or self.mean * 2 > SPAN then return 1 end
  local free = self.store:one("lacking", { study = self.study_id }).free
  return math.max(1, math.min(math.floor(SPAN / math.max(self.mean, 1e-4)), MOST, free // (2 * self.jobs)))
end

function Completing:make(id)
  local row, worker = self.store:one("again", { trial = id }), self.worker
  if not row then return nil, "its data set, its configuration or its cut is not in the database" end
  local dataset, config = worker.sets[row.dataset_key], worker:config_of(row)
  if not dataset or not config then return nil, "its data set or its configuration is none of the study's" end
  local records = again.records(row)
  if not records then return nil, "what was recorded of it is not known" end
  return { row = row, records = records, config = config, script = row.code ~= "" and worker.study or nil,
    parts = worker.parts(dataset, row.seed, row.fold) }
end

-- Writes what is ready, lets go of the trials in drop, and claims the next; in one transaction.
function Completing:flush(stop)
  local store, told, ids = self.store, {}, {}
  store:transaction(function()
    for _, each in ipairs(self.ready) do
      local row = each.made.row
      local taken = store:run("completed", { trial = row.trial, records = each.both, lacks = row.lacks, runner = self.runner })
      if taken > 0 then M.write(store, row.trial, each.added) end
      if taken == 0 then store:run("unclaim_lacking", { trial = row.trial, runner = self.runner }) end
      told[#told + 1] = { taken > 0 and "completed" or "dropped", row.trial, row.name, row.loss }
    end
    if stop then
      for _, id in ipairs(self.claimed) do store:run("unclaim_lacking", { trial = id, runner = self.runner }) end
      self.claimed = {}
    elseif #self.claimed == 0 then
      for row in store:rows("claim_lacking", { runner = self.runner, study = self.study_id, count = self:next_count() }) do
        ids[#ids + 1] = row.id
      end
      table.sort(ids)
      self.claimed = ids
    end
  end)
  self.ready, self.since = {}, ll.system.clock()
  for _, each in ipairs(told) do self.send(table.unpack(each)) end
end

-- Takes trials of the worker's study that lack something, until there are none. worker: of run/worker.lua; send(status, trial,
-- words): "completing"; then "completed", "refused" with the reason, or "dropped" (another has it).
function M.work(worker, send)
  local store = worker.store
  local self = setmetatable({ worker = worker, store = store, runner = worker.runner, study_id = worker.study_id,
    jobs = worker.jobs, send = send, claimed = {}, ready = {}, since = ll.system.clock() }, Completing)
  if store:one("lacking", { study = self.study_id }).free == 0 then return end
  local runs = again.new(store, true)
  self:flush(ll.process.asked())
  while #self.claimed > 0 do
    local id, began = table.remove(self.claimed, 1), ll.system.clock()
    send("completing", id)
    local made, why = self:make(id)
    local added, both, target
    if made then
      both, target = M.target(made.row, made.row.lacks)
      local fine
      fine, added, why = pcall(M.compute, runs, made, target)
      if not fine then added, why = nil, check.plain(tostring(added)) end
    end
    local now, stop = ll.system.clock(), ll.process.asked()
    self.mean = self.mean and 0.7 * self.mean + 0.3 * (now - began) or now - began
    if added then table.insert(self.ready, { made = made, added = added, both = both })
    elseif why then send("refused", id, why, made and made.row.loss) -- it stays in this runner's hands: nobody takes it again
    else store:run("unclaim_lacking", { trial = id, runner = self.runner }) end
    if stop or #self.claimed == 0 or now - self.since >= SPAN then self:flush(stop) end
  end
end

return M
