-- The study's answer on a terminal: a table (per data set and loss: the configuration chosen on validation, its test metric), what
-- the asked parameter does by data set, and sentences. report.build(db) gives all of it as a plain table (for --json),
-- report.text(built, options) as text. Choices look at validation only, intervals are paired and corrected (results/choice.lua).
local ll = require "losslab"
local check = require "losslab.check"
local choice = require "losslab.results.choice"
local ablation_text = require "losslab.results.ablation_text"
local columns = require "losslab.columns"
local comparison_text = require "losslab.results.comparison_text"
local computer = require "losslab.run.computer"
local json = require "losslab.json"
local looks = require "losslab.results.looks"
local marks = require "losslab.results.marks"
local over_folds = require "losslab.results.over_folds"
local results_of = require "losslab.results.reading"
local sandbox = require "losslab.results.sandbox"
local searched = require "losslab.results.searched"
local sentences = require "losslab.results.sentences"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

--- ll.report
-- The answer of a study: its table and sentences, as losslab show prints them. results:report gives it as text.
-- See: ll.report.build, results:report, losslab show
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   ll.report.build("s.db").sentence   --> …
local report = {}

local clean, signed, number_text = text.clean, text.signed, setting.number_text

-- ---- building -----------------------------------------------------------------------------------------------------------

local function finite(x) return check.finite(x) and x or nil end

local function plain(d)
  return d and { n = d.n, of = d.of, lost = d.lost, difference = d.difference, low = finite(d.low), high = finite(d.high),
    verdict = choice:verdict(d) }
end

-- A data set's rows, a loss each. lost: the chosen configuration's lost runs, of as many as were asked for; diverged and failed:
-- the loss's, all its configurations.
local function build_group(results, dataset)
  local group = { dataset = dataset.name, n = dataset.rows, positives = dataset.positives, rows = {}, within = 0, behind = 0,
    compared = 0, notes = json.array {} }
  for note in dataset.notes:gmatch "[^\n]+" do table.insert(group.notes, note) end
  local chosen_rows, of, choice_of = {}, {}, {}
  for _, loss in ipairs(results.losses) do
    local chosen = results:choose(dataset, loss.name)
    local lost = dataset.lost[loss.name] or { diverged = 0, failed = 0, open = 0 }
    local row = { loss = loss.name, diverged = lost.diverged, failed = lost.failed, open = lost.open, tried = #loss.configs }
    if chosen then
      row.config, row.parameters, row.setting = chosen.config, chosen.parameters, results:describe(chosen.config)
      row.varied, row.cells = results:varied_of(chosen.config), results:cells(chosen.config)
      row.runs, row.lost, row.of = chosen.n, chosen.lost, chosen.n + chosen.lost + chosen.open
      row.folds, row.folds_agree, row.pooled_test = chosen.folds, chosen.folds_agree, chosen.pooled_test
      row.test, row.test_sd, row.valid, row.valid_sd = chosen.test_mean, chosen.test_sd, chosen.valid_mean, chosen.valid_sd
      chosen_rows[#chosen_rows + 1], of[chosen], choice_of[row] = chosen, row, chosen
    end
    if chosen or lost.diverged + lost.failed + lost.open > 0 then group.rows[#group.rows + 1] = row end
  end
  local first = results:best_of(chosen_rows)
  local best = first and of[first]
  for _, row in ipairs(group.rows) do
    if row == best then
      row.mark = "best"
    elseif best and row.config and row.test then
      local d = results:difference(dataset, choice_of[row], first)
      row.to_best = plain(d)
      if d then group.compared = group.compared + 1 end
      local judged = d and not d.unjudged and finite(d.low) and finite(d.high)
      if judged and not d.worse then row.mark, group.within = d.better and "ahead" or "level", group.within + 1 end
      if judged and d.worse then group.behind = group.behind + 1 end
    end
  end
  return group
end

-- What the study asks, per data set and pooled.
local function build_asked(results, answer)
  local asked = { loss = answer.loss, vary = answer.vary, baseline = answer.baseline, above = answer.above,
    effect = plain(answer.effect), rows = {}, against = {} }
  local function side(chosen)
    return chosen and { config = chosen.config, parameters = chosen.parameters, varied = results:varied_of(chosen.config),
      setting = results:describe(chosen.config), units = results:units(chosen.config), test = chosen.test_mean, runs = chosen.n,
        lost = chosen.lost }
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

--- ll.report.build(db [, { trust = false, told }]) -> table
-- What losslab show says of a study, as a plain table of numbers and texts: what its --json gives.
--
-- It has study, question, metric, goal; varied, the names of the fields that vary; groups, one a data set: { dataset, n, notes,
-- rows }; asked, what the study asks, answered; sentences, and sentence, all of them; over, sentences on all losses over at least
-- five data sets; over_folds, what the study asks of all folds' held-out scores put together, a row a data set, loss and metric,
-- as results:over_folds gives it; inner, how many inner folds nested cross-validation has, where it is that; unvalidated, true
-- where there was no validation part, and nothing was chosen; tuned, the sentence on what tuning brought; ablation, that on what
-- each part of a study with ablate brings; looks, how often numbers on test parts were shown { before, since, rows }, before and
-- since the study was last changed;
-- lost, the sentence on lost runs; claim, finding, details; searched, sentences on the study's
-- searches; passed, losses that passed batches over; mixed, what may have given
-- other bits; counts. A row of a group has loss, config, parameters, varied, setting (in words), test, test_sd, valid, runs, lost,
-- of (of each fold's own choice), folds, folds_agree (how many of them chose config), pooled_test (config's own), and mark: "best",
-- "level", or "ahead" (of the best, but with more lost runs).
--   db      a path, or an open ll.store
--   trust   whether the study's own script, which tells its finding, may be run though it was not run here before
--   told    what that script said already
-- Errors: no database.
-- See: ll.report.text, results:report, losslab show
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   local built = ll.report.build "s.db"
--   built.groups[1].rows[1].loss, built.counts.done   --> hinge 5
function report.build(db, options, ...)
  check.no_more("ll.report.build", 2, ...)
  local o = check.fields("report", options or {}, { "trust", "told" }, 2)
  local store <close> = type(db) == "string" and ll.store.open(db) or nil
  local results = results_of.read(store or db)
  local out = { study = results.study.name, question = results.study.question, metric = results.metric, goal = results.goal,
    counts = results.status, varied = json.array(results.varied), groups = {} }
  for i, dataset in ipairs(results.datasets) do out.groups[i] = build_group(results, dataset) end
  local answer = results:answer()
  if answer then
    out.asked = build_asked(results, answer)
    out.sentences = sentences.asked(results, answer)
  else
    out.sentences = { sentences.plain(out.groups, results.metric, results.plan.quick) }
  end
  if not results.plan.quick then
    local enough = #results.datasets >= comparison_text.LEAST and #results.losses > 1
    out.over = enough and comparison_text.sentences(results:compare_losses { bayes = false }) or {}
    if results.plan.ablate then
      out.ablation = ablation_text.sentence(results, results:ablation())
    else
      out.tuned = comparison_text.tuned_sentence(results, results:tuned())
    end
  end
  out.lost = sentences.lost(out.groups)
  table.insert(out.sentences, out.lost)
  out.sentence = table.concat(out.sentences, " ")
  out.inner = results.inner > 1 and results.inner or nil
  out.unvalidated = results.unvalidated or nil
  out.over_folds = over_folds.asked(results)
  out.looks = looks.read(results.store)
  out.passed = {}
  for row in results.store:rows "passed_over" do out.passed[#out.passed + 1] = row end
  out.searched = json.array(searched.sentences(results))
  out.computers = computer.list(results.store, results.status.done + results.status.diverged + results.status.pruned)
  out.mixed = computer.mixed(out.computers)
  local told = o.told or sandbox.ask(results.store, { finding = true, trust = o.trust })
  out.claim, out.finding, out.details = told.claim, told.finding, told.details
  return out
end

-- ---- text ---------------------------------------------------------------------------------------------------------------

local function fixed(x, digits) return x and string.format("%." .. digits .. "f", x) or "-" end

-- "~ best, lost 2 of 5": what is not said of the lost runs would be said of those that finished alone.
local function mark_of(row)
  local words = {}
  if not row.config then words[1] = "nothing finished" end
  if row.mark then words[1] = marks.words[row.mark] end
  if (row.lost or 0) > 0 then words[#words + 1] = string.format("lost %d of %d", row.lost, row.of) end
  for i, each in ipairs(words) do words[i] = columns.together(each) end
  return table.concat(words, ", ")
end

-- Lines: a row a data set and loss, a blank line between data sets; the best in bold where that is wanted.
local function losses_table(built, digits, options)
  local list = { { title = "data set", most = 32, least = 10 }, { title = "loss", most = 32, least = 10 } }
  for _, name in ipairs(built.varied) do list[#list + 1] = { title = name, most = 48, least = 8, rank = 4, fold = true } end
  local numbers = { { "test " .. built.metric }, { "± sd", 6 }, { "runs", 7 }, { "lost", 5 } }
  if options.by_fold then table.insert(numbers, 1, { "folds", 4 }) end
  for _, each in ipairs(numbers) do list[#list + 1] = { title = each[1], right = true, rank = each[2] } end
  list[#list + 1] = { title = "", name = "which is best", wrap = true, rank = 1 }
  local rows, best, starts, out = {}, {}, {}, {}
  for g, group in ipairs(built.groups) do
    starts[#rows + 2] = g > 1
    for i, row in ipairs(group.rows) do
      local cells = { i == 1 and group.dataset or "", row.loss }
      for _, name in ipairs(built.varied) do cells[#cells + 1] = row.cells and row.cells[name] or "-" end
      if options.by_fold then
        cells[#cells + 1] = (row.folds or 0) > 0 and row.tried > 1 and string.format("%d of %d", row.folds_agree, row.folds) or "-"
      end
      local runs, lost = row.runs and string.format("%d", row.runs) or "-", string.format("%d", row.diverged + row.failed)
      local of_row = { fixed(row.test, digits), fixed(row.test_sd, digits), runs, lost, mark_of(row) }
      table.move(of_row, 1, #of_row, #cells + 1, cells)
      rows[#rows + 1] = cells
      best[#rows + 1] = row.mark == "best"
    end
  end
  local lines, note = columns.fit(list, rows, { width = options.columns, fold = { title = "chosen on validation", rank = 8 } })
  for i, line in ipairs(lines) do
    if starts[i] then out[#out + 1] = "" end
    out[#out + 1] = options.color and best[i] and line:gsub("[^\n]+", "\27[1m%0\27[0m") or line
  end
  return table.concat(out, "\n") .. (note and "\n" .. note or "")
end

-- What is taken of all folds together: a row a data set and loss, a column a metric.
local function over_folds_table(rows, options)
  local list, place, lines = { { title = "data set", most = 32, least = 10 }, { title = "loss", most = 32, least = 10 } }, {}, {}
  local several, at = false, nil
  for _, row in ipairs(rows) do several = several or row.sd ~= nil end
  for _, row in ipairs(rows) do
    if not place[row.metric] then
      list[#list + 1] = { title = clean(row.metric), right = true, rank = 3 }
      place[row.metric] = #list
      if several then list[#list + 1] = { title = "± sd", right = true, rank = 6 } end
    end
  end
  list[#list + 1] = { title = "", name = "what is missing", wrap = true, rank = 1 }
  for _, row in ipairs(rows) do
    if not at or at.dataset ~= row.dataset or at.loss ~= row.loss then
      local cells = { at and at.dataset == row.dataset and "" or row.dataset, row.loss }
      for column = 3, #list - 1 do cells[column] = "-" end
      cells[#list] = over_folds.remark(row)
      at = { dataset = row.dataset, loss = row.loss, cells = cells }
      lines[#lines + 1] = cells
    end
    local column = place[row.metric]
    at.cells[column] = over_folds.word(row, row.mean) or "-"
    if several then at.cells[column + 1] = over_folds.word(row, row.sd) or "-" end
  end
  return columns.text(list, lines, { width = options.columns })
end

-- What the asked field does: a row a data set, and one for all of them.
local function effects_table(asked, digits, options)
  local list = { { title = "data set", most = 32, least = 10 },
    { title = "fixed", wrap = true, rank = 3 }, { title = "test", name = "its test", right = true, rank = 5 },
    { title = "varied", wrap = true, rank = 4 }, { title = "test", name = "its test", right = true, rank = 6 },
    { title = "difference", right = true }, { title = "95 % interval", rank = 1 },
    { title = "", name = "the verdict", wrap = true, rank = 2 } }
  local rows, units = {}, {}
  for _, row in ipairs(asked.rows) do
    for _, chosen in pairs { row.fixed, row.free } do table.move(chosen.units, 1, #chosen.units, #units + 1, units) end
  end
  units = text.labels(units, 48)
  local function add(name, row)
    local function side(chosen)
      local words = {}
      for i, unit in ipairs(chosen and chosen.units or {}) do words[i] = columns.together(units[unit]) end
      return #words > 0 and table.concat(words, ", ") or "-", fixed(chosen and chosen.test, digits)
    end
    local d = row.effect or {}
    local interval = d.low and d.high and signed(d.low, digits) .. " to " .. signed(d.high, digits) or "-"
    local before, its_test = side(row.fixed)
    local varied, other_test = side(row.free)
    local verdict = d.verdict or ""
    if d.n and d.n < d.of then verdict = verdict .. columns.together(string.format(", %d of %d pairs", d.n, d.of)) end
    rows[#rows + 1] = { name, before, its_test, varied, other_test, d.difference and signed(d.difference, digits) or "-", interval,
      verdict }
  end
  for _, row in ipairs(asked.rows) do add(row.dataset, row) end
  if #asked.rows > 1 then
    add("all of them", { effect = asked.effect })
    for column = 2, 5 do rows[#rows][column] = "" end
  end
  return columns.text(list, rows, { width = options.columns })
end

-- What the numbers of a loss are of, where folds had something to choose.
local BY_FOLD = "Test metrics are of each fold's own choice on its validation rows; shown is the configuration to use, which all "
  .. "folds' validation rows choose together (folds: how many chose it alone). "
local NESTED = "Nested cross-validation: what a fold chooses, it chooses by the mean of %d inner folds of the rows that it does "
  .. "not test on. "
local LEGEND = "best: %s mean on test among the losses; ~ best: no difference to it beyond noise (paired over folds and seeds, "
  .. "the 95 %% corrected t interval holds zero); lost: runs of the loss, all its configurations, that diverged or failed. "
local CHOSEN = "Configurations and epochs are chosen on validation only."
local UNCHOSEN = "Nothing was chosen: there is no validation part, each loss has one configuration, and its last epoch is shown."
local CHARGED = " A configuration, or a loss by the one chosen of it, that lost runs goes behind those that lost fewer, whatever "
  .. "its mean, which is of the runs that finished; above best: beyond noise so, and yet behind it."

-- Whether folds of a loss had something to choose.
local function has_folds(built)
  for _, group in ipairs(built.groups) do
    for _, row in ipairs(group.rows) do
      if (row.folds or 0) > 1 and row.tried > 1 then return true end
    end
  end
  return false
end

--- ll.report.legend(built) -> string
-- What the numbers and words of a study's table mean: how configurations were chosen, what best and lost say.
--   built   of ll.report.build
-- See: ll.report.text
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   ll.report.legend(ll.report.build "s.db"):match "chosen on validation only"   --> chosen on validation only
function report.legend(built, ...)
  check.no_more("ll.report.legend", 1, ...)
  local c = built.counts
  local charged = (c.diverged or 0) + (c.failed or 0) > 0
  local nested = built.inner and NESTED:format(built.inner) or ""
  return (has_folds(built) and BY_FOLD or "") .. nested .. LEGEND:format(built.goal == "min" and "lowest" or "highest")
    .. (built.unvalidated and UNCHOSEN or CHOSEN) .. (charged and CHARGED or "")
end

--- ll.report.text(built [, { width = 100, columns, color = false }]) -> string
-- What ll.report.build gave, as text for a terminal.
--   built     of ll.report.build
--   width     columns at which sentences are broken (100)
--   columns   columns that tables must fit in (they are whole)
--   color     whether the best and the finding are in bold (false)
-- See: ll.report.build, results:report
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   print(ll.report.text(ll.report.build "s.db", { width = 60, columns = 60 }))   --> …
function report.text(built, options, ...)
  check.no_more("ll.report.text", 2, ...)
  local o = check.fields("report", options or {}, { "width", "columns", "color" }, 2)
  local out, width, digits = {}, o.width or 100, marks.digits(built.groups)
  local function say(format, ...) out[#out + 1] = string.format(format, ...) end
  local function paragraph(words, bold)
    words = text.wrap(words, width)
    say("\n%s", bold and words:gsub("[^\n]+", "\27[1m%0\27[0m") or words)
  end

  local title = clean(built.study) .. (built.question ~= "" and ": " .. clean(built.question) or "")
  say("%s", o.columns and text.wrap(title, width) or title)
  local c = built.counts
  say("%d runs done%s%s%s%s", c.done or 0, (c.diverged or 0) > 0 and string.format(", %d diverged", c.diverged) or "",
    (c.failed or 0) > 0 and string.format(", %d failed", c.failed) or "",
    (c.pruned or 0) > 0 and string.format(", %d pruned", c.pruned) or "",
    (c.open or 0) > 0 and string.format(", %d STILL TO DO: what follows is preliminary", c.open) or "")
  local by_fold = has_folds(built)
  say("\n%s", losses_table(built, digits, { columns = o.columns, color = o.color, by_fold = by_fold }))
  paragraph(report.legend(built))
  for _, group in ipairs(built.groups) do
    for _, note in ipairs(group.notes) do paragraph(clean("note: " .. group.dataset .. ": " .. note)) end
  end

  if built.over_folds and #built.over_folds > 0 then
    paragraph(over_folds.legend(built))
    say("%s", over_folds_table(built.over_folds, o))
  end
  local asked = built.asked
  if asked and asked.vary and #asked.rows > 0 then
    local vary, base = clean(asked.vary), number_text(asked.baseline)
    say("\n%s: %s %s %s against %s = %s", clean(asked.loss), vary, asked.above and "above" or "other than", base, vary, base)
    say("%s", effects_table(asked, digits, o))
  end
  paragraph(built.sentence)
  if #built.searched > 0 then paragraph(table.concat(built.searched, " ")) end
  if built.over and #built.over > 0 then paragraph(table.concat(built.over, " ")) end
  if built.tuned or built.ablation then paragraph(built.tuned or built.ablation) end
  local looked = looks.sentence(built.looks)
  if looked then paragraph(looked) end
  if #built.passed > 0 then paragraph(table.concat(sentences.passed(built.passed, built.groups), " ")) end
  if built.mixed then paragraph(built.mixed) end
  if built.claim then paragraph(clean("claim: " .. built.claim)) end
  if built.finding then paragraph(clean("finding: " .. built.finding), o.color) end
  for _, detail in ipairs(built.details) do paragraph(clean(detail)) end
  return table.concat(out, "\n") .. "\n"
end

return report
