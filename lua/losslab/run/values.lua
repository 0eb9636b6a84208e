-- Lua values as bytes, and back to the same bits: nil, booleans, numbers, strings, matrices, and tables of them whose keys are
-- strings and integers. Equal values give equal bytes: keys are sorted. Reading runs nothing, and asks for no more memory than the
-- bytes can fill.
--
-- A value is a letter and what the letter says:
--   n nil   f false   t true   i integer   d number   s string   r one of the strings before, by its number from 0
--   m matrix, as m:pack()   l list: how many, the values   k table: how many, keys and values
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

local DEEPEST = 50
local SHARED = 40 -- strings up to this length, which names of fields are, stand there once

-- ---- writing ----

local function is_matrix(value) return type(value) == "userdata" and (getmetatable(value) or {}).__name == "losslab.matrix" end

local function put_string(to, s)
  local place = to.seen[s]
  if place then
    to[#to + 1] = string.pack("<c1I4", "r", place)
    return
  end
  to[#to + 1] = string.pack("<c1s8", "s", s)
  if #s <= SHARED then to.seen[s], to.count = to.count, to.count + 1 end
end

local put

-- The keys of a table that has so many, sorted. Rows mostly have the keys of the row before, which are then not sorted again.
local function keys_of(to, t, count)
  local last = to.last_keys
  local same = last ~= nil and #last == count
  for i = 1, same and count or 0 do same = same and t[last[i]] ~= nil end
  if not same then to.last_keys = check.keys(t) end
  return to.last_keys
end

local function put_table(to, t, depth)
  if depth > DEEPEST then check.fail("values: a table within more than %d others", DEEPEST) end
  local n, count = #t, 0
  for _ in pairs(t) do count = count + 1 end
  if count == n then
    to[#to + 1] = string.pack("<c1I8", "l", n)
    for i = 1, n do put(to, t[i], depth + 1) end
    return
  end
  local keys = keys_of(to, t, count)
  to[#to + 1] = string.pack("<c1I8", "k", count)
  for _, key in ipairs(keys) do
    if type(key) ~= "string" and math.type(key) ~= "integer" then check.fail("values: the key %s", check.show(key)) end
    put(to, key, depth)
    put(to, t[key], depth + 1)
  end
end

function put(to, value, depth)
  if value == nil then to[#to + 1] = "n"
  elseif value == false then to[#to + 1] = "f"
  elseif value == true then to[#to + 1] = "t"
  elseif math.type(value) == "integer" then to[#to + 1] = string.pack("<c1i8", "i", value)
  elseif type(value) == "number" then to[#to + 1] = string.pack("<c1d", "d", value)
  elseif type(value) == "string" then put_string(to, value)
  elseif type(value) == "table" then put_table(to, value, depth)
  elseif is_matrix(value) then to[#to + 1] = string.pack("<c1s8", "m", value:pack())
  else check.fail("values: %s cannot be written", check.show(value)) end
end

function M.pack(value)
  local to = { seen = {}, count = 0 }
  put(to, value, 1)
  return table.concat(to)
end

-- ---- reading ----

local function take(from, format)
  local fine, value, at = pcall(string.unpack, "<" .. format, from.bytes, from.at)
  if not fine then check.fail("the values end too early, at byte %d", from.at - 1) end
  from.at = at
  return value
end

-- How many values follow; each takes a byte at least.
local function count(from)
  local n = take(from, "I8")
  if n < 0 or n > #from.bytes - from.at + 1 then check.fail("the values end too early, at byte %d", from.at - 1) end
  return n
end

local TAKE = {}

local function value_of(from, depth)
  if depth > DEEPEST then check.fail("the values hold a table within more than %d others", DEEPEST) end
  local letter = take(from, "c1")
  local how = TAKE[letter]
  if not how then check.fail("the values hold %s at byte %d", check.show(letter), from.at - 2) end
  return how(from, depth)
end

TAKE.n = function() return nil end
TAKE.f = function() return false end
TAKE.t = function() return true end
TAKE.i = function(from) return take(from, "i8") end
TAKE.d = function(from) return take(from, "d") end
TAKE.s = function(from)
  local s = take(from, "s8")
  if #s <= SHARED then from.seen[#from.seen + 1] = s end
  return s
end
TAKE.r = function(from)
  local place = take(from, "I4")
  return from.seen[place + 1] or check.fail("the values name string %d of %d", place, #from.seen)
end
TAKE.m = function(from)
  local fine, matrix = pcall(ll.unpack, take(from, "s8"), "the values")
  return fine and matrix or check.fail("%s", check.plain(matrix))
end
TAKE.l = function(from, depth)
  local out = {}
  for i = 1, count(from) do
    out[i] = value_of(from, depth + 1)
    if out[i] == nil then check.fail "the values hold a list with a hole" end
  end
  return out
end
TAKE.k = function(from, depth)
  local out = {}
  for _ = 1, count(from) do
    local key = value_of(from, depth + 1)
    if type(key) ~= "string" and math.type(key) ~= "integer" then check.fail("the values hold the key %s", check.show(key)) end
    out[key] = value_of(from, depth + 1)
  end
  return out
end

-- The value of such bytes; raises what is wrong with them.
function M.unpack(bytes)
  local from = { bytes = bytes, at = 1, seen = {} }
  local value = value_of(from, 1)
  if from.at ~= #bytes + 1 then check.fail("the values have %d bytes behind them", #bytes + 1 - from.at) end
  return value
end

return M
