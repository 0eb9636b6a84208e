-- A matrix as coloured cells.
local check = require "losslab.check"
local given = require "losslab.plot.given"
local sheet = require "losslab.plot.make.sheet"

local CELLS = 120 -- along a side, at most

-- A grid with at most CELLS a side: each cell the mean of those that it covers.
local function coarse(grid)
  local rows, cols = #grid, #grid[1]
  local r, c = math.ceil(rows / CELLS), math.ceil(cols / CELLS)
  if r == 1 and c == 1 then return grid, 1, 1 end
  local out = {}
  for i = 1, rows, r do
    local row = {}
    for j = 1, cols, c do
      local sum, n = 0, 0
      for k = i, math.min(i + r - 1, rows) do
        for l = j, math.min(j + c - 1, cols) do
          local x = grid[k][l]
          if given.finite(x) then sum, n = sum + x, n + 1 end
        end
      end
      row[#row + 1] = n > 0 and sum / n or 0 / 0
    end
    out[#out + 1] = row
  end
  return out, r, c
end

return function(what, value, o)
  local full = given.grid(what, value)
  if o.log then check.fail("%s: rows and columns are counted, so neither axis is logarithmic", what) end
  local fig = sheet.figure(o, {}, { x = "column", y = "row" })
  local least, most, left_out = math.huge, -math.huge, 0
  local grid, r, c = coarse(full)
  for _, row in ipairs(full) do
    for _, x in ipairs(row) do left_out = left_out + (given.finite(x) and 0 or 1) end
  end
  sheet.said_left_out(fig, what, left_out, #full * #full[1])
  local points = {}
  for i, row in ipairs(grid) do
    for j, x in ipairs(row) do
      if given.finite(x) then
        least, most = math.min(least, x), math.max(most, x)
        -- whether there is a cell at the right and below, and at both
        local next_row = grid[i + 1] or {}
        local right, below = given.finite(row[j + 1]), given.finite(next_row[j])
        below = below and not (right and not given.finite(next_row[j + 1]))
        points[#points + 1] = { (j - 1) * c + (c + 1) / 2, (i - 1) * r + (r + 1) / 2, x, right and 1 or 0, below and 1 or 0 }
      end
    end
  end
  if r > 1 or c > 1 then fig.coarse = string.format("each cell of the drawing is the mean of %d by %d of the matrix", r, c) end
  least, most = table.unpack(o.range or { least, most })
  local panel = fig.panels[1]
  panel.from, panel.to = panel.from or 0.5, panel.to or #full[1] + 0.5
  panel.low, panel.high = #full + 0.5, 0.5
  panel.series[1] = { text = "", heat = true, uniform = true, grid = full, least = least, most = most, points = points,
    half = { c / 2, r / 2 } }
  fig.legend = false
  return fig
end
