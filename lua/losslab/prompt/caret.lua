-- Where in a typed text an error is: its line with a caret below the place. Lua says the line, and a token or the name of a
-- variable; the place is found from those, and none is shown where it could be another.
local habits = require "losslab.cli.habits"
local lexed = require "losslab.prompt.lexed"
local text_of = require "losslab.text"

local M = {}

local function line_of(text, number)
  local at = 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    at = at + 1
    if at == number then return line end
  end
end

-- The line with its number where there are several, cut to the terminal's width around the place, and a caret below it.
local function shown(text, number, column)
  local line = line_of(text, number)
  if not line or not line:find "%S" then return "" end
  local is_block = text:find "\n" ~= nil
  local before = column and line:sub(1, column - 1) or ""
  local room, mark = math.max(20, (text_of.room() or 80)) - 8, ""
  local function clean(s) return text_of.clean((s:gsub("\t", " "))) end
  before = clean(before)
  local skipped = text_of.width(before) - room // 2
  if skipped > 0 and text_of.width(line) > room then
    local from = utf8.len(before) and utf8.offset(before, skipped + 1) or skipped + 1
    before, mark = before:sub(from or 1), "…"
  end
  local rest = clean(column and line:sub(column) or line)
  local left = room - text_of.width(before)
  if text_of.width(rest) > left then
    local stop = utf8.len(rest) and utf8.offset(rest, math.max(2, left)) or left
    rest = rest:sub(1, (stop or #rest + 1) - 1) .. "…"
  end
  local head = is_block and string.format("%3d | ", number) or "  "
  local words = "\n" .. head .. mark .. before .. rest
  if not column then return is_block and words or "" end
  return words .. "\n" .. (" "):rep(text_of.width(head .. mark .. before)) .. "^"
end

-- The column in which a line of the text begins, as a place in the text.
local function start_of(text, number)
  local at = 1
  for _ = 2, number do
    at = (text:find("\n", at, true) or #text) + 1
  end
  return at
end

-- The place at which a reading of the text fails, or nil: the first token of that text where what stands before it may go on, and
-- what ends with it may not.
local function place_of(why, text, before)
  local near = why and why:match "near (.+)$"
  if not near then return nil end
  if near == "<eof>" then return #text + 1 end
  near = near:match "^'(.*)'$" or near
  local byte = near:match "^<\\(%d+)>$"
  local function fails(last)
    local _, wrong = load(before .. text:sub(1, last), "=prompt")
    return wrong ~= nil and not wrong:find "<eof>$"
  end
  if byte then
    local at = 0
    repeat
      at = text:find(string.char(byte), at + 1, true)
    until not at or (not fails(at - 1) and fails(at))
    return at
  end
  for _, token in ipairs(lexed.tokens(text)) do
    if token.text == near or (not token.ended and token.text:sub(1, #near) == near) then
      if not fails(token.from - 1) and fails(token.to) then return token.from end
    end
  end
  local first, last = text:find(near, 1, true)
  return first and not text:find(near, last + 1, true) and first or nil
end

-- The message of a statement that does not compile, as it is or as an expression: that which gets further. first: the number of its
-- first line in what was typed, whose numbers Lua gives.
function M.at_syntax(why, as_value, text, first)
  local place, other = place_of(why, text, ""), place_of(as_value, text, "return ")
  local first_token = text:find "%S" or 1
  if other and other > (place or first_token) and not (as_value:find "<eof>" and not why:find "<eof>") then
    why, place = as_value, other
  end
  local function meant(number)
    local hint = number and habits.hint(line_of(text, number) or "")
    return hint and why .. "; " .. hint or why
  end
  if not place then
    local number = tonumber(why:match "^[^:]*:(%d+):")
    return meant(number and number - first + 1) .. (number and shown(("\n"):rep(first - 1) .. text, number) or "")
  end
  local _, above = text:sub(1, place - 1):gsub("\n", "")
  local character = why:find "near '<\\%d+>'$" and text:match("^" .. utf8.charpattern, place)
  if character and utf8.len(character) then why = why:gsub("'<\\%d+>'$", "'" .. text_of.clean(character) .. "'") end
  return meant(above + 1) .. shown(("\n"):rep(first - 1) .. text, first + above, place - start_of(text, above + 1) + 1)
end

-- The column of a variable, method or function that the message names, in a line.
local function named(message, line)
  local name = message:match "%(%a+ '([%w_]+)'%)" or message:match "^bad argument #%d+ to '([%w_]+)'"
    or message:match "^([%a_][%w_]*):"
  if not name then return nil end
  local found
  for _, token in ipairs(lexed.tokens(line)) do
    if token.kind == "name" and token.text == name then
      if found then return nil end
      found = token.from
    end
  end
  return found
end

-- The message of an error of what was typed with the line it is in, where that says more than the message.
function M.at_run(message, text)
  local head, rest = message:match "^([^\n]*)(.*)$"
  local number, words = head:match "^prompt:(%d+): (.*)$"
  number = tonumber(number)
  local line = number and line_of(text, number)
  if not line then return message end
  return head .. shown(text, number, named(words, line)) .. rest
end

return M
