-- A study's searches, round by round. A round is proposed when all trials of the rounds before have ended, those of all losses
-- and data sets, in one transaction, by whichever process comes first: what is proposed depends on what is in the database alone,
-- and so do the ids of what is written. Trials that a search may end early pause in their round until those they are compared with
-- are as far (study/pausing.lua); then some go on, and the others are pruned.
local code = require "losslab.study.code"
local json = require "losslab.json"
local keys = require "losslab.study.keys"
local pausing = require "losslab.study.pausing"
local proposals = require "losslab.study.proposals"
local searching = require "losslab.study.searching"
local writer_of = require "losslab.study.writer"

local M = {}

local Rounds = {}
Rounds.__index = Rounds

-- ---- what there is ----

-- The fold by which a search goes that has a trial's fold: 0 where one search is of all.
local function fold_of(study, fold)
  return study.search.by == "fold" and (fold - 1) // (study.split.inner or 1) + 1 or 0
end

local function name_of(dataset_id, loss, fold) return string.format("%d\0%s\0%d", dataset_id, loss, fold) end

-- Everything of the study's searches: groups, each { dataset_id, dataset, loss, fold, ended, proposals, round, runs = rows of
-- trials by configuration }.
function Rounds:read()
  local of = { study = self.id }
  self.groups, self.by_name, self.wanted, self.place, self.curves = {}, {}, {}, 0, {}
  for row in self.store:rows("searches", of) do
    local group = { dataset_id = row.dataset_id, dataset = row.dataset, loss = row.loss, fold = row.fold, ended = row.ended,
      proposals = {}, round = 0, runs = {}, seconds = 0 }
    self.groups[#self.groups + 1] = group
    self.by_name[name_of(row.dataset_id, row.loss, row.fold)] = group
  end
  for row in self.store:rows("proposals", of) do
    local group = self.by_name[name_of(row.dataset_id, row.loss, row.fold)]
    group.proposals[#group.proposals + 1], group.round = row, row.round
    row.again = group.runs[row.config] ~= nil -- proposed before
    group.runs[row.config] = group.runs[row.config] or {}
  end
  for row in self.store:rows("searched", of) do
    self.wanted[row.trial], self.place = row, math.max(self.place, row.place)
    local group = self.by_name[name_of(row.dataset_id, row.loss, fold_of(self.study, row.fold))]
    local runs = group and group.runs[row.config]
    if runs then
      runs[#runs + 1] = row
      group.seconds = group.seconds + (row.seconds or 0)
    end
  end
end

-- Whether a cut is among those that a group's configurations are run on.
function Rounds:has(group, cut)
  return group.dataset_id == cut.dataset_id and group.fold == fold_of(self.study, cut.fold)
end

local function is_open(row)
  return row.status == "pending" or row.status == "running" or row.status == "done" and not row.value and row.lacks
end

-- ---- writing ----

-- A trial of a configuration on a cut: found or made, and wanted.
function Rounds:want(group, cut, each)
  local study, store, writer = self.study, self.store, self.writer
  local of = { dataset_id = cut.dataset_id, cut_id = cut.cut_id, configuration = each.config, config_key = each.config.key,
    cut_key = cut.cut_key, fold = cut.fold, seed = cut.seed, number = cut.number, study_seed = study.seed,
    code = code.of_study(study, each.config), pause = each.pause }
  of.search = each.made_by ~= "start" and searching.hash(study, study.search.spaces[group.loss], group.round + 1, each.of) or ""
  of.key = keys.trial(of)
  local trial, new, status = writer:trial(of)
  if self.wanted[trial] then return end
  self.place = self.place + 1
  store:run("insert_wanted", { study = self.id, dataset = cut.dataset_id, config = writer:config(each.config), trial = trial,
    place = self.place })
  self.wanted[trial] = of
  self.count[new and "new" or "there"] = self.count[new and "new" or "there"] + 1
  if status == "done" or status == "diverged" or status == "pruned" then writer_of.choose(store, trial) end
end

-- Writes the next round of all groups: configurations group by group, then trials cut by cut, so that trials of one cut follow one
-- another.
function Rounds:write(proposed)
  for _, group in ipairs(self.groups) do
    for place, each in ipairs(proposed[group] or {}) do
      each.id, each.of = self.writer:config(each.config), #proposed[group]
      each.again = group.runs[each.id] ~= nil
      group.runs[each.id] = group.runs[each.id] or {}
      self.store:run("insert_proposal", { study = self.id, dataset = group.dataset_id, loss = group.loss, fold = group.fold,
        round = group.round + 1, place = place, config = each.id, point = json.encode(each.point), made_by = each.made_by,
        pause = each.pause })
    end
  end
  for _, cut in ipairs(self.cuts) do
    for _, group in ipairs(self.groups) do
      for _, each in ipairs(self:has(group, cut) and proposed[group] or {}) do
        if not each.again then self:want(group, cut, each) end
      end
    end
  end
end

-- One step: what can be decided of trials that pause; or, if all have ended, the next round of every search that has one. Whether
-- anything was changed.
function Rounds:step()
  self:read()
  local before = self.pruned + self.resumed
  pausing.decide(self)
  if self.pruned + self.resumed > before then return true end
  for _, group in ipairs(self.groups) do
    for _, runs in pairs(group.runs) do
      for _, row in ipairs(runs) do if is_open(row) then return false end end
    end
  end
  local proposed, changed = {}, false
  for _, group in ipairs(self.groups) do
    if not group.ended then
      local list, why = proposals.next(self, group)
      proposed[group], changed = list, true
      if #list == 0 then
        self.store:run("end_search", { study = self.id, dataset = group.dataset_id, loss = group.loss, fold = group.fold,
          ended = why })
      end
      self.proposed = self.proposed + #list
    end
  end
  if changed then self:write(proposed) end
  return changed
end

local function new(writer, id, list)
  return setmetatable({ study = writer.study, store = writer.store, writer = writer, id = id, cuts = list, pruned = 0, resumed = 0,
    proposed = 0, count = { new = 0, there = 0, gone = 0 } }, Rounds)
end

-- Begins the searches of a study, or begins them anew where its plan is another: they go over what the database has of them without
-- running anything again. list: the cuts, { dataset_id, dataset, cut_id, cut_key, fold, seed, number } each. Inside a transaction.
-- Gives { new, there, gone, lacking }: how many trials.
function M.begin(writer, id, list)
  local store, study, before = writer.store, writer.study, {}
  for row in store:rows("wanted_by", { study = id }) do before[#before + 1] = row end
  for _, was in ipairs(before) do
    store:run("unwant", { study = id, dataset = was.dataset, config = was.config, trial = was.trial })
  end
  store:run("delete_proposals", { study = id })
  store:run("delete_searches", { study = id })
  local made = {}
  for _, cut in ipairs(list) do
    for _, each in ipairs(study.search.spaces) do
      local fold = fold_of(study, cut.fold)
      local name = name_of(cut.dataset_id, each.loss.name, fold)
      if not made[name] then
        store:run("insert_search", { study = id, dataset = cut.dataset_id, loss = each.loss.name, fold = fold, space = each.text })
      end
      made[name] = true
    end
  end
  local self = new(writer, id, list)
  while self:step() do self.epochs = nil end
  for _, was in ipairs(before) do
    if not self.wanted[was.trial] then self.count.gone = self.count.gone + 1 end
  end
  self.count.lacking = writer.lacking
  return self.count
end

-- Carries the searches of a study on, as far as that goes without running anything. Inside a transaction. Gives { proposed =
-- configurations, pruned, resumed, trials = how many trials, the last those that are wanted now }, or nil if nothing is to be done.
function M.advance(study, store, id)
  local left = store:one("left_to_do", { study = id, most = 1 })
  local waiting = study.search.prune and store:one("waiting", { study = id }).count or 0
  local under_way = left.pending > 0 or left.running > 0
  if waiting == 0 and (under_way or store:one("searching", { study = id }).count == 0) then return nil end
  local list, script = {}, nil
  for row in store:rows("searched_cuts", { study = id }) do list[#list + 1] = row end
  for row in store:rows("scripts_of", { study = id }) do script = row.id end
  local self = new(writer_of.new(study, store, script), id, list)
  local changed = false
  while self:step() do changed, self.epochs = true, nil end
  return changed and { proposed = self.proposed, pruned = self.pruned, resumed = self.resumed,
    trials = self.count.new + self.count.there } or nil
end

return M
