-- The batches of an epoch as a list, kept for the next trial: configurations of one cut see the rows in the same order, since that
-- comes from the trial's number, and a worker computes them one after the other. Only for loops that hand no batch to code of the
-- user's, which might change it. What is kept is bounded; all others are gathered anew, a batch at a time, which costs little
-- beside their training.
local ll = require "losslab"
local tasks = require "losslab.study.tasks"

local M = {}

local MOST = 8 << 20 -- bytes, or less where memory is short
local BYTES = ll.precision == "double" and 8 or 4

local last = {}

-- A batch as the compiled step takes it: x, labels as the loss takes them, how much it counts, and { weights = … } or false.
function M.one(trial, x, y, weights)
  return x, tasks.labels(trial, y), weights and weights:sum():item() or y.rows, weights and { weights = weights } or false
end

-- The batches of the trial's epoch, one after the other, four fields each. nil where they are not kept, as a list of them would be
-- a copy of the set for each epoch: batches are then taken one after another.
function M.of(trial)
  local train, number, epoch = trial.train, trial.number, trial.epoch
  local shift = trial.spread and "standardised" or trial.shift
  if train.rows * (train.features + 1) * BYTES > MOST then return nil end
  local size = math.min(trial.config.train.batch, train.rows)
  if last.train ~= train or last.size ~= size or last.number ~= number or last.shift ~= shift then
    last = { train = train, size = size, number = number, shift = shift, left = math.min(MOST, ll.core.memory_limit() // 64) }
  end
  local list = last[epoch]
  if list then return list end
  local bytes = train.rows * (train.features + 1) * BYTES + 1024 * math.ceil(train.rows / size)
  if bytes > last.left then return nil end
  list, last.left = {}, last.left - bytes
  for x, y, weights in train:batches { size = size, seed = number, epoch = epoch } do
    local n = #list
    list[n + 1], list[n + 2], list[n + 3], list[n + 4] = M.one(trial, x, y, weights)
  end
  last[epoch] = list
  return list
end

return M
