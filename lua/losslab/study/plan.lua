-- A study's plan: which rows of the database there will be. Data sets are read and cut once to see that every trial can run; then
-- study, data sets, configurations, parts and trials are written in one transaction, before anything trains, so that ids depend on
-- the study alone.
local ll = require "losslab"
local check = require "losslab.check"
local cuts = require "losslab.study.cuts"
local differences = require "losslab.study.differences"
local json = require "losslab.json"

local M = {}

-- Reads and cuts everything; raises the first error that would stop a trial. f [opt]: called for each cut, as in cuts.each.
function M.check(study, f) cuts.each(study, f or function() end) end

-- ---- identity ----

-- The options that are neither data sets nor configurations, as canonical JSON.
function M.options(study)
  local metrics = json.array {}
  for i, metric in ipairs(study.metrics) do metrics[i] = metric.label end
  return json.encode { split = study.split, seed = study.seed, seeds = study.seeds, sample = study.sample,
    metric = study.metric.label, metrics = metrics, record = study.record, scores = study.scores, networks = study.networks,
    ask = study.ask, code = study:has_code() and ll.core.sha256(study.script) or nil }
end

-- What makes two studies the same: options, data, configurations, precision; and with losses or a loop in Lua the script's text,
-- which stands among the options.
function M.identity(study)
  local parts = { M.options(study), ll.precision }
  for _, dataset in ipairs(cuts.datasets(study)) do
    parts[#parts + 1] = dataset.name .. "\0" .. dataset.set.hash .. (dataset.ratio and "\0" .. dataset.ratio or "")
      .. (dataset.reading and "\0" .. dataset.reading or "")
  end
  for _, config in ipairs(study.configs) do parts[#parts + 1] = config.key end
  return ll.core.sha256(json.encode(parts))
end

-- ---- writing ----

local function write_study(study, store)
  store:run("insert_study", { name = study.name, question = study.question, script = study.script,
    script_sha256 = ll.core.sha256(study.script), plan = M.options(study), plan_sha256 = M.identity(study),
    metric = study.metric.label, goal = study.metric.higher_is_better and "max" or "min",
    version = ll.version, precision = ll.precision,
    machine = ll.system.machine(), cpu = ll.system.cpu(), isa = ll.core.isa, blas = ll.core.blas })
  for id, config in ipairs(study.configs) do
    store:run("insert_config", { id = id, key = config.key, loss = config.loss, parameters = json.encode(config.parameters),
      model = json.encode(config.model), train = json.encode(config.train) })
  end
  for id, dataset in ipairs(cuts.datasets(study)) do
    local set = dataset.set
    store:run("insert_dataset", { id = id, name = dataset.name, sha256 = set.hash, rows = set.rows, features = set.features,
      classes = set.classes, positives = set.positives,
      negatives = set.positives and set.rows - set.positives, origin = dataset.origin,
      notes = table.concat(set.notes, "\n") })
  end
  local id = 0
  cuts.each(study, function(dataset, seed, fold, parts)
    for _, split in ipairs(cuts.PARTS) do
      local part = parts[split]
      store:run("insert_part", { dataset = dataset.id, fold = fold, seed = seed, split = split, count = part.rows,
        rows = part:row_numbers(), labels = part.y })
    end
    local number = cuts.trial_number(study, dataset, seed, fold)
    for config in ipairs(study.configs) do
      id = id + 1
      store:run("insert_trial", { id = id, dataset = dataset.id, config = config, fold = fold, seed = seed, number = number })
    end
  end)
end

-- Raises unless the data sets are read as they were when the store was made: another version may take a file's columns, classes or
-- groups otherwise, and trials of both readings would stand in one table.
local function check_reading(study, store)
  local by_name = {}
  for _, dataset in ipairs(cuts.datasets(study)) do by_name[dataset.name] = dataset.set end
  for row in store:rows "datasets" do
    local set = by_name[row.name]
    for _, what in ipairs { "features", "classes", "positives" } do
      if row[what] ~= set[what] then
        check.fail("%s: its data set %s was read with %s %s, and is now with %s, as another version of losslab reads it; give this "
          .. "study its own --db", store:path(), check.show(row.name), tostring(row[what]), what, tostring(set[what]))
      end
    end
  end
end

-- Writes the study's rows into the store, or finds them there. If the store holds another study, raises and leaves it as it is.
function M.write(study, store)
  local there = store:one "study"
  if not there then
    cuts.datasets(study)
    store:transaction(function() write_study(study, store) end)
  elseif there.plan_sha256 ~= M.identity(study) then
    check.fail("%s holds another study (%s); give this one its own --db, or remove the file", store:path(),
      differences(study, store, there, M.options(study)))
  else
    check_reading(study, store)
  end
end

return M
