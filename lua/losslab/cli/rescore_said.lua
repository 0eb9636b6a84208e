-- What losslab rescore says of a run: as plain data, for --json (docs/json.md), and as a table.
local columns = require "losslab.columns"
local json = require "losslab.json"
local levels = require "losslab.rescore.levels"
local progress = require "losslab.run.progress"
local text = require "losslab.text"

local M = {}

-- What reading had to say, but for what it says of columns that were then left out, as those about the spectrum are.
function M.notes(set, psms)
  local there, gone, out = {}, {}, {}
  for _, name in ipairs(set.columns) do there[name] = true end
  for _, name in ipairs(psms.data.columns) do
    if not there[name] then gone[#gone + 1] = string.format('column "%s" ', name) end
  end
  for _, note in ipairs(psms.notes) do
    local about_gone = false
    for _, beginning in ipairs(gone) do about_gone = about_gone or note:sub(1, #beginning) == beginning end
    if not about_gone then out[#out + 1] = note end
  end
  return out
end

local LISTS = { { "psms", "matches" }, { "peptides", "peptides" }, { "proteins", "proteins" } }

-- The least q-value of a target.
local function least(list)
  if not list.q then
    for _, each in ipairs(list) do if each.label == 1 then return each.q end end
    return nil
  end
  local targets = list.labels:equal(1):find()
  return targets.rows > 0 and list.q:gather(targets):min():item() or nil
end

local function targets_of(list)
  if list.labels then return math.tointeger(list.labels:sum():item()) end
  local count = 0
  for _, each in ipairs(list) do count = count + each.label end
  return count
end

local function counts(run)
  local rows = json.array {}
  for _, each in ipairs(LISTS) do
    local list = run[each[2]]
    local other = run.concatenated and run.concatenated[each[2]]
    for _, level in ipairs(list and run.levels or {}) do
      rows[#rows + 1] = { of = each[1], q = level, accepted = levels.accepted(list, level),
        concatenated = other and levels.accepted(other, level), targets = targets_of(list), least = least(list) }
    end
  end
  return rows
end

function M.plain(run)
  local set, psms = run.set, run.psms
  local targets = math.tointeger(set.y:sum():item())
  return { folder = run.folder, database = run.db, script = run.folder .. "/rescore.lua", files = json.array(run.files),
    read = json.array(run.fields.files), fdr = run.fdr, pi0 = run.matches.pi0, model = run.model,
    loss = not run.model and run.fields.loss or nil, networks = run.networks, matches = set.rows, spectra = psms.spectra,
    targets = targets, decoys = set.rows - targets, accepted = counts(run), notes = json.array(M.notes(set, psms)),
    proteins = run.proteins and run.proteins.note, seconds = run.seconds }
end

local WORDS = { psms = "PSMs", peptides = "peptides", proteins = "proteins" }

function M.text(plain)
  local heads, rows, by, at = { { title = "targets accepted" } }, {}, {}, {}
  local concatenated = plain.fdr ~= "concatenated"
  for _, each in ipairs(plain.accepted) do
    if not by[each.of] then
      by[each.of] = { WORDS[each.of] }
      rows[#rows + 1] = by[each.of]
    end
    if not at[each.q] then
      at[each.q] = #heads + 1
      heads[#heads + 1] = { title = "q <= " .. text.number(each.q), right = true }
      if concatenated then heads[#heads + 1] = { title = "concatenated", right = true, rank = 1 } end
    end
    by[each.of][at[each.q]] = tostring(each.accepted)
    if concatenated then by[each.of][at[each.q] + 1] = each.concatenated and tostring(each.concatenated) or "-" end
  end
  local lines = {
    string.format("%d matches of %d spectra, %d targets, %d decoys; %s%d networks, in %s", plain.matches, plain.spectra,
      plain.targets, plain.decoys, plain.loss and plain.loss .. ", " or "", plain.networks, progress.duration(plain.seconds)), "",
    (columns.text(heads, rows, { width = text.room() })), "",
    text.wrap(string.format("in %s: %s, rescore.lua%s", text.clean(plain.folder), table.concat(plain.files, ", "),
      plain.database and ", rescore.db" or ""), text.room() or 100), "" }
  return table.concat(lines, "\n")
end

-- Where nothing is accepted, why that may be.
function M.remarks(run, plain)
  local out, level = {}, run.levels[1]
  for _, each in ipairs(plain.accepted) do
    if each.q == level and each.accepted == 0 then
      local most = math.floor(1 / level + 0.5)
      out[#out + 1] = string.format("no %s is accepted at q <= %s: %s", WORDS[each.of]:gsub("s$", ""), text.number(level),
        each.targets < most and string.format("there %s, and with fewer than %d none can be",
          each.targets == 1 and "is 1 target" or "are " .. each.targets .. " targets", most)
        or string.format("the least q-value of a target is %s", text.number(each.least, 3)))
    end
  end
  return out
end

return M
