-- The bins of a histogram: how wide, how many numbers each holds.
local bins = {}

local MOST = 200

-- A quantile of sorted numbers, between its neighbours.
local function quantile(sorted, share)
  local at = 1 + share * (#sorted - 1)
  local i = math.floor(at)
  return sorted[i] + (at - i) * ((sorted[i + 1] or sorted[i]) - sorted[i])
end

-- How many bins numbers (sorted) want: their range by 2 IQR n^(-1/3) (Freedman and Diaconis 1981), at most 200. Where half of them
-- are equal and the rule says nothing, as many as Sturges' rule.
function bins.count(sorted)
  local n = #sorted
  local range, width = sorted[n] - sorted[1], 2 * (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / n ^ (1 / 3)
  if range <= 0 then return 1 end
  if width <= 0 then return math.ceil(math.log(n, 2)) + 1 end
  return math.max(1, math.min(MOST, math.ceil(range / width)))
end

-- The edges from low to high: n bins; log: of equal ratios. Where there is one value only, a bin around it.
function bins.edges(low, high, n, log)
  if low == high then
    local half = low ~= 0 and math.abs(low) / 20 or 0.5
    if log then return { low / 1.05, low * 1.05 } end
    return { low - half, low + half }
  end
  local edges = {}
  for i = 0, n do edges[i + 1] = log and low * (high / low) ^ (i / n) or low + (high - low) * (i / n) end
  edges[n + 1] = high
  return edges
end

-- How many of the numbers are in each bin: from its lower edge to below its upper one, the last with its upper one. Numbers beyond
-- the edges are not counted.
function bins.counts(numbers, edges)
  local n, counts = #edges - 1, {}
  for i = 1, n do counts[i] = 0 end
  local first, last = edges[1], edges[n + 1]
  local per = n / (last - first)
  for _, x in ipairs(numbers) do
    if x >= first and x <= last then
      local i = math.min(n, math.floor((x - first) * per) + 1) -- where the bins are equal, near enough
      while x < edges[i] do i = i - 1 end
      while i < n and x >= edges[i + 1] do i = i + 1 end
      counts[i] = counts[i] + 1
    end
  end
  return counts
end

return bins
