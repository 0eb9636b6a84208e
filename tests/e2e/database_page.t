#!/usr/bin/perl
# docs/database.md holds: every statement in it is run by the sqlite3 shell on the database of a small study, without the extension
# where the page says so, and gives rows under the columns that the page shows; its Python and shell are run, too.
use strict;
use warnings;
use Cwd qw(getcwd abs_path);
use File::Temp qw(tempdir);

my $work = tempdir(CLEANUP => 1);
my $losslab = $ENV{LOSSLAB} || 'bin/losslab';
my $extension = abs_path(($ENV{LOSSLAB_BUILD} || 'build') . '/losslab_sqlite.so');
my ($count, $failed) = (0, 0);

sub ok {
  my ($pass, $name, @more) = @_;
  $count++;
  $failed++ unless $pass;
  print $pass ? '' : 'not ', "ok $count - $name\n";
  print STDERR map { "#   $_\n" } map { split /\n/ } "failed: $name", @more unless $pass;
}
sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!\n"; local $/; return <$file> // '' }

# The output of a program, its exit code, and what it complains of.
sub run {
  my ($input, @command) = @_;
  open my $in, '>', "$work/in" or die $!;
  print $in $input;
  close $in;
  my $pid = fork // die $!;
  if (!$pid) {
    open STDIN, '<', "$work/in";
    open STDOUT, '>', "$work/out";
    open STDERR, '>', "$work/err";
    exec @command or exit 127;
  }
  waitpid $pid, 0;
  return (slurp("$work/out"), $? >> 8, slurp("$work/err"));
}

my ($out, $code, $err) = run('', $losslab, 'run', 'tests/e2e/database_page.lua', '--db', "$work/study.db");
ok($code == 0, 'the study runs', $out, $err);

# The blocks: language, text, the heading they stand under, the line, and the output shown behind.
my (@blocks, $heading, $block);
my $line = 0;
for (split /\n/, slurp('docs/database.md')) {
  $line++;
  if ($block) {
    if (/^```$/) { push @blocks, $block; undef $block }
    else { $block->{text} .= "$_\n" }
  } elsif (/^```(\w+)$/) {
    $block = { language => $1, text => '', heading => $heading, line => $line };
  } elsif (/^#+ (.*)/) {
    $heading = $1;
  }
}
my $sql = grep { $_->{language} eq 'sql' } @blocks;
ok($sql >= 18, "$sql blocks of SQL are seen");

# A folder in which the program is found, and the database.
mkdir "$work/bin";
symlink abs_path($losslab), "$work/bin/losslab";
my ($python) = grep { -x $_ && system("$_ -c 'import sqlite3; sqlite3.connect(\":memory:\").enable_load_extension(True)' 2>/dev/null") == 0 }
  map { "$_/python3" } split(/:/, $ENV{PATH}), '/usr/bin';
$ENV{PATH} = "$work/bin:$ENV{PATH}";
my $tree = getcwd();

for my $i (0 .. $#blocks) {
  my $b = $blocks[$i];
  my $name = "line $b->{line} ($b->{heading})";
  if ($b->{language} eq 'sql') {
    my @load = $b->{heading} =~ /With the extension/ ? ('-cmd', ".load $extension") : ();
    ($out, $code, $err) = run($b->{text}, 'sqlite3', '-readonly', '-batch', '-bail', '-header', '-separator', "\t", @load,
      "$work/study.db");
    my @lines = split /\n/, $out;
    ok($code == 0 && $err eq '' && @lines > 1, "$name: runs, and gives rows", $b->{text}, $out, $err);
    my $shown = $blocks[$i + 1];
    next unless $shown && $shown->{language} eq 'text' && $shown->{line} == $b->{line} + ($b->{text} =~ tr/\n//) + 2;
    my ($head) = split /\n/, $shown->{text};
    my $got = join ' ', split /\t/, $lines[0] // '';
    ok($got eq join(' ', split ' ', $head), "$name: under the columns that are shown", "got: $got", "shown: $head");
    my @rows = split /\n/, $shown->{text};
    ok(@rows >= 2, "$name: rows are shown");
  } elsif ($b->{language} eq 'sh' || $b->{language} eq 'python' && $python) {
    chdir $work;
    ($out, $code, $err) = run($b->{text}, $b->{language} eq 'sh' ? ('sh', '-eu') : ($python, '-'));
    chdir $tree;
    ok($code == 0 && $err eq '' && $out ne '', "$name: runs", $b->{text}, $out, $err);
  }
}
print "# no Python here may load extensions\n" unless $python;

# The schema stands on the page, table by table.
my $page = slurp('docs/database.md');
($out) = run("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'", 'sqlite3', "$work/study.db");
my @missing = grep { $page !~ /`$_`/ } split /\n/, $out;
ok(!@missing, 'every table and view is named', "missing: @missing");
print "1..$count\n";
exit($failed > 0);
