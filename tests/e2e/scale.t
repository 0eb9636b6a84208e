#!/bin/sh
# Large sets: parts of a cut are views of the one table. A small study has the same rows in its database whether its parts are views
# or copies and in what type its features are held; a set of 1.2 M rows is read, cut, trained on, evaluated and run in a study in
# little more memory than it takes; a dry run states that memory.
. tests/e2e/tap.sh
cd "$work" || exit 1
unset LOSSLAB_COPY LOSSLAB_MEMORY LOSSLAB_THREADS
export OPENBLAS_NUM_THREADS=1

# ---- the same bits
cat >npy.lua <<'END'
-- npy.lua ROWS NAME: a set of 20 features of float16, as NAME.npy and, in float, as NAME_full.npy; labels beside.
local rows, name, cols = tonumber(arg[1]), arg[2], 20
local function write(path, type, n, width, block)
  local head = string.format("{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", type, n, width)
  local file <close> = io.open(path, "wb")
  file:write("\x93NUMPY\1\0\x76\0", head, (" "):rep(117 - #head), "\n")
  local left = n * width * tonumber(type:sub(3))
  while left > 0 do
    file:write(#block <= left and block or block:sub(1, left))
    left = left - #block
  end
end
local few, stream, halves, floats, labels = math.min(rows, 2000), ll.random(7), {}, {}, {}
local x = stream:normal(few, cols):table()
for i = 1, few do
  labels[i] = string.char(x[i][1] + x[i][2] > 0 and 1 or 0)
  for j = 1, cols do
    local sign, places = x[i][j] < 0 and -1 or 1, math.floor(math.abs(x[i][j]) * 300) % 1024
    floats[#floats + 1] = string.pack("<f", sign * (1 + places / 1024)) -- 1 to 2
    halves[#halves + 1] = string.pack("<I2", (sign < 0 and 0x8000 or 0) | 15 << 10 | places)
  end
end
write(name .. ".npy", "<f2", rows, cols, table.concat(halves))
write(name .. "_full.npy", "<f4", rows, cols, table.concat(floats))
write(name .. "_labels.npy", "|u1", rows, 1, table.concat(labels))
write(name .. "_full_labels.npy", "|u1", rows, 1, table.concat(labels))
END
check 'a set in float16 and in float' "$losslab" npy.lua 9000 small
cat >s.lua <<'END'
local given = os.getenv "TYPE"
return ll.study { name = "s", data = { "sonar", { load = "iris", positive = "setosa" },
  { load = os.getenv "FILE", name = "npy", type = given ~= "" and given or nil }, { load = "missing.csv", missing = "mean" },
  { load = "sonar", name = "thin", ratio = 2 } },
  split = { folds = 2 }, seeds = { 1 }, compare = { cross_entropy = {}, adaptive_rank = {} }, model = { hidden = { 8 } },
  train = { epochs = 2, batch = 64 }, metrics = { "auc", "average_precision" }, record = { "train", "valid", "test" }, scores = "all" }
END
{ echo a,b,label; for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3; do echo ",$i$j,1"; echo "$j,-$i,0"; echo "$i,$j,$((i % 2))"; done; done; } >missing.csv
# trial NAME COPY TYPE FILE: the study's database, as text without times.
trial() {
  if LOSSLAB_COPY=$2 TYPE=$3 FILE=$4 "$losslab" run s.lua --db "$1.db" --jobs 1 >out 2>err; then pass "the study: $1"
  else fail "the study: $1" "$(cat err)"; fi
}
trial copies 1000000000 '' small.npy
trial views 0 '' small.npy
trial kept 1000000000 file small.npy
trial made 0 float small.npy
for other in views kept made; do
  check "copies and $other: every trial has the same bits" "$losslab" diff copies.db $other.db
done
is 'and the same keys, whatever type was asked for' "$(ask copies.db 'SELECT count(DISTINCT key) FROM trial')" \
  "$(ask copies.db "ATTACH 'kept.db' AS other; SELECT count(*) FROM trial JOIN other.trial AS t USING (key)")"
LOSSLAB_COPY=0 TYPE=file FILE=small.npy "$losslab" replay copies.db --all >out 2>err
is 'replayed with views' $? 0
cat >types.lua <<'END'
local a, b = ll.data.load("small.npy", { type = "file" }), ll.data.load("small_full.npy")
assert(a.type == "float16" and b.type == ll.precision and a.bytes < b.bytes, a.type)
assert(ll.core.sha256(a.x:table()[7][3] .. "") == ll.core.sha256(b.x:table()[7][3] .. ""))
for i = 1, 3 do
  local one, other = a:fold(i, { k = 3, standardise = true }), b:fold(i, { k = 3, standardise = true })
  assert((one.x - other.x):abs():max_all():item() == 0, "other numbers")
end
local net, train = ll.nn.mlp { 20, 9, 3 }, a:fold(1, { k = 3, standardise = true })
local whole = ll.no_grad(net, train.x)
for _, rows in ipairs { 1, 7, 1000, 4096, 100000 } do
  local blocks = train:apply(function(x) return ll.no_grad(net, x) end, rows)
  assert((whole - blocks):abs():max_all():item() == 0, "blocks of " .. rows .. " give other numbers")
end
assert((net:predict(train) - whole):abs():max_all():item() == 0, "predict gives other numbers")
for _, wrong in ipairs { { function() end }, { function(x) return x:t() end }, { net, 0 }, { function() error "mine" end },
  { function(x) return x.rows == 4000 and x or ll.zeros(x.rows, 1) end, 4000 } } do
  local fine, why = pcall(train.apply, train, table.unpack(wrong))
  assert(not fine, "no error")
  print((why:gsub("^.-:%d+: ", "")))
end
local fine, why = pcall(ll.data.load, "small.npy", { type = "float32" })
assert(not fine)
print(why)
END
for copy in 0 1000000000; do
  LOSSLAB_COPY=$copy "$losslab" types.lua >out 2>err
  is "float16 beside float, LOSSLAB_COPY=$copy" "$? $(cat err)" '0 '
  has 'a function that gives no matrix is told' out 'apply: what the function gives'
  has 'one that gives other rows' out 'apply: the function gave a matrix'
  has 'one that gives other columns' out 'columns for the rows from 4001 on'
  has 'no block' out 'a block has at least 1 row, not 0'
  has 'its own error' out 'mine'
  has 'no such type' out 'type must be "file" or "float", not "float32"'
done

# ---- memory
# The sanitizers' own memory is not counted here.
case $LOSSLAB in *asan*) finish ;; esac
check 'a set of 1.2 M rows' "$losslab" npy.lua 1200000 large
cat >peak.lua <<'END'
-- peak.lua NAME: megabytes at the most, beside those of the set itself, from reading to a metric.
local function peak()
  local f <close> = io.open "/proc/self/status"
  return tonumber(f:read "a":match "VmHWM:%s*(%d+)") / 1024
end
local before = peak()
local set = ll.data.load(arg[1])
local train, test, valid = set:fold(1, { k = 5, validation = 0.2, standardise = true })
local net, loss = ll.nn.mlp { set.features, 8, 1 }, ll.loss.hinge {}
local adam = ll.optim.adam(net:parameters(), { lr = 1e-3 })
for x, y in train:batches { size = 4096, seed = 1, epoch = 1 } do
  loss(net(x), y):backward()
  adam:step()
end
local auc = ll.metric.auc(net:predict(test), test.y)
assert(auc > 0.5)
local own = set.bytes / 2 ^ 20
io.write(string.format("%.0f %.0f %s", peak() - before - 1.3 * own, own, set.type))
END
# little NAME FILE BYTES: of the peak beside 1.3 times the set there are no more than 35 MB.
little() {
  "$losslab" peak.lua "$2" >out 2>err
  read -r over own type <out
  if [ -n "$over" ] && [ "$over" -lt 35 ] && [ "$own" = "$3" ]; then pass "$1: $own MB, $over MB beside 1.3 times that"
  else fail "$1" "$(cat out err)" "expected: less than 35 MB beside 1.3 times $3 MB"; fi
}
little 'a set in float' large_full.npy 96
little 'a set in float16' large.npy 50
# What a copy of the training part would take does not fit.
LOSSLAB_COPY=1000000000 "$losslab" peak.lua large_full.npy >out 2>err
read -r over own type <out
if [ "${over:-0}" -gt 60 ]; then pass "copies take $over MB more: the bound tells them from views"; else fail 'copies are told' "$(cat out err)"; fi

# ---- a long transaction: pages beyond 64 MiB are written before its end
cat >long.lua <<'END'
local store, bytes = ll.store.open("long.db", { mode = "create" }), ("abcdefgh"):rep(1 << 20)
store:transaction(function()
  local none = ("0"):rep(64)
  local _, set = store:run("insert_dataset", { key = none, name = "a", sha256 = none, rows = 2 << 20, features = 1, classes = 2,
    positives = 1, negatives = 1, origin = "x", notes = "" })
  for fold = 1, 4 do
    local _, cut = store:run("insert_cut", { key = ("%064d"):format(fold), dataset = set, fold = fold, seed = 1, split = "{}" })
    for _, part in ipairs { "train", "valid", "test" } do
      store:run("insert_part", { cut = cut, split = part, count = 2 << 20, rows = bytes, labels = bytes })
    end
  end
end)
local f <close> = io.open "/proc/self/status"
print(tonumber(f:read "a":match "VmHWM:%s*(%d+)") // 1024 < 150)
END
is 'a transaction of 192 MB is not held in memory' "$("$losslab" long.lua 2>&1)" true
rm -f long.db

# ---- a study, and what a dry run says of it
cat >big.lua <<'END'
-- The default loop, which writes down its process's peak in the end.
local function loop(trial)
  for x, y in trial:batches() do trial:step(trial:value(x, y)) end
  trial:end_epoch()
  local f <close> = io.open "/proc/self/status"
  local out <close> = io.open("peaks", "a")
  out:write(f:read "a":match "VmHWM:%s*(%d+)", "\n")
end
return ll.study { name = "big", data = { { load = os.getenv "FILE" } }, split = { folds = 3 }, seeds = { 1 },
  compare = { hinge = {} }, model = { hidden = { 16 } }, train = { epochs = 1, batch = 4096, loop = loop }, scores = "best" }
END
check 'a set of 300 000 rows' "$losslab" npy.lua 300000 middle
said=
for name in small_full middle_full large_full large; do
  export FILE=$name.npy
  "$losslab" run big.lua --db dry.db --dry-run --jobs 2 >out 2>err
  has "$name: a dry run states the memory" out 'memory: about '
  is "$name: in these words" "$(sed -n 's/[0-9.]* [kMGT]*B/N/g; s/^memory: //p' out)" \
    'about N for a worker, N of it data that all share; N with 2 workers, of N that losslab may hold'
  worker=$("$losslab" run big.lua --db dry.db --dry-run --jobs 2 --json | sed 's/.*"worker":\([0-9]*\).*/\1/')
  rm -f peaks big.db
  check "$name: the study" "$losslab" run big.lua --db big.db --jobs 1
  peak=$(sort -n peaks | tail -n 1)
  share=$(awk -v a="$worker" -v b="$peak" 'BEGIN { print (a / 1024 > 0.7 * b && a / 1024 < 1.4 * b) }')
  is "$name: of a worker it says $((worker / 1024)) kB, it took $peak kB" "$share" 1
  said="$said$worker
"
done
is 'of four sets no two take the same, and more rows more' "$(printf %s "$said" | head -n 3 | sort -n | uniq | wc -l)$(printf %s "$said" |
  head -n 3 | sort -nc && echo)" 3
cat >plain.lua <<'END'
return ll.study { name = "plain", data = { "large_full.npy" }, split = { folds = 3 }, seeds = { 1 }, compare = { hinge = {} },
  model = { hidden = { 16 } }, train = { epochs = 1, batch = 4096 }, record = { "train", "valid", "test" }, scores = "best" }
END
"$losslab" --memory 170M run plain.lua --db plain.db --jobs 1 >out 2>err
is 'the default loop holds no second copy: a limit that leaves no room for one' "$(ask plain.db 'SELECT count(*), status, error FROM trial')" \
  '3|done|'
LOSSLAB_COPY=1000000000 "$losslab" --memory 170M run plain.lua --db copies_plain.db --jobs 1 >out 2>err
if grep -q 'out of memory' out err; then pass 'which copies need'; else fail 'which copies need' "$(cat out err)"; fi
FILE=large_full.npy "$losslab" --memory 40M run big.lua --db dry.db --dry-run >out 2>err
is 'too little memory to read the data' $? 1
cat >tight.lua <<'END'
ll.core.memory_limit(math.max(tonumber(os.getenv "LIMIT"), 1)) -- after the modules
return dofile "big.lua"
END
FILE=large_full.npy LIMIT=200000000 "$losslab" run tight.lua --db dry.db --dry-run --jobs 8 >out 2>err
has 'too many workers: what fits' err 'losslab: that is too much: --jobs '
FILE=large_full.npy LIMIT=140000000 "$losslab" run tight.lua --db dry.db --dry-run --jobs 8 >out 2>err
has 'none fits: what takes less' err 'one worker alone does not fit: fewer rows, data of a smaller type (float16)'
finish
