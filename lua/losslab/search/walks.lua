-- Searches that ask nothing of what was found: walks through the space whose steps are fixed beforehand. What was tried already is
-- passed over, so a walk goes on where its history ends.
local check = require "losslab.check"
local ll = require "losslab"
local domain_of = require "losslab.search.domain"
local space = require "losslab.study.space"

local M = {}

local PATIENCE = 1000 -- steps without a new point, before a finite space is listed

local HYPERCUBE = 16 -- points of a hypercube where nobody says how many trials there will be

-- By method: a function from (number of a step, from 0; coordinate) to a share in [0, 1). Draws of a coordinate depend on its
-- name, so that another dimension does not change them.
local shares = {
  random = function(searcher)
    local axes = searcher.domain.axes
    return function(i, j)
      return ll.random(searcher.seed, i, string.format("search random %s %s", searcher.stream, axes[j].name)):uniform()
    end
  end,
  sobol = function(searcher)
    local width, most = searcher.domain.width, require "losslab.search.sobol".most
    if width > most then check.fail("ll.search.new: sobol has %d dimensions at most, this space has %d", most, width) end
    return require "losslab.search.sobol".new(searcher.domain.width, searcher.seed, searcher.stream)
  end,
  lhs = function(searcher)
    return require "losslab.search.latin".new(searcher.trials or HYPERCUBE, searcher.seed, searcher.stream)
  end,
}

-- The points of a grid, in its order.
local function listed(points)
  return function()
    local at = 0
    return function(taken)
      while true do
        at = at + 1
        if not points[at] then return nil end
        if not taken[domain_of.key(points[at])] then return points[at] end
      end
    end
  end
end

-- A function that begins a walk: a function from the keys that are taken to the next point, or nil where there is none.
-- method [opt]: another one than the searcher's.
function M.new(searcher, method)
  local domain = searcher.domain
  method = method or searcher.method
  if method ~= "grid" and not shares[method] then -- how one begins that asks what was found
    method = domain.width <= require "losslab.search.sobol".most and "sobol" or "random"
  end
  if method == "grid" then return listed(space.grid(domain.written)) end
  local share, rest = shares[method](searcher), nil
  return function()
    local step, left = -1, nil
    return function(taken)
      if left then return left(taken) end
      for _ = 1, PATIENCE do
        step = step + 1
        local point = domain:point(function(j) return share(step, j) end)
        if not taken[domain_of.key(point)] then return point end
      end
      rest = rest or listed(domain:all() or {})
      left = rest()
      return left(taken)
    end
  end
end

return M
