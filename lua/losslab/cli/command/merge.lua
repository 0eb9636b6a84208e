-- losslab merge: several databases as one.
local database = require "losslab.cli.database"
local merge = require "losslab.results.merge"
local say = require "losslab.say"
local text = require "losslab.text"

local function trials(n, what) return n > 0 and string.format("%d %s", n, what) or nil end

local function line(row)
  if row.itself then return "is that database itself" end
  local parts = {}
  for _, each in ipairs { { row.added, "new" }, { row.filled, "that were still to be done" }, { row.there, "there already" } } do
    parts[#parts + 1] = trials(each[1], each[2])
  end
  local count = string.format("%d trial%s", row.trials, row.trials == 1 and "" or "s")
  return #parts > 0 and count .. ": " .. table.concat(parts, ", ") or count
end

return {
  name = "merge",
  summary = "add what databases hold to one",
  arguments = { { "OUT", "the database that all goes into; made if it is not there" },
    { "DB", "databases to be added; they stay as they are", many = true } },
  json = true,
  example = "losslab merge all.db first.db second.db",
  notes = [[
A trial is known by its key, a hash of all that decides its numbers, so one that several databases hold is there once; merging the
same again changes nothing. One that is done goes before one that failed or is still to be done. Two that are done under one key
with different numbers are a conflict: it is told with the first place that differs, and OUT is left as it was. Studies of one name
are one study, as its script that was run last has it; every version of the script is kept, and every trial.]],
  run = function(given, arguments)
    local out = arguments[1]
    local rows = database.explained(out, merge.merge, out, { table.unpack(arguments, 2) })
    if given.json then return database.print_json { file = out, merged = require "losslab.json".array(rows) } end
    for _, row in ipairs(rows) do say.out(text.clean(row.path), ": ", line(row), "\n") end
    say.remark("all in ", text.clean(out), "\n")
  end,
}
