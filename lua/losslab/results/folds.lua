-- The choice by fold. Validation rows of one fold are test rows of others, so a configuration that is chosen on all validation rows
-- has seen the rows that it is then judged by. What is reported of a loss is therefore each fold's own choice: of every fold of
-- every seed the configuration that did best on the validation rows of that one, by the rule of the view own_choice
-- (engine/store/schema.sql). The configuration to use is still that of all validation rows together (results/choice.lua).
local stats = require "losslab.results.stats"

local folds = {}

local LOST = { diverged = true, failed = true }

local function block(run) return run.fold .. "/" .. run.seed end

-- What each fold chose of each loss of a data set, all configurations: { [loss] = { [block] = { config, status } } }. Read once.
local function of_losses(results, dataset)
  local out = rawget(dataset, "own_choice")
  if out then return out end
  out = {}
  for row in results.store:rows("own_choice", { dataset = dataset.id }) do
    out[row.loss] = out[row.loss] or {}
    out[row.loss][block(row)] = { config = row.config, status = row.status }
  end
  rawset(dataset, "own_choice", out)
  return out
end

-- The trials on a data set that are not done, by configuration. Read once.
local function unfinished(results, dataset)
  local out = rawget(dataset, "unfinished")
  if out then return out end
  out = {}
  for row in results.store:rows("unfinished", { dataset = dataset.id }) do
    out[row.config] = out[row.config] or {}
    table.insert(out[row.config], row)
  end
  rawset(dataset, "unfinished", out)
  return out
end

-- The same as one loss of of_losses, among candidates.
local function among(results, dataset, candidates)
  local out, best = {}, {}
  local function offer(row, run, status)
    local at, key, value = block(run), { row.lost, run.valid == nil and 1 or 0, -results.sign * (run.valid or 0), row.config }, nil
    local old = best[at]
    for i = 1, old and #key or 0 do
      if key[i] ~= old[i] then
        value = key[i] < old[i]
        break
      end
    end
    if not old or value then best[at], out[at] = key, { config = row.config, status = status } end
  end
  for _, row in ipairs(candidates) do
    for _, run in ipairs(dataset.runs[row.config] or {}) do offer(row, run, "done") end
    for _, trial in ipairs(unfinished(results, dataset)[row.config] or {}) do offer(row, trial, trial.status) end
  end
  return out
end

-- Of candidates (summary rows), of which `pooled` is the choice of all folds together: a row like it that stands for each fold's
-- own choice. by_fold: the configuration by "fold/seed", nil where all are pooled's; folds, and folds_agree: how many of them chose
-- pooled's; n, lost, open, test_mean and test_sd are of the runs by fold, pooled_test is the mean of pooled's own.
-- loss [opt]: the candidates are all that this loss has.
function folds.choice(results, dataset, candidates, pooled, loss)
  local out = setmetatable({ pooled_test = pooled.test_mean, folds = pooled.n + pooled.lost + pooled.open }, { __index = pooled })
  out.folds_agree = out.folds
  if #candidates == 1 then return out end
  local own = loss and not dataset.by_metric and of_losses(results, dataset)[loss] or among(results, dataset, candidates)
  local by_fold, count, agree, n, lost = {}, 0, 0, 0, 0
  for at, choice in pairs(own) do
    by_fold[at], count, agree = choice.config, count + 1, agree + (choice.config == pooled.config and 1 or 0)
    n, lost = n + (choice.status == "done" and 1 or 0), lost + (LOST[choice.status] and 1 or 0)
  end
  out.folds, out.folds_agree = count, agree
  if agree == count then return out end
  out.by_fold, out.n, out.lost, out.open = by_fold, n, lost, count - n - lost
  local values = {}
  for _, run in ipairs(folds.runs(dataset, out)) do values[#values + 1] = run.test end
  out.test_mean = #values > 0 and stats.mean(values) or nil
  out.test_sd = #values > 1 and stats.sd(values) or nil
  return out
end

-- The configurations of a choice, each once: of a configuration itself, or of a row of results:choose.
function folds.configs(choice)
  if type(choice) ~= "table" then return { choice } end
  local out, seen = {}, {}
  for _, config in pairs(choice.by_fold or { choice.config }) do
    if not seen[config] then out[#out + 1], seen[config] = config, true end
  end
  table.sort(out)
  return out
end

-- The finished runs of a choice, by seed and fold.
function folds.runs(dataset, choice)
  local by_fold = type(choice) == "table" and choice.by_fold
  if not by_fold then return dataset.runs[type(choice) == "table" and choice.config or choice] or {} end
  local out = {}
  for _, config in ipairs(folds.configs(choice)) do
    for _, run in ipairs(dataset.runs[config] or {}) do
      if by_fold[block(run)] == config then out[#out + 1] = run end
    end
  end
  table.sort(out, function(a, b)
    if a.seed ~= b.seed then return a.seed < b.seed end
    return a.fold < b.fold
  end)
  return out
end

return folds
