-- Histograms: one, by class over each other, or a small one for each of several groups.
local bins = require "losslab.plot.bins"
local check = require "losslab.check"
local given = require "losslab.plot.given"
local sheet = require "losslab.plot.make.sheet"

-- The finite numbers of a value, sorted, in a range; how many there were and how many are left out.
local function sorted(what, value, panel)
  local numbers, out = given.numbers(what, value), {}
  for _, x in ipairs(numbers) do
    if given.finite(x) and (not panel.logx or x > 0) then out[#out + 1] = x end
  end
  table.sort(out)
  return out, #numbers - #out, #numbers
end

-- The outline of bars as a line.
local function outline(edges, counts, floor)
  local points = { { edges[1], floor } }
  for i, count in ipairs(counts) do
    local y = count > 0 and count or floor
    points[#points + 1], points[#points + 2] = { edges[i], y }, { edges[i + 1], y }
  end
  points[#points + 1] = { edges[#edges], floor }
  return points
end

-- groups: { { name, numbers (sorted) }, … } over the same bins.
local function bars(fig, groups, o)
  local panel, all = fig.panels[1], groups[1][2]
  if #groups > 1 then
    all = {}
    for _, group in ipairs(groups) do table.move(group[2], 1, #group[2], #all + 1, all) end
    table.sort(all)
  end
  local low, high = panel.from or all[1], panel.to or all[#all]
  local n = o.bins
  if not n then
    local logs = all
    if panel.logx then
      logs = {}
      for i, x in ipairs(all) do logs[i] = math.log(x) end
    end
    n = bins.count(logs)
  end
  local edges = bins.edges(low, high, n, panel.logx)
  panel.from, panel.to = panel.from or edges[1], panel.to or edges[#edges]
  local floor = panel.logy and 0.5 or 0
  panel.low = panel.low or floor
  for i, group in ipairs(groups) do
    local counts = bins.counts(group[2], edges)
    panel.series[i] = { text = group[1], points = outline(edges, counts, floor), steps = { edges = edges, counts = counts },
      fill = floor, style = i, mark = false }
  end
end

-- entries as of a line. By labels, or with together = true: outlines over each other; else a small histogram each.
return function(what, entries, o)
  local together = o.labels ~= nil or o.together or #entries == 1
  local fig, groups, left_out, all = sheet.figure(o, {}, { y = "count" }), {}, 0, 0
  local panel = fig.panels[1]
  if o.labels ~= nil then
    if #entries > 1 then check.fail("%s: labels are of one list of numbers, not of numbers by name", what) end
    local numbers = given.numbers(what, entries[1][2])
    for i, class in ipairs(given.classes(what .. ": labels", o.labels, #numbers)) do
      local own = {}
      for j, row in ipairs(class.rows) do own[j] = numbers[row] end
      groups[i] = { sheet.name_of(o, i, class[1]), own }
    end
  else
    for i, entry in ipairs(entries) do groups[i] = { sheet.name_of(o, i, entry[1]), entry[2] } end
  end
  for _, group in ipairs(groups) do
    local numbers, gone, of = sorted(what, group[2], panel)
    group[2], left_out, all = numbers, left_out + gone, all + of
  end
  sheet.said_left_out(fig, what, left_out, all, panel.logx)
  if together then
    bars(fig, groups, o)
    if #groups == 1 and type(o.legend) ~= "table" then panel.series[1].text = "" end
    fig.legend = o.legend ~= false and (#groups > 1 or type(o.legend) == "table")
    return fig
  end
  fig.panels, fig.legend = {}, false
  for _, group in ipairs(groups) do
    if #group[2] == 0 then
      sheet.say(fig, "%s: %s holds no finite number and is left out", what, check.show(group[1]))
    else
      local one = sheet.figure(o, {}, {})
      bars(one, { { "", group[2] } }, o)
      one.panels[1].title = group[1]
      fig.panels[#fig.panels + 1] = one.panels[1]
    end
  end
  return fig
end
