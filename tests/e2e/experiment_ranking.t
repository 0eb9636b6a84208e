#!/bin/bash
# experiments/ranking.lua in its quick form: with one positive in 201 rows, pairs within the batch are behind cross entropy and the
# adaptive rank loss at the low end, since few batches hold a positive.
. tests/e2e/tap.sh
export QUICK=1

"$losslab" run experiments/ranking.lua --db "$work/ranking.db" >"$work/out" 2>"$work/err"
is 'it runs' "$?" 0
has 'its claim is told' "$work/out" 'claim: A loss that orders pairs'
tr '\n' ' ' <"$work/out" >"$work/line"
has 'and what was measured of it' "$work/line" 'Quick form, no verdict: the AUC of adaptive_rank is above that of cross entropy ('
no_verdict ranking "$work/ranking.db"
is 'every epoch of held-out rows is kept, as ranks' "$(ask "$work/ranking.db" "SELECT split, first, last, coding FROM score GROUP BY 1, 2, 3, 4" |
  tr '\n' ' ')" 'test|1|4|2 valid|1|4|2 '
is 'the training parts have the ratio' "$(ask "$work/ranking.db" "SELECT group_concat(DISTINCT p.count) FROM part p
  JOIN cut c ON c.id = p.cut JOIN dataset d ON d.id = c.dataset WHERE p.split = 'train' AND d.name = 'spectra 1 1:200'")" 5628

# Over ten seeds of the study 0.021 to 0.045, 0.027 to 0.050 and 0.053 to 0.072.
cat >"$work/low.lua" <<'L'
local results = require("losslab.results.reading").read(ll.store.open(arg[1], { mode = "read" })):by "partial_auc(max_fpr=0.05)"
local dataset = results.datasets["spectra 1 1:200"]
local function test(loss) return results:choose(dataset, loss).test_mean end
local pairs_, entropy, adaptive = test "pair_logistic", test "cross_entropy", test "adaptive_rank"
print(pairs_ < entropy - 0.005, pairs_ < adaptive - 0.005, test "balanced_cross_entropy" < entropy - 0.005)
L
is 'where positives are rare, pairs of a batch and balanced batches are behind cross entropy, the adaptive rank loss is not' \
  "$("$losslab" "$work/low.lua" "$work/ranking.db")" 'true	true	true'
(cd "$work" && "$losslab" gallery ranking.db --out page) >"$work/out" 2>"$work/err"
is 'the figures are drawn' "$(ls "$work/page/figures/ranking" | tr '\n' ' ')" 'auc.png auc.svg low_end.png low_end.svg '
"$losslab" plot "$work/ranking.db" --out "$work" --only roc,histograms >/dev/null 2>"$work/err"
has 'a curve is drawn of ranks, and no histogram, which says why' "$work/err" 'no histograms: of the scores of held-out rows the database keeps the ranks'
is 'nothing else is missing' "$(wc -l <"$work/err"; ls "$work/roc.png")" "1
$work/roc.png"
finish
