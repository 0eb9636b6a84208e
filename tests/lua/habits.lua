-- Habits of other languages at the prompt: a line that does not compile is told what Lua writes, one that compiles never is, and no
-- line of theirs waits for more.
local t = require "tests.lua.tap"
local ll = require "losslab"
local habits = require "losslab.cli.habits"
local point = require "losslab.prompt.caret"
local typed = require "losslab.prompt.typed"

local function message(line)
  local list, why, _, other, fault = typed.statements(line)
  return list and "" or point.at_syntax(why, other, fault.text, fault.line)
end

for line, hint in pairs {
  ["import numpy as np"] = "nothing is imported", ["from torch import nn"] = "nothing is imported",
  ["using Flux"] = "nothing is imported", ["def f(x):"] = "function f(x)", ["f = lambda x: x"] = "function(x) return",
  ["for i in range(3):"] = "for i = 1, n do", ["for x in xs:"] = "ipairs", ["while True:"] = "while … do",
  ["if x == 1:"] = "if … then", ["elif x:"] = "elseif", ["a != b"] = "~=", ["a && b"] = "Lua writes and",
  ["a || b"] = "Lua writes or",
  ["!a"] = "Lua writes not", ["x ** 2"] = "x ^ 2", ["x .* y"] = "element by element", ["x @ y"] = "matrix product",
  ["i++"] = "i = i + 1", ["x += 1"] = "x = x + 1", ["m[1:2]"] = "row_range", ["m[:, 1]"] = "col_range", ["x = m[1, 2]"] = "m[1][2]",
  ["x = [1, 2]"] = "{ 1, 2 }", ["f([1, 2])"] = "{ 1, 2 }", ["[1, 2]"] = "{ 1, 2 }", ["o = {a: 1}"] = "name = value",
  ['o = {"a": 1}'] = "name = value", ["y = x ? 1 : 2"] = "and a or b", ["print x"] = "with brackets", ["// all"] = "begins with --",
} do
  local said = message(line)
  t.ok(said:find("; ", 1, true) and said:find(hint, 1, true), line .. " is told of " .. hint)
  t.ok(not typed.unfinished(line), line .. " waits for nothing")
end
for _, line in ipairs { 'x = "a != b" )', "x = 1 ) -- a != b", "x = { [1] = 2, [2] = 3 }}", "x = y = 2", "f(1, 2))" } do
  local said = message(line)
  t.ok(said ~= "" and not said:find("Lua writes", 1, true) and not said:find("a list", 1, true), line .. " is told of no habit")
end
t.ok(message("x = 1\ny += 1"):find("x = x + 1", 1, true), "the line of the error is meant")
t.ok(typed.unfinished "for i = 1, 3 do", "a block of Lua waits for its end")

t.is(habits.of_text("a.lua:2: 'then' expected near '!'", "x = 1\nif x != 2 then end\n"),
  "a.lua:2: 'then' expected near '!'; Lua writes ~= for not equal", "a line of a file")
t.is(habits.of_text("a.lua:1: odd", "x = 1\nx += 2"), "a.lua:1: odd", "not of another line")
t.is(habits.of_text("not enough memory", "x += 1"), "not enough memory", "where no line is at fault")
t.throws(function() ll.study.of_script("local x = 1\nx += 1\nreturn x", "@s.lua") end, { "s.lua:2: ", "; Lua writes x = x + 1" })

for line, leaves in pairs { exit = true, ["quit()"] = true, [" exit ( ) ;"] = true, ["exit(1)"] = false, exits = false,
  ["x = quit"] = false } do
  t.is(habits.leaves(line), leaves, line .. (leaves and " leaves" or " does not leave"))
end
_G.quit = 1
t.ok(not habits.leaves "quit", "a name of one's own is one's own")
_G.quit = nil
t.done()
