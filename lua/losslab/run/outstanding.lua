-- What of a study is outstanding, for who hands it to others (run/submit.lua): the trials to be done, each with all that a task is
-- to be told of it, and, once there are none, how the study's searches go on. What others have in hand is theirs.
local rounds = require "losslab.study.rounds"

local M = {}

-- Where a trial stands, for a list of run/shards.lua; computers: by id. nil if another run has just ended it.
local function checkpoint_of(store, trial, computers)
  local row = store:one("checkpoint", { trial = trial })
  local by = row and computers[row.computer]
  return by and { epoch = row.epoch, bits = row.bits, computer = by }
end

-- What a list says of a trial that a search proposed.
local function proposed(store, trial)
  local of = store:one("trial", { trial = trial })
  return { dataset_key = of.dataset_key, fold = of.fold, seed = of.seed, config_key = of.config_key, loss = of.loss,
    parameters = of.parameters, model = of.model, train = of.train, search = of.search, pause = of.pause }
end

-- Whether another process has written another plan of the study.
local function is_changed(store, planned)
  local now = store:one("plan_of", { study = planned.study })
  return now and now.plan_sha256 ~= planned.plan
end

-- The trials to be done: { key, said = what a list says of it beside the key, trial = its id if it has a checkpoint } each. nil if
-- the study is another than was planned.
function M.trials(study, store, planned)
  if is_changed(store, planned) then return nil end
  local pending, stand, computers, out = {}, {}, {}, {}
  for row in store:rows "to_do" do pending[row.trial] = not row.paused or nil end
  for row in store:rows "checkpoints" do stand[row.trial] = true end
  for row in store:rows "all_computers" do computers[row.id], row.id = row, nil end
  for row in store:rows "trial_keys" do
    if pending[row.id] then
      local said = study.search and proposed(store, row.id) or {}
      if stand[row.id] then said.from = checkpoint_of(store, row.id, computers) end
      out[#out + 1] = { key = row.key, said = said, trial = said.from and row.id }
    end
  end
  return out
end

-- Nothing of a round is left: lets the study's searches go on. Gives "advanced" if there is anything new, "done" if all have come
-- to their end, else "open"; "changed" if another plan was written meanwhile.
function M.advance(study, store, planned)
  if not study.search then return "done" end
  return store:transaction(function()
    if is_changed(store, planned) then return "changed" end
    if rounds.advance(study, store, planned.study) then return "advanced" end
    return store:one("searching", { study = planned.study }).count > 0 and "open" or "done"
  end)
end

return M
