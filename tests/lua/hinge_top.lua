-- What docs/losses/pointwise.md says of the hinge's order beyond its margin, on matches of spectra: a network leaves confident rows
-- in a band above it, with no order learnt, so that what is found at 1 % false discoveries hangs on chance; its square orders them.
local t = require "tests.lua.tap"
local ll = require "losslab"

local there, set = pcall(ll.data.load, "psm_crema_22k")
if not there then
  print "1..0 # SKIP psm_crema_22k is not in LOSSLAB_DATA"
  return
end

local train, test = set:fold(1, { k = 3, validation = 0.2, standardise = true })

local function scores_of(loss)
  local net = ll.nn.mlp { set.features, 16, 1 }
  ll.fit(net, loss, train, { epochs = 10, lr = 0.02, batch = 256, progress = false, metric = "auc" })
  return ll.no_grad(net, test.x)
end
local function found(scores, level) return ll.metric.targets_at_fdr(scores, test.y, { level = level }) end

local flat, curved = scores_of(ll.loss.hinge()), scores_of(ll.loss.hinge { p = 2 })
local band, others, labels, highest, seen, equal = {}, {}, {}, 0, {}, 0
for i = 1, test.rows do
  local score = flat:get(i, 1)
  if score >= 1 then
    local n = #band + 1
    band[n], others[n], labels[n] = score, curved:get(i, 1), test.y:get(i, 1)
    highest = math.max(highest, score)
    if seen[score] then equal = equal + 1 end
    seen[score] = true
  end
end
t.ok(#band > 1500 and highest < 2, ("%d rows beyond the margin, none above 2: %g"):format(#band, highest))
t.ok(equal < #band / 100, "which are no ties: " .. equal)
local own, other = ll.metric.auc(band, labels), ll.metric.auc(others, labels)
t.ok(own < other - 0.05, ("they are in worse order than the squared hinge has them in: %.3f, %.3f"):format(own, other))
t.ok(found(flat, 0.01) < 0.7 * found(curved, 0.01), ("at 1 %%: %d, %d"):format(found(flat, 0.01) // 1, found(curved, 0.01) // 1))
t.ok(found(flat, 0.05) > 0.95 * found(curved, 0.05), ("at 5 %%: %d, %d"):format(found(flat, 0.05) // 1, found(curved, 0.05) // 1))

t.done()
