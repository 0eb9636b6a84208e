#!/bin/bash
# experiments/collaborative_metric.lua in its quick form: what each part of CML does, in its direction, and the paper's example.
. tests/e2e/tap.sh
export QUICK=1
unset LOSSLAB_DATA # what the study makes suffices

"$losslab" run experiments/collaborative_metric.lua --db "$work/cml.db" >"$work/out" 2>"$work/err"
is 'collaborative_metric runs' "$?" 0
is 'every run is done' "$(ask "$work/cml.db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
has 'its finding is told' "$work/out" "CML's recall@50 differs from that of the better product by"

# mean METHOD METRIC: on test at the last epoch, over runs, data sets and configurations.
mean() {
  ask "$work/cml.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    WHERE c.loss = '$1' AND m.name = '$2' AND m.split = 'test' AND m.epoch = (SELECT max(epoch) FROM metric WHERE trial = t.id)"
}
# above NAME A B BY: A is above B by more than BY
above() {
  if awk -v a="$2" -v b="$3" -v by="$4" 'BEGIN { exit !(a != "" && b != "" && a - b > by) }'; then pass "$1"
  else fail "$1" "$2 is not above $3 by $4"; fi
}
above 'CML recommends far better than chance' "$(mean cml recall)" 0.29 0.2 # 50 of about 175 items
above 'the unit ball helps' "$(mean cml recall)" "$(mean cml_no_ball recall)" 0.01
above 'so do features' "$(mean cml_features recall)" "$(mean cml recall)" 0.02
above 'and bring items of a topic together' "$(mean cml_features topics)" "$(mean cml topics)" 0.02
above 'without weights by rank it does as well' "$(mean cml_no_warp recall)" "$(mean cml recall)" -0.03
is 'distances keep the triangle inequality' "$(mean cml example_broken)" 0.0
above 'products do not' "$(mean mf_bpr example_broken)" 0 0.005
above 'but see who is like whom in the example' "$(mean mf_bpr example_items)" "$(mean cml example_items)" -0.02
above 'in nearly every case' "$(mean mf_bpr example_items)" 0.9 0

"$losslab" plot "$work/cml.db" --out "$work" --only recall,parts,example >"$work/out" 2>"$work/err"
is 'its figures are drawn' "$(cd "$work" && ls ./*.png 2>&1)" './example.png
./parts.png
./recall.png'
finish
