-- losslab ls: the studies in folders, or what a database holds. What cannot be read is told, each by its name and the reason, and
-- the others are listed all the same; the exit code is then 1, as that of the ls for files.
local database = require "losslab.cli.database"
local setting = require "losslab.results.setting"
local say = require "losslab.say"
local text = require "losslab.text"

local function study_of(path)
  return database.read(path, function(store)
    local study, progress = store:one "study", store:one "progress"
    if not study then error(text.clean(path) .. " holds no study", 0) end
    for _, name in ipairs { "name", "question", "created" } do
      if type(study[name]) ~= "string" then
        error(string.format("%s is damaged: its study's %s is %s", text.clean(path), name, tostring(study[name])), 0)
      end
    end
    return { file = path, name = study.name, question = study.question, created = study.created, precision = study.precision,
             version = study.version, trials = progress }
  end)
end

local function state_of(trials)
  local finished = trials.total - trials.pending - trials.running
  local parts = { string.format("%d of %d", finished, trials.total) }
  for _, name in ipairs { "running", "diverged", "failed" } do
    if trials[name] > 0 then parts[#parts + 1] = trials[name] .. " " .. name end
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
  local rows = { { "file", "study", "trials", "made", "question" } }
  for i, study in ipairs(found.studies) do
    rows[i + 1] = { text.clean(study.file), text.clean(study.name), state_of(study.trials), study.created:sub(1, 10),
                    text.clean(study.question) }
  end
  say.out(text.columns(rows, { wrap = text.room() }), "\n")
end

-- Adds the study of a database to those found, or what is wrong with it to what could not be read.
local function add(path, found)
  local fine, study = pcall(study_of, path)
  if fine then return table.insert(found.studies, study) end
  local why = tostring(study)
  if why:find "interrupted$" then error(study, 0) end
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

local function list_database(path, given)
  database.read(path, function(store)
    local study, sets, trials = store:one "study", database.rows(store, "datasets"), database.rows(store, "trials")
    if not study then error(path .. " holds no study", 0) end
    if given.json then return database.print_json { datasets = sets, trials = trials } end
    local rows = { { "data", "rows", "features", "positives", "from" } }
    for i, set in ipairs(sets) do
      rows[i + 1] = { text.clean(set.name), tostring(set.rows), tostring(set.features), tostring(set.positives or "-"),
                      text.clean(set.origin or "") }
    end
    say.out(text.columns(rows, { right = { [2] = true, [3] = true, [4] = true }, wrap = text.room() }), "\n\n")
    local best = {}
    for _, row in ipairs(database.rows(store, "best")) do best[row.trial] = row end
    local settings = setting.read(store)
    rows = { { "trial", "data", "loss", "fold", "seed", "status", "epoch", study.metric .. " valid", "test", "what differs" } }
    for i, trial in ipairs(trials) do
      local reached = best[trial.trial] or {}
      rows[i + 1] = { tostring(trial.trial), text.clean(trial.dataset), text.clean(trial.loss), tostring(trial.fold),
                      tostring(trial.seed), trial.status, tostring(trial.best_epoch or trial.diverged_epoch or "-"),
                      database.number(reached.valid), database.number(reached.test), settings:describe(trial.config) }
    end
    say.out(text.columns(rows, { right = { [1] = true, [4] = true, [5] = true, [7] = true, [8] = true, [9] = true } }), "\n")
  end)
end

return {
  name = "ls",
  summary = "list the studies of a folder, or the data sets and trials of a database",
  arguments = { { "DB", "a database, or folders and databases (default: this folder and results)", many = true, optional = true } },
  json = true,
  run = function(given, arguments)
    local lfs = require "lfs"
    local function is_folder(path) return lfs.attributes(path, "mode") == "directory" end
    if #arguments == 1 and not is_folder(arguments[1]) then return list_database(arguments[1], given) end
    local found = { studies = {}, unread = {} }
    for _, path in ipairs(#arguments > 0 and arguments or { ".", "results" }) do
      if is_folder(path) then in_folder(lfs, path, found) elseif #arguments > 0 then add(path, found) end
    end
    if #found.studies == 0 and #found.unread == 0 and not given.json then
      say.note "no result databases here"
      return 0
    end
    list_studies(found, given)
    return #found.unread > 0 and 1 or 0
  end,
}
