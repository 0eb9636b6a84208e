-- The matrices of a network: found layer by layer under the names of their places, frozen, saved and loaded.
local core = require "losslab".core.nn
local check = require "losslab.check"
local file = require "losslab.file"

local M = {}

local function named_of(net)
  if net.named_parameters then return net:named_parameters() end
  local named = {}
  for i, value in ipairs(net:parameters()) do named[i] = { name = tostring(i), value = value } end
  return named
end

-- Every matrix once, under the first of its names: {{name, value}, …}; with what is saved but not optimized where buffers is true.
local function collect(net, buffers)
  if net == nil then check.fail "a layer's methods are called with a colon, as in layer:parameters()" end
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

--- layer:named_parameters() -> { { name, value }, … }
-- Every parameter once, under the first of its names: "1.weights", "4.1.bias".
-- A name is the places of the layers on the way to it, then its own.
-- See: layer:parameters
-- Example:
--   local net = ll.nn.sequential { ll.nn.linear { 3, 4 }, "relu", ll.nn.linear { 4, 1 } }
--   net:named_parameters()[3].name   --> 3.weights
function M:named_parameters() return collect(self, false) end

--- layer:parameters() -> { matrix, … }
-- The parameters themselves, each once, for an optimizer.
-- See: layer:named_parameters, ll.optim
-- Example:
--   local net = ll.nn.sequential { ll.nn.linear { 3, 4 }, "relu", ll.nn.linear { 4, 1 } }
--   #net:parameters()   --> 4
function M:parameters()
  local values = {}
  for i, entry in ipairs(collect(self, false)) do values[i] = entry.value end
  return values
end

--- layer:freeze() -> layer
-- Parameters ask for no gradient from now on, so that training leaves them as they are.
-- See: layer:unfreeze
-- Example:
--   ll.nn.linear({ 3, 1 }):freeze().weights.requires_grad   --> false
function M:freeze()
  for _, value in ipairs(self:parameters()) do value:freeze() end
  return self
end

--- layer:unfreeze() -> layer
-- Parameters ask for gradients again.
-- See: layer:freeze
-- Example:
--   ll.nn.linear({ 3, 1 }):freeze():unfreeze().weights.requires_grad   --> true
function M:unfreeze()
  for _, value in ipairs(self:parameters()) do value:unfreeze() end
  return self
end

--- layer:state() -> string
-- Parameters and buffers as a string: a line of text with names and shapes, then bytes.
-- Example:
--   ll.nn.linear({ 3, 1 }):state():match "[^\n]+"   --> losslab network 2 … parameters; weights 1x3; bias 1x1
function M:state()
  return core.save_state("parameters", collect(self, true))
end

--- layer:load_state(state) -> layer
-- Puts such a string into layers of the same names and shapes. Nothing in it is run.
--   state   a string that layer:state gave
-- Errors: bytes of another network; nothing is changed then.
-- See: layer:state
-- Example:
--   local one, two = ll.nn.linear { 3, 1, seed = 1 }, ll.nn.linear { 3, 1, seed = 2 }
--   two:load_state(one:state()):state() == one:state()   --> true
function M:load_state(bytes)
  core.load_state(bytes, collect(self, true))
  return self
end

--- layer:save(path) -> layer
-- Writes layer:state to a file, whole or not at all.
--   path   of a new file, or one that is to be replaced
-- See: layer:load
-- Example:
--   ll.nn.linear({ 3, 1 }):save "layer.ll".rows   --> 1
function M:save(path)
  file.write(path, self:state())
  return self
end

--- layer:load(path) -> layer
-- Puts the parameters of a file into layers of the same names and shapes.
--   path   of a file that layer:save wrote
-- Errors: a file that cannot be read or holds another network; nothing is changed then.
-- See: layer:save
-- Example:
--   local one = ll.nn.linear({ 3, 1, seed = 1 }):save "layer.ll"
--   local two = ll.nn.linear({ 3, 1, seed = 2 }):load "layer.ll"
--   one:state() == two:state()   --> true
function M:load(path)
  core.load_state(core.read(path), collect(self, true), path)
  return self
end

return M
