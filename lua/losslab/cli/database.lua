-- What several commands do with a result database: open it, read rows of it as plain tables.
local ll = require "losslab"
local check = require "losslab.check"
local export = require "losslab.results.export"
local failure = require "losslab.cli.failure"
local json = require "losslab.json"
local say = require "losslab.say"
local text = require "losslab.text"

local M = {}

-- Of the verbs that show what a study's own script says.
M.trust = { "--trust", doc = "run the database's script also where this system cannot shut it off" }
M.about_scripts = [[
A study's finding and figures come from the script in its database, which is run for them in a process that can only compute: no
files, network or programs, and limits of time, memory and output.
]]

local NOT_OURS = " holds values that no study writes, or losslab is at fault (LOSSLAB_TRACE=1 shows where): "

-- The message for an error while reading a database, with its path. Where rows were damaged or changed by hand, our code meets
-- values that it cannot work with, and Lua's own message is all there is to report.
local function explain(path, err)
  if type(err) ~= "string" or err == "interrupted" then return err end
  local words = check.plain(err)
  if not words:find(path, 1, true) then words = text.clean(path) .. (words == err and ": " or NOT_OURS) .. words end
  return failure.reworded(words, err)
end

-- Calls f(…), which works with the database at path. Errors name the path. The modules that f uses must be loaded before: an error
-- in loading one is no error of the database.
function M.explained(path, f, ...)
  local results = table.pack(xpcall(f, function(err) return explain(path, err) end, ...))
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- Calls f(store) with the database open for reading.
function M.read(path, f)
  check.database("the database", path)
  return M.explained(path, function()
    local store <close> = ll.store.open(path, { mode = "read" })
    return f(store)
  end)
end

-- The rows of a statement as tables that can be printed as JSON: JSON columns decoded, what is not finite left out.
function M.rows(store, statement, ...)
  local all = json.array {}
  for row in store:rows(statement, ...) do
    for column, value in pairs(row) do
      if export.is_json[column] then row[column] = json.decode(value) end
      if type(value) == "number" and (value ~= value or math.abs(value) == math.huge) then row[column] = nil end
    end
    all[#all + 1] = row
  end
  return all
end

M.print_json = say.json

function M.number(x, digits) return x and text.number(x, digits or 4) or "-" end

return M
