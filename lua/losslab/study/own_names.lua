-- What belongs to Lua and to losslab, by name: their functions count by it when a script's code is told (study/code.lua), not by
-- their text, which another version may have changed without another result. Names do not depend on what is loaded already.
local ll = require "losslab"

local M = {}

local LIBRARIES = { "_G", "string", "table", "math", "io", "os", "coroutine", "debug", "utf8", "package" }
local GLOBALS = {}
for each in ([[assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall print rawequal rawget rawlen
  rawset require select setmetatable tonumber tostring type warn xpcall _G _VERSION ll]] .. " " ..
  table.concat(LIBRARIES, " ")):gmatch "%S+" do GLOBALS[each] = true end

local HOME = debug.getinfo(1, "S").source:match "^(@.*losslab/)study/own_names%.lua$" or "@?"

-- "study/code.lua" of a function of losslab's Lua half; nil of others.
function M.file(source) return source:sub(1, #HOME) == HOME and source:sub(#HOME + 1) or nil end

-- Names in the order of their bytes; other keys are no names.
local function names(t)
  local list = {}
  for key in next, t do if type(key) == "string" then list[#list + 1] = key end end
  table.sort(list)
  return list
end

local function is_c(f) return debug.getinfo(f, "S").what == "C" end

-- The functions and tables of a library of Lua; what a script put into it is patched.
local function library(known, patched, name, t)
  known[t] = known[t] or name
  for _, key in ipairs(names(t)) do
    local value = t[key]
    local path = name == "_G" and key or name .. "." .. key
    if type(value) == "function" and is_c(value) then known[value] = known[value] or path
    elseif name ~= "_G" and (type(value) == "function" or type(value) == "table" and name ~= "package") then
      patched[#patched + 1] = { key = key, path = path, value = value }
    end
  end
end

-- A table of losslab and what is in it: functions of another file have their name there.
local function module(known, patched, path, t, own, depth)
  if depth > 5 or depth > 0 and known[t] then return end
  known[t] = path
  for _, key in ipairs(names(t)) do
    local value, below = rawget(t, key), path .. "." .. key
    if type(value) == "function" then
      local source = debug.getinfo(value, "S").source
      local file = M.file(source)
      if file == own or source == "=[C]" then known[value] = known[value] or below
      elseif not file then patched[#patched + 1] = { key = key, path = below, value = value } end
    elseif type(value) == "table" then module(known, patched, below, value, own, depth + 1) end
  end
end

-- A module in C of the system: a table of functions of C.
local function foreign(known, name, t)
  local c, others = 0, 0
  for _, key in ipairs(names(t)) do
    if type(t[key]) == "function" then
      if is_c(t[key]) then
        c, known[t[key]] = c + 1, known[t[key]] or name .. "." .. key
      else
        others = others + 1
      end
    end
  end
  if c > 0 and others == 0 then known[t] = known[t] or name end
end

-- Formulas that were changed: their versions count where they are named.
local function versions(patched)
  for _, kind in ipairs { "loss", "optim", "metric" } do
    for _, name in ipairs(ll[kind].list()) do
      local version = ll[kind].describe(name).version
      if version ~= 1 then patched[#patched + 1] = { key = name, path = kind .. " " .. name .. " version", value = version } end
    end
  end
end

-- { [function or table] = its name }, and what a script put into tables of Lua or losslab: { { key, path, value }, … }.
function M.now()
  local known, patched, loaded = {}, {}, package.loaded
  versions(patched)
  known[ll] = "ll"
  for _, name in ipairs(names(loaded)) do
    if name:find "^losslab[.]" and type(loaded[name]) == "table" then known[loaded[name]] = name end
  end
  module(known, patched, "ll", ll.core, nil, 0)
  for _, name in ipairs(names(loaded)) do
    if name:find "^losslab[.]" and not name:find "^losslab[.]core" and type(loaded[name]) == "table" then
      module(known, patched, name, loaded[name], name:sub(9):gsub("%.", "/") .. ".lua", 0)
    end
  end
  local lazy, core = getmetatable(ll).lazy, ll.core
  for _, key in ipairs(names(ll)) do
    local value = rawget(ll, key)
    local own = known[value] or lazy[key] or rawget(core, key) ~= nil or key == "core"
    if not own and type(value) == "function" and M.file(debug.getinfo(value, "S").source) then own = true end
    if not own and (type(value) == "function" or type(value) == "table") then
      patched[#patched + 1] = { key = key, path = "ll." .. key, value = value }
    end
  end
  for _, name in ipairs(LIBRARIES) do library(known, patched, name, name == "_G" and _G or loaded[name]) end
  for _, name in ipairs(names(loaded)) do
    local t = loaded[name]
    if type(t) == "table" and not known[t] and not name:find "^losslab" then foreign(known, name, t) end
  end
  return known, patched
end

-- Whether a global of that name is Lua's or losslab's.
function M.is_global(name) return GLOBALS[name] == true end

return M
