-- losslab data: the data sets that can be named, and where each comes from.
local ll = require "losslab"
local database = require "losslab.cli.database"
local say = require "losslab.say"
local text = require "losslab.text"

local function list(given)
  local sets = ll.data.list { count = given.count }
  if given.json then return database.print_json(require "losslab.json".array(sets)) end
  local rows = { { "name", "rows", "features", "classes", "positives", "from" } }
  for i, set in ipairs(sets) do
    local from = set.error and "cannot be read: " .. set.error or set.origin or set.summary or set.where
    local function count(n) return tostring(n or "-") end
    rows[i + 1] = { text.clean(set.name), count(set.rows), count(set.features), count(set.classes), count(set.positives),
      text.clean(from) }
  end
  say.out(text.columns(rows, { right = { [2] = true, [3] = true, [4] = true, [5] = true }, wrap = text.room() }), "\n")
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
  say.out(tostring(set), "\n")
  local rows = {}
  for _, field in ipairs { "summary", "origin", "licence", "sha256", "where" } do
    if entry and entry[field] then rows[#rows + 1] = { field, text.clean(entry[field]) } end
  end
  if #rows > 0 then say.out("\n", text.columns(rows, { indent = "  ", wrap = text.room() or 120 }), "\n") end
  if entry and entry.params then
    local parameters = { { "parameter", "default", "range", "" } }
    for _, p in ipairs(entry.params) do parameters[#parameters + 1] = { p.name, text.number(p.default), p.range, p.doc } end
    say.out("\n", text.columns(parameters, { indent = "  ", wrap = text.room() or 120 }), "\n")
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
