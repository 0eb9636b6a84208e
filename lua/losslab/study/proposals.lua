-- What the searches of a study propose next: so many configurations as their budget leaves, from what those before gave.
-- self: what study/rounds.lua has read of the study's searches.
local check = require "losslab.check"
local configs = require "losslab.study.configs"
local json = require "losslab.json"
local pausing = require "losslab.study.pausing"
local rungs = require "losslab.study.rungs"
local searching = require "losslab.study.searching"

local M = {}

-- What a searcher is told of a configuration: its value, nil if a trial was lost, and after how many epochs it was pruned.
local function outcome(self, runs)
  local pruned_at
  for _, row in ipairs(runs) do
    if row.status == "pruned" then pruned_at = math.min(pruned_at or math.maxinteger, row.pruned_epoch) end
  end
  return pausing.mean(runs, function(row)
    local ended = row.status == "done" or row.status == "pruned"
    return ended and check.finite(row.value) and pausing.signed(self, row.value) or nil
  end), pruned_at
end

-- ---- the budget ----

-- On how many cuts a group's configurations are run.
local function runs_of(self, group)
  local count = 0
  for _, cut in ipairs(self.cuts) do count = count + (self:has(group, cut) and 1 or 0) end
  return count
end

-- How many epochs the trials of a group have trained.
local function epochs_of(self, group)
  if not self.epochs then
    self.epochs = {}
    for row in self.store:rows("searched_epochs", { study = self.id }) do self.epochs[row.trial] = row.epochs end
  end
  local sum = 0
  for _, runs in pairs(group.runs) do
    for _, row in ipairs(runs) do sum = sum + (self.epochs[row.trial] or 0) end
  end
  return sum
end

-- A share of the budget: each fold that searches by itself has its part.
local function share(study, amount)
  return study.search.by == "fold" and study.split.folds and amount / study.split.folds or amount
end

-- How many configurations a group's next round has at most; and the epochs that are left to them, where those are counted.
local function room(self, group)
  local search, round = self.study.search, group.round + 1
  local _, size = rungs.of_round(search.prune, round)
  local count, budget = size or search.at_once, search.budget
  if budget.trials then return math.min(count, budget.trials - #group.proposals) end
  if budget.seconds then return group.seconds < share(self.study, budget.seconds) and count or 0 end
  local left, runs = share(self.study, budget.epochs) // 1 | 0, runs_of(self, group)
  left = left - epochs_of(self, group)
  local own = search.spaces[group.loss]
  local first = round == 1 and own.start and 1 or 0
  local start = first == 1 and searching.epochs_in_full(search, own.start.config) * runs or 0
  while search.prune and count > 0 do
    local rest = count - first
    if start + (rest > 0 and rungs.cost(search.prune, round, rest, runs) or 0) <= left then break end
    count = count - 1
  end
  return count, left
end

-- ---- proposals ----

-- What a searcher is told of all that was proposed.
local function history_of(self, group)
  local out = {}
  for i, row in ipairs(group.proposals) do
    local value, pruned_at = outcome(self, group.runs[row.config])
    out[i] = { point = json.decode(row.point), value = value, pruned_at = pruned_at }
  end
  return out
end

-- The configurations of a group's next round, { config, point, made_by, pause } each; or none, and why.
function M.next(self, group)
  local study = self.study
  local search, own = study.search, study.search.spaces[group.loss]
  local count, left = room(self, group)
  if count <= 0 then return {}, "budget" end
  local out, history = {}, history_of(self, group)
  local function add(config, point, made_by, pause)
    if left then
      left = left - (search.prune and 0 or searching.epochs_in_full(search, config) * runs_of(self, group))
      if left < 0 then return false end
    end
    out[#out + 1] = { config = config, point = point, made_by = made_by, pause = pause }
    return true
  end
  if group.round == 0 and own.start then
    if not add(own.start.config, own.start.point, "start") then return {}, "budget" end
    history[1], count = { point = own.start.point }, count - 1
  end
  local pause = rungs.of_round(search.prune, group.round + 1)[1]
  if search.prune and search.prune.method == "median" then
    if #pausing.finished_before(group, group.round + 1) < search.prune.startup then pause = nil end
  end
  local points = count > 0 and searching.searcher(study, own, group.dataset, group.fold):propose(history, count) or {}
  for _, point in ipairs(points) do
    local fine, config = pcall(configs.at, study, own.loss, point)
    if not fine then
      check.fail("search: %s, %s is no configuration: %s", group.loss, json.encode(point), check.plain(config))
    end
    if not add(config, point, search.method, pause) then break end
  end
  if #out == 0 then return out, #points == 0 and count > 0 and "space" or "budget" end
  return out
end

return M
