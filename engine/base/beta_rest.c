/* What the incomplete beta function lacks of 1 where a is small: then I_x(a, b) is nearly 1 already for a small x, and 1 minus it
 * would have lost its digits. With a B(a, b) = Gamma(1+a) Gamma(b) / Gamma(a+b), E = ln(x^a / (a B(a, b))) and Gauss's series
 * (Abramowitz and Stegun 26.5.4 and 15.1.1),
 *
 *   1 - I_x(a, b) = -expm1(E) - e^E sum_(n >= 1) a / (a+n) (1-b)(2-b)...(n-b) / n! x^n,
 *
 * each term of which is a multiple of a, as the whole is; E is put together from such multiples, too. */
#include <math.h>

#include "engine/base/beta.h"
#include "engine/base/scalar.h"

enum { STIRLING_FROM = 10 };

/* ln Gamma(1 + a) for 0 <= a < 1: -ln(1 + a) + (1 - γ) a + sum_(k >= 2) (ζ(k) - 1) (-a)^k / k. (Abramowitz and Stegun 6.1.33.) */
static double log_gamma_1(double a) {
  static const double zeta_less_1[] = {/* k = 2, 3, ... */
                                       6.4493406684822643647e-01, 2.0205690315959428540e-01, 8.2323233711138191516e-02,
                                       3.6927755143369926331e-02, 1.7343061984449139714e-02, 8.3492773819228268398e-03,
                                       4.0773561979443393787e-03, 2.0083928260822144179e-03, 9.9457512781808533715e-04,
                                       4.9418860411946455870e-04, 2.4608655330804829863e-04, 1.2271334757848914675e-04,
                                       6.1248135058704829259e-05, 3.0588236307020493552e-05};
  enum { TERMS = sizeof zeta_less_1 / sizeof *zeta_less_1 };
  double power = -a, sum = 0;
  for (int k = 2; k < 60; k++) {
    power *= -a;
    /* the terms of 6^-k and on are below 1e-17 of a */
    double zeta = k - 2 < TERMS ? zeta_less_1[k - 2] : ll_exp2(-k) + ll_pow(3, -k) + ll_exp2(-2 * k) + ll_pow(5, -k);
    double term = zeta * power / k;
    sum += term;
    if (fabs(term) <= 1e-17 * a) break;
  }
  return 0.42278433509846713939 * a - ll_log1p(a) + sum;
}

/* Stirling's rest (beta.h) of large + a less that of large: both as polynomials in 1/z², whose divided difference Horner's rule
 * gives without subtracting them. */
static double stirling_rest_more(double large, double a) {
  static const double c[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360};
  double more = large + a, u = 1 / large, v = 1 / more, at = c[5], divided = 0;
  for (int k = 4; k >= 0; k--) divided = divided * (v * v) + at, at = at * (u * u) + c[k];
  return -a * u * v * (divided * (u + v) * v + at);
}

double ll_beta_rest(const ll_beta *q) {
  double a = q->a, large = q->b, gammas = 0; /* ln(Gamma(a + b) / Gamma(b)) less a ln(large) */
  for (int k = 0; k < STIRLING_FROM && large < STIRLING_FROM; k++) {
    gammas -= ll_log1p(a / large);
    large = q->b + (k + 1);
  }
  double ratio = a / large, log_ratio = ll_log1p(ratio);
  gammas += large * (log_ratio - ratio) + (a - 0.5) * log_ratio + stirling_rest_more(large, a);
  double log_x = q->x > 1e-290 ? ll_log(q->x * large) : q->log_x + ll_log(large);
  double e = a * log_x + gammas - log_gamma_1(a), power = 1, sum = 0;
  for (int n = 1; n < 1000; n++) { /* x <= 0.7, and b x <= 2 */
    power *= (n - q->b) / n * q->x;
    double term = power / (a + n);
    sum += term;
    if (fabs(term) <= 1e-17 * fabs(sum)) break;
  }
  return -ll_expm1(e) - ll_exp(e) * (a * sum);
}
