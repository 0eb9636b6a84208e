-- Is a rescoring to be believed: what rescored:leaks, ll.rescore.null, rescored:entrapment and rescored:figures say of files whose
-- truth is known, since they are made here.
local t = require "tests.lua.tap"
local ll = require "losslab"
local entrapment = require "losslab.rescore.entrapment"
local column_importance = require "losslab.rescore.column_importance"
local figure_panels = require "losslab.rescore.figure_panels"
local figures = require "losslab.rescore.figures"
local gnuplot = require "losslab.plot.gnuplot"
local leaks = require "losslab.rescore.leaks"
local null = require "losslab.rescore.null"
local scorer = require "losslab.rescore.scorer"
local say = require "losslab.say"
local study_of = require "losslab.rescore.recipe"

say.quiet(true)
local folder, write = t.folder()

local SEED = 20
t.note("seed %d", SEED)

-- A file of matches. o: spectra; right: the share whose target is right; gain: how far right ones stand out; leak(label, random): a
-- further column; trap: the share of entrapment among sequences; classes: { 1, 0 } of each spectrum, or how many of a spectrum.
local function pin(name, o)
  local r = ll.random(SEED, o.seed or 1)
  local lines = { "SpecId\tLabel\tScanNr\tExpMass\tscore\tother\tnoise" .. (o.leak and "\tleak\tleak2" or "")
    .. "\tPeptide\tProteins" }
  for i = 1, o.spectra do
    local is_right, mass = r:uniform() < (o.right or 0.4), 900 + 1000 * r:uniform()
    for k = 1, o.single and 1 or 2 do
      local label = o.single and ((is_right or r:uniform() < 0.5) and 1 or 0) or 2 - k
      local right = is_right and label == 1
      local gain = right and (o.gain or 3) or 0
      local trap = label == 1 and not right and r:uniform() < (o.trap or 0)
      lines[#lines + 1] = ("m%d_%d\t%d\t%d\t%.4f\t%.5f\t%.5f\t%.5f%s\tK.AB%dC%d.R\t%s%d"):format(i, k, 2 * label - 1, i,
        mass, r:normal() + gain, r:normal() + (o.weak and 0.1 or 0.6) * gain, r:normal(),
        o.leak and ("\t%.5f\t%.5f"):format(o.leak(label, r), o.twice and o.leak(label, r) or r:normal()) or "",
        i, k, label == 0 and "rev_P" or trap and "TRAP_" or "P", i)
        .. (trap and i % 4 == 0 and "\tP0" or "")
    end
  end
  return write(name .. ".pin", table.concat(lines, "\n") .. "\n")
end

local function rescore(name, o)
  local options = { files = { pin(name, o) }, db = folder .. "/" .. name .. ".db", seeds = o.seeds or { 1, 2 }, steps = 60,
    jobs = 2 }
  return (ll.rescore.run(options))
end

local function of_kind(remarks, kind)
  local out = {}
  for _, remark in ipairs(remarks) do
    if remark.kind == kind then out[#out + 1] = remark end
  end
  return out
end

-- ---- what a database says ----

do
  local path = pin("again", { spectra = 300 })
  local function run(db, steps, seeds)
    return (ll.rescore.run { files = { path }, db = folder .. db, seeds = seeds, steps = steps, jobs = 2 })
  end
  local fresh = run("/fresh.db", 30, { 1 })
  run("/again.db", 20, { 1, 2 })
  local second = run("/again.db", 30, { 1 })
  t.is({ (second.scores - fresh.scores):abs():max():item(), #second.cuts }, { 0, 1 },
    "a file that was run otherwise before gives the scores of the last run alone")
  t.ok(column_importance.of(second, 0.2), "of which importance is, too")
  local more = ll.data.matrix(ll.zeros(900, 1), ll.vstack(ll.ones(1), ll.zeros(899)))
  t.throws(function() ll.rescore.of(folder .. "/fresh.db", more, second.psms) end,
    { "fresh.db", "600 of 900" }, "scores of some of the matches alone")
end

-- ---- columns that know the label --------------------------------------------------------------------------------------------

local clean = rescore("clean", { spectra = 1500 })
t.is(of_kind(clean:leaks(), "column"), {}, "no column of clean matches knows the label")
t.is(#of_kind(clean:leaks(), "not tested"), 0, "which was tested")
t.ok(clean:accepted(0.01) > 200, "though many are identified")

-- As crema's: never lower for the target, most often the same.
local function never_lower(label, r) return (label == 1 and r:uniform() < 0.4 and 1 or 0) + 3 end
local leaking = rescore("leaking", { spectra = 1500, leak = never_lower })
local found = of_kind(leaking:leaks(), "column")
t.is({ #found, found[1] and found[1].name, found[1] and found[1].lower }, { 1, "leak", 0 }, "a column that is never lower is found")
t.ok(found[1].higher > 50 and found[1].adjusted < 1e-10, "with how often it is higher")
t.like(found[1].words, '^column "leak" is higher for the target in %d+ and lower in 0 of %d+ spectra', "and said")
t.like(found[1].words, '%-%-exclude "leak"', "with what to do")

local both = rescore("both", { spectra = 1500, leak = never_lower, twice = true })
found = of_kind(both:leaks(), "column")
t.is({ #found, found[1] and found[1].name, found[2] and found[2].name }, { 2, "leak", "leak2" }, "of two such columns both")

local lower = rescore("lower", { spectra = 1500, leak = function(label, r) return r:normal() - 1.5 * label end })
found = of_kind(lower:leaks(), "column")
t.is({ #found, found[1] and found[1].name }, { 1, "leak" }, "one that is lower for the target")
t.ok(found[1] and found[1].lower > found[1].higher, "and in which direction")

-- The label itself: nobody is poor by a score that has it, or by that column.
local known = rescore("known", { spectra = 1500, leak = function(label, r) return label + 0.1 * r:normal() end })
found = of_kind(known:leaks(), "column")
t.is({ #found, found[1] and found[1].name }, { 1, "leak" }, "a column that is the label is found, though the scores have it")
t.is(#of_kind(known:leaks(), "nearly all"), 1, "and that nearly all targets are accepted is said")

local only = rescore("only", { spectra = 1500, gain = 0, leak = function(label, r) return label + 0.1 * r:normal() end })
found = of_kind(only:leaks(), "column")
t.is({ #found, found[1] and found[1].name, found[1] and found[1].among }, { 1, "leak", "spectra" },
  "and where no other column tells what is right")

local alone = rescore("alone", { spectra = 3000, single = true })
t.is(of_kind(alone:leaks(), "column"), {}, "of spectra with one match each, no clean column")
t.is({ alone.fdr, #of_kind(alone:leaks(), "no competition") }, { "concatenated", 0 }, "taken as they stand, where nobody asked")
alone.fdr = "competition"
t.is(#of_kind(alone:leaks(), "no competition"), 1, "that nothing competes is said to who asked for it")
local alone_leaking = rescore("alone_leaking", { spectra = 3000, single = true,
  leak = function(label, r) return (label == 1 and r:uniform() or 0.3 * r:uniform()) end })
found = of_kind(alone_leaking:leaks(), "column")
t.is({ #found, found[1] and found[1].name, found[1] and found[1].among }, { 1, "leak", "pairs" },
  "one that knows, by pairs of different spectra")

-- False alarms: over many clean files whose scores stand for what networks would give, none.
do
  local alarms, tried = {}, 0
  for seed = 1, 30 do
    local path = pin("many", { spectra = 600, seed = 100 + seed, right = 0.2 + seed % 4 * 0.2, gain = 1 + seed % 3,
      single = seed % 5 == 0, weak = seed % 3 == 0 })
    local study = study_of.new { files = { path } }
    local set, psms = study_of.read(study)
    local scores = set.x:col_range(1, 1) + set.x:col_range(2, 2) * 0.6
    local r = require "losslab.rescore.identified".new { set = set, psms = psms, scores = scores, cuts = { scores }, db = "" }
    tried = tried + #psms.data.columns
    for _, remark in ipairs(of_kind(r:leaks(), "column")) do alarms[#alarms + 1] = seed .. ": " .. remark.words end
  end
  t.is(alarms, {}, "no alarm over " .. tried .. " clean columns")
end

-- Matches of one spectrum, all right together or none; and what few decoys say.
do
  local x, y, groups, r = {}, {}, {}, ll.random(SEED, 0, "repeated")
  for i = 1, 3000 do
    groups[i], y[i] = i // 5, i // 5 % 3 == 0 and 0 or 1
    x[i] = { r:normal() + (y[i] == 1 and i % 2 * 8 or 0), r:normal() }
  end
  local set = ll.data.matrix(ll.matrix(x), y, { groups = groups })
  local function of(scores, labels)
    local own = labels and ll.data.matrix(set.x, labels, { groups = groups }) or set
    return require "losslab.rescore.identified".new { set = own, psms = { data = own }, scores = scores, cuts = { scores }, db = "",
      fdr = "concatenated" }
  end
  local remarks = of_kind(of(set.x:col_range(1, 1)):leaks(), "many of a spectrum")
  t.ok(#remarks == 1 and remarks[1].accepted > 1.5 * remarks[1].spectra, "more accepted than spectra is said")
  local few = {}
  for i = 1, 3000 do few[i] = i > 2990 and 0 or 1 end
  remarks = of_kind(of(set.x:col_range(1, 1), few):leaks(), "few decoys")
  t.is(#remarks, 1, "few decoys are said")
  t.is(#of_kind(of(set.x:col_range(1, 1), few):leaks(), "not tested"), 1, "with which no column is tested")
  for i = 1, 3000 do few[i] = 1 end
  few[1] = 0
  t.lives(function() of(set.x:col_range(1, 1), few):leaks() end, "one decoy alone")
end

t.near(leaks.poisson_high(0), 3.689, 1e-3, "the upper end of a Poisson mean, nothing seen")
t.near(leaks.poisson_high(10), 18.39, 1e-3, "ten seen")
t.throws(function() clean:leaks(1) end, "leaks", "arguments that it does not take")

-- ---- decoys alone -----------------------------------------------------------------------------------------------------------

t.near({ null.interval(0, 100) }, { 0, 0.03621669 }, 1e-6, "the interval of 0 of 100")
t.near({ null.interval(3, 50) }, { 0.01254860, 0.16548195 }, 1e-6, "of 3 of 50")
t.near({ null.interval(5, 5) }, { 0.47817625, 1 }, 1e-6, "of all")

local function rows_of(n, any, auc)
  local rows = {}
  for k = 1, n do rows[k] = { accepted = { k <= any and 7 or 0, k <= any and 9 or 0 }, auc = auc + 0.01 * (k % 2 - 0.5) } end
  return rows
end
local judged = null.judge(rows_of(100, 0, 0.5))
t.is({ judged.verdict, judged.at[1].any, judged.at[1].most, judged.knows }, { "open", 0, 0, false }, "none of 100 leaves 1 % open")
t.is(null.judge(rows_of(400, 0, 0.5)).verdict, "holds", "none of 400 holds it")
judged = null.judge(rows_of(100, 20, 0.5))
t.is({ judged.verdict, judged.at[1].any, judged.at[1].most, judged.at[2].most }, { "does not hold", 20, 7, 9 }, "20 of 100 do not")
t.is({ null.judge(rows_of(100, 0, 0.6)).knows, null.judge(rows_of(400, 0, 0.6)).verdict }, { true, "open" },
  "scores that know something")

local clean_pin = folder .. "/clean.pin"
local asked = { files = { clean_pin }, db = folder .. "/null.db", relabelings = 6, steps = 30, jobs = 2 }
local nothing = ll.rescore.null(asked)
t.is({ nothing.decoys, #nothing.rows, nothing.at[1].any, nothing.at[2].most }, { 1500, 6, 0, 0 }, "nothing passes among decoys")
t.near(nothing.auc, 0.5, 0.1, "whose scores know nothing")
for _, row in ipairs(nothing.rows) do
  t.ok(math.abs(row.targets - 750) < 100 and row.targets + row.decoys == 1500, "about half of them are called targets")
end
t.like(table.concat(nothing:words(), "\n"), "^at 1 %% none of 6 relabelings of 1500 decoys accepted anything", "in words")
t.is({ #nothing:table(), #nothing:table()[1], nothing:table()[2][1] }, { 7, 6, "1" }, "as a table")
asked.relabelings = 8
local more = ll.rescore.null(asked)
t.is(more.rows[6], nothing.rows[6], "carried on, the first are what they were")
local results = ll.open(folder .. "/null.db")
t.is(results.status.done, 24, "in one database, three folds each")

-- A pipeline that scores what it has learnt passes some: scores that know labels.
do
  local path = folder .. "/cheat.db"
  local run = scorer.run
  local study_new = study_of.new
  study_of.new = function(options) -- luacheck: ignore 122
    local study = study_new(options)
    study.trial = function(trial)
      local y = trial.parts.test.y
      local scores = y * 5 + trial:random "cheat":normal(y.rows, 1)
      trial:record { test = { targets_at_fdr = 0 }, scores = { test = scores } }
    end
    return study
  end
  local fine, cheat = pcall(ll.rescore.null, { files = { clean_pin }, db = path, relabelings = 5, jobs = 1 })
  study_of.new = study_new -- luacheck: ignore 122
  t.ok(fine and run == scorer.run, "a pipeline that cheats runs: " .. tostring(cheat))
  t.is({ cheat.verdict, cheat.at[1].any, cheat.knows }, { "does not hold", 5, true }, "and is caught")
  t.like(table.concat(cheat:words(), "\n"), "the levels do not hold", "in words")
end
t.throws(function() ll.rescore.null { files = { clean_pin }, db = "x.db", seeds = { 1 } } end, "cuts",
  "seeds, which it has none of")
t.throws(function() ll.rescore.null { files = { clean_pin }, db = "x.db", relabelings = 0 } end, "relabelings", "no relabeling")
t.throws(function() ll.rescore.null { files = { pin("little", { spectra = 50 }) }, db = folder .. "/x.db" } end, "50 decoys",
  "too few decoys")

-- ---- entrapment -------------------------------------------------------------------------------------------------------------

local trapped = rescore("trapped", { spectra = 3000, right = 0.5, trap = 0.5 })
local e = trapped:entrapment("TRAP_", 1)
t.is({ #e.points, e.estimated, e.ratio }, { 5, false, 1 }, "entrapment at five levels")
local at = e.points[4]
t.is(at.q, 0.05, "of which the fourth is 5 %")
t.ok(at.low < 0.05 and at.bound_high > 0.02 and at.verdict ~= "does not hold", "honest q-values are not refused")
t.ok(e.best.sample > 500 and e.best.combined <= 0.01, "the most targets of the sample at a true 1 %")
local by_hand, traps = 0, 0
for i = 1, trapped.set.rows do
  if trapped.labels:get(i) == 1 and trapped.counts:get(i) == 1 and trapped.q:get(i) <= 0.05 then
    by_hand = by_hand + 1
    if trapped.psms:proteins(i):find "^TRAP_[^\t]*$" then traps = traps + 1 end
  end
end
t.is({ at.sample + at.entrapment, at.entrapment }, { by_hand, traps }, "counted by hand, where all proteins are entrapment")
local column = trapped:fdp_column("TRAP_", 1)
for i = 1, trapped.set.rows do -- a row whose q is 5 % or the next below says what the level says
  if trapped.q:get(i) <= 0.05 and column:get(i) < 0 then t.ok(false, "a share below 0") end
end
local last, place = 0, nil
for i = 1, trapped.set.rows do
  if trapped.q:get(i) <= 0.05 and trapped.q:get(i) > last then last, place = trapped.q:get(i), i end
end
t.near(column:get(place), at.combined, 1e-5, "the column beside q says the same")
t.like(e:words()[4], "^q <= 5 %% %a+.*: of %d+ targets %d+ are entrapment", "in words")
t.is({ #e:table(), e:table()[5][1] }, { 6, "5 %" }, "as a table")

-- Within classes: of one it is what it is of all; of two the lists are those that the q-values accept.
local of_one = trapped:within(ll.ones(trapped.set.rows, 1)):entrapment("TRAP_", 1)
for i, point in ipairs(of_one.points) do
  for key, value in pairs(e.points[i]) do
    t.ok(value == point[key] or math.abs(value - point[key]) < 1e-12, ("one class, point %d: %s"):format(i, key))
  end
end
t.is({ of_one.best, of_one.sample, of_one.entrapment }, { e.best, e.sample, e.entrapment }, "and what is best")
t.is({ trapped:within(ll.ones(trapped.set.rows, 1)):entrapment("TRAP_").ratio }, { trapped:entrapment("TRAP_").ratio },
  "and the ratio that poor targets tell")
local easy = trapped.set.x:col_range(2, 2):greater(1) -- a class of better matches
local parted = trapped:within(easy)
local e2 = parted:entrapment("TRAP_", 1)
local share2 = parted:fdp_column("TRAP_", 1)
for i, level in ipairs(entrapment.levels) do
  local taken, of_traps, last_q, last_row = 0, 0, -1, nil
  local rounded = ll.matrix({ level }):get(1) -- as q-values are
  for row = 1, parted.set.rows do
    local q = parted.q:get(row)
    if parted.labels:get(row) == 1 and parted.counts:get(row) == 1 and q <= rounded then
      taken = taken + 1
      if trapped.psms:proteins(row):find "^TRAP_[^\t]*$" then of_traps = of_traps + 1 end
      if q > last_q then last_q, last_row = q, row end
    end
  end
  local point = e2.points[i]
  t.is({ point.q, point.sample + point.entrapment, point.entrapment }, { level, taken, of_traps },
    "two classes: counted by hand at " .. level)
  t.near(share2:get(last_row), point.combined, 1e-6, "and the column beside q says the same")
  t.is(point.verdict, entrapment.verdict_of(point), "with its verdict")
end
t.ok(e2.points[4].sample ~= e.points[4].sample, "which are other lists than those of all together")
local none_taken = parted:within(ll.ones(parted.set.rows, 1))
none_taken.q = none_taken.q * 0 + 1
t.is({ none_taken:entrapment("TRAP_", 1).points[1].verdict, none_taken:entrapment("TRAP_", 1).best.sample }, { "nothing", 0 },
  "lists that are empty")
t.lives(function() parted:leaks() end, "remarks of classes")
t.like(select(2, figure_panels.scores(parted)), "each class at a threshold of its own", "and figures")
t.is(select(2, figure_panels.calibration(parted, { prefix = "TRAP_", ratio = 1 })) ~= nil, true, "of calibration, too")
t.like(select(2, figure_panels.agreement(parted)), "each class has a threshold of its own", "and of cuts")
t.is(column_importance.of(parted, 0.01).accepted,
  ll.rescore.run { files = { folder .. "/trapped.pin" }, db = folder .. "/one_cut_parted.db", seeds = { 1 }, steps = 60,
    jobs = 2 }:within(easy):accepted(0.01), "importance is of what classes identify")

local function verdict(q, low, high, bound_low)
  return entrapment.verdict_of { q = q, sample = 90, entrapment = 10, low = low, high = high, bound_low = bound_low }
end
t.is({ verdict(0.05, 0.01, 0.05, 0.005), verdict(0.05, 0.01, 0.051, 0.005), verdict(0.05, 0.06, 0.2, 0.05),
  verdict(0.05, 0.06, 0.2, 0.051) }, { "holds", "open", "open", "does not hold" }, "verdicts at their bounds")
t.is(entrapment.verdict_of { q = 0.01, sample = 0, entrapment = 0 }, "nothing", "of an empty list")

-- Where a column knows the label, q-values are small and false.
local untrue = rescore("untrue", { spectra = 3000, right = 0.5, trap = 0.5,
  leak = function(label, r) return label + 0.1 * r:normal() end })
e = untrue:entrapment("TRAP_", 1)
t.is({ e.points[2].verdict, e.points[3].verdict }, { "does not hold", "does not hold" }, "q-values of leaked labels do not hold")
t.throws(function() trapped:entrapment "NONE_" end, { "none of", "NONE_" }, "a prefix that no protein has")
t.throws(function() trapped:entrapment("rev_") end, "no target", "one that decoys alone have")
t.throws(function() trapped:entrapment("TRAP_", 0) end, "ratio", "a ratio of 0")

-- ---- weak data --------------------------------------------------------------------------------------------------------------

local weak = rescore("weak", { spectra = 150, right = 0, seeds = { 1 } })
t.is(weak:accepted(0.01), 0, "nothing passes where nothing is right")
t.lives(function() weak:leaks() end, "whose columns are looked at")
local weak_trapped = rescore("weak_trapped", { spectra = 150, right = 0, trap = 0.5, seeds = { 1 } })
e = weak_trapped:entrapment "TRAP_"
t.is({ e.points[1].verdict, e.best.sample, e.best.q }, { "nothing", 0, nil }, "entrapment where nothing is accepted")
t.like(e:words()[1], "nothing is accepted", "in words")
t.near(weak_trapped:fdp_column("TRAP_"):shape(), 300, 0, "and its column")

-- ---- figures ----------------------------------------------------------------------------------------------------------------

local path = write("percolator.tsv", "PSMId\tscore\tq-value\tposterior_error_prob\tpeptide\tproteinIds\n"
  .. "a\t3\t0.001\t0.1\tK.A.R\tP\tQ\r\nb\t2\t0.02\t0.2\tK.B.R\tP\n")
t.is(figures.percolator(path), { 0.001, 0.02 }, "q-values of Percolator's table")
t.throws(function() figures.percolator(write("bad.tsv", "PSMId\tscore\n1\t2\n")) end, 'no column "q-value"', "another table")
t.throws(function() figures.percolator(write("worse.tsv", "PSMId\tq-value\na\tx\n")) end, { "line 2", '"x"' }, "what is no q-value")
t.throws(function() figures.percolator(folder .. "/none.tsv") end, "none.tsv", "no file")

local shown = figure_panels.identifications(trapped, { percolator = { 0.001, 0.02 } })
local function count(series, q) -- at a q in percent
  for _, point in ipairs(series.points) do
    if math.abs(point[1] - q) < 1e-9 then return point[2] end
  end
end
local series = shown.panels[1].series
t.is({ series[2].text, series[3].text, series[4].text }, { "targets that won their spectrum", "all matches", "Percolator" },
  "curves")
t.is({ count(series[2], 1), count(series[3], 1), count(series[4], 1), count(series[4], 2) },
  { trapped:accepted(0.01), trapped:accepted(0.01, "concatenated"), 1, 2 }, "which say what is accepted")
shown = figure_panels.scores(trapped)
local bars = 0
for _, n in ipairs(shown.panels[1].series[1].steps.counts) do bars = bars + n end
t.is(bars, math.tointeger((trapped.labels * trapped.counts):sum():item()), "each target that counts is in a bar")

-- Importance: the networks of the first cut again; a column of noise brings nothing, the score most.
local found_columns = column_importance.of(trapped, 0.01)
local by_name = {}
for _, each in ipairs(found_columns.columns) do by_name[each.name] = each.lost end
t.is(found_columns.columns[1].name, "score", "the score brings most")
t.ok(by_name.score > 0.3 * found_columns.accepted and math.abs(by_name.noise) < 0.15 * found_columns.accepted, "and noise little")
do -- a fold of some scans of very many, whose numbers are near the last that single precision tells apart
  local part = { rows = 4, features = 2, columns = { "a", "b" }, x = ll.matrix { { 1, 5 }, { 2, 6 }, { 3, 7 }, { 4, 8 } },
    y = ll.matrix { 1, 0, 1, 0 }, groups = ll.matrix { 16777212, 16777213, 16777213, 16777214 } }
  local copies = column_importance.copies(part, ll.random(SEED))
  t.is(copies.groups:table(), { 1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0, 8.0, 9.0 }, "scans of each copy are its own")
  t.is({ copies.x:col_range(1, 1):row_range(9, 12):table(), copies.x:col_range(2, 2):row_range(5, 8):table() },
    { { 1.0, 2.0, 3.0, 4.0 }, { 5.0, 6.0, 7.0, 8.0 } }, "of which other columns stay as they are")
  part = { rows = 5e6, features = 1, groups = ll.matrix { 1, 2, 3, 3, 4 } }
  t.is(column_importance.sample(part), { 2, 5 }, "of more rows than can be told apart some scans are taken")
  part.rows = 3e6
  t.is(column_importance.sample(part), nil, "of fewer all")
end
local first = ll.rescore.run { files = { folder .. "/trapped.pin" }, db = folder .. "/one_cut.db", seeds = { 1 }, steps = 60,
  jobs = 2 }
t.is(found_columns.accepted, first:accepted(0.01), "of what the first cut alone identifies")
local kept = trapped.set
trapped.set = ll.data.matrix(kept.x * 1.5, kept.y, { names = kept.columns, groups = kept.groups })
local none, why = column_importance.of(trapped, 0.01)
trapped.set = kept
t.is(none, nil, "other files than those of the database are told")
t.like(why, "other scores than the database", "and why")

t.is({ figure_panels.agreement(first) }, { nil, "there is one cut only" }, "one cut has nothing to agree with")
t.is({ (figure_panels.pi0(first)) }, {}, "no curve of pi0 without separate searches")
local apart = ll.rescore.of(first.db, first.set, first.psms, "separate")
t.ok(figure_panels.pi0(apart), "which it is of")
t.is({ (figure_panels.calibration(first, {})) }, {}, "no calibration without a prefix")

if not gnuplot.available() then
  t.note("no gnuplot: figures are not drawn")
  t.done()
  return
end
local function names_in(list)
  local out = {}
  for i, each in ipairs(list) do out[i] = (type(each) == "table" and each[1] or each:match "([^/]*)$") end
  table.sort(out)
  return out
end
local made = trapped:figures(folder .. "/figures", { formats = { "svg" }, prefix = "TRAP_", ratio = 1, percolator = path })
t.is(names_in(made.files), { "agreement.svg", "calibration.svg", "identifications.svg", "importance.svg", "scores.svg" },
  "figures are drawn")
t.is(names_in(made.skipped), { "pi0" }, "but for what is not asked")
for name, said in pairs(made.said) do t.ok(#said > 20 and not said:find "nil", name .. " says what it shows") end
made = apart:figures(folder .. "/apart", { formats = { "png" }, only = { "pi0", "identifications" } })
t.is(names_in(made.files), { "identifications.png", "pi0.png" }, "of separate searches, some, as pictures")
for name, of in pairs { weak = weak, weak_trapped = weak_trapped } do
  t.lives(function() made = of:figures(folder .. "/" .. name, { formats = { "svg" }, prefix = "TRAP_" }) end,
    "figures where nothing passes: " .. name)
  t.is(#made.files + #made.skipped, #figure_panels.names, "each is drawn, or why not is said")
end
t.throws(function() trapped:figures(folder, { only = { "score" } }) end, '"scores"', "a figure that is none")
t.throws(function() trapped:figures(folder, { format = "svg" }) end, '"formats"', "an option that is none")

-- ---- columns about the spectrum that know the label, as scans that number the rows of a file sorted by class ----

local numbered, drawn = { "SpecId\tLabel\tScanNr\tExpMass\tscore\tions\tPeptide\tProteins" }, ll.random(1)
for row = 1, 1200 do
  numbered[row + 1] = ("m%d\t%d\t%d\t%.3f\t%.4f\t%.4f\tK.AB%d.R\tP%d"):format(row, row <= 600 and 1 or -1, row,
    900 + 1000 * drawn:uniform(), drawn:normal(), drawn:normal(), row, row)
end
ll.system.write(folder .. "/numbered.pin", table.concat(numbered, "\n"))
local function of_numbered(name, exclude)
  return ll.rescore.run { files = { folder .. "/numbered.pin" }, db = folder .. "/" .. name .. ".db", seeds = { 1 }, steps = 200,
    jobs = 1, exclude = exclude }
end
local fooled = of_numbered "fooled"
t.is(fooled:accepted(0.01), 0, "a scan that knows the label is no input")
t.is(fooled:leaks()[1].name, "spectrum: scan", "which is told")
local spared = of_numbered("spared", { "Spectrum: s*", "ions" })
t.is(spared:accepted(0.01), 0, "and left out by the name that is told, or a pattern")
t.is(spared.set.columns, { "score", "spectrum: others within 10 ppm", "spectrum: others within 100 ppm",
  "spectrum: others within 1000 ppm" }, "it alone, beside those of the file")
t.is(#spared:leaks(), 0, "with no remark on what is not there")
t.throws(function() of_numbered("none", { "spectrum: scans" }) end, { "spectrum: scans", "spectrum: scan" }, "no such column")

t.done()
