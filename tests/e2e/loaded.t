#!/bin/sh
# A study of several files: what its script loads (dofile, loadfile, require) has ll as the script has, when the study is made and
# when its trials run, under run and resume.
. tests/e2e/tap.sh
cd "$work" || exit 1
cat >s.lua <<'END'
local data = dofile "data.lua"
local loss = assert(loadfile "loss.lua")()
package.path = "./?.lua;" .. package.path
return ll.study { name = require "title", data = data, split = { folds = 2 }, seeds = { 1 }, compare = { mine = loss },
  train = { epochs = 1, batch = 8 }, model = { hidden = { 2 } } }
END
echo 'return { { name = "m", make = function() return ll.data.moons { n = 60 } end } }' >data.lua
echo 'local calls = ll.loss.list() return function(s, y) return #calls > 0 and dofile "inner.lua"(s, y) end' >loss.lua
echo 'return ll.loss.logistic {}' >inner.lua
echo 'return "of " .. ll.precision' >title.lua
for command in 'run s.lua' 'resume s.db'; do
  # shellcheck disable=SC2086
  "$losslab" $command >out 2>err
  is "losslab $command" "$? $(grep -c nil err)" '0 0'
done
is 'its trials ran' "$(ask s.db "SELECT count(*) FROM trial WHERE status = 'done'")" 2
finish
