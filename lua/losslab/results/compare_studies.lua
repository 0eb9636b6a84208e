-- Studies side by side: what each asked and what differs in settings, data, code and machine; and, per data set and loss, the
-- paired difference of the test metric between a study and the first, each with the configuration that it chose on validation.
-- Pairs are the runs of one fold and seed of a data set of one name; what has no pair is counted, and so is what was lost.
local ll = require "losslab"
local check = require "losslab.check"
local choice = require "losslab.results.choice"
local differences = require "losslab.results.differences"
local folds = require "losslab.results.folds"
local json = require "losslab.json"
local reading = require "losslab.results.reading"

local M = {}

-- Whether more of a metric is better, by its label: "auc", "ap(…)", or the study's own goal for its own metric.
local function goal_of(results, metric)
  if metric == results.metric then return results.goal end
  local name = metric:match "^[%w_]+"
  local fine, row = pcall(ll.metric.describe, name)
  if not fine then return name == "loss" and "min" or results.goal end
  return row.higher_is_better and "max" or "min"
end

local function check_metric(side, metric)
  local known, names = {}, {}
  for row in side.store:rows "metric_names" do
    names[#names + 1], known[row.name] = row.name, true
  end
  if not known[metric] then check.unknown(string.format("%s has no metric", side.name), metric, names) end
end

-- sides: { { store, name }, … }, studies chosen. Adds what is read of each; metric [opt]: another than the first study's.
local function read_all(sides, metric)
  metric = metric or reading.read(sides[1].store).metric
  local goal
  for _, side in ipairs(sides) do
    check_metric(side, metric)
    local results = reading.read(side.store)
    goal = goal or goal_of(results, metric)
    side.results = (metric ~= results.metric or goal ~= results.goal) and results:by(metric, goal) or results
    side.about = differences.side(side.store, side.name)
  end
  return metric, goal
end

-- ---- paired -------------------------------------------------------------------------------------------------------------

local function runs_by_block(side)
  local out = {}
  for _, run in ipairs(folds.runs(side.dataset, side.choice)) do out[folds.block(side.results, run)] = run end
  return out
end

-- Keys of the cuts of a data set's runs, by fold and seed: with inner folds, all of theirs.
local function cuts_of(side, dataset)
  local out = {}
  for row in side.store:rows("cut_keys", { dataset = dataset.id }) do
    local at = folds.block(side.results, row)
    out[at] = (out[at] and out[at] .. " " or "") .. row.key
  end
  return out
end

-- Two studies as one to results/choice.lua's difference: there the runs of a configuration are asked for by fold and seed, and here
-- what stands for a configuration is a side.
local function joined(one)
  return setmetatable({
    by_run = function(_, _, side) return side.results:by_run(side.dataset, side.choice) end,
    counts = function(_, _, side)
      return side.results.counts and side.results:counts(side.dataset, side.choice) or { n = 0, lost = 0, open = 0, of = 0 }
    end,
  }, { __index = one })
end

local function lost_of(dataset, loss)
  local lost = dataset and dataset.lost[loss] or {}
  return (lost.diverged or 0) + (lost.failed or 0), lost.open or 0
end

local function chosen_of(side, dataset, loss)
  local chosen = dataset and side.results:choose(dataset, loss)
  local lost, open = lost_of(dataset, loss)
  if not chosen then return { lost = lost, open = open } end
  return { results = side.results, dataset = dataset, choice = chosen, config = chosen.config, runs = chosen.n,
    test = chosen.test_mean, valid = chosen.valid_mean, setting = side.results:describe(chosen.config), lost = lost, open = open }
end

-- What is said of a side; plain data.
local function plain(chosen)
  return { config = chosen.config, setting = chosen.setting, runs = chosen.runs, test = chosen.test, valid = chosen.valid,
    lost = chosen.lost, open = chosen.open }
end

-- A row: a data set and a loss. other - one, paired.
local function compare(one, other, ours, theirs, loss)
  local a, b = chosen_of(one, ours, loss), chosen_of(other, theirs, loss)
  if not (a.config or b.config) and a.lost + b.lost + a.open + b.open == 0 then return nil end
  local row = { dataset = (ours or theirs).name, loss = loss, a = plain(a), b = plain(b), pairs = 0, unpaired = 0, other_rows = 0 }
  if not (a.config and b.config) then return row end
  local of_a, of_b = runs_by_block(a), runs_by_block(b)
  local cuts_a, cuts_b = cuts_of(one, ours), cuts_of(other, theirs)
  for block in pairs(of_a) do
    if not of_b[block] then row.unpaired = row.unpaired + 1
    else
      row.pairs = row.pairs + 1
      if cuts_a[block] ~= cuts_b[block] then row.other_rows = row.other_rows + 1 end
    end
  end
  for block in pairs(of_b) do if not of_a[block] then row.unpaired = row.unpaired + 1 end end
  local ratio = ours.ratio and theirs.ratio and math.max(ours.ratio, theirs.ratio)
  row.difference = one.results.difference(joined(one.results), { ratio = ratio }, b, a)
  return row
end

local function union(a, b)
  local out, seen = {}, {}
  for _, list in ipairs { a, b } do
    for _, each in ipairs(list) do
      if not seen[each.name] then seen[each.name], out[#out + 1] = true, each.name end
    end
  end
  return out
end

local function finite(x) return check.finite(x) and x or nil end
local function said(d)
  return d and { n = d.n, difference = d.difference, low = finite(d.low), high = finite(d.high),
    verdict = choice:verdict(d) } or nil
end

-- A study against the first.
local function against(one, other)
  local out = { study = other.about.study.name, name = other.name, rows = json.array {}, pooled = json.array {}, unpaired = 0,
    other_rows = 0, lost = { 0, 0 } }
  for _, what in ipairs { "settings", "data", "code", "machine" } do
    out[what] = json.array(differences[what](one.about, other.about))
  end
  local by_loss = {}
  local losses = union(one.results.losses, other.results.losses)
  for _, name in ipairs(union(one.results.datasets, other.results.datasets)) do
    for _, loss in ipairs(losses) do
      local row = compare(one, other, one.results.datasets[name], other.results.datasets[name], loss)
      if row then
        out.rows[#out.rows + 1] = row
        out.unpaired, out.other_rows = out.unpaired + row.unpaired, out.other_rows + row.other_rows
        out.lost[1], out.lost[2] = out.lost[1] + row.a.lost, out.lost[2] + row.b.lost
        by_loss[loss] = by_loss[loss] or {}
        table.insert(by_loss[loss], row.difference)
        row.difference = said(row.difference)
      end
    end
  end
  for _, loss in ipairs(losses) do
    local list = by_loss[loss] or {}
    if #list > 1 then
      table.insert(out.pooled, { loss = loss, datasets = #list, difference = said(one.results:pooled(list)) })
    end
  end
  return out
end

-- sides: { { store, name }, … }, at least two, each store about its study. metric [opt]. Gives { metric, goal, studies = { {
-- name, study, question, counts, datasets, losses } }, compared = { against the first: { name, study, settings, data, code,
-- machine = { words }, rows = { { dataset, loss, a, b = { config, setting, runs, test, valid, lost, open }, difference = { n,
-- difference, low, high, verdict }, pairs, unpaired, other_rows } }, pooled, unpaired, other_rows, lost } } }.
function M.compare(sides, metric)
  local name, goal = read_all(sides, metric)
  local out = { metric = name, goal = goal, studies = {}, compared = {} }
  for i, side in ipairs(sides) do
    local results = side.results
    out.studies[i] = { name = side.name, study = side.about.study.name, question = side.about.study.question,
      counts = results.status, datasets = #results.datasets, losses = #results.losses }
    if i > 1 then out.compared[i - 1] = against(sides[1], side) end
  end
  return out
end

return M
