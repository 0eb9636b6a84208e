#!/bin/sh
# A database opened in a script: trials and their networks, which are given only where the trial run again is the one recorded; another
# precision, changed rows and a stranger's Lua are refused in words; a column of labels named by a study is read again by replay.
. tests/e2e/tap.sh
double=$PWD/${LOSSLAB_DOUBLE:-bin/losslab-double}
case ${LOSSLAB_DOUBLE:-} in /*) double=$LOSSLAB_DOUBLE ;; esac
export XDG_STATE_HOME="$work/state"
cd "$work" || exit 1

{
  echo "age,sex,height,Outcome"
  awk 'BEGIN { for (i = 1; i <= 90; i++) printf "%s,%s,%g,%s\n", i % 9 == 0 ? "" : 20 + i % 3 + (i % 2) * 8, i % 4 ? "f" : "m", 150 + i * 7 % 31, i % 2 ? "yes" : "no" }'
} >my.csv
cat >study.lua <<'LUA'
return ll.study { name = "mine", data = { load = "my.csv", label = "Outcome", positive = "yes", missing = "mean",
    categorical = { "sex" } }, split = { folds = 3 }, contents = CONTENTS,
  compare = { hinge = {}, adaptive_rank = { margin_lr = 0.05 } }, model = { hidden = { 5 } },
  train = { epochs = 4, batch = 16, lr = 0.02 }, networks = true }
LUA
sed 's/CONTENTS/false/' study.lua >mine.lua
cat >look.lua <<'LUA'
local path, id, trust = ...
local results = ll.open(path, { trust = trust == "trust" or nil })
local trial = results:trial(tonumber(id))
local _, _, test = trial:data()
local auc = ll.metric.auc(trial:predict(test), test.y)
print(trial.loss, #trial.epochs, auc == trial.metrics.test.auc, trial:network(2):predict(test).rows == test.rows)
LUA

for program in "$losslab" "$double"; do
  rm -f mine.db
  check "the study runs" "$program" run mine.lua --db mine.db --jobs 2
  for id in 1 2 6; do
    "$program" look.lua mine.db $id >out 2>err
    is "trial $id predicts what was recorded" "$(tr '\t' ' ' <out | cut -d' ' -f2-) $(cat err)" "4 true true "
  done
done
check "what is read with label = is replayed" "$double" replay mine.db --all
"$double" replay mine.db --all >out 2>&1
has "from the file" out "6 identical"
sed -i 's/Outcome/outcome/' my.csv
"$double" look.lua mine.db 1 >out 2>err
has "a file without that column is refused" err 'there is no column of labels "Outcome"; did you mean "outcome"?'
sed -i 's/outcome/Outcome/' my.csv
"$losslab" look.lua mine.db 1 >out 2>err
has "another precision is refused in words" err "trial 1 cannot be made again: it was computed in double: losslab-double runs it again"
"$double" look.lua mine.db 17 >out 2>err
has "a trial that is not there" err "mine.db has no trial 17; its 6 that have ended are from 1 to 6"
cp mine.db changed.db
ask changed.db "UPDATE metric SET value = value / 2 WHERE trial = 2 AND epoch = 3 AND split = 'valid' AND name = 'auc'"
"$double" look.lua changed.db 2 >out 2>err
has "a changed number is found" err "trial 2, run again, is not the trial that was recorded: epoch 3, auc of the valid part:"
ask changed.db "UPDATE trial SET fold = 2 WHERE id = 1"
"$double" look.lua changed.db 1 >out 2>err
has "a changed row, too" err "trial 1 cannot be made again: its key is not that of what the database says of it"
ask changed.db "UPDATE trial SET status = 'failed', error = 'no luck' WHERE id = 3"
"$double" look.lua changed.db 3 >out 2>err
has "a trial that failed has no network" err "trial 3 has no network: it is failed (no luck)"
"$losslab" look.lua nothing.db 1 >out 2>err
is "no database" "$?" 1
has "is named" err "nothing.db"

# Lua of a script
cat >own.lua <<'LUA'
return ll.study { name = "own", data = { generator = "moons", n = 90 }, split = { test = 0.3 },
  compare = { mine = { function(scores, labels, p) return ((scores - labels) * (scores - labels) * p.weight):mean() end, weight = { 1, 2 } } },
  model = { hidden = { 4 } }, train = { epochs = 3, batch = 16 } }
LUA
check "a study with a loss of its own" "$losslab" run own.lua --db own.db --jobs 1
"$losslab" look.lua own.db 1 >out 2>err
is "whose script was run here is made again" "$(tr '\t' ' ' <out) $(cat err)" "mine 3 true true "
rm -r state
"$losslab" look.lua own.db 1 >out 2>err
is "a stranger's is not" "$?" 1
has "and is refused in words" err "which was not run here before"
"$losslab" look.lua own.db 1 trust >out 2>err
is "unless it is trusted" "$(tr '\t' ' ' <out)" "mine 3 true true"

# What an older losslab wrote, and what has no network
cd - >/dev/null || exit 1
for schema in 2 3 4 5; do
  gzip -dc "tests/e2e/schema$schema.db.gz" >"$work/older.db"
  "$losslab" -e 'local trial = ll.open(arg[1]):trial(1) print(trial.status, #trial.epochs > 0) trial:network()' "$work/older.db" \
    >"$work/out" 2>"$work/err"
  is "schema $schema: a trial is read, its network refused" "$? $(tr '\t' ' ' <"$work/out")" "1 done true"
  has "in words" "$work/err" "trial 1 cannot be made again: $work/older.db was begun by an older losslab"
done
cd "$work" || exit 1
cat >lost.lua <<'LUA'
return ll.study { name = "lost", data = { generator = "moons", n = 60 }, split = { test = 0.3 }, compare = { exponential = {} },
  model = { hidden = { 2 } }, train = { epochs = 2, batch = 8, optimizer = "sgd", lr = 1e30 } }
LUA
"$losslab" run lost.lua --db lost.db --jobs 1 >out 2>err
"$losslab" -e 'll.open("lost.db"):trial(1):network()' >out 2>err
is "a trial that diverged at once has no network" "$?" 1
has "which is said" err "trial 1 has no network: it diverged in its first epoch"
"$losslab" -e 'll.open("lost.db").trial(1)' 2>err
has "a method with a dot" err "results:trial is called with a colon"
"$losslab" -e 'local trial = ll.open("lost.db"):trial(1) print(trial.best_epoch, trial.netwrok)' >out 2>err
is "what a trial may lack is nil, what none has an error" "$?" 1
has "with the nearest" err 'a trial has no "netwrok"; did you mean "network"?'
cd - >/dev/null || exit 1
finish
