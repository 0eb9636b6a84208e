-- losslab plot: a study's figures from its database alone.
local database = require "losslab.cli.database"
local looks = require "losslab.results.looks"
local say = require "losslab.say"
local text = require "losslab.text"

return {
  name = "plot",
  summary = "draw a study's figures by gnuplot",
  arguments = { { "DB", "a result database" } },
  options = {
    { "--out", value = "DIR", doc = "the folder for the figures (default: the one you are in)" },
    { "--format", value = "LIST", choices = { "svg", "png", "pdf", "eps" },
      doc = "svg, png, pdf, eps, separated by commas (default: svg,png)" },
    { "--only", value = "LIST", doc = "these figures, by name, separated by commas" },
    { "--width", value = "WIDTH",
      doc = "of a figure, in pixels or as 16cm, 170mm, 6.5in, 480pt (default: 1600); its height goes with it" },
    { "--font", value = "FONT",
      doc = "a family, a size in points, or both: 'Noto Sans,9' (default: DejaVu Sans,15 at 1600 pixels)" },
    { "--script", doc = "also write the text that gnuplot draws each figure from, to be changed by hand: NAME.gp" },
    database.study,
    database.trust,
  },
  notes = database.about_scripts,
  json = true,
  example = "losslab plot study.db --out figures",
  run = function(given, arguments)
    local plot = require "losslab.plot.draw"
    local function list(words)
      if not words then return nil end
      local all = {}
      for word in words:gmatch "[^,]+" do all[#all + 1] = word end
      return all
    end
    local drawn = database.read(arguments[1], function(store)
      looks.record(store, "plot")
      return plot.draw(store, { out = given.out, formats = list(given.format), only = list(given.only), width = given.width,
        font = given.font, script = given.script, trust = given.trust })
    end, given.study)
    if drawn.lacking then say.remark("losslab: ", drawn.lacking, "\n") end
    if given.json then
      local array = require "losslab.json".array
      return database.print_json { files = array(drawn.files), skipped = array(drawn.skipped), said = drawn.said, why = drawn.why }
    end
    if drawn.why then say.remark("losslab: the study's own figures are left out: ", text.clean(drawn.why), "\n") end
    for _, file in ipairs(drawn.files) do say.out(text.clean(file), "\n") end
    for _, skipped in ipairs(drawn.skipped) do
      say.remark("losslab: no ", skipped[1], ": ", text.clean(skipped[2]), "\n")
    end
  end,
}
