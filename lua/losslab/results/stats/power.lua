-- How likely a t test finds a difference of some size, and how many folds and seeds, or data sets, it takes.
local check = require "losslab.check"
local distributions = require "losslab".core.distributions
local paired = require "losslab.results.stats.paired"

local stats = {}

local sqrt, huge = math.sqrt, math.huge

-- The chance that |t| of n pairs is beyond its critical value, if the difference is so many sd. n may be infinite.
local function power_of(effect, n, ratio, level)
  if effect == 0 then return 1 - level end -- of endless pairs, 0 / 0
  local away = effect / sqrt(1 / n + ratio)
  if n == huge or n > 1e12 then
    local z = -distributions.normal_quantile((1 - level) / 2)
    if away == huge then return 1.0 end
    return distributions.normal_cdf(away - z) + distributions.normal_cdf(-away - z)
  end
  local t = -distributions.t_quantile((1 - level) / 2, n - 1)
  return 1 - distributions.noncentral_t_cdf(t, n - 1, away) + distributions.noncentral_t_cdf(-t, n - 1, away)
end

-- What is asked, with |difference| in sd.
local function read(what, options, more)
  local known = table.move(more, 1, #more, 6, { "difference", "sd", "folds", "ratio", "level" })
  local o = check.fields(what, check.default(options, {}), known, 3)
  local difference = check.number(what .. ": difference", o.difference, 3)
  local sd = check.number(what .. ": sd", o.sd, 3)
  if sd <= 0 then error(("%s: sd must be > 0, not %s"):format(what, check.show(sd)), 3) end
  local ratio = (o.folds ~= nil or o.ratio ~= nil) and paired.ratio_of(what, o, 4) or 0
  return o, math.min(math.abs(difference) / sd, 1e150), ratio, check.share(what .. ": level", check.default(o.level, 0.95), 0, 1, 3)
end

--- ll.stats.power { difference = d, sd = s, n = pairs, folds = k | ratio = r, level = 0.95 } -> number
-- The chance that a paired t test calls a difference significant, where the true one is d.
-- By the noncentral t distribution of n - 1 degrees of freedom about d / (s sqrt(1/n + ratio)); without folds and ratio the pairs
-- are independent, such as data sets, and the ratio is 0.
--   difference   the true mean difference
--   sd           the standard deviation of the differences, > 0
--   n            how many pairs, from 2: of folds, all of all seeds
--   folds        the number of folds of one data set that the pairs are, from 2; or
--   ratio        rows tested / rows trained (0: independent pairs)
--   level        1 - the chance of a difference where none is (0.95)
-- Errors: numbers outside these ranges; both folds and ratio; an option that is none.
-- See: ll.stats.pairs_needed, ll.stats.noncentral_t_cdf
-- Example:
--   ll.stats.power { difference = 0.5, sd = 1, n = 34 }                --> 0.807778
--   ll.stats.power { difference = 0.5, sd = 1, n = 34, folds = 5 }     --> …
function stats.power(options, ...)
  check.no_more("ll.stats.power", 1, ...)
  local o, effect, ratio, level = read("power", options, { "n" })
  return (power_of(effect, check.integer("power: n", o.n, 2, nil, 2), ratio, level))
end

--- ll.stats.pairs_needed { difference = d, sd = s, folds = k | ratio = r, level = 0.95, power = 0.8 } -> { n, seeds, power, limit }
-- How many pairs a paired t test needs to find a difference d with a chance of 0.8.
-- The least n by ll.stats.power, and that power; of folds a multiple of them, and seeds how many times. More seeds share their
-- rows, so that their chance has a limit, which may be below what is asked: then n is nil, and only more rows or more data sets
-- help.
--   difference   the true mean difference
--   sd           the standard deviation of the differences, > 0
--   folds        the number of folds of one data set that the pairs are, from 2; or
--   ratio        rows tested / rows trained (0: independent pairs, such as data sets)
--   level        1 - the chance of a difference where none is (0.95)
--   power        the chance to find it, between 0 and 1 (0.8)
-- Errors: numbers outside these ranges; both folds and ratio; an option that is none.
-- See: ll.stats.power
-- Example:
--   ll.stats.pairs_needed { difference = 0.5, sd = 1 }.n                     --> 34
--   ll.stats.pairs_needed { difference = 0.5, sd = 0.2, folds = 10 }.seeds   --> 1
--   ll.stats.pairs_needed { difference = 0.5, sd = 1, folds = 5 }.limit      --> 0.170075
function stats.pairs_needed(options, ...)
  check.no_more("ll.stats.pairs_needed", 1, ...)
  local o, effect, ratio, level = read("pairs_needed", options, { "power" })
  local wanted = check.share("pairs_needed: power", check.default(o.power, 0.8), 0, 1, 2)
  local step, out = o.folds or 1, { limit = power_of(effect, huge, ratio, level) }
  if effect == 0 or out.limit < wanted then return out end
  local function enough(times) return times * step >= 2 and power_of(effect, times * step, ratio, level) >= wanted end
  -- From what the normal distribution takes, which is less: each power asked for is dear. One step, then steps that double.
  local z = distributions.normal_quantile(wanted) - distributions.normal_quantile((1 - level) / 2)
  local room = z > 0 and (effect / z) ^ 2 - ratio or huge
  local low = room > 0 and math.floor(math.min(1e9, 1 / room / step)) or 0
  local by, high = 1, low + 1
  while low > 0 and enough(low) do low, high, by = math.max(0, low - by), low, by * 2 end
  while not enough(high) do
    if high > 1e9 then return out end
    low, by = high, by * 2
    high = low + by
  end
  while high - low > 1 do
    local middle = (low + high) // 2
    if enough(middle) then high = middle else low = middle end
  end
  out.n, out.seeds, out.power = high * step, o.folds and high or nil, power_of(effect, high * step, ratio, level)
  return out
end

return stats
