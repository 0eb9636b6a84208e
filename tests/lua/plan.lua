-- A study as a view: what another version of its script adds to the database, finds there, and no longer asks for; that a plan is
-- written once; that a dry look says the same and writes nothing. Nothing is trained here (tests/e2e/growth.t).
local t = require "tests.lua.tap"
local ll = require "losslab"
local plan = require "losslab.study.plan"

local folder, write = t.folder()
local function csv(name, n, f)
  local out = { "label,x1,x2" }
  for i = 1, n do out[#out + 1] = (f and f(i) or i % 2) .. "," .. i % 7 .. "," .. i * i % 11 end
  return write(name, table.concat(out, "\n") .. "\n")
end
local one = csv("cells.csv", 40)
local moons = { generator = "moons", n = 100 }
local hinge = { margin = { 0.5, 1 } }

local function study(changes)
  local options = { name = "s", data = { one, moons }, compare = { hinge = hinge, square = {} }, split = { folds = 3 },
    train = { epochs = 2, batch = 8, lr = 0.01 } }
  local file = "s.lua"
  for key, value in pairs(changes or {}) do
    if key == "file" then file = value else options[key] = value end
  end
  local made = ll.study(options)
  made.file = file
  return made
end
local function ask(db, sql)
  local value
  for row, columns in db:query(sql) do value = row[columns[1]] end
  return value
end

-- The database with the first study in it, its trials done by hand: 2 data sets, 3 folds, 3 configurations.
local base, again = folder .. "/base.db", 0
do
  local db <close> = ll.store.open(base, { mode = "create" })
  local count = plan.write(study(), db)
  t.is({ count.new, count.there, count.gone, count.changed }, { 18, 0, 0, false }, "a first study is new")
  t.is(db:one("progress").total, 18, "and is what the store shows")
  local runner = db:join()
  for _, trial in ipairs(db:claim(count.study, runner, 100)) do
    db:run("insert_epoch", { trial = trial, epoch = 1 })
    db:run("insert_epoch", { trial = trial, epoch = 2 })
    for epoch, value in ipairs { 0.5, 0.75 } do
      for _, split in ipairs { "valid", "test" } do
        db:run("insert_metric", { trial = trial, epoch = epoch, split = split, name = "auc", value = value })
        db:run("insert_metric", { trial = trial, epoch = epoch, split = split, name = "average_precision", value = 1 - value })
      end
    end
    db:run("finish", { trial = trial, runner = runner, seconds = 1 })
    require "losslab.study.writer".choose(db, trial)
  end
  db:release(runner)
end
local ids_of_base
do
  local db <close> = ll.store.open(base)
  ids_of_base = ask(db, "SELECT group_concat(id || key) FROM (SELECT id, key FROM trial ORDER BY id)")
end

-- Plans a changed study into a copy of the database; f(db, count) looks at it.
local function grown(what, changes, wanted, f)
  again = again + 1
  local path = string.format("%s/%d.db", folder, again)
  assert(os.execute(("cp '%s' '%s'"):format(base, path)))
  local looked
  do
    local db <close> = ll.store.open(path)
    local before = db:digest "trial"
    looked = plan.look(study(changes), db)
    t.is(db:digest "trial", before, what .. ": a look writes nothing")
  end
  local db <close> = ll.store.open(path, { mode = "write" })
  local made = study(changes)
  local count = plan.write(made, db)
  t.is({ count.new, count.there, count.gone }, wanted, what)
  t.is({ looked.new, looked.there, looked.gone }, wanted, what .. ": as a look says")
  t.is(looked.lacking, count.lacking, what .. ": and of what something lacks")
  t.is(count.new + count.there, made:trials(), what .. ": all of its trials are there")
  t.is(db:one("progress").total, made:trials(), what .. ": and are what is shown")
  t.is(ask(db, "SELECT count(*) FROM trial"), 18 + count.new, what .. ": none is removed")
  t.is(ask(db, "SELECT group_concat(id || key) FROM (SELECT id, key FROM trial WHERE id <= 18 ORDER BY id)"), ids_of_base,
    what .. ": nor changed")
  local places = ask(db, "SELECT group_concat(place) FROM (SELECT place FROM wanted ORDER BY place)")
  local expected = {}
  for i = 1, made:trials() do expected[i] = i end
  t.is(places, table.concat(expected, ","), what .. ": in its order")
  if f then f(db, count) end
  local second = plan.write(study(changes), db)
  t.is({ second.new, second.there, second.gone, second.lacking }, { 0, made:trials(), 0, 0 }, what .. ": once more, nothing is new")
end

grown("the same study", {}, { 0, 18, 0 }, function(db, count)
  t.is(count.changed, nil, "which is not written again")
  t.is(ask(db, "SELECT count(*) FROM script"), 1, "one version of its script")
end)
grown("a question, a claim, a finding and figures", { question = "why?", claim = "c", finding = function() return "f" end,
  figures = { f = function() end } }, { 0, 18, 0 })
grown("another name, of the same file", { name = "t" }, { 0, 18, 0 }, function(db, count)
  t.is({ count.renamed, ask(db, "SELECT count(*) FROM main.study"), db:one("study").name }, { "s", 1, "t" }, "is the study renamed")
  t.is(ask(db, "SELECT count(*) FROM script"), 2, "with both versions of its script")
  t.is(db:one("best").valid, 0.75, "and what was chosen of it stays")
end)
grown("another name in another file", { name = "t", file = "t.lua" }, { 0, 18, 0 }, function(db, count)
  t.is({ count.renamed, ask(db, "SELECT count(*) FROM main.study") }, { nil, 2 }, "is a second study")
  t.is({ db:one("study").name, db:one("best").valid, db:one("progress").done }, { "t", 0.75, 18 },
    "to which the trials belong as well")
  db:choose(1)
  t.is({ db:one("study").name, db:one("progress").done }, { "s", 18 }, "as they did to the first")
end)
grown("the same name in another file", { file = "t.lua" }, { 0, 18, 0 }, function(db)
  t.is(ask(db, "SELECT count(*) FROM main.study"), 1, "is the same study")
end)
grown("more seeds", { seeds = { 1, 2 } }, { 18, 18, 0 })
grown("another seed of the study", { seed = 2 }, { 18, 0, 18 })
grown("fewer folds", { split = { folds = 2 } }, { 12, 0, 18 })
grown("not by folds", { split = { test = 0.5 } }, { 6, 0, 18 })
grown("what is recorded of each trial", { record = "valid" }, { 0, 18, 0 }, function(_, count)
  t.is(count.lacking, 0, "where it is less, lacks nothing")
end)
grown("another part recorded", { record = { "valid", "test", "train" } }, { 0, 18, 0 }, function(_, count)
  t.is(count.lacking, 18, "is to be added")
end)
grown("another metric recorded", { metrics = { "auc", "brier" } }, { 0, 18, 0 }, function(_, count)
  t.is(count.lacking, 18, "is to be added")
end)
grown("another metric that chooses", { metric = "average_precision" }, { 0, 18, 0 }, function(db)
  t.is({ db:one("best").epoch, db:one("best").valid, db:one("best").metric }, { 1, 0.5, "average_precision" }, "chooses anew")
end)
grown("what is asked", { ask = { loss = "hinge", vary = "margin" } }, { 0, 18, 0 })
grown("more epochs and rates", { train = { epochs = 3, batch = 8, lr = { 0.01, 0.1 } } }, { 36, 0, 18 })
grown("one more rate", { train = { epochs = 2, batch = 8, lr = { 0.01, 0.1 } } }, { 18, 18, 0 })
grown("another optimizer", { train = { epochs = 2, batch = 8, lr = 0.01, optimizer = "sgd" } }, { 18, 0, 18 })
grown("other networks", { model = { hidden = { { 8, 4 }, {} } } }, { 36, 0, 18 })
grown("a value added", { compare = { hinge = { margin = { 0.5, 0.75, 1 } }, square = {} } }, { 6, 18, 0 })
grown("a value removed", { compare = { hinge = { margin = 1 }, square = {} } }, { 0, 12, 6 }, function(db)
  t.is(ask(db, "SELECT count(*) FROM trial WHERE status = 'done'"), 18, "and kept")
end)
grown("a value changed", { compare = { hinge = { margin = { 0.5, 2 } }, square = {} } }, { 6, 12, 6 })
grown("values in another order", { compare = { hinge = { margin = { 1, 0.5 } }, square = {} } }, { 0, 18, 0 })
grown("another loss for one", { compare = { hinge = hinge, exponential = {} } }, { 6, 12, 6 })
grown("data in another order", { data = { moons, one } }, { 0, 18, 0 })
grown("a data set less", { data = { one } }, { 0, 9, 9 })
grown("a data set more", { data = { one, moons, "sonar" } }, { 9, 18, 0 })
grown("a generator called otherwise", { data = { one, { generator = "moons", n = 120 } } }, { 9, 9, 9 }, function(db)
  t.is(ask(db, "SELECT count(*) FROM dataset WHERE name = 'moons'"), 2, "is another data set of the name")
end)
grown("data at a ratio", { data = { { load = one, ratio = 0.5, name = "cells" }, moons } }, { 9, 9, 9 })
grown("data of another name", { data = { { load = one, name = "other" }, moons } }, { 9, 9, 9 })

-- ---- Lua that computes: its text counts, but for comments ----

local function with(text) return { compare = { hinge = hinge, mine = { assert(load("return " .. text)()) } } } end
do
  local path = folder .. "/lua.db"
  local db <close> = ll.store.open(path, { mode = "create" })
  local function counted(text)
    local count = plan.write(study(with(text)), db)
    return { count.new, count.there, count.gone }
  end
  t.is(counted "function(s, y) return ((s - y) ^ 2):mean() end", { 18, 0, 0 }, "a loss in Lua")
  t.is(counted "function(s, y) return ((s - y) ^ 2):mean() end", { 0, 18, 0 }, "the same")
  t.is(counted "function(s, y) -- a comment\n return  ((s - y) ^ 2):mean()\nend", { 0, 18, 0 }, "with a comment: nothing is new")
  t.is(counted "function(s, y) return ((s - y) ^ 4):mean() end", { 6, 12, 6 }, "with other code: its trials, and no others")
  t.is(counted "function(s, y) return ((s - y) ^ 2):mean() end", { 0, 18, 6 }, "as it was: the first ones are there")
end

-- ---- a file of data that has changed ----

do
  local path = folder .. "/changed.db"
  assert(os.execute(("cp '%s' '%s'"):format(base, path)))
  local db <close> = ll.store.open(path, { mode = "write" })
  local was = ll.data.load(one).hash:sub(1, 12)
  local before = { db:digest "trial", db:digest "wanted", db:digest "study" }
  csv("cells.csv", 42)
  local now = ll.data.load(one).hash:sub(1, 12)
  t.throws(function() plan.write(study(), db) end, { "changed.db: the data of \"cells\" (" .. one .. ") have changed",
    was .. "… of 40 rows",
    now .. "… of 42 rows", "put the file back, or give what is now another name" }, "a changed file is an error")
  t.is({ db:digest "trial", db:digest "wanted", db:digest "study" }, before, "which leaves all as it was")
  t.throws(function() plan.look(study(), db) end, "have changed", "and which a look finds, too")
  local count = plan.write(study { data = { { load = one, name = "cells2" }, moons } }, db)
  t.is({ count.new, count.there, count.gone }, { 9, 9, 9 }, "by another name it is another data set")
  csv("cells.csv", 40)
  count = plan.write(study(), db)
  t.is({ count.new, count.there, count.gone }, { 0, 18, 9 }, "put back, all is there")
end

os.execute(("rm -r '%s'"):format(folder))
t.done()
