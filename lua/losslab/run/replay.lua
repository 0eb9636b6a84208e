-- Runs trials of a database again, from the database alone, and says of each whether it gives the same bits. Nothing is written.
-- They run in processes of their own, so that a script's code that ends its process, or takes all memory, ends one trial.
local ll = require "losslab"
local again = require "losslab.run.again"
local apart = require "losslab.run.apart"
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local studies = require "losslab.results.studies"
local text = require "losslab.text"
local verify = require "losslab.run.verify"

local M = {}

M.SAMPLE = 10

-- ---- which trials ----

-- So many of a list, in its order; the same for the same seed.
local function sample(list, count, seed)
  if count >= #list then return list end
  local order, drawn = ll.random(seed, 0, "replay"):permutation(#list), {}
  for i = 1, count do drawn[i] = math.tointeger(order:get(i, 1)) end
  table.sort(drawn)
  for i, place in ipairs(drawn) do drawn[i] = list[place] end
  return drawn
end

local function program(precision) return precision == "double" and "losslab-double" or "losslab" end

-- The trials of the options, ids in order, and how many there are of the other precision. Raises with a usage error's words where
-- there is none, by wrong(format, …).
function M.choose(store, options, wrong)
  local path, finished, place, other = text.clean(store:path()), {}, {}, 0
  require "losslab.results.merge".check_keys(store)
  local study = options.study and studies.id(store, options.study)
  for row in store:rows("finished", { study = study }) do
    place[row.trial] = row.precision
    if row.precision == ll.precision then finished[#finished + 1] = row.trial else other = other + 1 end
  end
  if #(options.trials or {}) > 0 then
    for _, id in ipairs(options.trials) do
      if not place[id] then
        local row = store:one("trial", { trial = id })
        if not row then check.fail("%s has no trial %d", path, id) end
        if study and row.status ~= "pending" and row.status ~= "running" then
          check.fail("%s: the study %s does not ask for trial %d", path, check.show(options.study), id)
        end
        check.fail("%s: trial %d has not ended: it is %s", path, id, row.status)
      elseif place[id] ~= ll.precision then
        wrong("%s: trial %d was computed in %s: %s replay runs it again", path, id, place[id], program(place[id]))
      end
    end
    return options.trials, 0
  end
  if #finished == 0 then
    if other > 0 then
      local precision = ll.precision == "float" and "double" or "float"
      wrong("%s: its trials were computed in %s: %s replay runs them again", path, precision, program(precision))
    end
    check.fail("%s has no trial that has ended", path)
  end
  if options.all then return finished, other end
  return sample(finished, options.sample or M.SAMPLE, options.seed), other
end

-- ---- one trial ----

local function run_again(store, runs, id)
  local began = ll.system.clock()
  local made, why = runs:load(id)
  local out = {}
  local row = made and made.row or store:one("trial", { trial = id })
  if row then
    out.dataset, out.loss, out.fold, out.seed = row.name or row.dataset, row.loss, row.fold, row.seed
  end
  if not made then
    out.result, out.why = "not replayed", why
    return out
  end
  if row.status == "failed" and (row.error or ""):find "^its worker " then
    out.result, out.why = "not replayed", "it has no result: " .. row.error
    return out
  end
  local study, unknown = runs:study(row, made.records, made.script)
  study.scores, study.networks, study.networks_at = "all", false, verify.networks(store, id)
  local result = again.run(study, made)
  local differences = verify.differences(store, made, result, unknown)
  out.training, out.seconds = result.seconds, ll.system.clock() - began
  out.unknown = #unknown > 0 and unknown or nil
  out.result = #differences == 0 and "identical" or "differs"
  if #differences > 0 then
    out.differences = table.move(differences, 1, math.min(#differences, 100), 1, {})
    local there = store:one("computer_of", { trial = id })
    out.computer = there and computer.apart(there) or nil
  end
  return out
end

-- ---- all of them ----

-- Runs the trials of the ids again, and calls tell for each: { trial, dataset, loss, fold, seed, result = "identical", "differs" or
-- "not replayed", why, differences (verify.lua; at most 100), computer (computer.differences), seconds, training (of them),
-- unknown: labels of metrics that this losslab does not know }. options: jobs, threads, trust. Gives { of, identical,
-- differs, not_replayed, seconds }.
function M.run(path, ids, options, tell)
  local began, counts = ll.system.clock(), { of = #ids, identical = 0, differs = 0, not_replayed = 0 }
  apart.run(ids, options, function(each)
    local store <close> = ll.store.open(path, { mode = "read", timeout = 3600 })
    local runs = again.new(store, options.trust)
    for id, say in each do
      local fine, said = pcall(run_again, store, runs, id)
      say(fine and said or { result = "not replayed", why = check.plain(tostring(said)) })
    end
  end, function(id, said)
    if said.ended then said = { result = "not replayed", why = "its process " .. said.ended } end
    said.trial = id
    local kind = said.result:gsub(" ", "_")
    counts[kind] = counts[kind] + 1
    tell(said)
  end)
  counts.seconds = ll.system.clock() - began
  return counts
end

return M
