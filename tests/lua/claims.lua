-- The grammar of findings (lua/losslab/results/claims.lua): states by Holm's correction, words told apart by data set, and what
-- would
-- decide what is open.
local ll = require "losslab"
local t = require "tests.lua.tap"
local choice = require "losslab.results.choice"
local claims = require "losslab.results.claims"

local function results(seeds, quick)
  local plan = { seeds = {}, quick = quick }
  for i = 1, seeds do plan.seeds[i] = i end
  local methods = setmetatable({}, { __index = choice })
  for name, method in pairs(claims) do methods[name] = method end
  return setmetatable({ plan = plan, sign = 1 }, { __index = methods })
end

local of = results(2)
local set = { ratio = 0.25 }

-- Values whose mean and deviation are given exactly: m - s and m + s in turn.
local function estimate(mean, deviation, n)
  local values = {}
  for i = 1, n or 10 do values[i] = mean + (i % 2 == 0 and deviation or -deviation) end
  return of:estimate(set, values)
end

local clear, small, below = estimate(1, 0.1), estimate(0.01, 0.1), estimate(-1, 0.1)

-- ---- states ----
t.is({ of:verdict { low = 0.1, high = 0.3, better = true }, of:verdict(small), of:verdict { low = -math.huge, high = math.huge } },
  { "better", "no difference beyond noise", "too few runs for an interval" }, "a verdict is a method of results")
t.like(of:finding { { "A", of = clear } }, "^Holds: A %(%+1%.00 %[%+0%.%d+, %+1%.%d+%]%) %(95 %% interval%)%.$",
  "above zero beyond noise: it holds")
t.like(of:finding { { "A", of = below } }, "^Does not hold: A %(", "below it: it does not")
t.like(of:finding { { "A", of = below, side = "below" } }, "^Holds: A %(", "unless that was claimed")
t.like(of:finding { { "A", of = small } }, "^Not decided at this size: A %(%+0%.01 ", "within noise: it is not decided")
t.like(of:finding { { "A", of = clear, least = 2 } }, "^Does not hold", "below the least that is claimed")
t.like(of:finding { { "A", of = clear, least = 0.5 } }, "^Holds: A %(1%.00 %[0%.", "above it, and a level has no sign")
t.like(of:finding { { "A", of = small, within = 0.5 } }, "^Holds", "equal to so much")
t.like(of:finding { { "A", of = clear, within = 0.5 } }, "^Does not hold", "not equal to so much")
t.like(of:finding { { "A", of = small, within = 0.05 } }, "^Not decided", "equal, but not to so little")
t.is(of:finding { { "A", fact = true, told = "to 1e-9" } }, "Holds: A (to 1e-9).", "a fact needs no interval")
t.is(of:finding { { "A", fact = false, told = "3 of 4" }, { "B", fact = true } }, "Holds: B. Does not hold: A (3 of 4).",
  "what holds comes first")
t.is(of:finding { { "A", of = estimate(0, 0) } }, "Does not hold: A (0.0 [0.0, 0.0]) (95 % interval).",
  "a difference that is always 0 is none")
t.is(of:finding { { "A", of = estimate(0, 0), within = 0.1 } }, "Holds: A (0.0 [0.0, 0.0]) (95 % interval).",
  "and equality of such holds")
t.is(of:finding { { "A", of = nil } }, "Not decided at this size: A (nothing finished that tells).",
  "what has no runs is not decided")
t.is(of:finding { { "A", of = estimate(0.5, 0, 1) } }, "Not decided at this size: A (+0.50; without an interval, as of one run).",
  "one run gives no interval, and none is spoken of")

-- ---- data sets told apart ----
local apart = of:finding { { "A", of = { { "x", clear }, { "y", below }, { "z", small }, { "w", clear } } } }
t.like(apart, "^Holds: A %(%+1%.00 .* on x, %+1%.00 .* on w%)%. Does not hold: A on y %(%-1%.00 %[.*%]%)%. "
  .. "Not decided at this size: A on z %(",
  "by data set where verdicts differ")
t.like(apart, "; verdicts with Holm's correction over 4 comparisons%)%.$", "with the family's size")
t.like(of:finding { { "A", of = { { "x", clear }, { "y", clear }, { "z", clear } } } }, "^Holds: A on all 3 %(",
  "together where they agree")
local many = {}
for i = 1, 9 do many[i] = { "set " .. i, estimate(i, 0.1) } end
t.like(of:finding { { "A", of = many } }, "A on all 9 %(from %+1%.00 .* on set 1 to %+9%.00 .* on set 9%)",
  "of many the least and the largest")

-- ---- Holm: what one test alone decides, twenty leave open ----
local function p_near(target) -- an estimate whose p is just below the target
  local low, high = 0, 10
  for _ = 1, 60 do
    local mid = (low + high) / 2
    if estimate(mid, 1).p < target then high = mid else low = mid end
  end
  return estimate(high, 1)
end
local near = p_near(0.049)
t.like(of:finding { { "A", of = near } }, "^Holds", "one test at 0.05")
local family = { { "A", of = near } }
for i = 2, 4 do family[i] = { "B" .. i, of = small } end
t.like(of:finding(family), "^Not decided at this size: A", "among four it is not decided")
family[1] = { "A", of = p_near(0.0124) }
t.like(of:finding(family), "^Holds: A", "at a quarter of the level it is")

-- ---- what would decide it ----
local function decided(d, seeds, more, alpha)
  local n = d.n * (seeds + more) / seeds
  return math.abs(d.difference) > -ll.stats.t_quantile(alpha / 2, n - 1) * d.sd * math.sqrt(1 / n + d.ratio)
end
for _, mean in ipairs { 1.2, 1.25, 1.3 } do
  local d = estimate(mean, 1)
  local sentence = of:finding { { "A", of = d } }
  local more = tonumber(sentence:match "about (%d+) more seeds? would decide it")
  t.ok(more and decided(d, 2, more, 0.05) and not decided(d, 2, more - 1, 0.05),
    "the least number of seeds that decides it: " .. sentence)
end
local hard = estimate(0.3, 1)
local times = tonumber(of:finding({ { "A", of = hard } }):match "about (%d+) times the rows would decide it")
local half = (hard.high - hard.low) / 2
t.is(times, math.ceil((half / 0.3) ^ 2), "where more seeds share the same rows, how many times the rows")
t.like(of:finding { { "A", of = estimate(0.001, 1) } }, "100 times the rows would not decide it", "what is out of reach says so")
t.like(of:finding { { "A", of = { { "x", hard }, { "y", estimate(0.001, 1) } } } }, "times the rows would decide 1 of 2",
  "and of several how many")
local both = of:pooled { of:estimate(set, { 1, 1.5, 2 }), of:estimate(set, { 1, 1.5, 2.1 }) }
t.near(both.p, ll.stats.t_two_sided(both.difference / both.se, both.df), 1e-15, "a mean over data sets has a p")

-- ---- the quick form ----
local quick = results(1, true)
local said = quick:finding { { "A", of = clear }, { "B", fact = true, told = "so" }, { "C", of = estimate(0.5, 0, 1) } }
t.like(said, "^Quick form, no verdict: A %(.*%); B %(so%); C %(%+0%.50%) %(95 %% interval%)%.$",
  "says what was measured and no verdict")
t.is(quick:finding { { "C", of = estimate(0.5, 0, 1) } }, "Quick form, no verdict: C (+0.50).",
  "nor intervals where there are none")

-- ---- words and mistakes ----
t.is(of:say(estimate(0.01, 0, 1), { scale = 100, digits = 1, unit = "points" }), "+1.0 points", "say: scale, digits, unit")
t.is(of:say({ difference = -1e-9, low = -1e-9, high = 1e-9 }, { digits = 1 }), "0.0 [0.0, 0.0]", "nothing is minus nothing")
t.is(of:say({ difference = 0.25, low = 0.2, high = 0.3 }, { plain = true }), "0.250 [0.200, 0.300]", "a level has no sign")
t.throws(function() of:finding { { "A", off = clear } } end, 'did you mean "of"', "an unknown field is named")
t.throws(function() of:finding { { of = clear } } end, "claim 1: its words come first", "a claim has words")
t.throws(function() of:finding { { "A", of = { { "x" } } } } end, "entry 1 of its estimates is nil",
  "an estimate that is none is named")
t.throws(function() of:finding { { "A", of = clear, side = "beneath" } } end, "side: there is no", "sides are two")
local inf = of:estimate(set, { math.huge, 1, 2 })
t.like(of:finding { { "A", of = inf }, { "B", of = clear } }, "^Holds: B %(.*Not decided at this size: A %(",
  "an infinite value leaves the other claims")
t.like(of:finding { { "A", of = clear, told = "yes" } }, "^Holds: A %(yes%)%.$", "of an interval that is not shown nothing is said")
t.like(of:finding { { "A", of = { { "x", hard }, { "y", of:estimate(set, { 1 }) } } } }, "would decide 1 of 2",
  "one without an interval leaves what would decide the others")
t.is(quick:finding { { "A", fact = false } }, "Quick form, no verdict: A (no).", "a fact that is none is not told as one")
for _, each in ipairs { { "least", "x" }, { "within", {} }, { "scale", 1 / 0 }, { "digits", 1.5 }, { "unit", 3 }, { "told", 7 },
  { "fact", 0 } } do
  local claim = { "A", of = each[1] ~= "fact" and clear or nil }
  claim[each[1]] = each[2]
  t.throws(function() of:finding { claim } end, "claim 1." .. each[1], each[1] .. " is checked, and named")
end
t.throws(function() of:finding { { "A", of = { 1, 2 } } } end, "entry 1 of its estimates is 1", "an entry that is no pair")
t.throws(function() of:finding { { "A", of = clear, within = 1, least = 2 } } end, "within stands alone", "options that contradict")
t.throws(function() of:finding() end, "a list of claims is needed", "no claims")
t.throws(function() of:say(nil) end, "an estimate is needed", "nothing to say")
t.done()
