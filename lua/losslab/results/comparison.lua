-- All losses of a study against each other, over all its data sets. These are methods of results (results/reading.lua).
--
-- A data set gives each loss one number, the mean on test of each fold's own choice. Lost runs are charged by the rule of
-- results/choice.lua: a loss that lost more runs on a data set ranks there behind one that lost fewer, whatever the means, and one
-- of which nothing finished ranks last; in a pair's signed ranks such a data set counts as the largest difference. A data set on
-- which a loss was not asked for, or has runs still to be done, has no ranks: it is left out of them, which is said, and pairs that
-- it does have stay in.
local check = require "losslab.check"
local stats = require "losslab.results.stats"
local searched = require "losslab.results.searched"

local methods = {}

local CHARGED = 0x1p200 -- the difference where one lost more: its sum with another such, or with a true one, is still a number

-- What a loss reached on a data set, or why there is nothing.
local function entry_of(self, dataset, loss)
  local chosen, lost = self:choose(dataset, loss.name), dataset.lost[loss.name] or {}
  local all_lost, open = (lost.diverged or 0) + (lost.failed or 0), lost.open or 0
  if not chosen then
    if open > 0 then return { open = open } end
    return all_lost > 0 and { lost = all_lost, n = 0, nothing = true } or nil
  end
  local out = { choice = chosen, n = chosen.n, lost = chosen.lost, open = chosen.open, mean = chosen.test_mean, sd = chosen.test_sd,
    config = chosen.config }
  local values = self:values(dataset, chosen)
  if #values > 0 then out.mean, out.low, out.high = self:interval(dataset, values) end
  if not out.mean then out.nothing = true end
  return out
end

local function comparable(entry) return entry ~= nil and (entry.open or 0) == 0 end

-- Whether one goes before another on a data set: less lost, then the better mean; 0 where they tie.
local function order_of(self, one, other)
  if (one.nothing or false) ~= (other.nothing or false) then return one.nothing and -1 or 1 end
  if one.lost ~= other.lost then return one.lost < other.lost and 1 or -1 end
  if one.nothing or one.mean == other.mean then return 0 end
  return self.sign * one.mean > self.sign * other.mean and 1 or -1
end

-- As a score whose order is that of order_of: how many of the losses it goes before.
local function scores_of(self, entries)
  local out = {}
  for i, one in ipairs(entries) do
    out[i] = 0
    for _, other in ipairs(entries) do out[i] = out[i] + order_of(self, one, other) end
  end
  return out
end

-- How many data sets signed ranks need of which the best p, 2 / 2^n, is small enough among so many pairs.
local function least_sets(level, pairs)
  local n = 1
  while 2.0 ^ (1 - n) * pairs > 1 - level do n = n + 1 end
  return n
end

-- How many data sets like these would show a pair's mean difference by signed ranks, among all pairs: those of a t test at the
-- level that Holm's correction begins with, by pi/3 more, as many as signed ranks need of normal differences (their efficiency is
-- 3/pi).
local function needed_of(pair, o)
  if not pair.sd or pair.sd == 0 then return nil end
  local level = 1 - (1 - o.level) / o.pairs
  local n = stats.pairs_needed { difference = pair.mean, sd = pair.sd, level = level, power = o.power }.n
  return n and math.max(math.ceil(n * math.pi / 3), o.least)
end

-- A pair of losses over the data sets that both have: signed ranks, effect sizes, probabilities, the pooled difference.
local function pair_of(self, cells, a, b, o)
  local xs, ys, ds, out = {}, {}, {}, { a = a, b = b, datasets = {}, charged = 0, wins = 0, losses = 0, ties = 0 }
  for _, cell in ipairs(cells) do
    local one, other = cell[a], cell[b]
    if comparable(one) and comparable(other) then
      local order = order_of(self, one, other)
      local even = one.lost == other.lost and not one.nothing and not other.nothing
      xs[#xs + 1], ys[#ys + 1] = even and self.sign * one.mean or order * CHARGED, even and self.sign * other.mean or 0
      out.charged = out.charged + (even and 0 or 1)
      local side = order > 0 and "wins" or order < 0 and "losses" or "ties"
      out[side] = out[side] + 1
      local d = one.choice and other.choice and self:difference(cell.dataset, one.choice, other.choice)
      if d then
        ds[#ds + 1] = d
        out.datasets[#out.datasets + 1] = { dataset = cell.dataset.name, estimate = d }
      end
    end
  end
  out.n = #xs
  if #xs == 0 then return nil end
  local ranks = stats.signed_rank(xs, ys)
  out.w, out.p, out.effect = ranks.w, ranks.p, stats.rank_biserial(xs, ys)
  out.pooled = self:pooled(ds, #xs)
  if #xs > 1 then
    local clean = {}
    for i, d in ipairs(ds) do clean[i] = d.difference end
    out.mean = #clean > 0 and stats.mean(clean) or nil
    out.sd = #clean > 1 and stats.sd(clean) or nil
    out.needed = needed_of(out, o)
    if o.bayes then
      local post = stats.bayes_signed_rank(xs, ys, { rope = o.rope, draws = o.draws })
      out.bayes = { better = post.above, equal = post.within, worse = post.below }
    end
  end
  return out
end

-- Over the rows of several tests, Holm's correction of what stands in `from`, as `to`.
local function adjust(rows, from, to)
  local ps, of = {}, {}
  for _, row in ipairs(rows) do
    local p = from(row)
    if p and p == p then
      ps[#ps + 1], of[#of + 1] = p, row
    end
  end
  for i, p in ipairs(stats.holm(ps)) do of[i][to] = p end
end

-- What leaves a data set without ranks, in words; nil if nothing does.
local function gap_of(cell, losses)
  local lacks, open = {}, {}
  for _, loss in ipairs(losses) do
    local entry = cell[loss.name]
    if not entry then lacks[#lacks + 1] = loss.name elseif not comparable(entry) then open[#open + 1] = loss.name end
  end
  if #lacks + #open > 0 then return { dataset = cell.dataset.name, lacks = lacks, open = open } end
end

--- results:compare_losses([{ rope = 0.01, level = 0.95, power = 0.8, bayes = true }]) -> table
-- All losses against each other over all data sets, each by what its folds chose on validation.
--
-- It has losses and datasets, their names; cells[data set][loss] = { mean, low, high, sd, n, lost, rank }; ranks[loss], the mean
-- rank over the data sets that all losses finished (ranked, their number), friedman as ll.stats.friedman gives it and cd, Nemenyi's
-- critical difference, where there are two of them; gaps, the data sets without ranks, { dataset, lacks, open }; pairs, { a, b, n,
-- wins, losses, ties, w, p, holm, effect, pooled, mean, sd, needed, bayes, datasets } each: Wilcoxon's signed ranks over the n data
-- sets that both have, with Holm's correction; pooled, the mean difference of these data sets with its corrected interval; needed,
-- how many data sets like these would show mean, if that is the true difference, with a chance of `power`; bayes, how likely a is
-- practically better, equal, worse on another such data set; datasets, { dataset, estimate, holm } each. Differences are a - b, by
-- the metric's own direction where wins and bayes speak of better.
--
-- Lost runs are charged: a loss that lost more runs on a data set ranks there behind one that lost fewer, and counts as behind by
-- the largest difference in the pair's signed ranks (charged: on how many).
--   rope    differences of the metric up to this count as none (0.01)
--   level   1 - the chance of an error: of cd and needed (0.95)
--   power   the chance that needed is for (0.8)
--   draws   of which the probabilities are made (20000)
--   bayes   whether probabilities are wanted, which take most of the time (true)
-- Errors: an option that is none.
-- See: results:tuned, results:difference, ll.stats.friedman, ll.stats.pairwise, losslab show
-- Example:
--   ll.study { name = "s", data = { "moons", "two_lines", "spirals" }, split = { folds = 2 }, compare = { "hinge", "logistic" },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   local all = ll.open("s.db"):compare_losses()
--   #all.pairs, all.pairs[1].n, all.ranked   --> 1 3 3
function methods:compare_losses(options, ...)
  check.no_more("results:compare_losses", 1, ...)
  local o = check.fields("compare_losses", options or {}, { "rope", "level", "power", "bayes", "draws" }, 2)
  local rope = check.number("compare_losses: rope", check.default(o.rope, 0.01), 2)
  if rope < 0 or rope == math.huge then
    error(("compare_losses: rope must be a number >= 0, not %s"):format(check.show(rope)), 2)
  end
  check.share("compare_losses: level", check.default(o.level, 0.95), 0, 1, 2)
  check.share("compare_losses: power", check.default(o.power, 0.8), 0, 1, 2)
  if o.draws ~= nil then check.integer("compare_losses: draws", o.draws, 1, 1000000, 2) end
  local out = { metric = self.metric, goal = self.goal, rope = rope, level = o.level or 0.95, power = o.power or 0.8,
    losses = {}, datasets = {}, cells = {}, gaps = {}, pairs = {} }
  for i, loss in ipairs(self.losses) do out.losses[i] = loss.name end
  local cells, scores, sums = {}, {}, {}
  for d, dataset in ipairs(self.datasets) do
    local cell, entries = { dataset = dataset }, {}
    out.datasets[d], out.cells[dataset.name] = dataset.name, {}
    for i, loss in ipairs(self.losses) do
      local entry = entry_of(self, dataset, loss)
      cell[loss.name], entries[i], out.cells[dataset.name][loss.name] = entry, entry, entry
    end
    cells[d] = cell
    local gap = gap_of(cell, self.losses)
    if gap then out.gaps[#out.gaps + 1] = gap else
      scores[#scores + 1] = scores_of(self, entries)
      for i, loss in ipairs(self.losses) do
        local ahead, level = 0, 0
        for k = 1, #entries do
          if scores[#scores][k] > scores[#scores][i] then ahead = ahead + 1
          elseif scores[#scores][k] == scores[#scores][i] then level = level + 1 end
        end
        cell[loss.name].rank = ahead + (level + 1) / 2
        sums[loss.name] = (sums[loss.name] or 0) + cell[loss.name].rank
      end
    end
  end
  out.ranked, out.ranks = #scores, {}
  for name, sum in pairs(sums) do out.ranks[name] = sum / #scores end
  if #scores > 1 and #out.losses > 1 then
    out.friedman = stats.friedman(scores)
    out.cd = stats.nemenyi(#out.losses, #scores, { level = out.level })
  end
  local asked = { rope = out.rope, level = out.level, power = out.power, bayes = o.bayes ~= false, draws = o.draws,
    pairs = math.max(1, #out.losses * (#out.losses - 1) // 2) }
  asked.least = least_sets(out.level, asked.pairs)
  out.least = asked.least
  for i, a in ipairs(out.losses) do
    for k = i + 1, #out.losses do table.insert(out.pairs, pair_of(self, cells, a, out.losses[k], asked)) end
  end
  adjust(out.pairs, function(row) return row.p end, "holm")
  for _, name in ipairs(out.datasets) do -- the pairs of one data set are a family of their own
    local rows = {}
    for _, pair in ipairs(out.pairs) do
      for _, row in ipairs(pair.datasets) do
        if row.dataset == name then rows[#rows + 1] = row end
      end
    end
    adjust(rows, function(row) return row.estimate.se and row.estimate.p or nil end, "holm")
  end
  return out
end

-- The values that a loss's parameters have where a user gives none, by name; {} where that is not known, as of a loss in Lua.
local function defaults_of(loss)
  local ll = require "losslab"
  local fine, row = pcall(ll.loss.describe, loss)
  local out = {}
  for _, parameter in ipairs(fine and type(row) == "table" and row.params or {}) do out[parameter.name] = parameter.default end
  return out
end

-- The configuration of a loss without tuning: the one that a search started from; else that of the loss's own defaults where the
-- study tries them, and of everything else, or else of all, the first.
local function default_config(loss, start)
  local defaults, first = defaults_of(loss.name), nil
  for _, config in ipairs(loss.configs) do
    local own, searched_from = true, config.id == start
    for name in pairs(loss.values) do
      local value = config.parameters[name]
      if value ~= nil and defaults[name] ~= value then own = false end
    end
    local before = first and (own and not first.own or own == first.own and config.id < first.config.id)
    if searched_from or not first or before and first.config.id ~= start then first = { config = config, own = own } end
  end
  return first and first.config, first and first.own
end

--- results:tuned() -> { { loss, default, own, rows, pooled }, … }
-- What tuning brought: of each loss with several configurations, what folds chose on validation against the default one.
-- default is the number of the configuration without tuning: the one that a search started from (study.search.start); else that of
-- the loss's own default parameters, where the study tries them
-- (own is true then), with everything else as the study lists it first; else the first of all. rows, one a data set: { dataset,
-- difference }, chosen - default, paired over folds and seeds, as results:difference gives it; pooled is their mean.
-- See: results:compare_losses, results:difference, results:choose
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { hinge = { margin = { 0.1, 1 } } },
--     train = { epochs = 1 } }:run { db = "s.db" }
--   local tuned = ll.open("s.db"):tuned()[1]
--   tuned.loss, tuned.default, tuned.own, tuned.rows[1].difference.n   --> hinge 2 true 2
function methods:tuned(...)
  check.no_more("results:tuned", 0, ...)
  local out = {}
  for _, loss in ipairs(self.losses) do
    local config, own = default_config(loss, searched.start(self, loss.name))
    if #loss.configs > 1 then
      local row, ds = { loss = loss.name, default = config.id, own = own, rows = {} }, {}
      for _, dataset in ipairs(self.datasets) do
        local chosen = self:choose(dataset, loss.name)
        local d = chosen and self:difference(dataset, chosen, config.id)
        if d then
          ds[#ds + 1] = d
          row.rows[#row.rows + 1] = { dataset = dataset.name, difference = d }
        end
      end
      row.pooled = self:pooled(ds, #self.datasets)
      if row.pooled then out[#out + 1] = row end
    end
  end
  return out
end

return methods
