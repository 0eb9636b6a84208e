#!/bin/sh
# The bits of a study are the same everywhere: those of tests/golden/trials.txt, which were recorded once (make golden) and are met
# by every instruction set, under every kernel that OpenBLAS has for this machine, without the C library's fast functions, for any
# number of workers and threads, in other locales, and wherever things lie in memory. A trial that differs is told by its name. And a
# database that was made on another machine, as far as one can be feigned, is replayed to the same bits.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm # what is computed here is thrown away: nothing waits for a disk
. tests/e2e/tap.sh
double=${LOSSLAB_DOUBLE:-bin/losslab-double}
recorded=tests/golden/trials.txt
unset OPENBLAS_CORETYPE LOSSLAB_ISA LOSSLAB_THREADS GLIBC_TUNABLES

is 'the file holds no trial twice' "$(cut -d: -f1 $recorded | sort | uniq -d)" ''
is 'and no failed one' "$(grep ': failed' $recorded)" ''

# met NAME PROGRAM JOBS SETTING…: under these settings of the environment the program gives what is recorded.
met() {
  name=$1 program=$2 jobs=$3
  shift 3
  env "$@" "$program" tests/golden/run.lua "$work/met.db" "$jobs" >"$work/got" 2>"$work/err"
  if sh tests/golden/compare $recorded "$work/got" >"$work/differs"; then pass "$name"; else
    fail "$name" "$(cat "$work/differs")" "$(grep failed "$work/err" | head -n 3)"
  fi
}
can() { for flag; do grep -qw "$flag" /proc/cpuinfo || return 1; done; }

slow=GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL,-AVX2_Usable,-FMA_Usable
large=$(head -c 70000 /dev/zero | tr '\0' x)
locale=$(locale -a 2>/dev/null | grep -vE '^(C|POSIX|en_)' | head -n 1)
still=$(setarch -R true 2>/dev/null && echo setarch -R)
for program in "$losslab" "$double"; do
  p=$([ "$program" = "$double" ] && echo double || echo float)
  met "$p" "$program" 1 LC_ALL=C
  met "$p: v3 and Haswell, three workers" "$program" 3 LOSSLAB_ISA=v3 OPENBLAS_CORETYPE=Haswell
  met "$p: base and Prescott, without fused functions of the C library" "$program" 1 \
    LOSSLAB_ISA=base OPENBLAS_CORETYPE=Prescott $slow
  # shellcheck disable=SC2086
  met "$p: another locale, a large environment, other addresses, memory that is not zero, two threads" "$program" 2 \
    "LC_ALL=${locale:-C.UTF-8}" "LARGE=$large" MALLOC_PERTURB_=165 LOSSLAB_THREADS=2 $still
  for core in Nehalem:sse4_2 SkylakeX:avx512vl; do
    [ $p = float ] && can ${core#*:} || continue
    met "$p: ${core%:*}" "$program" 2 OPENBLAS_CORETYPE=${core%:*}
  done
done

# A database of feigned machines: made by one, replayed by others, from the file alone.
made=LOSSLAB_ISA=v3,OPENBLAS_CORETYPE=Haswell others=LOSSLAB_ISA=base,OPENBLAS_CORETYPE=Prescott
if can avx2; then
  # shellcheck disable=SC2046
  env $(echo "$made" | tr , ' ') "$losslab" tests/golden/run.lua "$work/made.db" 2 >"$work/got" 2>"$work/err"
  ids=$(ask "$work/made.db" "SELECT group_concat(id, ' ') FROM trial WHERE code = '' AND bits = 'portable'")
  is 'trials of built-in losses are portable, all of them' \
    "$(ask "$work/made.db" "SELECT count(*) > 100, count(*) FILTER (WHERE bits IS NOT 'portable') FROM trial WHERE code = ''")" '1|0'
  for each in $others; do
    # shellcheck disable=SC2046,SC2086
    env $(echo "$each" | tr , ' ') "$losslab" replay "$work/made.db" $ids >"$work/log" 2>"$work/err"
    is "made with $made, they are replayed with $each" "$? $(tail -n 1 "$work/log" | cut -d ' ' -f 1-4)" \
      "0 $(echo $ids | wc -w) of $(echo $ids | wc -w) identical,"
    is 'without a warning' "$(grep -v 'which was run last; --study shows another' "$work/err")" ''
  done
fi

# What is computed has a part in what is told: another number, another line.
sed 's/^\(float scores\/hinge: .\)./\1x/; /^float alone\/op_add:/d' $recorded >"$work/other"
grep '^double' $recorded >"$work/got"
sh tests/golden/compare "$work/other" "$work/got" >"$work/differs"
is 'the other precision is not looked at' "$(cat "$work/differs")" ''
grep '^float' $recorded >"$work/got"
sh tests/golden/compare "$work/other" "$work/got" >"$work/differs"
is 'a trial that differs is told by its name' "$? $(cut -d: -f1 "$work/differs" | sort | tr '\n' ' ')" '1 float alone/op_add float scores/hinge '
finish
