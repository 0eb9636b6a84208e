-- losslab run: a study from its script to its database. What is done already is not done again.
local answer = require "losslab.cli.answer"

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
  },
  json = true,
  example = "losslab run study.lua --db study.db --jobs 4",
  notes = [[
Trials are known by what they compute: of a study that has changed only what is missing runs, and the database keeps what it does
not ask for any more. Any number of losslab run and resume may work on one database at once, also from several machines that share
a folder. Ctrl-C lets the epochs under way end, a second one ends at once; either way the same command carries on.

A module that the script requires may lie beside it (NAME.lua or NAME/init.lua); one of losslab or of the system that has its name
comes before it. The database keeps the script alone: resume, show, plot and gallery find no such module.

]] .. answer.about_json,
  run = function(given, arguments)
    local path = arguments[1]
    require "losslab.cli.beside".script(path)
    local study = require "losslab.study.study".load(path)
    local db = given.db or path:match "[^/]*$":gsub("%.lua$", "") .. ".db"
    if given.dry_run then return answer.look(study, db, given) end
    return answer.run(function(runner)
      return runner.run(study, { db = db, jobs = given.jobs, threads = given.threads, retry = given.retry, mix = given.mix,
        fail_fast = given.fail_fast })
    end, db, given, study.name)
  end,
}
