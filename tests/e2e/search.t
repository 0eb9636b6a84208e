#!/bin/sh
# Studies that search: killed at any moment and carried on, run by several workers and by several runners, they leave the database
# of one worker that nobody disturbed. Trials that pause go on from their checkpoints to the same bits; what was pruned is replayed.
. tests/e2e/tap.sh

# ---- the default loop: trials that pause have checkpoints ----

cat >"$work/moons.lua" <<'LUA'
return ll.study { name = "moons", data = { { generator = "moons", n = 80 }, { generator = "target_decoy", n = 80, name = "spectra" } },
  split = { folds = 2 }, compare = { hinge = { margin = { from = 0, to = 1 } }, adaptive_rank = { margin_lr = { 0, .01 } } },
  model = { hidden = { 4 } }, networks = true,
  train = { epochs = 4, batch = 16, lr = { log = { 1e-3, 1 } } },
  search = { trials = 6, at_once = 4, prune = { method = "halving", eta = 2, least = 1 } } }
LUA
run 0 'one worker' "$work/moons.lua" "$work/one.db" 1
has 'what was pruned is said' "$work/err" 'pruned, in'
is 'trials of each loss as the budget says' "$(ask "$work/one.db" "SELECT d.name, s.loss, count(*), count(DISTINCT p.config), s.ended FROM search AS s
  JOIN proposal AS p USING (study, dataset, loss, fold) JOIN dataset AS d ON d.id = s.dataset GROUP BY 1, 2 ORDER BY 1, 2")" \
  'moons|adaptive_rank|6|6|budget
moons|hinge|6|6|budget
spectra|adaptive_rank|6|6|budget
spectra|hinge|6|6|budget'
is 'some are pruned, none is left' "$(ask "$work/one.db" "SELECT group_concat(DISTINCT status) FROM (SELECT status FROM trial ORDER BY status);
  SELECT count(*) FROM checkpoint")" 'done,pruned
0'
is 'rows of a pruned trial end where it ended' "$(ask "$work/one.db" "SELECT count(*) FROM trial AS t WHERE status = 'pruned' AND
  (pruned_epoch <> (SELECT max(epoch) FROM epoch WHERE trial = t.id) OR pruned_epoch <> (SELECT max(epoch) FROM metric WHERE trial = t.id)
  OR NOT EXISTS (SELECT 1 FROM network AS n JOIN wanted AS w ON w.trial = n.trial AND w.best_epoch = n.epoch WHERE n.trial = t.id))")" 0
run 0 'three workers' "$work/moons.lua" "$work/three.db" 3
same 'leave the same' "$work/one.db" "$work/three.db"
is 'and losslab diff says so' "$("$losslab" diff "$work/one.db" "$work/three.db" 2>&1)" equal

"$losslab" run "$work/moons.lua" --db "$work/two.db" --jobs 1 >"$work/out1" 2>"$work/err1" &
first=$!
"$losslab" run "$work/moons.lua" --db "$work/two.db" --jobs 2 >"$work/out2" 2>"$work/err2"
second=$?
wait $first
is 'two runners at once' "$? $second" '0 0'
same 'leave the same' "$work/one.db" "$work/two.db"

# The longest trials are the same as ones that never paused: another study without pruning has their configurations.
is 'a trial that paused is one that did not, to the bit' "$("$losslab" replay "$work/one.db" --all --jobs 2 2>&1 | tail -n 1 | grep -c '^\([0-9]*\) of \1 identical')" 1

${CC:-cc} -shared -fPIC -o "$work/killed.so" tests/e2e/killed_write.c -ldl 2>"$work/log"
is 'a way to kill it in a write' $? 0
for at in 250 400 600; do
  db=$work/kill$at.db
  : >"$work/once"
  # The process that comes so far first: a worker is replaced, and a run that is killed itself is carried on.
  KILL_ONCE=$work/once KILL_FILE=$(basename "$db") KILL_AT=$at LD_PRELOAD=$work/killed.so LOSSLAB_SPAN=0 \
    "$losslab" run "$work/moons.lua" --db "$db" --jobs 2 >"$work/out" 2>"$work/err"
  is "a process is killed in its write $at" "$([ -e "$work/once" ] || echo gone)" gone
  "$losslab" resume "$db" --trust >"$work/out" 2>"$work/err"
  is "and it is carried on" $? 0
  same "killed in write $at: the same" "$work/one.db" "$db"
done

# ---- a trial of the study's own, which has no checkpoints: killed with all its processes ----

cat >"$work/own.lua" <<'LUA'
local folder = os.getenv "KILL"
local function moment()
  local began = assert(io.open(folder .. "/began", "a"))
  began:write(".")
  local count = began:seek "end"
  began:close()
  local file = io.open(folder .. "/" .. count)
  if not file then return end
  file:close()
  -- Of two workers that come to their moments at once the second has no runner any more, and another parent, which is to live.
  os.execute [[p=$(cut -d " " -f 4 /proc/$PPID/stat); ! grep -q losslab "/proc/$p/comm" || kill -9 $p; kill -9 $PPID]]
end
return ll.study { name = "own", data = { generator = "moons", n = 40 }, split = { folds = 2 }, metric = "error", goal = "min",
  compare = { a = { x = { from = 0, to = 1 } }, b = { x = { from = 0, to = 1 } } },
  search = { trials = 12, prune = { method = "hyperband", epochs = 9 }, start = { x = 0.5 } },
  trial = function(t)
    moment()
    t:keep("path", { { t.parameters.x, 1 } })
    for epoch = 1, 9 do
      local error = t.parameters.x + 1 / epoch + t:random("noise" .. epoch):uniform() / 10
      t:record { loss = error, valid = { error = error }, test = { error = error } }
    end
  end }
LUA
mkdir "$work/moments"
export KILL=$work/moments # a value of the script's functions, which are part of what a trial is known by
run 0 'a trial of its own' "$work/own.lua" "$work/own.db" 1
rm "$KILL/began"
db=$work/killed.db code=0
for at in 1 7 30 31 55 70; do : >"$KILL/$at"; done
for turn in 1 2 3 4 5 6 7 8; do
  "$losslab" run "$work/own.lua" --db "$db" --jobs 2 >"$work/out" 2>"$work/err"
  code=$?
  [ $code = 137 ] || break
  rm -f "$KILL/$(wc -c <"$KILL/began" | tr -d ' ')"
done
rm -f "$KILL"/[0-9]* # moments that did not come
is 'it was killed several times, and came to its end' "$code $([ $turn -gt 3 ] && echo yes)" '0 yes'
same 'with the content of one that was not' "$work/own.db" "$db"
is 'all is replayed, pruned ones to where they were ended' "$("$losslab" replay "$db" --all --trust --jobs 2 2>&1 | tail -n 1 | grep -c '^\([0-9]*\) of \1 identical')" 1

# ---- the commands ----

"$losslab" show "$db" >"$work/out" 2>"$work/err"
is 'show' $? 0
has 'counts what was pruned' "$work/out" ' pruned, 0 running, 0 pending'
"$losslab" show "$db" "$(ask "$db" "SELECT min(id) FROM trial WHERE status = 'pruned'")" >"$work/out"
has 'a pruned trial says when' "$work/out" 'pruned after epoch'
is 'ls lists them' "$("$losslab" ls "$db" --where 'status = "pruned" and pruned_epoch = 1' --json | grep -o '"status"' | wc -l | tr -d ' ')" \
  "$(ask "$db" "SELECT count(*) FROM trial WHERE pruned_epoch = 1")"
"$losslab" run "$work/own.lua" --db "$work/none.db" --dry-run >"$work/out" 2>"$work/err"
is 'a run that is only said' "$? $(ls "$work/none.db" 2>/dev/null)" '0 '
has 'says how many there are at most' "$work/out" 'own: 48 new, 0 there; 48 to run'
"$losslab" run "$work/own.lua" --db "$db" --dry-run >"$work/out" 2>"$work/err"
has 'and that nothing is left' "$work/out" '; 0 to run'
cp "$db" "$work/before.db"
"$losslab" resume "$db" --trust >"$work/out" 2>"$work/err"
is 'resumed when all is there, it changes nothing' "$? $("$losslab" diff "$db" "$work/before.db" 2>&1)" '0 equal'

# ---- in two files ----

sed 's/trials = 12/trials = 6/' "$work/own.lua" >"$work/half.lua"
run 0 'half of it' "$work/half.lua" "$work/half.db"
"$losslab" merge "$work/merged.db" "$work/half.db" "$db" >"$work/out" 2>"$work/err"
is 'merged with the whole' $? 0
"$losslab" run "$work/own.lua" --db "$work/merged.db" >"$work/out" 2>"$work/err"
is 'it is complete' "$? $(ask "$work/merged.db" "SELECT count(*) FROM wanted; SELECT count(*) FROM proposal; SELECT group_concat(ended) FROM search")" \
  "0 $(ask "$db" "SELECT count(*) FROM wanted; SELECT count(*) FROM proposal; SELECT group_concat(ended) FROM search")"

# Only what searches may end early is theirs alone: a study that wants the same configuration in full runs it.
sed 's/, *prune = {[^}]*}//; s/name = "own"/name = "full"/' "$work/own.lua" >"$work/full.lua"
"$losslab" run "$work/full.lua" --db "$db" >"$work/out" 2>"$work/err"
is 'without pruning' $? 0
is 'no trial of it is pruned' "$(ask "$db" "SELECT count(*) FROM wanted AS w JOIN trial AS t ON t.id = w.trial JOIN study AS s ON s.id = w.study
  WHERE s.name = 'full' AND t.status <> 'done'")" 0
finish
