-- What a study's searches did, and what tuning was worth: the chosen configuration against the one that the search started from.
-- These are methods of results (results/reading.lua).
local check = require "losslab.check"
local text = require "losslab.text"

local methods = {}
local M = { methods = methods }

-- The searches of the study, read once: rows of the statement of that name, and by data set and loss the configuration each starts
-- from.
local function read(self)
  local out = rawget(self, "searched")
  if out then return out end
  out = { rows = {}, starts = {} }
  for row in self.store:rows("searches", { study = self.study.id }) do
    row.study_id, row.space = nil, nil
    out.rows[#out.rows + 1] = row
  end
  for row in #out.rows > 0 and self.store:rows("proposals", { study = self.study.id }) or function() end do
    if row.made_by == "start" then out.starts[row.dataset_id .. "\0" .. row.loss] = row.config end
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

--- results:tuned(dataset, loss) -> { start, chosen, difference, same } or nil
-- What tuning a loss was worth on a data set: the row of results:choose, the row of the configuration that the search started from
-- (which is trained in full), and the difference between them on test; same: it is the one that was chosen. nil where nothing was
-- searched, the search began at no configuration, or nothing of either finished.
--   dataset   one of r.datasets, or its name
--   loss      a name
-- See: study.search.start, results:difference, results:choose
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { hinge = { margin = { from = 0, to = 1 } } },
--     train = { epochs = 1 }, search = { trials = 3 } }:run { db = "s.db" }
--   ll.open("s.db"):tuned("moons", "hinge").start.parameters.margin   --> 1
function methods:tuned(dataset, loss)
  if type(dataset) == "string" then
    local names = {}
    for i, each in ipairs(self.datasets) do names[i] = each.name end
    dataset = self.datasets[check.among("tuned: there is no data set", dataset, names)]
  end
  if not self.losses[loss] then
    local names = {}
    for i, each in ipairs(self.losses) do names[i] = each.name end
    check.unknown("tuned: there is no loss", loss, names)
  end
  local config, start = read(self).starts[dataset.id .. "\0" .. loss], nil
  for _, row in ipairs(dataset.summary) do if row.config == config then start = row end end
  local chosen = start and start.n > 0 and self:choose(dataset, loss)
  if not chosen then return nil end
  return { start = start, chosen = chosen, difference = self:difference(dataset, chosen, start.config),
    same = not chosen.own and chosen.config == start.config }
end

-- ---- in words ----

local LISTED = 12 -- differences that are named one by one

-- How the searches of results go, and what they were worth: sentences; none of a study without a search.
function M.sentences(self)
  local rows, plan, out, worth = read(self).rows, self.plan.search, {}, {}
  if #rows == 0 or type(plan) ~= "table" then return out end
  local least, most, going, pruned = math.maxinteger, 0, 0, self.status.pruned
  for _, row in ipairs(rows) do
    least, most = math.min(least, row.proposals), math.max(most, row.proposals)
    going = going + (row.ended and 0 or 1)
  end
  out[1] = string.format("Searched by %s: %s configurations a loss and %s%s%s.", text.clean(tostring(plan.method)),
    least == most and tostring(most) or least .. " to " .. most, plan.by == "fold" and "fold" or "data set",
    pruned > 0 and string.format(", of whose trials %d were ended early (%s)", pruned,
      text.clean(tostring(type(plan.prune) == "table" and plan.prune.method or "pruned"))) or "",
    going > 0 and string.format("; %d of %d searches go on", going, #rows) or "")
  if plan.reproducible == false then
    out[2] = "Its budget is of seconds, so another machine would try others: the proposals are recorded, and their trials replay."
  end
  for _, dataset in ipairs(self.datasets) do
    for _, loss in ipairs(self.losses) do
      local tuned = self:tuned(dataset, loss.name)
      if tuned and #worth < LISTED then
        worth[#worth + 1] = string.format("%s on %s %s", text.clean(loss.name), text.clean(dataset.name),
          tuned.same and "0 (nothing better was found)" or tuned.difference and self:say(tuned.difference) or "unknown")
      end
    end
  end
  if #worth > 0 then
    out[#out + 1] = string.format("Tuned against the configuration it starts from, test %s: %s.", text.clean(self.metric),
      table.concat(worth, ", "))
  end
  return out
end

return M
