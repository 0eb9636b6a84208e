-- Files as the Lua half asks for them: whether one is there, its content, and writing. Every file is written through here, and so
-- by the one writer of the engine (losslab/file.h): whole or not at all, through links, never over a device.
local lfs = require "lfs"
local system = require "losslab".system

local M = {}

-- Whether the path can be opened for reading; so can a folder's. A pipe or a device is there and is not opened: that may wait for
-- ever, and what writes into a pipe takes a reader who leaves again for the end.
function M.exists(path)
  local kind = lfs.attributes(path, "mode")
  if kind ~= "file" then return kind ~= nil end
  local file <close> = io.open(path, "rb")
  return file ~= nil
end

-- The content, or nil and why, with the path.
function M.read(path)
  local file <close>, why = io.open(path, "rb")
  if not file then return nil, why end
  local fine, content, trouble = pcall(file.read, file, "a")
  if not fine then return nil, path .. ": " .. tostring(require "losslab.check".memory(content)) end
  if not content then return nil, path .. ": " .. trouble end
  return content
end

-- Whether it is a regular file, which can be looked into without waiting.
function M.regular(path) return lfs.attributes(path, "mode") == "file" end

-- f(…), whose errors say the path and need no place in our sources.
local function plainly(f, ...)
  local fine, result = pcall(f, ...)
  if not fine then error(require "losslab.check".plain(result), 0) end
  return result
end

-- Writes the whole content; raises if that fails, and then leaves what was there.
function M.write(path, content) plainly(system.write, path, content) end

-- The same of a file whose name is not the user's choice, in a folder that may be a stranger's: never through a link.
function M.write_here(path, content)
  if lfs.symlinkattributes(path, "mode") == "link" then
    error(path .. ": is a link; what is made here is not written through links", 0)
  end
  M.write(path, content)
end

-- Writes what f(put) gives to put(text), in pieces; the file has its name once f returns, and gives what f gives. A device, a pipe
-- or an open descriptor (/dev/stdout) is written into. An error, of f or of writing, raises and leaves what was there.
function M.pieces(path, f)
  local writer <close> = plainly(system.writer, path, true)
  local result = f(function(text) plainly(writer.put, writer, text) end)
  plainly(writer.finish, writer)
  return result
end

return M
