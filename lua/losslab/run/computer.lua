-- What computes trials: this build on this machine. Each trial names its own, since a study may be carried on elsewhere, and not
-- every computer gives the same bits: kernels differ by instruction set, products by BLAS and the kernels it chose, exp and log by
-- the C library and the variant of it that the processor gets. A study goes on by itself only where those are the same. The
-- processor's model decides nothing beyond them, and a version or commit should not: losslab's numbers stay, and where one had to
-- change CHANGELOG.md says so. Those are recorded, and said where they differ.
local ll = require "losslab"
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

-- What decides bits, and how it is named. A field of an older database that is not known is "", and differs from none.
local DECIDES = {
  { "precision", "%s precision" }, { "machine", "%s" }, { "isa", "kernels %s" }, { "core", "BLAS kernels %s" }, { "blas", "%s" },
  { "libc", "%s" },
}

-- The row of the table computer, without its id.
function M.this()
  local config, core = ll.core.blas:match "^(.*) %((.-)%)$"
  return { version = ll.version, revision = ll.core.revision, precision = ll.precision, isa = ll.core.isa, blas = config,
    core = core, cpu = ll.system.cpu() or "", libc = ll.system.libc(), machine = ll.system.machine(), flags = ll.core.flags,
    features = ll.system.features(), lua = ll.core.lua, sqlite = ll.core.sqlite }
end

-- Every field, and how it is named where it differs.
local FIELDS = { { "version", "losslab %s" }, { "revision", "commit %s" }, { "precision", "%s precision" }, { "machine", "%s" },
  { "cpu", "%s" }, { "features", "processor with %s" }, { "isa", "kernels %s" }, { "core", "BLAS kernels %s" }, { "blas", "%s" },
  { "libc", "%s" }, { "flags", "%s" }, { "lua", "%s" }, { "sqlite", "SQLite %s" } }

-- What is known of both and differs: { { field, one's in words, the other's in words }, … }. Of two lists of a processor's features
-- the words are what only one has.
function M.differences(one, other)
  local out = {}
  for _, field in ipairs(FIELDS) do
    local a, b = one[field[1]] or "", other[field[1]] or ""
    if a ~= "" and b ~= "" and a ~= b then
      if field[1] == "features" then
        local function without(all, those)
          local left = {}
          for each in all:gmatch "%S+" do
            if not (" " .. those .. " "):find(" " .. each .. " ", 1, true) then left[#left + 1] = each end
          end
          return #left > 0 and table.concat(left, " ") or "no more"
        end
        a, b = without(a, b), without(b, a)
      end
      out[#out + 1] = { field[1], field[2]:format(text.clean(a)), field[2]:format(text.clean(b)) }
    end
  end
  return out
end

-- Records this computer, inside a transaction; gives its id.
function M.record(store)
  local this = M.this()
  store:run("insert_computer", this)
  return store:one("computer", this).id
end

-- Whether a and b may give other bits.
local function differ(a, b)
  for _, field in ipairs(DECIDES) do
    local one, other = a[field[1]], b[field[1]]
    if one ~= "" and other ~= "" and one ~= other then return true end
  end
  return false
end

-- A computer in words: what decides, of it what differs from the other where there is one.
local function words(row, other)
  local parts = {}
  for _, field in ipairs(DECIDES) do
    local value = row[field[1]]
    if value ~= "" and (not other or (other[field[1]] ~= "" and other[field[1]] ~= value)) then
      local again = field[1] == "blas" and other and row.core ~= other.core -- its configuration names the kernels, too
      if not again then parts[#parts + 1] = field[2]:format(text.clean(value)) end
    end
  end
  return table.concat(parts, ", ")
end

-- In what a computer differs from this one: { { field, there, here, decides }, … } in words, what decides bits first.
function M.apart(row)
  local first, then_ = {}, {}
  for _, each in ipairs(M.differences(row, M.this())) do
    local decides = false
    for _, field in ipairs(DECIDES) do decides = decides or field[1] == each[1] end
    table.insert(decides and first or then_, { field = each[1], there = each[2], here = each[3], decides = decides })
  end
  return table.move(then_, 1, #then_, #first + 1, first)
end

-- "losslab 0.1.0 (1a2b3c4)"
function M.build(row)
  local known = row.revision ~= "" and row.revision ~= "unknown"
  return text.clean("losslab " .. row.version .. (known and " (" .. row.revision .. ")" or ""))
end

local function runs(n) return n == 1 and "1 trial" or n .. " trials" end

-- What computed the study's trials, and how many each. finished [opt]: how many have numbers, which spares the count where there is
-- one computer alone.
function M.list(store, finished)
  local all = {}
  for row in store:rows "all_computers" do all[#all + 1] = row end
  if finished and #all == 1 then
    all[1].trials = finished
    return finished > 0 and all or {}
  end
  all = {}
  for row in store:rows "computers" do all[#all + 1] = row end
  return all
end

-- Raises if the trials that are left may get other bits here than those that are done; with mix, and where only version or commit
-- differ, says it by say(words) instead.
function M.check(store, mix, say)
  local this, said = M.this(), {}
  for row in store:rows "computers" do
    if differ(row, this) then
      local which = string.format("%s of it computed with %s, where this is %s", runs(row.trials), words(row, this),
        words(this, row))
      if not mix then
        check.fail("%s: %s: the last digits may differ; carry it on where it was begun, or give --mix to mix them all the same",
          store:path(), which)
      end
      said[#said + 1] = which
    elseif row.version ~= this.version or (row.revision ~= this.revision and row.revision ~= "") then
      said[#said + 1] = string.format("%s of it computed by %s, where this is %s", runs(row.trials), M.build(row),
        M.build(this))
    end
  end
  for _, which in ipairs(said) do say("%s: %s", text.clean(store:path()), which) end
end

-- Lines on who computed how many trials, for show.
function M.lines(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    local parts = { row.cpu ~= "" and text.clean(row.cpu) or "an unknown processor", words(row) }
    lines[i] = string.format("%s by %s on %s", runs(row.trials), M.build(row), table.concat(parts, ", "))
  end
  return lines
end

-- One sentence if trials were computed by what may give other bits; else nil.
function M.mixed(rows)
  local groups = {}
  for _, row in ipairs(rows) do
    local place
    for i, group in ipairs(groups) do
      if not differ(group[1], row) then place = place or i end
    end
    if place then groups[place].trials = groups[place].trials + row.trials
    else
      groups[#groups + 1] = { row, trials = row.trials }
    end
  end
  if #groups < 2 then return end
  local parts = {}
  for i, group in ipairs(groups) do
    parts[i] = runs(group.trials) .. " with " .. words(group[1], groups[i == 1 and 2 or 1][1])
  end
  return "Its trials were computed by what may give other last digits: " .. table.concat(parts, "; ") .. "."
end

return M
