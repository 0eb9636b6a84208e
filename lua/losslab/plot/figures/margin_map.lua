-- Heat map of the validation metric over two fields of the asked loss's configurations: by default start and rate of what it
-- learns (margin ξ₀ and η_ξ). A panel a data set and one for their mean, the number in the cell; colours are each
-- panel's own, since data sets differ by more than cells do. Other fields are at their best
-- (on validation) in each cell.
local fields = require "losslab.study.fields"
local layout = require "losslab.plot.layout"
local setting = require "losslab.results.setting"
local text = require "losslab.text"

-- Cividis: from dark blue to yellow, in the same order with and without colour vision and in grey
-- (Nuñez, Anderton and Renslow 2018, PLoS ONE 13:e0199239).
local cividis = { "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#fee838" }
local first_light = 6 -- from here on black text reads better than white

-- The loss and the two fields to draw: what is asked about first. nil and why where there are none.
local function axes_of(results)
  local ask = results.ask or {}
  local loss = ask.loss and results.losses[ask.loss] or results:learner()
  if not loss then return nil, "the study does not ask about a loss" end
  local x, y, number = nil, nil, loss.learns[1] or {}
  for _, name in ipairs(loss.varied) do
    if name == (ask.vary or number.rate) then x = name end
  end
  for _, name in ipairs(loss.varied) do
    if name == number.start and name ~= x then y = name end
  end
  for _, name in ipairs(loss.varied) do
    if not x and name ~= y then x = name elseif not y and name ~= x then y = name end
  end
  if x and y then return { loss = loss, x = x, y = y } end
  return nil, string.format("the study varies fewer than two fields of %s", text.clean(loss.name))
end

-- The values of a field; false first where configurations leave it out.
local function values_of(loss, name)
  local list = { table.unpack(loss.values[name]) }
  for _, config in ipairs(loss.configs) do
    if config.fields[name] == nil then
      table.insert(list, 1, false)
      break
    end
  end
  return list
end

local function is(value, wanted) return wanted == false and value == nil or fields.same(value, wanted) end

-- A panel of cells[i][j] = {value, lost}: with the place of the chosen cell (the fewest lost runs come first, as in every choice)
-- and the range of the colours, which reaches from the best value down to three times the distance of the median, so that a few
-- collapsed cells do not make the others look alike.
local function panel_of(results, cells, title, under)
  local panel, all = { cells = cells, title = title, under = under }, {}
  local chosen
  for i = 1, cells.n do
    for j = 1, cells[i].n do
      local cell = cells[i][j]
      if cell then
        cell.good = results.sign * cell.value
        all[#all + 1] = cell.good
        if not chosen or cell.lost < chosen.lost or cell.lost == chosen.lost and cell.good > chosen.good then
          chosen, panel.i, panel.j = cell, i, j
        end
      end
    end
  end
  if not chosen then return nil end
  table.sort(all)
  panel.best, panel.worst = all[#all], all[1]
  local median = all[(#all + 1) // 2]
  if median < panel.best then panel.worst = math.max(panel.worst, panel.best - 3 * (panel.best - median)) end
  return panel
end

local function read(results, axes, xs, ys)
  local panels, sums = {}, { n = #xs }
  for _, dataset in ipairs(results.datasets) do
    local cells = { n = #xs }
    for i, x in ipairs(xs) do
      cells[i], sums[i] = { n = #ys }, sums[i] or { n = #ys }
      for j, y in ipairs(ys) do
        local row = results:choose(dataset, axes.loss.name, function(_, f) return is(f[axes.x], x) and is(f[axes.y], y) end)
        if row then
          cells[i][j] = { value = row.valid_mean, lost = row.lost }
          local sum = sums[i][j] or { value = 0, lost = 0, n = 0 }
          sum.value, sum.lost, sum.n = sum.value + row.valid_mean, sum.lost + row.lost, sum.n + 1
          sums[i][j] = sum
        end
      end
    end
    panels[#panels + 1] = panel_of(results, cells, dataset.name, layout.size(dataset)) or nil
  end
  local count = #panels
  if count > 1 then
    for _, column in ipairs(sums) do
      for j = 1, #ys do
        local sum = column[j]
        if sum then sum.value = sum.value / sum.n end
        if sum and sum.n < count then column[j] = nil end -- a mean over fewer data sets would not compare
      end
    end
    panels[#panels + 1] = panel_of(results, sums, "mean of the data sets",
      string.format("%d data sets, each counts one", count)) or nil
  end
  return panels
end

-- The values as ticks of the axes: those of x slanted where the longest does not stand in its room (pixels), which moves the
-- axis's name too far down.
local function ticks(fig, xs, ys, room)
  local words, longest = { {}, {} }, 0
  for i, value in ipairs(xs) do
    words[1][i] = setting.number_text(value or nil)
    longest = math.max(longest, fig:pixels(fig.show(words[1][i]), fig.font * 0.8))
  end
  for j, value in ipairs(ys) do words[2][j] = setting.number_text(value or nil) end
  if longest > 1.2 * room then
    fig:add("set xtics rotate by -25 %s\nset xlabel offset 0,1.1", fig:ticks(words[1], 10))
  else
    fig:add("set xtics %s", fig:ticks(words[1], 12))
  end
  fig:add("set ytics %s", fig:ticks(words[2], 12))
end

local function box(fig, i, j, half, look)
  fig:add("set object rectangle from first %g,%g to first %g,%g %s", i - half, j - half, i + half, j + half, look)
end

local function draw(fig, results)
  local axes, why = axes_of(results)
  if not axes then return nil, why end
  local xs, ys = values_of(axes.loss, axes.x), values_of(axes.loss, axes.y)
  local panels = read(results, axes, xs, ys)
  if #panels == 0 then return nil, "no trial of " .. text.clean(axes.loss.name) .. " is finished" end

  local lost = false
  for _, panel in ipairs(panels) do
    for _, column in ipairs(panel.cells) do
      for j = 1, #ys do lost = lost or column[j] ~= nil and column[j].lost > 0 end
    end
  end
  layout.axes(fig)
  fig:add "set border 0\nset tics scale 0\nunset grid"
  local begin = layout.grid(fig, #panels, {
    title = string.format("%s: %s over %s and %s", axes.loss.name, layout.metric(results), layout.parameter(results,
      axes.loss.name, axes.y), layout.parameter(results, axes.loss.name, axes.x)),
    note = string.format("Mean %s on validation over folds and seeds. Colour: each panel's own, from far below its best (dark) "
      .. "to its best (light); framed: chosen.%s", layout.metric(results), lost and " *: some runs diverged or failed." or ""),
    widest = math.max(1.2, 0.55 * #xs), titles = layout.titles(panels),
  })
  for k, panel in ipairs(panels) do
    local place = begin(k)
    layout.title(fig, place, panel.under)
    layout.names(fig, place, layout.parameter(results, axes.loss.name, axes.x), layout.parameter(results, axes.loss.name, axes.y))
    ticks(fig, xs, ys, place.inner / #xs)
    fig:add("set xrange [0.5:%g]\nset yrange [0.5:%g]", #xs + 0.5, #ys + 0.5)
    local span = panel.best - panel.worst
    local digits = span > 0 and math.max(3, math.min(5, math.ceil(1.3 - math.log(span, 10)))) or 3 -- as many as tell cells apart
    local size = math.min(fig.font, place.inner / #xs / (digits + 3) / 0.8, place.high / #ys / 2.4)
    for i = 1, #xs do
      for j = 1, #ys do
        local cell = panel.cells[i] and panel.cells[i][j]
        local step = cell and #cividis
        if cell and span > 0 then step = math.max(1, math.min(step, 1 + (cell.good - panel.worst) / span * #cividis // 1)) end
        box(fig, i, j, 0.5, string.format("fc rgb '%s' fs solid border rgb 'white' lw 1 behind", cell and cividis[step]
          or "#eeeeee"))
        local shown = cell and string.format("%." .. digits .. "f%s", cell.value, cell.lost > 0 and "*" or "") or "none"
        fig:add("set label %s at first %d,%d center font ',%.3g' tc rgb '%s' front", fig:text(shown), i, j, size,
          not cell and "#888888" or step < first_light and "white" or "black")
      end
    end
    box(fig, panel.i, panel.j, 0.48, "fs empty border rgb 'black' lw 3 front")
    fig:add "plot NaN notitle"
  end
  return true
end

return { name = "margin_map", draw = draw }
