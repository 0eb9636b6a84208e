-- How modules and functions of losslab print: a function as its line of help, a module as what it holds. Called by their __tostring
-- (lua/bind/help.c); nil for what help does not know, which then prints as ever.
local text = require "losslab.text"

local folder = debug.getinfo(1, "S").source:match "^@(.*)/help/[^/]*$"

local function is_ours(f)
  local info = debug.getinfo(f, "S")
  return info.what == "C" or folder ~= nil and info.source:sub(2, #folder + 1) == folder
end

local function module_words(entry, module)
  local names, meta = {}, getmetatable(module)
  for _, each in ipairs { module, meta and meta.lazy or {}, meta and meta.functions or {} } do
    for name in next, each do
      if type(name) == "string" then names[name] = true end
    end
  end
  local list = require "losslab.check".keys(names)
  local width = math.min(text.room() or 100, 120)
  local first = string.format("%s: %s. help(%s) says more.", entry.name, entry.summary, entry.name)
  return text.wrap(first, width) .. "\n" .. text.grid(list, width)
end

return function(value)
  if type(value) == "function" then
    if not is_ours(value) then return nil end
    local entry = require "losslab.help.entries".of(value)
    return entry and require "losslab.help.pages".line(entry) or nil
  end
  local entries = require "losslab.help.entries"
  if value == require "losslab".help then return (require "losslab.help.answers".page(0)) end
  local entry = entries.of(value)
  if entry and (entry.kind == "module" or entry.name == "ll") then return module_words(entry, value) end
  return entry and require "losslab.help.pages".line(entry) or nil
end
