#!/bin/bash
# make docs refuses a page with a link, a place, a picture or a formula that is not there, and names page and line; a page that holds
# passes. Run by make docs-test, since it needs cmark-gfm.
. tests/e2e/tap.sh
mkdir -p "$work/tree/tests/bench" "$work/tree/results/figures" "$work/tree/experiments"
cp -r docs ./*.md "$work/tree/"
cp tests/README.md "$work/tree/tests/"
cp tests/bench/RESULTS.md "$work/tree/tests/bench/"
cp results/figures/margin_map.png "$work/tree/results/figures/"
cp experiments/*.lua "$work/tree/experiments/"
cd "$work/tree" || exit 1

build() { "$losslab" docs/site/build.lua "$work/site" >"$work/out" 2>"$work/err"; }
build
is 'the site is built' "$? $(cat "$work/err")" '0 '
is 'it names no network' "$(grep -rlE '(src|href)="(https?:)?//' --include='*.html' "$work/site" | xargs -r grep -hoE '<(script|link|img)[^>]*//[^>]*>' | head -n 3)" ''

# broken NAME TEXT MESSAGE: a page with the text at its end is refused by the message.
broken() {
  cp docs/studies.md "$work/kept.md"
  printf '\n%s\n' "$2" >>docs/studies.md
  line=$(wc -l <docs/studies.md)
  build
  is "$1" "$? $(cat "$work/err")" "1 docs/studies.md:$line: $3"
  cp "$work/kept.md" docs/studies.md
}
broken 'a page that is not there' 'See [this](nowhere.md).' 'there is no nowhere.md'
broken 'a place that is not there' 'See [this](replay.md#nowhere).' 'the link to replay.html#nowhere leads nowhere'
broken 'a place of the page itself' 'See [this](#nowhere).' 'the link to #nowhere leads nowhere'
broken 'a picture that is not there' '![A picture](nowhere.png)' 'there is no nowhere.png'
broken 'a picture of the network' '![A picture](https://example.org/a.png)' 'a picture from the network: https://example.org/a.png'
broken 'a formula that is not understood' "Here \$a \\nonsense b\$ stands." '\nonsense is not known to docs/site/symbols.lua in $a \nonsense b$'

cat >>docs/studies.md <<'MD'

## Tried: `all` of it

<!-- side by side -->
```python norun
print("a")
```
```lua some.lua
print "a" -- b
```

`losslab run`, `$x$` and $x_1$; [a file](../experiments/my_loss.lua), [a folder](../experiments), [home](../README.md), [up](#tried-all-of-it).
MD
build
is 'a page with all of it is built' "$? $(cat "$work/err")" '0 '
tail -c 6000 "$work/site/studies.html" | tr -d '\n' >"$work/tail.html"
has 'blocks side by side' "$work/tail.html" '<div class="pair"><div><div class="code python">'
has 'a name above its code' "$work/tail.html" '<span class="name">some.lua</span>'
has 'code in colours' "$work/tail.html" '<span class="s">"a"</span> <span class="c">-- b</span>'
has 'a command leads to the reference' "$work/tail.html" '<a class="look" href="reference/commands.html#losslab-run"><code>losslab run</code></a>'
has 'dollars in code are no formula' "$work/tail.html" '<code>$x$</code>'
has 'a formula is MathML' "$work/tail.html" '<msub><mi>x</mi><mn>1</mn></msub>'
has 'a file of the tree has a page' "$work/tail.html" '<a href="source/experiments/my_loss.lua.html">a file</a>'
has 'a folder is text' "$work/tail.html" ', a folder,'
finish
