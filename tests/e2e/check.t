#!/bin/sh
# losslab check: recorded figures pass; what is wrong, unknown or malformed does not, and is named.
set -u
program=${LOSSLAB:-bin/losslab} double=${LOSSLAB_DOUBLE:-bin/losslab-double}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0 failed=0
# matches FILE PATTERN
matches() { if [ -n "$2" ]; then grep -qE -- "$2" "$work/$1"; else [ ! -s "$work/$1" ]; fi; }
# expect NAME CODE OUT ERR WORDS…: runs check with the words; standard output and error must match, and be empty where OUT or ERR is.
expect() {
  name=$1 want=$2 out=$3 err=$4
  shift 4
  "$run" check "$@" >"$work/out" 2>"$work/err"
  code=$?
  count=$((count + 1))
  if [ $code = "$want" ] && matches out "$out" && matches err "$err"; then
    echo "ok $count - $name"
  else
    failed=$((failed + 1))
    echo "not ok $count - $name"
    {
      echo "#   failed: $name: exit code $code, expected $want; expected out: $out, err: $err"
      sed 's/^/#   /' "$work/out" "$work/err"
    } >&2
  fi
}
case_of() { printf '[{"loss":"%s","params":{%s},"inputs":{"scores":[0.5,-2],"labels":[1,-1]},"value":%s,"grads":{"scores":[%s]}}]\n' "$@"; }
for run in "$program" "$double"; do
  expect "figures that are met: $run" 0 '^hinge +8 .* ok$' '' tests/reference/pointwise.json tests/reference/ranking.json
  # hinge of z = 0.5, 2: value (0.5 + 0) / 2, gradient -1/2, 0
  case_of hinge '"margin":1' 0.25 '-0.5,0' >"$work/right.json"
  expect 'a case worked by hand' 0 '^hinge +1 .* ok$' '' "$work/right.json"
  case_of hinge '"margin":1' 0.25001 '-0.5,0' >"$work/value.json"
  expect 'a wrong value' 1 '^hinge .* FAIL$' 'hinge: .*value.json: case 1: value is 0.25, expected 0.25001' "$work/value.json"
  case_of hinge '"margin":1' 0.25 '0.5,0' >"$work/sign.json"
  expect 'a wrong sign of a gradient' 1 '^hinge .* FAIL$' 'gradient of scores\[1\] is -0.5, expected 0.5' "$work/sign.json"
  case_of hinge '"margin":1' 0.25 '-0.5,0.0001' >"$work/zero.json"
  expect 'a gradient that is 0 and should not be' 1 '^hinge .* FAIL$' 'scores\[2\] is -?0, expected 0.0001' "$work/zero.json"
  case_of hinge '"margin":1' 0.25 '-0.5' >"$work/short.json"
  expect 'a gradient of another length' 1 '^hinge .* FAIL$' '2 numbers, expected 1' "$work/short.json"
  case_of hinge '"margni":1' 0.25 '-0.5,0' >"$work/param.json"
  expect 'a parameter the loss does not have' 1 '^hinge .* FAIL$' 'did you mean "margin"' "$work/param.json"
  case_of hing '' 0.25 '-0.5,0' >"$work/unknown.json"
  expect 'an unknown loss' 1 '^hing .* UNKNOWN$' 'losslab: there is no loss "hing"; did you mean "hinge"\?' "$work/unknown.json"
  expect 'one bad file among good ones' 1 '^hinge +9 .* FAIL$' 'value.json: case 1' tests/reference/pointwise.json "$work/value.json"
  printf '[\n  {"loss": "hinge",\n   "params": {]}\n]\n' >"$work/broken.json"
  expect 'broken JSON has a place' 1 '' 'broken.json:3:15: ' "$work/broken.json"
  expect 'and the other files are still checked' 1 '^hinge +1 .* ok$' 'broken.json:3:15: ' "$work/broken.json" "$work/right.json"
  printf '[{"loss":"hinge","inputs":{"scores":[1],"labels":[1]},"value":0,"grads":{"scores":[0]}},{"loss":"hinge","value":1}]' >"$work/field.json"
  expect 'a case without inputs' 1 '^hinge ' 'field.json: case 2: inputs is missing' "$work/field.json"
  printf '[{"loss":"hinge","inputs":{"scores":[1]},"value":0,"grads":{"scores":[0]}}]' >"$work/input.json"
  expect 'a case without one of its inputs' 1 '^hinge .* FAIL$' 'input.json: case 1: inputs.labels is missing' "$work/input.json"
  printf '[{"loss":"hinge","inputs":{"scores":[1],"labels":[1]},"value":0}]' >"$work/grads.json"
  expect 'a case without gradients' 1 '^hinge .* FAIL$' 'grads.json: case 1: grads is missing' "$work/grads.json"
  printf '[{"loss":"hinge","inputs":{"scores":[1],"labels":[1]},"vlaue":9,"value":0,"grads":{"scores":[0]}}]' >"$work/vlaue.json"
  expect 'a field that is not read' 1 '' 'vlaue.json: case 1: has a field that is not read, "vlaue"; did you mean "value"' "$work/vlaue.json"
  printf '[{"kind":"js","p":[1],"q":[1],"value":0,"seed":7,"remark":"as in the paper"}]' >"$work/remark.json"
  expect 'other fields are remarks' 0 '^js +1 .* ok$' '' "$work/remark.json"
  printf '[{"statistic":"t_cdf","arguments":["-inf",3],"value":0}]' >"$work/statistic.json"
  expect 'statistics, inf as a word' 0 '^t_cdf +1 +0.0e\+00 +1e-12 +ok$' '' "$work/statistic.json"
  printf '[{"statistic":"t_cdf","arguments":[0,3],"value":0.500000001}]' >"$work/digits.json"
  expect 'a ninth digit of a statistic' 1 '^t_cdf .* FAIL$' 'case 1: value is 0.5, expected 0.50000000099999997' "$work/digits.json"
  printf '[{"statistic":"mean_ci","arguments":[[1,2]],"value":{"mean":1.5,"hihg":3}}]' >"$work/hihg.json"
  expect 'a field that a statistic does not give' 1 '^mean_ci .* FAIL$' 'case 1: hihg is nil, expected 3' "$work/hihg.json"
  printf '[{"statistic":"t_cfd","arguments":[0,3],"value":0.5}]' >"$work/t_cfd.json"
  expect 'an unknown statistic' 1 '^t_cfd .* UNKNOWN$' 'there is no statistic "t_cfd"; did you mean "t_cdf"' "$work/t_cfd.json"
  printf '[{"kind":"js","p":[1],"q":[1],"value":0,"grads":{"p":[5]}}]' >"$work/grads_of.json"
  expect 'gradients that would not be compared' 1 '' 'case 1: has grads, which are not compared' "$work/grads_of.json"
  printf '[{"loss":"hinge","inputs":{"scores":[1],"labels":[1]},"value":null,"grads":{"scores":[0]}}]' >"$work/null.json"
  expect 'a value that is null' 1 '' 'null.json: case 1: value is null; expected a number or table' "$work/null.json"
  printf '[{"lss":"hinge"}]' >"$work/kind.json"
  expect 'a case of nothing' 1 '' 'kind.json: case 1: has no loss' "$work/kind.json"
  printf '{}' >"$work/none.json"
  expect 'no cases' 1 '' 'none.json: an array of cases' "$work/none.json"
  expect 'a file that is not there' 1 '' 'nosuch.json: No such file' nosuch.json
  expect 'no file is wrong usage' 2 '' 'FILE.json is missing'
  expect '--json' 1 '"verdict":"UNKNOWN"}],"passed":false' 'hing' --json "$work/unknown.json"
done
# A relative error of 1e-7 is rounding in single and an error in double.
case_of hinge '"margin":1' 0.250000025 '-0.5,0' >"$work/near.json"
run=$program
expect 'single precision forgives rounding' 0 ' ok$' '' "$work/near.json"
run=$double
expect 'double precision does not' 1 ' FAIL$' 'near.json' "$work/near.json"
echo "1..$count"
exit $((failed != 0))
