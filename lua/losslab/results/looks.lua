-- Who looked at a study's numbers on test parts, and how often: each look is a chance to choose by them, which then are no test any
-- more. What shows such numbers calls looks.record, in this one place; what counts are looks before the study was last changed,
-- since only what was changed after them can have been chosen by them.
--
-- A look is recorded where that harms nobody: in a file of this schema that may be written, whose script the user has run here. It
-- waits for nobody, and where it does not succeed nothing is said: what is shown is the same.
local ll = require "losslab"
local lfs = require "lfs"
local text = require "losslab.text"
local trust = require "losslab.results.trust"

local M = {}

-- Whether the file at path is of the schema that is written here: another would be brought up to date by writing.
local function is_current(path)
  local file <close> = io.open(path, "rb")
  local head = file and file:read(64)
  return head ~= nil and #head == 64 and string.unpack(">I4", head, 61) == ll.core.schema -- SQLite's user_version
end

local function may_be_written(path)
  local permissions = lfs.attributes(path, "permissions")
  return type(permissions) == "string" and permissions:find "w" ~= nil
end

-- Notes a look at what store shows. what: "show", "plot", "report", "results", ….
function M.record(store, what)
  pcall(function()
    local path, study = store:path(), store:one "study"
    if not study or type(study.script) ~= "string" or study.script == "" or not trust.known(study.script) then return end
    if not may_be_written(path) or not is_current(path) then return end
    local writer <close> = ll.store.open(path, { mode = "write", timeout = 0 })
    writer:run("insert_look", { study = study.id, what = what })
  end)
end

-- { before, since, rows }: how many looks before the study was last changed, how many since, and the rows of both: { what, first,
-- last, times, before }.
function M.read(store)
  local out = { before = 0, since = 0, rows = {} }
  for row in store:rows "looks" do
    local before = row.current == 0
    local side = before and "before" or "since"
    out[side] = out[side] + row.times
    table.insert(out.rows, { what = row.what, first = row.first, last = row.last, times = row.times, before = before })
  end
  return out
end

-- The sentence for a report; nil where nobody looked before the last change.
function M.sentence(looks)
  if looks.before == 0 then return nil end
  local times, order, parts = {}, {}, {}
  for _, row in ipairs(looks.rows) do
    if row.before then
      if not times[row.what] then order[#order + 1] = row.what end
      times[row.what] = (times[row.what] or 0) + row.times
    end
  end
  table.sort(order, function(a, b)
    if times[a] ~= times[b] then return times[a] > times[b] end
    return a < b
  end)
  for i, what in ipairs(order) do parts[i] = text.shorten(what, 20) .. " " .. times[what] end
  return string.format("Before the study was last changed, its numbers on test parts had been shown %s (%s): what was changed may "
    .. "have been chosen by them.", looks.before == 1 and "once" or looks.before .. " times", table.concat(parts, ", "))
end

return M
