#!/bin/sh
# Threads within a trial: the same database with any number of them, killed or not; who gets how many; what a stranger's script gets;
# Ctrl-C and memory that ends.
. tests/e2e/tap.sh
unset LOSSLAB_THREADS
root=$PWD
cores=$("$losslab" -e 'print(ll.system.cores())')
# alike NAME DB DB: every table holds the same, but for times, hosts and workers.
alike() { (cd "$root" && "$losslab" tests/e2e/same.lua "$work/$2" "$work/$3") >alike 2>&1; is "$1" "$? $(head -3 alike)" '0 '; }
cd "$work" || exit 1

# ---- the same bits: networks large enough to be shared, by epochs that are evaluated as one batch
cat >study.lua <<'LUA'
return ll.study {
  name = "wide", data = { { generator = "target_decoy", n = 1200 } }, split = { folds = 2 }, seeds = { 1 },
  compare = { hinge = {}, cross_entropy = {} }, model = { hidden = { 300, 200 }, activation = "gelu" },
  train = { epochs = 2, batch = 300, optimizer = "adam", lr = .01 }, scores = "all", networks = true,
}
LUA
"$losslab" run study.lua --db 1.db --jobs 1 --threads 1 >out 2>err || fail 'one thread' "$(cat err)"
for threads in 2 3 8; do
  "$losslab" run study.lua --db $threads.db --jobs 1 --threads $threads >out 2>err
  is "a study by $threads threads" $? 0
  alike 'gives the same database' 1.db $threads.db
  "$losslab" diff 1.db $threads.db >out 2>err
  is 'in which losslab finds no difference' "$? $(cat out)" '0 equal'
done
"$losslab" run study.lua --db both.db --jobs 2 --threads 2 >out 2>err
is 'two workers of two threads' $? 0
alike 'give it, too' 1.db both.db
"$losslab" replay 1.db --all --jobs 1 --threads 3 >out 2>err
is 'it is replayed by three threads' $? 0
has 'to the same bits' out '4 of 4 identical'
"$losslab" metric 1.db partial_auc max_fpr=.1 --jobs 1 --threads 2 >out 2>err
is 'a metric is added by two' $? 0

# ---- killed while threads work, and carried on
rm -f k.db
"$losslab" run study.lua --db k.db --jobs 1 --threads 4 >out 2>err &
pid=$!
until [ "$(sqlite3 -cmd '.timeout 5000' k.db "SELECT count(*) FROM trial WHERE status <> 'pending'" 2>/dev/null || echo 0)" -gt 0 ]; do
  kill -0 $pid 2>/dev/null || break
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
"$losslab" resume k.db --jobs 1 --threads 2 --trust >out 2>err
is 'one that was killed is carried on' $? 0
alike 'to the same database' 2.db k.db

# ---- how many: trials write it down
cat >said.lua <<LUA
return ll.study {
  name = "said", data = { { generator = "target_decoy", n = 100 } }, split = { test = .3 }, compare = { hinge = {} },
  train = { epochs = 1, batch = 10, loop = function(trial)
    local file = assert(io.open("$work/said", "w"))
    file:write(ll.threads())
    file:close()
    require "losslab.run.network".loop(trial)
  end },
}
LUA
# said NAME WANTED WORDS…
said() {
  name=$1 wanted=$2
  shift 2
  rm -f said said.db
  "$losslab" run said.lua --db said.db "$@" >out 2>err
  is "$name" "$(cat said || cat err)" "$wanted"
}
said 'one trial has all cores' "$cores"
said 'as many as there may be processes' 1 --jobs 1
said 'or what is asked for' 5 --threads 5
LOSSLAB_THREADS=3
export LOSSLAB_THREADS
said 'or the environment says' 3
said 'unless something else is asked for' 2 --threads 2
unset LOSSLAB_THREADS
said 'jobs that nobody needs are no cores' "$cores" --jobs 64
for wrong in 0 257 two; do
  "$losslab" run said.lua --db said.db --threads $wrong >out 2>err
  is "--threads $wrong is wrong usage" $? 2
  has 'and what is right is said' err "--threads takes a whole number from 1 to 256, not \"$wrong\""
done
LOSSLAB_THREADS=none "$losslab" -e 'print(1)' >out 2>err
is 'a wrong number in the environment' "$? $(cat err)" '1 losslab: LOSSLAB_THREADS is "none": a whole number from 1 to 256'
is 'the program has a thread for each core' "$("$losslab" -e 'print(ll.threads())')" "$cores"

# The last trial gets the cores of those that have ended: this one goes on until it has them.
if [ "$cores" -gt 1 ]; then
  cat >last.lua <<LUA
return ll.study {
  name = "last", data = { { generator = "target_decoy", n = 100 } }, split = { test = .3 }, compare = { hinge = {}, square = {} },
  train = { epochs = 1, batch = 10, loop = function(trial)
    local from = ll.system.clock()
    while trial.config.loss == "hinge" and ll.threads() < 2 and ll.system.clock() - from < 300 do end
    if trial.config.loss == "hinge" then assert(ll.threads() == 2) end
    require "losslab.run.network".loop(trial)
  end },
}
LUA
  "$losslab" run last.lua --db last.db --jobs 2 >out 2>err
  is 'a trial that is left gets the cores of others' "$? $(sqlite3 last.db "SELECT group_concat(status) FROM trial")" '0 done,done'
fi

# ---- a stranger's script asks for threads, and gets none; what it computes is the same
cat >stranger.lua <<'LUA'
return ll.study {
  name = "stranger", data = { { generator = "target_decoy", n = 100 } }, split = { test = .3 }, compare = { hinge = {} },
  train = { epochs = 1 },
  finding = function()
    ll.threads(8)
    local rows = {}
    for i = 1, 300 do
      rows[i] = {}
      for j = 1, 300 do rows[i][j] = math.sin(i * j) end
    end
    local m = ll.matrix(rows)
    return string.format("sum %.17g", ((m * m):tanh() + m):transpose():col_sums():sum():item())
  end,
}
LUA
"$losslab" run stranger.lua --db stranger.db >out 2>err
is 'a finding that asks for threads' $? 0
wanted=$("$losslab" -e "ll.threads(1) $(sed -n '/local rows/,/local m/p' stranger.lua)
  print(string.format('sum %.17g', ((m * m):tanh() + m):transpose():col_sums():sum():item()))")
"$losslab" show stranger.db >out 2>err
has 'computes without them' out "$wanted"

# ---- Ctrl-C while threads work
cat >forever.lua <<'LUA'
ll.threads(4)
local m = ll.random(1):normal(900, 900)
for i = 1, math.huge do
  m = (m + 1):tanh()
  if i == 3 then
    io.stdout:write "started\n"
    io.stdout:flush()
  end
end
LUA
mkfifo pipe
(ulimit -t 600 && exec "$losslab" forever.lua) >pipe 2>err &
pid=$!
read -r started <pipe
is 'a script that never ends' "$started" started
kill -INT $pid
wait $pid
is 'is ended by Ctrl-C' $? 130
has 'as an interrupt' err 'losslab: interrupted'

# ---- memory: what is too large is refused as ever, and under ulimit there is room for stacks
cat >large.lua <<'LUA'
ll.threads(200)
local m = ll.random(1):normal(700, 700)
print(ll.core.sha256((m:tanh() + m):pack()))
print(pcall(function() local all = {} for i = 1, 100000 do all[i] = m:exp() end end))
LUA
"$losslab" --memory 64M large.lua >plain 2>err
is 'a limit on memory' $? 0
has 'is kept' plain 'out of memory'
enough=$("$losslab" -e 'for line in io.lines "/proc/self/status" do local kB = line:match "VmPeak:%s*(%d+)" if kB then print(kB) end end')
(ulimit -v $((enough + 120000)) && exec "$losslab" --memory 32M large.lua) >short 2>err
is 'little room beside 200 stacks' $? 0
is 'gives the same bits' "$(head -1 short)" "$(head -1 plain)"
finish
