-- The names that losslab's own modules use at the prompt: what a user calls table, type or string there is the user's. Modules that
-- are loaded from begin() on have Lua's names for themselves; other globals they share.
local M = {}

local own = debug.getinfo(1, "S").source:match "^@(.*/)prompt/lua_names%.lua$"

function M.begin()
  local names = setmetatable({}, { __index = _G, __newindex = _G })
  local search, set, kind_of = package.searchers[2], debug.setupvalue, type
  package.searchers[2] = function(name)
    local chunk, path = search(name)
    if kind_of(chunk) == "function" and name:find "^losslab%f[.\0]" and path:sub(1, #own) == own then
      set(chunk, 1, names)
    end
    return chunk, path
  end
  for name, module in pairs(package.loaded) do -- those few that there are by now are loaded once more
    if name:find "^losslab%f[.\0]" and type(module) == "table" and package.searchpath(name, package.path) then
      package.loaded[name] = nil
    end
  end
  require "losslab"
  for name, value in next, _G do rawset(names, name, value) end
end

return M
