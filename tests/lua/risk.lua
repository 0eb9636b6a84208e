-- ll.risk: the mean of a loss over rows, weighted or not, and over what labels may be, against plain sums; the known least risks of
-- two normal classes; gradients; how probable a generator says a label is; what is refused.
local t = require "tests.lua.tap"
local ll = require "losslab"

local double = ll.precision == "double"
local near = double and 1e-12 or 2e-6

local scores, labels = { 0.5, -2, 0.25, 3, -0.75 }, { 1, 1, 0, 0, 1 }
local n = #scores
local phi = {
  square = function(z) return (1 - z) ^ 2 end,
  hinge = function(z) return math.max(0, 1 - z) end,
  logistic = function(z) return math.log(1 + math.exp(-z)) / math.log(2) end,
  cross_entropy = function(z) return math.log(1 + math.exp(-z)) end,
  exponential = function(z) return math.exp(-z) end,
  zero_one = function(z) return z <= 0 and 1 or 0 end,
}
local w, p = { 0.5, 0, 2, 1.25, 3 }, { 0.9, 0.2, 0.5, 0, 1 }

-- Σ w_i (share of label 1 × phi(f) + the rest × phi(-f)) / Σ w_i
local function plain(f, shares, weights)
  local sum, total = 0, 0
  for i = 1, n do
    local weight = weights and weights[i] or 1
    sum = sum + weight * (shares[i] * f(scores[i]) + (1 - shares[i]) * f(-scores[i]))
    total = total + weight
  end
  return sum / total
end

for name, f in pairs(phi) do
  for _, reduction in ipairs { "mean", "sum", "none" } do
    local loss = ll.loss[name] { reduction = reduction }
    t.near(ll.risk(loss, scores, labels):item(), plain(f, labels), near, 0, name .. ", " .. reduction .. ": the empirical risk")
    t.near(ll.risk(loss, scores, labels, { weights = w }):item(), plain(f, labels, w), near, 0, "weighted")
    t.near(ll.risk(loss, scores, { probability = p }):item(), plain(f, p), near, 0, "expected over labels")
    t.near(ll.risk(loss, scores, { probability = p, weights = w }):item(), plain(f, p, w), near, 0, "and weighted")
  end
  local certain, found = ll.risk(ll.loss[name] {}, scores, { probability = labels }), ll.risk(ll.loss[name] {}, scores, labels)
  t.near(certain:item(), found:item(), near, 0, name .. ": labels that are certain make the expected risk the empirical one")
end
t.near(ll.risk(ll.loss.hinge { p = 2, margin = 0.5 }, scores, labels):item(), plain(function(z) return math.max(0, 0.5 - z) ^ 2 end,
  labels), near, 0, "a loss keeps its parameters")
t.near(ll.risk(ll.loss.hinge {}, scores, { 1, 1, -1, -1, 1 }):item(), plain(phi.hinge, labels), near, 0, "labels may be -1 and +1")
t.is(ll.risk(ll.loss.exponential {}, { 1000, 0 }, { probability = { 1, 0.5 } }):item(), 0.5, "what is impossible costs nothing")

-- a loss in Lua, of labels and of classes
local function mine(f, y) return (f - (2 * y - 1)) ^ 2 end
t.near(ll.risk(mine, ll.matrix(scores), ll.matrix(labels)):item(), plain(phi.square, labels), near, 0, "a function of both")
t.near(ll.risk(mine, scores, { probability = p, weights = w }):item(), plain(phi.square, p, w), near, 0, "its expected risk")
local logits, share = { { 1, 0, -1 }, { 0, 2, 0.5 } }, { { 0.2, 0.3, 0.5 }, { 0, 1, 0 } }
local softmax, want = ll.loss.softmax { reduction = "none" }, 0
for k = 1, 3 do
  local each = softmax(ll.matrix(logits), { k, k })
  for i = 1, 2 do want = want + share[i][k] * each:get(i, 1) / 2 end
end
t.near(ll.risk(ll.loss.softmax {}, logits, { probability = share }):item(), want, near, 0, "of classes: a column for each")
t.near(ll.risk(ll.loss.softmax {}, logits, { 3, 2 }):item(), ll.loss.softmax {}(ll.matrix(logits), { 3, 2 }):item(), near, 0,
  "and the empirical risk is the loss")

-- gradients
for _, options in ipairs { {}, { weights = w } } do
  t.ok(ll.gradcheck(function(f) return ll.risk(ll.loss.logistic {}, f, labels, options) end, { scores }), "empirical: its gradient")
  t.ok(ll.gradcheck(function(f) return ll.risk(ll.loss.logistic {}, f, { probability = p, weights = options.weights }) end,
    { scores }), "expected: its gradient")
end
local f = ll.matrix(scores):with_grad()
ll.risk(ll.loss.square {}, f, { probability = p }):backward()
for i = 1, n do t.near(f.grad:get(i, 1), 2 * (scores[i] - (2 * p[i] - 1)) / n, near, near, "0 where f = 2 p - 1, row " .. i) end

-- ---- two normal classes, at -mu and mu: what the best score risks -------------------------------------------------------------

-- E g(x) of x ~ N(m, 1), by Simpson's rule.
local function mean_of(g, m)
  local sum, steps = 0, 4000
  for i = 0, steps do
    local x = m - 10 + 20 * i / steps
    local weight = (i == 0 or i == steps) and 1 or i % 2 == 1 and 4 or 2
    sum = sum + weight * g(x) * math.exp(-(x - m) ^ 2 / 2)
  end
  return sum * 20 / steps / 3 / math.sqrt(2 * math.pi)
end
local mu, rows = 0.8, 40000
local set = ll.data.gaussians { n = rows, features = 1, shift = 2 * mu, seed = 5 }
local eta = ll.data.probability("gaussians", set.x, { n = rows, features = 1, shift = 2 * mu })
local function sure(x) return 1 / (1 + math.exp(-2 * mu * x)) end -- P(y = 1 | x)
local best = {
  zero_one = { function(x) return x end, ll.stats.normal_cdf(-mu) },
  hinge = { function(x) return x > 0 and 1 or -1 end, 2 * ll.stats.normal_cdf(-mu) },
  square = { function(x) return 2 * sure(x) - 1 end,
    mean_of(function(x) return 4 * sure(x) * (1 - sure(x)) end, mu) }, -- the same about -mu
  logistic = { function(x) return 2 * mu * x end, mean_of(function(x)
    local q = sure(x)
    return -(q * math.log(q) + (1 - q) * math.log(1 - q)) / math.log(2)
  end, mu) },
}
for name, each in pairs(best) do
  local made = {}
  for i = 1, rows do made[i] = each[1](set.x:get(i, 1)) end
  local column = ll.matrix(made)
  local expected = ll.risk(ll.loss[name] {}, column, { probability = eta }):item()
  local empirical = ll.risk(ll.loss[name] {}, column, set.y):item()
  t.near(expected, each[2], 0.01, 0, string.format("%s: the least risk is %.4f", name, each[2])) -- over 40000 rows: to 0.005
  t.near(empirical, each[2], 0.03, 0, "the empirical risk is near it")
  t.ok(ll.risk(ll.loss[name] {}, column + 0.4, { probability = eta }):item() > expected, name .. ": another score risks more")
end
t.near(ll.risk(ll.loss.zero_one {}, set.x, { probability = eta }):item(), ll.stats.normal_cdf(-mu), 0.01, 0,
  "zero-one: that of f(x) = x is Phi(-mu)")

-- ---- how probable a label is ---------------------------------------------------------------------------------------------------

local x = ll.matrix { { 1, 2 }, { -0.5, 0 }, { 40, 60 } }
local got = ll.data.probability("gaussians", x, { n = 100, shift = 1.5, positives = 0.2 })
for i = 1, 3 do
  local u = (x:get(i, 1) + x:get(i, 2)) / math.sqrt(2)
  t.near(got:get(i, 1), 1 / (1 + 4 * math.exp(-1.5 * u)), near, 0, "gaussians: log odds shift u·x + ln(1/4), row " .. i)
end
got = ll.data.probability("target_decoy", x, { n = 100, features = 2, wrong = 0.5, shift = 3, decoys = 0.6 })
for i = 1, 3 do
  local u = (x:get(i, 1) + x:get(i, 2)) / math.sqrt(2)
  local targets = 20 + 20 * math.exp(3 * u - 4.5)
  t.near(got:get(i, 1), targets < math.huge and targets / (targets + 60) or 1, near, 0, "target_decoy, row " .. i)
end
t.is(ll.data.probability("target_decoy", { { 1e4, 1e4 } }, { features = 2 }):item(), 1, "however far, a probability")

-- ---- what is refused -----------------------------------------------------------------------------------------------------------

local function refused(words, call)
  local fine, why = pcall(call)
  if not t.ok(not fine and tostring(why):find(words, 1, true), words) then print("#   got: " .. tostring(why)) end
end
local hinge = ll.loss.hinge {}
local function with(weights) return function() ll.risk(hinge, scores, labels, { weights = weights }) end end
refused("risk: weights, row 2: -1 is no number >= 0", with { 1, -1, 1, 1, 1 })
refused("risk: weights, row 3: ", with { 1, 1, 0 / 0, 1, 1 })
refused("risk: weights, row 1: inf is no number", with { math.huge, 1, 1, 1, 1 })
refused("risk: all 5 weights are 0", with { 0, 0, 0, 0, 0 })
refused("risk: weights is 2x1, not a number for each of 5 rows", with { 1, 1 })
refused("risk: probability is 2x1, not a number for each of 5 rows",
  function() ll.risk(hinge, scores, { probability = { 1, 1 } }) end)
refused("risk: probability, row 2: 1.5 is no number from 0 to 1",
  function() ll.risk(hinge, scores, { probability = { 0, 1.5, 0, 0, 0 } }) end)
refused("hinge: labels (n,1) is 2x1, which does not fit scores (n,1), 5x1", function() ll.risk(hinge, scores, { 1, 0 }) end)
refused("labels are missing", function() ll.risk(hinge, scores) end)
refused('did you mean "weights"', function() ll.risk(hinge, scores, labels, { weight = w }) end)
refused("risk: pair_hinge is no mean over rows: what a row costs depends on the others",
  function() ll.risk(ll.loss.pair_hinge {}, scores, labels) end)
refused("risk: contrastive takes a, b, labels; risk is of a loss of scores and labels alone",
  function() ll.risk(ll.loss.contrastive {}, scores, labels) end)
refused("risk: the loss gave 1x1, not a column with the value of each of 5 rows",
  function() ll.risk(function(a, b) return ll.mean(a * b) end, ll.matrix(scores), ll.matrix(labels)) end)
refused("a function (scores, labels) is needed, not \"hinge\"", function() ll.risk("hinge", scores, labels) end)
refused("a probability for each class", function() ll.risk(ll.loss.softmax {}, logits, { probability = { 0.5, 0.5 } }) end)
refused("probability is 2x3; a loss of two labels", function() ll.risk(hinge, { 1, 2 }, { probability = share }) end)
refused("probability, row 2 sums to 0.9",
  function() ll.risk(ll.loss.softmax {}, logits, { probability = { share[1], { 0.2, 0.3, 0.4 } } }) end)
refused("probability, row 1: -1 is no number >= 0",
  function() ll.risk(ll.loss.softmax {}, logits, { probability = { { -1, 1, 1 }, share[2] } }) end)
refused("moons does not say how probable a label is; these do: target_decoy, gaussians",
  function() ll.data.probability("moons", x) end)
refused("gaussians: x is 3x2; its rows have 5 features", function() ll.data.probability("gaussians", x, { features = 5 }) end)
refused("gaussians: x, row 2, column 1: ", function() ll.data.probability("gaussians", { { 1, 2 }, { 0 / 0, 1 } }) end)
refused('did you mean "gaussians"', function() ll.data.probability("gausians", x) end)
t.done()
