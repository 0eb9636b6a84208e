-- Canonical JSON: equal values give equal bytes, so that texts can be hashed and compared. Keys are sorted by their bytes, numbers
-- are the shortest that read back to the same bits, and 3.0 is written as 3. Decoding is cjson's, with whole numbers as integers.
local cjson = require("cjson").new()
cjson.decode_invalid_numbers(false) -- no NaN, Infinity or hexadecimal: they are not JSON

--- ll.json
-- JSON whose bytes are equal for equal values, so that texts can be hashed and compared.
-- Keys are sorted by their bytes, numbers are the shortest that read back to the same bits, and 3.0 is written as 3. It has
-- encode, decode, array and null.
-- See: ll.json.encode, ll.json.decode
-- Example:
--   ll.json.encode { b = 1, a = { 1.5, true } }   --> {"a":[1.5,true],"b":1}
--   ll.json.decode('{"a":[1,2]}').a   --> { 1, 2 }

--- ll.json.null
-- What null is in Lua: the value that decode gives for it and encode writes as it.
-- Example:
--   ll.json.encode { ll.json.null }   --> [null]
local json = { null = cjson.null }

local array_mt = { __name = "json.array" }

--- ll.json.array([t]) -> t
-- Marks a table as an array, which matters for an empty one: {} is written as an object.
--   t   a table without names as keys ({})
-- Example:
--   ll.json.encode(ll.json.array {})   --> []
--   ll.json.encode {}   --> {}
function json.array(t) return setmetatable(t or {}, array_mt) end

local WIDEST = 2 ^ 53 -- beyond it not every reader keeps an integer (RFC 7493)
local DEEPEST = 100

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local function escape(c) return escapes[c] or string.format("\\u%04x", c:byte()) end

local function fail(path, ...) error(path .. " " .. string.format(...), 0) end

local function encode_string(s, path)
  if not utf8.len(s) then fail(path, "is no UTF-8 text: %q", s) end
  return '"' .. s:gsub('[%c"\\]', escape) .. '"'
end

local function encode_number(x, path)
  if x ~= x then fail(path, "is not a number (NaN), which JSON cannot hold") end
  if x == math.huge or x == -math.huge then fail(path, "is infinite, which JSON cannot hold") end
  if math.type(x) == "integer" or (x == math.floor(x) and math.abs(x) <= WIDEST and (x ~= 0 or 1 / x > 0)) then
    if x > WIDEST or x < -WIDEST then fail(path, "is %d: JSON keeps integers up to 2^53", x) end
    return string.format("%d", x)
  end
  for digits = 15, 16 do
    local text = string.format("%." .. digits .. "g", x)
    if tonumber(text) == x then return text == "-0" and "-0.0" or text end
  end
  return string.format("%.17g", x)
end

-- "array", "object", or an error: a table is one or the other.
local function kind(t, path)
  local names, count, largest = 0, 0, 0
  for key in pairs(t) do
    if type(key) == "string" then
      names = names + 1
    elseif math.type(key) == "integer" and key >= 1 then
      count, largest = count + 1, math.max(largest, key)
    else
      fail(path, "has the key %s: JSON has names and 1..n", tostring(key))
    end
  end
  if names > 0 and count > 0 then fail(path, "mixes names and numbers as keys: JSON has one or the other") end
  if largest ~= count then fail(path, "is an array with holes: [%d] is there and %d elements in all", largest, count) end
  if getmetatable(t) == array_mt and names > 0 then fail(path, "is marked as an array and has names as keys") end
  return (count > 0 or getmetatable(t) == array_mt) and "array" or "object"
end

local function encode(value, path, depth)
  local type = type(value)
  if value == cjson.null then return "null" end
  if type == "boolean" then return tostring(value) end
  if type == "number" then return encode_number(value, path) end
  if type == "string" then return encode_string(value, path) end
  if type ~= "table" then fail(path, "is a %s, which JSON cannot hold", type) end
  if depth > DEEPEST then fail(path, "is nested more than %d deep, or holds itself", DEEPEST) end
  local parts = {}
  if kind(value, path) == "array" then
    for i = 1, #value do parts[i] = encode(value[i], path .. "[" .. i .. "]", depth + 1) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local names = {}
  for name in pairs(value) do names[#names + 1] = name end
  table.sort(names) -- by bytes in the C locale, which is Lua's unless a script sets another
  for i, name in ipairs(names) do
    local below = path .. "." .. name
    parts[i] = encode_string(name, "the name " .. below) .. ":" .. encode(value[name], below, depth + 1)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- ll.json.encode(value [, name]) -> string
-- A value as JSON on one line: a boolean, number, string, ll.json.null, or tables of such.
-- A table is an array, 1 to n, or an object, of names.
--   value   what is written; at most 100 tables deep, whole numbers up to 2^53
--   name   what messages call the value ("value")
-- Errors: NaN or infinite numbers; functions and the like; a table with holes or with names and numbers; text that is no UTF-8.
-- The message says where.
-- See: ll.json.decode
-- Example:
--   ll.json.encode { name = "hinge", margin = 0.5 }   --> {"margin":0.5,"name":"hinge"}
--   ll.json.encode({ a = 0 / 0 }, "mine")   --> error: mine.a is not a number (NaN), which JSON cannot hold
function json.encode(value, name) return encode(value, name or "value", 1) end

-- Whole numbers as integers, so that what was encoded comes back with its types.
local function whole(value)
  if type(value) == "number" and value == math.floor(value) and math.abs(value) <= WIDEST and (value ~= 0 or 1 / value > 0) then
    return math.tointeger(value)
  end
  if type(value) == "table" then
    for key, each in pairs(value) do value[key] = whole(each) end
  end
  return value
end

--- ll.json.decode(text [, name]) -> value
-- The value of a JSON text; whole numbers come back as integers, null as ll.json.null.
--   text   a string
--   name   what messages call the text ("JSON")
-- Errors: a text that is no JSON, and where.
-- See: ll.json.encode
-- Example:
--   ll.json.decode('{"margin":0.5,"at":[3,1]}').at[1]   --> 3
--   ll.json.decode("{")   --> error: JSON: …
function json.decode(text, name)
  local fine, value = pcall(cjson.decode, text)
  if not fine then error((name or "JSON") .. ": " .. tostring(value), 0) end
  return whole(value)
end

return json
