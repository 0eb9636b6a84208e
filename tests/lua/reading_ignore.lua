-- ignore: columns of a table that are left out, in files and in studies; and what errors about columns advise.
local t = require "tests.lua.tap"
local ll = require "losslab"

local _, write = t.folder()
local people = write("people.csv", 'id,age,"a ""b""",sex,group,class\np1,31,5,m,u,1\np2,,6,f,v,0\np3,50,7,f,u,0\n')
local function load(options) return ll.data.load(people, options) end

local set = load { ignore = { "id", "sex" }, missing = 0 }
t.is(set.columns, { "age", 'a "b"' }, "columns that are ignored are no features")
t.is(set.x:table(), { { 31, 5 }, { 0, 6 }, { 50, 7 } }, "the others keep their cells")
t.ok(set.groups ~= nil, "groups are kept")
t.is(load { ignore = { "id", "sex", "group" }, missing = 0 }.groups, nil, "groups may be ignored")
t.is(load({ ignore = { "id" }, categorical = { "sex" }, missing = "drop" }).columns, { "age", 'a "b"', "sex=f", "sex=m" },
  "beside categories, gaps of rows that are dropped")
t.is(load({ ignore = { "id", "age", "sex" } }).rows, 3, "a gap in an ignored column is none")
t.is(ll.data.load(write("t.tsv", "id\tx\tlabel\na\t1\t0\nb\t2\t1\n"), { ignore = { "id" } }).columns, { "x" }, "tsv, too")

t.throws(function() load { ignore = { "Id" } } end, { "there is no column to ignore", 'did you mean "id"?' })
t.throws(function() load { ignore = { "class" } } end, "holds the labels and cannot be ignored")
t.throws(function() load { ignore = "id" } end, "ignore must be {names of columns}, not id")
t.throws(function() load { ignore = { "id", "age", 'a "b"', "sex" } } end, "no columns of features")
t.throws(function() load { ignore = { "sex" }, categorical = { "sex" }, missing = 0 } end,
  "is no feature and cannot be categorical")
t.throws(function() ll.data.load(write("s.svm", "1 1:2\n0 1:3\n"), { ignore = { "a" } }) end, 'has no option "ignore"')

-- ---- what errors advise ----
t.throws(load, { '"p1" is not a number; categorical = { "id" } takes words, ignore = { "id" } leaves them out' })
t.throws(function() load { ignore = { "id", "sex" } } end,
  'a number is missing; missing = "mean", "drop" or a number says what then')
t.throws(function() ll.data.load(write("semi.csv", "a b;c, d;class\n1;2,3;1\n")) end, "cells are separated by commas")
for name, here in pairs { drop = "here that is ignore", target = "here that is label", pos_label = "here that is positive",
  na_values = "here that is missing", sep = "separated by commas" } do
  t.throws(function() load { [name] = "x" } end, here, name .. " is told what it is here")
  t.throws(function() ll.data.csv(people, { [name] = "x" }) end, here)
end

-- ---- in a study ----
local rows = { "id,x,label" }
for i = 1, 40 do rows[#rows + 1] = ("p%d,%g,%d"):format(i, i % 7 + i % 2, i % 2) end
local study = ll.study { name = "m", data = { load = write("s.csv", table.concat(rows, "\n") .. "\n"), ignore = { "id" } },
  compare = { "hinge" }, train = { epochs = 1, batch = 8 } }
t.is(study.data[1].reading, { ignore = { "id" } }, "a study keeps what it ignores")
local path = (write("s.db", ""))
os.remove(path)
t.is(study:run { db = path, jobs = 1 }, 0, "and trains on the rest")
t.is(#ll.open(path):trials(), 5, "its folds")
t.done()
