-- Two methods, paired: t tests, Wilcoxon's signed ranks, signs. A function takes the two methods' values in the same order of folds
-- and seeds, or of data sets.
local arrays = require "losslab.results.stats.arrays"
local check = require "losslab.check"
local distributions = require "losslab".core.distributions
local samples = require "losslab.results.stats.samples"

local paired, stats = {}, {}
paired.functions = stats

local sqrt, abs, huge = math.sqrt, math.abs, math.huge
local differences, read_options = arrays.differences, arrays.options

-- Differences that are all the same have no spread: t is 0 and p is 1 if they are 0, infinite and 0 otherwise. Where one is
-- infinite, t and p are nan, and so is the interval.
local function t_result(d, factor, level)
  local n, m, s, scale = #d, samples.moments(d)
  local se = s * sqrt(factor)
  local t = m == 0 and 0.0 or m / se
  local half = samples.half_of(level, n - 1, se)
  return { n = n, difference = m / scale, sd = s / scale, se = se / scale, df = n - 1, t = t,
    p = t == t and distributions.t_two_sided(t, n - 1) or t, low = (m - half) / scale, high = (m + half) / scale, level = level }
end

paired.t_result = t_result

-- Rows tested / rows trained, of options with it or with a number of folds. level [opt]: where an error points.
function paired.ratio_of(what, o, level)
  level = level or 3
  local ratio, folds = o.ratio, o.folds
  if (ratio == nil) == (folds == nil) then
    error(what .. ": give either ratio (rows tested / rows trained) or folds", level)
  elseif folds ~= nil then
    return 1 / (check.integer(what .. ": folds", folds, 2, nil, level) - 1)
  elseif not (type(ratio) == "number" and ratio > 0 and ratio < huge) then
    error(("%s: ratio must be > 0, not %s"):format(what, check.show(ratio)), level)
  end
  return ratio
end

--- ll.stats.paired_t(a, b [, { level = 0.95 }]) -> { n, difference, sd, se, df, t, p, low, high, level }
-- Student's paired t test of the mean of a - b, two-sided, with its interval from low to high.
-- For pairs that are independent, such as different data sets; for folds or resamples of one data set its interval is too narrow:
-- see corrected_t.
--   a, b    arrays of numbers of one length, at least two
--   level   the level of the interval, between 0 and 1 (0.95)
-- Errors: arrays of different lengths; a value that is NaN or no number; an option that is none.
-- See: ll.stats.corrected_t, ll.stats.signed_rank
-- Example:
--   local test = ll.stats.paired_t({ 0.91, 0.88, 0.93, 0.90, 0.92 }, { 0.89, 0.87, 0.90, 0.90, 0.89 })
--   test.difference, test.t, test.p   --> 0.018 3.086975 0.036682
function stats.paired_t(a, b, options, ...)
  check.no_more("ll.stats.paired_t", 3, ...)
  local _, level = read_options("paired_t", options, { "level" })
  return t_result(differences("paired_t", a, b, 2), 1 / #a, level)
end

--- ll.stats.corrected_t(a, b, { folds = k | ratio = r, level = 0.95 }) -> { n, difference, sd, se, df, t, p, low, high, level }
-- The paired t test for folds or repeated holdouts of one data set, whose training parts overlap.
-- The variance of the mean is taken as (1/n + test/train) s^2 instead of s^2/n. Nadeau and Bengio 2003, Machine Learning 52:239,
-- eq. 9; for repeated cross-validation Bouckaert and Frank 2004, PAKDD.
--   a, b    arrays of numbers of one length, at least two: all folds of all repeats
--   folds   the number of folds, from 2; or
--   ratio   rows tested / rows trained, > 0, which is 1 / (folds - 1)
--   level   the level of the interval, between 0 and 1 (0.95)
-- Errors: both or none of folds and ratio; arrays of different lengths; an option that is none.
-- See: ll.stats.paired_t
-- Example:
--   local a, b = { 0.91, 0.88, 0.93, 0.90, 0.92 }, { 0.89, 0.87, 0.90, 0.90, 0.89 }
--   ll.stats.corrected_t(a, b, { folds = 5 }).p       --> 0.108701
--   ll.stats.corrected_t(a, b, { ratio = 0.25 }).p    --> 0.108701
function stats.corrected_t(a, b, options, ...)
  check.no_more("ll.stats.corrected_t", 3, ...)
  local o, level = read_options("corrected_t", options, { "folds", "level", "ratio" })
  local ratio = paired.ratio_of("corrected_t", o)
  return t_result(differences("corrected_t", a, b, 2), 1 / #a + ratio, level)
end

-- P(doubled W+ <= w), each sign + or - with equal chance: subsets of the ranks counted by their sum, exact below 2^53.
local function signed_rank_cdf(ranks, w)
  local total, ways = 0, { [0] = 1.0 }
  for _, r in ipairs(ranks) do
    for s = total, 0, -1 do
      if ways[s] then ways[s + r] = (ways[s + r] or 0) + ways[s] end
    end
    total = total + r
  end
  local sum = 0.0
  for s = 0, math.min(w, total) do sum = sum + (ways[s] or 0) end
  return sum / 2 ^ #ranks
end

local most_exact = 50

--- ll.stats.signed_rank(a, b) -> { n, zeros, w, p, exact }
-- Wilcoxon's signed-rank test of a - b being symmetric around 0, two-sided.
-- Differences of 0 are left out and counted (zeros), ties share midranks; w is the sum of the ranks of the positive differences.
-- Exact to 50 pairs, given the ties; beyond, normal with tie and continuity correction. Differences that only rounding keeps from
-- tying are not ties: round them first. Wilcoxon 1945, Biometrics Bull. 1:80; Hollander, Wolfe and Chicken 2014, 3.1.
--   a, b   arrays of numbers of one length, at least one
-- Errors: arrays of different lengths; a value that is NaN or no number.
-- See: ll.stats.paired_t, ll.stats.signs
-- Example:
--   local test = ll.stats.signed_rank({ 5, 7, 9, 4, 6 }, { 4, 5, 6, 4, 2 })
--   test.n, test.zeros, test.w, test.p   --> 4 1 10 0.125
function stats.signed_rank(a, b, options, ...)
  check.no_more("ll.stats.signed_rank", 3, ...)
  read_options("signed_rank", options, {})
  local all, d = differences("signed_rank", a, b, 1), {}
  for _, x in ipairs(all) do
    if x ~= 0 then d[#d + 1] = x end
  end
  local n = #d
  local out = { n = n, zeros = #all - n, w = 0.0, p = 1.0, exact = n <= most_exact }
  if n == 0 then return out end
  local ranks, ties = arrays.doubled_ranks(d)
  local w = 0
  for i = 1, n do
    if d[i] > 0 then w = w + ranks[i] end
  end
  out.w = w / 2
  if out.exact then
    out.p = math.min(1.0, 2 * signed_rank_cdf(ranks, math.min(w, n * (n + 1) - w)))
    return out
  end
  local variance = n * (n + 1.0) * (2 * n + 1) / 24 -- in floats: n^3 of two million is no integer
  for _, t in ipairs(ties) do variance = variance - (t ^ 3 - t) / 48 end
  local away = math.max(0, abs(w / 2 - n * (n + 1) / 4) - 0.5)
  out.p = math.min(1.0, 2 * distributions.normal_cdf(-away / sqrt(variance)))
  return out
end

--- ll.stats.signs(a, b) -> { wins, losses, ties, p }
-- How often a is above b, below it and the same, and the exact two-sided sign test over the pairs that are not tied.
-- Demsar 2006, JMLR 7:1, 3.1.4, counts wins so over data sets.
--   a, b   arrays of numbers of one length, at least one
-- Errors: arrays of different lengths; a value that is NaN or no number.
-- See: ll.stats.signed_rank, ll.stats.binomial_cdf
-- Example:
--   ll.stats.signs({ 5, 7, 9, 4 }, { 4, 5, 6, 4 })   --> { losses = 0, p = 0.25, ties = 1, wins = 3 }
function stats.signs(a, b, options, ...)
  check.no_more("ll.stats.signs", 3, ...)
  read_options("signs", options, {})
  local out = { wins = 0, losses = 0, ties = 0 }
  for _, x in ipairs(differences("signs", a, b, 1)) do
    local which = x > 0 and "wins" or x < 0 and "losses" or "ties"
    out[which] = out[which] + 1
  end
  local n = out.wins + out.losses
  out.p = n == 0 and 1.0 or math.min(1.0, 2 * distributions.binomial_cdf(math.min(out.wins, out.losses), n, 0.5))
  return out
end

return paired
