-- A study's plan: which trials it wants, and which of them the database has. Data sets are read and cut once to see that every
-- trial can run; then what is missing is written in one transaction, before anything trains, so that ids depend on the studies
-- alone.
local ll = require "losslab"
local adopt = require "losslab.study.adopt"
local changed = require "losslab.study.changed"
local code = require "losslab.study.code"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local keys = require "losslab.study.keys"
local records = require "losslab.study.records"

local M = {}

-- Reads and cuts everything; raises the first error that would stop a trial. f [opt]: called for each cut, as in cuts.each.
function M.check(study, f) cuts.each(study, f or function() end) end

-- ---- identity ----

-- The options that are neither data sets nor configurations, as canonical JSON.
function M.options(study)
  local metrics, measures = json.array {}, json.array {}
  for i, metric in ipairs(study.metrics) do
    metrics[i] = metric.label
    if not study.trial then measures[i] = json.array { metric.name, next(metric.options) and metric.options or false } end
  end
  return json.encode { split = study.split, seed = study.seed, seeds = study.seeds, sample = study.sample, ablate = study.ablate,
    metric = study.metric.label, metrics = metrics, measures = measures, record = study.record, scores = study.scores,
    networks = study.networks, quick = study.quick or nil, ask = study.ask,
    own = study.trial and "trial" or study.loop and "loop" or nil }
end

-- What makes two plans the same: options, data, configurations, code, precision.
function M.identity(study)
  local parts = { M.options(study), ll.precision }
  for _, dataset in ipairs(cuts.datasets(study)) do parts[#parts + 1] = keys.dataset(dataset) end
  for _, config in ipairs(study.configs) do
    parts[#parts + 1] = config.key
    parts[#parts + 1] = code.of_study(study, config)
  end
  return ll.core.sha256(json.encode(parts))
end

-- ---- what there is and what is wanted ----

-- Calls f(wanted) for every trial of the study in its order: { dataset, config (its place), cut_key, parts (not standardised),
-- fold, seed, number, study_seed, code, key }.
function M.each(study, f)
  local codes = {}
  for i, config in ipairs(study.configs) do codes[i] = code.of_study(study, config) end
  cuts.each(study, function(dataset, seed, fold, parts)
    dataset.key = dataset.key or keys.dataset(dataset)
    local cut_key = keys.cut(dataset.key, study.split.standardise, parts)
    local number = cuts.trial_number(study, dataset, seed, fold)
    for i, config in ipairs(study.configs) do
      local of = { dataset = dataset, config = i, config_key = config.key, cut_key = cut_key, parts = parts, fold = fold,
        seed = seed,
        number = number, study_seed = study.seed, code = codes[i] }
      of.key = keys.trial(of)
      f(of)
    end
  end, true)
end

-- The row of the study in the database: that of its name, or, where its script's file is known under another name and no study has
-- the new one, that one: it was renamed.
local function known_study(study, store)
  local by_file, count = nil, 0
  for row in store:rows "known_studies" do
    if row.name == study.name then return row end
    if row.file ~= "" and row.file == study.file then by_file, count = row, count + 1 end
  end
  if count == 1 then return by_file, true end
end

local function study_row(study)
  return { name = study.name, question = study.question, file = study.file or "", script = study.script,
    script_sha256 = ll.core.sha256(study.script), plan = M.options(study), plan_sha256 = M.identity(study),
    metric = study.metric.label, goal = study.metric.higher_is_better and "max" or "min", version = ll.version,
    precision = ll.precision, machine = ll.system.machine(), cpu = ll.system.cpu(), isa = ll.core.isa, blas = ll.core.blas }
end

-- ---- writing ----

local Writer = {}
Writer.__index = Writer

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

function Writer:config(place)
  local config = self.study.configs[place]
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
      self.store:run("insert_part", { cut = id, split = name, count = part.rows, rows = part:packed_rows(), labels = part.y })
      if part.rows >= cuts.MANY then collectgarbage() end -- the strings
    end
    return id
  end)
end

-- The id of the trial, and whether it is new.
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
    return row.id, false
  end
  local _, id = self.store:run("insert_trial", { key = of.key, dataset = self:dataset(of.dataset), config = self:config(of.config),
    cut = self:cut(of), fold = of.fold, seed = of.seed, number = of.number, study_seed = of.study_seed, precision = ll.precision,
    code = of.code, script = self.script, records = self.needs })
  return id, true
end

-- Writes what the study wants; gives { new, there, gone, lacking }: how many trials. only [opt]: of which of them; what is wanted
-- of others stays so.
function Writer:want(id, only)
  local store, before, place, count = self.store, {}, 0, { new = 0, there = 0, gone = 0 }
  for row in store:rows("wanted_by", { study = id }) do before[row.trial] = row end
  M.each(self.study, function(of)
    place = place + 1
    if only and not only(of.key) then
      local row = store:one("trial_by_key", { key = of.key })
      if row then before[row.id] = nil end
      return
    end
    local trial, new = self:trial(of)
    local was = before[trial]
    before[trial] = nil
    if new then count.new = count.new + 1 else count.there = count.there + 1 end
    if not was then
      store:run("insert_wanted", { study = id, dataset = self:dataset(of.dataset), config = self:config(of.config), trial = trial,
        place = place })
    elseif was.place ~= place then
      store:run("set_place", { study = id, dataset = was.dataset, config = was.config, trial = trial, place = place })
    end
  end)
  for trial, was in pairs(before) do
    store:run("unwant", { study = id, dataset = was.dataset, config = was.config, trial = trial })
    count.gone = count.gone + 1
  end
  count.lacking = self.lacking
  return count
end

-- Finished trials of other studies, or of another metric, get their epoch chosen for this one.
local function choose(store, id)
  local all = {}
  for row in store:rows("unchosen", { study = id }) do all[#all + 1] = row.trial end
  for _, trial in ipairs(all) do M.choose(store, trial) end
end

-- Chooses the best epoch of a finished trial, for every study that wants it; inside a transaction.
function M.choose(store, trial)
  store:run("choose_epoch", { trial = trial })
  store:run("choose_values", { trial = trial })
end

-- The last version of a study's script, if it is that one.
local function same_script(store, id, sha256)
  local last
  store:choose(id)
  for row in store:rows "scripts" do last = row end
  return last and last.sha256 == sha256 and last.id
end

local function write(study, store, known, row, only)
  local id = known and known.id
  if id then
    local was = store:one("study_by_id", { id = id })
    row.id = id
    store:run("update_study", row)
    if was.metric ~= row.metric or was.goal ~= row.goal then store:run("forget_choices", { study = id }) end
  else
    id = select(2, store:run("insert_study", row))
  end
  local script = only and known and known.plan_sha256 == row.plan_sha256 and same_script(store, id, row.script_sha256)
  local again = script
  script = script or select(2, store:run("insert_script", { study = id, sha256 = row.script_sha256, text = row.script,
    plan = row.plan, trials = study:trials(), added = 0, version = ll.version }))
  local writer = setmetatable({ store = store, study = study, script = script, needs = records.of(study), lacking = 0,
    ids = { dataset = {}, config = {}, cut = {} }, adopt = adopt.by(study, store) }, Writer)
  local count = writer:want(id, only)
  if not again then store:run("set_added", { id = script, added = count.new }) end
  choose(store, id)
  count.study = id
  return count
end

-- Writes the study's rows into the store, or finds them there, and makes the store show this study. Gives { study = its id, new,
-- there, gone = how many trials it wants for the first time, were there, are no longer wanted; lacking: of how many that were
-- there something is asked that was not recorded; plan: what tells this version of it; changed: whether anything was written;
-- renamed: the name that it had; precision_was: the other one, if it was run in that }. Raises, and leaves all as it is, if a
-- file of data has changed, or if accept(what it would give) raises [opt], which is asked before what was written is committed.
-- only(key) [opt]: whether a trial is to be written, of a shard (run/shards.lua), which has a part of the study's.
function M.write(study, store, accept, only)
  local row, count = study_row(study), nil
  -- The same plan is looked for first, since then nothing is written; and again once nobody else can write: of several runners that
  -- begin at once one writes the plan, and the others find it.
  local function find()
    local known, renamed = known_study(study, store)
    local same = not only and known and known.plan_sha256 == row.plan_sha256 and known.script_sha256 == row.script_sha256
      and known.name == row.name and known.trials == study:trials() -- else rows are missing, and are written again
    if same then count = { study = known.id, new = 0, there = study:trials(), gone = 0, lacking = 0 } end
    return known, renamed
  end
  find()
  if not count then
    changed.check(study, store)
    store:transaction(function()
      local known, renamed = find()
      if count then return end
      count = write(study, store, known, row, only)
      count.changed, count.renamed = known ~= nil, renamed and known.name or nil
      if known and known.precision ~= ll.precision then count.precision_was = known.precision end
      store:choose(count.study)
      if accept then accept(count) end
    end)
  end
  store:choose(count.study)
  count.plan = row.plan_sha256
  return count
end

-- The same, without writing anything: { new, there, gone, lacking }, and to_do: by data set (a row of cuts.datasets) and
-- configuration (its place), how many trials are to be run; first: the first cut of a data set. retry: those that
-- failed, too.
function M.look(study, store, retry)
  local count, before = { new = 0, there = 0, gone = 0, lacking = 0, to_do = {}, first = {} }, {}
  local known, needs = nil, records.of(study)
  if store then
    known = known_study(study, store)
    changed.check(study, store)
  end
  if known then for row in store:rows("wanted_by", { study = known.id }) do before[row.trial] = true end end
  M.each(study, function(of)
    local row = store and store:one("trial_by_key", { key = of.key })
    if not row then count.new = count.new + 1 else
      count.there = count.there + 1
      before[row.id] = nil
      if row.status == "done" and records.lacking(row.records, needs) then count.lacking = count.lacking + 1 end
    end
    if not row or row.status == "pending" or row.status == "running" or retry and row.status == "failed" then
      local set = count.to_do[of.dataset] or {}
      count.to_do[of.dataset] = set
      count.first[of.dataset] = count.first[of.dataset] or { seed = of.seed, fold = of.fold, number = of.number }
      set[of.config] = (set[of.config] or 0) + 1
    end
  end)
  for _ in pairs(before) do count.gone = count.gone + 1 end
  return count
end

return M
