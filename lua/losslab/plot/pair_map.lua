-- Heat maps of the validation metric over two fields of a loss's configurations: a cell a pair of values, its number in it; other
-- fields are at their best (on validation) in each cell. Colours are each map's own, since data sets differ by more than cells do.
-- Fields of a search have many values: stretches of them then.
local fields = require "losslab.study.fields"
local layout = require "losslab.plot.layout"
local scale = require "losslab.plot.scale"
local shared = require "losslab.plot.shared"
local text = require "losslab.text"

local pair_map = {}

-- Cividis: from dark blue to yellow, in the same order with and without colour vision and in grey
-- (Nuñez, Anderton and Renslow 2018, PLoS ONE 13:e0199239).
local cividis = { "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#fee838" }
local first_light = 6 -- from here on black text reads better than white

local MANY, STRETCHES = 14, 6 -- values along a side, before stretches of them are taken

-- A side: what it is called, the words of its places, and the place of a value.
local function side(results, loss, name)
  local values, left_out = scale.values(loss, name)
  local out = { name = name, words = {}, called = layout.parameter(results, loss.name, name) }
  if #values <= MANY or type(values[#values]) ~= "number" then
    for i, value in ipairs(values) do out.words[i] = value == false and left_out or fields.word(value) end
    function out.at(value)
      for i, each in ipairs(values) do
        if each == false and value == nil or fields.same(value, each) then return i end
      end
    end
    return out
  end
  if values[1] == false then table.remove(values, 1) end
  local edges = {}
  for k = 1, STRETCHES do edges[k] = values[math.max(1, k * #values // STRETCHES)] end
  for k = 1, STRETCHES do
    out.words[k] = "to " .. text.number(edges[k], 2)
  end
  function out.at(value)
    for k = 1, type(value) == "number" and STRETCHES or 0 do
      if value <= edges[k] then return k end
    end
  end
  return out
end

-- A map of cells[i][j] = {value, lost}: with the place of the chosen cell (the fewest lost runs come first, as in every choice)
-- and the range of the colours, which reaches from the best value down to three times the distance of the median, so that a few
-- collapsed cells do not make the others look alike.
local function map_of(results, axes, cells, title, under)
  local map, all = { axes = axes, cells = cells, title = title, under = under }, {}
  local chosen
  for i = 1, #axes.x.words do
    for j = 1, #axes.y.words do
      local cell = cells[i] and cells[i][j]
      if cell then
        cell.good = results.sign * cell.value
        all[#all + 1] = cell.good
        if not chosen or cell.lost < chosen.lost or cell.lost == chosen.lost and cell.good > chosen.good then
          chosen, map.i, map.j = cell, i, j
        end
      end
    end
  end
  if not chosen then return nil end
  table.sort(all)
  map.best, map.worst = all[#all], all[1]
  local median = all[(#all + 1) // 2]
  if median < map.best then map.worst = math.max(map.worst, map.best - 3 * (map.best - median)) end
  return map
end

local function cells_of(results, dataset, axes)
  local cells = {}
  for i = 1, #axes.x.words do
    cells[i] = {}
    for j = 1, #axes.y.words do
      local row = results:choose(dataset, axes.loss.name, function(_, f)
        return axes.x.at(f[axes.x.name]) == i and axes.y.at(f[axes.y.name]) == j
      end)
      if row then cells[i][j] = { value = row.valid_mean, lost = row.lost } end
    end
  end
  return cells
end

-- Means of cells (all) over data sets, and whether they are of differences from what is chosen on each. Of others, what some data
-- set lacks would not compare and is left out.
local function mean_of(results, datasets, all, axes)
  local out, zeros, relative = {}, {}, not (shared.configs(results))
  for k, dataset in ipairs(datasets) do zeros[k] = relative and shared.chosen(results, dataset, axes.loss) or 0 end
  for i = 1, #axes.x.words do
    out[i] = {}
    for j = 1, #axes.y.words do
      local sum, lost, n = 0, 0, 0
      for k, cells in ipairs(all) do
        local cell = cells[i][j]
        if cell then sum, lost, n = sum + cell.value - zeros[k], lost + cell.lost, n + 1 end
      end
      if n > 0 and (n == #all or relative) then out[i][j] = { value = sum / n, lost = lost } end
    end
  end
  return out, relative
end

local function under_mean(count, relative)
  return string.format(relative and "difference from the chosen, %d data sets" or "mean of %d data sets", count)
end

-- The two fields of a loss as what the functions below take.
function pair_map.axes(results, loss, x, y) return { loss = loss, x = side(results, loss, x), y = side(results, loss, y) } end

-- A map a data set, and one for their mean where there are several.
function pair_map.by_dataset(results, axes)
  local out, all, datasets = {}, {}, {}
  for _, dataset in ipairs(results.datasets) do
    local cells = cells_of(results, dataset, axes)
    local map = map_of(results, axes, cells, dataset.name, layout.size(dataset))
    if map then out[#out + 1], all[#all + 1], datasets[#datasets + 1] = map, cells, dataset end
  end
  if #all > 1 then
    local cells, relative = mean_of(results, datasets, all, axes)
    out[#out + 1] = map_of(results, axes, cells, "mean of the data sets",
      relative and under_mean(#all, relative) or string.format("%d data sets, each counts one", #all))
  end
  return out
end

-- The map of the mean over the data sets, or of the only one; nil where there is none.
function pair_map.together(results, axes, title)
  local all = {}
  for i, dataset in ipairs(results.datasets) do all[i] = cells_of(results, dataset, axes) end
  local cells, relative = mean_of(results, results.datasets, all, axes)
  return map_of(results, axes, cells, title, #all > 1 and under_mean(#all, relative) or layout.size(results.datasets[1]))
end

-- ---- drawing -------------------------------------------------------------------------------------------------------------------

-- The ticks of both sides: those of x slanted where the longest does not stand in its room (pixels), which moves the axis's name
-- too far down.
local function ticks(fig, axes, room)
  local longest = 0
  for _, word in ipairs(axes.x.words) do longest = math.max(longest, fig:pixels(fig.show(word), fig.font * 0.8)) end
  if longest > 1.2 * room then
    fig:add("set xtics rotate by -25 %s\nset xlabel offset 0,1.1", fig:ticks(axes.x.words, 10))
  else
    fig:add("set xtics norotate %s", fig:ticks(axes.x.words, 12))
  end
  fig:add("set ytics %s", fig:ticks(axes.y.words, 12))
end

local function box(fig, i, j, half, look)
  fig:add("set object rectangle from first %g,%g to first %g,%g %s", i - half, j - half, i + half, j + half, look)
end

local function draw_map(fig, results, map, place)
  local axes = map.axes
  local wide, high = #axes.x.words, #axes.y.words
  ticks(fig, axes, place.inner / wide)
  layout.range(fig, place, "x", 0.5, wide + 0.5)
  layout.range(fig, place, "y", 0.5, high + 0.5)
  local span = map.best - map.worst
  local digits = span > 0 and math.max(3, math.min(5, math.ceil(1.3 - math.log(span, 10)))) or 3 -- as many as tell cells apart
  local size = math.min(fig.font, place.inner / wide / (digits + 3) / 0.8, place.high / high / 2.4)
  local points, names = {}, {}
  for i = 1, wide do
    for j = 1, high do
      local cell = map.cells[i] and map.cells[i][j]
      local step = cell and #cividis
      if cell and span > 0 then step = math.max(1, math.min(step, 1 + (cell.good - map.worst) / span * #cividis // 1)) end
      box(fig, i, j, 0.5, string.format("fc rgb '%s' fs solid border rgb 'white' lw 1 behind", cell and cividis[step] or "#eeeeee"))
      local shown = cell and string.format("%." .. digits .. "f", cell.value):gsub("^%-(0%.0+)$", "%1")
        .. (cell.lost > 0 and "*" or "") or "none"
      fig:add("set label %s at first %d,%d center font ',%.3g' tc rgb '%s' front", fig:text(shown), i, j, size,
        not cell and "#888888" or step < first_light and "white" or "black")
      if cell then
        names[#points + 1] = string.format("%s %s, %s %s, %s %s", axes.x.called, axes.x.words[i], axes.y.called, axes.y.words[j],
          layout.metric(results), shown)
        points[#points + 1] = { i, j, told = names[#points + 1] }
      end
    end
  end
  fig:shows(place, { text = "", points = points })
  box(fig, map.i, map.j, 0.48, "fs empty border rgb 'black' lw 3 front")
  fig:add "plot NaN notitle"
end

-- o: title, note (what comes before what all maps say).
function pair_map.draw(fig, results, maps, o)
  local lost, most, facts, left = false, 0, {}, 84
  for _, map in ipairs(maps) do
    for _, word in ipairs(map.axes.y.words) do
      left = math.max(left, 38 + fig:pixels(text.shorten(fig.show(word), 12), fig.font * 0.8))
    end
    most = math.max(most, #map.axes.x.words)
    for _, column in pairs(map.cells) do
      for _, cell in pairs(column) do lost = lost or type(cell) == "table" and cell.lost > 0 end
    end
    facts[#facts + 1] = string.format("%s: best at %s %s, %s %s, %s", map.title, map.axes.x.called, map.axes.x.words[map.i],
      map.axes.y.called, map.axes.y.words[map.j], text.number(map.cells[map.i][map.j].value, 3))
  end
  fig:describe("%s. %s.", o.title, text.listed(facts, 8))
  layout.axes(fig)
  fig:add "set border 0\nset tics scale 0\nunset grid"
  local begin = layout.grid(fig, #maps, { title = o.title,
    note = string.format("Mean %s on validation over folds and seeds. Colour: each panel's own, from far below its best (dark) "
      .. "to its best (light); framed: chosen.%s", layout.metric(results), lost and " *: some runs diverged or failed." or ""),
    left = left, widest = math.max(1.2, 0.55 * most), titles = layout.titles(maps) })
  for k, map in ipairs(maps) do
    local place = begin(k)
    layout.title(fig, place, map.under)
    if o.own then place.first, place.last = true, true end -- each has axes of its own
    layout.names(fig, place, map.axes.x.called, map.axes.y.called)
    draw_map(fig, results, map, place)
  end
  return true
end

return pair_map
