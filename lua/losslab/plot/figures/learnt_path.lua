-- What the asked loss learns (or the first that learns), by epoch: a panel a number and data set. A line for each start and rate:
-- colour and point for the start, dash for the rate; a number without them has a line a configuration. Mean over folds and seeds
-- and the configurations that differ in something else. Of a search, which tries many, the chosen one stands out among grey ones.
local layout = require "losslab.plot.layout"
local gnuplot = require "losslab.plot.gnuplot"
local setting = require "losslab.results.setting"

local MANY = 12 -- starts or rates that have a look of their own
local CHOSEN, OTHERS = { color = "#0072b2", dash = "solid", line = true }, { color = "#b8b8b8", dash = "solid", line = true }

local function is_many(scale) return #scale.starts > MANY or #scale.rates > MANY end

-- Values in the order in which they are first seen; sorted once all are there.
local function places() return { place = {} } end

local function place(list, value)
  if value == nil then value = "default" end
  if not list.place[value] then
    list[#list + 1] = value
    list.place[value] = #list
  end
  return value
end

local function sort(list)
  table.sort(list, function(a, b)
    if type(a) == "number" and type(b) == "number" then return a < b end
    return tostring(a) < tostring(b)
  end)
  for i, value in ipairs(list) do list.place[value] = i end
end

-- The recorded path of a configuration. Values are recorded after each epoch; the one before the first epoch is the start.
local function path_of(results, dataset, config, number)
  local rows, start = {}, config.parameters[number.start]
  for row in results.store:rows("learnt_path", { dataset = dataset.id, config = config.id, name = number.name }) do
    rows[#rows + 1] = row
  end
  if #rows > 0 and rows[1].epoch > 0 and type(start) == "number" then
    table.insert(rows, 1, { epoch = 0, mean = start, n = rows[1].n })
  end
  return rows
end

-- Adds the rows to the line's points { epoch, sum, count }.
local function gather(line, rows)
  for _, row in ipairs(rows) do
    local point = line.by[row.epoch]
    if not point then
      point = { row.epoch, 0, 0 }
      line.by[row.epoch] = point
      line.rows[#line.rows + 1] = point
    end
    point[2], point[3] = point[2] + row.mean * row.n, point[3] + row.n
  end
end

-- The lines of a number on a data set, or nil. scale: the number, and the starts and rates that its styles stand for.
local function panel_of(results, dataset, loss, scale)
  local number, lines, by, low, high = scale.number, {}, {}, 0, 0
  local chosen = results:choose(dataset, loss.name)
  for _, config in ipairs(loss.configs) do
    local rows = path_of(results, dataset, config, number)
    if #rows > 0 then
      local start = number.start and config.parameters[number.start]
      if not number.start and not number.rate then start = results:describe(config.id) end
      start = place(scale.starts, start)
      local rate = number.rate and place(scale.rates, config.parameters[number.rate])
      local key = tostring(start) .. " " .. tostring(rate)
      if not by[key] then
        by[key] = { start = start, rate = rate, by = {}, rows = {} }
        lines[#lines + 1] = by[key]
      end
      by[key].chosen = by[key].chosen or chosen ~= nil and chosen.config == config.id
      gather(by[key], rows)
    end
  end
  for _, line in ipairs(lines) do
    table.sort(line.rows, function(a, b) return a[1] < b[1] end)
    for _, point in ipairs(line.rows) do
      point[2] = point[2] / point[3]
      low, high = math.min(low, point[2]), math.max(high, point[2])
    end
  end
  if #lines == 0 then return nil end
  return { dataset = dataset, scale = scale, lines = lines, low = low, high = math.max(high, low + 1e-6) }
end

local function style_of(scale, start, rate)
  local s, r = start ~= nil and gnuplot.style(scale.starts.place[start]), rate ~= nil and scale.rates.place[rate]
  return { color = s and s.color or "#666666", point = s and s.point,
    dash = r and gnuplot.dashes[(r - 1) % #gnuplot.dashes + 1] or "solid" }
end

-- What a number's colours stand for: its starts, or the loss's configurations if no parameter sets its start.
local function start_text(number, start)
  return number.start and number.symbol .. "₀ = " .. setting.number_text(start) or tostring(start)
end

-- The legend of what the styles stand for, each entry once.
local function legend_of(scales)
  local legend, seen = {}, {}
  local function add(text, style, newline)
    if seen[text] then return end
    seen[text] = true
    legend[#legend + 1] = { text = text, style = style, newline = newline and #legend > 0 }
  end
  local function add_all(scale)
    if is_many(scale) then
      add("chosen on validation", CHOSEN)
      add("other configurations", OTHERS)
      return
    end
    for i, start in ipairs(scale.starts) do add(start_text(scale.number, start), style_of(scale, start), i == 1) end
    for i, rate in ipairs(scale.rates) do
      add("η_" .. scale.number.symbol .. " = " .. setting.number_text(rate), style_of(scale, nil, rate), i == 1)
    end
  end
  for _, scale in ipairs(scales) do add_all(scale) end
  return legend
end

local function note_of(scale)
  local number = scale.number
  if is_many(scale) then return "Mean over folds and seeds." end
  local colour = number.start and string.format("initial %s %s₀", number.name, number.symbol) or "configuration"
  local dash = number.rate and string.format("; dash: its learning rate η_%s", number.symbol) or ""
  return string.format("Mean over folds and seeds. Colour and point: %s%s.", colour, dash)
end

-- "margin ξ"; a name that is its own symbol stands alone.
local function called(number) return number.symbol == number.name and number.name or number.name .. " " .. number.symbol end

-- "ξ₀ = 0.1, η_ξ = 0.01"
local function line_text(number, line)
  local words = {}
  if line.start ~= nil then words[1] = start_text(number, line.start) end
  if line.rate ~= nil then words[#words + 1] = "η_" .. number.symbol .. " = " .. setting.number_text(line.rate) end
  return table.concat(words, ", ")
end

local function draw_panel(fig, panel, at, several)
  layout.title(fig, at, layout.size(panel.dataset))
  layout.names(fig, at, "epoch", several and "" or called(panel.scale.number))
  local first, last = math.huge, -math.huge
  for _, line in ipairs(panel.lines) do
    first, last = math.min(first, line.rows[1][1]), math.max(last, line.rows[#line.rows][1])
  end
  local room = panel.high - panel.low
  layout.epochs(fig, at, first, last)
  layout.range(fig, at, "y", panel.low - 0.03 * room, panel.high + 0.06 * room)
  fig:add(layout.ticks("y", panel.low, panel.high, 5))
  local parts, every = {}, math.max(1, math.floor((last - first) / 5))
  local many, front = is_many(panel.scale), {}
  for _, line in ipairs(panel.lines) do
    local s = style_of(panel.scale, line.start, line.rate)
    local to = many and line.chosen and front or parts
    to[#to + 1] = many and string.format("%s using 1:2 with lines lc rgb '%s' lw %g notitle", fig:data(line.rows),
        (line.chosen and CHOSEN or OTHERS).color, line.chosen and 3 or 1)
      or string.format("%s using 1:2 with linespoints lc rgb '%s' lw 2 dt %s pt %d ps 0.9 pi %d notitle",
      fig:data(line.rows), s.color, s.dash, s.point, -every)
    fig:shows(at, { text = line_text(panel.scale.number, line), points = line.rows, y = panel.scale.number.name })
  end
  table.move(front, 1, #front, #parts + 1, parts)
  fig:add("plot %s", table.concat(parts, ", "))
end

return {
  name = "learnt_path",
  draw = function(fig, results)
    local loss = results:learner()
    if not loss then return nil, "no loss of the study learns a number of its own" end
    local scales, panels, names = {}, {}, {}
    for i, number in ipairs(loss.learns) do
      scales[i], names[i] = { number = number, starts = places(), rates = places() }, called(number)
      for _, dataset in ipairs(results.datasets) do
        local panel = panel_of(results, dataset, loss, scales[i])
        if panel and #loss.learns > 1 then panel.title = dataset.name .. ": " .. names[i] end
        panels[#panels + 1] = panel
      end
      sort(scales[i].starts)
      sort(scales[i].rates)
    end
    if #panels == 0 then return nil, "nothing that a loss learnt was recorded" end
    layout.axes(fig)
    local begin = layout.grid(fig, #panels, { note = note_of(scales[1]), legend = legend_of(scales),
      titles = layout.titles(panels),
      title = string.format("%s: the %s by epoch", loss.name, table.concat(names, ", ")) })
    for i, panel in ipairs(panels) do draw_panel(fig, panel, begin(i), #scales > 1) end
    fig:describe("What %s learns, %s, by epoch: mean over runs on %d data set%s.", loss.name, table.concat(names, ", "),
      #results.datasets, #results.datasets == 1 and "" or "s")
    return true
  end,
}
