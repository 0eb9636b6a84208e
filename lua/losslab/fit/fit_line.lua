-- What ll.fit says while it trains: on a terminal one line on standard error, rewritten in place, and a last one that stays;
-- elsewhere nothing, or, where progress = true asks for it, a line an epoch.
local ll = require "losslab"
local duration = require "losslab.run.progress".duration
local say = require "losslab.say"
local text = require "losslab.text"

local Line = {}
Line.__index = Line

local M = {}

local function hushed() -- by --quiet, where the program knows it
  local is_quiet = rawget(say, "is_quiet")
  return is_quiet ~= nil and is_quiet()
end

-- how: nil, true, false or a function of (state, line).
function M.new(how, epochs, every)
  local columns = os.getenv "TERM" ~= "dumb" and ll.system.terminal(2) or nil
  local self = setmetatable({ epochs = epochs, every = every, began = ll.system.clock(), drawn = 0, first = 1 }, Line)
  if type(how) == "function" then self.tell = how
  elseif how == false or hushed() then self.off = true
  elseif columns then self.columns = columns
  elseif not how then self.off = true end
  return self
end

local function rate(rows)
  if rows >= 1e6 then return string.format("%.1fM rows/s", rows / 1e6) end
  return rows >= 1e4 and string.format("%.0fk rows/s", rows / 1e3) or string.format("%.0f rows/s", rows)
end

-- row: of the history; metrics: names of its columns of metrics; learnable: { name, symbol } each; rows: those of an epoch.
function Line:words(row, metrics, learnable, rows, left)
  local parts = { string.format("epoch %d/%d", row.epoch, self.epochs) }
  if row.loss then parts[#parts + 1] = string.format("loss %.4g", row.loss) end
  for _, name in ipairs(metrics) do
    if row[name] then parts[#parts + 1] = string.format("%s %.4f", name:gsub("_", " ", 1), row[name]) end
  end
  for _, learnt in ipairs(learnable) do
    if row[learnt.name] then parts[#parts + 1] = string.format("%s %.4g", learnt.symbol, row[learnt.name]) end
  end
  if row.seconds > 0 then parts[#parts + 1] = rate(rows / row.seconds) end
  if left and row.epoch < self.epochs then
    local spent, done = ll.system.clock() - self.began, row.epoch - self.first + 1
    local more = spent * (self.epochs - row.epoch) / done
    if more >= 1 then parts[#parts + 1] = duration(more) .. " left" end
  end
  return table.concat(parts, "  ")
end

local function cut(self, line)
  local stop = utf8.offset(line, math.min(utf8.len(line), self.columns - 1) + 1)
  return line:sub(1, stop - 1)
end

-- An epoch ended.
function Line:epoch(state, ...)
  if self.off then return end
  if self.tell then return self.tell(state, self:words(...)) end
  local epoch = state.epoch
  if not self.columns then
    if epoch % self.every == 0 or epoch == self.epochs then say.err(text.clean(self:words(...)), "\n") end
    return
  end
  local clock = ll.system.clock()
  if clock - self.drawn < 0.1 and epoch < self.epochs then return end
  self.drawn = clock
  say.status(cut(self, text.clean(self:words(...))))
end

-- The end: the last line stays.
function Line:ended(words)
  if not self.columns then return end
  say.status()
  if words then say.err(text.clean(words), "\n") end
end

return M
