-- A made-up result database, for tests of what reads one: plausible numbers, drawn by seed, through the store as a study writes
-- them. local make = require "tests.lua.fixture_db"; make(path, options) gives the numbers it wrote, by [dataset][config].
local ll = require "losslab"
local json = require "losslab.json"

local function normal()
  return math.sqrt(-2 * math.log(1 - math.random())) * math.cos(2 * math.pi * math.random())
end

local function pack_floats(values)
  local out = {}
  for i, x in ipairs(values) do out[i] = string.pack("<f", x) end
  return table.concat(out)
end

local default_losses = {
  adaptive_rank = { margin = { 0, 0.05, 0.1, 0.2 }, margin_lr = { 0, 0.001, 0.01 } },
  cross_entropy = {}, exponential = { beta = { 0.5, 1 } }, hinge = {}, pair_squared_hinge = { margin = { 0.1, 0.5, 1 } },
  savage = {}, tangent = {},
}
local default_datasets = { "breast_cancer", "ionosphere", "sonar", "pima", "ann_thyroid", "satimage_4", "target_decoy" }

local function product(space)
  local names, points = {}, { {} }
  for name in pairs(space) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local more = {}
    for _, point in ipairs(points) do
      for _, value in ipairs(space[name]) do
        local p = {}
        for k, v in pairs(point) do p[k] = v end
        p[name] = value
        more[#more + 1] = p
      end
    end
    points = more
  end
  return points
end

-- options: datasets, losses ({name = {parameter = {values}}}), folds, inner (so many of them are one), seeds, epochs, ask (false:
-- none), full (true: also the training part's metric, scores of the first epoch and a sigmoid output), name, question, goal, seed,
-- rows, scores (false: none), status(trial) (another status than done), value(row) (the test metric of a run, instead of a drawn
-- one)
return function(path, options)
  local o = options or {}
  math.randomseed(o.seed or 1)
  local datasets, losses = o.datasets or default_datasets, o.losses or default_losses
  local folds, seeds, epochs = o.folds or 5, o.seeds or 3, o.epochs or 30
  local ask = o.ask
  if ask == nil then ask = { loss = "adaptive_rank", vary = "margin_lr", baseline = 0 } end
  local names, configs = {}, {}
  for loss in pairs(losses) do names[#names + 1] = loss end
  table.sort(names)
  for _, loss in ipairs(names) do
    for _, parameters in ipairs(product(losses[loss])) do configs[#configs + 1] = { loss = loss, parameters = parameters } end
  end
  local zeros = ("0"):rep(64)
  local db <close> = ll.store.open(path, { mode = "create" })
  local wrote = {}
  db:transaction(function()
    local plan = { seeds = seeds, folds = folds, ask = ask or nil, split = o.inner and { inner = o.inner } or nil }
    db:run("insert_study", {
      name = o.name or "margins", question = o.question or "Does a learnable margin help the adaptive rank loss?",
        file = o.file or "", script = "return {}",
      script_sha256 = zeros, plan = json.encode(plan), plan_sha256 = zeros, metric = "auc", goal = o.goal or "max",
        version = ll.version,
      precision = ll.precision,
    })
    for c, config in ipairs(configs) do
      db:run("insert_config", { key = string.format("%064d", c), loss = config.loss, formula = 1,
        parameters = json.encode(config.parameters),
        model = o.full and json.encode { output = "sigmoid" } or "{}", train = "{}" })
    end
    if losses.adaptive_rank then
      db:run("insert_learnable", { loss = "adaptive_rank", name = "margin", symbol = "ξ", start = "margin", rate = "margin_lr" })
    end
    db:run("insert_script", { study = 1, sha256 = zeros, text = "return {}", plan = json.encode(plan),
      trials = #datasets * #configs * folds * seeds, added = #datasets * #configs * folds * seeds, version = ll.version })
    local trial, cut, runner = 0, 0, db:join()
    for d, dataset in ipairs(datasets) do
      local n = o.rows or 200 + 130 * d
      local test_rows = n // folds
      db:run("insert_dataset", { key = "data " .. d, name = dataset, sha256 = zeros, rows = n, features = 10, classes = 2,
        positives = n * 2 // 5,
        negatives = n - n * 2 // 5 })
      wrote[dataset] = {}
      local labels = {}
      for i = 1, test_rows do labels[i] = i <= test_rows * 2 // 5 and 1 or 0 end
      local easy, of_run, cut_of = 0.72 + 0.035 * ((d * 5) % 7), {}, {}
      for fold = 1, folds do
        for seed = 1, seeds do
          of_run[fold .. "/" .. seed] = 0.02 * normal()
          cut = cut + 1
          cut_of[fold .. "/" .. seed] = cut
          db:run("insert_cut", { key = "cut " .. cut, dataset = d, fold = fold, seed = seed, split = "{}" })
          for _, split in ipairs { "train", "valid", "test" } do
            local count = split == "test" and test_rows or split == "valid" and test_rows or n - 2 * test_rows
            db:run("insert_part", { cut = cut, split = split, count = count,
              labels = split == "test" and pack_floats(labels) or nil })
          end
        end
      end
      for c, config in ipairs(configs) do
        local p = config.parameters
        local skill = 0.012 * ((c * 7 + d * 3) % 5 - 2) / 2
        if config.loss == "adaptive_rank" then
          skill = skill + 0.012 - 0.6 * ((p.margin or 0.1) - 0.1) ^ 2 + ((p.margin_lr or 0) > 0 and 0.004 * (d % 3) - 0.002 or 0)
        end
        if config.loss == "hinge" then skill = skill - 0.03 end
        wrote[dataset][c] = {}
        for fold = 1, folds do
          for seed = 1, seeds do
            trial = trial + 1
            local row = { trial = trial, dataset = dataset, config = c, loss = config.loss, parameters = p, fold = fold,
              seed = seed }
            local status = o.status and o.status(row) or "done"
            local level = math.min(0.995, easy + skill + of_run[fold .. "/" .. seed] + 0.006 * normal())
            row.test = o.value and o.value(row) or level
            row.valid = o.valid and o.valid(row) or level + 0.01 * normal()
            row.best_epoch = epochs
            db:run("insert_trial", { key = "trial " .. trial, dataset = d, config = c, cut = cut_of[fold .. "/" .. seed],
              fold = fold,
              seed = seed, number = trial, study_seed = 1, precision = ll.precision, code = "", script = 1, records = "{}" })
            db:run("insert_wanted", { study = 1, dataset = d, config = c, trial = trial, place = trial })
            if status ~= "pending" then
              db:run("claim", { runner = runner, worker = 1, worker_start = 1, host = "here", study = 1, count = 1 })
              local margin, rate = p.margin, p.margin_lr
              for e = 1, epochs do
                local done = 1 - math.exp(-5 * e / epochs)
                db:run("insert_epoch", { trial = trial, epoch = e, train_loss = 1 - 0.8 * done })
                if margin and config.loss == "adaptive_rank" then
                  db:run("insert_learnt", { trial = trial, epoch = e, name = "margin", value = margin })
                  margin = math.max(0, margin - (rate or 0) * (0.5 + margin) * 4)
                end
                local wobble = e < epochs and 0.006 * normal() or 0
                -- the last is best
                local behind = e < epochs and math.max(1e-4, (row.valid - 0.5) * (1 - done) - wobble + 0.003) or 0
                db:run("insert_metric", { trial = trial, epoch = e, split = "valid", name = "auc",
                  value = row.valid + (o.goal == "min" and behind or -behind) })
                if o.full then
                  db:run("insert_metric", { trial = trial, epoch = e, split = "train", name = "auc",
                    value = row.valid + 0.1 * done })
                end
              end
              db:run("insert_metric", { trial = trial, epoch = epochs, split = "test", name = "auc", value = row.test })
              if o.scores ~= false and status == "done" then
                local scores, shift = {}, 3.2 * (level - 0.5) ^ 1.1 / 0.9
                for i = 1, test_rows do scores[i] = 1 / (1 + math.exp(-(normal() + (labels[i] == 1 and shift or 0) * 1.6))) end
                if o.full and epochs > 1 then
                  db:run("insert_scores", { trial = trial, first = 1, last = 1, split = "test", coding = 0,
                    scores = pack_floats(scores),
                    columns = 1 })
                end
                db:run("insert_scores", { trial = trial, first = epochs, last = epochs, split = "test", coding = 0,
                  scores = pack_floats(scores), columns = 1 })
              end
              if status == "diverged" then
                db:run("diverge", { trial = trial, runner = runner, diverged_epoch = 3, error = "loss is nan", seconds = 1 })
              elseif status == "failed" then
                db:run("fail", { trial = trial, runner = runner, error = "out of luck", seconds = 1 })
              else
                db:run("finish", { trial = trial, runner = runner, seconds = 1 })
                table.insert(wrote[dataset][c], row)
              end
              db:run("choose_epoch", { trial = trial })
              db:run("choose_values", { trial = trial })
            end
          end
        end
      end
    end
    db:release(runner)
  end)
  db:choose(1)
  return wrote, configs
end
