-- Wasserstein distance guided representation learning (WDGRL, Shen et al. 2018): a classifier is wanted for a target domain whose
-- rows have no labels; labelled are those of a source. The paper: make the features of both alike, by the Wasserstein distance that
-- a critic estimates between them, and the source's classifier serves the target too.
--
-- Beside it stand the same network trained on the source only, and the same with a GAN's discriminator for a critic, as in domain
-- adversarial training (DANN, Ganin et al. 2016). Data: two moons, their like turned by 35 degrees; two sources of handwritten
-- digits (digit_domains); and MNIST to USPS (mnist_usps16), where a folder of LOSSLAB_DATA holds it.
--
-- Labels of the target are used for the accuracy on test rows, nowhere else. Nothing is tuned by them: gamma = 10, 5 steps
-- of the critic and lambda = 1 are the papers', lambda rises from 0 by DANN's schedule, the step size is Adam's own, the number of
-- steps is what the time allows, and what is judged is the network after the last one. "accuracy" is the source's on validation
-- rows and the target's on test rows.
-- QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local data = { { generator = "moons", n = quick and 600 or 1200, noise = 0.1, name = "moons" }, "digit_domains" }
if not quick and ll.data and pcall(ll.data.load, "mnist_usps16") then data[3] = "mnist_usps16" end

local methods = { "source_only", "gan_critic", "wdgrl" }
local shown = { source_only = "source only", gan_critic = "GAN's critic (DANN)", wdgrl = "Wasserstein critic (WDGRL)" }

-- ---- training ----

-- Source and target of a part: { x, y } each. A set without domains becomes two: every second row is turned.
local function domains(part, degrees, largest)
  local x, of = part.x * (1 / largest), part.domains
  if not of then
    local a, rows = math.rad(degrees), {}
    for i = 1, x.rows do rows[i] = { i % 2 + 1 } end
    of = ll.matrix(rows)
    local turned = ll.matmul(x, ll.matrix { { math.cos(a), math.sin(a) }, { -math.sin(a), math.cos(a) } })
    x = ll.where(ll.expand(of - 1, x.rows, x.cols), turned, x)
  end
  local y, out = part.multiclass and part.y or part.y + 1, {}
  for d = 1, 2 do
    local rows = ll.equal(of, ll.full(of.rows, 1, d)):find()
    out[d] = { x = x:gather(rows), y = y:gather(rows), rows = rows.rows }
  end
  return out[1], out[2]
end

-- How far apart two clouds of features are: the exact Wasserstein distance, in units of the mean distance within the first.
local function apart(a, b)
  local p, q = ll.full(a.rows, 1, 1 / a.rows), ll.full(b.rows, 1, 1 / b.rows)
  return ll.divergence.wasserstein(p, q, ll.distances(a, b)) / ll.distances(a, a):mean():item()
end

-- Class and domain of the test rows, and the two directions in which their features vary most.
local function map(hs, ht, source, target)
  local all = ll.vstack(hs, ht)
  local centred = all - ll.expand(all:col_means(), all.rows, all.cols)
  local _, vectors = ll.eigen(ll.matmul(centred, centred, true))
  local plane = ll.matmul(centred, vectors:col_range(vectors.cols - 1, vectors.cols))
  local domain = ll.vstack(ll.ones(source.rows, 1), ll.full(target.rows, 1, 2))
  return ll.hstack(plane, ll.hstack(ll.vstack(source.y, target.y), domain))
end

local function train(t)
  local o, adapts, wasserstein = t.train, t.method ~= "source_only", t.method == "wdgrl"
  local largest = t.parts.train.x:max_all():item()
  local source, target = domains(t.parts.train, o.turn, largest) -- of the target, only x is used
  local known = domains(t.parts.valid, o.turn, largest)
  local source_test, target_test = domains(t.parts.test, o.turn, largest)

  local function mlp(place, sizes)
    sizes.hidden, sizes.init, sizes.seed, sizes.trial = "relu", "he", t.number, place
    return ll.nn.mlp(sizes)
  end
  local f_g = mlp(1, { source.x.cols, 64, o.features, output = "relu" }) -- the feature extractor,
  local f_w = mlp(2, { o.features, 64, 1 })                              -- the domain critic
  local f_c = mlp(3, { o.features, t.parts.train.classes })              -- and the classifier
  local extract_and_classify = f_g:parameters()
  for _, weights in ipairs(f_c:parameters()) do table.insert(extract_and_classify, weights) end
  local opt, critic_opt = ll.optim.adam(extract_and_classify, { lr = o.lr }), ll.optim.adam(f_w:parameters(), { lr = o.lr })
  local softmax, penalty = ll.loss.softmax(), ll.loss.gradient_penalty()
  local critic_loss = wasserstein and ll.loss.wasserstein_critic() or ll.loss.gan_discriminator() -- minus the distance
  local draw, line = t:random "rows", t:random "line"
  local function accuracy(set) return ll.metric.multiclass_accuracy(ll.no_grad(function() return f_c(f_g(set.x)) end), set.y) end

  local path = {}
  for step = 1, o.steps do
    local rows = draw:choice(source.rows, o.batch)
    local xs, ys, xt = source.x:gather(rows), source.y:gather(rows), target.x:gather(draw:choice(target.rows, o.batch))
    if adapts then -- the critic's inner maximum, features held
      local hs, ht = ll.no_grad(f_g, xs), ll.no_grad(f_g, xt)
      for _ = 1, o.critic_steps do
        local value = critic_loss(f_w(hs), f_w(ht))
        if wasserstein then
          local h = ll.nn.interpolate(hs, ht, line)
          value = value + penalty(ll.grad(f_w(h):sum(), h, { create_graph = true })) * o.gamma
        end
        value:backward()
        critic_opt:step()
      end
    end
    local hs = f_g(xs)
    local value = softmax(f_c(hs), ys)
    if adapts then
      local rise = 2 / (1 + math.exp(-10 * step / o.steps)) - 1
      f_w:freeze()
      value = value - critic_loss(f_w(hs), f_w(f_g(xt))) * (t.parameters.lambda * rise)
    end
    value:backward()
    opt:step()
    f_w:unfreeze()
    if step % (o.steps // 30) == 0 then path[#path + 1] = { step, accuracy(known), accuracy(target_test) } end
  end

  local hs, ht = ll.no_grad(f_g, source_test.x), ll.no_grad(f_g, target_test.x)
  t:keep("path", path)
  t:keep("map", map(hs, ht, source_test, target_test))
  t:record { valid = { accuracy = accuracy(known) },
    test = { accuracy = accuracy(target_test), source_accuracy = accuracy(source_test), apart = apart(hs, ht) } }
end

-- ---- the results ----

local function config(results, method) return results.losses[method].configs[1].id end

return ll.study {
  name = "wdgrl",
  question = "Does a Wasserstein critic between the features of two domains carry a classifier from one to the other?",
  claim = "Features whose Wasserstein distance between source and target is made small let the source's classifier serve a "
    .. "target without labels. Shen et al. 2018 (WDGRL).",
  data = data,
  split = { folds = quick and 3 or 5, standardise = false },
  seeds = quick and { 1, 2 } or { 11, 12, 13 }, -- 1 and 2 were looked at when the number of steps was settled
  compare = { source_only = {}, gan_critic = { lambda = 1 }, wdgrl = { lambda = 1 } },
  train = { steps = quick and 600 or 3000, batch = 64, lr = 1e-3, features = 32, critic_steps = 5, gamma = 10, turn = 35 },
  metric = "accuracy",
  trial = train,

  finding = function(results)
    local lifted, others, falls, better, ahead, behind = {}, {}, {}, 0, 0, 0
    for _, dataset in ipairs(results.datasets) do
      local plain, gan, wdgrl = config(results, "source_only"), config(results, "gan_critic"), config(results, "wdgrl")
      local gain, lead = results:difference(dataset, wdgrl, plain), results:difference(dataset, wdgrl, gan)
      local function mean(of, metric) return (results:level(dataset, of, { metric = metric })) end
      if gain and lead then
        local n = #lifted + 1
        better, ahead = better + (gain.better and 1 or 0), ahead + (lead.better and 1 or 0)
        behind = behind + (lead.worse and 1 or 0)
        lifted[n] = string.format("%s from %.1f to %.1f %% (by %.1f [%.1f, %.1f])", dataset.name, 100 * mean(plain, "accuracy"),
          100 * mean(wdgrl, "accuracy"), 100 * gain.difference, 100 * gain.low, 100 * gain.high)
        others[n] = string.format("%.1f %% on %s (WDGRL is ahead by %.1f [%.1f, %.1f])", 100 * mean(gan, "accuracy"), dataset.name,
          100 * lead.difference, 100 * lead.low, 100 * lead.high)
        falls[n] = string.format("%.2f to %.2f on %s", mean(plain, "apart"), mean(wdgrl, "apart"), dataset.name)
      end
    end
    return string.format("%s: without a label of the target WDGRL lifts its accuracy beyond noise on %d of %d pairs: %s.",
      better == #lifted and "Holds" or better > 0 and "Holds in part" or "Not shown", better, #lifted, table.concat(lifted, ", ")),
      string.format("With a GAN's critic it is %s: WDGRL is ahead beyond noise on %d, behind on %d. The exact Wasserstein distance "
        .. "between the domains' features, in units of the mean distance within the source's, falls from %s. Points of accuracy "
        .. "and 95 %% intervals over folds and seeds, others than those that the number of steps was settled with.",
        table.concat(others, ", "), ahead, behind, table.concat(falls, ", "))
  end,

  figures = {
    accuracy = function(fig, results, plot)
      local series, names = {}, {}
      for d, dataset in ipairs(results.datasets) do names[d] = dataset.name end
      for i, method in ipairs(methods) do
        series[method] = { text = shown[method], points = {}, line = false, bars = true, style = i }
      end
      for d, dataset in ipairs(results.datasets) do
        for i, method in ipairs(methods) do
          local mean, low, high = results:level(dataset, config(results, method))
          if low then table.insert(series[method].points, { d + 0.12 * (i - 2), mean, math.max(low, 0), math.min(high, 1) }) end
        end
      end
      return plot.panels(fig, { title = results.study.name .. ": accuracy on the target, whose labels were never seen",
        note = "Test rows of the target; mean and 95 % interval over folds and seeds.",
        panels = { { title = "", x = "", y = "accuracy on the target", low = 0, high = 1, from = 0.5, to = #names + 0.5,
          names = names, series = { series.source_only, series.gan_critic, series.wdgrl } } } })
    end,
    path = function(fig, results, plot)
      local panels = {}
      for d, dataset in ipairs(results.datasets) do
        panels[d] = { title = dataset.name, low = 0, high = 1, series = {} }
        for i, method in ipairs(methods) do
          local at, points = {}, {}
          for path in results:kept(dataset, config(results, method), "path") do
            for k = 1, path.rows do
              at[k] = at[k] or { step = path:get(k, 1), values = {} }
              table.insert(at[k].values, path:get(k, 3))
            end
          end
          for k, row in ipairs(at) do
            local mean, low, high = results:interval(dataset, row.values)
            points[k] = { row.step, mean, low and math.max(low, 0), high and math.min(high, 1) }
          end
          panels[d].series[i] = { text = shown[method], points = points, style = i, mark = false }
        end
      end
      return plot.panels(fig, { title = results.study.name .. ": accuracy on the target while training", x = "step",
        y = "accuracy on the target", panels = panels,
        note = "Test rows of the target; mean and 95 % interval. The step is not chosen: the last counts." })
    end,
    map = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        for _, method in ipairs(methods) do
          local of, accuracy = { {}, {} }, results:values(dataset, config(results, method), "accuracy")[1]
          local kept = results:kept(dataset, config(results, method), "map")()
          if kept then
            for i = 1, kept.rows, math.max(1, kept.rows // 360) do
              table.insert(of[math.tointeger(kept:get(i, 4))], { kept:get(i, 1), kept:get(i, 2), kept:get(i, 3) - 1 })
            end
            panels[#panels + 1] = { title = dataset.name .. ", " .. shown[method],
              under = string.format("%.1f %% of the target right", 100 * accuracy), x = "", y = "",
              series = { { text = "source", points = of[1], numbers = true, style = 1 },
                { text = "target", points = of[2], numbers = true, style = 2 } } }
          end
        end
      end
      return plot.panels(fig, { title = results.study.name .. ": test rows by their features, each as the number of its class",
        note = "The two directions of largest variance, of one run; left without adaptation, then with it.", panels = panels })
    end,
  },
}
