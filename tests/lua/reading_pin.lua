-- Percolator's input as Percolator reads it: the first two columns by place, file and masses by name, the peptide and all after it.
local t = require "tests.lua.tap"
local ll = require "losslab"

local path = os.tmpname()
local function read(text, options)
  local file = assert(io.open(path, "wb"))
  file:write((text:gsub(" ", "\t")))
  file:close()
  options = options or {}
  options.format = "pin"
  return ll.data.load(path, options)
end
local function refused(what, text, ...) t.throws(function() read(text) end, { path, ... }, what) end
local function same(what, text, ...)
  local set = read(text)
  t.is(set.columns, { "a", "b" }, what .. ": the features")
  t.is({ set.rows, set.positives }, { 3, 1 }, what .. ": rows and targets")
  t.is({ set.x:get(1, 1), set.x:get(2, 2), set.x:get(3, 1), set.y:get(1), set.y:get(2) }, { 1.5, 2.0, 9.0, 1.0, 0.0 },
    what .. ": values")
  t.is(set.notes, { ... }, what .. ": notes")
  return set
end

local set = same("plain",
  "SpecId Label ScanNr a b Peptide Proteins\ns1 1 7 1.5 8 K.P.R q\ns2 -1 7 3 2 K.P.R q\ns3 -1 8 9 4 K.P.R q\n")
t.is({ set.groups:get(1), set.groups:get(2), set.groups:get(3) }, { 1.0, 1.0, 2.0 }, "ScanNr is the group")
same("id and label by place, whatever they are called",
  "score target ScanNr a b Peptide Proteins\n5 1 7 1.5 8 P q\n6 -1 7 3 2 P q\n7 -1 8 9 4 P q\n")
same("names in any case, in any order",
  "specid label CALCMASS scannr SpectraFile expmass Filename a b PEPTIDE proteinIds\n"
  .. "s1 1 900.1 7 f.mzML 900 g 1.5 8 P q\ns2 -1 1 7 f.mzML 1 g 3 2 P q\ns3 -1 1 8 f.mzML 1 g 9 4 P q\n")
same("several proteins, tabs at the ends of lines",
  "id Label ScanNr a b Peptide Proteins\ns1 1 7 1.5 8 P q1 q2 q3\ns2 -1 7 3 2 P q \ns3 -1 8 9 4 P q  \n")
same("a header that names each protein, and tabs at its end",
  "id Label ScanNr a b Peptide proteinId1 proteinId2  \ns1 1 7 1.5 8 P q\ns2 -1 7 3 2 P q r s t\ns3 -1 8 9 4 P q\n")
same("a first line of weights", "id Label ScanNr a b Peptide Proteins\ndefaultdirection - - 1 0.5\n"
  .. "s1 1 7 1.5 8 P q\ns2 -1 7 3 2 P q\ns3 -1 8 9 4 P q\n")
same("CRLF", (("id Label ScanNr a b Peptide Proteins\nDefaultDirection - - 1 0.5\n"
  .. "s1 1 7 1.5 8 P q\ns2 -1 7 3 2 P q1 q2\ns3 -1 8 9 4 P q\n"):gsub("\n", "\r\n")))
same("no protein in the header", "id Label ScanNr a b Peptide\ns1 1 7 1.5 8 P q r\ns2 -1 7 3 2 P q\ns3 -1 8 9 4 P\n")
same("no peptide", "id Label ScanNr a b Proteins\ns1 1 7 1.5 8 q r\ns2 -1 7 3 2 q\ns3 -1 8 9 4 q\n")
same("neither", "id Label ScanNr a b\ns1 1 7 1.5 8\ns2 -1 7 3 2\ns3 -1 8 9 4\n")
same("something behind the peptide",
  "id Label ScanNr a b Peptide Charge Proteins\ns1 1 7 1.5 8 P 2 q\ns2 -1 7 3 2 P 3 q\ns3 -1 8 9 4 P 2 q\n",
  'column 7 ("Charge") stands behind the peptide, where the proteins are: it is no feature')
local alone = same("no ScanNr", "id Label a b Peptide Proteins\ns1 1 1.5 8 P q\ns2 -1 3 2 P q\ns3 -1 9 4 P q\n",
  'no column is called ScanNr, and the id "s1" (row 1) does not end in SCAN_CHARGE_RANK: '
  .. "each row is taken for a spectrum of its own")
t.is(alone.groups, nil, "and there are no groups")
-- RT and dM are features unless Percolator is asked for its description of correct ones; a feature may be called after proteins
t.is(read("id Label ScanNr RT dM proteinLength Peptide Proteins\ns1 1 7 1.5 8 1 P q\ns2 -1 7 3 2 2 P q\n").columns,
  { "RT", "dM", "proteinLength" }, "RT, dM and names like protein are features before the peptide")
t.is(read("id Label ScanNr a Peptide Proteins\nDefaultDirections 1 7 1.5 P q\ns2 -1 7 3 P q\n").rows, 2,
  "an id that begins so is a row")

refused("a second Label", "id Label ScanNr label a Peptide Proteins\ns1 1 7 1 2 P q\n",
  'column 4 is called "label", and so is column 2')
same("a label elsewhere", "id ScanNr a Label b Peptide Proteins\ns1 7 1.5 1 8 P q\ns2 7 3 -1 2 P q\ns3 8 9 -1 4 P q\n")
refused("two scans", "id Label ScanNr scannr a Peptide Proteins\ns1 1 7 1 2 P q\n",
  'column 4 is called "scannr", and so is column 3')
refused("a column alone", "id\ns1\n", 'no column "Label"')
refused("no features", "id Label ScanNr Peptide Proteins\ns1 1 7 P q\n", "no columns of features")
refused("a label that is none", "id Label ScanNr a Peptide Proteins\ns1 2 7 1 P q\n", "row 1 (line 2), column 2", '"2" is no label')
refused("a row that is cut", "id Label ScanNr a Peptide Proteins\ns1 1 7 1 P q\ns2 -1 7\n",
  "row 2 (line 3): expected 5 cells or more, got 3")
refused("a word among features", "id Label ScanNr a b Proteins\ns1 1 7 1 2 q\ns2 -1 7 1 K.P.R q\n",
  'row 2 (line 3), column 5 ("b"): "K.P.R" is not a number; ignore = { "b" } leaves the column out')

os.remove(path)
t.done()
