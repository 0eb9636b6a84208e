#!/bin/bash
# The README's C loss is compiled as it stands there, and its gradient compared with differences; its Lua and its study are run.
. tests/e2e/tap.sh

awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' README.md >"$work/tangent.c"
cat >"$work/main.c" <<'C'
#include <math.h>
#include <stdio.h>

#include "losslab/loss.h"

extern const ll_loss_desc ll_loss_tangent;

int main(void) {
  ll_real scores[] = {-2, -0.5, 0.3, 1.5}, labels[] = {1, 0, 1, 0}, slopes[4];
  ll_matrix inputs[] = {ll_matrix_wrap(scores, 4, 1), ll_matrix_wrap(labels, 4, 1)}, grad = ll_matrix_wrap(slopes, 4, 1);
  ll_ctx *ctx;
  ll_loss *loss;
  if (ll_ctx_open(&ctx) || ll_loss_new(ctx, &ll_loss_tangent, &loss)) return 2;
  ll_loss_call call = {.inputs = inputs, .grads = {&grad}};
  if (ll_loss_eval(ctx, loss, &call)) return 2;
  double worst = 0;
  for (int i = 0; i < 4; i++) {
    ll_loss_call up = {.inputs = inputs}, down = {.inputs = inputs};
    double x = scores[i];
    scores[i] = x + 1e-6;
    if (ll_loss_eval(ctx, loss, &up)) return 2;
    scores[i] = x - 1e-6;
    if (ll_loss_eval(ctx, loss, &down)) return 2;
    scores[i] = x;
    worst = fmax(worst, fabs((up.value - down.value) / 2e-6 - slopes[i]));
  }
  ll_loss_release(ctx, loss);
  ll_ctx_close(ctx);
  printf("worst %g\n", worst);
  return worst < 1e-8 ? 0 : 1;
}
C
warn='-Wall -Wextra -Wshadow -Wconversion -Werror'
libs=$(MAKEFLAGS= make -s --no-print-directory print-libs)
gcc -std=gnu11 $warn -DLL_DOUBLE -Iinclude -I. "$work/tangent.c" "$work/main.c" "${LOSSLAB_BUILD:-build}/liblosslab_double.a" $libs -o "$work/tangent" 2>"$work/err"
is 'the loss in C compiles without a warning' "$(cat "$work/err")" ''
"$work/tangent" >"$work/out" 2>&1
is 'and its gradient is right' "$?" 0
lines=$(wc -l <"$work/tangent.c")
is 'in under 60 lines' "$([ "$lines" -lt 60 ] && echo yes || echo "$lines")" yes

awk '/^```lua$/ { n++; next } /^```$/ { n_end = n } n == 2 && n_end < 2' README.md >"$work/hand.lua"
"$losslab" "$work/hand.lua" >"$work/out" 2>"$work/err"
is 'the script by hand runs' "$?" 0
is 'and learns' "$(awk '$1 > 0.98 && $1 <= 1 { print "yes" }' "$work/out")" yes

awk '/^```lua$/ { n++; next } /^```$/ { n_end = n } n == 1 && n_end < 1' README.md >"$work/study.lua"
"$losslab" run "$work/study.lua" --db "$work/study.db" >"$work/out" 2>"$work/err"
is 'the study runs as it stands' "$?" 0
has 'all of it' "$work/out" '840 runs done'
finish
