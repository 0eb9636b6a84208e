-- Layers: linear, embedding, dropout; and how a matrix is drawn.
local ll = require "losslab"
local check = require "losslab.check"
local class = require "losslab.nn.class"
local core = ll.core.nn

local layers = {}

-- Level 3: errors point at the line that makes the layer, two calls above these checks. A tail call here would lose one of them,
-- hence the parentheses.
local function check_size(what, name, value) return (check.integer(what .. ": " .. name, value, 1, nil, 3)) end

local function check_init(what, name) return (check.among(what .. ": there is no initialisation", name, core.inits, 3)) end

local function shape_of(from)
  if type(from) == "table" then return rawget(from, "rows"), rawget(from, "cols") end
  if type(from) == "userdata" and getmetatable(from).__name == "losslab.matrix" then return from:shape() end
end

-- The weights of a layer of rows × cols: new ones; a matrix's; or another layer's, shared.
local function set_weights(what, self, from, rows, cols)
  self.rows, self.cols = rows, cols
  if from == nil then
    self.new = ll.zeros(rows, cols):with_grad()
    return
  end
  local has_rows, has_cols = shape_of(from)
  if not has_rows then
    error(string.format("%s: weights must be a matrix or a layer that has some, not %s", what, check.show(from)), 3)
  elseif has_rows ~= rows or has_cols ~= cols then
    error(string.format("%s: weights must be %dx%d, not %dx%d", what, rows, cols, has_rows, has_cols), 3)
  end
  self.from = from
end

local function with_weights(c)
  -- Reading weights that are not drawn yet draws them.
  c.grow = {
    weights = function(self)
      self:draw()
      return rawget(self, "weights")
    end,
  }
  function c:draw_own(context)
    local from = self.from
    if not from then
      self.weights = core.init(self.new, self.init, context.stream)
    elseif type(from) == "table" then
      from:draw(context)
      self.weights = from.weights
    else
      self.weights = from
    end
  end
  return c
end

local Linear = with_weights(class "linear")
local linear_options = { "bias", "init", "weights", "seed", "trial" }

--- ll.nn.linear { inputs, outputs, bias = true, init = "xavier", weights = nil, seed = nil, trial = 0 } -> layer
-- An affine layer: x W' + b, with W (outputs, inputs) and b (1, outputs).
--   1, 2   whole numbers >= 1: the inputs and the outputs
--   bias   whether there is a bias, which starts at 0 (true)
--   init   how weights are drawn ("xavier"); see ll.nn.inits
--   weights   a matrix, or another layer, whose weights are shared
--   seed   a whole number; without it drawn with the outermost network
--   trial   a whole number, beside the seed (0)
-- Errors: sizes that are no whole numbers >= 1; weights of another shape; no such option or name, with the nearest.
-- See: layer, ll.nn.mlp, ll.linear
-- Example:
--   local layer = ll.nn.linear { 3, 2 }
--   layer(ll.zeros(5, 3)):shape()   --> 5 2
--   layer.weights:shape()   --> 2 3
--   ll.nn.linear { 3, 2, bias = false }   --> linear 3-2 without bias
function layers.linear(options, ...)
  class.options("linear", options, linear_options, 2, " { inputs, outputs }")
  check.no_more("ll.nn.linear", 1, ...)
  local inputs, outputs = check_size("linear", "inputs", options[1]), check_size("linear", "outputs", options[2])
  if options.bias ~= nil then check.boolean("linear: bias", options.bias, 2) end
  local self = { seed = options.seed, trial = options.trial, training = true }
  self.init = check_init("linear", options.init or "xavier")
  set_weights("linear", self, options.weights, outputs, inputs)
  self.bias = options.bias ~= false and ll.zeros(1, outputs):with_grad()
  return setmetatable(self, Linear)
end

--- layer.weights -> matrix
-- The weights of a linear layer (outputs, inputs) or an embedding (rows, cols).
-- Reading them draws them.
-- See: ll.nn.linear, ll.nn.embedding

--- layer.bias -> matrix
-- The bias of a linear layer, 1 x outputs; false where it has none.
-- See: ll.nn.linear

--- layer.rows -> integer
-- The rows of its weights: the outputs of a linear layer.
-- See: layer.weights

--- layer.cols -> integer
-- The columns of its weights: the inputs of a linear layer.
-- See: layer.weights
function Linear:own()
  return { { name = "weights", value = self.weights }, self.bias and { name = "bias", value = self.bias } or nil }
end

--- layer:forward(x) -> matrix
-- What a call of the layer computes, once its weights are drawn; call the layer itself.
-- Example:
--   ll.nn.linear({ 3, 2 }):draw():forward(ll.zeros(5, 3)):shape()   --> 5 2
function Linear:forward(x)
  if self.bias then return ll.linear(x, self.weights, self.bias) end
  return ll.matmul(x, self.weights, false, true)
end

--- layer:describe() -> string
-- The layer in words, as it prints.
-- Example:
--   ll.nn.linear({ 3, 2 }):describe()   --> linear 3-2
function Linear:describe()
  return string.format("linear %d-%d%s", self.cols, self.rows, self.bias and "" or " without bias")
end

local Embedding = with_weights(class "embedding")
local embedding_options = { "init", "weights", "seed", "trial" }

--- ll.nn.embedding { rows, cols, init = "normal", weights = nil, seed = nil, trial = 0 } -> layer
-- A table of vectors: row i of the result is row ids[i] of the table.
-- It is called with the numbers of rows, from 1, as a column n x 1.
--   1, 2   whole numbers >= 1: how many vectors, of how many numbers each
--   init   how the table is drawn ("normal"); see ll.nn.inits
--   weights   a matrix, or another layer, whose weights are shared
--   seed   a whole number; without it drawn with the outermost network
--   trial   a whole number, beside the seed (0)
-- Errors: sizes that are no whole numbers >= 1; when called, a number that is no row's.
-- See: layer, ll.gather
-- Example:
--   local users = ll.nn.embedding { 100, 8 }
--   users(ll.matrix { { 1 }, { 100 }, { 1 } }):shape()   --> 3 8
function layers.embedding(options, ...)
  class.options("embedding", options, embedding_options, 2, " { rows, cols }")
  check.no_more("ll.nn.embedding", 1, ...)
  local rows, cols = check_size("embedding", "rows", options[1]), check_size("embedding", "cols", options[2])
  local self = { seed = options.seed, trial = options.trial, training = true }
  self.init = check_init("embedding", options.init or "normal")
  set_weights("embedding", self, options.weights, rows, cols)
  return setmetatable(self, Embedding)
end
function Embedding:own() return { { name = "weights", value = self.weights } } end
function Embedding:forward(ids) return ll.gather(self.weights, ids) end
function Embedding:describe() return string.format("embedding %dx%d", self.rows, self.cols) end

local Dropout = class "dropout"
local dropout_options = { "seed", "trial" }

--- ll.nn.dropout(rate [, { seed = nil, trial = 0 }]) -> layer
-- In training, sets each element to 0 with probability rate; others are divided by 1 - rate.
-- In evaluation it gives what it is given.
-- The mask is a function of seed, trial, the layer's place and its step; the step is saved with the state and set by
-- layer:seek.
--   rate   a number on [0, 1)
--   seed   a whole number; without it the outermost network's
--   trial   a whole number, beside the seed (0)
-- Errors: a rate that is not on [0, 1); no such option.
-- See: layer:eval, layer:train
-- Example:
--   local drop = ll.nn.dropout(0.5)
--   drop(ll.ones(100, 1)):max_all():item()   --> 2
--   drop:eval()(ll.ones(100, 1)):max_all():item()   --> 1
function layers.dropout(rate, options, ...)
  check.no_more("ll.nn.dropout", 2, ...)
  if type(rate) ~= "number" or not (rate >= 0 and rate < 1) then
    error(string.format("dropout: rate must be on [0, 1), not %s", check.show(rate)), 2)
  end
  options = class.options("dropout", options or {}, dropout_options, 0, "(0.5, { seed = 1 })")
  local self = { rate = rate, seed = options.seed, trial = options.trial, training = true }
  self.step = ll.zeros(1, 2) -- two digits of base 2^20, so that float holds them exactly
  return setmetatable(self, Dropout)
end
local BASE = 1 << 20
function Dropout:draw_own(from)
  from.places = from.places + 1
  self.stream = ll.random(from.seed, from.trial, "dropout " .. from.places)
end
function Dropout:buffers() return { { name = "step", value = self.step } } end
local function digit(x)
  local whole = math.tointeger(x)
  if not whole or whole < 0 or whole >= 1 << 40 then error("dropout: its step is " .. x .. ", which is no count", 0) end
  return whole
end
function Dropout:steps() return digit(self.step:get(1, 1)) * BASE + digit(self.step:get(1, 2)) end
function Dropout:set_steps(steps)
  self.step:set(1, 1, steps // BASE)
  self.step:set(1, 2, steps % BASE)
end
function Dropout:forward(x)
  if not self.training or self.rate == 0 then return x end
  local step = self:steps()
  self:set_steps(step + 1)
  return core.drop(x, self.rate, self.stream, step)
end

--- layer.rate -> number
-- The rate of a dropout.
-- See: ll.nn.dropout

--- layer.training -> boolean
-- Whether the layer is in training; true until layer:eval.
-- See: layer:train, layer:eval
function Dropout:describe() return string.format("dropout %g", self.rate) end

--- ll.nn.init(m, name [, { seed = 1, trial = 0 }]) -> matrix
-- Draws a matrix anew, in place, as the weights of a layer; gives the matrix itself.
--   m   a matrix (outputs, inputs)
--   name   one of ll.nn.inits
--   seed   a whole number (1)
--   trial   a whole number, beside the seed (0); a stream of ll.random may stand in the table's place
-- Errors: no such name, with the nearest.
-- See: ll.nn.inits, ll.random
-- Example:
--   ll.nn.init(ll.ones(2, 3), "zeros"):sum():item()   --> 0
--   local W = ll.nn.init(ll.zeros(64, 3), "xavier", { seed = 7 })
--   W:max_all():item() <= math.sqrt(6 / 67)   --> true
function layers.init(m, name, from, ...)
  check.no_more("ll.nn.init", 3, ...)
  check_init("init", name)
  if type(from) ~= "userdata" then
    from = class.options("init", from or {}, dropout_options, 0, '(m, "he", { seed = 1 })')
    from = ll.random(from.seed or 1, from.trial or 0, "init")
  end
  return core.init(m, name, from)
end

return layers
