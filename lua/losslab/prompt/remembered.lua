-- The prompt's history: a file of entries, one after the other, the further lines of an entry with a tab before them. It is
-- $XDG_STATE_HOME/losslab/history, else ~/.local/state/losslab/history; ~/.losslab_history, of before, is taken over once.
-- Any number of prompts add to it; without a home folder, or where it cannot be written, the entries are this prompt's alone.
local file = require "losslab.file"
local lexed = require "losslab.prompt.lexed"
local lfs = require "lfs"
local program = require "losslab.program"

local M = {}

local MOST = 400000 -- bytes, of which the last half is kept where it is more
local class = {}
class.__index = class

-- Makes a folder and those above it that are not there.
local function make_folder(path)
  if lfs.attributes(path, "mode") == "directory" then return true end
  local above = path:match "^(.+)/[^/]+$"
  if above and not make_folder(above) then return false end
  return lfs.mkdir(path) == true
end

local function absolute(path) return path and path:sub(1, 1) == "/" and path or nil end

-- The file's path, or nil where there is none.
local function place()
  local home = absolute(os.getenv "HOME")
  local state = absolute(os.getenv "XDG_STATE_HOME") or home and home .. "/.local/state"
  if not state then return nil end
  local folder = state .. "/losslab"
  local path, old = folder .. "/history", home and home .. "/.losslab_history"
  if not make_folder(folder) then return nil end
  if old and not file.exists(path) and file.regular(old) then
    local text = file.read(old)
    if text and program.append(path, text) then os.remove(old) end
  end
  return path
end

local function is_same(a, b) return a ~= nil and a:gsub("%s+$", "") == b:gsub("%s+$", "") end

-- The entries of before, given to take(entry) one after the other, and what adds to them.
function M.open(take)
  local self = setmetatable({ entries = {}, take = take, path = place() }, class)
  local path = self.path
  if not path or not file.regular(path) then return self end
  program.shrink(path, MOST)
  local text, entry = file.read(path) or "", nil
  for line in (text:sub(-1) == "\n" and text or text .. "\n"):gmatch "([^\n]*)\n" do
    if line:sub(1, 1) == "\t" and entry then
      entry = entry .. "\n" .. line:sub(2)
    else
      if entry then self:note(entry) end
      entry = line
    end
  end
  if entry then self:note(entry) end
  return self
end

-- Takes an entry in, unless it is the last one again. Gives whether it did.
function class:note(entry)
  if not entry:find "%S" or entry:find "%z" or is_same(self.entries[#self.entries], entry) then return false end
  self.entries[#self.entries + 1] = entry
  self.take(entry)
  return true
end

function class:add(statement)
  local entry = statement:gsub("^%s+", ""):gsub("%s+$", ""):gsub("\r", "")
  if self:note(entry) and self.path then program.append(self.path, entry:gsub("\n", "\n\t") .. "\n") end
end

-- The last word of the entry so many back, or nil: what stands behind the last space that is in no brackets and no quotes.
function class:last_word(back)
  local entry = self.entries[#self.entries + 1 - back]
  local tokens = entry and lexed.tokens(entry) or {}
  if #tokens == 0 then return nil end
  local at = #tokens
  while true do
    local token = tokens[at]
    if token.opened then at = token.opened end
    local before = tokens[at - 1]
    if not before or before.to + 1 < tokens[at].from then break end
    at = at - 1
  end
  return entry:sub(tokens[at].from)
end
M.last_word = class.last_word

return M
