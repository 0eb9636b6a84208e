-- A worker: claims pending trials of its study, those with the lowest ids, computes them, and writes what it has of them and
-- claims the next in one transaction, until none is left. Trials of milliseconds go several to a transaction, since what one
-- costs is its commit. If a worker is killed, the trials in its hands have left no rows and are claimed again; a long one leaves
-- checkpoints, from which it goes on.
local ll = require "losslab"
local check = require "losslab.check"
local code = require "losslab.study.code"
local complete = require "losslab.run.complete"
local computer = require "losslab.run.computer"
local configs_of = require "losslab.study.configs"
local cuts = require "losslab.study.cuts"
local keys = require "losslab.study.keys"
local network = require "losslab.run.network"
local options = require "losslab.study.options"
local records = require "losslab.study.records"
local rounds = require "losslab.study.rounds"
local rows_of = require "losslab.run.rows"
local text = require "losslab.text"

local M = {}

-- Seconds to wait for another's lock: a reader that draws or exports may hold up all who write for a while.
M.PATIENCE = 3600
-- Seconds of work in a transaction, where trials are shorter; trials that are claimed at once; seconds between two checkpoints; and
-- LONG spans are waited for the end of a trial before those that are done are written without it.
local LONG = 10
local SPAN, MOST = tonumber(os.getenv "LOSSLAB_SPAN" or "") or 0.2, 256
local CHECKPOINT = tonumber(os.getenv "LOSSLAB_CHECKPOINT" or "") or 30

-- Keeps the parts of the last cut, which consecutive trials mostly share.
local function cached(study)
  local key, parts
  return function(dataset, seed, fold)
    local wanted = string.format("%d %d %d", dataset.id, seed, fold)
    if key ~= wanted then
      key, parts = wanted, nil
      if dataset.set.rows >= cuts.MANY then collectgarbage() end -- those of before
      parts = cuts.parts(study, dataset, seed, fold)
    end
    return parts
  end
end

-- The study's data sets and configurations by their keys. What a search proposed is known from the rows of its trials.
local function by_key(study)
  local sets, configs = {}, {}
  for _, dataset in ipairs(cuts.datasets(study)) do
    dataset.key = dataset.key or keys.dataset(dataset)
    sets[dataset.key] = dataset
  end
  for _, config in ipairs(study.configs) do configs[config.key] = config end
  return sets, configs
end

local function known_config(study, configs, row)
  if study.search and not configs[row.config_key] then
    local fine, config = pcall(configs_of.of_row, study, row)
    configs[row.config_key] = fine and config or nil
  end
  return configs[row.config_key]
end

local LARGEST = 1 << 53

-- What a damaged database says of a trial is refused by its name, before anything is computed of it. row: nil where the trial's
-- data set or configuration is not there.
local function check_row(study, path, id, row, sets, configs)
  local function damaged(...) check.fail("%s: trial %d cannot be run: %s", path, id, string.format(...)) end
  if not row then damaged "its data set or its configuration is not in the database" end
  if id < 1 or id > LARGEST then damaged "ids are from 1 to 2^53" end
  for _, name in ipairs { "fold", "seed", "number" } do
    local value = row[name]
    if math.type(value) ~= "integer" or value < 0 or value > LARGEST then damaged("its %s is %s", name, check.show(value)) end
  end
  local folds = options.cuts(study.split)
  if row.fold < 1 or row.fold > folds then damaged("its fold is %d, and the study has %d", row.fold, folds) end
  if not sets[row.dataset_key] then damaged("its data set, number %s, is none of the study's", check.show(row.dataset_id)) end
  if not known_config(study, configs, row) then
    damaged("its configuration, number %s, is none of the study's", check.show(row.config))
  end
end

-- What a worker says of a trial, and what its parent makes of it: "begun", or how it ended; of one that it completes what
-- run/complete.lua says, a reason in place of the data set. Numbers go as their bytes: no name, whatever it holds, and no locale
-- of a study's own code has a part in it.
local MESSAGE = "zjdBns4s4z"
local NAME = 200 -- letters of a name, of which a message takes no more than some
function M.pack(status, trial, cost, best, row)
  return string.pack(MESSAGE, status, trial, cost, best and 1 or 0, best or 0, text.shorten(row and row.dataset or "", NAME),
    text.shorten(row and row.loss or "", NAME), row and row.config_key or "")
end
function M.unpack(message)
  local status, trial, cost, has, best, dataset, loss, key = string.unpack(MESSAGE, message)
  return { status = status, trial = trial, cost = cost, best = has == 1 and best or nil, dataset = dataset, loss = loss,
    config = { key = key } }
end

-- What a trial costs beside others: rows × epochs.
function M.cost(study, dataset, config)
  return dataset and config and (dataset.set.rows + 1000) * (study.trial and 1 or config.train.epochs) or 0
end

local Worker = {}
Worker.__index = Worker

-- The configuration of a trial's row; nil if it is none of the study's.
function Worker:config_of(row) return known_config(self.study, self.configs, row) end

-- Takes up to so many trials into the worker's hands; inside a transaction. None if another run has planned a newer version of the
-- study meanwhile: what that asks for may be nothing of this one's.
function Worker:claim(count)
  local now = self.store:one("plan_of", { study = self.study_id })
  if now and now.plan_sha256 ~= self.plan then return end
  self:take(count)
  if #self.claimed > 0 or not self.study.search or self.part then return end
  local advanced = rounds.advance(self.study, self.store, self.study_id) -- nothing is left of this round
  if not advanced then return end
  self.advanced = { M.pack("advanced", advanced.pruned, 0, advanced.trials) }
  self:take(1)
end

function Worker:take(count)
  for _, id in ipairs(self.store:claim(self.study_id, self.runner, count)) do
    local from = self.store:one("checkpoint", { trial = id })
    local row = self.store:one("trial", { trial = id })
    if from and from.computer ~= self.computer and not computer.portable(from) then from = nil end -- the last digits may be others
    -- Of another file: it is to pause after that epoch, with its rows.
    if from and row and row.pause and from.epoch >= row.pause then from = nil end
    table.insert(self.claimed, { id = id, row = row, state = from and from.state, from = from and from.epoch,
      tied = from and from.bits ~= "portable" })
  end
end

-- How many trials to claim next: so many as take SPAN seconds by the last ones, and no more than leave enough for the others.
function Worker:next_count()
  if not self.mean or self.mean * 2 > SPAN then return 1 end
  local left = self.store:one("pending_some", { study = self.study_id, most = 2 * MOST * self.jobs }).count
  return math.max(1, math.min(math.floor(SPAN / math.max(self.mean, 1e-4)), MOST, left // (2 * self.jobs)))
end

-- Writes what is ready, and claims more unless it is to stop; in one transaction.
function Worker:flush(stop)
  local store, told = self.store, {}
  store:transaction(function()
    for _, each in ipairs(self.ready) do
      if each.paused_at then store:run("save_checkpoint", each.paused_at) end
      local written, best = rows_of.write(store, each.id, each.result, self.runner, each.row.search ~= "")
      if written then
        store:run("computed", { trial = each.id, computer = self.computer, bits = each.bits })
        if each.result.status ~= "paused" then complete.settle(store, each.id, self.records, each.result.status) end
        told[#told + 1] = M.pack(each.result.status, each.id, each.cost, best, each.row)
      elseif self.lost[each.id] then
        check.fail("%s: trial %d is pending again and again, though its worker has claimed it: the database is damaged",
          self.path, each.id)
      else
        self.lost[each.id] = true
      end
    end
    if stop then
      for _, each in ipairs(self.claimed) do store:run("unclaim", { trial = each.id, runner = self.runner }) end
      self.claimed = {}
    elseif #self.claimed == 0 then
      self:claim(self:next_count())
    end
  end)
  self.ready, self.since = {}, ll.system.clock()
  for _, message in ipairs(told) do self.send(message) end
  for _, message in ipairs(self.advanced or {}) do self.send(message) end
  self.advanced = nil
end

-- What a trial is asked after each of its epochs.
function Worker:hooks(each)
  local saved = ll.system.clock()
  each.epoch = each.state and each.from or 0
  return {
    state = each.state,
    tied = each.tied,
    epoch_ended = function(take, tied)
      each.epoch = each.epoch + 1
      local stop, pause = ll.process.asked(), each.row.pause and each.epoch >= each.row.pause
      -- A long trial behind short ones, which wait to be written with it: they are written now, and others may do the rest.
      if #self.ready > 0 and ll.system.clock() - self.since >= LONG * SPAN then self:flush "give the rest back" end
      if take and (stop or pause or ll.system.clock() - saved >= CHECKPOINT) then
        local state = take() -- nil if there is no memory for it: then the trial goes on without
        local row = state and { trial = each.id, epoch = each.epoch, computer = self.computer, bits = computer.bits(tied),
          state = state, runner = self.runner }
        if pause then each.paused_at = row elseif row then self.store:run("save_checkpoint", row) end
        saved = ll.system.clock()
      end
      return pause and "pause" or stop and "stop" or nil
    end,
  }
end

function Worker:compute(each)
  local row = each.row
  check_row(self.study, self.path, each.id, row, self.sets, self.configs)
  local dataset, config = self.sets[row.dataset_key], self.configs[row.config_key]
  each.cost = M.cost(self.study, dataset, config)
  self.send(M.pack("begun", each.id, each.cost))
  local function run() return network.run(self.study, config, self.parts(dataset, row.seed, row.fold), row.number,
    self:hooks(each)) end
  each.result = run()
  if each.result.status == "refused" then -- the checkpoint is damaged, or another version's: from the beginning
    each.state, each.tied = nil, nil
    each.result = run()
  end
  each.bits = computer.bits(each.result.tied, code.libm(self.study, config))
  if each.result.status == "failed" then collectgarbage() end -- what filled the memory must not prevent the record of the failure
end

-- What a trial leaves behind is small beside the modules, which every collection walks through: it is done less often here.
local PAUSE = 1000

-- send(message): tells the parent of each trial that begins or ended. lock: this process's copy of the hold on the file, which
-- says whether the file at the path is the study's. who: { study = id, plan, runner = id, jobs, part (run/watch.lua) }. Raises
-- what stops a worker: the store's own errors.
function M.work(study, path, send, lock, who)
  collectgarbage("setpause", PAUSE)
  lock:check()
  local store <close> = ll.store.open(path, { mode = "write", timeout = M.PATIENCE })
  lock:check()
  lock:close()
  local sets, configs = by_key(study)
  local self = setmetatable({ study = study, path = path, send = send, store = store, sets = sets, configs = configs,
    study_id = who.study, plan = who.plan, runner = who.runner, jobs = who.jobs, part = who.part, parts = cached(study),
    records = records.of(study), claimed = {}, ready = {}, lost = {},
    since = ll.system.clock() }, Worker)
  store:transaction(function()
    self.computer = computer.record(store)
    self:claim(1)
  end)
  for _, message in ipairs(self.advanced or {}) do send(message) end
  self.advanced = nil
  while #self.claimed > 0 do
    local each, began = table.remove(self.claimed, 1), ll.system.clock()
    self:compute(each)
    local now = ll.system.clock()
    local took = now - began
    self.mean = self.mean and 0.7 * self.mean + 0.3 * took or took
    local stop = ll.process.asked()
    if each.result.status == "stopped" then store:run("unclaim", { trial = each.id, runner = self.runner })
    else table.insert(self.ready, each) end
    if stop or #self.claimed == 0 or now - self.since >= SPAN then
      if #self.claimed > 0 and took > SPAN then -- they take longer than was thought: another may do them meanwhile
        for _, other in ipairs(self.claimed) do store:run("unclaim", { trial = other.id, runner = self.runner }) end
        self.claimed = {}
      end
      self:flush(stop)
    end
  end
  if not ll.process.asked() then
    complete.work(self, function(status, trial, words, loss)
      send(M.pack(status, trial, 0, nil, { dataset = words, loss = loss }))
    end)
  end
end

return M
