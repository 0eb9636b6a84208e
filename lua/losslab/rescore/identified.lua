-- What is identified: competition, q-values and posterior error probabilities of matches, by their scores; of all together, or
-- within classes of them.
local ll = require "losslab"
local check = require "losslab.check"

local Rescored = { __name = "losslab.rescored" }
Rescored.__index = Rescored

local M = { class = Rescored, ways = { "auto", "competition", "winners", "concatenated", "separate" } }

--- rescored
-- What ll.rescore.run gives: rescored.scores, .q and .pep, columns with a row for each match; .counts, a column of 1 for the
-- matches that count; .labels; .psms, the matches themselves; .set, the data set that was trained on; .cuts, the scores of each cut
-- alone; .spectra, a column of their numbers; .fdr, how decoys stand for false targets; .pi0; .kinds, the classes of
-- rescored:within; .db, the database; of ll.rescore.apply .trained_on, about how many matches the networks were trained on, false
-- where that is not known; of ll.rescore.run .learnt_from, the share of the other folds that networks learnt from, 1 where peptides
-- are kept in one fold, and .of_known, the share of matches of peptides that they have seen, 0 there.
-- How decoys stand for false targets:
--   competition    a target counts if it is the best match of its spectrum (a decoy as good by a coin, a target by its place); all
--                  decoys count, those too that lost, since they show as well what chance can reach
--   winners        the best match of each spectrum counts, target or decoy
--   concatenated   all matches count as they stand
--   separate       all count, for targets and decoys that were searched apart; a share pi0 of targets is false
--   auto           competition where targets and decoys share spectra, else concatenated: of such a file each spectrum's decoys or
--                  targets have lost before
-- See: ll.rescore.run, rescored:accepted, rescored:within
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

M.KINDS = 64 -- classes of rows, at most

-- q-values and PEPs of classes of rows, each within its own. counted [opt]: without PEPs.
function M.by_kind(scores, labels, kinds, options, counted)
  local group = ll.fdr.group(scores, labels, kinds, options)
  if #group.kinds > M.KINDS then
    check.fail("%d classes of matches were asked for; each needs decoys of its own, so %d are the most", #group.kinds, M.KINDS)
  end
  if counted then return group.q end
  local pep = ll.zeros(scores.rows, 1)
  for _, kind in ipairs(group.kinds) do
    local rows = kinds:equal(kind.kind):find()
    local own = ll.fdr.pep(scores:gather(rows), labels:gather(rows), options)
    pep = pep + own:scatter_add(rows, scores.rows)
  end
  return group.q, pep
end

-- q, pep, counts and pi0 of scores, labels and spectra, by one of M.ways; with kinds, of the classes that these are.
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
  if not self.kinds then
    out.q, out.pep = ll.fdr.qvalues(self.scores, self.labels, options), ll.fdr.pep(self.scores, self.labels, options)
    return out
  end
  local rows = out.counts:find()
  options.rows = nil
  local q, pep = M.by_kind(self.scores:gather(rows), self.labels:gather(rows), self.kinds:gather(rows), options)
  local lost = 1 - out.counts
  out.q, out.pep = q:scatter_add(rows, lost.rows) + lost, pep:scatter_add(rows, lost.rows) + lost
  return out
end

--- rescored:within(kinds) -> rescored
-- The same matches with q-values and PEPs within each class of them, such as a charge: each has a threshold of its own at a level.
-- What else is asked of it, as rescored:entrapment and rescored:figures, is of these q-values.
--   kinds   a column of whole numbers, one a match; 64 different ones at most
-- Errors: another number of rows; more classes.
-- See: rescored, ll.fdr.group, losslab rescore
-- Example:
--   local lines = { "SpecId\tLabel\tScanNr\tscore\tcharge\tPeptide\tProteins" }
--   for i = 1, 400 do
--     lines[#lines + 1] = ("m%d\t%d\t%d\t%g\t%d\tK.AB%d.R\tP"):format(i, i % 2 * 2 - 1, i, i % 2 * (i % 3) + i % 7 / 7,
--       2 + i // 2 % 2, i)
--   end
--   ll.system.write("a.pin", table.concat(lines, "\n"))
--   local rescored = ll.rescore.run { files = { "a.pin" }, db = "a.db", seeds = { 1 }, steps = 20 }
--   rescored:within(rescored.set.x:col_range(2, 2)).q:shape()   --> 400 1
function Rescored:within(kinds, ...)
  check.no_more("rescored:within", 1, ...)
  local fine, column = pcall(ll.matrix, kinds)
  if not fine or column.rows ~= self.labels.rows or column.cols ~= 1 then
    check.fail("rescored:within: %d classes in a column were expected, not %s", self.labels.rows,
      fine and string.format("%dx%d", column.rows, column.cols) or check.show(kinds))
  end
  local made = {}
  for key, value in pairs(self) do made[key] = value end
  made.kinds = column
  for key, value in pairs(M.statistics(made, made.fdr)) do made[key] = value end
  return setmetatable(made, Rescored)
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
