-- losslab losses: the catalogue of losses, distances and divergences, as the rows of the engine's tables say it.
local columns = require "losslab.columns"
local ll = require "losslab"
local row_words = require "losslab.help.row_words"
local say = require "losslab.say"
local text = require "losslab.text"

-- Every row of the tables, in their order; `called` is how a script calls it.
local function catalogue()
  local rows, names, by_name = {}, {}, {}
  for _, module in ipairs { "loss", "distance", "divergence" } do
    for _, name in ipairs(ll[module].list()) do
      local row = ll[module].describe(name)
      row.called = "ll." .. module .. "." .. name
      rows[#rows + 1], names[#names + 1], by_name[name] = row, name, row
    end
  end
  return rows, names, by_name
end

-- Spaces that do not break keep a parameter on one line.
local function parameter(p)
  local range = p.kind == "boolean" and "" or " (" .. p.range .. ")"
  return ((p.name .. " " .. text.number(p.default) .. range):gsub(" ", "\194\160"))
end

local function list(given)
  local rows = catalogue()
  if given.json then
    say.json(require "losslab.json".array(rows))
    return
  end
  local paint, family, name_width = text.paint(1), nil, 0
  local room = text.room() or 120
  for _, row in ipairs(rows) do name_width = math.max(name_width, text.width(row.name)) end
  local margin = (" "):rep(name_width + 4)
  local function line(first, rest)
    local at, below = room - name_width - 4, margin
    if at < 30 then -- what is said of it stands below the name
      if first ~= "" then say.out("  ", first, "\n") end
      at, below, first = room - 4, "    ", nil
      rest = rest:gsub("\194\160", " ")
    end
    rest = rest:gsub("%S+", function(each) return text.width(each) > at and each:gsub("\194\160", " ") or nil end)
    local wrapped = text.wrap(rest, at):gsub("\n", "\n" .. below)
    say.out(first and "  " .. text.pad(first, name_width) .. "  " or below, (wrapped:gsub("\194\160", " ")), "\n")
  end
  for _, row in ipairs(rows) do
    if row.family ~= family then
      say.out(family and "\n" or "", paint(row.family, "bold"), "\n")
      family = row.family
    end
    line(row.name, row.summary)
    local parameters = {}
    for i, p in ipairs(row.params) do parameters[i] = parameter(p) end
    if #parameters > 0 then line("", table.concat(parameters, ", ")) end
  end
end

-- "labels (n,1): classes, from 1"
local function described(input)
  local shape = input.shape .. (input.pairwise and "; pairwise " .. input.pairwise or "")
  local notes = { row_words.holds[input.role], input.optional and "may be left out" or nil }
  if input.named then notes[#notes + 1] = string.format("given as {%s = %s}", input.name, input.name) end
  return string.format("%s (%s)%s", input.name, shape, #notes > 0 and ": " .. table.concat(notes, ", ") or "")
end

local function show(name, given)
  local _, names, by_name = catalogue()
  local row = by_name[name] or require "losslab.cli.arguments".unknown("there is no loss", name, names)
  if given.json then
    say.json(row)
    return
  end
  local paint, room = text.paint(1), text.room() or 120
  say.out(paint(row.name, "bold"), " (", row.family, ")\n", text.wrap(row.summary, room), "\n\n")
  local inputs, differentiated = {}, {}
  for i, input in ipairs(row.inputs) do
    if input.role == "matrix" then differentiated[#differentiated + 1] = input.name end
    inputs[i] = described(input)
  end
  local rows = { { "formula", row.formula } }
  local function add(what, value) if value and value ~= "" then rows[#rows + 1] = { what, value } end end
  add("inputs", table.concat(inputs, "; "))
  local convention = row.gradient
  if convention == "" then convention = "to " .. table.concat(differentiated, " and ") .. ", as the formula says" end
  local again = row.twice and "; can be differentiated twice" or row.twice == false and "; no second derivative" or ""
  add("gradient", row.metric_only and "none: it is a metric only" or convention .. again)
  local is_loss = row.called:find "^ll%.loss%." ~= nil
  if is_loss then
    add("reduction", row.by_row and 'mean (default), sum or none' or "its own, as the formula says")
    if row.smooths then add("labels", "label_smoothing smooths them (0)") end
  end
  if is_loss and #row.weighs > 0 then add("weights", table.concat(row.weighs, ", ")) end
  add("value", row.value)
  add("axioms", row_words.axioms(row))
  add("output", row.output and row.output ~= "" and row.output .. ": what a study's network ends in for it")
  add("cost", row.cost)
  add("source", row.source)
  add("note", row.note)
  say.out(text.columns(rows, { indent = "  ", wrap = room }), "\n")
  if #row.params > 0 then
    local parameters = {}
    for i, p in ipairs(row.params) do parameters[i] = { p.name, text.number(p.default), p.range, p.doc } end
    say.out("\n", columns.text({ { title = "parameter" }, { title = "default", rank = 2 }, { title = "range", wrap = true,
      rank = 3 },
      { title = "", name = "what it is", wrap = true, rank = 1 } }, parameters, { indent = "  ", width = room }), "\n")
  end
  -- A loss is made with its parameters, then called; a distance or divergence takes them as its last argument.
  local example, options = {}, {}
  for _, input in ipairs(row.inputs) do
    if not input.optional and not input.named then example[#example + 1] = input.name end
    if not input.optional and input.named then options[1] = input.name .. " = " .. input.name end
  end
  local set = row.params[1]
  if set then
    local form = type(set.default) == "string" and "%q" or "%s"
    options[#options + 1] = set.name .. " = " .. form:format(text.number(set.default))
  end
  local made = "{" .. table.concat(options, ", ") .. "}"
  if not is_loss and #options > 0 then example[#example + 1] = made end
  say.out(string.format("\n  in Lua: %s%s(%s)\n", row.called, is_loss and made or "", table.concat(example, ", ")))
end

return {
  name = "losses",
  summary = "list the losses, distances and divergences; NAME: one's formula, shapes, gradient, cost and source",
  arguments = { { "NAME", "a loss, distance or divergence", optional = true } },
  json = true,
  example = { "losslab losses", "losslab losses hinge" },
  notes = [[
Sources are papers, by authors and year; a loss's page, docs/losses/FAMILY.md in the source tree, derives its gradient and says
where sources differ. reduction is a parameter of every loss whose rows are independent, label_smoothing of those of a row and its
class (in a study: train.label_smoothing). Gradients of losses come with their values and cannot be differentiated again; those of
distances can where it says so.]],
  run = function(given, arguments)
    if arguments[1] then return show(arguments[1], given) end
    return list(given)
  end,
}
