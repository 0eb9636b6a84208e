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

return M
