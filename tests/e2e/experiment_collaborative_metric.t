#!/bin/bash
# experiments/collaborative_metric.lua in its quick form: what each part of CML does, in its direction, and the paper's example.
. tests/e2e/tap.sh
export QUICK=1
unset LOSSLAB_DATA # what the study makes suffices

"$losslab" run experiments/collaborative_metric.lua --db "$work/cml.db" >"$work/out" 2>"$work/err"
is 'collaborative_metric runs' "$?" 0
is 'every run is done' "$(ask "$work/cml.db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
has 'its finding gives no verdict' "$work/out" 'finding: Quick form, no verdict: distances recommend better than products, by'

# mean METHOD METRIC [WHERE]: on test, over runs and configurations.
mean() {
  ask "$work/cml.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    WHERE c.loss = '$1' AND m.name = '$2' AND m.split = 'test' AND ${3:-1}"
}
# above NAME A B BY: A is above B by more than BY
above() {
  if awk -v a="$2" -v b="$3" -v by="$4" 'BEGIN { exit !(a != "" && b != "" && a - b > by) }'; then pass "$1"
  else fail "$1" "$2 is not above $3 by $4"; fi
}
for method in cml cml_no_warp mf_bpr mf_warp; do
  above "$method recommends far better than chance" "$(mean $method recall)" 0.07 0.08 # 50 of about 700 items
done
above 'the unit ball helps' "$(mean cml recall)" "$(mean cml_no_ball recall "json_extract(c.parameters, '\$.rate') = 0.08")" 0.05
above 'so do features' "$(mean cml_features recall)" "$(mean cml recall)" 0.1
above 'and bring items of a topic together' "$(mean cml_features topics)" "$(mean cml topics)" 0.1
above 'and eq. 56 whole' "$(mean cml_full recall)" "$(mean cml recall)" 0.1
is 'distances keep the triangle inequality' "$(mean cml example_broken)" 0.0
above 'products do not' "$(mean mf_bpr example_broken)" 0 0.01
is 'products have a bias and none' "$(ask "$work/cml.db" "SELECT count(DISTINCT c.id) FROM config c WHERE c.loss LIKE 'mf_%'")" 4

"$losslab" plot "$work/cml.db" --out "$work" --only recall,example >"$work/out" 2>"$work/err"
is 'its figures are drawn' "$(cd "$work" && ls ./*.png 2>&1)" './example.png
./recall.png'
finish
