-- WGAN against GAN, and the penalty against clipping, after Arjovsky, Chintala and Bottou 2017 and Gulrajani et al. 2017. They say
-- that a critic for the Wasserstein distance trains a generator where GAN loses modes; that clipping its weights to [-c, c] drives
-- them to the ends of the box and makes gradients vanish or explode with depth, so that c has to be tuned; and that a penalty on
-- the norm of its gradient does neither.
-- What is tried: the game on 8 and 25 Gaussians and a swiss roll, by exact W to rows not trained on and by the modes covered; and
-- critics alone, as Gulrajani et al. 2017 (figure 1) did, against real rows plus normal noise: of 12 layers, what gradient reaches
-- each and where the weights are; of 4, the contours. Networks are MLPs, as in the papers' toy examples, but smaller.
local quick = (os.getenv "QUICK" or "") ~= ""

local losses = ll.loss
local penalty = losses.gradient_penalty()

-- ---- networks and steps -------------------------------------------------------------------------------------------------------

local function mlp(t, seed, from, hidden, to)
  local shape = { from, hidden = "relu", init = "he", seed = seed, trial = t.number }
  for _ = 1, hidden do shape[#shape + 1] = t.model.width end
  shape[#shape + 1] = to
  return ll.nn.mlp(shape)
end

-- Without momentum under a penalty, as Gulrajani et al. have it: with it the critic swings.
local function adam(t, net)
  return ll.optim.adam(net:parameters(), { lr = t.train.lr, beta1 = t.method == "gan" and 0.5 or 0, beta2 = 0.9 })
end

-- A critic and its optimizer. Clipped, it begins inside its box and moves by the box's size: Algorithm 1, but faster.
local function critic_of(t, seed, hidden)
  local f, c = mlp(t, seed, 2, hidden, 1), t.parameters.clip
  if not c then return f, adam(t, f) end
  local stream = t:random "box"
  for _, w in ipairs(f:parameters()) do w:assign(stream:uniform(w.rows, w.cols, -c, c)) end
  local opt = ll.optim.rmsprop(f:parameters(), { lr = c / 50 })
  opt:project("clip", c)
  return f, opt
end

-- One step of the critic, or discriminator, on real and generated rows.
local function critic_step(t, f, opt, real, fake, stream)
  local value
  if t.method == "gan" then
    value = losses.gan_discriminator()(f(real), f(fake))
  else
    value = losses.wasserstein_critic()(f(real), f(fake))
    if t.parameters.lambda then
      local between = ll.nn.interpolate(real, fake, stream)
      value = value + t.parameters.lambda * penalty(ll.grad(f(between):sum(), between, { create_graph = true }))
    end
  end
  opt:zero_grad()
  value:backward()
  opt:step()
end

-- ---- the game -------------------------------------------------------------------------------------------------------------------

-- Where the classes' means are and how wide they spread; nil where there are none.
local function modes_of(part)
  if not part.multiclass then return nil end
  local centres, radii = {}, {}
  for k = 1, part.classes do
    local rows = ll.gather(part.x, ll.find(ll.equal(part.y, k)))
    local centre = rows:col_means()
    centres[k], radii[k] = centre:table()[1] or centre:table(), 3 * math.sqrt((rows - centre):square():mean():item())
  end
  return ll.matrix(centres), radii
end

-- How many modes hold a fifth or more of their share within three deviations, and the share of rows that is so near to any.
local function coverage(rows, centres, radii)
  local away, counts, near, covered = ll.distances(rows, centres), {}, 0, 0
  local nearest = away:row_argmin()
  for i = 1, rows.rows do
    local k = math.tointeger(nearest:get(i, 1))
    if away:get(i, k) <= radii[k] then
      counts[k], near = (counts[k] or 0) + 1, near + 1
    end
  end
  for _, count in pairs(counts) do
    if count >= rows.rows / centres.rows / 5 then covered = covered + 1 end
  end
  return covered, near / rows.rows
end

local function exact(x, y)
  return (ll.divergence.wasserstein(ll.ones(x.rows, 1) / x.rows, ll.ones(y.rows, 1) / y.rows, ll.distances(x, y)))
end

local function game(t)
  local train, noise, size = t.parts.train.x, t.model.noise, t.train.batch
  local G = mlp(t, 1, noise, 3, 2)
  local f, opt_f = critic_of(t, 2, 3)
  local opt_G = t.method == "wgan" and ll.optim.rmsprop(G:parameters(), { lr = t.train.lr })
    or adam(t, G)
  local generator = t.method == "gan" and losses.gan_generator() or losses.wasserstein_generator()
  local picks, draws, between, judged = t:random "rows", t:random "noise", t:random "between", t:random "judged"
  local centres, radii = modes_of(t.parts.train)
  local function some(part) return ll.gather(part.x, judged:choice(part.rows, math.min(part.rows, t.train.judged))) end
  local valid, test, seen = some(t.parts.valid), some(t.parts.test), some(t.parts.train)
  -- GAN takes one step of D for one of G, and so three times as many in about the same time.
  local steps, factor = t.train.critic, 1
  if t.method == "gan" then steps, factor = 1, 3 end
  local iterations, best = factor * t.train.iterations, math.huge
  local schedule = ll.schedule.cosine { steps = iterations, final = 0.02 }
  for i = 1, iterations do
    opt_f.rate, opt_G.rate = schedule(i), schedule(i)
    for _ = 1, steps do
      local real = ll.gather(train, picks:integers(size, 1, 1, train.rows))
      critic_step(t, f, opt_f, real, ll.no_grad(G, draws:normal(size, noise)), between)
    end
    generator(f(G(draws:normal(size, noise)))):backward()
    opt_G:step()
    if i % (factor * t.train.every) == 0 then
      local made = ll.no_grad(G, judged:normal(2500, noise))
      local some_made = made:row_range(1, valid.rows)
      local row = { progress = 100 * i / iterations, w1 = exact(some_made, valid) }
      local on_test = { w1 = exact(made:row_range(1, test.rows), test), floor = exact(seen, test) }
      if centres then
        row.modes, row.quality = coverage(made, centres, radii)
        on_test.modes, on_test.quality = row.modes, row.quality
      end
      t:record { valid = row, test = on_test }
      if row.w1 < best then
        best = row.w1
        t:keep("generated", made:row_range(1, 300))
      end
    end
  end
  t:keep("real", test)
end

-- ---- critics alone --------------------------------------------------------------------------------------------------------------

local function alone(t, hidden, iterations)
  local f, opt = critic_of(t, 3, hidden)
  local train, picks, noise, between = t.parts.train.x, t:random "alone", t:random "around", t:random "alone between"
  local function real() return ll.gather(train, picks:integers(t.train.batch, 1, 1, train.rows)) end
  local function fake() return real() + noise:normal(t.train.batch, 2) end
  for _ = 1, iterations do critic_step(t, f, opt, real(), fake(), between) end
  return f, fake()
end

-- ‖df / dh‖, the mean over rows, for h the input and the output of each hidden layer.
local function by_layer(f, x)
  local p, at = f:parameters(), { x:with_grad() }
  for k = 1, #p / 2 - 1 do at[k + 1] = ll.relu(ll.linear(at[k], p[2 * k - 1], p[2 * k])) end
  local out = {}
  for k, g in ipairs(ll.grad(ll.linear(at[#at], p[#p - 1], p[#p]):sum(), at)) do out[k] = { k - 1, g:row_norms():mean():item() } end
  return out
end

-- The shares of a critic's weights in 41 bins from -1 to 1, in units of c, or of their largest where nothing clips. The outer bins
-- are half as wide: what lies within 2.5 % of the ends.
local function histogram(f, c)
  local shares, p, all = {}, f:parameters(), nil
  for k = 1, #p, 2 do
    local flat = p[k]:detach():reshape(p[k].rows * p[k].cols, 1)
    all = all and ll.vstack(all, flat) or flat
  end
  for b = 1, 41 do shares[b] = { (b - 21) / 20, 0 } end
  for _, w in ipairs((all / (c or all:abs():max_all():item())):table()) do
    local b = math.floor(w * 20 + 21.5)
    shares[b][2] = shares[b][2] + 1 / all.rows
  end
  return shares
end

local function critics(t)
  local deep, x = alone(t, 11, t.train.alone)
  t:keep("layers", by_layer(deep, x))
  local f = alone(t, 3, 2 * t.train.alone)
  t:keep("weights", histogram(f, t.parameters.clip))
  local grid = {}
  for i = -20, 20 do
    for j = -20, 20 do grid[#grid + 1] = { i / 8, j / 8 } end
  end
  local levels = ll.no_grad(f, ll.matrix(grid))
  local low, high = levels:min_all():item(), levels:max_all():item()
  t:keep("contour", ll.hstack(ll.matrix(grid), (levels - low) / math.max(high - low, 1e-30)))
end

-- ---- the results ----

local function kept_means(results, dataset, config, name) -- of the second column, over runs
  local mean, n = nil, 0
  for m in results:kept(dataset, config, name) do
    mean = mean and mean + m:col_range(2, 2) or m:col_range(2, 2)
    n = n + 1
  end
  return mean and (mean / n):table()
end

-- For each run of a configuration: f of the second column of what it kept.
local function each_kept(results, config, name, f)
  local out = {}
  for _, dataset in ipairs(results.datasets) do
    for m in results:kept(dataset, config, name) do out[#out + 1] = f(m) end
  end
  return out
end

-- By what factor the gradient changes from a hidden layer's output to the one before: the geometric mean over layers, in log10.
local function per_layer(m) return math.log(m:get(2, 2) / m:get(m.rows, 2), 10) / (m.rows - 2) end
local function at_ends(m) return m:get(1, 2) + m:get(m.rows, 2) end

local function with_interval(format, mean, low, high)
  if not low or low == -math.huge then return string.format(format, mean) end
  return string.format(format .. " [" .. format .. ", " .. format .. "]", mean, low, high)
end

local shown = { gan = "GAN", wgan = "WGAN", wgan_gp = "WGAN-GP" }
local order = { "gan", "wgan", "wgan_gp" }

return ll.study {
  name = "wgan",
  question = "Does a critic train a generator that GAN's discriminator does not, and is it better penalised or clipped?",
  claim = "WGAN covers modes that GAN loses; clipping drives the critic's weights to the ends of the box, "
    .. "and its gradient vanishes or explodes with depth, unless c is tuned; the gradient penalty does neither. "
    .. "Arjovsky, Chintala and Bottou 2017; Gulrajani et al. 2017.",
  data = quick and { { generator = "grid_gaussians", name = "25 Gaussians", n = 3000, noise = 0.1 } } or {
    { generator = "ring_gaussians", name = "8 Gaussians", n = 3000, noise = 0.1 },
    { generator = "grid_gaussians", name = "25 Gaussians", n = 3000, noise = 0.1 },
    { generator = "swiss_roll", name = "swiss roll", n = 3000, features = 2, noise = 0.5 },
  },
  split = { test = quick and 0.2 or 0.1, valid = quick and 0.2 or 0.1 }, -- about as many rows as are judged
  seeds = quick and { 1 } or { 21, 22, 23, 24, 25, 26 }, -- others were looked at when momentum and lambda were settled
  compare = { gan = {}, wgan = { clip = quick and { 0.1, 0.001 } or { 0.1, 0.01, 0.001 } }, wgan_gp = { lambda = 1 } },
  model = { width = 64, noise = 2 },
  train = { batch = 128, iterations = quick and 500 or 2000, every = quick and 100 or 200, critic = 5, lr = 1e-3,
    judged = 300, alone = quick and 200 or 400 },
  metric = "w1", goal = "min", scores = "none",
  trial = function(t)
    game(t)
    if t.method ~= "gan" then critics(t) end
  end,

  finding = function(results)
    local games, modes_of_all, pooled, better, worse = {}, {}, {}, 0, 0
    for d, dataset in ipairs(results.datasets) do
      local words, chosen, modes = {}, {}, {}
      for i, method in ipairs(order) do
        local best = results:choose(dataset, method)
        chosen[method] = best.config
        modes[#modes + 1] = results:level(dataset, best.config, { metric = "modes" })
        words[i] = shown[method] .. " " .. with_interval("%.3f", results:level(dataset, best.config))
      end
      for _, method in ipairs { "wgan", "wgan_gp" } do
        local difference = results:difference(dataset, chosen[method], chosen.gan)
        better, worse = better + (difference.better and 1 or 0), worse + (difference.worse and 1 or 0)
        pooled[method] = pooled[method] or {}
        table.insert(pooled[method], difference)
      end
      if #modes > 0 then
        modes_of_all[#modes_of_all + 1] = string.format("%s %.1f and %.1f against %.1f", dataset.name, modes[2], modes[3], modes[1])
      end
      games[d] = string.format("%s: %s (real rows of the training part: %.3f)", dataset.name, table.concat(words, ", "),
        (results:level(dataset, chosen.gan, { metric = "floor" })))
    end
    local depth, ends, tame, c_matters, clipped, penalised = {}, {}, true, 0, {}, nil
    for _, method in ipairs { "wgan", "wgan_gp" } do
      for _, config in ipairs(results.losses[method].configs) do
        local name = config.parameters.clip and string.format("c = %g", config.parameters.clip) or "the penalty"
        local logs = each_kept(results, config.id, "layers", per_layer)
        local factor = 10 ^ ll.stats.mean(logs)
        depth[#depth + 1] = string.format("%.3g with %s (%.3g to %.3g over all runs)", factor, name,
          10 ^ math.min(table.unpack(logs)), 10 ^ math.max(table.unpack(logs)))
        ends[#ends + 1] = string.format("%.0f %% with %s", 100 * ll.stats.mean(each_kept(results, config.id, "weights", at_ends)),
          name)
        if config.parameters.clip then
          c_matters = c_matters + ((factor > 2 or factor < 0.5) and 1 or 0)
          clipped[#clipped + 1] = string.format("%.2g", factor)
        else
          tame, penalised = factor > 0.7 and factor < 1.4, factor
        end
      end
    end
    local function gain(method)
      local d = results:pooled(pooled[method])
      return with_interval("%+.3f", d.difference, d.low, d.high)
    end
    local compared = 2 * #results.datasets
    local over_gan = better == compared and "holds" or better > 0 and "holds in part" or "is not shown"
    local depths = tame and c_matters == #results.losses.wgan.configs and "holds" or "holds in part"
    return string.format("WGAN over GAN %s, the penalty over clipping %s: exact W to unseen rows is below GAN's beyond noise in "
      .. "%d of %d comparisons and above it in %d (by clipping %s, by the penalty %s in the mean), modes covered are %s; per "
      .. "layer of a 12-layer critic the gradient changes %s-fold when clipped, %.2f-fold when penalised.", over_gan, depths,
      better, compared, worse, gain "wgan", gain "wgan_gp", table.concat(modes_of_all, ", "), table.concat(clipped, ", "),
      penalised),
      string.format("Exact W, iteration and c chosen on validation: %s. Seeds are others than those that the methods were made "
        .. "with.", table.concat(games, "; ")),
      string.format("Towards the input of the 12-layer critic the gradient changes per layer by a factor of %s; of a 4-layer "
        .. "critic's weights %s lie within 2.5 %% of the ends of their range.", table.concat(depth, ", "), table.concat(ends, ", "))
  end,

  figures = {
    samples = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        for _, method in ipairs(order) do
          local best = results:choose(dataset, method)
          local function points(name)
            local m = results:kept(dataset, best.config, name)()
            return m:table()
          end
          panels[#panels + 1] = { title = dataset.name .. ": " .. shown[method] .. (results:describe(best.config) == "-" and ""
              or ", " .. results:describe(best.config)), x = "", y = "", from = -2.5, to = 2.5, low = -2.5, high = 2.5,
            series = { { text = "real, unseen", points = points "real", line = false, size = 0.35, style = 7 },
              { text = "generated", points = points "generated", line = false, size = 0.35, style = 2 } } }
        end
      end
      return plot.panels(fig, { title = "wgan: generated rows", square = true, panels = panels,
        note = "Standardised coordinates; first seed, iteration and c chosen by W on validation." })
    end,

    distance = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        local series = {}
        for _, method in ipairs(order) do
          for _, config in ipairs(results.losses[method].configs) do
            local at, points = results:curve(dataset, config.id, "valid", "progress"), {}
            for k, row in ipairs(results:curve(dataset, config.id, "test")) do
              points[k] = { at[k][2][1], plot.stats.median(row[2]), math.min(table.unpack(row[2])), math.max(table.unpack(row[2])) }
            end
            series[#series + 1] = { points = points, mark = false, text = shown[method] .. (config.parameters.clip
              and string.format(", c = %g", config.parameters.clip) or "") }
          end
        end
        local floor = results:curve(dataset, results.losses.gan.configs[1].id, "test", "floor")[1]
        series[#series + 1] = { text = "real rows", mark = false, points = { { 0, plot.stats.mean(floor[2]) },
          { series[1].points[#series[1].points][1], plot.stats.mean(floor[2]) } } }
        panels[#panels + 1] = { title = dataset.name, x = "training done, %", y = "exact W", logy = true, series = series }
      end
      return plot.panels(fig, { title = "wgan: exact Wasserstein distance to rows not trained on",
        note = "300 against 300 rows, standardised; real rows: of the training part. Line: median over seeds, band: all.",
        panels = panels })
    end,

    critics = function(fig, results, plot)
      local layers, ends = {}, {}
      for _, method in ipairs { "wgan", "wgan_gp" } do
        for _, config in ipairs(results.losses[method].configs) do
          local name = config.parameters.clip and string.format("clipped, c = %g", config.parameters.clip) or "gradient penalty"
          for d, dataset in ipairs(results.datasets) do
            local means = kept_means(results, dataset, config.id, "layers")
            local points = {}
            for k, value in ipairs(means) do points[k] = { k - 1, math.max(value, 1e-30) } end
            layers[d] = layers[d] or { title = dataset.name, under = "gradient by layer", x = "layer (0: input)",
              y = "norm of df / dh", logy = true, series = {} }
            table.insert(layers[d].series, { text = name, points = points })
            local shares = {}
            for b, value in ipairs(kept_means(results, dataset, config.id, "weights")) do
              shares[b] = { (b - 21) / 20, 100 * value }
            end
            ends[d] = ends[d] or { title = dataset.name, under = "weights", x = "weight / c, or / largest",
              y = "share of weights, %", logy = true, low = 0.01, high = 100, series = {} }
            table.insert(ends[d].series, { text = name, points = shares, mark = false })
          end
        end
      end
      table.move(ends, 1, #ends, #layers + 1, layers)
      return plot.panels(fig, { title = "wgan: critics alone, real rows against real rows plus normal noise",
        note = "Top: mean gradient of a 12-layer critic with respect to each layer's output. Bottom: weights of a 4-layer critic. "
          .. "Mean over seeds.", panels = layers })
    end,

    contours = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        for _, method in ipairs { "wgan", "wgan_gp" } do
          for _, config in ipairs(results.losses[method].configs) do
            local levels, real = results:kept(dataset, config.id, "contour")(), results:kept(dataset, config.id, "real")()
            if config.parameters.clip ~= 0.001 then
              local points = {}
              for i, row in ipairs(levels:table()) do
                points[#points + 1] = row
                if i % 41 == 0 then points[#points + 1] = false end
              end
              panels[#panels + 1] = { x = "", y = "", from = -2.5, to = 2.5, low = -2.5, high = 2.5,
                title = dataset.name .. ": " .. (config.parameters.clip and string.format("c = %g", config.parameters.clip)
                  or "penalty"),
                series = { { text = "equal value of the critic", points = points, contours = 10, mark = false },
                  { text = "real rows", points = real:table(), line = false, size = 0.3, style = 7 } } }
            end
          end
        end
      end
      return plot.panels(fig, { title = "wgan: contours of critics, real rows against real rows plus normal noise", square = true,
        note = "Levels in ten parts of each panel's range, blue: low, orange: high. First seed; standardised coordinates.",
        panels = panels })
    end,
  },
}
