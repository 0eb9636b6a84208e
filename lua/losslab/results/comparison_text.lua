-- What results/comparison.lua found, in words: the sentences that losslab show adds to the answer of a study over several data
-- sets, the pages of losslab show --compare, and all of it as plain data for --json.
local check = require "losslab.check"
local columns = require "losslab.columns"
local json = require "losslab.json"
local text = require "losslab.text"

local M = {}

local clean, listed, signed = text.clean, text.listed, text.signed

-- With fewer data sets no pair of losses can differ by signed ranks: of four the least p is 0.125.
M.LEAST = 5

-- ---- plain data ---------------------------------------------------------------------------------------------------------

local function finite(x) return check.finite(x) and x or nil end

local function estimate(d, verdict)
  return d and { n = d.n, of = d.of, lost = d.lost, difference = d.difference, low = finite(d.low), high = finite(d.high),
    p = d.se and finite(d.p) or nil, verdict = verdict }
end

-- For --json: the same without functions, infinities and what belongs to our own tables. results: whose they are.
function M.plain(results, all)
  local out = { metric = all.metric, goal = all.goal, rope = all.rope, level = all.level, power = all.power, ranked = all.ranked,
    losses = json.array(all.losses), datasets = json.array(all.datasets), ranks = all.ranks, cd = all.cd, cells = json.array {},
    gaps = json.array {}, pairs = json.array {} }
  local f = all.friedman
  if f then
    out.friedman = { n = f.n, k = f.k, chi2 = f.chi2, chi2_p = f.chi2_p, f = finite(f.f), df1 = f.df1, df2 = f.df2, p = f.p }
  end
  for _, dataset in ipairs(all.datasets) do
    for _, loss in ipairs(all.losses) do
      local e = all.cells[dataset][loss]
      table.insert(out.cells, e and { dataset = dataset, loss = loss, mean = e.mean, low = finite(e.low), high = finite(e.high),
        sd = e.sd, n = e.n, lost = e.lost, open = e.open, rank = e.rank, config = e.config })
    end
  end
  for i, gap in ipairs(all.gaps) do
    out.gaps[i] = { dataset = gap.dataset, lacks = json.array(gap.lacks), open = json.array(gap.open) }
  end
  for i, pair in ipairs(all.pairs) do
    local row = { datasets = json.array {}, pooled = estimate(pair.pooled, pair.pooled and results:verdict(pair.pooled)) }
    for _, name in ipairs { "a", "b", "n", "wins", "losses", "ties", "charged", "w", "p", "holm", "effect", "mean", "sd", "needed",
      "bayes" } do
      row[name] = pair[name]
    end
    for k, each in ipairs(pair.datasets) do
      row.datasets[k] = estimate(each.estimate, results:verdict(each.estimate))
      row.datasets[k].dataset, row.datasets[k].holm = each.dataset, each.holm
    end
    out.pairs[i] = row
  end
  return out
end

-- ---- sentences ----------------------------------------------------------------------------------------------------------

local function p_words(p) return p < 0.001 and "p < 0.001" or string.format("p = %.2g", p) end

local function called_in(all) return text.labels(all.losses, 40) end

local function by_rank(all)
  local names = table.move(all.losses, 1, #all.losses, 1, {})
  table.sort(names, function(a, b)
    if all.ranks[a] ~= all.ranks[b] then return all.ranks[a] < all.ranks[b] end
    return a < b
  end)
  return names
end

-- "Over 8 data sets the mean ranks are a 1.2, …, and differ (…)."
local function ranks_sentence(all, called)
  local parts = {}
  for i, name in ipairs(by_rank(all)) do parts[i] = string.format("%s %.2f", called[name], all.ranks[name]) end
  local f = all.friedman
  if f.k == 2 then return string.format("Over %d data sets the mean ranks are %s.", all.ranked, listed(parts)) end
  local differ, words = f.p <= 1 - all.level, string.format("F(%d, %d) = %.3g, ", f.df1, f.df2, f.f)
  if f.f == math.huge then words = "all order them alike, " end
  return string.format("Over %d data sets the mean ranks are %s; they %s (Friedman's test, %s%s%s).", all.ranked, listed(parts, 12),
    differ and "differ" or "do not differ beyond chance", words, p_words(f.p),
    differ and string.format("; Nemenyi's critical difference is %.2f", all.cd) or "")
end

-- Which pairs signed ranks tell apart, by who is ahead; and what the nearest of the others would take.
local function pairs_sentence(all, called)
  local ahead, order, open, decided = {}, {}, nil, 0
  for _, pair in ipairs(all.pairs) do
    if pair.holm and pair.holm <= 1 - all.level then
      local first = pair.wins > pair.losses
      local winner, other = first and pair.a or pair.b, first and pair.b or pair.a
      if not ahead[winner] then ahead[winner], order[#order + 1] = {}, winner end
      table.insert(ahead[winner], called[other])
      decided = decided + 1
    elseif pair.needed and pair.needed > pair.n and (not open or pair.needed < open.needed) then
      open = pair
    end
  end
  local parts = {}
  for i, name in ipairs(order) do parts[i] = string.format("%s is ahead of %s", called[name], listed(ahead[name], 6)) end
  local words = "By signed ranks, all pairs together (Holm), " .. (#parts == 0 and "none differ beyond chance" or listed(parts, 6))
  if #parts > 0 and decided < #all.pairs then
    words = words .. string.format("; %d of %d pairs do not differ beyond chance", #all.pairs - decided, #all.pairs)
  end
  if all.ranked < all.least then
    words = words .. string.format("; with fewer than %d data sets %s can", all.least,
      #all.pairs == 1 and "no pair" or "none of " .. #all.pairs .. " pairs")
  end
  if open then
    words = words .. string.format(". Nearest to it are %s and %s: about %d data sets like these would settle it, if their mean "
      .. "difference (%s) is the true one", called[open.a], called[open.b], open.needed,
      signed(open.mean, text.decimals(math.abs(open.mean))))
  end
  return words .. "."
end

-- Why data sets have no ranks; nil if all have.
function M.gaps_sentence(all)
  local parts, called = {}, called_in(all)
  local function names(list)
    local out = {}
    for i, name in ipairs(list) do out[i] = called[name] end
    return listed(out, 4)
  end
  for _, gap in ipairs(all.gaps) do
    local why = {}
    if #gap.lacks > 0 then why[1] = names(gap.lacks) .. " is not asked for" end
    if #gap.open > 0 then why[#why + 1] = names(gap.open) .. (#gap.open > 1 and " have" or " has") .. " runs still to be done" end
    parts[#parts + 1] = string.format("%s (%s)", text.shorten(gap.dataset, 30), table.concat(why, ", "))
  end
  if #parts == 0 then return nil end
  return "Ranks leave out " .. listed(parts, 4) .. "; pairs of losses that both are there count."
end

-- The sentences for losslab show; {} where there are too few data sets to say anything.
function M.sentences(all)
  if all.ranked < M.LEAST or #all.losses < 2 then return {} end
  local called = called_in(all)
  local out = { ranks_sentence(all, called), pairs_sentence(all, called) }
  out[#out + 1] = M.gaps_sentence(all)
  return out
end

-- What tuning brought, in a sentence; nil where nothing was tuned. results: to say estimates.
function M.tuned_sentence(results, tuned)
  local parts, names = {}, {}
  for i, row in ipairs(tuned) do names[i] = row.loss end
  local called = text.labels(names, 40)
  for i, row in ipairs(tuned) do
    local better, worse, itself = 0, 0, true
    for _, each in ipairs(row.rows) do
      itself = itself and each.difference.difference == 0 and each.difference.se == 0
      if each.difference.better then better = better + 1 elseif each.difference.worse then worse = worse + 1 end
    end
    local words = string.format("%s %s", called[row.loss], (results:say(row.pooled):gsub("%-", "−")))
    if itself then
      words = called[row.loss] .. " chose it itself"
    elseif #row.rows > 1 and not row.pooled.unjudged then
      words = words .. string.format(" (better on %d, worse on %d, level on %d)", better, worse, #row.rows - better - worse)
    end
    parts[i] = words
  end
  if #parts == 0 then return nil end
  return string.format("Chosen on validation against the default configuration, in test %s: %s.", clean(results.metric),
    listed(parts, 8))
end

-- ---- the page -----------------------------------------------------------------------------------------------------------

local function decimals_of(all)
  local least
  for _, dataset in ipairs(all.datasets) do
    for _, entry in pairs(all.cells[dataset]) do
      if entry.sd and entry.sd > 0 then least = math.min(least or entry.sd, entry.sd) end
    end
  end
  return least and text.decimals(least) or 4
end

local function cell_words(entry, digits)
  if not entry then return "-" end
  if entry.open and entry.open > 0 then return "to do" end
  if not entry.mean then return "lost" end
  local words = string.format("%." .. digits .. "f", entry.mean)
  if entry.sd then words = words .. string.format(" ± %." .. digits .. "f", entry.sd) end
  if entry.rank then words = words .. string.format(entry.rank % 1 == 0 and " (%d)" or " (%.1f)", entry.rank) end
  return columns.together(words .. (entry.lost > 0 and string.format(", lost %d", entry.lost) or ""))
end

local function means_table(all, digits, width)
  local list, rows = { { title = "data set", least = 10, most = 32 } }, {}
  for i, name in ipairs(all.losses) do list[i + 1] = { title = name, right = true, rank = i } end
  for i, dataset in ipairs(all.datasets) do
    rows[i] = { dataset }
    for k, name in ipairs(all.losses) do rows[i][k + 1] = cell_words(all.cells[dataset][name], digits) end
  end
  if all.ranked > 0 then
    local last = { "mean rank" }
    for k, name in ipairs(all.losses) do last[k + 1] = string.format("(%.2f)", all.ranks[name]) end
    rows[#rows + 1] = last
  end
  return columns.text(list, rows, { width = width })
end

local function pairs_table(all, digits, width)
  local rows, called = {}, called_in(all)
  for i, pair in ipairs(all.pairs) do
    local d, b = pair.pooled, pair.bayes
    local interval = d and finite(d.low) and finite(d.high) and signed(d.low, digits) .. " to " .. signed(d.high, digits) or "-"
    local function share(side) return b and string.format("%.2f", b[side]) or "-" end
    local open = (pair.holm or 1) > 1 - all.level
    rows[i] = { called[pair.a], called[pair.b], string.format("%d:%d:%d", pair.wins, pair.ties, pair.losses),
      d and signed(d.difference, digits) or "-", interval, string.format("%.2g", pair.p), string.format("%.2g", pair.holm or 1),
      signed(pair.effect, 2), share "better", share "equal", share "worse",
      open and pair.needed and string.format("%d", pair.needed) or "-" }
  end
  return columns.text({ { title = "loss", least = 10 }, { title = "against", least = 10 },
    { title = "won:tied:lost", right = true, rank = 3 }, { title = "difference", right = true },
    { title = "95 % interval", rank = 2 }, { title = "p", name = "p of signed ranks", right = true, rank = 5 },
    { title = "Holm", right = true }, { title = "effect", right = true, rank = 7 }, { title = "P better", right = true, rank = 4 },
    { title = "P equal", right = true, rank = 4 }, { title = "P worse", right = true, rank = 4 },
    { title = "sets needed", right = true, rank = 6 } }, rows, { width = width })
end

local LEGEND = "Means on test ± sd of each fold's own choice, rank in brackets (1 is best). difference: mean over the data sets "
  .. "that both have, with the corrected interval of these data sets; p, Holm: Wilcoxon's signed ranks over data sets, "
  .. "and adjusted over all pairs; effect: rank-biserial; P better, equal, worse: the Bayesian signed-rank test's, on a "
  .. "further such data set, where differences up to %s count as equal; sets needed: how many data sets like these would "
  .. "show the mean difference among all pairs with a chance of %.0f %%. A loss that lost more runs counts as behind, "
  .. "whatever its mean. docs/findings.md says which test answers what."

-- all: of results:compare_losses; tuned: of results:tuned. options: width.
function M.page(results, all, tuned, options)
  local width, out, digits = options.width or 100, {}, decimals_of(all)
  local function paragraph(words) out[#out + 1] = "\n" .. text.wrap(words, width) end
  out[1] = text.wrap(string.format("%s: %d loss%s on %d data set%s, test %s, %s is better", clean(results.study.name), #all.losses,
    #all.losses == 1 and "" or "es", #all.datasets, #all.datasets == 1 and "" or "s", clean(all.metric),
    all.goal == "min" and "lower" or "higher"), width)
  out[2] = "\n" .. means_table(all, digits, options.width)
  if #all.pairs > 0 then out[3] = "\n" .. pairs_table(all, digits, options.width) end
  if results.plan.quick then
    paragraph "Quick form, no verdict."
  else
    if all.ranked < M.LEAST then
      paragraph(string.format("%d data set%s with ranks: signed ranks tell no two losses apart below %d.", all.ranked,
        all.ranked == 1 and "" or "s", M.LEAST + 1))
    end
    for _, words in ipairs(M.sentences(all)) do paragraph(words) end
    if all.ranked < M.LEAST and #all.gaps > 0 then paragraph(M.gaps_sentence(all)) end
  end
  local words = M.tuned_sentence(results, tuned)
  if words then paragraph(words) end
  paragraph(LEGEND:format(text.number(all.rope, 3), 100 * all.power))
  return table.concat(out, "\n") .. "\n"
end

return M
