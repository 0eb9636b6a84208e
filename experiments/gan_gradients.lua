-- Why GANs are hard to train (Arjovsky and Bottou 2017): the better the discriminator D, the less the generator G learns. With the
-- loss E log(1 - D) an optimal D makes the game 2 JS - 2 ln 2, a constant as soon as real and generated rows lie on manifolds that
-- hardly meet: the gradient vanishes. With -E log D it is that of KL - 2 JS, which pulls and pushes: the gradient grows and
-- fluctuates.
-- The paper's experiment: train G for 1, 10 and 25 epochs, freeze it, train a new D from scratch, and look at the gradient that
-- each loss would give G on the way. On a mixture of 8 Gaussians in a plane of a 64-dimensional space, and on digits of 8×8 pixels.
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
  local game_off = game:item() - (2 * ll.divergence.js(p, q:detach()) - 2 * math.log(2))
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

-- Mean and deviation over batches of ‖d loss / d G's parameters‖, for both losses.
local function gradients(t, G, D, stream)
  local norms = { {}, {} }
  for b = 1, t.train.batches do
    local logits = D(G(stream:normal(t.train.batch, t.model.noise)))
    for k, loss in ipairs { saturating, non_saturating } do
      local squares = 0
      for _, g in ipairs(ll.grad(loss(logits), G:parameters(), { retain_graph = k == 1 })) do
        squares = squares + g:norm():item() ^ 2
      end
      norms[k][b] = math.sqrt(squares)
    end
  end
  return norms[1], norms[2]
end

local function mean_sd(values)
  local sum, squares = 0, 0
  for _, x in ipairs(values) do sum = sum + x end
  for _, x in ipairs(values) do squares = squares + (x - sum / #values) ^ 2 end
  return sum / #values, math.sqrt(squares / (#values - 1))
end

-- {{run 1's values by measurement}, …} of results:curve.
local function by_run(curve)
  local out = {}
  for k, row in ipairs(curve) do
    for i, value in ipairs(row[2]) do
      out[i] = out[i] or {}
      out[i][k] = value
    end
  end
  return out
end

-- The geometric mean of factors of which these are the logarithms to base 10, and its 95 % interval over seeds; whether it is above
-- `least` beyond noise.
local function factor(results, dataset, logs, least)
  local mean, low, high = results:interval(dataset, logs)
  if not low then return string.format("%.0f-fold", 10 ^ mean), 10 ^ mean > least end
  return string.format("%.0f-fold [%.0f, %.0f]", 10 ^ mean, 10 ^ low, 10 ^ high), 10 ^ low > least
end

-- "Holds for the vanishing, not for the growth": each { name, on how many data sets }.
local function verdict(claims, sets)
  local held, failed = {}, {}
  for _, claim in ipairs(claims) do table.insert(claim[2] == sets and held or failed, claim[1]) end
  if #failed == 0 then return "Holds" end
  return #held == 0 and "Does not hold"
    or string.format("Holds for %s, not for %s", table.concat(held, " and "), table.concat(failed, " and "))
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
  for iteration = 0, t.train.iterations do
    if iteration % t.train.every == 0 then
      local first, second = gradients(t, G, D, probe)
      local a, a_sd = mean_sd(first)
      local b, b_sd = mean_sd(second)
      local game = -discriminator(ll.no_grad(D, real), ll.no_grad(D, ll.no_grad(G, probe:normal(real.rows, noise)))):item()
      t:record { valid = { iteration = iteration, accuracy = accuracy(held_out), saturating = a, saturating_sd = a_sd,
        non_saturating = b, non_saturating_sd = b_sd, game_off = game_off, gradient_off = gradient_off },
        train = { js = game / 2 + math.log(2) }, test = { accuracy = accuracy(unseen) } }
    end
    opt_D:zero_grad()
    local x = ll.gather(real, pick:integers(t.train.batch, 1, 1, real.rows))
    discriminator(D(x), D(ll.no_grad(G, draws:normal(t.train.batch, noise)))):backward()
    opt_D:step()
  end
end

return ll.study {
  name = "gan_gradients",
  question = "What does a generator still learn from a discriminator that gets better and better?",
  claim = "With E log(1 - D) the generator's gradient vanishes as D learns; with -E log D it grows and "
    .. "fluctuates. Arjovsky and Bottou 2017.",
  data = { "digits", { generator = "ring_gaussians", name = "ring_in_64d", n = 8000, noise = 0.05 } },
  split = { test = 0.2, valid = 0.1, standardise = false },
  seeds = quick and { 1 } or { 1, 2, 3, 4, 5, 6, 7, 8 },
  compare = { frozen = { epochs = quick and { 1 } or { 1, 10, 25 } } },
  model = { width = 128, noise = 16 },
  train = { batch = 64, lr = 1e-3, iterations = quick and 600 or 2000, every = quick and 20 or 40, batches = 8 },
  metric = "accuracy", scores = "none",
  trial = trial,

  finding = function(results)
    local fell, grew, restless, at_first, at_last, runs, falls = {}, {}, {}, {}, {}, 0, 0
    local vanishing, growth, fluctuation, game_off, gradient_off = 0, 0, 0, 0, 0
    for d, dataset in ipairs(results.datasets) do
      local of_seed = { fall = {}, rise = {}, before = {}, after = {}, first = {} } -- means over G's epochs
      for c, config in ipairs(results.losses.frozen.configs) do
        local function each(name) return by_run(results:curve(dataset, config.id, "valid", name)) end
        local first, second = each "saturating", each "non_saturating"
        local first_sd, sd = each "saturating_sd", each "non_saturating_sd"
        local off, slope_off = each "game_off", each "gradient_off"
        for i = 1, #first do
          local n, a, b = #first[i], first[i], second[i]
          runs, falls = runs + 1, falls + (a[n] < a[1] and 1 or 0)
          game_off, gradient_off = math.max(game_off, off[i][1]), math.max(gradient_off, slope_off[i][1])
          local values = { fall = math.log(math.max(table.unpack(a)) / a[n], 10), rise = math.log(b[n] / b[1], 10),
            before = 100 * sd[i][1] / b[1], after = 100 * sd[i][n] / b[n], first = 100 * first_sd[i][n] / a[n] }
          for name, value in pairs(values) do
            of_seed[name][i] = (of_seed[name][i] or 0) * (c - 1) / c + value / c
          end
        end
      end
      local change = {}
      for i = 1, #of_seed.after do change[i] = of_seed.after[i] - of_seed.before[i] end
      local more, low, high = results:interval(dataset, change)
      local falls_far, rises
      fell[d], falls_far = factor(results, dataset, of_seed.fall, 10)
      grew[d], rises = factor(results, dataset, of_seed.rise, 1)
      vanishing, growth = vanishing + (falls_far and 1 or 0), growth + (rises and 1 or 0)
      fluctuation = fluctuation + ((low or -1) > 0 and 1 or 0)
      at_first[d], at_last[d] = ll.stats.mean(of_seed.before), ll.stats.mean(of_seed.after)
      restless[d] = string.format("%s by %.1f %% of its norm at first, %.1f %% at last%s (that of log(1 - D) by %.0f %%)",
        dataset.name, at_first[d], at_last[d], low and string.format(", a change of %+.1f [%+.1f, %+.1f]", more, low, high) or "",
        ll.stats.mean(of_seed.first))
      fell[d], grew[d] = fell[d] .. " on " .. dataset.name, grew[d] .. " on " .. dataset.name
    end
    local claims = { { "the vanishing", vanishing }, { "the growth", growth }, { "the fluctuation", fluctuation } }
    return string.format("%s: as D learns, the gradient of log(1 - D) falls %s from its peak and that of -log D grows %s (95 %% "
      .. "intervals), while from batch to batch this deviates by %.1f %% of its norm at last and %.1f %% at first.",
      verdict(claims, #results.datasets), table.concat(fell, " and "), table.concat(grew, " and "), ll.stats.mean(at_last),
      ll.stats.mean(at_first)),
      string.format("At the end log(1 - D) is below where it began in %d of %d runs: where G is good, an untrained D tells it "
        .. "little, so that its gradient rises before it falls. From batch to batch that of -log D deviates on %s. At the best D "
        .. "the game is 2 JS - 2 ln 2 to %.0e, and the gradient of -log D that of KL - 2 JS to %.0e relative.", falls, runs,
        table.concat(restless, "; on "), game_off, gradient_off)
  end,

  figures = {
    gradients = function(fig, results, plot)
      local panels = {}
      for _, loss in ipairs { { "saturating", "log(1 - D)" }, { "non_saturating", "-log D" } } do
        for _, dataset in ipairs(results.datasets) do
          local series = {}
          for i, config in ipairs(results.losses.frozen.configs) do
            local at = results:curve(dataset, config.id, "valid", "iteration")
            local points, epochs = {}, config.parameters.epochs
            for k, row in ipairs(results:curve(dataset, config.id, "valid", loss[1])) do
              points[k] = { at[k][2][1], plot.stats.median(row[2]), plot.stats.quantile(row[2], 0.25),
                plot.stats.quantile(row[2], 0.75) }
            end
            series[i] = { text = string.format("G after %d epoch%s", epochs, epochs > 1 and "s" or ""), points = points,
              mark = false }
          end
          panels[#panels + 1] = { title = dataset.name .. ": " .. loss[2], y = "gradient norm", x = "iterations of D", logy = true,
            series = series }
        end
      end
      return plot.panels(fig, { title = "gan_gradients: what a frozen generator would be told by a discriminator that learns",
        note = "Norm of the loss's gradient with respect to G's parameters, mean of 8 batches. Line: median over seeds; "
          .. "band: quartiles.", panels = panels })
    end,
  },
}
