-- Folds of a rescoring and matches of one peptide, what its networks are given and how they are trained: of false matches alone,
-- which nothing may tell apart; and what they learn from where little can be, as no cut keeps peptides in one fold.
local t = require "tests.lua.tap"
local ll = require "losslab"
local even_rows = require "losslab.rescore.even_rows"
local inputs = require "losslab.rescore.inputs"
local null = require "losslab.rescore.null"
local scorer = require "losslab.rescore.scorer"
local say = require "losslab.say"

say.quiet(true)
local folder, write = t.folder()

-- All are false, each peptide eight times, by a mass of its own. Who has learnt some matches of a peptide knows the others' label.
local random, lines = ll.random(4), { "SpecId\tLabel\tScanNr\tExpMass\tscore\tmass\tPeptide\tProteins" }
for i = 1, 2400 do
  local peptide = (i - 1) % 300
  local label = peptide % 2 == 0 and 1 or -1
  local mass = 900 + 7.3 * (peptide * 131 % 300)
  lines[#lines + 1] = ("m%d\t%d\t%d\t%.4f\t%.4f\t%.4f\tK.A%d.R\tP"):format(i, label, i, mass + random:normal() / 1000,
    random:normal(), mass, peptide)
end
local path = write("repeated.pin", table.concat(lines, "\n") .. "\n")
local study = ll.rescore.study { files = { path } }
t.ok(study.split.domains, "folds keep the matches of a peptide together")
local of = ll.rescore.run { files = { path }, db = folder .. "/repeated.db", seeds = { 1 }, steps = 600,
  jobs = 2 }
local auc = ll.metric.auc(of.scores, of.labels)
t.ok(auc > 0.3 and auc < 0.6, string.format("so that scores do not know what they have seen (AUC %.3f)", auc))
t.is(of:accepted(0.05), 0, "and nothing passes")
local train, test = of.set:fold(1, { k = 3, seed = 1, domains = true })
t.is(scorer.apart(train, test).rows, train.rows, "nothing is left out where folds part no peptide")
train, test = of.set:fold(1, { k = 3, seed = 1 })
local kept, inside = scorer.apart(train, test), {}
for i = 1, test.rows do inside[test.domains:get(i)] = true end
local shared, left = 0, 0
for i = 1, kept.rows do shared = shared + (inside[kept.domains:get(i)] and 1 or 0) end
for i = 1, train.rows do left = left + (inside[train.domains:get(i)] and 0 or 1) end
t.is({ shared, kept.rows }, { 0, left }, "and else the matches of the peptides that are scored, and no others")
-- a scan that was searched with two precursors, and gives its best peptide twice: that leads the decoy, not itself
local x, y, scans, peptides = {}, {}, {}, {}
for scan = 1, 100 do
  local best = 3 + random:normal()
  for k = 1, 3 do
    local i = #x + 1
    x[i], y[i], scans[i] = { k < 3 and best or random:normal() }, k < 3 and 1 or 0, scan
    peptides[i] = k < 3 and scan or 100 + scan
  end
end
local _, given = inputs.fit(ll.data.matrix(ll.matrix(x), y, { groups = scans, domains = peptides }), 1, 1000)
t.near(given:col_range(2, 2):var():item(), 1, 0.01, "a peptide that is matched twice leads its scan")
-- decoys alone: what is false of a peptide is so in all of its scans
local decoys = null.decoys(of.set, of.psms, 3)
local labels, by_peptide, ones = null.labels(decoys, 1, 1), {}, 0
local torn = 0
for i = 1, labels.rows do
  local peptide, label = decoys.peptides:get(i), labels:get(i)
  if by_peptide[peptide] and by_peptide[peptide] ~= label then torn = torn + 1 end
  by_peptide[peptide], ones = label, ones + label
end
t.is({ labels.rows, torn }, { 1200, 0 }, "a relabeling gives all matches of a peptide one label")
t.ok(ones > 400 and ones < 800, "half of them the other one")
-- a network that has learnt nothing has scores of the same scale as any other
local raw = ll.rescore.run { files = { path }, db = folder .. "/raw.db", seeds = { 1 }, steps = 1, lr = 0, jobs = 1 }
local deviation = raw.scores:var():sqrt():item()
t.ok(deviation > 0.8 and deviation < 1.2 and math.abs(raw.scores:mean():item()) < 0.2,
  string.format("scores have mean 0 and deviation 1 (%.3f and %.3f)", raw.scores:mean():item(), deviation))
-- the rate falls: the same steps by another schedule give other scores
local function by(schedule)
  return (ll.rescore.run { files = { path }, db = folder .. "/" .. schedule .. ".db", seeds = { 1 }, steps = 20, jobs = 1,
    schedule = schedule }).scores
end
local constant, cosine, linear = by "constant", by "cosine", by "linear"
t.ok((constant - cosine):abs():max():item() > 0 and (linear - cosine):abs():max():item() > 0, "schedules differ")
t.throws(function() ll.rescore.study { files = { path }, schedule = "cosin" } end, "did you mean \"cosine\"", "one that is none")
local how = { batch = 256, steps = 1000, epochs = 15 }
local plans = {}
for k, rows in ipairs { 10, 640, 8000, 1000000 } do plans[k] = { scorer.plan(how, rows) } end
t.is(plans, { { 10, 15 }, { 64, 150 }, { 120, 1000 }, { 256, 1000 } },
  "of few matches batches are smaller, of very few steps fewer")
t.is({ scorer.plan({ batch = 32, steps = 1000, epochs = 15 }, 640) }, { 32, 300 }, "and no batch is larger than is asked for")
local word = ll.data.matrix(of.set.x, of.labels, { groups = of.set.groups, domains = ll.ones(of.set.rows, 1) })
train, test = word:fold(1, { k = 3, seed = 1, domains = true })
t.is({ train.rows, scorer.apart(train, test).rows, select(3, scorer.apart(train, test)) }, { 1600, 1600, 0 },
  "a word in the place of all peptides parts nothing")
local words = ll.data.matrix(of.set.x, of.labels, { groups = of.set.groups, domains = of.labels })
train, test = words:fold(1, { k = 3, seed = 1 })
t.is({ select(2, scorer.apart(train, test)) }, { 1, 0 }, "nor does one for targets and one for decoys, which are no peptides seen")

-- Each scan is matched to the same twenty peptides, and to as many decoys, so that no cut keeps a peptide in one fold.
do
  local draws, chain = ll.random(5), { "SpecId\tLabel\tScanNr\tExpMass\tscore\tother\tPeptide\tProteins" }
  for i = 1, 2400 do
    local label, scan, peptide = i % 2 * 2 - 1, (i - 1) // 40, (i - 1) // 2 % 20
    chain[#chain + 1] = ("m%d\t%d\t%d\t%d\t%.4f\t%.4f\tK.%s%d.R\tP"):format(i, label, scan, 900 + scan, draws:normal(),
      draws:normal(), label == 1 and "T" or "D", peptide)
  end
  local chained = write("chained.pin", table.concat(chain, "\n") .. "\n")
  local hung = ll.rescore.run { files = { chained }, db = folder .. "/chained.db", seeds = { 1 }, steps = 20, jobs = 2 }
  t.is({ hung.learnt_from, hung.of_known }, { 1, 1 }, "where leaving out peptides would leave nothing, all is learnt from")
  local found
  for _, remark in ipairs(hung:leaks()) do found = remark.kind == "peptides" and remark or found end
  t.like(found and found.words or "nothing", "100 %% of matches are of peptides that the networks have seen", "and told")
  hung.of_known, hung.learnt_from, found = 0, 0.4, nil
  for _, remark in ipairs(hung:leaks()) do found = remark.kind == "peptides" and remark or found end
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
