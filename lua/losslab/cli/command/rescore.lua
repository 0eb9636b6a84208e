-- losslab rescore: matches of a search engine are scored anew, and written as Percolator's tables. What is done is a list of steps,
-- each of which adds to the run what the next ones need.
local ll = require "losslab"
local check = require "losslab.check"
local database = require "losslab.cli.database"
local doubts = require "losslab.cli.rescore_doubts"
local enough = require "losslab.rescore.enough"
local folder = require "losslab.rescore.folder"
local identified = require "losslab.rescore.identified"
local levels = require "losslab.rescore.levels"
local options = require "losslab.cli.rescore_options"
local rescoring = require "losslab.rescore.rescore"
local said = require "losslab.cli.rescore_said"
local say = require "losslab.say"
local recipe = require "losslab.rescore.recipe"
local tables = require "losslab.rescore.scored_tables"

local function remark(...) say.remark("losslab: ", table.concat { ... }, "\n") end

-- ---- the steps ----

-- The study, of the script that stands in the folder or will.
local function prepare(run, given, files)
  doubts.check(given)
  run.began, run.folder, run.fdr = ll.system.clock(), given.output or "scored", given.fdr or "auto"
  run.levels = options.numbers("--level", given.level or "0.01,0.05", "shares between 0 and 1, as 0.01,0.05",
    function(x) return x > 0 and x < 1 end)
  run.fields = options.fields(given, files)
  run.model = given.model and options.model(given)
  run.script = run.model and folder.applying(files, run.model, run.fields.missing) or folder.script(run.fields)
  folder.check(run.folder, run.script, given.overwrite)
  if run.model then return end
  run.db = run.folder .. "/rescore.db"
  run.study = ll.study.of_script(run.script, "@" .. run.folder .. "/rescore.lua")
  run.study.file = "rescore.lua"
end

-- The set and the matches; with --model they are scored by now.
local function matches_of(run)
  if not run.model then return recipe.read(run.study) end
  run.rescored = rescoring.apply { files = run.fields.files, missing = run.fields.missing, model = run.model, fdr = run.fdr }
  run.networks = run.rescored.networks
  return run.rescored.set, run.rescored.psms
end

local function read(run, given)
  local fine, set, psms = pcall(matches_of, run)
  if not fine then error((tostring(set):gsub('missing = "mean", "drop"', "--missing mean, drop")), 0) end
  run.set, run.psms = set, psms
  if not run.model then enough(set, run.fields.folds or recipe.defaults.folds) end
  if given.decoy_prefix then levels.check_prefix(psms, set.y, given.decoy_prefix) end
  for _, note in ipairs(said.notes(set, psms)) do remark(note) end
  run.extra = tables.columns(set, psms, given.columns and options.names(given.columns, function() return set.columns end) or {})
  if given.group then run.kinds = tables.kinds(set, given.group) end
end

-- Why networks are not there; of those that failed, the first.
local function cause(db, counts)
  local store <close> = ll.store.open(db, { mode = "read" })
  local failed = store:one "failed"
  return failed and check.plain(failed.error or ""):match "^[^\n]*"
    or counts.diverged > 0 and "their training diverged" or "they did not run to their end"
end

local function train(run, given)
  folder.make(run.folder)
  require "losslab.file".write(run.folder .. "/rescore.lua", run.script)
  if run.model then return end
  local code, counts = run.study:run { db = run.db, jobs = given.jobs }
  if code == 130 then return code end
  if counts.done < counts.total then
    check.fail("%s: %d of %d networks are not there, and so nothing is written: %s", run.db, counts.total - counts.done,
      counts.total, cause(run.db, counts))
  end
  run.networks = counts.done
  run.rescored = rescoring.of(run.db, run.set, run.psms, run.fdr)
end

local function identify(run, given)
  run.fdr = run.rescored.fdr -- what "auto" was
  if run.kinds then run.rescored = run.rescored:within(run.kinds) end
  local how = { fdr = run.fdr, kinds = run.kinds }
  run.matches = levels.matches(run.rescored, how, given.all)
  run.peptides = levels.peptides(run.rescored, how)
  if not run.peptides then remark "the files have no peptides: matches alone are written" end
  if not given.no_proteins and run.peptides then
    local why
    run.proteins, why = levels.proteins(run.rescored, run.peptides, given.decoy_prefix)
    if why then remark("no proteins are written: ", why) end
    if run.proteins then
      remark("proteins: ", (run.proteins.note:gsub("%(prefix = .*%)", "(--decoy-prefix gives it)")))
      if run.proteins.none > 0 then remark(run.proteins.none, " peptides have no protein") end
    end
  end
  if run.fdr ~= "concatenated" then
    local alike = { fdr = "concatenated", kinds = run.kinds, counted = true }
    run.concatenated = { matches = levels.matches(run.rescored, alike), peptides = levels.peptides(run.rescored, alike) }
  end
end

local function write(run)
  run.files = {}
  local function path(class, what)
    local name = string.format("%s.%s.tsv", class == 1 and "target" or "decoy", what)
    run.files[#run.files + 1] = name
    return run.folder .. "/" .. name
  end
  for _, each in ipairs { { "psms", run.matches }, { "peptides", run.peptides } } do
    for class = 1, 0, -1 do
      if each[2] then tables.matches(path(class, each[1]), run.psms, each[2], class, run.extra) end
    end
  end
  for class = 1, 0, -1 do
    if run.proteins then tables.proteins(path(class, "proteins"), run.psms, run.proteins, class, run.peptides) end
  end
  folder.keep(run.folder, run.files)
end

local function tell(run, given)
  run.seconds = ll.system.clock() - run.began
  local plain = said.plain(run)
  doubts.plain(run, plain)
  if given.json then return database.print_json(plain) end
  say.out(said.text(plain))
  doubts.say(run)
  for _, words in ipairs(said.remarks(run, plain)) do remark(words) end
end

local STEPS = { prepare, read, train, identify, doubts.believe, write, doubts.null, doubts.draw, tell }

local function taken(...)
  local out = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #out + 1, out) end
  return out
end

return {
  name = "rescore",
  summary = "rescore matches of a search engine by networks: scores, q-values and PEPs of PSMs, peptides and proteins",
  arguments = { { "FILE", "Percolator's input (.pin, .tab; also .gz, .zst); several are read as one", many = true } },
  options = taken({
    { "--output", short = "-o", value = "DIR", doc = "the folder of the results, also by -o (default: scored)" },
    { "--model", value = "DIR", doc = "train nothing: score by the networks of an earlier run, its folder or database" },
    { "--overwrite", doc = "write over the tables of another run in that folder" },
    { "--loss", value = "NAME", doc = "a loss of scores (default: " .. recipe.defaults.loss .. ")" },
    { "--hidden", value = "UNITS", doc = "the units of the hidden layers, as 64,32" },
    { "--linear", doc = "no hidden layer" },
    { "--cuts", value = "N", kind = "integer", low = 1, high = 1000,
      doc = "how often the folds are cut anew; scores are averaged (default: " .. #recipe.defaults.seeds .. ")" },
  }, options.training, {
    { "--jobs", value = "N", kind = "integer", low = 1, doc = "worker processes (default: the cores)" },
    { "--fdr", value = "WAY", choices = identified.ways, doc = "how decoys stand for false targets (default: auto)" },
    { "--level", value = "Q", doc = "q-values that the summary counts at (default: 0.01,0.05)" },
    { "--group", value = "COLUMN", doc = "q-values within each class of a column of whole numbers, such as charge" },
    { "--exclude", value = "NAMES", many = true,
      doc = "columns that are no features, by name or pattern (*), between commas; may be given again" },
    { "--missing", value = "WHAT", doc = "what becomes of empty cells: error (default), mean, drop or a number" },
    { "--decoy-prefix", value = "TEXT", doc = "how proteins of decoys are named (default: told from the names)" },
    { "--columns", value = "NAMES", many = true, doc = "more columns: filename, ScanNr, ExpMass, CalcMass, any feature" },
    { "--all", doc = "write also matches that lost their spectrum's competition, with q-value 1" },
    { "--no-proteins", doc = "write no proteins" },
  }, doubts.options, options.parameters),
  json = true,
  example = { "losslab rescore search.pin -o scored", "losslab rescore a.pin b.pin -o scored --loss adaptive_rank --margin .2" },
  notes = [[
The folder holds target.psms.tsv, decoy.psms.tsv and the same of peptides and proteins, with Percolator's columns, the best score
first; rescore.lua, the script of the study; and rescore.db, its database, for losslab show, replay and the others. The same command
carries on where it was interrupted and writes the same bytes, for any --jobs; a folder of another run is refused.

Each match is scored by networks that have seen neither its scan nor its peptide. Parameters of the loss are options by their own
names: --margin .2, --margin-lr .01 (losslab losses NAME says which there are).

--fdr competition: a target counts if it is the best match of its spectrum, and all decoys do; winners: the best match of each
spectrum, target or decoy, counts; concatenated: all do as they stand (as for percolator -I concatenated); separate: for targets and
decoys that were searched apart; auto: competition where targets and decoys share spectra, else concatenated. Matches that do not
count are left out (--all). Nothing accepted is a result, too: exit code 0.
]],
  run = function(given, files)
    local run = {}
    for _, step in ipairs(STEPS) do
      local code = step(run, given, files)
      if code and code ~= 0 then return code end
    end
  end,
}
