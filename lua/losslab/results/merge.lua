-- Merging result databases: merge(out, { paths }) adds to the database `out`, which is made if it is not there, all that the
-- others hold, in one transaction: done wholly or not at all. The rows are carried by C (ll_store_merge); here is what has to be
-- so before, what was recorded of trials that several of them hold, and what is said of a conflict.
local ll = require "losslab"
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local file = require "losslab.file"
local records = require "losslab.study.records"
local text = require "losslab.text"

local M = {}

M.PATIENCE = 60 -- seconds to wait for a lock

-- ---- what was recorded --------------------------------------------------------------------------------------------------

-- Whether all trials of both were recorded alike and lack nothing: nothing has to be looked at then.
local function is_uniform(...)
  local first
  for _, store in ipairs { ... } do
    for row in store:rows "trial_records" do
      first = first or row.records
      if row.lacks or row.records ~= first then return false end
    end
  end
  return true
end

local function by_key(store)
  local out = {}
  for row in store:rows "trial_keys" do out[row.key] = row end
  return out
end

local function ended(row) return row.status == "done" or row.status == "diverged" or row.status == "pruned" end

-- What was recorded of a trial, by one that has ended, and what is asked of it.
local function of(row)
  if not row then return nil, nil end
  if not ended(row) then return nil, row.records end
  return row.records, row.lacks and records.both(row.records, row.lacks) or row.records
end

local function both(a, b) return a and b and a ~= b and records.both(a, b) or a or b end

-- Sets the columns records and lacks of the trials that came, by what was there before: { key = row } of trial_keys.
local function record(out, from, before)
  for row in from:rows "trial_keys" do
    local now, was = out:one("trial_by_key", { key = row.key }), before[row.key]
    local has, needs = of(was)
    local came, asked = of(row)
    has, needs = both(has, came), both(needs, asked)
    if was and ended(now) then
      out:run("set_recorded", { trial = now.id, records = has, lacks = records.lacking(has, needs) })
    elseif was then out:run("set_recorded", { trial = now.id, records = needs }) end
  end
end

-- ---- what is refused ----------------------------------------------------------------------------------------------------

local UNKEYED = "%s was begun by an older losslab: its trials are not yet known by what they compute; run its study once more, or "
  .. "losslab resume %s, which computes nothing again and gives them their keys"

-- Raises for a database whose trials have no keys. what [opt]: words before the message.
function M.check_keys(store, what)
  if store:one "unkeyed".any ~= 0 then check.fail("%s" .. UNKEYED, what or "", store:path(), store:path()) end
end

local function check_runners(store)
  local running = {}
  for row in store:rows "runners" do
    running[#running + 1] = string.format("process %d on %s", row.process, text.clean(row.host))
  end
  if #running == 0 then return end
  check.fail("%s: trials are being run in it (%s): merge when that is done, or stop it; a process that is gone from another "
    .. "machine is given up by the next losslab run or resume, within a minute", store:path(), table.concat(running, ", "))
end

-- "trial 1a2b3c… (sonar, hinge, fold 1, seed 2)"
function M.trial(row)
  return string.format("trial %s… (%s, %s, fold %s, seed %s)", text.clean(tostring(row.key)):sub(1, 16),
    text.clean(row.dataset or "?"), text.clean(row.loss or "?"), tostring(row.fold), tostring(row.seed))
end

-- Where two trials differ, in words: "metric auc, test, epoch 3: value 0.5 and 0.6". a, b: what the two are called.
function M.place(difference, a, b)
  local d = difference
  local where = text.clean(d.table .. (d.place and " " .. d.place or "")) .. (d.row and ", row " .. d.row or "")
  if not d.column then return string.format("%s is in %s alone", where, d.a and a or b) end
  return string.format("%s: %s is %s in %s and %s in %s", where, d.column, text.clean(d.a or '""'), a, text.clean(d.b or '""'), b)
end

local function computed(store, trial)
  local row = store:one("computer_of", { trial = trial })
  if not row then return "by an unknown computer" end
  return (computer.lines { setmetatable({ trials = 1 }, { __index = row }) }[1]:gsub("^1 trial ", ""))
end

-- before: the paths of what was merged into out before.
local function conflict(out, from, path, merged, before)
  local key
  for row in from:rows "trial_keys" do if row.id == merged.other then key = row end end
  local more, one, other = merged.conflicts - 1, computed(out, merged.trial), computed(from, merged.other)
  check.fail("%s and %s disagree on %s: %s; computed %s%s. %s is left as it was", text.clean(table.concat(before, " or ")),
    text.clean(path), M.trial(key), M.place(merged.difference, "the one", "the other"),
      one == other and "both " .. one or one .. ", and " .. other,
    more > 0 and string.format("; and on %d more trial%s", more, more == 1 and "" or "s") or "", text.clean(out:path()))
end

-- ---- merging ------------------------------------------------------------------------------------------------------------

local function add(out, from, path, paths, what)
  local uniform = is_uniform(out, from)
  local before = not uniform and by_key(out)
  local merged = out:merge(from, what)
  if merged.conflicts > 0 then conflict(out, from, path, merged, paths) end
  if before then record(out, from, before) end
  return merged
end

local function open(path, mode)
  local fine, store = pcall(ll.store.open, path, { mode = mode, timeout = M.PATIENCE })
  if not fine then check.fail("%s", check.plain(store)) end
  return store
end

-- All the inputs, open to read, each in one state; nothing is written before all of them could be.
local function open_all(paths)
  local stores = {}
  for i, path in ipairs(paths) do
    stores[i] = open(path, "read")
    M.check_keys(stores[i])
  end
  return stores
end

local function is_same_file(a, b)
  local lfs = require "lfs"
  local one, other = lfs.attributes(a), lfs.attributes(b)
  return one and other and one.ino == other.ino and one.dev == other.dev
end

-- Merges into the database out; what [opt]: "trials" for trials alone, by which its studies stay as they are. Gives { { path,
-- trials, added, filled, there, studies, rows }, … } for each input. Raises, and leaves out as it was, where it cannot.
function M.merge(out, paths, what)
  check.database("the database to merge into", out)
  local was_there, results = file.exists(out), {}
  for _, path in ipairs(paths) do check.database("a database", path) end
  if was_there then
    local store <close> = open(out, "read") -- so that an older file is not brought up to date to be refused then
    M.check_keys(store)
  end
  local stores = open_all(paths)
  open(out, "create"):close()
  local fine, why = pcall(function()
    local lock <close>, owner = ll.store.lock(out)
    if not lock then check.fail("%s: an older losslab (process %d) runs its study; wait for it, or stop it", out, owner) end
    local store <close> = open(out, "write")
    store:transaction(function()
      store:release() -- of runners of this machine that are gone
      check_runners(store)
      local before = { was_there and out or nil }
      for i, path in ipairs(paths) do
        local itself = is_same_file(out, path)
        results[i] = itself and { trials = 0, added = 0, filled = 0, there = 0, studies = 0, rows = 0 }
          or stores[i]:transaction(function() return add(store, stores[i], path, before, what) end)
        if not itself then before[#before + 1] = path end
        results[i].path, results[i].itself = path, itself or nil
      end
    end)
  end)
  for _, store in ipairs(stores) do store:close() end
  if fine then return results end
  if not was_there then -- it was made for this, and holds nothing
    local empty = pcall(function()
      local store <close> = open(out, "read")
      assert(#require "losslab.results.studies".list(store) == 0)
    end)
    if empty then os.remove(out) end
  end
  error(why, 0)
end

return M
