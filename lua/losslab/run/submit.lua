-- losslab run --executor slurm: a study as an array of Slurm's jobs. The database is planned here, as a local run plans it; its
-- pending trials are cut into shards by their keys, each a task with a database of its own in the folder (run/shard_folder.lua),
-- which is merged once the task has ended. What ended early (a lost node, preemption, the time limit, a crash) is submitted again,
-- by this process so many times in a row without anything new, and by the same command at any time. The study's numbers are those
-- of a local run: who computes a trial makes no difference to it.
-- A study that searches is one array after the other: when all that was pending has ended, or waits for its search, this process
-- lets the search go on in the database (study/rounds.lua), and what is pending then is the next array. A task proposes nothing: it
-- is told what its trials are (run/shards.lua).
local ll = require "losslab"
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local job_script = require "losslab.run.job_script"
local jobs = require "losslab.run.jobs"
local lease = require "losslab.run.lease"
local lfs = require "lfs"
local outcome = require "losslab.run.outcome"
local outstanding = require "losslab.run.outstanding"
local progress = require "losslab.run.progress"
local runner = require "losslab.run.runner"
local say = require "losslab.say"
local shard_folder = require "losslab.run.shard_folder"
local slurm = require "losslab.run.slurm"
local text = require "losslab.text"

local M = {}

local INTERRUPTED = 130
M.SHARDS, M.RESUBMIT = 8, 3 -- where nothing else is asked for
local PATIENCE = 60 -- seconds for tasks that were cancelled

local tell, fault = outcome.tell, outcome.fault

local Submit = {}
Submit.__index = Submit

local function without(list, each)
  for i, other in ipairs(list) do if other == each then return table.remove(list, i) end end
end

function Submit:say(format, ...)
  self.progress:clear()
  tell("%s: " .. format, text.clean(self.study.name), ...)
end

-- ---- the database ----

function Submit:with_store(mode, f)
  return runner.with_store(self.options.db, mode, function(store)
    store:choose(self.planned.study)
    return f(store)
  end)
end

-- How far the study is, as the database has it.
function Submit:count()
  self.counts = self:with_store("read", function(store) return store:one "progress" end)
  self.ended = self.counts.total - self.counts.pending - self.counts.running
end

-- Whether others run trials in the database: what is to be merged waits for them. One of another machine that gives no sign of life
-- for as long as runners wait (run/lease.lua) is given up.
function Submit:is_busy()
  local busy, now, seen = false, ll.system.clock(), {}
  self:with_store("write", function(store)
    store:release()
    for row in store:rows "runners" do
      local sign, was = row.token .. " " .. row.beat, self.signs[row.id]
      seen[row.id] = was and was.sign == sign and was or { sign = sign, since = now }
      seen[row.id].dead = now - seen[row.id].since >= lease.BEAT * lease.LOOKS
      busy = busy or not seen[row.id].dead
    end
    for id, each in pairs(seen) do if each.dead then store:release(id) end end
  end)
  self.signs = seen
  if busy and not self.waits then self:say "a losslab run works on the database: what tasks have done is merged after it" end
  self.waits = busy
  return busy
end

-- ---- jobs ----

local function absolute(path) return path:sub(1, 1) == "/" and path or lfs.currentdir() .. "/" .. path end

function Submit:write_script(tasks)
  local o = self.options
  local program = lfs.symlinkattributes("/proc/self/exe", "target")
  require "losslab.file".write_here(self.folder:file "job.sh", job_script.text { study = self.study.name, program = program,
    script = o.script, cwd = lfs.currentdir(), folder = absolute(self.folder.path), tasks = slurm.list(tasks), at_once = o.nodes,
    cpus = o.cpus or 1, partition = o.partition, time = o.time, sbatch = o.sbatch, setup = o.setup, jobs = o.jobs,
    threads = o.threads, mix = o.mix, fail_fast = o.fail_fast })
end

-- Submits shards as one array.
function Submit:submit(tasks)
  self:write_script(tasks)
  local job, trouble = jobs.submit(self.folder, self.state, tasks, self.options.nodes)
  if trouble then
    self:say("%s; %s", trouble, job.id and "Slurm has the job all the same" or "Slurm is asked whether it has the job all the same")
  end
  local which = #tasks == 1 and "shard " .. tasks[1] or #tasks .. " shards, " .. slurm.list(tasks)
  if job.id then self:say("job %d: %s", job.id, which) end
end

function Submit:cancel()
  jobs.cancel(self.folder, self.state, function(...) self:say(...) end)
end

-- A shard is open and has no job any more: will it be submitted again? how: in what state its task ended; nil: Slurm has forgotten.
function Submit:ended_early(shard, job, how, why)
  local state = how and how.state or "forgotten by Slurm"
  local where = string.format("shard %d (task %d_%d%s)", shard, job, shard, how and how.node and how.node ~= "(null)" and " on "
    .. text.clean(how.node) or "")
  if self.stopping or self.dropping then return end
  if state == "CANCELLED" then
    self.given_up[shard] = where .. " was cancelled"
    return
  end
  self.tries[shard] = self.tries[shard] + 1
  local last, path = self.folder:last_line(job, shard)
  local words = string.format("%s ended early: %s%s%s", where, text.clean(state), how and how.exit and how.exit ~= "0:0"
    and ", exit code " .. text.clean(how.exit) or "", why and "; " .. text.clean(why) or "")
  if self.tries[shard] > self.resubmit then
    self.given_up[shard] = string.format("%s, %d times in a row without anything new; %s%s", words, self.tries[shard], path,
      last and " ends with: " .. last or "")
  else self:say("%s; it is submitted again", words) end
end

-- Takes in what a shard has done that no task works on. True where that ends it, which is written down before its files go, so that
-- it never stays open without them. One whose list is gone was ended so before, or by hand: what is left of it is cut anew.
function Submit:take_in(shard, job)
  local left, more, unreadable = self.folder:take_in(shard)
  local ended = left == 0 or not unreadable and not self.folder:has_list(shard)
  if job then without(job.tasks, shard) end
  if ended then
    if job and #job.tasks == 0 then without(self.state.jobs, job) end
    without(self.state.open, shard)
    self.folder:write(self.state)
    self.folder:drop(shard)
  end
  return ended, more
end

-- The task of a shard has ended. False if what it did cannot be merged yet.
function Submit:task_ended(shard, job, how)
  if self:is_busy() then return false end
  local ended, more = self:take_in(shard, job)
  self:count()
  if not ended then
    if more == true then self.tries[shard] = 0 end
    self:ended_early(shard, job.id or 0, how, type(more) == "string" and more or nil)
  end
  self.failed = self.counts.failed > self.failed_before
  return true
end

-- Asks Slurm, and takes in what has ended. Counts tasks that run and that wait. Slurm has forgotten a task if two answers in a row
-- that are whole do not name it.
function Submit:look()
  local run, wait, changed, reason = 0, 0, false, nil
  if self.stopping or self.dropping then self:cancel() end -- a job that is found only now, too
  for _, job in ipairs { table.unpack(self.state.jobs) } do
    local tasks, cut, missing = nil, false, {}
    local known, why = jobs.identify(self.folder, self.state, job)
    if known then tasks, why, cut = slurm.tasks(job.id) end
    if why and not self.silent then self:say("Slurm does not answer (%s); it is asked again", why) end
    self.silent = why ~= nil
    for _, shard in ipairs(tasks and { table.unpack(job.tasks) } or {}) do
      local how = tasks[shard]
      missing[shard] = not how and not cut
      if how and slurm.is_ended(how.state) or missing[shard] and job.missing and job.missing[shard] then
        changed = self:task_ended(shard, job, how) or changed
      elseif how and slurm.is_running(how.state) then run = run + 1
      else wait, reason = wait + 1, how and how.reason ~= "None" and how.reason or reason end
    end
    job.missing = tasks and missing or job.missing
    if #job.tasks == 0 then without(self.state.jobs, job) end
  end
  if changed then self.folder:write(self.state) end
  changed = changed or run ~= self.run or wait ~= self.wait
  self.run, self.wait, self.reason = run, wait, reason
  return changed
end

-- ---- progress ----

function Submit:show()
  local finished, lost, bar = self.ended, self.counts.diverged + self.counts.failed, self.progress
  for _, shard in ipairs(self.state.open) do
    local report = self.folder:report(shard)
    if report then
      finished = finished + math.max(0, report.ended - (self.folder.took[shard] or 0))
      for _, each in ipairs(type(report.best) == "table" and report.best or {}) do bar:best_is(each) end
      if not self.folder.took[shard] then lost = lost + (math.tointeger(report.lost) or 0) end
    end
  end
  bar:finished_are(math.max(finished, bar.finished))
  bar.lost = math.max(bar.lost, lost)
  bar.tasks = string.format("%d task%s%s", self.run, self.run == 1 and "" or "s", self.wait > 0
    and string.format(", %d waiting (%s)", self.wait, text.clean(self.reason or "no reason")) or "")
  bar:draw()
end

-- ---- all of it ----

-- What a signal means: Ctrl-C cancels the jobs, a second one leaves at once; any other leaves the jobs as they are.
function Submit:signalled()
  local signal = ll.process.caught()
  if not signal then return nil end
  if signal ~= "INT" then return "left" end
  if self.stopping then return "interrupted" end
  self.progress:clear()
  say.err(text.clean(self.study.name), ": cancelling its jobs; Ctrl-C again ends at once\n")
  self.stopping, self.deadline = "interrupted", ll.system.clock() + PATIENCE
  self:cancel()
end

-- Shards that are open and that no job has.
function Submit:idle()
  local has, out = {}, {}
  for _, job in ipairs(self.state.jobs) do for _, shard in ipairs(job.tasks) do has[shard] = true end end
  for _, shard in ipairs(self.state.open) do if not has[shard] then out[#out + 1] = shard end end
  return out
end

-- Until no shard is open, or none of those has a job and may get one. Gives how it ended: "done", "open", "interrupted", "left",
-- "failed".
function Submit:watch()
  local quiet_since = ll.system.clock()
  while true do
    if self:look() then quiet_since = ll.system.clock() end
    if self.failed and self.options.fail_fast and not self.stopping then
      self.stopping, self.deadline = "failed", ll.system.clock() + PATIENCE
      self:cancel()
    end
    if #self.state.open == 0 then return self.stopping or "done" end
    local again = {}
    for _, shard in ipairs(self:idle()) do if not self.given_up[shard] then again[#again + 1] = shard end end
    if #again > 0 and not self.stopping and not self.dropping then self:submit(again)
    elseif #self.state.jobs == 0 then return self.stopping or "open"
    elseif self.stopping and ll.system.clock() > self.deadline then return self.stopping end
    self:show()
    -- Seldom where little changes: the controller of a cluster has more to do.
    ll.process.wait({}, math.min(10, math.max(0.2, (ll.system.clock() - quiet_since) / 5)))
    local how = self:signalled()
    if how then return how end
  end
end

-- Shards of before, of this or of another plan: those under way are waited for, or ended where they are another plan's.
function Submit:take_up()
  local state, o = self.state, self.options
  for _, shard in ipairs(state.open) do self.tries[shard] = 0 end
  self.dropping = state.plan ~= self.planned.plan and "the study has changed"
  if self.dropping and #state.jobs > 0 then
    self:say "the study has changed: the jobs of its former version are cancelled"
    self:cancel()
  end
  for _, shard in ipairs(self:idle()) do -- an earlier process may have ended before it merged them
    if self:is_busy() then break end
    self:take_in(shard)
  end
  self.folder:write(state)
  self:count()
  if not self.dropping and #state.jobs == 0 then self.dropping = o.retry or o.array and o.array ~= state.shards end
  if #state.jobs > 0 and not self.dropping then
    self:say("takes up %d shard%s of %d that %s still open", #state.open, #state.open == 1 and "" or "s", state.shards,
      #state.open == 1 and "is" or "are")
  end
  local how = self:watch()
  if how == "open" and self.dropping then how = "done" end
  self.dropping = nil
  return how
end

-- One array for the trials to be done, until they are.
function Submit:step(trials)
  local o = self.options
  self.progress.finished, self.progress.total = self.ended, math.max(self.progress.total, self.counts.total)
  if not self.folder.held then self.folder:hold() end
  local count = math.min(o.array or o.nodes or M.SHARDS, #trials)
  self.state = { plan = self.planned.plan, study = self.study.name, shards = count, jobs = {}, open = {} }
  self.folder:write(self.state) -- what is dropped now is open no longer
  self.folder:drop()
  self:with_store("read", function(store)
    self.folder:cut(trials, count, self.study.name, function(trial)
      local at = store:one("checkpoint", { trial = trial })
      return at and at.state
    end)
  end)
  for shard = 1, count do self.state.open[shard], self.tries[shard] = shard, 0 end
  return self:watch()
end

-- Waits for trials that others have in hand, which a search needs. Gives how that ended where a signal ended it.
function Submit:wait_for_others()
  while self:is_busy() do
    ll.process.wait({}, 1)
    local how = self:signalled() or self.stopping
    if how then return how end
  end
end

-- The shards that are there still are cut anew, or dropped: what they hold and this process has not seen is taken in before. Gives
-- how that ended where a signal ended it.
function Submit:take_in_rest()
  for _, shard in ipairs(self.folder:unseen()) do
    local how = self:wait_for_others()
    if how then return how end
    self.folder:take_in_or_refuse(shard)
  end
end

function Submit:all()
  if self.folder.held then
    local how = self.state and self:take_up() or "done"
    how = how == "done" and self:take_in_rest() or how
    if how ~= "done" then return how end
  end
  while true do
    local trials = self:with_store("write", function(store)
      if self.retries then runner.retry(store) end
      self.retries = false -- those that fail from now on have been tried
      return outstanding.trials(self.study, store, self.planned)
    end)
    if not trials then return "changed" end
    self:count()
    if #trials > 0 then
      local how = self:step(trials)
      if how ~= "done" then return how end
    elseif self.study.search and self.counts.running > 0 then
      local how = self:wait_for_others()
      if how then return how end
    else
      local on = self:with_store("write", function(store) return outstanding.advance(self.study, store, self.planned) end)
      if on ~= "advanced" then return on end
    end
  end
end

-- Says how it ended; gives the exit code.
function Submit:finish(how, seconds)
  self.progress:clear()
  self:count()
  local counts, name = self.counts, text.clean(self.study.name)
  if how == "interrupted" or how == "left" then
    tell("%s: %s after %d of %d trials; the same command %s", name, how == "left" and "left, with its jobs as they are," or how,
      self.ended, counts.total, how == "left" and "takes the jobs up" or "carries on")
    return INTERRUPTED, counts
  end
  if how == "done" and self.folder.held then self.folder:done() end
  if how == "changed" then
    tell("losslab: %s: another run has changed the study meanwhile, and carries on with its version", self.options.db)
    return 1, counts
  end
  local mixed
  self:with_store("read", function(store)
    outcome.summary(self.study, store, counts, seconds, how)
    mixed = computer.mixed(computer.list(store))
  end)
  if mixed then tell("%s: %s", name, mixed) end -- no task sees what others have done, and could refuse to mix it
  for _, shard in ipairs(check.keys(self.given_up)) do fault("losslab: %s", self.given_up[shard]) end
  local left = counts.total - self.ended
  if left > 0 then fault("losslab: %d trial%s left to do; the same command carries on", left, left == 1 and " is" or "s are") end
  if left == 0 and self.planned.lacking > 0 then
    tell("%s: of %d trials something is asked that was not recorded; losslab run without --executor adds it%s", name,
      self.planned.lacking, how == "open" and ", which the search needs to go on" or "")
  end
  return (how == "open" or left > 0 or counts.failed > 0) and 1 or 0, counts
end

-- options: db, script (the study's path); array (how many shards), nodes (tasks at once), partition, time, cpus (of a task),
-- sbatch (its options), setup (lines of shell before losslab), resubmit (M.RESUBMIT): all [opt]; jobs, threads, retry, mix,
-- fail_fast as of a run. Gives what runner.run gives.
function M.run(study, options)
  slurm.check()
  local folder = shard_folder.new(options.db)
  local state = folder:is_there() and folder:hold() and folder:read() or nil
  local planned = runner.plan(study, { db = options.db, accept = function(count) folder:check_study(state, study, count) end })
  local counts, clock = planned.counts, ll.system.clock()
  local ended = counts.total - counts.pending - counts.running
  local total = study.search and study.search.budget.trials and study:trials() or 0 -- those of later rounds, too
  total = math.max(total, counts.total)
  local self = setmetatable({ study = study, options = options, planned = planned, folder = folder, state = state,
    resubmit = options.resubmit or M.RESUBMIT, retries = options.retry, tries = {}, given_up = {}, signs = {},
    failed_before = options.retry and 0 or counts.failed, progress = progress.new(study, total, ended, planned.cost) }, Submit)
  self:count()
  ll.process.catch()
  local fine, how = pcall(self.all, self)
  ll.process.uncatch()
  if not fine then
    self.progress:clear()
    check.fail("%s", check.plain(how))
  end
  return self:finish(how, ll.system.clock() - clock)
end

return M
