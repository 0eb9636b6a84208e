-- The reductions of every loss that has them, against each other: mean, sum and none, values and gradients, and each row alone.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local double = ll.precision == "double"

local function close(a, b)
  return a == b or math.abs(a - b) <= (double and 1e-9 or 2e-3) * math.max(math.abs(a), math.abs(b), double and 1e-3 or 0.1)
end

local function gradients(s, inputs, options, weights)
  local given = rows.matrices(s, inputs)
  local value = s.call(given, options)
  local total = weights and ll.sum(value * weights) or value
  if not s.row.metric_only then total:backward() end
  local grads = {}
  for i, m in ipairs(given) do grads[i] = m.requires_grad and m.grad or nil end
  return value, grads
end
local function largest(m)
  local most = 0
  for _, row in ipairs(m:table()) do
    for _, x in ipairs(type(row) == "table" and row or { row }) do most = math.max(most, math.abs(x)) end
  end
  return most
end
local function apart(a, b) return largest(a - b) / math.max(largest(b), 1e-30) end
local near = double and 1e-12 or 2e-5
for _, s in ipairs(rows.subjects()) do
  if s.row.by_row then
    local inputs, n = rows.draw(s, 9), rows.extents.n
    local mean, mean_grads = gradients(s, inputs, { reduction = "mean" })
    local sum, sum_grads = gradients(s, inputs, { reduction = "sum" })
    local ones = ll.ones(n, 1)
    local none, none_grads = gradients(s, inputs, { reduction = "none" }, ones)
    local wrong = {}
    local function hold(pass, what) if not pass then wrong[#wrong + 1] = what end end
    hold(none.rows == n and none.cols == 1, "none is not a column of n")
    hold(close(sum:item(), n * mean:item()), "the sum is not n means")
    hold(close(ll.sum(none):item(), sum:item()), "the rows do not add up to the sum")
    for i, grad in pairs(sum_grads) do
      hold(apart(grad, n * mean_grads[i]) < near, "gradients of sum and mean of " .. s.inputs[i].name)
      hold(apart(none_grads[i], grad) < near, "gradients of none and sum of " .. s.inputs[i].name)
    end
    -- each row alone: its value is its row of none, its gradient the one under a weight on it alone
    for _, at in ipairs { 1, n } do
      local only = ll.zeros(n, 1)
      only:set(at, 1, 1)
      local _, of_one = gradients(s, inputs, { reduction = "none" }, only)
      local alone = rows.change(s, inputs, nil, function(input, desc)
        return desc.shape:sub(1, 1) == "n" and { input[at] } or input
      end)
      local value, of_row = gradients(s, alone, {})
      hold(close(value:item(), none:get(at, 1)), "row " .. at .. " alone")
      for i, grad in pairs(of_row) do
        local shared = s.inputs[i].shape:sub(1, 1) ~= "n"
        local part = shared and of_one[i] or ll.row_range(of_one[i], at, at)
        hold(apart(part, grad) < near or largest(grad) < 1e-6,
          string.format("the gradient of %s through row %d alone", s.inputs[i].name, at))
      end
    end
    t.ok(#wrong == 0, s.name .. ": mean, sum, none and single rows agree, gradients too: " .. table.concat(wrong, "; "))
  end
end
t.done()
