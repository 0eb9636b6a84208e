-- Random calls of all that can be reached from ll: functions of its modules, methods and metamethods of every class, functions
-- that calls gave. Arguments are values of all kinds: numbers of every sort, texts, tables, functions, coroutines, objects of every
-- class, closed ones among them. A call gives something or raises a message; nothing crashes, and nothing runs for ever.
-- LOSSLAB_FUZZ = calls (6000), LOSSLAB_FUZZ_SEED = the seed of another walk, LOSSLAB_FUZZ_TRACE=1 tells each call before it is
-- made.
local ll = require "losslab"
local lfs = require "lfs"
local t = require "tests.lua.tap"

local calls = tonumber(os.getenv "LOSSLAB_FUZZ" or "") or 6000
local seed = tonumber(os.getenv "LOSSLAB_FUZZ_SEED" or "") or 1
local traced = os.getenv "LOSSLAB_FUZZ_TRACE" == "1"
t.note("seed %d, %d calls", seed, calls)
math.randomseed(seed)
local random = math.random
local function any(list) return list[random(#list)] end

-- What calls write, they write into a folder of their own.
local home, folder = lfs.currentdir(), t.folder()
package.path = ((";" .. package.path):gsub(";([^/])", ";" .. home .. "/%1")):sub(2)
assert(lfs.chdir(folder))

-- ---- what there is ------------------------------------------------------------------------------------------------------------

-- Not called: what forks, waits or shuts this process off by design. Their refusals are tried elsewhere; here each call of theirs
-- that is right would take this process with it, or all day.
local left_out = { ["ll.core.seal"] = true, ["ll.process.confined"] = true, ["ll.core.process.confined"] = true,
   ["ll.process.fork"] = true, ["ll.process.wait"] = true, ["ll.core.process.fork"] = true,
  ["ll.core.process.wait"] = true, ["ll.plot.draw"] = true }

local functions, known, seen = {}, {}, {}
local pool, closed = {}, {} -- objects by class
local classes = {}

local function add(name, f, class)
  if known[f] or left_out[name] then return end
  known[f] = name
  functions[#functions + 1] = { name = name, f = f, class = class }
end

local function sorted(of)
  local keys = {}
  for key in pairs(of) do
    if type(key) == "string" then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

local function walk(name, value, depth)
  if type(value) == "function" then return add(name, value) end
  if type(value) ~= "table" or seen[value] or depth > 4 then return end
  seen[value] = true
  for _, key in ipairs(sorted(value)) do walk(name .. "." .. key, rawget(value, key), depth + 1) end
end
for _, name in ipairs(sorted(getmetatable(ll).lazy)) do assert(ll[name]) end -- which loads it
for _, name in ipairs { "jacobian", "vjp", "jvp", "hvp", "hessian" } do assert(ll[name]) end
walk("ll", ll, 0)

local function learn_classes()
  local registry = debug.getregistry()
  for _, key in ipairs(sorted(registry)) do
    local class = registry[key]
    if key:find "^losslab%." and key ~= "losslab.worker" and type(class) == "table" and class.__name then
      classes[class] = key
      for _, name in ipairs(sorted(class)) do
        if type(class[name]) == "function" then add(key .. "." .. name, class[name], key) end
      end
      for _, name in ipairs(sorted(class.methods or {})) do add(key .. ":" .. name, class.methods[name], key) end
    end
  end
end
learn_classes()

-- ---- values -------------------------------------------------------------------------------------------------------------------

local function keep(value, depth)
  if type(value) == "userdata" then
    local class = classes[debug.getmetatable(value)]
    if not class then return end
    if class == "losslab.matrix" and pcall(function() return value.rows end) and value.rows * value.cols > 2000 then return end
    pool[class] = pool[class] or {}
    local objects = pool[class]
    if #objects < 12 then objects[#objects + 1] = value else objects[random(12)] = value end
  elseif type(value) == "table" and depth < 2 then
    for _, each in pairs(value) do keep(each, depth + 1) end
  elseif type(value) == "function" and not known[value] and #functions < 2000 and random(8) == 1 then
    pool["function"] = pool["function"] or {}
    table.insert(pool["function"], value)
  end
end

local function spill(name, text)
  os.remove(name) -- what a call may have made there
  local file <close> = assert(io.open(name, "w"))
  file:write(text)
end
local stream
local function fresh()
  spill("pairs.csv", "user,item\na,x\na,y\nb,x\nb,z\nc,z\n")
  spill("f.csv", "label,a\n1,2\n0,3\n1,4\n0,5\n")
  os.remove "a.db" -- what a call may have written over
  stream = ll.random(seed)
  local x = stream:normal(6, 3)
  local y = ll.matrix { { 1 }, { 0 }, { 1 }, { 0 }, { 1 }, { 0 } }
  local net = ll.nn.mlp { 3, 4, 1, seed = 1 }
  local set = ll.data.matrix(x, y)
  local store = ll.store.open("a.db", { mode = "create" })
  local loss = ll.loss.adaptive_rank { margin = 0.1, margin_lr = 0.01 }
  for _, value in ipairs { stream, x, y, x:copy():with_grad(), net, set, store, loss, ll.loss.hinge(), ll.zeros(0, 3), ll.full(2,
    2, 0 / 0),
    ll.optim.adam(net:parameters(), { lr = 0.01 }), ll.optim.sgd(net:parameters(), { lr = 0.01 }), net(x),
    ll.data.pairs("pairs.csv"), store:rows "study", ll.loss.triplet() } do
    keep(value, 0)
  end
  for batch, labels in set:batches { size = 2, seed = 1, epoch = 1 } do keep(batch, 0); keep(labels, 0) end
  local gone = ll.store.open("a.db", { mode = "read" })
  gone:close()
  closed[#closed + 1] = gone
end
fresh()

local numbers = { 0, 1, 1, 2, 3, 5, -1, 0.5, 0.1, -0.0, 1e-300, 1e30, 1e308, 2 ^ 31, 2 ^ 53, math.maxinteger, math.mininteger,
  0 / 0,
  1 / 0, -1 / 0 }
local texts = { "", "a", "auc", "hinge", "a.db", "f.csv", "f.npy", "none/f.npy", "pairs.csv", "study", "trial", "rows", "cols",
  "mean",
  "\0", "\255\254", ("x"):rep(3000), "%s%n%d", "SELECT 1", "losslab matrix 1 float 1x1\n1234", "0x10", "nan", "{", "[[[[",
    "../..", ":memory:" }
local names = { "lr", "seed", "margin", "size", "epoch", "mode", "by", "k", "n", "weights", "level", "test", "valid", "folds",
  "split",
  "hidden", "output", "reduction", "iterations", "tolerance", "epsilon", "p", "rate", "format", "missing", "positive", "classes",
  "labels", "groups", "name", "trial", "replace", "descending", "create_graph", "timeout", "data", "compare", "train", "columns" }
local function object()
  local kinds = sorted(pool)
  return any(pool[any(kinds)])
end
local odd = { print, io.stdout, coroutine.create(print), coroutine.running(), function() error {} end, function(...) return ... end,
  function() return ll.zeros(1, 1) end, function(x) return type(x) == "userdata" and x.sum and x:sum() or 1 end, string.rep,
    setmetatable({}, {
    __index = function() error "no" end }), setmetatable({}, { __len = function() return -1 end }) }
local value
local function list(depth)
  local out = {}
  for i = 1, any { 0, 1, 2, 3, 6 } do out[i] = value(depth + 1) end
  return out
end
local function options(depth)
  local out = {}
  for _ = 1, random(0, 3) do out[any(names)] = value(depth + 1) end
  return out
end
function value(depth)
  local kind = random(20)
  if kind <= 6 then return any(pool["losslab.matrix"]) end
  if kind <= 9 then return object() end
  if kind <= 12 then return any(numbers) end
  if kind <= 14 then return any(texts) end
  if kind == 15 then return any { true, false } end
  if kind == 16 then return nil end
  if kind == 17 and depth < 3 then return list(depth) end
  if kind == 18 and depth < 3 then return options(depth) end
  if kind == 19 then return #closed > 0 and any(closed) or nil end
  return any(odd)
end

-- Numbers that are honest work of all day and all memory become small ones.
local function tame(v, depth)
  if type(v) == "number" and v > 1000 and random(20) > 1 then return any { 1, 2, 7, 30 } end
  if type(v) == "table" and depth < 3 and not getmetatable(v) then
    for key, each in pairs(v) do v[key] = tame(each, depth + 1) end
  end
  return v
end

-- ---- calls --------------------------------------------------------------------------------------------------------------------

local function told(v)
  if type(v) == "string" then return string.format("%q", v:sub(1, 40)) end
  if type(v) == "userdata" then return classes[debug.getmetatable(v)] or "userdata" end
  if type(v) ~= "table" or getmetatable(v) then return type(v) == "table" and "object" or tostring(v) end
  local parts = {}
  for key, each in pairs(v) do parts[#parts + 1] = tostring(key) .. "=" .. (type(each) == "number" and each or type(each)) end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- Those whose numbers are counts of what they do: never more than a few.
local counting = { "store", "bootstrap", "sinkhorn", "wasserstein", "random", "generat", "data%.", "metric", "negatives",
  "loss%.", "zeros",
  "ones", "full", "eye", "pad_", "place", "scatter", "expand", "one_hot", "reshape", "tuple", "nn", "gradcheck", "exp", "draw",
    "schedule" }
local function counts(name)
  for _, word in ipairs(counting) do
    if name:find(word) then return true end
  end
  return false
end

local gave, refused, silent = 0, 0, {}
local output = io.output()
io.output(assert(io.open("/dev/null", "w"))) -- of reports and the like
local function call(n)
  local each = any(functions)
  local arguments = { n = random(0, 5) }
  for i = 1, arguments.n do arguments[i] = value(0) end
  if each.class and random(5) > 1 then
    arguments[1] = pool[each.class] and any(pool[each.class]) or arguments[1]
    arguments.n = math.max(1, arguments.n)
  end
  if counts(each.name) then
    for i = 1, arguments.n do arguments[i] = tame(arguments[i], 0) end
  end
  if traced then
    local words = {}
    for i = 1, arguments.n do words[i] = told(arguments[i]) end
    io.stderr:write(string.format("# %d %s(%s)\n", n, each.name, table.concat(words, ", ")))
  end
  local results = table.pack(pcall(each.f, table.unpack(arguments, 1, arguments.n)))
  if results[1] then
    gave = gave + 1
    for i = 2, results.n do keep(results[i], 0) end
    if each.name:find "close$" or each.name:find "__gc$" then closed[#closed % 20 + 1] = arguments[1] end
  else
    refused = refused + 1
    local why = results[2]
    if why == nil or why == "" then silent[#silent + 1] = each.name end
  end
end
for n = 1, calls do
  call(n)
  if n % 500 == 0 then
    pool = { ["losslab.matrix"] = { ll.zeros(1, 1) } }
    pcall(ll.watch, false)
    learn_classes()
    fresh()
    collectgarbage()
  end
end

-- Once it is sealed, as for the script of a database, no call makes a file.
local function files()
  local out = {}
  for name in lfs.dir "." do
    if not name:find "^a%.db" then out[#out + 1] = name end
  end
  table.sort(out)
  return table.concat(out, " ")
end
local before = files()
ll.core.seal()
for n = calls + 1, calls + calls // 4 do call(n) end
io.output():close()
io.output(output)
t.is(files(), before, "what is sealed makes no files")
t.ok(#silent == 0, string.format("%d calls and more of %d functions, each a result (%d) or a message (%d)", calls, #functions,
  gave, refused))
for _, name in ipairs(silent) do t.note("%s failed without a message", name) end
t.note("%d runs", calls + calls // 4)
assert(lfs.chdir(home))
os.execute("rm -rf " .. folder)
t.done()
