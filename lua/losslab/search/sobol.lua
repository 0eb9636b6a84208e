-- Sobol sequences, scrambled: a digital net in base 2, whose first 2^m points fill every dyadic box of a coordinate equally.
-- Scrambled by a random lower triangular matrix a coordinate and a random digital shift (Matoušek 1998), which keeps the balance
-- of each coordinate and of all of them together, and makes every point uniform on [0, 1).
local ll = require "losslab"
local direction = require "losslab.search.direction_numbers"

local M = { most = #direction + 1 }

local BITS = 32
local ONE = 1 << BITS

-- The 32 direction numbers of coordinate j: v[k] = m_k 2^(32-k), m from the recurrence of the coordinate's polynomial.
local function directions(j)
  local v = {}
  if j == 1 then
    for k = 1, BITS do v[k] = 1 << (BITS - k) end
    return v
  end
  local row = direction[j - 1]
  local polynomial, degree = row[1], #row - 1
  for k = 1, degree do v[k] = row[k + 1] << (BITS - k) end
  for k = degree + 1, BITS do
    v[k] = v[k - degree] ~ (v[k - degree] >> degree)
    for i = 1, degree - 1 do
      if polynomial >> (degree - i) & 1 == 1 then v[k] = v[k] ~ v[k - i] end
    end
  end
  return v
end

local function parity(x)
  for _, by in ipairs { 16, 8, 4, 2, 1 } do x = x ~ (x >> by) end
  return x & 1
end

local function draw(random) return random:integer(ONE) - 1 end

-- L v: output digit i (from the highest) is a random combination of the digits above it, and the digit itself.
local function scrambled(v, random)
  local rows, out = {}, {}
  for i = 0, BITS - 1 do
    local above = ((1 << i) - 1) << (BITS - i)
    rows[i] = draw(random) & above | 1 << (BITS - 1 - i)
  end
  for k = 1, BITS do
    local x = 0
    for i = 0, BITS - 1 do x = x | parity(rows[i] & v[k]) << (BITS - 1 - i) end
    out[k] = x
  end
  return out
end

-- A coordinate as a function from the number of a point, from 0, to a share in [0, 1). random [opt]: its scrambling.
function M.coordinate(j, random)
  local v, shift = directions(j), 0
  if random then v, shift = scrambled(v, random), draw(random) end
  return function(i)
    local x, code, k = shift, i ~ (i >> 1), 1 -- Gray's code, as Antonov and Saleev have it: the same points in another order
    while code > 0 do
      if code & 1 == 1 then x = x ~ v[k] end
      code, k = code >> 1, k + 1
    end
    return x / ONE
  end
end

-- A scrambled sequence of `width` coordinates: a function from (number of the point, coordinate) to a share.
function M.new(width, seed, stream)
  local of = {}
  for j = 1, width do of[j] = M.coordinate(j, ll.random(seed, j, "search sobol " .. stream)) end
  return function(i, j) return of[j](i) end
end

return M
