-- A worker: claims the pending trial with the lowest id, computes it, writes all of it and claims the next in one transaction,
-- until none is left. If it is killed, its trial has left no rows and is claimed again.
local ll = require "losslab"
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local cuts = require "losslab.study.cuts"
local network = require "losslab.run.network"

local M = {}

-- Seconds to wait for another's lock: a reader that draws or exports may hold up all who write for a while.
M.PATIENCE = 3600

-- Keeps the parts of the last cut, which consecutive trials mostly share.
local function cached(study)
  local key, parts
  return function(dataset, seed, fold)
    local wanted = string.format("%d %d %d", dataset.id, seed, fold)
    if key ~= wanted then key, parts = wanted, cuts.parts(study, dataset, seed, fold) end
    return parts
  end
end

-- Writes a result, inside a transaction. False if the trial is no longer this worker's: it was given up for lost and taken by
-- another, whose result is the same to the bit.
function M.write(store, id, result)
  local changed
  if result.status == "done" then
    changed = store:run("finish", { trial = id, best_epoch = result.best_epoch, seconds = result.seconds })
  elseif result.status == "diverged" then
    changed = store:run("diverge", { trial = id, diverged_epoch = result.diverged_epoch, best_epoch = result.best_epoch,
      error = result.error, seconds = result.seconds })
  else
    changed = store:run("fail", { trial = id, error = result.error, seconds = result.seconds })
  end
  if changed == 0 then return false end
  for _, row in ipairs(result.epochs) do
    row.trial = id
    store:run("insert_epoch", row)
  end
  for _, row in ipairs(result.metrics) do
    row.trial = id
    store:run("insert_metric", row)
  end
  for _, row in ipairs(result.learnable) do store:run("insert_learnable", row) end
  for _, row in ipairs(result.learnt) do
    row.trial = id
    store:run("insert_learnt", row)
  end
  for _, row in ipairs(result.epochs) do
    local kept = result.scores[row.epoch]
    for _, split in ipairs { "valid", "test" } do
      if kept and kept[split] then
        store:run("insert_scores", { trial = id, epoch = row.epoch, split = split, scores = kept[split],
          columns = kept[split].cols })
      end
    end
  end
  for _, name in ipairs(check.keys(result.kept)) do
    local matrix = result.kept[name]
    store:run("insert_kept", { trial = id, name = name, columns = matrix.cols, numbers = matrix })
  end
  if result.network then store:run("insert_network", { trial = id, epoch = result.best_epoch, weights = result.network }) end
  return true
end

-- Computes the trial of a row of the statement `trial`.
function M.compute(study, row, parts)
  local dataset = cuts.datasets(study)[row.dataset_id]
  parts = parts or cached(study)
  return network.run(study, study.configs[row.config], parts(dataset, row.seed, row.fold), row.number)
end

local LARGEST = 1 << 53

-- What a damaged database says of a trial is refused by its name, before anything is computed of it. row: nil where the trial's
-- data set or configuration is not there.
local function check_row(study, path, id, row)
  local function damaged(...) check.fail("%s: trial %d cannot be run: %s", path, id, string.format(...)) end
  if not row then damaged "its data set or its configuration is not in the database" end
  if id < 1 or id > LARGEST then damaged "ids are from 1 to 2^53" end
  for _, name in ipairs { "dataset_id", "config", "fold", "seed", "number" } do
    local value = row[name]
    if math.type(value) ~= "integer" or value < 0 or value > LARGEST then damaged("its %s is %s", name, check.show(value)) end
  end
  local folds, sets = study.split.folds or 1, cuts.datasets(study)
  if row.fold < 1 or row.fold > folds then damaged("its fold is %d, and the study has %d", row.fold, folds) end
  if not sets[row.dataset_id] then damaged("its data set is number %d, and the study has %d", row.dataset_id, #sets) end
  if not study.configs[row.config] then
    damaged("its configuration is number %d, and the study has %d", row.config, #study.configs)
  end
end

-- What a worker says of a trial that ended, and what its parent makes of it. Numbers go as their bytes: no name, whatever it holds,
-- and no locale of a study's own code has a part in it.
local MESSAGE = "zjBn"
function M.pack(status, trial, best) return string.pack(MESSAGE, status, trial, best and 1 or 0, best or 0) end
function M.unpack(message)
  local status, trial, has, best = string.unpack(MESSAGE, message)
  return { status = status, trial = trial, best = has == 1 and best or nil }
end

-- The id of a trial that is now this worker's, and its row; nil if none is pending.
local function claim(store)
  local id = store:claim()
  if id then return id, store:one("trial", id) end
end

-- send(message): tells the parent of each trial that ended. lock: this process's copy of the study's lock, which says whether the
-- file at the path is the study's. Raises what stops a worker: the store's own errors.
function M.work(study, path, send, lock)
  lock:check()
  local store <close> = ll.store.open(path, { mode = "write", timeout = M.PATIENCE })
  lock:check()
  lock:close()
  local parts, lost, by = cached(study), {}, nil
  local id, row = store:transaction(function()
    local first, its_row = claim(store)
    by = first and computer.record(store)
    return first, its_row
  end)
  while id do
    check_row(study, path, id, row)
    local result, is_ours, following, its_row = M.compute(study, row, parts), nil, nil, nil
    if result.status == "failed" then collectgarbage() end -- what filled the memory must not prevent the record of the failure
    store:transaction(function() -- one for the end of this trial and the claim of the next: what it costs is its commit
      is_ours = M.write(store, id, result)
      if is_ours then store:run("computed", { trial = id, computer = by }) end
      following, its_row = claim(store)
    end)
    if is_ours then
      local best
      for _, metric in ipairs(result.metrics) do
        local chosen = metric.epoch == result.best_epoch and metric.split == "valid" and metric.name == study.metric.label
        if chosen then best = metric.value end
      end
      send(M.pack(result.status, id, best))
    elseif lost[id] then
      check.fail("%s: trial %d is pending again and again, though its worker has claimed it: the database is damaged", path, id)
    else
      lost[id] = true
    end
    id, row = following, its_row
  end
end

return M
