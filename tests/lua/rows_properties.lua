-- What every row of a family must have: each property is asked of each row of the family, and a row that lacks it by design stands
-- among the exceptions with the reason, which are tried too: an exception that holds after all fails. A family without properties
-- fails.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local double = ll.precision == "double"
local tolerance = double and 1e-9 or 2e-3
local SEEDS = 4

local map, change = rows.map, rows.change

local function close(a, b)
  return a == b or math.abs(a - b) <= tolerance * math.max(math.abs(a), math.abs(b), double and 1e-3 or 0.1)
end

-- f(inputs) must leave the value as it is; not all values may be 0.
local function keeps(f, options)
  return function(s)
    local busy = false
    for seed = 1, SEEDS do
      local inputs = rows.draw(s, seed)
      local before, after = rows.value(s, inputs, options), rows.value(s, f(s, inputs), options)
      if not close(before, after) then return false, string.format("seed %d: %.12g, changed %.12g", seed, before, after) end
      busy = busy or before ~= 0
    end
    return busy, "it is 0 for every seed"
  end
end

-- Values along a path must be non-increasing: at(s, inputs, x) for rising x.
local function falls(at)
  return function(s)
    for seed = 1, SEEDS do
      local inputs, last = rows.draw(s, seed), math.huge
      for x = -3, 3, 0.25 do
        local value = rows.value(s, at(s, inputs, x))
        if value > last + tolerance * math.max(1, math.abs(last)) then
          return false, string.format("seed %d: %.9g after %.9g at %g", seed, value, last, x)
        end
        last = value
      end
    end
    return true
  end
end

-- Small numbers and large, four classes and two.
local function nonnegative(s)
  for seed = 1, 4 * SEEDS do
    local inputs = rows.draw(s, seed, { extents = { k = seed % 2 == 0 and 2 or nil } })
    for i, input in ipairs(s.inputs) do
      if input.role == "matrix" then inputs[i] = map(inputs[i], function(x) return x * (1 + seed * i % 7) end) end
    end
    local value = rows.value(s, inputs)
    if value < 0 then return false, string.format("seed %d: %.12g", seed, value) end
  end
  return true
end

local order = { n = { 3, 7, 1, 8, 5, 2, 6, 4 }, k = { 3, 1, 4, 2 }, q = { 2, 1 } }
order.m = {}
for i = 1, rows.extents.m do order.m[i] = (i * 7 - 1) % rows.extents.m + 1 end

-- Rows and columns in another order, as the letters say. m rows go with n in blocks, or n in each of several blocks, where a row
-- of the table says so.
local blocks = {
  cml_metric = function(i) return 2 * (order.n[(i + 1) // 2] - 1) + (i + 1) % 2 + 1 end,
  double_contrastive = function(i) return (i > 8 and 8 or 0) + order.n[(i - 1) % 8 + 1] end,
}
local function reorder(...)
  local letters = { ... }
  return function(s, inputs)
    return change(s, inputs, nil, function(input, desc)
      local sides = rows.letters(desc)
      for _, letter in ipairs(letters) do
        for side, own in ipairs(sides) do
          if own == letter then
            local from = input
            local function place(i)
              return letter == "m" and blocks[s.name] and blocks[s.name](i) or order[letter][i]
            end
            if side == 1 then
              input = {}
              for i = 1, #from do input[i] = from[place(i)] end
            else
              input = map(from, function(_, r, c) return from[r][place(c)] end)
            end
          end
        end
      end
      return input
    end)
  end
end
-- Row numbers are left out: they would have to be counted anew.
local function without_numbers(f)
  return function(s, inputs)
    local out = f(s, inputs)
    for i, input in ipairs(s.inputs) do
      if input.role == "neighbours" then out[i] = nil end
    end
    return out
  end
end
local function identity(_, inputs) return table.move(inputs, 1, #inputs, 1, {}) end
local function any_order(s)
  local shuffled, plain = without_numbers(reorder("n", "m")), without_numbers(identity)
  for seed = 1, SEEDS do
    local inputs = rows.draw(s, seed)
    local before, after = rows.value(s, plain(s, inputs)), rows.value(s, shuffled(s, inputs))
    if not close(before, after) then return false, string.format("seed %d: %.12g, reordered %.12g", seed, before, after) end
  end
  return true
end

-- Class c becomes another, and whatever has a row or column for each class goes with it; an identity becomes any number.
local function rename(s, inputs)
  local moved, place = reorder("k")(s, inputs), {}
  for to, from in ipairs(order.k) do place[from] = to end
  moved = change(s, moved, "class", function(input) return map(input, function(y) return place[y] end) end)
  return change(s, moved, "identity", function(input) return map(input, function(y) return 14 - 7 * y end) end)
end

local turn = { { 2 / 3, -1 / 3, 2 / 3 }, { 2 / 3, 2 / 3, -1 / 3 }, { -1 / 3, 2 / 3, 2 / 3 } }
local function turned(row)
  local out = {}
  for i = 1, 3 do out[i] = turn[i][1] * row[1] + turn[i][2] * row[2] + turn[i][3] * row[3] end
  return out
end
local function has_d(input) return input.shape:find "d" and input.role ~= "precision" end
local function rotate(s, inputs)
  return change(s, inputs, nil, function(input, desc)
    if not has_d(desc) then return input end
    local out = {}
    for r, row in ipairs(input) do out[r] = turned(row) end
    return out
  end)
end
local function translate(s, inputs)
  return change(s, inputs, nil, function(input, desc)
    return has_d(desc) and map(input, function(x, _, c) return x + 0.5 * c end) or input
  end)
end
local function stretch(s, inputs, which)
  return change(s, inputs, nil, function(input, desc)
    if not has_d(desc) or which and desc.name ~= which then return input end
    return map(input, function(x, r) return x * 2 ^ (r % 3 - 1) end)
  end)
end

local function scores_by(f)
  return function(s, inputs)
    return change(s, inputs, "matrix", function(input, desc)
      return desc.name == "scores" and map(input, f) or input
    end)
  end
end
local shift_scores = scores_by(function(x) return x + 0.75 end)
local function flip_labels(s, inputs)
  return change(s, inputs, "binary", function(input) return map(input, function(y) return 1 - y end) end)
end
local function signed_labels(s, inputs)
  return change(s, inputs, "binary", function(input) return map(input, function(y) return 2 * y - 1 end) end)
end
local function has(role)
  return function(s)
    for _, input in ipairs(s.inputs) do
      if input.role == role or input.name == role then return true end
    end
    return false
  end
end
local function wide(s)
  for _, input in ipairs(s.inputs) do
    if has_d(input) then return true end
  end
  return false
end

-- ---- of a margin z = y f ---------------------------------------------------------------------------------------------------

local function at_margin(s, z, label)
  label = label or 1
  return rows.value(s, { { { label > 0 and z or -z } }, { { label } } })
end
local at_zero = { zero_one = 1, square = 1, hinge = 1, smooth_hinge = 0.5, logistic = 1, cross_entropy = math.log(2),
                  exponential = 1, focal = 0.25 * 0.25 * math.log(2) }

local pointwise = {
  { "is at z = 0 what its formula says", function(s)
    local known = at_zero[s.name]
    if not known then return false, "its value at z = 0 is not known to this test" end
    return close(at_margin(s, 0), known), tostring(at_margin(s, 0))
  end },
  { "is never less than 0", nonnegative },
  { "does not rise with z", function(s)
    for z = -5, 5, 0.125 do
      if at_margin(s, z + 0.125) > at_margin(s, z) * (1 + tolerance) then return false, "at z = " .. z end
    end
    return true
  end, except = { square = "rows that are right by far cost, too" } },
  { "is convex in z", function(s)
    for z = -5, 5, 0.25 do
      local middle, ends = at_margin(s, z), (at_margin(s, z - 0.25) + at_margin(s, z + 0.25)) / 2
      if middle > ends + (double and 1e-12 or 1e-5) * math.max(1, ends) then return false, "at z = " .. z end
    end
    return true
  end, except = { zero_one = "it is a step", focal = "its weight falls faster than its slope" } },
  { "is the same for scores and labels turned over", keeps(function(s, inputs)
    return flip_labels(s, scores_by(function(x) return -x end)(s, inputs))
  end), except = { focal = "alpha weighs targets and decoys apart" } },
  { "nears 0 where z is large", function(s) return at_margin(s, 30) < 1e-9 and at_margin(s, 30, -1) < 1e-9 end,
    except = { square = "rows that are right by far cost, too" } },
}

-- ---- classes ---------------------------------------------------------------------------------------------------------------

local multiclass = {
  { "is never less than 0", nonnegative },
  { "does not know one class from another", keeps(rename) },
  { "ignores a shift of a row's logits", keeps(function(s, inputs)
    return change(s, inputs, "matrix", function(input) return map(input, function(x, r) return x + r end) end)
  end), of = has "logits", except = { multiclass_hinge = "each class stands against 0, not against the others" } },
  { "does not rise with the label's logit", falls(function(s, inputs, x)
    return change(s, inputs, "matrix", function(input)
      return map(input, function(z, r, c) return c == inputs[2][r][1] and x or z end)
    end)
  end), of = has "logits" },
  { "ignores a turn of features and weights", keeps(rotate), of = has "features" },
  { "ignores the lengths of the weights", keeps(function(s, inputs) return stretch(s, inputs, "weights") end), of = has "features",
    except = { l_softmax = "weights keep their lengths" } },
  { "ignores the lengths of the features", keeps(function(s, inputs) return stretch(s, inputs, "features") end),
    of = has "features", except = { l_softmax = "features keep their lengths", a_softmax = "features keep their lengths" } },
}

-- ---- rankings --------------------------------------------------------------------------------------------------------------

local lists = has "relevance"
local ranking = {
  { "is never less than 0", nonnegative, except = { aucm_minmax = "alpha is an inner maximum's variable" } },
  { "ignores a shift of all scores", keeps(shift_scores),
    except = { adaptive_rank = "the history stays", aucm_minmax = "a and b stay" } },
  { "is the same for scores and labels turned over", keeps(function(s, inputs)
    return flip_labels(s, scores_by(function(x) return -x end)(s, inputs))
  end), of = has "binary", except = {
    adaptive_rank = "alpha weighs targets, and the history stays", aucm_minmax = "a and b stay",
    pauc_cvar = "decoys are cut, targets are not", pauc_kl = "decoys are weighed, targets are not",
    smooth_ap = "precision is of targets", top_push = "all targets against one decoy",
  } },
  { "does not rise with a target's score", falls(function(s, inputs, x)
    local first
    for r, row in ipairs(inputs[2]) do first = first or row[1] == 1 and r end
    return change(s, inputs, "matrix", function(input, desc)
      return desc.name == "scores" and map(input, function(v, r) return r == first and x or v end) or input
    end)
  end), of = has "binary", except = {
    smooth_ap = "two targets tied are better off than one above the other", pair_square = "a lead beyond the margin costs",
    aucm = "targets stay near their mean", aucm_minmax = "targets stay near a",
  } },
  { "is 0 where the order is right by far", function(s)
    local inputs = rows.draw(s, 1)
    local given = scores_by(function(_, r, c) return 2000 * inputs[2][r][c] + (lists(s) and r or 0) - 1000 end)(s, inputs)
    local value = rows.value(s, given)
    return math.abs(value) < 1e-6, tostring(value)
  end, except = {
    pair_square = "a lead beyond the margin costs", aucm_minmax = "it is not at its inner optimum",
    list_net = "it wants the relevance's own distribution",
    list_mle = "of equal relevance one stands below the other",
  } },
  { "does not know one list from another", keeps(reorder "q"), of = lists },
}

-- ---- adversarial games -----------------------------------------------------------------------------------------------------

-- Inputs of which the value is known, and whether the gradient is 0 there.
local known = {
  gan_discriminator = { { { 0 }, { 0 } }, { { 0 }, { 0 } }, value = 2 * math.log(2) },
  gan_generator = { { { 0 }, { 0 } }, value = math.log(2) },
  wasserstein_critic = { { { 1 }, { 3 } }, { { 2 }, { 2 } }, value = 0 },
  wasserstein_generator = { { { 1.5 }, { 2.5 } }, value = -2 },
  gradient_penalty = { { { 0.6, 0.8 }, { 0, -1 } }, value = 0, still = true },
}
local function moved(name, sign)
  return falls(function(s, inputs, x)
    return change(s, inputs, "matrix", function(input, desc)
      return desc.name == name and map(input, function(v) return v + sign * x end) or input
    end)
  end)
end
local adversarial = {
  { "has its known value", function(s)
    local inputs = known[s.name]
    if not inputs then return false, "no inputs of which its value is known" end
    local value, given = rows.value(s, inputs), rows.matrices(s, inputs)
    if inputs.still then
      s.call(given):backward()
      if ll.sum(ll.abs(given[1].grad)):item() > 1e-6 then return false, "its gradient there is not 0" end
    end
    return math.abs(value - inputs.value) < 1e-6, tostring(value)
  end },
  { "falls as real rows rise", moved("real", 1), of = has "real" },
  { "rises with generated rows", moved("fake", -1), of = has "real" },
  { "falls as generated rows rise", moved("fake", 1), of = function(s) return has "fake" (s) and not has "real" (s) end },
  { "ignores a turn of the gradients", keeps(rotate), of = wide },
  -- the best discriminator cannot do better against rows it cannot tell apart
  { "is least at 0 where real and generated rows are the same", function(s)
    for x = -2, 2, 0.5 do
      if rows.value(s, { { { x } }, { { x } } }) < rows.value(s, { { { 0 } }, { { 0 } } }) then return false, "at " .. x end
    end
    return true
  end, of = has "real" },
}

-- ---- embeddings ------------------------------------------------------------------------------------------------------------

local cosines = "cosines do not see lengths, and see the origin"
local lengths = "distances see lengths"
local embedding = {
  { "is never less than 0", nonnegative, except = { proxy_nca = "its own proxy is not in the denominator" } },
  { "ignores a turn of all rows", keeps(rotate), except = { covariance = "it looks at the dimensions" } },
  { "ignores a shift of all rows", keeps(translate), except = {
    nt_xent = cosines, supervised_contrastive = cosines, multi_similarity = cosines, circle = cosines, proxy_nca = cosines,
    proxy_anchor = cosines, n_pairs = "products see the origin",
  } },
  { "ignores the lengths of rows", keeps(stretch), except = {
    contrastive = lengths, double_contrastive = lengths, triplet = lengths, improved_triplet = lengths, quadruplet = lengths,
    batch_hard_triplet = lengths, margin_sample_mining = lengths, lmnn = lengths, cml_metric = lengths, cml_feature = lengths,
    lifted_structure = lengths, covariance = "variances see lengths", n_pairs = "products see lengths",
  } },
  { "does not know one class from another", keeps(rename), of = has "labels" },
}

-- ---- distances and divergences ---------------------------------------------------------------------------------------------

local function free(s) return s.inputs[1].role == "matrix" end -- what is moved is a row as good as any
local function swap(s, inputs) return table.move(inputs, 3, #inputs, 3, { inputs[2], inputs[1] }), s end
local distance = {
  { "is never less than 0", nonnegative },
  { "is symmetric", keeps(swap) },
  { "is 0 between equals", function(s)
    local inputs = rows.draw(s, 1)
    inputs[2] = inputs[1]
    return math.abs(rows.value(s, inputs)) <= (double and 1e-12 or 1e-5), tostring(rows.value(s, inputs))
  end },
  { "ignores a shift of all rows", keeps(translate), of = free, except = { cosine = "an angle is seen from the origin" } },
  { "ignores the order of the places", keeps(function(s, inputs)
    return change(s, inputs, "distributions", function(input)
      return map(input, function(_, r, c) return input[r][c % #input[r] + 1] end)
    end)
  end), of = function(s) return not free(s) end },
  { "ignores a turn of all rows", keeps(rotate), of = free, except = {
    manhattan = "it looks at the dimensions", chebyshev = "it looks at the dimensions", minkowski = "it looks at the dimensions",
    mahalanobis = "the precision matrix stays",
  } },
  { "keeps the triangle inequality", function(s)
    for seed = 1, 20 * SEEDS do
      local one, two = rows.draw(s, seed), rows.draw(s, seed + 1000)
      local a, b, c = one[1], one[2], two[1]
      if seed % 2 == 0 then -- b between a and c, where a square fails
        b = map(a, function(x, r, k) return (x + c[r][k]) / 2 end)
      end
      local function d(x, y) return rows.value(s, { x, y, one[3] }) end
      if d(a, c) > (d(a, b) + d(b, c)) * (1 + (double and 1e-12 or 1e-5)) then return false, "seed " .. seed end
    end
    return true
  end, except = { squared = "a detour is shorter", cosine = "a detour is shorter", jeffreys = "a detour is shorter" } },
}

-- Both sides, and the cost between them, the other way round.
local function other_way(s, inputs)
  local out = { inputs[2], inputs[1] }
  for i = 3, #inputs do
    if s.inputs[i].optional then out[i] = inputs[i == 3 and 4 or 3]
    else
      out[i] = {}
      for c = 1, #inputs[i][1] do
        out[i][c] = {}
        for r = 1, #inputs[i] do out[i][c][r] = inputs[i][r][c] end
      end
    end
  end
  return out
end
-- The second side becomes the first; a cost becomes |i - j|.
local function on_itself(s, inputs)
  local out = { inputs[1], inputs[1] }
  for i = 3, #inputs do
    if s.inputs[i].optional then out[i] = inputs[3]
    else
      out[i] = {}
      for r = 1, #inputs[1] do
        out[i][r] = {}
        for c = 1, #inputs[1] do out[i][r][c] = math.abs(r - c) end
      end
    end
  end
  return out
end
local function positive_cost(s, inputs)
  return change(s, inputs, "matrix", function(input, desc)
    return desc.name == "cost" and map(input, function(x) return x * x + 0.25 end) or input
  end)
end
local divergence = {
  { "is never less than 0", function(s)
    for seed = 1, 4 * SEEDS do
      local value = rows.value(s, positive_cost(s, rows.draw(s, seed)))
      if value < -1e-7 then return false, string.format("seed %d: %.12g", seed, value) end
    end
    return true
  end },
  { "is 0 of a thing to itself", function(s)
    local value = rows.value(s, on_itself(s, rows.draw(s, 1)))
    return math.abs(value) < 1e-6, tostring(value)
  end, except = { sinkhorn = "the blur of the entropy costs something" } },
  { "is symmetric", keeps(function(s, inputs) return other_way(s, inputs) end),
    except = { kl = "what is wasted depends on who is right" } },
}

-- ---- of a score and a real value -------------------------------------------------------------------------------------------

local function of_value(s, score, value, options) return rows.value(s, { { { score } }, { { value } } }, options) end
-- The value of a score of 3 against 1, and the score that costs least against 1.
local against_one = { squared_error = { 4 }, absolute_error = { 2 }, huber = { 1.5 }, quantile = { 1 },
  log_cosh = { math.log((math.exp(2) + math.exp(-2)) / 2) }, poisson = { math.exp(3) - 3, 0 } }
local a_rate = { poisson = "its score is the log of a rate" }
local function with_values(f)
  return function(s, inputs)
    return change(s, inputs, nil, function(input) return map(input, f) end)
  end
end
local regression = {
  { "is of 3 against 1 what its formula says", function(s)
    local there = against_one[s.name]
    if not there then return false, "its value there is not known to this test" end
    return close(of_value(s, 3, 1), there[1]), tostring(of_value(s, 3, 1))
  end },
  { "is least where the score says the value", function(s)
    local best = (against_one[s.name] or {})[2] or 1
    for x = -3, 5, 0.125 do
      if of_value(s, x, 1) < of_value(s, best, 1) then return false, "at " .. x end
    end
    return of_value(s, best + 0.5, 1) > of_value(s, best, 1)
  end },
  { "is never less than 0", function(s)
    if of_value(s, math.log(5), 5) < 0 then return false end
    return nonnegative(s)
  end, except = { poisson = "a constant of the likelihood is left out" } },
  { "is convex in the score", function(s)
    for x = -5, 5, 0.25 do
      local middle, ends = of_value(s, x, 1), (of_value(s, x - 0.25, 1) + of_value(s, x + 0.25, 1)) / 2
      if middle > ends + (double and 1e-12 or 1e-5) * math.max(1, ends) then return false, "at " .. x end
    end
    return true
  end },
  { "ignores a shift of scores and values", keeps(with_values(function(x) return x + 0.75 end)), except = a_rate },
  { "is the same for scores and values turned over", keeps(with_values(function(x) return -x end)),
    of = function(s) return not a_rate[s.name] end },
  { "is not so at tau = 0.9", function(s)
    return close(of_value(s, 3, 1, { tau = 0.9 }), 0.2) and close(of_value(s, -1, 1, { tau = 0.9 }), 1.8)
  end, of = function(s) return s.name == "quantile" end },
}

local families = {
  regression = regression,
  pointwise = pointwise, multiclass = multiclass, ranking = ranking, adversarial = adversarial, pairs = embedding,
  embedding = embedding, collaborative = embedding, distance = distance, divergence = divergence, transport = divergence,
}

-- Of every row, whatever its family.
local ties = "equal relevance stands in row order"
local all = {
  { "gives the same bits again", function(s)
    local inputs = rows.draw(s, 1)
    return rows.value(s, inputs) == rows.value(s, inputs)
  end },
  { "ignores the order of the rows", any_order, except = { list_mle = ties } },
  { "takes labels -1 and +1 for 0 and 1", keeps(signed_labels), of = has "binary" },
}

local function ask(s, property)
  if property.of and not property.of(s) then return false end
  local fine, holds, why = pcall(property[2], s)
  if not fine then holds, why = false, "error: " .. tostring(holds) end
  local reason = property.except and property.except[s.name]
  if reason then
    t.ok(fine and not holds, string.format("%s: not %q, since %s%s", s.name, property[1], reason,
      not fine and ": " .. why or ""))
  else
    t.ok(holds, string.format("%s %s%s", s.name, property[1], holds and "" or ": " .. tostring(why)))
  end
  return true
end

local exceptions = {}
for _, list in pairs { all = all, table.unpack { pointwise, multiclass, ranking, adversarial, embedding, regression, distance,
  divergence } } do
  for _, property in ipairs(list) do
    for name in pairs(property.except or {}) do exceptions[name] = true end
  end
end
for _, s in ipairs(rows.subjects()) do
  exceptions[s.name] = nil
  local asked = 0
  for _, property in ipairs(all) do ask(s, property) end
  for _, property in ipairs(families[s.family] or {}) do asked = asked + (ask(s, property) and 1 or 0) end
  t.ok(asked >= 2, string.format("%s: its family, %s, has properties that are asked of it (%d)", s.name, s.family, asked))
end
t.is(next(exceptions), nil, "every exception is of a row that there is")
t.done()
