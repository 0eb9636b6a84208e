#!/bin/sh
# The command line as its users meet it: exit codes, what goes to standard output and what to standard error, nearest names, help.
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR LOSSLAB_PRECISION
program=$(realpath "${LOSSLAB:-bin/losslab}")
tree=$(pwd)
work=$(mktemp -d) || exit 1
trap 'cd /; rm -rf "$work"' EXIT
cd "$work" || exit 1
count=0 failed=0
pass() { count=$((count + 1)); echo "ok $count - $1"; }
fail() {
  count=$((count + 1)) failed=$((failed + 1))
  echo "not ok $count - $1"
  {
    echo "#   failed: $1, exit code $code"
    sed 's/^/#   out: /' out
    sed 's/^/#   err: /' err
  } >&2
}
# run WORDS…: the program; out, err and $code are what came of it.
run() {
  "$program" "$@" >out 2>err </dev/null
  code=$?
}
# holds FILE TEXT: the file holds the text; an empty text asks for an empty file.
holds() { if [ -n "$2" ]; then grep -qF -- "$2" "$1"; else [ ! -s "$1" ]; fi; }
# expect NAME CODE OUT ERR: what the last run must have given.
expect() { if [ "$code" = "$2" ] && holds out "$3" && holds err "$4"; then pass "$1"; else fail "$1"; fi; }

# ---- the program itself
run --version; expect '--version' 0 'losslab 0.' ''
run --help; expect '--help goes to standard output' 0 'usage: losslab' ''
for name in $("$program" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
  grep -qw "$name" out || fail "--help lists $name"
  run "$name" --help; expect "$name --help" 0 "usage: losslab $name" ''
  run "$name" --hepl; expect "$name --hepl is wrong usage with the nearest option" 2 '' 'did you mean "--help"?'
  run --help
done
run losse; expect 'an unknown command names the nearest' 2 '' 'there is no command "losse"; did you mean "losses"?'
run --versoin; expect 'an unknown option too' 2 '' 'there is no option "--versoin"; did you mean "--version"?'
run qqqqqqqq; expect 'nothing near' 2 '' 'losslab --help says'
echo 'return 1' >mine.lua
run mine; expect 'the name of a script without .lua' 2 '' 'there is no command "mine"; losslab mine.lua runs the script'
printf 'local x = 1\nif x != 2 then end\n' >habit.lua
run habit.lua; expect 'a habit in a script' 1 '' "habit.lua:2: 'then' expected near '!'; Lua writes ~= for not equal"
run run habit.lua; expect 'and in a study' 1 '' 'habit.lua:2: '
run --help; expect '--help says where to begin' 0 'New here?' ''
run "$(printf 'a\033[31m\nb')"; expect 'control characters of a name reach no terminal' 2 '' 'there is no command "a\27[31m\10b"'
run -e; expect '-e without code' 2 '' '-e needs code'

# ---- code and scripts
run -e 'print(1 + 1)'; expect '-e' 0 '2' ''
run -e 'print(ll.precision)'; expect 'the library is ll' 0 'float' ''
run -e 'print(...)' one two; expect '-e has arguments' 0 'one	two' ''
run -e 'print('; expect 'a syntax error' 1 '' '(command line):1: unexpected symbol'
run -e 'error "boo"'; expect 'an error' 1 '' '(command line):1: boo'
if grep -q traceback err; then fail 'an error of the chunk itself needs no traceback'; else pass 'an error of the chunk itself needs no traceback'; fi
run -e 'error("no study", 0)'; expect 'an error without a position is printed alone' 1 '' 'losslab: no study'
if [ "$(cat err)" = 'losslab: no study' ]; then pass 'and nothing else'; else fail 'and nothing else'; fi
run -e 'error { }'; expect 'an error that is no text' 1 '' 'table value'
run -e 'error(setmetatable({}, { __tostring = function() return "mine" end }))'; expect 'an error that can be printed' 1 '' 'losslab: mine'
run -e 'll.loss.hing {}'; expect 'an unknown loss' 1 '' 'did you mean "hinge"?'
cat >script.lua <<'LUA'
local function inner(x) return x.field.field + 1 end
local function outer(x) return 1 + inner(x) end
if arg[1] == "fail" then print(outer {} + 1) end
if arg[1] == "exit" then os.exit(7) end
print(arg[0], #arg, require "losslab" == ll, ...)
LUA
run script.lua a b; expect 'a script and its arguments' 0 'script.lua	2	true	a	b' ''
run ./script.lua; expect 'a script by its path' 0 './script.lua	0	true' ''
run -- script.lua; expect 'after --' 0 'script.lua	0	true' ''
run script.lua fail; expect 'a script that fails shows where it was' 1 '' "script.lua:2: in local 'outer'"
if grep -q 'cli.lua\|\[C\]' err; then fail 'the traceback holds the script alone'; else pass 'the traceback holds the script alone'; fi
run script.lua exit; expect 'a script has its own exit code' 7 '' ''
run nosuch.lua; expect 'a script that is not there' 1 '' 'nosuch.lua'
echo 'print("from stdin", ...)' | "$program" >out 2>err; code=$?; expect 'a script from standard input' 0 'from stdin' ''
echo 'print("from stdin", ...)' | "$program" - x >out 2>err; code=$?; expect 'and as -' 0 'from stdin	x' ''
echo 'print(' | "$program" >out 2>err; code=$?; expect 'a broken one' 1 '' 'stdin:2: unexpected symbol'
run --double -e 'print(ll.precision, arg[1])' x; expect '--double' 0 'double	x' ''
run --double losses hinge; expect '--double and a command' 0 'hinge' ''
mkdir -p alone/bin && cp "$program" alone/bin && ln -s "$tree/lua" alone/lua
alone/bin/"$(basename "$program")" --double -e '' >out 2>err; code=$?
expect '--double where that program is missing' 1 '' 'losslab-double'

# ---- results and their readers
run losses; expect 'losses' 0 'adaptive_rank' ''
run losses hinge; expect 'one loss' 0 '([margin - z]+)^p' ''
run losses square; expect 'a smooth one says so of its gradient' 0 'gradient   to scores, as the formula says' ''
run losses squared; expect 'and where there is a second one' 0 'gradient  to a and b, as the formula says; can be differentiated twice' ''
run losses manhattan; expect 'or none' 0 'gradient  0 in a feature where a = b; no second derivative' ''
run losses euclidean; expect 'a metric is told' 0 'axioms    a metric' ''
run losses cosine; expect 'or which axioms hold, and examples against the others' 0 \
  'axioms    never negative, symmetric; not identity: (1), (2); triangle: (1, 0), (1, 1), (0, 1)' ''
run losses wasserstein; expect 'and on which condition' 0 'axioms    a metric, where the cost is a metric' ''
run losses; expect 'losses lists divergences' 0 'wasserstein_1d' ''
run losses sinkhorn; expect 'one divergence' 0 'll.divergence.sinkhorn(p, q, cost, {epsilon = 0.05})' ''
run losses hing; expect 'an unknown one' 2 '' 'there is no loss "hing"; did you mean "hinge"?'
run losses hinge square; expect 'one argument too many' 2 '' '"square" is one too many'
run losses --json=yes; expect 'an option without a value is given none' 2 '' '--json takes no value'
run losses -h; expect '-h' 0 'usage: losslab losses' ''
run help losses; expect 'help COMMAND' 0 'usage: losslab losses' ''
cat >json.lua <<'LUA'
local value = require "cjson".decode(io.read "a")
print(load("local v = ... return " .. arg[1])(value))
LUA
json() { "$program" json.lua "$1" <out >parsed 2>>err; mv parsed out; }
run losses --json; json '#v > 5 and v[1].name ~= nil and #v[3].params > 0'; expect 'losses --json can be read' 0 'true' ''
run losses adaptive_rank --json; json 'v.family .. #v.inputs'; expect 'losses NAME --json too' 0 'ranking2' ''
if "$program" losses | grep -q "$(printf '\033')"; then fail 'no colour in a pipe'; else pass 'no colour in a pipe'; fi
"$program" -e 'for i = 1, 1e6 do print(i) end' 2>err | head -n 1 >out; code=0; expect 'a reader that leaves early is no error' 0 '1' ''
if [ -w /dev/full ]; then
  "$program" losses >/dev/full 2>err; code=$?; : >out; expect 'results that cannot be written are an error' 1 '' 'No space left'
fi

# ---- a study, from its script to its tables
cat >tiny.lua <<'LUA'
return ll.study {
  name = "tiny", question = "Which is it?", data = { "breast_cancer" }, split = { folds = 2, stratify = true },
  seeds = { 1 }, compare = { hinge = { margin = { 0.5, 1 } }, cross_entropy = {} },
  model = { hidden = { 4 } }, train = { epochs = 2, batch = 64, lr = 0.01 },
}
LUA
run run tiny.lua --jobs 2; expect 'run' 0 'breast_cancer' '6 trials, 6 done'
if [ -s tiny.db ]; then pass 'the database has the name of the script'; else fail 'the database has the name of the script'; fi
cp out first
run run tiny.lua --db=tiny.db; expect 'run again has nothing to do' 0 'breast_cancer' '6 done'
if cmp -s out first; then pass 'and gives the same answer'; else fail 'and gives the same answer'; fi
sed s/0.01/0.02/ tiny.lua >other.lua
cp tiny.db grown.db
run run other.lua --db grown.db; expect 'another version of it goes into the same database' 0 'hinge' 'tiny: 6 new, 0 there, 6 no longer asked for: kept'
rm grown.db
{ echo label,x; for i in 1 2 3 4 5 6; do echo "1,$i"; echo "0,1$i"; done; } >cells.csv
sed 's/"breast_cancer"/"cells.csv"/; s/batch = 64/batch = 2/' tiny.lua >cells.lua
run run cells.lua; expect 'a study of a file' 0 'cells' '6 done'
was=$(sqlite3 cells.db 'SELECT substr(sha256, 1, 12) FROM dataset')
sed -i s/1,5/1,7/ cells.csv
run run cells.lua; expect 'of which a cell has changed' 1 '' "the data of \"cells\" (cells.csv) have changed: they were sha256 $was… of 12 rows, and are sha256 "
is=$("$program" -e 'print((ll.data.load("cells.csv").hash:sub(1, 12)))')
holds err "are sha256 $is… of 12 rows" && pass 'both hashes are said' || fail 'both hashes are said'
run resume cells.db; expect 'and resuming says so, too' 1 '' 'the data of "cells" (cells.csv) have changed'
rm -f cells.*

# ---- what is no path of a database
for path in :memory: '' nothing_here/x.db /dev/null "$work" tiny.lua/x.db; do
  for command in show ls export plot gallery resume; do
    [ "$command $path" = "ls $work" ] && continue
    run "$command" -- "$path"; expect "$command of '$path'" 1 '' 'losslab: '
  done
  run run tiny.lua "--db=$path"; expect "run into '$path'" 1 '' 'losslab: '
  if [ "$(wc -l <err)" = 1 ] && ! grep -q 'is empty' err; then pass 'in one line'; else fail 'in one line'; fi
done
run run tiny.lua --db :memory:; expect 'memory is no file' 1 '' 'losslab: db is ":memory:", which ends with the process that opened it'
run show :memory:; expect 'nor for reading' 1 '' 'losslab: the database is ":memory:", which ends'
run run tiny.lua --db file:x?mode=memory; expect 'a name that looks like a URI is one of a file' 0 'breast_cancer' 'results in file:x?mode=memory'
run show file:x?mode=memory; expect 'which is found again' 0 'tiny' ''
if [ -z "$(find . -name '*:memory:*')" ] && [ -f 'file:x?mode=memory' ]; then pass 'nothing else is left'; else fail 'nothing else is left'; fi
rm -f 'file:x?mode=memory'
run run tiny.lua --jobs 0; expect 'no workers' 2 '' '--jobs takes a whole number >= 1, not "0"'
run run tiny.lua --jobs x; expect 'no number' 2 '' 'not "x"'
run run tiny.lua --job 2; expect 'an option that is near' 2 '' 'did you mean "--jobs"?'
run run tiny.lua --jobs; expect 'an option without its value' 2 '' '--jobs needs a value'
run run; expect 'no study' 2 '' 'STUDY.lua is missing'
run run tiny.db; expect 'a database in place of its script' 1 '' 'losslab: "tiny.db" is a database, not a script; losslab resume carries'
printf '\033Lua' >binary.lua; run run binary.lua; expect 'nor a compiled one' 1 '' 'losslab: binary.lua: attempt to load a binary chunk'
run run script.lua; expect 'a script that is none' 1 'true' 'ends in `return ll.study'
sed s/hinge/hing/ tiny.lua >bad.lua
run run bad.lua; expect 'a bad study is said in one line' 1 '' 'did you mean "hinge"?'
if [ "$(wc -l <err)" = 1 ] && [ ! -e bad.db ]; then pass 'and leaves no database'; else fail 'and leaves no database'; fi

# ---- a script's first bytes: what Lua reads over in a file is read over wherever a study's script is read
{ printf '\357\273\277#!/usr/bin/env losslab\n'; sed 's/"tiny"/"marked"/; s/seeds =/claim = "It is.", finding = function() return "It was." end, figures = { one = function() return nil, "nothing" end }, seeds =/' tiny.lua; } >marked.lua
run marked.lua; expect 'a script with a byte order mark and a #! line, not run' 2 '' 'marked.lua: this is a study: losslab run marked.lua'
run run marked.lua; expect 'is a study' 0 'finding: It was.' '6 done'
sqlite3 marked.db 'SELECT script_sha256 FROM study' >out; code=0; : >err; expect 'whose hash is that of the file as it is' 0 "$(sha256sum <marked.lua | cut -c1-64)" ''
sqlite3 marked.db "UPDATE trial SET status = 'pending' WHERE id > 3; DELETE FROM metric WHERE trial > 3; DELETE FROM score WHERE trial > 3;
  DELETE FROM epoch WHERE trial > 3"
run resume marked.db; expect 'that can be resumed' 0 'finding: It was.' '6 done'
run show marked.db; expect 'and shown' 0 'claim: It is.' ''
if command -v gnuplot >/dev/null 2>&1; then run plot marked.db --only one; expect 'and drawn' 0 '' 'no one: nothing'; fi
printf '#!x\n\nreturn foo(' >cut.lua
run run cut.lua; expect 'lines keep their numbers' 1 '' 'losslab: cut.lua:3: unexpected symbol'
printf '\357\273\277' >cut.lua
run run cut.lua; expect 'nothing but the mark' 1 '' 'losslab: cut.lua: a study script ends in'
rm -f marked.lua marked.db cut.lua

sed 's/cross_entropy = {}/cross_entropy = { from = "probabilities" }/; s/hidden/output = "identity", hidden/' tiny.lua >bad.lua
rm -f bad.db; run run bad.lua; expect 'what no trial can do is said before any trains' 1 '' 'losslab: no trial of cross_entropy on "breast_cancer" can run: cross_entropy: scores, row'
if [ "$(wc -l <err)" = 1 ] && [ ! -e bad.db ]; then pass 'in one line, and leaves no database'; else fail 'in one line, and leaves no database'; fi
run ls; expect 'ls of a folder' 0 'tiny.db  tiny   6 of 6' ''
run ls --json; json 'v[1].name .. " " .. v[1].trials.done'; expect 'ls --json' 0 'tiny 6' ''
run ls tiny.db; expect 'ls of a database' 0 'data           loss           margin  fold' ''
run ls tiny.db; expect 'with what varies in a column' 0 'breast_cancer  hinge          0.5 ' ''
run ls tiny.db --where 'loss = "hinge" and margin > 0.5' --sort -trial; expect 'that a condition finds' 0 '    6  breast_cancer  hinge  1 ' ''
if [ "$(grep -c breast_cancer out)" = 3 ]; then pass 'and nothing else'; else fail 'and nothing else'; fi
run ls tiny.db --sort -valid --limit 2 --json; json '#v.trials .. tostring(v.trials[1].valid >= v.trials[2].valid) .. #v.trials[1].varied'; expect 'in an order, so many' 0 '2true0' ''
run ls tiny.db --limit 4; expect 'the others are counted' 0 '… 2 more (--limit 0 shows all)' ''
run ls tiny.db --limit 0 --where 'train.lr = 0.01 and hidden = "4"'; expect 'also by what does not vary' 0 '    6  breast' ''
run ls tiny.db --where 'margni = 1'; expect 'a field that is not there' 2 '' 'losslab: --where: at character 1: there is no field "margni"; did you mean "margin"?'
run ls tiny.db --sort tst; expect 'nor a column' 2 '' 'there is no column "tst"; did you mean "test"?'
run ls tiny.db --where 'os.exit(7)'; expect 'a condition is no Lua' 2 '' 'there is no field "os.exit"'
run ls --where 'lr = 1'; expect 'of a folder none holds' 2 '' '--where is for the trials of one database'
run ls tiny.db --json; json '#v.trials .. v.datasets[1].name .. v.trials[2].parameters.margin'; expect 'as JSON' 0 '6breast_cancer0.5' ''
run ls json.lua; expect 'what is no database' 1 '' 'json.lua'
mkdir nothing; run ls nothing; expect 'an empty folder' 0 '' 'no result databases'
run show tiny.db; expect 'show' 0 'Which is it?' ''
run show tiny.db --json; json '#v.summary .. v.study.name .. #v.leaderboard'; expect 'show --json' 0 '3tiny2' ''
run show tiny.db --json; cp out shown.json; run run tiny.lua --db tiny.db --json; json '#v.groups .. v.summary[2].varied.margin .. v.varied[1]'; expect 'run --json' 0 '10.5margin' '6 done'
"$program" run tiny.lua --db tiny.db --json >ran.json 2>/dev/null; "$program" resume tiny.db --json >resumed.json 2>/dev/null
if cmp -s shown.json ran.json && cmp -s shown.json resumed.json; then pass 'is that of show and resume'; else fail 'is that of show and resume'; fi
rm -f shown.json ran.json resumed.json
if command -v script >/dev/null 2>&1; then # on a terminal, as wide as it says or COLUMNS does
  cp tiny.db more.db
  "$program" metric more.db brier >out 2>err # then it is there, and nothing is said of it on a narrow terminal
  for wide in 40 60 80; do
    for words in 'ls tiny.db' 'show tiny.db' 'show tiny.db 2' 'run --help' 'replay --help' 'compare tiny.db more.db' \
      'metric more.db brier 2>/dev/null' 'ls'; do
      COLUMNS=$wide script -qec "'$program' $words" /dev/null </dev/null 2>&1 | tr -d '\r' | sed 's/\x1b\[[0-9]*m//g' >out
      long=$(awk -v wide="$wide" '{ gsub(/[\200-\277]/, ""); if (length($0) > wide) print }' out)
      if [ -s out ] && [ -z "$long" ]; then pass "$words in $wide columns"; else fail "$words in $wide columns: $long"; fi
    done
  done
  rm more.db
fi
run show tiny.db 2; expect 'show a trial' 0 'train loss' ''
run show tiny.db 2 --json; json '#v.epochs .. v.loss'; expect 'show a trial --json' 0 '2' ''
run show tiny.db 7; expect 'a trial that is not there' 1 '' 'tiny.db has no trial 7; it has 6'
run show tiny.db two; expect 'a trial that is no number' 2 '' 'not "two"'
run show nosuch.db; expect 'a database that is not there' 1 '' 'nosuch.db'
cp tiny.db damaged.db; sqlite3 damaged.db "UPDATE config SET parameters = '7'"
run show damaged.db; expect 'rows that no study leaves' 1 '' 'losslab: damaged.db holds values that no study writes, or losslab is at fault'
if grep -q '\.lua:' err; then fail 'are told without a place in our sources'; else pass 'are told without a place in our sources'; fi
LOSSLAB_TRACE=1 "$program" show damaged.db >out 2>err; code=$?; expect 'unless that is asked for' 1 '' "in function 'losslab.results.setting.read'"
rm damaged.db
run -e 'package.preload["losslab.results.report"] = function() error "boo" end
  os.exit(require "losslab.cli.main".main { "show", "tiny.db" })'; expect 'a module that cannot be loaded is no fault of a database' 1 '' 'losslab: (command line):1: boo'
run export tiny.db trials; expect 'export' 0 'trial,dataset,loss' ''
run export tiny.db summary; expect 'with a column a field that varies' 0 'dataset,loss,config,margin,metric' ''
run export tiny.db trials --format json; json '#v .. v[6].status'; expect 'export --format json' 0 '6done' ''
run export tiny.db trials --out trials.json; expect 'export --out' 0 '' '6 rows in trials.json'
cp trials.json out; : >err; json '#v'; expect 'the format follows the name' 0 '6' ''
run export tiny.db trails; expect 'an unknown table' 2 '' 'did you mean "trials"?'
run export tiny.db trials --format jsn; expect 'an unknown format' 2 '' 'did you mean "json"?'
run export tiny.db trials --out nothing/at/all.csv; expect 'a folder that is not there' 1 '' 'nothing/at/all.csv'
run export tiny.db trials --format xml-file; expect 'a format far from any' 2 '' 'there are csv, json'
if command -v gnuplot >/dev/null 2>&1; then
  run plot tiny.db --out figures --format svg; expect 'plot' 0 'figures/curves.svg' 'no margin_map: '
  if [ -s figures/curves.svg ] && [ ! -e figures/curves.png ]; then pass 'in the format asked for'; else fail 'in the format asked for'; fi
  run plot tiny.db --out figures --only roc --json; json '#v.files'; expect 'plot --json' 0 '2' ''
  run plot tiny.db --only ''; expect 'no figure' 1 '' 'only: no figure is named; there are summary, '
  run plot tiny.db --only ,; expect 'nor between commas' 1 '' ' calibration,'
  run plot tiny.db --only rocc; expect 'an unknown figure' 1 '' 'did you mean "roc"?'
fi
run plot tiny.db --format gif; expect 'an unknown picture format' 2 '' 'there are svg, png'
run resume tiny.db; expect 'resume' 0 'breast_cancer' '6 done'
run data; expect 'data' 0 'breast_cancer' ''
run data --json; json '#v > 5'; expect 'data --json' 0 'true' ''
run data breast_cancer; expect 'one set' 0 'licence' ''
run data target_decoy; expect 'a generator' 0 'shift' ''

# what reading had to say of a file
printf 'label,a,id\n0,1.5,1\n0,1,2\n1,3,3\n1,3,4\n0,2,5\n1,4,6\n' >noted.csv
cat >noted.lua <<'LUA'
return ll.study { name = "noted", question = "Does it say so?", data = { "noted.csv" }, split = { test = 0.34, valid = 0.5 },
  compare = { hinge = {} }, model = { hidden = {} }, train = { epochs = 1, batch = 1 } }
LUA
run data noted.csv; expect 'data FILE shows the notes' 0 '  note: column "id" numbers the rows' ''
run data noted.csv --json; json '#v.notes == 1'; expect 'and --json has them' 0 'true' ''
run run noted.lua; expect 'run says them on standard error' 0 'hinge' 'losslab: noted.csv: column "id" numbers the rows'
if [ "$(grep -c numbers err)" = 1 ]; then pass 'once'; else fail 'once'; fi
if [ "$(grep -c 'note: noted: column "id" numbers' out)" = 1 ]; then pass 'and its answer'; else fail 'and its answer'; fi
run show noted.db; expect 'the database keeps them' 0 'note: noted: column "id" numbers the rows' ''
run data brest_cancer; expect 'an unknown set' 1 '' 'did you mean "breast_cancer"?'

# ---- interrupts: the script says when it is ready, so nothing depends on speed
mkfifo ready
"$program" -e 'io.open("ready", "w"):close() while true do end' >out 2>err &
pid=$!
read -r _ <ready
kill -INT $pid
wait $pid
code=$?; expect 'Ctrl-C ends a script with 130' 130 '' 'losslab: interrupted'

echo "1..$count"
exit $((failed != 0))
