-- Plots by hand (ll.plot): what is made of each kind of value, what is refused and how it is said, which files are written.
local t = require "tests.lua.tap"
local lfs = require "lfs"
local ll = require "losslab"
local gnuplot = require "losslab.plot.gnuplot"
local heat = require "losslab.plot.make.heat"
local history = require "losslab.plot.make.history"
local hist = require "losslab.plot.make.bars"
local line = require "losslab.plot.make.line"
local points = require "losslab.plot.make.points"
local present = require "losslab.plot.present"
local ranked = require "losslab.plot.make.ranked"
local say = require "losslab.say"
local make_db = require "tests.lua.fixture_db"

local nan = 0 / 0
local noted, note = {}, say.note
say.note = function(...) noted[#noted + 1] = table.concat { ... } end -- luacheck: ignore 122
local function said()
  local all = table.concat(noted, "\n")
  noted = {}
  return all
end

-- The points of a figure's first panel and n-th series.
local function series(fig, n) return fig.panels[1].series[n or 1] end

-- ---- lines -----------------------------------------------------------------------------------------------------------------

t.is(series(line("plot.line", { { "", { 4, 5 } } }, {})).points, { { 1, 4 }, { 2, 5 } }, "numbers are over 1, 2, …")
t.is(series(line("plot.line", { { "", ll.matrix { 4, 5 } } }, {})).points, { { 1, 4 }, { 2, 5 } }, "so are those of a column")
t.is(series(line("plot.line", { { "", ll.matrix { { 4, 5 } } } }, {})).points, { { 1, 4 }, { 2, 5 } }, "and of a row")
t.is(series(line("plot.line", { { "", ll.matrix { { 3, 4 }, { 5, 6 } } } }, {})).points, { { 3, 4 }, { 5, 6 } },
  "two columns are x and y")
local losses = { ll.matrix { 0.5 }, ll.matrix { 0.25 } }
t.is(series(line("plot.line", { { "", losses } }, {})).points, { { 1, 0.5 }, { 2, 0.25 } }, "matrices of one number are numbers")
local fig = line("plot.line", { { "", math.abs } }, { from = -1, to = 1, points = 3 })
t.is(series(fig).points, { { -1, 1 }, { 0, 0 }, { 1, 1 } }, "a function of numbers")
local asked = 0
fig = line("plot.line", { { "", function(x) asked = asked + 1 return ll.sigmoid(x) end } }, { from = -1, to = 1, points = 50 })
t.near(series(fig).points[50][2], 1 / (1 + math.exp(-1)), 1e-6, "a function of matrices")
t.ok(asked <= 3, "which is asked once for all places")
fig = line("plot.line", { { "", math.log } }, { log = "x", from = 1, to = 100, points = 3 })
t.near(series(fig).points, { { 1, 0 }, { 10, math.log(10) }, { 100, math.log(100) } }, 1e-12, 1e-12, "over a logarithmic axis")
fig = line("plot.line", { { "", { 1, nan, 3, math.huge } } }, {})
t.is(series(fig).points, { { 1, 1 }, false, { 3, 3 }, false }, "what is no number is a break")
t.is(fig.said, { "2 of 4 values are NaN or infinite and are left out" }, "and that is said")
fig = line("plot.line", { { "a", { 1, 2 } }, { "b", { 1, nan } } }, { legend = { a = "first" } })
t.is({ series(fig, 1).text, series(fig, 2).text, fig.legend }, { "first", "b", true }, "names of the legend")
t.is(fig.said, { '1 of 2 values of "b" is NaN or infinite and is left out' }, "which of several it is")
t.is(line("plot.line", { { "a", { 1, 2 } }, { "b", { 1, 2 } } }, { legend = false }).legend, false, "no legend")
local long, spike = {}, 54321
for i = 1, 100000 do long[i] = math.sin(i / 5000) end
long[spike] = 9
local few, there = series(line("plot.line", { { "", long } }, {})).points, false
for _, point in ipairs(few) do there = there or point[1] == spike and point[2] == 9 end
t.ok(#few <= 5000 and there, "of a long line the extremes are kept")
t.is({ few[1][1], few[#few][1] }, { 1, 100000 }, "and the ends")

-- ---- points -------------------------------------------------------------------------------------------------------------------

fig = points.scatter("plot.scatter", { { "", { { 1, 2 }, { 3, 4 }, { 5, nan } } } }, { labels = { "b", "a", "b" } })
t.is({ series(fig, 1).text, series(fig, 1).points }, { "a", { { 3, 4 } } }, "points by class, in the order of their labels")
t.is({ series(fig, 2).text, series(fig, 2).points }, { "b", { { 1, 2 } } }, "without those that have no place")
t.like(fig.said[1], "1 of 3", "which is said")
local many = {}
for i = 1, 100 do many[i] = { i, i } end
fig = points.scatter("plot.scatter", { { "", many } }, { points = 30 })
t.is(#series(fig).points, 25, "at most so many points")
t.like(fig.said[1], "of 100 points every 4", "and that is said")

local iris = ll.data.load "iris"
fig = points.data("plot", iris, {})
t.is({ #fig.panels[1].series, series(fig, 3).text, #series(fig, 3).points }, { 3, "virginica", 50 },
  "data by class, with their names")
local share1, share2 = fig.x:match "%((%d+) %%%)", fig.y:match "%((%d+) %%%)"
t.is({ share1, share2 }, { "73", "23" }, "the shares of iris' first components")
fig = points.data("plot", iris, { x = "petal_length", y = 1 })
t.is({ fig.x, fig.y }, { iris.columns[3], iris.columns[1] }, "two columns by name and by number")
t.near(series(fig).points[1], { iris.x:get(1, 3), iris.x:get(1, 1) }, "and their values")
t.throws(function() points.data("plot", iris, { x = "petal_lenth" }) end, { "no column", "petal_length" }, "a column there is not")

-- ---- histograms ----------------------------------------------------------------------------------------------------------------

fig = hist("plot.hist", { { "", { 0, 1, 1, 2, nan } } }, { bins = 2 })
t.is(series(fig).steps, { edges = { 0, 1, 2 }, counts = { 1, 3 } }, "counts")
t.is(series(fig).points, { { 0, 0 }, { 0, 1 }, { 1, 1 }, { 1, 3 }, { 2, 3 }, { 2, 0 } }, "and their outline")
fig = hist("plot.hist", { { "", { 0, 1, 2, 3 } } }, { bins = 3, labels = { 1, 0, 1, 0 } })
t.is({ series(fig, 1).steps.counts, series(fig, 2).steps.counts }, { { 0, 1, 1 }, { 1, 0, 1 } }, "by class on the same bins")
fig = hist("plot.hist", { { "a", ll.matrix { { 1, 2 }, { 3, 4 } } }, { "b", { 100, 200 } } }, {})
t.is({ #fig.panels, fig.panels[1].title, fig.panels[2].title }, { 2, "a", "b" }, "groups have a histogram each")
t.is({ fig.panels[1].from, fig.panels[1].to, fig.panels[2].from }, { 1, 4, 100 }, "on scales of their own")
fig = hist("plot.hist", { { "a", { 1, 2 } }, { "b", { 1, 4 } } }, { together = true, bins = 3 })
t.is({ #fig.panels, series(fig, 2).steps.counts }, { 1, { 1, 0, 1 } }, "or are drawn together")
fig = hist("plot.hist", { { "", { -1, 1, 10, 100 } } }, { log = "x", bins = 2 })
t.is({ series(fig).steps.counts, fig.said[1]:find "not positive" ~= nil }, { { 1, 2 }, true }, "bins of a logarithmic axis")

-- ---- scores ---------------------------------------------------------------------------------------------------------

math.randomseed(3)
for round = 1, 5 do
  local scores, labels = {}, {}
  for i = 1, 60 do
    labels[i] = i % 3 == 0 and 1 or 0
    scores[i] = math.random(1, 20) + 3 * labels[i] -- ties among them
  end
  local s, y = ll.matrix(scores), ll.matrix(labels)
  local curve, area = series(ranked.roc("plot.roc", { { "", s, y } }, {}), 2), 0
  for i = 2, #curve.points do
    local a, b = curve.points[i - 1], curve.points[i]
    area = area + (b[1] - a[1]) * (a[2] + b[2]) / 2
  end
  t.near(area, ll.metric.auc(s, y), 1e-6, "the area below the ROC curve is the AUC, round " .. round)
  t.is(curve.text, string.format("AUC %.3f", ll.metric.auc(s, y)), "which its legend says")
  curve, area = series(ranked.pr("plot.pr", { { "", scores, labels } }, {}), 2), 0
  for i = 2, #curve.points do
    local a, b = curve.points[i - 1], curve.points[i]
    area = area + (b[1] - a[1]) * b[2]
  end
  t.near(area, ll.metric.average_precision(s, y), 1e-6, "the area below the steps is the average precision, round " .. round)
end

-- ---- heat and histories ---------------------------------------------------------------------------------------------

fig = heat("plot.heat", ll.matrix { { 1, 2, 3 }, { 4, nan, 6 } }, {})
t.is({ series(fig).least, series(fig).most, #series(fig).points }, { 1, 6, 5 }, "cells of a matrix, from its least to its greatest")
t.is({ fig.panels[1].low, fig.panels[1].high }, { 2.5, 0.5 }, "with row 1 at the top")
local over = {}
for i, cell in ipairs(series(fig).points) do over[i] = cell[4] .. cell[5] end
t.is(table.concat(over, " "), "10 10 01 00 00", "a cell goes on below those that are drawn over it, and never where none is")
fig = heat("plot.heat", ll.ones(300, 10), {})
t.is(#series(fig).points, 1000, "a large one by the means of cells")
t.is(fig.coarse, "each cell of the drawing is the mean of 3 by 1 of the matrix", "which is said")

local course = { metric = "auc" }
for epoch = 1, 4 do
  course[epoch] = { epoch = epoch, loss = 1 / epoch, valid_loss = 2 / epoch, auc = epoch / 4, seconds = 3, lr = 0.1, name = "x" }
end
t.ok(history.is(course) and not history.is { 1, 2 } and not history.is { { 1, 2 } }, "rows with named numbers are a history")
fig = history.make("plot", course, {})
t.is({ #fig.panels, fig.panels[1].title, fig.panels[2].title }, { 2, "loss", "auc" },
  "losses share a panel; time and constants have none")
t.is({ series(fig, 1).text, series(fig, 2).text }, { "loss", "valid_loss" }, "each with its name")
t.is(series(fig, 2).points[4], { 4, 0.5 }, "over epochs")

-- ---- what ll.plot takes ---------------------------------------------------------------------------------------------

local function drawn(...) return ll.plot.text(...) end
local wide = { width = 40, height = 10, terminal = "ascii" }
t.like(drawn({ 1, 2, 3 }, wide), "%*%*%*", "an array")
t.is(drawn({ 1, 2, 3 }, wide), drawn(ll.matrix { 1, 2, 3 }, wide), "a column is drawn as an array is")
t.like(drawn({ a = { 1, 2 }, b = { 2, 1 } }, wide), "%* a   %+ b", "several by name")
t.like(drawn({ a = math.sin, b = math.cos }, wide), "%* a   %+ b", "functions by name")
t.like(drawn(ll.eye(3), wide), "row", "a matrix")
t.like(drawn({ { 1, 2, 3 }, { 4, 5, 6 } }, wide), "row", "rows of numbers")
t.like(drawn(iris, wide), "setosa", "a data set")
t.like(drawn(course, wide), "valid_loss", "a history")
t.like(drawn(ll.loss.hinge {}, wide), "label 1.*label 0", "a loss over scores")
t.like(drawn(ll.sigmoid, wide), "%*", "an op")
t.like(said(), "^$", "nothing is told beside a text")

local function refuses(what, parts, ...)
  local args = table.pack(...)
  t.throws(function() ll.plot(table.unpack(args, 1, args.n)) end, parts, what)
end
refuses("nothing", "what is to be drawn?")
refuses("nil", "what is to be drawn?", nil)
refuses("an empty table", "nothing to draw", {})
refuses("an empty matrix", "nothing to draw", ll.zeros(0, 3))
refuses("a text", { "ll.open", "ll.data.load" }, "study.db")
refuses("a truth", "cannot draw true", true)
refuses("a hole", "entry 2 is nil", { 1, nil, 3 })
refuses("no number", 'plot[2] must be a number, not "x"', { 1, "x" })
refuses("numbers that are none", "NaN or infinite; there is nothing to draw", { nan, math.huge })
refuses("rows of two lengths", "rows of one length", { { 1, 2, 3 }, { 1, 2 } })
refuses("an unknown option", { "plot has no option", "title" }, { 1, 2 }, { titel = "x" })
refuses("another's option", { "plot has no option", "bins" }, { 1, 2 }, { bins = 3 })
refuses("where numbers begin", "from is of functions", { 1, 2 }, { from = 1 })
refuses("columns of what has none", "columns of a data set", ll.ones(3, 2), { x = 1 })
local mine = { out = "no/such/x.txt" }
pcall(ll.plot.scatter, { 1 }, { 2 }, { "a" }, mine)
t.is(mine, { out = "no/such/x.txt" }, "a user's table of options stays as it was")
refuses("an ending", { "gif", "svg" }, { 1, 2 }, { out = "x.gif" })
refuses("no ending", "svg", { 1, 2 }, { out = "x" })
refuses("an axis", { '"z"', '"x"' }, { 1, 2 }, { log = "z" })
refuses("a range turned round", "below", { 1, 2 }, { xrange = { 2, 1 } })
refuses("a logarithm of 0", "above 0", { 1, 2 }, { log = "y", yrange = { 0, 1 } })
refuses("a function that fails", "boo", function() error "boo" end)
refuses("a function of texts", "a number is drawn", function() return "x" end)
refuses("a loss of pairs", "no function of one score", ll.loss.triplet {})
refuses("a place", { "terminal", '"sixel"' }, { 1, 2 }, { terminal = "sixle" })
t.throws(function() ll.plot.line({ 1, 2 }, { 1, 2, 3 }) end, { "plot.line", "2 numbers", "3" }, "x and y of two lengths")
t.throws(function() ll.plot.line({ 1 }, { 2 }, { 3 }) end, "3 arguments", "too many lists")
t.throws(function() ll.plot.line(ll.zeros(3, 3)) end, "plot.heat", "three columns are no line")
t.throws(function() ll.plot.hist({ 1, 2 }, { "a" }) end, "1 entries for 2 rows", "labels of another length")
t.throws(function() ll.plot.roc { 1, 2 } end, "labels are missing", "scores without labels")
t.throws(function() ll.plot.roc({ 1, 2 }, { 1, 1 }) end, "both classes", "one class")
t.throws(function() ll.plot.roc { a = { { 1, 2 } } } end, '"a" must be { scores, labels }', "scores by name without labels")
t.throws(function() ll.plot.scatter({ { 1, 2 } }, { labels = { 1, 2 } }) end, "2 entries for 1 rows", "labels of points")
t.throws(function() return ll.plot.scater end, '"scatter"', "a function there is not")
t.like(select(2, pcall(function() ll.plot {} end)), "^[^:]*plot_by_hand.lua:%d+: plot: ", "an error says the line of the caller")

-- ---- files ----------------------------------------------------------------------------------------------------------

local folder = t.folder()
local here = lfs.currentdir()
assert(lfs.chdir(folder))
said()
t.is(ll.plot({ 1, 2 }, { out = "a.txt" }), "a.txt", "a drawing in characters is written, and its path given")
local function content(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end
t.ok(content "a.txt":find "⣀" ~= nil, "in braille")
t.ok(not content "a.txt":find "\27", "without colours")
if gnuplot.available() then
  local starts = { svg = "<%?xml", png = "\137PNG", pdf = "%%PDF" }
  for ending, start in pairs(starts) do
    t.is(ll.plot({ a = { 1, 2 }, b = { 2, 1 } }, { out = "b." .. ending, title = "it's 'so'" }), "b." .. ending,
      "a file " .. ending)
    t.like(content("b." .. ending), "^" .. start, "which is one")
  end
  t.ok(content "b.svg":find "it's 'so'" ~= nil or content "b.svg":find "it&apos;s" ~= nil, "a title of quotes is a title")
  t.is(said(), "", "nothing is told of a file that was asked for")
  for i = 1, 2 do
    local name = string.format("losslab-plot-%d.svg", i)
    t.is(ll.plot({ 1, 2 }, { terminal = "file" }), name, "a file of a name of our own, " .. i)
    t.like(said(), "the plot is in " .. name:gsub("%-", "%%-"), "of which it is said where it is")
  end
  assert(lfs.link("nowhere.svg", "losslab-plot-3.svg", true))
  t.is(ll.plot({ 1, 2 }, { terminal = "file" }), "losslab-plot-4.svg", "a link is no free name")
  for kind, fig_of in pairs {
    hist = function(o) return ll.plot.hist({ 1, 2, 3 }, { 1, 0, 1 }, o) end,
    groups = function(o) return ll.plot.hist({ a = { 1, 2 }, b = { 3, 4 } }, o) end,
    roc = function(o) return ll.plot.roc({ 1, 2, 3 }, { 0, 1, 1 }, o) end,
    pr = function(o) return ll.plot.pr({ 1, 2, 3 }, { 0, 1, 1 }, o) end,
    heat = function(o) return ll.plot.heat(ll.eye(3), o) end,
    even = function(o) return ll.plot.heat(ll.ones(2, 2), o) end,
    scatter = function(o) return ll.plot.scatter(iris, o) end,
    history = function(o) return ll.plot(course, o) end,
    log = function(o) o.log = "xy" return ll.plot({ 1, 10, 100 }, o) end,
    one = function(o) return ll.plot({ 5 }, o) end,
  } do
    t.is(fig_of { out = kind .. ".svg", width = 500, height = 300 }, kind .. ".svg", "gnuplot draws " .. kind)
    t.like(content(kind .. ".svg"), 'width="500" height="300"', "in the size that was asked for")
  end
  said()
  make_db("study.db", {})
  local store <close> = ll.store.open "study.db"
  local results = require "losslab.results.reading".read(store)
  t.is(ll.plot(results), { table.unpack(ll.plot.names) }, "results tell the names of their figures")
  t.is(ll.plot(results, "margin_map", { out = "map.svg" }), "map.svg", "and are drawn by name")
  t.throws(function() ll.plot(results, "margin") end, "no figure", "a figure there is not")
  t.throws(function() ll.plot(results, { out = "map.svg" }) end, "the name of a figure comes second", "a figure without a name")
else
  t.throws(function() ll.plot({ 1, 2 }, { out = "b.svg" }) end, { "b.svg", "gnuplot-nox" },
    "without gnuplot a file says what to install")
  t.is(ll.plot({ 1, 2 }, { terminal = "file" }), "losslab-plot-1.txt", "and characters are written")
end
t.throws(function() ll.plot({ 1, 2 }, { out = "no/such/x.txt" }) end, "no/such/x.txt", "a folder that is not there")
assert(lfs.chdir(here))
os.execute("rm -r '" .. folder .. "'")

-- ---- pictures for the terminal --------------------------------------------------------------------------------------

for _, case in ipairs { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "\0\255\254~", "AP/+fg==" } } do
  t.is(present.base64(case[1]), case[2], "base64 of " .. #case[1] .. " bytes")
end
local code = present.kitty(("x"):rep(10000))
local pieces, letters = 0, 0
for control, piece in code:gmatch "\27_G([^;]*);([^\27]*)\27\\" do
  pieces, letters = pieces + 1, letters + #piece
  t.is(control, ({ "f=100,a=T,q=2,m=1", "m=1", "m=1", "m=0" })[pieces], "kitty's control of piece " .. pieces)
end
t.is({ pieces, letters, (code:gsub("\27_G[^;]*;[^\27]*\27\\", "")) }, { 4, 13336, "" },
  "pieces of at most 4096 letters and no more")

say.note = note -- luacheck: ignore 122
t.done()
