-- What a value holds by name, for completion and help: fields, methods, what help has entries for. Nothing of the user's is called:
-- of functions in metatables only the engine's and losslab's own.
local text = require "losslab.text"

local M = {}

local own = debug.getinfo(1, "S").source:match "^(.*/)prompt/members%.lua$"
-- A function of C in the metatable of a table is whatever the user has put there, io.read say.
local function is_ours(f, value)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return type(value) == "userdata" end
  return info.source:sub(1, #own) == own
end

-- The nouns that help calls classes by, where the class' own name is another.
local NOUNS = { ["losslab.mlp"] = "network" }
local CLASSES = { network = "losslab.mlp" }

-- Fields that objects of the engine compute, which no table lists.
local FIELDS = {
  ["losslab.matrix"] = "rows cols grad requires_grad",
  ["losslab.data"] = "x y rows features name path hash columns classes class_names notes class_counts multiclass missing positives "
    .. "groups domains truth optimal_auc",
}

-- The entries of help, or an empty list where there are none.
local entries
function M.entries()
  if not entries then
    local fine, found = pcall(require, "losslab.help.entries")
    local all, list = pcall(function() return fine and found.all() or {} end)
    entries = all and list or {}
  end
  return entries
end

function M.entry_of(value)
  local fine, found = pcall(require, "losslab.help.entries")
  if not fine or value == nil then return nil end
  local is, entry = pcall(found.of, value)
  return is and entry or nil
end

-- Members of a noun that help knows: "matrix:sum", "data.x".
local function of_noun(noun, found, methods_only)
  for _, entry in ipairs(M.entries()) do
    local class, mark, name = entry.name:match "^([%w_]+)([%.:])([%w_]+)$"
    if class == noun and (mark == ":" or not methods_only) then found[name] = true end
  end
end

-- The class of a noun that help uses: its metatable, or nil.
function M.class(noun) return debug.getregistry()[CLASSES[noun] or "losslab." .. noun] end

local function add(found, t, only_functions)
  if type(t) ~= "table" then return end
  for key, member in next, t do
    if text.is_name(key) and (not only_functions or type(member) == "function") then found[key] = true end
  end
end

local function add_meta(found, meta, methods_only, depth)
  if type(meta) ~= "table" or depth > 8 then return end
  add(found, rawget(meta, "methods"))
  local index = rawget(meta, "__index")
  if type(index) == "table" then
    add(found, index, methods_only)
    add_meta(found, debug.getmetatable(index), methods_only, depth + 1)
  end
  if not methods_only then
    add(found, rawget(meta, "lazy"))
    add(found, rawget(meta, "own"))
  end
end

-- The names of what a class has: { name = true }.
local function class_names(meta, methods_only)
  local found, name = {}, rawget(meta, "__name")
  add_meta(found, meta, methods_only, 1)
  if not methods_only then
    for field in (FIELDS[name] or ""):gmatch "%S+" do found[field] = true end
  end
  if type(name) == "string" then of_noun(NOUNS[name] or name:match "^losslab%.(.+)$", found, methods_only) end
  return found
end

-- The names in a value, or in what is known of one: { value = … } or { noun = "matrix" }.
function M.names(known, methods_only)
  if known.noun then
    local class = M.class(known.noun)
    local found = class and class_names(class, methods_only) or {}
    of_noun(known.noun, found, methods_only)
    return found
  end
  local value, found = known.value, {}
  local meta = debug.getmetatable(value)
  if type(meta) == "table" then found = class_names(meta, methods_only) end
  if type(value) == "table" then add(found, value, methods_only) end
  if type(value) == "userdata" and not methods_only and meta and rawget(meta, "__name") == "losslab.loss" then
    local fine, parameters = pcall(function() return value:params() end)
    if fine then add(found, parameters) end
  end
  return found
end

-- The member of a value, or nil; errors are none.
function M.member(value, name)
  if type(value) == "table" then
    local own_value = rawget(value, name)
    if own_value ~= nil then return own_value end
  end
  local meta = debug.getmetatable(value)
  local index = type(meta) == "table" and rawget(meta, "__index")
  if type(index) == "table" then
    if index == value then return nil end
    return M.member(index, name)
  end
  if type(index) ~= "function" or not is_ours(index, value) then return nil end
  local fine, found = pcall(index, value, name)
  if fine then return found end
end

return M
