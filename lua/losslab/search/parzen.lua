-- Densities of Parzen over a space of configurations: a kernel at each observed point and a wide one over all of the space, the
-- prior. A kernel is a product over coordinates: a normal density cut to [0, 1] for numbers, its mass in the value's cell for
-- ordered values, the observed value with some weight for all others for choices. Where an observation lacks a coordinate (it is
-- conditional) its kernel has there what the prior has: one model holds all alternatives of a space.
local ll = require "losslab"
local exp, log, erf = ll.math.exp, ll.math.log, ll.math.erf

local M = {}
local Parzen = {}
Parzen.__index = Parzen

local ROOT = math.sqrt(2)
local HALF_LOG_2PI = 0.5 * log(2 * math.pi)
local TINY = 1e-300

local function below(z) return 0.5 * (1 + erf(z / ROOT)) end -- the normal distribution

-- Mass of the normal distribution between two places, in whichever tail they are.
local function mass(a, b)
  if a > 0 then a, b = -b, -a end
  return math.max(below(b) - below(a), TINY)
end

-- A kernel on a coordinate of numbers: its middle, width, the logarithms of its mass in [0, 1] and of its height.
local function normal(mu, sigma)
  local log_mass = log(mass((0 - mu) / sigma, (1 - mu) / sigma))
  return { mu = mu, sigma = sigma, log_mass = log_mass, height = -HALF_LOG_2PI - log(sigma) - log_mass }
end

-- A kernel on a choice of k: the logarithms of its shares.
local function shares(k, chosen, prior)
  local out = {}
  for i = 1, k do out[i] = log(((i == chosen and 1 or 0) + prior / k) / ((chosen and 1 or 0) + prior)) end
  return out
end

-- The least width of a kernel beside n others.
local function least(n) return 1 / math.min(100, n + 2) end

-- The widths of kernels at mus, the first of which is the prior's. Of one coordinate alone: the larger gap to a neighbour, as
-- Bergstra et al. 2011 have it.
local function gaps(mus)
  local order, width, smallest = {}, {}, least(#mus - 1)
  for i = 1, #mus do order[i] = i end
  table.sort(order, function(a, b) return mus[a] < mus[b] or mus[a] == mus[b] and a < b end)
  for place, i in ipairs(order) do
    local left = place > 1 and mus[i] - mus[order[place - 1]] or 0
    local right = place < #order and mus[order[place + 1]] - mus[i] or 0
    width[i] = math.max(smallest, left, right)
  end
  return width
end

-- Of d coordinates together: Scott's rule (1992), deviation times n^(-1 / (d + 4)), the deviation with one observation more that is
-- spread over all of [0, 1].
local function scott(mus, d)
  local n, mean, squares, width = #mus - 1, 0.0, 0.0, {}
  for k = 2, n + 1 do mean = mean + mus[k] / n end
  for k = 2, n + 1 do squares = squares + (mus[k] - mean) * (mus[k] - mean) end
  local variance = (squares * n / math.max(1, n - 1) + 1 / 12) / (n + 1)
  local one = n > 0 and math.max(least(n), math.sqrt(variance) * exp(-log(n) / (d + 4))) or 1
  for k = 2, n + 1 do width[k] = one end
  return width
end

local function middle(place) return 0.5 * (place[1] + place[2]) end

-- axes: coordinates of a domain; observed: entries with places; weights: of each; prior: the weight of the prior.
function M.new(axes, observed, weights, prior)
  local self = setmetatable({ axes = axes, count = #observed + 1, kernels = {}, cache = {}, log_weights = {}, weights = {} },
    Parzen)
  local total = prior
  for i in ipairs(observed) do total = total + weights[i] end
  for i in ipairs(observed) do self.weights[i] = weights[i] / total end
  self.weights[self.count] = prior / total
  for i = 1, self.count do self.log_weights[i] = log(self.weights[i]) end
  for _, axis in ipairs(axes) do
    local kernels = {}
    self.kernels[axis.at], self.cache[axis.at] = kernels, {}
    if axis.kind == "choice" then
      kernels[self.count] = shares(axis.size, nil, 1)
      for i, entry in ipairs(observed) do
        local chosen = entry.places[axis.at]
        kernels[i] = chosen and shares(axis.size, chosen, prior * axis.size / self.count) or kernels[self.count]
      end
    else
      local mus, of = { 0.5 }, { self.count }
      for i, entry in ipairs(observed) do
        local place = entry.places[axis.at]
        if place then mus[#mus + 1], of[#of + 1] = middle(place), i end
      end
      local width = #axes > 1 and scott(mus, #axes) or gaps(mus)
      kernels[self.count] = normal(0.5, 1)
      for k = 2, #mus do kernels[of[k]] = normal(mus[k], width[k]) end
      for i = 1, #observed do kernels[i] = kernels[i] or kernels[self.count] end
    end
  end
  return self
end

-- The logarithms of the kernels of a coordinate at a place; those of finitely many places are kept.
function Parzen:at(axis, place)
  local kernels, cache = self.kernels[axis.at], self.cache[axis.at]
  local key = axis.kind == "choice" and place or place[1]
  local logs = axis.kind ~= "number" and cache[key]
  if logs then return logs end
  logs = {}
  for i = 1, self.count do
    local kernel = kernels[i]
    if axis.kind == "choice" then logs[i] = kernel[place]
    elseif axis.kind == "cells" then
      local from, to = (place[1] - kernel.mu) / kernel.sigma, (place[2] - kernel.mu) / kernel.sigma
      logs[i] = log(mass(from, to)) - kernel.log_mass
    else
      local z = (place[1] - kernel.mu) / kernel.sigma
      logs[i] = kernel.height - 0.5 * z * z
    end
  end
  if axis.kind ~= "number" then cache[key] = logs end
  return logs
end

-- The logarithm of the density at places; coordinates that are not there do not count.
function Parzen:log_density(places)
  local sums, most = {}, -math.huge
  for i = 1, self.count do sums[i] = self.log_weights[i] end
  for _, axis in ipairs(self.axes) do
    local place = places[axis.at]
    if place then
      local logs = self:at(axis, place)
      for i = 1, self.count do sums[i] = sums[i] + logs[i] end
    end
  end
  for i = 1, self.count do most = math.max(most, sums[i]) end
  local total = 0.0
  for i = 1, self.count do
    if sums[i] > most - 40 then total = total + exp(sums[i] - most) end -- less than the last digit of the sum
  end
  return most + log(total)
end

-- A kernel, drawn by weight.
function Parzen:pick(random)
  local u, sum = random:uniform(), 0.0
  for i = 1, self.count do
    sum = sum + self.weights[i]
    if u < sum then return i end
  end
  return self.count
end

-- A share in [0, 1) of a coordinate, drawn from a kernel.
function Parzen:draw(axis, i, random)
  local kernel = self.kernels[axis.at][i]
  if axis.kind == "choice" then
    local u, sum = random:uniform(), 0.0
    for k = 1, axis.size do
      sum = sum + exp(kernel[k])
      if u < sum or k == axis.size then return (k - 0.5) / axis.size end
    end
  end
  while true do
    local x = kernel.mu + kernel.sigma * random:normal()
    if x >= 0 and x < 1 then return x end
  end
end

return M
