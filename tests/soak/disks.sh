# Kinds of tests/soak/soak.t: disks that are full, files that may not grow or be written.

# said KIND CODES: the run ended with one of the codes; with 1 it says why, and names the file
said() {
  case " $2 " in *" $code "*) ;; *) complain "$1: the run ended with code $code" "$(cat "$work/err")" ;; esac
  [ $code != 1 ] || grep -qF "$db" "$work/err" || complain "$1: the file is not named" "$(cat "$work/err")"
  if grep -qE '\.lua:|traceback' "$work/err"; then complain "$1: a place in our sources is named" "$(cat "$work/err")"; fi
}

# A file that cannot grow beyond a drawn size: in making it, in planning, in bringing an older one up to date, in mid-run.
full_round() {
  any
  draw $((size * 5 / 4 / 1024))
  blocks=$((drawn + 1))
  for _ in 1 2; do
    (
      trap '' XFSZ
      ulimit -f $((blocks * 2))
      run_it 2 >"$work/out" 2>"$work/err"
    )
    code=$?
    hit limits_of_a_file
    said full '0 1'
    kept full
  done
  ends full
}

# A disk that is full, where one may be mounted.
disk_round() {
  any
  mkdir -p "$work/disk"
  draw $((size * 3 / 2 / 1024))
  mount -t tmpfs -o "size=$(((drawn + 8) / 4 * 4))k" losslab-soak "$work/disk" 2>/dev/null || return 0
  db=$work/disk/soak.db
  if [ "$name" = old ] && ! cp "$usual" "$db" 2>/dev/null; then mount -o remount,size=64m "$work/disk" && cp "$usual" "$db"; fi
  hit full_disks
  run_it 2 >"$work/out" 2>"$work/err"
  code=$?
  said disk '0 1'
  timeout 60 "$losslab" show "$db" >/dev/null 2>"$work/err" # a reader, too, ends by itself
  code=$?
  said 'disk: show' '0 1'
  mount -o remount,size=64m "$work/disk"
  kept disk
  ends disk
  umount "$work/disk"
  db=$usual
}

# A disk that has no room for a moment, or on which one call fails.
room_round() {
  any
  draw 3
  if [ $drawn = 0 ]; then how=broken; else how=room; fi
  draw 2
  [ $drawn = 0 ] && most=200 || most=900
  draw $most
  at=$((drawn + 1))
  draw 30
  rm -f "$work/mark"
  LD_PRELOAD=$blow SOAK_FILE=$db SOAK_BLOW=$how SOAK_AT=$at SOAK_LONG=$drawn SOAK_MARK=$work/mark run_it 2 >"$work/out" 2>"$work/err"
  code=$?
  [ ! -e "$work/mark" ] || hit writes_that_failed
  said room '0 1'
  kept room
  ends room
}

# A file, or its folder, that may not be written; to root nothing is forbidden, so it is somebody else who tries.
sealed_round() {
  any
  mkdir -p "$work/sealed"
  chmod 755 "$work" "$work/sealed" "$work/studies"
  db=$work/sealed/soak.db
  rm -f "$db" "$db"-*
  if [ "$name" = old ]; then cp "$usual" "$db"; else
    rm -f "$work/mark"
    LD_PRELOAD=$blow SOAK_FILE=$db SOAK_BLOW=parent SOAK_AT=300 SOAK_MARK=$work/mark run_it 1 >/dev/null 2>&1
  fi
  before=$(finished)
  draw 2
  if [ $drawn = 0 ]; then chmod 444 "$db"; else chmod 555 "$work/sealed"; fi
  sum=$(sha256sum <"$db")
  if [ "$(id -u)" != 0 ] || setpriv --reuid=65534 --clear-groups test -x "$losslab" 2>/dev/null; then
    as=
    [ "$(id -u)" != 0 ] || as='setpriv --reuid=65534 --clear-groups'
    # shellcheck disable=SC2086
    XDG_STATE_HOME=/nonexistent $as "$losslab" $words "$db" --jobs 2 >"$work/out" 2>"$work/err" </dev/null
    code=$?
    hit sealed_files
    said sealed 1
    [ "$sum" = "$(sha256sum <"$db")" ] || complain 'sealed: the file was changed'
  fi
  chmod 755 "$work/sealed" && chmod 644 "$db"
  kept sealed
  ends sealed
  rm -f "$db"
  db=$usual
}
