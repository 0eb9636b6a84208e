#!/bin/sh
# Databases that were damaged between two runs: a study that is carried on either comes to its end or ends with a message that names
# the file, in any case soon. A worker that finds nothing to do, though the count says that there is something, is not started again
# and again. (timeout is for a program that does not end, so that the test fails rather than hangs.)
. tests/e2e/tap.sh
cat >"$work/s.lua" <<'END'
return ll.study { name = "s", data = { { generator = "moons", n = 60, name = "m" } }, split = { folds = 2 }, seeds = { 1, 2 },
  compare = { hinge = {}, logistic = {} }, train = { epochs = 1, batch = 8 }, model = { hidden = { 2 } } }
END
cd "$work" || exit 1
"$losslab" run s.lua --jobs 1 >out 2>err
is 'a study of 8 trials' "$?" 0
ask s.db "DELETE FROM metric WHERE trial > 4; DELETE FROM score WHERE trial > 4; DELETE FROM epoch WHERE trial > 4;
  UPDATE trial SET status = 'pending' WHERE id > 4; UPDATE wanted SET best_epoch = NULL, valid = NULL, test = NULL WHERE trial > 4" >out
loosen="PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1; PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql =
replace(replace(replace(replace(sql, ') STRICT, WITHOUT', ') WITHOUT'), ') STRICT', ')'), 'TEXT NOT NULL', 'TEXT'), 'INTEGER NOT NULL',
'INTEGER') WHERE type = 'table'; PRAGMA writable_schema = RESET; PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0;"

# carried EXIT NAME SQL [WORDS]: after the damage, resume ends with the code, and says the words.
carried() {
  rm -f x.db*
  cp s.db x.db
  ask x.db "$3" >out 2>err || fail "$2: the damage" "$(cat err)"
  timeout 60 "$losslab" resume x.db --jobs 2 --trust >out 2>err
  is "$2" $? "$1"
  [ -z "${4:-}" ] || has "$2: it says" err "$4"
  if grep -q '\.lua:' err; then fail "$2: no place in our sources is named" "$(cat err)"; fi
}
no='cannot be run'
for column in dataset config; do
  for value in 99 0 -1 NULL "'x'" 1.5 '1 << 62'; do
    carried 1 "trial.$column = $value" "$loosen UPDATE trial SET $column = $value WHERE id = 5" \
      "x.db: trial 5 $no: its data set or its configuration is not in the database"
  done
done
for column in fold seed number; do
  for value in -1 NULL "'x'" 1.5 '1 << 62'; do
    carried 1 "trial.$column = $value" "$loosen UPDATE trial SET $column = $value WHERE id = 5" "x.db: trial 5 $no: its $column is"
  done
done
carried 1 'a fold that there is not' "UPDATE trial SET fold = 9 WHERE id = 5" "x.db: trial 5 $no: its fold is 9, and the study has 2"
# number OLD NEW: another id for a trial, wherever it is named
number() { echo "UPDATE trial SET id = $2 WHERE id = $1; UPDATE wanted SET trial = $2 WHERE trial = $1"; }
carried 1 'the id 0' "$(number 5 0)" "x.db: trial 0 $no: ids are from 1"
carried 1 'a negative id' "$(number 5 -7)" "x.db: trial -7 $no: ids are from 1"
carried 1 'a huge id' "$(number 8 '1 << 62')" "$no: ids are from 1"
carried 1 'a trial that is wanted and is not there' "DELETE FROM trial WHERE id = 5" 'x.db: 1 trial has a status that none has'
carried 1 'all that is wanted is not there' "DELETE FROM trial WHERE id > 4" 'x.db: 4 trials have a status that none has'
carried 0 'nothing is wanted, which is written again' "DELETE FROM wanted" 's: 8 trials, 8 done'
for table in dataset config; do
  carried 1 "no $table" "PRAGMA foreign_keys = 0; DELETE FROM $table" "$no: its data set or its configuration is not"
done
for status in nonsense '' PENDING; do
  carried 1 "status '$status'" "$loosen UPDATE trial SET status = '$status' WHERE id > 6" 'x.db: 2 trials have a status that none has'
done
carried 1 'a failed trial without a message' "$loosen UPDATE trial SET status = 'failed' WHERE id > 6" 'failed: no message'
carried 0 'running, by nobody' "UPDATE trial SET status = 'running' WHERE id > 4"
for action in "UPDATE trial SET status = 'pending' WHERE id = new.id" 'SELECT RAISE(IGNORE)' "SELECT RAISE(ABORT, 'no')" \
  'DELETE FROM trial WHERE id = new.id'; do
  for when in BEFORE AFTER; do
    carried 0 "a trigger: $when UPDATE $action" "CREATE TRIGGER t $when UPDATE ON trial BEGIN $action; END"
  done
done
carried 0 'a progress view that lies' "DROP VIEW progress; CREATE VIEW progress AS SELECT 'pending' AS status, 5 AS trials, 1 AS seconds"
for table in trial metric epoch; do
  carried 1 "$table is a view" "PRAGMA foreign_keys = 0; ALTER TABLE $table RENAME TO was; CREATE VIEW $table AS SELECT * FROM was;
    CREATE TRIGGER u INSTEAD OF UPDATE ON $table BEGIN SELECT 1; END; CREATE TRIGGER i INSTEAD OF INSERT ON $table BEGIN SELECT 1; END" \
    "\"$table\" is no plain table"
done
# An index that does not know of the pending trials, which its table has.
hide="CREATE TABLE stash AS SELECT sql, rootpage FROM sqlite_schema WHERE name = 'trial_status'; PRAGMA writable_schema = 1;
DELETE FROM sqlite_schema WHERE name = 'trial_status'; PRAGMA writable_schema = RESET"
back="PRAGMA writable_schema = 1; INSERT INTO sqlite_schema SELECT 'index', 'trial_status', 'trial', rootpage, sql FROM stash;
PRAGMA writable_schema = RESET"
carried 1 'an index that lacks the pending' "UPDATE trial SET status = 'done'; $hide;
  UPDATE trial SET status = 'pending' WHERE id > 4; $back" 'x.db: of its trials 4 should be pending, and no worker'
# What SQLite reads without a word, whoever asks is told behind the answer. (Values of other hands are no damage of the file.)
for words in 'show x.db' 'show x.db --json' 'ls x.db' 'export x.db trials' 'query x.db SELECT(1)'; do
  timeout 60 "$losslab" $words >out 2>err
  is "$words: a file whose index lacks rows" "$? $([ -s out ] && echo answered)" '1 answered'
  has 'it is said' err 'losslab: x.db is damaged (row 5 missing from index trial_status): what it was asked may have another answer'
done
cp s.db x.db
ask x.db "$loosen UPDATE trial SET status = 'nonsense', seconds = 'x' WHERE id = 3" >out
"$losslab" export x.db trials >out 2>err
is 'a value that the schema forbids is no damage' "$? $(cat err)" '0 '
finish
