#!/bin/sh
# The tutorials as pages: each says first what one has at its end and how long it takes, and last where to go on; the index names
# each; links lead to files. What the pages show is run as page:… (tests/documents).
. tests/e2e/tap.sh

for page in docs/tutorials/[0-9]*.md; do
  name=${page##*/}
  opening=$(sed -n '3,/^$/p' "$page" | tr '\n' ' ')
  case $opening in
    '**At the end** '*'**It takes** '*' minutes. '*) pass "$name says what one has at its end, and how long it takes" ;;
    *) fail "$name says what one has at its end, and how long it takes" "$opening" ;;
  esac
  is "$name ends with where next" "$(grep '^## ' "$page" | tail -n 1)" '## Where next'
  has "$name stands in the index" docs/tutorials/README.md "]($name)"
  minutes=$(grep -F "]($name)" docs/tutorials/README.md | sed 's/.*| \([0-9]*\) |$/\1/')
  case $minutes in 10) words=ten ;; 15) words=fifteen ;; 20) words=twenty ;; *) words=$minutes ;; esac
  case $opening in *"**It takes** $words minutes. "*) pass "$name takes as long as the index says" ;;
    *) fail "$name takes as long as the index says" "the index: $minutes" "$opening" ;;
  esac
done

for page in docs/tutorials/*.md; do
  grep -o '][(][^)#: ]*[.][a-z]*' "$page" | sed 's/^][(]//' | sort -u >"$work/links"
  while read -r link; do
    [ -e "docs/tutorials/$link" ] || echo "$link"
  done <"$work/links" >"$work/broken"
  is "the links of ${page##*/} lead to files" "$(cat "$work/broken")" ''
done
finish
