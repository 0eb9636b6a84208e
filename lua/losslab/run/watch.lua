-- A runner's parent process, while workers run: it starts them, hears from them, buries those that died, gives signs of life, and
-- waits for trials that other runners have in hand, to take them up if those die.
local ll = require "losslab"
local check = require "losslab.check"
local rounds = require "losslab.study.rounds"
local say = require "losslab.say"
local text = require "losslab.text"
local threads = require "losslab.run.threads"
local worker = require "losslab.run.worker"

local M = {}

local DEATHS, MOST = 3, 2000

local Watch = {}
Watch.__index = Watch

-- of: study, study_id, plan, path, lock, with_store, lease, jobs, threads [opt: of each], fail_fast, pending (how many trials, at
-- first), part (whether these are a part of the study's trials: then another decides how its search goes on), progress.
function M.new(of)
  of.workers, of.of, of.deaths, of.running = {}, {}, {}, 0
  of.refused, of.refusals, of.completed = {}, 0, 0 -- of trials that lack something (run/complete.lua)
  return setmetatable(of, Watch)
end

-- ---- workers ----

function Watch:start()
  local study, path, lock, share = self.study, self.path, self.lock, self.share
  local who = { study = self.study_id, plan = self.plan, runner = self.lease.runner, part = self.part,
    jobs = self.jobs * (self.lease.others + 1) }
  local made = ll.process.fork(function(send)
    ll.core.memory_limit(share)
    if not ll.core.borrow_threads() then ll.threads(1) end
    local fine, message = pcall(worker.work, study, path, send, lock, who)
    if not fine then send("!" .. tostring(message)) end
  end)
  self.workers[#self.workers + 1] = made
  self.of[made] = { pid = made:pid() }
end

-- Between two transactions, if that can be had soon: a worker killed in one leaves a journal, which would be beside another file if
-- the database was moved.
function Watch:stop()
  local held = #self.workers > 0 and self.lock:hold_writers(5)
  for _, each in ipairs(self.workers) do each:kill() end
  self.workers = {}
  if held then self.lock:let_writers() end
end

-- Handles the end of a worker. If it had trials, it was killed or its study's code ended the process: they become pending again;
-- the one that it was computing fails if it has ended three workers. Only this worker's trials are touched: if several workers
-- died at once, each has its own call, which finds its trials by the pid that still stands in the rows.
function Watch:worker_ended(made, how, what)
  local killed, pid, current, completing = how == "signal", self.of[made].pid, self.of[made].trial, self.of[made].completing
  self.of[made] = nil
  self.with_store(self.path, "write", function(store)
    local trials = {}
    if completing then self:blame_completing(store, completing, killed, what) end -- before it is let go: one to blame thrice is not
    self:let_go(store)
    if completing then return end
    for row in store:rows "running" do
      if row.worker == pid and row.runner == self.lease.runner then trials[#trials + 1] = row.trial end
    end
    if #trials == 0 and not killed then
      if what ~= 0 then check.fail("worker %d ended with code %d", pid, what) end
      return -- it ended because it found no trial left, or was asked to
    end
    self.advanced = true -- it counts towards the end of that trial
    local blamed = #trials > 0 and (current or trials[1]) or 0
    local deaths = (self.deaths[blamed] or 0) + 1
    self.deaths[blamed] = deaths
    if deaths == DEATHS and blamed == 0 then
      check.fail("no worker lives long enough to take a trial: the last was killed by SIG%s", what)
    end
    store:transaction(function()
      for _, trial in ipairs(trials) do
        if trial == blamed and deaths == DEATHS then
          local end_of_it = killed and "was killed by SIG" .. what or string.format("left with code %d (os.exit)", what)
          store:run("delete_checkpoint", { trial = trial })
          store:run("fail", { trial = trial, runner = self.lease.runner,
            error = string.format("its worker %s, %d times", end_of_it, DEATHS) })
          self.progress:add { status = "failed", trial = trial, cost = 0 }
          self.failed = true
        else
          -- its rows are written when it ends: there are none yet
          store:run("unclaim", { trial = trial, runner = self.lease.runner })
        end
      end
    end)
  end, self.lock)
  self:look()
end

-- ---- trials that are completed ----

-- One that cannot be completed stays in this runner's hands until it leaves, so that no worker takes it again.
function Watch:refuse(trial, why, store)
  if store then store:run("hold_lacking", { trial = trial, runner = self.lease.runner }) end -- it may have been let go before
  if self.refused[trial] then return end
  self.refused[trial], self.refusals = true, self.refusals + 1
  self.progress:clear()
  say.err(string.format("losslab: trial %d was not completed: %s\n", trial, text.clean(why)))
end

-- A worker died: what this runner has in hand, and no other worker is known to be at, may be taken again. Where one was at it, what
-- that one has is dropped.
function Watch:let_go(store)
  local busy, free = {}, {}
  for _, each in pairs(self.of) do busy[each.completing or 0] = true end
  for row in store:rows("held_lacking", { runner = self.lease.runner }) do
    if not busy[row.trial] and not self.refused[row.trial] then free[#free + 1] = row.trial end
  end
  if #free == 0 then return end
  store:transaction(function()
    for _, trial in ipairs(free) do store:run("unclaim_lacking", { trial = trial, runner = self.lease.runner }) end
  end)
end

function Watch:blame_completing(store, trial, killed, what)
  self.deaths[trial], self.advanced = (self.deaths[trial] or 0) + 1, true
  if self.deaths[trial] < DEATHS then return end
  local end_of_it = killed and "was killed by SIG" .. what or string.format("left with code %d (os.exit)", what)
  self:refuse(trial, string.format("its worker %s, %d times", end_of_it, DEATHS), store)
end

-- A worker's message on such a trial; false if it is on another.
function Watch:told_of_completing(each, message)
  local status = message.status
  if status == "completing" then self.of[each].completing = message.trial
  elseif status == "completed" or status == "dropped" or status == "refused" then
    self.advanced = true
    if self.of[each].completing == message.trial then self.of[each].completing = nil end
    if status == "refused" then self:refuse(message.trial, message.dataset)
    elseif status == "completed" then
      self.completed = self.completed + 1
      self.progress:completed_are(self.completed)
    end
  else return false end
  return true
end

-- Reads all messages that a worker has sent; "ended" if no more can come.
function Watch:receive(each)
  while true do
    local told, ended = each:receive()
    if not told then return ended end
    if told:sub(1, 1) == "!" then -- an error of the database, which would stop every worker
      self.lock:check()
      check.fail("%s", told:sub(2))
    end
    local message = worker.unpack(told)
    self.deaths[0] = nil -- workers live long enough to take a trial
    if message.status == "begun" then self.of[each].trial = message.trial
    elseif message.status == "paused" or message.status == "advanced" then
      self.advanced, self.round_began = true, self.round_began or message.status == "advanced"
      if message.status == "advanced" then self.progress:advanced(message.trial, message.best or 0)
      elseif self.of[each].trial == message.trial then self.of[each].trial = nil end
    elseif not self:told_of_completing(each, message) then
      self.advanced = true
      if self.of[each].trial == message.trial then self.of[each].trial = nil end
      self.failed = self.failed or message.status == "failed"
      self.progress:add(message)
    end
  end
end

-- Receives from every worker, and handles those that ended.
function Watch:attend()
  local still = {}
  for _, each in ipairs(self.workers) do
    if self:receive(each) ~= "ended" then still[#still + 1] = each else self:worker_ended(each, each:join()) end
  end
  self.workers = still
  if self.round_began then -- there is work for workers that ended, since they found none
    self.round_began = nil
    self:look()
  end
end

-- ---- the database, now and then ----

-- How many trials are pending, and how many are under way, here and elsewhere.
function Watch:look()
  self.with_store(self.path, "write", function(store) self:look_at(store) end, self.lock)
end

function Watch:look_at(store)
  local row = store:one("left_to_do", { study = self.study_id, most = MOST })
  local lacking = store:one("lacking", { study = self.study_id })
  self.pending, self.running = row.pending + lacking.free, row.running
  -- those of others are waited for, unless both had to refuse some, and would wait for each other
  if self.refusals == 0 then self.running = self.running + lacking.held end
  self.progress:to_complete(lacking.free + lacking.held - self.refusals)
  local now = store:one("plan_of", { study = self.study_id })
  self.given_up = store:one("runner_there", { runner = self.lease.runner }).there == 0
  self.changed = now ~= nil and now.plan_sha256 ~= self.plan -- by another run, whose version is worked on from now on
  self.looked = ll.system.clock()
end

-- A sign of life. If this runner was given up meanwhile, what its workers have in hand is another's now: they begin anew.
function Watch:beat()
  local alive
  self.with_store(self.path, "write", function(store)
    alive = self.lease:beat(store)
    if self.lease.others > 0 and self.progress.columns then
      store:choose(self.study_id)
      local counts = store:one "progress"
      self.progress:finished_are(counts.total - counts.pending - counts.running)
    end
  end, self.lock)
  if not alive then
    self:stop()
    self:look()
  end
end

-- ---- all of it ----

-- The limit on memory of each of so many workers. What this process holds is theirs, too, and there but once; of the rest each has
-- an even share, so that together they stay below the limit.
local function share_of_memory(workers)
  collectgarbage()
  ll.core.trim() -- what the plan has used would be held by each worker
  local limit, held = ll.core.memory_limit(), ll.core.memory() + math.ceil(collectgarbage "count" * 1024)
  return math.max(held + math.max(limit - held, 0) // workers, 1 << 24)
end

-- No trial of a search's round is left: proposes the next one, or prunes, and looks again. Whether there was something to do.
function Watch:advance()
  local advanced
  self.with_store(self.path, "write", function(store)
    store:transaction(function()
      local now = store:one("plan_of", { study = self.study_id })
      if now and now.plan_sha256 == self.plan then advanced = rounds.advance(self.study, store, self.study_id) end
    end)
    if advanced then self:look_at(store) end
  end, self.lock)
  if advanced then self.progress:advanced(advanced.pruned, advanced.trials) end
  return advanced ~= nil
end

-- No worker is left: is all done? Trials that are under way elsewhere are waited for.
function Watch:at_rest()
  self:look()
  if self.study.search and not self.part and not self.changed and self.pending == 0 and self.running == 0 and self:advance() then
    self.advanced = true
    return false
  end
  if self.changed or self.pending == 0 and self.running == 0 then return true end
  if self.given_up then
    self:beat() -- it begins anew: nothing can be claimed in the name of one that is not there
  elseif self.pending > 0 then
    -- All workers found nothing to do though trials are pending. That may be once, where one died as the others ended, and as
    -- often as other runners come and go.
    self.idle = self.advanced and 0 or (self.idle or 0) + 1
    if self.idle > 1 and self.lease.others == 0 then
      check.fail("%s: of its trials %d should be pending, and no worker can take one: the database is damaged (PRAGMA "
        .. "integrity_check in the sqlite3 shell may say where)", self.path, self.pending)
    end
    self.advanced = false
  else
    self.progress:waiting(self.running)
    ll.process.wait({}, 0.5)
  end
  return false
end

-- Whether a signal came, and whether it ends all at once: the first Ctrl-C lets the epochs under way end.
function Watch:signalled()
  local signal = ll.process.caught()
  if not signal then return false end
  if signal ~= "INT" or self.stopping or #self.workers == 0 then return true end
  self.progress:clear()
  say.err(text.clean(self.study.name), ": ending after the epochs under way; Ctrl-C again ends at once\n")
  self.stopping = "interrupted"
  for _, each in ipairs(self.workers) do each:ask() end
  return false
end

-- After a first look (look_at), until no trial is pending or running: "done"; "changed" if another run has changed the study;
-- "interrupted" if a signal came, "failed" if a trial failed and that ends the run.
function Watch:run()
  self.share = share_of_memory(math.max(math.min(self.jobs, self.pending), 1))
  ll.core.lend_threads(threads.each(self.threads, self.jobs, math.min(self.jobs, self.pending)))
  while true do
    while not self.stopping and not self.changed and self.pending > 0 and #self.workers < self.jobs do
      self:start()
      self.pending = self.pending - 1 -- no more workers than trials
    end
    if #self.workers == 0 then
      if self.stopping then return self.stopping end
      if self:at_rest() then return self.changed and "changed" or "done" end
    end
    -- trials that are left when others have ended get their cores
    ll.core.lend_threads(threads.each(self.threads, self.jobs, #self.workers))
    self.progress:draw()
    if #self.workers > 0 then ll.process.wait(self.workers, self.progress.columns and 0.5 or 1) end
    if self:signalled() then return "interrupted" end
    self.lock:check() -- a trial may take hours, and would find out only when it ends
    self:attend()
    if self.failed and self.fail_fast and not self.stopping then
      self.stopping = "failed"
      for _, each in ipairs(self.workers) do each:ask() end
    end
    if self.lease:is_due() then self:beat() end
  end
end

return M
