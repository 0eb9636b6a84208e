-- The pointwise losses (docs/losses/pointwise.md): their values and slopes over z = y f, and what a network makes of each. It is
-- claimed that all surrogates cost 1 at z = 0, and that the logistic loss and cross entropy are equivalent. Both are computed. The
-- document puts the empirical risk, of the rows at hand, in place of the expected one, which should be small and is not known; by
-- how much the two then differ is asked of a set that is drawn from known densities.
-- Ours, too: which loss to use, by accuracy, AUC and calibration? Scores are read as log odds (their sigmoid is the probability)
-- for all losses, as a user who changes nothing but the loss would. One figure is of the contrastive loss over the distance.
-- QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local shown = { -- squared_hinge is of another document, focal of none
  { "zero_one", {} }, { "square", {} }, { "hinge", {} }, { "smooth_hinge", {} },
  { "smooth_hinge", { tail = "flat" }, "smooth_hinge, flat below 0" }, { "logistic", {} }, { "cross_entropy", {} },
  { "exponential", {} }, { "hinge", { p = 2 }, "squared_hinge" }, { "focal", {} },
}
local called = {}
for _, each in ipairs(shown) do called[each[3] or each[1]] = each end
local trained = { "square", "hinge", "squared_hinge", "smooth_hinge", "logistic", "cross_entropy", "exponential", "focal" }
local FEATURES, SHIFT = 20, 2 -- of the set whose densities are known

local data = { "sonar", { generator = "gaussians", n = 500, features = FEATURES, shift = SHIFT } }
if not quick then data = { "breast_cancer", "ionosphere", "sonar", "pima", "satimage_4", "letter_z", data[2] } end

-- Value and slope of a loss at z, of a row whose label is 1.
local function at(name, parameters, z)
  local scores = ll.matrix { { z } }
  if name == "zero_one" then return ll.loss.zero_one(parameters)(scores, ll.matrix { { 1 } }):item() end
  scores = scores:with_grad()
  local value = ll.loss[name](parameters)(scores, ll.matrix { { 1 } })
  value:backward()
  return value:item(), scores.grad:item()
end

-- ---- training ----

local function train(t)
  local o, of = t.train, called[t.method]
  local parts = { t.parts.valid, t.parts.test }
  if t.parts.train.name == "gaussians" then -- rows drawn anew, for the expected risk
    parts[3] = ll.data.gaussians { n = 20000, features = FEATURES, shift = SHIFT, seed = 2 }
  end
  local drawn, set, valid, test, fresh = parts[3], t.parts.train:standardise(table.unpack(parts))
  local probability = drawn and ll.data.probability("gaussians", drawn.x, { features = FEATURES, shift = SHIFT })
  local net = ll.nn.mlp { set.features, t.model.hidden, 1, hidden = "tanh", seed = t.number }
  local loss, optimizer = ll.loss[of[1]](of[2]), ll.optim.adam(net:parameters(), { lr = o.lr })
  local function measures(part)
    local scores, logits = ll.no_grad(net, part.x), { from = "logits" }
    local out = { auc = ll.metric.auc(scores, part.y), accuracy = ll.metric.accuracy(scores, part.y, logits),
      calibration_error = ll.metric.calibration_error(scores, part.y, logits) }
    if fresh then out.risk = ll.risk(loss, scores, part.y):item() end
    return out, scores
  end
  for epoch = 1, o.epochs do
    local sum, steps = 0, 0
    for x, y in set:batches { size = o.batch, seed = t.number, epoch = epoch } do
      local value = loss(net(x), y)
      value:backward()
      optimizer:step()
      sum, steps = sum + value:item(), steps + 1
    end
    local on_valid, of_valid = measures(valid)
    local on_test, of_test = measures(test)
    if fresh then
      on_test.expected_risk = ll.risk(loss, ll.no_grad(net, fresh.x), { probability = probability }):item()
    end
    t:record { loss = sum / steps, train = fresh and measures(set), valid = on_valid, test = on_test,
      scores = { valid = of_valid, test = of_test } }
  end
end

-- ---- the results ----

-- The difference of two losses in a metric, over the data sets.
local function against(results, loss, other, metric)
  local all = {}
  for i, dataset in ipairs(results.datasets) do
    all[i] = results:difference(dataset, results:choose(dataset, loss), results:choose(dataset, other), { metric = metric })
  end
  return results:pooled(all)
end

-- "AUC from 0.8911 (square) to 0.9068 (logistic), by +0.0157 [+0.0100, +0.0214]": means over runs and data sets.
local function ends(results, metric, name)
  local mean, low, high = ll.stats.mean, nil, nil
  for _, loss in ipairs(trained) do
    local all = {}
    for i, dataset in ipairs(results.datasets) do all[i] = mean(results:values(dataset, results:choose(dataset, loss), metric)) end
    local value = mean(all)
    if not low or value < low[2] then low = { loss, value } end
    if not high or value > high[2] then high = { loss, value } end
  end
  return string.format("%s from %.4f (%s) to %.4f (%s), by %s", name, low[2], low[1], high[2], high[1],
    results:say(against(results, high[1], low[1], metric), { digits = 4 }))
end

-- For each loss the expected risk less the empirical one of a part, after the last epoch.
local function above(results, split)
  local out, dataset = {}, results.datasets.gaussians
  for i, loss in ipairs(trained) do
    local row, values = results:choose(dataset, loss), {}
    local found = results:values(dataset, row, "risk", split, "last")
    for k, expected in ipairs(results:values(dataset, row, "expected_risk", "test", "last")) do values[k] = expected - found[k] end
    out[i] = { loss, results:estimate(dataset, values) }
  end
  return out
end

return ll.study {
  name = "surrogates",
  question = "What do the pointwise losses cost over z, and what do they make of one network: accuracy, AUC, calibration?",
  claim = "All surrogates of the zero-one loss cost 1 at z = 0; the logistic loss and cross entropy are "
    .. "equivalent. The losses and their papers: docs/losses/pointwise.md.",
  quick = quick,
  data = data,
  split = { folds = quick and 2 or 5, standardise = false }, -- train does it: probabilities are of rows as they were drawn
  seeds = quick and { 1 } or { 1, 2, 3 },
  compare = { square = {}, hinge = {}, smooth_hinge = {}, logistic = {}, cross_entropy = {}, exponential = {}, focal = {},
    squared_hinge = {} },
  model = { hidden = 16 },
  train = { epochs = quick and 10 or 30, batch = 64, lr = 3e-3 },
  metric = "auc", scores = "all",
  ask = { loss = "cross_entropy" },
  trial = train,

  finding = function(results)
    local one = {}
    for _, each in ipairs(shown) do
      if math.abs(at(each[1], each[2], 0) - 1) < 1e-6 then one[#one + 1] = each[3] or each[1] end
    end
    local apart = 0 -- logistic in bits against cross entropy in nats
    for z = -30, 30 do
      local bits, nats = at("logistic", {}, z / 10), at("cross_entropy", {}, z / 10)
      apart = math.max(apart, math.abs(bits * ll.math.log(2) / nats - 1))
    end
    return results:finding {
      { "all surrogates cost 1 at z = 0", fact = #one == #shown, told = string.format("%s do, among them all that the document's "
        .. "figure draws; the smooth hinge costs %g with alpha = 1, cross entropy in nats %.3f = ln 2", table.concat(one, ", "),
        at("smooth_hinge", {}, 0), (at("cross_entropy", {}, 0))) },
      { "the logistic loss and cross entropy are equivalent", fact = apart < 1e-6,
        told = string.format("the first is the second / ln 2, to %.0e of it", math.max(apart, 1e-16)) },
      { "trained, these two rank alike within 0.005 (ours)", of = against(results, "logistic", "cross_entropy", "auc"),
        within = 0.005, digits = 4, unit = "AUC" },
      { "the empirical risk of the rows trained on is below the expected one (ours)", of = above(results, "train"), digits = 3 },
    }, string.format("On rows that were held out the expected risk less the empirical one is %s for the hinge and %s for cross "
      .. "entropy. Expected risks are of 20000 rows drawn anew from two Gaussians, by the probability of each label.",
      results:say(above(results, "test")[2][2], { digits = 3 }), results:say(above(results, "test")[6][2], { digits = 3 })),
      string.format("Over %d data sets the choice of surrogate moves, in the mean on test, %s; %s; and calibration error, of which "
        .. "less is better, %s. Intervals are of 95 %%, paired over folds and seeds, and narrow for the widest of all pairs, which "
        .. "these are. Scores are taken for log odds whatever the loss. This is ours, not the document's.", #results.datasets,
        ends(results, "auc", "AUC"), ends(results, "accuracy", "accuracy"), (ends(results, "calibration_error", ""):gsub("^ ", "")))
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
        local name = each[3] or each[1]
        values[i] = { text = name, points = v, mark = false }
        if #g > 0 then slopes[#slopes + 1] = { text = name, points = g, mark = false } end
      end
      return plot.panels(fig, { title = results.study.name .. ": what a row costs",
        note = "z = y f; exponential with beta 1, smooth hinge with alpha 1; the square's and exponential's ends are cut.",
        x = "z", panels = {
          { title = "value", y = "loss", x = "z", low = 0, high = 4, from = -3, to = 3, series = values },
          { title = "slope", y = "d loss / dz", x = "z", low = -4, high = 1, from = -3, to = 3, series = slopes } } })
    end,
    contrastive = function(fig, results, plot)
      local panels = {}
      for i, variant in ipairs { "distance", "squared" } do
        local loss, series = ll.loss.contrastive { variant = variant, margin = 1 }, {}
        for k, match in ipairs { 1, 0 } do
          local points = {}
          for step = 0, 150 do
            local b = ll.matrix { { variant == "squared" and math.sqrt(step / 100) or step / 100 } }
            points[step + 1] = { step / 100, loss(ll.matrix { { 0 } }, b, ll.matrix { { match } }):item() }
          end
          series[k] = { text = match == 1 and "pairs that match" or "pairs that do not", points = points, mark = false,
            style = match == 1 and 2 or 1 }
        end
        panels[i] = { title = variant, x = variant == "squared" and "squared distance" or "distance", y = "loss of a pair", low = 0,
          from = 0, to = 1.5, series = series }
      end
      return plot.panels(fig, { title = results.study.name .. ": the contrastive loss over the distance of a pair", panels = panels,
        note = "Margin m = 1; left y d^2 + (1 - y) max(m - d, 0)^2, right half of y d^2 + (1 - y) max(m - d^2, 0)." })
    end,
    trained = function(fig, results, plot)
      local panels, names = {}, {}
      for d, dataset in ipairs(results.datasets) do names[d] = dataset.name end
      for i, metric in ipairs { "auc", "accuracy", "calibration_error" } do
        local series = {}
        for j, loss in ipairs(trained) do
          local points = {}
          for d, dataset in ipairs(results.datasets) do
            local value, low, high = results:level(dataset, results:choose(dataset, loss), { metric = metric })
            points[d] = { d + (j - 4.5) * 0.1, value, low and math.max(low, 0), high and math.min(high, 1) }
          end
          series[j] = { text = loss, points = points, line = false, bars = true }
        end
        panels[i] = { title = metric == "auc" and "AUC" or metric:gsub("_", " "), y = "on test", series = series, names = names,
          from = 0.5, to = #results.datasets + 0.5 }
      end
      return plot.panels(fig, { title = results.study.name .. ": the network that each trains",
        note = "Mean and 95 % interval over folds and seeds; of the calibration error less is better.", x = "", panels = panels })
    end,
    risk = function(fig, results, plot)
      local dataset, series = results.datasets.gaussians, {}
      for i, each in ipairs { { "rows trained on", "risk", "train" }, { "expected", "expected_risk", "test" },
        { "rows held out", "risk", "test" } } do
        local points = {}
        for j, loss in ipairs(trained) do
          local value, low, high = results:level(dataset, results:choose(dataset, loss), { metric = each[2], split = each[3],
            epoch = "last" })
          points[j] = { j + (i - 2) * 0.15, value, low, high }
        end
        series[i] = { text = each[1], points = points, line = false, bars = true, style = i }
      end
      return plot.panels(fig, { title = results.study.name .. ": the risk that is trained for, and the one that is meant",
        note = "Two Gaussians in 20 dimensions, few rows; after the last epoch, mean and 95 % interval.",
        panels = { { title = "", x = "", y = "mean loss", low = 0, from = 0.5, to = #trained + 0.5, names = trained,
          series = series } } })
    end,
  },
}
