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
    { "--format", value = "LIST", choices = { "svg", "png" }, doc = "svg, png or both (default): svg,png" },
    { "--only", value = "LIST", doc = "these figures, by name, separated by commas" },
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
      return plot.draw(store, { out = given.out, formats = list(given.format), only = list(given.only),
        trust = given.trust })
    end, given.study)
    if drawn.lacking then say.remark("losslab: ", drawn.lacking, "\n") end
    if given.json then
      local array = require "losslab.json".array
      return database.print_json { files = array(drawn.files), skipped = array(drawn.skipped), why = drawn.why }
    end
    if drawn.why then say.remark("losslab: the study's own figures are left out: ", text.clean(drawn.why), "\n") end
    for _, file in ipairs(drawn.files) do say.out(text.clean(file), "\n") end
    for _, skipped in ipairs(drawn.skipped) do
      say.remark("losslab: no ", skipped[1], ": ", text.clean(skipped[2]), "\n")
    end
  end,
}
