-- A study of small runs by the program, planning, database and the table that it prints included: CPU seconds a trial, of all its
-- processes. What its networks' products and activations alone would take stands beside it. The peer, in study.py, runs the same
-- configurations on the first folds.
local ll = require "losslab"
local program = os.getenv "LOSSLAB" or "bin/losslab"

local function report(name, value, unit) print(("%s\t%.9g%s"):format(name, value, unit and "\t" .. unit or "")) end

local SETS, EPOCHS, BATCH, HIDDEN = { "breast_cancer", "sonar", "pima" }, 30, 64, { 64, 32 }

local STUDY = [[return ll.study { name = "bench", question = "how fast", data = { "breast_cancer", "sonar", "pima" },
  split = { folds = 5 },
  compare = {
    cross_entropy = {}, square = {}, hinge = { margin = { 0.5, 1 } }, exponential = {},
    pair_squared_hinge = { margin = { 0.1, 0.5, 1 } }, pair_logistic = {}, pair_exponential = {}, adaptive_rank = { margin = 0.1 },
  },
  model = { hidden = { 64, 32 }, activation = "sigmoid" },
  train = { epochs = 30, batch = 64, optimizer = "adam", lr = 1e-2 },
  metric = "auc", metrics = { "auc", "partial_auc", "average_precision" } }]]
local TRIALS = 11 * 5 * #SETS

-- CPU seconds of all children so far, as the kernel counts them: in ticks, so of several runs at once.
local function children()
  local user, system = io.open("/proc/self/stat"):read("a"):match("%) %S" .. (" %S+"):rep(12) .. " (%d+) (%d+)")
  return (tonumber(user) + tonumber(system)) / 100
end

local script, db = os.tmpname(), os.tmpname()
local file = assert(io.open(script, "w"))
file:write(STUDY)
file:close()

-- The least of some blocks: other work on the machine only ever adds.
local least, RUNS = math.huge, 3
for _ = 1, 5 do
  local before = children()
  for _ = 1, RUNS do
    assert(os.execute(("rm -f %s.db*; %s run %s --db %s.db --jobs 1 >%s 2>&1"):format(db, program, script, db, db)))
  end
  least = math.min(least, (children() - before) / RUNS)
end
os.execute(("rm -f %s %s.db* %s"):format(db, db, script))
report("study of 11 configurations x 5 folds on 3 small sets, 30 epochs: CPU a trial", least / TRIALS)

-- The bound: products, biases and activations of the same steps and evaluations, in kept matrices, nothing else.
local function seconds_of(f)
  f()
  local best = math.huge
  for _ = 1, 15 do
    local start = os.clock()
    for _ = 1, 40 do f() end
    best = math.min(best, (os.clock() - start) / 40)
  end
  return best
end

local function bound(rows, features, backward)
  local stream, widths, layers = ll.random(1), { features, HIDDEN[1], HIDDEN[2], 1 }, {}
  local x = stream:normal(rows, features)
  for l = 1, 3 do
    layers[l] = { input = l == 1 and x or stream:normal(rows, widths[l]), weights = stream:normal(widths[l + 1], widths[l]),
      out = stream:normal(rows, widths[l + 1]) }
  end
  local total = 0
  for l, layer in ipairs(layers) do
    total = total + seconds_of(function() ll.matmul(layer.input, layer.weights, false, true) end)
    if l < 3 then total = total + seconds_of(function() ll.sigmoid(layer.out) end) end
    if backward then
      total = total + seconds_of(function() ll.matmul(layer.out, layer.input, true) end)
      if l > 1 then total = total + seconds_of(function() ll.matmul(layer.out, layer.weights) end) end
    end
  end
  return total
end

local total = 0
for _, name in ipairs(SETS) do
  local set = ll.data.load(name)
  local test = set.rows // 5
  local valid = (set.rows - test) // 5
  local train = set.rows - test - valid
  local steps = train // BATCH * bound(BATCH, set.features, true)
  if train % BATCH > 0 then steps = steps + bound(train % BATCH, set.features, true) end
  total = total + EPOCHS * (steps + bound(valid, set.features) + bound(test, set.features))
end
report("its products and activations alone", total / #SETS)
