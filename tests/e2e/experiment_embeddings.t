#!/bin/bash
# experiments/embeddings.lua in its quick form: what its finding says of each loss, in its direction, wider than folds and seeds are.
. tests/e2e/tap.sh
export QUICK=1
unset LOSSLAB_DATA # what comes along suffices

"$losslab" run experiments/embeddings.lua --db "$work/embeddings.db" >"$work/out" 2>"$work/err"
is 'embeddings runs' "$?" 0
is 'every run is done' "$(ask "$work/embeddings.db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
has 'its finding is told' "$work/out" 'contrastive overfits'

# mean DATA METHOD METRIC SPLIT: at the last epoch, over runs and configurations that keep more than two dimensions; only ONLY's.
mean() {
  ask "$work/embeddings.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    JOIN dataset d ON d.id = t.dataset WHERE d.name = '$1' AND c.loss = '$2' AND m.name = '$3' AND m.split = '$4' AND
    m.epoch = (SELECT max(epoch) FROM metric WHERE trial = t.id) AND c.parameters ->> '\$.dims' > 2 AND ${5:-1}"
}
# above NAME A B BY: A is above B by more than BY
above() {
  if awk -v a="$2" -v b="$3" -v by="$4" 'BEGIN { exit !(a != "" && b != "" && a - b > by) }'; then pass "$1"
  else fail "$1" "$2 is not above $3 by $4"; fi
}
raw="c.parameters ->> '\$.scale' = 'whole'"
above 'a linear LMNN mends unscaled wine' "$(mean wine lmnn_linear accuracy test "$raw")" "$(mean wine euclid accuracy test "$raw")" 0.08
above 'and letters' "$(mean letters lmnn_linear accuracy test)" "$(mean letters euclid accuracy test)" 0
above 'contrastive overfits' "$(mean letters contrastive accuracy train)" "$(mean letters contrastive accuracy test)" 0.02
above 'batch-hard does better' "$(mean letters batch_hard accuracy test)" "$(mean letters contrastive accuracy test)" 0.01
above 'the improved triplet draws classes together' "$(mean letters triplet tightness test)" \
  "$(mean letters improved_triplet tightness test)" 0.02
for method in contrastive improved_triplet; do
  above "classes that $method did not see are told by plain Euclid" "$(mean letters euclid unseen test)" \
    "$(mean letters $method unseen test)" 0.03
done

"$losslab" plot "$work/embeddings.db" --out "$work" --only errors,linear,maps >"$work/out" 2>"$work/err"
is 'its figures are drawn' "$(cd "$work" && ls errors.png linear.png 2>&1)" 'errors.png
linear.png'
has 'but maps, without digits' "$work/err" 'no maps: the digits were not studied'
finish
