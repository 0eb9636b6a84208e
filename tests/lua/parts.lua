-- The parts of a cut made again from their row numbers are those of the cut, to the bit: with missing cells, with a ratio,
-- standardised or not, of two classes and of more.
local ll = require "losslab"
local t = require "tests.lua.tap"
local cuts = require "losslab.study.cuts"
local study_of = require "losslab.study.study"

local csv = os.tmpname()
local file <close> = assert(io.open(csv, "w"))
local stream = ll.random(5, 0, "parts")
local u = stream:uniform(240, 5, 0, 1)
file:write "a,b,c,label,group\n"
for i = 1, 240 do
  local function cell(j) return u:get(i, j) < 0.1 and "NA" or ("%.4f"):format(1000 * u:get(i, j) ^ 3) end
  file:write(("%s,%s,%.3f,%d,%d\n"):format(cell(1), cell(2), u:get(i, 3), u:get(i, 4) < 0.3 and 1 or 0, i % 20))
end
file:flush()

local function packed(part) return part.x:pack() .. part.y:pack() .. part:rows_hash() end

-- A part's row numbers as the database has them.
local function rows_of(part)
  local out = {}
  for i, row in ipairs(part:row_numbers()) do out[i] = string.pack("<I4", row) end
  return table.concat(out)
end

local data = { complete = '"sonar"', ratio = '{ load = "sonar", ratio = 0.5 }', classes = '"glass"',
  missing = ('{ %q, format = "csv", missing = "mean", name = "missing" }'):format(csv),
  both = ('{ load = %q, format = "csv", missing = "mean", ratio = 1.5, name = "both" }'):format(csv) }
for _, name in ipairs { "complete", "ratio", "missing", "both" } do
  for _, split in ipairs { "folds = 3", "test = 0.3, valid = 0.3", "folds = 2, stratify = false" } do
    for _, standardise in ipairs { "true", "false" } do
      local study = study_of.of_script(([[return ll.study { name = "parts", data = { %s }, compare = { square = {} },
        split = { %s, standardise = %s }, train = { batch = 10 } }]]):format(data[name], split, standardise), "=test")
      local dataset = cuts.datasets(study)[1]
      local parts = cuts.parts(study, dataset, 1, 1)
      local rows = {}
      for _, part in ipairs(cuts.PARTS) do rows[part] = rows_of(parts[part]) end
      local again = cuts.of_rows(dataset.set, rows, study.split.standardise)
      local what = ("%s, %s, standardise = %s"):format(name, split, standardise)
      if name == "missing" or name == "both" then t.ok(dataset.set.missing, what .. ": cells are missing") end
      for _, part in ipairs(cuts.PARTS) do
        t.ok(packed(again[part]) == packed(parts[part]), what .. ": " .. part)
        t.is(again[part].missing, false, what .. ": nothing is missing in " .. part)
      end
    end
  end
end
os.remove(csv)

-- ---- row numbers as a string, and what they are refused for

local set = ll.data.load "sonar"
t.is(set:subset(string.pack("<I4I4", 7, 2)):row_numbers(), { 7, 2 }, "rows of a string")
t.throws(function() set:subset "abc" end, "3 bytes are no row numbers", "half a number")
t.throws(function() set:subset(string.pack("<I4", 0)) end, "place 1 of the rows: a row's number, from 1, expected, not 0", "row 0")
t.throws(function() set:subset(string.pack("<I4", 209)) end, "209", "a row that is not there")
t.throws(function() set:fill { 1, 209 } end, "row 209 of 208", "means over a row that is not there")
t.is(set:fill({ 1, 2 }):subset({ 3 }).x:pack(), set:subset({ 3 }).x:pack(), "nothing is filled where nothing is missing")
t.done()
