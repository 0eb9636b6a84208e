-- Matches as users have them: names and places of columns, ways of writing labels, ragged proteins, spectra of one and of several
-- files, what is missing, and what is said where a file is not what it should be.
local ll = require "losslab"
local lfs = require "lfs"
local t = require "tests.lua.tap"

local folder = os.tmpname()
os.remove(folder)
assert(lfs.mkdir(folder))
local made = {}
-- "|" stands for a tab
local function write(name, text)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write((text:gsub("|", "\t")))
  file:close()
  made[path] = true
  return path
end
local function read(text, options) return ll.psm.read(write("a.pin", text), options) end
local function refused(what, text, options, ...)
  local path = write("a.pin", text)
  t.throws(function() ll.psm.read(path, options) end, { path, ... }, what)
end
local function texts(psms, method)
  local out = {}
  for i = 1, psms.rows do out[i] = psms[method](psms, i) or false end
  return out
end

-- ---- a plain file ------------------------------------------------------------------------------------------------------------

local head = "SpecId|Label|ScanNr|ExpMass|CalcMass|a|b|Peptide|Proteins\n"
local body = "x1|1|7|900.5|900.4|1.5|8|K.AB[16]C.R|P1|P2\nx2|-1|7|900.5|900.1|3|2|R.ABC.-|decoy_P1\n"
  .. "x3|1|8|901|900|9|4|-.AB[16]C.K|P2\n"
local plain = read(head .. body)
t.is({ plain.rows, plain.spectra, #plain.files, plain.files[1] }, { 3, 2, 1, folder .. "/a.pin" }, "rows, spectra, files")
t.is({ plain.data.columns, plain.data.name, plain.data.positives, plain.notes }, { { "a", "b" }, "a", 2, {} }, "the set")
t.is(plain.data.groups and plain.data.groups:table(), { 1, 1, 2 }, "its groups are the spectra")
t.is(texts(plain, "id"), { "x1", "x2", "x3" }, "ids")
t.is(texts(plain, "peptide"), { "K.AB[16]C.R", "R.ABC.-", "-.AB[16]C.K" }, "peptides")
t.is(texts(plain, "proteins"), { "P1\tP2", "decoy_P1", "P2" }, "proteins")
t.is({ texts(plain, "scan"), texts(plain, "mass"), texts(plain, "file") }, { { 7, 7, 8 }, { 900.5, 900.5, 901.0 }, { 1, 1, 1 } },
  "scans, masses, files")
t.is(plain.data.hash, ll.core.sha256(((head .. body):gsub("|", "\t"))), "the hash is that of the bytes")
t.is(plain.directions, nil, "no directions")
t.ok(rawequal(plain.data, plain.data), "the set is one object")
t.like(tostring(plain), "^psms a: 3 matches of 2 spectra in 1 file, 2 targets, 1 decoys, 2 features$", "as it prints")

local groups, count = plain:peptide_groups()
t.is({ groups:table(), count }, { { 1, 2, 1 }, 2 }, "equal peptides: neighbours do not count, modifications do")
t.is(plain:peptide_groups({ 2, 3 }):table(), { 1, 2 }, "of some rows, in their order")
t.is({ plain:scans():table(), plain:masses():table() }, { { 7, 7, 8 }, { 900.5, 900.5, 901 } }, "scans and masses as columns")
local scans = read("id|Label|ScanNr|ExpMass|a\nx|1|7|900|1\ny|-1|7|1350|2\nz|1|8|900|3\n")
local scan_numbers, scan_count = scans:scan_groups()
t.is({ scans.spectra, scan_numbers:table(), scan_count }, { 3, { 1, 1, 2 }, 2 }, "a scan with two masses is two spectra, one scan")
local own = read("id|Label|a\nfirst|1|1\nsecond|-1|2\n")
t.is({ select(2, own:scan_groups()), own:scans(), own:masses() }, { 2 },
  "without scans each row is one; no column of them, nor of masses")
local files = read("SpecId|Label|a\nrun1_7_2_1|1|1\nrun1_7_3_1|-1|2\nrun2_7_2_1|1|4\n")
t.is(files:scan_groups():table(), { 1, 1, 2 }, "scans of ids, in the file that the id names")
local late = read("id|Label|ScanNr|a\nx|1|16777216|1\ny|-1|16777217|2\nz|1|16777217|3\n")
t.is({ late.spectra, late:scan_groups():table(), late:scan(2) }, { 2, { 1, 2, 2 }, 16777217 }, "large scans are told apart")
if ll.precision == "float" then
  t.throws(function() late:scans() end, { "row 2", "16777217", "psms:scan_groups" }, "and not rounded to one another")
else
  t.is(late:scans():table(), { 16777216, 16777217, 16777217 }, "also as a column")
end
local crowded = read("id|Label|ScanNr|ExpMass|a\nx|1|7|900|1\ny|-1|7|900|2\nz|1|8|900.001|3\nw|-1|9|1200|3\n",
  { about_spectra = true })
local crowd = math.log(2)
t.is(crowded.data.columns, { "a", "spectrum: others within 10 ppm", "spectrum: others within 100 ppm",
  "spectrum: others within 1000 ppm", "spectrum: scan" }, "columns about the spectrum")
for row, want in ipairs { { 1, crowd, crowd, crowd, 7 }, { 2, crowd, crowd, crowd, 7 }, { 3, crowd, crowd, crowd, 8 },
  { 3, 0, 0, 0, 9 } } do
  for j, value in ipairs(want) do
    t.near(crowded.data.x:get(row, j), value, 1e-6, 1e-6, ("row %d, column %d"):format(row, j))
  end
end
t.is(read("id|Label|ScanNr|a\nx|1|7|1\ny|-1|8|2\n", { about_spectra = true }).data.columns, { "a", "spectrum: scan" },
  "none of masses that are not there")
t.is(read("id|Label|a\nx|1|1\ny|-1|2\n", { about_spectra = true }).data.columns, { "a" }, "nor of scans")
t.throws(function() return read("id|Label|ScanNr|spectrum: scan\nx|1|7|1\ny|-1|8|2\n", { about_spectra = true }) end,
  { 'a column is called "spectrum: scan"' }, "a column that is called as they are")
local directed = read("id|Label|ScanNr|a\nDefaultDirection|-|-|2\nx|1|7|1\ny|-1|8|2\n", { about_spectra = true })
t.is(directed.directions, { a = 2.0 }, "they have no direction")
local items, starts, names = plain:protein_lists()
t.is({ items:table(), starts:table(), names }, { { 1, 2, 3, 2 }, { 1, 3, 4, 5 }, { "P1", "P2", "decoy_P1" } },
  "lists of proteins")
t.throws(function() return plain:id(4) end, { "row 4 asked for, but there are 3" }, "a row too far")
t.throws(function() return plain:id(0) end, { "row 0 asked for" }, "row 0")
t.throws(function() return plain.row end, { 'psms have no "row"', "rows" }, "no such field")
do
  local closed <close> = read(head .. body)
  local kept = closed.data
  t.is(kept.rows, 3, "the set")
end

-- ---- the same content in other clothes ---------------------------------------------------------------------------------------

local function by_cells(change)
  local lines = {}
  for line in (head .. body):gmatch "[^\n]+" do
    local cells = {}
    for cell in line:gmatch "[^|]+" do cells[#cells + 1] = cell end
    change(cells, #lines == 0)
    lines[#lines + 1] = table.concat(cells, "|") .. "\n"
  end
  return table.concat(lines)
end
local function same(what, text, note)
  local p = read(text)
  local got = { p.data.columns, { p.data.x:get(1, 1), p.data.x:get(3, 2) }, p.data.y:table(), p.spectra, texts(p, "id"),
    texts(p, "peptide"), texts(p, "proteins") }
  local want = { { "a", "b" }, { 1.5, 4.0 }, { 1, 0, 1 }, 2, texts(plain, "id"), texts(plain, "peptide"),
    texts(plain, "proteins") }
  t.is(got, want, what)
  if note then t.is(p.notes, note == true and {} or { note }, what .. ": notes") end
  return p
end
same("CRLF", ((head .. body):gsub("\n", "\r\n")), true)
same("a byte order mark", "\xef\xbb\xbf" .. head .. body, true)
same("no line end at the end", (head .. body):sub(1, -2), true)
same("blank lines at the end", head .. body .. "\n  \n|\n\r\n", true)
same("blank lines around the names", "\n\n" .. head .. "\n" .. body, true)
same("blanks for tabs", ((head .. body):gsub("|", " ")), true)
same("several blanks, also at the ends of lines", " " .. ((head .. body):gsub("|", "   "):gsub("\n", "  \r\n ")), true)
same("tabs at the ends of lines", ((head .. body):gsub("\n", "||\n")), true)
same("quotes, as R writes them", by_cells(function(c, first)
  for i = 1, #c do
    if first or i == 1 or i == 8 then c[i] = '"' .. c[i] .. '"' end
  end
end), true)
same("names in another case", ((head .. body):gsub("SpecId", "PSMID"):gsub("Label", "LABEL"):gsub("ScanNr", "scannr")
  :gsub("ExpMass", "expmass"):gsub("CalcMass", "CALCMASS"):gsub("Peptide", "peptide"):gsub("Proteins", "proteinIds")), true)
same("the label last before the peptide", by_cells(function(c) table.insert(c, 7, table.remove(c, 2)) end), true)
same("id and label by place", (head .. body):gsub("SpecId|Label", "name|target"), true)
same("a line of directions", head .. "DefaultDirection|-|-|-|-|0.5|-1|-|-\n" .. body, true)
same("a file name", by_cells(function(c, first) table.insert(c, 6, first and "filename" or "run.mzML") end), true)
for what, words in pairs { ["1 and 0"] = { "1", "0" }, ["+1 and -1.0"] = { "+1", "-1.0" }, ["True and False"] = { "True",
  "FALSE" },
  ["target and decoy"] = { "target", "Decoy" } } do
  same("labels " .. what, head .. body:gsub("(x%d)|(%-?1)|", function(id, label)
    return id .. "|" .. words[label == "1" and 1 or 2] .. "|"
  end), true)
end
local path = write("b.tab", head .. body)
t.is({ ll.data.load(path).hash, ll.data.load(path).rows }, { plain.data.hash, 3 }, ".tab is a suffix of ll.data.load")
t.is(ll.psm.read(write("b.txt", head .. body)).data.name, "b", "any suffix does for ll.psm.read")
local gz = write("c.pin", head .. body)
if os.execute("gzip -kf '" .. gz .. "'") then
  made[gz .. ".gz"] = true
  local packed = ll.psm.read(gz .. ".gz")
  t.is({ packed.data.hash, packed.data.name, packed:id(3) }, { plain.data.hash, "c", "x3" }, "gzip")
end

-- ---- columns -----------------------------------------------------------------------------------------------------------------

t.is(read(head .. "defaultdirection|-|-|-|-|0.5|-|-|-\n" .. body).directions, { a = 0.5 },
  "directions by name, where there are some")
local twice = read("id|Label|ScanNr|a|a|a_2|Peptide\nx|1|1|1|2|3|P\ny|-1|2|4|5|6|P\n")
t.is(twice.data.columns, { "a", "a_2", "a_2_2" }, "names that stand twice are made distinct")
t.like(twice.notes[1], 'column 5 has the name of another one, "a": it is called "a_2"', "and that is said")
local words = read("id|Label|ScanNr|a|kind|b|Peptide\nx|1|1|1|CID|2|P\ny|-1|2|4|HCD|3|P\n")
t.is(words.data.columns, { "a", "b" }, "a column of words is no feature")
t.is(words.notes, { 'column 5 ("kind") holds words: it is no feature' }, "and that is said")
t.is(read("id|Label|ScanNr|a|kind|b|Peptide\nx|1|1|1|0|2|P\ny|-1|2|4|HCD|3|P\n", { exclude = { "kind" } }).data.columns,
  { "a", "b" },
  "exclude by name")
local wide = "id|Label|ScanNr|charge1|charge2|score|Mass|Peptide\nx|1|1|1|0|2|5|P\ny|-1|2|0|1|3|6|P\n"
t.is(read(wide, { exclude = { "CHARGE*" } }).data.columns, { "score", "Mass" }, "exclude by a pattern, in any case")
t.is(read(wide, { exclude = { "*1", "*a*s*" } }).data.columns, { "charge2", "score" }, "patterns with several *")
t.is(read(wide, { exclude = { "Peptide" } }).data.columns[1], "charge1", "what is no feature anyway may be excluded")
refused("nothing to exclude", wide, { exclude = { "scor" } }, "exclude: there is no column", 'did you mean "score"')
refused("all excluded", wide, { exclude = { "*" } }, "no columns of features")
t.is(read("id|Label|ScanNr|RT|dM|Peptide\nx|1|1|1|2|P\ny|-1|2|4|5|P\n").data.columns, { "RT", "dM" }, "RT and dM are features")
t.is(read("|SpecId|Label|ScanNr|a|Peptide\n0|x|1|1|1|P\n1|y|-1|2|4|P\n"):id(2), "y", "an index without a name is left out")
t.is(read("Unnamed: 0|x|y|ScanNr|a\n0|x|1|1|1\n1|y|-1|2|4\n"):id(2), "y", "also before places that count")
local constant = read("id|Label|ScanNr|a|b|Peptide\nx|1|1|1|2|P\ny|-1|2|1|5|P\n")
t.is({ constant.data.columns, constant.notes }, { { "a", "b" }, { 'column "a" holds one value in all rows' } },
  "a constant column is kept and said")

-- the names of columns alone
t.is(ll.psm.columns(write("a.pin", '"SpecId"|Label|d, raw|a| |a|Peptide|Proteins|Proteins\nx|1|1|1|2|3|P|Q\n')),
  { "SpecId", "Label", "d, raw", "a", "column 5", "a_2", "Peptide", "Proteins", "Proteins_2" }, "columns, as they are called")
t.is(ll.psm.columns(write("a.pin", head .. "not|read\n")),
  { "SpecId", "Label", "ScanNr", "ExpMass", "CalcMass", "a", "b", "Peptide", "Proteins" }, "rows are not looked at")
t.throws(function() ll.psm.columns(folder .. "/none.pin") end, { "none.pin" }, "columns of no file")
t.throws(function() ll.psm.columns(write("a.pin", "a|b\nx|y\n")) end, { "a.pin", 'no column "Label"' }, "columns of another table")

-- columns that are equal in all rows, of drawn ones, against each pair compared
local seed = tonumber(os.getenv "LOSSLAB_SEED") or 3
print("# LOSSLAB_SEED=" .. seed)
local random = ll.random(seed)
local function equal_columns(heads, rows)
  local told = {}
  for j = 2, #heads do
    local first
    for k = 1, j - 1 do
      local equal, varies = true, false
      for _, row in ipairs(rows) do equal, varies = equal and row[j] == row[k], varies or row[j] ~= rows[1][j] end
      first = first or equal and varies and k
    end
    if first then told[#told + 1] = ('"%s" and "%s"'):format(heads[first], heads[j]) end
  end
  return #told > 0 and { "columns that are equal in all rows: " .. table.concat(told, ", ") } or {}
end
local function twins_of(heads, rows)
  local out = { "id|Label|ScanNr|" .. table.concat(heads, "|") }
  for i, row in ipairs(rows) do out[i + 1] = ("m%d|%d|%d|%s"):format(i, i % 2, i, table.concat(row, "|")) end
  local notes = {}
  for _, note in ipairs(read(table.concat(out, "\n") .. "\n").notes) do
    if note:find "^columns that are equal" then notes[#notes + 1] = note end
  end
  return notes
end
for trial = 1, 30 do
  local heads, rows, source = { "a", "b", "c", "d", "e" }, {}, {}
  local n = trial % 3 == 0 and 3000 or 1 + random:integer(9) -- of 3000 a sample is looked at first
  for j = 1, #heads do source[j] = j > 1 and random:integer(2) == 1 and random:integer(j - 1) or j end
  for i = 1, n do
    rows[i] = {}
    for j = 1, #heads do rows[i][j] = source[j] < j and rows[i][source[j]] or random:integer(3) end
  end
  if trial % 2 == 0 then rows[random:integer(n)][random:integer(#heads)] = 7 end
  t.is(twins_of(heads, rows), equal_columns(heads, rows), ("equal columns of %d rows, %d"):format(n, trial))
end
local sparse = {}
for i = 1, 3000 do sparse[i] = { i == 2 and 1 or 0, i == 5 and 1 or 0, i == 2 and 1 or 0, i == 8 and 1 or 0 } end
t.is(twins_of({ "a", "b", "c", "d" }, sparse), { 'columns that are equal in all rows: "a" and "c"' },
  "columns that differ in a row outside of the sample are two")
local zeros = read("id|Label|ScanNr|a|b|c\nx|1|1|0|-0|NA\ny|-1|2|4|4.0|4\nz|-1|3|NA|NA|1\n", { missing = "mean" })
t.is(zeros.notes, { 'columns that are equal in all rows: "a" and "b"' }, "0 is -0, and what is missing is missing in both")
local many, cells = {}, { {}, {} }
for j = 1, 40 do many[j], cells[1][j], cells[2][j] = ("a column with a long name, the %dth"):format(j), 1, 2 end
t.like(twins_of(many, cells)[1],
  '^columns that are equal in all rows: "a column with a long name, the 1th" and ".*" and %d+ more$',
  "of many some are listed, in one note")
local none = read("id|Label|ScanNr|a\nx|1|1|1\ny|-1|2|4\n")
t.is({ none:peptide(1), none:proteins(1), none:peptide_groups(), none:protein_lists() }, {}, "neither peptides nor proteins")
local ragged = read("id|Label|ScanNr|a|Peptide|Proteins\nx|1|1|1|P|q1|q2|q3\ny|-1|2|4|P\nz|1|3|5|P|\n")
t.is(texts(ragged, "proteins"), { "q1\tq2\tq3", "", "" }, "as many proteins as there are, or none")
local _, ragged_starts = ragged:protein_lists()
t.is(ragged_starts:table(), { 1, 4, 4, 4 }, "empty lists")
local inside = read("id|Label|Peptide|Proteins|ScanNr|a\nx|1|P|q1|q2|1|2.5\ny|-1|P|q3|2|4\n")
t.is({ texts(inside, "proteins"), inside.data.columns, inside.data.x:get(1, 1), texts(inside, "scan") },
  { { "q1\tq2", "q3" }, { "a" }, 2.5, { 1, 2 } }, "proteins in the middle take what the other columns leave")
local between = read("id|Label|ScanNr|a|Peptide|z|Proteins\nx|1|1|1|P|3|q\ny|-1|2|2|P|4|r\n")
t.is({ between:proteins(1), between.data.columns }, { "q", { "a" } }, "a column between peptide and proteins is neither")
t.is(read("id|Label|a\nx|1|1\nx|0|2\n").spectra, 2, "each row a spectrum where there is no scan")

-- ---- spectra ------------------------------------------------------------------------------------------------------------------

local two = read("id|Label|ScanNr|ExpMass|a\nw|1|7|900|1\nx|-1|7|901|2\ny|-1|7|900.0|3\nz|1|07|9e2|4\n")
t.is({ two.spectra, two.data.groups:table() }, { 2, { 1, 2, 1, 1 } }, "two precursors of one scan are two spectra")
t.is(read("id|Label|ScanNr|CalcMass|a\nw|1|7|900|1\nx|-1|7|901|2\n").spectra, 1, "CalcMass does not count")
local one, other = write("one.pin", head .. body), write("two.pin", head .. body)
local both = ll.psm.read { one, other }
t.is({ both.rows, both.spectra, both.files, both:file(4), both:id(4), both.data.groups:table() },
  { 6, 4, { one, other }, 2, "x1", { 1, 1, 2, 3, 3, 4 } }, "equal scans of two files are two spectra")
local named = "SpecId|Label|ScanNr|filename|a\n"
local merged = ll.psm.read { write("one.pin", named .. "w|1|7|A|1\nx|1|7|B|2\n"), write("two.pin",
  named .. "y|-1|7|B|3\nz|-1|7|C|4\n") }
t.is({ merged.files, merged.spectra, merged.data.groups:table(), texts(merged, "file") },
  { { "A", "B", "C" }, 3, { 1, 2, 2, 3 }, { 1, 2, 2, 3 } }, "the column filename is the file, in all files that are read")
local texts_of = read("id|Label|ScanNr|a\nw|1|scan=7|1\nx|-1|scan=7|2\ny|-1|12345678901234567890|3\nz|1|8.5|4\n")
t.is({ texts(texts_of, "scan"), texts_of.spectra }, { { "scan=7", "scan=7", "12345678901234567890", 8.5 }, 3 },
  "scans that are no numbers are kept as texts")
local function by_id(...)
  local rows = { "SpecId|Label|a\n" }
  for i, id in ipairs { ... } do rows[#rows + 1] = ("%s|%d|%d\n"):format(id, i % 2, i) end
  return read(table.concat(rows))
end
local ids = by_id("103111-Yeast-2hr-01_27_2_1", "103111-Yeast-2hr-01_27_3_1", "103111-Yeast-2hr-02_27_2_1")
t.is({ ids.spectra, texts(ids, "scan") }, { 2, { 27, 27, 27 } }, "scans out of ids")
t.like(ids.notes[1], 'scans are taken from the ids, as 27 from "103111%-Yeast%-2hr%-01_27_2_1"', "and that is said")
t.is(by_id("target_0_1234_2_1", "decoy_0_1234_2_1", "target_1_1234_2_1").spectra, 2, "target and decoy of one spectrum")
t.is(by_id("run_SII_5_1_17_2_1", "run_SII_5_2_17_2_2", "run_SII_6_1_18_2_1").spectra, 2, "MS-GF+'s form")
t.is(by_id("run.0012.0012.2", "run.0012.0012.3_2", "run.0013.0013.2").spectra, 2, "and that with points")
local mixed = by_id("run_27_2_1", "run_27_2_2", "other")
t.is({ mixed.spectra, mixed.data.groups, mixed:scan(1) }, { 3 }, "one id without a scan: each row is a spectrum")
t.like(mixed.notes[1], 'the id "other" %(row 3%) does not end in SCAN_CHARGE_RANK: each row is taken', "and that is said")
t.is(read("SpecId|Label|ExpMass|a\nr_5_2_1|1|9|1\nr_5_2_2|-1|9|2\nr_5_3_1|-1|8|3\n").spectra, 2, "scans out of ids, and ExpMass")

-- ---- several files ------------------------------------------------------------------------------------------------------------

local turned = ll.psm.read { write("one.pin", "SpecId|Label|ScanNr|a|b|c|Peptide\nx|1|1|1|2|3|P\n"),
  write("two.pin", "Peptide|c|b|ScanNr|a|Label|SpecId\nQ|6|5|2|4|-1|y\n") }
t.is({ turned.data.columns, turned.data.x:get(2, 1), turned.data.x:get(2, 2), turned.data.x:get(2, 3), turned:peptide(2) },
  { { "a", "b", "c" }, 4.0, 5.0, 6.0, "Q" }, "columns in another order are matched by name")
local function differs(what, first, second, ...)
  local paths = { write("one.pin", first), write("two.pin", second) }
  t.throws(function() ll.psm.read(paths) end, { paths[2], paths[1], ... }, what)
end
differs("a feature more", "SpecId|Label|ScanNr|a\nx|1|1|1\n", "SpecId|Label|ScanNr|a|z\nx|0|1|1|1\n", 'the other lacks "z"')
differs("a feature less", "SpecId|Label|ScanNr|a|z|y\nx|1|1|1|1|2\n", "SpecId|Label|ScanNr|a\nx|0|1|1\n", 'lacks "z", "y"')
differs("no ExpMass", "SpecId|Label|ScanNr|ExpMass|a\nx|1|1|1|1\n", "SpecId|Label|ScanNr|a\nx|0|1|1\n", 'lacks "ExpMass"')
differs("no peptides", "SpecId|Label|ScanNr|a|Peptide\nx|1|1|1|P\n", "SpecId|Label|ScanNr|a\nx|0|1|1\n", 'lacks "Peptide"')
t.throws(function() ll.psm.read { one, one } end, { one, "stands twice" }, "a path twice")
do
  local roundabout, link = folder .. "/./one.pin", folder .. "/link.pin"
  assert(lfs.link(one, link, true))
  made[link] = true
  for what, again in pairs { ["a file by two paths"] = roundabout, ["a file and a link to it"] = link } do
    t.throws(function() ll.psm.read { one, again } end, { again .. " is the same file as " .. one, "twice" }, what)
  end
  t.throws(function() ll.psm.read { link, "/dev/null", "/dev/null" } end, { "/dev/null stands twice" }, "a device twice")
  t.throws(function() ll.psm.read { one, folder .. "/none.pin" } end, { "none.pin" }, "one that is not there is told as such")
end
t.throws(function() ll.psm.read {} end, { "no path" }, "no path")
t.throws(function() ll.psm.read { one, 7 } end, { "name 2 is a number" }, "a path that is none")
t.is(ll.psm.read({ write("one.pin", "SpecId|Label|ScanNr|a\nx|1|1|1\n"), write("two.pin",
  "SpecId|Label|ScanNr|a\nx|decoy|1|1\n") }).data.positives,
  1, "each file has its own way of writing labels, and may have one class")

-- ---- what is missing ----------------------------------------------------------------------------------------------------------

local holes = "id|Label|ScanNr|a|b\nw|1|1|1|2\nx|-1|2||3\ny|-1|3|nan|5\nz|1|4|-inf|6\nv|1|5|7|NA\nu|-1|6|9|8\n"
refused("an empty cell", holes, nil, 'row 2 (line 3), column 4 ("a"): the cell is empty', "missing =")
refused("NaN", holes:gsub("||3", "|2|3"), nil, 'row 3 (line 4), column 4 ("a"): "nan" is no finite number')
refused("infinity", (holes:gsub("||3", "|2|3"):gsub("nan", "1")), nil, 'row 4 (line 5), column 4 ("a"): "-inf" is infinite')
local mean = read(holes, { missing = "mean" })
t.ok(mean.data.x:get(2, 1) ~= mean.data.x:get(2, 1) and mean.data.x:get(4, 1) ~= mean.data.x:get(4, 1), "mean: NaN until a split")
local holes_left = 0
for _, part in ipairs { mean.data:split { test = 0.5 } } do
  for i = 1, part.rows do
    for j = 1, 2 do holes_left = holes_left + (part.x:get(i, j) == part.x:get(i, j) and 0 or 1) end
  end
end
t.is({ mean.rows, holes_left }, { 6, 0 }, "which fills them")
local dropped = read(holes, { missing = "drop" })
t.is({ texts(dropped, "id"), texts(dropped, "scan"), dropped.data.y:table(), dropped.data.x:get(2, 2), dropped.notes },
  { { "w", "u" }, { 1, 6 }, { 1, 0 }, 8.0, { "4 rows with a missing number are left out" } }, "drop")
local filled = read(holes, { missing = -1 })
t.is({ filled.data.x:get(2, 1), filled.data.x:get(3, 1), filled.data.x:get(4, 1), filled.data.x:get(5, 2) }, { -1.0, -1.0,
  -1.0, -1.0 },
  "a number")
refused("all dropped", "id|Label|ScanNr|a\nx|1|1|\ny|-1|2|\n", { missing = "drop" }, "every row has a missing cell")
local massless = read("id|Label|ScanNr|ExpMass|a\nw|1|7||1\nx|-1|7||2\ny|1|7|5|3\n")
t.is({ massless.spectra, massless:mass(1), massless.notes[1] }, { 2, nil,
  "ExpMass is missing in 2 rows: they are told apart by their scans alone" }, "masses that are missing")
t.throws(function() read(holes, { missing = "men" }) end, { 'missing must be "error", "mean", "drop" or a number' },
  "no such policy")
t.throws(function() read(holes, { mising = "mean" }) end, { 'did you mean "missing"' }, "no such option")

-- ---- errors ---------------------------------------------------------------------------------------------------------------------

refused("a stray word", "id|Label|ScanNr|a\nx|1|1|1\ny|-1|2|oops\n", nil,
  'row 2 (line 3), column 4 ("a"): "oops" is not a number',
  'exclude = { "a" }')
refused("behind a line of directions", "id|Label|ScanNr|a\nDefaultDirection|-|-|1\nx|1|1|1\ny|-1|2|oops\n", nil, "row 2 (line 4)")
refused("a row that is cut", "id|Label|ScanNr|a|b\nx|1|1|1|2\ny|-1|2\n", nil, "row 2 (line 3): expected 5 cells, got 3")
refused("a row that is too long", "id|Label|ScanNr|a\nx|1|1|1\ny|-1|2|3|4\n", nil, "row 2 (line 3): expected 4 cells, got 5")
refused("blanks among tabs", "id|Label|ScanNr|a\nx 1 1 1\n", nil, "row 1 (line 2)", "cells are separated by tabs")
refused("a blank within a modification, and none but blanks between cells",
  "id Label ScanNr a Peptide Proteins\nx 1 1 1 K.M(Oxidation on M)R.K q\n", nil, 'column 5 ("Peptide")',
  "a bracket does not close")
refused("a blank line among rows", head .. body .. "\n" .. body, nil, "line 5 is blank, but rows follow")
refused("mixed labels", "id|Label|ScanNr|a\nx|1|1|1\ny|-1|2|3\nz|0|3|3\n", nil, 'row 3 (line 4), column 2 ("Label"): label 0',
  "row 2 has -1")
refused("mixed labels, words", "id|Label|ScanNr|a\nx|target|1|1\ny|-1|2|3\nz|0|3|3\n", nil, "row 2 (line 3)", "label -1",
  "row 1 has target or decoy")
refused("True and 0", "id|Label|ScanNr|a\nx|True|1|1\ny|0|2|3\n", nil, "row 2 (line 3)", "row 1 has True or False")
refused("no label", "id|Label|ScanNr|a\nx|1|1|1\ny|2|2|3\n", nil, 'row 2 (line 3), column 2 ("Label"): "2" is no label')
refused("an empty label", "id|Label|ScanNr|a\nx|1|1|1\ny||2|3\n", nil, "row 2 (line 3)", "the label is missing")
refused("one class", "id|Label|ScanNr|a\nx|1|1|1\ny|1|2|3\n", nil, "one class only", "two are needed")
refused("no column of labels", "SpecId|ScanNr|a|Peptide|Proteins\nx|1|1|P|q\ny|2|2|P|decoy_q\n", nil,
  'no column "Label" among the 5 columns',
  "1 for targets and -1 for decoys")
refused("a label misspelt", "SpecId|ScanNr|Labl|a\nx|1|1|1\n", nil, 'did you mean "Labl"')
refused("the opposite of a label", "SpecId|isDecoy|ScanNr|a\nx|1|1|1\ny|0|1|1\n", nil, '"isDecoy", seems to say which are decoys')
refused("no label but one feature", "SpecId|score|Peptide\nx|0.5|P\n", nil, 'no column "Label"')
refused("a label by place that is called after proteins", "|x|proteins\n0|i|1\n1|j|-1\n", nil, 'no column "Label"')
refused("no names", "x1|1|5|2\nx2|-1|6|3\n", nil, "the first line is taken for the names of the columns, but holds numbers")
refused("two labels", "SpecId|Label|label|a\nx|1|1|1\n", nil, "which one is it?")
refused("two scans of one name", "SpecId|Label|ScanNr|ScanNr|a\nx|1|1|1|2\n", nil, "which one is it?")
refused("an empty scan", "id|Label|ScanNr|a\nx|1||1\n", nil, 'row 1 (line 2), column 3 ("ScanNr"): the cell is empty')
refused("a word for a mass", "id|Label|ScanNr|ExpMass|a\nx|1|1|heavy|1\n", nil, 'column 4 ("ExpMass"): "heavy" is not a number')
refused("a zero byte", "id|Label|ScanNr|a\nx\0|1|1|1\n", nil, "row 1 (line 2): a zero byte")
refused("a number too large", "id|Label|ScanNr|a\nx|1|1|1e999\n", nil, '"1e999" is beyond the range')
refused("nothing", "", nil, "the file is empty")
refused("blank lines alone", "\n\n", nil, "the file is empty")
refused("a header alone", head .. "DefaultDirection|-|-|-|-|1|1\n\n", nil, "only a header, no rows")
refused("commas", "SpecId,Label,a\nx,1,2\n", nil, "cells are separated by tabs")
refused("Parquet", "PAR1\0\0PAR1", nil, "is Parquet", "to_csv")
refused("UTF-16", "S\0p\0e\0c\0", nil, "UTF-16")
t.throws(function() ll.psm.read(folder .. "/none.pin") end, { "none.pin: cannot be opened" }, "no file")

-- ---- writing --------------------------------------------------------------------------------------------------------------------

local out = folder .. "/out.tsv"
made[out] = true
local function written(options)
  plain:write(out, options)
  local file <close> = assert(io.open(out, "rb"))
  return (file:read "a":gsub("\t", "|"))
end
t.is(written { columns = { { "PSMId", "id" }, { "score", { 0.5, -2, 1e-7 } }, { "peptide", "peptide" }, { "proteinIds",
  "proteins" } } },
  "PSMId|score|peptide|proteinIds\nx1|0.5|K.AB[16]C.R|P1|P2\nx2|-2|R.ABC.-|decoy_P1\nx3|1e-07|-.AB[16]C.K|P2\n", "all rows")
t.is(written { rows = { 3, 1, 3 }, columns = { { "q", { 1.5, 3, 9 }, "%.3f" }, { "f", "file" }, { "s", "scan" }, { "m", "mass" },
  { "c", "calculated" } } },
  ("q|f|s|m|c\n9.000|%s|8|901|900\n1.500|%s|7|900.5|900.4\n9.000|%s|8|901|900\n"):format(folder .. "/a.pin",
  folder .. "/a.pin", folder .. "/a.pin"), "some rows, in their order, by number")
t.is(written { rows = ll.matrix { { 2 }, { 1 } }, columns = { { "n", { 7, 8.25 }, "%d" }, { "x", ll.matrix { { 0.1 },
  { 0.2 } } } } },
  "n|x\n7|0.1\n8|0.2\n", "as many numbers as rows are written, by their places; the fewest digits that read back")
t.is(written { rows = {}, columns = { { "id", "id" } } }, "id\n", "no rows")
t.is(written { columns = { { "v", { 0 / 0, 1 / 0, -1 / 0 } } } }, "v\nnan\ninf\n-inf\n", "what is not finite")
local function not_written(what, options, ...) t.throws(function() plain:write(out, options) end, { ... }, what) end
not_written("no such row", { rows = { 4 }, columns = { { "id", "id" } } }, "row 4 asked for, but there are 3")
not_written("no such field", { columns = { { "id", "ids" } } }, 'column "id": there is no field "ids"', '"id"')
not_written("another number of numbers", { columns = { { "v", { 1, 2 } } } }, 'column "v" has 2 numbers; there are 3 matches')
not_written("a format of two", { columns = { { "v", { 1, 2, 3 }, "%d %d" } } }, 'the format "%d %d" is none')
not_written("a format of a text", { columns = { { "v", { 1, 2, 3 }, "%s" } } }, 'the format "%s" is none')
not_written("a tab in a name", { columns = { { "a\tb", "id" } } }, "column 1: a tab")
not_written("no columns", { columns = {} }, "no columns to write")
not_written("no list of columns", {}, "columns must be a table")
not_written("a word among numbers", { columns = { { "v", { 1, "x", 3 } } } }, 'number 2 is "x"')
t.throws(function() plain:write(folder .. "/none/out.tsv", { columns = { { "id", "id" } } }) end, { "none/out.tsv" }, "no folder")

-- ---- any number of threads, the same bits; and real files ---------------------------------------------------------------------

local draw, rows = ll.random(5), { head }
for i = 1, 20000 do
  local numbers = draw:normal(1, 2)
  rows[#rows + 1] = ("s%d|%d|%d|%.3f|%.3f|%.9g|%.6g|K.P%d.R|p%d%s\n"):format(i, i % 2 * 2 - 1, i // 3, 900 + i // 6, 900,
  numbers:get(1, 1),
    numbers:get(1, 2), i % 777, i % 50, i % 5 == 0 and "|q" .. i or "")
end
local large, threads = write("large.pin", table.concat(rows)), ll.threads()
local seen = {}
for _, n in ipairs { 1, 2, 3 } do
  ll.threads(n)
  local p = ll.psm.read(large)
  p:write(out, { columns = { { "id", "id" }, { "v", p.data.groups }, { "p", "proteins" }, { "q", "peptide" } } })
  local file <close> = assert(io.open(out, "rb"))
  seen[n] = { ll.core.sha256(p.data.x:pack()), ll.core.sha256(p.data.groups:pack()), ll.core.sha256(file:read "a"), p.spectra }
end
ll.threads(threads)
t.is(seen[2], seen[1], "two threads: the same bits")
t.is(seen[3], seen[1], "three threads: the same bits")
for _, set_and_file in ipairs { { "psm_percolator_19k", "percolatorTab.gz", 19674, "103111-Yeast-2hr-01_27_2_1" },
  { "psm_mokapot_10k", "10k_psms_test.pin.gz", 10000, "9825" } } do
  local name, file, n, id = table.unpack(set_and_file)
  for _, place in ipairs(ll.data.folders()) do
    local real = place .. "/" .. name .. "/" .. file
    if lfs.attributes(real) then
      local p = ll.psm.read(real)
      t.is({ p.rows, p:id(1), p.data.hash }, { n, id, ll.data.load(real, { format = "pin" }).hash }, file)
      local lists, first = p:protein_lists()
      t.is(first:get(p.rows + 1) - 1, lists.rows + 0.0, file .. ": lists of proteins")
    end
  end
end

for each in pairs(made) do os.remove(each) end
t.ok(lfs.rmdir(folder), "nothing else was written")
t.done()
