-- Sets of real values and of weights: read, made of tables and matrices, split, cut, drawn in batches, packed; and what is refused.
local t = require "tests.lua.tap"
local ll = require "losslab"

local path = os.tmpname()
local function csv(text, options)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local all = { format = "csv" }
  for name, value in pairs(options) do all[name] = value end
  return ll.data.load(path, all)
end

local TEXT = "a,price,b,w\n1,3.5,2,1\n2,-20,3,0.5\n5,1e2,1,0\n4,0,7,2\n"
local set = csv(TEXT, { values = "price", weight = "w" })
t.is({ set.features, set.rows, set.values, set.multiclass, set.classes }, { 2, 4, true, false, 0 }, "a set of real values")
t.is(set.y:table(), { 3.5, -20.0, 100.0, 0.0 }, "its values")
t.is(set.weights:table(), { 1.0, 0.5, 0.0, 2.0 }, "its weights")
t.is({ set.positives, #set.class_names, #set.class_counts }, { nil, 0, 0 }, "no classes")
t.ok(tostring(set):find("real values, weights", 1, true), "it says so: " .. tostring(set))
local classes = csv("label,x,w\n0,1,2\n1,2,3\n", { weight = "w" })
t.is({ classes.positives, classes.features, classes.weights:get(2, 1) }, { 1, 1, 3.0 }, "weights beside binary labels")
t.is(csv("a,b,w\n1,2,3\n2,3,4\n", { values = "b" }).features, 2, "a column called w is a feature where nothing names it")
t.is(csv("a,y\n1,2\nNA,5\n3,4\n", { values = "y", missing = "drop" }).rows, 2, "rows that are dropped take their values with them")

for _, case in ipairs {
  { TEXT, { values = "prize" }, 'no column of values "prize"; did you mean "price"?' },
  { TEXT, { values = "price", weight = "v" }, 'no column of weights "v"' },
  { TEXT, { values = "w", weight = "w" }, "column 4 cannot hold both the values and" },
  { TEXT, { values = "price", label = "a" }, "either values, a column of real numbers, or label" },
  { TEXT, { values = "price", positive = "a" }, "or positive" },
  { TEXT, { values = "price", ignore = { "price" } }, "holds the values and cannot be ignored" },
  { TEXT, { values = "price", weight = "w", ignore = { "w" } }, "holds the weights and cannot be ignored" },
  { "a,y\n1,2\n2,\n", { values = "y" }, 'row 2 (line 3), column 2 ("y"): the cell is empty' },
  { "a,y\n1,2\n2,many\n", { values = "y" }, '"many" is not a number' },
  { "a,y\n1,2\n2,inf\n", { values = "y" }, "infinite" },
  { "a,y,w\n1,2,1\n2,3,-1\n", { values = "y", weight = "w" }, 'row 2 (line 3), column 3 ("w"): a weight is a number >= 0' },
  { "a,y,w\n1,2,0\n2,3,0\n", { values = "y", weight = "w" }, "the weights of all 2 rows are 0" },
  { "a,y\n1,3\n2,3\n", { values = "y" }, "all values are the same, 3" },
} do t.throws(function() csv(case[1], case[2]) end, case[3], case[3]) end
t.throws(function() ll.data.load("iris.npy", { values = "y" }) end, { "iris.npy" }, "a format without columns")

-- parts, batches
local big = ll.data.friedman { n = 60, seed = 5 }
local weights = ll.random(1, 0, "w"):uniform(60, 1, 0, 2)
big = ll.data.matrix(big.x, big.y, { values = true, weights = weights, groups = (function()
  local g = {}
  for i = 1, 60 do g[i] = i // 4 end
  return g
end)() })
for _, stratify in ipairs { true, false } do
  for _, groups in ipairs { true, false } do
    local train, test, valid = big:split { test = 0.3, validation = 0.25, stratify = stratify, groups = groups, seed = 3 }
    local wrong = 0
    for _, part in ipairs { train, test, valid } do
      for k, row in ipairs(part:row_numbers()) do
        if part.y:get(k, 1) ~= big.y:get(row, 1) or part.weights:get(k, 1) ~= big.weights:get(row, 1) then wrong = wrong + 1 end
      end
    end
    t.ok(wrong == 0 and train.values and train.rows + test.rows + valid.rows == 60, "parts keep values and weights of their rows")
  end
end
local fold = big:fold(2, { k = 4, validation = 0 })
t.ok(fold.weights.rows == fold.rows, "so do folds")
for _, shuffle in ipairs { true, false } do
  local seen, y_of = {}, {}
  for i = 1, 60 do y_of[big.y:get(i, 1)] = i end
  local right = true
  for _, y, w in big:batches { size = 7, seed = 2, shuffle = shuffle } do
    for i = 1, y.rows do
      local row = y_of[y:get(i, 1)]
      seen[#seen + 1] = row
      right = right and w:get(i, 1) == big.weights:get(row, 1)
    end
  end
  t.ok(right and #seen == 60, "batches bring the weights of their rows, shuffled or not")
end
t.throws(function() big:batches { size = 7, balance = true } end, "real values, which have no classes", "nothing to balance")
for _, _, w in ll.data.load("iris"):batches { size = 50 } do t.is(w, nil, "of a set without weights there are none") end

-- tables
local function columns(options) return ll.data.table({ a = { 1, 2, 3 }, y = { 0.5, -1, 7 }, w = { 1, 0, 2 } }, options) end
local of_table = columns { values = "y", weight = "w" }
t.is({ of_table.features, of_table.y:table(), of_table.weights:table() }, { 1, { 0.5, -1.0, 7.0 }, { 1.0, 0.0, 2.0 } }, "a table's")
for _, case in ipairs {
  { { values = "z" }, 'no column of values "z"' }, { { values = "y", weight = "v" }, 'no column of weights "v"' },
  { { values = "y", label = "a" }, "either values" }, { { values = "y", weight = "y" }, "both the values and" },
} do t.throws(function() columns(case[1]) end, case[2], case[2]) end
t.throws(function() ll.data.table({ a = { 1, 2 }, y = { "x", 2 } }, { values = "y" }) end,
  'row 1, column "y": "x" is no number', "words")
t.throws(function() ll.data.table({ a = { 1, 2 }, y = { 0 / 0, 2 } }, { values = "y" }) end, "the value is missing", "NaN")

-- matrices
local x = { { 1 }, { 2 }, { 3 } }
for _, case in ipairs {
  { { 1, 2 }, { values = true }, "3x1" }, { { 1, 2, 1 / 0 }, { values = true }, { "values, row 3", "inf" } },
  { { 1, 2, 3 }, { values = true, positive = "1" }, "real values have no positive class" },
  { { 1, 2, 3 }, { values = true, classes = { "a", "b" } }, "real values have no classes" },
  { { 0, 1, 0 }, { weights = { 1, 2 } }, "weights 2x1; 3x1 expected" },
  { { 0, 1, 0 }, { weights = { 1, -2, 1 } }, "row 2: -2 is negative" },
} do t.throws(function() ll.data.matrix(x, case[1], case[2]) end, case[3], tostring(case[3])) end
t.ok(ll.data.matrix(x, { 0, 1, 0 }).hash ~= ll.data.matrix(x, { 0, 1, 0 }, { weights = { 1, 2, 1 } }).hash,
  "weights are of the content")

-- packed, as a database holds a set
for _, each in ipairs { set, big, classes, big:subset { 3, 1, 8 } } do
  local again = ll.data.unpack(each:pack(), "packed")
  local both = each.weights and again.weights:table() or true
  t.is({ again.y:table(), again.values, again.hash, both }, { each.y:table(), each.values, each.hash,
    each.weights and each.weights:table() or true }, "a packed set is the same")
end
os.remove(path)
t.done()
