-- Figures: what is drawn is in the database, every figure is made in both formats, and what cannot be drawn is reported.
package.path = "./?.lua;" .. package.path
local lfs = require "lfs"
local ll = require "losslab"
local t = require "tests.lua.tap"
local make = require "tests.lua.fixture_db"
local gnuplot = require "losslab.plot.gnuplot"
local plot = require "losslab.plot.draw"

-- ---- text ----------------------------------------------------------------------------------------------------------------
t.is(gnuplot.text "plain", "'plain'", "text goes between single quotes")
t.is(gnuplot.text "it's '; system('x')", [['it'."\047".'s '."\047".'; system('."\047".'x'."\047".')']],
  "single quotes stand by themselves")
t.is(gnuplot.text "a\nb\r\t\0\127", [['a\10b\13\9\0\127']], "control characters are shown by number: a string stays in its line")
t.is(gnuplot.number(0 / 0), "NaN", "no number is NaN")
t.is(gnuplot.number(1.5), "1.5", "a number is itself")

-- ---- characters that no font has -----------------------------------------------------------------------------------------
-- f(glyphs): the module as it is on a machine whose fc-list says this; nil: one without fc-list.
local function with_fonts(listed, f)
  local place, popen = os.tmpname(), io.popen
  local out <close> = assert(io.open(place, "w"))
  out:write(listed or "")
  out:close()
  io.popen = function(_, mode) return popen(listed and "cat " .. place or "exit 127", mode) end -- luacheck: ignore 122
  f(assert(loadfile(package.searchpath("losslab.plot.glyphs", package.path)))())
  io.popen = popen -- luacheck: ignore 122
  os.remove(place)
end
local latin = "TrueType 20-7e a0-17f 300-36f 370-3ff 2013-2026 2080-2089 2212\nType 1 4e00-9fff\nCFF 2260-2265 2694\n"
with_fonts(latin, function(glyphs)
  for _, case in ipairs {
    { "naïve ξ₀ ≠ −1… e\u{301}", "naïve ξ₀ ≠ −1… e\u{301}", "what fonts have stays" },
    { "中文 2", "[U+4E2D 6587] 2", "codes stand for what none has, by runs; a font that pango does not draw with does not count" },
    { "a中b文", "a[U+4E2D]b[U+6587]", "beside what there is" },
    { "a\u{3000}b\u{200d}\u{fe0f}", "a\u{3000}b\u{200d}\u{fe0f}", "blanks and what is invisible need no font" },
    { "⚔\u{fe0f} 👩\u{200d}🔬", "⚔\u{fe0f} [U+1F469 200D 1F52C]", "an emoji made of several is one run" },
    { "中\u{301}x", "[U+4E2D 0301]x", "an accent goes with its letter" },
    { "\u{e000}\u{10ffff}", "[U+E000 10FFFF]", "private use" },
    { "ok \xff\n", "ok \\255\\10", "what is no text is shown as ever" },
  } do t.is(glyphs.stand_in(case[1]), case[2], case[3]) end
  t.is(glyphs.missing "文中\n文", { 0x6587, 0x4e2d }, "each character that is missing, once")
  local said = glyphs.explain(glyphs.missing "\u{e000}中한ก😀ἀ\u{20bb7}", { "curves.png" }, "x.db")
  for _, words in ipairs { "中 (U+4E2D)", "U+E000", "in curves.png", "apt-get install fonts-dejavu-core fonts-hanazono "
    .. "fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core, then losslab plot x.db" } do
    t.ok(said:find(words, 1, true), "it is said: " .. words)
  end
  t.like(glyphs.explain({ 0xe000 }, { "a.png" }, "x.db"), "^no font here has U%+E000: .* in a%.png$",
    "for private use, there is no package")
  t.is(glyphs.explain({}, {}, "x.db"), nil, "where nothing is missing, nothing is said")
end)
with_fonts(nil, function(glyphs)
  t.is(glyphs.stand_in "naïve ξ₀ − 中", "naïve ξ₀ − [U+4E2D]", "without fc-list nothing but the commonest is risked")
  t.like(glyphs.explain({ 0x4e2d }, { "a.png" }, "x.db"), "fc%-list was not found.*apt%-get install fontconfig,", "and why is said")
end)
with_fonts("TrueType 30-39\n", function(glyphs)
  t.ok(not glyphs.any(), "a font of digits draws no text")
  t.like(glyphs.explain({}, {}, "x.db"), "no PNG was drawn%. apt%-get install fonts%-dejavu%-core,", "and what to install is said")
end)

-- ---- ROC -------------------------------------------------------------------------------------------------------------------
local roc = require("losslab.plot.figures.roc").roc
do -- scores 4 3 | 3 2 1: targets 4, 3, 1, decoys 3, 2: corners (0,1/3) (1/2,2/3) (1,2/3) (1,1)
  local curve, area = roc(ll.matrix { 4, 3, 3, 2, 1 }, ll.matrix { 1, 1, 0, 0, 1 })
  local n = #curve - 1
  t.near(curve[1], 1 / 3, 1e-6, 0, "ROC: the upper end of the first rise")
  t.near(curve[n // 4 + 1], 1 / 2, 1e-6, 0, "a tie is a slanted line")
  t.near(curve[3 * n // 4 + 1], 2 / 3, 1e-6, 0, "then flat")
  t.near(curve[n + 1], 1, 1e-6, 0, "and it ends in the corner")
  t.near(area, 3.5 / 6, 1e-6, 0, "AUC counts the tie half")
  t.is(roc(ll.matrix { 1, 2 }, ll.matrix { 1, 1 }), nil, "one class has no curve")
end

-- ---- figures ---------------------------------------------------------------------------------------------------------------
if not gnuplot.available() then
  t.throws(function() plot.draw "nothing.db" end, { "gnuplot-nox", "losslab plot nothing.db" },
    "without gnuplot it says how to draw later")
  t.done()
end

local scratch, mkdir = {}, lfs.mkdir -- the folders gnuplot runs in
lfs.mkdir = function(place)
  if place:find "%.gnuplot$" then scratch[#scratch + 1] = place end
  return mkdir(place)
end

local folder = os.tmpname()
os.remove(folder)
local path = folder .. ".db"
local function slurp(name)
  local file <close> = assert(io.open(name, "rb"))
  return file:read "a"
end
local function study(options)
  os.remove(path)
  return make(path, options)
end
local function clear()
  for entry in lfs.dir(folder) do
    if entry ~= "." and entry ~= ".." then os.remove(folder .. "/" .. entry) end
  end
end

local losses = { adaptive_rank = { margin = { 0, 0.1 }, margin_lr = { 0, 0.01 } }, hinge = {}, cross_entropy = {} }
local wrote = study { datasets = { "sonar", "wdbc & <co>" }, folds = 2, seeds = 2, epochs = 8, losses = losses, full = true }
local made = plot.draw(path, { out = folder .. "/deep", script = true })
t.is(#made.files, 3 * (#plot.names - 1), "each figure as SVG, PNG and script, in a folder that is made")
t.is(made.skipped, { { "interactions", "the study varies two fields of adaptive_rank, which margin_map draws" } },
  "all that there are")
local unnamed = { critical_difference = true, parallel_coordinates = true } -- of all data sets together
for _, name in ipairs(plot.names) do
  if name == "interactions" then goto continue end
  local png = slurp(folder .. "/deep/" .. name .. ".png")
  t.is(png:sub(1, 8), "\137PNG\r\n\26\n", name .. ".png is a PNG")
  local width, height = string.unpack(">I4I4", png, 17)
  t.ok(width == 1600 and height >= 400 and height < 2000, name .. string.format(".png has a fair size: %dx%d", width, height))
  local svg = slurp(folder .. "/deep/" .. name .. ".svg")
  t.ok(svg:find("<svg", 1, true) and svg:find("</svg>", 1, true), name .. ".svg is a whole SVG")
  t.ok(unnamed[name] or svg:find("sonar", 1, true), name .. ": the data set is named")
  t.ok(not svg:find("<co>", 1, true), name .. ": what a name holds is no markup")
  t.like(made.said[name] or "", "%l+ %l+", name .. ": says in a line what it shows")
  t.ok(svg:find("<desc>" .. made.said[name]:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"), 1, true), name
    .. ": and so does the SVG")
  if name ~= "ridge" then
    t.ok(svg:find('<circle cx="[%d.]+" cy="[%d.]+" r="7"><title>[^<]+</title></circle>'), name
      .. ": its values are under the pointer")
  end
  ::continue::
end
for _, loss in ipairs { "adaptive_rank", "hinge", "cross_entropy" } do
  t.ok(slurp(folder .. "/deep/curves.svg"):find(loss, 1, true), "curves: legend names " .. loss)
  t.ok(slurp(folder .. "/deep/roc.svg"):find(loss, 1, true), "roc: legend names " .. loss)
end
do -- a number in the heat map
  local sum = 0
  for _, row in ipairs(wrote.sonar[2]) do sum = sum + row.valid end
  local script = slurp(folder .. "/deep/margin_map.gp")
  t.ok(script:find(string.format("'%.3f", sum / 4):sub(1, 6), 1, true), "heat map: the cell holds the validation mean")
end
do -- the AUC of the panel is the mean of the runs' own
  local db <close> = ll.store.open(path)
  local results = require("losslab.results.reading").read(db)
  local sum, n = 0, 0
  local config = results:choose(results.datasets.sonar, "hinge").config
  local sql = [[SELECT s.scores, p.labels FROM score s JOIN trial t ON t.id = s.trial
    JOIN part p ON p.cut = t.cut AND p.split = s.split
    WHERE t.config = ? AND t.dataset = 1 AND s.last = 8]]
  for row in db:query(sql, config) do
    local pairs_of, wins = 0, 0 -- the quadratic definition
    local scores, labels = ll.store.floats(row.scores):table(), ll.store.floats(row.labels):table()
    for i = 1, #scores do
      for j = 1, #scores do
        if labels[i] == 1 and labels[j] ~= 1 then
          pairs_of = pairs_of + 1
          wins = wins + (scores[i] > scores[j] and 1 or scores[i] == scores[j] and 0.5 or 0)
        end
      end
    end
    sum, n = sum + wins / pairs_of, n + 1
  end
  t.is(n, 4, "every fold and seed has scores")
  t.ok(slurp(folder .. "/deep/roc.gp"):find(string.format("title '%.3f ±", sum / n), 1, true),
    "ROC: the panel's AUC is that of the pairs")
end
for _, each in ipairs(made.files) do os.remove(each) end
lfs.rmdir(folder .. "/deep")

made = plot.draw(path, { out = folder, only = { "curves" }, formats = { "svg" } })
t.is(table.concat(made.files, " "), folder .. "/curves.svg", "one figure, one format")
clear()
t.throws(function() plot.draw(path, { out = folder, only = { "curve" } }) end, { "curve", '"curves"' },
  "an unknown figure: the nearest is named")
t.throws(function() plot.draw(path, { out = folder, formats = { "gif" } }) end, "there are svg, png, pdf, eps", "an unknown format")
t.throws(function() plot.draw(path, { outt = folder }) end, "outt", "an unknown option")
t.throws(function() plot.draw(path, { out = path .. "/x" }) end, "cannot be made", "a folder that cannot be")

-- A path may hold anything.
local odd = folder .. "/it's `touch " .. folder .. "/pwned` $(x) |\n\"dir"
made = plot.draw(path, { out = odd, only = { "summary" } })
t.ok(#made.files == 2 and lfs.attributes(odd .. "/summary.png", "size") > 1000,
  "a folder's name may hold quotes, backticks, pipes and newlines")
t.is(lfs.attributes(folder .. "/pwned"), nil, "and is not run")
for _, each in ipairs(made.files) do os.remove(each) end
lfs.rmdir(odd)

-- What there is nothing to draw of is said, and the rest drawn.
study { datasets = { "a" }, folds = 1, seeds = 1, epochs = 1, losses = { hinge = {}, savage = {} }, ask = false, scores = false }
made = plot.draw(path, { out = folder, formats = { "svg" } })
local skipped = {}
for _, each in ipairs(made.skipped) do skipped[each[1]] = each[2] end
local one_run = { summary = true, curves = true, cost = true }
for _, name in ipairs(plot.names) do
  if not one_run[name] then t.like(tostring(skipped[name]), "%l+ %l+", "not of one run without scores: " .. name .. ", and why") end
end
t.ok(not skipped.summary and not skipped.curves and not skipped.cost,
  "summary, curves and cost can be drawn from one run of one epoch")
t.is(#made.files, #plot.names - #made.skipped, "and all that are not left out are there")
clear()

-- All runs diverged; one class only in a part; scores that are all the same.
study { datasets = { "a" }, folds = 2, seeds = 1, epochs = 3, losses = losses, status = function() return "diverged" end }
t.lives(function() made = plot.draw(path, { out = folder, formats = { "svg" } }) end,
  "a study without a finished run can be plotted")
t.is(#made.files, 0, "to nothing")
t.is(#made.skipped, #plot.names, "with a reason each")
for _, each in ipairs(made.skipped) do t.is(each[2], "no trial is finished", "the one that holds: " .. each[1]) end
clear()
ll.study { name = "real", data = { { generator = "friedman", n = 60 } }, split = { folds = 2 }, compare = { "squared_error" },
  train = { epochs = 1 } }:run { db = path }
for _, each in ipairs(plot.draw(path, { out = folder, only = { "roc", "precision_recall", "calibration", "histograms", "ridge" } })
  .skipped) do
  t.is(each[2], "no data set of the study has two classes", "real values: " .. each[1])
end
clear()
study { datasets = { "a" }, folds = 2, seeds = 1, epochs = 3, losses = losses, value = function() return 0.5 end,
  valid = function() return 0.5 end }
t.lives(function() plot.draw(path, { out = folder }) end, "values that are all the same can be drawn")
clear()

-- Many losses, data sets and long names.
local many, names = {}, {}
for i = 1, 20 do many[("a_rather_long_name_of_a_loss_%02d_"):rep(2):format(i, i)] = {} end
for i = 1, 13 do names[i] = ("a_data_set_with_a_long_name_"):rep(3) .. i end
study { datasets = names, folds = 2, seeds = 1, epochs = 4, losses = many, ask = false, rows = 60 }
t.lives(function() plot.draw(path, { out = folder, formats = { "svg" } }) end, "20 losses on 13 data sets can be drawn")
clear()

-- Names that agree at both ends: 40 titles and 40 entries of a legend, all different.
many, names = { adaptive_rank = { margin = { 0, 0.1 }, margin_lr = { 0, 0.01 } } }, {}
for i = 1, 40 do
  names[i] = ("a name that agrees with others "):rep(3) .. i .. (" at its end too"):rep(5)
  if i < 40 then many["z" .. names[i]] = {} end
end
study { datasets = names, folds = 2, seeds = 1, epochs = 2, losses = many, rows = 60 }
local by_dataset = { "summary", "curves", "margin_map", "learnt_path", "roc", "precision_recall", "histograms", "cost" }
plot.draw(path, { out = folder, formats = { "svg" }, only = by_dataset })
for _, name in ipairs(by_dataset) do
  local seen, count = {}, { 0, 0 }
  for words in slurp(folder .. "/" .. name .. ".svg"):gmatch "<text>(.-)</text>" do
    local kind = words:find "^a .*…" and 1 or words:find "^za .*…" and 2
    if kind and not seen[words] then
      seen[words], count[kind] = true, count[kind] + 1
    end
  end
  t.is(count[1], 40, name .. ": every data set has a label of its own")
  if name ~= "margin_map" and name ~= "learnt_path" and name ~= "histograms" then
    t.is(count[2], 39, name .. ": and so has every loss")
  end
end
clear()

-- Panels of a study's own figures: bands, bars at points, numbers as marks.
local panels = require "losslab.plot.panels"
local function drawn(series)
  local fig = gnuplot.figure()
  t.ok(panels(fig, { title = "panels", panels = { { title = "one", y = "y", x = "x", series = { series } } } }), "a panel is drawn")
  gnuplot.write(fig, folder, "panels", { formats = { "svg" } })
  return fig:script("panels", { "svg" }), slurp(folder .. "/panels.svg")
end
local points = { { 1, 2, 1, 3 }, { 2, 3, 2, 4 } }
local text = drawn { text = "a", points = points }
t.ok(text:find("filledcurves", 1, true) and text:find("linespoints", 1, true), "low and high are a band around the line")
text = drawn { text = "a", points = points, bars = true, line = false }
t.ok(text:find("yerrorbars", 1, true) and not text:find("filledcurves", 1, true), "or bars at points")
t.ok(not text:find("set arrow", 1, true), "and its sample in the legend is a point, not a line")
local _, svg = drawn { text = "a", points = { { 1, 2, 7 }, { 2, 3, 65 } }, numbers = true }
t.ok(svg:find(">65</", 1, true) and svg:find(">7</", 1, true), "numbers stand where their points are")
local bowl = {}
for i = -4, 4 do
  for j = -4, 4 do bowl[#bowl + 1] = { i, j, i * i + j * j } end
  bowl[#bowl + 1] = false
end
text, svg = drawn { text = "a", points = bowl, contours = 6 }
local shades, several = {}, 0
for colour in svg:gmatch "stroke='(rgb%b())'" do
  several = several + (shades[colour] and 0 or 1)
  shades[colour] = true
end
t.ok(text:find("lc palette", 1, true) and several >= 5, "a surface is drawn as its contours, a colour for each level")
t.ok(drawn({ text = "a", points = points, size = 0.3 }):find("ps 0.3 ", 1, true), "points may be small")
do -- words in ticks: gnuplot takes % for a format there
  local fig, series = gnuplot.figure(), { text = "a", points = { { 1, 2 }, { 4, 3 } } }
  names = { "100%", "%s %d", "a long name of a series 1 of all", "a long name of a series 2 of all" }
  panels(fig, { title = "names", panels = { { title = "one", y = "y", x = "x", names = names, series = { series } } } })
  t.lives(function() gnuplot.write(fig, folder, "names", { formats = { "svg" } }) end, "names with % can be drawn")
  local shown = slurp(folder .. "/names.svg")
  for _, words in ipairs { "100%", "%s %d", "s 1 of all", "s 2 of all" } do
    t.ok(shown:find(words, 1, true), "and are there as they stand, no two alike: " .. words)
  end
end
local plain = gnuplot.figure()
panels(plain, { title = "map", panels = {
  { title = "map", x = "", y = "", ticks = false, series = { { text = "a", points = points } } } } })
t.ok(plain:script("map", { "svg" }):find("set format x ''", 1, true), "a map may do without numbers at its axes")
clear()

local left = 0
for _, place in ipairs(scratch) do left = left + (lfs.attributes(place) and 1 or 0) end
t.ok(#scratch > 15 and left == 0, "no temporary folder is left behind")

os.remove(path)
lfs.rmdir(folder)
t.done()
