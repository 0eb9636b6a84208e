-- NumPy's files: the head of a .npy, and .npz, which is a zip archive of them, not compressed. Archives and arrays of any size:
-- where 32 bits do not hold a number, zip's 64-bit fields are written (APPNOTE 6.3, 4.5.3).
--
--   npy.head(type, shape)    the head; type: "<f4", or the fields of a structured array { { name, type [, count] }, … }
--   npy.archive(put)         an archive, written by put(text): archive:add(name, head, sum, size, write),
--                            archive:texts(name, list), archive:finish(); sum and size: of what write(put) writes behind head
local crc32, combined = require "losslab".core.crc32, require "losslab".core.crc32_combined

local M = {}

local function tuple(numbers)
  local words = {}
  for i, number in ipairs(numbers) do words[i] = string.format("%d", number) end
  return "(" .. table.concat(words, ", ") .. (#words == 1 and ",)" or ")")
end

function M.head(kind, shape)
  local descr
  if type(kind) == "string" then
    descr = "'" .. kind .. "'"
  else
    local fields = {}
    for i, field in ipairs(kind) do
      fields[i] = string.format("('%s', '%s'%s)", field[1], field[2], field[3] and ", " .. tuple { field[3] } or "")
    end
    descr = "[" .. table.concat(fields, ", ") .. "]"
  end
  local text = string.format("{'descr': %s, 'fortran_order': False, 'shape': %s, }", descr, tuple(shape))
  text = text .. (" "):rep(-(10 + #text + 1) % 64) .. "\n"
  return "\x93NUMPY\1\0" .. string.pack("<s2", text)
end

-- ---- the archive ------------------------------------------------------------------------------------------------------------

local Archive = {}
Archive.__index = Archive

local FULL = 0xffffffff -- what stands in 32 bits for a number that does not fit
local DATE, UTF8 = 0x21, 0x800 -- 1 January 1980: the same content gives the same bytes

function M.archive(put)
  return setmetatable({ put = put, at = 0, entries = {} }, Archive)
end

function Archive:out(text)
  self.put(text)
  self.at = self.at + #text
end

-- version, flags, method (stored), time, date, sum, both sizes: what an entry says in both of its places.
local function common(entry, wide)
  local size = wide and FULL or entry.size
  return string.pack("<I2I2I2I2I2I4I4I4", wide and 45 or 20, UTF8, 0, 0, DATE, entry.sum, size, size)
end

function Archive:add(name, head, sum, size, write)
  local entry = { name = name .. ".npy", at = self.at, sum = combined(crc32(head), sum, size), size = #head + size }
  self.entries[#self.entries + 1] = entry
  local wide = entry.size >= FULL
  local extra = wide and string.pack("<I2I2I8I8", 1, 16, entry.size, entry.size) or ""
  self:out("PK\3\4" .. common(entry, wide) .. string.pack("<I2I2", #entry.name, #extra) .. entry.name .. extra .. head)
  write(function(text) self:out(text) end)
  if self.at ~= entry.at + 30 + #entry.name + #extra + entry.size then
    error("export: the database changed while it was read", 0)
  end
end

-- A list of texts as an array of NumPy's <U: code points, each of four bytes, of the longest one's length.
function Archive:texts(name, list)
  local longest, parts = 1, {}
  for _, text in ipairs(list) do longest = math.max(longest, utf8.len(text, 1, -1, true) or #text) end
  for _, text in ipairs(list) do
    local count = 0
    if utf8.len(text, 1, -1, true) then
      for _, point in utf8.codes(text, true) do
        parts[#parts + 1] = string.pack("<I4", point)
        count = count + 1
      end
    else -- of a damaged database
      for i = 1, #text do parts[#parts + 1] = string.pack("<I4", text:byte(i)) end
      count = #text
    end
    parts[#parts + 1] = ("\0"):rep(4 * (longest - count))
  end
  local bytes = table.concat(parts)
  self:add(name, M.head("<U" .. longest, { #list }), crc32(bytes), #bytes, function(put) put(bytes) end)
end

function Archive:finish()
  local start = self.at
  for _, entry in ipairs(self.entries) do
    local wide, far = entry.size >= FULL, entry.at >= FULL
    local extra = (wide and string.pack("<I8I8", entry.size, entry.size) or "") .. (far and string.pack("<I8", entry.at) or "")
    if extra ~= "" then extra = string.pack("<I2s2", 1, extra) end
    self:out("PK\1\2" .. string.pack("<I2", 3 << 8 | 45) .. common(entry, wide)
      .. string.pack("<I2I2I2I2I2I4I4", #entry.name, #extra, 0, 0, 0, 0x81a40000, far and FULL or entry.at) .. entry.name .. extra)
  end
  local size, count = self.at - start, #self.entries
  if start >= FULL then
    local at = self.at
    self:out("PK\6\6" .. string.pack("<I8I2I2I4I4I8I8I8I8", 44, 3 << 8 | 45, 45, 0, 0, count, count, size, start))
    self:out("PK\6\7" .. string.pack("<I4I8I4", 0, at, 1))
  end
  self:out("PK\5\6" .. string.pack("<I2I2I2I2I4I4I2", 0, 0, count, count, size, math.min(start, FULL), 0))
end

return M
