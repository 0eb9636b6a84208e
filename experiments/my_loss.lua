-- A loss of one's own, in Lua: the smoothed share of misordered pairs, 1/(|T||D|) Σ σ((s_d − s_t) / tau), which goes to 1 − AUC
-- as tau goes to 0.
--
-- It is written from the primitives, so its gradient comes for free, and it is used in the study beside the built-in losses, its
-- parameter swept like theirs. Does it rank better than the losses that stand in for it, and what does it cost?
--   losslab run experiments/my_loss.lua --db results/my_loss.db
--   losslab export results/my_loss.db speed      seconds a run, by data set and loss
-- QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

-- The plain way: every row against every row of the batch by broadcasting a column against a row, a mask for the pairs that count.
-- O(n²) in the batch; the built-in pair losses sort instead.
local function smooth_auc(scores, labels, p)
  local targets = labels:clamp(0, 1)                           -- 1 or 0, whether labels are {0, 1} or {-1, 1}
  local pairs_ = targets * (1 - targets):transpose()           -- n×n: 1 where the row is a target and the column a decoy
  local count = pairs_:sum():item()
  if count == 0 then return false end                          -- a batch of one side has nothing to order: it is passed over
  local behind = scores:transpose() - scores                   -- n×n: s_d − s_t
  return ((behind / p.tau):sigmoid() * pairs_):sum() / count
end

return ll.study {
  name = "my_loss",
  question = "Does a smoothed AUC, written in Lua, rank better than the losses that stand in for it?",
  data = quick and { "sonar" } or { "sonar", "ionosphere", "pima", "breast_cancer" },
  split = { folds = quick and 2 or 5 },
  seeds = quick and { 1 } or { 1, 2 },
  compare = {
    smooth_auc = { smooth_auc, tau = { 0.1, 0.3, 1 } },
    pair_logistic = {},
    pair_squared_hinge = { margin = { 0.1, 1 } },
    cross_entropy = {},
  },
  model = { hidden = { 32, 16 } },
  train = { epochs = quick and 5 or 40, batch = 64, optimizer = "adam", lr = 3e-3 },
  quick = quick,
  ask = { loss = "smooth_auc" },
}
