-- losslab export: a table of a database as CSV or JSON.
local check = require "losslab.check"
local export = require "losslab.results.export"
local database = require "losslab.cli.database"
local say = require "losslab.say"
local text = require "losslab.text"

local names, rows = check.keys(export.tables), {}
for i, name in ipairs(names) do rows[i] = { name, export.tables[name][2] } end

return {
  name = "export",
  summary = "write a table of a database as CSV or JSON",
  arguments = { { "DB", "a result database" }, { "WHAT", "the table (default: leaderboard)", optional = true } },
  options = {
    { "--format", value = "FORMAT", choices = { "csv", "json" }, doc = "csv (default), or json" },
    { "--out", value = "FILE", doc = "where to (default: standard output)" },
  },
  notes = "WHAT is one of\n" .. text.columns(rows, { indent = "  " }),
  run = function(given, arguments)
    local what = arguments[2] or "leaderboard"
    if not export.tables[what] then require "losslab.cli.arguments".unknown("there is no table", what, names) end
    database.read(arguments[1], function(store)
      local format = given.format or given.out and given.out:match "%.json$" and "json" or "csv"
      local put, finish = say.export(format)
      local count = export.write(store, { what = what, format = format, to = given.out or put })
      if given.out then say.err(string.format("%d rows in %s\n", count, text.clean(given.out))) else finish() end
    end)
  end,
}
