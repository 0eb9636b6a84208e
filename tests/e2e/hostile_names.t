#!/bin/sh
# Names of data sets, losses and studies that would be commands, were they not text: to the shell, to gnuplot, to SQL, to a
# terminal. Nothing is run, the figures and the table are made, and the names are in them as they stand.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
program=${LOSSLAB:-bin/losslab}
case $program in /*) ;; *) program=$(pwd)/$program ;; esac
LUA_PATH="$(pwd)/?.lua;;"
export LUA_PATH
count=0 failed=0
check() {
  name=$1
  shift
  count=$((count + 1))
  if "$@" >"$work/log" 2>&1; then echo "ok $count - $name"; else
    failed=$((failed + 1))
    echo "not ok $count - $name"
    sed 's/^/#   /' "$work/log"
  fi
}
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
local path, names = ...
local losses = { adaptive_rank = { margin = { 0, 0.1 }, margin_lr = { 0, 0.01 } } }
for i, name in ipairs(names) do losses[name] = i % 2 == 0 and { [name] = { 1, 2 } } or {} end
require "tests.lua.fixture_db"(path, { datasets = names, losses = losses, folds = 2, seeds = 1, epochs = 3, rows = 80, name = names[4],
  question = names[2] .. names[3] })
-- the same with the hostile loss asked about, and its hostile parameter
losses = { [names[4]] = { [names[2]] = { 0, 1 }, [names[3]] = { names[1], names[7] } }, hinge = {} }
require "tests.lua.fixture_db"(path .. "2", { datasets = { names[3] }, losses = losses, folds = 2, seeds = 1, epochs = 3, rows = 80,
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
  check 'all of them, thrice' sh -c \
    "grep -qx \$('$program' -e 'print(3 * #require \"losslab.plot.draw\".names)') drawn || { cat drawn; false; }"
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

# Without gnuplot: said, with what to do, and not by a Lua traceback.
mkdir -p none
check 'without gnuplot plotting fails' sh -c "! PATH=$work/none '$program' -e 'require \"losslab.plot.draw\".draw(\"x.db\")' 2>missing"
check 'and says how to draw later' grep -q 'apt-get install gnuplot-nox, then losslab plot x.db' missing

echo "1..$count"
exit $((failed != 0))
