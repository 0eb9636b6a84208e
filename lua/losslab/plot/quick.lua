-- ll.plot: plots by hand. ll.plot(x) looks at what x is; ll.plot.line, scatter, hist, roc, pr and heat say how. plot/make makes the
-- figure, plot/present.lua brings it where plot/place.lua says. ll.plot.draw draws the figures of a study (plot/draw.lua).
local ll = require "losslab"
local asked = require "losslab.plot.asked"
local check = require "losslab.check"
local draw = require "losslab.plot.draw"
local given = require "losslab.plot.given"
local history = require "losslab.plot.make.history"
local line = require "losslab.plot.make.line"
local hist = require "losslab.plot.make.bars"
local heat = require "losslab.plot.make.heat"
local place = require "losslab.plot.place"
local points = require "losslab.plot.make.points"
local present = require "losslab.plot.present"
local ranked = require "losslab.plot.make.ranked"

local plot = { draw = draw.draw, names = draw.names }

-- ---- arguments -------------------------------------------------------------------------------------------------------------

-- An argument list without its options, which are a table at its end that is no list; gives also how many are left.
local function without_options(kind, args)
  local last = args[args.n]
  local options = args.n > 1 and type(last) == "table" and not given.is_list(last) and not getmetatable(last) and last or nil
  if args.n > 1 and last == nil then args.n = args.n - 1 end
  return asked.options(kind, options), options and args.n - 1 or args.n
end

local function at_most(what, n, most, form)
  if n > most then check.fail("%s takes %s; %d arguments were given", what, form, n) end
end

local function something(what, value, form)
  if value == nil then check.fail("%s: what is to be drawn? %s", what, form) end
end

-- Whether a table holds things by name (or several lists), each to be drawn.
local function is_several(value)
  if type(value) ~= "table" or getmetatable(value) then return false end
  if value[1] == nil then return true end
  if type(value[1]) == "function" or given.is_matrix(value[1]) and not given.is_scalar(value[1]) then return true end
  return type(value[1]) == "table" and not given.is_data(value[1]) and #value[1] > 2
end

local function entries_of(what, value) return is_several(value) and given.by_name(what, value) or { { "", value } } end

-- ---- what is made of them: each gives a figure and its options ---------------------------------------------------------------

local make = {}

-- xs and ys as one list of points.
local function together(what, xs, ys)
  local x, y, out = given.numbers(what .. ": x", xs), given.numbers(what .. ": y", ys), {}
  if #x ~= #y then check.fail("%s: x has %d numbers, y has %d; each point has both", what, #x, #y) end
  for i = 1, #x do out[i] = { x[i], y[i] } end
  return out
end

function make.line(...)
  local args = table.pack(...)
  local o, n = without_options("line", args)
  at_most("plot.line", n, 2, "line(y [, options]) or line(x, y [, options])")
  local computed = type(args[1]) == "function"
  for _, value in pairs(is_several(args[1]) and args[1] or {}) do computed = computed or type(value) == "function" end
  for _, name in ipairs { "from", "to", "points" } do
    if o[name] and not computed then check.fail("plot.line: %s is of functions; numbers have their places", name) end
  end
  something("plot.line", args[1], "Numbers, a matrix of one or two columns, a function, or several of them by name")
  if history.is(args[1]) then return history.make("plot.line", args[1], o), o end
  if n == 2 then return line("plot.line", { { "", together("plot.line", args[1], args[2]) } }, o), o end
  return line("plot.line", entries_of("plot.line", args[1]), o), o
end

function make.scatter(...)
  local args = table.pack(...)
  local o, n = without_options("scatter", args)
  at_most("plot.scatter", n, 3, "scatter(xy [, options]) or scatter(x, y [, labels] [, options])")
  something("plot.scatter", args[1], "A matrix of two columns, two lists of numbers, a data set, or several matrices by name")
  if given.is_data(args[1]) then return points.data("plot.scatter", args[1], o), o end
  if o.x or o.y then check.fail "plot.scatter: x and y name columns of a data set; other points have none" end
  if n == 3 then
    local copy = { labels = args[3] }
    for name, value in pairs(o) do copy[name] = value end
    o = copy
  end
  if n >= 2 then return points.scatter("plot.scatter", { { "", together("plot.scatter", args[1], args[2]) } }, o), o end
  return points.scatter("plot.scatter", entries_of("plot.scatter", args[1]), o), o
end

function make.hist(...)
  local args = table.pack(...)
  local o, n = without_options("hist", args)
  at_most("plot.hist", n, 2, "hist(numbers [, labels] [, options])")
  something("plot.hist", args[1], "Numbers, a matrix, or several of them by name")
  if n == 2 then
    local copy = { labels = args[2] }
    for name, value in pairs(o) do copy[name] = value end
    o = copy
  end
  local x = args[1]
  if given.is_data(x) then
    local several = {}
    local most = math.min(x.features, 26)
    for i = 1, most do several[i] = { x.columns[i] or tostring(i), ll.col_range(x.x, i, i) } end
    local fig = hist("plot.hist", several, o)
    if most < x.features then table.insert(fig.said, string.format("the first %d of %d columns are drawn", most, x.features)) end
    return fig, o
  end
  return hist("plot.hist", entries_of("plot.hist", x), o), o
end

local function ranking(kind)
  return function(...)
    local args = table.pack(...)
    local o, n = without_options(kind, args)
    local what = "plot." .. kind
    local form = kind .. "(scores, labels [, options]) or " .. kind .. "({ name = { scores, labels }, … } [, options])"
    at_most(what, n, 2, form)
    something(what, args[1], form)
    if n == 2 then return ranked[kind](what, { { "", args[1], args[2] } }, o), o end
    if type(args[1]) ~= "table" or getmetatable(args[1]) or given.is_numbers(args[1]) then
      check.fail("%s: labels are missing: %s", what, form)
    end
    local several = given.by_name(what, args[1])
    for i, entry in ipairs(several) do
      if type(entry[2]) ~= "table" or not given.is_list(entry[2][1]) or not given.is_list(entry[2][2]) then
        check.fail("%s: %s must be { scores, labels }, not %s", what, check.show(entry[1]), check.show(entry[2]))
      end
      several[i] = { entry[1], entry[2][1], entry[2][2] }
    end
    return ranked[kind](what, several, o), o
  end
end

make.roc, make.pr = ranking "roc", ranking "pr"

function make.heat(...)
  local args = table.pack(...)
  local o, n = without_options("heat", args)
  at_most("plot.heat", n, 1, "heat(matrix [, options])")
  something("plot.heat", args[1], "A matrix, or rows of numbers")
  return heat("plot.heat", args[1], o), o
end

-- A loss that is a function of a score and a label, over scores.
local function of_loss(loss, o)
  local function curve(label)
    return function(z) return loss(ll.matrix { z }, ll.matrix { label }):item() end
  end
  local fine, why = pcall(curve(1), 0)
  if not fine then
    check.fail("plot: %s is no function of one score and its label: %s", tostring(loss.name), check.plain(why))
  end
  local options = { from = -3, to = 3, points = 201 }
  for name, value in pairs(o) do options[name] = value end
  return line("plot", { { "label 1", curve(1) }, { "label 0", curve(0) } }, options,
    { title = tostring(loss.name), x = "score", y = "loss" }), o
end

-- A figure of a study's results, by name.
local function of_results(results, name, options)
  local o = asked.options("figure", options)
  check.among("plot: there is no figure", name, draw.names)
  return { name = name, draw = function(fig) return require("losslab.plot.figures." .. name).draw(fig, results) end }, o
end

local FORMS = "Numbers, a matrix, a data set, a function, a history of ll.fit, results, or several by name: plot { a = x, b = y }"

function make.any(...)
  local args = table.pack(...)
  local x = args[1]
  something("plot", x, FORMS)
  if given.is_results(x) then return of_results(x, args[2], args[3]) end
  if given.is_loss(x) then
    local o = without_options("line", args)
    return of_loss(x, o)
  end
  if given.is_data(x) then return make.scatter(...) end
  if type(x) == "function" then return make.line(...) end
  if history.is(x) then
    local o, n = without_options("history", args)
    at_most("plot", n, 1, "plot(history [, options])")
    return history.make("plot", x, o), o
  end
  local second = args.n >= 2 and given.is_list(args[2])
  if second then return make.line(...) end
  if given.is_matrix(x) then
    if x.cols == 1 or x.rows == 1 then return make.line(...) end
    return (x.cols == 2 and make.scatter or make.heat)(...)
  end
  if type(x) == "string" then
    check.fail("plot cannot draw the text %s; ll.data.load %s and ll.open %s read what can be drawn", check.show(x), '"iris"',
      '"study.db"')
  end
  if type(x) ~= "table" or getmetatable(x) then check.fail("plot cannot draw %s. %s", check.show(x), FORMS) end
  if type(x[1]) == "table" then -- rows of numbers
    for key in pairs(x) do
      if type(key) == "string" then check.fail("plot: names and rows in one table; %s is the first name", check.show(key)) end
    end
    if type(x[1][1]) == "number" then return (#x[1] <= 2 and make.scatter or make.heat)(...) end
  end
  if x[1] == nil then
    local all = next(x) ~= nil
    for _, value in pairs(x) do all = all and given.is_matrix(value) and value.cols == 2 end
    if all then return make.scatter(...) end
  end
  return make.line(...)
end

-- ---- the functions -----------------------------------------------------------------------------------------------------------

-- f, whose errors are told of the line that called it. plain: they call it plot, not by what draws.
local function public(f, plain)
  return function(...)
    local result = table.pack(pcall(f, ...))
    if result[1] then return table.unpack(result, 2, result.n) end
    local why = result[2]
    if type(why) ~= "string" or why == "interrupted" then error(why, 0) end
    why = check.plain(why)
    error(plain and why:gsub("^plot%.%l+", "plot") or why, 2)
  end
end

local function shower(kind)
  return public(function(...) return present.show(make[kind](...)) end)
end

--- ll.plot(x [, options]) -> path
-- ll.plot(results [, figure] [, options]) -> path
-- Draws what x is, in a window, in the terminal or in a file; see ll.plot.where.
-- An array or a column of numbers is a line over 1, 2, …; two columns are points; a larger matrix is drawn as heat; a data set as
-- points coloured by class, of two columns or of its first two principal components; a function as a curve; a loss over one score;
-- what ll.fit gives as curves over the epochs; a table of several by name, as { train = a, valid = b }, as several lines. Of a
-- study's results it gives the names of the figures, and with a name draws that one. NaN and infinity are left out, which is said.
-- It gives the path where a file was written, else nothing.
--   title, xlabel, ylabel   texts
--   legend   names, in order or by name, or false for no legend
--   log   the logarithmic axes: "x", "y" or "xy"
--   xrange, yrange   { from, to } of an axis
--   width, height   pixels of a window or a file; columns and lines where it is drawn in characters, at most the terminal's
--   out   the file to write: its name ends with .svg, .png, .pdf, .eps, or .txt for characters
--   terminal   where it is drawn: "window", "terminal", "kitty", "sixel", "braille", "block", "ascii", "file", "qt", "wxt", "x11"
-- Errors: nothing to draw; a value that cannot be drawn; an option that is not known; no gnuplot where a file or window needs it.
-- See: ll.plot.line, ll.plot.scatter, ll.plot.hist, ll.plot.heat, ll.plot.roc, ll.plot.pr, ll.plot.where, ll.plot.text
-- Example:
--   ll.plot({ 1, 4, 9, 16 }, { title = "squares", out = "squares.txt" })   --> squares.txt
--   ll.plot(math.sin, { from = 0, to = 6, out = "sine.txt" })   --> sine.txt
--   ll.plot({ train = { 0.9, 0.5, 0.3 }, valid = { 0.9, 0.6, 0.5 } }, { ylabel = "loss", out = "loss.txt" })   --> loss.txt
local call = public(function(...)
  local results, name = ...
  if given.is_results(results) and type(name) ~= "string" then
    if name ~= nil then check.fail("plot: the name of a figure comes second, not %s", check.show(name)) end
    return { table.unpack(draw.names) }
  end
  return present.show(make.any(...))
end, true)

--- ll.plot.line(y [, options]) -> path
-- ll.plot.line(x, y [, options]) -> path
-- Draws a line through numbers, through points { x, y }, or along a function; several by name each get a colour.
--   y   numbers (an array or a matrix of one column); a matrix of two columns x and y; a function of a number; or a table of them
--   options.from, options.to   where a function begins and ends (-5, 5)
--   options.points   at how many places a function is computed (400)
--   options.marks   true: a mark at each point
--   options.title …   as of ll.plot
-- See: ll.plot
-- Example:
--   ll.plot.line({ 0.7, 0.5, 0.4 }, { out = "line.txt" })   --> line.txt
--   ll.plot.line({ tanh = ll.tanh, sigmoid = ll.sigmoid }, { from = -4, to = 4, out = "shapes.txt" })   --> shapes.txt
plot.line = shower "line"

--- ll.plot.scatter(xy [, options]) -> path
-- ll.plot.scatter(x, y [, labels] [, options]) -> path
-- Draws points in the plane, coloured by class where labels are given.
--   xy   a matrix of two columns; a data set; or several matrices by name
--   options.labels   a label for each point: numbers or texts
--   options.x, options.y   of a data set: two columns by name or number, instead of its principal components
--   options.points   the most that are drawn (20000)
--   options.title …   as of ll.plot
-- See: ll.plot
-- Example:
--   ll.plot.scatter({ 1, 2, 3 }, { 2, 1, 3 }, { "a", "b", "a" }, { out = "points.txt" })   --> points.txt
--   ll.plot.scatter(ll.data.load "iris", { x = 1, y = 3, out = "iris.txt" })   --> iris.txt
plot.scatter = shower "scatter"

--- ll.plot.hist(numbers [, labels] [, options]) -> path
-- ll.plot.hist({ name = numbers, … } [, options]) -> path
-- Draws a histogram: how many of the numbers lie in each of equal stretches.
-- With labels the classes are drawn over each other on the same bins. Several groups by name, as the weights or gradients of each
-- layer, get a small histogram each, on a scale of its own.
--   numbers   an array or a matrix, of which every number counts
--   options.bins   how many (by the rule of Freedman and Diaconis)
--   options.together   true: groups by name over each other, on the same bins
--   options.title …   as of ll.plot
-- See: ll.plot
-- Example:
--   local scores = ll.random(1):normal(200, 1)
--   ll.plot.hist(scores, { bins = 20, out = "scores.txt" })   --> scores.txt
--   ll.plot.hist({ ["layer 1"] = scores, ["layer 2"] = scores * 2 }, { out = "layers.txt" })   --> layers.txt
plot.hist = shower "hist"

--- ll.plot.roc(scores, labels [, options]) -> path
-- ll.plot.roc({ name = { scores, labels }, … } [, options]) -> path
-- Draws the ROC curve, true over false positive rates at every threshold, with its area (AUC) in the legend.
-- The grey line is what chance gives.
--   scores   numbers, higher for targets: an array or a column
--   labels   1 for a target, 0 or -1 for the others
-- See: ll.plot.pr, ll.metric.roc, ll.metric.auc
-- Example:
--   ll.plot.roc({ 0.9, 0.8, 0.3, 0.1 }, { 1, 0, 1, 0 }, { out = "roc.txt" })   --> roc.txt
plot.roc = shower "roc"

--- ll.plot.pr(scores, labels [, options]) -> path
-- ll.plot.pr({ name = { scores, labels }, … } [, options]) -> path
-- Draws precision over recall at every threshold, as steps, with the average precision (AP) in the legend.
-- The grey line is the share of targets, which is what chance gives.
--   scores   numbers, higher for targets: an array or a column
--   labels   1 for a target, 0 or -1 for the others
-- See: ll.plot.roc, ll.metric.precision_recall, ll.metric.average_precision
-- Example:
--   ll.plot.pr({ 0.9, 0.8, 0.3, 0.1 }, { 1, 0, 1, 0 }, { out = "pr.txt" })   --> pr.txt
plot.pr = shower "pr"

--- ll.plot.heat(matrix [, options]) -> path
-- Draws each number of a matrix as a coloured cell, row 1 at the top, with the scale of the colours beside it.
-- A matrix of more than 120 rows or columns is drawn by the means of neighbouring cells.
--   matrix   a matrix or rows of numbers
--   options.range   { least, most } of the colours (those of the matrix)
--   options.title …   as of ll.plot
-- See: ll.plot
-- Example:
--   ll.plot.heat(ll.eye(4), { out = "eye.txt" })   --> eye.txt
plot.heat = shower "heat"

--- ll.plot.text(x [, options]) -> text
-- What ll.plot draws of x, in characters, as a text without colours: to log or to print it elsewhere.
--   options.width, options.height   columns (80) and lines
--   options.terminal   "braille" (the default), "block" or "ascii"
--   options.title …   as of ll.plot
-- See: ll.plot
-- Example:
--   ll.plot.text({ 1, 2, 3 }, { width = 40, height = 8, terminal = "ascii" }):find "*" ~= nil   --> true
plot.text = public(function(...)
  local fig, o = make.any(...)
  if o.out ~= nil then check.fail "plot.text: out is of plot, which writes a text to { out = \"plot.txt\" }" end
  if o.terminal ~= nil then check.among("plot.text: a text has no terminal", o.terminal, { "braille", "block", "ascii" }) end
  return present.text(fig, o)
end, true)

--- ll.plot.where() -> place, why
-- Where plots are drawn here, and why: "window", "kitty", "sixel", "braille", "block", "ascii" or "file".
-- A window of gnuplot's opens where there is a display. Else the terminal shows it: as a picture where it is known to show them,
-- else in braille characters, in plain ASCII where the locale is not UTF-8 or TERM is dumb. Where standard output is no terminal, a
-- file losslab-plot-1.svg, -2, … is written in the current folder. LOSSLAB_PLOT in the environment, or the option terminal,
-- chooses otherwise: window, terminal, kitty, sixel, braille, block, ascii, file.
-- Example:
--   ll.plot.where()   --> … …
plot.where = public(function() return place.choose() end)

return setmetatable(plot, {
  __call = function(_, ...) return call(...) end,
  __index = function(_, name)
    if type(name) == "string" then check.unknown("ll.plot has no", name, check.keys(plot), 2) end
  end,
})
