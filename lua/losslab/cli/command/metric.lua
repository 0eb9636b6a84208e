-- losslab metric: a metric of all finished trials of a study, added to the database.
local ll = require "losslab"
local arguments_of = require "losslab.cli.arguments"
local added = require "losslab.run.added"
local check = require "losslab.check"
local columns = require "losslab.columns"
local database = require "losslab.cli.database"
local json = require "losslab.json"
local looks = require "losslab.results.looks"
local metrics = require "losslab.study.metrics"
local progress = require "losslab.run.progress"
local reading = require "losslab.results.reading"
local say = require "losslab.say"
local stats = require "losslab.results.stats"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

-- NAME and option=value words as a study writes them.
local function written(arguments)
  local out = { arguments[2] }
  for i = 3, #arguments do
    local name, value = arguments[i]:match "^([%w_]+)=(.+)$"
    if not name then arguments_of.wrong('an option of the metric is name=value, not "%s"', text.clean(arguments[i])) end
    if out[name] ~= nil then arguments_of.wrong("%s is given twice", name) end
    if value == "true" or value == "false" then out[name] = value == "true"
    else out[name] = math.tointeger(tonumber(value)) or tonumber(value) or value end
    if type(out[name]) == "number" then out[name] = tonumber(tostring(out[name])) end -- as the label says it
  end
  return out
end

local function metric_of(arguments)
  local fine, made = pcall(metrics.of, written(arguments))
  if not fine then
    if arguments_of.is_wrong(made) then error(made, 0) end
    arguments_of.wrong("%s", check.plain(made))
  end
  return made
end

-- One line a data set and loss: what the study chose, and the metric there; what this metric would choose.
local function leaderboard(results, metric, split)
  local by, out = results:by(metric.label, metric.higher_is_better and "max" or "min"), json.array {}
  for i, dataset in ipairs(results.datasets) do
    for _, loss in ipairs(results.losses) do
      local chosen, own = results:choose(dataset, loss.name), by:choose(by.datasets[i], loss.name)
      if chosen then
        local function level(set, choice, from)
          local values = {}
          local of = from:by_run(set, choice, { metric = metric.label, split = split })
          for _, value in pairs(of) do values[#values + 1] = value end
          table.sort(values) -- the mean must not depend on the order of a table
          return #values > 0 and stats.mean(values) or nil, #values > 1 and stats.sd(values) or nil, #values
        end
        local mean, sd, n = level(dataset, chosen, results)
        local row = { dataset = dataset.name, loss = loss.name, config = chosen.config, mean = mean, sd = sd, n = n,
          lost = chosen.lost }
        if own then
          row.own_config, row.own_mean = own.config, level(by.datasets[i], own, by)
        end
        out[#out + 1] = row
      end
    end
  end
  return out
end

local function print_table(results, metric, split, rows)
  local room = text.room()
  local of, cells = metric.label .. " " .. split, {}
  if room then of = text.shorten(of, math.max(12, room // 3)) end
  local function setting(config)
    local units = results:units(config)
    for i, unit in ipairs(units) do units[i] = columns.together(unit) end
    return #units > 0 and table.concat(units, ", ") or "-"
  end
  for i, row in ipairs(rows) do
    local same = row.own_config == row.config
    cells[i] = { text.clean(row.dataset), text.clean(row.loss), setting(row.config), database.number(row.mean, 3),
      database.number(row.sd, 3), tostring(row.n), tostring(row.lost), same and "the same" or row.own_config and
      setting(row.own_config) or "-", database.number(row.own_mean, 3) }
  end
  local chosen_by = "chosen by " .. results.metric
  say.out(columns.text({ { title = "data set", least = 10 }, { title = "loss", least = 10 },
    { title = chosen_by, wrap = true, rank = 4 }, { title = of, right = true }, { title = "± sd", right = true, rank = 7 },
    { title = "runs", right = true, rank = 8 }, { title = "lost", right = true, rank = 3 },
    { title = "by this metric", wrap = true, rank = 5 }, { title = of, name = of .. " of that", right = true, rank = 6 } },
    cells, { width = room }), "\n")
end

-- Each reason once, with how many trials it is of.
local function note(failed)
  local seen, reasons = {}, {}
  for _, each in ipairs(failed) do
    if not seen[each.why] then
      seen[each.why] = { why = each.why, trial = each.trial, count = 0 }
      reasons[#reasons + 1] = seen[each.why]
    end
    seen[each.why].count = seen[each.why].count + 1
  end
  for i = 1, math.min(#reasons, 10) do
    local each = reasons[i]
    say.note(string.format("trial %d%s: %s", each.trial, each.count > 1 and string.format(" and %d more", each.count - 1) or "",
      text.clean(each.why)))
  end
end

return {
  name = "metric",
  summary = "compute a metric for all finished trials of a study, and add it to the database",
  arguments = { { "DB", "a result database" }, { "NAME", "a metric (losslab losses --metrics), as partial_auc" },
    { "OPTION=VALUE", "its options, as max_fpr=0.05", many = true, optional = true } },
  options = {
    { "--study", value = "NAME", doc = "of which study (default: the one that was run last)" },
    { "--split", value = "SPLIT", choices = { "train", "valid", "test" }, doc = "the part that the table shows (default: test)" },
    { "--jobs", value = "N", kind = "integer", low = 1, doc = "processes (default: the cores)" },
    { "--threads", value = "N", kind = "integer", low = 1, high = 256, doc = "threads of each (default: the cores left over)" },
    { "--trust", doc = "run the database's scripts, with all your rights, where Lua of theirs computes a trial" },
  },
  json = true,
  example = "losslab metric study.db partial_auc max_fpr=0.05",
  notes = [[
It is computed from the scores of every epoch where they are kept, else each trial is run again, and must first give every bit that
was recorded. What is there is not computed again. The table shows the metric where the study's own metric chose, and what this one
would choose; all choices are made on validation. Exit code 1: of some trials it could not be had.
]],
  run = function(given, arguments)
    local db, split, began = arguments[1], given.split or "test", ll.system.clock()
    local metric = metric_of(arguments)
    local ids, there, name
    local parts = split == "train" and { "test", "train", "valid" } or { "test", "valid" }
    local function chosen(store)
      if given.study then store:choose(studies.id(store, given.study)) end
      local row = store:one "study"
      if not row then error(text.clean(db) .. " holds no study", 0) end
      return row
    end
    database.read(db, function(store)
      local row = chosen(store)
      name = row.name
      if reading.read(store).unvalidated then table.remove(parts) end -- the last is "valid"
      ids, there = added.lacking(store, row.id, metric.label, parts)
    end)
    local ways, failed = { scores = 0, replay = 0 }, json.array {}
    if #ids > 0 then
      local how = { jobs = given.jobs, threads = given.threads, trust = given.trust }
      database.explained(db, added.run, db, ids, metric.label, parts, how, function(id, said)
        if said.how then ways[said.how] = ways[said.how] + 1 else
          failed[#failed + 1] = { trial = id, why = text.utf8(said.why) }
        end
      end)
      note(failed)
    end
    say.remark(string.format("%s: %s of %d trials: %d from their scores, %d run again, %d had it%s, in %s\n", text.clean(name),
      text.clean(metric.label), #ids + there, ways.scores, ways.replay, there,
      #failed > 0 and string.format(", %d not to be had", #failed) or "", progress.duration(ll.system.clock() - began)))
    database.read(db, function(store)
      chosen(store)
      if split == "test" then looks.record(store, "metric") end
      local results = reading.read(store)
      local rows = leaderboard(results, metric, split)
      if not given.json then return print_table(results, metric, split, rows) end
      database.print_json { study = name, metric = metric.label, chosen_by = results.metric, split = split, trials = #ids + there,
        from_scores = ways.scores, replayed = ways.replay, had = there, failed = failed, leaderboard = rows }
    end)
    return #failed > 0 and 1 or 0
  end,
}
