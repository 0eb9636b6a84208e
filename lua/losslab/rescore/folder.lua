-- The folder of a rescoring: the script of its study, its database, its tables. The script says which run the folder is of, so that
-- no run writes over another's.
local lfs = require "lfs"
local check = require "losslab.check"
local file = require "losslab.file"
local recipe = require "losslab.rescore.recipe"

local M = {}

M.tables = {}
for _, what in ipairs { "psms", "peptides", "proteins" } do
  for _, class in ipairs { "target", "decoy" } do M.tables[#M.tables + 1] = class .. "." .. what .. ".tsv" end
end

local function absolute(path) return path:sub(1, 1) == "/" and path or lfs.currentdir() .. "/" .. path end

-- A value as Lua reads it.
local function written(value)
  if type(value) == "string" then return (string.format("%q", value):gsub("\\\n", "\\n")) end
  if math.type(value) == "float" and value % 1 ~= 0 then
    local short = string.format("%.15g", value)
    return tonumber(short) == value and short or string.format("%.17g", value)
  end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, each in ipairs(value) do parts[i] = written(each) end
  if #parts == 0 then
    for _, key in ipairs(check.keys(value)) do
      local name = key:find "^[%a_][%w_]*$" and key or string.format("[%q]", key)
      parts[#parts + 1] = name .. " = " .. written(value[key])
    end
  end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or "{}"
end

-- The script that scores the files by the networks of a database.
function M.applying(files, model, missing)
  local paths = {}
  for i, path in ipairs(files) do paths[i] = absolute(path) end
  local lines = { "-- Written by losslab rescore --model.", "return ll.rescore.apply {", "  files = " .. written(paths) .. ",",
    "  missing = " .. written(missing) .. ",", "  model = " .. written(absolute(model)) .. ",", "}\n" }
  return table.concat(lines, "\n")
end

-- The script of a study of these fields. It says all of them, so that it means the same whatever the defaults become.
function M.script(fields)
  local files, all = {}, {}
  for i, path in ipairs(fields.files) do files[i] = absolute(path) end
  for key, value in pairs(recipe.defaults) do all[key] = value end
  for key, value in pairs(fields) do all[key] = value end
  all.files = nil
  local lines = { "-- Written by losslab rescore.", "return ll.rescore.study {", "  files = " .. written(files) .. "," }
  for _, key in ipairs(check.keys(all)) do lines[#lines + 1] = string.format("  %s = %s,", key, written(all[key])) end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

-- The first line in which two scripts differ, as either has it.
local function difference(a, b)
  local one, other = {}, {}
  for line in a:gmatch "[^\n]+" do one[#one + 1] = line end
  for line in b:gmatch "[^\n]+" do other[#other + 1] = line end
  for i = 1, math.max(#one, #other) do
    if one[i] ~= other[i] then
      return ((one[i] or "nothing"):match "^%s*(.-),?$"), ((other[i] or "nothing"):match "^%s*(.-),?$")
    end
  end
end

-- Raises where the folder is another run's. overwrite: then its script and tables are written over; its database keeps its trials.
function M.check(path, script, overwrite)
  local kind = lfs.attributes(path, "mode")
  if kind and kind ~= "directory" then check.fail("%s: is a %s; the results go into a folder", path, kind) end
  if not kind or overwrite then return end
  local there = file.read(path .. "/rescore.lua")
  if there == script then return end
  local how = "-o names another folder, --overwrite writes over the tables of this one"
  if there then
    local old, new = difference(there, script)
    check.fail("%s holds another run (%s there, %s here); %s", path, old, new, how)
  end
  for _, name in ipairs { "rescore.db", table.unpack(M.tables) } do
    if file.exists(path .. "/" .. name) then check.fail("%s holds a %s that no losslab rescore left; %s", path, name, how) end
  end
end

-- Takes away those tables that the names are not of: they are of an earlier command.
function M.keep(path, names)
  local kept = {}
  for _, name in ipairs(names) do kept[name] = true end
  for _, name in ipairs(M.tables) do
    if not kept[name] then os.remove(path .. "/" .. name) end
  end
end

-- Makes the folder, and those above it.
function M.make(path)
  local made = ""
  for part in path:gmatch "[^/]*/?" do
    made = made .. part
    if made:find "[^/]" and not lfs.attributes(made, "mode") then
      local fine, why = lfs.mkdir(made)
      if not fine then check.fail("%s: %s", made, why) end
    end
  end
end

return M
