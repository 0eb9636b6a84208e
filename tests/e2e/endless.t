#!/bin/sh
# Databases that would keep their reader for ever: views that recurse without end in place of ours, triggers that undo what is
# written, tables that are views. Every command ends, and says with which file and statement. timeout is for a command that does
# not, so that the test fails rather than hangs.
. tests/e2e/tap.sh
"$losslab" tests/e2e/endless.lua "$work" || exit 1
cd "$work" || exit 1
end='WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)'

# ended NAME DB STATEMENT WORDS…: ends with the message for the statement.
ended() {
  name=$1 db=$2 statement=$3
  shift 3
  LOSSLAB_SQL_STEPS=200000 timeout 60 "$losslab" "$@" >out 2>err
  is "$name ends" $? 1
  has "$name names file and statement" err "$db: $statement was ended after"
}
# Of ours none is read that the file holds: they are made anew for each reader. One step of a view may take hours (instr).
for view in leaderboard summary best curve progress; do
  cp good.db "$view.db"
  ask "$view.db" "DROP VIEW $view; CREATE VIEW $view AS $end SELECT n AS trial, 1 AS dataset, 1 AS loss, n AS config, 1 AS metric,
    1 AS split, n AS epoch, instr(zeroblob(100000000), zeroblob(50000000) || x'01') AS status, 1 AS trials FROM r WHERE n < 0"
  for words in 'show' 'ls' 'export' "plot --out figures --format svg --only summary"; do
    timeout 60 "$losslab" ${words%% *} $view.db $(echo "$words" | sed 's/^[a-z]*//') >"$view.out" 2>err
    is "$words with a $view of the file's own" $? 0
    timeout 60 "$losslab" ${words%% *} good.db $(echo "$words" | sed 's/^[a-z]*//') >good.out 2>err
    is "says what it says without" "$(cmp "$view.out" good.out && echo same)" same
  done
done
for table in metric trial study; do
  cp good.db "$table.db"
  ask "$table.db" "PRAGMA foreign_keys = 0; ALTER TABLE $table RENAME TO was; CREATE VIEW $table AS SELECT * FROM was"
  for words in show ls export resume; do
    timeout 60 "$losslab" $words "$table.db" >out 2>err
    is "$words of a $table that is a view" $? 1
    has 'says so' err "\"$table\" is no plain table"
  done
done
cp good.db computed.db
ask computed.db "ALTER TABLE study ADD COLUMN more TEXT AS (hex(zeroblob(9)))"
timeout 60 "$losslab" show computed.db >out 2>err
has 'columns that are computed are refused' err '"study" is no plain table'
cp good.db users.db
ask users.db "CREATE VIEW mine AS SELECT count(*) AS n FROM trial; CREATE TABLE notes (words)"
is "a user's own views and tables stay" "$("$losslab" -e "local db <close> = ll.store.open 'users.db'
  for row in db:query 'SELECT n FROM mine' do print(row.n) end")" 4
ended "a view of one's own" good.db query -e "local db <close> = ll.store.open 'good.db'
  for _ in db:query '$end SELECT n FROM r WHERE n < 0' do end"
timeout 300 "$losslab" -e "local db <close> = ll.store.open 'good.db'
  for _ in db:query '$end SELECT n FROM r WHERE n < 0' do end" >out 2>err
is 'the bound without LOSSLAB_SQL_STEPS, too' $? 1
has 'and its message says how to have another' err 'LOSSLAB_SQL_STEPS allows another number (0: any)'

# Ctrl-C ends a statement: the signal comes once it runs, which it tells by its first row.
cat >forever.lua <<END
local db <close> = ll.store.open "good.db"
for row in db:query "$end SELECT n FROM r WHERE n = 1 OR n < 0" do
  io.stdout:write "started\n"
  io.stdout:flush()
end
END
mkfifo pipe
(ulimit -t 60 && LOSSLAB_SQL_STEPS=0 exec "$losslab" forever.lua) >pipe 2>err &
pid=$!
read -r said <pipe
is 'a statement without a bound runs' "$said" started
kill -INT $pid
wait $pid
is 'and is ended by Ctrl-C' $? 130
has 'as an interrupt' err 'losslab: interrupted'

# What a study writes stays far below the bound: a step or so a byte, of 50.
size=$(wc -c <large.db)
for table in leaderboard curve summary best metrics epochs scores trials; do
  LOSSLAB_SQL_STEPS=$((3 * size)) "$losslab" export large.db $table --out $table.csv 2>err
  is "$table of a large database" "$?" 0
done
LOSSLAB_SQL_STEPS=$((3 * size)) "$losslab" show large.db >out 2>err
is 'and its answer' "$?" 0
finish
