-- Checks of the machine: processor and kernels with their speed, memory, disk and locks below the current folder, SQLite, terminal,
-- folders of data.
local file = require "losslab.file"
local ll = require "losslab"
local text = require "losslab.text"

local M = {}

-- The least of some times of f, in seconds: what else the machine does only makes one longer.
local function seconds(f, times)
  local least = math.huge
  for _ = 1, times or 7 do
    local from = ll.system.clock()
    f()
    least = math.min(least, ll.system.clock() - from)
  end
  return math.max(least, 1e-9)
end

local BEST = { base = "no AVX2", v3 = "AVX2", v4 = "AVX-512" }

function M.processor(add)
  add("processor", "good", "%s, %d core%s for this process", ll.system.cpu() or ll.system.machine(), ll.system.cores(),
    ll.system.cores() == 1 and "" or "s")
  local threads, a, b = ll.threads(), ll.random(1):normal(256, 256), ll.random(2):normal(256, 256)
  ll.threads(1)
  local product = 2 * 256 ^ 3 / seconds(function() return a % b end) / 1e9
  local scores, labels = ll.random(3):normal(100000, 1), {}
  for i = 1, 100000 do labels[i] = i % 2 end
  local column, loss = ll.matrix(labels), ll.loss.pair_squared_hinge {}
  local pairs_ = seconds(function() return loss(scores, column) end)
  local squash = seconds(function() return ll.sigmoid(a) end) / a.rows / a.cols * 1e9
  ll.threads(threads)
  local isa = ll.core.isa
  add("kernels", isa == "base" and "poor" or "good",
    "%s (%s), one thread: %.0f GFLOP/s in products, %.2f ns a sigmoid, %.1f ms for the 2.5e9 pairs of 100 000 scores", isa,
    BEST[isa] or isa, product, squash, pairs_ * 1e3,
    { advice = isa == "base" and "nothing to do: this processor has no more, everything works, slower" or nil })
end

-- Products large enough to be shared, by one thread and by all.
function M.threads(add)
  local threads, m = ll.threads(), ll.random(1):normal(512, 512)
  local function rate(n)
    ll.threads(n)
    return 2 * 512 ^ 3 / seconds(function() return m % m end) / 1e9
  end
  local one, all = rate(1), rate(threads)
  add("threads", "good", "%d for large matrices: %.0f GFLOP/s in products, %.0f by one (LOSSLAB_THREADS sets another number)",
    threads, all, one)
end

function M.memory(add)
  local limit = ll.core.memory_limit()
  local little = limit < 2 ^ 28
  add("memory", little and "poor" or "good", "%s may be held (--memory and LOSSLAB_MEMORY set another limit)", text.bytes(limit),
    { advice = little and "little room: small studies only, or raise the limit of the group or of ulimit" or nil })
end

-- ---- the disk ------------------------------------------------------------------------------------------------------------

-- Commits a second into a fresh database of the folder, and megabytes a second into a fresh file; or nil and why not.
local function speeds(folder)
  local name = string.format("%s/.losslab-doctor-%d-%s", folder, os.time(), tostring({}):gsub("%W", ""))
  local fine, commits, rate = pcall(function()
    local row = require "losslab.run.computer".this()
    local store <close> = ll.store.open(name .. ".db", { mode = "create" })
    local from, n = ll.system.clock(), 0
    while n < 100 and ll.system.clock() - from < 0.3 do
      n = n + 1
      row.cpu = "a row of its own: " .. n
      store:transaction(function() store:run("insert_computer", row) end)
    end
    local each = (ll.system.clock() - from) / n
    local content = ("losslab "):rep(2 ^ 20)
    local written = seconds(function() file.write(name .. ".bytes", content) end, 3)
    return 1 / each, #content / written / 2 ^ 20
  end)
  for _, ending in ipairs { ".db", ".db-journal", ".bytes" } do os.remove(name .. ending) end
  if fine then return commits, rate end
  return nil, require "losslab.check".plain(tostring(commits))
end

local NETWORK = { nfs = true, nfs4 = true, cifs = true, smb3 = true, ["fuse.sshfs"] = true, ["9p"] = true, afs = true,
  lustre = true, gpfs = true, beegfs = true }

-- What kind of file system the current folder is on; nil where df does not say.
local function kind_of_folder()
  local pipe = io.popen("df --output=fstype . 2>/dev/null </dev/null", "r")
  local said = pipe and pipe:read "a" or ""
  if pipe then pipe:close() end
  return said:match "\n%s*(%S+)"
end

function M.disk(add)
  local commits, rate = speeds "."
  local kind = kind_of_folder()
  if not commits then
    return add("this folder", "poor", "no database can be made here: %s", rate,
      { advice = "run studies where you may write, or give --db" })
  end
  local slow = commits < 20
  local local_disk = "trials of seconds are a commit each; put databases of many short trials on a local disk"
  add("this folder", slow and "poor" or "good", "%s%.0f commits a second, %.0f MB/s", kind and kind .. ", " or "", commits, rate,
    { advice = slow and local_disk or nil })
  if NETWORK[kind] then
    add("locks", "poor", "this folder is on a network (%s): databases need its locks to work", kind,
      { advice = "one machine at a time is safe; docs/studies.md says what several need" })
  end
end

function M.sqlite(add)
  local want = { "json_extract('[1]', '$[0]') = 1", "sqrt(4.0) = 2.0", "(SELECT row_number() OVER ()) = 1" }
  local store <close> = ll.store.open(":memory:", { mode = "create" })
  local lacks = {}
  for i, expression in ipairs(want) do
    local fine, row = pcall(function() return store:query("SELECT " .. expression .. " AS yes")() end)
    if not fine or row.yes ~= 1 then lacks[#lacks + 1] = ({ "JSON", "mathematical functions", "window functions" })[i] end
  end
  if #lacks == 0 then
    add("SQLite", "good", "%s with JSON, mathematical and window functions", ll.core.sqlite:match "^%S+")
  else
    add("SQLite", "bad", "%s lacks %s", ll.core.sqlite, table.concat(lacks, ", "), { advice = "build with Debian's libsqlite3" })
  end
end

-- ---- the user's side ---------------------------------------------------------------------------------------------------------

function M.terminal(add)
  local width = ll.system.terminal(1)
  local locale = os.getenv "LC_ALL" or os.getenv "LC_CTYPE" or os.getenv "LANG" or ""
  local utf8_there = locale:lower():find "utf%-?8" ~= nil
  local kind = os.getenv "TERM" or "none"
  local words = width and string.format("%d columns, TERM=%s", width, text.clean(kind)) or "standard output is no terminal"
  add("terminal", utf8_there and "good" or "poor", "%s, locale %s", words, locale == "" and "C" or text.clean(locale),
    { advice = not utf8_there and "a UTF-8 locale (LANG=C.UTF-8) shows ξ, … and pictures in dots" or nil })
end

function M.data(add)
  local further, lost = 0, {}
  for _, set in ipairs(ll.data.list()) do
    if not set.params and set.where then further = further + 1 end
  end
  for folder in (os.getenv "LOSSLAB_DATA" or ""):gmatch "[^:]+" do
    if not file.exists(folder) then lost[#lost + 1] = text.clean(folder) end
  end
  local folders = #ll.data.folders()
  if folders == 0 then
    add("data", "poor", "the sets that come with losslab were not found", { advice = "make install puts them beside the modules" })
  else
    add("data", "good", "%d sets known by name in %d folder%s", further, folders, folders == 1 and "" or "s")
  end
  if #lost > 0 then
    add("LOSSLAB_DATA", "poor", "no such folder: %s", table.concat(lost, ", "),
      { advice = "mend the variable; folders are separated by colons" })
  end
end

return M
