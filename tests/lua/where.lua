-- The conditions of losslab ls --where: what they mean, what is wrong with them, and that nothing in them runs or takes long.
local t = require "tests.lua.tap"
local check = require "losslab.check"
local where = require "losslab.cli.where"

local known = { "trial", "loss", "lr", "hidden", "test", "nesterov", "train.lr", "a b", "größe", "status" }
local row = { trial = 3, loss = "hinge", lr = 0.01, hidden = "64×32", nesterov = true, ["train.lr"] = 0.01, ["a b"] = "x",
  ["größe"] = 5,
  status = "done" }
local function holds(words) return where.parse(words, known)(row) end

for words, expected in pairs {
  ['loss = "hinge"'] = true, ["loss == 'hinge'"] = true, ['loss ~= "hinge"'] = false, ['loss != "hinge"'] = false,
  ["lr < 0.1"] = true, ["lr<.01"] = false, ["lr <= 1e-2"] = true, ["lr > 1E-3 and lr < +1"] = true, ["lr >= -1"] = true,
  ["0.1 > lr"] = true, ["lr = train.lr"] = true,
  ['loss = "hinge" and lr > 1 or trial = 3'] = true, ['loss = "hinge" and (lr > 1 or trial = 4)'] = false,
  ["not lr > 1"] = true, ["not not lr > 1"] = false, ["not (lr > 1 or lr < 1)"] = false, ["not lr > 1 and trial = 4"] = false,
  ['loss in ("a", "hinge")'] = true, ["trial in (1,2)"] = false, ['status in ("failed")'] = false,
  ['hidden = "64x32"'] = true, ['hidden = "64×32"'] = true, ['hidden = "8"'] = false,
  ["nesterov = true"] = true, ["nesterov = false"] = false, ["nesterov < true"] = false,
  ["test = nil"] = true, ["test ~= nil"] = false, ["test > 0"] = false, ["not test > 0"] = true,
  ['lr = "0.01"'] = true, ['loss = 3'] = false, ['loss < 3'] = false, ['loss > 3'] = false, ['loss < "i"'] = true,
  ["`a b` = 'x'"] = true, ["größe = 5"] = true, ['"x\\"y" = \'x"y\''] = true, ["  trial\t=\n3 "] = true,
  ['loss = "os.exit()"'] = false, ["trial=3and lr=0.01"] = nil,
} do
  t.is(holds(words), expected, words)
end
t.is(where.parse('loss = "tree" or lr = nil', known) {}, true, "a row without anything")

for words, says in pairs {
  ['los = "x"'] = 'at character 1: there is no field "los"; did you mean "loss"?',
  ["loss = hinge"] = 'there is no field "hinge" (a text stands in quotes: "hinge")',
  ["lr < "] = "at character 6: a field or a value is expected, and it ends",
  [""] = "at character 1: a field or a value is expected, and it ends",
  ["lr"] = "a comparison is expected (= ~= < <= > >= in), and it ends",
  ["lr 3"] = 'a comparison is expected (= ~= < <= > >= in), and "3" stands there',
  ["(lr = 1"] = "at character 8: a ) is expected, and it ends",
  ["lr = 1)"] = 'and, or or the end is expected, and ")" stands there',
  ["lr = 1 lr = 2"] = 'and, or or the end is expected, and "lr" stands there',
  ["lr = 1 and"] = "a field or a value is expected, and it ends",
  ['loss = "hinge'] = "at character 8: the text does not end",
  ["`lr = 1"] = "the name does not end",
  ["lr = 0x10"] = '"0x10" is no number', ["lr = 1..2"] = '"1..2" is no number', ["lr = 1e"] = "is no number",
  ["lr in 1"] = "in is followed by values in parentheses", ["lr in ("] = "a field or a value is expected",
  ["lr in (1 2)"] = "the list of in does not end", ["lr in ()"] = "a field or a value is expected",
  ["lr = 1; os.exit()"] = 'at character 7: ";" means nothing here', ["lr & 1"] = '"&" means nothing here; write and',
  ["lr || 1"] = '"|" means nothing here; write or', ["!lr"] = '"!" means nothing here; write not',
  ["os.exit()"] = 'there is no field "os.exit"', ["lr = os"] = "there is no field", ["lr = \27[2J"] = "means nothing here",
  ["and"] = 'a field or a value is expected, and "and" stands there', ["not"] = "it ends",
} do
  t.throws(function() where.parse(words, known) end, says, check.show(words) .. " is refused")
end

-- Deep and long ones.
local function nested(n) return ("("):rep(n) .. "lr = 1" .. (")"):rep(n) end
t.is(holds(nested(100)), false, "a hundred parentheses")
t.throws(function() where.parse(nested(101), known) end, "more than 100 parentheses", "one more is refused")
t.throws(function() where.parse(("("):rep(9999), known) end, "more than 100 parentheses", "thousands that do not end")
t.throws(function() where.parse(("not "):rep(2000) .. "lr = 1", known) end, "more than 100", "thousands of nots")
t.throws(function() where.parse(("("):rep(10001), known) end, "longer than 10000 characters", "and what is longer")
t.is(holds(("lr = 1 or "):rep(990) .. "lr = 0.01"), true, "a thousand joined by or")
t.is(holds(("(lr = 1) or not "):rep(300) .. "(lr = 0.01)"), true, "parentheses beside one another are not deep")
t.is(holds("trial in (" .. ("9,"):rep(4000) .. "3)"), true, "a list of thousands")
t.is(holds('loss = "' .. ("x"):rep(9900) .. '"'), false, "a long text")
t.throws(function() where.parse(("x"):rep(9000), known) end, "…", "a long name is cut in what is said")

-- Whatever it is given: it parses to a function or raises a text, and never anything else.
local seed = math.tointeger(tonumber(os.getenv "LOSSLAB_SEED" or "")) or 1
t.note("seed %d", seed)
math.randomseed(seed)
local pieces = { "lr", "loss", "=", "<", ">=", "~=", "and", "or", "not", "in", "(", ")", ",", "1", "-2e3", '"x"', "'", '"', "`",
  "\\", " ", "nil",
  "true", "\0", "\255", "é", ".", "1.5.2", "load", "{", "}", "--", "[[", "%s" }
local wrong
for _ = 1, 20000 do
  local out = {}
  for i = 1, math.random(12) do out[i] = pieces[math.random(#pieces)] end
  local words = table.concat(out, math.random(2) == 1 and " " or "")
  local fine, got = pcall(where.parse, words, known)
  if fine then
    local ran, value = pcall(got, row)
    if not ran or type(value) ~= "boolean" then wrong = wrong or words end
  elseif type(got) ~= "string" or not got:find("--where: ", 1, true) or got:find "[\0-\31]" then
    wrong = wrong or words .. " gives " .. tostring(got)
  end
end
t.is(wrong, nil, "20000 drawn conditions hold, do not, or are refused")
t.done()
