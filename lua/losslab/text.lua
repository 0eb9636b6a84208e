-- Text as it is shown: made safe, cut, padded into columns, broken into lines, coloured where wanted; numbers in few digits.
local system = require "losslab".system

local M = {}

local function escaped(bytes)
  return (bytes:gsub(".", function(byte) return string.format("\\%d", byte:byte()) end))
end

-- One line of valid UTF-8, whatever the name or message holds: control characters, Unicode's own line ends and bytes that are not
-- UTF-8 are shown as \27 and the like, byte by byte, so that none reaches a terminal or ends a line.
function M.clean(s)
  s = tostring(s)
  if not s:find "[^ -~]" then return s end
  local out, at = {}, 1
  while at <= #s do
    local good, bad = utf8.len(s, at)
    local last = good and #s or bad - 1
    out[#out + 1] = s:sub(at, last)
    if not good then out[#out + 1] = escaped(s:sub(bad, bad)) end
    at = last + 2
  end
  return (table.concat(out):gsub("%c", escaped):gsub("\xc2[\x80-\x9f]", escaped):gsub("\xe2\x80[\xa8\xa9]", escaped))
end

-- Clean, and at most n characters: the middle is left out, since names tend to differ at their ends.
function M.shorten(s, n)
  s = M.clean(s)
  local length = utf8.len(s)
  if length <= n then return s end
  local head = n // 2
  local tail = n - 1 - head
  return s:sub(1, utf8.offset(s, head + 1) - 1) .. "…" .. (tail > 0 and s:sub(utf8.offset(s, -tail)) or "")
end

-- Code points that take two columns of a terminal, East Asian ones and emoji, and those that take none, combining marks.
local wide = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
  { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd } }
local none = { { 0x300, 0x36f }, { 0x200b, 0x200f }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f } }

local function among(c, ranges)
  for _, range in ipairs(ranges) do
    if c >= range[1] and c <= range[2] then return true end
  end
end

-- How many columns of a terminal a text takes; its bytes where it is not UTF-8.
function M.width(s)
  if not s:find "[\x80-\xff]" or not utf8.len(s) then return #s end
  local n = 0
  for _, c in utf8.codes(s) do n = n + (c < 0x300 and 1 or among(c, none) and 0 or among(c, wide) and 2 or 1) end
  return n
end

-- Whether a value is a name as Lua writes names.
function M.is_name(value) return type(value) == "string" and value:find "^[%a_][%w_]*$" ~= nil end

function M.pad(s, width, right)
  local space = (" "):rep(width - M.width(s))
  return right and space .. s or s .. space
end

-- Lines of at most `width` columns, broken at spaces.
function M.wrap(s, width)
  local lines, line = {}, nil
  for word in s:gmatch "%S+" do
    local longer = line and line .. " " .. word
    if line and M.width(longer) > width then
      lines[#lines + 1] = line
      line = word
    else
      line = longer or word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- Rows of cells (strings) as lines in columns, a text a row. options: right = {[column] = true}, wrap = the width in which the last
-- column is broken into lines, indent.
function M.lines(rows, options)
  options = options or {}
  local widths, indent, right = {}, options.indent or "", options.right or {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, M.width(cell)) end
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local before = indent
    for i = 1, #row - 1 do before = before .. M.pad(row[i], widths[i], right[i]) .. "  " end
    local last = row[#row]
    if right[#row] then last = M.pad(last, widths[#row], true) end
    local at = M.width(before)
    if options.wrap and options.wrap - at >= 20 and not right[#row] then
      last = M.wrap(last, options.wrap - at):gsub("\n", "\n" .. (" "):rep(at))
    end
    lines[#lines + 1] = ((before .. last):gsub(" +$", ""))
  end
  return lines
end

function M.columns(rows, options) return table.concat(M.lines(rows, options), "\n") end

-- Words in as many columns as there is room for, filled downwards.
function M.grid(words, room)
  local width = 0
  for _, word in ipairs(words) do width = math.max(width, M.width(word) + 2) end
  local columns = math.max(1, room // width)
  local rows, lines = (#words + columns - 1) // columns, {}
  for row = 1, rows do
    local line = {}
    for i = row, #words, rows do line[#line + 1] = M.pad(words[i], width) end
    lines[row] = table.concat(line):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

-- A number with at most `digits` significant digits (6); a whole one below ten million keeps all of its own. Other values as they
-- print.
function M.number(x, digits)
  if type(x) ~= "number" then return tostring(x) end
  if math.type(x) == "integer" then return tostring(x) end
  if x == math.floor(x) and math.abs(x) < 1e7 then return string.format("%d", x) end
  return (string.format("%." .. (digits or 6) .. "g", x):gsub("e([+-])0+", "e%1"):gsub("e%+", "e"))
end

-- How many decimals it takes to show two digits of x > 0: 3 to 6.
function M.decimals(x) return math.max(3, math.min(6, math.ceil(1 - math.log(x, 10)))) end

-- "+0.0042", "−0.0010"
function M.signed(x, digits) return (string.format("%+." .. digits .. "f", x):gsub("^%-", "−")) end

local codes = { bold = 1, red = 31, green = 32 }

-- paint(file): a function of (text, colour) that colours for a terminal and leaves alone for a file, a pipe and NO_COLOR.
function M.paint(file)
  local on = (os.getenv "NO_COLOR" or "") == "" and os.getenv "TERM" ~= "dumb" and system.terminal(file == io.stderr and 2 or 1)
  return function(text, colour) return on and codes[colour] and string.format("\27[%dm%s\27[0m", codes[colour], text) or text end
end

-- The width of the terminal on standard output, in columns; nil elsewhere, where lines need not be broken.
function M.room() return system.terminal(1) end

return M
