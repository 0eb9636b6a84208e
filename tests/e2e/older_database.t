#!/bin/sh
# A database of schema 2, written by losslab 0.1 and interrupted after half of its trials (schema2.db.gz): it is shown, drawn and
# exported as it is, and carried on to its end, where it is one of the newest schema.
. tests/e2e/tap.sh
gzip -dc tests/e2e/schema2.db.gz >"$work/old.db"
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
is 'it is carried on' "$("$losslab" resume new.db >resumed 2>err; echo $?)" 0
is 'to its end' "$(ask new.db "SELECT count(*) FROM trial WHERE status <> 'done'")" 0
is 'as one of the newest schema' "$(ask new.db 'PRAGMA user_version; PRAGMA integrity_check; PRAGMA foreign_key_check')" '3
ok'
ask new.db "CREATE TEMP TABLE was AS SELECT id AS trial FROM trial WHERE id IN ($done); $learnt" >learnt
is 'what was learnt is there, to the bit' "$(cmp margins learnt && wc -l <learnt)" "$(wc -l <margins)"
ask new.db "$metrics" >metrics2
is 'and so is what was measured' "$(cmp metrics metrics2 && echo same)" same
is 'the later trials have learnt as much' "$(ask new.db "SELECT count(DISTINCT n) FROM (SELECT count(*) AS n FROM learnt GROUP BY trial)")" 1
is 'what is learnt is named' "$(ask new.db "SELECT * FROM learnable")" 'adaptive_rank|margin|ξ|margin|margin_lr
wrapped|margin|ξ|margin|'
is 'and it is shown as before' "$("$losslab" show new.db | grep -c 'path of 4 epochs')" 1
finish
