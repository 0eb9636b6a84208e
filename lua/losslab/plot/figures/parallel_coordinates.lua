-- Which settings the good configurations share: an axis a field that varies, the last one the validation metric, a line a
-- configuration from axis to axis, the lighter the better; the best one is thick. A panel a loss; over several data sets the metric
-- is their mean.
local layout = require "losslab.plot.layout"
local scale = require "losslab.plot.scale"
local text = require "losslab.text"
local uniform = require "losslab.plot.uniform"

local PANELS, LEAST = 4, 4 -- losses, and configurations of one

-- The configurations of a loss with the mean of their validation metric over data sets; those that lack one are left out.
local function means(results, loss, datasets)
  local sums = {}
  for _, dataset in ipairs(datasets) do
    for _, row in ipairs(dataset.summary) do
      if row.loss == loss.name and row.valid_mean then
        local each = sums[row.config] or { config = row.config, sum = 0, n = 0 }
        sums[row.config], each.sum, each.n = each, each.sum + row.valid_mean, each.n + 1
      end
    end
  end
  local out = {}
  for _, config in ipairs(loss.configs) do
    local each = sums[config.id]
    if each and each.n == #datasets then
      out[#out + 1] = { fields = config.fields, config = config.id, mean = each.sum / each.n }
    end
  end
  table.sort(out, function(a, b) -- the best is drawn last, over the others
    if a.mean ~= b.mean then return results.sign * a.mean < results.sign * b.mean end
    return a.config > b.config
  end)
  return out
end

-- The axes: { name, scale }; the last is the metric.
local function axes_of(results, loss, rows)
  local axes = {}
  for i, name in ipairs(loss.varied) do
    axes[i] = { name = layout.parameter(results, loss.name, name), field = name, scale = scale.of(scale.values(loss, name)) }
  end
  local values = {}
  for i, row in ipairs(rows) do values[i] = row.mean end
  table.sort(values)
  local from, to = values[1], values[#values]
  axes[#axes + 1] = { name = layout.metric(results), scale = { from = from, to = to, ticks = {},
    share = function(x) return to > from and (x - from) / (to - from) or 0.5 end } }
  return axes
end

-- The words along an axis: its values where they are few, else its ends.
local function words_of(axis) return #axis.scale.ticks > 0 and axis.scale.ticks or scale.ends(axis.scale) end

local function place_of(axis, at)
  local s = axis.scale
  if s.to == s.from then return 0.5 end
  return s.log and math.log(at / s.from) / math.log(s.to / s.from) or (at - s.from) / (s.to - s.from)
end

local function draw_axes(fig, axes, place)
  local names = {}
  for i, axis in ipairs(axes) do
    names[i] = axis.name
    fig:add("set arrow from first %d,0 to first %d,1 nohead lc rgb '#888888' lw 1 front", i, i)
    local reach = -1
    for _, each in ipairs(words_of(axis)) do
      local y = place_of(axis, each[1])
      if y - reach > 1.2 * fig.font / place.high then
        fig:add("set label %s at first %d,first %.4f %s offset %s,0 font ',%g' tc rgb '#333333' front boxed",
          fig:text(each[2], 14), i, y, i == #axes and "left" or "right", i == #axes and "0.7" or "-0.7", fig.font * 0.72)
        reach = y
      end
    end
  end
  fig:add "set style textbox opaque noborder fillcolor rgb '#40ffffff' margins 0.2,0.2"
  fig:add("set xtics norotate %s\nunset ytics\nset grid noxtics noytics", fig:ticks(names,
    math.max(6, fig:columns(place.inner / #axes, fig.font * 0.8))))
end

local function draw_panel(fig, results, panel, place)
  layout.title(fig, place, panel.under)
  layout.names(fig, place, "", "")
  local axes, rows, parts = panel.axes, panel.rows, {}
  layout.range(fig, place, "x", 0.6, #axes + 0.45)
  layout.range(fig, place, "y", -0.04, 1.04)
  draw_axes(fig, axes, place)
  for i, row in ipairs(rows) do
    local points, best = {}, i == #rows
    for k, axis in ipairs(axes) do
      local share = axis.field and axis.scale.share(row.fields[axis.field]) or not axis.field and axis.scale.share(row.mean)
      points[k] = share and { k, share, told = string.format("%s; %s %s", results:describe(row.config, true),
        layout.metric(results),
        text.number(row.mean, 4)) } or false
    end
    local good = #rows > 1 and (i - 1) / (#rows - 1) or 1 -- by rank, so that a few collapsed ones do not make the rest look alike
    local r, g, b = uniform.rgb(0.9 * good)
    parts[i] = string.format("%s using 1:2 with linespoints lc rgb '#%02x%02x%02x' lw %g dt solid pt 7 ps %g notitle",
      fig:data(points), r, g, b, best and 4 or 1.3, best and 1 or 0.4)
    if best then
      parts[i + 1] = string.format("%s using 1:2 with lines lc rgb '#000000' lw 1.2 dt (6,4) notitle", fig:data(points))
    end
    fig:shows(place, { text = best and "best" or "", points = points })
  end
  fig:add("plot %s", table.concat(parts, ", "))
end

local function draw(fig, results)
  local list, why = {}, "no loss of the study has two fields that vary"
  local function add(loss, datasets, title)
    local rows = means(results, loss, datasets)
    if #rows < LEAST then return false end
    list[#list + 1] = { title = title, loss = loss.name, rows = rows, axes = axes_of(results, loss, rows) }
    return true
  end
  for _, loss in ipairs(results.losses) do
    if #loss.varied > 1 and not add(loss, results.datasets, loss.name) then
      why = string.format("fewer than %d configurations of a loss with two fields that vary are finished", LEAST)
      for _, dataset in ipairs(#results.datasets > 1 and results.datasets or {}) do -- a search has others on each
        add(loss, { dataset }, loss.name .. ": " .. dataset.name)
      end
    end
  end
  if #list == 0 then return nil, why end
  table.sort(list, function(a, b) -- the asked loss, then those with most configurations
    local asked = results.ask and results.ask.loss
    if (a.loss == asked) ~= (b.loss == asked) then return a.loss == asked end
    if #a.rows ~= #b.rows then return #a.rows > #b.rows end
    return a.title < b.title
  end)
  local left_out = #list - PANELS
  for i = #list, PANELS + 1, -1 do list[i] = nil end
  local facts = {}
  for i, panel in ipairs(list) do
    local best = panel.rows[#panel.rows]
    panel.under = string.format("%d configurations", #panel.rows)
    facts[i] = string.format("%s: best %s, %s", panel.title, results:describe(best.config, true), text.number(best.mean, 3))
  end
  fig:describe("The configurations of each loss, a line each over the fields that vary and %s on validation. %s.",
    layout.metric(results), text.listed(facts, 4))
  layout.axes(fig)
  fig:add "set border 0\nset tics scale 0"
  local begin = layout.grid(fig, #list, { title = string.format("%s: configurations and their %s on validation", results.study.name,
      layout.metric(results)),
    note = string.format("A line a configuration, from dark (worst) to light (best) by rank; dashed black: the best.%s%s",
      #results.datasets > 1 and " A panel of a loss alone: the mean of the data sets." or "",
      left_out > 0 and string.format(" %d more are left out.", left_out) or ""),
    left = 40, height = #list == 1 and 620 or nil, titles = layout.titles(list) })
  for i, panel in ipairs(list) do draw_panel(fig, results, panel, begin(i)) end
  return true
end

return { name = "parallel_coordinates", draw = draw }
