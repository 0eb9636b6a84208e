-- The prompt's decisions: what a line means, how values print, what Tab offers.
local t = require "tests.lua.tap"
local ll = require "losslab"
local complete = require "losslab.cli.completion"
local inspect = require "losslab.cli.inspect"
local repl = require "losslab.cli.prompt"

-- ---- lines ----
local function unfinished(statement) return (select(3, repl.compile(statement))) end
t.is(repl.compile "1 + 1"(), 2, "an expression has its value")
t.is(repl.compile "return 3"(), 3, "so has a return")
t.is(select("#", repl.compile "f = 1"()), 0, "a statement has none")
_G.f = nil
for _, statement in ipairs { "for i = 1, 2 do", "function f()", "{ 1,", "f(1,", "if x then", "x =", "[[ text", "local x =" } do
  t.ok(unfinished(statement), statement .. " goes on")
end
for _, statement in ipairs { "x = = 1", "end", "for i = 1, 2 do end end", "1 +* 2", "goto" } do
  t.ok(not repl.compile(statement) and not unfinished(statement) or statement == "goto", statement .. " is wrong, not unfinished")
end
for statement, want in pairs { ["local kept = 4"] = 4, ["local kept, other = 5, 6"] = 5, ["local function kept() end"] = "function",
  ["local kept"] = "nil", ["local kept <const> = 1"] = "nil" } do
  _G.kept = nil
  repl.compile(statement)()
  local got = _G.kept
  t.is(type(want) == "number" and got or type(got), want, statement .. " at the prompt")
end
_G.kept, _G.other = nil, nil

-- ---- values ----
for _, each in ipairs {
  { 1.5, "1.5" }, { "a\nb", "a\nb" }, { {}, "{}" }, { { 1, 2, "x\"\n" }, '{ 1, 2, "x\\"\\10" }' },
  { { b = 1, a = { true } }, "{ a = { true }, b = 1 }" },
  { { [3] = 1, ["a b"] = 2 }, '{ [3] = 1, ["a b"] = 2 }' }, { { print }, "{ function }" },
} do t.is(inspect(each[1]), each[2], "a value prints as " .. each[2]:gsub("\n", "\\n")) end
local loop = {}
loop.again = loop
t.is(inspect(loop), "{ again = {…} }", "a table that holds itself")
local many = {}
for i = 1, 1000 do many[i] = i end
t.like(inspect(many), "… 976 more", "a long array is cut")
t.like(inspect(setmetatable({}, { __tostring = function() error "boo" end })), "cannot be printed: .*boo",
  "one that cannot be printed")
t.like(inspect(ll.matrix { { 1, 2 } }), "^matrix 1x2", "a matrix")
t.like(inspect { loss = ll.loss.hinge {} }, "loss = hinge {margin", "a loss in a table")

-- ---- Tab ----
local globals = { ll = ll, m = ll.matrix { 1 }, name = "text", table = table, deep = { deeper = { deepest = 1 } },
  hinge = ll.loss.hinge {} }
local function insert(typed) return (complete(typed, globals)) end
local function offers(typed) return (select(2, complete(typed, globals))) or "" end
t.is(insert "", "  ", "at the start of a line Tab is space")
t.is(insert "nam", "e", "a global")
t.is(insert "print(deep.dee", "per", "a field")
t.is(insert "x = deep.deeper.d", "eepest", "a field of a field")
t.is(insert "m:back", "ward", "a method of a matrix")
t.is(insert "m.requ", "ires_grad", "a field of a matrix")
t.is(insert "name:rep", nil, "nothing to add")
t.is(insert "name:ups", nil, "nothing that fits")
t.is(insert "hinge:end", "_epoch", "a method of a loss")
t.is(insert "hinge.marg", "in", "a parameter of a loss")
t.is(insert "ll.loss.pair_sq", "uare", "as far as all go")
t.like(offers "ll.loss.pair_squared", "^$", "nothing to choose")
t.like(offers "ll.loss.pair_", "pair_exponential .*pair_hinge", "then the possibilities")
t.is(insert "ll.gradch", "eck", "a module that is not loaded yet")
t.is(insert "func", "tion", "a keyword")
t.is(insert "nothing.at.all", nil, "fields of nothing")
t.is(insert "f().x", nil, "nothing is called to complete")
t.ok(not offers("m:"):find "requires_grad", "after a colon there are methods only")
t.done()
