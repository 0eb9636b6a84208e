-- ll.rescore: target-decoy rescoring of the matches of a search engine. It is a study of one configuration, so that its database
-- has every score and can be replayed; what is said of matches is made of that database and of the files.
--
--   files ─ matches.lua ─ recipe.lua ─ scorer.lua (a trial: inputs.lua, a network) ─ database ─ combine.lua ─ identified.lua
--
-- Whether it is to be believed: leaks.lua, entrapment.lua, null.lua; figures.lua draws it.
local ll = require "losslab"
local check = require "losslab.check"
local combine = require "losslab.rescore.combine"
local identified = require "losslab.rescore.identified"
local kept_networks = require "losslab.rescore.kept_networks"
local matches = require "losslab.rescore.matches"
local null = require "losslab.rescore.null"
local recipe = require "losslab.rescore.recipe"
require "losslab.rescore.entrapment" -- these add methods to what is identified
require "losslab.rescore.figures"
require "losslab.rescore.leaks"

local M = { null = null.run }

-- The study of the recipe, whose trials keep what tells other matches from theirs, for ll.rescore.apply.
function M.study(...)
  local study = recipe.new(...)
  study.trial = kept_networks.marking(study.trial)
  return study
end

--- ll.rescore
-- Rescoring of peptide-spectrum matches: networks learn on some folds what tells targets from decoys, and score the others.
-- See: ll.rescore.run, ll.rescore.study, losslab rescore, ll.fdr, ll.psm
-- Example:
--   type(ll.rescore.run)   --> function

--- ll.rescore.run { files, db = "file.db" [, …] } -> rescored
-- Rescores matches: reads files, trains, and gives a score, q-value and PEP to each match. The fields are those of
-- ll.rescore.study, and beside them what is made of the scores.
--   files   paths of Percolator's input, an array
--   db      the database of the run; it is made, or carried on
--   jobs    how many processes work (the cores)
--   fdr     how decoys stand for false targets: "auto", "competition", "winners", "concatenated" or "separate"; see rescored
--           ("auto")
-- Errors: files that are none; what ll.rescore.study refuses; a database of something else.
-- See: rescored, ll.rescore.study, losslab rescore
-- Example:
--   local lines = { "SpecId\tLabel\tScanNr\tExpMass\tscore\tPeptide\tProteins" }
--   for i = 1, 400 do
--     lines[#lines + 1] = ("m%d\t%d\t%d\t%d\t%g\tK.AB%d.R\tP"):format(i, i % 2 * 2 - 1, i, 900 + i, i % 2 * (i % 3) + i % 7 / 7, i)
--   end
--   ll.system.write("a.pin", table.concat(lines, "\n"))
--   local rescored = ll.rescore.run { files = { "a.pin" }, db = "a.db", seeds = { 1 }, steps = 20 }
--   rescored.scores:shape()   --> 400 1
function M.run(options, ...)
  check.no_more("ll.rescore.run", 1, ...)
  if type(options) ~= "table" then check.fail("ll.rescore.run: { files, db, … } was expected, not %s", check.show(options)) end
  local asked = {}
  for key, value in pairs(options) do asked[key] = value end
  local db, jobs, how = check.string("ll.rescore.run: db", asked.db), asked.jobs, asked.fdr
  asked.db, asked.jobs, asked.fdr = nil, nil, nil
  local study = M.study(asked)
  local set, psms = recipe.read(study)
  local code = study:run { db = db, jobs = jobs }
  if code ~= 0 then return nil, code end
  return M.of(db, set, psms, how)
end

--- ll.rescore.apply { files, model = "file.db" [, missing, fdr] } -> rescored
-- Scores matches by the networks of an earlier rescoring, without training. They must be other matches, of a search by the same
-- engine with the same columns: of those that a network was trained on it would promise too much. Where a tenth of them are it is
-- refused, where fewer are rescored:leaks says so.
--   files     paths of Percolator's input, an array
--   model     the database of that rescoring
--   missing   what becomes of missing cells, as of ll.psm.read ("error")
--   fdr       as of ll.rescore.run ("auto")
-- Errors: files that are none; a database without networks, or of another precision; a column that the networks need; matches that
-- they were trained on.
-- See: ll.rescore.run, rescored, losslab rescore
-- Example:
--   type(ll.rescore.apply)   --> function
function M.apply(options, ...)
  check.no_more("ll.rescore.apply", 1, ...)
  local o = check.fields("ll.rescore.apply", options, { "files", "model", "missing", "fdr" })
  local set, psms = matches.read(o.files, { missing = o.missing })
  local scores, count, trained = kept_networks.scores(check.string("ll.rescore.apply: model", o.model), set)
  return identified.new { set = set, psms = psms, scores = scores, cuts = { scores }, networks = count, db = o.model, fdr = o.fdr,
    trained_on = trained or false }
end

--- ll.rescore.of(db, set, psms [, fdr]) -> rescored
-- What a database of ll.rescore.run and its matches give, without training.
--   db     the database's path
--   set    the data set, as rescored.set
--   psms   the matches, as rescored.psms
--   fdr    as of ll.rescore.run ("auto")
-- Errors: a database without scores.
-- See: ll.rescore.run, rescored
-- Example:
--   type(ll.rescore.of)   --> function
function M.of(db, set, psms, how, ...)
  check.no_more("ll.rescore.of", 4, ...)
  local store <close> = ll.store.open(db, { mode = "read" })
  local scores, cuts = combine.scores(store, set.rows)
  local left, known = combine.peptides(store)
  return identified.new { set = set, psms = psms, scores = scores, cuts = cuts, db = db, fdr = how, learnt_from = left,
    of_known = known }
end

return M
