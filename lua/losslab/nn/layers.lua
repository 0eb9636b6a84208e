-- Networks: ll.nn.mlp is the fast one, in C; the rest composes any other from layers: linear, dropout, embedding, activations,
-- sequential, residual. A network is anything that can be called and has :parameters(). Layers that are given no seed are
-- drawn when they, or the outermost network they stand in by then, are first used or looked at: one after the other from that
-- one's stream, so no two are alike, and the same seed gives the same again.
local ll = require "losslab"
local check = require "losslab.check"
local core = ll.core.nn

local nn = { mlp = core.mlp, load = core.load, of_state = core.of_state, activations = core.activations, inits = core.inits,
  interpolate = core.interpolate }

-- ---- options ------------------------------------------------------------------------------------------------------------

-- What is wrong is wrong where a layer is made: in the caller of what calls these, which therefore call nothing by a tail call.
local function check_size(what, name, value) return (check.integer(what .. ": " .. name, value, 1, nil, 3)) end

local function check_init(what, name) return (check.among(what .. ": there is no initialisation", name, core.inits, 3)) end

-- ---- what all networks can ------------------------------------------------------------------------------------------------

local Network = {}
Network.__index = Network

-- What a layer may lack without a word; any other name that it does not have is an error.
local may_lack = { drawn = true, seed = true, trial = true, outer = true, new = true, from = true, name = true, draw_own = true,
  set_steps = true, grow = true }

local function unknown(c, self, key)
  local known = {}
  for _, names in ipairs { self, c, Network, c.grow } do
    for each in pairs(names) do
      if type(each) == "string" and not each:find "^__" then known[each] = true end
    end
  end
  check.unknown(c.__name .. " has no", key, check.keys(known), 3)
end

-- grow: functions of fields that come to be when they are looked at.
local function class(name)
  local c = setmetatable({ __name = "losslab." .. name }, Network)
  c.__index = function(self, key)
    local value = c[key]
    if value ~= nil then return value end -- a method: every step passes here
    local grow = c.grow and c.grow[key]
    if grow then return grow(self) end
    if type(key) == "string" and not may_lack[key] then unknown(c, self, key) end
  end
  c.__call = function(self, x)
    if not self.drawn then self:draw() end
    return self:forward(x)
  end
  c.__tostring = function(self) return self:describe() end
  return c
end

-- The layers inside; a leaf has none. Names in states are the places: "2.weights".
function Network.children() return {} end
-- What a layer itself holds: {{name, value}, …}; buffers are saved but not optimized.
function Network.own() return {} end
function Network.buffers() return {} end

-- Draws what is not drawn yet, from the stream of the outermost network.
function Network:draw(from)
  if not from and self.outer and not self.drawn then self.outer:draw() end
  if self.drawn then return self end
  self.drawn = true
  if self.seed or not from then
    local seed, trial = self.seed or 1, self.trial or 0
    from = { stream = ll.random(seed, trial, "init"), seed = seed, trial = trial, places = 0 }
  end
  if self.draw_own then self:draw_own(from) end
  for _, child in ipairs(self:children()) do
    if type(child) == "table" and child.draw then child:draw(from) end
  end
  return self
end

local function named_of(net)
  if net.named_parameters then return net:named_parameters() end
  local named = {}
  for i, value in ipairs(net:parameters()) do named[i] = { name = tostring(i), value = value } end
  return named
end

-- Every matrix once, under the first of its names. fields: "own" (parameters) or "buffers" besides them.
local function collect(net, buffers)
  if not net.drawn then net:draw() end
  local named, seen = {}, {}
  local function add(prefix, entries)
    for _, entry in ipairs(entries) do
      local id = core.id(entry.value)
      if not seen[id] then
        seen[id] = true
        named[#named + 1] = { name = prefix .. entry.name, value = entry.value }
      end
    end
  end
  local function walk(layer, prefix)
    if getmetatable(layer) and type(layer) == "table" and layer.own then
      add(prefix, layer:own())
      if buffers then add(prefix, layer:buffers()) end
      for i, child in ipairs(layer:children()) do walk(child, prefix .. i .. ".") end
    elseif type(layer) ~= "function" and layer.parameters then
      add(prefix, named_of(layer))
    end
  end
  walk(net, "")
  return named
end

function Network:named_parameters() return collect(self, false) end

-- {W, b, …}, the matrices themselves, each once.
function Network:parameters()
  local values = {}
  for i, entry in ipairs(collect(self, false)) do values[i] = entry.value end
  return values
end

function Network:freeze()
  for _, value in ipairs(self:parameters()) do value:freeze() end
  return self
end

function Network:unfreeze()
  for _, value in ipairs(self:parameters()) do value:unfreeze() end
  return self
end

local function set_mode(net, training)
  if type(net) ~= "table" or not net.children then -- an mlp, a function, or somebody else's
    local method = type(net) ~= "function" and net[training and "train" or "eval"]
    if method then method(net) end
    return
  end
  net.training = training
  for _, child in ipairs(net:children()) do set_mode(child, training) end
end

-- Dropout drops in training only; a network is in training until eval().
function Network:train()
  set_mode(self, true)
  return self
end

function Network:eval()
  set_mode(self, false)
  return self
end

-- The parameters as a string, whose first line can be read; and back, if names and shapes are the same. Nothing is run.
function Network:state()
  return core.save_state("parameters", collect(self, true))
end

function Network:load_state(bytes)
  core.load_state(bytes, collect(self, true))
  return self
end

function Network:save(path)
  core.write(path, self:state())
  return self
end

function Network:load(path)
  core.load_state(core.read(path), collect(self, true), path)
  return self
end

-- ---- layers -----------------------------------------------------------------------------------------------------------------

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
  -- Whoever looks at weights that are not drawn yet has them drawn.
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
function nn.linear(options)
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

-- embedding{ rows, cols, init = "normal", weights = nil, seed = nil, trial = 0 }: row ids[i] of its table as row i.
local Embedding = with_weights(class "embedding")
local embedding_options = { "init", "weights", "seed", "trial" }
function nn.embedding(options)
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
function nn.dropout(rate, options)
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

-- From now on as if this many training steps had been taken: a run taken up in the midst drops what it would have dropped.
function Network:seek(steps)
  check.integer("seek: steps", steps, 0, nil, 2)
  if self.set_steps then self:set_steps(steps) end
  for _, child in ipairs(self:children()) do
    if type(child) == "table" and child.seek then child:seek(steps) end
  end
  return self
end

-- ---- composition --------------------------------------------------------------------------------------------------------------

-- Puts layers into a network: what is not drawn yet will be drawn with it.
local function adopt(outer, layers)
  for _, layer in ipairs(layers) do
    if type(layer) == "table" and layer.draw and not layer.outer then layer.outer = outer end
  end
  return outer
end

-- A name of an activation becomes its function; anything else must be callable.
local function check_layer(what, i, layer)
  if type(layer) == "string" then
    if layer == "identity" then return function(x) return x end, layer end
    for _, name in ipairs(core.activations) do
      if name == layer then return ll[name], name end
    end
    if layer == "swish" then return ll.silu, layer end
    check.unknown(string.format("%s: layer %d: there is no activation", what, i), layer, core.activations, 3)
  end
  local meta = getmetatable(layer)
  if type(layer) ~= "function" and not (type(meta) == "table" and meta.__call) then
    error(string.format("%s: layer %d is a %s; a network, function or activation's name was expected", what, i, type(layer)), 3)
  end
  return layer
end

-- sequential{ layer, "relu", layer, …, seed = nil, trial = 0 }: each takes what the one before gives.
local Sequential = class "sequential"
local sequential_options = { "seed", "trial" }
function nn.sequential(options)
  check.options("sequential", options, sequential_options, 2)
  local self = { layers = {}, names = {}, seed = options.seed, trial = options.trial, training = true }
  for i, layer in ipairs(options) do self.layers[i], self.names[i] = check_layer("sequential", i, layer) end
  if #self.layers == 0 then error("sequential: no layers were given", 2) end
  return adopt(setmetatable(self, Sequential), self.layers)
end
function Sequential:children() return self.layers end
function Sequential:forward(x)
  for _, layer in ipairs(self.layers) do x = layer(x) end
  return x
end
function Sequential.__len(self) return #self.layers end
local function word(layer, name) return name or (type(layer) == "function" and "function") or tostring(layer) end
function Sequential:describe()
  local words = {}
  for i, layer in ipairs(self.layers) do words[i] = word(layer, self.names[i]) end
  return "sequential (" .. table.concat(words, ", ") .. ")"
end

-- residual(net): x + net(x), which must have the shape of x.
local Residual = class "residual"
function nn.residual(net)
  local inner, name = check_layer("residual", 1, net)
  local self = setmetatable({ layers = { inner }, name = name, training = true }, Residual)
  return adopt(self, self.layers)
end
function Residual:children() return self.layers end
function Residual:forward(x)
  local y = self.layers[1](x)
  if y.rows ~= x.rows or y.cols ~= x.cols then
    error(string.format("residual: the network gives %dx%d for %dx%d; the shapes must be equal", y.rows, y.cols, x.rows, x.cols), 0)
  end
  return x + y
end
function Residual:describe() return "residual (" .. word(self.layers[1], self.name) .. ")" end

-- init(m, name [, {seed, trial} or a stream]): draws a matrix anew; m itself.
function nn.init(m, name, from)
  check_init("init", name)
  if type(from) ~= "userdata" then
    from = check.options("init", from or {}, dropout_options, 2)
    from = ll.random(from.seed or 1, from.trial or 0, "init")
  end
  return core.init(m, name, from)
end

return nn
