#!/bin/bash
# experiments/gan_gradients.lua in its quick form: as D learns, the gradient of log(1 - D) dies and that of -log D grows. Over
# seeds these factors lie above 27; a ninth of that is asked for.
. tests/e2e/tap.sh
export QUICK=1
db=$work/gan_gradients.db

"$losslab" run experiments/gan_gradients.lua --db "$db" >"$work/out" 2>"$work/err"
is 'gan_gradients runs' "$?" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'what holds is told' "$work/line" 'finding: Holds for the vanishing and the growth'
metric() { echo "SELECT trial, epoch, value FROM metric WHERE name = '$1' AND split = 'valid'"; }
is 'the first gradient vanishes' "$(ask "$db" "SELECT min(fall > 3) FROM (SELECT max(value) / (SELECT value FROM ($(metric saturating)) b
  WHERE b.trial = a.trial ORDER BY epoch DESC LIMIT 1) AS fall FROM ($(metric saturating)) a GROUP BY trial)")" 1
is 'the second grows' "$(ask "$db" "SELECT min(rise > 3) FROM (SELECT max(CASE WHEN epoch = 31 THEN value END)
  / max(CASE WHEN epoch = 1 THEN value END) AS rise FROM ($(metric non_saturating)) GROUP BY trial)")" 1
is 'D tells real rows it has not seen from generated ones' "$(ask "$db" "SELECT min(value) > 0.95 FROM metric
  WHERE name = 'accuracy' AND split = 'test' AND epoch = 31")" 1
is 'the identities of the best discriminator' "$(ask "$db" "SELECT max(value) < 1e-5 AND min(value) >= 0 AND count(*) > 0 FROM metric WHERE name IN ('game_off', 'gradient_off')")" 1
"$losslab" plot "$db" --out "$work" --only gradients >"$work/out" 2>"$work/err"
is 'the figure is drawn' "$(ls "$work"/*.png)" "$work/gradients.png"
finish
