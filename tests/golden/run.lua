-- run.lua DB [JOBS]: runs the studies of the golden file into a database, and prints a line for each trial: what it is, and a
-- SHA-256 of the bits of all that it left there; or, where its bits are not those of every machine, what ties them to this one.
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local setting = require "losslab.results.setting"

local path, jobs = arg[1], math.tointeger(tonumber(arg[2] or 1))
local studies = require "tests.golden.studies"

-- A value with its type, a number by its bits. The sign and the payload of a NaN are the processor's.
local function bits(value)
  if value == nil then return "nil" end
  if math.type(value) == "float" then return value ~= value and "nan" or string.format("%a", value) end
  return string.format("%s %d:%s", type(value), #tostring(value), tostring(value))
end

local function row_bits(row, left_out)
  local parts = {}
  for _, key in ipairs(check.keys(row)) do
    if not left_out[key] then parts[#parts + 1] = key .. "=" .. bits(row[key]) end
  end
  return table.concat(parts, " ")
end

local TABLES = { "same_epochs", "same_learnt", "same_metrics", "same_networks", "same_kept", "trial_scores" }

local function hash(store, trial)
  local parts = { trial.status, trial.error or "" }
  for _, each in ipairs(TABLES) do
    for row in store:rows(each, { trial = trial.trial }) do
      if each == "trial_scores" then -- unpacked: how they are packed is no number
        local epochs = row.last - row.first + 1
        for k = 1, epochs do
          local scores = ll.store.unpack_scores(row.scores, row.coding, epochs, row.columns, k)
          parts[#parts + 1] = string.format("%s %d %s", row.split, row.first + k - 1, ll.store.pack_scores({ scores }, "plain"))
        end
      else parts[#parts + 1] = each .. " " .. row_bits(row, { trial = true }) end
    end
  end
  return ll.core.sha256(table.concat(parts, "\n"))
end

-- What tells a trial from the others of its study, in words.
local function named(study, settings, row)
  local words = { study .. "/" .. row.loss }
  local varied = settings:varied_of(row.config)
  for _, field in ipairs(check.keys(varied)) do
    if varied[field] ~= nil and field ~= "loss" then
      words[#words + 1] = field:gsub("^.*%.", "") .. "=" .. json.encode(varied[field]):gsub('"', "")
    end
  end
  if row.fold > 1 then words[#words + 1] = "fold=" .. row.fold end
  return (table.concat(words, " "):gsub(", ", ","))
end

os.remove(path)
for _, each in ipairs(studies) do
  local code = ll.study(each):run { db = path, jobs = jobs }
  if code ~= 0 then io.stderr:write("failed: ", each.name, "\n") end
end
local store <close> = ll.store.open(path)
local names = {}
for row in store:rows "studies" do names[#names + 1] = { row.id, row.name } end
table.sort(names, function(a, b) return a[1] < b[1] end)
for _, each in ipairs(names) do
  store:choose(each[1])
  local settings = setting.read(store)
  for row in store:rows "trials" do
    print(string.format("%s %s: %s", ll.precision, named(each[2], settings, row),
      row.bits == "portable" and hash(store, row) or row.status == "failed" and "failed" or row.bits))
  end
end
