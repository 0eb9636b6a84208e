-- Random calls of every function and method of matrices with random shapes, types and numbers. Each call may give a result or a
-- message, never a crash; what it gives must be whole: a matrix that prints and whose shape matches its elements. Run under ASan
-- (make asan). LOSSLAB_FUZZ = calls (20000), LOSSLAB_FUZZ_SEED = the seed of another walk, which is printed.
local ll = require "losslab"
local t = require "tests.lua.tap"

local calls = tonumber(os.getenv "LOSSLAB_FUZZ" or "") or 20000
local seed = tonumber(os.getenv "LOSSLAB_FUZZ_SEED" or "") or 1
t.note("seed %d, %d calls", seed, calls)
math.randomseed(seed)
local random = math.random
local stream = ll.random(seed)

local sizes = { 0, 1, 1, 2, 2, 3, 3, 4, 5, 17, 40 }
local function size() return sizes[random(#sizes)] end
local function any(list) return list[random(#list)] end

local pool = {} -- matrices that calls share, views and results of each other
local function fresh()
  local n, m = size(), size()
  local kind = random(7)
  local x
  if kind <= 3 then x = stream:normal(n, m)
  elseif kind == 4 then x = stream:integers(n, m, -1, 5)
  elseif kind == 5 then x = ll.full(n, m, any { 0, 1, 0 / 0, 1 / 0, -1 / 0, 1e30 })
  elseif kind == 6 then
    x = stream:normal(m, m)
    x = x:matmul(x, false, true) + ll.eye(m)
  else x = stream:permutation(n) end
  if random(2) == 1 then x:with_grad() end
  return x
end
local function matrix()
  if #pool > 0 and random(4) > 1 then return any(pool) end
  return fresh()
end
local function keep(x)
  if #pool < 60 then pool[#pool + 1] = x else pool[random(60)] = x end
end

local function index()
  return any { 0, 1, 1, 1, 2, 2, 3, 5, 17, -1, 1.5, 2 ^ 31, 2 ^ 53, math.maxinteger, math.mininteger, 0 / 0 }
end
local function list()
  local out = {}
  for i = 1, size() do out[i] = random(4) end
  if random(8) == 1 then out[#out + 1] = any { 0, -1, 1e9, 2 ^ 40, 0.5, "x", {}, 0 / 0 } end
  return out
end
local function table_of_numbers()
  local out, n = {}, size()
  for i = 1, size() do
    out[i] = {}
    for j = 1, random(12) == 1 and size() or n do out[i][j] = random() end
  end
  if random(10) == 1 then out[1] = any { 1, "x", { "y" } } end
  return out
end
local function options()
  return any { { by = "rows" }, { by = "cols" }, { by = "neither" }, { descending = true }, { descending = 1 }, { unknown = 1 },
    { create_graph = true }, { retain_graph = true }, { gradient = matrix() }, { replace = true }, { weights = matrix() } }
end
local function argument()
  local kind = random(20)
  if kind <= 9 then return matrix() end
  if kind <= 11 then return index() end
  if kind == 12 then return random() * 4 - 2 end
  if kind <= 14 then return list() end
  if kind == 15 then return table_of_numbers() end
  if kind == 16 then return options() end
  if kind == 17 then return any { true, false } end
  if kind == 18 then return any { "rows", "npy", "", "\0\255", "losslab matrix 1 float 1x1\n1234", stream:state() } end
  if kind == 19 then return nil end
  return any { print, io.stdout, coroutine.create(print), stream, math.huge, 0 / 0 }
end

-- what there is: functions, methods, the methods of a stream, and the operators
local functions, names = {}, {}
local skipped = { no_grad = true, watch = true, save = true, load_matrix = true }
local function add(name, f)
  if not functions[name] then names[#names + 1] = name end
  functions[name] = f
end
for _, module in ipairs { ll.core.matrix, ll.core.graph, ll.core.linalg } do
  for name, f in pairs(module) do if not skipped[name] then add(name, f) end end
end
local class = debug.getmetatable(ll.zeros(1, 1))
for name, f in pairs(class.methods) do if not skipped[name] then add(":" .. name, f) end end
for name, f in pairs(class) do
  if type(f) == "function" and name ~= "__gc" and name ~= "__close" then add(name, f) end
end
for name, f in pairs(debug.getmetatable(stream).__index) do
  add("stream:" .. name, function(...) return f(stream, ...) end)
end
table.sort(names) -- the walk is the seed's alone

-- sizes that are valid but would take all memory, or all day, are not asked for
local heavy = { zeros = true, ones = true, full = true, eye = true, reshape = true, expand = true, diag = true,
  pad_rows = true, pad_cols = true, scatter_add = true, place = true, one_hot = true }
local function tame(name, arguments)
  local bare = name:gsub("^stream:", ""):gsub("^:", "")
  local sized = heavy[bare] or name:find("^stream:")
  for i = 1, arguments.n do
    local a = arguments[i]
    if sized and type(a) == "number" and a > 100 then arguments[i] = 100 end
  end
end

local function whole(x)
  if type(x) ~= "userdata" or debug.getmetatable(x) ~= class then return true end
  local n, m = x:shape()
  if n ~= x.rows or m ~= x.cols or n ~= #x and not (n == 1 and m == #x) then return false end -- m[i] has m places
  tostring(x)
  if n > 0 and m > 0 then
    local corner = x:get(n, m) + x:get(1, 1) -- both ends are read
    if math.type(corner) ~= "float" then return false end
  end
  return true
end

-- What these want comes seldom by chance: half of their calls get it.
local function near_sizes() return matrix(), random(0, 5), random(0, 5) end
local function numbers() return matrix(), random() - 0.5, random() + 0.5 end
local function shaped() return random(0, 5), random(0, 5), random() end
local function sides() return random(0, 5), random(0, 5) end
local likely = {
  clamp_ = numbers, clamp = numbers, scale_ = numbers, col_range = near_sizes, row_range = near_sizes, expand = near_sizes,
  pad_cols = near_sizes, pad_rows = near_sizes, get = near_sizes, full = shaped, zeros = sides, ones = sides,
  eye = function() return random(0, 5) end,
  range = function() return random(0, 5), random(5, 9) end,
  set = function() return matrix(), random(3), random(3), random() end,
  reshape = function()
    local x = matrix()
    return x, x.cols, x.rows
  end,
  pick = function() return stream:normal(3, 4), { random(4), random(4), random(4) } end,
  place = function() return ll.ones(3, 1), { random(4), random(4), random(4) }, 4 end,
  scatter_add = function() return stream:normal(3, size()), { random(4), random(4), random(4) }, 4 end,
  topk = function() return matrix(), random(0, 3), options() end,
  __newindex = function() return matrix(), random(3), any { 1, matrix() } end,
  unpack = function()
    local bytes = matrix():pack(any { "npy", "losslab" })
    local at = random(#bytes)
    if random(2) == 1 then bytes = bytes:sub(1, at - 1) .. string.char(random(0, 255)) .. bytes:sub(at + 1) end
    return bytes
  end,
  grad = function()
    local x = stream:normal(random(4), random(4)):with_grad()
    local f = any { ll.exp, ll.softmax, ll.square, ll.row_norms, ll.row_max,
      function(v) return ll.distances(v, v) end }
    return f(x):sum(), x, { create_graph = random(2) == 1 }
  end,
  backward = function() return stream:normal(size(), 2):with_grad():square():sum() end,
  linear = function() return stream:normal(3, 2), stream:normal(4, 2), stream:normal(1, 4) end,
  weighed_differences = function() return stream:normal(3, 4), stream:normal(3, 2), stream:normal(4, 2) end,
  solve = function() return stream:normal(3, 3), stream:normal(3, random(1, 2)) end,
  solve_triangular = function() return stream:normal(3, 3), stream:normal(3, random(1, 2)) end,
  load_state = function() return stream:state() end,
  permutation = function() return random(0, 9) end,
  shuffle = function() return list() end,
  integer = function() return random(5) end,
  integers = function() return random(0, 4), random(0, 4), -3, 3 end,
  bernoulli = function() return random(0, 4), random(0, 4), 0.5 end,
  sphere = function() return random(0, 4), random(0, 4) end,
  choice = function() return 5, random(0, 5), { replace = random(2) == 1 } end,
}

local done, gave, bad, last = 0, 0, nil, nil
local called = {}
-- Those that gave no result by then have as many calls more: which they are is a matter of luck.
local function never_called()
  local never = {}
  for _, name in ipairs(names) do if not called[name] then never[#never + 1] = name end end
  return never
end

local left = names
while not bad and #left > 0 and done < 2 * calls do
  done = done + 1
  if done == calls + 1 or done > calls and called[last] then left = calls >= 20000 and never_called() or {} end
  if #left == 0 then break end
  local name = left[(done - 1) % #left + 1]
  local arguments = { n = random(0, 4) }
  for i = 1, arguments.n do arguments[i] = argument() end
  if random(3) > 1 then arguments[1] = matrix(); arguments.n = math.max(arguments.n, 1) end
  if random(3) > 1 and arguments.n >= 2 then arguments[2] = random(2) == 1 and any { list(), index(), random(3) } or matrix() end
  local fitting = likely[(name:gsub("^stream:", ""):gsub("^:", ""))]
  if fitting and random(2) == 1 then arguments = table.pack(fitting()) end
  tame(name, arguments)
  last = name
  local results = table.pack(pcall(functions[name], table.unpack(arguments, 1, arguments.n)))
  if results[1] then
    gave = gave + 1
    called[name] = true
    for i = 2, results.n do
      if not whole(results[i]) then bad = name .. " gave a matrix that is not whole" end
      local x = results[i]
      if type(x) == "userdata" and debug.getmetatable(x) == class and x.rows < 200 and x.cols < 200 then keep(x) end
    end
  elseif type(results[2]) ~= "string" or #results[2] == 0 then
    bad = name .. " failed without a message"
  end
  if random(50) == 1 then -- the graph of anything, backward
    local x = any(pool)
    if x and x.requires_grad then pcall(x.backward, x:sum(), { retain_graph = random(2) == 1 }) end
  end
  if random(400) == 1 then pool = {} end
end
t.note("%d runs", done)
t.ok(not bad, bad or string.format("%d calls, each a result (%d) or a message", done, gave))
if bad then t.note("the last call was of %s", last) end
local never = never_called()
t.ok(#never == 0 or calls < 20000, "every one of " .. #names .. " functions gave a result at least once")
if #never > 0 then t.note("never: %s", table.concat(never, " ")) end

t.done()
