#!/bin/sh
# A database of schema 2, written by losslab 0.1 and interrupted after half of its trials (schema2.db.gz): it is shown, drawn and
# exported as it is, and carried on to its end, where it is one of the newest schema. And one of schema 3 (schema3.db.gz), which
# counted no batch that was passed over and took no notes of its data.
# Schema 4 (schema4.db.gz) did not say what computed a trial; schema 5 (schema5.db.gz) held one study, whose trials had no keys. They
# were begun on machines of other kinds than this may be: --mix. Schema 6 (schema6.db.gz, with a checkpoint) did not say whether the
# bits of a trial are those of every machine. Schema 7 (schema7.db.gz, with a checkpoint, too) knew no search, and no trial that ends
# early.
. tests/e2e/tap.sh
root=$PWD
gzip -dc tests/e2e/schema2.db.gz >"$work/old.db"
gzip -dc tests/e2e/schema3.db.gz >"$work/third.db"
gzip -dc tests/e2e/schema4.db.gz >"$work/fourth.db"
for version in 2 3 4 5 6 7; do gzip -dc tests/e2e/schema$version.db.gz >"$work/schema$version.db"; done
cp "$work/schema2.db" "$work/schema1.db"
cp "$work/old.db" "$work/new.db"
cd "$work" || exit 1
before=$(sha256sum <old.db)

is 'it is shown' "$("$losslab" show old.db >shown 2>err; echo $?)" 0
has 'with what its script finds of the margin' shown "A margin's path of 4 epochs is there"
has 'and the learnt margin in words' shown 'A learnable margin (margin_lr (η_ξ) > 0)'
"$losslab" show old.db 1 >trial
has 'a trial of it' trial 'train loss  margin'
"$losslab" show old.db 1 --json >trial.json
has 'for programs, too' trial.json '"name":"margin"'
"$losslab" plot old.db --out figures >drawn 2>err
is 'it is drawn' "$(for each in summary curves margin_map learnt_path roc histograms; do ls "figures/$each.svg" || :; done | grep -c svg)" 6
has 'the learnt margin, too' figures/learnt_path.svg 'η_ξ = 0.01'
"$losslab" export old.db learnt --out learnt.csv 2>err
is 'it is exported' "$(head -n 1 learnt.csv; wc -l <learnt.csv)" "trial,epoch,name,value,gradient
$(($(ask old.db 'SELECT count(margin) FROM epoch') + 1))"
is 'and stays as it was, to the byte' "$(sha256sum <old.db)" "$before"

margins="SELECT trial, epoch, margin, margin_gradient FROM epoch WHERE margin IS NOT NULL ORDER BY 1, 2"
learnt="SELECT trial, epoch, value, gradient FROM learnt WHERE trial IN (SELECT trial FROM was) ORDER BY 1, 2"
ask old.db "$margins" >margins
done=$(ask old.db "SELECT group_concat(id) FROM trial WHERE status = 'done'")
metrics="SELECT * FROM metric WHERE trial IN ($done)"
ask old.db "$metrics" >metrics
is 'it is carried on' "$("$losslab" resume new.db --mix --trust >resumed 2>err; echo $?)" 0
is 'to its end' "$(ask new.db "SELECT count(*) FROM trial WHERE status <> 'done'")" 0
is 'as one of the newest schema' "$(ask new.db 'PRAGMA user_version; PRAGMA integrity_check; PRAGMA foreign_key_check')" '8
ok'
ask new.db "CREATE TEMP TABLE was AS SELECT id AS trial FROM trial WHERE id IN ($done); $learnt" >learnt
is 'what was learnt is there, to the bit' "$(cmp margins learnt && wc -l <learnt)" "$(wc -l <margins)"
ask new.db "$metrics" >metrics2
is 'and so is what was measured' "$(cmp metrics metrics2 && echo same)" same
is 'the later trials have learnt as much' "$(ask new.db "SELECT count(DISTINCT n) FROM (SELECT count(*) AS n FROM learnt GROUP BY trial)")" 1
is 'what is learnt is named' "$(ask new.db "SELECT * FROM learnable")" 'adaptive_rank|margin|ξ|margin|margin_lr
wrapped|margin|ξ|margin|'
is 'and it is shown as before' "$("$losslab" show new.db | grep -c 'path of 4 epochs')" 1

before=$(sha256sum <third.db)
is 'schema 3: it is shown' "$("$losslab" show third.db 2>err | grep -c '6 runs done')" 1
"$losslab" export third.db epochs --out epochs.csv 2>err
is 'its epochs are exported with empty counts' "$(head -n 2 epochs.csv | sed '2s/^1,1,[^,]*,[^,]*,[^,]*,/1,1,LOSS,RATE,TIME,/')" \
  'trial,epoch,train_loss,learning_rate,seconds,passed_over,zero_rows
1,1,LOSS,RATE,TIME,,'
"$losslab" export third.db datasets --out datasets.csv 2>err
is 'its data sets without notes' "$(head -n 1 datasets.csv | tr , '\n' | tail -n 1; sed -n '2s/.*,//p' datasets.csv)" 'notes'
is 'it stays as it was, to the byte' "$(sha256sum <third.db)" "$before"
ask third.db 'SELECT * FROM metric' >metrics
is 'it is carried on' "$("$losslab" resume third.db --mix --trust >resumed 2>err; echo $?)" 0
is 'as one of the newest schema' "$(ask third.db 'PRAGMA user_version; PRAGMA integrity_check; PRAGMA foreign_key_check')" '8
ok'
is 'to its end' "$(ask third.db "SELECT count(*) FROM trial WHERE status <> 'done'; SELECT count(*) FROM dataset WHERE notes = ''")" '0
1'
is 'what was counted by neither is not known' "$(ask third.db 'SELECT count(*) FROM epoch WHERE trial <= 6 AND passed_over IS NULL')" 18
ask third.db 'SELECT * FROM metric WHERE trial <= 6' >metrics2
is 'and what was measured is there' "$(cmp metrics metrics2 && echo same)" same

before=$(sha256sum <fourth.db)
is 'schema 4: it is shown' "$("$losslab" show fourth.db 2>err | grep -c '6 runs done')" 1
is 'and so it is named as what computed' "$("$losslab" show fourth.db | grep -c 'computed.*6 trials by losslab 0.1.0 on')" 1
is 'it stays as it was, to the byte' "$(sha256sum <fourth.db)" "$before"
ask fourth.db 'SELECT * FROM metric' >metrics
is 'it is carried on' "$("$losslab" resume fourth.db --mix --trust >resumed 2>err; echo $?)" 0
is 'as one of the newest schema' "$(ask fourth.db 'PRAGMA user_version; PRAGMA integrity_check; PRAGMA foreign_key_check')" '8
ok'
is 'without a log' "$(ask fourth.db 'PRAGMA journal_mode'; ls fourth.db*)" 'delete
fourth.db'
ask fourth.db 'SELECT * FROM metric WHERE trial <= 6' >metrics2
is 'and what was measured is there' "$(cmp metrics metrics2 && echo same)" same
is 'each trial says what computed it' "$(ask fourth.db 'SELECT computer, count(*) FROM trial GROUP BY 1')" '1|6
2|6'
is 'and the columns that may differ are said' "$(ask fourth.db "SELECT count(*) FROM may_differ WHERE table_name = 'computer'")" 15

# Every command with every schema; the first had no matrices that a trial kept.
ask schema1.db 'DROP TABLE kept; PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)' >out
for version in 1 2 3 4 5 6 7; do
  db=schema$version.db
  before=$(sha256sum <$db)
  for verb in "show $db" "show $db --json" "show $db 1" "ls $db" "ls $db --json" "ls ." "export $db" "export $db trials" \
    "export $db epochs" "export $db kept" "export $db learnt" "export $db datasets" "plot $db --out figures$version" \
    "gallery $db --out gallery$version"; do
    # shellcheck disable=SC2086
    "$losslab" $verb >out 2>err
    is "schema $version: $verb" "$?" 0
  done
  is "schema $version: it stays as it was" "$(sha256sum <$db)" "$before"
  "$losslab" show $db --study "$(ask $db 'SELECT name FROM study')" >out 2>err
  is "schema $version: the study that it holds, by name" $? 0
  for verb in "replay $db" "metric $db brier"; do
    [ $version -lt 6 ] || continue
    # shellcheck disable=SC2086
    "$losslab" $verb >out 2>err
    is "schema $version: $verb" "$?" 1
    has "schema $version: $verb says what to do" err "losslab resume $db, which computes nothing again"
  done
  if [ $version = 6 ]; then # which knew the keys of trials, but not whether their bits are those of every machine
    "$losslab" replay $db --all --trust >out 2>err
    code=$?
    is "schema $version: replay" "$(echo $code | tr 3 0) $(grep -c '^trial' out)" '0 5'
    is "schema $version: and what decides where it differs" "$([ $code = 0 ] || grep -c 'arithmetic of an older losslab' out)" \
      "$([ $code = 0 ] || grep -c 'differs from epoch' out)"
  fi
  if [ $version -ge 6 ]; then # whose trials have keys
    "$losslab" show $db --script >as_it_is.lua 2>err
    "$losslab" run as_it_is.lua --db $db --dry-run >out 2>err
    is "schema $version: run --dry-run" "$? $(grep -c 'older: 0 new, 16 there' out)" '0 1'
    is "schema $version: it stays as it was" "$(sha256sum <$db)" "$before"
  fi
  if [ $version = 7 ]; then # to the bit
    "$losslab" replay $db --all --trust >out 2>err
    is "schema $version: replay" "$? $(grep -c 'identical' out)" '0 5'
  fi
  "$losslab" resume $db --mix --trust >out 2>err
  is "schema $version: resume" "$? $(ask $db "SELECT count(*) FROM trial WHERE status <> 'done'; PRAGMA user_version")" "0 0
8"
  "$losslab" -e "local db <close> = ll.store.open '$db'
    local file <close> = io.open('again.lua', 'wb')
    file:write(db:one 'study'.script)"
  "$losslab" run again.lua --db $db --mix >out 2>err
  is "schema $version: run of the same script" "$?" 0
done

# What a migrated file is: its schema is that of a new one, text and all, but for the quotes that a renaming leaves.
"$losslab" -e 'll.store.open("new8.db", { mode = "create" }):close()'
schema="SELECT type, name, tbl_name, replace(sql, '\"', '') FROM sqlite_schema ORDER BY 1, 2;
  SELECT s.name, c.* FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS c WHERE s.type = 'table' ORDER BY s.name, c.cid"
ask new8.db "$schema" >schemaN
is 'a new file has comments in its schema' "$(grep -c -e '-- ' schemaN | sed 's/^[1-9][0-9]*$/some/')" some
gzip -dc "$root/tests/e2e/schema2.db.gz" >older1.db
ask older1.db 'DROP TABLE kept; PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)' >out
for version in 1 2 3 4 5 6 7; do
  [ $version = 1 ] || gzip -dc "$root/tests/e2e/schema$version.db.gz" >older$version.db
  db=older$version.db
  ask $db "CREATE TABLE mine (x); INSERT INTO mine VALUES (7); CREATE VIEW ours AS SELECT x FROM mine"
  cp $db migrated.db
  "$losslab" -e 'll.store.open("migrated.db", { mode = "write" }):close()'
  is "schema $version: what is the user's own stays" "$(ask migrated.db 'SELECT * FROM ours; DROP VIEW ours; DROP TABLE mine')" 7
  ask migrated.db "$schema" >schema
  is "schema $version: migrated, it has the text of a new file" "$(cmp schema schemaN && echo same)" same
  is "schema $version: and is sound" "$(ask migrated.db 'PRAGMA foreign_key_check; PRAGMA integrity_check; PRAGMA user_version')" 'ok
8'

  # The script again, on it and on a new file: the same trials by their keys, metrics and scores as near as kinds of computers are.
  "$losslab" -e "local db <close> = ll.store.open '$db'
    local file <close> = io.open('again.lua', 'wb')
    file:write(db:one 'study'.script)"
  rm -f fresh.db*
  "$losslab" run again.lua --db $db --mix >out 2>err
  is "schema $version: its script carries it on" $? 0
  trials=$(ask $db 'SELECT count(*) FROM trial')
  has "schema $version: with what it has" err "older: $([ $version -ge 6 ] && echo "$trials trials, " || echo "0 new, $trials there")"
  [ $version = 7 ] || is "schema $version: what was done before does not say how far its bits go" "$(ask $db "SELECT count(*) > 0,
    count(*) FILTER (WHERE bits IS NOT NULL) FROM trial AS t JOIN computer AS c ON c.id = t.computer WHERE c.arithmetic = 0;
    SELECT count(*) FILTER (WHERE t.bits IS NULL) FROM trial AS t JOIN computer AS c ON c.id = t.computer WHERE c.arithmetic > 0")" '1|0
0'
  "$losslab" run again.lua --db fresh.db >out 2>err
  is "schema $version: none is without its key" "$(ask $db "SELECT count(*) FROM trial WHERE key LIKE 'schema 5%';
    SELECT count(*) FROM dataset WHERE key LIKE 'schema 5%'; SELECT count(*) FROM cut WHERE key LIKE 'schema 5%'")" '0
0
0'
  for table in config dataset cut part content; do
    for each in $db fresh.db; do "$losslab" -e "print(ll.store.open('$each'):digest '$table')"; done | uniq >digests
    is "schema $version: $table is that of a new file" "$(wc -l <digests)" 1
  done
  both="ATTACH 'fresh.db' AS f;"
  is "schema $version: the same trials" "$(ask $db "$both SELECT count(*) FROM trial AS t LEFT JOIN f.trial AS x
    USING (id, key, dataset, config, cut, fold, seed, number, study_seed, precision, code, status, records) WHERE x.id IS NULL;
    SELECT (SELECT count(*) FROM trial) = (SELECT count(*) FROM f.trial)")" '0
1'
  is "schema $version: wanted in the same order" "$(ask $db "$both SELECT count(*) FROM f.wanted AS x LEFT JOIN wanted AS w
    USING (study, dataset, config, trial, place) WHERE w.trial IS NULL")" 0
  is "schema $version: the same metrics" "$(ask $db "$both SELECT count(*) FROM f.metric AS x LEFT JOIN metric AS m
    USING (trial, name, split, epoch) WHERE m.trial IS NULL OR NOT abs(m.value - x.value) < 0.02;
    SELECT (SELECT count(*) FROM metric) = (SELECT count(*) FROM f.metric)")" '0
1'
  for each in $db fresh.db; do "$losslab" export $each scores 2>err | cut -d , -f 1-10; done | sort | uniq -c | grep -vc ' 2 ' >odd
  is "schema $version: scores of the same epochs and rows" "$(cat odd)" 0
done

# A migration that ends in its midst, as the disk is full or the process is killed (by a file that grows beyond its limit), leaves the
# file as it was, whole.
gzip -dc "$root/tests/e2e/schema5.db.gz" >fifth.db
fifth=$(ask fifth.db .dump | sha256sum)
cp fifth.db grown.db
"$losslab" -e 'll.store.open("grown.db", { mode = "write" }):close()'
size=$(($(wc -c <fifth.db) / 512)) end=$(($(wc -c <grown.db) / 512))
is 'a migration makes the file larger for a while, or for good' "$([ $end -gt $size ] && echo yes)" yes
# left NAME: m.db is as it was, and can be migrated.
left() {
  is "$1: the file is as it was" "$(ask m.db .dump | sha256sum)" "$fifth"
  is "$1: and sound" "$(ask m.db 'PRAGMA integrity_check; PRAGMA user_version')" 'ok
5'
  "$losslab" -e 'll.store.open("m.db", { mode = "write" }):close()' 2>err
  is "$1: and is migrated when it can be" "$? $(ask m.db 'PRAGMA user_version'; ls m.db*)" '0 8
m.db'
}
for limit in 40 $((size - 8)) $size $((size + (end - size) / 3)) $((end - 8)); do
  cp fifth.db m.db
  (
    trap '' XFSZ
    ulimit -f $limit
    exec "$losslab" -e 'll.store.open("m.db", { mode = "write" }):close()'
  ) >out 2>err
  code=$?
  is "full at $limit of $end blocks: it says so" "$code $(grep -c 'm.db: ' err)" '1 1'
  left "full at $limit"
done
${CC:-cc} -shared -fPIC -o killed.so "$root/tests/e2e/killed_write.c" -ldl 2>err
is 'a way to kill it in a write' $? 0
for at in 1 2 3 10 40 80 100 120; do
  cp fifth.db m.db
  KILL_FILE=m.db KILL_AT=$at LD_PRELOAD=./killed.so "$losslab" -e 'll.store.open("m.db", { mode = "write" }):close()' >out 2>err
  is "killed in write $at" $? 137
  left "killed in write $at"
done
finish
