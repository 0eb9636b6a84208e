#!/bin/bash
# experiments/large_margin_softmax.lua in its quick form: m = 1 is the softmax, m = 4 widens the margin, and needs its annealing.
. tests/e2e/tap.sh
export QUICK=1

"$losslab" run experiments/large_margin_softmax.lua --db "$work/margin.db" >"$work/out" 2>"$work/err"
is 'large_margin_softmax runs' "$?" 0
is 'every run is done' "$(ask "$work/margin.db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'its finding is told' "$work/line" 'finding: Of the margin it holds'

# mean DATA LOSS M METRIC [ANNEALED]: on test rows, over runs, with 16 features; lambda to none.
mean() {
  ask "$work/margin.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    JOIN dataset d ON d.id = t.dataset WHERE d.name = '$1' AND c.loss = '$2' AND c.parameters ->> '\$.m' IS $3 AND m.name = '$4'
    AND m.split = 'test' AND c.parameters ->> '\$.features' = 16 AND c.parameters ->> '\$.annealed' IS ${5:-NULL}
    AND coalesce(c.parameters ->> '\$.floor', 0) = 0"
}
# above NAME A B BY: A is above B by more than BY
above() {
  if awk -v a="$2" -v b="$3" -v by="$4" 'BEGIN { exit !(a != "" && b != "" && a - b > by) }'; then pass "$1"
  else fail "$1" "$2 is not above $3 by $4"; fi
}
for data in wine digits; do
  for metric in 'accuracy 0.02' 'margin 0.5'; do
    set -- $metric # one loss in two ways: only rounding, grown by the steps, is between them
    one=$(mean $data l_softmax 1 $1) plain=$(mean $data softmax NULL $1)
    above "$data: m = 1 is not below the softmax by $1" "$one" "$plain" -$2
    above "$data: nor above" "$plain" "$one" -$2
  done
  for loss in l_softmax a_softmax; do
    above "$data: m = 2 widens the margin of $loss" "$(mean $data $loss 2 margin)" "$(mean $data $loss 1 margin)" 5
    above "$data: m = 4 more" "$(mean $data $loss 4 margin)" "$(mean $data $loss 2 margin)" 2
  done
done
above 'digits are told as well with m = 4 as by the softmax' "$(mean digits a_softmax 4 accuracy)" "$(mean digits softmax NULL accuracy)" -0.03
above 'without annealing it is worse' "$(mean digits l_softmax 4 accuracy)" "$(mean digits l_softmax 4 accuracy 0)" 0.05

"$losslab" plot "$work/margin.db" --out "$work" --only accuracy,margin,embedding >"$work/out" 2>"$work/err"
is 'its figures are drawn' "$(cd "$work" && ls accuracy.png margin.png embedding.png 2>&1)" 'accuracy.png
embedding.png
margin.png'
finish
