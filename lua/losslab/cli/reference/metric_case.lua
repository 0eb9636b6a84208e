-- A recorded case of metrics: each field beside scores and labels is the value of one metric, one of the table by its name and with
-- its defaults.
local ll = require "losslab"
local check = require "losslab.check"
local case_of = require "losslab.cli.reference.case"

local metric = ll.metric
local metrics = {
  pauc_fpr01 = function(scores, labels) return metric.partial_auc(scores, labels, { max_fpr = 0.1 }) end,
  qvalues = function(scores, labels) return metric.qvalues(scores, labels) end,
  targets_at_fdr = function(scores, labels, want)
    local got = {}
    for i, level in ipairs(check.keys(want)) do got[i] = metric.targets_at_fdr(scores, labels, { level = tonumber(level) }) end
    return got
  end,
}
for _, name in ipairs(metric.list()) do
  metrics[name] = metrics[name] or function(scores, labels) return metric[name](scores, labels) end
end
local not_figures = { scores = true, labels = true, note = true }

return function(case, report)
  local scores = case_of.matrix(case_of.field(case, "scores", "table"))
  local labels = case_of.matrix(case_of.field(case, "labels", "table"))
  for _, name in ipairs(check.keys(case)) do
    local want = case[name]
    if metrics[name] then
      local entry = report:entry(name)
      report:try(entry, function(where)
        local got = metrics[name](scores, labels, want)
        if type(want) == "table" and not want[1] then
          local by_level = {}
          for i, level in ipairs(check.keys(want)) do by_level[i] = want[level] end
          want = by_level
        end
        case_of.compare(entry, where, "value", got, want)
      end)
    elseif not not_figures[name] then
      report:unknown("there is no metric", name, check.keys(metrics))
    end
  end
end
