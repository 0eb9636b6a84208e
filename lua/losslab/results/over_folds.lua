-- Metrics over folds: the held-out scores of all folds of a seed put together, so that each row of the data stands there once. The
-- networks of two folds have scales of their own, so each fold's scores are standardised by its held-out decoys, which are what a
-- threshold of false discoveries is set by. What is pooled are ranks in double, of the scores that the database keeps, so that
-- both precisions give the same of the same scores. The method is one of results (results/reading.lua).
local ll = require "losslab"
local check = require "losslab.check"
local folds = require "losslab.results.folds"
local json = require "losslab.json"
local metrics_of = require "losslab.study.metrics"
local stats = require "losslab.results.stats"

local methods = {}
local M = { methods = methods }

-- Appends a fold's scores, standardised, and labels; nil and why where that cannot be.
local function append(pool, scores, labels)
  local sum, count = 0, 0
  for i = 1, scores.rows do
    if labels:get(i, 1) <= 0 then sum, count = sum + scores:get(i, 1), count + 1 end
  end
  if count < 2 then return nil, "a fold holds out fewer than two decoys" end
  local mean, squares = sum / count, 0
  for i = 1, scores.rows do
    if labels:get(i, 1) <= 0 then squares = squares + (scores:get(i, 1) - mean) ^ 2 end
  end
  local deviation = math.sqrt(squares / (count - 1))
  if deviation == 0 then return nil, "a fold's held-out decoys all have one score" end
  for i = 1, scores.rows do
    local n = #pool.scores + 1
    pool.scores[n], pool.labels[n] = (scores:get(i, 1) - mean) / deviation, labels:get(i, 1)
  end
  return true
end

-- The places of numbers in ascending order, equal ones in one: what a metric of ranks sees of them, exact in single precision, too.
local function places(numbers)
  local sorted, place, count = table.move(numbers, 1, #numbers, 1, {}), {}, 0
  table.sort(sorted)
  for _, x in ipairs(sorted) do
    if not place[x] then count, place[x] = count + 1, count end
  end
  if count >= 1 << 24 then return numbers end
  for i, x in ipairs(numbers) do numbers[i] = place[x] end
  return numbers
end

-- What there is to pool of a choice: by seed, and with inner folds by which of them, in order: { scores, labels } or { why }.
local function pools_of(self, dataset, choice)
  local known = rawget(self, "pooled_last")
  if known and known.dataset == dataset and known.choice == choice then return known.pools end
  local split = type(self.plan.split) == "table" and self.plan.split or {}
  local wanted, inner = math.tointeger(split.folds), self.inner or 1
  if not wanted then check.fail "results:over_folds: the study has one test part, no folds" end
  local pools, by = {}, {}
  for _, seed in ipairs(type(self.plan.seeds) == "table" and self.plan.seeds or { 1 }) do
    for k = 1, inner do
      local pool = { scores = {}, labels = {}, folds = 0 }
      pools[#pools + 1], by[math.tointeger(seed) .. "/" .. k] = pool, pool
    end
  end
  local function pool_of(run) return by[run.seed .. "/" .. (run.fold - 1) % inner + 1] end
  for _, run in ipairs(folds.runs(dataset, choice)) do
    local pool = pool_of(run)
    if pool then pool.finished = (pool.finished or 0) + 1 end
  end
  for scores, labels, run, ranks in self:held_out(dataset, choice) do
    local pool = pool_of(run)
    if pool and not pool.why then
      local fine, why = not ranks, "of its scores the ranks alone are kept"
      if fine then fine, why = append(pool, scores, labels) end
      if fine then pool.folds = pool.folds + 1 else pool.why = why end
    end
  end
  for _, pool in ipairs(pools) do
    if not pool.why and (pool.finished or 0) < wanted then pool.why = "not all of its folds have finished" end
    if not pool.why and pool.folds < wanted then pool.why = "not all of its scores are kept" end
    if pool.why then pool.scores, pool.labels = nil, nil
    else pool.scores, pool.labels = ll.matrix(places(pool.scores)), ll.matrix(pool.labels) end
  end
  rawset(self, "pooled_last", { dataset = dataset, choice = choice, pools = pools })
  return pools
end

--- results:over_folds(dataset, config, metric) -> { values, mean, sd, n, of [, why] }
-- A metric of the held-out scores of all folds put together, a value for each seed (with inner folds: for each of these).
-- Each fold's scores are those of its own choice at the chosen epoch, shifted and scaled to mean 0 and deviation 1 of its held-out
-- decoys, as (s - mean) / sd: networks of two folds have scales of their own. n of `of` seeds have a value; why says what
-- the first of the others lacks. mean and sd are of the values.
--   config   a number, or a row of results:choose, which stands for each fold's own choice
--   metric   of ranks: "auc", or with parameters, { "targets_at_fdr", level = 0.01 }
-- Errors: a metric of other than ranks; a study without folds.
-- See: study.over_folds, results:held_out, results:values
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { "hinge" },
--     train = { epochs = 2 } }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local found = r:over_folds(r.datasets.moons, 1, { "targets_at_fdr", level = 0.05 })
--   #found.values, found.n, found.of   --> 1 1 1
function methods:over_folds(dataset, choice, metric, ...)
  check.no_more("results:over_folds", 3, ...)
  local made = metrics_of.of(metric)
  if made.needs ~= "any" then check.fail("results:over_folds: %s is no metric of ranks", made.label) end
  local out = { metric = made.label, values = json.array {}, n = 0, of = 0 }
  for _, pool in ipairs(pools_of(self, dataset, choice)) do
    out.of = out.of + 1
    if pool.why then out.why = out.why or pool.why
    else out.values[#out.values + 1] = ll.metric[made.name](pool.scores, pool.labels, made.options) end
  end
  out.n = #out.values
  out.mean = out.n > 0 and stats.mean(out.values) or nil
  out.sd = out.n > 1 and stats.sd(out.values) or nil
  return out
end

-- What the study asks for, a row a data set, loss and metric; nil where it asks for nothing.
function M.asked(results)
  local asked = type(results.plan.over_folds) == "table" and results.plan.over_folds
  if not asked then return nil end
  local out = json.array {}
  for _, dataset in ipairs(results.datasets) do
    for _, loss in ipairs(results.losses) do
      local chosen = results:choose(dataset, loss.name)
      for _, each in ipairs(chosen and asked or {}) do
        local written = { each[1] }
        for key, value in pairs(type(each[2]) == "table" and each[2] or {}) do written[key] = value end
        local row = results:over_folds(dataset, chosen, written)
        row.dataset, row.loss = dataset.name, loss.name
        out[#out + 1] = row
      end
    end
  end
  return out
end

-- A value in words: counts are whole, their means have one decimal.
function M.word(row, value)
  if not value then return nil end
  for _, each in ipairs(row.values) do
    if each ~= math.floor(each) then return string.format("%.4f", value) end
  end
  return string.format(value == math.floor(value) and "%d" or "%.1f", value)
end

-- What is said beside a row: of how many seeds it is, and what the others lack.
function M.remark(row)
  if row.n == row.of then return "" end
  return (row.of > 1 and string.format("%d of %d seeds: ", row.n, row.of) or "") .. row.why
end

-- What the numbers are, as a sentence without its end; built: of ll.report.build.
function M.legend(built)
  return "over folds: the held-out scores of all folds put together, each row once, after each fold's were standardised by the "
    .. "mean and deviation of its decoys" .. (built.unvalidated and "" or "; of each fold's own choice")
end

return M
