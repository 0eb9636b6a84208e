-- Derivatives of functions of one matrix, from gradients of gradients. Elements are counted in row order; f may use any ops, and
-- derivatives are zero where it does not depend on x.
local ll = require "losslab"
local check = require "losslab.check"

local derivatives = {}

-- x as a leaf, once f can be called with it.
local function leaf(f, x, what)
  if type(f) ~= "function" and not (getmetatable(f) or {}).__call then
    error(string.format("%s: f must be a function, not %s", what, check.show(f)), 3)
  end
  if x == nil then error(what .. ": x is missing; a matrix was expected", 3) end
  return ll.matrix(x):with_grad()
end

local function value(f, x, what)
  local y = f(x)
  if type(y) ~= "userdata" then error(what .. ": f must return a matrix, not " .. tostring(y), 3) end
  return y
end

local function zeros_like(m) return ll.zeros(m.rows, m.cols) end

local function check_shape(m, like, what)
  m = ll.matrix(m)
  if m.rows ~= like.rows or m.cols ~= like.cols then
    error(string.format("%s: a direction %dx%d was given for a value %dx%d", what, m.rows, m.cols, like.rows, like.cols), 3)
  end
  return m
end

-- The Jacobian: one row for each element of y, one column for each of x.
local function fill_rows(y, x)
  local jacobian = ll.zeros(y.rows * y.cols, x.rows * x.cols)
  if not y.requires_grad or #jacobian == 0 then return jacobian end
  local seed, k = zeros_like(y), 0
  for i = 1, y.rows do
    for j = 1, y.cols do
      k = k + 1
      seed:set(i, j, 1)
      local g = ll.grad(y, x, { gradient = seed, retain_graph = true })
      jacobian:row_range(k, k):assign(g:reshape(1, jacobian.cols))
      seed:set(i, j, 0)
    end
  end
  return jacobian
end

--- ll.jacobian(f, x) -> matrix
-- The Jacobian of f at x: a row for each element of f(x), a column for each of x.
-- Elements are in row order. It takes one backward for each of f(x); derivatives are 0 where f does not depend on x.
--   f   a function of a matrix that gives a matrix
--   x   a matrix, or a table or number that makes one
-- Errors: an f that is no function or gives no matrix.
-- See: ll.vjp, ll.jvp, ll.grad
-- Example:
--   local J = ll.jacobian(function(x) return x * x end, { { 1, 2, 3 } })
--   J:shape()   --> 3 3
--   J:get(2, 2), J:get(2, 1)   --> 4 0
function derivatives.jacobian(f, x, ...)
  check.no_more("ll.jacobian", 2, ...)
  x = leaf(f, x, "jacobian")
  return fill_rows(value(f, x, "jacobian"), x)
end

--- ll.vjp(f, x, u) -> matrix, f(x)
-- The product u'J of a direction and the Jacobian of f at x, of the shape of x; one backward.
--   f   a function of a matrix that gives a matrix
--   x   a matrix, or a table or number that makes one
--   u   a matrix of the shape of f(x)
-- Errors: an f that is no function or gives no matrix; a direction of another shape.
-- See: ll.jvp, ll.jacobian
-- Example:
--   ll.vjp(function(x) return x * x end, { { 1, 2 } }, { { 1, 10 } }):get(1, 2)   --> 40
function derivatives.vjp(f, x, u, ...)
  check.no_more("ll.vjp", 3, ...)
  x = leaf(f, x, "vjp")
  local y = value(f, x, "vjp")
  u = check_shape(u, y, "vjp")
  return y.requires_grad and ll.grad(y, x, { gradient = u }) or zeros_like(x), y:detach()
end

--- ll.jvp(f, x, v) -> matrix, f(x)
-- The product Jv of the Jacobian of f at x and a direction, of the shape of f(x); two backwards.
--   f   a function of a matrix that gives a matrix, which can be differentiated twice
--   x   a matrix, or a table or number that makes one
--   v   a matrix of the shape of x
-- Errors: an f that is no function or gives no matrix; a direction of another shape.
-- See: ll.vjp, ll.jacobian
-- Example:
--   ll.jvp(function(x) return ll.sum(x * x) end, { { 1, 2 } }, { { 1, 1 } }):item()   --> 6
function derivatives.jvp(f, x, v, ...)
  check.no_more("ll.jvp", 3, ...)
  x = leaf(f, x, "jvp")
  v = check_shape(v, x, "jvp")
  local y = value(f, x, "jvp")
  if not y.requires_grad then return zeros_like(y), y end
  local u = zeros_like(y):with_grad()
  local g = ll.grad(y, x, { gradient = u, create_graph = true })
  return g.requires_grad and ll.grad(g, u, { gradient = v }) or zeros_like(y), y:detach()
end

local function gradient(f, x, what)
  local y = value(f, x, what)
  if y.rows ~= 1 or y.cols ~= 1 then error(string.format("%s: f(x) is %dx%d, not 1x1", what, y.rows, y.cols), 3) end
  return y.requires_grad and ll.grad(y, x, { create_graph = true }) or zeros_like(x)
end

--- ll.hvp(f, x, v) -> matrix, gradient
-- The product Hv of the Hessian of f at x and a direction, of the shape of x; two backwards.
--   f   a function of a matrix that gives one number, 1x1, and can be differentiated twice
--   x   a matrix, or a table or number that makes one
--   v   a matrix of the shape of x
-- Errors: an f that is no function or gives no matrix; a direction of another shape.
-- See: ll.hessian
-- Example:
--   local cubes = function(x) return ll.sum(x * x * x) end
--   local Hv, gradient = ll.hvp(cubes, { { 1, 2 } }, { { 1, 1 } })
--   Hv:get(1, 2), gradient:get(1, 2)   --> 12 12
function derivatives.hvp(f, x, v, ...)
  check.no_more("ll.hvp", 3, ...)
  x = leaf(f, x, "hvp")
  v = check_shape(v, x, "hvp")
  local g = gradient(f, x, "hvp")
  return g.requires_grad and ll.grad(g, x, { gradient = v }) or zeros_like(x), g:detach()
end

--- ll.hessian(f, x) -> matrix
-- The second derivatives of f at x: a row and a column for each element of x, in row order.
-- It takes one backward for each element of x.
--   f   a function of a matrix that gives one number, 1x1, and can be differentiated twice
--   x   a matrix, or a table or number that makes one
-- Errors: an f that is no function or gives no single number.
-- See: ll.hvp, ll.jacobian
-- Example:
--   local H = ll.hessian(function(x) return ll.sum(x * x * x) end, { { 1, 2 } })
--   H:get(2, 2), H:get(1, 2)   --> 12 0
function derivatives.hessian(f, x, ...)
  check.no_more("ll.hessian", 2, ...)
  x = leaf(f, x, "hessian")
  return fill_rows(gradient(f, x, "hessian"), x)
end

return derivatives
