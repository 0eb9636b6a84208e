-- losslab ls: the studies in folders, or what a database holds. What cannot be read is told, each by its name and the reason, and
-- the others are listed all the same; the exit code is then 1, as that of the ls for files.
local arguments_of = require "losslab.cli.arguments"
local columns = require "losslab.columns"
local database = require "losslab.cli.database"
local looks = require "losslab.results.looks"
local studies = require "losslab.results.studies"
local say = require "losslab.say"
local text = require "losslab.text"
local trials = require "losslab.cli.trials"

-- Every study of a database, the one that was run last at the end.
local function studies_of(path)
  return database.read(path, function(store)
    local out = {}
    for i, study in ipairs(studies.list(store)) do
      for _, name in ipairs { "name", "question", "created" } do
        if type(study[name]) ~= "string" then
          error(string.format("%s is damaged: its study's %s is %s", text.clean(path), name, tostring(study[name])), 0)
        end
      end
      if study.id ~= store:one "study".id then store:choose(study.id) end
      out[i] = { file = path, name = study.name, question = study.question, created = study.created, precision = study.precision,
                 version = study.version, trials = store:one "progress" }
    end
    if #out == 0 then error(text.clean(path) .. " holds no study", 0) end
    return out
  end, { quiet = true })
end

local function state_of(progress)
  local finished = progress.total - progress.pending - progress.running
  local parts = { string.format("%d of %d", finished, progress.total) }
  for _, name in ipairs { "running", "diverged", "failed", "pruned" } do
    if progress[name] > 0 then parts[#parts + 1] = progress[name] .. " " .. name end
  end
  return table.concat(parts, ", ")
end

-- In JSON what could not be read stands behind the studies, as objects of file and error.
local function list_studies(found, given)
  for _, each in ipairs(found.unread) do say.note(each.error) end
  if given.json then
    local all = table.move(found.unread, 1, #found.unread, #found.studies + 1, found.studies)
    return database.print_json(require "losslab.json".array(all))
  end
  if #found.studies == 0 then return end
  local rows = {}
  for i, study in ipairs(found.studies) do
    rows[i] = { study.file, study.name, state_of(study.trials), study.created:sub(1, 10), study.question }
  end
  say.out(columns.text({ { title = "file" }, { title = "study", least = 12, rank = 2 }, { title = "trials", rank = 1, wrap = true },
    { title = "made", rank = 4 }, { title = "question", wrap = true, rank = 3 } }, rows, { width = text.room() }), "\n")
end

-- Adds the studies of a database to those found, or what is wrong with it to what could not be read.
local function add(path, found)
  local fine, all = pcall(studies_of, path)
  if fine then return table.move(all, 1, #all, #found.studies + 1, found.studies) end
  local why = tostring(all)
  if why:find "interrupted$" then error(all, 0) end
  table.insert(found.unread, { file = path, error = why })
end

-- The databases in a folder: files whose names end in .db.
local function in_folder(lfs, folder, found)
  local names = {}
  local fine, why = pcall(function()
    for name in lfs.dir(folder) do
      if name:find "%.db$" then names[#names + 1] = name end
    end
  end)
  if not fine then
    table.insert(found.unread, { file = folder, error = text.clean((tostring(why):gsub("^cannot open ", ""))) })
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = folder == "." and name or folder:gsub("/$", "") .. "/" .. name
    if lfs.attributes(path, "mode") ~= "directory" then add(path, found) end
  end
end

-- Data sets, and the trials that were asked for.
local function list_database(path, given)
  database.read(path, function(store)
    local sets = database.rows(store, "datasets")
    if not store:one "study" then error(path .. " holds no study", 0) end
    looks.record(store, "ls")
    local found = trials.find(store, given)
    if given.json then return database.print_json { datasets = sets, trials = trials.plain(found) } end
    local rows, positives = {}, false
    for i, set in ipairs(sets) do
      rows[i] = { set.name, tostring(set.rows), tostring(set.features), tostring(set.positives or "-"), set.origin or "" }
      positives = positives or set.positives ~= nil
    end
    local width, titles = text.room(), { { title = "data", least = 10 }, { title = "rows", right = true, rank = 1 },
      { title = "features", right = true, rank = 2 }, { title = "positives", right = true, rank = 3 },
      { title = "from", least = 16, rank = 4 } }
    for _, list in ipairs(positives and {} or { titles, table.unpack(rows) }) do table.remove(list, 4) end -- no set has two classes
    say.out(columns.text(titles, rows, { width = width }), "\n\n", trials.text(found, width), "\n")
  end, given.study)
end

return {
  name = "ls",
  summary = "list the studies of a folder, or the data sets and trials of a database",
  arguments = { { "DB", "a database, or folders and databases (default: this folder and results)", many = true, optional = true } },
  options = {
    database.study,
    { "--where", value = "CONDITION", doc = "of one database the trials for which it holds, as loss = \"hinge\" and lr < 0.01" },
    { "--sort", value = "COLUMNS", doc = "in the order of a column, as test, or several, as data,-test; - is from high to low" },
    { "--limit", value = "N", kind = "integer", low = 0,
      doc = "at most N trials, 0 for all (default: 50 of a table, all of JSON); the others are counted" },
  },
  json = true,
  example = { "losslab ls results", "losslab ls study.db --where 'loss = \"hinge\" and lr < 0.01' --sort=-test" },
  notes = [[
A trial has the columns trial, data, loss, config, fold, seed, status, epoch (the chosen one, or that in which it diverged), valid,
test (the metric there), seconds, error, and every field of its configuration, be it a parameter of the loss, of model or of train:
by its name (margin, lr, hidden), or with where it stands before it (train.lr) if that is not the only one. The table shows the
fields that vary. --where compares them by = ~= < <= > >= and in (1, 2) with numbers, texts in quotes, true, false, and nil (there
is none); and, or, not and parentheses join what is compared; hidden is a text, "64x32".

A table is as wide as the terminal: where there is no room, the fields that vary share a column, and columns drop, which a line
below it names. Written to a file or a pipe it is whole. --json gives {"datasets": […], "trials": […]}, where a trial's "varied"
holds what varies (docs/json.md).
]],
  run = function(given, arguments)
    local lfs = require "lfs"
    local function is_folder(path) return lfs.attributes(path, "mode") == "directory" end
    for _, option in ipairs { "where", "sort", "limit" } do
      if given[option] and (#arguments ~= 1 or is_folder(arguments[1])) then
        arguments_of.wrong("--%s is for the trials of one database", option)
      end
    end
    if #arguments == 1 and not is_folder(arguments[1]) then return list_database(arguments[1], given) end
    local found = { studies = {}, unread = {} }
    for _, path in ipairs(#arguments > 0 and arguments or { ".", "results" }) do
      if is_folder(path) then in_folder(lfs, path, found) elseif #arguments > 0 then add(path, found) end
    end
    if #found.studies == 0 and #found.unread == 0 and not given.json then
      say.remark "losslab: no result databases here\n"
      return 0
    end
    list_studies(found, given)
    return #found.unread > 0 and 1 or 0
  end,
}
