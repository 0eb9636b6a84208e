/* The range of k standard normals (the studentized range of infinite degrees of freedom), an integral of a function that is
 * analytic and falls off like a normal density, of which the trapezoidal rule has all digits. */
#include <math.h>

#include "engine/base/scalar.h"
#include "losslab/distributions.h"

#define ROOT_TWO_PI 2.5066282746310005024 /* √(2π) */

/* k ∫ φ(z) (Φ(z)^(k-1) - (Φ(z) - Φ(z - q))^(k-1)) dz, in which the difference is not taken of two numbers near each other; the
 * first part alone would be 1. */
double ll_range_tail(double q, double k) {
  if (isnan(q) || !(k >= 2 && k <= 1e6 && k == floor(k))) return NAN;
  if (q <= 0) return 1;
  if (q > 60) return 0; /* below k² e^(-q²/4), which no double is small enough for */
  const double step = 1.0 / 32;
  double sum = 0;
  long steps = (long)((q + 24) / step);
  for (long i = 0; i <= steps; i++) {
    double z = -12 + (double)i * step, below = ll_normal_cdf(z), power = (k - 1) * ll_log(below);
    double both = (k - 1) * ll_log1p(-ll_normal_cdf(z - q) / below); /* -inf where q is lost in z */
    sum += ll_exp(power - z * z / 2) * (both > -INFINITY ? -ll_expm1(both) : 1);
  }
  sum *= k * step / ROOT_TWO_PI;
  return sum < 1 ? sum : 1;
}

double ll_range_quantile(double p, double k) {
  if (!(p >= 0 && p <= 1 && k >= 2 && k <= 1e6 && k == floor(k))) return NAN;
  if (p == 0 || p == 1) return p == 0 ? 0 : INFINITY;
  double low = 0, high = 60;
  for (;;) {
    double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    if (ll_range_tail(middle, k) > 1 - p) low = middle;
    else high = middle;
  }
}
