# TAP for the shell tests here, which run at the root of the tree: `. tests/e2e/tap.sh`. $work is a temporary folder.
set -u
losslab=$PWD/${LOSSLAB:-bin/losslab}
case ${LOSSLAB:-} in /*) losslab=$LOSSLAB ;; esac
export LOSSLAB_LINES="${LOSSLAB_LINES:-3600}" # as tests/run has it
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0 failed=0

pass() { count=$((count + 1)); echo "ok $count - $1"; }
fail() {
  count=$((count + 1)) failed=$((failed + 1))
  echo "not ok $count - $1"
  { printf 'failed: %s\n' "$1"; shift; printf '%s\n' "$@"; } | sed 's/^/#   /' >&2
}
# is NAME GOT WANTED
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got: $2" "expected: $3"; fi; }
# check NAME COMMAND…: the command succeeds; what it prints is shown where it does not.
check() {
  name=$1
  shift
  if "$@" >"$work/log" 2>&1; then pass "$name"; else fail "$name" "$(cat "$work/log")"; fi
}
# has NAME FILE TEXT: the file holds the text.
has() { if grep -qF -- "$3" "$2"; then pass "$1"; else fail "$1" "$(cat "$2")" "expected: $3"; fi; }
# run EXIT NAME STUDY DB [JOBS]: runs a study; stdout and stderr go to $work/out and $work/err.
run() {
  "$losslab" tests/e2e/run.lua "$3" "$4" "${5:-2}" >"$work/out" 2>"$work/err"
  code=$?
  if [ $code = "$1" ]; then pass "$2"; else fail "$2" "$(cat "$work/out" "$work/err")" "exit code $code, expected $1"; fi
}
# ask DB SQL: waits for others who write.
ask() { sqlite3 -cmd '.timeout 5000' "$1" "$2"; }
# same NAME DB DB: every table holds the same, but for times, hosts and workers.
same() {
  if "$losslab" tests/e2e/same.lua "$2" "$3" >"$work/same" 2>&1; then pass "$1"; else fail "$1" "$(cat "$work/same")"; fi
}
# no_verdict NAME DB: what a quick form found begins by saying that it is one, gives no verdict, and names no interval that it does
# not show.
no_verdict() {
  "$losslab" show "$2" --json >"$work/said.json"
  said=$("$losslab" tests/e2e/said.lua "$work/said.json" 2>&1)
  is "$1: its quick form gives no verdict" "$said" ''
}
finish() { echo "1..$count"; exit $((failed != 0)); }
