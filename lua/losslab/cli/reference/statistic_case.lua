-- A recorded case of a function of ll.stats: arguments as they are given to it, and its value, or some fields of the table that it
-- gives. "inf" and "-inf" stand for numbers that JSON has no word for.
--
-- ll.stats is in double in both builds, and right to the digits of a small probability as of a large one: its tolerance is its own,
-- relative to each number, and a recorded 0 is what no double is small enough for. The ends of an interval are compared relative
-- to the larger one, since they are a difference.
local ll = require "losslab"
local check = require "losslab.check"
local case_of = require "losslab.cli.reference.case"

local TOLERANCE = 1e-12
local SMALLEST = 0x1p-1022

local functions = {}
for name, f in pairs(ll.stats) do functions[name] = f end

local words = { inf = math.huge, ["-inf"] = -math.huge }

local function numbers(value)
  if type(value) ~= "table" then return words[value] or value end
  local out = {}
  for key, each in pairs(value) do out[key] = numbers(each) end
  return out
end

-- wants: a number, or a table of them.
local function compare(entry, where, what, got, want, scale)
  if type(want) == "table" then
    local ends = math.max(math.abs(tonumber(want.low) or 0), math.abs(tonumber(want.high) or 0))
    for _, key in ipairs(check.keys(want)) do
      compare(entry, where, tostring(key), type(got) == "table" and got[key] or nil, want[key],
        (key == "low" or key == "high") and ends or 0)
    end
    return
  end
  if type(want) ~= "number" then error(what .. ": a number was expected, not " .. check.show(want), 0) end
  local err = math.huge
  if type(got) == "number" then
    err = (got == want or want == 0 and math.abs(got) < SMALLEST) and 0 or math.abs(got - want) / math.max(math.abs(want), scale)
  end
  if err ~= err then err = math.huge end
  entry.worst = math.max(entry.worst, err)
  if err > TOLERANCE then
    entry.failures[#entry.failures + 1] = string.format("%s: %s is %s, expected %.17g (error %.2g)", where, what,
      type(got) == "number" and string.format("%.17g", got) or check.show(got), want, err)
  end
end

return function(case, report)
  local name = case_of.field(case, "statistic", "string")
  if not functions[name] then return report:unknown("there is no statistic", name, check.keys(functions)) end
  case_of.only(case, { "statistic", "arguments", "value" })
  local entry = report:entry(name)
  entry.tolerance = TOLERANCE
  report:try(entry, function(where)
    local arguments = numbers(case_of.field(case, "arguments", "table"))
    local want = numbers(case_of.field(case, "value", "number table string"))
    compare(entry, where, "value", functions[name](table.unpack(arguments)), want, 0)
  end)
end
