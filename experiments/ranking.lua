-- The adaptive rank loss (docs/losses/ranking.md) is to optimise AUC: targets should stand above decoys, so the loss is taken of
-- pairs, one side from the batch, the other from the whole last epoch. So it claims a better AUC than that of a loss of single
-- rows. Judged is the difference in test AUC to cross entropy, targets being one in 2 or 501 of the training part; beside it that
-- of pair_logistic, whose pairs are those of the batch. That rare targets are where it matters is a claim of losslab's own, judged
-- by how the difference changes from 1:1 to 1:500. What happens at false positive rates up to 5 % is told without a verdict.
--
-- Of each training part rows are left out until it has the ratio; validation and test parts stay whole, so that what differs is
-- what was learnt. At 1:500 some 10 to 30 targets are left, and which ones makes most of the noise. So of the generated spectra,
-- half of whose targets are as wrong as decoys, there are ten draws (at 1:30 four), which are independent: intervals are those of
-- their spread. An epoch passes over a small training part several times, so that all take about as many steps. Cross entropy also
-- stands on batches that are half targets. Each loss chooses its learning rate on validation, by the metric that is reported.
local quick = (os.getenv "QUICK" or "") ~= ""
local low_end = "partial_auc(max_fpr=0.05)"
local draws = quick and { [1] = 1, [200] = 1 } or { [1] = 10, [30] = 4, [500] = 10 } -- by ratio

local data = {}
for _, ratio in ipairs { 1, 30, 200, 500 } do
  for seed = 1, draws[ratio] or 0 do
    data[#data + 1] = { generator = "target_decoy", n = quick and 12000 or 20000, decoys = 0.8, wrong = 0.5, shift = 2.5,
      seed = seed, ratio = ratio, name = string.format("spectra %d 1:%d", seed, ratio) }
  end
  if not quick and draws[ratio] then
    data[#data + 1] = { load = "letter_z", ratio = ratio }
    data[#data + 1] = { load = "satimage_4", ratio = ratio }
  end
end

local function loop(trial)
  local balance = trial.config.loss == "balanced_cross_entropy"
  local passes = math.ceil(16000 / trial.train.rows)
  for epoch = 1, trial.epochs do
    for pass = 1, passes do
      for x, y in trial.train:batches { size = trial.config.train.batch, seed = trial.number, epoch = (epoch - 1) * passes + pass,
        balance = balance } do
        trial:step(trial:value(x, y))
      end
      if pass < passes and trial.loss.remembers then trial.loss:end_epoch() end -- the next pass meets the scores of this one
    end
    trial:end_epoch()
  end
end

-- ---- what is reported ----

-- The data sets of a database by kind, the draws of one generator being one kind: { name, ratio -> data sets } each.
local function kinds_of(results)
  local kinds = {}
  for _, dataset in ipairs(results.datasets) do
    local name, ratio = dataset.name:match "^(%S+).* 1:(%d+)$"
    if not kinds[name] then
      kinds[name] = { name = name, at = {} }
      kinds[#kinds + 1] = kinds[name]
    end
    ratio = math.tointeger(tonumber(ratio))
    kinds[name].at[ratio] = kinds[name].at[ratio] or {}
    table.insert(kinds[name].at[ratio], dataset)
  end
  return kinds
end

-- The ratios that a database holds, in order.
local function ratios_of(results)
  local out = {}
  for ratio in pairs(kinds_of(results)[1].at) do out[#out + 1] = ratio end
  table.sort(out)
  return out
end

-- Of a kind of data: the estimate on its one data set, or that of the mean over draws, which are independent of each other.
local function over(estimates)
  if #estimates < 2 then return estimates[1] end
  local means, zeros = {}, {}
  for i, d in ipairs(estimates) do means[i], zeros[i] = d.difference, 0 end
  return ll.stats.paired_t(means, zeros)
end

-- How far a loss is above cross entropy, by run, on a data set.
local function by_run(results, dataset, loss)
  local a, b = results:choose(dataset, loss), results:choose(dataset, "cross_entropy")
  if not a or not b then return {} end
  local out, of_b = {}, results:by_run(dataset, b)
  for run, value in pairs(results:by_run(dataset, a)) do out[run] = of_b[run] and value - of_b[run] end
  return out
end

-- The mean of that over a kind of data at a ratio; with `less`, of what it is more than at that ratio, on the same draw.
local function ahead(results, kind, loss, ratio, less)
  local all = {}
  for i, dataset in ipairs(kind.at[ratio] or {}) do
    local runs, values = {}, {}
    local here, there = by_run(results, dataset, loss), less and by_run(results, kind.at[less][i], loss)
    for run in pairs(here) do
      if not less or there[run] then runs[#runs + 1] = run end
    end
    table.sort(runs)
    for k, run in ipairs(runs) do values[k] = here[run] - (less and there[run] or 0) end
    all[#all + 1] = results:estimate(dataset, values)
  end
  return over(all)
end

-- The same for every kind and every one of these ratios: { "letter_z 1:500", estimate } each.
local function each_ahead(results, loss, ratios, less)
  local out = {}
  for _, kind in ipairs(kinds_of(results)) do
    for _, ratio in ipairs(ratios) do
      local d = ahead(results, kind, loss, ratio, less)
      if d then out[#out + 1] = { kind.name .. (less and "" or " 1:" .. ratio), d } end
    end
  end
  return out
end

-- What a loss is ahead by at a ratio, in words.
local function told(results, loss, ratio)
  local of = {}
  for i, each in ipairs(each_ahead(results, loss, { ratio })) do of[i] = results:say(each[2]) .. " on " .. each[1] end
  return table.concat(of, ", ")
end

local shown = { "balanced_cross_entropy", "pair_logistic", "adaptive_rank" }

-- Draws by how much the losses are ahead of cross entropy, a panel a kind.
local function draw(fig, results, plot, o)
  local panels = {}
  for i, kind in ipairs(kinds_of(results)) do
    local series = { { text = "cross_entropy", points = { { 0.7, 0 }, { 750, 0 } }, mark = false } }
    for k, loss in ipairs(shown) do
      local points = {}
      for _, ratio in ipairs(ratios_of(results)) do
        local d = ahead(results, kind, loss, ratio)
        if d then points[#points + 1] = { ratio * 1.12 ^ (k - 2), d.difference, d.low, d.high } end
      end
      series[k + 1] = { text = loss, points = points, bars = true }
    end
    panels[i] = { title = kind.name, series = series, logx = true, from = 0.7, to = 750 }
  end
  o.note = "Means over folds, of spectra over its draws, with 95 % intervals; each chosen on validation by the metric shown."
  o.x, o.y, o.panels = "negatives a positive in the training part", "difference on test", panels
  return plot.panels(fig, o)
end

return ll.study {
  name = "ranking",
  question = "Do losses of pairs rank better than losses of rows, by AUC, and the more so the rarer the positives?",
  claim = "A loss that orders pairs, above all the adaptive rank loss, optimises AUC: so its AUC is above that of a loss of single "
    .. "rows. (That it is so the more, the rarer the positives, is losslab's own claim.) The loss: docs/losses/ranking.md.",
  data = data,
  split = { folds = quick and 3 or 10, valid = 0.1 },
  seeds = quick and { 1, 2, 3 } or { 1 },
  quick = quick,
  compare = {
    cross_entropy = {},
    balanced_cross_entropy = { { new = function() return ll.loss.cross_entropy() end } },
    pair_logistic = {},
    adaptive_rank = { margin = 0.3 },
  },
  model = { hidden = { 32 }, activation = "tanh" },
  train = { epochs = quick and 4 or 10, batch = 64, optimizer = "adam", lr = quick and { 1e-2 } or { 5e-3, 2e-2 }, loop = loop },
  metric = "auc",
  metrics = { "auc", { "partial_auc", max_fpr = 0.05 } },
  scores = "ranks", -- of every epoch, and with them every metric of ranks
  ask = { loss = "adaptive_rank" },

  finding = function(results)
    local held = ratios_of(results)
    local most = held[#held]
    local rarer = string.format(" is further ahead at 1:%d than at 1:1 (losslab's own claim)", most)
    return results:finding {
      { "the AUC of adaptive_rank is above that of cross entropy", digits = 4,
        of = each_ahead(results, "adaptive_rank", { 1, most }) },
      { "the AUC of pair_logistic is above that of cross entropy", digits = 4,
        of = each_ahead(results, "pair_logistic", { 1, most }) },
      { "adaptive_rank" .. rarer, digits = 4, of = each_ahead(results, "adaptive_rank", { most }, 1) },
    }, string.format("Cross entropy on batches that are half targets is above the plain one in AUC at 1:%d by %s.", most,
      told(results, "balanced_cross_entropy", most)),
      string.format("At false positive rates up to 5 %%, by the partial AUC, by which all are then chosen, at 1:%d: adaptive_rank "
        .. "%s; pair_logistic %s. adaptive_rank meets every positive of the last pass in each batch, pair_logistic those of the "
        .. "batch, of which few hold one.", most, told(results:by(low_end), "adaptive_rank", most),
        told(results:by(low_end), "pair_logistic", most))
        .. (results.plan.quick and "" or " The margin, the number of draws and that they are the units were settled on pilots, "
        .. "which had the first four draws; the others are new.")
  end,

  figures = {
    auc = function(fig, results, plot)
      return draw(fig, results, plot, { title = "ranking: test AUC less that of cross entropy, as positives become rare" })
    end,
    low_end = function(fig, results, plot)
      return draw(fig, results:by(low_end), plot,
        { title = "ranking: test partial AUC, up to 5 % false positives, less that of cross entropy" })
    end,
  },
}
