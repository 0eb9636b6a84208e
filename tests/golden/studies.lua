-- The studies of the golden file, a list: every loss, optimizer, activation, initialisation, metric, op, generator and schedule,
-- and nets and batches of shapes at which kernels change hands, each as a small trial. What is in a table of losslab comes from the
-- table, so that a new row is a new line of the file.
local ll = require "losslab"
local tasks = require "losslab.study.tasks"

local M = {}

-- ---- networks -----------------------------------------------------------------------------------------------------------

local BINARY = { generator = "target_decoy", n = 200, features = 5, name = "spectra" }
local CLASSES = { load = "iris", name = "iris" }
local SPLIT = { test = 0.3, valid = 0.2 }

local function metrics_of(gives, first)
  local out = { first }
  for _, name in ipairs(ll.metric.list()) do
    if gives[ll.metric.describe(name).needs] and name ~= first then out[#out + 1] = name end
  end
  return out
end

-- A study of built-in losses that have one of those tasks.
local function losses(name, data, kinds, metric, more)
  local study = { name = name, data = { data }, split = SPLIT, compare = {}, metric = metric, networks = true,
    metrics = metrics_of(more.gives, metric), record = { "train", "valid", "test" }, model = more.model,
    train = { epochs = 2, batch = more.batch, lr = 1e-2 } }
  for _, loss in ipairs(ll.loss.list()) do
    if kinds[tasks.of(loss) or ""] and not ll.loss.describe(loss).metric_only then study.compare[loss] = {} end
  end
  return study
end

local small = { hidden = { 9, 4 } }
M[#M + 1] = losses("scores", BINARY, { scores = true, minmax = true }, "auc",
  { gives = { any = true, probability = true }, model = small, batch = 33 })
M[#M + 1] = losses("classes", CLASSES, { classes = true, directions = true }, "multiclass_accuracy",
  { gives = { classes = true, embeddings = true }, model = { hidden = { 9 }, embedding = 6 }, batch = 40 })
M[#M + 1] = losses("embeddings", CLASSES, { embeddings = true, proxies = true, pairs = true, triplets = true, quadruplets = true,
  matches = true }, "knn_accuracy", { gives = { embeddings = true }, model = { hidden = { 9 }, embedding = 6 }, batch = 40 })

local VALUES = { gives = { values = true }, model = small, batch = 33 }
M[#M + 1] = losses("counts", { generator = "counts", n = 200, name = "counts" }, { rates = true }, "r2", VALUES)
M[#M + 1] = losses("friedman", { generator = "friedman", n = 200, name = "friedman" }, { regression = true }, "r2", VALUES)
for i, name in ipairs(M[#M].metrics) do if name == "poisson_deviance" then table.remove(M[#M].metrics, i) end end -- of rates

-- One loss, and everything else of a network varied.
local function varied(name, data, compare, model, train)
  train.epochs, train.batch = 2, train.batch or 32
  return { name = name, data = { data }, split = SPLIT, compare = compare, model = model, train = train, metric = "auc",
    networks = true }
end
M[#M + 1] = varied("weighed", BINARY, { cross_entropy = { pos_weight = { 3, "balanced" } },
  hinge = { class_weights = { { 1, 2.5 } } }, focal = { class_weights = "balanced", pos_weight = 2 } }, small, { lr = 1e-2 })
local optimizers = { sgd = { lr = 0.05, momentum = { 0, 0.9 }, nesterov = false, weight_decay = { 0, 1e-3 } } }
for _, name in ipairs(ll.optim.list()) do optimizers[name] = optimizers[name] or {} end
optimizers.lbfgs = nil -- which asks for the loss several times a step: rows.lua
optimizers.nadam = { form = { "recorded", "paper" } }
M[#M + 1] = varied("optimizers", BINARY, { cross_entropy = {} }, small, { optimizer = optimizers })
M[#M + 1] = varied("nesterov", BINARY, { cross_entropy = {} }, small,
  { optimizer = "sgd", lr = 0.05, momentum = 0.9, nesterov = true })
M[#M + 1] = varied("activations", BINARY, { square = {} }, { hidden = { 9, 4 }, activation = ll.nn.activations }, { lr = 1e-2 })
M[#M + 1] = varied("outputs", BINARY, { square = {} }, { hidden = { 4 }, output = ll.nn.activations }, { lr = 1e-2 })
M[#M + 1] = varied("inits", BINARY, { square = {} }, { hidden = { 9, 9 }, init = ll.nn.inits }, { lr = 1e-2 })
M[#M + 1] = varied("shapes", { generator = "gaussians", n = 300, features = 37, name = "wide" }, { logistic = {} },
  { hidden = { {}, { 1 }, { 16 }, { 64, 32 }, { 130, 65 }, { 3, 3, 3 } } }, { lr = 1e-2, batch = { 1, 7, 64, 150 } })
M[#M + 1] = varied("parameters", { load = "sonar" }, { adaptive_rank = { margin = 0.1, margin_lr = 1e-2 }, focal = { gamma = 2.5 },
  pauc_kl = {} }, { hidden = { 20 }, activation = "tanh" }, { lr = 1e-2 })
M[#M + 1] = varied("lua", BINARY, { squares = { function(s, y) return ((s - y) ^ 2):mean() end },
  logs = { function(s, y) return (s:exp() + 1):log():mean() - (s * y):mean() end } }, small, { lr = 1e-2 })
M[#M + 1] = varied("regime", BINARY, { cross_entropy = {}, hinge = {} }, small, { lr = 1e-2, batch = 24,
  schedule = { { "cosine", warmup = 3, by = "batch" }, "plateau(patience=1)" }, clip = 0.05, clip_value = 0.02,
  accumulate = { 1, 3 }, label_smoothing = 0.1, patience = 1, min_delta = 0.5 })
M[#M].train.epochs = 3
M[#M + 1] = varied("smooth", CLASSES, { softmax = {}, crammer_singer = {} }, small,
  { lr = 1e-2, label_smoothing = 0.2, accumulate = 2 })
M[#M].metric = "multiclass_accuracy"
M[#M + 1] = varied("inner", { load = "wine", name = "wine", positive = "class_0" }, { hinge = {} }, small, { lr = 1e-2 })
M[#M].split = { folds = 3, inner = 2 }

-- ---- what is no network trained by one loss ------------------------------------------------------------------------------

-- The functions stand where study/code.lua does not see them, which would write all of them down for each trial's key.
local all = {}
debug.getregistry()["losslab.golden"] = all

-- A study of functions, NAME_EACH. Each gives matrices and numbers; 52 bits of the hash of all their bits are what its trial
-- records.
local function functions(lists)
  local study = { name = "alone", data = { { generator = "moons", n = 20, name = "moons" } }, split = SPLIT, compare = {},
    metric = "bits" }
  for _, list in ipairs(lists) do
    for each, f in pairs(list[2]) do
      each = list[1] .. "_" .. each
      study.compare[each], all[each] = {}, f
    end
  end
  function study.trial(t)
    local parts = {}
    local function put(x)
      if type(x) == "number" then x = string.pack("<d", x + 0.0)
      elseif type(x) == "table" then
        for _, each in ipairs(x) do put(each) end
        return
      elseif type(x) ~= "string" then x = x:detach():pack() end
      parts[#parts + 1] = x
    end
    debug.getregistry()["losslab.golden"][t.method](t, put)
    local bits = tonumber(ll.core.sha256(table.concat(parts)):sub(1, 13), 16)
    t:record { valid = { bits = bits }, test = { bits = bits } }
  end
  return study
end

M[#M + 1] = functions(require "tests.golden.rows")

return M
