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
has '  says so' out 'Stopped: 0 of 32 trials (0 %), nobody is at it; losslab resume study.db carries it on'
is '  and nothing is written' "$(sha256sum study.db)" "$sum"
"$losslab" watch study.db --once --study nothing >out 2>err
is 'a study that is none' "$? $(cat err)" '1 losslab: study.db has no study "nothing"; there are watched'
sed 's/"watched"/"the other"/' study.lua >other.lua
"$losslab" run other.lua --db other.db --plan 2>err
"$losslab" watch other.db study.db --once --study watched >out 2>err
is 'a study that one of two databases holds' "$? $(cat err)" '0 '
is '  is shown alone' "$(grep -c 'Stopped: 0 of 32 trials' out) $(grep -c other out)" '1 0'
"$losslab" watch other.db study.db --once --study watched --json >out 2>err
is '  to programs, too' "$(python3 -c 'import json; print([(d["file"], len(d["studies"]), "error" in d) for d in json.load(open("out"))["databases"]])')" \
  "[('study.db', 1, False)]"
"$losslab" watch other.db study.db --once --study nothing >out 2>err
is '  one that none holds is an error' "$? $(cat err)" '1 losslab: other.db has no study "nothing"; there are "the other"'
"$losslab" watch none.db >out 2>err
is 'a database that is none' "$? $(cat err)" '1 losslab: none.db: there is no such database'

# ---- what ends it -------------------------------------------------------------------------------------------------------
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$losslab" watch study.db >out 2>err </dev/null &
watcher=$!
until grep -q '0 of 32' out; do kill -0 $watcher || break; done
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
  has '  with the last picture' out 'Finished: 32 trials'
  is '  no line is wider than the terminal' "$(tr -d '\r' <out | sed 's/\x1b\[\(H\|?1049l\)/\n/g; s/\x1b\[[?0-9]*[A-Za-z]//g' |
    LC_ALL=C.UTF-8 grep -E '.{35}')" ''
else "$losslab" run study.lua --db study.db --jobs 1 >/dev/null 2>err
fi
"$losslab" watch study.db >out 2>err
is 'one that is done is one line in a pipe' "$? $(grep -c '^watched: finished: 32 trials, 8 lost' out)" '0 1'
"$losslab" watch study.db --once >out 2>err
is '  the picture has each data set and loss' "$(awk '/^(decoys|moons) / { print $1, $2 }' out | tr '\n' ' ')" \
  'moons bad moons cross_entropy moons hinge decoys bad decoys cross_entropy decoys hinge '
is '  and what failed' "$(grep -c '^4 failed on .*, bad: .*it cannot be (trials ' out)" 2
"$losslab" watch study.db --once --json >out 2>err
is 'as JSON' "$(python3 -c '
import json
s = json.load(open("out"))["databases"][0]["studies"][0]
t = s["trials"]
print(s["state"], s["runners"], s["study"], t["ended"], t["failed"], t["done"], len([g for g in s["groups"] if "best" in g]), sum(l["n"] for l in s["lost"]))')" \
  'finished [] watched 32 8 24 4 8'
is '  its best is the best mean' "$(python3 -c '
import json
for g in json.load(open("out"))["databases"][0]["studies"][0]["groups"]:
  if "best" in g: print(g["dataset"], g["loss"], "%.12f" % g["best"]["mean"], g["best"]["n"])' | sort)" \
  "$(ask study.db "SELECT dataset || ' ' || loss || ' ' || printf('%.12f', max(valid_mean)) || ' ' || n FROM summary WHERE n > 0 \
    GROUP BY dataset, loss ORDER BY 1")"
is '  and nothing of the test part' "$(grep -c test out)" 0
finish
