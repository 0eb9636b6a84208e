-- The arrays and options that functions of ll.stats are given, checked. Errors point at the call of that function: what is here is
-- called by it, not by something that it calls, where no level says otherwise.
local check = require "losslab.check"

local arrays = {}

local abs = math.abs

-- level: where an error points, as error's; 3 is the call of the function of stats that calls this.
function arrays.check(what, xs, least, level)
  level = level or 3
  if type(xs) ~= "table" then error(("%s: an array of numbers is needed, not %s"):format(what, check.show(xs)), level) end
  local last = #xs
  for key in pairs(xs) do
    if math.type(key) == "integer" and key > last then last = key end -- beyond a hole, which is then found below
  end
  for i = 1, last do
    local x = xs[i]
    if type(x) ~= "number" or x ~= x then error(("%s: value %d is %s"):format(what, i, tostring(x)), level) end
  end
  if last >= least then return end
  error(("%s: at least %d value%s needed, got %d"):format(what, least, least > 1 and "s" or "", last), level)
end

-- The options, and the level of an interval among them. Errors point at the call of a function of stats, which is what calls this.
function arrays.options(what, options, known)
  options = check.fields(what, check.default(options, {}), known, 3)
  return options, check.share(what .. ": level", check.default(options.level, 0.95), 0, 1, 3)
end

-- a - b. Of integers it is one as well, which no float need round, where it does not wrap around.
local function minus(a, b)
  if math.type(a) == "integer" or math.type(b) == "integer" then
    local x, y = math.tointeger(a), math.tointeger(b)
    local d = x and y and x - y
    if d and (x ~ y) & (x ~ d) >= 0 and d ~= math.mininteger then return d end
  end
  return (a + 0.0) - (b + 0.0)
end

function arrays.differences(what, a, b, least)
  arrays.check(what, a, 0, 4)
  arrays.check(what, b, 0, 4)
  if #a ~= #b then error(("%s: %d values against %d; they must come in pairs"):format(what, #a, #b), 3) end
  if #a < least then error(("%s: at least %d pair%s needed, got %d"):format(what, least, least > 1 and "s" or "", #a), 3) end
  local d = {}
  for i = 1, #a do
    d[i] = minus(a[i], b[i])
    if d[i] ~= d[i] then error(("%s: pair %d, %s and %s, has no difference"):format(what, i, a[i], b[i]), 3) end
  end
  return d
end

arrays.minus = minus

-- Midranks of |d|, doubled to be integers; sizes of the groups of ties.
function arrays.doubled_ranks(d)
  local order, ranks, ties = {}, {}, {}
  for i = 1, #d do order[i] = i end
  table.sort(order, function(i, j) return abs(d[i]) < abs(d[j]) end)
  local i = 1
  while i <= #d do
    local j = i
    while j < #d and abs(d[order[j + 1]]) == abs(d[order[i]]) do j = j + 1 end
    for k = i, j do ranks[order[k]] = i + j end
    if j > i then ties[#ties + 1] = j - i + 1 end
    i = j + 1
  end
  return ranks, ties
end

return arrays
