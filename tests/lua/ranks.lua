-- Tests over several data sets against Demsar's worked example (JMLR 7:1, 2006: four forms of C4.5 on 14 data sets), SciPy 1.10
-- and R 4.2 (friedman.test, ptukey, p.adjust), and against their own properties.
local t = require "tests.lua.tap"
local stats = require("losslab").stats

-- Demsar's Table 6: AUC of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf. Where voting ties to three digits his ranks tell the last two apart.
local c45 = { { .763, .768, .771, .798 }, { .599, .591, .590, .569 }, { .954, .971, .968, .967 }, { .628, .661, .654, .657 },
  { .882, .888, .886, .898 }, { .936, .931, .916, .931 }, { .661, .668, .609, .685 }, { .583, .583, .563, .625 },
  { .775, .838, .866, .875 }, { 1, 1, 1, 1 }, { .940, .962, .965, .962 }, { .619, .666, .614, .669 },
  { .972, .981, .9751, .975 }, { .957, .978, .946, .970 } }
local f = stats.friedman(c45)
t.near(f.ranks, { 44 / 14, 2, 40.5 / 14, 27.5 / 14 }, 1e-14, "Demsar's average ranks 3.143, 2.000, 2.893, 1.964")
t.near({ f.plain.chi2, f.plain.f }, { 9.28, 3.69 }, 2e-3, "his chi2 of 9.28 and F of 3.69")
t.is({ f.n, f.k, f.df1, f.df2 }, { 14, 4, 3, 39 }, "with 3 and 39 degrees of freedom")
t.near({ f.chi2, f.chi2_p }, { 10.228346456692925, 0.016721580328441323 }, 1e-12, "corrected for ties as SciPy and R do")
t.near(f.f, 13 * f.chi2 / (14 * 3 - f.chi2), 1e-13, "Iman and Davenport's F of it")
t.near(f.p, 0.01162065951531101, 1e-10, "R's pf of that") -- pf(4.18513011152416, 3, 39, lower.tail = FALSE)
t.near({ stats.nemenyi(4, 14), stats.nemenyi(4, 14, { level = 0.9 }) }, { 1.25, 1.12 }, 4e-3, "his critical differences")
t.near({ stats.bonferroni_dunn(4, 14), stats.bonferroni_dunn(4, 14, { level = 0.9 }) }, { 1.168, 1.039 }, 1e-3,
  "those of Bonferroni and Dunn: 2.394 and 2.128 times 0.488")
local to_control = stats.rank_differences(f.ranks, 14, { control = 1 })
t.near({ to_control[1].z, to_control[2].z, to_control[3].z }, { 2.342, 0.512, 2.416 }, 1e-3, "z against C4.5")
t.near({ to_control[1].p, to_control[2].p, to_control[3].p }, { 0.019, 0.607, 0.016 }, 2e-2, "their p")
local least, most = to_control[3].p, to_control[2].p
t.near({ to_control[1].holm, to_control[2].holm, to_control[3].holm }, { 3 * least, most, 3 * least }, 1e-14, "Holm's")
local all_pairs = stats.rank_differences(f.ranks, 14)
t.is(#all_pairs, 6, "all pairs")
for _, row in ipairs(all_pairs) do
  local apart = math.abs(row.difference) > stats.nemenyi(4, 14)
  t.is(row.nemenyi < 0.05, apart, ("Nemenyi's p of %d against %d and the critical difference say the same"):format(row.a, row.b))
end

-- Demsar's Table 5: the critical values, and Nemenyi's of k = 2 is that of the normal
local q05 = { 1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164 }
local q10 = { 1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920 }
local dunn = { 1.960, 2.241, 2.394, 2.498, 2.576, 2.638, 2.690, 2.724, 2.773 }
for k = 2, 10 do
  local one = math.sqrt(k * (k + 1) / 6)
  t.near({ stats.nemenyi(k, 1) / one, stats.nemenyi(k, 1, { level = 0.9 }) / one }, { q05[k - 1], q10[k - 1] }, 3e-4,
    "Nemenyi's critical values of " .. k)
  if k ~= 9 then t.near(stats.bonferroni_dunn(k, 1) / one, dunn[k - 1], 3e-4, "Dunn's of " .. k) end -- his 2.724 is 2.734
end
t.near(stats.range_quantile(0.95, 2), math.sqrt(2) * stats.normal_quantile(0.975), 1e-13, "the range of two normals")
-- R: ptukey(q, k, Inf, lower = FALSE)
for _, case in ipairs { { 3.633, 4, 0.0500149789962916 }, { 0.5, 3, 0.933421945135304 } } do
  t.near(stats.range_tail(case[1], case[2]), case[3], 1e-10, ("range_tail(%g, %d)"):format(case[1], case[2]))
end
-- R: pchisq, pf, pt(…, ncp)
for _, case in ipairs { { 9.28, 3, 0.0257907241987568 }, { 500, 501, 0.504207135268802 }, { 3000, 2000, 2.20469861138900e-43 },
  { 0.3, 1, 0.583882420770365 } } do
  t.near(stats.chi_square_tail(case[1], case[2]), case[3], 1e-13, ("chi_square_tail(%g, %d)"):format(case[1], case[2]))
end
t.near(stats.f_tail(3.69, 3, 39), 1.97440996894889e-02, 1e-13, "f_tail")
t.near(stats.f_tail(100, 2.5, 7), 5.21834935263865e-06, 1e-13, "f_tail far out")
for _, case in ipairs { { 2.262157, 9, 3, 0.238844692503793 }, { 12.7, 1, 5, 0.694699180876181 },
  { -1, 3.5, 0.2, 0.143544358064134 }, { 30, 200, 28, 0.862126875255859 } } do
  t.near(stats.noncentral_t_cdf(table.unpack(case, 1, 3)), case[4], 2e-12,
    ("noncentral_t_cdf(%g, %g, %g)"):format(table.unpack(case, 1, 3)))
end
t.near(stats.noncentral_t_cdf(1.7, 6, 0), stats.t_cdf(1.7, 6), 1e-13, "without a difference it is Student's")

-- properties
local turned = {}
for i, row in ipairs(c45) do turned[i] = { -row[1], -row[2], -row[3], -row[4] } end
t.is(stats.friedman(turned, { goal = "min" }), f, "lower is better: the same, turned round")
local alike = stats.friedman { { 3, 2, 1 }, { 9, 5, 1 }, { .3, .2, .1 } }
t.is({ alike.f, alike.ranks }, { math.huge, { 1.0, 2.0, 3.0 } }, "all data sets order alike")
t.near(alike.p, 1 / 36, 1e-15, "which by chance they do once in (3!)^2")
local same = stats.friedman { { 1, 1 }, { 2, 2 } }
t.is({ same.chi2, same.f, same.p, same.chi2_p }, { 0.0, 0.0, 1.0, 1.0 }, "nothing but ties")
t.is(stats.friedman({ { 1, -math.huge, 3 }, { 2, -math.huge, 1 } }).ranks, { 1.5, 3.0, 1.5 }, "what is lost ranks last")

-- adjusted p-values: R's p.adjust
local ps = { 0.01, 0.04, 0.03, 0.005, 0.5 }
t.near(stats.hochberg(ps), { 0.04, 0.08, 0.08, 0.025, 0.5 }, 1e-14, "hochberg as p.adjust")
t.near(stats.benjamini_hochberg(ps), { 0.025, 0.05, 0.05, 0.025, 0.5 }, 1e-14, "BH as p.adjust")
t.near(stats.bonferroni(ps), { 0.05, 0.2, 0.15, 0.025, 1 }, 1e-14, "bonferroni as p.adjust")

-- errors
local here = "tests/lua/ranks.lua:"
t.throws(function() stats.friedman { { 1, 2 } } end, { here, "at least 2 data sets needed, got 1" }, "one data set")
t.throws(function() stats.friedman { { 1, 2 }, { 1, 2, 3 } } end, { here, "data set 2 has 3 scores, data set 1 has 2" },
  "rows of different lengths")
t.throws(function() stats.friedman { { 1, 2 }, { 1, 0 / 0 } } end, { here, "friedman: data set 2: value 2 is" }, "NaN")
t.throws(function() stats.friedman({ { 1, 2 }, { 1, 2 } }, { goal = "mx" }) end, 'there is no goal "mx"; did you mean "max"?',
  "a goal that is none")
t.throws(function() stats.nemenyi(1, 5) end, { here, "nemenyi: k, how many methods, must be an integer from 2" }, "one method")
t.throws(function() stats.nemenyi(4, 0) end, "nemenyi: n, how many data sets, must be an integer >= 1, not 0", "no data set")
t.throws(function() stats.rank_differences({ 1, 2 }, 5, { control = 3 }) end, "control must be an integer from 1 to 2, not 3",
  "a control that is none")
t.throws(function() stats.chi_square_tail(1, 2.5) end, "degrees of freedom must be a whole number from 1 to 10000000, not 2.5",
  "half a degree of freedom")

t.done()
