#!/bin/bash
# experiments/wgan.lua in its quick form. Over seeds GAN's distance is 1.28 times the penalised critic's or more, that of weights
# clipped at 0.001 too; 1.1 is asked for, of the mean of the last three measurements. The gradients of clipped layers differ by
# powers of ten.
. tests/e2e/tap.sh
export QUICK=1
db=$work/wgan.db

"$losslab" run experiments/wgan.lua --db "$db" >"$work/out" 2>"$work/err"
is 'wgan runs' "$?" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'gradients vanish or explode by c, and not under the penalty' "$work/line" 'the penalty over clipping holds'
# last WHERE: the mean W of the last three measurements
last() {
  echo "(SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    WHERE m.name = 'w1' AND m.split = 'test' AND m.epoch >= 3 AND $1)"
}
is 'the penalised critic comes nearer than GAN' \
  "$(ask "$db" "SELECT $(last "c.loss = 'gan'") > 1.1 * $(last "c.loss = 'wgan_gp'")")" 1
is 'and than weights clipped too near to 0' \
  "$(ask "$db" "SELECT $(last "c.parameters LIKE '%0.001}'") > 1.1 * $(last "c.loss = 'wgan_gp'")")" 1
cat >"$work/kept.lua" <<'L'
local results = require "losslab.results.reading"
local read = results.read(require("losslab").store.open(arg[1], { mode = "read" }))
for id, config in ipairs(read.configs) do
  for m in read:kept(read.datasets[1], id, "weights") do
    local ends = m:get(1, 2) + m:get(m.rows, 2)
    print(config.parameters.clip or "penalty", ends > 0.15 and "ends" or ends < 0.02 and "middle" or ends)
  end
  for m in read:kept(read.datasets[1], id, "contour") do print(m.rows, m.cols) end
end
L
"$losslab" "$work/kept.lua" "$db" >"$work/kept"
is 'weights go to the ends of the box, or not; contours are kept' "$(sort "$work/kept")" '0.001	ends
0.1	ends
1681	3
1681	3
1681	3
penalty	middle'
"$losslab" plot "$db" --out "$work" --only samples,distance,critics,contours >"$work/out" 2>"$work/err"
is 'the figures are drawn' "$(cd "$work" && echo *.png)" 'contours.png critics.png distance.png samples.png'
finish
