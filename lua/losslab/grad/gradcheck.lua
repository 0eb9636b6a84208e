-- Gradients against central differences, element by element; a second order where it is asked for.
local ll = require "losslab"
local check = require "losslab.check"

-- eps balances the difference's own error, eps² times the third derivative, against the rounding of f divided by eps.
local defaults = {
  double = { eps = 1e-5, rtol = 1e-6, atol = 1e-8 },
  float = { eps = 1e-2, rtol = 2e-2, atol = 5e-3 },
}

-- Level 3: errors point at the call of gradcheck.
local function settings(options)
  local set = {}
  for name, value in pairs(defaults[ll.precision]) do set[name] = value end
  for name, value in pairs(check.fields("gradcheck", options or {}, { "eps", "rtol", "atol", "second" }, 3)) do
    set[name] = (name == "second" and check.boolean or check.number)("gradcheck: " .. name, value, 3)
  end
  if not (set.eps > 0 and set.rtol >= 0 and set.atol >= 0) then error("gradcheck: eps must be > 0, rtol and atol >= 0", 3) end
  return set
end

local report = {
  __tostring = function(self)
    local words = "%s derivative at input %d, element (%d, %d): analytic %.9g, numeric %.9g, difference %.3g, allowed %.3g"
    return words:format(self.order == 1 and "first" or "second", self.input, self.row, self.col, self.analytic, self.numeric,
      self.error, self.allowed)
  end,
}

local function weights(m, purpose) return ll.random(1, 0, purpose):normal(m.rows, m.cols) end

local function scalar(y)
  if type(y) == "number" then return ll.matrix(y) end
  return y.rows * y.cols == 1 and y or ll.sum(y * weights(y, "gradcheck"))
end

-- Gradients of y with zeros where nothing depends on an input.
local function gradients(y, leaves, options)
  if not y.requires_grad then
    local zeros = {}
    for i, leaf in ipairs(leaves) do zeros[i] = ll.zeros(leaf.rows, leaf.cols) end
    return zeros
  end
  return ll.grad(y, leaves, options)
end

-- Checks one order; f() makes a 1×1 of the leaves.
local function compare(order, f, leaves, set)
  local analytic = gradients(f(), leaves)
  local worst, excess
  for i, leaf in ipairs(leaves) do
    for row = 1, leaf.rows do
      for col = 1, leaf.cols do
        local x = leaf:get(row, col)
        local function at(value)
          leaf:set(row, col, value)
          return f():item(), leaf:get(row, col) -- as stored: rounded
        end
        local step = set.eps * math.max(1, math.abs(x))
        local high, x_high = at(x + step)
        local low, x_low = at(x - step)
        leaf:set(row, col, x)
        local numeric, got = (high - low) / (x_high - x_low), analytic[i]:get(row, col)
        local err, allowed = math.abs(got - numeric), set.atol + set.rtol * math.abs(numeric)
        if err ~= err then err = math.huge end
        if not worst or err / allowed > excess then
          excess = err / allowed
          worst = setmetatable({ order = order, input = i, row = row, col = col, analytic = got, numeric = numeric, error = err,
                                 allowed = allowed }, report)
        end
      end
    end
  end
  return worst == nil or worst.error <= worst.allowed, worst
end

local function class(x) return type(x) == "userdata" and (getmetatable(x) or {}).__name or nil end
local function is_input(x) return class(x) == "losslab.matrix" or type(x) == "number" or (type(x) == "table" and #x > 0) end

-- The inputs as an array, the options, and which input is moved.
local function arguments(f, inputs, ...)
  local rest, moved = table.pack(...), {}
  local apart = class(inputs) == "losslab.matrix" or type(inputs) == "number" or is_input(rest[1])
  if apart then
    inputs = { inputs }
    while #inputs <= rest.n and is_input(rest[#inputs]) do inputs[#inputs + 1] = rest[#inputs] end
  end
  if type(inputs) ~= "table" or #inputs == 0 then
    error("gradcheck: inputs must be an array of matrices, or matrices one after the other, not " .. check.show(inputs), 3)
  end
  local row = class(f) == "losslab.loss" and ll.loss.describe(f.name)
  for i in ipairs(inputs) do
    if row then moved[i] = row.inputs[i] and row.inputs[i].role == "matrix" else moved[i] = i == 1 or not apart end
  end
  return inputs, rest[apart and #inputs or 1], moved
end

--- ll.gradcheck(f, inputs [, { eps, rtol, atol, second = false }]) -> boolean, worst
-- ll.gradcheck(loss, scores, labels [, { … }]) -> boolean, worst
-- Compares the gradient of f with central differences, every element of its inputs.
-- Inputs stand alone or in an array.
-- Of a loss of ll.loss the inputs that have no gradient, such as labels, are left as they are; of a function all of an array
-- are moved, of inputs that stand one after the other the first alone. A result larger than 1x1 is summed with fixed random
-- weights, so that errors do not cancel. Beside true or false it gives the worst element, { order, input, row, col, analytic,
-- numeric, error, allowed }, which prints as a sentence. An element passes if |analytic - numeric| <= atol + rtol |numeric|. In
-- single precision differences are coarse: losslab --double checks what matters.
--   f   a function of matrices, or a loss
--   inputs   an array of matrices, or matrices one after the other
--   eps   the step of the differences, > 0 (1e-5 in double, 1e-2 in float precision)
--   rtol   the relative error allowed, >= 0 (1e-6, 2e-2)
--   atol   the absolute error allowed, >= 0 (1e-8, 5e-3)
--   second   true: also the gradient of a random combination of the gradient's elements (false)
-- Errors: an f that is no function; inputs that are no matrices; no such option.
-- See: ll.grad, ll.jacobian
-- Example:
--   local scores, labels = ll.matrix { { 0.3 }, { -0.2 } }, ll.matrix { { 1 }, { 0 } }
--   (ll.gradcheck(ll.loss.logistic(), scores, labels))   --> true
--   local squares = function(x) return ll.sum(x * x) end
--   (ll.gradcheck(squares, { ll.ones(2, 2) }, { second = true }))   --> true
return function(f, ...)
  if type(f) ~= "function" and not (getmetatable(f) or {}).__call then
    error("gradcheck: a function or a loss comes first, then its inputs, not " .. check.show(f), 2)
  end
  local inputs, options, moved = arguments(f, ...)
  local set, all, leaves, places = settings(options), {}, {}, {}
  for i, input in ipairs(inputs) do
    all[i] = input
    if moved[i] then
      all[i] = ll.matrix(input):with_grad()
      leaves[#leaves + 1], places[#places + 1] = all[i], i
    end
  end
  local function value() return scalar(f(table.unpack(all))) end -- the leaves are among them
  local fine, worst = compare(1, value, leaves, set)
  if fine and set.second then
    fine, worst = compare(2, function()
      local total
      for i, gradient in ipairs(gradients(value(), leaves, { create_graph = true })) do
        local part = ll.sum(gradient * weights(gradient, "gradcheck " .. i))
        total = total and total + part or part
      end
      return total
    end, leaves, set)
  end
  if worst then worst.input = places[worst.input] end
  return fine, worst
end
