-- Label smoothing of every loss that has it: against its formula written out over the loss's own values, its gradient against
-- differences, by each reduction; softmax, whose form is another, against cross entropy of soft labels; and losses that have none.
local ll = require "losslab"
local t = require "tests.lua.tap"

local EPSILON = 0.15
local count = 0
for _, name in ipairs(ll.loss.list()) do
  local row = ll.loss.describe(name)
  if row.smooths then
    count = count + 1
    local of_classes = row.inputs[2].role == "class"
    local k, n = of_classes and 4 or 2, 23
    local probabilities = row.output == "sigmoid"
    local x = ll.random(4, 0, name):uniform(n, of_classes and k or 1, probabilities and 0.1 or -2, probabilities and 0.9 or 2)
    local y = of_classes and ll.random(5, 0, name):integers(n, 1, 1, k) or ll.random(5, 0, name):bernoulli(n, 1, 0.4)
    local each = ll.loss[name] { reduction = "none" }
    local plain, expected = each(x, y), ll.zeros(n, 1)
    for c = 1, k do
      local label = of_classes and c or c - 1
      expected = expected + each(x, ll.zeros(n, 1) + label) * (EPSILON / k)
    end
    expected = expected + plain * (1 - EPSILON)
    local smooth = ll.loss[name] { reduction = "none", label_smoothing = EPSILON }
    t.near(smooth(x, y):table(), expected:table(), 1e-5, 1e-6, name .. ": the formula, row by row")
    t.near(ll.loss[name] { label_smoothing = EPSILON }(x, y):item(), expected:mean():item(), 1e-5, 1e-7, name .. ": its mean")
    t.near(ll.loss[name] { label_smoothing = EPSILON, reduction = "sum" }(x, y):item(), expected:sum():item(), 1e-5, 1e-6,
      name .. ": its sum")
    for _, reduction in ipairs(ll.precision == "double" and { "mean", "sum" } or {}) do -- in float, steps are long and cross kinks
      local checked = ll.gradcheck(ll.loss[name] { label_smoothing = EPSILON, reduction = reduction }, x, y)
      t.ok(checked, name .. ": its gradient by differences, " .. reduction)
    end
    local a, b = x:detach():with_grad(), x:detach():with_grad()
    smooth(a, y):sum():backward()
    ll.loss[name] { label_smoothing = EPSILON, reduction = "sum" }(b, y):backward()
    t.near(a.grad:table(), b.grad:table(), 1e-5, 1e-6, name .. ": the gradient of rows is that of their sum")
    t.is(ll.loss[name] { label_smoothing = 0 }(x, y):item(), ll.loss[name]()(x, y):item(), name .. ": none is none, to the bit")
    t.is({ smooth.label_smoothing, each.label_smoothing }, { EPSILON, 0.0 }, name .. ": the loss says it")
    local view = ll.zeros(2 * n, x.cols)
    for i = 1, n do for j = 1, x.cols do view:set(2 * i, j, x:get(i, j)) end end
    t.near(smooth(view:gather(ll.matrix((function()
      local rows = {}
      for i = 1, n do rows[i] = { 2 * i } end
      return rows
    end)())), y):table(), expected:table(), 1e-5, 1e-6, name .. ": rows that were gathered")
  else
    t.throws(function() ll.loss[name] { label_smoothing = 0.1 } end, "label", name .. " has none, and says so")
  end
end
t.ok(count >= 11, count .. " losses have label smoothing")

-- Cross entropy of labels that are shares: -sum of q ln p, q = 1 - epsilon + epsilon / k for the row's class, epsilon / k for the
-- others.
do
  local x, y, k = ll.random(1):normal(9, 5), ll.random(2):integers(9, 1, 1, 5), 5
  local logs, total = x:log_softmax(), 0
  for i = 1, 9 do
    for c = 1, k do
      total = total - (EPSILON / k + (y:get(i, 1) == c and 1 - EPSILON or 0)) * logs:get(i, c)
    end
  end
  t.near(ll.loss.softmax { label_smoothing = EPSILON }(x, y):item(), total / 9, 1e-6, 1e-7,
    "softmax is cross entropy of soft labels")
  local s, labels = ll.random(3):normal(9, 1), ll.random(4):bernoulli(9, 1, 0.5)
  local soft = labels * (1 - EPSILON) + EPSILON / 2
  local by_hand = (ll.log1p(ll.exp(-s:abs())) + s:relu() - s * soft):mean():item()
  t.near(ll.loss.cross_entropy { label_smoothing = EPSILON }(s, labels):item(), by_hand, 1e-6, 1e-7, "so is that of two")
  t.near(ll.loss.cross_entropy { label_smoothing = EPSILON }(s, labels * 2 - 1):item(), by_hand, 1e-6, 1e-7, "with labels -1 and 1")
end

-- A wrong form must be found: of another epsilon, or over another number of classes.
do
  local x, y = ll.random(1):normal(9, 5), ll.random(2):integers(9, 1, 1, 5)
  local value = ll.loss.softmax { label_smoothing = EPSILON }(x, y):item()
  t.ok(math.abs(ll.loss.softmax { label_smoothing = 1.05 * EPSILON }(x, y):item() - value) > 1e-5, "5 % of epsilon are seen")
end

for _, bad in ipairs { -0.1, 1, 2, 0 / 0, math.huge } do
  t.throws(function() ll.loss.hinge { label_smoothing = bad } end, "label_smoothing must be on [0, 1)", "out of range: " .. bad)
end
t.throws(function() ll.loss.hinge { label_smoothing = "x" } end, "label_smoothing", "a text is no number")
t.throws(function() ll.loss.hinge { label_smothing = 0.1 } end, "label_smoothing", "a misspelt one has the nearest")
t.like(tostring(ll.loss.softmax { label_smoothing = 0.25 }), "label_smoothing 0.25", "it prints")

-- What asks a loss for its rows has them smoothed: risk, weights by class in a fit.
do
  local s, y = ll.random(3):normal(9, 1), ll.random(4):bernoulli(9, 1, 0.5)
  local loss = ll.loss.hinge { label_smoothing = EPSILON }
  t.near(ll.risk(loss, s, y):item(), loss(s, y):item(), 1e-6, 1e-7, "risk")
  local function fitted(of, smoothing)
    local net = ll.nn.mlp { 2, 1, seed = 1 }
    ll.fit(net, of, ll.data.moons { n = 40, seed = 1 }, { epochs = 2, batch = 8, class_weights = { 1, 1 },
      label_smoothing = smoothing })
    return net:state()
  end
  t.is(fitted(loss), fitted(ll.loss.hinge(), EPSILON), "a fit with weights, by either name")
  t.isnt(fitted(loss), fitted(ll.loss.hinge()), "which is another without")
end
t.done()
