-- What in a rescoring gives the labels away, or leaves them without a meaning: columns that know which match is the target, and
-- files whose decoys cannot stand for the false targets. Each is said in words with its figure, and only where it is strong.
local ll = require "losslab"
local check = require "losslab.check"
local even_rows = require "losslab.rescore.even_rows"
local identified = require "losslab.rescore.identified"
local inputs = require "losslab.rescore.inputs"

local M = {}

local P, SHARE = 1e-4, 0.6 -- a column is told of where the adjusted p is below, and the share of one side above
local RUNS = 3             -- tests of a column, at most
local WITNESSES = 4        -- other columns that are asked whether one is a score of what is right,
local SEEN = 50            -- each of at least so many right and poor targets,
local ALIKE = 0.8          -- which are alike in the column where the poor stand out by so much of what the right ones do,
local CLEAR = 2            -- or where the difference is less than so many standard errors
local PAIRS = 100          -- fewer pairs say little
local MOST = 100000        -- rows that columns are ranked by
local SURE_P = 1e-6        -- where it could be a score of what is right
local SURE_SHARE = 0.9     -- so one-sided no column is by right targets among the poor ones; of the column that identifies most:
local NEVER_SHARE = 0.98
local STRANGE_SHARE = 0.8  -- of pairs of different spectra, among which right targets stand out more

-- The columns, missing cells as the means.
local function columns_of(self) return self.set.x end

-- Some rows where there are very many: a ranking of columns needs no more.
local function sample(x, y)
  local rows = even_rows(x.rows, MOST)
  if not rows then return x, y end
  return x:gather(rows), y:gather(rows)
end

-- All columns of x as scores, { column, values, worth }, with the sign that makes them high for targets; the best first.
local function ranked(x, y)
  local list, some, labels = {}, sample(x, y)
  for j = 1, x.cols do
    local column, few = x:col_range(j, j), some:col_range(j, j)
    local up, down = inputs.worth(few, labels), inputs.worth(few * -1, labels)
    list[j] = { column = j, values = down > up and column * -1 or column, worth = math.max(up, down) }
  end
  table.sort(list, function(a, b)
    if a.worth ~= b.worth then return a.worth > b.worth end
    return a.column < b.column
  end)
  return list
end

-- The middle of the decoys' scores, the lower of two; nil without decoys.
local function middle_of(scores, y)
  local decoys = scores:gather((y:less_equal(0)):find()):sort()
  return decoys.rows > 0 and decoys:get((decoys.rows + 1) // 2) or nil
end

-- Poor targets and poor decoys of the whole file in pairs, as groups: by two orders that are drawn. Rows that are in none get
-- groups of their own.
local function strangers(scores, y)
  local middle = middle_of(scores, y)
  if not middle then return nil end
  local poor = scores:less(middle)
  local random = ll.random(1, 0, "strangers")
  local sides = {}
  for k, of in ipairs { poor * y, poor * (1 - y) } do
    local rows = of:find()
    if rows.rows == 0 then return nil end
    sides[k] = rows:gather(random:permutation(rows.rows)):table()
  end
  local groups = {}
  for i = 1, y.rows do groups[i] = i end
  for i = 1, math.min(#sides[1], #sides[2]) do groups[math.tointeger(sides[2][i])] = math.tointeger(sides[1][i]) end
  return groups
end

-- What ll.psm.leaks finds in spectra, else in scans, else in pairs of strangers: { leaks, pairs, among }; nil for less than `least`
-- pairs.
local function compare(self, scores, least)
  local x, y = self.columns, self.labels
  for _, of in ipairs { { self.spectra, "spectra" }, { self.set, "scans" } } do
    local leaks, pairs_of = ll.psm.leaks(x, y, of[1], scores)
    if pairs_of >= (least or PAIRS) then return { leaks = leaks, pairs = pairs_of, among = of[2] } end
  end
  local groups = strangers(scores, y)
  if not groups then return nil end
  local leaks, pairs_of = ll.psm.leaks(x, y, groups, scores)
  return pairs_of >= (least or PAIRS) and { leaks = leaks, pairs = pairs_of, among = "pairs" } or nil
end

local WHERE = { spectra = "spectra where neither match is believed", scans = "scans where neither match is believed",
  pairs = "pairs of a target and a decoy that nobody believes, drawn from different spectra" }

local function words_of(found)
  local more, less = math.max(found.higher, found.lower), math.min(found.higher, found.lower)
  return string.format("column %s is %s for the target in %d and %s in %d of %d %s: it knows the label; leave it out by "
    .. "--exclude %s",
    check.show(found.name), found.higher >= found.lower and "higher" or "lower", more,
    found.higher >= found.lower and "lower" or "higher", less, found.pairs, WHERE[found.among], check.show(found.name))
end

-- What a column says of the columns: { right, poor }, of pairs of a decoy with a target that it identifies, or calls poor. nil
-- where either are few.
local function witness(self, of)
  local right = ll.fdr.qvalues(of.values, self.labels):less_equal(0.05) * self.labels
  -- the right ones are lowest, other targets highest, and of decoys a half that is drawn lies below their middle
  local scores = ll.random(1, 0, "witness"):uniform(self.labels.rows, 1) * (1 - self.labels) - right + 2 * (self.labels - right)
  local out = { right = compare(self, scores, SEEN), poor = compare(self, of.values, SEEN) }
  return out.right and out.poor and out or nil
end

-- Whether another column clears one: the right targets that it tells stand out in the one, and poor targets much less, which may be
-- those right ones that it misses. So it is with scores of what is right; what knows the label knows it of all targets alike.
-- true; false; nil where no other column identifies enough to tell.
local function cleared(self, list, j)
  local told
  local function effect(result) -- and its variance
    local leak, n = result.leaks[j], result.pairs
    local mean = (leak.higher - leak.lower) / n
    return mean, ((leak.higher + leak.lower) / n - mean ^ 2 + 1 / n) / n
  end
  local asked = 0
  for _, other in ipairs(list) do
    if other.column ~= j and asked < WITNESSES then
      asked = asked + 1
      if other.witness == nil then other.witness = witness(self, other) or false end
      if other.witness then
        told = false
        local right, right_error = effect(other.witness.right)
        local poor, poor_error = effect(other.witness.poor)
        local more = poor < 0 and -right or right -- in the direction of the poor
        if more < -CLEAR * math.sqrt(right_error) then return true end
        local less = more - math.abs(poor)
        if math.abs(poor) < ALIKE * more and less > CLEAR * math.sqrt(right_error + poor_error) then return true end
      end
    end
  end
  return told
end

-- The findings of a comparison: by column. but, only: columns that are left out, or the one that is asked.
local function findings(self, list, result, but, only)
  local found, least = {}, result and result.among == "pairs" and STRANGE_SHARE or SHARE
  for _, leak in ipairs(result and result.leaks or {}) do
    local j, share = leak.column, math.max(leak.higher, leak.lower) / math.max(1, leak.higher + leak.lower)
    local adjusted = math.min(1, leak.adjusted * RUNS)
    if not but[j] and (not only or j == only) and adjusted < P and share > least then
      if share > (only and NEVER_SHARE or SURE_SHARE) or adjusted < SURE_P and cleared(self, list, j) == false then
        found[j] = { kind = "column", column = j, name = self.set.columns[j], higher = leak.higher, lower = leak.lower,
          equal = leak.equal, pairs = result.pairs, among = result.among, share = share, adjusted = adjusted }
        found[j].words = words_of(found[j])
      end
    end
  end
  return found
end

-- The best of a list, but for one, that has poor matches to compare, and what they say. Of a column of few values none may be poor.
local function teller(self, list, but)
  for _, each in ipairs(list) do
    if each ~= but then
      if each.said == nil then each.said = compare(self, each.values) or false end
      if each.said then return each, each.said end
    end
  end
end

-- Columns that know the label, the strongest first; nil where nothing can be compared. Poor matches are told by the best single
-- column; first the best ones themselves by the next, so that none that knows the label tells what is poor. Where nothing is found,
-- by the combined score, too: not where something is, since that score then has it, so that targets that are poor by it are odd in
-- other columns.
local function columns(self)
  local list = ranked(self.columns, self.labels)
  local all, found = { table.unpack(list) }, {}
  while #list > 1 do
    local j = list[1].column
    local _, said = teller(self, list, list[1])
    found[j] = findings(self, all, said, {}, j)[j]
    if not found[j] then break end
    table.remove(list, 1)
  end
  local best, said = teller(self, list)
  local but = best and { [best.column] = true } or {}
  for j in pairs(found) do but[j] = true end
  for j, each in pairs(findings(self, all, said, but)) do found[j] = each end
  if not next(found) then
    local combined = compare(self, self.scores)
    found, said = findings(self, all, combined, best and { [best.column] = true } or {}), said or combined
  end
  local out = {}
  for j = 1, #self.set.columns do out[#out + 1] = found[j] end
  table.sort(out, function(a, b)
    if a.share ~= b.share then return a.share > b.share end
    return a.column < b.column
  end)
  return out, said ~= nil
end

-- ---- files whose decoys say little --------------------------------------------------------------------------------------------

-- How many different groups some rows are of.
local function distinct(groups, rows)
  local seen, n = {}, 0
  for _, group in ipairs(groups:gather(rows):table()) do
    if not seen[group] then seen[group], n = true, n + 1 end
  end
  return n
end

-- How many spectra there are, and how many have a target and a decoy.
local function mixed(self)
  local groups, labels, has = self.spectra:table(), self.labels:table(), {}
  local all, both = 0, 0
  for i, group in ipairs(groups) do
    local bit = labels[i] > 0 and 1 or 2
    local before = has[group]
    if not before then all = all + 1 end
    if before and before ~= 3 and before | bit == 3 then both = both + 1 end
    has[group] = (before or 0) | bit
  end
  return all, both
end

local FEW = 5        -- decoys above a threshold
local LEAST = 100    -- decoys in all
local MANY = 1.5     -- accepted targets of a spectrum, on average
local NEARLY = 0.95  -- of all targets

local function say(out, kind, fields, format, ...)
  fields.kind, fields.words = kind, string.format(format, ...)
  out[#out + 1] = fields
end

-- Whether of several files none has both targets and decoys.
local function are_apart(self)
  local names = self.psms.files
  if not names or #names < 2 then return false end
  local class = {}
  for row, label in ipairs(self.labels:table()) do
    local file = self.psms:file(row)
    if class[file] and class[file] ~= label then return false end
    class[file] = label
  end
  return true
end

local TOLD = 0.01 -- of matches that were trained on, or whose peptides were

-- What ll.rescore.apply found of matches that the networks were trained on.
local function trained(self, out)
  local count, n = self.trained_on, self.labels.rows
  if count == false then
    say(out, "trained on", {}, "which matches the networks were trained on is not kept with them, so that nobody asked whether "
      .. "these are among them: of those that are the scores promise too much")
  elseif count and count > TOLD * n then
    say(out, "trained on", { matches = count }, "the networks were trained on about %d of these %d matches, whose scores promise "
      .. "too much, and so do the q-values", count, n)
  end
end

local LEFT = 0.5 -- of the other folds, from which networks learn as ever

-- Peptides that no cut keeps in one fold, as scans and peptides hang together.
local function peptides(self, out)
  local known, left = self.of_known or 0, self.learnt_from or 1
  if known > TOLD then
    say(out, "peptides", { share = known }, "%.3g %% of matches are of peptides that the networks have seen others of, since scans "
      .. "and peptides hang together: where those are all false, these may look right, and q-values promise too much", 100 * known)
  end
  if left < LEFT then
    say(out, "peptides", { learnt_from = left }, "the networks learnt from %.3g %% of the matches of other folds, since the rest "
      .. "is of peptides that they score: scans and peptides hang together", 100 * left)
  end
end

local function files(self, out)
  local level = 0.01
  local counts = self.counts
  local targets = math.tointeger((counts * self.labels):sum():item())
  local decoys = math.tointeger(counts:sum():item()) - targets
  local taken = self.q:less_equal(level) * self.labels * counts
  local accepted = math.tointeger(taken:sum():item())
  local spectra, both = mixed(self)
  if self.fdr == "competition" and both < 0.01 * spectra then
    say(out, "no competition", { spectra = spectra, both = both }, "%d of %d spectra have both a target and a decoy, so that "
      .. "nothing competes: the numbers hold if the search engine has let them compete; if it searched them apart, say --fdr "
      .. "separate", both, spectra)
  end
  if self.fdr == "concatenated" and are_apart(self) then
    say(out, "no competition", { spectra = spectra, both = both }, "each file has targets alone or decoys alone, and spectra of "
      .. "two files are never the same, so that nothing competes: if they were searched apart, say --fdr separate")
  end
  if decoys == 0 then
    say(out, "few decoys", { decoys = 0 }, "no decoy counts: nothing is known of how many targets are false")
  elseif decoys < LEAST then
    say(out, "few decoys", { decoys = decoys }, "%d decoys count: too few to learn from what false matches look like, and to tell "
      .. "how many targets are false", decoys)
  elseif accepted == 0 and targets < 1 / level then
    say(out, "few decoys", { decoys = decoys, targets = targets }, "%d targets count: at a level of %g a list has at least %d",
      targets, level, math.ceil(1 / level))
  elseif accepted > 0 then
    local last = self.scores:gather(taken:find()):min():item()
    local accepted_too = self.kinds and self.q:less_equal(level) or self.scores:greater_equal(last) -- each class has its own last
    local above = math.tointeger((accepted_too * counts * (1 - self.labels)):sum():item())
    if above < FEW then
      say(out, "few decoys", { decoys = above, accepted = accepted }, "the %d targets at q <= %g rest on %d decoys: by chance "
        .. "alone the share of false ones may as well be %.2g %%", accepted, level, above, 100 * M.poisson_high(above) / accepted)
    end
    local of = distinct(self.spectra, taken:find())
    if accepted > MANY * of then
      say(out, "many of a spectrum", { accepted = accepted, spectra = of }, "%d targets of %d spectra are accepted at q <= %g: "
        .. "matches of one spectrum are right or wrong together, and most cannot be right; --fdr competition takes the best of "
        .. "each", accepted, of, level)
    end
  end
  if accepted > NEARLY * targets and accepted > 0 then
    say(out, "nearly all", { accepted = accepted, targets = targets }, "%d of %d targets are accepted at q <= %g: so good is "
      .. "hardly any search; does a column know the label?", accepted, targets, level)
  end
end

-- The upper end of the 95 % interval of a Poisson mean of which n was seen.
function M.poisson_high(n)
  local low, high = n, 3 * n + 20
  for _ = 1, 60 do
    local middle, term, sum = (low + high) / 2, 1, 1
    for k = 1, n do
      term = term * middle / k
      sum = sum + term
    end
    if sum * math.exp(-middle) > 0.025 then low = middle else high = middle end
  end
  return high
end

--- rescored:leaks() -> { remark, … }
-- What makes the q-values of a rescoring doubtful, the strongest first; an empty list where nothing does.
-- Each remark has words, a sentence, and kind: "column", a column that knows the label, told by pairs of a target and a decoy that
-- nobody believes (with name, higher, lower, equal, pairs, share, and adjusted, the p of ll.psm.leaks; among: "spectra", "scans",
-- or "pairs" of different spectra); "no competition", spectra of one class only; "few decoys"; "many of a spectrum", more targets
-- accepted than spectra; "nearly all" targets accepted; "not tested", too few such pairs;
-- "trained on", matches that the networks of ll.rescore.apply have seen; "peptides", that no cut keeps in one fold: networks have
-- seen matches of those that they score (share), or learnt from less than half of the others (learnt_from). A column is told of
-- where p is below 1e-4 and one side has more than 60 % (80 % of pairs of different spectra), unless it looks like a score of what
-- is right.
-- See: rescored, ll.psm.leaks, ll.rescore.null, rescored:entrapment
-- Example:
--   local lines = { "SpecId\tLabel\tScanNr\tscore\tknows\tPeptide\tProteins" }
--   for i = 1, 600 do
--     local label = i % 2 * 2 - 1
--     lines[#lines + 1] = ("m%d\t%d\t%d\t%g\t%g\tK.AB%d.R\tP"):format(i, label, i // 2, i * 7 % 11, i % 5 + label, i)
--   end
--   ll.system.write("a.pin", table.concat(lines, "\n"))
--   local rescored = ll.rescore.run { files = { "a.pin" }, db = "a.db", seeds = { 1 }, steps = 20 }
--   type(rescored:leaks())   --> table
function identified.class:leaks(...)
  check.no_more("rescored:leaks", 0, ...)
  local out, compared = columns(setmetatable({ columns = columns_of(self) }, { __index = self }))
  if not compared then
    say(out, "not tested", {}, "no column was tested for knowing the label: fewer than %d pairs of a target and a decoy are there "
      .. "that nobody believes", PAIRS)
  end
  trained(self, out)
  peptides(self, out)
  files(self, out)
  return out
end

return M
