-- What is identified: competition, q-values and posterior error probabilities of matches, by their scores.
local ll = require "losslab"
local check = require "losslab.check"

local Rescored = { __name = "losslab.rescored" }
Rescored.__index = Rescored

local M = { class = Rescored, ways = { "auto", "competition", "winners", "concatenated", "separate" } }

--- rescored
-- What ll.rescore.run gives: rescored.scores, .q and .pep, columns with a row for each match; .counts, a column of 1 for the
-- matches that count; .labels; .psms, the matches themselves; .set, the data set that was trained on; .cuts, the scores of each cut
-- alone; .spectra, a column of their numbers; .fdr, how decoys stand for false targets; .pi0; .db, the database.
-- How decoys stand for false targets:
--   competition    a target counts if nothing of its spectrum has a higher score; all decoys count, those too that lost, since they
--                  show as well what chance can reach
--   winners        the best match of each spectrum counts, target or decoy
--   concatenated   all matches count as they stand
--   separate       all count, for targets and decoys that were searched apart; a share pi0 of targets is false
--   auto           competition where targets and decoys share spectra, else concatenated: of such a file each spectrum's decoys or
--                  targets have lost before
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

-- Whether more than half of the decoys have a target in their spectrum.
local function shared(self)
  local beside = ll.psm.lead(self.labels, self.spectra, { all = true }) -- a decoy beside a target: -1
  return beside:less(0):sum():item() > 0.5 * (1 - self.labels):sum():item()
end

local WHOLE = 1 << 24 -- single precision tells whole numbers below this apart

-- The number of each match's spectrum; where the files have none, each is one of its own.
function M.spectra(psms)
  local groups = psms.data.groups
  if groups then return groups end
  if ll.precision == "float" and psms.rows >= WHOLE then
    check.fail("%d matches, each a spectrum of its own: numbers up to that do not fit float precision; use losslab --double",
      psms.rows)
  end
  return ll.ones(psms.rows, 1):col_cumsums()
end

-- q, pep, counts and pi0 of scores, labels and spectra, by one of M.ways.
function M.statistics(self, fdr)
  if fdr == "auto" then fdr = shared(self) and "competition" or "concatenated" end
  local out = { fdr = fdr, pi0 = 1 }
  local options = { method = "tdc" }
  if fdr == "competition" or fdr == "winners" then
    out.counts = ll.fdr.compete(self.scores, self.labels, self.spectra)
    if fdr == "competition" then out.counts = out.counts:max(1 - self.labels) end
    options.rows = out.counts
  else
    out.counts = ll.ones(self.labels.rows, 1)
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
  self.labels, self.spectra = made.set.y, M.spectra(made.psms)
  self.fdr = check.among("fdr", made.fdr or "auto", M.ways)
  for key, value in pairs(M.statistics(self, self.fdr)) do self[key] = value end
  return self
end

return M
