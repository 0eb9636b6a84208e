-- The figures of a rescoring (figure_panels.lua), drawn by gnuplot as those of studies are: files of a folder.
local check = require "losslab.check"
local draw = require "losslab.plot.draw"
local figure_panels = require "losslab.rescore.figure_panels"
local glyphs = require "losslab.plot.glyphs"
local gnuplot = require "losslab.plot.gnuplot"
local identified = require "losslab.rescore.identified"
local panels = require "losslab.plot.panels"
local text = require "losslab.text"

local M = {}

local TABS = "([^\t]*)\t?"

-- The q-values of a table of Percolator's results, of targets: the column q-value.
function M.percolator(path)
  check.text("figures: percolator", path)
  local file <close>, why = io.open(path, "rb")
  if not file then check.fail("figures: %s", why) end
  local head = file:read "l"
  local place, names = nil, {}
  for name in (head or ""):gsub("\r$", ""):gmatch(TABS) do
    names[#names + 1] = name
    if name == "q-value" then place = place or #names end
  end
  if not place then
    check.fail("figures: %s has no column \"q-value\"; its first line is %s", check.show(path),
      check.show(text.shorten(head or "", 80)))
  end
  local pattern, out, line = "^" .. ("[^\t]*\t"):rep(place - 1) .. "([^\t\r]*)", {}, 1
  for each in file:lines "l" do
    line = line + 1
    local q = each ~= "" and tonumber(each:match(pattern))
    if each ~= "" and not q then
      check.fail("figures: %s, line %d: a q-value was expected, not %s", check.show(path), line,
        check.show(each:match(pattern) or text.shorten(each, 40)))
    end
    if q then out[#out + 1] = q end
  end
  return out
end

local OPTIONS = { "formats", "percolator", "prefix", "ratio", "only", "width", "font", "script", "take" }

--- rescored:figures(dir [, { formats, percolator, prefix, … }]) -> { files, skipped, said, lacking }
-- Draws a rescoring: identifications (targets against q), scores (histograms with the threshold), pi0 (its curve, of searches
-- apart), calibration (false targets by entrapment against q), importance (what is lost where a column is permuted: the networks of
-- a cut are trained again for it), agreement (one cut against another). files are the paths that were written; skipped is { { name,
-- why }, … }; said has by name what a figure shows, in a line; lacking says which characters no font has.
--   dir          the folder, which is made where there is none
--   formats      { "svg", "png", "pdf", "eps" } or some of them ({ "svg", "png" })
--   percolator   a table of Percolator's results (PSMId, score, q-value, …), whose curve is drawn, too
--   prefix       how the names of entrapment's proteins begin, for calibration; ratio: as of rescored:entrapment
--   only         names of figures (all)
--   width, font, script, take   as of ll.plot.draw
-- Errors: no gnuplot; a figure or format that there is not; a file of Percolator's that is none.
-- See: rescored, rescored:entrapment, ll.plot.draw
-- Example:
--   local lines = { "SpecId\tLabel\tScanNr\tscore\tPeptide\tProteins" }
--   for i = 1, 400 do
--     lines[#lines + 1] = ("m%d\t%d\t%d\t%g\tK.AB%d.R\tP"):format(i, i % 2 * 2 - 1, i, i % 2 * (i % 3) + i % 7 / 7, i)
--   end
--   ll.system.write("a.pin", table.concat(lines, "\n"))
--   local rescored = ll.rescore.run { files = { "a.pin" }, db = "a.db", seeds = { 1 }, steps = 20 }
--   rescored:figures("out", { only = { "scores" }, formats = { "svg" } }).files[1]   --> out/scores.svg
function identified.class:figures(dir, options, ...)
  check.no_more("rescored:figures", 2, ...)
  local o = check.fields("rescored:figures", options or {}, OPTIONS)
  local names = o.only or figure_panels.names
  for _, name in ipairs(check.list("figures: only", names)) do check.among("figures: there is none", name, figure_panels.names) end
  if not o.take then check.text("figures: dir", dir) end
  if not gnuplot.available() then check.fail("%s", gnuplot.missing(self.db)) end
  local given = { prefix = o.prefix, ratio = o.ratio, percolator = o.percolator and M.percolator(o.percolator) or nil }
  local out = not o.take and dir or nil
  local pen = draw.drawer(nil, self.db, out, { formats = o.formats or { "svg", "png" }, width = o.width, font = o.font,
    script = o.script, take = o.take })
  if out then draw.make_folder(out) end
  local made = { files = {}, skipped = {}, said = {} }
  for _, name in ipairs(names) do
    local shown, said = figure_panels[name](self, given)
    local files, why = nil, said
    if shown then
      files, why = pen.draw { name = name, draw = function(fig)
        fig:describe("%s", said)
        return panels(fig, shown)
      end }
    end
    if files then
      table.move(files, 1, #files, #made.files + 1, made.files)
      made.said[name] = said
    else
      made.skipped[#made.skipped + 1] = { name, why }
    end
  end
  if pen.rastered then made.lacking = glyphs.explain(check.keys(pen.lacking), pen.lacking_in, self.db) end
  return made
end

return M
