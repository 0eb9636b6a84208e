-- The folder of a study's shards beside its database: DB.slurm. It holds the script that a task runs (job.sh), of each shard its
-- trials (trials-3.txt) and where those stand that are in their midst (state-3-17.bin), its database (shard-3.db) and how far it is
-- (progress-3.json), the tasks' logs (log/), and state.json: which plan the shards are of, which of them are still open, and which
-- jobs were submitted for them. So whoever submits may end
-- at any moment, and the same command takes up what is there. A shard's database is read only once its task has ended.
local check = require "losslab.check"
local file = require "losslab.file"
local json = require "losslab.json"
local lfs = require "lfs"
local ll = require "losslab"
local merge = require "losslab.results.merge"
local shards = require "losslab.run.shards"
local text = require "losslab.text"

local Folder = {}
Folder.__index = Folder

local M = {}

function M.new(db) return setmetatable({ db = db, path = db .. ".slurm", took = {}, far = {} }, Folder) end

function Folder:file(name, shard)
  return string.format("%s/%s", self.path, shard and name:gsub("%*", tostring(shard)) or name)
end

function Folder:is_there() return lfs.attributes(self.path, "mode") == "directory" end

-- Makes the folder and holds it, so that one process at a time submits. The hold ends with the process.
function Folder:hold()
  for _, path in ipairs { self.path, self.path .. "/log" } do
    if lfs.attributes(path, "mode") ~= "directory" then
      local fine, why = lfs.mkdir(path)
      if not fine then check.fail("%s: the folder cannot be made: %s", path, tostring(why)) end
    end
  end
  local held, why = io.open(self:file "lock", "a")
  if not held then check.fail("%s", why) end
  if not lfs.lock(held, "w") then
    held:close()
    check.fail("%s: another losslab run submits this study; end that one, and this command takes up its jobs", self.path)
  end
  self.held = held
  return held
end

-- ---- its state ----

-- Whether a list is of whole numbers that may stand there, each but once; seen: those that stood in others.
local function is_numbers(list, may, seen)
  if type(list) ~= "table" then return false end
  for _, each in ipairs(list) do
    if math.type(each) ~= "integer" or not may(each) or seen[each] then return false end
    seen[each] = true
  end
  return true
end

-- Whether this is what Folder:write wrote: a number that is given to Slurm's commands is a number.
local function is_state(state)
  if type(state) ~= "table" or type(state.plan) ~= "string" or math.type(state.shards) ~= "integer"
    or type(state.jobs) ~= "table" or state.study ~= nil and type(state.study) ~= "string" then return false end
  local open, tasks = {}, {}
  if not is_numbers(state.open, function(shard) return shard >= 1 and shard <= state.shards end, open) then return false end
  for _, job in ipairs(state.jobs) do
    if type(job) ~= "table" or type(job.comment) ~= "string" or job.id ~= nil and (math.type(job.id) ~= "integer" or job.id < 1)
      or not is_numbers(job.tasks, function(shard) return open[shard] end, tasks) then return false end
  end
  return true
end

-- { plan, study, shards, open = { numbers }, jobs = { { comment, id [opt], tasks = { numbers } } }, took = { [shard] = trials that
-- were merged } }, or nil if there is none.
function Folder:read()
  local path = self:file "state.json"
  if not file.exists(path) then return nil end
  local fine, state = pcall(json.decode, file.read(path) or "")
  if not fine or not is_state(state) then
    check.fail("%s is damaged; remove the folder once squeue shows none of its jobs: what its shards hold and the database does "
      .. "not is lost, unless losslab merge adds it before", path)
  end
  local took = {}
  for shard, count in pairs(type(state.took) == "table" and state.took or {}) do
    shard = math.tointeger(tonumber(shard))
    if shard and math.type(count) == "integer" then took[shard] = count end
  end
  state.took, self.took = took, took
  return state
end

function Folder:write(state)
  local jobs, took = json.array {}, {}
  for shard, count in pairs(self.took) do took[tostring(shard)] = count end
  for i, job in ipairs(state.jobs) do jobs[i] = { comment = job.comment, id = job.id, tasks = json.array(job.tasks) } end
  file.write_here(self:file "state.json", json.encode { plan = state.plan, study = state.study, shards = state.shards,
    open = json.array(state.open), jobs = jobs, took = took } .. "\n")
end

-- A folder holds the shards of one study at a time: jobs of another are no former version's, which would be cancelled. Raises for
-- another study; one that was given another name is written down under that, since no later plan says so. planned: as plan.write
-- gives it, before it is committed.
function Folder:check_study(state, study, planned)
  local of, own = state and state.study, study.name
  if not of or of == own then return end
  if planned.renamed == of or state.plan == planned.plan then
    state.study = own
    self:write(state)
  elseif #state.open > 0 then
    check.fail("%s holds %d open shards of the study %s: its own command takes them up, and %s can go after it, or into a database "
      .. "of its own (--db)", self.path, #state.open, check.show(of), check.show(own))
  end
end

-- ---- shards ----

-- The number of the shard that a file of the folder is of; nil: of none.
local function shard_of(name) return math.tointeger(tonumber(name:match "^%a+%-(%d+)[.-]")) end

-- Drops what is left of a shard, or of all.
function Folder:drop(shard)
  for name in lfs.dir(self.path) do
    local of = shard_of(name)
    if of and (not shard or of == shard) then
      os.remove(self:file(name))
      self.took[of], self.far[of] = nil, nil
    end
  end
  if not shard then self.took, self.far = {}, {} end
end

-- Whether there is a list of the shard's trials, which a task needs.
function Folder:has_list(shard) return file.exists(self:file("trials-*.txt", shard)) end

-- The shards that have a database of which nothing was taken in by this process.
function Folder:unseen()
  local out = {}
  for name in lfs.dir(self.path) do
    local shard = name:find "^shard%-%d+%.db$" and shard_of(name)
    if shard and not self.far[shard] then out[#out + 1] = shard end
  end
  table.sort(out)
  return out
end

-- Cuts trials (run/outstanding.lua) into so many shards; state_of(trial): the bytes of its checkpoint, nil if it has none any more.
-- They go by their keys, which are as good as drawn, so that those of one kind, which take as long, are spread.
function Folder:cut(trials, count, name, state_of)
  table.sort(trials, function(a, b) return a.key < b.key end)
  local of = {}
  for i, each in ipairs(trials) do
    local shard = (i - 1) % count + 1
    local lines = of[shard] or {}
    local state = each.trial and state_of(each.trial)
    if state then
      each.said.from.file = string.format("state-%d-%d.bin", shard, #lines + 1)
      file.write_here(self:file(each.said.from.file), state)
    else each.said.from = nil end
    lines[#lines + 1], of[shard] = shards.line(each.key, each.said), lines
  end
  for shard, lines in ipairs(of) do
    shards.write(self:file("trials-*.txt", shard), lines, string.format("shard %d of %d of %s: the keys of its trials", shard,
      count, text.clean(name)))
  end
end

local function progress_of(path)
  local store <close> = ll.store.open(path, { mode = "create", timeout = merge.PATIENCE }) -- one may be killed before it made it
  store:release() -- its runner, if that was killed
  local counts = store:one "progress"
  for row in store:query "SELECT coalesce(sum(epoch), 0) AS epochs FROM checkpoint" do counts.epochs = row.epochs end
  for row in store:query "SELECT count(paused) AS waiting FROM trial" do counts.waiting = row.waiting end
  return counts
end

-- Merges what a shard holds into the database: its trials alone, since it knows of the study no more than its part, by the script
-- as that was when its task began. Gives how many of its trials are left, and whether any has ended, waits for its search, or has
-- come further by its checkpoint, since it was last taken in; nil, and why, if it holds nothing yet, or, with true after that,
-- cannot be read. Its task must have ended. Raises where the two disagree.
function Folder:take_in(shard)
  local path = self:file("shard-*.db", shard)
  if not file.exists(path) then return nil, "it has written nothing" end
  local fine, counts = pcall(progress_of, path)
  if not fine then return nil, check.plain(counts), true end
  if counts.total == 0 then return nil, "it has planned nothing" end
  local ended = counts.total - counts.pending - counts.running
  local left, before = counts.total - ended - counts.waiting, self.far[shard] or {}
  local on, far = ended > (self.took[shard] or 0) or left < (before.left or counts.total), before.epochs or 0
  local more = on or counts.epochs > far
  -- The farthest counts: a trial that begins anew on each kind of node would come further again and again.
  self.far[shard] = { left = left, epochs = on and counts.epochs or math.max(counts.epochs, far) }
  merge.merge(self.db, { path }, "trials")
  self.took[shard] = ended
  return left, more
end

-- The same of one that is to be dropped: raises if it cannot be read.
function Folder:take_in_or_refuse(shard)
  local _, why, unreadable = self:take_in(shard)
  if unreadable then
    check.fail("%s cannot be merged (%s), and is not dropped unread: remove it if its trials may be run again",
      self:file("shard-*.db", shard), why)
  end
end

-- How far a shard is by its own word, while it runs: { ended, total, lost, best } or nil (run/progress.lua).
function Folder:report(shard)
  local content = file.read(self:file("progress-*.json", shard))
  local fine, report = pcall(json.decode, content or "")
  return fine and type(report) == "table" and math.type(report.ended) == "integer" and report or nil
end

-- How many trials the shards of a database have done that are not in it yet, by the study's name: for who only looks. A shard whose
-- database was taken in and is open still counts from there.
function M.waiting(db)
  local self, out = M.new(db), {}
  if not self:is_there() then return out end
  local fine, state = pcall(self.read, self)
  for _, shard in ipairs(fine and state and state.open or {}) do
    local report = self:report(shard)
    if report and type(report.study) == "string" then
      out[report.study] = (out[report.study] or 0) + math.max(report.ended - (state.took[shard] or 0), 0)
    end
  end
  return out
end

-- The last line that is not empty of a task's log, and where that is.
function Folder:last_line(job, shard)
  local path = self:file(string.format("log/%d_%d.txt", job, shard))
  local content, last = file.read(path), nil
  for line in (content or ""):gmatch "[^\n]+" do last = line:find "%S" and line or last end
  return last and text.shorten(text.clean(last), 200), path
end

-- All shards are done: the folder keeps the script and the logs.
function Folder:done()
  self:drop()
  os.remove(self:file "state.json")
end

return M
