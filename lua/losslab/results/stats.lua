-- The statistics of comparisons: what a handful of folds and seeds, or of data sets, allows one to say. Everything is plain Lua
-- over arrays of numbers, by idea a file of results/stats/; the distributions are C's (lua/bind/distributions.c).
local ll = require "losslab"

--- ll.stats
-- The statistics of comparisons: means and intervals, paired tests, corrections, and the distributions behind them.
-- Everything takes plain arrays of numbers, not matrices (m:table() gives one); paired tests take the values of two methods in
-- the same order of folds and seeds.
-- See: ll.metric.delong_compare, ll.metric.bootstrap_compare
-- Example:
--   local a, b = { 0.91, 0.88, 0.93, 0.90, 0.92 }, { 0.89, 0.87, 0.90, 0.90, 0.89 }
--   ll.stats.mean(a)                                   --> 0.908
--   ll.stats.paired_t(a, b).p                          --> 0.036682
--   ll.stats.corrected_t(a, b, { folds = 5 }).p        --> 0.108701

local stats = {}

for name, f in pairs(ll.core.distributions) do stats[name] = f end
for _, idea in ipairs { "samples", "paired", "adjusted", "blocks", "effects", "bayesian", "power" } do
  local module = require("losslab.results.stats." .. idea)
  for name, f in pairs(module.functions or module) do stats[name] = f end
end

return stats
