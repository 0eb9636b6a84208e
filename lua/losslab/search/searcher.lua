-- What ll.search.new makes: reads a history, and asks its method for points, each of which is new.
local check = require "losslab.check"
local core = require "losslab".core
local domain = require "losslab.search.domain"

local FIELDS = { "point", "value", "pruned_at" } -- of an entry of a history

local Searcher = {}
Searcher.__index = Searcher
Searcher.__name = "losslab.searcher"

--- searcher
-- Proposes what to try next, made by ll.search.new. It keeps nothing of what it proposed: the history says it.
-- See: ll.search.new, searcher:propose
-- Example:
--   local s = ll.search.new { method = "random", space = { a = { 1, 2, 3 }, b = { "u", "v" } } }
--   #s:propose({}, 10)   --> 6

-- An entry of a history as methods take it: places where the point is one of the space; value nil where it failed or diverged.
local function read_entry(self, i, entry)
  if type(entry) ~= "table" or type(entry.point) ~= "table" then
    check.fail("propose: entry %d of the history must be { point = …, value = … }, not %s", i, check.show(entry))
  end
  local what = "propose: entry " .. i .. " of the history"
  check.fields(what, entry, FIELDS)
  if entry.value ~= nil and type(entry.value) ~= "number" then
    check.fail("%s: value must be a number, or nil where there is none, not %s", what, check.show(entry.value))
  end
  return { point = entry.point, key = domain.key(entry.point), places = self.domain:places(entry.point),
    value = check.finite(entry.value) and entry.value or nil,
    pruned_at = entry.pruned_at and check.number(what .. ": pruned_at", entry.pruned_at) }
end

--- searcher:propose(history [, n]) -> table [, why]
-- What to try next: a list of points, tables from parameters to values; fewer than n where the space has no more, and why.
-- The same history gives the same points, and no point is proposed that the history has. Points of one call do not know what
-- becomes of one another.
--   history    a list of { point = …, value = … } in the order in which they were proposed; {} to begin
--   value      what came of a point, higher is better; nil, nan or infinite where it failed
--   pruned_at  where a trial was ended early: after how much, with the value that it had by then
--   n          how many (1)
-- Errors: a history that is none.
-- See: ll.search.new
-- Example:
--   local s, history = ll.search.new { space = { x = { from = -1, to = 1 } }, seed = 3 }, {}
--   for round = 1, 5 do
--     for _, point in ipairs(s:propose(history, 4)) do history[#history + 1] = { point = point, value = -point.x ^ 2 } end
--   end
--   #history   --> 20
function Searcher:propose(history, n, ...)
  check.no_more("propose", 3, ...)
  if type(history) ~= "table" then
    check.fail("propose: the history must be a list of { point = …, value = … }, not %s", check.show(history))
  end
  check.whole("propose: the history", history)
  n = check.integer("propose: the number of points", check.default(n, 1), 1)
  local entries, taken, points = {}, {}, {}
  for i, entry in ipairs(history) do
    entries[i] = read_entry(self, i, entry)
    taken[entries[i].key] = true
  end
  local walk = self.walk()
  local begun = self.proposer and self.proposer(entries)
  for i = 1, n do
    local point = begun and begun(taken, points) or walk(taken)
    if not point then return points, "every point of the space has been proposed" end
    taken[domain.key(point)], points[i] = true, point
  end
  return points
end

core.strict(Searcher, "searcher")
return { class = Searcher }
