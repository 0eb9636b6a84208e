-- The one place where the program prints. Whatever comes from a database, a file, a script or an argument may hold what moves the
-- cursor, retitles the window or turns the direction of a line, so everything that is printed is made safe here: control
-- characters, bytes that are not UTF-8 and direction marks are shown as \27 and the like (losslab.text.clean). Newlines stay, tabs
-- become spaces, and on a terminal in colour our own codes stay. tests/lint refuses another way of printing in lua/losslab.
--
--   say.out(…)  say.err(…)     texts, to standard output and standard error
--   say.note(…)                the same to standard error, as a line that begins with "losslab: "
--   say.remark(…)              as err, but not where --quiet asks for silence: what no one needs to go on
--   say.json(value)            a line of JSON, in which those characters are \u001b and the like
--   say.export(format)         put(text) and finish() for rows as CSV or JSON: as they are, but made safe on a terminal
--   say.picture(lines) a drawing made of characters (losslab/plot/terminal), to standard output: its colours stay on a terminal
--   say.graphics(bytes) a picture in a terminal's own code for pictures; nothing where standard output is no terminal
--   say.screen(lines)  on a terminal: the whole screen, drawn again at each call; say.screen() gives back what was there
--   say.status(line)           the line at the cursor, in bold, on a terminal; say.status() clears it
local system = require "losslab".system
local text = require "losslab.text"

local M = {}

local OWN = "\27%[%d+m"
local own = { ["\27[0m"] = true, ["\27[1m"] = true, ["\27[31m"] = true, ["\27[32m"] = true } -- text.paint's

-- A line without its newline.
local function safe_line(line, coloured)
  line = line:gsub("\t", "        ")
  if not coloured or not line:find "\27" then return text.clean(line) end
  local out, at = {}, 1
  while true do
    local first, last = line:find(OWN, at)
    if not first then break end
    out[#out + 1] = text.clean(line:sub(at, first - 1))
    local code = line:sub(first, last)
    out[#out + 1] = own[code] and code or text.clean(code)
    at = last + 1
  end
  return table.concat(out) .. text.clean(line:sub(at))
end

-- The text as it may be printed. coloured: where our own colours are shown.
function M.safe(s, coloured)
  s = tostring(s)
  if not s:find "[^\n -~]" then return s end
  return (s:gsub("[^\n]+", function(line) return safe_line(line, coloured) end))
end

local function write(file, fd, ...)
  local coloured = text.colours(fd)
  for i = 1, select("#", ...) do
    local fine, why = file:write(M.safe((select(i, ...)), coloured))
    if not fine then return nil, why end
  end
  return true
end

-- True, or nil and why; the program ends with an error where its output could not be written (lua/bind/program.c).
function M.out(...) return write(io.stdout, 1, ...) end
function M.err(...)
  io.stdout:flush() -- where both go to one file, in the order in which they were said
  return write(io.stderr, 2, ...)
end
local is_quiet = false
function M.quiet(on) is_quiet = on end
function M.is_quiet() return is_quiet end
function M.remark(...) return is_quiet or M.err(...) end
function M.note(...) return M.err("losslab: ", table.concat { ... }, "\n") end
function M.flush() io.stdout:flush() end

-- ---- drawings ---------------------------------------------------------------------------------------------------------------

-- Each line is a list of { text, colour }: what stands in a text is made safe here as everywhere, colour is the codes of one
-- colour ("38;5;32") or nil.
function M.picture(lines)
  local coloured = text.colours(1)
  for _, line in ipairs(lines) do
    local out = {}
    for _, run in ipairs(line) do
      local words = M.safe(run[1])
      out[#out + 1] = coloured and run[2] and run[2]:find "^[%d;]+$" and string.format("\27[%sm%s\27[0m", run[2], words) or words
    end
    io.stdout:write(table.concat(out), "\n")
  end
  io.stdout:flush()
end

function M.graphics(bytes)
  if system.terminal(1) then io.stdout:write(bytes, "\n") io.stdout:flush() end
end

-- ---- JSON ------------------------------------------------------------------------------------------------------------------

-- With U+FFFD for the bytes that are not UTF-8, of which JSON has none.
local function whole(s)
  local out, at = {}, 1
  while at <= #s do
    local good, bad = utf8.len(s, at)
    if good then break end
    out[#out + 1] = s:sub(at, bad - 1) .. "\u{FFFD}"
    at = bad + 1
  end
  return table.concat(out) .. s:sub(at)
end

local function valid(value)
  if type(value) == "string" then return whole(value) end
  if type(value) ~= "table" then return value end
  local out = {}
  for key, each in pairs(value) do out[valid(key)] = valid(each) end
  return setmetatable(out, getmetatable(value))
end

-- JSON text whose strings hold no character that a terminal or a reader of it could take for something else.
local function plain_json(s)
  local function escaped(character) return string.format("\\u%04x", utf8.codepoint(character)) end
  return text.unsafe(s:gsub("\127", escaped), escaped)
end

function M.json(value)
  local json = require "losslab.json"
  local fine, s = pcall(json.encode, value)
  if not fine then s = json.encode(valid(value)) end
  io.stdout:write(plain_json(s), "\n")
end

-- ---- rows ------------------------------------------------------------------------------------------------------------------

-- A file or a pipe gets the bytes as they are; a terminal is shown them, line by line.
function M.export(format)
  local held, terminal = {}, system.terminal(1)
  local function put(piece)
    local fine, why = io.stdout:write(piece)
    if not fine then error("cannot write the results: " .. why, 0) end
  end
  if not terminal then return put, function() end end
  local function show(s) put(format == "json" and plain_json(whole(s)) or M.safe(s)) end
  return function(piece)
    local lines, rest = piece:match "^(.*\n)([^\n]*)$"
    if not lines then
      held[#held + 1] = piece
      return
    end
    show(table.concat(held) .. lines)
    held = { rest }
  end, function() show(table.concat(held)) end
end

-- ---- a screen of its own -----------------------------------------------------------------------------------------------------

local screened = false

-- Lines as say.out takes them, no wider than the terminal and no more than it has.
function M.screen(lines)
  if not lines then
    if screened then io.stdout:write "\27[?25h\27[?1049l" io.stdout:flush() end
    screened = false
    return
  end
  if not screened then io.stdout:write "\27[?1049h\27[?25l" end
  screened = true
  local coloured, out = text.colours(1), {}
  for i, line in ipairs(lines) do out[i] = M.safe(line, coloured) .. "\27[K" end
  io.stdout:write("\27[H", table.concat(out, "\r\n"), "\27[J")
  io.stdout:flush()
end

-- ---- the line of progress ----------------------------------------------------------------------------------------------------

function M.status(line)
  if is_quiet then return end
  io.stderr:write("\r", line and text.paint(2)(text.clean(line), "bold") or "", "\27[K")
end

return M
