-- A field of CSV (RFC 4180), as lua/bind/store_write.c writes them.
local M = {}

function M.csv(words)
  return words:find '[,"\r\n]' and '"' .. words:gsub('"', '""') .. '"'
    or (words:find "^%s" or words:find "%s$") and '"' .. words .. '"' or words
end

return M
