/* Points on the lines between real and generated rows: where a gradient penalty is taken. */
#include "losslab/nn.h"

ll_status ll_interpolate(ll_ctx *ctx, const ll_matrix *real, const ll_matrix *fake, ll_random *stream, ll_matrix *out) {
  *out = (ll_matrix){0};
  if (real->rows != fake->rows || real->cols != fake->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "interpolate: real is %zux%zu and fake %zux%zu; one shape was expected", real->rows,
                   real->cols, fake->rows, fake->cols);
  LL_TRY(ll_matrix_new(ctx, real->rows, real->cols, out));
  for (size_t i = 0; i < real->rows; i++) {
    const ll_real *r = ll_matrix_row(real, i), *f = ll_matrix_row(fake, i);
    ll_real *to = ll_matrix_row(out, i);
    ll_real epsilon = (ll_real)ll_random_uniform(stream), rest = 1 - epsilon;
    for (size_t j = 0; j < real->cols; j++) to[j] = epsilon * r[j] + rest * f[j];
  }
  return LL_OK;
}
