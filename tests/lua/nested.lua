-- split = { folds, inner }: what a fold does not test on is cut again, each inner fold is the validation part once, and trials are
-- run again from the database alone.
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local replay = require "losslab.run.replay"
local study_of = require "losslab.study.study"
local t = require "tests.lua.tap"

local function numbers(part) return part:row_numbers() end
local function as_set(list)
  local out = {}
  for _, row in ipairs(list) do out[row] = true end
  return out
end
local function written(split, ratio)
  return { name = "nested", data = { { generator = "gaussians", n = 90, name = "g", ratio = ratio } }, split = split,
    compare = { hinge = { margin = { 0.5, 1 } } }, model = { hidden = {} }, train = { epochs = 2, batch = 8 }, seeds = { 1, 2 } }
end

local study = study_of(written { folds = 3, inner = 4 })
t.is(study:trials(), 1 * 2 * 3 * 4 * 2, "a trial an inner fold")
local set = cuts.datasets(study)[1]
for fold = 1, 3 do
  local tested, rest, validated = nil, {}, 0
  for inner = 1, 4 do
    local parts = cuts.parts(study, set, 1, (fold - 1) * 4 + inner)
    local test, valid, train = numbers(parts.test), numbers(parts.valid), numbers(parts.train)
    tested = tested or test
    t.is(test, tested, string.format("fold %d, inner %d: tests on the same rows", fold, inner))
    t.is(#test + #valid + #train, 90, "every row is in a part")
    local seen = as_set(test)
    local apart = true
    for _, list in ipairs { valid, train } do
      for _, row in ipairs(list) do apart, seen[row] = apart and not seen[row], true end
    end
    t.ok(apart, "and in one alone")
    for _, row in ipairs(valid) do rest[row] = (rest[row] or 0) + 1 end
    validated = validated + #valid
    local mean = parts.train.x:col_means():abs():max_all():item()
    t.ok(mean < 1e-5, "columns are standardised by the inner training part")
  end
  local once = true
  for _, times in pairs(rest) do once = once and times == 1 end
  t.ok(once and validated == 90 - #tested, string.format("fold %d: each other row is validated on once", fold))
end
t.isnt(numbers(cuts.parts(study, set, 1, 1).valid), numbers(cuts.parts(study, set, 2, 1).valid), "another seed, other folds")

local thin = study_of(written({ folds = 3, inner = 2 }, 4))
local parts = cuts.parts(thin, cuts.datasets(thin)[1], 1, 1)
t.ok(parts.train.rows < 40 and parts.train.positives * 4 <= parts.train.rows, "a ratio thins the inner training part")
t.is(parts.valid.rows + parts.test.rows > 55, true, "and it alone")

local path = os.tmpname()
for _, each in ipairs { written { folds = 3, inner = 2 }, written({ test = 0.3, inner = 3 }, 2) } do
  os.remove(path)
  local one = study_of(each)
  one:run { db = path, jobs = 1 }
  local results = require("losslab.results.reading").read(ll.store.open(path, { mode = "read" }))
  t.is(results.status.done, one:trials(), "it runs")
  local row = results:choose(results.datasets[1], "hinge")
  t.is(row.folds, (one.split.folds or 1) * 2, "a choice a fold and seed")
  t.is(#results:values(results.datasets[1], row), row.folds, "and a value")
  local store <close> = ll.store.open(path, { mode = "read" })
  local counts = replay.run(path, (replay.choose(store, { all = true })), { jobs = 1 }, function() end)
  t.is(counts.identical, one:trials(), "and again, from the database alone, to the bit")
end
os.remove(path)

local function refused(split) return function() return study_of(written(split)) end end
t.throws(refused { folds = 3, inner = 2, valid = 0.2 }, "inner folds are the validation parts", "valid beside inner is refused")
t.throws(refused { folds = 3, inner = 1 }, "split.inner", "one inner fold is none")
t.throws(refused { folds = 3, iner = 2 }, 'did you mean "inner"', "a near name is named")
t.done()
