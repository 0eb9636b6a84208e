-- What results/compare_studies.lua found, for a terminal: what each study is, what differs, a table a study of the differences
-- to the first, and what of them has to be known.
local columns = require "losslab.columns"
local text = require "losslab.text"

local function decimals(compared)
  local least
  for _, row in ipairs(compared.rows) do
    local d = row.difference
    local half = d and d.low and d.high and (d.high - d.low) / 2 or 0
    if half > 0 then least = math.min(least or half, half) end
  end
  return least and text.decimals(least) or 4
end

local function fixed(x, digits) return x and string.format("%." .. digits .. "f", x) or "-" end

-- The cells of a difference: itself, its interval, its pairs, its verdict.
local function cells(d, digits)
  if not d then return "-", "-", "-", "nothing to compare" end
  local interval = d.low and d.high and text.signed(d.low, digits) .. " to " .. text.signed(d.high, digits) or "-"
  return text.signed(d.difference, digits), interval, tostring(d.n), d.low and d.verdict or "too few runs"
end

local function table_of(built, compared, width)
  local rows, digits, last = {}, decimals(compared), nil
  for i, row in ipairs(compared.rows) do
    rows[i] = { row.dataset ~= last and text.shorten(row.dataset, 32) or "", text.shorten(row.loss, 32),
      fixed(row.a.test, digits), fixed(row.b.test, digits), cells(row.difference, digits) }
    last = row.dataset
  end
  for i, row in ipairs(compared.pooled) do
    rows[#rows + 1] = { i == 1 and "all of them" or "", text.shorten(row.loss, 32), "", "", cells(row.difference, digits) }
  end
  local first, other = text.shorten(built.studies[1].name, 20), text.shorten(compared.name, 20)
  return columns.text({ { title = "data set", least = 10 }, { title = "loss", least = 10 },
    { title = first, right = true, rank = 3 }, { title = other, right = true, rank = 2 }, { title = "difference", right = true },
    { title = "95 % interval", rank = 1 }, { title = "pairs", right = true, rank = 4 },
    { title = "", name = "verdict", wrap = true, rank = 0 } }, rows, { width = width })
end

local function plural(n, what) return string.format("%d %s%s", n, what, n == 1 and "" or "s") end

local function notes(built, compared)
  local out, first = {}, built.studies[1].name
  if compared.unpaired > 0 then
    out[#out + 1] = plural(compared.unpaired, "run")
      .. " of what was chosen had no other of the same data set, fold and seed, and count for nothing here."
  end
  if compared.other_rows > 0 then
    out[#out + 1] = plural(compared.other_rows, "pair") .. " share fold and seed alone: their parts hold other rows."
  end
  if compared.lost[1] + compared.lost[2] > 0 then
    out[#out + 1] = string.format("Runs that diverged or failed take part in no difference: %d in %s, %d in %s.",
      compared.lost[1], first, compared.lost[2], compared.name)
  end
  local open = 0
  for _, row in ipairs(compared.rows) do open = open + row.a.open + row.b.open end
  if open > 0 then out[#out + 1] = plural(open, "run") .. " still to be done: what is said is preliminary." end
  return out
end

local SAME = { settings = "the same settings", data = "the same data", code = "the same script", machine = "the same computer" }

-- built: what compare gave. options: width.
return function(built, options)
  local width, out = options and options.width or 100, {}
  local function paragraph(words, indent)
    local lines = text.wrap(words, width - #(indent or ""))
    out[#out + 1] = (lines:gsub("[^\n]+", function(line) return (indent or "") .. line end))
  end
  for i, study in ipairs(built.studies) do
    local c = study.counts
    paragraph(string.format("%s: %s%s, %s, %d runs done%s", study.name, text.clean(study.study),
      study.question ~= "" and " (" .. text.shorten(study.question, 120) .. ")" or "",
      plural(study.datasets, "data set") .. ", " .. plural(study.losses, "loss"):gsub("losss", "losses"), c.done or 0,
      i == 1 and "; the others are held against it" or ""))
  end
  for _, compared in ipairs(built.compared) do
    out[#out + 1] = string.format("\n%s against %s", compared.name, built.studies[1].name)
    for _, what in ipairs { "settings", "data", "code", "machine" } do
      if #compared[what] == 0 then out[#out + 1] = "  " .. SAME[what] end
      for _, words in ipairs(compared[what]) do paragraph(words, "  ") end
    end
    out[#out + 1] = ""
    paragraph(string.format("test %s, each by the configuration that it chose on validation; difference: %s minus %s",
      text.clean(built.metric), compared.name, built.studies[1].name))
    out[#out + 1] = table_of(built, compared, options and options.width)
    for i, words in ipairs(notes(built, compared)) do
      if i == 1 then out[#out + 1] = "" end
      paragraph(words)
    end
  end
  return table.concat(out, "\n")
end
