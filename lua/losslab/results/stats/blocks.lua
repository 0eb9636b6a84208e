-- Several methods on several data sets: Friedman's test of mean ranks, and how far two mean ranks must be apart. scores[i][j] is
-- what method j reached on data set i, higher is better, or what there is of it in any order: ranks alone count.
local arrays = require "losslab.results.stats.arrays"
local adjusted = require "losslab.results.stats.adjusted"
local check = require "losslab.check"
local distributions = require "losslab".core.distributions
local effects = require "losslab.results.stats.effects"
local paired = require("losslab.results.stats.paired").functions
local samples = require "losslab.results.stats.samples"

local stats = {}

local sqrt, abs, huge = math.sqrt, math.abs, math.huge

-- How many data sets and methods there are; every row is as long as the first.
local function size_of(what, scores)
  if type(scores) ~= "table" then
    error(("%s: an array of data sets is needed, each an array of scores, not %s"):format(what, check.show(scores)), 3)
  end
  local n = #scores
  if n < 2 then error(("%s: at least 2 data sets needed, got %d"):format(what, n), 3) end
  for i, row in ipairs(scores) do
    arrays.check(("%s: data set %d"):format(what, i), row, 2, 4)
    if #row ~= #scores[1] then
      error(("%s: data set %d has %d scores, data set 1 has %d; leave out what is not complete, or rank it last by -math.huge")
        :format(what, i, #row, #scores[1]), 3)
    end
  end
  return n, #scores[1]
end

-- Midranks of one data set, 1 for the best, and the sizes of its groups of ties.
local function ranks_of(row, sign)
  local order, ranks, ties = {}, {}, {}
  for j = 1, #row do order[j] = j end
  table.sort(order, function(i, j) return sign * row[i] > sign * row[j] end)
  local i = 1
  while i <= #order do
    local j = i
    while j < #order and row[order[j + 1]] == row[order[i]] do j = j + 1 end
    for k = i, j do ranks[order[k]] = (i + j) / 2 end
    ties[#ties + 1] = j - i + 1
    i = j + 1
  end
  return ranks, ties
end

-- The chance that all data sets order the methods as the first does, whatever that is: F is infinite there.
local function all_alike(every_ties)
  local chance = 1.0
  for i = 2, #every_ties do
    local placed = 0
    for _, size in ipairs(every_ties[i]) do
      for k = 1, size do
        placed = placed + 1
        chance = chance * k / placed
      end
    end
  end
  return chance
end

--- ll.stats.friedman(scores [, { goal = "max" }]) -> { n, k, ranks, chi2, chi2_p, f, df1, df2, p, plain }
-- Friedman's test of several methods over several data sets: whether their mean ranks differ.
-- On each data set the methods are ranked (1 is the best, ties share midranks); ranks holds the mean ones. chi2 is Friedman's
-- statistic corrected for ties, chi2_p its p; f = (n - 1) chi2 / (n (k - 1) - chi2) is that of Iman and Davenport, less
-- conservative, F distributed with k - 1 and (k - 1) (n - 1) degrees of freedom, and p its. plain holds chi2, f and p without the
-- correction for ties, as Demsar prints them. Where all data sets order alike f is infinite, and p the chance of that.
-- Friedman 1937, JASA 32:675; Iman and Davenport 1980, Comm. Stat. A9:571; Demsar 2006, JMLR 7:1, 3.2.2.
--   scores   an array of data sets, at least two, each an array of the methods' scores, at least two; -math.huge ranks last
--   goal     "max" where higher scores are better, or "min" ("max")
-- Errors: rows of different lengths; a score that is NaN or no number; an option that is none.
-- See: ll.stats.nemenyi, ll.stats.rank_differences, ll.stats.pairwise
-- Example:
--   local test = ll.stats.friedman { { 0.9, 0.8, 0.7 }, { 0.6, 0.5, 0.4 }, { 0.8, 0.9, 0.7 }, { 0.7, 0.6, 0.5 } }
--   test.ranks, test.chi2, test.f, test.p   --> { 1.25, 1.75, 3 } 6.5 13 0.006592
function stats.friedman(scores, options, ...)
  check.no_more("ll.stats.friedman", 2, ...)
  options = check.fields("friedman", check.default(options, {}), { "goal" }, 2)
  local goal = check.among("friedman: there is no goal", check.default(options.goal, "max"), { "max", "min" }, 2)
  local n, k = size_of("friedman", scores)
  local sums, every, tied = {}, {}, 0
  for j = 1, k do sums[j] = 0 end
  for i = 1, n do
    local ranks, ties = ranks_of(scores[i], goal == "max" and 1 or -1)
    for j = 1, k do sums[j] = sums[j] + ranks[j] end
    for _, size in ipairs(ties) do tied = tied + (size ^ 3 - size) end
    every[i] = ties
  end
  local squares, ranks = 0, {}
  for j = 1, k do
    squares, ranks[j] = squares + (sums[j] - n * (k + 1) / 2) ^ 2, sums[j] / n
  end
  local df1, df2 = k - 1, (k - 1) * (n - 1)
  local function tests(share) -- share: of the ranks' variance that ties leave
    local chi2 = share > 0 and 12 * squares / (n * k * (k + 1) * share) or 0.0
    local rest = n * (k - 1) - chi2
    local alike = rest <= 1e-12 * n * k
    local f = alike and huge or (n - 1) * chi2 / rest
    return chi2, f, alike and all_alike(every) or distributions.f_tail(f, df1, df2)
  end
  local chi2, f, p = tests(1 - tied / (n * k * (k * k - 1.0)))
  local plain_chi2, plain_f, plain_p = tests(1)
  return { n = n, k = k, ranks = ranks, chi2 = chi2, chi2_p = distributions.chi_square_tail(chi2, df1), f = f, df1 = df1, df2 = df2,
    p = p, plain = { chi2 = plain_chi2, f = plain_f, p = plain_p } }
end

-- k methods and n data sets, and the standard error of a difference of two mean ranks.
local function se_of(what, k, n)
  check.integer(what .. ": k, how many methods,", k, 2, 1000000, 3)
  check.integer(what .. ": n, how many data sets,", n, 1, nil, 3)
  return sqrt(k * (k + 1) / (6 * n))
end

--- ll.stats.nemenyi(k, n [, { level = 0.95 }]) -> cd
-- The critical difference of Nemenyi's test: two of k methods differ whose mean ranks over n data sets are further apart.
-- q / sqrt(2) * sqrt(k (k + 1) / (6 n)), q the quantile of the range of k normals. It holds for all pairs at once, where
-- Friedman's test has found a difference. Nemenyi 1963; Demsar 2006, JMLR 7:1, 3.2.2. Whether two methods differ by it hangs on
-- which others are compared, too: of ll.stats.pairwise that is not so.
--   k       how many methods, from 2
--   n       how many data sets, from 1
--   level   1 - the chance that any pair is called different where none is (0.95)
-- Errors: numbers outside these ranges.
-- See: ll.stats.friedman, ll.stats.bonferroni_dunn
-- Example:
--   ll.stats.nemenyi(4, 14)   --> 1.253527
function stats.nemenyi(k, n, options, ...)
  check.no_more("ll.stats.nemenyi", 3, ...)
  local _, level = arrays.options("nemenyi", options, { "level" })
  local se = se_of("nemenyi", k, n)
  return distributions.range_quantile(level, k) / sqrt(2) * se
end

--- ll.stats.bonferroni_dunn(k, n [, { level = 0.95 }]) -> cd
-- The critical difference of the Bonferroni-Dunn test: one of k methods, the control, differs from those whose mean ranks over n
-- data sets are further from its own.
-- z sqrt(k (k + 1) / (6 n)), z the normal quantile of (1 - level) / (k - 1), two-sided. Dunn 1961, JASA 56:52; Demsar 2006.
--   k       how many methods with the control, from 2
--   n       how many data sets, from 1
--   level   1 - the chance that any is called different where none is (0.95)
-- Errors: numbers outside these ranges.
-- See: ll.stats.nemenyi, ll.stats.rank_differences, ll.stats.pairwise
-- Example:
--   ll.stats.bonferroni_dunn(4, 14)   --> 1.168151
function stats.bonferroni_dunn(k, n, options, ...)
  check.no_more("ll.stats.bonferroni_dunn", 3, ...)
  local _, level = arrays.options("bonferroni_dunn", options, { "level" })
  local se = se_of("bonferroni_dunn", k, n)
  return -distributions.normal_quantile((1 - level) / 2 / (k - 1)) * se
end

--- ll.stats.rank_differences(ranks, n [, { control }]) -> { { a, b, difference, z, p, holm, … }, … }
-- Which of several methods differ by their mean ranks: a z test of each pair, or of each method against a control, adjusted.
-- z is the difference of the mean ranks over sqrt(k (k + 1) / (6 n)); p two-sided; holm adjusted over all rows; of pairs nemenyi is
-- that of Nemenyi's test too. Demsar 2006, JMLR 7:1, 3.2.2.
--   ranks     mean ranks, as ll.stats.friedman gives them
--   n         how many data sets they are of
--   control   the place of the method that the others are held against (none: all pairs)
-- Errors: a control that is no place; an option that is none.
-- See: ll.stats.friedman, ll.stats.nemenyi
-- Example:
--   local rows = ll.stats.rank_differences({ 3.143, 2.000, 2.893, 1.964 }, 14, { control = 1 })
--   rows[3].b, rows[3].z, rows[3].p, rows[3].holm   --> 4 2.416214 0.015683 0.047049
function stats.rank_differences(ranks, n, options, ...)
  check.no_more("ll.stats.rank_differences", 3, ...)
  options = check.fields("rank_differences", check.default(options, {}), { "control" }, 2)
  arrays.check("rank_differences", ranks, 2)
  local k, control = #ranks, options.control
  if control ~= nil then check.integer("rank_differences: control", control, 1, k, 2) end
  local se, out, ps = se_of("rank_differences", k, n), {}, {}
  for a = control or 1, control or k do
    for b = control and 1 or a + 1, k do
      if a ~= b then
        local z = (ranks[a] - ranks[b]) / se
        local row = { a = a, b = b, difference = ranks[a] - ranks[b], z = z, p = 2 * distributions.normal_cdf(-abs(z)) }
        if not control then row.nemenyi = distributions.range_tail(abs(z) * sqrt(2), k) end
        out[#out + 1], ps[#ps + 1] = row, row.p
      end
    end
  end
  for i, p in ipairs(adjusted.holm(ps)) do out[i].holm = p end
  return out
end

--- ll.stats.pairwise(scores [, { control }]) -> { { a, b, n, wins, losses, ties, median, w, p, holm, effect }, … }
-- Which of several methods differ over data sets, pair by pair: Wilcoxon's signed-rank test of each, with Holm's correction over
-- all. Unlike mean ranks, a pair's test does not hang on which other methods are compared (Benavoli, Corani and Mangili 2016, JMLR
-- 17(5):1). Differences are a - b: median, wins (of a), losses and ties; w and p as ll.stats.signed_rank gives them, effect is the
-- matched rank-biserial correlation.
--   scores    an array of data sets, at least two, each an array of the methods' scores, at least two
--   control   the place of the method that the others are held against: rows of it alone (none: all pairs)
-- Errors: rows of different lengths; a score that is NaN, infinite or no number; a control that is no place; an option that is
-- none.
-- See: ll.stats.friedman, ll.stats.signed_rank, ll.stats.holm
-- Example:
--   local scores = { { 0.9, 0.8 }, { 0.6, 0.5 }, { 0.8, 0.9 }, { 0.7, 0.5 }, { 0.9, 0.6 } }
--   local row = ll.stats.pairwise(scores)[1]
--   row.wins, row.losses, row.p   --> 4 1 0.25
function stats.pairwise(scores, options, ...)
  check.no_more("ll.stats.pairwise", 2, ...)
  options = check.fields("pairwise", check.default(options, {}), { "control" }, 2)
  local n, k = size_of("pairwise", scores)
  local control, out, ps = options.control, {}, {}
  if control ~= nil then check.integer("pairwise: control", control, 1, k, 2) end
  local methods = {}
  for j = 1, k do
    methods[j] = {}
    for i = 1, n do methods[j][i] = check.number(("pairwise: score %d of data set %d"):format(j, i), scores[i][j], 2) end
  end
  for a = control or 1, control or k do
    for b = control and 1 or a + 1, k do
      if a ~= b then
        local d = {}
        for i = 1, n do d[i] = methods[a][i] - methods[b][i] end
        local signs, ranks = paired.signs(methods[a], methods[b]), paired.signed_rank(methods[a], methods[b])
        out[#out + 1] = { a = a, b = b, n = n, wins = signs.wins, losses = signs.losses, ties = signs.ties,
          median = samples.functions.median(d), w = ranks.w, p = ranks.p, effect = effects.rank_biserial(methods[a], methods[b]) }
        ps[#ps + 1] = ranks.p
      end
    end
  end
  for i, p in ipairs(adjusted.holm(ps)) do out[i].holm = p end
  return out
end

return stats
