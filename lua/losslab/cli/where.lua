-- The conditions of losslab ls --where: 'loss = "hinge" and lr < 0.01', 'status in ("failed", "diverged") or not test >= 0.9'.
--
--   where.parse(words, known)   a function from a row (values by name) to true or false; raises what is wrong, and where
--
-- or, and, not bind as in Lua; parentheses; comparisons are = == ~= != < <= > >= and in (…). Values are numbers, texts in either
-- quotes, true, false and nil, which is a field that a row has not. Fields are named as known (an array) has them, or in `…` where
-- the name is no word. What is of another kind is not equal, and neither less nor more; a text that holds a number is one beside a
-- number. It is read here, character by character, and never run as Lua.
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

local LONGEST, DEEPEST = 10000, 100 -- characters; parentheses and nots within one another
local OPERATORS = { "==", "~=", "!=", "<=", ">=", "=", "<", ">" }
local SAME = { ["=="] = "=", ["!="] = "~=" }
local WORDS = { ["and"] = true, ["or"] = true, ["not"] = true, ["in"] = true }
local CONSTANTS = { ["true"] = true, ["false"] = false }

-- ---- words ---------------------------------------------------------------------------------------------------------------

local function fail(at, format, ...) check.fail("--where: at character %d: %s", at, string.format(format, ...)) end

local function quoted(s, at)
  local mark = s:sub(at, at)
  local out, from = {}, at + 1
  while true do
    local place = s:find("[\\" .. mark .. "]", from)
    if not place then fail(at, "the %s does not end", mark == "`" and "name" or "text") end
    out[#out + 1] = s:sub(from, place - 1)
    if s:sub(place, place) == mark then return table.concat(out), place + 1 end
    out[#out + 1] = s:sub(place + 1, place + 1) -- a backslash takes the next as it is
    from = place + 2
  end
end

local function number(s, at)
  local word = s:match("^[+-]?[%w.]+", at)
  local exponent = word:match "[eE]$" and s:match("^[+-]%d+", at + #word) or ""
  local value = tonumber(word .. exponent)
  if not value or word:find "[xX]" then fail(at, '"%s" is no number', text.shorten(word .. exponent, 40)) end
  return value, at + #word + #exponent
end

-- The words, { kind, value, at }: "number", "text", "name", or what the word is.
local function words_of(s)
  local out, at = {}, 1
  while true do
    at = s:find("[^ \t\r\n]", at)
    if not at then break end
    local c, from = s:sub(at, at), at
    local word = { at = from }
    if c == '"' or c == "'" or c == "`" then
      word.value, at = quoted(s, at)
      word.kind = c == "`" and "name" or "text"
    elseif s:find("^[+-]?%.?%d", at) then
      word.kind, word.value, at = "number", number(s, at)
    elseif s:find("^[%a_\x80-\xff]", at) then
      word.value = s:match("^[%w_.\x80-\xff]+", at)
      word.kind, at = WORDS[word.value] and word.value or "name", at + #word.value
      if CONSTANTS[word.value] ~= nil then word.kind, word.value = "constant", CONSTANTS[word.value]
      elseif word.value == "nil" then word.kind, word.value = "constant", nil end
    else
      for _, each in ipairs { "(", ")", ",", table.unpack(OPERATORS) } do
        if not word.kind and s:sub(at, at + #each - 1) == each then word.kind, at = each, at + #each end
      end
      local lua = ({ ["&"] = "and", ["|"] = "or", ["!"] = "not" })[c]
      if not word.kind and lua then fail(at, "%s means nothing here; write %s", check.show(c), lua) end
      if not word.kind then fail(at, "%s means nothing here", check.show(text.clean(c))) end
    end
    word.shown = s:sub(from, at - 1)
    out[#out + 1] = word
  end
  out[#out + 1] = { kind = "end", at = #s + 1 }
  return out
end

-- ---- comparing -----------------------------------------------------------------------------------------------------------

-- The two as numbers or as texts, where that can be; a list is its words, 64×32.
local function alike(a, b)
  if type(a) == "number" and type(b) == "string" then return a, tonumber(b) end
  if type(a) == "string" and type(b) == "number" then return tonumber(a), b end
  return a, b
end

local function equal(a, b)
  a, b = alike(a, b)
  return a == b
end

local function ordered(f)
  return function(a, b)
    a, b = alike(a, b)
    local kind = type(a)
    return kind == type(b) and (kind == "number" or kind == "string") and f(a, b)
  end
end

local compare = {
  ["="] = equal,
  ["~="] = function(a, b) return not equal(a, b) end,
  ["<"] = ordered(function(a, b) return a < b end),
  ["<="] = ordered(function(a, b) return a <= b end),
  [">"] = ordered(function(a, b) return a > b end),
  [">="] = ordered(function(a, b) return a >= b end),
}

-- ---- reading -------------------------------------------------------------------------------------------------------------

local Reader = {}
Reader.__index = Reader

function Reader:next() return self.words[self.place] end
function Reader:take()
  self.place = self.place + 1
  return self.words[self.place - 1]
end
function Reader:found()
  local word = self:next()
  return word.kind == "end" and "it ends" or string.format('"%s" stands there', text.shorten(word.shown, 40))
end

-- A value: a function from a row to it.
function Reader:value(right)
  local word = self:take()
  if word.kind == "number" or word.kind == "constant" then return function() return word.value end end
  if word.kind == "text" then
    local value = word.value:gsub("(%d)x(%f[%d])", "%1×%2") -- 64x32
    return function() return value end
  end
  if word.kind ~= "name" then
    self.place = self.place - 1
    fail(word.at, "a field or a value is expected, and %s", self:found())
  end
  local name = word.value
  if not self.known[name] then
    local said = check.no_such("there is no field", name, self.names)
    if right and not said:find("did you mean", 1, true) then said = "there is no field " .. check.show(name) end
    fail(word.at, "%s%s", said, right and string.format(' (a text stands in quotes: "%s")', text.shorten(name, 40)) or "")
  end
  return function(row) return row[name] end
end

function Reader:comparison()
  local left = self:value()
  local word = self:take()
  local test = compare[SAME[word.kind] or word.kind]
  if test then
    local right = self:value(true)
    return function(row) return test(left(row), right(row)) end
  end
  if word.kind ~= "in" then
    self.place = self.place - 1
    fail(word.at, "a comparison is expected (= ~= < <= > >= in), and %s", self:found())
  end
  if self:take().kind ~= "(" then fail(word.at, "in is followed by values in parentheses, as in (1, 2)") end
  local list = {}
  repeat
    list[#list + 1] = self:value(true)
    word = self:take()
  until word.kind ~= ","
  if word.kind ~= ")" then fail(word.at, "the list of in does not end") end
  return function(row)
    local value = left(row)
    for _, each in ipairs(list) do
      if equal(value, each(row)) then return true end
    end
    return false
  end
end

function Reader:term()
  local word = self:next()
  if word.kind ~= "not" and word.kind ~= "(" then return self:comparison() end
  self.depth = self.depth + 1
  if self.depth > DEEPEST then fail(word.at, "more than %d parentheses and nots within one another", DEEPEST) end
  self:take()
  local inner
  if word.kind == "not" then
    local term = self:term()
    inner = function(row) return not term(row) end
  else
    inner = self:either()
    if self:next().kind ~= ")" then fail(self:next().at, "a ) is expected, and %s", self:found()) end
    self:take()
  end
  self.depth = self.depth - 1
  return inner
end

-- Terms joined by a word; any: one that holds is enough.
local function joined(self, word, part, any)
  local list = { part(self) }
  while self:next().kind == word do
    self:take()
    list[#list + 1] = part(self)
  end
  if #list == 1 then return list[1] end
  return function(row)
    for _, each in ipairs(list) do
      if each(row) == any then return any end
    end
    return not any
  end
end

function Reader:both() return joined(self, "and", Reader.term, false) end
function Reader:either() return joined(self, "or", Reader.both, true) end

function M.parse(words, known)
  if #words > LONGEST then check.fail("--where: longer than %d characters", LONGEST) end
  local self = setmetatable({ words = words_of(words), place = 1, depth = 0, names = known, known = {} }, Reader)
  for _, name in ipairs(known) do self.known[name] = true end
  local test = self:either()
  if self:next().kind ~= "end" then fail(self:next().at, "and, or or the end is expected, and %s", self:found()) end
  return test
end

return M
