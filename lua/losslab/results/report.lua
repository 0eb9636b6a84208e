-- The study's answer on a terminal: a table (per data set and loss: the configuration chosen on validation, its test
-- metric), what the asked parameter does by data set, and one sentence. report.build(db) gives all of it as a plain table
-- (for --json), report.text(answer, options) as text. Numbers come from losslab.results: choices look at validation only,
-- intervals are paired and corrected.
local ll = require "losslab"
local check = require "losslab.check"
local results_of = require "losslab.results.reading"
local script = require "losslab.results.sandbox"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

local report = {}

local clean, shorten, signed, number_text = text.clean, text.shorten, text.signed, setting.number_text

local function finite(x) return check.finite(x) and x or nil end

local function verdict_of(d)
  if d.better then return "better" elseif d.worse then return "worse" end
  return d.low == 0 and d.high == 0 and "the same in every run" or "no difference beyond noise"
end

local function plain(d)
  return d and { n = d.n, difference = d.difference, low = finite(d.low), high = finite(d.high), verdict = verdict_of(d) }
end

-- ---- what is said -------------------------------------------------------------------------------------------------------

local function digits_of(...)
  local least = math.huge
  for _, x in ipairs { ... } do
    if finite(x) and x ~= 0 then least = math.min(least, math.abs(x)) end
  end
  return least < math.huge and math.max(3, math.min(6, math.ceil(1 - math.log(least, 10)))) or 3
end

-- "+0.0042 (95 % interval −0.0010 to +0.0094)"
local function with_interval(d)
  local digits = digits_of(d.difference, d.high - d.low < math.huge and (d.high - d.low) / 2 or nil)
  if not finite(d.low) or not finite(d.high) then return signed(d.difference, digits) .. " (too few runs for an interval)" end
  return string.format("%s (95 %% interval %s to %s)", signed(d.difference, digits), signed(d.low, digits), signed(d.high, digits))
end

-- "a", "a and b", "a, b and c"; past `most`, "a, b, c and 4 more".
local function listed(words, most)
  local n = #words
  if n <= 1 then return words[1] or "" end
  if most and n > most then return table.concat(words, ", ", 1, most) .. string.format(" and %d more", n - most) end
  return table.concat(words, ", ", 1, n - 1) .. " and " .. words[n]
end

-- Where the varied parameter was learned, what was chosen, the most frequent setting first: "ξ 0.1, η_ξ 0.001 (sonar, pima)".
local function settings_sentence(results, answer)
  local groups, order = {}, {}
  for _, row in ipairs(answer.rows) do
    if row.free then
      local words = results:describe(row.free.config, true)
      if words == "-" then words = answer.loss .. "'s only configuration" end
      if not groups[words] then
        groups[words] = {}
        order[#order + 1] = words
      end
      table.insert(groups[words], shorten(row.dataset.name, 30))
    end
  end
  table.sort(order, function(a, b)
    if #groups[a] ~= #groups[b] then return #groups[a] > #groups[b] end
    return a < b
  end)
  local parts = {}
  for i = 1, math.min(3, #order) do parts[i] = string.format("%s on %s", order[i], listed(groups[order[i]], 4)) end
  if #order > 3 then parts[4] = string.format("%d other settings elsewhere", #order - 3) end
  return table.concat(parts, "; ")
end

-- "all 7 data sets", "5 of 7 data sets (all but a, b)", "2 of 7 data sets (a, b)": which, by the shorter list.
local function where(yes, no)
  local n, all = #yes, #yes + #no
  if #no == 0 then return all == 1 and yes[1] or all == 2 and listed(yes) or string.format("all %d data sets", all) end
  if n <= 2 then return listed(yes) end
  return #no <= 3 and #no < n and string.format("all data sets but %s", listed(no)) or listed(yes, 4)
end

local function against_sentence(answer)
  local sides = { { "ahead of", "better", {} }, { "behind", "worse", {} } }
  local level, all = 0, 0
  for _, other in ipairs(answer.others) do
    for _, side in ipairs(sides) do
      local yes, no = {}, {}
      for _, row in ipairs(answer.rows) do
        local d = row.against[other.loss]
        if d then table.insert(d[side[2]] and yes or no, shorten(row.dataset.name, 30)) end
      end
      if #yes > 0 then table.insert(side[3], string.format("%s on %s", shorten(other.loss, 40), where(yes, no))) end
    end
    for _, row in ipairs(answer.rows) do
      local d = row.against[other.loss]
      if d then
        all = all + 1
        if not d.better and not d.worse then level = level + 1 end
      end
    end
  end
  if all == 0 then return nil end
  local against = string.format("against the other losses, %s", shorten(answer.loss, 40))
  local parts = {}
  for _, side in ipairs(sides) do
    if #side[3] > 0 then parts[#parts + 1] = "is " .. side[1] .. " " .. table.concat(side[3], ", ") end
  end
  if #parts == 0 then
    local means = {}
    for _, other in ipairs(answer.others) do
      if other.overall then means[#means + 1] = shorten(other.loss, 40) .. " " .. with_interval(other.overall) end
    end
    return string.format("%s shows no difference beyond noise (%d comparisons; mean differences: %s)", against, all,
      table.concat(means, ", "))
  end
  if level > 0 then parts[#parts + 1] = string.format("shows no difference beyond noise in %d of %d comparisons", level, all) end
  return against .. " " .. table.concat(parts, "; ")
end

local function name_of(results, loss, vary)
  local symbol = results:symbol(loss, vary)
  return symbol and string.format("%s (%s)", clean(vary), symbol) or clean(vary)
end

-- Sentences, the first of which stands alone.
local function asked_sentences(results, answer)
  local loss = shorten(answer.loss, 40)
  local parts = {}
  if answer.vary then
    local d = answer.effect
    local base = number_text(answer.baseline)
    local above = answer.above
    local name, sets, number = name_of(results, answer.loss, answer.vary), results:sets(answer.loss, answer.vary)
    local learned = string.format("%s with %s %s %s", loss, name, above and "above" or "other than", base)
    if sets == "rate" and above and base == "0" then
      learned = string.format("a learnable %s (%s > 0)", clean(number.name), name)
    end
    if not d then
      parts[1] = string.format("%s cannot be told from %s at %s: no finished runs of both", learned, name, base)
    else
      local helps, hurts = 0, 0
      for _, row in ipairs(answer.rows) do
        if row.effect and row.effect.better then helps = helps + 1 elseif row.effect
          and row.effect.worse then hurts = hurts + 1 end
      end
      local verb = d.better and "helps" or d.worse and "hurts" or "makes no difference beyond noise for"
      local over = d.datasets == 1 and "1 data set" or string.format("%d data sets", d.datasets)
      parts[1] = string.format("%s %s %s: mean difference in test %s %s against %s = %s over %s (%d pairs of runs)",
        learned, verb, learned:find(loss, 1, true) and "it" or loss, clean(results.metric), with_interval(d),
        results:symbol(answer.loss, answer.vary) or clean(answer.vary), base, over, d.n)
      if d.datasets > 1 then
        parts[1] = parts[1] .. string.format(", taken one by one better on %d, worse on %d, level on %d", helps, hurts,
          d.datasets - helps - hurts)
      end
      parts[2] = "validation chose " .. settings_sentence(results, answer)
    end
  end
  parts[#parts + 1] = against_sentence(answer)
  if #parts == 0 then return { string.format("%s ran alone, so there is nothing to compare it with.", loss) } end
  for i, part in ipairs(parts) do -- a loss keeps its name as it is
    parts[i] = (part:sub(1, #loss) == loss and part or part:gsub("^%l", string.upper)) .. "."
  end
  return parts
end

local function plain_sentence(groups, metric)
  local wins, order = {}, {}
  for _, group in ipairs(groups) do
    for _, row in ipairs(group.rows) do
      if row.mark == "best" then
        if not wins[row.loss] then order[#order + 1] = row.loss end
        wins[row.loss] = wins[row.loss] or { best = 0, alone = 0 }
        wins[row.loss].best = wins[row.loss].best + 1
        if group.within == 0 and #group.rows > 1 then wins[row.loss].alone = wins[row.loss].alone + 1 end
      end
    end
  end
  table.sort(order, function(a, b)
    if wins[a].best ~= wins[b].best then return wins[a].best > wins[b].best end
    return a < b
  end)
  if #order == 0 then return "No trial is finished, so there is nothing to say yet." end
  local parts = {}
  for i, loss in ipairs(order) do
    parts[i] = string.format("%s%s on %d%s", shorten(loss, 40), i == 1 and " has the best test " .. clean(metric) or "",
      wins[loss].best,
      wins[loss].alone > 0 and string.format(" (%d beyond noise)", wins[loss].alone) or "")
  end
  return string.format("Of %d data set%s, %s.", #groups, #groups == 1 and "" or "s", listed(parts))
end

-- ---- building -----------------------------------------------------------------------------------------------------------

local function build_group(results, dataset)
  local group = { dataset = dataset.name, n = dataset.rows, positives = dataset.positives, rows = {}, within = 0 }
  local best
  for _, loss in ipairs(results.losses) do
    local chosen = results:choose(dataset, loss.name)
    local lost = dataset.lost[loss.name] or { diverged = 0, failed = 0, open = 0 }
    local row = { loss = loss.name, diverged = lost.diverged, failed = lost.failed, open = lost.open, tried = #loss.configs }
    if chosen then
      row.config, row.parameters, row.setting = chosen.config, chosen.parameters, results:describe(chosen.config)
      row.runs, row.test, row.test_sd = chosen.n, chosen.test_mean, chosen.test_sd
      row.valid, row.valid_sd = chosen.valid_mean, chosen.valid_sd
      if row.test and (not best or results.sign * row.test > results.sign * best.test) then best = row end
    end
    if chosen or lost.diverged + lost.failed + lost.open > 0 then group.rows[#group.rows + 1] = row end
  end
  for _, row in ipairs(group.rows) do
    if row == best then
      row.mark = "best"
    elseif best and row.config and row.test then
      local d = results:difference(dataset, row.config, best.config)
      row.to_best = plain(d)
      if d and not d.worse then row.mark, group.within = "level", group.within + 1 end
    end
  end
  return group
end

-- db: an open ll.store or a path. {study, question, metric, goal, groups = {{dataset, n, rows = {{loss, parameters, test,
-- test_sd, runs, …, mark = "best" | "level"}}}}, asked (per data set and pooled), sentence, counts}; plain tables,
-- numbers and text only.
function report.build(db)
  local store <close> = type(db) == "string" and ll.store.open(db) or nil
  local results = results_of.read(store or db)
  local out = {
    study = results.study.name, question = results.study.question, metric = results.metric, goal = results.goal,
      counts = results.status,
    groups = {},
  }
  for i, dataset in ipairs(results.datasets) do out.groups[i] = build_group(results, dataset) end
  local answer = results:answer()
  if answer then
    local asked = {
      loss = answer.loss, vary = answer.vary, baseline = answer.baseline, above = answer.above, effect = plain(answer.effect),
        rows = {},
      against = {},
    }
    for _, row in ipairs(answer.rows) do
      local against = {}
      for name, d in pairs(row.against) do against[name] = plain(d) end
      asked.rows[#asked.rows + 1] = {
        dataset = row.dataset.name, against = against, effect = plain(row.effect),
        fixed = row.fixed and { parameters = row.fixed.parameters, setting = results:describe(row.fixed.config),
          test = row.fixed.test_mean },
        free = row.free and { parameters = row.free.parameters, setting = results:describe(row.free.config),
          test = row.free.test_mean },
      }
    end
    for _, other in ipairs(answer.others) do asked.against[other.loss] = plain(other.overall) end
    out.asked = asked
    out.sentences = asked_sentences(results, answer)
  else
    out.sentences = { plain_sentence(out.groups, results.metric) }
  end
  out.sentence = table.concat(out.sentences, " ")
  out.claim, out.finding, out.details = script.finding(results)
  return out
end

-- ---- text ---------------------------------------------------------------------------------------------------------------

-- What report.build gave, for a terminal. options: width (columns the sentences are broken at, 100), color (the best, said in
-- words, too, and the finding in bold).
function report.text(built, options)
  local o = options or {}
  local out = {}
  local function say(format, ...) out[#out + 1] = string.format(format, ...) end
  local smallest
  for _, group in ipairs(built.groups) do
    for _, row in ipairs(group.rows) do
      if row.test_sd and row.test_sd > 0 then smallest = math.min(smallest or math.huge, row.test_sd) end
    end
  end
  local digits = smallest and math.max(3, math.min(6, math.ceil(1 - math.log(smallest, 10)))) or 4

  say("%s", clean(built.study) .. (built.question ~= "" and ": " .. clean(built.question) or ""))
  local c = built.counts
  say("%d runs done%s%s%s", c.done or 0, (c.diverged or 0) > 0 and string.format(", %d diverged", c.diverged) or "",
    (c.failed or 0) > 0 and string.format(", %d failed", c.failed) or "",
    (c.open or 0) > 0 and string.format(", %d STILL TO DO: what follows is preliminary", c.open) or "")
  local rows = { { "data set", "loss", "chosen on validation", "test " .. clean(built.metric), "± sd", "runs", "lost", "" } }
  local bold, group_starts = {}, {}
  for _, group in ipairs(built.groups) do
    group_starts[#rows + 1] = true
    for i, row in ipairs(group.rows) do
      rows[#rows + 1] = {
        i == 1 and shorten(group.dataset, 32) or "", shorten(row.loss, 32), row.setting and shorten(row.setting, 48)
          or "nothing finished",
        row.test and string.format("%." .. digits .. "f", row.test) or "-",
        row.test_sd and string.format("%." .. digits .. "f", row.test_sd) or "-",
        row.runs and string.format("%d", row.runs) or "-",
        string.format("%d", row.diverged + row.failed),
        row.mark == "best" and "best" or row.mark == "level" and "~ best" or "",
      }
      bold[#rows] = row.mark == "best"
    end
  end
  say ""
  for i, line in ipairs(text.lines(rows, { right = { [4] = true, [5] = true, [6] = true, [7] = true } })) do
    if group_starts[i] and i > 2 then say "" end
    say("%s", o.color and bold[i] and "\27[1m" .. line .. "\27[0m" or line)
  end
  say ""
  local legend = "best: %s mean on test among the losses; ~ best: no difference to it beyond noise (paired over folds and seeds, "
    .. "the 95 %% corrected t interval holds zero); lost: runs of the loss, all its configurations, that diverged or failed. "
    .. "Configurations and epochs are chosen on validation only."
  legend = legend:format(built.goal == "min" and "lowest" or "highest")
  local width = o.width or 100
  say("%s", text.wrap(legend, width))

  local asked = built.asked
  if asked and asked.vary and #asked.rows > 0 then
    local base = number_text(asked.baseline)
    rows = { { "data set", "fixed", "test", "varied", "test", "difference", "95 % interval", "" } }
    local function value(x) return x and string.format("%." .. digits .. "f", x) or "-" end
    local function effect(d)
      if not d then return "-", "-", "" end
      return signed(d.difference, digits), d.low and d.high and signed(d.low, digits) .. " to " .. signed(d.high, digits)
        or "-", d.verdict
    end
    for _, row in ipairs(asked.rows) do
      local difference, interval, verdict = effect(row.effect)
      rows[#rows + 1] = { shorten(row.dataset, 32), row.fixed and shorten(row.fixed.setting, 40) or "-",
        value(row.fixed and row.fixed.test),
        row.free and shorten(row.free.setting, 40) or "-", value(row.free and row.free.test), difference, interval, verdict }
    end
    if #asked.rows > 1 then
      local difference, interval, verdict = effect(asked.effect)
      rows[#rows + 1] = { "all of them", "", "", "", "", difference, interval, verdict }
    end
    say ""
    say("%s: %s %s %s against %s = %s", clean(asked.loss), clean(asked.vary), asked.above and "above" or "other than", base,
      clean(asked.vary), base)
    say("%s", text.columns(rows, { right = { [3] = true, [5] = true, [6] = true } }))
  end
  say ""
  say("%s", text.wrap(built.sentence, width))
  local function paragraph(words, bold_lines)
    say ""
    words = text.wrap(clean(words), width)
    say("%s", bold_lines and words:gsub("[^\n]+", "\27[1m%0\27[0m") or words)
  end
  if built.claim then paragraph("claim: " .. built.claim) end
  if built.finding then paragraph("finding: " .. built.finding, o.color) end
  for _, detail in ipairs(built.details) do paragraph(detail) end
  return table.concat(out, "\n") .. "\n"
end

return report
