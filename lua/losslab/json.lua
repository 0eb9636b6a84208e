-- JSON in one canonical form: keys sorted, no spaces, numbers in the fewest digits that read back to the same bits. Equal
-- values give equal text, so that text can be hashed and compared. Reading is cjson's.
local M = {}

local array = {}

-- Marks a table as an array, which tells [] from {} where it is empty.
function M.array(t) return setmetatable(t, array) end

local function number(x)
  if math.type(x) == "integer" then return string.format("%d", x) end
  if x ~= x or x == math.huge or x == -math.huge then error("JSON has no " .. tostring(x), 0) end
  if x == math.floor(x) and math.abs(x) < 2 ^ 53 then return string.format("%d", math.tointeger(x)) end
  for digits = 15, 17 do
    local text = string.format("%." .. digits .. "g", x)
    if tonumber(text) == x then return text end
  end
end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local function text(s)
  return '"' .. s:gsub('[%c"\\\127]', function(c) return escapes[c] or string.format("\\u%04x", c:byte()) end) .. '"'
end

local encode

local function list(t)
  local parts = {}
  for i = 1, #t do parts[i] = encode(t[i]) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function object(t)
  local keys = {}
  for key in pairs(t) do
    if type(key) ~= "string" then error("a JSON object's keys are strings, not " .. tostring(key), 0) end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for i, key in ipairs(keys) do keys[i] = text(key) .. ":" .. encode(t[key]) end
  return "{" .. table.concat(keys, ",") .. "}"
end

function encode(value)
  local kind = type(value)
  if kind == "table" then return (getmetatable(value) == array or #value > 0) and list(value) or object(value) end
  if kind == "number" then return number(value) end
  if kind == "string" then return text(value) end
  if kind == "boolean" then return tostring(value) end
  error("JSON has no " .. kind, 0)
end
M.encode = encode

function M.decode(s) return require "cjson".decode(s) end

return M
