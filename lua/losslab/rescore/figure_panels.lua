-- What the figures of a rescoring show, as options of plot/panels.lua: each function gives them and a line on what is shown, or nil
-- and why there is nothing to draw. All numbers are those of the rescored object, so of the run's database and its files.
local ll = require "losslab"
local bins = require "losslab.plot.bins"
local column_importance = require "losslab.rescore.column_importance"
local entrapment = require "losslab.rescore.entrapment"
local identified = require "losslab.rescore.identified"
local text = require "losslab.text"

local M = {}

local LEVEL = 0.01
local MOST_Q = 0.1
local STEPS = 200    -- places of a curve of q
local POINTS = 2000  -- of a scatter, at most
local COLUMNS = 30   -- of the importance
local WIDEST = 40    -- columns of a column's name
local GREY = 0       -- style of what others are held against

local WAYS = { competition = "targets that won their spectrum", winners = "best of each spectrum", concatenated = "all matches",
  separate = "searched apart" }

local function rows_of(mask) return mask:find() end

-- A dotted upright line at x from low to high.
local function upright(words, x, low, high)
  return { text = words, points = { { x, low }, { x, high } }, style = GREY, mark = false, thin = true, silent = true }
end

-- ---- identifications against q ----------------------------------------------------------------------------------------------

-- How many of some numbers are at most q, at STEPS places up to MOST_Q, in percent.
local function curve_of(numbers)
  table.sort(numbers)
  local points, n = {}, 0
  for k = 0, STEPS do
    local q = MOST_Q * k / STEPS
    while numbers[n + 1] and numbers[n + 1] <= q * (1 + 1e-6) do n = n + 1 end
    points[k + 1] = { 100 * q, n }
  end
  return points
end

local function q_of_targets(rescored, fdr)
  local found = fdr == rescored.fdr and rescored or identified.statistics(rescored, fdr)
  local rows = rows_of(rescored.labels * found.counts)
  return rows.rows > 0 and found.q:gather(rows):table() or {}
end

-- percolator [opt]: q-values of its targets.
function M.identifications(rescored, o)
  local series, said, most = {}, {}, 0
  local ways = { "competition", "concatenated" }
  if rescored.fdr == "separate" then ways[3] = "separate" end
  local function add(words, points, style)
    series[#series + 1] = { text = words, points = points, style = style, mark = false }
    most = math.max(most, points[#points][2])
    said[#said + 1] = string.format("%s %d", words, points[1 + math.floor(STEPS * LEVEL / MOST_Q + 0.5)][2])
  end
  for i, way in ipairs(ways) do add(WAYS[way], curve_of(q_of_targets(rescored, way)), i) end
  if o.percolator then add("Percolator", curve_of(o.percolator), GREY) end
  local top = math.max(10, most * 1.05)
  local line = upright("1 %", 100 * LEVEL, 0, top)
  line.hidden, line.pale = true, true
  table.insert(series, 1, line)
  return { title = "Targets identified at each q-value", x = "q-value, %", y = "targets identified", legend = true,
    panels = { { title = "", series = series, from = 0, to = 100 * MOST_Q, low = 0, high = top } },
    note = "Grey upright line: q = 1 %. There: " .. table.concat(said, ", ") .. "." },
    string.format("Targets identified against the q-value up to 10 %%; at 1 %%: %s.", table.concat(said, ", "))
end

-- ---- scores -----------------------------------------------------------------------------------------------------------------

-- The range that holds all but one in a thousand numbers (sorted) at each end.
local function range_of(sorted)
  local n = #sorted
  local low, high = sorted[1 + n // 1000], sorted[n - n // 1000]
  if high <= low then low, high = low - 0.5, high + 0.5 end
  return low, high
end

-- The outline of bars as a line, from floor.
local function outline(edges, counts, floor)
  local points = { { edges[1], floor } }
  for i, count in ipairs(counts) do
    local y = math.max(count, floor)
    points[#points + 1], points[#points + 2] = { edges[i], y }, { edges[i + 1], y }
  end
  points[#points + 1] = { edges[#edges], floor }
  return points
end

-- The least score with a q-value of at most LEVEL, of what counts; nil where nothing has, or classes have thresholds of their own.
local function threshold_of(rescored)
  if rescored.kinds then return nil end
  local rows = rows_of(rescored.q:less_equal(LEVEL) * rescored.labels * rescored.counts)
  return rows.rows > 0 and rescored.scores:gather(rows):min():item() or nil
end

function M.scores(rescored)
  local classes, all = {}, {}
  for k, of in ipairs { rescored.labels, 1 - rescored.labels } do
    local rows = rows_of(of * rescored.counts)
    classes[k] = rows.rows > 0 and rescored.scores:gather(rows):table() or {}
    table.move(classes[k], 1, #classes[k], #all + 1, all)
  end
  if #all < 2 then return nil, "no match counts" end
  table.sort(all)
  local low, high = range_of(all)
  local at = threshold_of(rescored)
  if at then low, high = math.min(low, at), math.max(high, at) end
  local edges = bins.edges(low, high, math.max(20, math.min(80, math.floor(2.5 * (#all) ^ (1 / 3)))))
  local panels, counts, most = {}, {}, 1
  for k, numbers in ipairs(classes) do
    for i, x in ipairs(numbers) do numbers[i] = math.max(low, math.min(high, x)) end
    counts[k] = bins.counts(numbers, edges)
    for _, count in ipairs(counts[k]) do most = math.max(most, count) end
  end
  for p, logarithmic in ipairs { false, true } do
    local floor, series = logarithmic and 0.5 or 0, {}
    local top = logarithmic and most * 2 or most * 1.06
    for k, name in ipairs { "targets", "decoys" } do
      series[k] = { text = name, points = outline(edges, counts[k], floor), steps = { edges = edges, counts = counts[k] },
        fill = floor, style = k, mark = false }
    end
    if at then series[3] = upright("1 % threshold", at, floor, top) end
    panels[p] = { title = logarithmic and "logarithmic" or "linear", series = series, from = edges[1], to = edges[#edges],
      low = floor, high = top, logy = logarithmic }
  end
  local accepted = rescored:accepted(LEVEL)
  local above = at and string.format("%d targets are at or above the threshold of q = 1 %%, %.4g", accepted, at)
    or accepted > 0 and string.format("%d targets have a q-value of at most 1 %%, each class at a threshold of its own", accepted)
    or "no target has a q-value of 1 %"
  return { title = "Scores of targets and decoys", x = "score, matches of each fold at mean 0 and deviation 1",
    y = "matches in a bar", legend = true, panels = panels, note = above .. ". End bars hold what lies beyond." },
    string.format("Histograms of the scores of %d targets and %d decoys; %s.", #classes[1], #classes[2], above)
end

-- ---- pi0 --------------------------------------------------------------------------------------------------------------------

function M.pi0(rescored)
  local curve = rescored.pi0_curve
  if not curve then return nil, "pi0 is asked for where targets and decoys were searched apart (fdr separate)" end
  local points, most = {}, 1
  for i, lambda in ipairs(curve.lambda or {}) do
    points[i] = { lambda, curve.at[i] }
    most = math.max(most, curve.at[i])
  end
  if #points == 0 then return nil, curve.note or "there are too few matches for a curve" end
  local said = string.format("π₀ = %.3f", rescored.pi0)
  return { title = "Share of false targets", x = "λ: p-values above are taken for those of false targets", y = "π₀(λ)",
    legend = true, panels = { { title = "", from = 0, to = 1, low = 0, high = most * 1.05, series = {
      { text = "π₀(λ)", points = points, size = 0.8 },
      { text = said, points = { { 0, rescored.pi0 }, { 1, rescored.pi0 } }, style = GREY, mark = false, silent = true } } } },
    note = "The curve should level out to the right." }, "The share of false targets against the p-value above which they are "
    .. "counted; " .. said .. "."
end

-- ---- entrapment -------------------------------------------------------------------------------------------------------------

function M.calibration(rescored, o)
  if not o.prefix then return nil, "no prefix of entrapment proteins is given" end
  local levels = {}
  for k = 1, 50 do levels[k] = MOST_Q * k / 50 end
  local found, e = pcall(entrapment.at, rescored, o.prefix, o.ratio, levels)
  if not found then return nil, tostring(e) end
  local combined, bound, most, first = {}, {}, MOST_Q, nil
  for _, at in ipairs(e.points) do
    if at.sample + at.entrapment > 0 then
      combined[#combined + 1] = { 100 * at.q, 100 * at.combined, 100 * at.low, 100 * at.high }
      bound[#bound + 1] = { 100 * at.q, 100 * at.lower_bound }
      most = math.max(most, at.combined)
    end
    if math.abs(at.q - LEVEL) < 1e-9 then first = at end
  end
  if #combined == 0 then return nil, "nothing is accepted at 10 %" end
  local high = 100 * math.min(1, most * 1.25)
  local words = first and first.sample + first.entrapment > 0
    and string.format("At q = 1 %%: %.2g %% (%.2g to %.2g %%)", 100 * first.combined, 100 * first.low, 100 * first.high)
    or "Nothing is accepted at q = 1 %"
  return { title = "Is the q-value true? False targets by entrapment", x = "q-value, %", y = "false among accepted targets, %",
    square = true, legend = true, panels = { { title = "", from = 0, to = 100 * MOST_Q, low = 0, high = high, series = {
      { text = "as promised", points = { { 0, 0 }, { 100 * MOST_Q, 100 * MOST_Q } }, style = GREY, mark = false, thin = true,
        silent = true },
      { text = "combined, 95 % interval", points = combined, style = 1, mark = false },
      { text = "lower bound", points = bound, style = 2, mark = false } } } },
    note = string.format("%s. Entrapment: proteins %s…, %.3g times the sample's part%s. Above the diagonal more are false than "
      .. "promised.", words, text.shorten(o.prefix, 20), e.ratio, e.estimated and " (estimated)" or "") },
    "The share of false targets by entrapment against the q-value, with its interval. " .. words .. "."
end

-- ---- columns -------------------------------------------------------------------------------------------------------------------

function M.importance(rescored)
  local found, why = column_importance.of(rescored, LEVEL)
  if not found then return nil, why end
  local shown = {}
  for k = 1, math.min(COLUMNS, #found.columns) do shown[k] = found.columns[k] end
  local points, sticks, heights, least, widest = {}, {}, {}, 0, 0
  local names = {}
  for k, column in ipairs(shown) do names[k] = column.name end
  local labels = text.labels(names, WIDEST)
  for _, name in ipairs(names) do widest = math.max(widest, text.width(labels[name])) end
  for k, column in ipairs(shown) do
    local y = #shown + 1 - k
    points[k], heights[k] = { column.lost, y, more = column.name }, { y, labels[column.name] }
    sticks[#sticks + 1], sticks[#sticks + 2], sticks[#sticks + 3] = { 0, y }, { column.lost, y }, false
    least = math.min(least, column.lost)
  end
  local first = found.columns[1]
  return { title = "What each column brings", x = "identifications at q = 1 % lost where the column is permuted", y = "",
    legend = false, left = 60 + 9 * widest, whole = 260 + 34 * #shown, panels = { { title = "",
      from = least * 1.1 - 0.01 * found.accepted, to = math.max(1, first.lost) * 1.04, low = 0.3, high = #shown + 0.7,
      heights = heights, series = {
        { text = "sticks", points = sticks, style = 1, mark = false, hidden = true, silent = true },
        { text = "lost", points = points, style = 1, line = false, size = 1.2 } } } },
    note = string.format("Of the %d that the first cut alone identifies%s; a column is permuted within the fold that is scored. "
      .. "Columns that say the same stand in for each other.", found.accepted,
      found.sampled and " among some of the scans" or "") },
    string.format("Identifications at 1 %% that are lost where a column is permuted, of %d; most by %s, %d.", found.accepted,
      text.clean(first.name), first.lost)
end

-- ---- cuts -------------------------------------------------------------------------------------------------------------------

local BAND = 2.5 -- deviations of decoys around the threshold

-- Targets with scores near x, at most POINTS of them, evenly taken.
local function near(rescored, x)
  local close = (rescored.scores - x):abs():less_equal(BAND)
  local rows = rows_of(close * rescored.labels * rescored.counts)
  if rows.rows <= POINTS then return rows end
  local some = {}
  for k = 1, POINTS do some[k] = math.tointeger(rows:get(math.floor((k - 1) * rows.rows / POINTS) + 1)) end
  return ll.matrix(some)
end

-- What a cut alone identifies: { accepted, a column of 1 for it, n, threshold }.
local function alone(rescored, scores)
  local of = { scores = scores, labels = rescored.labels, spectra = rescored.spectra, kinds = rescored.kinds }
  local found = identified.statistics(of, rescored.fdr)
  local accepted = found.q:less_equal(LEVEL) * rescored.labels * found.counts
  local n = math.tointeger(accepted:sum():item())
  return { accepted = accepted, n = n, threshold = n > 0 and scores:gather(rows_of(accepted)):min():item() or nil }
end

-- Scores of the first cut against those of the second, near the threshold; nil where there is none.
local function scatter(rescored, first, second)
  if rescored.kinds then return nil, "each class has a threshold of its own" end
  local at = threshold_of(rescored)
  local rows = at and first.threshold and second.threshold and near(rescored, at)
  if not rows or rows.rows == 0 then return nil, "nothing passes at 1 %, so that there is no threshold" end
  local a, b = rescored.cuts[1]:gather(rows):table(), rescored.cuts[2]:gather(rows):table()
  local points, low, high = {}, math.min(first.threshold, second.threshold), math.max(first.threshold, second.threshold)
  for i = 1, #a do
    points[i] = { a[i], b[i] }
    low, high = math.min(low, a[i], b[i]), math.max(high, a[i], b[i])
  end
  local room = 0.03 * (high - low) + 1e-6
  low, high = low - room, high + room
  local both = math.tointeger((first.accepted * second.accepted):sum():item())
  local words = string.format("of %d targets that either identifies both identify %d", first.n + second.n - both, both)
  local across = upright("threshold", first.threshold, low, high)
  across.points[3], across.points[4], across.points[5] = false, { low, second.threshold }, { high, second.threshold }
  return { title = "targets near the 1 % threshold", under = words, x = "score by the first cut", y = "score by the second cut",
    from = low, to = high, low = low, high = high, series = { across,
      { text = "a target", points = points, style = 1, line = false, size = 0.5 } } }, words
end

function M.agreement(rescored)
  local cuts = rescored.cuts
  if #cuts < 2 then return nil, "there is one cut only" end
  local each, points, numbers, all, most = {}, {}, {}, rescored:accepted(LEVEL), 0
  for k, scores in ipairs(cuts) do
    each[k] = alone(rescored, scores)
    points[k], numbers[k], most = { k, each[k].n }, tostring(each[k].n), math.max(most, each[k].n)
  end
  local panel, words = scatter(rescored, each[1], each[2])
  local panels = { panel }
  panels[#panels + 1] = { title = "identified at q = 1 %", under = string.format("by their mean score %d", all), x = "cut",
    y = "targets identified", from = 0.5, to = #cuts + 0.5, low = 0, high = math.max(10, most, all) * 1.1, counted = true,
    lines = { { all } }, series = { { text = "a cut alone", points = points, style = 1, line = false, size = 1.4 } } }
  return { title = "Do the cuts agree?", x = "", y = "", legend = false, panels = panels,
    note = "A cut is a division into folds with networks of its own. Grey: the 1 % threshold of each cut; dotted: what the mean of "
      .. "their scores identifies." },
    string.format("Scores of the first cut against those of the second: %s. Identified by each cut alone: %s; by the mean of their "
      .. "scores %d.", words, text.listed(numbers), all)
end

M.names = { "identifications", "scores", "pi0", "calibration", "importance", "agreement" }

return M
