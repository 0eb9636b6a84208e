-- How far the studies of a database are, as plain data: for losslab watch, and for whatever else shows a study that runs. What is
-- said is of the validation part alone: whoever looks at test values while a study runs has chosen by them.
--
--   overview.of(store, shards [opt])   { studies = { study … }, runners = { { host, process, trials, begun } … }, finished }
--   overview.lines(of, width [opt])    the same as lines of text, at most so wide
--
-- A study is { name, question, metric, goal, total, done, diverged, failed, pruned, running, pending, ended, finished; rate [opt],
-- trials a second by the last hundred that ended, and left [opt], seconds; best = { { dataset, loss, config, words [opt], n,
-- value } }, a row a data set and loss; failures = { { trial, dataset, loss, error } }, the last three; elsewhere [opt], trials
-- that shards on a cluster have done and that are not merged yet }.
local columns = require "losslab.columns"
local json = require "losslab.json"
local progress = require "losslab.run.progress"
local setting = require "losslab.results.setting"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

local M = {}

local PACE = 100 -- trials, the last that ended
local FAILURES = 3

-- ---- data ----

-- Trials a second: of the last ones, from when the first of them ended until now, so that a study that stands still slows down.
local function rate_of(store)
  local sql = string.format("SELECT count(*) AS n, (julianday('now') - julianday(min(finished))) * 86400 AS seconds FROM (SELECT "
    .. "t.finished FROM wanted AS w CROSS JOIN trial AS t ON t.id = w.trial WHERE t.finished IS NOT NULL "
    .. "ORDER BY t.finished DESC LIMIT %d)", PACE)
  for row in store:query(sql) do
    if row.n >= 2 and row.seconds and row.seconds > 0 then return (row.n - 1) / row.seconds end
  end
end

-- The configuration with the best mean on validation so far, for each data set and loss.
local function best_of(store, up)
  local settings, names, found, out = setting.read(store), {}, {}, json.array {}
  for row in store:rows "datasets" do names[row.id] = row.name end
  for row in store:rows "tally" do
    local config = settings.configs[row.config]
    if row.valid_mean and config then
      local key = row.dataset .. "\0" .. config.loss
      local best = found[key]
      if not best then
        best = { dataset = names[row.dataset], loss = config.loss }
        found[key], out[#out + 1] = best, best
      end
      if not best.value or up and row.valid_mean > best.value or not up and row.valid_mean < best.value then
        best.value, best.n, best.config = row.valid_mean, row.n, row.config
      end
    end
  end
  for _, best in ipairs(out) do
    local words = table.concat(settings:units(best.config), ", ")
    best.words = words ~= "" and words or nil
  end
  table.sort(out, function(a, b)
    if a.dataset ~= b.dataset then return tostring(a.dataset) < tostring(b.dataset) end
    if a.value ~= b.value then return (a.value > b.value) == up end
    return a.loss < b.loss
  end)
  return out
end

local function failures_of(store)
  local ids, out = {}, json.array {}
  for row in store:rows "failed" do ids[#ids + 1] = row end
  for i = math.max(1, #ids - FAILURES + 1), #ids do
    local trial = store:one("trial", { trial = ids[i].trial }) or {}
    out[#out + 1] = { trial = ids[i].trial, dataset = trial.dataset, loss = trial.loss,
      error = text.shorten((ids[i].error or "no message"):match "^[^\n]*", 200) }
  end
  return out
end

-- The study that the store shows.
local function study_of(store, shards)
  local row, out = store:one "study", store:one "progress"
  local up = row.goal ~= "min"
  out.name, out.question, out.metric, out.goal = row.name, row.question, row.metric, row.goal
  out.ended = out.total - out.pending - out.running
  out.finished = out.ended == out.total
  out.elsewhere = not out.finished and shards and shards[row.name] or nil
  if not out.finished then
    out.rate = rate_of(store)
    out.left = out.rate and out.rate > 0 and (out.total - out.ended - (out.elsewhere or 0)) / out.rate or nil
  end
  out.best, out.failures = best_of(store, up), failures_of(store)
  return out
end

-- Of the studies of a file: those of the list of names, or all. shards [opt]: trials done and not merged, by the study's name.
function M.of(store, shards, name)
  local out = { studies = json.array {}, runners = json.array {}, finished = true }
  for _, row in ipairs(studies.list(store)) do
    if not name or row.name == name then
      store:choose(row.id)
      local study = study_of(store, shards)
      out.studies[#out.studies + 1] = study
      out.finished = out.finished and study.finished
    end
  end
  for row in store:rows "runners" do
    out.runners[#out.runners + 1] = { host = row.host, process = row.process, trials = row.trials, begun = row.begun }
  end
  return out
end

-- ---- text ----

local function cut(line, width)
  line = text.clean(line)
  return width and text.width(line) > width and text.shorten(line, width) or line
end

local function bar(study, width)
  local room = math.min(width or 60, 60) - 2
  local full = math.floor(room * study.ended / math.max(study.total, 1))
  return "[" .. ("#"):rep(full) .. ("."):rep(room - full) .. "]"
end

local function state_of(study)
  local parts = { string.format("%d of %d trials", study.ended, study.total),
    string.format("%.0f %%", study.total > 0 and 100 * study.ended / study.total or 100) }
  if study.elsewhere then parts[#parts + 1] = study.elsewhere .. " more in shards" end
  if study.rate then parts[#parts + 1] = string.format("%.3g/s", study.rate) end
  if study.left then parts[#parts + 1] = progress.duration(study.left) .. " left" end
  for _, name in ipairs { "running", "diverged", "failed", "pruned" } do
    if study[name] > 0 then parts[#parts + 1] = study[name] .. " " .. name end
  end
  return table.concat(parts, ", ")
end

local function add_study(out, study, width)
  out[#out + 1] = cut(study.name .. (study.question ~= "" and ": " .. study.question or ""), width)
  for line in (width and text.wrap(state_of(study), width) or state_of(study)):gmatch "[^\n]+" do out[#out + 1] = line end
  out[#out + 1] = bar(study, width)
  local rows = {}
  for i, best in ipairs(study.best) do
    rows[i] = { best.dataset or "?", best.loss, string.format("%.4f", best.value), tostring(best.n), best.words or "" }
  end
  if #rows > 0 then
    for _, line in ipairs(columns.fit({ { title = "data", least = 8, rank = 1 }, { title = "loss", least = 8 },
      { title = "valid " .. study.metric, name = "metric", right = true }, { title = "n", right = true, rank = 3 },
      { title = "best so far with", least = 8, rank = 4 } }, rows, { width = width })) do
      for each in line:gmatch "[^\n]+" do out[#out + 1] = each end
    end
  end
  for _, each in ipairs(study.failures) do
    out[#out + 1] = cut(string.format("trial %d (%s, %s) failed: %s", each.trial, each.dataset or "?", each.loss or "?",
      each.error), width)
  end
end

function M.lines(of, width)
  local out = {}
  for i, study in ipairs(of.studies) do
    if i > 1 then out[#out + 1] = "" end
    add_study(out, study, width)
  end
  if not of.finished then
    local parts = {}
    for i, each in ipairs(of.runners) do
      parts[i] = string.format("process %d on %s (%d trial%s)", each.process, each.host, each.trials,
        each.trials == 1 and "" or "s")
    end
    out[#out + 1] = cut(#parts > 0 and "by " .. table.concat(parts, ", ") or "no losslab run works on it here now", width)
  end
  return out
end

return M
