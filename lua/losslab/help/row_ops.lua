-- Entries of the ops: from the rows of the engine's table, an example made of the operands' shapes and of the range in which the
-- row may be asked. ll.NAME and matrix:NAME are one entry.
local example = require "losslab.help.example"
local parse = require "losslab.help.parse"

-- What an op takes, where a square of numbers will not do.
local SQUARE = "ll.matrix { { 2, 1 }, { 1, 3 } }"
local special = {
  diag = "x = ll.matrix { { 1 }, { 2 } }", outer = "x, y = ll.matrix { { 1 }, { 2 } }, ll.matrix { { 3 }, { 4 } }",
  where = "mask, x, y = ll.matrix { { 1, 0 } }, ll.matrix { { 1, 2 } }, ll.matrix { { 3, 4 } }",
  linear = "x, weights, bias = ll.matrix { { 1, 2 } }, ll.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }, ll.matrix { { 0, 0, 10 } }",
  weighed_differences = "weights, x, y = ll.matrix { { 1, 0 } }, ll.matrix { { 5, 5 } }, ll.matrix { { 1, 2 }, { 3, 4 } }",
  solve = "A, B = " .. SQUARE .. ", ll.matrix { { 3 }, { 4 } }",
  solve_triangular = "A, B = " .. SQUARE .. ", ll.matrix { { 3 }, { 4 } }",
  lstsq = "A, B = ll.matrix { { 1, 0 }, { 1, 1 }, { 1, 2 } }, ll.matrix { { 1 }, { 3 }, { 5 } }",
  cholesky = "x = " .. SQUARE, inverse = "x = " .. SQUARE, log_det = "x = " .. SQUARE, eigenvalues = "x = " .. SQUARE,
  eigenvectors = "x = " .. SQUARE, singular_values = "x = " .. SQUARE, left_singular = "x = " .. SQUARE,
  right_singular = "x = " .. SQUARE, place = "x = ll.matrix { { 1 }, { 2 } }", pick = "x = ll.matrix { { 1, 2 }, { 3, 4 } }",
  scatter_add = "x = ll.matrix { { 1, 2 }, { 3, 4 } }",
}
-- The arguments behind the operands, by the call's tail in the row.
local arguments = {
  [" [, factor [, added]]"] = ", 2, 1", [", exponent"] = ", 2", [", low, high"] = ", -1, 1.5", [", rows, cols"] = ", 1, 4",
  [", first, last"] = ", 2, 2", [", first, size"] = ", 2, 3", [", list"] = ", { 2, 1 }", [", list, size"] = ", { 2, 1 }, 3",
}
local of_op = { expand = ", 2, 2" }
local expanded = { expand = "x = ll.matrix { { 1, 2 } }" }

local function numbers(row, k)
  local low, high, out = row.low, row.high, {}
  for i = 1, 4 do
    local value = low + (high - low) * ((i * (k + 1) + k) % 5 + 0.5) / 5
    out[i] = string.format("%.3g", math.floor(value * 10 + 0.5) / 10)
  end
  return string.format("ll.matrix { { %s, %s }, { %s, %s } }", table.unpack(out))
end

return function(add)
  local ll = require "losslab"
  for _, row in ipairs(ll.ops()) do
    local operands, names = row.operands, {}
    for name in operands:gmatch "[%w_]+" do names[#names + 1] = name end
    local tail = row.call:match(operands:gsub("%W", "%%%0") .. "(.*)%)$") or ""
    local given = of_op[row.name] or arguments[tail] or ""
    local values = special[row.name] or expanded[row.name]
    if not values then
      local list = {}
      for i = 1, row.arity do list[i] = numbers(row, i) end
      values = table.concat(names, ", ") .. " = " .. table.concat(list, ", ")
    end
    local call = string.format("ll.%s(%s%s)", row.name, operands, given)
    local one = row.formula:find "1×1" ~= nil
    local text = "Gives " .. row.formula .. "."
    if row.name == "max" or row.name == "min" then
      text = text .. string.format(" Of one matrix: its %s element, 1×1.", row.name == "max" and "largest" or "smallest")
    end
    local entry = {
      name = "ll." .. row.name, kind = "op",
      calls = { row.call, parse.method_call(row.call) },
      gives = "matrix", summary = row.formula:gsub(", elementwise", ""), paragraphs = { { text = text } }, text = text, params = {},
      see = {},
      module = "ll", group = row.group,
      also = { "matrix:" .. row.name }, file = "engine/autograd/ops.def"
    }
    for name, said in row.arguments:gmatch "([%w_]+)  ([^\n]+)" do
      entry.params[#entry.params + 1] = { name = name, text = said }
    end
    local lines = { "local " .. values, call .. (one and ":item()" or ":table()") }
    entry.example = example.shown(table.concat(lines, "\n"))
    add(entry)
  end
end
