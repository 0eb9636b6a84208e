/* The noncentral t distribution, by the trapezoidal rule, as the range of normals is (range.c). */
#include <math.h>

#include "engine/base/scalar.h"
#include "losslab/distributions.h"

/* With s² = χ²/df and s = e^u: ∫ g(u) Φ(t e^u - delta) du / ∫ g(u) du, g = exp(df (u - (e^2u - 1) / 2)), so that no Gamma function
 * is needed. g has its top at 0; below `from` and above `to` it has less than 1e-17 of its mass. */
double ll_noncentral_t_cdf(double t, double df, double delta) {
  if (isnan(t) || !(df >= 1 && df < INFINITY && fabs(delta) < INFINITY)) return NAN;
  if (t == INFINITY || t == -INFINITY) return t > 0;
  if (df >= 1e14) return ll_normal_cdf(t - delta);
  double width = 1 / sqrt(2 * df), step = width / 8, finest = 0.1 / (1 + fabs(t));
  if (step > finest) step = finest > width / 4096 ? finest : width / 4096;
  double from = -fmin(10 * width + 40 / df, 45), to = 10 * width < 2.5 ? 10 * width : 2.5, mass = 0, below = 0;
  long steps = (long)((to - from) / step);
  for (long i = 0; i <= steps; i++) {
    double u = from + (double)i * step, density = ll_exp(df * (u - ll_expm1(2 * u) / 2));
    mass += density;
    below += density * ll_normal_cdf(t * ll_exp(u) - delta);
  }
  return below / mass;
}
