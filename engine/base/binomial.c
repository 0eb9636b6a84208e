/* The binomial distribution: a sum of its probabilities is an incomplete beta function. */
#include <math.h>

#include "losslab/distributions.h"

double ll_binomial_cdf(double k, double n, double p) {
  if (isnan(k) || !(n >= 0 && n <= 0x1p53 && n == floor(n) && p >= 0 && p <= 1)) return NAN;
  k = floor(k);
  if (k < 0) return 0;
  return k >= n ? 1 : ll_beta_inc(1 - p, p, n - k, k + 1);
}
