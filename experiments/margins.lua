-- Does a learnable margin help the adaptive rank loss, at which ξ and η_ξ, against which other losses, on which data?
--
-- The loss is adaptive_rank: targets should exceed last epoch's decoys by the margin ξ (`margin`), which moves by −η_ξ ∂L/∂ξ after
-- each batch (`margin_lr`; 0 keeps it). The gradient is never negative, so ξ can only shrink: does that help, and is it worth more
-- than choosing ξ well? Against it stand the pairwise losses, which also rank, and the pointwise ones, which do not.
-- Figures and the answer: losslab plot, losslab show. QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

return ll.study {
  name = "margins",
  question = "Does a learnable margin help the adaptive rank loss, at which ξ and η_ξ, against which other losses, on which data?",
  data = quick and { "sonar", { generator = "target_decoy", n = 1000 } } or {
    "breast_cancer", "ionosphere", "sonar", "pima", -- small and nearly balanced
    "satimage_4", "letter_z",                       -- 9.7 % and 3.7 % positive
    -- spectra: half of the targets are as wrong as decoys, so the best possible AUC is far from 1
    { generator = "target_decoy", n = 5000, features = 10, wrong = 0.5, shift = 2.5 },
  },
  split = { folds = 5, valid = 0.2, stratify = true },
  seeds = quick and { 1 } or { 1, 2, 3 },
  compare = {
    adaptive_rank = { margin = { 0, 0.05, 0.1, 0.2, 0.4 }, margin_lr = { 0, 1e-3, 1e-2, 1e-1 } },
    pair_squared_hinge = { margin = { 0.1, 0.5, 1 } },
    pair_logistic = {},
    pair_exponential = {},
    cross_entropy = {},
    square = {},
    hinge = { margin = { 0.1, 0.5, 1 } },
    exponential = { beta = { 0.5, 1 } },
  },
  model = { hidden = { 64, 32 }, activation = "sigmoid" },
  train = { epochs = quick and 5 or 30, batch = 64, optimizer = "adam", lr = 1e-2 },
  metric = "auc",
  metrics = { "auc", "partial_auc", "average_precision" },
  scores = "all", -- of every epoch: 0.7 GB, packed about 0.5
  quick = quick,
  ask = { loss = "adaptive_rank", vary = "margin_lr", baseline = 0 },
}
