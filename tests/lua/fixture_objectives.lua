-- Objectives that searches are tried on, to be made small: name -> { space, f(point), least }. tests/bench/search.py has the same.
local ll = require "losslab"
local exp, log, cos, pi = ll.math.exp, ll.math.log, ll.math.cos, math.pi

local M = {}

local function box(n, low, high)
  local space = {}
  for i = 1, n do space["x" .. i] = { from = low, to = high } end
  return space
end

local function vector(point, n)
  local x = {}
  for i = 1, n do x[i] = point["x" .. i] end
  return x
end

-- ---- published functions ----

-- Branin 1972, three minima of the same value.
M.branin = { space = { x1 = { from = -5, to = 10 }, x2 = { from = 0, to = 15 } }, least = 0.39788735772973816,
  f = function(p)
    local a = p.x2 - 5.1 / (4 * pi * pi) * p.x1 * p.x1 + 5 / pi * p.x1 - 6
    return a * a + 10 * (1 - 1 / (8 * pi)) * cos(p.x1) + 10
  end }

local A = { { 10, 3, 17, 3.5, 1.7, 8 }, { 0.05, 10, 17, 0.1, 8, 14 }, { 3, 3.5, 1.7, 10, 17, 8 }, { 17, 8, 0.05, 10, 0.1, 14 } }
local P = { { 1312, 1696, 5569, 124, 8283, 5886 }, { 2329, 4135, 8307, 3736, 1004, 9991 },
  { 2348, 1451, 3522, 2883, 3047, 6650 }, { 4047, 8828, 8732, 5743, 1091, 381 } }
local WEIGHTS = { 1, 1.2, 3, 3.2 }

-- Hartmann 1973, six dimensions (Dixon and Szegö 1978).
M.hartmann6 = { space = box(6, 0, 1), least = -3.3223680114155147,
  f = function(p)
    local x, total = vector(p, 6), 0
    for i = 1, 4 do
      local sum = 0
      for j = 1, 6 do sum = sum + A[i][j] * (x[j] - P[i][j] * 1e-4) * (x[j] - P[i][j] * 1e-4) end
      total = total + WEIGHTS[i] * exp(-sum)
    end
    return -total
  end }

-- Ackley 1987, five dimensions, its minimum not in the middle.
M.ackley5 = { space = box(5, -10, 20), least = 0,
  f = function(p)
    local x, squares, waves = vector(p, 5), 0, 0
    for i = 1, 5 do squares, waves = squares + x[i] * x[i], waves + cos(2 * pi * x[i]) end
    return -20 * exp(-0.2 * math.sqrt(squares / 5)) - exp(waves / 5) + 20 + exp(1)
  end }

-- Rosenbrock 1960, four dimensions, its valley bent; its logarithm.
M.rosenbrock4 = { space = box(4, -2, 2), least = 0,
  f = function(p)
    local x, total = vector(p, 4), 0
    for i = 1, 3 do
      local a, b = x[i + 1] - x[i] * x[i], 1 - x[i]
      total = total + 100 * a * a + b * b
    end
    return log(1 + total)
  end }

-- ---- as settings of a training are: logarithms, whole numbers, choices, conditions ----

-- A bowl in the logarithms of rate and decay, tilted by the batch, with a best number of layers and units.
M.training = {
  space = { lr = { log = { 1e-5, 1 } }, decay = { log = { 1e-6, 1e-1 } }, batch = { log = { 8, 512 }, integer = true },
    layers = { from = 1, to = 6, integer = true }, units = { log = { 8, 512 }, integer = true },
    activation = { "relu", "tanh", "sigmoid", "silu" }, dropout = { from = 0, to = 0.7 } },
  least = 0,
  f = function(p)
    local lr, decay, batch, units = log(p.lr) / log(10), log(p.decay) / log(10), log(p.batch) / log(2), log(p.units) / log(2)
    local cost = { relu = 0.1, tanh = 0.3, sigmoid = 0.6, silu = 0 }
    local tilt, depth = lr + 2.5 - 0.3 * (batch - 6), p.layers - 3
    return 0.5 * tilt * tilt + 0.1 * (decay + 4) * (decay + 4) + 0.05 * (batch - 6) * (batch - 6) + 0.15 * depth * depth +
      0.1 * (units - 7) * (units - 7) + cost[p.activation] + 2 * (p.dropout - 0.2 - 0.05 * depth) * (p.dropout - 0.2 - 0.05 * depth)
  end }

-- Methods with parameters of their own, and one that exists under a choice of another.
M.conditional = {
  space = { optimizer = { "sgd", "adam", "lbfgs" }, lr = { log = { 1e-5, 10 } },
    momentum = { from = 0, to = 0.99, only_if = { optimizer = "sgd" } },
    nesterov = { false, true, only_if = { momentum = { from = 0.5 } } },
    beta = { log = { 1e-4, 0.5 }, only_if = { optimizer = "adam" } },
    memory = { from = 1, to = 30, integer = true, only_if = { optimizer = "lbfgs" } } },
  least = 0,
  f = function(p)
    local lr = log(p.lr) / log(10)
    if p.optimizer == "sgd" then
      local fast = lr + 1 + 2 * (p.momentum - 0.5)
      return 0.15 + 0.4 * fast * fast + 2 * (p.momentum - 0.9) * (p.momentum - 0.9) + (p.nesterov and -0.15 or 0)
    elseif p.optimizer == "adam" then
      local beta = log(p.beta) / log(10)
      return 0.1 + 0.3 * (lr + 3) * (lr + 3) + 0.2 * (beta + 1) * (beta + 1)
    end
    return 0.3 + 0.5 * lr * lr + 0.001 * (p.memory - 20) * (p.memory - 20)
  end }

-- ---- noise ----

-- Hartmann with noise of a standard deviation of 0.2: what is seen; what is chosen is judged without.
M.noisy = { space = M.hartmann6.space, least = M.hartmann6.least, f = M.hartmann6.f, noise = 0.2 }

M.names = { "branin", "hartmann6", "ackley5", "rosenbrock4", "training", "conditional", "noisy" }

return M
