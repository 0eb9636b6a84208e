-- losslab.json: canonical, to the bit, and no value that JSON cannot hold.
local t = require "tests.lua.tap"
local json = require "losslab.json"

t.is(json.encode { b = 1, a = { 1, 2.5, "x" }, ["a b"] = false }, '{"a":[1,2.5,"x"],"a b":false,"b":1}', "keys are sorted")
t.is(json.encode { margin = 1.0 }, json.encode { margin = 1 }, "1.0 and 1 are the same number")
t.is(json.encode { 0.1, 1 / 3, 1e300, -2.5e-9, 5e-324, 2 ^ 53, -0.0, 123456789.125 },
  "[0.1,0.3333333333333333,1e+300,-2.5e-09,4.94065645841247e-324,9007199254740992,-0.0,123456789.125]", "the shortest numbers")
t.is(json.encode {}, "{}", "an empty table is an object")
t.is(json.encode(json.array {}), "[]", "unless it is marked")
t.is(json.encode { json.null, true }, "[null,true]", "null")
t.is(json.encode 'a"b\\c\n\t\1\127é', [["a\"b\\c\n\t\u0001\u007fé"]], "strings are escaped")

local seed = os.time()
t.note("seed %d", seed)
math.randomseed(seed)
local worst
for _ = 1, 20000 do
  local x = string.unpack("d", string.pack("i8", math.random(0)))
  if x == x and x ~= math.huge and x ~= -math.huge then
    local text = json.encode(x)
    local back = json.decode(text)
    if back ~= x or (tonumber(text) ~= x) then worst = string.format("%a as %s", x, text) end
  end
end
t.is(worst, nil, "doubles of any bits come back")

local value = { a = { 1, 2, { x = "é\n\"" } }, b = { deep = { deep = { true, false, 0.25 } } }, n = -7 }
local text = json.encode(value)
t.is(json.decode(text), value, "decode gives back what was encoded")
t.is(json.encode(json.decode(text)), text, "and encodes to the same bytes")
t.is(math.type(json.decode("[3]")[1]), "integer", "whole numbers are integers")
t.is(math.type(json.decode("[3.5]")[1]), "float", "others are not")

t.throws(function() json.encode({ a = { 1, 0 / 0 } }, "config") end, { "config.a[2]", "NaN" }, "NaN, by its path")
t.throws(function() json.encode { lr = math.huge } end, { "value.lr", "infinite" }, "infinity")
t.throws(function() json.encode { f = print } end, { "value.f", "function" }, "a function")
t.throws(function() json.encode { 1, 2, x = 3 } end, "mixes", "names and numbers")
t.throws(function() json.encode { 1, nil, 3, nil, 5 } end, "holes", "an array with holes")
t.throws(function() json.encode { [1.5] = 1 } end, "1.5", "a key that is no name")
t.throws(function() json.encode { a = "\xff" } end, { "value.a", "UTF-8" }, "bytes that are no text")
t.throws(function() json.encode { ["\xff"] = 1 } end, "UTF-8", "nor as a name")
t.throws(function() json.encode(1 << 60) end, "2^53", "an integer too wide")
local loop = {}
loop.loop = loop
t.throws(function() json.encode(loop) end, "holds itself", "a table that holds itself")
for _, bad in ipairs { "", "{", "[1,]", "nul", "[NaN]", "[Infinity]", "[0x10]", "{} x", "{a:1}" } do
  t.throws(function() json.decode(bad, "FILE") end, "FILE", "no JSON: " .. bad)
end
t.done()
