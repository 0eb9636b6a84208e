-- Studies whose batches hold nothing to compare, and networks that give rows without a direction: what is passed over moves
-- nothing, is counted and said; what compared nothing is no result; a loss in Lua has to say it on purpose.
local ll = require "losslab"
local t = require "tests.lua.tap"
local report = require "losslab.results.report"
local runner = require "losslab.run.runner"
local study = require "losslab.study.study"
local tasks = require "losslab.study.tasks"

local function run(fields)
  local db = os.tmpname()
  os.remove(db)
  runner.run(study.of_script(([[
local ll = ll
return ll.study { name = "passed", data = { { generator = "gaussians", n = 90, features = 3 } }, split = { test = 0.3 },
  %s }]]):format(fields), "=test"), { db = db, jobs = 1 })
  return ll.store.open(db)
end

local function rows(db, what)
  local out = {}
  for row in db:rows(what) do out[#out + 1] = row end
  return out
end

local function metrics(db)
  local out = {}
  for i, row in ipairs(rows(db, "all_metrics")) do out[i] = ("%d %d %s %s %.17g"):format(row.trial, row.epoch, row.name, row.split,
    row.value) end
  return out
end

-- ---- batches of one row -----------------------------------------------------------------------------------------------------

-- Losses that need no second row, each as far as a batch of one row goes.
local single = { adaptive_rank = true, square = true, hinge = true, smooth_hinge = true, logistic = true, cross_entropy = true,
  exponential = true, focal = true, softmax = true, multiclass_hinge = true, crammer_singer = true, weston_watkins = true,
  l_softmax = true, a_softmax = true, arcface = true, cosface = true, proxy_nca = true, proxy_anchor = true }
local kinds = { {}, {} }
for _, name in ipairs(ll.loss.list()) do
  local task = tasks.of(name)
  if task and not ll.loss.describe(name).metric_only and tasks.get(task).least <= 2
    and not tasks.get(task).values then -- of which a row counts by itself: tests/lua/regression.lua
    local kind = kinds[tasks.get(task).classes and 2 or 1]
    kind[#kind + 1] = ("%q"):format(name)
  end
end
for _, names in ipairs(kinds) do
  local db = run(("compare = { %s }, model = { hidden = { 4 } }, train = { epochs = 2, batch = 1 }"):format(
    table.concat(names, ", ")))
  for _, row in ipairs(rows(db, "trials")) do
    t.is(row.status, single[row.loss] and "done" or "failed", row.loss .. " with batches of one row")
    t.is(row.error, not single[row.loss] and ("no batch held what %s compares; larger batches may"):format(row.loss) or nil,
      row.loss .. ": is told why")
  end
  db:close()
end

-- ---- a batch passed over moves nothing ----------------------------------------------------------------------------------------

-- Four loops of the same study, with an optimizer that moves weights without a gradient. The first finds by the labels what is to
-- be passed over, and records the share and the mean by itself.
local setting = [[compare = { "pair_squared_hinge", "smooth_ap" }, model = { hidden = { 4 } }, train = { epochs = 3, batch = 3,
  optimizer = "sgd", lr = 0.1, momentum = 0.9, weight_decay = 0.01 %s }]]
local loops = {
  { "by the labels", [[, loop = function(trial)
    for _ = 1, trial.epochs do
      for x, y in trial:batches() do
        local targets = y:sum():item()
        if targets > 0 and targets < #y then trial:step(trial.loss(trial.net(x), y), #y) end
      end
      trial:end_epoch()
    end
  end]] },
  { "the default loop", "" },
  { "trial:value straight into trial:step", [[, loop = function(trial)
    for _ = 1, trial.epochs do
      for x, y in trial:batches() do trial:step(trial:value(x, y)) end
      trial:end_epoch()
    end
  end]] },
  { "the loss called by the loop", [[, loop = function(trial)
    for _ = 1, trial.epochs do
      for x, y in trial:batches() do trial:step(trial.loss(trial.net(x), y), #y) end
      trial:end_epoch()
    end
  end]] },
  { "the loss's batch called by the loop", [[, loop = function(trial)
    for _ = 1, trial.epochs do
      for x, y in trial:batches() do trial:step(trial.loss:batch(trial.net(x), y) or false, #y) end
      trial:end_epoch()
    end
  end]] },
}
local expected, losses, share
for i, loop in ipairs(loops) do
  local db = run(setting:format(loop[2]))
  local epochs = rows(db, "all_epochs")
  local means, shares = {}, {}
  for k, row in ipairs(epochs) do means[k], shares[k] = row.train_loss, row.passed_over end
  if i == 1 then
    expected, losses = metrics(db), means
    t.is(#losses, 6, "two trials of three epochs")
  else
    t.is(metrics(db), expected, loop[1] .. ": the same network, to the bit")
    t.is(means, losses, loop[1] .. ": the mean loss is that of the other batches")
    share = share or shares
    t.is(shares, share, loop[1] .. ": the same share is counted")
    for k = 1, 6 do t.ok(shares[k] > 0 and shares[k] < 1, ("%s: %g of epoch %d"):format(loop[1], shares[k], k)) end
    if i == 2 then
      local said = report.text(report.build(db), { width = 1000 })
      local mean = 100 * (shares[1] + shares[2] + shares[3]) / 3
      t.ok(said:find("pair_squared_hinge", 1, true) and said:find(
        ("met nothing to compare in %.0f %% of the batches, which were passed over."):format(mean), 1, true), "the report says so")
      t.is(#report.build(db).passed, 2, "of both losses")
    end
  end
  db:close()
end
t.near(share[1] * 17, math.floor(share[1] * 17 + 0.5), 1e-9, "the share is one of 17 batches, of 50 rows")

-- Of several data sets the report names those in which it was so, with the range of the shares.
local sentences = require "losslab.results.sentences"
local compared = { { loss = "circle" }, { loss = "nt_xent" }, { loss = "top_push" } }
local groups = { { dataset = "a", rows = compared }, { dataset = "b", rows = compared } }
t.is(sentences.passed({ { loss = "top_push", dataset = "a", passed_over = 0.5, zero_rows = nil },
  { loss = "top_push", dataset = "b", passed_over = 0.004 }, { loss = "circle", dataset = "b", passed_over = 0.0, zero_rows = 1 },
  { loss = "nt_xent", dataset = "b", passed_over = 0.996, zero_rows = 2 } }, groups),
  { "top_push met nothing to compare in 0.4 % to 50 % of the batches on a and b, which were passed over.",
    "nt_xent met nothing to compare in 99.6 % of the batches on b, which were passed over.",
    "circle met 1 row of zeros, without a direction, by which nothing was learnt.",
    "nt_xent met 2 rows of zeros, without a direction, by which nothing was learnt." }, "shares, data sets and rows in words")
t.is(sentences.passed({ { loss = "circle", dataset = "a", passed_over = 0.5 },
  { loss = "top_push", dataset = "a", passed_over = 0.5 }, { loss = "nt_xent", dataset = "a", passed_over = 0.25 } }, groups),
  { "circle and top_push met nothing to compare in 50 % of the batches on a, which were passed over.",
    "nt_xent met nothing to compare in 25 % of the batches on a, which were passed over." }, "the same is said once")

-- What always compares says nothing.
local quiet = run [[compare = { "hinge" }, model = { hidden = { 4 } }, train = { epochs = 1, batch = 10 }]]
t.is(rows(quiet, "all_epochs")[1].passed_over, 0.0, "nothing was passed over")
t.is(rows(quiet, "all_epochs")[1].zero_rows, nil, "hinge counts no zero rows")
t.is(#report.build(quiet).passed, 0, "and the report says nothing")
quiet:close()

-- A loop that moves its weights itself is held to the same.
local own = run [[compare = { "pair_hinge" }, model = { hidden = { 4 } }, train = { epochs = 1, batch = 1, loop = function(trial)
  for x, y in trial:batches() do
    local value = trial:value(x, y)
    if value then value:backward() trial.optimizer:step() end
  end
  trial:end_epoch()
end }]]
t.is(rows(own, "trials")[1].error, "no batch held what pair_hinge compares; larger batches may", "an epoch of a study's loop, too")
own:close()

-- ---- what a loss in Lua returns -------------------------------------------------------------------------------------------------

local words = {
  { "nothing", "function(s, y) if y:sum():item() > 0 then return (s * s):mean() end end",
    "nothing returned nothing; a 1x1 matrix was expected, or false for a batch with nothing to compare" },
  { "number", "function() return 0.5 end", "number returned 0.5; a 1x1 matrix was expected" },
  { "text", 'function() return "x" end', 'text returned "x"; a 1x1 matrix was expected' },
  { "yes", "function() return true end", "yes returned true; a 1x1 matrix was expected" },
  { "list", "function(s) return { s } end", "list returned a table; a 1x1 matrix was expected" },
  { "column", "function(s) return s * s end", "column returned a matrix 4x1; a 1x1 matrix was expected, as its :mean() is" },
  { "row", "function(s) return (s * s):transpose() end",
    "row returned a matrix 1x4; a 1x1 matrix was expected, as its :mean() is" },
  { "never", "function() return false end", "no batch held what never compares; larger batches may" },
}
for _, loop in ipairs { "", [[, loop = function(trial)
    for x, y in trial:batches() do trial:step(trial.loss(trial.net(x), y), #y) end
    trial:end_epoch()
  end]] } do
  local compare, wanted = {}, {}
  for i, each in ipairs(words) do compare[i], wanted[each[1]] = ("%s = { %s }"):format(each[1], each[2]), each[3] end
  local db = run(("compare = { %s }, model = { hidden = { 4 } }, train = { epochs = 1, batch = 4 %s }"):format(
    table.concat(compare, ", "), loop))
  for _, row in ipairs(rows(db, "trials")) do
    t.is({ row.status, row.error }, { "failed", wanted[row.loss] }, row.loss .. (loop == "" and "" or ", by trial:step"))
  end
  db:close()
end
local file = run [[compare = { handle = { function() return io.stdout end } }, model = { hidden = { 4 } },
  train = { epochs = 1, batch = 10 }]]
t.like(rows(file, "trials")[1].error, "^handle returned a FILE%*; a 1x1 matrix was expected$", "another userdata")
file:close()

-- One that says false, one that hands on what a built-in loss gives, and the built-in loss itself pass over the same batches.
local wrapped = run [[compare = { pair_hinge = {}, says = { function(s, y)
    local targets = y:sum():item()
    return targets > 0 and targets < #y and ll.loss.pair_hinge()(s, y)
  end }, hands = { function(s, y) return ll.loss.pair_hinge()(s, y) end },
  makes = { { new = function() return ll.loss.pair_hinge() end } } },
  model = { hidden = { 4 } }, train = { epochs = 2, batch = 3, optimizer = "sgd", momentum = 0.9, lr = 0.1 }]]
local by, of = {}, {}
for _, row in ipairs(rows(wrapped, "trials")) do of[row.trial], by[row.loss] = row.loss, {} end
for _, row in ipairs(rows(wrapped, "all_epochs")) do
  table.insert(by[of[row.trial]], { row.train_loss, row.passed_over })
end
t.ok(by.pair_hinge[1][2] > 0, "a part was passed over")
for _, name in ipairs { "says", "hands", "makes" } do t.is(by[name], by.pair_hinge, name .. ": passes over the same") end
wrapped:close()

-- A loss with a history that is handed on remembers the batches in which it met nothing: here targets, one at a time, which have a
-- target to look back to.
local remembers = run [[compare = { hands = { { new = function()
    local inner = ll.loss.adaptive_rank()
    inner:history({ 0.5 }, { 1 })
    return setmetatable({ inner = inner }, { __call = function(_, s, y) return inner(s, y) end })
  end } } }, model = { hidden = { 4 } }, train = { epochs = 1, batch = 1, loop = function(trial)
    local targets = ll.sum(trial.train.y):item()
    for pass = 1, 2 do
      local met = 0
      for x, y in trial:batches() do
        local value, rows = trial:value(x, y)
        met = met + (value and 1 or 0)
        trial:step(value, rows)
      end
      local expected = trial.train.rows - (pass == 1 and targets or 0)
      if met ~= expected then error(("pass %d: %d batches, not %d"):format(pass, met, expected)) end
      if pass == 1 then trial.loss.inner:end_epoch() end
    end
    if trial.loss.inner.history_rows ~= trial.train.rows then error("it remembers " .. trial.loss.inner.history_rows) end
    trial:end_epoch()
  end }]]
t.is({ rows(remembers, "trials")[1].status, rows(remembers, "trials")[1].error }, { "done" }, "what was passed over is remembered")
local passed = rows(remembers, "all_epochs")[1].passed_over
t.ok(passed > 0 and passed < 0.5, "the targets of the first half of the batches")
remembers:close()

-- ---- rows without a direction ---------------------------------------------------------------------------------------------------

local of_cosines = {}
for _, name in ipairs(ll.loss.list()) do
  if tasks.of(name) and ll.loss.describe(name).of_cosines then of_cosines[#of_cosines + 1] = ("%q"):format(name) end
end
local dead = run(([[compare = { %s }, metrics = { { "knn_accuracy", distance = "cosine" }, { "recall_at_k", distance = "cosine" } },
  metric = { "knn_accuracy", distance = "cosine" },
  model = { hidden = { 4 }, activation = "relu", output = "relu", embedding = 2 },
  train = { epochs = 2, batch = 20, lr = 1e-3 }]]):format(table.concat(of_cosines, ", ")))
for _, row in ipairs(rows(dead, "trials")) do
  t.is({ row.status, row.error }, { "done" }, row.loss .. ": a row of zeros ends no run")
end
for _, row in ipairs(rows(dead, "all_epochs")) do
  t.ok(math.type(row.zero_rows) == "integer" and row.zero_rows > 0, ("trial %d, epoch %d: %s of them"):format(row.trial, row.epoch,
    row.zero_rows))
end
local all = report.build(dead).passed
t.is(#all, #of_cosines, "every loss of cosines met some")
t.ok(report.text(report.build(dead), { width = 10000 }):find(
  (" met %d rows of zeros, without a direction"):format(all[1].zero_rows), 1, true), "which the report says")
dead:close()

-- A network that is dead altogether has learnt nothing.
local buried = run [[compare = { circle = {} }, model = { hidden = { 4 }, output = "relu" }, train = { epochs = 1, batch = 20,
  loop = function(trial)
    for _, parameter in ipairs(trial.net:parameters()) do parameter:fill_(parameter.rows == 1 and -1 or 0) end
    for x, y in trial:batches() do trial:step(trial:value(x, y)) end
    trial:end_epoch()
  end }]]
t.is(rows(buried, "trials")[1].error,
  "circle met nothing but rows of zeros, which have no direction (50 in an epoch): the network gives no others",
  "an epoch of zero rows alone")
buried:close()

-- Scores of classes by the directions of their vectors: a zero vector scores 0.
local scored = tasks.class_scores({ learnt = { ll.matrix { { 0, 5 }, { 0, 0 }, { -4, 0 } } } }, ll.matrix { { 1, 2 }, { 0, 0 } })
t.is(scored:table(), { { 2, 0, -1 }, { 0, 0, 0 } }, "class scores with a zero vector and a zero row")
t.done()
