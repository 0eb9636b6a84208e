-- What a comparison makes likely, where p-values do not say it: the probabilities that one method is practically better, that the
-- two are practically equal, and that the other is. What is practical is the region of practical equivalence, [-rope, rope].
local arrays = require "losslab.results.stats.arrays"
local check = require "losslab.check"
local ll = require "losslab"
local paired = require "losslab.results.stats.paired"

local stats = {}

local ROPE = 0.01

local function rope_of(what, options)
  local rope = check.number(what .. ": rope", check.default(options.rope, ROPE), 3)
  if rope < 0 then error(("%s: rope must be >= 0, not %s"):format(what, check.show(rope)), 3) end
  return rope
end

--- ll.stats.bayes_correlated_t(a, b, { folds = k | ratio = r, rope = 0.01 }) -> { below, within, above, mean, scale, df }
-- The Bayesian correlated t test, for folds or repeated holdouts of one data set: how likely the true mean of a - b is below -rope,
-- within it, and above rope.
-- The posterior is Student's t of n - 1 degrees of freedom about the mean difference, of variance (1/n + test/train) s^2, as
-- ll.stats.corrected_t has it. Corani and Benavoli 2015, Machine Learning 100:285; Benavoli et al. 2017, JMLR 18(77):1, 3.
--   a, b    arrays of numbers of one length, at least two: all folds of all repeats
--   folds   the number of folds, from 2; or
--   ratio   rows tested / rows trained, > 0
--   rope    differences up to this count as none, >= 0 (0.01)
-- Errors: both or none of folds and ratio; arrays of different lengths; an option that is none.
-- See: ll.stats.corrected_t, ll.stats.bayes_signed_rank
-- Example:
--   local a, b = { 0.91, 0.88, 0.93, 0.90, 0.92 }, { 0.89, 0.87, 0.90, 0.90, 0.89 }
--   local post = ll.stats.bayes_correlated_t(a, b, { folds = 5, rope = 0.01 })
--   post.below, post.within, post.above   --> 0.016430 0.189630 0.793940
function stats.bayes_correlated_t(a, b, options, ...)
  check.no_more("ll.stats.bayes_correlated_t", 3, ...)
  local what = "bayes_correlated_t"
  local o = check.fields(what, check.default(options, {}), { "folds", "ratio", "rope" }, 2)
  local rope, ratio = rope_of(what, o), paired.ratio_of(what, o)
  local r = paired.t_result(arrays.differences(what, a, b, 2), 1 / #a + ratio, 0.95)
  local t_cdf = ll.core.distributions.t_cdf
  local below, above
  if r.se == 0 then
    below, above = r.difference < -rope and 1.0 or 0.0, r.difference > rope and 1.0 or 0.0
  else
    below, above = t_cdf((-rope - r.difference) / r.se, r.df), t_cdf((r.difference - rope) / r.se, r.df)
  end
  return { below = below, within = math.max(0.0, 1 - below - above), above = above, mean = r.difference, scale = r.se, df = r.df }
end

-- Of sorted z: by i, how many z[j] have z[i] + z[j] below an edge, and how many at most at it.
local function counts_below(z, edge)
  local n, strict, at_most = #z, {}, {}
  local s, m = n, n
  for i = 1, n do
    while s > 0 and z[i] + z[s] >= edge do s = s - 1 end
    while m > 0 and z[i] + z[m] > edge do m = m - 1 end
    strict[i], at_most[i] = s, m
  end
  return strict, at_most
end

-- How many weights are drawn at once: draws are C's (core.signed_ranks), and Ctrl-C is heeded between.
local STEPS = 1000000

-- What the weights w of z give to sums below -2 rope and above 2 rope; a sum at the edge counts half.
local function shares(w, low, low_too, high, high_too)
  local n, before = #w, { [0] = 0.0 }
  for i = 1, n do before[i] = before[i - 1] + w[i] end
  local below, up_to = 0.0, 0.0
  for i = 1, n do
    below = below + w[i] * (before[low[i]] + before[low_too[i]])
    up_to = up_to + w[i] * (before[high[i]] + before[high_too[i]])
  end
  local all = before[n] * before[n]
  return below / (2 * all), 1 - up_to / (2 * all)
end

--- ll.stats.bayes_signed_rank(a, b [, { rope = 0.01, prior = 0.5, draws = 20000, seed = 1 }]) -> { below, within, above, mean }
-- The Bayesian signed-rank test, for one number a data set: how likely a is practically worse, equal and better on a further one.
-- Pairs of data sets are weighed by draws from a Dirichlet process with the prior strength at a difference of 0; below, within and
-- above are the shares of draws in which sums of two differences most often lie below -2 rope, between, and above 2 rope. mean
-- holds the posterior means of those three, which are exact. Benavoli et al. 2014, ICML; 2017, JMLR 18(77):1, 4.2.
--   a, b    arrays of numbers of one length, at least one: two methods' means on each data set
--   rope    differences up to this count as none, >= 0 (0.01)
--   prior   the strength of the prior, > 0: how many data sets without a difference it stands for (0.5)
--   draws   how many draws, from 1 to 10^6 (20000): a share of them is known to within 0.7 points
--   seed    a whole number; the same gives the same draws (1)
-- Errors: arrays of different lengths; a value that is NaN or no number; an option that is none.
-- See: ll.stats.signed_rank, ll.stats.bayes_correlated_t
-- Example:
--   local a = { 0.91, 0.88, 0.93, 0.70, 0.92, 0.81, 0.85 }
--   local b = { 0.89, 0.80, 0.90, 0.70, 0.86, 0.79, 0.80 }
--   local post = ll.stats.bayes_signed_rank(a, b)
--   post.below, post.within, post.above   --> …
function stats.bayes_signed_rank(a, b, options, ...)
  check.no_more("ll.stats.bayes_signed_rank", 3, ...)
  local what = "bayes_signed_rank"
  local o = check.fields(what, check.default(options, {}), { "rope", "prior", "draws", "seed" }, 2)
  local rope, prior = rope_of(what, o), check.number(what .. ": prior", check.default(o.prior, 0.5), 2)
  if prior <= 0 then error(("%s: prior must be > 0, not %s"):format(what, check.show(prior)), 2) end
  local draws = check.integer(what .. ": draws", check.default(o.draws, 20000), 1, 1000000, 2)
  local seed = check.integer(what .. ": seed", check.default(o.seed, 1), 0, nil, 2)
  local z = table.move(arrays.differences(what, a, b, 1), 1, #a, 2, { 0.0 })
  local order, sorted, alpha = {}, {}, {}
  for i = 1, #z do order[i] = i end
  table.sort(order, function(i, j) return z[i] < z[j] or z[i] == z[j] and i < j end)
  for i, at in ipairs(order) do sorted[i], alpha[i] = z[at] + 0.0, at == 1 and prior or 1.0 end
  local low, low_too = counts_below(sorted, -2 * rope)
  local high, high_too = counts_below(sorted, 2 * rope)
  -- the exact means: E w_i w_j = alpha_i (alpha_j + [i = j]) / (A (A + 1))
  local below, above = shares(alpha, low, low_too, high, high_too)
  local total, own_below, own_above = #a + prior, 0.0, 0.0
  for i = 1, #sorted do
    own_below = own_below + alpha[i] * ((i <= low[i] and 0.5 or 0) + (i <= low_too[i] and 0.5 or 0))
    own_above = own_above + alpha[i] * ((i > high[i] and 0.5 or 0) + (i > high_too[i] and 0.5 or 0))
  end
  local function exact(share, own) return (share * total + own / total) / (total + 1) end
  local mean = { below = exact(below, own_below), above = exact(above, own_above) }
  mean.within = math.max(0.0, 1 - mean.below - mean.above)
  local stream, won, step = ll.random(seed, 0, what), { 0, 0, 0 }, math.max(1, STEPS // #alpha)
  for done = 0, draws - 1, step do
    local counts = { ll.core.signed_ranks(stream, alpha, low, low_too, high, high_too, math.min(step, draws - done)) }
    for k, count in ipairs(counts) do won[k] = won[k] + count end
  end
  return { below = won[1] / draws, within = won[2] / draws, above = won[3] / draws, mean = mean }
end

return stats
