-- Prints a study's answer on standard output, for show, run and resume.
local database = require "losslab.cli.database"
local report = require "losslab.results.report"
local say = require "losslab.say"
local text = require "losslab.text"

local M = {}

-- The table and the sentences of losslab.results.report.
function M.print(store, as_json, trust)
  local built = report.build(store, { trust = trust })
  if as_json then return database.print_json(built) end
  say.out((report.text(built, { width = text.room(), columns = text.room(), color = text.colours(1) }):match "^.*[^\n]"), "\n")
end

-- Runs a study by f(runner), then prints its answer. An interrupted run prints none.
function M.run(f, db, given)
  local code = f(require "losslab.run.runner")
  if code == 130 then return code end
  database.read(db, function(store) M.print(store, given.json) end)
  say.err("results in ", text.clean(db), "\n")
  return code
end

-- What a run would do, in two lines.
function M.look(study, db, given)
  local runner, progress = require "losslab.run.runner", require "losslab.run.progress"
  local outcome = require "losslab.run.outcome"
  local look = runner.look(study, { db = db, jobs = given.jobs })
  if given.json then return database.print_json(look) end
  say.out(text.clean(study.name), ": ", outcome.counts(look), string.format("; %d to run\n", look.total))
  if look.total > 0 then
    say.out(string.format("about %s with %d worker%s, and %s more in the database\n",
      look.seconds and progress.duration(look.seconds) or "an unknown time", look.jobs, look.jobs == 1 and "" or "s",
      text.bytes(look.bytes)))
  end
end

return M
