-- Damaged databases: files of which bytes were changed, cut or swapped, and databases that hold values which no study writes. Each
-- command that reads one says what is wrong, with the file's name, or gives an answer; so does resume, which writes. Nothing
-- crashes, and nothing runs for ever. LOSSLAB_FUZZ = databases (25; under sanitizers 10), LOSSLAB_FUZZ_SEED = the seed of another
-- walk.
local commands = require "losslab.cli.commands"
local export = require "losslab.results.export"
local t = require "tests.lua.tap"

local sanitized = (os.getenv "LOSSLAB_BUILD" or ""):find "asan" -- where all takes many times as long
local count = tonumber(os.getenv "LOSSLAB_FUZZ" or "") or sanitized and 10 or 25
local seed = tonumber(os.getenv "LOSSLAB_FUZZ_SEED" or "") or 1
local traced = os.getenv "LOSSLAB_FUZZ_TRACE" == "1"
t.note("seed %d, %d databases", seed, count)
math.randomseed(seed)
local random = math.random
local function any(list) return list[random(#list)] end

-- A study as it is run, of which two trials are still to be done.
local folder, spill_text = t.folder()
local path, sql = folder .. "/study.db", folder .. "/set.sql"
local script = spill_text("study.lua", [[
return ll.study {
  name = "small", question = "Is it read?", data = { { generator = "target_decoy", n = 60 }, { generator = "moons", n = 60 } },
  split = { folds = 2 }, seeds = { 1 }, train = { epochs = 3, batch = 20, lr = 0.01 }, networks = true,
  compare = { adaptive_rank = { margin = { 0, 0.1 }, margin_lr = { 0, 0.01 } }, hinge = {} },
  ask = { loss = "adaptive_rank", vary = "margin_lr" }, claim = "It is.",
  finding = function(results) return "Of " .. #results.datasets .. " data sets." end,
  figures = { mine = function(figure, results, plot)
    return plot.panels(figure, { panels = { { title = results.datasets[1].name, series = { { text = "a", points = { { 0, 1 },
      { 1, 2 } } } } } } })
  end },
}]])
local function run(words) return os.execute(words .. " >/dev/null 2>&1 </dev/null") end
assert(run(("'%s' run '%s' --db '%s' --jobs 1"):format(os.getenv "LOSSLAB" or "bin/losslab", script, path)))
spill_text("set.sql", [[PRAGMA journal_mode = DELETE; PRAGMA foreign_keys = 0;
UPDATE trial SET status = 'pending', worker = NULL, worker_start = NULL, host = NULL, started = NULL, finished = NULL,
  seconds = NULL WHERE id IN (3, 20);
UPDATE wanted SET best_epoch = NULL, valid = NULL, test = NULL WHERE trial IN (3, 20);]] .. (function()
  local out = {}
  for _, name in ipairs { "epoch", "metric", "score", "network", "learnt" } do
    out[#out + 1] = ("DELETE FROM %s WHERE trial IN (3, 20);"):format(name)
  end
  return table.concat(out)
end)())
assert(os.execute(("sqlite3 '%s' <'%s' >/dev/null"):format(path, sql)))
local function slurp() local file <close> = assert(io.open(path, "rb")) return file:read "a" end
local function spill(name, bytes) local file <close> = assert(io.open(name, "wb")) file:write(bytes) end
local whole, PAGE = slurp(), 4096

-- ---- damage -------------------------------------------------------------------------------------------------------------------

local function page(n) return whole:sub((n - 1) * PAGE + 1, n * PAGE) end
local function any_page() return random(#whole // PAGE) end

local bytes = {
  function() return whole:sub(1, random(#whole)) end,
  function() -- one page in another's place, or nothing
    local at = any_page()
    return whole:sub(1, (at - 1) * PAGE) .. any { page(any_page()), ("\0"):rep(PAGE) } .. whole:sub(at * PAGE + 1)
  end,
  function() -- bytes here and there, often in the schema
    local out, most = whole, any { #whole, 4 * PAGE }
    for _ = 1, random(12) do
      local at = random(most)
      out = out:sub(1, at - 1) .. string.char(any { 0, 1, 127, 128, 255, random(0, 255) }) .. out:sub(at + 1)
    end
    return out
  end,
}

local columns = {
  study = { "id", "name", "question", "file", "script", "plan", "metric", "goal", "created", "version", "machine",
    "script_sha256" },
  script = { "id", "study", "text", "plan" }, cut = { "key", "dataset", "fold", "seed" }, runner = { "host", "boot", "process",
    "beat" },
  wanted = { "study", "dataset", "config", "trial", "place", "best_epoch", "valid", "test" },
  dataset = { "id", "key", "name", "rows", "features", "positives", "origin" }, config = { "id", "key", "formula", "loss",
    "parameters", "model", "train" },
  trial = { "key", "dataset", "config", "cut", "fold", "seed", "status", "error", "diverged_epoch", "seconds", "runner",
    "records", "lacks",
    "passed_over", "zero_rows" },
  part = { "cut", "split", "count", "rows", "labels" }, epoch = { "epoch", "train_loss", "margin" },
  metric = { "name", "split", "epoch", "value" }, score = { "first", "last", "split", "columns", "coding", "scores" },
}
local tables = {}
for name in pairs(columns) do tables[#tables + 1] = name end
table.sort(tables)
local values = { "NULL", "0", "-1", "2", "1 << 62", "-9223372036854775808", "1e308", "9e999", "0.5", "''", "'x'", "x''",
  "x'000102'", "zeroblob(10003)", "'[]'", "'{'", [['{"a":{"b":[]}}']], "'null'", "'1e999'",
  "char(27)||'[31m'||char(10)", "cast(x'fffe80' AS text)", "'done'", "'running'", "'diverged'", "'auc'", "'valid'",
  [['{"ask":{"loss":3}}']], "'return 5'", "'return finding('",
  [['{"ask":{"loss":"adaptive_rank","vary":[],"baseline":{}}}']], "'claim' || printf('%.*c', 30000, 'y')" }
-- What a table refuses is written into one that refuses nothing.
local loosen = [[PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1; PRAGMA writable_schema = 1;
UPDATE sqlite_schema SET sql = replace(replace(replace(replace(replace(sql, ') STRICT, WITHOUT', ') WITHOUT'), ') STRICT', ')'),
  'TEXT NOT NULL', 'TEXT'), 'INTEGER NOT NULL', 'INTEGER'), 'BLOB NOT NULL', 'BLOB') WHERE type = 'table';
PRAGMA writable_schema = RESET; PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0;
]]
local views = { "best", "summary", "leaderboard", "curve" }
local statements = {
  function(name) return string.format("DELETE FROM %s WHERE random() %% 2", name) end,
  function(name) return "DROP TABLE " .. name end,
  function(name, column) return string.format("ALTER TABLE %s RENAME COLUMN %s TO other", name, column) end,
  function() return "DROP VIEW " .. any(views) end,
  function()
    local view = any(views)
    return string.format("DROP VIEW %s; CREATE VIEW %s AS SELECT %s AS dataset, 'hinge' AS loss, %s AS config, %s AS valid_mean",
      view, view, any(values), any(values), any(values))
  end,
}
local function written()
  local out = { loosen }
  for _ = 1, random(3) do
    local name = any(tables)
    local column = any(columns[name])
    local update = string.format("UPDATE OR IGNORE %s SET %s = %s", name, column, any(values))
    out[#out + 1] = random(6) == 1 and any(statements)(name, column) or update .. any { "", " WHERE random() % 2" }
    out[#out + 1] = ";\n"
  end
  return table.concat(out)
end

local function damage()
  for _, suffix in ipairs { "-wal", "-shm", "-journal", "-lock" } do os.remove(path .. suffix) end
  if random(2) == 1 then return spill(path, any(bytes)()) end
  spill(path, whole)
  spill(sql, written())
  os.execute(string.format("timeout 20 sqlite3 '%s' <'%s' >/dev/null 2>&1", path, sql))
end

-- ---- reading ------------------------------------------------------------------------------------------------------------------

local names, figures = {}, { "mine" }
for name in pairs(export.tables) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(require "losslab.plot.draw".names) do figures[#figures + 1] = name end
local draws = os.execute "command -v gnuplot >/dev/null"
local function tried()
  local list = { { "ls", {} }, { "ls", { json = true } }, { "show", {} }, { "show", { json = true } }, { "show", {}, "2" },
    { "show", { json = true }, "2" }, { "export", { format = "csv" }, any(names) }, { "export", { format = "json" }, any(names) },
    { "export", { format = "csv" }, "scores" }, { "replay", { sample = 3, seed = 1, jobs = 1, trust = true } },
    { "replay", { json = true, jobs = 1 }, "2" } }
  if draws and random(3) == 1 then
    list[#list + 1] = { "plot", { out = folder .. "/figures", format = "svg", only = any(figures) } }
    list[#list + 1] = { "gallery", { out = folder .. "/page" } }
  end
  if random(2) == 1 then
    list[#list + 1] = { "metric", { jobs = 1 }, "log_loss" } -- which writes, and resume, too: the last ones
    list[#list + 1] = { "resume", { jobs = 1, trust = true } }
  end
  return list
end

local results, said, nowhere = io.stdout, io.stderr, assert(io.open("/dev/null", "w"))
local bad, answered, refused, resumed = {}, 0, 0, 0
for _ = 1, count do
  damage()
  for _, command in ipairs(tried()) do
    if traced then said:write("# ", command[1], " ", command[3] or "", "\n") end
    io.stdout, io.stderr = nowhere, nowhere -- luacheck: ignore
    local fine, why = pcall(commands.load(command[1]).run, command[2], { path, command[3] })
    io.stdout, io.stderr = results, said -- luacheck: ignore
    why = tostring(type(why) == "table" and why.message or why)
    if fine then answered = answered + 1 else refused = refused + 1 end
    if fine and command[1] == "resume" then resumed = resumed + 1 end
    local named = fine or why:find(path, 1, true) and not why:find "%.lua:%d"
    if not named then bad[#bad + 1] = string.format("%s %s: %s", command[1], command[3] or "", why) end
  end
end
t.note("%d runs", count)
t.is(bad, {}, "every refusal names the file, not a place in our sources")
t.ok(count < 25 or answered > count and refused > count, string.format("some are read, some refused: %d, %d", answered, refused))
t.ok(count < 25 or resumed > 0, resumed .. " were resumed")
os.execute(("rm -rf '%s'"):format(folder))
t.done()
