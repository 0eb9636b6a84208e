-- Text as it is shown: a name stays in its line and column, no matter which characters it holds.
local t = require "tests.lua.tap"
local text = require "losslab.text"

t.is(text.clean "plain ξ 中文", "plain ξ 中文", "what can be printed stays as it is")
t.is(text.clean "a\nb\r\t\0\27[31m\127", [[a\10b\13\9\0\27[31m\127]], "control characters are shown by number")
t.is(text.clean "\u{85}\u{9b}\u{2028}", [[\194\133\194\155\226\128\168]], "so are those beyond ASCII")
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
