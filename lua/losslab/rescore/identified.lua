-- What is identified: competition, q-values and posterior error probabilities of matches, by their scores.
local ll = require "losslab"
local check = require "losslab.check"

local Rescored = { __name = "losslab.rescored" }
Rescored.__index = Rescored

local M = { class = Rescored, ways = { "competition", "concatenated", "separate" } }

--- rescored
-- What ll.rescore.run gives: rescored.scores, .q and .pep, columns with a row for each match; .winners, a column of 1 for the matches
-- that count (those that won their spectrum; all where there is no competition); .labels; .psms, the matches themselves; .set, the data
-- set that was trained on; .cuts, the scores of each cut alone; .fdr, how decoys stand for false targets; .pi0; .db, the database.
-- See: ll.rescore.run, rescored:accepted
-- Example:
--   type(ll.rescore.run)   --> function

--- rescored:accepted(level [, fdr]) -> integer
-- How many targets are identified at a level of q-values.
--   level   from 0 to 1
--   fdr     how decoys stand for false targets (rescored.fdr)
-- See: rescored
-- Example:
--   type(ll.rescore.run)   --> function
function Rescored:accepted(level, fdr)
  local q = fdr and fdr ~= self.fdr and M.statistics(self, fdr).q or self.q
  return math.tointeger((q:less_equal(level) * self.labels):sum():item())
end

-- q, pep, winners and pi0 of scores, by one of M.ways.
function M.statistics(self, fdr)
  local out = { fdr = fdr, pi0 = 1 }
  local options = { method = "tdc" }
  if fdr == "competition" then
    out.winners = ll.fdr.compete(self.scores, self.labels, self.psms.data)
    options.rows = out.winners
  else
    out.winners = ll.ones(self.labels.rows, 1)
  end
  if fdr == "separate" then
    local estimate = ll.fdr.pi0(self.scores, self.labels)
    out.pi0, out.pi0_curve = estimate.pi0, estimate
    options.method, options.pi0 = "separate", estimate.pi0
  end
  out.q, out.pep = ll.fdr.qvalues(self.scores, self.labels, options), ll.fdr.pep(self.scores, self.labels, options)
  return out
end

-- made: { set, psms, scores, cuts, db, fdr }.
function M.new(made)
  local self = setmetatable(made, Rescored)
  self.labels = made.set.y
  self.fdr = check.among("fdr", made.fdr or "competition", M.ways)
  for key, value in pairs(M.statistics(self, self.fdr)) do self[key] = value end
  return self
end

return M
