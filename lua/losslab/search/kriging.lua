-- A Gaussian process over a space of configurations (Rasmussen and Williams 2006, chapters 2, 4, 5): Matérn's kernel of 5/2 with a
-- length for each coordinate, a scale and a noise, all by the largest posterior density under wide priors.
--   k(a, b) = s² (1 + √5 r + 5/3 r²) e^(-√5 r),   r² = Σ_j d_j(a, b) / ℓ_j²
-- d_j is the squared difference of numbers in [0, 1]; of choices 0 for the same and 1 for others. A number that is not there stands
-- in the middle, a choice that is not there is one more choice: what differs then is what it depends on.
local ll = require "losslab"
local cholesky = require "losslab.search.cholesky"
local exp, log = ll.math.exp, ll.math.log

local M = {}
local Process = {}
Process.__index = Process

local ROOT5 = math.sqrt(5)
local STEPS = 30 -- of the search for lengths

-- Where each coordinate lies as one number: a share, or a choice's number.
function M.vector(axes, places)
  local x = {}
  for j, axis in ipairs(axes) do
    local place = places[j]
    if axis.kind == "choice" then x[j] = place or 0
    else x[j] = place and 0.5 * (place[1] + place[2]) or 0.5 end
  end
  return x
end

-- Squared differences of a coordinate: rows[i][k], k < i.
local function differences(axis, xs, j)
  local rows = {}
  for i = 1, #xs do
    local row, a = {}, xs[i][j]
    for k = 1, i - 1 do
      local b = xs[k][j]
      if axis.kind == "choice" then row[k] = a == b and 0.0 or 1.0
      else row[k] = (a - b) * (a - b) end
    end
    rows[i] = row
  end
  return rows
end

-- What the logarithms theta of lengths, scale s², noise are before data: normal, middle and width of each.
local function priors(d)
  local middle, width = {}, {}
  for j = 1, d do middle[j], width[j] = log(0.5) + 0.5 * log(d), 1 end
  middle[d + 1], width[d + 1] = 0, 1
  middle[d + 2], width[d + 2] = log(1e-3), 2
  return middle, width
end

-- The logarithm of the posterior density of theta, negative, and its gradient; nil where the kernel's matrix has no factor.
local function objective(theta, parts, y, middle, width)
  local n, d = #y, #parts
  local weights, scale, noise = {}, exp(theta[d + 1]), exp(theta[d + 2])
  for j = 1, d do weights[j] = exp(-2 * theta[j]) end
  local k, slopes = {}, {} -- slopes: 5/3 s² (1 + √5 r) e^(-√5 r)
  for i = 1, n do
    local row, slope = {}, {}
    for m = 1, i - 1 do
      local r2 = 0.0
      for j = 1, d do r2 = r2 + weights[j] * parts[j][i][m] end
      local r = ROOT5 * math.sqrt(r2)
      local e = scale * exp(-r)
      row[m], slope[m] = e * (1 + r + 5 / 3 * r2), 5 / 3 * e * (1 + r)
    end
    row[i] = scale + noise + 1e-9
    k[i], slopes[i] = row, slope
  end
  local l = cholesky.factor(k)
  if not l then return nil end
  local half = cholesky.forward(l, y)
  local alpha = cholesky.backward(l, half)
  local value, gradient = 0.0, {}
  for i = 1, n do value = value + 0.5 * half[i] * half[i] + log(l[i][i]) end
  local inverse = cholesky.inverse(l)
  for j = 1, d do gradient[j] = 0.0 end
  local of_scale, trace = 0.0, 0.0
  for i = 1, n do -- inverse - alpha alphaᵀ, times the kernel's slopes
    local row, slope, of_k, a = inverse[i], slopes[i], k[i], alpha[i]
    for m = 1, i - 1 do row[m] = row[m] - a * alpha[m] end
    for m = 1, i - 1 do of_scale = of_scale + row[m] * of_k[m] end
    for j = 1, d do
      local part, sum = parts[j][i], 0.0
      for m = 1, i - 1 do sum = sum + row[m] * slope[m] * part[m] end
      gradient[j] = gradient[j] + sum * weights[j]
    end
    trace = trace + row[i] - a * a
  end
  gradient[d + 1] = of_scale + 0.5 * trace * scale
  gradient[d + 2] = 0.5 * trace * noise
  for j = 1, d + 2 do
    local z = (theta[j] - middle[j]) / width[j]
    value, gradient[j] = value + 0.5 * z * z, gradient[j] + z / width[j]
  end
  return value, gradient
end

-- The least of f from x by BFGS with halved steps; f(x) gives value and gradient, or nil.
local function minimise(f, x)
  local n, value, gradient = #x, f(x)
  local h = {}
  local function reset()
    for i = 1, n do
      h[i] = {}
      for j = 1, n do h[i][j] = i == j and 1.0 or 0.0 end
    end
  end
  reset()
  local still = false
  for _ = 1, STEPS do
    local direction, slope, longest = {}, 0.0, 0.0
    for i = 1, n do
      local sum = 0.0
      for j = 1, n do sum = sum - h[i][j] * gradient[j] end
      direction[i], slope, longest = sum, slope + sum * gradient[i], math.max(longest, math.abs(sum))
    end
    if slope > -1e-6 then break end
    local step, to, new_value, new_gradient = math.min(1, 1.5 / longest), nil, nil, nil
    for _ = 1, 12 do
      to = {}
      for i = 1, n do to[i] = x[i] + step * direction[i] end
      new_value, new_gradient = f(to)
      if new_value and new_value <= value + 1e-4 * step * slope then break end
      new_value, step = nil, step * 0.4
    end
    if not new_value then break end
    local s, y, sy, hy, yhy = {}, {}, 0.0, {}, 0.0
    for i = 1, n do
      s[i], y[i] = to[i] - x[i], new_gradient[i] - gradient[i]
      sy = sy + s[i] * y[i]
    end
    local gained = value - new_value
    x, value, gradient = to, new_value, new_gradient
    if sy > 1e-10 then
      for i = 1, n do
        local sum = 0.0
        for j = 1, n do sum = sum + h[i][j] * y[j] end
        hy[i], yhy = sum, yhy + sum * y[i]
      end
      for i = 1, n do
        for j = 1, n do h[i][j] = h[i][j] + (1 + yhy / sy) * s[i] * s[j] / sy - (hy[i] * s[j] + s[i] * hy[j]) / sy end
      end
    else
      reset()
    end
    if gained < 1e-3 then
      if still then break end
      reset() -- steep again, before it is over
    end
    still = gained < 1e-3
  end
  return x
end

-- axes, vectors and values (standardised) of what was seen -> a process.
function M.fit(axes, xs, y)
  local parts, d = {}, #axes
  for j, axis in ipairs(axes) do parts[j] = differences(axis, xs, j) end
  local middle, width = priors(d)
  local theta = minimise(function(t) return objective(t, parts, y, middle, width) end, middle)
  local self = setmetatable({ axes = axes, xs = {}, y = {}, l = {}, weights = {}, theta = theta }, Process)
  for j = 1, d do self.weights[j] = exp(-2 * theta[j]) end
  self.scale, self.noise = exp(theta[d + 1]), exp(theta[d + 2]) + 1e-9
  for i = 1, #y do self:add(xs[i], y[i]) end
  return self
end

-- The kernel between a vector and all that was seen.
function Process:kernel(x)
  local out, axes, weights, d, scale = {}, self.axes, self.weights, #self.axes, self.scale
  local choice = {}
  for j = 1, d do choice[j] = axes[j].kind == "choice" end
  for i, other in ipairs(self.xs) do
    local r2 = 0.0
    for j = 1, d do
      local gap = x[j] - other[j]
      if choice[j] then r2 = r2 + (gap == 0 and 0 or weights[j])
      else r2 = r2 + weights[j] * gap * gap end
    end
    local r = ROOT5 * math.sqrt(r2)
    out[i] = scale * exp(-r) * (1 + r + 5 / 3 * r2)
  end
  return out
end

-- One more observation: a row of the factor.
function Process:add(x, y)
  local row = cholesky.forward(self.l, self:kernel(x))
  local rest = self.scale + self.noise
  for i = 1, #row do rest = rest - row[i] * row[i] end
  row[#row + 1] = math.sqrt(math.max(rest, 1e-12))
  self.l[#row], self.xs[#row], self.y[#row] = row, x, y
  self.half = cholesky.forward(self.l, self.y)
end

-- The mean and the deviation of what would be found at x, without noise.
function Process:predict(x)
  local v = cholesky.forward(self.l, self:kernel(x))
  local mean, variance, half = 0.0, self.scale, self.half
  for i = 1, #v do mean, variance = mean + v[i] * half[i], variance - v[i] * v[i] end
  return mean, math.sqrt(math.max(variance, 1e-12))
end

M.objective, M.differences, M.priors = objective, differences, priors -- for tests
return M
