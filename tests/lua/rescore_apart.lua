-- What networks learn from: some rows of very many.
local t = require "tests.lua.tap"
local even_rows = require "losslab.rescore.even_rows"

-- Rows of many are taken evenly, and not each second one, which would be targets alone.
for _, n in ipairs { 10, 1000, 1001, 1999, 2000, 4000, 7777 } do
  local rows, targets, before, fine = even_rows(n, 1000), 0, 0, true
  for i, row in ipairs(rows or {}) do
    targets, fine, before = targets + row % 2, fine and row > before and row > (i - 1) * n // 1000 and row <= i * n // 1000, row
  end
  t.ok(not rows and n <= 1000 or fine and #rows == 1000 and math.abs(targets - 500) < 20,
    string.format("1000 of %d rows, of which %d are odd", n, targets))
end

t.done()
