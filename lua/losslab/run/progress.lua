-- The progress line of a running study: on stderr, and only if that is a terminal. The time left is estimated by cost (rows ×
-- epochs), because data sets come one after the other and the large ones are slow. The best number is that of one data set, the one
-- that the trial which ended last was of: metrics of different data sets are not compared.
local ll = require "losslab"
local say = require "losslab.say"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

local Progress = {}
Progress.__index = Progress

local M = {}

function M.duration(seconds)
  if seconds < 60 then return string.format("%.0f s", seconds) end
  if seconds < 3600 then return string.format("%d min %d s", seconds // 60, math.floor(seconds % 60)) end
  return string.format("%d h %d min", seconds // 3600, math.floor(seconds % 3600 // 60))
end

-- total, finished: how many trials; cost: that of the trials still to do.
function M.new(study, total, finished, cost)
  local columns = not say.is_quiet() and os.getenv "TERM" ~= "dumb" and ll.system.terminal(2) or nil
  return setmetatable({ study = study, total = total, finished = finished, ran = 0, lost = 0, cost = cost, paid = 0,
    began = ll.system.clock(), columns = columns, drawn = 0, best = {} }, Progress)
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

-- One more trial ended. message: status, cost, dataset, loss, best (the metric on validation at its best epoch), config [opt], a
-- table with the key of one of study.configs.
function Progress:add(message)
  self.finished, self.ran, self.paid = self.finished + 1, self.ran + 1, self.paid + message.cost
  if message.status ~= "done" and message.status ~= "pruned" then self.lost = self.lost + 1 end
  local value, up = message.best, self.study.metric.higher_is_better
  if not value then return end
  local best = self.best[message.dataset]
  if not best or (up and value > best.value) or (not up and value < best.value) then
    self.best[message.dataset] = { value = value, loss = message.loss, config = message.config }
  end
  self.last = message.dataset
end

function Progress:text()
  local elapsed = ll.system.clock() - self.began
  local parts = { self.study.name, string.format("%d/%d trials", self.finished, self.total),
    string.format("%.0f %%", self.total > 0 and 100 * self.finished / self.total or 100) }
  if self.ran > 0 and elapsed > 0 then
    parts[#parts + 1] = string.format("%.1f/s", self.ran / elapsed)
    parts[#parts + 1] = M.duration(elapsed * (self.cost - self.paid) / self.paid) .. " left"
  end
  if self.completing then parts[#parts + 1] = string.format("completed %d/%d", self.completed, self.completing) end
  if self.lost > 0 then parts[#parts + 1] = self.lost .. " lost" end
  local best = self.last and self.best[self.last]
  if best then
    best.words = best.words or table.concat({ best.loss, best.config and words_of(self, best.config) }, ", ")
    parts[#parts + 1] = string.format("%s: best valid %s %.4f (%s)", self.last, self.study.metric.label, best.value, best.words)
  end
  return text.clean(table.concat(parts, "  "))
end

-- Draws it, at most ten times a second.
function Progress:draw(now)
  if not self.columns then return end
  local clock = ll.system.clock()
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

return M
