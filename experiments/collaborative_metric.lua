-- Collaborative metric learning (CML, Hsieh et al. 2017): who likes what, learnt as distances in one space, against matrix
-- factorisation, which ranks by products.
--
-- What the paper says: products keep no triangle inequality, so by them a model fails to see that users 1 and 2 are alike where
-- each is like user 3. Distances see it, and recommend better: by LMNN's hinge with weights log(rank + 1) (WARP), in the unit ball,
-- with items drawn to what their features say (lambda_f) and dimensions kept from varying together (lambda_c); eq. 56 is all of it.
--
-- What can differ: -|u - v|^2 = 2 u.v - |v|^2 - |u|^2, so for one user distances rank as a product does that has the bias
-- -|v|^2 / 2 of each item. Whatever distances rank, products with a bias can. CML's bias is tied to the item's place and bounded by
-- the ball, users compare with users and items with items, and loss and ball favour other rankings. So products are tried with a
-- free bias and without one, by BPR and by WARP's hinge, with L2 on all that they learn.
--
-- Data: planted worlds, where liking falls with distance or grows with the product, as sparse as CiteULike: the likes a user (5 and
-- more, median 10) and an item (Gini coefficient 0.5) were set to its, and nothing to any result. And its pairs, where LOSSLAB_DATA
-- has them: every user with at least 5 articles, all articles; no features. A fifth of each user's items is held out; recall and
-- nDCG are of the first 50 among the items not known to be liked. QUICK=1 in the environment: a small form, in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

-- ---- data: a row a liking, its class the user; columns: the item, and where they are known its topic and features ---------------

local USERS, ITEMS, TOPICS, LATENT, FEATURES, MOST = quick and 200 or 1000, quick and 1000 or 5000, 40, 8, 16, 250
local APPEAL = { distances = 1.2, products = 0.8 } -- how far items differ in what everybody thinks of them

-- The pairs of user and item, with items numbered by use: none is without a row. of [opt]: what is known of each.
local function likings(name, who, list, of)
  local what, number, from = {}, {}, {}
  for i, item in ipairs(list) do
    if not number[item] then
      from[#from + 1] = item
      number[item] = #from
    end
    what[i] = number[item]
  end
  local x = ll.matrix(what)
  return ll.data.matrix(of and ll.hstack(x, of:gather(ll.matrix(list))) or x, ll.matrix(who), { name = name })
end

-- Items around the centres of topics, users likewise; a user's items are drawn with chances proportional to e^taste.
local function planted(world)
  local stream = ll.random(1, 0, "planted " .. world)
  local centres, topic = stream:normal(TOPICS, LATENT), stream:integers(ITEMS, 1, 1, TOPICS)
  local items = centres:gather(topic) + stream:normal(ITEMS, LATENT, 0, 0.5)
  local users = centres:gather(stream:integers(USERS, 1, 1, TOPICS)) + stream:normal(USERS, LATENT, 0, 0.5)
  local taste = world == "distances" and ll.distance.squared(users, items, { pairwise = true }) * -0.5
    or ll.matmul(users, items, false, true)
  local gumbel = (stream:uniform(USERS, ITEMS, 1e-6, 1):log() * -1):log() * -1 -- the largest of taste + gumbel are such a draw
  local _, places = (taste + stream:normal(1, ITEMS, 0, APPEAL[world]) + gumbel):topk(MOST, { by = "rows" })
  local counts, who, what = stream:normal(USERS, 1, ll.math.log(10), 1.25):exp():table(), {}, {}
  for user = 1, USERS do
    for k = 1, math.max(5, math.min(MOST, math.floor(counts[user]))) do
      who[#who + 1], what[#what + 1] = user, math.tointeger(places:get(user, k))
    end
  end
  local features = ll.matmul(items, stream:normal(LATENT, FEATURES)) + stream:normal(ITEMS, FEATURES)
  return likings(world, who, what, ll.hstack(topic, features))
end

local function citeulike()
  local users, who, what = 0, {}, {}
  for _, list in ipairs(ll.data.pairs "citeulike_t":lists()) do
    if #list >= 5 then users = users + 1 end
    for _, item in ipairs(#list >= 5 and list or {}) do who[#who + 1], what[#what + 1] = users, item end
  end
  return likings("citeulike", who, what)
end

-- ---- models ---------------------------------------------------------------------------------------------------------------

-- How far to step and how many items to draw against a liked one: settled on a fold of CiteULike, cut otherwise than here, whose
-- test rows were seen then.
local PRODUCT, DISTANCE = { rate = 0.06, drawn = 3 }, { rate = 0.08, drawn = 10 }

-- Learns from likings: { pairs, liked = the items of each user, items = how many there are, features }; how: { dims, epochs, steps
-- an epoch }. Users, items, by what a user's items are ordered (a product's bias is a dimension more), and the last epoch's loss.
local function learn(t, name, from, how)
  local product, warp = t.method:find "^mf", t.method ~= "cml_no_warp" and t.method ~= "mf_bpr"
  local side, p, stream = product and PRODUCT or DISTANCE, t.parameters, t:random(name .. ": model")
  local rate = p.rate or side.rate
  local items, dims, drawn, project, total = from.items, how.dims, side.drawn, nil, 0
  local users, rows = stream:normal(#from.liked, dims, 0, 0.1):with_grad(), stream:normal(items, dims, 0, 0.1):with_grad()
  local bias = ll.zeros(items, 1):with_grad()
  local trained = { users, rows, p.bias and bias or nil }
  if p.lambda_f and from.features then
    project = ll.nn.mlp { from.features.cols, 32, dims, hidden = "relu", seed = t.seed, trial = t.number }
    table.move(project:parameters(), 1, #project:parameters(), #trained + 1, trained)
  end
  local sampler = ll.cml.negatives { items = items, liked = from.liked, seed = t.seed, trial = t.number }
  local opt = ll.optim.adam(trained, { lr = rate })
  if not product and t.method ~= "cml_no_ball" then opt:project("unit_ball", 1, { users, rows }) end
  local metric = ll.loss.cml_metric { margin = p.margin, items = items }
  local unweighed = ll.loss.triplet { distance = "squared", margin = p.margin, reduction = "sum" }
  local covariance, drawn_to = ll.loss.covariance(), ll.loss.cml_feature()

  -- The loss of n pairs, per pair.
  local function value(who, what)
    local n, others = who.rows, sampler:draw(who, drawn)
    local function each(list) return ll.matmul(list, ll.ones(1, drawn)):reshape(n * drawn, 1) end -- beside the others
    local u, v, w = users:gather(who), rows:gather(what), rows:gather(others)
    if not product then
      local loss = (warp and metric(u, v, w) or unweighed(users:gather(each(who)), rows:gather(each(what)), w)) / n
      if p.lambda_c then loss = loss + covariance(ll.vstack(u, v)) * p.lambda_c end
      return project and loss + drawn_to(project(from.features), rows) * (p.lambda_f / items) or loss
    end
    local ahead = (u * v):row_sums() - (users:gather(each(who)) * w):row_sums():reshape(n, drawn)
    local size = (u * u):sum() + (v * v):sum() + (w * w):sum() / drawn
    if p.bias then
      local known, other = bias:gather(what), bias:gather(others)
      ahead, size = ahead + known - other:reshape(n, drawn), size + (known * known):sum() + (other * other):sum() / drawn
    end
    local hinge = warp and (1 - ahead):relu()
    local loss = warp and hinge:row_sums() * (hinge:greater(0):row_sums() * (items / drawn) + 1):log() or (-ahead):softplus()
    return (loss:sum() + size * p.weight) / n
  end

  local order, n = t:random(name .. ": order"), from.pairs.rows
  local batch = n // how.steps
  for epoch = 1, how.epochs do
    local shuffled = from.pairs:gather(order:permutation(n))
    total = 0
    for b = 0, how.steps - 1 do
      local part = shuffled:row_range(b * batch + 1, (b + 1) * batch)
      local loss = value(part:col_range(1, 1):copy(), part:col_range(2, 2):copy())
      loss:backward()
      opt.lr = rate * 0.5 * (1 + ll.math.cos(math.pi * (epoch - 1 + b / how.steps) / how.epochs))
      opt:step()
      total = total + loss:item() / how.steps
    end
  end
  local u, v = users:detach(), rows:detach()
  if not product then return u, v, "euclidean", total end
  return ll.hstack(u, ll.ones(u.rows, 1)), ll.hstack(v, bias:detach()), "dot", total
end

-- ---- the paper's example --------------------------------------------------------------------------------------------------

-- User 3 likes what user 1 likes and what user 2 likes; so does 6 with 4 and 5, of other items. In the plane: does user 1 get user
-- 2's item before those of strangers, and is user 1 nearer to user 2 than to them?
local EXAMPLE, FRIENDS = { { 1 }, { 2 }, { 1, 2 }, { 3 }, { 4 }, { 3, 4 } }, { { 1, 2 }, { 2, 1 }, { 4, 5 }, { 5, 4 } }

local function closeness(a, b, kind)
  if kind == "dot" then return ll.matmul(a, b, false, true) end
  return ll.distance.squared(a, b, { pairwise = true }) * -1
end

-- The share of triples of places whose dissimilarity breaks the triangle inequality; a product's: how far it is below the largest.
local function broken(places, kind)
  local s, n, bad = closeness(places, places, kind), places.rows, 0
  local apart = kind == "dot" and s:max_all() - s or (s * -1):sqrt()
  for by = 1, n do
    local detour = apart:col_range(by, by) + apart:row_range(by, by)
    bad = bad + ((apart - detour):greater(1e-5) * (1 - ll.eye(n))):sum():item()
  end
  return bad / (n * (n - 1) * (n - 2))
end

local function example(t)
  local list, out = {}, { example_items = 0, example_users = 0 }
  for user, items in ipairs(EXAMPLE) do for _, item in ipairs(items) do list[#list + 1] = { user, item } end end
  local users, items, kind = learn(t, "example", { pairs = ll.matrix(list), liked = EXAMPLE, items = 4 },
    { dims = 2, epochs = t.train.example, steps = 1 })
  local plane = users:col_range(1, 2)
  local likes, alike = closeness(users, items, kind), closeness(plane, plane, kind)
  for _, pair in ipairs(FRIENDS) do
    for _, strangers in ipairs(FRIENDS) do
      local me, friend, stranger = pair[1], pair[2], strangers[1]
      if (me < 4) ~= (stranger < 4) then
        local item = likes:get(me, EXAMPLE[friend][1]) > likes:get(me, EXAMPLE[stranger][1])
        out.example_items = out.example_items + (item and 1 / 8 or 0)
        out.example_users = out.example_users + (alike:get(me, friend) > alike:get(me, stranger) and 1 / 8 or 0)
      end
    end
  end
  local places = ll.vstack(plane, items:col_range(1, 2))
  out.example_broken = broken(places, kind)
  t:keep("example", places)
  return out
end

-- ---- a trial --------------------------------------------------------------------------------------------------------------

local function trial(t)
  local pairs_of, train, valid, test = {}, t.parts.train, t.parts.valid, t.parts.test
  local all, row, topic, features = ll.vstack(ll.vstack(train.x, valid.x), test.x), {}, nil, nil
  for i, item in ipairs(all:col_range(1, 1):table()) do row[math.tointeger(item)] = i end
  if t.parameters.lambda_f and all.cols == 1 then t.diverged "there are no features for items to be drawn to" end
  if all.cols > 1 then -- what the catalogue says of an item, wherever it was liked
    local known = all:gather(ll.matrix(row))
    topic, features = known:col_range(2, 2), known:col_range(3, known.cols)
    features = (features - features:col_means()) / features:col_vars():sqrt()
  end
  local function liked(m) return ll.data.pairs(m, { users = train.classes, items = #row }) end
  for name, part in pairs(t.parts) do pairs_of[name] = ll.hstack(part.y, part.x:col_range(1, 1)) end
  local first, held_out, asked = liked(pairs_of.train), liked(pairs_of.valid), liked(pairs_of.test)
  local seen, small = liked(ll.vstack(pairs_of.train, pairs_of.valid)), example(t)
  local users, rows, kind, loss = learn(t, "likings", { pairs = pairs_of.train, liked = first:lists(), items = #row,
    features = features }, { dims = t.model.dims, epochs = t.train.epochs, steps = t.train.steps })
  local function ranked(wanted, known)
    local r = ll.metric.recommend(users, rows, { held_out = wanted, seen = known, k = 50, distance = kind })
    return { recall = r.recall, ndcg = r.ndcg }
  end
  local on_test = ranked(asked, seen)
  for name, metric in pairs(small) do on_test[name] = metric end
  if topic then
    local by = kind == "dot" and "cosine" or "euclidean"
    on_test.topics = ll.metric.knn_accuracy(rows:col_range(1, t.model.dims), topic, { k = 10, distance = by })
  end
  t:record { loss = loss, valid = ranked(held_out, first), test = on_test }
end

local DATA = { { name = "planted distances", make = function() return planted "distances" end },
  not quick and { name = "planted products", make = function() return planted "products" end } or nil }
if not quick and ll.data and pcall(ll.data.pairs, "citeulike_t") then DATA[3] = { name = "citeulike", make = citeulike } end

-- ---- what the database says -----------------------------------------------------------------------------------------------

local DISTANCES, PRODUCTS = { "cml", "cml_covariance" }, { "mf_bpr", "mf_warp" }

-- Per data set: by how much a metric of what did best on validation of methods a is above that of b; and the mean over data sets.
local function gaps(results, a, b, metric)
  local out, all = {}, {}
  for _, dataset in ipairs(results.datasets) do
    local one, other = results:choose(dataset, a), results:choose(dataset, b)
    local d = one and other and results:difference(dataset, one, other, { metric = metric or "recall" })
    if d then out[#out + 1], all[#all + 1] = { dataset.name, d }, d end
  end
  return out, results:pooled(all)
end

local function finding(results)
  local levels, biases = {}, {}
  for i, dataset in ipairs(results.datasets) do
    local function level(methods)
      local row = results:choose(dataset, methods)
      local ndcg = results:level(dataset, row, { metric = "ndcg" })
      return string.format("%.3f and %.3f (%s)", results:level(dataset, row), ndcg, row.loss)
    end
    local free, none = results:choose(dataset, PRODUCTS, { bias = true }), results:choose(dataset, PRODUCTS, { bias = false })
    levels[i] = dataset.name .. " " .. level(DISTANCES) .. " against " .. level(PRODUCTS)
    biases[i] = results:say(results:difference(dataset, free, none), { scale = 100, digits = 1 }) .. " on " .. dataset.name
  end
  local function claim(words, of) return { words, of = of, scale = 100, digits = 1, unit = "points" } end
  local function pooled(words, ...) return claim(words, select(2, gaps(results, ...))) end
  local function of_example(words, metric)
    local out = claim(words, { { "BPR" }, { "WARP" } })
    for i, of in ipairs(out.of) do of[2] = select(2, gaps(results, "cml", PRODUCTS[i], metric)) end
    return out
  end
  local _, broken_more = gaps(results, "mf_bpr", "cml", "example_broken")
  return results:finding {
    claim("distances recommend better than products, by recall@50", gaps(results, DISTANCES, PRODUCTS)),
    claim("distances recommend better than products, by nDCG", gaps(results, DISTANCES, PRODUCTS, "ndcg")),
    pooled("WARP's weights help", "cml", "cml_no_warp"),
    pooled("the unit ball helps", "cml", "cml_no_ball"),
    pooled("the covariance term helps", "cml_covariance", "cml"),
    pooled("features help", "cml_features", "cml"),
    pooled("both terms (eq. 56) do more than either", "cml_full", { "cml_covariance", "cml_features" }),
    pooled("distances bring items of a topic nearer than products do by cosine", DISTANCES, PRODUCTS, "topics"),
    of_example("in the paper's example distances find the friend's item more often than products", "example_items"),
    of_example("in the paper's example distances find the friend more often than products", "example_users"),
    { "in the paper's example products break the triangle inequality, and distances cannot", fact = broken_more.difference > 0,
      told = string.format("BPR's in %.1f %% of triples", 100 * broken_more.difference) },
  }, string.format("Recall@50 and nDCG of distances against products: %s. Parts are judged by recall, over all data sets.",
    table.concat(levels, "; ")),
    string.format("For one user distances rank as products with a bias of each item do. A free bias is worth to products %s "
      .. "points of recall.", table.concat(biases, ", "))
end

-- ---- figures --------------------------------------------------------------------------------------------------------------

local ORDER = { "mf_bpr", "mf_warp", "cml", "cml_no_warp", "cml_no_ball", "cml_covariance", "cml_features", "cml_full" }
local SHOWN = { "products, BPR", "products, WARP", "CML", "no WARP", "no ball", "covariance", "features", "both: eq. 56" }

local function draw_recall(fig, results, plot)
  local panels = {}
  for m, metric in ipairs { "recall", "ndcg" } do
    local series = {}
    for d, dataset in ipairs(results.datasets) do
      local points = {}
      for i, method in ipairs(ORDER) do
        local row = results:choose(dataset, method)
        if row then points[#points + 1] = { i + 0.2 * (d - 2), results:level(dataset, row, { metric = metric }) } end
      end
      series[d] = { text = dataset.name, points = points, line = false, bars = true, style = d }
    end
    panels[m] = { title = m == 1 and "recall" or "nDCG", x = "", y = "of the first 50", names = SHOWN, from = 0.5,
      to = #ORDER + 0.5, low = 0, series = series }
  end
  return plot.panels(fig, { title = results.study.name .. ": what is held out, found again", panels = panels,
    note = "Products; CML, without a part, with one more, with both. Mean and 95 % interval over folds." })
end

local function draw_example(fig, results, plot)
  local panels, dataset = {}, results.datasets[1]
  for i = 1, 3 do
    local row = results:choose(dataset, ORDER[i])
    local places, users, items = row and results:kept(dataset, row.config, "example")(), {}, {}
    for k, place in ipairs(places and places:table() or {}) do
      table.insert(k <= #EXAMPLE and users or items, { place[1], place[2], k <= #EXAMPLE and k or k - #EXAMPLE })
    end
    local far = places and 1.15 * places:abs():max_all():item() -- distances are seen only where both axes are alike
    local both = { { text = "users", points = users, numbers = true }, { text = "items", points = items, numbers = true } }
    panels[#panels + 1] = places and { title = SHOWN[i], x = "", y = "", ticks = false, from = -far, to = far, low = -far,
      high = far, series = both }
  end
  return plot.panels(fig, { title = results.study.name .. ": the paper's example, in the plane", square = true, panels = panels,
    note = "Users 1, 2 and 3 like item 1, item 2 and both; users 4, 5 and 6 item 3, item 4 and both. One run each." })
end

return ll.study {
  name = "collaborative_metric",
  question = "Do distances recommend better than products, and what does each part of CML do?",
  claim = "Products break the triangle inequality and so miss who is like whom; distances, weighed by rank, drawn to features, "
    .. "decorrelated and kept in the unit ball, recommend better. Hsieh et al. 2017 (CML).",
  data = DATA,
  split = { folds = quick and 2 or 5, standardise = false },
  quick = quick,
  compare = {
    cml = { margin = 1 }, -- 2 did worse in an earlier run
    cml_no_warp = { margin = 1 },
    cml_no_ball = { margin = 4, rate = { 0.02, 0.08 } }, -- nothing bounds it: its margin and step are its own
    cml_covariance = { margin = 1, lambda_c = 1e4 }, -- the term is divided by N
    cml_features = { margin = 1, lambda_f = 30 },
    cml_full = { margin = 1, lambda_f = 30, lambda_c = 1e4 },
    mf_bpr = { bias = { false, true }, weight = 0.1 },
    mf_warp = { bias = { false, true }, weight = 2 },
  },
  model = { dims = 32 },
  train = { epochs = 16, steps = quick and 20 or 40, example = 300 },
  metric = "recall", trial = trial, finding = finding,
  figures = { recall = draw_recall, example = draw_example },
}
