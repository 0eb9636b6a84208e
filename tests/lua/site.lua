-- The parts of the site's builder that need no other program: formulas as MathML, code in colours, paths of links.
local t = require "tests.lua.tap"
package.path = "docs/site/?.lua;" .. package.path
local formula = require "formula"
local highlight = require "highlight"
local links = require "links"

-- ---- formulas --------------------------------------------------------------------------------------------------------------

-- What is between the outer tags.
local function inner(tex) return formula.mathml(tex):match "^<math[^>]*>(.*)</math>$" end

t.is(inner "x", "<mi>x</mi>", "a letter")
t.is(inner "12.5", "<mn>12.5</mn>", "a number is one")
t.is(inner "x_i^2", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "below and above")
t.is(inner "x^2_i", inner "x_i^2", "in either order")
t.is(inner "x_{i+1}", "<msub><mi>x</mi><mrow><mi>i</mi><mo>+</mo><mn>1</mn></mrow></msub>", "a group")
t.is(inner "\\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>", "arguments of one sign")
t.is(inner "a - b", "<mrow><mi>a</mi><mo>−</mo><mi>b</mi></mrow>", "a difference")
t.is(inner "= -b", '<mrow><mo>=</mo><mo form="prefix">−</mo><mi>b</mi></mrow>', "a sign behind a relation")
t.like(inner "\\sum_i x", "^<mrow><munder><mo movablelimits=\"true\">∑</mo><mi>i</mi></munder>", "the limits of a sum")
t.like(inner "f'(x)", "<mrow><mi>f</mi><mo [^>]*>′</mo></mrow>", "a prime")
t.like(inner "\\left[x\\right]_+", "^<msub><mrow><mo[^>]*>%[</mo><mi>x</mi><mo[^>]*>%]</mo></mrow><mo", "brackets that grow")
t.is(inner "a < b", "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>", "signs of XML")
t.like(formula.mathml("x < 1", true), '^<math display="block" alttext="x &lt; 1">', "TeX for who does not see it")
for tex, message in pairs { ["\\nonsense"] = "\\nonsense is not known", ["{x"] = "not closed", ["x}"] = "nothing has opened",
  ["\\left(x"] = "not closed", ["\\frac1"] = "needs an argument", ["x_"] = "needs an argument" } do
  t.throws(function() formula.mathml(tex) end, message, tex .. " is refused")
end

-- Every formula of the pages is well-formed: each tag that opens closes.
local lfs = require "lfs"
local function pages()
  local out = {}
  for _, folder in ipairs { "docs", "docs/losses" } do
    for name in lfs.dir(folder) do
      if name:find "%.md$" then out[#out + 1] = folder .. "/" .. name end
    end
  end
  table.sort(out)
  return out
end
local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end
local count, wrong = 0, {}
for _, path in ipairs(pages()) do
  for tex in read(path):gmatch "%$%$(.-)%$%$" do
    local fine, xml = pcall(formula.mathml, tex, true)
    local stack = {}
    for slash, name in (fine and xml or "<x>"):gmatch "<(/?)(%w+)[^>]*>" do
      if slash == "" then stack[#stack + 1] = name elseif stack[#stack] == name then stack[#stack] = nil else break end
    end
    count = count + 1
    if not fine or #stack > 0 then wrong[#wrong + 1] = path .. ": " .. tex .. ": " .. (fine and "tags" or xml) end
  end
end
t.ok(count > 100, count .. " formulas are seen")
t.is(wrong, {}, "and all are well-formed")

-- ---- colours ---------------------------------------------------------------------------------------------------------------

local function plain(html)
  return (html:gsub("<[^>]*>", ""):gsub("&%a+;", { ["&lt;"] = "<", ["&gt;"] = ">", ["&amp;"] = "&" }))
end
local changed, seen = {}, 0
for _, path in ipairs(pages()) do
  for language, code in read(path):gmatch "\n```(%l+)[^\n]*\n(.-\n)```" do
    seen = seen + 1
    if plain(highlight.html(code, language)) ~= code then changed[#changed + 1] = path .. ": " .. code end
  end
end
t.ok(seen > 50, seen .. " blocks of code are seen")
t.is(changed, {}, "colours change nothing of the code")
t.is(highlight.html('x = "a < b" -- c', "lua"), 'x = <span class="s">"a &lt; b"</span> <span class="c">-- c</span>', "Lua")
t.is(highlight.html("local s = [[\n-- no]]", "lua"), '<span class="k">local</span> s = <span class="s">[[\n-- no]]</span>',
  "a long string of Lua")
t.is(highlight.html("SELECT a FROM b -- c", "sql"),
  '<span class="k">SELECT</span> a <span class="k">FROM</span> b <span class="c">-- c</span>', "SQL")
t.is(highlight.html("echo a#b # c", "sh"), '<span class="k">echo</span> a#b <span class="c"># c</span>', "the shell")
t.is(highlight.html("> x = 1\n>> y\n2\n", "losslab"),
  '<span class="p">&gt; </span>x = <span class="n">1</span>\n<span class="p">&gt;&gt; </span>y\n<span class="o">2</span>\n',
  "a session: what is typed, and what is printed")
t.is(highlight.html("a < b", "brainfuck"), "a &lt; b", "another language stays plain")

-- ---- links -----------------------------------------------------------------------------------------------------------------

t.is(links.normal "docs/losses/../../experiments/./a.lua", "experiments/a.lua", "a path without its ways round")
t.is(links.normal "../a", nil, "a path out of the tree")
t.is(links.relative("a.html", "b/c.html"), "b/c.html", "from the top")
t.is(links.relative("losses/a.html", "b.html"), "../b.html", "to the top")
t.is(links.relative("a/b/c.html", "a/d.html"), "../../a/d.html", "from below")
t.done()
