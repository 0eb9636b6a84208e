/* The normal distribution by erfc, and its quantile by Newton's method on what erf and erfc give exactly: near the median the mass
 * between 0 and z, away from it the logarithm of the tail, which is nearly a parabola. */
#include <math.h>

#include "engine/base/scalar.h"
#include "losslab/distributions.h"

#define HALF_ROOT 0.70710678118654752440  /* 1/√2 */
#define ROOT_TWO_PI 2.5066282746310005024 /* √(2π) */
#define LOG_ROOT_TWO_PI 0.91893853320467274178

double ll_normal_cdf(double z) { return 0.5 * ll_erfc(-z * HALF_ROOT); }

/* z > 0 with P(0 < Z < z) = mass <= 1/4. The first guess is 7 % off at the most. */
static double by_middle(double mass) {
  double z = mass * ROOT_TWO_PI;
  for (int i = 0; i < 5; i++) z += (mass - 0.5 * ll_erf(z * HALF_ROOT)) * ROOT_TWO_PI * ll_exp(0.5 * z * z);
  return z;
}

/* P(Z > z) over the density at z (Mills's ratio): far out by its continued fraction, where both would underflow. */
static double mills(double z) {
  if (z < 6) return ROOT_TWO_PI * ll_exp(0.5 * z * z) * ll_normal_cdf(-z);
  double tail = 0;
  for (int k = 24; k >= 1; k--) tail = k / (z + tail);
  return 1 / (z + tail);
}

/* z > 0 with P(Z > z) = tail < 1/4. The first guess is 4.5e-4 off at the most (Abramowitz and Stegun 26.2.23). */
static double by_tail(double tail) {
  double t = sqrt(-2 * ll_log(tail));
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int i = 0; i < 3; i++) {
    double ratio = mills(z);
    z += ratio * (ll_log(ratio) - 0.5 * z * z - LOG_ROOT_TWO_PI - ll_log(tail));
  }
  return z;
}

double ll_normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return NAN;
  if (p == 0 || p == 1) return p == 0 ? -INFINITY : INFINITY;
  double away = fabs(p - 0.5), z = away <= 0.25 ? by_middle(away) : by_tail(p < 0.5 ? p : 1 - p);
  return p < 0.5 ? -z : z;
}
