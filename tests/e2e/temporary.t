#!/bin/sh
# Temporary files that cannot be made or written: the message names the folder and TMPDIR, and does not blame the database.
. tests/e2e/tap.sh
"$losslab" tests/e2e/endless.lua "$work" || exit 1
cd "$work" || exit 1
mkdir room "a'b c"

# A sort that does not fit into memory, where no file may grow beyond 33 KB, as on a full disk.
limited() { (trap '' XFSZ; ulimit -f "${BLOCKS:-66}"; TMPDIR=$work/room exec "$losslab" "$@"); }
limited export large.db curve 2>err | cat >out
has 'a full disk is told' err "large.db: curves: cannot write a temporary file in $work/room"
has 'with what to do' err "the environment's TMPDIR names another folder for such files"
TMPDIR=$work/room "$losslab" export large.db curve >out 2>err
is 'with room it is done' "$? $(cat err)" '0 '
is 'and leaves nothing' "$(ls room)" ''

TMPDIR=$work/none "$losslab" plot good.db --out figures >out 2>err
is 'a folder that is not there' $? 1
has 'is named' err "no temporary folder for gnuplot can be made in $work/none: "
has 'with what to do' err "the environment's TMPDIR names another place"
TMPDIR=$work/a\'b\ c "$losslab" plot good.db --out figures >out 2>err
is 'a folder of any name is used' "$? $(ls "a'b c")" '0 '
is 'and figures are drawn' "$(find figures -name '*.svg' | grep -c .)" "$(find figures -name '*.png' | grep -c .)"
BLOCKS=16 limited plot large.db --out limited >out 2>err
is 'figures that find no room' $? 1
has 'are told of with the folder' err "gnuplot draws in $work/room; the environment's TMPDIR names another folder"
is 'and leave nothing' "$(ls room)" ''
finish
