-- Wasserstein distance guided representation learning (WDGRL, Shen et al. 2018): a classifier is wanted for a target domain whose
-- rows have no labels; labelled are those of a source. The paper: make the features of both alike, by the Wasserstein distance that
-- a critic estimates between them, and the source's classifier serves the target too. Its Algorithm 1, for each batch: 5 ascents of
-- the critic on L_wd - gamma L_grad, features held, with L_grad at features of the source, of the target and on lines between them;
-- then a descent of features and classifier on L_c + lambda L_wd.
-- Beside it: the same network trained on the source only, and with a GAN's discriminator for a critic and a lambda that rises from
-- 0, as in domain adversarial training (DANN, Ganin et al. 2016). Data: two moons, their like turned by 35 degrees; two sources of
-- handwritten digits; where LOSSLAB_DATA holds them, MNIST to USPS and the paper's own task, 12 transfers between reviews.
-- Labels of the target are used for the accuracy on test rows, nowhere else. Nothing is tuned by them: gamma = 10, 5 steps of the
-- critic, lambda = 1 and batches of 32 rows of either domain are those of the paper's program for reviews, the number of steps is
-- what the time allows, and what is judged is the network after the last one. "accuracy" is the source's on validation rows and the
-- target's on test rows. QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local data = { { generator = "moons", n = quick and 600 or 1200, noise = 0.1, name = "moons" }, "digit_domains" }
local function at_hand(name)
  local found, set = pcall(function() return not quick and ll.data.load(name) end)
  return found and set or nil
end
if at_hand "mnist_usps16" then data[#data + 1] = "mnist_usps16" end

-- Reviews of two products, so many that about 2000 of either are trained on, as in the paper: which of 400 words stand in them. The
-- first column says what others train on; those rows come first.
local amazon = at_hand "amazon_reviews"
local function reviews(source, target)
  local function first(domain) return ll.equal(amazon.domains, ll.full(amazon.rows, 1, domain)):find():row_range(1, 2778) end
  local rows, one = ll.vstack(first(source), first(target)), ll.ones(2778, 1)
  local words = amazon.x:gather(rows):col_range(2, amazon.x.cols)
  return ll.data.matrix(ll.where(words, ll.ones(words.rows, words.cols), words), amazon.y:gather(rows),
    { groups = ll.vstack(one, 2 * one) }) -- the domains
end

local products = amazon and { "books", "dvd", "electronics", "kitchen" } or {}
for source, from in ipairs(products) do
  for target, to in ipairs(products) do
    if source ~= target then
      data[#data + 1] = { name = from .. " > " .. to, make = function() return reviews(source, target) end }
    end
  end
end

local methods = { "source_only", "gan_critic", "wdgrl" }
local shown = { source_only = "source only", gan_critic = "GAN's critic (DANN)", wdgrl = "Wasserstein critic (WDGRL)" }

-- ---- training ----

-- Source and target of a part: { x, y } each. A set without domains becomes two: every second row is turned.
local function domains(part, degrees, largest)
  local x, of = part.x * (1 / largest), part.domains or part.groups
  if not of then
    local a, rows = math.rad(degrees), {}
    for i = 1, x.rows do rows[i] = { i % 2 + 1 } end
    of = ll.matrix(rows)
    local turned = ll.matmul(x, ll.matrix { { ll.math.cos(a), ll.math.sin(a) }, { -ll.math.sin(a), ll.math.cos(a) } })
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
  local largest, of_reviews = t.parts.train.x:max_all():item(), t.parts.train.groups ~= nil
  local steps = of_reviews and o.review_steps or o.steps
  local source, target = domains(t.parts.train, o.turn, largest) -- of the target, only x is used
  local known = domains(t.parts.valid, o.turn, largest)
  local source_test, target_test = domains(t.parts.test, o.turn, largest)

  local function mlp(place, sizes)
    sizes.hidden, sizes.init, sizes.seed, sizes.trial = "relu", "he", t.number, place
    return ll.nn.mlp(sizes)
  end
  local features = of_reviews and 64 or 32 -- of one hidden layer, as in the paper's program
  local f_g = mlp(1, of_reviews and { source.x.cols, features, output = "relu" }
    or { source.x.cols, 64, features, output = "relu" })  -- the feature extractor,
  local f_w = mlp(2, { features, 64, 1 })                 -- the domain critic
  local f_c = mlp(3, { features, t.parts.train.classes }) -- and the classifier
  local extract_and_classify = f_g:parameters()
  for _, weights in ipairs(f_c:parameters()) do table.insert(extract_and_classify, weights) end
  local opt, critic_opt = ll.optim.adam(extract_and_classify, { lr = o.lr }), ll.optim.adam(f_w:parameters(), { lr = o.lr })
  local softmax, penalty = ll.loss.softmax(), ll.loss.gradient_penalty()
  local critic_loss = wasserstein and ll.loss.wasserstein_critic() or ll.loss.gan_discriminator() -- minus the distance
  local draw, line = t:random "rows", t:random "line"
  local function accuracy(set) return ll.metric.multiclass_accuracy(ll.no_grad(function() return f_c(f_g(set.x)) end), set.y) end

  local path = {}
  for step = 1, steps do
    local rows = draw:choice(source.rows, o.batch)
    local xs, ys, xt = source.x:gather(rows), source.y:gather(rows), target.x:gather(draw:choice(target.rows, o.batch))
    if adapts then -- the critic's inner maximum, features held
      local hs, ht = ll.no_grad(f_g, xs), ll.no_grad(f_g, xt)
      for _ = 1, o.critic_steps do
        local value
        if wasserstein then
          local h = ll.vstack(ll.vstack(hs, ht), ll.nn.interpolate(hs, ht, line))
          local f = f_w(h)
          value = critic_loss(f:row_range(1, o.batch), f:row_range(o.batch + 1, 2 * o.batch))
            + penalty(ll.grad(f:sum(), h, { create_graph = true })) * o.gamma
        else
          value = critic_loss(f_w(hs), f_w(ht))
        end
        value:backward()
        critic_opt:step()
      end
    end
    local hs = f_g(xs)
    local value = softmax(f_c(hs), ys)
    if adapts then
      local rise = wasserstein and 1 or 2 / (1 + ll.math.exp(-10 * step / steps)) - 1
      f_w:freeze()
      value = value - critic_loss(f_w(hs), f_w(f_g(xt))) * (t.parameters.lambda * rise)
    end
    value:backward()
    opt:step()
    f_w:unfreeze()
    if step % (steps // 30) == 0 then path[#path + 1] = { step, accuracy(known), accuracy(target_test) } end
  end

  local hs, ht = ll.no_grad(f_g, source_test.x), ll.no_grad(f_g, target_test.x)
  t:keep("path", path)
  if not of_reviews then t:keep("map", map(hs, ht, source_test, target_test)) end
  t:record { valid = { accuracy = accuracy(known) },
    test = { accuracy = accuracy(target_test), source_accuracy = accuracy(source_test), apart = apart(hs, ht) } }
end

-- ---- the results ----

local function config(results, method) return results.losses[method].configs[1].id end

-- What is judged together, lists of data sets: each pair of domains, and all transfers between reviews; and each of those alone.
local function tasks(results)
  local out, transfers, single = {}, { name = "reviews" }, {}
  for _, dataset in ipairs(results.datasets) do
    local is_transfer = dataset.name:find(" > ", 1, true)
    table.insert(is_transfer and single or out, { name = dataset.name, dataset })
    if is_transfer then table.insert(transfers, dataset) end
  end
  if #transfers > 0 then table.insert(out, transfers) end
  return out, single
end

-- { name, estimate } of each task, the mean over its data sets: a metric of method a, or how far a is above b.
local function estimates(results, list, metric, a, b)
  local out = {}
  for _, task in ipairs(list) do
    local of = {}
    for _, dataset in ipairs(task) do
      if b then of[#of + 1] = results:difference(dataset, config(results, a), config(results, b), { metric = metric })
      else of[#of + 1] = results:estimate(dataset, results:values(dataset, config(results, a), metric)) end
    end
    local d = results:pooled(of, #task)
    if d then out[#out + 1] = { task.name, d } end
  end
  return out
end

-- "moons 63.8, 75.7, 85.1; digits …": the means of the three methods.
local function levels(results, metric, format, scale)
  local words = {}
  for i, method in ipairs(methods) do
    for k, each in ipairs(estimates(results, tasks(results), metric, method)) do
      words[k] = (i == 1 and each[1] .. " " or words[k] .. ", ") .. format:format(scale * each[2].difference)
    end
  end
  return table.concat(words, "; ")
end

-- On how many transfers between reviews WDGRL is ahead of a method.
local function ahead_of(results, method)
  local ahead, _, single = 0, tasks(results)
  for _, each in ipairs(estimates(results, single, "accuracy", "wdgrl", method)) do
    if each[2].difference > 0 then ahead = ahead + 1 end
  end
  return ahead
end

return ll.study {
  name = "wdgrl",
  question = "Does a Wasserstein critic between the features of two domains carry a classifier from one to the other?",
  claim = "Features whose Wasserstein distance between source and target is made small let the source's classifier serve a "
    .. "target without labels. Shen et al. 2018 (WDGRL).",
  data = data,
  split = { test = 0.2, valid = 0.1, groups = false, standardise = false },
  seeds = quick and { 1, 2, 3 } or { 11, 12, 13, 14, 15, 16 }, -- others than those that the number of steps was settled with
  compare = { source_only = {}, gan_critic = { lambda = 1 }, wdgrl = { lambda = 1 } },
  train = { steps = quick and 600 or 2000, review_steps = 1000, batch = 32, lr = 1e-3, critic_steps = 5, gamma = 10, turn = 35 },
  metric = "accuracy",
  trial = train,
  quick = quick,

  finding = function(results)
    local list, single = tasks(results)
    local details = string.format("Accuracy on the target in %%, by the source only, a GAN's critic and WDGRL: %s. The exact "
      .. "Wasserstein distance between the domains' features, in units of the mean distance within the source's: %s.",
      levels(results, "accuracy", "%.1f", 100), levels(results, "apart", "%.2f", 1))
    if #single > 0 then
      details = details .. string.format(" Reviews: the mean over %d transfers, which the interval takes for independent, by 400 "
        .. "words and about 2000 rows of either product; WDGRL is ahead of the source only on %d, of a GAN's critic on %d.",
        #single, ahead_of(results, "source_only"), ahead_of(results, "gan_critic"))
    end
    return results:finding {
      { "WDGRL makes the classifier more accurate on the target than the source alone does", scale = 100, unit = "points",
        of = estimates(results, list, "accuracy", "wdgrl", "source_only") },
      { "WDGRL is more accurate on the target than a GAN's critic (DANN)", scale = 100, unit = "points",
        of = estimates(results, list, "accuracy", "wdgrl", "gan_critic") },
      { "WDGRL brings the domains' features closer together", side = "below", digits = 2,
        of = estimates(results, list, "apart", "wdgrl", "source_only") },
    }, details
  end,

  figures = {
    accuracy = function(fig, results, plot)
      local together, single = tasks(results)
      local panels = { { title = "pairs of domains", of = together, low = 0, high = 1 } }
      if #single > 0 then panels[2] = { title = "reviews of books, dvd, electronics, kitchen", of = single } end
      for _, panel in ipairs(panels) do
        panel.names, panel.from, panel.to, panel.series = {}, 0.5, #panel.of + 0.5, {}
        for i, method in ipairs(methods) do
          local points = {}
          for d, each in ipairs(estimates(results, panel.of, "accuracy", method)) do
            local e = each[2]
            panel.names[d] = panel.of == single and each[1]:upper():gsub("%s*(%a)%a*%s*", "%1") or each[1] -- "B>D"
            points[d] = { d + 0.12 * (i - 2), e.difference, math.max(e.low, 0), math.min(e.high, 1) }
          end
          panel.series[i] = { text = shown[method], points = points, line = false, bars = true, style = i }
        end
        panel.of = nil
      end
      return plot.panels(fig, { title = "wdgrl: accuracy on the target, whose labels were never seen", panels = panels, x = "",
        y = "accuracy on the target", note = "Test rows of the target; mean and 95 % interval over seeds." })
    end,
    path = function(fig, results, plot)
      local panels = {}
      for k, task in ipairs((tasks(results))) do
        panels[k] = { title = task.name, series = {} }
        for i, method in ipairs(methods) do
          local at, points = {}, {} -- by step, then by data set: the values of all runs
          for d, dataset in ipairs(task) do
            for path in results:kept(dataset, config(results, method), "path") do
              for row, each in ipairs(path:table()) do
                at[row] = at[row] or { step = each[1] }
                at[row][d] = at[row][d] or {}
                table.insert(at[row][d], each[3])
              end
            end
          end
          for row, of in ipairs(at) do
            local list = {}
            for d, dataset in ipairs(task) do list[#list + 1] = of[d] and results:estimate(dataset, of[d]) or nil end
            local e = results:pooled(list)
            points[row] = { of.step, e.difference, math.max(e.low, 0), math.min(e.high, 1) }
          end
          panels[k].series[i] = { text = shown[method], points = points, style = i, mark = false }
        end
      end
      return plot.panels(fig, { title = "wdgrl: accuracy on the target while training", x = "step", y = "accuracy on the target",
        panels = panels, note = "Test rows of the target; mean and 95 % interval. The step is not chosen: the last counts." })
    end,
    map = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        for _, method in ipairs(methods) do
          local of, kept = { {}, {} }, results:kept(dataset, config(results, method), "map")()
          local rows = kept and kept:table() or {}
          for i = 1, #rows, math.max(1, #rows // 360) do
            table.insert(of[math.tointeger(rows[i][4])], { rows[i][1], rows[i][2], rows[i][3] - 1 })
          end
          if kept then
            panels[#panels + 1] = { title = dataset.name .. ", " .. shown[method], x = "", y = "", ticks = false,
              under = string.format("%.1f %% right", 100 * results:values(dataset, config(results, method), "accuracy")[1]),
              series = { { text = "source", points = of[1], numbers = true, style = 4 },
                { text = "target", points = of[2], numbers = true, style = 5 } } }
          end
        end
      end
      return plot.panels(fig, { title = "wdgrl: test rows by their features, each as the number of its class",
        note = "The two directions of largest variance, of one run. Right: of the target's rows.", panels = panels })
    end,
  },
}
