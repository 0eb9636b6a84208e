-- Large-margin softmax: L-Softmax (Liu et al. 2016) lets the angle to one's own class weigh m times, A-Softmax (Liu et al. 2017)
-- does the same with class weights of length one. The claims: m = 1 is the ordinary softmax; a larger m widens the margin between
-- classes and overfits less; A-Softmax tells classes by angle alone, L-Softmax by the lengths of their weights, too, and with these
-- two ways it may be the less accurate.
--
-- One network a run: three hidden layers, features a (16, or 2 for a map), class weights w without bias, each loss on them. lambda
-- is annealed as in the papers' own code: psi is mixed with cos theta, from 1000 parts to 1 down to a floor (none, or theirs of 5),
-- reached within three quarters of the steps; "annealed = false" is without. Judged is the network after the last step, which fits
-- its training rows: the finding says how well. m >= 2 stands for a loss, since m = 1 is the softmax; m, where several will do, and
-- the floor are chosen on validation rows. Overfitting is accuracy on training rows less that on test rows ("gap"). The angular
-- margin of a row is its angle to the nearest other class's weights less that to its own: below 0 it is nearer to another.
--
-- Two planted sets in the plane, whose rows are taken for features: "sectors" are four classes in sectors of 120, 60, 120 and 60
-- degrees. Told by angle alone, opposite sectors add up to 180 degrees: .875 is the best that A-Softmax can do, 1 that of weights
-- with lengths. "rays" are two classes in the same directions at different lengths.
-- letter, of 20 000 rows, takes part where a folder of LOSSLAB_DATA holds it. QUICK=1 in the environment: a version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

-- place(k, u, v): angle in degrees and length of a row of class k; u and v are drawn from 0 to 1.
local function planted(name, classes, place)
  return { name = name, make = function()
    local x, y = {}, {}
    for i, u in ipairs(ll.random(1, 1, name):uniform(quick and 600 or 1200, 2, 0, 1):table()) do
      local k = i % classes + 1
      local angle, length = place(k, u[1], u[2])
      x[i], y[i] = { length * ll.math.cos(math.rad(angle)), length * ll.math.sin(math.rad(angle)) }, { k }
    end
    return ll.data.matrix(ll.matrix(x), ll.matrix(y))
  end }
end

local sectors = planted("sectors", 4, function(k, u, v) return 90 * k + (u - 0.5) * (k % 2 == 1 and 60 or 120), 0.5 + 1.5 * v end)
local rays = planted("rays", 2, function(k, u, v) return 90 * u, k - 0.25 + 0.5 * v end)
local data = quick and { "digits", sectors, rays } or { "letters", "digits", sectors, rays }
if not quick and ll.data and pcall(ll.data.load, "letter") then data[5] = "letter" end

local margins, floors = quick and 4 or { 2, 4 }, quick and 5 or { 0, 5 }
local spaces = { { m = 1, features = 16 }, { m = margins, floor = floors, features = 16 }, { m = margins, floor = 0, features = 2 },
  { m = 4, annealed = false, features = 16 } }

local function directions(x) return x / x:row_norms():clamp(1e-30, math.huge) end -- zeros stay zeros

-- Accuracy; in degrees the rows' mean angular margin; the share of rows whose class changes if classes are told by angle.
local function measure(features, weights, unit, y)
  local cosines = ll.matmul(directions(features), directions(weights), false, true)
  local logits, own = ll.matmul(features, weights, false, true), ll.one_hot(y, weights.rows)
  local margin, mine, nearest = 0, (cosines * own):row_sums():table(), (cosines - 3 * own):row_max():table()
  local function angle(c) -- arc cosine
    c = math.max(-1, math.min(1, c))
    return math.deg(2 * ll.math.atan(math.sqrt((1 - c) / (1 + c))))
  end
  for i = 1, #mine do margin = margin + angle(nearest[i]) - angle(mine[i]) end
  return { accuracy = ll.metric.multiclass_accuracy(unit and cosines or logits, y), margin = margin / #mine,
    by_length = unit and 0 or logits:row_argmax():not_equal(cosines:row_argmax()):mean():item() }
end

local function train(t)
  local o, p, parts = t.train, t.parameters, {}
  parts.train, parts.valid, parts.test = t.parts.train, t.parts.valid, t.parts.test
  local plane = parts.train.features == 2 -- rows are features
  if not plane then parts.train, parts.valid, parts.test = parts.train:standardise(parts.valid, parts.test) end
  local part, size = parts.train, plane and 2 or p.features
  local net = plane and function(x) return x end
    or ll.nn.mlp { part.features, 64, 64, 64, size, hidden = "relu", init = "he", seed = t.number }
  local bound = math.sqrt(6 / (part.classes + size))
  local weights = t:random "weights":uniform(part.classes, size, -bound, bound):with_grad()
  local trained, softmax = plane and {} or net:parameters(), ll.loss.softmax()
  trained[#trained + 1] = weights
  local opt = ll.optim.adam(trained, { lr = plane and o.lr_plane or o.lr })
  local function plain(a, w, y) return softmax(ll.matmul(a, w, false, true), y) end
  local epochs = math.max(plane and 0 or o.passes, math.ceil((plane and o.steps_plane or o.steps) * o.batch / part.rows))
  local rate, loss = ll.schedule.cosine { steps = epochs }, nil
  for epoch = 1, epochs do
    local done = (epoch - 1) / (0.75 * epochs)
    local lambda = p.annealed == false and 0 or math.max(p.floor or 0, done < 1 and ll.math.pow(1000, 1 - 2 * done) or 0)
    loss = p.m and ll.loss[t.method] { m = p.m, lambda = lambda }
    opt.rate = rate(epoch)
    for x, y in part:batches { size = o.batch, seed = t.number, epoch = epoch } do
      local a = net(x)
      local value
      if loss then value = loss:batch(a, weights, y) else value = plain(a, weights, y) end
      value:backward()
      opt:step()
    end
  end
  local w, row = weights:detach(), {}
  for name, set in pairs(parts) do
    local a = ll.no_grad(net, set.x)
    row[name] = measure(a, w, t.method == "a_softmax", set.y)
    if name == "test" and p.m == 1 and t.method == "l_softmax" then -- how far it is from the softmax, relative to it
      row.test.off = math.abs(loss(a, w, set.y):item() / plain(a, w, set.y):item() - 1)
    end
    if name == "test" and size == 2 then
      t:keep("map", ll.hstack(a, set.y))
      t:keep("weights", w)
    end
  end
  row.test.gap = row.train.accuracy - row.test.accuracy
  t:record(row)
end

local shown, both = { softmax = "softmax", l_softmax = "L-Softmax", a_softmax = "A-Softmax" }, { "l_softmax", "a_softmax" }
local is_planted = { sectors = true, rays = true }

-- The choice of a loss with so many features (nil: any) and this m (nil: at least 2), by validation.
local function chosen(results, dataset, loss, features, m, annealed)
  return results:choose(dataset, loss, function(p)
    return (features == nil or p.features == features) and p.annealed == annealed and
      (loss == "softmax" or p.m == m or m == nil and p.m > 1)
  end)
end

local function level(results, dataset, row, metric, split)
  return results:estimate(dataset, row and results:values(dataset, row, metric, split) or {})
end

local function over_m(results, dataset, metric, y)
  local plain = level(results, dataset, chosen(results, dataset, "softmax", 16), metric).difference
  local series = { { text = "softmax", mark = false, style = 7, points = { { 0.8, plain }, { 4.4, plain } } } }
  for i, loss in ipairs(both) do
    local points = {}
    for m = 1, 4 do
      local d = level(results, dataset, chosen(results, dataset, loss, 16, m), metric)
      if d then points[#points + 1] = { m + (i - 1.5) * 0.06, d.difference, d.se and d.low, d.se and d.high } end
    end
    series[i + 1] = { text = shown[loss], points = points, bars = true, style = i }
  end
  return { title = string.format("%s, %d rows", dataset.name, dataset.rows), series = series, x = "m", y = y, from = 0.8, to = 4.4,
    names = { "1", "2", "3", "4" } }
end

-- A panel of one run's test rows by the number of their class, and the directions of the classes' weights. plane: rows as points,
-- the weights as long as they are, and around them the class that each direction is told as.
local function map(results, dataset, loss, m, plane)
  local row = chosen(results, dataset, loss, 2, m)
  local rows, weights = row and results:kept(dataset, row.config, "map")(), row and results:kept(dataset, row.config, "weights")()
  if not rows then return nil end
  local series, classes = { { text = "class weights", points = {}, mark = false, style = 22 } }, weights.rows
  for k = 1, classes do
    series[k + 1] = { text = "class " .. k - 1, points = {}, numbers = not plane, line = false, size = 0.4, style = k }
  end
  for _, point in ipairs(rows:table()) do
    local k = math.tointeger(point[3])
    table.insert(series[k + 1].points, { point[1], point[2], not plane and k - 1 or nil })
  end
  -- a few rows far out would make the rest small
  local radius = 1.05 * ll.stats.quantile(rows:col_range(1, 2):row_norms():table(), 0.98)
  local told = (loss == "a_softmax" or not plane) and directions(weights) or weights
  local w, far = told:table(), radius / told:row_norms():max_all():item()
  for k = 1, classes do
    table.move({ { 0, 0 }, { w[k][1] * far, w[k][2] * far }, false }, 1, 3, #series[1].points + 1, series[1].points)
  end
  for degrees = 0, plane and 359 or -1 do
    local x, y, best = math.cos(math.rad(degrees)), math.sin(math.rad(degrees)), 1
    local function logit(k) return w[k][1] * x + w[k][2] * y end
    for k = 2, classes do best = logit(k) > logit(best) and k or best end
    table.insert(series[best + 1].points, { 1.1 * radius * x, 1.1 * radius * y })
  end
  local edge = plane and 1.15 * radius or radius
  return { title = (plane and dataset.name .. ", " or "") .. shown[loss] .. (m and ", m = " .. m or ""), series = series, x = "",
    y = "", from = -edge, to = edge, low = -edge, high = edge,
    under = string.format("accuracy %.3f", results:values(dataset, row.config, "accuracy")[1]) }
end

local function finding(results)
  local sets, fitted, lengths, trained, off = {}, {}, {}, {}, 0
  local function of(dataset, loss, m, annealed)
    return chosen(results, dataset, loss, not is_planted[dataset.name] and 16 or nil, m, annealed)
  end
  local function mean(...) return level(results, ...).difference end
  for _, dataset in ipairs(results.datasets) do
    local name, words = dataset.name, {}
    if not is_planted[name] then
      sets[#sets + 1] = dataset
      off = math.max(off, table.unpack(results:values(dataset, of(dataset, "l_softmax", 1), "off")))
      for i, loss in ipairs { "softmax", "l_softmax", "a_softmax" } do
        local row, bare = of(dataset, loss, 4), of(dataset, loss, 4, false)
        words[i] = string.format("%s %.3f and %.3f", shown[loss], mean(dataset, row, "accuracy", "train"),
          mean(dataset, row, "accuracy")) .. (bare and (" (not annealed %.3f)"):format(mean(dataset, bare, "accuracy")) or "")
      end
      fitted[#fitted + 1] = string.format("%s (%d rows): %s", name, dataset.rows, table.concat(words, ", "))
      lengths[#lengths + 1] = string.format("%.1f %% of %s", 100 * mean(dataset, of(dataset, "l_softmax"), "by_length"), name)
    end
  end
  local claims = { { "m = 1 is the softmax", fact = off < 1e-5,
    told = string.format("as losses of one network they differ by less than %.0e of themselves", math.max(off, 1e-7)) } }
  -- The mean over some sets of what one choice has more of a metric than another.
  local function more(over, a, b, metric, split)
    local all, o = {}, { metric = metric, split = split }
    for i, dataset in ipairs(over) do
      all[i] = results:difference(dataset, of(dataset, table.unpack(a)), of(dataset, table.unpack(b)), o)
    end
    return results:pooled(all)
  end
  local function claim(words, d, side, how)
    how = how or { scale = 100, digits = 2, unit = "points" }
    how[1], how.of, how.side, claims[#claims + 1] = words, d, side, how
  end
  local plain, plane, rows = { "softmax" }, results.datasets.sectors, results.datasets.rays
  for i, loss in ipairs(both) do
    local name, four = shown[loss], { loss, 4 }
    claim(name .. " with m = 4 widens the angular margin over m = 1", more(sets, four, { loss, 1 }, "margin"), nil,
      { digits = 1, unit = "degrees" })
    claim(name .. " with m = 4 overfits less than the softmax", more(sets, four, plain, "gap"), "below")
    claim(name .. " with m of 2 or more is more accurate than the softmax", more(sets, { loss }, plain))
    local told, points = more(sets, four, plain, "accuracy", "train"), "points with " .. name
    trained[i] = results:say(told, { scale = 100, digits = 2, unit = points })
  end
  claim("A-Softmax is more accurate than L-Softmax", more(sets, { "a_softmax" }, { "l_softmax" }))
  claim("L-Softmax tells sectors by the lengths of weights that A-Softmax cannot tell by angle",
    more({ plane }, { "l_softmax" }, { "a_softmax" }))
  local function on(set, loss) return results:say(level(results, set, of(set, loss), "accuracy"), { digits = 3, plain = true }) end
  return results:finding(claims),
    string.format("Accuracy on training and on test rows, with m = 4, of the sets that means are taken over: %s. Of the smaller "
      .. "gap, training rows that are told worse are %s.", table.concat(fitted, "; "), table.concat(trained, ", ")),
    string.format("With all class weights brought to one length L-Softmax gives another class to %s; A-Softmax by its rule to "
      .. "none. On the planted sectors, of which angles alone can tell .875, L-Softmax reaches %s and A-Softmax %s; on rays, which "
      .. "only the length of rows tells, %s and %s.", table.concat(lengths, ", "), on(plane, "l_softmax"), on(plane, "a_softmax"),
      on(rows, "l_softmax"), on(rows, "a_softmax"))
end

return ll.study {
  name = "large_margin_softmax",
  question = "Do L-Softmax and A-Softmax widen the angles between classes, and does it help accuracy?",
  claim = "m = 1 is the softmax; a larger m widens the margin between classes and overfits less; A-Softmax tells classes by angle "
    .. "alone, L-Softmax by the lengths of weights, too, and may be the less accurate. The losses: Liu et al. 2016, 2017.",
  data = data,
  split = { folds = quick and 3 or 5, standardise = false },
  seeds = quick and { 1 } or { 1, 2 }, quick = quick,
  compare = { softmax = { features = { 16, 2 } }, l_softmax = spaces, a_softmax = spaces },
  train = { steps = quick and 1000 or 6000, passes = quick and 1 or 24, batch = 32, lr = 3e-3, steps_plane = quick and 1000 or 2000,
    lr_plane = 1e-2 },
  metric = "accuracy", trial = train, finding = finding,
  figures = {
    over_m = function(fig, results, plot)
      local panels, shows = {}, { margin = "angular margin, degrees", gap = "training less test accuracy", accuracy = "accuracy" }
      for _, dataset in ipairs(results.datasets) do
        for _, metric in ipairs(is_planted[dataset.name] and {} or { "margin", "gap", "accuracy" }) do
          panels[#panels + 1] = over_m(results, dataset, metric, shows[metric])
        end
      end
      return plot.panels(fig, { title = results.study.name .. ": what a larger m does", panels = panels,
        note = "Mean and 95 % interval; lambda's floor by validation. Margin: the angle to the nearest other class less the own." })
    end,
    lengths = function(fig, results, plot)
      local panels = {}
      for _, name in ipairs { "sectors", "rays" } do
        for _, loss in ipairs(both) do panels[#panels + 1] = map(results, results.datasets[name], loss, nil, true) end
      end
      return plot.panels(fig, { title = results.study.name .. ": by angle, and by the lengths of weights", square = true,
        panels = panels, note = "One run's test rows; around them what each direction is told as. Lines: the classes' weights." })
    end,
    embedding = function(fig, results, plot)
      local panels = {}
      for _, each in ipairs { { "softmax" }, { "l_softmax", 2 }, { "l_softmax", 4 }, { "a_softmax", 2 }, { "a_softmax", 4 } } do
        panels[#panels + 1] = map(results, results.datasets.digits, each[1], each[2])
      end
      return plot.panels(fig, { title = results.study.name .. ": digits in two features", square = true, panels = panels,
        note = "One run's test rows, each as the number of its class. Lines: the directions of the classes' weights." })
    end,
  },
}
