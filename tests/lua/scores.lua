-- ll.store.pack_scores and unpack_scores: the scores of epochs as a string, and any of them back.
local t = require "tests.lua.tap"
local ll = require "losslab"
local store = ll.store

local stream, list = ll.random(3), {}
local scores = stream:normal(300, 2)
for epoch = 1, 6 do
  scores = scores + stream:normal(300, 2) * 0.01
  list[epoch] = scores
end
local as_floats = {} -- as float32, whatever the precision of matrices
for epoch, each in ipairs(list) do as_floats[epoch] = store.floats(store.pack_scores({ each }, "plain"), 2):table() end

local packed, coding = store.pack_scores(list)
t.is(coding, 1, "packed")
t.ok(#packed < 0.8 * 6 * 600 * 4, "smaller: " .. #packed)
local every = store.unpack_scores(packed, coding, 6, 2)
t.is(#every, 6, "all epochs at once")
for epoch = 1, 6 do t.is(every[epoch]:table(), as_floats[epoch], "of all, epoch " .. epoch) end
for epoch = 1, 6 do t.is(store.unpack_scores(packed, coding, 6, 2, epoch):table(), as_floats[epoch], "epoch " .. epoch) end
t.is(store.pack_scores(list), packed, "the same bytes again")

local plain, zero = store.pack_scores(list, "plain")
t.is({ zero, #plain }, { 0, 6 * 600 * 4 }, "as they are")
t.is(store.unpack_scores(plain, zero, 6, 2, 4):table(), as_floats[4], "one of them")
local _, few = store.pack_scores { ll.matrix { 1, 2 } }
t.is(few, 0, "what cannot be made smaller is kept as it is")

local ranks, two = store.pack_scores({ ll.matrix { 0.5, -1, 0.5, 3 }, ll.matrix { 1, 2, 3, 4 } }, "ranks")
t.is(two, 2, "ranks")
t.is(store.unpack_scores(ranks, two, 2, 1, 1):table(), { 2, 1, 2, 3 }, "equal ones share one")
local labels = ll.matrix((function()
  local out = {}
  for i = 1, 600 do out[i] = i % 3 == 0 and 1 or 0 end
  return out
end)())
local column = store.unpack_scores(plain, zero, 6, 1, 6)
for _, metric in ipairs { "auc", "partial_auc", "average_precision" } do
  local kept, code = store.pack_scores({ column }, "ranks")
  local back = store.unpack_scores(kept, code, 1, 1, 1)
  t.is(ll.metric[metric](back, labels), ll.metric[metric](column, labels), metric .. " of ranks")
end

t.is({ store.pack_scores { ll.zeros(0, 1), ll.zeros(0, 1) } }, { "", 0 }, "no rows")
t.is(store.unpack_scores("", 0, 2, 1, 2).rows, 0, "and back")

t.throws(function() store.pack_scores {} end, "no scores", "an empty list")
t.throws(function() store.pack_scores { list[1], ll.zeros(3, 2) } end, { "epoch 2", "3x2", "300x2" }, "two shapes")
t.throws(function() store.pack_scores { list[1], "x" } end, "the scores of an epoch", "no matrix")
t.throws(function() store.pack_scores(list, "rank") end, 'did you mean "ranks"', "the nearest form")
t.throws(function() store.unpack_scores(packed, coding, 5, 2, 1) end, { "6 epochs", "5 were expected" }, "other epochs")
t.throws(function() store.unpack_scores(packed, coding, 6, 7, 1) end, "rows of 7 columns", "other columns")
t.throws(function() store.unpack_scores(packed, coding, 6, 2, 7) end, "epoch 7 of 6", "one too many")
t.throws(function() store.unpack_scores(packed, 9, 6, 2, 1) end, "this losslab knows 0 to 2", "an unknown coding")
t.throws(function() store.unpack_scores(packed:sub(1, -2), coding, 6, 2, 1) end, "damaged", "cut")

-- A study that keeps ranks: figures and metrics of ranks have what they need, and it asks for more where scores are wanted.
do
  local records = require "losslab.study.records"
  local reading = require "losslab.results.reading"
  local json = require "losslab.json"
  local function study(kept)
    return ll.study { name = "s", question = "q", data = { { generator = "target_decoy", n = 90 } }, split = { folds = 2 },
      compare = { cross_entropy = {} }, model = { hidden = { 4 } }, train = { epochs = 3, batch = 10 }, scores = kept }
  end
  local paths, aucs = {}, {}
  for _, kept in ipairs { "ranks", "all" } do
    local path = os.tmpname()
    os.remove(path)
    study(kept):run { db = path, jobs = 1 }
    paths[#paths + 1] = path
    local db <close> = store.open(path, { mode = "read" })
    local results, by_fold = reading.read(db), {}
    for held, classes, run, is_ranks in results:held_out(results.datasets[1], 1) do
      t.is(is_ranks, kept == "ranks", kept .. " are told from scores")
      by_fold[run.fold] = ll.metric.auc(held, classes)
      t.is(by_fold[run.fold], run.test, "AUC of " .. kept .. " is what was recorded")
    end
    t.is(#by_fold, 2, "of each fold")
    aucs[kept] = by_fold
  end
  t.is(aucs.ranks, aucs.all, "the same of both")
  for _, path in ipairs(paths) do os.remove(path) end
  local function lacking(has, needs) return records.lacking(records.of(study(has)), records.of(study(needs))) ~= nil end
  for case, want in pairs { ["all ranks"] = false, ["ranks none"] = false, ["ranks all"] = true, ["ranks best"] = true,
    ["best ranks"] = true, ["last best"] = false, ["best last"] = true, ["none best"] = true } do
    local has, needs = case:match "(%w+) (%w+)"
    t.is(lacking(has, needs), want, has .. " where " .. needs .. " is asked for")
  end
  t.is(json.decode(records.both(records.of(study "ranks"), records.of(study "best"))).scores, "all", "ranks and scores are all")
end
t.done()
