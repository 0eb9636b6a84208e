#!/bin/bash
# Studies with findings and figures of their own, in their quick form: what is said and drawn comes from the database alone.
. tests/e2e/tap.sh
export QUICK=1

"$losslab" run experiments/surrogates.lua --db "$work/surrogates.db" >"$work/out" 2>"$work/err"
is 'surrogates runs' "$?" 0
has 'its claim is told' "$work/out" 'claim: All surrogates'
tr '\n' ' ' <"$work/out" >"$work/line"
has 'its quick form has no verdict' "$work/line" 'finding: Quick form, no verdict: all surrogates cost 1 at z = 0'
has 'which losses cost 1 at 0' "$work/line" '(zero_one, square, hinge, logistic, exponential, squared_hinge do,'
# Logistic and cross entropy differ by a factor, which Adam all but ignores: their mean AUC, per data set, to a tenth of its noise.
is 'logistic and cross entropy train alike' "$(ask "$work/surrogates.db" "SELECT max(abs(a.test_mean - b.test_mean)) < 0.005 FROM
  leaderboard a JOIN leaderboard b USING (dataset) WHERE a.loss = 'logistic' AND b.loss = 'cross_entropy'")" 1
# By the known densities: the least risk of square is 0.450, E 4 p (1 - p) of two Gaussians 2 apart; a score of 0 has 1.
risks="FROM metric e JOIN trial t ON t.id = e.trial JOIN config c ON c.id = t.config JOIN metric r ON r.trial = e.trial AND
  r.epoch = e.epoch AND r.name = 'risk' AND r.split = 'train' WHERE e.name = 'expected_risk' AND e.epoch = 10"
is 'the expected risk is that of known densities' "$(ask "$work/surrogates.db" "SELECT min(e.value) > 0.44 AND max(e.value) < 1 $risks
  AND c.loss = 'square'")" 1
is 'that of rows trained on is less, over all losses' "$(ask "$work/surrogates.db" "SELECT count(*), avg(e.value - r.value) > 0 $risks")" '16|1'
is 'scores of every epoch are kept' "$(ask "$work/surrogates.db" "SELECT count(*) FROM trial t WHERE 20 <> (SELECT sum(last - first + 1)
  FROM score s WHERE s.trial = t.id)")" 0
(cd "$work" && "$losslab" gallery surrogates.db --out page) >"$work/out" 2>"$work/err"
is 'the gallery is built' "$?" 0
has 'with the finding' "$work/page/gallery.md" '**Finding. Quick form, no verdict: all surrogates'
is 'and the figures' "$(ls "$work/page/figures/surrogates")" 'contrastive.png
contrastive.svg
risk.png
risk.svg
surrogates.png
surrogates.svg
trained.png
trained.svg'

# The command by which the page says to run the study again, run.
again=$(sed -n 's/^Again: `\(.*\)`$/\1/p' "$work/page/gallery.md")
(cd "$work" && PATH="$(dirname "$losslab"):$PATH" sh -c "$again") >"$work/out" 2>"$work/err"
same 'by the command on the page it is had again' "$work/surrogates.db" "$work/again.db"

# The dual proves each solution: there is no noise in it, only the optimizer.
"${LOSSLAB_DOUBLE:-bin/losslab-double}" run experiments/svm.lua --db "$work/svm.db" >"$work/out" 2>"$work/err"
is 'svm runs' "$?" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'what it found is of this precision alone' "$work/line" 'hinge + L2, trained in double precision, is within 1e-3 of'
has 'beside what liblinear reached' "$work/line" 'in 2 of 2 cases'
is 'hinge + L2 reaches the optimum to 1e-3' "$(ask "$work/svm.db" "SELECT count(*), max(test) <= 1e-3 FROM best")" '10|1'
is 'no proof is better than the optimum' "$(ask "$work/svm.db" "SELECT count(*) FROM metric WHERE name = 'gap' AND value < -1e-12")" 0

# Where liblinear is installed, its objective on the same rows.
if command -v liblinear-train >/dev/null; then
  cat >"$work/rows.lua" <<'L'
local cuts = require "losslab.study.cuts"
local study = require "losslab.study.study".load "experiments/svm.lua"
local part = cuts.parts(study, cuts.datasets(study)[1], 1, 1).train
for i = 1, part.rows do
  io.write(part.y:get(i, 1) == 1 and "+1" or "-1")
  for j = 1, part.features do io.write(string.format(" %d:%.17g", j, part.x:get(i, j))) end
  io.write "\n"
end

L
  "${LOSSLAB_DOUBLE:-bin/losslab-double}" "$work/rows.lua" >"$work/rows.svm"
  for C in 0.01 1; do
    theirs=$(liblinear-train -s 3 -B 1 -e 1e-6 -c $C "$work/rows.svm" "$work/model" 2>&1 | sed -n 's/Objective value = -//p')
    is "liblinear's objective at C = $C" "$(ask "$work/svm.db" "SELECT abs(min(m.value) / $theirs - 1) < 1e-3 FROM metric m
      JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config WHERE t.fold = 1 AND m.name = 'primal' AND m.split = 'valid'
      AND json_extract(c.parameters, '\$.C') = $C")" 1
  done
fi

# A script in a database reaches nothing but numbers.
cat >"$work/bad.lua" <<'L'
return ll.study { name = "bad", data = { "sonar" }, split = { folds = 2 }, compare = { square = {} }, train = { epochs = 1, batch = 32 },
  model = { hidden = {} },
  finding = function() return tostring(io) .. tostring(ll.store) .. tostring(os.execute) .. tostring(load) .. tostring(ll.data) end,
  figures = { broken = function() return nil, "nothing to see" end } }
L
"$losslab" run "$work/bad.lua" --db "$work/bad.db" >"$work/out" 2>"$work/err"
has 'a finding has no files, processes, databases or code' "$work/out" 'finding: nilnilnilnilnil'
cat >"$work/other.lua" <<'L'
return ll.study { name = "other", data = { "sonar" }, split = { folds = 2 }, compare = { anything = {} }, metric = "m", seeds = { 1, 2 },
  trial = function(t)
    for k = 1, 3 do t:record { valid = { m = k, other = 10 + k } } end
  end,
  finding = function(results)
    local d, out = results.datasets[1], {}
    for _, row in ipairs(results:curve(d, 1, "valid", "other")) do out[#out + 1] = row[1] .. ":" .. table.concat(row[2], ",") end
    return table.concat(out, " ") .. string.format(" %g %g", #results:curve(d, 1, "valid"), ll.stats.mean_ci({ 1, 3 }).mean)
      .. string.format(" %.4f %d", ll.divergence.js({ 1, 0 }, { 0, 1 }), #results:by("other").losses)
  end }
L
"$losslab" run "$work/other.lua" --db "$work/other.db" >"$work/out" 2>"$work/err"
has 'it has statistics, divergences and the curve of any metric' "$work/out" \
  'finding: 1:11.0,11.0,11.0,11.0 2:12.0,12.0,12.0,12.0 3:13.0,13.0,13.0,13.0 3 2 0.6931 1'
sed 's/return table.concat(out, " ") \.\./return "It holds, by 3.", "Of this: " .. table.concat(out, " ") ../' "$work/other.lua" >"$work/more.lua"
"$losslab" run "$work/more.lua" --db "$work/more.db" >"$work/out" 2>"$work/err"
is 'a finding is one sentence; details follow it' "$(grep -A 2 '^finding:' "$work/out" | tr '\n' '|' | cut -c 1-46)" \
  'finding: It holds, by 3.||Of this: 1:11.0,11.0'
is 'in bold on a terminal' "$(env -u NO_COLOR TERM=xterm script -qc "'$losslab' show '$work/more.db'" /dev/null </dev/null \
  | grep -cF "$(printf '\033[1mfinding: It holds, by 3.\033[0m')")" 1
"$losslab" gallery "$work/more.db" --out "$work/more" >"$work/out" 2>"$work/err"
is 'on the page, too' "$(grep -c -e '^\*\*Finding. It holds, by 3.\*\*$' -e '^Of this: 1:11' "$work/more/gallery.md")" 2
"$losslab" plot "$work/bad.db" --out "$work" --only broken 2>"$work/err"
has 'a figure may say why it is not drawn' "$work/err" 'no broken: nothing to see'

# Nor by what it can call: methods that save, a study that runs, gnuplot, which runs programs; and it is stopped if it never ends.
cat >"$work/hostile.lua" <<L
local function said(f) local fine, why = pcall(f) return fine and "DONE" or why:match "reaches no files" or why:match "function value" or "refused" end
return ll.study { name = "hostile", data = { "sonar" }, split = { folds = 2 }, compare = { square = {} },
  train = { epochs = 1, batch = 32 }, model = { hidden = {} },
  finding = function(results)
    ll.metric.auc, results.read = nil, nil -- its own copies
    return table.concat({ said(function() ll.matrix { { 1 } }:save "$work/pwned" end), said(function() ll.nn.mlp { 1, 1 }:save "$work/pwned" end),
      said(function() ll.nn.sequential { ll.nn.linear { 1, 1 } }:save "$work/pwned" end), said(function() ll.nn.load "$work/bad.db" end),
      said(function() ll.study { name = "x", data = { "sonar" }, compare = { square = {} }, train = { batch = 9 } }:run { db = "$work/pwned" } end),
      said(function() ll.study.of_script("io.open('$work/pwned', 'w')", "x") end) }, ", ")
  end,
  figures = {
    lines = function(figure) figure:add "system('touch $work/pwned')" return true end,
    gnuplot = function(_, _, plot) return plot.gnuplot.write(plot.gnuplot.figure(), "$work", "pwned") end,
    long = function() while true do pcall(function() while true do end end) end end,
    large = function() local list while true do list = { list } end end,
    good = function(figure, _, plot)
      return plot.panels(figure, { title = "t", panels = { { title = "p", series = { { text = "s", points = { { 1, 1 }, { 2, 2 } } } } } } })
    end,
  } }
L
"$losslab" run "$work/hostile.lua" --db "$work/hostile.db" >"$work/out" 2>"$work/err"
tr '\n' ' ' <"$work/out" >"$work/line"
has 'nor by anything that it can call' "$work/line" 'finding: reaches no files, reaches no files, reaches no files, reaches no files, refused, function value'
cat >"$work/draw.lua" <<'L'
local limits = require "losslab.results.sandbox".limits
local function draw(only)
  local made = require "losslab.plot.draw".draw(arg[1], { out = arg[2], formats = { "svg" }, only = only })
  for _, each in ipairs(made.skipped) do print(each[1] .. ": " .. each[2]) end
end
limits.gigabytes = 0.2
draw { "large", "lines", "gnuplot", "good", "roc" }
limits.seconds = 1 -- for this alone: how long it takes to fill the memory depends on the machine
draw { "long" }
L
"$losslab" "$work/draw.lua" "$work/hostile.db" "$work/hostile" >"$work/out" 2>&1
has 'a figure takes no lines of gnuplot' "$work/out" "lines: its script failed: hostile:12: attempt to call a nil value (method 'add')"
has 'nor gnuplot itself' "$work/out" 'gnuplot: its script failed'
has 'one that never ends is ended' "$work/out" 'long: its script failed: it computes for more than 1 s'
has 'one that fills the memory too' "$work/out" 'large: its script failed: it takes more than 0.2 GB'
is 'what is well is drawn' "$(ls "$work/hostile/good.svg" "$work/hostile/roc.svg")" "$work/hostile/good.svg
$work/hostile/roc.svg"
is 'nothing was reached' "$(ls "$work" | grep pwned)" ''

sed -i 's/return tostring(io).*/error "oops" end,/' "$work/bad.lua"
"$losslab" run "$work/bad.lua" --db "$work/bad2.db" >"$work/out" 2>"$work/err"
is 'a finding that raises loses nothing' "$?" 0
has 'and says so' "$work/out" 'could not be said'
finish
