-- Many tests at once: p-values adjusted so that what is called significant may be.
local check = require "losslab.check"

local stats = {}

-- The keys of a table of p-values by rising p.
local function sorted(what, ps)
  if type(ps) ~= "table" then error(("%s: a table of p-values is needed, not %s"):format(what, check.show(ps)), 4) end
  local keys = {}
  for _, key in ipairs(check.keys(ps)) do
    local p = ps[key]
    if type(p) ~= "number" or not (p >= 0 and p <= 1) then
      error(("%s: p-values are in [0, 1]; %s is %s"):format(what, tostring(key), tostring(p)), 4)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, function(i, j) return ps[i] < ps[j] end)
  return keys
end

-- From the smallest p on, each at least what stands before it.
local function stepped_down(what, ps, factor)
  local keys, out, most = sorted(what, ps), {}, 0.0
  for i, key in ipairs(keys) do
    most = math.max(most, math.min(1.0, factor(i, #keys) * ps[key]))
    out[key] = most
  end
  return out
end

-- From the largest p on, each at most what stands behind it.
local function stepped_up(what, ps, factor)
  local keys, out, least = sorted(what, ps), {}, 1.0
  for i = #keys, 1, -1 do
    least = math.min(least, factor(i, #keys) * ps[keys[i]])
    out[keys[i]] = least
  end
  return out
end

--- ll.stats.holm(ps) -> table
-- Holm's adjusted p-values of several tests, under the same keys (names or places).
-- Those <= alpha are significant, with the chance of any false one at most alpha: the i-th smallest of m times (m - i + 1), made
-- monotone, at most 1. Holm 1979, Scand. J. Statist. 6:65.
--   ps   a table of p-values, from 0 to 1
-- Errors: a value outside [0, 1].
-- See: ll.stats.hochberg, ll.stats.benjamini_hochberg, ll.stats.paired_t
-- Example:
--   ll.stats.holm { hinge = 0.01, square = 0.04, focal = 0.03 }   --> { focal = 0.06, hinge = 0.03, square = 0.06 }
function stats.holm(ps, ...)
  check.no_more("ll.stats.holm", 1, ...)
  return (stepped_down("holm", ps, function(i, m) return m - i + 1 end))
end

--- ll.stats.bonferroni(ps) -> table
-- Bonferroni's adjusted p-values of several tests, under the same keys: each times their number, at most 1.
-- Holm's are never larger and hold as much, so they are the ones to take; Dunn 1961, JASA 56:52, is where these are from.
--   ps   a table of p-values, from 0 to 1
-- Errors: a value outside [0, 1].
-- See: ll.stats.holm
-- Example:
--   ll.stats.bonferroni { 0.01, 0.04, 0.5 }   --> { 0.03, 0.12, 1 }
function stats.bonferroni(ps, ...)
  check.no_more("ll.stats.bonferroni", 1, ...)
  return (stepped_down("bonferroni", ps, function(_, m) return m end))
end

--- ll.stats.hochberg(ps) -> table
-- Hochberg's adjusted p-values of several tests, under the same keys: Holm's factors, from the largest p down.
-- Never larger than Holm's; they hold for tests that are independent or depend positively on each other. Hochberg 1988, Biometrika
-- 75:800.
--   ps   a table of p-values, from 0 to 1
-- Errors: a value outside [0, 1].
-- See: ll.stats.holm
-- Example:
--   ll.stats.hochberg { hinge = 0.01, square = 0.04, focal = 0.03 }   --> { focal = 0.04, hinge = 0.03, square = 0.04 }
function stats.hochberg(ps, ...)
  check.no_more("ll.stats.hochberg", 1, ...)
  return (stepped_up("hochberg", ps, function(i, m) return m - i + 1 end))
end

--- ll.stats.benjamini_hochberg(ps) -> table
-- Adjusted p-values by which the share of false ones among those called significant is held, under the same keys.
-- The i-th smallest of m times m/i, made monotone: those <= q have a false discovery rate of at most q, for tests that are
-- independent or depend positively on each other. Of many tests (fields, columns, peptides), not of a handful of losses. Benjamini
-- and Hochberg 1995, JRSS B 57:289.
--   ps   a table of p-values, from 0 to 1
-- Errors: a value outside [0, 1].
-- See: ll.stats.holm
-- Example:
--   ll.stats.benjamini_hochberg { 0.01, 0.04, 0.03 }   --> { 0.03, 0.04, 0.04 }
function stats.benjamini_hochberg(ps, ...)
  check.no_more("ll.stats.benjamini_hochberg", 1, ...)
  return (stepped_up("benjamini_hochberg", ps, function(i, m) return m / i end))
end

return stats
