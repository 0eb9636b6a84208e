-- Reliability of each loss's probabilities on held-out rows: where a network says 0.8, eight in ten should be positive. Rows of all
-- folds and seeds together, in ten bins of equally many; the bars are Wilson's 95 % intervals (1927, J. Am. Stat. Assoc. 22:209) of
-- as many rows as one seed has, since seeds share theirs. The grey diagonal is perfect. Only outputs that are meant as
-- probabilities take part: of a sigmoid, or the logits of a likelihood.
local ll = require "losslab"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local stats = require "losslab.results.stats"
local text = require "losslab.text"
local vertical = require "losslab.plot.vertical"

local BINS, BARS, LARGE = 10, 3, 3 -- bins; losses in a panel of which each has bars; panels that have room for numbers
local LIKELIHOODS = { cross_entropy = true, logistic = true, focal = true }

-- What the scores of a configuration are: "probabilities" or "logits", or nil.
local function kind_of(config)
  if config.parameters.from == "probabilities" or config.model.output == "sigmoid" then return "probabilities" end
  return LIKELIHOODS[config.loss] and "logits" or nil
end

-- Wilson's interval of a share p of n.
local function wilson(p, n)
  local z = 1.959964
  local middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
  return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
end

-- A loss's points { mean probability, share of positives, low, high } and the mean calibration error of its runs.
local function line_of(results, dataset, loss)
  local chosen = results:choose(dataset, loss.name)
  local scores, labels, errors, seeds, count, ranked, bare = {}, {}, {}, {}, 0, false, true
  for s, y, run, ranks in chosen and results:held_out(dataset, chosen) or function() end do
    local kind = kind_of(results.configs[run.config])
    ranked, bare = ranked or ranks, bare and not kind
    local fine, error_of
    if kind and not ranks then fine, error_of = pcall(ll.metric.calibration_error, s, y, { bins = BINS, from = kind }) end
    if fine then
      errors[#errors + 1] = error_of
      if not seeds[run.seed] then seeds[run.seed], count = true, count + 1 end
      s, y = s:table(), y:table()
      for i, score in ipairs(s) do
        scores[#scores + 1] = kind == "logits" and 1 / (1 + ll.math.exp(-score)) or score
        labels[#labels + 1] = y[i]
      end
    end
  end
  if #errors == 0 then return nil, ranked and "ranks" or bare and "bare" end
  local points, n = {}, #scores
  for i, row in ipairs(ll.metric.reliability(scores, labels, { bins = BINS, binning = "mass" }):table()) do
    local rows = row[3] * n
    local low, high = wilson(row[2], math.max(1, rows / count))
    points[i] = { row[1], row[2], low, high, more = string.format("%d rows", math.floor(rows + 0.5)) }
  end
  return { loss = loss.name, points = points, mean = stats.mean(errors), sd = stats.sd(errors) }
end

local WHY = {
  ranks = "of the scores of held-out rows the database keeps the ranks alone, which are no probabilities",
  bare = "no loss of the study gives probabilities: that do a sigmoid output and the losses cross_entropy, logistic and focal",
}

local function draw(fig, results)
  local list, why, facts, classes = {}, nil, {}, layout.classes_of(results.datasets)
  for _, dataset in ipairs(results.datasets) do
    local lines = {}
    for _, loss in ipairs(results.losses) do
      local line, reason = line_of(results, dataset, loss)
      lines[#lines + 1], why = line, why or reason
    end
    local series = { { text = "perfect", style = 0, points = { { 0, 0 }, { 1, 1 } }, mark = false, thin = true, pale = true,
      hidden = true, silent = true } }
    local rows, best = {}, nil
    for _, line in ipairs(lines) do
      if #lines > BARS then
        for i, point in ipairs(line.points) do line.points[i] = { point[1], point[2], more = point.more } end
      end
      series[#series + 1] = { text = line.loss, loss = line.loss, points = line.points, bars = true, size = 0.8 }
      rows[#rows + 1] = { loss = line.loss, text = string.format("%.3f%s", line.mean, line.sd and string.format(" ± %.3f", line.sd)
        or "") }
      if not best or line.mean < best.mean then best = line end
    end
    if best then
      local corner, taken = vertical.corner(lines, #rows, { "top left", "bottom right" })
      facts[#facts + 1] = string.format("%s: least error %s, %.3f", dataset.name, best.loss, best.mean)
      local all = #rows <= 14 and taken == 0 and #results.datasets <= LARGE
      list[#list + 1] = { title = dataset.name, under = all and layout.size(dataset)
          or string.format("least error %.3f (%s)", best.mean, best.loss), from = 0, to = 1, low = 0, high = 1, series = series,
        numbers = { corner = corner, rows = rows, size = all and fig.font * 0.75 or nil } }
    end
  end
  if #list == 0 then return nil, WHY[why] or layout.no_scores(results) end
  fig:describe("Share of %s against predicted probability on held-out rows, and the expected calibration error. %s.", classes,
    text.listed(facts, 8))
  return panels(fig, { title = results.study.name .. ": calibration on held-out rows", square = true, panels = list,
    x = "mean predicted probability", y = "share of " .. classes,
    note = string.format("Each loss by %s; all folds and seeds together, in %d bins of equally "
      .. "many rows. Grey: perfect; above it the %s are more than predicted. Error: expected calibration error, mean (± standard "
      .. "deviation) of runs.", layout.own(results), BINS, classes) }, results)
end

return { name = "calibration", draw = draw }
