#!/usr/bin/perl
# Keys at the prompt, on a terminal that is not dumb: editing a block, history, words, completion, pasting, UTF-8. What is tested is
# what a line gives once it is entered, not how it is drawn.
use strict;
use warnings;
use File::Temp 'tempdir';
use FindBin;
use lib $FindBin::Bin;
use Prompt;

my $home = tempdir(CLEANUP => 1);
sub begin { return start(TERM => 'vt100', HOME => $home, XDG_STATE_HOME => undef, @_) }
# Types keys, then Enter, and gives what the line printed: all up to the prompt.
sub line { return type("$_[0]\r", $_[1]) }

my ($up, $down, $left, $right) = ("\e[A", "\e[B", "\e[D", "\e[C");

begin();
# A block: its lines, one after the other; then as one, edited in its middle.
type("for i = 1, 2 do\r", qr/\n>> $/);
type("  print('at', i)\r", qr/\n>> $/);
like(line("end"), qr/\nat\t1\nat\t2\n|\nat\s+1\nat\s+2\n/, 'a block runs');
like(line("$up"), qr/\nat\s+1\nat\s+2\n/, 'Up brings it back, and Enter runs it');
like(line("$up$up\e[H\x0b  print('now', i)$down"), qr/\nnow\s+1\nnow\s+2\n/, 'its second line is edited in its place');
# Lines that were typed at prompts of their own come back into the block.
type("for i = 3, 3 do\r", qr/\n>> $/);
type("  print('wrong')\r", qr/\n>> $/);
like(line("end$up\cA\x0b  print('right', i)$down\cE"), qr/\nright\s+3\n/, 'Up in an unfinished statement goes back to its lines');
# The history.
like(line("'one' .. 'two'"), qr/\nonetwo\n/, 'a line');
like(line("abc$up\e[B\x15'x' .. 'yz'"), qr/\nxyz\n/, 'Down comes back to what was being typed');
like(line("'typed'$up$down"), qr/\ntyped\n/, 'which is not lost');
line("word = 'last'");
like(line("'the ' .. \e."), qr/\nthe last\n/, 'Alt-. takes the last word of the line before');
line("12345");
line("67890");
like(line("\e.\e. + 1"), qr/\n12346\n/, 'again it takes that of the line before that');
# Words.
like(line("alpha_beta.gamma\eb\eb'\ef' .. '\ef\cU'yes'"), qr/\nyes\n/, 'words are walked over');
like(line("'abc def'\eb\ed" . "xyz'\cE\x08"), qr/\nabc xyz\n/, 'Alt-d deletes a word');
like(line("'abc def'$left\e\x7f" . "uvw"), qr/\nabc uvw\n/, 'Alt-Backspace deletes one backwards');
like(line("'abc def'\e[1;5D" . "g-"), qr/\nabc g-def\n/, 'Ctrl-Left goes a word back');
like(line("'abc def'\cA\e[1;5C" . "-g"), qr/\nabc-g def\n/, 'Ctrl-Right one on');
# Completion.
like(line("ll.zeros(2, 3):col_su\t():item()", qr/> $/), qr/item|col_sums/, 'methods of what a call gives are completed');
like(line("ll.loss.hinge { mar\t2 }"), qr/\nhinge \{margin = 2/, 'keys of options');
like(line("ll.data.load \"breast_c\t.name"), qr/\nbreast_cancer\n/, 'names of data sets');
like(line("ll.optim.adam(ll.nn.mlp { 2, 1, hidden = \"sigm\t }:parameters(), { l\t.5 })"), qr/\nadam \{lr = 0.5/,
  'activations and options of optimizers');
like(type("called = 0 function f() called = called + 1 end f().x\t", qr/x\a$/) . line("\cU" . "called"), qr/\nnil\n/,
  'nothing of the user is called');
# Pasting: as it is, tabs and newlines, and run once Enter says so.
like(line("\e[200~local a = 2\rlocal b = 3\rfor i = 1, 2 do\r\tprint('pasted', a * i)\rend\ra * b\e[201~"),
  qr/\npasted\s+2\npasted\s+4\n6\n/, 'what is pasted runs as if typed, and `local` stays');
like(line("a + b"), qr/\n5\n/, 'so that its names are there in the next line');
like(line("\e[200~x = 1\ry = = 2\rz = 3\e[201~"), qr/prompt:2: unexpected symbol.*\n +2 \| y = = 2\n +\^\n/,
  'an error names the line of the block and the place');
like(line("x"), qr/\nnil\n/, 'and nothing of it has run');
# UTF-8, and lines wider than the terminal.
like(line("'äöü✓ 漢字'$left$left$left" . "x"), qr/\näöü✓ x漢字\n/, 'the cursor moves by characters');
my $long = 'a' x 150;
like(line("#'$long'"), qr/\n150\n/, 'a line longer than the terminal is wide');
# Errors and ends of lines.
like(line("q = 1; q + 1"), qr/\n2\n/, 'the last expression behind ; is printed');
like(line("q = 7;"), qr/^(?!.*\n7\n)/s, 'one that ends with ; prints nothing');
like(line("7 * 7;"), qr/^(?!.*\n49\n)/s, 'neither does an expression');
like(line("_"), qr/\n49\n/, 'whose value is kept all the same');
like(line("zeros(2)"), qr/global 'zeros'.*ll\.zeros is a function\n  zeros\(2\)\n  \^\n/, 'a name of ll is suggested, and the place shown');
like(line("5 + 'x' + nope.y"), qr/attempt to/, 'an error at run time');
like(line("print(nope.field)"), qr/global 'nope'\)[^\n]*\n  print\(nope\.field\)\n        \^\n/, 'its variable is pointed at');
like(line("1 +* 2"), qr/unexpected symbol near '\*'\n  1 \+\* 2\n     \^\n/, 'so is the place of a mistake');
like(line("ll.matrix { { 1, 2.5 }, { -300, 0/0 } }"), qr/\nmatrix 2x2\n +1  2\.5\n -300  NaN\n/, 'a matrix in columns');
# Ctrl-C in C: a transport that would go on for hours.
line("p = ll.full(200, 1, 1 / 200) c = ll.squared_distances(ll.random(1):normal(200, 2), ll.random(2):normal(200, 2))");
type("print 'going' ll.divergence.sinkhorn(p, p, c, { epsilon = 1e-3, tolerance = 1e-300, iterations = 1000000000 })\r",
  qr/\ngoing\n/);
like(type("\cC"), qr/interrupted\n> $/, 'Ctrl-C ends a computation in C');
like(line("p:sum():item() > 0.99 and #c"), qr/\n200\n/, 'what it read is as it was');
line("100 + 24");
like(leave(), qr/code 0/, 'Ctrl-D leaves');

# The history file, and another prompt that finds it.
my $file = "$home/.local/state/losslab/history";
open my $history, '<', $file or die "$file: $!";
my $kept = join '', <$history>;
like($kept, qr/^for i = 1, 2 do\n\t  print\('at', i\)\n\tend$/m, 'a block is one entry of the history');
like($kept, qr/^(?!.*^kept.*\n^kept)/ms, 'no entry stands there twice in a row');
begin(TERM => 'dumb');
like(line("\cP"), qr/\n124\n/, 'another prompt has it, on a dumb terminal');
leave();

# An old history is taken over, once.
system("rm -rf '$home/.local'; printf '%s\\n' \"'from' .. 'before'\" > '$home/.losslab_history'");
begin();
like(line($up), qr/\nfrombefore\n/, 'the history of before is taken over');
leave();
like(-e "$home/.losslab_history" ? 'there' : 'gone', qr/gone/, 'and its file is gone');

# Two at once: each adds to the same file.
system("rm -rf '$home/.local'");
begin();
line("'of the first'");
my $back = aside();
begin();
line("'of the second'");
leave();
$back->();
line("'again of the first'");
leave();
open $history, '<', $file or die "$file: $!";
$kept = join '', <$history>;
like($kept, qr/^'of the first'\n'of the second'\n'again of the first'\n$/, 'two prompts add to one history');

# Narrow, without a home folder, with one that cannot be written, in the C locale.
begin(HOME => undef);
like(line("6 * 7"), qr/\n42\n/, 'without a home folder');
leave();
begin(HOME => '/proc/nothing', LC_ALL => 'C');
like(line("'ä' .. 1"), qr/\nä1\n/, 'with one that cannot be made, in the C locale');
leave();
begin(HOME => $home, COLS => 20);
like(line("ll.ones(2, 30)"), qr/\nmatrix 2x30\n( 1 [ 1…]{1,18}\n){2}/, 'a matrix fits twenty columns');
like(line("#'" . 'b' x 50 . "'"), qr/\n50\n/, 'a line is longer than those');
leave();
done();
