-- losslab tests/e2e/same.lua A B: says which tables of two result databases differ; exit 1 if any does.
local ll = require "losslab"
local a, b = ...
local one, other, tables = ll.store.open(a), ll.store.open(b), 0
for row in one:query "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name" do
  tables = tables + 1
  if one:digest(row.name) ~= other:digest(row.name) then
    print("table " .. row.name .. " differs")
    os.exit(1, true)
  end
end
assert(tables >= 8, "the tables were not found")
