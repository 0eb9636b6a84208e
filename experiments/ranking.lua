-- Document 000, the adaptive rank loss (docs/losses/ranking.md), is about optimising AUC: targets should stand above decoys, so the
-- loss is taken of pairs, one side from the batch, the other from the whole last epoch. So it claims a better AUC than that of a
-- loss of single rows. Judged is the difference in test AUC to cross entropy, targets being one in 2 or 501 of the training part;
-- beside it that of pair_logistic, whose pairs are those of the batch. That rare targets are where it matters is a claim of
-- losslab's own, judged by how the difference changes from 1:1 to 1:500. What happens at false positive rates up to 5 % is told
-- without a verdict.
--
-- Of each training part rows are left out until it has the ratio; validation and test parts stay whole, so that what differs is
-- what was learnt. At 1:500 some 10 to 26 targets are left, and which ones makes most of the noise: so of the generated spectra,
-- half of whose targets are as wrong as decoys, there are several independent draws, and ten folds. A small training part is passed
-- over several times in an epoch, so that all take about as many steps. Cross entropy also stands on batches that are half targets;
-- pauc_cvar is a partial AUC made a loss. Each chooses learning rate and parameters on validation, by the metric that is reported.
local quick = (os.getenv "QUICK" or "") ~= ""
local low_end = "partial_auc(max_fpr=0.05)"
local ratios = quick and { 1, 200 } or { 1, 30, 500 }
local draws = quick and { "A" } or { "A", "B", "C", "D" }

local data = {}
for _, ratio in ipairs(ratios) do
  for seed, draw in ipairs(draws) do
    data[#data + 1] = { generator = "target_decoy", n = quick and 12000 or 20000, decoys = 0.8, wrong = 0.5, shift = 2.5,
      seed = seed, ratio = ratio, name = string.format("spectra %s 1:%d", draw, ratio) }
  end
  if not quick then
    data[#data + 1] = { load = "letter_z", ratio = ratio }
    data[#data + 1] = { load = "satimage_4", ratio = ratio }
  end
end

local function loop(trial)
  local balance = trial.config.loss == "balanced_cross_entropy"
  local passes = math.max(1, 8000 // trial.train.rows)
  for epoch = 1, trial.epochs do
    for pass = 1, passes do
      for x, y in trial.train:batches { size = trial.config.train.batch, seed = trial.number, epoch = (epoch - 1) * passes + pass,
        balance = balance } do
        trial:step(trial:value(x, y))
      end
      if pass < passes and trial.loss.remembers then trial.loss:end_epoch() end
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

-- How far a loss is above cross entropy on a kind of data at a ratio, over its draws.
local function ahead(results, kind, ratio, loss)
  local all = {}
  for _, dataset in ipairs(kind.at[ratio] or {}) do
    local a, b = results:choose(dataset, loss), results:choose(dataset, "cross_entropy")
    if a and b then all[#all + 1] = results:difference(dataset, a, b) end
  end
  return results:pooled(all)
end

-- The same for every kind and every one of these ratios: { "letter_z 1:500", estimate } each.
local function each_ahead(results, loss, at)
  local out = {}
  for _, kind in ipairs(kinds_of(results)) do
    for _, ratio in ipairs(at) do
      local d = ahead(results, kind, ratio, loss)
      if d then out[#out + 1] = { kind.name .. " 1:" .. ratio, d } end
    end
  end
  return out
end

-- How much further it is ahead at the ratio `most` than at 1:1, run by run.
local function grown(results, loss, most)
  local out = {}
  for _, kind in ipairs(kinds_of(results)) do
    local all = {}
    for i, rare in ipairs(kind.at[most] or {}) do
      local values, at = {}, {}
      for k, dataset in ipairs { rare, kind.at[1] and kind.at[1][i] } do
        local a, b = results:choose(dataset, loss), results:choose(dataset, "cross_entropy")
        at[k] = a and b and { results:by_run(dataset, a), results:by_run(dataset, b) }
      end
      for run, value in pairs(at[1] and at[2] and at[1][1] or {}) do
        local b, c, d = at[1][2][run], at[2][1][run], at[2][2][run]
        if b and c and d then values[#values + 1] = value - b - c + d end
      end
      all[#all + 1] = results:estimate(rare, values)
    end
    out[#out + 1] = #all > 0 and { kind.name, results:pooled(all) } or nil
  end
  return out
end

-- What the losses are ahead by at a ratio, in words.
local function told(results, losses, ratio)
  local words = {}
  for _, loss in ipairs(losses) do
    local of = {}
    for i, each in ipairs(each_ahead(results, loss, { ratio })) do of[i] = results:say(each[2]) .. " on " .. each[1] end
    words[#words + 1] = loss .. " " .. table.concat(of, ", ")
  end
  return table.concat(words, "; ")
end

local shown = { "balanced_cross_entropy", "pair_logistic", "pauc_cvar", "adaptive_rank" }

-- Draws by how much the losses are ahead of cross entropy, a panel a kind.
local function draw(fig, results, plot, o)
  local panels = {}
  for i, kind in ipairs(kinds_of(results)) do
    local series = { { text = "cross_entropy", points = { { 0.7, 0 }, { 750, 0 } }, mark = false, style = 7 } }
    for k, loss in ipairs(shown) do
      local points = {}
      for _, ratio in ipairs(ratios_of(results)) do
        local d = ahead(results, kind, ratio, loss)
        if d then points[#points + 1] = { ratio * 1.12 ^ (k - 2.5), d.difference, d.low, d.high } end
      end
      series[k + 1] = { text = loss, points = points, bars = true, style = k }
    end
    panels[i] = { title = kind.name, series = series, logx = true, from = 0.7, to = 750 }
  end
  o.note = "Over folds, of spectra over its draws, with 95 % corrected intervals; each chosen on validation by the metric shown."
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
    adaptive_rank = { margin = quick and { 0.3 } or { 0.3, 0.9 } },
    pauc_cvar = { beta = 0.5 },
  },
  model = { hidden = { 32 }, activation = "tanh" },
  train = { epochs = quick and 10 or 20, batch = 64, optimizer = "adam", lr = quick and { 1e-2 } or { 5e-3, 2e-2 }, loop = loop },
  metric = "auc",
  metrics = { "auc", { "partial_auc", max_fpr = 0.05 } },
  scores = "ranks", -- of every epoch, and with them every metric of ranks
  ask = { loss = "adaptive_rank" },

  finding = function(results)
    local held = ratios_of(results)
    local most = held[#held]
    local rarer = string.format(" is further ahead at 1:%d than at 1:1 (losslab's own claim)", most)
    return results:finding {
      { "the AUC of adaptive_rank is above that of cross entropy", of = each_ahead(results, "adaptive_rank", { 1, most }) },
      { "the AUC of pair_logistic is above that of cross entropy", of = each_ahead(results, "pair_logistic", { 1, most }) },
      { "adaptive_rank" .. rarer, of = grown(results, "adaptive_rank", most) },
    }, string.format("Beside them, by how much AUC is above that of cross entropy at 1:%d: %s.", most,
      told(results, { "balanced_cross_entropy", "pauc_cvar" }, most)),
      string.format("At false positive rates up to 5 %%, by the partial AUC, by which all are then chosen, at 1:%d: %s. "
        .. "adaptive_rank meets every positive of the last epoch in each batch, the losses of pairs those of the batch, of which "
        .. "few hold one.", most, told(results:by(low_end), shown, most))
  end,

  figures = {
    ranking = function(fig, results, plot)
      return draw(fig, results, plot, { title = "ranking: test AUC less that of cross entropy, as positives become rare" })
    end,
    low_end = function(fig, results, plot)
      return draw(fig, results:by(low_end), plot,
        { title = "ranking: the same of partial AUC, false positive rates up to 0.05" })
    end,
  },
}
