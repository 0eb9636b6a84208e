-- The figures that every study has: what they draw of which results, why they cannot, in which size, font and format.
package.path = "./?.lua;" .. package.path
local lfs = require "lfs"
local ll = require "losslab"
local t = require "tests.lua.tap"
local make = require "tests.lua.fixture_db"
local gnuplot = require "losslab.plot.gnuplot"
local layout = require "losslab.plot.layout"
local look = require "losslab.plot.look"
local scale = require "losslab.plot.scale"
local svg = require "losslab.plot.svg"
local terminals = require "losslab.plot.terminals"

-- How often a pattern is in a text.
local function count(words, what) return select(2, words:gsub(what, "")) end

-- ---- size and font -------------------------------------------------------------------------------------------------------
t.is(look.of(nil, nil), nil, "nothing asked, nothing changed")
t.near(look.of("16cm", "8").scale, 8 / 15, 1e-9, 0, "a font of 8 points is drawn at 8/15")
t.is(look.of("16cm", "8").width, 1134, "and laid out in as many pixels as hold 16 cm then")
t.is(look.of(800).width, 1600, "a width alone leaves the layout, which is drawn smaller")
t.is({ look.of(nil, "Noto Sans, 12").family, look.of(nil, "Noto Sans").family, look.of(nil, 12).family }, { "Noto Sans",
  "Noto Sans" },
  "a family, a size or both")
for width, words in pairs { ["16 feet"] = "16 feet", [10] = "from 100", wide = "16cm", ["0"] = "from 100" } do
  t.throws(function() look.of(width) end, { "width must be", words }, "no width: " .. tostring(width))
end
for _, font in ipairs { "a'b", "Sans,two", "x,999", "", "-e" } do
  t.throws(function() look.of(nil, font) end, { "font" }, "no font: " .. font)
end
t.throws(function() look.of(200, 20) end, { "has no room for words of 20 points", "at least 560 pixels" },
  "too large a font for the width")

local function line_of(format, width, font)
  local fig = gnuplot.figure(nil, look.of(width, font))
  fig.height = 500
  return terminals.line(format, fig)
end
t.like(line_of("png"), "^set terminal pngcairo .*size 1600,500 .*'DejaVu Sans,15' fontscale 1 ", "a PNG as it always was")
t.like(line_of("png", 800), "size 800,250 .*fontscale 0.5 pointscale 0.5 ", "half as wide, all of it half as large")
t.like(line_of("pdf", "16cm", "Noto Sans,8"), "size 6.3%d*in,2.7%d*in .*'Noto Sans,15' fontscale 0.4 ", "a PDF in inches")
t.like(line_of("eps"), "^set terminal epscairo ", "EPS")

-- ---- SVG ------------------------------------------------------------------------------------------------------------------
do
  local fig = gnuplot.figure(nil, look.of(400))
  fig.height, fig.headline = 800, "A < B"
  fig:describe("%s is best", "a & b")
  fig.shown[1] = { box = { left = 100, right = 300, bottom = 100, top = 500 }, x = { from = 1, to = 100, log = true }, xname = "lr",
    y = { from = 0, to = 1 }, yname = "AUC", series = { { text = "hinge", points = { { 10, 0.25, 0.2, 0.3 }, false, { 10,
      7 } } } } }
  local made = svg.finished([[<svg viewBox="0 0 1600 800">
<title>Gnuplot</title>
<desc>Produced by GNUPLOT 5.4 patchlevel 4 </desc>
<g id="gnuplot_plot_1a" ><title>gnuplot_plot_1a</title><use xlink:href='#gpPt6'/></g><rect id='gpPt3'/>
<g font-family="DejaVu Sans"><text> id='me' #you font-family="x"</text></g>
</svg>
]], fig, "roc")
  t.ok(made:find('<svg role="img" [^>]*width="400" height="200"'), "an SVG has the size that was asked for")
  t.ok(made:find("<title>A &lt; B</title>\n<desc>a &amp; b is best</desc>", 1, true), "its headline, and what it shows")
  t.ok(not made:find("gnuplot_plot", 1, true), "nothing of gnuplot's own is under the pointer")
  t.ok(made:find("xlink:href='#roc_gpPt6'", 1, true) and made:find("id='roc_gpPt3'", 1, true), "ids that no other figure has")
  t.ok(made:find([[<text> id='me' #you font-family="x"</text>]], 1, true), "words stay as they are")
  t.is(count(made, "font%-family=\"'DejaVu Sans', 'Verdana', 'Noto Sans', 'Noto Sans CJK SC'"), 1, "fonts to fall back on, once")
  local marks = {}
  for mark in made:gmatch "<circle.-</circle>" do marks[#marks + 1] = mark end
  t.is(marks, { '<circle cx="200.0" cy="600.0" r="7"><title>hinge: lr 10, AUC 0.25 (0.2 to 0.3)</title></circle>' },
    "a value is under the pointer where it is drawn, one beyond the axes is not")
end

-- ---- scales ---------------------------------------------------------------------------------------------------------------
local s = scale.of { 0.01, 0.1, 1 }
t.ok(s.log and s.share(0.1) == 0.5, "values over decades: logarithmic")
s = scale.of { 0, 0.001, 0.01, 0.1 }
t.ok(s.log, "zero beside decades stays with them")
t.near(s.share(0.001), 1 / 3, 1e-9, 0, "a step beside the least")
t.is(s.ticks[1][2], "0", "under its own name")
t.ok(not scale.of({ 1, 10, 20, 30 }).log, "even steps are none, far as they reach")
t.ok(not scale.of({ -1, 1, 1000 }).log, "nor is what is negative")
s = scale.of { false, "relu", "tanh" }
t.is({ s.names, s.at "tanh", s.at(nil) }, { { "default", "relu", "tanh" }, 3, 1 }, "words stand side by side")
local many_more = { false }
for i = 1, 12 do many_more[i + 1] = i / 10 end
s = scale.of(many_more, "-")
t.ok(s.share(nil) == 0 and s.share(1.2) == 1 and s.share(0.1) > 0.05 and s.share(0.1) < 0.2 and not s.names,
  "many numbers keep their scale, with a place below for none")
t.is({ #s.ticks, s.ticks[1][2], s.ticks[3][2] }, { 3, "-", "1.2" }, "by its word")
local loss = { values = { hidden = { { 32, 16 }, { 32 }, { 8 } } }, configs = {} }
t.is(scale.values(loss, "hidden"), { { 8 }, { 32 }, { 32, 16 } }, "layers from few units to many")

-- ---- results made up --------------------------------------------------------------------------------------------------------
-- n: losses; curve(loss): { { epoch, values }, … }.
local function results_of(n, curve, more)
  local results = { study = { name = "made" }, metric = "auc", sign = 1, losses = {}, varied = {},
    datasets = { { name = "one", rows = 10, positives = 5 } } }
  for i = 1, n do
    results.losses[i] = { name = "loss" .. i, place = i, configs = {}, varied = {}, learns = {} }
    results.losses["loss" .. i] = results.losses[i]
  end
  function results.choose(self, _, name) return { loss = name, config = tonumber(name:match "%d+$"), lost = 0,
    valid_mean = 1 / #self.losses } end
  function results.curve(_, _, config) return curve(config) end
  function results.learner() end
  for key, value in pairs(more or {}) do results[key] = value end
  return results
end
local function script_of(name, results)
  local fig = gnuplot.figure()
  local drawn, why = require("losslab.plot.figures." .. name).draw(fig, results)
  return drawn and table.concat(fig.blocks, "\n") .. table.concat(fig.lines, "\n"), drawn and fig or why
end

local function steady() return { { 1, { 0.5, 0.6, 0.7 } }, { 2, { 0.7, 0.8, 0.9 } } } end
t.is(count(script_of("curves", results_of(3, steady)), "filledcurves"), 3, "three losses in a panel, each with its band")
local script, fig = script_of("curves", results_of(5, steady))
t.is({ #fig.shown, count(script, "filledcurves") }, { 5, 5 }, "more on one data set: a panel each, with its own band alone")
local two = { { name = "one", rows = 10 }, { name = "two", rows = 10 } }
script, fig = script_of("curves", results_of(5, steady, { datasets = two, ask = { loss = "loss4" } }))
t.is({ #fig.shown, count(script, "filledcurves") }, { 2, 4 }, "on two: a panel a data set, bands of the asked loss and the best")
script = script_of("curves", results_of(1, function() return { { 1, { 0.5, 0.6 } }, { 2, { 0.7, 0.8 } }, { 3, { 0.9 } } } end))
t.ok(script:find("'n = 1' at", 1, true), "where runs stop early it is said how many go on")
t.ok(not script_of("curves", results_of(1, steady)):find("n = 3", 1, true), "elsewhere not")
script = script_of("curves", results_of(1, function() return { { 1, { 2, 2 } } } end))
t.ok(script:find("set yrange [1.8:2.2]", 1, true), "one value alone: marks that can be told apart")
script, fig = script_of("curves", results_of(1, function()
  local rows = {}
  for epoch = 1, 20 do rows[epoch] = { epoch, { epoch < 3 and 0.1 or 0.9 + epoch / 1000 } } end
  return rows
end))
t.ok(fig.shown[1].y.from > 0.8 and not script:find("\n1 0.1", 1, true),
  "the first epochs of a poor start do not run out of the frame")
t.ok(script:find("The first epochs are", 1, true), "which is said")

-- ---- bars -------------------------------------------------------------------------------------------------------------------
do
  local panels = require "losslab.plot.panels"
  fig = gnuplot.figure()
  local points = {}
  for i = 1, 8 do points[i] = { i, 10, 9, 11 } end
  points[9] = { 9, 10, -990, 1010 }
  panels(fig, { title = "t", panels = { { title = "p", series = { { text = "s", line = false, bars = true,
    points = points } } } } })
  local low, high = fig.shown[1].y.from, fig.shown[1].y.to
  t.ok(table.concat(fig.blocks, "\n"):find(string.format("9 10 %s %s", gnuplot.number(low), gnuplot.number(high)), 1, true),
    "a bar that is longer than the axis ends at its ends")
  t.like(table.concat(fig.blocks, "\n"), "9 [%d.]+ 11\n9 [%d.]+ 9\n", "with marks that point beyond")
end

-- ---- words ------------------------------------------------------------------------------------------------------------------
local spectra = { origin = '{"generator":"target_decoy","parameters":{}}', rows = 200, positives = 30 }
t.is({ layout.classes(spectra) }, { "targets", "decoys" }, "spectra have targets and decoys")
t.is({ layout.classes { origin = "search.pin", rows = 1 } }, { "targets", "decoys" }, "those of a file, too")
t.is({ layout.classes { origin = "iris", rows = 1 } }, { "positives", "negatives" }, "others do not")
t.is(layout.classes_of { spectra, { origin = "iris" } }, "positives", "where data sets differ, a word for both")
t.is(layout.size(spectra), "n = 200, 15 % targets", "and so everywhere")

-- ---- curves against definitions -----------------------------------------------------------------------------------------------
do -- precision at the least threshold that reaches a recall: 4+ 3- 2+ 1-
  local curve, area = require("losslab.plot.figures.precision_recall").precision_recall(ll.matrix { 4, 3, 2, 1 }, ll.matrix { 1, 0,
    1, 0 })
  local n = #curve - 1
  t.is({ curve[1], curve[n // 2 + 1] }, { 1.0, 1.0 }, "precision up to the first half of recall")
  t.near(curve[n // 2 + 2], 2 / 3, 1e-6, 0, "then that of three rows, without a slope between")
  t.near(area, 0.5 + 0.5 * 2 / 3, 1e-6, 0, "and the average precision is that of the steps")
end
do -- Demsar 2006, 3.2.2: C4.5 with and without m and cf; CD 1.25 at level 0.05, 1.12 at 0.10
  local groups = require("losslab.plot.figures.critical_difference").groups
  local function of(ranks, cd)
    local list, out = {}, {}
    for i, rank in ipairs(ranks) do list[i] = { rank = rank } end
    for i, group in ipairs(groups(list, cd)) do out[i] = { group[1], group[2] } end
    return out
  end
  local ranks = { 1.964, 2.0, 2.893, 3.143 }
  t.is(of(ranks, 1.25), { { 1, 4 } }, "at level 0.05 nothing is told apart")
  t.is(of(ranks, 1.12), { { 1, 3 }, { 3, 4 } }, "at 0.10 C4.5 is worse than the two best")
  t.is(of({ 1, 2, 3 }, 0.5), {}, "no group where all differ")
end

-- ---- figures of databases -------------------------------------------------------------------------------------------------------
if not gnuplot.available() then t.done() end
local folder = os.tmpname()
os.remove(folder)
local path = folder .. ".db"
local plot = require "losslab.plot.draw"
local function slurp(name)
  local file <close> = assert(io.open(folder .. "/" .. name, "rb"))
  return file:read "a"
end
local function drawn(name, options, more)
  os.remove(path)
  options.folds, options.seeds, options.epochs, options.ask, options.rows = options.folds or 3, 1, 4, options.ask or false, 60
  make(path, options)
  local o = { out = folder, only = { name }, formats = { "svg" }, script = true }
  for key, value in pairs(more or {}) do o[key] = value end
  local made = plot.draw(path, o)
  return made.files[1] and slurp(name .. ".gp") or made.skipped[1][2], made
end

script = drawn("sensitivity", { datasets = { "a" }, losses = { hinge = { margin = { 0, 0.01, 0.1, 1 } }, square = {} } })
t.ok(script:find("\nset logscale x", 1, true) and script:find("set xtics norotate ('0' ", 1, true),
  "sensitivity: a logarithmic axis with 0")
t.ok(script:find("filledcurves", 1, true) and script:find("best on validation", 1, true), "a band, and the best value")
t.ok(not script:find("square", 1, true), "a loss that varies nothing is not in it")
script = drawn("sensitivity", { datasets = { "a" }, losses = { hinge = { margin = { 1, 2 }, tail = { "flat", "linear" } } } })
t.ok(script:find("yerrorbars", 1, true) and script:find("('flat' 1, 'linear' 2)", 1, true), "words are points with bars")
local many = {}
for i = 1, 20 do many[i] = i / 10 end
script = drawn("sensitivity", { datasets = { "a" }, losses = { hinge = { margin = many } }, folds = 2 })
t.ok(script:find("with points", 1, true) and script:find("with lines lc", 1, true), "many values: points, and a line of medians")
t.like(drawn("sensitivity", { datasets = { "a" }, losses = { hinge = {} } }), "^the study varies no field", "none without a field")
script = drawn("learnt_path", { datasets = { "a" }, losses = { adaptive_rank = { margin = many, margin_lr = { 0.01 } } },
  folds = 2 })
t.ok(script:find("'chosen on validation'", 1, true) and not script:find("ξ₀ =", 1, true) and count(script, "lw 3 notitle") == 1,
  "learnt_path: of many configurations the chosen one stands out")
script = drawn("learnt_path", { datasets = { "a" }, losses = { adaptive_rank = { margin = { 0, 1 }, margin_lr = { 0.01 } } },
  folds = 2 })
t.ok(script:find("'ξ₀ = 1'", 1, true) and not script:find("chosen", 1, true), "a few have a look each")
script = drawn("interactions", { datasets = { "a" }, losses = { hinge = { margin = { 1, 2 }, p = { 1, 2 }, q = { 3, 4, 5 } } },
  folds = 2 })
for _, words in ipairs { "'margin and p'", "'margin and q'", "'p and q'" } do
  t.ok(script:find(words, 1, true), "interactions: a map of " .. words)
end
script = drawn("parallel_coordinates", { datasets = { "a" }, losses = { hinge = { margin = { 1, 2 }, p = { 1, 2 } } }, folds = 2 })
t.ok(script:find("('margin' 1, 'p' 2, 'AUC' 3)", 1, true) and count(script, "linespoints") == 4,
  "parallel_coordinates: an axis a field, a line a configuration")
do -- a search tries other values on each data set
  local moons = { generator = "moons", n = 60, noise = 0.3 }
  os.remove(path)
  ll.study { name = "s", data = { moons, { generator = "rings", n = 60 } }, split = { folds = 2 },
    compare = { hinge = { margin = { from = 0, to = 2 } } }, model = { hidden = { { 4 }, { 8 } } },
    train = { epochs = 1, batch = 8, lr = { log = { 1e-3, 1 } }, optimizer = { "adam", "sgd" },
      momentum = { from = 0, to = 0.9, only_if = { optimizer = "sgd" } }, weight_decay = { log = { 1e-5, 1e-2 } },
      clip = { from = 1, to = 5 } },
    search = { method = "random", trials = 24 } }:run { db = path, progress = false }
  local found = {}
  for _, name in ipairs { "sensitivity", "interactions", "margin_map", "parallel_coordinates" } do
    plot.draw(path, { out = folder, only = { name }, formats = { "svg" }, script = true })
    found[name] = slurp(name .. ".gp")
  end
  t.ok(found.sensitivity:find("AUC − the chosen", 1, true) and found.sensitivity:find("'2 data sets'", 1, true),
    "of a search over data sets: how far each configuration is from the chosen one")
  local empty, full = 0, 0
  for words in found.interactions:gmatch "set label '(%S+)' at first %d+,%d+ center" do
    if words == "none" then empty = empty + 1 else full = full + 1 end
  end
  t.ok(full > empty / 2, ("maps over data sets are filled: %d of %d"):format(full, full + empty))
  t.ok(found.margin_map:find("difference from the chosen, 2 data sets", 1, true), "by the same differences")
  t.ok(found.parallel_coordinates:find("'-' at first 6,first 0.0000", 1, true),
    "what an optimizer has not stands below the numbers")
  t.ok(found.parallel_coordinates:find("'0' at first 7,first 0.0000", 1, true), "zero is called by its name")
end
do -- a grid of which the second data set has just begun is no search
  local half = { plan = {},
    datasets = { { name = "a", summary = {} }, { name = "b", summary = { { config = 1, valid_mean = 1 } } } } }
  for i = 1, 9 do half.datasets[1].summary[i] = { config = i, valid_mean = i } end
  local shared = require "losslab.plot.shared"
  t.is({ shared.configs(half) }, { true, true }, "a study that is not finished compares as it will")
  half.plan.search = {}
  t.is({ shared.configs(half) }, { false, true }, "a search by its differences")
  half.datasets[2].summary = {}
  half.plan.search = nil
  t.is({ shared.configs(half) }, { true, false }, "and where nothing is shared yet, nothing is put together")
end
local three = { hinge = {}, square = {}, focal = {} }
t.like(drawn("critical_difference", { datasets = { "a" }, losses = three }), "the study has one$", "no ranks over one data set")
t.like(drawn("critical_difference", { datasets = { "a", "b" }, losses = { hinge = {}, square = {} } }), "three losses or more",
  "nor of two losses")
script = drawn("critical_difference", { datasets = { "a", "b", "c", "d" }, losses = three })
t.ok(script:find(string.format("CD %.2f", ll.stats.nemenyi(3, 4)), 1, true), "critical_difference: Nemenyi's")
t.like(drawn("calibration", { datasets = { "a" }, losses = { hinge = {} } }), "^no loss of the study gives probabilities",
  "no calibration of a hinge")
t.like(drawn("ridge", { datasets = { "a" }, losses = { hinge = {} } }), "one epoch alone", "no ridge of one epoch")
t.like(drawn("learning_curves", { datasets = { "a" }, losses = { hinge = {} } }), 'record = { "train", "valid", "test" }',
  "learning_curves say what to record")
for _, name in ipairs { "calibration", "ridge", "learning_curves" } do
  t.like(drawn(name, { datasets = { "a" }, losses = { hinge = {} }, full = true }), "multiplot", name .. " of a study that kept it")
end

-- Formats, and what is refused.
local _, made = drawn("curves", { datasets = { "a" }, losses = three }, { formats = { "pdf", "eps" }, width = "12cm", font = 8 })
t.is({ #made.files, slurp("curves.pdf"):sub(1, 5), slurp("curves.eps"):sub(1, 4) }, { 3, "%PDF-", "%!PS" },
  "PDF, EPS and the script")
t.near(tonumber(slurp "curves.eps":match "BoundingBox: 0 0 (%d+)"), 12 / 2.54 * 72, 2, 0, "12 cm wide")
t.throws(function() plot.draw(path, { out = folder, font = "No Such Font", formats = { "png" } }) end, { "there is no font",
  "No Such Font" },
  "a font that is not here")
t.lives(function() plot.draw(path, { out = folder, font = "No Such Font", formats = { "svg" }, only = { "curves" } }) end,
  "which an SVG may name all the same")

-- A study's own set.
os.remove(path)
local text =
  [[return ll.study { name = "own", data = "moons", split = { test = 0.3 }, train = { epochs = 2 }, compare = { "hinge" },
  figures = { "roc", "curves", mine = function(figure, _, plot)
    return plot.panels(figure, { title = "m", panels = { { title = "p", series = { { text = "s", points = { { 1, 2 } } } } } } })
  end } }]]
local file <close> = assert(io.open(folder .. "/own.lua", "w"))
file:write(text)
file:close()
ll.study.load(folder .. "/own.lua"):run { db = path }
made = plot.draw(path, { out = folder, formats = { "svg" }, trust = true })
t.is(made.files, { folder .. "/mine.svg", folder .. "/roc.svg", folder .. "/curves.svg" }, "a study says which figures it wants")
made = plot.draw(path, { out = folder, formats = { "svg" }, only = { "cost" }, trust = true })
t.is(made.files, { folder .. "/cost.svg" }, "and others can be had by name")
t.throws(function() ll.study { name = "x", data = "moons", compare = { "hinge" }, figures = { "rok" } } end, { "there is no figure",
  "roc" },
  "a figure that there is not")
t.throws(function() ll.study { name = "x", data = "moons", compare = { "hinge" }, figures = { function() end } } end,
  "must be the name of a standard figure", "a function has a name")

for entry in lfs.dir(folder) do
  if entry ~= "." and entry ~= ".." then os.remove(folder .. "/" .. entry) end
end
lfs.rmdir(folder)
os.remove(path)
t.done()
