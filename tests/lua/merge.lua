-- A study's trials, dealt at random to three databases and merged in any order, are the study: by what the databases hold of every
-- table, by their digests, and by diff. Then what is refused, and what was recorded differently.
local diff = require "losslab.results.diff"
local fixture = require "tests.lua.fixture_merge"
local ll = require "losslab"
local merge = require "losslab.results.merge"
local t = require "tests.lua.tap"

local folder = t.folder()
local function at(name) return folder .. "/" .. name end

local function differences(a, b)
  local one <close> = ll.store.open(a)
  local other <close> = ll.store.open(b)
  local found = diff.diff({ store = one, name = "a" }, { store = other, name = "b" })
  local words = {}
  for i, each in ipairs(found.differences) do words[i] = each.what end
  return table.concat(words, "; "), found
end

local function number(path, sql)
  local store <close> = ll.store.open(path)
  local n
  for row in store:query(sql) do n = row.n end
  return n
end

local function raises(f, pattern, name)
  local fine, why = pcall(f)
  t.like(fine and "it did not" or tostring(why), pattern, name)
end

local seed = tonumber(os.getenv "SEED" or "") or os.time()
print("# SEED=" .. seed)
local stream, drawn = ll.random(seed), {}
local function draw(n)
  if #drawn == 0 then
    local uniform = stream:uniform(64, 1)
    for i = 1, 64 do drawn[i] = uniform:get(i, 1) end
  end
  return math.min(n, math.floor(table.remove(drawn) * n) + 1)
end

local TRIALS = 24
local whole = fixture.make(at "whole.db", { trials = TRIALS, learns = true })
local orders = { { 1, 2, 3 }, { 3, 2, 1 }, { 2, 3, 1 } }
for round, order in ipairs(orders) do
  local owner = {}
  for i = 1, TRIALS do owner[i] = { [draw(3)] = true, [draw(3)] = true } end -- some are in two of them
  local parts = {}
  for k = 1, 3 do
    parts[k] = fixture.make(at("part" .. k .. ".db"), { trials = TRIALS, learns = true, done = function(i) return owner[i][k] end })
  end
  local paths = {}
  for i, k in ipairs(order) do paths[i] = parts[k] end
  local out = at("out" .. round .. ".db")
  merge.merge(out, paths)
  t.is(differences(out, whole), "", "round " .. round .. ": three parts in some order are the whole")
  t.is(number(out, "SELECT count(*) AS n FROM pragma_foreign_key_check"), 0, "and all that is referred to is there")
  local before = differences(parts[1], whole)
  t.ok(before ~= "", "which a part is not")
  local results = merge.merge(out, { parts[2], out, whole, whole })
  t.is(results[1].added + results[1].filled + results[3].added + results[4].filled, 0, "again, and it changes nothing")
  t.is(differences(out, whole), "", "equal")
end

-- ---- studies ----
do
  local a = fixture.make(at "a.db", { trials = 6, name = "first" })
  local b = fixture.make(at "b.db", { trials = 6, from = 4, name = "second" })
  local out = at "both.db"
  merge.merge(out, { a, b })
  t.is(number(out, "SELECT count(*) AS n FROM trial"), 9, "trials that two studies want are there once")
  t.is(number(out, "SELECT count(*) AS n FROM main.study"), 2, "and both studies")
  t.is(number(out, "SELECT count(*) AS n FROM main.wanted WHERE valid IS NOT NULL"), 12, "each with what it chose")
  local words = differences(a, out)
  t.like(words, 'study "second" is in b alone', "diff says which study one lacks")
end

-- Trials alone: the database goes on saying what its studies are.
do
  local a = fixture.make(at "a.db", { trials = 6, name = "first", done = function(i) return i < 3 end })
  local b = fixture.make(at "b.db", { trials = 5, from = 4, name = "second" })
  local c = fixture.make(at "c.db", { trials = 2, from = 3, name = "first", script = "return nil" })
  merge.merge(a, { b, c }, "trials")
  t.is(number(a, "SELECT count(*) AS n FROM study WHERE name = 'first' AND script = 'return {}'"), 1, "trials alone: a study stays")
  t.is(number(a, "SELECT count(*) AS n FROM main.study"), 1, "and none beside")
  t.is(number(a, "SELECT count(*) AS n FROM script"), 1, "its script")
  t.is(number(a, "SELECT count(*) AS n FROM main.wanted WHERE valid IS NOT NULL"), 6, "all that it wants, with what it chose")
  t.is(number(a, "SELECT count(*) AS n FROM trial WHERE status = 'done'"), 8, "and what it does not ask for")
  raises(function() merge.merge(a, { b }, "studies") end, "invalid option 'studies'", "there is no third")
end

-- ---- what was recorded differently ----
do
  local has, more = '{"metrics":["ap","auc"],"networks":false,"parts":["test"],"scores":"none"}',
    '{"metrics":["ap","auc","f1"],"networks":false,"parts":["test"],"scores":"none"}'
  local lacking = "SELECT count(*) AS n FROM trial WHERE status = 'done' AND records NOT LIKE '%f1%' AND lacks LIKE '%f1%'"
  local recorded = "SELECT count(*) AS n FROM trial WHERE records LIKE '%f1%' AND lacks IS NULL"
  local a = fixture.make(at "a.db", { trials = 3, records = has })
  local b = fixture.make(at "b.db", { trials = 3, records = more, extra = "f1" })
  local c = fixture.make(at "c.db", { trials = 3, records = more, done = function() return false end })
  merge.merge(at "ab.db", { a, b })
  t.is(number(at "ab.db", recorded), 3, "what one recorded is added")
  t.is(number(at "ab.db", "SELECT count(*) AS n FROM metric WHERE name = 'f1'"), 3 * 4 * 2, "with its rows")
  merge.merge(at "ba.db", { b, a })
  t.is((differences(at "ab.db", at "ba.db")), "", "in any order")
  for _, order in ipairs { { a, c }, { c, a } } do
    os.remove(at "ac.db")
    merge.merge(at "ac.db", order)
    t.is(number(at "ac.db", lacking), 3, "what is asked and was not recorded is lacking")
  end
end

-- ---- what is refused ----
do
  local a = fixture.make(at "a.db", { trials = 3 })
  local function other(n, e, what) return n == 2 and e == 3 and 0.25 or fixture.value_of(n, e, what) end
  local b = fixture.make(at "b.db", { trials = 3, revision = "other", value = other })
  local new = at "new.db"
  local words = "disagree on trial .*data, hinge, fold 1, seed 0.*metric ap, test, epoch 3: value is .* and 0.25 in the other; "
    .. "computed by losslab 1 .*, and by losslab 1 %(other%).*new.db is left as it was"
  raises(function() merge.merge(new, { a, b }) end, words, "a conflict names key, place and computers")
  t.ok(not require "losslab.file".exists(new), "and what was made for it is gone")
  raises(function() merge.merge(new, { a, at "none.db" }) end, "none.db: there is no such database", "an input that is not there")
  t.ok(not require "losslab.file".exists(new), "makes nothing")
  do
    local store <close> = ll.store.open(a, { mode = "write" })
    store:run("insert_runner", { token = "t", host = "elsewhere", boot = "b", process = 7, start = 1 })
  end
  raises(function() merge.merge(a, { b }) end, "trials are being run in it %(process 7 on elsewhere%)", "one that is being run in")
end

t.done()
