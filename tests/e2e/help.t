#!/bin/sh
# losslab help: topics, what is near to one that is not there, and the man pages, which man reads without a warning.
. tests/e2e/tap.sh
tree=$PWD
cd "$work" || exit 1
export NO_COLOR=1

# topic EXIT NAME WORDS…: standard output and error go to out and err.
topic() {
  wanted=$1 name=$2
  shift 2
  "$losslab" help "$@" >out 2>err
  code=$?
  is "$name" "$code" "$wanted"
}
topic 0 'a function' ll.loss.hinge
has 'its call comes first' out 'll.loss.hinge { options } -> loss'
topic 0 'a loss by its name' hinge
has 'is the same' out 'll.loss.hinge { options } -> loss'
topic 0 'a call as it is begun' 'hinge {'
has 'is of what is called' out 'll.loss.hinge { options } -> loss'
topic 0 'a call as it is written' 'll.metric.auc(scores, labels)'
has 'likewise' out 'll.metric.auc(scores, labels'
topic 0 'a method of what is called opt' opt:step
has 'is an optimizer' out 'optimizer:step('
topic 0 'a field of what is called m' m.grad
has 'is of a matrix' out 'matrix.grad -> matrix or nil'
topic 0 'a field of a study' study.split.folds
has 'has its default' out '(5)'
topic 0 'the fields of a study' study
has 'are listed' out 'split.standardise'
topic 0 'words' hinge margin
has 'find what holds them' out 'options.margin'
topic 0 'a command' run
has 'is its --help' out 'usage: losslab run'
topic 0 'a command with the name of the program' losslab run
topic 2 'a name that is not there is wrong usage' adaptive_rnak
has 'the nearest is suggested' err 'did you mean "adaptive_rank"?'
is 'and nothing goes to standard output' "$(cat out)" ''
topic 2 'nothing near' qqqqqqqqqq
has 'is said' err 'there is no help on "qqqqqqqqqq"'
topic 0 'no topic'
has 'is --help' out 'usage: losslab'
"$losslab" --help >out
has '--help mentions it' out '  help '

# Values print what they are, at the prompt and in scripts; a script's own functions stay as they are.
"$losslab" -e 'print(ll.loss.hinge) print(ll.loss) print(ll)' >out
has 'a function prints its line' out 'll.loss.hinge { options } -> loss: '
has 'a module what it holds' out 'adaptive_rank'
"$losslab" -e 'local f = function() end; print(tostring(f) == string.format("function: %p", f), getmetatable(f))' >out
is "a script's own function prints its address" "$(cat out)" 'true	false'

# A plain Lua that loads the module has the same help, but for commands.
build=$tree/${LOSSLAB_BUILD:-build}
case ${LOSSLAB_BUILD:-} in /*) build=$LOSSLAB_BUILD ;; esac
if command -v lua5.4 >/dev/null && [ -e "$build/lua/losslab/core.so" ]; then
  LUA_CPATH="$build/lua/?.so;;" LUA_PATH="$tree/lua/?.lua;$tree/lua/?/init.lua;;" \
    lua5.4 -e 'local ll = require "losslab"; print(ll.help.text "hinge"); print(ll.loss)' >out 2>err
  is 'a plain Lua has help' "$(cat err)" ''
  has 'on functions' out 'll.loss.hinge { options } -> loss'
  has 'and its modules print what they hold' out 'adaptive_rank'
fi

mkdir pages
check 'the man pages are written' "$losslab" help --man pages
for page in $("$losslab" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
  [ -s "pages/losslab-$page.1" ] || fail "there is a page of $page"
  grep -q "losslab.*$page" pages/losslab.1 || fail "losslab(1) names $page"
done
if "$losslab" help --man nowhere 2>err; then fail 'a folder that is not there is refused'
else has 'a folder that is not there is refused' err 'nowhere'; fi
if command -v groff >/dev/null; then
  for page in pages/*.1; do groff -ww -man -K utf8 -Tutf8 -z "$page" 2>&1; done >warnings
  is 'roff has nothing to warn of' "$(cat warnings)" ''
fi

echo "1..$count"
exit $((failed != 0))
