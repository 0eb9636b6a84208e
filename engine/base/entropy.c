/* Terms of divergences. Where x and y are near, their logarithms would cancel: what is wanted is then written by
 * u = (x - y) / (x + y), with which x / m = 1 + u, y / m = 1 - u and ln(x / y) = 2 artanh u. */
#include "engine/base/entropy.h"
#include "engine/base/scalar.h"

#include <math.h>

/* The quotient keeps the digits of x near y; it may leave the range. */
static double log_ratio(double x, double y) {
  double ratio = x / y;
  return ratio > 0 && isfinite(ratio) ? ll_log(ratio) : ll_log(x) - ll_log(y);
}

double ll_entropy_ratio(double x, double y) {
  if (!(x > 0)) return 0;
  return y > 0 ? x * log_ratio(x, y) : INFINITY;
}

static double x_log_x(double x) { return x > 0 ? x * ll_log(x) : 0; }

/* (1 + u) ln(1 + u) + (1 - u) ln(1 - u), the sum over k >= 1 of u^2k / (k (2k - 1)). */
static double split(double u) {
  double s = u * u;
  if (s > 0.01) return x_log_x(1 + u) + x_log_x(1 - u);
  return s * (1 + s * (1. / 6 + s * (1. / 15 + s * (1. / 28 + s * (1. / 45 + s * (1. / 66 + s / 91))))));
}

double ll_entropy_js(double x, double y) {
  double sum = x + y;
  return sum > 0 ? sum / 2 * split((x - y) / sum) : 0;
}

double ll_entropy_js_slope(double x, double y) {
  if (!(x > 0)) return 0;
  double u = (x - y) / (x + y);
  return u > -0.5 ? ll_log1p(u) : log_ratio(x, x / 2 + y / 2);
}

/* ln(x / y) of numbers above 0 */
static double log_of(double x, double y) {
  double u = (x - y) / (x + y);
  return fabs(u) < 0.5 ? ll_log1p(2 * u / (1 - u)) : log_ratio(x, y);
}

double ll_entropy_jeffreys(double x, double y) {
  if (!(x > 0) || !(y > 0)) return x > 0 || y > 0 ? INFINITY : 0;
  return (x - y) * log_of(x, y);
}

double ll_entropy_jeffreys_slope(double x, double y) {
  if (!(x > 0) || !(y > 0)) return x > 0 ? INFINITY : y > 0 ? -INFINITY : 0;
  return log_of(x, y) + (x - y) / x;
}
