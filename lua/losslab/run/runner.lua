-- Runs a study: plans it in the database, starts workers, watches them, and reports the outcome. The parent trains nothing and
-- holds no open database while it forks (SQLite's locks do not survive that); workers take trials from the database, so that a
-- worker's death loses nothing.
local ll = require "losslab"
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local file = require "losslab.file"
local say = require "losslab.say"
local cuts = require "losslab.study.cuts"
local plan = require "losslab.study.plan"
local progress = require "losslab.run.progress"
local rehearsal = require "losslab.run.rehearsal"
local text = require "losslab.text"
local trust = require "losslab.results.trust"
local worker = require "losslab.run.worker"

local M = {}

local INTERRUPTED, DEATHS = 130, 3

-- Opens the database for f(store) and closes it again, whatever happens. lock [opt]: f is called only if the file at the path is
-- the one that is locked, and one that was put in its place is not even opened.
local function with_store(path, mode, f, lock)
  local fine, opened = pcall(function()
    if lock then lock:check() end
    return ll.store.open(path, { mode = mode, timeout = worker.PATIENCE })
  end)
  if not fine then check.fail("%s", check.plain(opened)) end
  local store <close> = opened
  if lock then lock:check() end
  return f(store)
end

-- ---- watching ----

local Watch = {}
Watch.__index = Watch

function Watch:start()
  local study, path, lock, share = self.study, self.path, self.lock, self.share
  local made = ll.process.fork(function(send)
    ll.core.memory_limit(share)
    local fine, message = pcall(worker.work, study, path, send, lock)
    if not fine then send("!" .. tostring(message)) end
  end)
  self.workers[#self.workers + 1] = made
  self.pids[made] = made:pid()
end

-- Between two transactions, if that can be had soon: a worker killed in one leaves a journal, which would be beside another file if
-- the database was moved.
function Watch:stop()
  local held = #self.workers > 0 and self.lock:hold_writers(5)
  for _, each in ipairs(self.workers) do each:kill() end
  self.workers = {}
  if held then self.lock:let_writers() end
end

-- Handles the end of a worker. If it had a trial, it was killed or its study's code ended the process: the trial becomes pending
-- again, or failed if it has ended three workers. Only this worker's trial is touched: if several workers died at once, each has
-- its own call, which finds its trial by the pid that still stands in the row.
function Watch:worker_ended(pid, how, what)
  local killed = how == "signal"
  with_store(self.path, "write", function(store)
    local trial = 0 -- it had none
    for row in store:rows "running" do
      if row.worker == pid then trial = row.trial end
    end
    if trial == 0 and not killed then
      if what ~= 0 then check.fail("worker %d ended with code %d", pid, what) end
      self.pending = 0 -- it ended because it found no trial left
      return
    end
    self.advanced = true -- it counts towards the end of that trial
    local deaths = (self.deaths[trial] or 0) + 1
    self.deaths[trial] = deaths
    if deaths == DEATHS then
      if trial == 0 then check.fail("no worker lives long enough to take a trial: the last was killed by SIG%s", what) end
      local end_of_it = killed and "was killed by SIG" .. what or string.format("left with code %d (os.exit)", what)
      store:run("fail", { trial = trial, error = string.format("its worker %s, %d times", end_of_it, DEATHS) })
      self.progress:add({ status = "failed" }, self.cost(trial))
    elseif trial ~= 0 then
      store:run("reset", { trial = trial }) -- a trial's rows are written when it ends, so there are none yet
    end
    self.pending = store:one("progress").pending
  end, self.lock)
end

-- How many trials are pending once no worker is left. Some may be: a killed worker's trial becomes pending again, perhaps after the
-- others found none and ended.
function Watch:count_pending()
  self.pending = with_store(self.path, "write", function(store)
    store:release { all = true }
    return store:one("progress").pending
  end, self.lock)
  return self.pending
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
    self.advanced = true
    local set, config = self.parts_of(message.trial)
    message.dataset, message.loss = set and set.name or "?", config and config.loss or "?"
    self.progress:add(message, self.cost(message.trial))
  end
end

-- Receives from every worker, and handles those that ended.
function Watch:attend()
  local still = {}
  for _, each in ipairs(self.workers) do
    if self:receive(each) ~= "ended" then still[#still + 1] = each
    else
      self:worker_ended(self.pids[each], each:join())
    end
  end
  self.workers = still
end

-- The limit on memory of each of so many workers. What this process holds is theirs, too, and there but once; of the rest each has
-- an even share, so that together they stay below the limit.
local function share_of_memory(workers)
  collectgarbage()
  local limit, held = ll.core.memory_limit(), ll.core.memory() + math.ceil(collectgarbage "count" * 1024)
  return math.max(held + math.max(limit - held, 0) // workers, 1 << 24)
end

-- Until no trial is pending or running. False if a signal came.
function Watch:run(jobs)
  self.share = share_of_memory(math.max(math.min(jobs, self.pending), 1))
  while true do
    while self.pending > 0 and #self.workers < jobs do
      self:start()
      self.pending = self.pending - 1 -- no more workers than trials
    end
    if #self.workers == 0 then
      if self:count_pending() == 0 then return true end
      -- All workers found nothing to do though trials are pending. That may be once, where one died as the others ended.
      if not self.advanced then
        check.fail("%s: of its trials %d should be pending, and no worker can take one: the database is damaged (PRAGMA "
          .. "integrity_check in the sqlite3 shell may say where)", self.path, self.pending)
      end
      self.advanced = false
    end
    self.progress:draw()
    if #self.workers > 0 then ll.process.wait(self.workers, self.progress.columns and 0.5 or 1) end
    if ll.process.caught() then return false end
    self.lock:check() -- a trial may take hours, and would find out only when it ends
    self:attend()
  end
end

-- ---- the outcome ----

local function tell(format, ...) say.err(string.format(format, ...), "\n") end

local function summary(study, store, counts, seconds)
  local parts = { counts.done .. " done" }
  if counts.diverged > 0 then parts[#parts + 1] = counts.diverged .. " diverged" end
  if counts.failed > 0 then parts[#parts + 1] = counts.failed .. " failed" end
  tell("%s: %d trials, %s, in %s", text.clean(study.name), counts.total, table.concat(parts, ", "), progress.duration(seconds))
  local shown, seen = 0, {}
  for row in store:rows "failed" do
    local said = (row.error or "no message"):match "^[^\n]*"
    if not seen[said] and shown < 5 then
      seen[said], shown = true, shown + 1
      local trial = store:one("trial", row.trial)
      tell("losslab: trial %d (%s, %s, fold %d, seed %d) failed: %s", row.trial, text.clean(trial.dataset),
        text.clean(trial.loss), trial.fold, trial.seed, text.clean(said))
    end
  end
end

-- What reading had to say of the data.
local function say_notes(study)
  for _, dataset in ipairs(cuts.datasets(study)) do
    local where = text.clean(dataset.set.path or dataset.name)
    for _, note in ipairs(dataset.set.notes) do tell("losslab: %s: %s", where, text.clean(note)) end
  end
end

-- A function from a trial's id to its data set and configuration, nothing for ids of a damaged database; ids count in the order
-- data set, seed, fold, configuration.
local function parts_of(study)
  local sets, each = cuts.datasets(study), #study.seeds * (study.split.folds or 1) * #study.configs
  return function(trial) return sets[(trial - 1) // each + 1], study.configs[(trial - 1) % #study.configs + 1] end
end

-- A function from a trial's id to its cost.
local function costs(study, of)
  return function(trial)
    local set, config = of(trial)
    if not set or not config then return 0 end
    return (set.set.rows + 1000) * (study.trial and 1 or config.train.epochs)
  end
end

-- ---- running ----

local function run(study, path, options, lock)
  local jobs, clock = options.jobs, ll.system.clock()
  local of = parts_of(study)
  local cost, left, counts = costs(study, of), 0, nil
  with_store(path, "create", function(store)
    plan.write(study, store)
    say_notes(study)
    counts = store:one "progress"
    local to_do = counts.pending + counts.running + (options.retry and counts.failed or 0)
    if to_do > 0 then computer.check(store, options.mix, tell) end
    store:release { all = true } -- the lock is ours, and no worker of ours runs yet
    if options.retry then
      store:transaction(function()
        for row in store:rows "failed" do store:run("reset", { trial = row.trial }) end
      end)
    end
    for row in store:rows "trials" do
      if row.status == "pending" then left = left + cost(row.trial) end
    end
    counts = store:one "progress"
  end, lock)
  local watch = setmetatable({ study = study, path = path, lock = lock, cost = cost, parts_of = of, workers = {}, pids = {},
    deaths = {}, pending = counts.pending,
    progress = progress.new(study, counts.total, counts.total - counts.pending, left) }, Watch)
  ll.process.catch()
  local fine, finished = pcall(watch.run, watch, jobs)
  watch:stop()
  ll.process.uncatch()
  watch.progress:clear()
  if not fine then check.fail("%s", check.plain(finished)) end -- trials left running are released by the next run
  return with_store(path, "write", function(store)
    if not finished then store:release { all = true } end
    counts = store:one "progress"
    if not finished then
      tell("%s: interrupted after %d of %d trials; the same command carries on", text.clean(study.name),
        counts.done + counts.diverged + counts.failed, counts.total)
      return INTERRUPTED, counts
    end
    summary(study, store, counts, ll.system.clock() - clock)
    local others = counts.total - counts.done - counts.diverged - counts.failed
    if others > 0 then tell("losslab: %s: %d trials have a status that none has: the database is damaged", path, others) end
    return (counts.failed > 0 or others > 0) and 1 or 0, counts
  end, lock)
end

-- Runs a study, or carries it on. options: db, the database's path; jobs, how many workers (default: the cores); retry, whether
-- trials that failed are tried again; mix, whether trials are added to those of a computer that may give other bits. Gives the exit
-- code (0, 1 if any trial failed, 130 if interrupted) and how many trials are total, done, diverged, failed, pending. Errors raise:
-- a bad study before anything is written.
function M.run(study, options)
  check.fields("run", options, { "db", "jobs", "retry", "mix" })
  local path = check.database("db", options.db)
  local jobs = check.integer("jobs", options.jobs or ll.system.cores(), 1, 1000)
  local planned = file.exists(path) and with_store(path, "create", function(store) return store:one "study" ~= nil end)
  if not planned then rehearsal.check(study) end
  if study.script ~= "" then trust.remember(study.script) end
  with_store(path, "create", function() end) -- made, or refused, before it is locked
  local lock <close>, owner = ll.store.lock(path)
  if not lock then
    local who = owner > 0 and " (process " .. owner .. ")" or ""
    check.fail("%s: another losslab%s runs this study; wait for it, or stop it", path, who)
  end
  return run(study, path, { jobs = jobs, retry = options.retry, mix = options.mix }, lock)
end

-- Carries on the study of a database from the script that it holds, which runs with all the rights of this process. options:
-- jobs, retry; trust: a script that the user has not run before (results/trust.lua) is run as well, or script: the text that was
-- agreed to.
function M.resume(path, options)
  local o = check.fields("resume", options or {}, { "jobs", "retry", "mix", "trust", "script" })
  check.database("db", path)
  local row = with_store(path, "read", function(store) return store:one "study" end)
  if not row then check.fail("%s holds no study", path) end
  if (row.script or "") == "" then check.fail("%s holds no script (its study was made at a prompt); run that study again", path) end
  if not (o.trust or row.script == o.script or trust.known(row.script)) then
    check.fail("%s holds a script that was not run here before (sha256 %s); trust = true runs it", path, trust.hash(row.script))
  end
  local study = require "losslab.study.study".of_script(row.script, "=" .. path)
  return M.run(study, { db = path, jobs = o.jobs, retry = o.retry, mix = o.mix })
end

return M
