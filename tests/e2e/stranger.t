#!/bin/bash
# A database from a stranger: its script is run for claim, finding and figures where it can do nothing but compute, and only once the
# user says so with all rights. The scripts here are put into databases by sqlite3, as a stranger would: losslab has never run them.
. tests/e2e/tap.sh
export XDG_STATE_HOME=$work/state HOME=$work/home SECRET=tops3cret
mkdir "$work/home"

cat >"$work/plain.lua" <<'L'
return ll.study { name = "plain", data = { "sonar" }, split = { folds = 2 }, compare = { square = {}, hinge = { margin = { 0.5, 1 } } },
  train = { epochs = 1, batch = 32 }, model = { hidden = {} } }
L
"$losslab" run "$work/plain.lua" --db "$work/plain.db" >/dev/null 2>&1 || exit 1

# stranger NAME: a database whose script is that of standard input, between the lines of a study's head and its end.
stranger() {
  {
    cat <<'L'
local function said(f) local fine, why = pcall(f) return fine and "DONE" or tostring(why) end
L
    cat
  } >"$work/$1.lua"
  sed 's/return study {/return ll.study { name = "plain", data = { "sonar" }, split = { folds = 2 }, compare = { square = {}, hinge = { margin = { 0.5, 1 } } }, train = { epochs = 1, batch = 32 }, model = { hidden = {} },/' \
    "$work/$1.lua" >"$work/$1.full"
  cp "$work/plain.db" "$work/$1.db"
  sqlite3 "$work/$1.db" "UPDATE study SET script = CAST(readfile('$work/$1.full') AS TEXT), script_sha256 = (SELECT script_sha256 FROM study)"
}
# show NAME, to $work/line: what losslab show says, in one line.
show() { timeout 300 "$losslab" show "$work/$1.db" >"$work/out" 2>&1; tr '\n' ' ' <"$work/out" >"$work/line"; }

# ---- classes, metatables and tables of ours are out of reach
stranger classes <<L
return study {
  finding = function(results)
    local reached = {}
    if results.__index then reached[#reached + 1] = "a class" end
    if results.store then reached[#reached + 1] = "the store" end
    if getmetatable or setmetatable or load or io or debug or rawset then reached[#reached + 1] = "Lua" end
    results.choose = function() reached[#reached + 1] = "a method" end
    results.configs[1].parameters.margin = { describe = function() reached[#reached + 1] = "a call" end }
    for _, dataset in ipairs(results.datasets) do dataset.name = "renamed" end
    results.study.name = "renamed"
    return "reached: " .. (table.concat(reached, ", ") .. "."):gsub("^%.", "nothing.")
  end,
  figures = { own = function(figure, results, plot)
    results.__index = function() end
    return plot.panels(figure, { title = "own of " .. results.study.name, panels = { { title = results.datasets[1].name, series = {
      { text = "s", points = { { 1, 1 }, { 2, 2 } } } } } } })
  end } }
L
show classes
has 'a finding reaches no class, store or table of ours' "$work/line" 'finding: reached: nothing.'
is 'and what it writes stays its own' "$(grep -c renamed "$work/out")" 0
"$losslab" plot "$work/classes.db" --only own,summary --format svg --out "$work/figures" >"$work/out" 2>"$work/err"
is 'its figure is drawn beside ours' "$?$(cat "$work/err")" 0
has 'from data' "$work/figures/own.svg" 'own of'

# ---- every way out
stranger ways <<L
local net = ll.nn.mlp { 1, 1 }
return study {
  finding = function(results)
    local out = {}
    for _, f in ipairs {
      function() net:save "$work/home/.profile" end,
      function() ll.matrix { { 1 } }:save "$work/home/.profile" end,
      function() ll.study { name = "x", data = { "sonar" }, compare = { square = {} }, train = { batch = 9 } }:run { db = "$work/home/x.db" } end,
      function() return require "io" end, function() return assert(require("losslab").core) end, function() return assert(ll.store) end,
      function() return assert(ll.process) end, function() return ll.data.load "/etc/passwd" end, function() return string.dump(net.save) end,
    } do out[#out + 1] = said(f):match "DONE" or "refused" end
    return table.concat(out, " ") .. "; secret: " .. tostring(os.getenv "SECRET") .. ", home: " .. tostring(os.getenv "HOME")
  end }
L
show ways
has 'nothing else is reached by a call' "$work/line" 'finding: refused refused refused refused refused refused refused refused refused; secret: nil, home: nil'
is 'no file was made' "$(ls -A "$work/home")" ''

# ---- limits of the whole life, from the first line on
stranger pattern <<'L'
local s = ("a"):rep(60)
s:find(("a*"):rep(60) .. "b")
return study { finding = function() return "never" end }
L
cat >"$work/limits.lua" <<'L'
local sandbox = require "losslab.results.sandbox"
sandbox.limits.seconds, sandbox.limits.gigabytes = 1, tonumber(arg[2] or 2)
print((require "losslab.results.report".build(arg[1]).finding))
L
"$losslab" "$work/limits.lua" "$work/pattern.db" >"$work/out" 2>&1
has 'one call that does not end is ended' "$work/out" 'could not be read: it computes for more than 1 s'
stranger string <<'L'
return study { finding = function() local s = "x" while true do pcall(function() while true do s = s .. s end end) end end }
L
"$losslab" "$work/limits.lua" "$work/string.db" 0.2 >"$work/out" 2>&1
has 'a string that doubles is bounded, whatever catches the error' "$work/out" 'it computes for more than 1 s'
stranger matrices <<'L'
return study { finding = function() local all = {} while true do all[#all + 1] = ll.matrix { { 1 } } * ll.matrix { { 2 } } end end }
L
"$losslab" "$work/limits.lua" "$work/matrices.db" 0.05 >"$work/out" 2>&1
if grep -qE 'takes more than 0.05 GB|out of memory|more than 1 s' "$work/out"; then pass 'matrices are bounded too'; else fail 'matrices are bounded too' "$(cat "$work/out")"; fi
stranger talk <<'L'
return study { finding = function() return ("x"):rep(80 * 2 ^ 20 // 1) end }
L
show talk
has 'and what it says' "$work/line" 'it gives more than 64 MB'
stranger raises <<'L'
return study { finding = function() error(setmetatable and 1 or { }) end, figures = { a = function() return ("x"):bad() end, b = function() return 3 end } }
L
show raises
has 'a finding that raises a table is told of' "$work/line" 'finding: could not be said: it raised a table'
"$losslab" plot "$work/raises.db" --format svg --out "$work/figures" >"$work/out" 2>"$work/err"
has 'so is a figure that raises' "$work/err" 'no a: its script failed'
has 'and one that draws nothing' "$work/err" 'no b: its script draws nothing'

# ---- figures are data: no line of gnuplot is in reach, whatever a text holds
stranger gnuplot <<L
local evil = "x'; system 'touch $work/home/drawn'; print '"
return study { figures = {
  texts = function(figure, _, plot) return plot.panels(figure, { title = evil, note = evil, x = evil, y = evil, panels = { { title = evil,
    under = evil, names = { evil, "\`touch $work/home/drawn\`" }, series = { { text = evil, points = { { 1, 2 }, { 2, 3 } } } } } } }) end,
  kinds = function(figure, _, plot) return plot.panels(figure, { title = "t", panels = { { title = "p", from = "0]; system 'touch $work/home/drawn'",
    series = { { text = "s", points = { { 1, 2 } } } } } } }) end,
  names = function(figure, _, plot) return plot.panels(figure, { title = "t", panels = { { title = "p",
    series = { { text = "s", points = { { "1; system 'touch $work/home/drawn'", 2 } } } } } } }) end,
} }
L
"$losslab" plot "$work/gnuplot.db" --only texts,kinds,names --out "$work/figures" >"$work/out" 2>"$work/err"
is 'texts are drawn as texts' "$(ls "$work/figures/texts.svg")" "$work/figures/texts.svg"
has 'what is no number is refused' "$work/err" 'no kinds: its script failed: panels.panels[1].from must be a number'
has 'in points too' "$work/err" 'points[1][1] must be a number'
is 'and gnuplot ran nothing' "$(ls -A "$work/home")" ''
# ---- what cannot be drawn does not keep the others from it; names that lead elsewhere are not followed
stranger odd <<'L'
local function one(points, contours) return function(figure, _, plot)
  return plot.panels(figure, { title = "t", panels = { { title = "p", series = { { text = "s", points = points, contours = contours } } } } })
end end
return study { figures = { a_break = one { false, { 1, 2 }, { 2, 3 } }, b_nan = one { { 0 / 0, 0 / 0 } }, c_flat = one({ { 1, 2 } }, 3),
  good = one { { 1, 2 }, { 2, 3 } } } }
L
"$losslab" plot "$work/odd.db" --only a_break,b_nan,c_flat,good --format svg --out "$work/odd" >"$work/out" 2>"$work/err"
is 'a figure that gnuplot refuses ends no other' "$?$(ls "$work/odd" | tr '\n' ' ')" '0a_break.svg good.svg '
has 'and is told of' "$work/err" 'no c_flat: it cannot be drawn: gnuplot could not draw c_flat'
has 'as is one of no numbers' "$work/err" 'no b_nan: nothing was recorded that it shows'
mkdir "$work/linked" && echo mine >"$work/mine" && ln -s ../mine "$work/linked/good.svg" && ln -s ../mine "$work/linked/gallery.md"
"$losslab" plot "$work/odd.db" --only good --format svg --out "$work/linked" >"$work/out" 2>"$work/err"
has 'a figure is not written through a link' "$work/err" 'good.svg: is a link'
"$losslab" gallery "$work/odd.db" --out "$work/linked" >"$work/out" 2>"$work/err"
has 'nor is a gallery' "$work/err" 'gallery.md: is a link'
is 'so the file it leads to is as it was' "$(cat "$work/mine")" mine
stranger many <<'L'
local figures = {}
for i = 1, 200 do figures["f" .. i] = function() return nil, "no" end end
return study { figures = figures }
L
"$losslab" plot "$work/many.db" --format svg --out "$work/many" >"$work/out" 2>"$work/err"
has 'figures have a number' "$work/err" 'it has 200 figures; 100 are the most'
"$losslab" show "$work/odd.db" >"$work/out" 2>&1
has 'the hash that is shown is that of the script' "$work/out" "sha256 $(sha256sum <"$work/odd.full" | cut -c 1-16)…"
"$losslab" gallery "$work/classes.db" "$work/ways.db" "$work/gnuplot.db" --out "$work/gallery" >"$work/out" 2>&1
is 'a gallery of strangers is made' "$?" 0
has 'with what they say' "$work/gallery/gallery.md" 'reached: nothing.'
is 'and nothing of it ran here' "$(ls -A "$work/home")" ''

# ---- where the system cannot shut a process off
"${CC:-gcc}" -o "$work/without" tests/e2e/without_seccomp.c -lseccomp 2>"$work/err" || ${CC:-gcc} -o "$work/without" tests/e2e/without_seccomp.c -lseccomp
"$work/without" "$losslab" show "$work/classes.db" >"$work/out" 2>&1
tr '\n' ' ' <"$work/out" >"$work/line"
has 'the script is not run' "$work/line" 'this system cannot shut a process off'
is 'not even its finding' "$(grep -c reached: "$work/out")" 0
"$work/without" "$losslab" show "$work/classes.db" --trust >"$work/out" 2>&1
has 'but with --trust it is' "$work/out" 'finding: reached: nothing.'
"$work/without" "$losslab" plot "$work/classes.db" --out "$work/figures" --format svg >"$work/out" 2>"$work/err"
has 'plot leaves its figures out and says so' "$work/err" "the study's own figures are left out: this system cannot"
has 'and draws ours' "$work/out" 'summary.svg'

# ---- with all rights: resume
# again: the study of later.db is to be done anew.
again() {
  sqlite3 "$work/later.db" "SELECT 'DELETE FROM ' || t.name || ';' FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND c.name = 'trial'" >"$work/sql"
  sqlite3 "$work/later.db" "$(cat "$work/sql") UPDATE trial SET status = 'pending'; UPDATE wanted SET best_epoch = NULL, valid = NULL, test = NULL"
}
stranger later <<L
local _ = ll.process and os.execute "touch $work/home/ran"
return study { claim = "It ran." }
L
again
"$losslab" resume "$work/later.db" >"$work/out" 2>"$work/err" </dev/null
is 'a script that was not run here is not resumed' "$?" 1
has 'its hash is told' "$work/err" "sha256 $(sha256sum <"$work/later.full" | cut -c 1-64)"
has 'and what to do' "$work/err" 'losslab resume --trust runs it with all your rights'
is 'and it has not run' "$(ls -A "$work/home")" ''
"$losslab" -e 'require "losslab.run.runner".resume(arg[1])' "$work/later.db" >"$work/out" 2>"$work/err"
has 'nor from Lua' "$work/err" 'trust = true runs it'
is 'where it has not run either' "$(ls -A "$work/home")" ''
"$losslab" show "$work/later.db" --script >"$work/out"
if cmp -s "$work/out" "$work/later.full"; then pass 'show --script gives it to the byte'; else fail 'show --script gives it to the byte' "$(cat "$work/out")"; fi
"$losslab" show "$work/later.db" >/dev/null 2>&1
is 'to be shown it runs, but shut off' "$(ls -A "$work/home")" ''
# at a terminal, which script(1) makes
said() { printf '%s\n' "$1" | timeout 60 script -qec "$losslab resume $work/later.db" /dev/null >"$work/out" 2>&1; }
said n
has 'at a terminal it asks' "$work/out" 'Run it, with all your rights? [y/N]'
has 'and takes no for an answer' "$work/out" 'the script was not run'
is 'so nothing ran' "$(ls -A "$work/home")" ''
said y
is 'and yes' "$(ls -A "$work/home")" ran
rm -r "$work/home/ran" "$work/state"
again
"$losslab" resume "$work/later.db" --trust >"$work/out" 2>"$work/err"
is 'with --trust it is resumed' "$?$(ls -A "$work/home")" 0ran
rm "$work/home/ran"
again
"$losslab" resume "$work/later.db" >"$work/out" 2>"$work/err" </dev/null
is 'and is known from then on' "$?$(ls -A "$work/home")" 0ran
"$losslab" run "$work/plain.lua" --db "$work/plain.db" >/dev/null 2>&1
"$losslab" resume "$work/plain.db" >"$work/out" 2>&1 </dev/null
is 'as is what was run' "$?" 0
finish
