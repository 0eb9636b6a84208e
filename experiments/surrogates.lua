-- The pointwise losses (docs/losses/pointwise.md): their values and slopes over z = y f, and what a network makes of each. It is
-- said that all surrogates but the smooth hinge cost 1 at z = 0, and that the logistic loss and cross entropy are one loss in two
-- units. Which of them is to be used, then, by accuracy, AUC and calibration?
-- Scores are read as log odds (their sigmoid is the probability) for all losses, as a user who changes nothing but the loss would.
-- QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local shown = { -- at z = 0 each costs…
  { "zero_one", {}, 1 }, { "square", {}, 1 }, { "hinge", {}, 1 }, { "smooth_hinge", {}, 0.5 },
  { "smooth_hinge", { tail = "flat" }, 0.5, "smooth_hinge, flat below 0" }, { "logistic", {}, 1 },
  { "cross_entropy", {}, math.log(2) }, { "exponential", {}, 1 }, { "hinge", { p = 2 }, 1, "squared_hinge" },
  { "focal", {}, math.log(2) / 16 }, -- alpha (1 - 0.5)^2 ln 2
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
local trained = { "square", "hinge", "squared_hinge", "smooth_hinge", "logistic", "cross_entropy", "exponential", "focal" }

-- A metric of a loss's chosen configuration, the mean over runs and data sets.
local function over_data(results, loss, metric)
  local all = {}
  for i, dataset in ipairs(results.datasets) do
    all[i] = mean(results:values(dataset, results:choose(dataset, loss).config, metric))
  end
  return mean(all)
end

-- The difference of two losses in a metric, over the data sets: "+0.0123 [+0.0050, +0.0196]".
local function against(results, loss, other, metric)
  local all = {}
  for i, dataset in ipairs(results.datasets) do
    local a, b = results:choose(dataset, loss), results:choose(dataset, other)
    all[i] = results:difference(dataset, a.config, b.config, { metric = metric })
  end
  local d = results:pooled(all)
  return string.format("%+.4f [%+.4f, %+.4f]", d.difference, d.low, d.high)
end

-- "AUC from 0.8911 (square) to 0.9068 (logistic), by +0.0157 [+0.0100, +0.0214]".
local function ends(results, metric, name)
  local low, high
  for _, loss in ipairs(trained) do
    local value = over_data(results, loss, metric)
    if not low or value < low[2] then low = { loss, value } end
    if not high or value > high[2] then high = { loss, value } end
  end
  return string.format("%s from %.4f (%s) to %.4f (%s), by %s", name, low[2], low[1], high[2], high[1],
    against(results, high[1], low[1], metric))
end

return ll.study {
  name = "surrogates",
  question = "What do the pointwise losses cost over z, and what do they make of one network: accuracy, AUC, calibration?",
  claim = "All surrogates of the zero-one loss cost 1 at z = 0; the logistic loss and cross entropy are "
    .. "equivalent. The losses and their papers: docs/losses/pointwise.md.",
  data = quick and { "sonar", "pima" } or { "breast_cancer", "ionosphere", "sonar", "pima", "satimage_4", "letter_z" },
  split = { folds = quick and 2 or 5 },
  seeds = quick and { 1 } or { 1, 2, 3 },
  compare = { square = {}, hinge = {}, smooth_hinge = {}, logistic = {}, cross_entropy = {}, exponential = {}, focal = {},
    squared_hinge = { { new = function() return ll.loss.hinge { p = 2 } end } } },
  model = { hidden = { 16 }, activation = "tanh" },
  train = { epochs = quick and 10 or 30, batch = 64, optimizer = "adam", lr = 3e-3 },
  metric = "auc",
  metrics = { "auc", "accuracy", "calibration_error", "log_loss" },
  scores = "best",
  ask = { loss = "cross_entropy" },

  finding = function(results)
    local one, worst = {}, 0
    for _, each in ipairs(shown) do
      local value = at(each[1], each[2], 0)
      worst = math.max(worst, math.abs(value - each[3]))
      if each[1] ~= "zero_one" and math.abs(value - 1) < 1e-6 then one[#one + 1] = each[4] or each[1] end
    end
    local apart = 0 -- logistic in bits against cross entropy in nats
    for z = -30, 30 do
      local bits, nats = at("logistic", {}, z / 10), at("cross_entropy", {}, z / 10)
      apart = math.max(apart, math.abs(bits * math.log(2) / nats - 1))
    end
    return string.format("Holds but for the smooth hinge: %s cost 1 at z = 0, which costs alpha/(alpha + 1) = 0.5, and the "
      .. "logistic loss is cross entropy / ln 2 to %.0e relative; trained they differ by %s in test AUC (95 %% interval).",
      table.concat(one, ", "), math.max(apart, 1e-16), against(results, "logistic", "cross_entropy", "auc")),
      string.format("Cross entropy in nats costs ln 2 there and focal, for rare positives, ln 2 / 16; all are met to %.0e. Over "
        .. "%d data sets the choice of surrogate moves, in the mean on test, %s; %s; and calibration error, of which less is "
        .. "better, %s. Intervals are of 95 %%, paired over folds and seeds, and narrow for the widest of all pairs, which these "
        .. "are. Scores are taken for log odds whatever the loss.",
        math.max(worst, 1e-16), #results.datasets, ends(results, "auc", "AUC"), ends(results, "accuracy", "accuracy"),
        (ends(results, "calibration_error", ""):gsub("^ ", "")))
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
      local panels, names, style_of = {}, {}, {}
      for i, each in ipairs(shown) do style_of[each[4] or each[1]] = style_of[each[4] or each[1]] or i end -- as in the other figure
      for d, dataset in ipairs(results.datasets) do names[d] = dataset.name end
      for i, metric in ipairs { "auc", "accuracy", "calibration_error" } do
        local series = {}
        for j, loss in ipairs(trained) do
          local points = {}
          for d, dataset in ipairs(results.datasets) do
            local value, low, high = results:level(dataset, results:choose(dataset, loss).config, { metric = metric })
            points[d] = { d + (j - 4.5) * 0.1, value, low and math.max(low, 0), high and math.min(high, 1) }
          end
          series[j] = { text = loss, points = points, line = false, bars = true, style = style_of[loss] }
        end
        panels[i] = { title = metric == "auc" and "AUC" or metric:gsub("_", " "), y = "on test", series = series, names = names,
          from = 0.5, to = #results.datasets + 0.5 }
      end
      return plot.panels(fig, { title = results.study.name .. ": the network that each trains",
        note = "Mean and 95 % interval over folds and seeds; of the calibration error less is better.", x = "", panels = panels })
    end,
  },
}
