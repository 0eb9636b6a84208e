-- How much memory a run of a study takes, before anything trains: from its data sets, cuts, models and batches, by what is held at
-- once. Pages that a worker has in common with the process that began it are there once, however many workers there are.
--
--   footprint.of(study, jobs)   { data: what the sets take, shared by all; worker: the most that one worker holds, data included;
--                               planning: the same of the process that plans and writes; all: of all of them together; limit: what
--                               losslab may hold; free: what the machine has left, where it says so }, bytes each
--
-- What a script's own loss, loop or trial holds, and the pairs of rows that some losses on embeddings keep, nobody knows before: of
-- the pairs a guess is part of it.
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local options = require "losslab.study.options"
local size = require "losslab.study.size"
local tasks = require "losslab.study.tasks"
local text = require "losslab.text"

local M = {}

local REAL = ll.precision == "double" and 8 or 4
local MB = 1 << 20
-- The program itself with its libraries and modules; what a database's connection keeps of a long transaction; rows of a block when
-- a network is evaluated (lua/bind/data_apply.c).
local PROGRAM, PAGES, BLOCK = 12 * MB, 64 * MB, 4096
-- Bytes a row while a set is cut: the part of each row, its class, two orders; then the lists of the parts' rows. A metric's: keys
-- and places, twice. Copies of what a database's row is made of.
local CUTTING, LISTS, SORTING, WRITING = 18, 11.2, 24, 2

-- A study with a trial of its own writes into model and train what it likes: only what is as elsewhere is counted.
local function number(value, default) return type(value) == "number" and value or default end

local function layers(model, features, outputs)
  local sum, most, before, weights, hidden = outputs, outputs, features, 0, model.hidden
  for _, each in ipairs(type(hidden) == "table" and hidden or { hidden }) do
    local units = number(each, 0)
    sum, most, weights = sum + units, math.max(most, units), weights + (before + 1) * units
    before = units
  end
  return sum, most, weights + (before + 1) * outputs
end

-- Bytes of the parts of a cut, and of an epoch's batches.
local function of_parts(set, rows)
  local all, features = rows.train + rows.valid + rows.test, set.features
  if set.rows * features * REAL >= ll.core.large_data() then return all * (REAL + 4), rows.train * (REAL + 4) end
  return all * (features * REAL + REAL + 4), rows.train * (features * REAL + REAL + 4)
end

-- What a trial of a configuration holds beside the data.
local function of_trial(study, set, config, rows)
  local task = not study.trial and tasks.get(study.losses[config.loss].task)
  local outputs = task and task.outputs(config, set.classes) or 1
  local sum, most, weights = layers(config.model, set.features, outputs)
  local parts, epoch = of_parts(set, rows)
  local batch = math.min(number(config.train.batch, 1), rows.train)
  local pairs_of = task and task.embeds and 4 * batch * batch or 0
  local step = REAL * (batch * (set.features + 5 * sum) + pairs_of)
  local held, largest = rows.valid + rows.test, math.max(rows.valid, rows.test)
  for _, part in ipairs(study.record or {}) do
    if part == "train" then held, largest = held + rows.train, math.max(largest, rows.train) end
  end
  local kept = (rows.valid + rows.test) * outputs
  local all = study.scores == "all" or study.scores == "ranks"
  local epochs = all and number(config.train.epochs, 1) or study.scores ~= "none" and 2 or 0
  local blocks = REAL * math.min(BLOCK, largest) * (set.features + 2 * most)
  local scores = REAL * (held * outputs + kept * epochs) + SORTING * largest
  local written = WRITING * 4 * kept * epochs
  local lists = LISTS * set.rows + parts
  local network = REAL * weights * 5
  return math.max(CUTTING * set.rows, lists,
    parts + network + math.max(epoch + step + REAL * kept * epochs, blocks + scores, written + math.min(PAGES, written)))
end

-- What the process that plans holds beside the data: a cut, and its rows and labels on their way into the database.
local function of_plan(study, set, rows)
  local parts = of_parts(set, rows)
  local all = 8 * (rows.train + rows.valid + rows.test)
  return math.max(CUTTING * set.rows, LISTS * set.rows + parts, parts + all * WRITING)
    + math.min(PAGES, all * #study.seeds * options.cuts(study.split))
end

-- Bytes that the machine has left; nil where it does not say.
local function free()
  local f <close> = io.open "/proc/meminfo"
  local kb = f and f:read "a":match "MemAvailable:%s*(%d+)"
  return kb and tonumber(kb) * 1024 or nil
end

function M.of(study, jobs)
  local data, worker, planning = 0, 0, 0
  for _, dataset in ipairs(cuts.datasets(study)) do
    local set = dataset.set
    local rows = size.rows_of(study.split, set.rows)
    data = data + set.bytes
    planning = math.max(planning, of_plan(study, set, rows))
    for _, config in ipairs(study.configs) do worker = math.max(worker, of_trial(study, set, config, rows)) end
  end
  local out = { data = data, worker = PROGRAM + data + worker, planning = PROGRAM + data + planning,
    all = 2 * PROGRAM + data + math.max(jobs * (worker + PROGRAM), planning), limit = ll.core.memory_limit() }
  for name, bytes in pairs(out) do out[name] = math.ceil(bytes) end
  out.free = free()
  return out
end

-- In words, with so many workers.
function M.said(of, jobs)
  local room = text.bytes(of.limit) .. " that losslab may hold"
  if of.free and of.free < of.limit then room = text.bytes(of.free) .. " that the machine has left" end
  return string.format("memory: about %s for a worker, %s of it data that all share; %s with %d worker%s, of %s",
    text.bytes(of.worker), text.bytes(of.data), text.bytes(of.all), jobs, jobs == 1 and "" or "s", room)
end

-- What is to be done where it does not fit; nil where it does.
function M.advice(of, jobs)
  local room = math.min(of.limit, of.free or of.limit)
  if of.all <= room then return nil end
  local alone = math.max(of.planning, of.worker)
  if alone <= room and jobs > 1 then
    local each = (of.all - of.data) / jobs
    return string.format("that is too much: --jobs %d fits", math.max(1, math.min(jobs - 1, (room - of.data) // each // 1 | 0)))
  end
  return "one worker alone does not fit: fewer rows, data of a smaller type (float16), smaller batches or scores = \"best\" take "
    .. "less"
end

return M
