-- What Tab offers at the prompt: fields of values, methods after a colon, keywords. Finding them calls no function of the user's.
local text = require "losslab.text"

local keywords = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
                   "not", "or", "repeat", "return", "then", "true", "until", "while" }

-- Fields that objects of the engine compute, which no table lists.
local fields = { ["losslab.matrix"] = { "rows", "cols", "grad", "requires_grad" } }

local function names_of(value, methods_only)
  local found = {}
  local function add(t, only_functions)
    if type(t) ~= "table" then return end
    for key, member in pairs(t) do
      if text.is_name(key) and (not only_functions or type(member) == "function") then found[key] = true end
    end
  end
  local meta = debug.getmetatable(value)
  if type(value) == "table" then add(value, methods_only) end
  if type(meta) == "table" then
    add(meta.methods)
    add(type(meta.__index) == "table" and meta.__index or nil, methods_only)
    if not methods_only then
      add(meta.lazy)
      for _, name in ipairs(fields[meta.__name] or {}) do found[name] = true end
      local fine, parameters = pcall(function() return value.params and value:params() end)
      if fine then add(parameters) end
    end
  end
  return found
end

-- Completes the text before the cursor: gives what to insert, or nil and the possibilities to show.
return function(before, globals)
  if not before:find "%S" then return "  " end
  local chain = before:match "[%a_][%w_%.:]*$" or ""
  if before:sub(1, -#chain - 1):find "[%.:%d]$" then return nil end
  local path, separator, part = chain:match "^(.-)([%.:]?)([%w_]*)$"
  local found
  if separator == "" then
    found = names_of(globals)
    for _, word in ipairs(keywords) do found[word] = true end
  else
    local value = globals
    for name in path:gmatch "[%w_]+" do
      local fine, inner = pcall(function() return value[name] end)
      if not fine or inner == nil then return nil end
      value = inner
    end
    found = names_of(value, separator == ":")
  end
  local list = {}
  for name in pairs(found) do
    if name:sub(1, #part) == part and (part ~= "" or name:sub(1, 1) ~= "_") then list[#list + 1] = name end
  end
  if #list == 0 then return nil end
  table.sort(list)
  local common = list[1]
  for _, name in ipairs(list) do
    while name:sub(1, #common) ~= common do common = common:sub(1, -2) end
  end
  if #common > #part then return common:sub(#part + 1) end
  if #list == 1 then return nil end
  return nil, text.grid(list, text.room() or 80)
end
