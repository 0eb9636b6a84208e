-- label: the column of labels of a table, by its name or number, with positive, missing and categorical; in studies, too.
local t = require "tests.lua.tap"
local ll = require "losslab"

local base, write = t.folder()
local function labels(set)
  local out = {}
  for i = 1, set.rows do out[i] = math.tointeger(set.y:get(i)) end
  return table.concat(out)
end
local function gives(what, path, options, want, classes, columns)
  local set = ll.data.load(path, options)
  t.is({ labels(set), set.class_names, set.columns }, { want, classes, columns }, what)
  return set
end

local words = write("words.csv", "age,Outcome,size\n31,yes,1\n45,no,2\n52,yes,3\n")
gives("by name", words, { label = "Outcome" }, "212", { "no", "yes" }, { "age", "size" })
gives("with a target", words, { label = "Outcome", positive = "yes" }, "101", { "no", "yes" }, { "age", "size" })
gives("by number", words, { label = 2, positive = "no" }, "010", { "yes", "no" }, { "age", "size" })
gives("a number that is a float", words, { label = 2.0, positive = "no" }, "010", { "yes", "no" }, { "age", "size" })
local binary = write("binary.csv", "x,y\n5,1\n6,0.0\n7,01\n")
t.is(gives("0 and 1 are binary", binary, { label = "y" }, "101", { "0", "1" }, { "x" }).multiclass, false, "not classes")
gives("-1 and 1, too", write("minus.csv", "x,y\n5,-1\n6,+1\n7,1\n"), { label = "y" }, "011", { "0", "1" }, { "x" })
gives("1 and 2 are classes", write("two.csv", "x,y\n5,2\n6,1\n7,2\n"), { label = "y" }, "212", { "1", "2" }, { "x" })
gives("0, 1 and 2 as well", write("three.csv", "x,y\n5,2\n6,1\n7,0\n"), { label = "y" }, "321", { "0", "1", "2" }, { "x" })
gives("0 and -1 are classes", write("odd.csv", "x,y\n5,0\n6,-1\n7,0\n"), { label = "y" }, "212", { "-1", "0" }, { "x" })
gives("another column may be called label", write("both.csv", "label,y,x\n1,a,3\n2,b,4\n"), { label = "y" }, "12", { "a", "b" },
  { "label", "x" })
gives("group may be the label", write("group.csv", "group,x\na,1\nb,2\n"), { label = "group" }, "12", { "a", "b" }, { "x" })
gives("tabs", write("words.tsv", "age\tOutcome\n31\tyes\n45\tno\n"), { label = "Outcome", positive = "yes" }, "10",
  { "no", "yes" }, { "age" })
local holes = write("holes.csv", "a,kind,Outcome\n1,u,yes\n,v,no\n3,u,no\n4,u,yes\n")
gives("with all the rest", holes, { label = "Outcome", positive = "yes", missing = 7, categorical = { "kind" } }, "1001",
  { "no", "yes" }, { "a", "kind=u", "kind=v" })
gives("rows that are dropped", holes, { label = "Outcome", missing = "drop", categorical = { "kind" } }, "212", { "no", "yes" },
  { "a", "kind=u" })
t.is(ll.data.csv(write("my.txt", "age,Outcome\n31,yes\n45,no\n"), { label = "Outcome" }).classes, 2, "ll.data.csv has the options")
t.throws(function() ll.data.csv(words, { lable = "Outcome" }) end, { 'no option "lable"', '"label"' }, "and refuses others")

local function refused(what, path, options, ...) t.throws(function() ll.data.load(path, options) end, { ... }, what) end
refused("a name that is near", words, { label = "outcome" }, 'no column of labels "outcome"; did you mean "Outcome"?')
refused("one that is far", words, { label = "price" }, 'no column of labels "price"', "age, Outcome, size")
refused("a number beyond", words, { label = 4 }, "there is no column 4; there are 3")
refused("no number", words, { label = 1.5 }, "label must be the name of a column or its number, from 1, not 1.5")
refused("0", words, { label = 0 }, "not 0")
refused("neither", words, { label = true }, "not true")
refused("a format with labels of its own", write("a.svm", "0 1:1\n1 1:2\n"), { label = "y" },
  'format "svm" has no option "label": its labels stand where the format has them')
refused("pin", write("p.pin", "id\tLabel\ta\n"), { label = "a" }, 'has no option "label"')
refused("a label that is missing", write("gap.csv", "x,y\n1,a\n2,\n3,b\n"), { label = "y" }, "row 2 (line 3), column 2", "empty")
refused("a category that is the label", words, { label = "Outcome", categorical = { "Outcome" } }, "cannot be categorical")
refused("a file without", words, nil, 'no column "label" or "class"', 'label = "NAME" takes another column')

-- ---- studies --------------------------------------------------------------------------------------------------------------

local cuts, plan, keys = require "losslab.study.cuts", require "losslab.study.plan", require "losslab.study.keys"
local lines = { "x,z,Outcome,other" }
for i = 1, 60 do lines[i + 1] = ("%g,%g,%s,%d"):format(i % 2 + i / 100, i % 7, i % 2 == 0 and "yes" or "no", i // 3 % 2) end
local many = write("many.csv", table.concat(lines, "\n") .. "\n")
local function study(data)
  return ll.study { name = "s", question = "?", data = data, split = { test = 0.3 }, compare = { hinge = {} },
    model = { hidden = { 2 } }, train = { epochs = 1 } }
end
local function entry(label, more)
  local out = { load = many, label = label, positive = label ~= "other" and "yes" or nil, categorical = { "Outcome" } }
  if label ~= "other" then out.categorical = nil end
  for name, value in pairs(more or {}) do out[name] = value end
  return out
end
local function key(data) return keys.dataset(cuts.datasets(study(data))[1]) end
t.is(cuts.datasets(study(entry "Outcome"))[1].set.positives, 30, "a study's data have it")
t.isnt(key(entry "Outcome"), key(entry(3)), "how it is said is part of the key")
t.isnt(key(entry "Outcome"), key(entry "other"), "and which column it is")
t.is(key(entry(3)), key(entry(3.0)), "a number is a number")
local told = require "losslab.json".decode(cuts.datasets(study(entry "Outcome"))[1].origin)
t.is({ told.label, told.positive, told.load }, { "Outcome", "yes", many }, "the origin says which")
t.throws(function() plan.check(study(entry "outcome")) end, 'did you mean "Outcome"?', "a column that is not there")
t.throws(function() study(entry(0)) end, "data: label must be an integer >= 1", "a number that is none")
t.throws(function() study { { load = many, lable = "Outcome" } } end, 'did you mean "label"?', "a word that is none")
os.execute(("rm -r '%s'"):format(base))
t.done()
