-- ll.timeit: how long something takes, run often enough that the clock's grain and what else the machine does count little.
local ll = require "losslab"
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

local RUNS, LEAST, MOST = 15, 2e-3, 2 -- how many runs; seconds that one should take at least, and all together about

-- "1.52 ms"
function M.seconds(s)
  for _, unit in ipairs { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "µs" } } do
    if s >= unit[1] * 0.9995 then return string.format("%.3g %s", s / unit[1], unit[2]) end
  end
  return string.format("%.3g ns", s * 1e9)
end

local function plural(n, word) return string.format("%s %s%s", text.number(n, 3), word, n == 1 and "" or "s") end

local class = {}
class.__index = class
class.__name = "losslab.timing"
function class:__tostring()
  local words = string.format("%s, between %s and %s (%s of %s)", M.seconds(self.median), M.seconds(self.low), M.seconds(self.high),
    plural(self.runs, "run"), plural(self.calls, "call"))
  local cost = {}
  if self.allocations > 0 then cost[1] = plural(self.allocations, "allocation") .. " of the engine" end
  if self.bytes >= 1 then cost[#cost + 1] = text.bytes(self.bytes) .. " of Lua" end
  return words .. "; a call takes " .. (#cost > 0 and table.concat(cost, " and ") or "no memory")
end

-- The function to time: code is a text of Lua, an expression or statements.
local function callable(f)
  if type(f) == "string" then
    local chunk, why = load("return " .. f, "=timeit")
    if not chunk then chunk, why = load(f, "=timeit") end
    if not chunk then error("timeit: " .. why, 3) end
    return chunk
  end
  if type(f) ~= "function" and not (debug.getmetatable(f) or {}).__call then
    error(string.format("timeit: a function or a text of Lua was expected, not %s", check.show(f)), 3)
  end
  return f
end

-- Seconds that so many calls take.
local function time(f, calls)
  local clock = ll.system.clock
  local began = clock()
  for _ = 1, calls do f() end
  return clock() - began
end

-- Allocations of the engine and bytes of Lua's heap that a call makes.
local function cost(f)
  local many = 3
  collectgarbage()
  collectgarbage "stop"
  local heap = collectgarbage "count"
  local _, before = ll.core.memory()
  local fine, err = pcall(time, f, many)
  local _, after = ll.core.memory()
  heap = (collectgarbage "count" - heap) * 1024
  collectgarbage "restart"
  if not fine then error(err, 0) end
  return math.floor((after - before) / many + 0.5), math.max(0, heap / many - 80)
end

--- ll.timeit(f [, n]) -> timing
-- How long a call of f takes: prints the median and the spread over many runs, and what it allocates.
-- A run is as many calls as take about two milliseconds, so that the clock does not count; there are 15 runs, fewer where one takes
-- long. The spread is from the lower to the upper quartile of the runs. The first call, which may load or make something, is not
-- counted.
--   f   a function, or a text of Lua: an expression or statements over global names
--   n   how many calls a run makes (found by itself)
-- The result has the numbers: median, low, high and times (seconds a call), calls (of a run), runs, allocations (of the engine, a
-- call), bytes (of Lua's heap, a call).
-- Errors: f is no function and no Lua; whatever f raises.
-- See: ll.profile
-- Example:
--   local timing = ll.timeit(function() return ll.ones(10, 10):sum() end)
--   timing.median > 0 and timing.low <= timing.high   --> true
function M.timeit(f, n, ...)
  check.no_more("ll.timeit", 2, ...)
  f = callable(f)
  if n ~= nil then n = check.integer("timeit: n", n, 1, nil, 2) end
  f()
  local calls, once = n or 1, time(f, n or 1)
  while not n and once < LEAST and calls < 1e9 do
    calls = math.max(calls * 2, math.min(calls * 100, math.ceil(calls * LEAST * 1.2 / math.max(once, 1e-9))))
    once = time(f, calls)
  end
  local runs = math.max(1, math.min(RUNS, math.floor(MOST / math.max(once, 1e-9))))
  local times = { once / calls }
  for i = 2, runs do times[i] = time(f, calls) / calls end
  local sorted = table.move(times, 1, #times, 1, {})
  table.sort(sorted)
  local function quantile(p) return sorted[math.max(1, math.ceil(p * #sorted))] end
  local allocations, bytes = cost(f)
  local timing = setmetatable({ median = quantile(0.5), low = quantile(0.25), high = quantile(0.75), times = times, calls = calls,
    runs = runs, allocations = allocations, bytes = bytes }, class)
  require "losslab.say".out(tostring(timing), "\n")
  M.printed = timing
  return timing
end

return M
