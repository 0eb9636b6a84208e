-- Draws a study from its result database alone: plot.draw(db, { out = folder, only = { names }, formats = { "svg", "png" } }).
-- Each figure is a file of losslab/plot/figures: {name, draw(figure, results)}; draw gives true, or nil and why
-- there is nothing to draw.
local lfs = require "lfs"
local ll = require "losslab"
local check = require "losslab.check"
local drawing = require "losslab.plot.drawing"
local figure_names = require "losslab.study.figure_names"
local glyphs = require "losslab.plot.glyphs"
local gnuplot = require "losslab.plot.gnuplot"
local look = require "losslab.plot.look"
local results_of = require "losslab.results.reading"
local sandbox = require "losslab.results.sandbox"
local terminals = require "losslab.plot.terminals"
local text = require "losslab.text"

local panels = require "losslab.plot.panels"

local plot = {}

--- ll.plot.names -> { "summary", "curves", … }
-- The names of the figures that every study has.
-- See: ll.plot.draw
-- Example:
--   ll.plot.names[1]   --> summary
plot.names = figure_names

-- Makes a folder, and those above it that are not there.
function plot.make_folder(path)
  if lfs.attributes(path, "mode") == "directory" then return end
  local parent = path:match "^(.*[^/])/+[^/]+/*$"
  if parent and parent ~= "" then plot.make_folder(parent) end
  local fine, why = lfs.mkdir(path)
  if not fine and lfs.attributes(path, "mode") ~= "directory" then
    error(string.format("the folder %s cannot be made: %s", text.clean(path), why), 0)
  end
end

local function set_of(names)
  local set = {}
  for _, name in ipairs(names) do set[name] = true end
  return set
end

-- A figure of the study's own: what its script, run apart, asked to be drawn (results/sandbox.lua).
local function of_script(name, told)
  return { name = name, draw = function(fig, results)
    local said = told.figures[name]
    if said.why then return nil, said.why end
    local fine, trouble = pcall(function()
      for i, call in ipairs(check.list("what is drawn", said.calls)) do said.calls[i] = drawing(call) end
    end)
    if not fine then return nil, "its script failed: " .. trouble end
    for _, call in ipairs(said.calls) do
      local drawn, why = panels(fig, call, results)
      if not drawn then return nil, why end
    end
    return true
  end }
end

-- The standard figures and the study's own that are drawn where nobody says which: those that the study names in its field
-- figures, else all.
local function names_of(told)
  local names = { table.unpack(told.names) }
  local standard = #told.standard > 0 and told.standard or plot.names
  table.move(standard, 1, #standard, #names + 1, names)
  return names
end

-- Whether a format's words are drawn by the fonts of this machine.
local function rastered(formats)
  for _, format in ipairs(formats) do
    if format ~= "svg" then return true end
  end
  return false
end

-- What draws one figure after another in one look. o: the options of plot.draw, checked; results: what the figures' draw is given.
function plot.drawer(results, path, out, o)
  local self = { lacking = {}, lacking_in = {}, formats = {}, rastered = rastered(o.formats) }
  for _, format in ipairs(o.formats) do
    check.among("figures have no format", format, terminals.formats)
    if format == "svg" or glyphs.any() then table.insert(self.formats, format) end
  end
  local size = look.of(o.width, o.font)
  local without = self.rastered and look.lacks(size and size.family)
  if without then check.fail("%s", without) end
  function self.draw(each)
    local fig, other = gnuplot.figure(nil, size), nil
    local drawn, why = each.draw(fig, results)
    local missing = drawn and self.rastered and glyphs.missing(table.concat(fig.lines, "\n")) or {}
    if #missing > 0 then -- a PNG is drawn from a figure of its own, whose words have other widths
      other = gnuplot.figure(glyphs.stand_in, size)
      drawn, why = each.draw(other, results)
      for _, format in ipairs(self.formats) do
        if format ~= "svg" then table.insert(self.lacking_in, each.name .. "." .. format) end
      end
      for _, c in ipairs(missing) do self.lacking[c] = true end
    end
    if not drawn then return nil, why end
    return gnuplot.write(fig, out, each.name, { formats = self.formats, script = o.script, take = o.take,
      db = path, other = other }), fig.said
  end
  return self
end

local OF_CLASSES = set_of { "roc", "precision_recall", "calibration", "histograms", "ridge" }

-- Why a standard figure is not drawn, where that is so of more than it; else what it says itself.
local function reason(results, name, why)
  if results.status.done == 0 then return "no trial is finished" end
  if not OF_CLASSES[name] then return why end
  for _, dataset in ipairs(results.datasets) do
    if dataset.positives then return why end
  end
  return "no data set of the study has two classes"
end

--- ll.plot.draw(db [, options]) -> { files, skipped, lacking, why, said }
-- Draws a study's figures from its result database alone. files are the paths that were written; skipped is { { name, why }, … };
-- lacking says which characters no font has; why, for what reason the study's own figures are not known; said has by name what each
-- figure shows, in a line.
--   db                a path, or an open ll.store
--   options.out       the folder, which is made where there is none (".")
--   options.only      names of figures (those that the study names, else ll.plot.names, and the study's own)
--   options.formats   { "svg", "png", "pdf", "eps" } or some of them ({ "svg", "png" })
--   options.width     of a figure: pixels, or a text such as "16cm" or "6.5in" (1600 pixels); the height goes with it
--   options.font      a family, a size in points or both: "Noto Sans,9" ("DejaVu Sans", 15 at 1600 pixels)
--   options.script    whether the script that gnuplot draws each figure from is written, too, as NAME.gp (false)
--   options.trust     whether the study's own script, which draws its own figures, may be run though it was not run here before
--   options.told      what that script said already
--   options.take      function(name, content) that is given each figure, in place of files in a folder
-- Errors: no gnuplot; no database; a figure, format or font that there is not; a list of no figures; a width that has no room for
-- the font.
-- See: ll.plot.names, losslab plot, study.figures
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   ll.plot.draw("s.db", { only = { "curves" }, formats = { "svg" } }).files[1]   --> ./curves.svg
function plot.draw(db, options, ...)
  check.no_more("ll.plot.draw", 2, ...)
  local o = check.fields("plot", options or {}, { "out", "only", "formats", "width", "font", "script", "trust", "told", "take" }, 2)
  local path = type(db) == "string" and db or db:path()
  if not gnuplot.available() then error(gnuplot.missing(path), 0) end
  local store <close> = type(db) == "string" and ll.store.open(db) or nil
  local told = o.told or sandbox.ask(store or db, { figures = o.only and set_of(o.only) or true, trust = o.trust })
  local own, known = {}, { table.unpack(told.names) }
  for _, name in ipairs(told.names) do own[name] = of_script(name, told) end
  table.move(plot.names, 1, #plot.names, #known + 1, known)
  if o.only and #o.only == 0 then check.fail("only: no figure is named; there are %s", text.listed(known)) end
  local figures = {}
  for i, name in ipairs(o.only or names_of(told)) do
    check.among("there is no figure", name, known)
    figures[i] = own[name] or require("losslab.plot.figures." .. name)
  end
  local results, out = results_of.read(store or db), not o.take and (o.out or ".") or nil
  local pen = plot.drawer(results, path, out, { formats = o.formats or { "svg", "png" }, width = o.width, font = o.font,
    script = o.script, take = o.take })
  if out then plot.make_folder(out) end
  local made = { files = {}, skipped = {}, said = {}, why = #told.names == 0 and told.why or nil }
  for _, each in ipairs(figures) do
    local files, why
    if not own[each.name] then
      files, why = pen.draw(each)
    else -- what a script wants drawn may be what gnuplot cannot draw, which is no reason to lose the others
      local fine, drawn, unable = pcall(pen.draw, each)
      if not fine and drawn == "interrupted" then error(drawn, 0) end
      if fine then files, why = drawn, unable else why = "it cannot be drawn: " .. check.plain(drawn) end
    end
    if files then
      table.move(files, 1, #files, #made.files + 1, made.files)
      made.said[each.name] = why
    else
      made.skipped[#made.skipped + 1] = { each.name, own[each.name] and why or reason(results, each.name, why) }
    end
  end
  if pen.rastered then made.lacking = glyphs.explain(check.keys(pen.lacking), pen.lacking_in, path) end
  return made
end

return plot
