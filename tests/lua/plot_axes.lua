-- What makes figures readable: nothing lies on the end of an axis, names and headlines are whole, a legend lists what is drawn,
-- bands have edges, and a panel without anything says so.
package.path = "./?.lua;" .. package.path
local lfs = require "lfs"
local t = require "tests.lua.tap"
local make = require "tests.lua.fixture_db"
local drawing = require "losslab.plot.drawing"
local gnuplot = require "losslab.plot.gnuplot"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local plot = require "losslab.plot.draw"

if not gnuplot.available() then t.done() end

local folder = os.tmpname()
os.remove(folder)
assert(lfs.mkdir(folder))

-- The lines of the script of one panel, after gnuplot has drawn it.
local function script_of(panel, options)
  local o = options or {}
  panel.title, panel.x, panel.y = panel.title or "panel", panel.x or "x", panel.y or "y"
  o.title, o.panels = o.title or "title", { panel }
  local fig = gnuplot.figure()
  t.ok(panels(fig, drawing(o)), "a panel is drawn")
  gnuplot.write(fig, folder, "axes", { formats = { "svg" } })
  return table.concat(fig.lines, "\n")
end
local function line(points, more)
  local series = { text = "s", points = points }
  for key, value in pairs(more or {}) do series[key] = value end
  return series
end
-- The last range that is set of an axis.
local function range(script, axis)
  local low, high
  for a, b in script:gmatch("set " .. axis .. "range %[([^:]+):([^%]]+)%]") do low, high = tonumber(a), tonumber(b) end
  return { low, high }
end

-- ---- where axes end
local points = { { 0, 10 }, { 50, 20 }, { 100, 60 } }
local script = script_of { series = { line(points) } }
t.is({ range(script, "x"), range(script, "y") }, { { -4, 104 }, { 8, 62 } }, "no mark lies on an axis")
script = script_of { series = { line(points, { mark = false }) } }
t.is({ range(script, "x"), range(script, "y") }, { { 0, 100 }, { 8, 62 } }, "a line begins and ends where its axis does")
script = script_of { from = 0, to = 60, low = 0, series = { line(points) } }
t.is({ range(script, "x"), range(script, "y") }, { { 0, 60 }, { 0, 20.4 } },
  "ends that are given are kept; what is beyond is no matter")
t.is(range(script_of { series = { line { { 1, 5 }, { 2, 5 } } } }, "y"), { 4.5, 5.5 }, "a level line is in the middle")
t.is(range(script_of { series = { line { { 1, 0 } } } }, "y"), { -1, 1 }, "so is 0")
t.is(range(script_of { series = { line { { 1, 2, 1, 12 }, { 2, 3, 2, 4 } } } }, "y"), { 0.56, 12.44 }, "a band is seen whole")
local bars = {}
for i = 1, 8 do bars[i] = { i, 10, 9, 11 } end
bars[9] = { 9, 10, -990, 1010 }
t.is(range(script_of { series = { line(bars, { bars = true }) } }, "y"), { 6.76, 13.24 },
  "one bar that is much wider squeezes no others")
script = script_of { logy = true, series = { line { { 1, 1 }, { 2, 10000 } } } }
t.ok(range(script, "y")[1] < 0.8 and range(script, "y")[2] > 12000, "there is room on a logarithmic axis")
t.ok(script_of({ logy = true, series = { line { { 1, 0.12 }, { 2, 0.6 } } } }):find("set ytics %(.*0.2, 0.3, 0.5, 0.7%)"),
  "less than a decade has more than one tick")
t.is(range(script_of { logy = true, series = { line { { 1, 0 }, { 2, 1 }, { 3, 100 } } } }, "y")[1] > 0.5, true,
  "what a logarithm has not is left out")
script = script_of({ series = { line { { 0, 0 }, { 10, 1 } } } }, { square = true })
t.is({ range(script, "x"), range(script, "y") }, { { -0.4, 10.4 }, { -4.9, 5.9 } }, "a square panel has one scale")
t.is(range(script_of({ low = 0, series = { line { { 0, 0 }, { 10, 1 } } } }, { square = true }), "y"), { 0, 1.04 },
  "unless it has ends of its own")

-- ---- names
t.ok(script_of({ names = { "sonar", "pima" }, series = { line { { 1, 1 }, { 2, 2 } } } }):find("set xtics norotate", 1, true),
  "names that have room stand level")
local names = {}
for i = 1, 12 do names[i] = "a long name " .. i end
script = script_of { names = names, series = { line { { 1, 1 }, { 12, 2 } } } }
t.ok(script:find("set xtics rotate by 25 right", 1, true), "others end at their ticks, slanted")
t.is(range(script, "x"), { 0.5, 12.5 }, "and have half a place at each end")
t.ok(script_of({ series = { line(points) } }):find("set xtics norotate autofreq", 1, true), "numbers stand level")

do -- the room that they need
  local function height(x, list)
    local fig = gnuplot.figure()
    local panel = { title = "p", x = x, y = "y", names = list, series = { line { { 1, 1 }, { 12, 2 } } } }
    panels(fig, drawing { title = "t", panels = { panel, panel, panel, panel } })
    return fig.height
  end
  local few = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l" }
  t.ok(height("x", names) >= height("x", few) + 80, "panels of slanted names stand farther apart")
  t.is(height("", few), height("x", few), "but not those of level ones")
end

do -- numbers of a narrow panel
  local function step(low, high)
    local fig = gnuplot.figure()
    local panel = { title = "p", x = "x", y = "y", under = ("word "):rep(30), series = { line { { low, 1 }, { high, 2 } } } }
    panels(fig, drawing { title = "t", panels = { panel, panel, panel, panel, panel, panel, panel } })
    local made = table.concat(fig.lines, "\n")
    local cut = made:match "set label '(word [^']*)'"
    t.ok(#cut < 60 and fig:pixels(cut, fig.font * 0.8) <= fig.width / 4, "what stands under a title ends with its panel")
    return tonumber(made:match ".*set xtics ([%d.e+-]+)\n"), (high - low) * 1.08 / (fig.width / 4 - 118)
  end
  local wide, a_pixel = step(0.0024, 0.0033)
  t.ok(wide >= 0.0004 and wide / a_pixel > 60, "long numbers stand clear of each other: " .. wide)
  t.ok(step(0, 9) <= 2, "short ones stand closer")
end

-- ---- the headline
local words = ("a headline of many words "):rep(6)
script = script_of({ series = { line(points) } }, { title = words, note = "a note" })
local shown = {}
for label in script:gmatch "set label '(a headline[^']*)'" do shown[#shown + 1] = label end
t.ok(#shown == 1 and #shown[1] > 80 and script:find("set label '[^']*words' at screen", 1),
  "a long headline goes on in a second line")
t.ok(not script:find("…", 1, true), "whole")
t.ok(script_of({ series = { line(points) } }, { title = ("endless"):rep(30) }):find("…", 1, true),
  "one that cannot be broken is cut")

-- ---- what is drawn
script = script_of { series = { line(points), { text = "nobody", points = {} }, { text = "broken", points = { false } } } }
t.ok(not script:find("nobody", 1, true) and not script:find("broken", 1, true), "a legend has nothing that is not drawn")
local fig = gnuplot.figure()
t.ok(panels(fig, drawing { title = "t", panels = { { title = "full", series = { line(points) } },
  { title = "bare", series = { { text = "s", points = { { 0 / 0, 1 }, { 1, 0 / 0 } } } } } } }), "one panel of two is empty")
t.lives(function() gnuplot.write(fig, folder, "axes", { formats = { "svg" } }) end, "the other is drawn")
t.ok(table.concat(fig.lines, "\n"):find("nothing was recorded", 1, true), "and the empty one says why it is")
for name, none in pairs { points = {}, ["a break"] = { false }, numbers = { { 0 / 0, 1 }, { 1, math.huge }, { 1 } } } do
  local _, why = panels(gnuplot.figure(), { title = "t", panels = { { title = "bare", series = { line(none) } } } })
  t.is(why, "nothing was recorded that it shows", "a figure without " .. name .. " is none")
end
script = script_of { series = { line({ { 1, 1 }, { 2, 2, 1, 3 } }, { bars = true }) } }
t.ok(script:find("yerrorbars", 1, true), "a first point without an interval takes it from no other")
t.ok(script_of({ series = { line(points, { style = 0, mark = false }) } }):find("lines lc rgb '#777777'", 1, true),
  "style 0 is grey")
t.ok(script_of({ series = { line(points, { size = 0.3, line = false }) } }):find("ps 0.66 lc rgb '#0072b2' front", 1, true),
  "a small point is small in the legend")

-- ---- bands
local function edges(n)
  local series = {}
  for i = 1, n do series[i] = line({ { 1, i, i - 1, i + 1 }, { 2, i, i - 1, i + 1 } }, { text = "s" .. i }) end
  return select(2, script_of({ series = series }):gsub("with lines lc rgb '#80", ""))
end
t.is({ edges(3), edges(7) }, { 6, 0 }, "few bands have edges, many none")

-- ---- built-in figures
fig = gnuplot.figure()
layout.epochs(fig, {}, 1, 1)
layout.epochs(fig, {}, 0, 3)
t.is(fig.lines, { "set xrange [0.5:1.5]", "set xtics 1", "set xrange [-0.06:3.06]", "set xtics 1" }, "epochs are whole")
local path = folder .. "/one.db"
local function summary(options)
  os.remove(path)
  make(path, options)
  plot.draw(path, { out = folder, only = { "summary" }, formats = { "svg" }, script = true })
  local file <close> = assert(io.open(folder .. "/summary.gp"))
  return file:read "a"
end
script = summary { datasets = { "a" }, folds = 1, seeds = 1, epochs = 2, losses = { hinge = {}, square = {} }, ask = false }
t.ok(script:find("one pair of runs: no interval", 1, true) and not script:find("95 %", 1, true)
  and not script:find("xerrorbars", 1, true), "one pair of runs has no interval, and nothing speaks of one")
t.ok(not script:find("beyond noise", 1, true), "nor of noise")
script = summary { datasets = { "a" }, folds = 3, seeds = 2, epochs = 2, losses = { hinge = {}, square = {} }, ask = false }
t.ok(script:find("95 %", 1, true) and script:find("xerrorbars", 1, true), "several have")
local listed = 0
for _, verdict in ipairs { "ahead beyond", "behind beyond", "no difference beyond" } do
  listed = listed + (script:find(verdict, 1, true) and 1 or 0)
end
t.is(listed, 1, "of one difference, one verdict is in the legend")

for entry in lfs.dir(folder) do
  if entry ~= "." and entry ~= ".." then os.remove(folder .. "/" .. entry) end
end
lfs.rmdir(folder)
t.done()
