#!/bin/sh
# Habits of the command line: --color and NO_COLOR, --quiet, --json, results on standard output and all else on standard error, exit
# codes, an example in the help of every command, what was meant by a word that is none, and tables in a terminal's width.
. tests/e2e/tap.sh
cd "$work" || exit 1
unset NO_COLOR COLUMNS
export TERM=xterm LC_ALL=C.UTF-8 SHELL=/bin/sh
cat >study.lua <<'LUA'
return ll.study { name = "width日本", question = "does a wide 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 name fit?",
  data = { "moons", "rings" }, compare = { hinge = {}, focal = { gamma = { 1, 2 } }, pair_hinge = {} }, seeds = 1,
  train = { epochs = 2, lr = { 0.01, 0.001 } }, model = { hidden = { 4 } }, split = { test = 0.3, valid = 0.2 }, scores = "best" }
LUA
escape=$(printf '\033')

# ---- what goes where ----
"$losslab" study.lua >out 2>err
is 'a study run as a script: exit code 2' $? 2
has 'says how it is run' err 'study.lua: this is a study: losslab run study.lua'
is 'and nothing else happens' "$(cat out; ls ./*.db 2>/dev/null)" ''
echo 'll.zeros(1)' >plain.lua
"$losslab" run plain.lua >out 2>err
is 'a script run as a study: exit code 1' $? 1
has 'says what it returns' err 'this one returns nothing: to run it as it is, losslab plain.lua'
"$losslab" run study.lua --quiet >quiet 2>err
is '--quiet: exit code 0' $? 0
is 'nothing on standard error' "$(cat err)" ''
has 'the answer on standard output' quiet 'runs done'
"$losslab" run study.lua >out 2>err
is 'without it the same answer' "$(cat out)" "$(cat quiet)"
has 'and remarks on standard error' err 'results in study.db'
"$losslab" run study.lua >both 2>&1
is 'both in one file: in the order in which they are said' "$(tail -n 1 both)" 'results in study.db'
"$losslab" study.db >out 2>err
is 'a database run as a script: exit code 2' $? 2
has 'says how it is read' err 'study.db: this is a database: losslab show study.db'
"$losslab" show study.db --script --json >out 2>err
is 'a script is no JSON: exit code 2' "$? $(cat out)" '2 '
has 'and said' err '--json and --script exclude each other'
"$losslab" --version --json >out 2>err
is 'a word behind --version: exit code 2' "$? $(cat out)" '2 '
has 'and named' err '--version takes nothing behind it, not "--json"'
"$losslab" --quiet show no.db >out 2>err
is 'errors stay: exit code 1' $? 1
has 'and said' err 'no.db'
"$losslab" --quiet -e 'local l = ll.loss.adaptive_rank {} print(pcall(l, ll.matrix { 5, -5 }, ll.matrix { 1, 0 }))' >out 2>err
is 'no remarks of losses' "$(cat err)" ''

# ---- colours ----
for place in before behind; do
  for mode in always never auto; do
    if [ $place = before ]; then set -- "--color=$mode" losses hinge; else set -- losses hinge --color "$mode"; fi
    "$losslab" "$@" >out 2>err
    case $mode in always) wanted=1 ;; *) wanted=0 ;; esac
    is "$* into a file" "$(grep -c "$escape\[1m" out)" $wanted
  done
done
NO_COLOR=1 "$losslab" losses hinge --color=always >out
is 'always counts more than NO_COLOR' "$(grep -c "$escape\[1m" out)" 1
on_terminal() { script -qec "$1" /dev/null </dev/null 2>&1 | tr -d '\r'; }
if command -v script >/dev/null 2>&1; then
  is 'a terminal has colours' "$(on_terminal "'$losslab' losses hinge" | grep -c "$escape\[1m")" 1
  is 'none with NO_COLOR' "$(NO_COLOR=1 on_terminal "'$losslab' losses hinge" | grep -c "$escape\[1m")" 0
  is 'none with --color=never' "$(on_terminal "'$losslab' losses hinge --color=never" | grep -c "$escape\[1m")" 0
fi

# ---- wrong words ----
wrong() {
  name=$1 wanted=$2
  shift 2
  "$losslab" "$@" >out 2>err
  is "$name: exit code 2" $? 2
  has "$name: is told" err "$wanted"
  is "$name: nothing on standard output" "$(cat out)" ''
}
wrong 'a command' 'did you mean "show"?' shwo study.db
wrong 'an option' 'did you mean "--color"?' ls --colour=never
wrong 'an option before' 'did you mean "--quiet"?' --quite ls
wrong 'a value' 'there are auto, always, never' ls --color=some
wrong 'a value before' '--color has no value "ls"' --color ls
wrong 'no value' '--color needs a value' --color
wrong 'a format' 'did you mean "json"?' query study.db 'SELECT 1' --format jsn
wrong 'two formats' 'exclude each other' export study.db --json --format csv
wrong 'a word too many' 'is one too many' data iris more

# ---- help and JSON of every command ----
for command in $("$losslab" -e 'for _, name in ipairs(require "losslab.cli.commands".names) do print(name) end'); do
  "$losslab" "$command" --help >out 2>err
  is "$command --help: exit code 0" $? 0
  is "$command --help: an example" "$(grep -A1 '^example' out | grep -c "^  losslab $command")" 1
  is "$command --help: --quiet and --color" "$(grep -c '^  --quiet\|^  --color WHEN' out)" 2
done
cp study.db other.db
while read -r words; do
  eval "'$losslab' $words" >out 2>err
  check "JSON of $words" "$losslab" -e 'll.json.decode(assert(io.open "out"):read "a")'
done <<'WORDS'
show study.db --json
show study.db 3 --json
ls study.db --json
ls . --json
losses --json
losses hinge --json
data --json
data iris --json
compare study.db other.db --json
diff study.db other.db --json
query study.db 'SELECT * FROM leaderboard' --json
export study.db --json
export study.db configs --json
merge all.db study.db --json
run study.lua --json
run study.lua --dry-run --json
replay study.db 1 --json
WORDS
if command -v gnuplot >/dev/null 2>&1; then
  "$losslab" gallery study.db --out page --json >out 2>err
  check 'JSON of gallery' "$losslab" -e 'assert(ll.json.decode(assert(io.open "out"):read "a").studies == 1)'
fi

# ---- tables in a terminal's width: what is typed (examples, code) and what cannot be broken (a hash, a path) may be longer ----
if command -v script >/dev/null 2>&1; then
  cat >widths.lua <<'LUA'
local text, wide = require "losslab.text", tonumber(arg[1])
for line in io.lines() do
  line = line:gsub("\27%[[%d;]*[mK]", ""):gsub("^.*\r", "")
  local words = line:match "^%s*(.-)%s*$"
  local typed = words:find "^losslab " or words:find "^in Lua: " or not words:find "%s" or words:find "^sha256" or words:find "^where"
  if text.width(line) > wide and not typed then print(line) end
end
LUA
  for wide in 40 80 120; do
    while read -r words; do
      printf 'stty cols %s\n%s %s 2>/dev/null\n' "$wide" "'$losslab'" "$words" >on.sh
      on_terminal 'sh on.sh' >out
      is "$words in $wide columns" "$([ -s out ] && "$losslab" widths.lua "$wide" <out)" ''
    done <<'WORDS'
--help
show study.db
show study.db 3
show study.db --versions
ls study.db
ls .
losses
losses hinge
losses adaptive_rank
data
data iris
compare study.db other.db
diff study.db all.db
query study.db 'SELECT * FROM leaderboard'
query study.db 'SELECT * FROM trial'
metric study.db partial_auc max_fpr=0.05
ls --help
export --help
query --help
WORDS
  done
fi
"$losslab" ls study.db >out
is 'into a file nothing is cut' "$(grep -c '…' out)" 0
cd / && finish
