-- What results/ablation.lua and results/importance.lua found, for a terminal and for --json.
local check = require "losslab.check"
local columns = require "losslab.columns"
local json = require "losslab.json"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

local M = {}

local word = setting.number_text

local function finite(x) return check.finite(x) and x or nil end

-- ---- in a sentence ------------------------------------------------------------------------------------------------------

-- What each part of the whole brings, for losslab show. ablation: of results:ablation; nil where it has no rows.
function M.sentence(results, ablation)
  local parts = {}
  for _, row in ipairs(ablation.rows) do
    if row.pooled then
      parts[#parts + 1] = string.format("%s %s rather than %s %s%s", text.clean(row.field), word(row.whole), word(row.without),
        (results:say(row.pooled):gsub("%-", "−")), row.holm and row.holm > 0.05 and ", within noise" or "")
    end
  end
  if #parts == 0 then return nil end
  return string.format("Each part of the whole against the whole without it (%s, test %s, p adjusted by Holm): %s.",
    text.shorten(ablation.loss, 40), text.clean(results.metric), table.concat(parts, "; "))
end

-- ---- the page -----------------------------------------------------------------------------------------------------------

local function digits_of(...)
  local least
  for _, rows in ipairs { ... } do
    for _, row in ipairs(rows) do
      local d = row.pooled
      local half = d and finite(d.low) and finite(d.high) and (d.high - d.low) / 2 or 0
      if half > 0 then least = math.min(least or half, half) end
    end
  end
  return least and text.decimals(least) or 4
end

-- Cells of an estimate: itself, its interval, its adjusted p, its verdict.
local function cells(results, row, digits)
  local d = row.pooled
  if not d then return "-", "-", "-", "nothing to compare" end
  local interval = finite(d.low) and finite(d.high)
    and text.signed(d.low, digits) .. " to " .. text.signed(d.high, digits) or "-"
  return text.signed(d.difference, digits), interval, row.holm and string.format("%.2g", row.holm) or "-",
    results:verdict(d) or ""
end

local NUMBERS = { { title = "difference", right = true }, { title = "95 % interval", rank = 1 },
  { title = "Holm", name = "p by Holm", right = true, rank = 2 }, { title = "", name = "verdict", wrap = true, rank = 3 } }

local function table_of(first, rows, width)
  local list = {}
  for i, title in ipairs(first) do list[i] = { title = title, least = 8, wrap = i > 1 or nil } end
  return columns.text(table.move(NUMBERS, 1, #NUMBERS, #list + 1, list), rows, { width = width })
end

local function share_words(x) return string.format("%.1f %%", 100 * x) end

-- all: { ablation, effects, importance } of results. options: width.
function M.page(results, all, options)
  local width, out = options.width or 100, {}
  local digits = digits_of(all.ablation.rows, all.effects.main, all.effects.interactions)
  local function paragraph(words) out[#out + 1] = (#out > 0 and "\n" or "") .. text.wrap(words, width) end
  paragraph(string.format("%s: %s, test %s; the whole is configuration %d, %s", text.clean(results.study.name),
    text.shorten(all.ablation.loss, 40), text.clean(results.metric), all.ablation.whole, results:describe(all.ablation.whole)))
  local ended, of = all.ablation.pruned, all.ablation.configs
  if ended > 0 then
    paragraph(string.format("%d of %d configurations %s ended early by the search and %s left out%s.", ended, of,
      ended == 1 and "was" or "were", ended == 1 and "is" or "are",
      #results.datasets > 1 and " on the data sets where that was so" or ""))
  end
  local rows = {}
  for i, row in ipairs(all.ablation.rows) do
    rows[i] = { row.field, word(row.whole), word(row.without), cells(results, row, digits) }
  end
  if #rows > 0 then
    paragraph "One factor off at a time: the whole minus the whole with the other value."
    out[#out + 1] = table_of({ "field", "whole", "without" }, rows, options.width)
  else
    paragraph(of == 1 and "It is the only configuration, so nothing can be taken off it."
      or "One factor off at a time: no configuration that finished differs from the whole in one field alone.")
  end
  rows = {}
  for i, row in ipairs(all.effects.main) do
    rows[i] = { row.field, word(row.from), word(row.to), cells(results, row, digits) }
  end
  if #rows > 0 and all.effects.full then
    paragraph "Main effects: from the whole's value to the other, as a mean over all combinations of the other fields."
    out[#out + 1] = table_of({ "field", "from", "to" }, rows, options.width)
  end
  rows = {}
  for i, row in ipairs(all.effects.interactions) do
    rows[i] = { row.fields[1] .. " × " .. row.fields[2], word(row.from[1]) .. " → " .. word(row.to[1]),
      word(row.from[2]) .. " → " .. word(row.to[2]), cells(results, row, digits) }
  end
  if #rows > 0 then
    paragraph "Interactions: how much more the second change does with the first than without it."
    out[#out + 1] = table_of({ "fields", "first", "second" }, rows, options.width)
  end
  rows = {}
  local importance = all.importance
  for i, row in ipairs(importance.rows) do rows[i] = { row.field, share_words(row.share), share_words(row.permutation) } end
  for i, pair in ipairs(importance.pairs) do
    if i <= 5 then rows[#rows + 1] = { pair.fields[1] .. " × " .. pair.fields[2], share_words(pair.share), "" } end
  end
  if #rows > 0 then
    paragraph(string.format("Importance on validation: of the variance between configurations, how much a field explains alone "
      .. "(functional ANOVA, %s), and how much is lost where its values are given to other configurations.", importance.exact
      and "of the whole grid" or string.format("a forest over %d configurations", importance.configs)))
    out[#out + 1] = columns.text({ { title = "field", least = 8 }, { title = "explains", right = true },
      { title = "permuted", right = true } }, rows, { width = options.width })
  elseif of > 1 then
    paragraph("Importance is not given: " .. importance.why .. ".")
  end
  return table.concat(out, "\n") .. "\n"
end

-- ---- plain data ---------------------------------------------------------------------------------------------------------

local function estimate(results, d)
  return d and { n = d.n, difference = d.difference, low = finite(d.low), high = finite(d.high), verdict = results:verdict(d) }
end

local function plain_rows(results, list)
  local out = json.array {}
  for i, row in ipairs(list) do
    local copy = { datasets = json.array {}, pooled = estimate(results, row.pooled) }
    for _, name in ipairs { "field", "fields", "whole", "without", "config", "from", "to", "combinations", "holm" } do
      copy[name] = row[name]
    end
    for k, each in ipairs(row.datasets) do
      copy.datasets[k] = estimate(results, each.difference or each.estimate)
      copy.datasets[k].dataset = each.dataset
    end
    out[i] = copy
  end
  return out
end

-- For --json.
function M.plain(results, all)
  local importance = all.importance
  return { loss = all.ablation.loss, whole = all.ablation.whole, metric = results.metric, full = all.effects.full,
    configs = all.ablation.configs, pruned = all.ablation.pruned,
    ablation = plain_rows(results, all.ablation.rows), main = plain_rows(results, all.effects.main),
    interactions = plain_rows(results, all.effects.interactions),
    importance = { exact = importance.exact, configs = importance.configs, why = importance.why, rows = json.array(importance.rows),
      pairs = json.array(importance.pairs) } }
end

return M
