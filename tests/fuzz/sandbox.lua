-- Hostile studies: the script of a database, run again for its claim, finding and figures, tries to reach files, processes, modules
-- and our own tables, to raise in strange ways, to compute for ever and to take all memory. A losslab shows and draws it: it ends
-- by itself, with its usual codes, and what stands beside the database is untouched. The scripts are drawn from
-- tests/fuzz/corpus/sandbox.lua, as they stand and put together. LOSSLAB_FUZZ = scripts (12), LOSSLAB_FUZZ_SEED = the seed of
-- another walk.
local ll = require "losslab"
local lfs = require "lfs"
local t = require "tests.lua.tap"

local count = tonumber(os.getenv "LOSSLAB_FUZZ" or "") or 12
local seed = tonumber(os.getenv "LOSSLAB_FUZZ_SEED" or "") or 1
local traced = os.getenv "LOSSLAB_FUZZ_TRACE" == "1"
t.note("seed %d, %d scripts", seed, count)
math.randomseed(seed)
local random = math.random
local function any(list) return list[random(#list)] end

local program = assert(os.getenv "LOSSLAB" or "bin/losslab")
if not program:find "^/" then program = lfs.currentdir() .. "/" .. program end
local folder, spill = t.folder()
local db, secret = folder .. "/study.db", "the secret of this test"
local function slurp(name) local file <close> = io.open(name, "rb") return file and file:read "a" end

-- ---- scripts ------------------------------------------------------------------------------------------------------------------

local corpus = dofile "tests/fuzz/corpus/sandbox.lua"
local wrappers = { "%s", "pcall(function() %s end)", "local c = coroutine and coroutine.wrap(function() %s end) if c then c() end",
  "for _ = 1, 3 do pcall(function() %s end) end", "setmetatable({}, { __gc = function() %s end })",
  "pcall(string.gsub, 'x', '.', function() %s end)", "pcall(table.sort, { 3, 2, 1 }, function() %s end)",
  "local p <close> = setmetatable({}, { __close = function() %s end })",
  "pcall(error, setmetatable({}, { __tostring = function() %s end }))" }
local places = { "top", "finding", "figure", "claim" }

local function snippet()
  local parts = {}
  for i = 1, any { 1, 1, 1, 2, 3 } do parts[i] = "do " .. any(corpus.snippets) .. " end" end
  local text = table.concat(parts, " ")
  return (any(wrappers):gsub("%%s", function() return text end))
end
local function script(place, text)
  text = text:gsub("SECRET", string.format("%q", folder .. "/secret"))
  local function at(where) return place == where and text or "" end
  return string.format([[
local results, figure = nil, nil
%s
return ll.study {
  name = "hostile", question = "?", data = { { generator = "two_lines", n = 20 } }, compare = { hinge = {} },
  train = { epochs = 1 },
  claim = %s,
  finding = function(r) results = r %s return %s end,
  figures = { mine = function(f, r, plot) figure, results = f, r %s return true end },
}]], at "top", place == "claim" and any(corpus.values) or '"c"', at "finding", place == "finding" and any(corpus.values) or '"f"',
    at "figure")
end

-- ---- a database that holds one ------------------------------------------------------------------------------------------------

local base = folder .. "/base.db"
require "tests.lua.fixture_db"(base, { datasets = { "a" }, losses = { hinge = {} }, folds = 2, seeds = 1, epochs = 2, rows = 40,
  ask = false })
os.execute(("sqlite3 '%s' 'PRAGMA journal_mode = DELETE' >/dev/null"):format(base))
local bytes = slurp(base)
os.remove(base)

local function make(text)
  for _, suffix in ipairs { "", "-wal", "-shm", "-journal" } do os.remove(db .. suffix) end
  spill("study.db", bytes)
  spill("set.sql", "UPDATE study SET script = '" .. text:gsub("'", "''") .. "';")
  assert(os.execute(("sqlite3 '%s' <'%s/set.sql'"):format(db, folder)))
end

-- The limits of a script are made small, so that what runs for ever ends soon.
spill("limits.lua", [[
local words = { ... }
local sandbox = require "losslab.results.sandbox"
if sandbox.limits then sandbox.limits.seconds, sandbox.limits.gigabytes = 1, 0.25 end
os.exit(require "losslab.cli.main".main(words), true)
]])

local function files()
  local found = {}
  for name in lfs.dir(folder) do
    local ours = name:find "^study%.db" or name:find "^%.+$" or name == "said" or name == "figures"
    if not ours then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

local function run(words)
  local command = ([[cd '%s' && timeout -k 5 120 '%s' limits.lua %s >said 2>&1 </dev/null]]):format(folder, program, words)
  local _, how, code = os.execute(command)
  return how == "exit" and code or 1000 + code, slurp(folder .. "/said") or ""
end

local findings = {}
local function tried(text)
  make(text)
  local database = slurp(db)
  for _, words in ipairs { "show study.db", "plot study.db --only mine,summary --format svg --out figures" } do
    spill("secret", secret)
    local before = files()
    if traced then io.stderr:write("# ", words, "\n", text, "\n") end
    local code, said = run(words)
    local why
    if code ~= 0 and code ~= 1 then why = string.format("code %d", code)
    elseif said:find(secret, 1, true) then why = "the secret was read"
    elseif slurp(folder .. "/secret") ~= secret then why = "a file was written to"
    elseif table.concat(before, " ") ~= table.concat(files(), " ") then why = "files are " .. table.concat(files(), " ")
    elseif slurp(db) ~= database then why = "the database was written to"
    elseif said:find("%.lua:%d+: in ", 1) and said:find "lua/losslab" then why = "a traceback: " .. said:sub(1, 300) end
    if why then findings[#findings + 1] = words .. ": " .. why .. "\n" .. text .. "\n" .. said:sub(1, 500) end
  end
end

-- ---- all of the corpus, if there is room, and what is made of it --------------------------------------------------------------

local all = {}
for _, text in ipairs(corpus.snippets) do all[#all + 1] = { any(places), text } end
for n = 1, count do
  local given = n <= #all and table.remove(all, random(#all)) or { any(places), snippet() }
  tried(script(given[1], given[2]))
  collectgarbage()
end
t.note("%d runs", count)
t.is(findings, {}, count .. " hostile scripts reach nothing, and end")
os.execute(("rm -rf '%s'"):format(folder))
assert(ll)
t.done()
