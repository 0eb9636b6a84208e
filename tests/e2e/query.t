#!/bin/sh
# losslab query: tables that fit, CSV, JSON and lines of it, what is refused, and what is said of a wrong statement.
. tests/e2e/tap.sh
db=$work/study.db
run 0 'a study runs' tests/e2e/database_page.lua "$db"
# query WORDS…: its output, errors with it.
query() { "$losslab" query "$@" 2>&1; }

is 'a table' "$(query "$db" "SELECT 1 AS one, 2.5 AS two, 'three' AS text, NULL AS none, x'00ff10' AS blob")" 'one  two  text   none       blob
  1  2.5  three  -     <3 bytes>'
is 'rows of the study' "$(query "$db" "SELECT status, trials FROM progress ORDER BY 1")" 'status    trials
diverged       8
done          56'
is 'as CSV' "$(query "$db" "SELECT 1 AS a, 'x, \"y\"' AS b, NULL AS c, x'00ff' AS d, 0.1 AS e, 9e999 AS f" --format csv)" 'a,b,c,d,e,f
1,"x, ""y""",,00ff,0.1,inf'
is 'as JSON' "$(query "$db" "SELECT 1 AS a, 'é\"' AS b, NULL AS c, x'00ff' AS d, 9e999 AS f, 2 AS a, '{\"x\":1}' AS parameters" --json)" '[
{"a":1,"b":"é\"","c":null,"d":"00ff","f":null,"a_2":2,"parameters":{"x":1}}
]'
is 'as lines of JSON' "$(query "$db" "SELECT value AS v FROM json_each('[1,2]')" --format jsonl)" '{"v":1}
{"v":2}'
is 'nothing, as JSON' "$(query "$db" "SELECT 1 WHERE 0" --json)" '[]'
is 'nothing, as lines' "$(query "$db" "SELECT 1 WHERE 0" --format jsonl)" ''
is 'nothing, as CSV' "$(query "$db" "SELECT 1 AS a WHERE 0" --format csv)" 'a'
is 'from standard input' "$(echo 'SELECT 7 AS n' | query "$db" -)" 'n
7'
is 'numbers read back to the same bits' "$(query "$db" "SELECT 0.1 + 0.2 AS x, 9007199254740993 AS n" --format csv)" 'x,n
0.30000000000000004,9007199254740993'
is 'with the functions of losslab' "$(query "$db" "SELECT sum(auc(trial, 'best', 'test') IS NOT test) AS other FROM best" --format csv)" 'other
0'
is 'of all studies' "$(query "$db" "SELECT count(*) AS n FROM study" --format csv)" 'n
1'
is 'a thousand rows and more' "$(query "$db" "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 2500) SELECT x FROM t" | wc -l)" 2501

# wrong NAME CODE TEXT WORDS…
wrong() {
  name=$1 wanted=$2 words=$3
  shift 3
  out=$(query "$@") && code=0 || code=$?
  case $code:$out in "$wanted:"*"$words"*) pass "$name" ;; *) fail "$name" "exit code $code: $out" "expected: $wanted: $words" ;; esac
}
wrong 'a wrong column' 1 'losslab: query: no such column: tset; did you mean "test"? (line 1, column 8: "tset FROM best")' "$db" 'SELECT tset FROM best'
wrong 'a wrong table' 1 'no such table: metrics; did you mean "metric"? (line 1, column 15' "$db" 'SELECT * FROM metrics'
wrong 'a wrong function' 1 'did you mean "partial_auc"?' "$db" "SELECT partal_auc(1, 1, 'test')"
wrong 'a syntax error, in its line' 1 'near "FROM": syntax error (line 2, column 1: "FROM best")' "$db" 'SELECT test,
FROM best'
wrong 'a wrong argument' 1 'did you mean "test"?' "$db" "SELECT auc(1, 1, 'tests')"
for sql in 'DELETE FROM trial' 'UPDATE study SET name = 1' 'DROP TABLE trial' "ATTACH '$work/x.db' AS x" 'PRAGMA user_version = 3' \
  'CREATE TEMP TABLE x (y)' 'VACUUM'; do
  wrong "only reading: $sql" 1 'may only read' "$db" "$sql"
done
wrong 'nor loading' 1 'not authorized to use function: load_extension' "$db" "SELECT load_extension('x')"
wrong 'two statements' 1 'takes one statement' "$db" 'SELECT 1; SELECT 2'
wrong 'none' 1 'holds no statement' "$db" ' -- nothing'
wrong 'no database' 2 'DB is missing'
wrong 'no SQL' 2 'SQL is missing: losslab query' "$db"
wrong 'a format that there is not' 2 'did you mean "json"?' "$db" 'SELECT 1' --format jsn
wrong 'two formats' 2 '--json and --format csv exclude each other' "$db" 'SELECT 1' --json --format csv
wrong 'a file that is not there' 1 'there is no such database' "$work/none.db" 'SELECT 1'
LOSSLAB_SQL_STEPS=100000 wrong 'one that never ends' 1 'was ended after' "$db" \
  'WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t'
sqlite3 "$work/sly.db" ".restore $db" "CREATE VIEW sly AS SELECT auc(1, 1, 'test')"
wrong 'a view of the file cannot call the functions' 1 'unsafe use of auc' "$work/sly.db" 'SELECT * FROM sly'
is 'what a text holds reaches no terminal' "$(query "$db" "SELECT 'a' || char(27) || '[2J' AS t")" 't
a\27[2J'

# In a terminal of 80 columns: the texts give way, then the rows are written downwards; numbers stay whole.
if command -v script >/dev/null; then
  terminal() { script -qec "stty cols 80; '$losslab' query '$db' \"$1\"" /dev/null | tr -d '\r'; }
  long=$(terminal "SELECT 12345678901234567 AS number, question || question || question AS text, 0.123456 AS share FROM study")
  is 'a long text is cut' "$(echo "$long" | awk '{ print (length($0) <= 82) }' | sort -u)$(echo "$long" | grep -c '^12345678901234567  Which.*…')" 11
  tall=$(terminal "SELECT * FROM leaderboard")
  is 'what is too wide is written downwards' "$(echo "$tall" | sed -n '1p;4p')" 'study        small
config       '"$(ask "$db" 'SELECT config FROM leaderboard LIMIT 1')"
fi

path=$("$losslab" query --extension)
is 'where the extension is' "$(sqlite3 :memory: -cmd ".load $path" "SELECT ll_unpack(x'0000803f')")" '[1]'
finish
