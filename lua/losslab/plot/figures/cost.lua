-- What the metric costs. Left: the validation metric of each configuration against the seconds of one of its runs; the line joins
-- those that nothing cheaper beats. Right, where losses have several configurations: the best so far by how many were tried, in the
-- order of the study or search, so that losses can be compared at equal budgets.
local few = require "losslab.plot.few"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local stats = require "losslab.results.stats"
local text = require "losslab.text"

local SETS, TRIED = 4, 4 -- data sets that have both panels; configurations of a loss that make a course

-- Median seconds of the finished runs by data set and configuration: one that the machine held up counts little.
local function seconds_of(results)
  local all, out = {}, {}
  for row in results.store:rows "trials" do
    if row.status == "done" and row.seconds then
      local key = row.dataset .. "\0" .. row.config
      all[key] = all[key] or {}
      table.insert(all[key], row.seconds)
    end
  end
  for key, each in pairs(all) do out[key] = stats.median(each) end
  return out
end

-- The rows of a data set's summary by loss, in the order of the configurations: those with a value, or all that were tried, lost
-- ones and those that a search ended early among them.
local function rows_of(dataset, loss, tried)
  local out = {}
  for _, row in ipairs(dataset.summary) do
    if row.loss == loss.name and (row.valid_mean or tried and row.open == 0) then out[#out + 1] = row end
  end
  table.sort(out, function(a, b) return a.config < b.config end)
  return out
end

-- The points that nothing cheaper beats, from cheap to dear.
local function front(points, sign)
  table.sort(points, function(a, b) return a[1] < b[1] or a[1] == b[1] and sign * a[2] > sign * b[2] end)
  local out = {}
  for _, point in ipairs(points) do
    if #out == 0 or sign * point[2] > sign * out[#out][2] then out[#out + 1] = { point[1], point[2] } end
  end
  return out
end

local function by_seconds(results, dataset, seconds)
  local panel, all = { title = dataset.name, under = layout.size(dataset), x = "seconds a run", series = {} }, {}
  local least, most = math.huge, 0
  for _, loss in ipairs(results.losses) do
    local points = {}
    for _, row in ipairs(rows_of(dataset, loss)) do
      local spent = seconds[dataset.name .. "\0" .. row.config]
      if spent and spent > 0 then
        points[#points + 1] = { spent, row.valid_mean, more = results:describe(row.config, true) }
        all[#all + 1] = points[#points]
        least, most = math.min(least, spent), math.max(most, spent)
      end
    end
    if #points > 0 then
      panel.series[#panel.series + 1] = { text = loss.name, loss = loss.name, points = points, line = false,
        size = #points > 20 and 0.6 or 1 }
    end
  end
  if #all == 0 then return nil end
  panel.logx = most > 4 * least
  local edge = front(all, results.sign)
  if #all > 2 then
    panel.series[#panel.series + 1] = { text = "nothing cheaper is better", style = 0, points = edge, mark = false, thin = true,
      last = true, silent = true }
  end
  return panel, edge
end

local function by_tried(results, dataset)
  local panel, most = { title = dataset.name, under = layout.size(dataset), x = "configurations tried", counted = true,
    series = {} }, 0
  for _, loss in ipairs(results.losses) do
    local points, best = {}, nil
    for i, row in ipairs(rows_of(dataset, loss, true)) do
      local value = row.valid_mean
      if value and (not best or results.sign * value > results.sign * best) then best = value end
      if best then points[#points + 1] = { i, best } end
    end
    most = math.max(most, #points)
    if #points > 0 then
      panel.series[#panel.series + 1] = { text = loss.name, loss = loss.name, points = points, every = math.max(1, #points // 8),
        size = 0.9 }
    end
  end
  return most >= TRIED and panel or nil
end

local function draw(fig, results)
  local list, facts, tried, seconds = {}, {}, false, seconds_of(results)
  for _, dataset in ipairs(results.datasets) do
    local panel, edge = by_seconds(results, dataset, seconds)
    if panel then
      list[#list + 1] = panel
      local best = edge[#edge]
      facts[#facts + 1] = string.format("%s: best %s with %s s a run", dataset.name, text.number(best[2], 3),
        text.number(best[1], 2))
    end
    local course = #results.datasets <= SETS and by_tried(results, dataset)
    if course then list[#list + 1], tried = course, true end
  end
  if #list == 0 and results.unvalidated then return nil, "the study has no validation part" end
  if #list == 0 then return nil, "no finished run has its seconds recorded" end
  fig:describe("%s on validation against what it costs. %s.", layout.metric(results), text.listed(facts, 8))
  return panels(fig, { title = string.format("%s: %s on validation against its cost", results.study.name, layout.metric(results)),
    note = "A point a configuration: mean over folds and seeds, median seconds, which are of this machine and of what else it did."
      .. (tried and " By configurations tried: the best so far." or "") .. few.absent(results),
    y = layout.metric(results) .. " on validation", panels = list }, results)
end

return { name = "cost", draw = draw }
