-- losslab data: the data sets that can be named, and where each comes from.
local ll = require "losslab"
local columns = require "losslab.columns"
local database = require "losslab.cli.database"
local say = require "losslab.say"
local text = require "losslab.text"

local function list(given)
  local sets = ll.data.list { count = given.count }
  if given.json then return database.print_json(require "losslab.json".array(sets)) end
  local rows = {}
  for i, set in ipairs(sets) do
    local from = set.error and "cannot be read: " .. set.error or set.origin or set.summary or set.where
    local function count(n) return tostring(n or "-") end
    rows[i] = { text.clean(set.name), count(set.rows), count(set.features), count(set.classes), count(set.positives),
      text.clean(from) }
  end
  local list_of = { { title = "name", least = 12 } }
  for i, title in ipairs { "rows", "features", "classes", "positives" } do
    list_of[i + 1] = { title = title, right = true, rank = i + 1 }
  end
  list_of[6] = { title = "from", wrap = true, rank = 1 }
  say.out(columns.text(list_of, rows, { width = text.room() }), "\n")
end

local function show(name, given)
  local entry
  for _, set in ipairs(ll.data.list()) do
    if set.name == name then entry = set end
  end
  local set = ll.data.load(name)
  if given.json then
    entry = entry or { name = name }
    entry.rows, entry.features, entry.classes = set.rows, set.features, set.classes
    entry.notes = require "losslab.json".array(set.notes)
    return database.print_json(entry)
  end
  local room = text.room()
  for line in tostring(set):gmatch "[^\n]+" do
    say.out(room and text.width(line) > room and text.wrap(line, room) or line, "\n")
  end
  local rows = {}
  for _, field in ipairs { "summary", "origin", "licence", "sha256", "where" } do
    if entry and entry[field] then rows[#rows + 1] = { field, text.clean(entry[field]) } end
  end
  if #rows > 0 then say.out("\n", text.columns(rows, { indent = "  ", wrap = text.room() or 120 }), "\n") end
  if entry and entry.params then
    local parameters = {}
    for i, p in ipairs(entry.params) do parameters[i] = { p.name, text.number(p.default), p.range, p.doc } end
    say.out("\n", columns.text({ { title = "parameter" }, { title = "default", rank = 2 }, { title = "range", wrap = true,
      rank = 3 },
      { title = "", name = "what it is", wrap = true, rank = 1 } }, parameters, { indent = "  ", width = text.room() or 120 }),
      "\n")
  end
end

return {
  name = "data",
  summary = "list the data sets known by name; NAME: one of them",
  arguments = { { "NAME", "a data set's name, or a path", optional = true } },
  options = { { "--count", doc = "read the sets that no index describes, to count their rows" } },
  json = true,
  example = { "losslab data", "losslab data iris" },
  run = function(given, arguments)
    if arguments[1] then return show(arguments[1], given) end
    return list(given)
  end,
}
