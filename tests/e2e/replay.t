#!/bin/bash
# losslab replay: trials run again from the database alone are identical, and whatever was changed in it is found, with its place. The
# script of a stranger is not run; data that are gone or are others are named. losslab metric adds a metric from the database alone.
. tests/e2e/tap.sh
export XDG_STATE_HOME=$work/state HOME=$work/home
mkdir "$work/home"

cat >"$work/study.lua" <<'L'
return ll.study {
  name = "again", data = { "sonar", { generator = "target_decoy", n = 300 }, { generator = "target_decoy", n = 400, ratio = 2, name = "thin" } },
  seeds = { 1, 2 }, split = { folds = 2 }, compare = { square = {}, adaptive_rank = { margin_lr = .1 } }, model = { hidden = { 4 } },
  train = { epochs = 3, batch = 40, lr = { .01, 1e20 }, optimizer = "sgd" }, networks = true, record = { "train", "valid", "test" },
  metrics = { "auc", { "partial_auc", max_fpr = .1 } },
}
L
# again EXIT NAME ARGUMENTS…: replay, its output in $work/out and $work/err.
again() {
  code=$1 name=$2
  shift 2
  timeout 600 "$losslab" replay "$@" >"$work/out" 2>"$work/err"
  is "$name" "$?" "$code" || cat "$work/out" "$work/err" >&2
}
# from SOURCE: a copy of the database, to be changed
from() { cp "$work/$1.db" "$work/changed.db"; }

run 0 'a study' "$work/study.lua" "$work/study.db"
trials=$(ask "$work/study.db" "SELECT count(*) FROM trial")
is 'some of it diverged' "$(ask "$work/study.db" "SELECT count(*) > 0 FROM trial WHERE status = 'diverged'")" 1
sum=$(sha256sum <"$work/study.db")
again 0 'all of it is run again' "$work/study.db" --all
is 'and each trial is identical' "$(grep -c ': identical$' "$work/out")" "$trials"
has 'and said in a line' "$work/out" "$trials of $trials identical, in "
is 'nothing is written' "$(sha256sum <"$work/study.db")" "$sum"
again 0 'some are drawn' "$work/study.db" --sample 4 --seed 7
cp "$work/out" "$work/first"
is 'so many' "$(grep -c identical$ "$work/out")" 4
has 'by a seed that is said' "$work/err" '4 trials drawn with --seed 7'
again 0 'the same seed' "$work/study.db" --sample 4 --seed 7 --jobs 1
is 'draws the same trials, for any number of processes' "$(grep trial "$work/out")" "$(grep trial "$work/first")"
again 0 'trials by their numbers' "$work/study.db" 5 2
is 'are run in the order given' "$(cut -d ' ' -f 2 "$work/out" | head -2 | tr '\n' ' ')" '5 2 '
again 0 'JSON' "$work/study.db" 1 --json
is 'holds what is said' "$(ask :memory: "SELECT j->>'\$.identical', j->>'\$.of', j->>'\$.trials[0].result' FROM (SELECT readfile('$work/out') AS j)")" '1|1|identical'

# ---- what was changed is found, with its place

done=$(ask "$work/study.db" "SELECT min(t.id) FROM trial AS t JOIN config AS c ON c.id = t.config WHERE status = 'done' AND loss = 'adaptive_rank'")
# changed NAME SQL TEXT…: the copy is changed so, and replay says the texts
changed() {
  from study
  ask "$work/changed.db" "$2"
  again 3 "$1 is found" "$work/changed.db" "$done"
  shift 2
  for text; do has "  and said: $text" "$work/out" "$text"; done
}
changed 'a metric' "UPDATE metric SET value = value + CASE WHEN value < 0.5 THEN 5.5511151231257827e-17 ELSE 1.1102230246251565e-16 END WHERE trial = $done AND name = 'auc' AND split = 'test' AND epoch = 2" \
  'differs from epoch 2 on' 'auc of the test part: ' '1 ulp of double' 'the machine is what it was'
changed 'a metric that is gone' "DELETE FROM metric WHERE trial = $done AND name = 'auc' AND split = 'train' AND epoch = 3" \
  'differs from epoch 3 on' 'auc of the train part: ' 'nothing in the database'
changed 'a metric at the other end of the numbers' "UPDATE metric SET value = 1e-300 WHERE trial = $done AND name = 'auc' AND split = 'test' AND epoch = 2" \
  'ulps of double'
again 3 'as JSON, too' "$work/changed.db" "$done" --json
is '  with so many places between that JSON has no whole number for them' \
  "$(ask :memory: "SELECT j->>'\$.ulps' > 4e18, j->>'\$.stored' FROM (SELECT readfile('$work/out')->'\$.trials[0].differences[0]' AS j)")" '1|1.0e-300'
changed 'a training loss' "UPDATE epoch SET train_loss = train_loss * 2 WHERE trial = $done AND epoch = 1" 'differs from epoch 1 on' 'the training loss'
changed 'a learning rate' "UPDATE epoch SET learning_rate = 1 WHERE trial = $done AND epoch = 3" 'differs from epoch 3 on' 'the learning rate'
changed 'a share of batches passed over' "UPDATE epoch SET passed_over = 0.5 WHERE trial = $done AND epoch = 3" 'the share of batches'
changed 'a learnt value' "UPDATE learnt SET value = value + 1e-9 WHERE trial = $done AND epoch = 2" 'differs from epoch 2 on' 'learnt margin'
changed 'a gradient' "UPDATE learnt SET gradient = gradient + 1 WHERE trial = $done AND epoch = 2" 'gradient margin'
changed 'a best epoch' "UPDATE wanted SET best_epoch = 1 + (best_epoch = 1) WHERE trial = $done" 'differs at its end' 'best epoch again'
changed 'an epoch too many' "INSERT INTO epoch (trial, epoch) VALUES ($done, 9)" 'the epoch: nothing here'
changed 'another end' "UPDATE trial SET status = 'diverged', diverged_epoch = 2, error = 'the loss is nan' WHERE id = $done" 'how it ended: done here, diverged in the database'
changed 'a network' "UPDATE network SET weights = CAST(substr(weights, 1, length(weights) - 4) || x'00000041' AS BLOB) WHERE trial = $done" 'the network parameter ' 'ulps of float'
from study
cat >"$work/plant.lua" <<'L'
-- One score of a trial is put one place further: epoch 2, row 5 of the test part.
local db, trial = ...
local ll = require "losslab"
local bytes = {}
local store <close> = ll.store.open(db)
for row in store:rows("trial_scores", { trial = math.tointeger(tonumber(trial)) }) do
  if row.split == "test" then
    local all = {}
    for k = 1, row.last - row.first + 1 do
      all[k] = ll.store.unpack_scores(row.scores, row.coding, row.last - row.first + 1, row.columns, k)
    end
    local plain = ll.store.pack_scores({ all[2] }, "plain")
    local x = string.unpack("<I4", plain, 17)
    all[2] = ll.store.floats(plain:sub(1, 16) .. string.pack("<I4", x + 1) .. plain:sub(21))
    local packed, coding = ll.store.pack_scores(all)
    bytes = { packed = packed, coding = coding, columns = row.columns, last = row.last }
  end
end
io.open(db .. ".blob", "wb"):write(bytes.packed):close()
print(bytes.coding)
L
coding=$("$losslab" "$work/plant.lua" "$work/changed.db" "$done")
ask "$work/changed.db" "UPDATE score SET scores = readfile('$work/changed.db.blob'), coding = $coding WHERE trial = $done AND split = 'test'"
again 3 'a score is found' "$work/changed.db" "$done"
row=$(ask "$work/study.db" "SELECT hex(substr(p.rows, 17, 4)) FROM part AS p JOIN trial AS t ON t.cut = p.cut WHERE t.id = $done AND p.split = 'test'")
has '  in its epoch' "$work/out" 'differs from epoch 2 on'
has '  and row, of the part and of the data' "$work/out" "the score of row 5 of the test part (row $((16#${row:2:2}${row:0:2})) of the data)"
has '  by one place' "$work/out" '1 ulp of float'
again 3 'as JSON' "$work/changed.db" "$done" --json
is '  with its place' "$(ask :memory: "SELECT j->>'\$.epoch', j->>'\$.row', j->>'\$.ulps', j->>'\$.what', j->>'\$.split', j->>'\$.more' FROM (SELECT readfile('$work/out')->'\$.trials[0].differences[0]' AS j)")" '2|5|1|scores|test|0'
from study
ask "$work/changed.db" "UPDATE computer SET libc = 'glibc 1.0, none', version = '0.0.1'; UPDATE metric SET value = 0.25 WHERE trial = $done"
again 3 'where the machine was another' "$work/changed.db" "$done"
has '  none of it should count, since its bits are portable' "$work/out" 'in the machine (none of it should count): losslab 0.0.1, here losslab'
ask "$work/changed.db" "UPDATE trial SET bits = 'libm'"
again 3 'where its bits are tied to the machine' "$work/changed.db" "$done"
has '  it is said what differs, what decides first' "$work/out" 'in the machine: glibc 1.0, none, here glibc'

# ---- rows that do not belong together are told before anything is run

# refused NAME SQL TEXT
refused() {
  from study
  ask "$work/changed.db" "$2"
  again 1 "$1: is not replayed" "$work/changed.db" "$done"
  has '  and said so' "$work/out" "$3"
}
refused 'another seed' "UPDATE trial SET study_seed = 2 WHERE id = $done" 'its key is not that of what the database says of it'
refused 'another configuration' "UPDATE config SET parameters = json_set(parameters, '\$.margin', 0.25)" 'its configuration is not that of its key'
refused 'other rows' "UPDATE part SET rows = (SELECT rows FROM part AS p WHERE p.cut = part.cut AND p.split = 'valid'), labels = (SELECT labels FROM part AS p WHERE p.cut = part.cut AND p.split = 'valid'), count = (SELECT count FROM part AS p WHERE p.cut = part.cut AND p.split = 'valid') WHERE split = 'test'" \
  'the key of its cut is another'
refused 'damaged data' "UPDATE content SET packed = substr(packed, 1, 100)" 'its data in the database cannot be read'
refused 'a damaged configuration' "UPDATE config SET train = '{\"optimizer\":\"adamm\"}'" 'adamm'
again 1 'a trial that is not there' "$work/study.db" 100000
has '  is said' "$work/err" 'has no trial 100000'
again 2 'what is no number' "$work/study.db" x
again 2 'two ways at once' "$work/study.db" 1 --all
again 1 'no database' "$work/none.db"

# ---- data that are in no database

from study
ask "$work/changed.db" "DELETE FROM content"
again 0 'without content the data are made and read again' "$work/changed.db" --all
cat >"$work/mine.csv" <<'L'
a,b,label
L
i=0
while [ $i -lt 60 ]; do echo "$((i * 7 % 11)),$((i * 5 % 13)),$((i * 3 % 7 > 3))" >>"$work/mine.csv"; i=$((i + 1)); done
cat >"$work/file.lua" <<L
return ll.study { name = "file", data = { { "$work/mine.csv", name = "mine", positive = 1 } }, split = { folds = 2 }, compare = { square = {} }, train = { epochs = 2, batch = 5 } }
L
run 0 'a study of a file' "$work/file.lua" "$work/file.db"
again 0 'is run again from the database' "$work/file.db" --all
ask "$work/file.db" "DELETE FROM content"
again 0 'or from the file' "$work/file.db" --all
sed -i '2s/0/1/' "$work/mine.csv"
again 1 'a file that has changed' "$work/file.db" --all
has '  is told by its hash' "$work/out" 'its data "mine" are not those that it was run on'
rm "$work/mine.csv"
again 1 'a file that is gone' "$work/file.db" --all
has '  is told by its name' "$work/out" "$work/mine.csv"
has '  and counted' "$work/out" '0 of 2 identical (2 not replayed)'

# ---- Lua of a script

cat >"$work/lua.lua" <<'L'
return ll.study {
  name = "lua", data = { { generator = "target_decoy", n = 100 }, { name = "made", make = function()
    local stream = ll.random(1, 0, "made")
    local x = stream:uniform(80, 2, -1, 1)
    local y = {}
    for i = 1, 80 do y[i] = { x:get(i, 1) + 0.3 * x:get(i, 2) > 0 and 1 or 0 } end
    return ll.data.matrix(x, ll.matrix(y))
  end } }, split = { folds = 2 }, train = { epochs = 2, batch = 10 },
  compare = { mine = { function(s, y, p) return ((s - y) ^ 2):mean() * p.scale end, scale = { 1, 2 } }, hinge = {},
    worse = { function() error "no such luck" end } },
}
L
cat >"$work/own.lua" <<'L'
return ll.study { name = "own", data = { { generator = "target_decoy", n = 100 } }, split = { folds = 2 }, compare = { a = { step = { 1, 2 } } }, metric = "w",
  trial = function(t)
    local stream = t:random "x"
    for i = 1, 3 do
      local x = stream:uniform(t.parts.test.rows, 1, 0, 1)
      t:record { loss = 1 / i, valid = { w = x:sum():item() * t.parameters.step }, test = { w = i }, scores = { test = x } }
      t:keep("map", x)
    end
  end }
L
for name in lua own; do run $([ $name = lua ] && echo 1 || echo 0) "a study in Lua: $name" "$work/$name.lua" "$work/$name.db"
  again 0 'is run again, since it was run here before' "$work/$name.db" --all
done
XDG_STATE_HOME=$work/nobody again 1 'elsewhere it is not' "$work/lua.db" --all
is '  but for what is built in' "$(grep -c identical$ "$work/out")" 4
has '  which is said' "$work/out" 'Lua of the script computes it, which was not run here before'
XDG_STATE_HOME=$work/nobody again 0 '--trust runs it' "$work/lua.db" --all --trust
from lua
failing=$(ask "$work/lua.db" "SELECT min(id) FROM trial WHERE status = 'failed'")
ask "$work/changed.db" "UPDATE trial SET status = 'done', error = NULL WHERE id = $failing;
  INSERT INTO epoch (trial, epoch, train_loss, learning_rate) SELECT $failing, epoch, train_loss, learning_rate FROM epoch
  WHERE trial = (SELECT min(id) FROM trial WHERE status = 'done')"
again 3 'a trial that fails when it is run again' "$work/changed.db" "$failing"
is '  says that first' "$(sed -n 2p "$work/out")" '  how it ended: failed here, done in the database'
has '  and why' "$work/out" 'no such luck here, nothing in the database'
from own
ask "$work/changed.db" "UPDATE kept SET numbers = CAST(x'0000803f' || substr(numbers, 5) AS BLOB) WHERE trial = 1"
again 3 'a kept matrix that was changed is found' "$work/changed.db" 1
has '  with its place' "$work/out" 'kept map, row 1'
from lua
ask "$work/changed.db" "UPDATE script SET text = replace(text, '^ 2', '^ 4')"
again 1 'a script whose functions are others' "$work/changed.db" 1 2 3 4 5 --trust
has '  is not believed' "$work/out" 'have another text than those that computed it'

# ---- the other precision

double=${LOSSLAB_DOUBLE:-bin/losslab-double}
sed 's/again/double/; s/"sonar", //' "$work/study.lua" >"$work/double.lua"
"$double" tests/e2e/run.lua "$work/double.lua" "$work/double.db" 2 >"$work/log" 2>&1
again 2 'a study in double' "$work/double.db" --all
has '  is for the other program' "$work/err" 'losslab-double replay'
"$double" replay "$work/double.db" --all >"$work/out" 2>&1
is '  which gives the same bits' "$? $(grep -c identical$ "$work/out")" "0 $(ask "$work/double.db" "SELECT count(*) FROM trial")"

# ---- a metric that is added

# metric EXIT NAME ARGUMENTS…
metric() {
  code=$1 name=$2
  shift 2
  timeout 600 "$losslab" metric "$@" >"$work/out" 2>"$work/err"
  is "$name" "$?" "$code"
}
cat >"$work/template" <<'L'
return ll.study { name = "few", data = { "sonar" }, split = { folds = 2 }, compare = { square = {}, hinge = { margin = { .5, 1 } } }, train = { epochs = 3, batch = 40 } %s }
L
few() { sed "s/%s/$1/" "$work/template" >"$work/few.now.lua"; cp "$work/few.now.lua" "$work/$2.lua"; run 0 "$3" "$work/$2.lua" "$work/$2.db"; }
few '' few 'a study'
few ', scores = "best"' best 'one that keeps few scores'
few ', metrics = { "auc", "partial_auc", "average_precision", { "partial_auc", max_fpr = .05 } }' more 'one that records more'
metric 0 'a metric is added' "$work/few.db" partial_auc max_fpr=0.05
has '  from the scores' "$work/err" '6 from their scores, 0 run again'
has '  and shown' "$work/out" 'partial_auc(max_fpr=0.05) test'
metric 0 'or by running again' "$work/best.db" partial_auc max_fpr=0.05
has '  where they were not kept' "$work/err" '0 from their scores, 6 run again'
for db in few best; do
  is "  to the same bits as by the study itself ($db)" "$(ask "$work/$db.db" "SELECT trial, epoch, split, name, printf('%.17g', value) FROM metric ORDER BY 1, 2, 3, 4")" \
    "$(ask "$work/more.db" "SELECT trial, epoch, split, name, printf('%.17g', value) FROM metric ORDER BY 1, 2, 3, 4")"
done
cp "$work/few.db" "$work/copy.db"
metric 0 'once more' "$work/few.db" partial_auc max_fpr=0.05 --json
dump() { sqlite3 "$1" .dump | grep -v '^INSERT INTO look '; }
is '  nothing is written but that it was looked at' "$(dump "$work/few.db" | sha256sum)" "$(dump "$work/copy.db" | sha256sum)"
is '  and the same is said' "$(ask :memory: "SELECT j->>'\$.had', j->>'\$.from_scores', j->>'\$.metric' FROM (SELECT readfile('$work/out') AS j)")" '6|0|partial_auc(max_fpr=0.05)'
again 0 'the metric is verified with the others' "$work/few.db" --all
metric 0 'of the training part' "$work/few.db" auc --split train
is '  the trials are run again' "$(ask "$work/few.db" "SELECT count(*) FROM metric WHERE split = 'train' AND name = 'auc'")" 18
metric 2 'an unknown metric' "$work/few.db" partial_acu
has '  the nearest is named' "$work/err" 'did you mean "partial_auc"'
metric 2 'an unknown option' "$work/few.db" partial_auc max_fp=1
has '  the nearest is named, too' "$work/err" 'did you mean "max_fpr"'
metric 1 'a study with its own trial' "$work/own.db" auc
has '  records what it names' "$work/err" 'has its own trial'
metric 1 'a study that is not there' "$work/few.db" auc --study fwe
has '  the nearest is named there' "$work/err" 'did you mean "few"'
XDG_STATE_HOME=$work/nobody metric 0 'a loss in Lua: scores need no script' "$work/lua.db" average_precision
ask "$work/lua.db" "DELETE FROM score"
XDG_STATE_HOME=$work/nobody metric 1 'without them it does' "$work/lua.db" brier
finish
