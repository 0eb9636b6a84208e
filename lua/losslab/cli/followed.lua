-- Databases that are looked at again and again while studies run into them. One is read when it has changed, and not so often that
-- the reading keeps those who write from writing: a connection that stays tells by a number of SQLite's, without reading a table.
--
--   followed.new(path [, study])   nothing is opened yet
--   each:look([now])               path, studies = { of results/overview.lua }, changed = whether they are others than at the last
--                                  look, error [opt] = why it could not be read: studies are then those of before; absent [opt]:
--                                  that the study which is asked for is not there, in words
--   followed.look(all)             a list of the looks of all; a file without the study that is asked for is passed over, and said
--                                  to lack it only where all do
--   followed.plain(looks)          the same as JSON has it: { databases = { { file, studies, error } } }
--   followed.done(looks)           whether nothing is left to be waited for
local database = require "losslab.cli.database"
local check = require "losslab.check"
local json = require "losslab.json"
local lease = require "losslab.run.lease"
local lfs = require "lfs"
local ll = require "losslab"
local overview = require "losslab.results.overview"
local shard_folder = require "losslab.run.shard_folder"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

local followed = {}

-- Of the time between two readings a reading takes at most this share. Seconds to wait for a writer.
local SHARE, PATIENCE = 0.1, 5

local Followed = {}
Followed.__index = Followed

function followed.new(path, study)
  return setmetatable({ path = path, study = study, next = 0, seen = { path = path, studies = json.array {} } }, Followed)
end

function Followed:close()
  if self.store then self.store:close() end
  self.store, self.version = nil, nil
end

-- Which file it is: another may have taken its name.
local function file_of(path)
  local at = lfs.attributes(path)
  return at and at.dev .. ":" .. at.ino
end

-- Whether it is to be read, which opens it where it is not open.
function Followed:has_changed()
  local file = file_of(self.path)
  if self.store and file == self.file then
    local version
    for row in self.store:query "SELECT data_version FROM pragma_data_version" do version = row.data_version end
    if version == self.version then return false end
  end
  self:close() -- the study that is shown and the views of an older file are made when it is opened
  check.database("the database", self.path)
  self.store, self.file = ll.store.open(self.path, { mode = "read", timeout = PATIENCE }), file
  for row in self.store:query "SELECT data_version FROM pragma_data_version" do self.version = row.data_version end
  return true
end

function Followed:read(now)
  local out = json.array {}
  if #studies.list(self.store) == 0 then error("it holds no study", 0) end
  local there, why = true, nil
  if self.study then there, why = pcall(studies.id, self.store, self.study) end
  self.seen.absent = not there and check.plain(why) or nil
  if not there then return out end
  studies.each(self.store, self.study, function() out[#out + 1] = overview.read(self.store, now, self.shards) end)
  return out
end

-- Nobody who runs it gave a sign of life for as long as runners wait for one: they are gone, however it looks.
function Followed:listen(clock)
  local silent = self.heard and clock - self.heard >= lease.BEAT * lease.LOOKS
  for _, each in ipairs(self.seen.studies) do
    if silent and each.state == "running" and not each.elsewhere then
      each.state, each.left, each.rate, self.seen.changed = "silent", nil, nil, true
    end
  end
end

local function same(a, b)
  if not a or not b then return false end
  for name, n in pairs(a) do
    if b[name] ~= n then return false end
  end
  for name in pairs(b) do
    if not a[name] then return false end
  end
  return true
end

function Followed:look(now)
  local clock, seen = ll.system.clock(), self.seen
  seen.changed = false
  if clock < self.next then return seen end
  local fine, why = pcall(database.explained, self.path, function()
    local shards, changed = shard_folder.waiting(self.path), self:has_changed() -- both, always
    if not changed and same(shards, self.shards) then return end
    self.shards = shards
    local found = self:read(now)
    seen.changed, seen.studies, self.heard = true, found, ll.system.clock()
  end)
  if not fine then
    self:close()
    if not seen.error then seen.changed = true end
    seen.error = tostring(why)
  elseif seen.error then
    seen.error, seen.changed = nil, true
  end
  local ended = ll.system.clock()
  self:listen(ended)
  self.next = ended + (ended - clock) / SHARE
  return seen
end

function followed.look(all)
  local looks, lacking, now = {}, {}, os.time()
  for _, each in ipairs(all) do
    local look = each:look(now)
    local list = look.absent and not look.error and lacking or looks
    list[#list + 1] = look
  end
  if #looks > 0 then return looks end
  for i, look in ipairs(lacking) do
    looks[i] = { path = look.path, studies = look.studies, changed = look.changed, error = look.absent }
  end
  return looks
end

-- What JSON cannot hold is left out: numbers that are not finite.
local function finite(value)
  if type(value) == "number" then return value == value and math.abs(value) < math.huge and value or nil end
  if type(value) ~= "table" then return value end
  local out = setmetatable({}, getmetatable(value))
  if #value > 0 then
    for _, each in ipairs(value) do out[#out + 1] = finite(each) end
    return out
  end
  for name, each in pairs(value) do out[name] = finite(each) end
  return out
end

function followed.plain(looks)
  local out = json.array {}
  for i, look in ipairs(looks) do
    out[i] = text.for_json(finite { file = look.path, studies = look.studies, error = look.error })
  end
  return { databases = out }
end

function followed.done(looks)
  for _, look in ipairs(looks) do
    if look.error or #look.studies == 0 then return false end
    for _, each in ipairs(look.studies) do
      if each.state ~= "finished" then return false end
    end
  end
  return true
end

return followed
