-- How a study stands while it is under way: what `losslab watch` and `losslab serve` show, as plain data. It is read from the
-- database alone. Nothing of a test part is in it: what is best so far is so on validation, and a look at it is none at the answer.
--
--   overview.read(store [, now [, shards]])   of the study that the store shows; now: seconds since 1970, of which the time left
--                                  depends; shards: trials that shards have done and that are not merged, by the study's name
--   overview.seconds(stamp)        a moment of a database as such seconds; nil for none
--
-- { study, question, metric, goal, precision,
--   state = "finished", "running", "stopped" (work is left, and nobody is at it),
--   trials = { total, done, diverged, failed, pruned, running, pending, lacking, ended },
--   rate = trials a second and left = seconds [of those who run it now],
--   began, ended = moments as the database has them, seconds = of computing in all,
--   runners = { { host, process, trials, begun, beat } },
--   groups = { { dataset, loss, total, done, diverged, failed, pruned, running, pending, seconds_mean,
--                best = { config, words, n, lost, open, mean, sd }, leads = true where it is the data set's best } },
--   elsewhere = trials that shards have done [where there are shards],
--   searches = { { dataset, loss, fold, rounds, configs, ended } },
--   lost = { { dataset, loss, status, why, n, first, last } },
--   running = { { trial, dataset, loss, words, host, started } },
--   recent = { { trial, dataset, loss, words, fold, seed, status, seconds, valid, epoch, curve = { values } } } }
--
-- A mean is that of a configuration's finished runs: the best of a loss is chosen as everywhere (results/choice.lua), by fewer lost
-- runs, then by the mean on validation.
local json = require "losslab.json"
local results_of = require "losslab.results.reading"

local overview = {}

-- How many of each are shown; how far back the rate looks, in seconds.
local MOST_LOST, MOST_RUNNING, MOST_RECENT, WINDOW = 12, 12, 8, 600

-- ---- moments -------------------------------------------------------------------------------------------------------------------

-- Days since 1970 of a date of the Gregorian calendar.
local function days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
end

function overview.seconds(stamp)
  if type(stamp) ~= "string" then return nil end
  local year, month, day, hour, minute, second = stamp:match "^(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):([%d.]+)Z$"
  second = tonumber(second)
  if not second then return nil end
  return days(math.tointeger(year), math.tointeger(month), math.tointeger(day)) * 86400 + hour * 3600 + minute * 60 + second
end

-- As a moment of a database begins: it goes before every moment of that second, with its fraction or without.
local function stamp_of(seconds) return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(seconds)) end

-- ---- counts --------------------------------------------------------------------------------------------------------------------

local STATUSES = { "done", "diverged", "failed", "pruned", "running", "pending" }

local function counts(more)
  local out = more or {}
  out.total = 0
  for _, status in ipairs(STATUSES) do out[status] = 0 end
  return out
end

-- The groups in the study's order, and all together.
local function tallied(store)
  local groups, by, all = json.array {}, {}, counts { lacking = 0, seconds = 0.0, timed = 0 }
  for row in store:rows "tallied" do
    local key = row.dataset .. "\0" .. row.loss
    local group = by[key]
    if not group then
      group = counts { dataset = row.dataset, loss = row.loss, seconds = 0.0, timed = 0 }
      groups[#groups + 1], by[key] = group, group
    end
    for _, to in ipairs { group, all } do
      to.total = to.total + row.n
      to[row.status] = (to[row.status] or 0) + row.n
      to.seconds, to.timed = to.seconds + (row.seconds or 0), to.timed + row.timed
    end
    all.lacking = all.lacking + row.lacking
    if row.began and (not all.first or row.began < all.first) then all.first = row.began end
    if row.ended and (not all.last or row.ended > all.last) then all.last = row.ended end
  end
  all.ended = all.total - all.running - all.pending
  return groups, all
end

-- ---- what is best so far -------------------------------------------------------------------------------------------------------

local function goes_before(sign, row, other)
  if not other then return true end
  if row.lost ~= other.lost then return row.lost < other.lost end
  if row.valid_mean ~= other.valid_mean then return sign * row.valid_mean > sign * other.valid_mean end
  return row.config < other.config
end

-- Sets best of each group, and leads of the best one of a data set.
local function choose(results, groups)
  local best, leader = {}, {}
  for _, dataset in ipairs(results.datasets) do
    for _, row in ipairs(dataset.summary) do
      if row.valid_mean and (row.pruned or 0) == 0 then
        local key = row.dataset .. "\0" .. row.loss
        if goes_before(results.sign, row, best[key]) then best[key] = row end
        if goes_before(results.sign, row, leader[row.dataset]) then leader[row.dataset] = row end
      end
    end
  end
  for _, group in ipairs(groups) do
    local row = best[group.dataset .. "\0" .. group.loss]
    if row then
      group.best = { config = row.config, words = results:describe(row.config, true), n = row.n, lost = row.lost, open = row.open,
        mean = row.valid_mean, sd = row.valid_sd }
      group.leads = leader[group.dataset] == row or nil
    end
  end
end

-- ---- how fast ------------------------------------------------------------------------------------------------------------------

-- Seconds of computing that are left: what trials of a group have taken so far is what the others of it will, or else those of all.
-- One under way is half done.
local function work_left(groups, all)
  local mean, left = all.timed > 0 and all.seconds / all.timed or nil, 0.0
  for _, group in ipairs(groups) do
    local each = group.timed > 0 and group.seconds / group.timed or mean
    local open = group.pending + 0.5 * group.running
    if open > 0 and not each then return nil end
    left = left + open * (each or 0)
  end
  return left
end

-- rate and left of those who run the study now: since the first of them began, or for the last ten minutes.
local function speed(self, store, groups, all, now)
  local since
  for _, runner in ipairs(self.runners) do
    local begun = overview.seconds(runner.begun)
    if begun and (not since or begun < since) then since = begun end
  end
  if not since then return end
  since = math.max(since, now - WINDOW)
  local row, span = store:one("ended_since", { since = stamp_of(since) }), math.max(now - since, 1)
  if row.n == 0 then return end
  self.rate = row.n / span
  local work = work_left(groups, all)
  if work and row.seconds > 0 then self.left = work * span / row.seconds end
end

-- ---- all of it -----------------------------------------------------------------------------------------------------------------

local function rows(store, name, values)
  local out = json.array {}
  for row in store:rows(name, values) do out[#out + 1] = row end
  return out
end

local function recent(store, study, words_of)
  local out = rows(store, "ended_last", { most = MOST_RECENT })
  for _, row in ipairs(out) do
    row.words, row.epoch, row.curve = words_of(row.config), row.best_epoch, json.array {}
    row.best_epoch = nil
    for each in store:rows("validation", { study = study, trial = row.trial }) do
      row.curve[#row.curve + 1] = each.value -- one that is no number is left out
    end
  end
  return out
end

function overview.read(store, now, shards)
  now = now or os.time()
  local results = results_of.read(store)
  local row = results.study
  local groups, all = tallied(store)
  local function words_of(config) return results.configs[config] and results:describe(config, true) or "-" end
  local self = { study = row.name, question = row.question, metric = row.metric, goal = row.goal, precision = row.precision,
    began = all.first, ended = all.last, seconds = all.seconds, groups = groups, runners = json.array {},
    searches = rows(store, "searches", { study = row.id }), lost = rows(store, "lost_causes", { most = MOST_LOST }),
    running = rows(store, "under_way", { most = MOST_RUNNING }), recent = recent(store, row.id, words_of) }
  for each in store:rows "runners" do
    self.runners[#self.runners + 1] = { host = each.host, process = each.process, trials = each.trials, begun = each.begun,
      beat = each.beat }
  end
  for _, each in ipairs(self.running) do each.words = words_of(each.config) end
  local searching = 0
  for _, each in ipairs(self.searches) do
    if not each.ended then searching = searching + 1 end
    each.space, each.dataset_id, each.proposals = nil, nil, nil
  end
  choose(results, groups)
  local open = all.running + all.pending + all.lacking + searching
  self.elsewhere = open > 0 and shards and shards[row.name] or nil
  self.state = open == 0 and "finished" or (#self.runners > 0 or self.elsewhere) and "running" or "stopped"
  if open > 0 then speed(self, store, groups, all, now) end
  for _, group in ipairs(groups) do
    group.seconds_mean = group.timed > 0 and group.seconds / group.timed or nil
    group.seconds, group.timed = nil, nil
  end
  self.trials = { lacking = all.lacking, ended = all.ended, total = all.total }
  for _, status in ipairs(STATUSES) do self.trials[status] = all[status] end
  return self
end

return overview
