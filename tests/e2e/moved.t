#!/bin/sh
# A database is one file. One that is moved or replaced while its study runs stops the run and is not written to again, and neither is
# what took its place; a log that belongs to another file is never written into this one; every name of a file meets the same lock.
. tests/e2e/tap.sh
cd "$work" || exit 1
run() {
  "$losslab" run "$3" --db "$4" --jobs "${5:-2}" >out 2>err
  code=$?
  if [ $code = "$1" ]; then pass "$2"; else fail "$2" "$(cat out err)" "exit code $code, expected $1"; fi
}
sum() { sha256sum <"$1"; }
# As somebody shows a database who did not run its script: looks at it are not counted in the file.
show() { XDG_STATE_HOME="$work/nobody" "$losslab" show "$@"; }
same() {
  if "$losslab" "$root/tests/e2e/same.lua" "$2" "$3" >said 2>&1; then pass "$1"; else fail "$1" "$(cat said)"; fi
}
root=$OLDPWD

# What MOMENT says is done in the trial of the loss square whose number is AT.
cat >study.lua <<'LUA'
return ll.study {
  name = "moved", data = { { generator = "target_decoy", n = 100 } }, seeds = { 1, 2, 3, 4, 5 }, split = { test = .3, valid = .2 },
  compare = { hinge = {}, square = {}, cross_entropy = {} },
  train = { epochs = 2, batch = 10, lr = .01, loop = function(trial)
    local what = os.getenv "MOMENT"
    if what and trial.config.loss == "square" and trial.number == tonumber(os.getenv "AT") then assert(os.execute(what)) end
    require "losslab.run.network".loop(trial)
  end },
}
LUA
run 0 'a study' study.lua whole.db
is 'one file, nothing beside it' "$(ls | grep whole)" whole.db
is 'without a log' "$(ask whole.db 'PRAGMA journal_mode')" delete
cp whole.db backup.db

# Moved, and another put in its place, while it runs.
numbers=$(ask whole.db "SELECT number FROM trial WHERE config = 1 ORDER BY id")
AT=$(echo "$numbers" | sed -n 3p)
export AT
# The parent, stopped meanwhile, sees both at once.
parent="p=\$(cut -d ' ' -f 4 /proc/\$PPID/stat); kill -STOP \$p"
MOMENT="$parent; mv m.db elsewhere.db; cp backup.db m.db; kill -CONT \$p" run 1 'moved in mid-run' study.lua m.db
has 'it is said' err "losslab: m.db was moved while its study ran, which stops: what was committed is in the moved file, $work/elsewhere.db"
is 'what took its place is as it was' "$(sum m.db)" "$(sum backup.db)"
is 'nothing is left beside them' "$(echo m.db* elsewhere.db*)" 'm.db elsewhere.db'
is 'the moved one is whole' "$(ask elsewhere.db "PRAGMA integrity_check; SELECT count(*) BETWEEN 3 AND 14 FROM trial WHERE status = 'done'")" 'ok
1'
run 0 'and is carried on' study.lua elsewhere.db
same 'to the same content' whole.db elsewhere.db
rm -f m.db
MOMENT="mv m.db elsewhere.db" run 1 'moved away' study.lua m.db
is 'nothing is made in its place' "$(echo m.db*)" 'm.db*'

# Killed right after it was replaced, again and again: what took its place stays as it was.
for AT in $numbers; do
  for how in 'mv copy.db m.db' 'mv m.db elsewhere.db; mv copy.db m.db'; do
    rm -f m.db* && cp backup.db copy.db
    # shellcheck disable=SC2016
    MOMENT="$parent; $how; kill -9 \$p" "$losslab" run study.lua --db m.db --jobs 2 >out 2>err
    [ $? = 137 ] && [ "$(sum m.db)" = "$(sum backup.db)" ] || fail "killed, $how, at $AT" "$(cat out err; ls)"
    show m.db >shown 2>err || grep -q 'of another database' err || fail "shown, $how, at $AT" "$(cat err)"
    [ "$(sum m.db)" = "$(sum backup.db)" ] || fail "changed, $how, at $AT" "$(ls)"
  done
done
pass 'killed after it was replaced: what took its place is as it was'

# A journal made by hand, as SQLite leaves it when it is killed while it writes: every page of FILE as it was.
cat >journal.pl <<'PERL'
local $/;
open my $in, '<:raw', $ARGV[0] or die; my $db = <$in>;
my $size = unpack('n', substr($db, 16, 2)); $size = 65536 if $size == 1;
my $pages = length($db) / $size; my $nonce = 12345;
my $out = pack('a512', "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" . pack('N5', $pages, $nonce, $pages, 512, $size));
for my $i (0 .. $pages - 1) {
  my $page = substr($db, $i * $size, $size); my $sum = $nonce;
  for (my $k = $size - 200; $k > 0; $k -= 200) { $sum += ord(substr($page, $k, 1)); }
  $out .= pack('N', $i + 1) . $page . pack('N', $sum & 0xffffffff);
}
binmode STDOUT; print $out;
PERL
change() { ask "$1" "UPDATE study SET question = question || '!'"; }
cp whole.db once.db && change once.db && cp once.db twice.db && change twice.db
"$losslab" -e 'local s <close> = ll.store.open("other.db", { mode = "create" })'

cp once.db m.db && perl journal.pl whole.db >m.db-journal
show m.db >shown 2>err
is 'its own journal is rolled back' "$? $(sum m.db) $(ls m.db*)" "0 $(sum whole.db) m.db"
mkdir one two && cp once.db one/m.db && perl journal.pl whole.db >one/m.db-journal && cp -r one/. two
is 'in a copy of the folder, too' "$(show two/m.db >shown 2>err; echo $?) $(sum two/m.db)" "0 $(sum whole.db)"

# refused NAME LOG: every way to open m.db is refused, and nothing is changed.
refused() {
  before=$(sum m.db) log=$(sum "$2")
  for words in 'show m.db' 'run study.lua --db m.db' 'resume m.db' 'show link.db' 'export m.db --out x.csv'; do
    "$losslab" $words >out 2>err
    code=$?
    [ $code = 1 ] && grep -q "$2 beside it is the .* of another database" err || fail "$1: $words" "exit code $code" "$(cat err)"
    [ "$(sum m.db) $(sum "$2")" = "$before $log" ] || fail "$1: $words changed something" "$(ls)"
  done
  pass "$1"
}
ln -s m.db link.db
for base in whole.db other.db; do
  cp twice.db m.db && perl journal.pl $base >m.db-journal
  refused "a journal of $base beside another" m.db-journal
done
# One that says that another file lists it, which SQLite removes once the journal is rolled back: here a file of the user's.
echo 'dear to me' >precious
cp once.db m.db
{ perl journal.pl whole.db; perl -e 'my ($name, $sum) = ($ARGV[0], 0); $sum += ord for split //, $name;
  print pack("N", 0x40000000 / 4096 + 1), $name, pack("NN", length $name, $sum), "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"' "$PWD/precious"; } >m.db-journal
cp m.db sqlite.db && cp m.db-journal sqlite.db-journal && cp precious kept
ask sqlite.db 'SELECT count(*) FROM study' >out
is 'a journal that names a file: SQLite alone removes it' "$(ls precious sqlite.db* 2>/dev/null)" 'sqlite.db'
cp kept precious
refused 'here it is refused' m.db-journal
is 'and the file stays' "$(cat precious)" 'dear to me'
echo 'what is this' >m.db-journal
refused 'a file that is no journal' m.db-journal
rm -f m.db
perl journal.pl whole.db >m.db-journal && : >m.db
refused 'a journal beside an empty file' m.db-journal
rm -f m.db
is 'or beside none' "$("$losslab" run study.lua --db m.db 2>&1 | grep -c 'of another database'; ls m.db*)" '1
m.db-journal'
rm -f m.db*
# The journal of a file's first transaction has no pages: who was killed in it leaves a file with page 1 and more, which is made anew.
perl -e 'print pack("a512", "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" . pack("N5", 0, 12345, 0, 512, 4096))' >empty-journal
cp other.db m.db && cp empty-journal m.db-journal
run 0 'a file whose first run was killed as it made the tables' study.lua m.db
same 'has the same content as any' whole.db m.db
perl -e 'print pack("a512", "\xd9\xd5\x05\xf9\x20\xa1" . pack("nN5", 0, 0, 12345, 0, 512, 4096))' >half-journal
rm -f m.db* && : >m.db && cp half-journal m.db-journal
run 0 'or before the first bytes of its journal were whole' study.lua m.db
same 'has it, too' whole.db m.db
cp whole.db m.db && cp empty-journal m.db-journal
refused 'the journal of an empty file beside one that has been changed' m.db-journal
rm -f m.db*

# Write-ahead logs, as older versions left them.
sqlite3 wal.db 'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x); INSERT INTO t VALUES (1)' \
  '.shell cp wal.db-wal foreign-wal' >said
cp whole.db m.db && cp foreign-wal m.db-wal
refused 'a write-ahead log beside a file that has none' m.db-wal
rm -f m.db*
# shellcheck disable=SC2016
gzip -dc "$root/tests/e2e/schema3.db.gz" >old.db
sqlite3 old.db 'PRAGMA wal_autocheckpoint = 0; UPDATE study SET created = 1' '.shell mkdir three; cp old.db old.db-wal three' \
  '.shell cp old.db early.db' 'PRAGMA wal_checkpoint(RESTART)' >said
for i in 1 2 3 4; do sqlite3 old.db "CREATE TABLE more$i (x)"; done
sqlite3 old.db 'PRAGMA wal_autocheckpoint = 0; CREATE TABLE more (x)' '.shell cp old.db-wal late-wal' >said
cp early.db m.db && cp late-wal m.db-wal
refused 'a later log beside an earlier file' m.db-wal
rm -f m.db*
cp -r three four
is 'its own log is read' "$("$losslab" -e 'local s <close> = ll.store.open "four/old.db" print(s:one("study").created)' 2>&1)" 1
is 'and written into it' "$("$losslab" resume three/old.db --mix --trust >out 2>err; echo $?
ls three; ask three/old.db 'SELECT created FROM study; PRAGMA journal_mode')" '0
old.db
1
delete'

# Names.
cp whole.db m.db && ln m.db hard.db
for words in 'run study.lua --db m.db' 'run study.lua --db hard.db' 'resume hard.db'; do
  "$losslab" $words >out 2>err
  is "$words: a file of two names" "$? $(grep -c 'one of 2 names of one file' err)" '1 1'
done
is 'is read' "$("$losslab" show hard.db >out 2>err; echo $?)" 0
rm hard.db
perl "$root/tests/e2e/alone.pl" m.db "$losslab" run study.lua --db ./link.db >out 2>err
is 'a link meets the lock of the file' "$? $(cat err)" "1 losslab: ./link.db: an older losslab (process $(cat out)) runs its study; \
wait for it, or stop it"
cat >lock.lua <<'LUA'
local lock = ll.store.lock "m.db"
print(ll.store.lock "link.db" ~= nil, ll.store.lock "whole.db" ~= nil)
lock:check()
LUA
is 'which any number have' "$("$losslab" lock.lua 2>&1)" "true	true"
for table in metric learnt score epoch; do ask m.db "DELETE FROM $table WHERE trial > 12"; done
ask m.db "UPDATE trial SET status = 'pending' WHERE id > 12; UPDATE wanted SET best_epoch = NULL, valid = NULL, test = NULL WHERE trial > 12"
run 0 'a study is carried on through a link' study.lua link.db
same 'to the same content' whole.db m.db
is 'and leaves nothing beside it' "$(echo m.db* link.db*)" 'm.db link.db'
finish
