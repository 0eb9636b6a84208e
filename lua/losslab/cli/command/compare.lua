-- losslab compare: a study in several databases, or several studies, against the first of them.
local arguments_of = require "losslab.cli.arguments"
local as_text = require "losslab.results.compare_text"
local compare = require "losslab.results.compare_studies"
local database = require "losslab.cli.database"
local say = require "losslab.say"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

local function names_in(words)
  local out = {}
  for word in (words or ""):gmatch "[^,]+" do out[#out + 1] = word end
  return out
end

-- Makes a store of a file that may hold several studies about one of them: the one of that name, or, where it need not be there,
-- the one that was run last. Gives the study's name.
local function choose(store, name, must)
  local all = studies.list(store)
  if #all == 0 then error(store:path() .. " holds no study", 0) end
  for _, row in ipairs(all) do
    if row.name == name then
      if #all > 1 then store:choose(row.id) end
      return name
    end
  end
  if must then studies.id(store, name) end
  return all[#all].name
end

-- Calls f(sides) with every file open, once for each study of it that is compared.
local function with_sides(list, f, sides)
  sides = sides or {}
  local at = list[#sides + 1]
  if not at then return f(sides) end
  return database.read(at.path, function(store)
    return store:transaction(function()
      local name = choose(store, at.study or sides[1] and sides[1].study, at.study)
      sides[#sides + 1] = { store = store, name = at.name, study = name }
      return with_sides(list, f, sides)
    end)
  end, { quiet = true })
end

-- Which study of which file; what is compared is called by its file, or by its study where one file holds several.
local function list_of(paths, given)
  local wanted, called, list = names_in(given.study), database.called(paths), {}
  for i, path in ipairs(paths) do
    if #wanted < 2 then list[#list + 1] = { path = path, study = wanted[1], name = called[i] } end
    for _, study in ipairs(#wanted > 1 and wanted or {}) do
      list[#list + 1] = { path = path, study = study, name = (#paths > 1 and called[i] .. ": " or "") .. text.clean(study) }
    end
  end
  if #list < 2 then arguments_of.wrong "compare takes two databases, or one and --study NAME,NAME" end
  return list
end

return {
  name = "compare",
  summary = "a study in several databases, or several studies: what differs, and how the results do",
  arguments = { { "DB", "result databases; the first is what the others are held against", many = true } },
  options = {
    { "--study", value = "NAME", doc = "which study of each (default: the first file's last, and that of its name in the others); "
      .. "NAME,NAME: studies of one file" },
    { "--metric", value = "NAME", doc = "another metric that was recorded (default: that by which the first study chooses)" },
  },
  json = true,
  example = { "losslab compare before.db after.db", "losslab compare study.db --study first,second" },
  notes = [[
Said are the differences of settings, data, code and machine; and, per data set and loss, that of the test metric, each study with
the configuration that it chose on validation, paired by data set, fold and seed, with the 95 % corrected t interval.]],
  run = function(given, arguments)
    local built = with_sides(list_of(arguments, given), function(sides) return compare.compare(sides, given.metric) end)
    if given.json then return database.print_json(built) end
    say.out(as_text(built, { width = text.room() }), "\n")
  end,
}
