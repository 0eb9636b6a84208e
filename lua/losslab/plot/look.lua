-- How large a figure is and in which font: what the options width and font say.
local check = require "losslab.check"

local look = {}

local WIDTH, FONT = 1600, 15 -- of a figure of which nothing is asked
local NARROWEST = 420 -- pixels of the layout, in which the font has its 15 points: less holds no panel

local UNITS = { px = 1, mm = 96 / 25.4, cm = 96 / 2.54, pt = 96 / 72, ["in"] = 96 }

-- A width in pixels of 1/96 inch: 800, "800", "16cm", "170mm", "6.5in", "480pt".
local function width_of(value)
  local number, unit
  if type(value) == "number" then number, unit = value, "px"
  elseif type(value) == "string" then
    number, unit = value:match "^%s*([%d.]+)%s*(%a*)%s*$"
    number, unit = tonumber(number), unit == "" and "px" or unit
  end
  if not (number and UNITS[unit]) then
    check.fail('width must be a number of pixels or a text such as "16cm" (%s), not %s', table.concat(check.keys(UNITS), ", "),
      check.show(value))
  end
  local pixels = number * UNITS[unit]
  if not (pixels >= 100 and pixels <= 20000) then
    check.fail("width must be from 100 to 20000 pixels (26 mm to 5 m), not %s", check.show(value))
  end
  return pixels
end

-- "Noto Sans", "12" or "Noto Sans,12": a family, points.
local function font_of(value)
  if type(value) == "number" then value = tostring(value) end
  if type(value) ~= "string" then check.fail('font must be a text such as "Noto Sans,12", not %s', check.show(value)) end
  local family, size = value:match "^%s*(.-)%s*,%s*([%d.]+)%s*$"
  if not family and tonumber(value) then family, size = "", value end
  family, size = family or value:match "^%s*(.-)%s*$", tonumber(size)
  if family ~= "" and not family:find "^[%w][%w .+_-]*$" or #family > 80 or value:find "," and not size
    or family == "" and not size then
    check.fail('font must be a family, a size in points or both, as "Noto Sans,12", not %s', check.show(value))
  end
  if size and not (size >= 3 and size <= 100) then check.fail("font: a size is from 3 to 100 points, not %g", size) end
  return family ~= "" and family or nil, size
end

-- What gnuplot.figure takes, of the options width and font, as they were written; nil where neither is. The picture is so wide; its
-- font has so many points; without a size it has that share of the width that it has in a figure of which nothing is asked.
function look.of(width, font)
  if width == nil and font == nil then return nil end
  local family, size
  if font ~= nil then family, size = font_of(font) end
  local pixels = width ~= nil and width_of(width) or WIDTH
  local scale = size and size / FONT or pixels / WIDTH
  local room = math.floor(pixels / scale + 0.5)
  if room < NARROWEST then
    check.fail("a figure %s wide has no room for words of %g points: at least %d pixels, or a font of at most %.2g points",
      type(width) == "string" and width or string.format("%d pixels", pixels), size, math.ceil(NARROWEST * scale),
      math.floor(pixels / NARROWEST * FONT * 10) / 10)
  end
  return { width = room, scale = scale, sized = width ~= nil, family = family, asked = family }
end

-- Says that there is no such family here, or nil where there is, or where nothing can tell.
function look.lacks(family)
  if not family then return nil end
  local pipe = io.popen("fc-list --format='%{family}\n' 2>/dev/null", "r")
  local listed = pipe and pipe:read "a" or ""
  if not (pipe and pipe:close()) or listed == "" then return nil end
  local names, seen = {}, {}
  for line in listed:gmatch "[^\n]+" do
    for name in line:gmatch "[^,]+" do
      if name:lower() == family:lower() then return nil end
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names)
  return check.no_such("there is no font", family, names)
end

return look
