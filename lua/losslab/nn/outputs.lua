-- What a network gives for all rows of a set, without gradients. An mlp takes each row by itself, so it is given blocks of them, to
-- the same bits; what is composed in Lua may hold a function that mixes rows, and is given all at once.
local ll = require "losslab"

local function is_mlp(net) return type(net) == "userdata" and (getmetatable(net) or {}).__name == "losslab.mlp" end

return function(net, set)
  if not is_mlp(net) then return ll.no_grad(net, set.x) end
  return set:apply(function(x) return ll.no_grad(net, x) end)
end
