-- ROC of each loss on held-out rows (plot/vertical.lua), a panel a data set. The AUC is that of the curves drawn: mean ± sd.
local ll = require "losslab"
local layout = require "losslab.plot.layout"
local vertical = require "losslab.plot.vertical"

-- True positive rates at false positive rates 0, 1/points, …, 1, and the exact AUC; nil where a class is absent or a score is no
-- number. Between corners a curve is a line; where it rises at one false positive rate, its upper end counts.
local function roc(scores, labels)
  local points = vertical.points
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
    local sets = vertical.read(results, roc)
    if #sets == 0 then return nil, layout.no_scores(results) end
    for _, set in ipairs(sets) do
      for _, line in ipairs(set.lines) do table.insert(line.points, 1, { 0, 0 }) end
    end
    return vertical.draw(fig, results, { sets = sets, title = results.study.name .. ": ROC on held-out rows", area = "AUC",
      what = "True against false positive rate on held-out rows", x = "false positive rate", y = "true positive rate",
      corners = { "bottom right" }, base = function() return { { 0, 0 }, { 1, 1 } } end,
      note = "Each loss by " .. layout.own(results) .. "; mean over folds and seeds at equal false positive rate." })
  end,
}
