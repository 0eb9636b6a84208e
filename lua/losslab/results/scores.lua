-- The scores of a database as CSV, JSON, lines of JSON, .npy or .npz, a row a score, streamed: what is in memory does not grow with
-- the database (lua/bind/store_scores_write.c).
--
--   scores.write(db, options, put)    gives the number of rows; options: format, filters (results/export.lua)
--
-- .npy is one structured array: trial, config, fold, seed, epoch, split, row, label, score (of several columns: a vector). .npz
-- holds an array for each column of that, and of dataset, loss and split a number that counts from 0 in dataset_names, loss_names
-- and split_names: z["loss_names"][z["loss"]]. A row number that is not known is 0 in both, such a label NaN.
local check = require "losslab.check"
local csv = require "losslab.results.cells".csv
local json = require "losslab.json"
local npy = require "losslab.results.npy"

local M = {}

M.formats = { "csv", "json", "jsonl", "npy", "npz" }
M.filters = { "trial", "epoch", "split", "loss", "data" }

-- ---- which ------------------------------------------------------------------------------------------------------------------

-- "3,7-9" as ascending ranges that do not meet: { { 3, 3 }, { 7, 9 } }. A number or a list of numbers will do.
local function ranges(written)
  if written == nil then return { { 1, math.maxinteger } } end
  local all, words = {}, written
  if type(written) == "table" then words = table.concat(check.list("trial", written), ",") end
  for word in (tostring(words) .. ","):gmatch "([^,]*)," do
    local low, high = word:match "^%s*(%d+)%s*$", nil
    if not low then low, high = word:match "^%s*(%d+)%s*%-%s*(%d+)%s*$" end
    low, high = math.tointeger(tonumber(low)), math.tointeger(tonumber(high or low))
    if not low or not high or low > high then
      check.fail("trial must be numbers and ranges of them such as 3,7-9, not %s", check.show(written))
    end
    all[#all + 1] = { low, high }
  end
  table.sort(all, function(a, b) return a[1] < b[1] end)
  local out = { all[1] }
  for i = 2, #all do
    local last = out[#out]
    if all[i][1] <= last[2] then last[2] = math.max(last[2], all[i][2]) else out[#out + 1] = all[i] end
  end
  return out
end

local function epoch_of(written)
  if written == nil then return "all" end
  if written == "all" or written == "best" or written == "last" then return written end
  local number = math.tointeger(tonumber(written))
  if not number or number < 0 then check.fail('epoch must be a number, "best", "last" or "all", not %s', check.show(written)) end
  return tostring(number)
end

-- A name that a column of a statement's rows must hold.
local function name_among(db, statement, column, what, written)
  if written == nil then return nil end
  local names, seen = {}, {}
  for row in db:rows(statement) do
    if not seen[row[column]] then names[#names + 1], seen[row[column]] = row[column], true end
  end
  return check.among(db:path() .. " has no " .. what, written, names)
end

local function selection(db, options)
  local split = options.split
  if split ~= nil then check.among("split: there is no part", split, { "train", "valid", "test" }) end
  return { trials = ranges(options.trial), epoch = epoch_of(options.epoch), split = split,
    loss = name_among(db, "configs", "loss", "loss", options.loss),
    dataset = name_among(db, "datasets", "name", "data set", options.data) }
end

local function with(chosen, more)
  for key, value in pairs(chosen) do more[key] = value end
  return more
end

-- ---- text -------------------------------------------------------------------------------------------------------------------

local function as_csv(db, chosen, put)
  return (db:scores(with(chosen, { put = put, null = "", infinities = true, stop = "\n", to_label = ",", to_score = ",",
    begin = function(columns)
      local names = {}
      for i = 1, columns do names[i] = columns == 1 and "score" or "score" .. i end
      return "trial,dataset,loss,config,fold,seed,epoch,split,row,label," .. table.concat(names, ",") .. "\n"
    end,
    head = function(trial, dataset, loss, config, fold, seed, split)
      return string.format("%d,%s,%s,%d,%d,%d,", trial, csv(dataset), csv(loss), config, fold, seed), "," .. split .. ","
    end })))
end

local function as_json(db, chosen, put, lines)
  local rows = db:scores(with(chosen, { put = put, null = "null", stop = lines and "}\n" or "}", apart = lines and "" or ",\n",
    to_label = ',"label":', to_score = ',"score', named = '":',
    begin = function() return not lines and "[\n" or nil end,
    head = function(trial, dataset, loss, config, fold, seed, split)
      return string.format('{"trial":%d,"dataset":%s,"loss":%s,"config":%d,"fold":%d,"seed":%d,"epoch":', trial,
        json.encode(dataset), json.encode(loss), config, fold, seed), ',"split":"' .. split .. '","row":'
    end }))
  if not lines then put(rows > 0 and "\n]\n" or "[]\n") end
  return rows
end

-- ---- arrays -----------------------------------------------------------------------------------------------------------------

-- db:scores of bytes without any number but those of more.
local function bytes(db, chosen, more, put)
  local spec = with(chosen, { put = put, binary = true, epoch_written = false, row = false, label = false, score = false,
    head = function() return "", "" end })
  for key, value in pairs(more) do spec[key] = value end
  return db:scores(spec)
end

-- Goes over the database twice, of which the first time says how many rows there are.
local function as_npy(db, chosen, put)
  local rows, columns = bytes(db, chosen, {})
  put(npy.head({ { "trial", "<i8" }, { "config", "<i8" }, { "fold", "<i4" }, { "seed", "<i8" }, { "epoch", "<i4" },
    { "split", "|S5" }, { "row", "<u4" }, { "label", "<f4" }, { "score", "<f4", columns > 1 and columns or nil } }, { rows }))
  bytes(db, chosen, { epoch_written = true, row = true, label = true, score = true,
    head = function(trial, _, _, config, fold, seed, split)
      return string.pack("<i8i8i4i8", trial, config, fold, seed), string.pack("c5", split)
    end }, put)
  return rows
end

-- The arrays of .npz: name, type, and what db:scores writes of them.
local function arrays()
  local codes = { dataset = {}, loss = {}, split = {} }
  local function code(of, name)
    local list = codes[of]
    if not list[name] then
      list[#list + 1] = name
      list[name] = #list - 1
    end
    return string.pack("<i4", list[name])
  end
  local function constant(format, place)
    return { head = function(...) return string.pack(format, (select(place, ...))), "" end }
  end
  local function coded(of, place) return { head = function(...) return code(of, (select(place, ...))), "" end } end
  return { { "scores", "<f4", { score = true } }, { "labels", "<f4", { label = true } }, { "rows", "<u4", { row = true } },
    { "trial", "<i8", constant("<i8", 1) }, { "epoch", "<i4", { epoch_written = true } }, { "config", "<i8", constant("<i8", 4) },
    { "fold", "<i4", constant("<i4", 5) }, { "seed", "<i8", constant("<i8", 6) }, { "dataset", "<i4", coded("dataset", 2) },
    { "loss", "<i4", coded("loss", 3) }, { "split", "<i4", coded("split", 7) } }, codes
end

-- Each array is gone through twice: the archive says the sum of its bytes before them.
local function as_npz(db, chosen, put)
  local list, codes = arrays()
  local archive, rows = npy.archive(put), 0
  for _, each in ipairs(list) do
    local name, kind, spec = table.unpack(each)
    local count, columns, sum, size = bytes(db, chosen, spec)
    local shape = name == "scores" and columns > 1 and { count, columns } or { count }
    rows = count
    archive:add(name, npy.head(kind, shape), sum, size, function(put_more) bytes(db, chosen, spec, put_more) end)
  end
  for _, of in ipairs { "dataset", "loss", "split" } do archive:texts(of .. "_names", codes[of]) end
  archive:finish()
  return rows
end

local writers = {
  csv = as_csv,
  json = as_json,
  jsonl = function(db, chosen, put) return as_json(db, chosen, put, true) end,
  npy = as_npy,
  npz = as_npz,
}

function M.write(db, options, put) return writers[options.format or "csv"](db, selection(db, options), put) end

return M
