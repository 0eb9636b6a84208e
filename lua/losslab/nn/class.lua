-- The methods of all networks composed in Lua, and how their classes are made.
local ll = require "losslab"
local check = require "losslab.check"
local parameters = require "losslab.nn.parameters"

--- layer(x) -> matrix
-- A layer, or a network of layers: called with rows it gives a row for each.
-- ll.nn.linear, embedding, dropout, sequential and residual make one.
-- Its weights are drawn when it, or the outermost network that it is in by then, is first
-- used or read. A field that it does not have is an error.
--   x   a matrix of n rows; of an embedding the numbers of its rows, n x 1
-- See: ll.nn, layer:parameters, network
-- Example:
--   ll.nn.linear { 3, 2 }(ll.zeros(5, 3)):shape()   --> 5 2
local Network = {}
Network.__index = Network
for name, method in pairs(parameters) do Network[name] = method end

-- Fields that may be nil. Asking a layer for any other name that it does not have is an error.
local may_lack = { drawn = true, seed = true, trial = true, outer = true, new = true, from = true, name = true, draw_own = true,
  set_steps = true, grow = true }

local function unknown(c, self, key)
  local known = {}
  for _, names in ipairs { self, c, Network, c.grow } do
    for each in pairs(names) do
      if type(each) == "string" and not each:find "^__" then known[each] = true end
    end
  end
  local here = ll.core.elsewhere(key)
  if here then error(string.format("%s has no %q; here that is %s", c.__name, key, here), 3) end
  check.unknown(c.__name .. " has no", key, check.keys(known), 3)
end

local made = {} -- the classes so far

-- c.grow [opt]: functions that make a field when it is first read.
local function class(name)
  local c = setmetatable({ __name = "losslab." .. name }, Network)
  c.__index = function(self, key)
    local value = c[key]
    if value ~= nil then return value end -- a method: every step passes here
    local grow = c.grow and c.grow[key]
    if grow then return grow(self) end
    if type(key) == "string" and not may_lack[key] then unknown(c, self, key) end
  end
  c.__call = function(self, x, more)
    if more ~= nil then error(name .. ": a network takes one matrix; a loss takes what it gives", 2) end
    if not self.drawn then self:draw() end
    return self:forward(x)
  end
  c.__tostring = function(self) return self:describe() end
  made[#made + 1] = c
  return c
end

--- layer:predict(x) -> matrix
-- What it gives for rows in evaluation, without gradients; its mode stays what it was.
--   x   a matrix, a table of rows, or a data set, whose features are taken
-- Errors: a data set with missing cells; another number of columns.
-- See: network:predict, layer:eval
-- Example:
--   local net = ll.nn.sequential { ll.nn.linear { 2, 4 }, ll.nn.dropout(0.5), ll.nn.linear { 4, 1 } }
--   net:predict({ { 1, 2 }, { 3, 4 } }):shape()   --> 2 1
Network.predict = require "losslab.nn.predict"

--- layer:children() -> { layer, … }
-- The layers inside; {} for a leaf. Their places make the names in states, as "2.weights".
-- Example:
--   #ll.nn.sequential({ ll.nn.linear { 3, 2 }, "relu" }):children()   --> 2
function Network.children() return {} end

-- What a layer itself holds: {{name, value}, …}; buffers are saved but not optimized.
function Network.own() return {} end
function Network.buffers() return {} end

--- layer:draw() -> layer
-- Draws the weights that are not drawn yet, from the stream of the outermost network.
-- Nothing has to call it: using or reading a layer draws it.
-- Example:
--   local layer = ll.nn.linear { 3, 2, seed = 1 }
--   layer.drawn   --> nil
--   layer:draw().drawn   --> true
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

local function set_mode(net, training)
  if type(net) ~= "table" or not net.children then -- an mlp, a function, or a class of a script's own
    local method = type(net) ~= "function" and net[training and "train" or "eval"]
    if method then method(net) end
    return
  end
  net.training = training
  for _, child in ipairs(net:children()) do set_mode(child, training) end
end

-- What stands beside a layer's own options: braces are easily forgotten by those who come from PyTorch, and seed and trial would be
-- looked at only when the weights are drawn.
local function options_of(what, options, known, places, sample)
  if type(options) ~= "table" or getmetatable(options) then
    error(string.format("%s takes one table, as in ll.nn.%s%s, not %s", what, what, sample,
      type(options) == "table" and "a layer" or check.show(options)), 3)
  end
  check.options(what, options, known, 3)
  for key in pairs(options) do
    if places and math.type(key) and not (math.type(key) == "integer" and key >= 1 and key <= places) then
      error(string.format("%s: options have names, as in ll.nn.%s%s; %s stands there without one", what, what, sample,
        check.show(options[key])), 3)
    end
  end
  for _, name in ipairs { "seed", "trial" } do
    if options[name] ~= nil and not math.tointeger(options[name]) then
      error(string.format("%s: %s must be a whole number, not %s", what, name, check.show(options[name])), 3)
    end
  end
  return options
end

-- Methods called with a dot, or with what they do not take: train(false) would set training.
local function without_arguments(name, self, ...)
  if self == nil then error(string.format("%s: methods are called with a colon, layer:%s()", name, name), 3) end
  if select("#", ...) > 0 then
    error(string.format("%s takes no arguments; layer:train() sets training, layer:eval() evaluation", name), 3)
  end
end

--- layer:train() -> layer
-- Sets the layer and all inside to training, as it is when made: dropout drops.
-- See: layer:eval
-- Example:
--   ll.nn.dropout(0.5):eval():train().training   --> true
function Network:train(...)
  without_arguments("train", self, ...)
  set_mode(self, true)
  return self
end

--- layer:eval() -> layer
-- Sets the layer and all inside to evaluation: dropout gives what it is given.
-- See: layer:train
-- Example:
--   ll.nn.dropout(0.5):eval()(ll.ones(2, 2)):sum():item()   --> 4
function Network:eval(...)
  without_arguments("eval", self, ...)
  set_mode(self, false)
  return self
end

--- layer:seek(steps) -> layer
-- Goes on as if so many training steps had been taken.
-- So a resumed run drops what an uninterrupted one drops.
--   steps   a whole number >= 0
-- See: ll.nn.dropout
-- Example:
--   local net = ll.nn.sequential { ll.nn.dropout(0.5) }
--   net:seek(100).layers[1]:steps()   --> 100
function Network:seek(steps)
  check.integer("seek: steps", steps, 0, nil, 2)
  if self.set_steps then self:set_steps(steps) end
  for _, child in ipairs(self:children()) do
    if type(child) == "table" and child.seek then child:seek(steps) end
  end
  return self
end

-- class(name) makes one, options checks what it is made of; base and made are for help.
return setmetatable({ base = Network, made = made, options = options_of }, { __call = function(_, name) return class(name) end })
