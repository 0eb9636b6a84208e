#!/bin/sh
# losslab run --executor slurm, where Slurm is played by scripts: what it forgets, refuses, does not answer, and what comes of a study
# that changes and of names that a shell would read. Against Slurm itself: slurm.t.
. tests/e2e/tap.sh
tree=$PWD
mkdir "$work/it's a place at 5%" "$work/play"
cd "$work/it's a place at 5%" || exit 1
unset LOSSLAB_MEMORY LOSSLAB_THREADS

# A job is a folder, a task a file in it with its state. What becomes of a task is said by a file fate-SHARD, or
# fate-JOB-SHARD: run (where there is none:
# at once, as sbatch is called), die (it does nothing), stop (once: its first trial tells it to
# end), wait. `silent`, `mute`: scontrol or squeue gives no answer once; `blink`: once no job is known; `cut`: lists of tasks are cut
# off, whatever is asked; `late`: sbatch is not answered, and the job comes after it; `stuck`: nothing is cancelled;
# `hook`: a script that is run once, first; `forget`: no job is known; `murder`: who submits is killed before it hears of it.
PLAY=$work/play
export PLAY
cat >"$PLAY/sbatch" <<'SH'
#!/bin/sh
cd "$PLAY" || exit 1
for each; do
  case $each in
  --version) [ ! -e absent ] || exit 127; echo slurm-wlm 0; exit 0 ;;
  --array=*) array=${each#--array=} ;;
  --comment=*) comment=${each#--comment=} ;;
  esac
  script=$each
done
if [ -e late ]; then
  rm late
  (sleep 0.7; exec "$PLAY/sbatch" "$@") >/dev/null 2>&1 &
  echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2
  exit 1
fi
if [ -e hook ]; then mv hook hooked; (cd "$HERE" && sh "$PLAY/hooked"); fi
[ ! -e refuse ] || { echo 'sbatch: error: refused, it is played' >&2; exit 1; }
job=$(($(ls -d job-* 2>/dev/null | wc -l) + 1))
mkdir job-$job
echo "$array" >job-$job/array
for list in $(echo "${array%\%*}" | tr , ' '); do # all tasks are known as soon as the job is
  for task in $(seq "${list%-*}" "${list#*-}"); do echo RUNNING >job-$job/task-$task; done
done
echo "$comment" >job-$job/comment
cd "$HERE" || exit 1
grep '^#SBATCH' "$script" >"$PLAY/job-$job/directives"
cp "${script%job.sh}"trials-*.txt "$PLAY/job-$job"
logs=$(sed -n 's/^#SBATCH --output=//p' "$script" | tr -d '"' | sed 's/%%/%/g; s/%A_%a.txt$//')
for list in $(echo "${array%\%*}" | tr , ' '); do
  for task in $(seq "${list%-*}" "${list#*-}"); do
    fate=$(cat "$PLAY/fate-$job-$task" 2>/dev/null || cat "$PLAY/fate-$task" 2>/dev/null || echo run)
    state=FAILED
    case $fate in
    run) SLURM_ARRAY_TASK_ID=$task sh "$script" >>"$logs${job}_$task.txt" 2>&1 && state=COMPLETED ;;
    stop)
      rm "$PLAY/fate-$task"
      SLURM_ARRAY_TASK_ID=$task STOP=yes sh "$script" >>"$logs${job}_$task.txt" 2>&1
      state=TIMEOUT ;;
    wait) state=PENDING ;;
    esac
    echo $state >"$PLAY/job-$job/task-$task"
  done
done
if [ -e "$PLAY/murder" ]; then kill -KILL "$(cut -d ' ' -f 4 /proc/$PPID/stat)"; fi
echo $job
SH
cat >"$PLAY/scontrol" <<'SH'
#!/bin/sh
cd "$PLAY" || exit 1
[ ! -e silent ] || { rm silent; echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1; }
for job; do :; done
echo "${SLURM_BITSTR_LEN-unset}" >>looks
known=yes
if [ -e blink ] || [ -e forget ]; then known=no; fi
rm -f blink
[ $known = yes ] && [ -d "job-$job" ] || { echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; }
say() { echo "JobId=$job ArrayJobId=$job ArrayTaskId=$1 JobName=x JobState=$2 Reason=Played ExitCode=7:0 NodeList=far"; }
pending=''
for each in job-"$job"/task-*; do
  state=$(cat "$each")
  if [ "$state" = PENDING ]; then pending=$pending${pending:+,}${each##*-}; else say "${each##*-}" "$state"; fi
done
if [ -e cut ] || [ "${SLURM_BITSTR_LEN-}" != 0 ]; then [ ${#pending} -le 2 ] || pending=${pending%%,*},...; fi
[ -z "$pending" ] || say "$pending" PENDING
SH
cat >"$PLAY/squeue" <<'SH'
#!/bin/sh
cd "$PLAY" || exit 1
[ ! -e mute ] || { rm mute; echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1; }
for each in job-*; do [ ! -d "$each" ] || echo "${each#job-} $(cat $each/comment)"; done
SH
cat >"$PLAY/scancel" <<'SH'
#!/bin/sh
[ ! -e "$PLAY/stuck" ] || { rm "$PLAY/stuck"; echo 'scancel: error: it is played' >&2; exit 1; }
cd "$PLAY/job-$1" || exit 1
for each in task-*; do ! grep -q PENDING "$each" || echo CANCELLED >"$each"; done
SH
chmod +x "$PLAY"/*
HERE=$PWD PATH=$PLAY:$PATH
export HERE PATH

cat >"the study's.lua" <<'LUA'
return ll.study {
  name = 'a "study"', data = { { generator = "target_decoy", n = 60 } }, split = { folds = 2 }, seeds = { 1 },
  compare = { hinge = { margin = { .5, 1 } }, adaptive_rank = { margin_lr = { 0, 1e-2 } }, cross_entropy = {} },
  model = { hidden = { 4 } }, train = { epochs = 2, batch = 20, loop = function(trial)
    if os.getenv "STOP" then os.execute [[kill -TERM $(cut -d ' ' -f 4 /proc/$PPID/stat); exec tail -f --pid=$PPID /dev/null]] end
    require "losslab.run.network".loop(trial)
  end },
}
LUA
"$losslab" run "the study's.lua" --db local.db --jobs 1 >local.txt 2>local.err || fail 'a local run' "$(cat local.err)"
slurm() { db=$1; shift; timeout 300 "$losslab" run "${study:-the study's.lua}" --db "$db" --executor slurm "$@" >out.txt 2>err.txt; echo $?; }
anew() { rm -rf "$PLAY"/job-* "$PLAY"/fate-*; }
jobs() { ls -d "$PLAY"/job-* 2>/dev/null | wc -l; }
like_local() { check "$1" "$losslab" "$tree/tests/e2e/same.lua" "$2" "${study:+$study.}local.db"; }

# ---- a log ----------------------------------------------------------------------------------------------------------------
# Without a terminal lines come by the clock; here the first at once.
cat >log.lua <<'LUA'
return ll.study { name = "log", data = "moons", split = { folds = 2 }, seeds = { 1 }, train = { epochs = 1 }, compare = { hinge = {},
  bad = { function(scores) error "it is" end } } }
LUA
LOSSLAB_LINES=0 "$losslab" run log.lua --db log.db --jobs 1 >out.txt 2>err.txt
is 'a log says how far a run is' "$(sed -n 's/[0-9.]*\/s  .* left/R/; s/^[0-9-]* [0-9:]*  \(log  .*\)/\1/p' err.txt | head -n 1 | cut -c 1-10)" 'log  0/4 t'
is '  and what failed' "$(grep -c '^20..-..-.. ..:..:..  log  trial [0-9]* (moons, bad) failed$' err.txt)" 2
LOSSLAB_LINES=0 "$losslab" run log.lua --db log.db --jobs 1 --retry --quiet >out.txt 2>err.txt
is '  but not by --quiet' "$(grep -c '^20' err.txt)" 0

# ---- what is asked for ------------------------------------------------------------------------------------------------
is 'all options' "$(slurm "1's.db" --array 3 --nodes 2 --partition 'big one' --time 1-00 --cpus 2 --sbatch '--mem=1G --account=lab' \
  --setup 'FIRST=1' --threads 1 --jobs 1)" 0
is '  are those of sbatch' "$(sed "s|$PWD|HERE|" "$PLAY/job-1/directives")" '#SBATCH --job-name=a_study_
#SBATCH --array=1-3%2
#SBATCH --nodes=1 --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --partition="big one"
#SBATCH --time=1-00
#SBATCH --signal=B:INT@60
#SBATCH --chdir="HERE"
#SBATCH --output="HERE%/1'"'"'s.db.slurm/log/%A_%a.txt"
#SBATCH --open-mode=append --requeue
#SBATCH --mem=1G --account=lab'
has '  and of losslab' "1's.db.slurm/job.sh" '  --jobs 1 --threads 1'
has '  and what comes before it' "1's.db.slurm/job.sh" 'FIRST=1'
like_local '  to the bits of a local run' "1's.db"
is '  with its answer' "$(cat out.txt)" "$(cat local.txt)"
anew

# ---- tasks that end early -----------------------------------------------------------------------------------------------
echo die >"$PLAY/fate-2"
is 'a task that never begins' "$(slurm die.db --array 2 --resubmit 1)" 1
is '  is submitted again so many times, alone' "$(cat "$PLAY"/job-*/array | tr '\n' ' ')" '1-2 2 '
has '  which is told' err.txt 'shard 2 (task 2_2 on far) ended early: FAILED, exit code 7:0; it has written nothing, 2 times in a row'
is '  the others are kept' "$(ask die.db "SELECT count(*) > 0 FROM trial WHERE status = 'done'")" 1
rm "$PLAY/fate-2"
is '  and the same command carries on' "$(slurm die.db) $(cat "$PLAY/job-3/array")" '0 2'
like_local '  to the bits of a local run' die.db
anew
echo stop >"$PLAY/fate-1"
touch "$PLAY/forget"
is 'a task at its time limit, of a job that Slurm forgets' "$(slurm stop.db --array 1) $(jobs)" '0 2'
has '  is told' err.txt 'shard 1 (task 1_1) ended early: forgotten by Slurm; it is submitted again'
like_local '  goes on where it ended' stop.db
rm "$PLAY/forget"
anew
touch "$PLAY/silent"
is 'no answer' "$(slurm silent.db --array 2)" 0
has '  is told' err.txt 'Slurm does not answer (slurm_load_jobs error: Unable to contact slurm controller (connect failure)); it is asked'
anew

# ---- who submits --------------------------------------------------------------------------------------------------------
touch "$PLAY/murder"
is 'one that is killed as it submits' "$(slurm kill.db --array 2)" 137
rm "$PLAY/murder"
is '  finds its job again' "$(slurm kill.db --array 2) $(jobs)" '0 1'
like_local '  to the bits of a local run' kill.db
anew
touch "$PLAY/refuse"
is 'one that is refused' "$(slurm refused.db)" 1
has '  says so' err.txt 'sbatch refused.db.slurm/job.sh: sbatch: error: refused, it is played'
rm "$PLAY/refuse"
is '  and may come again' "$(slurm refused.db)" 0
anew
touch "$PLAY/late" "$PLAY/mute"
is 'one whose job comes after sbatch was given up' "$(slurm late.db --array 2) $(jobs)" '0 1'
has '  asks Slurm for it' err.txt 'Socket timed out on send/recv operation; Slurm is asked whether it has the job all the same'
like_local '  to the bits of a local run' late.db
anew
touch "$PLAY/absent"
is 'no Slurm' "$(slurm absent.db) $(grep -c "executor slurm needs Slurm's commands" err.txt) $(ls absent.db 2>&1 | grep -c absent)" '1 1 1'
rm "$PLAY/absent"
is 'what goes with no executor' "$(slurm no.db --shard 1/2) $(grep -c 'makes the shards itself: --shard does not go with it' err.txt)" '2 1'
echo '{"plan": 1}' >"die.db.slurm/state.json"
is 'a state that is none' "$(slurm die.db) $(grep -c 'die.db.slurm/state.json is damaged' err.txt)" '1 1'
anew

"$losslab" run "the study's.lua" --db other.db --plan 2>err.txt
ask other.db "INSERT INTO runner (token, host, boot, process, start) VALUES ('x', 'far away', 'y', 1, 1)"
is 'a runner of another machine that gives no sign of life' "$(LOSSLAB_BEAT=.05 slurm other.db --array 2)" 0
has '  is waited for' err.txt 'a losslab run works on the database: what tasks have done is merged after it'
like_local '  and given up' other.db
sqlite3 other.db "CREATE TEMP TABLE c AS SELECT * FROM computer; UPDATE c SET id = 99, libc = 'another libc'; INSERT INTO computer SELECT * FROM c;
  UPDATE trial SET bits = 'libm' WHERE id < 3; UPDATE trial SET computer = 99 WHERE id = 1"
slurm other.db >code.txt
has 'trials of nodes that may give other last digits are told' err.txt 'Its trials were computed by what may give other last digits: '
anew

# ---- the script changes, and what is asked does not -----------------------------------------------------------------------
cp "the study's.lua" plain.lua
echo 'echo "-- a remark" >>"the study'"'"'s.lua"' >"$PLAY/hook"
is 'a remark that is added to the script while tasks wait' "$(slurm remark.db --array 3) $(jobs)" '0 1'
is '  takes no trials away' "$("$losslab" diff remark.db local.db)" equal
is '  and stands in the database once it is planned' "$(slurm remark.db) $(jobs) $(ask remark.db 'SELECT count(*) FROM script')" '0 1 2'
cp plain.lua "the study's.lua"
anew
touch "$PLAY/murder"
is 'a study that is renamed under way' "$(slurm renamed.db --array 2)" 137
rm "$PLAY/murder"
sed -i 's/a "study"/renamed/' "the study's.lua"
is '  takes its jobs up' "$(slurm renamed.db) $(jobs)" '0 1'
is '  and is one study, by its new name' "$(ask renamed.db 'SELECT group_concat(name) FROM main.study')" renamed
cp plain.lua "the study's.lua"
anew

# ---- what shards hold is never lost, and never in the way -----------------------------------------------------------------
# Both shards have ended; the second disagrees with the first, which was merged before.
touch "$PLAY/murder"
is 'two tasks of one that is killed' "$(slurm closed.db --array 2)" 137
rm "$PLAY/murder"
cp closed.db.slurm/shard-1.db closed.db.slurm/shard-2.db
ask closed.db.slurm/shard-2.db 'UPDATE metric SET value = value / 2'
is '  the second of which cannot be merged' "$(slurm closed.db) $(grep -c ' disagree on trial ' err.txt)" '1 1'
is '  the first is written down as merged before its files go' "$(grep -o '"open":[^ ]*\]' closed.db.slurm/state.json |
  cut -d ']' -f 1) $(ls closed.db.slurm | grep -c -- '-1\.')" '"open":[2 0'
rm closed.db.slurm/shard-2.db closed.db.slurm/trials-2.txt
is '  a shard whose list is gone is cut anew' "$(slurm closed.db --array 3) $(cat "$PLAY/job-2/array")" '0 1-3'
like_local '  to the bits of a local run' closed.db
anew

# The job is struck out, and a runner is waited for: what the shards hold is merged before they are dropped.
touch "$PLAY/murder"
is 'a study, renamed and changed in one,' "$(slurm both.db --array 2)" 137
rm "$PLAY/murder"
anew
sed -i 's/"jobs":\[{.*}\]/"jobs":[]/' both.db.slurm/state.json
cp both.db.slurm/shard-1.db shard.db
echo 'no database' >both.db.slurm/shard-1.db
sed -i 's/a "study"/renamed/; s/cross_entropy = {}/cross_entropy = {}, square = {}/' "the study's.lua"
is '  a shard of which is damaged' "$(slurm both.db --array 2) $(jobs)" '1 0'
has '  is refused' err.txt 'both.db.slurm/shard-1.db cannot be merged (both.db.slurm/shard-1.db is not a database), and is not dropped unread'
mv shard.db both.db.slurm/shard-1.db
ask both.db "INSERT INTO runner (token, host, boot, process, start) VALUES ('x', 'far away', 'y', 1, 1)"
is '  and carries on once that is mended' "$(LOSSLAB_BEAT=.05 slurm both.db --array 2) $(jobs)" '0 1'
is '  with what its shards had done' "$(cat "$PLAY"/job-1/trials-*.txt | grep -vc '^#')" 2
"$losslab" run "the study's.lua" --db both.local.db >both.txt 2>err.txt
is '  as a local run has it' "$("$losslab" diff both.db both.local.db | grep -v '^study renamed: script')" \
  '12 trials the same, 0 differ, 0 done in one alone, 0 in both.db alone, 0 in both.local.db alone'
cp plain.lua "the study's.lua"
anew

# ---- left, and changed --------------------------------------------------------------------------------------------------
for each in 1 2 3; do echo wait >"$PLAY/fate-$each"; done
"$losslab" run "the study's.lua" --db left.db --executor slurm --array 3 >out.txt 2>err.txt &
submitter=$!
most=$(($(date +%s) + 60))
until [ -e "$PLAY/job-1/task-3" ] && grep -q '"id":1' left.db.slurm/state.json || [ "$(date +%s)" -gt $most ]; do sleep 0.05; done
looks() { # until so many more answers were given
  goal=$(($(wc -l <"$PLAY/looks") + $1)) most=$(($(date +%s) + 60))
  until [ "$(wc -l <"$PLAY/looks")" -ge $goal ] || [ "$(date +%s)" -gt $most ]; do sleep 0.05; done
}
looks 1
is 'one that waits asks for lists of tasks that are whole' "$(sort -u "$PLAY/looks")" 0
touch "$PLAY/blink"
looks 3
touch "$PLAY/cut"
looks 3
rm "$PLAY/cut"
is '  and believes none that are not, and no single answer' "$(jobs)" 1
kill -TERM $submitter
wait $submitter
is 'one that is told to end' "$? $(cat "$PLAY"/job-1/task-*)" "130 PENDING
PENDING
PENDING"
has '  says that its jobs stay' err.txt 'left, with its jobs as they are, after 0 of 10 trials; the same command takes the jobs up'
sed 's/a "study"/another/; s/{ .5, 1 }/{ .7 }/' "the study's.lua" >another.lua
cp left.db two.db
cp -r left.db.slurm two.db.slurm
study=another.lua
is 'another study into the same database' "$(slurm two.db) $(cat "$PLAY"/job-1/task-* | sort -u) $(jobs)" '1 PENDING 1'
study=''
is '  leaves the database as it was' "$(ask two.db 'SELECT count(*) FROM main.study')" 1
has '  is refused, and cancels nothing' err.txt 'two.db.slurm holds 3 open shards of the study "a "study"": its own command takes them'
rm "$PLAY"/fate-*
cp "the study's.lua" former.lua
# One of its tasks began after the study was changed, by the clock of its node.
"$losslab" run former.lua --db left.db.slurm/shard-2.db --trials left.db.slurm/trials-2.txt 2>err.txt
ask left.db.slurm/shard-2.db "UPDATE script SET made = '2999-01-01T00:00:00Z'"
sed -i 's/cross_entropy = {}/cross_entropy = {}, square = {}/' "the study's.lua"
touch "$PLAY/stuck"
is 'a study that has changed meanwhile' "$(slurm left.db --array 2)" 0
has '  tells what it cannot cancel at once' err.txt 'job 1 is not cancelled (scancel: error: it is played); scancel 1 does it later'
has '  cancels the jobs of its former version' err.txt 'the study has changed: the jobs of its former version are cancelled'
is '  and has two versions of its script' "$(ask left.db 'SELECT count(*) FROM script')" 2
"$losslab" run former.lua --db changed.db --plan 2>err.txt
"$losslab" run "the study's.lua" --db changed.db >changed.txt 2>err.txt
is '  and is what a local run makes of it' "$("$losslab" diff left.db changed.db | grep -v '^file')" equal
anew
echo "'$losslab' run *study\'s.lua --db meanwhile.db --plan" >"$PLAY/hook"
study=former.lua
is 'one that another run changes meanwhile' "$(slurm meanwhile.db --array 2)" 1
study=''
has '  ends' err.txt 'losslab: meanwhile.db: another run has changed the study meanwhile, and carries on with its version'
is '  and the study is what that made it' "$("$losslab" run "the study's.lua" --db meanwhile.db 2>&1 >out.txt | grep -c '12 trials, 12 done')" 1
anew

# ---- trials that fail -------------------------------------------------------------------------------------------------------
cat >"the study's.lua" <<'LUA'
local function mine(scores, labels)
  if os.getenv "BAD" then error "it is a bad day" end
  return ((scores - labels) ^ 2):mean()
end
return ll.study { name = "bad", data = "moons", split = { folds = 2 }, seeds = { 1, 2 }, compare = { mine = { mine }, hinge = {} },
  train = { epochs = 2 } }
LUA
"$losslab" run "the study's.lua" --db local.db.2 >out.txt 2>err.txt
mv local.db.2 local.db
is 'trials that fail' "$(BAD=1 slurm bad.db --array 2)" 1
has '  are told' err.txt 'it is a bad day'
is '  are not submitted again' "$(jobs) $(slurm bad.db) $(jobs)" '1 1 1'
is '  but by --retry' "$(slurm bad.db --array 2 --retry)" 0
like_local '  to the bits of a local run' bad.db
anew
echo wait >"$PLAY/fate-2"
is '--fail-fast' "$(BAD=1 slurm fast.db --array 2 --fail-fast)" 1
is '  cancels what waits' "$(cat "$PLAY/job-1/task-2")" CANCELLED
has '  and says why' err.txt 'left to do, since one failed'
rm "$PLAY/fate-2"
anew

# ---- searches -----------------------------------------------------------------------------------------------------------------
# A round, or a rung of one, is an array. Each fold has searches of its own.
study=search.lua
cat >$study <<'LUA'
return ll.study {
  name = "#1 {", data = { { generator = "moons", n = 60 }, { generator = "target_decoy", n = 60 } }, split = { folds = 2 },
  compare = { hinge = { margin = { from = 0, to = 1 } }, adaptive_rank = { margin_lr = { 0, 1e-2 } } }, seeds = { 1 },
  model = { hidden = { 4 } }, train = { epochs = 2, batch = 20, lr = { log = { 1e-3, 1 } } },
  search = { trials = 5, at_once = 2, by = "fold" },
}
LUA
"$losslab" run $study --db $study.local.db --jobs 1 >$study.txt 2>local.err || fail 'a local search' "$(cat local.err)"
echo die >"$PLAY/fate-2"
touch "$PLAY/silent"
is 'a search, one task of which never begins' "$(slurm found.db --array 3 --resubmit 0) $(jobs)" '1 1'
has '  is told' err.txt 'losslab: 5 trials are left to do; the same command carries on'
rm "$PLAY/fate-2"
touch "$PLAY/murder"
is '  and so is one that is killed as it submits the next' "$(slurm found.db --array 3) $(jobs)" '137 2'
is '  and once more' "$(slurm found.db --array 3) $(jobs)" '137 3'
rm "$PLAY/murder"
is '  the same command carries on, an array for each round' "$(slurm found.db --array 3) $(jobs)" '0 4'
like_local '  to the bits of a local run' found.db
is '  with its answer' "$(cat out.txt)" "$(cat $study.txt)"
is '  and once more has nothing to do' "$(slurm found.db) $(jobs)" '0 4'
has '  shards are as large as each other' "$PLAY/job-4/trials-1.txt" '# shard 1 of 3 of #1 {: the keys of its trials'
is '  which is to a trial' "$(for each in "$PLAY"/job-4/trials-*.txt; do grep -c '^[^#]' "$each"; done | tr '\n' ' ')" '3 3 2 '
anew
cp $study plain.lua
echo "echo '-- a remark' >>$study" >"$PLAY/hook"
is 'a remark that is added to a search while tasks wait' "$(slurm remarked.db --array 3)" 0
is '  takes no trials away, nor proposals' "$("$losslab" diff remarked.db $study.local.db)" equal
cp plain.lua $study
ask remarked.db 'DELETE FROM wanted WHERE trial > 2; DELETE FROM proposal; DELETE FROM search'
is '  what lost them is mended by the same command' "$(slurm remarked.db) $("$losslab" diff remarked.db $study.local.db)" '0 equal'
anew
echo die >"$PLAY/fate-2-1"
is 'a search that is left in its second round' "$(slurm more.db --array 2 --resubmit 0) $(jobs)" '1 2'
"$losslab" run $study --db more.local.db --plan 2>err.txt
sed -i 's/trials = 5/trials = 6/' $study
is '  and then gets a larger budget' "$(slurm more.db --array 2) $(jobs)" '0 4'
"$losslab" run $study --db more.local.db >more.txt 2>err.txt
is '  is what a local run makes of it' "$("$losslab" diff more.db more.local.db)" equal
anew

# What is asked of a trial beside what was recorded no task adds.
sed -i 's/seeds = /metric = "accuracy", seeds = /; s/trials = 6/trials = 2/' $study
is 'a search that finds a trial without its metric' "$(slurm more.db)" 1
has '  says what adds it' err.txt 'losslab run without --executor adds it, which the search needs to go on'
anew

# Trials pause at a rung, and go on from there in the next array; the array that is cut anew, too.
study=pruned.lua
sed 's/name = "[^"]*"/name = "pruned"/; s/search = {.*/scores = "all", networks = true, search = { trials = 5, at_once = 4, prune = { method = "halving", eta = 2 } },/
  s/epochs = 2/epochs = 4/' search.lua >$study
"$losslab" run $study --db $study.local.db --jobs 1 >$study.txt 2>local.err || fail 'a local search' "$(cat local.err)"
echo die >"$PLAY/fate-2-1"
is 'a search that prunes, one task of which never begins' "$(slurm pruned.db --array 2 --resubmit 0) $(jobs)" '1 2'
is '  carries on with other shards' "$(slurm pruned.db --array 3)" 0
like_local '  to the bits of a local run' pruned.db
is '  with its answer' "$(cat out.txt)" "$(cat $study.txt)"
is '  an array for each rung of each round' "$(jobs)" 7
is '  no task of which fails because trials wait' "$(cat "$PLAY"/job-*/task-* | grep -c FAILED)" 1
is '  in which trials go on from where they were' "$(for i in 1 2 3 4; do grep -ho '"epoch":[0-9]*' "$PLAY/job-$i"/trials-*.txt | sort | uniq -c |
  tr -d '\n'; echo; done | sed 's/ *\([0-9]*\) / \1 of /')" '
 8 of "epoch":1
 4 of "epoch":1
 8 of "epoch":2'
anew

# Trials of the study's own have no checkpoint; a task is killed in its third.
study=own.lua
cat >$study <<'LUA'
return ll.study { name = "own", data = { generator = "moons", n = 40 }, split = { folds = 2 }, metric = "error", goal = "min",
  compare = { a = { x = { from = 0, to = 1 } }, b = { x = { from = 0, to = 1 } } },
  search = { trials = 7, prune = { method = "hyperband", epochs = 4, eta = 2 } },
  trial = function(t)
    if os.getenv "STOP" then
      local began <close> = io.open("began", "a")
      if began:write("."):seek "end" == 3 then os.execute 'kill -KILL $(cut -d " " -f 4 /proc/$PPID/stat) $PPID' end
    end
    t:keep("path", { { t.parameters.x, 1 } })
    for epoch = 1, 4 do
      local error = t.parameters.x + 1 / epoch + t:random("noise" .. epoch):uniform() / 10
      t:record { loss = error, valid = { error = error }, test = { error = error } }
    end
  end }
LUA
"$losslab" run $study --db $study.local.db --jobs 1 >$study.txt 2>local.err || fail 'a local search' "$(cat local.err)"
echo stop >"$PLAY/fate-1"
is 'a search with its own trial, in rounds of several sizes' "$(slurm own.db --array 2)" 0
has '  a task of which is killed' err.txt 'shard 1 (task 1_1 on far) ended early: TIMEOUT, exit code 7:0; it is submitted again'
like_local '  to the bits of a local run' own.db
is '  with its answer' "$(cat out.txt)" "$(cat $study.txt)"
anew

# ---- by hand --------------------------------------------------------------------------------------------------------------------
is 'a search has no parts' "$("$losslab" run $study --db hand.db --shard 1/2 2>err.txt; echo $?)" 1
has '  which says why, and what to do' err.txt 'which trials it asks for depends on how others end; losslab run --executor slurm runs each round'
finish
