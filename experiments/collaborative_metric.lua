-- Collaborative metric learning (CML, Hsieh et al. 2017): who likes what, learnt as distances in one space, against matrix
-- factorisation, whose products keep no triangle inequality.
--
-- What the paper says: by products a model fails to see that users 1 and 2 are alike where each is like user 3, and what they
-- like ends up far apart. Distances see it, and recommend better: learnt by LMNN's hinge with weights log(rank + 1) (WARP), inside
-- the unit ball, with items drawn to what their features say and with dimensions kept from varying together.
--
-- All models learn from the same draws: each liked item of a user against items that the user is not known to like. The baselines
-- are BPR and WARP's hinge on products, with L2 and a bias of each item. Data: two planted worlds, one where liking falls with
-- distance and one where it grows with the product, so that neither model is at home in both; and CiteULike's pairs, where
-- LOSSLAB_DATA has them. A part of every user's items is held out; recall and nDCG are of the first 50 among the items that the
-- user is not known to like. QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

-- ---- data: a row a liking, its class the user; columns: the item, and where they are known its topic and features ---------------

local USERS, ITEMS, TOPICS, LATENT, FEATURES = quick and 150 or 300, quick and 200 or 400, 8, 6, 8

-- Items around the centres of topics, users likewise; a user's 10 to 30 items are drawn with chances proportional to e^taste.
local function planted(world)
  local stream = ll.random(1, 0, "planted " .. world)
  local centres, topic = stream:normal(TOPICS, LATENT), stream:integers(ITEMS, 1, 1, TOPICS)
  local items = centres:gather(topic) + stream:normal(ITEMS, LATENT, 0, 0.5)
  local users = centres:gather(stream:integers(USERS, 1, 1, TOPICS)) + stream:normal(USERS, LATENT, 0, 0.5)
  local taste = world == "distances" and ll.distance.squared(users, items, { pairwise = true }) * -0.5
    or ll.matmul(users, items, false, true)
  local gumbel = (stream:uniform(USERS, ITEMS, 1e-6, 1):log() * -1):log() * -1 -- the largest of taste + gumbel are such a draw
  local chance = taste + stream:normal(1, ITEMS, 0, 0.5) + gumbel
  local _, places = chance:topk(30, { by = "rows" })
  local features = ll.matmul(items, stream:normal(LATENT, FEATURES)) + stream:normal(ITEMS, FEATURES)
  local counts, who, what = stream:integers(USERS, 1, 10, 30), {}, {}
  for user = 1, USERS do
    for k = 1, counts[user] do who[#who + 1], what[#what + 1] = user, places:get(user, k) end
  end
  local item = ll.matrix(what)
  return ll.data.matrix(ll.hstack(item, ll.hstack(topic, features):gather(item)), ll.matrix(who), { name = world })
end

-- The users and articles that are left when every user has at least 10 articles and every article 15 users; numbered anew.
local function citeulike()
  local lists, left = ll.data.pairs "citeulike_t":lists(), nil
  repeat
    local likes, kept, before = {}, {}, left
    left = 0
    for _, list in ipairs(lists) do for _, item in ipairs(list) do likes[item] = (likes[item] or 0) + 1 end end
    for _, list in ipairs(lists) do
      local rest = {}
      for _, item in ipairs(list) do if likes[item] >= 15 then rest[#rest + 1] = item end end
      if #rest >= 10 then kept[#kept + 1], left = rest, left + #rest end
    end
    lists = kept
  until left == before
  local who, what, number, items = {}, {}, {}, 0
  for user, list in ipairs(lists) do
    for _, item in ipairs(list) do
      if not number[item] then items, number[item] = items + 1, items + 1 end
      who[#who + 1], what[#what + 1] = user, number[item]
    end
  end
  return ll.data.matrix(ll.matrix(what), ll.matrix(who), { name = "citeulike" })
end

-- ---- models ---------------------------------------------------------------------------------------------------------------

-- What sets the methods apart. weight: of the term that the method adds, or of L2.
local METHODS = {
  cml = { warp = true, ball = true },
  cml_covariance = { warp = true, ball = true, covariance = true },
  cml_features = { warp = true, ball = true, features = true },
  cml_no_warp = { ball = true },
  cml_no_ball = { warp = true },
  mf_bpr = { product = true, bpr = true },
  mf_warp = { product = true, warp = true },
}

-- A model of so many users and items: fit(pairs, epochs, batch), score() gives the rows that recommend.
local function model(t, name, liked, items, dims, features)
  local method, p, stream = METHODS[t.method], t.parameters, t:random(name .. ": model")
  local deviation = method.product and 0.1 or 0.5 / math.sqrt(dims)
  local users = stream:normal(#liked, dims, 0, deviation):with_grad()
  local rows, bias = stream:normal(items, dims, 0, deviation):with_grad(), ll.zeros(items, 1):with_grad()
  local trained, project = { users, rows, method.product and bias or nil }, nil
  if method.features and features then
    project = ll.nn.mlp { features.cols, 32, dims, hidden = "relu", seed = t.seed, trial = t.number }
    for _, each in ipairs(project:parameters()) do trained[#trained + 1] = each end
  end
  local sampler = ll.cml.negatives { items = items, liked = liked, seed = t.seed, trial = t.number }
  local opt, drawn = ll.optim.adam(trained, { lr = t.train.lr }), t.train.negatives
  local metric = ll.loss.cml_metric { margin = p.margin, items = items }
  local covariance, drawn_to = ll.loss.covariance(), ll.loss.cml_feature()

  -- How much more a user likes the pair's item than each of the drawn: n×drawn.
  local function lead(who, what, others, n)
    local each = ll.matmul(ll.matrix(who), ll.ones(1, drawn)):reshape(n * drawn, 1)
    local u, v, u_each, v_each = users:gather(who), rows:gather(what), users:gather(each), rows:gather(others)
    if not method.product then
      return ll.distance.squared(u_each, v_each):reshape(n, drawn) - ll.distance.squared(u, v)
    end
    local known = (u * v):row_sums() + bias:gather(what)
    return known - ((u_each * v_each):row_sums() + bias:gather(others)):reshape(n, drawn)
  end

  -- The loss of n pairs, per pair.
  local function value(who, what)
    local n = who.rows
    local others = sampler:draw(who, drawn)
    if method.warp and not method.product then
      local loss = metric(users:gather(who), rows:gather(what), rows:gather(others)) / n
      if method.covariance then loss = loss + covariance(ll.vstack(users:gather(who), rows:gather(what))) * p.weight end
      if project then loss = loss + drawn_to(project(features), rows) * (p.weight / items) end
      return loss
    end
    local ahead = lead(who, what, others, n)
    local loss
    if method.bpr then
      loss = (-ahead):softplus():sum() / n
    else
      local hinge = ((p.margin or 1) - ahead):relu()
      local impostors = hinge:greater(0):row_sums()
      local weight = method.warp and (impostors * (items / drawn) + 1):log() or 1 -- a count has no gradient
      loss = (hinge:row_sums() * weight):sum() / n
    end
    if not method.product then return loss end
    local u, v, w = users:gather(who), rows:gather(what), rows:gather(others)
    return loss + ((u * u):sum() + (v * v):sum() + (w * w):sum() / drawn) * (p.weight / n)
  end

  local self = {}
  function self.fit(pairs_of, epochs, batch, each_epoch)
    local order = t:random(name .. ": order")
    local n = pairs_of.rows
    batch = math.min(batch, n)
    for epoch = 1, epochs do
      local shuffled, total = pairs_of:gather(order:permutation(n)), 0
      for b = 1, n // batch do
        local rows_of = shuffled:row_range((b - 1) * batch + 1, b * batch)
        local loss = value(rows_of:col_range(1, 1), rows_of:col_range(2, 2))
        loss:backward()
        opt.lr = t.train.lr * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / epochs))
        opt:step()
        if method.ball then
          ll.cml.project_unit_ball(users)
          ll.cml.project_unit_ball(rows)
        end
        total = total + loss:item()
      end
      if each_epoch then each_epoch(epoch, total / (n // batch)) end
    end
  end
  -- Users, items, and by what a user's items are ordered; a product's bias is a dimension more.
  function self.places()
    local u, v = users:detach(), rows:detach()
    if not method.product then return u, v, "euclidean" end
    return ll.hstack(u, ll.ones(u.rows, 1)), ll.hstack(v, bias:detach()), "dot"
  end
  self.items = rows
  return self
end

-- ---- the paper's example --------------------------------------------------------------------------------------------------

-- User 3 likes what user 1 likes and what user 2 likes; so does 6 with 4 and 5, of other items. In the plane: does user 1 get user
-- 2's item before those of strangers, and is user 1 nearer to user 2 than to them?
local EXAMPLE = { { 1 }, { 2 }, { 1, 2 }, { 3 }, { 4 }, { 3, 4 } }
local ASKED = { -- user, the friend's item, strangers' items, the friend, strangers
  { 1, 2, { 3, 4 }, 2, { 4, 5 } }, { 2, 1, { 3, 4 }, 1, { 4, 5 } },
  { 4, 4, { 1, 2 }, 5, { 1, 2 } }, { 5, 3, { 1, 2 }, 4, { 1, 2 } },
}

local function closeness(a, b, kind)
  if kind == "dot" then return ll.matmul(a, b, false, true) end
  return ll.distance.squared(a, b, { pairwise = true }) * -1
end

-- The share of triples of places whose dissimilarity breaks the triangle inequality; a product's: how far it is below the largest.
local function broken(places, kind)
  local s = closeness(places, places, kind)
  local apart, n, all, bad = kind == "dot" and s:max_all() - s or (s * -1):sqrt(), places.rows, 0, 0
  for a = 1, n do
    for b = 1, n do
      for c = a + 1, n do
        if a ~= b and b ~= c then
          all = all + 1
          if apart:get(a, c) > apart:get(a, b) + apart:get(b, c) + 1e-5 then bad = bad + 1 end
        end
      end
    end
  end
  return bad / all
end

local function example(t)
  local list = {}
  for user, items in ipairs(EXAMPLE) do for _, item in ipairs(items) do list[#list + 1] = { user, item } end end
  local small = model(t, "example", EXAMPLE, 4, 2)
  small.fit(ll.matrix(list), t.train.example, 8)
  local users, items, kind = small.places()
  local likes, alike = closeness(users, items, kind), closeness(users:col_range(1, 2), users:col_range(1, 2), kind)
  local of_items, of_users = 0, 0
  for _, asked in ipairs(ASKED) do
    for i = 1, 2 do
      if likes:get(asked[1], asked[2]) > likes:get(asked[1], asked[3][i]) then of_items = of_items + 1 / 8 end
      if alike:get(asked[1], asked[4]) > alike:get(asked[1], asked[5][i]) then of_users = of_users + 1 / 8 end
    end
  end
  t:keep("example", ll.vstack(users:col_range(1, 2), items:col_range(1, 2)))
  return of_items, of_users, broken(ll.vstack(users:col_range(1, 2), items:col_range(1, 2)), kind)
end

-- ---- a trial --------------------------------------------------------------------------------------------------------------

local function trial(t)
  local parts, count, items, lists = {}, t.parts.train.classes, 0, {}
  for name, part in pairs(t.parts) do
    parts[name] = ll.hstack(part.y, part.x:col_range(1, 1))
    items = math.max(items, math.tointeger(part.x:col_range(1, 1):max_all():item()))
  end
  local known, topic, features = {}, nil, nil -- what the catalogue says of an item, wherever it was liked
  if t.parts.train.features > 1 then
    for _, part in pairs(t.parts) do
      for i, item in ipairs(part.x:col_range(1, 1):table()) do known[item] = known[item] or part.x[i] end
    end
    local table_of = ll.zeros(items, t.parts.train.features)
    for item, row in pairs(known) do table_of[item] = row end
    topic, features = table_of:col_range(2, 2), table_of:col_range(3, table_of.cols)
    features = (features - features:col_means()) / features:col_vars():sqrt()
  end
  for user = 1, count do lists[user] = {} end
  for _, pair in ipairs(parts.train:table()) do table.insert(lists[pair[1]], math.tointeger(pair[2])) end
  for user = 1, count do table.sort(lists[user]) end
  local function liked(m) return ll.data.pairs(m, { users = count, items = items }) end
  local train, valid, test = liked(parts.train), liked(parts.valid), liked(parts.test)
  local seen = liked(ll.vstack(parts.train, parts.valid))
  local of_items, of_users, triples = example(t)
  local m = model(t, "likings", lists, items, t.model.dims, features)
  m.fit(parts.train, t.train.epochs, t.train.batch, function(epoch, loss)
    if epoch % (t.train.epochs // t.train.looks) ~= 0 then return end
    local users, rows, kind = m.places()
    local function ranked(held_out, before)
      local r = ll.metric.recommend(users, rows, { held_out = held_out, seen = before, k = 50, distance = kind })
      return { recall = r.recall, ndcg = r.ndcg }
    end
    local on_test = ranked(test, seen)
    on_test.example_items, on_test.example_users, on_test.example_broken = of_items, of_users, triples
    if topic then
      local by = kind == "dot" and "cosine" or "euclidean"
      on_test.topics = ll.metric.knn_accuracy(m.items:detach(), topic, { k = 10, distance = by })
    end
    t:record { loss = loss, valid = ranked(valid, train), test = on_test }
  end)
end

local DATA = { { name = "planted distances", make = function() return planted "distances" end },
  { name = "planted products", make = function() return planted "products" end } }
if not quick and ll.data and pcall(ll.data.pairs, "citeulike_t") then DATA[#DATA + 1] = { name = "citeulike", make = citeulike } end

-- ---- what the database says -----------------------------------------------------------------------------------------------

local CML, PRODUCTS = { "cml", "cml_no_warp", "cml_no_ball", "cml_covariance", "cml_features" }, { "mf_bpr", "mf_warp" }

-- Of the methods the one that does best on validation; one that lost runs stands behind those that lost fewer.
local function best(results, dataset, methods) return results:choose(dataset, methods) end

local mean = ll.stats.mean

-- By how many points a metric of a is above that of b, over the data sets: text, the pooled difference.
local function gap(results, datasets, a, b, metric)
  local all = {}
  for _, dataset in ipairs(datasets) do
    local one, other = best(results, dataset, a), best(results, dataset, b)
    all[#all + 1] = results:difference(dataset, one.config, other.config, { metric = metric })
  end
  local d = results:pooled(all)
  return string.format("%+.1f [%+.1f, %+.1f]", 100 * d.difference, 100 * d.low, 100 * d.high), d
end

-- A metric of the example in percent, over all data sets: it is the same example in each, drawn anew.
local function of_example(results, method, metric)
  local all = {}
  for _, dataset in ipairs(results.datasets) do
    for _, value in ipairs(results:values(dataset, best(results, dataset, { method }).config, "example_" .. metric)) do
      all[#all + 1] = value
    end
  end
  return 100 * mean(all)
end

local function finding(results)
  local all, known, levels = {}, {}, {}
  for i, dataset in ipairs(results.datasets) do
    all[i] = dataset
    if dataset.features > 1 then known[#known + 1] = dataset end
    local cml, product = best(results, dataset, { "cml" }), best(results, dataset, PRODUCTS)
    levels[i] = string.format("%s %.3f against %.3f (%s)", dataset.name, mean(results:values(dataset, cml.config, "recall")),
      mean(results:values(dataset, product.config, "recall")), (gap(results, { dataset }, { "cml" }, PRODUCTS, "recall")))
  end
  local recall_text, recall = gap(results, all, { "cml" }, PRODUCTS, "recall")
  local ndcg_text, ndcg = gap(results, all, { "cml" }, PRODUCTS, "ndcg")
  local above, below = (recall.low > 0 and 1 or 0) + (ndcg.low > 0 and 1 or 0), recall.high < 0 or ndcg.high < 0
  local verdict = above == 2 and "Holds" or above == 1 and "Holds in part" or below and "Does not hold" or "Not shown"
  return string.format("%s: CML's recall@50 differs from that of the better product by %s points and its nDCG by %s (95 %% "
      .. "intervals); the unit ball is worth %s points of recall, WARP's weights %s, the covariance term %s, and features, where "
      .. "items have them, %s.", verdict, recall_text, ndcg_text, (gap(results, all, { "cml" }, { "cml_no_ball" }, "recall")),
      (gap(results, all, { "cml" }, { "cml_no_warp" }, "recall")), (gap(results, all, { "cml_covariance" }, { "cml" }, "recall")),
      (gap(results, known, { "cml_features" }, { "cml" }, "recall"))),
    string.format("Recall@50 by data set: CML %s.", table.concat(levels, ", ")),
    string.format("In the paper's example products break the triangle inequality in %.1f %% of triples (distances in %.1f %%), "
      .. "and yet put the friend's item before a stranger's in %.0f %% of cases and the friend before a stranger in %.0f %% (BPR), "
      .. "distances in %.0f and %.0f %%.", of_example(results, "mf_bpr", "broken"), of_example(results, "cml", "broken"),
      of_example(results, "mf_bpr", "items"), of_example(results, "mf_bpr", "users"), of_example(results, "cml", "items"),
      of_example(results, "cml", "users"))
end

-- ---- figures --------------------------------------------------------------------------------------------------------------

local METHOD_ORDER = { "mf_bpr", "mf_warp", table.unpack(CML) }
local SHOWN = { "products, BPR", "products, WARP", "CML", "without WARP", "without ball", "with covariance", "with features" }

local function draw_recall(fig, results, plot)
  local panels = {}
  for m, metric in ipairs { "recall", "ndcg" } do
    local series = {}
    for d, dataset in ipairs(results.datasets) do
      local points = {}
      for i, method in ipairs(METHOD_ORDER) do
        local row = (dataset.features > 1 or method ~= "cml_features") and results:choose(dataset, method)
        if row then
          points[#points + 1] = { i + 0.2 * (d - 2), results:level(dataset, row.config, { metric = metric }) }
        end
      end
      series[d] = { text = dataset.name, points = points, line = false, bars = true, style = d }
    end
    panels[m] = { title = m == 1 and "recall" or "nDCG", x = "", y = "of the first 50", names = SHOWN, from = 0.5,
      to = #METHOD_ORDER + 0.5, low = 0, series = series }
  end
  return plot.panels(fig, { title = results.study.name .. ": what is held out, found again",
    note = "Mean and 95 % interval over folds and seeds; configurations and epochs chosen on validation.", panels = panels })
end

local function draw_parts(fig, results, plot)
  local parts = { { "without WARP", "cml_no_warp" }, { "without ball", "cml_no_ball" }, { "with covariance", "cml_covariance" },
    { "with features", "cml_features" } }
  local series, names = {}, {}
  for k, part in ipairs(parts) do names[k] = part[1] end
  for d, dataset in ipairs(results.datasets) do
    local points = {}
    for k, part in ipairs(parts) do
      local to, row = results:choose(dataset, "cml"), results:choose(dataset, part[2])
      local difference = to and row and (dataset.features > 1 or k < 4) and results:difference(dataset, row.config, to.config)
      if difference and difference.low > -math.huge then
        points[#points + 1] = { k + 0.15 * (d - 2), 100 * difference.difference, 100 * difference.low, 100 * difference.high }
      end
    end
    series[d] = { text = dataset.name, points = points, line = false, bars = true, style = d }
  end
  series[#series + 1] = { text = "CML", points = { { 0.5, 0 }, { #parts + 0.5, 0 } }, mark = false, style = 7 }
  return plot.panels(fig, { title = results.study.name .. ": what each part of CML does",
    note = "Difference of recall@50 to CML with WARP's weights and the unit ball, paired: mean and 95 % interval.",
    panels = { { title = "parts of CML", x = "", y = "points of recall", names = names, from = 0.5, to = #parts + 0.5,
      series = series } } })
end

local function draw_example(fig, results, plot)
  local panels = {}
  for i, method in ipairs { "mf_bpr", "mf_warp", "cml" } do
    local dataset = results.datasets[1]
    local row = results:choose(dataset, method)
    local places = row and results:kept(dataset, row.config, "example")()
    if places then
      local users, items, far = {}, {}, 1.15 * places:abs():max_all():item() -- distances are seen only where both axes are alike
      for k, place in ipairs(places:table()) do
        table.insert(k <= #EXAMPLE and users or items, { place[1], place[2], k <= #EXAMPLE and k or k - #EXAMPLE })
      end
      panels[#panels + 1] = { title = SHOWN[i], x = "", y = "", ticks = false, from = -far, to = far, low = -far, high = far,
        series = { { text = "users", points = users, numbers = true }, { text = "items", points = items, numbers = true } } }
    end
  end
  return plot.panels(fig, { title = results.study.name .. ": the paper's example, in the plane", square = true, panels = panels,
    note = "Users 1, 2 and 3 like item 1, item 2 and both; users 4, 5 and 6 item 3, item 4 and both. One run." })
end

return ll.study {
  name = "collaborative_metric",
  question = "Do distances recommend better than products, learnt from the same draws, and what does each part of CML do?",
  claim = "Products break the triangle inequality and so miss who is like whom; distances, weighed by rank, drawn to features, "
    .. "decorrelated and kept in the unit ball, recommend better. Hsieh et al. 2017 (CML).",
  data = DATA,
  split = { folds = quick and 2 or 5, standardise = false },
  seeds = quick and { 1 } or { 1, 2, 3 },
  compare = {
    cml = { margin = quick and 2 or { 1, 1.5, 2 } },
    cml_no_warp = { margin = quick and 2 or { 1.5, 2 } },
    cml_no_ball = { margin = quick and 2 or { 2, 4 } },
    cml_covariance = { margin = quick and 2 or { 1.5, 2 }, weight = quick and 1e4 or { 1e4, 1e5 } }, -- the term is divided by N
    cml_features = { margin = quick and 2 or { 1.5, 2 }, weight = quick and 10 or { 10, 100 } },
    mf_bpr = { weight = quick and { 0.1, 0.3 } or { 0.1, 0.2, 0.3 } },
    mf_warp = { weight = quick and { 1, 4 } or { 1, 2, 4 } },
  },
  model = { dims = 32 },
  train = { epochs = quick and 20 or 40, batch = 256, lr = 1e-2, negatives = 10, looks = 5, example = 300 },
  metric = "recall",
  trial = trial,
  finding = finding,
  figures = { recall = draw_recall, parts = draw_parts, example = draw_example },
}
