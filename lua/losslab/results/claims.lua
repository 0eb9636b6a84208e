-- What a study found of what its documents claim, in one sentence: each claim holds, does not hold, or is not decided at this size,
-- and then how many more seeds or rows would decide it. These are methods of results (results/reading.lua).
--
-- Every test of a finding belongs to one family, by Holm's correction. A claim about several data sets is tested on each; what is
-- said of it is told apart by data set where verdicts differ. A study's quick form (quick = true) says what was measured, and no
-- verdict.
local check = require "losslab.check"
local stats = require "losslab.results.stats"
local text = require "losslab.text"

local methods = {}

local ALPHA, MANY = 0.05, 100 -- a size beyond so many times this one is not worth naming

local FIELDS = { "of", "fact", "side", "least", "within", "told", "scale", "digits", "unit" }

-- ---- estimates in words --------------------------------------------------------------------------------------------------

local function has_interval(d) return check.finite(d.low) and check.finite(d.high) end

-- How many decimals show two digits of half the least interval; of the estimates where there is none.
local function digits_of(estimates, scale)
  local least
  for _, d in ipairs(estimates) do
    local x = scale * (has_interval(d) and (d.high - d.low) / 2 or math.abs(d.difference))
    if check.finite(x) and x > 0 then least = math.min(least or x, x) end
  end
  return math.max(0, math.min(6, math.ceil(1 - math.log(least or 1, 10))))
end

--- results:say(estimate [, { scale = 1, digits, unit, plain = false }]) -> string
-- An estimate in words: "+1.2 [+0.3, +2.1] points"; without the interval where there is none.
--   estimate   as results:difference, results:estimate and results:pooled give it
--   scale      what the numbers are multiplied by: 100 for points (1)
--   digits     decimals (as many as show two digits of half the interval)
--   unit       a word behind it, such as "points" (none)
--   plain      whether a number above zero goes without "+": for what is no difference (false)
-- Errors: what is no estimate.
-- See: results:finding
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:say({ difference = 0.012, low = 0.003, high = 0.021 }, { scale = 100, unit = "points" })   --> +1.20 [+0.30, +2.10] points
function methods:say(d, how) -- luacheck: no self
  if type(d) ~= "table" or type(d.difference) ~= "number" then check.fail("say: an estimate is needed, not %s", check.show(d)) end
  how = check.fields("say", how or {}, { "scale", "digits", "unit", "plain" }, 2)
  local scale = how.scale or 1
  local digits = how.digits or digits_of({ d }, scale)
  local format = (how.plain and "%." or "%+.") .. digits .. "f"
  local words = format:format(scale * d.difference)
  if has_interval(d) then
    words = words .. (" [" .. format .. ", " .. format .. "]"):format(scale * d.low, scale * d.high)
  end
  return (words:gsub("[+-](0%.?0*)%f[^%d.]", "%1")) .. (how.unit and " " .. how.unit or "") -- nothing is "-0.0"
end

-- ---- tests -------------------------------------------------------------------------------------------------------------

-- The chance of a t so far out, both sides; se 0 leaves no doubt.
local function p_of(away, d)
  if d.se == 0 then return away == 0 and 1 or 0 end
  if not d.se or not d.df or not check.finite(away / d.se) then return nil end
  return stats.t_two_sided(away / d.se, d.df)
end

-- A test of an estimate: p, how far it is on the claimed side, what it says if it is decided, and what if nothing varies.
local function test_of(claim, d)
  if claim.within then
    local inside = claim.within - math.abs(d.difference)
    return { d = d, away = inside, p = p_of(inside, d), decided = inside > 0 and "holds" or "fails", same = "holds" }
  end
  local away = d.difference - (claim.least or 0)
  if claim.side == "below" then away = -away end
  return { d = d, away = away, p = p_of(away, d), decided = away > 0 and "holds" or "fails", same = "fails" }
end

-- Standard error and degrees of freedom of an estimate with so many times the seeds.
local function with_seeds(d, times)
  if d.parts then -- a mean over data sets
    local variance, below = 0, 0
    for _, part in ipairs(d.parts) do
      local se, df = with_seeds(part, times)
      if not se then return nil end
      variance, below = variance + se ^ 2, below + (se ^ 2) ^ 2 / df
    end
    return math.sqrt(variance) / #d.parts, below > 0 and variance ^ 2 / below or 1
  end
  if not d.sd or not d.ratio then return nil end
  local n = d.n * times
  return d.sd * math.sqrt(1 / n + d.ratio), n - 1
end

-- What would decide a test at a level, if the estimate stays: "seeds", how many more; or "rows", how many times as many. Folds of
-- more seeds share their rows, so past a size only rows help.
local function needed(test, alpha, seeds)
  local d, away = test.d, math.abs(test.away)
  if not has_interval(d) or not check.finite(away) then return "interval" end
  for more = 1, 9 * seeds do
    local se, df = with_seeds(d, (seeds + more) / seeds)
    if not se then break end
    if away > -stats.t_quantile(alpha / 2, df) * se then return "seeds", more end
  end
  local times = away > 0 and (-stats.t_quantile(alpha / 2, d.df) * d.se / away) ^ 2 or math.huge
  return "rows", times
end

-- ---- words -------------------------------------------------------------------------------------------------------------

local function whole(x) return string.format("%d", math.ceil(x)) end
local function span(low, high) return low == high and low or low .. " to " .. high end

-- "about 3 to 5 more seeds would decide it": what the undecided tests of a claim need.
local function needed_words(tests)
  local seeds, rows, parts, far, alone = {}, {}, {}, 0, 0
  for _, test in ipairs(tests) do
    if test.need == "seeds" then seeds[#seeds + 1] = test.size
    elseif test.need == "rows" and test.size <= MANY then rows[#rows + 1] = test.size
    elseif test.need == "rows" then far = far + 1
    elseif test.need then alone = alone + 1 end
  end
  if #seeds + #rows + far == 0 then return alone > 0 and "without an interval, as of one run" or nil end
  far = far + alone
  table.sort(seeds)
  table.sort(rows)
  local it = #tests == 1 and "it" or "any"
  if #seeds + #rows == 0 then return string.format("%d times the rows would not decide %s", MANY, it) end
  if #seeds > 0 then
    parts[1] = string.format("about %s more seed%s", span(whole(seeds[1]), whole(seeds[#seeds])), seeds[#seeds] > 1 and "s" or "")
  end
  if #rows > 0 then
    parts[#parts + 1] = string.format("about %s times the rows", span(whole(rows[1]), whole(rows[#rows])))
  end
  if #tests > 1 then it = far == 0 and "them" or string.format("%d of %d", #seeds + #rows, #tests) end
  return table.concat(parts, " or ") .. " would decide " .. it
end

local MOST = 6 -- of more data sets the least and the largest estimate stand for all

-- The evidence of some of a claim's tests, each by name where `named`.
local function evidence(self, claim, tests, named)
  local words, shown, estimates = {}, tests, {}
  for i, test in ipairs(tests) do estimates[i] = test.d end
  local how = { scale = claim.scale, unit = claim.unit, plain = claim.least ~= nil and claim.least ~= 0 or nil,
    digits = claim.digits or digits_of(estimates, claim.scale or 1) }
  if #tests > MOST then
    local sorted = table.move(tests, 1, #tests, 1, {})
    table.sort(sorted, function(a, b) return a.d.difference < b.d.difference end)
    shown = { sorted[1], sorted[#sorted] }
  end
  for i, test in ipairs(shown) do words[i] = self:say(test.d, how) .. (named and test.name and " on " .. test.name or "") end
  return #tests > MOST and "from " .. words[1] .. " to " .. words[2] or table.concat(words, ", ")
end

-- The claim as far as these tests go, with its evidence: "A on letters (+0.2 [+0.1, +0.3])", "A (+0.2 [+0.1, +0.3] on letters,
-- …)". parts: among how many states its tests are divided; first: whether it is told for the first time.
local function entry(self, claim, tests, parts, first)
  local words, names, told = text.clean(claim[1]), {}, {}
  for i, test in ipairs(tests) do names[i] = test.name end
  local by_evidence = claim.of and not claim.told and #names > 1 and #names <= MOST -- that names them
  if parts > 1 and #names > 0 and not by_evidence then words = words .. " on " .. text.listed(names)
  elseif parts <= 1 and #names > 2 then words = string.format("%s on all %d", words, #names) end
  if claim.told then told[1] = first and text.clean(claim.told) or nil
  elseif claim.fact == false and self.plan.quick then told[1] = "no"
  elseif claim.of and #tests > 0 then told[1] = evidence(self, claim, tests, #names > 1 or parts <= 1)
  elseif claim.fact == nil then told[1] = "nothing finished that tells" end
  if not self.plan.quick then told[#told + 1] = needed_words(tests) end
  return #told > 0 and words .. " (" .. table.concat(told, "; ") .. ")" or words
end

-- ---- the sentence ------------------------------------------------------------------------------------------------------

-- What the fields of a claim are.
local KINDS = { of = "table", fact = "boolean", least = "number", within = "number", told = "string", scale = "number",
  digits = "number", unit = "string" }

-- A claim's tests: { name, d, state or p, … } each; one of a fact.
local function tests_of(place, claim)
  local what = "finding: claim " .. place
  check.options(what, claim, FIELDS)
  if type(claim[1]) ~= "string" then check.fail("%s: its words come first, not %s", what, check.show(claim[1])) end
  if claim.fact ~= nil and claim.of ~= nil then check.fail("%s: either of or fact is given", what) end
  for name, kind in pairs(KINDS) do
    local value = claim[name]
    if value ~= nil and (type(value) ~= kind or kind == "number" and not check.finite(value)) then
      check.fail("%s.%s: a %s is needed, not %s", what, name, kind, check.show(value))
    end
  end
  if claim.digits ~= nil then check.integer(what .. ".digits", claim.digits, 0, 15) end
  if claim.side ~= nil then check.among(what .. ".side: there is no", claim.side, { "above", "below" }) end
  if claim.within and (claim.side or claim.least) then check.fail("%s: within stands alone, without side or least", what) end
  if claim.fact ~= nil then return { { state = claim.fact and "holds" or "fails" } } end
  if claim.of == nil then return {} end
  local out = {}
  for i, each in ipairs(claim.of.difference and { { false, claim.of } } or claim.of) do
    if type(each) ~= "table" then
      check.fail("%s: entry %d of its estimates is %s; { name, estimate } is needed", what, i, check.show(each))
    end
    local name, d = each[1], each[2]
    if name and type(name) ~= "string" then check.fail("%s: entry %d: its name is %s", what, i, check.show(name)) end
    if type(d) ~= "table" or type(d.difference) ~= "number" or d.difference ~= d.difference then
      check.fail("%s: entry %d of its estimates is %s; { name, estimate } is needed", what, i, check.show(d and d.difference or d))
    end
    out[i] = test_of(claim, d)
    out[i].name = name and text.clean(name)
  end
  return out
end

local STATES = { { "holds", "Holds: " }, { "fails", "Does not hold: " }, { "open", "Not decided at this size: " } }

-- Gives each test its state, by Holm's correction over those that have a p, and what would decide those that are open: at the level
-- of the next step of Holm's. ps: p by test. How many were compared.
local function judge(ps, all, seeds)
  local adjusted, compared, left = stats.holm(ps), 0, 0
  for _, p in pairs(adjusted) do compared, left = compared + 1, left + (p > ALPHA and 1 or 0) end
  for _, tests in ipairs(all) do
    for _, test in ipairs(tests) do
      local p = adjusted[test]
      if test.d and p and p <= ALPHA then test.state = test.decided
      elseif test.d and p and test.d.se == 0 then test.state = test.same
      elseif test.d then
        test.state, test.need, test.size = "open", needed(test, ALPHA / math.max(left, 1), seeds)
      end
    end
  end
  return compared
end

-- Adds what is said of a claim to the lists of said, by state.
local function tell(self, claim, tests, said)
  local by, parts = { holds = {}, fails = {}, open = {} }, 0
  for _, test in ipairs(tests) do table.insert(by[test.state], test) end
  for _, state in ipairs(STATES) do parts = parts + (#by[state[1]] > 0 and 1 or 0) end
  local first = true
  for _, state in ipairs(STATES) do
    local mine = by[state[1]]
    if #mine > 0 or parts == 0 and state[1] == "open" then
      table.insert(said[state[1]], entry(self, claim, mine, parts, first))
      first = false
    end
  end
end

--- results:finding(claims) -> string
-- What was found of what is claimed, in one sentence. Each claim holds, does not hold, or is not decided at this size, and then how
-- many more seeds or rows would decide it. All tests of a finding are one family, by Holm's correction at 0.05; a claim about
-- several data sets is tested on each. A study's quick form says what was measured, and no verdict. study.finding calls it.
--
-- Claims are tables { words, of = … } or { words, fact = … }:
--   claim[1]       the clause, as it is claimed: "a margin helps"
--   claim.of       an estimate, of results:difference, estimate or pooled, or a list { { name, estimate }, … }
--   claim.fact     true or false, in place of of
--   claim.least    what the estimate is claimed to be above (0)
--   claim.side     "below": it is claimed to be below that ("above")
--   claim.within   e: it is claimed to lie within -e to e; in place of side and least
--   claim.told     the evidence in words, in place of that which scale, digits and unit shape
--   claim.scale    as for results:say (1); so are claim.digits and claim.unit
-- Errors: a claim without words; both of and fact; within beside side or least; what is no estimate.
-- See: study.finding, study.claim, results:say
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:finding { { "all is there", fact = r.status.done == r.status.total } }   --> Holds: all is there.
--   r:finding { { "a wide margin helps", of = r:difference(r.datasets.moons, 2, 1) } }   --> …
function methods:finding(claims)
  if type(claims) ~= "table" or #claims == 0 then check.fail("finding: a list of claims is needed, not %s", check.show(claims)) end
  local quick, all, ps, intervals = self.plan.quick == true, {}, {}, 0
  for i, claim in ipairs(claims) do
    all[i] = tests_of(i, claim)
    for _, test in ipairs(all[i]) do
      local shown = not claim.told or claim.told:find("[", 1, true) -- in words that the study chose
      if test.d and shown and has_interval(test.d) then intervals = intervals + 1 end
      if test.p then ps[test] = test.p end
    end
  end
  local seeds = self.plan.seeds
  local compared = judge(ps, all, type(seeds) == "table" and #seeds or 1)
  local said, out = { holds = {}, fails = {}, open = {} }, {}
  for i, claim in ipairs(claims) do
    if quick then
      out[i] = entry(self, claim, all[i], 1, true)
    else
      tell(self, claim, all[i], said)
    end
  end
  for _, state in ipairs(STATES) do
    if #said[state[1]] > 0 then out[#out + 1] = state[2] .. table.concat(said[state[1]], "; ") end
  end
  local sentence = quick and "Quick form, no verdict: " .. table.concat(out, "; ") or table.concat(out, ". ")
  local notes = {}
  if intervals > 0 then notes[1] = intervals == 1 and "95 % interval" or "95 % intervals" end
  if compared > 1 and not quick then
    notes[#notes + 1] = string.format("verdicts with Holm's correction over %d comparisons", compared)
  end
  return sentence .. (#notes > 0 and " (" .. table.concat(notes, "; ") .. ")" or "") .. "."
end

return methods
