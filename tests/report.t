#!/usr/bin/perl
# losslab report: its page in headless Chromium. It stands alone, says what the database says, sorts, filters and pages its tables,
# shows values under the pointer, reads on a phone, in the dark and on paper; nothing of a database's names or script becomes markup.
# Run by make docs-test. PICTURES in the environment: a folder for screenshots.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin qw($Bin);
use JSON::PP;
use MIME::Base64;
use lib $Bin;
use Browser;

my $losslab = $ENV{LOSSLAB} // 'bin/losslab';
my $work = tempdir(CLEANUP => 1);
sub run {
  my ($name, $script) = @_;
  open my $file, '>', "$work/$name.lua" or die $!;
  print $file $script;
  close $file;
  system("$losslab run $work/$name.lua --db $work/$name.db >$work/out 2>&1") == 0 or $name eq 'evil' or die `cat $work/out`;
}
sub report {
  my ($out, @arguments) = @_;
  return system("$losslab report @arguments -o $work/$out >$work/out 2>$work/err") == 0;
}

run('plain', <<'LUA');
return ll.study { name = "two sets", question = "Which loss ranks best?", data = { "moons", "rings" }, split = { folds = 3 },
  seeds = { 1, 2, 3, 4, 5 }, compare = { hinge = { margin = { 0.1, 1 } }, "logistic", "cross_entropy" }, train = { epochs = 2 },
  figures = { line = function(fig, _, plot)
    return plot.panels(fig, { title = "a line", panels = { { series = { { text = "", points = { { 1, 2 }, { 2, 3 } } } } } } })
  end } }
LUA
# What a stranger may have written: markup in every name, an own figure, and a claim.
my $evil = '</script><script>window.bad=1</script><img src=x onerror=window.bad=2>"\'&amp;${1}';
my $quoted = $evil =~ s/(["\\])/\\$1/gr;
run('evil', <<"LUA");
local evil = "$quoted"
local function own(results) return evil .. " won", evil end
local function drawn(plot) plot { title = evil, panels = { { title = evil, x = evil, y = evil,
  series = { { text = evil, points = { { 1, 2 }, { 2, 3 } } } } } } } end
return ll.study { name = evil, question = evil, claim = evil, finding = own, figures = { own = drawn }, data = "moons",
  compare = { [evil] = function(scores) return (scores * 0):mean() end, [evil .. 2] = function() error(evil) end },
  split = { test = 0.5 }, train = { epochs = 1 } }
LUA

start($work, $ENV{PICTURES});
screen(1280, 900);
media('screen', 'light');
ok(report('plain.html', "$work/plain.db"), 'a report is made');
visit('plain.html');
my @complaints = complaints();
ok(!@complaints, 'the page does not complain', @complaints);
ok(js('return document.title') eq 'two sets', 'it has the study as its title');
ok(js('return performance.getEntriesByType("resource").length') == 0, 'nothing is fetched');
ok(js('return document.querySelector("meta[http-equiv]").content') =~ /^default-src 'none'/, 'and may not be');
my $wrong = js($NAMES);
ok(!@$wrong, 'language, landmarks, names', @$wrong);
my $lead = js('return document.querySelector(".lead").textContent');
my $shown = decode_json(scalar `$losslab show $work/plain.db --json`);
ok($lead eq $shown->{sentences}[0], 'the answer is that of losslab show', $lead, $shown->{sentences}[0]);

my $column = 'const column = (id, i) => [...document.querySelectorAll("#study1_" + id + " tbody tr")].map(r => r.cells[i].textContent); ';
my $test = js('return [...document.querySelectorAll("#study1_losses thead th")].findIndex(h => h.textContent.startsWith("test "))');
my $click = "document.querySelectorAll('#study1_losses thead button')[$test].click(); ";
my $up = js($column . $click . "return column('losses', $test)");
my $down = js($column . $click . "return column('losses', $test)");
ok("@$up" eq join(' ', sort { $a <=> $b } @$up) && @$up == 6, 'a click sorts a column', "@$up");
ok("@$down" eq join(' ', reverse @$up), 'another the other way', "@$down");
ok(js("return document.querySelectorAll('#study1_losses thead th')[$test].getAttribute('aria-sort')") eq 'descending', 'which is said');
press('input[aria-label*="Each loss"]', 'rings hinge');
my $left = js($column . 'return column("losses", 1)');
ok("@$left" eq 'hinge', 'words leave the rows that hold them', "@$left");

my $trials = $shown->{progress}{total};
ok(js($column . 'return column("all_trials", 0).length') == 100 && $trials == 120, 'a hundred trials are shown at a time', $trials);
js('[...document.querySelectorAll("button")].filter(b => b.textContent === "next" && b.checkVisibility())[0].click()');
ok(js($column . 'return column("all_trials", 0)[0]') eq '101', 'then the next');
my $first = decode_json(scalar `$losslab show $work/plain.db 101 --json`);
my $row = js('return [...document.querySelector("#study1_all_trials tbody tr").cells].map(c => c.textContent)');
ok((grep { $_ eq $first->{key} } @$row) && (grep { $_ eq $first->{dataset} } @$row), 'with what the database has of it', "@$row");

my $figures = js('return [...document.querySelectorAll("figure")].map(f => [f.id, f.querySelectorAll("svg .values title").length, '
  . 'f.querySelector("svg desc").textContent.length, f.querySelector("figcaption").textContent.length])');
ok(@$figures >= 5, 'figures: ' . join(' ', map { $_->[0] } @$figures));
my @mute = map { $_->[0] } grep { !$_->[2] || !$_->[3] } @$figures;
ok(!@mute, 'each has its text', @mute);
my $own = js('return document.querySelector("#study1_figure_line figcaption").textContent');
ok($own eq 'line', 'a figure of the study\'s own that says nothing has its name', $own);
my ($curves) = grep { $_->[0] =~ /curves$/ } @$figures;
ok($curves && $curves->[1] > 4, 'and values under the pointer', encode_json($figures));
for my $scheme ('light', 'dark') {
  media('screen', $scheme);
  my $bad = js($CONTRAST =~ s/e\.closest\("/e.closest("svg, /r); # figures stand on white paper
  ok(!@$bad, "contrast, $scheme", @$bad);
  picture("report_$scheme");
}
media('screen', 'light');
screen(360, 740);
my $wide = js($WIDE);
ok(!@$wide, 'nothing scrolls sideways at 360 pixels but tables and figures', @$wide);
picture('report_phone');
media('print', 'light');
ok(js('return !document.querySelector(".tools").checkVisibility() && document.querySelector("figure svg").checkVisibility()'),
  'on paper there are no tools');
screen(700, 990); # A4 between margins
my $cut = js('return [...document.querySelectorAll("table, pre")].filter(e => e.checkVisibility()
  && e.getBoundingClientRect().right > innerWidth).map(e => e.textContent.slice(0, 60))');
ok(!@$cut, 'nothing is cut off there', @$cut);
my $pdf = decode_base64(call('POST', '/print', { background => JSON::PP::false }));
ok($pdf =~ /^%PDF-/ && length $pdf > 20000, 'it can be printed', length $pdf);
media('screen', 'light');
screen(1280, 900);
cdp('Emulation.setScriptExecutionDisabled', value => JSON::PP::true);
visit('plain.html');
cdp('Emulation.setScriptExecutionDisabled', value => JSON::PP::false);
ok(js('return document.querySelectorAll("#study1_losses tbody tr").length') == 6
  && js('return document.querySelector("noscript").textContent') =~ /export/, 'without its script the tables are there');

ok(report('both.html', "$work/plain.db", "$work/evil.db", '--title', q{'<b>two</b> & more'}), 'two studies, one of a stranger');
visit('both.html');
@complaints = complaints();
ok(!@complaints, 'the page does not complain', @complaints);
ok(!defined js('return window.bad'), 'nothing of a stranger runs');
ok(js('return document.querySelectorAll("script").length') == 3 && js('return document.querySelectorAll("main img, main b").length') == 0,
  'or becomes markup');
ok(js('return document.querySelector("h1").textContent') eq '<b>two</b> & more', 'the title is as it was given');
ok(js('return document.querySelectorAll("h2")[1].textContent') =~ /^<\/script><script>window/, 'names are as they are');
ok(js('return [...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length') == 0,
  'no element has a handler');
$wrong = js($NAMES);
ok(!@$wrong, 'language, landmarks, names', @$wrong);

for my $form ('md', 'tex') {
  ok(report("paper.$form", "$work/plain.db", "$work/evil.db"), "as $form");
  open my $file, '<:utf8', "$work/paper.$form" or die $!;
  local $/;
  my $text = <$file>;
  my @links = $form eq 'md' ? $text =~ /^!\[[^\]]*\]\(([^)]*)\)$/mg : $text =~ /\\includegraphics\S*\{\\detokenize\{([^}]*)\}\}/g;
  ok(@links > 5 && !(grep { !-s "$work/$_" } @links), 'its figures stand beside it', @links);
  next if $form eq 'tex';
  my $html = `cmark-gfm -e table --unsafe $work/paper.md`;
  ok($html !~ /<(script|img (?!src="paper_figures))/ && $html =~ /<table>/, 'Markdown has tables and no markup of a stranger');
}
ok(!report('page.txt', "$work/plain.db") && `cat $work/err` =~ /ends in \.html, \.md or \.tex/, 'another ending is refused');
finish();
