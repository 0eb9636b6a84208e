-- What is typed at the prompt as tokens with their places: of a text that need not be whole, nor compile. Where a bracket, a block
-- or a string is still open at the end is what completion and the reading of lines ask for.
local M = {}

local KEYWORDS = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while")
  :gmatch "%a+" do KEYWORDS[word] = true end
M.keywords = KEYWORDS

local OPENS = { ["do"] = true, ["function"] = true, ["if"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }
local PAIRS = { ["("] = ")", ["["] = "]", ["{"] = "}" }

-- The place of the last character of a string in quotes that begins at `at`, and whether it has an end.
local function quoted(text, at)
  local quote, stop = text:sub(at, at), at
  while true do
    stop = text:find("[\\\n" .. quote .. "]", stop + 1)
    if not stop then return #text, false end
    if text:sub(stop, stop) == "\n" then return stop - 1, false end
    if text:byte(stop) ~= 92 then return stop, true end
    stop = stop + 1
  end
end

local function long(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, last = text:find("]" .. level .. "]", at + #level + 2, true)
  return last or #text, last ~= nil
end

-- A comment that begins at `at`: where it ends, and whether it has an end.
local function comment(text, at)
  local last, ended = long(text, at + 2)
  if last then return last, ended end
  local stop = text:find("\n", at, true)
  return stop and stop - 1 or #text, stop ~= nil
end

-- The kind of the token that begins at `at`, the place of its last character, and whether it has an end.
local function one(text, at)
  local c = text:sub(at, at)
  if text:find("^%-%-", at) then return "comment", comment(text, at) end
  if c:find "[%a_]" then
    local _, last = text:find("^[%w_]+", at)
    return KEYWORDS[text:sub(at, last)] and "keyword" or "name", last, true
  end
  if c:find "%d" or text:find("^%.%d", at) then return "number", select(2, text:find("^[%w_.]+", at)), true end
  if c == '"' or c == "'" then return "string", quoted(text, at) end
  local stop, ended = long(text, at)
  if stop then return "string", stop, ended end
  for _, operator in ipairs { "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>" } do
    if text:sub(at, at + #operator - 1) == operator then return "operator", at + #operator - 1, true end
  end
  return "operator", at, true
end

-- { { kind, text, from, to, ended, depth, blocks } }: kind is name, keyword, number, string, comment or operator; ended: whether
-- it has an end; depth and blocks: how many brackets and blocks are open around it. Beside them `open`, the places (in the list) of
-- the brackets that are still open at the end.
function M.tokens(text)
  local list, open, at, blocks = { open = {} }, {}, 1, 0
  while true do
    at = text:find("[^%s]", at)
    if not at then break end
    local kind, to, ended = one(text, at)
    local token = { kind = kind, text = text:sub(at, to), from = at, to = to, ended = ended, depth = #open, blocks = blocks }
    list[#list + 1] = token
    if kind == "operator" then
      if PAIRS[token.text] then
        open[#open + 1] = #list
      elseif token.text == ")" or token.text == "]" or token.text == "}" then
        token.opened = open[#open]
        open[#open] = nil
        token.depth = #open
      end
    elseif kind == "keyword" then
      if OPENS[token.text] then blocks = blocks + 1
      elseif CLOSES[token.text] then blocks = math.max(0, blocks - 1) end
    end
    at = to + 1
  end
  list.open = open
  return list
end

return M
