-- Small symmetric systems in double, for the Gaussian process of a search: ll's matrices are float in one of the two programs, and
-- proposals are the same in both. Matrices are arrays of rows; only the lower half is read.
local M = {}

-- L with L Lᵀ = a; nil where a is not positive definite.
function M.factor(a)
  local l, sqrt = {}, math.sqrt
  for i = 1, #a do
    local row, from = {}, a[i]
    for j = 1, i - 1 do
      local other, sum = l[j], from[j]
      for k = 1, j - 1 do sum = sum - row[k] * other[k] end
      row[j] = sum / other[j]
    end
    local sum = from[i]
    for k = 1, i - 1 do sum = sum - row[k] * row[k] end
    if sum ~= sum or sum <= 0 then return nil end
    row[i] = sqrt(sum)
    l[i] = row
  end
  return l
end

-- x with L x = b.
function M.forward(l, b)
  local x = {}
  for i = 1, #b do
    local row, sum = l[i], b[i]
    for k = 1, i - 1 do sum = sum - row[k] * x[k] end
    x[i] = sum / row[i]
  end
  return x
end

-- x with Lᵀ x = b.
function M.backward(l, b)
  local x, n = {}, #b
  for i = 1, n do x[i] = b[i] end
  for i = n, 1, -1 do
    local row = l[i]
    local value = x[i] / row[i]
    x[i] = value
    for k = 1, i - 1 do x[k] = x[k] - row[k] * value end
  end
  return x
end

-- The lower half of (L Lᵀ)⁻¹.
function M.inverse(l)
  local n, columns, out = #l, {}, {}
  for j = 1, n do -- columns of L⁻¹, from their first element that is not 0
    local x = {}
    x[j] = 1 / l[j][j]
    for i = j + 1, n do
      local row, sum = l[i], 0.0
      for k = j, i - 1 do sum = sum - row[k] * x[k] end
      x[i] = sum / row[i]
    end
    columns[j] = x
  end
  for i = 1, n do
    local row, a = {}, columns[i]
    for j = 1, i do
      local b, sum = columns[j], 0.0
      for k = i, n do sum = sum + a[k] * b[k] end
      row[j] = sum
    end
    out[i] = row
  end
  return out
end

return M
