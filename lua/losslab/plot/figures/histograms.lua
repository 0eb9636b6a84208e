-- Scores of held-out rows of both classes under the asked loss (else the first that learns, else the one that is best on
-- validation): its configuration chosen on validation, at the best epoch of each run, standardised within it, rows of all folds and
-- seeds together, each class's bars adding up to 100 %.
local layout = require "losslab.plot.layout"
local gnuplot = require "losslab.plot.gnuplot"

local MOST, LEAST = 48, 16 -- bars

-- The range that holds all but one in a thousand rows at each end, or everything where that is little wider: one network's
-- outliers would otherwise leave one bar. What is outside is counted in the end bars.
local function range(all)
  table.sort(all)
  local n = #all
  local low, high = all[1 + n // 1000], all[n - n // 1000]
  local room = 0.25 * (high - low)
  if low - all[1] <= room then low = all[1] end
  if all[n] - high <= room then high = all[n] end
  if high <= low then low, high = low - 0.5, high + 0.5 end
  return low, high
end

-- To mean 0 and standard deviation 1: what one network calls 0.6 another calls 0.4, and side by side they would hide how far
-- each tells the classes apart.
local function standardised(scores)
  local n, sum, squares = #scores, 0, 0
  for _, s in ipairs(scores) do sum = sum + s end
  local mean = sum / n
  for _, s in ipairs(scores) do squares = squares + (s - mean) ^ 2 end
  local sd = math.sqrt(squares / n)
  for i, s in ipairs(scores) do scores[i] = sd > 0 and (s - mean) / sd or 0 end
  return scores
end

local function histogram(one, other)
  local all = table.move(other, 1, #other, #one + 1, table.move(one, 1, #one, 1, {}))
  local low, high = range(all)
  local bins = math.max(LEAST, math.min(MOST, math.floor(2.5 * (#all) ^ (1 / 3))))
  local width = (high - low) / bins
  local counts = { {}, {} }
  for k, scores in ipairs { one, other } do
    for b = 1, bins do counts[k][b] = 0 end
    for _, s in ipairs(scores) do
      local b = math.max(1, math.min(bins, 1 + math.floor((s - low) / width)))
      counts[k][b] = counts[k][b] + 1
    end
  end
  -- The outline, two corners a bar: filled as one shape, without seams between bars.
  local rows = { { low, 0, 0 } }
  for b = 1, bins do
    local t, d = 100 * counts[1][b] / math.max(1, #one), 100 * counts[2][b] / math.max(1, #other)
    rows[#rows + 1] = { low + (b - 1) * width, t, d }
    rows[#rows + 1] = { low + b * width, t, d }
  end
  rows[#rows + 1] = { high, 0, 0 }
  return rows, low, high, width
end

return {
  name = "histograms",
  draw = function(fig, results)
    local panels, ranked = {}, false
    local loss = results.ask and results.losses[results.ask.loss] or results:learner()
    local asked = loss and loss.name
    for _, dataset in ipairs(results.datasets) do
      local chosen = dataset.positives and results:choose(dataset, asked) -- else there are no two classes
      local one, other, runs = {}, {}, 0
      if chosen then
        for scores, labels, _, ranks in results:held_out(dataset, chosen) do
          runs, ranked = runs + 1, ranked or ranks
          scores, labels = ranks and {} or standardised(scores:table()), labels:table()
          for i, score in ipairs(scores) do
            if score == score then
              if labels[i] == 1 then one[#one + 1] = score else other[#other + 1] = score end
            end
          end
        end
      end
      if #one + #other > 0 then
        panels[#panels + 1] = { dataset = dataset, chosen = chosen, one = one, other = other, runs = runs }
      end
    end
    if #panels == 0 then
      return nil, ranked and "of the scores of held-out rows the database keeps the ranks alone"
        or layout.no_scores(results)
    end

    local blue = { color = gnuplot.palette[1], fill = 0.45 }
    local orange = { color = gnuplot.palette[2], fill = 0.45 }
    local sets = {}
    for i, panel in ipairs(panels) do sets[i] = panel.dataset end
    local positive, negative = layout.classes_of(sets)
    fig:describe("Densities of the held-out scores of %s and %s%s.", positive, negative, asked and ", of " .. asked or "")
    layout.axes(fig)
    local begin = layout.grid(fig, #panels, {
      title = string.format("%s: scores of held-out %s and %s", asked or results.study.name, positive, negative),
      note = (asked and "" or "Each data set's best loss on validation. ")
        .. (results.unvalidated and "The last epoch" or "Each fold's own choice on validation")
        .. "; scores standardised within each run, all folds and seeds together; "
        .. "end bars hold what lies beyond.",
      legend = { { text = positive, style = blue }, { text = negative, style = orange } },
      titles = layout.titles(panels),
    })
    for i, panel in ipairs(panels) do
      local place = begin(i)
      local rows, low, high, width = histogram(panel.one, panel.other)
      layout.title(fig, place, layout.size(panel.dataset))
      layout.names(fig, place, "score, standardised", "share of the class, %")
      local most, shown = 0, { {}, {} }
      for j, row in ipairs(rows) do
        for k = 1, 2 do
          most = math.max(most, row[k + 1])
          if j % 2 == 0 and row[k + 1] > 0 then shown[k][#shown[k] + 1] = { row[1] + width / 2, row[k + 1] } end
        end
      end
      layout.range(fig, place, "x", low - width / 2, high + width / 2)
      layout.range(fig, place, "y", 0, 1.06 * most)
      fig:add "set ytics autofreq"
      for k, name in ipairs { positive, negative } do fig:shows(place, { text = name, points = shown[k] }) end
      fig:add(layout.ticks("x", low, high, 6))
      local data = fig:data(rows)
      local parts = {}
      for k, style in ipairs { blue, orange } do
        parts[k] = string.format("%s using 1:%d with filledcurves y1=0 fc rgb '%s' fs transparent solid %g noborder notitle",
          data, k + 1, style.color, style.fill)
        parts[k + 2] = string.format("%s using 1:%d with lines lc rgb '%s' lw 1.5 dt %s notitle", data, k + 1, style.color,
          k == 1 and "solid" or "(6,3)")
      end
      fig:add("plot %s", table.concat(parts, ", "))
    end
    return true
  end,
}
