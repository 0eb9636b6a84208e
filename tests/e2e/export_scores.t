#!/bin/sh
# losslab export DB scores as its users meet it: filters, formats by the file's name, wrong usage, and memory that does not grow with
# the database. NumPy reads the arrays where it is installed.
export LC_ALL=C.UTF-8
. tests/e2e/tap.sh
cat >"$work/study.lua" <<'END'
return ll.study { name = "s", question = "q", data = { { generator = "target_decoy", n = 6000, features = 2 } }, split = { folds = 2 },
  seeds = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 }, compare = { square = {} },
  model = { hidden = { 2 } }, train = { epochs = 30, batch = 2400 } }
END
db=$work/s.db
check 'a study of 40 trials runs' "$losslab" run "$work/study.lua" --db "$db"
cd "$work" || exit 1

lines() { "$losslab" export "$db" scores "$@" 2>err | wc -l; }
is 'all scores: rows × epochs × trials, and a heading' "$(lines --memory 16M)" $(((3000 + 600) * 30 * 40 + 1))
is 'of a trial' "$(lines --trial 7)" $((3600 * 30 + 1))
is 'of a list' "$(lines --trial 7,9-10 --epoch last)" $((3600 * 3 + 1))
is 'of a part at the best epoch' "$(lines --trial 1-40 --epoch best --split test)" $((3000 * 40 + 1))
is 'of a loss and a data set' "$(lines --loss square --data target_decoy --epoch 5 --split valid)" $((600 * 40 + 1))
is 'an object a line' "$(lines --trial 1 --epoch 1 --format jsonl)" 3600
ask "$db" "SELECT 1" >/dev/null 2>&1 && is 'packed, they take less than four fifths' \
  "$(ask "$db" "SELECT sum(length(scores)) < 0.8 * $((4 * 3600 * 30 * 40)) FROM score WHERE coding = 1")" 1

for format in csv json jsonl npy npz; do
  "$losslab" export "$db" scores --trial 1-2 --epoch 3 --out "x.$format" 2>err
  has "rows of $format are counted" err "7200 rows in x.$format"
done
is 'npy begins as NumPy has it' "$(head -c 6 x.npy | tail -c 5)" NUMPY
is 'npz is an archive' "$(head -c 2 x.npz)" PK
"$losslab" export "$db" scores --trial 1-2 --epoch 3 --format npz --out again 2>err
check 'the same bytes again' cmp again x.npz
if python3 -c 'import numpy' 2>/dev/null; then
  is 'NumPy reads both' "$(python3 -c 'import numpy as np
a, z = np.load("x.npy"), np.load("x.npz")
print((a["score"] == z["scores"]).all(), (a["row"] == z["rows"]).all(), z["loss_names"][z["loss"]][0], a["split"][0].decode())')" \
    'True True square test'
elif command -v python3 >/dev/null; then
  is 'python reads the archive' "$(python3 -c 'import zipfile; z = zipfile.ZipFile("x.npz"); print(z.testzip(), len(z.namelist()))')" 'None 14'
fi

# wrong NAME WHAT IS SAID, WORDS…: the program ends with 1 or 2.
wrong() {
  name=$1 said=$2
  shift 2
  "$losslab" export "$db" "$@" >out 2>err
  case $? in 1 | 2) has "$name" err "$said" ;; *) fail "$name" "$(cat err)" ;; esac
}
"$losslab" export "$db" scores --epoch 31 >out 2>err
has 'an epoch that there is not is no error, and said' err 'the study keeps scores = "all"'
wrong 'no such loss' 'did you mean "square"?' scores --loss sqare
wrong 'no such part' 'did you mean "test"?' scores --split tset
wrong 'no such epoch' '"best", "last" or "all"' scores --epoch soon
wrong 'no such trials' 'such as 3,7-9' scores --trial 9-3
wrong 'a filter of another table' '--trial is for scores' trials --trial 3
wrong 'arrays of another table' 'npz is for scores' trials --out x.npz
wrong 'a format that there is not' 'no table is written as .parquet' scores --out x.parquet
wrong 'arrays without a file' '--out FILE.npy' scores --format npy
finish
