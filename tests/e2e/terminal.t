#!/usr/bin/perl
# What reaches a terminal. Every text of a database, a script and an argument holds what would retitle the window, clear the screen or
# turn the direction of a line; no command prints any of it, into a pipe or on a terminal (script(1) makes one), and JSON stays JSON.
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Temp 'tempdir';
use JSON::PP;

my $tree = getcwd;
my $program = abs_path($ENV{LOSSLAB} || 'bin/losslab');
my $work = tempdir(CLEANUP => 1);
chdir $work or die $!;
delete $ENV{NO_COLOR};
@ENV{'TERM', 'LC_ALL', 'SHELL'} = ('xterm', 'C.UTF-8', '/bin/sh');
my $on_terminal = system('command -v script >/dev/null 2>&1') == 0;
my $draws = system('command -v gnuplot >/dev/null 2>&1') == 0;
my ($count, $failed) = (0, 0);

sub ok {
  my ($pass, $name, $why) = @_;
  $count++;
  print $pass ? '' : 'not ', "ok $count - $name\n";
  return 1 if $pass;
  $failed++;
  print STDERR "#   $_\n" for split /\n/, $why // '';
  return 0;
}
sub shown { my ($s) = @_; $s =~ s/([^ -~\n])/sprintf '<%02x>', ord $1/ge; return $s }
sub quoted { my ($s) = @_; $s =~ s/'/'\\''/g; return "'$s'" }

# An OSC and a CSI sequence, BEL, backspace, carriage return, DEL, a tab, U+009B, an override, an isolate, a line separator, a newline
# in the middle; and the byte 9B alone, which is not UTF-8.
my $valid = "\e]0;pwned\a\e[2J\e[31m\b\r\x7f\t\xc2\x9b2J\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\nx";
my $broken = "\x9b2J$valid";

# The first byte of bytes that must not be printed, with what is around it, or nothing.
sub bad {
  my ($bytes, $terminal) = @_;
  if ($terminal) {
    $bytes =~ s/\r+\n/\n/g;            # the terminal's own line ends
    $bytes =~ s/\r(\e\[1m)?([^\e]*)(\e\[0m)?\e\[K/$2/g; # the line of progress
    $bytes =~ s/\e\[(0|1|31|32)m//g;   # our own colours
  }
  my $where = $bytes =~ /[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]/ ? $-[0] : -1;
  if ($where < 0) {
    my $copy = $bytes;
    return '' if utf8::decode($copy);
    $bytes =~ /[^\x00-\x7f]/ and $where = $-[0];
  }
  return shown(substr $bytes, $where > 100 ? $where - 100 : 0, 300);
}
sub pipe_of { my ($command) = @_; return scalar `$command 2>&1 </dev/null` }
sub terminal_of {
  my ($command) = @_;
  open my $file, '>', 'command.sh' or die $!;
  print $file "$command\n";
  close $file;
  return scalar `script -qec 'sh command.sh' /dev/null </dev/null 2>&1`;
}
sub safe {
  my ($name, $command, $holds) = @_;
  for my $terminal ($on_terminal ? (0, 1) : (0)) {
    my $got = $terminal ? terminal_of($command) : pipe_of($command);
    my $bad = bad($got, $terminal);
    my $right = $bad eq '' && length $got && (!defined $holds || index($got, $holds) >= 0);
    ok($right, "$name, " . ($terminal ? 'on a terminal' : 'in a pipe'), $bad ne '' ? "printed $bad" : 'got ' . shown($got));
  }
}

# ---- a database, every text of which is like that
sub text_of { my ($s) = @_; return "CAST(x'" . unpack('H*', $s) . "' AS TEXT)" }
sub sql {
  my ($db, $sql) = @_;
  open my $to, '|-', 'sqlite3', $db or die $!;
  print $to $sql;
  close $to or die "sqlite3 failed on $sql";
}
open my $make, '>', 'make.lua' or die $!;
print $make <<"LUA";
package.path = "$tree/?.lua;" .. package.path
local statuses = { [3] = "failed", [4] = "diverged", [5] = "failed" }
require "tests.lua.fixture_db"("plain.db", { datasets = { "a", "b" }, folds = 2, seeds = 1, epochs = 3, rows = 40,
  losses = { adaptive_rank = { margin = { 0, 0.1 }, margin_lr = { 0, 0.01 } }, hinge = {} },
  status = function(row) return statuses[row.trial] or "done" end })
LUA
close $make;
system($program, 'make.lua') == 0 or die 'no database';
my $script = <<"LUA";
local finding, claim, figures = nil, nil, nil
error("$valid\\nline two" .. string.char(155), 0)
LUA
$script =~ s/\n(?=x)/\\n/; # within the quotes
$script =~ s/\r/\\r/;
for my $kind ('valid', 'broken') {
  my $t = text_of($kind eq 'valid' ? $valid : $broken);
  system('cp', 'plain.db', "$kind.db");
  sql("$kind.db", "PRAGMA foreign_keys = OFF; BEGIN;
    UPDATE study SET name = name || $t, question = question || $t, metric = metric || $t, version = version || $t,
      machine = $t, cpu = $t, isa = $t, blas = $t, created = $t, script = " . text_of($script) . ",
      plan = json_set(plan, '\$.ask.loss', 'adaptive_rank' || $t, '\$.ask.vary', 'margin_lr' || $t);
    UPDATE dataset SET name = name || $t, origin = $t, sha256 = $t, notes = $t || char(10) || $t;
    UPDATE config SET loss = loss || $t, parameters = json_object('margin' || $t, 0.1 * id, 'margin_lr' || $t, 0.01 * id, 'word', $t),
      model = json_object('m' || $t, $t), train = json_object('t' || $t, $t);
    UPDATE trial SET host = $t, started = $t, finished = $t;
    UPDATE trial SET error = 'boo' || $t || char(10) || 'stack traceback:' || char(10) || char(9) || 'here' WHERE error IS NOT NULL;
    UPDATE learnable SET loss = loss || $t, symbol = $t, name = name || $t, start = start || $t, rate = rate || $t;
    UPDATE learnt SET name = name || $t;
    UPDATE metric SET name = name || $t; COMMIT;");
}

# ---- every command on it
my @commands = ('show %s', 'show %s 1', 'show %s 3', 'show %s 4', 'show %s 999', 'ls %s', 'ls %s .', 'export %s nosuch', 'resume %s',
  'run %s', 'check %s', 'data %s', 'losses %s', 'show %s/x', 'watch %s --once');
push @commands, 'plot %s --out figures --format svg', 'plot %s --only nosuch', 'gallery %s --out page' if $draws;
for my $kind ('valid', 'broken') {
  for my $command (@commands) { safe("$command ($kind)", quoted($program) . ' ' . sprintf($command, "$kind.db")) }
}
for my $kind ('valid', 'broken') {
  for my $command ('show %s --json', 'show %s 3 --json', 'ls %s --json', 'watch %s --once --json', 'ls --json',
    $draws ? 'plot %s --out figures --format svg --json' : ()) {
    my $line = quoted($program) . ' ' . ($command =~ s/%s/$kind.db/r) . ' 2>/dev/null';
    safe("$command ($kind)", $line);
    for my $got (pipe_of($line), $on_terminal ? terminal_of($line) : ()) {
      my $value = eval { JSON::PP->new->utf8->decode($got) };
      ok(defined $value, "is JSON", "$@ in " . shown($got));
    }
  }
}
my $decoded = JSON::PP->new->utf8->decode(pipe_of(quoted($program) . ' show valid.db --json'));
my $whole = $valid;
utf8::decode($whole);
ok($decoded->{study}{cpu} eq $whole, 'JSON holds the text as it is');

# an error of several lines is one
my $trial = pipe_of(quoted($program) . ' show valid.db 3');
ok($trial =~ /^  error +boo.*\n.*\n? +stack traceback:\n +here$/m, "a trial's error keeps its lines", shown($trial));

# ---- tables: as they are in a pipe and a file, shown on a terminal
for my $table ('study', 'datasets', 'trials', 'summary') {
  for my $format ('csv', 'json') {
    my $line = quoted($program) . " export broken.db $table --format $format";
    $line =~ s/broken/valid/ if $format eq 'json'; # JSON has no text that is not UTF-8
    my $piped = pipe_of($line);
    ok($format eq 'json' || index($piped, $broken) >= 0, "export $table as $format keeps every byte in a pipe", shown($piped));
    next if !$on_terminal;
    my $got = terminal_of($line);
    my $bad = bad($got, 1);
    ok($bad eq '' && length $got > 50, "and is safe on a terminal", "printed $bad");
    my $value = $format eq 'json' && eval { JSON::PP->new->utf8->decode($got) };
    ok($value, 'and JSON there, too', $@) if $format eq 'json';
  }
}

# ---- names of files and arguments
my $hostile = "h$valid";
$hostile =~ s/\n//;
system('cp', 'valid.db', "$hostile.db");
for my $words ('show %s.db', 'show %s.db 999', 'ls', 'ls %s.db', 'ls %s.db .', 'watch %s.db --once', 'watch plain.db --study %s', 'export %s.db', 'export plain.db --out %s.csv',
  'export plain.db --out %s/x.csv', 'export plain.db %s', 'show %s', 'show plain.db %s', '%s', '%s/x.lua', '--%s', 'run %s', 'run %s.db', 'resume %s', 'check %s',
  'data %s', 'data %s.csv', 'losses %s', 'show plain.db --%s', 'run plain.db --jobs %s', $draws ? ('plot plain.db --only %s', 'plot plain.db --format %s',
  'plot %s.db --format svg --out %s.figures', 'gallery %s.db --out %s.page', 'plot plain.db --out %s.db') : ()) {
  (my $line = quoted($program) . " $words") =~ s/(\S*%s\S*)/(my $w = $1) =~ s!%s!$hostile!g; quoted($w)/ge;
  $line .= ' && echo done' if $words =~ /export %s|--out %s.csv/;
  next if $words eq 'export %s.db'; # which holds bytes of the database
  safe("losslab $words", $line);
}

# ---- scripts: what they fail with, and what a study says of itself
my $in_lua = $valid;
$in_lua =~ s/([^ -~]|\\|")/sprintf '\\%03d', ord $1/ge;
sub script {
  my ($name, $body) = @_;
  open my $file, '>', $name or die $!;
  print $file $body;
  close $file;
}
script('boo.lua', "local function f() error(\"$in_lua\") end\nlocal function g() f() return 1 end\ng()\n");
script('object.lua', "error(setmetatable({}, { __tostring = function() return \"$in_lua\\155\" end }))\n");
script('bare.lua', "error(\"$in_lua\\155\", 0)\n");
script('syntax.lua', "return 'a\e]0;pwned\a\xc2\x9b\n");
safe("a script that fails: $_", quoted($program) . " $_") for 'boo.lua', 'object.lua', 'bare.lua', 'syntax.lua';
safe("a study that fails: $_", quoted($program) . " run $_") for 'boo.lua', 'object.lua', 'bare.lua', 'syntax.lua';
ok(pipe_of(quoted($program) . ' boo.lua') =~ /\nstack traceback:\n        boo\.lua:1: in /, 'a traceback keeps its lines');
safe('an error of -e', quoted($program) . ' -e ' . quoted("error \"$in_lua\""));
safe('a worker that fails', quoted($program) . ' -e ' . quoted("ll.process.fork(function() error \"$in_lua\" end):join()"), 'losslab: worker');
system('cp', "$tree/experiments/data/sonar.csv", "$hostile.csv");
my $file_in_lua = "$hostile.csv";
$file_in_lua =~ s/([^ -~]|\\|")/sprintf '\\%03d', ord $1/ge;
script('hostile.lua', <<"LUA");
local calls = 0 -- of the loss, whose first are the rehearsal's
local function loss(scores, labels)
  calls = calls + 1
  if calls > 5 then error "t$in_lua" end
  return ((scores - labels) * (scores - labels)):sum()
end
return ll.study { name = "n$in_lua", question = "q$in_lua", data = { "$file_in_lua" }, seeds = { 1 }, split = { test = 0.3, valid = 0.3 },
  claim = "c$in_lua", finding = function() return "f$in_lua", "d$in_lua" end,
  figures = { own = function() error "e$in_lua" end, other = function() return nil, "w$in_lua" end },
  compare = { hinge = {}, ["l$in_lua"] = { loss, ["p$in_lua"] = { 1, 2 } } },
  model = { hidden = {} }, train = { epochs = 1, batch = 8 } }
LUA
safe('a study of such texts', quoted($program) . ' run hostile.lua --jobs 1 --db hostile.db; echo done');
if (ok(-s 'hostile.db', 'which has a database')) {
  safe("$_ of it", quoted($program) . " $_") for 'show hostile.db', 'ls hostile.db', 'watch hostile.db --once', 'show hostile.db 2', 'resume hostile.db --retry',
    $draws ? ('plot hostile.db --format svg --out own', 'gallery hostile.db --out own') : ();
}

# ---- a case of losslab check, and the prompt
script('case.json', JSON::PP->new->ascii->encode([{ loss => $whole, params => {}, inputs => [], value => 1 }]));
safe('check of a loss with such a name', quoted($program) . ' check case.json');
safe('check --json', quoted($program) . ' check case.json --json 2>/dev/null');
if ($on_terminal) {
  $ENV{XDG_STATE_HOME} = $work;
  script('ask', "v = \"$in_lua\"\nv\n{ v, [v] = v }\nerror(v)\nll.loss[v]\n");
  my $got = `TERM=dumb script -qec ${\quoted("$program")} /dev/null <ask 2>&1`;
  $got =~ s/\e\[K|\e\[\?2004[hl]|\r|\x08//g; # the line editor's
  ok(bad($got, 1) eq '' && $got =~ /pwned/, 'the prompt shows such a value', shown($got));
}
print "1..$count\n";
exit($failed != 0);
