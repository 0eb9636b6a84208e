-- Whether a trial that was run again left what the database holds of it, bit by bit, and if not where: the epoch, what differs
-- there, in which row, and by how many ulps (units in the last place: how many numbers of that precision lie between).
--
-- A difference is { epoch (nil: at the end), what, split, name, row (of the part), column, data_row (of the data set), stored,
-- here, ulps, more (how many further ones of its kind there are in the epoch) }; stored or here is nil where there is none.
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local validation = require "losslab.study.validation"

local M = {}

-- ---- numbers ----

-- By precision: how a number is packed, its bits read back, and those of its magnitude.
local FORMS = { float = { "<f", "<i4", 0x7fffffff }, double = { "<d", "<i8", math.maxinteger } }

-- A float's place in the order of floats.
local function place(x, form)
  local bits = string.unpack(form[2], string.pack(form[1], x))
  return bits < 0 and -(bits & form[3]) or bits
end

local WHOLE = 1 << 53 -- up to here JSON keeps whole numbers (losslab/json.lua)

-- How many numbers of the precision ("float", "double") lie from a to b, at least 1 if they differ, as a float where they are more
-- than 2^53; nil where one is not finite.
function M.ulps(a, b, precision)
  if not (check.finite(a) and check.finite(b)) then return nil end
  local x, y = place(a, FORMS[precision]), place(b, FORMS[precision])
  if (x < 0) ~= (y < 0) and precision == "double" then return math.abs(x + 0.0 - y) end -- may be beyond 2^63
  local apart = math.abs(x - y)
  return apart <= WHOLE and apart or apart + 0.0
end

-- SQLite has no NaN and no -0.
local function same(stored, here)
  if here ~= nil and here ~= here then here = nil end
  return stored == here
end

-- ---- what is gathered ----

local Found = {}
Found.__index = Found

-- One difference of a kind in an epoch is kept, and the others are counted.
function Found:add(difference)
  local d = difference
  local key = string.format("%s %s %s %s", tostring(d.epoch), d.what, d.split or "", d.what == "scores" and "" or d.name or "")
  local before = self.by_key[key]
  if before then before.more = before.more + (d.count or 1) else
    d.more = (d.count or 1) - 1
    self.by_key[key], self.list[#self.list + 1] = d, d
  end
  d.count = nil
end

function Found:number(stored, here, of)
  if same(stored, here) then return end
  of.stored, of.here, of.ulps = stored, here, M.ulps(stored, here, "double")
  self:add(of)
end

-- ---- rows ----

local EPOCH = { "train_loss", "learning_rate", "passed_over", "zero_rows" }

local function compare_epochs(found, store, id, result)
  local here = {}
  for _, row in ipairs(result.epochs) do here[row.epoch] = row end
  for row in store:rows("epochs", { trial = id }) do
    local mine = here[row.epoch]
    if not mine then found:add { epoch = row.epoch, what = "epoch", stored = "it", here = nil }
    else
      for _, name in ipairs(EPOCH) do found:number(row[name], mine[name], { epoch = row.epoch, what = name }) end
    end
    here[row.epoch] = nil
  end
  for epoch in pairs(here) do found:add { epoch = epoch, what = "epoch", stored = nil, here = "it" } end
end

local function compare_learnt(found, store, id, result)
  local here = {}
  for _, row in ipairs(result.learnt) do here[row.epoch .. " " .. row.name] = row end
  for row in store:rows("learnt", { trial = id }) do
    local key = row.epoch .. " " .. row.name
    local mine = here[key] or {}
    found:number(row.value, mine.value, { epoch = row.epoch, what = "learnt", name = row.name })
    found:number(row.gradient, mine.gradient, { epoch = row.epoch, what = "gradient", name = row.name })
    here[key] = nil
  end
  for _, row in pairs(here) do found:number(nil, row.value, { epoch = row.epoch, what = "learnt", name = row.name }) end
end

local function metric_key(row) return string.format("%d %s %s", row.epoch, row.split, row.name) end

-- recorded(split, name): whether it was asked for when the trial ran; unknown(name): whether this losslab cannot take it.
local function compare_metrics(found, store, id, result, recorded, unknown)
  local here = {}
  for _, row in ipairs(result.metrics) do here[metric_key(row)] = row end
  for row in store:rows("metrics", { trial = id }) do
    local key = metric_key(row)
    local mine = here[key] or {}
    if here[key] or not unknown(row.name) then
      found:number(row.value, mine.value, { epoch = row.epoch, what = "metric", split = row.split, name = row.name })
    end
    here[key] = nil
  end
  for _, row in pairs(here) do
    if recorded(row.split, row.name) then
      found:number(nil, row.value, { epoch = row.epoch, what = "metric", split = row.split, name = row.name })
    end
  end
end

-- ---- matrices ----

-- A matrix as float32, row by row.
local function bytes_of(matrix) return (ll.store.pack_scores({ matrix }, "plain")) end

-- The first of the float32 in which two strings of one length differ, from 0; and how many do.
local function first_difference(a, b)
  local first, count, step = nil, 0, 4096
  for from = 1, #a, step do
    if a:sub(from, from + step - 1) ~= b:sub(from, from + step - 1) then
      for at = from, math.min(from + step - 1, #a), 4 do
        if a:sub(at, at + 3) ~= b:sub(at, at + 3) then first, count = first or (at - 1) // 4, count + 1 end
      end
    end
  end
  return first, count
end

-- of: what the difference says beside; columns of the matrix; part [opt]: whose row numbers are told.
local function compare_floats(found, stored, here, columns, of, part)
  if stored == here then return end
  if #stored ~= #here then
    of.stored, of.here = #stored // (4 * columns) .. " rows", #here // (4 * columns) .. " rows"
    return found:add(of)
  end
  local first, count = first_difference(stored, here)
  of.stored, of.here = string.unpack("<f", stored, 4 * first + 1), string.unpack("<f", here, 4 * first + 1)
  of.row, of.column, of.count = first // columns + 1, columns > 1 and first % columns + 1 or nil, count
  of.data_row = part and of.row <= part.rows and part:row_numbers()[of.row] or nil
  of.ulps = M.ulps(of.stored, of.here, "float")
  found:add(of)
end

local RANKS = 2

-- A row of the table scores: where its bytes are those that the scores here pack to, nothing is unpacked.
local function compare_packed(found, row, here, parts)
  local run = {}
  for epoch = row.first, row.last do
    local each = here[epoch] and here[epoch][row.split]
    if not each or each.cols ~= row.columns then
      return found:add { epoch = epoch, what = "scores", split = row.split, stored = row.columns .. " columns",
        here = each and each.cols .. " columns" or nil }
    end
    run[#run + 1] = each
  end
  local form = row.coding == RANKS and "ranks" or row.coding == 0 and "plain" or "exact"
  local fine, packed = pcall(ll.store.pack_scores, run, form)
  if fine and packed == row.scores then return end
  local all
  fine, all = pcall(ll.store.unpack_scores, row.scores, row.coding, #run, row.columns)
  for k, mine in ipairs(run) do
    if row.coding == RANKS then
      local bytes, coding = ll.store.pack_scores({ mine }, "ranks")
      mine = ll.store.unpack_scores(bytes, coding, 1, row.columns, 1)
    end
    local of = { epoch = row.first + k - 1, what = row.coding == RANKS and "ranks" or "scores", split = row.split }
    if not fine then
      of.stored, of.here = check.plain(all), "scores"
      return found:add(of)
    end
    compare_floats(found, bytes_of(all[k]), bytes_of(mine), row.columns, of, parts and parts[row.split])
  end
end

local function compare_scores(found, store, id, result, parts)
  for row in store:rows("trial_scores", { trial = id }) do compare_packed(found, row, result.scores, parts) end
end

local function compare_kept(found, store, id, result)
  local seen = {}
  for row in store:rows("trial_kept", { trial = id }) do
    local mine = result.kept[row.name]
    seen[row.name] = true
    local of = { what = "kept", name = row.name }
    if mine then compare_floats(found, row.numbers, bytes_of(mine), row.columns, of) else
      of.stored, of.here = "a matrix", nil
      found:add(of)
    end
  end
  for name in pairs(result.kept) do
    if not seen[name] then found:add { what = "kept", name = name, stored = nil, here = "a matrix" } end
  end
end

-- ---- networks ----

local function parameters(weights)
  local fine, net = pcall(ll.nn.of_state, weights)
  return fine and net:parameters() or nil
end

local function compare_network(found, epoch, stored, here)
  if stored == here then return end
  local a, b = parameters(stored), here and parameters(here)
  if not a or not b or #a ~= #b then
    return found:add { epoch = epoch, what = "network", stored = a and #a .. " parameters" or "no network",
      here = b and #b .. " parameters" or nil }
  end
  for k, mine in ipairs(a) do
    local other = b[k]
    if mine.rows ~= other.rows or mine.cols ~= other.cols then
      return found:add { epoch = epoch, what = "network", name = "parameter " .. k, stored = mine.rows .. "x" .. mine.cols,
        here = other.rows .. "x" .. other.cols }
    end
    for i = 1, mine.rows do
      for j = 1, mine.cols do
        local x, y = mine:get(i, j), other:get(i, j)
        if x ~= y and not (x ~= x and y ~= y) then
          found:add { epoch = epoch, what = "network", name = "parameter " .. k, row = i, column = j, stored = x, here = y,
            ulps = M.ulps(x, y, ll.precision) }
        end
      end
    end
  end
end

local function compare_networks(found, store, id, result)
  for row in store:rows("trial_networks", { trial = id }) do
    compare_network(found, row.epoch, row.weights, result.networks and result.networks[row.epoch])
  end
end

-- ---- how it ended ----

-- The epoch that a study would choose now: the best on validation, first of equals; the last one without a validation part.
local function chosen(result, metric, goal, none)
  local best
  if none then return #result.epochs > 0 and result.epochs[#result.epochs].epoch or nil end
  for _, row in ipairs(result.metrics) do
    if row.split == "valid" and row.name == metric and check.finite(row.value) then
      local better = not best or goal == "max" and row.value > best.value or goal == "min" and row.value < best.value
      if better or row.value == best.value and row.epoch < best.epoch then best = row end
    end
  end
  return best and best.epoch
end

-- A message without the place of the script, which is run from a file or from the database; the line stays.
local function unplaced(message) return message and message:gsub("^[^\n]-:(%d+): ", "%1: ") end

local function compare_end(found, store, row, result, unknown)
  local function text_of(what, stored, here)
    if stored ~= here then found:add { what = what, stored = stored, here = here } end
  end
  text_of("status", row.status, result.status)
  if unplaced(row.error) ~= unplaced(result.error) then text_of("error", row.error, result.error) end
  text_of("diverged epoch", row.diverged_epoch, result.diverged_epoch)
  text_of("stopped epoch", row.stopped_epoch, result.stopped_epoch)
  text_of("pruned epoch", row.pruned_epoch, result.pruned_epoch)
  if result.status == "failed" then return end
  local fine, split = pcall(json.decode, row.split)
  local none = fine and validation.none(split)
  for choice in store:rows("choices", { trial = row.trial }) do
    if not unknown(choice.metric) then
      local here = chosen(result, choice.metric, choice.goal, none)
      if choice.best_epoch and choice.best_epoch ~= here then
        found:add { what = "best epoch", name = choice.study, stored = choice.best_epoch, here = here }
      end
    end
  end
end

-- The epochs whose network the database holds of a trial, as a set.
function M.networks(store, id)
  local at, any = {}, false
  for row in store:rows("trial_networks", { trial = id }) do at[row.epoch], any = true, true end
  return any and at or nil
end

-- All differences between what the database holds of a trial and a result (run/trial.lua), the first epoch first (but before it
-- how the trial ended, if it ended otherwise); an empty list if there are none. made: of again.lua; result.scores holds every
-- epoch, result.networks [opt] networks by epoch; unknown: labels of metrics that this losslab cannot take.
function M.differences(store, made, result, unknown)
  local found, records, id, no = setmetatable({ list = {}, by_key = {} }, Found), made.records, made.row.trial, {}
  for _, label in ipairs(unknown or {}) do no[label] = true end
  local asked, parts = {}, {}
  for _, label in ipairs(records.metrics) do asked[label] = true end
  for _, part in ipairs(records.parts) do parts[part] = true end
  local own = #records.metrics == 0 -- a study's own trial records what it names
  compare_epochs(found, store, id, result)
  compare_learnt(found, store, id, result)
  compare_metrics(found, store, id, result, function(split, name) return own or asked[name] and parts[split] end,
    function(name) return no[name] end)
  compare_scores(found, store, id, result, made.parts)
  compare_networks(found, store, id, result)
  compare_kept(found, store, id, result)
  compare_end(found, store, made.row, result, function(name) return no[name] end)
  for i, each in ipairs(found.list) do each.order = i end
  local why = made.row.status ~= result.status and { status = true, error = true } or {} -- then that says most
  table.sort(found.list, function(a, b)
    if (why[a.what] == nil) ~= (why[b.what] == nil) then return why[a.what] ~= nil end
    local x, y = a.epoch or math.huge, b.epoch or math.huge
    if x ~= y then return x < y end
    return a.order < b.order
  end)
  for _, each in ipairs(found.list) do each.order = nil end
  return found.list
end

-- ---- in words ----

local WORDS = { train_loss = "the training loss", learning_rate = "the learning rate", zero_rows = "the rows without a direction",
  passed_over = "the share of batches passed over", epoch = "the epoch", status = "how it ended", error = "the message",
  network = "the network" }

local function value(x)
  if x == nil then return "nothing" end
  return type(x) == "number" and string.format("%.17g", x) or tostring(x)
end

-- "score of row 17 of the test part (row 203 of the data): 0.51 here, 0.52 in the database, 3 ulps of float apart; 5 more"
function M.words(d)
  local what = WORDS[d.what] or d.what
  if d.what == "metric" then what = string.format("%s of the %s part", d.name, d.split)
  elseif d.what == "scores" or d.what == "ranks" then
    what = d.row and string.format("the %s of row %d of the %s part", d.what == "ranks" and "rank" or "score", d.row, d.split)
      or string.format("the %s of the %s part", d.what, d.split)
    if d.column then what = what .. ", column " .. d.column end
    if d.data_row then what = string.format("%s (row %d of the data)", what, d.data_row) end
  elseif d.name then
    what = string.format("%s %s", what, d.name)
  end
  if d.what == "network" or d.what == "kept" then
    if d.row then what = string.format("%s, row %d, column %d", what, d.row, d.column or 1) end
  end
  local function shown(x)
    if d.what == "scores" and type(x) == "number" then return string.format("%.9g", x) end
    return value(x)
  end
  local words = string.format("%s: %s here, %s in the database", what, shown(d.here), shown(d.stored))
  if d.ulps then
    local precision = (d.what == "scores" or d.what == "kept") and "float" or d.what == "network" and ll.precision or "double"
    words = string.format("%s, %.15g ulp%s of %s", words, d.ulps, d.ulps == 1 and "" or "s", precision)
  end
  if d.more > 0 then words = string.format("%s; %d more", words, d.more) end
  return words
end

return M
