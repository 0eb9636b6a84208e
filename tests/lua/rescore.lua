-- Lists, tables and folders of a rescoring, against plain loops over drawn matches with ties; the means of missing cells.
local ll = require "losslab"
local lfs = require "lfs"
local t = require "tests.lua.tap"
local enough = require "losslab.rescore.enough"
local file = require "losslab.file"
local folder = require "losslab.rescore.folder"
local identified = require "losslab.rescore.identified"
local levels = require "losslab.rescore.levels"
local matches = require "losslab.rescore.matches"
local tables = require "losslab.rescore.scored_tables"

local place = os.tmpname()
os.remove(place)
assert(lfs.mkdir(place))

local HEAD = "SpecId\tLabel\tScanNr\tExpMass\tscore\tcharge\tPeptide\tProteins\n"
local function read(lines, head, options)
  local path = place .. "/a.pin"
  file.write(path, (head or HEAD) .. table.concat(lines, "\n") .. "\n")
  return matches.read({ path }, options or {})
end

local seed = tonumber(os.getenv "LOSSLAB_SEED") or 5
print("# LOSSLAB_SEED=" .. seed)
local random = ll.random(seed)
local function integer(n) return random:integer(n) end

-- Matches of which several share spectra, peptides, proteins and scores.
local function drawn(n)
  local rows, lines = {}, {}
  for i = 1, n do
    local label = i == 1 and 1 or i == 2 and 0 or integer(2) - 1
    local row = { label = label, scan = integer(n), score = integer(n // 2) / 4 + 2 * label, charge = 1 + integer(2) }
    row.peptide = (label == 1 and "T" or "D") .. ("AB"):rep(integer(n // 3))
    if integer(10) == 1 then row.peptide = "SHARED" end
    row.flanked = ("%s.%s.%s"):format(integer(2) == 1 and "K" or "R", row.peptide, integer(2) == 1 and "A" or "-")
    row.proteins = (label == 1 and "" or "rev_") .. "P" .. (1 + #row.peptide % 5)
    rows[i] = row
    lines[i] = table.concat({ "m" .. i, label == 1 and 1 or -1, row.scan, 900, row.score, row.charge, row.flanked, row.proteins },
      "\t")
  end
  return rows, lines
end

local function rescored_of(rows, lines, fdr)
  local set, psms = read(lines)
  local scores = {}
  for i, row in ipairs(rows) do scores[i] = row.score end
  return identified.new { set = set, psms = psms, scores = ll.matrix(scores), cuts = {}, fdr = fdr }
end

-- The rows that count by their list of { row, … }, and q of (d + 1)/t by their definition, within the classes that of(row) tells.
local function plain_q(rows, counted, of)
  local q = {}
  for _, i in ipairs(counted) do
    q[i] = 1
    for _, threshold in ipairs(counted) do
      if of(rows[threshold]) == of(rows[i]) and rows[threshold].score <= rows[i].score then
        local targets, decoys = 0, 0
        for _, j in ipairs(counted) do
          if of(rows[j]) == of(rows[i]) and rows[j].score >= rows[threshold].score then
            if rows[j].label == 1 then targets = targets + 1 else decoys = decoys + 1 end
          end
        end
        if targets > 0 then q[i] = math.min(q[i], (decoys + 1) / targets) end
      end
    end
  end
  return q
end

local function best_of_peptides(rows, counted)
  local best, out = {}, {}
  for _, i in ipairs(counted) do
    local key = rows[i].label .. rows[i].peptide
    if not best[key] or rows[i].score > rows[best[key]].score then best[key] = i end
  end
  for _, i in ipairs(counted) do
    if best[rows[i].label .. rows[i].peptide] == i then out[#out + 1] = i end
  end
  return out
end

-- Whether a list has the rows, each once, the best first, and these q-values; else in words what is wrong.
local function holds(list, rows, counted, q)
  local numbers, seen, last = list.rows:table(), {}, math.huge
  if #numbers ~= #counted then return #numbers .. " rows, expected " .. #counted end
  for k, i in ipairs(numbers) do
    i = math.tointeger(i)
    if seen[i] or not q[i] then return "row " .. i end
    seen[i] = true
    if rows[i].score > last then return "order at " .. k end
    last = rows[i].score
    if list.labels:get(k) ~= rows[i].label or math.abs(list.scores:get(k) - rows[i].score) > 1e-6 then return "content of " .. i end
    if math.abs(list.q:get(k) - q[i]) > 1e-6 then return ("q of %d: %g, expected %g"):format(i, list.q:get(k), q[i]) end
    local pep = list.pep:get(k)
    if not (pep >= 0 and pep <= 1) then return "pep of " .. i end
  end
  return "as expected"
end

local function all(n)
  local out = {}
  for i = 1, n do out[i] = i end
  return out
end

for _, n in ipairs { 12, 40, 90 } do
  local rows, lines = drawn(n)
  local function alike() return 1 end
  local function charge(row) return row.charge end
  for _, fdr in ipairs { "competition", "winners", "concatenated" } do
    local rescored = rescored_of(rows, lines, fdr)
    local counted = {}
    for i, mark in ipairs(rescored.counts:table()) do
      if mark == 1 then counted[#counted + 1] = i end
    end
    local how = { fdr = fdr }
    t.is(holds(levels.matches(rescored, how), rows, counted, plain_q(rows, counted, alike)), "as expected", fdr .. ": matches")
    local best = best_of_peptides(rows, counted)
    t.is(holds(levels.peptides(rescored, how), rows, best, plain_q(rows, best, alike)), "as expected", fdr .. ": peptides")
    local kinds = rescored.psms.data.x:col_range(2, 2)
    t.is(holds(levels.matches(rescored, { fdr = fdr, kinds = kinds }), rows, counted, plain_q(rows, counted, charge)),
      "as expected", fdr .. ": by classes")
    local within, by_charge = rescored:within(kinds), plain_q(rows, counted, charge)
    local worst = 0
    for i = 1, n do worst = math.max(worst, math.abs(within.q:get(i) - (by_charge[i] or 1))) end
    t.ok(worst < 1e-6, fdr .. ": the matches themselves by classes, within " .. worst)
    local list = levels.matches(rescored, { fdr = fdr, kinds = kinds })
    t.is({ within.q:gather(list.rows):table(), within.pep:gather(list.rows):table() }, { list.q:table(), list.pep:table() },
      fdr .. ": as their list has it")
    t.is(within:accepted(0.5), levels.accepted(list, 0.5), fdr .. ": and so many are accepted")
    local q = plain_q(rows, counted, alike)
    for i = 1, n do q[i] = q[i] or 1 end
    t.is(holds(levels.matches(rescored, how, true), rows, all(n), q), "as expected", fdr .. ": those that lost, too")
    local full, bare = levels.matches(rescored, how), levels.matches(rescored, { fdr = fdr, counted = true })
    for _, level in ipairs { 0.1, 0.5, 1 } do
      t.is(levels.accepted(bare, level), levels.accepted(full, level), "accepted at " .. level .. ", in any order")
    end
  end
  local separate = levels.matches(rescored_of(rows, lines, "separate"), { fdr = "separate" })
  t.ok(separate.rows.rows == n and separate.pi0 > 0 and separate.pi0 <= 1, "separate: all count, and pi0 is a share")
end

do
  local rescored = rescored_of(drawn(12))
  t.throws(function() rescored:within { 1, 2 } end, { "12 classes", "2x1" }, "classes of other rows")
  t.throws(function() rescored:within "charge" end, { "12 classes", "charge" }, "classes that are none")
end

-- ---- proteins and tables ----

local lines = { "a\t1\t1\t900.5\t9\t2\tK.AA[16]A.R\tP1",
  "b\t1\t2\t901\t8\t3\tK.BBB.R\tP1\tP2", "c\t-1\t3\t902\t7\t2\tK.CCC.R\trev_P3",
  "d\t1\t4\t903\t6\t2\tK.DDD.R\tP3", "e\t-1\t5\t904\t5\t2\tR.EEE.-\trev_P4", "f\t1\t5\t904\t4\t2\tR.FFF.-\tP4",
  "g\t1\t6\t905\t3\t2\tA.AA[16]A.C\tP1" }
local rows = {}
for i, line in ipairs(lines) do rows[i] = { score = tonumber((line:match "^%w\t%S+\t%S+\t%S+\t(%S+)")) } end
local rescored = rescored_of(rows, lines, "winners")
local psms, list = rescored.psms, levels.matches(rescored, { fdr = "winners" })
local function written(write, ...)
  write(place .. "/x.tsv", psms, ...)
  return file.read(place .. "/x.tsv"):gsub("\t", "|")
end
t.like(written(tables.matches, list, 0, {}), "^PSMId|score|q%-value|posterior_error_prob|peptide|proteinIds\n"
  .. "c|7|0.666666[67]+|1|K.CCC.R|rev_P3\ne|5|0.75|1|R.EEE.%-|rev_P4\n$", "decoys; the loser of scan 5 is not there")
local extra = tables.columns(rescored.set, psms, { "filename", "scannr", "ExpMass", "charge", "Score" })
t.like(written(tables.matches, list, 1, extra), "\nb|8|[%d.]+|[%d.]+|[^|]*a.pin|2|901|3|8|K.BBB.R|P1|P2\n",
  "columns that were asked for stand before the peptide")
local lost = written(tables.matches, levels.matches(rescored, { fdr = "winners" }, true), 1, {})
t.like(lost, "\nf|4|1|1|R.FFF.%-|P4\ng|3", "with all, who lost has q and PEP 1")
local peptides = levels.peptides(rescored, { fdr = "winners" })
t.like(written(tables.matches, peptides, 1, {}), "^[^\n]*\na|9[^\n]*\nb|8[^\n]*\nd|6[^\n]*\n$", "the best match of each peptide")
local proteins = levels.proteins(rescored, peptides)
local text = written(tables.proteins, proteins, 1, peptides)
t.like(text, "^ProteinId|ProteinGroupId|q%-value|posterior_error_prob|peptideIds\nP1|1|[%d.]+|[%d.]+|AA%[16%]A BBB\n",
  "proteins with their peptides, the best first; P2's are some of P1's")
t.like(written(tables.proteins, proteins, 0, peptides), "\nrev_P3|2|", "of a pair the better stands")
t.is(levels.accepted(proteins, 1), 1, "target proteins are counted")
for _, level in ipairs { 0.05, 0.2, 0.3, 0.01 } do
  local rounded = ll.matrix({ level }):get(1)
  t.is(levels.accepted({ { label = 1, q = rounded }, { label = 0, q = rounded } }, level), 1, "proteins whose q-value is the level")
end
t.throws(function() tables.columns(rescored.set, psms, { "charg" }) end, { "charg", "did you mean \"charge\"" }, "no such column")
t.throws(function() tables.columns(rescored.set, psms, { "CalcMass" }) end, { 'no column "CalcMass"' }, "a field that is not there")
t.throws(function() tables.kinds(rescored.set, "chorge") end, { "chorge", "did you mean \"charge\"" }, "no such class")
t.ok(pcall(levels.check_prefix, psms, rescored.labels, "rev_"), "a prefix of decoys")
t.throws(function() levels.check_prefix(psms, rescored.labels, "DECOY_") end, { "DECOY_", "rev_P3" }, "a prefix that none has")

local _, bare = read({ "a\t1\t1\t900\t1", "b\t-1\t2\t900\t2" }, "SpecId\tLabel\tScanNr\tExpMass\tscore\n")
local without = identified.new { set = bare.data, psms = bare, scores = ll.matrix { 1, 2 }, cuts = {}, fdr = "concatenated" }
t.is(levels.peptides(without, { fdr = "concatenated" }), nil, "no peptides")
local _, scanless = read({ "a\t1\t1\t900", "b\t-1\t2\t901" }, "SpecId\tLabel\tscore\tCalcMass\n")
local function asked(name) return tables.columns(scanless.data, scanless, { name })[1] end
t.is({ asked("filename")[2], asked("specid")[2], asked("calcmass")[2] }, { "file", "id", "calculated" }, "fields that are there")
for _, name in ipairs { "ScanNr", "ExpMass" } do
  t.throws(function() asked(name) end, { ('no column "%s"'):format(name) }, "a field that is not: " .. name)
end
local _, named = read({ "run_7_2_1\t1\t1", "run_8_2_1\t-1\t2" }, "SpecId\tLabel\tscore\n")
t.is(tables.columns(named.data, named, { "ScanNr" })[1][2], "scan", "scans that ids say")
t.is(select(2, levels.proteins(without, nil)), "there are no peptides", "no proteins without peptides")

local function numbered(n) return identified.spectra { data = {}, rows = n } end
t.is(numbered(3):table(), { 1, 2, 3 }, "matches without spectra are each one of their own")
if ll.precision == "float" then
  t.is(numbered((1 << 24) - 1):get((1 << 24) - 1), (1 << 24) - 1, "as far as single precision tells them apart")
  t.throws(function() numbered(1 << 24) end, { "16777216 matches", "losslab --double" }, "beyond it they are refused")
end

-- ---- what is read ----

local set, same = read({
  "a\t1\t1\t900\t1\t2\tA\tP", "b\t-1\t2\t900\tNA\t4\tB\tQ", "c\t-1\t3\t900\t4\t\tC\tQ" }, nil, { missing = "mean" })
t.is({ set.x:col_range(1, 1):table(), set.x:col_range(2, 2):table() }, { { 1, 2.5, 4 }, { 2, 4, 3 } }, "means for missing cells")
t.is({ matches.own(set), same.rows }, { 2, 3 }, "columns about the spectrum are behind the file's own")
t.throws(function() enough(set, 2) end, { "a: 2 folds need targets in as many groups of scans and peptides, and they are in 1" },
  "too few targets")
t.ok(pcall(enough, rescored.set, 2), "enough for two folds")
t.throws(function() enough(rescored.set, 3) end, { "decoys", "2; --folds 2 is possible" }, "too few decoys for three")

-- ---- the folder ----

local script = folder.script { files = { "a.pin", "/b c\"\n.pin" }, hidden = {}, lr = 0.1, parameters = { margin = 0.25, p = 2 } }
local given
assert(load(script, "=script", "t", { ll = { rescore = { study = function(fields) given = fields end } } }))()
t.is(given.files, { lfs.currentdir() .. "/a.pin", "/b c\"\n.pin" }, "files by absolute paths")
t.is({ given.hidden, given.lr, given.parameters, given.folds }, { {}, 0.1, { margin = 0.25, p = 2 }, 3 }, "fields and defaults")
local home = place .. "/one/two"
t.ok(pcall(folder.check, home, script), "a folder that is not there")
folder.make(home)
t.is(lfs.attributes(home, "mode"), "directory", "is made, with those above it")
file.write(home .. "/target.psms.tsv", "x")
t.throws(function() folder.check(home, script) end, { "target.psms.tsv", "-o", "--overwrite" }, "a table of nobody's is kept")
file.write(home .. "/rescore.lua", script)
t.ok(pcall(folder.check, home, script), "its own folder")
local other = folder.script { files = { "a.pin", "/b c\"\n.pin" }, hidden = {}, lr = 0.2, parameters = { margin = 0.25, p = 2 } }
t.throws(function() folder.check(home, other) end, { "lr = 0.1 there, lr = 0.2 here" }, "another run's is told")
t.ok(pcall(folder.check, home, other, true), "and written over where that is asked for")
t.throws(function() folder.check(place .. "/a.pin", script) end, { "a.pin: is a file" }, "a file is no folder")
folder.keep(home, { "decoy.psms.tsv" })
t.is({ file.exists(home .. "/target.psms.tsv"), file.exists(home .. "/rescore.lua") }, { false, true }, "tables of before go")

os.remove(home .. "/rescore.lua")
os.remove(place .. "/x.tsv")
os.remove(place .. "/a.pin")
for _, path in ipairs { home, place .. "/one", place } do lfs.rmdir(path) end
t.done()
