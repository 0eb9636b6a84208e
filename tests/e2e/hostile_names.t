#!/bin/sh
# Names of data sets, losses and studies that would be commands, were they not text: to the shell, to gnuplot, to SQL, to a
# terminal. Nothing is run, the figures and the table are made, and the names are in them as they stand.
. tests/e2e/tap.sh
program=$losslab
TREE=$(pwd)
export TREE
clean() { [ -z "$(find "$work" -name 'pwned*')" ]; }

cat >"$work/names.lua" <<LUA
local pwned = "touch $work/pwned"
return {
  "\$(" .. pwned .. "1)",
  "\`" .. pwned .. "2\`",
  "'; system('" .. pwned .. "3'); '",
  "a\\nsystem('" .. pwned .. "4')\\n!" .. pwned .. "5\\n",
  '"; system("' .. pwned .. '6"); "',
  "@ARGV | " .. pwned .. "7 & {/Symbol x}_{y}^\\\\ %s %n \\\\",
  "EOD\\nEND_OF_DATA\\n\`" .. pwned .. "8\`",
  "x'); DROP TABLE trial; --",
  "\\27]0;title\\7\\27[31mred <b>&amp;</b>\\0nul \\xff\\xfe",
}
LUA
cat >"$work/make.lua" <<'LUA'
package.path = os.getenv "TREE" .. "/?.lua;" .. package.path
local path, names = ...
local losses = { adaptive_rank = { margin = { 0, 0.1 }, margin_lr = { 0, 0.01 } } }
for i, name in ipairs(names) do losses[name] = i % 2 == 0 and { [name] = { 1, 2 } } or {} end
require "tests.lua.fixture_db"(path, { datasets = names, losses = losses, folds = 2, seeds = 1, epochs = 3, rows = 80, name = names[4],
  full = true, question = names[2] .. names[3] })
-- the same with the hostile loss asked about, and its hostile parameter
losses = { [names[4]] = { [names[2]] = { 0, 1 }, [names[3]] = { names[1], names[7] } }, hinge = {} }
require "tests.lua.fixture_db"(path .. "2", { datasets = { names[3] }, losses = losses, folds = 2, seeds = 1, epochs = 3, rows = 80, full = true,
  ask = { loss = names[4], vary = names[2], baseline = 0 }, name = names[7] })
LUA
cat >"$work/draw.lua" <<'LUA'
local path, out = ...
local made = require "losslab.plot.draw".draw(path, { out = out, script = true })
print(#made.files)
for _, each in ipairs(made.skipped) do print(each[1], each[2]) end
LUA
cat >"$work/report.lua" <<'LUA'
local report = require "losslab.results.report"
local built = report.build(...)
require "cjson".encode(built)
io.write(report.text(built, { color = true }))
LUA

# The names do harm where they are run as commands; otherwise this test could not fail.
if command -v gnuplot >/dev/null; then
  printf 'set title "`touch %s/pwned0`"\nset print "/dev/null"\nprint 1\n' "$work" >"$work/unsafe.gp"
  check 'gnuplot runs what stands between backticks in double quotes' sh -c \
    "gnuplot '$work/unsafe.gp'; test -e '$work/pwned0'"
  rm -f "$work/pwned0"
fi

cd "$work" || exit 1
check 'a database with such names is made' "$program" -e 'local names = dofile "names.lua"
  assert(loadfile "make.lua")("it'"'"'s `x` $(y).db", names)'
check 'nothing was run' clean
check 'the report is written' sh -c "'$program' -e 'assert(loadfile \"report.lua\")(\"it\\x27s \`x\` \$(y).db\")' >table"
check 'nothing was run' clean
# Escapes are the report's own: bold on, off.
check 'no control character of a name reaches the terminal' sh -c "! sed 's/\\x1b\\[[01]m//g' table | tr -d '\\n' | LC_ALL=C grep -q '[[:cntrl:]]'"
check 'no tables were dropped' grep -q 'runs done' table

if command -v gnuplot >/dev/null; then
  check 'the figures are drawn' sh -c "'$program' -e 'assert(loadfile \"draw.lua\")(\"it\\x27s \`x\` \$(y).db\", \"figures\")' >drawn"
  check 'all that it can have, thrice' sh -c \
    "grep -qx \$('$program' -e 'print(3 * (#require \"losslab.plot.draw\".names - 1))') drawn || { cat drawn; false; }"
  check 'nothing was run' clean
  check 'a name is there as it stands' grep -qF "DROP TABLE trial" figures/curves.svg
  check 'and those of a command' grep -qF '$(touch' figures/summary.svg
  check 'the hostile loss is asked about' sh -c \
    "'$program' -e 'assert(loadfile \"draw.lua\")(\"it\\x27s \`x\` \$(y).db2\", \"figures2\")' >drawn2"
  check 'figures of it are drawn' test -s figures2/margin_map.png
  check 'nothing was run' clean
  # In the scripts every name stands between single quotes, on one line.
  check 'no script holds a line of a name' sh -c "! grep -nE '^(system|!|touch)' figures/*.gp figures2/*.gp"
fi

# On a machine with one font, DejaVu Sans, which has no Chinese, Japanese, Korean or Thai and few emoji: codes stand for them in a PNG,
# the SVG has the names as they are, and it is said once which characters are missing and where they are to be had.
# fontconfig sees that font alone, so that the test is the same on every machine.
if command -v gnuplot >/dev/null && command -v fc-match >/dev/null; then
  mkdir -p one none_at_all
  cp "$(fc-match -f '%{file}' 'DejaVu Sans')" one/
  for folder in one none_at_all; do
    printf '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig><dir>%s</dir><cachedir>%s</cachedir></fontconfig>\n' \
      "$work/$folder" "$work/fontcache" >$folder.conf
  done
  cat >fonts.lua <<'LUA'
package.path = os.getenv "TREE" .. "/?.lua;" .. package.path
local names = { "数据集", "データ", "한국어", "ชุดข้อมูล", "бета naïve ξ", "👩\u{200d}🔬 \u{fe0f}", "\u{e000}", "中文 100% %d", "e\u{301} 中\u{301}" }
local losses = { adaptive_rank = { margin = { 0, 0.1 }, margin_lr = { 0, 0.01 } }, ["损失"] = { ["参数"] = { "甲", "乙 %s" }, b = { 1, 2 } },
  ["損失"] = {} }
local make = require "tests.lua.fixture_db"
make("fonts.db", { datasets = names, losses = losses, folds = 2, seeds = 1, epochs = 3, rows = 80, full = true, name = "研究",
  question = "有用吗？" })
make("fonts2.db", { datasets = { names[1] }, losses = { ["损失"] = losses["损失"], hinge = {} }, folds = 2, seeds = 1, epochs = 3,
  rows = 80, ask = { loss = "损失", vary = "参数", baseline = "甲" }, name = "研究" })
make("latin.db", { datasets = { "naïve ξ", "бета" }, losses = { hinge = {}, savage = {} }, ask = false, folds = 2, seeds = 1, epochs = 3,
  rows = 80, name = "étude" })
LUA
  # What gnuplot is told for a PNG: no character is missing in it.
  cat >pngs.lua <<'LUA'
local glyphs, bad = require "losslab.plot.glyphs", 0
for i, name in ipairs { "fonts", "fonts2" } do
  require "losslab.plot.draw".draw(name .. ".db", { out = "codes" .. i, script = true })
  for file in require "lfs".dir("codes" .. i) do
    if file:find "%.gp$" then
      local script = io.open("codes" .. i .. "/" .. file):read "a"
      local png = assert(script:match "set terminal pngcairo(.*)", "no PNG in " .. file)
      for _, c in ipairs(glyphs.missing(png)) do
        bad = bad + 1
        print(string.format("%s has U+%04X in its PNG", file, c))
      end
    end
  end
end
assert(bad == 0)
LUA
  check 'databases with names in many scripts are made' "$program" fonts.lua
  FONTCONFIG_FILE=$work/one.conf
  export FONTCONFIG_FILE
  check 'their figures are drawn on a machine with one font' sh -c "'$program' plot fonts.db --out few >drawn 2>said"
  check 'all that it can have, twice' sh -c "grep -c . drawn | grep -qx \$('$program' -e 'print(2 * (#require \"losslab.plot.draw\".names - 1))')"
  check 'it is said, once' sh -c 'test "$(grep -c "no font here has" said)" = 1 || { cat said; false; }'
  check 'with the characters' grep -q 'U+' said
  check 'the figures' grep -q 'summary.png, sensitivity.png' said
  check 'and what to install' grep -qE \
    'apt-get install fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core, then losslab plot fonts.db$' said
  check 'the SVG has the names as they are' sh -c 'for name in 数据集 한국어 "中文 100% %d" 研究; do grep -qF "$name" few/curves.svg || exit 1; done'
  check 'no PNG is told of a character that no font has' "$program" pngs.lua
  for words in "[U+6570 636E 96C6]" "[U+4E2D 6587] 100% %d" "бета naïve ξ" "e$(printf '\314\201') [U+4E2D 0301]"; do
    check "but of its code: $words" grep -qF "'$words'" codes1/curves.gp
  done
  check 'in ticks, too' grep -qF "'[U+4E59] %%s' 1" codes2/margin_map.gp
  "$program" plot latin.db --out latin1 >drawn 2>said
  check 'where every character is there, nothing is said of fonts' sh -c '! grep -q font said'
  FONTCONFIG_FILE=$work/none_at_all.conf
  check 'without any font' sh -c "'$program' plot latin.db --out latin0 >drawn 2>said"
  check 'only the SVG is drawn' sh -c 'test -s latin0/curves.svg && ! test -e latin0/curves.png'
  check 'and it is said what to install' grep -q 'no PNG was drawn. apt-get install fonts-dejavu-core, then losslab plot latin.db' said
  unset FONTCONFIG_FILE
  cp latin.db 研究.db
  cp latin.db 实验.db
  check 'a page over databases whose names have no Latin letter' "$program" gallery 研究.db 实验.db --out page
  check 'has the figures of both' sh -c 'test "$(grep -o "(figures/[^)]*summary.png)" page/gallery.md | sort -u | wc -l)" = 2'
fi

# Without gnuplot: said, with what to do, and not by a Lua traceback.
mkdir -p none
check 'without gnuplot plotting fails' sh -c "! PATH=$work/none '$program' -e 'require \"losslab.plot.draw\".draw(\"x.db\")' 2>missing"
check 'and says how to draw later' grep -q 'apt-get install gnuplot-nox, then losslab plot x.db' missing

finish
