-- Are the q-values of a rescoring true? Told by entrapment: targets whose proteins are all of organisms that are not in the sample,
-- known by how the names of these proteins begin. They are false, and nothing told the networks so.
local ll = require "losslab"
local check = require "losslab.check"
local identified = require "losslab.rescore.identified"
local text = require "losslab.text"

local M = { levels = { 0.005, 0.01, 0.02, 0.05, 0.1 } }

local TRUE_LEVEL = 0.01

--- entrapment
-- What rescored:entrapment gives: points, best, sample, entrapment, ratio and estimated; printed, it is its words.
-- See: rescored:entrapment, entrapment:words, entrapment:table
-- Example:
--   type(ll.rescore.run)   --> function
local Entrapment = { __name = "losslab.entrapment" }
Entrapment.__index = Entrapment
M.class = Entrapment

-- ---- which targets are entrapment -------------------------------------------------------------------------------------------

-- n×1: 1 for targets that have proteins, all of which begin with the prefix; kept with the rescoring.
local function kind_of(self, prefix)
  local kept = rawget(self, "traps")
  if kept and kept[prefix] then return kept[prefix] end
  check.text("entrapment: the prefix", prefix)
  local items, starts, names = self.psms:protein_lists()
  if not items then check.fail("entrapment: %s has no column of proteins", check.show(self.psms.files[1])) end
  local foreign, some = {}, 0
  for k, name in ipairs(names) do
    foreign[k] = name:sub(1, #prefix) == prefix
    if foreign[k] then some = some + 1 end
  end
  if some == 0 then
    check.fail("entrapment: none of %d proteins begins with %s; the first are %s", #names, check.show(prefix),
      text.listed({ table.unpack(names, 1, math.min(3, #names)) }))
  end
  items, starts = items:table(), starts:table()
  local labels, kind, n = self.labels:table(), {}, 0
  for i = 1, #labels do
    local all = labels[i] > 0 and starts[i + 1] > starts[i]
    for k = starts[i], starts[i + 1] - 1 do all = all and foreign[math.tointeger(items[math.tointeger(k)])] end
    kind[i] = all and 1 or 0
    n = n + kind[i]
  end
  if n == 0 then check.fail("entrapment: proteins begin with %s, but no target has such ones alone", check.show(prefix)) end
  kept = kept or {}
  kept[prefix] = ll.matrix(kind)
  self.traps = kept
  return kept[prefix]
end

-- Options of ll.fdr.entrapment, as the q-values of the rescoring were made.
local function options_of(self, ratio, more)
  local apart = self.fdr == "separate"
  local out = { ratio = ratio, method = apart and "separate" or "tdc", pi0 = apart and self.pi0 or nil, rows = self.counts }
  for key, value in pairs(more) do out[key] = value end
  return out
end

-- ll.fdr.entrapment at levels, of what the rescoring's q-values accept: of classes each has a threshold of its own.
local function at_levels(self, kind, ratio, levels)
  local scores, labels = self.scores, self.labels
  if not self.kinds then return ll.fdr.entrapment(scores, labels, kind, options_of(self, ratio, { levels = levels })) end
  local out = ll.fdr.entrapment(scores, labels, kind, options_of(self, ratio, { points = 1 })) -- the ratio is of poor targets
  out.points = {}
  for i, level in ipairs(levels) do
    local accepted = self.q:less_equal(level) * labels * self.counts
    out.points[i] = ll.fdr.entrapment(scores, labels, kind, { ratio = out.ratio, rows = accepted, levels = { 1 } }).points[1]
    out.points[i].q = level
  end
  return out
end

-- Visits the matches by their q-values, from the least on, those of equal ones at once: f(q, targets, traps, order, first, last),
-- how many targets are accepted at q, how many of them are entrapment, and where in an order of the rows those with this q are.
local function by_q(self, kind, f)
  local q, order = self.q:sort()
  local counted = self.counts * self.labels
  local target, trap = counted:gather(order):table(), (counted * kind):gather(order):table()
  q, order = q:table(), order:table()
  local targets, traps, first = 0, 0, 1
  while first <= #q do
    local last = first
    while q[last + 1] == q[first] do last = last + 1 end
    for i = first, last do targets, traps = targets + target[i], traps + trap[i] end
    f(q[first], targets, traps, order, first, last)
    first = last + 1
  end
end

-- The share of false ones in a list: those seen, and those of the sample's part that these stand for.
local function combined(targets, traps, ratio) return targets > 0 and math.min(1, traps * (1 + 1 / ratio) / targets) or 0 end

local function checked(prefix, ratio)
  check.text("entrapment: the prefix", prefix)
  if ratio ~= nil and check.number("entrapment: ratio", ratio) <= 0 then
    check.fail("entrapment: ratio must be above 0, not %s", check.show(ratio))
  end
end

-- ---- what it says -----------------------------------------------------------------------------------------------------------

function M.verdict_of(point)
  if point.sample + point.entrapment == 0 then return "nothing" end
  return point.high <= point.q and "holds" or point.bound_low > point.q and "does not hold" or "open"
end

--- rescored:entrapment(prefix [, ratio]) -> entrapment
-- Whether the q-values hold, told by targets that are known to be false: those whose proteins all begin with a prefix. They are
-- rescored.q, those of classes after rescored:within.
-- Gives entrapment: points at q of 0.5, 1, 2, 5 and 10 %, as of ll.fdr.entrapment, each with a verdict: "holds" (the interval of
-- the combined share of false ones lies below q), "does not hold" (that of the lower bound lies above), "open", or "nothing" where
-- nothing is accepted; best, the most targets of the sample among lists whose combined share of false ones is at most 1 %, with its
-- q; sample and entrapment, how many targets count in all; ratio, and estimated, whether it was. entrapment:words() and
-- entrapment:table() say it.
--   prefix   how the names of entrapment's proteins begin, as it stands
--   ratio    the size of the entrapment part of the database to that of the sample's (estimated from poor targets)
-- Errors: no protein that begins so; a ratio that cannot be estimated.
-- See: ll.fdr.entrapment, rescored:fdp_column, rescored:leaks, ll.rescore.null, entrapment:words
-- Example:
--   local lines = { "SpecId\tLabel\tScanNr\tscore\tPeptide\tProteins" }
--   for i = 1, 600 do
--     lines[#lines + 1] = ("m%d\t%d\t%d\t%g\tK.AB%d.R\t%s%d"):format(i, i % 2 * 2 - 1, i, i % 2 * (i % 3) + i % 7 / 7, i,
--       i % 3 == 0 and "TRAP_" or "P", i)
--   end
--   ll.system.write("a.pin", table.concat(lines, "\n"))
--   local rescored = ll.rescore.run { files = { "a.pin" }, db = "a.db", seeds = { 1 }, steps = 20 }
--   local found = rescored:entrapment("TRAP_", 0.5)
--   found.sample, found.entrapment   --> 200 100
function identified.class:entrapment(prefix, ratio, ...)
  check.no_more("rescored:entrapment", 2, ...)
  checked(prefix, ratio)
  local kind = kind_of(self, prefix)
  local found = at_levels(self, kind, ratio, M.levels)
  for _, point in ipairs(found.points) do point.verdict = M.verdict_of(point) end
  local best = { sample = 0, level = TRUE_LEVEL }
  by_q(self, kind, function(q, targets, traps)
    local share, sample = combined(targets, traps, found.ratio), math.tointeger(targets - traps)
    if share <= TRUE_LEVEL and sample > best.sample then
      best = { sample = sample, entrapment = math.tointeger(traps), q = q, combined = share, level = TRUE_LEVEL }
    end
  end)
  local counted = self.counts * self.labels
  found.entrapment = math.tointeger((counted * kind):sum():item())
  found.sample = math.tointeger(counted:sum():item()) - found.entrapment
  found.best, found.prefix = best, prefix
  return setmetatable(found, Entrapment)
end

--- rescored:fdp_column(prefix [, ratio]) -> matrix
-- Of each match the share of false ones among the targets whose q-value is as good, told by entrapment (combined), n×1.
-- A column for tables, beside the q-values. It need not rise with q. Where no target is as good it is 0.
--   prefix, ratio   as of rescored:entrapment
-- See: rescored:entrapment, ll.fdr.entrapment
-- Example:
--   local lines = { "SpecId\tLabel\tScanNr\tscore\tPeptide\tProteins" }
--   for i = 1, 600 do
--     lines[#lines + 1] = ("m%d\t%d\t%d\t%g\tK.AB%d.R\t%s%d"):format(i, i % 2 * 2 - 1, i, i % 2 * (i % 3) + i % 7 / 7, i,
--       i % 3 == 0 and "TRAP_" or "P", i)
--   end
--   ll.system.write("a.pin", table.concat(lines, "\n"))
--   local rescored = ll.rescore.run { files = { "a.pin" }, db = "a.db", seeds = { 1 }, steps = 20 }
--   rescored:fdp_column("TRAP_", 0.5):shape()   --> 600 1
function identified.class:fdp_column(prefix, ratio, ...)
  check.no_more("rescored:fdp_column", 2, ...)
  checked(prefix, ratio)
  local kind = kind_of(self, prefix)
  local r = ratio or ll.fdr.entrapment(self.scores, self.labels, kind, options_of(self, nil, { points = 1 })).ratio
  local out = {}
  by_q(self, kind, function(_, targets, traps, order, first, last)
    local share = combined(targets, traps, r)
    for i = first, last do out[math.tointeger(order[i])] = share end
  end)
  return ll.matrix(out)
end

-- The same at levels of one's own, for a figure.
function M.at(self, prefix, ratio, levels)
  checked(prefix, ratio)
  return at_levels(self, kind_of(self, prefix), ratio, levels)
end

-- ---- words ------------------------------------------------------------------------------------------------------------------

local function percent(x) return string.format("%.2g %%", 100 * x) end

local SAID = { holds = "holds", ["does not hold"] = "does not hold", open = "is open" }

--- entrapment:words() -> { sentence, … }
-- What rescored:entrapment found: a sentence for each level, and how many targets of the sample there are at a true 1 %.
-- See: rescored:entrapment, entrapment:table
-- Example:
--   type(ll.rescore.run)   --> function
function Entrapment:words(...)
  check.no_more("entrapment:words", 0, ...)
  local out = {}
  for i, at in ipairs(self.points) do
    if at.verdict == "nothing" then
      out[i] = string.format("q <= %s: nothing is accepted", percent(at.q))
    else
      out[i] = string.format("q <= %s %s: of %d targets %d are entrapment, so that %s are false (%s to %s), at least %s (%s to %s)",
        percent(at.q), SAID[at.verdict], at.sample + at.entrapment, at.entrapment, percent(at.combined), percent(at.low),
        percent(at.high), percent(at.lower_bound), percent(at.bound_low), percent(at.bound_high))
    end
  end
  local best = self.best
  out[#out + 1] = best.q and string.format("%d targets of the sample where %s are false by entrapment (q <= %s)", best.sample,
    percent(best.level), percent(best.q)) or string.format("no list of targets has at most %s false ones by entrapment",
    percent(best.level))
  out[#out + 1] = string.format("entrapment to sample: %.3g%s", self.ratio,
    self.estimated and ", estimated from poor targets" or "")
  return out
end

--- entrapment:table() -> { { cell, … }, … }
-- The numbers of entrapment:words as rows of texts, with a row of names before them.
-- See: rescored:entrapment, entrapment:words
-- Example:
--   type(ll.rescore.run)   --> function
function Entrapment:table(...)
  check.no_more("entrapment:table", 0, ...)
  local out = { { "q", "sample", "entrapment", "false", "from", "to", "at least", "from", "to", "the level" } }
  for i, at in ipairs(self.points) do
    local cells = { percent(at.q), tostring(at.sample), tostring(at.entrapment) }
    for _, share in ipairs { at.combined, at.low, at.high, at.lower_bound, at.bound_low, at.bound_high } do
      cells[#cells + 1] = percent(share)
    end
    cells[#cells + 1] = at.verdict
    out[i + 1] = cells
  end
  return out
end

function Entrapment:__tostring() return text.clean(table.concat(self:words(), "; ")) end

return M
