#!/bin/bash
# experiments/large_margin_softmax.lua in its quick form: m = 1 is the softmax, m = 4 widens the margin and needs its annealing, what
# only lengths of weights can tell A-Softmax cannot, and a finding that gives no verdict.
. tests/e2e/tap.sh
export QUICK=1
unset LOSSLAB_DATA # what comes along suffices

"$losslab" run experiments/large_margin_softmax.lua --db "$work/margin.db" >"$work/out" 2>"$work/err"
is 'large_margin_softmax runs' "$?" 0
is 'every run is done' "$(ask "$work/margin.db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'its finding gives no verdict' "$work/line" 'finding: Quick form, no verdict: m = 1 is the softmax ('

# mean DATA LOSS M METRIC [SPLIT [ANNEALED]]: over runs with 16 features.
mean() {
  ask "$work/margin.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    JOIN dataset d ON d.id = t.dataset WHERE d.name = '$1' AND c.loss = '$2' AND c.parameters ->> '\$.m' IS $3 AND m.name = '$4'
    AND m.split = '${5:-test}' AND c.parameters ->> '\$.features' = 16 AND c.parameters ->> '\$.annealed' IS ${6:-NULL}"
}
# above NAME A B BY: A is above B by more than BY
above() {
  if awk -v a="$2" -v b="$3" -v by="$4" 'BEGIN { exit !(a != "" && b != "" && a - b > by) }'; then pass "$1"
  else fail "$1" "$2 is not above $3 by $4"; fi
}
above 'of one network m = 1 is the loss of the softmax' 1e-5 "$(mean digits l_softmax 1 off)" 0
for loss in l_softmax a_softmax; do
  above "m = 4 widens the margin of $loss" "$(mean digits $loss 4 margin)" "$(mean digits $loss 1 margin)" 5
  above "$loss with m = 4 fits its training rows" "$(mean digits $loss 4 accuracy train)" 0.98 0
  above "but not without annealing" "$(mean digits $loss 4 accuracy train)" "$(mean digits $loss 4 accuracy train 0)" 0.2
  above "$loss tells nothing by the length of features" 0.6 "$(mean rays $loss 4 accuracy)" 0
done
above 'lengths of weights tell what angles cannot' "$(mean sectors l_softmax 4 accuracy)" "$(mean sectors a_softmax 4 accuracy)" 0.03
above 'which tell .875 at best' 0.92 "$(mean sectors a_softmax 4 accuracy train)" 0
above 'classes of L-Softmax change with the lengths of its weights' "$(mean sectors l_softmax 4 by_length)" 0 0.03
is 'those of A-Softmax do not' "$(mean sectors a_softmax 4 by_length)" 0.0
is 'the gap is what training rows are told better' "$(ask "$work/margin.db" "SELECT
  min(abs(g.value - (a.value - b.value)) < 1e-6) FROM metric g JOIN metric a ON a.trial = g.trial AND a.name = 'accuracy'
  AND a.split = 'train' JOIN metric b ON b.trial = g.trial AND b.name = 'accuracy' AND b.split = 'test' WHERE g.name = 'gap'")" 1

"$losslab" plot "$work/margin.db" --out "$work" --only over_m,lengths,embedding >"$work/out" 2>"$work/err"
is 'its figures are drawn' "$(cd "$work" && ls over_m.png lengths.png embedding.png 2>&1)" 'embedding.png
lengths.png
over_m.png'
finish
