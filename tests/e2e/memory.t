#!/bin/bash
# Limits on memory: whatever ulimit leaves, the program works or says in a line that it cannot; files that unpack to far more than
# may be held, that never end, or that claim more than they have, end with a message; what scripts hold counts; workers share.
# Nothing here holds more than 128 MB.
. tests/e2e/tap.sh
export LC_ALL=C.UTF-8
unset LOSSLAB_MEMORY LOSSLAB_PRECISION
build=$PWD/${LOSSLAB_BUILD:-build}
root=$PWD

# refused NAME TEXT WORDS…: the program ends with code 1 and one line that holds the text.
refused() {
  local name=$1 text=$2
  shift 2
  timeout 60 "$losslab" "$@" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  if [ $code = 1 ] && [ "$(wc -l <"$work/err")" = 1 ] && grep -qF -- "$text" "$work/err"; then pass "$name"
  else fail "$name" "exit code $code" "$(head -c 2000 "$work/err")" "expected: $text"; fi
}

# ---- ulimit -v
# scan NAME COMMAND…: at no limit is there a hang or a signal; some limits work, others give one line (two from the plain lua5.4,
# whose loader adds where it looked).
scan() {
  local name=$1 bad= works=0 refuses=0 limit code
  shift
  for limit in $(seq 4000 500 16000) 20000 40000 $(seq 50000 25000 170000) $(seq 175000 1000 182000) $(seq 190000 2000 216000) \
    230000 260000 400000; do
    timeout 20 bash -c "ulimit -c 0; ulimit -v $limit; exec \"\$@\"" x "$@" >"$work/out" 2>"$work/err"
    code=$?
    case $code in
    0) works=$((works + 1)) ;;
    1 | 127)
      refuses=$((refuses + 1))
      grep -qE 'out of memory|not enough memory|shared librar|failed to map|error loading|cannot allocate' "$work/err" ||
        bad="$bad $limit:$(cat "$work/err")"
      ;;
    *) bad="$bad $limit:$code" ;;
    esac
  done
  if [ -z "$bad" ] && [ $works -gt 2 ] && [ $refuses -gt 10 ]; then pass "$name"
  else fail "$name" "worked $works times, refused $refuses times; wrong:$bad"; fi
}
product='local a = ll.ones(300, 300) local b = ll.matmul(a, a) assert(b:get(1, 1) == 300)'
scan 'a product at any ulimit -v' "$losslab" -e "$product"
scan 'a command at any ulimit -v' "$losslab" losses
scan 'what needs LAPACK at any ulimit -v' "$losslab" -e 'assert(ll.eigenvalues(ll.eye(2)):get(2, 1) == 1)'
export LUA_PATH="$root/lua/?.lua;$root/lua/?/init.lua;;" LUA_CPATH="$build/lua/?.so;;"
scan 'the module in a plain lua5.4 at any ulimit -v' lua5.4 -e "local ll = require 'losslab' $product"
unset LUA_PATH LUA_CPATH
# OpenBLAS's buffer is taken by what needs LAPACK, and by nothing else.
no_room="out of memory: OpenBLAS needs a buffer of 128 MB, for which the limit on this process's memory leaves no room (ulimit -v)"
for limit in 60000 100000 150000; do
  timeout 20 bash -c "ulimit -v $limit; exec \"$losslab\" -e 'll.eigenvalues(ll.eye(2))'" >"$work/out" 2>"$work/err"
  is "ulimit -v $limit, LAPACK: exit code" $? 1
  is "and one line" "$(cat "$work/err")" "losslab: (command line):1: $no_room"
  timeout 20 bash -c "ulimit -v $limit; exec \"$losslab\" -e '$product'" >"$work/out" 2>"$work/err"
  is "ulimit -v $limit: a product needs no OpenBLAS" "$? $(cat "$work/err")" "0 "
done

# ---- the option and the variable
is '--memory' "$("$losslab" --memory 1.5G -e 'print(ll.core.memory_limit())')" 1610612736
is '--memory=' "$("$losslab" --memory=64M -e 'print(ll.core.memory_limit())')" 67108864
is 'LOSSLAB_MEMORY' "$(LOSSLAB_MEMORY=64M "$losslab" -e 'print(ll.core.memory_limit())')" 67108864
is 'the option goes before' "$(LOSSLAB_MEMORY=64M "$losslab" --memory 80M -e 'print(ll.core.memory_limit())')" 83886080
is 'in double, too' "$("$losslab" --double --memory 64M -e 'print(ll.precision, ll.core.memory_limit())')" 'double	67108864'
LOSSLAB_MEMORY=5 "$losslab" --version >"$work/out" 2>"$work/err"; is 'a variable that is no size' $? 1
has 'and why' "$work/err" 'losslab: LOSSLAB_MEMORY is "5": expected 16M or more'
"$losslab" --memory 5 -e '' 2>"$work/err"; is 'a size that is none is wrong usage' $? 2
has 'and why' "$work/err" '--memory takes a size of 16M or more, as 500M or 8G, not "5"'
"$losslab" ls --memory 5X . 2>"$work/err"; is 'behind a command, too' $? 2
has 'and why' "$work/err" '--memory takes a size of 16M or more, as 500M or 8G, not "5X"'
"$losslab" --memory 2>"$work/err"; is '--memory without a size' $? 2
"$losslab" --memry 64M 2>"$work/err"; has 'a slip of it' "$work/err" 'did you mean "--memory"?'

# ---- scripts
most='67108864 are the most (--memory SIZE, LOSSLAB_MEMORY or ll.core.memory_limit sets that)'
refused 'matrices' "$most" --memory 64M -e 'local keep = {} for i = 1, 1e6 do keep[i] = ll.zeros(1000, 1000) end'
refused 'tables' "$most" --memory 64M -e 'local t = {} for i = 1, 1e9 do t[i] = {} end'
refused 'a string' "$most" --memory 64M -e 'io.open("/dev/zero"):read("a")'
refused 'both together' "$most" --memory 64M \
  -e 'local s = ("x"):rep(4e7) local t = {} for i = 1, 10 do t[i] = ll.zeros(1000, 1000) end'
refused 'sides beyond all bounds' '1099511627776x0 is too large: at most 2147483647 rows' -e 'll.zeros(1 << 40, 0)'
refused 'a side that costs as much as numbers would' "$most" --memory 64M -e 'll.zeros((1 << 31) - 1, 0)'
timeout 60 "$losslab" --memory 200M -e 'local keep = {}
for i = 1, 40 do keep[i] = ll.zeros(1000, 1000) end
for i = 1, 200 do local a = ll.zeros(1000, 1000) end
keep = nil
for i = 1, 300 do local a = ll.zeros(100, 1000) local b = a + a end
for i = 1, 100 do local a = ll.zeros(1000, 9000) end' 2>"$work/err"
is 'garbage is collected before anything is refused' $? 0
timeout 60 "$losslab" --memory 64M -e 'for i = 1, 500 do local a = ll.zeros(1000, 1000) local b = a + a end' 2>"$work/err"
is 'what is no longer used does not count' $? 0
refused 'what is refused can be caught' 'fine' --memory 64M \
  -e 'assert(not pcall(ll.zeros, 10000, 10000)) assert(not pcall(string.rep, "x", 1e9)) ll.zeros(1000, 1000) error("fine", 0)'

# ---- files
cd "$work" || exit 1
head -c 300M /dev/zero | tr '\0' 1 | gzip -1 >line.csv.gz
{ echo a,b,label; yes 1,2,1 | head -c 200M; } | gzip -1 >rows.csv.gz
{ yes '1 1:1' | head -c 200M; } | gzip -1 >rows.svm.gz
cp line.csv.gz line.svm.gz; cp line.csv.gz line.tsv.gz; cp line.csv.gz line.pin.gz
# zstd, whose blocks may say "so many times this byte": 1 GB in 32 kB
"$losslab" -e 'local function block(last) return string.pack("<I3B", 131072 << 3 | 1 << 1 | last, 49) end
io.write("\x28\xb5\x2f\xfd\x00\x58", block(0):rep(8191), block(1))' >line.csv.zst
for name in line.csv.gz line.svm.gz line.tsv.gz line.pin.gz line.csv.zst rows.csv.gz; do
  refused "$name" "$name: after " --memory 64M -e "ll.data.load '$name'"
  has "$name: how to raise the limit" err "$most"
done
refused 'rows.svm.gz' 'rows.svm.gz: ' --memory 64M -e 'll.data.load "rows.svm.gz"'
refused 'pairs' 'line.csv.gz: after ' --memory 64M -e 'll.data.pairs "line.csv.gz"'
refused 'by the command' 'line.csv.gz: after ' data line.csv.gz --memory 64M
cp line.csv.gz line.npy.gz
refused 'no matrix' 'line.npy.gz: byte 0: not a matrix' --memory 64M -e 'll.data.load "line.npy.gz"'

for name in zero.csv zero.svm zero.tsv zero.pin zero.npy zero-ubyte; do truncate -s 100G "$name"; done # of holes
for name in zero.csv zero.svm zero.tsv zero.pin; do
  refused "$name" "$name: line 1: not text: zero bytes" -e "ll.data.load '$name'"
done
for name in zero.npy zero-ubyte; do refused "$name" "$name: " -e "ll.data.load '$name'"; done
refused 'pairs of zeros' 'zero.csv: line 1: not text' -e 'll.data.pairs "zero.csv"'
refused 'a matrix of zeros' '/dev/zero: byte 0: not a matrix' -e 'll.load_matrix "/dev/zero"'
refused 'a file of zeros, read whole' "$most" check /dev/zero --memory 64M
has 'and its name' err 'losslab: /dev/zero: out of memory: '
refused 'a script of zeros' '/dev/zero:1: unexpected symbol' --memory 64M /dev/zero
for name in pipe.csv pipe.svm; do
  mkfifo $name
  yes 1 2>/dev/null | tr -d '\n' >$name 2>/dev/null &
  refused "an endless $name" "$name: after " --memory 64M -e "ll.data.load '$name'"
  wait
done
"$losslab" -e 'for name, shape in pairs { empty = "(1099511627776, 0)", tall = "(2147483647, 0)", many = "(1000000000, 2)" } do
  local head = ("{%s: %s, %s: False, %s: %s, }"):format("\39descr\39", "\39<f4\39", "\39fortran_order\39", "\39shape\39", shape)
  local file = io.open(name .. ".npy", "wb")
  file:write("\x93NUMPY\1\0", string.pack("<s2", head .. (" "):rep(117 - #head) .. "\n"))
  file:close()
end'
for n in empty tall many; do gzip -k $n.npy; done
refused 'sides of a file' 'empty.npy: 1099511627776x0 is too large: at most 2147483647 rows' -e 'll.load_matrix "empty.npy"'
refused 'of a data set' 'empty.npy: 1099511627776x0 is too large' -e 'll.data.load "empty.npy"'
refused 'of one that is packed' 'empty.npy.gz: 1099511627776x0 is too large' -e 'll.data.load "empty.npy.gz"'
refused 'a side that costs as much as numbers would, in a file' \
  'tall.npy: out of memory: ' --memory 64M -e 'll.load_matrix "tall.npy"'
refused 'numbers that are not there' 'many.npy: byte 128: a matrix 1000000000x2 of 4-byte numbers should follow; 0 bytes do' \
  --memory 64M -e 'll.load_matrix "many.npy"'
refused 'nor in a data set' 'many.npy.gz: byte 128: a matrix 1000000000x2' --memory 64M -e 'll.data.load "many.npy.gz"'
printf '1 1000000:1\n-1 1:1\n' >wide.svm
refused 'a sparse index' 'wide.svm: line 1: 2 rows of 1000000 features, made dense, need' --memory 64M -e 'll.data.load "wide.svm"'

# ---- a study: workers share what is left
cat >study.lua <<'LUA'
return ll.study { name = "shared", data = { { generator = "gaussians", n = 200 } }, split = { folds = 2 },
  compare = { a = { x = { 1, 2 } } }, train = { steps = { 1 } }, metric = "w", goal = "max",
  trial = function(t) t:record { valid = { w = ll.core.memory_limit() } } end }
LUA
cat >greedy.lua <<'LUA'
return ll.study { name = "greedy", data = { { generator = "gaussians", n = 200 } }, split = { folds = 2 },
  compare = { a = { x = { 1, 2 } } }, train = { steps = { 1 } }, metric = "w", goal = "max",
  trial = function(t)
    if t.parameters.x == 2 then
      local t = {}
      for i = 1, 1e9 do t[i] = { i } end
    end
    t:record { valid = { w = 1 } }
  end }
LUA
for jobs in 1 2; do
  "$losslab" run study.lua --db "$jobs.db" --jobs $jobs --memory 128M >out 2>err || cat err >&2
done
one=$(sqlite3 1.db 'SELECT max(value) FROM metric') two=$(sqlite3 2.db 'SELECT max(value) FROM metric')
one=${one%.*} two=${two%.*}
# between NAME N LOW HIGH
between() { if [ "${2:-0}" -ge "$3" ] && [ "$2" -le "$4" ]; then pass "$1"; else fail "$1" "got $2, expected $3 to $4"; fi; }
between 'a worker alone has all of it' "$one" 130000000 134217728
between 'two have half of the rest each' "$two" 67108865 80000000
timeout 60 "$losslab" run greedy.lua --db greedy.db --jobs 2 --memory 100M >out 2>err
is 'trials that take too much fail' $? 1
is 'the others are done' "$(sqlite3 greedy.db 'SELECT status, count(*) FROM trial GROUP BY status')" 'done|2
failed|2'
reasons=$(sqlite3 greedy.db "SELECT count(*) FROM trial WHERE error LIKE '%out of memory: Lua holds % are the most (--memory %'")
is 'with the reason' "$reasons" 2
cd "$root" || exit 1
finish
