-- How far a running study is, on stderr: a line that is drawn again and again on a terminal; elsewhere, in a log, lines now and
-- then, and one for each trial that fails. A run of a few seconds leaves none. The time left is estimated by cost (rows × epochs),
-- because data sets come one after the other and the large ones are slow. The best number is that of one data set, the one that the
-- trial which ended last was of: metrics of different data sets are not compared. A shard says the same in a file, for who waits.
local file = require "losslab.file"
local json = require "losslab.json"
local ll = require "losslab"
local say = require "losslab.say"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

local Progress = {}
Progress.__index = Progress

local M = {}

-- In a log: seconds until the first line; the next comes when a tenth more of the trials has ended, but not within SPACE seconds of
-- the last, and after SILENCE seconds at the latest. So many failures are told one by one.
local FIRST = tonumber(os.getenv "LOSSLAB_LINES" or "") or 5
local SPACE, SILENCE, FAILURES = 10, 300, 20
local REPORT = 2 -- seconds between two writings of the file

function M.duration(seconds)
  if seconds < 60 then return string.format("%.0f s", seconds) end
  if seconds < 3600 then return string.format("%d min %d s", seconds // 60, math.floor(seconds % 60)) end
  return string.format("%d h %d min", seconds // 3600, math.floor(seconds % 3600 // 60))
end

-- total, finished: how many trials; cost: that of the trials still to do; path [opt]: the file that says how far it is.
function M.new(study, total, finished, cost, path)
  local terminal = ll.system.terminal(2)
  local columns = not say.is_quiet() and os.getenv "TERM" ~= "dumb" and terminal or nil
  return setmetatable({ study = study, total = total, finished = finished, first = finished, ran = 0, lost = 0, cost = cost,
    paid = 0, began = ll.system.clock(), columns = columns, in_log = not terminal and not say.is_quiet(), drawn = 0, best = {},
    failures = {}, failed = 0, path = path, reported = -REPORT }, Progress)
end

-- What sets a configuration of the study apart, in words; nil where nothing does.
local function words_of(self, config)
  if not self.settings then
    local copies = {} -- of the study's own, which stay as they are
    for i, each in ipairs(self.study.configs) do
      copies[i] = { id = each.key, loss = each.loss, parameters = each.parameters, model = each.model, train = each.train }
    end
    self.settings = setting.of(copies)
  end
  local words = self.settings.configs[config.key] and self.settings:describe(config.key, true) or "-"
  return words ~= "-" and words or nil
end

local function is_words(value) return value == nil or type(value) == "string" end

-- A value on a data set, in words. each: { dataset, loss, value, config [opt], words [opt] }; better ones replace it. What else a
-- shard's file may say is passed over.
function Progress:best_is(each)
  if type(each) ~= "table" or type(each.dataset) ~= "string" or type(each.value) ~= "number" or type(each.loss) ~= "string"
    or not is_words(each.words) then return end
  local best, up = self.best[each.dataset], self.study.metric.higher_is_better
  if not best or (up and each.value > best.value) or (not up and each.value < best.value) then
    self.best[each.dataset] = { value = each.value, loss = each.loss, config = each.config, words = each.words }
    self.last = self.ran == 0 and each.dataset or self.last
  end
end

-- One more trial ended. message: status, cost, dataset, loss, best (the metric on validation at its best epoch), config [opt], a
-- table with the key of one of study.configs.
function Progress:add(message)
  self.finished, self.ran, self.paid = self.finished + 1, self.ran + 1, self.paid + message.cost
  if message.status ~= "done" and message.status ~= "pruned" then self.lost = self.lost + 1 end
  if message.status == "failed" then
    self.failed = self.failed + 1
    if self.failed <= FAILURES then table.insert(self.failures, { of = message, last = self.failed == FAILURES }) end
  end
  if not message.best then return end
  self:best_is { dataset = message.dataset, loss = message.loss, value = message.best, config = message.config }
  self.last = message.dataset
end

-- A search ended so many trials that paused, and wants so many more, which were not counted where its budget is no number of them.
function Progress:advanced(pruned, more)
  self.finished, self.ran = self.finished + pruned, self.ran + pruned
  if not self.study.search.budget.trials then self.total = self.total + more end
end

-- What reached the best value of a data set.
function Progress:words_of_best(best)
  best.words = best.words or table.concat({ best.loss, best.config and words_of(self, best.config) }, ", ")
  return best.words
end

function Progress:text()
  local elapsed = ll.system.clock() - self.began
  local parts = { self.study.name, string.format("%d/%d trials", self.finished, self.total),
    string.format("%.0f %%", self.total > 0 and 100 * self.finished / self.total or 100) }
  local ran = self.ran > 0 and self.ran or self.finished - self.first -- those of others, where none is of this process
  if ran > 0 and elapsed > 0 then
    local left = self.paid > 0 and (self.cost - self.paid) / self.paid or (self.total - self.finished) / ran
    parts[#parts + 1] = string.format("%.1f/s", ran / elapsed)
    parts[#parts + 1] = M.duration(elapsed * left) .. " left"
  end
  if self.tasks then parts[#parts + 1] = self.tasks end
  if self.completing then parts[#parts + 1] = string.format("completed %d/%d", self.completed, self.completing) end
  if self.lost > 0 then parts[#parts + 1] = self.lost .. " lost" end
  local best = self.last and self.best[self.last]
  if best then
    parts[#parts + 1] = string.format("%s: best valid %s %.4f (%s)", self.last, self.study.metric.label, best.value,
      self:words_of_best(best))
  end
  return text.clean(table.concat(parts, "  "))
end

-- A line of a log.
local function log(words) say.remark(os.date "%Y-%m-%d %H:%M:%S  ", words, "\n") end

-- What a log gets: nothing yet, or what failed, and how far it is.
function Progress:log(clock)
  if clock - self.began < FIRST then return end
  for _, each in ipairs(self.failures) do
    local of = each.of
    log(text.clean(string.format("%s  trial %d%s failed%s", self.study.name, of.trial,
      of.dataset and string.format(" (%s, %s)", of.dataset, of.loss) or "", each.last and "; more are not told one by one" or "")))
  end
  self.failures = {}
  local share = self.finished / math.max(self.total, 1)
  local since = self.logged and clock - self.logged
  if not since or since >= SILENCE or since >= SPACE and share - self.share >= 0.1 then
    self.logged, self.share = clock, share
    log(self:text())
  end
end

-- Writes the file: { ended, total, lost, seconds, best = { { dataset, loss, value, words } … } }. That it cannot be written stops
-- nothing.
function Progress:report(clock)
  self.reported = clock
  local best = json.array {}
  for dataset, each in pairs(self.best) do
    best[#best + 1] = { dataset = text.utf8(dataset), loss = text.utf8(each.loss or ""), value = each.value,
      words = text.utf8(self:words_of_best(each)) }
  end
  table.sort(best, function(a, b) return a.dataset < b.dataset end)
  pcall(function()
    file.write(self.path, json.encode { study = text.utf8(self.study.name), ended = self.finished, total = self.total,
      lost = self.lost, seconds = clock - self.began, best = best } .. "\n")
  end)
end

-- Draws it, at most ten times a second; or writes a line, now and then.
function Progress:draw(now)
  local clock = ll.system.clock()
  if self.path and clock - self.reported >= REPORT then self:report(clock) end
  if self.in_log then self:log(clock) end
  if not self.columns then return end
  if not now and clock - self.drawn < 0.1 then return end
  self.drawn = clock
  local line = self:text()
  local stop = utf8.offset(line, math.min(utf8.len(line), self.columns - 1) + 1)
  say.status(line:sub(1, stop - 1))
end

-- So many that had ended are still to be completed; so many were.
function Progress:to_complete(left)
  self.completed = self.completed or 0
  if left > 0 or self.completing then self.completing = math.max(left + self.completed, self.completing or 0) end
end
function Progress:completed_are(completed) self.completed = completed end

-- So many have ended, those of other runners among them.
function Progress:finished_are(finished) self.finished = finished end

-- All that is left is under way elsewhere.
function Progress:waiting(running)
  if self.columns then
    say.status(string.format("%s  waiting for %d trial%s of another runner", text.clean(self.study.name), running,
      running == 1 and "" or "s"))
  elseif not self.said then
    self.said = true
    say.remark(string.format("%s: waiting for %d trial%s of another runner\n", text.clean(self.study.name), running,
      running == 1 and "" or "s"))
  end
end

function Progress:clear()
  if self.columns then say.status() end
end

-- The run is at its end.
function Progress:ended()
  self:clear()
  if self.path then self:report(ll.system.clock()) end
end

return M
