#!/bin/bash
# A study that asks more of trials than was recorded gets it: from the scores that are kept, or by running them again to the same bits;
# the database is then as if all had been asked at once. A trial that does not give the same bits stays as it was. Workers and
# runners that are killed in its midst lose nothing.
. tests/e2e/tap.sh
export XDG_STATE_HOME=$work/state

# study NAME [SETTINGS [METRIC]]: a script of that name, $work/NAME.lua
study() {
  cat >"$work/$1.lua" <<L
return ll.study { name = "asks", data = { "sonar" }, split = { folds = 2 }, compare = { square = {}, adaptive_rank = { margin_lr = { 0, .1 } } },
  model = { hidden = { 4 } }, train = { epochs = 4, batch = 40, optimizer = "sgd", lr = { .05, 1e20 } }, metric = "${3:-auc}" ${2:-} }
L
}
rows="SELECT 'metric', trial, name, split, epoch, printf('%.17g', value) FROM metric UNION ALL SELECT 'scores', trial, split, first, last, hex(scores) FROM score
  UNION ALL SELECT 'network', trial, epoch, '', '', hex(weights) FROM network UNION ALL SELECT 'chosen', trial, best_epoch, valid, test, '' FROM wanted ORDER BY 1, 2, 3, 4, 5"
# equal NAME DB DB: the same rows of trials
equal() {
  ask "$2" "$rows" >"$work/rows.a"
  ask "$3" "$rows" >"$work/rows.b"
  if cmp -s "$work/rows.a" "$work/rows.b"; then pass "$1"; else fail "$1" "$(diff "$work/rows.a" "$work/rows.b" | cut -c 1-150 | head -5)"; fi
}
lacking() { ask "$1" "SELECT count(*) FROM trial WHERE lacks IS NOT NULL OR runner IS NOT NULL"; }

study first
run 0 'a study' "$work/first.lua" "$work/first.db"
trials=$(ask "$work/first.db" "SELECT count(*) FROM trial")
is 'some of it diverged' "$(ask "$work/first.db" "SELECT count(*) > 0 FROM trial WHERE status = 'diverged'")" 1
study more ', metrics = { "auc", "partial_auc", "average_precision", { "partial_auc", max_fpr = .05 } }'
run 0 'the same with a metric more' "$work/more.lua" "$work/more.db"
study parts ', metrics = { "auc", "partial_auc", "average_precision", "log_loss" }, record = { "train", "valid", "test" }, networks = true'
run 0 'the same with a part more, and networks' "$work/parts.lua" "$work/parts.db"
study by '' 'log_loss'
run 0 'the same, chosen by another metric' "$work/by.lua" "$work/by.db"
study best ', scores = "best"'
run 0 'the same with fewer scores' "$work/best.lua" "$work/best.db"
study ranks ', scores = "ranks"'
run 0 'the same with ranks for scores' "$work/ranks.lua" "$work/ranks.db"
study none ', scores = "none"'
run 0 'the same without scores' "$work/none.lua" "$work/none.db"

# ---- what was not recorded is added

cp "$work/first.db" "$work/a.db"
run 0 'a metric is added to metrics' "$work/more.lua" "$work/a.db"
has '  how many are completed is said before' "$work/err" "0 new, $trials there, completing $trials of them"
has '  and after' "$work/err" "$trials trials, 10 done, 2 diverged, $trials completed, in "
equal '  it is as if it had been there from the first' "$work/a.db" "$work/more.db"
is '  nothing is lacking' "$(lacking "$work/a.db")" 0
cp "$work/a.db" "$work/copy.db"
run 0 'once more' "$work/more.lua" "$work/a.db"
same '  nothing is to be done' "$work/a.db" "$work/copy.db"
run 0 'the first script again' "$work/first.lua" "$work/a.db"
is '  asks for nothing new' "$(grep -c completing "$work/err")" 0
cp "$work/first.db" "$work/b.db"
run 0 'a part is added, and networks' "$work/parts.lua" "$work/b.db"
equal '  the same' "$work/b.db" "$work/parts.db"
for before in best none ranks; do
  cp "$work/$before.db" "$work/c.db"
  run 0 "all scores in place of scores = $before" "$work/first.lua" "$work/c.db"
  equal '  the same' "$work/c.db" "$work/first.db"
done
cp "$work/none.db" "$work/c.db"
run 0 'ranks in place of no scores' "$work/ranks.lua" "$work/c.db"
equal '  the same' "$work/c.db" "$work/ranks.db"
cp "$work/first.db" "$work/d.db"
run 0 'another metric to choose by, which was not recorded' "$work/by.lua" "$work/d.db"
is '  gets its choice' "$(ask "$work/d.db" "SELECT trial, best_epoch, valid, test FROM wanted")" "$(ask "$work/by.db" "SELECT trial, best_epoch, valid, test FROM wanted")"
cp "$work/none.db" "$work/e.db"
sed -i 's/asks/others/' "$work/more.lua"
run 0 'another study of the same trials in one file' "$work/more.lua" "$work/e.db"
is '  both have their choice' "$(ask "$work/e.db" "SELECT count(*) FROM wanted WHERE best_epoch IS NOT NULL")" \
  "$((2 * $(ask "$work/none.db" "SELECT count(*) FROM wanted WHERE best_epoch IS NOT NULL")))"
sed -i 's/others/asks/' "$work/more.lua"

# ---- what does not give the same bits stays

cp "$work/none.db" "$work/f.db"
ask "$work/f.db" "UPDATE metric SET value = value + 1e-15 WHERE trial = 1 AND epoch = 2 AND name = 'auc' AND split = 'test'"
ask "$work/f.db" "SELECT * FROM metric WHERE trial = 1" >"$work/before"
run 1 'a trial that was changed' "$work/more.lua" "$work/f.db"
has '  is said, and where' "$work/err" 'losslab: trial 1 was not completed: run again, it differs from epoch 2 on: auc of the test part: '
has '  and counted' "$work/err" "$((trials - 1)) completed, 1 not completed"
is '  it stays as it was' "$(ask "$work/f.db" "SELECT * FROM metric WHERE trial = 1")" "$(cat "$work/before")"
is '  it lacks what it lacked, and nobody has it' "$(ask "$work/f.db" "SELECT id, runner FROM trial WHERE lacks IS NOT NULL")" '1|'
run 1 'another run tries it again' "$work/more.lua" "$work/f.db"

# ---- faults. The loop of this study does what the file $work/fault says: once, or always.

cat >"$work/loop.lua" <<L
local function fault(trial)
  local file = io.open("$work/fault")
  local what = file and file:read "l"
  if file then file:close() end
  if not what or trial.config.loss ~= "square" then return end
  if what == "worker" or what == "runner" then
    os.remove "$work/fault"
    os.execute(what == "worker" and "kill -9 \$PPID" or "kill -9 \$(cut -d ' ' -f 4 /proc/\$PPID/stat) \$PPID")
  end
  os.exit(7)
end
return ll.study { name = "faults", data = { "sonar" }, split = { folds = 2 }, seeds = { 1, 2 }, compare = { square = {}, hinge = {} }, scores = "none",
  train = { epochs = 2, batch = 40, loop = function(trial)
    require "losslab.run.network".loop(trial)
    fault(trial)
  end }, METRICS }
L
sed 's/METRICS/metrics = { "auc" }/' "$work/loop.lua" >"$work/loop1.lua"
sed 's/METRICS/metrics = { "auc", "partial_auc" }/' "$work/loop.lua" >"$work/loop2.lua"
run 0 'a study with a loop' "$work/loop1.lua" "$work/loop1.db"
cp "$work/loop1.db" "$work/loop2.db"
run 0 'completed without a fault' "$work/loop2.lua" "$work/loop2.db"
cp "$work/loop1.db" "$work/g.db"
echo worker >"$work/fault"
run 0 'a worker is killed' "$work/loop2.lua" "$work/g.db"
same '  its trial is completed by another' "$work/g.db" "$work/loop2.db"
cp "$work/loop1.db" "$work/h.db"
echo runner >"$work/fault"
"$losslab" tests/e2e/run.lua "$work/loop2.lua" "$work/h.db" 2 >"$work/out" 2>"$work/err"
is 'the runner is killed' $? 137
for pid in $(ask "$work/h.db" "SELECT DISTINCT process FROM runner"); do
  while [ -e "/proc/$pid" ] && [ "$(cut -d ' ' -f 3 "/proc/$pid/stat" 2>/dev/null)" != Z ]; do :; done
done
is '  no trial is half complete' "$(ask "$work/h.db" "SELECT count(*) FROM trial AS t WHERE (lacks IS NULL) <> EXISTS (SELECT 1 FROM metric AS m WHERE m.trial = t.id AND m.name = 'partial_auc')")" 0
run 0 '  the next run completes them' "$work/loop2.lua" "$work/h.db"
same '  to the same database' "$work/h.db" "$work/loop2.db"
cp "$work/loop1.db" "$work/i.db"
echo exit >"$work/fault"
run 1 'code that ends its process' "$work/loop2.lua" "$work/i.db"
is '  is told for each trial' "$(grep -c 'was not completed: its worker left with code 7 (os.exit), 3 times' "$work/err")" 4
is '  the others are completed' "$(lacking "$work/i.db")" 4
rm "$work/fault"
cp "$work/loop1.db" "$work/j.db"
"$losslab" tests/e2e/run.lua "$work/loop2.lua" "$work/j.db" 1 >"$work/out" 2>"$work/err2" &
run 0 'two runners at once' "$work/loop2.lua" "$work/j.db" 1
wait $!
is '  both end well' $? 0
same '  and the database is the same' "$work/j.db" "$work/loop2.db" || cat "$work/err2"

# Trials that two studies ask for, neither of which had run them: who runs them records what he asks for, and the rest is added.
echo runner >"$work/fault"
"$losslab" tests/e2e/run.lua "$work/loop1.lua" "$work/k.db" 1 >"$work/out" 2>"$work/err"
is 'a runner is killed at its first trials' "$? $(ask "$work/k.db" "SELECT count(*) > 0 FROM trial WHERE status <> 'done'")" '137 1'
sed 's/METRICS/metrics = { "partial_auc", "auc" }, record = { "train", "valid", "test" }/; s/faults/others/' "$work/loop.lua" >"$work/loop3.lua"
sed 's/METRICS/metrics = { "auc", "log_loss" }/' "$work/loop.lua" >"$work/loop4.lua"
run 0 'another study of the same trials' "$work/loop3.lua" "$work/k.db"
run 0 'the first one, with a metric of its own' "$work/loop4.lua" "$work/k.db"
is '  all is there that any of them asked for' "$(ask "$work/k.db" "SELECT name, split, count(*) FROM metric GROUP BY 1, 2" | tr '\n' ' ')" \
  'auc|test|16 auc|train|16 auc|valid|16 log_loss|test|16 log_loss|train|16 log_loss|valid|16 partial_auc|test|16 partial_auc|train|16 partial_auc|valid|16 '
is '  and nothing lacks' "$(lacking "$work/k.db")" 0
cp "$work/k.db" "$work/l.db"
sed -i 's/faults/thirds/; s/"auc", "log_loss"/"auc", "brier"/' "$work/loop4.lua"
ask "$work/l.db" "UPDATE trial SET status = 'pending'; DELETE FROM metric; DELETE FROM network; DELETE FROM epoch"
run 0 'pending ones, of which three studies ask for more and more' "$work/loop4.lua" "$work/l.db"
is '  the same' "$(ask "$work/l.db" "SELECT count(DISTINCT name), count(DISTINCT split), count(*), count(DISTINCT records) FROM metric JOIN trial ON id = trial")" '4|3|192|1'
finish
