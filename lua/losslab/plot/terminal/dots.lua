-- Dots that become characters: braille has 2 by 4 dots a character, blocks have 2 by 2, and plain ASCII has one sign a character,
-- the series' own. A character has one colour: that of what was drawn in it last.
local dots = {}

local Dots = {}
Dots.__index = Dots

local braille = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } } -- by row, then column
local quadrants = { [0] = " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛",
  "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█" }

local kinds = {
  braille = { across = 2, down = 4, bit = function(column, row) return braille[row + 1][column + 1] end,
    cell = function(bits) return utf8.char(0x2800 + bits) end },
  block = { across = 2, down = 2, bit = function(column, row) return 1 << (2 * row + column) end,
    cell = function(bits) return quadrants[bits] end },
  ascii = { across = 1, down = 1, bit = function() return 1 end },
}

dots.signs = { "*", "+", "o", "x", "#", "@", "%", "&" }

-- kind: "braille", "block" or "ascii"; width and height in characters. Its dots are counted from 0, from the top left.
function dots.new(kind, width, height)
  local how = kinds[kind]
  return setmetatable({ how = how, columns = width, lines = height, width = width * how.across,
    height = height * how.down, bits = {}, colours = {}, signs = {} }, Dots)
end

-- A dot. sign: what ASCII writes.
function Dots:set(x, y, colour, sign)
  if x < 0 or y < 0 or x >= self.width or y >= self.height then return end
  local how = self.how
  local at = (y // how.down) * self.columns + x // how.across
  self.bits[at] = (self.bits[at] or 0) | how.bit(x % how.across, y % how.down)
  self.colours[at], self.signs[at] = colour, sign
end

-- Where the straight line from (x1, y1) to (x2, y2) enters and leaves the dots, or nil where it misses them (Liang and Barsky
-- 1984): what lies far outside must not take long.
local function clip(width, height, x1, y1, x2, y2)
  local dx, dy, from, to = x2 - x1, y2 - y1, 0, 1
  for _, side in ipairs { { -dx, x1 }, { dx, width - 1 - x1 }, { -dy, y1 }, { dy, height - 1 - y1 } } do
    local p, q = side[1], side[2]
    if p == 0 and q < 0 then return nil end
    if p < 0 then from = math.max(from, q / p) elseif p > 0 then to = math.min(to, q / p) end
  end
  if from > to then return nil end
  return x1 + from * dx, y1 + from * dy, x1 + to * dx, y1 + to * dy
end

local function round(x) return math.floor(x + 0.5) end

-- A straight line between two places (not rounded). dash [opt]: { on, off } in dots, of which `walked` are behind; gives how many
-- are behind at its end.
function Dots:line(x1, y1, x2, y2, colour, sign, dash, walked)
  walked = walked or 0
  local a, b, c, d = clip(self.width, self.height, x1, y1, x2, y2)
  if not a then return walked end
  local steps = math.max(1, math.ceil(math.max(math.abs(c - a), math.abs(d - b))))
  for i = 0, steps do
    local along = (walked + i) % (dash and dash[1] + dash[2] or 1)
    if not dash or along < dash[1] then
      self:set(round(a + (c - a) * i / steps), round(b + (d - b) * i / steps), colour, sign)
    end
  end
  return walked + steps
end

-- Puts the characters on a page, the first at (x, y).
function Dots:onto(page, x, y)
  for at, bits in pairs(self.bits) do
    local cell = self.how.cell and self.how.cell(bits) or self.signs[at] or "*"
    page:put(x + at % self.columns, y + at // self.columns, cell, self.colours[at])
  end
end

return dots
