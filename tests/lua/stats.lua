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

-- where a plain formula would overflow, vanish or round
local max, huge = math.maxinteger, math.huge
t.near({ stats.mean { 1e308, 1e308, 1e308 }, stats.mean { 5e-324, 5e-324 }, stats.mean { 1.7e308, -1.7e308, 3 } },
  { 1e308, 5e-324, 1 }, "means of the largest and smallest numbers")
t.near({ stats.sd { 1.5e308, -1.5e308 }, stats.sd { 1e-200, 3e-200 }, stats.sd { 0, 5e-320 } },
  { math.sqrt(4.5) * 1e308, math.sqrt(2) * 1e-200, 5e-320 / math.sqrt(2) }, 1e-4, "their deviations")
t.near({ stats.sd { 1e16, 1e16 + 2 }, stats.sd { max, max - 10 }, stats.sd { 1 << 60, (1 << 60) + 1, (1 << 60) + 2 } },
  { math.sqrt(2), math.sqrt(50), 1 }, "digits that the mean does not hold")
t.is({ stats.sd { 0.1, 0.1, 0.1 }, stats.sd { -7, -7 }, stats.sd { 0, 0, 0 }, stats.mean_ci({ 0.1, 0.1, 0.1 }).se },
  { 0.0, 0.0, 0.0, 0.0 }, "equal values have no spread")
t.near({ stats.quantile({ -1.5e308, 1.5e308 }, 0.75), stats.quantile({ max, math.mininteger }, 0.25), stats.median { max, max } },
  { 7.5e307, -0x1p62, 0x1p63 }, "quantiles between numbers far apart")
t.is({ stats.quantile({ -huge, 1, 2 }, 0.25), stats.quantile({ 1, huge }, 0.25), stats.median { -huge, 0, huge } },
  { -huge, huge, 0.0 }, "infinite values among finite ones")
for _, nothing in ipairs { stats.mean { huge, -huge }, stats.sd { huge, 1 }, stats.median { huge, -huge },
  stats.mean_ci({ 1, huge }).low, stats.paired_t({ huge, 1 }, { 0, 0 }).p } do
  t.ok(nothing ~= nothing, "inf - inf is nan")
end
local tiny = stats.paired_t({ 1e-200, 3e-200, 4e-200 }, { 0, 0, 0 })
local same = stats.paired_t({ 1, 3, 4 }, { 0, 0, 0 })
t.near({ tiny.t, tiny.p, tiny.low, tiny.high }, { same.t, same.p, same.low * 1e-200, same.high * 1e-200 },
  "paired_t of tiny numbers")
local wide = stats.paired_t({ 1e306, 3e306, 4e306 }, { 0, 0, 0 })
t.near({ wide.t, wide.p, wide.low, wide.high }, { same.t, same.p, same.low * 1e306, same.high * 1e306 }, "and of large ones")
t.is(stats.paired_t({ max, 3 }, { math.mininteger, 0 }).difference > 0, true, "differences of integers do not wrap around")
t.is(stats.signs({ max, math.mininteger, max }, { math.mininteger, max, max - 1 }), { wins = 2, losses = 1, ties = 0, p = 1.0 },
  "nor does their sign, and 2^63 - 1 is above 2^63 - 2")
t.is(stats.signed_rank({ math.mininteger, 1 }, { 0, -1 }).w, 1.0, "the least integer is the farthest from 0")
t.is(stats.signed_rank({ (1 << 53) + 1, 1 << 53 }, { 0x1p53, 0 }).w, 3.0, "an integer against a float")
local near_1 = stats.mean_ci({ 1, 2 }, { level = 1 - 0x1p-53 })
t.near(near_1.high, 0.5 / (math.pi * 0x1p-54), 1e-12, "a level next to 1 has an interval")
local level_half = stats.mean_ci({ 1, 2 }, { level = 0.5 })
t.near({ level_half.low, level_half.high }, { 1, 2 }, "the interval of one degree of freedom")
t.is(stats.holm {}, {}, "no p-values")
t.is(stats.holm { 0, 0.0, 1, 5e-324 }, { 0.0, 0.0, 1.0, 1e-323 }, "p-values of 0")
local long, none = {}, {}
for i = 1, 20000 do long[i], none[i] = i % 3 == 0 and i or -i, 0 end
w = stats.signed_rank(long, none)
t.is({ w.n, w.exact, w.p }, { 20000, false, 0.0 }, "signed_rank of many pairs")
for _, n in ipairs { 50, 51, 52, 60, 200 } do -- as balanced as can be: the sums of both signs are alike, or 1 apart
  local d, zero = {}, {}
  for i = 1, n do d[i], zero[i] = i % 4 < 2 and i or -i, 0 end
  local p = stats.signed_rank(d, zero).p
  t.ok(p > 0.8 and p <= 1, n .. " balanced pairs: p is " .. p)
end

-- every function at every extreme: it gives a number in its range or says what it wants, whatever it is called with
local extremes = { 0, 0.0, -0.0, 1, -1, 0.5, 5e-324, -5e-324, 2.2e-308, 1e-300, 1e-17, 1 - 0x1p-53, 0.5 - 0x1p-54, 2, 3.5, 3001,
  1e15, 0x1p53, (1 << 53) + 1, max, math.mininteger, 1e150, 1e300,
  1.7976931348623157e308, -1e300, huge, -huge, 0 / 0, "1", true, {}, print }
local probability = { normal_cdf = 1, t_cdf = 2, t_two_sided = 2, binomial_cdf = 3, beta_inc = 3, chi_square_tail = 2, f_tail = 3,
  range_tail = 2 } -- how many arguments each has
local counts = { normal_quantile = 1, t_quantile = 2, range_quantile = 2 }
for name, count in pairs(probability) do counts[name] = count end
for name, count in pairs(counts) do
  local bad, called = nil, 0
  local function try(given, i)
    if i <= count then
      for _, value in ipairs(extremes) do
        given[i] = value
        try(given, i + 1)
      end
      return
    end
    called = called + 1
    local fine, got = pcall(stats[name], table.unpack(given, 1, count))
    local right = fine and type(got) == "number" and got == got and (not probability[name] or got >= 0 and got <= 1)
      or not fine and tostring(got):find("^" .. name .. ": .+ must be .+, not ") or not fine and got:find "is needed, not "
    if not right and not bad then
      bad = table.concat({ tostring(given[1]), tostring(given[2]), tostring(given[3]), "gives", tostring(got) }, " ")
    end
  end
  try({}, 1)
  t.ok(not bad, ("%s at %d extremes: %s"):format(name, called, bad or "all in range or refused"))
end
local of_ps = { holm = true, bonferroni = true, hochberg = true, benjamini_hochberg = true }
local of_no_array = { nemenyi = true, bonferroni_dunn = true, noncentral_t_cdf = true, friedman = true,
  pairwise = true, power = true, pairs_needed = true }
for name, f in pairs(stats) do -- the others: neither their arrays nor their options may be anything
  if not counts[name] then
    local takes = debug.getinfo(f, "u").nparams
    for _, value in ipairs(extremes) do
      local fine, message = pcall(f, table.unpack({ value, value, value }, 1, takes))
      t.ok(fine and type(value) == "table" or not fine and message:find(name .. ": ", 1, true),
        ("%s of %s: %s"):format(name, tostring(value), fine and "gives a value" or message))
    end
    local second = name:find "_ci" and {} or name == "rank_differences" and 9 or { 1, 2, 3 }
    if not of_no_array[name] then
      t.throws(function()
        f({ 1, nil, 3, [9] = 9 / 0 }, takes > 1 and second or nil, name:find "corr" and { folds = 3 } or nil)
      end,
        { "tests/lua/stats.lua:", of_ps[name] and name .. ": p-values are in [0, 1]; " or name .. ": value 2 is nil" },
        name .. " of a hole, pointing at its call")
    end
  end
end

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
t.throws(function() stats.normal_cdf(0 / 0) end, "normal_cdf: z must be a number, not nan", "a nan")
t.throws(function() stats.t_cdf(1, "3") end, 't_cdf: degrees of freedom must be > 0, not "3"', "a text")
t.throws(function() stats.binomial_cdf(1, 3.5, 0.5) end, "binomial_cdf: n must be a whole number from 0 to 2^53, not 3.5",
  "half a trial")
t.throws(function() stats.binomial_cdf(1, (1 << 53) + 1, 0.5) end, "not 9007199254740993", "more trials than a double can count")
t.throws(function() stats.beta_inc(1.5, 1, 1) end, "beta_inc: x must be in [0, 1], not 1.5", "an x above 1")
t.throws(function() stats.beta_inc(0.5, 1, huge) end, "beta_inc: b must be finite, not inf", "an infinite parameter")
t.throws(function() stats.beta_inc(0.5, 1, 1, 0.7) end, "beta_inc: y must be 1 - x, not 0.7 where x is 0.5", "another y")
t.throws(function() stats.median {} end, "median: at least 1 value needed, got 0", "the median's own name")
t.throws(function() stats.signs({}, {}) end, "signs: at least 1 pair needed, got 0", "no pair")

t.done()
