-- A result database as CSV (RFC 4180, lines ended by \n) or JSON, row by row: only the row being written is in memory.
--
--   export.write(db, { what = "leaderboard", format = "csv", to = path or function(text) })   gives the number of rows
--   export.tables                                                                              the tables, with a line on each
--
-- Numbers are the shortest that read back to the same bits. What is NULL is an empty field in CSV and null in JSON; an infinity is
-- inf in CSV and null in JSON, which has none. Parameters, models and ways of training are JSON in both.
local check = require "losslab.check"
local json = require "losslab.json"

local export = {}

-- what = { the statement, what it is }
export.tables = {
  study = { "study", "the study's row: script, versions, machine" },
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
  kept = { "kept_names", "the matrices that a study's own trials kept for its figures: names and sizes" },
  scores = { "all_scores", "each row's score and label, for the trials and epochs whose scores were kept" },
}

-- The columns that hold JSON.
export.is_json = { parameters = true, model = true, train = true, plan = true }

local function csv_field(value)
  if value == nil then return "" end
  if math.type(value) == "integer" then return string.format("%d", value) end -- a seed may be wider than json.encode allows
  if value == math.huge then return "inf" end
  if value == -math.huge then return "-inf" end
  if type(value) == "number" then return json.encode(value) end
  if value:find '[,"\r\n]' or value:find "^%s" or value:find "%s$" then return '"' .. value:gsub('"', '""') .. '"' end
  return value
end

local function json_field(value, column)
  if value == nil or value == math.huge or value == -math.huge then return "null" end
  if export.is_json[column] then return value end
  if math.type(value) == "integer" then return string.format("%d", value) end
  return json.encode(value, column)
end

local formats = {
  csv = function(put)
    local count, parts = 0, {}
    return function(row, columns)
      if count == 0 then
        for i, column in ipairs(columns) do parts[i] = csv_field(column) end
        put(table.concat(parts, ",", 1, #columns) .. "\n")
      end
      for i, column in ipairs(columns) do parts[i] = csv_field(row[column]) end
      put(table.concat(parts, ",", 1, #columns) .. "\n")
      count = count + 1
    end, function() end
  end,
  json = function(put)
    local count, parts = 0, {}
    return function(row, columns)
      for i, column in ipairs(columns) do parts[i] = json.encode(column) .. ":" .. json_field(row[column], column) end
      put((count == 0 and "[\n{" or ",\n{") .. table.concat(parts, ",", 1, #columns) .. "}")
      count = count + 1
    end, function() put(count == 0 and "[]\n" or "\n]\n") end
  end,
}

-- A float32 by the fewest digits that give it back.
local function narrow(x)
  if x ~= x then return nil end
  for digits = 6, 8 do
    local text = string.format("%." .. digits .. "g", x)
    if string.unpack("<f", string.pack("<f", tonumber(text) or x)) == x then return tonumber(text) or x end
  end
  return tonumber(string.format("%.9g", x)) or x
end

-- The blobs of all trials, a row for each score.
local function each_score(db)
  return coroutine.wrap(function()
    for kept in db:rows "all_scores" do
      local n, size = kept.columns, type(kept.scores) == "string" and #kept.scores or 0
      if math.type(n) ~= "integer" or n < 1 or n > math.max(size // 4, 1) or size % (4 * n) ~= 0 then
        error(string.format("%s: trial %s: %d bytes are no scores of %s columns", db:path(), kept.trial, size, n), 0)
      end
      local columns = { "trial", "dataset", "loss", "config", "fold", "seed", "epoch", "split", "row", "label" }
      for k = 1, kept.columns do columns[#columns + 1] = kept.columns == 1 and "score" or "score" .. k end
      local row = {}
      for i = 1, 8 do row[columns[i]] = kept[columns[i]] end
      for i = 1, #kept.scores // (4 * kept.columns) do
        row.row = kept.rows and string.unpack("<I4", kept.rows, 4 * i - 3)
        row.label = kept.labels and narrow(string.unpack("<f", kept.labels, 4 * i - 3))
        for k = 1, kept.columns do
          row[columns[10 + k]] = narrow(string.unpack("<f", kept.scores, 4 * ((i - 1) * kept.columns + k) - 3))
        end
        coroutine.yield(row, columns)
      end
    end
  end)
end

function export.write(db, options)
  check.fields("export", options, { "what", "format", "to" })
  local what = check.among("export: there is no table", options.what or "leaderboard", check.keys(export.tables))
  local statement = export.tables[what][1]
  local format = formats[check.among("export: there is no format", options.format or "csv", check.keys(formats))]
  local file, put = nil, options.to
  if type(put) ~= "function" then
    if type(put) ~= "string" then error("export: to must be a path or a function that takes text", 0) end
    local why
    file, why = io.open(options.to, "wb")
    if not file then error("export: " .. why, 0) end
    put = function(text)
      local fine, trouble = file:write(text)
      if not fine then error("export: " .. options.to .. ": " .. trouble, 0) end
    end
  end
  local closing <close> = setmetatable({}, { __close = function() if file then file:close() end end }) -- luacheck: ignore
  local row, finish = format(put)
  local count, shape = 0, nil
  local function add(values, columns)
    -- A table has one shape: scores of several columns after those of one would not fit.
    if shape and #columns ~= shape then
      error(string.format("export: scores of %d columns after some of %d", #columns - 10, shape - 10), 0)
    end
    shape = #columns
    row(values, columns)
    count = count + 1
  end
  if what == "scores" then
    for values, columns in each_score(db) do add(values, columns) end
  else
    for values, columns in db:rows(statement) do add(values, columns) end
  end
  finish()
  if file then
    local fine, why = file:close()
    file = nil
    if not fine then error("export: " .. options.to .. ": " .. why, 0) end
  end
  return count
end

return export
