-- Everything that a user can reach from Lua, for the tests of help: { { name, value, where } … }.
local ll = require "losslab"
local classes = require "losslab.help.classes"

local M = {}

-- Where the C bindings register a name: "lua/bind/matrix.c: matrix_item", or several.
local registered
local function in_c(name)
  if not registered then
    registered = {}
    for file in require "lfs".dir "lua/bind" do
      local source = file:find "%.c$" and require "losslab.file".read("lua/bind/" .. file) or ""
      for key, f in source:gmatch '{"([%w_]+)",%s*([%a_][%w_]*)' do
        local places = registered[key] or {}
        registered[key] = places
        places[#places + 1] = string.format("lua/bind/%s: %s", file, f)
      end
    end
  end
  local places = registered[name:match "[%w_]+$"]
  return places and table.concat(places, ", ") or "lua/bind"
end

local function place_of(name, value)
  if type(value) ~= "function" then return "lua/losslab" end
  local info = debug.getinfo(value, "S")
  if info.what ~= "C" then return (info.short_src:gsub("^.*lua/losslab", "lua/losslab")) .. ":" .. info.linedefined end
  return in_c(name)
end

-- ll.core is left out: it is the raw half, of which ll shows what is for users.
local function of_ll(add)
  for _, name in ipairs(classes.reachable(ll)) do
    local value = ll[name]
    if name ~= "core" then
      add("ll." .. name, value)
      if type(value) == "table" then
        for inner, each in pairs(value) do
          if type(inner) == "string" then add("ll." .. name .. "." .. inner, each) end
        end
      end
    end
  end
end

function M.all()
  local out = {}
  local function add(name, value) out[#out + 1] = { name = name, value = value, where = place_of(name, value) } end
  add("ll", ll)
  of_ll(add)
  for noun in pairs(classes.nouns) do
    add(noun, {})
    for name, f in pairs(classes.methods_of(noun)) do add(noun .. ":" .. name, f) end
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

-- The nouns of the values that have fields in C, by the file that gives these.
local FIELDS = { ["data_fields.c"] = "data", ["interactions.c"] = "pairs", ["loss_fields.c"] = "loss",
  ["matrix_index.c"] = "matrix", ["optim_fields.c"] = "optimizer", ["psm.c"] = "psms",
  ["psm_features.c"] = "ranker" }

-- "data.rows" and the like, as the bindings compare them in a function …_index or list them in a table of `field`; and the files
-- where such are found that FIELDS does not know.
function M.fields()
  local out, unknown = {}, {}
  for file in require "lfs".dir "lua/bind" do
    local source = file:find "%.c$" and require "losslab.file".read("lua/bind/" .. file) or ""
    local names = {}
    for body in source:gmatch "[%w_]+_index%(lua_State %*L%) {(.-)\n}" do
      for name in body:gmatch 'strcmp%([%w_]+, "([%w_]+)"%) == 0' do names[#names + 1] = name end
    end
    for list in source:gmatch "const field [%w_]+%[%] = {(.-)\n}" do
      for name in list:gmatch '{"([%w_]+)",' do names[#names + 1] = name end
    end
    if #names > 0 and not FIELDS[file] then unknown[#unknown + 1] = file end
    for _, name in ipairs(names) do out[#out + 1] = (FIELDS[file] or file) .. "." .. name end
  end
  table.sort(out)
  return out, unknown
end

-- Classes of the C half that classes.lua does not know.
function M.unknown_classes()
  local out = {}
  for key, value in pairs(debug.getregistry()) do
    if type(key) == "string" and key:find "^losslab" and type(value) == "table" and classes.of_metatables[key] == nil then
      out[#out + 1] = key
    end
  end
  table.sort(out)
  return out
end

-- The words that the program was given behind the test's name: only names that hold one of them are looked at.
function M.wanted(name)
  if #arg == 0 then return true end
  for _, word in ipairs(arg) do
    if name:find(word, 1, true) then return true end
  end
  return false
end

return M
