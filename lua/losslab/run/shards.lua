-- Shards of a study: which of its trials a run is to do, where many runs share a study and no file. A trial's key says which shard
-- it is in, so that each run finds its own without asking anybody, and the same study falls into the same shards everywhere.
-- A selection is { wants = function(key) → boolean, check = function() that raises once all trials were asked, proposed [opt] =
-- function(dataset_key, seed, fold) → the trials of a cut that a search proposed, bring = function(store) that brings the
-- checkpoints from which trials go on }.
--
-- In a list of keys (run/shard_folder.lua writes them) JSON may follow a key. Of a trial that a search proposed it says all that
-- the trial is run from, since no plan of the study names it: PROPOSED, the columns of a database. Where a trial has a checkpoint,
-- from = { file, in the list's folder, epoch, bits, computer } says which.
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local file = require "losslab.file"
local json = require "losslab.json"

local M = {}

-- The shard, from 1 to n, of a trial: its key's first 52 bits, which are as good as drawn.
function M.of(key, n) return tonumber(key:sub(1, 13), 16) % n + 1 end

-- Of "3/16", the third of sixteen.
function M.part(words)
  local i, n = tostring(words):match "^%s*(%d+)%s*/%s*(%d+)%s*$"
  i, n = math.tointeger(tonumber(i)), math.tointeger(tonumber(n))
  if not n or n < 1 or i < 1 or i > n or n > 100000 then
    check.fail('shard is I/N, as 3/16: I from 1 to N, not "%s"', tostring(words))
  end
  return { wants = function(key) return M.of(key, n) == i end, check = function() end, bring = function() end }
end

-- ---- lists ----

local PROPOSED = { dataset_key = "string", fold = "integer", seed = "integer", config_key = "string", loss = "string",
  parameters = "string", model = "string", train = "string", search = "string" }

local function kind(value) return math.type(value) == "integer" and "integer" or type(value) end

-- What is wrong with what is said of a trial, or nil.
local function what_is_wrong(said)
  local from = said.from
  if from ~= nil and not (type(from) == "table" and type(from.file) == "string" and not from.file:find "/"
    and kind(from.epoch) == "integer" and type(from.bits) == "string" and type(from.computer) == "table") then
    return "from is no checkpoint"
  end
  if said.loss == nil then return nil end
  for _, name in ipairs(check.keys(PROPOSED)) do
    if kind(said[name]) ~= PROPOSED[name] then return name .. " is " .. check.show(said[name]) end
  end
  if said.pause ~= nil and kind(said.pause) ~= "integer" then return "pause is " .. check.show(said.pause) end
end

local function cut_of(dataset_key, seed, fold) return string.format("%s %d %d", dataset_key, seed, fold) end

-- The id of a computer as a list says it; nil where that is none.
local function id_of(store, said)
  for name, value in pairs(computer.this()) do
    if kind(said[name]) ~= kind(value) then return nil end
  end
  store:run("insert_computer", said)
  local row = store:one("computer", said)
  return row and row.id
end

-- Brings the checkpoints of trials, { [key] = from }. One that is not there any more, or of which nobody knows who computed it,
-- leaves its trial to begin anew.
local function bring(store, folder, starts)
  store:transaction(function()
    for _, key in ipairs(check.keys(starts)) do
      local from = starts[key]
      local state = file.read(folder .. from.file)
      local by = state and id_of(store, from.computer)
      if by then
        store:run("bring_checkpoint", { key = key, epoch = from.epoch, bits = from.bits, computer = by, state = state })
      end
    end
  end)
end

-- A line of a list: a key, and what is said of its trial [opt].
function M.line(key, said) return next(said or {}) and key .. " " .. json.encode(said) or key end

-- One line: a key, and what is said of its trial; nil where there is none. Raises where it is no such line.
local function read_line(line, refuse)
  local key, said = line:match "^%s*(%x+)%s+({.*)$"
  key = key or line:gsub("#.*", ""):match "^%s*(.-)%s*$"
  if key == "" then return nil end
  if not key:find "^%x+$" or #key ~= 64 then refuse("a trial's key is 64 hexadecimal digits, not %s", check.show(key)) end
  if not said then return key, {} end
  local fine, value = pcall(json.decode, said)
  local trouble = fine and what_is_wrong(value) or not fine and check.plain(value)
  if trouble then refuse("what is said of the trial cannot be: %s", trouble) end
  return key, value
end

-- The trials whose keys stand in a file, a line each; what follows a # is passed over. All have to be the study's.
function M.listed(path)
  local content, why = file.read(path)
  if not content then check.fail("%s", why) end
  local listed, left, count, proposed, starts = {}, 0, 0, nil, {}
  for line in content:gmatch "[^\n]+" do
    count = count + 1
    local key, said = read_line(line, function(format, ...) check.fail("%s: line %d: " .. format, path, count, ...) end)
    if key and not listed[key] then
      listed[key], left, starts[key] = "asked", left + 1, said.from
      if said.loss then
        local cut = cut_of(said.dataset_key, said.seed, said.fold)
        proposed = proposed or {}
        proposed[cut] = proposed[cut] or {}
        table.insert(proposed[cut], said)
      end
    end
  end
  local total = left
  return {
    wants = function(key)
      if listed[key] == "asked" then listed[key], left = "found", left - 1 end
      return listed[key] ~= nil
    end,
    check = function()
      if left > 0 then
        check.fail("%s: the study does not ask for %d of its %d trials: it, or its data, is another than when the file was written",
          path, left, total)
      end
    end,
    proposed = proposed and function(dataset_key, seed, fold) return proposed[cut_of(dataset_key, seed, fold)] or {} end,
    bring = function(store) bring(store, path:match "^.*/" or "", starts) end,
  }
end

-- Writes the keys for M.listed; about: a line on what they are.
function M.write(path, keys, about) file.write_here(path, "# " .. about .. "\n" .. table.concat(keys, "\n") .. "\n") end

-- The selection that options of a run ask for: shard, a text, or trials, a file's path; nil if neither.
function M.asked(options)
  if options.shard and options.trials then check.fail "shard and trials both say which trials are to be run: give one of them" end
  return options.shard and M.part(options.shard) or options.trials and M.listed(check.string("trials", options.trials)) or nil
end

return M
