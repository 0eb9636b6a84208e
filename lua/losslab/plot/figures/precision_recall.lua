-- Precision against recall of each loss on held-out rows (plot/vertical.lua), a panel a data set: what ROC hides where positives
-- are few. Between two thresholds precision is not interpolated (Davis and Goadrich 2006, ICML): at a recall stands the best
-- precision of the thresholds that reach it first. The grey line is the share of positives, which chance gives.
local ll = require "losslab"
local layout = require "losslab.plot.layout"
local vertical = require "losslab.plot.vertical"

-- Precisions at recalls 0, 1/points, …, 1, and the average precision; nil where a class is absent or a score is no number.
local function precision_recall(scores, labels)
  local fine, corners = pcall(ll.metric.precision_recall, scores, labels)
  if not fine then return nil end
  corners = corners:table()
  local curve, i = {}, 1
  for k = 0, vertical.points do
    local wanted = k / vertical.points
    while i < #corners and (corners[i][1] < wanted - 1e-9 or k > 0 and corners[i][1] == 0) do i = i + 1 end
    curve[k + 1] = corners[i][2]
  end
  return curve, ll.metric.average_precision(scores, labels)
end

return {
  name = "precision_recall",
  precision_recall = precision_recall,
  draw = function(fig, results)
    local sets = vertical.read(results, precision_recall)
    if #sets == 0 then return nil, layout.no_scores(results) end
    local positives = layout.classes_of(results.datasets)
    return vertical.draw(fig, results, { sets = sets, title = results.study.name .. ": precision against recall on held-out rows",
      what = "Precision against recall on held-out rows", area = "average precision", x = "recall", y = "precision",
        corners = { "bottom left", "top right", "bottom right", "top left" },
      base = function(dataset)
        local share = dataset.positives and dataset.positives / dataset.rows
        return share and { { 0, share }, { 1, share } } or {}
      end,
      note = "Each loss by " .. layout.own(results) .. "; mean over folds and seeds at equal recall. Grey: the share of "
        .. positives .. ", which chance gives." })
  end,
}
