#!/usr/bin/perl
# losslab serve and losslab watch as their users and others meet them: the page and the same as JSON, what is refused, texts of a
# database that would be markup, a study that runs meanwhile, the end by a signal; a terminal, a pipe. Nothing waits for a time: a
# study waits at a pipe until it is told to go on, and a page is asked for until it says what it has to.
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use Digest::SHA;
use File::Temp 'tempdir';
use IO::Socket::IP;
use JSON::PP;
use POSIX qw(mkfifo :sys_wait_h);

my $tree = getcwd;
my $program = abs_path($ENV{LOSSLAB} || 'bin/losslab');
my $cc = $ENV{CC} || 'gcc';
my $work = tempdir(CLEANUP => 1);
chdir $work or die $!;
delete @ENV{'NO_COLOR', 'COLUMNS'};
@ENV{'TERM', 'LC_ALL', 'SHELL', 'LOSSLAB_BEAT'} = ('xterm', 'C.UTF-8', '/bin/sh', '0.1');
$SIG{PIPE} = 'IGNORE';
my ($count, $failed) = (0, 0);
my (@children, @kept);
END { my $code = $?; kill 'KILL', $_ for @children; $? = $code }

sub ok ($$;$) {
  my ($pass, $name, $why) = @_;
  $count++;
  print $pass ? '' : 'not ', "ok $count - $name\n";
  return 1 if $pass;
  $failed++;
  print STDERR "#   failed: $name\n", map { "#   $_\n" } split /\n/, $why // '';
  return 0;
}
sub is { my ($got, $want, $name) = @_; return ok($got eq $want, $name, "got: $got\nexpected: $want") }
sub has { my ($text, $part, $name) = @_; return ok(index($text, $part) >= 0, $name, "got: $text\nexpected: $part") }
sub spill { my ($name, $text) = @_; open my $to, '>', $name or die $!; print $to $text; close $to }
sub slurp { my ($name) = @_; local $/; open my $from, '<', $name or return ''; return scalar <$from> }
sub sql { my ($db, $sql) = @_; open my $to, '|-', 'sqlite3', $db or die $!; print $to ".timeout 20000\n$sql\n"; close $to or die "sqlite3: $sql" }

# Starts losslab with these words; its standard output is read through what is returned.
sub start {
  my @words = @_;
  my $pid = open my $from, '-|';
  die $! unless defined $pid;
  if (!$pid) {
    $SIG{$_} = 'DEFAULT' for 'INT', 'TERM';
    open STDERR, '>>', 'errors' or die $!;
    open STDIN, '<', '/dev/null' or die $!;
    exec $program, @words or die $!;
  }
  push @children, $pid;
  push @kept, $from; # closed, it would wait for the end of the process
  return ($from, $pid);
}
# Starts a server: its port, and the process.
sub serve {
  my ($from, $pid) = start('serve', @_);
  my $line = <$from> // '';
  my ($host, $port) = $line =~ m{^http://(127\.0\.0\.1|\[::1\]):(\d+)/$} or die "no address: $line " . slurp('errors');
  return ($port, $pid);
}
sub ended { my ($pid) = @_; waitpid $pid, 0; @children = grep { $_ != $pid } @children; return $? >> 8 . ($? & 127 ? 'killed' : '') }

# What the server says to these bytes, all of it.
sub raw {
  my ($port, $bytes, $host) = @_;
  my $to = IO::Socket::IP->new(PeerHost => $host // '127.0.0.1', PeerPort => $port, Timeout => 60) or return "none: $@";
  print $to $bytes;
  local $/;
  return scalar(<$to>) // '';
}
sub request { my ($port, $line, @headers) = @_; return raw($port, join("\r\n", "$line HTTP/1.1", @headers, 'Connection: close', '', '')) }
sub get { my ($port, $path, @headers) = @_; return request($port, "GET $path", @headers ? @headers : "Host: 127.0.0.1:$port") }
sub status { my ($answer) = @_; return $answer =~ m{^HTTP/1\.1 (\d+) } ? $1 : "none: $answer" }
sub body { my ($answer) = @_; return $answer =~ /\r\n\r\n(.*)$/s ? $1 : '' }
sub json { my ($port) = @_; return JSON::PP->new->utf8->decode(body(get($port, '/overview.json'))) }
# Asks until what it is said is right: something is wrong where that is not so for minutes.
alarm 300;
sub until_it_says { my ($ask, $right) = @_; my $said; do { $said = $ask->() } until $right->($said); return $said }

# ---- without the library (no file of its name can be loaded): said, with the package
spill('without.c', <<'C');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
void *dlopen(const char *name, int how) {
  void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
  return real(name && strstr(name, "microhttpd") ? "no such library" : name, how);
}
C
system("$cc -shared -fPIC -o without.so without.c") == 0 or die 'no compiler';

# ---- a database whose every text would be markup
my $evil = q{<script>alert("1")</script><img src=x onerror='alert(2)'>&amp;"};
spill('make.lua', <<"LUA");
package.path = "$tree/?.lua;" .. package.path
local evil = [==[$evil]==]
require "tests.lua.fixture_db"("evil.db", { name = evil, question = evil, datasets = { evil, "b" }, folds = 2, seeds = 2, epochs = 4, rows = 40,
  losses = { [evil] = { [evil] = { 1, 2 } }, hinge = {} },
  status = function(row) return row.trial == 3 and "failed" or row.trial > 20 and "pending" or "done" end })
LUA
system($program, 'make.lua') == 0 or die 'no database';
(my $quoted = $evil) =~ s/'/''/g;
sql('evil.db', "UPDATE trial SET error = '$quoted' WHERE error IS NOT NULL; UPDATE trial SET host = '$quoted' WHERE host IS NOT NULL;");
system('cp', 'evil.db', 'kept.db');
my $before = Digest::SHA->new(256)->addfile('evil.db')->hexdigest;

my $said = `LD_PRELOAD=./without.so $program serve evil.db 2>&1 </dev/null`;
ok($? >> 8 == 1 && $said =~ /^losslab: libmicrohttpd cannot be loaded: .* \(Debian: apt-get install libmicrohttpd12\)$/m,
  'without libmicrohttpd its package is named', $said);
is(`$program serve nosuch.db 2>&1`, "losslab: nosuch.db: there is no such database\n", 'a database that is not there');

my ($port, $pid) = serve('evil.db');
my $answer = get($port, '/');
is(status($answer), 200, 'the page');
my ($head, $page) = (split /\r\n\r\n/, $answer, 2);
for my $header ("Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'",
  'X-Content-Type-Options: nosniff', 'Cache-Control: no-store', 'Cross-Origin-Resource-Policy: same-origin', "frame-ancestors 'none'",
  'Content-Type: text/html; charset=utf-8') {
  has($head, $header, "header $header");
}
my @tags = $page =~ /<(script|img|iframe|object|style|form|a)\b([^>]*)/g;
is(join('|', @tags), 'script| src="/script.js" defer|a| class="skip" href="#content"|a| href="/overview.json"',
  'no text of the database is markup');
ok($page !~ /<[a-z][^>]*\s(on\w+|style)=/, 'no handler and no style in it');
has($page, '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;', 'the texts are in it as they stand');
has($page, 'nobody is at it', 'it says how the study stands');
has(get($port, '/style.css'), 'prefers-color-scheme: dark', 'the style sheet');
has(get($port, '/script.js'), '"use strict"', 'the script');

# ---- the same as data
my $data = json($port);
is(JSON::PP->new->canonical->encode($data), JSON::PP->new->canonical->encode(JSON::PP->new->utf8->decode(
  scalar `$program watch evil.db --once --json`)), 'watch --json and the page have the same data');
my $study = $data->{databases}[0]{studies}[0];
is("$study->{study}$study->{question}", $evil . $evil, 'texts are what they are');
is("$study->{state} $study->{trials}{total} $study->{trials}{ended} $study->{trials}{failed}", 'stopped 24 20 1', 'and the counts');
ok($page !~ /test part of|"test"/ && body(get($port, '/overview.json')) !~ /"test/, 'nothing of a test part is shown');

# ---- what is refused
is(status(request($port, 'HEAD /', "Host: localhost:$port")), 200, 'HEAD');
is(body(request($port, 'HEAD /', "Host: localhost:$port")), '', 'has no body');
for my $method ('POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'CONNECT', 'get') {
  my $got = request($port, "$method /", "Host: 127.0.0.1:$port", 'Content-Length: 0');
  ok(status($got) eq '405' && $got =~ /^Allow: GET, HEAD\r$/m, "$method is refused", $got);
}
is(status(raw($port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc")), 413, 'a body');
is(status(raw($port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")), 413, 'one in pieces');
for my $host ('localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:8080') { is(status(get($port, '/', "Host: $host")), 200, "Host $host") }
for my $host ('evil.example', "evil.example:$port", '127.0.0.1.evil.example', 'localhost.evil', '127.0.0.2', '127.0.0.1:80@evil', '', '::1') {
  is(status(get($port, '/', "Host: $host")), 421, "Host '$host' is no name of this machine");
}
is(status(get($port, '/', 'Host: localhost', 'Host: evil.example')), 421, 'two of them');
ok(status(get($port, '/', 'Accept: */*')) =~ /^4/, 'none');
for my $path ('/../../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '//etc/passwd', '/evil.db', '/style.css/', '/style.css%00', '/..', '/%2f',
  'http://evil.example/', '/' . 'x' x 5000) {
  my $got = get($port, $path);
  ok(status($got) eq '404' && $got !~ /root:/, 'no page ' . substr($path, 0, 30), substr($got, 0, 500));
}
is(status(get($port, '/?x=<script>')), 200, 'a query is passed over');
ok(status(get($port, '/', 'Host: localhost', 'X: ' . 'y' x 200000)) =~ /^(4\d\d|none)/, 'a head of 200 kB');
ok(raw($port, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\0\0\r\n\r\n") !~ /200 OK/, 'TLS, or anything else');
{
  my @idle = map { IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $port) } 1 .. 60;
  print $_ 'GET / HT' for grep { $_ } @idle;
  ok(kill(0, $pid), 'sixty connections that say nothing');
}
is(status(get($port, '/')), 200, 'and it goes on');

# ---- a port that is taken; the other loopback
$said = `$program serve evil.db --port $port 2>&1 </dev/null`;
ok($? >> 8 == 1 && $said eq "losslab: port $port of 127.0.0.1 is taken by another program; 0 picks one that is free\n",
  'a port that is taken', $said);
$said = `$program serve evil.db --port 70000 2>&1 </dev/null`;
is($? >> 8, 2, 'a port that is none');
if (IO::Socket::IP->new(Listen => 1, LocalHost => '::1')) {
  my ($six, $process) = serve('evil.db', '--six');
  has(raw($six, "GET / HTTP/1.0\r\nHost: [::1]:$six\r\n\r\n", '::1'), '200 OK', 'on ::1');
  ok(!IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $six), 'and there alone');
  kill 'INT', $process;
  is(ended($process), '0', 'Ctrl-C ends it');
}

# ---- it only reads; what changes is there at the next look; a file that is damaged or gone is told
is(Digest::SHA->new(256)->addfile('evil.db')->hexdigest, $before, 'the database is as it was, to the byte');
is(join(' ', sort grep { !/kept/ } glob 'evil.db*'), 'evil.db', 'and nothing is beside it');
sql('evil.db', "UPDATE trial SET status = 'failed', error = 'quite new' WHERE id = 24;");
has(until_it_says(sub { get($port, '/') }, sub { $_[0] =~ /quite new/ }), '2 lost', 'what has changed');
rename 'evil.db', 'gone.db';
$said = until_it_says(sub { get($port, '/') }, sub { $_[0] =~ /class="trouble"/ });
has($said, 'evil.db: there is no such database', 'a file that is gone is said');
has($said, 'quite new', 'with what it said before');
rename 'kept.db', 'evil.db';
has(until_it_says(sub { get($port, '/') }, sub { $_[0] !~ /class="trouble"|quite new/ }), '1 lost', 'another file in its place');
kill 'TERM', $pid;
is(ended($pid), '0', 'SIGTERM ends it');
ok(!IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $port), 'nothing listens any more');

# ---- a study runs meanwhile: its second trial waits until it is told to go on
mkfifo('go', 0600) or die $!;
spill('run.lua', <<'LUA');
local begun = 0
return ll.study { name = "meanwhile", data = "moons", split = { folds = 3 }, compare = { one = {}, other = {} }, metric = "w",
  trial = function(t)
    begun = begun + 1
    if begun == 2 then io.open("go"):close() end
    t:record { valid = { w = 0.8 }, test = { w = 0.9 } }
  end }
LUA
my ($out, $run) = start('run', 'run.lua', '--db', 'run.db', '--jobs', '1');
until_it_says(sub { scalar `$program watch run.db --once 2>&1` }, sub { $_[0] =~ /under way/ });
($port, $pid) = serve('run.db');
$study = until_it_says(sub { json($port)->{databases}[0]{studies}[0] }, sub { $_[0]{trials}{running} > 0 });
is("$study->{state} $study->{trials}{total} " . scalar(@{$study->{runners}}), 'running 6 1', 'a study that runs');
has(get($port, '/'), 'Under way', 'the page says which trials are under way');

# ---- watch: at a terminal q ends it, and the study goes on; it ends by itself when the study does
spill('watch.sh', "exec $program watch run.db\n");
$said = `printf q | script -qec 'sh watch.sh' /dev/null 2>&1`;
ok($? == 0 && $said =~ /\e\[\?1049h.*q ends this.*\e\[\?1049l.*Running: /s, 'q ends watch', $said);
my ($lines, $watching) = start('watch', 'run.db', '--every', '1');
my $first = <$lines>;
ok(scalar($first =~ /^meanwhile: running: \d of 6 trials \(\d+ %\), \d under way/), 'in a pipe it writes lines', $first);
my ($objects, $other) = start('watch', 'run.db', '--every', '1', '--json');
is(JSON::PP->new->utf8->decode(scalar <$objects>)->{databases}[0]{file}, 'run.db', 'or objects');
my ($more, $stopped) = start('watch', 'run.db');
<$more>;
kill 'INT', $stopped;
is(ended($stopped), 130, 'Ctrl-C ends it');
open my $go, '>', 'go' or die $!;
close $go;
is(ended($run), 0, 'the study ends');
my @rest = <$lines>;
is($rest[-1] =~ s/, [\d.]+ s of computing$//r, "meanwhile: finished: 6 trials\n", 'and watch with it');
is(ended($watching), 0, 'with 0');
local $/;
my @all = split /\n/, <$objects>;
is(JSON::PP->new->utf8->decode($all[-1])->{databases}[0]{studies}[0]{state}, 'finished', 'objects as well');
is(ended($other), 0, 'with 0');
$said = until_it_says(sub { get($port, '/') }, sub { $_[0] =~ /state finished/ });
has($said, '0.8000', 'the page has the best of it');
kill 'INT', $pid;
is(ended($pid), '0', 'Ctrl-C ends the server');
is(slurp('errors') =~ s/losslab: Ctrl-C ends it\n//gr =~ s/^(meanwhile|results|interrupted).*\n//gmr, '', 'nothing else was said');

print "1..$count\n";
exit($failed != 0);
