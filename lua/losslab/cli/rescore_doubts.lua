-- What losslab rescore is asked beside its tables: whether its numbers are to be believed, and figures.
local arguments = require "losslab.cli.arguments"
local columns = require "losslab.columns"
local json = require "losslab.json"
local options = require "losslab.cli.rescore_options"
local say = require "losslab.say"
local text = require "losslab.text"

local M = {}

M.options = {
  { "--entrapment", value = "PREFIX",
    doc = "proteins that are known to be false begin so: the share of false targets, beside each q-value too" },
  { "--entrapment-ratio", value = "R",
    doc = "the size of that part of the protein database to the other's (default: told from poor targets)" },
  { "--null", doc = "rescore decoys alone, too, half of which are called targets, again and again: none may pass" },
  { "--relabelings", value = "N", kind = "integer", low = 1, high = 100000, doc = "how often, with --null (default: 100)" },
  { "--figures", doc = "draw figures, by gnuplot, into the folder's figures" },
  { "--percolator", value = "FILE", doc = "a table of Percolator's results, whose curve --figures draws, too" },
}

-- Refuses what would do nothing.
function M.check(given)
  if given.entrapment_ratio and not given.entrapment then arguments.wrong "--entrapment-ratio is of --entrapment PREFIX" end
  if given.relabelings and not given.null then arguments.wrong "--relabelings is of --null" end
  if given.percolator and not given.figures then arguments.wrong "--percolator is of --figures" end
  if given.model and given.null then arguments.wrong "--null trains anew; it is of a run without --model" end
end

local function remark(...) say.remark("losslab: ", table.concat { ... }, "\n") end

-- Of what is identified: remarks, and with --entrapment a column of the tables.
function M.believe(run, given)
  run.doubts = run.rescored:leaks()
  for _, each in ipairs(run.doubts) do remark(each.words) end
  if not given.entrapment then return end
  local ratio = given.entrapment_ratio and options.numbers("--entrapment-ratio", given.entrapment_ratio, "a number above 0",
    function(x) return x > 0 end)[1]
  run.entrapment = run.rescored:entrapment(given.entrapment, ratio)
  run.extra[#run.extra + 1] = { "entrapment_fdp", run.rescored:fdp_column(given.entrapment, ratio), "%.4g" }
end

function M.null(run, given)
  if not given.null then return end
  local asked = {}
  for key, value in pairs(run.fields) do asked[key] = value end
  asked.seeds, asked.steps = nil, nil -- few and short ones, as many relabelings ask for
  asked.db, asked.relabelings, asked.jobs, asked.fdr = run.folder .. "/null.db", given.relabelings, given.jobs, run.fdr
  run.null = require "losslab.rescore.rescore".null(asked)
end

function M.draw(run, given)
  if not given.figures then return end
  run.figures = run.rescored:figures(run.folder .. "/figures", { percolator = given.percolator, prefix = given.entrapment })
  for _, skipped in ipairs(run.figures.skipped) do remark("no figure ", skipped[1], ": ", skipped[2]) end
  if run.figures.lacking then remark(run.figures.lacking) end
end

-- The same as plain data, for --json.
function M.plain(run, plain)
  plain.doubts = json.array {}
  for k, each in ipairs(run.doubts) do plain.doubts[k] = { kind = each.kind, column = each.name, words = each.words } end
  if run.entrapment then
    local e = run.entrapment
    plain.entrapment = { sample = e.sample, entrapment = e.entrapment, ratio = e.ratio, estimated = e.estimated,
      best = e.best, points = json.array(e.points) }
  end
  if run.null then
    plain.null = { relabelings = run.null.relabelings, decoys = run.null.decoys, verdict = run.null.verdict, auc = run.null.auc,
      at = json.array(run.null.at) }
  end
  if run.figures then plain.figures = json.array(run.figures.files) end
end

-- A table of cells, the first line of which are heads.
local function table_of(cells)
  local heads, rows = {}, table.move(cells, 2, #cells, 1, {})
  for k, title in ipairs(cells[1]) do heads[k] = { title = title, right = k > 1 } end
  return (columns.text(heads, rows, { width = text.room() }))
end

-- And in words.
function M.say(run)
  for _, each in ipairs { run.entrapment or false, run.null or false } do
    if each then
      say.out("\n", table_of(each:table()), "\n\n")
      for _, words in ipairs(each:words()) do say.out(text.wrap(text.clean(words), text.room() or 100), "\n") end
    end
  end
  if run.figures and #run.figures.files > 0 then
    say.out(string.format("\n%d figures in %s/figures\n", #run.figures.files, run.folder))
  end
end

return M
