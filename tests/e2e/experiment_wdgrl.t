#!/bin/bash
# experiments/wdgrl.lua in its quick form: the features of both domains come together, the target is told better, and the target's
# labels have no part in it.
. tests/e2e/tap.sh
export QUICK=1
further=${LOSSLAB_DATA:-}
unset LOSSLAB_DATA # what comes along suffices

"$losslab" run experiments/wdgrl.lua --db "$work/wdgrl.db" >"$work/out" 2>"$work/err"
is 'wdgrl runs' "$?" 0
is 'every run is done' "$(ask "$work/wdgrl.db" "SELECT count(*) FILTER (WHERE status <> 'done') FROM trial")" 0
tr '\n' ' ' <"$work/out" >"$work/line"
has 'the quick form gives no verdict' "$work/line" 'finding: Quick form, no verdict: WDGRL makes the classifier'

# mean DATA METHOD METRIC: on test rows, over runs.
mean() {
  ask "$work/wdgrl.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial JOIN config c ON c.id = t.config
    JOIN dataset d ON d.id = t.dataset WHERE d.name = '$1' AND c.loss = '$2' AND m.name = '$3' AND m.split = 'test'"
}
# above NAME A B BY: A is above B by more than BY
above() {
  if awk -v a="$2" -v b="$3" -v by="$4" 'BEGIN { exit !(a != "" && b != "" && a - b > by) }'; then pass "$1"
  else fail "$1" "$2 is not above $3 by $4"; fi
}
above 'turned moons are told better' "$(mean moons wdgrl accuracy)" "$(mean moons source_only accuracy)" 0.02
for data in moons digit_domains; do
  above "the features of $data come together" "$(mean $data source_only apart)" "$(mean $data wdgrl apart)" 0.04
  above "the source of $data is told still" "$(mean $data wdgrl source_accuracy)" 0.8 0
done

# The same digits with all labels of the target wrong: the networks are the same, and so is everything but the target's accuracy.
mkdir "$work/true" "$work/false"
gzip -dc experiments/data/digit_domains.csv.gz | awk -F, 'NR % 4 == 1' >"$work/true/digits.csv"
awk -F, -v OFS=, 'NR > 1 && $2 == 1 { $1 = ($1 + 1) % 10 } { print }' "$work/true/digits.csv" >"$work/false/digits.csv"
for which in true false; do
  sed "s|^local data = .*|local data = { \"$work/$which/digits.csv\" }|; s/standardise = false/standardise = false, stratify = false/
    s/steps = quick and [0-9]*/steps = quick and 60/" experiments/wdgrl.lua >"$work/$which.lua"
  "$losslab" run "$work/$which.lua" --db "$work/$which.db" >"$work/out" 2>"$work/err"
  ask "$work/$which.db" "SELECT trial, name, split, value FROM metric WHERE split = 'valid' OR name <> 'accuracy' ORDER BY 1, 2, 3" \
    >"$work/$which.txt"
  ask "$work/$which.db" "SELECT trial, value FROM metric WHERE split = 'test' AND name = 'accuracy' ORDER BY 1" >"$work/$which.target"
done
is 'there is something to compare' "$(wc -l <"$work/true.txt")" 27
is "the target's labels train nothing" "$(cmp "$work/true.txt" "$work/false.txt" 2>&1)" ''
if cmp -s "$work/true.target" "$work/false.target"; then fail 'they are what is predicted' "$(cat "$work/true.target")"
else pass 'they are what is predicted'; fi

"$losslab" plot "$work/wdgrl.db" --out "$work" --only accuracy,map,path >"$work/out" 2>"$work/err"
is 'its figures are drawn' "$(cd "$work" && ls accuracy.png map.png path.png 2>&1)" 'accuracy.png
map.png
path.png'

# Where the reviews are at hand: two of the transfers, as many rows of either product, in either direction; told as one.
if [ -n "$further" ] && LOSSLAB_DATA=$further "$losslab" <(echo 'll.data.load "amazon_reviews"') >"$work/out" 2>&1; then
  sed 's/^local quick = .*/local quick = false/; s/seeds = .*/seeds = { 1, 2 },/; s/, "electronics", "kitchen" }/ }/
    s/steps = quick .* review_steps = 1000/steps = 30, review_steps = 60/' experiments/wdgrl.lua >"$work/reviews.lua"
  LOSSLAB_DATA=$further "$losslab" run "$work/reviews.lua" --db "$work/reviews.db" >"$work/out" 2>"$work/err"
  is 'reviews run' "$?" 0
  is 'in either direction' "$(ask "$work/reviews.db" "SELECT group_concat(name || ' ' || rows || ' ' || features) FROM
    (SELECT name, rows, features FROM dataset WHERE name LIKE '% > %' ORDER BY name)")" 'books > dvd 5556 400,dvd > books 5556 400'
  tr '\n' ' ' <"$work/out" | tr -s ' ' >"$work/line"
  has 'and are told as one' "$work/line" 'the mean over 2 transfers'
  above 'a source is learnt' "$(ask "$work/reviews.db" "SELECT avg(m.value) FROM metric m JOIN trial t ON t.id = m.trial
    JOIN dataset d ON d.id = t.dataset WHERE d.name LIKE '% > %' AND m.name = 'source_accuracy'")" 0.5 0.05
fi
finish
