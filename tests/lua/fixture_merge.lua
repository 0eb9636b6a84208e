-- Databases made by hand, for tests and benches of comparing and merging: fixture.make(path, options) writes a study whose
-- trials are done, with numbers that hang on the trial's key and epoch alone. options: name ("study"), trials, from (the first
-- one's number), epochs, learns, extra = another metric, records, revision (of what computed), also = a second study's options,
-- done = function(number) whether it is, script, plan, value = function(number, epoch, split).
local ll = require "losslab"

local M = {}

local function sha(words) return ll.core.sha256(words) end

local function value_of(number, epoch, what)
  return 0.5 + (number * 7919 + epoch * 104729 + #what * 1299709) % 10007 / 20014
end

local function write(store, o)
  local name, script = o.name or "study", o.script or "return {}"
  local plan = o.plan or '{"metrics":["auc","ap"],"seeds":[1]}'
  local _, study = store:run("insert_study", { name = name, question = "why?", file = name .. ".lua", script = script,
    script_sha256 = sha(script), plan = plan, plan_sha256 = sha(plan), metric = "auc", goal = "max", version = ll.version,
    precision = "float", machine = "m", cpu = "c", isa = "base", blas = "b" })
  local _, version = store:run("insert_script", { study = study, sha256 = sha(script), text = script, plan = plan,
    trials = o.trials, added = o.trials, version = ll.version })
  local known = store:one("dataset_by_key", { key = sha "data" })
  local dataset = known and known.id or select(2, store:run("insert_dataset", { key = sha "data", name = "data",
    sha256 = sha "content", rows = 8, features = 2, classes = 2, positives = 4, negatives = 4, origin = "data.csv", notes = "" }))
  local computer = { version = "1", revision = o.revision or "r", precision = "float", isa = "base", blas = "b", core = "k",
    cpu = "c", libc = "l", machine = "m", flags = "", features = "", lua = "", sqlite = "", arithmetic = 0 }
  store:run("insert_computer", computer)
  computer = store:one("computer", computer).id
  local configs, cuts = {}, {}
  for number = o.from or 1, (o.from or 1) + o.trials - 1 do
    local c, seed = number % 50, number // 50
    if not configs[c] then
      local key = sha("config " .. c)
      local row = store:one("config_by_key", { key = key })
      configs[c] = row and row.id or select(2, store:run("insert_config", { key = key, loss = c % 2 == 0 and "hinge" or "square",
        formula = 1, parameters = ('{"margin":%d}'):format(c), model = "{}", train = "{}" }))
    end
    if not cuts[seed] then
      local key = sha("cut " .. seed)
      local row = store:one("cut_by_key", { key = key })
      cuts[seed] = row and row.id or select(2, store:run("insert_cut", { key = key, dataset = dataset, fold = 1, seed = seed,
        split = "{}" }))
      if not row then
        for _, split in ipairs { "train", "valid", "test" } do
          store:run("insert_part", { cut = cuts[seed], split = split, count = 2, rows = { 1, seed + 2 },
            labels = ("\0"):rep(8) })
        end
      end
    end
    local _, trial = store:run("insert_trial", { key = sha("trial " .. number), dataset = dataset, config = configs[c],
      cut = cuts[seed], fold = 1, seed = seed, number = number, study_seed = 1, precision = "float", code = "", script = version,
      records = o.records or '{"metrics":["ap","auc"],"networks":false,"parts":["test","valid"],"scores":"none"}' })
    store:run("insert_wanted", { study = study, dataset = dataset, config = configs[c], trial = trial, place = number })
    if not o.done or o.done(number) then M.finish(store, study, trial, number, computer, o) end
  end
  store:run("choose_all_epochs")
  store:run("choose_all_values")
end

M.value_of = value_of

-- Writes what a trial leaves when it is done.
function M.finish(store, study, trial, number, computer, o)
  local value = o.value or value_of
  local _, runner = store:run("insert_runner", { token = "t" .. trial, host = "h", boot = "b", process = 1, start = 1 })
  for _, id in ipairs(store:claim(study, runner, 1024)) do -- the lowest, among which it is: the others are given back
    if id ~= trial then store:run("unclaim", { trial = id, runner = runner }) end
  end
  for epoch = 1, o.epochs or 4 do
    store:run("insert_epoch", { trial = trial, epoch = epoch, train_loss = 1 / epoch, learning_rate = .1, seconds = os.clock(),
      passed_over = 0, zero_rows = 0 })
    for _, name in ipairs { "auc", "ap", o.extra } do
      for _, split in ipairs { "valid", "test" } do
        store:run("insert_metric", { trial = trial, epoch = epoch, split = split, name = name,
          value = value(number, epoch, split .. name) })
      end
    end
    if o.learns then
      store:run("insert_learnt", { trial = trial, epoch = epoch, name = "margin", value = value(number, epoch, "m") })
    end
  end
  store:run("insert_kept", { trial = trial, name = "map", columns = 1, numbers = ("\0"):rep(4) })
  store:run("finish", { trial = trial, runner = runner, seconds = 1, passed_over = 0, zero_rows = 0 })
  store:run("computed", { trial = trial, computer = computer })
  store:run("delete_runner", { runner = runner })
end

function M.make(path, o)
  os.remove(path)
  local store <close> = ll.store.open(path, { mode = "create" })
  store:transaction(function()
    write(store, o)
    if o.also then write(store, o.also) end
  end)
  return path
end

return M
