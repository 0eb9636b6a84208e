#!/bin/sh
# Each trial names what computed it. A study that was begun on something that may give other bits is carried on with --mix alone, which
# is then said wherever its answer is shown; another version or commit is said, and another processor is not.
. tests/e2e/tap.sh
cd "$work" || exit 1
cat >study.lua <<'LUA'
return ll.study {
  name = "mix", data = { { generator = "target_decoy", n = 100 } }, seeds = { 1, 2 }, split = { test = .3, valid = .2 },
  compare = { hinge = {}, square = {} },
  train = { epochs = 2, batch = 10, lr = .01, loop = function(trial)
    if os.getenv "HALF" and trial.config.loss == "square" then error "not yet" end
    require "losslab.run.network".loop(trial)
  end },
}
LUA
HALF=1 "$losslab" run study.lua --db half.db >out 2>err
is 'half of a study' "$? $(ask half.db "SELECT group_concat(status || ' ' || computer) FROM trial")" '1 done 1,failed 1,done 1,failed 1'
build=$("$losslab" -e 'print(ll.version, ll.core.revision, ll.precision, ll.core.isa, (ll.core.blas:gsub(" %(.*", "")), ll.system.libc())' |
  tr '\t' '|')
is 'what computed it' "$(ask half.db 'SELECT version, revision, precision, isa, blas, libc FROM computer')" "$build"
"$losslab" --version >version
has 'is what the program says of itself' version \
  "$(echo "$build" | sed 's/^\([^|]*\)|\([^|]*\)|.*/losslab \1 (\2), /')"
"$losslab" show half.db >shown
has 'and show' shown '2 trials by losslab'

# begun SQL: the trials that are done were computed by what the SQL says; the others are still to be done.
begun() {
  cp half.db begun.db
  ask begun.db "UPDATE trial SET status = 'pending', error = NULL, computer = NULL WHERE status = 'failed'; UPDATE computer SET $1"
}
carry() { "$losslab" "$@" >out 2>err; echo $?; }
for each in "isa = 'v9'|kernels v9" "core = 'Elsewhere'|BLAS kernels Elsewhere" "libc = 'glibc 9.9'|glibc 9.9" "machine = 'Else z80'|Else z80"; do
  begun "${each%|*}"
  before=$(sha256sum <begun.db)
  is "$each: refused" "$(carry run study.lua --db begun.db)" 1
  has 'the message names both' err "losslab: begun.db: 2 trials of it computed with ${each#*|}, where this is "
  has 'and the way out' err 'give --mix'
  is 'resume, too' "$(carry resume begun.db)" 1
  is 'nothing was changed' "$(sha256sum <begun.db)" "$before"
done
is 'with --mix it is done' "$(carry run study.lua --db begun.db --mix)" 0
has 'and said' err 'begun.db: 2 trials of it computed with Else z80, where this is '
is 'each by its own' "$(ask begun.db "SELECT count(*), computer FROM trial WHERE status = 'done' GROUP BY 2")" '2|1
2|2'
mixed='Its trials were computed by what may give other last digits: 2 trials with Else z80; 2 trials with '
has 'run says so' out "$(echo "$mixed" | cut -c 1-60)"
"$losslab" show begun.db | tr '\n' ' ' >shown
has 'show' shown "$mixed"
"$losslab" show begun.db --json >shown
has 'for programs' shown '"trials":2'
"$losslab" gallery begun.db --out page >out 2>err
has 'and the gallery' page/gallery.md 'may give other last digits'
is 'once it is done nothing is computed, and nothing refused' "$(carry run study.lua --db begun.db)" 0
is 'the content is that of one computer' "$(carry run study.lua --db whole.db; "$losslab" "$OLDPWD/tests/e2e/same.lua" whole.db begun.db)" 0
is 'which says nothing of a mixture' "$("$losslab" show whole.db | grep -c 'last digits')" 0

begun "cpu = 'Another', libc = ''"
is 'another processor and what is not known' "$(carry resume begun.db) $(grep -c 'computed' err)" '0 0'
begun "revision = 'abcdef0'"
is 'another commit' "$(carry resume begun.db)" 0
has 'is said' err 'begun.db: 2 trials of it computed by losslab'
is 'and no mixture' "$("$losslab" show begun.db | grep -c 'last digits')" 0
"$losslab" show begun.db >shown
has 'but shown' shown '(abcdef0)'
finish
