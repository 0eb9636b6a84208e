-- What a report says of one study, as plain data that every form of it writes (html_page, markdown_page, tex_page): parts, each
-- with a title and blocks. It is read from the database alone; words come from results/report.lua, figures from plot/draw.lua.
--
--   section.of(store, options)   { study, question, quick, path, parts = { { id, title, blocks } } }
--
-- A block is one of
--   { kind = "lead" | "text", text }                     a paragraph
--   { kind = "list", rows = { { name, text } } }         names and what stands behind them
--   { kind = "table", … }, { kind = "trials", … }        of page/tables.lua
--   { kind = "figure", name, title, said, content | file }   a figure and what it shows
--   { kind = "code", name, text }                        lines to be read as they are, folded where that is possible if long
local comparison_tables = require "losslab.page.comparison_tables"
local computer = require "losslab.run.computer"
local draw = require "losslab.plot.draw"
local gnuplot = require "losslab.plot.gnuplot"
local looks = require "losslab.results.looks"
local marks = require "losslab.results.marks"
local report = require "losslab.results.report"
local results_of = require "losslab.results.reading"
local sandbox = require "losslab.results.sandbox"
local tables = require "losslab.page.tables"
local text = require "losslab.text"

local section = {}

local clean = text.clean

local function paragraph(words) return { kind = "text", text = words } end

-- ---- the answer ----------------------------------------------------------------------------------------------------------------

local function answer(told)
  local built, blocks = told.built, {}
  local lead, rest = built.sentences[1], { table.unpack(built.sentences, 2) }
  if built.finding then
    lead, rest = built.finding, { table.unpack(built.details) }
    rest[#rest + 1] = built.lost
  end
  if built.claim then blocks[1] = { kind = "list", rows = { { "Claim", clean(built.claim) } } } end
  blocks[#blocks + 1] = { kind = "lead", text = clean(lead) }
  for _, words in ipairs(rest) do blocks[#blocks + 1] = paragraph(clean(words)) end
  if built.finding then
    for _, words in ipairs(built.sentences) do
      if words ~= built.lost then blocks[#blocks + 1] = paragraph(clean(words)) end
    end
  end
  if built.mixed then blocks[#blocks + 1] = paragraph(built.mixed) end
  local c = built.counts
  if (c.open or 0) > 0 then
    table.insert(blocks, 1, paragraph(string.format("Preliminary: %d of %d runs are still to be done.", c.open, c.total)))
  end
  return blocks
end

-- ---- evidence ------------------------------------------------------------------------------------------------------------------

local function evidence(told)
  local blocks = { tables.losses(told.built) }
  if told.built.over_folds and #told.built.over_folds > 0 then blocks[#blocks + 1] = tables.over_folds(told.built) end
  if told.built.asked then blocks[#blocks + 1] = tables.asked(told.built) end
  blocks[#blocks + 1] = paragraph(report.legend(told.built))
  return blocks
end

-- All losses over all data sets; what a quick form compares decides nothing.
local function compared(told)
  local blocks = {}
  for _, words in ipairs(told.built.over or {}) do blocks[#blocks + 1] = paragraph(clean(words)) end
  if told.built.tuned then blocks[#blocks + 1] = paragraph(clean(told.built.tuned)) end
  if told.results.plan.quick then return {} end
  local found = comparison_tables.blocks(told.results)
  table.move(found, 1, #found, #blocks + 1, blocks)
  local looked = looks.sentence(told.built.looks)
  if looked then blocks[#blocks + 1] = paragraph(looked) end
  return blocks
end

-- ---- figures -------------------------------------------------------------------------------------------------------------------

local function figures(told, options)
  if not gnuplot.available() then return { paragraph(clean(gnuplot.missing(told.store:path()))) } end
  local blocks, content = {}, {}
  local drawn = draw.draw(told.store, { out = options.folder, formats = { options.format }, told = told.script,
    take = not options.folder and function(name, svg) content[name] = svg end or nil })
  for _, path in ipairs(drawn.files) do
    local name = path:match "([^/]*)%.%w+$"
    blocks[#blocks + 1] = { kind = "figure", name = name, title = name:gsub("_", " "), said = clean(drawn.said[name] or ""),
      file = path, content = content[path] }
  end
  local none = {}
  for _, each in ipairs(drawn.skipped) do none[#none + 1] = { each[1]:gsub("_", " "), clean(each[2]) } end
  if #none > 0 then
    blocks[#blocks + 1] = paragraph "Not drawn of this study:"
    blocks[#blocks + 1] = { kind = "list", rows = none }
  end
  if drawn.why then blocks[#blocks + 1] = paragraph("The study's own figures are left out: " .. clean(drawn.why) .. ".") end
  return blocks, drawn.lacking
end

-- ---- what was compared, and how ------------------------------------------------------------------------------------------------

-- A value of a study's plan in a line: "1, 2", "folds 3, stratify true".
local function value_text(value, within)
  if type(value) ~= "table" then return clean(text.number(value, 6)) end
  local words, names = {}, {}
  for name in pairs(value) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  for _, name in ipairs(names) do
    words[#words + 1] = (type(name) == "string" and clean(name) .. " " or "") .. value_text(value[name], true)
  end
  local out = #words > 0 and table.concat(words, ", ") or "none"
  return within and #words > 1 and "(" .. out .. ")" or out
end

-- What stands in a plan for programs: measures repeats metrics, and a table shows over_folds; what is off is said of nothing.
local function of_plan(name, value) return name ~= "measures" and name ~= "over_folds" and value ~= false end

-- The search in few words; its spaces are the settings that the study varies.
local function of_search(search)
  return { method = search.method, by = search.by, at_once = search.at_once, budget = search.budget, seed = search.seed,
    prune = search.prune and search.prune.method or nil }
end

local function setting(told)
  local rows, plan = {}, told.results.plan
  local function add(name, words) rows[#rows + 1] = { name, words } end
  local best = told.built.goal == "max" and "highest" or "lowest"
  add("chosen by", told.built.unvalidated and marks.unchosen
    or string.format("%s on validation, %s", clean(told.built.metric), best))
  local names = {}
  for name, value in pairs(plan) do names[#names + 1] = of_plan(name, value) and tostring(name) or nil end
  table.sort(names)
  for _, name in ipairs(names) do add(name, value_text(name == "search" and of_search(plan.search) or plan[name])) end
  return { tables.datasets(told.store), { kind = "list", rows = rows }, tables.configs(told.results) }
end

-- ---- how to repeat it ----------------------------------------------------------------------------------------------------------

local function shell(word) return word:find "[^%w/._-]" and "'" .. word:gsub("'", "'\\''") .. "'" or word end

local function again(told)
  local row, path = told.store:one "study", told.store:path():match "[^/]*$"
  local chosen = told.several and " --study " .. shell(row.name) or ""
  local program = row.precision == "double" and "losslab-double" or "losslab"
  local lines = {}
  if row.script ~= "" then
    lines[1] = string.format("losslab show %s%s --script >again.lua", shell(path), chosen)
    lines[2] = string.format("%s run again.lua --db again.db", program)
    lines[3] = string.format("losslab diff %s again.db", shell(path))
  end
  for i, line in ipairs(lines) do lines[i] = clean(line) end
  lines[#lines + 1] = clean(string.format("%s replay %s%s", program, shell(path), chosen))
  local blocks = {
    paragraph(row.script ~= "" and "The study from its script, compared with this database, and trials of it bit by bit:"
      or "The study was made at a prompt; its trials can be run again bit by bit:"),
    { kind = "code", name = "", text = table.concat(lines, "\n") },
    { kind = "list", rows = {
      { "made", clean(string.format("%s by losslab %s in %s precision", row.created, row.version, row.precision)) },
      { "computed", table.concat(computer.lines(told.built.computers), "; ") },
      { "bits", table.concat(computer.bits_lines(told.built.computers), "; ") },
      { "plan", "sha256 " .. clean(row.plan_sha256) },
    } },
  }
  if row.script ~= "" then
    blocks[#blocks + 1] = { kind = "code", name = clean(row.file ~= "" and row.file or "script"), text = row.script }
  end
  return blocks
end

-- ---- the whole -----------------------------------------------------------------------------------------------------------------

local PARTS = {
  { "answer", "Answer", answer },
  { "evidence", "Evidence", evidence },
  { "compared", "The losses against each other", compared },
  { "figures", "Figures", figures },
  { "setting", "What was compared", setting },
  { "lost", "Lost runs", function(told) return { tables.lost(told.store) } end },
  { "trials", "Trials", function(told) return { tables.trials(told.store, told.results) } end },
  { "again", "How to repeat it", again },
}

-- options: folder [opt] and format of the figures, which are kept as content without a folder; several (whether the file holds
-- other studies, too), trust.
function section.of(store, options)
  local script = sandbox.ask(store, { finding = true, figures = true, trust = options.trust })
  local told = { store = store, script = script, several = options.several, results = results_of.read(store),
    built = report.build(store, { told = script }) }
  local out = { study = clean(told.built.study), question = clean(told.built.question), quick = told.results.plan.quick == true,
    path = clean(store:path()), parts = {} }
  for _, part in ipairs(PARTS) do
    local blocks, lacking = part[3](told, options)
    out.lacking = out.lacking or lacking
    if #blocks > 0 then out.parts[#out.parts + 1] = { id = part[1], title = part[2], blocks = blocks } end
  end
  return out
end

return section
