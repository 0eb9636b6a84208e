-- ll.process.confined: what a child that was shut off can still do, tried with all of Lua's libraries and losslab's own functions,
-- which no script of a database gets: computing, and nothing else.
local ll = require "losslab"
local lfs = require "lfs"
local t = require "tests.lua.tap"

local base, write = t.folder()
local secret = write("secret", "of the user")
local LIMITS = { seconds = 20, bytes = 512 * 2 ^ 20, output = 2 ^ 20 }
local function with(changes)
  local all = {}
  for name, value in pairs(LIMITS) do all[name] = changes[name] or value end
  return all
end

-- ---- messages
local messages, why = ll.process.confined(function(send, shut)
  send "one"
  assert(shut() == true)
  send "\0two\255"
  send ""
end, LIMITS)
t.is(messages, { "one", "\0two\255", "" }, "messages arrive whole and in order")
t.is(why, nil, "a child that ends by itself gives no reason")
messages, why = ll.process.confined(function(send)
  send "before"
  error("told why", 0)
end, LIMITS)
t.is({ messages, why }, { { "before" }, "told why" }, "one that raises gives its message, and what it had sent")
t.throws(function() ll.process.confined(function() end, { seconds = 1 }) end, "number expected", "limits are all needed")

-- ---- what is out of reach
local kept = assert(io.open(base .. "/open", "wb"))
local read_end = assert(io.popen("echo secret", "r"))
local tries = {
  { "reads no file", function() return io.open(secret) end },
  { "nor its own program", function() return io.open "/proc/self/exe" end },
  { "makes no file", function() return io.open(base .. "/made", "w") end },
  { "writes to no file that was open before", function() return kept:write "x" and kept:flush() end, nothing = true },
  { "reads nothing that was open before", function() return read_end:read(1) end },
  { "sees no folder", function() return lfs.dir(base) end },
  { "nor whether a file is there", function() return lfs.attributes(secret) end },
  { "makes no folder", function() return lfs.mkdir(base .. "/folder") end },
  { "removes nothing", function() return os.remove(secret) end },
  { "renames nothing", function() return os.rename(secret, base .. "/made") end },
  { "links nothing", function() return lfs.link(secret, base .. "/made", true) end },
  { "changes no folder", function() return lfs.chdir "/" end },
  { "runs no program", function() return os.execute("touch " .. base .. "/made") end },
  { "nor one that is read", function() return io.popen("touch " .. base .. "/made; echo out"):read "a" end },
  { "starts no process", function() return ll.process.fork(function() os.exit(0) end) end },
  { "nor a confined one", function() return ll.process.confined(function() end, LIMITS) end },
  { "opens no database", function() return ll.store.open(base .. "/made.db", { mode = "create" }) end },
  { "takes no lock", function() return ll.store.lock(base .. "/made.db") end },
  { "saves no matrix", function() return ll.matrix { { 1 } }:save(base .. "/made.npy") or true end },
  { "saves no network", function() return ll.nn.mlp { 1, 1 }:save(base .. "/made") or true end },
  { "reads no data", function() return ll.data.load(secret) end },
  { "loads no library", function() return package.loadlib("libBrokenLocale.so.1", "*") end },
}
messages, why = ll.process.confined(function(send, shut)
  assert(shut() == true)
  for i, try in ipairs(tries) do
    local fine, got = pcall(try[2])
    send(i .. " " .. tostring(fine and got and not try.nothing and "DONE"))
  end
end, LIMITS)
t.is(why, nil, "a child that is refused everything goes on")
for i, try in ipairs(tries) do
  local said = messages[i] or "missing"
  t.ok(said == i .. " false" or said == i .. " nil", "a child that is shut off " .. try[1])
end
kept:close()
local files = {}
for name in lfs.dir(base) do files[#files + 1] = name end
table.sort(files)
t.is(files, { ".", "..", "open", "secret" }, "and nothing was made or removed")
t.is(lfs.attributes(base .. "/open", "size"), 0, "nor written")

-- ---- what it may do
messages, why = ll.process.confined(function(send, shut)
  assert(shut() == true)
  local list = {}
  for i = 1, 1e5 do list[i] = { i } end
  local a = ll.random(1, 2, "a"):normal(200, 200)
  local b = a:matmul(a:t())
  send(string.format("%d %s %s", #list, tostring(b:sum():item() == b:sum():item()), tostring(os.clock() >= 0 and os.time() > 0)))
end, LIMITS)
t.is(messages[1], "100000 true true", "it computes: " .. tostring(why))

-- ---- limits
local function ends_by(limits, f)
  local _, reason = ll.process.confined(function(send, shut)
    assert(shut() == true)
    f(send)
  end, with(limits))
  return reason
end
local pathological = ("a"):rep(40)
t.is(ends_by({ seconds = 1 }, function() return pathological:find(("a*"):rep(40) .. "b") end), "it computes for more than 1 s",
  "one call of C that does not end is ended")
t.is(ends_by({ seconds = 1 }, function() while true do pcall(error) end end), "it computes for more than 1 s",
  "so is a loop that catches all errors")
-- AddressSanitizer ends a process itself that is refused memory for its own bookkeeping.
local sanitized = (os.getenv "LOSSLAB_BUILD" or ""):find "asan"
local function ends_at(words, reason, name)
  t.ok(tostring(reason):find(words) or sanitized and reason == "it left with code 1", name .. ": " .. tostring(reason))
end
ends_at("not enough memory", ends_by({ bytes = 200 * 2 ^ 20 }, function()
  local s = ("x"):rep(2 ^ 20)
  while true do s = s .. s end
end), "a string that doubles ends at the memory")
ends_at("out of memory", ends_by({ bytes = 200 * 2 ^ 20 }, function()
  local all = {}
  while true do all[#all + 1] = ll.zeros(1000, 1000) end
end), "matrices are memory too")
t.is(ends_by({ output = 2 ^ 20 }, function(send) while true do send(("x"):rep(1e5)) end end), "it gives more than 1 MB",
  "and what it sends is bounded")
t.done()
