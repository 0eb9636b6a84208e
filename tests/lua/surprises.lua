-- No silent surprises: a place that is not there, an argument too many, an option that is none and a gradient that is missing are
-- said in words; what is saved is what the file's name says.
local ll = require "losslab"
local t = require "tests.lua.tap"

-- ---- places ----
local a, row, column = ll.matrix { { 1, 2, 3 }, { 4, 5, 6 } }, ll.matrix { { 7, 8, 9 } }, ll.matrix { 1, 2, 3 }
t.is({ a[1][2], a[2][3], a[-1][1], a[-1][-1], row[1][2], column[2], column[-1] }, { 2, 6, 4, 6, 8, 2, 3 }, "elements")
t.is(a[-1]:table(), { { 4, 5, 6 } }, "the last row")
t.is({ #a, #a[1], #row, #row[1], #column }, { 2, 3, 1, 3, 3 }, "# is how many places there are")
for what, each in pairs {
  ["a row below"] = { function() return a[3] end, { "row 3 of a matrix 2x3", "rows 1 to 2" } },
  ["a row above"] = { function() return a[-3] end, "row -3 of a matrix 2x3" },
  ["row 0"] = { function() return a[0] end, "places count from 1" },
  ["an element"] = { function() return a[1][4] end, { "element 4 of a row 1x3", "elements 1 to 3" } },
  ["of a column"] = { function() return column[4] end, "element 4 of a matrix 3x1" },
  ["of a 1×n"] = { function() return row[2] end, { "row 2 of a matrix 1x3", "m[1][1] to m[1][3]" } },
  ["of nothing"] = { function() return ll.zeros(0, 3)[1] end, "it is empty" },
  ["a fraction"] = { function() return a[1.5] end, "must be an integer, not 1.5" },
  ["NaN"] = { function() return a[0 / 0] end, "must be an integer" },
  ["a text"] = { function() return a["1"] end, { 'no "1"', "m[1]" } },
  ["nil"] = { function() return a[nil] end, "not nil" },
  ["a boolean"] = { function() return a[true] end, "not true" },
  ["set below"] = { function() a[3] = 1 end, "row 3 of a matrix 2x3" },
  ["set beside"] = { function() a[1][4] = 1 end, "element 4 of a row" },
  ["an element set to a row"] = { function() a[1][1] = { 1, 2 } end, "element 1" },
  ["unpacked"] = { function() return a:get(3, 1) end, "element (3, 1)" },
} do t.throws(each[1], each[2], what) end
a[1][2], a[-1][-1] = 50, 60
t.is(a:table(), { { 1, 50, 3 }, { 4, 5, 60 } }, "a row is a view: what is set in it is set in the matrix")
a[-1] = { 0, 1, 2 }
column[-1] = 9
t.is({ a:get(-1, -1), column:get(3, 1) }, { 2, 9 }, "backwards, too")
local walked = {}
for i, each in ipairs(a) do
  for j, x in ipairs(each) do walked[#walked + 1] = { i, j, x } end
end
t.is(walked, { { 1, 1, 1 }, { 1, 2, 50 }, { 1, 3, 3 }, { 2, 1, 0 }, { 2, 2, 1 }, { 2, 3, 2 } }, "ipairs ends")
local co = coroutine.wrap(function() for i in ipairs(ll.zeros(4, 1)) do coroutine.yield(i) end end)
t.is({ co(), co(), co(), co(), co() }, { 1, 2, 3, 4 }, "in a coroutine, too")
t.is({ table.unpack(column) }, { 1, 2, 9 }, "a column unpacks")
local places = {}
for i, each in pairs(ll.matrix { { 1, 2 }, { 3, 4 } }) do places[#places + 1] = { i, each[2] } end
t.is(places, { { 1, 2 }, { 2, 4 } }, "pairs walks as ipairs does")
local kept = (function() return ll.matrix { { 1, 2 }, { 3, 4 } }[2] end)()
collectgarbage()
collectgarbage()
t.is({ kept[1], kept[2] }, { 3, 4 }, "a row outlives its matrix")
local copied, shared = a[1]:copy(), a[1]:detach()
copied[1], shared[2] = 70, 80
t.is({ copied:table(), a[1]:table(), #copied, #shared }, { { { 70, 50, 3 } }, { { 1, 80, 3 } }, 3, 3 },
  "a row's copy is a row with elements of its own, detached it shares them")
shared[2] = 50

-- ---- what is set by places is not recorded, so that it may not be what a gradient is computed of ----
local p = ll.matrix({ { 1, 2 }, { 3, 4 } }):with_grad()
p[1][1], p[2] = 5, { 6, 7 }
t.is(p:table(), { { 5, 2 }, { 6, 7 } }, "a parameter is set by its places")
for what, f in pairs {
  ["a row of a result"] = function() (p * 2)[1] = { 1, 2 } end,
  ["an element of a result's row"] = function() (p * 2)[1][2] = 1 end,
  ["an element of a column"] = function() p:row_sums()[1] = 1 end,
} do t.throws(f, { "was computed with gradients", "m:copy()" }, what .. " is not set in silence") end
local result = p * 2
result:copy()[1] = { 1, 2 }
ll.no_grad(function() (p * 2)[1] = { 1, 2 } end)
result:sum():backward()
result[1] = { 1, 2 }
t.is(result[1]:table(), { { 1, 2 } }, "a copy is set, a result without gradients, and one whose past is given back")
t.throws(function() p.grad = nil end, "clear_grad()", "m.grad = nil says how")
t.throws(function() p.requires_grad = false end, "with_grad", "m.requires_grad = false, too")
t.throws(function() return p:requires_grad_() end, "here that is with_grad()", "and its name elsewhere")
t.throws(function() ll.matrix { { 1, 2, x = 3 } } end, 'row 1 of the table has an entry "x"', "nothing of a row is left out")
t.throws(function() a[1] = { 1, 2, 3, bias = 4 } end, 'an entry "bias"', "nor of one that is set")
t.throws(function() ll.matrix { a[1], a[2] } end, { "entry 1 of the table is a matrix", "vstack" }, "rows are not put together")

-- ---- arguments too many ----
local net, data, stream = ll.nn.mlp { 2, 1 }, ll.data.moons { n = 40 }, ll.random(1)
for what, each in pairs {
  zeros = { function() ll.zeros(2, 3, 4) end, "zeros takes at most 2 arguments, not 3" },
  ones = { function() ll.ones(2, 3, 4) end, "ones takes at most 2" },
  full = { function() ll.full(2, 3, 4, 5) end, "full takes at most 3" },
  eye = { function() ll.eye(2, 3) end, "eye takes at most 1 argument, not 2" },
  matrix = { function() ll.matrix(2, 3) end, { "one table", "ll.zeros(rows, cols)" } },
  sum = { function() a:sum(a) end, "sum takes at most 1 argument" },
  vstack = { function() ll.vstack(a, a, a) end, "vstack takes 2 matrices" },
  clamp = { function() a:clamp(0, 1, 2) end, "clamp takes at most 3 arguments" },
  item = { function() ll.zeros(1):item(1) end, "matrix:item takes no arguments, not 1" },
  save = { function() a:save("/no/such/x.npy", "npy") end, "matrix:save takes at most 1 argument, not 2" },
  parameters = { function() net:parameters(1) end, "mlp:parameters takes no arguments" },
  split = { function() data:split({}, 1) end, "split takes at most 1 argument" },
  metric = { function() ll.metric.describe("auc", {}, 1) end, "describe takes at most 2" },
  stream = { function() stream:permutation(3, 4) end, "permutation takes at most 1" },
  argmax = { function() a:argmax {} end, "row_argmax" },
} do t.throws(each[1], each[2], what) end
t.is({ ll.zeros(2, 3, nil):shape() }, { 2, 3 }, "nil behind the last is none")

-- ---- options ----
local adam, hinge = ll.optim.adam(net:parameters(), {}), ll.loss.hinge {}
local scores, labels = ll.matrix { 1, 2, 3 }, ll.matrix { 1, 0, 1 }
local folder, write = t.folder()
local csv = write("a.csv", "x,label\n1,0\n,1\n3,1\n")
local o = { zzzzzz = 1 }
for what, f in pairs {
  ["data.csv"] = function() ll.data.csv(csv, o) end,
  ["data.load"] = function() ll.data.load(csv, o) end,
  ["data.list"] = function() ll.data.list(o) end,
  ["data.moons"] = function() ll.data.moons(o) end,
  ["data.pairs"] = function() ll.data.pairs({ { 1, 2 } }, o) end,
  ["data.matrix"] = function() ll.data.matrix(scores, labels, o) end,
  split = function() data:split(o) end, folds = function() data:folds(o) end, fold = function() data:fold(1, o) end,
  nested = function() data:nested(o) end, batches = function() data:batches(o) end,
  mlp = function() ll.nn.mlp { 2, 1, zzzzzz = 1 } end, linear = function() ll.nn.linear { 2, 1, zzzzzz = 1 } end,
  embedding = function() ll.nn.embedding { 2, 1, zzzzzz = 1 } end, dropout = function() ll.nn.dropout(0.5, o) end,
  sequential = function() ll.nn.sequential { ll.relu, zzzzzz = 1 } end,
  adam = function() ll.optim.adam(net:parameters(), o) end, group = function() adam:group(1, o) end,
  hinge = function() ll.loss.hinge(o) end, auc = function() ll.metric.auc(scores, labels, o) end,
  roc = function() ll.metric.roc(scores, labels, o) end, confusion = function() ll.metric.confusion(scores, labels, o) end,
  bootstrap = function() ll.metric.bootstrap("auc", scores, labels, o) end,
  delong = function() ll.metric.delong(scores, labels, o) end, neighbours = function() ll.metric.neighbours(scores, scores, o) end,
  distance = function() ll.distance.minkowski(scores, scores, o) end,
  schedule = function() ll.schedule.step(o) end, sort = function() scores:sort(o) end,
  topk = function() scores:topk(1, o) end, choice = function() stream:choice(3, 2, o) end,
  backward = function() ll.zeros(1):with_grad():sum():backward(o) end,
  grad = function() local x = ll.zeros(1):with_grad() ll.grad(x:sum(), x, o) end,
  gradcheck = function() ll.gradcheck(ll.sum, { scores }, o) end,
  mean_ci = function() ll.stats.mean_ci({ 1, 2, 3 }, o) end, paired_t = function() ll.stats.paired_t({ 1, 2 }, { 2, 4 }, o) end,
  risk = function() ll.risk(hinge, scores, labels, o) end,
  cost = function() ll.transport.cost(scores, scores, o) end,
  kl = function() ll.divergence.kl({ 0.5, 0.5 }, { 0.5, 0.5 }, o) end,
  store = function() ll.store.open(folder .. "/a.db", o) end,
  study = function() ll.study(o) end,
} do t.throws(f, "zzzzzz", what .. " refuses an option that it has not") end
t.throws(function() data:split { 0.2 } end, "options have names", "nor what has no name")
t.throws(function() ll.data.csv(csv, { missin = "mean" }) end, 'did you mean "missing"?')
t.throws(function() ll.data.csv(csv, 7) end, "options must be a table")
t.is(ll.data.csv(csv, { missing = "mean" }).rows, 3, "data.csv takes the options of load")
t.throws(function() ll.data.csv(csv, { format = "tsv" }) end, "format is csv")
t.throws(function() ll.data.list { count = 1 } end, "true or false")

t.throws(function() ll.matrix { rows = 2 } end, { 'entry "rows"', "rows, or numbers" }, "a table with names is no matrix")
t.throws(function() ll.matrix { 1, 2, [4] = 4 } end, "entry 4 beside", "nor one with a hole")
t.throws(function() ll.metric.neighbours(scores, o) end, "zzzzzz", "so options in the place of a matrix are refused")

-- ---- what is saved ----
local function same(x, y) return x.rows == y.rows and x.cols == y.cols and x:pack() == y:pack() end
local m = ll.hstack(stream:normal(40, 3), ll.full(40, 1, 1 / 3))
m:set(1, 1, math.huge):set(2, 1, -math.huge):set(3, 1, -0.0):set(4, 1, 1e-38):set(5, 1, 3e38):set(6, 1, 12345678)
for _, ending in ipairs { ".csv", ".tsv", ".npy", ".llm", "" } do
  local path = folder .. "/m" .. ending
  t.ok(same(ll.load_matrix(m:save(path) and path), m), "to the bit through m" .. ending)
end
local text = assert(io.open(folder .. "/m.csv")):read "a"
t.like(text, "^inf,", "as text")
t.is(select(2, text:gsub("\n", "")), 40, "a row a line")
local nan = ll.matrix { 0 / 0 }:save(folder .. "/nan.csv")
t.ok(nan[1] ~= nan[1] and ll.load_matrix(folder .. "/nan.csv")[1] ~= 0, "NaN is written and read")
t.is(ll.load_matrix(write("h.csv", "\xef\xbb\xbfa,b\r\n\r\n 1 , \"2\" \r\n3,4")):table(), { { 1, 2 }, { 3, 4 } },
  "a header, a byte order mark, spaces, quotes and empty lines are read over")
for content, why in pairs {
  ["1,2\n3,x\n"] = { 'line 2, column 2: "x" is no number' }, ["1,2\n3\n"] = { "line 2 has 1 cells, not 2" },
  ["1,2\n3,4,5\n"] = { "line 2 has more than 2 cells" }, ["1,2,\n"] = { 'column 3: "" is no number' },
  ["a,b\n"] = { "holds no line of numbers" }, [""] = { "holds no line of numbers" }, ["1\nb\n"] = { "line 2" },
} do t.throws(function() ll.load_matrix(write("bad.csv", content)) end, why) end
t.throws(function() m:save(folder .. "/m.xlsx") end, { "no .xlsx", ".npy, .csv, .tsv" }, "another format is refused")
t.throws(function() m:save(folder .. "/m.csv.gz") end, "unpacked", "as is a packed one")
t.throws(function() ll.zeros(0, 3):save(folder .. "/m.csv") end, "no numbers", "and text that holds nothing")

-- ---- functions of Lua, too, take no more than they know ----
for what, each in pairs {
  linear = { function() ll.nn.linear({ 3, 2 }, 5) end, "ll.nn.linear takes at most 1 argument, not 2" },
  load = { function() ll.data.load("iris", {}, 3) end, "ll.data.load takes at most 2 arguments, not 3" },
  folders = { function() ll.data.folders "x" end, "ll.data.folders takes no arguments, not 1" },
  study = { function() ll.study({}, 1) end, "ll.study takes at most 1 argument, not 2" },
  fit = { function() ll.fit(1, 2, 3, {}, 5) end, "ll.fit takes at most 4 arguments, not 5" },
} do t.throws(each[1], each[2], what .. ": an argument too many") end
local _, where = pcall(function() ll.open("x.db", {}, 1) end)
t.like(where, "^tests/lua/surprises.lua:%d+: ll.open takes at most 2", "it is said where")
t.is(#ll.data.folders(nil) > 0, true, "nils behind the last are none")
local silent = {}
for _, each in ipairs(require "tests.lua.fixture_reach".all()) do
  local f, name = each.value, each.name
  local of_lua = type(f) == "function" and name:find "^ll%." and debug.getinfo(f, "S").what ~= "C"
  local other = name:find "^ll%.json%." or name:find "^ll%.help%." or name == "ll.apropos" or name == "ll.gradcheck"
    or name:find "^ll%.plot%." and name ~= "ll.plot.draw" -- these count for themselves: tests/lua/plot_by_hand.lua
  if of_lua and not other then
    local _, why = pcall(f, 0, 0, 0, 0, 0, 0, 0, 0)
    if not (tostring(why):find(name .. " takes [%w ]*, not 8") or why:find "takes one table") then silent[#silent + 1] = name end
  end
end
t.is(silent, {}, "functions of Lua that ignore arguments: their first line is check.no_more(name, most, ...)")

-- ---- gradients ----
local w, x = ll.zeros(2, 1):with_grad(), ll.ones(3, 2)
local opt = ll.optim.sgd({ w }, { lr = 0.1 })
t.is({ w.grad, ll.core.why_no_grad() }, { nil, (w:why_no_grad()) }, "what was read is told") -- nil, and the reason
t.like(w:why_no_grad(), "no y:backward%(%)", "before backward")
local y = ll.matmul(x, w):sum()
t.like(y:why_no_grad(), "ll.grad%(y, m%)", "of a result")
y:backward()
t.ok(w.grad and w:why_no_grad() == nil and ll.core.why_no_grad() == nil, "there is one")
opt:step()
t.ok(w.grad == nil, "nil stays testable")
t.like(w:why_no_grad(), "cleared after it was used, by opt:step%(%)", "after a step")
t.like(x:why_no_grad(), "with_grad%(%)", "where none was asked for")
t.like(w:freeze():why_no_grad(), "frozen", "of what is frozen")
t.done()
