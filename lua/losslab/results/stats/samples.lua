-- One sample: mean, deviation, quantiles, and the t interval of a mean, which lose no digits and overflow nowhere.
local arrays = require "losslab.results.stats.arrays"
local check = require "losslab.check"
local t_quantile = require "losslab".core.distributions.t_quantile

local samples, stats = {}, {}
samples.functions = stats

local sqrt, abs, huge = math.sqrt, math.abs, math.huge
local check_array, minus, read_options = arrays.check, arrays.minus, arrays.options

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
function samples.moments(xs)
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
  local _, s, scale = samples.moments(xs)
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
function samples.half_of(level, df, se) return -t_quantile((1 - level) / 2, df) * se end

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
  local n, m, s, scale = #xs, samples.moments(xs)
  if n == 1 then return { n = 1, mean = m / scale, low = -huge, high = huge, level = level } end
  local se = s / sqrt(n)
  local half = samples.half_of(level, n - 1, se)
  return { n = n, mean = m / scale, sd = s / scale, se = se / scale, low = (m - half) / scale, high = (m + half) / scale,
    level = level }
end

return samples
