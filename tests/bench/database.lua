-- Result databases: what a trial costs beside its training, rows written, many runners at once, what a large file takes to show.
-- BENCH_DIR is the folder for the files (default: the system's temporary one): what a commit costs depends on its disk.
local ll = require "losslab"
local program = os.getenv "LOSSLAB" or "bin/losslab"

local function report(name, value, unit) print(("%s\t%.9g%s"):format(name, value, unit and "\t" .. unit or "")) end

local pipe <close> = io.popen("mktemp -d -p " .. (os.getenv "BENCH_DIR" or os.getenv "TMPDIR" or "/tmp"))
local folder = pipe:read "l"

local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  return folder .. "/" .. name
end

local function timed(f, ...)
  local start = ll.system.clock()
  f(...)
  return ll.system.clock() - start
end

local function shell(format, ...) return os.execute(format:format(...)) end

-- ---- a trial's overhead: two parameters drawn, 30 epochs, no scores ----
do
  local function study(name, n)
    return write(name, ([[return ll.study { name = "overhead", data = { { generator = "target_decoy", n = 60, name = "td" } },
      split = { test = .3 }, compare = { pair_squared_hinge = { margin = { from = .1, to = 2 } } }, sample = { random = %d },
      model = { hidden = {} }, train = { epochs = 30, batch = 20, lr = { from = 1e-3, to = 1e-1 } }, scores = "none" }]]):format(n))
  end
  local few, many, n = study("few.lua", 10), study("many.lua", 1010), 1000
  local least, training = math.huge, nil
  for _ = 1, 3 do
    shell("rm -f %s/few.db %s/many.db", folder, folder)
    local one = timed(shell, "%s run %s --db %s/few.db --jobs 1 >/dev/null 2>&1", program, few, folder)
    local other = timed(shell, "%s run %s --db %s/many.db --jobs 1 >/dev/null 2>&1", program, many, folder)
    local db <close> = ll.store.open(folder .. "/many.db")
    for row in db:query "SELECT sum(seconds) * 1000 / 1010 AS seconds FROM trial" do training = row.seconds end
    least = math.min(least, (other - one - training) / n)
  end
  report("a trial beside its training: 30 epochs of 3 metrics on 2 parts, file database", least)
end

-- ---- rows written ----
do
  local path, trials, epochs = folder .. "/rows.db", 200, 100
  shell("cp %s/few.db %s", folder, path)
  local db <close> = ll.store.open(path, { mode = "write" })
  local names, rows, first = { "a", "b", "c" }, 0, nil
  for row in db:query "SELECT max(id) AS id FROM trial" do first = row.id end
  local seconds = 0
  local rest = timed(function()
    db:transaction(function()
      for trial = 1, trials do
        local id = trial % first + 1
        local list, metrics = {}, {}
        for epoch = 100 * trial + 1, 100 * trial + epochs do
          list[#list + 1] = { epoch = epoch }
          for _, name in ipairs(names) do
            for _, split in ipairs { "test", "valid" } do
              metrics[#metrics + 1] = { epoch = epoch, split = split, name = name, value = epoch / 7 }
            end
          end
        end
        db:run_each("insert_epoch", list, { trial = id })
        table.sort(metrics, function(a, b)
          if a.name ~= b.name then return a.name < b.name end
          if a.split ~= b.split then return a.split < b.split end
          return a.epoch < b.epoch
        end)
        local start = ll.system.clock()
        rows = rows + db:run_each("insert_metric", metrics, { trial = id })
        seconds = seconds + ll.system.clock() - start
      end
    end)
  end)
  report("metric rows written, in one transaction", rows / seconds / 1e6, "M/s")
  report("the same with its epochs, tables of Lua, sorting and commit", rows / rest / 1e6, "M/s")
end

-- ---- many runners ----
do
  local runners, rounds, errors = 32, tonumber(os.getenv "ROUNDS" or 100), 0
  local study = write("runners.lua", [[return ll.study { name = "runners",
    data = { { generator = "target_decoy", n = 60, name = "td" } }, split = { test = .3 }, seeds = { 1, 2, 3, 4 },
    compare = { hinge = { margin = { .5, 1 } } }, model = { hidden = {} },
    train = { epochs = 2, batch = 20 } }]])
  local seconds = timed(function()
    for _ = 1, rounds do
      shell("rm -f %s/runners.db", folder)
      local script = ([[for i in $(seq %d); do
        (%s run %s --db %s/runners.db --jobs 1 >/dev/null 2>%s/err.$i || echo bad) & done; wait]])
        :format(runners, program, study, folder, folder)
      local out <close> = io.popen("sh -c '" .. script .. "'")
      for _ in out:read "a":gmatch "bad" do errors = errors + 1 end
    end
  end)
  report(("%d runners begin at once on a new file: errors in %d rounds"):format(runners, rounds), errors, "errors")
  report(("%d runners begin at once and end"):format(runners), seconds / rounds)
end

-- ---- a large database ----
do
  local path = folder .. "/large.db"
  shell("sqlite3 %s <engine/store/schema.sql >/dev/null", path)
  local sql = [[
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
    INSERT INTO study (name, question, script, script_sha256, plan, plan_sha256, metric, goal, version, precision)
      VALUES ('large', '', '', printf('%064d', 0), '{}', printf('%064d', 0), 'auc', 'max', '0', 'float');
    INSERT INTO script (study, sha256, text, plan, trials, added, version)
      VALUES (1, printf('%064d', 0), '', '{}', 100000, 100000, '0');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
      INSERT INTO dataset (key, name, sha256, rows, features, classes, positives, negatives)
      SELECT i, 'set' || i, '', 100, 5, 2, 40, 60 FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
      INSERT INTO config (key, loss, parameters) SELECT i, 'loss' || (i % 20), json_object('margin', i / 1000.0) FROM n;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 249)
      INSERT INTO cut (key, dataset, fold, seed, split) SELECT i, i / 25 + 1, i % 5 + 1, i / 5 % 5 + 1, '{}' FROM n;
    INSERT INTO part (cut, split, count) SELECT id, 'train', 60 FROM cut UNION ALL SELECT id, 'valid', 20 FROM cut
      UNION ALL SELECT id, 'test', 20 FROM cut;
    INSERT INTO computer (version, revision, precision, isa, blas, core, cpu, libc, machine)
      VALUES ('0', '', 'float', '', '', '', '', '', '');
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
      INSERT INTO trial (key, dataset, config, cut, fold, seed, number, study_seed, precision, status, seconds, computer)
      SELECT i, c.dataset, i % 400 + 1, c.id, c.fold, c.seed, i, 1, 'float', 'done', 0.5, 1
      FROM n JOIN cut AS c ON c.id = i / 400 + 1;
    INSERT INTO wanted SELECT 1, dataset, config, id, id, 1 + id % 30, .9 + id % 97 / 1000.0, .89 + id % 89 / 1000.0 FROM trial
      ORDER BY 1, 2, 3, 4;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
      INSERT INTO epoch (trial, epoch, train_loss) SELECT t.id, n.i, 1.0 / n.i FROM trial AS t CROSS JOIN n;
    INSERT INTO metric (trial, name, split, epoch, value) SELECT e.trial, 'auc', s.split, e.epoch, .9 + e.trial % 97 / 1000.0
      FROM epoch AS e CROSS JOIN (SELECT 'valid' AS split UNION ALL SELECT 'test') AS s ORDER BY e.trial, s.split, e.epoch;
    COMMIT;]]
  local made = timed(shell, "sqlite3 %s <<'END' >/dev/null\n%s\nEND", path, sql)
  io.stderr:write(("a database of 10^5 trials × 30 epochs was made in %.0f s\n"):format(made))
  local verbs = { { "ls (its folder)", "ls " .. folder }, { "ls", "ls " .. path }, { "show", "show " .. path },
    { "export leaderboard", "export " .. path .. " leaderboard" } }
  for _, each in ipairs(verbs) do
    local times = {}
    for i = 1, 7 do times[i] = timed(shell, "%s %s >/dev/null 2>&1", program, each[2]) end
    table.sort(times)
    report(each[1] .. " of 10^5 trials × 30 epochs", times[4])
  end
end
shell("rm -rf %s", folder)
