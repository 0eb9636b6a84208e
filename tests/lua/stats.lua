-- The statistics of comparisons against values of R 4.2 (pt, qt, pnorm, qnorm, pbinom, pbeta, t.test, wilcox.test, p.adjust,
-- quantile) and of the tables in textbooks, and against counting by brute force.
local t = require "tests.lua.tap"
local stats = require "losslab.results.stats"

-- distributions
for _, case in ipairs {
  { -2.5, 4, 0.033383272405994063 }, { 1.3, 1, 0.79128559983984736 }, { -30, 7, 5.8942344403665628e-09 },
  { 0.001, 3, 0.50036755251526954 }, { -3, 1e6, 0.0013499312707108962 }, { -1.2, 0.5, 0.27962896306568225 },
  { -8, 250, 2.3264007594587724e-14 },
} do
  t.near(stats.t_cdf(case[1], case[2]), case[3], 1e-12, ("t_cdf(%g, %g)"):format(case[1], case[2]))
end
for df, want in pairs { [1] = 12.706204736174694, [2] = 4.3026527297494619, [4] = 2.7764451051977934, [9] = 2.2621571627982049,
  [29] = 2.0452296421327034, [1000] = 1.9623390808264076, [1000000] = 1.9599663568141066 } do
  t.near(stats.t_quantile(0.975, df), want, 1e-12, "t_quantile(0.975, " .. df .. ")")
end
t.near(stats.t_quantile(1e-10, 3), -2225.7692846830946, 1e-12, "t_quantile far out")
t.near(stats.t_quantile(0.6, 0.5), 0.39797542678478237, 1e-12, "t_quantile with half a degree of freedom")
t.near(stats.t_cdf(-1e200, 1), 1e-200 / math.pi, 1e-12, "t_cdf at -1e200")
t.is({ stats.t_quantile(0, 3), stats.t_quantile(0.5, 3), stats.t_quantile(1, 3) }, { -math.huge, 0.0, math.huge },
  "t_quantile at 0, 1/2, 1")
t.near(stats.t_cdf(-2, math.huge), stats.normal_cdf(-2), 0, "infinite degrees of freedom are normal")
for _, case in ipairs { { -1.96, 0.024997895148220428 }, { -10, 7.6198530241605269e-24 }, { 1.5, 0.93319279873114191 },
  { -2.9, 0.0018658133003840384 } } do
  t.near(stats.normal_cdf(case[1]), case[2], 1e-12, ("normal_cdf(%g)"):format(case[1]))
end
for _, case in ipairs { { 0.975, 1.9599639845400536 }, { 1e-15, -7.9413453261709952 }, { 0.5001, 0.00025066283008800752 } } do
  t.near(stats.normal_quantile(case[1]), case[2], 1e-12, ("normal_quantile(%g)"):format(case[1]))
end
for _, case in ipairs { { 3, 10, 0.5, 0.171875 }, { 30, 100, 0.5, 3.9250698227968443e-05 }, { 2, 7, 0.2, 0.851968 } } do
  local k, n, p, want = table.unpack(case)
  t.near(stats.binomial_cdf(k, n, p), want, 1e-12, ("binomial_cdf(%d, %d, %g)"):format(k, n, p))
end
t.near(stats.beta_inc(0.3, 2.5, 4), 0.35219758590676714, 1e-12, "beta_inc")
t.near(stats.beta_inc(0.99, 50, 0.5), 0.31730439787419762, 1e-12, "beta_inc near 1")
t.is({ stats.normal_cdf(0), stats.normal_cdf(1e-310), stats.t_cdf(0, math.huge), stats.t_two_sided(0, 3) }, { 0.5, 0.5, 0.5, 1.0 },
  "the middle")
t.is({ stats.normal_cdf(-math.huge), stats.t_cdf(math.huge, 4), stats.binomial_cdf(-1, 3, 0.5), stats.binomial_cdf(3, 3, 0.5) },
  { 0.0, 1.0, 0.0, 1.0 }, "the ends")
t.near(stats.binomial_cdf(1e15, 2e15, 0.5), 0.5 + 0.5 / math.sqrt(math.pi * 1e15), 1e-14, "binomial_cdf of 2e15 trials")
t.near(stats.binomial_cdf(1e15, 2e15 + 1, 0.5), 0.5, 1e-14, "of one more")
t.near(stats.beta_inc(0.5, 1e10, 1e10), 0.5, 1e-14, "beta_inc of large numbers")
t.near(stats.beta_inc(1 - 1e-20, 1e20, 1, 1e-20), math.exp(-1), 1e-14, "beta_inc by its y")
local worst = 0
for df = 1, 60 do
  for _, p in ipairs { 1e-6, 0.01, 0.2, 0.45, 0.7, 0.995 } do
    worst = math.max(worst, math.abs(stats.t_cdf(stats.t_quantile(p, df), df) / p - 1))
  end
end
t.ok(worst < 1e-12, "t_cdf undoes t_quantile, worst " .. worst)

-- one sample
local xs = { 3, 1, 4, 1, 5, 9, 2, 6 }
t.near(stats.mean(xs), 31 / 8, "mean")
t.near(stats.mean { 1e16, 1, -1e16 }, 1 / 3, "mean loses nothing to a large term")
t.near(stats.sd(xs), math.sqrt(423 / 56), "sd")
t.is(stats.sd { 5 }, nil, "one value has no sd")
t.near({ stats.quantile(xs, 0.1), stats.quantile(xs, 0.25), stats.quantile(xs, 0.9) }, { 1, 1.75, 6.9 }, "as R's type 7")
t.is({ stats.median(xs), stats.quantile(xs, 0), stats.quantile(xs, 1) }, { 3.5, 1.0, 9.0 }, "median and ends")
t.is(xs, { 3, 1, 4, 1, 5, 9, 2, 6 }, "the array given is left as it was")
local ci = stats.mean_ci(xs)
t.near({ ci.low, ci.high, ci.se }, { 1.577300043159245, 6.1726999568407548, stats.sd(xs) / math.sqrt(8) }, "95 % interval")
ci = stats.mean_ci(xs, { level = 0.9 })
t.near({ ci.low, ci.high }, { 2.0340423187893482, 5.7159576812106518 }, "90 %")
ci = stats.mean_ci { 2 }
t.is(ci, { n = 1, mean = 2.0, low = -math.huge, high = math.huge, level = 0.95 }, "one value says nothing of its spread")

-- Student's sleep data (Student 1908; R's `sleep`)
local drug1 = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0 }
local drug2 = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 }
local r = stats.paired_t(drug1, drug2)
t.near({ r.t, r.p, r.difference }, { -4.06212768338204, 0.0028328901973842702, -1.58 }, 1e-12, "paired_t on the sleep data")
t.near({ r.low, r.high }, { -2.4598857632769824, -0.70011423672301754 }, 1e-12, "its interval")
t.is({ r.df, r.n }, { 9, 10 }, "its degrees of freedom")
-- the corrected one differs by the factor of Nadeau and Bengio alone: (1/10 + 1/9) for 1/10
local c = stats.corrected_t(drug1, drug2, { folds = 10 })
t.near(c.t, r.t * math.sqrt((1 / 10) / (1 / 10 + 1 / 9)), 1e-12, "corrected_t's t")
t.near((c.high - c.low) / (r.high - r.low), math.sqrt(1 + 10 / 9), 1e-12, "corrected_t's interval is wider")
t.near(c.p, stats.t_two_sided(c.t, 9), 0, "corrected_t's p")
t.is(stats.corrected_t(drug1, drug2, { ratio = 1 / 9 }), c, "a ratio says the same as folds")
local z = stats.paired_t({ 1, 2, 3 }, { 1, 2, 3 })
t.is({ z.t, z.p, z.low, z.high }, { 0.0, 1.0, 0.0, 0.0 }, "no difference at all")
z = stats.paired_t({ 2, 3, 4 }, { 1, 2, 3 })
t.is({ z.t, z.p }, { math.huge, 0.0 }, "the same difference everywhere")

-- Wilcoxon: Hollander and Wolfe's depression scale factors, p = 0.0390625
local w = stats.signed_rank({ 1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30 }, { 0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06,
  3.14, 1.29 })
t.is({ w.w, w.n, w.zeros, w.exact }, { 40.0, 9, 0, true }, "signed_rank's w")
t.near(w.p, 0.0390625, 1e-14, "signed_rank, exact")
-- 60 pairs, ties and a zero, as wilcox.test(exact = FALSE)
local a, b = {}, {}
for i = 0, 59 do a[i + 1], b[i + 1] = (i * 37) % 61 / 10, (i * 17) % 53 / 10 end
w = stats.signed_rank(a, b)
t.is({ w.w, w.n, w.zeros, w.exact }, { 1062.0, 59, 1, false }, "signed_rank with ties and a zero")
t.near(w.p, 0.18276059108807724, 1e-12, "signed_rank, normal")
t.near(stats.signed_rank(drug1, drug2).p, 2 / 2 ^ 9, 1e-14, "all nine differences below 0")
t.is(stats.signed_rank({ 1, 2 }, { 1, 2 }).p, 1.0, "only zeros")
-- against all 2^n signs, ties included
local seed = 12345
local function draw(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % n
end
for case = 1, 20 do
  local d, zero, n = {}, {}, 1 + draw(10)
  for i = 1, n do d[i], zero[i] = (draw(2) * 2 - 1) * (1 + draw(4)), 0 end
  local got, ranks = stats.signed_rank(d, zero), {}
  for i = 1, n do
    local below, same = 0, 0
    for j = 1, n do
      if math.abs(d[j]) < math.abs(d[i]) then below = below + 1 elseif math.abs(d[j]) == math.abs(d[i]) then same = same + 1 end
    end
    ranks[i] = below + (same + 1) / 2
  end
  local observed, all = 0, n * (n + 1) / 2
  for i = 1, n do observed = observed + (d[i] > 0 and ranks[i] or 0) end
  local extreme = 0
  for signs = 0, 2 ^ n - 1 do
    local sum = 0
    for i = 1, n do sum = sum + ((signs // 2 ^ (i - 1)) % 2 == 1 and ranks[i] or 0) end
    if sum <= math.min(observed, all - observed) then extreme = extreme + 1 end
  end
  t.near({ got.w, got.p }, { observed, math.min(1, 2 * extreme / 2 ^ n) }, 1e-13, "signed_rank enumerated, case " .. case)
end

-- signs and Holm
local s = stats.signs({ 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5 }, { 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5 })
t.is({ s.wins, s.losses, s.ties }, { 3, 9, 1 }, "signs")
t.near(s.p, 0.14599609375, 1e-12, "sign test")
t.is(stats.signs({ 1, 0 }, { 0, 1 }).p, 1.0, "as many wins as losses")
t.near(stats.holm { 0.01, 0.04, 0.03, 0.005, 0.5 }, { 0.04, 0.09, 0.09, 0.025, 0.5 }, 1e-14, "holm as p.adjust")
local named = stats.holm { hinge = 0.01, square = 0.6, logistic = 0.9 }
t.near({ named.hinge, named.square, named.logistic }, { 0.03, 1, 1 }, 1e-14, "holm keeps names")

-- errors
t.throws(function() stats.mean {} end, "mean: at least 1 value needed, got 0", "nothing to average")
t.throws(function() stats.mean { 1, 0 / 0 } end, "mean: value 2 is", "NaN")
t.throws(function() stats.mean { 1, "2" } end, "value 2 is 2", "a string among the numbers")
t.throws(function() stats.paired_t({ 1, 2, 3 }, { 1, 2 }) end, "3 values against 2", "no pairs")
t.throws(function() stats.paired_t({ 1 }, { 1 }) end, "at least 2 pairs needed, got 1", "too few pairs")
t.throws(function() stats.paired_t({ math.huge, 1 }, { math.huge, 1 }) end, "pair 1", "inf - inf")
t.throws(function() stats.corrected_t(drug1, drug2) end, "ratio", "the ratio is needed")
t.throws(function() stats.corrected_t(drug1, drug2, { folds = 1 }) end, "folds must be an integer >= 2, not 1", "one fold")
t.throws(function() stats.mean_ci(xs, { level = 95 }) end, "mean_ci: level must be a number between 0 and 1, not 95",
  "a level as a percentage")
t.throws(function() stats.mean_ci(xs, { lvl = 0.9 }) end, 'mean_ci has no option "lvl"; there are level', "an unknown option")
t.throws(function() stats.holm { 0.1, 1.5 } end, "2 is 1.5", "no p-value")
t.throws(function() stats.quantile(xs, 25) end, "p must be in [0, 1], not 25", "a quantile as a percentage")
t.throws(function() stats.t_quantile(0.5, 0) end, "t_quantile: degrees of freedom must be > 0, not 0", "no degrees of freedom")
t.throws(function() stats.t_cdf(1, 0 / 0) end, "t_cdf: degrees of freedom must be > 0, not", "NaN degrees of freedom")
t.throws(function() stats.normal_quantile(1.5) end, "normal_quantile: a probability in [0, 1] is needed, not 1.5", "no probability")
t.throws(function() stats.binomial_cdf(1, 2) end, "binomial_cdf: a probability in [0, 1] is needed, not nil", "nor is nil")
t.throws(function() stats.beta_inc(0.5, -1, 2) end, "beta_inc: a must be > 0, not -1", "a negative parameter")
t.throws(function() stats.normal_cdf() end, "normal_cdf: z must be a number", "no number")

t.done()
