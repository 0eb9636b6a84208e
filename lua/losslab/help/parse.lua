-- Reads the entries of help from where they stand: comments that begin with "--- name" in the Lua sources (here without their
-- dashes), and the text that lua/bind/help.awk made of those in the C sources. CONTRIBUTING.md has the format.
local M = {}

local NAME = "^[%a_][%w_%.:]*"

-- Whether a line is a further call of the entry `name`, rather than a sentence that begins with it.
local function is_call(line, name)
  if line:sub(1, #name) ~= name then return false end
  local rest = line:sub(#name + 1)
  return rest:find "^%s*[%(%[{]" ~= nil or rest:find '^ "' ~= nil or rest:find "^ %->" ~= nil
end

local function balance(line)
  local _, open = line:gsub("[%(%[{]", "")
  local _, close = line:gsub("[%)%]}]", "")
  return open - close
end

-- "ll.zeros(rows) -> matrix" as the call and what it gives.
local function parts_of(line)
  local call, gives = line:match "^(.-)%s+%->%s+(.+)$"
  return call or line, gives
end

-- What a module, an object or a value is named within: "ll.loss.list" stands in "ll.loss", "matrix:sum" in "matrix".
function M.module_of(name) return name:match "^(.*)[%.:][^%.:]+$" or name end

-- A function of a matrix as its method: "ll.scale(x [, factor])" is "matrix:scale([factor])".
function M.method_call(call)
  return (call:gsub("^ll%.([%w_]+)%(%[?[%w_]+", "matrix:%1("):gsub("%( *%[, ", "([", 1):gsub("%(, ", "(", 1))
end

-- The first sentence.
local function first_sentence(text)
  local at = 1
  while true do
    local stop = text:find("[%.;:] ", at)
    if not stop then return (text:gsub("%.$", "")) end
    local sentence = text:sub(1, stop)
    local abbreviated = sentence:find "%f[%w]e%.g%.$" or sentence:find "%f[%w]i%.e%.$" or sentence:find "%f[%w]cf%.$"
      or sentence:find "%f[%w]vs%.$" or sentence:find "%f[%w]al%.$"
    if sentence:sub(-1) == "." and not abbreviated then return sentence:sub(1, -2) end
    at = stop + 1
  end
end
M.first_sentence = first_sentence

-- An entry from its lines. A paragraph of the text is { text }, or { verbatim = lines } where it is indented and names no
-- parameter.
function M.entry(lines, file, line)
  local name = lines[1]:match(NAME):gsub("[%.:]$", "")
  local entry = { name = name, calls = {}, params = {}, see = {}, module = M.module_of(name), file = file, line = line }
  local at = 1
  while lines[at] and (at == 1 or is_call(lines[at], name)) do
    local call = lines[at]
    while balance(call) > 0 and lines[at + 1] do
      at = at + 1
      call = call .. " " .. lines[at]:match "^%s*(.*)$"
    end
    local form, gives = parts_of(call)
    entry.calls[#entry.calls + 1] = form
    entry.gives = entry.gives or gives
    if gives and gives ~= entry.gives then entry.calls[#entry.calls] = call end
    at = at + 1
  end
  local paragraphs, state, param, indent = {}, "text", nil, 0
  local example
  for i = at, #lines do
    local text = lines[i]
    local word, rest = text:match "^(%u%l+):%s*(.*)$"
    if state ~= "example" and (word == "Errors" or word == "See" or word == "Example") then
      state, param = word:lower(), nil
      if state == "errors" then entry.errors = rest
      elseif state == "see" then entry.said_see = rest
      else example = rest ~= "" and { rest } or {} end
    elseif state == "example" then
      example[#example + 1] = (text:gsub("^  ", ""))
    elseif state == "errors" then
      entry.errors = entry.errors .. (entry.errors ~= "" and " " or "") .. text:match "^%s*(.*)$"
    elseif state == "see" then
      entry.said_see = entry.said_see .. " " .. text:match "^%s*(.*)$"
    else
      local space = #text:match "^ *"
      local key, doc = text:match "^  +(%S.-)  +(%S.*)$"
      if text == "" then
        paragraphs[#paragraphs + 1] = false -- the next line begins another
        param = nil
      elseif param and space > indent and not (key and space < indent) then
        param.text = param.text .. " " .. text:match "^%s*(.*)$"
      elseif space >= 2 and key then
        param, indent = { name = key, text = doc }, space
        entry.params[#entry.params + 1] = param
      elseif space >= 2 then
        local last = paragraphs[#paragraphs]
        if last and last.verbatim then last.verbatim[#last.verbatim + 1] = text:sub(3)
        else paragraphs[#paragraphs + 1] = { verbatim = { text:sub(3) } } end
      else
        param = nil
        local last = paragraphs[#paragraphs]
        if last and last.text then last.text = last.text .. " " .. text
        else paragraphs[#paragraphs + 1] = { text = text } end
      end
    end
  end
  entry.paragraphs = {}
  for _, paragraph in ipairs(paragraphs) do
    if paragraph then entry.paragraphs[#entry.paragraphs + 1] = paragraph end
  end
  local words = {}
  for i, paragraph in ipairs(entry.paragraphs) do words[i] = paragraph.text or table.concat(paragraph.verbatim, "\n") end
  entry.text = table.concat(words, "\n\n")
  local opening = entry.paragraphs[1] and entry.paragraphs[1].text
  local line_end = opening and lines[at] and lines[at]:find "[^%.,;:]$" and lines[at + 1] and lines[at + 1]:find "^%u"
  entry.summary = opening and first_sentence(line_end and lines[at] or opening) or ""
  for see in (entry.said_see or ""):gmatch "[^,;]+" do entry.see[#entry.see + 1] = see:match "^%s*(.-)%.?%s*$" end
  while example and example[#example] == "" do example[#example] = nil end
  entry.example = example and #example > 0 and table.concat(example, "\n") or nil
  return entry
end

-- The entries of a Lua source.
function M.lua(source, file, add)
  local lines, first, number = nil, nil, 0
  for line in (source .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local begins, goes_on = line:match "^%s*%-%-%- ([%a_].*)$", line:match "^%s*%-%- ?(.*)$"
    if lines and goes_on and not begins then
      lines[#lines + 1] = goes_on:match "^(.-)%s*$"
    else
      if lines then add(M.entry(lines, file, first)) end
      lines, first = begins and { begins } or nil, number
    end
  end
  if lines then add(M.entry(lines, file, first)) end
end

-- The entries of the C sources: their lines behind "@file:line".
function M.c(text, add)
  local lines, file, number
  for line in text:gmatch "([^\n]*)\n" do
    local at, n = line:match "^@([^:]+):(%d+)$"
    if at then
      if lines then add(M.entry(lines, file, number)) end
      lines, file, number = {}, at, tonumber(n)
    elseif lines then
      lines[#lines + 1] = line
    end
  end
  if lines and #lines > 0 then add(M.entry(lines, file, number)) end
end

return M
