# Kinds of tests/soak/soak.t: processes that are killed, stopped or asked to end. Several runners at once have a process group
# each.

# runners MOST JOBS: starts up to so many, $runners
runners() {
  draw "$1"
  runners=
  for i in $(seq $((drawn + 1))); do
    draw "$2"
    err=$work/err.$i
    begin $((drawn + 1))
    runners="$runners $runner"
    [ "$i" = 1 ] || pause 10
  done
  err=
}
# one: one of them, $runner
one() {
  # shellcheck disable=SC2086
  set -- $runners
  draw $#
  shift $drawn
  runner=$1
}
# gather KIND CODES: waits for all of them; each ended with one of the codes. A runner may also say of three workers that were
# killed that they had no trial yet, or that they all had the same one, which has failed and is tried again.
gather() {
  i=0
  for runner in $runners; do
    i=$((i + 1))
    over
    case " $2 " in *" $code "*) continue ;; esac
    if [ $code = 1 ] && grep -q 'no worker lives long enough' "$work/err.$i"; then continue; fi
    if [ $code = 1 ] && grep -q 'its worker was killed by SIGKILL, 3 times' "$work/err.$i"; then again=--retry; continue; fi
    complain "$1: a runner ended with code $code" "$(cat "$work/err.$i")"
  done
}

# Runners alone, workers alone, or all at once, of 1 to 4 runners.
kill_round() {
  any
  runners 4 3
  draw 3
  for _ in $(seq $((drawn + 1))); do
    pause 70
    one
    workers=$(children "$runner")
    kill -0 "$runner" 2>/dev/null || continue
    draw 3
    case $drawn in
    0) kill -9 "$runner" 2>/dev/null && hit kills_of_runners ;;
    1)
      # shellcheck disable=SC2086
      [ -n "$workers" ] && kill -9 $workers 2>/dev/null && hit kills_of_workers
      ;;
    *)
      # shellcheck disable=SC2086
      kill -9 $workers "$runner" 2>/dev/null && hit kills_of_runners_with_their_workers
      ;;
    esac
  done
  gather kill '0 137'
  kept kill
  ends kill
}

# At a chosen change of the file: before it, in the middle of it, from start-up to the last transaction.
blow_round() {
  any
  draw 3
  how=$(set -- before torn parent && shift $drawn && echo "$1")
  draw 3
  case $drawn in 0) most=60 ;; 1) most=250 ;; *) most=900 ;; esac
  draw $most
  rm -f "$work/mark"
  export LD_PRELOAD="$blow" SOAK_FILE="$db" SOAK_BLOW="$how" SOAK_AT=$((drawn + 1)) SOAK_MARK="$work/mark"
  runners 2 2
  unset LD_PRELOAD SOAK_FILE SOAK_BLOW SOAK_AT
  gather blow '0 137'
  [ ! -e "$work/mark" ] || hit "kills_in_a_write"
  kept blow
  ends blow
}

# A machine goes: two or three runners with all their workers, at one moment; another goes on, or comes then.
machine_round() {
  any
  runners 3 2
  gone=$runners
  draw 2
  if [ $drawn = 1 ]; then
    err=$work/err.9
    begin 1
    err= survivor=$runner
  else survivor=; fi
  pause 60
  groups=
  for runner in $gone; do groups="$groups -$runner"; done
  # shellcheck disable=SC2086
  kill -s KILL -- $groups 2>/dev/null && hit kills_of_machines
  gather machine '0 137'
  if [ -n "$survivor" ]; then
    runner=$survivor
    over
    [ $code = 0 ] || complain "machine: the runner that was left ended with code $code" "$(cat "$work/err.9")"
  fi
  kept machine
  ends machine
}

# Stopped for longer than a lease, the runner alone or with its workers, and woken again, while another works.
stop_round() {
  any
  runners 3 2
  draw 2
  for _ in $(seq $((drawn + 1))); do
    pause 50
    one
    draw 2
    if [ $drawn = 0 ]; then target=$runner what=stops_of_runners; else target=-$runner what=stops_of_machines; fi
    kill -s STOP -- "$target" 2>/dev/null || continue
    hit $what
    draw 2
    # longer than 12 looks of the others, or less
    [ $drawn = 0 ] && sleep 1 || sleep 0.3
    kill -s CONT -- "$target" 2>/dev/null
  done
  gather stop '0'
  kept stop
  ends stop
}

term_round() {
  any
  runners 2 3
  pause
  one
  draw 3
  signal=$(set -- TERM HUP INT && shift $drawn && echo "$1")
  # a shell's background jobs ignore SIGINT: it ends nothing then
  kill -s "$signal" "$runner" 2>/dev/null && hit "signals_to_end"
  # before it catches signals it ends by them, as any program does
  gather term '0 130 129 143'
  [ "$(ask "$db" "SELECT count(*) FROM trial WHERE status = 'running'" 2>/dev/null)" != 1 ] || complain 'term: a trial is left running'
  kept term
  ends term
}
