-- The store from Lua: values and blobs, rows, transactions, the study's verbs, and objects closed at odd times.
local t = require "tests.lua.tap"
local ll = require "losslab"
local store = ll.store

local path = os.tmpname()
os.remove(path)
local double = ll.precision == "double"

t.throws(function() store.open(path) end, { path, "no such database" }, "reading what is not there")
t.throws(function() store.open(path, { mode = "creat" }) end, 'did you mean "create"', "the nearest mode")
t.throws(function() store.open(path, { mod = "create" }) end, 'did you mean "mode"', "the nearest option")
t.throws(function() store.open("a\0b") end, "zero byte", "a path with a zero byte")

local db = store.open(path, { mode = "create", timeout = 0.1 })
t.like(tostring(db), "result database .* %(create%)", "prints itself")
t.is(db:path(), path, "its path")

local hash = ll.core.sha256 "x"
local function study(name)
  return {
    name = name, question = "q", file = "s.lua", script = "s", script_sha256 = hash, plan = "{}", plan_sha256 = hash,
    metric = "auc", goal = "max", version = "0", precision = "float",
  }
end
local function new_trial(id)
  return { key = "trial " .. id, dataset = 1, config = 1, cut = id, fold = id, seed = 7, number = id, study_seed = 1,
    precision = "float", code = "", script = 1, records = "{}" }
end
local odd = "a'b\"c`d\ne; DROP TABLE study; --"
db:transaction(function(x)
  x:run("insert_study", study(odd))
  x:run("insert_script", { study = 1, sha256 = hash, text = "s", plan = "{}", trials = 3, added = 3, version = "0" })
  x:run("insert_dataset", { key = "d", name = odd, sha256 = hash, rows = 5, features = 2, positives = 2, negatives = 3 })
  x:run("insert_config", "k", odd, 1, '{"margin":0.1}', "{}", "{}")
  for id = 1, 3 do
    x:run("insert_cut", { key = "cut " .. id, dataset = 1, fold = id, seed = 7, split = "{}" })
    local rows, last = x:run("insert_trial", new_trial(id))
    if id == 3 then t.is({ rows, last }, { 1, 3 }, "rows changed, last id") end
    x:run("insert_wanted", { study = 1, dataset = 1, config = 1, trial = id, place = id })
  end
end)
t.is(db:one "study", nil, "a study that was not chosen is not shown")
db:choose(1)
t.is(db:transaction(function() return 1 end), 1, "and it is committed: another can begin")
t.is(db:one("study").name, odd, "a name is a value, whatever it holds")
t.is(db:one("study").machine, nil, "a value left out is NULL")
t.is(db:one("trial", 2).loss, odd, "values by position")
t.is(db:one("trial", 9), nil, "no row")

t.throws(function() db:run("insert_metrics", 1) end, 'did you mean "insert_metric"', "the nearest statement")
t.throws(function() db:run("insert_trial", 1) end,
  "takes 14 values (key, dataset, config, cut, fold, seed, number, study_seed, precision, code, script, records, search, pause), "
  .. "not 1",
  "too few values")
t.throws(function() db:run("insert_trial", { key = "1", datset = 1 }) end, 'did you mean "dataset"', "the nearest value")
t.throws(function() db:run("insert_trial", { whatever = 1 }) end, "there are key, dataset", "an unknown value")
t.throws(function() db:run("insert_config", "k", "l", 1, { margin = 1 }, "{}", "{}") end, "parameters: a table", "nor is a table")
t.throws(function() db:run("insert_trial", { key = print }) end, "key: a function", "nor is a function")

-- a transaction that fails: taken back, and the very error raised
local marker = setmetatable({}, { __tostring = function() return "marker" end })
local fine, caught = pcall(db.transaction, db, function(x)
  x:run("insert_trial", { key = "9", dataset = 1, config = 1, cut = 1, fold = 9, seed = 7, number = 9, study_seed = 1,
    precision = "float", code = "", script = 1, records = "{}" })
  error(marker)
end)
t.ok(not fine and rawequal(caught, marker), "a transaction raises the error on as it was")
t.is(db:one("trial", 4), nil, "and takes back what was done")
t.is({ db:transaction(function() return 1, nil, 3 end) }, { 1, nil, 3 }, "gives what the function gives")
t.throws(function() db:transaction(function(x) x:transaction(function() end) end) end, "under way", "they do not nest")
t.is(db:transaction(function() return 1 end), 1, "and nothing stays open")
t.throws(function()
  db:transaction(function(x) -- the foreign key is checked at the end
    x:run("insert_metric", { trial = 1, epoch = 77, split = "test", name = "auc", value = 1 })
  end)
end, "FOREIGN KEY", "a commit that is refused")
t.is(db:transaction(function() return 1 end), 1, "leaves no transaction either")

-- blobs
local scores = ll.matrix { 0.1, -2, 3.25, 1e-30, 5 }
local labels = ll.matrix { 1, 0, 0, 1, 0 }
db:run("insert_part",
  { cut = 1, split = "test", count = 5, rows = { 5, 3, 1, 4, 4000000000 }, labels = labels })
db:run("insert_part", { cut = 2, split = "test", count = 2, rows = ll.matrix { 1, 16777216 } })
local function part(fold)
  local found
  for row in db:query("SELECT rows, labels FROM part WHERE cut = ?", fold) do found = row end
  return found
end
t.is(part(1).rows, string.pack("<I4I4I4I4I4", 5, 3, 1, 4, 4000000000), "row numbers from a table")
t.is(part(2).rows, string.pack("<I4I4", 1, 16777216), "and from a matrix")
t.is(store.floats(part(1).labels):table(), { 1, 0, 0, 1, 0 }, "labels")
t.is(part(2).labels, nil, "no labels")
t.throws(function() db:run("insert_part", 3, "test", 1, { 1.5 }) end, "element 1 is 1.5", "a row number that is none")
t.throws(function() db:run("insert_part", 3, "test", 1, ll.matrix { -1 }, nil) end, "element (1, 1)", "nor in a matrix")
t.throws(function() db:run("insert_part", 3, "test", 3, { 1, 2 }, nil) end, "CHECK", "a count that is not the rows'")

local runner = db:join()
t.is(math.type(runner), "integer", "a runner's id")
t.is(db:claim(1, runner), { 1 }, "claims the first trial")
db:transaction(function()
  for epoch = 1, 2 do
    db:run("insert_epoch", { trial = 1, epoch = epoch, train_loss = 1 / epoch, passed_over = epoch == 2 and 0.25 or nil,
      zero_rows = 3 })
    if epoch == 1 then db:run("insert_learnt", { trial = 1, epoch = 1, name = "margin", value = 0.25 }) end
    db:run("insert_metric", { trial = 1, epoch = epoch, split = "valid", name = "auc", value = 0.5 + epoch / 10 })
    db:run("insert_metric", { trial = 1, epoch = epoch, split = "test", name = "auc", value = epoch == 1 and 0 / 0 or 0.65 })
  end
  db:run("insert_scores", { trial = 1, first = 2, last = 2, split = "test", coding = 0, scores = scores })
  db:run("insert_scores", { trial = 1, first = 2, last = 2, split = "valid", coding = 0, scores = ll.matrix { { 1, 2, 3 }, { 4,
    5, 6 } },
    columns = 3 })
  db:run("insert_network", { trial = 1, epoch = 2, weights = "\0\1\255bytes" })
  t.is(db:run("finish", { trial = 1, runner = runner + 1, seconds = 0.5 }), 0, "another runner's trial is not ended")
  t.is(db:run("finish", { trial = 1, runner = runner, seconds = 0.5 }), 1, "is done")
  db:run("choose_epoch", 1)
  db:run("choose_values", 1)
end)
local function kept(split)
  local row = db:one("scores_and_labels", { trial = 1, epoch = 2, split = split })
  return row and store.floats(row.scores, row.columns)
end
local back = kept "test"
t.is({ back:shape() }, { 5, 1 }, "scores are a matrix")
for i = 1, 5 do
  local narrow = string.unpack("f", string.pack("f", scores[i]))
  if back[i] ~= narrow then t.is(back[i], narrow, "score " .. i .. " as float32") end
end
t.is(double or back[1] == scores[1], true, "to the bit in float")
t.is(kept "valid":table(), { { 1, 2, 3 }, { 4, 5, 6 } }, "of several columns")
t.is(kept "train", nil, "or none")
t.is(db:one("network", 1, 2).weights, "\0\1\255bytes", "bytes are bytes")
t.throws(function() store.floats "abc" end, "3 bytes", "bytes that are no floats")
t.is(db:one("best").valid, 0.7, "the best epoch")
t.is(db:one("leaderboard").test_mean, 0.65, "the leaderboard")
t.is(db:one("metrics", 1).value, nil, "NaN is NULL")
local counted = {}
for row in db:rows("epochs", { trial = 1 }) do counted[row.epoch] = { row.passed_over, row.zero_rows } end
t.is(counted, { { nil, 3 }, { 0.25, 3 } }, "what an epoch passed over")
t.is(db:one("datasets").notes, "", "a data set without notes")

-- rows: left early, run twice at once, outliving their store
local seen = {}
for a, columns in db:rows "trials" do
  for b in db:rows "trials" do seen[#seen + 1] = a.trial * 10 + b.trial end
  if a.trial == 1 then t.is(columns[1], "trial", "the columns in their order") end
  if a.trial == 2 then break end
end
t.is(seen, { 11, 12, 13, 21, 22, 23 }, "loops in loops, and left early")
local next_row
local count = 0
for row in db:query("SELECT fold FROM trial WHERE fold > ? AND ? = ?", 1, odd, odd) do count = count + row.fold end
t.is(count, 5, "a query of one's own, its values bound")
t.throws(function() db:query "DELETE FROM trial" end, "may only read", "which cannot write")
t.throws(function() db:query "SELECT * FROM trials" end, "no such table", "and says what it does not know")
t.throws(function() db:query("SELECT ?", 1, 2) end, "takes 1 value", "nor takes too many")

local other = store.open(path, { mode = "write", timeout = 0.05 })
local second = other:join()
next_row = db:rows "trials"
next_row()
t.throws(function() db:transaction(function() other:claim(1, second) end) end, "locked", "a second writer waits, then says so")
t.throws(function() other:claim(1, second) end, "locked", "it waits for rows left open elsewhere, too")
t.throws(function()
  other:transaction(function()
    t.throws(function() db:release() end, "still being read", "which their own store meets as well while another is writing")
  end)
end, "locked", "and neither goes on")
while next_row() do end
t.is(other:claim(1, second, 5), { 2, 3 }, "and then has its turn")
t.is(other:claim(1, second, 5), {}, "until none is left")
t.throws(function() other:claim(1, second, 0) end, "1 to 1024", "none is no number to ask for")
t.is(db:release(), 0, "nothing to take back while the runner is there")
t.is(db:release(second), 2, "but when it leaves")
t.is(db:one("runners").id, runner, "and then one is left")
t.is(other:one("progress"), { total = 3, pending = 2, running = 0, done = 1, diverged = 0, failed = 0, pruned = 0 },
  "progress")
do
  local lock <close> = store.lock(path)
  t.is(type(lock), "userdata", "the study's lock")
  local again <close> = store.lock(path)
  t.is(type(again), "userdata", "is had by any number")
  lock:close()
end
t.throws(function() store.lock "/proc/none.db" end, "/proc/none.db: cannot be opened", "of what is not there")
t.throws(function() store.lock "a\0b" end, "zero byte", "nor with a zero byte")
t.is(#db:digest "trial", 64, "a digest")
t.is(db:digest "trial", other:digest "trial", "which is the same for all")
t.throws(function() db:digest "nowhere" end, "no table", "of a table")

next_row = db:rows "trials"
next_row()
do
  local closing <close> = store.open(path)
  t.throws(function() closing:run("delete_epochs", 1) end, "readonly", "a store opened to read")
end
t.throws(function() db:transaction(function(x) x:close() end) end, "closed inside its transaction", "closed inside its transaction")
db:close()
t.throws(next_row, "closed", "rows after their store")
t.throws(function() db:one "study" end, "losslab.store is closed", "a closed store")
t.is(tostring(db), "result database (closed)", "prints itself closed")
t.throws(function() store.open(path):one() end, "must be a string", "no name")
for _ = 1, 50 do store.open(path):rows "trials" end -- left to the collector
collectgarbage()
t.is(#store.statements() > 30, true, "the statements")
for _, row in ipairs(store.statements()) do
  if row.doc == "" or row.sql == "" then t.ok(false, row.name) end
end
other:close()
t.throws(function() store.open("/proc/none.db", { mode = "create" }) end, "/proc", "a folder that takes no files")
os.remove(path)
t.throws(function()
  local empty <close> = store.open(":memory:", { mode = "create" })
  return empty:differ(1, empty, 1)
end, "has no trial 1", "what neither has is not the same in both")

-- ---- blobs as matrices: columns that a damaged database may hold ----

t.is(store.floats(string.pack("<fff", 1, 2, 3), 3):table(), { { 1.0, 2.0, 3.0 } }, "a blob as a matrix")
for _, columns in ipairs { 0, -1, 2, 4, 1 << 62, 1 << 63, math.maxinteger } do
  t.throws(function() store.floats(("\0"):rep(12), columns) end, "12 bytes are no float32 matrix of", "columns: " .. columns)
end
t.is(#store.floats("", 1 << 62), 0, "an empty blob has no rows, however wide")

t.done()
