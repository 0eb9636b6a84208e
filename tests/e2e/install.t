#!/bin/sh
# What is installed works without the tree: the library for a C program (shared and static, both precisions), the module for a
# plain lua5.4, and the program, run from elsewhere, which finds its modules and its data.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL LUA_PATH LUA_CPATH LUA_PATH_5_4 LUA_CPATH_5_4 LOSSLAB_DATA
tree=$(pwd)
work=$(mktemp -d) || exit 1
trap 'cd /; rm -rf "$work"' EXIT
count=0 failed=0
pass() { count=$((count + 1)); echo "ok $count - $1"; }
fail() {
  count=$((count + 1)) failed=$((failed + 1))
  echo "not ok $count - $1"
  sed 's/^/#   /' "$work/log"
}
# check NAME COMMAND…: passes if the command does; its output is kept for the failure.
check() {
  name=$1
  shift
  if "$@" >"$work/log" 2>&1; then pass "$name"; else fail "$name"; fi
}
# expect NAME TEXT COMMAND…: passes if the command does and its output holds the text.
expect() {
  name=$1 text=$2
  shift 2
  if "$@" >"$work/log" 2>&1 && grep -qF -- "$text" "$work/log"; then pass "$name"; else
    echo "expected: $text" >>"$work/log"
    fail "$name"
  fi
}

root=$work/root
check 'make install into a staging folder' make --no-print-directory install DESTDIR="$root" PREFIX=/usr
usr=$root/usr
for file in bin/losslab bin/losslab-double include/losslab/losslab.h lib/liblosslab.a lib/liblosslab_double.a \
  lib/pkgconfig/losslab.pc lib/pkgconfig/losslab_double.pc lib/lua/5.4/losslab/core.so lib/lua/5.4/losslab/core_double.so \
  lib/losslab/losslab_sqlite.so share/lua/5.4/losslab/init.lua share/man/man1/losslab.1 share/man/man1/losslab-run.1 \
  share/man/man1/losslab-double.1 share/doc/losslab/README.md share/doc/losslab/docs/studies.md \
  share/bash-completion/completions/losslab share/zsh/site-functions/_losslab share/fish/vendor_completions.d/losslab.fish; do
  check "$file is there" test -s "$usr/$file"
done
check 'no file names the tree it was built in or the staging folder' \
  sh -c "! grep -rlI -e '$root' -e '$tree' '$usr'"

# A C program that knows only the installed headers: a product, a seeded stream, and an error with its message.
cat >"$work/user.c" <<'C'
#include <losslab/losslab.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  ll_ctx *ctx;
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_real xs[6] = {1, 2, 3, 4, 5, 6}, ys[4];
  ll_matrix a = ll_matrix_wrap(xs, 2, 3), c = ll_matrix_wrap(ys, 2, 2), view;
  ll_matrix_gemm(false, true, 1, &a, &a, 0, &c); /* A Aᵀ = 14 32; 32 77 */
  if (ys[0] != 14 || ys[1] != 32 || ys[2] != 32 || ys[3] != 77) return 2;
  if (ll_matrix_view(ctx, &a, 1, 0, 2, 3, &view) != LL_ERR_SHAPE || !strstr(ll_message(ctx), "2x3")) return 3;
  printf("%s %s %zu %s\n", LL_VERSION, LL_PRECISION, sizeof(ll_real), ll_message(ctx));
  ll_ctx_close(ctx);
  return 0;
}
C
# flags PACKAGE OPTIONS…: what pkg-config says, with the staging folder as the root of the system.
flags() {
  package=$1
  shift
  PKG_CONFIG_PATH=$usr/lib/pkgconfig pkg-config --define-variable=prefix="$usr" "$@" "$package"
}
cc=${CC:-gcc}
version=$(sed -n 's/.*LL_VERSION "\(.*\)"/\1/p' "$tree/include/losslab/base.h")
cd "$work" || exit 1
for package in losslab losslab_double; do
  case $package in *double) width='double 8' ;; *) width='float 4' ;; esac
  # shellcheck disable=SC2046
  check "$package: compiles against the shared library" \
    $cc -std=c11 -Wall -Wextra -Wconversion -pedantic -Werror user.c -o "shared_$package" $(flags $package --cflags --libs)
  expect "$package: it runs" "$version $width" env LD_LIBRARY_PATH="$usr/lib" "./shared_$package"
  expect "$package: its soname has a version" "lib$package.so.${version%%.*}" sh -c "readelf -d ./shared_$package | grep NEEDED"
  # shellcheck disable=SC2046
  check "$package: compiles against the static library" $cc -std=c11 user.c -o "static_$package" $(flags $package --cflags) \
    "$usr/lib/lib$package.a" $(flags $package --libs --static | sed "s/-l$package //")
  expect "$package: it runs alone" "$version $width" "./static_$package"
done

# The extension of SQLite, where pkg-config and the program say that it is.
expect 'pkg-config names the extension' "$usr/lib/losslab/losslab_sqlite.so" flags losslab --variable=sqlite_extension
expect 'the program names it, too' "$usr/lib/losslab/losslab_sqlite.so" "$usr/bin/losslab" query --extension
expect 'sqlite3 loads it' '[1.0,2.0]' sqlite3 :memory: -cmd ".load $usr/lib/losslab/losslab_sqlite.so" \
  "SELECT json_group_array(value) FROM ll_unpack(x'0000803f00000040')"
expect 'by the name without its ending, too' '2.0' sqlite3 :memory: -cmd ".load $usr/lib/losslab/losslab_sqlite" \
  "SELECT ll_unpack(x'0000803f00000040', 'float32', 2)"

# The module in a plain lua5.4.
cat >user.lua <<'LUA'
local ll = require "losslab"
print(ll.version, ll.precision)
LUA
for precision in float double; do
  expect "plain lua5.4 requires losslab ($precision)" "$version	$precision" env LOSSLAB_PRECISION=$precision \
    LUA_PATH="$usr/share/lua/5.4/?.lua;$usr/share/lua/5.4/?/init.lua;;" LUA_CPATH="$usr/lib/lua/5.4/?.so;;" lua5.4 user.lua
done

# The program, moved away from the tree, run in a folder that holds nothing.
mkdir empty && cd empty || exit 1
expect 'the program finds its modules' "$version	float" "$usr/bin/losslab" ../user.lua
expect 'the double program too' "$version	double" "$usr/bin/losslab-double" ../user.lua
expect 'it finds the data it ships' 'breast_cancer' "$usr/bin/losslab" -e 'print((require "losslab").data.load "breast_cancer")'
expect 'which are the installed ones' "$usr/" "$usr/bin/losslab" -e 'print(package.searchpath("losslab", package.path))'
cd "$tree" || exit 1

# A man page for each command, and help from what is installed.
for command in $("$usr/bin/losslab" -e 'print(table.concat(require "losslab.cli.commands".names, " "))'); do
  expect "a man page of $command" "LOSSLAB-$(echo "$command" | tr a-z A-Z)" cat "$usr/share/man/man1/losslab-$command.1"
done
expect 'help of a function in C' 'Example' "$usr/bin/losslab" help ll.zeros
expect 'help of a field of a study' 'study.split' "$usr/bin/losslab" help study.split

check 'make uninstall' make --no-print-directory uninstall DESTDIR="$root" PREFIX=/usr
expect 'leaves nothing, no empty folder either' '0 left' sh -c "echo \$(find '$root' -mindepth 1 2>/dev/null | wc -l) left"

# Below another prefix, which holds something of others: it stays, with its folders.
mkdir -p "$work/opt/lib/others" && echo theirs >"$work/opt/lib/others/file"
check 'make install below another prefix' make --no-print-directory install DESTDIR= PREFIX="$work/opt" LIBDIR=lib/here
expect 'libraries in the folder that was named' "$version" "$work/opt/bin/losslab" --version
check 'they are there' test -s "$work/opt/lib/here/liblosslab.so"
check 'make uninstall there' make --no-print-directory uninstall DESTDIR= PREFIX="$work/opt" LIBDIR=lib/here
expect 'leaves what was there before' 'lib lib/others lib/others/file' sh -c "cd '$work/opt' && echo \$(find * | sort)"

# A folder with a space would be two to rm, and a relative one another elsewhere.
mkdir -p "$work/opt/my" && echo theirs >"$work/opt/my/file"
expect 'uninstall of a prefix with a space is refused' 'must be without spaces' \
  sh -c "! make --no-print-directory uninstall DESTDIR= PREFIX='$work/opt/my things' 2>&1"
expect 'and removes nothing' 'theirs' cat "$work/opt/my/file"
expect 'install there, too' 'must be without spaces' sh -c "! make -n --no-print-directory install DESTDIR= PREFIX='$work/opt/my things' 2>&1"
expect 'a relative prefix is refused' 'must be absolute: opt' sh -c "! make --no-print-directory uninstall DESTDIR= PREFIX=opt 2>&1"
echo "1..$count"
exit $((failed != 0))
