-- The choice by fold. Validation rows of one fold are test rows of others, so a configuration that is chosen on all validation rows
-- has seen the rows that it is then judged by. What is reported of a loss is therefore each fold's own choice: of every fold of
-- every seed the configuration that did best on the validation rows of that one, by the rule of the view own_choice
-- (engine/store/schema.sql). The configuration to use is still that of all validation rows together (results/choice.lua).
local stats = require "losslab.results.stats"

local folds = {}

local LOST = { diverged = true, failed = true }

local function block(run) return run.fold .. "/" .. run.seed end

-- What each fold chose of each loss of a data set, all configurations: { [loss] = trials, by seed and fold }. Read once.
local function of_losses(results, dataset)
  local out = rawget(dataset, "own_choice")
  if out then return out end
  out = {}
  for run in results.store:rows("own_choice", { dataset = dataset.id }) do
    run.dataset, run.metric = dataset.name, results.metric
    out[run.loss] = out[run.loss] or {}
    table.insert(out[run.loss], run)
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
  local chosen, best, out = {}, {}, {}
  local function offer(row, run)
    local at, key, value = block(run), { row.lost, run.valid == nil and 1 or 0, -results.sign * (run.valid or 0), row.config }, nil
    local old = best[at]
    for i = 1, old and #key or 0 do
      if key[i] ~= old[i] then
        value = key[i] < old[i]
        break
      end
    end
    if not old or value then best[at], chosen[at] = key, run end
  end
  for _, row in ipairs(candidates) do
    for _, run in ipairs(dataset.runs[row.config] or {}) do offer(row, run) end
    for _, trial in ipairs(unfinished(results, dataset)[row.config] or {}) do offer(row, trial) end
  end
  for _, run in pairs(chosen) do out[#out + 1] = run end
  table.sort(out, function(a, b)
    if a.seed ~= b.seed then return a.seed < b.seed end
    return a.fold < b.fold
  end)
  return out
end

-- Of candidates (summary rows), of which `pooled` is the choice of all folds together: a row like it that stands for each fold's
-- own choice. own: its finished runs, by seed and fold, nil where all folds chose pooled's; folds, and folds_agree: how many of
-- them chose pooled's; n, lost, open, test_mean and test_sd are of the runs by fold, pooled_test is the mean of pooled's own.
-- loss [opt]: the candidates are all that this loss has.
function folds.choice(results, dataset, candidates, pooled, loss)
  local out = setmetatable({ pooled_test = pooled.test_mean, folds = pooled.n + pooled.lost + pooled.open }, { __index = pooled })
  out.folds_agree = out.folds
  if #candidates == 1 then return out end
  local chosen = loss and not dataset.by_metric and of_losses(results, dataset)[loss] or among(results, dataset, candidates)
  local own, values, agree, lost = {}, {}, 0, 0
  for _, run in ipairs(chosen) do
    agree, lost = agree + (run.config == pooled.config and 1 or 0), lost + (LOST[run.status] and 1 or 0)
    if not run.status or run.status == "done" then own[#own + 1], values[#values + 1] = run, run.test end
  end
  out.folds, out.folds_agree = #chosen, agree
  if agree == #chosen then return out end
  out.own, out.n, out.lost, out.open = own, #own, lost, #chosen - #own - lost
  out.test_mean = #values > 0 and stats.mean(values) or nil
  out.test_sd = #values > 1 and stats.sd(values) or nil
  return out
end

-- The finished runs of a choice, by seed and fold: of a configuration itself, or of a row of results:choose.
function folds.runs(dataset, choice)
  if type(choice) ~= "table" then return dataset.runs[choice] or {} end
  return choice.own or dataset.runs[choice.config] or {}
end

-- The configurations of a choice, each once.
function folds.configs(choice)
  if type(choice) ~= "table" then return { choice } end
  if not choice.own then return { choice.config } end
  local out, seen = {}, {}
  for _, run in ipairs(choice.own) do
    if not seen[run.config] then out[#out + 1], seen[run.config] = run.config, true end
  end
  return out
end

return folds
