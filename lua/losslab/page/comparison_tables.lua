-- What a report says of all losses against each other (results/comparison.lua), as tables of the form of page/tables.lua.
local tables = require "losslab.page.tables"
local text = require "losslab.text"

local M = {}

local clean, signed, titles, number = text.clean, text.signed, tables.titles, tables.number

local function digits_of(all)
  local least
  for _, dataset in ipairs(all.datasets) do
    for _, loss in ipairs(all.losses) do
      local entry = all.cells[dataset][loss]
      if entry and entry.sd and entry.sd > 0 then least = math.min(least or math.huge, entry.sd) end
    end
  end
  return least and text.decimals(least) or 4
end

-- What a loss reached on a data set: mean, half the interval, and the rank where all have one.
local function mean_of(entry, best, digits)
  if not (entry and entry.mean) then return "–" end
  local words = string.format("%." .. digits .. "f", entry.mean)
  if entry.low and entry.low > -math.huge then
    words = words .. string.format(" ± %." .. digits .. "f", (entry.high - entry.low) / 2)
  end
  if entry.rank then words = words .. string.format(" (%g)", entry.rank) end
  return { words, entry.mean, strong = entry.rank and entry.rank == best }
end

-- The same with rows and columns changed for each other. The titles of the columns of numbers begin with >.
local function turned(names, rows, corner)
  local out, heads = {}, { corner }
  for k = 2, #names do out[k - 1] = { (names[k]:gsub("^>", "")) } end
  for i, row in ipairs(rows) do
    heads[i + 1] = ">" .. row[1]
    for k = 2, #names do out[k - 1][i + 1] = row[k] end
  end
  return heads, out
end

-- A row a data set and a column a loss; or a row a loss where there are more of these, since a page is longer than wide.
local function means(all, digits)
  local names, rows = { "data set" }, {}
  for i, loss in ipairs(all.losses) do names[i + 1] = ">" .. clean(loss) end
  for i, dataset in ipairs(all.datasets) do
    rows[i] = { clean(dataset) }
    local best
    for _, loss in ipairs(all.losses) do
      local entry = all.cells[dataset][loss]
      if entry and entry.rank then best = math.min(best or entry.rank, entry.rank) end
    end
    for k, loss in ipairs(all.losses) do rows[i][k + 1] = mean_of(all.cells[dataset][loss], best, digits) end
  end
  if all.ranked > 1 then
    local last = { "mean rank" }
    for k, loss in ipairs(all.losses) do last[k + 1] = number(all.ranks[loss], 2) end
    rows[#rows + 1] = last
  end
  if #all.losses > #all.datasets then names, rows = turned(names, rows, "loss") end
  return { kind = "table", name = "means", columns = titles(names), rows = rows, caption = string.format("Test %s of each loss by "
    .. "each fold's own choice: mean ± half the corrected 95 %% interval (rank on the data set; 1 is best)", clean(all.metric)) }
end

local function p_of(p)
  if type(p) ~= "number" or p ~= p then return "–" end
  return { p < 0.001 and "< 0.001" or string.format("%.3f", p), p }
end
local function share(x) return x and { string.format("%.0f %%", 100 * x), x } or "–" end

-- A row a pair of losses.
local function pairs_of(all, digits)
  local rows = {}
  for i, pair in ipairs(all.pairs) do
    local d, bayes = pair.pooled, pair.bayes or {}
    rows[i] = { clean(pair.a) .. " − " .. clean(pair.b), { tostring(pair.n), pair.n },
      { string.format("%d / %d / %d", pair.wins, pair.ties, pair.losses), pair.wins },
      d and { signed(d.difference, digits), d.difference } or "–",
      d and d.low > -math.huge and string.format("%s to %s", signed(d.low, digits), signed(d.high, digits)) or "–",
      p_of(pair.p), { p_of(pair.holm)[1] or "–", pair.holm, strong = pair.holm and pair.holm <= 1 - all.level },
      { signed(pair.effect, 2), pair.effect }, share(bayes.better), share(bayes.equal), share(bayes.worse),
      pair.needed and { tostring(pair.needed), pair.needed } or "–" }
  end
  return { kind = "table", name = "pairs", rows = rows, columns = titles { "pair", ">data sets", ">better / level / worse",
    ">difference", "95 % interval", ">signed ranks p", ">with Holm", ">effect", ">better", ">equal", ">worse", ">would settle it" },
    caption = string.format("Every pair of losses over the data sets that both have. Better, equal, worse: how likely on another "
      .. "such data set, where differences up to %g count as equal (Bayesian signed ranks). Would settle it: how many data sets "
      .. "like these, with a chance of %.0f %%, if the mean difference is the true one", all.rope, 100 * all.power) }
end

-- What tuning brought: a row a loss.
function M.tuned(results, tuned, digits)
  local rows = {}
  for i, row in ipairs(tuned) do
    local d, better, worse = row.pooled, 0, 0
    for _, each in ipairs(row.rows) do
      if each.difference.better then better = better + 1 elseif each.difference.worse then worse = worse + 1 end
    end
    rows[i] = { clean(row.loss), clean(results:describe(row.default)), { signed(d.difference, digits), d.difference },
      d.low > -math.huge and string.format("%s to %s", signed(d.low, digits), signed(d.high, digits)) or "–",
      string.format("%d / %d / %d", better, #row.rows - better - worse, worse), results:verdict(d) or "" }
  end
  return { kind = "table", name = "tuned", rows = rows, columns = titles { "loss", "default", ">difference", "95 % interval",
    "better / level / worse", "verdict" },
    caption = "What each fold's choice on validation brought over the default configuration, on test" }
end

-- The blocks of the part; {} where there is nothing to compare.
function M.blocks(results)
  local out = {}
  local all = results:compare_losses()
  local digits = digits_of(all)
  if #all.losses > 1 and #all.datasets > 1 then out[1], out[2] = means(all, digits), pairs_of(all, digits) end
  local tuned = results:tuned()
  if #tuned > 0 then out[#out + 1] = M.tuned(results, tuned, digits) end
  return out
end

return M
