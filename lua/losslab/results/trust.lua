-- Which scripts the user has run: their hashes, a line each, in the user's own state folder. A script that came with a database and
-- is not among them is somebody else's until the user says otherwise: losslab resume asks, or needs --trust.
local ll = require "losslab"
local lfs = require "lfs"

local M = {}

function M.hash(script) return ll.core.sha256(script) end

-- The file's path; nil where the system knows no home.
local function place()
  local state = os.getenv "XDG_STATE_HOME"
  if not (state and state:sub(1, 1) == "/") then
    local home = ll.system.home()
    if not home then return nil end
    state = home .. "/.local/state"
  end
  return state .. "/losslab/scripts", state
end

-- Whether the user has run this script.
function M.known(script)
  local path = place()
  local file <close> = path and io.open(path, "rb")
  if not file then return false end
  local hash = M.hash(script)
  for line in file:lines() do
    if line == hash then return true end
  end
  return false
end

local function make(folder)
  if folder == "" or lfs.attributes(folder, "mode") then return end
  make(folder:match "^(.*)/[^/]*$" or "")
  lfs.mkdir(folder)
end

-- Notes that the user runs this script. Where that cannot be written, it is not known another time: nothing else is lost.
function M.remember(script)
  local path, state = place()
  if not path or M.known(script) then return end
  make(state .. "/losslab")
  local file <close> = io.open(path, "ab")
  if file then file:write(M.hash(script), "\n") end
end

return M
