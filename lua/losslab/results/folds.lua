-- The choice by fold. Validation rows of one fold are test rows of others, so a configuration that is chosen on all validation rows
-- has seen the rows that it is then judged by. What is reported of a loss is therefore each fold's own choice: of every fold of
-- every seed the configuration that did best on the validation rows of that one, with inner folds by the mean of them; the rule is
-- that of the view own_choice (engine/store/schema.sql). The configuration to use is still that of all validation rows together
-- (results/choice.lua).
local stats = require "losslab.results.stats"

local folds = {}

local LOST = { diverged = true, failed = true }

-- What chooses together: a fold of a seed, with all its inner folds.
function folds.block(results, run)
  local inner = results.inner or 1
  return (inner > 1 and (run.fold - 1) // inner + 1 or run.fold) .. "/" .. run.seed
end

-- What each fold chose of each loss, all its configurations: { [data set's id] = { [loss] = trials, by seed and fold } }.
local function of_losses(results, dataset)
  local all = rawget(results, "own_choice")
  if not all then
    all = {}
    for run in results.store:rows "own_choice" do
      local of = all[run.dataset_id] or {}
      all[run.dataset_id], of[run.loss], run.metric = of, of[run.loss] or {}, results.metric
      table.insert(of[run.loss], run)
    end
    rawset(results, "own_choice", all)
  end
  return all[dataset.id] or {}
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

-- Of a configuration's trials on a data set, finished or not: by block, { trials, valid = their mean where any has one }.
local function blocks_of(results, dataset, config)
  local out = {}
  for _, list in ipairs { dataset.runs[config] or {}, unfinished(results, dataset)[config] or {} } do
    for _, run in ipairs(list) do
      local at = folds.block(results, run)
      out[at] = out[at] or { values = {} }
      table.insert(out[at], run)
      table.insert(out[at].values, run.valid)
    end
  end
  for _, each in pairs(out) do each.valid = #each.values > 0 and stats.mean(each.values) or nil end
  return out
end

-- The same as one loss of of_losses, among candidates.
local function among(results, dataset, candidates)
  local best, out = {}, {}
  for _, row in ipairs(candidates) do
    for at, each in pairs(blocks_of(results, dataset, row.config)) do
      local key = { row.lost, each.valid and 0 or 1, -results.sign * (each.valid or 0), row.config }
      local old, before = best[at], best[at] == nil
      for i = 1, old and #key or 0 do
        if key[i] ~= old.key[i] then
          before = key[i] < old.key[i]
          break
        end
      end
      if before then best[at] = { key = key, trials = each } end
    end
  end
  for _, each in pairs(best) do table.move(each.trials, 1, #each.trials, #out + 1, out) end
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
  local inner = results.inner or 1
  local out = {}
  for key, value in pairs(pooled) do out[key] = value end
  out.pooled_test = pooled.test_mean
  out.folds = (pooled.n + pooled.lost + pooled.open) // inner
  out.folds_agree = out.folds
  if #candidates == 1 then return out end
  local chosen = loss and not dataset.by_metric and of_losses(results, dataset)[loss] or among(results, dataset, candidates)
  local own, values, agree, lost = {}, {}, 0, 0
  for _, run in ipairs(chosen) do
    agree, lost = agree + (run.config == pooled.config and 1 or 0), lost + (LOST[run.status] and 1 or 0)
    if not run.status or run.status == "done" then own[#own + 1], values[#values + 1] = run, run.test end
  end
  out.folds, out.folds_agree = #chosen // inner, agree // inner
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
