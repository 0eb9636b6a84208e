#!/bin/bash
# Every study of experiments/ says that its quick form is one, and what a quick form says gives no verdict, nor an interval where there
# is none. Of the studies that are cheap the quick forms are run here. They also keep the scores of every epoch.
. tests/e2e/tap.sh

cat >"$work/declared.lua" <<'L'
local study = require "losslab.study.study".load(arg[1])
print(study.name, study.quick == (os.getenv "QUICK" ~= nil))
L
for file in experiments/*.lua; do
  grep -q 'getenv "QUICK"' "$file" || continue
  name=$(basename "$file" .lua)
  is "$name says whether it is the quick form" "$(QUICK=1 "$losslab" "$work/declared.lua" "$file" 2>&1; "$losslab" "$work/declared.lua" "$file" 2>&1)" \
    "$name	true
$name	true"
done

# quick NAME SCRIPT [PROGRAM]: runs it, and looks at all that is said of it.
quick() {
  QUICK=1 "${3:-$losslab}" run "$2" --db "$work/$1.db" >"$work/out" 2>"$work/err"
  is "$1 runs" "$?" 0
  no_verdict "$1" "$work/$1.db"
  is "$1: scores of every epoch are kept" "$(ask "$work/$1.db" "SELECT count(*), sum((SELECT sum(last - first + 1) FROM score
    WHERE trial = t.id AND split = 'test') IS NOT (SELECT count(*) FROM epoch WHERE trial = t.id)) FROM trial t" |
    sed 's/^[1-9][0-9]*/some/')" 'some|0'
}
quick margins experiments/margins.lua
quick my_loss experiments/my_loss.lua
quick svm experiments/svm.lua "${LOSSLAB_DOUBLE:-bin/losslab-double}"
sed 's/seeds = quick and { 1, 2, 3 }/seeds = quick and { 1 }/' experiments/ranking.lua >"$work/ranking.lua"
quick ranking "$work/ranking.lua"
# One run gives no interval.
sed 's/split = { folds = [^}]*}/split = { test = 0.3 }/' "$work/ranking.lua" >"$work/once.lua"
sed 's/split = { folds = [^}]*}/split = { test = 0.3 }/' experiments/my_loss.lua >"$work/mine.lua"
quick once "$work/once.lua"
quick mine "$work/mine.lua"
finish
