# Kinds of tests/soak/soak.t: databases of which a part is missing, or some bytes are others. Whatever losslab is asked then, it
# ends soon, by itself, and either answers or names the file.

# What a damaged file is asked; words of commands that there are.
asks=
for verb in 'show DB' 'show DB --json' 'show DB 3' 'ls DB' 'export DB trials' 'export DB leaderboard' \
  'export DB scores --format npz --out OUT' 'query DB SQL' 'replay DB 5' 'compare DB DB' 'diff DB WHOLE' 'merge OUT WHOLE DB' \
  'metric DB brier' 'resume DB --trust --jobs 2'; do
  [ -e "lua/losslab/cli/command/${verb%% *}.lua" ] && asks="$asks
$verb"
done

# put WORDS: the command's words, one a line, with the names put in
put() {
  echo "$1" | sed "s|DB|$db|g; s|WHOLE|$whole|g; s|OUT|$work/made.npz|g" | tr ' ' '\n' | sed 's|^SQL$|SELECT * FROM summary|'
}

# examine KIND SURE: asks everything; SURE: SQLite cannot miss the damage, so that all must be refused. Other answers than of
# the whole file, without a word, are counted: bytes of a number are as good as others, and only a look at all of the file finds
# what stands at a wrong place in it (PRAGMA integrity_check).
examine() {
  cp "$db" "$work/damaged.db"
  sees=$(sqlite3 "$db" 'PRAGMA integrity_check' 2>&1 | head -n 1)
  rm -f "$db"-*
  [ "$sees" = ok ] || hit damages_that_integrity_check_finds
  echo "$asks" | while read -r ask; do [ -z "$ask" ] || echo "$ask"; done >"$work/asks"
  while read -r ask <&3; do
    cmp -s "$db" "$work/damaged.db" || cp "$work/damaged.db" "$db"
    rm -f "$db"-* "$work"/made*
    put "$ask" >"$work/words"
    (
      set -f
      IFS='
'
      # shellcheck disable=SC2046
      set -- $(cat "$work/words")
      exec timeout -s KILL 60 "$losslab" "$@" >"$work/out" 2>"$work/err" </dev/null
    )
    code=$?
    case "$code $ask" in '2 diff '*) code=1 ;; esac # as of diff(1): 1 is a difference, 2 is trouble
    case $code in
    0)
      [ -z "$2" ] || complain "$1: $ask: nothing was said" "$(head -c 300 "$work/out")"
      case $ask in resume* | merge* | compare* | *OUT*) ;; *)
        answer=$undamaged.$(echo "$ask" | tr -c 'a-zA-Z0-9\n' _)
        if [ -e "$answer" ] && ! cmp -s "$answer" "$work/out"; then
          if [ "$sees" = ok ]; then hit other_answers_of_a_file_that_SQLite_finds_whole
          else complain "$1: $ask: another answer, and nothing was said of $sees"; fi
        fi ;;
      esac
      ;;
    1) [ "${ask%% *}" = diff ] && grep -q differ "$work/out" || grep -qF "$db" "$work/err" || complain "$1: $ask: the file is not named" "$(cat "$work/err")" ;;
    3) case $ask in replay* | diff* | merge* | compare*) ;; *) complain "$1: $ask: code 3" "$(cat "$work/err")" ;; esac ;;
    *) complain "$1: $ask: ended with code $code" "$(tail -c 500 "$work/err")" ;;
    esac
    if grep -qE '\.lua:[0-9]|stack traceback' "$work/err"; then complain "$1: $ask: a place in our sources is named" "$(cat "$work/err")"; fi
  done 3<"$work/asks"
}

# half_done: $db is a copy of a database with some trials to be done yet
half_done() {
  scene small
  if [ ! -e "$work/half.db" ]; then
    rm -f "$work/mark"
    SOAK_FILE=$db SOAK_BLOW=parent SOAK_AT=450 SOAK_MARK=$work/mark LD_PRELOAD=$blow run_it 1 >/dev/null 2>&1
    sqlite3 "$db" 'SELECT count(*) FROM trial' >/dev/null # rolls back
    cp "$db" "$work/half.db"
  fi
  draw 2
  [ $drawn = 0 ] && undamaged=$work/half.db || undamaged=$whole
  cp "$undamaged" "$db"
  # what it answers as it is
  if [ ! -e "$undamaged.asked" ]; then
    : >"$undamaged.asked"
    for ask in 'show DB' 'show DB --json' 'show DB 3' 'ls DB' 'export DB trials' 'export DB leaderboard' 'query DB SQL'; do
      put "$ask" >"$work/words"
      (
        set -f
        IFS='
'
        # shellcheck disable=SC2046
        exec "$losslab" $(cat "$work/words") >"$undamaged.$(echo "$ask" | tr -c 'a-zA-Z0-9\n' _)" 2>/dev/null
      )
    done
  fi
  length=$(wc -c <"$db")
  page=$(od -An -tu1 -j16 -N2 "$db" | { read -r high low; echo $((high * 256 + low)); })
}

# Cut off at a page's end or, now and then, anywhere.
cut_round() {
  half_done
  draw 3
  if [ $drawn = 0 ]; then
    draw "$length"
    at=$drawn
  else
    draw $((length / page))
    at=$((drawn * page))
  fi
  truncate -s $at "$db"
  hit files_cut_off
  examine "cut at $at of $length" sure
}

# One to eight bytes changed, half the time in a page of a kind that is drawn: inner or leaf, of a table or an index, other, or
# the first.
flip_round() {
  half_done
  draw 8
  for _ in $(seq $((drawn + 1))); do
    draw $((length / page))
    number=$drawn
    draw 6
    wanted=$(set -- 2 5 10 13 - 1 && shift $drawn && echo "$1")
    # the next page of that kind, if there is one
    case $wanted in
    1) number=0 ;;
    -) ;;
    *)
      for next in $(seq 0 $((length / page - 1))); do
        next=$(((number + next) % (length / page)))
        type=$(od -An -tu1 -j$((next * page)) -N1 "$db")
        [ $((type)) != "$wanted" ] || { number=$next; break; }
      done
      ;;
    esac
    # in its head, half the time
    draw 2
    [ $drawn = 0 ] && draw 100 || draw "$page"
    at=$((number * page + drawn))
    draw 256
    # shellcheck disable=SC2059
    printf "$(printf '\\%03o' $drawn)" | dd of="$db" bs=1 seek=$at conv=notrunc 2>/dev/null
    changed="${changed:-} $at=$drawn"
  done
  hit files_with_other_bytes
  examine "bytes changed:$changed" ''
  changed=
}
