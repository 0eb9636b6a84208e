-- What holds a descriptor and is garbage gives it back before they run out: stores, locks, workers' sockets, files of Lua's that
-- were never closed. Each is made more often than the process may have files open, under a limit of this test's own.
local ll = require "losslab"
local t = require "tests.lua.tap"

local folder = require "lfs".currentdir()
local name = os.tmpname()
os.remove(name)
local path, other = name .. ".db", name .. ".csv"
ll.store.open(path, { mode = "create" }):close()
do local file <close> = assert(io.open(other, "w")) file:write "label,a\n1,2\n0,3\n1,4\n" end

local script = name .. ".lua"
do
  local file <close> = assert(io.open(script, "w"))
  file:write([[
local path, other = ...
collectgarbage "generational" collectgarbage "incremental"
local what = {
  store = function() return ll.store.open(path) end,
  writing = function() return ll.store.open(path, { mode = "write" }) end,
  lock = function(i) -- of any file that is there
    io.open(path .. i, "w"):close()
    return assert(ll.store.lock(path .. i))
  end,
  file = function() local held = io.open(other) return ll.data.load(other), held end,
  worker = function() return ll.process.fork(function() end) end,
  mixed = function(i) io.open(other) return i % 2 == 0 and ll.store.open(path) or ll.data.load(other) end,
}
local function try(name)
  local fine, why = pcall(function() for i = 1, 200 do what[name](i) end end)
  print(name, fine or why)
end
try "lock" -- before a store is open: a descriptor of a lock is closed once none is (engine/store/lock.c)
collectgarbage()
local keep = ll.store.open(path)
for _, name in ipairs { "store", "writing", "file", "worker", "mixed" } do try(name) end
print("kept", keep:one "progress".total)
]])
end
for _, collector in ipairs { "", "collectgarbage('setpause', 1000) collectgarbage('setstepmul', 1)" } do
  local command = string.format("ulimit -n 64; cd '%s' && %s -e \"%s local f = loadfile '%s' f('%s', '%s')\" 2>&1", folder,
    os.getenv "LOSSLAB" or "bin/losslab", collector, script, path, other)
  local pipe <close> = assert(io.popen(command))
  local said = pipe:read "a"
  t.is(said, "lock\ttrue\nstore\ttrue\nwriting\ttrue\nfile\ttrue\nworker\ttrue\nmixed\ttrue\nkept\t0\n",
    "200 of each, of 64 descriptors" .. (collector ~= "" and ", with a lazy collector" or ""))
end
os.execute(string.format("rm -f '%s'*", name))
t.done()
