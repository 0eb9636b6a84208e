-- What becomes of trials that pause until those they are compared with have come as far (study/rungs.lua): they go on, or are
-- pruned. self: what study/rounds.lua has read of the study's searches.
local check = require "losslab.check"
local rungs = require "losslab.study.rungs"

local M = {}

-- ---- values ----

-- Higher is better.
function M.signed(self, value) return self.study.metric.higher_is_better and value or -value end

-- The best value of a trial after so many epochs, or nil.
local function best_until(self, row, epoch)
  local curve = self.curves[row.trial]
  if not curve then
    curve = {}
    for each in self.store:rows("validation", { study = self.id, trial = row.trial }) do curve[#curve + 1] = each end
    self.curves[row.trial] = curve
  end
  local best
  for _, each in ipairs(curve) do
    if each.epoch > epoch then break end
    local value = check.finite(each.value) and M.signed(self, each.value)
    if value and (not best or value > best) then best = value end
  end
  return best
end

-- The mean over a configuration's trials of value(row), in the study's order; nil if one has none.
function M.mean(runs, value)
  local sum = 0
  for _, row in ipairs(runs) do
    local each = value(row)
    if not each then return nil end
    sum = sum + each
  end
  return #runs > 0 and sum / #runs or nil
end

-- The mean of the best values after so many epochs; nil if a trial was lost.
local function value_at(self, runs, epoch)
  return M.mean(runs, function(row)
    return row.status ~= "diverged" and row.status ~= "failed" and best_until(self, row, epoch) or nil
  end)
end

-- ---- trials that pause ----

-- The configurations of each round of a group that its search may end early, in their places, as lists of trials. It is the last
-- round that pauses, unless a trial that failed is tried again.
local function competing(group)
  local out = {}
  for round = 1, group.round do out[round] = {} end
  for _, row in ipairs(group.proposals) do
    if row.made_by ~= "start" and not row.again then table.insert(out[row.round], group.runs[row.config]) end
  end
  return out
end

-- Lets the trials of a configuration that wait at a rung go on to the next, or prunes them. One that was pruned here in another run
-- of this search, and goes on now, begins anew.
local function settle(self, runs, rung, goes_on, steps)
  for _, row in ipairs(runs) do
    local there = row.status == "pending" and row.paused == rung
    if there and not goes_on then
      self.store:run("prune", { trial = row.trial })
      self.store:run("delete_checkpoint", { trial = row.trial })
      self.pruned = self.pruned + 1
    elseif goes_on and (there or row.status == "pruned" and row.pruned_epoch == rung) then
      if not there then self.store:reset(row.trial) end
      self.store:run("set_pause", { trial = row.trial, pause = rungs.after(steps, rung) })
      self.resumed = self.resumed + 1
    end
  end
end

-- The lowest rung at which a trial of the lists waits, or nil; whether others are still on their way to it.
local function at_rung(list)
  local rung, on_the_way
  for _, runs in ipairs(list) do
    for _, row in ipairs(runs) do
      if row.status == "pending" and row.paused then rung = math.min(rung or math.maxinteger, row.paused) end
    end
  end
  if not rung then return nil end
  for _, runs in ipairs(list) do
    for _, row in ipairs(runs) do
      local moves = row.status == "running" or row.status == "pending" and not row.paused
      if moves and row.pause and row.pause <= rung then on_the_way = true end
    end
  end
  return rung, on_the_way
end

local function halve(self, list, steps)
  local rung, on_the_way = at_rung(list)
  if not rung or on_the_way then return end
  local entered = {}
  for _, runs in ipairs(list) do
    local gone = false
    for _, row in ipairs(runs) do gone = gone or row.status == "pruned" and row.pruned_epoch < rung end
    if not gone then entered[#entered + 1] = { runs = runs, value = value_at(self, runs, rung) } end
  end
  local on = rungs.halve(self.study.search.prune, entered)
  for _, each in ipairs(entered) do settle(self, each.runs, rung, on[each], steps) end
end

-- The configurations of a group that were trained in full, of the rounds before one.
function M.finished_before(group, round)
  local out = {}
  for _, row in ipairs(group.proposals) do
    local runs, all = group.runs[row.config], row.round < round and not row.again
    for _, each in ipairs(all and runs or {}) do all = all and each.status == "done" and each.value ~= nil end
    if all then out[#out + 1] = runs end
  end
  return out
end

local function compare_with_median(self, group, round, list, steps)
  local finished, medians = nil, {}
  for _, runs in ipairs(list) do
    local rung, on_the_way = at_rung { runs }
    if rung and not on_the_way then
      finished = finished or M.finished_before(group, round)
      if medians[rung] == nil then
        local values = {}
        for _, each in ipairs(finished) do values[#values + 1] = value_at(self, each, rung) end
        medians[rung] = rungs.median(values) or false
      end
      local value = value_at(self, runs, rung)
      settle(self, runs, rung, not medians[rung] or value ~= nil and value >= medians[rung], steps)
    end
  end
end

-- Decides what can be decided of trials that pause.
function M.decide(self)
  local prune = self.study.search.prune
  for _, group in ipairs(prune and self.groups or {}) do
    for round, list in ipairs(competing(group)) do
      local steps = rungs.of_round(prune, round)
      if prune.method == "median" then compare_with_median(self, group, round, list, steps) else halve(self, list, steps) end
    end
  end
end

return M
