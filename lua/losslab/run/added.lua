-- A metric that is added to the finished trials of a study in a database: computed from the scores where they are kept, else by
-- running the trial again (run/complete.lua). What is there already is left.
local ll = require "losslab"
local again = require "losslab.run.again"
local apart = require "losslab.run.apart"
local check = require "losslab.check"
local complete = require "losslab.run.complete"
local json = require "losslab.json"
local records_of = require "losslab.study.records"
local tasks = require "losslab.study.tasks"
local worker = require "losslab.run.worker"

local M = {}

-- What is asked of every trial, as study/records.lua says it.
local function needs_of(label, parts)
  table.sort(parts)
  return json.encode { metrics = json.array { label }, parts = json.array(parts), scores = "none", networks = false }
end

-- The finished trials of a study that lack a metric, and how many have it: ids in order, count. Raises for a study with its own
-- trial.
function M.lacking(store, study, label, parts)
  local ids, there, needs = {}, 0, needs_of(label, parts)
  require "losslab.results.merge".check_keys(store)
  for trial in store:rows("finished", { study = study }) do
    local row = store:one("again", { trial = trial.trial })
    if row and row.status ~= "failed" then
      local records = again.records(row)
      if not records then
        check.fail("%s: an older losslab ran trial %d, and what was recorded of it is not known", store:path(), row.trial)
      elseif #records.metrics == 0 then
        check.fail("%s: the study has its own trial, which records what it names itself, by t:record { … }", store:path())
      end
      if records_of.lacking(row.records, needs) then ids[#ids + 1] = row.trial else there = there + 1 end
    end
  end
  return ids, there
end

-- A trial as far as metrics of its scores need it: its configuration, and its parts without features. nil where it cannot be told
-- what its scores are.
local function light(runs, id)
  local store = runs.store
  local row = store:one("again", { trial = id })
  local made = { row = row, records = again.records(row), parts = {} }
  made.config = { loss = row.loss, model = json.decode(row.model) }
  for part in store:rows("cut_labels", { cut = row.cut }) do
    if type(part.labels) ~= "string" then return nil end
    local y = ll.store.floats(part.labels)
    made.parts[part.split] = { y = y, rows = y.rows, multiclass = row.positives == nil }
  end
  local task = row.code == "" and tasks.of(row.loss)
  if row.code ~= "" then -- Lua computes it; of two classes, one output that is no embedding is a score
    if row.classes ~= 2 or made.config.model.embedding then return nil end
    task = "scores"
  end
  return task and made, task
end

local function from_scores(runs, id, needs)
  local made, task = light(runs, id)
  if not made then return nil end
  local both, target = complete.target(made.row, needs)
  local study = runs:study(made.row, target)
  study.losses = { [made.row.loss] = { task = task } }
  local rows = complete.from_scores(runs.store, made, study, target)
  return rows and { metrics = rows }, both, made.row
end

local function by_replay(runs, id, needs)
  local made, why = runs:load(id)
  if not made then return nil, why end
  local both, target = complete.target(made.row, needs)
  local added
  added, why = complete.compute(runs, made, target)
  return added, added and both or why or "asked to end", made.row
end

-- What is to be added to one trial: { how = "scores" or "replay", added, both, records }, or { why }.
local function compute(runs, id, needs)
  local how = "scores"
  local fine, added, both, row = pcall(from_scores, runs, id, needs)
  if not fine then return { why = check.plain(tostring(added)) } end
  if not added then
    how = "replay"
    added, both, row = by_replay(runs, id, needs)
    if not added then return { why = both } end
  end
  return { how = how, added = added, both = both, records = row.records }
end

-- Writes what is ready: a list of { id, said, made }, in one transaction, since what one costs is its commit. Trials may be
-- completed by others meanwhile: what is there by then is left.
local function flush(store, ready)
  if #ready == 0 then return {} end
  store:transaction(function()
    for _, each in ipairs(ready) do
      local made, now = each.made, store:one("again", { trial = each.id })
      complete.write(store, each.id, made.added)
      store:run("set_records", { trial = each.id,
        records = now.records == made.records and made.both or records_of.both(now.records, made.both) })
    end
  end)
  for _, each in ipairs(ready) do each.say { how = each.made.how } end
  return {}
end

local SPAN = 0.2 -- seconds of work in a transaction

-- Adds the metric of a label to trials. options: jobs, threads, trust; tell(id, said), in their order: { how }, or { why } for
-- one that could not be had.
function M.run(path, ids, label, parts, options, tell)
  local needs = needs_of(label, parts)
  apart.run(ids, options, function(each)
    local store <close> = ll.store.open(path, { mode = "write", timeout = worker.PATIENCE })
    local runs = again.new(store, options.trust)
    local ready, since = {}, ll.system.clock()
    for id, say in each do
      local fine, made = pcall(compute, runs, id, needs)
      if not fine then made = { why = check.plain(tostring(made)) } end
      if made.why then
        ready = flush(store, ready) -- what is said goes in the order of the trials
        say(made)
      else
        ready[#ready + 1] = { id = id, say = say, made = made }
      end
      if ll.system.clock() - since > SPAN then ready, since = flush(store, ready), ll.system.clock() end
    end
    flush(store, ready)
  end, function(id, said)
    if said.ended then said = { why = "its process " .. said.ended } end
    tell(id, said)
  end)
end

return M
