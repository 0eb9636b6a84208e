-- The libraries that this program runs with, a text each: for --version and losslab doctor.
local ll = require "losslab"

return function()
  local out = { ll.core.lua, "SQLite " .. ll.core.sqlite:match "^%S+", (ll.core.blas:gsub("%s*%(.-%)$", "")) }
  for _, each in ipairs { { "zstd", "zstd" }, { "zlib", "zlib" } } do
    if ll.core[each[1]] then out[#out + 1] = each[2] .. " " .. ll.core[each[1]] end
  end
  out[#out + 1] = ll.system.libc():match "^[^,]+"
  return out
end
