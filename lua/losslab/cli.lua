-- The command line.
local M = {}

function M.main(arg)
  _G.ll = require "losslab"
  if arg[1] == "-e" then
    assert(load(arg[2], "=(command line)"))()
  elseif arg[1] then
    assert(loadfile(arg[1]))(table.unpack(arg, 2))
  end
  return 0
end

return M
