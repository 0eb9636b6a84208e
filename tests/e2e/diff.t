#!/bin/sh
# losslab diff: what two databases differ in is named, whatever it is, and nothing that does not count; codes as those of diff.
. tests/e2e/tap.sh
cd "$work" || exit 1
cat >study.lua <<'LUA'
return ll.study {
  name = "study", question = "which?", data = { { generator = "target_decoy", n = 120 } }, split = { folds = 2 }, seeds = { 1 },
  compare = { adaptive_rank = { margin = { 0, .1 }, margin_lr = .01 }, hinge = {} }, train = { epochs = 3, batch = 20, lr = .01 },
  scores = "all", networks = true,
}
LUA
"$losslab" run study.lua --db one.db --jobs 1 >out 2>err || fail run "$(cat err)"
"$losslab" run study.lua --db two.db --jobs 2 >out 2>err || fail run "$(cat err)"
differ() { "$losslab" diff "$@" >out 2>err; echo $?; }
is 'two runs of a study' "$(differ one.db two.db) $(cat out)" '0 equal'
is 'and for programs' "$(differ one.db two.db --json; grep -o '"equal":true' out)" '0
"equal":true'

# changed SQL WORDS: the change is found, from both sides.
changed() {
  cp one.db changed.db
  ask changed.db "$1"
  is "$1" "$(differ one.db changed.db) $(differ changed.db one.db)" '1 1'
  differ one.db changed.db >/dev/null
  has 'and named' out "$2"
}
changed "UPDATE study SET question = 'what?'" 'study study: question: "which?" in one.db, "what?" in changed.db'
changed "UPDATE study SET script = script || '-- more'" 'script'
changed "UPDATE study SET plan = json_set(plan, '\$.split.folds', 9)" 'split.folds: 2 in one.db, 9 in changed.db'
changed "UPDATE config SET train = json_set(train, '\$.lr', 0.5)" 'train.lr: 0.01 in one.db, 0.5 in changed.db'
changed "UPDATE dataset SET notes = 'n'" 'data set "target_decoy": notes is "" in one.db and "n" in changed.db'
changed "UPDATE part SET labels = zeroblob(length(labels)) WHERE split = 'test' AND cut = 1" 'test: labels is '
changed "UPDATE metric SET value = value + 1e-15 WHERE trial = 2 AND epoch = 2 AND name = 'auc' AND split = 'test'" 'metric auc, test, epoch 2: value is '
changed 'UPDATE epoch SET train_loss = 0 WHERE trial = 1 AND epoch = 3' 'epoch epoch 3: train_loss is '
changed 'DELETE FROM metric WHERE trial = 1 AND epoch = 3' 'epoch 3 is in one.db alone'
changed 'UPDATE learnt SET gradient = 9 WHERE epoch = 2' 'learnt margin, epoch 2: gradient is '
changed "UPDATE network SET weights = zeroblob(length(weights)) WHERE trial = 1" 'network epoch '
changed "UPDATE score SET coding = 0, scores = zeroblob(4 * (last - first + 1) * (SELECT p.count FROM part AS p JOIN trial AS t ON t.cut = p.cut
  WHERE t.id = 1 AND p.split = 'test')) WHERE trial = 1 AND split = 'test'" ': scores is '
changed "UPDATE trial SET status = 'pending' WHERE id = 3" 'is done in one.db and pending in changed.db'
changed 'DELETE FROM wanted WHERE trial = 4' 'asks for 1 trial in one.db alone'
changed 'UPDATE wanted SET best_epoch = 1 + best_epoch % 3 WHERE trial = 4' 'best_epoch is '
changed "PRAGMA foreign_keys = 0; UPDATE trial SET key = 'k' || id WHERE id = 1" 'is in changed.db alone'
changed "INSERT INTO study SELECT 9, 'more', question, file, script, script_sha256, plan, plan_sha256, metric, goal, version, precision, machine, cpu, isa, blas, created, ran FROM study" \
  'study "more" is in changed.db alone'

# ---- what does not count ----
cp one.db same.db
ask same.db "UPDATE study SET created = 'then', cpu = 'another', version = '9'; UPDATE trial SET host = 'h', worker = 1, seconds = 9, started = 's';
  UPDATE epoch SET seconds = 9; UPDATE computer SET isa = 'v9', cpu = 'x'; UPDATE trial SET id = id + 100;
  UPDATE epoch SET trial = trial + 100; UPDATE metric SET trial = trial + 100; UPDATE learnt SET trial = trial + 100;
  UPDATE score SET trial = trial + 100; UPDATE network SET trial = trial + 100; UPDATE wanted SET trial = trial + 100;
  UPDATE cut SET id = 7 - id; UPDATE part SET cut = 7 - cut; UPDATE trial SET cut = 7 - cut"
is 'ids, times and machines' "$(differ one.db same.db) $(cat out)" '0 equal'

# ---- trouble ----
is 'a file that is not there' "$(differ one.db none.db)" 2
has 'is named' err 'none.db: there is no such database'
is 'and nothing of usage is said' "$(wc -l <err)" 1
is 'one file alone' "$(differ one.db)" 2
has 'is wrong usage' err 'losslab diff --help says how it is used'
is 'an unknown option' "$(differ one.db two.db --jsn)" 2
has 'with the nearest one' err 'did you mean "--json"?'
is 'help names the codes' "$("$losslab" diff --help | grep -c 'Exit codes: 0 equal, 1 different, 2 trouble')" 1
finish
