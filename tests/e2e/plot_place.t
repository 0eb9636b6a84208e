#!/bin/sh
# Where a plot by hand is drawn, by environment: a window, the terminal (script(1) makes one), characters, a file. gnuplot is a
# stand-in that has windows, or is not there. What is piped holds no code of a terminal.
export LC_ALL=C.UTF-8
. tests/e2e/tap.sh
unset DISPLAY WAYLAND_DISPLAY KITTY_WINDOW_ID TERM_PROGRAM TMUX STY KONSOLE_VERSION
unset NO_COLOR COLORTERM LOSSLAB_PLOT COLUMNS LINES LC_CTYPE
export LANG=C.UTF-8 SHELL=/bin/sh TERM=xterm-256color
program=$losslab
cd "$work" || exit 1
mkdir with without
for tool in sh script rm rmdir cat setsid nohup; do
  path=$(command -v $tool) && ln -s "$path" with/$tool && ln -s "$path" without/$tool
done

# A gnuplot that has every terminal, keeps the script it was given, and leaves a picture of a few bytes.
cat >with/gnuplot <<'SH'
#!/bin/sh
case "$*" in
*--version*) echo 'gnuplot 5.4 patchlevel 4'; exit ;;
*GPVAL_TERMINALS*) echo 'pngcairo pdfcairo sixelgd svg qt wxt x11' >&2; exit ;;
esac
for last; do :; done
echo "$*" >>"$KEPT.arguments"
while IFS= read -r line; do
  case $line in "set output '"*) name=${line#*\'}; printf PICTURE >"${name%\'*}" ;; esac
done <"$last"
cat "$last" >"$KEPT.part"
mv -f "$KEPT.part" "$KEPT" 2>/dev/null || cat "$KEPT.part" >"$KEPT"
SH
chmod +x with/gnuplot
export KEPT="$work/kept"

where() { PATH=$paths "$program" -e 'print((ll.plot.where()))' 2>&1; }
tty_where() { PATH=$paths script -qec "'$program' -e 'print((ll.plot.where()))'" /dev/null </dev/null 2>&1 | tr -d '\r'; }
# at NAME PLACE [VARIABLE=VALUE…]: standard output is no terminal; tty: it is one.
at() { name=$1 want=$2; shift 2; is "$name" "$(for each; do export "${each?}"; done; where)" "$want"; }
tty() { name=$1 want=$2; shift 2; is "$name" "$(for each; do export "${each?}"; done; tty_where)" "$want"; }

paths=$PWD/with
at 'piped, a file' file
at 'a display, a window' window DISPLAY=:7
at 'one of Wayland, too' window WAYLAND_DISPLAY=wayland-0
at 'LOSSLAB_PLOT comes first' ascii DISPLAY=:7 LOSSLAB_PLOT=ascii
at 'pictures do not go into a pipe' file LOSSLAB_PLOT=sixel
at 'nor those of kitty' file LOSSLAB_PLOT=kitty TERM=xterm-kitty
for each in braille block ascii file; do at "LOSSLAB_PLOT=$each" $each LOSSLAB_PLOT=$each; done
holds() { case $2 in *"$3"*) pass "$1" ;; *) fail "$1" "got: $2" "expected: $3" ;; esac; }
holds 'a mistyped place suggests' "$(LOSSLAB_PLOT=sixle where)" 'did you mean "sixel"?'
holds 'a window without a display says so' "$(LOSSLAB_PLOT=window where)" 'there is no display'

terminal=no
if command -v script >/dev/null; then
  terminal=yes
  tty 'a terminal: braille' braille
  tty 'kitty: its pictures' kitty TERM=xterm-kitty
  tty 'Ghostty speaks it' kitty TERM_PROGRAM=ghostty
  tty 'foot: sixel' sixel TERM=foot
  tty 'WezTerm: sixel' sixel TERM_PROGRAM=WezTerm
  tty 'Konsole: sixel' sixel KONSOLE_VERSION=230804
  tty 'an old Konsole: braille' braille KONSOLE_VERSION=210400
  tty 'in tmux: braille' braille TERM_PROGRAM=WezTerm TMUX=/tmp/x,1,0
  tty 'in tmux inside kitty: braille' braille KITTY_WINDOW_ID=1 TERM=tmux-256color TMUX=/tmp/x,1,0
  tty 'in screen: braille' braille TERM=screen STY=1.x
  tty 'a dumb terminal: ASCII' ascii TERM=dumb
  tty 'no UTF-8: ASCII' ascii LC_ALL=C
  tty 'LANG decides where nothing else does' ascii LC_ALL= LANG=C
  tty 'a display comes first' window DISPLAY=:7 TERM=xterm-kitty
  tty 'LOSSLAB_PLOT=terminal stays in the terminal' sixel DISPLAY=:7 TERM=foot LOSSLAB_PLOT=terminal
fi

# ---- without gnuplot the terminal still draws
paths=$PWD/without
at 'without gnuplot, piped: a file' file DISPLAY=:7
if [ $terminal = yes ]; then
  tty 'without gnuplot there is no window' braille DISPLAY=:7
  tty 'and no picture' braille TERM=xterm-kitty
fi
out=$(PATH=$paths "$program" -e 'print(ll.plot { 1, 2 })' 2>err)
is 'the file is drawn in characters' "$out" losslab-plot-1.txt
holds 'and it is said what to install' "$(cat err)" 'apt-get install gnuplot-nox'
holds 'a file that needs gnuplot says so' "$(PATH=$paths "$program" -e 'll.plot({ 1, 2 }, { out = "x.svg" })' 2>&1)" gnuplot-nox
is 'and is not there' "$(ls x.svg 2>/dev/null)" ''

# ---- what is piped
paths=$PWD/with
for each in braille block ascii; do
  PATH=$paths LOSSLAB_PLOT=$each "$program" -e 'll.plot { a = { 1, 2 }, b = { 2, 1 } } ll.plot.heat(ll.eye(3))' >out 2>&1
  is "$each into a pipe holds no code of a terminal" "$(LC_ALL=C tr -d '[:print:]\n\200-\377' <out | od -An -c)" ''
  [ $each != ascii ] || is 'ASCII is ASCII' "$(LC_ALL=C tr -d '\000-\177' <out)" ''
done
if [ $terminal = yes ]; then
  drawn() { PATH=$paths script -qec "'$program' -e 'll.plot { a = { 1, 2 }, b = { 2, 1 } }'" /dev/null </dev/null; }
  holds 'a terminal shows colours' "$(drawn | od -An -c | tr -d ' \n')" '033[38;5;32m'
  is 'NO_COLOR shows none' "$(NO_COLOR=1 drawn | grep -c "$(printf '\033')")" 0
  holds 'kitty gets a picture' "$(TERM=xterm-kitty drawn | od -An -c | tr -d ' \n')" '033_Gf=100,a=T,q=2,m=0;UElDVFVSRQ==033\'
  holds 'foot gets what gnuplot makes' "$(TERM=foot drawn)" PICTURE
  holds 'as sixel' "$(cat kept)" 'set terminal sixelgd'
fi

# ---- files
PATH=$paths "$program" -e 'for _ = 1, 2 do ll.plot { 1, 2 } end' >out 2>err
is 'nothing is printed of a file' "$(cat out)" ''
is 'files have names of their own' "$(ls losslab-plot-*.svg | tr '\n' ' ')" 'losslab-plot-1.svg losslab-plot-2.svg '
holds 'and are told on standard error' "$(cat err)" 'the plot is in losslab-plot-2.svg'

# ---- the window: its process is nobody's child, ends by itself, and takes its folder with it. The file kept is there once it has
# drawn, which the fifo tells.
mkfifo done
sed -i 's|^mv -f.*|& ; echo over >"'"$work"'/done"|' with/gnuplot
rm -f kept
export TMPDIR="$work"
code=$(DISPLAY=:7 PATH=$paths "$program" -e '
  ll.plot({ 1, 2 }, { title = "a window" })
  local pipe = io.popen "cat /proc/$PPID/task/$PPID/children"
  local children = 0
  for _ in pipe:read "a":gmatch "%d+" do children = children + 1 end
  print(children <= 1) -- the shell that counts them
')
is 'a window leaves no child behind, and the program goes on' "$code" true
over=$(timeout 60 cat done)
is 'gnuplot drew it' "$over" over
holds 'in its first window' "$(cat kept)" 'set terminal qt persist'
is 'which can be zoomed' "$(grep -c '^set multiplot' kept)" 0
holds 'which stays until it is closed' "$(cat kept)" 'pause mouse close'
holds 'also when gnuplot has ended' "$(tail -n 1 kept.arguments)" --persist

finish
