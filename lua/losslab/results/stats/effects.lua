-- How large a difference is, beside whether it is one: in standard deviations, by the share of pairs that one method wins, by
-- ranks.
local arrays = require "losslab.results.stats.arrays"
local check = require "losslab.check"
local samples = require "losslab.results.stats.samples"

local stats = {}

local function ratio(above, below) return above == 0 and 0.0 or above / below end -- 0/0: no difference

--- ll.stats.cohens_d(a, b [, { paired = false }]) -> { d, g }
-- A difference of means in standard deviations, and g, the same without its bias in small samples.
-- d = (mean a - mean b) / s; s is the pooled standard deviation, or, paired, that of the differences. g = d (1 - 3 / (4 df - 1)).
-- About 0.2 is called small, 0.8 large. Cohen 1988; Hedges 1981, J. Educ. Statist. 6:107.
--   a, b     arrays of numbers, at least two in each; of one length where they are paired
--   paired   whether they are in pairs (false)
-- Errors: too few values; a value that is NaN or no number; an option that is none.
-- See: ll.stats.cliffs_delta, ll.stats.rank_biserial
-- Example:
--   local a, b = { 0.91, 0.88, 0.93, 0.90, 0.92 }, { 0.89, 0.87, 0.90, 0.90, 0.89 }
--   ll.stats.cohens_d(a, b).d                       --> 1.116313
--   ll.stats.cohens_d(a, b, { paired = true }).d    --> 1.380537
function stats.cohens_d(a, b, options, ...)
  check.no_more("ll.stats.cohens_d", 3, ...)
  options = check.fields("cohens_d", check.default(options, {}), { "paired" }, 2)
  local d, df
  if check.boolean("cohens_d: paired", check.default(options.paired, false), 2) then
    local m, s = samples.moments((arrays.differences("cohens_d", a, b, 2)))
    d, df = ratio(m, s), #a - 1
  else
    arrays.check("cohens_d", a, 2)
    arrays.check("cohens_d", b, 2)
    local m, s, scale = samples.moments(a)
    local other_m, other_s, other_scale = samples.moments(b)
    df = #a + #b - 2
    local variance = ((#a - 1) * (s / scale) ^ 2 + (#b - 1) * (other_s / other_scale) ^ 2) / df
    d = ratio(m / scale - other_m / other_scale, math.sqrt(variance))
  end
  return { d = d, g = d * (1 - 3 / (4 * df - 1)) }
end

--- ll.stats.cliffs_delta(a, b) -> { delta, a12 }
-- How often a value of a is above one of b: over all pairs of one with one, not over pairs in order.
-- a12 = P(a > b) + P(a = b) / 2 (Vargha and Delaney 2000, J. Educ. Behav. Statist. 25:101), delta = 2 a12 - 1 (Cliff 1993, Psychol.
-- Bull. 114:494): 1 where all of a are above all of b. |delta| of 0.147, 0.33 and 0.474 are called small, medium and large from
-- there on.
--   a, b   arrays of numbers, at least one in each
-- Errors: an empty array; a value that is NaN or no number.
-- See: ll.stats.rank_biserial, ll.stats.cohens_d
-- Example:
--   ll.stats.cliffs_delta({ 5, 7, 9 }, { 4, 5, 6 })   --> { a12 = 0.833333, delta = 0.666667 }
function stats.cliffs_delta(a, b, ...)
  check.no_more("ll.stats.cliffs_delta", 2, ...)
  arrays.check("cliffs_delta", a, 1)
  arrays.check("cliffs_delta", b, 1)
  local sorted, doubled = table.move(b, 1, #b, 1, {}), 0
  table.sort(sorted)
  local function below(x, also_equal) -- how many of b are
    local low, high = 0, #sorted
    while low < high do
      local middle = (low + high) // 2 + 1
      if sorted[middle] < x or also_equal and sorted[middle] == x then low = middle else high = middle - 1 end
    end
    return low
  end
  for i = 1, #a do doubled = doubled + below(a[i]) + below(a[i], true) end
  local a12 = doubled / (2.0 * #a * #b)
  return { a12 = a12, delta = 2 * a12 - 1 }
end

--- ll.stats.rank_biserial(a, b) -> number
-- The matched rank-biserial correlation of paired values: the effect size of Wilcoxon's signed-rank test.
-- (W+ - W-) / (W+ + W-), of the ranks of |a - b| where a is above and where it is below; 1 where a is never below, 0 where all
-- pairs are tied. Kerby 2014, Compr. Psychol. 3:1.
--   a, b   arrays of numbers of one length, at least one
-- Errors: arrays of different lengths; a value that is NaN or no number.
-- See: ll.stats.signed_rank, ll.stats.cliffs_delta
-- Example:
--   ll.stats.rank_biserial({ 5, 7, 9, 4, 1 }, { 4, 5, 6, 4, 5 })   --> 0.2
function stats.rank_biserial(a, b, ...)
  check.no_more("ll.stats.rank_biserial", 2, ...)
  local d = {}
  for _, x in ipairs(arrays.differences("rank_biserial", a, b, 1)) do
    if x ~= 0 then d[#d + 1] = x end
  end
  local ranks, sum, all = arrays.doubled_ranks(d), 0, 0
  for i = 1, #d do
    sum, all = sum + (d[i] > 0 and ranks[i] or -ranks[i]), all + ranks[i]
  end
  return ratio(sum, all)
end

return stats
