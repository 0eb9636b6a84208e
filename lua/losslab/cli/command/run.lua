-- losslab run: a study from its script to its database. What is done already is not done again.
local answer = require "losslab.cli.answer"
local arguments_of = require "losslab.cli.arguments"

-- What is for Slurm alone, and how losslab.run.submit calls it.
local OF_SLURM = { "array", "nodes", "partition", "time", "cpus", "sbatch", "setup", "resubmit" }

local function check_slurm(given)
  for _, name in ipairs(OF_SLURM) do
    if given[name] and not given.executor then arguments_of.wrong("--%s is for --executor slurm", name) end
  end
  if given.executor and (given.shard or given.trials or given.plan) then
    arguments_of.wrong("--executor makes the shards itself: --%s does not go with it", given.shard and "shard" or given.trials
      and "trials" or "plan")
  end
end

-- One shard of several has no answer: that is merged first.
local function run_shard(study, db, given)
  return (require "losslab.run.runner".run(study, { db = db, jobs = given.jobs, threads = given.threads, retry = given.retry,
    mix = given.mix, fail_fast = given.fail_fast, shard = given.shard, trials = given.trials, progress = given.progress }))
end

local function plan(study, db, given)
  local planned = require "losslab.run.runner".plan(study, { db = db, retry = given.retry })
  require "losslab.say".remark(require "losslab.text".clean(study.name), ": ", planned.new, " new, ", planned.there, " there; ",
    planned.pending, " to run\n")
end

return {
  name = "run",
  summary = "run a study, or carry it on; the answer goes to standard output",
  -- The script takes no arguments: the database holds the script alone, and must be enough to carry on.
  arguments = { { "STUDY.lua", "a script that ends in return ll.study { … }" } },
  options = {
    { "--db", value = "FILE", doc = "the database, a file's path (default: the script's name with .db, in the folder you are in)" },
    { "--jobs", value = "N", kind = "integer", low = 1, doc = "worker processes (default: the cores)" },
    { "--threads", value = "N", kind = "integer", low = 1, high = 256, doc = "threads of each (default: the cores left over)" },
    { "--retry", doc = "try trials that failed again" },
    { "--fail-fast", doc = "end at the first trial that fails" },
    { "--dry-run", doc = "say what would run, how long, in how much memory, and how large the database would get; run nothing" },
    { "--mix", doc = "carry on also where other instructions or libraries than before may give other last digits" },
    { "--plan", doc = "write what is to be run into the database, and run nothing" },
    { "--shard", value = "I/N", doc = "of N parts of the study's trials, by their keys, run part I alone, and print no answer" },
    { "--trials", value = "FILE", doc = "run the trials alone whose keys the file holds, a line each, and print no answer" },
    { "--progress", value = "FILE", doc = "a file that says as JSON how far it is, every few seconds" },
    { "--executor", value = "NAME", choices = { "slurm" }, doc = "slurm: as an array of Slurm's jobs, from a shared folder" },
    { "--array", value = "K", kind = "integer", low = 1, high = 100000, doc = "slurm: so many shards (default: --nodes, or 8)" },
    { "--nodes", value = "N", kind = "integer", low = 1, high = 100000, doc = "slurm: so many tasks at once, each on one node" },
    { "--partition", value = "P", doc = "slurm: the partition" },
    { "--time", value = "T", doc = "slurm: the time limit of a task, as 2:00:00" },
    { "--cpus", value = "C", kind = "integer", low = 1, high = 100000, doc = "slurm: cores of a task (1); it has as many workers" },
    { "--sbatch", value = "OPTIONS", doc = "slurm: more options of sbatch, as '--mem=4G --account=lab'" },
    { "--setup", value = "LINES", doc = "slurm: lines of shell before losslab in a task, as 'module load lua'" },
    { "--resubmit", value = "N", kind = "integer", low = 0, high = 1000,
      doc = "slurm: how often a shard that ends early with nothing new is submitted again (3)" },
  },
  json = true,
  example = { "losslab run study.lua --db study.db --jobs 4",
    "losslab run study.lua --db study.db --executor slurm --array 16 --cpus 4 --time 2:00:00" },
  notes = [[
Trials are known by what they compute: of a study that has changed only what is missing runs, and the database keeps what it does
not ask for any more. Any number of losslab run and resume may work on one database at once, also from several machines that share
a folder. Ctrl-C lets the epochs under way end, a second one ends at once; either way the same command carries on.

A module that the script requires may lie beside it (NAME.lua or NAME/init.lua); one of losslab or of the system that has its name
comes before it. The database keeps the script alone: resume, show, plot, report and gallery find none such.

Where standard error is no terminal, a line says now and then how far it is, and one that a trial failed.

--shard and --trials are for machines that share no file, and for schedulers of all kinds: each part has a database of its own, and
losslab merge makes one of them. With --executor slurm losslab does that itself: it cuts what is to be run into shards, submits a
job array, merges the database of each task that ends, and submits again what ended early. Everything is in the folder DB.slurm:
job.sh, the script of a task, may be read there. The same command takes up the jobs that are there; Ctrl-C cancels them. Of a study
with search each round is an array, or each rung of one where trials are ended early; it has no parts for --shard.

]] .. answer.about_json,
  run = function(given, arguments)
    local path = arguments[1]
    require "losslab.cli.beside".script(path)
    local study = require "losslab.study.study".load(path)
    local db = given.db or path:match "[^/]*$":gsub("%.lua$", "") .. ".db"
    check_slurm(given)
    if given.dry_run then return answer.look(study, db, given) end
    if given.plan then return plan(study, db, given) end
    if given.shard or given.trials then return run_shard(study, db, given) end
    if given.executor then
      return answer.run(function()
        return require "losslab.run.submit".run(study, { db = db, script = path, jobs = given.jobs, threads = given.threads,
          retry = given.retry, mix = given.mix, fail_fast = given.fail_fast, array = given.array, nodes = given.nodes,
          partition = given.partition, time = given.time, cpus = given.cpus, sbatch = given.sbatch, setup = given.setup,
          resubmit = given.resubmit })
      end, db, given, study.name)
    end
    return answer.run(function(runner)
      return runner.run(study, { db = db, jobs = given.jobs, threads = given.threads, retry = given.retry, mix = given.mix,
        fail_fast = given.fail_fast, progress = given.progress })
    end, db, given, study.name)
  end,
}
