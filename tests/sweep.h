/* What the tests of failing allocations share: a piece of work is done once, then again with each of its allocations failing in
 * turn, in a context of its own. Each time the work fails with an error of memory that says so, or is done all the same (where
 * giving the pool back allows another try, which is one allocation more); nothing is left behind; and the same context does the
 * work after it. */
#ifndef LOSSLAB_TESTS_SWEEP_H
#define LOSSLAB_TESTS_SWEEP_H

#include "engine/autograd/node.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

typedef ll_status attempt(ll_ctx *ctx);

/* What the context holds beside what it keeps for reuse. */
static inline size_t held(ll_ctx *ctx) {
  ll_node_trim(ctx);
  ll_matrix_trim(ctx);
  return ll_memory_used(ctx);
}

/* One failure; says what is wrong. */
static inline bool survives(const char *name, attempt *work, uint64_t nth, uint64_t total) {
  ll_ctx *ctx;
  if (ll_ctx_open(&ctx) != LL_OK) exit(1);
  ll_memory_fail_at(ctx, nth);
  ll_status status = work(ctx);
  ll_memory_fail_at(ctx, 0);
  uint64_t calls = ll_memory_calls(ctx);
  size_t left = held(ctx);
  bool right = true;
  if (left) right = ok(false, "%s, allocation %d fails: %zu bytes are left", name, (int)nth, left);
  if (status == LL_OK && calls <= total) right = ok(false, "%s, allocation %d fails: the failure went unnoticed", name, (int)nth);
  if (status != LL_OK && (status != LL_ERR_MEMORY || !strstr(ll_message(ctx), "out of memory")))
    right = ok(false, "%s, allocation %d fails: %s: %s", name, (int)nth, ll_status_name(status), ll_message(ctx));
  if (work(ctx) != LL_OK) right = ok(false, "%s, after failure %d: %s", name, (int)nth, ll_message(ctx));
  if (held(ctx)) right = ok(false, "%s, after failure %d: %zu bytes are left", name, (int)nth, held(ctx));
  ll_ctx_close(ctx);
  return right;
}

/* least: the allocations there are at least: work that makes none proves nothing. */
static inline void sweep_all(const char *name, attempt *work, uint64_t least) {
  ll_ctx *ctx;
  if (ll_ctx_open(&ctx) != LL_OK) exit(1);
  works(ctx, work(ctx));
  uint64_t total = ll_memory_calls(ctx);
  if (held(ctx)) ok(false, "%s: %zu bytes are left", name, held(ctx));
  ll_ctx_close(ctx);
  bool clean = true;
  for (uint64_t nth = 1; nth <= total; nth++) clean &= survives(name, work, nth, total);
  ok(clean && total >= least, "%s survives each of its %d allocations failing", name, (int)total);
}

#define SWEEP(work, least) sweep_all(#work, work, least)

#endif
