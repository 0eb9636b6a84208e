-- losslab report: what studies found, as one page that can be sent: HTML with everything in it, Markdown or LaTeX with figures
-- beside.
local database = require "losslab.cli.database"
local looks = require "losslab.results.looks"
local document = require "losslab.page.document"
local say = require "losslab.say"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

return {
  name = "report",
  summary = "one page on what studies found: answer, tables, figures, trials",
  arguments = { { "DB", "result databases", many = true } },
  options = {
    { "--out", short = "-o", value = "FILE", doc = "the page, also by -o: FILE.html, FILE.md or FILE.tex (default: report.html)" },
    { "--title", value = "TEXT", doc = "the page's heading (default: the study's name)" },
    { "--study", value = "NAME", doc = "that study alone, of the databases that hold it (default: all)" },
    database.trust,
  },
  json = true,
  example = { "losslab report study.db -o report.html", "losslab report results/*.db -o paper.tex" },
  notes = database.about_scripts .. [[

report.html stands alone: figures, style and script are in it, and nothing is fetched. Its tables sort by a click on a column's
title and filter by words; figures say their values under the pointer. report.md and report.tex have their figures in a folder
beside them, report_figures/, as SVG and as PDF; the tables of LaTeX need the packages booktabs, longtable and graphicx.
]],
  run = function(given, arguments)
    local page = document.new(given.out or "report.html", { title = given.title, trust = given.trust })
    local found = not given.study
    for i, db in ipairs(arguments) do
      database.read(db, function(store)
        -- Of several databases those without the study are passed over; the last one says it if all are.
        if not found and i == #arguments or not given.study or studies.has(store, given.study) then found = true else return end
        studies.each(store, given.study, function(several)
          looks.record(store, "report")
          page:add(store, several)
        end)
      end, { quiet = true })
    end
    local made = page:write()
    for _, lacking in ipairs(made.lacking) do say.remark("losslab: ", lacking, "\n") end
    if given.json then return database.print_json { page = made.path, studies = made.studies, files = made.files } end
    say.out(text.clean(made.path), "\n")
  end,
}
