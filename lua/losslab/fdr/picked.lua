-- Proteins from peptides, by picked competition: a protein and its decoy are one pair, and the better of the two stands for it.
local ll = require "losslab"
local check = require "losslab.check"
local decoy_names = require "losslab.fdr.decoy_names"
local protein_groups = require "losslab.fdr.protein_groups"

-- The names of a row: a list, or a text of several between tabs or semicolons; each once.
local function names_of(given, row)
  if type(given) == "string" and given:find "%S" and not (given:find("\t", 1, true) or given:find(";", 1, true)) then
    return { given }
  end
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

-- The rows of a class by what names they have: names, lists of them, and rows, those that have just these. Rows with the same text
-- are one entry, so that their names are read once.
local function new_class() return { names = {}, rows = {}, entries = {} } end

local function add_row(class, row, given)
  local entry = class.entries[given]
  if entry then
    local rows = class.rows[entry]
    rows[#rows + 1] = row
  else
    local names, n = names_of(given, row), #class.names + 1
    class.names[n], class.rows[n], class.entries[given] = names, { row }, n
  end
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

-- Adds to what is found a class's groups, their labels and the scores of their best peptides; without a peptide of its own a group
-- has no score and is left out.
local function add_class(found, label, class, scores)
  local proteins, peptides, parts, shared = protein_groups.groups(class.names, class.rows)
  local function better(a, b) return scores[a] > scores[b] or scores[a] == scores[b] and a < b end
  local n = #found.scores
  for i, own in ipairs(peptides) do
    if #own > 1 then table.sort(own, better) end
    if #own > 0 then
      n = n + 1
      found.proteins[n], found.peptides[n], found.labels[n], found.scores[n] = proteins[i], own, label, scores[own[1]]
    else found.without = found.without + 1 end
  end
  found.parts, found.shared = found.parts + parts, found.shared + shared
end

-- Sorts the places of groups that all have one score. Each group draws a number by its class and its own first name, so that of a
-- target and its decoy either comes first as often, however many proteins and partners they have.
local function draw_order(found, places, seed)
  local proteins, labels, drawn = found.proteins, found.labels, {}
  for _, place in ipairs(places) do drawn[place] = ll.random(seed, labels[place], proteins[place][1]):integer(1 << 53) end
  table.sort(places, function(a, b)
    if drawn[a] ~= drawn[b] then return drawn[a] < drawn[b] end
    if labels[a] ~= labels[b] then return labels[a] < labels[b] end
    return proteins[a][1] < proteins[b][1]
  end)
end

-- The places of the groups from the best score down.
local function ordered(found, seed)
  local scores, first = found.scores, 1
  local places = #scores > 0 and ll.argsort(scores, { descending = true }):table() or {}
  while first <= #places do
    local last = first
    while scores[places[last + 1]] == scores[places[first]] do last = last + 1 end
    if last > first then
      local tied = table.move(places, first, last, 1, {})
      draw_order(found, tied, seed)
      table.move(tied, 1, #tied, first, places)
    end
    first = last + 1
  end
  return places
end

-- From the best down a group is left out where one of its proteins is the partner of one that is in already.
local function pick(found, affix, at_end, seed)
  local taken, kept, bases, pairs_met = { [0] = {}, [1] = {} }, {}, {}, 0
  for _, place in ipairs(ordered(found, seed)) do
    local own, others, beaten = taken[found.labels[place]], taken[1 - found.labels[place]], false
    local proteins = found.proteins[place]
    for i = 1, #proteins do
      bases[i] = decoy_names.base(proteins[i], affix, at_end)
      beaten = beaten or affix and others[bases[i]]
    end
    if beaten then pairs_met = pairs_met + 1
    else
      kept[#kept + 1] = place
      for i = 1, #proteins do own[bases[i]] = true end
    end
  end
  return kept, pairs_met
end

-- The groups at some places, with q-values and PEPs.
local function rated(found, places)
  if #places == 0 then return {} end
  local scores, labels, list = {}, {}, {}
  for i, place in ipairs(places) do scores[i], labels[i] = found.scores[place], found.labels[place] end
  local s, y = ll.matrix(scores), ll.matrix(labels)
  local q, pep = ll.core.fdr.qvalues(s, y):table(), ll.core.fdr.pep(s, y):table()
  for i, place in ipairs(places) do
    list[i] = { proteins = found.proteins[place], score = scores[i], label = labels[i], q = q[i], pep = pep[i],
      peptides = found.peptides[place] }
  end
  return list
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
--   seed       a whole number: another order of equal scores, which is drawn, so that it favours no class (1)
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
  local seed = check.default(options.seed, 1)
  if type(seed) ~= "number" or not math.tointeger(seed) then
    check.fail("picked: the seed must be an integer, not %s", check.show(seed))
  end
  local counts, classes = counted(options.rows, #scores), { [0] = new_class(), [1] = new_class() }
  for i = 1, #scores do
    local label = labels[i]
    if scores[i] - scores[i] ~= 0 then
      check.fail("picked: scores, row %d: %s; a finite number was expected", i, check.show(scores[i]))
    end
    if label ~= 1 and label ~= 0 and label ~= -1 then
      check.fail("picked: labels, row %d: %s is no label: {0, 1} or {-1, +1} expected", i, check.show(label))
    end
    if counts[i] then add_row(classes[label == 1 and 1 or 0], i, proteins[i]) end
  end
  if not affix then affix, at_end = decoy_names.find(classes[0], classes[1]) end
  local found = { proteins = {}, peptides = {}, labels = {}, scores = {}, parts = 0, shared = 0, without = 0 }
  for label = 1, 0, -1 do
    local names = classes[label].names
    for i = 1, #names do names[i] = of_class(names[i], label, affix, at_end) end
    add_class(found, label, classes[label], scores)
  end
  local places, met = pick(found, affix, at_end, seed)
  local list = rated(found, places)
  list.picked, list.pairs = affix ~= nil, met
  list.prefix, list.suffix = not at_end and affix or nil, at_end and affix or nil
  list.parts, list.shared, list.without = found.parts, found.shared, found.without
  list.note = note(list)
  return list
end
