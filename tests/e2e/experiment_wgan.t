#!/bin/bash
# experiments/wgan.lua in its quick form. Over 10 seeds GAN's distance after equal rounds is at least 1.44 times the penalised
# critic's, of the mean of the last three looks; 1.15 is asked for. A layer of a clipped critic changes the gradient by 0.40 powers of
# ten or more, or by -2.46 or less, of a penalised one by -0.04 to 0; at the ends of the box are at least 20 % of the weights of the
# former, 0.02 % of the latter.
. tests/e2e/tap.sh
export QUICK=1
db=$work/wgan.db

"$losslab" run experiments/wgan.lua --db "$db" >"$work/out" 2>"$work/err"
is 'wgan runs' "$?" 0
sed -n '/^finding: /,$p' "$work/out" | tr '\n' ' ' >"$work/line"
has 'one seed gives no verdict' "$work/line" 'finding: Quick form, no verdict: '
is 'and no interval' "$(grep -c '95 %' "$work/line")" 0
# value LOSS NAME SPLIT WHEN: the mean of a metric over the epochs WHEN of the configurations LOSS
value() {
  echo "(SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    WHERE $1 AND m.name = '$2' AND m.split = '$3' AND $4)"
}
few="c.loss = 'gan' AND c.parameters ->> '\$.rounds' = 500" penalised="c.loss = 'penalised_critic'"
clipped() { echo "c.loss = 'clipped_critic' AND c.parameters ->> '\$.clip' = $1"; }
is 'GAN takes as many steps of the generator as the others, or as many of the critic' "$(ask "$db" "SELECT c.loss, c.parameters ->> '\$.rounds',
  max(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config WHERE m.name = 'critic_steps'
  GROUP BY c.id ORDER BY 1, 2")" 'gan|500|500.0
gan|2500|2500.0
wgan|500|2500.0
wgan_algorithm_1|500|2500.0
wgan_gp|500|2500.0'
is 'the penalised critic comes nearer than GAN in as many rounds' "$(ask "$db" "SELECT
  $(value "$few" w1 test 'm.epoch >= 3') > 1.15 * $(value "c.loss = 'wgan_gp'" w1 test 'm.epoch >= 3')")" 1
is 'a clipped gradient explodes' "$(ask "$db" "SELECT $(value "$(clipped 0.1)" per_layer valid 1) > 0.2")" 1
is 'or vanishes' "$(ask "$db" "SELECT $(value "$(clipped 0.001)" per_layer valid 1) < -1")" 1
is 'a penalised one does neither' "$(ask "$db" "SELECT abs($(value "$penalised" per_layer valid 1)) < 0.1")" 1
for c in 0.1 0.001; do
  is "weights go to the ends of the box of $c" "$(ask "$db" "SELECT $(value "$(clipped $c)" ends valid 1) > 10")" 1
done
is 'those of a penalised critic do not' "$(ask "$db" "SELECT $(value "$penalised" ends valid 1) < 1")" 1
cat >"$work/kept.lua" <<'L'
local results = require "losslab.results.reading"
local read = results.read(require("losslab").store.open(arg[1], { mode = "read" }))
for id in pairs(read.configs) do
  for m in read:kept(read.datasets[1], id, "weights") do
    local sum = 0
    for _, row in ipairs(m:table()) do sum = sum + row[2] end
    print("weights", m.rows, m.cols, math.abs(sum - 1) < 1e-5)
  end
  for m in read:kept(read.datasets[1], id, "contour") do print("contour", m.rows, m.cols) end
end
L
"$losslab" "$work/kept.lua" "$db" >"$work/kept"
is 'all weights are counted, and contours are kept' "$(sort "$work/kept" | uniq -c | tr -s ' \t' ' ')" ' 3 contour 1681 3
 3 weights 41 2 true'
"$losslab" plot "$db" --out "$work" --only samples,distance,critics,contours >"$work/out" 2>"$work/err"
is 'the figures are drawn' "$(cd "$work" && echo *.png)" 'contours.png critics.png distance.png samples.png'
finish
