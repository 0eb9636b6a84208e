-- What a study's searches did. The methods are those of results (results/reading.lua).
local json = require "losslab.json"
local outside = require "losslab.study.outside"
local text = require "losslab.text"

local methods = {}
local M = { methods = methods }

-- The searches of the study, read once: rows of the statement of that name, and by loss the configuration that they start from;
-- which losses start outside their space, { loss, fields } each (study/outside.lua).
local function read(self)
  local out = rawget(self, "searched")
  if out then return out end
  out = { rows = {}, starts = {}, outside = {} }
  local spaces = {}
  for row in self.store:rows("searches", { study = self.study.id }) do
    spaces[row.loss], row.study_id, row.space = row.space, nil, nil
    out.rows[#out.rows + 1] = row
  end
  for row in #out.rows > 0 and self.store:rows("proposals", { study = self.study.id }) or function() end do
    if row.made_by == "start" and not out.starts[row.loss] then
      local there = outside.of(json.decode(spaces[row.loss]), json.decode(row.point))
      if #there > 0 then table.insert(out.outside, { loss = row.loss, fields = there }) end
    end
    if row.made_by == "start" then out.starts[row.loss] = row.config end
  end
  rawset(self, "searched", out)
  return out
end

--- results:searches() -> { { dataset, loss, fold, rounds, proposals, configs, ended }, … }
-- What the study's searches did, a row a data set and loss, or a fold of it: how many rounds they had, how many configurations they
-- proposed, and why they ended: "budget", "space" (it has no further point), nil of one that goes on. Empty of a study without one.
-- See: study.search, results:tuned
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { hinge = { margin = { from = 0, to = 1 } } },
--     train = { epochs = 1 }, search = { trials = 3 } }:run { db = "s.db" }
--   local search = ll.open("s.db"):searches()[1]
--   search.loss, search.proposals, search.ended   --> hinge 3 budget
function methods:searches()
  local out = {}
  for i, row in ipairs(read(self).rows) do out[i] = row end
  return out
end

-- The configuration that the searches of a loss started from, which is trained in full; nil where nothing was searched, or a search
-- began at no configuration.
function M.start(self, loss) return read(self).starts[loss] end

-- ---- in words ----

-- How the searches of results go: sentences; none of a study without a search.
function M.sentences(self)
  local rows, plan, out = read(self).rows, self.plan.search, {}
  if #rows == 0 or type(plan) ~= "table" then return out end
  local least, most, going, pruned = math.maxinteger, 0, 0, self.status.pruned
  for _, row in ipairs(rows) do
    least, most = math.min(least, row.proposals), math.max(most, row.proposals)
    going = going + (row.ended and 0 or 1)
  end
  out[1] = string.format("Searched by %s: %s a loss and %s%s%s.", text.clean(tostring(plan.method)),
    least < most and least .. " to " .. most .. " configurations" or most == 1 and "1 configuration" or most .. " configurations",
    plan.by == "fold" and "fold" or "data set",
    pruned > 0 and string.format(", of whose trials %d were ended early (%s)", pruned,
      text.clean(tostring(type(plan.prune) == "table" and plan.prune.method or "pruned"))) or "",
    going > 0 and string.format("; %d of %d searches go on", going, #rows) or "")
  local starts = {}
  for i, each in ipairs(read(self).outside) do
    starts[i] = string.format("%s at %s", text.shorten(each.loss, 40), outside.words(each.fields))
  end
  if #starts > 0 then
    out[2] = string.format("The first configuration, which tuning is compared with and choices may take, lies outside what was "
      .. "searched: %s.", text.listed(starts, 4))
  end
  if plan.reproducible == false then
    out[#out + 1] = "Its budget is of seconds, so another machine would try others: the proposals are recorded, and their trials "
      .. "replay."
  end
  return out
end

return M
