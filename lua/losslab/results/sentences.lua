-- The sentences of an answer, in plain words: what the asked parameter does, what validation chose, how the asked loss stands
-- against the others; or, where a study asks nothing, which loss is best how often.
local check = require "losslab.check"
local needed = require "losslab.results.needed"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

local sentences = {}

local clean, signed, listed, number_text = text.clean, text.signed, text.listed, setting.number_text

-- How many decimals it takes to show the least of the numbers.
local function digits_of(...)
  local least
  for _, x in ipairs { ... } do
    if check.finite(x) and x ~= 0 then least = math.min(least or math.huge, math.abs(x)) end
  end
  return text.decimals(least or 1)
end

local function has_interval(d) return check.finite(d.low) and check.finite(d.high) end

-- "+0.0042 (95 % interval −0.0010 to +0.0094)"
local function with_interval(d)
  local digits = digits_of(d.difference, d.high - d.low < math.huge and (d.high - d.low) / 2 or nil)
  if not has_interval(d) then
    return signed(d.difference, digits) .. " (too few runs for an interval)"
  end
  return string.format("%s (95 %% interval %s to %s)", signed(d.difference, digits), signed(d.low, digits), signed(d.high, digits))
end

-- What the losses and data sets are called in sentences, by name: cut, and no two alike.
local function called_in(results)
  local losses, datasets = {}, {}
  for i, loss in ipairs(results.losses) do losses[i] = loss.name end
  for i, dataset in ipairs(results.datasets) do datasets[i] = dataset.name end
  return { losses = text.labels(losses, 40), datasets = text.labels(datasets, 30) }
end

-- What was chosen where the parameter varies, the most frequent setting first: "ξ 0.1, η_ξ 0.001 (sonar, pima)".
local function settings_sentence(results, answer, called)
  local groups, order = {}, {}
  for _, row in ipairs(answer.rows) do
    if row.free then
      local words = results:describe(row.free.config, true)
      if words == "-" then words = called.losses[answer.loss] .. "'s only configuration" end
      if not groups[words] then
        groups[words] = {}
        order[#order + 1] = words
      end
      table.insert(groups[words], called.datasets[row.dataset.name])
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

-- "all 7 data sets", "all data sets but a and b", "a and b": which, by the shorter list.
local function where(yes, no)
  local n, all = #yes, #yes + #no
  if #no == 0 then return all == 1 and yes[1] or all == 2 and listed(yes) or string.format("all %d data sets", all) end
  if n <= 2 then return listed(yes) end
  return #no <= 3 and #no < n and string.format("all data sets but %s", listed(no)) or listed(yes, 4)
end

local function against_sentence(answer, called)
  local sides = { { "ahead of", "better", {} }, { "behind", "worse", {} } }
  local level, all = 0, 0
  for _, other in ipairs(answer.others) do
    for _, side in ipairs(sides) do
      local yes, no = {}, {}
      for _, row in ipairs(answer.rows) do
        local d = row.against[other.loss]
        if d then
          local name = called.datasets[row.dataset.name]
          table.insert(d[side[2]] and yes or no, d.n < d.of and string.format("%s (%d of %d pairs)", name, d.n, d.of) or name)
        end
      end
      if #yes > 0 then table.insert(side[3], string.format("%s on %s", called.losses[other.loss], where(yes, no))) end
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
  local against = string.format("against the other losses, %s", called.losses[answer.loss])
  local parts = {}
  for _, side in ipairs(sides) do
    if #side[3] > 0 then parts[#parts + 1] = "is " .. side[1] .. " " .. table.concat(side[3], ", ") end
  end
  if #parts == 0 then
    local means, known = {}, false
    for _, other in ipairs(answer.others) do
      local d = other.overall
      known = known or d and has_interval(d)
      if d then
        means[#means + 1] = called.losses[other.loss] .. " " .. with_interval(d)
          .. (d.n < d.of and string.format(" on %d of %d pairs", d.n, d.of) or "")
      end
    end
    return string.format("%s %s (%d comparisons; mean differences: %s)", against,
      known and "shows no difference beyond noise" or "has too few runs to be judged", all, table.concat(means, ", "))
  end
  if level > 0 then parts[#parts + 1] = string.format("shows no difference beyond noise in %d of %d comparisons", level, all) end
  return against .. " " .. table.concat(parts, "; ")
end

local function name_of(results, loss, vary)
  local symbol = results:symbol(loss, vary)
  return symbol and string.format("%s (%s)", clean(vary), symbol) or clean(vary)
end

-- What a small form of a study has measured: differences, from which nothing follows.
local function measured(results, answer, called)
  local loss, parts = called.losses[answer.loss], {}
  if answer.effect then
    parts[1] = string.format("with %s %s %s against %s %s", clean(answer.vary), answer.above and "above" or "other than",
      number_text(answer.baseline), number_text(answer.baseline), with_interval(answer.effect))
  end
  for _, other in ipairs(answer.others) do
    if other.overall then
      parts[#parts + 1] = string.format("against %s %s", called.losses[other.loss], with_interval(other.overall))
    end
  end
  if #parts == 0 then return { string.format("Quick form, no verdict: %s has nothing to be compared with.", loss) } end
  return { string.format("Quick form, no verdict: mean difference in test %s of %s %s.", clean(results.metric), loss,
    table.concat(parts, ", ")) }
end

-- What a study asks, answered (results:answer()): sentences, the first of which stands alone.
function sentences.asked(results, answer)
  local called = called_in(results)
  if results.plan.quick then return measured(results, answer, called) end
  local loss = called.losses[answer.loss]
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
      if not has_interval(d) then verb = "has too few runs to be judged for" end
      local over = d.datasets == 1 and "1 data set" or string.format("%d data sets", d.datasets)
      if d.datasets < d.of_datasets then over = string.format("%d of %d data sets", d.datasets, d.of_datasets) end
      parts[1] = string.format("%s %s %s: mean difference in test %s %s against %s = %s over %s (%s pairs of runs)",
        learned, verb, learned:find(loss, 1, true) and "it" or loss, clean(results.metric), with_interval(d),
        results:symbol(answer.loss, answer.vary) or clean(answer.vary), base, over,
        d.n < d.of and string.format("%d of %d", d.n, d.of) or string.format("%d", d.n))
      if d.datasets > 1 and has_interval(d) then
        parts[1] = parts[1] .. string.format(", taken one by one better on %d, worse on %d, level on %d", helps, hurts,
          d.datasets - helps - hurts)
      end
      if not d.better and not d.worse and has_interval(d) then parts[2] = needed.sentence(results, d) end
      parts[#parts + 1] = "validation chose " .. settings_sentence(results, answer, called)
    end
  end
  parts[#parts + 1] = against_sentence(answer, called)
  if #parts == 0 then
    local why = #answer.others > 0 and "has no finished run beside one of another loss" or "ran alone"
    return { string.format("%s %s, so there is nothing to compare it with.", loss, why) }
  end
  for i, part in ipairs(parts) do -- but a loss's name is not capitalised
    parts[i] = (part:sub(1, #loss) == loss and part or part:gsub("^%l", string.upper)) .. "."
  end
  return parts
end

-- 0.4 %, 37 %, 99.6 %
local function percent(share)
  return string.format((share < 0.1 or share > 0.99) and "%.3g %%" or "%.0f %%", 100 * share)
end

-- What the losses met nothing in: which passed over batches, which met rows without a direction.
-- rows: those of the statement passed_over; groups: those of report.build.
function sentences.passed(rows, groups)
  local losses, of, out, names, sets = {}, {}, {}, {}, {}
  for g, group in ipairs(groups) do
    sets[g] = group.dataset
    for _, row in ipairs(group.rows) do names[#names + 1] = row.loss end
  end
  names, sets = text.labels(names, 40), text.labels(sets, 30)
  for _, row in ipairs(rows) do
    local loss = of[row.loss]
    if not loss then
      loss = { name = names[row.loss], shares = {}, sets = {}, zero_rows = 0 }
      losses[#losses + 1], of[row.loss] = loss, loss
    end
    if (row.passed_over or 0) > 0 then
      loss.shares[#loss.shares + 1], loss.sets[#loss.sets + 1] = row.passed_over, sets[row.dataset]
    end
    loss.zero_rows = loss.zero_rows + (row.zero_rows or 0)
  end
  local function say(words_of) -- losses of which the same is to be said share a sentence
    local alike, order = {}, {}
    for _, loss in ipairs(losses) do
      local words = words_of(loss)
      if words and not alike[words] then alike[words], order[#order + 1] = {}, words end
      if words then table.insert(alike[words], loss.name) end
    end
    for _, words in ipairs(order) do out[#out + 1] = listed(alike[words]) .. " " .. words end
  end
  say(function(loss)
    local n = #loss.shares
    if n == 0 then return nil end
    table.sort(loss.shares)
    return string.format("met nothing to compare in %s%s of the batches%s, which were passed over.",
      n > 1 and percent(loss.shares[1]) .. " to " or "", percent(loss.shares[n]),
      #groups == 1 and "" or " on " .. listed(loss.sets, 4))
  end)
  say(function(loss)
    if loss.zero_rows == 0 then return nil end
    return string.format("met %d row%s of zeros, without a direction, by which nothing was learnt.", loss.zero_rows,
      loss.zero_rows == 1 and "" or "s")
  end)
  return out
end

-- "lost 2 of 5 runs"
local function lost_words(row) return string.format("lost %d of %d runs", row.lost, row.of) end

-- Which losses' chosen configurations lost runs, and where; which finished none. nil if none did.
-- groups: those of report.build.
function sentences.lost(groups)
  local parts, at, names, sets, all = {}, {}, {}, {}, 0
  for g, group in ipairs(groups) do
    sets[g] = group.dataset
    for _, row in ipairs(group.rows) do names[#names + 1] = row.loss end
  end
  names, sets = text.labels(names, 40), text.labels(sets, 30)
  for _, group in ipairs(groups) do
    for _, row in ipairs(group.rows) do
      local lost = row.diverged + row.failed
      local none = not row.config and row.open == 0 and lost > 0
      if none or (row.lost or 0) > 0 then
        local of = none and string.format("all %d on %s", lost, sets[group.dataset])
          or string.format("%d of %d on %s", row.lost, row.of, sets[group.dataset])
        if not at[row.loss] then parts[#parts + 1], at[row.loss] = { names[row.loss] }, #parts + 1 end
        table.insert(parts[at[row.loss]], of)
        all = all + 1
      end
    end
  end
  if all == 0 then return nil end
  local words = {}
  for i, part in ipairs(parts) do words[i] = part[1] .. " (" .. listed({ table.unpack(part, 2) }, 4) .. ")" end
  return string.format("Runs were lost by %s: what is said of %s is of the runs that finished, and in every choice %s behind what "
    .. "lost fewer.", listed(words, 6), #parts == 1 and "it" or "them", #parts == 1 and "it stands" or "they stand")
end

-- What being best is worth: how many of the differences to the best of each data set are beyond noise, where no loss is beyond
-- noise ahead of all others on any; "" where there is nothing to compare with, or all that was compared is behind.
local function worth(groups)
  local compared, level, beyond = 0, 0, 0
  for _, group in ipairs(groups) do
    compared, beyond = compared + group.compared, beyond + group.behind
    for _, row in ipairs(group.rows) do
      if row.mark == "level" then level = level + 1 elseif row.mark == "ahead" then beyond = beyond + 1 end
    end
  end
  if beyond == compared then return "" end
  if level + beyond == 0 then return "; there are too few runs to judge a difference" end
  if beyond == 0 then return compared == 1 and "; the difference is not beyond noise" or "; no difference is beyond noise" end
  return string.format("; %d of %d differences to the best %s beyond noise", beyond, compared, beyond == 1 and "is" or "are")
end

-- Which loss is best how often, from the groups of report.build.
-- quick: the study is a quick form, of which no verdict is given.
function sentences.plain(groups, metric, quick)
  local wins, order, sets, alone = {}, {}, {}, false
  for g, group in ipairs(groups) do sets[g] = group.dataset end
  sets = text.labels(sets, 30)
  for _, group in ipairs(groups) do
    for _, row in ipairs(group.rows) do
      if row.mark == "best" then
        if not wins[row.loss] then order[#order + 1] = row.loss end
        wins[row.loss] = wins[row.loss] or { best = 0, alone = 0, lost = {} }
        local win = wins[row.loss]
        win.best = win.best + 1
        local compared = group.compared > 0 and group.compared == #group.rows - 1
        if not quick and group.within == 0 and group.behind == group.compared and compared then
          win.alone, alone = win.alone + 1, true
        end
        if row.lost > 0 then table.insert(win.lost, string.format("on %s it %s", sets[group.dataset], lost_words(row))) end
      end
    end
  end
  table.sort(order, function(a, b)
    if wins[a].best ~= wins[b].best then return wins[a].best > wins[b].best end
    return a < b
  end)
  if #order == 0 then return "No trial is finished, so there is nothing to say yet." end
  local parts, called = {}, text.labels(order, 40)
  for i, loss in ipairs(order) do
    local win, notes = wins[loss], {}
    if win.alone > 0 then notes[1] = string.format("%d beyond noise", win.alone) end
    if #win.lost > 0 then notes[#notes + 1] = "best of those that finished: " .. listed(win.lost, 3) end
    parts[i] = string.format("%s%s on %d%s", called[loss], i == 1 and " has the best test " .. clean(metric) or "", win.best,
      #notes > 0 and " (" .. table.concat(notes, "; ") .. ")" or "")
  end
  return string.format("%s %d data set%s, %s%s.", quick and "Quick form, no verdict: of" or "Of", #groups,
    #groups == 1 and "" or "s", listed(parts), not quick and not alone and worth(groups) or "")
end

return sentences
