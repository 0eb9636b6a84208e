/* Distances of rows side by side and their gradients: one pass over the features of a row for all inputs, sums in double. */
#include "engine/loss/pairs/couple.h"
#include "engine/base/scalar.h"

#include <math.h>

LL_ISA_DECLARE(ll_couple_kernels, ll_couple_kernels);
const ll_couple_kernels *ll_couple_kernels_get(void) { return LL_ISA_PICK(ll_couple_kernels); }

double ll_couple_square(const ll_loss_call *call, ll_couple couple, size_t i) {
  const ll_matrix *x = &call->inputs[couple.x], *y = &call->inputs[couple.y];
  return ll_couple_kernels_get()->square(ll_matrix_row(x, i), ll_matrix_row(y, i), x->cols);
}

void ll_couple_gradient(ll_loss_call *call, size_t n_inputs, const ll_couple *couples, const double *slopes, size_t n, size_t i) {
  for (size_t k = 0; k < n_inputs; k++) {
    if (!call->grads[k]) continue;
    ll_real *to = ll_matrix_row(call->grads[k], i);
    for (size_t j = 0; j < call->grads[k]->cols; j++) {
      double g = 0;
      for (size_t c = 0; c < n; c++) {
        if (!(fabs(slopes[c]) > 0)) continue; /* 0 times a difference that overflows would be NaN */
        if (couples[c].x != (int)k && couples[c].y != (int)k) continue;
        double x = (double)ll_matrix_row(&call->inputs[couples[c].x], i)[j];
        double y = (double)ll_matrix_row(&call->inputs[couples[c].y], i)[j];
        g += 2 * slopes[c] * (couples[c].x == (int)k ? x - y : y - x);
      }
      to[j] = (ll_real)g;
    }
  }
}

ll_couple_sloped ll_couple_distance(double square, bool squared) {
  if (squared) return (ll_couple_sloped){square, 1};
  double d = sqrt(square);
  return (ll_couple_sloped){d, d > 0 ? 0.5 / d : 0};
}

ll_couple_sloped ll_couple_hinge(double x, bool soft) {
  if (isnan(x)) return (ll_couple_sloped){INFINITY, 0}; /* inf - inf: both distances overflow */
  if (!soft) return (ll_couple_sloped){x > 0 ? x : 0, x > 0};
  double e = ll_exp(-fabs(x));
  return (ll_couple_sloped){(x > 0 ? x : 0) + ll_log1p(e), (x > 0 ? 1 : e) / (1 + e)};
}
