-- What a text means at the prompt: one expression, whose values are printed, or statements, of which those behind the last ; are
-- printed where they are an expression; ?NAME and `help NAME` ask for help. A leading `local` is left out, so that what is typed or
-- pasted is still there in the next line. Several statements in lines of their own, as they are pasted, run one after the other.
local habits = require "losslab.cli.habits"
local lexed = require "losslab.prompt.lexed"

local M = {}

-- ---- help ----------------------------------------------------------------------------------------------------------------

-- What a line asks help for, a name or words ("" where it asks for help alone), and whether it is a search; nil where it is a line
-- of Lua: `? x`, `?? words`, `help x`, `apropos words`, the last two without brackets or quotes, with which they are calls.
function M.asked(line)
  local marks, words = line:match "^%s*(%?%??)%s*(.-)%s*$"
  if marks then return words, marks == "??" end
  for _, word in ipairs { "help", "apropos" } do
    words = line:match("^%s*" .. word .. "%f[%W]%s*(.-)%s*$")
    local first = words and words:match "^[%a_][%w_]*"
    if words == "" and word == "help" then return "", false end
    if first and first ~= "and" and first ~= "or" and words:find "^[%w_%.: ]+$" then return words, word == "apropos" end
  end
end

-- ---- statements ----------------------------------------------------------------------------------------------------------

-- A statement without its leading `local`.
local function without_local(statement)
  local space, rest = statement:match "^(%s*)local%s+([%a_].*)$"
  if not rest then return statement end
  if rest:find "^[%w_%s,]+$" and not rest:find "^function" then return space .. rest .. " = nil" end -- local a, b
  local names = rest:match "^function%s" or rest:match "^[%w_%s,]+="
  return names and space .. rest or statement
end

-- The places of the ; that end a statement of the text itself, not one inside of a block or a table.
local function semicolons(text)
  local places = {}
  if not text:find ";" then return places end
  for _, token in ipairs(lexed.tokens(text)) do
    if token.text == ";" and token.kind == "operator" and token.depth == 0 and token.blocks == 0 then
      places[#places + 1] = token.from
    end
  end
  return places
end

-- The text with each of its statements freed of `local`, and that with `return` before the last one (nil where it ends with ;).
local function freed(text)
  local parts, at = {}, 1
  for _, place in ipairs(semicolons(text)) do
    parts[#parts + 1] = without_local(text:sub(at, place - 1)) .. ";"
    at = place + 1
  end
  local last = text:sub(at)
  local head, is_empty = table.concat(parts), not last:gsub("%-%-[^\n]*", ""):find "%S"
  return head .. without_local(last), not is_empty and (#parts > 0 and head .. " return " or "return ") .. last or nil, is_empty
end

-- A string in quotes ends in its line, so that more lines do not mend it.
local function is_unfinished(why)
  return why ~= nil and why:find "<eof>$" ~= nil and not why:find ": unfinished string near"
end

-- The chunk of a statement or expression, and whether its values are to be printed; or nil, why, and whether more lines may finish
-- it. line: that of the text's first line, in what is typed as a whole.
function M.compile(text, line)
  local before = ("\n"):rep((line or 1) - 1)
  local plain, valued, silent = freed(text)
  local chunk, why_value
  if valued then
    chunk, why_value = load(before .. valued, "=prompt")
    if chunk then return chunk, true end
  elseif silent then
    chunk = load(before .. "return " .. text, "=prompt")
    if chunk then return chunk, false end
  end
  local why
  chunk, why = load(before .. plain, "=prompt")
  if chunk then return chunk, true end
  return nil, why, is_unfinished(why) or is_unfinished(why_value), why_value
end

-- A line that goes on with what stands above it, though that is whole.
local function goes_on(line)
  return line:find "^%s*[%.:,%+%*/%%^=~<>&|]" ~= nil or line:find "^%s*and%f[%W]" ~= nil or line:find "^%s*or%f[%W]" ~= nil
end

-- The statements of a text, as if its lines were typed one after the other: { { chunk, prints, text, line } }; or nil, why, whether
-- more lines may finish it, the other reading's why, and the statement that is at fault.
function M.statements(text)
  local chunk, prints, unfinished, other = M.compile(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  if #lines == 1 or (chunk and load("return " .. text, "=prompt")) then
    if chunk then return { { chunk = chunk, prints = prints, text = text, line = 1 } } end
    return nil, prints, unfinished, other, { text = text, line = 1 }
  end
  local list, held, first = {}, nil, 1
  local why, another
  for i, line in ipairs(lines) do
    if not held then first = i end
    held = held and held .. "\n" .. line or line
    if held:find "%S" then
      chunk, why, unfinished, another = M.compile(held, first)
      if chunk and not (lines[i + 1] and goes_on(lines[i + 1])) then
        list[#list + 1] = { chunk = chunk, prints = why, text = held, line = first }
        held = nil
      elseif not chunk and not unfinished then
        return nil, why, false, another, { text = held, line = first }
      end
    else
      held = nil
    end
  end
  if held and not chunk then return nil, why, true, another, { text = held, line = first } end
  return list
end

function M.unfinished(text)
  if M.asked(text) or habits.is_block(text) then return false end
  local list, _, unfinished = M.statements(text)
  return not list and unfinished == true
end

return M
