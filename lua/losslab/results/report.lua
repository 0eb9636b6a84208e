-- The study's answer on a terminal: a table (per data set and loss: the configuration chosen on validation, its test metric), what
-- the asked parameter does by data set, and sentences. report.build(db) gives all of it as a plain table (for --json),
-- report.text(built, options) as text. Choices look at validation only, intervals are paired and corrected (results/choice.lua).
local ll = require "losslab"
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local json = require "losslab.json"
local results_of = require "losslab.results.reading"
local sandbox = require "losslab.results.sandbox"
local sentences = require "losslab.results.sentences"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

local report = {}

local clean, signed, number_text = text.clean, text.signed, setting.number_text

-- ---- building -----------------------------------------------------------------------------------------------------------

local function finite(x) return check.finite(x) and x or nil end

local function verdict_of(d)
  if d.better then return "better" elseif d.worse then return "worse" end
  return d.low == 0 and d.high == 0 and "the same in every run" or "no difference beyond noise"
end

local function plain(d)
  return d and { n = d.n, difference = d.difference, low = finite(d.low), high = finite(d.high), verdict = verdict_of(d) }
end

local function build_group(results, dataset)
  local group = { dataset = dataset.name, n = dataset.rows, positives = dataset.positives, rows = {}, within = 0,
    notes = json.array {} }
  for note in dataset.notes:gmatch "[^\n]+" do table.insert(group.notes, note) end
  local best
  for _, loss in ipairs(results.losses) do
    local chosen = results:choose(dataset, loss.name)
    local lost = dataset.lost[loss.name] or { diverged = 0, failed = 0, open = 0 }
    local row = { loss = loss.name, diverged = lost.diverged, failed = lost.failed, open = lost.open, tried = #loss.configs }
    if chosen then
      row.config, row.parameters, row.setting = chosen.config, chosen.parameters, results:describe(chosen.config)
      row.runs, row.test, row.test_sd = chosen.n, chosen.test_mean, chosen.test_sd
      row.valid, row.valid_sd = chosen.valid_mean, chosen.valid_sd
      if row.test and (not best or results.sign * row.test > results.sign * best.test) then best = row end
    end
    if chosen or lost.diverged + lost.failed + lost.open > 0 then group.rows[#group.rows + 1] = row end
  end
  for _, row in ipairs(group.rows) do
    if row == best then
      row.mark = "best"
    elseif best and row.config and row.test then
      local d = results:difference(dataset, row.config, best.config)
      row.to_best = plain(d)
      if d and not d.worse then row.mark, group.within = "level", group.within + 1 end
    end
  end
  return group
end

-- What the study asks, per data set and pooled.
local function build_asked(results, answer)
  local asked = { loss = answer.loss, vary = answer.vary, baseline = answer.baseline, above = answer.above,
    effect = plain(answer.effect), rows = {}, against = {} }
  local function side(chosen)
    return chosen and { parameters = chosen.parameters, setting = results:describe(chosen.config), test = chosen.test_mean }
  end
  for i, row in ipairs(answer.rows) do
    local against = {}
    for name, d in pairs(row.against) do against[name] = plain(d) end
    asked.rows[i] = { dataset = row.dataset.name, against = against, effect = plain(row.effect), fixed = side(row.fixed),
      free = side(row.free) }
  end
  for _, other in ipairs(answer.others) do asked.against[other.loss] = plain(other.overall) end
  return asked
end

-- db: an open ll.store or a path. options: trust, of the study's own script, and told, what it said already (results/sandbox.lua).
-- {study, question, metric, goal, groups = {{dataset, n, notes, rows = {{loss, parameters, test, test_sd, runs, …,
-- mark = "best" | "level"}}}}, asked, sentences, sentence, claim, finding, details, passed = {{loss, dataset, passed_over,
-- zero_rows}}, mixed = what may have given other bits, counts}; plain tables, numbers and text only.
function report.build(db, options)
  local o = check.fields("report", options or {}, { "trust", "told" }, 2)
  local store <close> = type(db) == "string" and ll.store.open(db) or nil
  local results = results_of.read(store or db)
  local out = { study = results.study.name, question = results.study.question, metric = results.metric, goal = results.goal,
    counts = results.status, groups = {} }
  for i, dataset in ipairs(results.datasets) do out.groups[i] = build_group(results, dataset) end
  local answer = results:answer()
  if answer then
    out.asked = build_asked(results, answer)
    out.sentences = sentences.asked(results, answer)
  else
    out.sentences = { sentences.plain(out.groups, results.metric) }
  end
  out.sentence = table.concat(out.sentences, " ")
  out.passed = {}
  for row in results.store:rows "passed_over" do out.passed[#out.passed + 1] = row end
  out.computers = computer.list(results.store, results.status.done + results.status.diverged)
  out.mixed = computer.mixed(out.computers)
  local told = o.told or sandbox.ask(results.store, { finding = true, trust = o.trust })
  out.claim, out.finding, out.details = told.claim, told.finding, told.details
  return out
end

-- ---- text ---------------------------------------------------------------------------------------------------------------

local function fixed(x, digits) return x and string.format("%." .. digits .. "f", x) or "-" end

-- How many decimals it takes to show the least deviation.
local function digits_of(groups)
  local least
  for _, group in ipairs(groups) do
    for _, row in ipairs(group.rows) do
      if row.test_sd and row.test_sd > 0 then least = math.min(least or math.huge, row.test_sd) end
    end
  end
  return least and text.decimals(least) or 4
end

local marks = { best = "best", level = "~ best" }

-- Lines: a row a data set and loss, a blank line between data sets; the best in bold where that is wanted.
local function losses_table(built, digits, bold)
  local rows = { { "data set", "loss", "chosen on validation", "test " .. clean(built.metric), "± sd", "runs", "lost", "" } }
  local best, starts, out = {}, {}, {}
  local names, losses, settings = {}, {}, {}
  for g, group in ipairs(built.groups) do
    names[g] = group.dataset
    for _, row in ipairs(group.rows) do
      losses[#losses + 1], settings[#settings + 1] = row.loss, row.setting
    end
  end
  names, losses, settings = text.labels(names, 32), text.labels(losses, 32), text.labels(settings, 48)
  for g, group in ipairs(built.groups) do
    starts[#rows + 1] = g > 1
    for i, row in ipairs(group.rows) do
      rows[#rows + 1] = { i == 1 and names[group.dataset] or "", losses[row.loss],
        row.setting and settings[row.setting] or "nothing finished", fixed(row.test, digits), fixed(row.test_sd, digits),
        row.runs and string.format("%d", row.runs) or "-", string.format("%d", row.diverged + row.failed), marks[row.mark] or "" }
      best[#rows] = row.mark == "best"
    end
  end
  for i, line in ipairs(text.lines(rows, { right = { [4] = true, [5] = true, [6] = true, [7] = true } })) do
    if starts[i] then out[#out + 1] = "" end
    out[#out + 1] = bold and best[i] and "\27[1m" .. line .. "\27[0m" or line
  end
  return table.concat(out, "\n")
end

-- What the asked parameter does: a row a data set, and one for all of them.
local function effects_table(asked, digits)
  local rows = { { "data set", "fixed", "test", "varied", "test", "difference", "95 % interval", "" } }
  local names, settings = {}, {}
  for i, row in ipairs(asked.rows) do
    names[i] = row.dataset
    for _, chosen in pairs { row.fixed, row.free } do settings[#settings + 1] = chosen.setting end
  end
  names, settings = text.labels(names, 32), text.labels(settings, 40)
  local function add(name, row)
    local function side(chosen) return chosen and settings[chosen.setting] or "-", fixed(chosen and chosen.test, digits) end
    local d = row.effect or {}
    local interval = d.low and d.high and signed(d.low, digits) .. " to " .. signed(d.high, digits) or "-"
    local before, its_test = side(row.fixed)
    local varied, other_test = side(row.free)
    rows[#rows + 1] = { name, before, its_test, varied, other_test, d.difference and signed(d.difference, digits) or "-", interval,
      d.verdict or "" }
  end
  for _, row in ipairs(asked.rows) do add(names[row.dataset], row) end
  if #asked.rows > 1 then
    add("all of them", { effect = asked.effect })
    for column = 2, 5 do rows[#rows][column] = "" end
  end
  return text.columns(rows, { right = { [3] = true, [5] = true, [6] = true } })
end

local LEGEND = "best: %s mean on test among the losses; ~ best: no difference to it beyond noise (paired over folds and seeds, "
  .. "the 95 %% corrected t interval holds zero); lost: runs of the loss, all its configurations, that diverged or failed. "
  .. "Configurations and epochs are chosen on validation only."

-- What report.build gave, for a terminal. options: width (columns the sentences are broken at, 100), color (the best, which is also
-- marked in words, and the finding in bold).
function report.text(built, options)
  local o = options or {}
  local out, width, digits = {}, o.width or 100, digits_of(built.groups)
  local function say(format, ...) out[#out + 1] = string.format(format, ...) end
  local function paragraph(words, bold)
    words = text.wrap(words, width)
    say("\n%s", bold and words:gsub("[^\n]+", "\27[1m%0\27[0m") or words)
  end

  say("%s", clean(built.study) .. (built.question ~= "" and ": " .. clean(built.question) or ""))
  local c = built.counts
  say("%d runs done%s%s%s", c.done or 0, (c.diverged or 0) > 0 and string.format(", %d diverged", c.diverged) or "",
    (c.failed or 0) > 0 and string.format(", %d failed", c.failed) or "",
    (c.open or 0) > 0 and string.format(", %d STILL TO DO: what follows is preliminary", c.open) or "")
  say("\n%s", losses_table(built, digits, o.color))
  paragraph(LEGEND:format(built.goal == "min" and "lowest" or "highest"))
  for _, group in ipairs(built.groups) do
    for _, note in ipairs(group.notes) do paragraph(clean("note: " .. group.dataset .. ": " .. note)) end
  end

  local asked = built.asked
  if asked and asked.vary and #asked.rows > 0 then
    local vary, base = clean(asked.vary), number_text(asked.baseline)
    say("\n%s: %s %s %s against %s = %s", clean(asked.loss), vary, asked.above and "above" or "other than", base, vary, base)
    say("%s", effects_table(asked, digits))
  end
  paragraph(built.sentence)
  if #built.passed > 0 then paragraph(table.concat(sentences.passed(built.passed, built.groups), " ")) end
  if built.mixed then paragraph(built.mixed) end
  if built.claim then paragraph(clean("claim: " .. built.claim)) end
  if built.finding then paragraph(clean("finding: " .. built.finding), o.color) end
  for _, detail in ipairs(built.details) do paragraph(clean(detail)) end
  return table.concat(out, "\n") .. "\n"
end

return report
