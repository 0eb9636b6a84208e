-- The adaptive rank loss (docs/losses/ranking.md) makes its margin learnable: targets should exceed last epoch's decoys by ξ, and
-- ξ ← max(0, ξ − η_ξ ∂L/∂ξ) after each batch. Does that rank better than the same ξ₀ held fixed, by test AUC, at the
-- epoch chosen on validation and at the last one, which is what one has without validation? Do its other parts: pairs with the
-- whole last epoch in place of the batch's own, and the weight alpha?
--
-- The other claims are losslab's own. ∂L/∂ξ is a sum of terms that are never negative, so ξ can only shrink: ξ and its
-- gradient are counted over all epochs. Where classes overlap, ξ = 0 loses the identifications, as on psm_percolator_19k, where
-- such a run had ended at a fifth of cross entropy's: judged by the targets at 5 % FDR at the last epoch. And alpha changes next to
-- nothing. Beside these, without a verdict: ξ by Adam, whose steps do not depend on the loss's size, and other forms of the loss.
--
-- Of two sets of generated spectra 50 % and 85 % of the targets are as wrong as decoys; of psm_percolator_19k, taken where a
-- folder of LOSSLAB_DATA has it, about 90 % are. Each way chooses its ξ and epoch on validation, by fold.
local quick = (os.getenv "QUICK" or "") ~= ""
local starts = quick and { 0.4 } or { 0.1, 0.4, 0.8 }
local spectra_85 = { generator = "target_decoy", n = quick and 6000 or 10000, features = 18, wrong = 0.85, shift = 4,
  name = "spectra_85" }
local data = quick and { "breast_cancer", spectra_85 } or { "breast_cancer", "ionosphere", "pima", "satimage_4",
  { generator = "target_decoy", n = 5000, features = 10, wrong = 0.5, shift = 2.5, name = "spectra_50" }, spectra_85 }
if not quick and ll.data and pcall(ll.data.load, "psm_percolator_19k") then data[#data + 1] = "psm_percolator_19k" end

-- The adaptive rank loss, in which the fields of `own` replace its own.
local function but_for(inner, own)
  return setmetatable(own, {
    __call = function(_, scores, labels)
      if own.before then own.before() end
      return inner(scores, labels)
    end,
    __index = function(_, key)
      local value = inner[key]
      if type(value) ~= "function" then return value end
      return function(_, ...) return value(inner, ...) end
    end,
  })
end

-- ξ as a parameter like any other, with its own Adam.
local function by_adam(p)
  local inner, xi = ll.loss.adaptive_rank { margin = p.margin }, ll.matrix { { p.margin } }:with_grad()
  local adam, trained = ll.optim.adam({ xi }, { lr = p.adam_lr }), false
  local function step()
    if not trained then return end
    trained = false
    local loss = xi * inner.margin_grad -- whose gradient is the last batch's ∂L/∂ξ
    loss:sum():backward()
    adam:step()
    xi:set(1, 1, math.max(0, xi:item()))
    inner.margin = xi:item()
  end
  return but_for(inner, {
    before = function()
      step()
      trained = true
    end,
    end_epoch = function()
      step()
      inner:end_epoch()
    end,
  })
end

-- The history is renewed at every fifth epoch, by all the scores since the last time.
local function slowly(p)
  local inner, epochs = ll.loss.adaptive_rank { margin = p.margin }, 0
  return but_for(inner, { end_epoch = function()
    epochs = epochs + 1
    if epochs % 5 == 0 then inner:end_epoch() end
  end })
end

local function in_batch(p) return ll.loss.pair_squared_hinge { margin = p.margin } end

-- ---- what is reported ----

local defaults = { history = "training", alpha_gradient = "stop", sensitivity = 1, reference = "max", penalty = "square",
  margin_lr = 0 }
-- Accepts configurations of the loss's default form with the changes of `other`; of one start, if it is given, else of all but 0.
local function with(other, start)
  return function(p)
    for name, value in pairs(defaults) do
      local wanted = other[name] == nil and value or other[name]
      if p[name] ~= nil and p[name] ~= wanted then return false end
    end
    if p.adam_lr ~= other.adam_lr then return false end
    return p.margin == nil or p.margin == start or start == nil and p.margin > 0
  end
end
local fixed = with {}

-- What is compared with a fixed margin: its name, its loss, and the changes that pick its configurations.
local rules = {
  { "fixed ξ", "adaptive_rank", {} }, { "η_ξ = 0.001", "adaptive_rank", { margin_lr = 1e-3 } },
  { "η_ξ = 0.01", "adaptive_rank", { margin_lr = 1e-2 } }, { "η_ξ = 0.1", "adaptive_rank", { margin_lr = 1e-1 } },
  { "ξ by Adam, 0.001", "adam_margin", { adam_lr = 1e-3 } }, { "ξ by Adam, 0.01", "adam_margin", { adam_lr = 1e-2 } },
}
local variants = {
  { "fresh history", "adaptive_rank", { history = "fresh" } }, { "no lag: in batch", "in_batch", {} },
  { "5-epoch history", "slow_history", {} }, { "alpha gradient", "adaptive_rank", { alpha_gradient = "full" } },
  { "no alpha", "adaptive_rank", { sensitivity = 0 } }, { "alpha 4 times", "adaptive_rank", { sensitivity = 4 } },
  { "quantile of d.", "adaptive_rank", { reference = "quantile" } }, { "huber", "adaptive_rank", { penalty = "huber" } },
}

-- How far a way is from the default form with a fixed ξ in test AUC, over the data sets (or on one alone), each with its
-- parameters chosen on validation; with `turned`, how far that is from the way. A way without changes is a learnt ξ.
local function against(results, way, turned, only)
  local all = {}
  for _, dataset in ipairs(results.datasets) do
    local a = results:choose(dataset, way[2], way[3] and with(way[3]) or function(p) return p.margin_lr > 0 end)
    local b = results:choose(dataset, "adaptive_rank", fixed)
    if turned then a, b = b, a end
    if a and b and (not only or dataset == only) then all[#all + 1] = results:difference(dataset, a, b) end
  end
  return results:pooled(all)
end

local function starts_of(results) return results.losses.adaptive_rank.values.margin end

-- By data set, how far a learnt ξ is from the same ξ₀ held fixed: run by run, the mean over starts and rates. options: those of
-- by_run.
local function learnt(results, options)
  local out = {}
  for _, dataset in ipairs(results.datasets) do
    local of_run, runs, values, tried = {}, {}, {}, 0
    for _, start in ipairs(starts_of(results)) do
      local b = results:choose(dataset, "adaptive_rank", with({}, start))
      local of_b = b and results:by_run(dataset, b, options) or {}
      for _, rate in ipairs(results.losses.adaptive_rank.values.margin_lr) do
        local a = rate > 0 and results:choose(dataset, "adaptive_rank", with({ margin_lr = rate }, start))
        tried = tried + (rate > 0 and 1 or 0)
        for run, value in pairs(a and results:by_run(dataset, a, options) or {}) do
          of_run[run] = of_run[run] or {}
          if of_b[run] then table.insert(of_run[run], value - of_b[run]) end
        end
      end
    end
    for run, each in pairs(of_run) do
      if #each == tried then runs[#runs + 1] = run end
    end
    table.sort(runs)
    for i, run in ipairs(runs) do values[i] = ll.stats.mean(of_run[run]) end
    if #values > 0 then out[#out + 1] = { dataset.name, results:estimate(dataset, values) } end
  end
  return out
end

-- The mean of some of those.
local function mean_of(results, list, names)
  local all = {}
  for _, each in ipairs(list) do
    if names[each[1]] then all[#all + 1] = each[2] end
  end
  return results:pooled(all)
end

-- By epoch, the mean over a configuration's runs of a column of the epochs' table.
local function course(results, dataset, config, column)
  local out = {}
  for i, at in ipairs(results:course(dataset, config, column)) do out[i] = { at[1], ll.stats.mean(at[2]) } end
  return out
end

-- How often ξ rose over all epochs, the least gradient, and their number.
local function margins(results)
  local rose, least, epochs = 0, math.huge, 0
  for _, dataset in ipairs(results.datasets) do
    for _, row in ipairs(dataset.summary) do
      local before = {}
      for _, at in ipairs(results:course(dataset, row.config, "margin")) do
        for i, xi in ipairs(at[2]) do
          if xi > (before[i] or row.parameters.margin) + 1e-6 then rose = rose + 1 end -- Adam's ξ is a float
          epochs, before[i] = epochs + 1, xi
        end
      end
      for _, at in ipairs(results:course(dataset, row.config, "margin_gradient")) do
        least = math.min(least, table.unpack(at[2]))
      end
    end
  end
  return rose, least, epochs
end

-- The entries of a list that the database has: the quick form leaves some out.
local function present(results, list)
  local out = {}
  for _, each in ipairs(list) do
    if results:choose(results.datasets[1], each[2], with(each[3])) then out[#out + 1] = each end
  end
  return out
end

local identified = "targets_at_fdr(level=0.05)"
local overlapping = { spectra_50 = true, spectra_85 = true, psm_percolator_19k = true }

-- What becomes of ξ₀ = 0.4 by each rule on a data set, in words: ξ and the identifications at the last epoch.
local function ends(results, dataset)
  local words = {}
  for _, rule in ipairs { { "cross entropy", "cross_entropy", {} }, table.unpack(present(results, rules)) } do
    local config = results:choose(dataset, rule[2], with(rule[3], 0.4)).config
    local xi = rule[2] ~= "cross_entropy" and course(results, dataset, config, "margin") or {}
    words[#words + 1] = string.format("%s%s %.0f", rule[1], #xi > 0 and string.format(" (ξ %.2g)", xi[#xi][2]) or "",
      ll.stats.mean(results:values(dataset, config, identified, "test", "last")))
  end
  return string.format("Targets at 5 %% FDR at the last epoch on %s, from ξ₀ = 0.4: %s.", dataset.name,
    table.concat(words, ", "))
end

return ll.study {
  name = "adaptive_margin",
  question = "Does a learnt margin do anything but shrink, and when is that good? What do the adaptive rank loss's parts do?",
  claim = "The margin ξ is learnable by gradient descent, ξ ← max(0, ξ − η_ξ ∂L/∂ξ), beside the network. "
    .. "The loss: docs/losses/ranking.md.",
  data = data,
  split = { folds = quick and 3 or 10 },
  quick = quick,
  compare = {
    adaptive_rank = quick and { { margin = starts, margin_lr = { 0, 1e-1 } }, { margin = starts, history = "fresh" },
      { margin = starts, sensitivity = 0 } } or {
      { margin = starts, margin_lr = { 0, 1e-3, 1e-2, 1e-1 } }, { margin = starts, history = "fresh" },
      { margin = starts, alpha_gradient = "full" }, { margin = starts, sensitivity = { 0, 4 } },
      { margin = starts, reference = "quantile" }, { margin = starts, penalty = "huber" },
    },
    adam_margin = { { new = by_adam, output = "sigmoid" }, margin = starts, adam_lr = quick and { 1e-2 } or { 1e-3, 1e-2 } },
    slow_history = { { new = slowly, output = "sigmoid" }, margin = starts },
    in_batch = { { new = in_batch, output = "sigmoid" }, margin = starts },
    cross_entropy = {},
  },
  model = { hidden = { 32 }, activation = "sigmoid" },
  train = { epochs = quick and 20 or 30, batch = 64, optimizer = "adam", lr = 1e-2 },
  metric = "auc",
  metrics = { "auc", { "targets_at_fdr", level = 0.05 } },
  scores = "ranks", -- of every epoch, and with them every metric of ranks
  ask = { loss = "adaptive_rank" },

  finding = function(results)
    local rose, least, epochs = margins(results)
    local parts, sets = {}, {}
    for _, each in ipairs(present(results, variants)) do
      parts[#parts + 1] = each[1] .. " " .. results:say(against(results, each))
    end
    for _, dataset in ipairs(results.datasets) do
      if overlapping[dataset.name] then sets[#sets + 1] = ends(results, dataset) end
    end
    local alpha = against(results, variants[5], true)
    return results:finding {
      { "a learnt ξ ranks better than the same ξ₀ held fixed, by AUC", of = learnt(results) },
      { "at the last epoch a learnt ξ ranks better than the same ξ₀ held fixed", of = learnt(results, { epoch = "last" }) },
      { "pairs with the last epoch rank better than those of the batch", of = against(results, variants[2], true) },
      { "the weight alpha ranks better than none", of = alpha },
      { "alpha changes AUC by less than 0.005 (losslab's own claim, made after a first run)", of = alpha, within = 0.005 },
      { "gradient descent never raises ξ (losslab's own claim)", fact = rose == 0 and least >= 0,
        told = string.format("in %d epochs ∂L/∂ξ was never below %.1g, and ξ rose in %d", epochs, least, rose) },
      { "where classes overlap, a learnt ξ loses targets at 5 % FDR by the last epoch (losslab's own claim)", side = "below",
        of = mean_of(results, learnt(results, { epoch = "last", metric = identified }), overlapping), unit = "targets" },
    }, "Why a learnt ξ loses the identifications: where classes overlap, nothing keeps it up, it goes to 0 (the sooner the "
      .. "greater its step), and at ξ = 0 equal scores cost nothing while any spread of them costs the misordered pairs, so "
      .. "training draws the scores together and what is left of their order is chance (figures collapse and shrunk). "
      .. table.concat(sets, " "),
      string.format("By AUC over the data sets less that of the default form with a fixed ξ, all with ξ₀ (and rates) chosen on "
        .. "validation: a learnt ξ %s; %s. %s", results:say(against(results, { "", "adaptive_rank" })), table.concat(parts, ", "),
        results.datasets.psm_percolator_19k and "psm_percolator_19k was at hand."
        or "psm_percolator_19k was not at hand; where a folder of LOSSLAB_DATA has it, it takes part.")
  end,

  figures = {
    collapse = function(fig, results, plot)
      local dataset = results.datasets.psm_percolator_19k or results.datasets.spectra_85
      local panels = { { "margin", "margin ξ" }, { "margin_gradient", "∂L/∂ξ, mean of the epoch" },
        { "train_loss", "training loss" }, { nil, "targets at 5 % FDR on test" } }
      for i, panel in ipairs(panels) do
        local series = {}
        for k, rule in ipairs { { "cross_entropy", "cross_entropy", {} }, table.unpack(present(results, rules)) } do
          local chosen = results:choose(dataset, rule[2], with(rule[3], 0.4))
          local points = {}
          if chosen and panel[1] and rule[2] ~= "cross_entropy" then
            points = course(results, dataset, chosen.config, panel[1])
            if i == 1 then table.insert(points, 1, { 0, 0.4 }) end
          elseif chosen and not panel[1] then
            for _, row in ipairs(results:curve(dataset, chosen.config, "test", identified)) do
              points[#points + 1] = { row[1], ll.stats.mean(row[2]) }
            end
          end
          series[k] = { text = rule[1], points = points, mark = false, loss = k == 2 and "adaptive_rank" or nil }
        end
        panels[i] = { title = panel[2], y = panel[2], x = "epoch", logy = i == 2 or i == 3, low = i == 1 and 0 or nil,
          series = series }
      end
      return plot.panels(fig, { title = "adaptive_margin: what becomes of ξ₀ = 0.4 on " .. dataset.name,
        note = "Mean over folds and seeds. At ξ = 0 the loss of equal scores is 0: training finds those, and the ranking is lost.",
        panels = panels })
    end,
    start = function(fig, results, plot)
      local panels = {}
      local function level(dataset, loss, accept)
        local chosen = results:choose(dataset, loss, accept)
        return chosen and ll.stats.mean(results:values(dataset, chosen, "auc", "test", "last"))
      end
      for i, dataset in ipairs(results.datasets) do
        local series, entropy = {}, level(dataset, "cross_entropy")
        for k, rule in ipairs(present(results, rules)) do
          local points = {}
          for _, start in ipairs(starts_of(results)) do
            points[#points + 1] = { start, level(dataset, rule[2], with(rule[3], start)) }
          end
          series[k] = { text = rule[1], points = points, loss = k == 1 and "adaptive_rank" or nil }
        end
        series[#series + 1] = { text = "cross_entropy", mark = false, points = { { 0.1, entropy }, { 0.8, entropy } } }
        panels[i] = { title = dataset.name, under = plot.layout.size(dataset), series = series, logx = true }
      end
      return plot.panels(fig, { title = "adaptive_margin: test AUC at the last epoch, by the margin at the start",
        note = "Mean over folds and seeds.", x = "ξ₀", y = "AUC on test", panels = panels })
    end,
    parts = function(fig, results, plot)
      local series, names, ways = {}, {}, present(results, { table.unpack(rules, 2) })
      table.move(present(results, variants), 1, #variants, #ways + 1, ways)
      for k, dataset in ipairs(results.datasets) do
        series[k] = { text = dataset.name, points = {}, line = false }
      end
      local pooled = { text = "mean of all, 95 % interval", points = {}, line = false, bars = true, style = 7 }
      for i, each in ipairs(ways) do
        names[i] = each[1]
        for k, dataset in ipairs(results.datasets) do
          local d = against(results, each, false, dataset)
          if d then table.insert(series[k].points, { i + (k - #results.datasets / 2) * 0.07 + 0.1, d.difference }) end
        end
        local d = against(results, each)
        if d then table.insert(pooled.points, { i - 0.3, d.difference, d.low, d.high }) end
      end
      series[#series + 1] = pooled
      series[#series + 1] = { text = "the default form, ξ fixed", mark = false, style = 0,
        points = { { 0.4, 0 }, { #ways + 0.6, 0 } } }
      return plot.panels(fig, { title = "adaptive_margin: what each part of the loss changes",
        note = "Test AUC less that of the default form with a fixed ξ; each chooses its ξ and epoch on validation.",
        panels = { { title = "difference in AUC", x = "", y = "difference in AUC on test", names = names, from = 0.4,
          to = #ways + 0.6, series = series } } })
    end,
    shrunk = function(fig, _, plot)
      -- Scores sigmoid(c z): decoys' z are normal quantiles, and so are those of 85 % of the targets, the others' stand 4 higher.
      local z, y = {}, {}
      for i = 1, 200 do
        local u = plot.stats.normal_quantile((i - 0.5) / 200)
        z[i], y[i] = { u }, { 0 }
        z[200 + i], y[200 + i] = { i % 20 < 3 and u + 4 or u }, { 1 }
      end
      z, y = ll.matrix(z), ll.matrix(y)
      local series = {}
      for k, xi in ipairs { 0, 0.05, 0.1, 0.2, 0.4 } do
        local points = {}
        for c = 0, 80 do
          local scores, loss = (z * (c / 100)):sigmoid(), ll.loss.adaptive_rank { margin = xi }
          loss:history(scores, y)
          points[c + 1] = { c / 100, loss(scores, y):item() - 2 * xi * xi }
        end
        series[k] = { text = string.format("ξ = %g", xi), points = points, mark = false }
      end
      return plot.panels(fig, { title = "adaptive_margin: why ξ = 0 undoes the scores",
        note = "Loss of scores sigmoid(c z), which are their own history, less that of c = 0; 85 % of the targets are as decoys.",
        panels = { { title = "only a margin pays for spreading the scores", x = "c: how far the scores are spread",
          y = "loss less that of equal scores", series = series, high = 0.05 } } })
    end,
  },
}
