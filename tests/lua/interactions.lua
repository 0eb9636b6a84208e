-- Pairs of user and item: numbering, lists, splits, recommendation, errors.
local t = require "tests.lua.tap"
local ll = require "losslab"

local base = os.tmpname()
local function write(text)
  local file = assert(io.open(base .. ".csv", "w"))
  file:write(text)
  file:close()
  return base .. ".csv"
end

local pairs_ = ll.data.pairs(write 'when,user,item\n1,9,b\n2,10,"a, a"\n3,9,c\n4,9,b\n5,10,b\r\n6,7,c\n\n')
t.like(tostring(pairs_), "5 of 3 users and 3 items", "tostring; a pair that comes again counts once")
t.is(pairs_.user_names, { "7", "9", "10" }, "users in numeric order")
t.is(pairs_.item_names, { "a, a", "b", "c" }, "items in alphabetic order")
t.is(pairs_:lists(), { { 3 }, { 2, 3 }, { 1, 2 } }, "sorted lists")
t.is({ pairs_:list(2), pairs_:has(3, 1), pairs_:has(3, 3), pairs_:has(3, 9) }, { { 2, 3 }, true, false, false }, "list and has")
local m = pairs_:matrix()
t.is({ m.rows, m:get(1, 1), m:get(1, 2), m:get(5, 1), m:get(5, 2) }, { 5, 1.0, 3.0, 3.0, 2.0 }, "as a matrix")
t.is({ pairs_.users, pairs_.items, pairs_.count }, { 3, 3, 5 }, "numbers")

-- equal numbers are one user or item where all are numbers, and none is rounded
local equal = ll.data.pairs(write "user,item\n1,01\n1.0,x\n9007199254740993,1\n09007199254740992,1\n+1e0,02\n")
t.is(equal.user_names, { "1", "09007199254740992", "9007199254740993" }, "equal users are one")
t.is(equal.item_names, { "01", "02", "1", "x" }, "items that are not all numbers are words")
t.is(equal:lists(), { { 1, 2, 4 }, { 3 }, { 3 } }, "lists of them")

-- tabs by the name
local function named(suffix, text)
  local file = assert(io.open(base .. suffix, "w"))
  file:write(text)
  file:close()
  local fine, value = pcall(ll.data.pairs, base .. suffix)
  os.remove(base .. suffix)
  return fine and value or error(value, 0)
end
for _, suffix in ipairs { ".tsv", ".TSV" } do
  local tabbed = named(suffix, "item\tuser\na,b\t1\nc\t2\n")
  t.is({ tabbed.item_names, tabbed.user_names }, { { "a,b", "c" }, { "1", "2" } }, suffix)
end
t.is(named(".txt", "user,item\n1,2\n").count, 1, "commas in all others")
t.throws(function() named(".csv", "user\titem\n1\t2\n") end, "by tabs in a file named .tsv", "tabs in a csv")
t.throws(function() named(".tsv", "user,item\n1,2\n") end, "in a file named .tsv cells are separated by tabs", "commas in a tsv")
t.throws(function() named(".tsv", "user\titem\n1\t2\n3\n") end, "row 2 (line 3): expected 2 cells, got 1", "a ragged tsv")

-- splits
local text = { "user,item" }
for u = 1, 60 do
  for i = 1, 40 do
    if (u * 7 + i * 13 + u * i) % 5 == 0 and i <= u then text[#text + 1] = u .. "," .. i end
  end
end
local many = ll.data.pairs(write(table.concat(text, "\n")))
local function check(train, test, wanted, name)
  local wrong = 0
  for u = 1, many.users do
    local all, held = many:list(u), test:list(u)
    if #train:list(u) + #held ~= #all or #held ~= wanted(#all) then wrong = wrong + 1 end
    for _, item in ipairs(held) do
      if train:has(u, item) or not many:has(u, item) then wrong = wrong + 1 end
    end
  end
  t.is({ wrong, train.count + test.count }, { 0, many.count }, name)
end
local train, test = many:split { leave_one_out = true, seed = 4 }
check(train, test, function(n) return n > 1 and 1 or 0 end, "leave one out: of each who has two")
local _, again = many:split { leave_one_out = true, seed = 4 }
local _, other = many:split { leave_one_out = true, seed = 5 }
t.is(again:lists(), test:lists(), "the same seed, the same items")
t.isnt(other:lists(), test:lists(), "another seed, others")
train, test = many:split { test = 0.3 }
check(train, test, function(n) return n > 1 and math.min(n - 1, math.floor(0.3 * n + 0.5)) or 0 end, "a share of each")
t.is(test.user_names, many.user_names, "parts share the names")

-- recommendation: embeddings that know everything, and ones that know nothing
local users, items = {}, {}
for u = 1, many.users do
  users[u] = {}
  for i = 1, many.items do users[u][i] = many:has(u, i) and 1 or 0 end
end
for i = 1, many.items do
  items[i] = {}
  for j = 1, many.items do items[i][j] = i == j and 1 or 0 end
end
local known = ll.metric.recommend(users, items, { held_out = test, seen = train, k = 20, distance = "dot" })
t.near({ known.recall, known.ndcg, known.hit_rate }, { 1, 1, 1 }, 1e-12, "what is known is recommended")
local blind = ll.metric.recommend(users, items, { held_out = test, k = 20, distance = "dot" })
t.ok(blind.recall <= known.recall and blind.users == known.users, "seen items are left out, if they are given")

-- of a matrix: what matrix() gave comes back, in any order and twice; numbers are the names
local twice = ll.data.pairs(ll.vstack(many:matrix():gather(ll.random(1):permutation(many.count)), many:matrix()),
  { users = many.users, items = many.items, name = "again" })
t.is({ twice.users, twice.items, twice.count }, { many.users, many.items, many.count }, "pairs of a matrix count once")
t.is(twice:lists(), many:lists(), "and are the same")
t.is({ twice.name, twice.user_names[2], #twice.item_names, #twice.hash }, { "again", "2", many.items, 64 }, "named by numbers")
local sparse = ll.data.pairs(ll.matrix { { 3, 5 } }, { users = 4, items = 6 })
t.is(sparse:lists(), { {}, {}, { 5 }, {} }, "users and items that no pair has")
for _, row in ipairs { { { 5, 1 }, "row 1: the user is 5, not a whole number from 1 to 4" }, { { 1, 7 }, "item is 7" },
  { { 0, 1 }, "the user is 0" }, { { 1, 1.5 }, "the item is 1.5" }, { { 0 / 0, 1 }, "the user is" }, { { 1, 2, 3 }, "(n,2)" } } do
  t.throws(function() ll.data.pairs(ll.matrix { row[1] }, { users = 4, items = 6 }) end, row[2])
end
t.throws(function() ll.data.pairs(ll.matrix { { 1, 1 } }, { users = 4 }) end, "items must be at least 1")
t.throws(function() ll.data.pairs(ll.matrix { { 1, 1 } }, { user = 4 }) end, 'did you mean "users"?')

-- errors
local function refused(content, ...)
  local path = write(content)
  t.throws(function() ll.data.pairs(path) end, { path, ... })
end
refused("user,itme\n1,2\n", 'no column "item"')
refused("user,item\n1,2\n3\n", "row 2 (line 3): expected 2 cells, got 1")
refused("user,item\n1,\n", 'row 1 (line 2), column 2 ("item"): the cell is empty')
refused("user,item\n", "no pairs")
refused("", "the file is empty")
refused("user,item,user\n1,2,3\n", 'columns 1 and 3 have the same name, "user"')
t.throws(function() ll.data.pairs "no_such_pairs" end, 'no data set "no_such_pairs"', "an unknown name")
t.throws(function() many:split { test = 1 } end, "between 0 and 1", "everything held out")
t.throws(function() many:split { test = 0.2, leave_one_out = true } end, "not both", "both kinds")
t.throws(function() many:split { leave_one = true } end, 'did you mean "leave_one_out"?', "nearest option")
t.throws(function() many:list(61) end, "user 61 asked for", "a user that is none")
t.throws(function() ll.metric.recommend(users, items, { k = 2 }) end, "held_out is needed", "nothing held out")
t.throws(function() ll.metric.recommend({ { 1 } }, items, { held_out = test }) end, "46 users", "embeddings of others")
os.remove(base .. ".csv")
os.remove(base)

-- real ones, where they are
for _, folder in ipairs(ll.data.folders()) do
  local file = io.open(folder .. "/citeulike_t/citeulike_t.csv.gz")
  if file then
    file:close()
    local real = ll.data.pairs "citeulike_t"
    t.is({ real.users, real.items, real.count }, { 7947, 25584, 134860 }, "citeulike_t as its index describes it")
  end
end
t.done()
