-- The study that a rescoring is: one loss, one network, three folds of scans, cut anew for each seed.
local ll = require "losslab"
local check = require "losslab.check"
local matches = require "losslab.rescore.matches"
local scorer = require "losslab.rescore.scorer"

local M = {}

-- The recipe, and what may be said otherwise. It was chosen by what inner folds of files of four search engines identify
-- (tests/bench/rescoring.lua), and by the share of entrapment among it.
M.defaults = { loss = "cross_entropy", parameters = {}, hidden = { 64, 32 }, activation = "silu", optimizer = "adamw", lr = 8e-3,
  schedule = "cosine", weight_decay = 0.1, batch = 256, steps = 1000, epochs = 15, jitter = 0.6, rows = 200000, rounds = 0,
  folds = 3, seeds = { 1, 2, 3, 4 }, seed = 1 }

local FIELDS = { "files", "name", "exclude", "missing", "loss", "parameters", "hidden", "activation", "optimizer", "lr",
  "schedule", "weight_decay", "batch", "steps", "epochs", "jitter", "rows", "rounds", "folds", "seeds", "seed" }

-- What each study has read, so that its matches are there without being read again.
local read = setmetatable({}, { __mode = "k" })

--- ll.rescore.study { files, … } -> study
-- The study that ll.rescore.run runs: it may be run, carried on, replayed and shown as any other.
--   files          paths of Percolator's input, an array
--   name           of the study ("rescore")
--   exclude        columns that are no features, as of ll.psm.read, or those about the spectrum, "spectrum: scan" (none)
--   missing        what becomes of missing cells, as of ll.psm.read ("error")
--   loss           a loss of scores ("cross_entropy")
--   parameters     those of the loss (its defaults)
--   hidden         the units of the hidden layers, an array; { } is a linear model ({ 64, 32 })
--   activation     of the hidden layers ("silu")
--   optimizer      "adamw", "adam", … ("adamw")
--   lr             the learning rate (8e-3)
--   schedule       how the learning rate falls to 0 over the steps, "cosine" or "linear", or not, "constant" ("cosine")
--   weight_decay   of optimizers that have one (0.1)
--   batch          matches of a step, at most (256)
--   steps          steps of a network, at most (1000)
--   epochs         how often a network goes over its matches, at most: of few matches the batches are smaller, down to 64, and
--                  then there are fewer steps (15)
--   jitter         the deviation of the noise on the standardised inputs of each step (0.6)
--   rows           the matches that a network learns from, at most (200000)
--   rounds         semi-supervised: so many times over a network is trained on decoys and on those targets alone that the one
--                  before identifies, at first the best single score (0: once, on all)
--   folds          parts of which each is scored by networks that have seen the others (3)
--   seeds          cuts into folds, an array of numbers; scores are averaged over them ({ 1, 2, 3, 4 })
--   seed           of the study (1)
-- Errors: a field that is none; values out of range.
-- See: ll.rescore.run, losslab rescore, ll.study
-- Example:
--   ll.rescore.study { files = { "a.pin" } }.name   --> rescore
function M.new(options, ...)
  check.no_more("ll.rescore.study", 1, ...)
  check.fields("ll.rescore.study", options, FIELDS)
  local o = {}
  for key, value in pairs(M.defaults) do o[key] = options[key] == nil and value or options[key] end
  check.among("ll.rescore.study: schedule", o.schedule, scorer.falling)
  local files = options.files
  if type(files) ~= "table" or #files == 0 then check.fail "ll.rescore.study: files must be an array of paths" end
  local reading = { exclude = options.exclude, missing = options.missing }
  local held
  local function make()
    held = held or { matches.read(files, reading) }
    return held[1]
  end
  local name = files[1]:match("[^/]*$"):gsub("[.]gz$", ""):gsub("[.]zst$", ""):gsub("[.]%a+$", "")
  -- what the files are called has no part in the numbers, which depend on the name of the data set
  local study = ll.study { name = options.name or "rescore", data = { { name = "matches", make = make } },
    question = "Which targets of " .. name .. " are right?",
    split = { folds = o.folds, valid = 0, domains = true, standardise = false }, seeds = o.seeds, seed = o.seed,
    compare = { [o.loss] = o.parameters }, metric = "targets_at_fdr", goal = "max", scores = "last",
    model = { hidden = #o.hidden > 0 and table.concat(o.hidden, "-") or "none", activation = o.activation },
    train = { optimizer = o.optimizer, lr = o.lr, schedule = o.schedule, weight_decay = o.weight_decay, batch = o.batch,
      steps = o.steps, epochs = o.epochs, jitter = o.jitter, rows = o.rows, rounds = o.rounds },
    trial = scorer.run }
  read[study] = function() make() return held[1], held[2] end
  return study
end

-- The data set and the matches of a study of M.new.
function M.read(study) return read[study]() end

return M
