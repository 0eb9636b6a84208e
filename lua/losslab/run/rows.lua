-- The rows that a trial leaves in a database, from its result (run/trial.lua).
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

-- Over all epochs: the mean share of batches that were passed over, and how many rows without a direction were met; nil: not
-- counted.
local function passed_of(epochs)
  local sum, count, rows = 0, 0, nil
  for _, row in ipairs(epochs) do
    if row.passed_over then sum, count = sum + row.passed_over, count + 1 end
    if row.zero_rows then rows = (rows or 0) + row.zero_rows end
  end
  return count > 0 and sum / count or nil, rows
end

-- What a trial that was paused had left, which it now leaves again, with more.
local BEFORE = { "delete_kept", "delete_network", "delete_scores", "delete_metrics", "delete_learnt", "delete_epochs" }

local function write_end(store, id, result, runner)
  local passed_over, zero_rows = passed_of(result.epochs)
  local row = { trial = id, runner = runner, seconds = result.seconds }
  if result.status == "failed" then
    row.error = result.error
    return store:run("fail", row)
  end
  row.passed_over, row.zero_rows = passed_over, zero_rows
  if result.status == "paused" then
    row.paused = result.paused
    return store:run("pause", row)
  end
  if result.status == "done" then
    row.stopped_epoch = result.stopped_epoch
    return store:run("finish", row)
  end
  row.diverged_epoch, row.error = result.diverged_epoch, result.error
  return store:run("diverge", row)
end

-- How many scores a row of the table holds at most, so that one epoch is found in it, and packed, in bounded memory and time.
local MOST = 1 << 24

-- What is kept of them: the scores without loss, or their ranks, where they have any: NaN has none.
local function packed_of(run, ranks)
  if ranks then
    local fine, packed, coding = pcall(ll.store.pack_scores, run, "ranks")
    if fine then return packed, coding end
  end
  return ll.store.pack_scores(run)
end

-- Scores of epochs that follow each other go into one row, which codes them by their differences.
function M.write_scores(store, id, scores, epochs, ranks)
  for _, split in ipairs { "train", "valid", "test" } do
    local run, first, last = {}, nil, nil
    local function put()
      if #run == 0 then return end
      local packed, coding = packed_of(run, ranks)
      store:run("insert_scores", { trial = id, split = split, first = first, last = last, columns = run[1].cols, coding = coding,
        scores = packed })
      run = {}
    end
    for _, row in ipairs(epochs) do
      local each, before = scores[row.epoch] and scores[row.epoch][split], run[1]
      if each then
        local follows = before and row.epoch == last + 1 and each.cols == before.cols and each.rows == before.rows
        if not follows or (#run + 1) * each.rows * each.cols > MOST then put() end
        if #run == 0 then first = row.epoch end
        run[#run + 1], last = each, row.epoch
      end
    end
    put()
  end
end

-- Rows by epoch as rows by name and part, as the table has them: each goes behind the one before.
local function in_order(rows)
  local of, order, out = {}, {}, {}
  for _, row in ipairs(rows) do
    local key = row.name .. "\0" .. (row.split or "")
    if not of[key] then
      of[key] = {}
      order[#order + 1] = key
    end
    table.insert(of[key], row)
  end
  table.sort(order)
  for _, key in ipairs(order) do table.move(of[key], 1, #of[key], #out + 1, out) end
  return out
end

-- Writes a result, inside a transaction. False if the trial is no longer this runner's: it was given up for lost and taken by
-- another, whose result is the same to the bit. Else true, and the metric of the running study at the chosen epoch. pauses: whether
-- the trial may have rows already, since it was paused.
function M.write(store, id, result, runner, pauses)
  if write_end(store, id, result, runner) == 0 then return false end
  local common = { trial = id }
  if result.status ~= "paused" then store:run("delete_checkpoint", common) end
  for _, statement in ipairs(pauses and BEFORE or {}) do store:run(statement, common) end
  store:run_each("insert_epoch", result.epochs, common)
  store:run_each("insert_metric", in_order(result.metrics), common)
  store:run_each("insert_learnable", result.learnable)
  store:run_each("insert_learnt", in_order(result.learnt), common)
  M.write_scores(store, id, result.scores, result.epochs, result.ranks)
  for _, name in ipairs(check.keys(result.kept)) do
    local matrix = result.kept[name]
    store:run("insert_kept", { trial = id, name = name, columns = matrix.cols, numbers = matrix })
  end
  if result.network then store:run("insert_network", { trial = id, epoch = result.best_epoch, weights = result.network }) end
  if result.status == "failed" then return true end
  store:run("choose_epoch", { trial = id })
  store:run("choose_values", { trial = id })
  local best
  for _, metric in ipairs(result.metrics) do
    if metric.epoch == result.best_epoch and metric.split == "valid" and metric.name == result.metric then best = metric.value end
  end
  return true, best
end

return M
