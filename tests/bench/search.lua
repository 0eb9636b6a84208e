-- How far from the best what a search found still is (its regret), beside Optuna's TPE on the same objectives after as many trials:
--   search.lua                     medians over 20 seeds by tpe, one trial at a time; search.py prints the same names
--   search.py raw 30 tpe 1,8 >optuna.tsv; search.lua compare 30 tpe,gp 1,8 <optuna.tsv
-- The second gives a table: medians of both, how often a search here ends better than one of Optuna (ties count half) with a
-- bootstrap interval of 95 %, and what that says. Methods and trials at once are lists; the seeds are none that tpe was tuned on.
local ll = require "losslab"
local check = require "losslab.check"
local objectives = require "tests.lua.fixture_objectives"

local FIRST = 1000 -- seeds begin behind it
local COUNTS = { 50, 100 }
local MOST = { gp = 50 } -- trials of a method that takes seconds for more

local mode, seeds, methods, batches = arg[1], tonumber(arg[2] or 20), arg[3] or "tpe", arg[4] or "1"
io.stdout:setvbuf "line"

-- The regret of what was best when seen, after each of COUNTS trials.
local function search(name, method, at_once, seed)
  local o = objectives[name]
  local s = ll.search.new { method = method, space = o.space, seed = FIRST + seed, trials = 100 }
  local noise = ll.random(seed, 0, "noise")
  local history, best, worth, out = {}, -math.huge, nil, {}
  while #history < (MOST[method] or 100) do
    for _, point in ipairs(s:propose(history, math.min(at_once, 100 - #history))) do
      local value = o.f(point)
      local seen = -value - (o.noise and o.noise * noise:normal() or 0)
      history[#history + 1] = { point = point, value = seen }
      if seen > best then best, worth = seen, value - o.least end
      for _, n in ipairs(COUNTS) do if #history == n then out[n] = worth end end
    end
  end
  return out
end

local function median(xs) return ll.stats.median(xs) end

-- The share of pairs in which a is below b, ties half.
local function share(a, b)
  local below = 0
  for _, x in ipairs(a) do
    for _, y in ipairs(b) do below = below + (x < y and 1 or x == y and 0.5 or 0) end
  end
  return below / (#a * #b)
end

local function interval(a, b)
  local random, shares = ll.random(1, 0, "bootstrap"), {}
  local function again(xs)
    local out = {}
    for i = 1, #xs do out[i] = xs[random:integer(#xs)] end
    return out
  end
  for i = 1, 1000 do shares[i] = share(again(a), again(b)) end
  return ll.stats.quantile(shares, 0.025), ll.stats.quantile(shares, 0.975)
end

-- f(name, method, at_once, { [trials] = { regret of each seed } }) of every search that is asked for.
local function each(f)
  for method in methods:gmatch "[^,]+" do
    for at_once in batches:gmatch "%d+" do
      for _, name in ipairs(objectives.names) do
        local found = {}
        for seed = 1, seeds do
          for n, regret in pairs(search(name, method, math.tointeger(at_once), seed)) do
            found[n] = found[n] or {}
            table.insert(found[n], regret)
          end
        end
        f(name, method, at_once, found)
      end
    end
  end
end

if mode ~= "compare" then
  each(function(name, method, _, found)
    for _, n in ipairs(COUNTS) do
      if found[n] then print(("search %s, %s, %d trials: regret\t%.9g\tof 1"):format(name, method, n, median(found[n]))) end
    end
  end)
  return
end

local optuna = {}
for line in io.lines() do
  local name, sampler, n, at_once, _, regret = line:match "^(%S+)\t([^\t]+)\t(%d+)\t(%d+)\t(%d+)\t(%S+)$"
  if sampler then
    local key = table.concat({ name, n, at_once }, " ")
    optuna[sampler] = optuna[sampler] or {}
    optuna[sampler][key] = optuna[sampler][key] or {}
    table.insert(optuna[sampler][key], tonumber(regret))
  end
end
print "| objective | trials | at once | losslab | its regret | Optuna | its regret | ends better | 95 % | losslab is |"
print "|---|---|---|---|---|---|---|---|---|---|"
each(function(name, method, at_once, found)
  for _, n in ipairs(COUNTS) do
    for _, sampler in ipairs(check.keys(found[n] and optuna or {})) do
      local theirs = optuna[sampler][table.concat({ name, n, at_once }, " ")]
      if theirs then
        local low, high = interval(found[n], theirs)
        print(("| %s | %d | %s | %s | %.3g | %s | %.3g | %.0f %% | %.0f to %.0f | %s |"):format(name, n, at_once, method,
          median(found[n]), sampler, median(theirs), 100 * share(found[n], theirs), 100 * low, 100 * high,
          low > 0.5 and "better" or high < 0.5 and "worse" or "as good"))
      end
    end
  end
end)
