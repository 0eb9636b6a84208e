-- Text as it is shown: made safe, cut, padded into columns, broken into lines, coloured where wanted; numbers in few digits.
local system = require "losslab".system

local M = {}

local function escaped(bytes)
  return (bytes:gsub(".", function(byte) return string.format("\\%d", byte:byte()) end))
end

-- What must not reach a terminal or a line as it is, beside the control characters of ASCII: those above 127, Unicode's own line
-- ends, what turns the direction of all that follows, and characters that XML has not (U+FFFE, U+FFFF). The marks of one place
-- (U+200E, U+200F, U+061C) stay, which right-to-left scripts need.
local UNSAFE = { "\xc2[\x80-\x9f]", "\xe2\x80[\xa8-\xae]", "\xe2\x81[\xa6-\xa9]", "\xef\xbf[\xbe\xbf]" }

-- Valid UTF-8 in which f stands for each such character.
function M.unsafe(s, f)
  if not s:find "[\xc2-\xef]" then return s end
  for _, each in ipairs(UNSAFE) do s = s:gsub(each, f) end
  return s
end

-- One line of valid UTF-8, whatever the name or message holds: all of these characters and bytes that are not UTF-8 are shown as
-- \27 and the like, byte by byte, so that none reaches a terminal, ends a line or breaks a picture.
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
  return M.unsafe(table.concat(out):gsub("%c", escaped), escaped)
end

-- A text with its bytes that are no UTF-8 as \233 and the like, for JSON and for names of files that are in another encoding.
function M.utf8(s)
  local out, at = {}, 1
  if utf8.len(s) then return s end
  while at <= #s do
    local good, bad = utf8.len(s, at)
    out[#out + 1] = s:sub(at, good and #s or bad - 1)
    if good then break end
    out[#out + 1] = escaped(s:sub(bad, bad))
    at = bad + 1
  end
  return table.concat(out)
end

-- A value for JSON: M.utf8 of every text and name in it.
function M.for_json(value)
  if type(value) == "string" then return M.utf8(value) end
  if type(value) ~= "table" then return value end
  local wrong = {}
  for key, each in pairs(value) do
    value[key] = M.for_json(each)
    if type(key) == "string" and not utf8.len(key) then wrong[#wrong + 1] = key end
  end
  for _, key in ipairs(wrong) do value[M.utf8(key)], value[key] = value[key], nil end
  return value
end

-- Code points that take two columns of a terminal, East Asian ones and emoji, and those that take none: what combines with the
-- character before it, and what is invisible.
local wide = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
  { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd } }
local none = { { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x591, 0x5bd }, { 0x610, 0x61a }, { 0x64b, 0x65f }, { 0x6d6, 0x6dc },
  { 0x900, 0x902 }, { 0x941, 0x948 }, { 0x94d, 0x94d }, { 0xe31, 0xe31 }, { 0xe34, 0xe3a }, { 0xe47, 0xe4e }, { 0x1ab0, 0x1aff },
  { 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
  { 0xfeff, 0xfeff }, { 0xe0000, 0xe0fff } }

-- Whether a code point is in one of the ranges { first, last }.
function M.within(c, ranges)
  for _, range in ipairs(ranges) do
    if c >= range[1] and c <= range[2] then return true end
  end
  return false
end

-- How many columns of a terminal a code point takes.
function M.columns_of(c) return c < 0x300 and 1 or M.within(c, none) and 0 or M.within(c, wide) and 2 or 1 end

-- How many columns of a terminal a text takes; its bytes where it is not UTF-8.
function M.width(s)
  if not s:find "[\x80-\xff]" or not utf8.len(s) then return #s end
  local n = 0
  for _, c in utf8.codes(s) do n = n + M.columns_of(c) end
  return n
end

-- ---- cutting -----------------------------------------------------------------------------------------------------------

-- A clean text's characters, each with its columns.
local function characters(s)
  local out = {}
  for _, c in utf8.codes(s) do out[#out + 1] = { text = utf8.char(c), columns = M.columns_of(c) } end
  return out
end

-- How far `room` columns reach from the character at `from`, in steps of 1 or −1: the last place that fits.
local function reach(chars, from, room, step)
  local at = from
  while chars[at] and chars[at].columns <= room do
    room = room - chars[at].columns
    at = at + step
  end
  return at - step
end

-- The characters from one place to another; what combines does not come first.
local function part(chars, from, to)
  local out = {}
  for i = from, to do
    if #out > 0 or chars[i].columns > 0 then out[#out + 1] = chars[i].text end
  end
  return table.concat(out)
end

-- The middle is left out, since names tend to differ at their ends.
local function without_middle(chars, n)
  local head = math.max(0, n // 2)
  return part(chars, 1, reach(chars, 1, head, 1)) .. "…" .. part(chars, reach(chars, #chars, n - 1 - head, -1), #chars)
end

-- The beginning, and what stands around the character at `place`.
local function around(chars, n, place)
  local head = n // 3
  local room = n - head - 2 -- without both "…"
  local first = reach(chars, 1, head, 1)
  local from = math.min(reach(chars, place, room // 3, -1), reach(chars, #chars, room + 1, -1))
  if from <= first + 1 then return part(chars, 1, reach(chars, 1, n - 1, 1)) .. "…" end
  local last = reach(chars, from, room + 1, 1)
  if last < #chars then last = reach(chars, from, room, 1) end
  return part(chars, 1, first) .. "…" .. part(chars, from, last) .. (last < #chars and "…" or "")
end

-- Clean, and at most n columns wide.
function M.shorten(s, n)
  s = M.clean(s)
  return M.width(s) <= n and s or without_middle(characters(s), n)
end

-- The first place at which the texts differ.
local function differ(texts)
  local place = 1
  while true do
    local first = texts[1][place]
    for _, chars in ipairs(texts) do
      if not first or not chars[place] or chars[place].text ~= first.text then return place end
    end
    place = place + 1
  end
end

-- Without the spaces at its end. (" +$" would try every space of a line as the first of them, and walk on from each.)
local function without_end(s) return s:match "^.*[^ ]" or "" end

local unseen = { "\xc2\xad", "\xe2\x80[\x8b-\x8f]", "\xe2\x81[\xa0-\xa4]", "\xef\xb8[\x80-\x8f]", "\xef\xbb\xbf" }

-- What is seen of a label: all but its invisible characters and the spaces at its ends.
local function look(label)
  if label:find "[\x80-\xff]" then
    for _, each in ipairs(unseen) do label = label:gsub(each, "") end
  end
  return without_end(label):match "^ *(.*)$"
end

-- Labels by name, at most n columns wide, for names that stand side by side: as M.shorten gives them, but no two alike. Names that
-- would look alike keep their beginning and the part that tells them apart; where that is not enough, they are numbered, in the
-- order of their names, and only that may take more than n columns, where n has no room for a number. A name's label does not
-- depend on the order in which names are given. show: what makes a name clean (M.clean).
function M.labels(names, n, show)
  local labels, taken, shown, chars, order = {}, {}, {}, {}, {}
  for _, name in ipairs(names) do
    if not shown[name] then
      shown[name] = (show or M.clean)(name)
      order[#order + 1] = name
    end
  end
  table.sort(order, function(a, b) return tostring(a) < tostring(b) end)

  local function number(alike, k)
    for _, name in ipairs(alike) do
      repeat
        k = k + 1
        local mark = " #" .. k
        labels[name] = M.shorten(shown[name], math.max(1, n - #mark)) .. mark
      until not taken[look(labels[name])]
      taken[look(labels[name])] = true
    end
    return k
  end

  -- Gives each name the label that cut makes; those that are then alike are cut where they differ.
  local function spread(group, cut, before)
    local groups, found = {}, {}
    for _, name in ipairs(group) do
      labels[name] = cut(name)
      local seen = look(labels[name])
      if not groups[seen] then
        groups[seen] = {}
        found[#found + 1] = seen
      end
      table.insert(groups[seen], name)
    end
    for _, seen in ipairs(found) do
      if #groups[seen] == 1 and not taken[seen] then taken[seen], groups[seen] = true, nil end
    end
    for _, seen in ipairs(found) do
      local alike, texts = groups[seen], {}
      for i, name in ipairs(alike or {}) do texts[i] = chars[name] end
      local place = #texts > 1 and differ(texts) or 0
      if place > before then
        spread(alike, function(name) return around(chars[name], n, place) end, place)
      elseif alike then
        number(alike, 0)
      end
    end
  end

  local long, same = {}, {}
  for _, name in ipairs(order) do
    if M.width(shown[name]) > n then
      long[#long + 1], chars[name] = name, characters(shown[name])
    elseif taken[look(shown[name])] then
      same[#same + 1] = name
    else
      labels[name], taken[look(shown[name])] = shown[name], true
    end
  end
  local last = {} -- number of those that look the same
  for _, name in ipairs(same) do last[look(shown[name])] = number({ name }, last[look(shown[name])] or 0) end
  spread(long, function(name) return without_middle(chars[name], n) end, 0)
  return labels
end

-- Whether a value is a name as Lua writes names.
function M.is_name(value) return type(value) == "string" and value:find "^[%a_][%w_]*$" ~= nil end

function M.pad(s, width, right)
  local space = (" "):rep(width - M.width(s))
  return right and space .. s or s .. space
end

-- A word that is longer than a line in pieces that a line takes.
function M.pieces(word, width)
  if M.width(word) <= width or not utf8.len(word) then return { word } end
  local chars, out, at = characters(word), {}, 1
  for _, c in ipairs(chars) do
    if c.columns > width then return { word } end
  end
  while at <= #chars do
    local to = reach(chars, at, width, 1)
    out[#out + 1] = part(chars, at, to)
    at = to + 1
  end
  return out
end

-- Lines of at most `width` columns, broken at spaces.
function M.wrap(s, width)
  local lines, line, taken = {}, {}, -1 -- the words of a line, and its columns
  for whole in s:gmatch "%S+" do
    -- a script without spaces may break anywhere
    for _, word in ipairs(whole:find "[\xe1-\xf0]" and M.pieces(whole, width) or { whole }) do
      local columns = M.width(word)
      if #line > 0 and taken + 1 + columns > width then
        lines[#lines + 1] = table.concat(line, " ")
        line, taken = {}, -1
      end
      line[#line + 1], taken = word, taken + 1 + columns
    end
  end
  if #line > 0 then lines[#lines + 1] = table.concat(line, " ") end
  return table.concat(lines, "\n")
end

-- Rows of cells (strings) as clean lines in columns, a text a row. options: right = {[column] = true}, wrap = the width in which
-- the last column is broken into lines, which stand below the others where less than 20 columns are left; indent.
function M.lines(rows, options)
  options = options or {}
  local widths, indent, right, clean = {}, options.indent or "", options.right or {}, {}
  for r, row in ipairs(rows) do
    clean[r] = {}
    for i, cell in ipairs(row) do
      clean[r][i] = M.clean(cell)
      widths[i] = math.max(widths[i] or 0, M.width(clean[r][i]))
    end
  end
  local lines = {}
  for _, row in ipairs(clean) do
    local before = indent
    for i = 1, #row - 1 do before = before .. M.pad(row[i], widths[i], right[i]) .. "  " end
    local last = row[#row]
    if right[#row] then last = M.pad(last, widths[#row], true) end
    local at = M.width(before)
    if options.wrap and not right[#row] and at + M.width(last) > options.wrap then
      if options.wrap - at < 20 and #row > 1 and last ~= "" then -- below the others
        at = #indent + 4
        before = without_end(before) .. "\n" .. (" "):rep(at)
      end
      last = M.wrap(last, math.max(options.wrap - at, 8)):gsub("\n", "\n" .. (" "):rep(at))
    end
    lines[#lines + 1] = without_end(before .. last)
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
    lines[row] = without_end(table.concat(line))
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

-- "640 bytes", "12 kB", "1.5 GB"
function M.bytes(n)
  local units, at = { "bytes", "kB", "MB", "GB", "TB" }, 1
  while n >= 1000 and at < #units do n, at = n / 1000, at + 1 end
  return string.format(n < 10 and at > 1 and "%.1f %s" or "%.0f %s", n, units[at])
end

-- How many decimals it takes to show two digits of x > 0: 3 to 6.
function M.decimals(x) return math.max(3, math.min(6, math.ceil(1 - math.log(x, 10)))) end

-- "+0.0042", "−0.0010"
function M.signed(x, digits) return (string.format("%+." .. digits .. "f", x):gsub("^%-", "−")) end

local codes = { bold = 1, red = 31, green = 32, yellow = 33 }

local colour_mode = "auto"

M.colour_modes = { "auto", "always", "never" }

-- "always" and "never": whatever standard output is and the environment says (--color).
function M.colour(mode) colour_mode = mode end

-- Whether standard output (1) or error (2) shows colours: a terminal does; a file, a pipe and NO_COLOR do not.
function M.colours(fd)
  if colour_mode ~= "auto" then return colour_mode == "always" end
  return (os.getenv "NO_COLOR" or "") == "" and os.getenv "TERM" ~= "dumb" and system.terminal(fd) ~= nil
end

-- paint(fd): a function of (text, colour) that colours where that is shown.
function M.paint(fd)
  local on = M.colours(fd)
  return function(text, colour) return on and codes[colour] and string.format("\27[%dm%s\27[0m", codes[colour], text) or text end
end

-- The width of the terminal on standard output, in columns, or what COLUMNS in the environment says instead; nil where standard
-- output is none, COLUMNS or not: lines need not be broken there.
function M.room()
  local own = system.terminal(1)
  local said = own and math.tointeger(tonumber(os.getenv "COLUMNS" or ""))
  return said and said > 0 and said or own
end

-- "a", "a and b", "a, b and c"; past `most`, "a, b, c and 4 more".
function M.listed(words, most)
  local n = #words
  if n <= 1 then return words[1] or "" end
  if most and n > most then return table.concat(words, ", ", 1, most) .. string.format(" and %d more", n - most) end
  return table.concat(words, ", ", 1, n - 1) .. " and " .. words[n]
end

return M
