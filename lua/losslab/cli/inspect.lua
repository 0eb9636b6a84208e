-- A value as the prompt prints it: a string as it is, anything else as it would be written, long and deep tables cut.
local check = require "losslab.check"
local text = require "losslab.text"

local LINE, ITEMS, DEPTH = 100, 24, 4

local show

local function show_table(t, depth, above)
  if above[t] then return "{…}" end
  if depth > DEPTH then return next(t) == nil and "{}" or "{…}" end
  above[t] = true
  local keys, parts, count = {}, {}, #t
  for _, key in ipairs(check.keys(t)) do
    if not (math.type(key) == "integer" and key >= 1 and key <= count) then keys[#keys + 1] = key end
  end
  for i = 1, math.min(count, ITEMS) do parts[i] = show(t[i], depth + 1, above) end
  if count > ITEMS then parts[#parts + 1] = string.format("… %d more", count - ITEMS) end
  local most = depth == 1 and 2 * ITEMS or ITEMS
  for i, key in ipairs(keys) do
    if i > most then
      parts[#parts + 1] = string.format("… %d more", #keys - most)
      break
    end
    local name = text.is_name(key) and key or "[" .. show(key, DEPTH + 1, above) .. "]"
    parts[#parts + 1] = name .. " = " .. show(t[key], depth + 1, above)
  end
  above[t] = nil
  if #parts == 0 then return "{}" end
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if text.width(line) <= LINE - 2 * depth and not line:find "\n" then return line end
  local indent = ("  "):rep(depth)
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. "\n" .. indent:sub(3) .. "}"
end

function show(value, depth, above)
  local kind = type(value)
  if kind == "string" then return '"' .. text.clean(value:gsub('["\\]', "\\%0")) .. '"' end
  if kind == "function" then return "function" end
  if kind == "table" and not (getmetatable(value) or {}).__tostring then return show_table(value, depth, above) end
  local fine, words = pcall(tostring, value)
  if not fine then return "<" .. kind .. " that cannot be printed: " .. tostring(words) .. ">" end
  return (words:gsub("\n", "\n" .. ("  "):rep(depth - 1)))
end

return function(value)
  if type(value) == "string" then return value end
  if type(value) == "function" then return tostring(value) end
  return show(value, 1, {})
end
