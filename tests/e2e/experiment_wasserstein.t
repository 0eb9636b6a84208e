#!/bin/bash
# experiments/wasserstein.lua in its quick form: the identities of a linear program, which have no noise but rounding, and the two
# critics, whose estimates differ from each other by far more than seeds do.
. tests/e2e/tap.sh
export QUICK=1
db=$work/wasserstein.db

"$losslab" run experiments/wasserstein.lua --db "$db" >"$work/out" 2>"$work/err"
is 'wasserstein runs' "$?" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'the quick form gives no verdict' "$work/line" 'finding: Quick form, no verdict: W is the value of a linear program'
sed 's/.*finding://' "$work/line" >"$work/finding"
is 'one seed gives no interval' "$(grep -o '95 %' "$work/finding")" ''
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
"$losslab" plot "$db" --out "$work" --only distances,plan >"$work/out" 2>"$work/err"
is 'the figures are drawn' "$(cd "$work" && ls *.png)" 'distances.png
plan.png'

# The plans that the figure draws: their sums are the masses, a vertex of the program has at most n + m - 1 ways, and between heaps on
# a line W is the area between the distribution functions.
holds() { has "$1" <("$losslab" query "$db" "WITH of AS (SELECT name, number - 1 AS k, value FROM kept, ll_unpack(numbers)
  WHERE trial = (SELECT min(trial) FROM kept)) SELECT iif($2, 'so it is', 'no')" 2>&1) 'so it is'; }
holds 'each of 40 points gives its mass' "(SELECT count(*) = 40 AND max(abs(given - 0.025)) < 1e-6 FROM
  (SELECT sum(value) AS given FROM of WHERE name = 'plan' GROUP BY k / 25))"
holds 'each of 25 points gets its mass' "(SELECT count(*) = 25 AND max(abs(got - 0.04)) < 1e-6 FROM
  (SELECT sum(value) AS got FROM of WHERE name = 'plan' GROUP BY k % 25))"
holds 'by at most 64 ways' "(SELECT count(*) BETWEEN 40 AND 64 FROM of WHERE name = 'plan' AND value > 1e-9)"
holds 'heaps are as far apart as their distribution functions' "abs((SELECT sum(value * abs(k / 12 - k % 12)) FROM of
  WHERE name = 'moved') - (SELECT sum(abs(under)) FROM (SELECT sum(iif(b.k % 2, -b.value, b.value)) AS under FROM of AS a, of AS b
  WHERE a.name = 'heaps' AND b.name = 'heaps' AND a.k % 2 = 0 AND b.k / 2 <= a.k / 2 GROUP BY a.k))) < 1e-5"
finish
