#!/bin/sh
# In a folder of somebody else's, with an environment to match, the program runs nothing that it finds there: modules come from losslab
# and the system. A script's own helpers are found beside it, after all of those.
export LC_ALL=C.UTF-8
. tests/e2e/tap.sh
program=$losslab
cd "$work" || exit 1
nothing_ran() { test ! -e "$work/ran" || { cat "$work/ran"; rm -f "$work/ran"; false; }; }

mkdir trap study elsewhere
# every module of ours and of the system that a command may load, in all the forms in which Lua looks for them
cd trap || exit 1
modules=$(cd "$(dirname "$program")/../lua" 2>/dev/null && find losslab -name '*.lua' | sed 's|\.lua$||')
for module in cjson lfs lsqlite3 posix $modules losslab losslab/core losslab/core_double losslab/program; do
  mkdir -p "$module"
  printf 'local f = io.open("%s/ran", "a") f:write(tostring((...)), "\\n") f:close() error "trapped"\n' "$work" >"$module.lua"
  cp "$module.lua" "$module/init.lua"
done
if [ -n "${CC:-}" ] && printf '#include <stdio.h>\n__attribute__((constructor)) static void f(void) { FILE *o = fopen("%s/ran", "a"); fputs("so\\n", o), fclose(o); }\n' "$work" >so.c &&
  $CC -shared -fPIC -o so.so so.c 2>/dev/null; then
  for module in cjson lfs; do cp so.so $module.so; done
fi
cat >study.lua <<'LUA'
return ll.study { name = "tiny", question = "Which?", data = { "breast_cancer" }, seeds = { 1 }, split = { test = 0.3, valid = 0.3 },
  claim = "It is.", finding = function() return "It was." end,
  compare = { hinge = {}, cross_entropy = {} }, model = { hidden = {} }, train = { epochs = 1, batch = 64 } }
LUA
# where these would be believed, the folder above all
for form in '' _5_4; do
  eval "export LUA_PATH$form='./?.lua;./?/init.lua;$work/trap/?.lua;;' LUA_CPATH$form='./?.so;$work/trap/?.so;;' LUA_INIT$form='@$work/trap/lfs.lua'"
done
if command -v lua5.4 >/dev/null; then # or this test could not fail
  lua5.4 -e 'pcall(require, "lfs")' >"$work/log" 2>&1
  check 'lua itself is trapped' sh -c "test -s '$work/ran'"
  rm -f "$work/ran"
fi
"$program" run study.lua --jobs 1 --db t.db >"$work/log" 2>&1
check 'run' test -s t.db
check 'runs nothing of the folder' nothing_ran
for words in 'show t.db' 'show t.db 1' 'show t.db --json' 'ls' 'ls t.db' 'ls t.db --json' 'plot t.db --out figures' 'gallery t.db --out page' \
  'export t.db trials' 'export t.db --format json' 'resume t.db' 'data' 'data breast_cancer' 'data --json' 'losses' 'losses hinge --json' \
  'check nothing.json' '--version' '--help' 'show --help'; do
  # shellcheck disable=SC2086
  "$program" $words >out 2>err
  code=$?
  check "$words" sh -c "test $code = 0 || { test '$words' = 'check nothing.json' && test $code = 1; } || { cat out err; false; }"
  check 'runs nothing of the folder' nothing_ran
done
for code in 'require "lfs"' 'require "cjson"' 'require "losslab.plot.draw"'; do
  check "$code at -e" "$program" -e "$code"
  check 'is the system'"'"'s' nothing_ran
done
printf 'require "cjson" require "lfs" require "cjson.safe"\n' >script.lua
check 'so it is for a script in the folder' "$program" script.lua
check 'too' nothing_ran
echo 'require "lfs"' | "$program" >out 2>&1
check 'and standard input' nothing_ran
for place in path cpath; do
  "$program" -e "print((package.$place:gsub(';', '\n')))" >out
  check "every place of package.$place is one of the system" sh -c "! grep -v ^/ out && ! grep -F '$work/trap' out"
done

# ---- a study's helper, beside it, from anywhere
cd "$work" || exit 1
for name in $(env | sed -n 's/^\(LUA_[A-Z]*[_0-9]*\)=.*/\1/p'); do unset "$name"; done
echo 'return { name = "helped" }' >study/helper.lua
mkdir study/parts && echo 'return { batch = 64 }' >study/parts/init.lua
echo 'return { name = "of this folder" }' >elsewhere/helper.lua
echo 'error "trapped"' >study/lfs.lua
{ echo 'local helper, parts, lfs = require "helper", require "parts", require "lfs"'
  sed 's/name = "tiny"/name = helper.name/; s/batch = 64/batch = parts.batch * (lfs.dir and 1 or 0)/' trap/study.lua; } >study/study.lua
check 'a study with a helper beside it' "$program" run study/study.lua --db helped.db
check 'has it, and lfs is the system'"'"'s' sh -c "'$program' show helped.db | grep -q ^helped:"
cd elsewhere || exit 1
check 'so it has from another folder' "$program" run ../study/study.lua --db helped.db
check 'whose own helper is another' sh -c "'$program' show helped.db | grep -q ^helped:"
echo 'print(require "helper".name)' >../study/script.lua
"$program" ../study/script.lua >out
check 'a script finds what is beside it first' grep -qx helped out
"$program" -e 'print(require "helper".name)' >out
check 'code of the command line what is in the folder' grep -qx 'of this folder' out
echo 'return )' >broken.lua
"$program" -e 'require "broken"' 2>err
check 'a broken module is told by its file' grep -q "error loading module 'broken' from file './broken.lua'" err
"$program" -e 'require "no.such"' 2>err
check 'one that is nowhere with where it was looked for' grep -qF "no file './no/such.lua'" err
check 'help says where modules come from' sh -c "'$program' --help | grep -q LUA_PATH && '$program' run --help | grep -q 'beside it'"

finish
