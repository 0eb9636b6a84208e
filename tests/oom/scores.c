/* Packing and unpacking scores while each allocation fails in turn, zstd's own among them. */
#include "tests/sweep.h"

enum { EPOCHS = 4, COUNT = 3000 };
static float scores[EPOCHS * COUNT], got[EPOCHS * COUNT];

static ll_status there_and_back(ll_ctx *ctx, ll_scores_coding asked) {
  ll_scores_coding coding;
  void *bytes;
  size_t size, count;
  ll_scores *open = NULL;
  LL_TRY(ll_scores_pack(ctx, scores, EPOCHS, COUNT, asked, &coding, &bytes, &size));
  ll_status status;
  LL_GOTO(cleanup, ll_scores_count(ctx, (int)coding, bytes, size, EPOCHS, &count));
  LL_GOTO(cleanup, ll_scores_unpack(ctx, (int)coding, bytes, size, EPOCHS, count, 1, 3, got));
  LL_GOTO(cleanup, ll_scores_open(ctx, (int)coding, bytes, size, EPOCHS, count, &open));
  LL_GOTO(cleanup, ll_scores_next(open, NULL));
  LL_GOTO(cleanup, ll_scores_next(open, got));
cleanup:
  ll_scores_close(open);
  ll_free(ctx, bytes);
  return status;
}

static ll_status packed(ll_ctx *ctx) { return there_and_back(ctx, LL_SCORES_PACKED); }
static ll_status ranks(ll_ctx *ctx) { return there_and_back(ctx, LL_SCORES_RANKS); }
static ll_status raw(ll_ctx *ctx) { return there_and_back(ctx, LL_SCORES_RAW); }

int main(void) {
  ll_random draws = ll_random_stream(1, 0, "scores");
  for (size_t i = 0; i < EPOCHS * COUNT; i++) scores[i] = (float)ll_random_uniform(&draws);
  SWEEP(packed, 8);
  SWEEP(ranks, 8);
  SWEEP(raw, 2);
  return done();
}
