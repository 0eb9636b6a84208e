-- Shards: which trials are in which, what a run of some of them does, and the words in which Slurm is asked (run/shards.lua,
-- slurm.lua, job_script.lua). That they give the database of a local run: tests/e2e/submit.t and slurm.t.
local t = require "tests.lua.tap"
local ll = require "losslab"
local file = require "losslab.file"
local job_script = require "losslab.run.job_script"
local progress = require "losslab.run.progress"
local json = require "losslab.json"
local shards = require "losslab.run.shards"
local slurm = require "losslab.run.slurm"

local folder = t.folder()
local path = folder .. "/file"

-- ---- keys ----

local keys, count = {}, {}
for i = 1, 16000 do keys[i] = ll.core.sha256("key " .. i) end
for _, n in ipairs { 1, 3, 16 } do
  local least, most, wrong = math.huge, 0, 0
  for i = 1, n do count[i] = 0 end
  for _, key in ipairs(keys) do
    local shard = shards.of(key, n)
    if math.type(shard) ~= "integer" or shard < 1 or shard > n then wrong = wrong + 1 else count[shard] = count[shard] + 1 end
  end
  for i = 1, n do least, most = math.min(least, count[i]), math.max(most, count[i]) end
  local mean = #keys / n
  t.is(wrong, 0, n .. " shards: each key is in one")
  t.ok(most - mean <= 5 * mean ^ .5 and mean - least <= 5 * mean ^ .5, n .. " shards are of like size: " .. least .. " to " .. most)
end
t.is(shards.of(("0"):rep(64), 7), 1, "the first key's shard")
t.is(shards.of(("f"):rep(13) .. ("0"):rep(51), 1000), 0xfffffffffffff % 1000 + 1, "52 bits of a key count")

local third = shards.part "3/16"
local same = true
for _, key in ipairs(keys) do same = same and third.wants(key) == (shards.of(key, 16) == 3) end
t.ok(same, "3/16 wants the third of sixteen")
for _, words in ipairs { "0/3", "4/3", "3", "1/0", "1/3/2", "-1/3", "1.5/3", "a/b", "", "1/1000000" } do
  t.throws(function() shards.part(words) end, 'shard is I/N, as 3/16: I from 1 to N, not "' .. words .. '"')
end
t.throws(function() shards.asked { shard = "1/2", trials = "x" } end, "shard and trials both say", "not both")

-- ---- a list ----

shards.write(path, { keys[1], keys[2] }, "two keys")
local listed = shards.listed(path)
t.ok(listed.wants(keys[2]) and not listed.wants(keys[3]), "a list wants what it names")
t.throws(listed.check, "the study does not ask for 1 of its 2 trials", "what no study asks for is told")
t.ok(listed.wants(keys[1]) and listed.wants(keys[1]), "once more")
t.ok(pcall(listed.check), "all were asked for")
file.write(path, keys[1] .. "\n\n# nothing\n" .. keys[1] .. " # again\n")
listed = shards.listed(path)
t.ok(listed.wants(keys[1]) and pcall(listed.check), "one that stands there twice is one")
for _, wrong in ipairs { "abc", keys[1] .. "0", ("g"):rep(64) } do
  file.write(path, "# a line\n" .. wrong .. "\n")
  t.throws(function() shards.listed(path) end, path .. ": line 2: a trial's key is 64 hexadecimal digits, not ")
end

-- What a search proposed, and where trials stand, behind their keys.
local behind = { dataset_key = "d", fold = 2, seed = 1, config_key = "c", loss = "#1 { }", parameters = "{}", model = "{}",
  train = "{}", search = "s", pause = 3 }
shards.write(path, { shards.line(keys[1], behind), shards.line(keys[2]), "  " .. shards.line(keys[3], behind) }, "three keys")
listed = shards.listed(path)
t.ok(listed.wants(keys[1]) and listed.wants(keys[2]) and listed.wants(keys[3]), "keys with more behind them")
t.is(#listed.proposed("d", 1, 2), 2, "what was proposed is found by its cut")
t.is(listed.proposed("d", 1, 2)[1].loss .. listed.proposed("d", 1, 2)[2].pause, "#1 { }3", "as it was written")
t.is(#listed.proposed("d", 2, 2), 0, "and by no other")
file.write(path, keys[1] .. "\n")
t.is(shards.listed(path).proposed, nil, "where nothing was proposed there is nothing to find")
for json_text, why in pairs { ["{"] = "", ['{"loss":1}'] = "config_key is nil", ['{"from":1}'] = "from is no checkpoint",
  ['{"from":{"file":"../x","epoch":1,"bits":"","computer":{}}}'] = "from is no checkpoint" } do
  file.write(path, keys[1] .. " " .. json_text .. "\n")
  t.throws(function() shards.listed(path) end, path .. ": line 1: what is said of the trial cannot be: " .. why)
end
os.remove(path)
t.throws(function() shards.listed(path) end, path .. ": No such file or directory", "no list")

-- ---- a study ----

local study = ll.study { name = "parts", data = "moons", split = { folds = 2 }, seeds = { 1, 2 }, compare = { "hinge", "logistic" },
  train = { epochs = 1, batch = 100 }, model = { hidden = { 2 } } }
local total = 0
for i = 1, 2 do
  local code, counts = study:run { db = path .. i, shard = i .. "/2", progress = path .. ".json", jobs = 1 }
  t.is(code, 0, "shard " .. i .. " is run")
  t.is(counts.done, counts.total, "wholly")
  total = total + counts.total
  local said = json.decode(file.read(path .. ".json"))
  t.is(said.ended .. " " .. said.total .. " " .. said.lost .. " " .. said.study, counts.total .. " " .. counts.total .. " 0 parts",
    "and says how far it is")
  t.is(said.best[1].dataset, "moons", "with the best of a data set")
end
t.is(total, study:trials(), "two shards are the study")
local _, counts = study:run { db = path .. 1, shard = "2/2", jobs = 1 }
t.is(counts.total, total, "a file may hold several shards")

-- Where a trial stands is brought to one that is still to be done, and stands nowhere yet.
local planned = folder .. "/planned.db"
local id = require "losslab.run.runner".plan(study, { db = planned }).study
local store = ll.store.open(planned, { mode = "write" })
local trials, key_of, runner = {}, {}, store:join()
for row in store:rows "trial_keys" do key_of[row.id] = row.key end
for _, trial in ipairs(store:claim(id, runner, 1)) do store:run("fail", { trial = trial, error = "it", runner = runner }) end
for trial in pairs(key_of) do trials[#trials + 1] = trial end
table.sort(trials)
file.write(folder .. "/state-1-1.bin", "\0bytes")
local function from(name, epoch)
  return { from = { file = name, epoch = epoch, bits = "portable", computer = require "losslab.run.computer".this() } }
end
local function bring(epoch)
  local files, lines = { "state-1-1.bin", "gone.bin", false, "state-1-1.bin" }, {}
  for i, name in ipairs(files) do lines[i] = shards.line(key_of[trials[i]], name and from(name, epoch) or nil) end
  shards.write(path, lines, "four trials")
  shards.listed(path).bring(store)
end
bring(3)
bring(2)
local stands = store:one("checkpoint", { trial = trials[4] })
t.is(stands.epoch .. stands.bits .. stands.state .. stands.precision, "3portable\0bytes" .. ll.precision, "a checkpoint is brought")
for i, why in ipairs { "one that has ended", "no file", "no word" } do
  t.is(store:one("checkpoint", { trial = trials[i] }), nil, why .. ": none")
end
-- One of which nobody knows who computed it begins anew.
store:run("delete_checkpoint", { trial = trials[4] })
local this = require "losslab.run.computer".this()
for name, value in pairs { arithmetic = "1", version = {}, blas = false } do
  local said = from("state-1-1.bin", 3)
  said.from.computer = { [name] = value or nil }
  for field in pairs(this) do if field ~= name then said.from.computer[field] = this[field] end end
  shards.write(path, { shards.line(key_of[trials[4]], said) }, "one trial")
  shards.listed(path).bring(store)
  t.is(store:one("checkpoint", { trial = trials[4] }), nil, "a computer whose " .. name .. " is none: none")
end
store:close()

-- ---- words of Slurm ----

for _, each in ipairs { { { 1 }, "1" }, { { 1, 2, 3, 7 }, "1-3,7" }, { { 9, 2, 4, 8 }, "2,4,8-9" }, { { 1, 2 }, "1-2" } } do
  t.is(slurm.list(each[1]), each[2], "numbers as " .. each[2])
  t.is(table.concat(slurm.numbers(each[2]), " "), table.concat(each[1], " "), each[2] .. " as numbers")
end
t.is(table.concat(slurm.numbers "3-9:3,20%4", " "), "3 6 9 20", "steps, and how many at once")
t.is(#slurm.numbers "N/A", 0, "none")
t.is(table.concat(slurm.numbers "3,17,2...", " "), "3 17", "the last of a list that was cut off is none")
t.is(slurm.quoted "it's", [['it'\''s']], "a word for the shell")
for state, ended in pairs { PENDING = false, RUNNING = false, COMPLETING = false, SUSPENDED = false, CONFIGURING = false,
  REQUEUED = false, COMPLETED = true, FAILED = true, TIMEOUT = true, NODE_FAIL = true, PREEMPTED = true, CANCELLED = true,
  OUT_OF_MEMORY = true } do
  t.is(slurm.is_ended(state), ended, state)
end
for words, minutes in pairs { ["30"] = 30, ["30:30"] = 30.5, ["2:00:00"] = 120, ["1-12"] = 2160, ["1-0:30"] = 1470,
  ["1-0:0:30"] = 1440.5 } do
  t.is(job_script.minutes(words), minutes, words .. " is a time")
end
for _, words in ipairs { "x", "", "1:2:3:4" } do t.is(job_script.minutes(words), nil, words .. " is none") end

local function script(of)
  local all = { study = "a\nb", program = "/p'q", script = "s.lua", cwd = "/c d", folder = "/f%d", tasks = "1-2", cpus = 1 }
  for name, value in pairs(of) do all[name] = value end
  return job_script.text(all)
end
local text = script { time = "9", mix = true, fail_fast = true, threads = 2, setup = "a\nb" }
for _, words in ipairs { "#SBATCH --job-name=a_10b\n",
  '#SBATCH --chdir="/c d"\n', "#SBATCH --output=/f%%d/log/%A_%a.txt\n", "\na\nb\n",
  [[exec '/p'\''q' run 's.lua']], "folder='/f%d'\n", '--jobs "${SLURM_CPUS_PER_TASK:-1}" --mix --fail-fast --threads 2\n' } do
  t.ok(text:find(words, 1, true), "the script has " .. words)
end
t.ok(not text:find("signal", 1, true), "a short time gets no signal before its end")
t.ok(script { time = "10" }:find("#SBATCH --signal=B:INT@60\n", 1, true), "a longer one does")
t.throws(function() script { partition = 'a"b' } end, "--partition: Slurm's scripts have no way to write ", "no such name")
t.throws(function() script { sbatch = "a\nb" } end, "--sbatch takes options of sbatch in one line", "one line of options")

-- ---- progress without a terminal ----

local of = progress.new(study, 10, 2, 8)
of:finished_are(6)
t.like(of:text(), "^parts  6/10 trials  60 %%  .*/s  .* left", "trials of others have a rate, too")
of:best_is { dataset = "moons", loss = "hinge", value = .5, words = "hinge, margin 1" }
of:best_is { dataset = "moons", loss = "logistic", value = .25, words = "no better" }
for _, wrong in ipairs { 1, { dataset = "moons", value = 1, loss = {} },
  { dataset = "moons", value = 1, loss = "x", words = {} } } do
  of:best_is(wrong)
end
of.tasks = "2 tasks, 1 waiting (Priority)"
t.ok(of:text():find("2 tasks, 1 waiting (Priority)  moons: best valid auc 0.5000 (hinge, margin 1)", 1, true), "with the tasks")
os.execute("rm -rf '" .. folder .. "'")
t.done()
