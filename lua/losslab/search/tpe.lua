-- Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011): what was tried is split into the best share and
-- the rest, a density is estimated of each, l and g, and of candidates drawn from l the one with the largest l / g is proposed.
-- Expected improvement grows with that ratio (their equation 8), where l weighs what is good by its improvement.
local check = require "losslab.check"
local ll = require "losslab"
local domain_of = require "losslab.search.domain"
local parzen = require "losslab.search.parzen"

local M = {}

-- What may be said of it: name, default, and how it is checked.
M.options = {
  startup = { 10, function(what, n) return check.integer(what, n, 1) end },
  candidates = { 24, function(what, n) return check.integer(what, n, 1, 100000) end },
  gamma = { 0.15, function(what, x) return check.share(what, x, 0, 1) end },
  prior_weight = { 1, function(what, x) return check.share(what, x, 0, math.huge) end },
  multivariate = { true, check.boolean },
}
local MOST_GOOD = 25 -- observations of l

-- Better first: finished by value, then pruned by how far they came and their value there, then what failed.
local function better(a, b)
  local rank_a = a.value and (a.pruned_at and 2 or 1) or 3
  local rank_b = b.value and (b.pruned_at and 2 or 1) or 3
  if rank_a ~= rank_b then return rank_a < rank_b end
  if rank_a == 2 and a.pruned_at ~= b.pruned_at then return a.pruned_at > b.pruned_at end
  if a.value and a.value ~= b.value then return a.value > b.value end
  return a.order < b.order
end

-- The weight of each of n observations, the oldest first: all 1 up to 25, then the older ones rise to it from 1 / n.
local function ramp(n)
  local out = {}
  for i = 1, n do
    local old = n - 25
    out[i] = i > old and 1 or (old == 1 and 1 / n or 1 / n + (1 - 1 / n) * (i - 1) / (old - 1))
  end
  return out
end

-- How far each of n good observations lies above the rest, the best first, as far as ranks tell it: where values fall off
-- exponentially the r-th largest of n is 1 / r + … + 1 / n above it on average, in units of which the mean is 1.
local function improvements(n)
  local out, sum = {}, 0.0
  for rank = n, 1, -1 do
    sum = sum + 1 / rank
    out[rank] = sum
  end
  return out
end

-- entries by whether they are among the best, each in order of time, and the weights of the good ones by entry.
local function split(entries, gamma)
  local order, weight, good, bad, finished = {}, {}, {}, {}, 0
  for i, entry in ipairs(entries) do
    order[i] = entry
    if entry.value then finished = finished + 1 end
  end
  table.sort(order, better)
  local count = math.min(math.ceil(gamma * #entries), MOST_GOOD, finished)
  for rank, above in ipairs(improvements(count)) do weight[order[rank]] = above end
  for _, entry in ipairs(entries) do
    local side = weight[entry] and good or bad
    side[#side + 1] = entry
  end
  return good, bad, weight
end

local function densities(axes, good, bad, weight, prior)
  local weights = {}
  for i, entry in ipairs(good) do weights[i] = weight[entry] end
  return parzen.new(axes, good, weights, prior), parzen.new(axes, bad, ramp(#bad), prior)
end

-- The best of candidates that nobody has, all coordinates drawn together.
local function joint(domain, good, bad, weight, random, taken, options)
  local l, g = densities(domain.axes, good, bad, weight, options.prior_weight)
  local best, most
  for _ = 1, options.candidates do
    local kernel, share = l:pick(random), {}
    local point = domain:point(function(j)
      share[j] = share[j] or l:draw(domain.axes[j], kernel, random)
      return share[j]
    end)
    if not taken[domain_of.key(point)] then
      local places = domain:places(point)
      local score = l:log_density(places) - g:log_density(places)
      if not best or score > most then best, most = point, score end
    end
  end
  return best
end

local TRIES = 10 -- points that are drawn where others have them

-- Each coordinate by itself, in the order in which they are settled.
local function single(domain, good, bad, weight, random, taken, options)
  for _ = 1, TRIES do
    local point = domain:point(function(j)
      local axis = domain.axes[j]
      local of_good, of_bad = {}, {}
      for _, entry in ipairs(good) do if entry.places[j] then of_good[#of_good + 1] = entry end end
      for _, entry in ipairs(bad) do if entry.places[j] then of_bad[#of_bad + 1] = entry end end
      local l, g = densities({ axis }, of_good, of_bad, weight, options.prior_weight)
      local best, most
      for _ = 1, options.candidates do
        local share = l:draw(axis, l:pick(random), random)
        local place = domain:place(j, share)
        local score = l:log_density { [j] = place } - g:log_density { [j] = place }
        if not best or score > most then best, most = share, score end
      end
      return best
    end)
    if not taken[domain_of.key(point)] then return point end
  end
  return nil
end

function M.new(searcher)
  local domain, options = searcher.domain, searcher.options
  return function(history)
    local entries = {}
    for _, entry in ipairs(history) do
      if entry.places then
        entries[#entries + 1] = { places = entry.places, value = entry.value, pruned_at = entry.pruned_at, order = #entries + 1 }
      end
    end
    local random = ll.random(searcher.seed, #history, "search tpe " .. searcher.stream)
    local finished = 0
    for _, entry in ipairs(entries) do finished = finished + (entry.value and 1 or 0) end
    return function(taken, proposed)
      if proposed[#proposed] then -- counts as bad until it is known: constant liar
        entries[#entries + 1] = { places = domain:places(proposed[#proposed]), order = #entries + 1 }
      end
      if finished == 0 or #entries < options.startup or domain.width == 0 then return nil end
      local good, bad, weight = split(entries, options.gamma)
      return (options.multivariate and joint or single)(domain, good, bad, weight, random, taken, options)
    end
  end
end

M.better, M.improvements = better, improvements -- for tests
return M
