#!/bin/sh
# losslab merge: a study that was run in parts on several databases becomes one, the same that an undisturbed run gives; what it cannot
# do it refuses and leaves the database as it was; so does a process that is killed, or a disk that is full.
. tests/e2e/tap.sh
tree=$PWD
cd "$work" || exit 1
study() { # NAME SEEDS LOSSES
  cat >"$1.lua" <<LUA
return ll.study {
  name = "study", question = "which?", data = { { generator = "target_decoy", n = 120 } }, split = { folds = 2 }, seeds = { $2 },
  compare = { $3 }, train = { epochs = 3, batch = 20, lr = .01 }, scores = "all", networks = true,
}
LUA
}
all='adaptive_rank = { margin = { 0, .1 } }, hinge = {}, square = {}'
study whole '1, 2, 3' "$all"
study seeds '1, 2' "$all"
study losses '1, 2, 3' 'hinge = {}'
for each in whole seeds losses; do
  "$losslab" run $each.lua --db $each.db --jobs 2 >out 2>err || fail "run $each" "$(cat err)"
done
ask seeds.db "UPDATE script SET made = '2020-01-01T00:00:00Z'" # a second may not tell them apart
merge() { "$losslab" merge "$@" >out 2>err; echo $?; }
differ() { "$losslab" diff "$@" >diff.out 2>diff.err; echo $?; }

is 'merged' "$(merge out.db seeds.db losses.db)" 0
has 'what is new is said' out 'losses.db: 6 trials: 2 new, 4 there already'
is 'into a file of all trials' "$(ask out.db 'SELECT count(*) FROM trial')" 18
is 'the study is as its later script has it' "$(ask out.db 'SELECT count(*) FROM wanted') $(ask out.db 'SELECT count(*) FROM script')" '6 2'
is 'nothing refers to what is not there' "$(ask out.db 'PRAGMA foreign_key_check; PRAGMA integrity_check')" ok
is 'a run adds what is missing' "$("$losslab" run whole.lua --db out.db >out 2>err; echo $?)" 0
is 'of the whole study' "$(ask out.db "SELECT count(*) FROM wanted JOIN trial ON id = trial WHERE status = 'done'")" 24
is 'and merged with the whole' "$(merge out.db whole.db)" 0
has 'there is nothing new in that' out 'whole.db: 24 trials: 24 there already'
before=$("$losslab" -e 'for _, t in ipairs { "trial", "metric", "epoch", "score", "network", "wanted", "script", "study" } do
  print(require "losslab".store.open "out.db":digest(t)) end')
is 'merging the same again' "$(merge out.db seeds.db out.db losses.db whole.db)" 0
has 'is said of the database itself' out 'out.db: is that database itself'
is 'and changes nothing' "$("$losslab" -e 'for _, t in ipairs { "trial", "metric", "epoch", "score", "network", "wanted", "script", "study" } do
  print(require "losslab".store.open "out.db":digest(t)) end')" "$before"
"$losslab" show out.db >shown 2>&1
has 'its answer is read as that of any' shown '24 runs done'

# ---- by halves ----
cp whole.db half.db
ask half.db "CREATE TEMP TABLE gone AS SELECT id FROM trial WHERE id % 2 = 0; DELETE FROM metric WHERE trial IN gone;
  DELETE FROM learnt WHERE trial IN gone; DELETE FROM score WHERE trial IN gone; DELETE FROM network WHERE trial IN gone;
  DELETE FROM epoch WHERE trial IN gone; UPDATE wanted SET best_epoch = NULL, valid = NULL, test = NULL WHERE trial IN gone;
  UPDATE trial SET status = 'pending', computer = NULL, seconds = NULL WHERE id IN gone"
is 'half of it differs' "$(differ half.db whole.db)" 1
is 'a half is filled' "$(merge half.db whole.db)" 0
has 'which is said' out 'whole.db: 24 trials: 12 that were still to be done, 12 there already'
check 'and is the whole' "$losslab" "$tree/tests/e2e/same.lua" half.db whole.db
is 'by diff as well' "$(differ half.db whole.db) $(cat diff.out)" '0 equal'

# ---- what is refused ----
refused() { # NAME WORDS… : merge into out.db fails with the words, and out.db is as it was
  name=$1 words=$2
  shift 2
  sum=$(sha256sum <out.db)
  is "$name" "$(merge "$@")" 1
  has 'with the reason' err "$words"
  is 'and nothing is changed' "$(sha256sum <out.db)" "$sum"
}
cp whole.db other.db
ask other.db "UPDATE metric SET value = value + 1e-12 WHERE trial = 3 AND name = 'auc' AND split = 'test' AND epoch = 2"
refused 'other numbers' 'out.db and other.db disagree on trial ' out.db other.db
has 'with the first place' err 'metric auc, test, epoch 2: value is '
has 'and who computed them' err 'computed both by losslab '
rm -f both.db
is 'into a new file' "$(merge both.db whole.db other.db)" 1
has 'the two are named that hold them' err 'losslab: whole.db and other.db disagree on trial '
is 'what is no database, into a new file' "$(merge both.db none.db)" 1
has 'is said alone' err 'losslab: both.db: none.db: there is no such database'
ask other.db "UPDATE trial SET status = 'diverged', diverged_epoch = 2 WHERE id = 3"
refused 'done and diverged' 'trial: status is done in the one and diverged in the other' out.db other.db
refused 'a file that is not there' 'none.db: there is no such database' out.db none.db
echo 'no database' >text.db
refused 'no database' 'text.db is not a database' out.db text.db
cp whole.db view.db
ask view.db 'DROP TABLE kept; CREATE VIEW kept AS SELECT 1 AS trial, 2 AS name, 3 AS columns, 4 AS numbers'
refused 'a view in the place of a table' 'is no plain table' out.db view.db
cp whole.db trap.db
ask trap.db 'CREATE TRIGGER t AFTER INSERT ON trial BEGIN DELETE FROM study; END'
is 'a trigger of a stranger' "$(merge trap.db seeds.db; ask trap.db 'SELECT count(*) FROM study')" '0
1'
cp whole.db rows.db
ask rows.db "PRAGMA ignore_check_constraints = 1; UPDATE trial SET key = 'k' || id; UPDATE metric SET split = 'sideways' WHERE trial = 5 AND epoch = 1 AND name = 'auc' AND split = 'test'"
refused 'rows that no study writes' 'rows.db is damaged: its table metric' out.db rows.db
zcat "$tree/tests/e2e/schema4.db.gz" >older.db
refused 'an older schema' 'older.db was begun by an older losslab: its trials are not yet known by what they compute' out.db older.db
has 'with the way out' err 'losslab resume older.db'
sum=$(sha256sum <older.db)
is 'into an older schema' "$(merge older.db whole.db)" 1
is 'which stays what it is' "$(sha256sum <older.db)" "$sum"
is 'to a new file' "$(merge new.db whole.db other.db)" 1
is 'nothing is left of that' "$(ls new.db* 2>/dev/null)" ''
ask out.db "INSERT INTO runner (token, host, boot, process, start) VALUES ('t', 'elsewhere', 'b', 7, 1)"
refused 'a database that is run in' 'out.db: trials are being run in it (process 7 on elsewhere)' out.db whole.db
ask out.db 'DELETE FROM runner'
"$losslab" -e 'require "losslab".store.open("out.db", { mode = "write" }):join()'
is 'a runner of this machine that is gone is none' "$(merge out.db whole.db) $(ask out.db 'SELECT count(*) FROM runner')" '0 0'
is 'nothing to merge' "$("$losslab" merge out.db >out 2>err; echo $?)" 2
is 'help' "$("$losslab" merge --help | head -n 1)" 'usage: losslab merge OUT DB… [--json]'

# ---- in the middle ----
# A file that may not grow: where the signal for it is not ignored, it kills the process in the middle of its writing.
cp losses.db small.db
cp losses.db large.db
is 'undisturbed' "$(merge large.db whole.db)" 0
blocks=$(($(wc -c <small.db) / 512)) full=$(($(wc -c <large.db) / 512))
hit=0
for part in 1 3 5 7; do
  limit=$((blocks + (full - blocks) * part / 8))
  cp small.db killed.db
  (ulimit -c 0; ulimit -f "$limit"; exec "$losslab" merge killed.db whole.db >out 2>err)
  code=$?
  [ $code = 0 ] || hit=$((hit + 1))
  cp small.db full.db
  (trap '' XFSZ; ulimit -f "$limit"; exec "$losslab" merge full.db whole.db >out 2>err)
  is "a full disk at $limit blocks" "$?" 1
  is 'leaves it as it was' "$(differ full.db small.db)" 0
  is 'and so does a kill' "$(differ killed.db small.db) $(ask killed.db 'PRAGMA integrity_check')" '0 ok'
done
is 'all of them were killed' "$hit" 4
is 'it is done once more' "$(merge killed.db whole.db) $(ask killed.db "SELECT count(*) FROM trial WHERE status = 'done'")" '0 24'
"$losslab" merge j.db whole.db seeds.db --json >out 2>err
has 'for programs' out '"added":24'
finish
