-- ll.fdr: the functions of C, and what asks for names of proteins.
local core = require "losslab".core.fdr

--- ll.fdr
-- The statistics of target-decoy identification: competition, q-values, posterior error probabilities, entrapment, proteins.
-- Decoys are rows that are false by making, such as matches to reversed sequences; they stand for the targets that are false
-- unseen. Rows in another order get the same numbers. docs/fdr.md says what each means.
-- See: ll.fdr.compete, ll.fdr.qvalues, ll.fdr.pep, ll.fdr.picked, ll.psm, ll.metric.targets_at_fdr
-- Example:
--   local scores, labels = { 9, 8, 7, 6, 5, 4 }, { 1, 1, 1, 1, 0, 1 }
--   ll.fdr.qvalues(scores, labels):get(1)   --> 0.25
local fdr = { picked = require "losslab.fdr.picked" }
for name, f in pairs(core) do fdr[name] = f end

return fdr
