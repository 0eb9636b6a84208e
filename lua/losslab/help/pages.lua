-- Pages of help as text of a width: an entry, what a module or a class holds, lists of hits.
local entries = require "losslab.help.entries"
local text = require "losslab.text"

local M = {}

local LEAST = 24 -- columns that a text beside names has, else it stands below them

local function plain(s) return s end

local function indented(words, width, indent)
  local space = (" "):rep(indent)
  return space .. text.wrap(words, math.max(16, width - indent)):gsub("\n", "\n" .. space)
end

-- Names and texts in two columns, or, where that leaves too little room, one below the other. A name that is longer than most has
-- its text below it.
local function pairs_of(rows, width, paint, colour)
  local widest, out = 0, {}
  local most = math.max(12, math.min(30, width // 3))
  for _, row in ipairs(rows) do
    local n = text.width(row[1])
    if n <= most and n > widest then widest = n end
  end
  local at = widest + 4
  local beside = widest > 0 and width - at >= LEAST
  for _, row in ipairs(rows) do
    local name = row[1]
    if text.width(name) > width - 2 then name = text.wrap(name, width - 6):gsub("\n", "\n      ") end
    name = paint(name, colour)
    if not beside then
      out[#out + 1] = "  " .. name
      if row[2] ~= "" then out[#out + 1] = indented(row[2], width, 4) end
    elseif text.width(row[1]) > widest then
      out[#out + 1] = "  " .. name
      if row[2] ~= "" then out[#out + 1] = indented(row[2], width, at) end
    elseif row[2] == "" then
      out[#out + 1] = "  " .. name
    else
      local body = indented(row[2], width, at):sub(at + 1)
      out[#out + 1] = "  " .. name .. (" "):rep(at - 2 - text.width(row[1])) .. body
    end
  end
  return table.concat(out, "\n")
end
M.pairs_of = pairs_of

-- A line of code that is too long is broken after a comma or a bracket, or before "-->".
local function code(line, width, indent)
  local space = (" "):rep(indent)
  if text.width(line) + indent <= width then return space .. line end
  local first, comment = line:match "^(.-)%s*(%-%->.*)$"
  if comment and first ~= "" then
    local more = indented(comment, width, indent)
    return code(first, width, indent) .. "\n" .. more
  end
  local out, held, room = {}, "", width - indent
  local function put(piece)
    if held ~= "" and text.width(held) + text.width((piece:gsub("%s+$", ""))) > room then
      out[#out + 1] = space .. (#out > 0 and "    " or "") .. held:gsub("%s+$", "")
      held, room = "", width - indent - 4
    end
    held = held .. piece
  end
  for piece in (line .. ","):gmatch "(.-,%s*)" do -- at commas, else at spaces
    if text.width(piece) <= width - indent - 4 then put(piece)
    else for word in piece:gmatch "%s*[^%s]+%s*" do put(word) end end
  end
  out[#out + 1] = space .. (#out > 0 and "    " or "") .. held:gsub(",$", "", 1)
  return table.concat(out, "\n")
end

local function heading(out, words, paint)
  out[#out + 1] = ""
  out[#out + 1] = paint(words, "bold")
end

local function first_lines(entry, width, paint)
  local out = {}
  for i, call in ipairs(entry.calls) do
    local whole = call .. (i == 1 and entry.gives and " -> " .. entry.gives or "")
    local first, rest = text.wrap(whole, width):match "^([^\n]*)\n(.*)$"
    if first then whole = first .. "\n" .. indented(rest, width, 4) end
    out[#out + 1] = paint(whole, "bold")
  end
  if #out == 0 then out[1] = paint(entry.name, "bold") end
  return out
end

-- ---- one entry ------------------------------------------------------------------------------------------------------------

-- paint [opt]: text.paint's function.
function M.entry(entry, width, paint)
  paint = paint or plain
  local out = first_lines(entry, width, paint)
  for _, paragraph in ipairs(entry.paragraphs) do
    if paragraph.text then
      if #out > #entry.calls then out[#out + 1] = "" end
      out[#out + 1] = text.wrap(paragraph.text, width)
    else
      for _, line in ipairs(paragraph.verbatim) do out[#out + 1] = code(line, width, 4) end
    end
  end
  local rows = {}
  for i, param in ipairs(entry.params) do rows[i] = { param.name, param.text } end
  if #rows > 0 then
    out[#out + 1] = ""
    out[#out + 1] = pairs_of(rows, width, paint, "bold")
  end
  if entry.facts and #entry.facts > 0 then
    rows = {}
    for i, fact in ipairs(entry.facts) do rows[i] = { fact.name, fact.text } end
    out[#out + 1] = ""
    out[#out + 1] = pairs_of(rows, width, paint, nil)
  end
  if entry.errors and entry.errors ~= "" then
    out[#out + 1] = ""
    out[#out + 1] = text.wrap("Errors: " .. entry.errors, width)
  end
  if entry.example then
    heading(out, "Example", paint)
    for line in entry.example:gmatch "[^\n]+" do out[#out + 1] = code(line, width, 2) end
  end
  if #entry.see > 0 then
    out[#out + 1] = ""
    out[#out + 1] = text.wrap("See also: " .. table.concat(entry.see, ", "), width)
  end
  return table.concat(out, "\n")
end

-- ---- lists ----------------------------------------------------------------------------------------------------------------

-- "ll.zeros(rows [, cols]) -> matrix: A matrix of zeros."
function M.line(entry)
  local call = (entry.calls[1] or entry.name) .. (entry.gives and " -> " .. entry.gives or "")
  local summary = entry.summary
  if summary == "" then return call end
  return call .. ": " .. summary:gsub("%.?$", ".")
end

local formulas = { op = true, activation = true, initialisation = true } -- kinds whose summary is one: no sentence

-- Names and summaries.
function M.list(list, width, paint, name_of)
  local rows = {}
  for i, entry in ipairs(list) do
    local summary = entry.summary
    if not formulas[entry.kind] then summary = summary:gsub("^%l", string.upper) end
    rows[i] = { name_of and name_of(entry) or entry.name, summary }
  end
  return pairs_of(rows, width, paint or plain, "bold")
end

-- What a list is grouped by where an entry names no group: the file that it stands in, in words.
local by_file = {
  ["lua/bind/matrix_make.c"] = "making matrices", ["lua/bind/matrix_file.c"] = "files",
  ["lua/bind/matrix_read.c"] = "reading elements",
  ["lua/bind/matrix_change.c"] = "changing in place", ["lua/bind/matrix.c"] = "matrices",
  ["lua/bind/graph.c"] = "products and shapes",
  ["lua/bind/gradients.c"] = "gradients", ["lua/bind/matrix_index.c"] = "gradients",
  ["lua/bind/linalg.c"] = "linear algebra", ["lua/losslab/grad/derivatives.lua"] = "gradients",
  ["lua/losslab/grad/gradcheck.lua"] = "gradients",
}
local by_kind = { module = "modules", class = "objects", field = "fields", method = "methods", ["function"] = "functions" }

-- Fields of a study by the table that they stand in: study.split.folds in "split".
local function group_of(entry)
  local inner = entry.name:match "^study%.(%w+)%." or entry.name:match "^study%.(range)$"
  if inner then return inner end
  return entry.group or entry.kind ~= "field" and by_file[entry.file] or by_kind[entry.kind] or "functions"
end

local order = { modules = 1, fields = 2, ["making matrices"] = 3, files = 4, methods = 5, functions = 6 }

-- Members in groups: { { group, entries } … }, in a fixed order.
function M.groups(list)
  local groups, by_name = {}, {}
  for _, entry in ipairs(list) do
    local name = group_of(entry)
    if not by_name[name] then
      by_name[name] = { name = name, place = #groups + 1 }
      groups[#groups + 1] = by_name[name]
    end
    table.insert(by_name[name], entry)
  end
  table.sort(groups, function(a, b) return (order[a.name] or 100 + a.place) < (order[b.name] or 100 + b.place) end)
  return groups
end

-- The name of an entry as a member of the module or class: "hinge" in ll.loss, "sum" in matrix.
local function member_name(entry, of)
  if #of > 0 then
    for _, name in ipairs { entry.name, table.unpack(entry.also or {}) } do
      local rest = name:match("^" .. of:gsub("%W", "%%%0") .. "[%.: ](.*)$")
      if rest then return rest end
    end
  end
  return entry.name
end

-- A module or a class: its own entry, then what it holds. of [opt]: the name of the class whose members these are.
function M.holder(entry, members, width, paint, of)
  paint = paint or plain
  local out = { M.entry(entry, width, paint) }
  for _, group in ipairs(M.groups(members)) do
    heading(out, group.name, paint)
    out[#out + 1] = M.list(group, width, paint, function(each) return member_name(each, of or entry.name) end)
  end
  return table.concat(out, "\n")
end

-- A loss: what its row says, and what all losses can.
function M.object(entry, noun, width, paint)
  if entry.kind ~= "loss" then return M.of(entry, width, paint) end
  return M.holder(entry, entries.members(noun), width, paint, noun)
end

-- Several entries that a word may mean.
function M.hits(word, list, width, paint, most)
  local out = { string.format("%s: %d entries; help \"NAME\" says more of one.", word, #list), "" }
  local shown = table.move(list, 1, math.min(#list, most or 20), 1, {})
  out[#out + 1] = M.list(shown, width, paint)
  if #list > #shown then out[#out + 1] = string.format("  … %d more", #list - #shown) end
  return table.concat(out, "\n")
end

-- What a name means: the page of an entry, or of a module or class with its members.
function M.of(entry, width, paint)
  local members = (entry.kind == "module" or entry.kind == "class") and entries.members(entry.name) or {}
  if #members > 0 then return M.holder(entry, members, width, paint) end
  return M.entry(entry, width, paint)
end

return M
