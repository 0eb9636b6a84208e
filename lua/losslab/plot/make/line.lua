-- Lines: of numbers, of points, of functions.
local ll = require "losslab"
local check = require "losslab.check"
local given = require "losslab.plot.given"
local sheet = require "losslab.plot.make.sheet"

local LINE, FUNCTION = 4000, 400 -- points of a line, places of a function

-- A line of many points as one of few that looks the same: of each stretch its first, least, greatest and last point.
local function thinned(points)
  if #points <= LINE then return points end
  local out, stretch = {}, math.ceil(#points / (LINE / 4))
  for first = 1, #points, stretch do
    local kept = {}
    local low, high, break_at
    for i = first, math.min(first + stretch - 1, #points) do
      local point = points[i]
      if not point then break_at = break_at or i
      else
        if not low or point[2] < points[low][2] then low = i end
        if not high or point[2] > points[high][2] then high = i end
      end
    end
    for _, i in ipairs { first, low or first, high or first, break_at or first, math.min(first + stretch - 1, #points) } do
      kept[i] = true
    end
    for _, i in ipairs(check.keys(kept)) do out[#out + 1] = points[i] end
  end
  return out
end

-- A function's values: asked number by number, or, where it takes matrices, once for all.
local function values_of(what, f, places)
  local out = {}
  local fine, first = pcall(f, places[1])
  if fine and given.is_matrix(first) then
    local all
    fine, all = pcall(function() return given.numbers(what, f(ll.matrix(places))) end)
    if fine and #all == #places then return all end
    fine, first = true, first
  end
  if not fine then
    local matrix, all = pcall(function() return given.numbers(what, f(ll.matrix(places))) end)
    if matrix and #all == #places then return all end
    check.fail("%s: the function fails at %g: %s", what, places[1], check.plain(first))
  end
  for i, x in ipairs(places) do
    local y = f(x)
    if given.is_matrix(y) and given.is_scalar(y) then y = y:item() end
    if type(y) ~= "number" then check.fail("%s: the function gives %s at %g; a number is drawn", what, check.show(y), x) end
    out[i] = y
  end
  return out
end

local function curve(what, f, o)
  local from, to = o.from or (o.xrange or {})[1], o.to or (o.xrange or {})[2]
  local log = (o.log or ""):find "x"
  from = from or log and 1e-3 or (to and to - 10 or -5)
  to = to or log and from * 1e6 or from + 10
  if from >= to or log and from <= 0 then
    check.fail("%s: a function is drawn from %g to %g%s; from must be below to", what, from, to, log and ", both positive" or "")
  end
  local places, n = {}, o.points or FUNCTION
  for i = 0, n - 1 do places[i + 1] = log and from * (to / from) ^ (i / (n - 1)) or from + (to - from) * (i / (n - 1)) end
  local points = {}
  for i, y in ipairs(values_of(what, f, places)) do points[i] = { places[i], y } end
  return points
end

-- Points of one line: of a function, numbers, or a matrix of two columns.
local function line_of(what, value, o)
  if type(value) == "function" then return curve(what, value, o) end
  return given.points(what, value, true)
end

-- entries: { { name, value }, … }.
return function(what, entries, o, defaults)
  local series, d = {}, defaults or {}
  local fig = sheet.figure(o, series, { x = d.x, y = d.y, title = d.title, legend = d.legend })
  local panel, counted = fig.panels[1], true
  for i, entry in ipairs(entries) do
    local name = sheet.name_of(o, i, entry[1])
    local where = #entries > 1 and string.format("%s: %s", what, check.show(name)) or what
    local points, left_out = sheet.shown(line_of(where, entry[2], o), panel)
    sheet.said_left_out(fig, where, left_out, #points, panel.logx or panel.logy)
    for _, point in ipairs(points) do counted = counted and (not point or point[1] == math.floor(point[1])) end
    local marked = o.marks or #points == 1
    series[i] = { text = name, points = marked and points or thinned(points), style = i, mark = marked or false,
      size = #points > 60 and 0.5 or 0.9 }
  end
  panel.counted = counted
  fig.legend = o.legend ~= false and (#series > 1 or type(o.legend) == "table")
  return fig
end
