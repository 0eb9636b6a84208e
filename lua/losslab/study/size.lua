-- How large a study's part of a database will be, before anything trains: from its data sets, cuts, epochs and trials.
--
--   size.of(study)    bytes in all, and { raw, scores, metrics, epochs, parts, trials, networks, contents }, bytes each; raw: the
--                     scores as float32, which `scores` are when packed
--
-- Scores and metrics of a study with its own trial are what it records, which nobody knows before: they are taken for those of a
-- network of one output.
local cuts = require "losslab.study.cuts"
local options = require "losslab.study.options"
local records = require "losslab.study.records"
local tasks = require "losslab.study.tasks"

local M = {}

-- What a float32 score takes when it is packed, as a share, and bytes of a row of the tables with all that is around it, measured
-- on databases of networks' trainings (tests/bench/scores.lua prints the first). Scores of one epoch alone have less to be told
-- from.
local PACKED, ALONE, RANKS = 0.69, 0.8, 0.28
local BYTES = { metric = 30, epoch = 44, trial = 420, config = 700, scores = 1000, dataset = 700, study = 200000 }

-- Rows of a data set's parts in one cut: { train, valid, test }.
function M.rows_of(split, rows)
  local test = split.folds and rows / split.folds or rows * split.test
  local valid = (rows - test) * (split.inner and 1 / split.inner or split.valid)
  return { test = test, valid = valid, train = rows - test - valid }
end

-- How many epochs' scores are kept of so many.
local function kept_epochs(study, epochs)
  if study.scores == "all" or study.scores == "ranks" then return epochs end
  return math.min(epochs, ({ best = 1, last = 2, none = 0 })[study.scores])
end

-- The parts whose scores are kept.
local function kept_parts(study)
  local out = { test = true }
  for _, part in ipairs(study.trial and { "valid" } or study.record) do if part ~= "train" then out[part] = true end end
  return out
end

local function outputs(study, config, classes)
  local task = not study.trial and study.losses[config.loss].task
  return task and tasks.get(task).outputs(config, classes) or 1
end

local function weights(config, features, columns)
  local count, before = 0, features
  for _, size in ipairs(config.model.hidden or {}) do
    count = count + (before + 1) * size
    before = size
  end
  return count + (before + 1) * columns
end

local function metric_bytes(study)
  local sum, parts = 0, study.trial and { "valid", "test" } or study.record
  for _, metric in ipairs(study.metrics) do sum = sum + #parts * (BYTES.metric + #metric.label) end
  return sum
end

function M.of(study)
  local out = { raw = 0, scores = 0, metrics = 0, epochs = 0, parts = 0, trials = BYTES.study, networks = 0, contents = 0 }
  local parts, metrics = kept_parts(study), metric_bytes(study)
  local number_of_cuts = #study.seeds * options.cuts(study.split)
  for _, dataset in ipairs(cuts.datasets(study)) do
    local set, rows = dataset.set, M.rows_of(study.split, dataset.set.rows)
    local held, pieces = 0, 0
    for part in pairs(parts) do held, pieces = held + rows[part], pieces + 1 end
    out.parts = out.parts + number_of_cuts * 8 * set.rows
    out.trials = out.trials + BYTES.dataset
    local content = 4 * set.rows * (set.features + 1)
    local stays = study.contents ~= false and not dataset.generated and content <= 4 * records.CONTENT
    if stays then out.contents = out.contents + content end
    for _, config in ipairs(study.configs) do
      local epochs, columns = config.train.epochs or 1, outputs(study, config, set.classes)
      local kept = kept_epochs(study, epochs)
      local raw = 4 * held * columns * kept
      out.raw = out.raw + number_of_cuts * raw
      if kept > 0 then
        local share = study.scores == "ranks" and RANKS or study.scores == "all" and epochs > 1 and PACKED or ALONE
        out.scores = out.scores + number_of_cuts * (raw * share + pieces * BYTES.scores)
      end
      out.metrics = out.metrics + number_of_cuts * epochs * metrics
      out.epochs = out.epochs + number_of_cuts * epochs * BYTES.epoch
      out.trials = out.trials + number_of_cuts * BYTES.trial
      if study.networks then out.networks = out.networks + number_of_cuts * 4 * weights(config, set.features, columns) end
    end
  end
  out.trials = out.trials + #study.configs * BYTES.config
  local total = 0
  for name, bytes in pairs(out) do
    out[name] = math.ceil(bytes)
    if name ~= "raw" then total = total + out[name] end
  end
  return total, out
end

return M
