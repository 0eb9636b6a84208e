-- What each column brings to a rescoring: how many identifications are lost where its values are permuted among the matches of a
-- fold. The networks are not kept, so those of the first cut are trained again, to the same bits, and each is given the fold that
-- it has not seen: once as it is, and once with each column permuted. That the scores of the fold as it is are those of the
-- database is checked.
local ll = require "losslab"
local combine = require "losslab.rescore.combine"
local cuts = require "losslab.study.cuts"
local identified = require "losslab.rescore.identified"
local json = require "losslab.json"
local scorer = require "losslab.rescore.scorer"

local M = {}

-- Of all copies of a fold at once; of larger folds some scans are taken.
local MOST = 100e6     -- cells
local MOST_ROWS = 8e6  -- and rows, whose scans single precision then tells apart

-- The finished trials of the cut with the lowest seed: rows of the statement again.
local function first_cut(store)
  local out, seed = {}, nil
  for _, trial in ipairs(combine.trials(store)) do
    if not seed or trial.seed < seed then out, seed = {}, trial.seed end
    if trial.seed == seed then out[#out + 1] = store:one("again", { trial = trial.trial }) end
  end
  return out
end

-- Some scans of a part that is too large, as numbers of its rows; nil: all of it.
function M.sample(part)
  local copies = part.rows * (part.features + 1)
  local step, rows = math.ceil(math.max(copies * part.features / MOST, copies / MOST_ROWS)), {}
  if step <= 1 then return nil end
  for i, group in ipairs(part.groups and part.groups:table() or {}) do
    if math.tointeger(group) % step == 0 then rows[#rows + 1] = i end
  end
  return rows
end

-- A column as many times over as there are copies; step: what is added in each to what it was in the one before.
local function repeated(column, copies, step)
  local out = ll.zeros(column.rows * copies, 1)
  for k = 0, copies - 1 do out:row_range(k * column.rows + 1, (k + 1) * column.rows):assign(column + k * step) end
  return out
end

-- A part, and behind it a copy for each of its columns, in which that column is permuted. Groups of copies are their own, numbered
-- without gaps, since those of a part are some of a large set's.
function M.copies(part, random)
  local n, d = part.rows, part.features
  local x, y = ll.zeros(n * (d + 1), d), ll.zeros(n * (d + 1), 1)
  local numbers, different
  if part.groups then numbers, different = ll.data.numbered(part.groups) end
  for k = 0, d do
    local own = x:row_range(k * n + 1, (k + 1) * n)
    own:assign(part.x)
    if k > 0 then own:col_range(k, k):assign(part.x:col_range(k, k):gather(random:permutation(n))) end
    y:row_range(k * n + 1, (k + 1) * n):assign(part.y)
  end
  return ll.data.matrix(x, y, { names = part.columns, groups = numbers and repeated(numbers, d + 1, #different),
    domains = part.domains and repeated(part.domains, d + 1, 0) })
end

-- What scorer.run gives, of other rows than those of the test part. row: of the statement again.
local function scores_of(row, parts, rows)
  local out
  local t = { method = row.loss, parameters = json.decode(row.parameters), model = json.decode(row.model),
    train = json.decode(row.train), number = row.number, seed = row.study_seed, epoch = 1, parts = parts,
    study = { seed = row.study_seed } }
  function t:random(purpose) return ll.random(self.seed, self.number, purpose) end
  function t.record(_, recorded) out = recorded.scores.test end
  function t.keep() end
  scorer.score(t, (scorer.apart(parts.train, parts.test)), rows)
  return out
end

-- Whether the scores of the rows of a fold as it is are those of the database.
local function is_same(store, row, scores, some)
  local kept = store:one("scores_and_labels", { trial = row.trial, epoch = 1, split = "test" })
  if not kept or not kept.scores then return false end
  local before = ll.store.unpack_scores(kept.scores, kept.coding, 1, 1, 1)
  if some then before = before:gather(some) end
  return before.rows == scores.rows and (before - scores):abs():max():item() <= 1e-6 * (1 + before:abs():max():item())
end

-- rescored; level: of q-values. Gives { accepted, columns = { { name, lost }, … }, the most first, sampled }; nil and why not.
function M.of(rescored, level)
  local set, d = rescored.set, rescored.set.features
  local store <close> = ll.store.open(rescored.db, { mode = "read" })
  local trials = first_cut(store)
  if #trials == 0 then return nil, "no trial of the database has scores" end
  local sums, count, sampled = {}, ll.zeros(set.rows, 1), false
  for k = 0, d do sums[k] = ll.zeros(set.rows, 1) end
  for _, row in ipairs(trials) do
    if row.precision ~= ll.precision then return nil, "its networks were trained in " .. row.precision end
    local rows = {}
    for part in store:rows("cut_rows", { cut = row.cut }) do rows[part.split] = part.rows end
    local parts = cuts.of_rows(set, rows, false)
    local some = M.sample(parts.test)
    local test = some and parts.test:subset(some) or parts.test
    sampled = sampled or some ~= nil
    local scores = scores_of(row, parts, M.copies(test, ll.random(row.study_seed, row.number, "permute")))
    local numbers = test:row_numbers()
    for k = 0, d do
      local own = scores:row_range(k * test.rows + 1, (k + 1) * test.rows)
      if k == 0 and not is_same(store, row, own, some) then
        return nil, "its networks, trained again, give other scores than the database has (another version or machine made it)"
      end
      sums[k] = sums[k] + own:scatter_add(numbers, set.rows)
    end
    count = count + ll.ones(test.rows, 1):scatter_add(numbers, set.rows)
  end
  -- rows that no fold has, or that were not taken, count below all others
  local out = { columns = {}, sampled = sampled }
  local function accepted(scores)
    local low = scores:min():item() - 1
    local shown = scores * count + (1 - count) * low
    local of = { scores = shown, labels = rescored.labels, spectra = rescored.spectra, kinds = rescored.kinds }
    local found = identified.statistics(of, rescored.fdr)
    return math.tointeger((found.q:less_equal(level) * rescored.labels * found.counts):sum():item())
  end
  out.accepted = accepted(sums[0])
  if out.accepted == 0 then
    return nil, string.format("the first cut alone identifies nothing at %g %%, so that nothing can be lost", 100 * level)
  end
  for k = 1, d do out.columns[k] = { name = set.columns[k], lost = out.accepted - accepted(sums[k]), place = k } end
  table.sort(out.columns, function(a, b)
    if a.lost ~= b.lost then return a.lost > b.lost end
    return a.place < b.place
  end)
  return out
end

return M
