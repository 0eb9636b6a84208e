-- How a study stands (results/overview.lua): against what plain SQL counts, and the time left against a plain sum; its words and
-- its picture, which fits any terminal.
local t = require "tests.lua.tap"
local ll = require "losslab"
local make = require "tests.lua.fixture_db"
local followed = require "losslab.cli.followed"
local overview = require "losslab.results.overview"
local picture = require "losslab.cli.watch_picture"
local text = require "losslab.text"
local words = require "losslab.results.overview_words"

-- ---- moments
t.is(overview.seconds "1970-01-01T00:00:00Z", 0.0, "the first second")
t.is(overview.seconds "2000-02-29T12:00:00.250Z", 951825600.25, "a leap day")
for _, moment in ipairs { 0, 86399, 951782400, 1709251199, 4102444800 } do
  t.is(overview.seconds(os.date("!%Y-%m-%dT%H:%M:%SZ", moment)), moment + 0.0, "the system has the same: " .. moment)
end
t.is(overview.seconds "yesterday", nil, "no moment")
t.is(overview.seconds(nil), nil, "none")

-- ---- a study that is under way
local folder = os.tmpname()
os.remove(folder)
local path = folder .. ".db"
local function status(row)
  if row.trial % 11 == 0 then return "failed" end
  if row.trial % 13 == 0 then return "diverged" end
  return row.trial > 60 and "pending" or "done"
end
make(path, { datasets = { "a", "b" }, losses = { adaptive_rank = { margin = { 0, 0.1 } }, hinge = {} }, folds = 4, seeds = 3,
  epochs = 5, rows = 60, status = status })
local store <close> = ll.store.open(path, { mode = "write" })
local function number(sql)
  return store:query("SELECT (" .. sql .. ") AS n")().n
end
local o = overview.read(store, 0)
t.is(o.state, "stopped", "work is left, and nobody is at it")
t.is(o.rate, nil, "so there is no rate")
t.is(o.trials.total, number "SELECT count(*) FROM trial", "all trials")
for _, name in ipairs { "done", "diverged", "failed", "pending", "running", "pruned" } do
  t.is(o.trials[name], number("SELECT count(*) FROM trial WHERE status = '" .. name .. "'"), "how many are " .. name)
end
t.is(o.trials.ended, o.trials.total - o.trials.pending, "how many ended")
local sum = 0
for _, group in ipairs(o.groups) do sum = sum + group.total end
t.is(sum, o.trials.total, "groups are all of them")
t.is(#o.groups, 4, "two losses on two data sets")
for _, group in ipairs(o.groups) do
  local row
  for each in store:query([[SELECT t.config, avg(w.valid) AS mean, sum(t.status IN ('diverged', 'failed')) AS lost,
    count(w.valid) AS n
    FROM wanted AS w JOIN trial AS t ON t.id = w.trial JOIN dataset AS d ON d.id = t.dataset JOIN config AS c ON c.id = t.config
    WHERE d.name = ? AND c.loss = ? GROUP BY t.config HAVING n > 0 ORDER BY lost, mean DESC LIMIT 1]], group.dataset, group.loss) do
    row = row or { each.config, each.lost, each.n, string.format("%.9f", each.mean) }
  end
  local best = group.best
  t.is(best and { best.config, best.lost, best.n, string.format("%.9f", best.mean) }, row,
    "the best of " .. group.loss .. " on " .. group.dataset)
end
local leads = 0
for _, group in ipairs(o.groups) do leads = leads + (group.leads and 1 or 0) end
t.is(leads, 2, "one loss leads a data set")
local lost = 0
for _, row in ipairs(o.lost) do lost = lost + row.n end
t.is(lost, o.trials.diverged + o.trials.failed, "what was lost is told, by what it said")
t.is(o.lost[1].why, "out of luck", "failures go first")
t.is(#o.recent, 8, "the last trials")
t.is(#o.recent[1].curve, 5, "with their curves")
local seen = ll.json.encode(o)
t.ok(not seen:find '"test', "nothing of a test part is in it")

-- ---- who runs it, and the time left: a runner since 100 s, which finished four trials of three seconds each, and has one in hand
local runner = store:join()
for _ = 1, 5 do store:run("claim", { runner = runner, worker = 1, worker_start = 1, host = "here", study = 1, count = 1 }) end
local ended = 0
for row in store:query "SELECT id FROM trial WHERE status = 'running' ORDER BY id LIMIT 4" do
  ended = ended + store:run("finish", { trial = row.id, runner = runner, seconds = 3 })
end
local now = overview.seconds(number "SELECT begun FROM runner") + 100
o = overview.read(store, now)
local since = "FROM trial WHERE finished >= (SELECT substr(begun, 1, 19) FROM runner)" -- some of before may be of that second, too
local rate, work = number("SELECT count(*) / 100.0 " .. since), number("SELECT sum(seconds) / 100.0 " .. since)
t.is({ ended, o.state, o.trials.running, #o.running, #o.runners }, { 4, "running", 1, 1, 1 }, "somebody is at it")
t.near(o.rate or -1, rate, 1e-9, "the rate is that since they began")
local left = number [[SELECT sum(mean * open) FROM (SELECT avg(t.seconds) AS mean,
  sum(t.status = 'pending') + 0.5 * sum(t.status = 'running') AS open
  FROM trial AS t JOIN config AS c ON c.id = t.config GROUP BY t.dataset, c.loss)]]
t.near(o.left or -1, left / work, 1e-6, "what is left takes as long as what there was of the same")
o = overview.read(store, now + 3600)
t.is(o.left, nil, "of the last ten minutes nothing is known")

-- ---- words
t.is(words.rate(12.34), "12.3 a second", "a rate")
t.is(words.rate(0.1), "6.0 a minute", "a slow one")
t.is(words.rate(0.001), "3.6 an hour", "a very slow one")
t.is(words.duration(0.25), "0.2 s", "a moment")
t.is(words.duration(90000), "1 d 1 h", "more than a day")
t.is(words.percent(999, 1000), 99, "100 is all")
t.is(words.percent(0, 0), 100, "and nothing is all of nothing")
o = overview.read(store, now)
t.like(words.state(o, path), "^%d+ of 72 trials %(%d+ %%%), %d+ lost, 1 under way, .* a %a+, about .* left$", "how far it is")

-- ---- the picture
local function plain(s) return s end
local looks = { { path = path, studies = { o, o }, error = "no\27[2J such " .. ("word "):rep(60) },
  { path = ("x"):rep(200), studies = { o } } }
for _, size in ipairs { { 20, 8 }, { 40, 24 }, { 80, 24 }, { 200, 100 } } do
  local lines = picture.lines(looks, size[1], size[2], plain)
  local widest = 0
  for _, line in ipairs(lines) do widest = math.max(widest, text.width(text.clean(line))) end
  t.ok(#lines <= size[2], string.format("%d by %d: no more lines than there are", size[1], size[2]))
  t.ok(size[1] < 80 or widest <= size[1], string.format("%d by %d: none is wider", size[1], size[2]))
end
t.is(picture.spark({ 0, 1 }, 9), "▁█", "two epochs")
t.is(picture.spark({ 0, 0, 1, 1 }, 2), "▁█", "more epochs than room")
t.is(picture.spark({ 1, 1, 1 }, 9), "▅▅▅", "one level")
t.is(picture.spark({ 1 }, 9), "", "no curve")

-- ---- followed: read again where it has changed, and only then
local each = followed.new(path)
local look = each:look(now)
t.is({ look.changed, look.error, #look.studies }, { true, nil, 1 }, "it is read")
each.next = 0
t.is(each:look(now).changed, false, "it has not changed")
t.is(each:look(now).studies, look.studies, "and is as it was")
store:run("beat", { runner = runner })
each.next = 0
t.is(each:look(now).changed, true, "a row has")
each.heard, each.next = -1e9, 0
t.is(each:look(now).studies[1].state, "silent", "nobody gave a sign of life for long")
t.is(each.seen.studies[1].left, nil, "so nothing is said of the time left")
t.is(followed.done { each.seen }, false, "it is not finished")
do -- databases that lack the study which is asked for: passed over, unless all do
  local name = each.seen.studies[1].study
  local with, without = followed.new(path, name), followed.new(path, name .. " no more")
  local found = followed.look { without, with }
  t.is({ #found, #found[1].studies, found[1].error }, { 1, 1, nil }, "one database has the study that is asked for")
  found = followed.look { without }
  t.like(found[1].error, "has no study .* no more\"; did you mean", "none has it")
  t.is({ found[1].studies, followed.done(found), without.seen.error }, { {}, false, nil },
    "which is not the end, since it may come")
  with:close()
  without:close()
end
local there = ll.json.decode(ll.json.encode(followed.plain { each.seen }))
t.is(there.databases[1].studies[1].trials.total, 72, "as JSON")
local odd = followed.plain { { path = "\xff", studies = { { best = 0 / 0, worst = 1 / 0, left = 1 } } } }
t.is(ll.json.encode(odd), [[{"databases":[{"file":"\\255","studies":[{"left":1}]}]}]], "what JSON cannot hold is left out")
each:close()
store:close()
os.remove(path)
each.next = 0
look = each:look(now)
t.like(look.error or "", "there is no such database", "a file that is gone is said")
t.is(picture.short { look }[1], look.error, "in a line that names it once")
local function which(n, first, last)
  return words.lost({ dataset = "d", loss = "l", status = "failed", n = n, first = first, last = last })[6]
end
t.is({ which(1, 4, 4), which(2, 1, 3), which(3, 1, 9) }, { "trial 4", "trials 1, 3", "trials 1 … 9" }, "which trials were lost")
t.is(#look.studies, 1, "and what it said stays")
t.done()
