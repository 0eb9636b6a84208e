-- The studies of a database: which there are, and which one is meant.
local check = require "losslab.check"

local M = {}

-- { { id, name, question, created, precision, version, trials }, … }, the one that was run last at the end.
function M.list(store)
  local all = {}
  for row in store:rows "studies" do all[#all + 1] = row end
  return all
end

-- The id of the study of that name; raises with the nearest name.
function M.id(store, name)
  local names = {}
  for i, row in ipairs(M.list(store)) do
    if row.name == name then return row.id end
    names[i] = row.name
  end
  check.unknown(store:path() .. " has no study", name, names)
end

-- Whether there is a study of that name.
function M.has(store, name)
  for _, row in ipairs(M.list(store)) do
    if row.name == name then return true end
  end
  return false
end

-- Calls f(several) for each study of the file, which the store then shows, or for that of the name [opt] alone. several: whether
-- the file holds more than one.
function M.each(store, name, f)
  local all = M.list(store)
  local wanted = name and M.id(store, name)
  if #all <= 1 then return f(false) end
  for _, row in ipairs(all) do
    if not wanted or row.id == wanted then
      store:choose(row.id)
      f(true)
    end
  end
end

return M
