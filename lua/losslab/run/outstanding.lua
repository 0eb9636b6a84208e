-- What of a study is outstanding, for who hands it to others (run/submit.lua): the trials to be done, each with all that a task is
-- to be told of it, and, once there are none, how the study's searches go on. What others have in hand is theirs.
local rounds = require "losslab.study.rounds"

local M = {}

-- Where a trial stands, for a list of run/shards.lua; computers: by id.
local function checkpoint_of(store, trial, computers)
  local row = store:one("checkpoint", { trial = trial })
  return { epoch = row.epoch, bits = row.bits, computer = computers[row.computer] }
end

-- What a list says of a trial that a search proposed.
local function proposed(store, trial)
  local of = store:one("trial", { trial = trial })
  return { dataset_key = of.dataset_key, fold = of.fold, seed = of.seed, config_key = of.config_key, loss = of.loss,
    parameters = of.parameters, model = of.model, train = of.train, search = of.search, pause = of.pause }
end

-- The trials to be done: { key, said = what a list says of it beside the key, trial = its id if it has a checkpoint } each.
function M.trials(study, store)
  local pending, stand, computers, out = {}, {}, {}, {}
  for row in store:rows "to_do" do pending[row.trial] = not row.paused or nil end
  for row in store:rows "checkpoints" do stand[row.trial] = true end
  for row in store:rows "all_computers" do computers[row.id], row.id = row, nil end
  for row in store:rows "trial_keys" do
    if pending[row.id] then
      local said = study.search and proposed(store, row.id) or {}
      if stand[row.id] then said.from = checkpoint_of(store, row.id, computers) end
      out[#out + 1] = { key = row.key, said = said, trial = stand[row.id] and row.id }
    end
  end
  return out
end

-- Nothing of a round is left: lets the study's searches go on, if the plan is still the one that was written last. Gives "advanced"
-- if there is anything new, "done" if all have come to their end, else "open".
function M.advance(study, store, planned)
  if not study.search then return "done" end
  return store:transaction(function()
    local of = { study = planned.study }
    local now = store:one("plan_of", of)
    if now and now.plan_sha256 == planned.plan and rounds.advance(study, store, planned.study) then return "advanced" end
    return store:one("searching", of).count > 0 and "open" or "done"
  end)
end

return M
