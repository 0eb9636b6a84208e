#!/bin/sh
# A study that grows: what another version of its script adds runs, and nothing else; what it no longer asks for is kept; two studies
# share one file. And many runners at work on one file: killed, stopped, of another host, all starting at once.
. tests/e2e/tap.sh
root=$PWD
cd "$work" || exit 1
{ echo label,x,y; for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3; do echo "1,$i,$j"; echo "0,1$i,$j$i"; done; done; } >cells.csv
cat >s.lua <<'END'
local power = 2
local function squared(s, y) return ((s - y) ^ power):mean() end
return ll.study { name = "s", data = { "cells.csv", { generator = "moons", n = 60 } }, split = { folds = 2 }, seeds = { 1 },
  compare = { hinge = { margin = { 0.5, 1 } }, mine = { squared } }, train = { epochs = 2, batch = 8, lr = 0.01 },
  model = { hidden = { 2 } } }
END
# grow NAME SED WORDS: the script, changed, on the database of before; it says the words.
grow() {
  sed "$2" s.lua >next.lua && mv next.lua s.lua
  finished=$(ask s.db "SELECT group_concat(id || finished) FROM trial")
  "$losslab" run s.lua --db s.db --dry-run >dry 2>err
  is "$1, tried dry" $? 0
  "$losslab" run s.lua --db s.db --jobs 2 >out 2>err
  is "$1" $? 0
  has "$1: says what is new" err "$3"
  is "$1: all are done" "$(ask s.db "SELECT count(*) FROM trial WHERE status <> 'done'")" 0
  is "$1: what was there is not run again" "$(ask s.db "SELECT group_concat(id || finished) FROM trial WHERE id <= ${there:-0}")" "$finished"
  there=$(ask s.db 'SELECT count(*) FROM trial')
}
"$losslab" run s.lua --db s.db --jobs 2 >out 2>err
is 'a study of 12 trials' "$? $(ask s.db 'SELECT count(*) FROM trial')" '0 12'
there=12
grow 'a value added' 's/0.5, 1 }/0.5, 1, 2 }/' 's: 4 new, 12 there'
grow 'a value removed' 's/0.5, 1, 2/1, 2/' 's: 0 new, 12 there, 4 no longer asked for: kept'
grow 'a comment edited' 's/^local power = 2/& -- as it should be/' 's: 0 new, 12 there'
grow 'a comment in a loss' 's/(s, y) return/(s, y) --[[ squares ]] return/' 's: 0 new, 12 there'
grow 'the code of a loss' 's/^local power = 2/local power = 4/' 's: 4 new, 8 there, 4 no longer asked for: kept'
grow 'a finding added' 's/model = /finding = function(results) return #results.datasets .. " sets." end, &/' 's: 0 new, 12 there'
"$losslab" show s.db >shown 2>err
has 'the finding is told' shown 'finding: 2 sets.'
grow 'the study renamed' 's/name = "s"/name = "t"/' 't: the study "s" has this name now'
is 'it is one study' "$(ask s.db 'SELECT group_concat(name) FROM study')" t
grow 'a generator called otherwise' 's/n = 60/n = 64/' 't: 6 new, 6 there, 6 no longer asked for: kept'
grow 'another seed' 's/seeds = { 1 }/seeds = { 1, 2 }/' 't: 12 new, 12 there'
epoch=$(ask s.db "SELECT count(*) FROM wanted AS w WHERE w.best_epoch IS NOT (SELECT m.epoch FROM metric AS m WHERE m.trial = w.trial AND
  m.name = 'average_precision' AND m.split = 'valid' ORDER BY -m.value, m.epoch LIMIT 1)")
grow 'another metric chooses' 's/model = /metric = "average_precision", &/' 't: 0 new, 24 there'
is 'for which epochs are chosen anew' "$(ask s.db "SELECT count(*) FROM wanted AS w JOIN metric AS v ON v.trial = w.trial AND
  v.name = 'average_precision' AND v.split = 'valid' AND v.epoch = w.best_epoch AND v.value = w.valid
  WHERE w.best_epoch = (SELECT m.epoch FROM metric AS m WHERE m.trial = w.trial AND m.name = v.name AND m.split = 'valid'
  ORDER BY -m.value, m.epoch LIMIT 1)")" 24
"$losslab" run s.lua --db fresh.db --jobs 1 >out 2>err
"$losslab" show s.db >shown 2>err && "$losslab" show fresh.db >wanted 2>err
has 'it has been looked at between its changes' shown 'Before the study was last changed, its numbers on test parts had been shown 1'
is 'in the end it shows what a new one shows' "$(sed '/^  trials/,$d; /runs done/d; /^Before the study/,/^$/d' shown)" \
  "$(sed '/^  trials/,$d; /runs done/d' wanted)"

# The estimate is of the epochs and the model that are asked for: here 1000 and a million times the work of before.
sed 's/epochs = 2,/epochs = 2000,/; s/hidden = { 2 }/hidden = { 1024, 1024 }/' s.lua >long.lua
seconds() { "$losslab" run $1 --db s.db --dry-run --json | sed 's/.*"seconds":\([0-9.e+-]*\).*/\1/'; }
is 'long trials are foreseen to be long' "$(seconds long.lua | awk '{ print ($1 > 60) }')" 1
sed 's/epochs = 2,/epochs = 20000,/' s.lua >long.lua
is 'also of a model that was run before' "$(seconds long.lua | awk '{ print ($1 > 2) }')" 1

# Two studies in one file share their trials.
sed 's/name = "t"/name = "u"/; s/seeds = { 1, 2 }/seeds = { 2, 3 }/' s.lua >u.lua
"$losslab" run u.lua --db s.db >out 2>err
is 'a second study in the file' "$? $(grep -c 'u: 12 new, 12 there' err)" '0 1'
is 'beside the first' "$(ask s.db 'SELECT name, (SELECT count(*) FROM wanted WHERE study = s.id) FROM study AS s')" 't|24
u|24'
"$losslab" run s.lua --db s.db >out 2>err
is 'which has all it wants' "$? $(grep -c '24 trials, 24 done' err)" '0 1'

# --dry-run counts what --retry runs again.
cat >fails.lua <<'END'
return ll.study { name = "fails", data = { { generator = "moons", n = 60 } }, split = { folds = 2 }, seeds = { 1 },
  compare = { bad = { function() error "no such luck" end }, hinge = {} }, train = { epochs = 1, batch = 8 }, model = { hidden = { 2 } } }
END
"$losslab" run fails.lua --db fails.db >out 2>err
is 'failed trials are tried dry' "$("$losslab" run fails.lua --db fails.db --dry-run)" 'fails: 0 new, 4 there; 0 to run'
is 'and with --retry' "$("$losslab" run fails.lua --db fails.db --dry-run --retry | head -n 1)" 'fails: 0 new, 4 there; 2 to run'

# A file of data that changed.
was=$(ask s.db "SELECT substr(sha256, 1, 12) FROM dataset WHERE name = 'cells'")
cp cells.csv first.csv
sed -i 's/^1,5,1$/1,7,1/' cells.csv
before=$(ask s.db .dump | sha256sum)
"$losslab" run s.lua --db s.db >out 2>err
is 'a file of data that changed' $? 1
has 'is named with what it was' err "the data of \"cells\" (cells.csv) have changed: they were sha256 $was… of 54 rows, and are sha256 "
has 'with what differs' err 'of 54 rows now; 1 row changed, the first difference in row 25; put the file back'
has 'and what to write' err '{ "cells.csv", name = "…" }'
is 'and nothing is written' "$(ask s.db .dump | sha256sum)" "$before"
sed 's/"cells.csv"/{ load = "cells.csv", label = "label" }/' s.lua >read.lua
cp cells.csv changed.csv
cp first.csv cells.csv
"$losslab" run read.lua --db read.db >out 2>err
cp changed.csv cells.csv
"$losslab" run read.lua --db read.db >out 2>err
has 'of a file that is read with options the file is named' err 'the data of "cells" (cells.csv) have changed'
has 'and what to write beside them' err '{ load = "cells.csv", name = "…", … }'
sed 's/$/ /' first.csv >cells.csv
"$losslab" run s.lua --db s.db >out 2>err
has 'the same rows, written otherwise' err '; the same rows, in columns of another order or written otherwise; put the file back'

# ---- many runners ----

cat >many.lua <<'END'
local folder = os.getenv "MOMENTS"
local function moment(name)
  local path = folder and folder .. "/" .. name
  local file = path and io.open(path)
  if not file then return end
  local what = file:read "a"
  file:close()
  if os.rename(path, path .. ".done") then os.execute(what) end
end
return ll.study { name = "many", data = { { generator = "moons", n = 60 } }, split = { folds = 2 }, seeds = { 1, 2, 3, 4, 5, 6 },
  compare = { hinge = { margin = { 0.5, 1 } }, square = {} }, model = { hidden = { 2 } }, train = { epochs = 2, batch = 8, lr = 0.01,
  loop = function(trial)
    moment(trial.config.loss .. "-" .. trial.number)
    require "losslab.run.network".loop(trial)
  end } }
END
same() { # NAME DB: as one undisturbed runner leaves it
  if "$losslab" "$root/tests/e2e/same.lua" one.db "$2" >said 2>&1; then pass "$1"; else fail "$1" "$(cat said)"; fi
}
mkdir moments
export MOMENTS=$work/moments # in all runs, since what a loop sees decides what its trials are
"$losslab" run many.lua --db one.db --jobs 1 >out 2>err
is 'one runner' $? 0
number() { ask one.db "SELECT number FROM trial WHERE config = 1 ORDER BY id LIMIT 1 OFFSET $1"; }
export LOSSLAB_BEAT=0.05 # a runner that is not heard of for 12 of these is given up
for runners in 2 3; do
  pids=
  for i in $(seq $runners); do
    "$losslab" run many.lua --db $runners.db --jobs 1 >/dev/null 2>err$i &
    pids="$pids $!"
  done
  codes=
  for pid in $pids; do wait $pid; codes="$codes $?"; done
  is "$runners runners at once" "$(echo $codes | tr ' ' '\n' | sort -u)" 0
  same "$runners runners leave what one leaves" $runners.db
  is 'and no runner' "$(ask $runners.db 'SELECT count(*) FROM runner')" 0
done

# Of three runners one is killed and one is stopped, each in a trial; the third does what they had in hand. The one that was stopped
# goes on when all is done, and finds nothing to do.
parent='$(cut -d " " -f 4 /proc/$PPID/stat)'
echo "kill -9 $parent; kill -9 \$PPID" >"moments/square-$(number 1)"
# Not in a transaction: it would keep all others out of the file for as long as it is stopped.
cat >stop.sh <<SH
cd '$work'
while :; do
  kill -STOP \$1
  sqlite3 -cmd '.timeout 200' three.db 'BEGIN EXCLUSIVE; ROLLBACK' 2>/dev/null && break
  kill -CONT \$1
  sleep 0.02
done
echo \$1 \$2 >stopped
kill -STOP \$2
SH
echo "sh '$work/stop.sh' $parent \$PPID" >"moments/square-$(number 4)"
for i in 1 2 3; do
  "$losslab" run many.lua --db three.db --jobs 1 >/dev/null 2>err$i &
  eval "pid$i=$!"
done
waited=0
while [ ! -s stopped ] && [ $((waited += 1)) -lt 4000 ]; do sleep 0.05; done
read -r stopped worker <stopped
codes=
for pid in $pid1 $pid2 $pid3; do
  [ "$pid" = "$stopped" ] && continue
  wait "$pid"
  codes="$codes $?"
done
is 'one of three runners is killed, one ends' "$(echo $codes | tr ' ' '\n' | sort -n | tr '\n' ' ')" '0 137 '
is 'while the third is stopped all is done' "$(ask three.db "SELECT status, count(*) FROM trial GROUP BY 1")" 'done|36'
kill -CONT "$stopped" "$worker"
wait "$stopped"
is 'which then ends' $? 0
same 'with what one runner leaves' three.db
is 'both moments came' "$(ls moments | grep -vc done)" 0

# A runner of another host, whose process cannot be looked up: taken up when its heart stands still, and not as long as it beats.
plant="INSERT INTO runner (id, token, host, boot, process, start) VALUES (99, 'far', 'far', 'another boot', 1, 1);
  UPDATE trial SET status = 'running', runner = 99, host = 'far', worker = 1, worker_start = 1 WHERE id IN (3, 4)"
undo="DELETE FROM metric WHERE trial IN (3, 4); DELETE FROM score WHERE trial IN (3, 4); DELETE FROM epoch WHERE trial IN (3, 4);
  UPDATE wanted SET best_epoch = NULL, valid = NULL, test = NULL WHERE trial IN (3, 4);"
cp one.db far.db
ask far.db "$undo $plant"
"$losslab" run many.lua --db far.db >out 2>err
is 'a runner elsewhere that does not beat is given up' "$? $(ask far.db 'SELECT count(*) FROM runner')" '0 0'
same 'and its trials are done' far.db
cp one.db far.db
ask far.db "$undo $plant"
LOSSLAB_BEAT=0.2 "$losslab" run many.lua --db far.db >out 2>err &
here=$!
beats=0
while [ $beats -lt 26 ] && kill -0 $here; do # twice as many looks as would be enough
  before=$(ask far.db 'SELECT sum(beat) FROM runner WHERE id <> 99')
  ask far.db 'UPDATE runner SET beat = beat + 1 WHERE id = 99'
  after=$before
  while [ "$after" = "$before" ] && kill -0 $here; do after=$(ask far.db 'SELECT sum(beat) FROM runner WHERE id <> 99'); done
  beats=$((beats + 1))
done
is 'one that beats keeps its trials' "$(ask far.db "SELECT count(*) FROM trial WHERE status = 'running' AND runner = 99")" 2
is 'and is waited for' "$(kill -0 $here && echo there)" there
ask far.db "DELETE FROM runner WHERE id = 99"
wait $here
is 'until it is gone' $? 0
same 'and its trials are done' far.db

# Many that start at once on a file that is not there yet.
for round in 1 2; do
  pids=
  for i in 1 2 3 4 5 6 7 8; do
    "$losslab" run many.lua --db start$round.db --jobs 1 >/dev/null 2>err$i &
    pids="$pids $!"
  done
  codes=
  for pid in $pids; do wait $pid; codes="$codes $?"; done
  is "8 runners start at once, $round: no error" "$(echo $codes)" '0 0 0 0 0 0 0 0'
  is 'nor a word of one' "$(cat err? | grep -v -e ': 36 trials, 36 done' -e '^results in' -e 'there' -e 'waiting for' -e '^$')" ''
  same 'the same content' start$round.db
done

# Another version of the script begins while one runs: the first ends and says why, the second has its study whole.
sed 's/margin = { 0.5, 1 }/margin = { 0.5, 1, 2 }/' many.lua >more.lua
echo "cd '$work' && '$losslab' run more.lua --db two.db --jobs 1 --dry-run >/dev/null; '$losslab' run more.lua --db two.db --jobs 1 \
  >out2 2>err2 & while [ \"\$(sqlite3 -cmd '.timeout 5000' '$work/two.db' 'SELECT count(*) FROM wanted')\" != 48 ]; do sleep 0.02; done" \
  >"moments/square-$(number 1)"
"$losslab" run many.lua --db two.db --jobs 1 >out 2>err
is 'a run whose study another run changes ends' $? 1
has 'and says why' err 'two.db: another run has changed the study meanwhile, and carries on with its version'
"$losslab" run more.lua --db two.db --jobs 1 >out 2>err
is 'the other one has all of its trials' "$? $(ask two.db "SELECT status, count(*) FROM trial GROUP BY 1")" '0 done|48'
finish
