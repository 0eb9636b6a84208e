-- Work on trials in processes of their own, which send back what they say of each: a script's code that ends its process, or one
-- that is killed, ends one trial. What is said is passed on in the order of the trials.
local ll = require "losslab"
local check = require "losslab.check"
local plain = require "losslab.results.plain"
local threads = require "losslab.run.threads"

local M = {}

-- The trials of a list, one after the other, and for each a function that sends what is said of it.
local function each_of(ids, send)
  local i = 0
  return function()
    i = i + 1
    local id = ids[i]
    if id then return id, function(said) send(plain.encode { id = id, said = said }) end end
  end
end

local Work = {}
Work.__index = Work

function Work:begin(ids)
  local body = self.body
  local made = ll.process.fork(function(send)
    ll.threads(self.threads)
    local fine, why = pcall(body, each_of(ids, send))
    if not fine then send(plain.encode { failed = tostring(why) }) end
  end)
  table.insert(self.workers, made)
  self.left[made] = ids
end

function Work:take(made, bytes)
  local message = plain.decode(bytes)
  if message.failed then check.fail("%s", message.failed) end
  self.said[message.id] = message.said
  if self.left[made][1] == message.id then table.remove(self.left[made], 1) end
end

-- The first of the trials that are left to a process that ended has ended it; the others are begun anew.
function Work:ended(made)
  local how, what = made:join()
  local left = self.left[made]
  self.left[made] = nil
  if #left == 0 then return end
  self.said[table.remove(left, 1)] = { ended = how == "signal" and "was killed by SIG" .. what
    or string.format("left with code %d (os.exit)", what) }
  if #left > 0 then self:begin(left) end
end

function Work:attend()
  ll.process.wait(self.workers, 1)
  local workers = self.workers
  self.workers = {}
  for _, each in ipairs(workers) do
    local bytes, ended
    repeat
      bytes, ended = each:receive()
      if bytes then self:take(each, bytes) end
    until not bytes
    if ended then self:ended(each) else table.insert(self.workers, each) end
  end
end

function Work:stop() for _, each in ipairs(self.workers) do each:kill() end end

-- ids: trials; how: { jobs [opt]: how many processes at most (the cores), threads [opt]: of each (threads.lua) }. body(each) works
-- in a process: for id, say in each do … say(plain data: a table) end. tell(id, said) is called in this process in the order of
-- ids; said is { ended = how } of a trial whose process ended before it said anything. Errors of body raise here.
function M.run(ids, how, body, tell)
  local self = setmetatable({ body = body, workers = {}, left = {}, said = {} }, Work)
  local stop <close> = setmetatable({}, { __close = function() self:stop() end })
  local most = how.jobs or ll.system.cores()
  local jobs = math.max(1, math.min(most, #ids))
  self.threads = threads.each(how.threads, most, jobs)
  local share, told = {}, 0
  for i, id in ipairs(ids) do
    local k = (i - 1) % jobs + 1
    share[k] = share[k] or {}
    table.insert(share[k], id)
  end
  for _, list in ipairs(share) do self:begin(list) end
  while #self.workers > 0 do
    self:attend()
    while told < #ids and self.said[ids[told + 1]] do
      told = told + 1
      local id = ids[told]
      tell(id, self.said[id])
      self.said[id] = nil
    end
  end
  return stop
end

return M
