#!/bin/sh
# losslab ls of a folder in which some databases cannot be read: the others are listed, each of these is told with its reason, on
# standard error and in JSON, and the exit code is 1.
. tests/e2e/tap.sh
"$losslab" -e 'require "tests.lua.fixture_db"(arg[1], { datasets = { "a" }, losses = { hinge = {} }, folds = 2, seeds = 1, epochs = 2,
  rows = 40, name = "fine" })' "$work/a_fine.db" || exit 1
cd "$work" || exit 1
cp a_fine.db z_fine.db
# bad NAME REASON SQL
bad() {
  cp a_fine.db "$1"
  ask "$1" "$3" >out
  printf '%s\n' "$2" >>reasons
}
loose="PRAGMA ignore_check_constraints = 1; PRAGMA writable_schema = 1; UPDATE sqlite_schema SET
sql = replace(replace(sql, ') STRICT', ')'), 'TEXT NOT NULL', 'TEXT') WHERE name = 'study'; PRAGMA writable_schema = RESET;"
bad b_created.db "b_created.db is damaged: its study's created is nil" "$loose UPDATE study SET created = NULL"
bad c_name.db "c_name.db is damaged: its study's name is nil" "$loose UPDATE study SET name = NULL"
bad d_empty.db 'd_empty.db holds no study' 'PRAGMA foreign_keys = 0; DELETE FROM study'
bad e_gone.db 'e_gone.db: progress: no such table: trial' 'DROP VIEW best; PRAGMA foreign_keys = 0; DROP TABLE trial'
bad f_newer.db 'f_newer.db was written by a newer losslab' 'PRAGMA user_version = 99'
ask g_other.db 'CREATE TABLE t (x)'
echo "g_other.db is a SQLite database, but not one of losslab's" >>reasons
echo 'this is no database, though it is as long as a header of one: 100 bytes and more, so that it is looked at in earnest by all' >h_text.db
echo 'h_text.db is not a database' >>reasons
head -c 5000 a_fine.db >i_cut.db
echo 'i_cut.db is damaged' >>reasons
: >j_nothing.db
echo 'j_nothing.db is empty' >>reasons
ln -s nowhere k_link.db
echo 'k_link.db: there is no such database' >>reasons
mkfifo l_pipe.db
echo 'l_pipe.db is not a regular file' >>reasons
mkdir m_folder.db

listed() {
  is "$1: what is fine is listed" "$(grep -o '[az]_fine.db *fine' out | tr -s ' ' | tr '\n' ,)" 'a_fine.db fine,z_fine.db fine,'
  while read -r reason; do has "$1: $reason" err "$reason"; done <reasons
  is "$1: and nothing else" "$(wc -l <err)" "$(wc -l <reasons)"
}
timeout 60 "$losslab" ls >out 2>err
is 'ls of this folder ends with 1' $? 1
listed ls
timeout 60 "$losslab" ls . >out 2>err
is 'and by its name' $? 1
timeout 60 "$losslab" ls ./*.db >out 2>err
is 'and of its files' $? 1
sed -i 's|\./||' out err
listed 'ls of files'
timeout 60 "$losslab" ls --json >out 2>err
is 'in JSON, too' $? 1
"$losslab" -e 'local v = ll.json.decode(io.read "a")
  for _, each in ipairs(v) do print(each.file, each.name or each.error) end' <out >rows
is 'which has the studies' "$(grep -c fine$ rows)" 2
while read -r reason; do has "in JSON: $reason" rows "$reason"; done <reasons
timeout 60 "$losslab" ls nowhere a_fine.db >out 2>err
is 'of names that are not there, too' "$? $(cat err)" '1 losslab: nowhere: there is no such database'
is 'and the others are listed' "$(grep -c 'a_fine.db *fine' out)" 1
mkdir good
mv a_fine.db good
"$losslab" ls good >out 2>err
is 'where all is fine it ends with 0' "$? $(cat err)" '0 '
finish
