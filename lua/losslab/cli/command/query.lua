-- losslab query: what a statement of SQL gives, read only, with losslab's own functions. --extension: where those functions are for
-- other programs that use SQLite.
local arguments_of = require "losslab.cli.arguments"
local cells = require "losslab.cli.query_rows"
local check = require "losslab.check"
local failure = require "losslab.cli.failure"
local ll = require "losslab"
local program = require "losslab.program"
local say = require "losslab.say"
local text = require "losslab.text"
local wholeness = require "losslab.cli.wholeness"

-- Where libraries are installed beside this program; Debian has a folder for each kind of machine in lib.
local function places(folder)
  local out, lfs = { "/../lib/losslab/", "/../build/", "/../" }, require "lfs"
  if lfs.attributes(folder .. "/../lib", "mode") == "directory" then
    for entry in lfs.dir(folder .. "/../lib") do
      if entry:find "%-linux%-gnu" then table.insert(out, 2, "/../lib/" .. entry .. "/losslab/") end
    end
  end
  return out
end

-- The loadable extension, as it is installed or built beside this program.
local function extension()
  local folder, tried = program.folder or ".", {}
  for _, place in ipairs(places(folder)) do
    local path = folder .. place .. "losslab_sqlite.so"
    local plain = path:gsub("/[^/]+/%.%./", "/")
    if require "lfs".attributes(path, "mode") == "file" then return plain end
    tried[#tried + 1] = plain
  end
  error("the extension is not there: " .. text.clean(table.concat(tried, ", ")), 0)
end

-- What is wrong is wrong in the statement, if it is not the file, which an error in opening it names.
local function worded(err)
  return type(err) == "string" and err ~= "interrupted" and failure.reworded(check.plain(err), err) or err
end

local function ask(path, sql, format)
  check.database("the database", path)
  local fine, why = xpcall(function()
    local store <close> = ll.store.open(path, { mode = "read", functions = true })
    local next_row, _, _, _, names = store:cells(sql)
    if format == "table" then
      local room = text.room()
      if cells.write(format, names, next_row, say.out, room) == 0 and room then say.remark "losslab: no rows\n" end
      return wholeness.check(store, path)
    end
    local put, finish = say.export(format == "csv" and "csv" or "json")
    cells.write(format, names, next_row, put)
    finish()
    wholeness.check(store, path)
  end, worded)
  if not fine then error(why, 0) end
end

return {
  name = "query",
  summary = "ask a database in SQL, read only: a table, CSV or JSON",
  arguments = { { "DB", "a result database", optional = true },
                { "SQL", "one statement, as \"SELECT * FROM leaderboard\" (-: from standard input)", optional = true } },
  options = {
    { "--format", value = "FORMAT", choices = cells.formats, doc = "table (default), csv, json, or jsonl: an object a line" },
    { "--extension", doc = "print the path of the same functions for sqlite3, Python and R: .load PATH" },
  },
  json = true,
  example = "losslab query study.db 'SELECT * FROM leaderboard' --format csv",
  notes = [[
What is in a database: losslab query DB "SELECT name, sql FROM sqlite_schema", and docs/database.md.
Beside SQLite's own functions there are

  METRIC(trial, epoch, split, …)    every metric of losslab, as auc(1, 'best', 'test'), of the scores that
                                    are kept, NULL where none are; options as texts: 'max_fpr=0.05'
  ll_metric(name, trial, epoch, split)   the same by the name in the table metric
  METRIC_of(score, label, …)        the same as an aggregate over rows
  scores(trial, epoch, split)    a table: row, column, score, label
  labels(trial, split)           a table: row, label
  ll_unpack(blob, type, index)      the numbers of a blob ('float32', 'uint32'), as JSON or as a table

A blob is shown by its size, in CSV and JSON in hexadecimal digits. A statement that takes more steps than a
study can need is ended; LOSSLAB_SQL_STEPS allows another number (0: any).
]],
  run = function(given, arguments)
    if given.extension then
      if #arguments > 0 then arguments_of.wrong('--extension takes no words; "%s" is one', text.clean(arguments[1])) end
      say.out(extension(), "\n")
      return 0
    end
    if not arguments[1] then arguments_of.wrong "DB is missing" end
    if not arguments[2] then arguments_of.wrong("SQL is missing: losslab query %s \"SELECT * FROM leaderboard\"",
      text.clean(arguments[1])) end
    local format = given.format or given.json and "json" or "table"
    if format:find "," then arguments_of.wrong("--format takes one of %s", table.concat(cells.formats, ", ")) end
    if given.json and format ~= "json" then arguments_of.wrong("--json and --format %s exclude each other", format) end
    ask(arguments[1], arguments[2] == "-" and io.read "a" or arguments[2], format)
  end,
}
