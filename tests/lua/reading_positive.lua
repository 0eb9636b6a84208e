-- positive: the class that is the target, against all others, in every format that has labels, in studies and their databases.
local t = require "tests.lua.tap"
local ll = require "losslab"

local base, write = t.folder()
local function labels(set)
  local out = {}
  for i = 1, set.rows do out[i] = math.tointeger(set.y:get(i)) end
  return table.concat(out)
end
local function gives(what, path, positive, want, classes)
  local set = ll.data.load(path, { positive = positive })
  t.is({ labels(set), set.multiclass, set.class_names }, { want, false, classes }, what)
  local _, ones = want:gsub("1", "")
  t.is({ set.positives, set.class_counts }, { ones, { #want - ones, ones } }, what .. ": how many")
end

-- ---- every format ------------------------------------------------------------------------------------------------------------

local words = write("words.csv", "class,x\nyes,1\nno,2\nno,3\nyes,4\nno,5\n")
gives("words", words, "yes", "10010", { "no", "yes" })
gives("the other one", words, "no", "01101", { "yes", "no" })
local three = write("three.csv", "class,x\nb,1\na,2\nc,3\nb,4\n")
gives("one against the rest", three, "b", "1001", { "not b", "b" })
gives("a column called label may hold words", write("label.csv", "x,label\n1,M\n2,B\n3,M\n"), "M", "101", { "B", "M" })
gives("0 as the target", write("zero.csv", "label,x\n0,1\n1,2\n0,3\n"), 0, "101", { "1", "0" })
gives("-1 as the target", write("minus.csv", "label,x\n-1,1\n1,2\n1,3\n"), -1, "100", { "1", "-1" })
gives("1, as it is without", base .. "/minus.csv", "+1", "011", { "-1", "1" })
local numbers = write("numbers.csv", "class,x\n2,1\n4,2\n4.0,3\n2.0,4\n")
for _, four in ipairs { "4", 4, 4.0, "4.00" } do
  t.is(labels(ll.data.load(numbers, { positive = four })), "0110", "numbers match by value: " .. tostring(four))
end
gives("tabs", write("words.tsv", "class\tx\nyes\t1\nno\t2\n"), "yes", "10", { "no", "yes" })
gives("sparse text, as breast-cancer has it", write("cancer.svm", "2 1:1\n4 1:2\n4 1:3\n"), 4, "011", { "2", "4" })
gives("of labels 0 and 1", write("plain.svm", "0 1:1\n1 1:2\n"), 0, "10", { "1", "0" })
write("x-images.idx", string.pack(">BBBB I4I4 BBB", 0, 0, 8, 2, 3, 1, 7, 8, 9))
write("x-labels.idx", string.pack(">BBBB I4 BBB", 0, 0, 8, 1, 3, 5, 0, 5))
gives("IDX", base .. "/x-images.idx", 5, "101", { "0", "5" })
local function npy(bytes, kind, shape)
  local head = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }"):format(kind, shape)
  head = head .. (" "):rep(-(#head + 11) % 64) .. "\n"
  return "\x93NUMPY" .. string.pack("<BBI2", 1, 0, #head) .. head .. bytes
end
write("a.npy", npy(string.pack("<fff", 1, 2, 3), "<f4", "(3, 1)"))
write("a_labels.npy", npy(string.char(3, 1, 2), "|u1", "(3,)"))
gives("NumPy", base .. "/a.npy", 1, "010", { "not 1", "1" })
write("a_labels.npy", npy(string.char(0, 1, 1), "|u1", "(3,)"))
gives("NumPy's 0 and 1", base .. "/a.npy", "0", "100", { "1", "0" })
local dropped = ll.data.load(write("holes.csv", "class,x\na,1\nb,\nc,3\n"), { missing = "drop", positive = "a" })
t.is({ labels(dropped), dropped.class_names }, { "10", { "c", "a" } }, "classes of dropped rows do not count")
t.is(ll.data.load(write("binary.csv", "label,x\n0,1\n1,2\n")).class_names, { "0", "1" }, "without it they are 0 and 1")
t.is(ll.data.load(words, { positive = "yes" }).hash, ll.data.load(words).hash, "the hash stays the file's")

-- ---- errors ------------------------------------------------------------------------------------------------------------------

local function refused(what, path, positive, ...)
  t.throws(function() ll.data.load(path, { positive = positive }) end, { ... }, what)
end
refused("a class that is near", words, "yse",
  words .. ': positive: there is no class "yse"; did you mean "yes"? (the classes are "yes", "no")')
refused("one that is far", three, "tomato", 'there is no class "tomato" (the classes are "b", "a", "c")')
refused("-1 of labels 0 and 1", base .. "/zero.csv", -1, 'there is no class "-1"')
refused("no word", words, true, "positive must be the name of a class, not true")
refused("all rows", write("one.csv", "class,x\na,1\na,2\n"), "a", 'one class only: label "a" in all rows (2)')
refused("a missing label", write("gap.csv", "label,x\nyes,1\n,2\n"), "yes", "row 2 (line 3), column 1", "the cell is empty")
t.throws(function() ll.data.load(write("p.pin", "id\tLabel\ta\n"), { positive = 1 }) end,
  'format "pin" has no option "positive"', "pin")
t.throws(function() ll.data.load(write("w.csv", "label,x\nyes,1\n")) end, { '"yes" is no label', "positive" }, "words say how")

-- ---- studies ---------------------------------------------------------------------------------------------------------------

local rows = { "class,x,y" }
for i = 1, 60 do rows[i + 1] = ("%s,%g,%g"):format(i % 2 == 0 and "yes" or i % 3 == 0 and "maybe" or "no", i % 2 + i / 100,
  i % 7) end
local three_classes = write("study.csv", table.concat(rows, "\n") .. "\n")
local two_classes = write("two.csv", (table.concat(rows, "\n"):gsub("maybe", "no")) .. "\n")
local function study(data, loss)
  return ll.study { name = "s", question = "?", data = data, split = { test = 0.3 }, compare = { [loss or "hinge"] = {} },
    model = { hidden = { 2 } }, train = { epochs = 1, batch = 8 } }
end
local cuts, plan = require "losslab.study.cuts", require "losslab.study.plan"
local function fails(what, data, ...) t.throws(function() plan.check(study(data)) end, { ... }, what) end
fails("two classes without a target", { two_classes }, 'data: "two" has the classes "no" and "yes"; hinge needs one as the target: '
  .. 'positive = "yes" (or "no")')
fails("three", { three_classes },
  '"study" has 3 classes; hinge takes two, positive and negative: positive = "yes" makes "yes" the target')
t.throws(function() plan.check(study({ { two_classes, ratio = 2 } }, "softmax")) end,
  "a ratio needs one as the target: positive", "a ratio")
fails("a class that is not there", { { two_classes, positive = "yess" } }, 'did you mean "yes"?')
fails("an option that is none", { { two_classes, postive = "yes" } }, 'did you mean "positive"?')
fails("two ways to say which", { { two_classes, load = two_classes } }, "not both")
fails("the same file twice", { { two_classes, positive = "yes" }, { two_classes, positive = "no" } },
  "stands there twice; give one of them a name")
local named = study { { three_classes, positive = "yes" }, { three_classes, positive = "no", name = "no" } }
local sets = cuts.datasets(named)
t.is({ sets[1].name, sets[1].set.positives, sets[2].name, sets[2].set.positives }, { "study", 30, "no", 20 },
  "one file, two targets")
t.is(cuts.datasets(study { load = three_classes, positive = "yes" })[1].set.positives, 30, "{ load = … }, alone")
t.is(cuts.datasets(study { three_classes, positive = "yes" })[1].set.positives, 30, "{ path, positive = … }, alone")
t.is(cuts.datasets(study({ { three_classes, missing = "drop" } }, "softmax"))[1].set.classes, 3, "other options of reading, too")
local function with(positive) return plan.identity(study { { three_classes, positive = positive } }) end
t.is(with "yes", with "yes", "the same study")
t.isnt(with "yes", with "no", "another target is another study")

local db = base .. "/s.db"
local script = write("s.lua", ([[return ll.study { name = "s", question = "?", data = { { %q, positive = "yes" } },
  split = { test = 0.3 },
  compare = { hinge = {} }, model = { hidden = { 2 } }, train = { epochs = 1, batch = 8 } }]]):format(three_classes))
local program = os.getenv "LOSSLAB" or "bin/losslab"
local function run(words_) return os.execute(("'%s' %s >'%s/out' 2>&1"):format(program, words_, base)) end
t.ok(run(("run '%s' --db '%s'"):format(script, db)), "such a study runs")
do
  local store <close> = ll.store.open(db)
  local row = store:one("datasets")
  t.is({ row.positives, row.negatives, row.classes }, { 30, 30, 2 }, "its data have a target")
  t.is(row.origin, require "losslab.json".encode { load = three_classes, positive = "yes" }, "and say which")
end
t.ok(run(("resume '%s'"):format(db)), "the database carries on with it")
write("s.lua", (([[return ll.study { name = "s", question = "?", data = { { %q, positive = "no" } }, split = { test = 0.3 },
  compare = { hinge = {} }, model = { hidden = { 2 } }, train = { epochs = 1, batch = 8 } }]]):format(three_classes)))
t.ok(run(("run '%s' --db '%s'"):format(script, db)), "and takes another target for other data")
do
  local store <close> = ll.store.open(db)
  local row = store:one("datasets")
  t.is({ row.positives, row.negatives, row.origin }, { 20, 40, require "losslab.json".encode { load = three_classes,
    positive = "no" } },
    "which the study asks for now")
  t.is({ store:one("progress").total, store:one("progress").done }, { 1, 1 }, "alone")
  local kept
  for each in store:query "SELECT count(*) AS sets, (SELECT count(*) FROM trial WHERE status = 'done') AS trials FROM dataset" do
    kept = each
  end
  t.is({ kept.sets, kept.trials }, { 2, 2 }, "while those of the first are kept")
end

os.execute(("rm -r '%s'"):format(base))
t.done()
