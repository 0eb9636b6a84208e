#!/bin/sh
# Paths that are no files. A pipe, socket, device or folder where a database should be, or beside one, is refused at once by its
# name; data and scripts may come through a pipe, but not from a device, which has no end. (timeout is for a program that waits.)
. tests/e2e/tap.sh
cat >"$work/s.lua" <<'END'
return ll.study { name = "s", data = { { generator = "moons", n = 60, name = "m" } }, split = { folds = 2 }, seeds = { 1 },
  compare = { hinge = {} }, train = { epochs = 1, batch = 8 }, model = { hidden = { 2 } } }
END
cd "$work" || exit 1
mkfifo pipe.db
mkdir folder.db
"$losslab" run s.lua --db s.db >out 2>err
is 'a study' $? 0
# refused NAME MESSAGE WORDS…
refused() {
  name=$1 message=$2
  shift 2
  timeout 60 "$losslab" "$@" >out 2>err
  is "$name" "$? $(cat err)" "1 losslab: $message"
}
for command in show ls export plot gallery resume; do
  [ $command = ls ] || refused "$command of a folder" 'folder.db is a folder, not a database' $command folder.db
  refused "$command of a pipe" 'pipe.db is not a regular file' $command pipe.db
  refused "$command of a device" '/dev/zero is not a regular file' $command /dev/zero
done
refused 'run into a pipe' 'pipe.db is not a regular file' run s.lua --db pipe.db
refused 'run into a folder' 'folder.db is a folder, not a database' run s.lua --db folder.db
refused 'run into a device' '/dev/null is not a regular file' run s.lua --db /dev/null
for suffix in -journal -wal -shm; do
  cp s.db beside.db
  rm -f beside.db-*
  mkfifo beside.db$suffix
  for command in show resume; do
    refused "$command beside a pipe $suffix" "beside.db: beside.db$suffix is not a regular file" $command beside.db
  done
done
{ echo a,b,label; for i in $(seq 40); do echo "$i,$((i * 7 % 13)),$((i % 2))"; done; } >d.csv
mkfifo data.csv
cat d.csv >data.csv &
is 'data come through a pipe' "$(timeout 60 "$losslab" -e 'print(ll.data.load("data.csv").rows)' 2>&1)" 40
cat s.lua >pipe.db &
timeout 60 "$losslab" run pipe.db --db t.db >out 2>err
is 'and so does a script' $? 0
refused 'data from a device' '/dev/zero is a device, not a file' -e \
  'local fine, why = pcall(ll.data.load, "/dev/zero", { format = "csv" }) error((why:gsub("^.-: (/dev)", "%1")), 0)'
finish
