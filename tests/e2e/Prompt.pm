# The prompt on a terminal of its own, made by script(1) from bsdutils, for tests in Perl: what is typed goes in once the prompt has
# asked for it, so nothing depends on speed; an answer that never comes ends the test by the alarm.
package Prompt;
use strict;
use warnings;
use Exporter 'import';
use IPC::Open2;
our @EXPORT = qw(start finish leave aside answer type like fails done);

my $program = $ENV{LOSSLAB} || 'bin/losslab';
if (system('command -v script >/dev/null 2>&1') != 0) { print "1..0 # SKIP no script(1) to make a terminal\n"; exit }
my ($count, $failed, $seen) = (0, 0, '');
$SIG{ALRM} = sub { fails('the prompt answers within 120 seconds', "got: $seen"); exit 1 };
alarm 120;
$SIG{PIPE} = 'IGNORE'; # a program that has gone is a failed test, not the end of this one

# The shell around the program outlives Ctrl-C, which reaches it too (dash would end by it), and waits for a line when all is said:
# script(1) may lose what is written just before its child ends. Whatever ends the test, the terminal goes with it: it would keep
# prove waiting.
my ($from, $to, $terminal);
END { my $code = $?; kill 'TERM', $terminal if $terminal; $? = $code }

# Starts the program with these variables of the environment (undef: without it); with COLS it is on so many columns, with OPTIONS
# it gets these words.
sub start {
  my %with = ('LC_ALL' => 'C.UTF-8', SHELL => '/bin/sh', NO_COLOR => undef, COLUMNS => undef, @_);
  my ($columns, $options) = (delete $with{COLS}, delete $with{OPTIONS} // '');
  for (keys %with) { if (defined $with{$_}) { $ENV{$_} = $with{$_} } else { delete $ENV{$_} } }
  my $size = $columns ? "stty cols $columns;" : '';
  $terminal = open2($from, $to, 'script', '-qec', "trap : INT; $size $program $options; echo code \$?; read end", '/dev/null');
  return answer(qr/> $/);
}
# Ends the shell after the program has ended.
sub finish {
  type("\n", qr/\0never/);
  waitpid $terminal, 0;
  undef $terminal;
}
# Puts this prompt aside, so that another can be started; the function that is given takes it up again.
sub aside {
  my @now = ($from, $to, $terminal);
  ($from, $to, $terminal) = ();
  return sub { ($from, $to, $terminal) = @now };
}
# Leaves by Ctrl-D; gives what was said.
sub leave {
  my $said = type("\cD", qr/code \d+\n/);
  finish();
  return $said;
}
# All that is printed until the text so far matches, without what moves the cursor.
sub answer {
  my ($until) = @_;
  $seen = '';
  while ($seen !~ $until) {
    my $n = sysread $from, my $piece, 4096;
    last unless $n;
    $seen .= $piece;
    $seen =~ s/\r+//g;
    $seen =~ s/\e\[[?0-9;]*[A-Za-z]//g;
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
sub done {
  print "1..$count\n";
  exit($failed != 0);
}
1;
