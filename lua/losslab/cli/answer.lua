-- Prints a study's answer on standard output, for show, run and resume: as text, or as JSON, which has one shape for all three
-- (docs/json.md).
local database = require "losslab.cli.database"
local footprint = require "losslab.study.footprint"
local json = require "losslab.json"
local looks = require "losslab.results.looks"
local outside = require "losslab.study.outside"
local report = require "losslab.results.report"
local say = require "losslab.say"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

local M = {}

-- For the help of the three.
M.about_json = [[
--json prints one object, the same for run, resume and show: study, progress, computers, datasets; leaderboard and summary, whose
rows have "varied", the fields of the configuration that the study varies; varied, their names; groups, per data set a row a loss,
with its chosen configuration, test, lost runs and mark; asked, sentences, sentence, claim, finding, details. docs/json.md describes
it.
]]

-- The text's own: what JSON has in another form.
local function without_words(built)
  for _, group in ipairs(built.groups) do
    group.rows = json.array(group.rows)
    for _, row in ipairs(group.rows) do row.cells = nil end
  end
  for _, row in ipairs(built.asked and built.asked.rows or {}) do
    for _, side in pairs { row.fixed, row.free } do side.units = nil end
  end
  for _, list in ipairs { "groups", "sentences", "over", "details", "passed" } do built[list] = json.array(built[list] or {}) end
  return built
end

-- Everything, as docs/json.md has it. built: what report.build gave.
function M.plain(store, built)
  local settings, out = setting.read(store), without_words(built)
  out.study, out.progress = database.rows(store, "study")[1], database.rows(store, "progress")[1]
  out.question, out.counts = nil, nil -- which study and progress hold
  out.study.ran = nil -- run, resume and show print the same, and none of them counts those that came after the last change
  local looked = { before = out.looks.before, rows = json.array {} }
  for _, row in ipairs(out.looks.rows) do
    if row.before then table.insert(looked.rows, { what = row.what, first = row.first, last = row.last, times = row.times }) end
  end
  out.looks = looked
  for _, name in ipairs { "computers", "datasets", "leaderboard", "summary" } do out[name] = database.rows(store, name) end
  for _, name in ipairs { "leaderboard", "summary" } do
    for _, row in ipairs(out[name]) do row.varied = settings:varied_of(row.config) end
  end
  return out
end

-- The table and the sentences of losslab.results.report, which it gives.
function M.print(store, as_json, trust)
  local built = report.build(store, { trust = trust })
  if as_json then return database.print_json(M.plain(store, built)) end
  local room = text.room()
  say.out((report.text(built, { width = room, columns = room, color = text.colours(1) }):match "^.*[^\n]"), "\n")
  return built
end

-- Runs the study of that name by f(runner), then prints its answer. An interrupted run prints none.
function M.run(f, db, given, name)
  local code = f(require "losslab.run.runner")
  if code == 130 then return code end
  database.read(db, function(store)
    M.print(store, given.json)
    looks.record(store, "run")
  end, name)
  say.remark("results in ", text.clean(db), "\n")
  return code
end

-- What a run would do, in three lines, and what of a search is easily overlooked.
function M.look(study, db, given)
  local runner, progress = require "losslab.run.runner", require "losslab.run.progress"
  local outcome = require "losslab.run.outcome"
  local look = runner.look(study, { db = db, jobs = given.jobs, retry = given.retry })
  look.starts_outside = study.search and json.array(outside.plain(study.search)) or nil
  if given.json then return database.print_json(look) end
  say.out(text.clean(study.name), ": ", outcome.counts(look), string.format("; %d to run\n", look.total))
  for _, words in ipairs(outside.sentences(study.search)) do say.out(words, "\n") end
  if look.total > 0 then
    say.out(string.format("about %s with %d worker%s, and %s more in the database\n",
      look.seconds and progress.duration(look.seconds) or "an unknown time", look.jobs, look.jobs == 1 and "" or "s",
      text.bytes(look.bytes)))
    local workers = math.min(look.jobs, look.total)
    say.out(footprint.said(look.memory, workers), "\n")
    local advice = footprint.advice(look.memory, workers)
    if advice then say.remark("losslab: ", advice, "\n") end
  end
end

return M
