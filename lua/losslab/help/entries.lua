-- All entries of help, gathered when help is first asked: from the comments of losslab's own Lua files and of the C bindings, from
-- the rows of the engine's tables, and from the commands. CONTRIBUTING.md has the format of a comment.
--
--   entries.all()          every entry, by module, then name: { name, kind, calls, gives, summary, text, paragraphs, params,
--                          facts, errors, see, example, module, group, also (other names), file, line }
--   entries.find(name)     the entry that a name means most likely, or nil; entries.hits(name): all that it may mean, best first
--   entries.of(value)      the entry of a function, a module or an object, or nil
--   entries.search(words)  the entries that hold all the words, best first
--   entries.members(name)  what a module or a class holds
local classes = require "losslab.help.classes"
local parse = require "losslab.help.parse"

local M = {}

local folder = debug.getinfo(1, "S").source:match "^@(.*)/help/[^/]*$" or "lua/losslab"

-- Every Lua file below the folder, in order.
local function files(path, below, out)
  local lfs = require "lfs"
  local names = {}
  for name in lfs.dir(path) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local whole, shown = path .. "/" .. name, below .. "/" .. name
    if name:find "%.lua$" then out[#out + 1] = { whole, shown }
    elseif not name:find "%." and lfs.attributes(whole, "mode") == "directory" then files(whole, shown, out) end
  end
  return out
end

local function kind_of(entry)
  if entry.name:find "^losslab " then return "command" end
  if entry.name == "losslab" then return "module" end
  if entry.name:find ":" then return "method" end
  if entry.name:find "^study%." then return "field" end
  if entry.calls[1] and entry.calls[1]:find "[%(%{%[]" or entry.calls[1]:find ' "' then return "function" end
  if classes.nouns[entry.name] then return "class" end
  if entry.name:find "^ll%.?[%w_]*$" and not entry.gives then return "module" end
  return "field"
end

local gathered

local function gather()
  if gathered then return gathered end
  local found = { list = {}, by_name = {}, by_last = {}, twice = {} }
  local function add(entry)
    entry.kind = entry.kind or kind_of(entry)
    local other = found.by_name[entry.name]
    if other then -- lstsq by hand stands for the row of that name, which has one result less
      if entry.kind ~= "op" then found.twice[#found.twice + 1] = entry end
      return
    end
    found.list[#found.list + 1] = entry
    for _, name in ipairs { entry.name, table.unpack(entry.also or {}) } do
      found.by_name[name] = entry
      local last = name:match "[^%.: ]+$"
      found.by_last[last] = found.by_last[last] or {}
      table.insert(found.by_last[last], entry)
    end
  end
  local of_c = require "losslab".core.help_text()
  local file = require "losslab.file"
  for _, each in ipairs(files(folder, "lua/losslab", {})) do
    local source = file.read(each[1])
    if source and source:find("--- ", 1, true) then parse.lua(source, each[2], add) end
  end
  parse.c(of_c, add)
  for _, provider in ipairs { "row_others", "row_ops", "row_losses", "command_rows", "row_study" } do
    require("losslab.help." .. provider)(add, found)
  end
  for name in pairs(classes.methods_of "matrix") do -- ll.sort(m) is m:sort()
    local entry, method = found.by_name["ll." .. name], "matrix:" .. name
    if entry and not found.by_name[method] then
      entry.also = entry.also or {}
      table.insert(entry.also, method)
      table.insert(entry.calls, parse.method_call(entry.calls[1]))
      found.by_name[method] = entry
    end
  end
  table.sort(found.list, function(a, b)
    if a.module ~= b.module then return a.module < b.module end
    return a.name < b.name
  end)
  gathered = found
  return found
end

function M.all() return gather().list end

-- Entries whose name was taken already: a mistake, which the test of help shows.
function M.twice() return gather().twice end

-- What a name is asked for first: a command before a method, say.
local rank = { class = 1, module = 1, command = 2, loss = 3, metric = 3, optimizer = 3, ["function"] = 4, op = 4, method = 5,
  field = 6 }

function M.hits(name)
  local found = gather()
  name = name:match "^%s*(.-)%s*$":gsub("%(%s*%)$", "")
  local out, seen = {}, {}
  local function take(entry)
    if entry and not seen[entry] then
      out[#out + 1], seen[entry] = entry, true
    end
  end
  take(found.by_name[name])
  out.exact = #out > 0
  take(found.by_name["ll." .. name])
  out.sure = #out > 0
  local rest = {}
  for _, entry in ipairs(found.by_last[name] or {}) do rest[#rest + 1] = entry end
  table.sort(rest, function(a, b)
    local x, y = rank[a.kind] or 4, rank[b.kind] or 4
    if x ~= y then return x < y end
    return a.name < b.name
  end)
  for _, entry in ipairs(rest) do take(entry) end
  return out
end

function M.find(name) return M.hits(name)[1] end

-- ---- values --------------------------------------------------------------------------------------------------------------------

local values

local function index()
  if values then return values end
  values = {}
  local ll = require "losslab"
  local found = gather().by_name
  local function take(value, name)
    if (type(value) == "function" or type(value) == "table") and not values[value] then values[value] = found[name] end
  end
  for _, name in ipairs(classes.reachable(ll)) do
    local value = ll[name]
    take(value, "ll." .. name)
    if type(value) == "table" and name ~= "core" then
      for inner, each in pairs(value) do
        if type(inner) == "string" then take(each, "ll." .. name .. "." .. inner) end
      end
    end
  end
  for noun in pairs(classes.nouns) do
    for method, f in pairs(classes.methods_of(noun)) do take(f, noun .. ":" .. method) end
  end
  values[ll] = found.ll
  return values
end

-- The noun of an object: "matrix".
function M.noun(value)
  local meta = type(value) ~= "string" and debug.getmetatable(value)
  return meta and classes.noun_of(meta, value)
end

function M.of(value)
  if value == nil then return nil end
  local noun = M.noun(value)
  local entry = noun and gather().by_name[noun]
  if type(value) == "userdata" and noun == "loss" then entry = gather().by_name["ll.loss." .. value.name] or entry end
  return entry or index()[value]
end

-- ---- members -------------------------------------------------------------------------------------------------------------------

function M.members(name)
  local out = {}
  for _, entry in ipairs(M.all()) do
    local inside = entry.module == name and entry.name ~= name
    for _, other in ipairs(entry.also or {}) do inside = inside or parse.module_of(other) == name end
    if not inside and entry.name:sub(1, #name + 1) == name .. "." and not name:find "^ll" then inside = true end -- study.train.lr
    if inside then out[#out + 1] = entry end
  end
  table.sort(out, function(a, b)
    if (a.order or 0) ~= (b.order or 0) then return (a.order or 0) < (b.order or 0) end
    return a.name < b.name
  end)
  return out
end

-- ---- search --------------------------------------------------------------------------------------------------------------------

local function points(entry, word)
  local name = entry.name:lower()
  local last = name:match "[^%.: ]+$"
  if last == word or name == word then return 100 end
  local best = 0
  for _, other in ipairs(entry.also or {}) do
    if other:lower():match "[^%.:]+$" == word then best = 100 end
  end
  if name:find(word, 1, true) then best = math.max(best, last:find(word, 1, true) == 1 and 50 or 30) end
  for _, param in ipairs(entry.params) do
    local key = param.name:lower()
    if key == word or key:match "[^%.]+$" == word then best = math.max(best, 40)
    elseif key:find(word, 1, true) then best = math.max(best, 20) end
  end
  local summary = entry.summary:lower()
  if summary:find("%f[%w]" .. word:gsub("%W", "%%%0") .. "%f[%W]") then best = math.max(best, 25)
  elseif summary:find(word, 1, true) then best = math.max(best, 15) end
  if best == 0 and (entry.text:lower():find(word, 1, true) or (entry.calls[1] or ""):lower():find(word, 1, true)) then best = 8 end
  if best == 0 then
    for _, param in ipairs(entry.params) do
      if param.text:lower():find(word, 1, true) then best = 5 end
    end
  end
  return best
end

-- The words without endings: "stopping" is "stop", "weights" "weight".
local function stem(word)
  local short = word:match "^(....*)ing$" or word:match "^(....*)ed$" or word:match "^(...*[^s])s$" or word
  return (short:gsub("([bdgmnprt])%1$", "%1"))
end

-- Entries by their points: those that have all the words, or else some of them.
local function ranked(wanted, some)
  local out = {}
  for _, entry in ipairs(M.all()) do
    local sum, met = 0, 0
    for _, word in ipairs(wanted) do
      local got = points(entry, word)
      sum, met = sum + got, met + (got > 0 and 1 or 0)
    end
    if met == #wanted or some and met > 0 then out[#out + 1] = { entry = entry, points = sum + 1000 * met } end
  end
  table.sort(out, function(a, b)
    if a.points ~= b.points then return a.points > b.points end
    if #a.entry.name ~= #b.entry.name then return #a.entry.name < #b.entry.name end
    return a.entry.name < b.entry.name
  end)
  for i, each in ipairs(out) do out[i] = each.entry end
  return out
end

-- The entries that hold all the words, as they are or without their endings, best first. some [opt]: where there is none, those
-- that hold some of several words.
function M.search(words, some)
  local wanted, stems = {}, {}
  for word in words:lower():gmatch "[^%s,]+" do
    wanted[#wanted + 1], stems[#stems + 1] = word, stem(word)
  end
  if #wanted == 0 then return {} end
  local out = ranked(wanted)
  if #out == 0 then out = ranked(stems) end
  if #out == 0 and some and #stems > 1 then out = ranked(stems, true) end
  return out
end

-- All names under which there is an entry, for suggestions and completion.
function M.names()
  local names = {}
  for name in pairs(gather().by_name) do names[#names + 1] = name end
  table.sort(names)
  return names
end

return M
