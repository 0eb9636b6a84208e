-- Columns without a name, as tools write them; names of files in any case; texts that are not UTF-8.
local t = require "tests.lua.tap"
local ll = require "losslab"

local base, write = t.folder()
assert(os.execute(("mkdir '%s/DEEP'"):format(base)))
local function read(name, text, options) return ll.data.load(write(name, text), options) end
local function refused(what, text, says, options)
  t.throws(function() read("refused.csv", text, options) end, { base .. "/refused.csv", table.unpack(says) }, what)
end

-- ---- a data frame's index ------------------------------------------------------------------------------------------------------

local index = "column 1 has no name: it is left out, as a data frame's index is"
local function same(what, text, note, name)
  local set = read(name or "set.csv", text)
  t.is(set.columns, { "x", "y" }, what .. ": the features")
  t.is({ set.x:get(1, 1), set.x:get(2, 2), set.y:get(1), set.y:get(2) }, { 1.5, 2.0, 1.0, 0.0 }, what .. ": their values")
  t.is(set.notes, { note }, what .. ": the note")
end
same("pandas' index", ",label,x,y\n0,1,1.5,7\n1,0,3,2\n", index)
same("R's index", '"","label","x","y"\n"a",1,1.5,7\n"b",0,3,2\n', index)
same("a blank name", "  ,label,x,y\n0,1,1.5,7\n1,0,3,2\n", index)
same("a blank name in quotes", '" \t",label,x,y\n0,1,1.5,7\n1,0,3,2\n', index)
same("a BOM before it", "\xef\xbb\xbf,label,x,y\n0,1,1.5,7\n1,0,3,2\n", index)
same("CRLF", ",label,x,y\r\n0,1,1.5,7\r\n1,0,3,2\r\n", index)
same("tabs", "\tlabel\tx\ty\n0\t1\t1.5\t7\n1\t0\t3\t2\n", index, "set.tsv")
same("an index that pandas read as a column", "Unnamed: 0,label,x,y\n0,1,1.5,7\n1,0,3,2\n",
  'column 1 ("Unnamed: 0") is left out: pandas calls an index without a name so')
local twice = read("set.csv", ",Unnamed: 0.1,Unnamed: 0,label,x\n0,0,0,1,1.5\n1,1,1,0,3\n")
t.is({ twice.columns, #twice.notes }, { { "x" }, 3 }, "and did so three times")
local named = read("set.csv", "label,Unnamed: 0.x,Unnamed: 1\n1,1.5,7\n0,3,2\n")
t.is({ named.columns, named.notes }, { { "Unnamed: 0.x", "Unnamed: 1" }, {} }, "other names are names")

-- row numbers of a file that is sorted by its labels tell nothing any more
local rows = { ",label,x" }
for i = 1, 40 do rows[i + 1] = ("%d,%d,%g"):format(i - 1, i > 20 and 1 or 0, (i * 7) % 40) end
local sorted = read("set.csv", table.concat(rows, "\n") .. "\n")
t.is({ sorted.features, sorted.columns[1] }, { 1, "x" }, "the index of a sorted file is no feature")

-- ---- other columns without a name --------------------------------------------------------------------------------------------

same("a comma at the end of every line", "label,x,y,\n1,1.5,7,\n0,3,2,\n", "column 4 has no name and nothing in it: it is left out")
same("commas of a spreadsheet", "label,,x,y,,\n1,,1.5,7, ,\n0,,3,2,,\n",
  "3 columns, the first of them column 2, have no name and nothing in them: they are left out")
refused("a value under no name", "label,x,,y\n1,1.5,7,1\n0,3,2,2\n",
  { "row 1 (line 2), column 3", "gives this column no name", '"7"' })
refused("a value under no name, later", "label,x,\n1,1.5,\n0,3,2\n", { "row 2 (line 3), column 3", '"2"' })
refused("a comma in the header alone", "label,x,y,\n1,1.5,7\n", { "row 1 (line 2)", "expected 4 cells, got 3",
  "line of the names ends in" })
refused("a comma in the rows alone", "label,x,y\n1,1.5,7,\n", { "row 1 (line 2)", "expected 3 cells, got 4", "the line ends in" })
refused("a name twice", "label,x,y,x\n1,1,2,3\n0,1,2,3\n", { 'columns 2 and 4 have the same name, "x"' })
refused("a name twice beside columns without one", ",label,x,,x\n1,1,2,,3\n", { 'columns 3 and 5 have the same name, "x"' })
refused("only an index", ",label\n0,1\n1,0\n", { "no columns of features" })
refused("no label", ",x\n0,1\n1,0\n", { 'no column "label" or "class"' })
local quoted = read("set.csv", 'label,x\n1,1\n0,2\n')
t.is(quoted.notes, {}, "nothing to note")

-- ---- rows that are numbered -------------------------------------------------------------------------------------------------

local function numbered(text, ...) t.is(read("set.csv", text).notes, { ... }, "numbers of rows") end
local order = ': an index is no feature, since it tells their order'
numbered("label,id,x\n0,1,3\n0,2,1\n1,3,2\n", 'column "id" numbers the rows, from 1 to 3' .. order)
numbered("label,index,x\n0,0,3\n0,1,1\n1,2,2\n", 'column "index" numbers the rows, from 0 to 2' .. order)
numbered("label,id,x\n0,1,3\n0,2,1\n1,4,2\n")
numbered("label,id,x\n0,2,3\n0,3,1\n1,4,2\n")

-- ---- names of files, encodings ---------------------------------------------------------------------------------------------

local plain = "label,x\n1,2\n0,3\n"
t.is(read("M.CSV", plain).name, "M", "a suffix in capitals")
t.is(read("X.Tsv", (plain:gsub(",", "\t"))).name, "X", "in both")
local gz = assert(io.popen("gzip -c >'" .. base .. "/Z.TSV.GZ'", "w"))
gz:write((plain:gsub(",", "\t")))
gz:close()
t.is({ ll.data.load(base .. "/Z.TSV.GZ").rows, ll.data.load(base .. "/Z.TSV.GZ").name }, { 2, "Z" }, "packed")
t.is(read("Y.PIN", "id\tLabel\tScanNr\ta\tPeptide\tProteins\nx\t1\t1\t2\tP\tQ\ny\t-1\t2\t3\tP\tQ\n").features, 1, "Percolator's")
write("DEEP/DEEP.SVM", "1 1:2\n0 1:3\n")
local program = os.getenv "LOSSLAB" or "bin/losslab"
local code = 'for _, n in ipairs { "M", "Z", "DEEP" } do print(ll.data.load(n)) end'
local out = assert(io.popen(("LOSSLAB_DATA='%s' '%s' -e '%s' 2>&1"):format(base, program, code)))
t.is(out:read "a", "data M: 2 rows, 1 features, 1 positive\ndata Z: 2 rows, 1 features, 1 positive\n"
  .. "data DEEP: 2 rows, 1 features, 1 positive\n", "found by name, too")
out:close()

local function wide(text, big) return (text:gsub(".", big and "\0%0" or "%0\0")) end
for _, text in ipairs { "\xff\xfe" .. wide(plain), "\xfe\xff" .. wide(plain, true), wide(plain), wide(plain, true) } do
  refused("UTF-16", text, { "UTF-16 text; UTF-8 is needed" })
  refused("UTF-16 as sparse text", text, { "UTF-16 text; UTF-8 is needed" }, { format = "svm" })
  t.throws(function() ll.data.pairs(write("refused.csv", text)) end, "UTF-16 text", "UTF-16 as pairs")
end
local latin = read("set.csv", "class,temp\xe9rature\nhei\xdf,2\nkalt,3\n")
t.is(latin.notes, { [[the file is not UTF-8: column "temp\xe9rature" is kept as these bytes]] }, "Latin-1 is noted")
t.is(read("set.csv", "class,x\nhei\xdf,2\nkalt,3\n").notes, { [[the file is not UTF-8: class "hei\xdf" is kept as these bytes]] },
  "in a class, too")
t.is(read("set.csv", "class,température\nheiß,2\nkalt,3\n").notes, {}, "UTF-8 is not")

os.execute(("rm -r '%s'"):format(base))
t.done()
