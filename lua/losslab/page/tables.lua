-- The tables of a report: { kind = "table", name, caption, columns = { { title, right, code } }, rows = { { cell, … } }, keys }.
-- The first columns, as many as keys (1), say what a row is of: they stand in each part of a table that is too wide for a page. A
-- cell is a text, or { text, by } where it is sorted by a number, or has strong = true. They hold what the database says, in words
-- that are clean.
local fields = require "losslab.study.fields"
local marks = require "losslab.results.marks"
local over_folds = require "losslab.results.over_folds"
local text = require "losslab.text"

local LISTED = 15 -- numbers of a setting that are named one by one

local tables = {}

local clean = text.clean

-- Columns of their titles; > stands before those of numbers.
function tables.titles(names)
  local out = {}
  for i, name in ipairs(names) do out[i] = { (name:gsub("^>", "")), right = name:find "^>" ~= nil } end
  return out
end

local titles = tables.titles

function tables.number(x, digits)
  if type(x) ~= "number" then return "–" end
  return { digits and string.format("%." .. digits .. "f", x) or text.number(x, 4), x }
end

local number = tables.number

local function count(x) return { string.format("%d", x or 0), x or 0 } end

-- What each loss reached on each data set: the result first, so that a narrow screen shows it.
function tables.losses(built)
  local rows, digits, metric = {}, marks.digits(built.groups), clean(built.metric)
  local names = { "data set", "loss", ">test " .. metric, ">± sd", "against the best" }
  for _, name in ipairs(built.varied) do names[#names + 1] = clean(name) end
  for _, name in ipairs { ">valid " .. metric, ">folds agree", ">runs", ">lost" } do names[#names + 1] = name end
  for _, group in ipairs(built.groups) do
    for _, row in ipairs(group.rows) do
      local best = row.mark == "best"
      local test, d = number(row.test, digits), row.to_best
      if best and type(test) == "table" then test.strong = true end
      local words = row.config and marks.words[row.mark] or not row.config and "nothing finished" or ""
      if d and d.low and d.high then
        words = string.format("%s%s (%s to %s)", words ~= "" and words .. ", " or "", text.signed(d.difference, digits),
          text.signed(d.low, digits), text.signed(d.high, digits))
      end
      local cells = { clean(group.dataset), { clean(row.loss), strong = best }, test, number(row.test_sd, digits), words }
      for _, name in ipairs(built.varied) do cells[#cells + 1] = row.cells and row.cells[name] or "–" end
      for _, cell in ipairs { number(row.valid, digits),
        (row.folds or 0) > 0 and { string.format("%d of %d", row.folds_agree, row.folds), row.folds_agree / row.folds } or "–",
        count(row.runs), count((row.diverged or 0) + (row.failed or 0)) } do
        cells[#cells + 1] = cell
      end
      rows[#rows + 1] = cells
    end
  end
  return { kind = "table", name = "losses", keys = 2, columns = titles(names), rows = rows,
    caption = "Each loss on each data set, by " .. (built.unvalidated and "its one configuration, at the last epoch"
      or "the configuration that its validation rows choose") .. "; the difference to the best with its 95 % interval" }
end

-- What is taken of all folds together: a row a data set, loss and metric.
function tables.over_folds(built)
  local rows = {}
  for i, row in ipairs(built.over_folds) do
    local words = over_folds.word(row, row.mean)
    rows[i] = { clean(row.dataset), clean(row.loss), clean(row.metric), words and { words, row.mean } or "–",
      row.sd and { over_folds.word(row, row.sd), row.sd } or "–", count(row.n), over_folds.remark(row) }
  end
  return { kind = "table", name = "over_folds", keys = 3, rows = rows, caption = "O" .. over_folds.legend(built):sub(2),
    columns = titles { "data set", "loss", "metric", ">value", ">± sd", ">seeds", "missing" } }
end

-- What the asked field does: a row a data set.
function tables.asked(built)
  local asked, digits = built.asked, marks.digits(built.groups)
  if not asked.vary then return nil end
  local rows, base = {}, clean(fields.word(asked.baseline))
  local function add(name, row)
    local d = row.effect
    if not d then return end
    rows[#rows + 1] = { clean(name), row.fixed and clean(row.fixed.setting) or "", number(row.fixed and row.fixed.test, digits),
      row.free and clean(row.free.setting) or "", number(row.free and row.free.test, digits),
      { text.signed(d.difference, digits), d.difference },
      d.low and d.high and string.format("%s to %s", text.signed(d.low, digits), text.signed(d.high, digits)) or "–",
      { d.verdict or "", strong = d.verdict == "better" or d.verdict == "worse" } }
  end
  for _, row in ipairs(asked.rows) do add(row.dataset, row) end
  if #asked.rows > 1 then add("all of them", { effect = asked.effect }) end
  if #rows == 0 then return nil end
  return { kind = "table", name = "asked", rows = rows, columns = titles { "data set", "fixed", ">its test", "varied", ">its test",
    ">difference", "95 % interval", "verdict" },
    caption = string.format("%s: %s %s %s against %s = %s", clean(asked.loss), clean(asked.vary),
      asked.above and "above" or "other than", base, clean(asked.vary), base) }
end

function tables.datasets(store)
  local rows, classes, columns = {}, false, { "data set", ">rows", ">features", "origin", "sha256", "notes" }
  for row in store:rows "datasets" do
    classes = classes or (row.classes or 0) > 0
    rows[#rows + 1] = { clean(row.name), count(row.rows), count(row.features), row.positives and count(row.positives) or "–",
      (row.classes or 0) > 0 and count(row.classes) or "–", clean(row.origin or ""),
      { clean(row.sha256):sub(1, 16) .. "…", code = true }, clean((row.notes or ""):gsub("\n+$", ""):gsub("\n", "; ") .. "") }
  end
  if classes then columns = { "data set", ">rows", ">features", ">positives", ">classes", "origin", "sha256", "notes" } end
  for _, row in ipairs(classes and {} or rows) do -- real values alone
    table.remove(row, 5)
    table.remove(row, 4)
  end
  return { kind = "table", name = "datasets", caption = "Data sets", rows = rows, columns = titles(columns) }
end

-- The settings that all configurations share, and the values of those that vary.
function tables.configs(results)
  local rows, varied = {}, {}
  for _, name in ipairs(results.varied) do varied[name] = true end
  for _, entry in ipairs(results.fields) do
    local words, list = {}, fields.list(results.configs, entry)
    for i, value in ipairs(list) do words[i] = fields.word(value) end
    if #list > LISTED and type(list[1]) == "number" and type(list[#list]) == "number" then -- of a search
      words = { string.format("%d values from %s to %s", #list, words[1], words[#words]) }
    end
    rows[#rows + 1] = { clean(entry.name), { clean(entry.place), code = true }, { text.shorten(table.concat(words, ", "), 300),
      strong = varied[entry.name] } }
  end
  return { kind = "table", name = "settings", rows = rows, columns = titles { "setting", "of", "values" },
    caption = "Settings of the configurations; what the study varies is in bold" }
end

-- Runs that diverged or failed, and why: those of one message in one row.
function tables.lost(store)
  local groups, order = {}, {}
  for row in store:rows "trials" do
    if row.status == "diverged" or row.status == "failed" then
      local why = clean((row.error or ""):match "^[^\n]*")
      local key = table.concat({ row.dataset, row.loss, row.status, why }, "\0")
      if not groups[key] then
        groups[key] = { row = row, why = why, trials = {} }
        order[#order + 1] = groups[key]
      end
      table.insert(groups[key].trials, row.trial)
    end
  end
  if #order == 0 then return { kind = "text", text = "None: every run that was begun finished." } end
  local rows = {}
  for i, each in ipairs(order) do
    local ids = {}
    for k = 1, math.min(8, #each.trials) do ids[k] = tostring(each.trials[k]) end
    if #each.trials > 8 then ids[9] = "…" end
    rows[i] = { clean(each.row.dataset), clean(each.row.loss), each.row.status, count(#each.trials), each.why,
      table.concat(ids, ", ") }
  end
  return { kind = "table", name = "lost_runs", caption = "Runs that were lost", rows = rows,
    columns = titles { "data set", "loss", "how", ">runs", "why", "trials" } }
end

-- Every trial: its configuration, what came out of it, and what computed it. Its rows are values, not words, since there may be
-- very many of them.
function tables.trials(store, results)
  local metric, names = clean(results.metric), { ">trial", "data set", "loss" }
  for _, name in ipairs(results.varied) do names[#names + 1] = clean(name) end
  local behind = { ">fold", ">seed", "status", ">epoch", ">valid " .. metric, ">test " .. metric, ">seconds", "host", "finished",
    "bits", "key" }
  local columns = titles(table.move(behind, 1, #behind, #names + 1, names))
  columns[#columns].code = true
  local rows = {}
  for row in store:rows "trials" do
    local cells, config = { row.trial, clean(row.dataset), clean(row.loss) }, results.configs[row.config]
    for _, name in ipairs(results.varied) do
      local value = config and config.fields[name]
      cells[#cells + 1] = type(value) == "number" and value or value ~= nil and fields.word(value) or ""
    end
    for _, value in ipairs { row.fold, row.seed, row.status, row.best_epoch or "", row.valid or "", row.test or "",
      row.seconds or "", clean(row.host or ""), clean(row.finished or ""), row.bits or "", clean(row.key or "") } do
      cells[#cells + 1] = value
    end
    rows[#rows + 1] = cells
  end
  return { kind = "trials", name = "all_trials", columns = columns, rows = rows, caption = "Every trial of the study" }
end

return tables
