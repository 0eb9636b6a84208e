#!/bin/sh
# losslab run --executor slurm, against a cluster of two nodes on this machine: slurmctld, two slurmd and munged, which are started
# here as own processes in a scratch folder. A study whose submitter, one task and one whole node are killed, one that is cancelled by
# Ctrl-C, a search, and shards that no scheduler ran give the database of a local run, to the bit. Nothing stays behind.
. tests/e2e/tap.sh
PATH=$PATH:/usr/sbin:/sbin
for program in slurmctld slurmd sbatch scontrol squeue munged; do
  command -v $program >/dev/null || { echo "1..0 # SKIP no $program: slurmctld, slurmd, slurm-client and munge are not installed"; exit 0; }
done
tree=$PWD
cd "$work" || exit 1
unset SLURM_CONF LOSSLAB_MEMORY LOSSLAB_THREADS
conf=$work/slurm.conf

# ---- the cluster --------------------------------------------------------------------------------------------------------
# Everything that runs in it has its configuration in its environment, and is found by that, wherever it went.
members() { # [VARIABLE=VALUE]: the processes whose environment holds it
  for each in /proc/[0-9]*; do
    if grep -qsxzF "${1:-SLURM_CONF=$conf}" "$each/environ"; then echo "${each#/proc/}"; fi
  done
}
stop() {
  trap '' INT TERM HUP
  trap - EXIT
  for i in 1 2 3 4 5; do
    left=$(members)
    [ -n "$left" ] || break
    # shellcheck disable=SC2086
    kill -KILL $left 2>/dev/null
  done
  wait
  cd /
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

# until_it SECONDS WHAT COMMAND…: polls, and gives up the test where it does not come.
until_it() {
  most=$(($(date +%s) + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$(date +%s)" -gt $most ]; then
      fail "$what" "$(tail -n 5 ./*.log ./*.err 2>/dev/null)"
      finish
    fi
    sleep 0.2
  done
}
# A process of the cluster: dies with this one, too.
start() { env SLURM_CONF="$conf" setpriv --pdeathsig KILL "$@" & }
host=$(hostname -s)
me=$(id -un)
mkdir state n1 n2
chmod 700 .
(umask 077; head -c 1024 /dev/urandom >key)
start munged --foreground --force --key-file="$work/key" --socket="$work/munge" --pid-file="$work/munge.pid" \
  --log-file="$work/munge.log" --seed-file="$work/seed" >munge.out 2>&1
answer() { munge --socket="$work/munge" --no-input; }
until_it 30 'munge answers' answer

configure() { # PORT
  cat >"$conf" <<CONF
ClusterName=scratch
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$work/munge,cred_expire=5
CredType=cred/munge
SlurmctldPort=$1
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=1,sched_interval=1,sched_min_interval=50000
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/%n.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/%n.log
SlurmdTimeout=4
MessageTimeout=5
TCPTimeout=2
KillWait=1
ReturnToService=2
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=n1 NodeAddr=127.0.0.1 NodeHostname=$host Port=$(($1 + 1)) CPUs=1 RealMemory=500
NodeName=n2 NodeAddr=127.0.0.1 NodeHostname=$host Port=$(($1 + 2)) CPUs=1 RealMemory=500
PartitionName=main Nodes=n1,n2 Default=YES State=UP MaxTime=INFINITE
CONF
}
idle() { [ "$(sinfo --noheader --format=%T:%D)" = "idle:$1" ]; }
is_up() { idle 2 || ! kill -0 $controller $one $two; }
export SLURM_CONF="$conf"
for attempt in 1 2 3 4 5; do # ports that others have are passed over
  configure $((12000 + ($$ * 37 + attempt * 4111) % 18000))
  start slurmctld -D >slurmctld.out 2>&1
  controller=$!
  start slurmd -D -N n1 >n1.out 2>&1
  one=$!
  start slurmd -D -N n2 >n2.out 2>&1
  two=$!
  until_it 60 'the cluster is up' is_up
  idle 2 && break
  kill -KILL $controller $one $two 2>/dev/null
  wait $controller $one $two 2>/dev/null
  rm -rf state/*
done
idle 2 || { fail 'a cluster of two nodes' "$(tail -n 5 ./*.log)"; finish; }
pass 'a cluster of two nodes'

# ---- a study ------------------------------------------------------------------------------------------------------------
# Its trials of the second data set wait until the file `open` is there, so that each task stands in the midst of its shard.
cat >study.lua <<LUA
return ll.study {
  name = "shards: many", data = { "sonar", { generator = "target_decoy", n = 150 } }, split = { folds = 2 }, seeds = { 1, 2 },
  compare = { hinge = { margin = { .5, 1 } }, adaptive_rank = { margin_lr = { 0, 1e-2 } }, cross_entropy = {} },
  model = { hidden = { 4 } },
  train = { epochs = 2, batch = 50, lr = { .01, 1e20 }, loop = function(trial)
    if trial.train.features ~= 60 then
      os.execute "n=0; until test -e '$work/open'; do sleep 0.05; n=\$((n+1)); test \$n -lt 2400 || exit; done"
    end
    require "losslab.run.network".loop(trial)
  end },
}
LUA
touch open
"$losslab" run study.lua --db local.db --jobs 1 >local.txt 2>local.err || fail 'a local run' "$(cat local.err)"
like_local() { # NAME DB [LOCAL]
  check "$1" "$losslab" "$tree/tests/e2e/same.lua" "$2" "${3:-local.db}"
  is '  which diff says, too' "$("$losslab" diff "$2" "${3:-local.db}")" equal
}
slurm() { db=$1; shift; "$losslab" run study.lua --db "$db" --executor slurm "$@"; }

# ---- shards by hand ------------------------------------------------------------------------------------------------------
"$losslab" run study.lua --db hand.db --plan 2>hand.err
has 'a plan says what is to be run' hand.err 'shards: many: 80 new, 0 there; 80 to run'
for i in 1 2 3; do "$losslab" run study.lua --db hand-$i.db --shard $i/3 --jobs 1 >>hand.txt 2>hand.err; done
"$losslab" run study.lua --db hand-3.db --shard 3/3 >>hand.txt 2>hand.err
is 'a shard prints no answer' "$(cat hand.txt)" ''
has 'one that is done has nothing to do' hand.err ' 0 new, '
"$losslab" merge hand.db hand-3.db hand-1.db hand-2.db >hand.txt 2>hand.err
is 'shards share no trial, and leave none' "$(grep -c 'trials: [0-9]* that were still to be done$' hand.txt)" 3
like_local 'merged they are a local run' hand.db
"$losslab" run study.lua --db hand-4.db --shard 4/3 2>hand.err
is 'a shard that is none is refused' $? 1
has '  with its form' hand.err 'shard is I/N, as 3/16: I from 1 to N, not "4/3"'
printf '# no trial of it\n%064d\n' 0 >keys.txt
"$losslab" run study.lua --db hand-4.db --trials keys.txt 2>hand.err
has 'keys of another study are refused' hand.err 'keys.txt: the study does not ask for 1 of its 1 trials'
"$losslab" run study.lua --db hand-4.db --nodes 2 2>hand.err
is 'what is for Slurm alone is wrong usage' "$? $(grep -c -- '--nodes is for --executor slurm' hand.err)" '2 1'

# ---- what cannot be -----------------------------------------------------------------------------------------------------
slurm none.db --partition nowhere >none.txt 2>none.err
is 'a partition that is none' $? 1
has '  is refused by Slurm, with its words' none.err 'sbatch: error: Batch job submission failed: Invalid partition name specified'
slurm none.db --array 2 --resubmit 1 --setup 'echo no module >&2; exit 3' >none.txt 2>none.err
is 'tasks that never begin' $? 1
has '  are submitted again, so many times' none.err ', exit code 3:0; it has written nothing, 2 times in a row without anything new; '
has '  and their logs are told' none.err ' ends with: no module'
has '  nothing is lost' none.err '80 trials are left to do; the same command carries on'

# ---- killed: the submitter, a task, a node --------------------------------------------------------------------------------
rm open
tasks() { squeue --noheader --array --states=running --format='%K %N %A'; }
done_of() { [ "$(sqlite3 -cmd '.timeout 5000' "$1.slurm/shard-$2.db" "SELECT count(*) FROM trial WHERE status = 'done'")" -gt 0 ]; }
on() { tasks | awk -v node="$1" -v n="$2" '$2 == node { print $n }'; }
both_run() { [ -n "$(on n1 1)" ] && [ -n "$(on n2 1)" ]; }
"$losslab" run study.lua --db big.db --executor slurm --array 4 >big.txt 2>big.err &
submitter=$!
until_it 60 'two tasks run' both_run
a=$(on n1 1) b=$(on n2 1)
until_it 60 'the one has done trials' done_of big.db "$a"
until_it 60 'the other has done trials' done_of big.db "$b"
kill -KILL $submitter
wait $submitter 2>/dev/null
job=$(squeue --noheader --array --format=%F | sort -u)
"$losslab" run study.lua --db big.db --executor slurm --array 4 >big.txt 2>big.err &
submitter=$!
until_it 60 'the jobs are taken up' grep -q 'takes up 4 shards of 4 that are still open' big.err
is 'and no other is submitted' "$(squeue --noheader --array --format=%F | sort -u)" "$job"
slurm big.db >second.txt 2>second.err
is 'a second one is refused' "$? $(grep -c 'another losslab run submits this study' second.err)" '1 1'
# shellcheck disable=SC2046
kill -KILL $(members SLURMD_NODENAME=n2) # the task alone: its node lives
id=$(on n1 3) # the node: what slurmd started for the task dies before the task, and tells nobody
for each in /proc/[0-9]*; do
  if grep -qsaF "slurmstepd: [$id.batch]" "$each/cmdline" && grep -qsxzF "SLURM_CONF=$conf" "$each/environ"; then step=${each#/proc/}; fi
done
# shellcheck disable=SC2046
kill -KILL $one "$step" $(members SLURMD_NODENAME=n1)
until_it 60 'the task that was killed is submitted again' grep -q "shard $b .*ended early: .*it is submitted again" big.err
# Slurm would see within a quarter of a minute that the node does not answer.
until_it 60 'Slurm is told' scontrol update nodename=n1 state=down reason=lost
is_down() { sinfo --noheader --format=%T:%N | grep -q '^down.*:n1$'; }
until_it 60 'the node is down' is_down
touch open
wait $submitter
is 'all is done by the node that is left' $? 0
has '  Slurm itself has taken up what the node had' slurmctld.log 'due to failure of node n1'
like_local 'the database is that of a local run' big.db
is 'so is the answer' "$(cat big.txt)" "$(cat local.txt)"
is 'the folder keeps the script and the logs' "$(ls big.db.slurm | tr '\n' ' ')" 'job.sh lock log '
is 'no job is left' "$(squeue --noheader)" ''

# ---- Ctrl-C -----------------------------------------------------------------------------------------------------------------
rm open
start slurmd -D -N n1 >n1.out 2>&1
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$losslab" run study.lua --db "it's cut.db" --executor slurm --array 3 --nodes 1 --cpus 1 \
  --time 30 >cut.txt 2>cut.err &
submitter=$!
one_runs() { [ -n "$(tasks)" ]; }
until_it 60 'a task runs' one_runs
is 'one at once' "$(tasks | wc -l)" 1
a=$(tasks | cut -d ' ' -f 1)
until_it 60 'it has done trials' done_of "it's cut.db" "$a"
kill -INT $submitter
wait $submitter
is 'Ctrl-C' $? 130
has '  is told' cut.err 'cancelling its jobs; Ctrl-C again ends at once'
has '  with how to go on' cut.err 'the same command carries on'
is '  prints no answer' "$(cat cut.txt)" ''
is '  cancels the jobs' "$(squeue --noheader)" ''
is '  keeps what was done' "$(ask "it's cut.db" "SELECT count(*) > 0 FROM trial WHERE status = 'done'")" 1
touch open
slurm "it's cut.db" --array 2 --cpus 1 >cut.txt 2>cut.err
is 'the same command, with other shards' $? 0
has '  cuts what is left' cut.err ': 2 shards, 1-2'
like_local '  to the bits of a local run' "it's cut.db"
slurm "it's cut.db" >again.txt 2>again.err
is 'once more there is nothing to do' "$? $(grep -c ': job' again.err)" '0 0'

# ---- a search ---------------------------------------------------------------------------------------------------------------
cat >search.lua <<'LUA'
return ll.study { name = "search", data = { { generator = "moons", n = 60 } }, split = { folds = 2 }, seeds = { 1 },
  compare = { hinge = { margin = { from = 0, to = 1 } } }, model = { hidden = { 4 } }, train = { epochs = 2, batch = 20 },
  search = { trials = 4, at_once = 4, prune = { method = "halving", eta = 2 } } }
LUA
"$losslab" run search.lua --db searched.db --jobs 1 >searched.txt 2>searched.err
"$losslab" run search.lua --db search.db --executor slurm --array 2 >search.txt 2>search.err
is 'a search' "$? $(grep -c ': job .*: 2 shards, 1-2$' search.err)" '0 2'
like_local '  to the bits of a local run' search.db searched.db
is '  with its answer' "$(cat search.txt)" "$(cat searched.txt)"

# ---- nothing stays ------------------------------------------------------------------------------------------------------------
unset SLURM_CONF
stop
is 'no process is left' "$(members)" ''
is 'nor a folder' "$(ls -d "$work" 2>/dev/null)" ''
finish
