-- One score for each match, of the scores that the networks of a rescoring's database gave to the folds they had not seen. Networks
-- have scales of their own, so those of a fold are shifted and scaled to mean 0 and deviation 1 of its decoys; then the cuts are
-- averaged.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

-- Shifted and scaled by the decoys; as they are where there are too few.
local function by_decoys(scores, labels)
  local decoys = scores:gather((labels:less_equal(0)):find())
  if decoys.rows < 2 then return scores end
  local deviation = decoys:var():sqrt():item()
  if deviation == 0 then return scores - decoys:mean():item() end
  return (scores - decoys:mean():item()) * (1 / deviation)
end

M.by_decoys = by_decoys

local PIECE = 200 -- numbers that are unpacked at once
local FORMAT = "<" .. ("I4"):rep(PIECE)

-- Row numbers as a column.
local function rows_of(blob)
  local out, at, n = {}, 1, 0
  while at + 4 * PIECE <= #blob + 1 do
    local these = { string.unpack(FORMAT, blob, at) }
    table.move(these, 1, PIECE, n + 1, out)
    at, n = these[PIECE + 1], n + PIECE
  end
  while at <= #blob do out[n + 1], at, n = string.unpack("<I4", blob, at), at + 4, n + 1 end
  return out
end

-- The mean over cuts of the scores of `rows` matches, n×1, and a list of what each cut alone gives.
function M.scores(store, rows)
  local cuts, order = {}, {}
  for ended in store:rows("finished", {}) do
    local trial = store:one("trial", { trial = ended.trial })
    local row = store:one("scores_and_labels", { trial = ended.trial, epoch = 1, split = "test" })
    if not row or not row.rows then check.fail("%s: trial %d has no scores", store:path(), ended.trial) end
    local scores = ll.store.unpack_scores(row.scores, row.coding, 1, 1, 1)
    local cut = cuts[trial.seed]
    if not cut then
      cut = ll.zeros(rows, 1)
      cuts[trial.seed], order[#order + 1] = cut, trial.seed
    end
    local own = by_decoys(scores, ll.store.floats(row.labels))
    cuts[trial.seed] = cut + own:scatter_add(rows_of(row.rows), rows)
  end
  table.sort(order)
  local sum, alone = ll.zeros(rows, 1), {}
  for k, seed in ipairs(order) do
    sum, alone[k] = sum + cuts[seed], cuts[seed]
  end
  return sum * (1 / math.max(1, #order)), alone
end

return M
