-- Losses over pairs of rows from Lua: what is refused, by which messages; layers and target neighbours as inputs; simple figures.
local t = require "tests.lua.tap"
local ll = require "losslab"

local tight = ll.precision == "double" and 1e-12 or 1e-6
local function refused(name, parameters, inputs, words)
  local fine, why = pcall(function() return ll.loss[name](parameters)(table.unpack(inputs)) end)
  t.ok(not fine and tostring(why):find(words), name .. ": " .. words)
  if fine or not tostring(why):find(words) then print("#   got: " .. tostring(why)) end
end

local x = ll.matrix { { 0, 0 }, { 3, 4 }, { 6, 8 } }
local zero = ll.matrix { { 1, 0 }, { 0, 0 }, { 2, 1 } }

-- shapes
refused("contrastive", nil, { x, ll.zeros(2, 2), { 1, 0, 1 } }, "contrastive: b %(n,d%) is 2x2, which does not fit a %(n,d%), 3x2")
refused("triplet", nil, { x, x, ll.zeros(3, 1) }, "negative %(n,d%) is 3x1")
refused("triplet", nil, { x, x }, "triplet takes 3 inputs")
refused("double_contrastive", nil, { x, x, { 1, 0 } }, "3 rows are no multiple of the 2 labels")
refused("batch_hard_triplet", nil, { x, { 1, 2 } }, "labels %(n,1%) is 2x1, which does not fit embeddings")
refused("nt_xent", nil, { ll.ones(1, 2), ll.ones(1, 2) }, "at least 2 rows")
refused("n_pairs", nil, { ll.ones(1, 2), ll.ones(1, 2) }, "at least 2 rows")
refused("proxy_nca", nil, { x, { 1, 1, 1 }, ll.ones(1, 2) }, "at least 2 classes")
refused("supervised_contrastive", nil, { ll.zeros(0, 2), ll.zeros(0, 1) }, "empty")
-- labels
refused("contrastive", nil, { x, x, { 1, 0, 3 } }, "labels, row 3: 3 is no label")
refused("lmnn", nil, { x, { 1, 1.5, 1 } }, "labels, row 2: 1.5 is no identity")
refused("proxy_anchor", nil, { x, { 1, 2, 3 }, ll.ones(2, 2) }, "labels, row 3: 3 is no class: 1%.%.2 expected")
-- nobody to compare with
for _, name in ipairs { "batch_hard_triplet", "multi_similarity", "circle" } do
  refused(name, nil, { ll.ones(3, 2), { 1, 2, 3 } }, "none of the 3 rows is an anchor")
  refused(name, nil, { ll.ones(3, 2), { 2, 2, 2 } }, "none of the 3 rows is an anchor")
end
refused("supervised_contrastive", nil, { ll.ones(3, 2), { 1, 2, 3 } }, "none of the 3 rows is an anchor")
for _, name in ipairs { "margin_sample_mining", "lifted_structure" } do
  refused(name, nil, { x, { 1, 2, 3 } }, "no two of one class")
  refused(name, nil, { x, { 2, 2, 2 } }, "no two of different classes")
end
refused("lmnn", nil, { x, { 1, 2, 3 } }, "none of the 3 rows has another of its class")
-- target neighbours
refused("lmnn", nil, { x, { 1, 1, 2 }, { 2, 1, 4 } }, "targets, row 3: 4 is no row: 1%.%.3 expected")
refused("lmnn", nil, { x, { 1, 1, 2 }, { 2, 1.5, 1 } }, "targets, row 2: 1.5 is no row")
refused("lmnn", nil, { x, { 1, 1, 2 }, { 2, 2, 1 } }, "targets, row 2, column 1: the row itself")
refused("lmnn", nil, { x, { 1, 1, 2 }, { 2, 1, 1 } }, "targets, row 3, column 1: row 1 is of class 1, row 3 of class 2")
refused("lmnn", nil, { x, { 1, 1, 2 }, { 2, 1 } }, "targets %(n,t%) is 2x1")
refused("lmnn", nil, { x, { 1, 1, 2 }, ll.zeros(0, 0) }, "targets")
-- numbers
for _, name in ipairs { "supervised_contrastive", "multi_similarity", "circle" } do
  refused(name, nil, { zero, { 1, 1, 2 } }, "embeddings, row 2 is zero: it has no direction")
end
refused("nt_xent", nil, { x, ll.ones(3, 2) }, "a, row 1 is zero")
refused("proxy_nca", nil, { ll.ones(3, 2), { 1, 2, 3 }, zero }, "proxies, row 2 is zero")
refused("triplet", nil, { x, ll.matrix { { 0, 0 }, { 0, 0 / 0 }, { 0, 0 } }, x }, "positive, row 2, column 2: ")
-- parameters
refused("triplet", { margin = -1 }, {}, "margin")
refused("triplet", { distance = "euclid" }, {}, "euclidean")
refused("lmnn", { mu = 1.5 }, {}, "mu")
refused("lmnn", { k = 2.5 }, {}, "k")
refused("circle", { gama = 1 }, {}, "gamma")
refused("nt_xent", { temperature = 0 }, {}, "temperature")

-- figures by hand: rows 0, 5 and 10 apart on a line
local two = { 1, 1, 2 }
t.near(ll.loss.batch_hard_triplet { margin = 6 }(x, two):item(), ((5 - 10 + 6) + (5 - 5 + 6)) / 2, tight, "batch hard by hand")
t.near(ll.loss.batch_hard_triplet { soft = true }(x, two):item(), (math.log(1 + math.exp(-5)) + math.log(2)) / 2, tight, "and soft")
t.near(ll.loss.margin_sample_mining { margin = 2 }(x, two):item(), 5 - 5 + 2, tight, "mining by hand")
t.near(ll.loss.lmnn { k = 1, margin = 30 }(x, two):item(), 0.5 * 50 + 0.5 * (30 + 25 - 25), tight, "lmnn by hand")
t.near(ll.loss.lmnn { margin = 30 }(ll.matrix { { 0, 0 }, { 3, 4 } , { 6, 8 }, { 6, 8 } }, { 1, 1, 2, 2 }, { 2, 1, 4, 3 }):item(),
  0.5 * 50 + 0.5 * (2 * 30 + 2 * (30 - 25)), tight, "lmnn with given neighbours")
local near, far = ll.matrix { { 0, 0 } }, ll.matrix { { 0, 2 } }
t.near(ll.loss.triplet { soft = true }(near, near, far):item(), math.log(1 + math.exp(-2)), tight, "soft triplet")
t.near(ll.loss.contrastive { margin = 2 }(near, far, { 0 }):item(), 0, tight, "at the margin a pair costs nothing")

-- at the margin and at distance 0 the derivative is that of the side without loss
local a = ll.matrix { { 1, 1 } }:with_grad()
ll.loss.contrastive { margin = 2 }(a, ll.matrix { { 1, 1 } }, { 0 }):backward()
t.is(a.grad:table(), { { 0, 0 } }, "no direction at distance 0")
a = ll.matrix { { 0, 2 } }:with_grad()
ll.loss.triplet { margin = 0 }(a, ll.matrix { { 0, 1 } }, ll.matrix { { 0, 3 } }):backward()
t.is(a.grad:table(), { { 0, 0 } }, "0 at the hinge's corner")

-- ties: the first
local e = ll.matrix { { 0 }, { 1 }, { -1 }, { 3 }, { -3 } }:with_grad()
ll.loss.batch_hard_triplet { margin = 5 }(e, { 1, 1, 1, 2, 2 }):backward()
t.ok(e.grad, "a batch full of ties has a gradient")

-- reductions by row
local p, n = ll.matrix { { 1, 0 }, { 2, 2 }, { 0, 0 } }, ll.matrix { { 0, 1 }, { 5, 5 }, { 1, 1 } }
local rows = ll.loss.triplet { reduction = "none" }(x, p, n)
t.is({ rows.rows, rows.cols }, { 3, 1 }, "a value for each row")
t.near(ll.sum(rows):item() / 3, ll.loss.triplet()(x, p, n):item(), tight, "whose mean is the loss")

-- two layers, one below the other
local first, second = ll.loss.double_contrastive()(x, p, { 1, 0, 1 }):item(), ll.loss.double_contrastive()(n, p, { 1, 0, 1 }):item()
t.near(ll.loss.double_contrastive()(ll.vstack(x, n), ll.vstack(p, p), { 1, 0, 1 }):item(), first + second, tight, "layers add up")

-- nt_xent is supervised_contrastive whose classes are the two views
local u, v = ll.matrix { { 1, 2 }, { 2, -1 }, { -1, 1 } }, ll.matrix { { 1, 1 }, { 3, -1 }, { -1, 2 } }
t.near(ll.loss.nt_xent { temperature = 0.3 }(u, v):item(),
  ll.loss.supervised_contrastive { temperature = 0.3 }(ll.vstack(u, v), { 1, 2, 3, 1, 2, 3 }):item(), tight, "views are classes")
t.done()
