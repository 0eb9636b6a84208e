-- A trial that is stopped after an epoch and goes on from its checkpoint leaves the rows of one that was not, to the bit: for every
-- loss that a study can train, with each of its choices, and every optimizer, with each of its own. A checkpoint that is damaged or
-- of another trial is refused in words, and what a study wrote in Lua has none.
local ll = require "losslab"
local t = require "tests.lua.tap"
local cuts = require "losslab.study.cuts"
local network = require "losslab.run.network"
local tasks = require "losslab.study.tasks"
local values = require "losslab.run.values"

local EPOCHS, STOP = 4, 2

local function study(options)
  options.name = options.name or "checkpoints"
  options.data = options.data or { { generator = "gaussians", n = 90, features = 3 } }
  options.split = options.split or { test = 0.3 }
  options.model = options.model or { hidden = { 4 } }
  options.train = options.train or {}
  options.train.epochs, options.train.batch = options.train.epochs or EPOCHS, options.train.batch or 16
  return ll.study(options)
end

-- Runs configuration number place of a study.
local cut_of = {}
local function run(made, place, hooks)
  local cut = cut_of[made]
  if not cut then
    local set = cuts.datasets(made)[1]
    cut = { cuts.parts(made, set, 1, 1), cuts.trial_number(made, set, 1, 1) }
    cut_of[made] = cut
  end
  return network.run(made, made.configs[place or 1], cut[1], cut[2], hooks)
end

-- Everything but times.
local function without_times(result)
  for _, row in ipairs(result.epochs) do row.seconds = nil end
  result.seconds = nil
  return values.pack(result)
end

-- The state after `epoch` epochs.
local function stopped(made, place, epoch)
  local count, state = 0, nil
  local result = run(made, place, { epoch_ended = function(take)
    count = count + 1
    if count < (epoch or STOP) then return nil end
    state = take()
    return "stop"
  end })
  return state, result
end

local function same(made, place, what, epoch)
  local straight = run(made, place)
  local state, half = stopped(made, place, epoch)
  if straight.status ~= "done" then return t.is(straight.error, nil, what .. " trains") end
  if half.status ~= "stopped" then return t.is(half.error or half.status, "stopped", what .. " stops") end
  local on = run(made, place, { state = state })
  if on.status ~= "done" then return t.is(on.error, nil, what .. " goes on") end
  t.ok(without_times(straight) == without_times(on), what .. ": the same bits")
end

-- ---- every loss, with each of its choices ----

-- The alternatives of a row: its defaults, and each other value of what is chosen from words, with whatever it learns learnt.
local function alternatives(row)
  local base, out = {}, {}
  for _, p in ipairs(row.params) do
    if p.name:find "_lr$" then base[p.name] = 0.05 end
  end
  local function add(name, value)
    local one = {}
    for key, each in pairs(base) do one[key] = each end
    if name then one[name] = value end
    out[#out + 1] = one
  end
  add()
  for _, p in ipairs(row.params) do
    if p.kind == "boolean" then add(p.name, not p.default) end
    for _, word in ipairs(p.choices or {}) do
      if word ~= p.default and word ~= "probabilities" then add(p.name, word) end
    end
  end
  return out
end

do
  local kinds, count, trained = { { compare = {} }, { data = { "iris" }, embedding = 3, compare = {} }, { output = "sigmoid",
    compare = { cross_entropy = { from = "probabilities", pos_weight = 2 } } },
    { data = { { generator = "counts", n = 90, name = "counts" } }, compare = {} } }, 0, 0
  for _, name in ipairs(ll.loss.list()) do
    local row, task = ll.loss.describe(name), tasks.of(name)
    if task and not row.metric_only then
      kinds[tasks.get(task).values and 4 or tasks.get(task).classes and 2 or 1].compare[name] = alternatives(row)
      count = count + 1
    end
  end
  local seen = {}
  for _, kind in ipairs(kinds) do
    local made = study { data = kind.data, compare = kind.compare, networks = true,
      model = { hidden = { 4 }, embedding = kind.embedding, output = kind.output } }
    for i, config in ipairs(made.configs) do
      if not seen[config.loss] then trained = trained + 1 end
      seen[config.loss] = (seen[config.loss] or 0) + 1
      same(made, i, ("%s, alternative %d"):format(config.loss, seen[config.loss]))
    end
  end
  t.is(trained, count, "every loss that the default loop can train is there")
end

-- ---- every optimizer, with each of its choices ----

do
  local optimizers = {}
  for _, name in ipairs(ll.optim.list()) do
    local row = ll.optim.describe(name)
    if not row.closure then
      local fields = {}
      for _, p in ipairs(row.params) do
        if p.kind == "boolean" then fields[p.name] = { false, true } end
        if p.choices then fields[p.name] = p.choices end
        if p.name == "momentum" then fields[p.name] = 0.9 end
        if p.name == "weight_decay" then fields[p.name] = 0.01 end
      end
      optimizers[name] = fields
    end
  end
  local made, seen = study { compare = { aucm_minmax = {}, adaptive_rank = { margin_lr = 0.05 } },
    train = { optimizer = optimizers } }, {}
  for i, config in ipairs(made.configs) do
    seen[config.train.optimizer] = true
    same(made, i, ("%s by %s, configuration %d"):format(config.loss, config.train.optimizer, i))
  end
  for name in pairs(optimizers) do t.ok(seen[name], name .. " is among them") end
end

-- ---- every epoch, every way of keeping scores ----

for _, scores in ipairs { "all", "best", "last", "none" } do
  local made = study { compare = { triplet = {} }, scores = scores, networks = scores == "best",
    record = { "train", "valid", "test" } }
  for epoch = 1, EPOCHS - 1 do same(made, 1, ("scores = %s, stopped after epoch %d"):format(scores, epoch), epoch) end
end

-- A network of rows without a direction, which losses of cosines count from one epoch to the next.
do
  local made = study { compare = { nt_xent = {}, multi_similarity = {}, circle = {} },
    metric = { "knn_accuracy", distance = "cosine" },
    metrics = { { "knn_accuracy", distance = "cosine" }, { "recall_at_k", distance = "cosine" } },
    model = { hidden = { 4 }, activation = "relu", output = "relu", embedding = 2 }, train = { lr = 1e-3 } }
  for i, config in ipairs(made.configs) do
    local rows = run(made, i).epochs
    t.ok(#rows == EPOCHS and rows[STOP + 1].zero_rows > 0, config.loss .. " meets rows without a direction")
    same(made, i, config.loss .. " that counts them")
  end
end

-- A run that diverges after its checkpoint, which asks for the scores of the epoch before.
do
  local made = study { compare = { square = {} }, scores = "last", train = { optimizer = "sgd", lr = 1, epochs = 30, batch = 25 },
    model = { hidden = { 16 }, activation = "relu" } }
  local straight = run(made)
  t.is(straight.status, "diverged", "a rate of 1 diverges")
  local last = (straight.diverged_epoch or 0) - 1
  t.ok(last >= 2, "after two epochs at least")
  local state = stopped(made, 1, last)
  t.ok(without_times(run(made, 1, { state = state })) == without_times(straight), "it diverges in the same way from a checkpoint")
end

-- Stopped again and again.
do
  local made = study { compare = { adaptive_rank = { margin_lr = 0.05, reference = "quantile" } } }
  local turns, state = 0, nil
  local result
  repeat
    turns = turns + 1
    result = run(made, 1, { state = state, epoch_ended = function(take) state = take() return "stop" end })
  until result.status ~= "stopped" or turns > EPOCHS
  t.is(turns, EPOCHS, "one epoch a turn; the last ends the trial")
  t.ok(without_times(result) == without_times(run(made)), "stopped after each epoch: the same bits")
end

-- ---- the hook ----

do
  local made, called, takes = study { compare = { hinge = {} } }, 0, {}
  local result = run(made, 1, { epoch_ended = function(take)
    called = called + 1
    takes[called] = take()
  end })
  t.is(called, EPOCHS - 1, "called after each epoch but the last, after which the trial is done")
  t.is(result.status, "done", "a hook that says nothing changes nothing")
  t.ok(without_times(result) == without_times(run(made)), "nor does taking a state")
  for epoch = 1, EPOCHS - 1 do
    t.ok(without_times(run(made, 1, { state = takes[epoch] })) == without_times(run(made)), ("from epoch %d of it"):format(epoch))
  end
  local kept = { "an error of the store" }
  local fine, why = pcall(run, made, 1, { epoch_ended = function() error(kept, 0) end })
  t.ok(not fine and why == kept, "an error of the hook is no result of the trial")
  t.is(select(2, stopped(made)).error, nil, "a stopped trial has no error")
end

-- ---- what a study wrote in Lua ----

do
  local loop = function(trial)
    for _ = 1, trial.epochs do
      for x, y in trial:batches() do trial:step(trial:value(x, y)) end
      trial:end_epoch()
    end
  end
  local loss = function(scores, labels) return ((scores - labels) ^ 2):mean() end
  local own = function(trial) for epoch = 1, 3 do trial:record { valid = { m = epoch } } end end
  local all = {
    loop = { compare = { hinge = {} }, train = { loop = loop } },
    loss = { compare = { mine = { loss } } },
    trial = { compare = { mine = {} }, trial = own, metric = "m", train = { rate = 1 }, model = {} },
  }
  for what, options in pairs(all) do
    if what == "trial" then
      options.data, options.split, options.name = { { generator = "gaussians", n = 90, features = 3 } }, { test = 0.3 }, "own"
      options.goal = "max"
    end
    local made = what == "trial" and ll.study(options) or study(options)
    local count, seen = 0, "not called"
    local result = run(made, 1, { epoch_ended = function(take)
      count, seen = count + 1, take
      return count == STOP and "stop" or nil
    end })
    t.is(result.status, "stopped", "a study's own " .. what .. " is stopped")
    t.is(seen, nil, "and has no checkpoint")
    t.is(count, STOP, "after the epoch")
    local state = stopped(study { compare = { hinge = {} } })
    result = run(made, 1, { state = state })
    t.is(result.status, "refused", "nor does it go on from one")
    t.like(result.error, "own", "and says so")
  end
end

-- ---- what is refused ----

do
  local made = study { compare = { adaptive_rank = { margin_lr = 0.05 } }, networks = true }
  local state = stopped(made)
  local function refused(other, bytes, words, name)
    local result = run(other, 1, { state = bytes })
    t.is(result.status, "refused", name .. " is refused")
    t.like(result.error, words, name .. ": " .. words)
    t.is(#result.epochs, 0, name .. ": nothing is trained")
  end
  for words, options in pairs { ["its loss is \"adaptive_rank\""] = { compare = { hinge = {} }, networks = true },
    ["its parameters is"] = { compare = { adaptive_rank = { margin_lr = 0.06 } }, networks = true },
    ["its model is"] = { compare = { adaptive_rank = { margin_lr = 0.05 } }, networks = true, model = { hidden = { 5 } } },
    ["its train is"] = { compare = { adaptive_rank = { margin_lr = 0.05 } }, networks = true, train = { lr = 0.5 } },
    ["its number is"] = { compare = { adaptive_rank = { margin_lr = 0.05 } }, networks = true, seeds = { 2 } },
    ["its seed is"] = { compare = { adaptive_rank = { margin_lr = 0.05 } }, networks = true, seed = 7 },
    ["its kept is"] = { compare = { adaptive_rank = { margin_lr = 0.05 } } },
    ["its metrics is"] = { compare = { adaptive_rank = { margin_lr = 0.05 } }, networks = true, metrics = { "auc", "log_loss" } },
    ["its parts is"] = { compare = { adaptive_rank = { margin_lr = 0.05 } }, networks = true,
      data = { { generator = "gaussians", n = 90, features = 4 } } } } do
    local other = study(options)
    local set = cuts.datasets(other)[1]
    cut_of[other] = { cuts.parts(other, set, 1, 1),
      words:find "number" and cuts.trial_number(other, set, 2, 1) or cuts.trial_number(made, cuts.datasets(made)[1], 1, 1) }
    refused(other, state, words, "another " .. words:match "its (%w+)")
  end
  local other = ll.precision == "double" and "float" or "double"
  refused(made, (state:gsub(ll.precision, other, 1)), "of another format or precision", "another precision")
  refused(made, (state:gsub("checkpoint 1", "checkpoint 2", 1)), "of another format or precision", "another format")
  refused(made, "", "does not begin with", "an empty string")
  refused(made, 7, "is 7, not a string", "a number")
  refused(made, state:sub(1, -2), "is damaged", "a shortened state")
  refused(made, state .. "x", "is damaged", "a lengthened state")

  -- any byte
  local stream, wrong = ll.random(11, 0, "checkpoint"), 0
  for _ = 1, 300 do
    local at = stream:integer(#state)
    local byte = (state:byte(at) + stream:integer(255)) % 256
    local result = run(made, 1, { state = state:sub(1, at - 1) .. string.char(byte) .. state:sub(at + 1) })
    if result.status ~= "refused" then wrong = wrong + 1 end
  end
  t.is(wrong, 0, "any changed byte is noticed (seed 11)")

  -- whole as bytes, but not what it should be
  local head = #("losslab checkpoint 1 " .. ll.precision .. "\n")
  local function with(change)
    local inner = values.unpack(state:sub(head + 65))
    local bytes = values.pack(change(inner) or inner)
    return state:sub(1, head) .. ll.core.sha256(bytes) .. bytes
  end
  t.ok(with(function() end) == state, "the state packed again is the state")
  local changes = { { function() return "text" end, "as its state" }, { function(s) s.identity = nil end, "as its identity" },
    { function(s) s.parameters[5] = ll.zeros(1, 1) end, "5 matrices" },
    { function(s) s.parameters[1] = ll.zeros(1, 1) end, "assign" },
    { function(s) s.parameters = false end, "as its parameters" }, { function(s) s.parameters[1] = "a" end, "does not fit" },
    { function(s) s.loss = s.optimizer end, "not the state of a losslab loss" }, { function(s) s.loss = nil end, "does not fit" },
    { function(s) s.optimizer = s.tuples end, "not the state of a losslab optimizer" },
    { function(s) s.tuples = s.loss end, "not the state of a losslab stream" }, { function(s) s.rows = nil end, "as its rows" },
    { function(s) s.rows.epoch = 1 end, "epoch is 1" }, { function(s) s.rows.best_epoch = 9 end, "best epoch is 9" },
    { function(s) s.rows.seconds = "x" end, "took" }, { function(s) s.rows.metrics = 1 end, "metrics are 1" },
    { function(s) s.rows.best = "x" end, "best is" }, { function(s) s.rows.learnt[2] = "x" end, "learnt hold \"x\"" },
    { function(s) s.rows.epoch = 4 end, "holds 2 epochs, not 3" }, { function(s) s.rows.network = 3 end, "network is 3" },
    { function(s) s.rows.best_scores = 3 end, "best scores are 3" } }
  for i, each in ipairs(changes) do refused(made, with(each[1]), each[2], "change " .. i) end

  -- drawn changes of the values under a hash that fits: refused, or trained to some end, but no error and no crash
  local body, ends = state:sub(head + 65), {}
  for _ = 1, 300 do
    local at = stream:integer(#body)
    local bytes = body:sub(1, at - 1) .. string.char(stream:integer(256) - 1) .. body:sub(at + 1)
    local fine, result = pcall(run, made, 1, { state = state:sub(1, head) .. ll.core.sha256(bytes) .. bytes })
    ends[fine and result.status or tostring(result)] = true
  end
  for status in pairs(ends) do
    t.ok(({ refused = 1, done = 1, diverged = 1, failed = 1 })[status], "drawn values end as a trial does: " .. status)
  end
end

t.done()
