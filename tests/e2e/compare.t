#!/bin/sh
# losslab compare: what two studies differ in, and the paired difference of their results; several studies in a file; what has no pair.
. tests/e2e/tap.sh
cd "$work" || exit 1
study() { # FILE NAME SEEDS EPOCHS COMPARE
  cat >"$1.lua" <<LUA
return ll.study {
  name = "$2", question = "which?", data = { { generator = "target_decoy", n = 120 }, { generator = "target_decoy", n = 90, name = "small" } },
  split = { folds = 2 }, seeds = { $3 }, compare = { $5 }, train = { epochs = $4, batch = 20, lr = .01 }, scores = "none",
}
LUA
}
study a study '1, 2' 2 'hinge = {}, square = {}'
study b study '1, 2' 4 'hinge = {}, square = {}, logistic = {}'
study c study '2, 3' 2 'hinge = {}, square = {}'
study d other '1, 2' 4 'hinge = {}, square = {}'
for each in a b c; do "$losslab" run $each.lua --db $each.db >out 2>err || fail "run $each" "$(cat err)"; done
cp a.db several.db
"$losslab" run d.lua --db several.db >out 2>err || fail 'run d' "$(cat err)"
compare() { "$losslab" compare "$@" >out 2>err; echo $?; }

is 'two databases' "$(compare a.db b.db)" 0
has 'the setting that differs' out 'train.epochs: 2 in a.db, 4 in b.db'
has 'the loss that one lacks' out 'loss "logistic" is in b.db alone'
has 'the data' out 'the same data'
has 'the code' out 'script: sha256 '
has 'the machine' out 'the same computer'
has 'the heading' out 'difference: b.db minus a.db'
mean() { ask "$1" "SELECT avg(w.test) FROM wanted AS w JOIN config AS c ON c.id = w.config JOIN dataset AS d ON d.id = w.dataset WHERE c.loss = 'hinge' AND d.name = 'small'"; }
"$losslab" compare a.db b.db --json >json
is 'the difference is that of the means' "$("$losslab" -e '
  local built = require "losslab.json".decode(io.open "json":read "a")
  for _, row in ipairs(built.compared[1].rows) do
    if row.loss == "hinge" and row.dataset == "small" then
      print(math.abs(row.difference.difference - (tonumber(arg[2]) - tonumber(arg[1]))) < 1e-12, row.pairs, row.unpaired, row.difference.low <= row.difference.high)
    end
  end' "$(mean a.db)" "$(mean b.db)")" "$(printf 'true\t4\t0\ttrue')"
is 'the same against itself' "$(compare a.db a.db)" 0
has 'is the same' out 'the same in every run'
is 'other seeds' "$(compare a.db c.db)" 0
has 'what has no pair is counted' out '16 runs of what was chosen had no other of the same data set, fold and seed'
is 'three' "$(compare a.db b.db c.db; grep -c ' against a.db' out)" '0
2'

# ---- another metric ----
is 'another metric' "$(compare a.db b.db --metric average_precision; grep -c 'test average_precision' out)" '0
1'
is 'one that was not recorded' "$(compare a.db b.db --metric average_precisio)" 1
has 'with the nearest' err 'did you mean "average_precision"?'

# ---- several studies in a file ----
is 'two studies of one file' "$(compare several.db --study study,other)" 0
has 'are called by their names' out 'difference: other minus study'
is 'a study of each' "$(compare a.db several.db)" 0
has 'is that of the same name' out 'the same settings'
is 'by name' "$(compare several.db b.db --study nother)" 1
has 'with the nearest' err 'has no study "nother"; did you mean "other"?'
is 'one of one' "$(compare a.db)" 2
has 'is wrong usage' err 'compare takes two databases'

# ---- lost, and open ----
cp b.db lost.db
ask lost.db "UPDATE trial SET status = 'failed', error = 'e' WHERE id IN (SELECT trial FROM wanted WHERE place = 1);
  UPDATE wanted SET best_epoch = NULL, valid = NULL, test = NULL WHERE place = 1"
is 'a run that was lost' "$(compare a.db lost.db)" 0
has 'is said' out 'Runs that diverged or failed take part in no difference: 0 in a.db, 1 in lost.db.'

# ---- --study of the others, and the gallery ----
"$losslab" show several.db >out 2>err
has 'show names the other study' err 'several.db: study other, which was run last; --study shows another: study'
has 'and shows the last' out 'other: which?'
for verb in "show several.db" "ls several.db" "export several.db best" "plot several.db --out figures --format svg --only summary"; do
  # shellcheck disable=SC2086
  "$losslab" $verb --study study >out 2>err
  is "$verb --study: nothing is said" "$? $(cat err)" '0 '
  # shellcheck disable=SC2086
  is "$verb --study of no name" "$("$losslab" $verb --study studi >out 2>err; echo $?) $(grep -c 'did you mean "study"?' err)" '1 1'
done
"$losslab" show several.db --study study >out
has 'that study' out 'study: which?'
is 'and its trials' "$("$losslab" export several.db best --study study | grep -c '^study,[0-9]')" 16
mkdir one two
cp several.db one/x.db
cp a.db two/x.db
"$losslab" gallery one/x.db two/x.db --out page >out 2>err
is 'a gallery of two databases of one name, one of two studies' "$? $(grep -c '^## ' page/gallery.md)" '0 3'
is 'has a link to each section' "$(grep -o '^- \[[a-z]*\](#[a-z0-9-]*)' page/gallery.md | tr '\n' ' ')" \
  '- [study](#study) - [other](#other) - [study](#study-1) '
is 'and figures to each' "$(ls page/figures | tr '\n' ' ')" 'x x_other x_study '
is 'and calls none a quick form' "$(grep -c 'uick form' page/gallery.md)" 0
quick="UPDATE study SET plan = json_set(plan, '\$.quick', json('true'))"
ask one/x.db "$quick WHERE name = 'other'"
"$losslab" gallery one/x.db two/x.db --out page >out 2>err
is 'a quick form is named on top of the page' "$(sed -n 3p page/gallery.md)" \
  '**Quick forms are here of other: small, to be tried in seconds, and without verdicts. The studies themselves may show otherwise.**'
ask one/x.db "$quick"
ask two/x.db "$quick"
"$losslab" gallery one/x.db two/x.db --out page >out 2>err
has 'or it is said that all are' page/gallery.md '**All studies here are quick forms: small'
finish
