-- The batches of an epoch as a list, kept for the next trial: configurations of one cut see the rows in the same order, since that
-- comes from the trial's number, and a worker computes them one after the other. Only for loops that hand no batch to code of the
-- user's, which might change it. What is kept is bounded; larger sets are gathered anew, which costs little beside their training.
local ll = require "losslab"

local M = {}

local MOST = 8 << 20 -- bytes, or less where memory is short
local BYTES = ll.precision == "double" and 8 or 4

local last = {}

-- As data:batches { size = size, seed = number, epoch = epoch }: a list x, y, x, y, …; nil for a set of which it would be a second
-- copy that is not kept: its batches are taken one after another.
function M.of(train, size, number, epoch)
  if train.rows * (train.features + 1) * BYTES > MOST then return nil end
  if last.train ~= train or last.size ~= size or last.number ~= number then
    last = { train = train, size = size, number = number, left = math.min(MOST, ll.core.memory_limit() // 64) }
  end
  local list = last[epoch]
  if list then return list end
  list = {}
  for x, y in train:batches { size = size, seed = number, epoch = epoch } do
    list[#list + 1] = x
    list[#list + 1] = y
  end
  local bytes = train.rows * (train.features + 1) * BYTES + 256 * #list
  if bytes <= last.left then last[epoch], last.left = list, last.left - bytes end
  return list
end

return M
