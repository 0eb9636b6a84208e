-- The Bayesian tests, effect sizes and power against figures that others published or that NumPy gave (tests/reference/stats.json
-- has those that need no draws), and against their own properties.
local t = require "tests.lua.tap"
local ll = require "losslab"
local stats = ll.stats

-- Naive Bayes and AODE on the set anneal, ten times ten folds, as Benavoli et al. 2017 (JMLR 18(77)) distribute them; their program
-- prints 0.9542966354882696, 0.04570306097263277 and 3.0353909763469744e-07 for a rope of one point.
local nbc = [[94.444 98.889 94.444 98.889 96.667 95.556 98.889 96.667 94.382 95.506 96.667 97.778 96.667 95.556 97.778 95.556 95.556
88.889 87.640 100.000 96.667 95.556 95.556 94.444 94.444 97.778 96.667 97.778 94.382 94.382 95.556 96.667 96.667
94.444 94.444 91.111 97.778 95.556 97.753 94.382 96.667 97.778 93.333 96.667 95.556 97.778 94.444 96.667 100.000
93.258 93.333 95.556 97.778 96.667 94.444 94.444 96.667 93.333 96.629 96.629 96.667 97.778 95.556 100.000 88.889
95.556 96.667 97.778 95.506 97.753 100.000 95.556 95.556 96.667 96.667 96.667 95.556 98.889 94.382 96.629 95.556
92.222 95.556 97.778 95.556 97.778 94.444 96.667 94.382 96.629 95.556 100.000 95.556 92.222 95.556 97.778 97.778
96.667 94.382 97.753]]
local aode = [[96.667 100.000 96.667 100.000 97.778 96.667 100.000 96.667 96.629 98.876 97.778 98.889 98.889 96.667 98.889 96.667
96.667 95.556 94.382 100.000 100.000 98.889 97.778 98.889 95.556 98.889 97.778 97.778 95.506 98.876 97.778 98.889
97.778 98.889 94.444 96.667 98.889 98.889 100.000 96.629 96.667 98.889 95.556 97.778 98.889 98.889 98.889 96.667
100.000 98.876 96.667 98.889 100.000 96.667 96.667 97.778 97.778 95.556 100.000 97.753 97.778 98.889 97.778 100.000
94.444 96.667 98.889 97.778 97.753 98.876 100.000 97.778 96.667 97.778 97.778 98.889 96.667 98.889 95.506 100.000
96.667 93.333 96.667 100.000 98.889 100.000 95.556 96.667 98.876 98.876 97.778 100.000 97.778 98.889 97.778 97.778
98.889 98.889 96.629 97.753]]
local function numbers(words)
  local out = {}
  for word in words:gmatch "%S+" do out[#out + 1] = tonumber(word) / 100 end
  return out
end
nbc, aode = numbers(nbc), numbers(aode)
t.is({ #nbc, #aode }, { 100, 100 }, "ten times ten folds")
local post = stats.bayes_correlated_t(nbc, aode, { folds = 10, rope = 0.01 })
t.ok(math.abs(post.below - 0.9542966354882696) < 2e-5 and math.abs(post.within - 0.04570306097263277) < 2e-5,
  "the correlated t test prints what theirs does: " .. post.below .. ", " .. post.within) -- of accuracies in three digits
t.near(post.above, 3.0353909763469744e-07, 1e-2, "in the tail, too")
local freq = stats.corrected_t(nbc, aode, { folds = 10 })
local none = stats.bayes_correlated_t(nbc, aode, { folds = 10, rope = 0 })
t.near(2 * math.min(none.below, none.above), freq.p, 1e-12, "without a rope it is the corrected t test's p-value, halved")
local flat = stats.bayes_correlated_t({ 2, 3 }, { 1, 2 }, { folds = 5 })
t.is({ flat.below, flat.within, flat.above }, { 0.0, 0.0, 1.0 }, "the same difference everywhere leaves no doubt")

-- the signed-rank test's draws: 400000 of NumPy's, of the same process (rope 0.01, prior 0.5), gave 0, 0.32917 and 0.67083
local a = { .763, .599, .954, .628, .882, .936, .661, .583, .775, 1, .940, .619, .972, .957 } -- Demsar's C4.5 and C4.5+m
local b = { .768, .591, .971, .661, .888, .931, .668, .583, .838, 1, .962, .666, .981, .978 }
local signed = stats.bayes_signed_rank(b, a)
t.is(signed.below, 0.0, "none says that C4.5 is better")
t.ok(math.abs(signed.within - 0.32917) < 0.012 and math.abs(signed.above - 0.67083) < 0.012, -- 3.5 standard errors of 20000
  "NumPy's shares: " .. signed.within .. " and " .. signed.above)
t.near({ signed.mean.within, signed.mean.above }, { 0.43455841, 0.56544159 }, 2e-3, "their means, exact here")
local again = stats.bayes_signed_rank(b, a)
t.is(again, signed, "the same draws again")
local turned = stats.bayes_signed_rank(a, b)
t.near({ turned.mean.below, turned.mean.above }, { signed.mean.above, signed.mean.below }, 1e-13, "turned round")
local sure = stats.bayes_signed_rank({ 9, 8, 7, 9, 8, 7, 9, 9 }, { 1, 1, 1, 1, 1, 1, 1, 1 }, { draws = 500 })
t.ok(sure.above > 0.98 and sure.below == 0, "eight data sets far ahead: " .. sure.above)
local shares = stats.bayes_signed_rank(a, b, { draws = 300, seed = 5, prior = 2.5 })
t.near(shares.below + shares.within + shares.above, 1, 1e-14, "shares add up to 1")
-- the draws, which are C's, as they stand in the papers: gamma weights, and all n * n pairs
local function weight(stream, strength)
  if strength == 1 then return -ll.math.log(1 - stream:uniform()) end
  if strength < 1 then
    local above = weight(stream, strength + 1)
    return above * ll.math.pow(1 - stream:uniform(), 1 / strength)
  end
  local d = strength - 1 / 3
  while true do
    local z = stream:normal()
    local v = (1 + z / math.sqrt(9 * d)) ^ 3
    if v > 0 and ll.math.log(1 - stream:uniform()) < z * z / 2 + d - d * v + d * ll.math.log(v) then return d * v end
  end
end
local function drawn(xs, ys, o)
  local z, won, stream = { { 0.0, o.prior } }, { 0, 0, 0 }, ll.random(o.seed, 0, "bayes_signed_rank")
  for i, x in ipairs(xs) do z[i + 1] = { x - ys[i], 1 } end
  table.sort(z, function(p, q) return p[1] < q[1] end)
  for _ = 1, o.draws do
    local w, sums = {}, { 0.0, 0.0, 0.0 }
    for i, each in ipairs(z) do w[i] = weight(stream, each[2]) end
    for i, one in ipairs(z) do
      for k, other in ipairs(z) do
        local sum = one[1] + other[1]
        local side = sum < -2 * o.rope and 1 or sum > 2 * o.rope and 3 or 2
        sums[side] = sums[side] + w[i] * w[k]
      end
    end
    local side = sums[2] >= sums[1] and sums[2] >= sums[3] and 2 or sums[1] > sums[3] and 1 or 3
    won[side] = won[side] + 1
  end
  return { won[1] / o.draws, won[2] / o.draws, won[3] / o.draws }
end
local stream = ll.random(11)
for _, prior in ipairs { 0.5, 1, 2.5 } do
  for n = 1, 9, 4 do
    local xs, ys, o = {}, {}, { prior = prior, draws = 400, seed = n, rope = 0.02 }
    for i = 1, n do xs[i], ys[i] = 0.1 * stream:uniform(), 0.1 * stream:uniform() end
    local got = stats.bayes_signed_rank(xs, ys, o)
    t.is({ got.below, got.within, got.above }, drawn(xs, ys, o), n .. " data sets, a prior of " .. prior .. ": draw by draw")
  end
end
do -- that they are: what Lua runs does not grow with the draws
  local ticks = 0
  debug.sethook(function() ticks = ticks + 1 end, "", 1000)
  stats.bayes_signed_rank(b, a)
  debug.sethook()
  t.ok(ticks < 20, "20000 draws take few steps of Lua: " .. ticks .. " thousand")
end
local long = {}
for i = 1, 2000 do long[i] = i / 2000 end
t.is(stats.bayes_signed_rank(long, table.move(long, 1, 2000, 1, {}), { draws = 1001 }).within, 1.0,
  "and in pieces, as many data sets")
t.throws(function() ll.core.signed_ranks(ll.random(1), { 1.0 }, { 2 }, { 0 }, { 0 }, { 0 }, 1) end, "count 1 is not from 0 to 1",
  "a count beyond what there is")
t.throws(function() ll.core.signed_ranks(ll.random(1), { 0 }, { 0 }, { 0 }, { 0 }, { 0 }, 1) end, "strength 1 is not > 0",
  "a strength of nothing")

-- one difference, of a process with prior strength s: the weight of pairs in which it takes part is above 1/2 where 1 - w0^2 is
local one = stats.bayes_signed_rank({ 5 }, { 0 }, { prior = 1, draws = 20000 })
t.near(one.above, math.sqrt(0.5), 0.02, "one data set: P(1 - w0^2 > 1/2) of a uniform w0")
local half = stats.bayes_signed_rank({ 5 }, { 0 }, { prior = 0.5, draws = 20000 }) -- w0 is beta(1/2, 1)
t.near(half.above, 0.5 ^ 0.25, 0.02, "and of a prior of half a data set")

-- The paper's own example: mean accuracies (per cent) of naive Bayes and AODE on its 54 data sets, ten times ten folds, as the
-- authors distribute them. Their program prints 0.000, 0.123 and 0.877 for a rope of one point and prior strength 1/2 (150000
-- draws).
local nbc_means = numbers [[95.94595 71.39521 83.33770 49.98591 76.16673 86.21744 84.44935 81.87252 52.81140 75.04000 71.93504
50.12499 72.03123 60.00000 83.68750 84.36091 98.31118 89.40237 93.33322 87.79086 87.59993 56.84723 85.09998 62.66532 74.63639
96.38929 95.76072 90.29939 92.16903 93.37478 80.41671 87.72004 75.26002 68.11142 47.19786 91.14715 85.59372 86.62217 93.81435
76.71185 92.19582 89.82622 79.21932 95.41686 59.03334 62.06667 46.32085 58.78783 79.96800 64.92861 98.70582 97.19638 57.61428
93.98181]]
local aode_means = numbers [[97.88477 71.65610 82.87099 50.70515 74.16672 86.68119 85.46383 82.02315 60.08016 75.83000 74.53460
45.76250 72.64526 60.00000 84.31250 84.42988 98.52327 91.08580 93.06656 91.03252 88.43326 56.84723 86.86189 64.52785 84.63801
96.73215 99.95080 92.73304 96.91635 96.92301 79.83337 97.76273 75.70347 66.77809 47.87167 95.06921 88.36932 87.31057 97.81069
77.04996 93.30815 93.11031 80.90305 96.11599 59.40000 67.66667 46.72085 75.69693 85.00800 66.73810 98.20580 97.05376 57.81658
94.66363]]
t.is({ #nbc_means, #aode_means }, { 54, 54 }, "54 data sets")
local paper = stats.bayes_signed_rank(aode_means, nbc_means, { rope = 0.01, draws = 100000 })
t.is(paper.below, 0.0, "on none of the draws is AODE worse")
t.ok(math.abs(paper.within - 0.123) < 0.005 and math.abs(paper.above - 0.877) < 0.005,
  "Benavoli et al. 2017: 0.123 and 0.877: " .. paper.within .. " and " .. paper.above)
t.near({ paper.mean.below, paper.mean.within, paper.mean.above }, { 0.032399, 0.396975, 0.570626 }, 2e-4, "exact means")

-- effect sizes
t.near(stats.cohens_d({ 2, 4, 6 }, { 1, 3, 5 }).d, 0.5, 1e-14, "Cohen's d")
t.is(stats.cohens_d({ 1, 1 }, { 1, 1 }).d, 0.0, "no difference and no spread")
t.is({ stats.cliffs_delta({ 1, 2 }, { 3, 4 }).delta, stats.cliffs_delta({ 3 }, { 3 }).a12 }, { -1.0, 0.5 }, "Cliff's delta")
t.is({ stats.rank_biserial({ 1, 2 }, { 1, 2 }), stats.rank_biserial({ 2, 3 }, { 1, 1 }) }, { 0.0, 1.0 }, "rank-biserial")

-- power: R's power.t.test(n, delta, type = "paired", strict = TRUE)
t.near(stats.power { difference = 0.5, sd = 1, n = 34 }, 0.8077775012792836, 1e-6, "R's power of 34 pairs")
t.is(stats.pairs_needed({ difference = 0.5, sd = 1 }).n, 34, "and its sample size")
t.is(stats.pairs_needed({ difference = -0.5, sd = 1 }).n, 34, "either direction")
t.near(stats.power { difference = 0, sd = 1, n = 10 }, 0.05, 1e-12, "without a difference it is the level")
local same = stats.pairs_needed { difference = 0, sd = 1 }
t.near(same.limit, 0.05, 1e-12, "so it is of endless pairs")
t.is(same.n, nil, "and no number of them is enough")
-- The least n, wherever the search for it begins: enough, and one step fewer is not.
for _, o in ipairs { { 0.02 }, { 0.3, 0.5 }, { 3 }, { 40 }, { 0.1, 0.99 }, { 0.001, 0.06 } } do
  local asked = { difference = o[1], sd = 1, power = o[2] or 0.8 }
  local n = stats.pairs_needed(asked).n
  local function power(k) return stats.power { difference = o[1], sd = 1, n = k } end
  t.ok(power(n) >= asked.power and (n == 2 or power(n - 1) < asked.power), "the least is " .. n)
end
local power_of, asked = ll.core.distributions.noncentral_t_cdf, 0
ll.core.distributions.noncentral_t_cdf = function(...) asked = asked + 1; return power_of(...) end
stats.pairs_needed { difference = 0.0005, sd = 1 }
ll.core.distributions.noncentral_t_cdf = power_of
t.ok(asked <= 40, "millions of pairs take few looks at the distribution: " .. asked)
local never = stats.pairs_needed { difference = 0.5, sd = 1, folds = 5 }
t.is(never.n, nil, "more seeds of five folds never find half a deviation")
t.ok(never.limit > 0.1 and never.limit < 0.2, "their chance ends at " .. never.limit)
local seeds = stats.pairs_needed { difference = 1.6, sd = 1, folds = 5 }
t.is(seeds.n, 5 * seeds.seeds, "folds by seeds")
t.ok(stats.power { difference = 1.6, sd = 1, folds = 5, n = seeds.n } >= 0.8, "which is enough")
t.ok(stats.power { difference = 1.6, sd = 1, folds = 5, n = seeds.n - 5 } < 0.8, "and one seed fewer is not")
local pair = stats.pairwise { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 5 }, { 1, 4, 6 } }
t.is({ #pair, pair[1].wins, pair[1].losses, pair[2].wins }, { 3, 1, 3, 0 }, "pairwise")
t.is(#stats.pairwise({ { 1, 2, 3 }, { 1, 3, 2 } }, { control = 2 }), 2, "against a control")

-- errors
local here = "tests/lua/bayes.lua:"
t.throws(function() stats.bayes_correlated_t(a, b) end, { here, "give either ratio (rows tested / rows trained) or" }, "no folds")
t.throws(function() stats.bayes_correlated_t(a, b, { folds = 5, rope = -1 }) end, { here, "rope must be >= 0, not -1" }, "a rope")
t.throws(function() stats.bayes_signed_rank(a, b, { prior = 0 }) end, { here, "prior must be > 0, not 0" }, "no prior")
t.throws(function() stats.bayes_signed_rank(a, b, { draws = 0 }) end, { here, "draws must be an integer" }, "no draws")
t.throws(function() stats.power { difference = 1, sd = 0, n = 3 } end, { here, "power: sd must be > 0, not 0" }, "no spread")
t.throws(function() stats.power { difference = 1, sd = 1 } end, { here, "power: n must be an integer >= 2, not nil" }, "no n")
t.throws(function() stats.pairs_needed { difference = 1, sd = 1, folds = 3, ratio = 1 } end, { here, "give either ratio" }, "both")
t.throws(function() stats.pairwise { { 1, math.huge }, { 1, 2 } } end, { here, "score 2 of data set 1 must be a number, not inf" },
  "a difference that is infinite")

t.done()
