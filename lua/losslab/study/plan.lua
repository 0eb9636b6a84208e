-- A study's plan: which trials it wants, and which of them the database has. Data sets are read and cut once to see that every
-- trial can run; then what is missing is written in one transaction, before anything trains, so that ids depend on the studies
-- alone.
local ll = require "losslab"
local adopt = require "losslab.study.adopt"
local changed = require "losslab.study.changed"
local code = require "losslab.study.code"
local configs = require "losslab.study.configs"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local keys = require "losslab.study.keys"
local records = require "losslab.study.records"
local rounds = require "losslab.study.rounds"
local searching = require "losslab.study.searching"
local writer_of = require "losslab.study.writer"

local M = {}

-- Reads and cuts everything; raises the first error that would stop a trial. f [opt]: called for each cut, as in cuts.each.
function M.check(study, f) cuts.each(study, f or function() end) end

-- ---- identity ----

-- The options that are neither data sets nor configurations, as canonical JSON.
function M.options(study)
  local metrics, measures, over_folds = json.array {}, json.array {}, study.over_folds and json.array {}
  local function measure(metric) return json.array { metric.name, next(metric.options) and metric.options or false } end
  for i, metric in ipairs(study.metrics) do
    metrics[i] = metric.label
    if not study.trial then measures[i] = measure(metric) end
  end
  for i, metric in ipairs(study.over_folds or {}) do over_folds[i] = measure(metric) end
  return json.encode { split = study.split, seed = study.seed, seeds = study.seeds, sample = study.sample, ablate = study.ablate,
    metric = study.metric.label, metrics = metrics, measures = measures, over_folds = over_folds, record = study.record,
    scores = study.scores, networks = study.networks, quick = study.quick or nil, ask = study.ask,
    search = searching.plan(study.search), own = study.trial and "trial" or study.loop and "loop" or nil }
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

-- Whether a row of known_studies says that all trials of the study are planned: those that a search goes on to are as it goes on.
function M.has_all(study, known)
  if study.search then return known.trials > 0 and known.searches > 0 end
  return known.trials == study:trials()
end

-- ---- what there is and what is wanted ----

-- Calls f(cut) for every cut of the study in its order: { dataset, cut_key, parts (not standardised), fold, seed, number }; wants
-- [opt]: for which, as in cuts.each.
local function each_cut(study, f, wants)
  cuts.each(study, function(dataset, seed, fold, parts)
    dataset.key = dataset.key or keys.dataset(dataset)
    f { dataset = dataset, cut_key = keys.cut(dataset.key, study.split.standardise, parts), parts = parts, fold = fold,
      seed = seed, number = cuts.trial_number(study, dataset, seed, fold) }
  end, true, wants)
end

-- Calls f(wanted) for every trial of a study without a search in its order: what each_cut gives, and config (its place),
-- configuration, study_seed, code, key.
local function each(study, f)
  local codes = {}
  for i, config in ipairs(study.configs) do codes[i] = code.of_study(study, config) end
  each_cut(study, function(cut)
    for i, config in ipairs(study.configs) do
      local of = setmetatable({ config = i, configuration = config, config_key = config.key, study_seed = study.seed,
        code = codes[i] }, { __index = cut })
      of.key = keys.trial(of)
      f(of)
    end
  end)
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

-- Writes what the study wants; gives { new, there, gone, lacking }: how many trials. only [opt]: of which of them (run/shards.lua);
-- what is wanted of others stays so.
local function want(writer, id, only)
  local store, before, place, count = writer.store, {}, 0, { new = 0, there = 0, gone = 0 }
  for row in store:rows("wanted_by", { study = id }) do before[row.trial] = row end
  each(writer.study, function(of)
    place = place + 1
    if only and not only.wants(of.key) then
      local row = store:one("trial_by_key", { key = of.key })
      if row then before[row.id] = nil end
      return
    end
    local trial, new = writer:trial(of)
    local was = before[trial]
    before[trial] = nil
    if new then count.new = count.new + 1 else count.there = count.there + 1 end
    if not was then
      store:run("insert_wanted", { study = id, dataset = writer:dataset(of.dataset), config = writer:config(of.configuration),
        trial = trial, place = place })
    elseif was.place ~= place then
      store:run("set_place", { study = id, dataset = was.dataset, config = was.config, trial = trial, place = place })
    end
  end)
  for trial, was in pairs(before) do
    store:run("unwant", { study = id, dataset = was.dataset, config = was.config, trial = trial })
    count.gone = count.gone + 1
  end
  count.lacking = writer.lacking
  return count
end

-- The same of trials that a search proposed elsewhere (run/shards.lua), each run from what is said of it: nothing is proposed here.
local function want_proposed(writer, id, only)
  local study, store, before, place, count = writer.study, writer.store, {}, 0, { new = 0, there = 0, gone = 0, lacking = 0 }
  for row in store:rows("wanted_by", { study = id }) do before[row.trial], place = row, math.max(place, row.place) end
  local function of_cut(dataset, seed, fold)
    dataset.key = dataset.key or keys.dataset(dataset)
    return only.proposed(dataset.key, seed, fold)
  end
  each_cut(study, function(cut)
    for _, row in ipairs(of_cut(cut.dataset, cut.seed, cut.fold)) do
      local config = configs.of_row(study, row)
      local of = setmetatable({ configuration = config, config_key = config.key, study_seed = study.seed,
        code = code.of_study(study, config), search = row.search, pause = row.pause }, { __index = cut })
      of.key = keys.trial(of)
      if only.wants(of.key) then
        local trial, new = writer:trial(of)
        count[new and "new" or "there"] = count[new and "new" or "there"] + 1
        if not before[trial] then
          place = place + 1
          store:run("insert_wanted", { study = id, dataset = writer:dataset(cut.dataset), config = writer:config(config),
            trial = trial, place = place })
        end
      end
    end
  end, function(...) return #of_cut(...) > 0 end)
  return count
end

-- The same of a study that searches: its first round, and those behind it whose trials are all there.
local function want_rounds(writer, id)
  local list = {}
  each_cut(writer.study, function(cut)
    list[#list + 1] = { dataset_id = writer:dataset(cut.dataset), dataset = cut.dataset.name, cut_id = writer:cut(cut),
      cut_key = cut.cut_key, fold = cut.fold, seed = cut.seed, number = cut.number }
  end)
  return rounds.begin(writer, id, list)
end

-- Finished trials of other studies, or of another metric, get their epoch chosen for this one.
local function choose(store, id)
  local all = {}
  for row in store:rows("unchosen", { study = id }) do all[#all + 1] = row.trial end
  for _, trial in ipairs(all) do writer_of.choose(store, trial) end
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
  local writer = writer_of.new(study, store, script, adopt.by(study, store))
  local count = (study.search and (only and want_proposed or want_rounds) or want)(writer, id, only)
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
-- only [opt]: which trials are to be written, of a shard (run/shards.lua), which has a part of the study's.
function M.write(study, store, accept, only)
  local row, count = study_row(study), nil
  -- The same plan is looked for first, since then nothing is written; and again once nobody else can write: of several runners that
  -- begin at once one writes the plan, and the others find it.
  local function find()
    local known, renamed = known_study(study, store)
    local same = not only and known and known.plan_sha256 == row.plan_sha256 and known.script_sha256 == row.script_sha256
      and known.name == row.name and M.has_all(study, known) -- else rows are missing, and are written again
    if same then count = { study = known.id, new = 0, there = known.trials, gone = 0, lacking = 0 } end
    return known, renamed
  end
  find()
  if not count then
    changed.check(study, store)
    store:transaction(function()
      local known, renamed = find()
      if count then return end
      count = write(study, store, known, row, only)
      count.changed, count.renamed, count.plan = known ~= nil, renamed and known.name or nil, row.plan_sha256
      if known and known.precision ~= ll.precision then count.precision_was = known.precision end
      store:choose(count.study)
      if accept then accept(count) end
    end)
  end
  store:choose(count.study)
  count.plan = row.plan_sha256
  return count
end

-- M.look of a study that searches: what its budget leaves beside what the database has of the same plan; what trials of other
-- plans it will find there is not known beforehand.
local function look_at_search(study, store, known, retry)
  local count = { new = 0, there = 0, gone = 0, lacking = 0, to_do = {}, first = {} }
  local same, done = known and known.plan_sha256 == M.identity(study), {}
  for row in (store and known and store:rows("searched", { study = known.id }) or function() end) do
    local open = row.status == "pending" or row.status == "running" or retry and row.status == "failed"
    local key = row.dataset .. "\0" .. row.loss
    if not same then count.gone = count.gone + 1
    else
      count.there = count.there + 1
      if not open then done[key] = (done[key] or 0) + 1 end
    end
  end
  each_cut(study, function(cut)
    count.first[cut.dataset] = count.first[cut.dataset] or { seed = cut.seed, fold = cut.fold, number = cut.number }
  end)
  local all = study:trials() // (#study.data * #study.configs)
  for _, dataset in ipairs(cuts.datasets(study)) do
    count.to_do[dataset] = {}
    for i, config in ipairs(study.configs) do
      count.to_do[dataset][i] = math.max(0, all - (done[dataset.name .. "\0" .. config.loss] or 0))
    end
  end
  count.new = math.max(0, study:trials() - count.there)
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
  if study.search then return look_at_search(study, store, known, retry) end
  if known then for row in store:rows("wanted_by", { study = known.id }) do before[row.trial] = true end end
  each(study, function(of)
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
