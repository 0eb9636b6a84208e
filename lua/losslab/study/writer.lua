-- Writes what a study wants into a database: data sets, configurations, cuts and trials, each found by its key where it is there.
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local records = require "losslab.study.records"

local Writer = {}
Writer.__index = Writer

local M = {}

-- script: the id of its version; adopt [opt]: of study/adopt.lua.
function M.new(study, store, script, adopt)
  return setmetatable({ store = store, study = study, script = script, needs = records.of(study), lacking = 0,
    ids = { dataset = {}, config = {}, cut = {} }, adopt = adopt or function() end }, Writer)
end

-- The id of the row of a key, made by insert(store) where there is none.
function Writer:id(kind, key, insert)
  local known = self.ids[kind]
  if not known[key] then
    local row = self.store:one(kind .. "_by_key", { key = key })
    known[key] = row and row.id or insert()
  end
  return known[key]
end

function Writer:dataset(dataset)
  return self:id("dataset", dataset.key, function()
    local set, store = dataset.set, self.store
    local _, id = store:run("insert_dataset", { key = dataset.key, name = dataset.name, sha256 = set.hash, rows = set.rows,
      features = set.features, classes = set.classes, positives = set.positives,
      negatives = set.positives and set.rows - set.positives, origin = dataset.origin, notes = table.concat(set.notes, "\n") })
    local packed = self.study.contents and not dataset.generated and records.content(set)
    if packed then store:run("insert_content", { dataset = id, packed = packed }) end
    return id
  end)
end

function Writer:config(config)
  return self:id("config", config.key, function()
    local _, id = self.store:run("insert_config", { key = config.key, loss = config.loss, formula = config.formula or 1,
      parameters = json.encode(config.parameters), model = json.encode(config.model), train = json.encode(config.train) })
    return id
  end)
end

function Writer:cut(of)
  return self:id("cut", of.cut_key, function()
    local split = { study_seed = self.study.seed, ratio = of.dataset.ratio }
    for name, value in pairs(self.study.split) do split[name] = value end
    local _, id = self.store:run("insert_cut", { key = of.cut_key, dataset = self:dataset(of.dataset), fold = of.fold,
      seed = of.seed,
      split = json.encode(split) })
    for _, name in ipairs(cuts.PARTS) do
      local part = of.parts[name]
      if part then
        self.store:run("insert_part", { cut = id, split = name, count = part.rows, rows = part:packed_rows(), labels = part.y })
      end
      if part and part.rows >= cuts.MANY then collectgarbage() end -- the strings
    end
    return id
  end)
end

-- The id of the trial, and whether it is new. of: what plan.each gives; or with the ids of rows that are there, dataset_id and
-- cut_id; search and pause [opt] of one that a search may end early.
function Writer:trial(of)
  local row = self.store:one("trial_by_key", { key = of.key }) or self.adopt(of)
  if row then
    local lacks = records.lacking(row.records, self.needs)
    if lacks and (row.status == "done" or row.status == "diverged") then
      self.lacking = self.lacking + 1
      self.store:run("set_lacks", { trial = row.id, lacks = row.lacks and records.both(row.lacks, lacks) or lacks })
    elseif (row.status == "pending" or row.status == "running") and row.records ~= self.needs then
      self.store:run("set_records", { trial = row.id, records = records.both(row.records, self.needs) })
    end
    return row.id, false, row.status
  end
  local _, id = self.store:run("insert_trial", { key = of.key, dataset = of.dataset_id or self:dataset(of.dataset),
    config = self:config(of.configuration), cut = of.cut_id or self:cut(of), fold = of.fold, seed = of.seed,
    number = of.number, study_seed = of.study_seed, precision = ll.precision,
    code = of.code, script = self.script, records = self.needs, search = of.search, pause = of.pause })
  return id, true
end

-- Chooses the best epoch of a finished trial, for every study that wants it; inside a transaction.
function M.choose(store, trial)
  store:run("choose_epoch", { trial = trial })
  store:run("choose_values", { trial = trial })
end

return M
