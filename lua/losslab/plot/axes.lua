-- Where the axes of a panel (plot/panels.lua) begin and end and what is written at them. gnuplot's own choice ends at a round
-- number, which may be where a mark or a line lies, half hidden; here an axis ends a little beyond what is drawn.
local gnuplot = require "losslab.plot.gnuplot"
local layout = require "losslab.plot.layout"

local axes = {}

local ROOM = 0.04 -- beyond what is drawn, as a share of it

local function finite(x) return x and x == x and math.abs(x) < math.huge end

-- How far from its mark a bar's end may widen the axis: three times what three in four bars need. A few that are much wider than
-- the others, as from two runs, would squeeze them, and run off the axis.
local function reach_of(series)
  local lengths = {}
  for _, each in ipairs(series) do
    for _, point in ipairs(each.bars and each.points or {}) do
      if point and finite(point[2]) and finite(point[3]) and finite(point[4]) then
        lengths[#lengths + 1] = math.max(point[2] - point[3], point[4] - point[2])
      end
    end
  end
  table.sort(lengths)
  return #lengths > 0 and 3 * lengths[math.ceil(#lengths * 0.75)] or math.huge
end

-- The numbers that a point has on an axis.
local function values_of(series, point, name, reach)
  if series.arrows then
    if name == "x" then return { point[1], point[3] } end
    return { point[2], point[4] }
  end
  if name == "x" then return { point[1] } end
  local y, low, high = point[2], point[3], point[4]
  if series.numbers or series.contours or series.heat then return { y } end
  if series.bars and finite(y) and finite(low) and finite(high) then
    low, high = math.max(low, y - reach), math.min(high, y + reach)
  end
  return { y, low, high }
end

-- Least and most of what is drawn on an axis, of positive numbers alone if it is logarithmic; nil where there is none. A point
-- beyond the ends of the x axis that are given is not drawn.
local function extent(panel, name)
  local least, most, reach = math.huge, -math.huge, reach_of(panel.series)
  local log, from, to = panel["log" .. name], panel.from or -math.huge, panel.to or math.huge
  for _, each in ipairs(panel.series) do
    for _, point in ipairs(each.points) do
      local x = point and point[1]
      if finite(x) and (name == "x" or x >= from and x <= to) then
        local values = values_of(each, point, name, reach)
        for i = 1, 3 do
          local value = values[i]
          if finite(value) and (not log or value > 0) then least, most = math.min(least, value), math.max(most, value) end
        end
      end
    end
  end
  if least <= most then return least, most end
end

-- Whether a mark may lie on an end of the x axis; a line may end there.
local function marked(panel)
  for _, each in ipairs(panel.series) do
    if each.mark ~= false or each.numbers or each.bars or each.arrows then return true end
  end
  return false
end

-- The ends of an axis as far as the panel leaves them open, or nil where nothing says.
local function ends(panel, name, low, high)
  if low and high then return low, high end
  local least, most = extent(panel, name)
  if not least then return low, high end
  local log, contours = panel["log" .. name], false
  for _, each in ipairs(panel.series) do contours = contours or each.contours end
  local room = (contours or name == "x" and not marked(panel)) and 0 or ROOM
  if log then
    local by = most > least and (most / least) ^ room or 1.1
    return low or least / by, high or most * by
  end
  local by = most > least and room * (most - least) or least ~= 0 and math.abs(least) / 10 or 1
  return low or least - by, high or most + by
end

-- On a logarithmic axis gnuplot writes powers of ten. Over few decades that leaves a number or two and much blank. room [opt]: the
-- pixels of the axis, of which each number takes some 60.
local function ticks_of_decades(fig, name, low, high, room)
  if not low or not high or low <= 0 or high >= 1000 * low then return end
  local ticks
  for _, of in ipairs { { 1, 2, 3, 5, 7 }, { 1, 2, 5 }, { 1, 3 }, { 1 } } do
    ticks = {}
    local shown = 0
    for decade = math.floor(math.log(low, 10)), math.floor(math.log(high, 10)) do
      for _, k in ipairs(of) do
        local at = k * 10.0 ^ decade
        ticks[#ticks + 1] = gnuplot.number(at)
        shown = shown + (at >= low and at <= high and 1 or 0)
      end
    end
    if (#of < 5 or high < 10 * low) and (not room or shown * 60 < room or shown <= 2) then break end
  end
  fig:add("set %stics (%s)", name, table.concat(ticks, ", "))
end

local function set(fig, place, name, log, low, high)
  fig:add("%s logscale %s\nset %stics norotate autofreq\nset format %s '%%g'", log and "set" or "unset", name, name, name)
  fig:add("set %srange [%s:%s]", name, low and gnuplot.number(low) or "*", high and gnuplot.number(high) or "*")
  place[name] = low and high and { from = low, to = high, log = log } or nil
  if log then ticks_of_decades(fig, name, low, high, name == "x" and place.inner or nil) end
end

-- Where the x axis ends as far as that is given; names have half a place at each end.
local function given_ends(panel) return panel.from or panel.names and 0.5, panel.to or panel.names and #panel.names + 0.5 end

-- How wide the widest name of an x axis is in pixels, and whether each has room to stand level in a panel so wide.
local function widest(fig, panel, inner)
  local labels, most, from, to = fig:labels(panel.names, 16), 0, given_ends(panel)
  for _, name in ipairs(panel.names) do most = math.max(most, fig:pixels(labels[name], fig.font * 0.8)) end
  return most, most + 10 < inner / math.max(1, to - from)
end

-- Words at 1, 2, …: level where each has room, else slanted so that they end at their ticks.
local function name_ticks(fig, panel, inner)
  local _, level = widest(fig, panel, inner)
  fig:add("set xtics %s %s", level and "norotate center" or "rotate by 25 right", fig:ticks(panel.names, 16))
end

-- Ticks at given places, with their words, as far as each has room beside the one before.
local function place_ticks(fig, panel, inner, left, right)
  local ticks, reach = {}, -math.huge
  local function at(x)
    return inner * (panel.logx and math.log(x / left) / math.log(right / left) or (x - left) / (right - left))
  end
  for _, each in ipairs(panel.places) do
    local half = fig:pixels(fig.show(each[2]), fig.font * 0.8) / 2
    local middle = at(each[1])
    if middle - half > reach + 8 then
      ticks[#ticks + 1] = string.format("%s %s", gnuplot.text(each[2]):gsub("%%", "%%%%"), gnuplot.number(each[1]))
      reach = middle + half
    else
      ticks[#ticks + 1] = string.format("'' %s", gnuplot.number(each[1]))
    end
  end
  fig:add("set xtics norotate (%s)", table.concat(ticks, ", "))
end

-- For layout.grid: the room that slanted names take below panels so wide. x: what the axes are called.
function axes.below(fig, panels, x)
  return function(inner)
    local room = 0
    for _, panel in ipairs(panels) do
      local most, level = 0, true
      if panel.names then most, level = widest(fig, panel, inner) end
      local called = panel.x or x or ""
      local high = math.ceil(most * math.sin(math.rad(25)))
      if not level then room = math.max(room, high - (called == "" and 30 or 0)) end
    end
    return room
  end
end

-- Where the axes of a panel end: left, right, low, high; nil where nothing is drawn that says it.
function axes.ends(panel)
  local left, right = ends(panel, "x", given_ends(panel))
  local low, high = ends(panel, "y", panel.low, panel.high)
  return left, right, low, high
end

-- Whether the x axis is so short that its ticks would stand between whole numbers.
function axes.short(panel)
  local left, right = axes.ends(panel)
  return left ~= nil and not panel.logx and right - left < 6
end

-- Whether the numbers at steps of an x axis from left to right, over so many pixels, stand clear of each other.
local function clear(fig, left, right, inner)
  return function(step)
    local most = 0
    for k = math.ceil(left / step), math.floor(right / step) do
      most = math.max(most, fig:pixels(string.format("%g", k * step), fig.font * 0.8))
    end
    return most + 8 < inner * step / (right - left)
  end
end

-- Sets both axes of a panel. square: the panel is as high as wide; where no end is given, so is what it shows: a map.
function axes.set(fig, panel, place, square)
  local from, to = given_ends(panel)
  local left, right, low, high = axes.ends(panel)
  if square and left and low and not (from or to or panel.low or panel.high or panel.logx or panel.logy) then
    local half = math.max(right - left, high - low) / 2
    local x, y = (left + right) / 2, (low + high) / 2
    left, right, low, high = x - half, x + half, y - half, y + half
  end
  set(fig, place, "x", panel.logx, left, right)
  set(fig, place, "y", panel.logy, low, high)
  -- gnuplot's own choice of ticks knows nothing of how small a panel is
  if left and right > left and not panel.logx and place.inner < 420 then
    fig:add(layout.ticks("x", left, right, math.max(2, place.inner / 50), clear(fig, left, right, place.inner)))
  end
  if low and high > low and not panel.logy and place.high < 220 then
    fig:add(layout.ticks("y", low, high, math.max(2, place.high / 40)))
  end
  if panel.ticks == false then fig:add "set format x ''\nset format y ''" end
  for i, each in ipairs(panel.heights or {}) do
    fig:add("set ytics %s (%s %s)", i > 1 and "add" or "", gnuplot.text(each[2]), gnuplot.number(each[1]))
  end
  if panel.names then name_ticks(fig, panel, place.inner)
  elseif panel.places and left then place_ticks(fig, panel, place.inner, left, right) end
end

return axes
