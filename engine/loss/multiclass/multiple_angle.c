/* The bend of L-Softmax and A-Softmax: the label's angle counts m times. cos(m theta) is its Chebyshev polynomial in cos theta,
 * whose slope is finite at theta = 0 and pi, where the slope of acos is not. psi and its slope by theta are continuous where its
 * pieces meet. */
#include "engine/loss/multiclass/angular.h"

ll_angular_bend ll_multiple_angle(const double *params, double c, double sine) {
  static const double ends[5][3] = {
      [2] = {0}, [3] = {0.5, -0.5}, [4] = {0.70710678118654752440, 0, -0.70710678118654752440}}; /* cos(k pi / m) */
  (void)sine;
  int m = (int)params[LL_ANGULAR_M], k = 0;
  double lambda = params[LL_ANGULAR_LAMBDA], cm = c, slope = 1;
  if (m == 2) cm = 2 * c * c - 1, slope = 4 * c;
  if (m == 3) cm = (4 * c * c - 3) * c, slope = 12 * c * c - 3;
  if (m == 4) cm = 8 * c * c * (c * c - 1) + 1, slope = 16 * c * (2 * c * c - 1);
  while (k < m - 1 && c < ends[m][k]) k++;
  double sign = k % 2 ? -1 : 1, psi = sign * cm - 2 * k;
  return (ll_angular_bend){(lambda * c + psi) / (1 + lambda), (lambda + sign * slope) / (1 + lambda), 0};
}
