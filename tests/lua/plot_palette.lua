-- Styles of series: colours that are told apart with every kind of colour blindness and on white paper, and never alone; a loss has
-- the same in every figure.
package.path = "./?.lua;" .. package.path
local t = require "tests.lua.tap"
local gnuplot = require "losslab.plot.gnuplot"
local panels = require "losslab.plot.panels"

-- ---- seeing ----------------------------------------------------------------------------------------------------------------

-- What is seen of linear sRGB: Machado, Oliveira and Fernandes 2009 (IEEE TVCG 15:1291), severity 1.
local sights = {
  normal = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
  protanopia = { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
  deuteranopia = { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
  tritanopia = { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
}

-- OKLab (Ottosson 2020) of linear sRGB: lightness, green to red, blue to yellow.
local to_cones = { { 0.4122214708, 0.5363325363, 0.0514459929 }, { 0.2119034982, 0.6806995451, 0.1073969566 },
  { 0.0883024619, 0.2817188376, 0.6299787005 } }
local to_lab = { { 0.2104542553, 0.7936177850, -0.0040720468 }, { 1.9779984951, -2.4285922050, 0.4505937099 },
  { 0.0259040371, 0.7827717662, -0.8086757660 } }

local function times(m, v)
  local out = {}
  for i, row in ipairs(m) do out[i] = row[1] * v[1] + row[2] * v[2] + row[3] * v[3] end
  return out
end

local function each(v, f)
  local out = {}
  for i, x in ipairs(v) do out[i] = f(x) end
  return out
end

local function linear(colour)
  local channels = { colour:match "^#(%x%x)(%x%x)(%x%x)$" }
  return each(channels, function(hex)
    local c = tonumber(hex, 16) / 255
    return c <= 0.04045 and c / 12.92 or ((c + 0.055) / 1.055) ^ 2.4
  end)
end

-- In hundredths, so that white is at lightness 100.
local function lab(rgb) return times(to_lab, each(times(to_cones, rgb), function(c) return 100 * math.max(c, 0) ^ (1 / 3) end)) end

local function seen(colour, sight)
  return lab(each(times(sights[sight], linear(colour)), function(c) return math.max(0, math.min(1, c)) end))
end

local function distance(a, b) return math.sqrt((a[1] - b[1]) ^ 2 + (a[2] - b[2]) ^ 2 + (a[3] - b[3]) ^ 2) end

local function contrast_to_white(colour)
  local c = linear(colour)
  return 1.05 / (0.2126 * c[1] + 0.7152 * c[2] + 0.0722 * c[3] + 0.05)
end

-- The least distance between two of the first n colours, and which they are.
local function least(sight, n)
  local all, best, which = each({ table.unpack(gnuplot.palette, 1, n) }, function(c) return seen(c, sight) end), math.huge, nil
  for i = 1, n do
    for j = 1, i - 1 do
      local d = distance(all[i], all[j])
      if d < best then best, which = d, gnuplot.palette[j] .. " " .. gnuplot.palette[i] end
    end
  end
  return best, which
end

-- Known values: white, and pure red's as Ottosson gives it (0.628, 0.225, 0.126).
t.near(lab { 1, 1, 1 }[1], 100, 1e-4, 0, "white has the lightness 100")
t.near(lab(linear "#ff0000")[2], 22.49, 1e-3, 0, "red is red")
t.near(distance(seen("#00ff00", "normal"), seen("#ff0000", "normal")), 51.9, 5e-2, 0, "red and green are far apart")
t.ok(distance(seen("#b8a800", "protanopia"), seen("#e69f00", "protanopia")) < 0.1, "an olive is an orange without red cones")

-- ---- the palette -----------------------------------------------------------------------------------------------------------
t.is({ table.unpack(gnuplot.palette, 1, 7) }, { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000" },
  "the first are Okabe and Ito's")
t.is(#gnuplot.palette, 26, "there is a colour for each letter")
for _, case in ipairs { { "normal", 16, 13.3 }, { "normal", 26, 9.4 }, { "protanopia", 16, 7.4 }, { "protanopia", 26, 5.5 },
  { "deuteranopia", 16, 7.4 }, { "deuteranopia", 26, 5.5 }, { "tritanopia", 16, 7.4 }, { "tritanopia", 26, 5.5 } } do
  local sight, n, bound = table.unpack(case)
  local d, which = least(sight, n)
  t.ok(d >= bound, string.format("%s: %d colours are at least %g apart (%.2f: %s)", sight, n, bound, d, which))
end
for _, colour in ipairs(gnuplot.palette) do
  t.ok(contrast_to_white(colour) >= 2.2, string.format("%s is seen on white: contrast %.2f", colour, contrast_to_white(colour)))
end
do
  local colours, forms, whole = {}, {}, {}
  local function count(set, key) set[key], set.n = true, (set.n or 0) + (set[key] and 0 or 1) end
  for i = 1, 200 do
    local s = gnuplot.style(i)
    if i <= 26 then count(colours, s.color) end
    if i <= 70 then count(forms, s.dash .. s.point) end
    count(whole, s.color .. s.dash .. s.point)
  end
  t.is({ colours.n, forms.n, whole.n }, { 26, 70, 200 }, "26 colours, 70 pairs of dash and point type, 200 styles")
end

-- ---- who has which ---------------------------------------------------------------------------------------------------------
-- The styles' numbers in a legend of panels, by text. list: panels, each a list of series without points.
local function numbers_of(list, losses)
  local o = { title = "", panels = {} }
  for i, series in ipairs(list) do
    for _, one in ipairs(series) do one.points, one.mark = one.points or { { 1, 1 } }, false end
    o.panels[i] = { title = "", x = "", y = "", series = series }
  end
  local fig, out = gnuplot.figure(), {}
  panels(fig, o, losses and { losses = losses })
  local lines, place = table.concat(fig.lines, "\n"), {}
  for i, colour in ipairs(gnuplot.palette) do place[colour] = i end
  for colour, text in lines:gmatch "nohead lc rgb '(#%x+)' [^\n]*\nset label '([^']*)'" do out[text] = place[colour] end
  return out
end
local losses = { focal = { place = 2 }, hinge = { place = 9 } }
t.is(numbers_of { { { text = "a" }, { text = "b", style = 7 }, { text = "c" } }, { { text = "c" }, { text = "d" } } },
  { a = 1, b = 7, c = 2, d = 3 }, "series have the styles that they say, or the next that is free")
t.is(numbers_of({ { { text = "x" }, { text = "hinge" }, { text = "focal" }, { text = "y" } } }, losses),
  { x = 1, hinge = 9, focal = 2, y = 3 }, "a loss has its own, which no other series is given")
t.is(numbers_of({ { { text = "focal, mined", loss = "focal" }, { text = "hinge", style = 4 } } }, losses),
  { ["focal, mined"] = 2, hinge = 4 }, "by its name or as a series says")
local many = {}
for i = 1, 26 do many[i] = { text = "s" .. i } end
local several = numbers_of({ many }, losses)
local used = {}
for _, n in pairs(several) do used[n] = true end
t.is(#used, 26, "26 series have 26 colours")
do -- a map of letters
  local fig = gnuplot.figure()
  local list = {}
  for i = 1, 26 do list[i] = { text = "class " .. i, numbers = true, style = i, points = { { i, i, i } } } end
  panels(fig, { title = "", panels = { { title = "", series = list } } })
  local shades, n = {}, 0
  for colour in table.concat(fig.lines, "\n"):match "\nplot .*":gmatch "tc rgb '(#%x+)'" do
    n, shades[colour] = n + (shades[colour] and 0 or 1), true
  end
  t.is(n, 26, "26 letters have 26 colours")
end
t.done()
