-- Every loss of the table that the default loop can train is trained, through the database, on data with classes; what it cannot
-- train is refused by name; a study's own trial records what it says.
local ll = require "losslab"
local t = require "tests.lua.tap"
local runner = require "losslab.run.runner"
local study = require "losslab.study.study"
local tasks = require "losslab.study.tasks"

-- Four Gaussians far from each other, as classes 1..4 in the plane.
local rows, labels, stream = {}, {}, ll.random(3)
for i = 1, 160 do
  local class = (i - 1) % 4
  rows[i] = { 6 * (class % 2) + stream:normal(), 6 * (class // 2) + stream:normal() }
  labels[i] = class
end
local csv = os.tmpname()
local file = assert(io.open(csv, "w"))
file:write "class,x,y\n"
for i, row in ipairs(rows) do file:write(("%d,%.9g,%.9g\n"):format(labels[i], row[1], row[2])) end
file:close()
os.rename(csv, csv .. ".csv")

local function run(text, jobs)
  local db = os.tmpname()
  os.remove(db)
  local made = study.of_script(text, "=test")
  local code = runner.run(made, { db = db, jobs = jobs or 1 })
  return ll.store.open(db), code, db
end

local compare, of_two, of_values, count = {}, {}, {}, 0
for _, name in ipairs(ll.loss.list()) do
  local task = tasks.of(name)
  if task and tasks.get(task).values then of_values[#of_values + 1] = name .. " = {}"
  elseif task and not tasks.get(task).classes then
    if not ll.loss.describe(name).metric_only then of_two[#of_two + 1] = name .. " = {}" end
  elseif task then
    compare[#compare + 1] = name .. " = {}"
    count = count + 1
  end
end
local text = ([[return ll.study { name = "tasks", data = { %q }, split = { folds = 2 }, compare = { %s },
  model = { hidden = { 16 }, embedding = 4 }, train = { epochs = 12, batch = 40, lr = 0.02 } }]]):format(csv .. ".csv",
  table.concat(compare, ", "))
local db, code, path = run(text)
t.is(code, 0, "a study over every loss of classes and embeddings")
t.is(db:one("study").metric, "knn_accuracy", "chooses by the neighbours' class, which all of them give")
local seen = 0
for row in db:rows "leaderboard" do
  seen = seen + 1
  t.ok(row.test_mean > 0.9, ("%s: %.3f of the test rows have neighbours of their class"):format(row.loss, row.test_mean))
end
t.is(seen, count, "each is there")
db:close()

local again = run(text, 2)
local first = ll.store.open(path)
for _, name in ipairs { "trial", "epoch", "metric", "score" } do
  t.is(again:digest(name), first:digest(name), name .. ": the same with two workers")
end
first:close()

-- Those of two classes: each must rank them, its learnt numbers included.
local pair, ended = run(([[return ll.study { name = "two", data = { { generator = "gaussians", n = 300, features = 3, shift = 3 } },
  split = { folds = 2 }, compare = { %s }, model = { hidden = { 8 } }, train = { epochs = 40, batch = 50, lr = 0.02 } }]]):format(
  table.concat(of_two, ", ")))
t.is(ended, 0, "a study over every loss of two classes")
local ranked = 0
for row in pair:rows "leaderboard" do
  ranked = ranked + 1
  t.ok(row.test_mean > 0.95, ("%s: AUC %.3f"):format(row.loss, row.test_mean))
end
t.is(ranked, #of_two, "each is there")
pair:close()

-- Those of real values: each must order them.
local numbers, done = run(([[return ll.study { name = "values", data = { { generator = "counts", n = 300, features = 3 } },
  split = { folds = 2 }, compare = { %s }, metric = "spearman", model = { hidden = { 8 } },
  train = { epochs = 30, batch = 50, lr = 0.02 } }]]):format(table.concat(of_values, ", ")))
t.is(done, 0, "a study over every loss of real values")
local ordered = 0
for row in numbers:rows "leaderboard" do
  ordered = ordered + 1
  t.ok(row.test_mean > 0.5, ("%s: Spearman %.3f"):format(row.loss, row.test_mean))
end
t.is(ordered, #of_values, "each is there")
numbers:close()

-- What a network says of classes are logits, and taken so whatever the metric takes by default.
local logits, fine = run(([[return ll.study { name = "logits", data = { %q }, split = { folds = 2 }, compare = { softmax = {} },
  metric = "multiclass_log_loss", metrics = { { "multiclass_log_loss", from = "logits" } }, model = { hidden = { 16 } },
  train = { epochs = 12, batch = 40, lr = 0.02 } }]]):format(csv .. ".csv"))
t.is(fine, 0, "a study of log loss over classes")
local values = {}
for row in logits:query "SELECT name, value FROM metric ORDER BY trial, epoch, split, name" do values[#values + 1] = row end
t.ok(#values > 8 and #values % 2 == 0, "recorded")
for i = 1, #values, 2 do
  if values[i].value ~= values[i + 1].value or values[i].name == values[i + 1].name then
    t.is(values[i], values[i + 1], "by name and by logits it is the same number")
    break
  end
end
logits:close()

local function refused(rest, part, name, data)
  local script = ('return ll.study { name = "x", data = { %q }, split = { folds = 2 }, train = { batch = 20 }, %s }'):format(
    data or csv .. ".csv", rest)
  t.throws(function() run(script) end, part, name)
end
refused("compare = { hinge = {} }", "has 4 classes; hinge takes two", "a loss of two classes on four")
refused('compare = { softmax = {} }, metric = "auc"', "metric auc cannot be taken of what softmax trains", "a metric of scores")
refused('compare = { triplet = {} }, metric = "multiclass_accuracy"', "knn_accuracy, recall_at_k can", "a metric of classes")
refused("compare = { gan_generator = {} }", "trial = function(t)", "an adversarial loss needs a trial of its own")
refused("compare = { quadruplet = {} }", "quadruplet needs at least 3", "two classes have no quadruplets", "sonar")

-- ---- a study's own trial ----

local own = [[return ll.study { name = "own", data = { { generator = "gaussians", n = 200 } },
  split = { folds = 2, standardise = false },
  compare = { a = { x = { 1, 2 } }, b = {} }, train = { steps = { 3 } }, metric = "w", goal = "min", %s
  trial = function(t)
    local map = ll.matrix { { 0, 1 }, { 2, 3 }, { 4, 5 } }
    t:keep("map", map)
    map:fill_(t.parameters.x or 3)
    t:keep("fold", map)
    for e = 1, t.train.steps do
      if t.method == "b" and e == 3 then t:record { valid = { w = 0 / 0 } } end
      local w = (t.parameters.x or 3) / e + t:random "noise":uniform() * 1e-3
      t:record { loss = 1 / e, valid = { w = w }, test = { w = w, other = e }, scores = { test = t.parts.test.y } }
    end
  end }]]
db, code = run(own:format "")
t.is(code, 0, "a study with its own trial")
t.is(db:one("study").goal, "min", "whose metric is the better the smaller")
local a = db:query("SELECT config, test_mean FROM leaderboard WHERE loss = 'a'")()
t.near(a.test_mean, 1 / 3, 0, 1e-3, "the best configuration and epoch are chosen by it")
local function count_of(sql) return db:query("SELECT count(*) AS n FROM " .. sql)().n end
t.is(count_of "trial WHERE status = 'diverged' AND diverged_epoch = 3", 2, "a value that is no number is a divergence")
t.is(count_of "metric WHERE name = 'other'", 2 * 2 * 3 + 2 * 2, "other metrics are recorded as they are named")
local read = require "losslab.results.reading".read(db)
local maps = 0
for map, trial in read:kept(read.datasets[1], a.config, "map") do
  maps = maps + 1
  t.is(map:table(), { { 0, 1 }, { 2, 3 }, { 4, 5 } }, "a matrix is kept by its name as it was then")
  t.is(trial.fold, maps, "for each finished run")
end
t.is(maps, 2, "of the configuration asked for")
t.is(count_of "kept WHERE name = 'fold' AND columns = 2 AND length(numbers) = 24", 2 * 2 + 2, "of a diverged trial, too")
db = run((own:format "":gsub('"map", map', '"map", print')))
t.like(db:query("SELECT error FROM trial WHERE id = 1")().error, "keep: map must be a matrix", "only numbers are kept")
t.throws(function() run(own:format 'metrics = { "auc" },') end, "records what it names itself", "metrics are not its to list")
local not_a_function = own:format(""):gsub("function%(t%).-end }$", "3 }")
t.throws(function() run(not_a_function) end, "trial must be a function", "a trial is a function")
os.remove(csv .. ".csv")
t.done()
