-- How long a run will take and how large its database will be. Trials of a loss, a model and a batch on a data set that were run
-- before say how long an epoch takes; of others a first epoch is timed, for some seconds in all, and what was not timed is told
-- from what was by rows × epochs.
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local footprint = require "losslab.study.footprint"
local json = require "losslab.json"
local network = require "losslab.run.network"
local size = require "losslab.study.size"
local worker = require "losslab.run.worker"

local M = {}

local TIMING = 5 -- seconds
local LARGE = 1e9 -- bytes, beyond which a run says so before it begins

-- Seconds of one trial of a configuration on a first cut, from its first epoch; nil if that fails.
local function timed(study, of)
  local config = study.configs[of.config]
  local short = setmetatable({ train = setmetatable({ epochs = 1 }, { __index = config.train }) }, { __index = config })
  local clock = ll.system.clock()
  local result = network.run(study, short, of.parts, of.number)
  if result.status ~= "done" then return nil end
  return (ll.system.clock() - clock) * config.train.epochs
end

-- What decides how long an epoch takes, beside the data set: loss, model, batch.
local function kind_of(loss, model, batch) return string.format("%s\0%s\0%s", loss, model, batch or "") end

-- Mean seconds an epoch (of a study's own trial: a trial) by data set's name and kind of what was run before.
local function known_speeds(study, store)
  local out = {}
  if store then
    for row in store:rows "speed_of_all" do
      local key = row.dataset .. "\0" .. kind_of(row.loss, row.model, row.batch)
      out[key] = row.seconds_mean / (not study.trial and tonumber(row.epochs) or 1)
    end
  end
  return out
end

-- Seconds of all that is to be done, one after the other, by look (plan.look); nil where nothing is known.
local function seconds_of(study, store, look)
  local known, deadline, paid, took, sum, unknown = known_speeds(study, store), ll.system.clock() + TIMING, 0, 0, 0, {}
  for _, dataset in ipairs(cuts.datasets(study)) do
    local timings, to_do = {}, look.to_do[dataset] or {}
    for place, config in ipairs(study.configs) do
      local count, cost = to_do[place] or 0, worker.cost(study, dataset, config)
      local kind = kind_of(config.loss, json.encode(config.model), config.train.batch)
      local each = known[dataset.name .. "\0" .. kind]
      each = each and each * (study.trial and 1 or config.train.epochs)
      if count > 0 and not each and not study.trial and not study.loop then
        if timings[kind] == nil and ll.system.clock() < deadline then
          local of = look.first[dataset]
          of.parts = of.parts or cuts.parts(study, dataset, of.seed, of.fold)
          local seconds = timed(study, { config = place, parts = of.parts, number = of.number })
          timings[kind] = seconds and seconds / cost or false
        end
        each = timings[kind] and timings[kind] * cost
      end
      if count > 0 and each then sum, paid, took = sum + each * count, paid + cost, took + each
      elseif count > 0 then unknown[#unknown + 1] = cost * count end
    end
  end
  if #unknown > 0 and paid == 0 then return nil end
  for _, cost in ipairs(unknown) do sum = sum + cost * took / paid end
  return sum
end

-- Completes look by seconds, with so many jobs, bytes: how much larger the database gets, and memory (study/footprint.lua).
function M.of(study, store, look, jobs)
  local count = 0
  for _, set in pairs(look.to_do) do for _, each in pairs(set) do count = count + each end end
  look.total, look.jobs = count, jobs
  look.seconds = count > 0 and seconds_of(study, store, look) or count == 0 and 0 or nil
  look.seconds = look.seconds and look.seconds / math.min(jobs, math.max(count, 1))
  look.bytes = count > 0 and size.of(study) * count / study:trials() or 0
  look.memory = footprint.of(study, math.min(jobs, math.max(count, 1)))
  look.first, look.to_do = nil, nil
  return look
end

-- Says it by say(format, …) if what is pending will make the database larger by more than 1 GB, or needs more memory with so many
-- jobs than there is.
function M.warn(study, jobs, pending, say)
  local bytes = size.of(study) * pending / study:trials()
  if bytes > LARGE then
    say("losslab: the database will grow by about %.1f GB, most of it scores; scores = \"best\" keeps those of the chosen "
      .. "epochs alone",
      bytes / 1e9)
  end
  local workers = math.max(math.min(jobs, pending), 1)
  local memory = footprint.of(study, workers)
  local advice = footprint.advice(memory, workers)
  if advice then say("losslab: %s; %s", footprint.said(memory, workers), advice) end
end

return M
