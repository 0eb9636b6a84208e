-- The median and quartiles of runs by epoch, where some may have stopped early: the median of those that are left is that of
-- another population, so it stands apart.
local stats = require "losslab.results.stats"

-- rows: { { epoch, values }, … }, as results:curve gives them. Gives points { epoch, median, quartiles } while all runs go on, rest
-- (the same after that, beginning where points end), all; runs, how many there are, and n, how many are left at the end. nil where
-- nothing was recorded.
return function(rows)
  local out = { points = {}, rest = {}, all = {}, runs = 0 }
  for _, row in ipairs(rows) do out.runs = math.max(out.runs, #row[2]) end
  for _, row in ipairs(rows) do
    local epoch, values = table.unpack(row)
    if #values > 0 then
      local point = { epoch, stats.median(values), stats.quantile(values, 0.25), stats.quantile(values, 0.75),
        more = string.format("n = %d", #values) }
      out.all[#out.all + 1], out.n = point, #values
      local list = #values == out.runs and #out.rest == 0 and out.points or out.rest
      list[#list + 1] = point
    end
  end
  if #out.rest > 0 and #out.points > 0 then table.insert(out.rest, 1, out.points[#out.points]) end
  return #out.all > 0 and out or nil
end
