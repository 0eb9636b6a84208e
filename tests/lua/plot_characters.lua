-- Drawing in characters (losslab/plot/terminal): dots to characters, ticks, pages, whole small pictures; the bins of histograms.
local t = require "tests.lua.tap"
local bins = require "losslab.plot.bins"
local dots = require "losslab.plot.terminal.dots"
local page = require "losslab.plot.terminal.page"
local picture = require "losslab.plot.terminal.picture"
local shades = require "losslab.plot.terminal.shades"
local ticks = require "losslab.plot.terminal.ticks"
local uniform = require "losslab.plot.uniform"
local text = require "losslab.text"

-- ---- dots ------------------------------------------------------------------------------------------------------------------

local function drawn(kind, width, height, draw)
  local canvas, sheet = dots.new(kind, width, height), page.new(width, height)
  draw(canvas)
  canvas:onto(sheet, 1, 1)
  return page.plain(sheet:lines())
end

for x = 0, 1 do
  for y = 0, 3 do
    local bit = ({ [0] = { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } })[x][y + 1]
    t.is(drawn("braille", 1, 1, function(c) c:set(x, y) end), utf8.char(0x2800 + bit) .. "\n",
      string.format("the dot of braille in column %d, row %d", x, y))
  end
end
t.is(drawn("braille", 2, 1, function(c) c:line(0, 0, 3, 3) end), "⠑⢄\n", "a diagonal in braille")
t.is(drawn("block", 2, 2, function(c) c:line(0, 0, 3, 3) end), "▚\n ▚\n", "and in blocks")
t.is(drawn("block", 1, 1, function(c) for i = 0, 3 do c:set(i % 2, i // 2) end end), "█\n", "four quarters are a block")
t.is(drawn("ascii", 4, 2, function(c) c:line(0, 0, 3, 1, nil, "+") end), "++\n  ++\n", "and in ASCII, with the series' sign")
t.is(drawn("braille", 2, 1, function(c) c:set(-1, 0) c:set(4, 0) c:set(0, 4) end), "\n", "what lies outside is left out")
t.is(drawn("ascii", 5, 1, function(c) c:line(-1e9, 0, 1e9, 0, nil, "*") end), "*****\n", "a line from far away to far away")
t.is(drawn("ascii", 5, 1, function(c) c:line(-10, -1, -5, 3, nil, "*") end), "\n", "a line beside it")
t.is(drawn("ascii", 8, 1, function(c) c:line(0, 0, 7, 0, nil, "*", { 2, 2 }) end), "**  **\n", "a dashed line")
local gaps = 0 -- whatever the slope, a line has no hole: each of its columns has a dot
for i = 1, 200 do
  local canvas = dots.new("ascii", 40, 40)
  canvas:line(0, i / 10, 39, (i * 7 % 390) / 10, nil, "*")
  local columns = {}
  for at in pairs(canvas.bits) do columns[at % 40] = true end
  for x = 0, 39 do gaps = gaps + (columns[x] and 0 or 1) end
end
t.is(gaps, 0, "no line has a hole")
gaps = 0
for step = 1, 40 do -- nor has one of many short pieces, whatever their length
  local canvas, x = dots.new("ascii", 40, 1), 0
  while x < 40 do
    canvas:line(x, 0, x + step / 13, 0, nil, "*")
    x = x + step / 13
  end
  for column = 0, 39 do gaps = gaps + (canvas.bits[column] and 0 or 1) end
end
t.is(gaps, 0, "no line of pieces has a hole")

-- ---- pages ---------------------------------------------------------------------------------------------------------------------

local sheet = page.new(10, 2)
t.is(sheet:write(2, 1, "a中e\u{301}"), 4, "a wide character takes two columns, an accent none")
t.is(page.plain(sheet:lines()), " a中e\u{301}\n\n", "and both are there")
sheet = page.new(4, 1)
sheet:write(1, 1, "abcdefgh")
t.is(page.plain(sheet:lines()), "ab…h\n", "what is too long is cut")
sheet = page.new(6, 1)
sheet:put(1, 1, "a", "31")
sheet:put(2, 1, "b", "31")
sheet:put(4, 1, "c", "32")
t.is(sheet:lines(), { { { "ab ", "31" }, { "c", "32" } } }, "runs of one colour")
sheet:write(1, 1, "é\27[2J")
t.ok(not page.plain(sheet:lines()):find "\27", "what would move the cursor is shown by its number")

-- ---- ticks ----------------------------------------------------------------------------------------------------------

local function labels(...)
  local out = {}
  for i, tick in ipairs(ticks.between(...)) do out[i] = tick[2] end
  return table.concat(out, " ")
end
t.is(labels(0, 1, 5), "0 0.2 0.4 0.6 0.8 1.0", "fifths")
t.is(labels(-3.2, 3.1, 3), "-2 0 2", "round places inside")
t.is(labels(0, 0.0003, 3), "0 0.0001 0.0002 0.0003", "small")
t.is(labels(0, 3e7, 3), "0 1e7 2e7 3e7", "large")
t.is(labels(1, 1000, 5, true), "1 10 100 1000", "powers of ten")
t.is(labels(1e-6, 1, 3, true), "1e-6 1e-4 0.01 1", "every few of them")
t.is(labels(1, 12, 5, true), "1 2 5 10", "of one decade more")
t.is(labels(1, 3, 9, false, true), "1 2 3", "whole places only")
t.is(labels(0.4, 1.2, 1), "0.5 1.0", "at least two")
t.is(labels(5, 5, 3), "5", "an axis of no length")
for _, case in ipairs { { 0, 1 }, { -7.3, 12 }, { 1e-12, 3e-12 }, { 1e9, 1.00001e9 }, { -1e299, 1e299 } } do
  for n = 1, 9 do
    local low, high = table.unpack(case)
    for _, tick in ipairs(ticks.between(low, high, n)) do
      local slack = (high - low) * 1e-6
      if tick[1] < low - slack or tick[1] > high + slack then t.ok(false, "a tick beyond the axis: " .. tick[1]) end
    end
  end
end

-- ---- bins -----------------------------------------------------------------------------------------------------------

t.is(bins.edges(0, 1, 4), { 0, 0.25, 0.5, 0.75, 1 }, "edges")
t.is(bins.counts({ 0, 0.1, 0.25, 0.5, 0.99, 1, 2, -1 }, { 0, 0.25, 0.5, 0.75, 1 }), { 2, 1, 1, 2 },
  "an edge belongs to the bin above it, the last to the last; what is outside is not counted")
local eight = { 1, 2, 3, 4, 5, 6, 7, 8 }
t.is(bins.count(eight), math.ceil(7 / (2 * 3.5 / 2)), "Freedman and Diaconis: the range by 2 IQR n^(-1/3)")
t.is(bins.count { 1, 1, 1 }, 1, "equal numbers have one bin")
t.is(bins.count { 0, 1, 1, 1, 1, 1, 1, 9 }, 4, "where half are equal, Sturges' rule")
t.is(bins.edges(2, 2, 1), { 1.9, 2.1 }, "a bin around one value")
t.near(bins.edges(1, 100, 2, true), { 1, 10, 100 }, "bins of equal ratios")
math.randomseed(7)
for _ = 1, 50 do -- every number inside is counted once, in the bin that holds it
  local numbers, edges = {}, bins.edges(math.random() - 2, 1 + math.random(), math.random(1, 30))
  for i = 1, math.random(1, 200) do numbers[i] = 4 * math.random() - 2 end
  local counts, want = bins.counts(numbers, edges), {}
  for i = 1, #edges - 1 do
    want[i] = 0
    for _, x in ipairs(numbers) do
      if x >= edges[i] and (x < edges[i + 1] or i == #edges - 1 and x == edges[i + 1]) then want[i] = want[i] + 1 end
    end
  end
  local same = true
  for i = 1, #want do same = same and want[i] == counts[i] end
  if not same then t.ok(false, "counts of seed 7") end
end

-- ---- colours --------------------------------------------------------------------------------------------------------

t.is({ uniform.rgb(0) }, { 0x44, 0x01, 0x54 }, "viridis begins dark")
t.is({ uniform.rgb(1) }, { 0xfd, 0xe7, 0x25 }, "and ends light")
local before = -1
for i = 0, 100 do -- lightness rises all the way: it can be read in grey
  local r, g, b = uniform.rgb(i / 100)
  local grey = 0.2126 * r + 0.7152 * g + 0.0722 * b
  if grey < before - 0.6 then t.ok(false, "viridis rises in grey") end
  before = grey
end
t.is(shades.heat(256, 0), "38;5;53", "its dark end of 256 colours")
t.is(shades.heat("full", 1, 0), "38;2;253;231;37;48;2;68;1;84", "and two cells of all colours")
t.is(shades.series(256, 1) ~= shades.series(256, 2), true, "series have colours of their own")
t.is(shades.series(nil, 1), nil, "none where there are none")
t.is({ shades.tone(0), shades.tone(0.5), shades.tone(1) }, { " ", "▒", "█" }, "tones")
t.is({ shades.tone(0, true), shades.tone(1, true) }, { " ", "@" }, "in ASCII")

-- ---- pictures -------------------------------------------------------------------------------------------------------

local function shown(figure, width, height, kind)
  return page.plain(picture(figure, { width = width, height = height, kind = kind }))
end
local up = { text = "up", points = { { 0, 0 }, { 1, 1 } }, style = 1, mark = false }
local down = { text = "down", points = { { 0, 1 }, { 1, 0 } }, style = 2, mark = false }
local function of(series, more)
  local figure = { title = "", legend = false, panels = { { title = "", low = 0, high = 1, series = series } } }
  for name, value in pairs(more or {}) do figure[name] = value end
  return figure
end
t.is(shown(of { up }, 20, 6, "ascii"), [[
1 +             ***
  |        *****
  |   *****
0 +***
  ++--------------+
   0              1
]], "a line in ASCII")
t.is(shown(of { up }, 20, 6, "braille"), [[
1 ┤            ⣀⠤⠒⠉
  │        ⣀⠤⠒⠉
  │    ⣀⠤⠒⠉
0 ┤⣀⠤⠒⠉
  └┬──────────────┬
   0              1
]], "a line in braille")
local small = shown(of({ up, down }, { title = "both", legend = true, x = "x", y = "y" }), 24, 11, "ascii")
t.like(small, "^ +both\n +%* up   %+ down\ny\n", "title, legend and the name of y stand above")
t.like(small, "\n +x\n$", "the name of x below")
local _, stars = small:gsub("%*", "")
local _, plus = small:gsub("%+", "")
t.ok(stars > 4 and plus > 4, "each series has its sign")
for _, size in ipairs { { 20, 6 }, { 40, 13 }, { 80, 22 }, { 120, 33 } } do
  for _, kind in ipairs { "braille", "block", "ascii" } do
    for name, figure in pairs {
      lines = of({ up, down }, { title = "a title that is too long for any terminal of this kind and so is cut", legend = true }),
      points = of { { text = "", points = { { 0.1, 0.2 }, { 0.5, 0.9 } }, style = 1, line = false } },
      bars = of { { text = "", points = { { 0, 0 }, { 0, 1 }, { 1, 1 }, { 1, 0 } }, style = 1, mark = false,
        steps = { edges = { 0, 1 }, counts = { 1 } } } },
      heat = of { { text = "", heat = true, grid = { { 1, 2 }, { 3, 0 / 0 } }, least = 1, most = 3, points = {} } },
      nothing = of { { text = "", points = { false }, style = 1 } },
    } do
      local widest, count = 0, 0
      for line in shown(figure, size[1], size[2], kind):gmatch "([^\n]*)\n" do
        widest, count = math.max(widest, text.width(line)), count + 1
      end
      if widest > size[1] or count > size[2] then
        t.ok(false, string.format("%s in %s at %dx%d takes %dx%d", name, kind, size[1], size[2], widest, count))
      end
    end
  end
end
local other = of({ up, down }, { title = "ξ₀ … 中", legend = true })
t.ok(not shown(other, 40, 10, "ascii"):find "[\x80-\xff]", "plain ASCII is plain ASCII")
t.is(#picture(of { up }, { width = 40, height = 10, depth = 256 })[1] > 1, true, "where there are colours, runs have them")
local several = {}
for i = 1, 5 do several[i] = { title = "panel " .. i, series = { up } } end
local many = shown({ title = "", legend = false, panels = several }, 80, 24, "braille")
for i = 1, 5 do t.like(many, "panel " .. i, "small pictures side by side: panel " .. i) end
local four = { text = "", heat = true, grid = { { 0, 1 }, { 2, 3 } }, least = 0, most = 3, points = {} }
local heat = shown(of { four }, 24, 8, "ascii")
t.like(heat, "\n1 %+ +%-+  .*\n2 %+%*+@+  ", "the first row of heat is on top, each number has its tone")

t.done()
