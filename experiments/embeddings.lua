-- Embeddings learnt by comparing rows, held to their nearest neighbours: on rows that training did not see, and on classes that it
-- did not see at all.
--
-- Claims about these losses: the contrastive loss overfits where there are many classes, and triplet, quadruplet, TriHard
-- (batch_hard) and MSML (margin_sample_mining) repair that; its pull on matching pairs spoils fine-tuning, so double_contrastive
-- gives these a margin too, at every layer; the improved triplet also draws a class together; LMNN makes a metric for nearest
-- neighbours. Overfitting is accuracy on training rows less that on test rows ("gap"): contrastive's is held against that of each
-- of the four, and so are their accuracies on new rows.
-- LMNN's own paper (Weinberger, Blitzer and Saul 2005) learns a linear map: lmnn_linear, against plain Euclid on columns as they
-- are (scale = "whole") and standardised ("column").
--
-- Three classes in ten, drawn anew for each fold, take no part in training; their test rows then look for neighbours among the
-- training rows of all classes. Inputs are scaled so that two rows are a mean squared distance of 1 apart, and so are a network's
-- layers before it trains: a margin means the same everywhere. QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""
local NEIGHBOURS = 3 -- that vote
local SCALES = { "whole", "column" }

local function rows_of(part, classes) -- x and y of those rows
  local mask
  for _, class in ipairs(classes) do mask = mask and mask + part.y:equal(class) or part.y:equal(class) end
  local rows = mask:find()
  return { x = part.x:gather(rows), y = part.y:gather(rows), rows = rows.rows }
end

-- The classes trained on, and those held out: none where there are few.
local function classes_of(t)
  local all, seen, hidden = t:random("classes"):permutation(t.parts.train.classes):table(), {}, {}
  for i, class in ipairs(all) do table.insert(#all > 5 and i <= 0.3 * #all and hidden or seen, class) end
  return seen, hidden
end

-- Mean squared distance of two rows drawn at random: twice the sum of the variances.
local function apart(x) return 2 * x:col_vars():sum():item() end

-- A function that scales a part, fitted to the training rows x: one factor for all columns, or standardised columns.
local function scaler(x, by)
  local mean = x:col_means()
  local factor = ll.ones(1, x.cols)
  if by == "column" then
    local sd = x:col_vars():sqrt()
    factor = 1 / (sd + sd:equal(0)) -- a column that does not vary stays 0
  end
  factor = factor / math.sqrt(apart((x - mean) * factor))
  return function(part) return { x = (part.x - mean) * factor, y = part.y, rows = part.rows } end
end

-- The directions of greatest variance, as columns.
local function principal(x, dims)
  local _, vectors = ll.eigen(ll.matmul(x - x:col_means(), x - x:col_means(), true, false))
  return vectors:col_range(x.cols - dims + 1, x.cols)
end

local function measure(t, parts, embed, loss)
  local z = {}
  for name, part in pairs(parts) do z[name] = ll.no_grad(embed, part.x) end
  local k = { k = NEIGHBOURS }
  local function accuracy(base, part) return ll.metric.knn(z[base], parts[base].y, z[part], parts[part].y, k) end
  local a, p, n = ll.tuple.triplets(parts.test.y, t:random "measured triplets")
  local function squared(i, j) return ll.distance.squared(z.test:gather(i), z.test:gather(j)):mean():item() end
  local test = { accuracy = accuracy("train", "test"), tightness = squared(a, p) / squared(a, n) }
  if parts.hidden then test.unseen = accuracy("all", "hidden") end
  local train = ll.metric.knn_accuracy(z.train, parts.train.y, k)
  test.gap = train - test.accuracy
  t:record { loss = loss, train = { accuracy = train }, valid = { accuracy = accuracy("train", "valid") }, test = test }
end

-- What each loss is given: rows of the batch, drawn as tuples, or the batch as it is.
local function tuples(kind, loss)
  return function(layers, y, stream)
    local drawn, z, inputs = { ll.tuple[kind](y, stream) }, layers[#layers], {}
    for i, each in ipairs(drawn) do inputs[i] = kind == "pairs" and i == 3 and each or z:gather(each) end
    return loss(table.unpack(inputs))
  end
end
local function whole(loss, per_row)
  return function(layers, y) return loss(layers[#layers], y) / (per_row and y.rows or 1) end
end

-- Pairs at every layer, or at the last one: layer after layer, narrow ones filled up with zeros.
local function layered(loss, which)
  return function(layers, y, stream)
    local i, j, same = ll.tuple.pairs(y, stream)
    local a, b, widest = nil, nil, 0
    for _, z in ipairs(layers) do widest = math.max(widest, z.cols) end
    for l = which == "every" and 1 or #layers, #layers do
      local wide = layers[l]:pad_cols(1, widest)
      a = a and ll.vstack(a, wide:gather(i)) or wide:gather(i)
      b = b and ll.vstack(b, wide:gather(j)) or wide:gather(j)
    end
    return loss(a, b, same)
  end
end

local LOSSES = {
  contrastive = function(p) return tuples("pairs", ll.loss.contrastive { variant = p.variant }) end,
  double_contrastive = function(p) return layered(ll.loss.double_contrastive { margin_pos = 0.1, margin_neg = 1 }, p.layers) end,
  triplet = function() return tuples("triplets", ll.loss.triplet()) end,
  improved_triplet = function() return tuples("triplets", ll.loss.improved_triplet()) end,
  quadruplet = function() return tuples("quadruplets", ll.loss.quadruplet()) end,
  batch_hard = function() return whole(ll.loss.batch_hard_triplet()) end,
  margin_sample_mining = function() return whole(ll.loss.margin_sample_mining()) end,
  lmnn = function() return whole(ll.loss.lmnn { k = NEIGHBOURS }, true) end,
}

local function network(t, parts)
  local layers, spec, from = {}, { seed = t.seed, trial = t.number }, parts.train.x.cols
  for i, width in ipairs { t.model.width, t.model.width, t.model.dims } do
    layers[i] = ll.nn.linear { from, width, init = "he" }
    spec[i], from = layers[i], width
  end
  local parameters, scales = ll.nn.sequential(spec):parameters(), {}
  local function forward(x)
    local out = {}
    for i, layer in ipairs(layers) do
      x = layer(x)
      if i < #layers then x = x:relu() end
      out[i] = scales[i] and x * scales[i] or x
    end
    return out
  end
  local first = {}
  ll.no_grad(function() for i, z in ipairs(forward(parts.train.x)) do first[i] = 1 / math.sqrt(apart(z)) end end)
  scales = first
  local function embed(x)
    local out = forward(x)
    return out[#out]
  end

  local rate = t.parameters.lr or t.train.lr
  local opt, loss = ll.optim.adam(parameters, { lr = rate }), LOSSES[t.method](t.parameters)
  local order, drawn = t:random "order", t:random "tuples"
  local rows, batch, epochs = parts.train.rows, math.min(t.train.batch, parts.train.rows), t.train.epochs
  local steps, total = rows // batch, 0
  for epoch = 1, epochs do
    local shuffled = order:permutation(rows)
    for b = 1, steps do
      local chosen = shuffled:row_range((b - 1) * batch + 1, b * batch)
      local value = loss(forward(parts.train.x:gather(chosen)), parts.train.y:gather(chosen), drawn)
      value:backward()
      local at = ((epoch - 1) * steps + b) / (epochs * steps)
      opt.lr = rate * math.min(at / t.train.warm, 0.5 * (1 + ll.math.cos(math.pi * at)))
      opt:step()
      total = total + value:item()
    end
    if epoch % (epochs // t.train.looks) == 0 then
      measure(t, parts, embed, total / steps / (epochs // t.train.looks))
      total = 0
    end
  end
  return embed
end

-- The nearest rows of each row's own class, in the input space: they stay what they are (Weinberger and Saul 2009, 3.1).
local function targets(part)
  local lists, places
  for class = 1, part.classes do
    local rows = part.y:equal(class):find()
    if rows.rows > NEIGHBOURS then
      local near = ll.metric.neighbours(part.x:gather(rows), nil, { k = NEIGHBOURS })
      local list = rows:gather(near:reshape(rows.rows * NEIGHBOURS, 1)):reshape(rows.rows, NEIGHBOURS)
      lists, places = lists and ll.vstack(lists, list) or list, places and ll.vstack(places, rows) or rows
    end
  end
  return lists:gather(places:argsort())
end

-- From the identity, by L-BFGS; columns move in their own deviations, so raw units do not slow it down.
local function linear(t, parts)
  local x, y = parts.train.x, parts.train.y
  if t.method == "euclid" then return function(z) return z end end
  local near = targets { x = x, y = y, classes = t.parts.train.classes }
  local sd = x:col_vars():sqrt()
  sd = (sd + sd:equal(0)):t()
  local pulled = x - x:gather(near:col_range(1, 1))
  local map = (ll.eye(x.cols) * sd / math.sqrt((pulled * pulled):row_sums():mean():item())):with_grad() -- a neighbour is at 1
  local function embed(z) return ll.matmul(z / sd:t(), map) end
  local loss = ll.loss.lmnn { k = NEIGHBOURS }
  ll.optim.lbfgs({ map }, { max_iterations = t.train.linear_steps, max_evaluations = 2 * t.train.linear_steps, history = 20 })
    :step(function()
      local value = loss(embed(x), y, near) / x.rows
      value:backward()
      return value
    end)
  return embed
end

local function trial(t)
  local seen, hidden = classes_of(t)
  local train = rows_of(t.parts.train, seen)
  local function scaled(by)
    local parts, scale = {}, scaler(train.x, by)
    for _, name in ipairs { "valid", "test" } do parts[name] = scale(rows_of(t.parts[name], seen)) end
    parts.train, parts.whole_test = scale(train), scale(t.parts.test)
    if #hidden > 0 then parts.hidden, parts.all = scale(rows_of(t.parts.test, hidden)), scale(t.parts.train) end
    return parts
  end
  local parts, most
  for _, by in ipairs(t.parameters.scale and { t.parameters.scale } or SCALES) do -- a network's: where Euclid does better on valid
    local tried = scaled(by)
    local good = ll.metric.knn(tried.train.x, tried.train.y, tried.valid.x, tried.valid.y, { k = NEIGHBOURS })
    if not most or good > most then parts, most = tried, good end
  end
  local embed
  if LOSSES[t.method] then
    embed = network(t, parts)
  else
    embed = linear(t, parts)
    measure(t, parts, embed)
  end
  -- Its map: place in the principal plane, class, whether the class was held out.
  local test, plane = parts.whole_test, principal(ll.no_grad(embed, parts.train.x), 2)
  local held = ll.zeros(test.rows, 1)
  for _, class in ipairs(hidden) do held = held + test.y:equal(class) end
  t:keep("map", ll.hstack(ll.hstack(ll.matmul(ll.no_grad(embed, test.x), plane), test.y), held))
end

local WHOLE, COLUMN = { scale = "whole" }, { scale = "column" }
local SHOWN = { { "Euclid", "euclid", WHOLE }, { "Euclid, std.", "euclid", COLUMN }, { "LMNN, linear", "lmnn_linear", WHOLE },
  { "LMNN, lin., std.", "lmnn_linear", COLUMN }, { "contrastive", "contrastive" }, { "double contr.", "double_contrastive" },
  { "triplet", "triplet" }, { "improved triplet", "improved_triplet" }, { "quadruplet", "quadruplet" },
  { "batch-hard", "batch_hard" }, { "margin mining", "margin_sample_mining" }, { "LMNN", "lmnn" } }

local function sets(results, ...)
  local out = {}
  for _, name in ipairs { ... } do out[#out + 1] = results.datasets[name] end
  return out
end

local KINDS = { { "training rows", "accuracy", "train" }, { "new rows", "accuracy" }, { "new classes", "unseen" } }

-- The error of a kind in percent: mean, low, high over folds and seeds; nil where it was not measured.
local function errors(results, dataset, each, kind)
  local row = results:choose(dataset, each[2], each[3])
  local accuracy, low, high = results:level(dataset, row, { metric = kind[2], split = kind[3] })
  if accuracy then return 100 * (1 - accuracy), high and 100 * (1 - high), low and 100 * (1 - low) end
end

local function finding(results)
  local many, all = sets(results, "letters", "digits"), sets(results, "letters", "digits", "iris", "wine")
  local claims, rows = {}, {}
  -- By data set: what a method has more of a metric than another; want_a, want_b: among which of their configurations.
  local function over(datasets, a, want_a, b, want_b, metric)
    local named, plain = {}, {}
    for i, dataset in ipairs(datasets) do
      local one, other = results:choose(dataset, a, want_a), results:choose(dataset, b, want_b)
      plain[i] = results:difference(dataset, one, other, { metric = metric })
      named[i] = { dataset.name, plain[i] }
    end
    return named, results:pooled(plain)
  end
  local function claim(words, of) claims[#claims + 1] = { words, of = of, scale = 100, digits = 1, unit = "points" } end
  for _, each in ipairs { { "triplet" }, { "quadruplet" }, { "batch_hard", "batch-hard" },
    { "margin_sample_mining", "margin-sample mining" } } do
    local name, _, gap = each[2] or each[1], over(many, "contrastive", nil, each[1], nil, "gap")
    local _, gain = over(many, each[1], nil, "contrastive")
    claim("contrastive overfits more than " .. name, gap)
    claim(name .. " is more accurate than contrastive on new rows", gain)
  end
  local _, margin = over(many, "double_contrastive", { layers = "every" }, "contrastive")
  claim("contrastive is more accurate with a margin for matching pairs at every layer", margin)
  local _, tighter = over(many, "improved_triplet", nil, "triplet", nil, "tightness")
  claims[#claims + 1] = { "the improved triplet draws classes together", of = tighter, side = "below", digits = 3 }
  local map = "LMNN's linear map is more accurate than Euclid on "
  claim(map .. "columns as they are", (over(all, "lmnn_linear", WHOLE, "euclid", WHOLE)))
  claim(map .. "standardised columns", (over(all, "lmnn_linear", COLUMN, "euclid", COLUMN)))
  for i, dataset in ipairs(many) do
    local words = {}
    for k, each in ipairs(SHOWN) do
      local function error_of(kind) return (errors(results, dataset, each, KINDS[kind])) end
      words[k] = string.format("%s %.1f, %.1f and %.1f", each[1], error_of(1), error_of(2), error_of(3))
    end
    rows[i] = dataset.name .. ": " .. table.concat(words, "; ")
  end
  return results:finding(claims),
    "Means over data sets of many classes, but of LMNN. Errors of 3-NN in percent on training rows, new rows and classes held "
      .. "out. On " .. table.concat(rows, ". On ") .. ".",
    "LMNN's paper reports gains on seven data sets and an error of 1.3 % on MNIST; its other figures were not at hand."
end

local function draw_errors(fig, results, plot)
  local panels, names = {}, {}
  for i, each in ipairs(SHOWN) do names[i] = each[1] end
  for _, dataset in ipairs(sets(results, "letters", "digits", "iris", "wine")) do
    local series = {}
    for k, kind in ipairs(KINDS) do
      series[k] = { text = kind[1], points = {}, line = false, bars = true, style = k }
      for i, each in ipairs(SHOWN) do
        local mean, low, high = errors(results, dataset, each, kind)
        if mean then table.insert(series[k].points, { i + 0.2 * (k - 2), mean, low, high }) end
      end
    end
    panels[#panels + 1] = { title = dataset.name, series = series, names = names, from = 0.5, to = #SHOWN + 0.5, low = 0 }
  end
  return plot.panels(fig, { title = results.study.name .. ": errors by what an embedding was trained on", x = "",
    y = "error of 3-NN, %", panels = panels,
    note = "Mean and 95 % interval over folds and seeds; new classes took no part in training; std.: standardised columns." })
end

local function draw_maps(fig, results, plot)
  local dataset, panels = results.datasets.digits, {}
  if not dataset then return nil, "the digits were not studied" end
  for _, each in ipairs(SHOWN) do
    local row, series = results:choose(dataset, each[2], each[3]), {}
    local map = row and results:kept(dataset, row.config, "map")()
    for _, point in ipairs(map and map:table() or {}) do
      local class, text = math.tointeger(point[3]), point[4] == 1 and "%d (held out)" or "%d"
      series[class] = series[class] or { text = text:format(class - 1), points = {}, line = false, style = class }
      table.insert(series[class].points, { point[1], point[2] })
    end
    if map then panels[#panels + 1] = { title = each[1], ticks = false, series = series } end
  end
  return plot.panels(fig, { title = results.study.name .. ": maps of the digits' test rows", x = "", y = "",
    note = "One run of each, in the principal plane of its embedding. What is held out took no part in training.",
    panels = panels })
end

return ll.study {
  name = "embeddings",
  question = "Which losses over pairs, triplets and neighbours make embeddings whose neighbours tell classes, seen and unseen?",
  claim = "With many classes the contrastive loss overfits; triplet, quadruplet, batch-hard and margin-sample mining losses "
    .. "repair it. A margin for matching pairs, at every layer, helps. The improved triplet draws classes together. "
    .. "LMNN beats Euclid. The losses and their papers: docs/losses/pairs.md.",
  data = quick and { "letters", "wine" } or { "letters", "digits", "iris", "wine" },
  split = { folds = quick and 2 or 5, standardise = false },
  seeds = quick and { 1 } or { 1, 2, 3, 4 },
  quick = quick,
  compare = {
    euclid = { scale = SCALES }, lmnn_linear = { scale = SCALES },
    contrastive = { variant = { "distance", "squared" } }, double_contrastive = { layers = { "last", "every" } },
    triplet = {}, improved_triplet = {}, quadruplet = {}, batch_hard = {}, lmnn = {},
    margin_sample_mining = { lr = { 4e-3, 1e-3, 1e-4 } }, -- two pairs of a batch: large steps collapse it
  },
  model = { width = 64, dims = 16 },
  train = { epochs = quick and 20 or 100, batch = 32, lr = 4e-3, warm = 0.1, looks = 5, linear_steps = quick and 10 or 30 },
  metric = "accuracy",
  trial = trial,
  finding = finding,
  figures = { errors = draw_errors, maps = draw_maps },
}
