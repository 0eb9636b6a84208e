-- What draws a transport plan: cells, as dark as their values (rows by columns), and arrows (which point goes where in the plane).
local gnuplot = require "losslab.plot.gnuplot"
local layout = require "losslab.plot.layout"
local uniform = require "losslab.plot.uniform"

local plans = {}

-- White to dark in one hue: darker is more for every reader and in print. ColorBrewer's Blues.
local ramp = { "#ffffff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b" }

local function finite(x) return x and x == x and math.abs(x) < math.huge end

-- ---- cells ---------------------------------------------------------------------------------------------------------------

-- The colour scales by the text of their series: from 0, or the least value below it, to the greatest value of all panels.
function plans.scales(panels)
  local of = {}
  for _, panel in ipairs(panels) do
    for _, series in ipairs(panel.series) do
      if series.heat then
        local scale = of[series.text] or { low = 0, high = -math.huge }
        of[series.text] = scale
        if series.uniform then scale.low, scale.high = series.least, series.most end
        for _, point in ipairs(series.points) do
          local value = point and point[3]
          if finite(value) and not series.uniform then
            scale.low, scale.high = math.min(scale.low, value), math.max(scale.high, value)
          end
        end
      end
    end
  end
  for _, scale in pairs(of) do
    if scale.high <= scale.low then scale.high = scale.low + 1 end
  end
  return of
end

-- The ends of the cells along a column of the points, and half the width of a cell: half the least gap.
local function extent(points, column)
  local places, gap = {}, math.huge
  for _, point in ipairs(points) do
    if point and finite(point[column]) then places[#places + 1] = point[column] end
  end
  table.sort(places)
  for i = 2, #places do
    local step = places[i] - places[i - 1]
    if step > 0 then gap = math.min(gap, step) end
  end
  local half = gap < math.huge and gap / 2 or 0.5
  return (places[1] or 1) - half, (places[#places] or 1) + half, half
end

-- The room that a colour scale takes at the right of a panel, in pixels.
plans.room = 110

-- Sets the axes to the cells, as far as the panel leaves them open, and the colours to the scale; gives what plots the cells.
-- A cell at the scale's low end is as white as the paper and is left out: most of a plan is 0.
function plans.heat(fig, series, scale, panel, place)
  local left, right, dx = extent(series.points, 1)
  local bottom, top, dy = extent(series.points, 2)
  if series.half then dx, dy = table.unpack(series.half) end
  local function axis(name, first, last, counted)
    fig:add("set %srange [%s:%s]", name, gnuplot.number(first), gnuplot.number(last))
    local wide = math.abs(last - first)
    if counted then fig:add(layout.ticks(name, 0, wide, math.max(1, math.min(8, wide)))) end
  end
  axis("x", panel.from or left, panel.to or right, dx == 0.5 and not panel.names)
  axis("y", panel.low or bottom, panel.high or top, dy == 0.5)
  local shades = {}
  for i, shade in ipairs(series.uniform and uniform or ramp) do shades[i] = string.format("%d '%s'", i, shade) end
  fig:add("set palette defined (%s)\nset cbrange [%s:%s]", table.concat(shades, ", "), gnuplot.number(scale.low),
    gnuplot.number(scale.high))
  fig:add("set colorbox vertical user origin graph 1+%.5f,graph 0 size graph %.5f,graph 1", 12 / place.inner, 14 / place.inner)
  fig:add(layout.ticks("cb", scale.low, scale.high, math.max(2, math.min(5, place.high / 60))))
  fig:add("set cblabel %s font ',%g'", fig:text(series.text, math.max(8, fig:columns(place.high, fig.font * 0.9))), fig.font * 0.9)
  local cells = {}
  for _, point in ipairs(series.points) do
    local x, y, value, beside, below = table.unpack(point or {}, 1, 5)
    if finite(x) and finite(y) and finite(value) and (value > scale.low or series.uniform) then
      local over_x, over_y = 1, 1 -- cells side by side leave a seam: where a next one covers it, a cell is larger than it seems
      if series.uniform then over_x, over_y = 1 + beside, 1 + below end
      cells[#cells + 1] = { x, y, x - dx, x + dx * over_x, y - dy, y + dy * over_y, value }
    end
  end
  if #cells == 0 then return "NaN notitle" end
  return fig:data(cells) .. " using 1:2:3:4:5:6:7 with boxxyerror lc palette fs solid noborder notitle"
end

-- ---- arrows --------------------------------------------------------------------------------------------------------------

-- What plots thin arrows from (x1, y1) to (x2, y2), the fainter the less they weigh beside the heaviest; those that weigh nothing
-- are left out.
function plans.arrows(fig, series, style)
  local most, rows = 0, {}
  for _, point in ipairs(series.points) do
    local weight = point and (point[5] or 1)
    if finite(weight) then most = math.max(most, weight) end
  end
  local colour = tonumber(style.color:sub(2), 16)
  for _, point in ipairs(series.points) do
    local x1, y1, x2, y2, weight = table.unpack(point or {}, 1, 5)
    weight = weight or 1
    if finite(x1) and finite(y1) and finite(x2) and finite(y2) and finite(weight) and weight > 0 then
      local clear = math.floor(255 * 0.85 * (1 - weight / most) + 0.5) -- 0: opaque
      rows[#rows + 1] = { x1, y1, x2 - x1, y2 - y1, clear * 0x1000000 + colour }
    end
  end
  if #rows == 0 then return "NaN notitle" end
  return fig:data(rows) .. " using 1:2:3:4:5 with vectors head size graph 0.012,18 filled lw 1 lc rgb variable notitle"
end

return plans
