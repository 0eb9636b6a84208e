/* Figures of the plane (and the swiss roll's space) as classes. A shape is a function that draws one row of a class; what class
 * each row is of is a permutation from a stream of its own, so classes differ by one row at most. Noise is drawn for every
 * coordinate, even where its deviation is 0, so that the figure under the noise does not depend on it. */
#include "engine/data/generate/generate.h"

ll_status ll_shapes_draw(ll_ctx *ctx, const ll_generator *generator, const double *p, size_t features, size_t classes, double noise,
                         uint64_t seed, ll_shapes_point *point, ll_data **out) {
  ll_status status = LL_OK;
  size_t n = (size_t)p[0];
  ll_builder b = {.multiclass = classes > 2};
  void *block = NULL;
  if (n < classes)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: n = %zu rows for %zu classes; each needs one", generator->name, n, classes);
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, features, &b.x));
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b.y));
  LL_GOTO(cleanup, ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *order = block, number;
  ll_random places = ll_random_stream(seed, 0, "places"), values = ll_random_stream(seed, 0, "rows");
  ll_random_permutation(&places, order, n);
  for (size_t i = 0; i < n; i++) {
    double at[3];
    size_t k = order[i] % classes;
    point(&values, p, k, classes, at);
    for (size_t j = 0; j < features; j++) ll_matrix_row(&b.x, i)[j] = (ll_real)(at[j] + noise * ll_random_normal(&values));
    b.y.data[i] = (ll_real)k;
  }
  for (size_t k = 0; k < classes && b.multiclass; k++)
    LL_GOTO(cleanup, ll_builder_class(ctx, &b.classes, (double)(k + 1), &number));
  LL_GOTO(cleanup, ll_generate_finish(ctx, generator, p, &b, out));
cleanup:
  ll_builder_free(ctx, &b);
  ll_free(ctx, block);
  return status;
}
