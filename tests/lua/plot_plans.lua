-- Plans in panels: cells on a colour scale, arrows from place to place; what is no number or weighs nothing is not drawn.
package.path = "./?.lua;" .. package.path
local lfs = require "lfs"
local t = require "tests.lua.tap"
local drawing = require "losslab.plot.drawing"
local gnuplot = require "losslab.plot.gnuplot"
local panels = require "losslab.plot.panels"

if not gnuplot.available() then t.done() end

local folder = os.tmpname()
os.remove(folder)
assert(lfs.mkdir(folder))

-- The script and the SVG of panels, each a list of series.
local function drawn(list, options)
  local o = options or {}
  o.title, o.panels = "plans", {}
  for i, series in ipairs(list) do
    o.panels[i] = { title = "panel " .. i, x = "x", y = "y", low = o.low, high = o.high, names = o.names, series = series }
  end
  local fig = gnuplot.figure()
  t.ok(panels(fig, drawing(o)), "panels are drawn")
  gnuplot.write(fig, folder, "plans", { formats = { "svg" } })
  local file <close> = assert(io.open(folder .. "/plans.svg", "rb"))
  return fig:script("plans", { "svg" }), file:read "a"
end

-- The rows of a datablock of the script.
local function block(script, n)
  local rows = {}
  for line in script:match("%$data" .. n .. " << END_OF_DATA\n(.-)END_OF_DATA"):gmatch "[^\n]+" do
    local row = {}
    for x in line:gmatch "%S+" do row[#row + 1] = tonumber(x) end
    rows[#rows + 1] = row
  end
  return rows
end

-- ---- cells
local heat = { text = "mass <of the plan>", heat = true,
  points = { { 1, 1, 0.5 }, { 2, 1, 0 }, { 1, 2, 0.25 }, { 2, 2, 0.25 }, { 3, 1, 1 } } }
local script, svg = drawn { { heat } }
t.is(block(script, 1)[1], { 1, 1, 0.5, 1.5, 0.5, 1.5, 0.5 }, "a cell reaches half way to its neighbours")
t.is(#block(script, 1), 4, "a cell of nothing is paper")
t.ok(script:find("set cbrange [0:1]", 1, true), "colours begin at 0 and end at the greatest value")
t.ok(script:find("set xrange [0.5:3.5]", 1, true) and script:find("set yrange [0.5:2.5]", 1, true), "the axes end with the cells")
t.ok(script:find("set xtics 1\n", 1, true), "rows and columns are counted in whole numbers")
t.ok(svg:find("mass &lt;of the plan", 1, true), "the scale has its name")
t.ok(svg:find("rgb%(%s*8,%s*48,%s*107%)"), "the greatest value is darkest")
script = drawn({ { heat } }, { low = 2.5, high = 0.5, names = { "one", "two", "three" } })
t.ok(script:find("'three' 3)", 1, true) and not script:find("set xtics 1\n", 1, true), "or have names")
t.ok(script:find("set yrange [2.5:0.5]", 1, true), "the first row may be on top")
script = drawn { { { text = "m", heat = true, points = { { 1, 1, 2 } } } },
  { { text = "m", heat = true, points = { { 1, 1, -8 } } } } }
local _, scales = script:gsub("set cbrange %[%-8:2%]", "")
t.is(scales, 2, "panels share the scale of a name")
script, svg = drawn { { heat, { text = "way", points = { { 1, 1 }, { 2, 2 } } } } }
t.ok(script:find("boxxyerror.-linespoints"), "cells lie below lines")
t.ok(svg:find(">way</", 1, true), "and the legend names the line")
t.ok(not script:find("set label 'mass", 1, true), "but not the cells")
t.lives(function()
  drawn { { heat }, { { text = "c", contours = 2,
    points = { { 1, 1, 5 }, { 1, 2, 6 }, false, { 2, 1, 7 }, { 2, 2, 9 }, false } } } }
end, "a panel of contours may stand beside one of cells")

-- ---- arrows
local arrows = { text = "moved", arrows = true,
  points = { { 0, 0, 3, 4, 0.5 }, { 1, 1, -5, 1, 0.25 }, { 0, 0, 9, 9, 0 }, { 2, 2, 2, 3, -1 } } }
script, svg = drawn { { arrows, { text = "source", points = { { 0, 0 }, { 1, 1 } }, line = false } } }
local rows = block(script, 1)
t.is({ #rows, rows[1], rows[2][3] }, { 2, { 0, 0, 3, 4, 0x0072b2 }, -6 },
  "arrows lead from source to target; those of no weight are left out")
t.is(rows[2][5] - 0x0072b2, math.floor(255 * 0.85 / 2 + 0.5) * 0x1000000, "and half the weight is half as clear")
t.ok(script:find("vectors.-with points"), "they lie below points")
t.is(gnuplot.number(0xd90072b2), "3640685234", "a colour has all its digits")
t.ok(svg:find(">moved</", 1, true), "and are in the legend")
local _, few = drawn { { { text = "a", arrows = true, points = { { 1, 1, 2, 2 } } } } }
t.ok(few:find("<path", 1, true), "a weight may be left out")
local fig = gnuplot.figure()
panels(fig, { title = "log", panels = { { title = "log", x = "", y = "", logx = true, series = { { text = "a", arrows = true,
  points = { { 0.1, 1, 2, 50 } } } } } } })
t.ok(table.concat(fig.lines, "\n"):find("set xtics %(.*0.1, 0.2, 0.5, 1, 2, 5%)"), "an axis knows both ends of an arrow")

-- ---- what a stranger gives
local nan, inf = 0 / 0, math.huge
for _, kind in ipairs { "heat", "arrows" } do
  for name, points in pairs { nothing = {}, ["a break"] = { false }, ["no number"] = { { nan, nan, nan, nan, nan } },
    infinity = { { inf, -inf, inf, inf, inf } }, zero = { { 1, 1, 0, 0, 0 } }, ["holes"] = { { 1, nil, 3, n = 3 }, { n = 8 } },
    huge = { { 1e308, -1e308, 1e308, 1e308, 1e308 }, { -1e308, 1e308, 5, 6, 1e-308 } }, one = { { 0, 0, 1, 1, 1 } },
    alike = { { 1, 1, 1, 1, 1 }, { 1, 1, 2, 1, 1 } } } do
    local series = { { text = "s", [kind] = true, points = points }, { text = "line", points = { { 1, 1 }, { 2, 2 } } } }
    t.lives(function() drawn { series } end, kind .. " of " .. name)
  end
end

os.remove(folder .. "/plans.svg")
lfs.rmdir(folder)
t.done()
