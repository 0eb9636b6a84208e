#!/usr/bin/perl
# The prompt on a terminal of its own (script from bsdutils makes one): each line is typed once the prompt has asked for it, so
# nothing depends on speed. An answer that never comes ends the test by the alarm.
use strict;
use warnings;
use File::Temp 'tempdir';
use IPC::Open2;

my $program = $ENV{LOSSLAB} || 'bin/losslab';
if (system('command -v script >/dev/null 2>&1') != 0) { print "1..0 # SKIP no script(1) to make a terminal\n"; exit }
my $state = tempdir(CLEANUP => 1);
my ($count, $failed) = (0, 0);
my $seen = '';
$SIG{ALRM} = sub { fails('the prompt answers within 60 seconds', "got: $seen"); exit 1 };
alarm 60;
$SIG{PIPE} = 'IGNORE'; # a program that has gone is a failed test, not the end of this one

# The shell around the program outlives Ctrl-C, which reaches it too (dash would end by it), and waits for a line when all is said:
# script(1) may lose what is written just before its child ends. Whatever ends the test, the terminal goes with it: it would keep
# prove waiting.
my ($from, $to, $terminal);
END { my $code = $?; kill 'TERM', $terminal if $terminal; $? = $code }
sub start {
  delete $ENV{NO_COLOR};
  @ENV{'TERM', 'XDG_STATE_HOME', 'LC_ALL', 'SHELL'} = ('dumb', $state, 'C.UTF-8', '/bin/sh');
  $terminal = open2($from, $to, 'script', '-qec', "trap : INT; $program; echo code \$?; read end", '/dev/null');
  return answer(qr/\n> $/);
}
# Ends the shell after the program has ended.
sub finish {
  type("\n", qr/\0never/);
  waitpid $terminal, 0;
  undef $terminal;
}
# All that is printed until the text so far matches.
sub answer {
  my ($until) = @_;
  $seen = '';
  while ($seen !~ $until) {
    my $n = sysread $from, my $piece, 4096;
    last unless $n;
    $seen .= $piece;
    $seen =~ s/\r+//g;
  }
  return $seen;
}
# Types text and reads until the prompt asks again.
sub type {
  my ($text, $until) = @_;
  syswrite $to, $text;
  return answer($until || qr/\n> $/);
}
sub fails {
  my ($name, $why) = @_;
  $count++;
  $failed++;
  print "not ok $count - $name\n";
  print STDERR "#   $_\n" for split /\n/, "failed: $name\n$why";
}
sub like {
  my ($got, $pattern, $name) = @_;
  if ($got =~ $pattern) { $count++; print "ok $count - $name\n" }
  else { fails($name, "got: $got\nexpected a match of $pattern") }
}

like(start(), qr/^losslab .* Tab completes/, 'it greets');
like(type("6 * 7\n"), qr/\n42\n/, 'the value of an expression');
like(type("error 'boo'\n"), qr/\nprompt:1: boo\n/, 'an error does not end it');
like(type("for i = 1, 2 do\n", qr/\n>> $/), qr/>> $/, 'a statement that is not finished goes on');
type("print(i * 1000)\n", qr/\n>> $/);
like(type("end\n"), qr/\n1000\n2000\n/, 'and runs when it is');
like(type("True\n"), qr/there is no True; Lua writes true\n/, 'a word of Python is not nil in silence');
type("local kept = 11\n");
like(type("kept * 11\n"), qr/\n121\n/, 'a local is kept');
like(type("ll.loss.pair_hin\t{}\n"), qr/\npair_hinge \{margin/, 'Tab completes');
like(type("ll.loss.pair_\t", qr/pair_square[^>]*> ll.loss.pair_$/), qr/pair_exponential/, 'or shows what there is');
like(type("\cC"), qr/\n> $/, 'Ctrl-C gives up the typed line');
like(type("1 + 1\n"), qr/\n2\n/, 'of which nothing is left');
type("print 'looping' while true do end\n", qr/\nlooping\n$/);
like(type("\cC"), qr/interrupted\n> $/, 'Ctrl-C interrupts what runs');
like(type("2 + 2\n"), qr/\n4\n/, 'and the prompt is still there');
like(type("function f(\n", qr/\n>> $/) . type("\cC"), qr/\n> $/, 'Ctrl-C gives up an unfinished statement');
like(type("ll.nn.mlp { 2, 3, 1 }\n"), qr/\nmlp 2-3-1/, 'a network prints its layers');
like(type("\cD", qr/code \d+\n/), qr/code 0\n/, 'Ctrl-D leaves, with code 0');
finish();
start();
like(type("exit\n", qr/code \d+\n/), qr/code 0\n/, 'exit leaves, too');
finish();

start();
like(type("\cP\cP\n"), qr/\n4\n/, 'lines of another session come back');
like(type("error(setmetatable({}, {__tostring = function() error 'worse' end}))\n"), qr/\nerror object is a table value\n/,
  'an error that cannot be told does not end it');
like(type("setmetatable({}, {__metatable = 5, __len = function() error 'worse' end})\n"), qr/\n\{\}\n/,
  'a table with hostile metamethods is shown');
like(type("function deep() return 1 + deep() end deep()\n"), qr/stack overflow/, 'a stack that ran over is told');
type("table, type, string, require, ipairs, error = {5}, 'bce', 'word', 1, 2, 3\n");
like(type("table\n"), qr/\n\{ 5 \}\n/, "Lua's own names may be taken for the user's");
like(type("?ll.zeros\n"), qr/A matrix of zeros/, 'and help still works');
like(type("ll.data.load('moons').x:shape()\n"), qr/\n\d+\s+2\n/, 'and losslab');
like(type("table.nothing.more\n"), qr/attempt to index a nil value/, 'and errors are told');
like(type("os.exit(3)\n", qr/code \d+\n/), qr/code 3\n/, 'os.exit has its code');
finish();
start();
like(type("\0\0001 + 1\n"), qr/\n2\n/, 'Ctrl-Space does nothing');
like(type("os.execute 'printf slept; read x'\n", qr/\nslept$/) . type("a\n3 + 4\n\cD", qr/code \d+\n/), qr/\n7\n.*code 0\n/s,
  'what is typed before the prompt asks for it counts, Ctrl-D too');
finish();
$program .= ' --memory 32M';
start();
my $fill = "held = {} for i = 1, 1e9 do held[i] = {} end\n";
like(type($fill), qr/not enough memory/, 'memory that ran out is told');
like(type("5 + 6\n"), qr/\n11\n/, 'and the prompt goes on though it is still held');
type("held = nil\n");
like(type($fill) . type("6 + 6\n"), qr/not enough memory.*\n12\n/s, 'once more');
type("\cD", qr/code \d+\n/);
finish();
my $file = "$state/losslab/history";
open my $history, '<', $file or die "$file: $!";
like(join('', <$history>), qr/^for i = 1, 2 do\n\tprint\(i \* 1000\)\n\tend$/m, 'a statement of several lines is one in the history');
like(sprintf('%o', (stat $file)[2] & 0777), qr/^600$/, "which is its owner's alone");
print "1..$count\n";
exit($failed != 0);
