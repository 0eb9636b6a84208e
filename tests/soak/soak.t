#!/bin/sh
# Studies disturbed at random moments, over and over: runners, workers and whole machines killed or stopped, disks that are
# full, files that are damaged, moved or replaced, clocks that jump, many runners and readers at one file. Whatever happens,
# what was done is kept, the file is whole, and the same command ends in the tables of an undisturbed run. The moments are
# drawn; no check depends on where they fall. Each file beside this one holds some kinds of disturbance, each a function
# KIND_round that counts what it did (`hit`).
#
# ROUNDS: how often each kind comes (1); TIME: for so many seconds, in turns; GOALS=1: until of each kind the number in `goals` is
# reached. SEED draws another walk, ONLY=kind takes the kinds whose names hold the word.
. tests/e2e/tap.sh

TIME=${TIME:-0} ROUNDS=${ROUNDS:-1} SEED=${SEED:-1} ONLY=${ONLY:-} GOALS=${GOALS:-}
kinds='kill blow machine stop term crowd readers clock full disk room sealed cut flip lost'
goals='kill:250 blow:250 machine:60 stop:60 term:50 crowd:3200 readers:300 clock:60 full:60 disk:40 room:60 sealed:40 cut:150 flip:300 lost:40'
echo "# seed $SEED"
state=$((SEED * 7919 % 2147483647 + 1))
# draw N: $drawn is from 0 to N - 1
draw() {
  state=$((state * 48271 % 2147483647))
  drawn=$((state / 8 % $1))
}
case $work in /*) ;; *) work=$PWD/$work ;; esac
export TMPDIR="$work"
for shim in elsewhere blow; do
  ${CC:-gcc} -O1 -shared -fPIC -o "$work/$shim.so" tests/soak/$shim.c -ldl || exit 1
done
elsewhere=$work/elsewhere.so blow=$work/blow.so

# ---- scenes: what is run and disturbed ----------------------------------------------------------------------------------------------
# A scene is a study, or an older database that is carried on; its outcome without disturbance is in $work/whole.SCENE.

LOSSLAB_BEAT=0.05 # who is stopped or elsewhere is given up soon
export LOSSLAB_BEAT
mkdir "$work/studies"
# Many small trials; scores and networks kept.
cat >"$work/studies/small.lua" <<'LUA'
return ll.study {
  name = "small", data = { { generator = "target_decoy", n = 300 }, { generator = "moons", n = 200 } }, seeds = { 1, 2 }, split = { folds = 3 },
  compare = { adaptive_rank = { margin_lr = { 0, 1e-2 } }, hinge = {}, square = {} }, networks = true,
  model = { hidden = { 8 } }, train = { epochs = 4, batch = 20, lr = .01 },
}
LUA
# Few trials of many epochs, each of which leaves a checkpoint (LOSSLAB_CHECKPOINT=0).
cat >"$work/studies/long.lua" <<'LUA'
return ll.study {
  name = "long", data = { { generator = "target_decoy", n = 300 } }, seeds = { 1 }, split = { folds = 2 },
  compare = { adaptive_rank = { margin_lr = { 1e-2 } }, square = {} }, model = { hidden = { 8 } },
  train = { epochs = 12, batch = 20, lr = .01, optimizer = "adam" },
}
LUA
scenes='small each long old'
now() { date +%s%N; }

# scene NAME [FILE]: from now on $db is disturbed; it is made anew by `fresh`.
scene() {
  name=$1 err=
  usual=$work/soak.db
  db=$usual
  LOSSLAB_SPAN=0.02 LOSSLAB_CHECKPOINT=30 words="run $work/studies/small.lua --db"
  case $name in
  each) LOSSLAB_SPAN=0 ;; # a transaction a trial
  long) LOSSLAB_CHECKPOINT=0 words="run $work/studies/long.lua --db" ;;
  old) words='resume --mix --trust' ;;
  esac
  export LOSSLAB_SPAN LOSSLAB_CHECKPOINT
  whole=$work/whole.$name
  if [ "$name" = old ]; then
    draw 4
    older=$((drawn + 2)) whole=$work/whole.$((drawn + 2))
  elif [ "$name" = each ]; then whole=$work/whole.small
  fi
  [ -e "$whole.lasts" ] && { read -r lasts trials size <"$whole.lasts"; fresh; return; }
  usual=$whole db=$whole
  fresh
  started=$(now)
  run_it 2 >/dev/null 2>"$work/err" || fail "$name: an undisturbed run" "$(cat "$work/err")"
  lasts=$((($(now) - started) / 1000000)) # ms
  trials=$(ask "$whole" 'SELECT count(*) FROM trial') size=$(wc -c <"$whole")
  echo "$lasts $trials $size" >"$whole.lasts"
  usual=$work/soak.db db=$usual
  fresh
}
# any: a scene that is drawn
any() {
  draw 4
  # shellcheck disable=SC2086
  scene "$(set -- $scenes && shift $drawn && echo "$1")"
}
fresh() {
  rm -f "$db" "$db"-*
  [ "$name" != old ] || gzip -dc "tests/e2e/schema$older.db.gz" >"$db"
  before=$(finished)
}
# run_it JOBS: the scene's command on $db, in place of this shell's child
run_it() {
  # shellcheck disable=SC2086
  "$losslab" $words "$db" --jobs "$1" </dev/null
}
# begin [JOBS [OPTION]]: a run in the background, $runner, in a process group of its own
begin() {
  # shellcheck disable=SC2086
  setsid "$losslab" $words "$db" --jobs "${1:-2}" ${2:-} >"$work/out" 2>"${err:-$work/err}" </dev/null &
  runner=$!
  echo "$runner" >>"$work/pids"
}
# over: its exit code is $code. Workers that outlive a killed runner have been told to die with it.
over() {
  wait "$runner" 2>/dev/null
  code=$?
}
# pause [PERCENT]: for a drawn part of the time that an undisturbed run takes
pause() {
  draw $((lasts * ${1:-100} / 100 + 50))
  sleep "$((drawn / 1000)).$(printf %03d $((drawn % 1000)))"
}
children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }

# ---- what must hold -----------------------------------------------------------------------------------------------------------------

wrong=0
complain() {
  wrong=$((wrong + 1))
  printf '#   %s\n' "$@" >&2
  echo "#   seed $SEED, kind $kind, round $round, scene $name" >&2
  kept_as=${KEEP:-/tmp}/losslab-soak-$SEED-$wrong.db
  for end in '' -journal; do cp "$db$end" "$kept_as$end" 2>/dev/null && echo "#   kept: $kept_as$end" >&2; done
}
# hit WHAT [N]: one more disturbance of a kind, told in the table at the end
hit() {
  did=$((did + ${2:-1}))
  eval "hits_$1=\$((\${hits_$1:-0} + ${2:-1}))"
  case " $hits " in *" $1 "*) ;; *) hits="$hits $1" ;; esac
}
hits= again=

look="SELECT id || ' ' || status || ' ' || (SELECT count(*) FROM epoch AS e WHERE e.trial = t.id) || ' '
  || (SELECT total(value) FROM metric AS m WHERE m.trial = t.id) AS line FROM trial AS t WHERE status IN ('done', 'diverged') ORDER BY id"
# finished: a line a finished trial, with how much there is of it. By the sqlite3 shell, or by losslab: whichever comes first
# rolls back what was under way.
finished() {
  [ -s "$db" ] || return 0
  draw 2
  if [ $drawn = 0 ]; then "$losslab" query "$db" "$look" --format csv 2>/dev/null | sed 1d
  else sqlite3 -cmd '.timeout 60000' "$db" "$look" 2>/dev/null; fi
}
# sound KIND: the file is whole, by SQLite's word
sound() {
  said=$(sqlite3 -cmd '.timeout 60000' "$db" 'PRAGMA integrity_check; PRAGMA foreign_key_check' 2>&1)
  [ "$said" = ok ] || complain "$1: the file is damaged: $said"
}
# kept KIND: what was done before is done still, and the file is whole
kept() {
  [ -s "$db" ] || return 0
  after=$(finished)
  lost=$(echo "$before" | grep -vxF -e "$after")
  [ -z "$before" ] || [ -z "$lost" ] || complain "$1: trials were done and are lost, or are others now:" "$lost"
  sound "$1"
  before=$after
}
# ends KIND: carried on to its end, with the content of an undisturbed run, and nothing left over
ends() {
  begin 2 "$again"
  over
  again=
  [ "$code" = 0 ] || complain "$1: carried on, it ended with code $code" "$(cat "$work/err")"
  kept "$1"
  "$losslab" tests/e2e/same.lua "$whole" "$db" >"$work/same" 2>&1 || complain "$1: $(cat "$work/same")"
  [ "$(ask "$db" "SELECT count(*) FROM trial WHERE status NOT IN ('done', 'diverged')")" = 0 ] || complain "$1: not all trials are done"
  [ "$(ask "$db" 'SELECT count(*) FROM runner')" = 0 ] || complain "$1: a runner is left in the table"
  [ "$(ask "$db" 'SELECT count(*) FROM checkpoint')" = 0 ] || complain "$1: a checkpoint is left"
  [ -z "$(ls "$db"-* 2>/dev/null)" ] || complain "$1: a file is left beside it: $(ls -l "$db"*)"
}

. tests/soak/kills.sh
. tests/soak/disks.sh
. tests/soak/damage.sh
. tests/soak/crowds.sh

# ---- rounds ------------------------------------------------------------------------------------------------------------------------

for name in $scenes; do scene "$name"; done
pass "undisturbed runs"
until=$(($(date +%s) + TIME)) round=0 chosen=
for kind in $kinds; do
  case $kind in *"$ONLY"*) chosen="$chosen $kind" ;; esac
  eval "rounds_$kind=0 did_$kind=0 wrong_$kind=0"
done
goal() { echo "$goals" | tr ' ' '\n' | sed -n "s/^$1://p"; }
# wants KIND: whether it comes once more
wants() {
  if [ -n "$GOALS" ]; then [ "$(eval "echo \$did_$1")" -lt "$(goal "$1")" ] && [ $round -le 2000 ]
  elif [ "$TIME" -gt 0 ]; then [ "$(date +%s)" -lt $until ] || [ $round -le 1 ]
  else [ $round -le "$ROUNDS" ]; fi
}
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
more=1
while [ -n "$more" ]; do
  more='' round=$((round + 1))
  for kind in $chosen; do
    wants "$kind" || continue
    more=1 did=0 wrong_before=$wrong err=
    # A round of one or two seconds that has not come to its end by then never would.
    : >"$work/pids"
    # shellcheck disable=SC2016
    setsid sh -c 'sleep 300; for pid in $(cat "$1/pids"); do kill -s KILL -- "-$pid" && echo hung >"$1/hung"; done' \
      x "$work" 2>/dev/null &
    watchdog=$!
    "${kind}_round"
    : >"$work/pids"
    kill -s KILL -- "-$watchdog" 2>/dev/null
    wait "$watchdog" 2>/dev/null
    [ ! -e "$work/hung" ] || complain "$kind: a run that did not end was killed"
    rm -f "$work/hung"
    eval "rounds_$kind=\$((rounds_$kind + 1)) did_$kind=\$((did_$kind + did)) wrong_$kind=\$((wrong_$kind + wrong - wrong_before))"
  done
done
for kind in $chosen; do
  eval "rounds=\$rounds_$kind did=\$did_$kind bad=\$wrong_$kind"
  # shellcheck disable=SC2154
  is "$kind: $rounds rounds, $did disturbances, the same content at the end" "$bad" 0
done
for what in $hits; do eval "printf '# %7d %s\n' \$hits_$what $what"; done | tr _ ' '
finish
