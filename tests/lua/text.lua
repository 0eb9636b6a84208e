-- Text as it is shown: a name stays in its line and column, no matter which characters it holds.
local t = require "tests.lua.tap"
local text = require "losslab.text"

t.is(text.clean "plain ξ 中文", "plain ξ 中文", "what can be printed stays as it is")
t.is(text.clean "a\nb\r\t\0\27[31m\127", [[a\10b\13\9\0\27[31m\127]], "control characters are shown by number")
t.is(text.clean "\u{85}\u{9b}\u{2028}", [[\194\133\194\155\226\128\168]], "so are those beyond ASCII")
t.is(text.clean "a\u{202e}b\u{2067}c \u{ffff}", [[a\226\128\174b\226\129\167c \239\191\191]],
  "and what turns the rest of a line round, and what no XML holds")
t.is(text.clean "\u{200f}\u{200d}\u{fe0f}", "\u{200f}\u{200d}\u{fe0f}", "what scripts and emoji need stays")
t.is(text.clean "ok \xff\xc3 \xed\xa0\x80!", [[ok \255\195 \237\160\128!]], "and bytes that are no UTF-8")
t.is(text.clean(nil), "nil", "what is no text is printed")
for _ = 1, 2000 do
  local bytes = {}
  for i = 1, math.random(12) do bytes[i] = string.char(math.random(0, 255)) end
  local clean = text.clean(table.concat(bytes))
  if not utf8.len(clean) or clean:find "%c" then t.ok(false, string.format("%q is made clean", table.concat(bytes))) end
end

t.is(text.shorten("abcdefghij", 5), "ab…ij", "a long name loses its middle")
t.is(text.shorten("ξξξξξξ", 4), "ξξ…ξ", "counted in characters")
t.is(text.shorten("abc", 3), "abc", "a short one nothing")
t.is(text.shorten("a\n", 9), "a\\10", "and it is clean")
t.is(text.shorten("中文数据集", 8), "中文…集", "wide characters count two columns")
t.is(text.shorten("aaaae\u{301}\u{301}aa", 6), "aaa…aa", "a combining mark does not stand after the gap")
for _, n in ipairs { 1, 2, 3, 7 } do t.ok(text.width(text.shorten("数据集数据集", n)) <= n, "never wider than " .. n) end

t.is(#text.lines({ { ("x"):rep(2000000), "a" }, { "", "" } })[2], 0, "spaces at a line's end go in one pass, however many they are")

-- ---- labels of names side by side --------------------------------------------------------------------------------------
local function labels(names, n)
  local by, out = text.labels(names, n), {}
  for i, name in ipairs(names) do out[i] = by[name] end
  return table.concat(out, " ")
end
t.is(labels({ "hinge", "savage" }, 9), "hinge savage", "names that fit are their own labels")
t.is(labels({ "hinge", "abcdefghij" }, 5), "hinge ab…ij", "one that does not loses its middle")
t.is(labels({ "dataset_17_of_the_hospital", "dataset_18_of_the_hospital" }, 16), "datas…_17_of_th… datas…_18_of_th…",
  "two that would look alike keep what tells them apart")
t.is(labels({ ("x"):rep(30), ("x"):rep(31) }, 9), "xxx…xx #1 xxx…xx #2", "or are numbered, where nothing that fits does")
t.is(labels({ "a\nb", "a\\10b", "a\u{200b}" , "a" }, 9), "a\\10b a\\10b #1 a\u{200b} #1 a", "and so are those that only look alike")
t.is(text.labels({ 2, "b" }, 9)[2], "2", "a number is a name, too")

local seed = tonumber(os.getenv "LOSSLAB_SEED") or 1
math.randomseed(seed)
print("# seed " .. seed)
local pieces = { "a", "b", "_", "long_prefix_of_all", "17", "18", "1", "中文", "データ", "e\u{301}", "\u{200b}", "\u{fe0f}", "…",
  " #1", "\n", "\\10", "\xff", "'", "%s", "ξ", " ", "😀" }
local wrong, cuts = 0, 0
for _ = 1, 1500 do
  local names, known = {}, {}
  local prefix, suffix = ("same"):rep(math.random(0, 20)), ("end"):rep(math.random(0, 20))
  for _ = 1, math.random(40) do
    local middle = {}
    for i = 1, math.random(0, 12) do middle[i] = pieces[math.random(#pieces)] end
    local name = prefix .. table.concat(middle) .. suffix
    if not known[name] then known[name], names[#names + 1] = true, name end
  end
  local n = math.random(8, 60)
  local by, seen, fit = text.labels(names, n), {}, true
  local turned = {}
  for i, name in ipairs(names) do turned[#names + 1 - i] = name end
  local again = text.labels(turned, n)
  for _, name in ipairs(names) do
    local label = by[name]
    local fine = label and not seen[label] and text.width(label) <= n and text.clean(label) == label and again[name] == label
    cuts = cuts + (label ~= text.clean(name) and 1 or 0)
    fit = fit and text.width(text.clean(name)) <= n
    if not fine then
      wrong = wrong + 1
      t.ok(false, string.format("%q has a label of its own of at most %d columns: %s", name, n, tostring(label)))
    end
    seen[label or ""] = true
  end
end
t.is(wrong, 0, "different names have different labels, none too wide, in any order")
t.ok(cuts > 1000, "many of them cut: " .. cuts)

t.is(text.width "naïve ξ 中文", 12, "wide characters take two columns")
t.is(text.width "e\u{301}", 1, "combining marks none")
t.is(text.width "\xff\xfe", 2, "bytes that are no UTF-8 one each")
t.is(text.pad("中", 4) .. text.pad("中", 4, true), "中    中", "a cell is filled up to its width")
t.is(text.wrap("one two  three", 7), "one two\nthree", "lines break at spaces")
t.is(text.columns({ { "a", "n" }, { "中中", "12" } }, { right = { [2] = true }, indent = " " }), " a      n\n 中中  12",
  "columns stand straight over wide characters")
t.is(text.columns({ { "a", "one two three four five six" } }, { wrap = 25 }), "a  one two three four\n   five six",
  "the last column is broken into lines of its own")
t.is(text.grid({ "a", "bb", "c", "d", "e" }, 12), "a   c   e\nbb  d", "words stand in columns, down first")

for _, case in ipairs { { 0.1, 6, "0.1" }, { 1 / 3, 4, "0.3333" }, { 3.0, 4, "3" }, { 12345.0, 4, "12345" }, { 1e-5, 6, "1e-5" },
  { 1.25e10, 4, "1.25e10" }, { 1 << 60, 4, tostring(1 << 60) }, { "word", 4, "word" }, { 1 / 0, 4, "inf" } } do
  t.is(text.number(case[1], case[2]), case[3], "a number in few digits: " .. case[3])
end
t.done()
