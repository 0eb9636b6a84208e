#!/bin/sh
# The number of workers changes nothing but times, hosts and workers; a finished study is not run again; a database holds one
# study; two runs of it do not mix.
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

sed 's/seeds = { 1, 2 }/seeds = { 1, 3 }/' "$work/study.lua" >"$work/other.lua"
run 1 'another study in the same database is refused' "$work/other.lua" "$work/2.db"
has 'and told so' "$work/err" 'holds another study'
same 'and nothing is lost' "$work/one.db" "$work/2.db"

run 1 'a folder that is not there' "$work/study.lua" "$work/none/x.db"
is 'is said without places in our sources' "$(cut -d : -f 1,2 "$work/err")" "losslab: $work/none/x.db"
ask "$work/foreign.db" "CREATE TABLE t (a)"
cp "$work/foreign.db" "$work/foreign.copy"
run 1 'a database that is not ours' "$work/study.lua" "$work/foreign.db"
if cmp -s "$work/foreign.db" "$work/foreign.copy"; then pass 'is left as it was'; else fail 'is left as it was'; fi

# The test part takes no part in any choice: the chosen epoch is the first of the best on validation.
is 'the best epoch is the best on validation, first of equals' "$(ask "$work/one.db" "
  SELECT count(*) FROM trial AS t WHERE t.best_epoch IS NOT (SELECT m.epoch FROM metric AS m
  WHERE m.trial = t.id AND m.name = 'auc' AND m.split = 'valid' ORDER BY m.value DESC, m.epoch LIMIT 1)")" 0
is 'configurations of one fold and seed share their random streams' \
  "$(ask "$work/one.db" "SELECT count(DISTINCT number) FROM trial")" "$(ask "$work/one.db" "
  SELECT count(*) FROM (SELECT DISTINCT dataset, fold, seed FROM trial)")"
is 'scores of every epoch by default, in the rows of their part' "$(ask "$work/one.db" "
  SELECT count(*) FROM epoch AS e JOIN trial AS t ON t.id = e.trial JOIN part AS p USING (dataset, fold, seed)
  LEFT JOIN scores AS s ON s.trial = t.id AND s.epoch = e.epoch AND s.split = p.split
  WHERE p.split <> 'train' AND length(s.scores) IS NOT 4 * p.count")" 0

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

# A study that another process runs is left alone.
cat >"$work/inner.lua" <<LUA
return ll.study {
  name = "inner", data = { { generator = "target_decoy", n = 100 } }, split = { test = .3 }, compare = { hinge = {} },
  train = { epochs = 1, batch = 10, loop = function(trial)
    assert(os.execute("! '$losslab' tests/e2e/run.lua '$work/inner.lua' '$work/inner.db' 1 2>'$work/inner.err'"))
    require "losslab.run.network".loop(trial)
  end },
}
LUA
run 0 'a run inside a run of the same study' "$work/inner.lua" "$work/inner.db"
has 'is refused, and names the process' "$work/inner.err" 'another losslab (process '
finish
