-- The choice by fold. Validation rows of one fold are test rows of others, so a configuration that is chosen on all validation rows
-- has seen the rows that it is then judged by. What is reported of a loss is therefore each fold's own choice: of every fold the
-- configuration that did best on that fold's validation rows, and its runs of that fold. The configuration that is recommended for
-- use is that of all validation rows together (results/choice.lua).
local stats = require "losslab.results.stats"

local folds = {}

-- Of a data set, by configuration and fold: { n, lost, open, valid } (the mean, nil where nothing finished). Read once.
local function cells(results, dataset)
  local known = rawget(dataset, "by_fold")
  if known then return known end
  local out = {}
  for row in results.store:rows("by_fold", { dataset = dataset.id }) do
    out[row.config] = out[row.config] or {}
    out[row.config][row.fold] = { n = row.n, lost = row.lost, open = row.open, valid = row.valid }
  end
  if dataset.by_metric then -- chosen by another metric than the study's
    for config, of in pairs(out) do
      local values = {}
      for _, run in ipairs(dataset.runs[config] or {}) do
        values[run.fold] = values[run.fold] or {}
        table.insert(values[run.fold], run.valid)
      end
      for fold, cell in pairs(of) do cell.valid = values[fold] and #values[fold] > 0 and stats.mean(values[fold]) or nil end
    end
  end
  rawset(dataset, "by_fold", out)
  return out
end

-- Fewer lost runs, then the better mean, then the lower configuration: as all folds together choose.
local function goes_before(sign, a, b, config, other)
  if not b then return true end
  if a.lost ~= b.lost then return a.lost < b.lost end
  if a.valid ~= b.valid then return sign * a.valid > sign * b.valid end
  return config < other
end

-- Of candidates (summary rows), of which `pooled` is the choice of all folds together: a row like it that stands for each fold's
-- own choice. by_fold: the configuration by fold; folds, and folds_agree: how many of them chose pooled's; n, lost, open, test_mean
-- and test_sd are of the runs by fold, pooled_test is the mean of pooled's own.
function folds.choice(results, dataset, candidates, pooled)
  local of = #candidates > 1 and cells(results, dataset) or {}
  local by_fold, best, count, agree = {}, {}, 0, 0
  for _, row in ipairs(candidates) do
    for fold, cell in pairs(of[row.config] or {}) do
      if cell.valid and goes_before(results.sign, cell, best[fold], row.config, by_fold[fold]) then
        by_fold[fold], best[fold] = row.config, cell
      end
    end
  end
  for fold in pairs(of[pooled.config] or {}) do -- nothing finished in a fold: what all folds chose
    by_fold[fold] = by_fold[fold] or pooled.config
  end
  for _, config in pairs(by_fold) do count, agree = count + 1, agree + (config == pooled.config and 1 or 0) end
  local out = setmetatable({ pooled_test = pooled.test_mean, folds = count, folds_agree = agree }, { __index = pooled })
  if agree == count then return out end
  out.by_fold, out.n, out.lost, out.open = by_fold, 0, 0, 0
  for fold, config in pairs(by_fold) do
    local cell = of[config][fold]
    out.n, out.lost, out.open = out.n + cell.n, out.lost + cell.lost, out.open + cell.open
  end
  local values = {}
  for _, run in ipairs(folds.runs(dataset, out)) do values[#values + 1] = run.test end
  out.test_mean = #values > 0 and stats.mean(values) or nil
  out.test_sd = #values > 1 and stats.sd(values) or nil
  return out
end

-- The finished runs of a configuration, or of a choice by fold (a row of results:choose): by seed and fold.
function folds.runs(dataset, choice)
  if type(choice) ~= "table" then return dataset.runs[choice] or {} end
  local by_fold = choice.by_fold
  if not by_fold then return dataset.runs[choice.config] or {} end
  local out, seen = {}, {}
  for _, config in pairs(by_fold) do
    for _, run in ipairs(not seen[config] and dataset.runs[config] or {}) do
      if by_fold[run.fold] == config then out[#out + 1] = run end
    end
    seen[config] = true
  end
  table.sort(out, function(a, b)
    if a.seed ~= b.seed then return a.seed < b.seed end
    return a.fold < b.fold
  end)
  return out
end

-- The configurations of a choice: the one, or those of the folds, each once.
function folds.configs(choice)
  if type(choice) ~= "table" then return { choice } end
  local out, seen = {}, {}
  for _, config in pairs(choice.by_fold or { choice.config }) do
    if not seen[config] then out[#out + 1], seen[config] = config, true end
  end
  table.sort(out)
  return out
end

return folds
