-- Proteins from peptides, by picked competition: a protein and its decoy are one pair, and the better of the two stands for it.
local ll = require "losslab"
local check = require "losslab.check"
local decoy_names = require "losslab.fdr.decoy_names"
local protein_groups = require "losslab.fdr.protein_groups"

-- The names of a row: a list, or a text of several between tabs or semicolons; each once.
local function names_of(given, row)
  if type(given) == "string" and given:find "%S" and not given:find "[\t;]" then return { given } end
  local names, seen = {}, {}
  local function add(name)
    if type(name) ~= "string" or not name:find "%S" then
      check.fail("picked: proteins, row %d: %s; names of proteins were expected, a text or a list of texts", row, check.show(name))
    end
    if not seen[name] then names[#names + 1], seen[name] = name, true end
  end
  if type(given) == "table" then
    for _, name in ipairs(given) do add(name) end
  else
    for name in (type(given) == "string" and given or ""):gmatch "[^\t;]+" do add(name) end
  end
  if #names == 0 then add(type(given) == "table" and "" or given) end
  return names
end

-- Which rows count, by the masks and lists that the functions of C take.
local function counted(rows, n)
  local counts = {}
  if rows == nil then
    for i = 1, n do counts[i] = true end
    return counts
  end
  if type(rows) ~= "table" and type(rows) ~= "userdata" then
    check.fail("picked: rows must be a column or a list, not %s", check.show(rows))
  end
  local list = type(rows) == "table" and rows or rows:table()
  local is_mask = #list == n
  for _, each in ipairs(list) do is_mask = is_mask and (each == 0 or each == 1) end
  for i, each in ipairs(list) do
    if is_mask then counts[i] = each == 1
    elseif math.type(each) == nil or each < 1 or each > n or each % 1 ~= 0 then
      check.fail("picked: rows: %s of %d; a column of %d of 0 and 1, or numbers of rows, were expected", check.show(each), n, n)
    else counts[math.floor(each)] = true end
  end
  return counts
end

local function column(m, what, n)
  local is_matrix = type(m) == "userdata" and (getmetatable(m) or {}).__name == "losslab.matrix"
  if type(m) ~= "table" and not is_matrix then check.fail("picked: %s must be a column, not %s", what, check.show(m)) end
  m = is_matrix and m or ll.matrix(m)
  local rows, cols = m:shape()
  if cols ~= 1 or n and rows ~= n then
    check.fail("picked: %s is %dx%d, %s expected", what, rows, cols, n and string.format("%dx1", n) or "a column was")
  end
  return m:table()
end

-- Names of the other class do not count for a row, unless it has no others: peptides that targets and decoys share.
local function of_class(names, label, affix, at_end)
  if not affix or #names == 1 then return names end
  local own = {}
  for _, name in ipairs(names) do
    if decoy_names.has(name, affix, at_end) == (label ~= 1) then own[#own + 1] = name end
  end
  return #own > 0 and own or names
end

-- A class's groups with their scores; without a peptide of its own a group has none and is left out.
local function scored(rows, names, label, scores, summary)
  local groups, parts, shared = protein_groups.groups(rows, names)
  local out = {}
  for _, group in ipairs(groups) do
    table.sort(group.unique, function(a, b) return scores[a] > scores[b] or scores[a] == scores[b] and a < b end)
    if #group.unique > 0 then
      out[#out + 1] = { proteins = group.proteins, score = scores[group.unique[1]], label = label, peptides = group.unique }
    end
  end
  summary.parts, summary.shared = summary.parts + parts, summary.shared + shared
  summary.without = summary.without + #groups - #out
  return out
end

-- From the best down a group is left out where one of its proteins is the partner of one that is in already. Of a target and a
-- decoy that tie a coin decides, which the protein's own name throws.
local function pick(groups, affix, at_end, seed)
  for _, group in ipairs(groups) do
    group.bases = {}
    for i, name in ipairs(group.proteins) do group.bases[i] = decoy_names.base(name, affix, at_end) end
    table.sort(group.bases)
    local heads = ll.random(seed, 0, group.bases[1]):integer(2) == 1
    group.later = heads == (group.label == 1) and 0 or 1
  end
  table.sort(groups, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    if a.later ~= b.later then return a.later < b.later end
    if a.label ~= b.label then return a.label > b.label end
    return a.proteins[1] < b.proteins[1]
  end)
  local taken, kept, pairs_met = { [0] = {}, [1] = {} }, {}, 0
  for _, group in ipairs(groups) do
    local beaten = false
    for _, base in ipairs(group.bases) do beaten = beaten or affix and taken[1 - group.label][base] end
    if beaten then pairs_met = pairs_met + 1
    else
      kept[#kept + 1] = group
      for _, base in ipairs(group.bases) do taken[group.label][base] = true end
    end
    group.bases, group.later = nil, nil
  end
  return kept, pairs_met
end

local function rate(groups)
  if #groups == 0 then return end
  local scores, labels = {}, {}
  for i, group in ipairs(groups) do scores[i], labels[i] = group.score, group.label end
  local q, pep = ll.core.fdr.qvalues(scores, labels), ll.core.fdr.pep(scores, labels)
  for i, group in ipairs(groups) do group.q, group.pep = q:get(i), pep:get(i) end
end

local function note(list)
  if not list.picked then
    return "classic competition, not picked: no prefix or suffix was found by which decoys are named after targets "
      .. "(prefix = \"…\" or suffix = \"…\" gives it)"
  end
  return string.format("picked competition: decoys are named by the %s %s; %d pairs met, the lower of each is left out",
    list.prefix and "prefix" or "suffix", check.show(list.prefix or list.suffix), list.pairs)
end

--- ll.fdr.picked(scores, labels, proteins [, { prefix = text, suffix = text, rows = column, seed = 1 }]) -> { table, … }
-- Proteins with q-values, from peptides, by picked competition of each protein with its own decoy.
-- Gives a list from the best score down of {proteins, score, label, q, pep, peptides}: names of proteins that no peptide tells
-- apart, the score of their best peptide, 1 for targets and 0 for decoys, q-value and PEP, and the numbers of their rows, the best
-- first. A protein whose peptides are some of another's is left out, and a peptide counts where one group of proteins alone has it.
-- Fields of the list: picked, prefix or suffix (how decoys are named), pairs (that met), parts (groups left out as parts of
-- others), shared (peptides that count for none), without (groups left without a peptide of their own), note (how it was done, in
-- a sentence). Where no naming of decoys is found, all compete in one list, which note says.
--   scores     a column, one row a peptide: the best match of each (ll.fdr.best)
--   labels     a column of 0 and 1, or of -1 and 1
--   proteins   a list, for each row its proteins: a list of names, or a text with tabs or semicolons between them
--   prefix     what stands before a target's name in that of its decoy, such as "DECOY_" (told from the decoys' names)
--   suffix     what stands behind it (told from the decoys' names)
--   rows       the rows that count: a column of n of 0 and 1, or numbers of rows (all)
--   seed       a whole number: coins for ties of a protein and its decoy (1)
-- Errors: shapes that differ; a row without a protein; prefix and suffix at once; an option that is none.
-- See: ll.fdr.best, ll.fdr.qvalues
-- Example:
--   local proteins = { "A", "A;B", "C", "rev_A", "rev_C", "D" }
--   local list = ll.fdr.picked({ 9, 8, 3, 2, 5, 4 }, { 1, 1, 1, 0, 0, 1 }, proteins)
--   #list, list[1].proteins, list[2].proteins, list.prefix   --> 3 { "A" } { "rev_C" } rev_
return function(scores, labels, proteins, options, ...)
  check.no_more("ll.fdr.picked", 4, ...)
  options = check.options("picked", options or {}, { "prefix", "suffix", "rows", "seed" })
  scores = column(scores, "scores")
  labels = column(labels, "labels", #scores)
  local affix, at_end = options.prefix or options.suffix, options.suffix ~= nil
  if options.prefix and options.suffix then check.fail "picked: prefix and suffix are given; decoys are named by one of them" end
  if affix ~= nil and (type(affix) ~= "string" or affix == "") then
    check.fail("picked: %s must be a text, not %s", at_end and "suffix" or "prefix", check.show(affix))
  end
  if type(proteins) ~= "table" or #proteins ~= #scores then
    check.fail("picked: proteins must be a list of %d, not %s", #scores,
      type(proteins) == "table" and "one of " .. #proteins or check.show(proteins))
  end
  if #scores == 0 then check.fail "picked: scores is empty" end
  local names, counts, rows = {}, counted(options.rows, #scores), { [0] = {}, [1] = {} }
  for i = 1, #scores do
    if scores[i] - scores[i] ~= 0 then
      check.fail("picked: scores, row %d: %s; a finite number was expected", i, check.show(scores[i]))
    end
    if labels[i] ~= 1 and labels[i] ~= 0 and labels[i] ~= -1 then
      check.fail("picked: labels, row %d: %s is no label: {0, 1} or {-1, +1} expected", i, check.show(labels[i]))
    end
    if counts[i] then
      names[i] = names_of(proteins[i], i)
      table.insert(rows[labels[i] == 1 and 1 or 0], i)
    end
  end
  if not affix then affix, at_end = decoy_names.find(rows[0], rows[1], names) end
  for label = 0, 1 do
    for _, i in ipairs(rows[label]) do names[i] = of_class(names[i], label, affix, at_end) end
  end
  local summary = { parts = 0, shared = 0, without = 0 }
  local groups = scored(rows[1], names, 1, scores, summary)
  local decoys = scored(rows[0], names, 0, scores, summary)
  table.move(decoys, 1, #decoys, #groups + 1, groups)
  local list, met = pick(groups, affix, at_end, options.seed or 1)
  rate(list)
  list.picked, list.pairs = affix ~= nil, met
  list.prefix, list.suffix = not at_end and affix or nil, at_end and affix or nil
  list.parts, list.shared, list.without = summary.parts, summary.shared, summary.without
  list.note = note(list)
  return list
end
