#!/bin/bash
# The packages: those of Debian are built, without errors for lintian, and what is in them works away from the tree; LuaRocks makes a
# tree of its own, whose program and module work. `make package-test` installs what this needs.
. tests/e2e/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL LOSSLAB_DATA LUA_PATH LUA_CPATH LUA_PATH_5_4 LUA_CPATH_5_4

check 'make deb, and lintian has no error' make --no-print-directory deb
version=$(sed -n 's/.*LL_VERSION "\(.*\)"/\1/p' include/losslab/base.h)
is 'three packages' "$(cd build/deb && ls *.deb | grep -v dbgsym | sed 's/_.*//' | tr '\n' ' ')" 'liblosslab-dev liblosslab0 losslab '
for package in build/deb/*.deb; do case $package in *dbgsym*) ;; *) dpkg-deb -x "$package" "$work/root" ;; esac; done
usr=$work/root/usr
cd "$work" || exit 1
is 'the program runs from the package' "$("$usr/bin/losslab" --version | head -n 1 | cut -d ' ' -f 1,2)" "losslab $version"
is 'the other one too' "$("$usr/bin/losslab" --double -e 'print(ll.precision)')" double
is 'data sets are found' "$("$usr/bin/losslab" -e 'print(ll.data.load "iris")')" 'data iris: 150 rows, 4 features, 3 classes'
is 'the extension is found' "$(sqlite3 :memory: -cmd ".load $("$usr/bin/losslab" query --extension)" \
  "SELECT json_group_array(value) FROM ll_unpack(x'0000803f00000040')")" '[1.0,2.0]'
is 'the module, in a plain lua5.4' "$(LUA_PATH="$usr/share/lua/5.4/?.lua;$usr/share/lua/5.4/?/init.lua;;" \
  LUA_CPATH="$(echo "$usr"/lib/*/lua/5.4)/?.so;;" lua5.4 -e 'print(require "losslab".version)')" "$version"
for page in losslab losslab-run losslab-double; do check "man page $page" test -s "$usr/share/man/man1/$page.1.gz"; done
for file in share/bash-completion/completions/losslab share/zsh/vendor-completions/_losslab \
  share/fish/vendor_completions.d/losslab.fish; do check "$file" test -s "$usr/$file"; done

cd "$OLDPWD" || exit 1
check 'luarocks make' luarocks --lua-version 5.4 make --tree "$work/rocks" --deps-mode none losslab-dev-1.rockspec
cd "$work" || exit 1
is 'its program' "$(rocks/bin/losslab --version | head -n 1 | cut -d ' ' -f 1,2)" "losslab $version"
is 'its data' "$(rocks/bin/losslab -e 'print(ll.data.load "iris")')" 'data iris: 150 rows, 4 features, 3 classes'
is 'its module' "$(LUA_PATH="$work/rocks/share/lua/5.4/?.lua;$work/rocks/share/lua/5.4/?/init.lua;;" \
  LUA_CPATH="$work/rocks/lib/lua/5.4/?.so;;" lua5.4 -e 'print(require "losslab".data.load "iris")')" \
  'data iris: 150 rows, 4 features, 3 classes'
finish
