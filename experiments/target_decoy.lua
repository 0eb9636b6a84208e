-- Which loss identifies most, where targets of peptide-spectrum matches are told from decoys, and most targets are as wrong as
-- decoys? Judged are the targets at 1 % FDR. The adaptive rank loss (docs/losses/ranking.md) is tried with margins ξ from 0 to more
-- than the range of its scores, with ξ learnt by three rates η_ξ, and with its weight α by several references and sensitivities,
-- against losses of rows and of the batch's pairs. Beyond what the loss's definition claims, the claims are losslab's own.
--
-- That a learnt ξ loses identifications had been seen on psm_percolator_19k. Why? ∂L/∂ξ is never negative, so ξ only shrinks; does
-- it reach 0, and is it that ξ = 0 which undoes the scores, so that one held at 0 from the start loses as much? Both are compared
-- with the same loss and ξ₀ held fixed, at the last epoch, which is what one has without validation.
--
-- All choices are made on validation rows, by fold: learning rate, margin and the like, and the epoch. They are made by the partial
-- AUC up to 5 % false positives: of a validation part some hundred targets are right, and at 1 % FDR none passes below a hundred.
-- In a pilot on two seeds choosing by the targets at 1 % lost up to two thirds of them. What is compared is the difference in
-- percent of the mean of what it is compared with, so that data sets count alike. Matches of a spectrum stay together. The pilots,
-- the last of three of the five seeds, settled the learning rates, the forms of α, the rows of spectra_85, and the words on why.
--
-- The real sets of matches are taken where a folder of LOSSLAB_DATA has them; yeast_psms, which comes with losslab, is a part of
-- psm_percolator_19k, and stands in for it: a fold of it holds about a hundred right targets, as few as 1 % FDR can tell of.
local quick = (os.getenv "QUICK" or "") ~= ""
local data = { { generator = "target_decoy", n = quick and 6000 or 24000, features = 18, wrong = 0.85, shift = 4,
  name = "spectra_85" } }
local own = "yeast_psms"
for _, name in ipairs(quick and {} or { "psm_percolator_19k", "psm_mokapot_10k", "psm_crema_22k", "psm_celegans_msgf_12k" }) do
  if ll.data and pcall(ll.data.load, name) then
    data[#data + 1] = name
    if name == "psm_percolator_19k" then own = nil end
  end
end
if own then table.insert(data, 2, own) end

local identified = "targets_at_fdr(level=0.01)"
local PAIRED = { 0.2, 0.8 } -- the margins with which all forms of the loss are tried
local BASE = 0.2            -- the margin that others are compared with

-- ---- what is reported ----

-- The fixed form with a start, or with any of PAIRED, and the changes of `other`.
local defaults = { margin_lr = 0, sensitivity = 1, reference = "max", quantile = 0.95 }
local function form(other, start)
  return function(p)
    for name, value in pairs(defaults) do
      local wanted = other[name] == nil and value or other[name]
      if p[name] ~= wanted then return false end
    end
    return start == nil and p.margin > 0 or p.margin == start
  end
end

-- The forms of α beside the default one, and the rates of ξ.
local weights = {
  { "κ = 0", { sensitivity = 0 } }, { "κ = 10", { sensitivity = 10 } },
  { "κ = 10, the 0.9 quantile", { reference = "quantile", quantile = 0.9, sensitivity = 10 } },
}
local rates = { 1e-4, 1e-3, 1e-2 }
local losses = { "hinge", "pair_logistic", "pair_squared_hinge", "pauc_cvar", "pauc_kl", "adaptive_rank" }

-- By run, by how many percent of b's mean a is above b, added to the lists of `into`.
local function collect(results, dataset, a, b, epoch, into)
  local how = { metric = identified, epoch = epoch }
  local of_a, of_b, sum, n = results:by_run(dataset, a, how), results:by_run(dataset, b, how), 0, 0
  for _, value in pairs(of_b) do sum, n = sum + value, n + 1 end
  if sum <= 0 then return end
  for run, value in pairs(of_a) do
    into[run] = into[run] or {}
    if of_b[run] then table.insert(into[run], 100 * (value - of_b[run]) / (sum / n)) end
  end
end

-- On a data set, the mean of such differences over pairs { a, b } of configurations, run by run.
local function percent(results, dataset, pairs_of, epoch)
  local by_run, runs, values = {}, {}, {}
  for _, pair in ipairs(pairs_of) do collect(results, dataset, pair[1], pair[2], epoch, by_run) end
  for run, list in pairs(by_run) do
    if #list == #pairs_of then runs[#runs + 1] = run end
  end
  table.sort(runs)
  for i, run in ipairs(runs) do values[i] = ll.stats.mean(by_run[run]) end
  return #values > 0 and results:estimate(dataset, values) or nil
end

-- A loss against another, each with what it chose: on a data set.
local function of_loss(results, dataset, loss, other)
  local function chosen(name) return results:choose(dataset, name, name == "adaptive_rank" and form {} or nil) end
  local a, b = chosen(loss), chosen(other)
  return a and b and percent(results, dataset, { { a, b } })
end

-- A form of the adaptive rank loss against its fixed form with the same ξ₀, over those of PAIRED: on a data set. `held`: a margin
-- in place of the form's ξ₀.
local function of_form(results, dataset, other, epoch, held)
  local both = {}
  for _, start in ipairs(PAIRED) do
    local a, b = results:choose(dataset, "adaptive_rank", form(other, held or start)),
      results:choose(dataset, "adaptive_rank", form({}, start))
    if a and b then both[#both + 1] = { a, b } end
  end
  return percent(results, dataset, both, epoch)
end

-- The fixed form with a margin against that with BASE, on a data set.
local function of_start(results, dataset, start)
  local a, b = results:choose(dataset, "adaptive_rank", form({}, start)), results:choose(dataset, "adaptive_rank", form({}, BASE))
  return a and b and percent(results, dataset, { { a, b } })
end

local function margins_of(results) return results.losses.adaptive_rank.values.margin end

-- The mean over data sets of what `of` gives of each.
local function over(results, of, ...)
  local all = {}
  for _, dataset in ipairs(results.datasets) do all[#all + 1] = of(results, dataset, ...) or nil end
  return results:pooled(all)
end

-- How often ξ rose over all epochs, the least ∂L/∂ξ, and how many epochs there were.
local function rises(results)
  local rose, least, epochs = 0, math.huge, 0
  for _, dataset in ipairs(results.datasets) do
    for _, row in ipairs(dataset.summary) do
      local before = {}
      for _, at in ipairs(results:course(dataset, row.config, "margin")) do
        for i, xi in ipairs(at[2]) do
          if xi > (before[i] or row.parameters.margin) then rose = rose + 1 end
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

-- By epoch, the mean over runs of what training saw, or of the identifications.
local function course(results, dataset, config, what)
  local out = {}
  local list = what == identified and results:curve(dataset, config, "test", what) or results:course(dataset, config, what)
  for i, at in ipairs(list) do
    out[i] = { at[1], ll.stats.mean(at[2]) }
  end
  return out
end

-- The configurations that tell of the collapse, from ξ₀ = 0.2: name, configuration.
local function told_of(results, dataset)
  local out = {}
  for _, each in ipairs { { "ξ = 0.2 held", {}, 0.2 }, { "η_ξ = 0.0001", { margin_lr = 1e-4 }, 0.2 },
    { "η_ξ = 0.001", { margin_lr = 1e-3 }, 0.2 }, { "η_ξ = 0.01", { margin_lr = 1e-2 }, 0.2 }, { "ξ = 0 held", {}, 0 } } do
    local chosen = results:choose(dataset, "adaptive_rank", form(each[2], each[3]))
    if chosen then out[#out + 1] = { each[1], chosen.config } end
  end
  return out
end

-- The share of held-out scores of a configuration that no other row of the part has, in percent.
local function distinct(results, dataset, config)
  local kinds, rows = 0, 0
  for scores in results:held_out(dataset, config) do
    local sorted, last = scores:sort(), nil
    for i = 1, sorted.rows do
      local s = sorted:get(i)
      kinds, last = kinds + (s ~= last and 1 or 0), s
    end
    rows = rows + sorted.rows
  end
  return 100 * kinds / rows
end

-- What becomes of ξ, of the loss and of the identifications by the last epoch, in words.
local function collapse(results, dataset)
  local words = {}
  for _, each in ipairs(told_of(results, dataset)) do
    local xi, loss, found = course(results, dataset, each[2], "margin"), course(results, dataset, each[2], "train_loss"),
      course(results, dataset, each[2], identified)
    words[#words + 1] = string.format("%s ends at ξ %.2g, loss %.2g, %.0f targets", each[1], xi[#xi][2], loss[#loss][2],
      found[#found][2])
  end
  local zero = results:choose(dataset, "adaptive_rank", form({}, 0))
  return string.format("On %s, a fold's mean: %s; of the scores with ξ = 0 %.0f %% are distinct.", dataset.name,
    table.concat(words, "; "), distinct(results, dataset, zero.config))
end

-- How many targets the losses identify over the folds put together, in words.
local function counts(results, dataset)
  local words = {}
  for _, loss in ipairs { "cross_entropy", table.unpack(losses) } do
    local chosen = results:choose(dataset, loss, loss == "adaptive_rank" and form {} or nil)
    local found = chosen and results:over_folds(dataset, chosen, { "targets_at_fdr", level = 0.01 })
    if found and found.mean then words[#words + 1] = string.format("%s %.0f", loss, found.mean) end
  end
  return dataset.name .. ": " .. table.concat(words, ", ")
end

-- Which margin is chosen on each data set, in words.
local function margins_chosen(results)
  local out = {}
  for _, dataset in ipairs(results.datasets) do
    local row = results:choose(dataset, "adaptive_rank", form {})
    if row then out[#out + 1] = string.format("%s %g", dataset.name, row.parameters.margin) end
  end
  return table.concat(out, ", ")
end

local function say(results, d) return d and results:say(d, { digits = 1, unit = "%" }) or "unknown" end

local margins = quick and { 0, 0.2, 0.8 } or { 0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6 }
local adaptive = { { margin = margins }, { margin = PAIRED, margin_lr = quick and { 1e-2 } or rates } }
for _, each in ipairs(quick and {} or weights) do
  local changed = { margin = PAIRED }
  for name, value in pairs(each[2]) do changed[name] = value end
  adaptive[#adaptive + 1] = changed
end

return ll.study {
  name = "target_decoy",
  question = "Which loss, which margin and which rate of a learnt margin identify most targets at 1 % FDR?",
  claim = "A loss that orders targets above decoys, above all the adaptive rank loss with its learnable margin ξ, identifies more "
    .. "targets than a loss of single rows. The loss: docs/losses/ranking.md.",
  data = data,
  split = { folds = 3, valid = 0.25 },
  seeds = quick and { 1 } or { 1, 2, 3, 4, 5 },
  quick = quick,
  compare = {
    cross_entropy = {},
    hinge = {},
    pair_logistic = {},
    pair_squared_hinge = { margin = quick and { 1 } or { 0.5, 1, 2 } },
    pauc_cvar = { beta = quick and { 0.2 } or { 0.1, 0.2, 0.5 } },
    pauc_kl = { margin = quick and { 1 } or { 0.5, 1, 2 } },
    adaptive_rank = adaptive,
  },
  model = { hidden = { 64, 32 }, activation = "sigmoid" },
  train = { epochs = 20, batch = 256, optimizer = "adam", lr = quick and { 3e-3 } or { 3e-3, 1e-2 } },
  metric = { "partial_auc", max_fpr = 0.05 },
  metrics = { { "partial_auc", max_fpr = 0.05 }, { "targets_at_fdr", level = 0.01 }, { "targets_at_fdr", level = 0.05 },
    "auc" },
  over_folds = { { "targets_at_fdr", level = 0.01 }, "auc" },
  scores = "best",
  ask = { loss = "adaptive_rank" },

  finding = function(results)
    local rose, least, epochs = rises(results)
    local of, by_weight, forms, sets, words, starts = {}, {}, {}, {}, {}, {}
    for i, loss in ipairs(losses) do of[i] = loss .. " " .. say(results, over(results, of_loss, loss, "cross_entropy")) end
    for _, each in ipairs(weights) do
      local d = over(results, of_form, each[2])
      if d then
        by_weight[#by_weight + 1] = { each[1], d }
        forms[#forms + 1] = each[1] .. " " .. say(results, d)
      end
    end
    for _, start in ipairs(margins_of(results)) do
      local d = start > 0 and start ~= BASE and over(results, of_start, start)
      if d then starts[#starts + 1] = string.format("ξ = %g %s", start, say(results, d)) end
    end
    for _, rate in ipairs(rates) do
      local d = over(results, of_form, { margin_lr = rate }, "last")
      if d then words[#words + 1] = string.format("η_ξ = %g %s", rate, say(results, d)) end
    end
    for i, dataset in ipairs(results.datasets) do sets[i] = counts(results, dataset) end
    local claims = {
      { "adaptive_rank with a fixed ξ identifies more than cross_entropy",
        of = over(results, of_loss, "adaptive_rank", "cross_entropy") },
      { "pair_logistic identifies more than cross_entropy", of = over(results, of_loss, "pair_logistic", "cross_entropy") },
      { "adaptive_rank with a fixed ξ is within 5 % of pair_logistic", within = 5,
        of = over(results, of_loss, "adaptive_rank", "pair_logistic") },
      { "ξ learnt by η_ξ = 0.01 loses identifications by the last epoch", side = "below",
        of = over(results, of_form, { margin_lr = 1e-2 }, "last") },
      { "ξ held at 0 loses identifications by the last epoch", side = "below", of = over(results, of_form, {}, "last", 0) },
      { "gradient descent never raises ξ", fact = rose == 0 and least >= 0,
        told = string.format("in %d epochs ∂L/∂ξ was never below %.1g, and ξ rose in %d", epochs, least, rose) },
    }
    if not results.plan.quick then
      table.insert(claims, 4, { "reference and sensitivity of α change less than 5 %", within = 5,
        of = by_weight })
    end
    for i = #claims, 1, -1 do -- one is left out where what it is compared with has found nothing on any data set
      claims[i].digits, claims[i].unit = 1, "%"
      if claims[i].of == nil and claims[i].fact == nil then table.remove(claims, i) end
    end
    local about = results.datasets.psm_percolator_19k or results.datasets.yeast_psms or results.datasets[1]
    return results:finding(claims),
      "Why a learnt ξ loses them: ξ is the unit of the scores, L(s, ξ) = ξ² L(s / ξ, 1) but for α, so that one margin does as well "
      .. "as another as long as the sigmoid gives it room. No term of ∂L/∂ξ is negative, and where targets and decoys overlap some "
      .. "are positive, so ξ falls to 0, and there no unit is left: L(c s, 0) = c² L(s, 0) is least where all scores are equal. "
      .. "The many targets that are wrong draw the scores together, whatever their order, while a target above all decoys, one of "
      .. "those to be identified, has gradient 0. α has no part in it, as it tends to 1 with ξ. " .. collapse(results, about)
      .. " Against the same ξ₀ held, at the last epoch: " .. table.concat(words, ", ") .. ".",
      "Targets at 1 % FDR, in percent, less those of cross_entropy: " .. table.concat(of, ", ") .. ". Margins chosen: "
      .. margins_chosen(results) .. string.format(". Less those of ξ = %g, held: %s.", BASE, table.concat(starts, ", "))
      .. (#forms > 0 and " Forms of α against the default: " .. table.concat(forms, ", ") .. "." or ""),
      "Targets at 1 % FDR over the folds put together. " .. table.concat(sets, "; ") .. "."
  end,

  figures = {
    losses = function(fig, results, plot)
      local names, series = {}, {}
      local pooled = { text = "mean of all, 95 % interval", points = {}, line = false, bars = true, style = 7 }
      for k, dataset in ipairs(results.datasets) do series[k] = { text = dataset.name, points = {}, line = false } end
      for i, loss in ipairs(losses) do
        names[i] = loss
        for k, dataset in ipairs(results.datasets) do
          local d = of_loss(results, dataset, loss, "cross_entropy")
          if d then table.insert(series[k].points, { i + (k - #results.datasets / 2) * 0.08 + 0.1, d.difference }) end
        end
        local d = over(results, of_loss, loss, "cross_entropy")
        if d then table.insert(pooled.points, { i - 0.3, d.difference, d.low, d.high }) end
      end
      series[#series + 1] = pooled
      series[#series + 1] = { text = "cross_entropy", mark = false, style = 0, points = { { 0.4, 0 }, { #names + 0.6, 0 } } }
      return plot.panels(fig, { title = "target_decoy: which loss identifies most",
        note = "Targets at 1 % FDR on test; each loss chooses its parameters, learning rate and epoch on validation.",
        panels = { { title = "in percent of cross_entropy's", x = "", y = "difference, %", names = names, from = 0.4,
          to = #names + 0.6, series = series } } })
    end,
    margin = function(fig, results, plot)
      local panels = {}
      for i, dataset in ipairs(results.datasets) do
        local series = {}
        for k, rate in ipairs { 0, table.unpack(rates) } do
          local points = {}
          for _, start in ipairs(margins_of(results)) do
            local chosen = results:choose(dataset, "adaptive_rank", form({ margin_lr = rate }, start))
            if chosen then
              points[#points + 1] = { start, ll.stats.mean(results:values(dataset, chosen, identified, "test", "last")) }
            end
          end
          if #points > 0 then
            series[#series + 1] = { text = k == 1 and "ξ held" or string.format("η_ξ = %g", rate), points = points }
          end
        end
        panels[i] = { title = dataset.name, under = plot.layout.size(dataset), series = series, low = 0 }
      end
      return plot.panels(fig, { title = "target_decoy: the margin of adaptive_rank, held or learnt",
        note = "Mean over folds and seeds of the targets at 1 % FDR on test at the last epoch.", x = "ξ₀", y = "targets at 1 % FDR",
        panels = panels })
    end,
    collapse = function(fig, results, plot)
      local dataset = results.datasets.psm_percolator_19k or results.datasets.yeast_psms or results.datasets[1]
      local panels = { { "margin", "margin ξ" }, { "train_loss", "training loss" },
        { identified, "targets at 1 % FDR on test" } }
      for i, panel in ipairs(panels) do
        local series = {}
        for k, each in ipairs(told_of(results, dataset)) do
          series[k] = { text = each[1], points = course(results, dataset, each[2], panel[1]), mark = false }
        end
        panels[i] = { title = panel[2], y = panel[2], x = "epoch", logy = i == 2, low = i ~= 2 and 0 or nil, series = series }
      end
      return plot.panels(fig, { title = "target_decoy: what becomes of ξ₀ = 0.2 on " .. dataset.name,
        note = "Mean over folds and seeds. At ξ = 0 the loss falls with the spread of the scores, and targets are lost.",
        panels = panels })
    end,
  },
}
