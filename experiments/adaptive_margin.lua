-- The adaptive rank loss (docs/losses/ranking.md) and its learnable margin: targets should exceed last epoch's decoys by ξ, and ξ ←
-- max(0, ξ − η_ξ ∂L/∂ξ) after each batch. That gradient is a sum of terms that are never negative: does a learnt margin do anything
-- but shrink, and when is that good? What happens if ξ has an Adam, whose steps do not depend on the loss's size? (Such a
-- run on psm_percolator_19k had ended at ξ = 0 and a fifth of cross entropy's identifications.) And what do the other parts do: a
-- history that is an epoch old (or fresh, none, of five epochs), alpha held constant or differentiated, stronger or none, its
-- reference the highest decoy or a quantile, a huber penalty?
--
-- Of two sets of generated spectra 50 % and 85 % of the targets are as wrong as decoys; of psm_percolator_19k, taken where a
-- folder of LOSSLAB_DATA has it, about 90 % are. Each way chooses its ξ and epoch on validation; the last epoch is reported beside
-- it, since it is what one has without validation.
local quick = (os.getenv "QUICK" or "") ~= ""
local starts = quick and { 0.4 } or { 0.1, 0.2, 0.4, 0.8 }
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
local function learnt(p) return p.margin_lr > 0 end

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

-- The difference of two ways over the data sets (on `only`, if it is given), each chosen on validation for each data set.
local function against(results, loss, accept, other, options, only)
  local all = {}
  for _, dataset in ipairs(results.datasets) do
    local a = results:choose(dataset, loss, accept)
    local b = results:choose(dataset, "adaptive_rank", other)
    if a and b and (not only or dataset.name == only) then
      all[#all + 1] = results:difference(dataset, a.config, b.config, options)
    end
  end
  return results:pooled(all)
end

local function interval(d) return string.format("%+.4f [%+.4f, %+.4f]", d.difference, d.low, d.high) end

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
    for config in pairs(dataset.runs) do
      local before = {}
      for _, at in ipairs(results:course(dataset, config, "margin")) do
        for i, xi in ipairs(at[2]) do
          if xi > (before[i] or results.configs[config].parameters.margin) + 1e-6 then rose = rose + 1 end -- Adam's ξ is a float
          epochs, before[i] = epochs + 1, xi
        end
      end
      for _, at in ipairs(results:course(dataset, config, "margin_gradient")) do least = math.min(least, table.unpack(at[2])) end
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

local function starts_of(results)
  local out = {}
  for _, start in ipairs(results.losses.adaptive_rank.values.margin) do if start > 0 then out[#out + 1] = start end end
  return out
end

-- Compares every data set, ξ₀ and rule with the same ξ₀ held fixed: how many there are, how many are better and worse beyond noise,
-- and the best.
local function same_start(results, options)
  local n, better, worse, best, where = 0, 0, 0, nil, nil
  for _, dataset in ipairs(results.datasets) do
    for i = 2, #rules do
      for _, start in ipairs(starts_of(results)) do
        local d = against(results, rules[i][2], with(rules[i][3], start), with({}, start), options, dataset.name)
        if d then
          n, better, worse = n + 1, better + (d.better and 1 or 0), worse + (d.worse and 1 or 0)
          if not best or d.difference > best.difference then
            best, where = d, string.format("%s, ξ₀ = %g, %s", dataset.name, start, rules[i][1])
          end
        end
      end
    end
  end
  return n, better, worse, best, where
end

local identified = "targets_at_fdr(level=0.05)"

-- How many targets pass 1 % FDR at the last epoch, in percent of those of cross entropy: the least and the most over all starts of
-- these rules, and where the least is.
local function kept(results, dataset, list)
  local function passed(loss, accept)
    local chosen = results:choose(dataset, loss, accept)
    return ll.stats.mean(results:values(dataset, chosen.config, "targets_at_fdr(level=0.01)", "test", "last"))
  end
  local of_all, least, most, where = passed("cross_entropy"), math.huge, 0, ""
  for _, rule in ipairs(present(results, list)) do
    for _, start in ipairs(starts_of(results)) do
      local share = 100 * passed(rule[2], with(rule[3], start)) / of_all
      if share < least then least, where = share, string.format("%s, ξ₀ = %g", rule[1], start) end
      most = math.max(most, share)
    end
  end
  return least, most, where
end

-- What becomes of one start by each rule on a data set: the epoch at which ξ is below a thousandth of it, and what is left of the
-- loss and of the targets.
local function collapse(results, name)
  local dataset, start, words, least = results.datasets[name], 0.4, {}, math.huge
  local function last(loss, what)
    local chosen = results:choose(dataset, loss, with(what, start))
    local losses = course(results, dataset, chosen.config, "train_loss")
    return chosen.config, ll.stats.mean(results:values(dataset, chosen.config, identified, "test", "last")), losses[#losses][2]
  end
  local _, kept_targets, kept_loss = last("adaptive_rank", {})
  local _, entropy = last("cross_entropy", {})
  for _, rule in ipairs(present(results, { table.unpack(rules, 2) })) do
    local config, targets, loss = last(rule[2], rule[3])
    local gone = "never"
    for _, point in ipairs(course(results, dataset, config, "margin")) do
      if point[2] < 1e-3 * start and gone == "never" then gone = "by epoch " .. point[1] end
    end
    least = math.min(least, loss / kept_loss)
    words[#words + 1] = string.format("%s %s and %.0f", rule[1], gone, targets)
  end
  local d = against(results, "adam_margin", with(rules[#rules][3], start), with({}, start),
    { epoch = "last", metric = identified }, name)
  local low, high, where = kept(results, dataset, { table.unpack(rules, 2) })
  local fixed_low, fixed_high = kept(results, dataset, { rules[1] })
  return string.format("On %s from ξ₀ = %g, ξ is gone (below a thousandth of ξ₀), and so many targets pass 5 %% FDR at "
    .. "the last epoch: %s (by %+.0f [%+.0f, %+.0f] from a fixed ξ); with ξ fixed %.0f pass, by cross entropy %.0f; the loss "
    .. "ends at %.0e of that of a fixed ξ. At 1 %% FDR a learnt ξ keeps between %.0f (%s) and %.0f %% of cross entropy's "
    .. "targets, by start and rate, a fixed one between %.0f and %.0f %%.", name, start, table.concat(words, ", "), d.difference,
    d.low, d.high, kept_targets, entropy, least,
    low, where, high, fixed_low, fixed_high)
end

return ll.study {
  name = "adaptive_margin",
  question = "Does a learnt margin do anything but shrink, and when is that good? What do the adaptive rank loss's parts do?",
  claim = "The margin ξ is learnable by gradient descent, ξ ← max(0, ξ − η_ξ ∂L/∂ξ), beside the network. "
    .. "The loss: docs/losses/ranking.md.",
  data = data,
  split = { folds = quick and 3 or 5 },
  seeds = quick and { 1 } or { 1, 2 },
  compare = {
    adaptive_rank = quick and { { margin = starts, margin_lr = { 0, 1e-1 } }, { margin = starts, history = "fresh" } } or {
      { margin = starts, margin_lr = { 0, 1e-3, 1e-2, 1e-1 } }, { margin = 0 }, { margin = starts, history = "fresh" },
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
  metrics = { "auc", { "targets_at_fdr", level = 0.05 }, { "targets_at_fdr", level = 0.01 } },
  scores = "none",
  ask = { loss = "adaptive_rank" },

  finding = function(results)
    local rose, least, epochs = margins(results)
    local chosen = against(results, "adaptive_rank", learnt, fixed)
    local _, up, down = same_start(results)
    local n, last_up, last_down, best, where = same_start(results, { epoch = "last" })
    local sets, parts, beyond, widest = {}, {}, 0, 0
    for _, name in ipairs { "spectra_85", "psm_percolator_19k" } do
      if results.datasets[name] then sets[#sets + 1] = collapse(results, name) end
    end
    for _, each in ipairs(variants) do
      local d = against(results, each[2], with(each[3]), fixed)
      if d then
        parts[#parts + 1] = string.format("%s %+.4f", each[1], d.difference)
        beyond, widest = beyond + ((d.better or d.worse) and 1 or 0), math.max(widest, (d.high - d.low) / 2)
      end
    end
    local shrinks, helps = rose == 0 and least >= 0, up + last_up > down + last_down
    return string.format("%s: in %d epochs ∂L/∂ξ was never below %.0e and ξ rose in %d; against the same ξ₀ held fixed "
      .. "a learnt one is better in test AUC beyond noise in %d of %d comparisons and worse in %d, at the last epoch in %d and "
      .. "%d, and with ξ₀, η_ξ and the epoch chosen on validation it moves AUC by %s (95 %% interval).",
      (shrinks and "It only shrinks" or "It does not only shrink") .. (helps and ", which is good more often than not"
      or ", and a fixed ξ is the better habit"), epochs, least, rose, up, n, down, last_up, last_down, interval(chosen)),
      string.format("When and why a learnt ξ loses the identifications: where classes overlap, nothing holds it up, it goes to "
        .. "0 (the sooner the greater its step), and at ξ = 0 equal scores cost nothing while any spread of them costs the "
        .. "misordered pairs, so training draws the scores together and what is left of their order is chance (figures collapse "
        .. "and shrunk). %s",
        table.concat(sets, " ")),
      string.format("The best of the comparisons at the last epoch is %s, %s. The other parts, by AUC from the default form "
        .. "with a fixed ξ: %s; %d of %d beyond noise, 95 %% intervals up to ±%.4f. %s", where, interval(best),
        table.concat(parts,
        ", "),
        beyond, #parts, widest, results.datasets.psm_percolator_19k and "psm_percolator_19k was at hand." or
        "psm_percolator_19k was not at hand; with a folder that holds it in LOSSLAB_DATA it takes part.")
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
          series[k] = { text = rule[1], points = points, style = k == 1 and 7 or k - 1, mark = false } -- 7: black
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
        return chosen and ll.stats.mean(results:values(dataset, chosen.config, "auc", "test", "last"))
      end
      for i, dataset in ipairs(results.datasets) do
        local series, entropy = {}, level(dataset, "cross_entropy")
        for k, rule in ipairs(present(results, rules)) do
          local points = {}
          for _, start in ipairs(starts_of(results)) do
            points[#points + 1] = { start, level(dataset, rule[2], with(rule[3], start)) }
          end
          series[k] = { text = rule[1], points = points, style = k }
        end
        series[#series + 1] = { text = "cross_entropy", mark = false, style = 7, points = { { 0.1, entropy }, { 0.8, entropy } } }
        panels[i] = { title = dataset.name, under = plot.layout.size(dataset), series = series, logx = true }
      end
      return plot.panels(fig, { title = "adaptive_margin: test AUC at the last epoch, by the margin at the start",
        note = "Mean over folds and seeds.", x = "ξ₀", y = "AUC on test", panels = panels })
    end,
    parts = function(fig, results, plot)
      local series, names, ways = {}, {}, present(results, { table.unpack(rules, 2) })
      table.move(present(results, variants), 1, #variants, #ways + 1, ways)
      for k, dataset in ipairs(results.datasets) do
        series[k] = { text = dataset.name, points = {}, line = false, style = k + k // 7 } -- 7 is the mean's
      end
      local pooled = { text = "mean of all, 95 % interval", points = {}, line = false, bars = true, style = 7 }
      for i, each in ipairs(ways) do
        names[i] = each[1]
        for k, dataset in ipairs(results.datasets) do
          local d = against(results, each[2], with(each[3]), fixed, nil, dataset.name)
          if d then table.insert(series[k].points, { i + (k - #results.datasets / 2) * 0.07 + 0.1, d.difference }) end
        end
        local d = against(results, each[2], with(each[3]), fixed)
        if d then table.insert(pooled.points, { i - 0.3, d.difference, d.low, d.high }) end
      end
      series[#series + 1] = pooled
      series[#series + 1] = { text = "the default form, ξ fixed", mark = false, style = 15,
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
