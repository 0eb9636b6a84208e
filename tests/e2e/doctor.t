#!/bin/bash
# losslab doctor: what is well, what is missing and what to do about it; nothing of it is left in the folder.
. tests/e2e/tap.sh

case $losslab in /*) ;; *) losslab=$PWD/$losslab ;; esac
cd "$work" || exit 1
mkdir here && cd here || exit 1
state() { sed -n "s/^\([a-z]*\)  *$1  .*/\1/p" "$work/out"; }
LC_ALL=C.UTF-8 LOSSLAB_DATA='' "$losslab" doctor >"$work/out" 2>"$work/err"
is 'it looks' "$? $(cat "$work/err")" '0 '
for check in losslab libraries 'module cjson' 'module lfs' processor threads memory SQLite gnuplot 'this folder' page 'a stranger.s script' data; do
  is "$check is well" "$(state "$check")" good
done
has 'speed of products' "$work/out" 'GFLOP/s in products'
has 'commits' "$work/out" 'commits a second'
has 'terminals' "$work/out" 'svg, pngcairo'
is 'nothing is left in the folder' "$(ls -A)" ''
LC_ALL=C "$losslab" doctor >"$work/out" 2>"$work/err"
is 'without UTF-8' "$(state terminal)" poor
has 'it says what to do' "$work/out" 'LANG=C.UTF-8'
mkdir none
PATH=$work/here/none LC_ALL=C.UTF-8 "$losslab" doctor >"$work/out" 2>"$work/err"
is 'without gnuplot studies run: no failure' "$?" 0
is 'but it is said' "$(state gnuplot)" poor
has 'with the package' "$work/out" 'apt-get install gnuplot-nox'
(cd /proc && "$losslab" doctor >"$work/out" 2>"$work/err")
is 'where nothing can be written' "$(state 'this folder')" poor
LOSSLAB_DATA=/nowhere/sets "$losslab" doctor >"$work/out" 2>"$work/err"
has 'a folder of data that is not there' "$work/out" 'no such folder: /nowhere/sets'
"$losslab" doctor --json >"$work/out" 2>"$work/err"
is 'JSON for programs' "$("$losslab" -e 'local all = ll.json.decode(io.read "a") local n = 0
  for _, each in ipairs(all) do assert(each.check and each.state and each.words) n = n + 1 end print(n >= 12)' <"$work/out")" true
"$losslab" --version >"$work/out"
for word in 'losslab 0.' 'precision, kernels' 'Lua 5.4' 'SQLite 3.' 'OpenBLAS' 'zstd 1' 'zlib 1' 'glibc 2'; do has "--version: $word" "$work/out" "$word"; done
finish
