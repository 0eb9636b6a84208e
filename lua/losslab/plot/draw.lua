-- Draws a study from its result database alone: plot.draw(db, {out = folder, only = {names}, formats = {"svg", "png"}}).
-- Each figure is a file of losslab/plot/figures: {name, draw(figure, results)}; draw gives true, or nil and why
-- there is nothing to draw.
local lfs = require "lfs"
local ll = require "losslab"
local check = require "losslab.check"
local drawing = require "losslab.plot.drawing"
local glyphs = require "losslab.plot.glyphs"
local gnuplot = require "losslab.plot.gnuplot"
local results_of = require "losslab.results.reading"
local sandbox = require "losslab.results.sandbox"
local text = require "losslab.text"

local panels = require "losslab.plot.panels"

local plot = {}

--- ll.plot.names -> { "summary", "curves", … }
-- The names of the figures that every study has.
-- See: ll.plot.draw
-- Example:
--   ll.plot.names[1]   --> summary
plot.names = { "summary", "curves", "margin_map", "learnt_path", "roc", "histograms" }

-- Makes a folder, and those above it that are not there.
local function make_folder(path)
  if lfs.attributes(path, "mode") == "directory" then return end
  local parent = path:match "^(.*[^/])/+[^/]+/*$"
  if parent and parent ~= "" then make_folder(parent) end
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

--- ll.plot.draw(db [, options]) -> { files, skipped, lacking, why }
-- Draws a study's figures from its result database alone. files are the paths that were written; skipped is { { name, why }, … };
-- lacking says which characters no font has; why, for what reason the study's own figures are not known.
--   db                a path, or an open ll.store
--   options.out       the folder, which is made where there is none (".")
--   options.only      names of figures (all: ll.plot.names, and the study's own)
--   options.formats   { "svg", "png" } or one of them (both)
--   options.script    whether the script that gnuplot draws each figure from is written, too (false)
--   options.trust     whether the study's own script, which draws its own figures, may be run though it was not run here before
--   options.told      what that script said already
-- Errors: no gnuplot; no database; a figure that there is not.
-- See: ll.plot.names, losslab plot, study.figures
-- Example:
--   ll.study { name = "s", data = "moons", compare = { "hinge" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   ll.plot.draw("s.db", { only = { "curves" }, formats = { "svg" } }).files[1]   --> ./curves.svg
function plot.draw(db, options, ...)
  check.no_more("ll.plot.draw", 2, ...)
  local o = check.fields("plot", options or {}, { "out", "only", "formats", "script", "trust", "told" }, 2)
  local path = type(db) == "string" and db or db:path()
  if not gnuplot.available() then error(gnuplot.missing(path), 0) end
  local store <close> = type(db) == "string" and ll.store.open(db) or nil
  local told = o.told or sandbox.ask(store or db, { figures = o.only and set_of(o.only) or true, trust = o.trust })
  local own, names = {}, { table.unpack(told.names) }
  for _, name in ipairs(names) do own[name] = of_script(name, told) end
  table.move(plot.names, 1, #plot.names, #names + 1, names)
  local figures = {}
  for i, name in ipairs(o.only or names) do
    check.among("there is no figure", name, names)
    figures[i] = own[name] or require("losslab.plot.figures." .. name)
  end
  local results = results_of.read(store or db)
  local out = o.out or "."
  make_folder(out)
  local made, formats, as_png = { files = {}, skipped = {}, why = #told.names == 0 and told.why or nil }, {}, false
  for _, format in ipairs(o.formats or { "svg", "png" }) do
    as_png = as_png or format == "png"
    if format ~= "png" or glyphs.any() then formats[#formats + 1] = format end
  end
  local lacking, figures_lacking = {}, {}
  local function draw(each)
    local fig, png = gnuplot.figure(), nil
    local drawn, why = each.draw(fig, results)
    local missing = drawn and as_png and glyphs.missing(table.concat(fig.lines, "\n")) or {}
    if #missing > 0 then -- the PNG is drawn from a figure of its own, whose words have other widths
      png = gnuplot.figure(glyphs.stand_in)
      drawn, why = each.draw(png, results)
      figures_lacking[#figures_lacking + 1] = each.name .. ".png"
      for _, c in ipairs(missing) do lacking[c] = true end
    end
    if not drawn then return nil, why end
    return gnuplot.write(fig, out, each.name, { formats = formats, script = o.script, db = path, png = png })
  end
  for _, each in ipairs(figures) do
    local files, why
    if not own[each.name] then
      files, why = draw(each)
    else -- what a script wants drawn may be what gnuplot cannot draw, which is no reason to lose the others
      local fine, drawn, reason = pcall(draw, each)
      if not fine and drawn == "interrupted" then error(drawn, 0) end
      files, why = fine and drawn or nil, fine and reason or "it cannot be drawn: " .. check.plain(drawn)
    end
    if files then table.move(files, 1, #files, #made.files + 1, made.files)
    else made.skipped[#made.skipped + 1] = { each.name, why } end
  end
  if as_png then made.lacking = glyphs.explain(check.keys(lacking), figures_lacking, path) end
  return made
end

return plot
