-- Latin hypercubes (McKay, Beckman and Conover 1979): of n points each n-th of every coordinate's way holds exactly one, at a
-- random place of it. Of a longer walk every n points are a hypercube of their own.
local ll = require "losslab"

local M = {}

-- A function from (number of the point, from 0; coordinate) to a share in [0, 1); n: points of a hypercube.
function M.new(n, seed, stream)
  local made = {}
  local function column(block, j)
    local key = block << 16 | j
    if not made[key] then
      local random = ll.random(seed, key, "search lhs " .. stream)
      local order, place = {}, {}
      for i = 1, n do order[i], place[i] = i - 1, random:uniform() end
      for i = n, 2, -1 do
        local k = random:integer(i)
        order[i], order[k] = order[k], order[i]
      end
      for i = 1, n do place[i] = math.min((order[i] + place[i]) / n, 1 - 0x1p-53) end
      made[key] = place
    end
    return made[key]
  end
  return function(i, j) return column(i // n, j)[i % n + 1] end
end

return M
