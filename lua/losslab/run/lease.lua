-- A runner's hold on the trials that its workers have taken. It raises a number in its row of the table runner every few seconds;
-- in the same transaction it looks at the other runners' numbers. One that did not move for so many looks in a row is given up
-- for dead, and its trials are pending again. Looks are spaced by this process's own clock, which only runs forward; no two
-- clocks are compared. A runner that finds its own row gone was given up, having been stopped for that long: it begins anew under
-- another number, and what its workers had in hand is dropped.
local ll = require "losslab"

local M = {}

-- Seconds between two signs of life; looks without one.
M.BEAT = tonumber(os.getenv "LOSSLAB_BEAT" or "") or 5
M.LOOKS = 12

local Lease = {}
Lease.__index = Lease

function M.new(runner) return setmetatable({ runner = runner, seen = {}, others = 0, last = ll.system.clock() }, Lease) end

function Lease:is_due() return ll.system.clock() - self.last >= M.BEAT end

-- Gives a sign of life and looks at the others. False if this runner was given up; it is then another one.
function Lease:beat(store)
  local alive, dead = true, {}
  local looks = self:is_due() and 1 or 0 -- one that comes early counts as none
  store:transaction(function()
    local before = self.seen
    self.seen, self.others = {}, 0
    if store:run("beat", { runner = self.runner }) == 0 then alive = false end
    for row in store:rows "runners" do
      if row.id ~= self.runner then
        local was = before[row.id]
        local still = was and was.token == row.token and was.beat == row.beat and was.still + looks or 0
        self.seen[row.id] = { token = row.token, beat = row.beat, still = still }
        if still >= M.LOOKS then dead[#dead + 1] = row.id else self.others = self.others + 1 end
      end
    end
    store:release() -- of this machine those whose process is gone
    for _, id in ipairs(dead) do store:release(id) end
    if not alive then self.runner = store:join() end
  end)
  self.last = ll.system.clock()
  return alive
end

return M
