-- Tables fit the width they are given, by the rule of losslab/columns.lua, whatever they hold.
local t = require "tests.lua.tap"
local columns = require "losslab.columns"
local ll = require "losslab"
local text = require "losslab.text"

local function words(list, rows, options) return columns.text(list, rows, options) end

-- The rule, step by step.
local list = { { title = "data", least = 6 }, { title = "lr", rank = 4, fold = true }, { title = "hidden", rank = 4, fold = true },
  { title = "runs", right = true, rank = 9 }, { title = "test", right = true }, { title = "", name = "mark", wrap = true,
  rank = 1 } }
local rows = { { "breast_cancer", "0.001", "64×32", "5", "0.9875", columns.together "lost 2 of 5" },
  { "breast_census", "0.01", "-", "5", "1", "best" } }
local whole = [[
data           lr     hidden  runs    test
breast_cancer  0.001  64×32      5  0.9875  lost 2 of 5
breast_census  0.01   -          5       1  best]]
t.is(words(list, rows), whole, "without a width it is whole")
t.is(words(list, rows, { width = 55 }), whole, "and where it fits")
t.is(words(list, rows, { width = 50 }), [[
data      lr     hidden  runs    test
brea…cer  0.001  64×32      5  0.9875  lost 2 of 5
brea…sus  0.01   -          5       1  best]], "texts are cut, no two alike")
t.is(words(list, rows, { width = 45, fold = { title = "what varies", rank = 5 } }), [[
data       lr     hidden    test
brea…ncer  0.001  64×32   0.9875  lost 2 of 5
brea…nsus  0.01   -            1  best
no room in 45 columns for: runs]], "then what is least important drops, and is named")
t.is(words(list, rows, { width = 41, fold = { title = "what varies", rank = 5 } }), [[
data    what varies     test
bre…er  lr 0.001,     0.9875  lost 2 of 5
        hidden 64×32
bre…us  lr 0.01            1  best
no room in 41 columns for: runs]], "then fields share a column, and break between them only")
t.is(words(list, rows, { width = 20 }), [[
data            test
breast…ancer  0.9875
breast…ensus       1
no room in 20
columns for: mark,
lr, hidden, runs]], "what has no rank stays")
t.is(words({ { title = "a" } }, {}, { width = 10 }), "a", "no rows")
t.is(words({}, {}, { width = 10 }), "", "no columns")
t.is(words({ { title = "n", right = true }, { title = "w", wrap = true } }, { { "1", "one two three four" } }, { width = 14,
  indent = "  " }),
  "  n  w\n  1  one two\n     three\n     four", "an indent, and words in lines")

-- Drawn tables at every width: no line is wider, no number is cut, nothing is lost without being named, rows stay apart.
local seed = math.tointeger(tonumber(os.getenv "LOSSLAB_SEED" or "")) or 1
t.note("seed %d", seed)
math.randomseed(seed)
local function draw(n) return math.random(n) end
local letters = { "a", "b", "_", "-", "é", "中", "x", "η", "2" }
local function name(most)
  local out = {}
  for i = 1, draw(most) do out[i] = letters[draw(#letters)] end
  return table.concat(out)
end
local function number() return string.format("%." .. draw(6) .. "g", math.random() * 10 ^ (draw(7) - 4)) end

local faults, count = {}, 0
local function fault(format, ...) faults[#faults + 1] = string.format(format, ...) end
for case = 1, 40 do
  local made, lines, numbers = { { title = "data set", least = 10 }, { title = "loss", least = 10 } }, {}, {}
  for k = 1, draw(5) - 1 do made[#made + 1] = { title = "field" .. k, least = 8, rank = 4, fold = true, most = 40 } end
  for k = 1, draw(4) do made[#made + 1] = { title = "number" .. k, right = true, rank = 4 + k } end
  made[#made + 1] = { title = "kept", right = true }
  made[#made + 1] = { title = "", name = "mark", wrap = true, rank = 1 }
  for r = 1, draw(12) do
    local row = {}
    for i, column in ipairs(made) do
      if column.right or column.fold and draw(3) > 1 then
        row[i] = number()
        numbers[#numbers + 1] = { cell = row[i], column = column, row = r }
      elseif column.fold then row[i] = draw(2) == 1 and "-" or name(12)
      else row[i] = i == #made and columns.together("lost 2 of 5") .. ", best" or name(40) .. r end
    end
    lines[r] = row
  end
  for width = 40, 200, draw(7) do
    local out, note = columns.fit(made, lines, { width = width, fold = { title = "what varies", rank = 6 } })
    count = count + 1
    if #out ~= #lines + 1 then fault("case %d, width %d: %d rows of %d", case, width, #out, #lines + 1) end
    for _, line in ipairs { table.concat(out, "\n"), note } do
      for each in line:gmatch "[^\n]+" do
        if text.width(each) > width then fault("case %d, width %d: a line of %d: %s", case, width, text.width(each), each) end
      end
    end
    local said = (note or ""):gsub("%s+", " ")
    for _, each in ipairs(numbers) do
      local gone = said:find(each.column.title, 1, true) or each.column.fold and said:find("what varies", 1, true)
      if not gone and not out[each.row + 1]:find(each.cell, 1, true) then
        fault("case %d, width %d: %s is not in %s, nor named: %s", case, width, each.cell, out[each.row + 1], said)
      end
    end
    if said:find("kept", 1, true) then fault("case %d, width %d: what has to stay dropped", case, width) end
    local seen = {}
    for r = 2, #out do
      local label = out[r]:match "^(.-)  "
      if seen[label] then fault("case %d, width %d: two rows are called %s", case, width, label) end
      seen[label] = true
    end
    if width >= 200 and note and #made < 6 then fault("case %d: %s", case, note) end
  end
end
t.is(table.concat(faults, "\n", 1, math.min(5, #faults)), "", string.format("%d tables, 40 to 200 columns wide", count))

-- Long ones, and the width of a terminal.
local long = {}
for i = 1, 3000 do long[i] = { "row " .. i, tostring(i) } end
t.is(#columns.fit({ { title = "a", least = 8 }, { title = "b" } }, long, { width = 9 }), 3001, "thousands of rows")
t.is(words({ { title = "a", least = 8 }, { title = "b" } }, { { ("x"):rep(100000), "1" } }, { width = 40 }):match "\n(.*)",
  "xxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxxxxx  1", "a name of 100000 characters")
t.is(text.room(), ll.system.terminal(1), "no terminal, no width, COLUMNS or not")
t.done()
