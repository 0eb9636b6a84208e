-- ll.data.table: data sets of named columns and of rows, and what it refuses; names of classes and missing cells of ll.data.matrix.
local ll = require "losslab"
local t = require "tests.lua.tap"

local people = { age = { 31, 45, 52, 28 }, sex = { "f", "m", "f", "f" }, outcome = { "yes", "no", "yes", "no" } }
do
  local d = ll.data.table(people, { label = "outcome", positive = "yes" })
  t.is(d.columns, { "age", "sex=f", "sex=m" }, "columns by the alphabet, words as levels")
  t.is(d.x:table(), { { 31, 1, 0 }, { 45, 0, 1 }, { 52, 1, 0 }, { 28, 1, 0 } }, "their cells")
  t.is({ d.y:table(), d.class_names, d.name }, { { 1, 0, 1, 0 }, { "no", "yes" }, "table" }, "labels")
  local rows = {}
  for i = 1, 4 do rows[i] = { age = people.age[i], sex = people.sex[i], outcome = people.outcome[i] } end
  local same = ll.data.table(rows, { label = "outcome", positive = "yes", name = "people" })
  t.is({ same.hash, same.name }, { d.hash, "people" }, "rows give the same set")
  local classes = ll.data.table(people, { label = "outcome" })
  t.is({ classes.multiclass, classes.class_names, classes.y:table() }, { true, { "no", "yes" }, { 2, 1, 2, 1 } },
    "without positive words are classes")
  local few = ll.data.table(people, { label = "outcome", columns = { "sex" } })
  t.is(few.columns, { "sex=f", "sex=m" }, "the columns that are asked for")
  -- the same as a file of it
  local folder, write = t.folder()
  local file = write("people.csv", "age,sex,outcome\n31,f,yes\n45,m,no\n52,f,yes\n28,f,no\n")
  local read = ll.data.load(file, { label = "outcome", positive = "yes", categorical = { "sex" } })
  t.is({ read.x:table(), read.y:table(), read.columns, read.class_names }, { d.x:table(), d.y:table(), d.columns, d.class_names },
    "a file of the same cells is the same")
  os.execute(("rm -r '%s'"):format(folder))
end
t.is(ll.data.table({ x = { 1, 2, 3 }, label = { 1, -1, 1 } }).y:table(), { 1, 0, 1 }, "a column called label, -1 and 1")
t.is(ll.data.table({ x = { 1, 2, 3 }, y = { true, false, true } }, { label = "y" }).y:table(), { 1, 0, 1 }, "true and false")
t.is(ll.data.table({ x = { 1, 2, 3 }, class = { 3, 1, 3.0 } }).class_names, { "1", "3" }, "classes that are numbers")
t.is(ll.data.table({ x = ll.matrix { { 1 }, { 2 } }, y = { 4, 5 } }, { label = "y", positive = 4 }).y:table(), { 1, 0 },
  "a column may be a matrix, a target a number")
do
  local d = ll.data.table({ kind = { 1, 2, 1 }, x = { 5, 6, 7 }, y = { 0, 1, 1 }, who = { "a", "b", "a" } },
    { label = "y", categorical = { "kind" }, group = "who" })
  t.is({ d.columns, d.groups:table() }, { { "kind=1", "kind=2", "x" }, { 1, 2, 1 } }, "numbers that are categories, and groups")
end

-- ---- missing cells --------------------------------------------------------------------------------------------------------

local holes = { a = { 1, nil, 3, 4, 5, 0 / 0 }, b = { 1, 2, 3, 4, 5, 6 }, y = { 0, 1, 0, 1, 0, 1 } }
local function with(missing) return ll.data.table(holes, { label = "y", missing = missing }) end
t.is(with(9).x:pick { 1, 1, 1, 1, 1, 1 }:table(), { 1, 9, 3, 4, 5, 9 }, "a number for missing cells")
t.is({ with("drop").rows, with("drop").positives }, { 4, 1 }, "rows that are dropped")
do
  local d = with "mean"
  t.is(d.missing, true, "the mean is that of a split")
  local train, test = d:split { test = 0.34, seed = 3 }
  t.is({ train.missing, test.missing, train.x:finite(), test.x:finite() }, { false, false, true, true }, "which fills them")
  t.is(with("mean").hash, with("mean").hash, "the hash is of the cells")
end
t.throws(function() with() end, { 'row 2, column "a": a value is missing', '"mean", "drop" or a number' }, "by default an error")

-- ---- what is refused ------------------------------------------------------------------------------------------------------

local function refused(what, written, options, ...) t.throws(function() ll.data.table(written, options) end, { ... }, what) end
refused("no label", { x = { 1 }, z = { 2 } }, nil, 'label = "…"', "x, z")
refused("a label that is none", people, { label = "outcom" }, 'no column of labels "outcom"', '"outcome"')
refused("an option", people, { label = "outcome", positiv = "yes" }, 'no option "positiv"', '"positive"')
refused("a class", people, { label = "outcome", positive = "yess" }, 'there is no class "yess"', 'did you mean "yes"?')
refused("lengths", { x = { 1, 2 }, y = { 1, 0, 1 } }, { label = "y" }, 'column "x" has 2 cells, "y" has 3')
refused("a cell", { x = { 1, {} }, y = { 1, 0 } }, { label = "y" }, 'row 2, column "x" is a table')
refused("an infinite cell", { x = { 1, math.huge }, y = { 1, 0 } }, { label = "y" }, 'row 2, column "x" is infinite')
refused("a missing label", { x = { 1, 2, 3 }, y = { 1, 0, 0 / 0 } }, { label = "y" }, "row 3", "the label is missing")
refused("rows without names", { { 1, 2 }, { 3, 4 } }, { label = "y" }, "row 1", "ll.data.matrix")
refused("a row that is none", { { x = 1 }, 7 }, { label = "y" }, "row 2 is 7")
refused("a category", people, { label = "outcome", categorical = { "sx" } }, 'no feature "sx"', '"sex"')
refused("no table", 7, nil, "a table of columns or of rows was expected, not 7")
refused("one class", { x = { 1, 2 }, y = { "a", "a" } }, { label = "y" }, "one class only")
refused("a column", people, { label = "outcome", columns = { "agge" } }, 'no column "agge"', '"age"')
t.throws(function() ll.data.matrix(ll.zeros(2, 1), { 0, 1 }, { classes = { "a", "b" } }) end, "labels are all classes 1, 2, …",
  "names of classes for binary labels")
t.throws(function() ll.data.matrix(ll.zeros(3, 1), { 1, 2, 3 }, { classes = { "a", "b" } }) end, "2 names of classes", "too few")
t.throws(function() ll.data.matrix(ll.zeros(2, 1), { 1, 2 }, { classes = { "a", "a" } }) end, "same name", "two alike")
t.done()
