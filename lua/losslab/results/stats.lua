-- The statistics of comparisons: what a handful of folds and seeds allows one to say. Everything is plain Lua over arrays
-- of numbers; a paired function takes the two methods' values in the same order of folds and seeds. The distributions are C's
-- (lua/bind/distributions.c): normal_cdf, normal_quantile, t_cdf, t_two_sided, t_quantile, binomial_cdf, beta_inc.
local ll = require "losslab"
local check = require "losslab.check"

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

local sqrt, abs, huge = math.sqrt, math.abs, math.huge

-- ---- checks ------------------------------------------------------------------------------------------------------------

-- level: where an error points, as error's; 3 is the call of the function of stats that calls this.
local function check_array(what, xs, least, level)
  level = level or 3
  if type(xs) ~= "table" then error(("%s: an array of numbers is needed, not %s"):format(what, check.show(xs)), level) end
  local last = #xs
  for key in pairs(xs) do
    if math.type(key) == "integer" and key > last then last = key end -- beyond a hole, which is then found below
  end
  for i = 1, last do
    local x = xs[i]
    if type(x) ~= "number" or x ~= x then error(("%s: value %d is %s"):format(what, i, tostring(x)), level) end
  end
  if last >= least then return end
  error(("%s: at least %d value%s needed, got %d"):format(what, least, least > 1 and "s" or "", last), level)
end

-- The options, and the level of an interval among them. Errors point at the call of a function of stats, which is what calls this.
local function read_options(what, options, known)
  options = check.fields(what, check.default(options, {}), known, 3)
  return options, check.share(what .. ": level", check.default(options.level, 0.95), 0, 1, 3)
end

-- a - b. Of integers it is one as well, which no float need round, where it does not wrap around.
local function minus(a, b)
  if math.type(a) == "integer" or math.type(b) == "integer" then
    local x, y = math.tointeger(a), math.tointeger(b)
    local d = x and y and x - y
    if d and (x ~ y) & (x ~ d) >= 0 and d ~= math.mininteger then return d end
  end
  return (a + 0.0) - (b + 0.0)
end

local function differences(what, a, b, least)
  check_array(what, a, 0, 4)
  check_array(what, b, 0, 4)
  if #a ~= #b then error(("%s: %d values against %d; they must come in pairs"):format(what, #a, #b), 3) end
  if #a < least then error(("%s: at least %d pair%s needed, got %d"):format(what, least, least > 1 and "s" or "", #a), 3) end
  local d = {}
  for i = 1, #a do
    d[i] = minus(a[i], b[i])
    if d[i] ~= d[i] then error(("%s: pair %d, %s and %s, has no difference"):format(what, i, a[i], b[i]), 3) end
  end
  return d
end

-- ---- one sample --------------------------------------------------------------------------------------------------------

-- A power of two by which to multiply xs, so that neither their sum overflows nor a square of what is between two of them overflows
-- or vanishes. It changes no digit, and is 1 unless the largest value is very large or very small.
local function scale_of(xs)
  local largest = 0.0
  for i = 1, #xs do largest = math.max(largest, abs(xs[i] + 0.0)) end
  if largest == 0 or largest == huge then return 1.0 end
  return largest >= 0x1p400 and 0x1p-600 or largest < 0x1p-400 and 0x1p600 or 1.0
end

-- The mean of scale * xs.
local function mean(xs, scale)
  local sum, carry = 0.0, 0.0 -- Neumaier's sum
  for i = 1, #xs do
    local x = scale * xs[i]
    local t = sum + x
    if abs(t) < huge then carry = carry + (abs(sum) >= abs(x) and sum - t + x or x - t + sum) end
    sum = t
  end
  return (sum + carry) / #xs
end

-- The standard deviation of scale * xs, about m, their mean to rounding; what the rounding adds to the squares is taken off again
-- (Chan, Golub and LeVeque 1983, Am. Statist. 37:242, eq. 1.7).
local function sd(xs, m, scale)
  local squares, rest, same = 0.0, 0.0, true
  for i = 1, #xs do
    local d = scale * xs[i] - m
    squares, rest, same = squares + d ^ 2, rest + d, same and xs[i] == xs[1]
  end
  if same and abs(m) < huge then return 0.0 end
  return sqrt((squares - rest ^ 2 / #xs) / (#xs - 1))
end

-- Mean and standard deviation (nil of one value), both multiplied by the scale that comes third. Integers that a float would round
-- are taken as their differences from the first: those of times in nanoseconds, say, are much smaller than themselves.
local function moments(xs)
  local scale, from_first = scale_of(xs), xs
  local m = mean(xs, scale)
  if #xs == 1 then return m, nil, scale end
  for i = 1, #xs do
    if math.type(xs[i]) == "integer" and (xs[i] > 1 << 53 or xs[i] < -1 << 53) then
      from_first = {}
      for k = 1, #xs do from_first[k] = minus(xs[k], xs[1]) end
      break
    end
  end
  return m, sd(from_first, from_first == xs and m or mean(from_first, scale), scale), scale
end

-- A mean of inf and -inf together is nan, as in R and NumPy; so is whatever else has an infinite value and would subtract another.

--- ll.stats.mean(xs) -> number
-- The arithmetic mean, summed so that no digit is lost.
--   xs   an array of numbers, at least one
-- Errors: an empty array; a value that is NaN or no number.
-- See: ll.stats.mean_ci, ll.stats.median
-- Example:
--   ll.stats.mean { 1, 2, 6 }   --> 3
function stats.mean(xs, ...)
  check.no_more("ll.stats.mean", 1, ...)
  check_array("mean", xs, 1)
  local scale = scale_of(xs)
  return mean(xs, scale) / scale
end

--- ll.stats.sd(xs) -> number or nil
-- The standard deviation, with n - 1 below the line; nil of one value.
--   xs   an array of numbers, at least one
-- Errors: an empty array; a value that is NaN or no number.
-- See: ll.stats.mean_ci
-- Example:
--   ll.stats.sd { 1, 2, 3, 4 }   --> 1.290994
function stats.sd(xs, ...)
  check.no_more("ll.stats.sd", 1, ...)
  check_array("sd", xs, 1)
  local _, s, scale = moments(xs)
  return s and s / scale
end

local function quantile(what, xs, p)
  check_array(what, xs, 1, 4)
  if not (type(p) == "number" and p >= 0 and p <= 1) then
    error(("%s: p must be in [0, 1], not %s"):format(what, check.show(p)), 3)
  end
  local sorted = {}
  for i = 1, #xs do sorted[i] = xs[i] + 0.0 end
  table.sort(sorted)
  local place = (#xs - 1) * p
  local below = math.floor(place)
  local low, high = sorted[below + 1], sorted[math.min(below + 2, #xs)]
  if low == high or place == below then return low end
  local share, between = place - below, high - low
  return between < huge and low + share * between or (1 - share) * low + share * high
end

--- ll.stats.quantile(xs, p) -> number
-- The p-quantile, interpolated linearly between neighbours, as R and NumPy do by default.
-- That is type 7 of Hyndman and Fan 1996, Am. Statist. 50:361.
--   xs   an array of numbers, at least one
--   p    a number from 0 (the smallest) to 1 (the largest)
-- Errors: a p outside [0, 1]; an empty array.
-- See: ll.stats.median
-- Example:
--   ll.stats.quantile({ 1, 2, 3, 4 }, 0.25)   --> 1.75
function stats.quantile(xs, p, ...)
  check.no_more("ll.stats.quantile", 2, ...)
  return (quantile("quantile", xs, p))
end

--- ll.stats.median(xs) -> number
-- The middle value, or the mean of the two in the middle.
--   xs   an array of numbers, at least one
-- Errors: an empty array; a value that is NaN or no number.
-- See: ll.stats.quantile
-- Example:
--   ll.stats.median { 3, 1, 2, 10 }   --> 2.5
function stats.median(xs, ...)
  check.no_more("ll.stats.median", 1, ...)
  return (quantile("median", xs, 0.5))
end

-- Half the length of a t interval of a mean whose standard error is se, by the tail, which keeps the digits of a level near 1.
local function half_of(level, df, se) return -stats.t_quantile((1 - level) / 2, df) * se end

--- ll.stats.mean_ci(xs [, { level = 0.95 }]) -> { n, mean, sd, se, low, high, level }
-- The mean and its t interval, from low to high: mean -+ t_(n-1) sd / sqrt(n).
-- One value has no sd and se (nil), and its interval is everything.
--   xs      an array of numbers, at least one
--   level   the level of the interval, between 0 and 1 (0.95)
-- Errors: an empty array; a level outside (0, 1); an option that is none.
-- See: ll.stats.paired_t, ll.stats.sd
-- Example:
--   local ci = ll.stats.mean_ci { 0.91, 0.88, 0.93, 0.90, 0.92 }
--   ci.mean, ci.low, ci.high   --> 0.908 0.884116 0.931884
function stats.mean_ci(xs, options, ...)
  check.no_more("ll.stats.mean_ci", 2, ...)
  local _, level = read_options("mean_ci", options, { "level" })
  check_array("mean_ci", xs, 1)
  local n, m, s, scale = #xs, moments(xs)
  if n == 1 then return { n = 1, mean = m / scale, low = -huge, high = huge, level = level } end
  local se = s / sqrt(n)
  local half = half_of(level, n - 1, se)
  return { n = n, mean = m / scale, sd = s / scale, se = se / scale, low = (m - half) / scale, high = (m + half) / scale,
    level = level }
end

-- ---- two methods, paired -----------------------------------------------------------------------------------------------

-- Differences that are all the same have no spread: t is 0 and p is 1 if they are 0, infinite and 0 otherwise. Where one is
-- infinite, t and p are nan, and so is the interval.
local function t_result(d, factor, level)
  local n, m, s, scale = #d, moments(d)
  local se = s * sqrt(factor)
  local t = m == 0 and 0.0 or m / se
  local half = half_of(level, n - 1, se)
  return { n = n, difference = m / scale, sd = s / scale, se = se / scale, df = n - 1, t = t,
    p = t == t and stats.t_two_sided(t, n - 1) or t, low = (m - half) / scale, high = (m + half) / scale, level = level }
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
  local ratio, folds = o.ratio, o.folds
  if (ratio == nil) == (folds == nil) then error("corrected_t: give either ratio (rows tested / rows trained) or folds", 2) end
  if folds ~= nil then
    ratio = 1 / (check.integer("corrected_t: folds", folds, 2, nil, 2) - 1)
  elseif not (type(ratio) == "number" and ratio > 0 and ratio < huge) then
    error(("corrected_t: ratio must be > 0, not %s"):format(check.show(ratio)), 2)
  end
  return t_result(differences("corrected_t", a, b, 2), 1 / #a + ratio, level)
end

-- Midranks of |d|, doubled to be integers; sizes of the groups of ties.
local function doubled_ranks(d)
  local order, ranks, ties = {}, {}, {}
  for i = 1, #d do order[i] = i end
  table.sort(order, function(i, j) return abs(d[i]) < abs(d[j]) end)
  local i = 1
  while i <= #d do
    local j = i
    while j < #d and abs(d[order[j + 1]]) == abs(d[order[i]]) do j = j + 1 end
    for k = i, j do ranks[order[k]] = i + j end
    if j > i then ties[#ties + 1] = j - i + 1 end
    i = j + 1
  end
  return ranks, ties
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
  local ranks, ties = doubled_ranks(d)
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
  out.p = math.min(1.0, 2 * stats.normal_cdf(-away / sqrt(variance)))
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
  out.p = n == 0 and 1.0 or math.min(1.0, 2 * stats.binomial_cdf(math.min(out.wins, out.losses), n, 0.5))
  return out
end

-- ---- many comparisons --------------------------------------------------------------------------------------------------

--- ll.stats.holm(ps) -> table
-- Holm's adjusted p-values of several tests, under the same keys (names or places).
-- Those <= alpha are significant, with the chance of any false one at most alpha: the i-th smallest of m times (m - i + 1), made
-- monotone, at most 1. Holm 1979, Scand. J. Statist. 6:65.
--   ps   a table of p-values, from 0 to 1
-- Errors: a value outside [0, 1].
-- See: ll.stats.paired_t
-- Example:
--   ll.stats.holm { hinge = 0.01, square = 0.04, focal = 0.03 }   --> { focal = 0.06, hinge = 0.03, square = 0.06 }
function stats.holm(ps, ...)
  check.no_more("ll.stats.holm", 1, ...)
  if type(ps) ~= "table" then error(("holm: a table of p-values is needed, not %s"):format(check.show(ps)), 2) end
  local keys, out = {}, {}
  for key, p in pairs(ps) do
    if type(p) ~= "number" or not (p >= 0 and p <= 1) then
      error(("holm: p-values are in [0, 1]; %s is %s"):format(tostring(key), tostring(p)), 2)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, function(i, j) return ps[i] < ps[j] end)
  local most = 0.0
  for i, key in ipairs(keys) do
    most = math.max(most, math.min(1.0, (#keys - i + 1) * ps[key]))
    out[key] = most
  end
  return out
end

return stats
