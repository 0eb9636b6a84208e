-- The matrices of a network: found layer by layer under the names of their places, frozen, saved and loaded.
local core = require "losslab".core.nn
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

function M:named_parameters() return collect(self, false) end

-- {W, b, …}, the matrices themselves, each once.
function M:parameters()
  local values = {}
  for i, entry in ipairs(collect(self, false)) do values[i] = entry.value end
  return values
end

function M:freeze()
  for _, value in ipairs(self:parameters()) do value:freeze() end
  return self
end

function M:unfreeze()
  for _, value in ipairs(self:parameters()) do value:unfreeze() end
  return self
end

-- The parameters as a string, whose first line can be read; and back, if names and shapes are the same. Nothing is run.
function M:state()
  return core.save_state("parameters", collect(self, true))
end

function M:load_state(bytes)
  core.load_state(bytes, collect(self, true))
  return self
end

function M:save(path)
  file.write(path, self:state())
  return self
end

function M:load(path)
  core.load_state(core.read(path), collect(self, true), path)
  return self
end

return M
