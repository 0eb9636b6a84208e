-- Data sets as strings and back, and how two of them differ.
local ll = require "losslab"
local t = require "tests.lua.tap"

local folder, write = t.folder()

-- Everything that is known of a set.
local function known(set)
  local out = {}
  for _, field in ipairs { "rows", "features", "name", "hash", "columns", "classes", "class_names", "notes", "class_counts",
    "multiclass", "missing", "positives", "optimal_auc" } do out[field] = set[field] end
  for _, field in ipairs { "x", "y", "groups", "domains", "truth" } do
    out[field] = set[field] and ll.core.sha256(set[field]:pack()) or "none"
  end
  out.numbers = set:row_numbers()
  return out
end

local function same_set(set, what)
  local packed = set:pack()
  local again = ll.data.unpack(packed)
  t.is(known(again), known(set), what .. " comes back with all that is known of it")
  t.is(again.path, nil, what .. " comes back without a path")
  t.is(again:pack(), packed, what .. " packs to the same bytes again")
  return again, packed
end

local function same_cut(set, again, what)
  local options = { test = 0.3, validation = 0.3, seed = 7 }
  local ours, theirs = { set:split(options) }, { again:split(options) }
  for _, each in ipairs { { set, ours }, { again, theirs } } do
    for train, test in each[1]:folds { k = 3, seed = 2 } do table.move({ train, test }, 1, 2, #each[2] + 1, each[2]) end
  end
  for k = 1, #ours do t.is(known(theirs[k]), known(ours[k]), what .. ": part " .. k .. " of a split is the same") end
  local bits = {}
  for i, each in ipairs { ours[1], theirs[1] } do
    local all = {}
    for x, y in each:batches { size = 7, seed = 3, epoch = 2 } do all[#all + 1] = x:pack() .. y:pack() end
    bits[i] = ll.core.sha256(table.concat(all))
  end
  t.is(bits[2], bits[1], what .. ": batches are the same")
end

for _, name in ipairs { "sonar", "wine", "iris" } do
  local fine, set = pcall(ll.data.load, name)
  if fine then
    local again, packed = same_set(set, name)
    same_cut(set, again, name)
    t.note("%s: %d bytes of features, packed %d", name, set.rows * set.features * (ll.precision == "double" and 8 or 4), #packed)
  end
end

local lines = { "label,group,domain,a,b\n" }
for i = 1, 90 do lines[#lines + 1] = ("%d,g%d,d%d,%s,%g\n"):format(i % 2, i // 3, i % 4, i % 11 == 0 and "" or i / 3, -i) end
local path = write("rows.csv", table.concat(lines))
local gaps = ll.data.load(path, { missing = "mean" })
t.ok(gaps.missing and gaps.groups and gaps.domains, "the set has missing cells, groups and domains")
same_cut(gaps, same_set(gaps, "a set with missing cells, groups and domains"), "groups")
same_set(gaps:subset { 5, 3, 90 }, "a part of a set")
same_set(ll.data.target_decoy { n = 500, seed = 3 }, "a generated set with truth")
same_set(ll.data.load(write("named.csv", "class,\"x\"\"1\",é\nb,1,2\nä,3,-0\nb,1e-30,5\n")), "a set with names of all kinds")
do -- more than a block of rows
  local x = ll.random(1, 0, "packing"):normal(10001, 3)
  local y, groups = {}, {}
  for i = 1, 10001 do y[i], groups[i] = { i % 5 + 1 }, { i // 3 } end
  local set = ll.data.matrix(x, ll.matrix(y), { name = "large", groups = ll.matrix(groups) })
  same_cut(set, same_set(set, "a set of several blocks"), "blocks")
end

-- ---- damage ----

local sonar = ll.data.load "sonar"
local packed = sonar:pack()
t.throws(function() ll.data.unpack("sonar", "column packed") end, "column packed: no packed data set: it does not begin with")
t.throws(function() ll.data.unpack "" end, "no packed data set")
t.throws(function() ll.data.unpack((packed:gsub("^losslab data 1", "losslab data 2"))) end, "version 2 of the format")
t.throws(function() ll.data.unpack(packed:sub(1, 300)) end, "it ends too early")
t.throws(function() ll.data.unpack(packed .. "x") end, "something follows it")
t.throws(function() ll.data.unpack((packed:gsub("208x60", "207x60"))) end, "damaged")
t.throws(function() ll.data.unpack((packed:gsub("208x60", "0x60"))) end, "0x60 features")
t.throws(function() ll.data.unpack((packed:gsub("208x60", "999999999999999x9"))) end, "damaged")
do
  local unseen = 0
  for at = 1, #packed, 97 do
    local bad = packed:sub(1, at - 1) .. string.char(packed:byte(at) ~ (1 << at % 8)) .. packed:sub(at + 1)
    local fine, set = pcall(ll.data.unpack, bad)
    if fine and ll.core.sha256(set:pack()) ~= ll.core.sha256(packed) then unseen = unseen + 1 end
  end
  t.is(unseen, 0, "no bit that is turned goes unseen")
end

-- ---- the other precision ----

local script = [[
local ll = require "losslab"
local input <close> = io.open(arg[1], "rb")
local fine, set = pcall(ll.data.unpack, input:read "a")
print(fine and set.hash or tostring(set))
]]
write("other.lua", script)
local other = os.getenv(ll.precision == "float" and "LOSSLAB_DOUBLE" or "LOSSLAB")
local function elsewhere(set)
  local input = write("packed", set:pack())
  if ll.precision == "double" then other = (other or ""):gsub("%-double$", "") end
  local pipe <close> = io.popen(("'%s' '%s/other.lua' '%s' 2>&1"):format(other, folder, input))
  return (pipe:read "a")
end
if other and other ~= "" then
  if ll.precision == "float" then
    t.like(elsewhere(sonar), "packed in float precision, which has not the digits of double", "float does not become double")
  else
    t.like(elsewhere(sonar), "packed in double precision, whose digits float has not: row 1, column 1", "nor double float")
    local whole = ll.data.matrix(ll.matrix { { 1, 2.5 }, { -3, 0 } }, ll.matrix { { 0 }, { 1 } })
    t.is(elsewhere(whole), whole.hash .. "\n", "but where that is exact")
  end
end

-- ---- differences ----

local function set_of(text) return ll.data.load(write("set.csv", text)) end
local base = "label,a,b\n0,1,2\n1,3,4\n0,5,6\n1,7,8\n"
local function counts(text, ...)
  local d = ll.data.differences(set_of(base), set_of(text))
  t.is({ d.changed, d.added, d.removed, d.rows, d.first or 0 }, { ... },
    "differences: " .. ll.data.said_differences(set_of(base), set_of(text)))
  return d
end
counts(base, 0, 0, 0, 0, 0)
t.is(counts(base:gsub("5,6", "5,7"), 1, 0, 0, 1, 3).columns, { "b" }, "the column in which it is")
counts(base:gsub("0,5,6", "1,5,6"), 1, 0, 0, 1, 3)
counts(base .. "1,9,9\n", 0, 1, 0, 1, 5)
counts(base:gsub("0,1,2", "1,9,9\n0,1,2"), 0, 1, 0, 1, 1)
counts(base:gsub("0,5,6\n", ""), 0, 0, 1, 1, 3)
counts(base:gsub("0,5,6\n", "") .. "0,6,5\n1,0,0\n", 1, 1, 0, 2, 3)
counts("label,a,b\n1,3,4\n0,1,2\n0,5,6\n1,7,8\n", 0, 0, 0, 0, 1)
counts("b,label,a\n2.0,0,1\n4,1,3\n6,0,5\n8,1,7\n", 0, 0, 0, 0, 0)
do
  local zero = "label,a,b\n0,0,2\n1,3,4\n"
  t.is(ll.data.said_differences(set_of(zero), set_of(zero:gsub("0,0,2", "0,-0,2"))), "the same rows", "-0 is 0")
end
do
  local d = counts("label,a,c\n0,1,2\n1,3,4\n0,5,6\n1,7,8\n", 0, 0, 0, 0, 0)
  t.is({ d.only_a, d.only_b, d.columns }, { { "b" }, { "c" }, {} }, "columns that only one has")
  t.is(ll.data.said_differences(set_of(base), set_of "label,a,c\n0,1,2\n1,3,4\n0,5,6\n1,7,8\n"),
    'column "b" no longer there; column "c" new', "and in words")
  t.is(ll.data.said_differences(set_of(base), set_of(base .. "1,9,9\n0,0,1\n")),
    "2 rows added, the first difference in row 5", "rows in words")
end
-- Against a slow count: of random edits of random rows.
do
  local seed = tonumber(os.getenv "LOSSLAB_SEED") or 1
  local r = ll.random(seed, 0, "differences")
  local bad
  for _ = 1, 50 do
    local function draw(n)
      local out = {}
      for i = 1, n do out[i] = ("%d,%d,%d"):format(i % 2, r:integer(4), r:integer(4)) end
      return out
    end
    local a, b = draw(r:integer(9) + 3), draw(r:integer(9) + 3)
    local left, found = {}, 0
    for _, row in ipairs(a) do left[row] = (left[row] or 0) + 1 end
    for _, row in ipairs(b) do if (left[row] or 0) > 0 then left[row], found = left[row] - 1, found + 1 end end
    local gone, come = #a - found, #b - found
    local one, two = set_of("label,a,b\n" .. table.concat(a, "\n") .. "\n"), set_of("label,a,b\n" .. table.concat(b, "\n") .. "\n")
    local d = ll.data.differences(one, two)
    if d.rows ~= math.max(gone, come) or d.changed ~= math.min(gone, come) then
      bad = bad or ("%d changed of %d, expected %d of %d"):format(d.changed, d.rows, math.min(gone, come), math.max(gone, come))
    end
  end
  t.is(bad, nil, "differences as counted slowly, seed " .. seed)
end

t.done()
