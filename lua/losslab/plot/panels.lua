-- Lines and points in a grid of panels with one legend: what most studies' own figures are.
--   panels(fig, { title, note, x, y, square, panels = { { title, under, x, y, logx, logy, from, to, low, high, names, ticks,
--     series = { { text, points = { { x, y [, low, high] }, … }, style = n, line = true, mark = true, size, bars, numbers,
--     contours, heat, arrows, loss } } } } })
-- from, to: ends of a panel's x axis; low, high: of its y axis; names: the words at 1, 2, … of its x axis. low, high of a point:
-- a band around the line, or with bars = true a bar at the point. numbers = true: points are { x, y, number }, each drawn as its
-- number: a map of classes. contours = n: points are { x, y, z } over a grid, false after each of its rows, drawn as about n lines
-- of equal z, from blue (low) by grey to orange. size: of a point, by default 1. style: the number of gnuplot.style, the same in
-- all panels, 0 for what the others are held against, in grey; by default that of the study's loss of which loss, or else text, is
-- the name, as it is in every figure of the study; else the next that no other series has. square = true: panels as high as wide
-- and, where no end is given, of one scale. ticks = false: no numbers at the axes, as for a map.
-- heat = true: points are { x, y, value }, each a cell, the darker the greater its value, with a colour scale whose name is text,
-- the same for that text in all panels; one a panel. The axes end with the cells; low above high turns the y axis, so that the
-- first row is on top. arrows = true: points are { x1, y1, x2, y2 [, weight] }, each a thin arrow from the first to the second
-- place, the fainter the less it weighs. So a transport plan is drawn: as rows by columns, or in the plane.
-- For plots by hand (plot/make): whole: the height of the figure in pixels; left: the pixels left of the panels; legend = false:
-- none; counted = true, of a panel: x is whole; of a series hidden = true: it has no place in the legend; thin = true: a thin line;
-- steps, fill: filled down to fill; every: a mark at so many points; pale = true: of what is behind all; silent = true: not among
-- the figure's data; of a panel,
-- remarks = { { x, y, text, loss, align, up } }: words beside places; lines = { { y, loss } }: dotted across; places = { { x, text
-- } }: the ticks of its x axis; last = true, of a series: behind the others in the legend;
-- heights = { { y, text } }, of a panel: the ticks of its y axis; ridge = true: filled down to fill, with an outline;
-- numbers = { corner, size, rows = { { text, loss } } }, of a panel: a table in a corner;
-- uniform = true: heat from least to most in the colours of plot/uniform.lua, half = { dx, dy }: half the size of a cell.
local axes = require "losslab.plot.axes"
local gnuplot = require "losslab.plot.gnuplot"
local layout = require "losslab.plot.layout"
local plans = require "losslab.plot.plans"
local text = require "losslab.text"

--- study.figures.panels = function(figure, options) … end
-- What a study's own figure is drawn with, as plot.panels(figure, options): lines and points in a grid of panels with one legend.
-- Other fields of plot are layout.size and stats. Points are { x, y }, or more where series say so; false is a break in a line.
--   title, note      texts above and below; x, y: names of the axes of all panels
--   square           whether panels are as high as wide (false)
--   panels           an array of { title, under, x, y, logx, logy, from, to, low, high, names, ticks, series }: from and to are the
--                    ends of its x axis, low and high of its y axis, names the words at 1, 2, … of its x axis
--   series           an array of { text, points, loss, style, line, mark, size, bars, numbers, contours, heat, arrows }
--   series.loss      a loss of the study, whose colour it has everywhere
--   series.line      whether points are joined (false); mark: whether they are drawn (true)
--   series.bars      points are { x, y, low, high }, the last two a bar rather than a band
--   series.numbers   points are { x, y, number }, each drawn as its number
--   series.contours  points are { x, y, z } over a grid, drawn as about so many lines of equal z
--   series.heat      points are { x, y, value }, each a cell, the darker the greater its value
--   series.arrows    points are { x1, y1, x2, y2 [, weight] }
-- See: study.figures, ll.plot.draw
-- Example:
--   local function mine(figure, results, plot)
--     return plot.panels(figure, { title = results.study.name, x = "epoch", y = "auc",
--       panels = { { title = "one", series = { { text = "line", line = true, points = { { 1, 0.5 }, { 2, 0.7 } } } } } } })
--   end
--   ll.study { name = "m", data = "moons", compare = { "hinge" }, figures = { mine = mine } }:trials()   --> 5

-- Whether some point of a series has a place.
local function is_drawn(series)
  for _, point in ipairs(series.points) do
    local x, y = point and point[1], point and point[2]
    if x and y and math.abs(x) < math.huge and math.abs(y) < math.huge then return true end -- false for no number, too
  end
  return false
end

-- The first series of each text, in order, those that are to be last behind the others, and by text whether it is drawn and whether
-- by a line; what has a colour scale needs no style.
local function named(panels)
  local out, last, shown, lined, seen = {}, {}, {}, {}, {}
  for _, panel in ipairs(panels) do
    for _, series in ipairs(panel.series) do
      if not seen[series.text] and not series.heat then
        seen[series.text] = true
        table.insert(series.last and last or out, series)
      end
      shown[series.text] = shown[series.text] or is_drawn(series)
      lined[series.text] = lined[series.text] or series.line ~= false
    end
  end
  return table.move(last, 1, #last, #out + 1, out), shown, lined
end

-- The sample of a series in the legend.
local function sample(series, style, lined)
  return { color = series.contours and "#999999" or style.color, dash = series.arrows and "solid" or style.dash, line = lined,
    point = series.mark ~= false and not series.arrows and style.point or nil, fill = series.ridge and 0.62 or series.numbers and 1
      or nil,
    size = 1.1 * math.max(0.6, math.min(series.size or 1, 1)) }
end

-- The styles by text, and the legend. losses: those of the results, by name.
local function styles(panels, losses)
  local list, shown, lined = named(panels)
  local number, taken = {}, {}
  for i, series in ipairs(list) do
    local loss = losses[series.loss or series.text]
    number[i] = series.style or loss and loss.place
    taken[number[i] or 0] = true
  end
  local of, legend, free = {}, {}, 1
  for i, series in ipairs(list) do
    if not number[i] then
      while taken[free] do free = free + 1 end
      number[i], taken[free] = free, true
    end
    local style = gnuplot.style(number[i])
    of[series.text] = style
    if shown[series.text] and not series.hidden then
      legend[#legend + 1] = { text = series.text, style = sample(series, style, lined[series.text]) }
    end
  end
  return of, legend
end

-- Bars within the axis, and a mark that points beyond for each end that is cut off: { x, y, point type }.
local function within(points, y)
  if not y then return points, {} end
  local out, cut = {}, {}
  for i, point in ipairs(points) do
    local low, high = point and point[3], point and point[4]
    if low and high and (low < y.from or high > y.to) then
      if low < y.from then cut[#cut + 1] = { point[1], y.from, 11 } end
      if high > y.to then cut[#cut + 1] = { point[1], y.to, 9 } end
      point = { point[1], point[2], math.max(low, y.from), math.min(high, y.to) }
    end
    out[i] = point
  end
  return out, cut
end

-- Adds a series to what gnuplot plots: to bands what lies below (bands, bars, contours, arrows), to lines what lies above.
-- count: how many series the panel has; place: of layout.grid.
local function draw(fig, series, style, bands, lines, count, place)
  if series.ridge then -- one behind the other, each with its outline
    bands[#bands + 1] =
      string.format("%s using 1:2 with filledcurves y=%g fc rgb '%s' fs transparent solid 0.62 border lc rgb '%s' "
      .. "lw 1 notitle", fig:data(series.points), series.fill, style.color, style.color)
    return
  end
  if series.steps then
    bands[#bands + 1] = string.format("%s using 1:2 with filledcurves y=%g fc rgb '%s' fs transparent solid %g noborder notitle",
      fig:data(series.points), series.fill, style.color, count > 1 and 0.2 or 0.45)
  end
  if series.arrows then
    bands[#bands + 1] = plans.arrows(fig, series, style)
    return
  end
  local data, color = fig:data(series.points), series.pale and "#c4c4c4" or style.color
  if series.contours then
    local traced = data:gsub("data", "lines")
    fig:add("set contour base\nunset surface\nset cntrparam levels auto %d", series.contours)
    fig:add("set table %s\nsplot %s using 1:2:3\nunset table\nunset contour\nset surface", traced, data)
    fig:add "unset colorbox\nset cbrange [*:*]\nset palette defined (0 '#0072b2', 1 '#999999', 2 '#d55e00')"
    bands[#bands + 1] = string.format("%s using 1:2:3 with lines lc palette lw 1.2 notitle", traced)
    return
  end
  if series.numbers then
    lines[#lines + 1] = string.format("%s using 1:2:(sprintf('%%g', $3)) with labels tc rgb '%s' font ',%g' notitle", data,
      style.color, fig.font * 0.7)
    return
  end
  local between = false -- whether some point has a low and a high
  for _, point in ipairs(series.points) do between = between or point and point[3] and point[4] end
  if between and series.bars then
    local shown, cut = within(series.points, place.y)
    bands[#bands + 1] = string.format("%s using 1:2:3:4 with yerrorbars lc rgb '%s' lw 1.2 pt -1 notitle",
      #cut > 0 and fig:data(shown) or data, style.color)
    if #cut > 0 then
      bands[#bands + 1] = string.format("%s using 1:2:3 with points lc rgb '%s' ps 0.9 pt variable notitle", fig:data(cut),
        style.color)
    end
  elseif between then
    bands[#bands + 1] = layout.band(data, style, count)
  end
  local with = series.line == false and "points" or series.mark == false and "lines" or "linespoints"
  lines[#lines + 1] = string.format("%s using 1:2 with %s lc rgb '%s'%s%s notitle", data, with, color,
    with ~= "points" and string.format(" lw %g dt %s", series.thin and 1 or 2, style.dash) or "",
    with ~= "lines" and string.format(" pt %d ps %g%s", style.point, series.size or 1,
      series.every and string.format(" pi %d", -series.every) or "") or "")
end

-- Words at places of a panel, in the colour of a loss or in grey.
local function remark(fig, panel, of)
  for _, each in ipairs(panel.remarks or {}) do
    fig:add("set label %s at first %s,first %s %s offset %g,%g font ',%g' tc rgb '%s' front", fig:text(each[3], 40),
      gnuplot.number(each[1]), gnuplot.number(each[2]), each.align or "left", each.align == "center" and 0 or 0.6, each.up or 0,
      fig.font * 0.75, of[each.loss] and of[each.loss].color or "#555555")
  end
end

-- A table of numbers in a corner of a panel, each beside the line of its loss: gnuplot's key. gives the titles' series to plot.
local function key_of(fig, panel, of)
  local key = panel.numbers
  if not (key and key.size) then return {} end
  fig:add("set key %s Left reverse opaque fillcolor rgb '#30ffffff' samplen 2.4 spacing 1.05 width -2 font ',%.3g'", key.corner,
    key.size)
  local out = {}
  for i, row in ipairs(key.rows) do
    local style = of[row.loss]
    out[i] = string.format("NaN with lines lc rgb '%s' lw 2 dt %s title %s", style.color, style.dash, fig:text(row.text))
  end
  return out
end

-- Dotted lines across a panel at heights { y, loss }.
local function lines_across(fig, panel, of)
  for _, each in ipairs(panel.lines or {}) do
    fig:add("set arrow from graph 0,first %s to graph 1,first %s nohead lc rgb '%s' lw 1 dt (2,3) back", gnuplot.number(each[1]),
      gnuplot.number(each[1]), of[each.loss] and of[each.loss].color or "#888888")
  end
end

-- The series as data. Cells, contours and numbers have a third number that is their value; arrows none.
local function data_of(series)
  if series.arrows or series.steps or series.silent then return nil end
  local out = { text = series.text or "", points = series.points, names_of = series.names_of }
  if series.heat or series.contours or series.numbers then
    out.points = {}
    for i, point in ipairs(series.points) do
      out.points[i] = point and { point[1], point[2], more = series.text .. " " .. tostring(text.number(point[3], 4)) }
    end
  end
  return out
end

-- results [opt]: whose losses have styles of their own.
return function(fig, o, results)
  local of, legend = styles(o.panels, results and results.losses or {})
  local scales = plans.scales(o.panels)
  if #legend == 0 and not next(scales) then return nil, "nothing was recorded that it shows" end
  layout.axes(fig)
  local begin = layout.grid(fig, #o.panels, { title = o.title, note = o.note, legend = o.legend ~= false and legend or {},
    left = o.left or 96, square = o.square, below = axes.below(fig, o.panels, o.x), right = next(scales) and plans.room,
    whole = o.whole, titles = layout.titles(o.panels) })
  for i, panel in ipairs(o.panels) do
    local place = begin(i)
    layout.title(fig, place, panel.under)
    -- panels of different axes each say theirs
    place.first, place.last = place.first or panel.y ~= nil, place.last or panel.x ~= nil
    layout.names(fig, place, panel.x or o.x, panel.y or o.y)
    axes.set(fig, panel, place, o.square)
    place.names = panel.names
    if panel.counted and axes.short(panel) then fig:add "set xtics 1" end
    remark(fig, panel, of)
    lines_across(fig, panel, of)
    local bands, lines = {}, {}
    for _, series in ipairs(panel.series) do
      local drawn = is_drawn(series)
      if drawn then place.series[#place.series + 1] = data_of(series) end
      if drawn and series.heat then
        table.insert(bands, 1, plans.heat(fig, series, scales[series.text], panel, place)) -- cells lie below all else
      elseif drawn then
        draw(fig, series, of[series.text], bands, lines, #panel.series, place)
      end
    end
    table.move(lines, 1, #lines, #bands + 1, bands)
    local keys = key_of(fig, panel, of)
    table.move(keys, 1, #keys, #bands + 1, bands)
    if #bands == 0 then
      fig:add "unset logscale x\nunset logscale y\nset xrange [0:1]\nset yrange [0:1]"
      fig:add "set label 'nothing was recorded' at graph 0.5,graph 0.5 center tc rgb '#777777' front"
      bands[1] = "NaN notitle"
    end
    fig:add("plot %s", table.concat(bands, ", "))
  end
  return true
end
