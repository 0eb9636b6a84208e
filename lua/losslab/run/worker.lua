-- A worker: claims the pending trial with the lowest id, computes it, writes all of it in one transaction, until none is left. If
-- it is killed, its trial has left no rows and is claimed again.
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local cuts = require "losslab.study.cuts"
local network = require "losslab.run.network"

local M = {}

-- Keeps the parts of the last cut, which consecutive trials mostly share.
local function cached(study)
  local key, parts
  return function(dataset, seed, fold)
    local wanted = string.format("%d %d %d", dataset.id, seed, fold)
    if key ~= wanted then key, parts = wanted, cuts.parts(study, dataset, seed, fold) end
    return parts
  end
end

-- Writes a result. False if the trial is no longer this worker's: it was given up for lost and taken by another, whose result is
-- the same to the bit.
function M.write(store, id, result)
  return store:transaction(function()
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
  end)
end

-- Computes the trial of a row of the statement `trial`.
function M.compute(study, row, parts)
  local dataset = cuts.datasets(study)[row.dataset_id]
  parts = parts or cached(study)
  return network.run(study, study.configs[row.config], parts(dataset, row.seed, row.fold), row.number)
end

-- send(message): tells the parent of each trial that ended. Raises what stops a worker: the store's own errors.
function M.work(study, path, send)
  local store <close> = ll.store.open(path, { mode = "write", timeout = 120 })
  local parts = cached(study)
  for id in function() return store:claim() end do
    local row = store:one("trial", id)
    local result = M.compute(study, row, parts)
    if result.status == "failed" then collectgarbage() end -- what filled the memory must not prevent the record of the failure
    if M.write(store, id, result) then
      local best
      for _, metric in ipairs(result.metrics) do
        local chosen = metric.epoch == result.best_epoch and metric.split == "valid" and metric.name == study.metric.label
        if chosen then best = metric.value end
      end
      send(json.encode { status = result.status, trial = id, dataset = row.dataset, loss = row.loss, best = best })
    end
  end
end

return M
