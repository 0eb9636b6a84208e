# Kinds of tests/soak/soak.t: many runners and readers at one file, other machines, and files that are moved away under them.

# CROWD runners begin at once, CROWDS times, on a file that is not there, or one of an older schema: none may fail.
crowd_round() {
  each=${CROWD:-$([ -n "$GOALS" ] && echo 32 || echo 8)}
  for turn in $(seq "${CROWDS:-3}"); do
    scene "$([ $((turn % 3)) = 0 ] && echo old || echo small)"
    runners=
    for i in $(seq "$each"); do
      err=$work/err.$i
      begin 1
      runners="$runners $runner"
    done
    hit runners_that_began_at_once "$each"
    err=
    gather crowd 0
    kept crowd
    ends crowd
  done
}

# Several runners, readers meanwhile, and somebody who holds the file for a moment.
readers_round() {
  any
  runners 4 2
  draw 4
  for _ in $(seq $((drawn + 1))); do
    for verb in "ls $db" "show $db" "export $db trials" "query $db SELECT(1)"; do
      # shellcheck disable=SC2086
      "$losslab" $verb >/dev/null 2>"$work/read"
      case $? in
      0) ;;
      1) grep -qE 'no such database|holds no study|is empty|not a database' "$work/read" || complain "readers: $verb" "$(cat "$work/read")" ;;
      *) complain "readers: $verb ended with a strange code" "$(cat "$work/read")" ;;
      esac
      hit reads_meanwhile
    done
    [ ! -s "$db" ] || sqlite3 -cmd '.timeout 20000' "$db" 'BEGIN IMMEDIATE; SELECT count(*) FROM trial; ROLLBACK' >/dev/null 2>&1
  done
  gather readers 0
  kept readers
  ends readers
}

# Runners on two or three machines, as far as they can see, whose dates are years apart and jump; one may be killed, with all of
# its workers: the others can tell only by its beat.
clock_round() {
  any
  runners=
  draw 2
  for i in $(seq $((drawn + 2))); do
    draw 100000
    err=$work/err.$i
    export SOAK_CLOCK=$drawn SOAK_HOST="host$i" LD_PRELOAD="$elsewhere"
    begin 2
    unset LD_PRELOAD
    runners="$runners $runner"
  done
  err=
  hit machines_whose_clocks_jump $((i))
  draw 2
  if [ $drawn = 0 ]; then
    pause 60
    one
    kill -s KILL -- "-$runner" 2>/dev/null && hit kills_of_other_hosts
  fi
  gather clock '0 137'
  kept clock
  export SOAK_HOST=host9 LD_PRELOAD="$elsewhere"
  begin 2
  unset LD_PRELOAD
  over
  [ "$code" = 0 ] || complain "clock: carried on elsewhere, it ended with code $code" "$(cat "$work/err")"
  ends clock
}

# The file is moved away, removed, or another one comes in its place.
lost_round() {
  any
  rm -f "$work/away.db" "$work/away.db"-*
  begin 2
  pause
  draw 3
  how=$drawn
  if [ -e "$db" ]; then
    case $how in
    0) mv "$db" "$work/away.db" ;;
    1) rm -f "$db" ;;
    *) cp "$work/studies/small.lua" "$work/other" && mv "$work/other" "$db" ;;
    esac
    hit files_taken_away
  fi
  over
  # in the first moments it may only find what stands there now
  case $code in
  0) ;;
  1) grep -qF "$db" "$work/err" || complain "lost ($how): not said" "$(cat "$work/err")" ;;
  *) complain "lost ($how): the runner ended with code $code" "$(cat "$work/err")" ;;
  esac
  if [ "$how" = 2 ] && [ -e "$db" ] && ! head -c 15 "$db" | grep -q 'SQLite format 3'; then
    cmp -s "$db" "$work/studies/small.lua" || complain 'lost: what replaced the file was written to'
  fi
  fresh
  ends lost
}
