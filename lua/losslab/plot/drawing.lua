-- What a script may draw: the options of plot/panels.lua as plain data of the right kinds, with the place in the message where
-- they are not. Texts are quoted for gnuplot where they are drawn and numbers are numbers: no line of gnuplot comes from a script.
-- Fields that are drawn by nothing are left out.
local check = require "losslab.check"

-- Bytes of a text; entries of a list of panels, series or names; numbers of a point; lines of equal height; all series and points.
local TEXT, COUNT, POINT, CONTOURS, SERIES_IN_ALL, POINTS_IN_ALL = 2000, 200, 8, 50, 1000, 1000000

local kinds = {}

function kinds.text(what, value)
  if type(value) == "number" then value = tostring(value) end
  if type(value) ~= "string" then check.fail("%s must be a text, not %s", what, check.show(value)) end
  if #value > TEXT then check.fail("%s has %d bytes; a text has at most %d", what, #value, TEXT) end
  return value
end

function kinds.flag(what, value) return check.boolean(what, value) end
function kinds.number(what, value) return value and check.number(what, value) or nil end
function kinds.style(what, value) return value and check.integer(what, value, 0, COUNT) or nil end
function kinds.contours(what, value) return value and check.integer(what, value, 1, CONTOURS) or nil end

function kinds.size(what, value)
  if check.number(what, value) < 0 or value > 100 then check.fail("%s must be from 0 to 100, not %s", what, check.show(value)) end
  return value
end

-- A copy of the array, each entry as `one` gives it.
local function array(what, value, most, one)
  if type(value) ~= "table" then check.fail("%s must be an array, not %s", what, check.show(value)) end
  local n, out = check.whole(what, value), {}
  if n > most then check.fail("%s has %d entries; at most %d can be drawn", what, n, most) end
  for i = 1, n do out[i] = one(string.format("%s[%d]", what, i), value[i]) end
  return out
end

function kinds.texts(what, value) return value and array(what, value, COUNT, kinds.text) or nil end

-- A point is false (a break in a line) or at most 8 numbers, NaN and infinity among them; n: how many, where some are nil.
local function point(what, value)
  if value == false then return false end
  if type(value) ~= "table" then check.fail("%s must be { x, y, … } or false, not %s", what, check.show(value)) end
  local out = { n = math.type(value.n) == "integer" and value.n <= POINT and value.n or nil }
  for i = 1, POINT do
    local x = value[i]
    if x ~= nil and type(x) ~= "number" then check.fail("%s[%d] must be a number, not %s", what, i, check.show(x)) end
    out[i] = x
  end
  return out
end

function kinds.points(what, value) return array(what, value, math.huge, point) end

local function record(what, value, known)
  if type(value) ~= "table" then check.fail("%s must be a table {…}, not %s", what, check.show(value)) end
  local out = {}
  for _, name in ipairs(check.keys(known)) do
    local kind = known[name]
    if value[name] ~= nil then out[name] = kinds[kind](string.format("%s.%s", what, name), value[name]) end
  end
  return out
end

local SERIES = { text = "text", points = "points", style = "style", line = "flag", mark = "flag", size = "size", bars = "flag",
  numbers = "flag", contours = "contours", heat = "flag", arrows = "flag", loss = "text" }

local function series(what, value)
  local out = record(what, value, SERIES)
  if not (out.text and out.points) then check.fail("%s needs text and points", what) end
  return out
end

function kinds.many_series(what, value) return array(what, value, COUNT, series) end

local PANEL = { title = "text", under = "text", x = "text", y = "text", logx = "flag", logy = "flag", from = "number",
  to = "number", low = "number", high = "number", names = "texts", ticks = "flag", series = "many_series" }

local function panel(what, value)
  local out = record(what, value, PANEL)
  if not out.series then check.fail("%s has no series", what) end
  local heats, contours = 0, 0
  for _, each in ipairs(out.series) do
    if each.heat then heats = heats + 1 elseif each.contours then contours = contours + 1 end
  end
  if heats > 1 or heats == 1 and contours > 0 then
    check.fail("%s has one scale of colours: one series with heat or contours", what)
  end
  out.title = out.title or ""
  return out
end

function kinds.many_panels(what, value) return array(what, value, COUNT, panel) end

local FIGURE = { title = "text", note = "text", x = "text", y = "text", square = "flag", panels = "many_panels" }

-- gnuplot takes its time over what is drawn, so all of it is bounded, too.
local function count_all(panels)
  local lines, points = 0, 0
  for _, each in ipairs(panels) do
    lines = lines + #each.series
    for _, line in ipairs(each.series) do points = points + #line.points end
  end
  if lines > SERIES_IN_ALL then check.fail("panels: %d series in all; %d are the most", lines, SERIES_IN_ALL) end
  if points > POINTS_IN_ALL then check.fail("panels: %d points in all; %d are the most", points, POINTS_IN_ALL) end
end

-- A copy of what plot.panels was given, of which panels.lua can draw all; raises where something cannot be drawn.
return function(given)
  local out = record("panels", given, FIGURE)
  if not out.panels or #out.panels == 0 then
    check.fail "panels: there is none; panels = { { title, series }, … } is what is drawn"
  end
  out.title = out.title or ""
  count_all(out.panels)
  return out
end
