-- Replay: what a trial costs beside its training to be found in a database, made ready, compared and told, with the program's start
-- shared by all; and what a metric costs that is added from scores. BENCH_DIR is the folder for the files.
local ll = require "losslab"
local json = require "losslab.json"
local program = os.getenv "LOSSLAB" or "bin/losslab"

local function report(name, value) print(("%s\t%.9g"):format(name, value)) end

local pipe <close> = io.popen("mktemp -d -p " .. (os.getenv "BENCH_DIR" or os.getenv "TMPDIR" or "/tmp"))
local folder = pipe:read "l"

local function shell(format, ...) return os.execute(format:format(...)) end
local function timed(f, ...)
  local start = ll.system.clock()
  f(...)
  return ll.system.clock() - start
end

-- A study of so many trials whose data set has so many rows; all scores of 30 epochs are kept.
local function study(name, rows, seeds)
  local list = {}
  for i = 1, seeds do list[i] = tostring(i) end
  local file <close> = assert(io.open(folder .. "/" .. name .. ".lua", "w"))
  file:write(([[return ll.study { name = "replay", data = { { generator = "target_decoy", n = %d, name = "td" } }, seeds = { %s },
    split = { folds = 5 }, compare = { square = {}, hinge = {} }, train = { epochs = 30, batch = 100 }, networks = true }]]):format(
    rows, table.concat(list, ", ")))
  file:close()
  shell("%s run %s/%s.lua --db %s/%s.db >/dev/null 2>&1", program, folder, name, folder, name)
end

for _, each in ipairs { { "small", 300, 10 }, { "large", 20000, 1 } } do
  local name, rows, seeds = table.unpack(each)
  study(name, rows, seeds)
  local least = math.huge
  for _ = 1, 3 do
    local out = folder .. "/out.json"
    local wall = timed(shell, "%s replay %s/%s.db --all --jobs 1 --json >%s", program, folder, name, out)
    local file <close> = assert(io.open(out))
    local told = json.decode(file:read "a")
    assert(told.identical == told.of and told.of == 10 * seeds, "not all are identical")
    local training = 0
    for _, trial in ipairs(told.trials) do training = training + trial.training end
    least = math.min(least, (wall - training) / told.of)
  end
  report(("a trial of %d rows run again, beside its training"):format(rows), least)
end

local all = timed(shell, "%s metric %s/small.db partial_auc max_fpr=0.02 --jobs 1 >/dev/null 2>&1", program, folder)
report("a metric added from scores: a trial of 30 epochs", all / 100)
shell("rm -r %s", folder)
