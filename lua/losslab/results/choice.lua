-- What is chosen and compared: configurations by validation, their runs paired by fold and seed, differences with corrected
-- intervals. The test part takes no part in any choice. These are methods of results (results/reading.lua). Where they take a
-- configuration, they take a row of results:choose too: that stands for each fold's own choice (results/folds.lua).
--
-- Runs that diverged or failed are charged, by one rule: of configurations, and of losses by the configuration chosen of each, the
-- one that lost fewer runs goes before the other, whatever the means; only among those that lost equally many does the mean decide.
-- What is best or compared in spite of lost runs says so: differences know how many of the blocks (a fold and a seed) they rest on.
local check = require "losslab.check"
local fields = require "losslab.study.fields"
local folds = require "losslab.results.folds"
local stats = require "losslab.results.stats"

local methods = {}

--- results:verdict(difference) -> string or nil
-- What is said of a difference, in a few words.
-- "better", "worse", "no difference beyond noise", "the same in every run", or "too few runs for an interval"; nil of a study's
-- quick form, which judges nothing.
--   difference   as results:difference and results:pooled give it
-- See: results:difference, results:say
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "hinge", "logistic" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:verdict(r:difference(r.datasets.moons, 1, 2))   --> …
function methods:verdict(d) -- luacheck: no self
  if d.unjudged then return nil end
  if d.better then return "better" elseif d.worse then return "worse" end
  if not (d.low > -math.huge and d.high < math.huge) then return "too few runs for an interval" end
  return d.low == 0 and d.high == 0 and "the same in every run" or "no difference beyond noise"
end

-- A difference whose interval lies on one side of zero is better or worse beyond noise. A quick form judges nothing.
local function judged(self, d)
  d.unjudged = self.plan ~= nil and self.plan.quick == true
  if d.unjudged then return d end
  d.better = self.sign > 0 and d.low > 0 or self.sign < 0 and d.high < 0
  d.worse = self.sign > 0 and d.high < 0 or self.sign < 0 and d.low > 0
  return d
end

-- Whether a summary row goes before another (nil: none yet): fewer lost runs, then the better mean of `by` ("valid_mean"), then
-- the lower configuration.
local function goes_before(self, row, other, by)
  if not other then return true end
  if row.lost ~= other.lost then return row.lost < other.lost end
  if row[by] ~= other[by] then return self.sign * row[by] > self.sign * other[by] end
  return row.config < other.config
end

-- What accept asks of a summary row: a function of its parameters and of all its fields by name, or a table of fields' values.
local function accepts(accept, row)
  if accept == nil then return true end
  if type(accept) == "function" then return accept(row.parameters, row.fields) end
  for name, value in pairs(accept) do
    if not fields.same(row.fields[name], value) then return false end
  end
  return true
end

-- A data set of the results, by itself or by its name.
local function set_of(self, dataset)
  if type(dataset) == "table" and dataset.summary then return dataset end
  local names = {}
  for i, each in ipairs(self.datasets) do names[i] = each.name end
  if type(dataset) == "string" then return self.datasets[check.among("choose: there is no data set", dataset, names)] end
  check.fail("choose: the data set must be one of r.datasets (%s), not %s", table.concat(names, ", "), check.show(dataset))
end

--- results:choose(dataset [, loss [, accept]]) -> row or nil
-- The configuration that did best on validation. This is the leaderboard's own rule: fewer lost runs go first, then the better
-- mean; the test part takes no part. nil where none finished, and where a study without a validation part (split.valid = 0) leaves
-- several to choose among, as of all losses.
--
-- The row's config, loss, parameters, fields and valid_mean are of the one that all folds together chose, which is the one to use;
-- n, lost, open, test_mean and test_sd are of each fold's own choice, which is what may be reported; folds is how many there are,
-- folds_agree how many chose config, pooled_test the test metric of config itself. Other methods take the row for a configuration.
--   dataset   one of r.datasets, or its name: r.datasets[1], r.datasets.moons or "moons"
--   loss      a name, or a list of names (all losses)
--   accept    function(parameters, fields) that says which configurations may be chosen, or values that they must have:
--             { lr = 0.01, hidden = { 64 } } (all)
-- See: results:level, results:difference, results:describe
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local best = r:choose(r.datasets.moons, "hinge")
--   best.loss, best.n, best.folds                                              --> hinge 2 2
--   r:choose(r.datasets.moons, "hinge", { margin = 1 }).parameters.margin      --> 1
function methods:choose(dataset, loss, accept)
  dataset = set_of(self, dataset)
  local best, candidates, among = nil, {}, type(loss) == "table" and {} or nil
  for _, name in ipairs(among and loss or {}) do among[name] = true end
  for _, row in ipairs(dataset.summary) do
    local of_loss = not loss or row.loss == loss or among and among[row.loss]
    local there = row.valid_mean or self.unvalidated and row.n > 0
    if there and of_loss and (row.pruned or 0) == 0 and accepts(accept, row) then
      candidates[#candidates + 1] = row
      if self.unvalidated then best = #candidates == 1 and row or nil
      elseif goes_before(self, row, best, "valid_mean") then best = row end
    end
  end
  return best and folds.choice(self, dataset, candidates, best, not accept and type(loss) == "string" and loss or nil)
end

--- results:best_of(rows) -> row or nil
-- Of rows of results:choose, one a loss, the one with the best mean on test. Those that lost fewer runs go first.
--   rows   a list of rows of results:choose or of a data set's summary
-- See: results:choose
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "hinge", "logistic" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local moons = r.datasets.moons
--   local best = r:best_of { r:choose(moons, "hinge"), r:choose(moons, "logistic") }
--   best.loss   --> …
function methods:best_of(rows)
  local best
  for _, row in ipairs(rows) do
    if row.test_mean and goes_before(self, row, best, "test_mean") then best = row end
  end
  return best
end

--- results:counts(dataset, config) -> { n, lost, open, of }
-- How many of a configuration's runs on a data set finished, were lost, and are still to be done. of is their sum.
--   config   a number, or a row of results:choose
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:counts(r.datasets.moons, 1).n   --> 2
function methods:counts(dataset, config) -- luacheck: no self
  if type(config) == "table" then
    return { n = config.n, lost = config.lost, open = config.open, of = config.n + config.lost + config.open }
  end
  for _, row in ipairs(dataset.summary) do
    if row.config == config then
      return { n = row.n, lost = row.lost, open = row.open, of = row.n + row.lost + row.open }
    end
  end
  return { n = 0, lost = 0, open = 0, of = 0 }
end

--- results:learner() -> table or nil
-- The loss that learns a number such as its margin. It is the one that the study asks for if that one does, else the first; nil
-- where none does. Its learns holds { name, symbol, start, rate } of each number.
-- See: results:sets, results:course
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "adaptive_rank" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:learner().name   --> adaptive_rank
function methods:learner()
  local asked = self.losses[self.ask and self.ask.loss]
  if asked and #asked.learns > 0 then return asked end
  for _, loss in ipairs(self.losses) do
    if #loss.learns > 0 then return loss end
  end
end

--- results:difference(dataset, a, b [, { metric, split = "test", epoch }]) -> table or nil
-- A metric of configuration a minus that of b, with its corrected interval. Runs are paired by fold and seed; nil where there is no
-- pair. It has difference, low and high (infinite where one pair says nothing of noise), p, se, sd, df, and: better = true where a
-- is ahead beyond noise, worse = true where it is behind (by the study's goal); n pairs of as many as there would be, of; lost, how
-- many runs of both were lost.
--   dataset   one of r.datasets
--   a, b      numbers of configurations, or rows of results:choose
--   metric    the name of a recorded one (the study's)
--   split     "train", "valid" or "test" ("test")
--   epoch     "last" for the last epoch (the chosen one)
-- See: results:verdict, results:say, results:pooled, ll.stats.corrected_t
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "hinge", "logistic" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local moons = r.datasets.moons
--   local d = r:difference(moons, r:choose(moons, "hinge"), r:choose(moons, "logistic"))
--   d.n, d.of, d.low <= d.difference   --> 2 2 true
function methods:difference(dataset, a, b, options)
  local xs, ys, of_a, order = {}, {}, self:by_run(dataset, a, options)
  local of_b = self:by_run(dataset, b, options)
  for _, key in ipairs(order) do
    if of_b[key] then xs[#xs + 1], ys[#ys + 1] = of_a[key], of_b[key] end
  end
  if #xs == 0 then return nil end
  local out
  if #xs > 1 and dataset.ratio then
    out = stats.corrected_t(xs, ys, { ratio = dataset.ratio })
  else -- one pair, or a database that does not say what was trained on: a difference, and nothing known about its noise
    out = { n = #xs, difference = stats.mean(xs) - stats.mean(ys), low = -math.huge, high = math.huge, p = 1 }
  end
  local one, other = self:counts(dataset, a), self:counts(dataset, b)
  out.ratio = dataset.ratio
  out.of, out.lost = math.max(math.max(one.of, other.of) // (self.inner or 1), #xs), one.lost + other.lost
  return judged(self, out)
end

--- results:estimate(dataset, values) -> table or nil
-- The mean of values over the runs on a data set, with its corrected interval. The table is like that of results:difference:
-- difference is the mean; nil of no values.
--   values   an array of numbers, one a fold and seed: results:values, or what was computed of each run
-- See: results:interval, results:finding
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:estimate(r.datasets.moons, { 0.8, 0.9 }).difference   --> 0.85
function methods:estimate(dataset, values) -- luacheck: no self
  local zeros = {}
  for i = 1, #values do zeros[i] = 0 end
  if #values == 0 then return nil end
  local out
  if #values > 1 and dataset.ratio then
    out = stats.corrected_t(values, zeros, { ratio = dataset.ratio })
  else
    out = { n = #values, difference = stats.mean(values), low = -math.huge, high = math.huge, p = 1 }
  end
  out.ratio, out.of, out.lost = dataset.ratio, #values, 0
  return out
end

--- results:interval(dataset, values) -> mean, low, high
-- The mean of values over the runs on a data set, and its 95 % interval, corrected for folds. The mean alone where there is one
-- value, nil where there is none.
-- See: results:estimate, results:level
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   r:interval(r.datasets.moons, { 0.8, 0.9 })   --> 0.85 … …
function methods:interval(dataset, values)
  local d = self:estimate(dataset, values)
  if not d then return nil end
  if not d.se then return d.difference end
  return d.difference, d.low, d.high
end

--- results:level(dataset, config [, { metric, split = "test", epoch }]) -> mean, low, high
-- A metric of a configuration: the mean over its finished runs, and its 95 % interval. results:counts says of how many runs.
--   config   a number, or a row of results:choose
--   metric   the name of a recorded one (the study's)
--   split    "train", "valid" or "test" ("test")
--   epoch    "last" for the last epoch (the chosen one)
-- See: results:values, results:interval
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0.1, 1 } } }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local mean, low, high = r:level(r.datasets.moons, r:choose(r.datasets.moons))
--   low <= mean and mean <= high   --> true
function methods:level(dataset, config, options)
  local o = check.fields("level", options or {}, { "metric", "split", "epoch" })
  return self:interval(dataset, self:values(dataset, config, o.metric, o.split, o.epoch))
end

--- results:pooled(differences [, of_datasets]) -> table or nil
-- The mean of the differences on several data sets, with its interval. Data sets are independent of each other, so the corrected
-- variances add; degrees of freedom by Welch and Satterthwaite (1946). The interval is about these data sets, not about others. The
-- table is like that of results:difference; n, of and lost add up, datasets is how many there are; nil of none.
--   differences   a list of what results:difference or results:estimate gave
--   of_datasets   how many data sets there would be (as many as there are)
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { "hinge", "logistic" }, train = { epochs = 1 }
--   }:run { db = "s.db" }
--   local r = ll.open "s.db"
--   local ds = {}
--   for i, set in ipairs(r.datasets) do ds[i] = r:difference(set, 1, 2) end
--   r:pooled(ds).datasets   --> 1
function methods:pooled(differences, of_datasets)
  local count, sum, variance, below, pairs_of, unknown = #differences, 0, 0, 0, 0, false
  local of, lost = 0, 0
  for _, d in ipairs(differences) do
    sum, pairs_of = sum + d.difference, pairs_of + d.n
    of, lost = of + (d.of or d.n), lost + (d.lost or 0)
    if not d.se then
      unknown = true
    else
      variance = variance + d.se ^ 2
      below = below + (d.se ^ 2) ^ 2 / d.df
    end
  end
  if count == 0 then return nil end
  local out = { n = pairs_of, of = of, lost = lost, datasets = count, of_datasets = of_datasets or count, difference = sum / count,
    low = -math.huge, high = math.huge, p = 1, parts = differences }
  if not unknown then
    out.se = math.sqrt(variance) / count
    out.df = below > 0 and variance ^ 2 / below or nil
    local half = out.df and stats.t_quantile(0.5 + 0.95 / 2, out.df) * out.se or 0
    out.low, out.high = out.difference - half, out.difference + half
    out.p = out.df and stats.t_two_sided(out.difference / out.se, out.df) or out.difference == 0 and 1 or 0
  end
  return judged(self, out)
end

--- results:answer() -> table or nil
-- What the study asks, answered. It has loss, vary and baseline as study.ask gives them; rows, one a data set: fixed and free (rows
-- of results:choose with vary at the baseline, and elsewhere), effect (the difference free - fixed), chosen, against (by loss: the
-- difference of the asked loss to it); effect, pooled over data sets; others, { loss, overall } each. nil where the study asks
-- nothing.
-- See: study.ask, results:difference, results:report
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 },
--     compare = { hinge = { margin = { 0, 1 } } }, train = { epochs = 1 },
--     ask = { loss = "hinge", vary = "margin", baseline = 0 }
--   }:run { db = "s.db" }
--   local answer = ll.open("s.db"):answer()
--   answer.rows[1].free.parameters.margin, answer.effect.n   --> 1 2
function methods:answer()
  local ask = self.ask
  local loss = ask and ask.loss and self.losses[ask.loss]
  if not loss then return nil end
  local out = { loss = ask.loss, vary = ask.vary, baseline = ask.baseline, rows = {}, others = {} }
  -- If the baseline is the least number, every other value is above it.
  local values = loss.values[ask.vary]
  out.above = values ~= nil and type(ask.baseline) == "number" and type(values[#values]) == "number" and values[1] == ask.baseline
  local effects = {}
  for _, dataset in ipairs(self.datasets) do
    local row = { dataset = dataset, chosen = self:choose(dataset, ask.loss), against = {} }
    if ask.vary then
      row.fixed = self:choose(dataset, ask.loss, function(_, f) return fields.same(f[ask.vary], ask.baseline) end)
      row.free = self:choose(dataset, ask.loss, function(_, f) return not fields.same(f[ask.vary], ask.baseline) end)
      row.effect = row.fixed and row.free and self:difference(dataset, row.free, row.fixed)
      if row.effect then effects[#effects + 1] = row.effect end
    end
    for _, other in ipairs(self.losses) do
      local theirs = other.name ~= ask.loss and self:choose(dataset, other.name)
      if theirs and row.chosen then row.against[other.name] = self:difference(dataset, row.chosen, theirs) end
    end
    out.rows[#out.rows + 1] = row
  end
  out.effect = self:pooled(effects, #out.rows)
  for _, other in ipairs(self.losses) do
    if other.name ~= ask.loss then
      local ds = {}
      for _, row in ipairs(out.rows) do ds[#ds + 1] = row.against[other.name] end
      out.others[#out.others + 1] = { loss = other.name, overall = self:pooled(ds, #out.rows) }
    end
  end
  return out
end

return methods
