-- Modules that lie beside a user's script. They are looked for after every other place, C modules of the system included: by a
-- searcher behind Lua's own, since package.path comes before package.cpath, and a cjson.lua at its end would win over cjson.so.
local M = {}

local known = {} -- folders that are looked into

-- From now on require finds NAME.lua and NAME/init.lua in the folder, where nothing else has that name.
function M.folder(folder)
  if known[folder] then return end
  known[folder] = true
  local places = folder .. "/?.lua;" .. folder .. "/?/init.lua"
  table.insert(package.searchers, function(name)
    local path, why = package.searchpath(name, places)
    if not path then return why end
    local chunk, wrong = loadfile(path)
    if chunk then return chunk, path end
    error(string.format("error loading module '%s' from file '%s':\n\t%s", name, path, wrong), 0)
  end)
end

-- The same of the folder in which a script stands.
function M.script(path) M.folder(path:match "^(.*[^/])/+[^/]*$" or path:match "^/" or ".") end

return M
