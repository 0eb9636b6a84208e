-- Lists of what is identified, each from the best score down: matches, peptides (the best match of each) and proteins (picked).
--
--   a list of matches or peptides: { rows (numbers among the matches), scores, labels, q, pep (n×1 each), pi0, kinds [opt] }
--   how: { fdr = one of identified.ways, kinds = a column of whole numbers, one a match [opt],
--          counted = true [opt]: only to be counted, without PEPs and in no order }
local ll = require "losslab"
local check = require "losslab.check"
local identified = require "losslab.rescore.identified"

local M = {}

-- The list of some rows of the matches.
local function rated(scores, labels, rows, how)
  local self = { rows = rows, scores = scores:gather(rows), labels = labels:gather(rows), pi0 = 1 }
  local options = { method = how.fdr == "separate" and "separate" or "tdc" }
  if how.fdr == "separate" then
    local estimate = ll.fdr.pi0(self.scores, self.labels)
    self.pi0, options.pi0 = estimate.pi0, estimate.pi0
  end
  if how.kinds then
    self.q, self.pep = identified.by_kind(self.scores, self.labels, how.kinds:gather(rows), options, how.counted)
  else
    self.q = ll.fdr.qvalues(self.scores, self.labels, options)
    self.pep = not how.counted and ll.fdr.pep(self.scores, self.labels, options) or nil
  end
  return self
end

local COLUMNS = { "rows", "scores", "labels", "q", "pep" }

local function from_the_best_down(self)
  local order = self.scores:argsort { descending = true }
  for _, name in ipairs(COLUMNS) do self[name] = self[name]:gather(order) end
  return self
end

-- Rows of the matches that count by a way.
local function counting(rescored, fdr)
  return (fdr == rescored.fdr and rescored or identified.statistics(rescored, fdr)).counts:find()
end

-- Of these rows the best of each peptide; of a peptide that is a target's and a decoy's the best of either.
local function best_of_peptides(rescored, rows)
  local labels, parts = rescored.labels:gather(rows), nil
  for class = 0, 1 do
    local own = labels:equal(class):find()
    if own.rows > 0 then
      own = rows:gather(own)
      local best = own:gather(ll.fdr.best(rescored.scores:gather(own), (rescored.psms:peptide_groups(own))):find())
      parts = parts and ll.vstack(parts, best) or best
    end
  end
  return parts
end

-- all [opt]: those that do not count, having lost their spectrum, are listed, too, with q and PEP 1.
function M.matches(rescored, how, all)
  local rows = counting(rescored, how.fdr)
  local self = rated(rescored.scores, rescored.labels, rows, how)
  local n = rescored.labels.rows
  if all and rows.rows < n then
    local lost = ll.ones(rows.rows, 1):scatter_add(rows, n):equal(0):find()
    local ones = ll.ones(lost.rows, 1)
    self.rows, self.q, self.pep = ll.vstack(rows, lost), ll.vstack(self.q, ones), ll.vstack(self.pep, ones)
    self.scores, self.labels = rescored.scores:gather(self.rows), rescored.labels:gather(self.rows)
  end
  return how.counted and self or from_the_best_down(self)
end

-- Of the matches that count; nil where the files have no peptides.
function M.peptides(rescored, how)
  if rescored.psms:peptide(1) == nil then return nil end
  local rows = best_of_peptides(rescored, counting(rescored, how.fdr))
  local self = rated(rescored.scores, rescored.labels, rows, how)
  return how.counted and self or from_the_best_down(self)
end

-- The list of ll.fdr.picked over a list of peptides, whose rows count from 1 in that list; nil and why where there are no proteins.
-- prefix [opt]: how decoys are named.
function M.proteins(rescored, peptides, prefix)
  if not peptides then return nil, "there are no peptides" end
  local psms, names, with = rescored.psms, {}, {}
  for i, row in ipairs(peptides.rows:table()) do
    local text = psms:proteins(math.tointeger(row))
    if text == nil then return nil, "the files have no column of proteins" end
    names[i] = text
    if text:find "[^%s;]" then with[#with + 1] = i end
  end
  if #with == 0 then return nil, "no peptide has a protein" end
  local list = ll.fdr.picked(peptides.scores, peptides.labels, names, { prefix = prefix, rows = #with < #names and with or nil })
  list.none = #names - #with
  return list
end

-- Raises where no protein of a decoy begins with the prefix.
function M.check_prefix(psms, labels, prefix)
  for _, row in ipairs(labels:equal(0):find():table()) do
    for name in (psms:proteins(math.tointeger(row)) or prefix):gmatch "[^\t;]+" do
      if name:sub(1, #prefix) == prefix then return end
    end
  end
  check.fail("no protein of a decoy begins with %s; the first decoy's are %s", check.show(prefix),
    check.show(psms:proteins(math.tointeger(labels:equal(0):find():get(1)))))
end

-- How many targets of a list have a q-value of at most level.
function M.accepted(list, level)
  if list.q then return math.tointeger((list.q:less_equal(level) * list.labels):sum():item()) end
  local count = 0
  level = ll.matrix({ level }):get(1) -- rounded as q-values are
  for _, each in ipairs(list) do
    if each.label == 1 and each.q <= level then count = count + 1 end
  end
  return count
end

return M
