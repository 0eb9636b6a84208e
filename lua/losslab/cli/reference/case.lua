-- A case of recorded figures: reads its fields, and compares numbers with the recorded ones.
--
-- The error of a number is |got - wanted| / scale. For an element of a gradient (or of an iterate, or of rows of values)
-- scale = max(|wanted|, floor × largest of that gradient), for a value max(|wanted|, floor × largest gradient of the case):
-- near a zero of the gradient an error relative to the element alone would measure nothing but rounding. In double floor is
-- 0.001; in single it is 1, since there the rounding of the inputs alone moves every element by 1e-7 of the largest. A scale that
-- would be 0 is 1. The tolerance is 1e-10 in double and 1e-5 in single.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

local double = ll.precision == "double"
M.tolerance = double and 1e-10 or 1e-5
local floor = double and 1e-3 or 1
M.floor = floor

-- ---- numbers -------------------------------------------------------------------------------------------------------------

-- The numbers of nested arrays, or of a matrix, in row order.
function M.flat(value, out)
  out = out or {}
  if type(value) == "number" then
    out[#out + 1] = value
  elseif type(value) == "userdata" and value.table then
    M.flat(value:table(), out)
  elseif type(value) == "table" then
    for _, each in ipairs(value) do M.flat(each, out) end
  else
    error("a number was expected, not " .. tostring(value), 0)
  end
  return out
end

-- Arrays of arrays of rows are stacked: a layer, or a user's negatives, below the other; rows of a narrower layer are filled up
-- with zeros.
function M.stacked(value)
  if type(value) ~= "table" or type(value[1]) ~= "table" or type(value[1][1]) ~= "table" then return value end
  local rows, width = {}, 0
  for _, block in ipairs(value) do
    for _, row in ipairs(block) do width = math.max(width, #row) end
  end
  for _, block in ipairs(value) do
    for _, row in ipairs(block) do
      local filled = table.move(row, 1, #row, 1, {})
      for j = #row + 1, width do filled[j] = 0 end
      rows[#rows + 1] = filled
    end
  end
  return rows
end

function M.matrix(value) return ll.matrix(M.stacked(value)) end

function M.largest(values)
  local most = 0
  for _, x in ipairs(values) do most = math.max(most, math.abs(x)) end
  return most
end

-- Whether all are within tolerance. The entry keeps the worst error, and what is out of tolerance among its failures.
function M.compare(entry, where, what, got, want, scale)
  got, want = M.flat(got), M.flat(want)
  scale = math.max(scale or 0, floor * M.largest(want))
  if #got ~= #want then
    entry.worst = math.huge
    entry.failures[#entry.failures + 1] = string.format("%s: %s has %d numbers, expected %d", where, what, #got, #want)
    return false
  end
  for i, w in ipairs(want) do
    local g = got[i]
    local least = math.max(math.abs(w), scale)
    local err = g == w and 0 or math.abs(g - w) / (least > 0 and least or 1)
    if err ~= err then err = math.huge end
    entry.worst = math.max(entry.worst, err)
    if err > M.tolerance then
      entry.failures[#entry.failures + 1] = string.format("%s: %s%s is %.17g, expected %.17g (error %.2g)", where, what,
        #want > 1 and "[" .. i .. "]" or "", g, w, err)
      return false -- the first of an array is enough to find it
    end
  end
  return true
end

-- ---- fields ---------------------------------------------------------------------------------------------------------------

-- Raises that the case is malformed; whoever catches it adds the file and number.
local malformed = { __tostring = function(self) return self.message end }
function M.bad(format, ...) error(setmetatable({ message = string.format(format, ...) }, malformed), 0) end

function M.is_bad(err) return getmetatable(err) == malformed end

-- A field of one of the kinds ("table number"). where [opt]: what it is a field of.
function M.field(t, name, kinds, where)
  local value = t[name]
  for kind in kinds:gmatch "%a+" do
    if type(value) == kind then return value end
  end
  local found = value == nil and "is missing" or type(value) == "userdata" and "is null" or "is a " .. type(value)
  return M.bad("%s%s %s%s", where and where .. "." or "", name, found,
    value == nil and "" or "; expected a " .. kinds:gsub(" ", " or "))
end

-- Other fields are remarks. A misspelt one, or gradients that are not compared, would look checked although they are not, so they
-- are refused.
function M.only(case, known)
  local is_known = {}
  for _, name in ipairs(known) do is_known[name] = true end
  for _, name in ipairs(check.keys(case)) do
    if not is_known[name] and ll.core.nearest(name, known) then
      M.bad("%s", check.no_such("has a field that is not read,", name, known))
    end
    if name == "grads" and not is_known.grads then M.bad("has grads, which are not compared") end
  end
end

return M
