# Headless Chromium by chromedriver, for tests/browser and tests/report.t: pages of files on this machine. TAP.
package Browser;
use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;
use MIME::Base64;

our @EXPORT = qw(ok finish start call cdp js visit complaints screen media picture press $WIDE $CONTRAST $NAMES);

my ($count, $failed) = (0, 0);

sub ok {
  my ($pass, $name, @more) = @_;
  $count++;
  $failed++ unless $pass;
  print $pass ? '' : 'not ', "ok $count - $name\n";
  print STDERR map { "#   $_\n" } "failed: $name", map { split /\n/ } @more unless $pass;
}

sub finish {
  print "1..$count\n";
  exit($failed > 0);
}

my $work = tempdir(CLEANUP => 1);
my ($driver, $session, $port, $folder, $pictures);
my $http = HTTP::Tiny->new(timeout => 120);
END {
  my $code = $?;
  eval { call('DELETE', '') } if $session;
  if ($driver) { kill 'TERM', $driver; waitpid $driver, 0 }
  $? = $code;
}
$SIG{$_} = sub { exit 1 } for qw(INT TERM);

# Starts it: pages are visited by their paths in a folder; screenshots go into another, where there is one. chromedriver says which
# port it has taken.
sub start {
  ($folder, $pictures) = @_;
  $ENV{HOME} = $work;
  pipe my $says, my $to_us or die $!;
  $driver = fork // die $!;
  if (!$driver) {
    open STDOUT, '>&', $to_us;
    open STDERR, '>&', $to_us;
    exec 'chromedriver', '--port=0' or do { print "no chromedriver: $!\n"; exit 1 };
  }
  close $to_us;
  my $said = '';
  while (<$says>) { $said .= $_; if (/on port (\d+)/) { $port = $1; last if $port } }
  die "chromedriver did not start (make packages-docs-test installs it): $said\n" unless $port;
  my @flags = qw(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --disable-dev-shm-usage --allow-file-access-from-files);
  $session = call('POST', '', { capabilities => { alwaysMatch => { 'goog:loggingPrefs' => { browser => 'ALL' },
    'goog:chromeOptions' => { args => [@flags, "--user-data-dir=$work/profile"] } } } })->{sessionId};
}

sub call {
  my ($method, $path, $body) = @_;
  my $url = "http://127.0.0.1:$port/session" . ($session ? "/$session" : '') . $path;
  my %json = (content => encode_json($body // {}), headers => { 'Content-Type' => 'application/json' });
  my $answer = $http->request($method, $url, $method eq 'POST' ? \%json : {});
  my $value = eval { decode_json($answer->{content})->{value} };
  die "$method $path: " . (ref $value ? $value->{message} : $answer->{content}) . "\n" unless $answer->{success};
  return $value;
}
sub cdp { my ($command, %params) = @_; return call('POST', '/goog/cdp/execute', { cmd => $command, params => \%params }) }
sub js { my ($script, @arguments) = @_; return call('POST', '/execute/sync', { script => $script, args => \@arguments }) }
sub visit { call('POST', '/url', { url => "file://$folder/$_[0]" }) }
sub complaints {
  return map { $_->{message} } grep { $_->{level} =~ /SEVERE|WARNING/ } @{ call('POST', '/se/log', { type => 'browser' }) };
}
sub screen {
  my ($width, $height) = @_;
  cdp('Emulation.setDeviceMetricsOverride', width => $width, height => $height, deviceScaleFactor => 1,
    mobile => $width < 500 ? JSON::PP::true : JSON::PP::false);
}
sub media {
  my ($media, $scheme) = @_;
  cdp('Emulation.setEmulatedMedia', media => $media, features => [{ name => 'prefers-color-scheme', value => $scheme }]);
}
sub picture {
  my ($name) = @_;
  return unless $pictures;
  open my $file, '>:raw', "$pictures/$name.png" or die "$pictures/$name.png: $!\n";
  print $file decode_base64(call('GET', '/screenshot'));
}

# Types into the element of a selector.
sub press {
  my ($selector, $text) = @_;
  my ($element) = values %{ call('POST', '/element', { using => 'css selector', value => $selector }) };
  call('POST', "/element/$element/value", { text => $text });
}

# Asked of a page by js: what scrolls sideways,
our $WIDE = 'const room = document.documentElement.clientWidth; return document.documentElement.scrollWidth <= room ? [] : '
  . '[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > room + 1).slice(0, 3)'
  . '.map(e => e.outerHTML.slice(0, 150))'
  . '.concat("scrolls to " + document.documentElement.scrollWidth)';
# texts whose contrast with what is behind them is below AA,
our $CONTRAST = <<'JS';
function rgb(s) { const m = s.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; }
function lum(c) {
  const f = c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
  return .2126 * f[0] + .7152 * f[1] + .0722 * f[2];
}
function behind(e) {
  for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; }
  return [255, 255, 255, 1];
}
const bad = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n; (n = walker.nextNode());) {
  if (!n.textContent.trim()) continue;
  const e = n.parentElement, style = getComputedStyle(e);
  if (!e.checkVisibility() || e.closest(".skip, .anchor, .copy")) continue;
  const a = lum(rgb(style.color)), b = lum(behind(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) bad.set(e.tagName + "." + e.className + " " + ratio.toFixed(2), n.textContent.slice(0, 40));
}
return [...bad].slice(0, 5).map(x => x.join(": "));
JS
# and what someone who does not see the page needs.
our $NAMES = <<'JS';
const wrong = [];
if (!document.documentElement.lang) wrong.push("no language");
for (const what of ["main", "nav", "header", "h1", "title"]) if (!document.querySelector(what)) wrong.push("no " + what);
if (document.querySelectorAll("h1").length !== 1) wrong.push(document.querySelectorAll("h1").length + " h1");
for (const e of document.querySelectorAll("img:not([alt])")) wrong.push("no alt: " + e.src);
for (const e of document.querySelectorAll("a")) {
  if (e.textContent.trim() || e.getAttribute("aria-label") || e.querySelector("img[alt]")) continue;
  wrong.push("a link without a name: " + e.outerHTML.slice(0, 80));
}
const seen = new Set();
for (const e of document.querySelectorAll("[id]")) { if (seen.has(e.id)) wrong.push("twice: " + e.id); seen.add(e.id); }
return wrong;
JS


1;
