-- The study's answer at a glance: differences of test metrics with 95 % intervals (paired over folds and seeds, variance
-- corrected for overlapping training parts; each side by each fold's own choice on validation). Left, where the study asks
-- what a parameter does: the loss with it learned against the same loss with it fixed, by data set. Right: the asked loss
-- against each other loss. A study that asks nothing: every loss against the one that is best on validation most often.
local layout = require "losslab.plot.layout"
local gnuplot = require "losslab.plot.gnuplot"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

-- The loss the others are held against where the study names none: chosen on validation on most data sets, then by name. Without a
-- validation part it is the study's first of which a run finished.
local function reference(results)
  local wins, best = {}, nil
  for _, loss in ipairs(results.unvalidated and results.losses or {}) do
    for _, dataset in ipairs(results.datasets) do
      if results:choose(dataset, loss.name) then return loss.name end
    end
  end
  for _, dataset in ipairs(results.datasets) do
    local chosen = results:choose(dataset)
    if chosen then wins[chosen.loss] = (wins[chosen.loss] or 0) + 1 end
  end
  for _, loss in ipairs(results.losses) do
    if wins[loss.name] and (not best or wins[loss.name] > wins[best]) then best = loss.name end
  end
  return best
end

local most_rows = 75

local ahead = { color = gnuplot.palette[1], dash = "solid", point = 7 }
local behind = { color = gnuplot.palette[2], dash = "solid", point = 5 }
local level = { color = "#777777", dash = "solid", point = 6 }
local unjudged = { color = "#777777", dash = "solid", point = 4 }
local unknown = { color = "#777777", line = false, point = 12 }
local legend = { { text = "ahead beyond noise", style = ahead }, { text = "behind beyond noise", style = behind },
  { text = "no difference beyond noise", style = level },
  { text = "difference (quick form: no verdict)", style = unjudged }, { text = "one pair of runs: no interval", style = unknown } }

local function has_interval(d) return d.low > -math.huge or d.high < math.huge end
local function verdict(d)
  return not has_interval(d) and unknown or d.unjudged and unjudged or d.better and ahead or d.worse and behind or level
end

-- The legend's entries for what the groups hold, and whether anything has an interval.
local function legend_of(...)
  local seen, out = {}, {}
  for _, groups in ipairs { ... } do
    for _, group in ipairs(groups) do
      for _, item in ipairs(group.items) do seen[verdict(item.difference)] = true end
    end
  end
  for _, entry in ipairs(legend) do
    if seen[entry.style] then out[#out + 1] = entry end
  end
  return out, seen[ahead] or seen[behind] or seen[level]
end

-- A row of a panel; what rests on fewer pairs of runs than there would be says so.
local function item_of(label, d, bold)
  local pairs_of = d.of and d.n < d.of and string.format(" (%d of %d pairs)", d.n, d.of) or ""
  return { label = label .. pairs_of, difference = d, bold = bold }
end

-- A difference in words: "+0.012 (−0.003 to +0.027)".
local function told(d, digits)
  return text.signed(d.difference, digits) .. (has_interval(d)
    and string.format(" (%s to %s)", text.signed(d.low, digits), text.signed(d.high, digits)) or "")
end

-- One panel: groups = {{label, items = {{label, difference, bold}, …}}, …} from the top down. options: title, size and
-- fits (of the labels: points, characters), axis, numbers (true: the difference is written above its mark).
local function forest(fig, groups, options)
  local y, low, high = 0, 0, 0
  local rows = {}
  local names = {}
  for _, group in ipairs(groups) do
    names[#names + 1] = group.label
    for _, item in ipairs(group.items) do names[#names + 1] = item.label end
  end
  local labels = fig:labels(names, options.fits)
  local function label(words, bold)
    fig:add("set label %s at graph 0,first %g right offset -0.8,0 font '%s%s,%.3g' tc rgb '#222222' front",
      fig:text(labels[words]), y, fig.family, bold and ":Bold" or "", options.size)
  end
  for g, group in ipairs(groups) do
    if g > 1 then y = y + 0.5 end
    if group.label then
      y = y + 1
      label(group.label, true)
    end
    for _, item in ipairs(group.items) do
      y = y + 1
      label(item.label, item.bold)
      rows[#rows + 1] = { y = y, d = item.difference, bold = item.bold, label = (group.label and group.label .. ", " or "")
        .. item.label }
      low, high = math.min(low, item.difference.difference), math.max(high, item.difference.difference)
    end
  end
  -- Whole intervals, but for a few that are much wider than the others and would squeeze them: those run off the axis.
  local ends = {}
  for _, row in ipairs(rows) do
    local d = row.d
    ends[#ends + 1] = has_interval(d) and math.max(math.abs(d.low), math.abs(d.high)) or math.abs(d.difference)
  end
  table.sort(ends)
  local reach = 3 * ends[math.ceil(#ends * 0.75)]
  local from, to = low, high
  for _, row in ipairs(rows) do
    if has_interval(row.d) then
      from = math.min(from, math.max(row.d.low, -reach))
      to = math.max(to, math.min(row.d.high, reach))
    end
  end
  if to - from < 1e-9 then from, to = from - 1e-3, to + 1e-3 end
  local room = 0.04 * (to - from)
  from, to = from - room, to + room
  local place = options.place
  layout.range(fig, place, "x", from, to)
  layout.range(fig, place, "y", y + 0.8, 0.2)
  fig:add "unset ytics"
  place.xname, place.yname = options.axis, ""
  fig:add(layout.ticks("x", from, to, 5))
  fig:add "set style textbox opaque noborder fillcolor rgb 'white' margins 0.2,0.2"
  fig:add "set arrow from first 0,graph 0 to first 0,graph 1 nohead lc rgb '#444444' lw 1.2 back"
  fig:add("set xlabel %s offset 0,0.4 font ',%g'\nset ylabel ''", fig:text(options.axis, 60), fig.font * 0.9)
  layout.title(fig, { wide = options.wide, title = options.title })
  local digits = math.max(2, math.min(6, math.ceil(1 - math.log(to - from, 10))) + 1)
  local parts = {}
  for _, row in ipairs(rows) do
    local d = row.d
    local style = verdict(d)
    local left, right = math.max(d.low, from), math.min(d.high, to)
    if has_interval(d) then -- one that goes beyond the axis ends in an arrow
      local cuts = { d.low < from and { left, left + 2 * room } or false, d.high > to and { right, right - 2 * room } or false }
      for _, cut in ipairs(cuts) do
        if cut then
          fig:add("set arrow from first %s,first %g to first %s,first %g head filled size screen %.5f,20 lc rgb '%s' lw 2 front",
            gnuplot.number(cut[2]), row.y, gnuplot.number(cut[1]), row.y, 11 / fig.width, style.color)
        end
      end
    end
    fig:shows(place, { text = "", points = { { d.difference, row.y, told = row.label .. ": " .. told(d, digits) } } })
    local data, size = fig:data { { d.difference, row.y, left, right } }, row.bold and 1.7 or 1.2
    parts[#parts + 1] = style == unknown
      and string.format("%s using 1:2 with points lc rgb '%s' pt %d ps %g notitle", data, style.color, style.point, size)
      or string.format("%s using 1:2:3:4 with xerrorbars lc rgb '%s' lw %g pt %d ps %g notitle", data, style.color,
        row.bold and 3 or 2, style.point, size)
    if options.numbers then
      fig:add("set label %s at first %s,%g center offset 0,0.85 font ',%g' tc rgb '%s' front boxed",
        fig:text(text.signed(d.difference, digits)),
        gnuplot.number(d.difference), row.y, fig.font * 0.8, style.color)
    end
  end
  fig:add("plot %s", table.concat(parts, ", "))
end

-- "η_ξ ≠ 0" or "η_ξ = 0"; ">" in place of "≠" where the baseline is the least value.
local function condition(results, answer, free)
  local symbol = layout.parameter(results, answer.loss, answer.vary, true)
  local base = setting.number_text(answer.baseline)
  if not free then return symbol .. " = " .. base end
  return symbol .. (answer.above and " > " or " ≠ ") .. base
end

-- What is found, in a line.
local function describe(fig, results, answer, asked, by_loss)
  local facts = {}
  if answer and answer.effect then facts[1] = string.format("%s varied against fixed: %s", answer.vary, told(answer.effect, 4)) end
  for _, loss in ipairs(results.losses) do
    local pooled = by_loss[loss.name] and results:pooled(by_loss[loss.name], #results.datasets)
    if pooled then facts[#facts + 1] = string.format("%s %s", loss.name, told(pooled, 4)) end
  end
  fig:describe("Differences of test %s between %s and the other losses, mean over %d data set%s with 95 %% interval: %s.",
    layout.metric(results), asked, #results.datasets, #results.datasets == 1 and "" or "s", text.listed(facts, 8))
end

local function draw(fig, results)
  local answer = results:answer()
  local asked = answer and answer.loss or reference(results)
  if not asked then return nil, "no trial is finished" end
  local left, right = {}, {}
  if answer and answer.effect then
    local items = {}
    for _, row in ipairs(answer.rows) do
      if row.effect then items[#items + 1] = item_of(row.dataset.name, row.effect) end
    end
    left[1] = { items = items }
    if #items > 1 then left[2] = { items = { item_of("all data sets", answer.effect, true) } } end
  end
  local by_loss, count = {}, 0
  for _, dataset in ipairs(results.datasets) do
    local mine, items = results:choose(dataset, asked), {}
    for _, loss in ipairs(results.losses) do
      local theirs = mine and loss.name ~= asked and results:choose(dataset, loss.name)
      local d = theirs and results:difference(dataset, mine, theirs)
      if d then
        items[#items + 1] = item_of(loss.name, d)
        by_loss[loss.name] = by_loss[loss.name] or {}
        table.insert(by_loss[loss.name], d)
      end
    end
    if #items > 0 then right[#right + 1] = { label = dataset.name, items = items } end
    count = count + (#items > 0 and 1.5 + #items or 0)
  end
  local over = #results.datasets == 1 and ": " .. results.datasets[1].name or ""
  if count > most_rows then -- too many to read: the mean over the data sets, a row a loss
    right, count, over = { { items = {} } }, 0, ", mean of the data sets"
    for _, loss in ipairs(results.losses) do
      if by_loss[loss.name] then
        table.insert(right[1].items, item_of(loss.name, results:pooled(by_loss[loss.name], #results.datasets)))
        count = count + 1
      end
    end
  elseif #right == 1 and #results.datasets == 1 then
    right[1].label = nil -- the title names it
  end
  if #left + #right == 0 then return nil, "there is nothing to compare: one loss, one configuration" end

  local rows = #left > 0 and #left[1].items + 2.5 or 0
  count = math.max(count, rows)
  local line = math.max(14, math.min(30, 800 / math.max(count, 10)))
  local height = math.max(560, count * line + 134)
  local entries, intervals = legend_of(left, right)
  layout.axes(fig)
  local begin = layout.grid(fig, #left > 0 and #right > 0 and 2 or 1, {
    title = answer and results.study.question or string.format("%s: %s against the other losses", results.study.name, asked),
    note = string.format("Difference of test %s (%s is better)%s, paired over folds and seeds; "
      .. "each side by %s.", layout.metric(results), results.sign > 0 and "higher" or "lower",
      intervals and ", 95 % interval" or "", layout.own(results)),
    legend = entries,
    left = math.min(230, 0.32 * fig.width), top = 44, height = height,
  })
  local axis = "difference of test " .. layout.metric(results)
  describe(fig, results, answer, asked, by_loss)
  if #left > 0 then
    local place = begin(1)
    local size = math.min(fig.font * 0.95, (height - 134) / rows * 0.6)
    forest(fig, left, {
      size = size, fits = fig:columns(215, size), wide = place.inner + 100, place = place, axis = axis,
      numbers = #left[1].items <= 16,
      title = string.format("%s: %s chosen − %s fixed", asked, condition(results, answer, true), condition(results, answer, false)),
    })
  end
  if #right > 0 then
    local place = begin(#left > 0 and 2 or 1)
    local size = math.min(fig.font * 0.95, line * 0.6)
    forest(fig, right, {
      size = size, fits = fig:columns(215, size), wide = place.inner + 100, place = place, axis = axis,
      title = asked .. " − each other loss" .. over,
      numbers = #left == 0 and count < 12,
    })
  end
  return true
end

return { name = "summary", draw = draw }
