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
for view in leaderboard summary best curve; do
  cp good.db "$view.db"
  ask "$view.db" "DROP VIEW $view; CREATE VIEW $view AS $end SELECT n AS trial, 1 AS dataset, 1 AS loss, n AS config, 1 AS metric,
    1 AS split, n AS epoch FROM r WHERE n < 0"
done
ended 'show' summary.db summary show summary.db
ended 'ls' best.db best ls best.db
ended 'export' leaderboard.db leaderboard export leaderboard.db
ended 'export of curves' curve.db curves export curve.db curve
ended 'plot' summary.db summary plot summary.db --out figures
cp good.db table.db
ask table.db "DROP TABLE metric; CREATE VIEW metric AS $end SELECT n AS trial, 'auc' AS name, 'test' AS split, n AS epoch, n AS value FROM r"
ended 'a table that is a view' table.db all_metrics export table.db metrics
ended 'one for a trial' table.db metrics show table.db 1
cp good.db trial.db
ask trial.db "DROP TABLE trial; CREATE VIEW trial AS $end SELECT n AS id, 'done' AS status, 1 AS seconds FROM r"
ended 'ls of a folder' trial.db progress ls trial.db good.db
ended 'a query of one'"'"'s own' good.db query -e "local db <close> = ll.store.open 'good.db'
  for _ in db:query '$end SELECT n FROM r WHERE n < 0' do end"
timeout 300 "$losslab" export leaderboard.db >out 2>err
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
