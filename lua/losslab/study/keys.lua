-- What makes two trials the same: all that decides their numbers, hashed. A trial's key is made of its configuration (loss with all
-- its parameters and the version of its formula, model, training), its data by content, the rows of its three parts, the numbers
-- that its random streams go by, the precision, and the text of the Lua functions that compute it. Names, comments, questions,
-- metrics and what is kept of a trial are no part of it.
local ll = require "losslab"
local json = require "losslab.json"

local M = {}

local function hashed(...) return ll.core.sha256(json.encode { ... }) end

-- Of a data set of cuts.datasets: what it is called goes in, since random streams go by the name.
function M.dataset(dataset)
  return hashed("dataset", dataset.name, dataset.set.hash, dataset.ratio or false, dataset.reading or false)
end

-- Of the parts of a cut; standardise: whether features are standardised by the training part.
function M.cut(dataset_key, standardise, parts)
  return hashed("cut", dataset_key, standardise, parts.train:rows_hash(), parts.valid and parts.valid:rows_hash() or "none",
    parts.test:rows_hash())
end

-- of: config_key, cut_key, fold, seed, number, study_seed, code ("" where no Lua computes it), precision [opt: this build's];
-- search [opt]: the hash of the search that may end it early, so that it is none of the studies that want it in full.
function M.trial(of)
  if of.search and of.search ~= "" then
    return hashed("searched trial", of.config_key, of.cut_key, of.fold, of.seed, of.number, of.study_seed,
      of.precision or ll.precision, of.code, of.search)
  end
  return hashed("trial", of.config_key, of.cut_key, of.fold, of.seed, of.number, of.study_seed, of.precision or ll.precision,
    of.code)
end

return M
