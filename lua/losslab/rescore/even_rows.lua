-- Some rows of many, evenly taken: one of each of `most` pieces of the rows, at a place that differs from piece to piece. Rows at
-- equal steps would be targets alone where each target stands before its decoy.
local GOLDEN = (5 ^ 0.5 - 1) / 2 -- whose multiples are spread evenly between whole numbers

-- At most `most` of n rows, as a list; nil: all.
return function(n, most)
  if n <= most then return nil end
  local rows = {}
  for i = 1, most do
    local first, behind = (i - 1) * n // most, i * n // most
    rows[i] = first + 1 + math.floor(i * GOLDEN % 1 * (behind - first))
  end
  return rows
end
