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

-- What is said of a difference of results: nil in a quick form.
function methods.verdict(d)
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

-- The configuration of the loss, of several ({ names }) or of all (nil), that did best on validation, among those that `accept`
-- takes: the leaderboard's own rule. A summary row or nil: config and what describes it are of the one that all folds together
-- chose, which is the one to use; n, lost, open, test_mean and test_sd of each fold's own choice, which is what may be reported
-- (results/folds.lua). accept: function(parameters, fields), or { lr = 0.01, hidden = { 64 } }.
function methods:choose(dataset, loss, accept)
  local best, candidates, among = nil, {}, type(loss) == "table" and {} or nil
  for _, name in ipairs(among and loss or {}) do among[name] = true end
  for _, row in ipairs(dataset.summary) do
    if row.valid_mean and (not loss or row.loss == loss or among and among[row.loss]) and accepts(accept, row) then
      candidates[#candidates + 1] = row
      if goes_before(self, row, best, "valid_mean") then best = row end
    end
  end
  return best and folds.choice(self, dataset, candidates, best, not accept and type(loss) == "string" and loss or nil)
end

-- Of summary rows, each chosen of its loss, the one that is called best: by the mean on test, since each stands for its loss.
function methods:best_of(rows)
  local best
  for _, row in ipairs(rows) do
    if row.test_mean and goes_before(self, row, best, "test_mean") then best = row end
  end
  return best
end

-- A configuration's runs on a data set: how many finished, were lost, are still to be done, and of how many that is.
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

-- The asked loss if it learns a number, else the first that does; nil if none does.
function methods:learner()
  local asked = self.losses[self.ask and self.ask.loss]
  if asked and #asked.learns > 0 then return asked end
  for _, loss in ipairs(self.losses) do
    if #loss.learns > 0 then return loss end
  end
end

-- Test metric of configuration a minus that of b on a data set, over the folds and seeds that both finished: what
-- stats.corrected_t gives, better = true where a is ahead beyond noise, worse = true where it is behind; n pairs of as many as
-- there would be, of; lost: a's and b's lost runs. nil without a pair.
-- options: those of by_run. better follows the study's goal, also for another metric.
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

-- The mean of values over the runs on a data set, with its interval, corrected as differences are: as difference gives it. nil of
-- none.
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

-- Mean of values over the runs on a data set, low and high of its 95 % interval; the mean alone where there is one run, nothing
-- where there is none.
function methods:interval(dataset, values)
  local d = self:estimate(dataset, values)
  if not d then return nil end
  if not d.se then return d.difference end
  return d.difference, d.low, d.high
end

-- The same of a metric of a configuration. options: those of by_run. It is of the runs that finished; methods:counts says of how
-- many.
function methods:level(dataset, config, options)
  local o = check.fields("level", options or {}, { "metric", "split", "epoch" })
  return self:interval(dataset, self:values(dataset, config, o.metric, o.split, o.epoch))
end

-- Over data sets: the mean of their mean differences. Data sets are independent of each other, so the corrected variances
-- add; degrees of freedom by Welch and Satterthwaite (Satterthwaite 1946, Biometrics Bull. 2:110). The interval is about
-- these data sets, not about others. n, of and lost add up, too; datasets is how many there are, of_datasets [opt] how many there
-- would be.
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
      below = below + d.se ^ 4 / d.df
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

-- What the study asks: {loss, vary, baseline} with each data set's answer; nil where it does not ask.
-- rows[i]: dataset, fixed and free (summary rows chosen on validation, each among its own side), effect (free - fixed).
-- against[loss]: per data set the difference of the asked loss (its best configuration) to that one.
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
