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
    { "--retry", doc = "try trials that failed again" },
    { "--mix", doc = "carry on also where other instructions or libraries than before may give other last digits" },
  },
  json = true,
  notes = [[
A module that the script requires may lie beside it (NAME.lua or NAME/init.lua); one of losslab or of the system that has its name
comes before it. The database keeps the script alone: resume, show, plot and gallery find no such module.]],
  run = function(given, arguments)
    local path = arguments[1]
    require "losslab.cli.beside".script(path)
    local study = require "losslab.study.study".load(path)
    local db = given.db or path:match "[^/]*$":gsub("%.lua$", "") .. ".db"
    return answer.run(function(runner)
      return runner.run(study, { db = db, jobs = given.jobs, retry = given.retry, mix = given.mix })
    end, db, given)
  end,
}
