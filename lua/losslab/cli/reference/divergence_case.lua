-- A recorded case of a divergence: its inputs, optional ones too, bear the row's names; params are passed on as they are.
local ll = require "losslab"
local case_of = require "losslab.cli.reference.case"

local divergences = {}
for _, name in ipairs(ll.divergence.list()) do divergences[name] = true end

return function(case, report)
  local name = case_of.field(case, "kind", "string")
  if not divergences[name] then return report:unknown("there is no divergence", name, ll.divergence.list()) end
  local fields = { "kind", "params", "value" }
  for _, input in ipairs(ll.divergence.describe(name).inputs) do fields[#fields + 1] = input.name end
  case_of.only(case, fields)
  local entry = report:entry(name)
  report:try(entry, function(where)
    local inputs, options = {}, {}
    for key, value in pairs(case.params or {}) do options[key] = value end
    for i, input in ipairs(ll.divergence.describe(name).inputs) do
      if not input.optional then inputs[i] = case_of.matrix(case_of.field(case, input.name, "table"))
      elseif case[input.name] then options[input.name] = case_of.matrix(case_of.field(case, input.name, "table")) end
    end
    inputs[#inputs + 1] = options
    case_of.compare(entry, where, "value", (ll.divergence[name](table.unpack(inputs))), case_of.field(case, "value", "number"))
  end)
end
