-- Results as a script from a database gets them: plain tables, copied, and functions that ask the real ones. No class, metatable,
-- connection or table of ours is in reach, so what a script writes stays its own.
local M = {}

-- A copy of plain data without metatables; what a table takes from another by __index becomes its own. seen: copies by original.
local function copy(value, seen)
  if type(value) ~= "table" then return value end
  if seen[value] then return seen[value] end
  local out = {}
  seen[value] = out
  local meta = getmetatable(value)
  local base = type(meta) == "table" and meta.__index
  if type(base) == "table" then
    for key, each in pairs(copy(base, seen)) do out[key] = each end
  end
  for key, each in next, value do out[key] = copy(each, seen) end
  return out
end

-- results: those of results/reading.lua. methods: its class. base [opt]: what they are the same as but for another metric.
function M.of(results, methods, base)
  local data = {}
  results:load_runs()
  for _, from in ipairs { base or {}, results } do
    for key, value in next, from do
      if key ~= "store" and key ~= "own_choice" and key ~= "pooled_last" then data[key] = value end
    end
  end
  local out = copy(data, {})
  for name, method in pairs(methods) do
    if type(method) == "function" then
      out[name] = function(_, ...)
        local given = table.pack(method(results, ...))
        for i = 1, given.n do given[i] = copy(given[i], {}) end
        return table.unpack(given, 1, given.n)
      end
    end
  end
  function out.by(_, ...) return M.of(setmetatable(results:by(...), { __index = results }), methods, results) end
  return out
end

return M
