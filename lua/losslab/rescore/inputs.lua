-- What a network is given of matches: each column standardised, and as the normal score of its rank; how far the best peptide of a
-- scan leads the second best on the best single score; and a column whose middle values are the right ones, such as an error of
-- mass, cut into pieces. All of it is fitted to the training part, labels to it alone.
local ll = require "losslab"
local even_rows = require "losslab.rescore.even_rows"

local M = {}

local MOST = 100000 -- rows that a choice is made on
local PIECES = 16

-- Features and labels of some rows of a part; nil: of all.
local function features(part, rows)
  if rows then part = part:subset(rows) end
  return part.x, part.y
end

-- ---- the best single score ----

local LEVELS = { 0.01, 0.05, 0.2 } -- where few pass one, the next decides

-- How many targets a column identifies by itself, at several levels at once.
function M.worth(column, y)
  local q = ll.fdr.qvalues(column, y)
  local out = 0
  for k, level in ipairs(LEVELS) do
    out = out + (q:less_equal(level) * y):sum():item() * 10.0 ^ (-4 * (k - 1))
  end
  return out
end

-- The column, of the first `own`, that identifies most, and its sign: { column, sign }.
local function best_score(x, y, own)
  local best
  for j = 1, own do
    local column = x:col_range(j, j)
    local sign = ll.metric.auc(column, y) < 0.5 and -1 or 1
    local value = M.worth(column * sign, y)
    if not best or value > best.value then best = { column = j, sign = sign, value = value } end
  end
  return best
end

-- Whether decoys stand beside targets in most scans that have any: else who leads says nothing of labels.
local function mixed(y, scans)
  local rest = ll.psm.lead(y, scans, { all = true }) -- a decoy beside a target: -1
  local decoys = y.rows - y:sum():item()
  return rest:less(0):sum():item() > 0.5 * decoys
end

-- ---- columns whose middle is right ----

-- The square sum of what is left of rates beyond the best line that only rises (sign 1) or only falls (-1).
local function left_over(rates, weights, sign)
  local blocks = {}
  for i, rate in ipairs(rates) do
    local block = { sum = sign * rate * weights[i], weight = weights[i], from = i, to = i }
    while #blocks > 0 and blocks[#blocks].sum * block.weight >= block.sum * blocks[#blocks].weight do
      local before = table.remove(blocks)
      block = { sum = before.sum + block.sum, weight = before.weight + block.weight, from = before.from, to = block.to }
    end
    blocks[#blocks + 1] = block
  end
  local out = 0
  for _, block in ipairs(blocks) do
    local mean = sign * block.sum / block.weight
    for i = block.from, block.to do out = out + weights[i] * (rates[i] - mean) ^ 2 end
  end
  return out
end

-- Values that cut a sorted column into pieces of about equal number, each once.
local function cuts(sorted, pieces)
  local out = {}
  for k = 0, pieces do
    local value = sorted:get(math.max(1, math.min(sorted.rows, math.floor(k / pieces * (sorted.rows - 1) + 1.5))))
    if value ~= out[#out] then out[#out + 1] = value end
  end
  return out
end

-- How far the share of targets is from rising or falling with a column, as a chi-square of about PIECES - 1 degrees of freedom.
local function turns(column, y)
  local at = cuts((column:sort()), PIECES)
  if #at < 4 then return 0 end
  local rates, weights = {}, {}
  local rows, targets = column.rows, y:sum():item()
  local above, above_targets = rows, targets
  for k = 2, #at do
    local next_above, next_targets = 0, 0
    if k < #at then
      local in_next = column:greater_equal(at[k])
      next_above, next_targets = in_next:sum():item(), (in_next * y):sum():item()
    end
    local n = above - next_above
    if n > 0 then
      weights[#weights + 1] = n
      rates[#rates + 1] = (above_targets - next_targets) / n
    end
    above, above_targets = next_above, next_targets
  end
  local share = targets / rows
  if share <= 0 or share >= 1 then return 0 end
  return math.min(left_over(rates, weights, 1), left_over(rates, weights, -1)) / (share * (1 - share))
end

local TURNS = 45 -- one column in ten thousand that rises or falls turns so much by chance

-- Of the first `own` columns those that turn, where the best score is high, with the cuts of each.
local function turning(x, y, own, best)
  local score = x:col_range(best.column, best.column) * best.sign
  local decoys = score:gather((y:equal(0)):find())
  local ranked = decoys:sort()
  local high = score:greater(ranked:get(math.max(1, math.ceil(0.9 * ranked.rows)))):find()
  if high.rows < 100 then return {} end
  local top, top_labels = x:gather(high), y:gather(high)
  local out = {}
  for j = 1, own do
    if turns(top:col_range(j, j), top_labels) > TURNS then
      local sorted = x:col_range(j, j):sort()
      out[#out + 1] = { column = j, cuts = cuts(sorted, PIECES) }
    end
  end
  return out
end

-- ---- columns about the spectrum that know the label ----

-- Of columns behind the first `own` those whose values differ between poor targets and poor decoys (below the middle decoy by the
-- best score), as a scan's number does that counts the rows of a file with targets first: { [column] = true }. There the label
-- should be a coin, so that the share of pairs in which the target's value is the higher is 1/2, up to 6 standard errors, and up
-- to 1/20 for right targets that are poor by chance.
local function knowing(x, y, own, best)
  local score = x:col_range(best.column, best.column) * best.sign
  local decoys = score:gather((y:equal(0)):find()):sort()
  local poor = score:less(decoys:get((decoys.rows + 1) // 2)):find()
  local out = {}
  if poor.rows == 0 then return out end
  local labels = y:gather(poor)
  local targets = labels:sum():item()
  local others = poor.rows - targets
  if targets == 0 or others == 0 then return out end
  local chance = math.max(0.05, 6 * math.sqrt((poor.rows + 1) / (12 * targets * others)))
  for j = own + 1, x.cols do
    if math.abs(ll.metric.auc(x:col_range(j, j):gather(poor), labels) - 0.5) > chance then out[j] = true end
  end
  return out
end

-- ---- the inputs ----

local Inputs = {}
Inputs.__index = Inputs

local BLOCK = 4096 -- rows that are looked at at once

-- How far each row of a part leads its scan, n×1. Of a scan that was searched with several precursors a peptide may be matched more
-- than once, and is no rival to itself.
local function lead_of(best, part)
  local score, at = ll.zeros(part.rows, 1), 0
  for x in part:batches { size = math.min(BLOCK, part.rows), shuffle = false } do
    score:row_range(at + 1, at + x.rows):assign(x:col_range(best.column, best.column) * best.sign)
    at = at + x.rows
  end
  return ll.psm.lead(score, part.groups, { kinds = part.domains })
end

-- The inputs of rows, not yet standardised.
function Inputs:plain(x)
  local parts = { x, self.ranker:apply(x) }
  for _, turn in ipairs(self.turning) do
    local column = x:col_range(turn.column, turn.column)
    for k = 2, #turn.cuts do
      local low, high = turn.cuts[k - 1], turn.cuts[k]
      parts[#parts + 1] = ((column - low) * (1 / (high - low))):clamp(0, 1)
    end
  end
  local size, at = 0, 0
  for _, part in ipairs(parts) do size = size + part.cols end
  local out = ll.zeros(x.rows, size)
  for _, part in ipairs(parts) do
    out:col_range(at + 1, at + part.cols):assign(part)
    at = at + part.cols
  end
  return out
end

-- Calls f(inputs, first, last) for blocks of a part's rows, in their order.
function Inputs:each(part, f)
  local lead, at = self.leads and lead_of(self.best, part), 0
  for x in part:batches { size = math.min(BLOCK, part.rows), shuffle = false } do
    local first, last = at + 1, at + x.rows
    if lead then x = ll.hstack(x, lead:row_range(first, last)) end
    f((self:plain(x) - self.means) * self.scale, first, last)
    at = last
  end
end

-- Means of columns, and what their deviations are divided by as factors. A column of one value becomes 0; so does one whose square
-- sum no number holds, of which the ranks are left.
local function standard(x)
  local deviations, means = x:col_vars():sqrt(), x:col_means()
  local fine, nothing = deviations:greater(0) * deviations:less(math.huge) * means:abs():less(math.huge), ll.zeros(means:shape())
  return fine:where(means, nothing), fine:where(deviations:reciprocal(), nothing)
end

-- part: a training part; own: how many of its columns are the files' own; most: the rows that are to be learnt from, at most. Gives
-- the inputs, and x and y of these rows.
function M.fit(part, own, most)
  local self = setmetatable({}, Inputs)
  local few, labels = features(part, even_rows(part.rows, MOST))
  self.best = best_score(few, labels, own)
  self.leads = mixed(part.y, part.groups)
  self.turning = turning(few, labels, own, self.best)
  local knows = knowing(few, labels, own, self.best)
  local rows = even_rows(part.rows, most)
  local x, y = features(part, rows)
  if self.leads then
    local lead = lead_of(self.best, part)
    x = ll.hstack(x, rows and lead:gather(rows) or lead)
  end
  self.ranker = ll.psm.normal_scores(x)
  x = self:plain(x)
  self.means, self.scale = standard(x)
  local at = part.features + (self.leads and 1 or 0)
  for j in pairs(knows) do self.scale[1][j] = 0 end
  for k, j in ipairs(self.ranker.columns) do
    if knows[math.tointeger(j)] then self.scale[1][at + k] = 0 end
  end
  for first = 1, x.rows, BLOCK do
    local block = x:row_range(first, math.min(x.rows, first + BLOCK - 1))
    block:assign((block - self.means) * self.scale)
  end
  return self, x, y
end

-- All that was fitted, as a string, and back. names: of the columns of the parts.
function Inputs:state(names)
  local fitted = { names = names, best = self.best, leads = self.leads, turning = ll.json.array(self.turning),
    means = self.means:table()[1], scale = self.scale:table()[1] }
  return string.pack("<s4s4", ll.json.encode(fitted), self.ranker:save())
end

function M.of_state(state)
  local text, ranker = string.unpack("<s4s4", state)
  local self = setmetatable(ll.json.decode(text), Inputs)
  self.means, self.scale, self.ranker = ll.matrix { self.means }, ll.matrix { self.scale }, ll.psm.load_ranker(ranker)
  return self
end

return M
