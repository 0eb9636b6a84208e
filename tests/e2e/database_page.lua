-- The study that docs/database.md asks about: small, quick, and with runs that diverge.
local ll = require "losslab"

return ll.study {
  name     = "small",
  question = "Which loss ranks best, and how fast may it learn?",
  data     = { "breast_cancer", "ionosphere" },
  split    = { folds = 2 },
  seeds    = { 1, 2 },
  compare  = { hinge = { margin = { 0.5, 1 } }, exponential = {}, adaptive_rank = { margin_lr = { 0.01 } } },
  model    = { hidden = { 8 } },
  train    = { epochs = 4, batch = 64, optimizer = "sgd", lr = { 0.05, 50 } },
  metrics  = { "auc", "log_loss", { "partial_auc", max_fpr = 0.05 } },
  scores   = "all",
}
