-- What no trial can do is refused before any trains, in words that say which loss, which data and why; what some can do is not; and
-- the rehearsal leaves no trace in what is trained.
local t = require "tests.lua.tap"
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local network = require "losslab.run.network"
local rehearsal = require "losslab.run.rehearsal"

local function study(changes)
  local options = { name = "s", data = "iris", split = { folds = 2 }, compare = { triplet = {} }, model = { hidden = { 4 } },
    train = { epochs = 1, batch = 16 } }
  for key, value in pairs(changes) do options[key] = value end
  return ll.study(options)
end

local function refused(changes, ...)
  local parts = { ... }
  t.throws(function() rehearsal.check(study(changes)) end, parts, "refused: " .. table.concat(parts, " … "))
end
local function passes(changes, why) t.lives(function() rehearsal.check(study(changes)) end, why) end

-- ---- metrics ----

local sonar = { data = "sonar", compare = { hinge = {} } }
local function of_sonar(changes)
  for key, value in pairs(sonar) do changes[key] = changes[key] or value end
  return changes
end
refused({ metric = { "recall_at_k", k = 1000 } }, 'no trial of triplet on "iris" can run: recall_at_k: k = 1000')
refused({ metric = { "recall_at_k", k = 15 } },
  'no trial of triplet on "iris" can run: recall_at_k: k = 15, but a row has 14 others')
passes({ metric = { "recall_at_k", k = 14 } }, "as many neighbours as a part has")
refused({ metric = { "knn_accuracy", k = 61 } }, "knn_accuracy: k = 61, but a row has 60 others") -- neighbours are training rows
passes({ metric = { "knn_accuracy", k = 60 } }, "as many as there are training rows")
refused({ metric = { "knn_accuracy", k = 60 }, record = { "train", "valid" } }, "knn_accuracy: k = 60, but a row has 59 others")
refused({ metrics = { "knn_accuracy", { "recall_at_k", k = 15 } }, record = "valid" }, "recall_at_k: k = 15")
refused({ compare = { softmax = {}, multi_similarity = {} }, metric = { "knn_accuracy", k = 61 } },
  "no trial of multi_similarity on")
refused(of_sonar { metric = { "log_loss", from = "probabilities" } },
  'hinge on "sonar" can run: log_loss: the score of row', 'from = "logits"')
passes(of_sonar { metric = { "log_loss", from = "probabilities" }, model = { output = "sigmoid" } }, "probabilities of a sigmoid")
refused({ compare = { softmax = {} }, metric = { "multiclass_log_loss", from = "probabilities" } }, "softmax on",
  "multiclass_log_loss")
refused({ compare = { softmax = {} }, metric = { "multiclass_accuracy", k = 4 } },
  "multiclass_accuracy: k = 4, but there are 3 classes")
for _, metric in ipairs(ll.metric.list()) do -- any metric of outputs of any kind, as far as they suit each other
  for _, output in ipairs(ll.nn.activations) do
    for _, changes in ipairs { of_sonar {}, { compare = { softmax = {} } }, { compare = { triplet = {} } },
      { compare = { arcface = {} } } } do
      changes.metric, changes.model = metric, { hidden = {}, output = output }
      local fine, made = pcall(study, changes)
      if fine then
        local can, why = pcall(rehearsal.check, made)
        if not can then t.is(why, "no refusal", metric .. " of " .. output) end
      end
    end
  end
end

-- ---- losses ----

local function trained(batch, changes)
  changes.train = { epochs = 1, batch = batch }
  return changes
end
-- Batches that hold nothing that a loss compares depend on how rows are drawn: the trial says it, and other losses are run.
for _, each in ipairs { trained(1, {}), trained(2, { compare = { quadruplet = {} } }),
  trained(1, { compare = { batch_hard_triplet = {} } }), trained(1, of_sonar { compare = { pair_hinge = {} } }),
  trained(1, { compare = { softmax = {}, triplet = {} } }) } do
  passes(each, "batches that hold nothing to compare are no refusal")
end
refused({ data = { "wine", "iris" }, metric = { "recall_at_k", k = 15 } },
  'no trial of triplet on "iris"') -- wine's parts are larger
refused(of_sonar { compare = { cross_entropy = { from = "probabilities" } }, model = { output = "identity" } },
  'cross_entropy on "sonar" can run: cross_entropy: scores, row', "no probability")
t.throws(function() study(of_sonar { train = { optimizer = "lbfgs" } }) end,
  { "train.optimizer: lbfgs asks for the loss several times a step", "train.loop = function(trial)" })
t.throws(function() study(of_sonar { train = { optimizer = { "adam", "lbfgs" } } }) end, "train.optimizer: lbfgs asks")
passes(of_sonar { train = { batch = 16, optimizer = "lbfgs", loop = function() error "called" end } }, "a loop of its own may")

-- What stops some of the folds leaves the others: in a small part no two rows may be of one class, and none finds another.
do
  local x, y = {}, {}
  for i = 1, 30 do x[i], y[i] = { i % 7, i % 5 }, { 1 + (i - 1) // 3 } end
  local data = { name = "rare", make = function() return ll.data.matrix(ll.matrix(x), ll.matrix(y)) end }
  local made, ran = study { data = data, split = { folds = 10, stratify = false }, metric = { "recall_at_k", k = 1 },
    record = "valid", train = { batch = 8 } }, {}
  local set = cuts.datasets(made)[1]
  for fold = 1, 10 do
    local parts, most = cuts.parts(made, set, 1, fold), 0
    for _, count in ipairs(parts.valid.class_counts) do most = math.max(most, count) end
    ran[fold] = pcall(network.rehearse_metrics, made, made.configs[1], parts)
    t.is(ran[fold], most > 1, "fold " .. fold .. " can be measured where a class has two rows")
  end
  table.sort(ran, function(a, b) return not a and b end)
  t.is({ ran[1], ran[10] }, { false, true }, "some of the folds can, some cannot")
  t.lives(function() rehearsal.check(made) end, "then those that can are run")
end

-- A network that is not finite from the start diverges: that is for its trial to record.
do
  local big = {}
  for i = 1, 60 do big[i] = { ll.precision == "double" and 1e300 or 1e30, (i % 7) * 1e-3 } end
  local labels = {}
  for i = 1, 60 do labels[i] = { i % 2 } end
  passes({ data = { name = "big", make = function() return ll.data.matrix(ll.matrix(big), ll.matrix(labels)) end },
    split = { folds = 2, standardise = false }, compare = { square = {} },
    model = { hidden = { 512, 512, 512, 512 }, activation = "relu" } },
    "scores that overflow")
end

-- ---- what it leaves alone ----

do
  local calls = 0
  local function count() calls = calls + 1 end
  passes(of_sonar { compare = { mine = { count }, other = { { new = count } } } }, "losses of a script")
  passes(of_sonar { compare = { mine = {} }, trial = count, metric = "m" }, "its own trial")
  passes(of_sonar { train = { batch = 16, loop = count } }, "its own loop")
  t.is(calls, 0, "a script's functions are not called")
  refused(of_sonar { compare = { mine = { count } }, metric = { "log_loss", from = "probabilities" } }, "no trial of mine on",
    "log_loss")
end

-- The rows of a trial are the same before and after, to the bit.
do
  local made = study { data = "sonar", compare = { adaptive_rank = { margin_lr = 0.1, history = "fresh" } },
    train = { epochs = 2, batch = 16 } }
  local set = cuts.datasets(made)[1]
  local parts, number = cuts.parts(made, set, 1, 1), cuts.trial_number(made, set, 1, 1)
  local function rows()
    local result = network.run(made, made.configs[1], parts, number)
    for _, row in ipairs(result.epochs) do row.seconds = nil end
    return { result.status, result.epochs, result.metrics, result.learnt, result.scores[2].test:table() }
  end
  local before = rows()
  rehearsal.check(made)
  t.is(rows(), before, "a trial after a rehearsal is the trial without one")
end

-- Each combination once, and none where the database holds the study already.
do
  local path, tried = os.tmpname(), 0
  local rehearse = network.rehearse_loss
  function network.rehearse_loss(...) tried = tried + 1 return rehearse(...) end
  local made = study { data = { "iris",
    "wine" }, seeds = { 1, 2 }, compare = { triplet = { margin = { 0.5, 1, 2 } }, softmax = {} },
    train = { epochs = 1, batch = 16, lr = { 0.1, 0.2 } } }
  os.remove(path)
  local quiet = io.stderr
  io.stderr = { write = function() end } -- luacheck: ignore
  t.is(made:run { db = path, jobs = 1 }, 0, "the study runs")
  t.is(tried, 4, "two losses on two data sets, whatever their numbers")
  t.is(made:run { db = path, jobs = 1 }, 0, "and again")
  t.is(tried, 4, "without a rehearsal")
  io.stderr = quiet -- luacheck: ignore
  network.rehearse_loss = rehearse
  for _, ending in ipairs { "", "-wal", "-shm", "-lock" } do os.remove(path .. ending) end
end
t.done()
