-- Which fields of a loss's configurations matter: functional ANOVA over what they reached on validation (Hutter, Hoos and
-- Leyton-Brown 2014, ICML), and permutation. A grid that is whole is decomposed exactly; of other configurations a forest of
-- regression trees, made from Philox, stands for what was not run. These are methods of results (results/reading.lua).
--
-- A field's domain is the list of its values, each as likely as another. A tree is a list of leaves: a value, and of each field
-- which values it holds; `at` gives that of a configuration. A whole grid is a tree whose leaves
-- are the configurations.
local ablation = require "losslab.results.ablation"
local check = require "losslab.check"
local fields = require "losslab.study.fields"
local ll = require "losslab"
local stats = require "losslab.results.stats"
local text = require "losslab.text"

local methods = {}

-- ---- regression trees ---------------------------------------------------------------------------------------------------

-- The best split of rows by a field: values of which a row goes left. Of numbers those up to one, of others one value alone.
local function split_by(rows, f, domain)
  local count, sum, n, total = {}, {}, #rows, 0.0
  for i = 1, domain.size do count[i], sum[i] = 0, 0.0 end
  for _, row in ipairs(rows) do
    count[row.x[f]], sum[row.x[f]], total = count[row.x[f]] + 1, sum[row.x[f]] + row.y, total + row.y
  end
  local best, c, s = nil, 0, 0.0
  for i = 1, domain.size do
    if domain.ordered then c, s = c + count[i], s + sum[i] else c, s = count[i], sum[i] end
    if c > 0 and c < n then
      local gain = s * s / c + (total - s) * (total - s) / (n - c) - total * total / n
      if not best or gain > best.gain then best = { gain = gain, at = i, f = f } end
    end
  end
  return best
end

-- Adds to leaves those of a tree over rows, which it gives as a function of a row's x; allowed[f][i]: whether value i of field f is
-- in this part.
local function grow(rows, allowed, domains, leaves, stream)
  local best
  if #rows >= 3 then
    local order = {}
    for f = 1, #domains do order[f] = f end
    stream:shuffle(order)
    for i = 1, math.max(1, math.ceil(#domains * 5 / 6)) do -- so many fields are looked at, as in Hutter's forest
      local found = split_by(rows, order[i], domains[order[i]])
      if found and found.gain > 1e-12 and (not best or found.gain > best.gain) then best = found end
    end
  end
  if not best then
    local sum = 0.0
    for _, row in ipairs(rows) do sum = sum + row.y end
    local value = sum / #rows
    leaves[#leaves + 1] = { value = value, allowed = allowed }
    return function() return value end
  end
  local f, sides = best.f, { {}, {} }
  local function left(i)
    if domains[f].ordered then return i <= best.at end
    return i == best.at
  end
  for _, row in ipairs(rows) do table.insert(sides[left(row.x[f]) and 1 or 2], row) end
  local below = {}
  for side = 1, 2 do
    local part = table.move(allowed, 1, #allowed, 1, {})
    part[f] = {}
    for i in pairs(allowed[f]) do
      if left(i) == (side == 1) then part[f][i] = true end
    end
    below[side] = grow(sides[side], part, domains, leaves, stream)
  end
  return function(x) return below[left(x[f]) and 1 or 2](x) end
end

local function everything(domains)
  local out = {}
  for f, domain in ipairs(domains) do
    out[f] = {}
    for i = 1, domain.size do out[f][i] = true end
  end
  return out
end

local function forest_of(rows, domains, count, seed)
  local trees = {}
  for t = 1, count do
    local stream, drawn, leaves = ll.random(seed, t, "importance"), {}, {}
    for i = 1, #rows do drawn[i] = rows[stream:integer(#rows)] end
    leaves.at = grow(drawn, everything(domains), domains, leaves, stream)
    trees[t] = leaves
  end
  return trees
end

-- A whole grid as one tree.
local function exact_of(rows)
  local leaves, by = {}, {}
  for i, row in ipairs(rows) do
    local allowed = {}
    for f, x in ipairs(row.x) do allowed[f] = { [x] = true } end
    leaves[i] = { value = row.y, allowed = allowed }
    by[table.concat(row.x, " ")] = row.y
  end
  function leaves.at(x) return by[table.concat(x, " ")] end
  return { leaves }
end

-- ---- functional ANOVA ---------------------------------------------------------------------------------------------------

local function size_of(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

-- The variance of a tree's mean value by some fields, whose other fields are averaged over: of { f } or { f, g }.
local function marginal(leaves, of, domains, mean)
  local sums, cells = {}, 1
  for _, f in ipairs(of) do cells = cells * domains[f].size end
  for _, leaf in ipairs(leaves) do
    local weight = leaf.volume
    for _, f in ipairs(of) do weight = weight / leaf.share[f] end
    local first, second = of[1], of[2]
    for i in pairs(leaf.allowed[first]) do
      if second then
        for k in pairs(leaf.allowed[second]) do
          local at = (i - 1) * domains[second].size + k
          sums[at] = (sums[at] or 0.0) + weight * leaf.value
        end
      else
        sums[i] = (sums[i] or 0.0) + weight * leaf.value
      end
    end
  end
  local variance = 0.0
  for i = 1, cells do variance = variance + (sums[i] - mean) ^ 2 end
  return variance / cells
end

-- Shares of the variance: by field, and by pair "f g"; nil where nothing varies.
local function decompose(leaves, domains, wants_pairs)
  local mean, total = 0.0, 0.0
  for _, leaf in ipairs(leaves) do
    leaf.share, leaf.volume = {}, 1.0
    for f, domain in ipairs(domains) do
      leaf.share[f] = size_of(leaf.allowed[f]) / domain.size
      leaf.volume = leaf.volume * leaf.share[f]
    end
    mean = mean + leaf.volume * leaf.value
  end
  for _, leaf in ipairs(leaves) do total = total + leaf.volume * (leaf.value - mean) ^ 2 end
  if total <= 0 then return nil end
  local one, pairs_of = {}, {}
  for f = 1, #domains do one[f] = marginal(leaves, { f }, domains, mean) / total end
  for f = 1, wants_pairs and #domains or 0 do
    for g = f + 1, #domains do
      pairs_of[#pairs_of + 1] = { f, g, math.max(0.0, marginal(leaves, { f, g }, domains, mean) / total - one[f] - one[g]) }
    end
  end
  return { one = one, two = pairs_of }
end

-- ---- permutation --------------------------------------------------------------------------------------------------------

local function predict(trees, x)
  local sum = 0.0
  for _, leaves in ipairs(trees) do sum = sum + leaves.at(x) end
  return sum / #trees
end

-- How much of the variance is lost where a field's values are given to other configurations: the mean squared change of what is
-- predicted, over twice the variance of the predictions, over a few orders.
local ORDERS = 5

local function permuted(trees, rows, f, seed)
  local before, ys, change = {}, {}, 0.0
  for i, row in ipairs(rows) do
    before[i] = predict(trees, row.x)
    ys[i] = before[i]
  end
  local sd = #ys > 1 and stats.sd(ys) or 0
  if not sd or sd == 0 then return 0.0 end
  for k = 1, ORDERS do
    local order = {}
    for i = 1, #rows do order[i] = i end
    ll.random(seed, k, "permutation"):shuffle(order)
    for i, row in ipairs(rows) do
      local x = table.move(row.x, 1, #row.x, 1, {})
      x[f] = rows[order[i]].x[f]
      change = change + (predict(trees, x) - before[i]) ^ 2
    end
  end
  return change / (ORDERS * #rows) / (2 * sd * sd * (#ys - 1) / #ys)
end

-- ---- of results ---------------------------------------------------------------------------------------------------------

local MOST = 16 -- values of a field: more numbers, as a search gives, are taken in so many groups of neighbours

-- The place of a field's value in its domain. What a configuration does not have, such as another optimizer's, has a place of its
-- own.
local function place_of(domain, value)
  for i, each in ipairs(domain.values) do
    if fields.same(each, value) then
      return domain.grouped and 1 + (i - 1) * MOST // #domain.values or i
    end
  end
  return domain.size
end

-- A loss's varied fields with their values, its configurations by them, and how many a whole grid would have.
local function design_of(loss)
  local domains, rows, size = {}, {}, 1
  for _, name in ipairs(loss.varied) do
    local values, ordered, absent = loss.values[name] or {}, true, false
    for _, value in ipairs(values) do ordered = ordered and type(value) == "number" end
    for _, config in ipairs(loss.configs) do absent = absent or config.fields[name] == nil end
    local grouped = ordered and #values > MOST
    local count = (grouped and MOST or #values) + (absent and 1 or 0)
    if count > 1 then
      domains[#domains + 1] = { name = name, values = values, size = count, ordered = ordered and not absent, grouped = grouped }
      size = grouped and math.huge or size * count
    end
  end
  for k, config in ipairs(loss.configs) do
    rows[k] = { config = config.id, x = {} }
    for f, domain in ipairs(domains) do rows[k].x[f] = place_of(domain, config.fields[domain.name]) end
  end
  return domains, rows, size
end

-- Why nothing can be said of a loss.
local function why_not(loss, domains, configs)
  if #domains == 0 then return "no field of " .. text.clean(loss.name) .. " varies" end
  if configs < 2 then
    return string.format("%s of %d configurations finished, and it takes two", configs == 0 and "none" or "only one", #loss.configs)
  end
  return "all configurations that finished reached the same"
end

--- results:importance([loss [, { trees = 64, seed = 1, pairs = true }]]) -> { loss, exact, configs, rows, pairs, why }
-- Which fields matter: how much of the variance between a loss's configurations each explains, by what they reached on validation.
-- rows, the most important first: { field, share, permutation, datasets }; share is of functional ANOVA, the mean over data sets
-- (datasets, { dataset, share } each): 0.6 means that 60 % of the variance is that field's alone. pairs: { fields, share }, what
-- two fields explain together beyond that. permutation tells how much changes where the field's values are given to other
-- configurations, interactions included. exact: the grid is whole and was decomposed as it is; else a forest of `trees` regression
-- trees over the configurations that were run (configs, how many; without those that a search ended early) stands for the others.
-- why: where there are no rows, why not.
--   loss    its name (the first that has several configurations)
--   trees   how many, where the grid is not whole (64)
--   seed    a whole number; the same gives the same trees (1)
--   pairs   whether pairs of fields are wanted (true)
-- Errors: a loss that is none; a study in which no loss has several configurations; an option that is none.
-- See: results:effects, results:ablation
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { hinge = { margin = { 0.1, 1 } } },
--     model = { activation = { "relu", "tanh" } }, train = { epochs = 1 } }:run { db = "s.db" }
--   local i = ll.open("s.db"):importance()
--   i.exact, i.configs, #i.rows, #i.pairs   --> true 4 2 1
function methods:importance(name, options, ...)
  check.no_more("results:importance", 2, ...)
  local o = check.fields("importance", options or {}, { "trees", "seed", "pairs" }, 2)
  local count = check.integer("importance: trees", check.default(o.trees, 64), 1, 10000, 2)
  local seed = check.integer("importance: seed", check.default(o.seed, 1), 0, nil, 2)
  local loss = ablation.loss_of(self, "importance", name)
  local domains, design, size = design_of(loss)
  local exact, pruned = true, ablation.pruned(self, loss)
  local out, shares, together, lost = { loss = loss.name, exact = false, configs = 0, rows = {}, pairs = {} }, {}, {}, {}
  for _, dataset in ipairs(self.datasets) do
    local reached, rows = {}, {}
    for _, row in ipairs(dataset.summary) do
      local counts = row.loss == loss.name and not pruned[dataset.name][row.config]
      if counts and row.valid_mean then reached[row.config] = row.valid_mean end
    end
    for _, row in ipairs(design) do
      if reached[row.config] then rows[#rows + 1] = { x = row.x, y = reached[row.config] } end
    end
    exact, out.configs = exact and #rows == size, math.max(out.configs, #rows)
    local trees = #rows == size and exact_of(rows) or #rows > 1 and forest_of(rows, domains, count, seed) or {}
    local one, two, used = {}, {}, 0
    for _, leaves in ipairs(trees) do
      local found = decompose(leaves, domains, o.pairs ~= false)
      if found then
        used = used + 1
        for f = 1, #domains do one[f] = (one[f] or 0) + found.one[f] end
        for i, pair in ipairs(found.two) do two[i] = { pair[1], pair[2], (two[i] and two[i][3] or 0) + pair[3] } end
      end
    end
    if used > 0 then
      local share = { dataset = dataset.name }
      for f = 1, #domains do share[f] = one[f] / used end
      for i, pair in ipairs(two) do
        together[i] = together[i] or { pair[1], pair[2], {} }
        table.insert(together[i][3], pair[3] / used)
      end
      for f = 1, #domains do
        lost[f] = lost[f] or {}
        table.insert(lost[f], permuted(trees, rows, f, seed))
      end
      shares[#shares + 1] = share
    end
  end
  for f, domain in ipairs(domains) do
    local row, all = { field = domain.name, datasets = {} }, {}
    for i, share in ipairs(shares) do all[i], row.datasets[i] = share[f], { dataset = share.dataset, share = share[f] } end
    if #all > 0 then
      row.share, row.permutation = stats.mean(all), stats.mean(lost[f])
      out.rows[#out.rows + 1] = row
    end
  end
  for i, pair in ipairs(together) do
    out.pairs[i] = { fields = { domains[pair[1]].name, domains[pair[2]].name }, share = stats.mean(pair[3]) }
  end
  out.exact = exact and #shares > 0
  if #out.rows == 0 then out.why = why_not(loss, domains, out.configs) end
  local function name_of(row) return row.field or table.concat(row.fields, " ") end
  local function by_share(a, b) return a.share > b.share or a.share == b.share and name_of(a) < name_of(b) end
  table.sort(out.rows, by_share)
  table.sort(out.pairs, by_share)
  return out
end

return methods
