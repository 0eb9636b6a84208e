-- A rescoring of nothing: all targets are left out, and half of the decoys, by a fair coin for all matches of a scan and of a
-- peptide, are called targets. All of them are false, so that whatever passes does so wrongly. Each relabeling is a data set of one
-- study, and is rescored as the real files are; a pipeline that scores what it has learnt, or that has the labels in some other
-- way, passes many.
local ll = require "losslab"
local check = require "losslab.check"
local combine = require "losslab.rescore.combine"
local identified = require "losslab.rescore.identified"
local recipe = require "losslab.rescore.recipe"
local text = require "losslab.text"

local M = { levels = { 0.01, 0.05 } }

local LEAST = 200 -- decoys, so that each fold has some of both
local CONFIDENCE = 0.95

-- What differs from a rescoring: less work each, since there are many.
M.defaults = { relabelings = 100, steps = 300, cuts = 1 }

--- null
-- What ll.rescore.null gives: relabelings, decoys, rows, at, auc and verdict; printed, it is its words.
-- See: ll.rescore.null, null:words, null:table
-- Example:
--   type(ll.rescore.null)   --> function
local Null = { __name = "losslab.null" }
Null.__index = Null
M.class = Null

-- ---- the relabelled sets --------------------------------------------------------------------------------------------------------

-- The decoys alone: { rows (a column of numbers), x, names, scans, peptides, spectra, groups (what hangs together, and how many) }.
function M.decoys(set, psms, folds)
  local rows = (set.y:less_equal(0)):find()
  if rows.rows < LEAST then check.fail("ll.rescore.null: %d decoys; at least %d are needed", rows.rows, LEAST) end
  local part = set:subset(rows:table())
  local groups, count = part:cut_groups(rows.rows // (2 * folds))
  return { rows = rows, x = set.x:gather(rows), names = set.columns, missing = set.missing, scans = part.groups,
    peptides = part.domains, spectra = identified.spectra(psms):gather(rows), groups = groups, count = count }
end

-- The labels of a relabeling, n×1: all matches of a scan, and of a peptide, get one, as false matches have it.
function M.labels(decoys, seed, k)
  return ll.random(seed, k, "relabel"):bernoulli(decoys.count, 1, 0.5):gather(decoys.groups)
end

local function set_of(decoys, seed, k, name)
  return ll.data.matrix(decoys.x, M.labels(decoys, seed, k), { name = name, names = decoys.names, groups = decoys.scans,
    domains = decoys.peptides, missing = decoys.missing })
end

-- ---- what came out -------------------------------------------------------------------------------------------------------------

-- The 95 % interval of a share k of n (Clopper and Pearson).
function M.interval(k, n)
  local tail = (1 - CONFIDENCE) / 2
  local function solve(f) -- f falls with p
    local low, high = 0, 1
    for _ = 1, 60 do
      local middle = (low + high) / 2
      if f(middle) > 0 then low = middle else high = middle end
    end
    return (low + high) / 2
  end
  return k == 0 and 0 or solve(function(p) return ll.stats.binomial_cdf(k - 1, n, p) - (1 - tail) end),
    k == n and 1 or solve(function(p) return ll.stats.binomial_cdf(k, n, p) - tail end)
end

-- What the numbers of all relabelings say. Among false matches alone the false discovery rate is the chance that any passes, which
-- a level therefore bounds.
function M.judge(rows)
  local n, at = #rows, {}
  for i, level in ipairs(M.levels) do
    local any, most = 0, 0
    for _, row in ipairs(rows) do
      if row.accepted[i] > 0 then any = any + 1 end
      most = math.max(most, row.accepted[i])
    end
    local low, high = M.interval(any, n)
    at[i] = { level = level, any = any, most = most, low = low, high = high,
      verdict = low > level and "does not hold" or high <= level and "holds" or "open" }
  end
  local sum, squares = 0, 0
  for _, row in ipairs(rows) do sum, squares = sum + row.auc, squares + row.auc ^ 2 end
  local mean = sum / n
  local deviation = n > 1 and math.sqrt(math.max(0, (squares - n * mean ^ 2) / (n - 1))) or nil
  local error_of = deviation and deviation / math.sqrt(n)
  local knows = error_of ~= nil and n >= 5 and mean - 3 * error_of > 0.5
  local holds, fails, any = true, false, 0
  for _, each in ipairs(at) do
    holds, fails, any = holds and each.verdict == "holds", fails or each.verdict == "does not hold", math.max(any, each.any)
  end
  return { at = at, auc = mean, auc_error = error_of, knows = knows, any = any,
    verdict = fails and "does not hold" or holds and not knows and "holds" or "open" }
end

-- q-values of the relabelled decoys, by the way of the rescoring.
local function row_of(decoys, scores, labels, fdr)
  local found = identified.statistics({ scores = scores, labels = labels, spectra = decoys.spectra }, fdr)
  local row = { targets = math.tointeger((labels * found.counts):sum():item()), accepted = {},
    auc = ll.metric.auc(scores, labels) }
  row.decoys = math.tointeger(found.counts:sum():item()) - row.targets
  for i, level in ipairs(M.levels) do
    row.accepted[i] = math.tointeger((found.q:less_equal(level) * labels * found.counts):sum():item())
  end
  return row
end

-- ---- running --------------------------------------------------------------------------------------------------------------------

-- The study, and the decoys. It is the one of a rescoring, on other data.
local function study_for(asked, relabelings, seed)
  local study = recipe.new(asked)
  local set, psms = recipe.read(study)
  local decoys, specs = M.decoys(set, psms, asked.folds or recipe.defaults.folds), {}
  for k = 1, relabelings do
    local name = "relabeling " .. k
    specs[k] = { name = name, named = true, make = function() return set_of(decoys, seed, k, name) end }
  end
  study.data, study.contents = specs, false
  study.question = "Does anything pass where all matches are decoys?"
  return study, decoys
end

--- ll.rescore.null { files, db = "null.db", relabelings = 100 [, …] } -> null
-- Rescores decoys alone, half of which are called targets, many times: nothing may pass. It is a study, which may be carried on.
-- Gives null: relabelings, decoys; rows, a table for each relabeling (relabeling, targets, decoys, accepted at each of null.levels,
-- auc); at, for each level { level, any, most, low, high, verdict }: how many relabelings accepted anything, the most that one
-- accepted, the 95 % interval of the share of relabelings that accept any, and whether the level "holds" (the interval is below
-- it), "does not hold" (above) or is "open"; auc, the mean, 0.5 where the scores know nothing; verdict. null:words() and
-- null:table() say it.
--   files         paths of Percolator's input, an array
--   db            the database
--   relabelings   how many (100)
--   cuts          cuts into folds, whose scores are averaged (1)
--   steps         of a network (300)
--   fdr           as of ll.rescore.run ("auto")
--   jobs          how many processes work (the cores)
--   …             the other fields of ll.rescore.study but seeds
-- Errors: fewer than 200 decoys; what ll.rescore.study refuses.
-- See: null:words, null:table, ll.rescore.run, rescored:leaks, rescored:entrapment
-- Example:
--   local lines = { "SpecId\tLabel\tScanNr\tscore\tPeptide\tProteins" }
--   for i = 1, 600 do
--     lines[#lines + 1] = ("m%d\t%d\t%d\t%g\tK.AB%d.R\tP"):format(i, i % 2 * 2 - 1, i, i % 2 * (i % 3) + i % 7 / 7, i)
--   end
--   ll.system.write("a.pin", table.concat(lines, "\n"))
--   local null = ll.rescore.null { files = { "a.pin" }, db = "null.db", relabelings = 2, steps = 10 }
--   null.decoys, #null.rows, null.at[1].any   --> 300 2 0
function M.run(options, ...)
  check.no_more("ll.rescore.null", 1, ...)
  if type(options) ~= "table" then check.fail("ll.rescore.null: { files, db, … } was expected, not %s", check.show(options)) end
  local asked = {}
  for key, value in pairs(options) do asked[key] = value end
  local db, jobs = check.string("ll.rescore.null: db", asked.db), asked.jobs
  local fdr = check.among("fdr", asked.fdr or "auto", identified.ways)
  local n = check.integer("ll.rescore.null: relabelings", check.default(asked.relabelings, M.defaults.relabelings), 1, 100000)
  local cuts = check.integer("ll.rescore.null: cuts", check.default(asked.cuts, M.defaults.cuts), 1, 100)
  if asked.seeds ~= nil then check.fail "ll.rescore.null: cuts says how many there are, in place of seeds" end
  for _, name in ipairs { "db", "jobs", "fdr", "relabelings", "cuts" } do asked[name] = nil end
  asked.name, asked.steps, asked.seeds = asked.name or "null", asked.steps or M.defaults.steps, {}
  for cut = 1, cuts do asked.seeds[cut] = cut end
  local seed = asked.seed or recipe.defaults.seed
  local study, decoys = study_for(asked, n, seed)
  local code = study:run { db = db, jobs = jobs }
  if code ~= 0 then return nil, code end
  local store <close> = ll.store.open(db, { mode = "read" })
  local by_name = combine.by_set(store, decoys.rows.rows)
  local rows = {}
  for k = 1, n do
    local scores = by_name["relabeling " .. k]
    if scores then
      local row = row_of(decoys, scores, M.labels(decoys, seed, k), fdr)
      row.relabeling = k
      rows[#rows + 1] = row
    end
  end
  local null = M.judge(rows)
  null.relabelings, null.decoys, null.rows, null.db, null.fdr, null.levels = n, decoys.rows.rows, rows, db, fdr, M.levels
  return setmetatable(null, Null)
end

-- ---- words ----------------------------------------------------------------------------------------------------------------------

local function percent(x) return string.format("%.2g %%", 100 * x) end

--- null:words() -> { sentence, … }
-- What ll.rescore.null found: a sentence for each level, one on the scores themselves, and the verdict.
-- See: ll.rescore.null, null:table
-- Example:
--   type(ll.rescore.null)   --> function
function Null:words(...)
  check.no_more("null:words", 0, ...)
  local out = {}
  for i, at in ipairs(self.at) do
    local any = at.any == 0 and string.format("none of %d relabelings of %d decoys accepted anything", #self.rows, self.decoys)
      or string.format("%d of %d relabelings of %d decoys accepted something, at most %d matches", at.any, #self.rows, self.decoys,
        at.most)
    out[i] = string.format("at %s %s (%s to %s do, by the 95 %% interval; %s may)", percent(at.level), any, percent(at.low),
      percent(at.high), percent(at.level))
  end
  out[#out + 1] = string.format("those called targets have the higher score in %.2f %%%s of pairs%s", 100 * self.auc,
    self.auc_error and string.format(" (± %.2f)", 196 * self.auc_error) or "",
    self.knows and ": scores know something of labels that were drawn" or ", where 50 say that scores know nothing")
  if self.verdict == "does not hold" then
    out[#out + 1] = "the levels do not hold: scores know labels that were drawn"
  elseif self.verdict == "holds" then
    out[#out + 1] = "the levels hold"
  elseif self.any > 0 or self.knows then
    out[#out + 1] = "it is open whether the levels hold: more relabelings would tell"
  else
    local least = self.levels[1]
    out[#out + 1] = string.format("nothing speaks against the levels; %d relabelings of which none accepts anything would show "
      .. "that %s holds", math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(1 - least)), percent(least))
  end
  return out
end

--- null:table() -> { { cell, … }, … }
-- The numbers of all relabelings, and of all together, as rows of texts with a row of names before them.
-- See: ll.rescore.null, null:words
-- Example:
--   type(ll.rescore.null)   --> function
function Null:table(...)
  check.no_more("null:table", 0, ...)
  local head = { "relabeling", "targets", "decoys" }
  for _, level in ipairs(self.levels) do head[#head + 1] = "accepted at " .. percent(level) end
  head[#head + 1] = "AUC"
  local out = { head }
  for _, row in ipairs(self.rows) do
    local cells = { tostring(row.relabeling), tostring(row.targets), tostring(row.decoys) }
    for i in ipairs(self.levels) do cells[#cells + 1] = tostring(row.accepted[i]) end
    cells[#cells + 1] = string.format("%.4f", row.auc)
    out[#out + 1] = cells
  end
  return out
end

function Null:__tostring() return text.clean(table.concat(self:words(), "; ")) end

return M
