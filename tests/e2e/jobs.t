#!/bin/sh
# The number of workers changes nothing but times, hosts and workers; a finished study is not run again; one that has changed adds
# what is missing; two runs share the work, and an older losslab's run is left alone.
. tests/e2e/tap.sh

cat >"$work/study.lua" <<'LUA'
return ll.study {
  name = "jobs", data = { "sonar", { generator = "target_decoy", n = 400 } }, seeds = { 1, 2 }, split = { folds = 3 },
  compare = {
    adaptive_rank = { { margin = { .1, .3 }, margin_lr = { 0, 1e-2 } }, { history = "fresh", history_init = "uniform", margin_lr = .1 } },
    cross_entropy = {}, pair_logistic = {}, square = { },
    mine = { function(s, y, p) return ((s - y) ^ 2):mean() * p.scale end, scale = { 1, 2 } },
    kept = { { new = function(p)
      local loss = { calls = 0 }
      function loss:end_epoch() self.calls = 0 end
      return setmetatable(loss, { __call = function(self, s, y) self.calls = self.calls + 1 return (s - y):abs():mean() * (p.a + self.calls) end })
    end, output = "sigmoid" }, a = 1 },
  },
  model = { hidden = { { 8, 4 }, {} } },
  train = { epochs = 4, batch = 50, optimizer = { "adam", "sgd" }, momentum = .9, lr = { .01, 1e20 } },
  metrics = { "auc", "partial_auc", "log_loss", { "targets_at_fdr", level = .1 } }, record = { "train", "valid", "test" },
  networks = true,
}
LUA

run 0 'one worker' "$work/study.lua" "$work/one.db" 1
is 'nothing on stdout but results' "$(cat "$work/out")" ''
trials=$(ask "$work/one.db" "SELECT count(*) FROM trial")
is 'all of it was done' "$(ask "$work/one.db" "SELECT count(*) FROM trial WHERE status IN ('done', 'diverged')")" "$trials"
is 'some of it diverged' "$(ask "$work/one.db" "SELECT count(*) > 0 FROM trial WHERE status = 'diverged'")" 1
for jobs in 2 3; do
  run 0 "$jobs workers" "$work/study.lua" "$work/$jobs.db" $jobs
  same "--jobs 1 and --jobs $jobs give the same database" "$work/one.db" "$work/$jobs.db"
done

# Two workers work at the same time: each of two trials waits until the other has begun, the one writing to a pipe, the other
# reading from it.
mkfifo "$work/pipe"
cat >"$work/meet.lua" <<LUA
return ll.study {
  name = "meet", data = { { generator = "target_decoy", n = 100 } }, split = { test = .3 }, compare = { hinge = {}, square = {} },
  train = { epochs = 1, batch = 10, loop = function(trial)
    assert(os.execute("timeout 300 sh -c '" .. (trial.config.loss == "hinge" and "echo x >" or "read x <") .. " \\"$work/pipe\\"'"))
    require "losslab.run.network".loop(trial)
  end },
}
LUA
run 0 'two trials that wait for each other' "$work/meet.lua" "$work/meet.db" 2
is 'are done by two workers' "$(ask "$work/meet.db" "SELECT count(DISTINCT worker) FROM trial")" 2

# The comparison can fail: it sees one changed value.
cp "$work/one.db" "$work/changed.db"
ask "$work/changed.db" "UPDATE metric SET value = value + 1e-15 WHERE trial = 7 AND name = 'auc' AND split = 'test' AND epoch = 2"
if "$losslab" tests/e2e/same.lua "$work/one.db" "$work/changed.db" >/dev/null; then fail 'a changed value is seen'
else pass 'a changed value is seen'; fi

before=$(ask "$work/2.db" "SELECT max(finished) FROM trial")
run 0 'once more' "$work/study.lua" "$work/2.db"
is 'nothing was run again' "$(ask "$work/2.db" "SELECT max(finished) FROM trial")" "$before"

content() { ask "$1" "SELECT * FROM metric WHERE trial <= $trials; SELECT trial, split, first, last, coding, hex(scores) FROM score
  WHERE trial <= $trials; SELECT id, key, number, status FROM trial WHERE id <= $trials" | sha256sum; }
sed 's/seeds = { 1, 2 }/seeds = { 1, 3 }/' "$work/study.lua" >"$work/other.lua"
run 0 'another version of the study in the same database' "$work/other.lua" "$work/2.db"
has 'adds what is missing, and says so' "$work/err" \
  "jobs: $((trials / 2)) new, $((trials / 2)) there, $((trials / 2)) no longer asked for: kept"
is 'it has as many trials more' "$(ask "$work/2.db" "SELECT count(*) FROM trial WHERE status IN ('done', 'diverged')")" $((trials * 3 / 2))
is 'and nothing is lost' "$(content "$work/2.db")" "$(content "$work/one.db")"
before=$(ask "$work/2.db" "SELECT max(finished) FROM trial")
run 0 'the first version again' "$work/study.lua" "$work/2.db"
has 'finds what is there' "$work/err" "jobs: 0 new, $trials there, $((trials / 2)) no longer asked for: kept"
is 'and runs nothing' "$(ask "$work/2.db" "SELECT max(finished) FROM trial")" "$before"
is 'three versions of the script are kept' "$(ask "$work/2.db" "SELECT added FROM script ORDER BY id" | tr '\n' ' ')" "$trials $((trials / 2)) 0 "
cp "$work/one.db" "$work/2.db"

run 1 'a folder that is not there' "$work/study.lua" "$work/none/x.db"
is 'is said without places in our sources' "$(cut -d : -f 1,2 "$work/err")" "losslab: $work/none/x.db"
ask "$work/foreign.db" "CREATE TABLE t (a)"
cp "$work/foreign.db" "$work/foreign.copy"
run 1 'a database that is not ours' "$work/study.lua" "$work/foreign.db"
if cmp -s "$work/foreign.db" "$work/foreign.copy"; then pass 'is left as it was'; else fail 'is left as it was'; fi

# The test part takes no part in any choice: the chosen epoch is the first of the best on validation.
is 'the best epoch is the best on validation, first of equals' "$(ask "$work/one.db" "
  SELECT count(*) FROM wanted AS w WHERE w.best_epoch IS NOT (SELECT m.epoch FROM metric AS m
  WHERE m.trial = w.trial AND m.name = 'auc' AND m.split = 'valid' ORDER BY m.value DESC, m.epoch LIMIT 1)")" 0
is 'and so are its values' "$(ask "$work/one.db" "SELECT count(*) FROM wanted AS w JOIN trial AS t ON t.id = w.trial
  LEFT JOIN metric AS v ON v.trial = t.id AND v.name = 'auc' AND v.split = 'valid' AND v.epoch = w.best_epoch
  LEFT JOIN metric AS x ON x.trial = t.id AND x.name = 'auc' AND x.split = 'test' AND x.epoch = w.best_epoch
  WHERE w.valid IS NOT iif(t.status = 'done', v.value, NULL) OR w.test IS NOT iif(t.status = 'done', x.value, NULL)")" 0
is 'configurations of one fold and seed share their random streams' \
  "$(ask "$work/one.db" "SELECT count(DISTINCT number) FROM trial")" "$(ask "$work/one.db" "
  SELECT count(*) FROM (SELECT DISTINCT dataset, fold, seed FROM trial)")"
is 'scores of every epoch by default, in the rows of their part' "$(ask "$work/one.db" "
  SELECT count(*) FROM epoch AS e JOIN trial AS t ON t.id = e.trial JOIN part AS p USING (cut)
  LEFT JOIN score AS s ON s.trial = t.id AND e.epoch BETWEEN s.first AND s.last AND s.split = p.split
  WHERE p.split <> 'train' AND (s.trial IS NULL OR (s.coding = 0 AND length(s.scores) <> 4 * p.count * (s.last - s.first + 1)))")" 0

# A file that cannot grow, as on a full disk: the run says so, loses nothing, and is carried on once it can.
(
  trap '' XFSZ
  ulimit -f 2000
  "$losslab" tests/e2e/run.lua "$work/study.lua" "$work/full.db" 2 2>"$work/err"
)
is 'a file that cannot grow ends the run' $? 1
has 'which says so' "$work/err" ": disk I/O error"
is 'what was done is kept' "$(ask "$work/full.db" "SELECT count(*) > 0 FROM trial WHERE status = 'done'")" 1
run 0 'carried on when it can grow' "$work/study.lua" "$work/full.db"
same 'nothing is lost' "$work/one.db" "$work/full.db"

# A database that is removed or replaced while it is written to ends the run; the file in its place is left as it is.
for how in 'os.remove(db)' 'os.rename(db .. ".copy", db)'; do
  rm -f "$work"/gone.db*
  cp "$work/foreign.copy" "$work/gone.db.copy"
  cat >"$work/gone.lua" <<LUA
local db = "$work/gone.db"
return ll.study {
  name = "gone", data = { { generator = "target_decoy", n = 100 } }, split = { test = .3 }, seeds = { 1, 2, 3 }, compare = { hinge = {} },
  train = { epochs = 1, batch = 10, loop = function(trial)
    assert($how)
    require "losslab.run.network".loop(trial)
  end },
}
LUA
  run 1 "$how in its midst" "$work/gone.lua" "$work/gone.db" 1
  is 'is said' "$(cat "$work/err")" "losslab: $work/gone.db was removed or another file was put in its place while its study ran, which \
stops: what had been committed went with it"
  is 'no journal is left' "$(ls "$work" | grep -e -journal -e -wal)" ''
done
if cmp -s "$work/gone.db" "$work/foreign.copy"; then pass 'what replaced it is left as it was'; else fail 'what replaced it is left as it was'; fi

# What a worker tells of a trial has an end, whatever the names are.
cat >"$work/names.lua" <<'LUA'
return ll.study {
  name = "names", data = { { generator = "target_decoy", n = 100 } }, split = { test = .3 }, train = { epochs = 1, batch = 10 },
  compare = { [("x"):rep(30000)] = { function(s, y) return ((s - y) ^ 2):mean() end } },
}
LUA
run 0 'a loss whose name has 30000 letters' "$work/names.lua" "$work/names.db" 1
is 'is trained' "$(ask "$work/names.db" "SELECT count(*) FROM trial WHERE status = 'done'")" 1

# Two runners share the work: each of two trials waits until the other has begun.
rm "$work"/meet.db*
"$losslab" tests/e2e/run.lua "$work/meet.lua" "$work/meet.db" 1 2>"$work/err2" &
second=$!
run 0 'two runners, of one worker each' "$work/meet.lua" "$work/meet.db" 1
wait $second
is 'both come to the end' $? 0
is 'each has run one of two trials that wait for each other' "$(ask "$work/meet.db" "SELECT count(DISTINCT worker), count(*) FROM trial
  WHERE status = 'done'")" '2|2'
is 'and none is left behind' "$(ask "$work/meet.db" "SELECT count(*) FROM runner")" 0

# A study that an older losslab runs is left alone: its lock was exclusive.
cp "$work/2.db" "$work/before.db"
perl tests/e2e/alone.pl "$work/2.db" "$losslab" tests/e2e/run.lua "$work/study.lua" "$work/2.db" 1 >"$work/out" 2>"$work/err"
is 'a run beside one of an older losslab' $? 1
is 'is refused, and names the process' "$(cat "$work/err")" "losslab: $work/2.db: an older losslab (process $(cat "$work/out")) runs \
its study; wait for it, or stop it"
if cmp -s "$work/2.db" "$work/before.db"; then pass 'and leaves the file as it is'; else fail 'and leaves the file as it is'; fi
finish
