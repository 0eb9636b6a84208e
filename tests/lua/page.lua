-- What a report makes of figures and words: nothing in an SVG but drawing, nothing in Markdown or LaTeX but text (tests/report.t
-- looks at whole pages).
local html = require "losslab.page.html_page"
local markdown = require "losslab.page.markdown_page"
local t = require "tests.lua.tap"
local tex = require "losslab.page.tex_page"

local cases = {
  { "a drawing is as it is", '<svg width="4"><path d="M0,0"/><g fill="#0b57a8"><text>a &lt; b</text></g></svg>',
    '<svg width="4"><path d="M0,0"/><g fill="#0b57a8"><text>a &lt; b</text></g></svg>' },
  { "ids are the figure's own", '<svg><circle id="dot"/><use xlink:href="#dot" fill="url(#dot)"/></svg>',
    '<svg><circle id="p_dot"/><use xlink:href="#p_dot" fill="url(#p_dot)"/></svg>' },
  { "a script goes, with what is in it", "<svg><script>window.x = 1</script><g/></svg>", "<svg><g/></svg>" },
  { "other elements, too",
    '<svg><foreignObject><body><b>x</b></body></foreignObject><g>y</g></svg>', "<svg><g>y</g></svg>" },
  { "handlers", [[<svg onload="x()"><g onmousemove='y("a")' fill="red"/></svg>]], '<svg ><g  fill="red"/></svg>' },
  { "what leads out of the page",
    '<svg><use href="https://a.b/c#d"/><image xlink:href="file.png"/><g style="fill: url(http://a)"/></svg>',
    "<svg><use /><image /><g /></svg>" },
  { "comments, declarations, sections",
    '<?xml version="1.0"?><!DOCTYPE svg><svg><!-- <script> --><![CDATA[<b>]]></svg>', "<svg></svg>" },
  { "a sign that opens nothing", "<svg><text>a < b</text></svg>", "<svg><text>a &lt; b</text></svg>" },
}
for _, case in ipairs(cases) do t.is(html.drawn_alone(case[2], "p_"), case[3], case[1]) end

t.is(html.hash "abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "sha256 in base64 (FIPS 180-4's abc)")
t.is(html.hash "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "of nothing")

t.is(markdown.plain "a_b *c* <i>|`x`", "a\\_b \\*c\\* \\<i\\>\\|\\`x\\`", "Markdown: no markup of a name")
t.is(markdown.plain "- http://x.y", "\\- http&#58;//x.y", "no list and no link")
t.is(tex.plain "50 % of a_b & {c}\\d #1 $x^2~",
  "50 \\% of a\\_b \\& \\{c\\}\\textbackslash{}d \\#1 \\$x\\textasciicircum{}2\\textasciitilde{}",
  "LaTeX: characters that mean something")
t.is(tex.plain "ξ ± 0.1 – no", "$\\xi$ $\\pm$ 0.1 -- no", "and signs that it writes otherwise")

-- What would run out of the page is set smaller, keys are short, and cells of words are folded.
local function page(block)
  local parts = { { title = "Part", blocks = { block } } }
  return tex.text({ { question = "", study = "s", parts = parts } }, { made = "", version = "", title = "s" })
end
local key = ("0123456789abcdef"):rep(4)
local function wide(columns)
  local titles, cells = { { "key", code = true }, { "why" } }, { key, ("word "):rep(12) }
  for k = 3, columns do titles[k], cells[k] = { "title" }, ("x"):rep(10) end
  return page { kind = "table", caption = "c", columns = titles, rows = { cells } }
end
t.like(wide(3), "{\\footnotesize.*p{0.30\\linewidth}l@{}}", "LaTeX: a narrow table, whose words are folded")
t.like(wide(9), "{\\tiny", "a wide one")
t.like(wide(3), "\\texttt{0123456789abcdef\\dots{}} &", "a short key")
do -- settings of a search
  local configs = {}
  for i = 1, 40 do configs[i] = { train = { lr = i / 100, batch = i % 2 + 1 } } end
  local settings = require("losslab.page.tables").configs { varied = { "lr" }, configs = configs,
    fields = { { name = "lr", place = "train", key = "lr" }, { name = "batch", place = "train", key = "batch" } } }
  t.is({ settings.rows[1][3][1], settings.rows[2][3][1] }, { "40 values from 0.01 to 0.4", "1, 2" }, "many values by their ends")
end

t.is(tex.plain "ξ₀ → Ω", "$\\xi$$_{0}$ $\\to$ $\\Omega$", "Greek letters and signs of mathematics")
local own = page { kind = "code", text = "-- η 中" }
t.like(own, "\\DeclareUnicodeCharacter{03B7}{\\ensuremath{\\eta}}", "letters of a script as it is are declared")
t.like(own, "\\DeclareUnicodeCharacter{4E2D}{\\texttt{U%+4E2D}}", "those that no engine of TeX has by their number")
t.ok(not page({ kind = "text", text = "plain" }):find("Unicode", 1, true), "where there are none, nothing is")
local broken = page { kind = "code", text = ("η"):rep(400) }
local most = 0
for row in broken:gmatch "[ η]+" do most = math.max(most, utf8.len(row)) end
t.ok(most == 172 and select(2, broken:gsub("ηη", "")) > 190, "a line that no size brings onto the page goes on below: " .. most)
t.like(page { kind = "code", text = ("x"):rep(120) }, "{\\scriptsize\n\\begin{verbatim}\nx", "long lines of a script")

-- A table that no size brings onto a line is broken into parts that do fit, each with the columns that say what a row is of.
local function parts_of(block)
  local out = {}
  for spec, body in page(block):gmatch "\\begin{longtable}{@{}(%l+)@{}}(.-)\\end{longtable}" do
    local part = { columns = #spec, width = 0, first = {}, titles = {}, caption = body:match "\\caption{(.-)}" }
    for line in body:gmatch "[^\n]+ \\\\" do
      local cells = {}
      for cell in (line:gsub(" \\\\$", "") .. " & "):gmatch "(.-) & " do cells[#cells + 1] = cell end
      local width = 0
      for _, cell in ipairs(cells) do width = width + #cell + 2 end
      part.width = math.max(part.width, width)
      if cells[1] ~= "loss" then part.first[#part.first + 1] = cells[1] else part.titles = cells end
    end
    out[#out + 1] = part
  end
  return out
end
do
  local columns, rows = { { "loss" } }, { { "hinge" }, { "logistic" } }
  for k = 2, 13 do
    columns[k] = { "set" .. k, right = true }
    for i, row in ipairs(rows) do row[k] = string.format("0.9%02d, 0.0123 (%d)", k, i) end
  end
  local parts, seen = parts_of { kind = "table", caption = "Means", columns = columns, rows = rows }, {}
  t.is(#parts, 3, "LaTeX: a table of 12 wide columns is in three parts")
  for i, part in ipairs(parts) do
    t.ok(part.width <= 118, "part " .. i .. " fits at a size that can be read: " .. part.width)
    t.is({ part.columns, part.first, part.caption }, { 5, { "hinge", "logistic" }, "Means (part " .. i .. " of 3)" },
      "as many columns as the others, each row with what it is of, and which part it is")
    table.move(part.titles, 2, #part.titles, #seen + 1, seen)
  end
  for k = 2, 13 do t.is(seen[k - 1], "set" .. k, "column " .. k .. " stands once, in its place") end
  parts = parts_of { kind = "table", caption = "Means", columns = columns, rows = rows, keys = 2 }
  t.is({ parts[1].titles[2], parts[2].titles[2], parts[2].titles[3] == "set3" }, { "set2", "set2", false },
    "two columns may say what a row is of")
  t.is(#parts_of { kind = "table", caption = "c", columns = { { "loss" } }, rows = { { ("x"):rep(200) } } }, 1,
    "one column cannot be broken")
end
t.done()
