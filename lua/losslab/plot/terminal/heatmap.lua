-- A matrix as coloured cells between axes, with its scale at the right: two cells above each other in a character where there are
-- colours, else one, as dark as its value.
local shades = require "losslab.plot.terminal.shades"
local ticks = require "losslab.plot.terminal.ticks"

local BAR = 2 -- columns of the scale

-- The mean of the numbers of the grid that a picture's cell covers: rows and columns from the share a to the share b of all.
local function covered(grid, row_a, row_b, col_a, col_b)
  local rows, cols, sum, n = #grid, #grid[1], 0, 0
  local function span(a, b, all)
    local first, last = math.floor(a * all + 1e-9), math.ceil(b * all - 1e-9) - 1
    if b - a < 1 / all then first = math.floor((a + b) / 2 * all) last = first end
    return math.max(0, first) + 1, math.min(all - 1, math.max(first, last)) + 1
  end
  local r1, r2 = span(row_a, row_b, rows)
  local c1, c2 = span(col_a, col_b, cols)
  for r = r1, r2 do
    for c = c1, c2 do
      local x = grid[r][c]
      if x == x and math.abs(x) < math.huge then sum, n = sum + x, n + 1 end
    end
  end
  return n > 0 and sum / n or nil
end

-- Column names or numbers 1, 2, …, that have room: { { place, label }, … }.
local function counted(n, most)
  local out, step = {}, math.max(1, math.ceil(ticks.step(0, n, math.max(1, most))))
  for i = (step == 1 and 1 or step), n, step do out[#out + 1] = { i, tostring(i) } end
  if step > 1 then table.insert(out, 1, { 1, "1" }) end
  return out
end

local heatmap = {}

local function scale_ticks(series, height)
  return ticks.between(series.least, series.most, math.max(2, math.min(5, height // 3)))
end

-- How many columns the scale takes.
function heatmap.room(series, height)
  local most = 0
  for _, tick in ipairs(scale_ticks(series, height)) do most = math.max(most, #tick[2]) end
  return BAR + 3 + most
end

-- The ticks of both axes, as picture.lua wants them: places from 0 (left, top) to 1.
function heatmap.ticks(series, width, height)
  local rows, cols = #series.grid, #series.grid[1]
  local across, down = counted(cols, width // 8), counted(rows, height // 2)
  for _, tick in ipairs(across) do tick[1] = (tick[1] - 0.5) / cols end
  for _, tick in ipairs(down) do tick[1] = (tick[1] - 0.5) / rows end
  return across, down
end

-- The cells from (left, top) on, and the scale beside them.
function heatmap.draw(page, series, left, top, width, height, look)
  local coloured = look.kind ~= "ascii" and shades.heats(look.depth)
  local span = series.most > series.least and series.most - series.least or 1
  local function share(value) return value and math.max(0, math.min(1, (value - series.least) / span)) end
  local down = coloured and 2 * height or height
  local function cell(row, column)
    return share(covered(series.grid, row / down, (row + 1) / down, column / width, (column + 1) / width))
  end
  local function put(x, y, upper, lower)
    if not coloured then
      if upper then page:put(x, y, shades.tone(upper, look.kind == "ascii")) end
    elseif upper and lower then
      page:put(x, y, "▀", shades.heat(look.depth, upper, lower))
    elseif upper or lower then
      page:put(x, y, upper and "▀" or "▄", shades.heat(look.depth, upper or lower))
    end
  end
  for y = 0, height - 1 do
    for x = 0, width - 1 do
      if coloured then put(left + x, top + y, cell(2 * y, x), cell(2 * y + 1, x))
      else put(left + x, top + y, cell(y, x)) end
    end
  end
  local bar, axis = left + width + 2, shades.axis(look.depth)
  for y = 0, height - 1 do
    for x = 0, BAR - 1 do
      if coloured then put(bar + x, top + y, 1 - (2 * y + 0.5) / down, 1 - (2 * y + 1.5) / down)
      else put(bar + x, top + y, 1 - (y + 0.5) / height) end
    end
  end
  for _, tick in ipairs(scale_ticks(series, height)) do
    local y = math.floor((1 - share(tick[1])) * (height - 1) + 0.5)
    page:write(bar + BAR + 1, top + y, tick[2], axis)
  end
end

return heatmap
