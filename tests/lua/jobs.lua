-- Jobs of shards where Slurm does not answer or answers oddly (run/jobs.lua), and the folder that says which there are, as far as
-- it is believed (run/shard_folder.lua). What comes of all that: tests/e2e/submit.t.
local t = require "tests.lua.tap"
local ll = require "losslab"
local file = require "losslab.file"
local jobs = require "losslab.run.jobs"
local lfs = require "lfs"
local outstanding = require "losslab.run.outstanding"
local runner = require "losslab.run.runner"
local shard_folder = require "losslab.run.shard_folder"
local shards = require "losslab.run.shards"
local slurm = require "losslab.run.slurm"

local place = t.folder()
local db = place .. "/study.db"
local folder = shard_folder.new(db)
lfs.mkdir(folder.path)

-- ---- jobs ----

local there, answers, refuses, cancelled = {}, true, nil, {} -- there: ids by comment
function slurm.find(comment)
  if not answers then return nil, "no answer" end
  return there[comment]
end
function slurm.submit(_, _, _, comment)
  if refuses then return nil, refuses.why, refuses.lost end
  there[comment] = 7
  return 7
end
function slurm.cancel(job)
  if cancelled[job] == nil then return "it is stuck" end
  cancelled[job] = true
end
local function new() return { plan = "p", shards = 3, open = { 1, 2, 3 }, jobs = {} } end

local state = new()
t.is(jobs.submit(folder, state, { 1, 2 }).id, 7, "a job that is taken")
t.is(folder:read().jobs[1].id, 7, "is written down")
refuses, state = { why = "no such partition" }, new()
t.throws(function() jobs.submit(folder, state, { 1 }) end, "no such partition", "one that is refused")
t.is(#state.jobs + #folder:read().jobs, 0, "is none")
answers = false
local job, why = jobs.submit(folder, state, { 1 })
t.is(why .. #folder:read().jobs, "no such partition1", "but only where Slurm answers that it has none")
answers = true
t.is(jobs.identify(folder, state, job), false, "which it may do later")
t.is(#state.jobs, 0, "and then there is none")
refuses = { why = "timed out", lost = true }
job = jobs.submit(folder, state, { 1 })
t.is(jobs.identify(folder, state, job), false, "one that may still come")
t.is(#state.jobs, 1, "is waited for")
there[job.comment] = 9
t.ok(jobs.identify(folder, state, job) and job.id == 9, "and found")
job = jobs.submit(folder, state, { 2 })
job.missed = job.missed - 10
t.is(jobs.identify(folder, state, job), false, "a busy controller may take long")
t.is(#state.jobs, 2, "for which it is waited")
job.missed = job.missed - 60
jobs.identify(folder, state, job)
t.is(#state.jobs, 1, "one that does not come is none")

-- Cancelled are those that have no number yet, too, and the one after a job that is struck out.
local said = {}
local function say(format, ...) said[#said + 1] = string.format(format, ...) end
state.jobs = { { comment = "a", refused = true, tasks = { 1 } }, { comment = "b", tasks = { 2 } },
  { comment = "c", id = 12, tasks = { 3 } } }
there.b, cancelled[11] = 11, false
jobs.cancel(folder, state, say)
t.is(#state.jobs, 2, "one that Slurm does not have is struck out")
t.is(cancelled[11], true, "the one after it, whose number was not known, is cancelled")
t.is(table.concat(said, "; "), "job 12 is not cancelled (it is stuck); scancel 12 does it later", "one that is not is told")
cancelled[12] = false
jobs.cancel(folder, state, say)
t.is(cancelled[12], true, "and tried again")
answers, state.jobs = false, { { comment = "d", tasks = { 1, 2 } } }
jobs.cancel(folder, state, say)
t.is(said[2], "whether Slurm has a job for the shards 1-2 is not known (no answer)", "one of which nothing is known is told")
jobs.cancel(folder, state, say)
t.is(#said, 2, "once")

-- ---- a state that was changed ----

for _, each in ipairs {
  '{"plan":"p","shards":3,"open":[1,3],"jobs":[{"comment":"c","id":5,"tasks":[3]},{"comment":"d","tasks":[1]}]}',
  '{"plan":"p","study":"s","shards":1,"open":[],"jobs":[]}' } do
  file.write(folder:file "state.json", each)
  t.ok(pcall(folder.read, folder), "a state: " .. each)
end
for _, each in ipairs {
  '{"plan":"p","shards":2,"open":[1],"jobs":[{"comment":"c","id":"--user=me","tasks":[1]}]}',
  '{"plan":"p","shards":2,"open":[1],"jobs":[{"comment":"c","id":-1,"tasks":[1]}]}',
  '{"plan":"p","shards":2,"open":[1],"jobs":[{"comment":"c","id":1,"tasks":[2]}]}',
  '{"plan":"p","shards":2,"open":[1],"jobs":[{"comment":"c","id":1,"tasks":[1,1]}]}',
  '{"plan":"p","shards":2,"open":[1],"jobs":[{"comment":"c","id":1,"tasks":[1]},{"comment":"d","id":2,"tasks":[1]}]}',
  '{"plan":"p","shards":2,"open":[1,1],"jobs":[]}', '{"plan":"p","shards":2,"open":[3],"jobs":[]}',
  '{"plan":"p","shards":2,"open":[0],"jobs":[]}', '{"plan":"p","study":7,"shards":2,"open":[1],"jobs":[]}' } do
  file.write(folder:file "state.json", each)
  t.throws(function() folder:read() end, "state.json is damaged", "none: " .. each)
end

-- ---- how far a shard is ----

local study = ll.study { name = "far", data = "moons", split = { folds = 2 }, seeds = { 1 }, compare = { "hinge", "logistic" },
  train = { epochs = 9 }, model = { hidden = { 2 } } }
local id = runner.plan(study, { db = db }).study
runner.plan(study, { db = folder:file("shard-*.db", 1) })
local shard, key = ll.store.open(folder:file("shard-*.db", 1), { mode = "write" }), nil
local trial
for row in shard:rows "trial_keys" do trial, key = row.id, row.key end
file.write(place .. "/state.bin", "bytes")
local function stands(store, epoch)
  local at = { file = "state.bin", epoch = epoch, bits = "portable", computer = require "losslab.run.computer".this() }
  store:run("delete_checkpoint", { trial = trial })
  shards.write(place .. "/list", { shards.line(key, { from = at }) }, "one trial")
  shards.listed(place .. "/list").bring(store)
end
local found = {}
for i, epoch in ipairs { 5, 3, 5, 6 } do
  stands(shard, epoch)
  found[i] = tostring(select(2, folder:take_in(1)))
end
t.is(table.concat(found, " "), "true false false true", "a trial that begins anew comes further only where none of it was")
shard:close()

-- ---- a trial that another run ends meanwhile ----

local store = ll.store.open(db, { mode = "write" })
store:choose(id)
stands(store, 2)
local planned = { study = id, plan = store:one("plan_of", { study = id }).plan_sha256 }
local function count_of(trials)
  local n = 0
  for _, each in ipairs(trials) do n = n + (each.trial and each.said.from and 1 or 0) end
  return n .. " of " .. #trials
end
local trials = outstanding.trials(study, store, planned)
t.is(count_of(trials), "1 of 4", "a trial with a checkpoint")
local racing = { one = function(_, ...) return store:one(...) end, rows = function(_, name)
  if name == "trial_keys" then store:run("delete_checkpoint", { trial = trial }) end
  return store:rows(name)
end }
t.is(count_of(outstanding.trials(study, racing, planned)), "0 of 4", "one whose checkpoint goes meanwhile has none")
folder:cut(trials, 2, "far", function() return nil end)
local whole = (file.read(folder:file("trials-*.txt", 1)) or "") .. (file.read(folder:file("trials-*.txt", 2)) or "")
t.ok(whole:find(key, 1, true) and not whole:find "from", "and is cut into a shard without it")
store:close()
os.execute("rm -rf '" .. place .. "'")
t.done()
