/* Rows of standard normals, shifted along one direction by their kind: which rows are of which kind is a permutation, so that the
 * shares are exact and the best score's AUC is known in closed form. */
#include "engine/base/scalar.h"
#include "engine/data/data.h"
#include "engine/data/generate/generate.h"

ll_status ll_shifted_draw(ll_ctx *ctx, const ll_generator *generator, const double *params, size_t features,
                          const ll_shifted_kind *kinds, size_t n_kinds, uint64_t seed, double auc, ll_data **out) {
  ll_status status = LL_OK;
  size_t n = 0;
  ll_builder b = {0};
  ll_matrix truth = {0};
  ll_data *d = NULL;
  void *block = NULL;
  for (size_t k = 0; k < n_kinds; k++) n += kinds[k].rows;
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, features, &b.x));
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b.y));
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &truth));
  LL_GOTO(cleanup, ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *order = block;
  ll_random places = ll_random_stream(seed, 0, "places"), values = ll_random_stream(seed, 0, "rows");
  ll_random_permutation(&places, order, n);
  for (size_t i = 0; i < n; i++) {
    size_t k = 0;
    for (size_t rank = order[i]; k + 1 < n_kinds && rank >= kinds[k].rows; k++) rank -= kinds[k].rows;
    double mean = kinds[k].shift / sqrt((double)features);
    ll_real *row = ll_matrix_row(&b.x, i);
    for (size_t j = 0; j < features; j++) row[j] = (ll_real)(ll_random_normal(&values) + mean);
    b.y.data[i] = kinds[k].positive;
    truth.data[i] = kinds[k].right;
  }
  LL_GOTO(cleanup, ll_generate_finish(ctx, generator, params, &b, &d));
  ll_data_shared_of(d)->info.optimal_auc = auc;
  d->truth = truth, truth = (ll_matrix){0};
  *out = d;
cleanup:
  ll_builder_free(ctx, &b);
  ll_matrix_release(ctx, &truth);
  ll_free(ctx, block);
  return status;
}

double ll_shifted_score(const ll_real *row, size_t features) {
  double sum = 0;
  for (size_t j = 0; j < features; j++) sum += (double)row[j];
  return sum / sqrt((double)features);
}

ll_status ll_shifted_check(ll_ctx *ctx, const char *owner, const ll_matrix *x, size_t features) {
  if (x->cols == features) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: x is %zux%zu; its rows have %zu features", owner, x->rows, x->cols, features);
}

double ll_shifted_auc(double shift) { return 0.5 * ll_erfc(-shift / 2); }

ll_status ll_shifted_share(ll_ctx *ctx, const char *owner, const char *what, double n, double share, size_t *out) {
  *out = (size_t)floor(n * share + 0.5);
  if (*out == 0 || (double)*out >= n)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: %s of %g in %g rows makes %zu; both classes need a row", owner, what, share, n, *out);
  return LL_OK;
}
