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
  say.out((report.text(built, { width = text.room(), color = text.colours(1) }):match "^.*[^\n]"), "\n")
end

-- Runs a study by f(runner), then prints its answer. An interrupted run prints none.
function M.run(f, db, given)
  local code = f(require "losslab.run.runner")
  if code == 130 then return code end
  database.read(db, function(store) M.print(store, given.json) end)
  say.err("results in ", text.clean(db), "\n")
  return code
end

return M
