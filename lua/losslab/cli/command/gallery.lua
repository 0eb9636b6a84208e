-- losslab gallery: one page over several studies, built from their databases alone: question, claim, finding, figures, details, and
-- how to repeat each study. The page is Markdown; the figures stand beside it in figures/STUDY/. A study without figures of its own
-- shows the summary. A database of several studies gives a section each.
local anchors = require "losslab.cli.anchors"
local database = require "losslab.cli.database"
local file = require "losslab.file"
local json = require "losslab.json"
local looks = require "losslab.results.looks"
local markdown_page = require "losslab.page.markdown_page"
local plot = require "losslab.plot.draw"
local report = require "losslab.results.report"
local sandbox = require "losslab.results.sandbox"
local say = require "losslab.say"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

local plain = markdown_page.plain

-- A path as one word of a shell.
local function word(path) return path:find "[^%w/._-]" and "'" .. path:gsub("'", "'\\''") .. "'" or path end

-- The folder of a study's figures, no two studies' the same: taken holds those that are in use. It is named by the database, and by
-- the study [opt] where that holds several.
local function folder_of(db, study, taken)
  local name = (db:match "[^/]*$":gsub("%.db$", "") .. (study and "_" .. study or "")):gsub("[^%w_-]", "_"):sub(1, 100)
  local folder, n = "figures/" .. name, 1
  while taken[folder] do
    n = n + 1
    folder = string.format("figures/%s_%d", name, n)
  end
  taken[folder] = true
  return folder
end

-- Whether the study says of itself that it is a small form, which decides nothing.
local function is_quick(store)
  local fine, plan = pcall(json.decode, store:one "study".plan)
  return fine and type(plan) == "table" and plan.quick == true
end

-- What the page says of its quick forms, if there are any. quick: their names.
local function about_quick(quick, count)
  if #quick == 0 then return "" end
  local which = #quick == count and "All studies here are quick forms" or "Quick forms are here of " .. table.concat(quick, ", ")
  return "**" .. which .. ": small, to be tried in seconds, and without verdicts. The studies themselves may show otherwise.**\n\n"
end

-- several: whether the file holds other studies, too; anchor_of: a function of anchors.new.
local function section(page, store, several, out, taken, anchor_of, trust)
  local told = sandbox.ask(store, { finding = true, figures = true, trust = trust })
  local built = report.build(store, { told = told })
  local only = { table.unpack(told.names) }
  table.move(told.standard, 1, #told.standard, #only + 1, only)
  if #only == 0 then only[1] = "summary" end
  local db = store:path()
  local folder = folder_of(db, several and built.study, taken)
  local drawn = plot.draw(store, { out = out .. "/" .. folder, only = only, told = told })
  if drawn.lacking then say.remark("losslab: ", drawn.lacking, "\n") end
  local function add(...) page[#page + 1] = string.format(...) end
  add("## %s\n", plain(built.study))
  add("%s\n", plain(built.question))
  if built.claim then add("*Claim.* %s\n", plain(built.claim)) end
  local finding, details = built.finding, built.details
  if not finding then finding, details = built.sentences[1], { table.unpack(built.sentences, 2) }
  elseif built.lost then details = { built.lost, table.unpack(details) } end
  add("**Finding. %s**\n", plain(finding))
  for _, path in ipairs(drawn.files) do
    local name = path:match "([^/]*)%.png$"
    if name then add("![%s: %s](%s/%s.png)\n", plain(built.study), name, folder, name) end
  end
  for _, skipped in ipairs(drawn.skipped) do add("No figure %s: %s.\n", skipped[1], plain(skipped[2])) end
  for _, detail in ipairs(details) do add("%s\n", plain(detail)) end
  local counts, row, path = built.counts, store:one "study", (text.clean(db):gsub("`", ""))
  local chosen = several and " --study " .. text.clean(word(built.study)):gsub("`", "") or ""
  if built.mixed then add("%s\n", plain(built.mixed)) end
  add("%d runs done, %d diverged, %d failed%s, in %s precision. The table: `losslab show %s`.\n", counts.done or 0,
    counts.diverged or 0, counts.failed or 0, (counts.pruned or 0) > 0 and string.format(", %d pruned", counts.pruned) or "",
    plain(row.precision), path .. chosen)
  if row.script ~= "" then
    add("Again: `losslab show %s%s --script >again.lua && losslab%s run again.lua`\n", word(path),
      chosen,
      row.precision == "double" and "-double" or "")
  end
  return string.format("- [%s](#%s): %s", plain(built.study), anchor_of(built.study), plain(built.question))
end

return {
  name = "gallery",
  summary = "one page of figures, claims and findings over several studies",
  arguments = { { "DB", "result databases", many = true } },
  options = {
    { "--out", value = "DIR", doc = "the folder for gallery.md and figures/ (default: the one you are in)" },
    { "--study", value = "NAME", doc = "that study alone, where databases hold several (default: all)" },
    database.trust,
  },
  json = true,
  example = "losslab gallery results/*.db --out gallery",
  notes = database.about_scripts,
  run = function(given, arguments)
    local out, page, contents, taken, quick = given.out or ".", {}, {}, {}, {}
    local anchor_of = anchors.new()
    anchor_of "Gallery" -- the page's own heading
    for _, db in ipairs(arguments) do
      database.read(db, function(store)
        studies.each(store, given.study, function(several)
          looks.record(store, "gallery")
          contents[#contents + 1] = section(page, store, several, out, taken, anchor_of, given.trust)
          if is_quick(store) then quick[#quick + 1] = plain(store:one "study".name) end
        end)
      end, { quiet = true })
    end
    table.insert(page, 1, "# Gallery\n\n" .. about_quick(quick, #contents)
      .. "Numbers and figures are read from the databases named below, which hold every run and the "
      .. "script. Studies that ran with QUICK=1 in the environment are repeated with it.\n\n"
      .. table.concat(contents, "\n") .. "\n")
    local path = out .. "/gallery.md"
    file.write_here(path, table.concat(page, "\n"))
    if given.json then
      return database.print_json { page = path, studies = #contents, quick = json.array(quick) }
    end
    say.out(text.clean(path), "\n")
  end,
}
