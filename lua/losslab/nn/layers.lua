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

-- linear{ inputs, outputs, bias = true, init = "xavier", weights = nil, seed = nil, trial = 0 }: x W' + b. weights: those of
-- another layer, or a matrix, to be shared.
local Linear = with_weights(class "linear")
local linear_options = { "bias", "init", "weights", "seed", "trial" }
function layers.linear(options)
  check.options("linear", options, linear_options, 2)
  local inputs, outputs = check_size("linear", "inputs", options[1]), check_size("linear", "outputs", options[2])
  local self = { seed = options.seed, trial = options.trial, training = true }
  self.init = check_init("linear", options.init or "xavier")
  set_weights("linear", self, options.weights, outputs, inputs)
  self.bias = options.bias ~= false and ll.zeros(1, outputs):with_grad()
  return setmetatable(self, Linear)
end
function Linear:own()
  return { { name = "weights", value = self.weights }, self.bias and { name = "bias", value = self.bias } or nil }
end
function Linear:forward(x)
  if self.bias then return ll.linear(x, self.weights, self.bias) end
  return ll.matmul(x, self.weights, false, true)
end
function Linear:describe()
  return string.format("linear %d-%d%s", self.cols, self.rows, self.bias and "" or " without bias")
end

-- embedding{ rows, cols, init = "normal", weights = nil, seed = nil, trial = 0 }: row i is row ids[i] of its table.
local Embedding = with_weights(class "embedding")
local embedding_options = { "init", "weights", "seed", "trial" }
function layers.embedding(options)
  check.options("embedding", options, embedding_options, 2)
  local rows, cols = check_size("embedding", "rows", options[1]), check_size("embedding", "cols", options[2])
  local self = { seed = options.seed, trial = options.trial, training = true }
  self.init = check_init("embedding", options.init or "normal")
  set_weights("embedding", self, options.weights, rows, cols)
  return setmetatable(self, Embedding)
end
function Embedding:own() return { { name = "weights", value = self.weights } } end
function Embedding:forward(ids) return ll.gather(self.weights, ids) end
function Embedding:describe() return string.format("embedding %dx%d", self.rows, self.cols) end

-- dropout(rate [, {seed, trial}]): in training each element is 0 with probability rate, else divided by 1 - rate. The mask is
-- a function of seed, trial, the layer's place and its step; the step is saved with the state and set by net:seek(step).
local Dropout = class "dropout"
local dropout_options = { "seed", "trial" }
function layers.dropout(rate, options)
  if type(rate) ~= "number" or not (rate >= 0 and rate < 1) then
    error(string.format("dropout: rate must be on [0, 1), not %s", check.show(rate)), 2)
  end
  options = check.options("dropout", options or {}, dropout_options, 2)
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
function Dropout:describe() return string.format("dropout %g", self.rate) end

-- init(m, name [, {seed, trial} or a stream]): draws a matrix anew; m itself.
function layers.init(m, name, from)
  check_init("init", name)
  if type(from) ~= "userdata" then
    from = check.options("init", from or {}, dropout_options, 2)
    from = ll.random(from.seed or 1, from.trial or 0, "init")
  end
  return core.init(m, name, from)
end

return layers
