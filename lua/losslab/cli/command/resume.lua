-- losslab resume: carries on the study of a database, from the script that the database holds.
local answer = require "losslab.cli.answer"
local arguments_of = require "losslab.cli.arguments"
local database = require "losslab.cli.database"
local program = require "losslab.program"
local say = require "losslab.say"
local text = require "losslab.text"
local trust = require "losslab.results.trust"

-- Asks whether a script that the user has not run may be; where there is nobody to ask, raises with what to do.
local function ask(db, script)
  local lines = select(2, script:gsub("\n", "\n")) + (script:find "[^\n]$" and 1 or 0)
  say.note(string.format("%s holds a script that was not run here before: %d lines, sha256 %s", text.clean(db), lines,
    trust.hash(script)))
  local how = string.format("losslab show %s --script shows it", text.clean(db))
  if not (program.terminal(0) and program.terminal(2)) then
    error(how .. ", losslab resume --trust runs it with all your rights", 0)
  end
  say.err(how, ". Run it, with all your rights? [y/N] ")
  local said = io.read "l"
  if not said or not said:find "^%s*[yY]" then arguments_of.wrong "the script was not run" end
end

return {
  name = "resume",
  summary = "carry on the study of a database",
  arguments = { { "DB", "a result database" } },
  options = {
    { "--jobs", value = "N", kind = "integer", low = 1, doc = "worker processes (default: the cores)" },
    { "--threads", value = "N", kind = "integer", low = 1, high = 256, doc = "threads of each (default: the cores left over)" },
    { "--retry", doc = "try trials that failed again" },
    { "--fail-fast", doc = "end at the first trial that fails" },
    database.study,
    { "--trust", doc = "run the database's script without asking" },
    { "--mix", doc = "carry on also where other instructions or libraries than before may give other last digits" },
  },
  json = true,
  example = "losslab resume study.db",
  notes = [[
The study's script, which the database holds, is run with all your rights, as losslab run would run it. One that you have not run
before (by losslab run, or resumed) is only run once you say so; losslab show DB --script shows it.

]] .. answer.about_json,
  run = function(given, arguments)
    local db = arguments[1]
    local row = database.read(db, function(store) return store:one "study" end, given.study, "as it is")
    local script = row and row.script or ""
    if script ~= "" and not given.trust and not trust.known(script) then ask(db, script) end
    return answer.run(function(runner)
      local how = { jobs = given.jobs, threads = given.threads, retry = given.retry, mix = given.mix, fail_fast = given.fail_fast,
        script = script, study = row and row.name }
      return database.explained(db, runner.resume, db, how)
    end, db, given, row and row.name)
  end,
}
