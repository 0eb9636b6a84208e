-- Identities are not floats: labels, groups, users and items keep all their bits, and where a matrix cannot hold a number it is
-- refused, with the number that was given. Right values in both precisions.
local t = require "tests.lua.tap"
local ll = require "losslab"

local double = ll.precision == "double"
local whole = double and 1 << 53 or 1 << 24 -- the first whole number that is not told from its neighbours
local metric = ll.metric

local points = { { 1, 0 }, { 1, .1 }, { 0, 5 }, { .5, 5 } }

-- ---- labels of which only equality counts -------------------------------------------------------------------------------------

-- Each list says the same of its rows: the first two differ, the last two are one class.
local lists = {
  ["small numbers"] = { 1, 2, 5, 5 },
  ["negative numbers and zero"] = { 0, -1, -7, -7 },
  ["numbers side by side that one float would be"] = { 16777216, 16777217, 5, 5 },
  ["numbers side by side that one double would be"] = { 1 << 53, (1 << 53) + 1, 5, 5 },
  ["the ends of the integers"] = { math.maxinteger, math.maxinteger - 1, math.mininteger, math.mininteger },
  ["strings"] = { "1", "01", "b", "b" },
  ["strings with zeros and newlines"] = { "a\0b", "a\0c", "a\n", "a\n" },
  ["rows of one"] = { { 1 << 60 }, { (1 << 60) + 1 }, { 2 }, { 2 } },
}
for name, labels in pairs(lists) do
  t.is(metric.knn_accuracy(points, labels, { k = 1 }), 0.5, "knn_accuracy, " .. name)
  t.is(metric.recall_at_k(points, labels), 1, "recall_at_k, " .. name)
  t.is(metric.knn(points, labels, points, labels, { k = 1 }), 1, "knn, " .. name)
  t.is(metric.knn(points, labels, { { 1, .1 } }, { labels[1] }, { k = 1 }), 0, "knn of two lists, numbered together, " .. name)
  local first, second = ll.tuple.matches(labels, ll.random(1))
  t.is({ first.rows, first[1] + second[1] }, { 1, 7 }, "tuple.matches, " .. name)
  t.is((ll.tuple.triplets(labels, ll.random(1))):table(), { 3, 4 }, "tuple.triplets, " .. name)
  for _, loss in ipairs(ll.loss.list()) do
    local row = ll.loss.describe(loss)
    if row.inputs[2] and row.inputs[2].role == "identity" then
      local made = ll.loss[loss] {}
      t.is(made(points, labels):item(), made(points, { 1, 2, 5, 5 }):item(), loss .. ", " .. name)
    end
  end
  local numbers, values = ll.data.numbered(labels)
  local back, given = {}, {}
  for i, label in ipairs(labels) do
    back[i], given[i] = values[math.tointeger(numbers[i])], type(label) == "table" and label[1] or label
  end
  t.is({ back, #values }, { given, 3 }, "numbered, " .. name)
  local set = ll.data.matrix(points, { 0, 1, 0, 1 }, { groups = labels })
  t.is(set.groups:table(), { 1, 2, 3, 3 }, "groups, " .. name)
end
t.is({ ll.data.numbered({ 30, -2, 30, 7 })[1], ll.data.numbered { "b", "a" }[1] }, { 3, 2 }, "numbers ascend")

local as_matrix = ll.matrix { 0, -1, 1 - whole, 1 - whole }
t.is(metric.knn_accuracy(points, as_matrix, { k = 1 }), 0.5, "a matrix of whole numbers that are told apart")

-- What may have been another number, or is no identity, is refused with what was given.
local refused = {
  { { 1, 2, 1.5, 3 }, "row 3: 1.5" },
  { { 1, 2, "3", 3 }, "row 3 is a string" },
  { { 1, 2, 3, true }, "row 4: true" },
  { { 1, 2, 3, 2.0 ^ 53 }, "row 4: 9007199254740992 may have been" },
  { { 1, 2, 3, 0 / 0 }, "row 4: nan" },
  { { 1, 2, 3, math.huge }, "row 4: inf" },
  { ll.matrix { 1, 2, 3, whole }, "row 4: " .. whole .. " may have been" },
  { ll.matrix { 1, 2, 3, -whole }, "row 4: -" .. whole .. " may have been" },
  { ll.matrix { 1, 2, 3, 1.5 }, "row 4: 1.5" },
}
for i, case in ipairs(refused) do
  local labels, words = case[1], case[2]
  t.throws(function() metric.knn_accuracy(points, labels) end, "knn_accuracy: labels, " .. words, "knn_accuracy refuses " .. i)
  t.throws(function() metric.knn(points, labels, points, labels) end, words, "knn refuses " .. i)
  t.throws(function() ll.tuple.pairs(labels, ll.random(1)) end, words, "tuple.pairs refuses " .. i)
  t.throws(function() ll.loss.circle {}(points, labels) end, "circle: labels, " .. words, "a loss refuses " .. i)
  t.throws(function() ll.data.matrix(points, { 0, 1, 0, 1 }, { groups = labels }) end, "groups, " .. words, "groups refuse " .. i)
  t.throws(function() ll.data.numbered(labels) end, words, "numbered refuses " .. i)
end

-- ---- numbers whose value counts -------------------------------------------------------------------------------------------------

local beyond = whole + 1
t.throws(function() ll.loss.softmax {}({ { 0, 1 }, { 1, 0 } }, { 1, beyond }) end, "row 2: " .. beyond, "a class keeps its number")
t.throws(function() metric.multiclass_accuracy({ { 0, 1 }, { 1, 0 } }, { 1, beyond }) end, "row 2: " .. beyond, "also of a metric")
t.throws(function() ll.data.matrix(points, { 1, 2, 3, beyond }) end, "row 4: " .. beyond, "also of a set")
t.throws(function() ll.one_hot { 1, beyond } end, "row 2: " .. beyond, "also of one_hot")
t.throws(function() ll.gather(points, { 1, beyond }) end, tostring(beyond), "a row's number, too")
t.throws(function() ll.gather(points, { (1 << 53) + 1 }) end, "9007199254740993", "all 64 bits of it")
t.throws(function() ll.gather(points, { 1.5 }) end, "index 1 of the list is 1.5", "or what it was")
t.is(ll.gather(points, { 4, 1.0 }):table(), { { .5, 5 }, { 1, 0 } }, "good ones are taken")
if not double then
  t.throws(function() ll.gather(points, ll.matrix { 1, whole }) end, "index 2 of the list, 16777216.0, may have been",
    "a matrix may have lost it")
  t.throws(function() ll.random(1):integers(3, 1, 1, beyond) end, "1 to 16777217", "nor are such numbers drawn")
end

-- ---- users and items ----------------------------------------------------------------------------------------------------------

local p = ll.data.pairs({ { 2, 3 }, { 1.0, 3 }, { 2, 1 } }, { users = 2, items = 4 })
t.is({ p.items, p:lists() }, { 4, { { 3 }, { 1, 3 } } }, "users and items as numbers of their own, from a table")
p = ll.data.pairs { { 1 << 53, "b" }, { (1 << 53) + 1, "a" }, { (1 << 53) + 1, "b" } }
t.is({ p.users, p.items, p.count }, { 2, 2, 3 }, "users and items that name themselves")
t.is({ p:list(1), p:list(2) }, { { 2 }, { 1, 2 } }, "are numbered in ascending order")
t.is({ p.user_names, p.item_names }, { { "9007199254740992", "9007199254740993" }, { "a", "b" } }, "and keep their names")
t.is(ll.data.pairs(p:matrix(), { users = 2, items = 2 }):lists(), p:lists(), "the same of their matrix")
t.throws(function() ll.data.pairs({ { 1, beyond } }, { users = 2, items = 3 }) end, "row 1: the item is " .. beyond,
  "beyond what there are")
t.throws(function() ll.data.pairs({ { 1, 2 }, { 3 } }) end, "row 2 is of another length; a row {…} of 2 values", "a row too short")
t.throws(function() ll.data.pairs(ll.matrix { { 1, whole } }) end, whole .. " may have been", "a matrix may have lost them")
t.throws(function() ll.data.pairs({ { "a", 1 } }, { users = 2, items = 3 }) end, 'the user is "a"', "a name where numbers count")
t.throws(function() ll.cml.negatives { items = 5, liked = { { 1, beyond } } } end, tostring(beyond), "lists of items")

t.throws(function() ll.data.moons { seed = (1 << 53) + 1 } end, "moons: seed is 9007199254740993", "nor is a seed rounded")
t.is(require "losslab.check".show((1 << 53) + 1), "9007199254740993", "a message shows all digits")

-- ---- numbers that a matrix cannot hold ---------------------------------------------------------------------------------------

if not double then
  local m = ll.zeros(2, 2)
  local ways = {
    { function() return ll.matrix { { 1, 2 }, { 3, 1e39 } } end, "(2, 2) of the table is 1e+39" },
    { function() return ll.matrix(-1e300) end, "-1e+300" },
    { function() return ll.full(2, 2, 1e300) end, "1e+300" },
    { function() m:set(1, 2, 1e300) end, "(1, 2) is 1e+300" },
    { function() m:fill_(1e300) end, "1e+300" },
    { function() m[1] = { 1, 1e300 } end, "1e+300" },
    { function() m:col_range(1, 1)[2] = 1e300 end, "element 2 is 1e+300" },
    { function() m:assign { { 1, 2 }, { 3, 1e300 } } end, "1e+300" },
    { function() m:clamp_(1e300, 1e301) end, "low is 1e+300" },
    { function() return m:clamp(-1e301, -1e300) end, "high is -1e+300" },
    { function() return m + 1e300 end, "add: the second operand is 1e+300" },
    { function() return 1e300 - m end, "sub: the first operand is 1e+300" },
    { function() return m * 1e300 end, "mul: the second operand is 1e+300" },
    { function() return m / 1e300 end, "div: the second operand is 1e+300" },
    { function() return ll.data.matrix({ { 1 }, { 1e300 } }, { 0, 1 }) end, "x: element (2, 1)" },
    { function() return ll.random(1):uniform(2, 2, 1e300, 1e300) end, "low is 1e+300" },
    { function() return ll.random(1):normal(2, 2, 1e300) end, "mean is 1e+300" },
    { function() return ll.loss.hinge { margin = 1e300 } end, "hinge: margin is 1e+300" },
    { function() return ll.optim.sgd({ m:with_grad() }, { lr = 1e300 }) end, "sgd: lr is 1e+300" },
    { function() return metric.auc({ 1, 1e300 }, { 0, 1 }) end, "auc: scores: element (2, 1)" },
    { function() return ll.loss.hinge {}({ 1, 1e300 }, { 0, 1 }) end, "hinge: scores: element (2, 1)" },
  }
  for i, way in ipairs(ways) do t.throws(way[1], way[2], "no number becomes an infinity: " .. i) end
  t.is(m:table(), { { 0, 0 }, { 0, 0 } }, "and nothing was changed")
  t.is({ m:clamp(-1e300, 1e300):table(), m:copy():clamp_(-1e300, 1e300):table() }, { m:table(), m:table() }, "limits may be beyond")
  local head = "losslab matrix 1 double 1x2\n"
  t.throws(function() ll.unpack(head .. string.pack("<dd", 1, 1e300), "kept") end, "kept: row 1, column 2: 1e+300", "read back")
  t.is(ll.unpack(head .. string.pack("<dd", 1, math.huge)):table(), { { 1, math.huge } }, "an infinity stays one")
end
t.is(ll.matrix { math.huge, -math.huge }:table(), { math.huge, -math.huge }, "infinities are given as such")

t.done()
