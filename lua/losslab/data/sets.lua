-- ll.data: data sets by name or path, and generators. Names are searched for in the folder that comes with losslab, then in
-- those of LOSSLAB_DATA (separated by colons), then among the generators.
local ll = require "losslab"
local check = require "losslab.check"
local file = require "losslab.file"
local core = ll.core.data

local data = { matrix = core.matrix, numbered = core.numbered, generators = core.generators, formats = core.formats,
  unpack = core.unpack, differences = core.differences, probability = core.probability }

function data.table(written, options) return require "losslab.data.named_columns"(written, options) end

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

-- The folder that comes with losslab: in the tree, or <prefix>/share/losslab/data beside <prefix>/share/lua/5.4/losslab.
local function own_folder()
  local root = here:match "^(.-)/?lua/losslab$"
  local share = here:match "^(.*/share)/lua/[^/]*/losslab$"
  if root and root ~= "" then root = root:gsub("/bin/%.%.$", "") .. "/" end
  for _, folder in ipairs { share and share .. "/losslab/data" or false, root and root .. "experiments/data" or false } do
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

-- The options of reading, which a study's entries have, too (study/options.lua).
local READING = { "categorical", "comment", "features", "format", "label", "labels", "missing", "positive" }

-- The names of these options.
function data.reading() return table.move(READING, 1, #READING, 1, {}) end

--- ll.data.load(name [, options]) -> data
-- ll.data.load(path [, options]) -> data
-- Reads a data set by name or path, or makes one by a generator. Names are those of the sets that come with losslab, of the folders
-- of LOSSLAB_DATA, and of the generators, whose options are their parameters. What reading had to say is in data.notes.
--   name                  "sonar"; ll.data.list() has all
--   path                  a file: its name holds a / or ends as a format's (.csv, .tsv, .pin, .svm, .npy, …)
--   options.label         csv, tsv: the name or number of the column of labels ("label" or "class"). Labels 0 and 1, or -1 and 1,
--                         are binary; any others are classes
--   options.positive      "yes" or 4: the class that is the target, against all others
--   options.missing       "error", "mean" (of the training part of each split), "drop" (the row) or a number ("error")
--   options.categorical   { names of columns } of words: each becomes a column of 0 and 1 for each of its words
--   options.format        "csv" where the file's name does not say
--   options.comment       "#": lines to skip
--   options.labels        the path of a file of labels (idx, npy)
--   options.features      how many columns sparse text has (svm)
-- Errors: no such set or file; an option that the format does not take; a bad cell, with row, line and column.
-- See: ll.data.csv, ll.data.table, ll.data.list
-- Example:
--   require "losslab.file".write("my.csv", "age,sex,Outcome\n31,f,yes\n45,m,no\n,f,yes\n")
--   local d = ll.data.load("my.csv", { label = "Outcome", positive = "yes", missing = 0, categorical = { "sex" } })
--   d.rows, d.features, d.positives   --> 3 3 2
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
  if name:find("/", 1, true) or stem(name) then return core.pairs(name) end
  for _, folder in ipairs(data.folders()) do
    local path = find(folder, name)
    if path then return core.pairs(path) end
  end
  return unknown(name)
end

--- ll.data.csv(path [, options]) -> data
-- Reads comma-separated text, whatever the file is called. The options are those of ll.data.load.
--   path      of the file; .gz and .zst are unpacked
--   options   label, positive, missing, categorical, comment
-- Errors: a file that is no table of numbers, with row, line and column; an unknown option.
-- See: ll.data.load, ll.data.table
-- Example:
--   require "losslab.file".write("my.txt", "age,Outcome\n31,yes\n45,no\n52,yes\n")
--   ll.data.csv("my.txt", { label = "Outcome", positive = "yes" }).positives   --> 2
function data.csv(path, options)
  check.string("data.csv: the path", path)
  local full = {}
  for name, value in pairs(check.fields("data.csv", options or {}, READING, 2)) do full[name] = value end
  full.format = check.default(full.format, "csv")
  return core.read(path, full)
end

-- ll.data.list(): {name, rows, features, classes, positives, where, …} for every name that load knows. A set without a row in its
-- folder's INDEX.csv has only name and where, unless {count = true} has it read.
function data.list(options)
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
