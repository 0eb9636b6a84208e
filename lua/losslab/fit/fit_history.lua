-- What ll.fit gives: a row an epoch, its columns as lists, the best epoch, and all of it as a table to print.
--   history[3].loss, .valid_auc, .lr, .seconds, .margin …      history.loss, history.valid_auc …: lists, an entry an epoch
local check = require "losslab.check"
local columns = require "losslab.columns"
local duration = require "losslab.run.progress".duration
local text = require "losslab.text"

local M = {}

local Methods, History = {}, { __name = "losslab.history" }
M.class = Methods

-- The names of the columns, in order: epoch, loss, metrics, what is learnt, lr, seconds.
local function names_of(self)
  local names, seen = {}, {}
  local function add(name)
    if not seen[name] then names[#names + 1], seen[name] = name, true end
  end
  for _, name in ipairs { "epoch", "loss", table.unpack(rawget(self, "metrics")) } do add(name) end
  for _, name in ipairs(rawget(self, "learnt")) do add(name) end
  add "lr"
  for _, row in ipairs(self) do
    for _, name in ipairs(check.keys(row)) do if type(row[name]) == "number" then add(name) end end
  end
  return names
end

local function column(self, name)
  local list, any = {}, false
  for i = 1, #self do
    list[i] = self[i][name]
    any = any or list[i] ~= nil
  end
  return any and list or nil
end

function History.__index(self, key)
  if Methods[key] then return Methods[key] end
  if type(key) ~= "string" then return nil end
  if key == "best" then
    local epoch = self:best_epoch()
    return epoch and self[epoch]
  end
  if key == "stopped" or key == "restored" then return nil end
  local name = key
  if key == "valid" or key == "train" then name = key .. "_" .. self.metric end
  local list = column(self, name)
  if list then return list end
  local known = names_of(self)
  for each in pairs(Methods) do known[#known + 1] = each end
  for _, each in ipairs { "best", "valid", "train", "metric", "seconds", "stopped", "restored" } do known[#known + 1] = each end
  check.unknown("a history has no", key, known, 2)
end

--- history:best_epoch([column]) -> integer
-- The epoch with the best value of a column: the metric on the validation part where there is one, else on the training part. The
-- first of equals. Whether higher is better is said by the metric; of losses lower is.
--   column   the name of a column: "loss", "valid_auc" (the metric that epochs are chosen by)
-- Example:
--   local d = ll.data.moons { n = 100 }
--   local history = ll.fit(ll.nn.mlp { 2, 4, 1 }, ll.loss.hinge {}, d, { epochs = 3, lr = 0.01 })
--   history:best_epoch "loss" >= 1   --> true
function Methods.best_epoch(self, name)
  local chosen = rawget(self, "chosen")
  name = name or chosen
  local up = rawget(self, "up")[name]
  local list, best = column(self, name), nil
  if not list then check.unknown("a history has no column", name, names_of(self), 2) end
  for epoch = 1, #self do
    local value = list[epoch]
    if value and (not best or up and value > list[best] or not up and value < list[best]) then best = epoch end
  end
  return best
end

local SHOWN = 12

-- The epochs that are printed of many: the first ones, the last ones, those between at even distances, and the best.
local function picked(n, best)
  if n <= SHOWN then return nil end
  local at = { [1] = true, [2] = true, [n] = true, [best or n] = true }
  for i = 1, SHOWN - 4 do at[2 + math.floor(i * (n - 2) / (SHOWN - 3))] = true end
  return at
end

local function words(x) return x == nil and "" or math.type(x) == "integer" and tostring(x) or string.format("%.4g", x) end

local function lines(self)
  local names, list = {}, {}
  for _, name in ipairs(names_of(self)) do
    local plain = not name:find "_gradient$" and name ~= "seconds" and name ~= "passed_over" and name ~= "zero_rows"
    local values = plain and column(self, name)
    if values then
      local same = name == "lr" -- a rate that stays is said below
      for i = 2, #self do same = same and values[i] == values[1] end
      if not same then
        names[#names + 1] = name
        list[#list + 1] = { title = name:gsub("_", " ", 1), right = true, rank = #list > 2 and #list or nil }
      end
    end
  end
  local best = rawget(self, "chooses") and self:best_epoch()
  list[#list + 1] = { title = "", name = "mark" }
  local at, rows = picked(#self, best), {}
  for i = 1, #self do
    if not at or at[i] then
      local cells = {}
      for k, name in ipairs(names) do cells[k] = words(self[i][name]) end
      cells[#names + 1] = i == best and "best" or ""
      rows[#rows + 1] = cells
    end
  end
  return columns.text(list, rows, { width = text.room() })
end

local WHY = { patience = "stopped, since it got no better", callback = "stopped by the callback" }

function History:__tostring()
  if #self == 0 then return "history of 0 epochs" end
  local seconds, last = self.seconds, self[#self]
  local took = seconds < 10 and string.format("%.2g s", seconds) or duration(seconds)
  local parts = { string.format("%d epoch%s in %s", #self, #self == 1 and "" or "s", took) }
  if self.stopped then parts[#parts + 1] = WHY[self.stopped] end
  if self.restored then parts[#parts + 1] = string.format("the parameters are those of epoch %d", self.restored) end
  if last.lr and self[1].lr == last.lr then parts[#parts + 1] = "lr " .. text.number(last.lr) end
  return lines(self) .. "\n" .. table.concat(parts, "; ")
end

-- metric: the label of the one that epochs are chosen by; metrics: the names of the columns of metrics; up: by column whether
-- higher is better; chosen: the column that is chosen by; chooses: whether it is of a validation part.
function M.new(fields)
  fields.learnt, fields.seconds = fields.learnt or {}, 0
  return setmetatable(fields, History)
end

return M
