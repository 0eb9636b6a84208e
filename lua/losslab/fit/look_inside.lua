-- What happens inside a network that trains: the gradients of its parameters, and what its layers give.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

-- {{ name, value }, …}: the parameters by name.
local function named(net)
  if net.named_parameters then return net:named_parameters() end
  local out = {}
  for i, value in ipairs(net:parameters()) do out[i] = { name = tostring(i), value = value } end
  return out
end

-- By name the gradients that there are, as matrices of their own; they are forgotten by the parameters.
function M.named_gradients(net)
  local out = {}
  for _, each in ipairs(named(net)) do
    local gradient = each.value.grad
    if gradient then out[each.name] = gradient:copy() end
    each.value:clear_grad()
  end
  return out
end

-- ---- over an epoch --------------------------------------------------------------------------------------------------------

local Gradients = {}
Gradients.__index = Gradients

function M.gradients_of(net) return setmetatable({ list = named(net), sums = {}, most = {}, steps = 0 }, Gradients) end

-- Before a step.
function Gradients:add()
  self.steps = self.steps + 1
  for _, each in ipairs(self.list) do
    local gradient = each.value.grad
    if gradient then
      local norm = gradient:norm():item()
      self.sums[each.name] = (self.sums[each.name] or 0) + norm
      self.most[each.name] = math.max(self.most[each.name] or 0, norm)
    end
  end
end

-- { ["1.weights"] = { norm = the mean of the steps' norms, largest = the largest of them }, … }, and begins anew.
function Gradients:taken()
  local out = {}
  for name, sum in pairs(self.sums) do out[name] = { norm = sum / self.steps, largest = self.most[name] } end
  self.sums, self.most, self.steps = {}, {}, 0
  return out
end

-- ---- layers ---------------------------------------------------------------------------------------------------------------

local function of_mlp(net, x, out)
  local sizes, hidden, output = net:sizes()
  local parameters = net:parameters()
  for l = 1, #sizes - 1 do
    local activation = l < #sizes - 1 and hidden or output
    x = ll.linear(x, parameters[2 * l - 1], parameters[2 * l])
    if activation ~= "identity" then x = ll[activation](x) end
    out[#out + 1] = { name = string.format("%d %s", l, activation), value = x, activation = activation }
  end
  return x
end

local function walk(net, x, place, out)
  if type(net) == "userdata" and net.sizes then
    local inner = {}
    x = of_mlp(net, x, inner)
    for _, each in ipairs(inner) do
      each.name = place .. each.name
      out[#out + 1] = each
    end
  elseif type(net) == "table" and rawget(net, "names") and rawget(net, "layers") then
    for i, layer in ipairs(net.layers) do
      local name = net.names[i]
      if type(layer) == "table" and rawget(layer, "names") or type(layer) == "userdata" then
        x = walk(layer, x, place .. i .. ".", out)
      else
        x = layer(x)
        local word = name or (type(layer) == "table" and tostring(layer):match "^%a+") or "function"
        out[#out + 1] = { name = place .. i .. " " .. word, value = x, activation = name }
      end
    end
  else
    check.fail("activations: the layers of a mlp and of a sequential are known, not those of %s", check.show(net))
  end
  return x
end

local function layers_of(net, x)
  if type(x) == "userdata" and (getmetatable(x) or {}).__name == "losslab.data" then x = x.x end
  if type(x) == "table" then x = ll.matrix(x) end
  local out, training = {}, type(net) == "table" and net.training
  if type(net) == "table" and not net.drawn and net.draw then net:draw() end
  if training then net:eval() end
  local fine, why = pcall(ll.no_grad, function()
    walk(net, x, "", out)
    return x
  end)
  if training then net:train() end
  if not fine then error(check.plain(why), 0) end
  return out
end

--- ll.fit.activations(net, x) -> table
-- What each layer gives for rows, in evaluation mode, by place and name: "1 tanh", "2 identity".
--   net   an mlp, or a sequential of layers
--   x     a matrix, a table of rows or a data set
-- See: ll.fit.gradients
-- Example:
--   local a = ll.fit.activations(ll.nn.mlp { 2, 4, 1, hidden = "tanh" }, ll.zeros(5, 2))
--   a["1 tanh"]:shape()   --> 5 4
function M.activations(net, x, ...)
  check.no_more("ll.fit.activations", 2, ...)
  local out = {}
  for _, each in ipairs(layers_of(net, x)) do out[each.name] = each.value end
  return out
end

local BOUNDS = { sigmoid = { 0, 1 }, tanh = { -1, 1 }, hardsigmoid = { 0, 1 }, hardtanh = { -1, 1 }, softsign = { -1, 1 } }
local MOST = 1000 -- rows that a summary is of

-- { ["1 sigmoid"] = { mean, sd, saturated = share within a hundredth of the range's ends, dead = share of units that give the same
-- for all rows }, … }
function M.summary(net, x)
  if x.rows > MOST then
    local rows = {}
    for i = 1, MOST do rows[i] = { (i - 1) * x.rows // MOST + 1 } end
    x = ll.gather(x, ll.matrix(rows))
  end
  local out = {}
  for _, each in ipairs(layers_of(net, x)) do
    local a, bounds = each.value, BOUNDS[each.activation]
    local row = { mean = a:mean():item() }
    row.sd = math.sqrt(math.max(0, ((a - row.mean) * (a - row.mean)):mean():item()))
    if bounds then
      local edge = (bounds[2] - bounds[1]) / 100
      row.saturated = (a:less(bounds[1] + edge) + a:greater(bounds[2] - edge)):mean():item()
    end
    local still = 0
    for j = 1, a.cols do
      if a:col_max():get(1, j) == a:col_min():get(1, j) then still = still + 1 end
    end
    row.dead = still / a.cols
    out[each.name] = row
  end
  return out
end

return M
