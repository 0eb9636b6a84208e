-- The trials of a database as losslab ls lists them: found by a condition, in an order, so many at most. Rows are read one by one,
-- and no more are held than are shown; without a condition or an order none is read beyond those.
local arguments_of = require "losslab.cli.arguments"
local check = require "losslab.check"
local columns = require "losslab.columns"
local fields = require "losslab.study.fields"
local json = require "losslab.json"
local setting = require "losslab.results.setting"
local text = require "losslab.text"
local where = require "losslab.cli.where"

local M = {}

local SHOWN = 50 -- rows of a table, unless --limit says otherwise
local OWN = { "trial", "data", "dataset", "loss", "config", "fold", "seed", "status", "epoch", "best_epoch", "diverged_epoch",
  "stopped_epoch", "pruned_epoch", "valid", "test", "seconds", "error", "host" }

-- Names by which a row is asked, and by configuration the values that it has beside its own: lists as words, 64×32.
local function named(settings, several)
  local known, of = { table.unpack(OWN) }, {}
  if several then known[#known + 1] = "study" end
  for name in pairs(settings.fields) do
    if type(name) == "string" then known[#known + 1] = name end
  end
  table.sort(known)
  for id, config in pairs(settings.configs) do
    local values = {}
    for _, entry in ipairs(settings.fields) do
      local value = config.fields[entry.name]
      if type(value) == "table" then value = fields.word(value) end
      values[entry.name], values[entry.place .. "." .. tostring(entry.key)] = value, value
    end
    of[id] = { __index = values }
  end
  return known, of
end

-- "data,-test" as { { name, sign }, … }.
local function order_of(words, known)
  local out, set = {}, {}
  for _, name in ipairs(known) do set[name] = true end
  for word in words:gmatch "[^,]+" do
    local sign, name = word:match "^%s*(%-?)%s*(.-)%s*$"
    if not set[name] then arguments_of.unknown("--sort: there is no column", name, known) end
    out[#out + 1] = { name, sign == "-" and -1 or 1 }
  end
  if #out == 0 then arguments_of.wrong "--sort names no column" end
  return out
end

local RANKS = { number = 1, string = 2, boolean = 3, ["nil"] = 5 }

-- Numbers before texts, what is not there last in either direction; trials in their order where all else is equal.
local function before(order)
  return function(a, b)
    for _, each in ipairs(order) do
      local x, y = a[each[1]], b[each[1]]
      if type(x) == "boolean" then x = tostring(x) end
      if type(y) == "boolean" then y = tostring(y) end
      local i, j = RANKS[type(x)] or 4, RANKS[type(y)] or 4
      if i ~= j then return i < j end
      if x ~= y and i < 4 then
        if each[2] < 0 then x, y = y, x end
        return x < y
      end
    end
    return a.trial < b.trial
  end
end

local function first_of(list, goes_before, limit)
  table.sort(list, goes_before)
  for i = #list, limit + 1, -1 do list[i] = nil end
end

-- given: where, sort, limit and json, as written. {rows, count = how many there are, settings, studies}; rows also answer to their
-- configuration's fields.
function M.find(store, given)
  local settings, studies, out = setting.read(store), {}, {}
  for row in store:rows "study" do studies[#studies + 1] = row end
  local known, of = named(settings, #studies > 1)
  local holds
  if given.where then
    local fine, parsed = pcall(where.parse, given.where, known)
    if not fine then arguments_of.wrong("%s", check.plain(parsed)) end
    holds = parsed
  end
  local order, last = given.sort and before(order_of(given.sort, known)), nil -- last: of those that may still be shown
  local limit = given.limit or (given.json and 0 or SHOWN)
  if limit == 0 then limit = math.huge end
  local count = 0
  for row in store:rows "listing" do
    row.data, row.epoch = row.dataset, row.best_epoch or row.diverged_epoch
    setmetatable(row, of[row.config])
    if not holds or holds(row) then
      count = count + 1
      if order and (not last or order(row, last)) or not order and #out < limit then out[#out + 1] = row end
      if order and #out >= 2 * limit + 1000 then
        first_of(out, order, limit)
        last = out[limit]
      end
      if not holds and not order and #out >= limit then break end
    end
  end
  if order then first_of(out, order, limit) end
  if not holds then count = math.max(count, store:one "progress".total) end
  return { rows = out, count = count, settings = settings, studies = studies }
end

-- The same as plain tables, for JSON.
function M.plain(found)
  for _, row in ipairs(found.rows) do
    setmetatable(row, nil)
    row.data, row.epoch = nil, nil
    row.parameters, row.varied = found.settings.configs[row.config].parameters, found.settings:varied_of(row.config)
    for key, value in pairs(row) do
      if type(value) == "number" and not check.finite(value) then row[key] = nil end
    end
  end
  return json.array(found.rows)
end

local function number(x, digits) return x and text.number(x, digits or 4) or "-" end

-- The table, in `width` columns if that is not nil, and how many there are beside it.
function M.text(found, width)
  local metric = found.studies[1].metric
  for _, study in ipairs(found.studies) do
    if study.metric ~= metric then metric = "metric" end
  end
  local list = { { title = "trial", right = true }, { title = "data", least = 8 }, { title = "loss", least = 8 } }
  if #found.studies > 1 then table.insert(list, 2, { title = "study", least = 8, rank = 3 }) end
  for _, name in ipairs(found.settings.varied) do
    list[#list + 1] = { title = name, least = 8, most = 48, rank = 4, fold = true }
  end
  for _, each in ipairs { { "fold", 8 }, { "seed", 9 }, { "status", 2 }, { "epoch", 10 }, { metric .. " valid", 6 }, { "test" } } do
    list[#list + 1] = { title = each[1], right = each[1] ~= "status", rank = each[2] }
  end
  local rows, cells_of = {}, {}
  for i, row in ipairs(found.rows) do
    local cells = { tostring(row.trial), row.dataset, row.loss }
    if #found.studies > 1 then table.insert(cells, 2, row.study) end
    cells_of[row.config] = cells_of[row.config] or found.settings:cells(row.config)
    for _, name in ipairs(found.settings.varied) do cells[#cells + 1] = cells_of[row.config][name] end
    local rest = { number(row.fold), number(row.seed), row.status, number(row.epoch), number(row.valid), number(row.test) }
    table.move(rest, 1, #rest, #cells + 1, cells)
    rows[i] = cells
  end
  local out = { columns.text(list, rows, { width = width, fold = { title = "what varies", rank = 7 } }) }
  local more = found.count - #found.rows
  if more > 0 then out[2] = string.format("… %d more (--limit 0 shows all)", more) end
  return table.concat(out, "\n")
end

return M
