#!/usr/bin/perl
# Every public function that takes a context, or what holds one, is called in tests/oom, where each of its allocations fails in
# turn (or where none.c shows that it makes none). What main calls to prepare a test does not count, nor what a comment names.
use strict;
use warnings;

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!\n"; local $/; return <$file> }
sub bare { my ($text) = @_; $text =~ s{/\*.*?\*/}{}gs; $text =~ s/^#(?:.*\\\n)*.*$//gm; return $text }

my %header;
for my $path (glob 'include/losslab/*.h') {
  my $text = bare(slurp($path));
  while ($text =~ /^[\w ]+[ *](ll_\w+)\(([^;{}]*?)\)(?:\s*LL_PRINTF\([^)]*\))?;/gm) {
    my ($name, $arguments) = ($1, $2);
    $header{$name} = $path if $arguments =~ /\bll_(?:ctx|store|rows|lock) \*/;
  }
}
my $tests = '';
for my $path (glob 'tests/oom/*.c') {
  my $text = bare(slurp($path));
  $text =~ s/^int main\(.*?^\}//gms;
  $tests .= $text;
}
# types of callbacks, and what ends a context
delete @header{qw(ll_closure ll_watch_hook ll_ctx_open ll_ctx_close)};

my $count = 0;
my @missing = grep { $tests !~ /\b$_\(/ } sort keys %header;
my $total = keys %header;
print "1..2\n";
print $total >= 150 ? '' : 'not ', "ok 1 - $total public functions are seen\n";
print @missing ? 'not ' : '', "ok 2 - each of them is in tests/oom\n";
print STDERR "#   $_ ($header{$_}) is called nowhere in tests/oom\n" for @missing;
exit($total < 150 || @missing > 0);
