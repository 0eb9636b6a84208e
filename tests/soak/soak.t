#!/bin/sh
# Studies disturbed at random moments, over and over: runners and workers killed or terminated, disks that are full, several runners and
# readers at one file, files that are moved, removed or replaced in mid-run. Whatever happens, what was done is kept, the file is whole, and
# the same command ends in the tables of an undisturbed run. The moments are drawn; nothing depends on where they fall.
# `make soak` repeats it for TIME seconds; without TIME each kind comes ROUNDS times (1). SEED draws another walk, ONLY=kind one kind.
. tests/e2e/tap.sh

TIME=${TIME:-0} ROUNDS=${ROUNDS:-1} SEED=${SEED:-1} ONLY=${ONLY:-}
echo "# seed $SEED"
state=$((SEED * 7919 % 2147483647 + 1))
# draw N: $drawn is from 0 to N - 1
draw() {
  state=$((state * 48271 % 2147483647))
  drawn=$((state / 8 % $1))
}
case $work in /*) ;; *) work=$PWD/$work ;; esac

cat >"$work/study.lua" <<'LUA'
return ll.study {
  name = "soak", data = { { generator = "target_decoy", n = 300 }, { generator = "moons", n = 200 } }, seeds = { 1, 2 }, split = { folds = 3 },
  compare = { adaptive_rank = { margin_lr = { 0, 1e-2 } }, hinge = {}, square = {} }, networks = true,
  model = { hidden = { 8 } }, train = { epochs = 4, batch = 20, lr = .01 },
}
LUA
now() { date +%s%N; }
start=$(now)
"$losslab" run "$work/study.lua" --db "$work/whole.db" --jobs 2 >/dev/null 2>"$work/err" || fail 'an undisturbed run' "$(cat "$work/err")"
lasts=$((($(now) - start) / 1000000)) # ms
trials=$(ask "$work/whole.db" 'SELECT count(*) FROM trial')
pass "an undisturbed run of $trials trials"
size=$(wc -c <"$work/whole.db")
db=$work/soak.db

# pause: sleeps for a drawn part of the time that an undisturbed run takes
pause() {
  draw $((lasts + 50))
  sleep "$((drawn / 1000)).$(printf %03d $((drawn % 1000)))"
}
fresh() { rm -f "$db" "$db"-*; }
# begin [JOBS]: a run in the background, $runner
begin() {
  "$losslab" run "$work/study.lua" --db "$db" --jobs "${1:-2}" >"$work/out" 2>"$work/err" </dev/null &
  runner=$!
}
# over: its exit code is $code. Workers that outlive a killed runner have been told to die with it; they are waited for.
over() {
  wait "$runner" 2>/dev/null
  code=$?
}
wrong=0
complain() {
  wrong=$((wrong + 1))
  printf '#   %s\n' "$@" >&2
  cp "$db" "$work/../losslab-soak-$SEED-$wrong.db" 2>/dev/null && echo "#   the database is kept as $work/../losslab-soak-$SEED-$wrong.db" >&2
}
done_trials() { sqlite3 -cmd '.timeout 20000' "$1" "SELECT id FROM trial WHERE status = 'done' ORDER BY id" 2>/dev/null; }
# kept: what was done before is done still, and the file is whole
kept() {
  [ -s "$db" ] || return 0
  after=$(done_trials "$db")
  lost=$(echo "$before" | grep -vxF -e "$after" | tr '\n' ' ')
  [ -z "$before" ] || [ -z "$(echo "$lost" | tr -d ' ')" ] || complain "$1: trials were done and are lost: $lost"
  sound=$(sqlite3 -cmd '.timeout 20000' "$db" 'PRAGMA integrity_check' 2>&1)
  [ "$sound" = ok ] || complain "$1: the file is damaged: $sound"
  before=$after
}
# ends KIND: carried on to its end, with the content of an undisturbed run
ends() {
  begin 2
  over
  [ "$code" = 0 ] || complain "$1: carried on, it ended with code $code" "$(cat "$work/err")"
  "$losslab" tests/e2e/same.lua "$work/whole.db" "$db" >"$work/same" 2>&1 || complain "$1: $(cat "$work/same")"
  [ "$(ask "$db" "SELECT count(*) FROM trial WHERE status = 'done'")" = "$trials" ] || complain "$1: not all trials are done"
}

# ---- the kinds: each a function that counts what it did in $did --------------------------------------------------------------------

kill_round() {
  fresh
  before=
  draw 4
  for _ in $(seq $((drawn + 1))); do
    draw 4
    begin $((drawn + 1))
    pause
    draw 3
    workers=$(cat "/proc/$runner/task/$runner/children" 2>/dev/null)
    kill -0 "$runner" 2>/dev/null && did=$((did + 1))
    # the runner alone, its workers alone, or all at once; some are gone already
    case $drawn in
    0) kill -9 "$runner" ;;
    1) kill -9 $workers ;;
    *) kill -9 $workers "$runner" ;;
    esac 2>/dev/null
    over
    case $code in
    0 | 137) ;;
    # so it says of three that were killed before they had a trial
    1) grep -q 'no worker lives long enough' "$work/err" || complain 'kill: the runner failed' "$(cat "$work/err")" ;;
    *) complain "kill: the runner ended with code $code" "$(cat "$work/err")" ;;
    esac
    kept kill
  done
  ends kill
}

term_round() {
  fresh
  before=
  draw 3
  for _ in $(seq $((drawn + 1))); do
    draw 3
    begin $((drawn + 1))
    pause
    draw 2
    signal=$([ "$drawn" = 0 ] && echo TERM || echo HUP)
    kill -s "$signal" "$runner" 2>/dev/null && did=$((did + 1))
    over
    # before it catches signals it ends by them, as any program does
    case $code in 0 | 130 | 129 | 143) ;; *) complain "term: the runner ended with code $code by $signal" "$(cat "$work/err")" ;; esac
    if [ "$code" = 130 ]; then
      [ "$(ask "$db" "SELECT count(*) FROM trial WHERE status = 'running'")" = 0 ] || complain 'term: a trial is left running'
    fi
    kept term
  done
  ends term
}

# A file that cannot grow beyond a drawn size.
full_round() {
  fresh
  before=
  for _ in 1 2; do
    draw $((size * 5 / 4 / 1024))
    blocks=$((drawn + 1))
    (trap '' XFSZ; ulimit -f $((blocks * 2)); exec "$losslab" run "$work/study.lua" --db "$db" --jobs 2 >"$work/out" 2>"$work/err") &
    runner=$!
    did=$((did + 1))
    over
    case $code in
    0) ;;
    1) [ -s "$work/err" ] || complain 'full: nothing was said' ;;
    *) complain "full: the runner ended with code $code" "$(cat "$work/err")" ;;
    esac
    kept full
  done
  ends full
}

# A disk that is full, where one may be mounted.
disk_round() {
  fresh
  before=
  usual=$db
  mkdir -p "$work/disk"
  draw $((size * 3 / 2 / 1024))
  mount -t tmpfs -o "size=$(((drawn + 8) / 4 * 4))k" losslab-soak "$work/disk" 2>/dev/null || return 0
  db=$work/disk/soak.db
  did=$((did + 1))
  begin 2
  over
  case $code in
  0) ;;
  1) [ -s "$work/err" ] || complain 'disk: nothing was said' ;;
  *) complain "disk: the runner ended with code $code" "$(cat "$work/err")" ;;
  esac
  "$losslab" show "$db" >/dev/null 2>"$work/err" # a reader, too, ends by itself
  case $? in 0 | 1) ;; *) complain "disk: show ended with code $?" "$(cat "$work/err")" ;; esac
  mount -o remount,size=64m "$work/disk"
  kept disk
  ends disk
  umount "$work/disk"
  db=$usual
}

# Several runners at once, of which one runs it; readers meanwhile; and somebody who holds the file for a moment.
lock_round() {
  fresh
  before=
  runners=
  draw 3
  for i in $(seq $((drawn + 2))); do
    "$losslab" run "$work/study.lua" --db "$db" --jobs 2 >"$work/out.$i" 2>"$work/err.$i" </dev/null &
    runners="$runners $!"
    did=$((did + 1))
  done
  draw 4
  for _ in $(seq $((drawn + 1))); do
    for words in "ls $db" "show $db" "export $db trials"; do
      # shellcheck disable=SC2086
      "$losslab" $words >/dev/null 2>"$work/read"
      case $? in
      0) ;;
      1) grep -qE 'no such database|holds no study|is empty|not a database' "$work/read" || complain "lock: $words" "$(cat "$work/read")" ;;
      *) complain "lock: $words ended with a strange code" "$(cat "$work/read")" ;;
      esac
      did=$((did + 1))
    done
    [ ! -s "$db" ] || sqlite3 -cmd '.timeout 20000' "$db" 'BEGIN IMMEDIATE; SELECT count(*) FROM trial; ROLLBACK' >/dev/null 2>&1
  done
  i=0 ran=0
  for runner in $runners; do
    i=$((i + 1))
    over
    if [ "$code" = 0 ]; then ran=$((ran + 1))
    elif ! grep -qF 'another losslab (process ' "$work/err.$i" && ! grep -qF 'another losslab runs' "$work/err.$i"; then
      complain "lock: a runner ended with code $code" "$(cat "$work/err.$i")"
    fi
  done
  [ "$ran" -ge 1 ] || complain 'lock: none of the runners ran it'
  kept lock
  ends lock
}

# The file is moved away, removed, or another one comes in its place.
lost_round() {
  fresh
  before=
  rm -f "$work/away.db" "$work/away.db"-*
  begin 2
  pause
  draw 3
  how=$drawn
  if [ -e "$db" ]; then
    case $how in
    0) mv "$db" "$work/away.db" ;;
    1) rm -f "$db" ;;
    *) cp "$work/study.lua" "$work/other" && mv "$work/other" "$db" ;;
    esac
    did=$((did + 1))
  fi
  over
  # in the first moments it may only find what stands there now
  case $code in
  0) ;;
  1) grep -qF "$db" "$work/err" || complain "lost ($how): not said" "$(cat "$work/err")" ;;
  *) complain "lost ($how): the runner ended with code $code" "$(cat "$work/err")" ;;
  esac
  if [ "$how" = 2 ] && [ -e "$db" ] && ! head -c 15 "$db" | grep -q 'SQLite format 3'; then
    cmp -s "$db" "$work/study.lua" || complain 'lost: what replaced the file was written to'
  fi
  fresh
  ends lost
}

# ---- rounds ------------------------------------------------------------------------------------------------------------------------

until=$(($(date +%s) + TIME)) round=0
kinds=$(for kind in kill term full disk lock lost; do case $kind in *"$ONLY"*) echo $kind ;; esac; done)
for kind in $kinds; do eval "${kind}_rounds=0 ${kind}_did=0 ${kind}_wrong=0"; done
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
while [ $round -lt "$ROUNDS" ] || [ "$(date +%s)" -lt $until ]; do
  round=$((round + 1))
  for kind in $kinds; do
    [ $round -le "$ROUNDS" ] || [ "$(date +%s)" -lt $until ] || break
    did=0 wrong_before=$wrong
    "${kind}_round"
    eval "${kind}_rounds=\$((${kind}_rounds + 1)) ${kind}_did=\$((${kind}_did + did)) ${kind}_wrong=\$((${kind}_wrong + wrong - wrong_before))"
  done
done
for kind in $kinds; do
  eval "rounds=\$${kind}_rounds did=\$${kind}_did bad=\$${kind}_wrong"
  # shellcheck disable=SC2154
  is "$kind: $rounds rounds, $did disturbances, the same content at the end" "$bad" 0
done
finish
