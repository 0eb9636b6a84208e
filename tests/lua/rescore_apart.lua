-- What networks learn from where little can be: peptides that no cut keeps in one fold, and some rows of very many.
local t = require "tests.lua.tap"
local ll = require "losslab"
local even_rows = require "losslab.rescore.even_rows"
local say = require "losslab.say"

say.quiet(true)
local folder, write = t.folder()

-- Each scan is matched to the same twenty peptides, and to as many decoys, so that no cut keeps a peptide in one fold.
do
  local random, lines = ll.random(5), { "SpecId\tLabel\tScanNr\tExpMass\tscore\tother\tPeptide\tProteins" }
  for i = 1, 2400 do
    local label, scan, peptide = i % 2 * 2 - 1, (i - 1) // 40, (i - 1) // 2 % 20
    lines[#lines + 1] = ("m%d\t%d\t%d\t%d\t%.4f\t%.4f\tK.%s%d.R\tP"):format(i, label, scan, 900 + scan, random:normal(),
      random:normal(), label == 1 and "T" or "D", peptide)
  end
  local path = write("chained.pin", table.concat(lines, "\n") .. "\n")
  local of = ll.rescore.run { files = { path }, db = folder .. "/chained.db", seeds = { 1 }, steps = 20, jobs = 2 }
  t.is({ of.learnt_from, of.of_known }, { 1, 1 }, "where leaving out peptides would leave nothing, all is learnt from")
  local found
  for _, remark in ipairs(of:leaks()) do found = remark.kind == "peptides" and remark or found end
  t.like(found and found.words or "nothing", "100 %% of matches are of peptides that the networks have seen", "and told")
  of.of_known, of.learnt_from, found = 0, 0.4, nil
  for _, remark in ipairs(of:leaks()) do found = remark.kind == "peptides" and remark or found end
  t.like(found and found.words or "nothing", "learnt from 40 %% of the matches of other folds", "and so is little that is left")
end

-- Rows of many are taken evenly, and not each second one, which would be targets alone.
for _, n in ipairs { 10, 1000, 1001, 1999, 2000, 4000, 7777 } do
  local rows, targets, before, fine = even_rows(n, 1000), 0, 0, true
  for i, row in ipairs(rows or {}) do
    targets, fine, before = targets + row % 2, fine and row > before and row > (i - 1) * n // 1000 and row <= i * n // 1000, row
  end
  t.ok(not rows and n <= 1000 or fine and #rows == 1000 and math.abs(targets - 500) < 20,
    string.format("1000 of %d rows, of which %d are odd", n, targets))
end

t.done()
