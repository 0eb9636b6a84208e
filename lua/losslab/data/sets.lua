-- ll.data: data sets by name or path, and generators. Names are searched for in the folder that comes with losslab, then in
-- those of LOSSLAB_DATA (separated by colons), then among the generators.
local ll = require "losslab"
local check = require "losslab.check"
local file = require "losslab.file"
local core = ll.core.data

local data = { matrix = core.matrix, numbered = core.numbered, generators = core.generators, formats = core.formats,
  unpack = core.unpack, differences = core.differences, probability = core.probability }

local here = debug.getinfo(1, "S").source:match "^@(.*)/data/[^/]*$" or "."

local function count(n, what) return n > 0 and string.format("%d row%s %s", n, n == 1 and "" or "s", what) or nil end

local function columns(names, what)
  if #names == 0 then return nil end
  local shown = {}
  for i = 1, math.min(#names, 5) do shown[i] = check.show(names[i]) end
  return string.format("%s %s%s %s", #names == 1 and "column" or "columns", table.concat(shown, ", "),
    #names > 5 and string.format(" and %d more", #names - 5) or "", what)
end

-- What differs from set a, as it was, to set b, as it is now, in words: "3 rows changed; 1 row added, the first difference in
-- row 17".
function data.said_differences(a, b)
  local d, parts = core.differences(a, b), {}
  parts[1] = columns(d.only_a, "no longer there")
  parts[#parts + 1] = columns(d.only_b, "new")
  for _, part in ipairs { { d.changed, "changed" }, { d.added, "added" }, { d.removed, "removed" } } do
    parts[#parts + 1] = count(table.unpack(part))
  end
  if d.rows > 0 then parts[#parts] = parts[#parts] .. ", the first difference in row " .. d.first
  elseif d.first then parts[#parts + 1] = "the same rows in another order from row " .. d.first .. " on" end
  return #parts > 0 and table.concat(parts, "; ") or "the same rows"
end

-- The folder that comes with losslab: in the tree, <prefix>/share/losslab/data beside <prefix>/share/lua/5.4/losslab, or among the
-- modules, where LuaRocks has installed them.
local function own_folder()
  local root = here:match "^(.-)/?lua/losslab$"
  local share = here:match "^(.*/share)/lua/[^/]*/losslab$"
  if root and root ~= "" then root = root:gsub("/bin/%.%.$", "") .. "/" end
  for _, folder in ipairs { share and share .. "/losslab/data" or false, root and root .. "experiments/data" or false,
    here .. "/share/data" } do
    if folder and file.exists(folder .. "/INDEX.csv") then return folder end
  end
end

-- The folders searched, in order.
function data.folders()
  local folders = { own_folder() }
  for folder in (os.getenv "LOSSLAB_DATA" or ""):gmatch "[^:]+" do folders[#folders + 1] = folder end
  return folders
end

-- The rows of a folder's INDEX.csv: {name = {name, file, rows, features, classes, positives, origin, licence, sha256}}, or {};
-- empty cells, such as the positives of a set of more than two classes, are left out.
local function read_index(folder)
  local path, index = folder .. "/INDEX.csv", {}
  local rows = file.exists(path) and core.cells(path) or {}
  for i = 2, #rows do
    local entry = {}
    for j, name in ipairs(rows[1]) do
      local cell = rows[i][j]
      if cell ~= "" then entry[name] = math.tointeger(tonumber(cell)) or cell end
    end
    if entry.name then index[entry.name] = entry end
  end
  return index
end

-- A file's name without its endings (.csv.gz, in any case), or nil if no reader takes it.
local suffixes = {}
for _, format in ipairs(core.formats()) do suffixes[#suffixes + 1] = format.suffix end
local packings = { "", ".gz", ".zst" }

local function stem(path)
  for _, packing in ipairs(packings) do
    for _, suffix in ipairs(suffixes) do
      local ending = suffix .. packing
      if #path > #ending and path:sub(-#ending):lower() == ending and path ~= "INDEX.csv" then return path:sub(1, -#ending - 1) end
    end
  end
end

-- The file of a set in a folder: NAME.csv[.gz], or NAME/NAME.csv[.gz].
local function find(folder, name)
  for _, place in ipairs { folder .. "/" .. name, folder .. "/" .. name .. "/" .. name } do
    for _, suffix in ipairs(suffixes) do
      for _, packing in ipairs(packings) do
        if file.exists(place .. suffix .. packing) then return place .. suffix .. packing end
      end
    end
  end
  for _, place in ipairs { folder, folder .. "/" .. name } do -- NAME.CSV
    for _, entry in ipairs(core.folder(place) or {}) do
      if stem(entry) == name then return place .. "/" .. entry end
    end
  end
end

-- The sets of a folder: names in order, and name -> file.
local function contents(folder)
  local names, files = {}, {}
  for _, entry in ipairs(core.folder(folder) or {}) do
    local name = stem(entry) or (not entry:find(".", 1, true) and entry)
    if name and not files[name] then
      files[name] = find(folder, name)
      if files[name] then names[#names + 1] = name end
    end
  end
  table.sort(names)
  return names, files
end

local generators = {}
for _, generator in ipairs(core.generators()) do
  generators[generator.name] = generator
  data[generator.name] = function(params) return core.generate(generator.name, params) end
end

local function unknown(name)
  local known, folders = {}, data.folders()
  for _, folder in ipairs(folders) do
    for _, set in ipairs((contents(folder))) do known[#known + 1] = set end
  end
  for generator in pairs(generators) do known[#known + 1] = generator end
  table.sort(known)
  check.fail("%s (searched: %s)", check.no_such("there is no data set", name, known),
    #folders > 0 and table.concat(folders, ", ") or "no folder; LOSSLAB_DATA is empty")
end

-- ll.data.load(name): a set that comes with losslab, one in LOSSLAB_DATA, or a generator (options: its parameters).
-- ll.data.load(path): a file; options, of a file found by name too: format = "csv" where its name does not say; comment = "#":
-- lines to skip; missing = "error", "mean" (filled by each split from its training part), "drop" or a number; categorical =
-- {names of columns}; labels = path of a file of labels; features = n, the columns of sparse text; positive = "yes" or 4: the class
-- that is the target, against all others. What reading had to say of the file is in set.notes, a list of texts.
local READING = { "categorical", "comment", "features", "format", "labels", "missing", "positive" }

-- The names of these options.
function data.reading() return table.move(READING, 1, #READING, 1, {}) end

function data.load(name, options)
  if type(name) ~= "string" then error("data.load: a name or a path expected, not a " .. type(name), 2) end
  if options ~= nil and type(options) ~= "table" then
    error("data.load: options must be a table {…}, not " .. check.show(options), 2)
  end
  if name:find("/", 1, true) or stem(name) or (options and options.format) then
    check.fields("data.load: a file", options or {}, READING, 2)
    return core.read(name, options)
  end
  for _, folder in ipairs(data.folders()) do
    local path = find(folder, name)
    if path then
      check.fields("data.load: " .. check.show(name) .. " is a file and", options or {}, READING, 2)
      return core.read(path, options)
    end
  end
  if generators[name] then return core.generate(name, options) end
  return unknown(name)
end

-- ll.data.pairs(name or path): who likes what, from a table with the columns user and item; ll.data.pairs(m [, {users, items}]):
-- from a matrix of users and items, n×2, or a table of such rows, integers or strings; users, items: how many there are, where each
-- is its own number from 1, else those that occur are numbered in ascending order.
function data.pairs(name, options)
  if type(name) == "userdata" or type(name) == "table" then return core.pairs(name, options) end
  if type(name) ~= "string" then error("data.pairs: a name, a path, a matrix or a table expected, not a " .. type(name), 2) end
  if options ~= nil then error("data.pairs: a file takes no options; users and items are those of a matrix or a table", 2) end
  if name:find("/", 1, true) or stem(name) then return core.pairs(name) end
  for _, folder in ipairs(data.folders()) do
    local path = find(folder, name)
    if path then return core.pairs(path) end
  end
  return unknown(name)
end

-- ll.data.csv(path [, options]): a file of comma-separated values, whatever its name; options as of load.
function data.csv(path, options)
  if type(path) ~= "string" or path == "" then error("data.csv: the path must be a text, not " .. check.show(path), 2) end
  local given = {}
  for name, value in pairs(check.fields("data.csv", options == nil and {} or options, READING, 2)) do given[name] = value end
  if given.format ~= nil and given.format ~= "csv" then
    error("data.csv: format is csv; data.load reads " .. check.show(given.format), 2)
  end
  given.format = "csv"
  return core.read(path, given)
end

-- ll.data.list(): {name, rows, features, classes, positives, where, …} for every name that load knows. A set without a row in its
-- folder's INDEX.csv has only name and where, unless {count = true} has it read.
function data.list(options)
  check.fields("data.list", options == nil and {} or options, { "count" }, 2)
  if options and options.count ~= nil then check.boolean("data.list: count", options.count, 2) end
  local list, seen = {}, {}
  for _, folder in ipairs(data.folders()) do
    local index = read_index(folder)
    local names, files = contents(folder)
    for _, name in ipairs(names) do
      if not seen[name] then
        local entry = index[name] or { name = name }
        entry.where = files[name]
        if not entry.rows and options and options.count then
          local fine, set = pcall(core.read, files[name])
          if fine then
            entry.rows, entry.features, entry.classes, entry.positives = set.rows, set.features, set.classes, set.positives
          else
            entry.error = set
          end
        end
        seen[name] = true
        list[#list + 1] = entry
      end
    end
  end
  for _, generator in ipairs(core.generators()) do
    if not seen[generator.name] then
      local entry = { name = generator.name, where = "generator", params = generator.params, summary = generator.summary }
      for _, param in ipairs(generator.params) do
        if param.name == "n" then entry.rows = param.default elseif param.name == "features" then entry.features = param.default end
      end
      list[#list + 1] = entry
    end
  end
  return list
end

return data
