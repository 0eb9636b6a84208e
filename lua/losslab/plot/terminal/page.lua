-- A page of character cells, each with its colour, on which a drawing for the terminal is put together. A line of it is a list of
-- runs { text, colour } as losslab.say prints them.
local text = require "losslab.text"

local Page = {}
Page.__index = Page

local page = {}

-- Columns and lines count from 1.
function page.new(width, height)
  local self = setmetatable({ width = width, height = height, cells = {}, colours = {} }, Page)
  for y = 1, height do self.cells[y], self.colours[y] = {}, {} end
  return self
end

-- One cell; what lies outside of the page is left out.
function Page:put(x, y, cell, colour)
  if x < 1 or x > self.width or y < 1 or y > self.height then return end
  self.cells[y][x], self.colours[y][x] = cell, colour
end

-- A text from column x on, cut to `room` columns where it is longer; gives how many it takes.
function Page:write(x, y, words, colour, room)
  words = text.shorten(words, math.max(1, math.min(room or math.huge, self.width - x + 1)))
  local at, last = x, x
  for _, c in utf8.codes(words) do
    local columns = text.columns_of(c)
    if columns == 0 and y >= 1 and y <= self.height and self.cells[y][last] then
      self.cells[y][last] = self.cells[y][last] .. utf8.char(c) -- it combines with the one before
    elseif columns > 0 then
      last = at
      self:put(at, y, utf8.char(c), colour)
      if columns == 2 then self:put(at + 1, y, "", colour) end
      at = at + columns
    end
  end
  return at - x
end

-- Puts another page on this one, its first cell at (x, y).
function Page:paste(other, x, y)
  for row = 1, other.height do
    for column = 1, other.width do
      local cell = other.cells[row][column]
      if cell then self:put(x + column - 1, y + row - 1, cell, other.colours[row][column]) end
    end
  end
end

local near = { ["…"] = ".", ["−"] = "-", ["±"] = "+", ["·"] = ".", ["×"] = "x" }

-- Puts plain ASCII for what is none.
function Page:ascii()
  for y = 1, self.height do
    local cells = self.cells[y]
    for x, cell in pairs(cells) do
      if cell == "" or cell:find "[\x80-\xff]" then cells[x] = near[cell] or "?" end
    end
  end
end

-- The lines as runs of one colour, without the blanks at their ends.
function Page:lines()
  local out = {}
  for y = 1, self.height do
    local cells, colours, last = self.cells[y], self.colours[y], 0
    for x = 1, self.width do
      if cells[x] and (cells[x] ~= " " or colours[x]) then last = x end
    end
    local line, run, colour = {}, {}, nil
    for x = 1, last do
      local cell = cells[x] or " "
      local its = cell ~= " " and colours[x] or cell == " " and colour or nil
      if its ~= colour and #run > 0 then
        line[#line + 1] = { table.concat(run), colour }
        run = {}
      end
      colour = its
      run[#run + 1] = cell
    end
    if #run > 0 then line[#line + 1] = { table.concat(run), colour } end
    out[y] = line
  end
  return out
end

-- The lines as one text without colours.
function page.plain(lines)
  local out = {}
  for i, line in ipairs(lines) do
    local words = {}
    for j, run in ipairs(line) do words[j] = run[1] end
    out[i] = table.concat(words):match "^.*[^ ]" or ""
  end
  return table.concat(out, "\n") .. "\n"
end

return page
