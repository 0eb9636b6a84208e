-- Damaged databases: files of which bytes were changed, cut or swapped, and databases that hold values which no study writes. Each
-- reader says what is wrong, with the file's name, or gives an answer; nothing crashes, and nothing runs for ever.
-- LOSSLAB_FUZZ = databases (120), LOSSLAB_FUZZ_SEED = the seed of another walk.
local export = require "losslab.results.export"
local t = require "tests.lua.tap"

local count = tonumber(os.getenv "LOSSLAB_FUZZ" or "") or 120
local seed = tonumber(os.getenv "LOSSLAB_FUZZ_SEED" or "") or 1
t.note("seed %d, %d databases", seed, count)
math.randomseed(seed)
local random = math.random
local function any(list) return list[random(#list)] end

local path = os.tmpname()
local sql = path .. ".sql"
require "tests.lua.fixture_db"(path, { datasets = { "a", "b" }, losses = { adaptive_rank = { margin = { 0, 0.1 },
  margin_lr = { 0, 0.01 } }, hinge = {} }, folds = 2, seeds = 1, epochs = 3, rows = 40 })
local function slurp() local file <close> = assert(io.open(path, "rb")) return file:read "a" end
local function spill(name, bytes) local file <close> = assert(io.open(name, "wb")) file:write(bytes) end
local whole, PAGE = slurp(), 4096

-- ---- damage ---------------------------------------------------------------------------------------------------------------------

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
  study = { "name", "question", "script", "plan", "metric", "goal", "created", "version", "machine", "script_sha256" },
  dataset = { "id", "name", "rows", "features", "positives", "origin" }, config = { "id", "loss", "parameters", "model", "train" },
  trial = { "dataset", "config", "fold", "seed", "status", "error", "diverged_epoch", "best_epoch", "seconds" },
  part = { "split", "count", "rows", "labels" }, epoch = { "epoch", "train_loss", "margin" },
  metric = { "name", "split", "epoch", "value" }, scores = { "epoch", "split", "columns", "scores" },
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
  for _, suffix in ipairs { "-wal", "-shm" } do os.remove(path .. suffix) end
  if random(2) == 1 then return spill(path, any(bytes)()) end
  spill(path, whole)
  spill(sql, written())
  os.execute(string.format("sqlite3 '%s' <'%s' >/dev/null 2>&1", path, sql))
end

-- ---- reading --------------------------------------------------------------------------------------------------------------------

local names = {}
for name in pairs(export.tables) do names[#names + 1] = name end
table.sort(names)
local function commands()
  return { { "ls", {} }, { "ls", { json = true } }, { "show", {} }, { "show", { json = true } }, { "show", {}, "2" },
    { "show", { json = true }, "2" }, { "export", { format = "csv" }, any(names) }, { "export", { format = "json" }, any(names) },
    { "export", { format = "csv" }, "scores" } }
end

local results, bad, answered, refused = io.output(), {}, 0, 0
io.output "/dev/null"
for _ = 1, count do
  damage()
  for _, command in ipairs(commands()) do
    local fine, why = pcall(require "losslab.cli.commands".load(command[1]).run, command[2], { path, command[3] })
    why = tostring(type(why) == "table" and why.message or why)
    if fine then answered = answered + 1 else refused = refused + 1 end
    local named = fine or why:find(path, 1, true) and not why:find "%.lua:%d"
    if not named then bad[#bad + 1] = string.format("%s %s: %s", command[1], command[3] or "", why) end
  end
end
io.output(results)
t.is(bad, {}, "every refusal names the file, not a place in our sources")
t.ok(answered > count and refused > count, string.format("some are read, some refused: %d, %d", answered, refused))
for _, suffix in ipairs { "", ".sql", "-wal", "-shm" } do os.remove(path .. suffix) end
t.done()
