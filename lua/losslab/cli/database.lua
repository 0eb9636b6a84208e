-- What several commands do with a result database: open it, read rows of it as plain tables.
local ll = require "losslab"
local check = require "losslab.check"
local export = require "losslab.results.export"
local failure = require "losslab.cli.failure"
local json = require "losslab.json"
local say = require "losslab.say"
local studies = require "losslab.results.studies"
local text = require "losslab.text"
local wholeness = require "losslab.cli.wholeness"

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

-- Calls f(…), which works with the database at path. Errors name the path. The modules that f uses must be loaded before: an
-- error in loading one is no error of the database.
function M.explained(path, f, ...)
  local results = table.pack(xpcall(f, function(err) return explain(path, err) end, ...))
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- Of the verbs that are about one study of a file which may hold several.
M.study = { "--study", value = "NAME", doc = "which study, where the database holds several (default: the one that was run last)" }

-- Makes a store show the study of that name, or, without one, that which was run last, saying which others there are.
local function choose(store, name)
  local all = studies.list(store)
  if name then
    local id = studies.id(store, name)
    if #all > 1 then store:choose(id) end
  elseif #all > 1 then
    local others = {}
    for i = 1, #all - 1 do others[i] = text.shorten(all[i].name, 40) end
    say.remark("losslab: ", string.format("%s: study %s, which was run last; --study shows another: %s", text.clean(store:path()),
      text.shorten(all[#all].name, 40), table.concat(others, ", ")))
  end
end

-- Calls f(store) with the database open for reading, about the study of that name [opt] or the one that was run last. study may
-- be { quiet = true }: that one, and nothing is said of others. What f gives is given unless the file turns out to be damaged, or
-- as_is: then only what f itself meets is told.
function M.read(path, f, study, as_is)
  check.database("the database", path)
  return M.explained(path, function()
    local store <close> = ll.store.open(path, { mode = "read" })
    if type(study) ~= "table" then choose(store, study) end
    local results = table.pack(f(store))
    if not as_is then wholeness.check(store, path) end
    return table.unpack(results, 1, results.n)
  end)
end

-- What several databases are called where they stand side by side: by their files' names, by their paths where two would be alike.
function M.called(paths)
  local names, seen = {}, {}
  for i, path in ipairs(paths) do
    names[i] = path:match "[^/]*$"
    seen[names[i]] = (seen[names[i]] or 0) + 1
  end
  for i, path in ipairs(paths) do names[i] = text.clean(seen[names[i]] > 1 and path or names[i]) end
  return names
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
