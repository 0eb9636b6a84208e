-- Files as the Lua half asks for them: whether one is there, and its whole content.
local M = {}

-- Whether the path can be opened for reading; so can a folder's.
function M.exists(path)
  local file <close> = io.open(path, "rb")
  return file ~= nil
end

-- The content, or nil and why, with the path.
function M.read(path)
  local file <close>, why = io.open(path, "rb")
  if not file then return nil, why end
  local content, trouble = file:read "a"
  if not content then return nil, path .. ": " .. trouble end
  return content
end

return M
