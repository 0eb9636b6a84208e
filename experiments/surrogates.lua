-- The pointwise losses of "Loss functions for classification" (seed document 003): their values and slopes over z = y f, and what a
-- network makes of each. The document says that all surrogates but the smooth hinge cost 1 at z = 0, and that the logistic loss and
-- cross entropy are one loss in two units. Which of them is to be used, then, by accuracy, AUC and calibration?
-- Scores are read as log odds (their sigmoid is the probability) for all losses, as a user who changes nothing but the loss would.
-- QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local shown = { -- in the document's order; at z = 0 each costs…
  { "zero_one", {}, 1 }, { "square", {}, 1 }, { "hinge", {}, 1 }, { "smooth_hinge", {}, 0.5 },
  { "smooth_hinge", { tail = "flat" }, 0.5, "smooth_hinge, flat below 0 as the document prints it" }, { "logistic", {}, 1 },
  { "cross_entropy", {}, math.log(2) }, { "exponential", {}, 1 },
}

-- Value and slope of a loss at z, of a row whose label is 1.
local function at(name, parameters, z)
  local scores = ll.matrix { { z } }
  if name == "zero_one" then return ll.loss.zero_one(parameters)(scores, ll.matrix { { 1 } }):item() end
  scores = scores:with_grad()
  local value = ll.loss[name](parameters)(scores, ll.matrix { { 1 } })
  value:backward()
  return value:item(), scores.grad:item()
end

local mean = ll.stats.mean

-- A metric of a loss's chosen configuration, the mean over runs and data sets.
local function over_data(results, loss, metric)
  local all = {}
  for _, dataset in ipairs(results.datasets) do
    local chosen = results:choose(dataset, loss)
    if chosen then all[#all + 1] = mean(results:values(dataset, chosen.config, metric)) end
  end
  return mean(all)
end

local trained = { "square", "hinge", "smooth_hinge", "logistic", "cross_entropy", "exponential" }

-- The loss with the greatest and the least of a metric, and these.
local function ends(results, metric)
  local low, high
  for _, loss in ipairs(trained) do
    local value = over_data(results, loss, metric)
    if not low or value < low[2] then low = { loss, value } end
    if not high or value > high[2] then high = { loss, value } end
  end
  return low, high
end

return ll.study {
  name = "surrogates",
  question = "What do the pointwise losses cost over z, and what do they make of one network: accuracy, AUC, calibration?",
  claim = "All surrogates of the zero-one loss cost 1 at z = 0; the logistic loss and cross entropy are equivalent.",
  data = quick and { "sonar", "pima" } or { "breast_cancer", "ionosphere", "sonar", "pima", "satimage_4" },
  split = { folds = quick and 2 or 5 },
  seeds = quick and { 1 } or { 1, 2, 3 },
  compare = { square = {}, hinge = {}, smooth_hinge = {}, logistic = {}, cross_entropy = {}, exponential = {} },
  model = { hidden = { 16 }, activation = "tanh" },
  train = { epochs = quick and 10 or 30, batch = 64, optimizer = "adam", lr = 3e-3 },
  metric = "auc",
  metrics = { "auc", "accuracy", "calibration_error", "log_loss" },
  ask = { loss = "cross_entropy" },

  finding = function(results)
    local one, worst = {}, 0
    for _, each in ipairs(shown) do
      local value = at(each[1], each[2], 0)
      worst = math.max(worst, math.abs(value - each[3]))
      if each[1] ~= "zero_one" and math.abs(value - 1) < 1e-6 then one[#one + 1] = each[1] end
    end
    local apart = 0 -- logistic in bits against cross entropy in nats
    for z = -30, 30 do
      local bits, nats = at("logistic", {}, z / 10), at("cross_entropy", {}, z / 10)
      apart = math.max(apart, math.abs(bits * math.log(2) / nats - 1))
    end
    local text = string.format("Holds for %s; the smooth hinge costs alpha/(alpha + 1) = 0.5 there and cross entropy in nats ln 2, "
      .. "to %.0e. Logistic is cross entropy / ln 2 to %.0e relative", table.concat(one, ", "), math.max(worst, 1e-16),
      math.max(apart, 1e-16))
    local low_auc, high_auc = ends(results, "auc")
    local low_acc, high_acc = ends(results, "accuracy")
    local low_cal, high_cal = ends(results, "calibration_error")
    return text .. string.format(", and trained they differ by %.4f in AUC. Over %d data sets the choice of surrogate moves "
      .. "mean test AUC from %.4f (%s) to %.4f (%s), accuracy from %.4f (%s) to %.4f (%s) and calibration error "
      .. "from %.3f (%s) to %.3f (%s).",
      math.abs(over_data(results, "logistic", "auc") - over_data(results, "cross_entropy", "auc")), #results.datasets,
      low_auc[2], low_auc[1], high_auc[2], high_auc[1], low_acc[2], low_acc[1], high_acc[2], high_acc[1],
      low_cal[2], low_cal[1], high_cal[2], high_cal[1])
  end,

  figures = {
    surrogates = function(fig, results, plot)
      local values, slopes = {}, {}
      for i, each in ipairs(shown) do
        local v, g = {}, {}
        for k = -300, 300 do
          local z = k / 100
          local value, slope = at(each[1], each[2], z)
          v[#v + 1] = { z, value }
          if slope then g[#g + 1] = { z, slope } end
        end
        local name = each[4] or each[1]
        values[i] = { text = name, points = v, mark = false }
        if #g > 0 then slopes[#slopes + 1] = { text = name, points = g, mark = false } end
      end
      return plot.panels(fig, { title = results.study.name .. ": what a row costs",
        note = "z = y f; exponential with beta 1, smooth hinge with alpha 1; the square's and exponential's ends are cut.",
        x = "z", panels = {
          { title = "value", y = "loss", x = "z", low = 0, high = 4, from = -3, to = 3, series = values },
          { title = "slope", y = "d loss / dz", x = "z", low = -4, high = 1, from = -3, to = 3, series = slopes } } })
    end,
    trained = function(fig, results, plot)
      local panels, names = {}, {}
      for d, dataset in ipairs(results.datasets) do names[d] = dataset.name end
      for i, metric in ipairs { "auc", "accuracy", "calibration_error" } do
        local series = {}
        for j, loss in ipairs(trained) do
          local points = {}
          for d, dataset in ipairs(results.datasets) do
            local chosen = results:choose(dataset, loss)
            if chosen then points[#points + 1] = { d + (j - 3.5) * 0.1, mean(results:values(dataset, chosen.config, metric)) } end
          end
          series[j] = { text = loss, points = points, line = false, style = j + (j > 3 and 2 or 1) }
        end
        panels[i] = { title = metric:gsub("_", " "), y = "on test", series = series, names = names, from = 0.5,
          to = #results.datasets + 0.5 }
      end
      return plot.panels(fig, { title = results.study.name .. ": the network that each trains",
        note = "Mean over folds and seeds.", x = "", panels = panels })
    end,
  },
}
