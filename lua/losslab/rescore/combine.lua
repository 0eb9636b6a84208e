-- One score for each match, of the scores that the networks of a rescoring's database gave to the folds they had not seen, which
-- are of one scale (scorer.lua): the mean over cuts.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

local PIECE = 200 -- numbers that are unpacked at once
local FORMAT = "<" .. ("I4"):rep(PIECE)

-- Row numbers as a column.
local function rows_of(blob)
  local out, at, n = {}, 1, 0
  while at + 4 * PIECE <= #blob + 1 do
    local these = { string.unpack(FORMAT, blob, at) }
    table.move(these, 1, PIECE, n + 1, out)
    at, n = these[PIECE + 1], n + PIECE
  end
  while at <= #blob do out[n + 1], at, n = string.unpack("<I4", blob, at), at + 4, n + 1 end
  return out
end

-- The finished trials that the study wants as it was run last, rows of the statement trial. A file keeps those of before, too.
function M.trials(store)
  local out = {}
  for ended in store:rows("finished", {}) do
    local trial = store:one("trial", { trial = ended.trial })
    if trial.best_epoch then out[#out + 1] = trial end
  end
  return out
end

-- What each cut of each data set gives: by its name { cuts = { [seed] = n×1 }, order = { seed, … }, counts = { [seed] = rows } }.
local function gathered(store, rows)
  local sets = {}
  for _, trial in ipairs(M.trials(store)) do
    local row = store:one("scores_and_labels", { trial = trial.trial, epoch = 1, split = "test" })
    if not row or not row.rows then check.fail("%s: trial %d has no scores", store:path(), trial.trial) end
    local scores = ll.store.unpack_scores(row.scores, row.coding, 1, 1, 1)
    local set = sets[trial.dataset] or { cuts = {}, order = {}, counts = {} }
    sets[trial.dataset] = set
    local cut = set.cuts[trial.seed]
    if not cut then
      cut = ll.zeros(rows, 1)
      table.insert(set.order, trial.seed)
    end
    set.counts[trial.seed] = (set.counts[trial.seed] or 0) + scores.rows
    set.cuts[trial.seed] = cut + scores:scatter_add(rows_of(row.rows), rows)
  end
  for _, set in pairs(sets) do table.sort(set.order) end
  return sets
end

-- The mean over cuts of the scores of `rows` matches, n×1, and a list of what each cut alone gives.
local function mean_of(set, rows)
  local sum, alone = ll.zeros(rows, 1), {}
  for k, seed in ipairs(set.order) do
    sum, alone[k] = sum + set.cuts[seed], set.cuts[seed]
  end
  return sum * (1 / math.max(1, #set.order)), alone
end

-- The first cut that lacks the scores of some rows, as where a network diverged, and how many it has.
local function lacking(set, rows)
  for _, seed in ipairs(set.order) do
    if set.counts[seed] ~= rows then return seed, set.counts[seed] end
  end
end

-- Of a database of one data set: the mean and what each cut gives.
function M.scores(store, rows)
  local _, set = next(gathered(store, rows))
  if not set then check.fail("%s has no scores", store:path()) end
  local seed, count = lacking(set, rows)
  if seed then
    check.fail("%s: the cut of seed %d has scores of %d of %d matches: a network of it diverged, or did not run", store:path(),
      seed, count, rows)
  end
  return mean_of(set, rows)
end

-- Of a database of one data set, what its networks say of peptides that are in several folds (scorer.lua), the mean: which share of
-- the other folds they have learnt from, and which share of the matches are of peptides that they have seen.
function M.peptides(store)
  local trials, left, known = M.trials(store), 0, 0
  for _, trial in ipairs(trials) do
    local shares = { 1, 0 }
    for row in store:rows("trial_kept", { trial = trial.trial }) do
      if row.name == "peptides" then shares = ll.store.floats(row.numbers):table() end
    end
    left, known = left + shares[1], known + shares[2]
  end
  return left / math.max(1, #trials), known / math.max(1, #trials)
end

-- The means of all data sets, by name; without those that lack scores.
function M.by_set(store, rows)
  local out = {}
  for name, set in pairs(gathered(store, rows)) do
    if not lacking(set, rows) then out[name] = mean_of(set, rows) end
  end
  return out
end

return M
