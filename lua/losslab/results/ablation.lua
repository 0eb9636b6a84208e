-- What each field of a loss's configurations brings: one factor off at a time against the whole, main effects and interactions of a
-- grid. These are methods of results (results/reading.lua). The whole is the loss's first configuration, which has the first value
-- of every list. Nothing is chosen here: configurations are compared as they are, on test, paired over folds and seeds.
local check = require "losslab.check"
local fields = require "losslab.study.fields"
local stats = require "losslab.results.stats"

local ablation = { methods = {} }
local methods = ablation.methods

-- A loss of the results, by its name: the one that is asked for, or the first that has several configurations.
function ablation.loss_of(self, what, name)
  if name ~= nil then
    local names = {}
    for i, loss in ipairs(self.losses) do names[i] = loss.name end
    return self.losses[check.among(what .. ": there is no loss", name, names)]
  end
  for _, loss in ipairs(self.losses) do
    if #loss.configs > 1 then return loss end
  end
  check.fail("%s: no loss of this study has several configurations", what)
end

-- The configurations of a loss that a search ended early, which are compared with nothing, since it ended them for what they had
-- reached: by data set, { [config] = true }; and how many, on whatever data sets.
function ablation.pruned(self, loss)
  local by, known, count = {}, {}, 0
  for _, dataset in ipairs(self.datasets) do
    by[dataset.name] = {}
    for _, row in ipairs(dataset.summary) do
      if row.loss == loss.name and (row.pruned or 0) > 0 then
        by[dataset.name][row.config] = true
        count = count + (known[row.config] and 0 or 1)
        known[row.config] = true
      end
    end
  end
  return by, count
end

-- The first configuration; of a search that began at none the first that it did not end early everywhere.
local function whole_of(self, loss, pruned)
  local whole, left
  for _, config in ipairs(loss.configs) do
    local stays = false
    for _, dataset in ipairs(self.datasets) do stays = stays or not pruned[dataset.name][config.id] end
    if not whole or stays and not left or stays == left and config.id < whole.id then whole, left = config, stays end
  end
  return whole
end

-- The names of a loss's varied fields in which a configuration differs from another.
local function changed(loss, config, whole)
  local out = {}
  for _, name in ipairs(loss.varied) do
    if not fields.same(config.fields[name], whole.fields[name]) then out[#out + 1] = name end
  end
  return out
end

local function with_holm(rows)
  local ps, of = {}, {}
  for _, row in ipairs(rows) do
    if row.pooled and row.pooled.se and row.pooled.p == row.pooled.p then ps[#ps + 1], of[#of + 1] = row.pooled.p, row end
  end
  for i, p in ipairs(stats.holm(ps)) do of[i].holm = p end
  return rows
end

--- results:ablation([loss]) -> { loss, whole, rows, configs, pruned }
-- What each part of a method brings: the whole against what differs from it in one field, on test, paired over folds and seeds.
-- whole is the number of the loss's first configuration, which has the first value of every list. rows, one for each other value of
-- each field: { field, whole, without, config, datasets, pooled, holm }: the values there and here, the number of the
-- configuration, datasets { dataset, difference } each, pooled their mean, and its p by Holm's correction over the rows.
-- Differences are the whole's metric minus the other's, so what helps a metric that is to be high is above 0. What a search ended
-- early on a data set is left out there; configs is how many configurations there are, pruned how many of them were ended so.
--   loss   its name (the first that has several configurations)
-- Errors: a loss that is none; a study in which no loss has several configurations.
-- See: study.ablate, results:effects, results:importance
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { hinge = { margin = { 1, 0.1 } } },
--     model = { activation = { "relu", "tanh" } }, train = { epochs = 1 }, ablate = true }:run { db = "s.db" }
--   local a = ll.open("s.db"):ablation()
--   #a.rows, a.rows[1].field, a.rows[1].whole, a.rows[1].without   --> 2 activation relu tanh
function methods:ablation(name, ...)
  check.no_more("results:ablation", 1, ...)
  local loss = ablation.loss_of(self, "ablation", name)
  local pruned, ended = ablation.pruned(self, loss)
  local whole, rows = whole_of(self, loss, pruned), {}
  for _, config in ipairs(loss.configs) do
    local of = changed(loss, config, whole)
    if #of == 1 then
      local row, ds = { field = of[1], whole = whole.fields[of[1]], without = config.fields[of[1]], config = config.id,
        datasets = {} }, {}
      local left_out = false
      for _, dataset in ipairs(self.datasets) do
        local early = pruned[dataset.name]
        local skip = early[whole.id] or early[config.id]
        local d = not skip and self:difference(dataset, whole.id, config.id)
        left_out = left_out or skip
        if d then ds[#ds + 1], row.datasets[#row.datasets + 1] = d, { dataset = dataset.name, difference = d } end
      end
      row.pooled = self:pooled(ds, #self.datasets)
      if row.pooled or not left_out then rows[#rows + 1] = row end
    end
  end
  table.sort(rows, function(a, b) return a.field < b.field or a.field == b.field and a.config < b.config end)
  return { loss = loss.name, whole = whole.id, rows = with_holm(rows), configs = #loss.configs, pruned = ended }
end

-- A loss's configurations by the values of its varied fields, as a key.
local function cells_of(loss, names)
  local numbers, by = {}, {}
  for _, name in ipairs(names) do
    local of = {}
    for i, value in ipairs(loss.values[name] or {}) do of[i] = value end
    numbers[name] = of
  end
  local function place(config)
    local out = {}
    for i, name in ipairs(names) do
      out[i] = 0
      for k, value in ipairs(numbers[name]) do
        if fields.same(value, config.fields[name]) then out[i] = k end
      end
    end
    return out
  end
  local places = {}
  for _, config in ipairs(loss.configs) do
    places[config.id] = place(config)
    by[table.concat(places[config.id], " ")] = config.id
  end
  return numbers, places, by
end

-- The configurations that go with signs into a contrast: for every combination of the other fields one of each corner. moves:
-- { [place of a field] = { from, to } }; nil where a corner is missing.
local function contrast(loss, places, by, moves)
  local groups = {}
  for _, config in ipairs(loss.configs) do
    local at, start = places[config.id], true
    for i, move in pairs(moves) do start = start and at[i] == move[1] end
    if start then
      local corners = { { table.move(at, 1, #at, 1, {}), 1 } }
      for i, move in pairs(moves) do
        for c = 1, #corners do
          local other = table.move(corners[c][1], 1, #at, 1, {})
          other[i] = move[2]
          corners[#corners + 1] = { other, -corners[c][2] }
        end
      end
      local count, group = 0, {}
      for i in pairs(moves) do count = count + (i and 1 or 0) end
      for c, corner in ipairs(corners) do
        local id = by[table.concat(corner[1], " ")]
        if not id then group = nil break end
        group[c] = { id, (count % 2 == 0 and 1 or -1) * corner[2] }
      end
      groups[#groups + 1] = group
    end
  end
  return groups
end

-- A contrast on a data set: of every fold and seed that finished all corners the mean over combinations, then their mean with its
-- corrected interval. A combination of which a corner finished nothing here, or was ended early by a search, is left out.
local function estimate_of(self, dataset, groups, cache, pruned)
  local sums, counts, order, used = {}, {}, {}, 0
  for _, group in ipairs(groups) do
    local found, runs, all = {}, nil, true
    for c, corner in ipairs(group) do
      cache[corner[1]] = cache[corner[1]] or pruned[corner[1]] and { {}, {} } or { self:by_run(dataset, corner[1]) }
      found[c], runs = cache[corner[1]][1], runs or cache[corner[1]][2]
      all = all and #cache[corner[1]][2] > 0
    end
    used = used + (all and 1 or 0)
    for _, at in ipairs(all and runs or {}) do
      local sum = 0
      for c, corner in ipairs(group) do sum = sum and found[c][at] and sum + corner[2] * found[c][at] end
      if sum then
        if not sums[at] then order[#order + 1] = at end
        sums[at], counts[at] = (sums[at] or 0) + sum, (counts[at] or 0) + 1
      end
    end
  end
  local values = {}
  for _, at in ipairs(order) do
    if counts[at] == used then values[#values + 1] = sums[at] / used end
  end
  return self:estimate(dataset, values), used
end

--- results:effects([loss]) -> { loss, whole, full, main, interactions }
-- Main effects and two-way interactions of a loss's fields, on test, as means over all combinations of the other fields.
-- main, a row for each value of each field but the whole's: { field, from, to, combinations, datasets, pooled, holm }: what going
-- from the whole's value to this one does, over that many combinations of the others. interactions: { fields, from, to, … }, two
-- values each: how much more (or less) the second field's change does with the first's than without. A contrast is formed within
-- each fold and seed, and its interval is corrected for folds; datasets are { dataset, estimate, combinations } each, of those
-- combinations that finished there. full tells whether every
-- combination was asked for; of others contrasts take the combinations that there are.
--   loss   its name (the first that has several configurations)
-- Errors: a loss that is none; a study in which no loss has several configurations.
-- See: results:ablation, results:importance
-- Example:
--   ll.study { name = "s", data = "moons", split = { folds = 2 }, compare = { hinge = { margin = { 1, 0.1 } } },
--     model = { activation = { "relu", "tanh" } }, train = { epochs = 1 } }:run { db = "s.db" }
--   local e = ll.open("s.db"):effects()
--   e.full, #e.main, #e.interactions, e.main[1].combinations   --> true 2 1 2
function methods:effects(name, ...)
  check.no_more("results:effects", 1, ...)
  local loss = ablation.loss_of(self, "effects", name)
  local pruned = ablation.pruned(self, loss)
  local whole, names = whole_of(self, loss, pruned), loss.varied
  local numbers, places, by = cells_of(loss, names)
  local size = 1
  for _, each in ipairs(names) do size = size * math.max(1, #numbers[each]) end
  local out = { loss = loss.name, whole = whole.id, full = size == #loss.configs, main = {}, interactions = {} }
  local base, caches = places[whole.id], {}
  local function add(list, row, moves)
    local groups, ds = contrast(loss, places, by, moves), {}
    row.combinations, row.datasets = #groups, {}
    for _, dataset in ipairs(#groups > 0 and self.datasets or {}) do
      caches[dataset.name] = caches[dataset.name] or {}
      local d, used = estimate_of(self, dataset, groups, caches[dataset.name], pruned[dataset.name])
      if d then
        ds[#ds + 1] = d
        row.datasets[#row.datasets + 1] = { dataset = dataset.name, estimate = d, combinations = used }
      end
    end
    row.pooled = self:pooled(ds, #self.datasets)
    if row.pooled then list[#list + 1] = row end
  end
  for i, field in ipairs(names) do
    for to, value in ipairs(numbers[field]) do
      if to ~= base[i] then
        add(out.main, { field = field, from = whole.fields[field], to = value }, { [i] = { base[i], to } })
        for k = i + 1, #names do
          for other, second in ipairs(numbers[names[k]]) do
            if other ~= base[k] then
              add(out.interactions, { fields = { field, names[k] }, from = { whole.fields[field], whole.fields[names[k]] },
                to = { value, second } }, { [i] = { base[i], to }, [k] = { base[k], other } })
            end
          end
        end
      end
    end
  end
  with_holm(out.main)
  with_holm(out.interactions)
  return out
end

return ablation
