-- Networks of networks: a sequence, and a residual connection around one.
local ll = require "losslab"
local check = require "losslab.check"
local class = require "losslab.nn.class"
local core = ll.core.nn

local containers = {}

-- Puts layers into a network; those not drawn yet will be drawn with it.
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

local Sequential = class "sequential"
local sequential_options = { "seed", "trial" }

--- ll.nn.sequential { layer, "relu", layer, …, seed = nil, trial = 0 } -> layer
-- Layers one after the other: each takes what the one before gives.
--   1, 2, …   layers, networks, functions of a matrix, or names of activations, at least one
--   seed   a whole number, of the weights that are not drawn yet; without it the outermost network's, or 1
--   trial   a whole number, beside the seed (0)
-- Errors: what cannot be called; no such activation or option, with the nearest.
-- See: layer, ll.nn.residual
-- Example:
--   local one, two = ll.nn.linear { 3, 8 }, ll.nn.linear { 8, 1 }
--   local net = ll.nn.sequential { one, "relu", two, seed = 1 }
--   net   --> sequential (linear 3-8, relu, linear 8-1)
--   #net, net(ll.zeros(5, 3)):shape()   --> 3 5 1
function containers.sequential(options, ...)
  class.options("sequential", options, sequential_options, nil, " { layer, … }")
  check.no_more("ll.nn.sequential", 1, ...)
  check.whole("sequential", options, 2)
  local self = { layers = {}, names = {}, seed = options.seed, trial = options.trial, training = true }
  for i, layer in ipairs(options) do self.layers[i], self.names[i] = check_layer("sequential", i, layer) end
  if #self.layers == 0 then error("sequential: no layers were given", 2) end
  return adopt(setmetatable(self, Sequential), self.layers)
end

--- layer.layers -> { layer, … }
-- The layers of a sequential, or the one inside a residual. Names of activations have become functions.
-- See: ll.nn.sequential
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

local Residual = class "residual"

--- ll.nn.residual(net) -> layer
-- A connection around a network: x + net(x).
--   net   a layer, network, function or name of an activation, which gives the shape that it is given
-- Errors: when called, a network that gives another shape.
-- See: ll.nn.sequential
-- Example:
--   ll.nn.residual(ll.nn.linear { 4, 4 })(ll.ones(2, 4)):shape()   --> 2 4
--   ll.nn.residual "relu"(ll.ones(1, 1)):item()   --> 2
function containers.residual(net, ...)
  check.no_more("ll.nn.residual", 1, ...)
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

return containers
