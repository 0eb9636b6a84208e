-- Networks: the mlp in C, and what composes any other from layers.

--- ll.nn
-- Networks: ll.nn.mlp is the fast one, in C; the rest composes any other from layers.
-- Layers are linear, dropout, embedding, activations by name, sequential and residual. A network is anything that can be called
-- and has :parameters(). Layers that are given no seed are drawn when they, or the outermost network that they are in by then,
-- are first used or read: one after the other from that network's stream, so that no two are alike and the same seed gives the
-- same weights again.
-- See: ll.nn.mlp, ll.nn.sequential, network, layer
-- Example:
--   local one, two = ll.nn.linear { 3, 8 }, ll.nn.linear { 8, 1 }
--   local net = ll.nn.sequential { one, "relu", ll.nn.dropout(0.2), two, seed = 1 }
--   net(ll.zeros(5, 3)):shape()   --> 5 1
local core = require "losslab".core.nn
getmetatable(core.mlp { 1, 1 }).methods.predict = require "losslab.nn.predict"

local nn = { mlp = core.mlp, load = core.load, of_state = core.of_state, activations = core.activations, inits = core.inits,
  interpolate = core.interpolate }
for _, module in ipairs { "layers", "containers" } do
  for name, make in pairs(require("losslab.nn." .. module)) do nn[name] = make end
end

return nn
