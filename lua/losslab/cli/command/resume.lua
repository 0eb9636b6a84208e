-- losslab resume: carries on the study of a database, from the script that the database holds.
local answer = require "losslab.cli.answer"

return {
  name = "resume",
  summary = "carry on the study of a database",
  arguments = { { "DB", "a result database" } },
  options = {
    { "--jobs", value = "N", kind = "integer", low = 1, doc = "worker processes (default: the cores)" },
    { "--retry", doc = "try trials that failed again" },
  },
  json = true,
  run = function(given, arguments)
    return answer.run(function(runner)
      return runner.resume(arguments[1], { jobs = given.jobs, retry = given.retry })
    end, arguments[1], given)
  end,
}
