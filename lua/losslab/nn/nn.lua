-- Networks: ll.nn.mlp is the fast one, in C; the rest composes any other from layers: linear, dropout, embedding, activations,
-- sequential, residual. A network is anything that can be called and has :parameters(). Layers that are given no seed are
-- drawn when they, or the outermost network they are in by then, are first used or read: one after the other from that network's
-- stream, so that no two are alike and the same seed gives the same weights again.
local core = require "losslab".core.nn
getmetatable(core.mlp { 1, 1 }).methods.predict = require "losslab.nn.predict"

local nn = { mlp = core.mlp, load = core.load, of_state = core.of_state, activations = core.activations, inits = core.inits,
  interpolate = core.interpolate }
for _, module in ipairs { "layers", "containers" } do
  for name, make in pairs(require("losslab.nn." .. module)) do nn[name] = make end
end

return nn
