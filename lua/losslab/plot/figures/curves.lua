-- The metric against the epoch, by loss: each loss's configuration chosen on validation. Line: median over folds and seeds; band:
-- quartiles, which one bad run does not widen and which stay inside the metric's range. Bands of many losses over each other tell
-- nothing, so more than three losses on one data set get a panel each, and on several data sets only the asked loss and the best
-- have theirs. Where runs stop early, the median of those that are left is another population: it is thin, with their number.
local few = require "losslab.plot.few"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local runs_left = require "losslab.plot.runs_left"
local text = require "losslab.text"

local SEVERAL, MULTIPLES = 3, 16 -- bands in a panel, small multiples

-- The line of a loss (plot/runs_left.lua), or nil.
local function line_of(results, dataset, loss)
  local chosen = results:choose(dataset, loss.name)
  local line = chosen and runs_left(results:curve(dataset, chosen.config, "valid"))
  if line then line.loss = loss.name end
  return line
end

-- Where the y axis ends: everything that is drawn, unless the first epochs of a poor start would flatten all the rest: then it
-- begins at what is drawn after a fifth of the epochs, and what is before that is left out. Third: whether it is.
local function ends_of(lines, banded)
  local low, high, all_low, all_high = math.huge, -math.huge, math.huge, -math.huge
  for _, line in ipairs(lines) do
    for j, point in ipairs(line.all) do
      local least, most = point[2], point[2]
      if banded[line.loss] then least, most = point[3], point[4] end
      all_low, all_high = math.min(all_low, least), math.max(all_high, most)
      if j > #line.all / 5 then low, high = math.min(low, least), math.max(high, most) end
    end
  end
  if all_high - all_low <= 2.5 * (high - low) then low, high = all_low, all_high end
  -- One value alone is in the middle of an axis whose marks can be told apart, as in plot/axes.lua.
  local room = high > low and math.max((high - low) * 0.06, 1e-6) or low ~= 0 and math.abs(low) / 10 or 1
  return low - room, high + room, all_low < low or all_high > high
end

-- The points within the ends of the axis: a break where one is not. Bands end there, too.
local function within(points, low, high)
  local out = {}
  for i, point in ipairs(points) do
    local inside = point[2] >= low and point[2] <= high
    out[i] = inside and { point[1], point[2], math.max(point[3], low), math.min(point[4], high), more = point.more }
  end
  return out
end

local function without_band(points)
  local out = {}
  for i, point in ipairs(points) do out[i] = point and { point[1], point[2], more = point.more } end
  return out
end

local function add_line(panel, line, low, high, banded, grey)
  local every = math.max(1, #line.all // 6)
  for k, points in ipairs { line.points, line.rest } do
    points = within(points, low, high)
    if not banded or k == 2 then points = without_band(points) end
    if #points > 0 then
      panel.series[#panel.series + 1] = { text = grey and "others" or line.loss, loss = line.loss, points = points,
        thin = k == 2 or grey or nil, pale = grey or nil, every = every, mark = not grey and k == 1, size = 0.9, style = grey and 0
          or nil,
        silent = grey, hidden = grey }
    end
  end
  local last = line.rest[#line.rest]
  if last and not grey and last[2] >= low and last[2] <= high then
    panel.remarks[#panel.remarks + 1] = { last[1], last[2], "n = " .. line.n, loss = line.loss }
  end
end

-- A panel of the lines; banded: whose bands are drawn. own [opt]: the loss that it is about, the others being grey.
local function panel_of(dataset, lines, banded, own)
  local low, high, cut = ends_of(lines, banded)
  local first, last, runs = math.huge, -math.huge, 0
  local panel = { title = own or dataset.name, dataset = dataset, low = low, high = high, counted = true, series = {}, remarks = {},
    cut = cut }
  for _, line in ipairs(lines) do
    first, last = math.min(first, line.all[1][1]), math.max(last, line.all[#line.all][1])
    runs = math.max(runs, line.runs)
    if line.loss ~= own then add_line(panel, line, low, high, banded[line.loss] and not own, own ~= nil) end
  end
  for _, line in ipairs(lines) do
    if line.loss == own then
      add_line(panel, line, low, high, true)
      runs = line.runs
    end
  end
  local room = last > first and 0.02 * (last - first) or 0.5
  panel.from, panel.to = first - room, last + room + (#panel.remarks > 0 and 0.1 * (last - first) or 0)
  panel.under = string.format("%s, %d run%s", own and dataset.name or layout.size(dataset), runs, runs == 1 and "" or "s")
  return panel
end

local function describe(fig, results, sets)
  local words = {}
  for _, set in ipairs(sets) do
    local best
    for _, line in ipairs(set.lines) do
      for _, point in ipairs(line.all) do
        if not best or results.sign * point[2] > results.sign * best[1] then best = { point[2], line.loss, point[1] } end
      end
    end
    words[#words + 1] = string.format("%s: best %s, %s at epoch %d", set.dataset.name, best[2], text.number(best[1], 3), best[3])
  end
  fig:describe("%s on validation by epoch, median over runs. %s.", layout.metric(results), text.listed(words, 8))
end

local function draw(fig, results)
  local sets, most = {}, 0
  for _, dataset in ipairs(results.datasets) do
    local lines = {}
    for _, loss in ipairs(results.losses) do lines[#lines + 1] = line_of(results, dataset, loss) end
    if #lines > 0 then sets[#sets + 1] = { dataset = dataset, lines = lines } end
    most = math.max(most, #lines)
  end
  if #sets == 0 then return nil, string.format("no %s on the valid part was recorded", results.metric) end
  local list, note, cut, thin = {}, "Line: median over folds and seeds; band: quartiles", false, false
  local multiples = #sets == 1 and most > SEVERAL and most <= MULTIPLES
  for _, set in ipairs(sets) do
    local banded = most <= SEVERAL and few.all(results) or few.chosen(results, set.dataset)
    if multiples then
      for _, line in ipairs(set.lines) do list[#list + 1] = panel_of(set.dataset, set.lines, few.all(results), line.loss) end
    else
      list[#list + 1] = panel_of(set.dataset, set.lines, banded)
    end
  end
  for _, panel in ipairs(list) do cut, thin = cut or panel.cut, thin or #panel.remarks > 0 end
  if multiples then note = note .. "; grey: the other losses"
  elseif most > SEVERAL then
    note = note .. (results.ask and ", of the asked loss and the best one" or ", of the two best losses")
  end
  describe(fig, results, sets)
  return panels(fig, {
    title = string.format("%s: %s on the validation part by epoch", results.study.name, layout.metric(results)),
    note = string.format("Each loss with its configuration chosen on validation. %s.%s%s", note,
      thin and " Thin: where fewer runs go on than began; n: how many at the end." or "",
      (cut and " The first epochs are beyond the axis and left out." or "") .. few.absent(results)),
    x = "epoch", y = layout.metric(results), legend = not multiples, panels = list,
  }, results)
end

return { name = "curves", draw = draw }
