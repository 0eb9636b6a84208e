/* The discriminator that no other beats, of two densities place by place. */
#include "engine/transport/transport.h"

ll_status ll_optimal_discriminator(ll_ctx *ctx, const ll_matrix *p, const ll_matrix *q, ll_matrix *out) {
  *out = (ll_matrix){0};
  static const ll_input desc[] = {{"p", "n,m", LL_INPUT_SIZES}, {"q", "n,m", LL_INPUT_SIZES}};
  LL_TRY(ll_inputs_check(ctx, "optimal_discriminator", desc, 2, 0, (const ll_matrix[]){*p, *q}));
  LL_TRY(ll_matrix_new(ctx, p->rows, p->cols, out));
  for (size_t i = 0; i < p->rows; i++)
    for (size_t j = 0; j < p->cols; j++) {
      double a = (double)ll_matrix_row(p, i)[j], b = (double)ll_matrix_row(q, i)[j];
      /* Halves, since the sum of two large densities may overflow; of two denormal ones each half may vanish. */
      double sum = a / 2 + b / 2;
      ll_matrix_row(out, i)[j] = (ll_real)(sum > 0 ? a / 2 / sum : a > b ? 1 : a < b ? 0 : 0.5);
    }
  return LL_OK;
}
