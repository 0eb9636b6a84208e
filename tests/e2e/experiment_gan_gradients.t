#!/bin/bash
# experiments/gan_gradients.lua in its quick form: as D learns, the gradient of log(1 - D) dies, that of -log D grows, and so does its
# variance. Over 10 seeds the factors are at least 36, 27 and 670; 3, 3 and 10 are asked for.
. tests/e2e/tap.sh
export QUICK=1
db=$work/gan_gradients.db

"$losslab" run experiments/gan_gradients.lua --db "$db" >"$work/out" 2>"$work/err"
is 'gan_gradients runs' "$?" 0
sed -n '/^finding: /,$p' "$work/out" | tr '\n' ' ' >"$work/line"
has 'one seed gives no verdict' "$work/line" 'finding: Quick form, no verdict: '
is 'and no interval' "$(grep -c '95 %' "$work/line")" 0
metric() { echo "SELECT trial, epoch, value FROM metric WHERE name = '$1' AND split = 'valid'"; }
# rise NAME: by what factor a metric is larger at the last epoch, 31, than at the first, the least over runs
rise() {
  echo "SELECT min(b.value / a.value) FROM ($(metric "$1")) a JOIN ($(metric "$1")) b USING (trial) WHERE a.epoch = 1 AND b.epoch = 31"
}
is 'the first gradient vanishes' "$(ask "$db" "SELECT min(fall) > 3 FROM (SELECT max(a.value) / b.value AS fall
  FROM ($(metric saturating)) a JOIN ($(metric saturating)) b USING (trial) WHERE b.epoch = 31 GROUP BY trial)")" 1
is 'the second grows' "$(ask "$db" "SELECT ($(rise non_saturating)) > 3")" 1
is 'and so does its variance' "$(ask "$db" "SELECT ($(rise non_saturating_var)) > 10")" 1
is 'which is a part of the mean square' "$(ask "$db" "SELECT min(v.value < 0.5 * n.value * n.value) FROM ($(metric non_saturating_var)) v
  JOIN ($(metric non_saturating)) n USING (trial, epoch)")" 1
is 'D tells real rows it has not seen from generated ones' "$(ask "$db" "SELECT min(value) > 0.95 FROM metric
  WHERE name = 'accuracy' AND split = 'test' AND epoch = 31")" 1
is 'the identities of the best discriminator' "$(ask "$db" "SELECT max(value) < 1e-5 AND min(value) >= 0 AND count(*) > 0 FROM metric WHERE name IN ('game_off', 'gradient_off')")" 1
"$losslab" plot "$db" --out "$work" --only gradients >"$work/out" 2>"$work/err"
is 'the figure is drawn' "$(ls "$work"/*.png)" "$work/gradients.png"
finish
