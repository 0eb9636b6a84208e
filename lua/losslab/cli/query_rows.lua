-- Rows of a query as text: a table that fits the room, or CSV, JSON, lines of JSON.
--
-- A row is an array of values as db:cells gives it: nil, a number, a text, or { bytes } for a blob. In a table numbers keep up to
-- six digits and are never cut; where there is too little room, texts are cut in the middle, the longest first, and where that is
-- not enough each row is written downwards, a line a value.
local export = require "losslab.results.export"
local json = require "losslab.json"
local text = require "losslab.text"

local M = {}

M.formats = { "table", "csv", "json", "jsonl" }

-- ---- a table -------------------------------------------------------------------------------------------------------------

local NARROW = 8   -- columns that a text is cut to at least
local CHUNK = 1000 -- rows whose widths are found together

local function cell(value)
  if value == nil then return "-" end
  if type(value) == "table" then return string.format("<%d bytes>", #value[1]) end
  if type(value) == "number" then return text.number(value) end
  return text.clean(value)
end

-- The widths of a chunk of rows, and which columns hold numbers (and nothing else) or anything but texts, which are not cut.
local function measure(names, rows)
  local widths, right, whole = {}, {}, {}
  for i, name in ipairs(names) do
    widths[i], right[i] = text.width(text.clean(name)), false
    local texts = false
    for _, row in ipairs(rows) do
      if row[i] ~= nil then right[i] = true end
      if type(row[i]) == "string" then texts = true end
      widths[i] = math.max(widths[i], text.width(cell(row[i])))
    end
    right[i], whole[i] = right[i] and not texts, not texts
  end
  return widths, right, whole
end

local function total(widths)
  local sum = 2 * (#widths - 1)
  for _, width in ipairs(widths) do sum = sum + width end
  return sum
end

-- Cuts texts until the row fits; false if it cannot.
local function fit(widths, whole, room)
  local over = total(widths) - room
  while over > 0 do
    local widest
    for i, width in ipairs(widths) do
      if not whole[i] and width > NARROW and (not widest or width > widths[widest]) then widest = i end
    end
    if not widest then return false end
    widths[widest], over = widths[widest] - 1, over - 1
  end
  return true
end

local function line(cells, widths, right)
  local out = {}
  for i, each in ipairs(cells) do out[i] = text.pad(each, widths[i], right[i]) end
  return (table.concat(out, "  "):match "^.*[^ ]" or "") .. "\n"
end

local function across(names, rows, shape, put)
  local widths, right, whole = shape.widths, shape.right, shape.whole
  local function show(value, i) return whole[i] and cell(value) or text.shorten(cell(value), widths[i]) end
  if not shape.headed then
    local heads = {}
    for i, name in ipairs(names) do heads[i] = whole[i] and text.clean(name) or text.shorten(name, widths[i]) end
    put(line(heads, widths, right))
    shape.headed = true
  end
  for _, row in ipairs(rows) do
    local cells = {}
    for i in ipairs(names) do cells[i] = show(row[i], i) end
    put(line(cells, widths, right))
  end
end

-- The lines of a value that stands beside a name; a text keeps its own.
local function lines_of(value, room)
  local lines = {}
  for each in (type(value) == "string" and value:gsub("\n$", "") or cell(value)):gmatch "[^\n]*" do
    each = text.clean(each:gsub("\t", "        "))
    if type(value) == "string" and text.width(each) > room then each = text.wrap(each, room) end
    for part in each:gmatch "[^\n]+" do table.move(text.pieces(part, room), 1, #part, #lines + 1, lines) end
    if each == "" then lines[#lines + 1] = "" end
  end
  return lines
end

local function downwards(names, rows, shape, put)
  local width = 0
  for _, name in ipairs(names) do width = math.max(width, text.width(text.clean(name))) end
  for _, row in ipairs(rows) do
    if shape.headed then put "\n" end
    shape.headed = true
    for i, name in ipairs(names) do
      for k, each in ipairs(lines_of(row[i], math.max(20, shape.room - width - 2))) do
        put(line({ k == 1 and text.clean(name) or "", each }, { width, 0 }, {}))
      end
    end
  end
end

-- room: columns of the terminal, or nil: as wide as it is.
local function write_table(names, next_row, put, room)
  local shape, count = nil, 0
  repeat
    local rows = {}
    for row in next_row do
      rows[#rows + 1] = row
      if #rows == CHUNK then break end
    end
    if not shape then
      local widths, right, whole = measure(names, rows)
      shape = { widths = widths, right = right, whole = whole, room = room }
      shape.draw = (not room or fit(widths, whole, room)) and across or downwards
    end
    if #rows > 0 or count == 0 and shape.draw == across then shape.draw(names, rows, shape, put) end
    count = count + #rows
  until #rows < CHUNK
  return count
end

-- ---- CSV and JSON --------------------------------------------------------------------------------------------------------

local function hex(bytes) return (bytes:gsub(".", function(byte) return string.format("%02x", byte:byte()) end)) end

-- A number as JSON and CSV have it; nil for one that is not finite.
local function number(x)
  if math.type(x) == "integer" then return string.format("%d", x) end
  if x ~= x or math.abs(x) == math.huge then return nil end
  return json.encode(x)
end

local function csv_text(s)
  if s:find '[,"\r\n]' or s:find "^%s" or s:find "%s$" then return '"' .. s:gsub('"', '""') .. '"' end
  return s
end

local function csv_cell(value)
  if value == nil then return "" end
  if type(value) == "table" then return hex(value[1]) end
  if type(value) == "number" then return number(value) or (value > 0 and "inf" or "-inf") end
  return csv_text(value)
end

local function write_csv(names, next_row, put)
  local heads, count = {}, 0
  for i, name in ipairs(names) do heads[i] = csv_text(name) end
  put(table.concat(heads, ",") .. "\n")
  for row in next_row do
    local cells = {}
    for i in ipairs(names) do cells[i] = csv_cell(row[i]) end
    put(table.concat(cells, ",") .. "\n")
    count = count + 1
  end
  return count
end

local function json_cell(value, name)
  if value == nil then return "null" end
  if type(value) == "table" then return '"' .. hex(value[1]) .. '"' end
  if type(value) == "number" then return number(value) or "null" end
  if export.is_json[name] and pcall(json.decode, value) then return value end
  return json.encode(text.utf8(value), name)
end

-- Columns of one name are numbered, since an object has a name once.
local function keys(names)
  local out, seen = {}, {}
  for i, name in ipairs(names) do
    local key, k = text.utf8(name), 1
    while seen[key] do k, key = k + 1, text.utf8(name) .. "_" .. k + 1 end
    seen[key], out[i] = true, json.encode(key) .. ":"
  end
  return out
end

local function write_json(names, next_row, put, before, between, after, none)
  local heads, count = keys(names), 0
  for row in next_row do
    local cells = {}
    for i, name in ipairs(names) do cells[i] = heads[i] .. json_cell(row[i], name) end
    put((count == 0 and before or between) .. "{" .. table.concat(cells, ",") .. "}")
    count = count + 1
  end
  put(count == 0 and none or after)
  return count
end

local writers = {
  table = write_table,
  csv = write_csv,
  json = function(names, next_row, put) return write_json(names, next_row, put, "[\n", ",\n", "\n]\n", "[]\n") end,
  jsonl = function(names, next_row, put) return write_json(names, next_row, put, "", "\n", "\n", "") end,
}

-- Writes all rows by put(text); gives their number.
function M.write(format, names, next_row, put, room) return writers[format](names, next_row, put, room) end

return M
