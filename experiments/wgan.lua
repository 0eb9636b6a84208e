-- WGAN against GAN, and the penalty against clipping, after Arjovsky, Chintala and Bottou 2017 and Gulrajani et al. 2017. They say
-- that a critic for the Wasserstein distance trains a generator where GAN loses modes; that clipping its weights to [-c, c] drives
-- them to the ends of the box and makes gradients vanish or explode with depth, so that c has to be tuned; and that a penalty on
-- the norm of its gradient does neither.
-- What is run: the game on 8 and 25 Gaussians; and critics alone, as Gulrajani et al. 2017 (figure 1) did, against real rows plus
-- normal noise: of 12 layers, what gradient reaches each; of 4, the weights and contours. Networks are smaller than the papers'.
-- A round is a step of the generator after 5 of the critic, or 1 of GAN's discriminator. GAN gets as many rounds, and 5 times as
-- many: it is compared at equal steps of the generator and at equal steps of the critic, each run with a schedule of its own.
-- wgan_algorithm_1 is Algorithm 1 as printed; wgan moves by the size of its box, c = 0.1, the best of three on other seeds.
-- Judged are modes covered and exact W to rows not trained on, the moment chosen by the same on validation; the share of weights at
-- the ends; and by how much the gradient changes a layer.
local quick = (os.getenv "QUICK" or "") ~= ""

local losses = ll.loss
local discriminate, fool = losses.gan_discriminator(), losses.gan_generator()
local criticise, please, penalty = losses.wasserstein_critic(), losses.wasserstein_generator(), losses.gradient_penalty()

local function mlp(t, seed, from, hidden, to)
  local shape = { from, hidden = "relu", init = "he", seed = seed, trial = t.number }
  for _ = 1, hidden do shape[#shape + 1] = t.model.width end
  shape[#shape + 1] = to
  return ll.nn.mlp(shape)
end

-- RMSProp where weights are clipped, as in Algorithm 1; Adam as GANs have it; under a penalty without momentum, as Gulrajani et al.
-- have it: with it the critic swings.
local function optimizer(t, net, rate)
  if t.parameters.clip then return ll.optim.rmsprop(net:parameters(), { lr = rate }) end
  local gan = t.method == "gan"
  return ll.optim.adam(net:parameters(), { lr = rate, beta1 = gan and 0.5 or 0, beta2 = gan and 0.999 or 0.9 })
end

-- A critic and its optimizer. Clipped, it begins inside its box and moves by the box's size, unless the rate is given.
local function critic_of(t, seed, hidden)
  local f, c, rate = mlp(t, seed, 2, hidden, 1), t.parameters.clip, t.parameters.rate
  if c and not rate then
    local stream = t:random "box"
    for _, w in ipairs(f:parameters()) do w:assign(stream:uniform(w.rows, w.cols, -c, c)) end
  end
  local opt = optimizer(t, f, rate or c and c / 50 or t.train.lr)
  if c then opt:project("clip", c) end
  return f, opt
end

-- One step of the critic, or discriminator, on real and generated rows.
local function critic_step(t, f, opt, real, fake, stream)
  local value = (t.method == "gan" and discriminate or criticise)(f(real), f(fake))
  if t.parameters.lambda then
    local between = ll.nn.interpolate(real, fake, stream)
    value = value + t.parameters.lambda * penalty(ll.grad(f(between):sum(), between, { create_graph = true }))
  end
  value:backward()
  opt:step()
end

-- Where the classes' means are, and three deviations around each.
local function modes_of(part)
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
  local train, noise, size, rounds = t.parts.train.x, t.model.noise, t.train.batch, t.parameters.rounds
  local gan, printed = t.method == "gan", t.method == "wgan_algorithm_1"
  local aim, steps = gan and fool or please, gan and 1 or t.train.critic
  local G = mlp(t, 1, noise, 3, 2)
  local f, opt_f = critic_of(t, 2, 3)
  local opt_G = optimizer(t, G, t.parameters.rate or t.train.lr)
  local picks, draws, between, judged = t:random "rows", t:random "noise", t:random "between", t:random "judged"
  local centres, radii = modes_of(t.parts.train)
  local function some(part) return ll.gather(part.x, judged:choice(part.rows, math.min(part.rows, t.train.judged))) end
  local valid, test = some(t.parts.valid), some(t.parts.test)
  local floor, best = exact(some(t.parts.train), test), math.huge
  local schedule = printed and ll.schedule.constant() or ll.schedule.cosine { steps = rounds, final = 0.02 }
  for i = 1, rounds do
    opt_f.rate, opt_G.rate = schedule(i), schedule(i)
    for _ = 1, steps do
      local real = ll.gather(train, picks:integers(size, 1, 1, train.rows))
      critic_step(t, f, opt_f, real, ll.no_grad(G, draws:normal(size, noise)), between)
    end
    f:freeze()
    aim(f(G(draws:normal(size, noise)))):backward()
    f:unfreeze()
    opt_G:step()
    if i % (rounds // t.train.looks) == 0 then
      local function judge(rows) -- by 2500 new rows
        local made = ll.no_grad(G, judged:normal(2500, noise))
        local modes, quality = coverage(made, centres, radii)
        return { w1 = exact(made:row_range(1, rows.rows), rows), modes = modes, quality = quality, floor = floor,
          critic_steps = i * steps }, made
      end
      local on_valid, made = judge(valid)
      if on_valid.w1 < best then
        best = on_valid.w1
        t:keep("generated", made:row_range(1, 300))
      end
      t:record { valid = on_valid, test = judge(test) }
    end
  end
  t:keep("real", test)
end

-- A critic trained alone, and rows of its other side.
local function alone(t, hidden, iterations)
  local f, opt = critic_of(t, 3, hidden)
  local train, picks, noise, between = t.parts.train.x, t:random "alone", t:random "around", t:random "alone between"
  local function real() return ll.gather(train, picks:integers(t.train.batch, 1, 1, train.rows)) end
  local function fake() return real() + noise:normal(t.train.batch, 2) end
  for _ = 1, iterations do critic_step(t, f, opt, real(), fake(), between) end
  return f, fake()
end

-- |df / dh|, the mean over rows, for h the input and the output of each hidden layer.
local function by_layer(f, x)
  local p, at, out = f:parameters(), { x:with_grad() }, {}
  for k = 1, #p / 2 - 1 do at[k + 1] = ll.relu(ll.linear(at[k], p[2 * k - 1], p[2 * k])) end
  for k, g in ipairs(ll.grad(ll.linear(at[#at], p[#p - 1], p[#p]):sum(), at)) do out[k] = { k - 1, g:row_norms():mean():item() } end
  return out
end

-- The shares of a critic's weights in 41 bins from -1 to 1, in units of c, or of their largest where nothing clips. The outer bins
-- are half as wide: what lies within 2.5 % of the ends. A critic that begins in its box has 2.5 % there.
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
  local layers, f = by_layer(alone(t, 11, t.train.alone)), alone(t, 3, 2 * t.train.alone)
  local shares, grid = histogram(f, t.parameters.clip), {}
  for i = -20, 20 do
    for j = -20, 20 do grid[#grid + 1] = { i / 8, j / 8 } end
  end
  local levels = ll.no_grad(f, ll.matrix(grid))
  local low, high = levels:min_all():item(), levels:max_all():item()
  t:keep("layers", layers)
  t:keep("weights", shares)
  t:keep("contour", ll.hstack(ll.matrix(grid), (levels - low) / math.max(high - low, 1e-30)))
  t:keep("real", t.parts.test.x)
  -- What it would estimate; log10 of the factor from one hidden layer's output to that of the one before; percent at the ends.
  local around, depth = t:random "apart", #layers
  local function apart(x) return { w1 = exact(x, x + around:normal(x.rows, 2)) } end
  local row = apart(t.parts.valid.x)
  row.per_layer = ll.math.log(layers[2][2] / layers[depth][2], 10) / (depth - 2)
  row.change, row.ends = math.abs(row.per_layer), 100 * (shares[1][2] + shares[41][2])
  t:record { valid = row, test = apart(t.parts.test.x) }
end

-- ---- the results ----------------------------------------------------------------------------------------------------------------

-- What a configuration is called, and its style in every figure; 7 is for real rows.
local styles = { [0.1] = 2, [0.06] = 4, [0.05] = 8, [0.01] = 6, [0.001] = 5, gan = { 1, 9, 10, 12 } }
local function shown(results, id)
  local p = results.configs[id].parameters
  for i, config in ipairs(results.losses.gan.configs) do
    if config.id == id then return string.format("GAN (%d rounds, rate %g)", p.rounds, p.rate), styles.gan[i] end
  end
  if p.lambda then return p.rounds and "WGAN-GP" or "penalised", 3 end
  return p.rate and "WGAN as printed" or string.format("%s (c = %g)", p.rounds and "WGAN" or "clipped", p.clip), styles[p.clip]
end

-- A method minus GAN at equal steps of the generator and of the critic, for each data set. by: results by the metric compared.
local function against_gan(results, by, method)
  local out = {}
  for _, dataset in ipairs(by.datasets) do
    for k, steps in ipairs { "generator", "critic" } do
      local gan = by:choose(dataset, "gan", { rounds = results.losses.gan.values.rounds[k] })
      out[#out + 1] = { string.format("%s by %s steps", dataset.name, steps),
        by:difference(dataset, by:choose(dataset, method), gan) }
    end
  end
  return out
end

-- What the critics of a method recorded, the mean over data sets, by configuration.
local function of_critics(results, method, metric)
  local out = {}
  for i, config in ipairs(results.losses[method].configs) do
    local of = {}
    for d, dataset in ipairs(results.datasets) do
      of[d] = results:estimate(dataset, results:values(dataset, config.id, metric, "valid"))
    end
    out[i] = { config.parameters.clip and string.format("critics clipped at %g", config.parameters.clip) or "penalised critics",
      results:pooled(of) }
  end
  return out
end

-- A panel of a figure: real rows, and what is drawn among them.
local function plane(title, under, series, real)
  return { title = title, under = under, x = "", y = "", from = -2.5, to = 2.5, low = -2.5, high = 2.5,
    series = { { text = "real, unseen", points = real, line = false, size = 0.3, style = 7 }, series } }
end

local games = { "gan", "wgan", "wgan_algorithm_1", "wgan_gp" }
local function configs_of(results)
  local out = {}
  for _, method in ipairs(games) do
    table.move(results.losses[method].configs, 1, #results.losses[method].configs, #out + 1, out)
  end
  return out
end

local rounds, ring = quick and 500 or 8000, { generator = "ring_gaussians", name = "8 Gaussians", n = 12000, noise = 0.1 }
local grid = { generator = "grid_gaussians", name = "25 Gaussians", n = 12000, noise = 0.1 }

return ll.study {
  name = "wgan", quick = quick,
  question = "Does a critic train a generator that GAN's discriminator does not, and is it better penalised or clipped?",
  claim = "WGAN covers modes that GAN loses; clipping drives the critic's weights to the ends of the box, "
    .. "and its gradient vanishes or explodes with depth, unless c is tuned; the gradient penalty does neither. "
    .. "Arjovsky, Chintala and Bottou 2017; Gulrajani et al. 2017.",
  data = quick and { grid } or { ring, grid },
  split = { test = 0.025, valid = 0.025 }, -- as many rows as are judged
  seeds = quick and { 1 } or { 21, 22, 23, 24, 25, 26 }, -- others were looked at when rates, momentum, c and lambda were settled
  compare = {
    gan = { rounds = { rounds, 5 * rounds }, rate = quick and 2e-4 or { 1e-3, 2e-4 } },
    wgan = { rounds = rounds, clip = 0.1 },
    wgan_algorithm_1 = { rounds = rounds, clip = 0.01, rate = 5e-5 },
    wgan_gp = { rounds = rounds, lambda = 1 },
    clipped_critic = { clip = quick and { 0.1, 0.001 } or { 0.1, 0.06, 0.05, 0.01, 0.001 } },
    penalised_critic = { lambda = 1 },
  },
  model = { width = 64, noise = 2 },
  train = { batch = 64, looks = quick and 5 or 20, critic = 5, lr = 1e-3, judged = 300, alone = quick and 200 or 400 },
  metric = "w1", goal = "min", scores = "none",
  trial = function(t) (t.parameters.rounds and game or critics)(t) end,

  finding = function(results)
    local by_modes, claims = results:by("modes", "max"), {}
    local function claim(words, of, how, side)
      claims[#claims + 1] = { words, of = of, side = side, least = how.least, unit = how.unit, digits = how.digits }
    end
    local methods = { { "wgan_gp", "WGAN-GP" }, { "wgan", "WGAN with a tuned c" }, { "wgan_algorithm_1", "WGAN as printed" } }
    local share, change = { least = 2.5, unit = "%", digits = 0 }, { least = math.log(1.5, 10), unit = "powers of ten", digits = 2 }
    for _, each in ipairs(methods) do
      claim(each[2] .. " covers modes that GAN loses", against_gan(results, by_modes, each[1]), { unit = "modes", digits = 1 })
    end
    for _, each in ipairs(methods) do
      claim(each[2] .. " comes nearer than GAN in exact W", against_gan(results, results, each[1]), { digits = 3 }, "below")
    end
    claim("clipping drives weights to the ends of the box", of_critics(results, "clipped_critic", "ends"), share)
    claim("a penalty does not drive weights to the ends", of_critics(results, "penalised_critic", "ends"), share, "below")
    local clipped, tuned = of_critics(results, "clipped_critic", "change"), 1
    for i, each in ipairs(clipped) do tuned = each[2].difference < clipped[tuned][2].difference and i or tuned end
    claim("with a tuned c gradients change less than 1.5-fold a layer", { table.remove(clipped, tuned) }, change, "below")
    claim("clipped otherwise, gradients change more than 1.5-fold a layer", clipped, change)
    claim("penalised, gradients change less than 1.5-fold a layer", of_critics(results, "penalised_critic", "change"), change,
      "below")
    local levels, factors = {}, {}
    for d, dataset in ipairs(results.datasets) do
      local function level(by, metric, digits)
        local words = {}
        for i, config in ipairs(configs_of(results)) do
          local values = by:values(by.datasets[dataset.name], config.id, metric, "test")
          words[i] = string.format("%s %s", shown(results, config.id),
            results:say(results:estimate(dataset, values), { plain = true, digits = digits }))
        end
        return table.concat(words, ", ")
      end
      levels[d] = string.format("on %s modes: %s; exact W: %s, real rows %.3f", dataset.name, level(by_modes, "modes", 1),
        level(results, "w1", 3), (results:level(dataset, results.losses.gan.configs[1].id, { metric = "floor" })))
    end
    for _, method in ipairs { "clipped_critic", "penalised_critic" } do
      for _, each in ipairs(of_critics(results, method, "per_layer")) do
        factors[#factors + 1] = string.format("%.3g with %s", 10 ^ each[2].difference, each[1])
      end
    end
    return results:finding(claims),
      string.format("Reached %s. The moment is chosen on validation, for modes by modes, for W by W; in comparisons GAN's rate as "
        .. "well, seed by seed. Steps by which they are compared are equal.", table.concat(levels, "; ")),
      string.format("Towards the input of 12 layers the gradient changes a layer by a factor of %s. Counted at the ends are "
        .. "weights of a 4-layer critic within 2.5 %% of them; a critic begins with 2.5 %% there.", table.concat(factors, ", "))
  end,

  figures = {
    samples = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        for _, method in ipairs(games) do
          local all = results.losses[method].values.rounds
          local id = results:choose(dataset, method, { rounds = all[#all] }).config
          local name, style = shown(results, id)
          panels[#panels + 1] = plane(dataset.name, name, { text = name, line = false, size = 0.35, style = style,
            points = results:kept(dataset, id, "generated")():table() }, results:kept(dataset, id, "real")():table())
        end
      end
      return plot.panels(fig, { title = "wgan: generated rows, after equal steps of the critic", square = true, panels = panels,
        note = "Standardised coordinates; first seed, moment and rate chosen by W on validation." })
    end,

    distance = function(fig, results, plot)
      local panels = {}
      for _, what in ipairs { { "w1", "exact W to unseen rows" }, { "modes", "modes covered" } } do
        for _, dataset in ipairs(results.datasets) do
          local series, last = {}, nil
          for i, config in ipairs(configs_of(results)) do
            local at, points = results:curve(dataset, config.id, "valid", "critic_steps"), {}
            for k, each in ipairs(results:curve(dataset, config.id, "test", what[1])) do
              points[k] = { at[k][2][1] / 1000, plot.stats.median(each[2]), math.min(table.unpack(each[2])),
                math.max(table.unpack(each[2])) }
            end
            local name, style = shown(results, config.id)
            series[i], last = { text = name, style = style, points = points, mark = false }, points[#points][1]
          end
          local floor = what[1] == "w1" and results:level(dataset, results.losses.gan.configs[1].id, { metric = "floor" })
          series[#series + 1] = { text = "real rows", style = 7, mark = false, points = floor and { { 0, floor }, { last, floor } }
            or {} }
          panels[#panels + 1] = { title = dataset.name, x = "steps of the critic, thousands", y = what[2], logy = what[1] == "w1",
            from = 0, low = what[1] == "modes" and 0 or nil, series = series }
        end
      end
      return plot.panels(fig, { title = "wgan: distance and modes by steps of the critic", panels = panels,
        note = "W: 300 against 300 rows, standardised. Line: median over seeds, band: all. GAN at two learning rates." })
    end,

    critics = function(fig, results, plot)
      local panels = {}
      for _, what in ipairs {
        { "layers", 1, under = "gradient by layer", x = "layer (0: input)", y = "norm of df / dh" },
        { "weights", 100, under = "weights", x = "weight / c, or / largest", y = "share of weights, %", low = 0.01, high = 100 },
      } do
        for _, dataset in ipairs(results.datasets) do
          local series = {}
          for _, method in ipairs { "clipped_critic", "penalised_critic" } do
            for _, config in ipairs(results.losses[method].configs) do
              local points, runs, name, style = {}, #dataset.runs[config.id], shown(results, config.id)
              for m in results:kept(dataset, config.id, what[1]) do
                for k, row in ipairs(m:table()) do
                  points[k] = { row[1], (points[k] and points[k][2] or 0) + what[2] * row[2] / runs }
                end
              end
              series[#series + 1] = { text = name, style = style, points = points, mark = what[1] == "layers" }
            end
          end
          panels[#panels + 1] = { title = dataset.name, under = what.under, x = what.x, y = what.y, logy = true, low = what.low,
            high = what.high, series = series }
        end
      end
      return plot.panels(fig, { title = "wgan: critics alone, real rows against real rows plus normal noise", panels = panels,
        note = "By layer: mean gradient of a 12-layer critic with respect to each layer's output. Weights: of a 4-layer critic. "
          .. "Mean over seeds." })
    end,

    contours = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        for _, accept in ipairs { { "clipped_critic", 0.1 }, { "clipped_critic", 0.001 }, { "penalised_critic" } } do
          local config = results:choose(dataset, accept[1], { clip = accept[2] }).config
          local points, name = {}, shown(results, config)
          for i, row in ipairs(results:kept(dataset, config, "contour")():table()) do
            points[#points + 1] = row
            if i % 41 == 0 then points[#points + 1] = false end
          end
          panels[#panels + 1] = plane(dataset.name, name, { text = "equal value of the critic", points = points,
            contours = 10, mark = false, style = 0 }, results:kept(dataset, config, "real")():table())
        end
      end
      return plot.panels(fig, { title = "wgan: contours of critics, real rows against real rows plus normal noise", square = true,
        note = "Levels in ten parts of each panel's range, blue: low, orange: high. First seed; standardised coordinates.",
        panels = panels })
    end,
  },
}
