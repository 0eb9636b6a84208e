#!/bin/bash
# experiments/wasserstein.lua in its quick form: the identities of a linear program, which have no noise but rounding, and the two
# critics, whose estimates differ from each other by far more than seeds do.
. tests/e2e/tap.sh
export QUICK=1
db=$work/wasserstein.db

"$losslab" run experiments/wasserstein.lua --db "$db" >"$work/out" 2>"$work/err"
is 'wasserstein runs' "$?" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'the claim holds' "$work/line" "finding: Holds, but not for clipping: the exact W is the lines' distance"
has 'but not for clipping' "$work/line" 'is not K W for a K that stays the same'
# of METHOD METRIC DATASET [WHERE]
of() {
  ask "$db" "SELECT m.value FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    JOIN dataset d ON d.id = t.dataset WHERE m.split = 'test' AND c.loss = '$1' AND m.name = '$2' AND d.name = '$3' AND ${4:-1}"
}
within() { is "$1" "$(ask "$db" "SELECT abs($2 - $3) <= $4")" 1; }
within 'exact W is the distance of the lines' "$(of exact w 'shift 4')" 4 0.02
within 'JS is ln 2, however far' "$(of exact js 'shift 4')" "$(of exact js 'shift 1')" 1e-6
is 'KL is infinite' "$(of exact kl_infinite 'shift 1')" 1.0
for name in gap marginals infeasible one_function too_steep sorting; do
  is "$name: none but rounding" "$(ask "$db" "SELECT count(*) = 6 AND max(value) < 1e-5 FROM metric WHERE name = '$name'")" 1
done
within 'the penalised critic gives W (1 + W / 2 lambda)' "$(of penalised w 'shift 4' "c.parameters LIKE '%:10}'")" 4.8 0.2
within 'and W as lambda grows' "$(of penalised w 'shift 4' "c.parameters LIKE '%:100}'")" 4.08 0.2
is 'the critic clipped at 0.01 gives a hundredth at most' "$(ask "$db" "SELECT $(of clipped w 'shift 4' "c.parameters LIKE '%0.01}'") < 0.04")" 1
"$losslab" plot "$db" --out "$work" --only distances >"$work/out" 2>"$work/err"
is 'the figure is drawn' "$(ls "$work"/*.png)" "$work/distances.png"
finish
