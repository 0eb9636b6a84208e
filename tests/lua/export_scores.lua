-- losslab export scores: what is written is what the database holds, in every format, whole and by trial, epoch, part, loss, data.
local t = require "tests.lua.tap"
local ll = require "losslab"
local export = require "losslab.results.export"
local json = require "losslab.json"
local npy = require "losslab.results.npy"

local odd = 'a,"b" é'
local path = os.tmpname()
os.remove(path)
path = path .. ".db"
ll.study { name = "s", question = "q", data = { { generator = "target_decoy", n = 90, name = odd },
  { generator = "target_decoy", n = 60, seed = 2, name = "other" } }, split = { folds = 2 }, seeds = { 1 },
  compare = { cross_entropy = {}, hinge = {} }, model = { hidden = { 4 } }, train = { epochs = 3, batch = 10 } }
  :run { db = path, jobs = 1 }
local db = ll.store.open(path, { mode = "read" })

-- All of it, by the statement that figures use: { trial, dataset, loss, config, fold, seed, epoch, split, row, label, score } each.
local function single(x) return (string.unpack("<f", string.pack("<f", x))) end
local all, best = {}, {}
for trial in db:rows "best" do best[trial.trial] = trial end
for id = 1, 8 do
  local trial = best[id]
  for _, split in ipairs { "test", "valid" } do
    for epoch = 1, 3 do
      local row = db:one("scores_and_labels", { trial = id, split = split, epoch = epoch })
      local scores = ll.store.unpack_scores(row.scores, row.coding, row.last - row.first + 1, 1, epoch - row.first + 1)
      local labels = ll.store.floats(row.labels)
      for i = 1, scores.rows do
        all[#all + 1] = { id, trial.dataset, trial.loss, trial.config, trial.fold, trial.seed, epoch, split,
          string.unpack("<I4", row.rows, 4 * i - 3), labels:get(i, 1), scores:get(i, 1) }
      end
    end
  end
end
t.ok(#all > 1000, "there is something to write: " .. #all)

local function written(options)
  local parts = {}
  options.what, options.to = "scores", function(part) parts[#parts + 1] = part end
  local count = export.write(db, options)
  return table.concat(parts), count
end
local function chosen(accept)
  local out = {}
  for _, row in ipairs(all) do if accept(table.unpack(row)) then out[#out + 1] = row end end
  return out
end

local HEADER = "trial,dataset,loss,config,fold,seed,epoch,split,row,label,score\n"
local function read_csv(text)
  t.is(text:sub(1, #HEADER), HEADER, "the header")
  local out = {}
  for line in text:sub(#HEADER + 1):gmatch "[^\n]+" do
    local fields = {}
    line = line:gsub('"a,""b"" é"', "ODD")
    for field in line:gmatch "[^,]+" do fields[#fields + 1] = field == "ODD" and odd or tonumber(field) or field end
    fields[11] = single(fields[11])
    out[#out + 1] = fields
  end
  return out
end
local text, count = written {}
t.is(count, #all, "a row a score")
t.is(read_csv(text), all, "CSV, to the bit")

local NAMES = { "trial", "dataset", "loss", "config", "fold", "seed", "epoch", "split", "row", "label", "score" }
local function listed(object)
  local out = {}
  for i, name in ipairs(NAMES) do out[i] = object[name] end
  out[11] = single(out[11])
  return out
end
for _, format in ipairs { "json", "jsonl" } do
  local got, objects = {}, {}
  text = written { format = format }
  if format == "json" then objects = json.decode(text)
  else
    for line in text:gmatch "[^\n]+" do objects[#objects + 1] = json.decode(line) end
  end
  for i, object in ipairs(objects) do got[i] = listed(object) end
  t.is(got, all, format .. ", to the bit")
end

-- ---- which ----
for name, case in pairs {
  ["a trial"] = { { trial = 3 }, function(trial) return trial == 3 end },
  ["a list"] = { { trial = "7, 2-3,3,1-2" }, function(trial) return trial <= 3 or trial == 7 end },
  ["a list of numbers"] = { { trial = { 8, 1 } }, function(trial) return trial == 1 or trial == 8 end },
  ["trials that are not there"] = { { trial = "100-200" }, function() return false end },
  ["an epoch"] = { { epoch = 2 }, function(_, _, _, _, _, _, epoch) return epoch == 2 end },
  ["its number as text"] = { { epoch = "2" }, function(_, _, _, _, _, _, epoch) return epoch == 2 end },
  ["one that is not there"] = { { epoch = 4 }, function() return false end },
  ["the last"] = { { epoch = "last" }, function(_, _, _, _, _, _, epoch) return epoch == 3 end },
  ["the best"] = { { epoch = "best" }, function(trial, _, _, _, _, _, epoch) return epoch == best[trial].epoch end },
  ["all epochs"] = { { epoch = "all" }, function() return true end },
  ["a part"] = { { split = "test" }, function(_, _, _, _, _, _, _, split) return split == "test" end },
  ["a loss"] = { { loss = "hinge" }, function(_, _, loss) return loss == "hinge" end },
  ["a data set"] = { { data = odd }, function(_, dataset) return dataset == odd end },
  ["all of it"] = { { data = "other", loss = "hinge", epoch = "best", split = "valid", trial = "1-100" },
    function(trial, dataset, loss, _, _, _, epoch, split)
      return dataset == "other" and loss == "hinge" and epoch == best[trial].epoch and split == "valid"
    end },
} do
  local rows = chosen(case[2])
  local got, n = written(case[1])
  t.is(n, #rows, name .. ": how many")
  if n > 0 then t.is(read_csv(got), rows, name) else t.is(got, "", name .. ": nothing") end
end

-- ---- arrays, read by hand ----
local function array(bytes)
  local magic, major, minor, length = string.unpack("<c6BBI2", bytes)
  t.is({ magic, major, minor, (10 + length) % 64 }, { "\x93NUMPY", 1, 0, 0 }, "NumPy's head")
  return bytes:sub(11, 10 + length), bytes:sub(11 + length)
end
local head, data = array((written { format = "npy" }))
t.like(head, "'shape': %(" .. #all .. ",%)", "its length")
t.like(head, "%('trial', '<i8'%).*%('split', '|S5'%), %('row', '<u4'%), %('label', '<f4'%), %('score', '<f4'%)", "its fields")
do
  local got, at = {}, 1
  for i = 1, #all do
    local trial, config, fold, seed, epoch, split, row, label, score
    trial, config, fold, seed, epoch, split, row, label, score, at = string.unpack("<i8i8i4i8i4c5I4ff", data, at)
    got[i] = { trial, all[i][2], all[i][3], config, fold, seed, epoch, split:gsub("\0", ""), row, label, score }
    got[i][8] = split:gsub("\0", "")
  end
  t.is(at, #data + 1, "nothing behind it")
  t.is(got, all, "npy, to the bit")
end

-- The entries of an archive that is not compressed, by its directory; name -> bytes.
local function entries(zip)
  local out, entry_count, at = {}, string.unpack("<I2", zip, #zip - 22 + 11), string.unpack("<I4", zip, #zip - 22 + 17) + 1
  for _ = 1, entry_count do
    local signature, _, _, _, method, _, _, sum, packed, size, name, extra, comment, _, _, _, offset, following =
      string.unpack("<c4I2I2I2I2I2I2I4I4I4I2I2I2I2I2I4I4", zip, at)
    t.is({ signature, method, packed }, { "PK\1\2", 0, size }, "an entry")
    local called = zip:sub(following, following + name - 1)
    local its_name, its_extra, begins = string.unpack("<I2I2", zip, offset + 27)
    local bytes = zip:sub(begins + its_name + its_extra, begins + its_name + its_extra + size - 1)
    t.is(ll.core.crc32(bytes), sum, "its sum")
    t.is(zip:sub(offset + 15, offset + 18), string.pack("<I4", sum), "in both places")
    out[called] = bytes
    at = following + name + extra + comment
  end
  return out
end
local function column(bytes, format)
  local _, values = array(bytes)
  local out, at = {}, 1
  while at <= #values do out[#out + 1], at = string.unpack(format, values, at) end
  return out
end
local function names(bytes)
  local kind, values = array(bytes)
  local width, out = math.tointeger(tonumber(kind:match "<U(%d+)")), {}
  for i = 1, #values, 4 * width do
    local word = {}
    for k = i, i + 4 * width - 4, 4 do
      local point = string.unpack("<I4", values, k)
      if point > 0 then word[#word + 1] = utf8.char(point) end
    end
    out[#out + 1] = table.concat(word)
  end
  return out
end
for _, accept in ipairs { {}, { loss = "hinge", epoch = "best" } } do
  accept.format = "npz"
  local zip = written(accept)
  local z = entries(zip)
  local rows = chosen(function(trial, _, loss, _, _, _, epoch)
    return not accept.loss or loss == "hinge" and epoch == best[trial].epoch
  end)
  local got = {}
  local sets, losses, parts = names(z["dataset_names.npy"]), names(z["loss_names.npy"]), names(z["split_names.npy"])
  local numbers = {}
  for name, format in pairs { trial = "<i8", config = "<i8", fold = "<i4", seed = "<i8", epoch = "<i4", rows = "<I4", labels = "<f",
    scores = "<f", dataset = "<i4", loss = "<i4", split = "<i4" } do
    numbers[name] = column(z[name .. ".npy"], format)
  end
  for i = 1, #numbers.trial do
    got[i] = { numbers.trial[i], sets[numbers.dataset[i] + 1], losses[numbers.loss[i] + 1], numbers.config[i], numbers.fold[i],
      numbers.seed[i], numbers.epoch[i], parts[numbers.split[i] + 1], numbers.rows[i], numbers.labels[i], numbers.scores[i] }
  end
  t.is(got, rows, "npz, to the bit")
end
t.is((written { format = "npz" }), (written { format = "npz" }), "the same bytes again")
t.like(array((written { format = "npy", trial = 99 })), "'shape': %(0,%)", "an array of nothing")
t.is(written { format = "json", trial = 99 }, "[]\n", "nothing as JSON")

-- Numbers that 32 bits do not hold, of an archive that is not written out.
do
  local parts = {}
  local archive = npy.archive(function(part) parts[#parts + 1] = part end)
  local size = 5 << 30
  archive:add("large", "head", 0, size, function() archive.at = archive.at + size end)
  archive:add("small", "head", ll.core.crc32 "x", 1, function(put) put "x" end)
  archive:finish()
  local whole = table.concat(parts)
  t.ok(whole:find(string.pack("<I2I2I8I8", 1, 16, size + 4, size + 4), 1, true), "sizes of 64 bits")
  t.ok(whole:find(string.pack("<I2I2I8", 1, 8, 30 + 20 + 9 + 4 + size), 1, true), "a place of 64 bits")
  t.ok(whole:find("PK\6\6", 1, true) and whole:find("PK\6\7", 1, true), "a directory of 64 bits")
  t.throws(function() archive:add("short", "head", 0, 9, function(put) put "x" end) end, "changed", "less than was said")
end

-- ---- what is refused ----
local function refused(options, ...) t.throws(function() written(options) end, ...) end
refused({ trial = "3-1" }, { "3,7-9", '"3-1"' }, "a range upside down")
refused({ trial = "x" }, '"x"', "no number")
refused({ trial = "99999999999999999999" }, "trial must be", "a number of too many digits")
refused({ epoch = "first" }, '"best", "last" or "all"', "no epoch")
refused({ epoch = 1.5 }, "1.5", "half an epoch")
refused({ split = "tset" }, 'did you mean "test"', "the nearest part")
refused({ loss = "hing" }, 'did you mean "hinge"', "the nearest loss")
refused({ data = "othr" }, 'did you mean "other"', "the nearest data set")
refused({ format = "npx" }, 'did you mean "npy"', "the nearest format")
t.throws(function() export.write(db, { what = "trials", epoch = 1 }) end, "epoch is for scores", "a filter of another table")
t.throws(function() export.write(db, { what = "trials", format = "npz" }) end, "npz is for scores", "a format of another table")
t.throws(function() export.write(db, { what = "scores", to = function() error("full", 0) end }) end, "full", "what put raises")

local lines = {}
t.is(export.write(db, { what = "trials", format = "jsonl", to = function(part) lines[#lines + 1] = part end }), 8, "lines of JSON")
local first = json.decode(table.concat(lines):match "^[^\n]*")
t.is(type(first.parameters), "table", "with objects in place of texts")
db:close()

-- ---- damaged values are told, with the trial ----
local function damage(sql, ...)
  local copy = os.tmpname()
  os.execute(string.format("cp '%s' '%s' && sqlite3 '%s' \"PRAGMA ignore_check_constraints = 1; %s\"", path, copy, copy, sql))
  local damaged <close> = ll.store.open(copy, { mode = "read" })
  t.throws(function() export.write(damaged, { what = "scores", to = function() end }) end, ...)
  os.remove(copy)
end
if os.execute "command -v sqlite3 >/dev/null" then
  damage("UPDATE score SET scores = substr(scores, 1, 100) WHERE trial = 2", { "trial 2", "damaged" }, "cut")
  damage("UPDATE score SET coding = 9 WHERE trial = 2", { "trial 2", "coding 9" }, "an unknown coding")
  damage("UPDATE score SET coding = -1 WHERE trial = 3 AND split = 'test'", "trial 3", "a coding that there cannot be")
  damage("UPDATE score SET last = 30 WHERE trial = 2", { "trial 2", "3 epochs" }, "other epochs")
  damage("UPDATE score SET columns = 7 WHERE trial = 2", "trial 2", "other columns")
  damage("UPDATE part SET labels = x'00000000' WHERE cut = 1", { "trial 1", "labels" }, "labels that are too few")
end
os.remove(path)
t.done()
