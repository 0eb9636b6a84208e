#!/bin/bash
# experiments/coupling.lua in its quick form: what holds of the program's f but for rounding, and directions of trained critics that
# differ by far more than seeds do.
. tests/e2e/tap.sh
export QUICK=1
db=$work/coupling.db

"$losslab" run experiments/coupling.lua --db "$db" >"$work/out" 2>"$work/err"
is 'coupling runs' "$?" 0
is 'every run is done' "$(ask "$db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'the quick form gives no verdict' "$work/line" 'finding: Quick form, no verdict: the f of the dual rises with slope 1'
# of METHOD METRIC DATASET SPLIT [WHERE]
of() {
  ask "$db" "SELECT m.value FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    JOIN dataset d ON d.id = t.dataset WHERE c.loss = '$1' AND m.name = '$2' AND d.name = '$3' AND m.split = '$4' AND ${5:-1}"
}
holds() { is "$1" "$(ask "$db" "SELECT $2")" 1; }
for data in rings clouds; do
  holds "$data: the program's f rises as fast as the way is long" "$(of program off $data train) < 1e-5"
  holds "$data: it has norm 1" "$(of program miss $data train) < 1e-4"
  holds "$data: and points along the way" "abs($(of program cosine $data train) - 1) < 1e-4"
  holds "$data: between others it does not" "$(of program other_cosine $data train) < 0.95"
  holds "$data: the mean way is W" "abs($(of program w $data test) - $(of critic w $data test "c.parameters LIKE '%:10}'")) < 1e-6"
  for lambda in 10 100; do
    where="c.parameters LIKE '%:$lambda}'"
    holds "$data: a critic of lambda = $lambda points along the way more between coupled rows" \
      "$(of critic cosine $data test "$where") > 0.04 + $(of critic other_cosine $data test "$where")"
  done
  holds "$data: with the larger lambda it has norm 1 more nearly" \
    "$(of critic miss $data test "c.parameters LIKE '%:100}'") < $(of critic miss $data test "c.parameters LIKE '%:10}'") - 0.03"
done
holds 'W of the rings is 2' "abs($(of program w rings test) - 2) < 0.1"
"$losslab" plot "$db" --out "$work" --only critics,gradient >"$work/out" 2>"$work/err"
is 'the figures are drawn' "$(cd "$work" && ls *.png)" 'critics.png
gradient.png'
finish
