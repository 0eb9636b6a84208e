-- Large sets: what reading, cutting, an epoch, evaluation and metrics of n rows of 20 features take, in seconds of the processor
-- and in memory at the most, beside the time in which the bytes that each has to move could be copied, and what the set takes.
-- LOSSLAB_SCALE=10000000 in the environment: so many rows (1000000); files of that size are written into TMPDIR and taken away.
local ll = require "losslab"

local rows, cols = math.tointeger(tonumber(os.getenv "LOSSLAB_SCALE" or "")) or 1000000, 20
local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
local real = ll.precision == "double" and 8 or 4
local words = string.format("%g M rows of %d", rows / 1e6, cols)

-- The most memory since the last reset, in bytes; 0 where the system does not say.
local function peak(reset)
  if reset then
    local f <close> = io.open("/proc/self/clear_refs", "w")
    if f then f:write "5" end
  end
  local f <close> = io.open "/proc/self/status"
  return 1024 * (f and tonumber(f:read "a":match "VmHWM:%s*(%d+)") or 0)
end

local function report(name, value, unit) print(("%s: %s\t%.9g%s"):format(words, name, value, unit and "\t" .. unit or "")) end

local rate -- bytes a second that a copy reads and writes
do
  local big, best = ll.zeros(1 << 20, 32), math.huge
  for _ = 1, 5 do
    local start = os.clock()
    big:copy()
    best = math.min(best, os.clock() - start)
    collectgarbage()
  end
  rate = 2 * (32 << 20) * real / best
  report("a copy reads and writes", rate / 1e9, "GB/s")
end

local most = 0 -- over all stages
-- bytes: those that f has to read and write.
local function stage(name, bytes, f)
  collectgarbage()
  ll.core.trim()
  local before = peak(true)
  local start = os.clock()
  local a, b, c = f()
  report(name, os.clock() - start)
  report(name .. ", its bytes as a copy", bytes / rate)
  local now = peak()
  most = math.max(most, now)
  report(name .. ", memory beside what was there", (now - before) / 1e6, "MB")
  return a, b, c
end

-- ---- files ----

local function npy(path, type, n, width, block) -- block: bytes that are repeated
  local head = string.format("{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", type, n, width)
  local file <close> = io.open(path, "wb")
  file:write("\x93NUMPY\1\0\x76\0", head, (" "):rep(117 - #head), "\n")
  local left = n * width * tonumber(type:sub(3))
  while left > 0 do
    file:write(#block <= left and block or block:sub(1, left))
    left = left - #block
  end
end

do
  local stream, few = ll.random(1), math.min(rows, 50000)
  local x = stream:normal(few, cols)
  local y = {}
  for i = 1, few do y[i] = x:get(i, 1) + x:get(i, 2) + stream:normal(1, 1):item() > 0 and 1 or 0 end
  local floats, halves, bytes, lines = {}, {}, {}, {}
  for i = 1, few do
    local row = x[i]:table()
    row = type(row[1]) == "table" and row[1] or row
    for j = 1, cols do
      floats[#floats + 1] = string.pack("<f", row[j])
      halves[#halves + 1] = string.pack("<I2", 0x3000 + math.floor(math.abs(row[j]) * 1000) % 0x1000 | (row[j] < 0 and 0x8000 or 0))
      bytes[#bytes + 1] = string.char(math.floor(math.abs(row[j]) * 60) % 256)
      row[j] = string.format("%.6g", row[j])
    end
    lines[i] = y[i] .. "," .. table.concat(row, ",")
  end
  npy(folder .. "/floats.npy", "<f4", rows, cols, table.concat(floats))
  npy(folder .. "/halves.npy", "<f2", rows, cols, table.concat(halves))
  npy(folder .. "/bytes.npy", "|u1", rows, cols, table.concat(bytes))
  for i = 1, few do y[i] = string.char(y[i]) end
  for _, name in ipairs { "floats", "halves", "bytes" } do
    npy(folder .. "/" .. name .. "_labels.npy", "|u1", rows, 1, table.concat(y))
  end
  local names = {}
  for j = 1, cols do names[j] = "x" .. j end
  local text, csv = table.concat(lines, "\n") .. "\n", io.open(folder .. "/text.csv", "wb")
  csv:write("label,", table.concat(names, ","), "\n")
  for _ = 1, rows // few do csv:write(text) end
  csv:close()
end
collectgarbage()

local function size_of(name)
  local f <close> = io.open(folder .. "/" .. name)
  return f:seek "end"
end

-- ---- stages ----

local matrix = rows * cols * real
for _, each in ipairs { { "csv", "text.csv" }, { "npy of uint8, kept", "bytes.npy" }, { "npy of float16, kept", "halves.npy" } } do
  local set = stage("reading " .. each[1], size_of(each[2]) + (each[1] == "csv" and matrix or size_of(each[2])), function()
    return ll.data.load(folder .. "/" .. each[2], each[1] ~= "csv" and { type = "file" } or nil)
  end)
  if each[2] == "halves.npy" then
    local train = set:fold(1, { k = 5, validation = 0.2, standardise = true })
    stage("an epoch's batches of 1024 from float16", train.rows * cols * (2 + real), function()
      for _ in train:batches { size = 1024, seed = 1, epoch = 1 } do end
    end)
  end
end
local set = stage("reading npy", size_of "floats.npy" + matrix, function() return ll.data.load(folder .. "/floats.npy") end)
report("the set", set.bytes / 1e6, "MB")
collectgarbage()
ll.core.trim()
local begun = peak(true)
most = 0
local train, test = stage("a fold, standardised", 4 * matrix, function()
  return set:fold(1, { k = 5, validation = 0.2, seed = 1, standardise = true })
end)
stage("an epoch's batches of 1024", 2 * train.rows * cols * real, function()
  for _ in train:batches { size = 1024, seed = 1, epoch = 1 } do end
end)
local net = ll.nn.mlp { cols, 64, 32, 1 }
local loss, adam = ll.loss.cross_entropy {}, ll.optim.adam(net:parameters(), { lr = 1e-3 })
stage("an epoch of MLP 20-64-32-1, batch 1024", 2 * train.rows * cols * real, function()
  for x, y in train:batches { size = 1024, seed = 1, epoch = 2 } do
    loss(net(x), y):backward()
    adam:step()
  end
end)
local scores = stage("scores of the test part", test.rows * cols * real, function()
  return require "losslab.nn.outputs"(net, test)
end)
for _, metric in ipairs { "auc", "average_precision" } do
  stage(metric .. " of the test part", 2 * test.rows * real, function() return ll.metric[metric](scores, test.y) end)
end
stage("its scores packed", test.rows * real, function() return #ll.store.pack_scores { scores } end)
report("from the fold to the packed scores, memory beside the set", (most - begun) / 1e6, "MB")
os.execute("rm -r " .. folder)
