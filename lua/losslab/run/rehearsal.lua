-- A rehearsal: before a study is planned, each combination of data set, loss, model and metric is tried as a trial would begin with
-- it, so that what no trial can do is refused before any trains. Nothing is trained, and no stream of a trial is moved: streams are
-- made anew from their keys. A combination is tried on the cuts of its data set until one passes, since what stops some folds alone
-- leaves the others to be run. A study's own trial is not rehearsed, nor a loss in the script, which may remember its calls.
local ll = require "losslab"
local check = require "losslab.check"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local network = require "losslab.run.network"
local plan = require "losslab.study.plan"
local text = require "losslab.text"

local M = {}

-- The choices among a loss's parameters; a number that is in its range fits any data.
local function choices(parameters)
  local out = {}
  for name, value in pairs(parameters) do
    if type(value) ~= "number" then out[name] = value end
  end
  return out
end

-- What is to be tried, each once: { loss, run }.
local function combinations(study)
  local out, seen = {}, {}
  local function add(key, config, run)
    if not seen[key] then out[#out + 1] = { loss = config.loss, config = config, run = run } end
    seen[key] = true
  end
  for _, config in ipairs(study.configs) do
    local loss, model = study.losses[config.loss], config.model
    if not loss.lua then
      add(json.encode { config.loss, choices(config.parameters), model, config.train.batch }, config, network.rehearse_loss)
    end
    add(json.encode { loss.task, model.output }, config, network.rehearse_metrics)
  end
  return out
end

local function refuse(dataset, left)
  for _, each in ipairs(left) do
    check.fail("no trial of %s on %s can run: %s", text.clean(each.loss), check.show(dataset.name), check.plain(each.why))
  end
end

-- Reads and cuts the study's data, as plan.check does, and raises the first error that would stop a trial, or every trial of a loss
-- on a data set.
function M.check(study)
  if study.trial then return plan.check(study) end
  local all, dataset_before, left = combinations(study), nil, {}
  plan.check(study, function(dataset, seed, fold, parts)
    if dataset ~= dataset_before then
      if dataset_before then refuse(dataset_before, left) end
      dataset_before, left = dataset, {}
      for i, each in ipairs(all) do left[i] = { loss = each.loss, config = each.config, run = each.run } end
    end
    local number, still = cuts.trial_number(study, dataset, seed, fold), {}
    for _, each in ipairs(left) do
      local before = ll.loss.remarks "never" -- of outputs that are no network's
      local fine, why = pcall(each.run, study, each.config, parts, number)
      ll.loss.remarks(before)
      if not fine then
        each.why = each.why or tostring(why)
        still[#still + 1] = each
      end
    end
    left = still
  end)
  refuse(dataset_before, left)
  collectgarbage() -- networks and outputs, before workers are forked
end

return M
