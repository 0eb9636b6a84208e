-- Every loss on inputs so large or so small that it overflows: a value, inf perhaps, and gradients, never NaN. From the table: a
-- new row is tried like the others.
local t = require "tests.lua.tap"
local ll = require "losslab"
ll.loss.remarks "never"

local scales = ll.precision == "double" and { 1e-200, 1e-30, 1e30, 1e160, 1e300 } or { 1e-30, 1e19, 1e20, 1e30, 1e38 }
local stream = ll.random(1, 1, "overflow")

-- Every element large, every second one, or all of one size.
local function numbers(rows, cols, scale, kind)
  local drawn, out = stream:uniform(rows, cols, -1, 1), {}
  for i = 1, rows do
    out[i] = {}
    for j = 1, cols do
      local x = drawn:get(i, j)
      if kind == "all" then x = x * scale
      elseif kind == "one size" then x = x > 0 and scale or -scale
      elseif (i + j) % 2 == 1 then x = x * scale end
      out[i][j] = x
    end
  end
  return ll.matrix(out):with_grad()
end

local function labels(rows, cols, first, count)
  local out = {}
  for i = 1, rows do
    out[i] = {}
    for j = 1, cols do out[i][j] = first + i % count end
  end
  return ll.matrix(out)
end

local function inputs_of(row, extent, scale, kind)
  local inputs, leaves = {}, {}
  for _, input in ipairs(row.inputs) do
    local a, b = input.shape:match "(%w+),(%w+)"
    local rows, cols = extent[a] or tonumber(a), extent[b] or tonumber(b)
    if input.role == "matrix" then
      inputs[#inputs + 1] = numbers(rows, cols, scale, kind)
      leaves[#leaves + 1] = inputs[#inputs]
    elseif input.role == "binary" then inputs[#inputs + 1] = labels(rows, cols, 0, 2)
    elseif input.role == "relevance" or input.role == "numbers" or input.role == "sizes" then inputs[#inputs + 1] = labels(rows, cols, 0, 3)
    elseif input.role == "class" or input.role == "identity" then inputs[#inputs + 1] = labels(rows, cols, 1, 3) end
  end
  return inputs, leaves
end

-- The defaults, and every form that a choice, a switch or a small whole number gives.
local function forms(row)
  local out = { {} }
  for _, p in ipairs(row.params) do
    for _, choice in ipairs(p.choices or {}) do out[#out + 1] = { [p.name] = choice } end
    if p.kind == "boolean" then out[#out + 1] = { [p.name] = not p.default } end
    local low, high = p.range:match "^%[(%d), (%d)%]$"
    if p.kind == "integer" and low then
      for value = tonumber(low), tonumber(high) do out[#out + 1] = { [p.name] = value } end
    end
  end
  return out
end

local function is_nan(m) return ll.sum(ll.not_equal(m, m)):item() > 0 end

for _, name in ipairs(ll.loss.list()) do
  local row, bad, tried = ll.loss.describe(name), {}, 0
  for _, form in ipairs(forms(row)) do
    for _, scale in ipairs(scales) do
      for _, kind in ipairs { "all", "every second", "one size" } do
        for _, d in ipairs { 1, 12 } do
          local inputs, leaves = inputs_of(row, { n = 8, m = 8, k = 3, d = d, q = 1 }, scale, kind)
          if form.from == "probabilities" then
            inputs[1] = ll.clamp(inputs[1]:detach(), 0, 1):with_grad()
            leaves = { inputs[1] }
          end
          local loss = ll.loss[name](form)
          if row.has_history then loss:history(inputs[1]:detach(), inputs[2]) end
          local value = loss(table.unpack(inputs))
          local wrong = is_nan(value:detach()) and "value" or nil
          for i, gradient in ipairs(row.metric_only and {} or ll.grad(value, leaves)) do
            if is_nan(gradient) then wrong = (wrong and wrong .. " and " or "") .. "gradient " .. i end
          end
          tried = tried + 1
          if wrong then bad[#bad + 1] = string.format("%s at %g, %s, d = %d", wrong, scale, kind, d) end
        end
      end
    end
  end
  t.is(bad, {}, name .. ": no NaN in " .. tried .. " evaluations")
end

t.done()
