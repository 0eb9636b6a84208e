-- How the scores of the two classes part during training: a ridge an epoch, from the first at the top to the last, of the held-out
-- scores of one loss (the asked one, else the best on validation), its configuration chosen on validation, all folds and seeds
-- together. The densities are histograms, smoothed; each class has the same area.
local few = require "losslab.plot.few"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local store_of = require("losslab").store

local RIDGES, BINS, OVERLAP, RANKS = 9, 60, 1.7, 2

-- The epochs to draw, of first to last: about evenly far apart, with both ends.
local function epochs_of(first, last)
  local n, out = math.min(RIDGES, last - first + 1), {}
  for i = 0, n - 1 do out[i + 1] = first + math.floor(i * (last - first) / math.max(1, n - 1) + 0.5) end
  return out
end

-- The scores by class of the runs of a configuration at an epoch: positives, negatives; nil and "ranks" or "none".
local function scores_at(results, runs, epoch)
  local one, other, why = {}, {}, "none"
  for _, run in ipairs(runs) do
    local row = results.store:one("scores_and_labels", { trial = run.trial, epoch = epoch, split = "test" })
    if row and row.coding == RANKS then why = "ranks"
    elseif row and row.labels and row.columns == 1 then
      local scores = store_of.unpack_scores(row.scores, row.coding, row.last - row.first + 1, 1, epoch - row.first + 1):table()
      for i, label in ipairs(store_of.floats(row.labels):table()) do
        local score = scores[i]
        if score and score == score and math.abs(score) < math.huge then table.insert(label == 1 and one or other, score) end
      end
    end
  end
  if #one == 0 or #other == 0 then return nil, why end
  return one, other
end

-- A density over BINS bins of low to high, smoothed by binomial weights; what is beyond counts at the ends.
local function density(scores, low, high)
  local counts = {}
  for b = 1, BINS do counts[b] = 0 end
  for _, s in ipairs(scores) do
    local b = math.max(1, math.min(BINS, 1 + math.floor((s - low) / (high - low) * BINS)))
    counts[b] = counts[b] + 1 / #scores
  end
  for _ = 1, 2 do
    local smooth = {}
    for b = 1, BINS do
      smooth[b] = 0.5 * counts[b] + 0.25 * (counts[b - 1] or counts[b]) + 0.25 * (counts[b + 1] or counts[b])
    end
    counts = smooth
  end
  return counts
end

-- The middle 99 % of all the scores, a little wider.
local function range_of(ridges)
  local all = {}
  for _, ridge in ipairs(ridges) do
    for _, scores in ipairs { ridge.one, ridge.other } do table.move(scores, 1, #scores, #all + 1, all) end
  end
  table.sort(all)
  local low, high = all[1 + #all // 200], all[#all - #all // 200]
  if high <= low then low, high = low - 0.5, high + 0.5 end
  local room = 0.03 * (high - low)
  return low - room, high + room
end

local function panel_of(results, dataset, loss, classes)
  local chosen = results:choose(dataset, loss)
  local runs = chosen and dataset.runs[chosen.config] or {}
  local first, last = math.huge, 0
  for _, run in ipairs(runs) do
    for row in results.store:rows("epochs", { trial = run.trial }) do
      if row.epoch > 0 then first, last = math.min(first, row.epoch), math.max(last, row.epoch) end
    end
  end
  local ridges, why = {}, "none"
  for _, epoch in ipairs(last > 0 and epochs_of(first, last) or {}) do
    local one, other = scores_at(results, runs, epoch)
    if one then ridges[#ridges + 1] = { epoch = epoch, one = one, other = other } else why = other end
  end
  if #ridges < 2 then return nil, #ridges == 1 and "one" or why end
  local low, high = range_of(ridges)
  local panel = { title = dataset.name, under = layout.size(dataset), from = low, to = high, low = 0, series = {}, heights = {} }
  local most = 0
  for _, ridge in ipairs(ridges) do
    ridge.densities = { density(ridge.other, low, high), density(ridge.one, low, high) }
    for _, each in ipairs(ridge.densities) do most = math.max(most, table.unpack(each)) end
  end
  for i, ridge in ipairs(ridges) do -- from the top down, so that what is nearer covers what is behind
    local base = #ridges - i
    for k, counts in ipairs(ridge.densities) do
      local points = { { low, base } }
      for b, share in ipairs(counts) do
        points[b + 1] = { low + (b - 0.5) * (high - low) / BINS, base + OVERLAP * share / most }
      end
      points[#points + 1] = { high, base }
      panel.series[#panel.series + 1] = { text = classes[k], points = points, steps = true, ridge = true, fill = base,
        style = k == 1 and 2 or 1, mark = false }
    end
    panel.heights[i] = { base, string.format("%d", ridge.epoch) }
  end
  panel.high = #ridges - 1 + OVERLAP + 0.1
  return panel
end

local WHY = {
  ranks = "of the scores of held-out rows the database keeps the ranks alone, which are alike at every epoch",
  one = 'the database keeps the scores of one epoch alone (scores = "all" keeps those of every epoch)',
}

local function draw(fig, results)
  local list, why = {}, "none"
  local positive, negative = layout.classes_of(results.datasets)
  for _, dataset in ipairs(results.datasets) do
    local loss = dataset.positives and few.one(results, dataset) -- else there are no two classes
    local panel, reason
    if loss then panel, reason = panel_of(results, dataset, loss, { negative, positive }) end
    if panel then
      list[#list + 1] = panel
      panel.under = loss .. ", " .. panel.under
    end
    why = reason or why
  end
  if #list == 0 then return nil, WHY[why] or layout.no_scores(results) end
  fig:describe("Densities of the held-out scores of %s and %s by epoch, from the first at the top to the last.", positive, negative)
  return panels(fig, { title = string.format("%s: scores of held-out %s and %s by epoch", results.study.name, positive, negative),
    note = (results.unvalidated and "All folds" or "The configuration chosen on validation; all folds")
      .. " and seeds together, each class with the same area; what is beyond the axis counts at its ends. Epochs from the top "
      .. "down.",
    x = "score", y = "epoch", panels = list }, results)
end

return { name = "ridge", draw = draw }
