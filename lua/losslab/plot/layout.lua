-- Where things stand in a figure of several panels: a headline, a grid of panels of one size, and one legend for all of them
-- below, placed here, since gnuplot's own keys neither wrap nor know each other's place.
local gnuplot = require "losslab.plot.gnuplot"
local text = require "losslab.text"

local layout = {}

local columns_of = { 1, 2, 3, 2, 3, 3, 4, 4, 3, 4, 4, 4 }
local height_of = { 700, 450, 420 }

-- ---- the legend ----------------------------------------------------------------------------------------------------------

local sample, between = 56, 34 -- pixels: the drawn sample, the room after an entry

local function flow(fig, entries, left)
  local size, rows, x = fig.font, 1, left
  local places, names = {}, {}
  for i, entry in ipairs(entries) do names[i] = entry.text end
  local labels = fig:labels(names, 60)
  for i, entry in ipairs(entries) do
    entry.shown = labels[entry.text]
    local width = (entry.style and sample + 8 or 0) + fig:pixels(entry.shown, size) + between
    if (x + width > fig.width - 10 and x > left) or entry.newline then x, rows = left, rows + 1 end
    places[i] = { x, rows }
    x = x + width
  end
  return places, #entries > 0 and rows or 0
end

local function draw_legend(fig, entries, places, bottom)
  local line = fig.font * 1.9
  local rows = places[#places] and places[#places][2] or 0
  for i, entry in ipairs(entries) do
    local x, y = places[i][1] / fig.width, (bottom + (rows - places[i][2] + 0.5) * line) / fig.height
    local words = x -- where the entry's words begin
    if entry.style then
      local s = entry.style
      local x2 = x + sample / fig.width
      if s.fill then
        fig:add("set object rectangle from screen %.5f,%.5f to screen %.5f,%.5f fc rgb '%s' "
          .. "fs transparent solid %g border rgb '%s' front",
          x, y - 0.4 * fig.font / fig.height, x2, y + 0.4 * fig.font / fig.height, s.color, s.fill, s.color)
      else
        if s.line ~= false then
          fig:add("set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead lc rgb '%s' lw %g dt %s front",
            x, y, x2, y, s.color, s.width or 2, s.dash)
        end
        if s.point then
          fig:add("set label '' at screen %.5f,%.5f point pt %d ps %g lc rgb '%s' front", (x + x2) / 2, y, s.point, s.size
            or 1.1, s.color)
        end
      end
      words = x2 + 8 / fig.width
    end
    fig:add("set label %s at screen %.5f,%.5f left front", fig:text(entry.shown), words, y)
  end
end

-- How many columns of text, in a size by the figure's font (1), stand within so many pixels.
local function columns_within(fig, pixels, size) return math.max(8, fig:columns(pixels - 20, fig.font * (size or 1))) end

-- The panels' titles by name. Where one is cut it fills its room, and so does its neighbour: they are kept a little apart.
local function titles_within(fig, names, pixels)
  local fits = columns_within(fig, pixels)
  for _, name in ipairs(names) do
    if text.width(fig.show(name)) > fits then return fig:labels(names, math.max(8, math.floor(0.87 * fits))) end
  end
  return fig:labels(names, fits)
end

-- A headline in one line or two; what is longer yet is cut in its second.
local function headline_of(fig, title)
  local shown, room = fig.show(title), fig.width * 11 // 160
  if text.width(shown) <= room then return { shown } end
  local first, rest = text.wrap(shown, room - 2):match "^([^\n]*)\n(.*)$"
  return { first or shown, rest and rest:gsub("\n", " ") or nil }
end

-- The lines of a note, as many as it takes.
local function note_of(fig, note)
  local lines = {}
  for line in text.wrap(fig.show(note), fig:columns(fig.width - 44, fig.font * 0.9)):gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

-- ---- the grid --------------------------------------------------------------------------------------------------------------

-- Opens the figure. options: title, note (what is drawn, smaller; or a function that gives it by the height of a panel), legend
-- (entries {text, style}), left, right, top (room in a panel for axes and title, pixels), below (a function that gives the room
-- below a panel, beyond that of numbers and an axis' name, by its width), square (panels as high as wide), widest (a panel's width
-- by its height, at most), height (of a panel), whole (height of the figure), titles (the names of the panels). Gives begin(i),
-- which adds the lines that go before panel i's plot and gives its place: whether it stands in the first column (first) and has no
-- panel below it (last), edge, wide, inner, high, title (cut to its width).
function layout.grid(fig, count, options)
  local o = options
  local left, right, top, margin = o.left or 84, o.right or 22, o.top or 62, 28
  local columns = columns_of[count] or math.min(6, math.ceil(math.sqrt(count)))
  if not o.whole and fig.width < 1600 then -- fewer panels side by side where there is less room
    columns = math.max(1, math.min(columns, math.floor((fig.width - 2 * margin) / (left + right + 240))))
  end
  local rows = (count + columns - 1) // columns
  local places, legend_rows = flow(fig, o.legend or {}, margin + 8)
  local line = fig.font * 1.9
  local wide = (fig.width - 2 * margin) / columns
  local bottom = 72 + (o.below and o.below(wide - left - right) or 0)
  local high = (o.height or height_of[rows] or 380) + bottom - 72
  if fig.width < 1600 and not o.height then high = math.min(high, 0.75 * (wide - left - right) + top + bottom) end
  if o.square then high = math.min(wide - left - right, rows > 1 and 400 or 640) + bottom + top end
  local headline = headline_of(fig, o.title)
  local note = note_of(fig, type(o.note) == "function" and o.note(high - top - bottom) or o.note or "")
  local head = 52 + 34 * (#headline - 1) + (#note > 0 and 30 + 24 * (#note - 1) or 0)
  local foot = legend_rows * line + 26
  if o.whole then
    if o.title == "" then head = 12 end
    if table.concat(o.titles or {}) == "" then top = 14 end
    high = math.min((o.whole - head - foot) / rows, o.square and wide - left - right + bottom + top or math.huge)
  end
  fig.height, fig.headline = math.floor(head + rows * high + foot + 0.5), o.title
  fig:add "set multiplot"
  -- The headline and the legend belong to the first panel's plot alone, so that they are drawn once.
  for i, words in ipairs(headline) do
    fig:add("set label %s at screen %.5f,%.5f left font ',%g' front", fig:text(words, fig.width * 11 // 160), margin / fig.width,
      1 - (34 * i - 6) / fig.height, fig.font * 1.25)
  end
  for i, words in ipairs(note) do
    fig:add("set label %s at screen %.5f,%.5f left font ',%g' tc rgb '#555555' front", gnuplot.text(words), margin / fig.width,
      1 - (34 * #headline + 4 + 24 * i) / fig.height, fig.font * 0.9)
  end
  draw_legend(fig, o.legend or {}, places, 10)
  local widest = (high - top - bottom) * (o.square and 1 or o.widest or math.huge)
  local indent = math.max(0, (wide - left - right - widest) / 2)
  local titles = titles_within(fig, o.titles or {}, wide - 2 * indent)
  return function(i)
    local column, row = (i - 1) % columns, (i - 1) // columns
    local x0, y1 = margin + column * wide, fig.height - head - row * high
    if i > 1 then fig:add "unset label\nunset arrow\nunset object" end
    local box = { left = x0 + left + indent, right = x0 + wide - right - indent, bottom = y1 - high + bottom, top = y1 - top }
    fig:add("set lmargin at screen %.5f\nset rmargin at screen %.5f\nset bmargin at screen %.5f\nset tmargin at screen %.5f",
      box.left / fig.width, box.right / fig.width, box.bottom / fig.height, box.top / fig.height)
    local place = { first = column == 0, last = i + columns > count, edge = (x0 + indent + 2) / fig.width,
      wide = wide - 2 * indent, inner = wide - left - right - 2 * indent, high = high - top - bottom,
      title = o.titles and titles[o.titles[i]], box = box, series = {} }
    fig.shown[i] = place
    return place
  end
end

-- Sets the ends of an axis of a panel, which has them as data too. log: whether it is logarithmic.
function layout.range(fig, panel, axis, from, to, log)
  fig:add("set %srange [%s:%s]", axis, gnuplot.number(from), gnuplot.number(to))
  panel[axis] = { from = from, to = to, log = log }
end

-- The names of panels: a title of their own, or their data set's.
function layout.titles(panels)
  local out = {}
  for i, panel in ipairs(panels) do out[i] = panel.title or panel.dataset and panel.dataset.name or "" end
  return out
end

-- The panel's title, cut to its width, and a smaller line under it.
function layout.title(fig, panel, under)
  fig:add("set label %s at graph 0.5,1 center offset 0,%s front", fig:text(panel.title, columns_within(fig, panel.wide)),
    under and 1.75 or 0.8)
  if under then
    fig:add("set label %s at graph 0.5,1 center offset 0,0.65 font ',%g' tc rgb '#555555' front",
      fig:text(under, columns_within(fig, panel.wide, 0.8)), fig.font * 0.8)
  end
end

-- The least round number that is not below raw.
local function round_up(raw)
  local power = 10 ^ math.floor(math.log(raw, 10))
  for _, round in ipairs { 1, 2, 5 } do
    if round * power >= raw * 0.999 then return round * power end
  end
  return power * 10
end

-- About n round places from low to high, for set xtics and set ytics: gnuplot's own choice knows nothing of how wide a panel is.
-- fits [opt]: whether a step is wide enough for its numbers; until it is, there are fewer.
function layout.ticks(axis, low, high, n, fits)
  local step = round_up((high - low) / n)
  while fits and step < high - low and not fits(step) do step = round_up(1.5 * step) end
  return string.format("set %stics %s", axis, gnuplot.number(step))
end

-- An axis of epochs: whole ones, and no mark on an end.
function layout.epochs(fig, panel, first, last)
  local room = last > first and 0.02 * (last - first) or 0.5
  layout.range(fig, panel, "x", first - room, last + room)
  fig:add(layout.ticks("x", first, math.max(last, first + 1), math.max(1, math.min(6, last - first))))
end

-- The axes' names, where a reader looks for them: left of the first column and under the last panel of each column.
function layout.names(fig, panel, x, y)
  x, y = x or "", y or ""
  local both = { x, y }
  panel.xname, panel.yname = x, y
  fig:add("set xlabel %s offset 0,0.4 font ',%g'",
    fig:text(panel.last and fig:labels(both, columns_within(fig, panel.wide, 0.9))[x] or ""), fig.font * 0.9)
  -- A label of our own: gnuplot moves the axis's away from long numbers, off the page.
  if panel.first then
    fig:add("set label %s at screen %.5f,graph 0.5 center rotate by 90 font ',%g' front",
      fig:text(fig:labels(both, columns_within(fig, panel.high + 60, 0.9))[y]), panel.edge, fig.font * 0.9)
  end
end

-- What plots the band of a series from column 3 to column 4. Over each other fills mix to one grey, so few bands have edges, too,
-- and many are fainter. count: how many bands the panel has.
function layout.band(data, style, count)
  local fill = string.format("%s using 1:3:4 with filledcurves fc rgb '%s' fs transparent solid %.2g noborder notitle", data,
    style.color, 0.1 * math.min(1, 6 / count))
  if count > 6 then return fill end
  local edge = "%s, %s using 1:%d with lines lc rgb '#80%s' lw 0.8 notitle"
  for column = 3, 4 do fill = edge:format(fill, data, column, style.color:sub(2)) end
  return fill
end

-- What every panel looks like: light grid, no box at the top and right, small ticks.
function layout.axes(fig)
  fig:add "set border 3 lc rgb '#666666' lw 1"
  fig:add("set tics nomirror out scale 0.5 textcolor rgb '#333333' font ',%g'", fig.font * 0.8)
  fig:add "set grid back lc rgb '#dedede' lw 0.8 dt solid"
  fig:add "unset key"
end

-- Why a figure of the held-out scores of two classes has nothing to draw.
function layout.no_scores(results)
  if results.unvalidated and #results.losses > 1 and not results.ask then
    return "nothing was chosen among its losses; ask = { loss = \"…\" } names the one to be drawn"
  end
  for _, dataset in ipairs(results.datasets) do
    if dataset.positives then return "the database keeps no scores of held-out rows" end
  end
  return "no data set of the study has two classes"
end

-- Of what a loss's numbers are, for notes behind "by".
function layout.own(results) return results.unvalidated and "its last epoch" or "each fold's own choice on validation" end

-- What the two classes of a data set are called: those of spectra are targets and decoys, others have no names in a database.
function layout.classes(dataset)
  local origin = tostring(dataset.origin or "")
  if origin:find '"target_decoy"' or origin:find "%.pin%f[%A]" or origin:find "%.tab%f[%A]" then return "targets", "decoys" end
  return "positives", "negatives"
end

-- The same for several data sets, where they agree.
function layout.classes_of(datasets)
  local one, other
  for _, dataset in ipairs(datasets) do
    local a, b = layout.classes(dataset)
    if one and a ~= one then return "positives", "negatives" end
    one, other = a, b
  end
  return one or "positives", other or "negatives"
end

-- "n = 569, 37 % positives"
function layout.size(dataset)
  local share = dataset.positives and dataset.rows > 0
    and string.format(", %.2g %% %s", math.floor(1000 * dataset.positives / dataset.rows + 0.5) / 10, layout.classes(dataset)) or ""
  return string.format("n = %d%s", dataset.rows, share)
end

-- "AUC": how a metric is called in a figure.
local metrics = { auc = "AUC", partial_auc = "partial AUC" }
function layout.metric(results) return metrics[results.metric] or results.metric end

-- "margin ξ₀", "margin_lr η_ξ": how a loss's parameter is called in a figure; short: the symbol alone, if it has one.
function layout.parameter(results, loss, name, short)
  local sets, number = results:sets(loss, name)
  if not sets then return name end
  local symbol = sets == "start" and number.symbol .. "₀" or "η_" .. number.symbol
  return short and symbol or name .. " " .. symbol
end

-- The legend of the losses in the set `shown`; with their points unless plain.
function layout.legend(results, shown, plain)
  local out = {}
  for _, loss in ipairs(results.losses) do
    if shown[loss.name] then
      local style = layout.style(results, loss.name)
      out[#out + 1] = { text = loss.name, style = { color = style.color, dash = style.dash, point = not plain and style.point
        or nil } }
    end
  end
  return out
end

-- A loss keeps its style in every figure.
function layout.style(results, loss) return gnuplot.style(results.losses[loss].place) end

return layout
