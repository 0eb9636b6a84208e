-- What computes trials: this build on this machine. Each trial names its own, and says in `bits` how far its numbers are those of
-- that computer. Losslab's own arithmetic (products, functions, sums, sorts, random numbers) gives the same bits on every machine;
-- its version decides, and the precision. A trial that used nothing else is portable. One that called LAPACK is of the BLAS library
-- and the kernels that it chose, one whose Lua calls functions of the C library is of that library; of one of an older losslab
-- nothing is known, so that all of it counts. A study goes on by itself only where what counts is the same. The processor's model
-- decides nothing beyond them, and a version or commit should not: losslab's numbers stay, and where one had to change the
-- arithmetic has another version. Those are recorded, and said where they differ.
local ll = require "losslab"
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

-- What decides bits, and how it is named. A field of an older database that is not known is "", and differs from none. ties: where
-- it counts, by what a trial's bits say ("?": nothing); without, everywhere.
local DECIDES = {
  { "precision", "%s precision" }, { "arithmetic", "arithmetic %s" },
  { "machine", "%s", ties = { "?", "lapack", "libm" } }, { "isa", "kernels %s", ties = { "?" } },
  { "core", "BLAS kernels %s", ties = { "?", "lapack" } }, { "blas", "%s", ties = { "?", "lapack" } },
  { "libc", "%s", ties = { "?", "libm" } },
}

-- A field of a computer. Losslab had no arithmetic of its own before version 1: the words say so.
local function field_of(row, name)
  local value = row[name]
  if name == "arithmetic" then return value == 0 and "of an older losslab" or value and tostring(value) or "" end
  return value or ""
end

-- Whether a field decides numbers whose bits say so.
local function counts(field, bits)
  if not field.ties then return true end
  bits = bits or "?"
  for _, tie in ipairs(field.ties) do
    if bits:find(tie, 1, true) then return true end
  end
  return false
end

-- The row of the table computer, without its id.
function M.this()
  local config, core = ll.core.blas:match "^(.*) %((.-)%)$"
  return { version = ll.version, revision = ll.core.revision, precision = ll.precision, isa = ll.core.isa, blas = config,
    core = core, cpu = ll.system.cpu() or "", libc = ll.system.libc(), machine = ll.system.machine(), flags = ll.core.flags,
    features = ll.system.features(), lua = ll.core.lua, sqlite = ll.core.sqlite,
    arithmetic = ll.core.arithmetic }
end

-- Every field, and how it is named where it differs.
local FIELDS = { { "version", "losslab %s" }, { "revision", "commit %s" }, { "precision", "%s precision" }, { "machine", "%s" },
  { "arithmetic", "arithmetic %s" }, { "cpu", "%s" }, { "features", "processor with %s" }, { "isa", "kernels %s" },
  { "core", "BLAS kernels %s" }, { "blas", "%s" }, { "libc", "%s" }, { "flags", "%s" }, { "lua", "%s" }, { "sqlite", "SQLite %s" } }

-- What is known of both and differs: { { field, one's in words, the other's in words }, … }. Of two lists of a processor's features
-- the words are what only one has.
function M.differences(one, other)
  local out = {}
  for _, field in ipairs(FIELDS) do
    local a, b = field_of(one, field[1]), field_of(other, field[1])
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

-- What a trial's bits are, for its row: lapack, libm: whether it used them.
function M.bits(lapack, libm)
  if not (lapack or libm) then return "portable" end
  return lapack and libm and "lapack libm" or lapack and "lapack" or "libm"
end

-- Whether a and b may give other bits, where those of trials are as bits says of each.
local function differ(a, b, bits, others)
  for _, field in ipairs(DECIDES) do
    local one, other = field_of(a, field[1]), field_of(b, field[1])
    if one ~= "" and other ~= "" and one ~= other and counts(field, bits) and counts(field, others) then return true end
  end
  return false
end

-- Whether what a computer with that precision and arithmetic computed so far is what this one would have computed.
function M.portable(row)
  return row.bits == "portable" and row.precision == ll.precision and row.arithmetic == ll.core.arithmetic
end

-- A computer in words: what decides, of it what differs from the other where there is one. bits: where that counts; nil: all.
local function words(row, other, bits)
  local parts = {}
  for _, field in ipairs(DECIDES) do
    local value, others = field_of(row, field[1]), other and field_of(other, field[1])
    if value ~= "" and counts(field, bits) and (not other or (others ~= "" and others ~= value)) then
      local again = field[1] == "blas" and other and row.core ~= other.core -- its configuration names the kernels, too
      if not again then parts[#parts + 1] = field[2]:format(text.clean(value)) end
    end
  end
  return table.concat(parts, ", ")
end

-- In what the computer of a trial (with its bits) differs from this one: { { field, there, here, decides }, … } in words, what
-- decides bits first.
function M.apart(row)
  local first, then_ = {}, {}
  for _, each in ipairs(M.differences(row, M.this())) do
    local decides = false
    for _, field in ipairs(DECIDES) do decides = decides or field[1] == each[1] and counts(field, row.bits) end
    table.insert(decides and first or then_, { field = each[1], there = each[2], here = each[3], decides = decides })
  end
  return table.move(then_, 1, #then_, #first + 1, first)
end

-- "losslab 0.1.0 (1a2b3c4)"
function M.build(row)
  local known = row.revision ~= "" and row.revision ~= "unknown"
  return text.clean("losslab " .. row.version .. (known and " (" .. row.revision .. ")" or ""))
end

-- What a trial's bits are, in words.
local MEANS = { portable = "portable, the same on every machine", lapack = "those of a machine with the same LAPACK",
  libm = "those of a machine with the same C library, whose functions Lua called",
  ["lapack libm"] = "those of a machine with the same LAPACK and C library, whose functions Lua called",
  unknown = "of an older losslab, which did not say" }

local function runs(n) return n == 1 and "1 trial" or n .. " trials" end

-- What computed the study's trials, and how many each. finished [opt]: how many have numbers, which spares the count where there is
-- one computer alone.
function M.list(store, finished)
  local all = {}
  for row in store:rows "all_computers" do all[#all + 1] = row end
  if finished and #all == 1 and (all[1].arithmetic == 0 or store:one "tied".tied == 0) then
    all[1].trials, all[1].bits = finished, all[1].arithmetic > 0 and "portable" or nil
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
    if differ(row, this, row.bits) then
      local which = string.format("%s of it computed with %s, where this is %s", runs(row.trials), words(row, this, row.bits),
        words(this, row, row.bits))
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
  local lines, order, trials = {}, {}, {}
  for _, row in ipairs(rows) do
    local id = row.id or row
    if not trials[id] then order[#order + 1], trials[id] = row, 0 end
    trials[id] = trials[id] + row.trials
  end
  for i, row in ipairs(order) do
    local parts = { row.cpu ~= "" and text.clean(row.cpu) or "an unknown processor", words(row) }
    lines[i] = string.format("%s by %s on %s", runs(trials[row.id or row]), M.build(row), table.concat(parts, ", "))
  end
  return lines
end

-- What is known of how many trials' bits, for show: "18 trials: the same on every machine".
function M.bits_lines(rows)
  local order, trials = {}, {}
  for _, row in ipairs(rows) do
    local means = MEANS[row.bits] or MEANS.unknown
    if not trials[means] then order[#order + 1], trials[means] = means, 0 end
    trials[means] = trials[means] + row.trials
  end
  table.sort(order, function(a, b) return trials[a] > trials[b] or trials[a] == trials[b] and a < b end)
  for i, means in ipairs(order) do order[i] = runs(trials[means]) .. ": " .. means end
  return order
end

-- Rows that may be of one computer go into one group, which is of it in all that is known of one of them.
local function join(groups, row)
  for _, group in ipairs(groups) do
    if not differ(group.is, row) then
      for _, field in ipairs(DECIDES) do
        if field_of(group.is, field[1]) == "" then group.is[field[1]] = row[field[1]] end
      end
      return group
    end
  end
  local group = { is = row, trials = 0 }
  groups[#groups + 1] = group
  return group
end

-- A computer as far as it decides the numbers of trials with such bits.
local function as_far(row)
  local out = {}
  for _, field in ipairs(DECIDES) do if counts(field, row.bits) then out[field[1]] = row[field[1]] end end
  return out
end

-- One sentence if trials were computed by what may give other bits; else nil. Portable ones are of every computer, and told only
-- where precision or arithmetic are others.
function M.mixed(rows)
  local groups, last = {}, {}
  for _, row in ipairs(rows) do
    if row.bits == "portable" then last[#last + 1] = row
    else
      local group = join(groups, as_far(row))
      group.trials = group.trials + row.trials
    end
  end
  for _, row in ipairs(last) do
    local before = #groups
    local group = join(groups, as_far(row))
    if #groups > before or group.portable then group.portable, group.trials = true, group.trials + row.trials end
  end
  if #groups < 2 then return end
  local parts = {}
  for i, group in ipairs(groups) do
    parts[i] = runs(group.trials) .. " with " .. words(group.is, groups[i == 1 and 2 or 1].is)
  end
  return "Its trials were computed by what may give other last digits: " .. table.concat(parts, "; ") .. "."
end

return M
