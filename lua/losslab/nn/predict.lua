-- What a network gives for rows, as one asks a trained one: in evaluation mode, without gradients.
local ll = require "losslab"
local check = require "losslab.check"
local outputs_of = require "losslab.nn.outputs"

local function is_a(kind, value) return type(value) == "userdata" and (getmetatable(value) or {}).__name == kind end

--- network:predict(x) -> matrix
-- The network's outputs for the rows of a matrix or of a data set, in their order. Nothing is dropped, nothing is recorded for
-- gradients, and the network's mode stays what it was. The rows are taken as they are: standardise them as those it was trained on.
--   x   a matrix n×d, a table of rows, or a data set, whose features are taken
-- See: ll.fit, trial:predict
-- Example:
--   local net = ll.nn.mlp { 2, 4, 1, output = "sigmoid" }
--   net:predict(ll.zeros(3, 2)):shape()   --> 3 1
return function(net, x, ...)
  if select("#", ...) > 0 then check.fail "predict takes the rows alone" end
  if is_a("losslab.matrix", net) or is_a("losslab.data", net) or net == nil then
    check.fail "predict: methods are called with a colon, net:predict(x)"
  end
  if is_a("losslab.data", x) then
    if x.missing then
      check.fail("predict: %s has missing cells; read it with missing = a number, or take a part of a split", x.name)
    end
  elseif type(x) == "table" then x = ll.matrix(x)
  elseif not is_a("losslab.matrix", x) then
    check.fail("predict: a matrix, a table of rows or a data set was expected, not %s", check.show(x))
  end
  local training = type(net) == "table" and net.training
  if training then net:eval() end
  local fine, out = pcall(is_a("losslab.data", x) and outputs_of or ll.no_grad, net, x)
  if training then net:train() end
  if not fine then error(out, 0) end
  return out
end
