-- Search by a Gaussian process (Jones, Schonlau and Welch 1998): the point of the largest expected improvement on the best mean so
-- far is proposed. Several at once by kriging believer (Ginsbourger, Le Riche and Carraro 2010): each counts as having given its
-- mean before the next is sought. Values worse than the median are drawn in to the tail of a normal distribution as wide as the
-- better half, by rank, so that runs that went badly wrong do not hide what tells good ones apart; what failed is the worst.
local check = require "losslab.check"
local ll = require "losslab"
local domain_of = require "losslab.search.domain"
local kriging = require "losslab.search.kriging"

local M = {}
local exp, log, erfc = ll.math.exp, ll.math.log, ll.math.erfc

M.options = {
  startup = { 10, function(what, n) return check.integer(what, n, 1) end },
  candidates = { 400, function(what, n) return check.integer(what, n, 1, 100000) end },
}
local NEAR, CLIMBS, CLIMB = 100, 3, 40 -- points looked at beside the best seen; searches on from the best of all, steps of each
local MOST = 150 -- observations of a model: the better half of them the best ones, the others the latest

-- The logarithm of the expected improvement on 0 of a normal distribution (mean, deviation).
local function log_improvement(mean, deviation)
  local z = mean / deviation
  if z < -25 then return log(deviation) - 0.5 * z * z - 0.5 * log(2 * math.pi) - 2 * log(-z) end
  return log(deviation) + log(exp(-0.5 * z * z) / math.sqrt(2 * math.pi) + z * 0.5 * erfc(-z / math.sqrt(2)))
end

-- Entries with a value that a model can be made of: pruned ones at most at the median, failed ones at the worst.
local function values_of(entries)
  local finished, order = {}, {}
  for _, entry in ipairs(entries) do
    if entry.value and not entry.pruned_at then finished[#finished + 1] = entry.value end
  end
  if #finished == 0 then
    for _, entry in ipairs(entries) do if entry.value then finished[#finished + 1] = entry.value end end
  end
  table.sort(finished)
  local n = #finished
  if n == 0 then return nil end
  local median, worst = finished[(n + 1) // 2], finished[1]
  local y = {}
  for i, entry in ipairs(entries) do
    y[i] = not entry.value and worst or entry.pruned_at and math.min(entry.value, median) or entry.value
    worst = math.min(worst, y[i])
  end
  for i, entry in ipairs(entries) do
    if not entry.value then y[i] = worst end
    order[i] = i
  end
  table.sort(order, function(a, b) return y[a] < y[b] or y[a] == y[b] and a < b end)
  return y, order
end

-- Values by rank in the worse half, standardised.
local function warped(y, order)
  local n, out = #y, {}
  local half = (n + 1) // 2
  local median, spread, count = y[order[half]], 0.0, 0
  for place = half, n do
    local gap = y[order[place]] - median
    spread, count = spread + gap * gap, count + 1
  end
  spread = math.sqrt(spread / count)
  local mean, squares, place = 0.0, 0.0, 1
  while place <= n do
    local last = place
    while last < n and y[order[last + 1]] == y[order[place]] do last = last + 1 end
    for k = place, last do
      local i = order[k]
      out[i] = y[i] < median and median + spread * ll.stats.normal_quantile(((place + last) / 2 - 0.5) / n) or y[i]
    end
    place = last + 1
  end
  for i = 1, n do mean = mean + out[i] / n end
  for i = 1, n do squares = squares + (out[i] - mean) * (out[i] - mean) / n end
  local deviation = squares > 0 and math.sqrt(squares) or 1
  for i = 1, n do out[i] = (out[i] - mean) / deviation end
  return out
end

-- Shares of a candidate: draws of the whole space, or steps from others.
local function anywhere(domain, random)
  local u = {}
  for j = 1, domain.width do u[j] = random:uniform() end
  return u
end

local function reflect(x)
  if x < 0 then x = -x end
  if x >= 1 then x = 2 - x end
  return x >= 0 and x < 1 and x or 0.5
end

-- A few coordinates moved by about size, of choices another one drawn.
local function beside(domain, u, size, random)
  local out, width = {}, domain.width
  local must = random:integer(width)
  for j = 1, width do
    out[j] = u[j]
    if j == must or random:uniform() < math.min(0.5, 2 / width) then
      if domain.axes[j].kind == "choice" then
        if random:uniform() < 0.5 then out[j] = random:uniform() end
      else
        out[j] = reflect(u[j] + size * random:normal())
      end
    end
  end
  return out
end

-- Shares at which a point lies; what it lacks is drawn.
local function shares(domain, places, random)
  local u = {}
  for j, axis in ipairs(domain.axes) do
    local place = places[j]
    if not place then u[j] = random:uniform()
    elseif axis.kind == "choice" then u[j] = (place - 0.5) / axis.size
    else u[j] = math.min(0.5 * (place[1] + place[2]), 1 - 0x1p-53) end
  end
  return u
end

-- The point of the largest expected improvement that nobody has, or nil.
local function best_point(domain, process, incumbent, seen, random, taken, candidates)
  local found = {}
  local function look(u)
    local point = domain:point(function(j) return u[j] end)
    if taken[domain_of.key(point)] then return nil end
    local x = kriging.vector(domain.axes, domain:places(point))
    local mean, deviation = process:predict(x)
    local candidate = { u = u, point = point, x = x, score = log_improvement(mean - incumbent, deviation), order = #found + 1 }
    found[#found + 1] = candidate
    return candidate
  end
  for _ = 1, candidates do look(anywhere(domain, random)) end
  for k = 1, NEAR do
    local from = seen[(k - 1) % #seen + 1]
    look(beside(domain, from, ({ 0.2, 0.05, 0.01 })[k % 3 + 1], random))
  end
  if #found == 0 then return nil end
  table.sort(found, function(a, b) return a.score > b.score or a.score == b.score and a.order < b.order end)
  local best = found[1]
  for k = 1, math.min(CLIMBS, #found) do
    local at, size = found[k], 0.1
    for _ = 1, CLIMB do
      local next_one = look(beside(domain, at.u, size, random))
      if next_one and next_one.score > at.score then at, size = next_one, size * 1.5
      else size = math.max(size * 0.85, 1e-4) end
    end
    if at.score > best.score then best = at end
  end
  return best
end

-- The observations of a model, where there are more than it takes.
local function chosen(entries, order)
  if #entries <= MOST then return entries end
  local keep, out = {}, {}
  for place = #order, #order - MOST // 2 + 1, -1 do keep[order[place]] = true end
  local left = MOST - MOST // 2
  for i = #entries, 1, -1 do
    if left > 0 and not keep[i] then keep[i], left = true, left - 1 end
  end
  for i, entry in ipairs(entries) do if keep[i] then out[#out + 1] = entry end end
  return out
end

function M.new(searcher)
  local domain, options = searcher.domain, searcher.options
  return function(history)
    local entries = {}
    for _, entry in ipairs(history) do if entry.places then entries[#entries + 1] = entry end end
    local y, order = values_of(entries)
    local random = ll.random(searcher.seed, #history, "search gp " .. searcher.stream)
    local process, incumbent, seen
    local function begin()
      local used = chosen(entries, order)
      if #used < #entries then y, order = values_of(used) end
      local xs, values = {}, warped(y, order)
      for i, entry in ipairs(used) do xs[i] = kriging.vector(domain.axes, entry.places) end
      process, incumbent, seen = kriging.fit(domain.axes, xs, values), -math.huge, {}
      for i = 1, #used do incumbent = math.max(incumbent, (process:predict(xs[i]))) end
      for place = #order, math.max(1, #order - 4), -1 do
        seen[#seen + 1] = shares(domain, used[order[place]].places, random)
      end
    end
    return function(taken, proposed)
      if not y or #history + #proposed < options.startup or domain.width == 0 then return nil end
      if not process then
        begin()
        for _, point in ipairs(proposed) do
          local x = kriging.vector(domain.axes, domain:places(point))
          process:add(x, (process:predict(x)))
        end
      end
      local best = best_point(domain, process, incumbent, seen, random, taken, options.candidates)
      if not best then return nil end
      process:add(best.x, (process:predict(best.x)))
      return best.point
    end
  end
end

M.log_improvement, M.warped, M.values_of = log_improvement, warped, values_of -- for tests
return M
