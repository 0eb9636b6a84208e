-- losslab diff: whether two databases hold the same, and where not.
local arguments_of = require "losslab.cli.arguments"
local database = require "losslab.cli.database"
local diff = require "losslab.results.diff"
local say = require "losslab.say"
local text = require "losslab.text"

-- Trouble is told by another code than a difference, as that of the diff for files.
local TROUBLE = 2

local function compare(paths, given)
  local names = database.called(paths)
  local result = database.read(paths[1], function(one)
    return database.read(paths[2], function(other)
      return one:transaction(function()
        return other:transaction(function()
          return diff.diff({ store = one, name = names[1] }, { store = other, name = names[2] })
        end)
      end)
    end, { quiet = true })
  end, { quiet = true })
  if given.json then
    result.files = paths
    database.print_json(result)
  elseif result.equal then
    say.out "equal\n"
  else
    local room = text.room()
    local function line(words) say.out(room and text.wrap(words, room) or words, "\n") end
    for _, each in ipairs(result.differences) do
      line((each.study and "study " .. text.clean(each.study) .. ": " or "") .. each.what)
    end
    local t = result.trials
    line(string.format("%d trial%s the same, %d differ, %d done in one alone, %d in %s alone, %d in %s alone", t.same,
      t.same == 1 and "" or "s", t.differ, t.done_in_one, t.only_a, names[1], t.only_b, names[2]))
  end
  return result.equal and 0 or 1
end

return {
  name = "diff",
  summary = "whether two databases hold the same, and where not",
  arguments = { { "A", "a result database" }, { "B", "another" } },
  json = true,
  example = "losslab diff first.db second.db",
  notes = [[
Compared are studies by their names and trials by their keys, bit by bit: what was asked, which trials are in one alone or done in
one alone, and of each that both have the first table, epoch and row that differs. Ids, the order in which things were added, how
scores are packed, and times, hosts and machines do not count. Exit codes: 0 equal, 1 different, 2 trouble.]],
  run = function(given, arguments)
    local fine, result = xpcall(compare, function(err)
      if arguments_of.is_wrong(err) or tostring(err):find "interrupted$" then return { raise = err } end
      return require "losslab.cli.failure".on_error(err)
    end, arguments, given)
    if fine then return result end
    if type(result) == "table" and result.raise then error(result.raise, 0) end
    say.note(tostring(result))
    return TROUBLE
  end,
}
