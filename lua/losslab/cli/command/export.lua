-- losslab export: a table of a database as CSV or JSON, scores also as arrays of NumPy.
local check = require "losslab.check"
local export = require "losslab.results.export"
local database = require "losslab.cli.database"
local json = require "losslab.json"
local looks = require "losslab.results.looks"
local say = require "losslab.say"
local text = require "losslab.text"

local names, rows = check.keys(export.tables), {}
for i, name in ipairs(names) do rows[i] = { name, export.tables[name][2] } end

local ENDINGS = { json = "json", jsonl = "jsonl", ndjson = "jsonl", npy = "npy", npz = "npz" }
-- no CSV is expected there
local OTHERS = { parquet = true, feather = true, arrow = true, xlsx = true, xls = true, db = true, h5 = true }

-- "--trial" of the options that are for scores alone.
local filters = {
  { "--trial", value = "LIST", doc = "scores of these trials alone: numbers and ranges, as 3,7-9" },
  { "--epoch", value = "N", doc = "scores of this epoch alone; best: that of the best validation metric; last; all (default)" },
  { "--split", value = "PART", doc = "scores of this part alone: train, valid or test" },
  { "--loss", value = "NAME", doc = "scores of this loss alone" },
  { "--data", value = "NAME", doc = "scores on this data set alone" },
}

return {
  name = "export",
  summary = "write a table of a database as CSV or JSON, scores also as NumPy's arrays",
  arguments = { { "DB", "a result database" }, { "WHAT", "the table (default: leaderboard)", optional = true } },
  options = {
    { "--format", value = "FORMAT", choices = export.formats,
      doc = "csv (default), json, jsonl (an object a line); of scores npy (a structured array), npz (an array a column)" },
    { "--out", value = "FILE", doc = "where to (default: standard output); its ending says the format" },
    database.study,
    table.unpack(filters),
  },
  json = true,
  example = { "losslab export study.db --out leaderboard.csv", "losslab export study.db scores --loss hinge --out scores.npz" },
  notes = "WHAT is one of\n" .. text.columns(rows, { indent = "  " }),
  run = function(given, arguments)
    local usage = require "losslab.cli.arguments"
    local what = arguments[2] or "leaderboard"
    if not export.tables[what] then usage.unknown("there is no table", what, names) end
    if given.json and (given.format or "json") ~= "json" then
      usage.wrong("--json and --format %s exclude each other", given.format)
    end
    local format = given.format or given.json and "json" or given.out and ENDINGS[given.out:match "%.(%w+)$"] or "csv"
    local ending = not given.format and not given.json and given.out and given.out:match "%.(%w+)$"
    if ending and OTHERS[ending:lower()] then
      usage.wrong("no table is written as .%s; --format %s", ending, table.concat(export.formats, ", "))
    end
    local options = { what = what, format = format, to = given.out }
    if export.binary[format] and not given.out then usage.wrong("--format %s is for a file: --out FILE.%s", format, format) end
    for _, filter in ipairs(filters) do
      local name = filter[1]:sub(3)
      options[name] = given[name]
      if given[name] and what ~= "scores" then
        usage.wrong("%s is for scores: losslab export DB scores %s …", filter[1], filter[1])
      end
    end
    database.read(arguments[1], function(store)
      local put, finish = say.export(format == "jsonl" and "json" or format)
      options.to = given.out or put
      looks.record(store, "export")
      local count = export.write(store, options)
      if count == 0 and what == "scores" then
        local study = store:one "study"
        local kept = study and json.decode(study.plan).scores or "none"
        say.remark("losslab: there are no scores of what was chosen; the study keeps scores = ", check.show(kept), "\n")
      end
      if count == 0 and what == "proposals" then say.remark "losslab: the study searches for no configurations\n" end
      if given.out then say.remark(string.format("%d rows in %s\n", count, text.clean(given.out))) else finish() end
    end, given.study)
  end,
}
