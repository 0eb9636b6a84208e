-- Losses by their mean rank over the data sets, and which of them the data cannot tell apart (Demšar 2006, JMLR 7:1): Friedman's
-- test says whether they differ at all; by Nemenyi's, two losses differ if their mean ranks are farther apart than the critical
-- difference. Bars join those that are not. Test metric by each fold's own choice; data sets that lack a loss are left out.
local ll = require "losslab"
local gnuplot = require "losslab.plot.gnuplot"
local layout = require "losslab.plot.layout"
local text = require "losslab.text"

-- The losses, and by data set their test means, of the data sets that have all of them; a loss that most data sets lack is left
-- out.
local function scores_of(results)
  local losses, rows, names = {}, {}, {}
  for _, loss in ipairs(results.losses) do
    local have = 0
    for _, dataset in ipairs(results.datasets) do
      local chosen = results:choose(dataset, loss.name)
      if chosen and chosen.test_mean then have = have + 1 end
    end
    if have > 0 and 2 * have >= #results.datasets then losses[#losses + 1] = loss.name end
  end
  for _, dataset in ipairs(results.datasets) do
    local row = {}
    for i, name in ipairs(losses) do
      local chosen = results:choose(dataset, name)
      row[i] = chosen and chosen.test_mean and results.sign * chosen.test_mean or nil
    end
    local whole = true
    for i = 1, #losses do whole = whole and row[i] ~= nil end
    if whole then rows[#rows + 1], names[#names + 1] = row, dataset.name end
  end
  return losses, rows, names
end

-- Stretches first to last of sorted ranks that lie within cd of each other, each as long as it can be; none within another.
local function groups_of(ranks, cd)
  local out, reached = {}, 0
  for i = 1, #ranks do
    local j = i
    while j < #ranks and ranks[j + 1].rank - ranks[i].rank <= cd do j = j + 1 end
    if j > i and j > reached then out[#out + 1], reached = { i, j }, j end
  end
  return out
end

-- A level for each group, so that those that overlap lie under each other.
local function levels(groups)
  local ends = {}
  for _, group in ipairs(groups) do
    local level = 1
    while ends[level] and ends[level] >= group[1] do level = level + 1 end
    group.level, ends[level] = level, group[2]
  end
  return #ends
end

local function line(fig, x1, y1, x2, y2, look)
  fig:add("set arrow from first %.5f,first %g to first %.5f,first %g nohead %s", x1, y1, x2, y2, look)
end

-- The names stand at both sides, best on top at the left; lines go from the axis down and out to them.
local function draw_losses(fig, results, ranks, from, to, below, side)
  local half = (#ranks + 1) // 2
  local fits = fig:columns(side - 70, fig.font)
  local names = {}
  for i, each in ipairs(ranks) do names[i] = each.loss end
  local labels = fig:labels(names, fits)
  for i, each in ipairs(ranks) do
    local left = i <= half
    local y = -below - (left and i or #ranks - i + 1)
    local style = layout.style(results, each.loss)
    line(fig, each.rank, 0, each.rank, y, string.format("lc rgb '%s' lw 1.6 front", style.color))
    line(fig, each.rank, y, left and from or to, y, string.format("lc rgb '%s' lw 1.6 front", style.color))
    fig:add("set label %s at first %.5f,first %g %s offset %s,0 front", fig:text(string.format("%s  %.2f",
      labels[each.loss], each.rank)), left and from or to, y, left and "right" or "left", left and "-0.6" or "0.6")
    fig:add("set label '' at first %.5f,first 0 point pt 7 ps 1 lc rgb '%s' front", each.rank, style.color)
  end
  return half
end

local function draw(fig, results)
  if not ll.stats.friedman then return nil, "this build has no Friedman test" end
  if #results.datasets < 2 then return nil, "ranks are compared over data sets, and the study has one" end
  local losses, rows, names = scores_of(results)
  if #losses < 3 then
    return nil, string.format("ranks are of three losses or more, and %d %s results", #losses, #losses == 1 and "has" or "have")
  end
  if #rows < 2 then return nil, "fewer than two data sets have results of all losses" end
  local test = ll.stats.friedman(rows)
  local cd = ll.stats.nemenyi(#losses, #rows)
  local ranks = {}
  for i, name in ipairs(losses) do ranks[i] = { loss = name, rank = test.ranks[i] } end
  table.sort(ranks, function(a, b) return a.rank < b.rank or a.rank == b.rank and a.loss < b.loss end)
  local groups = groups_of(ranks, cd)
  local depth = levels(groups)
  local k, half = #losses, (#losses + 1) // 2
  local words = {}
  for i, each in ipairs(ranks) do words[i] = string.format("%s %.2f", each.loss, each.rank) end
  fig:describe("Mean ranks over %d data sets (1 is best): %s. Critical difference %.2f; Friedman p %s.", #rows,
    text.listed(words, 8), cd, text.number(test.p, 2))

  layout.axes(fig)
  fig:add "set border 0\nunset xtics\nunset ytics\nunset grid"
  local below = 0.7 + 0.55 * depth
  local side = math.min(330, 0.34 * fig.width)
  local begin = layout.grid(fig, 1, { title = string.format("%s: mean rank by test %s over %d data sets", results.study.name,
      layout.metric(results), #rows),
    note = string.format("1 is best. Losses that a bar joins are not told apart (Nemenyi, level 0.05: critical difference CD "
      .. "%.2f). Friedman's test by F (Iman and Davenport): p %s%s.%s", cd, test.p < 0.001 and "< 0.001" or text.number(test.p, 2),
      test.p > 0.05 and ": no loss differs beyond noise" or "",
      #rows < #results.datasets and string.format(" Of %d data sets, those that have all losses: %s.", #results.datasets,
        text.listed(names, 10)) or ""),
    left = side, right = side, top = 40, height = 112 + 34 * (half + below + 3), titles = { "" } })
  local place = begin(1)
  layout.range(fig, place, "x", 0.9, k + 0.1)
  layout.range(fig, place, "y", -below - half - 0.6, 3.2)
  place.xname, place.yname = "mean rank", ""
  line(fig, 1, 0, k, 0, "lc rgb '#333333' lw 1.6 front")
  for i = 1, k do
    line(fig, i, 0, i, 0.25, "lc rgb '#333333' lw 1.6 front")
    fig:add("set label '%d' at first %d,first 0.3 center offset 0,0.6 font ',%g' front", i, i, fig.font * 0.85)
  end
  line(fig, 1, 1.9, math.min(1 + cd, k), 1.9, "lc rgb '#333333' lw 2 front")
  for _, x in ipairs { 1, 1 + cd <= k and 1 + cd or nil } do line(fig, x, 1.75, x, 2.05, "lc rgb '#333333' lw 2 front") end
  fig:add("set label %s at first %.5f,first 1.9 center offset 0,0.75 font ',%g' front",
    fig:text(string.format("CD %.2f%s", cd, 1 + cd > k and ", wider than the axis" or "")), (1 + math.min(1 + cd, k)) / 2,
      fig.font * 0.85)
  draw_losses(fig, results, ranks, 0.9, k + 0.1, below, side)
  for _, group in ipairs(groups) do
    local y = -0.15 - 0.55 * group.level
    line(fig, ranks[group[1]].rank - 0.03, y, ranks[group[2]].rank + 0.03, y, "lc rgb '#222222' lw 5 front")
  end
  for _, each in ipairs(ranks) do fig:shows(place, { text = each.loss, points = { { each.rank, 0, told = each.loss .. ": mean rank "
    .. gnuplot.number(each.rank) } } }) end
  fig:add "plot NaN notitle"
  return true
end

return { name = "critical_difference", draw = draw, groups = groups_of }
