#!/bin/bash
# experiments/embeddings.lua in its quick form: directions that folds and seeds do not turn, and a finding that gives no verdict.
. tests/e2e/tap.sh
export QUICK=1
unset LOSSLAB_DATA # what comes along suffices

"$losslab" run experiments/embeddings.lua --db "$work/embeddings.db" >"$work/out" 2>"$work/err"
is 'embeddings runs' "$?" 0
is 'every run is done' "$(ask "$work/embeddings.db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'its finding gives no verdict' "$work/line" 'finding: Quick form, no verdict: contrastive overfits more than triplet ('

# mean DATA METHOD METRIC SPLIT [ONLY]: at the last epoch, over runs and configurations, or those for which ONLY holds.
mean() {
  ask "$work/embeddings.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    JOIN dataset d ON d.id = t.dataset WHERE d.name = '$1' AND c.loss = '$2' AND m.name = '$3' AND m.split = '$4' AND
    m.epoch = (SELECT max(epoch) FROM metric WHERE trial = t.id) AND ${5:-1}"
}
# above NAME A B BY: A is above B by more than BY
above() {
  if awk -v a="$2" -v b="$3" -v by="$4" 'BEGIN { exit !(a != "" && b != "" && a - b > by) }'; then pass "$1"
  else fail "$1" "$2 is not above $3 by $4"; fi
}
raw="c.parameters ->> '\$.scale' = 'whole'"
above 'a linear LMNN mends unscaled wine' "$(mean wine lmnn_linear accuracy test "$raw")" "$(mean wine euclid accuracy test "$raw")" 0.08
above 'batch-hard tells new letters better than contrastive' "$(mean letters batch_hard accuracy test)" \
  "$(mean letters contrastive accuracy test)" 0.01
above 'and fits them better' "$(mean letters batch_hard accuracy train)" "$(mean letters contrastive accuracy train)" 0.02
above 'the improved triplet draws classes together' "$(mean letters triplet tightness test)" \
  "$(mean letters improved_triplet tightness test)" 0.02
for method in contrastive improved_triplet; do
  above "classes that $method did not see are told by plain Euclid" "$(mean letters euclid unseen test)" \
    "$(mean letters $method unseen test)" 0.03
done
is 'the gap is what training rows are told better' "$(ask "$work/embeddings.db" "SELECT
  min(abs(g.value - (a.value - b.value)) < 1e-6) FROM metric g JOIN metric a ON a.trial = g.trial AND a.epoch = g.epoch
  AND a.name = 'accuracy' AND a.split = 'train' JOIN metric b ON b.trial = g.trial AND b.epoch = g.epoch AND b.name = 'accuracy'
  AND b.split = 'test' WHERE g.name = 'gap' AND g.split = 'test'")" 1

"$losslab" plot "$work/embeddings.db" --out "$work" --only errors,maps >"$work/out" 2>"$work/err"
is 'its figure is drawn' "$(cd "$work" && ls errors.png 2>&1)" 'errors.png'
has 'but maps, without digits' "$work/err" 'no maps: the digits were not studied'
finish
