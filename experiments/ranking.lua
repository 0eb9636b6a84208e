-- The adaptive rank loss (docs/losses/ranking.md) is to optimise AUC: targets should stand above decoys, so the loss is taken of
-- pairs, one side from the batch, the other from the whole last epoch. What is that worth against losses of single rows and of
-- pairs within the batch, when targets are one in 2, 11, 101 or 501, by AUC and at its low end, false positive rates up to 5 %?
--
-- Of each training part rows are left out until it has the ratio; validation and test parts stay whole, so that what differs is
-- what was learnt. Cross entropy is the loss of single rows, plain and on batches that are half targets (by the study's own
-- loop); pauc_cvar is a partial AUC made a loss. Each chooses its learning rate and parameters on validation, by the metric that
-- is reported. The spectra are generated: half of the targets are as wrong as decoys.
local quick = (os.getenv "QUICK" or "") ~= ""
local low_end = "partial_auc(max_fpr=0.05)"
local ratios = quick and { 1, 200 } or { 1, 10, 100, 500 }

local data = {}
for _, ratio in ipairs(ratios) do
  local n = quick and 12000 or 20000
  data[#data + 1] = { generator = "target_decoy", n = n, decoys = 0.8, wrong = 0.5, shift = 2.5, ratio = ratio,
    name = "spectra 1:" .. ratio }
  if not quick then
    data[#data + 1] = { load = "letter_z", ratio = ratio }
    data[#data + 1] = { load = "satimage_4", ratio = ratio }
  end
end

local function loop(trial)
  local balance = trial.config.loss == "balanced_cross_entropy"
  for epoch = 1, trial.epochs do
    for x, y in trial.train:batches { size = trial.config.train.batch, seed = trial.number, epoch = epoch,
      balance = balance } do
      trial:step(trial:value(x, y))
    end
    trial:end_epoch()
  end
end

-- The ratios that a database holds, in order.
local function ratios_of(results)
  local out, seen = {}, {}
  for _, dataset in ipairs(results.datasets) do
    local ratio = math.tointeger(tonumber(dataset.name:match " 1:(%d+)$"))
    if not seen[ratio] then out[#out + 1], seen[ratio] = ratio, true end
  end
  table.sort(out)
  return out
end

-- The difference of two losses at a ratio, over the data sets: its mean and corrected interval.
local function against(results, ratio, loss, other)
  local all = {}
  for _, dataset in ipairs(results.datasets) do
    local a, b = results:choose(dataset, loss), results:choose(dataset, other or "cross_entropy")
    if a and b and dataset.name:match " 1:(%d+)$" == tostring(ratio) then
      all[#all + 1] = results:difference(dataset, a.config, b.config)
    end
  end
  return results:pooled(all)
end

local function interval(d) return string.format("%+.4f [%+.4f, %+.4f]", d.difference, d.low, d.high) end

-- How many losses are above and below cross entropy at a ratio beyond noise; each with its difference.
local function told(results, ratio, losses)
  local words, above, below = {}, 0, 0
  for i, loss in ipairs(losses) do
    local d = against(results, ratio, loss)
    above, below = above + (d.better and 1 or 0), below + (d.worse and 1 or 0)
    words[i] = loss .. " " .. interval(d)
  end
  return table.concat(words, ", "), above, below
end

local rankers = { "adaptive_rank", "pair_logistic", "pair_squared_hinge", "pauc_cvar" }

return ll.study {
  name = "ranking",
  question = "Do losses of pairs rank better than losses of rows when positives are rare: by AUC, and at low false positive rates?",
  claim = "A loss that orders pairs, above all the adaptive rank loss, optimises AUC: so it ranks better than a loss of single "
    .. "rows, the more so the rarer the positives. The loss: docs/losses/ranking.md.",
  data = data,
  split = { folds = quick and 3 or 5 },
  seeds = quick and { 1, 2, 3 } or { 1, 2 },
  compare = {
    cross_entropy = {},
    balanced_cross_entropy = { { new = function() return ll.loss.cross_entropy() end } },
    pair_logistic = {},
    pair_squared_hinge = {},
    adaptive_rank = { margin = quick and { 0.3 } or { 0.1, 0.3, 0.9 } },
    pauc_cvar = { beta = quick and { 0.5 } or { 0.1, 0.5 } },
  },
  model = { hidden = { 32 }, activation = "tanh" },
  train = { epochs = quick and 15 or 30, batch = 64, optimizer = "adam", lr = quick and { 1e-2 } or { 5e-3, 2e-2 }, loop = loop },
  metric = "auc",
  metrics = { "auc", { "partial_auc", max_fpr = 0.05 } },
  scores = "none",
  ask = { loss = "adaptive_rank" },

  finding = function(results)
    local ratios_held, low = ratios_of(results), results:by(low_end)
    local most = ratios_held[#ratios_held]
    local auc, above, below = told(results, most, rankers)
    local partial, low_above, low_below = told(low, most, rankers)
    local verdict = "Not shown"
    if above + low_above == 0 and below + low_below > 0 then verdict = "Does not hold"
    elseif above > 0 then verdict = low_below > 0 and "Holds for AUC, not at its low end" or "Holds" end
    return string.format("%s: with one positive to %d negatives %d of %d ranking losses are above cross entropy beyond noise in "
      .. "test AUC and %d below (adaptive_rank by %s), in partial AUC up to a false positive rate of 0.05 %d above and %d below "
      .. "(adaptive_rank by %s).", verdict, most, above, #rankers, below, interval(against(results, most, "adaptive_rank")),
      low_above,
      low_below, interval(against(low, most, "adaptive_rank"))),
      string.format("At 1:%d the differences to cross entropy are %s in AUC and %s in partial AUC, by which all are then chosen; "
        .. "at 1:1 that of adaptive_rank is %s and %s. adaptive_rank, which meets every positive of the last epoch in each "
        .. "batch, is %s from pair_logistic, which meets those of the batch, in partial AUC at 1:%d. Means over data sets, with "
        .. "95 %% intervals.",
        most, auc, partial, interval(against(results, 1, "adaptive_rank")), interval(against(low, 1, "adaptive_rank")),
        interval(against(low, most, "adaptive_rank", "pair_logistic")), most)
  end,

  figures = {
    ranking = function(fig, results, plot)
      local panels, shown = {}, { "balanced_cross_entropy", table.unpack(rankers) }
      for i, by in ipairs { results, results:by(low_end) } do
        local series = { { text = "cross_entropy", points = { { 0.7, 0 }, { 750, 0 } }, mark = false, style = 7 } }
        for k, loss in ipairs(shown) do
          local points = {}
          for _, ratio in ipairs(ratios_of(results)) do
            local d = against(by, ratio, loss)
            if d then points[#points + 1] = { ratio * 1.09 ^ (k - 3), d.difference, d.low, d.high } end
          end
          series[k + 1] = { text = loss, points = points, bars = true, style = k }
        end
        panels[i] = { title = i == 1 and "AUC" or "partial AUC, false positive rate up to 0.05", series = series, logx = true,
          from = 0.7, to = 750 }
      end
      return plot.panels(fig, { title = "ranking: test metric less that of cross entropy, as positives become rare",
        note = "Mean over data sets, 95 % corrected intervals over folds and seeds; each chosen on validation by the metric shown.",
        x = "negatives a positive in the training part", y = "difference on test", panels = panels })
    end,
    by_data = function(fig, results, plot)
      local panels, at, low = {}, {}, results:by(low_end)
      local losses = { "balanced_cross_entropy", table.unpack(rankers) }
      losses[#losses + 1] = "cross_entropy"
      for i, dataset in ipairs(low.datasets) do
        local name, ratio = dataset.name:match "^(.*) 1:(%d+)$"
        local panel = at[name]
        if not panel then
          panel = { title = name, series = {}, logx = true, from = 0.7, to = 750 }
          for k, loss in ipairs(losses) do panel.series[k] = { text = loss, points = {}, style = k == #losses and 7 or k } end
          at[name], panels[#panels + 1] = panel, panel
        end
        for k, loss in ipairs(losses) do
          local chosen = low:choose(dataset, loss)
          if chosen then table.insert(panel.series[k].points, { tonumber(ratio), chosen.test_mean }) end
        end
        panel.under = plot.layout.size(results.datasets[i])
      end
      return plot.panels(fig, { title = "ranking: partial AUC up to a false positive rate of 0.05, by data set",
        note = "Mean over folds and seeds; chosen on validation by partial AUC. Training parts are as large as their ratio allows.",
        x = "negatives a positive in the training part",
        y = "partial AUC on test", panels = panels })
    end,
  },
}
