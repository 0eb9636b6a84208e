#!/bin/sh
# A database of schema 2, written by losslab 0.1 and interrupted after half of its trials (schema2.db.gz): it is shown, drawn and
# exported as it is, and carried on to its end, where it is one of the newest schema. And one of schema 3 (schema3.db.gz), which
# counted no batch that was passed over and took no notes of its data.
# Schema 4 (schema4.db.gz) did not say what computed a trial. They were begun on machines of other kinds than this may be: --mix.
. tests/e2e/tap.sh
gzip -dc tests/e2e/schema2.db.gz >"$work/old.db"
gzip -dc tests/e2e/schema3.db.gz >"$work/third.db"
gzip -dc tests/e2e/schema4.db.gz >"$work/fourth.db"
for version in 2 3 4; do gzip -dc tests/e2e/schema$version.db.gz >"$work/schema$version.db"; done
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
is 'it is drawn' "$("$losslab" plot old.db --out figures >drawn 2>err; ls figures | grep -c svg)" \
  "$("$losslab" -e 'print(#ll.plot.names)')"
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
is 'as one of the newest schema' "$(ask new.db 'PRAGMA user_version; PRAGMA integrity_check; PRAGMA foreign_key_check')" '5
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
is 'as one of the newest schema' "$(ask third.db 'PRAGMA user_version; PRAGMA integrity_check; PRAGMA foreign_key_check')" '5
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
is 'as one of the newest schema' "$(ask fourth.db 'PRAGMA user_version; PRAGMA integrity_check; PRAGMA foreign_key_check')" '5
ok'
is 'without a log' "$(ask fourth.db 'PRAGMA journal_mode'; ls fourth.db*)" 'delete
fourth.db'
ask fourth.db 'SELECT * FROM metric WHERE trial <= 6' >metrics2
is 'and what was measured is there' "$(cmp metrics metrics2 && echo same)" same
is 'each trial says what computed it' "$(ask fourth.db 'SELECT computer, count(*) FROM trial GROUP BY 1')" '1|6
2|6'
is 'and the columns that may differ are said' "$(ask fourth.db "SELECT count(*) FROM may_differ WHERE table_name = 'computer'")" 10

# Every command with every schema; the first had no matrices that a trial kept.
ask schema1.db 'DROP TABLE kept; PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)' >out
for version in 1 2 3 4; do
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
  "$losslab" resume $db --mix --trust >out 2>err
  is "schema $version: resume" "$? $(ask $db "SELECT count(*) FROM trial WHERE status <> 'done'; PRAGMA user_version")" "0 0
5"
  "$losslab" -e "local db <close> = ll.store.open '$db'
    local file <close> = io.open('again.lua', 'wb')
    file:write(db:one 'study'.script)"
  "$losslab" run again.lua --db $db --mix >out 2>err
  is "schema $version: run of the same script" "$?" 0
done
finish
