-- Whether a database that has just answered is whole. SQLite notices a damaged page when it meets what it cannot read; one that
-- has lost some of its rows, or whose index lacks them, reads well, and the answer is another. A look at all of the file finds
-- that. It is taken of files in which it takes some hundredths of a second; of larger ones PRAGMA integrity_check in the sqlite3
-- shell has to be asked.
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

M.LARGEST = 4 << 20 -- bytes

-- What is against the schema, and no damage: values written by other hands, of which whoever reads them has to say what is wrong.
local VALUES = { "^CHECK constraint failed", "^NULL value in ", "^[%w-]+ value in " }

local function is_damage(words)
  if words == "ok" then return false end
  for _, pattern in ipairs(VALUES) do
    if words:find(pattern) then return false end
  end
  return true
end

-- Raises if the file of an open store is damaged.
function M.check(store, path)
  local size, found = math.huge, nil
  for row in store:query "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size" do size = row.bytes end
  if size > M.LARGEST then return end
  pcall(function()
    for row in store:query "PRAGMA integrity_check(20)" do
      if not found and is_damage(row.integrity_check) then found = row.integrity_check end
    end
  end)
  if not found then return end
  found = found:gsub("^%*%*%* in database main %*%*%*%s*", "")
  check.fail("%s is damaged (%s): what it was asked may have another answer, or lack some of it; PRAGMA integrity_check in the "
    .. "sqlite3 shell says more", text.clean(path), text.shorten(found, 100))
end

return M
