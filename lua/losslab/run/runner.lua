-- Runs a study: plans it in the database, starts workers, watches them, and reports the outcome. Any number of runners may work
-- on a database at once, here and on other machines (run/lease.lua). The parent trains nothing and holds no open database while
-- it forks (SQLite's locks do not survive that); workers take trials from the database, so that a worker's death loses nothing.
local ll = require "losslab"
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local cuts = require "losslab.study.cuts"
local file = require "losslab.file"
local forecast = require "losslab.run.forecast"
local lease = require "losslab.run.lease"
local outcome = require "losslab.run.outcome"
local plan = require "losslab.study.plan"
local progress = require "losslab.run.progress"
local rehearsal = require "losslab.run.rehearsal"
local shards = require "losslab.run.shards"
local text = require "losslab.text"
local trust = require "losslab.results.trust"
local watch = require "losslab.run.watch"
local worker = require "losslab.run.worker"

local M = {}

local INTERRUPTED = 130

local tell = outcome.tell

-- Opens the database for f(store) and closes it again, whatever happens. lock [opt]: f is called only if the file at the path is
-- the one that is held, and one that was put in its place is not even opened.
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
M.with_store = with_store

-- Trials that failed are to be done again.
function M.retry(store)
  local failed = {}
  for row in store:rows "failed" do failed[#failed + 1] = row.trial end
  if #failed == 0 then return end
  store:transaction(function()
    for _, trial in ipairs(failed) do store:reset(trial) end
  end)
end

-- What is to be done, and what it costs by trial.worker's measure.
local function left(study, store)
  local sets, configs, count, cost = {}, {}, 0, 0
  for _, dataset in ipairs(cuts.datasets(study)) do sets[dataset.key or ""] = dataset end
  for _, config in ipairs(study.configs) do configs[config.key], configs[config.loss] = config, config end
  local set_of, config_of = {}, {}
  for row in store:rows "datasets" do set_of[row.id] = sets[row.key] end
  for row in store:rows "configs" do config_of[row.id] = configs[row.key] or study.search and configs[row.loss] end
  for row in store:rows "to_do" do
    count, cost = count + 1, cost + worker.cost(study, set_of[row.dataset_id], config_of[row.config])
  end
  return count, cost
end

-- Plans the study in the store, or the part of it that options.only selects (run/shards.lua). Gives what plan.write gives, and the
-- cost of what is pending. accept(count) [opt] raises where this computer may not go on; count: as plan.write gives it.
local function begin(study, store, options, accept)
  local checked, only = false, options.only
  local function accepted(count)
    if not checked and accept then accept(count) end
    checked = true
  end
  local planned = plan.write(study, store, function(count) -- a run that is refused leaves all as it is
    if only then only.check() end
    accepted(count)
  end, only)
  if only then only.bring(store) end
  local lacking = store:one("lacking", { study = planned.study }) -- also what an earlier run did not come to
  planned.lacking = lacking.free + lacking.held
  outcome.notes(study)
  outcome.planned(study, planned)
  store:release() -- of runners of this machine that are gone
  accepted(planned)
  store:run("set_ran", { study = planned.study })
  if options.retry then M.retry(store) end
  planned.pending, planned.cost = left(study, store)
  return planned
end

local function run(study, path, options, lock)
  local clock, planned, counts, watching = ll.system.clock(), nil, nil, nil
  with_store(path, "create", function(store)
    planned = begin(study, store, options, function(count)
      counts = store:one "progress"
      local to_do = counts.pending + counts.running + (options.retry and counts.failed or 0)
      if to_do > 0 or count.lacking > 0 then computer.check(store, options.mix, tell) end
    end)
    local pending, cost = planned.pending, planned.cost
    if pending > 0 then forecast.warn(study, options.jobs, pending, tell) end
    counts = store:one "progress"
    local total = counts.total
    if study.search and not options.only and study.search.budget.trials then -- those of later rounds, too
      total = math.max(total, study:trials())
      cost = pending > 0 and cost * (pending + total - counts.total) / pending or cost
    end
    watching = watch.new { study = study, path = path, lock = lock, with_store = with_store, study_id = planned.study,
      plan = planned.plan, lease = lease.new(store:join()), jobs = options.jobs, threads = options.threads,
      fail_fast = options.fail_fast, pending = pending, part = options.only ~= nil,
      progress = progress.new(study, total, counts.total - counts.pending - counts.running, cost, options.progress) }
    watching:look_at(store) -- trials that lack something are to be done, too
  end, lock)
  ll.process.catch()
  local fine, finished = pcall(watching.run, watching)
  watching:stop()
  ll.process.uncatch()
  watching.progress:ended()
  local function leave(store) store:release(watching.lease.runner) end
  if not fine then
    local there, gone = pcall(lock.check, lock)
    if there then pcall(with_store, path, "write", leave, lock)
    else finished = gone end -- there is nobody to take leave of; and of all that then fails this is why
    check.fail("%s", check.plain(finished))
  end
  return with_store(path, "write", function(store)
    leave(store)
    store:choose(planned.study)
    counts = store:one "progress"
    if finished == "interrupted" then
      tell("%s: interrupted after %d of %d trials; the same command carries on", text.clean(study.name),
        counts.total - counts.pending - counts.running, counts.total)
      return INTERRUPTED, counts
    end
    counts.completed, counts.not_completed = watching.completed, watching.refusals
    outcome.summary(study, store, counts, ll.system.clock() - clock, finished)
    local now = store:one("plan_of", { study = planned.study })
    if finished == "changed" or now and now.plan_sha256 ~= planned.plan then
      tell("losslab: %s: another run has changed the study meanwhile, and carries on with its version", path)
      return 1, counts
    end
    if finished == "failed" then return 1, counts end
    local wrong = outcome.wrong(store, path, counts, options.only ~= nil)
    return (counts.failed > 0 or wrong or watching.refusals > 0) and 1 or 0, counts
  end, lock)
end

-- Whether the database has this plan already, or a part of it where a part is asked for: then every trial was tried before it was
-- planned.
local function is_planned(study, path, part)
  return file.exists(path) and with_store(path, "create", function(store)
    for row in store:rows "known_studies" do
      if row.name == study.name and row.plan_sha256 == plan.identity(study) and (part or plan.has_all(study, row)) then
        return true
      end
    end
    return false
  end)
end

-- f(path, lock) with the hold on the database of a study that may be run.
local function held(study, options, f)
  local path = check.database("db", options.db)
  if not is_planned(study, path, options.only) then rehearsal.check(study) end
  if study.script ~= "" then trust.remember(study.script) end
  with_store(path, "create", function() end) -- made, or refused, before it is held
  local lock <close>, owner = ll.store.lock(path)
  if not lock then
    local who = owner > 0 and " (process " .. owner .. ")" or ""
    check.fail("%s: an older losslab%s runs its study; wait for it, or stop it", path, who)
  end
  return f(path, lock)
end

-- Runs a study, or carries it on. options: db, the database's path; jobs, how many workers (default: the cores); threads, of each
-- worker (default: the cores that are left over, run/threads.lua); retry, whether trials that failed are tried again; fail_fast,
-- whether the first that fails ends the run; mix, whether trials are added to those of a computer that may give other bits; shard
-- ("3/16") or trials (a file of keys), which of the trials alone (run/shards.lua); progress, a file that says how far it is. Gives
-- the exit code (0, 1 if any trial failed, 130 if interrupted) and how many trials are total, done, diverged, failed, pending.
-- Errors raise: a bad study before anything is written.
function M.run(study, options)
  check.fields("run", options, { "db", "jobs", "threads", "retry", "mix", "fail_fast", "shard", "trials", "progress" })
  check.database("db", options.db)
  local how = { db = options.db, retry = options.retry, mix = options.mix, fail_fast = options.fail_fast,
    progress = options.progress }
  how.jobs = check.integer("jobs", options.jobs or ll.system.cores(), 1, 1000)
  how.threads = options.threads and check.integer("threads", options.threads, 1, 256)
  how.only = shards.asked(options)
  if how.only and study.search and not how.only.proposed then
    check.fail("a study with search has no parts that could be told beforehand: which trials it asks for depends on how others "
      .. "end; losslab run --executor slurm runs each round of it as shards, and several losslab run may share one --db")
  end
  return held(study, how, function(path, lock) return run(study, path, how, lock) end)
end

-- Writes what a study wants into the database, and runs nothing. options: db, retry; accept, a function of what plan.write gives
-- that raises where nothing is to be written. Gives what plan.write gives, with pending and cost: how many trials are to be done,
-- and worker.cost of them; counts: the study's progress.
function M.plan(study, options)
  check.fields("plan", options, { "db", "retry", "accept" })
  return held(study, options, function(path, lock)
    return with_store(path, "create", function(store)
      local planned = begin(study, store, options, options.accept)
      planned.counts = store:one "progress"
      return planned
    end, lock)
  end)
end

-- What a run would do, without doing it: { new, there, gone, lacking, to_do = what is to be run (plan.look), seconds and bytes
-- [opt]: how long with so many jobs, and how much larger the database gets, as far as that can be told }.
function M.look(study, options)
  check.fields("look", options, { "db", "jobs", "retry" })
  local path, jobs = check.database("db", options.db), options.jobs or ll.system.cores()
  rehearsal.check(study)
  local function look(store)
    if store then require "losslab.results.merge".check_keys(store) end
    return forecast.of(study, store, plan.look(study, store, options.retry), jobs)
  end
  if file.exists(path) then return with_store(path, "read", look) end
  return look(nil)
end

-- Carries on the study of a database from the script that it holds, which runs with all the rights of this process. options:
-- jobs, threads, retry, fail_fast, mix; study, a name where there are several (the one that was run last); trust: a script that
-- the user has not run before (results/trust.lua) is run as well, or script: the text that was agreed to.
function M.resume(path, options)
  local o = check.fields("resume", options or {}, { "jobs", "threads", "retry", "mix", "fail_fast", "trust", "script", "study" })
  check.database("db", path)
  local row = with_store(path, "read", function(store)
    if o.study then store:choose(require "losslab.results.studies".id(store, o.study)) end
    return store:one "study"
  end)
  if not row then check.fail("%s holds no study", path) end
  if (row.script or "") == "" then check.fail("%s holds no script (its study was made at a prompt); run that study again", path) end
  if not (o.trust or row.script == o.script or trust.known(row.script)) then
    check.fail("%s holds a script that was not run here before (sha256 %s); trust = true runs it", path, trust.hash(row.script))
  end
  local study = require "losslab.study.study".of_script(row.script, "=" .. path)
  study.file = row.file
  return M.run(study, { db = path, jobs = o.jobs, threads = o.threads, retry = o.retry, mix = o.mix, fail_fast = o.fail_fast })
end

return M
