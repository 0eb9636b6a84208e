-- A figure in characters: the panels that plot/panels.lua draws by gnuplot (lines, marks, filled steps, heat), each with axes,
-- ticks and names, a legend above them, fitted to so many columns and lines.
--   picture(figure, { width, height, kind = "braille", depth }) -> lines of runs, as terminal/page.lua has them
-- kind: "braille", "block" or "ascii"; depth: how many colours (terminal/shades.lua).
local axes = require "losslab.plot.axes"
local dots = require "losslab.plot.terminal.dots"
local heatmap = require "losslab.plot.terminal.heatmap"
local page = require "losslab.plot.terminal.page"
local shades = require "losslab.plot.terminal.shades"
local text = require "losslab.text"
local ticks = require "losslab.plot.terminal.ticks"

local lines_of = { { v = "│", h = "─", corner = "└", left = "┤", under = "┬" },
  { v = "|", h = "-", corner = "+", left = "+", under = "+" } }
local eighths = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local dashes = { false, { 6, 4 }, { 2, 3 }, { 10, 3 } }
local samples = { "━━", "╍╍", "··", "━ " }
local marks = { "•", "+", "×", "○", "◆", "▲", "□", "◇" }
local LARGE = 120 -- as many marks as are drawn large
local NARROW = 36 -- columns that a panel has at least beside others

local function finite(x) return x and x == x and math.abs(x) < math.huge end

-- ---- where things are --------------------------------------------------------------------------------------------------------

-- A function that gives for a number its share of the way from low to high; nil where it is none.
local function scale(low, high, log)
  if log then low, high = math.log(low), math.log(high) end
  return function(x)
    if not finite(x) or log and x <= 0 then return nil end
    return ((log and math.log(x) or x) - low) / (high - low)
  end
end

-- The tick labels below the axis, those left out that would touch the one before.
local function write_below(sheet, marked, at, line, colour)
  local free = 1
  for _, tick in ipairs(marked) do
    local wide = text.width(tick[2])
    local x = math.max(1, math.min(at(tick[1]) - wide // 2, sheet.width - wide + 1))
    if x >= free then
      sheet:write(x, line, tick[2], colour)
      tick.shown = true
      free = x + wide + 1
    end
  end
end

-- ---- what is drawn -------------------------------------------------------------------------------------------------------------

-- The look of the n-th series: colour, sign (ASCII), and where there are no colours a dash or a mark of its own.
local function style(look, series)
  local n = series.style or 1
  local plain = not look.depth and look.several and look.kind ~= "ascii"
  return { colour = shades.series(look.depth, n), sign = n == 0 and "." or dots.signs[(n - 1) % #dots.signs + 1],
    dash = n == 0 and { 1, 3 } or plain and dashes[(n - 1) % #dashes + 1] or nil,
    mark = plain and marks[(n - 1) % #marks + 1] or nil,
    sample = n == 0 and "··" or plain and samples[(n - 1) % #samples + 1] or "━━" }
end

-- A filled step function, one column of blocks a character.
local function columns(sheet, area, series, look)
  local its, base = style(look, series), area.y(area.log_y and area.low or math.max(0, area.low)) or 0
  for column = 0, area.width - 1 do
    local height
    for i, count in ipairs(series.steps.counts) do
      local from, to = area.x(series.steps.edges[i]), area.x(series.steps.edges[i + 1])
      -- the step that the middle of the column is in, or any that lies whole inside of the column
      local a, b = column / area.width, (column + 1) / area.width
      if from and to and count > 0 and (from <= (a + b) / 2 and to > (a + b) / 2 or from >= a and to <= b) then
        height = math.max(height or 0, area.y(count) or 0)
      end
    end
    local full = height and math.max(1, math.floor((height - base) * area.height * 8 + 0.5)) or 0
    for line = 0, math.min(area.height, (full + 7) // 8) - 1 do
      local cell = look.kind == "ascii" and "#" or eighths[math.min(8, full - 8 * line)]
      sheet:put(area.left + column, area.top + area.height - 1 - line, cell, its.colour)
    end
  end
end

local function mark(canvas, x, y, large, its)
  x, y = math.floor(x + 0.5), math.floor(y + 0.5)
  canvas:set(x, y, its.colour, its.sign)
  if large and canvas.how.across > 1 then
    for _, d in ipairs { { 1, 0 }, { 0, 1 }, { 1, 1 } } do canvas:set(x + d[1], y + d[2], its.colour, its.sign) end
  end
end

local function draw(canvas, area, series, look)
  local its, before, walked = style(look, series), nil, 0
  local large = #series.points <= LARGE
  for _, point in ipairs(series.points) do
    local x, y = area.x(point and point[1]), area.y(point and point[2])
    local here = x and y and { x * (canvas.width - 1), (1 - y) * (canvas.height - 1) }
    if here and series.line ~= false then
      if before then walked = canvas:line(before[1], before[2], here[1], here[2], its.colour, its.sign, its.dash, walked)
      elseif series.mark == false then canvas:set(math.floor(here[1] + 0.5), math.floor(here[2] + 0.5), its.colour, its.sign) end
    end
    if here and series.mark ~= false and x >= 0 and x <= 1 and y >= 0 and y <= 1 then
      if its.mark and series.line == false then
        local column, line = math.floor(here[1] + 0.5) // canvas.how.across, math.floor(here[2] + 0.5) // canvas.how.down
        area.marks[#area.marks + 1] = { column, line, its }
      else
        mark(canvas, here[1], here[2], large, its)
      end
    end
    before = here
  end
end

-- ---- a panel -----------------------------------------------------------------------------------------------------------------

local function panel_page(panel, o, width, height, look)
  local sheet, pen = page.new(width, height), look.kind == "ascii" and lines_of[2] or lines_of[1]
  local grey, heat = shades.axis(look.depth), nil
  for _, series in ipairs(panel.series) do heat = heat or series.heat and series end
  local x_name, y_name = panel.x or o.x or "", panel.y or o.y or ""
  local top = 1
  if (panel.title or "") ~= "" then
    sheet:write(math.max(1, (width - text.width(text.clean(panel.title))) // 2 + 1), 1, panel.title)
    top = 2
  end
  if y_name ~= "" then
    sheet:write(1, top, y_name, grey)
    top = top + 1
  end
  local area = { top = top, height = math.max(2, height - top - 1 - (x_name ~= "" and 1 or 0)), log_y = panel.logy, marks = {} }
  local left, right, low, high = 0, 1, 0, 1
  if not heat then
    local a, b, c, d = axes.ends(panel)
    left, right, low, high = a or 0, b or 1, c or 0, d or 1
    if right == left then left, right = left - 1, right + 1 end
    if high == low then low, high = low - 1, high + 1 end
  end
  -- how wide the labels at the left are decides how wide the rest is
  local down
  if heat then down = select(2, heatmap.ticks(heat, width, area.height))
  else down = ticks.between(low, high, math.max(1, area.height // 4), panel.logy) end
  local gutter = 0
  for _, tick in ipairs(down) do gutter = math.max(gutter, text.width(tick[2])) end
  gutter = math.min(gutter, width // 3)
  area.left = gutter + 3
  area.width = math.max(4, width - gutter - 2 - (heat and heatmap.room(heat, area.height) or 1))
  local across
  if heat then across = heatmap.ticks(heat, area.width, area.height)
  elseif panel.names then
    across = {}
    for i, name in ipairs(panel.names) do across[i] = { i, text.shorten(name, math.max(4, area.width // #panel.names - 1)) } end
  else across = ticks.between(left, right, math.max(1, area.width // 12), panel.logx, panel.counted) end
  area.low = low
  if heat then
    area.x, area.y = function(x) return x end, function(y) return 1 - y end
  else
    area.x, area.y = scale(left, right, panel.logx), scale(low, high, panel.logy)
  end
  -- A character's row and column by share: those that the dots there have.
  local how = heat and { across = 1, down = 1 } or dots.new(look.kind, area.width, area.height).how
  local function column(x)
    local share = area.x(x) or 0
    if heat then return area.left + math.min(area.width - 1, math.floor(share * area.width)) end
    return area.left + math.floor(share * (area.width * how.across - 1) + 0.5) // how.across
  end
  local function line(y)
    local share = 1 - (area.y(y) or 0)
    if heat then return area.top + math.min(area.height - 1, math.floor(share * area.height)) end
    return area.top + math.floor(share * (area.height * how.down - 1) + 0.5) // how.down
  end
  for y = area.top, area.top + area.height - 1 do sheet:put(gutter + 2, y, pen.v, grey) end
  for _, tick in ipairs(down) do
    local y = line(tick[1])
    if y >= area.top and y < area.top + area.height then
      sheet:put(gutter + 2, y, pen.left, grey)
      local label = text.shorten(tick[2], gutter)
      sheet:write(gutter + 1 - text.width(label), y, label, grey)
    end
  end
  local floor = area.top + area.height
  sheet:put(gutter + 2, floor, pen.corner, grey)
  for x = area.left, area.left + area.width - 1 do sheet:put(x, floor, pen.h, grey) end
  write_below(sheet, across, column, floor + 1, grey)
  for _, tick in ipairs(across) do
    local x = column(tick[1])
    if tick.shown and x >= area.left and x < area.left + area.width then sheet:put(x, floor, pen.under, grey) end
  end
  if x_name ~= "" then
    sheet:write(math.max(1, area.left + (area.width - text.width(text.clean(x_name))) // 2), floor + 2, x_name, grey)
  end
  if heat then
    heatmap.draw(sheet, heat, area.left, area.top, area.width, area.height, look)
    return sheet
  end
  local canvas, filled = dots.new(look.kind, area.width, area.height), 0
  for _, series in ipairs(panel.series) do filled = filled + (series.steps and 1 or 0) end
  for _, series in ipairs(panel.series) do
    if series.steps and filled == 1 then columns(sheet, area, series, look) else draw(canvas, area, series, look) end
  end
  canvas:onto(sheet, area.left, area.top)
  for _, each in ipairs(area.marks) do sheet:put(area.left + each[1], area.top + each[2], each[3].mark, each[3].colour) end
  return sheet
end

-- ---- the figure ----------------------------------------------------------------------------------------------------------------

-- The legend: rows of { text, style of the series, whether a line }, as many a row as there is room for.
local function legend_rows(o, look)
  local rows, row, taken, seen = {}, {}, 0, {}
  if o.legend == false then return rows end
  for _, panel in ipairs(o.panels) do
    for _, series in ipairs(panel.series) do
      if series.text ~= "" and not series.heat and not seen[series.text] then
        seen[series.text] = true
        local its, words = style(look, series), text.shorten(series.text, math.max(6, look.width - 6))
        local sample = look.kind == "ascii" and (series.steps and #panel.series == 1 and "#" or its.sign)
          or series.line == false and (its.mark or "•") or its.sample
        local wide = text.width(sample) + 1 + text.width(words)
        if taken + wide + 3 > look.width and #row > 0 then
          rows[#rows + 1], row, taken = row, {}, 0
        end
        row[#row + 1], taken = { sample = sample, colour = its.colour, text = words, wide = wide }, taken + wide + 3
      end
    end
  end
  if #row > 0 then rows[#rows + 1] = row end
  return rows
end

local function write_legend(sheet, rows, y)
  for i, row in ipairs(rows) do
    local all = -3
    for _, entry in ipairs(row) do all = all + entry.wide + 3 end
    local x = math.max(1, (sheet.width - all) // 2 + 1)
    for _, entry in ipairs(row) do
      sheet:write(x, y + i - 1, entry.sample, entry.colour)
      sheet:write(x + text.width(entry.sample) + 1, y + i - 1, entry.text)
      x = x + entry.wide + 3
    end
  end
end

return function(o, options)
  local width, height = math.max(20, options.width), math.max(6, options.height)
  local look = { kind = options.kind or "braille", depth = options.depth, width = width }
  for _, panel in ipairs(o.panels) do look.several = look.several or #panel.series > 1 end
  local legend, title = legend_rows(o, look), text.clean(o.title or "")
  local note = (o.note or "") ~= "" and text.wrap(text.clean(o.note), width) or ""
  local _, breaks = note:gsub("\n", "")
  local head, foot = (title ~= "" and 1 or 0) + #legend, note ~= "" and breaks + 1 or 0
  local n = #o.panels
  local across = math.min(n, math.max(1, width // NARROW))
  local down = math.ceil(n / across)
  across = math.ceil(n / down)
  local wide, high = width // across, math.max(n > 1 and 7 or 4, (height - head - foot) // down)
  local sheet = page.new(width, head + foot + down * high)
  if title ~= "" then
    title = text.shorten(title, width)
    sheet:write((width - text.width(title)) // 2 + 1, 1, title, look.depth and "1" or nil)
  end
  write_legend(sheet, legend, title ~= "" and 2 or 1)
  for i, panel in ipairs(o.panels) do
    local x, y = (i - 1) % across * wide, (i - 1) // across * high
    sheet:paste(panel_page(panel, o, wide - (across > 1 and 1 or 0), high, look), x + 1, head + y + 1)
  end
  local at = head + down * high
  for words in note:gmatch "[^\n]+" do
    at = at + 1
    sheet:write(1, at, words, shades.axis(look.depth))
  end
  if look.kind == "ascii" then sheet:ascii() end
  return sheet:lines()
end
