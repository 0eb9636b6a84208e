-- Large-margin softmax: L-Softmax (Liu et al. 2016) lets the angle to one's own class weigh m times, A-Softmax (Liu et al. 2017)
-- does the same with class weights of length one. The claims: m = 1 is the ordinary softmax, a larger m makes the margin between
-- classes larger and is a task that overfits less; L-Softmax may tell classes by length instead of angle, so A-Softmax may be the
-- more accurate.
--
-- One network a run: features a (2 of them for a figure in the plane, or 16), class weights w without bias, each loss on them.
-- lambda is annealed, as in the papers' own code, where training is fragile: psi is mixed with cos theta, from 1000 parts to 1 down
-- to a floor (theirs is 5 parts; 0 is none), reached within three quarters of the steps; "annealed = false" is without. What is
-- judged is the network after the last step; the floor, and m where one stands for a loss, are those of the best accuracy on
-- validation rows. The angular margin of a test row is its angle to the nearest other class's weights less the angle to its own:
-- below zero it is nearer to another.
-- QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local sizes = { 2, 16 }
local margins = { { m = 1, features = sizes }, { m = { 2, 3, 4 }, floor = quick and { 0, 5 } or { 0, 1, 5 }, features = sizes },
  { m = 4, annealed = false, features = sizes } }

-- ---- training ----

-- Accuracy on a set, and in degrees its rows' mean angle to their own class's weights and mean angular margin.
local function measure(features, weights, unit, y)
  local cosines = ll.matmul(features / features:row_norms(), weights / weights:row_norms(), false, true)
  local own, others, n = 0, 0, y.rows
  for i = 1, n do
    local label, mine, nearest = math.tointeger(y:get(i, 1)), 0, -1
    for k = 1, cosines.cols do
      local c = math.max(-1, math.min(1, cosines:get(i, k)))
      if k == label then mine = c else nearest = math.max(nearest, c) end
    end
    own, others = own + math.acos(mine), others + math.acos(nearest)
  end
  return { accuracy = ll.metric.multiclass_accuracy(unit and cosines or ll.matmul(features, weights, false, true), y),
    own = math.deg(own / n), margin = math.deg((others - own) / n) }
end

local function train(t)
  local o, p, part = t.train, t.parameters, t.parts.train
  local net = ll.nn.mlp { part.features, 64, p.features, hidden = "relu", init = "he", seed = t.number }
  local bound = math.sqrt(6 / (part.classes + p.features))
  local weights = t:random "weights":uniform(part.classes, p.features, -bound, bound):with_grad()
  local trained, softmax = net:parameters(), ll.loss.softmax()
  trained[#trained + 1] = weights
  local opt = ll.optim.adam(trained, { lr = o.lr })
  local epochs = math.ceil(o.steps / math.ceil(part.rows / o.batch))
  local rate = ll.schedule.cosine { steps = epochs }
  for epoch = 1, epochs do
    local done = (epoch - 1) / (0.75 * epochs)
    local lambda = p.annealed == false and 0 or math.max(p.floor or 0, done < 1 and 1000 ^ (1 - 2 * done) or 0)
    local loss = p.m and ll.loss[t.method] { m = p.m, lambda = lambda }
    opt.rate = rate(epoch)
    for x, y in part:batches { size = o.batch, seed = t.number, epoch = epoch } do
      local a = net(x)
      local value = loss and loss(a, weights, y) or softmax(ll.matmul(a, weights, false, true), y)
      value:backward()
      opt:step()
    end
  end
  local w, row = weights:detach(), {}
  for name, set in pairs(t.parts) do
    local a = ll.no_grad(net, set.x)
    row[name] = measure(a, w, t.method == "a_softmax", set.y)
    if name == "test" and p.features == 2 then
      t:keep("map", ll.hstack(a, set.y))
      t:keep("weights", w)
    end
  end
  t:record(row)
end

-- ---- the results ----

local shown = { softmax = "softmax", l_softmax = "L-Softmax", a_softmax = "A-Softmax" }

-- The configuration of a loss with so many features and this m, what else there is (the floor; m where it is nil) by validation.
local function chosen(results, dataset, loss, features, m, annealed)
  local row = results:choose(dataset, loss, function(p)
    return p.features == features and (m == nil or p.m == m) and p.annealed == annealed
  end)
  return row and row.config
end

-- Mean of a - b (b nil: of a) over the folds and seeds of a data set, with its 95 % interval.
local function compare(results, dataset, metric, a, b)
  if b then return results:difference(dataset, a, b, { metric = metric }) end
  local xs, zeros = results:values(dataset, a, metric), {}
  for i = 1, #xs do zeros[i] = 0 end
  return #xs > 1 and ll.stats.corrected_t(xs, zeros, { ratio = dataset.ratio }) or nil
end

-- A figure of a metric over m: a panel for each data set and number of features.
local function over_m(fig, results, plot, metric, y, note, most)
  local panels = {}
  for _, features in ipairs(sizes) do
    for _, dataset in ipairs(results.datasets) do
      local plain, series = compare(results, dataset, metric, chosen(results, dataset, "softmax", features)), {}
      if plain then
        series[1] = { text = "softmax", mark = false, style = 7, points = { { 1, plain.difference }, { 4, plain.difference } } }
      end
      for i, loss in ipairs { "l_softmax", "a_softmax" } do
        local points = {}
        for m = 1, 4 do
          local d = compare(results, dataset, metric, chosen(results, dataset, loss, features, m))
          if d then points[#points + 1] = { m + (i - 1.5) * 0.06, d.difference, d.low, math.min(d.high, most) } end
        end
        series[#series + 1] = { text = shown[loss], points = points, bars = true, style = i }
        local d = compare(results, dataset, metric, chosen(results, dataset, loss, features, 4, false))
        if d then
          series[#series + 1] = { text = shown[loss] .. ", not annealed", line = false, bars = true, style = i + 4,
            points = { { 4.15 + (i - 1.5) * 0.06, d.difference, d.low, math.min(d.high, most) } } }
        end
      end
      panels[#panels + 1] = { title = string.format("%s, %d features", dataset.name, features), from = 0.8, to = 4.4,
        names = { "1", "2", "3", "4" }, series = series }
    end
  end
  return plot.panels(fig, { title = results.study.name .. ": " .. y .. " over m", x = "m", y = y, panels = panels, note = note })
end

return ll.study {
  name = "large_margin_softmax",
  question = "Do L-Softmax and A-Softmax widen the angles between classes, and does it help accuracy?",
  claim = "m = 1 is the softmax; a larger m widens the margin between classes and avoids overfitting; A-Softmax is more accurate "
    .. "than L-Softmax, which may tell classes by length. The losses: Liu et al. 2016, 2017.",
  data = quick and { "wine", "digits" } or { "iris", "wine", "digits", "letters" },
  split = { folds = quick and 3 or 5 },
  seeds = quick and { 1 } or { 1, 2 },
  compare = {
    softmax = { features = sizes },
    l_softmax = margins,
    a_softmax = margins,
  },
  train = { steps = quick and 500 or 3000, batch = 32, lr = 3e-3 },
  metric = "accuracy",
  trial = train,

  finding = function(results)
    local same, wider, cases, low, high = 0, 0, 0, { math.huge, math.huge }, { 0, 0 }
    local gains = {} -- of whom, with how many features: differences in accuracy, one a data set
    local function gain(what, features, difference)
      gains[what .. features] = gains[what .. features] or {}
      table.insert(gains[what .. features], difference)
    end
    for _, dataset in ipairs(results.datasets) do
      local function accuracy(a, b) return compare(results, dataset, "accuracy", a, b) end
      for _, features in ipairs(sizes) do
        local plain, best = chosen(results, dataset, "softmax", features), {}
        local one = accuracy(chosen(results, dataset, "l_softmax", features, 1), plain)
        same = math.max(same, one and math.abs(one.difference) or 0)
        for _, loss in ipairs { "l_softmax", "a_softmax" } do
          local m1, m4 = chosen(results, dataset, loss, features, 1), chosen(results, dataset, loss, features, 4)
          local from, to = compare(results, dataset, "margin", m1), compare(results, dataset, "margin", m4)
          local growth = compare(results, dataset, "margin", m4, m1)
          if growth then
            cases, wider = cases + 1, wider + (growth.low > 0 and 1 or 0)
          end
          if growth and features == 16 then
            low = { math.min(low[1], from.difference), math.min(low[2], to.difference) }
            high = { math.max(high[1], from.difference), math.max(high[2], to.difference) }
          end
          best[loss] = chosen(results, dataset, loss, features)
          gain(loss, features, accuracy(best[loss], plain))
          gain("annealed " .. loss, features, accuracy(m4, chosen(results, dataset, loss, features, 4, false)))
        end
        gain("lead", features, accuracy(best.a_softmax, best.l_softmax))
      end
    end
    local function better(what)
      local p = results:pooled(gains[what] or {})
      return p and p.better
    end
    -- "+0.50 points [-0.42, +1.43]"
    local function points(what)
      local p = results:pooled(gains[what] or {})
      if not p then return "an unknown amount" end
      return string.format("%+.2f points [%+.2f, %+.2f]", 100 * p.difference, 100 * p.low, 100 * p.high)
    end
    local function verdict(a, b) return a and b and "holds" or (a or b) and "holds in part" or "is not shown" end
    return string.format("Of the margin it %s, of accuracy it %s, of A-Softmax above L-Softmax it %s: from m = 1 to 4 the mean "
      .. "angular margin of test rows grows beyond noise in %d of %d cases, and with 16 features accuracy changes against the "
      .. "softmax by %s with L-Softmax and %s with A-Softmax, which is ahead of L-Softmax by %s (95 %% intervals).",
      verdict(wider == cases, wider > 0),
      verdict(better "l_softmax16", better "a_softmax16"), verdict(better "lead16", better "lead2"), wider, cases,
      points "l_softmax16", points "a_softmax16", points "lead16"),
      string.format("m = 1 is the softmax: accuracies differ by %.1g. With 16 features margins are between %.0f and %.0f degrees "
        .. "at m = 1, between %.0f and %.0f at m = 4. With 2 features L-Softmax is ahead of the softmax by %s, A-Softmax by %s, "
        .. "and this of L-Softmax by %s. With m = 4 and 16 features annealing lambda gives L-Softmax %s, A-Softmax %s. m and "
        .. "lambda's floor by validation; means over %d data sets, paired over folds and seeds.", same, low[1], high[1], low[2],
        high[2],
        points "l_softmax2", points "a_softmax2", points "lead2", points "annealed l_softmax16", points "annealed a_softmax16",
        #results.datasets)
  end,

  figures = {
    margin = function(fig, results, plot)
      return over_m(fig, results, plot, "margin", "angular margin, degrees", "Angle to the nearest other class's weights less "
        .. "that to one's own; test rows, mean and 95 % interval; lambda's floor by validation.", 180)
    end,
    accuracy = function(fig, results, plot)
      return over_m(fig, results, plot, "accuracy", "accuracy",
        "Test rows, mean and 95 % interval; lambda's floor by validation.", 1)
    end,
    embedding = function(fig, results, plot)
      local dataset, panels = results.datasets.digits or results.datasets[#results.datasets], {}
      for _, each in ipairs { { "softmax" }, { "l_softmax", 2 }, { "l_softmax", 4 }, { "a_softmax", 1 }, { "a_softmax", 2 },
        { "a_softmax", 4 } } do
        local loss, m = each[1], each[2]
        local id = chosen(results, dataset, loss, 2, m)
        local map = id and results:kept(dataset, id, "map")()
        local weights = id and results:kept(dataset, id, "weights")()
        if map then
          local series, norms = {}, {}
          for i = 1, map.rows do
            local x, y, class = map:get(i, 1), map:get(i, 2), math.tointeger(map:get(i, 3))
            series[class] = series[class] or { text = "class " .. class - 1, points = {}, numbers = true, style = class }
            table.insert(series[class].points, { x, y, class - 1 })
            norms[i] = math.sqrt(x * x + y * y)
          end
          local radius = 1.05 * ll.stats.quantile(norms, 0.98) -- a few rows far out would make the rest small
          local rays = { text = "class weights", points = {}, mark = false, style = 7 }
          for k = 1, weights.rows do
            local x, y = weights:get(k, 1), weights:get(k, 2)
            local far = radius / math.sqrt(x * x + y * y)
            table.move({ { 0, 0 }, { x * far, y * far }, false }, 1, 3, #rays.points + 1, rays.points)
          end
          table.insert(series, 1, rays)
          panels[#panels + 1] = { title = shown[loss] .. (m and ", m = " .. m or ""), series = series, x = "", y = "",
            from = -radius, to = radius, low = -radius, high = radius,
            under = string.format("accuracy %.3f, angular margin %.0f degrees", results:values(dataset, id, "accuracy")[1],
            results:values(dataset, id, "margin")[1]) }
        end
      end
      local title = results.study.name .. ": test rows of " .. dataset.name .. " in two features"
      return plot.panels(fig, { title = title, square = true, panels = panels,
        note = "Each as the number of its class, of one run; rays: the directions of the classes' weights." })
    end,
  },
}
