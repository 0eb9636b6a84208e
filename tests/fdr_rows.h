/* What the tests of target-decoy statistics share: rows that are drawn, scores, labels and which of them count, and how they are
 * asked for. */
#ifndef LOSSLAB_TESTS_FDR_ROWS_H
#define LOSSLAB_TESTS_FDR_ROWS_H

#include "losslab/fdr.h"
#include "tests/tap.h"

enum { MOST = 200 };
static ll_ctx *ctx;
static ll_real scores[MOST], labels[MOST];
static uint8_t counted[MOST];
static size_t n;
static ll_fdr_options options;

#ifdef LL_DOUBLE
static const double tolerance = 1e-12;
#else
static const double tolerance = 1e-6;
#endif

static inline ll_matrix column(ll_real *values) { return ll_matrix_wrap(values, n, 1); }
static inline bool counts(size_t i) { return !options.rows || counted[i]; }

/* Options of any method, over all rows or those that are counted, which are drawn. */
static inline void draw_options(ll_random *r, double pi0) {
  for (size_t i = 0; i < n; i++) counted[i] = ll_random_below(r, 5) > 0;
  options = (ll_fdr_options){
      .method = (ll_fdr_method)ll_random_below(r, LL_FDR_METHODS), .pi0 = pi0, .rows = ll_random_below(r, 3) ? NULL : counted};
}

#endif
