-- A result database as CSV (RFC 4180, lines ended by \n), JSON (an array of objects) or lines of JSON, written row by row in C
-- (lua/bind/store_write.c): what is in memory is a row and a piece of text.
--
--   export.write(db, { what = "leaderboard", format = "csv", to = path or function(text) })   gives the number of rows
--     format: "csv", "json", "jsonl"; of scores also "npy" and "npz" (results/scores.lua)
--     of scores alone: trial = "3,7-9", epoch = 5 ("best", "last", "all"), split = "test", loss = "hinge", data = "sonar"
--   export.tables                                                                              the tables, with a line on each
--
-- A path's file is there once all rows are, or is what it was (losslab/file.h); a device, a pipe or /dev/stdout is written into.
-- Numbers are the shortest that read back to the same bits. What is NULL is an empty field in CSV and null in JSON; an infinity is
-- inf in CSV and null in JSON, which has none. In CSV a configuration has a column a field (study/fields.lua): the table of the
-- configurations all fields, every other those that the study varies. In JSON parameters, model and train are objects, and "varied"
-- is one of the fields that the study varies.
local check = require "losslab.check"
local file = require "losslab.file"
local fields = require "losslab.study.fields"
local json = require "losslab.json"
local scores = require "losslab.results.scores"
local setting = require "losslab.results.setting"

--- ll.export
-- Tables of a result database as CSV, JSON or lines of JSON, and scores as NumPy arrays, too. losslab export calls it.
-- See: ll.export.write, losslab export, ll.open
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   ll.export.write(ll.store.open "s.db", { what = "trials", to = "trials.csv" })   --> 5
local export = {}

--- ll.export.tables -> { name = { statement, what it is } }
-- The tables that can be written, by name.
-- See: ll.export.write
-- Example:
--   ll.export.tables.leaderboard[2]   --> …
export.tables = {
  study = { "study", "the study's row: script, versions, machine" },
  computers = { "computers", "what computed the trials: build, kernels, libraries, and how many each" },
  datasets = { "datasets", "the data sets" },
  configs = { "configs", "the configurations" },
  trials = { "trials", "every trial with its configuration and status" },
  epochs = { "all_epochs", "losses and times of each epoch of each trial" },
  learnt = { "all_learnt", "what the losses learnt, margin and the like, by epoch of each trial" },
  metrics = { "all_metrics", "each metric of each epoch of each trial" },
  best = { "best", "each finished trial at its best epoch" },
  summary = { "summary", "each configuration on each data set: mean and deviation over folds and seeds" },
  leaderboard = { "leaderboard", "per data set and loss the configuration chosen on validation, and its test metric" },
  curve = { "curves", "each metric against the epoch: mean, deviation and range over folds and seeds" },
  speed = { "speed", "seconds a run by data set and loss" },
  proposals = { "all_proposals", "what the study's searches proposed, round by round, each with its configuration" },
  kept = { "kept_names", "the matrices that a study's own trials kept for its figures: names and sizes" },
  scores = { "all_scores", "each row's score and label, for the trials and epochs whose scores were kept" },
}

--- ll.export.formats -> { "csv", "json", … }
-- The names of the formats that tables are written in.
-- See: ll.export.write
-- Example:
--   ll.export.formats[1]   --> csv
export.formats = scores.formats
--- ll.export.binary -> { name = true }
-- Which formats are those of NumPy, for scores alone.
-- See: ll.export.formats
-- Example:
--   ll.export.binary.npy   --> true
export.binary = { npy = true, npz = true }

--- ll.export.is_json -> { column = true }
-- Which columns of the database hold JSON, so that they are written as objects.
-- See: ll.export.tables
-- Example:
--   ll.export.is_json.parameters   --> true
export.is_json = { parameters = true, model = true, train = true, plan = true, point = true }

-- Tables of which a row is of a configuration: the column that says which.
local of_config = { configs = "id", trials = "config", best = "config", summary = "config", leaderboard = "config",
  curve = "config", proposals = "config" }

-- A field of CSV, as lua/bind/store_write.c writes them.
local function csv(words)
  return words:find '[,"\r\n]' and '"' .. words:gsub('"', '""') .. '"' or (words:find "^%s" or words:find "%s$")
    and '"' .. words .. '"' or words
end

-- A value of a configuration as a field: a number with all its digits.
local function cell(value)
  if value == nil or value == json.null then return "" end
  if type(value) == "number" then return json.encode(value) end
  return csv(type(value) == "string" and value or fields.word(value))
end

-- What db:write wants of the configurations.
local function flat_of(db, what, format)
  local settings, names, out = setting.read(db), {}, { id = of_config[what], none = "", heading = "" }
  if format == "json" and what == "configs" then return nil end -- its objects hold everything
  if what == "configs" then
    for i, entry in ipairs(settings.fields) do names[i] = entry.name end
  else
    names = settings.varied
  end
  local words = {}
  for i, name in ipairs(names) do words[i] = csv(name) end
  out.heading = table.concat(words, ",")
  out.none = format == "json" and '"varied":{}' or (","):rep(#names - 1)
  for id, config in pairs(settings.configs) do
    if format == "json" then
      out[id] = '"varied":' .. json.encode(settings:varied_of(id))
    else
      for i, name in ipairs(names) do words[i] = cell(config.fields[name]) end
      out[id] = table.concat(words, ",")
    end
  end
  return out
end

-- Whether a path, or what its link points to, is a database, by its content. A pipe is not looked into, since that would wait.
local function is_database(path, db)
  if path == db:path() then return true end
  local before <close> = file.regular(path) and io.open(path, "rb") or nil
  return before ~= nil and before:read(15) == "SQLite format 3"
end

--- ll.export.write(store, { to [, what = "leaderboard", format = "csv"] }) -> rows
-- Writes a table of a result database, and gives how many rows. Numbers are the shortest that read back to the same bits; what is
-- missing is an empty field in CSV and null in JSON. A file is there once all its rows are.
--   store    of ll.store.open
--   to       a path, or a function that takes pieces of text
--   what     a name of ll.export.tables ("leaderboard")
--   format   "csv", "json" or "jsonl"; of scores "npy" and "npz", too ("csv")
--   trial    of scores alone: which trials, "3,7-9" (all)
--   epoch    of scores alone: a number, "best", "last" or "all" ("all")
--   split    of scores alone: "train", "valid" or "test" (all)
--   loss     of scores alone: the name of a loss (all)
--   data     of scores alone: the name of a data set (all)
-- Errors: a table or format that there is not; options of scores for another table; a path that holds a database.
-- See: ll.export.tables, losslab export
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   local text = {}
--   ll.export.write(ll.store.open "s.db", { format = "json", to = function(piece) text[#text + 1] = piece end })   --> 1
--   ll.json.decode(table.concat(text))[1].loss   --> hinge
function export.write(db, options, ...)
  check.no_more("ll.export.write", 2, ...)
  check.fields("export", options, { "what", "format", "to", table.unpack(scores.filters) })
  local what = check.among("export: there is no table", options.what or "leaderboard", check.keys(export.tables))
  local format = check.among("export: there is no format", options.format or "csv", export.formats)
  local function write(put)
    if what == "scores" then return scores.write(db, options, put) end
    local flat = of_config[what] and flat_of(db, what, format == "jsonl" and "json" or format) or nil
    local encode = format ~= "csv" and json.encode or nil
    return db:write(export.tables[what][1], put, encode, export.is_json, flat, format == "jsonl")
  end
  if what ~= "scores" then
    if export.binary[format] then check.fail("export: %s are written as csv, json or jsonl; %s is for scores", what, format) end
    for _, name in ipairs(scores.filters) do
      if options[name] ~= nil then check.fail("export: %s is for scores; %s are written whole", name, what) end
    end
  end
  if type(options.to) == "function" then return write(options.to) end
  if type(options.to) ~= "string" then error("export: to must be a path or a function that takes text", 0) end
  if is_database(options.to, db) then check.fail("export: %s is a database; it is not written over", options.to) end
  return file.pieces(options.to, write)
end

return export
