-- What help and the catalogue say of a row of the engine's tables: what an input holds, its parameters, facts, axioms.
local text = require "losslab.text"

local M = {}

-- What an input of a role holds.
M.holds = {
  binary = "0 and 1, or -1 and +1", class = "classes, from 1", identity = "whole numbers or strings, equal within a class",
  relevance = "grades, 0 or more", neighbours = "row numbers, from 1",
  probabilities = "probabilities", distributions = "probabilities, each row's sum 1", numbers = "numbers",
  sizes = "numbers, 0 or more",
}

-- The parameters of a row, added to those of an entry, their names behind prefix.
function M.params(row, entry, prefix)
  for _, p in ipairs(row.params) do
    local default, range = p.default, p.range
    if p.kind == "boolean" then range = "true or false" end
    if not range and p.low then
      local high = p.high and p.high < 2 ^ 53
      range = high and string.format("on [%s, %s]", text.number(p.low), text.number(p.high)) or ">= " .. text.number(p.low)
    end
    if type(default) == "string" then default = '"' .. default .. '"' elseif default ~= nil then default = text.number(default) end
    entry.params[#entry.params + 1] = { name = prefix .. p.name, of_options = true,
      text = p.doc .. (range and "; " .. range or "") .. (default ~= nil and " (" .. default .. ")" or "") }
  end
end

-- { { name, text }, … } without those that have no text.
function M.facts(list)
  local out = {}
  for _, each in ipairs(list) do
    if each[2] and each[2] ~= "" then out[#out + 1] = { name = each[1], text = each[2] } end
  end
  return out
end

local AXIOMS = { { "nonnegative", "never negative" }, { "identity", "0 exactly where equal" }, { "symmetric", "symmetric" },
  { "triangle", "triangle inequality" } }

-- "never negative, symmetric; not identity: (1), (2); triangle: (1, 0), (1, 1), (0, 1)"; nil of a row that has no axioms.
function M.axioms(row)
  local of, kept = row.axioms, {}
  if not of then return nil end
  for _, each in ipairs(AXIOMS) do if of[each[1]] then kept[#kept + 1] = each[2] end end
  return (row.metric and "a metric" or table.concat(kept, ", ")) .. (of.where and ", where " .. of.where or "")
    .. (of.counterexample and "; not " .. of.counterexample or "")
end

return M
