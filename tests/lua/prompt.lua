-- The prompt's decisions: what a line means, how values print, what Tab offers.
local t = require "tests.lua.tap"
local ll = require "losslab"
local complete = require "losslab.prompt.completion"
local inspect = require "losslab.prompt.inspect"
local repl = require "losslab.prompt.prompt"

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
local data = ll.data.load "iris"
globals.d, globals.net = data, ll.nn.mlp { 2, 3, 1 }
globals.t = { a = { b = 1 } }
globals.f = function() error "called" end
local called = false
globals.wrapped = setmetatable({}, { __index = coroutine.wrap(function() called = true end) }) -- a function of C, but the user's
globals.evil = setmetatable({}, { __index = function() error "called" end, __call = function() error "called" end })
for typed, want in pairs {
  ["d.feat"] = "ures", ["d:spl"] = "it", ["d.x:backw"] = "ard", ["(m):backw"] = "ard", ["m[1]:back"] = false,
  ["net:para"] = "meters", ["d:split { gro"] = "ups = ", ["ll.fit(net, nil, d, { pati"] = "ence = ",
  ["ll.zeros(2, 3):back"] = "ward", ["ll.zeros(2, 3)[1]:back"] = "ward", ["ll.zeros(2, 3).requ"] = "ires_grad",
  ["m:exp():transp"] = "ose", ["ll.zeros(2, 3):shape().x"] = false, ["ll.data.load('iris').class_n"] = "ames",
  ["ll.loss.hinge{ mar"] = "gin = ", ["ll.loss.hinge({ mar"] = "gin = ", ["ll.loss.hinge{ margin = 1, redu"] = "ction = ",
  ["ll.loss.hinge{ margin = na"] = "me", ["ll.loss.hinge{}:para"] = "ms", ["ll.data.moons { nois"] = "e = ",
  ["ll.optim.adam(net:parameters(), { weight_"] = "decay = ", ["ll.nn.mlp { 2, 3, hid"] = "den = ",
  ["ll.nn.mlp { 2, hidden = \"sigm"] = "oid\"", ["ll.loss.adaptive_rank { alpha_gradient = \"f"] = "ull\"",
  ["ll.study { tra"] = "in = ", ["ll.study { train = { optim"] = "izer = ", ["ll.study { train = { optimizer = \"rms"] = "prop\"",
  ["ll.study { data = { \"breast_c"] = "ancer\"", ["ll.study { compare = { hinge = { mar"] = "gin = ",
  ["ll.data.load \"breast_c"] = "ancer\"", ["ll.data.load('breast_c"] = "ancer'", ["ll.metric.describe \"partial"] = "_auc\"",
  ["io.open \"tests/lua/pro"] = "mpt.lua\"", ["io.open \"tests/e2"] = "e/", ["t.a."] = "b", ["t['"] = "a']", ["?adap"] = false,
  ["\"abc\":upp"] = "er", ["x = 3 -- ll.zer"] = false, ["print(ll.zer"] = "os", ["for i = 1, 2 do\n  ll.zer"] = "os",
  ["a.b .. m.requ"] = "ires_grad", ["f().x"] = false, ["evil.x"] = false, ["wrapped.a."] = false,
  ["evil:x"] = false, ["evil().x"] = false,
  ["evil[1].x"] = false, ["3."] = false, ["\"nothing/at/all"] = false, ["ll.loss.hinge{ [\"x"] = false,
} do
  if typed == "?adap" then want = "tive_rank" end
  if typed == "t['" then want = "a'" end
  t.is(insert(typed), want or nil, "Tab behind " .. typed:gsub("\n", "\\n"))
end
t.ok(not called, "nor a function of C that the user put into a metatable")

-- ---- several statements ----
local typed = require "losslab.prompt.typed"
local function values(line)
  local out = {}
  for _, statement in ipairs(assert(typed.statements(line))) do
    local got = table.pack(statement.chunk())
    if statement.prints then for i = 1, got.n do out[#out + 1] = tostring(got[i]) end end
  end
  return table.concat(out, " ")
end
for line, want in pairs { ["q = 1; q"] = "1", ["local q = 2; local w = 3; q * w"] = "6", ["q = 5;"] = "",
  ["3 + 4;"] = "", ["3 + 4; -- done"] = "", ["q = 'a; b'; #q"] = "4", ["q = 1 -- a; b"] = "",
  ["q = function() return 1; end; q()"] = "1", ["do local e = 1; q = e end; q"] = "1",
  ["q = { 1; 2 }; #q"] = "2", ["local a = 4\nlocal b = 5\na + b"] = "9", ["for i = 1, 2 do\n  q = i\nend\nq"] = "2",
  ["('x')\n  :rep(3)"] = "xxx", ["q = 7\n\n-- a comment\nq"] = "7", ["if true then\n  q = 1\nelse\n  q = 2\nend q"] = "" } do
  local fine, got = pcall(values, line)
  if line:find "end q$" then t.ok(not fine, "two statements without ; or a new line are refused")
  else t.is(fine and got or "error: " .. tostring(got), want, "the values of " .. line:gsub("\n", "\\n")) end
end
for line, want in pairs { ["? ll.zeros"] = "ll.zeros", ["?? two words"] = "two words", ["help x"] = "x", ["help"] = "", ["?"] = "",
  ["help net:parameters"] = "net:parameters", ["apropos margin"] = "margin", ["help = 3"] = false, ["help(x)"] = false,
  ["help 'x'"] = false, ["help and x"] = false, ["helper x"] = false, ["apropos"] = false } do
  t.is(typed.asked(line), want or nil, "what " .. line .. " asks help for")
end
t.ok(select(2, typed.asked "apropos margin"), "apropos searches")
t.ok(typed.unfinished "for i = 1, 2 do\n  print(i)" and not typed.unfinished "for i = 1, 2 do\n  print(i)\nend", "a block goes on")
t.ok(not typed.unfinished "'no end", "a string in quotes ends in its line")

-- ---- places of errors ----
local point = require "losslab.prompt.caret"
local function syntax(line)
  local _, why, _, other, at = typed.statements(line)
  return point.at_syntax(why, other, at.text, at.line)
end
for line, want in pairs { ["1 +* 2"] = "near '%*'\n  1 %+%* 2\n     %^$", ["x = = 1"] = "near '='\n  x = = 1\n      %^$",
  ["a b"] = "near 'b'\n  a b\n    %^$", ["x = 1\ny = = 2"] = "prompt:2: .*\n  2 | y = = 2\n          %^$",
  ["für = 3"] = "near 'ü'\n  für = 3\n   %^$", ['x = "é" .. é'] = "near 'é'\n  x = \"é\" .. é\n             %^$",
  ["end"] = "near 'end'\n  end\n  %^$", ["goto x"] = "label 'x'" } do
  t.like(syntax(line), want, "the place in " .. line:gsub("\n", "\\n"))
end
t.is(point.at_run("prompt:1: attempt to index a nil value (global 'w')", "q = 1; w.x = 2"),
  "prompt:1: attempt to index a nil value (global 'w')\n  q = 1; w.x = 2\n         ^", "a variable is pointed at")
t.is(point.at_run("prompt:1: attempt to index a nil value (global 'w')", "w.x = w.y"),
  "prompt:1: attempt to index a nil value (global 'w')", "unless it could be another")
t.is(point.at_run("prompt:2: boo", "q = 1\nerror 'boo'"), "prompt:2: boo\n  2 | error 'boo'", "a block's line is shown")
t.is(point.at_run("boo", "error()"), "boo", "a message without a place stays")

-- ---- matrices ----
local function shown(m, options) return ll.show(m, options) end
for _, each in ipairs {
  { ll.matrix { { 1, 2.5, 1e-9 }, { -3, 1000.25, 1e-3 }, { 0 / 0, 1 / 0, -1 / 0 } },
    "matrix 3x3\n   1     2.50  1e-09\n  -3  1000.25  1e-03\n NaN      inf   -inf" },
  { ll.matrix { { 3.25 } }, "matrix 1x1: 3.25" }, { ll.zeros(0, 3), "matrix 0x3, no elements" },
  { ll.zeros(3, 0), "matrix 3x0, no elements" }, { ll.matrix { { -0.0, 1, 123456 } }, "matrix 1x3: -0  1  123456" },
  { ll.matrix { { 1e-5, 2e-5 }, { 3.5e-5, 0 } }, "matrix 2x2\n 1.0e-05  2e-05\n 3.5e-05  0e+00" },
  { ll.matrix { 1.5, 2, 10.25 }, "matrix 3x1\n  1.50\n  2.00\n 10.25" },
} do t.is(shown(each[1]), each[2], "a matrix prints as " .. each[2]:gsub("\n", "\\n")) end
local tall = ll.zeros(30, 2)
t.is(select(2, shown(tall):gsub("\n", "")), 11, "a tall one is cut to its ends")
t.is(select(2, shown(tall, { rows = "all" }):gsub("\n", "")), 30, "unless all is asked for")
t.is(select(2, shown(tall, { rows = 4 }):gsub("\n", "")), 5, "or so many rows")
local wide = shown(ll.zeros(2, 500))
for line in wide:gmatch "[^\n]+" do t.ok(utf8.len(line) <= 80 and (line:find "^matrix" or line:find "…"), "a wide one fits") end
t.is(shown(ll.ones(2, 500), { cols = 3 }), "matrix 2x500\n 1  1  …  1\n 1  1  …  1", "or has so many columns")
t.is(shown(ll.matrix { { 1 / 3 } }, { digits = 3 }), "matrix 1x1: 0.333", "digits")
t.like(select(2, pcall(ll.show, tall, { row = 1 })), 'no option "row"; did you mean "rows"', "an option that it does not know")
t.like(select(2, pcall(ll.show, tall, { rows = 0 })), "rows must be an integer >= 1", "or a number of no rows")
t.like(shown(data), "^data iris: 150 rows, 4 features.*sepal_length.*class\n +5.1", "a data set has its first rows")
t.like(shown(many), "… 976 more.*ll.show%(value, { rows = \"all\" }%) shows all", "a cut table says how to see all")
t.ok(not shown(many, { rows = "all" }):find "more", "which does")
t.like(shown(string), "^a module of %d+ names:\n", "a module lists its names")
t.like(shown(ll.loss), "^ll.loss: .*cosface", "one of ll says what it is")
t.like(shown(function(a, b, ...) return a, b, ... end),
  "^function %(a, b, …%), .*prompt.lua:%d+", "a function its arguments and place")
local said
local print_one = inspect.printer(function(...) said = table.concat({ ... }, "|") end)
print_one(tall, { rows = 2 })
t.is(said, "matrix 30x2\n 0  0\n …  …\n 0  0", "print takes options behind a matrix")
print_one("a", 1, nil)
t.is(said, "a|1|nil", "and else prints as ever")

-- ---- the history's file ----
local program, remembered = require "losslab.program", require "losslab.prompt.remembered"
local folder, write = t.folder()
local path = folder .. "/history"
write("history", "one\ntwo\n\tof two lines\nthree\nfour\n\tgoes on\n\tand on\nfive\n")
t.ok(program.shrink(path, 1000), "a file that is small enough")
t.is(#require "losslab.file".read(path), 55, "stays as it is")
t.ok(program.shrink(path, 50), "one that is larger")
t.is(require "losslab.file".read(path), "five\n", "keeps its last entries, whole ones")
t.ok(program.append(path, "six\n"), "it is added to")
t.is(require "losslab.file".read(path), "five\nsix\n", "at its end")
t.ok(not program.append(folder, "x"), "a folder is no history")
t.is(remembered.last_word({ entries = { "print(ll.zeros(2, 3))" } }, 1), "print(ll.zeros(2, 3))", "a call is a word")
t.is(remembered.last_word({ entries = { 'x = f "a b"' } }, 1), '"a b"', "so is a string")
t.is(remembered.last_word({ entries = { "a = ll.loss.hinge { margin = 1 }" } }, 1), "{ margin = 1 }", "and a table")
t.is(remembered.last_word({ entries = { "one", "two words" } }, 2), "one", "of the entry before")
t.is(remembered.last_word({ entries = { "one" } }, 2), nil, "if there is one")

-- ---- timeit and profile ----
local io_out, printed = require "losslab.say".out, {}
require "losslab.say".out = function(...) printed[#printed + 1] = table.concat { ... } end
local calls = 0
local timing = ll.timeit(function() calls = calls + 1 end, 10)
t.ok(timing.median > 0 and timing.low <= timing.median and timing.median <= timing.high, "a timing has its quartiles in order")
t.is(timing.calls, 10, "runs of so many calls")
t.is(calls, 1 + 10 * timing.runs + 3, "and no other calls than it says, but the first and those whose memory is counted")
t.like(printed[1], "^[%d.e+]+ %a?[%z\1-\255]*s, between .* runs? of 10 calls", "which it prints")
t.ok(ll.timeit("ll_never = 1", 2).median > 0, "a text of Lua")
_G.ll_never = nil
t.like(select(2, pcall(ll.timeit, "1 +")), "timeit: ", "a text that is none")
t.like(select(2, pcall(ll.timeit, 3)), "a function or a text of Lua was expected, not 3", "or no text")
local function inner(n) return n > 0 and inner(n - 1) or 0 end
local function outer() for _ = 1, 10 do inner(3) end pcall(error, "x") return ll.ones(3, 3):sum() end
local profile = ll.profile(outer)
local by_name = {}
for _, row in ipairs(profile) do by_name[row.name] = row end
t.is(by_name.inner and by_name.inner.calls, 40, "a profile counts calls, those at the end of a function too")
t.is(by_name["ll.ones"] and by_name["ll.ones"].calls, 1, "and those of the engine, by name")
local share = 0
for _, row in ipairs(profile) do share = share + row.share end
t.ok(math.abs(share - 1) < 1e-9, "shares are of the whole")
t.ok(by_name.inner.total <= profile.seconds * 1.0001, "nothing takes longer than all")
t.like(by_name.inner.where, "prompt.lua:%d+$", "a function is said where")
t.like(select(2, pcall(ll.profile, function() error("mine", 0) end)), "^mine$", "an error is the function's own")
t.ok(debug.gethook() == nil, "and no hook is left")
require "losslab.say".out = io_out
t.done()
