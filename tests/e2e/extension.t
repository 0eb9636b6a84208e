#!/bin/sh
# The loadable extension as others use it: in the sqlite3 shell and in Python, on studies of scores, of classes and of embeddings, on
# a database that is no study's, and on damaged ones.
. tests/e2e/tap.sh
extension=$PWD/${LOSSLAB_BUILD:-build}/losslab_sqlite.so
db=$work/study.db

cat >"$work/scores.lua" <<'L'
return ll.study { name = "scores", question = "?", data = { "ionosphere" }, split = { folds = 2 }, seeds = { 1 },
  compare = { hinge = {}, cross_entropy = {} }, model = { hidden = { 4 } }, train = { epochs = 3, batch = 32 }, scores = "all",
  metrics = { "auc", "partial_auc", "average_precision", "targets_at_fdr", "accuracy", "log_loss", "brier", "f1", "calibration_error",
              { "accuracy", threshold = 0.7 } } }
L
cat >"$work/classes.lua" <<'L'
return ll.study { name = "classes", question = "?", data = { "iris" }, split = { folds = 2 },
  seeds = { 1 }, compare = { softmax = {} }, model = { hidden = { 4 } }, train = { epochs = 3, batch = 32 }, scores = "best",
  metrics = { "multiclass_accuracy", "multiclass_balanced_accuracy", "multiclass_log_loss" } }
L
run 0 'a study of scores runs' "$work/scores.lua" "$db"
run 0 'a study of classes, in the same file' "$work/classes.lua" "$db"

# sql SQL: by the shell, with the extension.
sql() { sqlite3 -readonly -batch -bail -cmd ".load $extension" "${2:-$db}" "$1"; }
# refused NAME SQL TEXT [DB]: it ends with an error that holds the text.
refused() {
  if out=$(sql "$2" "${4:-$db}" 2>&1); then fail "$1" "no error: $out"; else
    case $out in *"$3"*) pass "$1" ;; *) fail "$1" "$out" "expected: $3" ;; esac
  fi
}

is 'every recorded metric of scores that are kept follows from them, to the bit' "$(sql "
  SELECT count(*) > 100, sum(m.value IS NOT ll_metric(m.name, m.trial, m.epoch, m.split))
  FROM metric AS m JOIN score AS s ON s.trial = m.trial AND s.split = m.split AND m.epoch BETWEEN s.first AND s.last")" '1|0'
is 'studies of both kinds are among them' "$(sql "
  SELECT group_concat(study, ' ') FROM (SELECT DISTINCT a.study FROM asked AS a JOIN score AS s ON s.trial = a.trial ORDER BY 1)")" \
  'classes scores'
is 'best is the epoch of wanted' "$(sql "SELECT sum(auc(trial, 'best', 'test') IS NOT test), count(*) FROM best WHERE study = 'scores'")" '0|4'
is 'scores stand beside their labels and rows' "$(sql "
  SELECT count(*), auc_of(score, label) = auc(1, 2, 'test'), min(row) >= 1, max(row) <= 351 FROM scores(1, 2, 'test')")" \
  "$(ask "$db" "SELECT count || '|1|1|1' FROM part JOIN trial USING (cut) WHERE trial.id = 1 AND split = 'test'")"
is 'a class has a column' "$(sql "SELECT count(DISTINCT s.column), count(*) = 3 * p.count
  FROM asked AS a JOIN trial AS t ON t.id = a.trial JOIN part AS p ON p.cut = t.cut AND p.split = 'test',
       scores(a.trial, 'best', 'test') AS s WHERE a.study = 'classes' AND a.place = 1")" '3|1'
is 'views of ones own may use it' "$(sqlite3 -batch -bail -cmd ".load $extension" "$db" "
  CREATE TEMP VIEW ap AS SELECT trial, average_precision(trial, 'best', 'test') AS ap FROM wanted;
  SELECT count(ap) FROM ap JOIN best USING (trial) WHERE study = 'scores'")" 4
refused 'a wrong split is told' "SELECT auc(1, 2, 'tset')" 'did you mean "test"?'
refused 'and missing arguments' 'SELECT * FROM scores(1)' 'arguments are missing: scores(trial, epoch, split)'
sqlite3 "$work/other.db" 'CREATE TABLE a (b)'
refused 'and a database of another kind' "SELECT auc(1, 2, 'test')" 'no result database of losslab' "$work/other.db"
is 'where blobs can be read all the same' "$(sql "SELECT ll_unpack(x'0000803f0000c03f')" "$work/other.db")" '[1,1.5]'

# Damaged: each time an error that says so, or what is left; the shell lives.
damage() { # NAME SQL TEXT
  cp "$db" "$work/bad.db"
  sqlite3 "$work/bad.db" "PRAGMA ignore_check_constraints = 1; $2"
  refused "$1" "SELECT auc(1, 2, 'test'), (SELECT count(*) FROM scores(1, 2, 'test'))" "$3" "$work/bad.db"
}
damage 'scores that are cut' "UPDATE score SET scores = substr(scores, 1, length(scores) - 4)" 'the database is damaged: trial 1, test'
damage 'scores of a way to code that there is not' "UPDATE score SET coding = 99" 'coded as 99'
damage 'as many columns as a number can say' "UPDATE score SET columns = 9223372036854775807" 'columns'
damage 'labels that are too few' "UPDATE part SET labels = x'0000803f'" 'its labels are 4 bytes'
damage 'a part of more rows than there are' "UPDATE part SET count = 2000000000, labels = NULL, rows = NULL" 'damaged'

# Python: the connection can be closed, opened again, and used from another thread.
python=
for each in $(printf '%s' "$PATH" | tr ':' ' ') /usr/bin; do
  [ -x "$each/python3" ] && "$each/python3" -c 'import sqlite3; sqlite3.connect(":memory:").enable_load_extension(True)' 2>/dev/null &&
    python=$each/python3 && break
done
if [ "$python" ]; then
  cat >"$work/user.py" <<'P'
import array, sqlite3, sys, threading
path, extension = sys.argv[1:]
def open_db():
    db = sqlite3.connect("file:" + path + "?mode=ro", uri=True, check_same_thread=False)
    db.enable_load_extension(True)
    db.load_extension(extension)
    return db
first = open_db()
value, = first.execute("SELECT auc(1, 'best', 'test')").fetchone()
pairs = first.execute("SELECT score, label FROM scores(1, 'best', 'test')").fetchall()
scores = array.array("f", first.execute("SELECT ll_scores(1, 'best', 'test')").fetchone()[0])
assert [s for s, _ in pairs] == list(scores)
targets, decoys = [s for s, y in pairs if y == 1], [s for s, y in pairs if y == 0]
won = sum((t > d) + (t == d) / 2 for t in targets for d in decoys)
assert abs(won / len(targets) / len(decoys) - value) < 1e-12
first.close()
dbs, found = [open_db() for _ in range(4)], []
def work(db): found.extend(db.execute("SELECT auc(1, 'best', 'test')").fetchone()[0] for _ in range(50))
threads = [threading.Thread(target=work, args=(db,)) for db in dbs]
for t in threads: t.start()
for t in threads: t.join()
for db in dbs: db.close()
assert found == [value] * 200
try:
    open_db().execute("SELECT auc(1, 'best', 'tset')").fetchone()
except sqlite3.OperationalError as e:
    print(e)
P
  is 'Python reads the same, in threads too, and gets the words of an error' "$("$python" "$work/user.py" "$db" "$extension" 2>&1)" \
    'auc: split cannot be "tset"; did you mean "test"?'
else
  echo '# no Python here may load extensions'
fi

is 'it shows the program that loads it nothing but its entry' "$(nm -D --defined-only "$extension" | awk '{ print $3 }')" \
  'sqlite3_losslabsqlite_init'
is 'and brings no SQLite of its own' "$(readelf -d "$extension" | grep -c sqlite)" 0
finish
