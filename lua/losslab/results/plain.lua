-- Plain data as bytes and back, between a process and one that is not trusted: nil, booleans, numbers to the last bit, texts of any
-- bytes, and tables of these, holes and all. What is read may be anything: it gives plain data or raises, takes memory by the bytes
-- there are, and makes nothing that runs.
local M = {}

local DEEP = 64 -- tables within tables, at most

local encoders = {}

local function encode(value, out, depth)
  local how = encoders[math.type(value) or type(value)]
  if not how then error("a " .. type(value) .. " is no plain data", 0) end
  how(value, out, depth)
end

encoders["nil"] = function(_, out) out[#out + 1] = "0" end
encoders.boolean = function(value, out) out[#out + 1] = value and "t" or "f" end
encoders.integer = function(value, out) out[#out + 1] = string.pack("<c1i8", "i", value) end
encoders.float = function(value, out) out[#out + 1] = string.pack("<c1d", "d", value) end
encoders.string = function(value, out) out[#out + 1] = string.pack("<c1s8", "s", value) end
function encoders.table(value, out, depth)
  if depth == DEEP then error("tables lie more than " .. DEEP .. " deep in each other, or one holds itself", 0) end
  out[#out + 1] = "{"
  for key, each in next, value do
    encode(key, out, depth + 1)
    encode(each, out, depth + 1)
  end
  out[#out + 1] = "}"
end

function M.encode(value)
  local out = {}
  encode(value, out, 0)
  return table.concat(out)
end

local decoders = {
  ["0"] = function(_, at) return nil, at end,
  t = function(_, at) return true, at end,
  f = function(_, at) return false, at end,
  i = function(bytes, at) return string.unpack("<i8", bytes, at) end,
  d = function(bytes, at) return string.unpack("<d", bytes, at) end,
  s = function(bytes, at) return string.unpack("<s8", bytes, at) end,
}

local function decode(bytes, at, depth)
  local how = decoders[bytes:sub(at, at)]
  if not how then error(string.format("no plain data at byte %d", at), 0) end
  return how(bytes, at + 1, depth)
end

decoders["{"] = function(bytes, at, depth)
  if depth == DEEP then error("no plain data: too deep", 0) end
  local out = {}
  while bytes:sub(at, at) ~= "}" do
    local key, value
    key, at = decode(bytes, at, depth + 1)
    value, at = decode(bytes, at, depth + 1)
    if key == nil or key ~= key then error("no plain data: a key that is none", 0) end
    out[key] = value
  end
  return out, at + 1
end

function M.decode(bytes)
  local value, at = decode(bytes, 1, 0)
  if at ~= #bytes + 1 then error("no plain data: more bytes than it takes", 0) end
  return value
end

return M
