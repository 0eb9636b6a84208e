#!/bin/sh
# A study killed with -9, at any moment, parent or worker, or interrupted, is carried on by the same command and ends in the same
# content. The study kills itself at chosen moments, each once, so that nothing here depends on speed.
. tests/e2e/tap.sh

# KILL is a folder. The file N in it stands for moment N and holds what to do there; it is removed when that moment comes. After a
# moment that asks for it, until the file `halt` is gone, every other worker waits at its next moment, and notes that in `held`.
cat >"$work/study.lua" <<'LUA'
local folder = os.getenv "KILL"
local function touch(name) assert(io.open(folder .. "/../" .. name, "w")):close() end
local function moment(name)
  if not folder then return end
  local halt = io.open(folder .. "/../halt")
  if halt then
    halt:close()
    touch "held"
    os.execute "exec tail -f --pid=$PPID /dev/null" -- until this worker is killed
  end
  local file = io.open(folder .. "/" .. name)
  if not file then return end
  local what = file:read "l"
  file:close()
  os.remove(folder .. "/" .. name)
  if what:find "^: halt;" then touch "halt" end
  os.execute(what)
end
return ll.study {
  name = "kill", data = { "sonar", { generator = "target_decoy", n = 300 } }, seeds = { 1, 2 }, split = { folds = 3 },
  compare = { adaptive_rank = { margin_lr = { 0, 1e-2 } }, hinge = {}, square = {} },
  train = { epochs = 3, batch = 40, lr = .01, loop = function(trial)
    local cut = string.format("%s-%d", trial.config.loss, trial.number)
    for epoch = 1, trial.epochs do
      moment(cut .. "-" .. epoch)
      for x, y in trial:batches() do trial:step(trial.loss(trial.net(x), y), #y) end
      trial:end_epoch()
    end
    moment(cut .. "-end")
  end },
}
LUA
mkdir "$work/moments"
export KILL=$work/moments
export LOSSLAB_SPAN=0 # a transaction a trial: a worker holds one at a time
run 0 'without a kill' "$work/study.lua" "$work/whole.db"
trials=$(ask "$work/whole.db" "SELECT count(*) FROM trial")
numbers() { ask "$work/whole.db" "SELECT number FROM trial WHERE config = 1 ORDER BY id LIMIT 1 OFFSET $1"; }
parent=': halt; kill -9 $(cut -d " " -f 4 /proc/$PPID/stat)'

db=$work/killed.db
# Kills of the parent, whose workers go with it: at the first trial's first epoch, in the middle, at a trial's end, in the last cut.
i=0
for moment in "adaptive_rank-$(numbers 0)-1" "hinge-$(numbers 3)-2" "square-$(numbers 6)-end" "hinge-$(numbers 9)-3"; do
  i=$((i + 1))
  rm -f "$work/halt"
  echo "$parent; kill -9 \$PPID" >"$KILL/$moment"
  run 137 "kill $i of the parent, at $moment" "$work/study.lua" "$db" $((i % 2 + 1))
  is "it was killed there" "$(ls "$KILL")" ''
  is "and left something to do" "$(ask "$db" "SELECT count(*) > 0 FROM trial WHERE status IN ('pending', 'running')")" 1
done
# Kills of workers, which are replaced.
rm -f "$work/halt"
for at in 11; do
  echo 'kill -9 $PPID' >"$KILL/square-$(numbers $at)-2"
done
run 0 'carried on to the end, though a worker was killed' "$work/study.lua" "$db"
is 'the worker was killed' "$(ls "$KILL")" ''
same 'the same content as without a kill' "$work/whole.db" "$db"
is 'nothing runs any more' "$(ask "$db" "SELECT count(*) FROM trial WHERE status = 'done'")" "$trials"

# Every worker killed once.
db=$work/workers.db
for at in 0 1 5 9; do
  echo 'kill -9 $PPID' >"$KILL/hinge-$(numbers $at)-1"
  echo 'kill -9 $PPID' >"$KILL/square-$(numbers $at)-end"
done
run 0 'eight workers killed' "$work/study.lua" "$db"
is 'all of them were' "$(ls "$KILL")" ''
same 'the same content' "$work/whole.db" "$db"

# Both workers dead at once, four times over: the parent, stopped meanwhile, finds them together, each with a trial.
db=$work/both.db
cat >"$work/both.sh" <<'SH'
while [ ! -e "$KILL/../held" ]; do sleep .01; done
parent=$(cut -d ' ' -f 4 /proc/$1/stat)
kill -STOP $parent
for each in /proc/[0-9]*; do
  if [ "$(cut -d ' ' -f 4 $each/stat 2>/dev/null)" = $parent ]; then kill -9 ${each#/proc/}; fi
done
rm "$KILL/../halt" "$KILL/../held"
kill -CONT $parent
SH
for at in 0 3 6 9; do echo ": halt; sh '$work/both.sh' \$PPID" >"$KILL/hinge-$(numbers $at)-2"; done
run 0 'both workers killed, four times' "$work/study.lua" "$db"
is 'all four times' "$(ls "$KILL")" ''
same 'the same content' "$work/whole.db" "$db"

# Several trials to a transaction, as it is where nothing is said: the same kills, and the same content.
unset LOSSLAB_SPAN
db=$work/several.db
for at in 0 1 5 9; do
  echo 'kill -9 $PPID' >"$KILL/hinge-$(numbers $at)-1"
  echo 'kill -9 $PPID' >"$KILL/square-$(numbers $at)-end"
done
run 0 'eight workers killed, who hold several trials' "$work/study.lua" "$db" 1
is 'all of them were' "$(ls "$KILL")" ''
same 'the same content' "$work/whole.db" "$db"
echo "$parent; kill -9 \$PPID" >"$KILL/hinge-$(numbers 9)-3"
rm -f "$work/halt"
run 137 'a kill of the parent of such a worker' "$work/study.lua" "$work/parent.db" 1
rm -f "$work/halt"
run 0 'carried on' "$work/study.lua" "$work/parent.db" 2
same 'the same content' "$work/whole.db" "$work/parent.db"

# Interrupted and terminated: said so, exit code 130, carried on. The first SIGINT lets the epoch under way end; the second, as SIGTERM,
# ends a worker that would never come to the end of it.
signal="kill -INT \$(cut -d ' ' -f 4 /proc/\$PPID/stat)"
ever='exec tail -f --pid=$PPID /dev/null'
for how in INT twice TERM; do
  db=$work/$how.db
  case $how in
  INT) echo "$signal" ;;
  twice) echo "$signal; while ! grep -q 'again ends at once' '$work/err'; do sleep .01; done; $signal; $ever" ;;
  TERM) echo "kill -TERM \$(cut -d ' ' -f 4 /proc/\$PPID/stat); $ever" ;;
  esac >"$KILL/hinge-$(numbers 4)-2"
  run 130 "SIG$how ends it with 130" "$work/study.lua" "$db" 1
  is 'which says what a second Ctrl-C does' "$(grep -c 'ending after the epochs under way; Ctrl-C again ends at once' "$work/err")" \
    $([ $how = TERM ] && echo 0 || echo 1)
  has 'it says how far it came' "$work/err" "interrupted after $(ask "$db" "SELECT count(*) FROM trial WHERE status = 'done'") of $trials trials"
  has 'and how to go on' "$work/err" 'the same command carries on'
  is 'no trial is left running' "$(ask "$db" "SELECT count(*) FROM trial WHERE status = 'running'")" 0
  run 0 'carried on' "$work/study.lua" "$db"
  same 'the same content' "$work/whole.db" "$db"
done

# A long trial behind short ones in one batch: they are written before it ends. It looks for them, epoch after epoch.
cat >"$work/late.lua" <<'LUA'
local count = 0
local function done()
  local ask = [[ "SELECT count(*) FROM trial WHERE status = 'done'"]]
  local pipe <close> = io.popen("sqlite3 -cmd '.timeout 5000' " .. os.getenv "LATE" .. ask)
  return pipe:read "n"
end
return ll.study { name = "late", data = { { generator = "moons", n = 60 } }, split = { test = .3 }, scores = "none",
  seeds = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, compare = { hinge = {} }, model = { hidden = {} },
  train = { epochs = 1, batch = 16, loop = function(trial)
    count = count + 1
    local epochs = count == 4 and os.getenv "LATE" and 20000 or 1
    for epoch = 1, epochs do
      for x, y in trial:batches() do trial:step(trial.loss(trial.net(x), y), #y) end
      trial:end_epoch()
      if epoch % 200 == 0 and done() >= 3 then break end
      if epoch == 20000 then error "those before it were not written" end
    end
  end } }
LUA
export LATE="$work/late.db" LOSSLAB_SPAN=0.05
run 0 'short trials before a long one are written while it runs' "$work/late.lua" "$LATE" 1
is 'all are done' "$(ask "$LATE" "SELECT count(*) FROM trial WHERE status = 'done'")" 12
finish
