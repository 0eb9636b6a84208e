-- Identification statistics and features of rescoring in Lua: arguments, options, messages; their numbers are tests/property's.
local t = require "tests.lua.tap"
local ll = require "losslab"
local fdr, psm = ll.fdr, ll.psm

local scores, labels = { 9, 8, 7, 6, 5, 4 }, { 1, 1, 1, 1, 0, 1 }
local function list(m) return m:table() end

-- ---- groups: whole numbers, words, a data set ----

local set = ll.data.matrix(ll.zeros(6, 1), labels, { groups = { "a", "a", "b", "b", "c", "c" } })
local want = { 1.0, 0.0, 1.0, 0.0, 1.0, 0.0 }
t.is(list(fdr.compete(scores, labels, { 1, 1, 2, 2, 3, 3 })), want, "groups as a table")
t.is(list(fdr.compete(scores, labels, ll.matrix { 1, 1, 2, 2, -3, -3 })), want, "as a column")
t.is(list(fdr.compete(scores, labels, { "x", "x", "y", "y", "z", "z" })), want, "as words")
t.is(list(fdr.compete(scores, labels, { 1 << 40, 1 << 40, 2, 2, 3, 3 })), want, "numbers that no matrix holds")
t.is(list(fdr.compete(scores, labels, set)), want, "a data set")
t.is(list(psm.lead(scores, set)), { 1.0, 0.0, 1.0, 0.0, 1.0, 0.0 }, "the lead in the groups of a data set")
t.throws(function() fdr.compete(scores, labels, ll.data.matrix(ll.zeros(6, 1), labels)) end, "the data set has no groups",
  "one without groups")
t.throws(function() fdr.compete(scores, labels, { 1, 1, 2 }) end, "3x1, which does not fit scores", "too few groups")
t.throws(function() fdr.compete(scores, labels, { 1, 1, 2, 2, 3, 3 }, "one") end, "the seed must be an integer",
  "a seed that is none")
t.throws(function() fdr.best(scores, { 1, 1, 2, 2.5, 3, 3 }) end, "of, row 4", "a number that is no whole one")

-- ---- rows that count ----

local by_mask = fdr.qvalues(scores, labels, { rows = { 1, 1, 1, 0, 0, 0 } })
t.is(list(by_mask), list(fdr.qvalues(scores, labels, { rows = { 3, 1, 2 } })), "rows by a mask or by numbers")
t.near(list(by_mask), { 1 / 3, 1 / 3, 1 / 3, 1, 1, 1 }, 1e-6, "the others have q 1")
t.near(list(fdr.qvalues(scores, labels, { rows = ll.matrix { { 1, 1, 1, 0, 0, 0 } } })), list(by_mask), 0, "a mask as a row")
t.throws(function() fdr.pep(scores, labels, { rows = { 7 } }) end, "rows: row 7 of 6", "a row that is not there")
t.throws(function() fdr.pep(scores, labels, { rows = { 0, 2, 3 } }) end, "rows", "a mask that is too short")

-- ---- options ----

t.throws(function() fdr.qvalues(scores, labels, { metod = "tdc" }) end, 'did you mean "method"', "an option that is none")
t.throws(function() fdr.qvalues(scores, labels, { method = "mixmix" }) end, 'did you mean "mixmax"', "a method that is none")
t.throws(function() fdr.qvalues(scores, labels, { pi0 = 1.5 }) end, "pi0 is 1.5", "a share above 1")
t.throws(function() fdr.qvalues(scores, { 1, 1, 2, 1, 1, 0 }) end, "labels, row 3: 2 is no label", "a label that is none")
t.near(fdr.qvalues(scores, labels, { method = "separate", pi0 = 0.1 }):get(1), 0.1 * 5 / 1 * 1 / 4, 1e-6,
  "separate searches: pi0 T/D (d + 1)/t")
t.near(fdr.qvalues(scores, labels, { method = "mixmax", pi0 = 1 }):get(1),
  fdr.qvalues(scores, labels, { method = "separate" }):get(1), 0, "mixmax at pi0 1")
t.near(fdr.pep(scores, labels, { smooth = false }):get(1), 0.25, 1e-6, "the steps of PEPs")

-- ---- rankers ----

local x = ll.matrix { { 1, 0, 7, 1 }, { 2, 1, 7, 2 }, { 4, 1, 7, 4 }, { 4, 0, 7, 4 } }
local ranker = psm.normal_scores(x)
t.is({ ranker.columns, ranker.constant, ranker.duplicates, ranker.originals }, { { 1 }, { 3 }, { 4 }, { 1 } }, "what it found")
local z = ll.stats.normal_quantile
t.near(list(ranker:apply(x)), { z(1 / 8), z(3 / 8), z(3 / 4), z(3 / 4) }, 1e-6, "normal scores, ties at their mean rank")
local some = psm.normal_scores(x, { 1, 2, 3 })
t.is(some:save(), psm.normal_scores(x, { 1, 1, 1, 0 }):save(), "fitted to some rows")
t.near(list(some:apply { { 0, 0, 0, 0 }, { 9, 9, 9, 9 } }), { z(1 / 6), z(5 / 6) }, 1e-6, "constant beyond them")
t.is(tostring(ranker), "normal scores of 1 of 4 columns", "as text")
t.throws(function() return ranker.column end, 'did you mean "columns"', "a field that is none")
t.throws(function() psm.load_ranker(ranker:save():sub(1, -2)) end, "state", "bytes that were cut")
t.throws(function() psm.load_ranker(ll.random(1):state()) end, "ranker", "bytes of something else")
t.throws(function() ranker:apply(ll.zeros(2, 3)) end, "2x3, but the normal scores are of 4 columns", "other columns")
t.throws(function() psm.normal_scores(ll.matrix { { 1 }, { 0 / 0 } }) end, "row 2", "NaN")

t.done()
