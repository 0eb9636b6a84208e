-- Why GANs are hard to train (Arjovsky and Bottou 2017): the better the discriminator D, the less the generator G learns. With the
-- loss E log(1 - D) an optimal D makes the game 2 JS - 2 ln 2, a constant as soon as real and generated rows lie on manifolds that
-- hardly meet: the gradient vanishes (theorem 2.4). With -E log D it is that of KL - 2 JS, which pulls and pushes: the gradient
-- grows, and so does its variance (theorem 2.6), less so where G has converged.
-- The paper's experiment: train G for 1, 10 and 25 epochs, freeze it, train a new D from scratch, and look at the gradient g that
-- each loss would give G on the way. On a mixture of 8 Gaussians in a plane of a 64-dimensional space, and on digits of 8x8 pixels.
-- Judged: how far the norm falls from its peak with the one, how far norm and variance E|g - E g|^2 over batches grow with the
-- other, and whether the variance of the G of 25 epochs grows less, and ends lower, than that of each of the others.
local quick = (os.getenv "QUICK" or "") ~= ""

local saturating = ll.loss.gan_generator { variant = "saturating" }
local non_saturating = ll.loss.gan_generator { variant = "non_saturating" }
local discriminator = ll.loss.gan_discriminator()

-- Both identities on a pair of random distributions over 50 places, p real and q = softmax(theta) generated: how far the two sides
-- are apart. The first is of values: the game at the best D is 2 JS - 2 ln 2. The second is of gradients (theorem 2.5): that of
-- -E log D, D held fixed, is that of KL - 2 JS.
local function identities(stream)
  local p, theta = stream:normal(1, 50):softmax():detach(), stream:normal(1, 50):with_grad()
  local q = theta:softmax()
  local D = ll.divergence.optimal_discriminator(p, q:detach())
  local game = (p * D:log()):sum() + (q:detach() * (1 - D):log()):sum()
  local game_off = game:item() - (2 * ll.divergence.js(p, q:detach()) - 2 * ll.math.log(2))
  local left = ll.grad(-(q * D:log()):sum(), theta)
  q = theta:softmax()
  local right = ll.grad(ll.divergence.kl(q, p) - 2 * ll.divergence.js(p, q), theta)
  return math.abs(game_off), (left - right):norm():item() / right:norm():item()
end

-- Rows as a network likes them, within about [-1, 1], in 64 dimensions: digits have as many pixels, a plane is put into them.
local function in_64_dimensions(part)
  if part.features == 64 then return part.x / 8 - 1 end
  return ll.matmul(part.x / 2, ll.nn.init(ll.zeros(64, 2), "orthogonal", { seed = 1 }), false, true)
end

-- Of g = d loss / d G's parameters over batches, for both losses: the mean norm, and the variance E|g - E g|^2.
local function gradients(t, G, D, stream)
  local of, n = { {}, {} }, t.train.batches
  for b = 1, n do
    local logits = D(G(stream:normal(t.train.batch, t.model.noise)))
    for k, loss in ipairs { saturating, non_saturating } do
      of[k][b] = ll.grad(loss(logits), G:parameters(), { retain_graph = k == 1 })
    end
  end
  local function length(g) -- of the vector of all parameters, squared
    local squares = 0
    for _, m in ipairs(g) do squares = squares + m:norm():item() ^ 2 end
    return squares
  end
  local norms, variances = { 0, 0 }, { 0, 0 }
  for k, gs in ipairs(of) do
    local mean = {}
    for i in ipairs(gs[1]) do
      for b = 1, n do mean[i] = mean[i] and mean[i] + gs[b][i] / n or gs[b][i] / n end
    end
    for _, g in ipairs(gs) do
      norms[k] = norms[k] + math.sqrt(length(g)) / n
      for i, m in ipairs(g) do g[i] = m - mean[i] end
      variances[k] = variances[k] + length(g) / (n - 1)
    end
  end
  return norms, variances
end

local function trial(t)
  local real, held_out, unseen = in_64_dimensions(t.parts.train), in_64_dimensions(t.parts.valid), in_64_dimensions(t.parts.test)
  local noise, width, draws = t.model.noise, t.model.width, t:random "noise"
  local function network(seed, from, to, output)
    return ll.nn.mlp { from, width, width, to, hidden = "leaky_relu", output = output, seed = seed, trial = t.number }
  end
  local G = network(1, noise, 64, t.parts.train.features == 64 and "tanh" or "identity") -- pixels have bounds, a plane has none
  local D = network(2, 64, 1, "identity")

  -- Normal training: one step of D, one of G.
  local rates = { lr = t.train.lr, beta1 = 0.5 }
  local opt_G, opt_D = ll.optim.adam(G:parameters(), rates), ll.optim.adam(D:parameters(), rates)
  local set = ll.data.matrix(real, t.parts.train.y)
  for epoch = 1, t.parameters.epochs do
    for x in set:batches { size = t.train.batch, seed = t.number, epoch = epoch } do
      opt_D:zero_grad()
      discriminator(D(x), D(ll.no_grad(G, draws:normal(x.rows, noise)))):backward()
      opt_D:step()
      non_saturating(D(G(draws:normal(x.rows, noise)))):backward()
      opt_G:step()
    end
  end

  -- G stays as it is; a new D learns to tell its rows from real ones.
  local game_off, gradient_off, distributions = 0, 0, t:random "identities"
  for _ = 1, 20 do
    local a, b = identities(distributions)
    game_off, gradient_off = math.max(game_off, a), math.max(gradient_off, b)
  end
  D = network(3, 64, 1, "identity")
  opt_D = ll.optim.adam(D:parameters(), rates)
  local pick, probe = t:random "rows", t:random "probe"
  local function accuracy(x)
    local logits = ll.no_grad(D, ll.vstack(x, ll.no_grad(G, probe:normal(x.rows, noise))))
    return ll.metric.accuracy(logits, ll.vstack(ll.ones(x.rows, 1), ll.zeros(x.rows, 1)), { from = "logits" })
  end
  local first, first_var, peak
  for iteration = 0, t.train.iterations do
    if iteration % t.train.every == 0 then
      local norm, var = gradients(t, G, D, probe)
      first, first_var, peak = first or norm[2], first_var or var[2], math.max(peak or 0, norm[1])
      local game = -discriminator(ll.no_grad(D, real), ll.no_grad(D, ll.no_grad(G, probe:normal(real.rows, noise)))):item()
      t:record { train = { js = game / 2 + ll.math.log(2) }, test = { accuracy = accuracy(unseen) }, valid = {
        iteration = iteration, accuracy = accuracy(held_out), game_off = game_off, gradient_off = gradient_off,
        saturating = norm[1], saturating_var = var[1], non_saturating = norm[2], non_saturating_var = var[2],
        -- powers of ten since the peak, or the beginning
        fall = ll.math.log(peak / norm[1], 10), growth = ll.math.log(norm[2] / first, 10),
        var_growth = ll.math.log(var[2] / first_var, 10), var_level = ll.math.log(var[2], 10),
        deviation = 100 * math.sqrt(var[2]) / norm[2] } } -- in percent
    end
    opt_D:zero_grad()
    local x = ll.gather(real, pick:integers(t.train.batch, 1, 1, real.rows))
    discriminator(D(x), D(ll.no_grad(G, draws:normal(t.train.batch, noise)))):backward()
    opt_D:step()
  end
end

-- ---- the results ----

-- What was recorded at D's last look at G (first = true: at the first), a value a seed, the mean over the generators.
local function of_seeds(results, dataset, name, first)
  local configs, out = results.losses.frozen.configs, {}
  for _, config in ipairs(configs) do
    local curve = results:curve(dataset, config.id, "valid", name)
    for i, value in ipairs(curve[first and 1 or #curve][2]) do out[i] = (out[i] or 0) + value / #configs end
  end
  return out
end

-- An estimate for each data set, at the last look.
local function by_dataset(results, name)
  local out = {}
  for i, dataset in ipairs(results.datasets) do
    out[i] = { dataset.name, results:estimate(dataset, of_seeds(results, dataset, name)) }
  end
  return out
end

-- The generator trained longest minus another, seed by seed, at the last look, for each data set.
local function longest(results, other, name)
  local configs, out = results.losses.frozen.configs, {}
  for i, dataset in ipairs(results.datasets) do
    out[i] = { dataset.name,
      results:difference(dataset, configs[#configs].id, other.id, { metric = name, split = "valid", epoch = "last" }) }
  end
  return out
end

return ll.study {
  name = "gan_gradients", quick = quick,
  question = "What does a generator still learn from a discriminator that gets better and better?",
  claim = "With E log(1 - D) the generator's gradient vanishes as D learns; with -E log D it grows, and so does its variance, "
    .. "least where the generator was trained for 25 epochs. Arjovsky and Bottou 2017.",
  data = { "digits", { generator = "ring_gaussians", name = "ring_in_64d", n = 8000, noise = 0.05 } },
  split = { test = 0.2, valid = 0.1, standardise = false },
  seeds = quick and { 1 } or { 1, 2, 3, 4, 5, 6, 7, 8 },
  compare = { frozen = { epochs = quick and { 1 } or { 1, 10, 25 } } },
  model = { width = 128, noise = 16 },
  train = { batch = 64, lr = 1e-3, iterations = quick and 600 or 2000, every = quick and 20 or 40, batches = 8 },
  metric = "accuracy", scores = "none",
  trial = trial,

  finding = function(results)
    local claims = { { "the gradient of log(1 - D) falls tenfold or more from its peak", "fall", least = 1 },
      { "the gradient of -log D grows", "growth" }, { "its variance over batches grows", "var_growth" } }
    for _, claim in ipairs(claims) do claim.of, claim[2] = by_dataset(results, claim[2]), nil end
    local configs = results.losses.frozen.configs
    for _, each in ipairs { { "the variance grows less", "var_growth" }, { "the variance ends lower", "var_level" } } do
      for i = 1, #configs - 1 do
        table.insert(claims, { string.format("%s with the G of %g epochs than with that of %g", each[1],
          configs[#configs].parameters.epochs, configs[i].parameters.epochs), side = "below",
          of = longest(results, configs[i], each[2]) })
      end
    end
    for _, claim in ipairs(claims) do claim.unit, claim.digits = "powers of ten", 2 end
    local deviation, off = {}, { game_off = 0, gradient_off = 0 }
    for i, dataset in ipairs(results.datasets) do
      local function mean(name, first) return ll.stats.mean(of_seeds(results, dataset, name, first)) end
      deviation[i] = string.format("%.0f %% at first and %.0f %% at last on %s", mean("deviation", true), mean("deviation"),
        dataset.name)
      for name, worst in pairs(off) do
        for _, config in ipairs(configs) do
          worst = math.max(worst, table.unpack(results:curve(dataset, config.id, "valid", name)[1][2]))
        end
        off[name] = worst
      end
    end
    return results:finding(claims),
      string.format("A power of ten of the variance is half a one of the standard deviation. In parts of the norm the deviation of "
        .. "-log D's gradient is %s: the norm grows faster still. The gradient of log(1 - D) is measured from its peak, since "
        .. "where G is good an untrained D tells it little.", table.concat(deviation, ", ")),
      string.format("At the best D the game is 2 JS - 2 ln 2 to %.0e, and the gradient of -log D that of KL - 2 JS to %.0e "
        .. "relative.", off.game_off, off.gradient_off)
  end,

  figures = {
    gradients = function(fig, results, plot)
      local panels = {}
      for _, what in ipairs { { "", "gradient norm" }, { "_var", "variance of the gradient" } } do
        for _, loss in ipairs { { "saturating", "log(1 - D)" }, { "non_saturating", "-log D" } } do
          for _, dataset in ipairs(results.datasets) do
            local series = {}
            for i, config in ipairs(results.losses.frozen.configs) do
              local at, points = results:curve(dataset, config.id, "valid", "iteration"), {}
              for k, row in ipairs(results:curve(dataset, config.id, "valid", loss[1] .. what[1])) do
                points[k] = { at[k][2][1], plot.stats.median(row[2]), plot.stats.quantile(row[2], 0.25),
                  plot.stats.quantile(row[2], 0.75) }
              end
              local epochs = config.parameters.epochs
              series[i] = { text = string.format("G after %d epoch%s", epochs, epochs > 1 and "s" or ""), points = points,
                mark = false }
            end
            panels[#panels + 1] = { title = dataset.name .. ": " .. loss[2], y = what[2], x = "iterations of D", logy = true,
              series = series }
          end
        end
      end
      return plot.panels(fig, { title = "gan_gradients: what a frozen generator would be told by a discriminator that learns",
        note = "Gradient g of the loss with respect to G's parameters, of 8 batches: mean norm, and variance E|g - E g|^2. Line: "
          .. "median over seeds; band: quartiles.", panels = panels })
    end,
  },
}
