#!/usr/bin/perl
# The prompt: what lines give, what is remembered, what ends it and what does not.
use strict;
use warnings;
use File::Temp 'tempdir';
use FindBin;
use lib $FindBin::Bin;
use Prompt;

my $state = tempdir(CLEANUP => 1);
sub begin { return start(TERM => 'dumb', XDG_STATE_HOME => $state, @_) }

like(begin(), qr/^losslab .* Tab completes/, 'it greets');
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
begin();
like(type("exit\n", qr/code \d+\n/), qr/code 0\n/, 'exit leaves, too');
finish();

begin();
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
begin();
like(type("\0\0001 + 1\n"), qr/\n2\n/, 'Ctrl-Space does nothing');
like(type("os.execute 'printf slept; read x'\n", qr/\nslept$/) . type("a\n3 + 4\n\cD", qr/code \d+\n/), qr/\n7\n.*code 0\n/s,
  'what is typed before the prompt asks for it counts, Ctrl-D too');
finish();
begin(OPTIONS => '--memory 32M');
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
done();
