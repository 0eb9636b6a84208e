-- ROC of each loss by each fold's own choice on validation, on held-out rows, a panel a data set. A curve for each fold and
-- seed at its best epoch, averaged at equal false positive rates (Fawcett 2006, Pattern Recogn. Lett. 27:861, vertical
-- averaging): scores of different networks are not on one scale, so their rows are not pooled. The AUC is that of the
-- curves drawn: mean ± sd.
local ll = require "losslab"
local layout = require "losslab.plot.layout"
local stats = require "losslab.results.stats"

local points = 200
local readable = 5 -- points: the least size of a panel's AUCs

-- True positive rates at false positive rates 0, 1/points, …, 1, and the exact AUC; nil where a class is absent or a score is no
-- number. Between corners a curve is a line; where it rises at one false positive rate, its upper end counts.
local function roc(scores, labels)
  local fine, corners = pcall(ll.metric.roc, scores, labels, { points = 2 * points })
  if not fine then return nil end
  corners = corners:table()
  local curve, i = {}, 1
  for k = 0, points do
    local x = k / points
    while i < #corners and corners[i + 1][1] <= x do i = i + 1 end
    local here, after = corners[i], corners[i + 1]
    curve[k + 1] = after and here[2] + (after[2] - here[2]) * (x - here[1]) / (after[1] - here[1]) or here[2]
  end
  return curve, ll.metric.auc(scores, labels)
end

return {
  name = "roc",
  roc = roc,
  draw = function(fig, results)
    local panels, shown = {}, {}
    for _, dataset in ipairs(results.datasets) do
      local lines = {}
      for _, loss in ipairs(results.losses) do
        local chosen = results:choose(dataset, loss.name)
        local sums, areas = {}, {}
        if chosen then
          for scores, labels in results:held_out(dataset, chosen) do
            local curve, area = roc(scores, labels)
            if curve then
              for k = 1, points + 1 do sums[k] = (sums[k] or 0) + curve[k] end
              areas[#areas + 1] = area
            end
          end
        end
        if #areas > 0 then
          local rows = { { 0, 0 } }
          for k = 1, points + 1 do rows[k + 1] = { (k - 1) / points, sums[k] / #areas } end
          lines[#lines + 1] = { loss = loss.name, rows = rows, mean = stats.mean(areas), sd = stats.sd(areas), runs = #areas }
        end
      end
      for _, line in ipairs(lines) do shown[line.loss] = true end
      if #lines > 0 then panels[#panels + 1] = { dataset = dataset, lines = lines } end
    end
    if #panels == 0 then return nil, "the database keeps no scores of held-out rows" end

    local most, size = 0, nil
    for _, panel in ipairs(panels) do most = math.max(most, #panel.lines) end
    layout.axes(fig)
    local begin = layout.grid(fig, #panels, {
      title = results.study.name .. ": ROC on held-out rows",
      note = function(high)
        size = high / (most + 1) / 2.1
        return "Each loss by each fold's own choice on validation; mean over folds and seeds at equal false positive rate."
          .. (size >= readable and " In the panel: AUC, mean ± standard deviation." or "")
      end,
      legend = layout.legend(results, shown, true), square = true, titles = layout.titles(panels),
    })
    for i, panel in ipairs(panels) do
      local place = begin(i)
      layout.title(fig, place, layout.size(panel.dataset))
      layout.names(fig, place, "false positive rate", "true positive rate")
      fig:add("set xrange [0:1]\nset yrange [0:1]\nset xtics %s\nset ytics 0.2", place.inner < 200 and "0.5" or "0.2")
      fig:add(size < readable and "unset key"
        or "set key bottom right Left reverse opaque fillcolor rgb '#30ffffff' samplen 2.4 spacing 1.05 width -2 font ',%.3g'",
        math.min(fig.font * 0.85, place.high / (#panel.lines + 1) / 2.1))
      local parts = { "x with lines lc rgb '#bbbbbb' lw 1 dt (4,4) notitle" }
      for _, line in ipairs(panel.lines) do
        local style = layout.style(results, line.loss)
        local area = string.format("%.3f%s", line.mean, line.sd and string.format(" ± %.3f", line.sd) or "")
        parts[#parts + 1] = string.format("%s using 1:2 with lines lc rgb '%s' lw 2 dt %s title %s", fig:data(line.rows),
          style.color,
          style.dash, fig:text(area))
      end
      fig:add("plot %s", table.concat(parts, ", "))
    end
    return true
  end,
}
