-- The names that links find headings by, as GitHub makes them.
local anchors = require "losslab.cli.anchors"
local t = require "tests.lua.tap"

for heading, slug in pairs {
  ["My study"] = "my-study", ["a_b-c  d"] = "a_b-c--d", ["C++ & Lua: 10 %"] = "c--lua-10-", ["Äpfel für Σ"] = "äpfel-für-σ",
  ["ξ → 0 — why?"] = "ξ--0--why", ["“quoted” ×2 😀"] = "quoted-2-", ["тест Ёлка"] = "тест-ёлка", ["日本語 です"] = "日本語-です", ["☃"] = "",
} do
  t.is(anchors.slug(heading), slug, heading)
end
local of, out = anchors.new(), {}
for i, heading in ipairs { "Gallery", "a", "A", "a-1", "a", "b!", "b" } do out[i] = of(heading) end
t.is(table.concat(out, " "), "gallery a a-1 a-1-1 a-2 b b-1", "those of one name are numbered, past what is taken")
t.done()
