-- The tokens of a Lua 5.4 text that compiles, and where its functions stand among them, in one pass: comments and white space fall
-- away, every other token stays as it is written. Nothing depends on the locale.
local M = {}

local CLOSES = { ["end"] = true, ["until"] = true }
local OPENS = { ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true }
local LONGER = {} -- operators of several characters, by their length
for length, all in pairs { [3] = "...", [2] = ".. == ~= <= >= // :: << >>" } do
  LONGER[length] = {}
  for each in all:gmatch "%S+" do LONGER[length][each] = true end
end

-- The text with one kind of line end, as Lua counts lines, without a byte order mark and a first line that begins with #.
local function plain(text)
  if text:find("\r", 1, true) then text = text:gsub("\r\n", "\n"):gsub("\n\r", "\n"):gsub("\r", "\n") end
  return (text:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", ""))
end

local function lines_in(text, from, to)
  local n, at = 0, text:find("\n", from, true)
  while at and at <= to do n, at = n + 1, text:find("\n", at + 1, true) end
  return n
end

-- Where the long bracket that begins at `at` ends, or nil if none begins there.
local function long(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, last = text:find("]" .. level .. "]", at + #level + 2, true)
  return last or #text
end

local function quoted(text, at)
  local quote, stop = text:sub(at, at), at
  while true do
    stop = text:find("[\\" .. quote .. "]", stop + 1)
    if not stop then return #text end
    if text:byte(stop) ~= 92 then return stop end
    stop = stop + 1
  end
end

-- A numeral, as Lua's reader takes it: exponents may have a sign.
local function numeral(text, at)
  local hexadecimal = text:find("^0[xX]", at)
  local marks, signed = hexadecimal and "pP" or "eE", at + (hexadecimal and 2 or 0)
  while true do
    local stop = text:find(hexadecimal and "[^0-9A-Fa-f.pP]" or "[^0-9A-Za-z.]", signed) or #text + 1
    local mark = text:sub(stop - 1, stop - 1)
    if mark == "" or not marks:find(mark, 1, true) or not text:find("^[+-]", stop) then return stop - 1 end
    signed = stop + 1
  end
end

-- { text of each token }, { its line }.
local function read(text)
  local tokens, lines, n, line, at, size = {}, {}, 0, 1, 1, #text
  while true do
    at = text:find("[^ \t\v\f]", at)
    if not at then return tokens, lines end
    local c = text:sub(at, at)
    if c == "\n" then
      line, at = line + 1, at + 1
    elseif c == "-" and text:sub(at + 1, at + 1) == "-" then
      local last = long(text, at + 2)
      if last then line = line + lines_in(text, at, last) end
      at = last and last + 1 or text:find("\n", at, true) or size + 1
    else
      local stop
      if c:find "[A-Za-z_]" then stop = select(2, text:find("^[A-Za-z0-9_]+", at))
      elseif c:find "[0-9]" or text:find("^%.[0-9]", at) then stop = numeral(text, at)
      elseif c == '"' or c == "'" then stop = quoted(text, at)
      elseif c == "[" then stop = long(text, at) or at
      elseif LONGER[3][text:sub(at, at + 2)] then stop = at + 2
      elseif LONGER[2][text:sub(at, at + 1)] then stop = at + 1
      else
        stop = at
      end
      n = n + 1
      tokens[n], lines[n] = text:sub(at, stop), line
      if c == '"' or c == "'" or c == "[" and stop > at then line = line + lines_in(text, at, stop) end
      at = stop + 1
    end
  end
end

-- Every function of the tokens: { first, last (tokens, from its parameters to its end), method, number (in the order of the text)
-- }, by "FIRST LINE:LAST LINE" as debug.getinfo says them. Lua takes the line of the parameters, of a statement the line of its
-- first word.
local function functions(tokens, lines)
  local found, open, count = {}, {}, 0
  for i, token in ipairs(tokens) do
    if OPENS[token] then
      local each = { keyword = i }
      if token == "function" then
        local at = i + 1
        while tokens[at] and tokens[at] ~= "(" do
          each.method = each.method or tokens[at] == ":"
          at = at + 1
        end
        count = count + 1
        each.number, each.first = count, at
        each.line = (at == i + 1 or tokens[i - 1] == "local") and lines[at] or lines[i]
      end
      open[#open + 1] = each
    elseif CLOSES[token] and #open > 0 then
      local each = table.remove(open)
      if each.first then
        local key = string.format("%d:%d", each.line or 0, lines[i])
        each.last = i
        found[key] = found[key] or {}
        table.insert(found[key], each)
      end
    end
  end
  for _, list in pairs(found) do table.sort(list, function(a, b) return a.number < b.number end) end
  return found
end

-- Names of compile-time constants (local x <const> = 1), which no function has as upvalues: by name the ranges of tokens of their
-- statements.
local function constants(tokens)
  local found = {}
  for i = 4, #tokens do
    if tokens[i] == ">" and tokens[i - 1] == "const" and tokens[i - 2] == "<" then
      local first, last = i - 3, i
      while first > 1 and tokens[first] ~= "local" do first = first - 1 end
      while tokens[last] and tokens[last] ~= "=" do last = last + 1 end
      -- An expression without calls: it ends where a word follows an operand, or at a word that is none.
      local operand = false
      while tokens[last + 1] do
        local next_one = tokens[last + 1]
        local word = next_one:find "^[A-Za-z0-9_\"'.]" and next_one ~= ".." or next_one:find "^%[[=%[]"
        local operator = next_one == "and" or next_one == "or" or next_one == "not"
        if next_one == ";" or next_one == "::" or next_one == "{" then break end
        if word and not operator then
          if operand then break end
          if M.keywords[next_one] and not M.values[next_one] then break end
        end
        operand = word and not operator or next_one == ")"
        last = last + 1
      end
      found[tokens[i - 3]] = found[tokens[i - 3]] or {}
      table.insert(found[tokens[i - 3]], { first, last })
    end
  end
  return found
end

M.values = { ["nil"] = true, ["true"] = true, ["false"] = true }
M.keywords = {}
for each in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch "%S+" do M.keywords[each] = true end

-- { tokens, functions, constants, text (as Lua compiles it) } of a text.
function M.of(text)
  text = plain(text)
  local tokens, lines = read(text)
  return { tokens = tokens, functions = functions(tokens, lines), constants = constants(tokens), text = text }
end

-- The tokens from one to another as one text: read again it gives the same tokens.
function M.text(tokens, first, last) return table.concat(tokens, " ", first, last) end

return M
