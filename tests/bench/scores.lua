-- What keeping the scores of all epochs costs: trials of experiments/margins.lua are trained and their scores packed, as a run
-- does it; and how fast scores are written as CSV. What is packed again comes back to the bit, or the bench fails.
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local export = require "losslab.results.export"
local network = require "losslab.run.network"
local study = require "losslab.study.study"

local function report(name, value, unit) print(("%s\t%.9g%s"):format(name, value, unit and "\t" .. unit or "")) end

-- The main study, of which one seed and fold and every eighth configuration are enough: 28 trials.
local margins = study.load "experiments/margins.lua"
margins.scores = "all"
local trained, packed_in, read_in, raw, packed, ranks, trials = 0, 0, 0, 0, 0, 0, 0
for _, dataset in ipairs(cuts.datasets(margins)) do
  local parts = cuts.parts(margins, dataset, 1, 1)
  for i = 1, #margins.configs, 8 do
    local result = network.run(margins, margins.configs[i], parts, cuts.trial_number(margins, dataset, 1, 1))
    if result.status ~= "done" then error(result.error) end
    trained, trials = trained + result.seconds, trials + 1
    for _, split in ipairs { "valid", "test" } do
      local list = {}
      for epoch = 1, #result.epochs do list[epoch] = result.scores[epoch][split] end
      local start = ll.system.clock()
      local bytes, coding = ll.store.pack_scores(list)
      packed_in = packed_in + ll.system.clock() - start
      raw, packed = raw + 4 * #list * list[1].rows * list[1].cols, packed + #bytes
      ranks = ranks + #ll.store.pack_scores(list, "ranks")
      start = ll.system.clock()
      local last = ll.store.unpack_scores(bytes, coding, #list, 1, #list)
      read_in = read_in + ll.system.clock() - start
      if ll.store.pack_scores({ last }, "plain") ~= ll.store.pack_scores({ list[#list] }, "plain") then error "other scores" end
    end
  end
end
local of_all = margins:trials() / trials
report("scores of a trial of the main study packed", packed_in / trials)
report("the same, of the time that training takes", 100 * packed_in / trained, "%")
report("scores of the last of 30 epochs unpacked", read_in / trials / 2)
report("all scores of the main study, float32", raw * of_all / 1e9, "GB")
report("all scores of the main study, packed", packed * of_all / 1e9, "GB")
report("all scores of the main study, as ranks", ranks * of_all / 1e9, "GB")

do
  local path, out = os.tmpname(), os.tmpname()
  os.remove(path)
  ll.study { name = "bench", data = { { generator = "target_decoy", n = 5000 } }, split = { folds = 2 }, seeds = { 1, 2, 3, 4 },
    compare = { square = {} }, model = { hidden = { 4 } }, train = { epochs = 30, batch = 1000 } }:run { db = path, jobs = 1 }
  local db <close> = ll.store.open(path, { mode = "read" })
  for _, format in ipairs { "csv", "jsonl", "npy", "npz" } do
    local start = ll.system.clock()
    local rows = export.write(db, { what = "scores", format = format, to = out })
    report("scores exported as " .. format, rows / (ll.system.clock() - start) / 1e6, "M rows/s")
  end
  os.remove(path)
  os.remove(out)
end
