#!/bin/sh
# Files as many processes and a shell meet them: parallel saves and loads of one path, killed savers, pipes and /dev/stdout, full and
# read-only folders. That each writer is whole or nothing is tests/unit/file.c; here it is that all of them are that one.
export LC_ALL=C.UTF-8
. tests/e2e/tap.sh
program=$losslab
tree=$(pwd)
cd "$work" || exit 1
run() { "$program" "$@" >out 2>err </dev/null; }
refuses() { # refuses TEXT WORDS…: the program fails and says the text
  text=$1
  shift
  ! run "$@" && { grep -qF -- "$text" err || { cat err; false; }; }
}

# ---- forty processes save to one path, each a network of its own, ten times, while four load it until all are done
cat >save.lua <<'LUA'
local n = tonumber(arg[1])
local net = ll.nn.mlp { 64, 200, 1, seed = n }
for _, p in ipairs(net:parameters()) do p:fill_(n) end
local text = (n .. "\n"):rep(50000)
for _ = 1, 10 do
  net:save "net"
  net:parameters()[1]:save "m.npy"
  ll.system.write("text", text)
end
LUA
cat >load.lua <<'LUA'
-- Loads until the folder `done` is there, and once more; whoever wrote it, it is whole.
local lfs = require "lfs"
local function one_value(m)
  local n = m:get(1, 1)
  assert(n >= 0 and n <= 40 and m:sum():item() == n * m.rows * m.cols, "a torn matrix")
end
local net, loads = ll.nn.mlp { 64, 200, 1 }, 0
repeat
  local last = lfs.attributes("done", "mode")
  for _, p in ipairs(net:load "net":parameters()) do one_value(p) end
  one_value(ll.load_matrix "m.npy")
  local file <close> = assert(io.open("text", "rb"))
  local text = file:read "a"
  local n = assert(text:match "^(%d+)\n", "an empty text")
  assert(text == (n .. "\n"):rep(50000), "a torn text")
  loads = loads + 1
until last
print(loads)
LUA
parallel() {
  mkdir saved && cd saved || return 1
  "$program" ../save.lua 0 || return 1
  readers='' writers='' bad=0
  for i in 1 2 3 4; do "$program" ../load.lua & readers="$readers $!"; done
  for i in $(seq 40); do "$program" ../save.lua "$i" & writers="$writers $!"; done
  for pid in $writers; do wait "$pid" || { echo "a save failed"; bad=1; }; done
  mkdir done
  for pid in $readers; do wait "$pid" || { echo "a load failed"; bad=1; }; done
  rmdir done
  [ "$(ls -A | tr '\n' ' ')" = 'm.npy net text ' ] || { ls -A; bad=1; }
  cd .. && return $bad
}
check 'of forty processes that save to one path each leaves a whole file, and no reader sees another' parallel

# ---- savers that are killed at any moment leave the file whole, and at most a name that says what it is
cat >forever.lua <<'LUA'
local net = ll.nn.mlp { 64, 200, 1 }
for _, p in ipairs(net:parameters()) do p:fill_(7) end
net:save "net"
io.stdout:write "ready\n"
io.stdout:flush()
while true do net:save "net" end
LUA
killed() {
  rm -rf killed && mkdir killed && cd killed || return 1
  mkfifo pipe
  for signal in KILL KILL KILL KILL KILL TERM TERM TERM TERM TERM; do
    "$program" ../forever.lua >pipe &
    pid=$!
    read -r _ <pipe
    kill -s $signal $pid
    wait $pid
    "$program" -e 'for _, p in ipairs(ll.nn.load "net":parameters()) do assert(p:get(1, 1) == 7) end' || { echo "torn by $signal"; return 1; }
    left=$(ls -A | grep -vxE 'net|pipe')
    case "$signal $left" in *' ' | KILL\ .net.*.losslab-new) ;; *) echo "$signal left $left"; return 1 ;; esac
    rm -f .net.*
  done
  cd ..
}
check 'one that is killed leaves the file whole, and no litter but by kill -9' killed

# ---- what is no file
# The superuser, who could replace the system's own devices, tries it on others; where those cannot be opened, on none.
null=/dev/null full=/dev/full
if [ "$(id -u)" = 0 ]; then
  null=$work/null full=$work/full
  mknod "$null" c 1 3 && mknod "$full" c 1 7 && (: >"$null") 2>log || null= full=
fi
if [ "$null" ]; then
  check 'net:save refuses a device' refuses "$null: cannot be written: it is a device, not a file" -e "ll.nn.mlp { 2, 1 }:save '$null'"
  check 'which stays one' test -c "$null"
  check 'a network of layers as well' refuses "$null: cannot be written" -e "ll.nn.sequential { ll.nn.linear { 2, 1 } }:save '$null'"
fi
mkfifo fifo
check 'and a pipe, without waiting' refuses 'fifo: cannot be written: it is a pipe' -e 'll.nn.mlp { 2, 1 }:save "fifo"'
ln -s target link
check 'a link is followed' run -e 'll.nn.mlp { 2, 1 }:save "link"'
check 'and stays' sh -c 'test -L link && test -s target && test ! -L target'

# ---- export
cat >make.lua <<LUA
package.path = "$tree/?.lua;" .. package.path
require "tests.lua.fixture_db"("s.db", { datasets = { "a" }, losses = { hinge = {} }, folds = 5, seeds = 2, epochs = 300, rows = 20 })
LUA
check 'a database is made' run make.lua
run export s.db trials; mv out whole
check 'export has rows' test "$(wc -l <whole)" = 11
check 'export --out FILE' run export s.db trials --out file.csv
check 'is what standard output gets' cmp file.csv whole
check 'export --out /dev/stdout into a pipe' sh -c "'$program' export s.db trials --out /dev/stdout | cmp - whole"
check 'and into a file that is open, where it stands' sh -c "{ echo first; '$program' export s.db trials --out /dev/stdout; echo last; } >log2 &&
  { echo first; cat whole; echo last; } | cmp - log2"
check 'and into a pipe with a name' sh -c "cat fifo >read & '$program' export s.db trials --out fifo && wait && test -p fifo && cmp read whole"
if [ "$null" ]; then
  check 'and into a device, which stays one' run export s.db trials --out "$null"
  check 'really' test -c "$null"
  check 'a full one is said' refuses "$full: cannot be written: No space left" export s.db trials --out "$full"
fi
check 'a folder is refused' refuses 'is a folder' export s.db trials --out "$work"
ln -s s.db csv
check 'a link to a database is not written over' refuses 'csv is a database' export s.db trials --out csv
check 'which is what it was' run show s.db
# a file that grows too large: the old one stands (SQLite's own beside the database have room)
"$program" export s.db metrics >large
check 'an export of more than the room there is' test "$(wc -c <large)" -gt 60000
check 'is refused' sh -c "! (ulimit -f 80; '$program' export s.db metrics --out file.csv 2>said)"
check 'with the reason' grep -q 'file.csv: cannot be written: File too large' said
check 'and the old file stands' cmp file.csv whole
check 'and nothing is beside it' sh -c 'test -z "$(ls -A | grep losslab-new)"'

# ---- figures and the page
if command -v gnuplot >/dev/null 2>&1; then
  mkdir -p figures/elsewhere
  ln -s elsewhere/real.svg figures/curves.svg
  # Of their names the user chose none, and the folder may be a stranger's: what a link leads to is not theirs to write.
  check 'a figure follows no link' refuses 'figures/curves.svg: is a link' plot s.db --only curves --format svg --out figures
  check 'and leaves it' sh -c 'test -L figures/curves.svg && test ! -e figures/elsewhere/real.svg'
  rm figures/curves.svg && mkfifo figures/curves.svg
  check 'and is not drawn over a pipe' refuses 'figures/curves.svg: cannot be written: it is a pipe' plot s.db --only curves --format svg --out figures
  rm figures/curves.svg
  mkfifo figures/gallery.md
  check 'nor a page' refuses 'figures/gallery.md: cannot be written: it is a pipe' gallery s.db --out figures
  rm figures/gallery.md
  check 'a page' run gallery s.db --out figures
  check 'nothing is left beside them' sh -c 'test -z "$(find figures -name ".*.losslab-new" -o -name "*.part" -o -name "*.new")"'
  # settings of the user's that would change a figure
  run plot s.db --only curves --out plain
  GNUTERM=nosuch GNUPLOT_LIB=/nowhere FIT_SCRIPT=x GDFONTPATH=/nowhere "$program" plot s.db --only curves --out others >said 2>&1
  check 'gnuplot takes nothing from the environment' sh -c 'cmp plain/curves.png others/curves.png && cmp plain/curves.svg others/curves.svg'
fi

# ---- a history that is a pipe keeps nobody waiting
if command -v script >/dev/null 2>&1; then
  mkdir -p state/losslab && mkfifo state/losslab/history
  check 'the prompt does not wait for a history that is a pipe' sh -c \
    "printf '6 * 7\nos.exit(0)\n' | XDG_STATE_HOME='$work/state' TERM=dumb SHELL=/bin/sh timeout 60 script -qec '$program' /dev/null"
fi

finish
