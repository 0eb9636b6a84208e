-- ll.data: data sets by name or path, and generators. Names are searched for in the folder that comes with losslab, then in
-- those of LOSSLAB_DATA (separated by colons), then among the generators.
local ll = require "losslab"
local check = require "losslab.check"
local file = require "losslab.file"
local core = ll.core.data

--- ll.data
-- Data sets by name or path, of matrices, and from generators.
-- ll.data.load(name) gives one, ll.data.list() says which there are.
-- ll.data.NAME{parameters} is the generator of that name, ll.data.matrix makes a set of matrices.
-- See: data, ll.data.load, ll.data.list, ll.data.generators, ll.data.pairs
-- Example:
--   local train, test = ll.data.load("iris"):split { test = 0.3, seed = 1 }
--   train.rows, test.rows   --> 105 45
--   ll.data.moons { n = 100, noise = 0.1 }   --> data moons: 100 rows, 2 features, 50 positive …
local data = { matrix = core.matrix, numbered = core.numbered, generators = core.generators, formats = core.formats,
  unpack = core.unpack, differences = core.differences, probability = core.probability }

function data.table(written, options, ...)
  check.no_more("ll.data.table", 2, ...)
  return require "losslab.data.named_columns"(written, options)
end

local here = debug.getinfo(1, "S").source:match "^@(.*)/data/[^/]*$" or "."

local function count(n, what) return n > 0 and string.format("%d row%s %s", n, n == 1 and "" or "s", what) or nil end

local function columns(names, what)
  if #names == 0 then return nil end
  local shown = {}
  for i = 1, math.min(#names, 5) do shown[i] = check.show(names[i]) end
  return string.format("%s %s%s %s", #names == 1 and "column" or "columns", table.concat(shown, ", "),
    #names > 5 and string.format(" and %d more", #names - 5) or "", what)
end

--- ll.data.said_differences(a, b) -> string
-- What differs from set a, as it was, to set b, as it is now, in words.
-- See: ll.data.differences
-- Example:
--   local x, y = ll.matrix { { 1 }, { 2 }, { 3 } }, ll.matrix { { 0 }, { 1 }, { 1 } }
--   local set = ll.data.matrix(x, y)
--   ll.data.said_differences(set:subset { 1, 2 }, set)   --> 1 row added, the first difference in row 3
--   ll.data.said_differences(set, set)   --> the same rows
function data.said_differences(a, b, ...)
  check.no_more("ll.data.said_differences", 2, ...)
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

--- ll.data.folders() -> { path, … }
-- The folders in which names of data sets are searched, in order.
-- First the one that comes with losslab, then those of the environment's LOSSLAB_DATA, separated by colons.
-- See: ll.data.load
-- Example:
--   #ll.data.folders() >= 1   --> true
function data.folders(...)
  check.no_more("ll.data.folders", 0, ...)
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
  data[generator.name] = function(params, ...)
    check.no_more("ll.data." .. generator.name, 1, ...)
    return core.generate(generator.name, params)
  end
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
local READING = { "categorical", "comment", "features", "format", "ignore", "label", "labels", "missing", "positive", "type",
  "values", "weight" }

local function check_reading(who, written)
  for _, name in ipairs { "sep", "separator", "delimiter" } do
    if written[name] ~= nil then
      error(string.format("%s has no option %s; cells are separated by commas, in a .tsv by tabs", who, check.show(name)), 3)
    end
  end
  check.fields(who, written, READING, 3)
end

--- ll.data.reading() -> { name, … }
-- The names of the options with which ll.data.load reads a file.
-- See: ll.data.load
-- Example:
--   ll.data.reading()[1]   --> categorical
function data.reading(...)
  check.no_more("ll.data.reading", 0, ...)
  return table.move(READING, 1, #READING, 1, {})
end

--- ll.data.load(name [, options]) -> data
-- A data set: one that comes with losslab, one of LOSSLAB_DATA, a generator's, or a file.
-- A name is searched for in ll.data.folders(), then among the generators, whose options are their parameters. A path has a / or
-- the suffix of a format. The options below are those of a file, also one that is found by its name. A CSV file has a header, a
-- column "label" (0 and 1, or -1 and 1) or "class" (any words), perhaps "group" and "domain"; all others are features. What
-- reading had to say is in data.notes.
--   label   the name or number of the column of labels ("label" or "class"): 0 and 1, or -1 and 1, are binary, any others classes
--   format   the name of a format, where the file's name does not say; see ll.data.formats
--   missing   what becomes of empty cells: "error", "mean" (filled by each split from its training part), "drop" (the row) or a
--         number ("error")
--   categorical   an array of names of columns of words; each becomes columns of 0 and 1, "name=level"
--   ignore   an array of names of columns that are left out, as of identifiers
--   positive   the class that is positive, against all others: a word or number
--   values   the name of a column of real values, in the place of labels, for losses of regression
--   weight   the name of a column of weights, numbers >= 0: how much each row counts in losses that take weights
--   comment   a character: lines that begin with it are skipped
--   labels   the path of a file of labels, for formats that keep them apart
--   type   of npy and idx: "file" keeps features in the file's type of element, where that is smaller (data.type); "float", or
--         "double" where losslab computes so, makes them that (by size: those of 64 MB and more stay). The numbers are the same
--   features   of sparse text: how many columns, where the last may be empty (0: as many as there are)
-- Errors: no such name, with the nearest; a file that cannot be read, with line and column; no such option.
-- See: data, ll.data.list, ll.data.csv, ll.data.table, ll.data.matrix
-- Example:
--   ll.data.load "breast_cancer"   --> data breast_cancer: 569 rows, 30 features, 212 positive …
--   ll.data.load("moons", { n = 100 })   --> data moons: 100 rows, 2 features, 50 positive …
--   ll.data.load("iris", { positive = "setosa" }).positives   --> 50
--   ll.system.write("my.csv", "age,sex,Outcome\n31,f,yes\n45,m,no\n,f,yes\n")
--   local options = { label = "Outcome", positive = "yes", missing = 0, categorical = { "sex" } }
--   ll.data.load("my.csv", options)   --> data my: 3 rows, 3 features, 2 positive …
function data.load(name, options, ...)
  check.no_more("ll.data.load", 2, ...)
  if type(name) ~= "string" then error("data.load: a name or a path expected, not a " .. type(name), 2) end
  if options ~= nil and type(options) ~= "table" then
    error("data.load: options must be a table {…}, not " .. check.show(options), 2)
  end
  if name:find("/", 1, true) or stem(name) or (options and options.format) then
    check_reading("data.load: a file", options or {})
    return core.read(name, options)
  end
  for _, folder in ipairs(data.folders()) do
    local path = find(folder, name)
    if path then
      check_reading("data.load: " .. check.show(name) .. " is a file and", options or {})
      return core.read(path, options)
    end
  end
  if generators[name] then return core.generate(name, options) end
  return unknown(name)
end

--- ll.data.pairs(source [, { users = n, items = m, name = "matrix" }]) -> pairs
-- Who likes what: pairs of user and item from a file, a name, a matrix or a table.
-- Without users and items those that occur are numbered, in ascending order.
--   source   a path or name of a table with the columns user and item; a matrix (n, 2); or an array of { user, item }, integers
--         or strings
--   users, items   of a matrix or table: how many there are, where each is its own number from 1
--   name   of a matrix or table: what the pairs are called ("matrix")
-- Errors: a file that cannot be read; a number that is no user's or item's.
-- See: pairs
-- Example:
--   ll.data.pairs({ { "ann", "tea" }, { "ann", "milk" }, { "bob", "tea" } }).items   --> 2
--   ll.data.pairs(ll.matrix { { 1, 2 }, { 3, 1 } }, { users = 3, items = 9 }).items   --> 9
function data.pairs(name, options, ...)
  check.no_more("ll.data.pairs", 2, ...)
  if type(name) == "userdata" or type(name) == "table" then return core.pairs(name, options) end
  if type(name) ~= "string" then error("data.pairs: a name, a path, a matrix or a table expected, not a " .. type(name), 2) end
  if options ~= nil and (type(options) ~= "table" or next(options) ~= nil) then
    error(string.format("data.pairs: %s: a file takes no options; users and items are those of a matrix or a table",
      check.show(name)), 2)
  end
  if name:find("/", 1, true) or stem(name) then return core.pairs(name) end
  for _, folder in ipairs(data.folders()) do
    local path = find(folder, name)
    if path then return core.pairs(path) end
  end
  return unknown(name)
end

--- ll.data.csv(path [, options]) -> data
-- Reads a file of comma-separated values, whatever its name.
--   options   those of ll.data.load
-- Errors: as of ll.data.load.
-- See: ll.data.load, ll.data.table
-- Example:
--   ll.system.write("mine.txt", "x,label\n1,0\n2,1\n")
--   ll.data.csv("mine.txt").rows   --> 2
--   ll.data.csv("mine.txt", { label = "x" }).features   --> 1
function data.csv(path, options, ...)
  check.no_more("ll.data.csv", 2, ...)
  if type(path) ~= "string" or path == "" then error("data.csv: the path must be a text, not " .. check.show(path), 2) end
  local given = {}
  if type(options) == "table" then check_reading("data.csv", options) end
  for name, value in pairs(check.fields("data.csv", options == nil and {} or options, READING, 2)) do given[name] = value end
  if given.format ~= nil and given.format ~= "csv" then
    error("data.csv: format is csv; data.load reads " .. check.show(given.format), 2)
  end
  given.format = "csv"
  return core.read(path, given)
end

--- ll.data.list([{ count = false }]) -> { { name, rows, features, classes, positives, where, … }, … }
-- Every data set that ll.data.load knows by name: in the folders, then the generators.
-- Of the sets that come with losslab origin, licence and sha256 are there, too; where is the file, or "generator".
--   count   whether sets of which no INDEX.csv says the rows are read to count them (false)
-- See: ll.data.load, ll.data.generators
-- Example:
--   for _, set in ipairs(ll.data.list()) do if set.name == "iris" then iris = set end end
--   iris.rows, iris.features, iris.classes   --> 150 4 3
function data.list(options, ...)
  check.no_more("ll.data.list", 1, ...)
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
