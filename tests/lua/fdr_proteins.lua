-- Proteins from peptides: groups, parts, shared peptides, pairs, names of decoys, by a plain quadratic form, and on drawn data.
local t = require "tests.lua.tap"
local ll = require "losslab"
local picked = ll.fdr.picked

-- ---- by hand ----

local scores = { 9, 8, 7, 6, 5, 4, 3, 2 }
local labels = { 1, 1, 1, 0, 1, 0, 0, 1 }
local proteins = { "A;B", "A;B", { "A", "B", "C" }, "DECOY_A", "D", "DECOY_D", { "DECOY_E", "DECOY_F" }, "D\tF" }
local list = picked(scores, labels, proteins)
t.is(#list, 3, "three groups are left")
t.is({ list[1].proteins, list[1].score, list[1].label, list[1].peptides }, { { "A", "B" }, 9.0, 1, { 1, 2, 3 } },
  "A and B are one group, which has C's one peptide as well")
t.is({ list[2].proteins, list[2].label, list[2].peptides }, { { "D" }, 1, { 5, 8 } }, "D has beaten its decoy, F is a part")
t.is({ list[3].proteins, list[3].label, list[3].score }, { { "DECOY_E", "DECOY_F" }, 0, 3.0 }, "a decoy without a target")
t.near({ list[1].q, list[2].q, list[3].q }, { 1 / 2, 1 / 2, 1 }, 1e-6, "q-values")
t.is({ list.prefix, list.suffix, list.pairs, list.parts, list.shared, list.without }, { "DECOY_", nil, 2, 2, 0, 0 }, "what it says")
t.like(list.note, 'picked competition: decoys are named by the prefix "DECOY_"; 2 pairs met', "in a sentence")

-- Two proteins with a peptide in common that counts for neither; a third whose peptides are all shared.
list = picked({ 5, 4, 3, 2 }, { 1, 1, 1, 1 }, { "A", "A;B", "B", "A;C" }, { prefix = "rev_" })
t.is({ #list, list.shared, list.parts, list.without }, { 2, 1, 1, 0 }, "a shared peptide, and a part")
t.is({ list[1].peptides, list[2].peptides }, { { 1, 4 }, { 3 } }, "where it is left out, its peptide counts for the other")
list = picked({ 5, 4, 3 }, { 1, 1, 1 }, { "A;B", "B;C", "C;A" }, { prefix = "rev_" })
t.is({ #list, list.shared, list.without }, { 0, 3, 3 }, "without a peptide of its own no protein is left, which is no error")

-- ---- names of decoys ----

local function named(decoys, targets)
  local s, y, names = {}, {}, {}
  for i, name in ipairs(decoys) do s[i], y[i], names[i] = i, 0, name end
  for _, name in ipairs(targets or { "sp|P1|ONE", "sp|P2|TWO" }) do s[#s + 1], y[#y + 1], names[#names + 1] = #s + 1, 1, name end
  local of = picked(s, y, names)
  return of.prefix or of.suffix and "…" .. of.suffix
end
t.is(named { "decoy_sp|P1|ONE", "decoy_sp|P7|X" }, "decoy_", "decoy_")
t.is(named { "rev_sp|P1|ONE", "rev_sp|P7|X" }, "rev_", "rev_")
t.is(named({ "REV__P1", "REV__P2" }, { "P1", "P2" }), "REV__", "REV__")
t.is(named { "XXX_sp|P1|ONE", "XXX_sp|P2|TWO" }, "XXX_", "XXX_")
t.is(named({ "random_P1", "random_P2" }, { "P1" }), "random_", "random_")
t.is(named { "sp|P1|ONE_REVERSED", "sp|P2|TWO_REVERSED" }, "…_REVERSED", "a suffix")
t.is(named({ "wrong-P1", "wrong-P2" }, { "P1", "P2" }), "wrong-", "a word that is none for decoys, which all of them have")
t.is(named { "sp|P1|ONE", "sp|P2|TWO" }, nil, "none")
t.is(named({ "decoy_P1", "decoy_P2" }, { "decoy_P1", "decoy_P2" }), nil, "one that targets have, too")
list = picked({ 2, 1 }, { 1, 0 }, { "P1", "P1" })
t.ok(not list.picked and list.note:find "classic competition", "classic competition is said")
t.is(#list, 2, "and nothing is left out")
t.is(#picked({ 2, 1 }, { 1, 0 }, { "P1", "P1-wrong" }, { suffix = "-wrong" }), 1, "a suffix that is given")

-- ---- errors ----

t.throws(function() picked({ 1, 2 }, { 1, 0 }, { "A" }) end, "proteins must be a list of 2, not one of 1", "too few proteins")
t.throws(function() picked({ 1, 2 }, { 1, 0 }, { "A", {} }) end, "proteins, row 2", "a row without a protein")
t.throws(function() picked({ 1, 2 }, { 1, 2 }, { "A", "B" }) end, "labels, row 2: 2 is no label", "a label that is none")
t.throws(function() picked(nil, { 1 }, { "A" }) end, "picked: scores must be a column, not nil", "no scores")
t.throws(function() picked({ 1 }, { 1 }, { "A" }, { rows = 1 }) end, "rows must be a column or a list", "rows that are none")
t.throws(function() picked({ 1 }, { 1 }, { "A" }, { prefix = "a", suffix = "b" }) end, "prefix and suffix", "two affixes")
t.throws(function() picked({ 1 }, { 1 }, { "A" }, { prefixes = "a" }) end, 'did you mean "prefix"', "an option that is none")
t.throws(function() picked({ 1, 0 / 0 }, { 1, 0 }, { "A", "B" }) end, "scores, row 2: nan", "NaN")
t.throws(function() picked({}, {}, {}) end, "scores is empty", "nothing")
t.throws(function() picked({ 1 }, { 1 }, { "A" }, { seed = "one" }) end, "the seed must be an integer", "a seed that is none")
t.throws(function() picked({ 1, 2 }, { 1, 0 }, { "A", "B" }, { rows = { 3 } }) end, "rows: 3 of 2", "a row that is not there")

-- ---- against the plain form ----

local r = ll.random(20261204)

-- Groups, parts and single peptides by comparing all with all.
local function plain(rows, names)
  local set_of, order = {}, {}
  for _, i in ipairs(rows) do
    for _, name in ipairs(names[i]) do
      if not set_of[name] then set_of[name], order[#order + 1] = {}, name end
      set_of[name][i] = true
    end
  end
  table.sort(order)
  local function within(a, b)
    for i in pairs(set_of[a]) do if not set_of[b][i] then return false end end
    return true
  end
  local kept = {}
  for _, a in ipairs(order) do
    local first, part = true, false
    for _, b in ipairs(order) do
      if within(a, b) and within(b, a) then first = first and b >= a elseif within(a, b) then part = true end
    end
    if first and not part then kept[#kept + 1] = a end
  end
  local out = {}
  for _, a in ipairs(kept) do
    local group = { proteins = {}, best = nil }
    for _, b in ipairs(order) do
      if within(a, b) and within(b, a) then group.proteins[#group.proteins + 1] = b end
    end
    for i in pairs(set_of[a]) do
      local owners = 0
      for _, b in ipairs(kept) do if set_of[b][i] then owners = owners + 1 end end
      if owners == 1 and (not group.best or scores[i] > scores[group.best]) then group.best = i end
    end
    if group.best then out[#out + 1] = group end
  end
  return out
end

local wrong = 0
for case = 1, 200 do
  local n, names, rows = r:integer(25), {}, { [0] = {}, [1] = {} }
  local given, counting = {}, {}
  scores, labels = {}, {}
  for i = 1, n do
    scores[i], labels[i], names[i] = r:integer(8) + i / 100, r:integer(2) - 1, {}
    for k = 1, r:integer(3) do names[i][k] = (labels[i] == 0 and "rev_" or "") .. string.char(64 + r:integer(8)) end
    given[i] = r:integer(2) == 1 and table.concat(names[i], ";") or names[i]
    if i > 1 and labels[i] == labels[i - 1] and r:integer(4) == 1 then names[i], given[i] = names[i - 1], given[i - 1] end
    if case % 2 == 0 or r:integer(4) > 1 then counting[#counting + 1] = i end
  end
  for _, i in ipairs(counting) do table.insert(rows[labels[i]], i) end
  local want = plain(rows[1], names)
  table.move(plain(rows[0], names), 1, 1000, #want + 1, want)
  table.sort(want, function(a, b) return scores[a.best] > scores[b.best] end) -- all differ
  local taken, left = {}, {}
  for _, group in ipairs(want) do
    local beaten = false
    for _, name in ipairs(group.proteins) do
      beaten = beaten or taken[labels[group.best] == 1 and "rev_" .. name or name:sub(5)]
    end
    if not beaten then
      left[#left + 1] = table.concat(group.proteins, ";") .. " " .. group.best
      for _, name in ipairs(group.proteins) do taken[name] = true end
    end
  end
  local got = {}
  for i, group in ipairs(picked(scores, labels, given, { prefix = "rev_", rows = counting })) do
    got[i] = table.concat(group.proteins, ";") .. " " .. group.peptides[1]
  end
  if table.concat(got, ", ") ~= table.concat(left, ", ") then
    wrong = wrong + 1
    t.note("case %d: got %s; expected %s", case, table.concat(got, ", "), table.concat(left, ", "))
  end
end
t.is(wrong, 0, "200 drawn lists are those of the plain form")

-- ---- drawn proteins of which a third is there: as many are false as the level says; ties go to neither side ----

local accepted, false_ones = 0, 0
for _ = 1, 20 do
  scores, labels, proteins = {}, {}, {}
  for p = 1, 400 do
    local there = p % 3 == 0
    for k = 1, 3 do
      local row = #scores + 1
      scores[row], labels[row], proteins[row] = r:normal() + (there and k == 1 and 4 or 0), 1, "P" .. p
      scores[row + 1], labels[row + 1], proteins[row + 1] = r:normal(), 0, "rev_P" .. p
    end
  end
  for _, group in ipairs(picked(scores, labels, proteins)) do
    if group.label == 1 and group.q <= 0.1 then
      accepted = accepted + 1
      if tonumber(group.proteins[1]:sub(2)) % 3 ~= 0 then false_ones = false_ones + 1 end
    end
  end
end
t.ok(false_ones / accepted <= 0.11 and false_ones / accepted >= 0.06 and accepted > 20 * 100,
  string.format("of %d proteins with q <= 0.1, %.3f are false", accepted, false_ones / accepted))

-- How many of 3000 pairs keep a target: of each the groups of either class, texts in which % is the pair's number, at one score.
local function kept_targets(targets, decoys, each_its_score, seed)
  scores, labels, proteins = {}, {}, {}
  for pair = 1, 3000 do
    for label, groups in pairs { [0] = decoys, [1] = targets } do
      for _, group in ipairs(groups) do
        local row = #scores + 1
        scores[row], labels[row], proteins[row] = each_its_score and pair or 1, label, (group:gsub("%%", pair))
      end
    end
  end
  local kept, count = {}, 0
  for _, group in ipairs(picked(scores, labels, proteins, { prefix = "rev_", seed = seed })) do
    if group.label == 1 then kept[group.proteins[1]:match "%d+"] = true end
  end
  for _ in pairs(kept) do count = count + 1 end
  return count
end
for _, form in ipairs {
  { 1 / 2, { "A%" }, { "rev_A%" } }, { 1 / 2, { "A%;B%" }, { "rev_A%" } }, { 1 / 2, { "A%;B%" }, { "rev_B%" } },
  { 1 / 2, { "B%" }, { "rev_A%;rev_B%" } }, { 1 / 2, { "A%;B%" }, { "rev_B%;rev_C%" } }, { 1 / 2, { "A%" }, { "A%" } },
  { 1 / 3, { "A%;B%" }, { "rev_A%", "rev_B%" } }, { 2 / 3, { "A%", "B%" }, { "rev_A%;rev_B%" } }, -- the first of three
} do
  local share, targets, decoys = form[1], form[2], form[3]
  local shown = table.concat(targets, " and ") .. " against " .. table.concat(decoys, " and ")
  local got = kept_targets(targets, decoys, false, 1) + kept_targets(targets, decoys, true, 2)
  t.ok(math.abs(got - 6000 * share) < 4 * math.sqrt(6000 * share * (1 - share)),
    string.format("%s: of 6000 that tie %d keep a target, about %.0f expected", shown, got, 6000 * share))
end

-- What one pair comes to says nothing of another that has the same score.
local agree, last = 0, nil
scores, labels, proteins = {}, {}, {}
for pair = 1, 3000 do
  for k, name in ipairs { "A%", "rev_A%", "B%;C%", "rev_C%" } do
    local row = #scores + 1
    scores[row], labels[row], proteins[row] = pair, k % 2, (name:gsub("%%", pair))
  end
end
for _, group in ipairs(picked(scores, labels, proteins)) do
  if last and last.score == group.score then agree = agree + (last.label == group.label and 1 or 0) end
  last = group
end
t.ok(math.abs(agree - 1500) < 4 * math.sqrt(750), agree .. " of 3000 pairs end as the one that ties with them")

local function shown(groups)
  local out = {}
  for i, group in ipairs(groups) do out[i] = table.concat(group.proteins, ";") .. " " .. group.score end
  return table.concat(out, ", ")
end
local turned = { {}, {}, {} }
for k, column in ipairs { scores, labels, proteins } do
  for i = 1, #column do turned[k][i] = column[#column + 1 - i] end
end
local first = shown(picked(scores, labels, proteins))
t.is(shown(picked(turned[1], turned[2], turned[3])), first, "rows in another order give the same list")
t.ok(shown(picked(scores, labels, proteins, { seed = 2 })) ~= first, "another seed another one")
t.done()
