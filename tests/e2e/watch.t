#!/bin/sh
# losslab watch: what it says of a study that is planned, under way, done; on a terminal (script(1) makes one), in a pipe, as JSON; it
# ends when the study does, by q, by Ctrl-C, and writes nothing.
. tests/e2e/tap.sh
cd "$work" || exit 1
cat >study.lua <<'LUA'
return ll.study {
  name = "watched", question = "what is better?", data = { "moons", { generator = "target_decoy", n = 80, name = "decoys" } },
  split = { folds = 2 }, seeds = { 1, 2 }, model = { hidden = { 2 } }, train = { epochs = 2 },
  compare = { hinge = { margin = { .5, 1 } }, cross_entropy = {}, bad = { function(scores)
    if select(2, scores:shape()) then error "it cannot be\nat all" end
  end } },
}
LUA
"$losslab" run study.lua --db study.db --plan 2>err
sum=$(sha256sum study.db)
"$losslab" watch study.db --once >out 2>err
is 'one that is planned' "$? $(cat err)" '0 '
is '  says so' "$(cat out)" 'watched: what is better?
0 of 32 trials, 0 %
[..........................................................]
no losslab run works on it here now'
is '  and nothing is written' "$(sha256sum study.db)" "$sum"
"$losslab" watch study.db --once --study nothing >out 2>err
is 'a study that is none' "$? $(cat err)" '1 losslab: study.db has no study "nothing"; there are watched'
"$losslab" watch none.db >out 2>err
is 'a database that is none' "$? $(cat err)" '1 losslab: none.db: there is no such database'

# ---- what ends it -------------------------------------------------------------------------------------------------------
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$losslab" watch study.db >out 2>err </dev/null &
watcher=$!
most=$(($(date +%s) + 60))
until grep -q '0 of 32' out || [ "$(date +%s)" -gt $most ]; do sleep 0.05; done
kill -INT $watcher
wait $watcher
is 'Ctrl-C ends it' "$? $(cat err)" '130 '
if command -v script >/dev/null; then
  echo q | timeout 60 script -qec "stty cols 40 rows 5; '$losslab' watch study.db; echo code \$?; stty -a" /dev/null >out
  is 'so does q' "$(tr -d '\r' <out | sed -n 's/.*\(code [0-9]*\)$/\1/p')" 'code 0'
  is '  which is asked for without an echo, and the terminal is as it was' "$(tr ' ' '\n' <out | grep -cx 'icanon')" 1
fi

# ---- a study that runs --------------------------------------------------------------------------------------------------
if command -v script >/dev/null; then
  timeout 120 script -qec "stty cols 34 rows 30; '$losslab' watch study.db; echo code \$?" /dev/null >out </dev/null &
  watcher=$!
  "$losslab" run study.lua --db study.db --jobs 1 >/dev/null 2>err
  wait $watcher
  is 'it ends with the study' "$(tr -d '\r' <out | sed -n 's/.*\(code [0-9]*\)$/\1/p')" 'code 0'
  has '  with the last picture' out '32 of 32 trials, 100 %'
  is '  no line is wider than the terminal' "$(tr -d '\r' <out | sed 's/\x1b\[[0-9]*[A-Z]//g' | LC_ALL=C.UTF-8 grep -E '.{34}')" ''
else "$losslab" run study.lua --db study.db --jobs 1 >/dev/null 2>err
fi
"$losslab" watch study.db >out 2>err
is 'one that is done is one picture' "$? $(grep -c '^watched' out)" '0 1'
has '  with the best of each data set and loss' out 'valid auc'
is '  in order' "$(sed -n '/^data/,/^trial/p' out | awk '/^(decoys|moons)/ { print $1, $2 }' | cut -d ' ' -f 1 | tr '\n' ' ')" 'decoys decoys moons moons '
is '  and the last that failed' "$(grep -c '^trial [0-9]* (.*, bad) failed: .*it cannot be$' out)" 3
"$losslab" watch study.db --json >out 2>err
is 'as JSON' "$(python3 -c '
import json
o = json.load(open("out"))
s = o["studies"][0]
best = {(b["dataset"], b["loss"]): b for b in s["best"]}
print(o["finished"], o["runners"], s["name"], s["ended"], s["failed"], s["done"], len(best), len(s["failures"]))')" \
  'True [] watched 32 8 24 4 3'
is '  its best is the best mean' "$(python3 -c '
import json
for b in json.load(open("out"))["studies"][0]["best"]: print(b["dataset"], b["loss"], "%.12f" % b["value"], b["n"])')" \
  "$(ask study.db "SELECT dataset || ' ' || loss || ' ' || printf('%.12f', max(valid_mean)) || ' ' || n FROM summary WHERE n > 0 \
    GROUP BY dataset, loss ORDER BY dataset, max(valid_mean) DESC, loss")"
is '  and nothing of the test part' "$(grep -c test out)" 0
finish
