-- Plain data between processes (losslab/results/plain.lua), and what a script may draw (losslab/plot/drawing.lua).
local drawing = require "losslab.plot.drawing"
local plain = require "losslab.results.plain"
local t = require "tests.lua.tap"

-- ---- to the last bit and back
local values = { true, false, 0, -1, math.maxinteger, math.mininteger, 0.1, -0.0, 1e308, 5e-324,
  math.huge, -math.huge, "", "a\0\255",
  {}, { 1, 2, { x = "y", [2.5] = {} } }, { [3] = "hole", [true] = false } }
for i, value in ipairs(values) do
  local back = plain.decode(plain.encode(value))
  t.is(back, value, "value " .. i .. " comes back")
  t.is(math.type(back), math.type(value), "as what it was")
end
t.is(plain.decode(plain.encode(nil)), nil, "nil too")
local nan = plain.decode(plain.encode(0 / 0))
t.ok(nan ~= nan, "NaN too")
t.is(1 / plain.decode(plain.encode(-0.0)), -math.huge, "and the sign of zero")

-- ---- what is refused
t.throws(function() plain.encode { f = print } end, "a function is no plain data")
t.throws(function() plain.encode { io.stdout } end, "a userdata is no plain data")
local round = {}
round.round = round
t.throws(function() plain.encode(round) end, "holds itself")
local function is_refused(bytes) return not pcall(plain.decode, bytes) end
t.ok(is_refused "", "no bytes")
t.ok(is_refused "x", "an unknown kind")
t.ok(is_refused "tt", "more bytes than it takes")
t.ok(is_refused(("{t"):rep(1000)), "tables without end")
t.ok(is_refused(string.pack("<c1I8", "s", 2 ^ 62 // 1 | 0)), "a text longer than there are bytes")
t.ok(is_refused(string.pack("<c1i8", "s", -1)), "a text of negative length")
t.ok(is_refused "{0t}", "nil as a key")
t.ok(is_refused("{" .. string.pack("<c1d", "d", 0 / 0) .. "t}"), "NaN as a key")

-- Every change of a byte, every cut: refused, or plain data.
local good = plain.encode { "study", claim = "It is.", names = { "a", "b" }, n = 3, x = 0.5, yes = true }
local other = 0
for at = 1, #good do
  if not is_refused(good:sub(1, at - 1)) then other = other + 1 end
  for _, byte in ipairs { 0, 1, 48, 100, 102, 105, 115, 116, 123, 125, 127, 255 } do
    local fine, value = pcall(plain.decode, good:sub(1, at - 1) .. string.char(byte) .. good:sub(at + 1))
    if fine and not pcall(plain.encode, value) then other = other + 1 end
  end
end
t.is(other, 0, "a damaged message is refused or is plain data still")

-- ---- what may be drawn
local function figure(change)
  local o = { title = "t", note = "n", x = "x", y = "y", panels = { { title = "p", names = { "a" }, from = 0, low = false,
    series = { { text = "s", points = { { 1, 2 }, false, { 3, 0 / 0, n = 3 } }, style = 2, line = true, size = 1.5 } } } } }
  if change then change(o, o.panels[1], o.panels[1].series[1]) end
  return o
end
local drawn = drawing(figure())
t.is(drawn.panels[1].series[1].points[1], { 1, 2 }, "points are drawn")
t.is(drawn.panels[1].series[1].points[2], false, "and breaks")
t.is(drawn.panels[1].low, nil, "false is nothing for a number")
t.is(drawing(figure(function(o) o.title = 3 end)).title, "3", "a number is a text")
t.is(drawing(figure(function(_, _, s) s.place, s.with = 1, "; system 'x'" end)).panels[1].series[1].with, nil,
  "what nothing draws is left out")
for _, case in ipairs {
  { "panels.title must be a text, not a table", function(o) o.title = {} end },
  { "panels.note must be a text, not a function", function(o) o.note = print end },
  { "panels.title has 20000 bytes; a text has at most 2000", function(o) o.title = ("x"):rep(20000) end },
  { "panels.square must be true or false", function(o) o.square = "1" end },
  { "panels: there is none", function(o) o.panels = {} end },
  { "panels.panels[1].from must be a number, not \"0; system\"", function(_, p) p.from = "0; system" end },
  { "panels.panels[1].names[1] must be a text", function(_, p) p.names = { {} } end },
  { "panels.panels[1] has no series", function(_, p) p.series = nil end },
  { "series[1] needs text and points", function(_, _, s) s.text = nil end },
  { "series[1].style must be an integer from 0 to 200", function(_, _, s) s.style = 1.5 end },
  { "series[1].size must be from 0 to 100", function(_, _, s) s.size = -1 end },
  { "series[1].points[1][2] must be a number, not \"2\"", function(_, _, s) s.points[1][2] = "2" end },
  { "series[1].points[1] must be { x, y, … }", function(_, _, s) s.points[1] = 3 end },
  { "series[1].contours must be an integer from 1 to 50", function(_, _, s) s.contours = 1000 end },
  { "series[1].heat must be true or false", function(_, _, s) s.heat = "0; system" end },
  { "series[1].arrows must be true or false", function(_, _, s) s.arrows = 1 end },
  { "panels[1] has one scale of colours", function(_, p, s) s.heat, p.series[2] = true, s end },
  { "panels[1] has one scale of colours", function(_, p, s)
    s.heat, p.series[2] = true, { text = "z", contours = 3, points = s.points }
  end },
  { "1002 series in all; 1000 are the most", function(o, p, s)
    for i = 1, 167 do p.series[i] = s end
    for i = 2, 6 do o.panels[i] = p end
  end },
  { "1000001 points in all", function(_, _, s) for i = 1, 1000001 do s.points[i] = { i, 1 } end end },
  { "201 entries; at most 200", function(o) for i = 2, 201 do o.panels[i] = o.panels[1] end end },
} do
  t.throws(function() drawing(figure(case[2])) end, case[1])
end
t.throws(function() drawing "x" end, "panels must be a table")
t.done()
