-- How large a study would have to be to settle what is no difference beyond noise: a method of results (results/reading.lua).
local check = require "losslab.check"
local stats = require "losslab.results.stats"

local needed = { methods = {} }
local methods = needed.methods

local MOST = 1000 -- times the seeds there are; beyond, no number is worth naming

-- Standard error and degrees of freedom of a difference with so many times the runs; infinitely many: math.huge.
local function with_runs(d, times)
  if d.parts then -- a mean over data sets
    local variance, below = 0, 0
    for _, part in ipairs(d.parts) do
      local se, df = with_runs(part, times)
      if not se then return nil end
      variance, below = variance + se ^ 2, below + (se ^ 2) ^ 2 / df
    end
    return math.sqrt(variance) / #d.parts, below > 0 and variance ^ 2 / below or math.huge
  end
  if not d.sd or not d.ratio then return nil end
  return d.sd * math.sqrt(1 / (d.n * times) + d.ratio), d.n * times - 1
end

-- The chance that its interval lies on one side of zero, if it is the true difference.
local function chance(d, times, level)
  local se, df = with_runs(d, times)
  if not se then return nil end
  local away = se > 0 and math.abs(d.difference) / se or math.huge
  if away == math.huge then return 1 end
  if df > 1e12 then
    local z = -stats.normal_quantile((1 - level) / 2)
    return stats.normal_cdf(away - z) + stats.normal_cdf(-away - z)
  end
  local t = -stats.t_quantile((1 - level) / 2, df)
  return 1 - stats.noncentral_t_cdf(t, math.max(1, df), away) + stats.noncentral_t_cdf(-t, math.max(1, df), away)
end

--- results:needed(difference [, { power = 0.8, level = 0.95 }]) -> { seeds, limit, datasets } or nil
-- How many seeds, or data sets, would show a difference beyond noise, if the one that was found is the true one.
-- seeds is how many in place of those there are give a chance of `power` that the corrected interval lies on one side of zero; nil
-- where no number does, since folds of all seeds share their rows: limit is the chance that remains with endless seeds. datasets,
-- of a mean over several, is how many like these would show it to a paired t test over data sets (signed ranks need about 5 %
-- more). By the noncentral t distribution. nil where nothing is known of its noise. What was found by chance is overstated, so take
-- the numbers for least ones.
--   difference   of results:difference or results:pooled
--   power        the chance to find it (0.8)
--   level        that of the interval (0.95)
-- Errors: what is no difference; an option that is none.
-- See: results:difference, results:compare_losses, ll.stats.pairs_needed
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, seeds = { 1, 2 }, compare = { "hinge", "logistic" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:needed(r:difference(r.datasets.moons, 1, 2)).limit   --> …
function methods:needed(d, options, ...)
  check.no_more("results:needed", 2, ...)
  if type(d) ~= "table" or type(d.difference) ~= "number" then
    check.fail("needed: a difference is needed, not %s", check.show(d))
  end
  local o = check.fields("needed", options or {}, { "power", "level" }, 2)
  local power = check.share("needed: power", check.default(o.power, 0.8), 0, 1, 2)
  local level = check.share("needed: level", check.default(o.level, 0.95), 0, 1, 2)
  local out = { limit = chance(d, math.huge, level) }
  if not out.limit then return nil end
  local seeds = #(type(self.plan.seeds) == "table" and self.plan.seeds or { 1 })
  if d.difference ~= 0 and out.limit >= power then
    for more = 1, MOST * seeds do
      if chance(d, more / seeds, level) >= power then
        out.seeds = more
        break
      end
    end
  end
  if d.parts and #d.parts > 1 then
    local each = {}
    for i, part in ipairs(d.parts) do each[i] = part.difference end
    local sd = stats.sd(each)
    if sd > 0 then out.datasets = stats.pairs_needed { difference = d.difference, sd = sd, power = power, level = level }.n end
  end
  return out
end

-- In a sentence, for a difference that is within noise; nil where nothing can be said.
function needed.sentence(results, d)
  local found = results:needed(d)
  if not found or d.difference == 0 then return nil end
  local parts, now = {}, #(type(results.plan.seeds) == "table" and results.plan.seeds or { 1 })
  if found.seeds and found.seeds > now then
    parts[1] = string.format("%d seeds in place of %d", found.seeds, now)
  end
  if found.datasets and found.datasets > #d.parts then
    parts[#parts + 1] = string.format("about %d data sets like these", found.datasets)
  end
  if #parts == 0 then
    if found.limit >= 0.8 then return nil end
    return string.format("More seeds would not settle it: if that is the true difference, they find it with a chance of %.0f %% at "
      .. "most", 100 * found.limit)
  end
  return string.format("If that is the true difference, %s would find it with a chance of 80 %%%s", table.concat(parts, " or "),
    not found.seeds and "; more seeds alone would not" or "")
end

return needed
