-- losslab show: a study and its answer, or everything about one trial.
local ablation_text = require "losslab.results.ablation_text"
local answer = require "losslab.cli.answer"
local arguments_of = require "losslab.cli.arguments"
local check = require "losslab.check"
local columns = require "losslab.columns"
local comparison_text = require "losslab.results.comparison_text"
local computer = require "losslab.run.computer"
local database = require "losslab.cli.database"
local setting = require "losslab.results.setting"
local looks = require "losslab.results.looks"
local marks = require "losslab.results.marks"
local reading = require "losslab.results.reading"
local say = require "losslab.say"
local text = require "losslab.text"
local trust = require "losslab.results.trust"

local function pairs_of(rows) return text.columns(rows, { indent = "  ", wrap = text.room() or 120 }) end

-- "sha256 1a2b…, the 3rd version of 2027-01-02", or why there is none.
local function script_words(store, study)
  if type(study.script) ~= "string" then return "none: the database is damaged" end
  if study.script == "" then return "none (made at a prompt)" end
  local versions = database.rows(store, "scripts")
  local last = versions[#versions]
  local words = "sha256 " .. trust.hash(study.script):sub(1, 16) .. "…"
  if #versions < 2 then return words end
  return string.format("%s, version %d, of %s; --versions lists the others", words, #versions, text.clean(last.made))
end

local function rope_of(word)
  local rope = word and tonumber(word)
  if word and not (rope and rope >= 0 and rope < math.huge) then
    arguments_of.wrong("--rope must be a number >= 0, not %s", check.show(word))
  end
  return rope
end

local function show_study(store, given)
  local study = store:one "study"
  if not study then error(store:path() .. " holds no study", 0) end
  if given.json then return answer.print(store, true, given.trust) end
  local built = answer.print(store, false, given.trust)
  local c = built.counts
  local rows = {
    { "trials", string.format("%d: %d done, %d diverged, %d failed, %s%d running, %d pending", c.total, c.done, c.diverged,
      c.failed, c.pruned > 0 and c.pruned .. " pruned, " or "", c.running, c.pending) },
    { "chosen by", built.unvalidated and marks.unchosen
      or string.format("%s on validation, %s", study.metric, study.goal == "max" and "highest" or "lowest") },
    { "made", string.format("%s by losslab %s in %s precision", study.created, study.version, study.precision) },
    { "on", text.clean(string.format("%s, %s, kernels %s", study.machine or "?", study.cpu or "?", study.isa or "?")) },
    { "computed", table.concat(computer.lines(built.computers), "; ") },
    { "bits", table.concat(computer.bits_lines(built.computers), "; ") },
    { "script", script_words(store, study) },
  }
  say.out("\n", pairs_of(rows), "\n")
end

-- All losses against each other over all data sets.
local function show_comparison(store, given)
  local results = reading.read(store)
  local all, tuned = results:compare_losses { rope = rope_of(given.rope) }, results:tuned()
  if given.json then return database.print_json(comparison_text.plain(results, all, tuned)) end
  say.out(comparison_text.page(results, all, tuned, { width = text.room() }))
end

-- What each field of a loss brings: of the first that has several configurations, or of the one that is named.
local function show_effects(store, given)
  local results = reading.read(store)
  local loss = given.loss
  local all = { ablation = results:ablation(loss), effects = results:effects(loss), importance = results:importance(loss) }
  if given.json then return database.print_json(ablation_text.plain(results, all)) end
  say.out(ablation_text.page(results, all, { width = text.room() }))
end

-- The versions of the study's script, the last one last; the text of one by its number.
local function show_versions(store, word)
  local versions = database.rows(store, "scripts")
  if not word then
    local rows, list = {}, { { title = "version", right = true }, { title = "made", rank = 1 },
      { title = "trials", right = true, rank = 2 }, { title = "new", right = true, rank = 3 },
      { title = "losslab", rank = 5 }, { title = "sha256", rank = 4 } }
    for i, row in ipairs(versions) do
      rows[i] = { tostring(i), text.clean(row.made), tostring(row.trials), tostring(row.added), text.clean(row.version),
        text.clean(row.sha256):sub(1, 16) .. "…" }
    end
    say.out(columns.text(list, rows, { width = text.room() }), "\n")
    return
  end
  local number = math.tointeger(tonumber(word))
  local row = number and versions[number]
  if not row then error(string.format("%s has no version %s of the script; it has %d", store:path(), text.clean(word),
    #versions), 0) end
  local put, finish = say.export "lua"
  put(store:one("script", { id = row.id }).text)
  finish()
end

-- Epochs as rows, metrics as columns: of these the study's own stay longest where there is no room.
local function epochs_table(store, trial, best)
  local names, known, values = {}, {}, {}
  for _, row in ipairs(database.rows(store, "metrics", trial)) do
    local name = row.name .. " " .. row.split
    if not known[name] then
      known[name] = row.name
      names[#names + 1] = name
    end
    values[row.epoch] = values[row.epoch] or {}
    values[row.epoch][name] = row.value
  end
  table.sort(names)
  local validated = false
  for _, name in ipairs(names) do validated = validated or name:find " valid$" ~= nil end
  local epochs, study = database.rows(store, "epochs", trial), store:one "study"
  local list = { { title = "epoch", right = true }, { title = "train loss", right = true, rank = 2 } }
  local function add(title, rank) list[#list + 1] = { title = title, right = true, rank = rank } end
  local learnt, value_of = {}, {}
  for _, row in ipairs(database.rows(store, "learnt", trial)) do
    if not value_of[row.name] then
      learnt[#learnt + 1], value_of[row.name] = row.name, {}
      add(row.name, 3)
    end
    value_of[row.name][row.epoch] = row.value
  end
  local counted = {} -- what was passed over, where anything was
  for _, each in ipairs { { "passed_over", "passed over" }, { "zero_rows", "zero rows" } } do
    for _, row in ipairs(epochs) do
      if (row[each[1]] or 0) > 0 and counted[#counted] ~= each[1] then
        counted[#counted + 1] = each[1]
        add(each[2], 4)
      end
    end
  end
  for _, name in ipairs(names) do add(name, study and known[name] == study.metric and 1 or 5) end
  list[#list + 1] = { title = "" }
  local rows = {}
  for i, row in ipairs(epochs) do
    local line = { tostring(row.epoch), database.number(row.train_loss, 6) }
    for _, name in ipairs(learnt) do line[#line + 1] = database.number(value_of[name][row.epoch], 6) end
    for _, name in ipairs(counted) do line[#line + 1] = database.number(row[name], 6) end
    for _, name in ipairs(names) do line[#line + 1] = database.number((values[row.epoch] or {})[name], 6) end
    line[#line + 1] = row.epoch == best and (validated and "best" or "reported") or ""
    rows[i] = line
  end
  return columns.text(list, rows, { width = text.room(), indent = "  " })
end

-- The fields of a part of a configuration in words: "lr 0.001, optimizer adam".
local function words_of(part)
  local all = {}
  for i, name in ipairs(check.keys(part)) do all[i] = { name, part[name] } end
  return setting.words(all)
end

local function ended_when(trial)
  if trial.diverged_epoch then return " in epoch " .. trial.diverged_epoch end
  if trial.stopped_epoch then return ", stopped after epoch " .. trial.stopped_epoch .. ", since it got no better" end
  return trial.pruned_epoch and " after epoch " .. trial.pruned_epoch or ""
end

local function show_trial(store, word, given)
  local id = math.tointeger(tonumber(word)) or arguments_of.wrong('a trial has an id, a whole number, not "%s"', text.clean(word))
  local trial = database.rows(store, "trial", id)[1]
  if not trial then
    error(string.format("%s has no trial %d; it has %d", store:path(), id, store:one "progress".total), 0)
  end
  if given.json then
    for _, what in ipairs { "epochs", "metrics", "learnt" } do trial[what] = database.rows(store, what, id) end
    trial.varied = setting.read(store):varied_of(trial.config)
    return database.print_json(trial)
  end
  local rows = {
    { "trial", string.format("%d, %s%s", id, trial.status, ended_when(trial)) },
    { "data", text.clean(trial.dataset) .. string.format(", fold %d, seed %d", trial.fold, trial.seed) },
    { "loss", text.clean(trial.loss) .. " " .. words_of(trial.parameters) },
    { "model", words_of(trial.model) },
    { "training", words_of(trial.train) },
  }
  local settings = setting.read(store)
  if #settings:apart(trial.config) > 0 then rows[#rows + 1] = { "varied", settings:describe(trial.config) } end
  for line in (trial.error or ""):gmatch "[^\n]+" do -- with its traceback
    rows[#rows + 1] = { rows.failed and "" or "error", text.clean((line:gsub("^\t", ""))) }
    rows.failed = true
  end
  say.out(pairs_of(rows), "\n\n", epochs_table(store, id, trial.best_epoch), "\n")
end

-- To the byte; to a terminal as text of somebody else's.
local function show_script(store)
  local study = store:one "study"
  if not study or study.script == "" then error(store:path() .. " holds no script", 0) end
  local put, finish = say.export "lua"
  put(study.script)
  finish()
end

return {
  name = "show",
  summary = "show a study's answer, or everything about one trial",
  arguments = { { "DB", "a result database" }, { "TRIAL", "a trial's id, as losslab ls DB lists them", optional = true } },
  options = {
    { "--script", doc = "the script that the database holds, and nothing else" },
    { "--versions",
      doc = "the versions of the script that were run, with their dates; with a number, as show DB 2 --versions, its text" },
    { "--compare", doc = "all losses against each other over all data sets: means, ranks, every pair, what would settle it" },
    { "--rope", value = "R", doc = "with --compare: differences of the metric up to R count as equal (0.01)" },
    { "--effects", doc = "what each field of a loss brings: one off at a time, main effects, interactions, importance" },
    { "--loss", value = "NAME", doc = "with --effects: of which loss (the first that has several configurations)" },
    database.study, database.trust,
  },
  json = true,
  example = { "losslab show study.db", "losslab show study.db 17", "losslab show study.db --compare" },
  notes = database.about_scripts .. [[

A table is as wide as the terminal: where there is no room, the fields that the study varies share a column, and columns drop, which
a line below it names. Written to a file or a pipe it is whole.

A configuration that lost runs (diverged or failed) goes behind those that lost fewer, whatever its mean, which is of the runs that
finished; so does a loss, by the configuration chosen of it. What is called best in spite of lost runs says so, and differences say
on how many pairs of runs they rest.

]] .. answer.about_json .. [[
With --compare and --effects, what results:compare_losses, and what results:ablation, effects and importance give: docs/findings.md.
show DB TRIAL --json prints the trial with parameters, model, train, varied, epochs, metrics and learnt.
]],
  run = function(given, arguments)
    if given.json and (given.script or given.versions) then
      arguments_of.wrong("--json and --%s exclude each other", given.script and "script" or "versions")
    end
    local whole = { "script", "versions", "compare", "effects" }
    for i, one in ipairs(whole) do
      for k = i + 1, #whole do
        if given[one] and given[whole[k]] then arguments_of.wrong("--%s and --%s exclude each other", one, whole[k]) end
      end
    end
    for option, of in pairs { rope = "compare", loss = "effects" } do
      if given[option] and not given[of] then arguments_of.wrong("--%s goes with --%s", option, of) end
    end
    local alone = given.compare and "compare" or given.effects and "effects"
    if alone and arguments[2] then arguments_of.wrong("--%s is about the study, not about one trial", alone) end
    database.read(arguments[1], function(store)
      if not given.script and not given.versions then looks.record(store, "show") end
      if given.script then show_script(store)
      elseif given.compare then show_comparison(store, given)
      elseif given.effects then show_effects(store, given)
      elseif given.versions then show_versions(store, arguments[2])
      elseif arguments[2] then show_trial(store, arguments[2], given) else show_study(store, given) end
    end, given.study)
  end,
}
