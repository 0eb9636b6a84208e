/* Initial weights: a table of names and distributions. */
#include <math.h>

#include "engine/matrix/gemm.h"
#include "losslab/nn.h"

static void uniform_within(ll_matrix *w, ll_random *r, double bound) { ll_matrix_uniform(w, r, -bound, bound); }

static ll_status xavier(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  (void)ctx;
  uniform_within(w, r, sqrt(6.0 / (double)(w->rows + w->cols)));
  return LL_OK;
}
static ll_status xavier_normal(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  (void)ctx;
  ll_matrix_normal(w, r, 0, sqrt(2.0 / (double)(w->rows + w->cols)));
  return LL_OK;
}
static ll_status he(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  (void)ctx;
  ll_matrix_normal(w, r, 0, sqrt(2.0 / (double)w->cols));
  return LL_OK;
}
static ll_status he_uniform(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  (void)ctx;
  uniform_within(w, r, sqrt(6.0 / (double)w->cols));
  return LL_OK;
}
static ll_status normal(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  (void)ctx;
  ll_matrix_normal(w, r, 0, sqrt(1.0 / (double)w->cols));
  return LL_OK;
}
static ll_status uniform(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  (void)ctx;
  uniform_within(w, r, 1 / sqrt((double)w->cols));
  return LL_OK;
}
static ll_status zeros(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  (void)ctx, (void)r;
  ll_matrix_fill(w, 0);
  return LL_OK;
}

/* Gram-Schmidt on normal vectors, in double. What each has along those before it is subtracted twice ("twice is enough": they are
 * then orthogonal up to rounding). No vector's sign is turned, so the result is uniform among all such matrices. */
static ll_status orthogonal(ll_ctx *ctx, ll_matrix *w, ll_random *r) {
  bool tall = w->rows > w->cols; /* then its columns are orthonormal */
  size_t k = tall ? w->cols : w->rows, n = tall ? w->rows : w->cols;
  void *block;
  if (k == 0) return LL_OK;
  LL_TRY(ll_calloc(ctx, &block, k * n + k, sizeof(double)));
  double *q = block, *along = q + k * n;
  for (size_t i = 0; i < k; i++) {
    double *v = q + i * n;
    for (size_t j = 0; j < n; j++) v[j] = ll_random_normal(r);
    for (int pass = 0; pass < 2 && i; pass++) {
      ll_gemmd(&(ll_gemm_shape){.m = i, .n = 1, .k = n, .lda = n, .ldb = 1, .ldc = 1, .alpha = 1}, q, v, NULL, along);
      ll_gemmd(&(ll_gemm_shape){.m = 1, .n = n, .k = i, .lda = i, .ldb = n, .ldc = n, .alpha = -1, .beta = 1}, along, q, NULL, v);
    }
    double squares = 0;
    for (size_t j = 0; j < n; j++) squares += v[j] * v[j];
    double length = sqrt(squares);
    for (size_t j = 0; j < n; j++) v[j] /= length;
  }
  for (size_t i = 0; i < w->rows; i++)
    for (size_t j = 0; j < w->cols; j++) ll_matrix_row(w, i)[j] = (ll_real)(tall ? q[j * n + i] : q[i * n + j]);
  ll_free(ctx, block);
  return LL_OK;
}

const char *const ll_init_names[] = {"xavier",  "xavier_normal", "he",    "he_uniform", "normal",
                                     "uniform", "orthogonal",    "zeros", NULL};
static ll_status (*const inits[])(ll_ctx *, ll_matrix *, ll_random *) = {xavier, xavier_normal, he,         he_uniform,
                                                                         normal, uniform,       orthogonal, zeros};
enum { COUNT = sizeof inits / sizeof *inits };
_Static_assert(sizeof ll_init_names / sizeof *ll_init_names == COUNT + 1, "a name for each");

ll_status ll_init_weights(ll_ctx *ctx, const char *name, ll_matrix *weights, ll_random *stream) {
  size_t place;
  LL_TRY(ll_names_find(ctx, "initialisation", name, ll_init_names, COUNT, &place));
  return inits[place](ctx, weights, stream);
}
