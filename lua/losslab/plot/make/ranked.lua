-- Curves of scores against labels: ROC, and precision over recall.
local ll = require "losslab"
local check = require "losslab.check"
local given = require "losslab.plot.given"
local sheet = require "losslab.plot.make.sheet"

local AT_MOST = 400 -- corners of a curve

local ranked = {}

local function column(what, value)
  if given.is_matrix(value) then return value end
  return ll.matrix(given.numbers(what, value))
end

local function logless(what, o)
  if o.log then check.fail("%s: both axes go from 0 to 1, so neither is logarithmic", what) end
end

-- entries: { { name, scores, labels }, … }.
function ranked.roc(what, entries, o)
  local series = {}
  logless(what, o)
  local fig = sheet.figure(o, series, { x = "false positive rate", y = "true positive rate", square = true, xrange = { 0, 1 },
    low = 0, high = 1 })
  for i, entry in ipairs(entries) do
    local scores, labels = column(what .. ": scores", entry[2]), column(what .. ": labels", entry[3])
    local points, area = given.rows(ll.metric.roc(scores, labels, { points = AT_MOST })), ll.metric.auc(scores, labels)
    for k, point in ipairs(points) do points[k] = { point[1], point[2] } end
    local name = sheet.name_of(o, i, entry[1])
    series[i] = { text = string.format("%s%sAUC %.3f", name, name ~= "" and ", " or "", area), style = i, mark = false,
      points = points }
  end
  table.insert(series, 1, { text = "", hidden = true, points = { { 0, 0 }, { 1, 1 } }, style = 0, thin = true, mark = false })
  fig.legend = o.legend ~= false
  return fig
end

function ranked.pr(what, entries, o)
  local series, base = {}, {}
  logless(what, o)
  local fig = sheet.figure(o, series, { x = "recall", y = "precision", square = true, xrange = { 0, 1 }, low = 0, high = 1 })
  for i, entry in ipairs(entries) do
    local scores, labels = column(what .. ": scores", entry[2]), column(what .. ": labels", entry[3])
    local rows = given.rows(ll.metric.precision_recall(scores, labels, { points = AT_MOST }))
    local points = {}
    for _, row in ipairs(rows) do -- as steps: straight lines between the corners would promise too much
      if #points > 0 then points[#points + 1] = { points[#points][1], row[2] } end
      points[#points + 1] = { row[1], row[2] }
    end
    local name = sheet.name_of(o, i, entry[1])
    local area = ll.metric.average_precision(scores, labels)
    series[i] = { text = string.format("%s%sAP %.3f", name, name ~= "" and ", " or "", area),
      points = points, style = i, mark = false }
    base[#base + 1] = rows[#rows][2]
  end
  local chance = { { 0, base[1] }, { 1, base[1] } }
  table.insert(series, 1, { text = "", hidden = true, points = chance, style = 0, thin = true, mark = false })
  fig.legend = o.legend ~= false
  return fig
end

return ranked
