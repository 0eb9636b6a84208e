-- The text of a trial's functions (study/code.lua): what changes it and what does not.
local ll = require "losslab"
local t = require "tests.lua.tap"
local code = require "losslab.study.code"
local dumped = require "losslab.study.dumped"
local tokens = require "losslab.study.tokens"
local study = require "losslab.study.study"

-- The text of what a script returns: a function, or several.
local function of(script, name)
  name = name or "=script"
  local compiled = script:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", "")
  local returned = { assert(load(compiled, name, "t", setmetatable({ ll = ll }, { __index = _G })))() }
  return code.of(returned, function(source) return source == name and script or nil end)
end

local function same(a, b, why, name) t.is(of(b, name), of(a), why) end
local function differ(a, b, why, name) t.isnt(of(b, name), of(a), why) end

-- ---- tokens ----

do
  local texts = {
    "local a <const> = 1 -- c\nreturn a", "x = 'a\\'b' .. \"c\\\"d\" .. [==[ ]] \n]=] ]==]",
  "--[[ long\nlong ]] y = 0x1p-3 + 1e+5 - .5e-3 // 2",
    "goto done ::done:: return 1 << 2 >> 3 ~= 4, a.b.c:d '...' , ...", "--[==[ a ]] b ]==] z = 1 --[ no long one\nw = 2",
  "x = 3 .. 4 -1",
    "s = 'a\\z   \n  b' .. '\\\\' .. \"\\\n\" u = 0xep1 + 0xe-1 + 1//0",
  }
  for _, text in ipairs(texts) do
    local list = tokens.of(text).tokens
    local again = tokens.of(table.concat(list, " ")).tokens
    t.is(again, list, "tokens joined are read as the same: " .. text)
    local function stripped(source)
      local f = assert(load(source, "=x"))
      return string.dump(f, true)
    end
    if not text:find "\\z" then t.is(stripped(table.concat(list, " ")), stripped(text), "and compile to the same: " .. text) end
  end
  t.is(#tokens.of("a=0xep1+0xe-1").tokens, 7, "an e of a hexadecimal numeral is a digit")
  t.is(tokens.of("\xef\xbb\xbf#!/usr/bin/lua\nx = 1").tokens, { "x", "=",
  "1" }, "a byte order mark and a first line with # fall away")
end

same("return function(s, y) return s end", "local function\n--\nf\n(s, y)\nreturn s\nend\nreturn f",
  "a local function over several lines")
same("return function(s, y) return s end", "function\nf\n(s,\ny)\nreturn s\nend\nreturn f",
  "a function's statement over several lines")
same("return function(s, y) return s end", "return function\n--\n(s, y)\nreturn s\nend",
  "a function without name over several lines")

-- what was compiled is the function that it calls, and the parts of a step
same("local f = ll.compile(function(s) return s * 2 end) return function(s) return f(s) end",
  "local f = ll.compile(function(s)\nreturn s * 2 end) return function(s) return f(s) end", "a compiled function by its text")
differ("local f = ll.compile(function(s) return s * 2 end) return function(s) return f(s) end",
  "local f = ll.compile(function(s) return s * 3 end) return function(s) return f(s) end", "another compiled function")
for _, lr in ipairs { 1, 2 } do
  local script = "local n = ll.nn.mlp { 2, 1 } local f = ll.compile { net = n, loss = ll.loss.hinge(), "
    .. "optimizer = ll.optim.sgd(n, { lr = %d }) } return function(s) return f(s) end"
  local check = lr == 1 and same or differ
  check(script:format(1), script:format(lr), "a compiled step by its parts")
end

-- Every function of every file of losslab is found where debug.getinfo says that it is.
do
  local files, functions, bad = 0, 0, nil
  for path in io.popen("find lua experiments tests -name '*.lua' | sort"):lines() do
    local input <close> = io.open(path, "rb")
    local text = input:read "a"
    local found, there = tokens.of(text).functions, {}
    for key, list in pairs(found) do there[key] = #list end
    for i, each in ipairs(dumped.functions(assert(load((text:gsub("^#[^\n]*", "")), "=x")))) do
      functions = functions + 1
      local key = each.first .. ":" .. each.last
      if i > 1 then -- the first is the chunk itself
        if not there[key] or there[key] == 0 then bad = bad or path .. " " .. key else there[key] = there[key] - 1 end
      end
    end
    for key, left in pairs(there) do if left ~= 0 then bad = bad or path .. " " .. key .. " too many" end end
    files = files + 1
  end
  t.is(bad, nil, string.format("the functions of %d files, %d, stand where Lua says", files, functions))
end

-- ---- what does not count ----

local plain = "return function(s, y) return s * 2 end"
same(plain, "-- said\n\n\n  return   function ( s,y )\n return s*2 -- why\n end --[[ x ]]", "comments, white space, place")
same(plain, "local function loss(s, y) return s * 2 end return loss", "how a function gets its name")
same(plain, "local other = { 1, 2, function(a) return a end } return function(s, y) return s * 2 end",
  "a neighbour in the same line")
same(plain, "\xef\xbb\xbf#!/usr/bin/env losslab\nreturn function(s, y) return s * 2 end", "another name and a first line",
  "=other.lua")
same(plain, plain:gsub(" ", "\r\n"), "other ends of lines")
same("local a, b = 1, 2 return function() return a + b end",
  "local b = 2\nlocal c = 7\nlocal a = 1\nreturn function() return a + b end",
  "order and neighbours of what it sees from outside")
same("local p = { x = 1, y = { 2, 3 } } return function() return p end",
  "local p = {} p.y = { 2, 3 } p.x = 1 return function() return p end",
  "how a table came about")
same("g = 1 return function() return 2 end", "g = 2 return function() return 2 end", "a global that it does not name")
same("g = 1 return function(p) return p.g end", "g = 2 return function(p) return p.g end", "a field called as a global")

-- ---- what does ----

differ(plain, "return function(s, y) return s * 3 end", "its own tokens")
differ(plain, "return function(s, y) return s * 2.0 end", "an integer and a float")
differ("local m = 0.1 return function(s) return s * m end", "local m = 0.1000000000000001 return function(s) return s * m end",
  "a number seen from outside, by its bits")
differ("local m = 0.0 return function(s) return s * m end", "local m = -0.0 return function(s) return s * m end",
  "the sign of zero")
differ("local m = 1 return function(s) return s * m end", "local m = 1.0 return function(s) return s * m end", "1 and 1.0 outside")
differ("local m return function(s) return m end", "local m = false return function(s) return m end", "nil and false")
differ("local m = '1' return function(s) return m end", "local m = 1 return function(s) return m end", "'1' and 1")
differ("local m <const> = 0.1 return function(s) return s * m end", "local m <const> = 0.2 return function(s) return s * m end",
  "a compile-time constant")
differ("local k <const> = 1 local m <const> = -k return function(s) return s * m end",
  "local k <const> = 2 local m <const> = -k return function(s) return s * m end", "a constant made of another")
same("local m <const> = 0.1 local n = 1 return function(s) return s * m end",
  "local m <const> = 0.1 -- said\n\nlocal n = 2 return function(s) return s * m end", "what stands after a constant does not count")
local helper = "local function half(x) return x / %d end return function(s) return half(s) end"
differ(helper:format(2), helper:format(3), "a local helper")
differ("function half(x) return x / 2 end return function(s) return half(s) end",
  "function half(x) return x / 3 end return function(s) return half(s) end", "a global helper")
differ("function half(x) return x / 2 end return function(s) return _G.half or _ENV['half'](s) end",
  "function half(x) return x / 3 end return function(s) return _G.half or _ENV['half'](s) end", "a global reached through _ENV")
differ("g = 1 function half(x) return x / g end return function(s) return half(s) end",
  "g = 2 function half(x) return x / g end return function(s) return half(s) end", "a global that a helper names")
local nested = "local a = { b = { c = { d = %s } } } return function() return a end"
differ(nested:format "1", nested:format "2", "deep in a table")
differ("local t = setmetatable({}, { __index = { m = 1 } }) return function() return t.m end",
  "local t = setmetatable({}, { __index = { m = 2 } }) return function() return t.m end", "a metatable")
differ("local f = math.exp return function(x) return f(x) end", "local f = math.log return function(x) return f(x) end",
  "which function of Lua")
differ("local f = ll.sigmoid return function(x) return f(x) end", "local f = ll.tanh return function(x) return f(x) end",
  "which function of losslab")
differ("local w = ll.matrix { { 1, 2 } } return function(x) return w end",
  "local w = ll.matrix { { 1, 3 } } return function(x) return w end",
  "a matrix")
same("local w = ll.matrix { { 1, 2 } } return function(x) return w end",
  "local w = ll.matrix { { 0.5, 1 } } * 2 return function(x) return w end",
  "an equal matrix")
differ("local l = ll.loss.hinge { margin = 1 } return function(x) return l end",
  "local l = ll.loss.hinge { margin = 2 } return function(x) return l end", "a loss with other parameters")

-- recursion, cycles, methods, closures
local recursive = "local function f(n) return n < 2 and 1 or %s * f(n - 1) end return f"
same(recursive:format "n", "--\n" .. recursive:format "n", "a recursive function")
differ(recursive:format "n", recursive:format "2", "a recursive function, changed")
local mutual = "local even, odd function even(n) return n == 0 or odd(n - 1) end " ..
  "function odd(n) return n ~= %d and even(n - 1) end return even"
same(mutual:format(0), mutual:format(0):gsub(" end ", " end\n"), "two that call each other")
differ(mutual:format(0), mutual:format(1), "two that call each other, one changed")
local class = "local C = {} C.__index = C function C:step(x) return x * self.rate end " ..
  "function C.new(r) return setmetatable({ rate = r }, C) end " ..
  "local c = C.new(%s) return function(x) return c:step(x) end"
same(class:format "1", class:format("1"):gsub("end ", "end\n\n"), "an object")
differ(class:format "1", class:format "2", "a field of an object")
differ(class:format "1", (class:format("1"):gsub("x %* self", "x + self")), "a method of an object")
differ("local C = {} function C:f() return 1 end return C.f", "local C = {} function C.f() return 1 end return C.f",
  "a method and a function")
local loop = "local all = {} for i = 1, 3 do all[i] = function(x) return x + i * %d end end return all[%d]"
differ(loop:format(1, 1), loop:format(1, 2), "closures made in a loop see different numbers")
differ(loop:format(1, 1), loop:format(2, 1), "closures made in a loop, changed")
same(loop:format(1, 1), "--\n" .. loop:format(1, 1), "closures made in a loop, the same")
local keyed = "local a, b = { n = 1 }, { n = 2 } local t = { %s } return function() return t end"
same(keyed:format "[a] = 1, [b] = 2", keyed:format "[b] = 2, [a] = 1", "tables as keys have no order")
differ(keyed:format "[a] = 1, [b] = 2", keyed:format "[a] = 2, [b] = 1", "tables as keys, exchanged values")
same("local t = {} t.t = t t[t] = t return function() return t end",
  "local t = {} t[t] = t t.t = t return function() return t end",
  "a table that holds itself")
t.lives(function()
  return of "local t = {} local at = t for i = 1, 3e5 do at.n = { i } at = at.n end return function() return t end"
end,
  "a long chain of tables")
differ("local n = 0 local function a() n = n + 1 return n end local function b() return n end return a, b",
  "local n = 0 local function a() n = n + 1 return n end local n = 0 local function b() return n end return a, b",
  "whether two functions see one variable or two equal ones")

-- several functions in a line
local line = "local t = { a = function(x) return x * 1 end, b = function(x) return x * %d end } return t.a"
same(line:format(2), line:format(3), "another function in the same line is told apart")
differ("return (function(x) return x * 1 end)", "return (function(x) return x * 2 end)", "of one line, changed")
line = "local f = function(p) return function(s) return s * %s end end return f%s"
differ(line:format("p", ""), line:format("2", ""), "a function in a function, in one line")
differ(line:format("p", "(1)"), line:format("p", "(2)"), "what the outer one gave the inner one")
line = "local a, b = function(x) return x + y end, function(x) return x + %s end return a"
same(line:format "z", line:format "w", "of functions that are alike to the machine, each is found")
same("local k = 1 local f = function() return k end local g = function() return k end return f",
  "local k = 1 local f = function() return k end local h = function() return k end return f", "twins in a line")

-- functions without a text, and texts that stand for themselves
differ("return load('return 1')", "return load('return 2')", "a function made of a text")
differ("return load(string.dump(function() return 1 end, true))", "return load(string.dump(function() return 2 end, true))",
  "a function that was dumped")
t.is(code.of({ math.sin }), "<math.sin>\n", "a function of Lua is its name")

-- what a script puts into Lua's tables
-- luacheck: ignore 143
do
  local before = code.of { function(x) return math["twice"](x) end }
  rawset(math, "twice", function(x) return 2 * x end)
  local with = code.of { function(x) return math["twice"](x) end }
  rawset(math, "twice", function(x) return 3 * x end)
  local other = code.of { function(x) return math["twice"](x) end }
  local without = code.of { function(x) return math.sin(x) end }
  rawset(math, "twice", nil)
  t.ok(before ~= with and with ~= other, "a function put into math counts where it is named")
  t.is(code.of { function(x) return math.sin(x) end }, without, "and only there")
end

-- a formula of losslab that was changed
do
  local function f(x, y) return ll.loss.hinge { margin = 1 }(x, y) end
  local function g(x, y) return ll.loss.square {}(x, y) end
  local one, other, describe = code.of { f }, code.of { g }, ll.loss.describe
  rawset(ll.loss, "describe", function(name)
    local row = describe(name)
    if name == "hinge" then row.version = row.version + 1 end
    return row
  end)
  local now, beside = code.of { f }, code.of { g }
  rawset(ll.loss, "describe", describe)
  t.isnt(now, one, "another version of a loss's formula counts where the loss is named")
  t.is(beside, other, "and only there")
  for _, kind in ipairs { "loss", "optim", "metric" } do
    for _, name in ipairs(ll[kind].list()) do
      local version = ll[kind].describe(name).version
      if math.type(version) ~= "integer" or version < 1 then t.is(version, 1, kind .. " " .. name .. " has a version") end
    end
    t.is(ll[kind].describe(ll[kind].list()[1]).version, 1, "versions of " .. kind .. " begin with 1")
  end
end

-- files beside the script
do
  local folder, write = t.folder()
  package.path = folder .. "/?.lua;" .. package.path
  write("code_helper.lua", "local M = {} function M.f(x) return x end return M")
  local script = "local h = require 'code_helper' return function(x) return h.f(x) end"
  local one = of(script)
  package.loaded.code_helper = nil
  write("code_helper.lua", "-- a comment\nlocal M = {}\nfunction M.f(x) return x end return M")
  t.is(of(script), one, "a module is told by its functions")
  package.loaded.code_helper = nil
  write("code_helper.lua", "local M = {} function M.f(x) return -x end return M")
  t.isnt(of(script), one, "a module that changed")
  package.loaded.code_helper = nil
  script = "return function(x) return require 'code_helper'.f(x) end"
  one = of(script)
  write("code_helper.lua", "local M = {} function M.f(x) return 2 * x end return M")
  t.isnt(of(script), one, "a module that is loaded only when the function runs")
  local path = write("code_file.lua", "return 1")
  script = ("return function(x) return dofile %q end"):format(path)
  one = of(script)
  write("code_file.lua", "return 2")
  t.isnt(of(script), one, "a file that the function runs")
  path = write("code_plain.lua", "local f = function(x) return x end return f")
  one = code.of { dofile(path) }
  path = write("code_renamed.lua", "\n\nlocal f = function(x) return x end return f")
  t.is(code.of { dofile(path) }, one, "a renamed file")
  local f = dofile(path)
  write("code_renamed.lua", "\n\nlocal f = function(x) return -x end return f")
  t.isnt(code.of { f }, code.of { dofile(path) }, "a file that was changed after it was loaded does not stand for what was loaded")
end

-- ---- studies ----

local function study_of(script, name) return study.of_script(script, name or "@study.lua") end

local written = [[
local tau = %s
local function mine(s, y, p) return (s * y):mean() * p.tau * tau end
return ll.study { name = %q, data = "sonar", %s
  compare = { mine = { mine, tau = { 1, 2 } }, other = { function(s, y) return (s - y):square():mean() end }, hinge = {} },
  model = { hidden = { 4 } }, train = { epochs = %d } }
]]
local function hash(text, loss, name)
  local one = study_of(text, name)
  for _, config in ipairs(one.configs) do
    if config.loss == loss then return code.of_study(one, config) end
  end
end
local base = written:format("1", "a", "", 1)
t.like(hash(base, "mine"), "^%x+$", "a loss in Lua has a hash")
t.is(#hash(base, "mine"), 64, "of 64 digits")
t.is(hash(base, "hinge"), "", "a built-in one has none")
t.is(hash(written:format("1", "b", "question = 'why?',", 3), "mine"), hash(base, "mine"), "other options of the study do not count")
t.is(hash("\n-- said\n" .. base, "mine", "=path.db"), hash(base, "mine"), "nor do comments, nor where the script is from")
t.isnt(hash(written:format("2", "a", "", 1), "mine"), hash(base, "mine"), "what the loss sees from outside does")
t.is(hash(written:format("2", "a", "", 1), "other"), hash(base, "other"), "for that loss alone")
t.isnt(hash(base, "other"), hash(base, "mine"), "two losses are two")
local made = written:format("1", "a",
  "", 1):gsub('data = "sonar"', 'data = { name = "d", make = function() return ll.data.load "sonar" end }')
t.is(hash(made, "mine"), hash(base, "mine"), "what makes the data does not count")
local looped = base:gsub("epochs = 1", "epochs = 1, loop = function(trial) trial:end_epoch() end")
t.like(hash(looped, "hinge"), "^%x+$", "with a loop of the study's own a built-in loss has a hash")
t.isnt(hash(looped, "mine"), hash(base, "mine"), "and another one has another")
local own = [[return ll.study { name = "a", data = "sonar", metric = "x", compare = { a = { k = { 1, 2 } }, b = {} },
  trial = function(t) t:record { valid = { x = %d } } end }]]
t.is(hash(own:format(1), "a"), hash(own:format(1), "b"), "a study's own trial is that of all its methods")
t.isnt(hash(own:format(1), "a"), hash(own:format(2), "a"), "and counts")
do
  local one = study_of(base)
  t.is(code.of_study(one, one.configs[1]), code.of_study(one, one.configs[1]), "asked again it says the same")
end

-- ---- length ----

-- Work is counted, not timed: ten times the script takes ten times the steps of the machine.
do
  local function steps(n)
    local parts = { "local all = {}" }
    for i = 1, n do parts[#parts + 1] = ("all[%d] = function(x) return x + %d end -- %s"):format(i, i, ("c"):rep(40)) end
    parts[#parts + 1] = "return table.unpack(all, 1, 200)"
    local script, count = table.concat(parts, "\n"), 0
    debug.sethook(function() count = count + 1 end, "", 1000)
    of(script)
    debug.sethook()
    return count
  end
  local few, many = steps(2000), steps(20000)
  t.ok(many < 15 * few, string.format("a script ten times as long takes %.1f times the steps", many / few))
end

t.done()
